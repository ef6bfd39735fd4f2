// Numbers of 113 bits, real and complex, for truths that are far more accurate than what they judge: libquadmath, which
// comes with GCC. None of the library's arithmetic is used.
#pragma once

#include <quadmath.h>

namespace spectralmc::honesty {

__extension__ typedef __float128 number;

inline number pi() {
  static const number value = 4 * atanq(1);
  return value;
}

struct complex_number {
  number re = 0, im = 0;

  complex_number() = default;
  complex_number(number real) : re(real) {}
  complex_number(double real) : re(real) {}
  complex_number(int real) : re(real) {}
  complex_number(number real, number imaginary) : re(real), im(imaginary) {}
};

inline complex_number operator+(complex_number a, complex_number b) { return {a.re + b.re, a.im + b.im}; }
inline complex_number operator-(complex_number a, complex_number b) { return {a.re - b.re, a.im - b.im}; }
inline complex_number operator-(complex_number a) { return {-a.re, -a.im}; }
inline complex_number operator*(complex_number a, complex_number b) {
  return {a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re};
}
inline number absolute(complex_number a) { return hypotq(a.re, a.im); }
inline complex_number operator/(complex_number a, complex_number b) {
  // Scaled, as the squares of what is far out on a contour may leave the range.
  const number scale = fmaxq(fabsq(b.re), fabsq(b.im)), re = b.re / scale, im = b.im / scale;
  const number square = (re * re + im * im) * scale;
  return {(a.re * re + a.im * im) / square, (a.im * re - a.re * im) / square};
}

inline complex_number exponential(complex_number a) {
  const number size = expq(a.re);
  number sine, cosine;
  sincosq(a.im, &sine, &cosine);
  return {size * cosine, size * sine};
}

/// The principal logarithm.
inline complex_number logarithm(complex_number a) { return {logq(absolute(a)), atan2q(a.im, a.re)}; }

/// The principal root, by the half of the angle that does not cancel.
inline complex_number root(complex_number a) {
  const number size = absolute(a);
  if (size == 0) return 0;
  const number larger = sqrtq((size + fabsq(a.re)) / 2), smaller = a.im / (2 * larger);
  if (a.re >= 0) return {larger, smaller};
  return {fabsq(smaller), copysignq(larger, a.im)};
}

inline complex_number power(complex_number a, number exponent) { return exponential(logarithm(a) * exponent); }

}  // namespace spectralmc::honesty
