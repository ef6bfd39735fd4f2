#include "spectralmc/numeric/value.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <type_traits>

namespace spectralmc {
namespace {

TEST_CASE_TEMPLATE("the traits of one number", Real, float, double) {
  using integer = std::conditional_t<sizeof(Real) == 4, std::int32_t, std::int64_t>;
  CHECK(std::is_same_v<scalar_of<Real>, Real>);
  CHECK(std::is_same_v<integer_of<Real>, integer>);
  CHECK(std::is_same_v<mask_of<Real>, bool>);
  CHECK(lane_count<Real> == 1);
  using limits = std::numeric_limits<Real>;
  CHECK(format<Real>::largest == limits::max());
  CHECK(format<Real>::below_one == std::nextafter(Real(1), Real(0)));
  CHECK(format<Real>::sign_bit == std::numeric_limits<integer>::min());
}

TEST_CASE_TEMPLATE("fma rounds once where the machine can", Real, float, double) {
  const Real epsilon = std::numeric_limits<Real>::epsilon();
  volatile Real a = 1 + epsilon, b = 1 - epsilon, c = -1;  // a b = 1 - epsilon^2
#if SPECTRALMC_HAS_FMA
  CHECK(fma(Real(a), Real(b), Real(c)) == -epsilon * epsilon);
#else
  CHECK(fma(Real(a), Real(b), Real(c)) == 0);
#endif
  CHECK(fma(Real(3), Real(4), Real(5)) == 17);
}

TEST_CASE_TEMPLATE("minimum and maximum give the second operand where neither is less", Real, float, double) {
  const Real nan = std::numeric_limits<Real>::quiet_NaN();
  CHECK(minimum(Real(1), Real(2)) == 1);
  CHECK(maximum(Real(1), Real(2)) == 2);
  CHECK(minimum(nan, Real(2)) == 2);
  CHECK(maximum(nan, Real(2)) == 2);
  CHECK(std::isnan(minimum(Real(2), nan)));
  CHECK(std::isnan(maximum(Real(2), nan)));
  CHECK(std::signbit(minimum(Real(0), -Real(0))));
  CHECK_FALSE(std::signbit(maximum(-Real(0), Real(0))));
}

TEST_CASE_TEMPLATE("rounding to nearest breaks ties to even", Real, float, double) {
  const Real values[] = {Real(0.5),  Real(1.5),  Real(2.5),       Real(-0.5),
                         Real(-1.5), Real(0.49), Real(1e6 + 0.5), Real(-3.7)};
  for (const Real x : values) CHECK(round_to_nearest(x) == std::nearbyint(x));
  CHECK_FALSE(std::signbit(round_to_nearest(Real(-0.25))));
  const Real last = std::ldexp(Real(1), std::numeric_limits<Real>::digits - 2) - Real(0.5);
  CHECK(round_to_nearest(last) == last + Real(0.5));
  CHECK(round_to_nearest(-last) == -last - Real(0.5));
}

TEST_CASE_TEMPLATE("integers and reals", Real, float, double) {
  const integer_of<Real> whole[] = {0, 1, -1, 12345, -1234567, integer_of<Real>(1) << (sizeof(Real) == 4 ? 24 : 51)};
  for (const integer_of<Real> n : whole) {
    CHECK(to_real<Real>(n) == static_cast<Real>(n));
    CHECK(to_integer(to_real<Real>(n)) == n);
  }
  for (const Real x : {Real(0), Real(-0.0), Real(1), Real(-1.25), std::numeric_limits<Real>::denorm_min(),
                       std::numeric_limits<Real>::infinity()}) {
    CHECK(bits(from_bits<Real>(bits(x))) == bits(x));
  }
  CHECK(bits(-Real(0)) == format<Real>::sign_bit);
}

TEST_CASE_TEMPLATE("signs, and what is not finite", Real, float, double) {
  const Real infinity = std::numeric_limits<Real>::infinity(), nan = std::numeric_limits<Real>::quiet_NaN();
  CHECK(copy_sign(Real(2), -Real(0)) == -2);
  CHECK(copy_sign(Real(-2), Real(3)) == 2);
  CHECK(std::signbit(copy_sign(Real(0), Real(-1))));
  CHECK_FALSE(std::signbit(abs(-Real(0))));
  CHECK(is_finite(format<Real>::largest));
  CHECK(is_finite(-format<Real>::largest));
  CHECK_FALSE(is_finite(infinity));
  CHECK_FALSE(is_finite(-infinity));
  CHECK_FALSE(is_finite(nan));
  CHECK(is_nan(nan));
  CHECK_FALSE(is_nan(infinity));
}

TEST_CASE("a mask of one number is a bool") {
  for (const bool m : {false, true}) {
    CHECK(any(m) == m);
    CHECK(all(m) == m);
    CHECK(count(m) == (m ? 1 : 0));
    CHECK(negate(m) == !m);
    CHECK(select(m, 1.0, 2.0) == (m ? 1.0 : 2.0));
    for (const bool n : {false, true}) {
      CHECK(both(m, n) == (m && n));
      CHECK(either(m, n) == (m || n));
    }
  }
}

}  // namespace
}  // namespace spectralmc
