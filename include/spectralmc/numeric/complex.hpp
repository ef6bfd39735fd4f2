// Complex numbers over any value type, with the library's own elementary functions: same bits on every machine.
//
// Products of parts are rounded by `fma` throughout, so that no compiler can contract them with an addition of the
// caller's; a zero part may therefore lose its sign.
#pragma once

#include "spectralmc/configuration.hpp"
#include "spectralmc/numeric/elementary.hpp"
#include "spectralmc/numeric/value.hpp"

namespace spectralmc {

template <class V>
struct complex {
  V re, im;

  SPECTRALMC_HOST_DEVICE complex(V real = V(scalar_of<V>(0)), V imaginary = V(scalar_of<V>(0)))
      : re(real), im(imaginary) {}

  friend SPECTRALMC_HOST_DEVICE complex operator-(complex a) { return {-a.re, -a.im}; }
  friend SPECTRALMC_HOST_DEVICE complex operator+(complex a, complex b) { return {a.re + b.re, a.im + b.im}; }
  friend SPECTRALMC_HOST_DEVICE complex operator-(complex a, complex b) { return {a.re - b.re, a.im - b.im}; }
  friend SPECTRALMC_HOST_DEVICE complex operator*(complex a, complex b) {
    return {fma(a.re, b.re, -(a.im * b.im)), fma(a.re, b.im, a.im * b.re)};
  }
  friend SPECTRALMC_HOST_DEVICE complex operator*(complex a, V b) { return {product(a.re, b), product(a.im, b)}; }
  friend SPECTRALMC_HOST_DEVICE complex operator*(V a, complex b) { return b * a; }
  friend SPECTRALMC_HOST_DEVICE complex operator/(complex a, V b) { return {a.re / b, a.im / b}; }

  /// The divisor is brought near 1 by a power of two, so that only a dividend within a factor 8 of the largest number can
  /// overflow on the way. Relative error of the result about 4 roundings.
  friend SPECTRALMC_HOST_DEVICE complex operator/(complex a, complex b) {
    using real = scalar_of<V>;
    using integer = integer_of<V>;
    constexpr auto exponent = sizeof(real) == 4 ? 0x7f800000LL : 0x7ff0000000000000LL;
    constexpr auto one = sizeof(real) == 4 ? 0x3f800000LL : 0x3ff0000000000000LL;
    using bit_type = decltype(bits(real(0)));
    const V larger = maximum(abs(b.re), abs(b.im));
    const V power = from_bits<V>(integer(bit_type(2 * one)) - (bits(larger) & integer(bit_type(exponent))));
    const V least = V(real(sizeof(real) == 4 ? 0x1p-126 : 0x1p-1022));
    const V scale = select(larger < V(real(sizeof(real) == 4 ? 0x1p126 : 0x1p1022)), power, least);
    const V c = b.re * scale, d = b.im * scale;  // exact
    const V square = fma(c, c, d * d);
    const V re = fma(a.re, c, a.im * d) / square, im = fma(a.im, c, -(a.re * d)) / square;
    return {product(re, scale), product(im, scale)};
  }

  friend SPECTRALMC_HOST_DEVICE bool operator==(complex a, complex b) { return a.re == b.re && a.im == b.im; }
  friend SPECTRALMC_HOST_DEVICE bool operator!=(complex a, complex b) { return !(a == b); }

 private:
  static SPECTRALMC_HOST_DEVICE V product(V a, V b) { return fma(a, b, V(scalar_of<V>(0))); }
};

template <class V>
SPECTRALMC_HOST_DEVICE complex<V> conj(complex<V> z) {
  return {z.re, -z.im};
}

/// |z|^2, without protection against overflow.
template <class V>
SPECTRALMC_HOST_DEVICE V norm(complex<V> z) {
  return fma(z.re, z.re, z.im * z.im);
}

/// |z|, without spurious overflow or underflow. Relative error about 2 roundings.
template <class V>
SPECTRALMC_HOST_DEVICE V abs(complex<V> z) {
  using real = scalar_of<V>;
  const V a = abs(z.re), b = abs(z.im);
  const V larger = maximum(a, b), smaller = minimum(a, b);
  const V ratio = smaller / larger;
  const V scaled = fma(larger, sqrt(fma(ratio, ratio, V(real(1)))), V(real(0)));
  return select(smaller == V(real(0)), larger, scaled);
}

/// The angle in (-pi, pi].
template <class V>
SPECTRALMC_HOST_DEVICE V arg(complex<V> z) {
  return atan2(z.im, z.re);
}

/// e^z; NaN where |Im z| is beyond largest_angle.
template <class V>
SPECTRALMC_HOST_DEVICE complex<V> exp(complex<V> z) {
  V sine, cosine;
  sin_cos(z.im, sine, cosine);
  return complex<V>(cosine, sine) * exp(z.re);
}

/// log(1 + z) on the principal branch, accurate for small z.
template <class V>
SPECTRALMC_HOST_DEVICE complex<V> log1p(complex<V> z) {
  using real = scalar_of<V>;
  const V one(real(1)), half(real(0.5));
  // |1 + z|^2 - 1 = x (x + 2) + y^2
  const V square = fma(z.re, z.re + (one + one), z.im * z.im);
  return {half * log1p(square), atan2(z.im, one + z.re)};
}

/// The principal logarithm. Near |z| = 1 the real part keeps its relative accuracy where one component is near 1.
template <class V>
SPECTRALMC_HOST_DEVICE complex<V> log(complex<V> z) {
  using real = scalar_of<V>;
  const V one(real(1)), half(real(0.5));
  const V a = abs(z.re), b = abs(z.im);
  const V larger = maximum(a, b), smaller = minimum(a, b);
  const V near_one = half * log1p(fma(smaller, smaller, (larger - one) * (larger + one)));
  const auto near = both(larger > half, larger < one + one);
  return {select(near, near_one, log(abs(z))), arg(z)};
}

/// The principal square root: real part >= 0. Without spurious overflow for |z| up to half the largest number.
template <class V>
SPECTRALMC_HOST_DEVICE complex<V> sqrt(complex<V> z) {
  using real = scalar_of<V>;
  const V zero(real(0)), half(real(0.5));
  const V root = sqrt(fma(half, abs(z), half * abs(z.re)));
  const V other = half * (abs(z.im) / root);
  const auto right = z.re >= zero;
  const complex<V> result(select(right, root, other), copy_sign(select(right, other, root), z.im));
  const auto is_zero = root == zero;
  return {select(is_zero, zero, result.re), select(is_zero, z.im, result.im)};
}

}  // namespace spectralmc
