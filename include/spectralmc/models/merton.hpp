// Merton, R. C. (1976), Option pricing when underlying stock returns are discontinuous, J. Financial Economics 3(1-2).
//
//   X(t) = sigma W(t) + J(1) + ... + J(N(t)) + omega t,   S(t) = forward(t) exp(X(t)),
//
// N a Poisson process and the J normal; omega makes exp(X) a martingale.
#pragma once

#include <cmath>
#include <cstdint>
#include <utility>

#include "spectralmc/configuration.hpp"
#include "spectralmc/market/curves.hpp"
#include "spectralmc/market/market.hpp"
#include "spectralmc/models/logarithmic_model.hpp"
#include "spectralmc/models/model_table.hpp"
#include "spectralmc/numeric/complex.hpp"
#include "spectralmc/numeric/value.hpp"
#include "spectralmc/random/poisson.hpp"

namespace spectralmc {

/// The parameters of lognormal_jumps, in their order, as numbers of any kind.
template <class P>
struct lognormal_jump_numbers {
  P intensity, mean, deviation;
};

/// log E exp(i u (the jumps up to `time`, and the drift that makes up for them)) for parameters that are numbers,
/// packs, or duals (numeric/dual.hpp) of them.
template <class P, class V>
SPECTRALMC_HOST_DEVICE auto lognormal_jump_exponent(const lognormal_jump_numbers<P>& p, complex<V> u, V time) {
  const complex<V> iu = complex<V>(V(0), V(1)) * u;
  const P half_deviation = V(0.5) * p.deviation, half_square = half_deviation * p.deviation;
  const auto jump = expm1(iu * p.mean + (iu * iu) * half_square);
  const auto growth = p.intensity * expm1(fma(half_deviation, p.deviation, p.mean));
  return (jump * p.intensity - iu * growth) * time;
}

/// Jumps of log S at the times of a Poisson process, normally distributed.
struct lognormal_jumps {
  double intensity;  ///< lambda, a year; [0, 1e6]
  double mean;       ///< of the jump of log S; finite
  double deviation;  ///< of the jump of log S; [0, inf)

  /// @throws invalid_parameter for a parameter outside its range, or when E S is infinite
  void check() const {
    require(intensity >= 0 && intensity <= 1e6, "jump_intensity", intensity, "[0, 1e6]");
    require_finite("jump_mean", mean);
    require_not_negative("jump_deviation", deviation);
    require(is_finite(growth()), "jump_mean + jump_deviation^2 / 2", fma(0.5 * deviation, deviation, mean),
            "one with a finite exponential");
  }

  /// The drift of log S that makes up for the jumps.
  double drift() const { return -growth(); }

  /// log E exp(i u (the jumps up to `time`, and the drift)), entire in u.
  template <class V>
  complex<V> log_characteristic_function(complex<V> u, double time) const {
    const lognormal_jump_numbers<V> numbers{V(intensity), V(mean), V(deviation)};
    return lognormal_jump_exponent(numbers, u, V(time));
  }

  /// A bound on the logarithm of its modulus that falls as |Re u| grows: without the phase of E exp(i u J), which jumps
  /// of nearly one size bring back to 0 again and again.
  template <class V>
  V log_modulus_bound(complex<V> u, double time) const {
    const V half_square(0.5 * deviation * deviation), lambda(intensity * time);
    const V squares = fma(u.im, u.im, -(u.re * u.re));
    const V size = expm1(fma(half_square, squares, -(u.im * V(mean))));
    return fma(lambda, size, u.im * V(growth() * time));
  }

 private:
  double growth() const { return rounded_product(intensity, expm1(fma(0.5 * deviation, deviation, mean))); }
};

struct merton_parameters {
  step_function volatility;  ///< sigma, a square root of a year, constant or by time; [0, inf)
  lognormal_jumps jumps;
};

/// Diffusion with normal jumps of the logarithm. A step of any length has the right law: given their number, the sum of
/// the jumps is normal, and is drawn together with the diffusion. Steps of up to 1e6 jumps on average.
template <class Real = double>
class merton : public logarithmic_model<Real> {
 public:
  template <class V>
  using state = typename logarithmic_model<Real>::template state<V>;
  static constexpr bool independent_increments = true;
  static constexpr int numbers_per_step = 2;
  static constexpr int driving_normal = 1;  ///< the number that is the Brownian motion's

  /// @throws invalid_parameter for a parameter outside its range, or when E S is infinite
  merton(market asset, merton_parameters parameters)
      : logarithmic_model<Real>(std::move(asset)), parameters_(std::move(parameters)) {
    require_not_negative("volatility", parameters_.volatility);
    parameters_.jumps.check();
  }

  const merton_parameters& parameters() const { return parameters_; }

  struct coefficients {
    Real drift, variance, jump_mean, jump_variance;
    std::uint32_t counts;  // where the law of the number of jumps begins in the model's table
  };

  bool time_dependent() const { return !parameters_.volatility.constant(); }

  coefficients step_coefficients(double time, double length, model_table<Real>& table) const {
    const double sigma = parameters_.volatility.root_mean_square(time, time + length);
    const lognormal_jumps& jumps = parameters_.jumps;
    coefficients c;
    c.drift = static_cast<Real>(fma(-0.5 * sigma, sigma, jumps.drift()) * length);
    c.variance = static_cast<Real>(sigma * sigma * length);
    c.jump_mean = static_cast<Real>(jumps.mean);
    c.jump_variance = static_cast<Real>(jumps.deviation * jumps.deviation);
    c.counts = table.append(poisson_tails(jumps.intensity * length));
    return c;
  }

  template <class V, class Numbers>
  SPECTRALMC_HOST_DEVICE static SPECTRALMC_FORCE_INLINE void step(const coefficients& c, state<V>& s,
                                                                  const Numbers& numbers, const Real* table) {
    const V count = poisson_count<V>(table + c.counts, numbers.uniform_tail(0));
    const V variance = fma(count, V(c.jump_variance), V(c.variance));
    const V moved = fma(count, V(c.jump_mean), V(c.drift));
    s.log_martingale = s.log_martingale + fma(sqrt(variance), numbers.normal(1), moved);
  }

  /// log E exp(i u X(time)), entire in u.
  template <class V>
  complex<V> log_characteristic_function(complex<V> u, double time) const {
    const double sigma = parameters_.volatility.root_mean_square(0, time), half_variance = 0.5 * sigma * sigma * time;
    return (u * u + complex<V>(V(0), V(1)) * u) * V(-half_variance) +
           parameters_.jumps.log_characteristic_function(u, time);
  }

  /// A bound on log|E exp(i u X(time))| that falls as |Re u| grows.
  template <class V>
  V log_modulus_bound(complex<V> u, double time) const {
    const double sigma = parameters_.volatility.root_mean_square(0, time), half_variance = 0.5 * sigma * sigma * time;
    return fma((u * u + complex<V>(V(0), V(1)) * u).re, V(-half_variance),
               parameters_.jumps.log_modulus_bound(u, time));
  }

 private:
  merton_parameters parameters_;
};

}  // namespace spectralmc
