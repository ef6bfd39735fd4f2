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
#include "spectralmc/models/parameter_list.hpp"
#include "spectralmc/numeric/complex.hpp"
#include "spectralmc/numeric/number.hpp"
#include "spectralmc/numeric/value.hpp"
#include "spectralmc/random/poisson.hpp"

namespace spectralmc {

namespace detail {

/// log E exp(i u (the jumps up to `time`, and the drift that makes up for them)). Half the square is that of the jump's
/// deviation, the growth what exp(the jumps) grow by in a year.
template <class P, class V>
SPECTRALMC_HOST_DEVICE auto lognormal_jump_exponent(const P& intensity, const P& mean, const P& half_square,
                                                    const P& growth, complex<V> u, V time) {
  const complex<V> iu = complex<V>(V(0), V(1)) * u;
  const auto jump = expm1(iu * mean + (iu * iu) * half_square);
  return (jump * intensity - iu * growth) * time;
}

}  // namespace detail

/// log E exp(i u (the jumps up to one time, and the drift that makes up for them)), as a function of u: plain numbers
/// that a device can be handed.
struct lognormal_jump_exponent_at {
  double intensity, mean;
  double half_square;  ///< of the jump's deviation
  double growth;       ///< of exp(the jumps), a year
  double time;

  template <class V>
  SPECTRALMC_HOST_DEVICE complex<V> operator()(complex<V> u) const {
    return detail::lognormal_jump_exponent(V(intensity), V(mean), V(half_square), V(growth), u, V(time));
  }

  /// A bound on the logarithm of its modulus that falls as |Re u| grows: without the phase of E exp(i u J), which jumps
  /// of nearly one size bring back to 0 again and again.
  template <class V>
  SPECTRALMC_HOST_DEVICE V log_modulus_bound(complex<V> u) const {
    const V squares = fma(u.im, u.im, -(u.re * u.re));
    const V size = expm1(fma(V(half_square), squares, -(u.im * V(mean))));
    return fma(V(intensity * time), size, u.im * V(growth * time));
  }
};

/// Jumps of log S at the times of a Poisson process, normally distributed. Over numbers, packs of them, or duals
/// (numeric/dual.hpp) of either.
template <class Number>
struct basic_lognormal_jumps {
  Number intensity;  ///< lambda, a year; [0, 1e6]
  Number mean;       ///< of the jump of log S; finite
  Number deviation;  ///< of the jump of log S; [0, inf)

  /// models/parameter_list.hpp
  template <class Result, class Visit>
  basic_lognormal_jumps<Result> transformed(const Visit& visit) const {
    return {visit(parameter{"jump_intensity", "1 / year", {0, 1e6, true, true, "[0, 1e6]"}}, intensity),
            visit(parameter{"jump_mean", "", range::finite}, mean),
            visit(parameter{"jump_deviation", "", range::not_negative}, deviation)};
  }

  /// @throws invalid_parameter when E S is infinite
  void require_finite_growth() const {
    require(is_finite(growth()), "jump_mean + jump_deviation^2 / 2",
            without_derivatives(fma(0.5 * deviation, deviation, mean)), "one with a finite exponential");
  }

  /// The drift of log S that makes up for the jumps.
  Number drift() const { return -growth(); }

  /// log E exp(i u (the jumps up to `time`, and the drift)) at this time, as a function of u.
  lognormal_jump_exponent_at exponent_at(double time) const {
    return {intensity, mean, 0.5 * deviation * deviation, growth(), time};
  }

  /// The same, entire in u.
  template <class V = double>
  complex<V> log_characteristic_function(complex<V> u, double time) const {
    return exponent_at(time)(u);
  }

  /// A bound on the logarithm of its modulus that falls as |Re u| grows.
  template <class V = double>
  V log_modulus_bound(complex<V> u, double time) const {
    return exponent_at(time).log_modulus_bound(u);
  }

 private:
  Number growth() const { return rounded_product(intensity, expm1(fma(0.5 * deviation, deviation, mean))); }
};

using lognormal_jumps = basic_lognormal_jumps<double>;

/// log E exp(i u (the jumps up to `time`, and the drift that makes up for them)) for parameters that are numbers,
/// packs, or duals of them.
template <class P, class V>
SPECTRALMC_HOST_DEVICE auto lognormal_jump_exponent(const basic_lognormal_jumps<P>& p, complex<V> u, V time) {
  const P half_deviation = V(0.5) * p.deviation, half_square = half_deviation * p.deviation;
  const P growth = p.intensity * expm1(fma(half_deviation, p.deviation, p.mean));
  return detail::lognormal_jump_exponent(p.intensity, p.mean, half_square, growth, u, time);
}

template <class Number>
struct basic_merton_parameters {
  basic_step_function<Number> volatility;  ///< sigma, a square root of a year, constant or by time; [0, inf)
  basic_lognormal_jumps<Number> jumps;

  /// models/parameter_list.hpp
  template <class Result, class Visit>
  basic_merton_parameters<Result> transformed(const Visit& visit) const {
    return {visit(parameter{"volatility", "1 / sqrt(year)", range::not_negative}, volatility),
            jumps.template transformed<Result>(visit)};
  }
};

using merton_parameters = basic_merton_parameters<double>;

/// log E exp(i u X(time)) of Merton's model at one time, as a function of u.
struct merton_exponent_at {
  double half_variance;  ///< of the diffusion up to that time
  lognormal_jump_exponent_at jumps;

  template <class V>
  SPECTRALMC_HOST_DEVICE complex<V> operator()(complex<V> u) const {
    return (u * u + complex<V>(V(0), V(1)) * u) * V(-half_variance) + jumps(u);
  }

  /// A bound on the logarithm of its modulus that falls as |Re u| grows.
  template <class V>
  SPECTRALMC_HOST_DEVICE V log_modulus_bound(complex<V> u) const {
    return fma((u * u + complex<V>(V(0), V(1)) * u).re, V(-half_variance), jumps.log_modulus_bound(u));
  }
};

/// Diffusion with normal jumps of the logarithm. A step of any length has the right law: given their number, the sum of
/// the jumps is normal, and is drawn together with the diffusion. Steps of up to 1e6 jumps on average.
template <class Real = double>
class merton : public logarithmic_model<Real> {
 public:
  template <class V>
  using state = typename logarithmic_model<Real>::template state<V>;
  using number = double_of<Real>;
  using parameter_list = basic_merton_parameters<number>;
  static constexpr bool independent_increments = true;
  static constexpr int numbers_per_step = 2;
  static constexpr int driving_normal = 1;  ///< the number that is the Brownian motion's

  /// @throws invalid_parameter for a parameter outside its range, or when E S is infinite
  merton(basic_market<number> asset, parameter_list parameters)
      : logarithmic_model<Real>(std::move(asset)), parameters_(std::move(parameters)) {
    require_valid(parameters_);
    parameters_.jumps.require_finite_growth();
  }

  const parameter_list& parameters() const { return parameters_; }

  struct coefficients {
    coefficient<Real> drift, variance, jump_mean, jump_variance;
    std::uint32_t counts;  // where the law of the number of jumps begins in the model's table
  };

  bool time_dependent() const { return !parameters_.volatility.constant(); }

  coefficients step_coefficients(double time, double length, model_table<Real>& table) const {
    const number sigma = parameters_.volatility.root_mean_square(time, time + length);
    const basic_lognormal_jumps<number>& jumps = parameters_.jumps;
    coefficients c;
    c.drift = fma(-0.5 * sigma, sigma, jumps.drift()) * length;
    c.variance = sigma * sigma * length;
    c.jump_mean = jumps.mean;
    c.jump_variance = jumps.deviation * jumps.deviation;
    c.counts = table.append(poisson_tails(without_derivatives(jumps.intensity) * length));
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

  /// log E exp(i u X(time)) at this time, as a function of u: plain numbers that a device can be handed.
  merton_exponent_at exponent_at(double time) const {
    const double sigma = parameters_.volatility.root_mean_square(0, time);
    return {0.5 * sigma * sigma * time, parameters_.jumps.exponent_at(time)};
  }

  /// log E exp(i u X(time)), entire in u.
  template <class V = double>
  complex<V> log_characteristic_function(complex<V> u, double time) const {
    return exponent_at(time)(u);
  }

  /// A bound on log|E exp(i u X(time))| that falls as |Re u| grows.
  template <class V = double>
  V log_modulus_bound(complex<V> u, double time) const {
    return exponent_at(time).log_modulus_bound(u);
  }

 private:
  parameter_list parameters_;
};

}  // namespace spectralmc
