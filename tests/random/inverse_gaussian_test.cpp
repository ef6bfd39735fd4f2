// Inverse Gaussian variates against their distribution function.
#include "spectralmc/random/inverse_gaussian.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>

#include "statistics.hpp"
#include "variates.hpp"

namespace spectralmc {
namespace {

long double normal_cdf(long double x) { return std::erfc(-x / std::sqrt(2.0L)) / 2; }

/// For mean 1: Schroedinger (1915), as in Chhikara, R. S. and Folks, J. L. (1989), The Inverse Gaussian Distribution.
long double inverse_gaussian_cdf(long double shape, long double x) {
  const long double root = std::sqrt(shape / x);
  return normal_cdf(root * (x - 1)) + std::exp(2 * shape) * normal_cdf(-root * (x + 1));
}

template <class Real>
auto of_shape(double shape) {
  return [shape](const auto& numbers) {
    using V = decltype(numbers.uniform(0));
    return inverse_gaussian(V(static_cast<Real>(shape)), numbers.normal(0), numbers.uniform(1));
  };
}

// False alarms: 1 in 74000 for each precision.
TEST_CASE_TEMPLATE("inverse Gaussian variates have their law, from nearly stable to nearly normal", Real, float,
                   double) {
  for (const double shape : {0.0009765625, 0.0625, 1.0, 20.0, 4000.0}) {
    CAPTURE(shape);
    CHECK(kolmogorov(variates<Real, 2>(100000, of_shape<Real>(shape)),
                     [&](long double x) { return inverse_gaussian_cdf(shape, x); }) < 2.6);
  }
}

TEST_CASE_TEMPLATE("inverse Gaussian variates in packs are those made singly, bit for bit", Real, float, double) {
  CHECK(variates<Real, 2>(3000, of_shape<Real>(0.5)) == variates_singly<Real, 2>(3000, of_shape<Real>(0.5)));
}

}  // namespace
}  // namespace spectralmc
