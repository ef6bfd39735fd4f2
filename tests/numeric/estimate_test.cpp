#include "spectralmc/numeric/estimate.hpp"

#include <doctest/doctest.h>

#include "about.hpp"

namespace spectralmc {
namespace {

TEST_CASE("an interval holds its ends and what is between") {
  const interval i{-1, 2};
  CHECK(i.width() == 3);
  CHECK(i.contains(-1));
  CHECK(i.contains(2));
  CHECK(i.contains(0.5));
  CHECK_FALSE(i.contains(-1.001));
  CHECK_FALSE(i.contains(2.001));
}

TEST_CASE("a confidence interval is the normal law's, widened by the truncation error") {
  estimate e;
  e.value = 5;
  e.standard_error = 0.5;
  e.truncation_error = 0.25;
  CHECK(e.confidence_interval().lower == about(5 - 0.25 - 0.5 * 1.959963984540054, 1e-14));
  CHECK(e.confidence_interval().upper == about(5 + 0.25 + 0.5 * 1.959963984540054, 1e-14));
  CHECK(e.confidence_interval(0.99).width() == about(2 * (0.25 + 0.5 * 2.5758293035489004), 1e-14));
}

TEST_CASE("an exact value's interval is a point") {
  estimate e;
  e.value = 5;
  CHECK(e.confidence_interval(0.999).lower == 5);
  CHECK(e.confidence_interval(0.999).upper == 5);
}

}  // namespace
}  // namespace spectralmc
