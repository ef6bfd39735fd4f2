// Hull, J. and White, A. (1990), Pricing interest-rate-derivative securities, Review of Financial Studies 3(4), in the
// form r(t) = x(t) + alpha(t), dx = -kappa x dt + sigma dW, x(0) = 0, with alpha such that discount bonds have the
// curve's prices.
#pragma once

#include <utility>

#include "spectralmc/configuration.hpp"
#include "spectralmc/market/curves.hpp"
#include "spectralmc/market/market.hpp"
#include "spectralmc/models/parameter_list.hpp"
#include "spectralmc/models/short_rate.hpp"
#include "spectralmc/models/vasicek.hpp"
#include "spectralmc/numeric/complex.hpp"
#include "spectralmc/numeric/elementary.hpp"
#include "spectralmc/numeric/number.hpp"
#include "spectralmc/numeric/value.hpp"

namespace spectralmc {

template <class Number>
struct basic_hull_white_parameters {
  basic_zero_curve<Number> rates;  ///< today's zero rates; finite
  Number mean_reversion;           ///< kappa, a year; [0, inf), 0 for the model of Ho and Lee
  Number volatility;               ///< sigma, a year by a square root of a year; [0, inf)

  /// models/parameter_list.hpp
  template <class Result, class Visit>
  basic_hull_white_parameters<Result> transformed(const Visit& visit) const {
    return {visit(parameter{"rate", "1 / year", range::finite}, rates),
            visit(parameter{"mean_reversion", "1 / year", range::not_negative}, mean_reversion),
            visit(parameter{"volatility", "1 / (year sqrt(year))", range::not_negative}, volatility)};
  }
};

using hull_white_parameters = basic_hull_white_parameters<double>;

/// The Gaussian short-rate model that fits a curve. The rate and its integral are simulated exactly, together: a step
/// of any length has the right law. Where the curve's forward rate jumps, so does the short rate; its value at such a
/// time is that before the jump. Payoffs are worth their product with discount_factor; nothing else discounts them.
template <class Real = double>
class hull_white {
 public:
  using real = Real;
  using number = double_of<Real>;
  using parameter_list = basic_hull_white_parameters<number>;
  using coefficients = typename vasicek<Real>::coefficients;
  static constexpr int numbers_per_step = 2;

  /// @throws invalid_parameter for a parameter outside its range
  explicit hull_white(parameter_list parameters) : parameters_(std::move(parameters)) { require_valid(parameters_); }

  const basic_market<number>& asset() const { return asset_; }
  const parameter_list& parameters() const { return parameters_; }

  template <class V>
  using state = typename vasicek<Real>::template state<V>;

  static constexpr bool time_dependent() { return true; }

  coefficients step_coefficients(double time, double length) const {
    const double end = time + length;
    const number decay = noise().decay(length), reach = noise().reach(length);
    coefficients c = vasicek<Real>::centred_coefficients(noise(), length);
    c.drift = fma(-decay, shift(time), shift(end));
    c.integrated_drift = fma(-reach, shift(time), integrated_shift(end) - integrated_shift(time));
    return c;
  }

  state<Real> initial_state() const { return {static_cast<Real>(shift(0)), Real(0)}; }

  template <class V>
  SPECTRALMC_HOST_DEVICE static state<V> broadcast(const state<Real>& s) {
    return vasicek<Real>::template broadcast<V>(s);
  }

  template <class V, class Numbers>
  SPECTRALMC_HOST_DEVICE static SPECTRALMC_FORCE_INLINE void step(const coefficients& c, state<V>& s,
                                                                  const Numbers& numbers) {
    vasicek<Real>::step(c, s, numbers);
  }

  /// log E exp(i u r(time)), entire in u.
  complex<double> log_characteristic_function(complex<double> u, double time) const {
    return u * complex<double>(0, shift(time)) - u * u * (0.5 * noise().variance(time));
  }

  /// log E exp(i u r(time)) in the measure whose numeraire is the bond that pays at `time`: the mean is today's forward
  /// rate.
  complex<double> log_forward_characteristic_function(complex<double> u, double time) const {
    return u * complex<double>(0, parameters_.rates.forward_rate(time)) - u * u * (0.5 * noise().variance(time));
  }

  /// Minus the logarithm of the price at `time` of one unit of currency paid at `maturity`, as a function of the rate
  /// then.
  linear_rate_function bond_exponent(double time, double maturity) const {
    const double b = noise().reach(maturity - time);
    const double a = parameters_.rates.integral(maturity) - parameters_.rates.integral(time);
    const double forward = parameters_.rates.forward_rate(time);
    return {fma(0.5 * b * b, noise().variance(time), fma(-b, forward, a)), b};
  }

  /// Today's price of one unit of currency paid at `maturity` (years): the curve's.
  /// @throws invalid_parameter for a maturity that is negative or not finite
  /// @throws no_answer where the price is 0 or infinite as a number
  double discount_bond(double maturity) const {
    require_not_negative("maturity", maturity);
    const double exponent = parameters_.rates.integral(maturity);
    return detail::bond_price(exponent, abs(exponent), maturity);
  }

 private:
  ornstein_uhlenbeck<number> noise() const { return {parameters_.mean_reversion, parameters_.volatility}; }
  /// alpha: the forward rate and the convexity that the noise adds.
  number shift(double time) const {
    return parameters_.rates.forward_rate(time) + noise().covariance_with_integral(time);
  }
  number integrated_shift(double time) const {
    return fma(0.5, noise().variance_of_integral(time), parameters_.rates.integral(time));
  }

  basic_market<number> asset_{1.0};
  parameter_list parameters_;
};

}  // namespace spectralmc
