// Variates by a table of quantiles, for a law whose quantiles are known.
#include "spectralmc/random/quantile_table.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <vector>

#include "spectralmc/numeric/dual.hpp"
#include "statistics.hpp"
#include "variates.hpp"

namespace spectralmc {
namespace {

/// The logistic law: log E exp(i u X) = log(pi u / sinh(pi u)).
const inverted_law& logistic() {
  static const inverted_law law(
      {-40, 40},
      [](double u) {
        const double x = 3.141592653589793 * u;
        return complex<double>(u == 0 ? 0 : std::log(2 * x) - x - std::log1p(-std::exp(-2 * x)), 0);
      },
      1 << 14);
  return law;
}

double quantile(double z) { return std::log(std::erfc(-z / std::sqrt(2.0)) / std::erfc(z / std::sqrt(2.0))); }

TEST_CASE("distribution function and density by inversion are the logistic law's, to 1e-14") {
  for (double x = -30; x <= 30; x += 0.7) {
    const inverted_law::point p = logistic().at(x);
    const double e = std::exp(-std::fabs(x)), tail = e / (1 + e);
    CHECK(std::fabs(p.below - (x < 0 ? tail : 1 - tail)) < 1e-14);
    CHECK(std::fabs(p.above - (x < 0 ? 1 - tail : tail)) < 1e-14);
    CHECK(std::fabs(p.density - e / ((1 + e) * (1 + e))) < 1e-13);
  }
}

TEST_CASE("the table's variates are the quantiles of their normal numbers") {
  const std::vector<double> table = quantile_table(logistic(), 0);
  for (double z = -6.45; z < 6.45; z += 0.0137) {
    const double found = tabulated_variate<double>(table.data(), z);
    CAPTURE(z);
    // An absolute error of 1e-15 in a probability of 1e-10 is one of 1e-5 in its logarithm.
    CHECK(std::fabs(found - quantile(z)) < (std::fabs(z) < 4 ? 1e-8 : 1e-4));
  }
  CHECK(tabulated_variate<double>(table.data(), 40.0) == table.back());
  CHECK(tabulated_variate<double>(table.data(), -40.0) == table.front());
}

// The law of location + scale x, x logistic: its quantiles have the derivatives 1 and x.
TEST_CASE("a table of duals has the plain one's values, and the derivatives of the quantiles") {
  using number = dual<double, 2>;
  const number location = number::parameter(0, 0), scale = number::parameter(1, 1);
  const basic_inverted_law<number> law(
      {-40, 40},
      [&](double u) {
        const number x = pi * u * scale;
        const number real = u == 0 ? number(0) : log(2 * x) - x - log1p(-exp(-2 * x));
        return complex<double>(1, 0) * real + complex<double>(0, u) * location;
      },
      1 << 14);
  const inverted_law plain(
      {-40, 40},
      [](double u) {
        const double x = pi * u;
        return complex<double>(u == 0 ? 0 : log(2 * x) - x - log1p(-exp(-2 * x)), 0);
      },
      1 << 14);
  const std::vector<double> values = quantile_table(plain, 0);
  const std::vector<number> table = quantile_table(law, 0);
  REQUIRE(table.size() == values.size());
  for (std::size_t i = 0; i < table.size(); ++i) {
    CAPTURE(i);
    const double error = std::fabs(values[i]) < 10 ? 1e-9 : 1e-3;  // as of the probability, by that itself
    CHECK(table[i].value == values[i]);
    CHECK(std::fabs(table[i].derivative[0] - 1) < error);
    CHECK(std::fabs(table[i].derivative[1] - values[i]) < error);
  }
}

// False alarms: 1 in 370000 for each precision.
TEST_CASE_TEMPLATE("variates from a table have the law, in packs as singly", Real, float, double) {
  std::vector<Real> table;
  for (const double x : quantile_table(logistic(), 0)) table.push_back(static_cast<Real>(x));
  const auto make = [&](const auto& numbers) {
    using V = decltype(numbers.uniform(0));
    return tabulated_variate<V>(table.data(), numbers.normal(0));
  };
  const std::vector<Real> samples = variates<Real, 1>(100000, make);
  CHECK(kolmogorov(samples, [](long double x) { return 1 / (1 + std::exp(-x)); }) < 2.6);
  CHECK(std::vector<Real>(samples.begin(), samples.begin() + 100) == variates_singly<Real, 1>(100, make));
}

TEST_CASE("a law that needs more terms than are allowed is refused") {
  const auto gamma_like = [](double u) { return complex<double>(-0.05 * std::log1p(u * u), 0); };
  CHECK_THROWS_AS(inverted_law({-30, 30}, gamma_like, 4096), no_answer);
}

}  // namespace
}  // namespace spectralmc
