#include "spectralmc/spectral/spectrum.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <vector>

#include "about.hpp"

namespace spectralmc {
namespace {

TEST_CASE("a frequency grid counts up in its step from zero") {
  const frequency_grid grid(0.375, 5);
  REQUIRE(grid.size() == 5);
  CHECK(grid.step() == 0.375);
  for (std::size_t k = 0; k < 5; ++k) CHECK(grid[k] == 0.375 * static_cast<double>(k));
}

TEST_CASE("the grid of an interval has half a period of its first frequency on it") {
  const frequency_grid grid = frequency_grid::for_interval({-1, 3}, 16);
  CHECK(grid.size() == 16);
  CHECK(grid.step() * 4 == about(3.141592653589793, 1e-16));
}

spectrum small(std::uint64_t paths) {
  return spectrum(frequency_grid(1, 3), {complex<double>(1, 0), complex<double>(0.6, 0.3), complex<double>(0, -0.5)},
                  {-1, 1}, {}, paths, 7, paths / 50);
}

TEST_CASE("a spectrum gives back what it was made of") {
  const spectrum s = small(100);
  CHECK(s.size() == 3);
  CHECK(s[1].re == 0.6);
  CHECK(s[1].im == 0.3);
  CHECK(s.support().lower == -1);
  CHECK(s.paths() == 100);
  CHECK(s.non_finite() == 7);
  CHECK(s.outside() == 2);
  CHECK(s.simulated());
}

TEST_CASE("the standard error of a spectrum is sqrt((1 - |phi|^2) / (paths - 1))") {
  CHECK(small(100).standard_error(0) == 0);
  CHECK(small(100).standard_error(1) == about(std::sqrt((1 - 0.45) / 99), 1e-15));
  CHECK(small(100).standard_error(2) == about(std::sqrt(0.75 / 99), 1e-15));
}

TEST_CASE("a closed form has no standard error") {
  CHECK_FALSE(small(0).simulated());
  CHECK(small(0).standard_error(1) == 0);
}

spectra three_dates() {
  std::vector<spectrum> list;
  for (const double time : {0.25, 1.0, 13.0 / 365}) {
    observed_quantity quantity;
    quantity.time = time;
    list.emplace_back(frequency_grid(1, 2), std::vector<complex<double>>(2, complex<double>(1, 0)), interval{-1, 1},
                      quantity);
  }
  return spectra(std::move(list));
}

TEST_CASE("spectra are found by time, also with a rounding") {
  const spectra all = three_dates();
  CHECK(all.size() == 3);
  CHECK(&all.at(0.25) == &all[0]);
  CHECK(&all.at(1 + 1e-15) == &all[1]);
  CHECK(&all.at(13 * (1.0 / 365)) == &all[2]);
}

TEST_CASE("of dates closer than the rounding allowed the nearest is meant") {
  std::vector<spectrum> list;
  for (const double time : {1.0, 1 + 4e-10, 1 + 8e-10}) {
    observed_quantity quantity;
    quantity.time = time;
    list.emplace_back(frequency_grid(1, 2), std::vector<complex<double>>(2, complex<double>(1, 0)), interval{-1, 1},
                      quantity);
  }
  const spectra all(std::move(list));
  for (std::size_t date = 0; date < 3; ++date) CHECK(&all.at(all[date].quantity().time) == &all[date]);
}

TEST_CASE("spectra come in the order of dates") {
  std::vector<double> times;
  for (const spectrum& s : three_dates()) times.push_back(s.quantity().time);
  CHECK(times == std::vector<double>{0.25, 1.0, 13.0 / 365});
}

}  // namespace
}  // namespace spectralmc
