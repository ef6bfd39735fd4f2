#include "spectralmc/market/market.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "about.hpp"

namespace spectralmc {
namespace {

// exp has an error of 1 ulp and the products before it a rounding each.
constexpr double rounding = 1e-15;

TEST_CASE("a constant rate compounds continuously") {
  const market asset(80, 0.05, 0.02);
  for (const double time : {0.0, 0.01, 0.5, 1.0, 7.25, 30.0}) {
    CAPTURE(time);
    CHECK(asset.discount(time) == about(std::exp(-0.05 * time), rounding));
    CHECK(asset.forward(time) == about(80 * std::exp(0.03 * time), 2 * rounding));
  }
}

TEST_CASE("discount and dividends make the forward: F D = S exp(-q T)") {
  const market asset(4468.17, {0.1, 0.5, 2}, {0.03, 0.04, -0.01}, 0.015);
  for (const double time : {0.05, 0.1, 0.3, 0.5, 1.2, 2.0, 5.0}) {
    CAPTURE(time);
    CHECK(asset.forward(time) * asset.discount(time) == about(4468.17 * std::exp(-0.015 * time), 4 * rounding));
  }
}

TEST_CASE("a curve gives its own zero rates at its times") {
  const market asset(100, {0.1, 0.5, 2}, {0.03, 0.04, -0.01});
  CHECK(asset.integrated_rate(0.1) == about(0.1 * 0.03, rounding));
  CHECK(asset.integrated_rate(0.5) == about(0.5 * 0.04, rounding));
  CHECK(asset.integrated_rate(2) == about(2 * -0.01, rounding));
}

TEST_CASE("between two times of a curve rate x time is linear") {
  const market asset(100, {0.5, 2}, {0.04, -0.01});
  CHECK(asset.integrated_rate(1) == about(2.0 / 3 * 0.5 * 0.04 + 1.0 / 3 * 2 * -0.01, 4 * rounding));
  CHECK(asset.integrated_rate(0.875) == about(0.75 * 0.5 * 0.04 + 0.25 * 2 * -0.01, 4 * rounding));
}

TEST_CASE("before the first time of a curve the first rate holds, after the last the last") {
  const market asset(100, {0.5, 2}, {0.04, -0.01});
  CHECK(asset.integrated_rate(0) == 0);
  CHECK(asset.integrated_rate(0.2) == about(0.2 * 0.04, rounding));
  CHECK(asset.integrated_rate(10) == about(10 * -0.01, rounding));
}

}  // namespace
}  // namespace spectralmc
