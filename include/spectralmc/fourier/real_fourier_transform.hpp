// Discrete Fourier transforms of real numbers on the CPU, to the non-negative half of their spectrum, and back.
//
// The numbers are taken as half as many complex ones, and their transform Z of h = n / 2 points has that of the even
// ones, E, and of the odd ones, O, in it: Z[k] = E[k] + i O[k], conj(Z[h - k]) = E[k] - i O[k], X[k] = E[k] + w^k O[k]
// with w = exp(-2 pi i / n), X[h - k] = conj(E[k] - w^k O[k]).
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include "spectralmc/configuration.hpp"
#include "spectralmc/fourier/fourier_transform.hpp"
#include "spectralmc/numeric/complex.hpp"
#include "spectralmc/parallel/cpu.hpp"

namespace spectralmc {
SPECTRALMC_LANES_NAMESPACE_BEGIN

/// The transform of `size` real numbers, a power of two from 8 to 2^26, to size / 2 + 1 complex ones, X[0] to
/// X[size/2]; those beyond are conjugates. Otherwise like fourier_transform. For both in one array, which has room for
/// size + 2 real numbers a row, the distances are those of rows of that length.
template <class Real>
class real_fourier_transform {
 public:
  using real = Real;
  using workspace = typename fourier_transform<Real>::workspace;

  /// @throws invalid_parameter for any other size
  explicit real_fourier_transform(std::size_t size)
      : half_((fourier_detail::require_power_of_two(size), size / 2), typename fourier_transform<Real>::half_size{}) {
    for (std::size_t k = 0; k < size / 4; ++k) {
      const complex<Real> w = fourier_detail::root_of_unity<Real>(k, size);
      root_re_.push_back(w.re);
      root_im_.push_back(w.im);
    }
  }

  std::size_t size() const { return 2 * half_.size(); }

  /// @throws allocation_error
  workspace make_workspace() const { return half_.make_workspace(); }

  /// out[k] = sum_j in[j] exp(-2 pi i j k / size) for k <= size / 2, on the caller's thread.
  template <class To>
  void forward(const Real* in, To* out, workspace& memory) const {
    fourier_detail::require_array(in, "in");
    fourier_detail::require_array(out, "out");
    Real* to = fourier_detail::parts<Real>(out);
    half_.template transform<false>(const_cast<Real*>(in), to, memory);
    finish(to);
  }
  /// The numbers whose transform this is. The imaginary parts of in[0] and in[size/2] are taken as zeros.
  template <class From>
  void inverse(const From* in, Real* out, workspace& memory) const {
    fourier_detail::require_array(in, "in");
    fourier_detail::require_array(out, "out");
    begin(fourier_detail::parts<Real>(in), out);
    half_.template transform<true>(out, out, memory);
  }

  /// Of many rows, on threads.
  template <class To>
  void forward(const cpu& execution, const Real* in, To* out, fourier_rows rows = {}) const {
    if (rows.count == 0) return;
    fourier_detail::require_array(in, "in");
    fourier_detail::require_array(out, "out");
    Real* to = fourier_detail::parts<Real>(out);
    const std::size_t in_step = rows.input_distance ? rows.input_distance : size();
    const std::size_t out_step = 2 * (rows.output_distance ? rows.output_distance : half_.size() + 1);
    half_.template transform_rows<false>(execution, rows.count, const_cast<Real*>(in), in_step, to, out_step);
    for_each_row(execution, rows.count, [&](std::size_t row) { finish(to + row * out_step); });
  }
  template <class From>
  void inverse(const cpu& execution, const From* in, Real* out, fourier_rows rows = {}) const {
    if (rows.count == 0) return;
    fourier_detail::require_array(in, "in");
    fourier_detail::require_array(out, "out");
    Real* from = fourier_detail::parts<Real>(in);
    const std::size_t in_step = 2 * (rows.input_distance ? rows.input_distance : half_.size() + 1);
    const std::size_t out_step = rows.output_distance ? rows.output_distance : size();
    for_each_row(execution, rows.count, [&](std::size_t row) { begin(from + row * in_step, out + row * out_step); });
    half_.template transform_rows<true>(execution, rows.count, out, out_step, out, out_step);
  }

 private:
  using V = lanes<Real>;

  template <class Body>
  void for_each_row(const cpu& execution, std::size_t count, const Body& body) const {
    const std::size_t unit_rows = (std::max<std::size_t>)(1, (std::size_t{1} << 14) / size());
    fourier_detail::for_each_unit(
        execution, (count - 1) / unit_rows + 1, [] { return 0; },
        [&](std::size_t unit, int) {
          const std::size_t end = (std::min)((unit + 1) * unit_rows, count);
          for (std::size_t row = unit * unit_rows; row < end; ++row) body(row);
        });
  }

  /// From Z to X, in place.
  void finish(Real* x) const {
    const std::size_t h = half_.size();
    const Real re = x[0], im = x[1];
    x[0] = re + im;
    x[1] = Real(0);
    x[2 * h] = re - im;
    x[2 * h + 1] = Real(0);
    x[h + 1] = -x[h + 1];
    for_each_pair<false>(x, x);
  }

  /// From X to Z; both may be the same array.
  void begin(Real* x, Real* z) const {
    const std::size_t h = half_.size();
    const Real first = x[0], last = x[2 * h], re = x[h], im = x[h + 1];
    z[0] = Real(0.5) * (first + last);
    z[1] = Real(0.5) * (first - last);
    z[h] = re;
    z[h + 1] = -im;
    for_each_pair<true>(x, z);
  }

  /// Numbers k and h - k for 0 < k < h / 2.
  template <bool inverse>
  void for_each_pair(Real* from, Real* to) const {
    const std::size_t h = half_.size();
    std::size_t k = 1;
    for (; k + lane_count<V> <= h / 2; k += lane_count<V>) pair<V, inverse>(from, to, k, h - k - (lane_count<V> - 1));
    for (; k < h / 2; ++k) pair<Real, inverse>(from, to, k, h - k);
  }

  /// Packs of numbers from k on and, in reverse, of those that end at h - k.
  template <class W, bool inverse>
  void pair(Real* from, Real* to, std::size_t k, std::size_t mirror) const {
    const auto source = half_.template pairs<false, W>(from), target = half_.template pairs<false, W>(to);
    const complex<W> a = source.load(k), b = conj(reversed(source.load(mirror)));
    const complex<W> w(load<W>(root_re_.data() + k), load<W>(root_im_.data() + k));
    const complex<W> sum = a + b;
    // i (a - b) w^-k and (a - b) w^k / i
    const complex<W> turned =
        inverse ? -fourier_detail::times_minus_i((a - b) * conj(w)) : fourier_detail::times_minus_i((a - b) * w);
    target.store(k, half_of(sum + turned));
    target.store(mirror, reversed(conj(half_of(sum - turned))));
  }

  template <class W>
  static SPECTRALMC_PRIMITIVE complex<W> half_of(complex<W> z) {
    return {W(Real(0.5)) * z.re, W(Real(0.5)) * z.im};
  }
  template <class W>
  static SPECTRALMC_PRIMITIVE complex<W> reversed(complex<W> z) {
    if constexpr (lane_count < W >> 1)
      return {lane_shuffles_detail::reverse(z.re), lane_shuffles_detail::reverse(z.im)};
    return z;
  }

  fourier_transform<Real> half_;
  std::vector<Real> root_re_, root_im_;
};

SPECTRALMC_LANES_NAMESPACE_END
}  // namespace spectralmc
