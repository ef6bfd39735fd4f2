// What every asset model shares: the spot price, the curve of interest rates and the dividend yield.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include "spectralmc/errors.hpp"
#include "spectralmc/numeric/elementary.hpp"

namespace spectralmc {

/// An asset and the money market around it. Rates are deterministic, so the asset is its forward times a martingale:
/// S(t) = forward(t) exp(X(t)) with E exp(X(t)) = 1. Models describe X alone; rates and dividends enter here and
/// nowhere else.
class market {
 public:
  /// Constant continuously compounded rate and dividend yield, both a year; `spot` in units of currency.
  /// @throws invalid_parameter unless spot > 0 and the rates are finite
  explicit market(double spot, double rate = 0, double dividend_yield = 0)
      : market(spot, std::vector<double>{1.0}, std::vector<double>{rate}, dividend_yield) {}

  /// A curve of continuously compounded zero rates: `zero_rates[i]` holds to `times[i]` (years, ascending, positive).
  /// Between two times rate x time is linear, so the forward rate is piecewise constant; the first zero rate holds
  /// before the first time and the last one after the last.
  /// @throws invalid_parameter for times not ascending, lists of unequal length, or values that are not finite
  market(double spot, std::vector<double> times, std::vector<double> zero_rates, double dividend_yield = 0)
      : spot_(spot), times_(std::move(times)), zero_rates_(std::move(zero_rates)), dividend_yield_(dividend_yield) {
    require_positive("spot", spot_);
    require_finite("dividend_yield", dividend_yield_);
    require(!times_.empty(), "times.size()", std::uint64_t{times_.size()}, "at least 1");
    require(times_.size() == zero_rates_.size(), "zero_rates.size()", std::uint64_t{zero_rates_.size()},
            "the number of times");
    double previous = 0;
    for (double time : times_) {
      require(std::isfinite(time) && time > previous, "times", time, "positive and ascending");
      previous = time;
    }
    for (double rate : zero_rates_) require_finite("rate", rate);
  }

  double spot() const { return spot_; }
  double dividend_yield() const { return dividend_yield_; }

  /// The integral of the interest rate from now to `time`: the zero rate to `time`, times `time`. O(number of points).
  double integrated_rate(double time) const {
    require_not_negative("time", time);
    if (time <= times_.front()) return rounded_product(zero_rates_.front(), time);
    for (std::size_t i = 1; i < times_.size(); ++i) {
      if (time > times_[i]) continue;
      const double left = zero_rates_[i - 1] * times_[i - 1], right = zero_rates_[i] * times_[i];
      const double weight = (time - times_[i - 1]) / (times_[i] - times_[i - 1]);
      return fma(weight, right, fma(-weight, left, left));
    }
    return rounded_product(zero_rates_.back(), time);
  }

  /// Today's price of one unit of currency paid at `time`.
  /// @throws invalid_parameter when the rates make it 0 or infinite
  double discount(double time) const {
    const double factor = exp(-integrated_rate(time));
    require(is_finite(factor) && factor > 0, "rate", integrated_rate(time) / time,
            "one with a discount factor in (0, inf)");
    return factor;
  }

  /// log(forward(time) / spot).
  double log_forward_return(double time) const { return fma(-dividend_yield_, time, integrated_rate(time)); }

  /// The price agreed today for delivery of the asset at `time`.
  /// @throws invalid_parameter when the rates make it 0 or infinite
  double forward(double time) const {
    const double price = rounded_product(spot_, exp(log_forward_return(time)));
    require(is_finite(price) && price > 0, "rate - dividend_yield", log_forward_return(time) / time,
            "one with a forward in (0, inf)");
    return price;
  }

 private:
  double spot_;
  std::vector<double> times_, zero_rates_;
  double dividend_yield_;
};

}  // namespace spectralmc
