// Rubinstein, M. (1983), Displaced diffusion option pricing, J. Finance 38(1).
//
//   dM = sigma(t) (beta M + 1 - beta) dW,   S(t) = forward(t) M(t):
//
// between Bachelier's model (beta near 0) and Black and Scholes' (beta = 1), with the same volatility sigma at the
// money.
#pragma once

#include <utility>

#include "spectralmc/configuration.hpp"
#include "spectralmc/market/curves.hpp"
#include "spectralmc/market/market.hpp"
#include "spectralmc/numeric/elementary.hpp"
#include "spectralmc/numeric/value.hpp"

namespace spectralmc {

struct displaced_diffusion_parameters {
  step_function volatility;  ///< sigma, a square root of a year, constant or by time; [0, inf)
  double beta;               ///< the share of the lognormal model; [1e-3, 1]
};

/// beta M + 1 - beta is lognormal, and is simulated exactly: a step of any length has the right law. S is above
/// (1 - 1/beta) forward, so it may be negative unless beta is 1; it is not stopped at 0. The characteristic function of
/// a lognormal law is not known in closed form; prices are Black's with forward and strike displaced.
template <class Real = double>
class displaced_diffusion {
 public:
  using real = Real;
  static constexpr int numbers_per_step = 1;
  static constexpr int driving_normal = 0;  ///< the number that is the Brownian motion's
  static constexpr bool negative_prices = true;

  /// @throws invalid_parameter for a parameter outside its range
  displaced_diffusion(market asset, displaced_diffusion_parameters parameters)
      : asset_(std::move(asset)), parameters_(std::move(parameters)) {
    require_not_negative("volatility", parameters_.volatility);
    require(parameters_.beta >= 1e-3 && parameters_.beta <= 1, "beta", parameters_.beta, "[1e-3, 1]");
  }

  const market& asset() const { return asset_; }
  const displaced_diffusion_parameters& parameters() const { return parameters_; }

  template <class V>
  struct state {
    V martingale;  ///< M = S(t) / forward(t)
    V logarithm;   ///< of beta M + 1 - beta
  };

  struct coefficients {
    Real drift, deviation, inverse_beta;
  };

  bool time_dependent() const { return !parameters_.volatility.constant(); }

  coefficients step_coefficients(double time, double length) const {
    const double deviation =
        parameters_.beta * parameters_.volatility.root_mean_square(time, time + length) * sqrt(length);
    return {static_cast<Real>(-0.5 * deviation * deviation), static_cast<Real>(deviation),
            static_cast<Real>(1 / parameters_.beta)};
  }

  state<Real> initial_state() const { return {Real(1), Real(0)}; }

  template <class V>
  SPECTRALMC_HOST_DEVICE static state<V> broadcast(const state<Real>& s) {
    return {V(s.martingale), V(s.logarithm)};
  }

  template <class V, class Numbers>
  SPECTRALMC_HOST_DEVICE static SPECTRALMC_FORCE_INLINE void step(const coefficients& c, state<V>& s,
                                                                  const Numbers& numbers) {
    s.logarithm = s.logarithm + fma(V(c.deviation), numbers.normal(0), V(c.drift));
    s.martingale = fma(expm1(s.logarithm), V(c.inverse_beta), V(Real(1)));
  }

 private:
  market asset_;
  displaced_diffusion_parameters parameters_;
};

}  // namespace spectralmc
