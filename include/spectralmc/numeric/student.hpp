// Student's law, for means whose variance is estimated from few numbers.
#pragma once

#include <cmath>
#include <cstdint>

#include "spectralmc/errors.hpp"
#include "spectralmc/numeric/elementary.hpp"
#include "spectralmc/numeric/normal.hpp"

namespace spectralmc {

namespace detail {

/// P(|T| <= t) for t >= 0 and the density at t: finite sums in powers of cos(theta), tan(theta) = t / sqrt(freedom)
/// (Abramowitz and Stegun, 26.7.3 and 26.7.4).
struct student_law {
  std::uint32_t freedom;

  double within(double t) const {
    const auto n = static_cast<double>(freedom);
    const double cosine_squared = n / fma(t, t, n), cosine = sqrt(cosine_squared), sine = t / sqrt(fma(t, t, n));
    const bool odd = freedom % 2 == 1;
    double term = odd ? cosine : 1, sum = freedom == 1 ? 0 : term;
    for (std::uint32_t k = odd ? 3 : 2; k < freedom; k += 2) {
      term *= cosine_squared * (static_cast<double>(k - 1) / static_cast<double>(k));
      sum += term;
    }
    return odd ? 2 / pi * fma(sine, sum, atan2(t, sqrt(n))) : rounded_product(sine, sum);
  }
};

}  // namespace detail

/// The t that a variable of Student's law exceeds with that probability, `tail` in (0, 1/2], for 1 and more degrees of
/// freedom. Relative error 1e-8 for tails from 1e-8 on, for which it is meant. O(freedom) up to 1000 degrees; beyond,
/// Cornish and Fisher's expansion.
/// @throws invalid_parameter for other tails, and for no degrees of freedom
inline double student_upper_quantile(double tail, std::uint32_t freedom) {
  require(tail > 0 && tail <= 0.5, "tail", tail, "(0, 1/2]");
  require(freedom >= 1, "freedom", std::uint64_t{freedom}, "at least 1");
  const double x = -normal_quantile(tail);
  if (freedom > 1000) {
    // Abramowitz and Stegun, 26.7.5.
    const double n = freedom, square = x * x;
    const double first = x * (square + 1) / 4, second = x * fma(square, fma(5.0, square, 16.0), 3.0) / 96;
    const double third = x * fma(square, fma(square, fma(3.0, square, 19.0), 17.0), -15.0) / 384;
    return x + (first + (second + third / n) / n) / n;
  }
  // The law is decreasing and convex beyond its middle: bracketed, halved.
  const detail::student_law law{freedom};
  const double within = fma(-2.0, tail, 1.0);
  double lower = x, upper = x + 1;
  while (law.within(upper) < within) upper = 2 * upper + 1;
  for (int i = 0; i < 200 && upper - lower > 0x1p-48 * upper; ++i) {
    const double middle = fma(0.5, upper - lower, lower);
    (law.within(middle) < within ? lower : upper) = middle;
  }
  return fma(0.5, upper - lower, lower);
}

}  // namespace spectralmc
