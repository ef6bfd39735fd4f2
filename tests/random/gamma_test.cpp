// Gamma variates against the incomplete gamma function in long double.
#include "spectralmc/random/gamma.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <vector>

#include "incomplete_gamma.hpp"
#include "statistics.hpp"
#include "variates.hpp"

namespace spectralmc {
namespace {

template <class Real>
auto of_shape(double shape) {
  return [shape](const auto& numbers) {
    using V = decltype(numbers.uniform(0));
    const V a(static_cast<Real>(shape));
    return standard_gamma(a, a == a, numbers, 0);
  };
}

template <class Real>
auto of_any_shape(double shape) {
  return [shape](const auto& numbers) {
    using V = decltype(numbers.uniform(0));
    return standard_gamma_of_any_shape<V>(static_cast<Real>(shape), numbers.uniform(0), numbers, 0);
  };
}

constexpr std::size_t count = 100000;

// False alarms: 1 in 74000 for each precision.
TEST_CASE_TEMPLATE("gamma variates of shape 1 and more have the gamma law", Real, float, double) {
  for (const double shape : {1.0, 1.3, 4.0, 150.0, 20000.0}) {
    CAPTURE(shape);
    CHECK(kolmogorov(variates<Real, 1>(count, of_shape<Real>(shape)),
                     [&](long double x) { return reference::gamma_cdf(shape, x); }) < 2.6);
  }
}

// False alarms: 1 in 74000 for each precision. The shapes are numbers of both formats. At 1/64 a fifth of the law lies
// below the smallest float.
TEST_CASE_TEMPLATE("gamma variates of any shape have the gamma law", Real, float, double) {
  for (const double shape : {0.015625, 0.25, 0.875, 1.0, 12.5}) {
    if (shape < 0.1 && sizeof(Real) == sizeof(float)) continue;
    CAPTURE(shape);
    CHECK(kolmogorov(variates<Real, 1>(count, of_any_shape<Real>(shape)),
                     [&](long double x) { return reference::gamma_cdf(shape, x); }) < 2.6);
  }
}

TEST_CASE_TEMPLATE("gamma variates in packs are those made singly, bit for bit", Real, float, double) {
  CHECK(variates<Real, 1>(3000, of_shape<Real>(1.5)) == variates_singly<Real, 1>(3000, of_shape<Real>(1.5)));
  CHECK(variates<Real, 1>(3000, of_any_shape<Real>(0.1)) == variates_singly<Real, 1>(3000, of_any_shape<Real>(0.1)));
}

TEST_CASE("a gamma variate is 0 where none is wanted") {
  const philox_numbers<double> source(1, 2);
  CHECK(standard_gamma(3.0, false, step_numbers<philox_numbers<double>, 1>(source, 0), 0) == 0);
  CHECK(standard_gamma(0.0, false, step_numbers<philox_numbers<double>, 1>(source, 0), 0) == 0);
}

/// Numbers of which every attempt is refused: the uniform is 1, as good as.
struct refusing_numbers {
  struct block {
    static double normal(int) { return 3.0; }
    static double uniform(int) { return format<double>::below_one; }
  };
  block reserve(std::uint32_t index) const {
    last_asked = index;
    return {};
  }
  mutable std::uint32_t last_asked = 0;
};

TEST_CASE("after its last attempt a gamma variate is the middle of the law, and no more numbers are asked for") {
  const refusing_numbers none;
  CHECK(standard_gamma(2.5, true, none, 10) == 2.5 - 1.0 / 3);
  CHECK(none.last_asked == 10 + gamma_blocks - 1);
}

}  // namespace
}  // namespace spectralmc
