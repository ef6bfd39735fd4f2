// Poisson counts against sums of probabilities in long double.
#include "spectralmc/random/poisson.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "about.hpp"
#include "variates.hpp"

namespace spectralmc {
namespace {

/// Probabilities of the counts 0, 1, ..., from the middle outwards.
std::vector<long double> probabilities(long double mean) {
  const auto middle = static_cast<std::size_t>(mean);
  const auto end = static_cast<std::size_t>(mean + 14 * std::sqrt(mean) + 60);
  std::vector<long double> p(end);
  const auto m = static_cast<long double>(middle);
  p[middle] = mean > 0 ? std::exp(m * std::log(mean) - mean - std::lgamma(m + 1)) : 1;
  for (std::size_t n = middle; n > 0; --n) p[n - 1] = p[n] * static_cast<long double>(n) / mean;
  for (std::size_t n = middle + 1; n < end; ++n) p[n] = p[n - 1] * mean / static_cast<long double>(n);
  return p;
}

constexpr double means[] = {0, 1e-12, 0.001, 0.6, 0.7, 5, 30.5, 1000.25, 1e6};

TEST_CASE("the tails of a Poisson law are right to a relative 1e-12, down to 1e-19") {
  for (const double mean : means) {
    CAPTURE(mean);
    const std::vector<long double> p = probabilities(mean);
    std::vector<long double> below(p.size() + 1), above(p.size() + 1);
    for (std::size_t n = 0; n < p.size(); ++n) below[n + 1] = below[n] + p[n];
    for (std::size_t n = p.size(); n-- > 0;) above[n] = above[n + 1] + p[n];
    const std::vector<double> table = poisson_tails(mean);
    const auto median = static_cast<std::size_t>(table[0]);
    CHECK(below[median] < 0.5L);
    CHECK(below[median + 1] >= 0.5L - 1e-15L);
    // lgamma in long double is good to 1e-18 of its value, which is 1e7 at the largest mean.
    const double tolerance = mean > 1e5 ? 1e-10 : 1e-12;
    double largest_error = 0;
    for (std::size_t k = 0; 2 * k + 3 < table.size(); ++k) {
      const long double lower = k <= median ? below[median - k] : 0, upper = above[median + k + 1];
      if (lower > 1e-19L) {
        largest_error = std::fmax(largest_error, std::fabs(static_cast<double>(table[2 * k + 1] / lower - 1)));
      }
      if (upper > 1e-19L) {
        largest_error = std::fmax(largest_error, std::fabs(static_cast<double>(table[2 * k + 2] / upper - 1)));
      }
    }
    CHECK(largest_error < tolerance);
    CHECK(table[table.size() - 1] == 0);
    CHECK(table[table.size() - 2] == 0);
  }
}

TEST_CASE("a count is the quantile: P(N < count) < u <= P(N <= count), in both halves") {
  for (const double mean : means) {
    if (mean > 1e5) continue;
    CAPTURE(mean);
    const std::vector<long double> p = probabilities(mean);
    const std::vector<double> table = poisson_tails(mean);
    std::size_t wrong = 0;
    for (const double u : {1e-19, 1e-9, 0.001, 0.1, 0.3, 0.45, 0.4999, 0.5}) {
      const auto low = static_cast<std::size_t>(poisson_count<double>(table.data(), tail<double>{u, 0}));
      const auto high = static_cast<std::size_t>(poisson_count<double>(table.data(), tail<double>{u, -1}));
      long double below = 0, above = 0;
      for (std::size_t n = 0; n < low; ++n) below += p[n];
      for (std::size_t n = p.size(); n-- > high + 1;) above += p[n];
      wrong += !(below < u && u <= below + p[low] + 1e-15L);
      wrong += !(above < u && u <= above + p[high] + 1e-15L);
    }
    CHECK(wrong == 0);
  }
}

// The mean and variance of n counts have standard errors sqrt(mean / n) and sqrt((mean + 2 mean^2) / n). False alarms:
// 1 in 800 for each precision.
TEST_CASE_TEMPLATE("mean and variance of counts are the Poisson law's within four standard errors", Real, float,
                   double) {
  constexpr std::size_t count = 100000;
  for (const double mean : means) {
    CAPTURE(mean);
    if (mean < 0.001) continue;
    std::vector<Real> table;
    for (const double value : poisson_tails(mean)) table.push_back(static_cast<Real>(value));
    const auto make = [&](const auto& numbers) {
      using V = decltype(numbers.uniform(0));
      return poisson_count<V>(table.data(), numbers.uniform_tail(0));
    };
    const std::vector<Real> counts = variates<Real, 1>(count, make);
    CHECK(std::vector<Real>(counts.begin(), counts.begin() + 200) == variates_singly<Real, 1>(200, make));
    double sum = 0, squares = 0;
    for (const Real n : counts) {
      sum += static_cast<double>(n) - mean;
      squares += (static_cast<double>(n) - mean) * (static_cast<double>(n) - mean);
    }
    CHECK(std::fabs(sum / count) < 4 * std::sqrt(mean / count));
    CHECK(std::fabs(squares / count - mean) < 4 * std::sqrt((mean + 2 * mean * mean) / count));
  }
}

TEST_CASE("means of counts have their range") {
  CHECK_THROWS_AS(poisson_tails(-1e-300), invalid_parameter);
  CHECK_THROWS_AS(poisson_tails(1e7), invalid_parameter);
  CHECK_THROWS_AS(poisson_tails(std::nan("")), invalid_parameter);
}

}  // namespace
}  // namespace spectralmc
