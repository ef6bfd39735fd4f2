// Legendre polynomials against their first few, and Gauss' rule against the integrals that it must have exactly.
#include "spectralmc/numeric/gauss_legendre.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>

namespace {

namespace smc = spectralmc;

TEST_CASE("Legendre polynomials, shifted to (0, 1)") {
  for (const double x : {0.0, 0.1, 0.5, 0.77, 1.0}) {
    const double y = 2 * x - 1;
    const auto p = smc::legendre<5>(x);
    CHECK(p[0] == 1);
    CHECK(std::fabs(p[1] - y) < 1e-15);
    CHECK(std::fabs(p[2] - (1.5 * y * y - 0.5)) < 1e-15);
    CHECK(std::fabs(p[4] - (35 * y * y * y * y - 30 * y * y + 3) / 8) < 1e-15);
  }
}

template <std::size_t points>
void check_rule() {
  const smc::gauss_legendre_rule<points> rule;
  for (std::size_t i = 1; i < points; ++i) CHECK(rule.point[i] > rule.point[i - 1]);
  for (std::size_t power = 0; power < 2 * points; ++power) {
    double sum = 0;
    for (std::size_t i = 0; i < points; ++i) sum += rule.weight[i] * std::pow(rule.point[i], power);
    CHECK(std::fabs(sum * static_cast<double>(power + 1) - 1) < 1e-13);
  }
}

TEST_CASE("Gauss' rule is exact for polynomials up to twice its points less one") {
  check_rule<2>();
  check_rule<7>();
  check_rule<24>();
}

}  // namespace
