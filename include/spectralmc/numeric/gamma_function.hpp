// The gamma function, for parameters of laws: on the host, in double and in numbers with derivatives.
#pragma once

#include <cstddef>
#include <type_traits>

#include "spectralmc/numeric/elementary.hpp"
#include "spectralmc/numeric/number.hpp"
#include "spectralmc/numeric/value.hpp"

namespace spectralmc {

/// log Gamma(x), x > 0, to 1e-14 of 1 + |log Gamma(x)|: Stirling's series from 12 on, the recurrence below.
inline double log_gamma(double x) {
  double product = 1;
  while (x < 12) {
    product *= x;
    x += 1;
  }
  // B_2n / (2n (2n - 1))
  constexpr double series[] = {1.0 / 12, -1.0 / 360, 1.0 / 1260, -1.0 / 1680, 1.0 / 1188, -691.0 / 360360, 1.0 / 156};
  const double inverse = 1 / x, square = inverse * inverse;
  double tail = 0;
  for (std::size_t n = 7; n-- > 0;) tail = fma(tail, square, series[n]);
  constexpr double half_log_two_pi = 0.91893853320467274178;
  return fma(tail, inverse, fma(x - 0.5, log(x), half_log_two_pi - x)) - log(product);
}

/// The derivative of log Gamma(x), x > 0, to 1e-14 of 1 + |digamma(x)|: the asymptotic series from 12 on, the
/// recurrence below.
inline double digamma(double x) {
  double sum = 0;
  while (x < 12) {
    sum += 1 / x;
    x += 1;
  }
  // B_2n / 2n
  constexpr double series[] = {1.0 / 12, -1.0 / 120, 1.0 / 252, -1.0 / 240, 1.0 / 132, -691.0 / 32760, 1.0 / 12};
  const double inverse = 1 / x, square = inverse * inverse;
  double tail = 0;
  for (std::size_t n = 7; n-- > 0;) tail = fma(tail, square, series[n]);
  return fma(-tail, square, fma(-0.5, inverse, log(x))) - sum;
}

/// Of a number that carries derivatives (numeric/dual.hpp).
template <class Number, class = std::enable_if_t<!std::is_arithmetic_v<Number>>>
Number log_gamma(const Number& x) {
  const double value = without_derivatives(x);
  return with_slope(x, log_gamma(value), digamma(value));
}

/// Gamma(x), x > 0, to 3e-14 of itself below 30.
inline double gamma_function(double x) { return exp(log_gamma(x)); }
template <class Number, class = std::enable_if_t<!std::is_arithmetic_v<Number>>>
Number gamma_function(const Number& x) {
  return exp(log_gamma(x));
}

}  // namespace spectralmc
