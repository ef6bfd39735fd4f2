// Black's formula and its inverse, the implied volatility, of one quote or of many at once.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <string>
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
/// in units of the smaller of forward and strike, or it is subnormal undiscounted and has few digits. `sign` is 1 for a
/// call, -1 for a put. What the price is above its lower bound is the price of the option out of the money; what it is
/// below its upper one, that option lacks of its own.
template <class V>
SPECTRALMC_PRIMITIVE V deviation_of_quote(V sign, V price, V forward, V strike, V discount) {
  const V undiscounted = price / discount, less = minimum(forward, strike);
  const V above = undiscounted - maximum(V(0), sign * (forward - strike));  // an exact product
  const V below = select(sign > V(0), forward, strike) - undiscounted;
  const auto lower = above < V(0.375) * less;
  const V value = select(lower, above, below) / less;
  const auto inside = both(both(above > V(0), below > V(0)), value >= V(exponent_format<V>::least_normal));
  const auto precise = both(inside, undiscounted >= V(exponent_format<V>::least_normal));
  const auto quoted = both(precise, both(strike > V(0), is_finite(strike)));
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

/// @throws invalid_parameter unless `amount`, a forward or strike, is positive and a number also when discounted: no
///         option on it is then worth more than the largest number
inline void require_payable(const char* parameter, double amount, double discount) {
  require_positive(parameter, amount);
  require(std::isfinite(amount * discount), parameter, amount, "one whose discounted value is in (0, 1.8e308)");
}

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

/// A product of finite numbers that is rounded like one of doubles, but has an exponent that no factor overflows.
class wide_product {
 public:
  wide_product(std::initializer_list<double> factors) {
    for (const double factor : factors) {
      int exponent;
      mantissa_ *= std::frexp(factor, &exponent);
      exponent_ += exponent;
    }
  }
  wide_product times_power_of_2(int exponent) const {
    wide_product result = *this;
    result.exponent_ += exponent;
    return result;
  }

  double value() const { return std::ldexp(mantissa_, exponent_); }
  /// `dividend` over it: 0 for 0.
  double divide(double dividend) const {
    if (dividend == 0) return 0;
    int exponent;
    const double mantissa = std::frexp(dividend, &exponent);
    return std::ldexp(mantissa / mantissa_, exponent - exponent_);
  }

 private:
  double mantissa_ = 1;
  int exponent_ = 0;
};

/// Beyond this exp(-z^2 / 2) is 0 also if multiplied by two of the largest numbers.
inline constexpr double end_of_products = 70;

inline double in_range(const char* what, double value) {
  if (std::isfinite(value)) return value;
  throw no_answer(std::string("the ") + what + " is beyond the largest number");
}

/// The vega as a product.
inline wide_product wide_vega(double forward, double strike, double volatility, double maturity, double discount) {
  const double deviation = checked_deviation(forward, strike, volatility, maturity, discount);
  const double less = minimum(forward, strike), y = black_detail::moneyness(forward, strike), root = sqrt(maturity);
  if (deviation == 0 && y > 0) return {0};
  const double z = deviation == 0 ? 0.0 : 0.5 * deviation - y / deviation;
  if (abs(z) < 37) return {discount, less, root, normal_density(z)};
  if (abs(z) > end_of_products) return {0};
  const auto density = normal_detail::bell(abs(z), 0x1.9884533d43651p-2);  // 1 / sqrt(2 pi)
  return wide_product{discount, less, root, density.mantissa}.times_power_of_2(
      exponential_detail::exponent_of(density.biased));
}

}  // namespace detail

/// Black, F. (1976), The pricing of commodity contracts, J. Financial Economics 3: the price today of a European option
/// on an asset with this forward, a lognormal volatility (a square root of a year) and maturity (years). Out of the
/// money the error is a few ulp and what a change of log(forward/strike) and of the volatility by their last digits
/// makes, also for prices of 1e-300.
/// @throws invalid_parameter unless forward, strike, discount > 0 and volatility, maturity >= 0, all finite and
///         volatility sqrt(maturity) as well
/// @throws no_answer where the price is beyond the largest number, 1.8e308
inline double black_price(option_type type, double forward, double strike, double volatility, double maturity,
                          double discount = 1) {
  const double deviation = detail::checked_deviation(forward, strike, volatility, maturity, discount);
  const double y = black_detail::moneyness(forward, strike), less = minimum(forward, strike);
  const double out_of_the_money = normalised_black_price(y, deviation);
  const double sign = black_detail::sign_of(type);
  if (!(sign * (forward - strike) > 0)) {
    const detail::wide_product whole{less, out_of_the_money, discount};
    if (out_of_the_money >= (std::numeric_limits<double>::min)()) return detail::in_range("price", whole.value());
    // In units of the smaller of forward and strike it is none, but it may be one in those of the currency.
    const auto tail = black_detail::price_with_tail(y, deviation, detail::end_of_products);
    if (tail.gone) return 0;
    return detail::wide_product{less, tail.value.mantissa, discount}
        .times_power_of_2(exponential_detail::exponent_of(tail.value.biased))
        .value();
  }
  // Of subnormal numbers sums would lose digits.
  const double lift = maximum(forward, strike) < 0x1p-500 ? 0x1p500 : 1.0;
  const double intrinsic = sign * (forward - strike) * lift;
  const double price = fma(less * lift, out_of_the_money, intrinsic);
  const double bounded = minimum((type == option_type::call ? forward : strike) * lift, price);
  return detail::in_range("price", detail::wide_product{bounded, discount, 1 / lift}.value());
}

/// The derivative of black_price in the volatility; the same for calls and puts. At volatility 0 that to the right.
/// @throws as black_price
inline double black_vega(double forward, double strike, double volatility, double maturity, double discount = 1) {
  return detail::in_range("vega", detail::wide_vega(forward, strike, volatility, maturity, discount).value());
}

/// The volatility at which Black's formula gives `price`, to all the accuracy that the price has: one of an option out
/// of the money gives it to a relative 2e-15; in the money, roundings of the price count against its distance from the
/// bounds. In a fixed number of steps, see pricing/normalised_black.hpp.
/// @throws invalid_parameter as black_price
/// @throws no_answer when the price is not strictly within its arbitrage bounds, or is below 1e-307 of forward and
///         strike, or undiscounted
inline double implied_volatility(option_type type, double price, double forward, double strike, double maturity,
                                 double discount = 1) {
  require_positive("forward", forward);
  require_positive("strike", strike);
  require_positive("maturity", maturity);
  require_positive("discount", discount);
  const double deviation =
      black_detail::deviation_of_quote(black_detail::sign_of(type), price, forward, strike, discount);
  if (is_nan(deviation)) {
    throw no_answer(
        "no volatility gives the price " + value_text(price) + " at strike " + value_text(strike) +
        ": it is not between the option's bounds " +
        value_text(rounded_product(discount, maximum(black_detail::sign_of(type) * (forward - strike), 0.0))) +
        " and " + value_text(rounded_product(discount, type == option_type::call ? forward : strike)));
  }
  return deviation / sqrt(maturity);
}

/// The implied volatility of a price with an error: the standard and truncation errors are divided by the vega, and
/// infinite where that leaves the range of numbers.
inline estimate implied_volatility(option_type type, const estimate& price, double forward, double strike,
                                   double maturity, double discount = 1) {
  estimate result = price;
  result.value = implied_volatility(type, price.value, forward, strike, maturity, discount);
  const detail::wide_product vega = detail::wide_vega(forward, strike, result.value, maturity, discount);
  result.standard_error = vega.divide(price.standard_error);
  result.truncation_error = vega.divide(price.truncation_error);
  return result;
}

}  // namespace spectralmc
