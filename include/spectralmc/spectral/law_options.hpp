// Options on an observed quantity under its law.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "spectralmc/configuration.hpp"
#include "spectralmc/errors.hpp"
#include "spectralmc/numeric/estimate.hpp"
#include "spectralmc/spectral/cosine_expansion.hpp"
#include "spectralmc/spectral/expanded_law.hpp"
#include "spectralmc/spectral/spectrum.hpp"

namespace spectralmc {

namespace detail {

/// A price beyond its arbitrage bounds (a NaN bound is none) by no more than its errors is put onto the bound and the
/// distance added to its truncation error; beyond that there is no answer. Four standard errors count as explained.
inline estimate within_bounds(estimate price, double lower, double upper, double strike) {
  const double nearest = std::fmin(std::fmax(price.value, lower), upper);
  const double distance = std::fabs(price.value - nearest);
  if (!explained(distance, price)) {
    throw no_answer("the price " + value_text(price.value) + " at strike " + value_text(strike) +
                    " is outside its arbitrage bounds by more than its error: take more terms or a wider interval");
  }
  price.value = nearest;
  price.truncation_error += distance;
  return price;
}

}  // namespace detail

SPECTRALMC_LANES_NAMESPACE_BEGIN

namespace distribution_detail {

/// What distribution prices by, which says what each option pays. Refers to the law.
class law_options {
 public:
  /// @param deviation of the observed quantity
  law_options(const expanded_law& law, double deviation)
      : law_(law), expansion_(law.expansion()), quantity_(law.quantity()), deviation_(deviation) {}

  /// The price at each strike.
  template <class Price>
  std::vector<estimate> for_strikes(const std::vector<double>& strikes, Price&& price) const {
    require(!strikes.empty(), "strikes.size()", std::uint64_t{strikes.size()}, "at least 1");
    for (double strike : strikes) {
      if (quantity_.negative) {
        require_finite("strike", strike);
      } else {
        require_positive("strike", strike);
      }
    }
    std::vector<estimate> prices;
    prices.reserve(strikes.size());
    for (double strike : strikes) prices.push_back(price(*this, strike));
    return prices;
  }

  /// The price of max(S - strike, 0), or max(strike - S, 0).
  estimate option(double strike, bool call) const {
    const double sign = call ? 1 : -1, forward = quantity_.forward, discount = quantity_.discount;
    if (law_.certain()) {
      const double price = certain_price();
      const double rounding = 4 * rounding_of_market() * (price + std::fabs(strike));
      return law_.certainly(discount * std::fmax(sign * (price - strike), 0.0), discount * rounding);
    }
    const bool parity = std::isfinite(forward);
    const auto error = [](const estimate& e) { return fma(2.0, e.standard_error, e.truncation_error); };
    const auto by_parity = [&] {
      estimate other = payoff(strike, !call);
      other.value = fma(sign * discount, forward - strike, other.value);
      other.truncation_error += rounded_product(rounding_of_market(), discount * (forward + std::fabs(strike)));
      return other;
    };
    estimate result;
    if (!parity) {
      result = payoff(strike, call);
    } else if (expansion_.simulated() && (!quantity_.logarithmic || law_.support().upper - level(strike) < 700)) {
      const estimate direct = payoff(strike, call), other = by_parity();
      const estimate &by_call = call ? direct : other, &by_put = call ? other : direct;
      const double apart = std::fabs(by_call.value - by_put.value);
      const double explained = fma(detail::many_errors(by_put), by_put.standard_error, by_put.truncation_error);
      const bool agree = apart <= explained + by_call.truncation_error;
      result = agree && error(by_call) < error(by_put) ? by_call : by_put;
    } else {
      // By the put, which cannot overflow.
      result = call ? by_parity() : payoff(strike, call);
    }
    const double lower = parity ? std::fmax(0.0, discount * sign * (forward - strike)) : 0.0;
    constexpr double infinity = std::numeric_limits<double>::infinity();
    const double upper = quantity_.negative ? infinity
                         : !call            ? discount * strike
                         : parity           ? discount * forward
                                            : infinity;
    return detail::within_bounds(result, lower, upper, strike);
  }

  /// That of one unit where S > strike, or S <= strike.
  estimate digital(double strike, bool call) const {
    if (law_.certain()) {
      const double at = level(strike);
      const bool paid = (quantity_.certain > at) == call;
      return law_.certainly(paid ? quantity_.discount : 0, law_.at_the_point(at) ? quantity_.discount : 0);
    }
    const double edge = barrier(strike);
    estimate result = call ? law_.probability_between(edge, law_.support().upper)
                           : law_.probability_between(law_.support().lower, edge);
    result.truncation_error += rounding_of_market();
    result = scaled(result, quantity_.discount);
    return detail::within_bounds(result, 0.0, quantity_.discount, strike);
  }

 private:
  /// The strike as a value of the observed quantity.
  double level(double strike) const {
    return quantity_.logarithmic ? log(strike / quantity_.scale) : strike / quantity_.scale;
  }
  /// The same, within the support.
  double barrier(double strike) const { return std::clamp(level(strike), law_.support().lower, law_.support().upper); }

  /// E of the discounted payoff, as it comes out.
  estimate payoff(double strike, bool call) const {
    const double edge = barrier(strike), sign = call ? 1 : -1, scale = quantity_.scale;
    const double c = call ? edge : law_.support().lower, d = call ? law_.support().upper : edge;
    cosine_integrals integrals(law_.support(), c, d, quantity_.logarithmic ? level(strike) : 0);
    estimate result;
    double overshoot;  // of S beyond the strike, by one deviation
    if (quantity_.logarithmic) {
      overshoot = strike * (call ? expm1(deviation_) : -expm1(-deviation_));
      // Samples beyond the support may be anywhere: a put is worth its strike at most, and a call may be worth anything
      // above. Below a call is worth nothing, and above a put, but for what their mirror images are worth.
      const double above =
          expansion_.simulated() ? std::numeric_limits<double>::infinity() : fma(scale, exp(d), -strike);
      const auto worth = [&](double x) { return std::fmax(sign * fma(scale, exp(x), -strike), 0.0); };
      const double in_half = worth(law_.middle_of_support()),
                   at_most = worth(call ? law_.support().upper : law_.support().lower);
      const outside_effect effect =
          call ? outside_effect(in_half, above, at_most, above) : outside_effect(strike, in_half, strike, at_most);
      result = expansion_.expectation(
          [&](std::size_t k) {
            integrals.at(k);
            return rounded_product(sign * strike, integrals.of_growth());
          },
          effect);
    } else {
      overshoot = scale * deviation_;
      // A part that is 0 at the edge, and what the edge is off the strike. Samples outside the support are taken to be
      // so by its width at most; below it a price that cannot be negative leaves a put at most the strike.
      const double offset = sign * fma(scale, edge, -strike);
      const double width = scale * law_.support().width(), across = scale * (d - c) + width;
      const auto worth = [&](double x) { return std::fmax(sign * fma(scale, x, -strike), 0.0); };
      const double in_half = worth(law_.middle_of_support()),
                   at_most = worth(call ? law_.support().upper : law_.support().lower);
      const outside_effect effect = call                 ? outside_effect(in_half, width, at_most, across)
                                    : quantity_.negative ? outside_effect(width, in_half, across, at_most)
                                                         : outside_effect(strike, in_half, strike, at_most);
      result = expansion_.expectation(
          [&](std::size_t k) {
            integrals.at(k);
            return fma(scale, call ? integrals.of_distance() : integrals.of_remainder(), offset * integrals.of_one());
          },
          effect);
    }
    result.truncation_error += rounded_product(rounding_of_market(), std::fabs(result.value));
    return scaled(detail::with_two_more_paths(result, overshoot), quantity_.discount);
  }

  /// S where the quantity is certain: then it is its own expectation.
  double certain_price() const {
    if (std::isfinite(quantity_.forward)) return quantity_.forward;
    return quantity_.scale * (quantity_.logarithmic ? exp(quantity_.certain) : quantity_.certain);
  }

  /// What forward and discount, exponentials of rates times times, may be off by their rounding, as shares.
  double rounding_of_market() const {
    const double growth =
        std::isfinite(quantity_.forward) && quantity_.logarithmic ? log(quantity_.forward / quantity_.scale) : 0.0;
    return 0x1p-52 * (2 + std::fabs(log(quantity_.discount)) + std::fabs(growth));
  }

  static estimate scaled(estimate e, double factor) {
    e.value *= factor;
    e.standard_error *= factor;
    e.truncation_error *= factor;
    return e;
  }

  const expanded_law& law_;
  const cosine_expansion& expansion_;
  const observed_quantity& quantity_;
  double deviation_;
};

}  // namespace distribution_detail

SPECTRALMC_LANES_NAMESPACE_END
}  // namespace spectralmc
