// Functions of time that parameters of models can be: zero rates, and values that hold for a while.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>
#include <vector>

#include "spectralmc/errors.hpp"
#include "spectralmc/numeric/number.hpp"
#include "spectralmc/numeric/value.hpp"

namespace spectralmc {

namespace detail {

inline void require_ascending_times(const std::vector<double>& times) {
  require(!times.empty(), "times.size()", std::uint64_t{times.size()}, "at least 1");
  double previous = 0;
  for (const double time : times) {
    require(std::isfinite(time) && time > previous, "times", time, "positive and ascending");
    previous = time;
  }
}

}  // namespace detail

/// Continuously compounded zero rates, a year, by time in years. A constant, or `zero_rates[i]` to `times[i]`: between
/// two times rate x time is linear, so the forward rate is piecewise constant; the first zero rate holds before the
/// first time and the last one after the last. `Number` is double, or a dual of it.
template <class Number>
class basic_zero_curve {
 public:
  /// A number is a curve.
  template <class Rate, class = std::enable_if_t<std::is_convertible_v<Rate, Number>>>
  basic_zero_curve(Rate rate) : times_{1.0}, zero_rates_{static_cast<Number>(rate)} {}  // NOLINT

  /// @throws invalid_parameter for times that are not positive and ascending, or lists of unequal length
  basic_zero_curve(std::vector<double> times, std::vector<Number> zero_rates)
      : times_(std::move(times)), zero_rates_(std::move(zero_rates)) {
    detail::require_ascending_times(times_);
    require(times_.size() == zero_rates_.size(), "zero_rates.size()", std::uint64_t{zero_rates_.size()},
            "the number of times");
  }

  const std::vector<double>& times() const { return times_; }
  const std::vector<Number>& zero_rates() const { return zero_rates_; }

  /// The zero rate to `time`, times `time`: the integral of the forward rate. O(number of times).
  Number integral(double time) const {
    if (time <= times_.front()) return rounded_product(zero_rates_.front(), time);
    for (std::size_t i = 1; i < times_.size(); ++i) {
      if (time > times_[i]) continue;
      const Number left = zero_rates_[i - 1] * times_[i - 1], right = zero_rates_[i] * times_[i];
      const double weight = (time - times_[i - 1]) / (times_[i] - times_[i - 1]);
      return fma(weight, right, fma(-weight, left, left));
    }
    return rounded_product(zero_rates_.back(), time);
  }

  /// The forward rate at `time`: the derivative of the integral, just before the time where that jumps.
  Number forward_rate(double time) const {
    if (time <= times_.front()) return zero_rates_.front();
    for (std::size_t i = 1; i < times_.size(); ++i) {
      if (time > times_[i]) continue;
      const Number left = zero_rates_[i - 1] * times_[i - 1];
      return fma(zero_rates_[i], times_[i], -left) / (times_[i] - times_[i - 1]);
    }
    return zero_rates_.back();
  }

 private:
  std::vector<double> times_;
  std::vector<Number> zero_rates_;
};

using zero_curve = basic_zero_curve<double>;

/// A piecewise constant function of time in years: `values[i]` holds up to and including `times[i]`, the last value
/// also afterwards. A number is such a function too. `Number` is double, or a dual of it.
template <class Number>
class basic_step_function {
 public:
  /// A number is a function.
  template <class Value, class = std::enable_if_t<std::is_convertible_v<Value, Number>>>
  basic_step_function(Value value) : times_{1.0}, values_{static_cast<Number>(value)} {}  // NOLINT

  /// @throws invalid_parameter for times that are not positive and ascending, or lists of unequal length
  basic_step_function(std::vector<double> times, std::vector<Number> values)
      : times_(std::move(times)), values_(std::move(values)) {
    detail::require_ascending_times(times_);
    require(times_.size() == values_.size(), "values.size()", std::uint64_t{values_.size()}, "the number of times");
  }

  bool constant() const { return values_.size() == 1; }
  const std::vector<double>& times() const { return times_; }
  const std::vector<Number>& values() const { return values_; }

  /// The value at `time`, and just before it where it changes.
  Number operator()(double time) const {
    for (std::size_t i = 0; i + 1 < values_.size(); ++i) {
      if (time <= times_[i]) return values_[i];
    }
    return values_.back();
  }

  /// Calls visit(from, to, value) for each piece of [begin, end] on which the function is constant. O(number of times).
  template <class Visit>
  void for_each_piece(double begin, double end, Visit&& visit) const {
    double from = begin;
    for (std::size_t i = 0; i + 1 < values_.size() && from < end; ++i) {
      if (times_[i] <= from) continue;
      const double to = (std::min)(times_[i], end);
      visit(from, to, values_[i]);
      from = to;
    }
    if (from < end) visit(from, end, values_.back());
  }

  /// The root of the mean of its square over [begin, end]; a constant is returned as it is.
  Number root_mean_square(double begin, double end) const {
    if (constant() || !(end > begin)) return abs((*this)(begin));
    Number sum = 0;
    for_each_piece(begin, end, [&](double from, double to, Number value) { sum = fma(value * value, to - from, sum); });
    return sqrt(sum / (end - begin));
  }

 private:
  std::vector<double> times_;
  std::vector<Number> values_;
};

using step_function = basic_step_function<double>;

}  // namespace spectralmc
