// The standard normal law: density, distribution function, quantile, and the quantile of the lower half by which random
// words far out become normals (random/words_to_numbers.hpp). For numbers and packs of numbers.
//
// Method: each function is split into the part that varies over hundreds of orders of magnitude, an exp or a log, and a
// slowly varying factor, for which one minimax rational function serves the whole domain, so that there are no
// branches. The rational functions were fitted by Remez exchange in 50 digits (Python, mpmath) to values of erfc,
// relative to the function; their coefficients in float were then varied by single ulps for the least error as rounded.
// That sqrt(-log p) is the variable in which such a function is short is due to Wichura, Applied Statistics 37 (1988)
// 477, AS 241. Errors are in units in the last place (ulp) of the result, as found by the tests.
#pragma once

#include "spectralmc/numeric/exponential.hpp"
#include "spectralmc/numeric/polynomial.hpp"
#include "spectralmc/numeric/value.hpp"

namespace spectralmc {
SPECTRALMC_LANES_NAMESPACE_BEGIN

namespace normal_detail {

/// mantissa 2^k, k in `biased` as exponential_detail::scale wants it.
template <class V>
struct scaled_number {
  V mantissa;
  integer_of<V> biased;
};

/// factor exp(-a^2 / 2) for a >= 0. The square is taken in two parts: with one rounding its error alone would be
/// hundreds of ulp of the result in the tail.
template <class V>
SPECTRALMC_PRIMITIVE scaled_number<V> bell(V a, V factor) {
  const V head = from_bits<V>(bits(a) & constant_bits<V>(-0x1000, -0x8000000));  // 12 (26) bits: its square is exact
  const auto reduced = exponential_detail::reduce(V(-0.5) * a * a, V(-0.5) * head * head);
  // -(a - head) (a + head) / 2, by fma so that an a that is a product is rounded first.
  const V r = fma(fma(a, V(-0.25), V(0.25) * head), fma(a, V(2), V(2) * head), reduced.remainder);
  return {fma(r * factor, fma(r, exponential_detail::second_order(r), V(1)), factor), reduced.biased};
}

/// Beyond this exp(-a^2/2) and the lower tail are 0.
template <class V>
SPECTRALMC_PRIMITIVE V end_of_tail() {
  return constant<V>(14.5f, 38.7);
}

/// Two terms whose sum is R: 1 / e + n / d. The second is small, so that its rounding errors, which are those of many
/// operations, are too; a rational function as long would have them in full.
template <class V>
struct two_terms {
  V e;
  V n;
  V d;
};

/// The quantile of p, 0 < p <= 1/2, is u R(s) with u = log(2 p) and s = sqrt(-log p) = sqrt(log 2 - u); this is R(s). u
/// is the factor that vanishes at p = 1/2, so the relative error is bounded there too. e = c0 + c1 s, n and d are
/// polynomials, of degrees 2 and 3 (float, relative error of R 3.1e-8, p >= 2^-149) and 10 and 11 (double, 3.7e-18,
/// p >= 2^-1074), and n / d is less than a fifth of R.
template <class V>
SPECTRALMC_PRIMITIVE two_terms<V> quantile_terms(V u) {
  const V s = sqrt(constant<V>(0x1.62e43p-1f, 0x1.62e42fefa39efp-1) - u);
  V n, d;
  if constexpr (is_single_precision<V>) {
    n = polynomial(s, 0x1.01b09cp+1f, -0x1.08a388p+1f, -0x1.69bb7p-2f);
    d = monic_polynomial(s, 0x1.0714d8p+0f, 0x1.70c1c4p+3f, 0x1.158062p+3f);
  } else {
    n = polynomial(s, 0x1.3843b06ec9e01p+17, 0x1.e665a843e6adfp+21, 0x1.edf7f3048abd4p+23, 0x1.bf143d66f6481p+22,
                   -0x1.0c6769e6d37b5p+19, -0x1.d0ab05e7f5792p+20, -0x1.2f55b0ce3eb38p+19, -0x1.1cbab7dca6e89p+16,
                   -0x1.a882b34351ee4p+11, -0x1.d661327ed4922p+5, -0x1.20418551fc593p-2);
    d = monic_polynomial(s, 0x1.70d98cb9f16f7p+15, 0x1.15d30eb9e1b5cp+21, 0x1.5050d384fac0ep+24, 0x1.082577c74d311p+26,
                         0x1.3fd8e65e06752p+26, 0x1.8599da4d7b090p+25, 0x1.0fb5396510311p+24, 0x1.98df683f19d86p+21,
                         0x1.2e9c46385e3e6p+18, 0x1.9436e796a9275p+13, 0x1.aa132b08767f5p+7);
  }
  const V e = fma(s, constant<V>(0x1.21ap-1f, 0x1.2dfp-1), constant<V>(0x1.509p-2f, 0x1.a25p-2));
  return {e, n, d};
}

template <class V>
SPECTRALMC_PRIMITIVE V lower_quantile(V u) {
  const two_terms<V> r = quantile_terms(u);
  return fma(u, r.n / r.d, u / r.e);
}

}  // namespace normal_detail

/// exp(-x^2/2) / sqrt(2 pi). Error <= 2 ulp over the whole domain, subnormal results included.
template <class V>
SPECTRALMC_PRIMITIVE V normal_density(V x) {
  const V a = minimum(normal_detail::end_of_tail<V>(), abs(x));  // lets a NaN through
  const auto result = normal_detail::bell(a, constant<V>(0x1.988454p-2f, 0x1.9884533d43651p-2));
  return exponential_detail::scale(result.mantissa, result.biased);
}

/// The probability of a value <= x. Error <= 4 ulp over the whole domain: in the lower tail the relative error holds
/// down to subnormal results. For small probabilities of the upper tail take normal_cdf(-x).
template <class V>
SPECTRALMC_PRIMITIVE V normal_cdf(V x) {
  const V a = minimum(normal_detail::end_of_tail<V>(), abs(x));  // lets a NaN through
  // Phi(-a) = exp(-a^2/2) (1 / e + n / d), e = sqrt(2 pi) (1 + a); n / d is less than a quarter of the sum. Degrees 4
  // and 6 (float, error 4.7e-9), 9 and 11 (double, 2.1e-17) for a <= end_of_tail.
  V n, d;
  if constexpr (is_single_precision<V>) {
    n = polynomial(a, 0x1.674f62p+1f, 0x1.f545eap+2f, 0x1.3176dep+2f, 0x1.61395ep+0f, 0x1.98816cp-3f);
    d = polynomial(a, 0x1.bc6fccp+4f, 0x1.36044cp+6f, 0x1.60ab8cp+6f, 0x1.b64646p+5f, 0x1.464fcep+4f, 0x1.1d4e4ep+2f,
                   0.5f);
  } else {
    n = polynomial(a, 0x1.2a90c1040ffa6p+13, 0x1.fc3ffe50e3a41p+14, 0x1.0e6ace57bde67p+15, 0x1.425968885a62cp+14,
                   0x1.f82878b76f2c2p+12, 0x1.129bc3c71e2e0p+11, 0x1.a69efc0190c24p+8, 0x1.c0b5b14d70060p+5,
                   0x1.2f0dc2e3219f0p+2, 0x1.9884533d619b0p-3);
    d = polynomial(a, 0x1.714cf6d2c805cp+16, 0x1.3a54dc68e1066p+18, 0x1.d68e38d3e3ffdp+18, 0x1.a3a712252611ep+18,
                   0x1.f72dfe4770921p+17, 0x1.ae88dfcc43105p+16, 0x1.0ea80eef8ffa8p+15, 0x1.f84f51f8edeeep+12,
                   0x1.58498d17ce10ap+10, 0x1.4baa31cd44c4ep+7, 0x1.9bd25176f6b44p+3, 0.5);
  }
  const V root = constant<V>(0x1.40d932p+1f, 0x1.40d931ff62706p+1);
  const V e = fma(a, root, root);
  const auto density = normal_detail::bell(a, V(1));
  const V m = density.mantissa;
  const V lower = exponential_detail::scale(fma(m, n / d, m / e), density.biased);
  return select(x > V(0), V(1) - lower, lower);
}

/// The x at which normal_cdf(x) = p. Error <= 4 ulp of the result for every p, near p = 1/2 too; that the quantile of a
/// *rounded* p near 1 is ill-conditioned is the caller's: take -normal_quantile(1 - p) with 1 - p known better.
/// -inf at 0, inf at 1, NaN outside and for NaN.
template <class V>
SPECTRALMC_PRIMITIVE V normal_quantile(V p) {
  using layout = exponent_format<V>;
  const auto upper = p > V(0.5);
  const V twice = V(2) * select(upper, V(2) * fma(p, V(-0.5), V(0.5)), p);  // exact; by fma, for p may be a product
  const V lower = normal_detail::lower_quantile(exponential_detail::logarithm(exponential_detail::split(twice), V(0)));
  const V inside = select(upper, -lower, lower);
  const V at_end =
      select(p == V(0), V(-layout::infinity), select(p == V(1), V(layout::infinity), V(layout::not_a_number)));
  return select(both(p > V(0), p < V(1)), inside, at_end);
}

/// The same for 0 < p <= 1/2 only, by the fewest instructions.
/// float: p in [2^-33, 1/2]. Relative error <= 5.1e-7, near p = 1/2 too, where the result 0 is exact; so the absolute
/// error is below 3.3e-7 for results in [-1, 0], 7.3e-7 in [-2, -1], 1.7e-6 in [-4, -2] and 3.1e-6 in [-6.4, -4] (all
/// floats were tried). Over a uniform p the root mean square of the error is 1e-7 and its mean -5e-9. About 25
/// instructions. double: p normal; error <= 4 ulp, as normal_quantile.
template <class V>
SPECTRALMC_PRIMITIVE V lower_half_normal_quantile(V p) {
  if constexpr (is_single_precision<V>) {
    // p = 2^k (1 + f); log(1 + f) = f L(f), L to a relative 1.8e-7; the integer k stays shifted by 23 bits.
    // fpminimax(log1p(x)/x, 7, [|SG...|], [sqrt(0.5)-1;sqrt(2)-1], floating, relative)
    using integer = integer_of<V>;
    const integer exponent = (bits(p) - integer(0x3f3504f3)) & integer(~exponent_format<V>::mantissa_mask);
    const V f = from_bits<V>(bits(p) - exponent) - V(1);
    const V l = polynomial(f, 0x1.fffffep-1f, -0x1.00007ap-1f, 0x1.5559f8p-2f, -0x1.ff62bcp-3f, 0x1.978964p-3f,
                           -0x1.614202p-3f, 0x1.4c5a7ap-3f, -0x1.9e7a9ap-4f);
    const V exponent_of_double = to_real<V>(exponent + integer(1 << 23));
    const V u = fma(exponent_of_double, V(0x1.62e43p-24f), f * l);
    // The quantile over u by a rational function of u itself, which is longer than one of sqrt(-log p) but saves the
    // root: relative error 1.1e-7 for p >= 2^-34.
    const V n = polynomial(u, -0x1.383510p+12f, 0x1.0e0cdcp+13f, -0x1.f7acfap+11f, 0x1.0eb2ccp+9f, -0x1.0cdd02p+4f,
                           0x1.b06b62p-5f);
    const V d =
        monic_polynomial(u, -0x1.f235f6p+11f, 0x1.15be80p+13f, -0x1.73fa60p+12f, 0x1.4c1812p+10f, -0x1.53579cp+6f);
    return (u * n) / d;  // a quotient in the end: a product that the caller adds to something might be contracted
  } else {
    return normal_detail::lower_quantile(
        exponential_detail::logarithm(exponential_detail::split_normal(V(2) * p), V(0)));
  }
}

SPECTRALMC_LANES_NAMESPACE_END
}  // namespace spectralmc
