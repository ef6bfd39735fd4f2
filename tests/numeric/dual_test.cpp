// Derivatives carried along against those of finite differences and closed forms.
#include "spectralmc/numeric/dual.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>

#include "spectralmc/models/heston.hpp"
#include "spectralmc/models/merton.hpp"
#include "spectralmc/numeric/lanes.hpp"

namespace spectralmc {
namespace {

using number = dual<double, 2>;

const number x = number::parameter(0.7, 0), y = number::parameter(1.3, 1);

void check(const number& found, double value, double by_x, double by_y) {
  CHECK(std::fabs(found.value - value) < 1e-14 * (1 + std::fabs(value)));
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

TEST_CASE("comparisons are those of the values, and what is chosen brings its derivatives") {
  CHECK(x < y);
  CHECK(x <= 0.7);
  CHECK(1 > x);
  CHECK(2.0 >= y);
  CHECK(x != y);
  CHECK(x == 0.7);
  check(minimum(x, y), 0.7, 1, 0);
  check(minimum(y, x), 0.7, 1, 0);
  check(maximum(x, y), 1.3, 0, 1);
  check(maximum(x, 1.0), 1, 0, 0);
  check(minimum(0.0, x), 0, 0, 0);
  check(maximum(0.0, x), 0.7, 1, 0);
  check(select(x < y, x, y), 0.7, 1, 0);
  check(select(x > y, x, 2.0), 2, 0, 0);
  check(select(x > y, 2.0, y), 1.3, 0, 1);
  check(abs(-x), 0.7, 1, 0);
  check(abs(y), 1.3, 0, 1);
  check(copy_sign(x, y), 0.7, 1, 0);
  check(copy_sign(x, -y), -0.7, -1, 0);
  check(copy_sign(-x, y), 0.7, 1, 0);
  check(copy_sign(-x, -y), -0.7, -1, 0);
  check(round_to_nearest(y), 1, 0, 0);
  check(round_to_nearest(x) - x, 0.3, -1, 0);
}

TEST_CASE("fused products have the derivatives of whichever operand is a dual") {
  check(fma(x, 2.0, y), 2.7, 2, 1);
  check(fma(2.0, x, y), 2.7, 2, 1);
  check(fma(x, y, 2.0), 2.91, 1.3, 0.7);
  check(fma(x, 2.0, 3.0), 4.4, 2, 0);
  check(fma(2.0, x, 3.0), 4.4, 2, 0);
  check(fma(2.0, 3.0, x), 6.7, 1, 0);
  check(rounded_product(x, y), 0.91, 1.3, 0.7);
  check(rounded_product(x, 2.0), 1.4, 2, 0);
  check(2 * x + 1, 2.4, 2, 0);
  check(1 - x / 2, 0.65, -0.5, 0);
  number sum = x;
  sum += y;
  sum *= x;
  sum -= 1;
  sum /= y;
  check(sum, 0.4 / 1.3, (2 * 0.7 + 1.3) / 1.3, (0.7 * 1.3 - 0.4) / 1.69);
}

TEST_CASE("powers and waves have their derivatives") {
  check(power(x, y), std::pow(0.7, 1.3), 1.3 * std::pow(0.7, 0.3), std::pow(0.7, 1.3) * std::log(0.7));
  check(power(2.0, x), std::pow(2, 0.7), std::log(2) * std::pow(2, 0.7), 0);
  check(power(x, 2.0), 0.49, 1.4, 0);
  number sine, cosine;
  sin_cos(x * y, sine, cosine);
  check(sine, std::sin(0.91), 1.3 * std::cos(0.91), 0.7 * std::cos(0.91));
  check(cosine, std::cos(0.91), -1.3 * std::sin(0.91), -0.7 * std::sin(0.91));
  const double square = 0.49 + 1.69;
  check(atan2(x, y), std::atan2(0.7, 1.3), 1.3 / square, -0.7 / square);
  check(atan2(x, -y), std::atan2(0.7, -1.3), -1.3 / square, 0.7 / square);
  sin_cos_2pi(x, sine, cosine);
  constexpr double pi_exact = 3.141592653589793;
  check(sine, std::sin(1.4 * pi_exact), 2 * pi_exact * std::cos(1.4 * pi_exact), 0);
  check(cosine, std::cos(1.4 * pi_exact), -2 * pi_exact * std::sin(1.4 * pi_exact), 0);
}

TEST_CASE("the normal distribution's functions have their derivatives") {
  const double density = 0.31225393336676127;  // exp(-0.49 / 2) / sqrt(2 pi)
  check(normal_density(x), density, -0.7 * density, 0);
  check(normal_cdf(x), 0.75803634777692697, density, 0);
  check(normal_quantile(normal_cdf(x)), 0.7, 1, 0);
}

TEST_CASE("at zero, roots, logarithms and what they are put into have no derivatives, and no NaNs") {
  const number zero = x - 0.7;
  check(sqrt(zero), 0, 0, 0);
  check(exp(log(zero) * y), 0, 0, 0);
  CHECK(log(zero).derivative[0] == 0);
}

TEST_CASE("duals become those of other numbers") {
  const dual<float, 2> in_single(x);
  CHECK(in_single.value == 0.7f);
  CHECK(in_single.derivative[0] == 1.0f);
  using V = lanes<double>;
  const dual<V, 2> pack(y);
  CHECK(pack.value[lane_count<V> - 1] == 1.3);
  CHECK(pack.derivative[1][0] == 1);
  number table[2 * lane_count<V>];
  for (std::size_t i = 0; i < 2 * lane_count<V>; ++i) table[i] = number::parameter(static_cast<double>(i), i % 2);
  const auto loaded = dual<V, 2>::load(table + 1);
  CHECK(loaded.value[0] == 1);
  CHECK(loaded.derivative[1][0] == 1);
  CHECK(loaded.derivative[0][0] == 0);
  number back[lane_count<V>];
  loaded.store(back);
  check(back[lane_count<V> - 1], static_cast<double>(lane_count<V>), lane_count<V> % 2 == 0 ? 1 : 0,
        lane_count<V> % 2 == 0 ? 0 : 1);
  const auto found = look_up(static_cast<const number*>(table), to_integer(dual<V, 2>(V(3.0))));
  CHECK(found.value[0] == 3);
  CHECK(found.derivative[1][lane_count<V> - 1] == 1);
  check(look_up(static_cast<const number*>(table), std::int64_t{2}), 2, 1, 0);
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
