// exp, expm1, log and log1p for numbers and packs of numbers.
//
// Method: exp reduces x to r = x - k ln 2 with |r| <= ln 2 / 2, ln 2 in two parts of which the first has so few bits
// that its product with k is exact; log takes the exponent off so that what stays lies between sqrt(1/2) and sqrt(2).
// Between them stand minimax polynomials, made with Sollya 8.0; the command is given with each. Errors are in units in
// the last place (ulp) of the result, against the C library in a wider type: on every 11th of all floats, and for
// double on random arguments of all exponents and where something changes (the tests repeat that with fewer).
#pragma once

#include <cstdint>

#include "spectralmc/numeric/polynomial.hpp"
#include "spectralmc/numeric/value.hpp"

namespace spectralmc {
SPECTRALMC_LANES_NAMESPACE_BEGIN

namespace exponential_detail {

/// x = k ln 2 + remainder. `biased` holds k + 2 bias in its low bits.
template <class V>
struct reduced_argument {
  V remainder;
  integer_of<V> biased;
};

/// Of `head`, with k for `whole`, of which head is all but a small part. |whole| < 2^12.
template <class V>
SPECTRALMC_PRIMITIVE reduced_argument<V> reduce(V whole, V head) {
  const V shift(format<scalar_of<V>>::integer_shift + scalar_of<V>(2 * exponent_format<V>::bias));
  const V shifted = fma(whole, constant<V>(0x1.715476p0f, 0x1.71547652b82fep0), shift);  // 1 / ln 2
  const V k = shifted - shift;
  V r = fma(k, constant<V>(-0x1.62e4p-1f, -0x1.62e42fefa3p-1), head);  // 15 and 41 bits of ln 2: exact
  r = fma(k, constant<V>(-0x1.7f7d1cp-20f, -0x1.3de6af278ece6p-42), r);
  return {r, bits(shifted)};
}

/// k of a `biased`.
inline int exponent_of(std::int64_t biased) {
  const double shift = format<double>::integer_shift + 2 * exponent_format<double>::bias;
  return static_cast<int>(value_detail::reinterpret<double>(biased) - shift);
}

/// (exp(r) - 1 - r) / r^2 for |r| <= 0.3468. Relative to exp, 2^-32 (float) and 2^-62 (double):
/// fpminimax((exp(x)-1-x)/x^2, 5, [|SG...|], [-0.3468;0.3468], floating, absolute), and 10 with [|D...|].
template <class V>
SPECTRALMC_PRIMITIVE V second_order(V r) {
  if constexpr (is_single_precision<V>) {
    return polynomial(r, 0x1p-1f, 0x1.555556p-3f, 0x1.5555p-5f, 0x1.110fc2p-7f, 0x1.6d308p-10f, 0x1.a2d96ep-13f);
  } else {
    return polynomial(r, 0x1p-1, 0x1.5555555555557p-3, 0x1.5555555555557p-5, 0x1.1111111110049p-7, 0x1.6c16c16c156ap-10,
                      0x1.a01a01ac24106p-13, 0x1.a01a01ab9bae3p-16, 0x1.71de01966466cp-19, 0x1.27e4cfa50d038p-22,
                      0x1.af4efda38bec9p-26, 0x1.1f8704b2671dfp-29);
  }
}

/// m 2^k, rounded once also where it is subnormal, for m near one and any k that `reduce` yields: in two steps of about
/// half of k each, since one factor 2^k need not be a number. The second is an fma with 0, for the result must not be a
/// product: added to something by the caller it might be contracted. (A result -0 comes out as +0.)
template <class V>
SPECTRALMC_PRIMITIVE V scale(V m, integer_of<V> biased) {
  using integer = integer_of<V>;
  constexpr int shift = exponent_format<V>::mantissa_bits;
  const integer both_exponents = biased & integer(8 * exponent_format<V>::bias + 7);
  const integer one = both_exponents >> 1;
  const integer other = both_exponents - one;
  return fma(m * from_bits<V>(one << shift), from_bits<V>(other << shift), V(0));
}

}  // namespace exponential_detail

/// e^x. Error <= 1 ulp over the whole domain, also of subnormal results. exp(-inf) = 0, exp(inf) = inf, exp(NaN) = NaN.
template <class V>
SPECTRALMC_PRIMITIVE V exp(V x) {
  // Beyond these the result is infinite or 0 anyhow. The order of the operands lets a NaN through.
  x = maximum(constant<V>(-105.0f, -746.0), minimum(constant<V>(89.0f, 710.0), x));
  const auto reduced = exponential_detail::reduce(x, x);
  const V r = reduced.remainder;
  const V q = exponential_detail::second_order(r);
  return exponential_detail::scale(fma(r, fma(r, q, V(1)), V(1)), reduced.biased);
}

namespace exponential_detail {

/// x = 2^exponent (1 + fraction), sqrt(1/2) <= 1 + fraction < sqrt(2), both exact.
template <class V>
struct split_number {
  V exponent;
  V fraction;
};

/// Of a normal number x > 0. `origin` is the bits of sqrt(1/2) with n added to the exponent where x is to be taken as
/// multiplied by 2^n before.
template <class V>
SPECTRALMC_PRIMITIVE split_number<V> split_normal(V x, integer_of<V> origin) {
  using layout = exponent_format<V>;
  const integer_of<V> above = bits(x) - origin;
  const V reduced =
      from_bits<V>((above & integer_of<V>(layout::mantissa_mask)) + constant_bits<V>(0x3f3504f3, 0x3fe6a09e667f3bcd));
  return {to_real<V>(above >> layout::mantissa_bits), reduced - V(1)};
}
template <class V>
SPECTRALMC_PRIMITIVE split_number<V> split_normal(V x) {
  return split_normal(x, constant_bits<V>(0x3f3504f3, 0x3fe6a09e667f3bcd));
}

/// Of any finite x > 0; any other number is taken for some x > 0.
template <class V>
SPECTRALMC_PRIMITIVE split_number<V> split(V x) {
  x = maximum(x, V(0));
  const auto subnormal = x < V(exponent_format<V>::least_normal);
  return split_normal(
      select(subnormal, x * constant<V>(0x1p24f, 0x1p53), x),
      select(subnormal, constant_bits<V>(0x3f3504f3 + (24 << 23), 0x3fe6a09e667f3bcd + (std::int64_t(53) << 52)),
             constant_bits<V>(0x3f3504f3, 0x3fe6a09e667f3bcd)));
}

/// log(2^exponent (1 + fraction)) + tail for a small tail.
/// float: (log(1+f) - f) / f^2 by a polynomial, 2^-26.4 relative to log(1+f):
///   fpminimax((log1p(x)-x)/x^2, 8, [|SG...|], [sqrt(0.5)-1;sqrt(2)-1], floating, absolute)
/// double: with s = f / (2 + f), log(1+f) = log((1+s)/(1-s)) = f - f^2/2 + s (f^2/2 + z R(z)), z = s^2; R to 2^-57.6 of
///   log(1+f): fpminimax(((log1p(sqrt(x))-log1p(-sqrt(x)))/sqrt(x)-2)/x, 6, [|D...|], [2^-60;0.17158^2], floating,
///   absolute)
template <class V>
SPECTRALMC_PRIMITIVE V logarithm(split_number<V> x, V tail) {
  const V f = x.fraction;
  tail = fma(x.exponent, constant<V>(0x1.7f7d1cp-20f, 0x1.3de6af278ece6p-42), tail);
  if constexpr (is_single_precision<V>) {
    const V p = polynomial(f, -0x1.fffffep-2f, 0x1.555548p-2f, -0x1.000222p-2f, 0x1.99a7a8p-3f, -0x1.5487e2p-3f,
                           0x1.22446ap-3f, -0x1.0bf544p-3f, 0x1.08a6a2p-3f, -0x1.496a52p-4f);
    tail = fma(f * f, p, tail);
  } else {
    const V s = f / (V(2) + f);
    const V z = s * s;
    const V r = polynomial(z, 0x1.5555555555558p-1, 0x1.99999999952d3p-2, 0x1.2492492df8288p-2, 0x1.c71c62dafe5d7p-3,
                           0x1.7462b7c30174ap-3, 0x1.39fdfad00c82dp-3, 0x1.2b5d0d13a4eccp-3);
    const V half = V(0.5) * f;
    tail = fma(-half, f, fma(s, fma(half, f, z * r), tail));
  }
  return fma(x.exponent, constant<V>(0x1.62e4p-1f, 0x1.62e42fefa3p-1), f + tail);
}

/// What a logarithm is at the ends of its domain: `result` for 0 < x < inf, -inf at 0, inf at inf, NaN below and for
/// NaN.
template <class V>
SPECTRALMC_PRIMITIVE V with_limits(V x, V result) {
  using layout = exponent_format<V>;
  result = select(x < V(layout::infinity), result, x);
  return select(x > V(0), result, select(x == V(0), V(-layout::infinity), V(layout::not_a_number)));
}

}  // namespace exponential_detail

/// The natural logarithm. Error <= 1 ulp over the whole domain. log(0) = -inf, log(inf) = inf, NaN below 0.
template <class V>
SPECTRALMC_PRIMITIVE V log(V x) {
  return exponential_detail::with_limits(x, exponential_detail::logarithm(exponential_detail::split(x), V(0)));
}

/// e^x - 1 without cancellation near 0. Error <= 2 ulp. expm1(-0) = -0, expm1(-inf) = -1, expm1(inf) = inf.
template <class V>
SPECTRALMC_PRIMITIVE V expm1(V x) {
  using layout = exponent_format<V>;
  const V within = maximum(minimum(x, constant<V>(89.0f, 710.0)), constant<V>(-40.0f, -60.0));  // no NaN is left
  const auto reduced = exponential_detail::reduce(within, within);
  const V r = reduced.remainder;
  const V first = fma(r * r, exponential_detail::second_order(r), r);  // e^r - 1
  // 2^(k-1), for 2^k may be too large: 2 (2^(k-1) (e^r - 1) + (2^(k-1) - 1/2)).
  const integer_of<V> k = reduced.biased & integer_of<V>(4 * layout::bias + 3);
  const V half = from_bits<V>((k - integer_of<V>(layout::bias + 1)) << layout::mantissa_bits);
  const V result = V(2) * fma(half, first, half - V(0.5));
  // For small x, subnormal ones and -0 among them, the result is x. So it is for NaN.
  return select(abs(x) >= constant<V>(0x1p-25f, 0x1p-54), result, x);
}

namespace exponential_detail {

/// sum + lost = 1 + x exactly. All at half size and by fma, so that an x that is a product is rounded first.
template <class V>
struct one_plus {
  V sum;
  V lost;

  SPECTRALMC_PRIMITIVE explicit one_plus(V x) {
    const V half(0.5);
    const V half_sum = fma(x, half, half);
    sum = V(2) * half_sum;
    lost = V(2) * select(x < V(1), fma(x, half, half - half_sum), half - fma(x, -half, half_sum));
  }
};

}  // namespace exponential_detail

/// log(1 + x) without cancellation near 0. Error <= 1 ulp. log1p(-0) = -0, log1p(-1) = -inf, NaN below -1.
template <class V>
SPECTRALMC_PRIMITIVE V log1p(V x) {
  const exponential_detail::one_plus<V> u(x);
  const V result = exponential_detail::logarithm(exponential_detail::split(u.sum), u.lost / u.sum);
  return select(abs(x) >= constant<V>(0x1p-25f, 0x1p-54), exponential_detail::with_limits(u.sum, result), x);
}

/// x^a for x > 0; for x = 0 and a > 0, 0. Relative error <= (1 + |a log x|) roundoffs, about.
template <class V>
SPECTRALMC_PRIMITIVE V power(V x, V a) {
  return exp(rounded_product(a, log(x)));
}

SPECTRALMC_LANES_NAMESPACE_END
}  // namespace spectralmc
