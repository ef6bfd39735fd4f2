// Cumulants of laws that are known; Heston's are tested in models/heston_test.cpp.
#include "spectralmc/spectral/cumulants.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "about.hpp"
#include "spectralmc/models/black_scholes.hpp"
#include "spectralmc/spectral/characteristic_function.hpp"

namespace spectralmc {
namespace {

TEST_CASE("Black-Scholes: mean -s^2/2, variance s^2, nothing beyond") {
  for (const double volatility : {1e-4, 0.05, 0.2, 1.0, 3.0}) {
    for (const double time : {0.001, 0.5, 10.0}) {
      const cumulants c = log_martingale_cumulants(black_scholes<double>(market(100), {volatility}), time);
      const double variance = volatility * volatility * time, deviation = std::sqrt(variance);
      CAPTURE(volatility);
      CAPTURE(time);
      CHECK(std::fabs(c.mean + variance / 2) <= 1e-14 * (deviation + variance));
      CHECK(c.variance == about(variance, 1e-12));
      // In units of the deviation; rounding is amplified by the radius' powers, 16^3 and 16^4, and the factorials.
      CHECK(std::fabs(c.third) <= 1e-10 * (1 + deviation) * variance * deviation);
      CHECK(std::fabs(c.fourth) <= 1e-9 * (1 + deviation) * variance * variance);
    }
  }
}

TEST_CASE("the log-return has the forward's drift on top") {
  const market asset(100, 0.05, 0.02);
  const cumulants c = log_return_cumulants(black_scholes<double>(asset, {0.2}), 2);
  CHECK(c.mean == about(2 * 0.03 - 0.04, 1e-13));
  CHECK(c.variance == about(0.08, 1e-12));
}

/// X the sum of `rate` x time standard exponentials over `scale`, less its mean: all cumulants are known.
struct gamma_model {
  double rate, scale;
  complex<double> log_characteristic_function(complex<double> u, double time) const {
    const complex<double> iu(-u.im, u.re);
    return log1p(iu * (-1 / scale)) * (-rate * time) - iu * (rate * time / scale);
  }
};

TEST_CASE("a gamma law: the n-th cumulant is (n - 1)! times shape over scale^n") {
  const cumulants c = log_martingale_cumulants(gamma_model{1.5, 2}, 3);
  CHECK(std::fabs(c.mean) <= 1e-13);
  CHECK(c.variance == about(4.5 / 4, 1e-12));
  CHECK(c.third == about(2 * 4.5 / 8, 1e-10));
  CHECK(c.fourth == about(6 * 4.5 / 16, 1e-9));
}

TEST_CASE("a gamma law of shape 0.02: the circle stays clear of the singularity seven deviations' inverses away") {
  const cumulants c = log_martingale_cumulants(gamma_model{0.02, 1}, 1);
  CHECK(c.variance == about(0.02, 1e-12));
  CHECK(c.fourth == about(0.12, 1e-9));
}

TEST_CASE("a point has no variance") {
  const cumulants c = log_martingale_cumulants(black_scholes<double>(market(100), {0}), 1);
  CHECK(c.mean == 0);
  CHECK(c.variance == 0);
}

TEST_CASE("the span is mean +- width sqrt(variance + sqrt(fourth))") {
  const interval span = cumulants{0.5, 0.04, 0, 0.0016}.span(3);
  CHECK(span.lower == about(0.5 - 3 * std::sqrt(0.08), 1e-15));
  CHECK(span.upper == about(0.5 + 3 * std::sqrt(0.08), 1e-15));
}

TEST_CASE("a negative fourth cumulant does not narrow the span") {
  CHECK(cumulants{0, 0.04, 0, -1}.span(3).upper == about(0.6, 1e-15));
}

TEST_CASE("the span of a point is a small interval around it") {
  const interval span = cumulants{0.5, 0, 0, 0}.span(10);
  CHECK(span.contains(0.5));
  CHECK(span.width() > 0);
  CHECK(span.width() < 1e-7);
}

}  // namespace
}  // namespace spectralmc
