// Derivatives carried along against those of finite differences and closed forms.
#include "spectralmc/numeric/dual.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <cstddef>

#include "about.hpp"
#include "spectralmc/models/heston.hpp"
#include "spectralmc/models/merton.hpp"
#include "spectralmc/numeric/lanes.hpp"

namespace spectralmc {
namespace {

using number = dual<double, 2>;

const number x = number::parameter(0.7, 0), y = number::parameter(1.3, 1);

void check(const number& found, double value, double by_x, double by_y) {
  CHECK(found.value == about(value, 1e-14));
  CHECK(std::fabs(found.derivative[0] - by_x) < 1e-13 * (1 + std::fabs(by_x)));
  CHECK(std::fabs(found.derivative[1] - by_y) < 1e-13 * (1 + std::fabs(by_y)));
}

TEST_CASE("arithmetic has its derivatives") {
  check(x + y, 2.0, 1, 1);
  check(x - y, -0.6, 1, -1);
  check(x * y, 0.91, 1.3, 0.7);
  check(x / y, 0.7 / 1.3, 1 / 1.3, -0.7 / 1.69);
  check(-x, -0.7, -1, 0);
  check(x + 2.0, 2.7, 1, 0);
  check(2.0 - y, 0.7, 0, -1);
  check(y - 2.0, -0.7, 0, 1);
  check(3.0 * x, 2.1, 3, 0);
  check(3.0 / y, 3 / 1.3, 0, -3 / 1.69);
  check(y / 4.0, 0.325, 0, 0.25);
  check(fma(x, y, y), 2.21, 1.3, 1.7);
}

TEST_CASE("functions have their derivatives") {
  check(exp(x * y), std::exp(0.91), 1.3 * std::exp(0.91), 0.7 * std::exp(0.91));
  check(expm1(x), std::expm1(0.7), std::exp(0.7), 0);
  check(log(x), std::log(0.7), 1 / 0.7, 0);
  check(log1p(y), std::log1p(1.3), 0, 1 / 2.3);
  check(sqrt(x), std::sqrt(0.7), 0.5 / std::sqrt(0.7), 0);
}

TEST_CASE("real and complex numbers mix") {
  const complex<double> u(0.3, -0.4);
  const auto found = exp(u * x) / (y + u);
  const complex<double> e = exp(u * 0.7), sum = u + 1.3, by_x = u * e / sum, by_y = -(e / (sum * sum));
  CHECK(abs(found.value - e / sum) < 1e-15);
  CHECK(abs(found.derivative[0] - by_x) < 1e-15);
  CHECK(abs(found.derivative[1] - by_y) < 1e-15);
}

/// Central differences of f at p with steps of 1e-5 of each parameter.
template <std::size_t N, class Function>
std::array<complex<double>, N> differences(std::array<double, N> p, const Function& f) {
  std::array<complex<double>, N> result;
  for (std::size_t i = 0; i < N; ++i) {
    const double step = 1e-5 * std::fabs(p[i]), value = p[i];
    p[i] = value + step;
    const complex<double> up = f(p);
    p[i] = value - step;
    const complex<double> down = f(p);
    p[i] = value;
    result[i] = (up - down) / (2 * step);
  }
  return result;
}

TEST_CASE("the exponent of Heston's model has the derivatives by its parameters, in packs too") {
  const std::array<double, 5> p{0.04, 1.5, 0.05, 0.5, -0.7};
  using V = lanes<double>;
  for (const double u : {0.01, 1.0, 20.0}) {
    const complex<double> frequency(u, 0);
    using parameter = dual<double, 5>;
    using pack = dual<V, 5>;
    const auto at = [&](auto make) {
      using P = decltype(make(0));
      return basic_heston_parameters<P>{make(0), make(1), make(2), make(3), make(4)};
    };
    const auto found = heston_exponent(
        at([&](int i) { return parameter::parameter(p[static_cast<std::size_t>(i)], i); }), frequency, 0.7);
    const auto packed =
        heston_exponent(at([&](int i) { return pack::parameter(V(p[static_cast<std::size_t>(i)]), i); }),
                        complex<V>(V(u), V(0.0)), V(0.7));
    const auto expected = differences(p, [&](const std::array<double, 5>& q) {
      return heston_exponent(basic_heston_parameters<double>{q[0], q[1], q[2], q[3], q[4]}, frequency, 0.7);
    });
    for (int i = 0; i < 5; ++i) {
      CAPTURE(u);
      CAPTURE(i);
      const complex<double> by = expected[static_cast<std::size_t>(i)];
      CHECK(abs(found.derivative[i] - by) < 1e-13 + 1e-8 * (abs(by) + 1e-4 * abs(found.value)));
      double lane[lane_count<V>];
      packed.derivative[i].re.store(lane);
      CHECK(lane[0] == found.derivative[i].re);
    }
  }
}

TEST_CASE("the exponent of normal jumps has the derivatives by its parameters") {
  const std::array<double, 3> p{0.8, -0.12, 0.1};
  using parameter = dual<double, 3>;
  const complex<double> u(3, 0.2);
  const auto found = lognormal_jump_exponent(
      basic_lognormal_jumps<parameter>{parameter::parameter(p[0], 0), parameter::parameter(p[1], 1),
                                       parameter::parameter(p[2], 2)},
      u, 0.7);
  const auto expected = differences(p, [&](const std::array<double, 3>& q) {
    return lognormal_jump_exponent(basic_lognormal_jumps<double>{q[0], q[1], q[2]}, u, 0.7);
  });
  for (int i = 0; i < 3; ++i) {
    const complex<double> by = expected[static_cast<std::size_t>(i)];
    CHECK(abs(found.derivative[i] - by) < 1e-8 * (abs(by) + 1e-3));
  }
}

}  // namespace
}  // namespace spectralmc
