// The gamma function against the C library's in long double, its derivative against known values and equations.
#include "spectralmc/numeric/gamma_function.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <initializer_list>

#include "spectralmc/numeric/dual.hpp"

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

// Gauss' values: digamma(1) is minus Euler's constant.
TEST_CASE("digamma has its known values, to 1e-14") {
  constexpr double euler = 0.57721566490153286061, log_two = 0.69314718055994530942;
  const auto check = [](double x, double exact) {
    CAPTURE(x);
    CHECK(std::fabs(digamma(x) - exact) < 1e-14 * (1 + std::fabs(exact)));
  };
  check(1, -euler);
  check(2, 1 - euler);
  check(0.5, -euler - 2 * log_two);
  check(0.25, -euler - pi / 2 - 3 * log_two);
  check(20, 275295799.0 / 77597520 - euler);  // the sum of 1, 1/2, ..., 1/19
}

// Either side may have the stated error. The recurrence and the duplication formula.
TEST_CASE("digamma solves its equations, to 1e-14 of 1 + |digamma|") {
  for (double x = 1e-3; x < 200; x *= 1.0137) {
    CAPTURE(x);
    const double next = digamma(x) + 1 / x, size = 1 + std::fabs(digamma(x));
    CHECK(std::fabs(digamma(x + 1) - next) < 2e-14 * size);
    const double twice = (digamma(x) + digamma(x + 0.5)) / 2 + std::log(2.0);
    CHECK(std::fabs(digamma(2 * x) - twice) < 2e-14 * size);
  }
}

TEST_CASE("the gamma function of a dual has the double's value, and digamma's derivatives") {
  using number = dual<double, 2>;
  for (const double x : {0.01, 0.5, 1.3, 7.0, 25.0}) {
    const number twice = 2 * number::parameter(x / 2, 1);
    CHECK(log_gamma(twice).value == log_gamma(x));
    CHECK(log_gamma(twice).derivative[0] == 0);
    CHECK(log_gamma(twice).derivative[1] == 2 * digamma(x));
    CHECK(gamma_function(twice).value == gamma_function(x));
    CHECK(std::fabs(gamma_function(twice).derivative[1] / (2 * digamma(x) * gamma_function(x)) - 1) < 1e-15);
  }
}

}  // namespace
}  // namespace spectralmc
