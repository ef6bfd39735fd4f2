// The standard normal law: density, distribution function, quantile, and the quantile of the lower half by which random
// words become normals. For numbers and packs of numbers.
//
// Method: each function is split into the part that varies over hundreds of orders of magnitude, an exp or a log, and a
// slowly varying factor, for which one minimax rational function serves the whole domain, so that there are no branches.
// The rational functions were fitted by Remez exchange in 50 digits (Python, mpmath) to values of erfc, relative to the
// function; the polynomials are positive on positive arguments and all their coefficients are too, so that nothing
// cancels. That sqrt(-log p) is the variable in which such a function is short is due to Wichura, Applied Statistics 37
// (1988) 477, AS 241. Errors are in units in the last place (ulp) of the result, as found by the tests.
#pragma once

#include "spectralmc/numeric/exponential.hpp"
#include "spectralmc/numeric/polynomial.hpp"
#include "spectralmc/numeric/value.hpp"

namespace spectralmc {
SPECTRALMC_LANES_NAMESPACE_BEGIN

namespace normal_detail {

/// exp(-a^2 / 2) factor for a >= 0 where it is a number > 0, and 0 beyond. The square is taken in two parts: with one
/// rounding its error alone would be hundreds of ulp of the result in the tail.
template <class V>
SPECTRALMC_PRIMITIVE V bell(V a, V factor) {
  const V head = from_bits<V>(bits(a) & constant_bits<V>(-0x1000, -0x8000000));  // 12 (26) bits: its square is exact
  auto reduced = exponential_detail::reduce(V(-0.5) * a * a, V(-0.5) * head * head);
  const V r = fma(a - head, V(-0.5) * (a + head), reduced.remainder);
  const V e = fma(r, fma(r, exponential_detail::second_order(r), V(1)), V(1));
  return exponential_detail::scale(e * factor, reduced.biased);
}

/// Beyond this exp(-a^2/2) and the lower tail are 0.
template <class V>
SPECTRALMC_PRIMITIVE V end_of_tail() {
  return constant<V>(14.5f, 38.7);
}

/// The logarithms that `lower_quantile` takes are multiplied by this; a few bits, and near where its first term below
/// has the factor 1.
template <class V>
inline constexpr scalar_of<V> log_scale = is_single_precision<V> ? scalar_of<V>(3.125) : scalar_of<V>(2.875);

/// The quantile of p, 0 < p <= 1/2, given u = log_scale log(2 p), as u R(s) with s = sqrt(-log_scale log p). u is the
/// factor that vanishes at p = 1/2, so the relative error is bounded there too.
/// R(s) = 1 / (s + b) + N(s) / D(s) with N / D less than a fifth of R, brought to one fraction: that keeps the rounding
/// errors of the polynomials small in the result, where one rational function as long would add up those of all its
/// terms. Degrees of N and D: 2 and 3 (float, error 3.2e-8, p >= 2^-149), 10 and 11 (double, 4.7e-18, p >= 2^-1074).
template <class V>
SPECTRALMC_PRIMITIVE V lower_quantile(V u) {
  const V s = sqrt(constant<V>(0x1.154246p+1f, 0x1.fe2804e87b348p+0) - u);  // log_scale log 2
  V n, d;
  if constexpr (is_single_precision<V>) {
    n = polynomial(s, 0x1.c8318ep+1f, -0x1.08bb78p+1f, -0x1.993656p-3f);
    d = monic_polynomial(s, 0x1.6c040ap+2f, 0x1.203e98p+5f, 0x1.eac2b8p+3f);
  } else {
    n = polynomial(s, 0x1.15f4520d1a910p+24, 0x1.fe349ed3bcd5bp+27, 0x1.3150dc6fd1f17p+29, 0x1.4700be461ffc7p+27,
                   -0x1.bdff52acb7ec7p+22, -0x1.d60baa990fe4bp+23, -0x1.6b2d886e1f2e3p+21, -0x1.936fd6121853bp+17,
                   -0x1.642200ba4457bp+12, -0x1.d3a17b4bf1ec3p+5, -0x1.53d90e98b9014p-3);
    d = monic_polynomial(s, 0x1.d7dff88771e60p+23, 0x1.a2db9a8ac3e78p+28, 0x1.2abfea603799bp+31,
                         0x1.14997ab6067f7p+32, 0x1.8b2564d84ebcep+31, 0x1.1c0d10aa8c547p+30, 0x1.d3cc6ef811d57p+27,
                         0x1.9fdddba6b86d6p+24, 0x1.6bf8d5c2162c6p+20, 0x1.1fbb852b580b9p+15, 0x1.675304bfab9c2p+8);
  }
  const V e = s + constant<V>(0x1.07p0f, 1.175);
  return u * (fma(e, n, d) / (e * d));
}

}  // namespace normal_detail

/// exp(-x^2/2) / sqrt(2 pi). Error <= 2 ulp over the whole domain, subnormal results included.
template <class V>
SPECTRALMC_PRIMITIVE V normal_density(V x) {
  const V a = minimum(normal_detail::end_of_tail<V>(), abs(x));  // lets a NaN through
  return normal_detail::bell(a, constant<V>(0x1.988454p-2f, 0x1.9884533d43651p-2));
}

/// The probability of a value <= x. Error <= 4 ulp over the whole domain: in the lower tail the relative error holds down
/// to subnormal results. For small probabilities of the upper tail take normal_cdf(-x).
template <class V>
SPECTRALMC_PRIMITIVE V normal_cdf(V x) {
  const V a = minimum(normal_detail::end_of_tail<V>(), abs(x));  // lets a NaN through
  // Phi(-a) = exp(-a^2/2) / sqrt(2 pi) (1 / (a + 1) + N(a) / D(a)), in one fraction for the reason given above. Degrees
  // 4 and 6 (float, error 4.6e-9), 9 and 11 (double, 2.1e-17) for a <= end_of_tail.
  V n, d;
  if constexpr (is_single_precision<V>) {
    n = polynomial(a, 0x1.c2551ap+3f, 0x1.3a20acp+5f, 0x1.7ed768p+4f, 0x1.bab3b2p+2f, 0x1.fffc5ep-1f);
    d = monic_polynomial(a, 0x1.bc70d0p+5f, 0x1.36049ep+7f, 0x1.60abbep+7f, 0x1.b64634p+6f, 0x1.464fc4p+5f, 0x1.1d4e72p+3f);
  } else {
    n = polynomial(a, 0x1.7631084da9df2p+15, 0x1.3e7e9d0c7e497p+17, 0x1.52e9ff3524507p+17, 0x1.940042a60127cp+16,
                   0x1.3bee7e819f2d6p+15, 0x1.582b1388561cdp+13, 0x1.08d644ed788d1p+11, 0x1.192f9e10d5542p+8,
                   0x1.7bd21a34a7c8ap+4, 0x1.0000000012e9fp+0);
    d = monic_polynomial(a, 0x1.714bc2ed1ad1cp+17, 0x1.3a53e31018273p+19, 0x1.d68cda73c83dcp+19,
                         0x1.a3a5f080727aap+19, 0x1.f72cc0ded600fp+18, 0x1.ae87ebed5ac5dp+17, 0x1.0ea7888419d4dp+16,
                         0x1.f84e7de389a0cp+13, 0x1.5849192d5493dp+11, 0x1.4ba9e152ad893p+8, 0x1.9bd21a358c4d0p+4);
  }
  const V e = a + V(1);
  const V factor = constant<V>(0x1.988454p-2f, 0x1.9884533d43651p-2);  // 1 / sqrt(2 pi)
  const V lower = normal_detail::bell(a, factor * (fma(e, n, d) / (e * d)));
  return select(x > V(0), V(1) - lower, lower);
}

/// The x at which normal_cdf(x) = p. Error <= 4 ulp of the result for every p, near p = 1/2 too; that the quantile of a
/// *rounded* p near 1 is ill-conditioned is the caller's: take -normal_quantile(1 - p) with 1 - p known better.
/// -inf at 0, inf at 1, NaN outside and for NaN.
template <class V>
SPECTRALMC_PRIMITIVE V normal_quantile(V p) {
  using layout = exponent_format<V>;
  const auto upper = p > V(0.5);
  const V q = select(upper, V(1) - p, p);  // exact
  const V log_of_double = exponential_detail::logarithm(exponential_detail::split(q + q), V(0));
  const V lower = normal_detail::lower_quantile(V(normal_detail::log_scale<V>) * log_of_double);
  const V inside = select(upper, -lower, lower);
  const V at_end = select(p == V(0), V(-layout::infinity), select(p == V(1), V(layout::infinity), V(layout::not_a_number)));
  return select(both(p > V(0), p < V(1)), inside, at_end);
}

/// The same for normal numbers 0 < p <= 1/2 only, by the fewest instructions: with a random sign it turns a random word
/// into a normal.
/// float: absolute error <= 5e-7 for p >= 2^-13 (results above -3.7) and relative error <= 5e-7 throughout, near p = 1/2
/// too, where the result 0 is exact. double: error <= 4 ulp, as normal_quantile.
template <class V>
SPECTRALMC_PRIMITIVE V lower_half_normal_quantile(V p) {
  if constexpr (is_single_precision<V>) {
    // p = 2^k (1 + f); log_scale log(1 + f) = f L(f), L to a relative 1.9e-7; the integer k stays shifted by 23 bits.
    // fpminimax(3.125*log1p(x)/x, 7, [|SG...|], [sqrt(0.5)-1;sqrt(2)-1], floating, relative)
    using integer = integer_of<V>;
    const integer exponent = (bits(p) - integer(0x3f3504f3)) & integer(~exponent_format<V>::mantissa_mask);
    const V f = from_bits<V>(bits(p) - exponent) - V(1);
    const V l = polynomial(f, 0x1.8ffffep1f, -0x1.9000bep0f, 0x1.0aae96p0f, -0x1.8f85d6p-1f, 0x1.3e5658p-1f,
                           -0x1.13e70ap-1f, 0x1.03f87ep-1f, -0x1.450a9cp-2f);
    const V exponent_of_double = to_real<V>(exponent + integer(1 << 23));
    return normal_detail::lower_quantile(fma(exponent_of_double, V(0x1.154246p-22f), f * l));
  } else {
    const V log_of_double = exponential_detail::logarithm(exponential_detail::split_normal(p + p), V(0));
    return normal_detail::lower_quantile(V(normal_detail::log_scale<V>) * log_of_double);
  }
}

SPECTRALMC_LANES_NAMESPACE_END
}  // namespace spectralmc
