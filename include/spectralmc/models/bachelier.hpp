// Bachelier, L. (1900), Theorie de la speculation, Annales scientifiques de l'Ecole Normale Superieure 17.
//
//   dS = (r - q) S dt + sigma(t) dW:   S(t) = forward(t) M(t),   dM = sigma(t) / forward(t) dW.
#pragma once

#include <utility>

#include "spectralmc/configuration.hpp"
#include "spectralmc/market/curves.hpp"
#include "spectralmc/market/market.hpp"
#include "spectralmc/numeric/complex.hpp"
#include "spectralmc/numeric/value.hpp"

namespace spectralmc {

struct bachelier_parameters {
  step_function volatility;  ///< sigma, in units of currency by a square root of a year, constant or by time; [0, inf)
};

/// The normal model, whose prices may be negative, simulated exactly: a step of any length has the right law. On a
/// futures price give the market a dividend yield equal to its rate, so that all forwards are the spot.
template <class Real = double>
class bachelier {
 public:
  using real = Real;
  static constexpr int numbers_per_step = 1;
  static constexpr int driving_normal = 0;  ///< the number that is the Brownian motion's
  static constexpr bool negative_prices = true;

  /// @throws invalid_parameter for a volatility that is negative or not finite
  bachelier(market asset, bachelier_parameters parameters)
      : asset_(std::move(asset)), parameters_(std::move(parameters)) {
    require_not_negative("volatility", parameters_.volatility);
  }

  const market& asset() const { return asset_; }
  const bachelier_parameters& parameters() const { return parameters_; }

  template <class V>
  struct state {
    V martingale;  ///< M = S(t) / forward(t)
  };

  struct coefficients {
    Real deviation;
  };

  // The forward changes with time even where the volatility does not.
  static constexpr bool time_dependent() { return true; }

  coefficients step_coefficients(double time, double length) const {
    return {static_cast<Real>(sqrt(variance(time, time + length)))};
  }

  state<Real> initial_state() const { return {Real(1)}; }

  template <class V>
  SPECTRALMC_HOST_DEVICE static state<V> broadcast(const state<Real>& s) {
    return {V(s.martingale)};
  }

  template <class V, class Numbers>
  SPECTRALMC_HOST_DEVICE static SPECTRALMC_FORCE_INLINE void step(const coefficients& c, state<V>& s,
                                                                  const Numbers& numbers) {
    s.martingale = fma(V(c.deviation), numbers.normal(0), s.martingale);
  }

  /// log E exp(i u M(time)), entire in u.
  complex<double> log_characteristic_function(complex<double> u, double time) const {
    return u * complex<double>(0, 1) - u * u * (0.5 * variance(0, time));
  }

 private:
  /// of M
  double variance(double begin, double end) const {
    const double spot = asset_.spot();
    return asset_.relative_variance(parameters_.volatility, begin, end) / (spot * spot);
  }

  market asset_;
  bachelier_parameters parameters_;
};

}  // namespace spectralmc
