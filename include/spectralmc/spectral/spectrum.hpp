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
#include "spectralmc/spectral/sampling.hpp"
#include "spectralmc/spectral/summation.hpp"

namespace spectralmc {

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
  /// The value that the quantity has for certain, NaN where it is random.
  double certain = std::numeric_limits<double>::quiet_NaN();
};

/// How many samples are outside an interval. They count as their mirror images at its ends, which are in the half next
/// to an end unless the sample is far from it, by more than half the width.
struct outside_samples {
  std::uint64_t total = 0;
  std::uint64_t below = 0, above = 0;          ///< of them, at most
  std::uint64_t far_below = 0, far_above = 0;  ///< of those, at most

  outside_samples() = default;
  /// Any number of them may be anywhere.
  outside_samples(std::uint64_t count)  // NOLINT(google-explicit-constructor): a count alone says as much as it does
      : total(count), below(count), above(count), far_below(count), far_above(count) {}
  outside_samples(std::uint64_t all, std::uint64_t below_it, std::uint64_t above_it, std::uint64_t far_below_it,
                  std::uint64_t far_above_it)
      : total(all), below(below_it), above(above_it), far_below(far_below_it), far_above(far_above_it) {}
};

/// phi(u) = E exp(i u X) at the frequencies of a grid, with the interval that X is taken to live on. Exact when it
/// comes from a closed form; a mean over paths when simulated.
class spectrum {
 public:
  /// @throws invalid_parameter when values and grid differ in size; when the values are those of no law: not finite,
  ///         beyond the unit circle (by more than 1e-3) or not 1 at frequency 0; when more samples are outside than
  ///         there are; when discount or scale are not positive, or time or forward no such thing; when the grid is
  ///         too coarse for the interval: its step must not exceed pi / support.width(), else the inversion folds the
  ///         tails onto each other; or when there is one replicate, or one differs in size or is of no law
  spectrum(frequency_grid grid, std::vector<complex<double>> values, interval support, observed_quantity quantity,
           std::uint64_t paths = 0, std::uint64_t non_finite = 0, outside_samples outside = {},
           double unit_roundoff = 0x1p-53, summation summed_by = summation::none,
           std::vector<std::vector<complex<double>>> replicates = {})
      : grid_(grid),
        values_(std::move(values)),
        support_(support),
        quantity_(quantity),
        samples_(paths, replicates.size()),
        non_finite_(non_finite),
        outside_(outside),
        unit_roundoff_(unit_roundoff),
        summed_by_(summed_by),
        replicates_(std::move(replicates)) {
    check(values_);
    for (const std::vector<complex<double>>& replicate : replicates_) check(replicate);
    require_finite("support.lower", support_.lower);
    require(std::isfinite(support_.upper) && support_.upper > support_.lower, "support.upper", support_.upper,
            "a finite number above support.lower");
    require(outside_.total <= paths, "outside", outside_.total, "at most the number of paths");
    require(outside_.below <= outside_.total && outside_.above <= outside_.total &&
                outside_.below + outside_.above >= outside_.total,
            "outside.below + outside.above", outside_.below + outside_.above,
            "all samples outside, and no more of either than there are");
    require(outside_.far_below <= outside_.below && outside_.far_above <= outside_.above, "outside.far_below",
            outside_.far_below, "at most outside.below, and far_above at most above");
    require_not_negative("quantity.time", quantity_.time);
    require_positive("quantity.discount", quantity_.discount);
    require_positive("quantity.scale", quantity_.scale);
    require(!std::isinf(quantity_.forward) && (quantity_.negative || !(quantity_.forward < 0)), "quantity.forward",
            quantity_.forward, "finite and not negative, or NaN where it is not known");
    require(!std::isinf(quantity_.certain), "quantity.certain", quantity_.certain,
            "finite, or NaN where the quantity is random");
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

  bool simulated() const { return samples_.simulated(); }
  const sampling& samples() const { return samples_; }  ///< how the samples behind the mean were drawn
  /// phi over one replicate alone, r < samples().replicates(): the values are the mean over all.
  const std::vector<complex<double>>& replicate_values(std::size_t r) const {
    require(r < replicates_.size(), "index of a replicate", std::uint64_t{r}, "below samples().replicates()");
    return replicates_[r];
  }
  std::uint64_t paths() const { return samples_.paths(); }  ///< finite samples behind the mean; 0 for a closed form
  std::uint64_t non_finite() const { return non_finite_; }  ///< samples left out because they were NaN or infinite
  /// Samples outside the support; they fold back into it.
  std::uint64_t outside() const { return outside_.total; }
  const outside_samples& outside_by_side() const { return outside_; }

  /// The rounding error of the arithmetic that the samples went through, 2^-24 for float and 2^-53 for double; of a
  /// closed form that of its formula.
  double unit_roundoff() const { return unit_roundoff_; }

  /// How the mean over paths was taken: summation::none for a closed form.
  summation summed_by() const { return summed_by_; }

  /// Root mean square of |phi(u_k) - its expectation|: sqrt((1 - |phi|^2) / (paths - 1)) for independent paths, 0 for a
  /// closed form and infinite for a single path.
  double standard_error(std::size_t k) const {
    const double of_one = maximum(1 - norm((*this)[k]), 0.0);
    return sqrt(samples_.variance_of_mean([&] { return of_one; }, [&](std::size_t r) { return replicates_[r][k].re; }) +
                samples_.variance_of_mean([] { return 0.0; }, [&](std::size_t r) { return replicates_[r][k].im; }));
  }

 private:
  void check(const std::vector<complex<double>>& values) const {
    require(values.size() == grid_.size(), "values.size()", std::uint64_t{values.size()}, "the number of frequencies");
    require(abs(values[0] - complex<double>(1, 0)) <= 1e-6, "values[0]", values[0].re, "1, as every law has it");
    for (const complex<double> value : values) {
      require(abs(value) <= 1.001, "abs(values[k])", abs(value), "[0, 1], as every law has it");
    }
  }

  frequency_grid grid_;
  std::vector<complex<double>> values_;
  interval support_;
  observed_quantity quantity_;
  sampling samples_;
  std::uint64_t non_finite_;
  outside_samples outside_;
  double unit_roundoff_;
  summation summed_by_;
  std::vector<std::vector<complex<double>>> replicates_;
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
