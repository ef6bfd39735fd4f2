// Legendre polynomials, and Gauss' rule of quadrature made of them.
#pragma once

#include <array>
#include <cstddef>

#include "spectralmc/numeric/elementary.hpp"
#include "spectralmc/numeric/value.hpp"

namespace spectralmc {

/// P_0(2 x - 1), ..., P_(Count - 1)(2 x - 1).
template <std::size_t Count>
std::array<double, Count> legendre(double x) {
  const double y = fma(2.0, x, -1.0);
  std::array<double, Count> p{};
  p[0] = 1;
  p[1] = y;
  for (std::size_t n = 1; n + 1 < Count; ++n) {
    const auto m = static_cast<double>(n);
    p[n + 1] = fma(fma(2.0, m, 1.0) * y, p[n], -(m * p[n - 1])) / (m + 1);
  }
  return p;
}

/// The Gauss-Legendre rule on (0, 1): exact for polynomials of degree 2 points - 1. The points, in ascending order, are
/// found by Newton's method.
template <std::size_t points>
struct gauss_legendre_rule {
  std::array<double, points> point, weight;

  gauss_legendre_rule() : point(), weight() {
    constexpr double n = points;
    for (std::size_t i = 0; i < points; ++i) {
      double sine, cosine, slope = 1;
      sin_cos_2pi((0.5 * static_cast<double>(i) + 0.375) / (n + 0.5), sine, cosine);
      double x = fma(-0.5, cosine, 0.5);
      for (int step = 0; step < 6; ++step) {
        const std::array<double, points + 1> p = legendre<points + 1>(x);
        const double y = fma(2.0, x, -1.0);
        slope = 2 * n * fma(y, p[points], -p[points - 1]) / fma(y, y, -1.0);
        x -= p[points] / slope;
      }
      point[i] = x;
      weight[i] = 1 / (x * (1 - x) * slope * slope);
    }
  }
};

}  // namespace spectralmc
