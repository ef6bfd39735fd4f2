// What every asset model shares: the spot price, interest rates and dividend yields.
#pragma once

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

#include "spectralmc/errors.hpp"
#include "spectralmc/market/curves.hpp"
#include "spectralmc/numeric/elementary.hpp"

namespace spectralmc {

/// An asset and the money market around it. Rates are deterministic, so the asset is its forward times a martingale of
/// mean 1, S(t) = forward(t) exp(X(t)) or S(t) = forward(t) M(t). Models describe X or M alone; rates and dividends
/// enter here and nowhere else.
class market {
 public:
  /// Interest rates and dividend yields are continuously compounded, a year: numbers, or curves. `spot` is in units of
  /// currency.
  /// @throws invalid_parameter unless spot > 0 and the rates are finite
  explicit market(double spot, zero_curve rates = 0.0, zero_curve dividend_yields = 0.0)
      : spot_(spot), rates_(std::move(rates)), dividend_yields_(std::move(dividend_yields)) {
    require_positive("spot", spot_);
    for (const double yield : dividend_yields_.zero_rates()) require_finite("dividend_yield", yield);
    for (const double rate : rates_.zero_rates()) require_finite("rate", rate);
  }

  /// The same with the curve of zero rates in its parts.
  market(double spot, std::vector<double> times, std::vector<double> zero_rates, zero_curve dividend_yields = 0.0)
      : market(spot, zero_curve(std::move(times), std::move(zero_rates)), std::move(dividend_yields)) {}

  double spot() const { return spot_; }
  const zero_curve& rates() const { return rates_; }
  const zero_curve& dividend_yields() const { return dividend_yields_; }

  /// The integral of the interest rate from now to `time`: the zero rate to `time`, times `time`. O(number of points).
  double integrated_rate(double time) const {
    require_not_negative("time", time);
    return rates_.integral(time);
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
  double log_forward_return(double time) const { return integrated_rate(time) - dividend_yields_.integral(time); }

  /// The integral over [begin, end] of f(t)^2 / (forward(t)/spot)^2: the variance that absolute volatility f gives S
  /// over its forward. Exact. O(number of points of all three curves).
  double relative_variance(const step_function& f, double begin, double end) const {
    std::vector<double> times{begin, end};
    for (const std::vector<double>* list : {&rates_.times(), &dividend_yields_.times(), &f.times()}) {
      for (const double time : *list) {
        if (time > begin && time < end) times.push_back(time);
      }
    }
    std::sort(times.begin(), times.end());
    double sum = 0;
    for (std::size_t i = 1; i < times.size(); ++i) {
      const double length = times[i] - times[i - 1], value = f(times[i]);
      const double from = 2 * log_forward_return(times[i - 1]), growth = 2 * log_forward_return(times[i]) - from;
      const double mean = abs(growth) < 1e-12 ? 1.0 : -expm1(-growth) / growth;  // of exp(from - 2 log(...))
      sum = fma(value * value * length, exp(-from) * mean, sum);
    }
    return sum;
  }

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
  zero_curve rates_, dividend_yields_;
};

}  // namespace spectralmc
