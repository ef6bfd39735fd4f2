// Barndorff-Nielsen, O. E. (1997), Normal inverse Gaussian distributions and stochastic volatility modelling,
// Scandinavian J. Statistics 24(1).
//
//   X(t) = omega t + theta I(t) + sigma W(I(t)),   S(t) = forward(t) exp(X(t)),
//
// where the clock I has independent inverse Gaussian increments of mean dt and variance nu dt; omega makes exp(X) a
// martingale. With alpha, beta and delta as in the paper: sigma^2 = delta / g, theta = beta sigma^2 and nu = 1 / (delta
// g), g = sqrt(alpha^2 - beta^2).
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
#include "spectralmc/random/inverse_gaussian.hpp"

namespace spectralmc {

template <class Number>
struct basic_normal_inverse_gaussian_parameters {
  Number volatility;      ///< sigma, a square root of a year; [0, inf)
  Number skew;            ///< theta, a year; finite
  Number clock_variance;  ///< nu, years; (0, inf), and nu (2 theta + sigma^2) <= 1

  /// models/parameter_list.hpp
  template <class Result, class Visit>
  basic_normal_inverse_gaussian_parameters<Result> transformed(const Visit& visit) const {
    return {visit(parameter{"volatility", "1 / sqrt(year)", range::not_negative}, volatility),
            visit(parameter{"skew", "1 / year", range::finite}, skew),
            visit(parameter{"clock_variance", "years", range::positive}, clock_variance)};
  }
};

using normal_inverse_gaussian_parameters = basic_normal_inverse_gaussian_parameters<double>;

/// log E exp(i u X(time)) of the normal inverse Gaussian model at one time, as a function of u.
struct normal_inverse_gaussian_exponent_at {
  double variance, half_variance, skew, clock_variance;
  double omega;  ///< the drift of X, a year
  double time;

  /// 1 - nu (2 theta s + sigma^2 s^2): E exp(s (theta I + sigma W(I))) is finite where this is not negative.
  template <class P, class V>
  SPECTRALMC_HOST_DEVICE static auto room(const P& square, const P& theta, const P& nu, V s) {
    return fma(-nu * s, fma(square, s, 2 * theta), 1.0);
  }

  template <class V>
  SPECTRALMC_HOST_DEVICE complex<V> operator()(complex<V> u) const {
    const V nan(exponent_format<V>::not_a_number);
    const complex<V> iu = complex<V>(V(0), V(1)) * u;
    const complex<V> at_clock = iu * (V(skew) + iu * V(half_variance));
    const complex<V> of_clock = (at_clock + at_clock) / (sqrt(V(1) - at_clock * V(2 * clock_variance)) + V(1));
    return select(room(variance, skew, clock_variance, -u.im) >= V(0), (iu * V(omega) + of_clock) * V(time),
                  complex<V>(nan, nan));
  }
};

/// A Brownian motion with drift, run by an inverse Gaussian clock. A step of any length has the right law.
template <class Real = double>
class normal_inverse_gaussian : public logarithmic_model<Real> {
 public:
  template <class V>
  using state = typename logarithmic_model<Real>::template state<V>;
  using number = double_of<Real>;
  using parameter_list = basic_normal_inverse_gaussian_parameters<number>;
  static constexpr bool independent_increments = true;
  static constexpr int numbers_per_step = 3;
  static constexpr int driving_normal = 2;  ///< the number that is the Brownian motion's

  /// @throws invalid_parameter for a parameter outside its range, or when E S is infinite
  normal_inverse_gaussian(basic_market<number> asset, parameter_list parameters)
      : logarithmic_model<Real>(std::move(asset)), parameters_(parameters) {
    require_valid(parameters_);
    require(room() >= 0, "clock_variance", without_derivatives(parameters_.clock_variance),
            "at most 1 / (2 skew + volatility^2), else E S is infinite");
  }

  const parameter_list& parameters() const { return parameters_; }

  struct coefficients {
    coefficient<Real> shape, length, drift, skew, variance;
  };

  coefficients step_coefficients(double /*time*/, double length) const {
    const parameter_list& p = parameters_;
    coefficients c;
    c.shape = length / p.clock_variance;
    c.length = length;
    c.drift = omega() * length;
    c.skew = p.skew;
    c.variance = p.volatility * p.volatility;
    return c;
  }

  template <class V, class Numbers>
  SPECTRALMC_HOST_DEVICE static SPECTRALMC_FORCE_INLINE void step(const coefficients& c, state<V>& s,
                                                                  const Numbers& numbers) {
    const V clock = V(c.length) * inverse_gaussian(V(c.shape), numbers.normal(0), numbers.uniform(1));
    const V noise = fma(sqrt(V(c.variance) * clock), numbers.normal(2), V(c.drift));
    s.log_martingale = s.log_martingale + fma(V(c.skew), clock, noise);
  }

  /// log E exp(i u X(time)) at this time, as a function of u: plain numbers that a device can be handed.
  normal_inverse_gaussian_exponent_at exponent_at(double time) const {
    const double sigma = parameters_.volatility;
    return {sigma * sigma, 0.5 * sigma * sigma, parameters_.skew, parameters_.clock_variance, omega(), time};
  }

  /// log E exp(i u X(time)), analytic in the strip where E exp(-Im(u) X) is finite and not a number outside it.
  template <class V = double>
  complex<V> log_characteristic_function(complex<V> u, double time) const {
    return exponent_at(time)(u);
  }

 private:
  /// Not negative where E exp(theta I + sigma W(I)) is finite.
  number room() const {
    const parameter_list& p = parameters_;
    const number variance = p.volatility * p.volatility;
    return normal_inverse_gaussian_exponent_at::room(variance, p.skew, p.clock_variance, 1.0);
  }
  number omega() const {
    const parameter_list& p = parameters_;
    return -fma(p.volatility, p.volatility, 2 * p.skew) / (1 + sqrt(room()));
  }

  parameter_list parameters_;
};

}  // namespace spectralmc
