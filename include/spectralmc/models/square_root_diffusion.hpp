// Heston's process by its transforms: Heston, S. L. (1993), A closed-form solution for options with stochastic
// volatility, Review of Financial Studies 6(2).
//
//   dX = -v/2 dt + sqrt(v) dB,   dv = kappa (theta - v) dt + sigma sqrt(v) dW,   dB dW = rho dt.
#pragma once

#include <cmath>
#include <cstddef>
#include <limits>
#include <type_traits>

#include "spectralmc/configuration.hpp"
#include "spectralmc/models/parameter_list.hpp"
#include "spectralmc/numeric/complex.hpp"
#include "spectralmc/numeric/elementary.hpp"
#include "spectralmc/numeric/strided.hpp"
#include "spectralmc/numeric/value.hpp"

namespace spectralmc {

/// Over numbers, packs of them, or duals (numeric/dual.hpp) of either.
template <class Number>
struct basic_heston_parameters {
  Number initial_variance;        ///< v0, a year; [0, inf)
  Number mean_reversion;          ///< kappa, a year; (0, inf)
  Number long_run_variance;       ///< theta, a year; (0, inf)
  Number volatility_of_variance;  ///< sigma, a year; (0, inf), and not below what the scheme can do with
  Number correlation;             ///< rho; [-1, 1]

  /// models/parameter_list.hpp
  template <class Result, class Visit>
  basic_heston_parameters<Result> transformed(const Visit& visit) const {
    return {visit(parameter{"initial_variance", "1 / year", range::not_negative}, initial_variance),
            visit(parameter{"mean_reversion", "1 / year", range::positive}, mean_reversion),
            visit(parameter{"long_run_variance", "1 / year", range::positive}, long_run_variance),
            visit(parameter{"volatility_of_variance", "1 / year", range::positive}, volatility_of_variance),
            visit(parameter{"correlation", "", range::correlation}, correlation)};
  }
};

using heston_parameters = basic_heston_parameters<double>;

/// What the logarithm of a characteristic function is linear in: log E exp(i u X) = long_run kappa theta + variance v0.
template <class L, class V>
struct heston_terms {
  L long_run;
  V variance;
};

/// The terms of log E exp(i u X(time)) for parameters that are numbers, packs, or duals (numeric/dual.hpp) of them, in
/// the form whose logarithm stays on its principal branch at all maturities: Albrecher, H., Mayer, P., Schoutens, W.
/// and Tistaert, J. (2007), The little Heston trap, Wilmott Magazine. The difference beta - d is taken from its product
/// with beta + d, which keeps small u and small sigma accurate.
template <class P, class V>
SPECTRALMC_HOST_DEVICE auto terms_of_heston_exponent(const basic_heston_parameters<P>& p, complex<V> u, V time) {
  const complex<V> i(V(0), V(1));
  const complex<V> q = u * (u + i);  // u^2 + i u
  const P sigma_squared = p.volatility_of_variance * p.volatility_of_variance;
  const auto beta = p.mean_reversion - (i * u) * (p.correlation * p.volatility_of_variance);
  const auto q_sigma = q * sigma_squared;
  const auto d = sqrt(beta * beta + q_sigma);
  const auto sum = beta + d;                 // Re > 0
  const auto difference = -(q_sigma / sum);  // beta - d
  const auto gone = -expm1(-(d * time));
  const auto decay = V(1) - gone;
  const auto variance_term = -((q * gone) / (sum - difference * decay));
  const auto logarithm = log1p(difference * gone / (d + d));
  const auto long_run_term = -((q * time) / sum) - logarithm * (V(2) / sigma_squared);
  return heston_terms<std::decay_t<decltype(long_run_term)>, std::decay_t<decltype(variance_term)>>{long_run_term,
                                                                                                    variance_term};
}

/// log E exp(i u X(time)).
template <class P, class V>
SPECTRALMC_HOST_DEVICE auto heston_exponent(const basic_heston_parameters<P>& p, complex<V> u, V time) {
  const auto terms = terms_of_heston_exponent(p, u, time);
  return terms.long_run * (p.mean_reversion * p.long_run_variance) + terms.variance * p.initial_variance;
}

/// The law of v(time) by its transform: v is a multiple of a noncentral chi-square variate, Cox, J. C., Ingersoll, J.
/// E. and Ross, S. A. (1985), A theory of the term structure of interest rates, Econometrica 53(2),
///
///   log E exp(c v) = c decay v0 / (1 - c scale) - shape log(1 - c scale),   shape = 2 kappa theta / sigma^2.
struct square_root_law {
  double decay, scale, shape, initial;

  /// `pull` takes the place of kappa in the drift kappa theta - pull v, of either sign or 0.
  square_root_law(const heston_parameters& p, double pull, double time)
      : decay(exp(-pull * time)),
        scale(0.5 * p.volatility_of_variance * p.volatility_of_variance *
              (pull == 0 ? time : -expm1(-pull * time) / pull)),
        shape(2 * p.mean_reversion * p.long_run_variance / (p.volatility_of_variance * p.volatility_of_variance)),
        initial(p.initial_variance) {}

  /// log E exp(c v) for c scale with real parts below 1: elsewhere the expectation is infinite.
  template <class V>
  complex<V> exponent(complex<V> c) const {
    const complex<V> scaled = c * V(scale);
    return c * V(decay * initial) / (V(1) - scaled) - log1p(-scaled) * V(shape);
  }
};

/// Whether E exp(s X(time)) is finite: Andersen, L. B. G. and Piterbarg, V. V. (2007), Moment explosions in stochastic
/// volatility models, Finance and Stochastics 11(1), proposition 3.1. The closed form stays finite beyond, where it is
/// not that expectation. For numbers and packs of them.
template <class V>
SPECTRALMC_HOST_DEVICE mask_of<V> heston_moment_is_finite(const heston_parameters& p, V s, double time) {
  const V zero(0.0), one(1.0), now(time);
  const V pull = fma(V(-rounded_product(p.correlation, p.volatility_of_variance)), s, V(p.mean_reversion));
  const V push = rounded_product(V(p.volatility_of_variance * p.volatility_of_variance), s * (s - one));
  const V square = fma(pull, pull, -push);
  const auto finite = either(both(s >= zero, s <= one), both(square >= zero, pull > zero));
  if (all(finite)) return finite;
  const V root = sqrt(abs(square));
  V explosion = V(-2.0) / pull;  // the limit at root 0
  const auto turning = square < zero;
  // As it mostly is: the angle is pi / 2 at least.
  const auto early = both(turning, both(pull >= zero, root * now < V(pi)));
  if (all(either(finite, early))) return either(finite, early);
  const auto growing = both(square >= zero, root > V(-1e-8) * pull);
  if (any(turning)) {
    const V angle = atan2(root, -pull);
    explosion = select(turning, (angle + angle) / root, explosion);
  }
  if (any(growing)) {
    explosion = select(growing, log((root - pull) * (root - pull) / push) / root, explosion);
  }
  return either(either(finite, early), now < explosion);
}

/// log E exp(i u X(time)) at one time, as a function of u: plain numbers that a device can be handed.
struct heston_exponent_at {
  static constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

  heston_parameters parameters;
  double time;

  /// Not a number where E exp(-Im(u) X(time)) is infinite.
  template <class V>
  SPECTRALMC_HOST_DEVICE complex<V> operator()(complex<V> u) const {
    const heston_parameters& p = parameters;
    const basic_heston_parameters<V> in_packs{V(p.initial_variance), V(p.mean_reversion), V(p.long_run_variance),
                                              V(p.volatility_of_variance), V(p.correlation)};
    const complex<V> exponent = heston_exponent(in_packs, u, V(time));
    return {select(heston_moment_is_finite(p, -u.im, time), exponent.re, V(+not_a_number)), exponent.im};
  }

  /// log|E exp(i u X(time))|, which for real u falls as |u| grows: there are no jumps that could bring the law's waves
  /// back. (Not proven: 200,000 random parameters, correlations of 1 and -1 among them, show no exception.)
  template <class V>
  SPECTRALMC_HOST_DEVICE V log_modulus_bound(complex<V> u) const {
    return (*this)(u).re;
  }
};

namespace detail {

/// The exponent at u, log E exp(i u X), but not a number where finite(s) denies E exp(s X), s = -Im u. From 0 to 1 that
/// is not asked: E exp(X) is 1.
template <class V, class Finite>
complex<V> where_moments_are_finite(complex<V> u, complex<V> exponent, const Finite& finite) {
  if (all(both(u.im <= V(0.0), u.im >= V(-1.0)))) return exponent;
  constexpr std::size_t width = lane_count<V>;
  double imaginary[width], rest[width];
  store(u.im, imaginary);
  for (std::size_t i = 0; i < width; ++i) {
    if (i > 0 && imaginary[i] == imaginary[i - 1]) {
      rest[i] = rest[i - 1];
    } else {
      const bool inside = imaginary[i] <= 0 && imaginary[i] >= -1;
      rest[i] = inside || finite(-imaginary[i]) ? 0 : std::numeric_limits<double>::quiet_NaN();
    }
  }
  return exponent + complex<V>(load<V>(rest), V(0.0));
}

}  // namespace detail

}  // namespace spectralmc
