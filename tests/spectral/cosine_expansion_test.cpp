#include "spectralmc/spectral/cosine_expansion.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "about.hpp"
#include "reference_formulas.hpp"
#include "spectralmc/errors.hpp"

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

TEST_CASE("the cosine integrals of 1, the distances from both ends and exp(y - e) - 1") {
  const double c = -0.4, d = 1.9, level = 0.7;
  cosine_integrals integrals(support, c, d, level);
  for (const std::size_t k : {0U, 1U, 2U, 5U, 40U, 127U}) {
    integrals.at(k);
    const double u = static_cast<double>(k) * 3.141592653589793 / support.width();
    const auto wave = [&](double y) { return std::cos(u * (y - support.lower)); };
    CAPTURE(k);
    CHECK(std::fabs(integrals.of_one() - integral(wave, c, d)) <= 1e-11);
    CHECK(std::fabs(integrals.of_distance() - integral([&](double y) { return (y - c) * wave(y); }, c, d)) <= 1e-11);
    CHECK(std::fabs(integrals.of_remainder() - integral([&](double y) { return (d - y) * wave(y); }, c, d)) <= 1e-11);
    CHECK(std::fabs(integrals.of_growth() -
                    integral([&](double y) { return std::expm1(y - level) * wave(y); }, c, d)) <= 1e-10);
  }
}

TEST_CASE("on a narrow interval the integrals of exp(y - e) - 1 keep their digits") {
  // With x = y - e small it is x + x^2/2 + x^3/6, and the integrals of those are known without cancellation.
  const double half = 1e-4;
  const interval narrow{-half, half};
  for (const std::size_t k : {0U, 1U, 2U, 17U, 90U}) {
    cosine_integrals integrals(narrow, narrow.lower, 0.25 * half, 0.25 * half);
    integrals.at(k);
    const double u = static_cast<double>(k) * 3.141592653589793 / narrow.width();
    const double expected = integral(
        [&](double y) {
          const double x = y - 0.25 * half;
          return (x + x * x * (0.5 + x / 6)) * std::cos(u * (y - narrow.lower));
        },
        narrow.lower, 0.25 * half);
    CAPTURE(k);
    CHECK(integrals.of_growth() == about(expected, k == 0 ? 1e-11 : 1e-9));
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
  CHECK(found.standard_error == about(std::sqrt((square - mean * mean) / 4), 1e-12));
}

/// An even mixture of two normal laws, on `support`, as if from so many paths (0: a closed form).
spectrum of_two_normals(double deviation, std::size_t frequencies, std::uint64_t paths) {
  const auto grid = frequency_grid::for_interval(support, frequencies);
  std::vector<complex<double>> values;
  for (std::size_t k = 0; k < grid.size(); ++k) {
    const double damping = 0.5 * std::exp(-0.5 * grid[k] * grid[k] * deviation * deviation);
    values.emplace_back(damping * (std::cos(0.1 * grid[k]) + std::cos(grid[k])),
                        damping * (std::sin(0.1 * grid[k]) + std::sin(grid[k])));
  }
  return spectrum(grid, values, support, {}, paths);
}

TEST_CASE("the truncation error of a resolved expectation is the largest partial sum of the terms left out") {
  const cosine_expansion expansion(of_two_normals(0.2, 64, 10000));
  REQUIRE(expansion.resolved());
  double left_out = 0, largest = 0;
  const estimate found = expansion.expectation(
      [&](std::size_t k) {
        const double value = 1 / (1.0 + static_cast<double>(k));
        if (k >= 32) left_out += 2 / support.width() * value * expansion.coefficient(k);
        largest = std::fmax(largest, std::fabs(left_out));
        return value;
      },
      1.0);
  CHECK(std::fabs(found.truncation_error - largest) <= 1e-14);
}

TEST_CASE("a spectrum is resolved when its last coefficients are noise, by count of paths") {
  // |phi| at the 64th frequency, u = 53, is 1e-14 for a deviation of .15 and .25 for one of .03.
  for (const std::uint64_t paths : {std::uint64_t{0}, std::uint64_t{1000}, std::uint64_t{1000000}}) {
    CAPTURE(paths);
    CHECK(cosine_expansion(of_two_normals(0.15, 64, paths)).resolved());
    CHECK_FALSE(cosine_expansion(of_two_normals(0.03, 64, paths)).resolved());
  }
  CHECK(cosine_expansion(of_two_normals(0.15, 64, 1000)).last_size() == 0);
  CHECK(cosine_expansion(of_two_normals(0.03, 64, 1000)).last_size() > 0.05);
}

TEST_CASE("the truncation error of what is not resolved bounds the true one, whatever the phases") {
  for (const double deviation : {0.1, 0.05, 0.02, 0.005}) {
    for (const std::uint64_t paths : {std::uint64_t{0}, std::uint64_t{1000000}}) {
      const cosine_expansion expansion(of_two_normals(deviation, 64, paths));
      const cosine_expansion truth(of_two_normals(deviation, 8192, 0));
      for (double x = support.lower + 0.01; x < support.upper; x += 0.02) {
        cosine_integrals integrals(support, support.lower, x);
        const auto one = [&](std::size_t k) {
          integrals.at(k);
          return integrals.of_one();
        };
        const estimate found = expansion.expectation(one, 0.0);
        CAPTURE(deviation);
        CAPTURE(paths);
        CAPTURE(x);
        CHECK(std::fabs(found.value - truth.expectation(one, 0.0).value) <= found.truncation_error + 1e-8);
      }
    }
  }
}

TEST_CASE("the distribution function on a grid is that at its points") {
  for (const std::size_t count : {7U, 64U, 1000U}) {
    const cosine_expansion expansion(of_two_normals(0.15, 64, 0));
    const std::vector<double> values = expansion.distribution_function_on_grid(count);
    REQUIRE(values.size() == count + 1);
    for (std::size_t j = 0; j <= count; ++j) {
      const double x = support.lower + support.width() * static_cast<double>(j) / static_cast<double>(count);
      CAPTURE(j);
      CHECK(std::fabs(values[j] - expansion.distribution_function(x).value) <= 1e-14);
    }
  }
}

TEST_CASE("the slope of the distribution function is its derivative") {
  const cosine_expansion expansion(of_two_normals(0.15, 64, 0));
  for (const double x : {-0.2, 0.1, 0.9}) {
    const double h = 1e-4;
    const double slope =
        (expansion.distribution_function(x + h).value - expansion.distribution_function(x - h).value) / (2 * h);
    CHECK(expansion.distribution_function(x).slope == about(slope, 1e-5));
  }
}

TEST_CASE("an expectation that overflows is refused") {
  const cosine_expansion expansion(of_two_normals(0.15, 64, 0));
  CHECK_THROWS_AS(expansion.expectation([](std::size_t) { return std::numeric_limits<double>::infinity(); }, 1.0),
                  no_answer);
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
  std::vector<complex<double>> values(8);
  values[0] = complex<double>(1, 0);
  const spectrum source(grid, values, support, {}, 1000, 0, 3);
  CHECK(cosine_expansion(source).edge_mass() == 0.003);
}

}  // namespace
}  // namespace spectralmc
