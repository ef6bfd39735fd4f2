// Black's formula and its inverse, the implied volatility.
#pragma once

#include <cmath>
#include <limits>

#include "spectralmc/errors.hpp"
#include "spectralmc/numeric/elementary.hpp"
#include "spectralmc/numeric/estimate.hpp"
#include "spectralmc/numeric/normal.hpp"

namespace spectralmc {

enum class option_type { call, put };

namespace detail {

/// log(forward/strike), also where the quotient overflows.
inline double log_moneyness(double forward, double strike) {
  const double ratio = forward / strike;
  return std::isnormal(ratio) ? log(ratio) : log(forward) - log(strike);
}

/// volatility x sqrt(maturity), all arguments checked.
inline double checked_deviation(double forward, double strike, double volatility, double maturity, double discount) {
  require_positive("forward", forward);
  require_positive("strike", strike);
  require_positive("discount", discount);
  require_not_negative("volatility", volatility);
  require_not_negative("maturity", maturity);
  const double deviation = volatility * sqrt(maturity);
  require(std::isfinite(deviation), "volatility x sqrt(maturity)", deviation, "a finite number");
  return deviation;
}

}  // namespace detail

/// Black, F. (1976), The pricing of commodity contracts, J. Financial Economics 3: the price today of a European option
/// on an asset with this forward, a lognormal volatility (a square root of a year) and maturity (years).
/// @throws invalid_parameter unless forward, strike, discount > 0 and volatility, maturity >= 0, all finite and
///         volatility sqrt(maturity) as well
inline double black_price(option_type type, double forward, double strike, double volatility, double maturity,
                          double discount = 1) {
  const double deviation = detail::checked_deviation(forward, strike, volatility, maturity, discount);
  const double sign = type == option_type::call ? 1 : -1;
  if (deviation == 0) return discount * std::fmax(0.0, sign * (forward - strike));
  const double d1 = detail::log_moneyness(forward, strike) / deviation + 0.5 * deviation, d2 = d1 - deviation;
  const double value = fma(forward, normal_cdf(sign * d1), -(strike * normal_cdf(sign * d2)));
  return discount * std::fmax(0.0, sign * value);
}

/// The derivative of black_price in the volatility; the same for calls and puts.
/// @throws invalid_parameter as black_price
inline double black_vega(double forward, double strike, double volatility, double maturity, double discount = 1) {
  const double deviation = detail::checked_deviation(forward, strike, volatility, maturity, discount);
  const double root = sqrt(maturity);
  if (deviation == 0) return 0;
  const double d1 = detail::log_moneyness(forward, strike) / deviation + 0.5 * deviation;
  return discount * forward * root * normal_density(d1);
}

/// The volatility at which Black's formula gives `price`, to the accuracy that the price's own rounding allows.
/// The price of the out-of-the-money option is taken (by parity where needed); its logarithm is solved for by Newton's
/// method kept in a bracket, which from the point of inflection converges for every price.
/// @throws invalid_parameter as black_price
/// @throws no_answer when the price is not strictly within its arbitrage bounds
inline double implied_volatility(option_type type, double price, double forward, double strike, double maturity,
                                 double discount = 1) {
  require_positive("forward", forward);
  require_positive("strike", strike);
  require_positive("maturity", maturity);
  require_positive("discount", discount);
  const double sign = type == option_type::call ? 1 : -1;
  const double intrinsic = std::fmax(0.0, sign * (forward - strike));
  const double undiscounted = price / discount, time_value = undiscounted - intrinsic;
  if (!(time_value > 0) || !(undiscounted < (type == option_type::call ? forward : strike))) {
    throw no_answer("no volatility gives the price " + value_text(price) + " at strike " + value_text(strike) +
                    ": it is not between the option's intrinsic value and its upper bound");
  }
  const option_type out = forward < strike ? option_type::call : option_type::put;
  const double target = log(time_value);
  double lower = 0, upper = std::numeric_limits<double>::infinity();
  // The vega is largest at this deviation (Manaster, S. and Koehler, G. (1982), J. Finance 37(1)).
  double deviation = sqrt(2 * std::fabs(detail::log_moneyness(forward, strike)));
  if (deviation < 1e-3) deviation = 0.2;
  for (int i = 0; i < 100; ++i) {
    const double value = black_price(out, forward, strike, deviation, 1.0);
    const double error = value > 0 ? log(value) - target : -std::numeric_limits<double>::infinity();
    (error > 0 ? upper : lower) = deviation;
    const double step = error * value / black_vega(forward, strike, deviation, 1.0);
    double next = deviation - step;
    if (!(next > lower && next < upper)) {
      next = std::isinf(upper) ? 2 * deviation : lower + 0.5 * (upper - lower);
    }
    if (std::fabs(next - deviation) <= 1e-15 * deviation || next == deviation) {
      deviation = next;
      break;
    }
    deviation = next;
  }
  return deviation / sqrt(maturity);
}

/// The implied volatility of a price with an error: the standard and truncation errors are divided by the vega.
inline estimate implied_volatility(option_type type, const estimate& price, double forward, double strike,
                                   double maturity, double discount = 1) {
  estimate result = price;
  result.value = implied_volatility(type, price.value, forward, strike, maturity, discount);
  const double vega = black_vega(forward, strike, result.value, maturity, discount);
  result.standard_error = price.standard_error / vega;
  result.truncation_error = price.truncation_error / vega;
  return result;
}

}  // namespace spectralmc
