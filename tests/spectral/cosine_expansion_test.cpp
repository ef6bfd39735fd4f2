#include "spectralmc/spectral/cosine_expansion.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <vector>

#include "about.hpp"
#include "reference_formulas.hpp"

namespace spectralmc {
namespace {

constexpr interval support{-1.25, 2.5};

/// Simpson's rule on 20000 intervals, good to 1e-13 for what is integrated here.
template <class Function>
double integral(Function&& f, double from, double to) {
  constexpr int intervals = 20000;
  const double width = (to - from) / intervals;
  double sum = f(from) + f(to);
  for (int i = 1; i < intervals; ++i) sum += (i % 2 == 1 ? 4 : 2) * f(from + i * width);
  return sum * width / 3;
}

TEST_CASE("the cosine integrals of 1, the distance and the exponential") {
  const double c = -0.4, d = 1.9;
  cosine_integrals integrals(support, c, d);
  for (const std::size_t k : {0U, 1U, 2U, 5U, 40U, 127U}) {
    integrals.at(k);
    const double u = static_cast<double>(k) * 3.141592653589793 / support.width();
    const auto wave = [&](double y) { return std::cos(u * (y - support.lower)); };
    CAPTURE(k);
    CHECK(std::fabs(integrals.of_one() - integral(wave, c, d)) <= 1e-11);
    CHECK(std::fabs(integrals.of_distance() - integral([&](double y) { return (y - c) * wave(y); }, c, d)) <= 1e-11);
    CHECK(std::fabs(integrals.of_exponential(std::exp(c), std::exp(d)) -
                    integral([&](double y) { return std::exp(y) * wave(y); }, c, d)) <= 1e-10);
  }
}

TEST_CASE("cosine integrals may be asked in any order of k") {
  cosine_integrals forwards(support, 0, 1), backwards(support, 0, 1);
  forwards.at(3);
  backwards.at(200);
  backwards.at(3);
  CHECK(forwards.of_one() == backwards.of_one());
}

/// phi of an even mixture of points.
spectrum of_points(const std::vector<double>& points, frequency_grid grid, std::uint64_t paths) {
  std::vector<complex<double>> values;
  for (std::size_t k = 0; k < grid.size(); ++k) {
    complex<double> sum(0, 0);
    for (const double x : points) sum = sum + complex<double>(std::cos(grid[k] * x), std::sin(grid[k] * x));
    values.push_back(sum / static_cast<double>(points.size()));
  }
  return spectrum(grid, values, support, {}, paths);
}

TEST_CASE("a coefficient is the mean of cos(u_k (X - a))") {
  const std::vector<double> points{-0.7, 0.2, 0.3, 2.1};
  const auto grid = frequency_grid::for_interval(support, 32);
  const cosine_expansion expansion(of_points(points, grid, 4));
  REQUIRE(expansion.coefficient_count() == 32);
  for (std::size_t k = 0; k < 32; ++k) {
    double mean = 0;
    for (const double x : points) mean += 0.25 * std::cos(grid[k] * (x - support.lower));
    CAPTURE(k);
    CHECK(std::fabs(expansion.coefficient(k) - mean) <= 1e-14);
  }
}

TEST_CASE("the variance of a coefficient is that of cos(u_k (X - a))") {
  const std::vector<double> points{-0.7, 0.2, 0.3, 2.1};
  const auto grid = frequency_grid::for_interval(support, 32);
  const cosine_expansion expansion(of_points(points, grid, 4));
  for (std::size_t k = 0; k < 16; ++k) {
    double mean = 0, square = 0;
    for (const double x : points) {
      const double wave = std::cos(grid[k] * (x - support.lower));
      mean += 0.25 * wave;
      square += 0.25 * wave * wave;
    }
    CAPTURE(k);
    CHECK(std::fabs(expansion.coefficient_variance(k) - (square - mean * mean)) <= 1e-14);
  }
}

TEST_CASE("of a simulated spectrum half the coefficients are terms, of a closed form all") {
  const auto grid = frequency_grid::for_interval(support, 32);
  CHECK(cosine_expansion(of_points({0.1}, grid, 1)).terms() == 16);
  CHECK(cosine_expansion(of_points({0.1}, grid, 0)).terms() == 32);
}

TEST_CASE("a grid that is finer by a whole number gives the same coefficients") {
  const std::vector<double> points{-0.7, 0.2, 0.3, 2.1};
  const double step = frequency_grid::for_interval(support, 2).step();
  const cosine_expansion plain(of_points(points, frequency_grid(step, 32), 0));
  const cosine_expansion finer(of_points(points, frequency_grid(step / 3, 96), 0));
  REQUIRE(finer.coefficient_count() == 32);
  for (std::size_t k = 0; k < 32; ++k) {
    CAPTURE(k);
    CHECK(std::fabs(plain.coefficient(k) - finer.coefficient(k)) <= 1e-13);
  }
}

TEST_CASE("the expectation of one term is that term's coefficient") {
  const auto grid = frequency_grid::for_interval(support, 32);
  const cosine_expansion expansion(of_points({-0.7, 0.2, 0.3, 2.1}, grid, 0));
  // The integral of cos^2(u_5 (y - a)) over [a, b] is half its width, and of the products with the others zero.
  const estimate found =
      expansion.expectation([&](std::size_t k) { return k == 5 ? 0.5 * support.width() : 0.0; }, 1.0);
  CHECK(found.value == about(expansion.coefficient(5), 1e-15));
  CHECK(found.standard_error == 0);
}

TEST_CASE(
    "the standard error of an expectation is the deviation of its truncated function over the root of the paths") {
  const std::vector<double> points{-0.7, 0.2, 0.3, 2.1, 1.4};
  const auto grid = frequency_grid::for_interval(support, 32);
  const cosine_expansion expansion(of_points(points, grid, points.size()));
  cosine_integrals integrals(support, -0.1, 1.0);
  std::vector<double> weights;
  const estimate found = expansion.expectation(
      [&](std::size_t k) {
        integrals.at(k);
        weights.push_back(2 / support.width() * integrals.of_one() * (k == 0 ? 0.5 : 1));
        return integrals.of_one();
      },
      1.0);
  double mean = 0, square = 0;
  for (const double x : points) {
    double g = 0;
    for (std::size_t k = 0; k < 16; ++k) g += weights[k] * std::cos(grid[k] * (x - support.lower));
    mean += g / 5;
    square += g * g / 5;
  }
  CHECK(found.value == about(mean, 1e-13));
  CHECK(found.standard_error == about(std::sqrt((square - mean * mean) / 5), 1e-12));
}

TEST_CASE("the truncation error of a simulated expectation is what the terms left out add up to") {
  const auto grid = frequency_grid::for_interval(support, 32);
  const cosine_expansion expansion(of_points({-0.7, 0.2, 0.3, 2.1}, grid, 4));
  double left_out = 0;
  const estimate found = expansion.expectation(
      [&](std::size_t k) {
        const double value = 1 / (1.0 + static_cast<double>(k));
        if (k >= 16) left_out += 2 / support.width() * value * expansion.coefficient(k);
        return value;
      },
      1.0);
  CHECK(found.truncation_error == about(std::fabs(left_out), 1e-13));
}

TEST_CASE("the edge mass of a closed form is seen where the law does not fit into its interval") {
  // A normal law of deviation 1: within four deviations hardly any mass is missing, within two some.
  const auto mass = [](double deviations) {
    const interval narrow{-deviations, deviations};
    const auto grid = frequency_grid::for_interval(narrow, 64);
    std::vector<complex<double>> values;
    for (std::size_t k = 0; k < grid.size(); ++k) values.emplace_back(std::exp(-0.5 * grid[k] * grid[k]), 0);
    return cosine_expansion(spectrum(grid, values, narrow, {})).edge_mass();
  };
  CHECK(mass(8) < 1e-12);
  CHECK(mass(4) < 1e-3);
  CHECK(mass(2) > 2 * static_cast<double>(reference::normal_cdf(-2)));
}

TEST_CASE("the edge mass of a simulated spectrum is the share of samples outside") {
  const auto grid = frequency_grid::for_interval(support, 8);
  const spectrum source(grid, std::vector<complex<double>>(8), support, {}, 1000, 0, 3);
  CHECK(cosine_expansion(source).edge_mass() == 0.003);
}

}  // namespace
}  // namespace spectralmc
