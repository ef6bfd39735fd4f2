// The Bessel function against its power series in long double, and closed forms of half-integer order.
#include "spectralmc/numeric/bessel_function.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <complex>
#include <cstddef>
#include <limits>

#include "spectralmc/numeric/lanes.hpp"

namespace spectralmc {
namespace {

using number = std::complex<long double>;

struct series {
  number value;
  long double rounding;  ///< relative
};

/// exp(-z) h(z) by the power series of h.
series by_series(double order, number z) {
  const number w = 0.25L * z * z;
  number sum = 1, term = 1;
  long double largest = 1;
  for (int n = 1; n < 5000; ++n) {
    term *= w / (number(n) * number(order + n));
    sum += term;
    largest = std::max(largest, std::abs(term));
    if (std::abs(term) < 1e-24L * std::abs(sum) && n > std::abs(z)) break;
  }
  return {sum * std::exp(-z), 1e-18L * largest / std::abs(sum)};
}

TEST_CASE("Bessel function: its power series, where that has digits left") {
  int compared = 0;
  for (const double order : {-0.999, -0.5, 0.0, 0.975, 7.3, 23.9, 24.0, 150.0}) {
    const bessel_function h(order);
    for (const double angle : {-0.5, 0.0, 0.3, 0.5, 1.0}) {
      for (double size = 0.01; size < 1000; size *= 1.7) {
        const std::complex<double> z = std::polar(size, angle), square = z * z;
        const series exact = by_series(order, number(z));
        const double allowed = (std::fabs(angle) <= 0.5 ? 5e-12 : 3e-8) + 1e-14 * size;
        if (!(exact.rounding < 1e-12L)) continue;
        CAPTURE(order);
        CAPTURE(angle);
        CAPTURE(size);
        const complex<double> found =
            h(complex<double>(square.real(), square.imag()), complex<double>(-z.real(), -z.imag()));
        CHECK(std::abs(number(found.re, found.im) - exact.value) <= allowed * std::abs(exact.value));
        ++compared;
      }
    }
  }
  CHECK(compared > 500);
}

TEST_CASE("Bessel function: order 1/2 is a hyperbolic sine") {
  const bessel_function h(0.5);
  for (double x = 0.25; x < 600; x *= 1.5) {
    const double found = h(complex<double>(x * x, 0), complex<double>(-x, 0)).re;
    CHECK(std::fabs(found * 2 * x / (1 - std::exp(-2 * x)) - 1) < 1e-12);
  }
  CHECK(h(complex<double>(0, 0), complex<double>(0, 0)).re == doctest::Approx(1).epsilon(1e-15));
}

TEST_CASE("Bessel function: packs have the bits of numbers") {
  using V = lanes<double>;
  const bessel_function h(0.3);
  double re[lane_count<V>], im[lane_count<V>];
  for (std::size_t i = 0; i < lane_count<V>; ++i) {
    re[i] = 3.0 * static_cast<double>(i * i) - 1;
    im[i] = 2.0 - static_cast<double>(i);
  }
  const complex<V> found = h(complex<V>(V::load(re), V::load(im)), complex<V>(V(-1.5), V(0.25)));
  double found_re[lane_count<V>], found_im[lane_count<V>];
  found.re.store(found_re);
  found.im.store(found_im);
  for (std::size_t i = 0; i < lane_count<V>; ++i) {
    const complex<double> one = h(complex<double>(re[i], im[i]), complex<double>(-1.5, 0.25));
    CHECK(one.re == found_re[i]);
    CHECK(one.im == found_im[i]);
  }
}

TEST_CASE("Bessel function: bad input") {
  CHECK_THROWS_AS(bessel_function(-1), invalid_parameter);
  CHECK_THROWS_AS(bessel_function{std::numeric_limits<double>::infinity()}, invalid_parameter);
}

}  // namespace
}  // namespace spectralmc
