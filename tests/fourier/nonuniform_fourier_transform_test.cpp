// Fourier sums over any points, against direct sums in long double.
#include "spectralmc/fourier/nonuniform_fourier_transform.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <complex>
#include <cstddef>
#include <limits>
#include <random>
#include <vector>

#include "spectralmc/errors.hpp"

namespace {

namespace smc = spectralmc;
using wide = std::complex<long double>;

/// exp(i k x) with the angle reduced in long double.
wide wave(long double k, long double x) {
  const long double turn = 2 * 3.141592653589793238462643383279502884L;
  const long double angle = std::remainder(k * std::remainder(x, turn), turn);
  return {std::cos(angle), std::sin(angle)};
}

template <class Real>
struct problem {
  std::vector<Real> x;
  std::vector<std::complex<Real>> at_points, at_modes;

  problem(std::size_t points, std::size_t modes, double reach, unsigned seed) : x(points) {
    std::mt19937_64 engine(seed);
    std::uniform_real_distribution<double> place(-reach, reach), number(-1, 1);
    for (Real& each : x) each = static_cast<Real>(place(engine));
    at_points.resize(points);
    at_modes.resize(modes);
    for (auto* numbers : {&at_points, &at_modes}) {
      for (auto& z : *numbers) z = {static_cast<Real>(number(engine)), static_cast<Real>(number(engine))};
    }
  }
  long double mode(std::size_t k) const {
    return static_cast<long double>(k) - static_cast<long double>(at_modes.size() / 2);
  }
};

/// The relative error in the Euclidean norm of `found` against direct sums, at every `step`-th place.
template <class Real, class Sum>
double relative_error(const std::vector<std::complex<Real>>& found, std::size_t step, const Sum& sum) {
  long double error = 0, size = 0;
  for (std::size_t i = 0; i < found.size(); i += step) {
    const wide exact = sum(i);
    error += std::norm(exact - wide(found[i].real(), found[i].imag()));
    size += std::norm(exact);
  }
  return static_cast<double>(std::sqrt(error / size));
}

/// The larger error of both types.
template <class Real>
double error_of(const problem<Real>& given, double tolerance, smc::exponent_sign sign, std::size_t step = 1) {
  const std::size_t modes = given.at_modes.size(), points = given.x.size();
  const smc::nonuniform_fourier_transform<Real> transform(modes, tolerance);
  std::vector<std::complex<Real>> to_modes(modes), to_points(points);
  transform.type1(smc::cpu{1}, given.x.data(), given.at_points.data(), points, to_modes.data(), sign);
  transform.type2(smc::cpu{1}, given.x.data(), points, given.at_modes.data(), to_points.data(), sign);
  const auto s = static_cast<long double>(sign == smc::exponent_sign::plus ? 1 : -1);
  const double first = relative_error(to_modes, (std::max)(step, modes / 50), [&](std::size_t k) {
    wide sum = 0;
    for (std::size_t j = 0; j < points; ++j) {
      sum += wide(given.at_points[j].real(), given.at_points[j].imag()) * wave(s * given.mode(k), given.x[j]);
    }
    return sum;
  });
  const double second = relative_error(to_points, (std::max)(step, points / 50), [&](std::size_t j) {
    wide sum = 0;
    for (std::size_t k = 0; k < modes; ++k) {
      sum += wide(given.at_modes[k].real(), given.at_modes[k].imag()) * wave(s * given.mode(k), given.x[j]);
    }
    return sum;
  });
  return (std::max)(first, second);
}

TEST_CASE("both types agree with direct sums to the tolerance") {
  // 1000 random strengths: the relative norm is that of the kernel's error to a few per cent.
  for (const double tolerance : {1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8, 1e-9, 1e-10, 1e-11, 1e-12, 1e-13}) {
    CAPTURE(tolerance);
    for (const std::size_t modes : {64, 100, 127}) {  // upsampling 2, 2.56 and 2.02
      CHECK(error_of(problem<double>(1000, modes, 3.2, 1), tolerance, smc::exponent_sign::plus) < 1.3 * tolerance);
    }
  }
  CHECK(error_of(problem<double>(1000, 64, 3.2, 2), 1e-14, smc::exponent_sign::minus) < 2e-14);
  for (const double tolerance : {1e-2, 1e-3, 1e-4, 1e-5, 1e-6}) {
    CAPTURE(tolerance);
    CHECK(error_of(problem<float>(1000, 100, 3.2, 3), tolerance, smc::exponent_sign::minus) < 1.3 * tolerance + 1e-6);
  }
}

TEST_CASE("large grids have any ratio to the modes, and the tolerance") {
  const double rounding = SPECTRALMC_HAS_FMA ? 0 : 1e-11;  // of points in turns, without a fused multiply-add
  std::size_t odd_grids = 0;
  for (const std::size_t modes : {33000, 47000, 51500, 65000}) {
    for (const double tolerance : {1e-3, 1e-6, 1e-9, 1e-12}) {
      CAPTURE(modes);
      CAPTURE(tolerance);
      const std::size_t grid = smc::nonuniform_fourier_transform<double>(modes, tolerance).grid_size();
      CHECK(grid > 65536);
      CHECK(4 * grid >= 5 * modes);
      odd_grids += (grid & (grid - 1)) != 0;
      const problem<double> given(300, modes, 3.2, 10);
      CHECK(error_of(given, tolerance, smc::exponent_sign::plus, 19) < 1.3 * tolerance + rounding);
    }
    CHECK(error_of(problem<float>(300, modes, 3.2, 11), 1e-5, smc::exponent_sign::minus, 19) < 1.3e-5 + 1e-6);
  }
  CHECK(odd_grids >= 8);
}

TEST_CASE("in float the least tolerance holds on large grids, single modes included") {
  // A grid of 1.25 points a mode magnifies the rounding of outer modes 200 times: 2.2e-6 in all and 30e-6 in one mode.
  for (const std::size_t modes : {65536, 103546}) {
    CAPTURE(modes);
    const std::size_t points = 50000;
    const problem<float> given(points, modes, 3.2, 12);
    const std::vector<double> x(given.x.begin(), given.x.end());
    const std::vector<std::complex<double>> strengths(given.at_points.begin(), given.at_points.end());
    std::vector<std::complex<double>> exact(modes);
    smc::nonuniform_fourier_transform<double>(modes, 1e-12)
        .type1(smc::cpu{1}, x.data(), strengths.data(), points, exact.data());
    std::vector<std::complex<float>> found(modes);
    smc::nonuniform_fourier_transform<float>(modes, 1e-6)
        .type1(smc::cpu{1}, given.x.data(), given.at_points.data(), points, found.data());
    double error = 0, size = 0, worst = 0;
    for (std::size_t k = 0; k < modes; ++k) {
      const double one = std::norm(std::complex<double>(found[k]) - exact[k]);
      error += one;
      size += std::norm(exact[k]);
      worst = (std::max)(worst, one);
    }
    CHECK(std::sqrt(error / size) < 1.3e-6);
    CHECK(std::sqrt(worst / (size / static_cast<double>(modes))) < 12e-6);
  }
}

TEST_CASE("few modes, one point, many turns and large grids") {
  for (const std::size_t modes : {1, 2, 3, 5}) {
    CHECK(error_of(problem<double>(10, modes, 3, 4), 1e-12, smc::exponent_sign::plus) < 2e-12);
  }
  CHECK(error_of(problem<double>(1, 33, 3, 5), 1e-12, smc::exponent_sign::plus) < 4e-12);
  // Points are taken as they are given, not as their rounded number of turns; without a fused multiply-add they are
  // not.
  const double rounding = SPECTRALMC_HAS_FMA ? 0 : 1e-11;
  CHECK(error_of(problem<double>(500, 64, 3000, 6), 1e-13, smc::exponent_sign::plus) < 2e-13 + rounding);
  CHECK(error_of(problem<double>(3000, 200000, 3.2, 7), 1e-12, smc::exponent_sign::plus, 999) < 2e-12 + rounding);
}

TEST_CASE("points at grid points, at the ends of a turn and all in one place") {
  problem<double> given(64, 16, 1, 8);
  for (std::size_t j = 0; j < 64; ++j) {
    given.x[j] = 0.5 * smc::pi * static_cast<double>(static_cast<int>(j % 9) - 4);
    if (j % 7 == 0) given.x[j] = std::nextafter(smc::pi, j % 2 == 0 ? 0.0 : 4.0);
    if (j % 11 == 0) given.x[j] = -0.0;
  }
  CHECK(error_of(given, 1e-12, smc::exponent_sign::plus) < 4e-12);
  for (double& x : given.x) x = 0.3;
  CHECK(error_of(given, 1e-12, smc::exponent_sign::plus) < 4e-12);
}

TEST_CASE("any number of points may stand in one place, in float too") {
  // Were all of them added in float the sums would be off by 1e-4 in blocks of points, and by 2e-3 otherwise.
  constexpr std::size_t points = 300000;
  const std::vector<float> x(points, 0.3F);
  const std::vector<std::complex<float>> strengths(points, {1, 0.1F});
  for (const std::size_t modes : {8, 100, 40000}) {
    CAPTURE(modes);
    std::vector<std::complex<float>> sums(modes);
    smc::nonuniform_fourier_transform<float>(modes, 1e-6)
        .type1(smc::cpu{2}, x.data(), strengths.data(), points, sums.data());
    const double error = relative_error(sums, modes / 8, [&](std::size_t k) {
      const auto number = static_cast<long double>(k) - static_cast<long double>(modes / 2);
      return static_cast<long double>(points) * wide(1, 0.1F) * wave(number, 0.3F);
    });
    CHECK(error < 4e-6);
  }
}

TEST_CASE("the bits do not depend on threads, nor on sorting beforehand") {
  for (const std::size_t modes : {50, 40000}) {  // points in blocks; all together
    const problem<double> given(70000, modes, 3.2, 9);
    const smc::nonuniform_fourier_transform<double> transform(modes, 1e-7);
    std::vector<std::complex<double>> a(modes), b(modes), c(70000), d(70000);
    transform.type1(smc::cpu{1}, given.x.data(), given.at_points.data(), 70000, a.data());
    transform.type2(smc::cpu{1}, given.x.data(), 70000, given.at_modes.data(), c.data());
    const auto sorted = transform.sort(smc::cpu{3}, given.x.data(), 70000);
    CHECK(sorted.size() == 70000);
    transform.type1(smc::cpu{3}, sorted, given.at_points.data(), b.data());
    transform.type2(smc::cpu{5}, sorted, given.at_modes.data(), d.data());
    CHECK(a == b);
    CHECK(c == d);
  }
}

TEST_CASE("no points") {
  const smc::nonuniform_fourier_transform<double> transform(10, 1e-6);
  std::vector<std::complex<double>> modes(10, {1, 1});
  transform.type1(smc::cpu{1}, static_cast<const double*>(nullptr), modes.data(), 0, modes.data());
  CHECK(modes == std::vector<std::complex<double>>(10));
  transform.type2(smc::cpu{1}, smc::sorted_points<double>(), modes.data(), modes.data());
}

TEST_CASE("bad input is named") {
  using transform = smc::nonuniform_fourier_transform<double>;
  CHECK_THROWS_WITH_AS(transform(0, 1e-6), "modes is 0, allowed: [1, 2^25]", smc::invalid_parameter);
  CHECK_THROWS_AS(transform((std::size_t{1} << 25) + 1, 1e-6), smc::invalid_parameter);
  CHECK_THROWS_WITH_AS(transform(8, 1e-15), "tolerance is 1e-15, allowed: [1e-14, 0.1]", smc::invalid_parameter);
  CHECK_THROWS_AS(transform(8, std::nan("")), smc::invalid_parameter);
  CHECK_THROWS_AS(smc::nonuniform_fourier_transform<float>(8, 1e-7), smc::invalid_parameter);
  const transform good(8, 1e-6), other(100, 1e-6);
  std::vector<double> x(300, 0.5);
  std::vector<std::complex<double>> at_points(300), at_modes(8);
  CHECK_THROWS_AS(good.type1(smc::cpu{1}, other.sort(smc::cpu{1}, x.data(), 300), at_points.data(), at_modes.data()),
                  smc::invalid_parameter);
  CHECK_THROWS_WITH_AS(
      good.type1(smc::cpu{1}, transform(8, 1e-9).sort(smc::cpu{1}, x.data(), 300), at_points.data(), at_modes.data()),
      "the kernel width of sorted points is 9, allowed: that of the transform", smc::invalid_parameter);
  for (const double bad : {std::nan(""), std::numeric_limits<double>::infinity(), 1e13}) {
    x[287] = bad;
    try {
      good.sort(smc::cpu{2}, x.data(), 300);
      FAIL("no exception");
    } catch (const smc::invalid_parameter& e) {
      CHECK(std::string(e.what()).find("x[287]") != std::string::npos);
    }
    CHECK_THROWS_AS(good.type2(smc::cpu{2}, x.data(), 300, at_modes.data(), at_points.data()), smc::invalid_parameter);
  }
}

}  // namespace
