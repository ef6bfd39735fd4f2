// Options under constant elasticity of variance, stopped at zero.
#pragma once

#include <cmath>

#include "incomplete_gamma.hpp"

namespace spectralmc::reference {

/// The law of M(T), M(0) = 1, dM = s(t) M^beta dW, 0 <= beta < 1, `variance` the integral of s^2: Schroder, M. (1989),
/// Computing the constant elasticity of variance option pricing formula, J. Finance 44(1).
struct constant_elasticity_law {
  long double beta, variance;

  long double inverse() const { return 1 / (1 - beta); }
  long double scaled() const { return variance * (1 - beta) * (1 - beta); }
  long double at_zero() const { return 1 - gamma_cdf(inverse() / 2, 1 / (2 * scaled())); }
  /// P(M <= m)
  long double cdf(long double m) const {
    if (m <= 0) return m < 0 ? 0 : at_zero();
    return 1 - noncentral_chi_square_cdf(inverse(), std::pow(m, 2 - 2 * beta) / scaled(), 1 / scaled());
  }
  /// E max(M - k, 0)
  long double call(long double k) const {
    const long double x = 1 / scaled(), y = std::pow(k, 2 - 2 * beta) / scaled();
    return 1 - noncentral_chi_square_cdf(2 + inverse(), x, y) - k * noncentral_chi_square_cdf(inverse(), y, x);
  }
};

}  // namespace spectralmc::reference
