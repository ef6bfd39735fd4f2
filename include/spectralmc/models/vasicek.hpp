// Vasicek, O. (1977), An equilibrium characterization of the term structure, J. Financial Economics 5(2).
//
//   dr = kappa (theta - r) dt + sigma dW
#pragma once

#include <utility>

#include "spectralmc/configuration.hpp"
#include "spectralmc/market/market.hpp"
#include "spectralmc/models/short_rate.hpp"
#include "spectralmc/numeric/complex.hpp"
#include "spectralmc/numeric/elementary.hpp"
#include "spectralmc/numeric/value.hpp"

namespace spectralmc {

/// The Gaussian process dx = -kappa x dt + sigma dW from x(0) = 0, and its integral: moments over a time.
struct ornstein_uhlenbeck {
  double mean_reversion;  ///< kappa
  double volatility;      ///< sigma

  double decay(double time) const { return exp(-mean_reversion * time); }
  /// The integral of the decay: B(time).
  double reach(double time) const {
    const double x = mean_reversion * time;
    return x < 1e-300 ? time : rounded_product(-expm1(-x) / x, time);
  }
  double variance(double time) const {
    const ornstein_uhlenbeck twice{2 * mean_reversion, volatility};
    return rounded_product(volatility * volatility, twice.reach(time));
  }
  double covariance_with_integral(double time) const {
    const double b = volatility * reach(time);
    return rounded_product(0.5 * b, b);
  }
  double variance_of_integral(double time) const {
    return rounded_product(volatility * volatility * time * time * time, cubic(mean_reversion * time));
  }

 private:
  /// (x - 2 (1 - exp(-x)) + (1 - exp(-2 x)) / 2) / x^3, by its Taylor series where that would cancel.
  static double cubic(double x) {
    if (x > 1e100) return 1 / x / x;  // the cube may overflow
    if (x > 0.5) return (x + 2 * expm1(-x) - 0.5 * expm1(-2 * x)) / (x * x * x);
    double sum = 0, factor = 1.0 / 6, power = 4;  // (-x)^(n - 3) / n! and 2^(n - 1)
    for (int n = 3; n < 25; ++n) {
      sum = fma(factor, power - 2, sum);
      factor *= -x / (n + 1);
      power *= 2;
    }
    return sum;
  }
};

struct vasicek_parameters {
  double initial_rate;    ///< r(0), a year; finite
  double mean_reversion;  ///< kappa, a year; [0, inf)
  double long_run_rate;   ///< theta, a year; finite
  double volatility;      ///< sigma, a year by a square root of a year; [0, inf)
};

/// The Gaussian short-rate model. The rate and its integral are simulated exactly, together: a step of any length has
/// the right law. Payoffs are worth their product with discount_factor; nothing else discounts them.
template <class Real = double>
class vasicek {
 public:
  using real = Real;
  static constexpr int numbers_per_step = 2;

  /// @throws invalid_parameter for a parameter outside its range
  explicit vasicek(vasicek_parameters parameters) : parameters_(parameters) {
    require_finite("initial_rate", parameters_.initial_rate);
    require_not_negative("mean_reversion", parameters_.mean_reversion);
    require_finite("long_run_rate", parameters_.long_run_rate);
    require_not_negative("volatility", parameters_.volatility);
  }

  const market& asset() const { return asset_; }
  const vasicek_parameters& parameters() const { return parameters_; }

  template <class V>
  struct state {
    V short_rate;       ///< r
    V integrated_rate;  ///< the integral of r from now on
  };

  struct coefficients {
    Real decay, drift;  // of r
    Real reach, integrated_drift;
    Real deviation, common, own;  // of r's noise; of the integral's, in common with r and its own
  };

  coefficients step_coefficients(double /*time*/, double length) const {
    const double theta = parameters_.long_run_rate;
    coefficients c = centred_coefficients(noise(), length);
    c.drift = static_cast<Real>(theta * -expm1(-parameters_.mean_reversion * length));
    c.integrated_drift = static_cast<Real>(theta * (length - noise().reach(length)));
    return c;
  }

  /// Of the process that reverts to 0.
  static coefficients centred_coefficients(const ornstein_uhlenbeck& x, double length) {
    const double variance = x.variance(length), deviation = sqrt(variance);
    const double common = variance > 0 ? x.covariance_with_integral(length) / deviation : 0.0;
    const double own = fma(-common, common, x.variance_of_integral(length));
    coefficients c{};
    c.decay = static_cast<Real>(x.decay(length));
    c.reach = static_cast<Real>(x.reach(length));
    c.deviation = static_cast<Real>(deviation);
    c.common = static_cast<Real>(common);
    c.own = static_cast<Real>(sqrt(maximum(own, 0.0)));
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
    const V z = numbers.normal(0);
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
  ornstein_uhlenbeck noise() const { return {parameters_.mean_reversion, parameters_.volatility}; }
  double mean(double time) const {
    const double theta = parameters_.long_run_rate;
    return fma(noise().decay(time), parameters_.initial_rate - theta, theta);
  }

  market asset_{1.0};
  vasicek_parameters parameters_;
};

}  // namespace spectralmc
