// The series of the COS method (pricing/cosine_method.hpp), and what is left out of them.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>

#include "spectralmc/configuration.hpp"
#include "spectralmc/numeric/complex.hpp"
#include "spectralmc/numeric/elementary.hpp"
#include "spectralmc/numeric/value.hpp"

namespace spectralmc {

SPECTRALMC_LANES_NAMESPACE_BEGIN

/// The weights of the trigonometric polynomial that puts are in closed form, n = 1 ... count - 1, at their places: with
/// coefficients A_n, or their derivatives by a parameter, a put of strike K is, undiscounted,
///
///   A_0 (K share - (K - lowest) / width) + K waves(angle) + lowest constant,   angle = pi share,
///
/// share = (kappa - a) / (b - a), lowest = S(0) exp(a).
struct cosine_weights {
  const double* cosine;   ///< 2 A_n / (width (1 + u_n^2))
  const double* sine;     ///< the same over u_n
  std::size_t count = 0;  ///< the first, of n = 0, counts and is not looked at
};

/// Clenshaw's recurrence for a sum of sines and one of cosines, at several angles given by their cosines. Members, not
/// arrays, are what compilers keep in registers.
template <class V, int Angles>
struct wave_recurrence {
  V twice, s1, s2, c1, c2;
  wave_recurrence<V, Angles - 1> others;

  SPECTRALMC_PRIMITIVE explicit wave_recurrence(const V* cosine)
      : twice(*cosine + *cosine), s1(0.0), s2(0.0), c1(0.0), c2(0.0), others(cosine + 1) {}

  SPECTRALMC_PRIMITIVE void take(V of_sine, V of_cosine) {
    const V s = fma(twice, s1, of_sine - s2), c = fma(twice, c1, of_cosine - c2);
    s2 = s1;
    s1 = s;
    c2 = c1;
    c1 = c;
    others.take(of_sine, of_cosine);
  }
  SPECTRALMC_PRIMITIVE void finish(const V* cosine, V* sines_over_sine, V* cosines) const {
    *sines_over_sine = s1;
    *cosines = rounded_product(*cosine, c1) - c2;
    others.finish(cosine + 1, sines_over_sine + 1, cosines + 1);
  }
};
template <class V>
struct wave_recurrence<V, 0> {
  SPECTRALMC_PRIMITIVE explicit wave_recurrence(const V*) {}
  SPECTRALMC_PRIMITIVE void take(V, V) {}
  SPECTRALMC_PRIMITIVE void finish(const V*, V*, V*) const {}
};

/// The sums of a_n sin(n angle), over sin(angle), and of b_n cos(n angle), n = 1 ... count - 1, at several angles given
/// by their cosines. Each step of the recurrence waits for the last one: several angles together take less time than
/// one after the other.
template <class V, int Angles>
struct wave_sums {
  V sines_over_sine[Angles], cosines[Angles];

  SPECTRALMC_HOST_DEVICE wave_sums(const double* a, const double* b, std::size_t count, const V (&cosine)[Angles]) {
    wave_recurrence<V, Angles> recurrence(cosine);
    for (std::size_t n = count; n-- > 1;) recurrence.take(V(a[n]), V(b[n]));
    recurrence.finish(cosine, sines_over_sine, cosines);
  }
};

/// The sums of weight_n (sin(n angle) / u_n - cos(n angle)).
template <class V, int Angles>
SPECTRALMC_HOST_DEVICE void cosine_waves(const cosine_weights& weights, const V (&sine)[Angles],
                                         const V (&cosine)[Angles], V (&waves)[Angles]) {
  const wave_sums<V, Angles> sums(weights.sine, weights.cosine, weights.count, cosine);
  for (int i = 0; i < Angles; ++i) waves[i] = fma(sine[i], sums.sines_over_sine[i], -sums.cosines[i]);
}

/// The largest moduli of the characteristic function in the five octaves from a frequency on: jumps of nearly one
/// size bring it back. Where the model has a bound that falls, it is what that is where each octave begins.
struct moduli_beyond {
  double of_octave[5] = {0, 0, 0, 0, 0};

  template <class Exponents>
  SPECTRALMC_HOST_DEVICE moduli_beyond(const Exponents& exponents, double last) {
    if constexpr (Exponents::bounds_modulus) {
      exponents.take_log_moduli(
          5, [&](std::uint32_t j) { return complex<double>(last * static_cast<double>(std::uint32_t{1} << j), 0); });
      for (std::uint32_t j = 0; j < 5; ++j) of_octave[j] = exp(exponents[j].re);
    } else {
      constexpr std::uint32_t near_by = 96, all = 144;
      const auto multiple = [](std::uint32_t j) {
        const double golden = rounded_product(0.6180339887498949, static_cast<double>(j + 1)),
                     share = golden - std::floor(golden);
        return j < near_by ? fma(3.0, share, 1.0) : fma(28.0, share, 4.0);
      };
      exponents.take_log_moduli(all, [&](std::uint32_t j) { return complex<double>(last * multiple(j), 0); });
      constexpr double nothing = -1e300;
      double log_modulus[5] = {nothing, nothing, nothing, nothing, nothing};
      for (std::uint32_t j = 0; j < all; ++j) {
        const double at = multiple(j), here = exponents[j].re;
        const int octave = at < 4 ? (at < 2 ? 0 : 1) : (at < 8 ? 2 : (at < 16 ? 3 : 4));
        log_modulus[octave] = maximum(log_modulus[octave], here);
      }
      for (int i = 0; i < 5; ++i) of_octave[i] = exp(log_modulus[i]);
    }
  }

  SPECTRALMC_HOST_DEVICE double largest() const {
    double result = 0;
    for (const double modulus : of_octave) result = maximum(result, modulus);
    return result;
  }

  /// A bound on the sum of |phi(u_n)| / n beyond, given the modulus at its begin: over an octave the sum of 1 / n is
  /// log(2) at most.
  SPECTRALMC_HOST_DEVICE double sum_over_terms(double at_begin) const {
    double sum = maximum(at_begin, of_octave[0]);
    for (int i = 1; i < 5; ++i) sum += of_octave[i];
    if (of_octave[4] > 0) {
      double ratio = 0;
      for (int i = 2; i < 5; ++i) ratio = maximum(ratio, of_octave[i] / of_octave[i - 1]);
      if (!(ratio < 0.99)) return 2;  // it does not fall: nothing is known
      sum += rounded_product(of_octave[4], ratio) / (1 - ratio);
    }
    return 0.6931471805599453 * sum;
  }
};

SPECTRALMC_LANES_NAMESPACE_END
}  // namespace spectralmc
