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

/// The quantile of p, 0 < p <= 1/2, given u = log(2 p): u P(s) / Q(s) with s = sqrt(-log p) = sqrt(log 2 - u). u is the
/// factor that vanishes at p = 1/2, so the relative error is bounded there too.
/// Degrees 3 and 4 (float, error 3.2e-8, s <= 10.2), 11 and 12 (double, 1.9e-18, s <= 27.4). The coefficients for float were
/// afterwards varied by single ulps for the least error, as rounded.
template <class V>
SPECTRALMC_PRIMITIVE V lower_quantile(V u) {
  const V s = sqrt(constant<V>(0x1.62e43p-1f, 0x1.62e42fefa39efp-1) - u);
  V numerator, denominator;
  if constexpr (is_single_precision<V>) {
    numerator = polynomial(s, 0x1.7de326p+1f, 0x1.53c24ap+4f, 0x1.a27ffep+3f, 0x1.6a1fccp+0f);
    denominator = monic_polynomial(s, 0x1.312bf2p-1f, 0x1.ef0f84p+2f, 0x1.099824p+4f, 0x1.288f46p+3f);
  } else {
    numerator = polynomial(s, 0x1.8536dd7fb95bep+17, 0x1.ae46a20163191p+22, 0x1.9ff2a75ed73a4p+25,
                           0x1.11d64cf76b7dcp+27, 0x1.260e772c2ee66p+27, 0x1.4da36183a19bcp+26, 0x1.b60ac20b4a75bp+24,
                           0x1.3a153e6fb2781p+22, 0x1.c1e612054c452p+18, 0x1.2606d70ab49a2p+14, 0x1.3126b86ce9216p+8,
                           0x1.6a0a01ba9aabdp+0);
    denominator = monic_polynomial(s, 0x1.0b008f5495a74p+15, 0x1.9c889495c60f5p+20, 0x1.15d4dbe677b14p+24,
                                   0x1.14b3acffc8330p+26, 0x1.f6a1ae150eec4p+26, 0x1.d610da480f82fp+26,
                                   0x1.f33f4ab88e069p+25, 0x1.3c67936f56697p+24, 0x1.bf07fc506ff10p+21,
                                   0x1.3e9adad58291cp+18, 0x1.9fe994de1b081p+13, 0x1.af8d2b945aed8p+7);
  }
  return u * (numerator / denominator);
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
  // Phi(-a) = exp(-a^2/2) P(a) / Q(a), degrees 4 and 5 (float, error 6e-9), 10 and 11 (double, 9e-19) for a <= end_of_tail.
  V numerator, denominator;
  if constexpr (is_single_precision<V>) {
    numerator = polynomial(a, 0x1.83aca4p+5f, 0x1.53d4d8p+5f, 0x1.1c246cp+4f, 0x1.f81428p+1f, 0x1.988586p-2f);
    denominator =
        monic_polynomial(a, 0x1.83aca4p+6f, 0x1.449354p+7f, 0x1.d22dfep+6f, 0x1.6c00e2p+5f, 0x1.3be78cp+3f);
  } else {
    numerator = polynomial(a, 0x1.b381c6c55daf1p+19, 0x1.687cad7f132c4p+20, 0x1.27d9a7ee64952p+20,
                           0x1.370fb97d98c58p+19, 0x1.cbaee9336b355p+17, 0x1.f091a1cebe824p+15, 0x1.8c92922ed8690p+13,
                           0x1.cefc3ccb18c58p+10, 0x1.7b8d8d5c663ddp+7, 0x1.8d642dd9ccdb4p+3, 0x1.9884533d43cf2p-2);
    denominator = monic_polynomial(a, 0x1.b381c6c55daf1p+20, 0x1.0b1d54e994793p+22, 0x1.329d03c5c4882p+22,
                                   0x1.b39d4147557ecp+21, 0x1.aa907ae08b5eep+20, 0x1.2f22e28085633p+19,
                                   0x1.401f9aec194f3p+17, 0x1.f86e783f1d4a5p+14, 0x1.24141b7e02842p+12,
                                   0x1.dcb2f5d0f6504p+8, 0x1.f20e60d7bdd1bp+4);
  }
  const V lower = normal_detail::bell(a, numerator / denominator);
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
  const V lower = normal_detail::lower_quantile(exponential_detail::logarithm(exponential_detail::split(q + q), V(0)));
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
    // 2 p = 2^k (1 + f); log(1 + f) = f L(f) with L to a relative 2e-7; the integer k stays shifted by 23 bits.
    // fpminimax(log1p(x)/x, 7, [|SG...|], [sqrt(0.5)-1;sqrt(2)-1], floating, absolute)
    using integer = integer_of<V>;
    const integer exponent = (bits(p) - integer(0x3eb504f3)) & integer(~exponent_format<V>::mantissa_mask);
    const V f = fma(V(2), from_bits<V>(bits(p) - exponent), V(-1));
    const V l = polynomial(f, 0x1.fffffep-1f, -0x1.000074p-1f, 0x1.555acap-2f, -0x1.ff69bep-3f, 0x1.975094p-3f,
                           -0x1.60a4dap-3f, 0x1.4e11b4p-3f, -0x1.a70ffep-4f);
    return normal_detail::lower_quantile(fma(to_real<V>(exponent), V(0x1.62e43p-24f), f * l));
  } else {
    return normal_detail::lower_quantile(exponential_detail::logarithm(exponential_detail::split_normal(p + p), V(0)));
  }
}

SPECTRALMC_LANES_NAMESPACE_END
}  // namespace spectralmc
