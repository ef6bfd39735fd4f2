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
#include "spectralmc/models/parameter_list.hpp"
#include "spectralmc/numeric/elementary.hpp"
#include "spectralmc/numeric/number.hpp"
#include "spectralmc/numeric/value.hpp"

namespace spectralmc {

template <class Number>
struct basic_displaced_diffusion_parameters {
  basic_step_function<Number> volatility;  ///< sigma, a square root of a year, constant or by time; [0, inf)
  Number beta;                             ///< the share of the lognormal model; [1e-3, 1]

  /// models/parameter_list.hpp
  template <class Result, class Visit>
  basic_displaced_diffusion_parameters<Result> transformed(const Visit& visit) const {
    return {visit(parameter{"volatility", "1 / sqrt(year)", range::not_negative}, volatility),
            visit(parameter{"beta", "", {1e-3, 1, true, true, "[1e-3, 1]"}}, beta)};
  }
};

using displaced_diffusion_parameters = basic_displaced_diffusion_parameters<double>;

/// beta M + 1 - beta is lognormal, and is simulated exactly: a step of any length has the right law. S is above
/// (1 - 1/beta) forward, so it may be negative unless beta is 1; it is not stopped at 0. The characteristic function of
/// a lognormal law is not known in closed form; prices are Black's with forward and strike displaced.
template <class Real = double>
class displaced_diffusion {
 public:
  using real = Real;
  using number = double_of<Real>;
  using parameter_list = basic_displaced_diffusion_parameters<number>;
  static constexpr int numbers_per_step = 1;
  static constexpr int driving_normal = 0;  ///< the number that is the Brownian motion's
  static constexpr bool negative_prices = true;

  /// @throws invalid_parameter for a parameter outside its range
  displaced_diffusion(basic_market<number> asset, parameter_list parameters)
      : asset_(std::move(asset)), parameters_(std::move(parameters)) {
    require_valid(parameters_);
  }

  const basic_market<number>& asset() const { return asset_; }
  const parameter_list& parameters() const { return parameters_; }

  template <class V>
  struct state {
    V martingale;  ///< M = S(t) / forward(t)
    V logarithm;   ///< of beta M + 1 - beta
  };

  struct coefficients {
    coefficient<Real> drift, deviation, inverse_beta;
  };

  bool time_dependent() const { return !parameters_.volatility.constant(); }

  coefficients step_coefficients(double time, double length) const {
    const number deviation =
        parameters_.beta * parameters_.volatility.root_mean_square(time, time + length) * sqrt(length);
    return {-0.5 * deviation * deviation, deviation, 1 / parameters_.beta};
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
  basic_market<number> asset_;
  parameter_list parameters_;
};

}  // namespace spectralmc
