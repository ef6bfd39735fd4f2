// Black's formula and its inverse, the implied volatility, of one quote or of many at once.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <vector>

#include "spectralmc/errors.hpp"
#include "spectralmc/numeric/elementary.hpp"
#include "spectralmc/numeric/estimate.hpp"
#include "spectralmc/numeric/lanes.hpp"
#include "spectralmc/numeric/normal.hpp"
#include "spectralmc/numeric/strided.hpp"
#include "spectralmc/pricing/normalised_black.hpp"

namespace spectralmc {

enum class option_type { call, put };

SPECTRALMC_LANES_NAMESPACE_BEGIN
namespace black_detail {

/// |log(forward/strike)| to 2 ulp, near the money too, and where the quotient overflows.
template <class V>
SPECTRALMC_PRIMITIVE V moneyness(V forward, V strike) {
  const V less = minimum(forward, strike), more = maximum(forward, strike);
  const V excess = (more - less) / less;
  const V result = log1p(excess);
  const auto overflow = excess > V(format<double>::largest);
  if (!any(overflow)) return result;
  return select(overflow, log(more) - log(less), result);
}

/// The deviation that a quote implies; NaN where the price is not strictly within its bounds, or nothing is left of it
/// in units of the smaller of forward and strike. `sign` is 1 for a call, -1 for a put. What the price is above its
/// lower bound is the price of the option out of the money; what it is below its upper one, that option lacks of its
/// own.
template <class V>
SPECTRALMC_PRIMITIVE V deviation_of_quote(V sign, V price, V forward, V strike, V discount) {
  const V undiscounted = price / discount, less = minimum(forward, strike);
  const V above = undiscounted - maximum(V(0), sign * (forward - strike));  // an exact product
  const V below = select(sign > V(0), forward, strike) - undiscounted;
  const auto lower = above < V(0.375) * less;
  const V value = select(lower, above, below) / less;
  const auto inside = both(both(above > V(0), below > V(0)), value >= V(exponent_format<V>::least_normal));
  const auto quoted = both(inside, both(strike > V(0), is_finite(strike)));
  // What has no volatility is not computed with: 0.25 and 0 stand in.
  const V y = select(quoted, moneyness(forward, strike), V(0)), usable = select(quoted, value, V(0.25));
  return select(quoted, implied_deviation(y, lower, usable), V(exponent_format<V>::not_a_number));
}

inline double sign_of(option_type type) { return type == option_type::call ? 1 : -1; }

/// The volatilities of quotes; `type_of(i)` is the type of quote i. Returns how many have none.
template <class Types>
std::size_t imply(const Types& type_of, const double* prices, double forward, const double* strikes, std::size_t count,
                  double maturity, double discount, double* volatilities) {
  require_positive("forward", forward);
  require_positive("maturity", maturity);
  require_positive("discount", discount);
  using V = lanes<double>;
  const V root(sqrt(maturity));
  std::size_t without = 0;
  for_each_pack<V>(count, [&](std::size_t first, std::size_t used) {
    double signs[lane_count<V>];
    for (std::size_t i = 0; i < used; ++i) signs[i] = sign_of(type_of(first + i));
    const V deviation = deviation_of_quote(load_some<V>(signs, used), load_some<V>(prices + first, used), V(forward),
                                           load_some<V>(strikes + first, used), V(discount));
    store_some(deviation / root, volatilities + first, used);
    for (std::size_t i = first; i < first + used; ++i) without += std::isnan(volatilities[i]) ? 1 : 0;
  });
  return without;
}

}  // namespace black_detail

/// The volatilities at which Black's formula gives `count` prices of options with one forward and maturity, with the
/// bits of implied_volatility of each. What has none (a price that is NaN, or not strictly within its bounds; a strike
/// that is not positive and finite) is set to NaN. `volatilities` may be `prices`.
/// @returns how many have none
/// @throws invalid_parameter unless forward, maturity and discount are positive and finite
inline std::size_t implied_volatilities(const option_type* types, const double* prices, double forward,
                                        const double* strikes, std::size_t count, double maturity, double discount,
                                        double* volatilities) {
  return black_detail::imply([types](std::size_t i) { return types[i]; }, prices, forward, strikes, count, maturity,
                             discount, volatilities);
}

/// The same for options of one type.
inline std::size_t implied_volatilities(option_type type, const double* prices, double forward, const double* strikes,
                                        std::size_t count, double maturity, double discount, double* volatilities) {
  return black_detail::imply([type](std::size_t) { return type; }, prices, forward, strikes, count, maturity, discount,
                             volatilities);
}

/// The same for vectors: `types` is one type for all, or a vector of as many types as prices.
/// @throws invalid_parameter also where the sizes differ
template <class Types>
std::vector<double> implied_volatilities(const Types& types, const std::vector<double>& prices, double forward,
                                         const std::vector<double>& strikes, double maturity, double discount = 1) {
  require(strikes.size() == prices.size(), "number of strikes", std::uint64_t(strikes.size()), "as many as prices");
  std::vector<double> volatilities(prices.size());
  if constexpr (std::is_same_v<Types, option_type>) {
    implied_volatilities(types, prices.data(), forward, strikes.data(), prices.size(), maturity, discount,
                         volatilities.data());
  } else {
    require(types.size() == prices.size(), "number of types", std::uint64_t(types.size()), "as many as prices");
    implied_volatilities(types.data(), prices.data(), forward, strikes.data(), prices.size(), maturity, discount,
                         volatilities.data());
  }
  return volatilities;
}

SPECTRALMC_LANES_NAMESPACE_END

namespace detail {

/// volatility x sqrt(maturity), all arguments checked.
inline double checked_deviation(double forward, double strike, double volatility, double maturity, double discount) {
  require_positive("forward", forward);
  require_positive("strike", strike);
  require_positive("discount", discount);
  require_not_negative("volatility", volatility);
  require_not_negative("maturity", maturity);
  const double deviation = rounded_product(volatility, sqrt(maturity));
  require(std::isfinite(deviation), "volatility x sqrt(maturity)", deviation, "a finite number");
  return deviation;
}

}  // namespace detail

/// Black, F. (1976), The pricing of commodity contracts, J. Financial Economics 3: the price today of a European option
/// on an asset with this forward, a lognormal volatility (a square root of a year) and maturity (years). Out of the
/// money the error is a few ulp and what a change of log(forward/strike) and of the volatility by their last digits
/// makes, also for prices of 1e-300.
/// @throws invalid_parameter unless forward, strike, discount > 0 and volatility, maturity >= 0, all finite and
///         volatility sqrt(maturity) as well
inline double black_price(option_type type, double forward, double strike, double volatility, double maturity,
                          double discount = 1) {
  const double deviation = detail::checked_deviation(forward, strike, volatility, maturity, discount);
  const double intrinsic = std::fmax(0.0, black_detail::sign_of(type) * (forward - strike));
  const double out_of_the_money = normalised_black_price(black_detail::moneyness(forward, strike), deviation);
  const double price = fma(minimum(forward, strike), out_of_the_money, intrinsic);
  return rounded_product(discount, minimum(type == option_type::call ? forward : strike, price));
}

/// The derivative of black_price in the volatility; the same for calls and puts.
/// @throws invalid_parameter as black_price
inline double black_vega(double forward, double strike, double volatility, double maturity, double discount = 1) {
  const double deviation = detail::checked_deviation(forward, strike, volatility, maturity, discount);
  const double root = sqrt(maturity);
  if (deviation == 0) return 0;
  const double z = 0.5 * deviation - black_detail::moneyness(forward, strike) / deviation;
  return rounded_product(discount * minimum(forward, strike) * root, normal_density(z));
}

/// The volatility at which Black's formula gives `price`, to all the accuracy that the price has: one of an option out
/// of the money gives it to a relative 2e-15; in the money, roundings of the price count against its distance from the
/// bounds. In a fixed number of steps, see pricing/normalised_black.hpp.
/// @throws invalid_parameter as black_price
/// @throws no_answer when the price is not strictly within its arbitrage bounds, or is not 1e-307 of forward and strike
inline double implied_volatility(option_type type, double price, double forward, double strike, double maturity,
                                 double discount = 1) {
  require_positive("forward", forward);
  require_positive("strike", strike);
  require_positive("maturity", maturity);
  require_positive("discount", discount);
  const double deviation =
      black_detail::deviation_of_quote(black_detail::sign_of(type), price, forward, strike, discount);
  if (is_nan(deviation)) {
    throw no_answer("no volatility gives the price " + value_text(price) + " at strike " + value_text(strike) +
                    ": it is not between the option's intrinsic value and its upper bound");
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
