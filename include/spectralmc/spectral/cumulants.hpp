// Cumulants of a model's log-return from its characteristic function, and the interval they span.
#pragma once

#include <array>
#include <cmath>
#include <cstddef>

#include "spectralmc/numeric/complex.hpp"
#include "spectralmc/numeric/elementary.hpp"
#include "spectralmc/numeric/estimate.hpp"

namespace spectralmc {

/// The first four cumulants.
struct cumulants {
  double mean = 0, variance = 0, third = 0, fourth = 0;

  /// mean +- width sqrt(variance + sqrt(fourth)): Fang, F. and Oosterlee, C. W. (2008), A novel pricing method for
  /// European options based on Fourier-cosine series expansions, SIAM J. Sci. Comput. 31(2), eq. (49). For a law with
  /// no width at all the interval is a small one around its point.
  interval span(double width) const {
    const double spread = sqrt(maximum(variance, 0.0) + sqrt(maximum(fourth, 0.0)));
    const double half = maximum(width * spread, 1e-8 * (1 + abs(mean)));
    return {mean - half, mean + half};
  }
};

/// Cumulants of log(S(time)/forward(time)) under `model`, from the Taylor coefficients of log E exp(z X) at 0 by
/// Cauchy's integral over a circle, summed by the trapezoidal rule, which converges geometrically (Lyness, J. N. and
/// Moler, C. B. (1967), Numerical differentiation of analytic functions, SIAM J. Numer. Anal. 4(2)). The radius is
/// about a 16th of a standard deviation's inverse, and approached from below: moments explode not far beyond one
/// deviation's inverse for heavy tails, and a circle around such a singularity gives nonsense. Relative accuracy about
/// 1e-12 for the mean and variance and 1e-9 for the fourth. 32 evaluations a radius tried.
template <class Model>
cumulants log_martingale_cumulants(const Model& model, double time) {
  constexpr std::size_t points = 32;
  double radius = 0x1p-10;
  cumulants result;
  for (int attempt = 0; attempt < 60; ++attempt) {
    std::array<double, 5> coefficient{};
    for (std::size_t j = 0; j < points; ++j) {
      double sine, cosine;
      sin_cos_2pi(static_cast<double>(j) / points, sine, cosine);
      // E exp(z X) = phi(-i z)
      const complex<double> value =
          model.log_characteristic_function(complex<double>(radius * sine, -(radius * cosine)), time);
      for (std::size_t n = 1; n <= 4; ++n) {
        sin_cos_2pi(static_cast<double>(j * n % points) / points, sine, cosine);
        coefficient[n] = fma(value.re, cosine, fma(value.im, sine, coefficient[n]));
      }
    }
    double power = points;
    double factorial = 1;
    for (std::size_t n = 1; n <= 4; ++n) {
      power *= radius;
      factorial *= static_cast<double>(n);
      coefficient[n] *= factorial / power;
    }
    result = {coefficient[1], coefficient[2], coefficient[3], coefficient[4]};
    const double width = sqrt(result.variance) * radius;
    if (std::isfinite(width) && width > 0x1p-5 && width < 0x1.8p-4) break;
    if (std::isfinite(width) && width > 0) {
      radius *= 0x1p-4 / width;
      if (!(radius < 1e12)) break;  // no randomness to speak of
    } else {
      radius *= result.variance == 0 ? 16 : 0.0625;
    }
  }
  return result;
}

}  // namespace spectralmc
