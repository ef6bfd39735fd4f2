// Closed forms at one time as plain numbers: packs of frequencies have the bits of single ones, inside the strip of
// moments and outside it, and values are those of the textbooks' formulas.
#include <doctest/doctest.h>

#include <cmath>
#include <complex>
#include <cstddef>
#include <limits>
#include <type_traits>
#include <vector>

#include "reference_formulas.hpp"
#include "spectralmc/models/black_scholes.hpp"
#include "spectralmc/models/cgmy.hpp"
#include "spectralmc/models/kou.hpp"
#include "spectralmc/models/merton.hpp"
#include "spectralmc/models/normal_inverse_gaussian.hpp"
#include "spectralmc/models/variance_gamma.hpp"
#include "spectralmc/numeric/lanes.hpp"

namespace spectralmc {
namespace {

using pack = lanes<double>;
using reference::complex_number;
using reference::number;

constexpr int sets = 200;

bool same(double a, double b) { return is_nan(a) ? is_nan(b) : bits(a) == bits(b); }

/// Real, imaginary and other ones of all sizes; and those at which formulas overflow or are 0 / 0.
std::vector<complex<double>> frequencies(reference::uniform_source& uniform) {
  const double inf = std::numeric_limits<double>::infinity(), nan = std::numeric_limits<double>::quiet_NaN();
  std::vector<complex<double>> u{{0, 0},      {-0.0, -0.0}, {0, -1},     {1e-300, 0}, {1e300, 0},
                                 {0, -1e300}, {inf, 0},     {0, inf},    {nan, 0},    {0, nan},
                                 {1e8, -0.5}, {-1e8, -0.5}, {5e-324, 0}, {3, -0.0},   {1e155, 1e155}};
  while (u.size() % lane_count<pack> != 0 || u.size() < 64) {
    const auto part = [&](double least, double most) {
      const double size = std::pow(10.0, uniform.between(least, most));
      return uniform() < 0.5 ? size : -size;
    };
    const double kind = uniform();
    const double re = part(-12, 9), im = part(-3, 1.7);
    u.emplace_back(kind < 0.25 ? 0.0 : re, kind > 0.75 ? 0.0 : im);
  }
  return u;
}

template <class Exponent>
struct bounded : std::false_type {};
template <>
struct bounded<merton_exponent_at> : std::true_type {};

/// How many of the frequencies lie where the exponent is not a number.
template <class Model>
std::size_t check_packs(const Model& model, double time, reference::uniform_source& uniform) {
  const auto exponent = model.exponent_at(time);
  using exponent_type = std::remove_const_t<decltype(exponent)>;
  static_assert(std::is_trivially_copyable_v<exponent_type>, "a device is handed its bytes");
  const std::vector<complex<double>> u = frequencies(uniform);
  std::size_t not_numbers = 0;
  for (std::size_t first = 0; first < u.size(); first += lane_count<pack>) {
    double re[lane_count<pack>], im[lane_count<pack>];
    for (std::size_t i = 0; i < lane_count<pack>; ++i) {
      re[i] = u[first + i].re;
      im[i] = u[first + i].im;
    }
    const complex<pack> together(pack::load(re), pack::load(im)), values = exponent(together);
    for (std::size_t i = 0; i < lane_count<pack>; ++i) {
      CAPTURE(re[i]);
      CAPTURE(im[i]);
      const complex<double> one(re[i], im[i]), value = exponent(one),
                                               of_model = model.log_characteristic_function(one, time);
      CHECK(same(values.re[i], value.re));
      CHECK(same(values.im[i], value.im));
      CHECK(same(of_model.re, value.re));
      CHECK(same(of_model.im, value.im));
      if (is_nan(value.re)) ++not_numbers;
      if constexpr (bounded<exponent_type>::value) {
        CHECK(same(exponent.log_modulus_bound(together)[i], exponent.log_modulus_bound(one)));
        CHECK(same(model.log_modulus_bound(one, time), exponent.log_modulus_bound(one)));
        if (is_finite(value)) CHECK(value.re <= exponent.log_modulus_bound(one) + 1e-13 * (1 + abs(value)));
      }
    }
  }
  return not_numbers;
}

/// Against a formula for log E exp(s (X(1) - its drift)) at s = i u, whose drift is what makes E exp(X) one.
template <class Model, class Formula>
void check_values(const Model& model, double time, reference::uniform_source& uniform, const Formula& formula) {
  const auto exponent = model.exponent_at(time);
  for (int j = 0; j < 4; ++j) {
    const complex<double> u(j < 2 ? std::pow(10.0, uniform.between(-1, 2)) : 0.3 * j, j % 2 == 0 ? 0 : -uniform());
    const complex_number s(-static_cast<number>(u.im), u.re);
    const complex_number expected = static_cast<number>(time) * (formula(s) - s * formula(complex_number(1)));
    const complex<double> found = exponent(u);
    CAPTURE(u.re);
    CAPTURE(u.im);
    CHECK(std::abs(complex_number(found.re, found.im) - expected) <= 1e-13L * (1 + std::abs(expected)));
  }
}

complex_number diffusion(double volatility, complex_number s) {
  const number sigma = volatility;
  return sigma * sigma / 2 * s * s;
}

const market asset(100, 0.03, 0.01);

TEST_CASE("exponents at one time: Black and Scholes") {
  reference::uniform_source uniform(71);
  for (int i = 0; i < sets; ++i) {
    const double volatility = uniform.between(0, 0.6), time = uniform.between(0.01, 5);
    const black_scholes<double> model(asset, {volatility});
    check_packs(model, time, uniform);
    check_values(model, time, uniform, [&](complex_number s) { return diffusion(volatility, s); });
  }
  const step_function by_time({0.5, 1}, {0.1, 0.3});
  check_packs(black_scholes<double>(asset, {by_time}), 2, uniform);
}

TEST_CASE("exponents at one time: Merton") {
  reference::uniform_source uniform(72);
  for (int i = 0; i < sets; ++i) {
    const merton_parameters p{uniform.between(0, 0.5),
                              {uniform.between(0, 4), uniform.between(-0.4, 0.3), uniform.between(0, 0.4)}};
    const double time = uniform.between(0.01, 5);
    const merton<double> model(asset, p);
    check_packs(model, time, uniform);
    check_values(model, time, uniform, [&](complex_number s) {
      const number lambda = p.jumps.intensity, mean = p.jumps.mean, deviation = p.jumps.deviation;
      return diffusion(p.volatility(0), s) + lambda * (std::exp(mean * s + deviation * deviation / 2 * s * s) - 1.0L);
    });
  }
}

TEST_CASE("exponents at one time: Kou") {
  reference::uniform_source uniform(73);
  std::size_t outside = 0;
  for (int i = 0; i < sets; ++i) {
    const kou_parameters p{uniform.between(0, 0.5), uniform.between(0, 4), uniform(), uniform.between(2, 60),
                           uniform.between(1, 60)};
    const double time = uniform.between(0.01, 5);
    const kou<double> model(asset, p);
    outside += check_packs(model, time, uniform);
    check_values(model, time, uniform, [&](complex_number s) {
      const number lambda = p.jump_intensity, up = p.up_probability, eta1 = p.up_rate, eta2 = p.down_rate;
      return diffusion(p.volatility(0), s) + lambda * (up * eta1 / (eta1 - s) + (1 - up) * eta2 / (eta2 + s) - 1.0L);
    });
  }
  CHECK(outside > 8 * sets);
}

TEST_CASE("exponents at one time: variance gamma") {
  reference::uniform_source uniform(74);
  std::size_t outside = 0;
  for (int i = 0; i < sets; ++i) {
    const variance_gamma_parameters p{uniform.between(0.05, 0.5), uniform.between(-0.5, 0.3),
                                      uniform.between(0.05, 1.2)};
    const double time = uniform.between(0.01, 5);
    const variance_gamma<double> model(asset, p);
    outside += check_packs(model, time, uniform);
    check_values(model, time, uniform, [&](complex_number s) {
      const number theta = p.skew, nu = p.clock_variance;
      return -std::log(1.0L - nu * (theta * s + diffusion(p.volatility, s))) / nu;
    });
  }
  CHECK(outside > 8 * sets);
}

TEST_CASE("exponents at one time: normal inverse Gaussian") {
  reference::uniform_source uniform(75);
  std::size_t outside = 0;
  for (int i = 0; i < sets; ++i) {
    const normal_inverse_gaussian_parameters p{uniform.between(0.05, 0.5), uniform.between(-0.5, 0.2),
                                               uniform.between(0.05, 1.2)};
    const double time = uniform.between(0.01, 5);
    const normal_inverse_gaussian<double> model(asset, p);
    outside += check_packs(model, time, uniform);
    check_values(model, time, uniform, [&](complex_number s) {
      const number theta = p.skew, nu = p.clock_variance;
      return (1.0L - std::sqrt(1.0L - 2 * nu * (theta * s + diffusion(p.volatility, s)))) / nu;
    });
  }
  CHECK(outside > 8 * sets);
}

TEST_CASE("exponents at one time: CGMY") {
  reference::uniform_source uniform(76);
  std::size_t outside = 0;
  for (int i = 0; i < sets; ++i) {
    const double special[] = {0, 1, 0.5, -0.5, 1e-19, 1e-9, 1 + 1e-9, 1.999, -10};
    const bool is_special = i % 4 == 0;
    const cgmy_parameters p{uniform.between(0.05, 2), uniform.between(0.5, 20), uniform.between(1.5, 30),
                            is_special ? special[i / 4 % 9] : uniform.between(-1, 1.9)};
    const double time = uniform.between(0.01, 5), y = p.stability;
    CAPTURE(y);
    const cgmy<double> model(asset, p);
    outside += check_packs(model, time, uniform);
    if (is_special || std::fabs(y) < 0.1 || std::fabs(y - 1) < 0.1) continue;
    check_values(model, time, uniform, [&](complex_number s) {
      const number order = y, up = p.up_rate, down = p.down_rate;
      const complex_number both_sides =
          std::pow(up - s, order) - std::pow(up, order) + std::pow(down + s, order) - std::pow(down, order);
      return static_cast<number>(p.activity) * std::tgamma(-order) * both_sides;
    });
  }
  CHECK(outside > 8 * sets);
}

}  // namespace
}  // namespace spectralmc
