// Bates, D. S. (1996), Jumps and stochastic volatility: exchange rate processes implicit in Deutsche mark options,
// Review of Financial Studies 9(1): Heston's model with Merton's jumps, the two independent.
#pragma once

#include <cstdint>
#include <utility>

#include "spectralmc/configuration.hpp"
#include "spectralmc/market/market.hpp"
#include "spectralmc/models/heston.hpp"
#include "spectralmc/models/merton.hpp"
#include "spectralmc/models/model_table.hpp"
#include "spectralmc/numeric/complex.hpp"
#include "spectralmc/random/poisson.hpp"

namespace spectralmc {

struct bates_parameters {
  heston_parameters diffusion;
  lognormal_jumps jumps;
};

/// Stochastic volatility with normal jumps of the logarithm. The jumps of a step are exact; the diffusion has the bias
/// of its `Scheme` (models/heston.hpp).
template <class Real = double, class Scheme = quadratic_exponential>
class bates {
 public:
  using real = Real;
  using heston_model = heston<Real, Scheme>;
  static constexpr int first_of_jumps = heston_model::numbers_per_step;  ///< the diffusion's numbers go before
  static constexpr int numbers_per_step = first_of_jumps + 2;
  static constexpr int reserve_blocks = heston_model::reserve_blocks;

  /// @throws invalid_parameter for a parameter outside its range, or when E S is infinite
  bates(market asset, bates_parameters parameters)
      : diffusion_(std::move(asset), parameters.diffusion), jumps_(parameters.jumps) {
    jumps_.check();
  }

  const market& asset() const { return diffusion_.asset(); }
  bates_parameters parameters() const { return {diffusion_.parameters(), jumps_}; }

  template <class V>
  using state = typename heston_model::template state<V>;

  struct coefficients {
    typename heston_model::coefficients diffusion;
    Real jump_drift, jump_mean, jump_variance;
    std::uint32_t counts;  // where the law of the number of jumps begins in the model's table
  };

  static constexpr bool time_dependent() { return false; }

  coefficients step_coefficients(double time, double length, model_table<Real>& table) const {
    coefficients c;
    c.diffusion = diffusion_.step_coefficients(time, length);
    c.jump_drift = static_cast<Real>(jumps_.drift() * length);
    c.jump_mean = static_cast<Real>(jumps_.mean);
    c.jump_variance = static_cast<Real>(jumps_.deviation * jumps_.deviation);
    c.counts = table.append(poisson_tails(jumps_.intensity * length));
    return c;
  }

  state<Real> initial_state() const { return diffusion_.initial_state(); }

  template <class V>
  SPECTRALMC_HOST_DEVICE static state<V> broadcast(const state<Real>& s) {
    return heston_model::template broadcast<V>(s);
  }

  template <class V, class Numbers>
  SPECTRALMC_HOST_DEVICE static SPECTRALMC_FORCE_INLINE void step(const coefficients& c, state<V>& s,
                                                                  const Numbers& numbers, const Real* table) {
    heston_model::step(c.diffusion, s, numbers);
    const V count = poisson_count<V>(table + c.counts, numbers.uniform_tail(first_of_jumps));
    const V deviation = sqrt(count * V(c.jump_variance));
    s.log_martingale = s.log_martingale +
                       fma(deviation, numbers.normal(first_of_jumps + 1), fma(count, V(c.jump_mean), V(c.jump_drift)));
  }

  /// log E exp(i u X(time)).
  template <class V>
  complex<V> log_characteristic_function(complex<V> u, double time) const {
    return diffusion_.log_characteristic_function(u, time) + jumps_.log_characteristic_function(u, time);
  }

  /// A bound on log|E exp(i u X(time))|, without what jumps of nearly one size bring back.
  template <class V>
  V log_modulus_bound(complex<V> u, double time) const {
    return diffusion_.log_characteristic_function(u, time).re + jumps_.log_modulus_bound(u, time);
  }

 private:
  heston_model diffusion_;
  lognormal_jumps jumps_;
};

}  // namespace spectralmc
