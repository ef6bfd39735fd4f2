// Complex numbers over a number or a pack of numbers: arithmetic and the functions that characteristic functions need,
// by fma and the library's own elementary functions, so that they too have the same bits everywhere.
//
// All branches are principal: arguments lie in [-pi, pi], and where the imaginary part is a zero its sign says on which
// side of the cut along the negative real axis the number lies. Absolute value, quotient, square root and logarithm are
// scaled by powers of two: they neither overflow nor underflow unless the result does.
#pragma once

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
  SPECTRALMC_PRIMITIVE constexpr complex(V real, V imaginary = V(0)) : re(real), im(imaginary) {}

  friend SPECTRALMC_PRIMITIVE complex operator+(complex a) { return a; }
  friend SPECTRALMC_PRIMITIVE complex operator-(complex a) { return {-a.re, -a.im}; }
  friend SPECTRALMC_PRIMITIVE complex operator+(complex a, complex b) { return {a.re + b.re, a.im + b.im}; }
  friend SPECTRALMC_PRIMITIVE complex operator-(complex a, complex b) { return {a.re - b.re, a.im - b.im}; }
  /// Each part with an error of a few ulp of the absolute value of the product.
  friend SPECTRALMC_PRIMITIVE complex operator*(complex a, complex b) {
    return {fma(a.re, b.re, -(a.im * b.im)), fma(a.re, b.im, a.im * b.re)};
  }
  friend SPECTRALMC_PRIMITIVE complex operator*(complex a, V b) { return {a.re * b, a.im * b}; }
  friend SPECTRALMC_PRIMITIVE complex operator*(V a, complex b) { return {a * b.re, a * b.im}; }
  friend SPECTRALMC_PRIMITIVE complex operator/(complex a, V b) { return {a.re / b, a.im / b}; }
  friend SPECTRALMC_PRIMITIVE complex operator/(complex a, complex b) { return quotient(a, b); }

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
