// sin and cos together, of turns and of radians, and atan2, for numbers and packs of numbers.
//
// Method: the argument is reduced to a quarter turn around the nearest multiple of one, sin and cos of what is left are
// minimax polynomials, and the quarter decides which is which and their signs. The polynomials were made with Sollya
// 8.0; the command is given with each. Errors are in units in the last place (ulp) of the result, as found by the
// tests.
#pragma once

#include "spectralmc/numeric/polynomial.hpp"
#include "spectralmc/numeric/value.hpp"

namespace spectralmc {

inline constexpr double pi = 3.141592653589793238462643383279502884;

SPECTRALMC_LANES_NAMESPACE_BEGIN

namespace trigonometric_detail {

/// Turns (cosine, sine) by `quarters` quarter turns, of which the last two bits count; `sign` is a sign bit for the
/// sine.
template <class V>
SPECTRALMC_PRIMITIVE void turn(V sine_of_rest, V cosine_of_rest, integer_of<V> quarters, integer_of<V> sign, V& sine,
                               V& cosine) {
  using integer = integer_of<V>;
  constexpr int to_sign_bit = static_cast<int>(8 * sizeof(scalar_of<V>)) - 2;
  const auto odd = (quarters & integer(1)) != integer(0);
  const integer sine_sign = ((quarters & integer(2)) << to_sign_bit) ^ sign;
  const integer cosine_sign = ((quarters + integer(1)) & integer(2)) << to_sign_bit;
  sine = from_bits<V>(bits(select(odd, cosine_of_rest, sine_of_rest)) ^ sine_sign);
  cosine = from_bits<V>(bits(select(odd, sine_of_rest, cosine_of_rest)) ^ cosine_sign);
}

}  // namespace trigonometric_detail

/// sin and cos of 2 pi x: x is in turns. Error <= 1 ulp for every x, near the zeros too: the reduction is exact. The
/// sign of a result 0 is that of x at x = +-0 and unspecified elsewhere. NaN for infinities and NaN.
template <class V>
SPECTRALMC_PRIMITIVE void sin_cos_2pi(V x, V& sine, V& cosine) {
  // Whole double turns off; beyond 2^23 (2^52) there is nothing else. By fma, though exact, so that an x that is a
  // product is rounded first.
  const V unit(format<scalar_of<V>>::integer_shift);
  const V double_turns = fma(x, V(0.5), unit) - unit;
  const V turns = select(abs(x) < constant<V>(0x1p23f, 0x1p52), fma(double_turns, V(-2), x), x * V(0));
  // Quarter turns off.
  const V shift(format<scalar_of<V>>::integer_shift / 4);
  const V shifted = turns + shift;
  const V r = turns - (shifted - shift);
  const V z = r * r;
  // On |r| <= 1/8, z <= 1/64: sin = r (2 pi + z S(z)), 2 pi in two parts, the first rounded down so that the sum keeps
  // the sign of r = -0; cos = 1 + z C(z). Errors 2^-32 and 2^-29.8 (float), 2^-61.3 and 2^-59.3 (double).
  // fpminimax((sin(2*pi*sqrt(x))/sqrt(x)-2*pi)/x, n, [|SG...|], [2^-60;1/64*1.001], floating, absolute), n = 3; 6 for D
  // fpminimax((cos(2*pi*sqrt(x))-1)/x, n, [|SG...|], [2^-60;1/64*1.001], floating, absolute), n = 3; 6 for D
  V s, c;
  if constexpr (is_single_precision<V>) {
    s = polynomial(z, 0x1.4442d2p-22f, -0x1.4abbcep5f, 0x1.466b62p6f, -0x1.329deep6f, 0x1.3efb4cp5f);
    c = polynomial(z, 0x1p0f, -0x1.3bd3ccp4f, 0x1.03c19ep6f, -0x1.55a5b4p6f, 0x1.d096p5f);
  } else {
    s = polynomial(z, 0x1.1a62633145c07p-52, -0x1.4abbce625be53p5, 0x1.466bc6775abc5p6, -0x1.32d2cce648098p6,
                   0x1.507834b7c93f5p5, -0x1.e3079e6479c3ep3, 0x1.e9312207ef2a5p1, -0x1.80b954b8ad54ep-1);
    c = polynomial(z, 0x1p0, -0x1.3bd3cc9be45dep4, 0x1.03c1f081b5a23p6, -0x1.55d3c7e3b77acp6, 0x1.e1f50664d7286p5,
                   -0x1.a6d1d2e44cc74p4, 0x1.f9b7b4c86e89bp2, -0x1.ac0df0a7972acp0);
  }
  s = fma(r, constant<V>(0x1.921fb4p2f, 0x1.921fb54442d18p2), r * s);
  trigonometric_detail::turn(s, c, bits(shifted), integer_of<V>(0), sine, cosine);
}

/// The largest |x| that sin_cos takes: 2^17 (float), 2^40 (double).
template <class V>
inline constexpr scalar_of<V> largest_angle = is_single_precision<V> ? scalar_of<V>(0x1p17) : scalar_of<V>(0x1p40);

/// sin and cos of x radians. Error <= 2 ulp for |x| <= largest_angle, near the zeros too. Beyond it the results are
/// NaN, as they are for infinities and NaN: no wrong number is returned. sin(-0) = -0. Without hardware fma pi/2 is
/// taken in three shorter parts, and the bound holds for |x| <= 2^9 (2^19); beyond it the absolute error grows as |x|
/// 2^-34 (|x| 2^-87).
template <class V>
SPECTRALMC_PRIMITIVE void sin_cos(V x, V& sine, V& cosine) {
  const V angle = select(abs(x) <= V(largest_angle<V>), abs(x), V(exponent_format<V>::not_a_number));
  const V shift(format<scalar_of<V>>::integer_shift);
  const V shifted = fma(angle, constant<V>(0x1.45f306p-1f, 0x1.45f306dc9c883p-1), shift);  // 2 / pi
  const V k = shifted - shift;
#if SPECTRALMC_HAS_FMA
  // Cody and Waite: pi/2 in parts of 22 (51) bits, the last in full. The first step is exact.
  V r = fma(k, constant<V>(-0x1.921fb8p0f, -0x1.921fb54442d18p0), angle);
  r = fma(k, constant<V>(0x1.5dde98p-23f, -0x1.1a62633145c08p-54), r);
  r = fma(k, constant<V>(-0x1.84698ap-48f, 0x1.1f1976b7ed8fcp-106), r);
#else
  // In parts of 12 (33) bits, the last in full: the first two products are exact as long as k has 12 (20) bits.
  V r = fma(k, constant<V>(-0x1.922p0f, -0x1.921fb544p0), angle);
  r = fma(k, constant<V>(0x1.2aep-18f, -0x1.0b4611a6p-34), r);
  r = fma(k, constant<V>(0x1.de973ep-31f, -0x1.3198a2e037073p-69), r);
#endif
  const V z = r * r;
  // On z <= 0.63: sin = r + r z S(z), cos = 1 - z/2 + z^2 C(z). Errors 2^-31 and 2^-30 (float), 2^-61 (double).
  // fpminimax((sin(sqrt(x))/sqrt(x)-1)/x, n, [|SG...|], [2^-60;0.63], floating, absolute), n = 3; 6 for D
  // fpminimax(((cos(sqrt(x))-1)/x+0.5)/x, n, [|SG...|], [2^-60;0.63], floating, absolute), n = 2; 5 for D
  V s, c;
  if constexpr (is_single_precision<V>) {
    s = polynomial(z, -0x1.555556p-3f, 0x1.111196p-7f, -0x1.a07f88p-13f, 0x1.862dbcp-19f);
    c = polynomial(z, 0x1p0f, -0x1p-1f, 0x1.555554p-5f, -0x1.6c1282p-10f, 0x1.9bb58cp-16f);
  } else {
    s = polynomial(z, -0x1.5555555555555p-3, 0x1.1111111111023p-7, -0x1.a01a019fea847p-13, 0x1.71de3a14504bp-19,
                   -0x1.ae63ff4987f0dp-26, 0x1.60eba2d4c2603p-33, -0x1.90c642d9bda33p-41);
    c = polynomial(z, 0x1p0, -0x1p-1, 0x1.5555555555555p-5, -0x1.6c16c16c1689cp-10, 0x1.a01a019f2b43p-16,
                   -0x1.27e4f9f1022f7p-22, 0x1.1eeb44a578245p-29, -0x1.906580a31f809p-37);
  }
  s = fma(r * z, s, r);
  const integer_of<V> sign = bits(x) & integer_of<V>(format<scalar_of<V>>::sign_bit);
  trigonometric_detail::turn(s, c, bits(shifted), sign, sine, cosine);
}

/// The angle of the point (x, y) from the positive x axis, in [-pi, pi]. Error <= 2 ulp. Zeros and infinities of either
/// sign as in the C library: atan2(+-0, -0) = +-pi, atan2(+-inf, inf) = +-pi/4; NaN where x or y is.
template <class V>
SPECTRALMC_PRIMITIVE V atan2(V y, V x) {
  const V larger = maximum(abs(x), abs(y));
  const V smaller = minimum(abs(x), abs(y));
  V t = select(smaller == larger, V(1), smaller / larger);
  t = select(smaller == V(0), V(0), t);
  const V z = t * t;
  // atan(t) = t + t z A(z) on z <= 1, relative error 2^-26 (float), 2^-57.7 (double):
  // fpminimax((atan(sqrt(x))/sqrt(x)-1)/x, n, [|SG...|], [2^-60;1], floating, absolute), n = 8; 20 for D
  V a;
  if constexpr (is_single_precision<V>) {
    a = polynomial(z, -0x1.555554p-2f, 0x1.99984cp-3f, -0x1.246f74p-3f, 0x1.c423eep-4f, -0x1.636df2p-4f, 0x1.01e514p-4f,
                   -0x1.2a759ap-5f, 0x1.c62ea6p-7f, -0x1.449a16p-9f);
  } else {
    a = polynomial(z, -0x1.5555555555555p-2, 0x1.9999999999889p-3, -0x1.249249248aa63p-3, 0x1.c71c71c400394p-4,
                   -0x1.745d16eac7943p-4, 0x1.3b13aaa61eb25p-4, -0x1.1110be031dcc9p-4, 0x1.e1dc016818859p-5,
                   -0x1.af00c87163751p-5, 0x1.854bc4fc0aa7ap-5, -0x1.60f31796f9d96p-5, 0x1.3d58552227922p-5,
                   -0x1.14b8a75005098p-5, 0x1.c48a48b49a7f5p-6, -0x1.4cc40a52ec92fp-6, 0x1.a4627f0482f8dp-7,
                   -0x1.b28c29c65f0d7p-8, 0x1.5bb4d7ad14518p-9, -0x1.8ff38a61d42edp-11, 0x1.243ad36952315p-13,
                   -0x1.959e99e5d052fp-17);
  }
  a = fma(t * z, a, t);
  // pi/2 and pi in two parts, the second half a unit of the first or less.
  a = select(
      abs(y) > abs(x),
      (constant<V>(0x1.921fb6p0f, 0x1.921fb54442d18p0) - a) + constant<V>(-0x1.777a5cp-25f, 0x1.1a62633145c07p-54), a);
  a = select(
      bits(x) < integer_of<V>(0),
      (constant<V>(0x1.921fb6p1f, 0x1.921fb54442d18p1) - a) + constant<V>(-0x1.777a5cp-24f, 0x1.1a62633145c07p-53), a);
  return select(either(is_nan(x), is_nan(y)), x + y, copy_sign(a, y));
}

SPECTRALMC_LANES_NAMESPACE_END
}  // namespace spectralmc
