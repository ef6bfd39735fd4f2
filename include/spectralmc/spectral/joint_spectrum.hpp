// The joint characteristic function of two quantities: two assets at one date, one asset at two, or any others.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "spectralmc/errors.hpp"
#include "spectralmc/numeric/complex.hpp"
#include "spectralmc/numeric/elementary.hpp"
#include "spectralmc/numeric/estimate.hpp"
#include "spectralmc/spectral/sampling.hpp"
#include "spectralmc/spectral/spectrum.hpp"

namespace spectralmc {

namespace detail {

/// Takes the value that one of two quantities has for certain, or NaN.
/// @throws no_answer where there is one: no joint law has a density then
inline void require_random(double certain) {
  if (std::isnan(certain)) return;
  throw no_answer("one of the two quantities is certain, " + value_text(certain) +
                  ": ask the law of the other one alone");
}

}  // namespace detail

/// phi(u, v) = E exp(i (u X + v Y)) at u = u_j, j = 0 ... n1 - 1, and v = v_k, k = -(n2 - 1) ... n2 - 1: one of the two
/// must have both signs, the other's follow from phi(-u, -v) = conj phi(u, v). With the intervals that X and Y are
/// taken to live on. Exact when it comes from a closed form; a mean over paths when simulated.
class joint_spectrum {
 public:
  /// One of the two quantities.
  struct axis {
    frequency_grid grid;
    interval support;
    observed_quantity quantity;
    outside_samples outside = {};  ///< samples outside the support
  };

  /// `values` are n1 rows of 2 n2 - 1 each, v ascending. `outside` counts the samples of which X or Y is outside.
  /// @throws invalid_parameter when values and grids differ in size; when the values are those of no law: not finite,
  ///         beyond the unit circle (by more than 1e-3), not 1 at frequency 0, or not conjugate at (0, v) and (0, -v);
  ///         when counts do not fit; for one replicate; and for what a marginal's spectrum may not be
  joint_spectrum(axis first, axis second, std::vector<complex<double>> values, std::uint64_t paths = 0,
                 std::uint64_t non_finite = 0, std::uint64_t outside = 0, double unit_roundoff = 0x1p-53,
                 std::vector<std::vector<complex<double>>> replicates = {})
      : first_(first),
        second_(second),
        values_(std::move(values)),
        samples_(paths, replicates.size()),
        non_finite_(non_finite),
        outside_(outside),
        unit_roundoff_(unit_roundoff),
        replicates_(std::move(replicates)) {
    check(values_);
    for (const std::vector<complex<double>>& replicate : replicates_) check(replicate);
    require(outside_ <= paths, "outside", outside_, "at most the number of paths");
    require(outside_ >= first_.outside.total && outside_ >= second_.outside.total, "outside", outside_,
            "at least the samples outside one of the supports");
    first_marginal();
    second_marginal();
  }

  const axis& first() const { return first_; }
  const axis& second() const { return second_; }

  /// phi(u_j, v_k); both indices may be negative.
  /// @throws invalid_parameter unless |j| < n1 and |k| < n2
  complex<double> operator()(std::ptrdiff_t j, std::ptrdiff_t k) const {
    const auto rows = static_cast<std::ptrdiff_t>(first_.grid.size());
    const auto half = static_cast<std::ptrdiff_t>(second_.grid.size());
    require(j > -rows && j < rows, "index of the first frequency", static_cast<double>(j), "(-n1, n1)");
    require(k > -half && k < half, "index of the second frequency", static_cast<double>(k), "(-n2, n2)");
    return j < 0 ? conj(value(-j, -k)) : value(j, k);
  }

  /// The spectrum of X alone, and of Y alone.
  spectrum first_marginal() const { return marginal(first_, second_.grid.size() - 1, row_size()); }
  spectrum second_marginal() const { return marginal(second_, second_.grid.size() - 1, 1); }

  /// All values, in rows.
  const std::vector<complex<double>>& values() const { return values_; }
  /// Those over one replicate alone, r < samples().replicates().
  const std::vector<complex<double>>& replicate_values(std::size_t r) const {
    require(r < replicates_.size(), "index of a replicate", std::uint64_t{r}, "below samples().replicates()");
    return replicates_[r];
  }

  bool simulated() const { return samples_.simulated(); }
  const sampling& samples() const { return samples_; }      ///< how the pairs behind the mean were drawn
  std::uint64_t paths() const { return samples_.paths(); }  ///< pairs behind the mean; 0 for a closed form
  std::uint64_t non_finite() const { return non_finite_; }  ///< pairs left out: one of the two was NaN or infinite
  std::uint64_t outside() const { return outside_; }        ///< pairs of which one at least is outside its support

  /// The rounding error of the arithmetic that the samples went through, 2^-24 for float and 2^-53 for double.
  double unit_roundoff() const { return unit_roundoff_; }

  /// Root mean square of |phi(u_j, v_k) - its expectation|, as spectrum has it.
  double standard_error(std::ptrdiff_t j, std::ptrdiff_t k) const {
    const double of_one = maximum(1 - norm((*this)(j, k)), 0.0);
    const std::size_t at = j < 0 ? index(-j, -k) : index(j, k);
    return sqrt(
        samples_.variance_of_mean([&] { return of_one; }, [&](std::size_t r) { return replicates_[r][at].re; }) +
        samples_.variance_of_mean([] { return 0.0; }, [&](std::size_t r) { return replicates_[r][at].im; }));
  }

 private:
  std::size_t row_size() const { return 2 * second_.grid.size() - 1; }

  void check(const std::vector<complex<double>>& values) const {
    require(values.size() == first_.grid.size() * row_size(), "values.size()", std::uint64_t{values.size()},
            "n1 (2 n2 - 1) for n1 and n2 frequencies");
    for (const complex<double> value : values) {
      require(abs(value) <= 1.001, "abs(values[i])", abs(value), "[0, 1], as every law has it");
    }
    for (std::size_t k = 0; k < second_.grid.size(); ++k) {
      const complex<double> difference =
          values[second_.grid.size() - 1 + k] - conj(values[second_.grid.size() - 1 - k]);
      require(abs(difference) <= 1e-6, "phi(0, v) - conj(phi(0, -v))", abs(difference), "0, as every law has it");
    }
  }

  std::size_t index(std::ptrdiff_t j, std::ptrdiff_t k) const {
    const auto column = static_cast<std::ptrdiff_t>(second_.grid.size()) - 1 + k;
    return static_cast<std::size_t>(j) * row_size() + static_cast<std::size_t>(column);
  }
  complex<double> value(std::ptrdiff_t j, std::ptrdiff_t k) const { return values_[index(j, k)]; }

  /// Of the values from `begin` on, so far apart.
  spectrum marginal(const axis& which, std::size_t begin, std::size_t stride) const {
    const auto taken = [&](const std::vector<complex<double>>& all) {
      std::vector<complex<double>> values;
      for (std::size_t k = 0; k < which.grid.size(); ++k) values.push_back(all[begin + k * stride]);
      return values;
    };
    std::vector<std::vector<complex<double>>> replicates;
    for (const std::vector<complex<double>>& replicate : replicates_) replicates.push_back(taken(replicate));
    return spectrum(which.grid, taken(values_), which.support, which.quantity, paths(), non_finite_, which.outside,
                    unit_roundoff_, simulated() ? summation::direct : summation::none, std::move(replicates));
  }

  axis first_, second_;
  std::vector<complex<double>> values_;
  sampling samples_;
  std::uint64_t non_finite_, outside_;
  double unit_roundoff_;
  std::vector<std::vector<complex<double>>> replicates_;
};

}  // namespace spectralmc
