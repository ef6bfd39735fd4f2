// The gamma function against the C library's in long double.
#include "spectralmc/numeric/gamma_function.hpp"

#include <doctest/doctest.h>

#include <cmath>

namespace spectralmc {
namespace {

TEST_CASE("log Gamma is right to 1e-14 of 1 + |log Gamma|") {
  double worst = 0;
  for (double x = 1e-3; x < 200; x *= 1.0137) {
    const long double exact = std::lgamma(static_cast<long double>(x));
    worst = std::fmax(worst, static_cast<double>(std::fabs(log_gamma(x) - exact) / (1 + std::fabs(exact))));
  }
  CHECK(worst < 1e-14);
}

TEST_CASE("Gamma is right to 3e-14 below 30") {
  for (double x = 1e-3; x < 30; x *= 1.0137) {
    CHECK(std::fabs(gamma_function(x) / static_cast<double>(std::tgamma(static_cast<long double>(x))) - 1) < 3e-14);
  }
}

}  // namespace
}  // namespace spectralmc
