// What every asset model shares: the spot price, interest rates and dividend yields.
#pragma once

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

#include "spectralmc/errors.hpp"
#include "spectralmc/market/curves.hpp"
#include "spectralmc/numeric/elementary.hpp"
#include "spectralmc/numeric/number.hpp"

namespace spectralmc {

/// An asset and the money market around it. Rates are deterministic, so the asset is its forward times a martingale of
/// mean 1, S(t) = forward(t) exp(X(t)) or S(t) = forward(t) M(t). Models describe X or M alone; rates and dividends
/// enter here and nowhere else. `Number` is double, or a dual of it (numeric/dual.hpp).
template <class Number>
class basic_market {
 public:
  using curve = basic_zero_curve<Number>;

  /// Interest rates and dividend yields are continuously compounded, a year: numbers, or curves. `spot` is in units of
  /// currency.
  /// @throws invalid_parameter unless spot > 0 and the rates are finite
  explicit basic_market(Number spot, curve rates = 0.0, curve dividend_yields = 0.0)
      : spot_(spot), rates_(std::move(rates)), dividend_yields_(std::move(dividend_yields)) {
    require_positive("spot", without_derivatives(spot_));
    for (const Number& yield : dividend_yields_.zero_rates()) {
      require_finite("dividend_yield", without_derivatives(yield));
    }
    for (const Number& rate : rates_.zero_rates()) require_finite("rate", without_derivatives(rate));
  }

  /// The same with the curve of zero rates in its parts.
  basic_market(Number spot, std::vector<double> times, std::vector<Number> zero_rates, curve dividend_yields = 0.0)
      : basic_market(spot, curve(std::move(times), std::move(zero_rates)), std::move(dividend_yields)) {}

  Number spot() const { return spot_; }
  const curve& rates() const { return rates_; }
  const curve& dividend_yields() const { return dividend_yields_; }

  /// The integral of the interest rate from now to `time`: the zero rate to `time`, times `time`. O(number of points).
  Number integrated_rate(double time) const {
    require_not_negative("time", time);
    return rates_.integral(time);
  }

  /// Today's price of one unit of currency paid at `time`.
  /// @throws invalid_parameter when the rates make it 0 or infinite
  Number discount(double time) const {
    const Number factor = exp(-integrated_rate(time));
    require(is_finite(factor) && factor > 0, "rate", without_derivatives(integrated_rate(time)) / time,
            "one with a discount factor in (0, inf)");
    return factor;
  }

  /// log(forward(time) / spot).
  Number log_forward_return(double time) const { return integrated_rate(time) - dividend_yields_.integral(time); }

  /// The integral over [begin, end] of f(t)^2 / (forward(t)/spot)^2: the variance that absolute volatility f gives S
  /// over its forward. Exact. O(number of points of all three curves).
  Number relative_variance(const basic_step_function<Number>& f, double begin, double end) const {
    std::vector<double> times{begin, end};
    for (const std::vector<double>* list : {&rates_.times(), &dividend_yields_.times(), &f.times()}) {
      for (const double time : *list) {
        if (time > begin && time < end) times.push_back(time);
      }
    }
    std::sort(times.begin(), times.end());
    Number sum = 0;
    for (std::size_t i = 1; i < times.size(); ++i) {
      const double length = times[i] - times[i - 1];
      const Number value = f(times[i]), from = 2 * log_forward_return(times[i - 1]),
                   growth = 2 * log_forward_return(times[i]) - from;
      // Of exp(from - 2 log(...)).
      const Number mean = abs(growth) < 1e-12 ? 1.0 - 0.5 * growth : -expm1(-growth) / growth;
      sum = fma(value * value * length, exp(-from) * mean, sum);
    }
    return sum;
  }

  /// The price agreed today for delivery of the asset at `time`.
  /// @throws invalid_parameter when the rates make it 0 or infinite
  Number forward(double time) const {
    const Number price = rounded_product(spot_, exp(log_forward_return(time)));
    require(is_finite(price) && price > 0, "rate - dividend_yield", without_derivatives(log_forward_return(time)) / time,
            "one with a forward in (0, inf)");
    return price;
  }

 private:
  Number spot_;
  curve rates_, dividend_yields_;
};

using market = basic_market<double>;

}  // namespace spectralmc
