// The fractional Fourier transform, sums of complex exponentials on one grid at the points of any other:
//
//   X[k] = sum_{j < n} x[j] exp(-2 pi i step j k),   k = 0 ... m - 1,
//
// Bailey, D. H. and Swarztrauber, P. N. (1991), The fractional Fourier transform and applications, SIAM Review 33(3).
// As 2 j k = j^2 + k^2 - (k - j)^2 it is a convolution with a chirp, between two multiplications by chirps (Bluestein,
// L. I. (1970), A linear filtering approach to the computation of discrete Fourier transform, IEEE Trans. Audio
// Electroacoustics 18(4)), and the convolution is done by transforms of a power of two.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "spectralmc/configuration.hpp"
#include "spectralmc/errors.hpp"
#include "spectralmc/fourier/fourier_transform.hpp"
#include "spectralmc/numeric/complex.hpp"
#include "spectralmc/numeric/trigonometric.hpp"
#include "spectralmc/numeric/value.hpp"

namespace spectralmc {

SPECTRALMC_LANES_NAMESPACE_BEGIN

namespace fourier_detail {

/// j^2 turns less whole ones, for j < 2^26 and |turns| <= 1/4. Factors of 26 and 27 bits have exact products, so
/// nothing but the last sums is rounded, with fused multiply-add and without.
inline double square_times_turns(std::size_t j, double turns) {
  const std::uint64_t square = std::uint64_t{j} * j, low_bits = (std::uint64_t{1} << 26) - 1;
  const double upper = from_bits<double>(bits(turns) & ~std::int64_t{(1 << 27) - 1}), lower = turns - upper;
  double sum = 0;
  for (const double part : {static_cast<double>(square & ~low_bits), static_cast<double>(square & low_bits)}) {
    for (const double factor : {lower, upper}) {
      const double product = part * factor;
      sum += product - std::nearbyint(product);
    }
  }
  return sum;
}

}  // namespace fourier_detail

/// The plan for n numbers, m results and one step. A value that any number of threads may use at once. With step = 1/n
/// and m = n it is the discrete Fourier transform, for every n; with -1/n it is n times its inverse.
///
/// Error: that of a result is below 4 u log2(padded_size()) sum |x[j]|, u = 2^-53 in double and 2^-24 in float, as is
/// measured over random and decaying numbers (a tenth of it is usual). It does not depend on the step: the chirps'
/// angles are reduced exactly.
///
/// Cost: two transforms of padded_size() numbers, the power of two from n + m - 1 on. The plan takes one more.
template <class Real>
class fractional_fourier_transform {
 public:
  using real = Real;

  /// What one transform needs of memory, to be used again; for one thread at a time.
  class workspace {
    friend fractional_fourier_transform;
    explicit workspace(const fractional_fourier_transform& plan)
        : memory_(plan.transform_.make_workspace()), numbers_(plan.padded_size()) {}
    typename fourier_transform<Real>::workspace memory_;
    std::vector<complex<Real>> numbers_;
  };

  /// @param inputs n, at least 1
  /// @param outputs m, at least 1; n + m - 1 at most 2^26
  /// @param step in turns, [-1/2, 1/2]: a whole turn more or less makes no difference
  /// @throws invalid_parameter for anything else
  fractional_fourier_transform(std::size_t inputs, std::size_t outputs, double step)
      : inputs_(inputs), outputs_(outputs), transform_(checked_size(inputs, outputs, step)) {
    const std::size_t size = padded_size(), longer = inputs > outputs ? inputs : outputs;
    for (std::size_t j = 0; j < longer; ++j) {
      double sine, cosine;
      sin_cos_2pi(fourier_detail::square_times_turns(j, 0.5 * step), sine, cosine);
      chirp_.push_back({static_cast<Real>(cosine), static_cast<Real>(-sine)});
    }
    filter_.assign(size, complex<Real>(0));
    for (std::size_t k = 0; k < outputs; ++k) filter_[k] = conj(chirp_[k]);
    for (std::size_t j = 1; j < inputs; ++j) filter_[size - j] = conj(chirp_[j]);
    auto memory = transform_.make_workspace();
    transform_.forward(filter_.data(), filter_.data(), memory);
  }

  std::size_t input_size() const { return inputs_; }
  std::size_t output_size() const { return outputs_; }
  std::size_t padded_size() const { return transform_.size(); }

  workspace make_workspace() const { return workspace(*this); }

  /// From input_size() numbers to output_size() ones. The arrays may overlap.
  /// @throws invalid_parameter for a null pointer
  void forward(const complex<Real>* in, complex<Real>* out, workspace& work) const {
    fourier_detail::require_array(in, "in");
    fourier_detail::require_array(out, "out");
    std::vector<complex<Real>>& x = work.numbers_;
    for (std::size_t j = 0; j < inputs_; ++j) x[j] = in[j] * chirp_[j];
    for (std::size_t j = inputs_; j < x.size(); ++j) x[j] = complex<Real>(0);
    transform_.forward(x.data(), x.data(), work.memory_);
    for (std::size_t j = 0; j < x.size(); ++j) x[j] = x[j] * filter_[j];
    transform_.inverse(x.data(), x.data(), work.memory_);
    for (std::size_t k = 0; k < outputs_; ++k) out[k] = x[k] * chirp_[k];
  }

 private:
  static std::size_t checked_size(std::size_t inputs, std::size_t outputs, double step) {
    constexpr std::size_t most = fourier_detail::largest_size;
    require(inputs >= 1 && inputs <= most, "inputs", std::uint64_t{inputs}, "[1, 2^26]");
    require(outputs >= 1 && outputs <= most + 1 - inputs, "outputs", std::uint64_t{outputs}, "[1, 2^26 + 1 - inputs]");
    require(step >= -0.5 && step <= 0.5, "step", step, "[-1/2, 1/2]");
    std::size_t size = fourier_detail::least_size;
    while (size < inputs + outputs - 1) size *= 2;
    return size;
  }

  std::size_t inputs_, outputs_;
  fourier_transform<Real> transform_;
  std::vector<complex<Real>> chirp_, filter_;
};

SPECTRALMC_LANES_NAMESPACE_END
}  // namespace spectralmc
