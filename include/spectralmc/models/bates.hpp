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
#include "spectralmc/models/parameter_list.hpp"
#include "spectralmc/numeric/complex.hpp"
#include "spectralmc/numeric/number.hpp"
#include "spectralmc/random/poisson.hpp"

namespace spectralmc {

template <class Number>
struct basic_bates_parameters {
  basic_heston_parameters<Number> diffusion;
  basic_lognormal_jumps<Number> jumps;

  /// models/parameter_list.hpp
  template <class Result, class Visit>
  basic_bates_parameters<Result> transformed(const Visit& visit) const {
    return {diffusion.template transformed<Result>(visit), jumps.template transformed<Result>(visit)};
  }
};

using bates_parameters = basic_bates_parameters<double>;

/// log E exp(i u X) at one time, as a function of u.
struct bates_exponent_at {
  heston_exponent_at diffusion;
  lognormal_jump_exponent_at jumps;

  template <class V>
  SPECTRALMC_HOST_DEVICE complex<V> operator()(complex<V> u) const {
    return diffusion(u) + jumps(u);
  }
  template <class V>
  SPECTRALMC_HOST_DEVICE V log_modulus_bound(complex<V> u) const {
    return diffusion.log_modulus_bound(u) + jumps.log_modulus_bound(u);
  }
};

/// Stochastic volatility with normal jumps of the logarithm. The jumps of a step are exact; the diffusion has the bias
/// of its `Scheme` (models/heston.hpp).
template <class Real = double, class Scheme = quadratic_exponential>
class bates {
 public:
  using real = Real;
  using number = double_of<Real>;
  using parameter_list = basic_bates_parameters<number>;
  using heston_model = heston<Real, Scheme>;
  static constexpr int first_of_jumps = heston_model::numbers_per_step;  ///< the diffusion's numbers go before
  static constexpr int numbers_per_step = first_of_jumps + 2;
  static constexpr int reserve_blocks = heston_model::reserve_blocks;

  /// @throws invalid_parameter for a parameter outside its range, or when E S is infinite
  bates(basic_market<number> asset, parameter_list parameters)
      : diffusion_(std::move(asset), parameters.diffusion), jumps_(parameters.jumps) {
    require_valid(jumps_);
    jumps_.require_finite_growth();
  }

  const basic_market<number>& asset() const { return diffusion_.asset(); }
  parameter_list parameters() const { return {diffusion_.parameters(), jumps_}; }

  template <class V>
  using state = typename heston_model::template state<V>;

  struct coefficients {
    typename heston_model::coefficients diffusion;
    coefficient<Real> jump_drift, jump_mean, jump_variance;
    std::uint32_t counts;  // where the law of the number of jumps begins in the model's table
  };

  static constexpr bool time_dependent() { return false; }

  coefficients step_coefficients(double time, double length, model_table<Real>& table) const {
    coefficients c;
    c.diffusion = diffusion_.step_coefficients(time, length);
    c.jump_drift = jumps_.drift() * length;
    c.jump_mean = jumps_.mean;
    c.jump_variance = jumps_.deviation * jumps_.deviation;
    c.counts = table.append(poisson_tails(without_derivatives(jumps_.intensity) * length));
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

  /// log E exp(i u X(time)) for parameters that are numbers, packs, or duals of them.
  template <class P, class V>
  SPECTRALMC_HOST_DEVICE static auto exponent(const basic_bates_parameters<P>& p, complex<V> u, V time) {
    return heston_exponent(p.diffusion, u, time) + lognormal_jump_exponent(p.jumps, u, time);
  }

  /// X is Heston's process and jumps: models/affine_structure.hpp.
  const basic_heston_parameters<number>& square_root_diffusion() const { return diffusion_.parameters(); }
  template <class V>
  complex<V> log_characteristic_function_of_jumps(complex<V> u, double time) const {
    return jumps_.log_characteristic_function(u, time);
  }

  /// log E exp(i u X(time)) at this time, as a function of u: plain numbers that a device can be handed.
  bates_exponent_at exponent_at(double time) const { return {diffusion_.exponent_at(time), jumps_.exponent_at(time)}; }

  /// log E exp(i u X(time)).
  template <class V = double>
  complex<V> log_characteristic_function(complex<V> u, double time) const {
    return exponent_at(time)(u);
  }

  /// A bound on log|E exp(i u X(time))|, without what jumps of nearly one size bring back.
  template <class V = double>
  V log_modulus_bound(complex<V> u, double time) const {
    return exponent_at(time).log_modulus_bound(u);
  }

 private:
  heston_model diffusion_;
  basic_lognormal_jumps<number> jumps_;
};

}  // namespace spectralmc
