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
#include "spectralmc/models/parameter_list.hpp"
#include "spectralmc/numeric/complex.hpp"
#include "spectralmc/numeric/number.hpp"
#include "spectralmc/numeric/value.hpp"

namespace spectralmc {

template <class Number>
struct basic_black_scholes_parameters {
  basic_step_function<Number> volatility;  ///< sigma, a square root of a year, constant or by time; [0, inf)

  /// models/parameter_list.hpp
  template <class Result, class Visit>
  basic_black_scholes_parameters<Result> transformed(const Visit& visit) const {
    return {visit(parameter{"volatility", "1 / sqrt(year)", range::not_negative}, volatility)};
  }
};

using black_scholes_parameters = basic_black_scholes_parameters<double>;

/// log E exp(i u X(time)) of the lognormal model at one time, as a function of u.
struct black_scholes_exponent_at {
  double half_variance;  ///< of X(time)

  template <class V>
  SPECTRALMC_HOST_DEVICE complex<V> operator()(complex<V> u) const {
    return (u * u + complex<V>(V(0), V(1)) * u) * V(-half_variance);
  }
};

/// The lognormal model, simulated exactly: a step of any length has the right law. `Real` (float, double, or a dual of
/// them) is the arithmetic of the paths.
template <class Real = double>
class black_scholes : public logarithmic_model<Real> {
 public:
  template <class V>
  using state = typename logarithmic_model<Real>::template state<V>;
  using number = double_of<Real>;
  using parameter_list = basic_black_scholes_parameters<number>;
  static constexpr bool independent_increments = true;
  static constexpr int numbers_per_step = 1;
  static constexpr int driving_normal = 0;  ///< the number that is the Brownian motion's

  /// @throws invalid_parameter for a volatility that is negative or not finite
  black_scholes(basic_market<number> asset, parameter_list parameters)
      : logarithmic_model<Real>(std::move(asset)), parameters_(std::move(parameters)) {
    require_valid(parameters_);
  }

  const parameter_list& parameters() const { return parameters_; }

  struct coefficients {
    coefficient<Real> drift, deviation;
  };

  bool time_dependent() const { return !parameters_.volatility.constant(); }

  coefficients step_coefficients(double time, double length) const {
    const number sigma = parameters_.volatility.root_mean_square(time, time + length);
    return {-0.5 * sigma * sigma * length, sigma * sqrt(length)};
  }

  template <class V, class Numbers>
  SPECTRALMC_HOST_DEVICE static SPECTRALMC_FORCE_INLINE void step(const coefficients& c, state<V>& s,
                                                                  const Numbers& numbers) {
    s.log_martingale = s.log_martingale + fma(V(c.deviation), numbers.normal(0), V(c.drift));
  }

  /// log E exp(i u X(time)) at this time, as a function of u: plain numbers that a device can be handed.
  black_scholes_exponent_at exponent_at(double time) const {
    const double sigma = parameters_.volatility.root_mean_square(0, time);
    return {0.5 * sigma * sigma * time};
  }

  /// log E exp(i u X(time)), entire in u.
  template <class V = double>
  complex<V> log_characteristic_function(complex<V> u, double time) const {
    return exponent_at(time)(u);
  }

 private:
  parameter_list parameters_;
};

}  // namespace spectralmc
