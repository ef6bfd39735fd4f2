// The characteristic function of one quantity at one date: the type at which simulation and closed form meet.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include "spectralmc/errors.hpp"
#include "spectralmc/numeric/complex.hpp"
#include "spectralmc/numeric/elementary.hpp"
#include "spectralmc/numeric/estimate.hpp"
#include "spectralmc/spectral/summation.hpp"

namespace spectralmc {

namespace detail {

/// number x turns less its nearest integer, with a single rounding; for |number x turns| < 2^51.
template <class V>
V fraction_of_turn(V number, V turns) {
  const V magic(6755399441055744.0);  // 1.5 x 2^52
  return fma(number, turns, -(fma(number, turns, magic) - magic));
}

}  // namespace detail

/// Equally spaced frequencies u(k) = k step, k = 0 ... count - 1, in radians per unit of the observed quantity.
class frequency_grid {
 public:
  /// @throws invalid_parameter unless step > 0 and count >= 2
  frequency_grid(double step, std::size_t count) : step_(step), count_(count) {
    require_positive("frequency step", step_);
    require(count_ >= 2, "frequency count", std::uint64_t{count_}, "at least 2");
  }

  /// The frequencies of the cosine expansion on `support`: u(k) = k pi / (upper - lower).
  static frequency_grid for_interval(interval support, std::size_t count) {
    require(std::isfinite(support.lower), "support.lower", support.lower, "a finite number");
    require(std::isfinite(support.upper) && support.upper > support.lower, "support.upper", support.upper,
            "a finite number above support.lower");
    return frequency_grid(pi / support.width(), count);
  }

  double step() const { return step_; }
  std::size_t size() const { return count_; }
  double operator[](std::size_t k) const { return step_ * static_cast<double>(k); }

 private:
  double step_;
  std::size_t count_;
};

/// What was observed, as far as prices need to know it.
struct observed_quantity {
  double time = 0;           ///< the date, in years
  double discount = 1;       ///< price today of one unit of currency at that date
  bool logarithmic = false;  ///< the quantity is log(S / scale) rather than S itself
  double scale = 1;          ///< S(0) for log-returns, 1 otherwise
  bool negative = false;     ///< the quantity is a price that may be below 0
  /// E S where the model knows it, otherwise NaN.
  double forward = std::numeric_limits<double>::quiet_NaN();
};

/// phi(u) = E exp(i u X) at the frequencies of a grid, with the interval that X is taken to live on. Exact when it
/// comes from a closed form; a mean over paths when simulated.
class spectrum {
 public:
  /// @throws invalid_parameter when values and grid differ in size; when the values are those of no law: not finite,
  ///         beyond the unit circle (by more than 1e-3) or not 1 at frequency 0; when more samples are outside than
  ///         there are; when discount or scale are not positive, or time or forward no such thing; or when the grid is
  ///         too coarse for the interval: its step must not exceed pi / support.width(), else the inversion folds the
  ///         tails onto each other
  spectrum(frequency_grid grid, std::vector<complex<double>> values, interval support, observed_quantity quantity,
           std::uint64_t paths = 0, std::uint64_t non_finite = 0, std::uint64_t outside = 0,
           double unit_roundoff = 0x1p-53, summation summed_by = summation::none)
      : grid_(grid),
        values_(std::move(values)),
        support_(support),
        quantity_(quantity),
        paths_(paths),
        non_finite_(non_finite),
        outside_(outside),
        unit_roundoff_(unit_roundoff),
        summed_by_(summed_by) {
    require(values_.size() == grid_.size(), "values.size()", std::uint64_t{values_.size()},
            "the number of frequencies");
    require(abs(values_[0] - complex<double>(1, 0)) <= 1e-6, "values[0]", values_[0].re, "1, as every law has it");
    for (const complex<double> value : values_) {
      require(abs(value) <= 1.001, "abs(values[k])", abs(value), "[0, 1], as every law has it");
    }
    require_finite("support.lower", support_.lower);
    require(std::isfinite(support_.upper) && support_.upper > support_.lower, "support.upper", support_.upper,
            "a finite number above support.lower");
    require(outside_ <= paths_, "outside", outside_, "at most the number of paths");
    require_not_negative("quantity.time", quantity_.time);
    require_positive("quantity.discount", quantity_.discount);
    require_positive("quantity.scale", quantity_.scale);
    require(!std::isinf(quantity_.forward) && (quantity_.negative || !(quantity_.forward < 0)), "quantity.forward",
            quantity_.forward, "finite and not negative, or NaN where it is not known");
    require(grid_.step() <= pi / support_.width() * (1 + 1e-12), "frequency step", grid_.step(),
            "at most pi / support.width()");
  }

  const frequency_grid& grid() const { return grid_; }
  const std::vector<complex<double>>& values() const { return values_; }
  /// phi(u_k).
  /// @throws invalid_parameter unless k < size()
  complex<double> operator[](std::size_t k) const {
    require(k < values_.size(), "index of a frequency", std::uint64_t{k}, "below size()");
    return values_[k];
  }
  std::size_t size() const { return values_.size(); }
  interval support() const { return support_; }
  const observed_quantity& quantity() const { return quantity_; }

  bool simulated() const { return paths_ != 0; }
  std::uint64_t paths() const { return paths_; }            ///< finite samples behind the mean; 0 for a closed form
  std::uint64_t non_finite() const { return non_finite_; }  ///< samples left out because they were NaN or infinite
  std::uint64_t outside() const { return outside_; }        ///< samples outside the support; they fold back into it

  /// The rounding error of the arithmetic that the samples went through, 2^-24 for float and 2^-53 for double.
  double unit_roundoff() const { return unit_roundoff_; }

  /// How the mean over paths was taken: summation::none for a closed form.
  summation summed_by() const { return summed_by_; }

  /// Root mean square of |phi(u_k) - its expectation|: sqrt((1 - |phi|^2) / (paths - 1)), 0 for a closed form and
  /// infinite for a single path.
  double standard_error(std::size_t k) const {
    if (!simulated()) return 0;
    if (paths_ < 2) return std::numeric_limits<double>::infinity();
    return sqrt(maximum(1 - norm((*this)[k]), 0.0) / static_cast<double>(paths_ - 1));
  }

 private:
  frequency_grid grid_;
  std::vector<complex<double>> values_;
  interval support_;
  observed_quantity quantity_;
  std::uint64_t paths_, non_finite_, outside_;
  double unit_roundoff_;
  summation summed_by_;
};

/// One spectrum for each date of a run.
class spectra {
 public:
  explicit spectra(std::vector<spectrum> by_date) : by_date_(std::move(by_date)) {}

  std::size_t size() const { return by_date_.size(); }
  /// @throws invalid_parameter unless date < size()
  const spectrum& operator[](std::size_t date) const {
    require(date < by_date_.size(), "index of a date", std::uint64_t{date}, "below size()");
    return by_date_[date];
  }
  auto begin() const { return by_date_.begin(); }
  auto end() const { return by_date_.end(); }

  /// The spectrum at the date next to `time`, which it may miss by a relative 1e-9.
  /// @throws invalid_parameter if that is no date of the run
  const spectrum& at(double time) const {
    const spectrum* nearest = nullptr;
    const auto distance = [&](const spectrum& s) { return std::fabs(s.quantity().time - time); };
    for (const spectrum& s : by_date_) {
      if (nearest == nullptr || distance(s) < distance(*nearest)) nearest = &s;
    }
    require(nearest != nullptr && distance(*nearest) <= 1e-9 * nearest->quantity().time, "time", time,
            "an observation date of the time grid");
    return *nearest;
  }

 private:
  std::vector<spectrum> by_date_;
};

}  // namespace spectralmc
