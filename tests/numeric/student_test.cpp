#include "spectralmc/numeric/student.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>

#include "about.hpp"
#include "spectralmc/errors.hpp"
#include "spectralmc/numeric/normal.hpp"

namespace spectralmc {
namespace {

// Values of SciPy 1.11, scipy.stats.t.isf; those of one and two degrees of freedom in closed form below.
TEST_CASE("Student's quantiles are the published ones") {
  const struct {
    double tail;
    std::uint32_t freedom;
    double quantile;
  } known[] = {{0.025, 1, 12.706204736174705},  {0.025, 2, 4.302652729749464},    {0.025, 15, 2.131449545559776},
               {0.005, 31, 2.7440419192942693}, {0.001, 7, 4.785289628638334},    {1e-6, 63, 5.237200198870491},
               {0.1, 1000, 1.2823987214609245}, {0.025, 1500, 1.961546753895019}, {1e-8, 4, 131.59473694062356}};
  for (const auto& one : known) {
    CAPTURE(one.tail);
    CAPTURE(one.freedom);
    CHECK(student_upper_quantile(one.tail, one.freedom) == about(one.quantile, 1e-8));
  }
}

TEST_CASE("Student's quantiles of one and of two degrees of freedom are elementary") {
  const double pi_here = std::acos(-1.0);
  for (const double tail : {0.5, 0.3, 0.1, 0.02, 1e-3, 1e-6}) {
    CAPTURE(tail);
    CHECK(student_upper_quantile(tail, 1) == doctest::Approx(std::tan(pi_here * (0.5 - tail))).epsilon(1e-8));
    const double alpha = 4 * tail * (1 - tail);
    CHECK(student_upper_quantile(tail, 2) == doctest::Approx((1 - 2 * tail) * std::sqrt(2 / alpha)).epsilon(1e-8));
  }
}

TEST_CASE("Student's quantiles fall with the degrees of freedom, to the normal law's") {
  for (const double tail : {0.2, 0.025, 1e-4}) {
    double before = student_upper_quantile(tail, 1);
    for (const std::uint32_t freedom : {2U, 3U, 4U, 7U, 50U, 999U, 1000U, 1001U, 5000U, 1000000U}) {
      const double next = student_upper_quantile(tail, freedom);
      CAPTURE(freedom);
      CHECK(next < before);
      before = next;
    }
    CHECK(before > -normal_quantile(tail));
    CHECK(before == about(-normal_quantile(tail), 1e-5));
  }
}

TEST_CASE("what has no quantile is refused") {
  CHECK_THROWS_AS(student_upper_quantile(0, 3), invalid_parameter);
  CHECK_THROWS_AS(student_upper_quantile(0.6, 3), invalid_parameter);
  CHECK_THROWS_AS(student_upper_quantile(std::nan(""), 3), invalid_parameter);
  CHECK_THROWS_AS(student_upper_quantile(0.1, 0), invalid_parameter);
}

}  // namespace
}  // namespace spectralmc
