// Black's formula without units, and its inverse, for numbers and packs of numbers: the price of the option out of the
// money, in units of the smaller of forward and strike, as a function of
//   moneyness  y = |log(forward / strike)| >= 0
//   deviation  s = volatility x sqrt(maturity) > 0.
//
// With z = s/2 - y/s and b = s/2 + y/s, phi the normal density and M the Mills ratio (numeric/mills_ratio.hpp),
//   price = phi(z) (M(-z) - M(b)),  1 - price = phi(z) (M(z) + M(b)),
// since phi(b) = phi(z) exp(-y): what is tiny of the price is in phi alone. The first serves where z < 1/2 or so, the
// second above. d price / d s = phi(z), and its logarithmic derivative is -z b / s.
//
// The inverse is in the spirit of Jaeckel, P. (2015), Let's be rational, Wilmott 2015(75), 40-53: a guess that is good
// everywhere, and two steps of high order for the logarithm. docs/implied-volatility.md has the derivation.
#pragma once

#include "spectralmc/numeric/exponential.hpp"
#include "spectralmc/numeric/mills_ratio.hpp"
#include "spectralmc/numeric/normal.hpp"
#include "spectralmc/numeric/polynomial.hpp"
#include "spectralmc/numeric/value.hpp"

namespace spectralmc {
SPECTRALMC_LANES_NAMESPACE_BEGIN

namespace black_detail {

/// y - h s, where h is y / s rounded: exact also without fused multiply-add, there by halves of 26 bits.
template <class V>
SPECTRALMC_PRIMITIVE V remainder(V y, V h, V s) {
#if SPECTRALMC_HAS_FMA
  return fma(-h, s, y);
#else
  const integer_of<V> head = constant_bits<V>(-0x1000, -0x8000000);
  const V h_head = from_bits<V>(bits(h) & head), s_head = from_bits<V>(bits(s) & head);
  const V h_tail = h - h_head, s_tail = s - s_head;
  return ((y - h_head * s_head) - h_head * s_tail) - h_tail * s_head - h_tail * s_tail;
#endif
}

/// The price where `lower`, one minus it elsewhere, with an exponent beyond those of V; `gone` below z = -end.
template <class V>
struct price_of_any_size {
  normal_detail::scaled_number<V> value;
  mask_of<V> lower, gone;
};

/// For end <= 80.
template <class V>
SPECTRALMC_PRIMITIVE price_of_any_size<V> price_with_tail(V y, V s, V end) {
  const V h = y / s, t = V(0.5) * s;
  const V z = t - h;
  // What the quotient and the difference lost. In phi it would count z times.
  const V lost_of_y = remainder(y, h, s);
  const V back = z - t;
  const V lost_of_z = (t - (z - back)) - (h + back);
  const V bounded = maximum(-end, minimum(end, z)), a = abs(bounded);
  const auto lower = z < V(0.5);
  const auto m = mills_ratios(select(lower, -bounded, bounded), minimum(select(lower, s, V(2) * h), V(1e10)));
  // d price / d y = -phi(z) M(b).
  const V n = select(lower, fma(-m.second, lost_of_y, s * m.difference), fma(m.second, lost_of_y, m.sum));
  const V factor = V(0x1.9884533d43651p-2) * (n / m.denominator);  // 1 / sqrt(2 pi)
  return {normal_detail::bell(a, fma(-factor, bounded * lost_of_z, factor)), lower, either(z < -end, s == V(0))};
}

}  // namespace black_detail

/// The price for 0 <= y <= 1e4 and s >= 0, finite, as if y and s were exact: error <= 8 ulp wherever the price is a
/// normal number. An s that is a product must have been rounded (rounded_product).
template <class V>
SPECTRALMC_PRIMITIVE V normalised_black_price(V y, V s) {
  const auto price = black_detail::price_with_tail(y, s, normal_detail::end_of_tail<V>());
  const V value = exponential_detail::scale(price.value.mantissa, price.value.biased);
  return select(price.gone, V(0), select(price.lower, value, V(1) - value));
}

namespace black_detail {

/// What the inverse looks for: the price p where it is below 3/8, there z < 1/2; else q = 1 - p.
template <class V>
struct target {
  V y;
  mask_of<V> lower;
  V value;  ///< p or q
};

/// log(x) of a normal x > 0 to an absolute 8e-6, without a division.
/// fpminimax((log1p(x)-x)/x^2, 4, [|SG...|], [sqrt(0.5)-1;sqrt(2)-1], floating, absolute)
template <class V>
SPECTRALMC_PRIMITIVE V rough_logarithm(V x) {
  const auto parts = exponential_detail::split_normal(x);
  const V f = parts.fraction;
  const V p = polynomial(f, -0x1.fff9f4p-2, 0x1.54cae8p-2, -0x1.02418cp-2, 0x1.c0674ap-3, -0x1.351128p-3);
  return fma(parts.exponent, V(0x1.62e42fefa39efp-1), fma(f * f, p, f));
}

/// A deviation within 5% of the right one, for all y <= 1454, p >= 2^-1022 and q >= 2^-53.
/// Below, z is near to T - H. H solves the problem in the limit y -> 0 far from the money, where Bachelier's formula
/// makes it a function of p / y; T does at the money. What comes of that has an error of 22%, which polynomials in
/// m = 1 / sqrt(1 + l/2) and w = 1 / sqrt(1 + y/4) take off. Above, z is a polynomial in sqrt(-2 log q) and w: the
/// normal quantile of p for large y, of (1 + p) / 2 at y = 0. The coefficients were fitted to the least greatest error
/// of the deviation, by reweighted least squares.
template <class V>
SPECTRALMC_PRIMITIVE V guess_deviation(const target<V>& x) {
  const V w = V(1) / sqrt(fma(x.y, V(0.25), V(1)));
  const V w_squared = w * w;
  const V ratio = select(x.lower, fma(x.y * w_squared, V(0.39894228), x.value), V(1)) / x.value;
  const V l = rough_logarithm(ratio);
  const V root = sqrt(select(x.lower, fma(l, V(0.5), V(1)), V(2) * l));
  const V m = V(1) / root, p = x.value;
  const V below = fma(p, fma(p * p, V(0.3509), V(1.2533141)), -(l * m));
  const V above =
      fma(w, fma(w, polynomial(root, 3.2863, -1.8379, 0.18762), polynomial(root, -2.8561, 1.8659, -0.19905)),
          polynomial(root, -0.90836, 0.93813, 0.01928));
  const V z = select(x.lower, below, above);
  const V b = maximum(abs(z), sqrt(fma(z, z, V(2) * x.y)));  // where squares underflow, b is |z|
  const V sum = abs(z) + b;
  const V s = select(z > V(0), sum, V(2) * x.y / sum);
  const V correction =
      fma(w, polynomial(m, 0.087537, -0.92462, 3.7031, -2.8578), polynomial(m, 0.98189, 0.2124, -0.5573, 0.38405));
  return select(x.lower, rounded_product(s, correction), s);
}

/// A step of Householder's method of fourth order for log(price) = log p, or log(1 - price) = log q. The first is
/// rough: its functions have errors of 1e-5 to 1e-4, and so has what it returns.
template <bool rough, class V>
SPECTRALMC_PRIMITIVE V improve_deviation(const target<V>& x, V s) {
  const V inverse = V(1) / s, t = V(0.5) * s;
  V h = rounded_product(x.y, inverse);
  if constexpr (!rough) h = fma(fma(-h, s, x.y), inverse, h);
  const V z = t - h, b = t + h;
  const V a = select(x.lower, -z, z), gap = select(x.lower, s, V(2) * h);
  const mills_pair<V> m = rough ? rough_mills_ratios(a, gap) : mills_ratios(a, gap);
  const V scaled = V(0x1.40d931ff62706p+1) * x.value;  // sqrt(2 pi)
  const V ratio = select(x.lower, s * m.difference, m.sum) / (m.denominator * scaled);
  const V logarithm =
      rough ? rough_logarithm(ratio) : exponential_detail::logarithm(exponential_detail::split_normal(ratio), V(0));
  // The function is f; its derivative is 1 over that of the price, phi(z), over p or -q; Newton's step, over s, is e.
  const V f = fma(V(-0.5) * z, z, logarithm);
  const V e = -f * (select(x.lower, ratio, -ratio) * scaled) * inverse;
  // phi(z) has the logarithmic derivative -z b / s, and that again has -(3 h^2 + t^2) / s^2.
  const V u = -z * b * e, second = fma(-z * b, e, f);
  const V third = fma(V(2) * f, f, fma(u, fma(V(3), f, u), -(fma(V(3) * h, h, t * t) * e * e)));
  // e (1 + second / 2) / (1 + second + third / 6), by a series where that is near to e.
  const V excess = fma(V(1.0 / 6), third, second);
  if constexpr (rough) return fma(s, e * fma(V(0.5), second, V(1)) / (V(1) + excess), s);
  const V reciprocal = fma(-excess, fma(-excess, V(1) - excess, V(1)), V(1));
  return fma(s, e * fma(V(0.5) * second, reciprocal, reciprocal), s);
}

}  // namespace black_detail

/// The deviation at which normalised_black_price is p, `value` being p where `lower`, p < 3/8, and 1 - p elsewhere: for
/// 0 <= y <= 1454 and 2^-1022 <= p <= 1 - 2^-53. As if y and the value were exact, the relative error is <= 1.5e-15.
template <class V>
SPECTRALMC_PRIMITIVE V implied_deviation(V y, mask_of<V> lower, V value) {
  const black_detail::target<V> x{y, lower, value};
  const V first = black_detail::improve_deviation<true>(x, black_detail::guess_deviation(x));
  return black_detail::improve_deviation<false>(x, first);
}

SPECTRALMC_LANES_NAMESPACE_END
}  // namespace spectralmc
