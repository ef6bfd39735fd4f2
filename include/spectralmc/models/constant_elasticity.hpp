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
#include "spectralmc/models/parameter_list.hpp"
#include "spectralmc/numeric/elementary.hpp"
#include "spectralmc/numeric/number.hpp"
#include "spectralmc/numeric/value.hpp"
#include "spectralmc/random/gamma.hpp"
#include "spectralmc/random/squared_bessel.hpp"

namespace spectralmc {

template <class Number>
struct basic_constant_elasticity_parameters {
  basic_step_function<Number> volatility;  ///< sigma, a square root of a year, constant or by time; (0, inf). With the
                                           ///< noise a S^beta dW in dS it is a forward(t)^(beta - 1).
  Number beta;                             ///< elasticity; [0, 0.99]

  /// models/parameter_list.hpp
  template <class Result, class Visit>
  basic_constant_elasticity_parameters<Result> transformed(const Visit& visit) const {
    return {visit(parameter{"volatility", "1 / sqrt(year)", range::positive}, volatility),
            visit(parameter{"beta", "", {0, 0.99, true, true, "[0, 0.99]"}}, beta)};
  }
};

using constant_elasticity_parameters = basic_constant_elasticity_parameters<double>;

/// The constant-elasticity-of-variance model, simulated exactly, its mass at zero too: a step of any length has the
/// right law. M^(2 - 2 beta) is a squared Bessel process in the time that (1 - beta)^2 sigma^2 makes
/// (random/squared_bessel.hpp).
/// Rounding is magnified by 1 / (1 - beta): in float the price has a relative error of 1e-7 / (1 - beta), which must be
/// small against sigma sqrt(t).
template <class Real = double>
class constant_elasticity {
 public:
  using real = Real;
  using number = double_of<Real>;
  using parameter_list = basic_constant_elasticity_parameters<number>;
  static constexpr int numbers_per_step = 3;
  static constexpr int reserve_blocks = gamma_blocks;

  /// @throws invalid_parameter for a parameter outside its range
  constant_elasticity(basic_market<number> asset, parameter_list parameters)
      : asset_(std::move(asset)), parameters_(std::move(parameters)) {
    require_valid(parameters_);
  }

  const basic_market<number>& asset() const { return asset_; }
  const parameter_list& parameters() const { return parameters_; }

  template <class V>
  struct state {
    V martingale;      ///< M = S(t) / forward(t)
    V squared_bessel;  ///< M^(2 - 2 beta)
  };

  struct coefficients {
    coefficient<Real> power, time;
  };

  bool time_dependent() const { return !parameters_.volatility.constant(); }

  coefficients step_coefficients(double time, double length) const {
    const number rest = 1 - parameters_.beta;
    const number deviation = rest * parameters_.volatility.root_mean_square(time, time + length);
    return {0.5 / rest, deviation * deviation * length};
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
    s.martingale = power(s.squared_bessel, V(c.power));
  }

 private:
  basic_market<number> asset_;
  parameter_list parameters_;
};

}  // namespace spectralmc
