// Positive stable and tempered stable variates against laws that are known.
#include "spectralmc/random/stable.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <vector>

#include "statistics.hpp"
#include "variates.hpp"

namespace spectralmc {
namespace {

constexpr std::size_t count = 100000;

template <class Real>
auto stable(double index) {
  return [index](const auto& numbers) {
    using V = decltype(numbers.uniform(0));
    return log_positive_stable<V>(static_cast<Real>(index), numbers.uniform_tail(0), numbers.uniform(1));
  };
}

// For index 1/2 it is 1/(2 Z^2): P(X <= x) = erfc(1 / (2 sqrt(x))). False alarms: 1 in 370000 for each precision.
TEST_CASE_TEMPLATE("a positive stable variate of index 1/2 is Levy's", Real, float, double) {
  CHECK(kolmogorov(variates<Real, 2>(count, stable<Real>(0.5)),
                   [](long double log_x) { return std::erfc(std::exp(-log_x / 2) / 2); }) < 2.6);
}

// E exp(-s X) = exp(-s^index), for several s; means of bounded variables. False alarms: 1 in 16000 a check.
TEST_CASE_TEMPLATE("positive stable variates have their Laplace transform", Real, float, double) {
  for (const double index : {0.01, 0.2, 0.7, 0.95, 0.999}) {
    const std::vector<Real> logarithms = variates<Real, 2>(count, stable<Real>(index));
    CHECK(std::vector<Real>(logarithms.begin(), logarithms.begin() + 100) ==
          variates_singly<Real, 2>(100, stable<Real>(index)));
    for (const double s : {0.3, 1.0, 3.0}) {
      double sum = 0, squares = 0;
      for (const Real l : logarithms) {
        const double value = std::exp(-s * std::exp(static_cast<double>(l)));
        sum += value;
        squares += value * value;
      }
      const double mean = sum / count, error = std::sqrt((squares / count - mean * mean) / count);
      CAPTURE(index);
      CAPTURE(s);
      CHECK(std::fabs(mean - std::exp(-std::pow(s, index))) < 4 * error);
    }
  }
}

// Inverse Gaussian for index 1/2: with E exp(-s X) = exp(-c (sqrt(r + s) - sqrt(r))), mean c / (2 sqrt(r)) and shape
// c^2 / 2. False alarms: 1 in 370000 for each precision.
TEST_CASE_TEMPLATE("a tempered stable variate of index 1/2 is inverse Gaussian", Real, float, double) {
  const double rate = 4, scale = 0.125;
  const tempered_stable_law<Real> law{Real(0.5), static_cast<Real>(2 * std::log(scale)), static_cast<Real>(rate)};
  const auto make = [&](const auto& numbers) {
    using V = decltype(numbers.uniform(0));
    return tempered_stable<V>(law, numbers, 0);
  };
  const long double mean = scale / (2 * std::sqrt(rate)), shape = scale * scale / 2;
  CHECK(kolmogorov(variates<Real, 1>(count, make), [&](long double x) {
          const long double root = std::sqrt(shape / x), y = x / mean;
          const auto normal = [](long double z) { return std::erfc(-z / std::sqrt(2.0L)) / 2; };
          return normal(root * (y - 1)) + std::exp(2 * shape / mean) * normal(-root * (y + 1));
        }) < 2.6);
}

}  // namespace
}  // namespace spectralmc
