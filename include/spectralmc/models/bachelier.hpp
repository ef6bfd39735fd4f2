// Bachelier, L. (1900), Theorie de la speculation, Annales scientifiques de l'Ecole Normale Superieure 17.
//
//   dS = (r - q) S dt + sigma(t) dW:   S(t) = forward(t) M(t),   dM = sigma(t) / forward(t) dW.
#pragma once

#include <utility>

#include "spectralmc/configuration.hpp"
#include "spectralmc/market/curves.hpp"
#include "spectralmc/market/market.hpp"
#include "spectralmc/models/parameter_list.hpp"
#include "spectralmc/numeric/complex.hpp"
#include "spectralmc/numeric/number.hpp"
#include "spectralmc/numeric/value.hpp"

namespace spectralmc {

template <class Number>
struct basic_bachelier_parameters {
  basic_step_function<Number> volatility;  ///< sigma, in units of currency by a square root of a year, constant or by
                                           ///< time; [0, inf)

  /// models/parameter_list.hpp
  template <class Result, class Visit>
  basic_bachelier_parameters<Result> transformed(const Visit& visit) const {
    return {visit(parameter{"volatility", "currency / sqrt(year)", range::not_negative}, volatility)};
  }
};

using bachelier_parameters = basic_bachelier_parameters<double>;

/// The normal model, whose prices may be negative, simulated exactly: a step of any length has the right law. On a
/// futures price give the market a dividend yield equal to its rate, so that all forwards are the spot.
template <class Real = double>
class bachelier {
 public:
  using real = Real;
  using number = double_of<Real>;
  using parameter_list = basic_bachelier_parameters<number>;
  static constexpr int numbers_per_step = 1;
  static constexpr int driving_normal = 0;  ///< the number that is the Brownian motion's
  static constexpr bool negative_prices = true;

  /// @throws invalid_parameter for a volatility that is negative or not finite
  bachelier(basic_market<number> asset, parameter_list parameters)
      : asset_(std::move(asset)), parameters_(std::move(parameters)) {
    require_valid(parameters_);
  }

  const basic_market<number>& asset() const { return asset_; }
  const parameter_list& parameters() const { return parameters_; }

  template <class V>
  struct state {
    V martingale;  ///< M = S(t) / forward(t)
  };

  struct coefficients {
    coefficient<Real> deviation;
  };

  // The forward changes with time even where the volatility does not.
  static constexpr bool time_dependent() { return true; }

  coefficients step_coefficients(double time, double length) const { return {sqrt(variance(time, time + length))}; }

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
  number variance(double begin, double end) const {
    const number spot = asset_.spot();
    return asset_.relative_variance(parameters_.volatility, begin, end) / (spot * spot);
  }

  basic_market<number> asset_;
  parameter_list parameters_;
};

}  // namespace spectralmc
