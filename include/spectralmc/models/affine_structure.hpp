// What is known of models in which X and a variance V are affine: given V(t), the logarithm of the transform of both
// after a while is linear in V(t). Duffie, D., Pan, J. and Singleton, K. (2000), Transform analysis and asset pricing
// for affine jump-diffusions, Econometrica 68(6).
//
// A model says so by members (docs/architecture.md, "A model"): `square_root_diffusion()` where X is Heston's process
// and, if there is `log_characteristic_function_of_jumps(u, time)`, independent jumps; or else `affine_exponents(u, w,
// time)` and `initial_variance()`.
#pragma once

#include <cstddef>
#include <type_traits>
#include <utility>

#include "spectralmc/models/square_root_diffusion.hpp"
#include "spectralmc/numeric/complex.hpp"
#include "spectralmc/numeric/elementary.hpp"
#include "spectralmc/numeric/strided.hpp"
#include "spectralmc/numeric/value.hpp"

namespace spectralmc {

/// log E[exp(i u (X(t + time) - X(t)) + w V(t + time)) | V(t)] = constant + of_variance V(t).
struct affine_terms {
  complex<double> constant, of_variance;
};

/// Heston's, for time >= 0 and u and w with a finite expectation: it is not asked here whether it is
/// (heston_moment_is_finite), but for real u and Re w <= 0. As heston_exponent, with the Riccati equation begun at w: D
/// =
/// ((beta - d) - (beta + d) g e^(-d t)) / (sigma^2 (1 - g e^(-d t))), g = (beta - d - sigma^2 w) / (beta + d - sigma^2
/// w).
inline affine_terms heston_affine_exponents(const heston_parameters& p, complex<double> u, complex<double> w,
                                            double time) {
  const double pull = p.mean_reversion * p.long_run_variance;
  const complex<double> i(0, 1);
  const double sigma = p.volatility_of_variance, square = sigma * sigma;
  const complex<double> q = u * (u + i);
  const complex<double> beta = p.mean_reversion - (i * u) * (p.correlation * sigma);
  if (w == complex<double>(0, 0) && beta.re >= 0) {
    const auto terms = terms_of_heston_exponent(p, u, time);
    return {terms.long_run * pull, terms.variance};
  }
  const complex<double> d = sqrt(beta * beta + q * square);
  // The one of beta + d and beta - d in which nothing cancels, and the other by their product, -q sigma^2.
  const bool pulled = beta.re >= 0;
  const complex<double> larger = pulled ? beta + d : beta - d, smaller = -((q * square) / larger);
  const complex<double> difference = pulled ? smaller : larger;
  const complex<double> from = difference - w * square;
  const complex<double> decay = exp(-(d * time)), gone = 1.0 - decay;
  const complex<double> rest = (d + d) + from * gone;  // (beta + d - sigma^2 w)(1 - g e^(-d t))
  // w, and what D moves away from it.
  const complex<double> variance_term = w - (q + w * (beta + beta) - w * w * square) * gone / rest;
  const complex<double> logarithm = log1p(from * gone / (d + d));
  const complex<double> of_time = pulled ? -((q * time) / larger) : difference * (time / square);
  const complex<double> long_run_term = of_time - logarithm * (2 / square);
  return {long_run_term * pull, variance_term};
}

namespace detail {

template <class Model, class = void>
struct has_square_root_diffusion : std::false_type {};
template <class Model>
struct has_square_root_diffusion<Model, std::void_t<decltype(std::declval<const Model&>().square_root_diffusion())>>
    : std::true_type {};

template <class Model, class = void>
struct has_affine_exponents : std::false_type {};
template <class Model>
struct has_affine_exponents<Model, std::void_t<decltype(std::declval<const Model&>().affine_exponents(
                                       complex<double>(), complex<double>(), 1.0))>> : std::true_type {};

template <class Model>
inline constexpr bool is_affine = has_square_root_diffusion<Model>::value || has_affine_exponents<Model>::value;

template <class Model, class V, class = void>
struct has_exponent_of_jumps : std::false_type {};
template <class Model, class V>
struct has_exponent_of_jumps<Model, V,
                             std::void_t<decltype(std::declval<const Model&>().log_characteristic_function_of_jumps(
                                 std::declval<complex<V>>(), 1.0))>> : std::true_type {};

/// f(u) for each lane of u, where f is a function of complex<double>.
template <class V, class Function>
complex<V> lane_by_lane(complex<V> u, const Function& f) {
  constexpr std::size_t width = lane_count<V>;
  double re[width], im[width];
  store(u.re, re);
  store(u.im, im);
  for (std::size_t i = 0; i < width; ++i) {
    const complex<double> value = f(complex<double>(re[i], im[i]));
    re[i] = value.re;
    im[i] = value.im;
  }
  return {load<V>(re), load<V>(im)};
}

/// log E exp(i u (the jumps of X up to `time`)); 0 for models without jumps.
template <class Model, class V>
complex<V> exponent_of_jumps(const Model& model, complex<V> u, double time) {
  if constexpr (has_exponent_of_jumps<Model, V>::value) {
    return model.log_characteristic_function_of_jumps(u, time);
  } else if constexpr (has_exponent_of_jumps<Model, double>::value) {
    return lane_by_lane(u, [&](complex<double> one) { return model.log_characteristic_function_of_jumps(one, time); });
  } else {
    return complex<V>(V(0), V(0));
  }
}

template <class Model>
affine_terms affine_exponents_of(const Model& model, complex<double> u, complex<double> w, double time) {
  if constexpr (has_square_root_diffusion<Model>::value) {
    affine_terms result = heston_affine_exponents(model.square_root_diffusion(), u, w, time);
    result.constant += exponent_of_jumps(model, u, time);
    return result;
  } else {
    return model.affine_exponents(u, w, time);
  }
}

template <class Model>
double initial_variance_of(const Model& model) {
  if constexpr (has_square_root_diffusion<Model>::value) {
    return model.square_root_diffusion().initial_variance;
  } else {
    return model.initial_variance();
  }
}

}  // namespace detail
}  // namespace spectralmc
