#include "spectralmc/market/time_grid.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <vector>

#include "about.hpp"

namespace spectralmc {
namespace {

TEST_CASE("a uniform grid is one stretch to its maturity") {
  const time_grid grid = time_grid::uniform(2.5, 10);
  REQUIRE(grid.date_count() == 1);
  CHECK(grid.date(0) == 2.5);
  CHECK(grid.step_count() == 10);
  CHECK(grid.stretches()[0].begin == 0);
  CHECK(grid.stretches()[0].end == 2.5);
  CHECK(grid.stretches()[0].steps == 10);
  CHECK(grid.stretches()[0].step_length() == 0.25);
}

TEST_CASE("a grid of dates alone steps once from each to the next") {
  const std::vector<double> dates{0.1, 0.5, 3};
  const time_grid grid = time_grid::dates(dates);
  REQUIRE(grid.date_count() == 3);
  CHECK(grid.step_count() == 3);
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(grid.date(i) == dates[i]);
    CHECK(grid.stretches()[i].steps == 1);
    CHECK(grid.stretches()[i].begin == (i == 0 ? 0 : dates[i - 1]));
  }
}

TEST_CASE("with a largest step each stretch has the fewest equal steps that are no longer") {
  const time_grid grid = time_grid::dates({0.1, 0.5, 3}, 0.3);
  CHECK(grid.stretches()[0].steps == 1);
  CHECK(grid.stretches()[1].steps == 2);
  CHECK(grid.stretches()[2].steps == 9);
  CHECK(grid.step_count() == 12);
}

TEST_CASE("a stretch of a whole number of steps takes so many, rounding or not") {
  // 13/365 over 1/365 is 13.000000000000002 in double.
  for (int days = 1; days <= 5000; ++days) {
    CAPTURE(days);
    CHECK(time_grid::daily({days / 365.0}).step_count() == static_cast<std::uint32_t>(days));
  }
}

TEST_CASE("daily steps to the DAX expiries") {
  std::vector<double> dates;
  for (const int days : {13, 48, 76, 167, 259, 349, 531, 713}) dates.push_back(days / 365.0);
  const time_grid grid = time_grid::daily(dates);
  CHECK(grid.step_count() == 713);
  CHECK(grid.stretches()[0].steps == 13);
  CHECK(grid.stretches()[1].steps == 35);
}

TEST_CASE("a day can be another part of a year") { CHECK(time_grid::daily({1.0}, 252).step_count() == 252); }

TEST_CASE("equidistant dates are multiples of their distance and end at the maturity") {
  const std::vector<double> dates = equidistant_dates(3, 7);
  REQUIRE(dates.size() == 7);
  for (std::size_t i = 0; i < 7; ++i) CHECK(dates[i] == about(3 * static_cast<double>(i + 1) / 7, 1e-15));
  CHECK(dates.back() == 3);
}

}  // namespace
}  // namespace spectralmc
