// Complex numbers over a number or a pack of numbers: arithmetic and the functions that characteristic functions need,
// by fma and the library's own elementary functions, so that they too have the same bits everywhere.
//
// All branches are principal: arguments lie in [-pi, pi], and where the imaginary part is a zero its sign says on which
// side of the cut along the negative real axis the number lies. Absolute value, quotient, square root and logarithm are
// scaled by powers of two: they neither overflow nor underflow unless their result does. Errors are stated relative to
// the absolute value of the result, in units of 2^-24 (float) or 2^-53 (double); a part much smaller than the other may
// have fewer right digits. They hold for finite operands; what NaN and infinities give is said where it is of use.
#pragma once

#include <limits>

#include "spectralmc/numeric/elementary.hpp"
#include "spectralmc/numeric/polynomial.hpp"
#include "spectralmc/numeric/value.hpp"

namespace spectralmc {

template <class V>
struct complex {
  using value_type = V;

  V re;
  V im;

  complex() = default;
  SPECTRALMC_PRIMITIVE constexpr complex(V real) : re(real), im(0) {}
  SPECTRALMC_PRIMITIVE constexpr complex(V real, V imaginary) : re(real), im(imaginary) {}

  friend SPECTRALMC_PRIMITIVE complex operator+(complex a) { return a; }
  friend SPECTRALMC_PRIMITIVE complex operator-(complex a) { return {-a.re, -a.im}; }
  friend SPECTRALMC_PRIMITIVE complex operator+(complex a, complex b) { return {a.re + b.re, a.im + b.im}; }
  friend SPECTRALMC_PRIMITIVE complex operator-(complex a, complex b) { return {a.re - b.re, a.im - b.im}; }
  /// Error <= 3.
  friend SPECTRALMC_PRIMITIVE complex operator*(complex a, complex b) {
    return {fma(a.re, b.re, -(a.im * b.im)), fma(a.re, b.im, a.im * b.re)};
  }
  /// Error <= 5. NaN where b is 0.
  friend SPECTRALMC_PRIMITIVE complex operator/(complex a, complex b) { return quotient(a, b); }

  // With a real operand. A sum leaves the sign of a zero imaginary part. A product is an fma with 0, for what is
  // returned must not be a product that the compiler may contract with what the caller adds; its zeros are +0.
  friend SPECTRALMC_PRIMITIVE complex operator+(complex a, V b) { return {a.re + b, a.im}; }
  friend SPECTRALMC_PRIMITIVE complex operator+(V a, complex b) { return {a + b.re, b.im}; }
  friend SPECTRALMC_PRIMITIVE complex operator-(complex a, V b) { return {a.re - b, a.im}; }
  friend SPECTRALMC_PRIMITIVE complex operator-(V a, complex b) { return {a - b.re, -b.im}; }
  friend SPECTRALMC_PRIMITIVE complex operator*(complex a, V b) {
    return {rounded_product(a.re, b), rounded_product(a.im, b)};
  }
  friend SPECTRALMC_PRIMITIVE complex operator*(V a, complex b) { return b * a; }
  friend SPECTRALMC_PRIMITIVE complex operator/(complex a, V b) { return {a.re / b, a.im / b}; }

  SPECTRALMC_PRIMITIVE complex& operator+=(complex b) { return *this = *this + b; }
  SPECTRALMC_PRIMITIVE complex& operator-=(complex b) { return *this = *this - b; }
  SPECTRALMC_PRIMITIVE complex& operator*=(complex b) { return *this = *this * b; }
  SPECTRALMC_PRIMITIVE complex& operator/=(complex b) { return *this = *this / b; }
  SPECTRALMC_PRIMITIVE complex& operator*=(V b) { return *this = *this * b; }
  SPECTRALMC_PRIMITIVE complex& operator/=(V b) { return *this = *this / b; }

  friend SPECTRALMC_PRIMITIVE mask_of<V> operator==(complex a, complex b) { return both(a.re == b.re, a.im == b.im); }
  friend SPECTRALMC_PRIMITIVE mask_of<V> operator!=(complex a, complex b) { return negate(a == b); }

  friend SPECTRALMC_PRIMITIVE complex select(mask_of<V> m, complex if_true, complex if_false) {
    return {select(m, if_true.re, if_false.re), select(m, if_true.im, if_false.im)};
  }
};

SPECTRALMC_LANES_NAMESPACE_BEGIN

namespace complex_detail {

template <class V>
SPECTRALMC_PRIMITIVE V larger_part(complex<V> z) {
  return maximum(abs(z.re), abs(z.im));
}

/// k with 2^k <= |x| < 2^(k+1); some number for 0, infinities and NaN.
template <class V>
SPECTRALMC_PRIMITIVE integer_of<V> exponent_of(V x) {
  using layout = exponent_format<V>;
  using integer = integer_of<V>;
  const auto subnormal = x < V(layout::least_normal);
  const integer n = bits(select(subnormal, x * constant<V>(0x1p24f, 0x1p53), x)) >> layout::mantissa_bits;
  return n - select(subnormal, integer(layout::bias + layout::mantissa_bits + 1), integer(layout::bias));
}

/// x 2^k, |k| <= 2 bias.
template <class V>
SPECTRALMC_PRIMITIVE V times_power(V x, integer_of<V> k) {
  return exponential_detail::scale(x, k + integer_of<V>(2 * exponent_format<V>::bias));
}
template <class V>
SPECTRALMC_PRIMITIVE complex<V> times_power(complex<V> z, integer_of<V> k) {
  return {times_power(z.re, k), times_power(z.im, k)};
}

/// log |larger + i smaller|, larger >= smaller >= 0, where larger is to be taken as larger + lost. With larger + lost =
/// 2^k (1 + f) and smaller = 2^k b it is k log 2 + log1p(2 f + f^2 + b^2) / 2: accurate near 1 too.
template <class V>
SPECTRALMC_PRIMITIVE V log_of_norm(V larger, V smaller, V lost) {
  const auto parts = exponential_detail::split(larger);
  const integer_of<V> down = integer_of<V>(0) - to_integer(parts.exponent);
  const V f = parts.fraction + times_power(lost, down);  // an exact product
  const V b = times_power(smaller, down);
  const V half = V(0.5) * log1p(fma(b, b, f * (V(2) + f)));
  const V low = fma(parts.exponent, constant<V>(0x1.7f7d1cp-20f, 0x1.3de6af278ece6p-42), half);
  return fma(parts.exponent, constant<V>(0x1.62e4p-1f, 0x1.62e42fefa3p-1), low);  // log 2 in two parts
}

}  // namespace complex_detail

template <class V>
SPECTRALMC_PRIMITIVE complex<V> conj(complex<V> z) {
  return {z.re, -z.im};
}

template <class V>
SPECTRALMC_PRIMITIVE V real_part(complex<V> z) {
  return z.re;
}

/// As of a double (numeric/number.hpp): there are none.
template <class V>
SPECTRALMC_PRIMITIVE complex<V> without_derivatives(complex<V> z) {
  return z;
}

/// |z|^2, unscaled.
template <class V>
SPECTRALMC_PRIMITIVE V norm(complex<V> z) {
  return fma(z.re, z.re, z.im * z.im);
}

template <class V>
SPECTRALMC_PRIMITIVE mask_of<V> is_finite(complex<V> z) {
  return both(is_finite(z.re), is_finite(z.im));
}

/// Error <= 2. Infinite where a part is, NaN where a part is and none is infinite.
template <class V>
SPECTRALMC_PRIMITIVE V abs(complex<V> z) {
  const V infinity(exponent_format<V>::infinity);
  const integer_of<V> k = complex_detail::exponent_of(complex_detail::larger_part(z));
  const complex<V> reduced = complex_detail::times_power(z, integer_of<V>(0) - k);
  const V result = complex_detail::times_power(sqrt(norm(reduced)), k);
  return select(either(abs(z.re) == infinity, abs(z.im) == infinity), infinity, result);
}

/// The angle from the positive real axis. Error <= 2 ulp.
template <class V>
SPECTRALMC_PRIMITIVE V arg(complex<V> z) {
  return atan2(z.im, z.re);
}

template <class V>
SPECTRALMC_PRIMITIVE complex<V> quotient(complex<V> a, complex<V> b) {
  const integer_of<V> i = complex_detail::exponent_of(complex_detail::larger_part(a));
  const integer_of<V> k = complex_detail::exponent_of(complex_detail::larger_part(b));
  a = complex_detail::times_power(a, integer_of<V>(0) - i);
  b = complex_detail::times_power(b, integer_of<V>(0) - k);
  const complex<V> product = a * conj(b);
  const V n = norm(b);
  // The quotient is near one now; its exponent i - k may lie beyond what one scaling takes.
  const integer_of<V> first = (i - k) >> 1;
  const complex<V> half_way = complex_detail::times_power(complex<V>(product.re / n, product.im / n), first);
  return complex_detail::times_power(half_way, (i - k) - first);
}

/// What a function has outside its domain.
inline complex<double> not_a_number() {
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  return {nan, nan};
}

/// Error <= 3 for |im z| <= largest_angle, NaN beyond. Overflows where exp(re z) does. exp of a real number is real.
template <class V>
SPECTRALMC_PRIMITIVE complex<V> exp(complex<V> z) {
  V sine, cosine;
  sin_cos(z.im, sine, cosine);
  const V e = exp(z.re);
  return {rounded_product(e, cosine), select(z.im == V(0), z.im, rounded_product(e, sine))};
}

/// exp(z) - 1 without cancellation near z = 0, as exp(x) - 1 less 2 exp(x) sin^2(y/2), and i exp(x) sin(y). Error <= 5;
/// in the real part where both of its terms are nearly equal, 5 units of one of them.
template <class V>
SPECTRALMC_PRIMITIVE complex<V> expm1(complex<V> z) {
  V sine, cosine;
  sin_cos(V(0.5) * z.im, sine, cosine);
  const V e = exp(z.re), twice = e * (sine + sine);
  return {fma(-twice, sine, expm1(z.re)), select(z.im == V(0), z.im, rounded_product(twice, cosine))};
}

/// Error <= 4, near z = 1 too. log(0) = -inf + i arg.
template <class V>
SPECTRALMC_PRIMITIVE complex<V> log(complex<V> z) {
  const V larger = select(is_nan(z.re), z.re, complex_detail::larger_part(z));
  const V smaller = minimum(abs(z.re), abs(z.im));
  return {exponential_detail::with_limits(larger, complex_detail::log_of_norm(larger, smaller, V(0))), arg(z)};
}

/// log(1 + z) without cancellation near z = 0. Error <= 4.
template <class V>
SPECTRALMC_PRIMITIVE complex<V> log1p(complex<V> z) {
  const exponential_detail::one_plus<V> real(z.re);
  const complex<V> u(real.sum, z.im);
  const V larger = select(is_nan(z.re), z.re, complex_detail::larger_part(u));
  const V smaller = minimum(abs(u.re), abs(u.im));
  const auto counts = both(u.re > V(0), u.re >= abs(u.im));
  const V re = complex_detail::log_of_norm(larger, smaller, select(counts, real.lost, V(0)));
  return {exponential_detail::with_limits(larger, re), arg(u)};
}

/// The root with re >= 0 (and the sign of im z in its imaginary part). Error <= 3.
template <class V>
SPECTRALMC_PRIMITIVE complex<V> sqrt(complex<V> z) {
  const integer_of<V> k = complex_detail::exponent_of(complex_detail::larger_part(z)) >> 1;
  const complex<V> reduced = complex_detail::times_power(z, integer_of<V>(0) - (k + k));
  const V t = sqrt(V(0.5) * (sqrt(norm(reduced)) + abs(reduced.re)));
  const V other = abs(reduced.im) / select(t == V(0), V(1), t + t);
  const complex<V> root = complex_detail::times_power(complex<V>(t, other), k);
  const auto right = z.re >= V(0);
  return {select(right, root.re, root.im), copy_sign(select(right, root.im, root.re), z.im)};
}

SPECTRALMC_LANES_NAMESPACE_END
}  // namespace spectralmc
