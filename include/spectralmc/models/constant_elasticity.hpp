// Cox, J. C. (1975), Notes on option pricing I: constant elasticity of variance diffusions, Stanford University;
// Schroder, M. (1989), Computing the constant elasticity of variance option pricing formula, J. Finance 44(1).
//
//   dM = sigma(t) M^beta dW,   S(t) = forward(t) M(t),   0 <= beta < 1,
//
// stopped at zero, which it reaches: otherwise it would be no martingale.
#pragma once

#include <utility>

#include "spectralmc/configuration.hpp"
#include "spectralmc/market/curves.hpp"
#include "spectralmc/market/market.hpp"
#include "spectralmc/numeric/elementary.hpp"
#include "spectralmc/numeric/value.hpp"
#include "spectralmc/random/gamma.hpp"
#include "spectralmc/random/squared_bessel.hpp"

namespace spectralmc {

struct constant_elasticity_parameters {
  step_function volatility;  ///< sigma, a square root of a year, constant or by time; (0, inf). With the noise a S^beta
                             ///< dW in dS it is a forward(t)^(beta - 1).
  double beta;               ///< elasticity; [0, 0.99]
};

/// The constant-elasticity-of-variance model, simulated exactly, its mass at zero too: a step of any length has the
/// right law. M^(2 - 2 beta) is a squared Bessel process in the time that (1 - beta)^2 sigma^2 makes
/// (random/squared_bessel.hpp).
/// Rounding is magnified by 1 / (1 - beta): in float the price has a relative error of 1e-7 / (1 - beta), which must be
/// small against sigma sqrt(t).
template <class Real = double>
class constant_elasticity {
 public:
  using real = Real;
  static constexpr int numbers_per_step = 3;
  static constexpr int reserve_blocks = gamma_blocks;

  /// @throws invalid_parameter for a parameter outside its range
  constant_elasticity(market asset, constant_elasticity_parameters parameters)
      : asset_(std::move(asset)), parameters_(std::move(parameters)) {
    for (const double value : parameters_.volatility.values()) require_positive("volatility", value);
    require(parameters_.beta >= 0 && parameters_.beta <= 0.99, "beta", parameters_.beta, "[0, 0.99]");
  }

  const market& asset() const { return asset_; }
  const constant_elasticity_parameters& parameters() const { return parameters_; }

  template <class V>
  struct state {
    V martingale;      ///< M = S(t) / forward(t)
    V squared_bessel;  ///< M^(2 - 2 beta)
  };

  struct coefficients {
    Real power, time;
  };

  bool time_dependent() const { return !parameters_.volatility.constant(); }

  coefficients step_coefficients(double time, double length) const {
    const double rest = 1 - parameters_.beta;
    const double deviation = rest * parameters_.volatility.root_mean_square(time, time + length);
    return {static_cast<Real>(0.5 / rest), static_cast<Real>(deviation * deviation * length)};
  }

  state<Real> initial_state() const { return {Real(1), Real(1)}; }

  template <class V>
  SPECTRALMC_HOST_DEVICE static state<V> broadcast(const state<Real>& s) {
    return {V(s.martingale), V(s.squared_bessel)};
  }

  template <class V, class Numbers>
  SPECTRALMC_HOST_DEVICE static SPECTRALMC_FORCE_INLINE void step(const coefficients& c, state<V>& s,
                                                                  const Numbers& numbers) {
    s.squared_bessel = stopped_squared_bessel(c.power, s.squared_bessel, V(c.time), numbers);
    s.martingale = exp(log(s.squared_bessel) * V(c.power));
  }

 private:
  market asset_;
  constant_elasticity_parameters parameters_;
};

}  // namespace spectralmc
