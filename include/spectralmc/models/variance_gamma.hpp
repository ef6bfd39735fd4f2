// Madan, D. B., Carr, P. P. and Chang, E. C. (1998), The variance gamma process and option pricing, European Finance
// Review 2(1).
//
//   X(t) = omega t + theta G(t) + sigma W(G(t)),   S(t) = forward(t) exp(X(t)),
//
// where the clock G has independent gamma increments of mean dt and variance nu dt; omega makes exp(X) a martingale.
#pragma once

#include <utility>

#include "spectralmc/configuration.hpp"
#include "spectralmc/market/market.hpp"
#include "spectralmc/models/logarithmic_model.hpp"
#include "spectralmc/models/parameter_list.hpp"
#include "spectralmc/numeric/complex.hpp"
#include "spectralmc/numeric/number.hpp"
#include "spectralmc/numeric/polynomial.hpp"
#include "spectralmc/numeric/value.hpp"
#include "spectralmc/random/gamma.hpp"

namespace spectralmc {

template <class Number>
struct basic_variance_gamma_parameters {
  Number volatility;      ///< sigma, a square root of a year; [0, inf)
  Number skew;            ///< theta, a year; finite
  Number clock_variance;  ///< nu, years; (0, inf), and nu (theta + sigma^2 / 2) < 1

  /// models/parameter_list.hpp
  template <class Result, class Visit>
  basic_variance_gamma_parameters<Result> transformed(const Visit& visit) const {
    return {visit(parameter{"volatility", "1 / sqrt(year)", range::not_negative}, volatility),
            visit(parameter{"skew", "1 / year", range::finite}, skew),
            visit(parameter{"clock_variance", "years", range::positive}, clock_variance)};
  }
};

using variance_gamma_parameters = basic_variance_gamma_parameters<double>;

/// log E exp(i u X(time)) of the variance gamma model at one time, as a function of u.
struct variance_gamma_exponent_at {
  double half_variance, skew, clock_variance;
  double omega;  ///< the drift of X, a year
  double time;

  /// 1 - nu (theta s + sigma^2 s^2 / 2), whose power -t/nu is E exp(s (theta G + sigma W(G))) where it is positive.
  template <class P, class V>
  SPECTRALMC_HOST_DEVICE static auto room(const P& half_square, const P& theta, const P& nu, V s) {
    return fma(-nu * s, fma(half_square, s, theta), 1.0);
  }

  template <class V>
  SPECTRALMC_HOST_DEVICE complex<V> operator()(complex<V> u) const {
    const V nan(exponent_format<V>::not_a_number);
    const complex<V> iu = complex<V>(V(0), V(1)) * u;
    const complex<V> at_clock = iu * (V(skew) + iu * V(half_variance));
    const complex<V> of_clock = log1p(at_clock * V(-clock_variance)) / V(clock_variance);
    return select(room(half_variance, skew, clock_variance, -u.im) > V(0), (iu * V(omega) - of_clock) * V(time),
                  complex<V>(nan, nan));
  }
};

/// A Brownian motion with drift, run by a gamma clock. A step of any length has the right law.
template <class Real = double>
class variance_gamma : public logarithmic_model<Real> {
 public:
  template <class V>
  using state = typename logarithmic_model<Real>::template state<V>;
  using number = double_of<Real>;
  using parameter_list = basic_variance_gamma_parameters<number>;
  static constexpr bool independent_increments = true;
  static constexpr int numbers_per_step = 2;
  static constexpr int driving_normal = 1;  ///< the number that is the Brownian motion's
  static constexpr int reserve_blocks = gamma_blocks;

  /// @throws invalid_parameter for a parameter outside its range, or when E S is infinite
  variance_gamma(basic_market<number> asset, parameter_list parameters)
      : logarithmic_model<Real>(std::move(asset)), parameters_(parameters) {
    require_valid(parameters_);
    require(room() > 0, "clock_variance", without_derivatives(parameters_.clock_variance),
            "below 1 / (skew + volatility^2 / 2), else E S is infinite");
  }

  const parameter_list& parameters() const { return parameters_; }

  struct coefficients {
    coefficient<Real> shape, scale, drift, skew, variance;
  };

  coefficients step_coefficients(double /*time*/, double length) const {
    const parameter_list& p = parameters_;
    coefficients c;
    c.shape = length / p.clock_variance;
    c.scale = p.clock_variance;
    c.drift = omega() * length;
    c.skew = p.skew;
    c.variance = p.volatility * p.volatility;
    return c;
  }

  template <class V, class Numbers>
  SPECTRALMC_HOST_DEVICE static SPECTRALMC_FORCE_INLINE void step(const coefficients& c, state<V>& s,
                                                                  const Numbers& numbers) {
    const V clock = V(c.scale) * standard_gamma_of_any_shape<V>(c.shape, numbers.uniform(0), numbers, 0);
    const V noise = fma(sqrt(V(c.variance) * clock), numbers.normal(1), V(c.drift));
    s.log_martingale = s.log_martingale + fma(V(c.skew), clock, noise);
  }

  /// log E exp(i u X(time)) at this time, as a function of u: plain numbers that a device can be handed.
  variance_gamma_exponent_at exponent_at(double time) const {
    const double sigma = parameters_.volatility;
    return {0.5 * sigma * sigma, parameters_.skew, parameters_.clock_variance, omega(), time};
  }

  /// log E exp(i u X(time)), analytic in the strip where E exp(-Im(u) X) is finite and not a number outside it.
  template <class V = double>
  complex<V> log_characteristic_function(complex<V> u, double time) const {
    return exponent_at(time)(u);
  }

 private:
  /// Positive where E exp(theta G + sigma W(G)) is finite.
  number room() const {
    const parameter_list& p = parameters_;
    const number half_variance = 0.5 * p.volatility * p.volatility;
    return variance_gamma_exponent_at::room(half_variance, p.skew, p.clock_variance, 1.0);
  }
  number omega() const {
    const parameter_list& p = parameters_;
    return log1p(-p.clock_variance * fma(0.5 * p.volatility, p.volatility, p.skew)) / p.clock_variance;
  }

  parameter_list parameters_;
};

}  // namespace spectralmc
