// Uniform and normal numbers, and tails of uniform ones, as functions of random words alone: of 32 bits for a float, of
// 64 for a double. Any word gives the same number in a pack, alone and on a GPU.
//
// The normal quantile at u = (w + 1/2) / 2^n. Outside the far tails it is c times a smooth function of c^2, where
// c = u - 1/2, with its singularities where y = u (1 - u) = 1/4 - c^2 is 0. So a rational function of y serves it, with
// neither logarithm nor root, and one or two terms of the series at c = 0 before it keep the rounding errors of its
// many operations small beside the result:
//
//   float,  u and 1 - u >= 2^-11:  a c + c^3 M(y) / D(y), degrees 6 and 7
//   double, u and 1 - u >= 2^-10:  a c + b c^3 + c^5 M(y) / D(y), degrees 15 and 15
//
// with a = sqrt(2 pi) and b = a pi / 3. M and D were fitted by Remez exchange for the least relative error of the
// quantile; with D rounded M was fitted once more, by weighted least squares, in 50 digits (Python, mpmath). Relative
// errors 2^-22.8 and 2^-55.1. All their coefficients are positive, so that nothing cancels. The far tails, where one
// pack in 65 has a number (of 8 doubles or 16 floats), are a logarithm's (numeric/normal.hpp).
#pragma once

#include <cstdint>
#include <type_traits>

#include "spectralmc/configuration.hpp"
#include "spectralmc/numeric/normal.hpp"
#include "spectralmc/numeric/polynomial.hpp"
#include "spectralmc/numeric/value.hpp"
#include "spectralmc/numeric/words.hpp"

namespace spectralmc {
SPECTRALMC_LANES_NAMESPACE_BEGIN

namespace number_detail {

/// An integer in [0, 2^32) less `offset`, exactly: it is put into the last bits of the double 2^52.
template <class V>
SPECTRALMC_PRIMITIVE V word_minus(integer_of<V> word, double offset) {
  return from_bits<V>(word | integer_of<V>(0x4330000000000000)) - V(0x1p52 + offset);
}

/// (2^32 high + low + 1/2) / 2^64, rounded once. Both integers in [0, 2^32).
template <class V>
SPECTRALMC_PRIMITIVE V fraction(integer_of<V> high, integer_of<V> low) {
  return fma(word_minus<V>(high, 0.0), V(0x1p-32), word_minus<V>(low, -0.5) * V(0x1p-64));
}

}  // namespace number_detail

/// (w + 1/2) / 2^n, where w is the word of n = 32 bits for a float, the pair of n = 64 for a double. Rounded once to
/// the format, and the largest number below 1 where that would give 1: so in (0, 1), with the format's full precision
/// near 0.
template <class V>
SPECTRALMC_PRIMITIVE V uniform_from_word(const random_bits_of<V>& word) {
  using integer = integer_of<V>;
  const V below_one(format<scalar_of<V>>::below_one);
  if constexpr (std::is_same_v<scalar_of<V>, float>) {
    const integer w = integer_from_word<V>(word), half(0xffff);
    const V high = to_real<V>((w >> 16) & half), low = to_real<V>(w & half);
    return minimum(fma(high, V(0x1p-16f), (low + V(0.5f)) * V(0x1p-32f)), below_one);
  } else {
    const integer high = integer_from_word<V>(word.high_half), low = integer_from_word<V>(word.low_half);
    return minimum(number_detail::fraction<V>(high, low), below_one);
  }
}

/// A uniform number as the end of the unit interval that it is nearer to, and how far it is from there: both tails have
/// the full precision of the format.
template <class V>
struct tail {
  V probability;        ///< in (0, 1/2]
  integer_of<V> upper;  ///< all bits set in the upper half, else none
};

/// The tail of (w + 1/2) / 2^n: the first bit of w says which half, the others how far out.
template <class V>
SPECTRALMC_PRIMITIVE tail<V> tail_from_word(const random_bits_of<V>& word) {
  using integer = integer_of<V>;
  if constexpr (std::is_same_v<scalar_of<V>, float>) {
    const integer w = integer_from_word<V>(word), flip = w >> 31;
    return {fma(to_real<V>(w ^ flip), V(0x1p-32f), V(0x1p-33f)), flip};
  } else {
    const integer high = integer_from_word<V>(word.high_half), low = integer_from_word<V>(word.low_half);
    const integer flip = select(high > integer(0x7fffffff), integer(-1), integer(0));
    return {number_detail::fraction<V>((high ^ flip) & integer(0x7fffffff), (low ^ flip) & integer(0xffffffff)), flip};
  }
}

namespace number_detail {

/// u = (w + 1/2) / 2^n as c = u - 1/2 and y = u (1 - u), made of the word without cancellation: each is right to a few
/// roundings of its own size, but for a float's c, where the last bit of w stands for the half (2^-33 in c).
template <class V>
struct centred_fraction {
  V c;
  V y;
  V square;  ///< c^2, as 1/4 - y: where c^2 matters, it has but one rounding then
};

template <class V>
SPECTRALMC_PRIMITIVE centred_fraction<V> centred_fraction_of(const random_bits_of<V>& word) {
  using integer = integer_of<V>;
  if constexpr (std::is_same_v<scalar_of<V>, float>) {
    const integer w = integer_from_word<V>(word);
    const V c = to_real<V>((w ^ integer(format<float>::sign_bit)) | integer(1)) * V(0x1p-32f);
    const V p = tail_from_word<V>(word).probability, y = fma(-p, p, p);
    return {c, y, V(0.25f) - y};
  } else {
    // Both halves as the last bits of a power of two: 2^20 + high 2^-32, and (low + 1/2) 2^-64, exactly.
    const integer high = integer_from_word<V>(word.high_half), low = integer_from_word<V>(word.low_half);
    const V x = from_bits<V>(high | integer(0x4130000000000000));
    const V l = from_bits<V>(low | integer(0x3f30000000000000)) - V(0x1p-12 - 0x1p-65);
    const V lower = (x - V(0x1p20)) + l, upper = (V(0x1p20 + 1) - x) - l;
    return {(x - V(0x1p20 + 0.5)) + l, rounded_product(lower, upper), fma(-lower, upper, V(0.25))};
  }
}

/// The quantile outside the far tails.
template <class V>
SPECTRALMC_PRIMITIVE V central_normal(const centred_fraction<V>& u) {
  const V c = u.c, y = u.y, square = u.square;
  if constexpr (std::is_same_v<scalar_of<V>, float>) {
    const V m = polynomial(y, 0x1.60093cp-41f, 0x1.3bd26p-28f, 0x1.494bfcp-18f, 0x1.2ee838p-10f, 0x1.0d3a84p-4f,
                           0x1.ac0d24p-1f, 0x1.a59820p+0f);
    const V d = monic_polynomial(y, 0x1.f43f5ep-46f, 0x1.21a92p-32f, 0x1.7df5dep-22f, 0x1.cf98d2p-14f, 0x1.2b35b2p-7f,
                                 0x1.a1dabcp-3f, 0x1.1c80aap+0f);
    return fma(c, V(0x1.40d932p+1f), ((c * square) * m) / d);
  } else {
    const V m =
        polynomial(y, 0x1.06222f38af60ep-91, 0x1.a87f5af1a8575p-77, 0x1.29cf8824c6134p-64, 0x1.2bbc23a2c149bp-53,
                   0x1.093a3e9011e42p-43, 0x1.ca0540de42acdp-35, 0x1.98db22a90100cp-27, 0x1.852c5b0a532a8p-20,
                   0x1.8feb6e2f758d0p-14, 0x1.ba3a1f41661cap-9, 0x1.0202d8d719d5dp-4, 0x1.3108d6ede35f2p-1,
                   0x1.533a6aaaeaee6p+1, 0x1.3422da1df860cp+2, 0x1.47ef18a28d206p+1, 0x1.ef9e24034c640p-8);
    const V d =
        monic_polynomial(y, 0x1.80618bac988c9p-98, 0x1.7fe6864ba9398p-83, 0x1.39d609a859682p-70, 0x1.6adce41f6aa46p-59,
                         0x1.70acdf98359bfp-49, 0x1.7026f8b7c76afp-40, 0x1.812f4711096b6p-32, 0x1.b63f3327dbb5ep-25,
                         0x1.147fb02842d5dp-18, 0x1.855a799f3823ep-13, 0x1.2ffff996fb31ep-8, 0x1.01e2aa576c8b2p-4,
                         0x1.c8cc210e30b78p-2, 0x1.89214b0d977b8p+0, 0x1.1ec67f7d0545ap+1);
    // a in two parts: rounded to one, it is off by two fifths of a unit in its last place, always to the same side.
    const V quotient = ((c * (square * square)) * m) / d;
    const V beside = fma(c, fma(square, V(0x1.4ffddeaa22dc8p+1), V(-0x1.a6a0d6f814637p-53)), quotient);
    return fma(c, V(0x1.40d931ff62706p+1), beside);
  }
}

/// The least y outside the far tails.
template <class V>
SPECTRALMC_PRIMITIVE V end_of_centre() {
  return constant<V>(0x1p-11f * (1 - 0x1p-11f), 0x1p-10 * (1 - 0x1p-10));
}

/// The quantile anywhere, by the lower half's.
template <class V>
SPECTRALMC_PRIMITIVE V tail_normal(const random_bits_of<V>& word) {
  const integer_of<V> sign_bit(format<scalar_of<V>>::sign_bit);
  const tail<V> t = tail_from_word<V>(word);
  return from_bits<V>(bits(lower_half_normal_quantile(t.probability)) ^ (t.upper & sign_bit));
}

/// The same by address: a pack has no place in a call that all compilers agree on.
template <class V>
SPECTRALMC_NEVER_INLINE SPECTRALMC_HOST_DEVICE void make_tail_normal(const random_bits_of<V>* word, V* normal) {
  *normal = tail_normal<V>(*word);
}

/// The same, on the CPU out of the way of the loop, which seldom needs it.
template <class V>
SPECTRALMC_PRIMITIVE V rare_tail_normal(const random_bits_of<V>& word) {
#if defined(__CUDA_ARCH__)
  return tail_normal<V>(word);
#else
  const random_bits_of<V> copy = word;
  V normal;
  make_tail_normal<V>(&copy, &normal);
  return normal;
#endif
}

}  // namespace number_detail

/// The normal quantile of (w + 1/2) / 2^n. ~w gives exactly the negative.
///
/// float: absolute error <= 2.5e-7 for results in [-1, 1], 6e-7 in [-2, 2], 1.5e-6 in [-4, 4] and 1.9e-6 beyond, and
/// relative error <= 4.4e-7 for results beyond 2^-8 (all words were tried); its root mean square is 1e-7, and the mean
/// of each half 3e-10. double: error <= 4 ulp of the result (3.5 in 10^8 random words, as many near 1/2, as many far
/// out, and as many around the end of the centre), root mean square 0.5 ulp.
template <class V>
SPECTRALMC_PRIMITIVE V normal_from_word(const random_bits_of<V>& word) {
  const number_detail::centred_fraction<V> u = number_detail::centred_fraction_of<V>(word);
  const V normal = number_detail::central_normal(u);
  const auto outside = u.y < number_detail::end_of_centre<V>();
  // Whether a pack takes this branch may hang on its other paths; what it gives a path does not.
  if (SPECTRALMC_SELDOM(any(outside))) return select(outside, number_detail::rare_tail_normal<V>(word), normal);
  return normal;
}

SPECTRALMC_LANES_NAMESPACE_END
}  // namespace spectralmc
