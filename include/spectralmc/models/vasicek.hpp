// Vasicek, O. (1977), An equilibrium characterization of the term structure, J. Financial Economics 5(2).
//
//   dr = kappa (theta - r) dt + sigma dW
#pragma once

#include <utility>

#include "spectralmc/configuration.hpp"
#include "spectralmc/market/market.hpp"
#include "spectralmc/models/parameter_list.hpp"
#include "spectralmc/models/short_rate.hpp"
#include "spectralmc/numeric/complex.hpp"
#include "spectralmc/numeric/elementary.hpp"
#include "spectralmc/numeric/number.hpp"
#include "spectralmc/numeric/value.hpp"

namespace spectralmc {

/// The Gaussian process dx = -kappa x dt + sigma dW from x(0) = 0, and its integral: moments over a time.
template <class Number>
struct ornstein_uhlenbeck {
  Number mean_reversion;  ///< kappa
  Number volatility;      ///< sigma

  Number decay(double time) const { return exp(-mean_reversion * time); }
  /// The integral of the decay: B(time).
  Number reach(double time) const { return rounded_product(mean_decay(mean_reversion * time), time); }
  Number variance(double time) const {
    const ornstein_uhlenbeck twice{2 * mean_reversion, volatility};
    return rounded_product(volatility * volatility, twice.reach(time));
  }
  Number covariance_with_integral(double time) const {
    const Number b = volatility * reach(time);
    return rounded_product(0.5 * b, b);
  }
  Number variance_of_integral(double time) const {
    return rounded_product(volatility * volatility * time * time * time, cubic(mean_reversion * time));
  }

 private:
  /// (1 - exp(-x)) / x. Its slope is taken by Taylor's series where the quotient's would cancel.
  static Number mean_decay(Number x) {
    const double at = without_derivatives(x), value = at < 1e-300 ? 1.0 : -expm1(-at) / at;
    double slope = (exp(-at) - value) / at;
    if (at < 0.5) {
      slope = 0;
      double factor = -0.5;  // (-1)^n x^(n - 1) / (n + 1)!
      for (int n = 1; n < 16; ++n) {
        slope = fma(factor, n, slope);
        factor *= -at / (n + 2);
      }
    }
    return with_slope(x, value, slope);
  }
  /// (x - 2 (1 - exp(-x)) + (1 - exp(-2 x)) / 2) / x^3, by its Taylor series where that would cancel.
  static Number cubic(Number x) {
    if (x > 1e100) return 1 / x / x;  // the cube may overflow
    if (x > 0.5) return (x + 2 * expm1(-x) - 0.5 * expm1(-2 * x)) / (x * x * x);
    Number sum = 0, factor = 1.0 / 6;  // (-x)^(n - 3) / n!
    double power = 4;                  // 2^(n - 1)
    for (int n = 3; n < 25; ++n) {
      sum = fma(factor, power - 2, sum);
      factor *= -x / (n + 1);
      power *= 2;
    }
    return sum;
  }
};

template <class Number>
struct basic_vasicek_parameters {
  Number initial_rate;    ///< r(0), a year; finite
  Number mean_reversion;  ///< kappa, a year; [0, inf)
  Number long_run_rate;   ///< theta, a year; finite
  Number volatility;      ///< sigma, a year by a square root of a year; [0, inf)

  /// models/parameter_list.hpp
  template <class Result, class Visit>
  basic_vasicek_parameters<Result> transformed(const Visit& visit) const {
    return {visit(parameter{"initial_rate", "1 / year", range::finite}, initial_rate),
            visit(parameter{"mean_reversion", "1 / year", range::not_negative}, mean_reversion),
            visit(parameter{"long_run_rate", "1 / year", range::finite}, long_run_rate),
            visit(parameter{"volatility", "1 / (year sqrt(year))", range::not_negative}, volatility)};
  }
};

using vasicek_parameters = basic_vasicek_parameters<double>;

/// The Gaussian short-rate model. The rate and its integral are simulated exactly, together: a step of any length has
/// the right law. Payoffs are worth their product with discount_factor; nothing else discounts them.
template <class Real = double>
class vasicek {
 public:
  using real = Real;
  using number = double_of<Real>;
  using parameter_list = basic_vasicek_parameters<number>;
  static constexpr int numbers_per_step = 2;

  /// @throws invalid_parameter for a parameter outside its range
  explicit vasicek(parameter_list parameters) : parameters_(parameters) { require_valid(parameters_); }

  const basic_market<number>& asset() const { return asset_; }
  const parameter_list& parameters() const { return parameters_; }

  template <class V>
  struct state {
    V short_rate;       ///< r
    V integrated_rate;  ///< the integral of r from now on
  };

  struct coefficients {
    coefficient<Real> decay, drift;  // of r
    coefficient<Real> reach, integrated_drift;
    coefficient<Real> deviation, common, own;  // of r's noise; of the integral's, in common with r and its own
  };

  coefficients step_coefficients(double /*time*/, double length) const {
    const number theta = parameters_.long_run_rate;
    coefficients c = centred_coefficients(noise(), length);
    c.drift = theta * -expm1(-parameters_.mean_reversion * length);
    c.integrated_drift = theta * (length - noise().reach(length));
    return c;
  }

  /// Of the process that reverts to 0.
  static coefficients centred_coefficients(const ornstein_uhlenbeck<number>& x, double length) {
    const number variance = x.variance(length), deviation = sqrt(variance);
    const number common = variance > 0 ? x.covariance_with_integral(length) / deviation : number(0);
    const number own = fma(-common, common, x.variance_of_integral(length));
    coefficients c{};
    c.decay = x.decay(length);
    c.reach = x.reach(length);
    c.deviation = deviation;
    c.common = common;
    c.own = sqrt(maximum(own, 0.0));
    return c;
  }

  state<Real> initial_state() const { return {static_cast<Real>(parameters_.initial_rate), Real(0)}; }

  template <class V>
  SPECTRALMC_HOST_DEVICE static state<V> broadcast(const state<Real>& s) {
    return {V(s.short_rate), V(s.integrated_rate)};
  }

  template <class V, class Numbers>
  SPECTRALMC_HOST_DEVICE static SPECTRALMC_FORCE_INLINE void step(const coefficients& c, state<V>& s,
                                                                  const Numbers& numbers) {
    const auto z = numbers.normal(0);
    const V noise = fma(V(c.own), numbers.normal(1), V(c.integrated_drift));
    s.integrated_rate = s.integrated_rate + fma(V(c.reach), s.short_rate, fma(V(c.common), z, noise));
    s.short_rate = fma(V(c.decay), s.short_rate, fma(V(c.deviation), z, V(c.drift)));
  }

  /// log E exp(i u r(time)), entire in u.
  complex<double> log_characteristic_function(complex<double> u, double time) const {
    return normal_exponent(u, mean(time), noise().variance(time));
  }

  /// log E exp(i u r(time)) in the measure whose numeraire is the bond that pays at `time`.
  complex<double> log_forward_characteristic_function(complex<double> u, double time) const {
    return normal_exponent(u, mean(time) - noise().covariance_with_integral(time), noise().variance(time));
  }

  /// Minus the logarithm of the price at `time` of one unit of currency paid at `maturity`, as a function of the rate
  /// then.
  linear_rate_function bond_exponent(double time, double maturity) const {
    const double length = maturity - time, b = noise().reach(length);
    return {fma(-0.5, noise().variance_of_integral(length), parameters_.long_run_rate * (length - b)), b};
  }

  /// Today's price of one unit of currency paid at `maturity` (years).
  /// @throws invalid_parameter for a maturity that is negative or not finite
  /// @throws no_answer where the price is 0 or infinite as a number, or rounding may be 2^-32 of it
  double discount_bond(double maturity) const {
    require_not_negative("maturity", maturity);
    const double rate = parameters_.initial_rate, theta = parameters_.long_run_rate;
    const linear_rate_function exponent = bond_exponent(0, maturity);
    const double size = abs(exponent.b * rate) + (parameters_.mean_reversion > 0 ? abs(theta) * maturity : 0.0) +
                        0.5 * noise().variance_of_integral(maturity);
    return detail::bond_price(exponent(rate), size, maturity);
  }

 private:
  static complex<double> normal_exponent(complex<double> u, double mean, double variance) {
    return u * complex<double>(0, mean) - u * u * (0.5 * variance);
  }
  ornstein_uhlenbeck<number> noise() const { return {parameters_.mean_reversion, parameters_.volatility}; }
  double mean(double time) const {
    const double theta = parameters_.long_run_rate;
    return fma(noise().decay(time), parameters_.initial_rate - theta, theta);
  }

  basic_market<number> asset_{1.0};
  parameter_list parameters_;
};

}  // namespace spectralmc
