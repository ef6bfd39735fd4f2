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
    require(room(1) >= 0, "clock_variance", without_derivatives(parameters_.clock_variance),
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

  /// log E exp(i u X(time)), analytic in the strip where E exp(-Im(u) X) is finite and not a number outside it.
  complex<double> log_characteristic_function(complex<double> u, double time) const {
    const parameter_list& p = parameters_;
    if (!(room(-u.im) >= 0)) return not_a_number();
    const complex<double> iu = complex<double>(0, 1) * u;
    const complex<double> exponent = iu * (p.skew + iu * (0.5 * p.volatility * p.volatility));
    const complex<double> of_clock = (exponent + exponent) / (sqrt(1.0 - exponent * (2 * p.clock_variance)) + 1.0);
    return (iu * omega() + of_clock) * time;
  }

 private:
  /// 1 - nu (2 theta s + sigma^2 s^2): E exp(s (theta I + sigma W(I))) is finite where this is not negative.
  number room(double s) const {
    const parameter_list& p = parameters_;
    return fma(-p.clock_variance * s, fma(p.volatility * p.volatility, s, 2 * p.skew), 1.0);
  }
  number omega() const {
    const parameter_list& p = parameters_;
    return -fma(p.volatility, p.volatility, 2 * p.skew) / (1 + sqrt(room(1)));
  }

  parameter_list parameters_;
};

}  // namespace spectralmc
