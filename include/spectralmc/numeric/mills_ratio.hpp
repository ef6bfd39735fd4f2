// The Mills ratio of the normal law, M(x) = (1 - Phi(x)) / phi(x), where tails meet without underflow: it is the scaled
// complementary error function, sqrt(pi/2) erfcx(x / sqrt(2)). And its values at two points, whose difference is wanted
// to full relative accuracy however close they are. For numbers and packs of numbers, in double precision.
//
// Method: M(x) = 1 / (x + R(x)). R falls from 1 at -1/2 like 1/x, and 2 / (x + 5/2) is near to it, in value and slope;
// a quotient N/D of polynomials with positive coefficients is the rest: R = 2 / (x + 5/2) - N/D. With b = a + gap,
//   M(a) - M(b) = gap (1 + (R(b) - R(a)) / gap) M(a) M(b),
// where the divided difference of R lies between -1/2 and 0. That of 2 / (x + 5/2) is known in closed form; those of N
// and D come out of Horner's rule beside the values, and what rounding errors they have count little, as N/D does. So
// nothing is lost, and no case is told from another. N and D were fitted by least squares in 80 digits (Python, mpmath)
// to R and its derivative together, the others again as each coefficient was rounded: relative error 2e-17 of M and
// 2e-16 of 1 + dR/dx, for x >= -1/2.
#pragma once

#include "spectralmc/numeric/polynomial.hpp"
#include "spectralmc/numeric/value.hpp"

namespace spectralmc {
SPECTRALMC_LANES_NAMESPACE_BEGIN

namespace mills_detail {

/// A polynomial at a, and the slope of its secant from a to b.
template <class V>
struct secant {
  V value;
  V slope;
};

/// Of c0 + c1 x + c2 x^2 + ...
template <class V>
SPECTRALMC_PRIMITIVE secant<V> secant_of(V a, V, scalar_of<V> c0, scalar_of<V> c1) {
  return {fma(V(c1), a, V(c0)), V(c1)};
}
template <class V, class... Rest>
SPECTRALMC_PRIMITIVE secant<V> secant_of(V a, V b, scalar_of<V> c0, scalar_of<V> c1, scalar_of<V> c2, Rest... rest) {
  const secant<V> higher = secant_of(a, b, c1, c2, rest...);
  return {fma(higher.value, a, V(c0)), fma(higher.slope, b, higher.value)};
}

template <class V>
SPECTRALMC_PRIMITIVE secant<V> numerator(V a, V b) {
  return secant_of(a, b, 0x1.c86dde3204262p+12, 0x1.42c19caca8a41p+17, 0x1.85b1162705eefp+18, 0x1.608dbf5a5537cp+18,
                   0x1.720bcd5a5ec32p+17, 0x1.027f4d9015a69p+16, 0x1.fb273af6dbeafp+13, 0x1.612dbbaeb524dp+11,
                   0x1.546c642146bd2p+8, 0x1.a1f7b9cb1e9c4p+4, 0x1.0000000006543p+0);
}
template <class V>
SPECTRALMC_PRIMITIVE secant<V> denominator(V a, V b) {
  return secant_of(a, b, 0x1.a56879a6a1f37p+21, 0x1.bf1153619d19cp+22, 0x1.c5c1956f7a44ap+22, 0x1.23a0ff318a535p+22,
                   0x1.07802f4c647a1p+21, 0x1.5f450f60063b4p+19, 0x1.60b799f7e2af1p+17, 0x1.0b5101a7ede99p+15,
                   0x1.2cd1664ffff70p+12, 0x1.e189ce2d0c03fp+8, 0x1.f1f7b9cb9c443p+4, 1.0);
}

}  // namespace mills_detail

/// M(x) for x >= -1/2, to 4 ulp. For x below, normal_cdf(-x) / normal_density(x) does.
template <class V>
SPECTRALMC_PRIMITIVE V mills_ratio(V x) {
  static_assert(!is_single_precision<V>, "the polynomials are those of double precision");
  const V end(1e17);  // beyond, M(x) = 1 / x
  const V a = minimum(end, x), shifted = a + V(2.5);
  const V n = mills_detail::numerator(a, a).value, d = mills_detail::denominator(a, a).value;
  const V inside = shifted * d / fma(fma(a, shifted, V(2)), d, -(n * shifted));
  return select(x > end, V(1) / x, inside);
}

/// M(a) and M(b), b = a + gap, with one denominator for all.
template <class V>
struct mills_pair {
  V difference;  ///< denominator (M(a) - M(b)) / gap
  V sum;         ///< denominator (M(a) + M(b))
  V second;      ///< denominator M(b)
  V denominator;

  /// From N and D.
  SPECTRALMC_PRIMITIVE mills_pair(V a, V gap, mills_detail::secant<V> n, mills_detail::secant<V> d) {
    const V b = a + gap, u = a + V(2.5), v = u + gap;
    const V n_at_b = fma(gap, n.slope, n.value), d_at_b = fma(gap, d.slope, d.value);
    // M = x / y at both points.
    const V x = u * d.value, x_at_b = v * d_at_b;
    const V y = fma(fma(a, u, V(2)), d.value, -(n.value * u)), y_at_b = fma(fma(b, v, V(2)), d_at_b, -(n_at_b * v));
    second = x_at_b * y;
    sum = fma(x, y_at_b, second);
    denominator = y * y_at_b;
    const V of_rest = fma(n.slope, d.value, -(n.value * d.slope));
    difference = fma(fma(u, v, V(-2)), d.value * d_at_b, -(u * v * of_rest));
  }
};

/// For -1/2 <= a <= 1e3 and 0 <= gap <= 1e10. Error of the difference <= 8 ulp, of the sum <= 5 ulp.
template <class V>
SPECTRALMC_PRIMITIVE mills_pair<V> mills_ratios(V a, V gap) {
  static_assert(!is_single_precision<V>, "the polynomials are those of double precision");
  return mills_pair<V>(a, gap, mills_detail::numerator(a, a + gap), mills_detail::denominator(a, a + gap));
}

/// The same to a relative 1e-4, for a >= -0.7 and a third of the work: N and D of degrees 2 and 3.
template <class V>
SPECTRALMC_PRIMITIVE mills_pair<V> rough_mills_ratios(V a, V gap) {
  using mills_detail::secant_of;
  return mills_pair<V>(a, gap, secant_of<V>(a, a + gap, 0.0351375371, 0.754984162, 0.992992436),
                       secant_of<V>(a, a + gap, 16.6576002, 15.2921341, 5.55885804, 1.0));
}

SPECTRALMC_LANES_NAMESPACE_END
}  // namespace spectralmc
