// Black, F. and Scholes, M. (1973), The pricing of options and corporate liabilities, J. Political Economy 81(3);
// Merton, R. C. (1973), Theory of rational option pricing, Bell J. Economics and Management Science 4(1).
//
//   dX = -sigma(t)^2/2 dt + sigma(t) dW,   S(t) = forward(t) exp(X(t)).
#pragma once

#include <utility>

#include "spectralmc/configuration.hpp"
#include "spectralmc/market/curves.hpp"
#include "spectralmc/market/market.hpp"
#include "spectralmc/models/logarithmic_model.hpp"
#include "spectralmc/numeric/complex.hpp"
#include "spectralmc/numeric/value.hpp"

namespace spectralmc {

struct black_scholes_parameters {
  step_function volatility;  ///< sigma, a square root of a year, constant or by time; [0, inf)
};

/// The lognormal model, simulated exactly: a step of any length has the right law. `Real` (float or double) is the
/// arithmetic of the paths.
template <class Real = double>
class black_scholes : public logarithmic_model<Real> {
 public:
  template <class V>
  using state = typename logarithmic_model<Real>::template state<V>;
  static constexpr bool independent_increments = true;
  static constexpr int numbers_per_step = 1;
  static constexpr int driving_normal = 0;  ///< the number that is the Brownian motion's

  /// @throws invalid_parameter for a volatility that is negative or not finite
  black_scholes(market asset, black_scholes_parameters parameters)
      : logarithmic_model<Real>(std::move(asset)), parameters_(std::move(parameters)) {
    require_not_negative("volatility", parameters_.volatility);
  }

  const black_scholes_parameters& parameters() const { return parameters_; }

  struct coefficients {
    Real drift, deviation;
  };

  bool time_dependent() const { return !parameters_.volatility.constant(); }

  coefficients step_coefficients(double time, double length) const {
    const double sigma = parameters_.volatility.root_mean_square(time, time + length);
    return {static_cast<Real>(-0.5 * sigma * sigma * length), static_cast<Real>(sigma * sqrt(length))};
  }

  template <class V, class Numbers>
  SPECTRALMC_HOST_DEVICE static SPECTRALMC_FORCE_INLINE void step(const coefficients& c, state<V>& s,
                                                                  const Numbers& numbers) {
    s.log_martingale = s.log_martingale + fma(V(c.deviation), numbers.normal(0), V(c.drift));
  }

  /// log E exp(i u X(time)), entire in u.
  template <class V>
  complex<V> log_characteristic_function(complex<V> u, double time) const {
    const double sigma = parameters_.volatility.root_mean_square(0, time), half_variance = 0.5 * sigma * sigma * time;
    return (u * u + complex<V>(V(0), V(1)) * u) * V(-half_variance);
  }

 private:
  black_scholes_parameters parameters_;
};

}  // namespace spectralmc
