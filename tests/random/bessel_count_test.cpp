// The Bessel law of index 0 against its series in long double.
#include "spectralmc/random/bessel_count.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <initializer_list>

namespace spectralmc {
namespace {

struct moments {
  long double total, mean, variance;
};

/// The sum of (w/4)^k / k!^2, w = z^2, over exp(reference), and its moments in k.
moments series(long double z_squared, long double reference) {
  long double total = 0, first = 0, second = 0;
  const long double z = std::sqrt(z_squared), width = 12 * std::sqrt(z) + 40, middle = std::floor(z / 2);
  for (long double k = std::fmax(0.0L, middle - width); k < middle + width; k += 1) {
    const long double term = std::exp(k * std::log(z_squared / 4) - 2 * std::lgamma(k + 1) - reference);
    total += term;
    first += (k - middle) * term;
    second += (k - middle) * (k - middle) * term;
  }
  const long double mean = first / total;
  return {total, middle + mean, second / total - mean * mean};
}

TEST_CASE_TEMPLATE("Bessel counts: mean and variance, to 4e-6 and 2e-5 of them", Real, float, double) {
  for (long double z = 1e-3L; z < 2e4L; z *= 1.21L) {
    const auto z_squared = static_cast<Real>(z * z);
    const bessel_count<Real> found(z_squared);
    const moments exact = series(z_squared, z);
    CAPTURE(static_cast<double>(z));
    CHECK(std::fabs(static_cast<double>(found.mean / exact.mean - 1)) < 4e-6);
    CHECK(std::fabs(static_cast<double>(found.variance / exact.variance - 1)) < 2e-5);
  }
}

TEST_CASE_TEMPLATE("Bessel counts: the logarithm of the expectation of a power, to 4e-6", Real, float, double) {
  for (long double z = 1e-3L; z < 1e4L; z *= 1.6L) {
    for (const Real excess : {Real(-1), Real(-0.9), Real(-0.3), Real(-1e-4), Real(0), Real(1e-4), Real(0.5), Real(4)}) {
      const auto z_squared = static_cast<Real>(z * z);
      const Real found = bessel_count<Real>(z_squared).log_expectation_of_power(excess);
      const long double ratio = 1 + static_cast<long double>(excess), other = std::sqrt(ratio) * z;
      const long double exact =
          excess == -1 ? -std::log(series(z_squared, 0).total)
                       : std::log(series(ratio * z_squared, other).total / series(z_squared, z).total) + other - z;
      CAPTURE(static_cast<double>(z));
      CAPTURE(excess);
      if (excess == -1 && z > 40) continue;  // P(K = 0) is no longer a number here
      const double rounding = sizeof(Real) == 4 ? 2e-7 * std::fabs(static_cast<double>(exact)) : 0;
      CHECK(std::fabs(static_cast<double>(found - exact)) < 4e-6 + rounding);
    }
  }
}

TEST_CASE_TEMPLATE("Bessel counts: none where the Bessel number is 0, and half of it where that is large", Real, float,
                   double) {
  const bessel_count<Real> none(Real(0)), many(Real(1e30));
  CHECK(none.mean == 0);
  CHECK(none.variance == 0);
  CHECK(none.log_expectation_of_power(Real(1e30)) == 0);
  CHECK(std::fabs(many.mean / Real(0.5e15) - 1) < 1e-6);
  CHECK(std::fabs(many.variance / Real(0.25e15) - 1) < 1e-6);
}

}  // namespace
}  // namespace spectralmc
