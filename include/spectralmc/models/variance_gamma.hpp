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
#include "spectralmc/numeric/complex.hpp"
#include "spectralmc/numeric/value.hpp"
#include "spectralmc/random/gamma.hpp"

namespace spectralmc {

struct variance_gamma_parameters {
  double volatility;      ///< sigma, a square root of a year; [0, inf)
  double skew;            ///< theta, a year; finite
  double clock_variance;  ///< nu, years; (0, inf), and nu (theta + sigma^2 / 2) < 1
};

/// A Brownian motion with drift, run by a gamma clock. A step of any length has the right law.
template <class Real = double>
class variance_gamma : public logarithmic_model<Real> {
 public:
  template <class V>
  using state = typename logarithmic_model<Real>::template state<V>;
  static constexpr bool independent_increments = true;
  static constexpr int numbers_per_step = 2;
  static constexpr int driving_normal = 1;  ///< the number that is the Brownian motion's
  static constexpr int reserve_blocks = gamma_blocks;

  /// @throws invalid_parameter for a parameter outside its range, or when E S is infinite
  variance_gamma(market asset, variance_gamma_parameters parameters)
      : logarithmic_model<Real>(std::move(asset)), parameters_(parameters) {
    require_not_negative("volatility", parameters_.volatility);
    require_finite("skew", parameters_.skew);
    require_positive("clock_variance", parameters_.clock_variance);
    require(room(1) > 0, "clock_variance", parameters_.clock_variance,
            "below 1 / (skew + volatility^2 / 2), else E S is infinite");
  }

  const variance_gamma_parameters& parameters() const { return parameters_; }

  struct coefficients {
    Real shape, scale, drift, skew, variance;
  };

  coefficients step_coefficients(double /*time*/, double length) const {
    const variance_gamma_parameters& p = parameters_;
    coefficients c;
    c.shape = static_cast<Real>(length / p.clock_variance);
    c.scale = static_cast<Real>(p.clock_variance);
    c.drift = static_cast<Real>(omega() * length);
    c.skew = static_cast<Real>(p.skew);
    c.variance = static_cast<Real>(p.volatility * p.volatility);
    return c;
  }

  template <class V, class Numbers>
  SPECTRALMC_HOST_DEVICE static SPECTRALMC_FORCE_INLINE void step(const coefficients& c, state<V>& s,
                                                                  const Numbers& numbers) {
    const V clock = V(c.scale) * standard_gamma_of_any_shape(c.shape, numbers.uniform(0), numbers, 0);
    const V noise = fma(sqrt(V(c.variance) * clock), numbers.normal(1), V(c.drift));
    s.log_martingale = s.log_martingale + fma(V(c.skew), clock, noise);
  }

  /// log E exp(i u X(time)), analytic in the strip where E exp(-Im(u) X) is finite and not a number outside it.
  complex<double> log_characteristic_function(complex<double> u, double time) const {
    const variance_gamma_parameters& p = parameters_;
    if (!(room(-u.im) > 0)) return not_a_number();
    const complex<double> iu = complex<double>(0, 1) * u;
    const complex<double> exponent = iu * (p.skew + iu * (0.5 * p.volatility * p.volatility));
    return (iu * omega() - log1p(exponent * -p.clock_variance) / p.clock_variance) * time;
  }

 private:
  /// 1 - nu (theta s + sigma^2 s^2 / 2), whose power -t/nu is E exp(s (theta G + sigma W(G))) where it is positive.
  double room(double s) const {
    const variance_gamma_parameters& p = parameters_;
    return fma(-p.clock_variance * s, fma(0.5 * p.volatility * p.volatility, s, p.skew), 1.0);
  }
  double omega() const {
    const variance_gamma_parameters& p = parameters_;
    return log1p(-p.clock_variance * fma(0.5 * p.volatility, p.volatility, p.skew)) / p.clock_variance;
  }

  variance_gamma_parameters parameters_;
};

}  // namespace spectralmc
