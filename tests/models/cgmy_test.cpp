// The CGMY model: published prices, the exponent through Y = 0 and Y = 1, paths of all four kinds against the closed
// form.
#include "spectralmc/models/cgmy.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <complex>
#include <vector>

#include "about.hpp"
#include "both_halves.hpp"
#include "reference_formulas.hpp"
#include "spectralmc/models/variance_gamma.hpp"
#include "spectralmc/pricing/lewis_method.hpp"
#include "spectralmc/spectral/distribution.hpp"

namespace spectralmc {
namespace {

TEST_CASE("CGMY: the published prices") {
  for (const auto& [stability, price] :
       {std::pair<double, double>{0.5, 19.812948843}, {1.5, 49.790905469}, {1.98, 99.999905510}}) {
    const cgmy<double> model(market(100, 0.1), {1, 5, 5, stability});
    const double found = distribution(characteristic_function(model, 1)).call_prices({100})[0].value;
    CHECK(found == about(price, 3e-11));
  }
}

/// The textbook's exponent, which has no value at Y = 0 and Y = 1 and loses digits near them.
reference::complex_number exponent(const cgmy_parameters& p, reference::number u, reference::number time) {
  using reference::complex_number;
  using reference::number;
  const number y = p.stability, m = p.up_rate, g = p.down_rate, c = p.activity;
  const auto jumps = [&](complex_number iu) {
    return c * std::tgamma(-y) * (std::pow(m - iu, y) - std::pow(m, y) + std::pow(g + iu, y) - std::pow(g, y));
  };
  const complex_number iu(0, u);
  return time * (jumps(iu) - iu * jumps(1));
}

TEST_CASE("CGMY: the exponent is the textbook's") {
  for (const double stability : {-10.0, -1.7, -0.5, -0.3, 0.2, 0.49, 0.51, 0.8, 1.2, 1.9, 1.999}) {
    const cgmy_parameters p{0.7, 4, 9, stability};
    const cgmy<double> model(market(100), p);
    for (double u = 0.1; u < 300; u *= 1.7) {
      const reference::complex_number exact = exponent(p, u, 0.6L);
      const complex<double> found = model.log_characteristic_function(complex<double>(u, 0), 0.6);
      const double size = 1 + static_cast<double>(std::abs(exact));
      CAPTURE(stability);
      CAPTURE(u);
      CHECK(std::fabs(found.re - static_cast<double>(exact.real())) < 1e-13 * size);
      CHECK(std::fabs(found.im - static_cast<double>(exact.imag())) < 1e-13 * size);
    }
  }
}

TEST_CASE("CGMY: the exponent is continuous at Y = 0, where it is that of variance gamma, and at Y = 1") {
  const auto at = [](double stability, double u) {
    return cgmy<double>(market(100), {2, 4, 9, stability}).log_characteristic_function(complex<double>(u, 0), 1);
  };
  for (const double u : {0.01, 1.0, 30.0}) {
    for (const double centre : {0.0, 1.0}) {
      for (const double step : {-1e-9, 1e-9, 1e-14}) {
        CHECK(abs(at(centre + step, u) - at(centre, u)) < (1 + abs(at(centre, u))) * (1e-12 + 100 * std::fabs(step)));
      }
    }
    // nu = 1/C, and 1/M, 1/G the roots of x^2 - theta nu x - sigma^2 nu / 2.
    const double nu = 0.5, theta = (1.0 / 9 - 1.0 / 4) / nu, sigma = std::sqrt(2 / (36 * nu));
    const variance_gamma<double> same(market(100), {sigma, theta, nu});
    CHECK(abs(at(0, u) - same.log_characteristic_function(complex<double>(u, 0), 1)) < 1e-13 * (1 + abs(at(0, u))));
  }
}

const std::vector<simulated_set<cgmy_parameters>>& sets() {
  const double day = 1.0 / 365;
  static const std::vector<simulated_set<cgmy_parameters>> list{
      {"finitely many jumps", {50, 5, 6, -2}, 1},
      {"jumps nearly exponential", {20, 8, 12, -1}},
      {"Y just below 0", {1, 5, 6, -0.01}},
      {"Y = 0", {1, 5, 6, 0}, 0.25},
      {"Y just above 0", {1, 5, 6, 0.01}},
      {"Y = 1/2, in small steps", {1, 5, 6, 0.5}, 0.05, {day, 0.5, 2}},
      {"Y = 1/2", {1, 5, 6, 0.5}},
      {"Y just below 1", {0.5, 5, 6, 0.999}},
      {"Y = 1", {0.5, 5, 6, 1}},
      {"Y = 1.5", {0.2, 3, 20, 1.5}, 0.5},
      {"Y near 2", {0.0005, 5, 6, 1.98}}};
  return list;
}

// Gamma(-Y) overflows, and (1 - z)^Y - 1 has no digits. With this activity X(1) is a Laplace variate with rates 6 and
// 5, under which the call is worth 30/11 (1/5 - 1/6).
TEST_CASE("CGMY: a stability that is nearly 0, subnormal too, is variance gamma's") {
  const cgmy<double> limit(market(100), {1, 5, 6, 0});
  for (const double stability : {5e-324, -5e-324, 1e-320, -1e-310, 1e-300, -1e-100, 1e-19}) {
    CAPTURE(stability);
    const cgmy<double> model(market(100), {1, 5, 6, stability});
    CHECK(model.parameters().stability == stability);
    for (const double u : {0.1, 3.0, 70.0}) {
      const complex<double> found = model.log_characteristic_function(complex<double>(u, 0), 1),
                            expected = limit.log_characteristic_function(complex<double>(u, 0), 1);
      CHECK(found.re == expected.re);
      CHECK(found.im == expected.im);
    }
    CHECK(lewis_method(model, 1, {100}).prices(option_type::call)[0].value == about(100.0 / 11, 1e-10));
    model_table<double> table;
    CHECK(model.step_coefficients(0, 1, table).sampling == cgmy<double>::way::gamma);
  }
}

// False alarms: 1 in 980 for each precision.
TEST_CASE_TEMPLATE("CGMY: paths have the law of the closed form", Model, cgmy<float>, cgmy<double>) {
  check_both_halves<Model>(sets());
}

TEST_CASE("CGMY: each way of making steps is taken where it should be") {
  using model_type = cgmy<double>;
  const auto way_of = [](double stability, double length) {
    model_table<double> table;
    return model_type(market(100), {1, 5, 6, stability}).step_coefficients(0, length, table).sampling;
  };
  CHECK(way_of(-0.5, 1) == model_type::way::counts);
  CHECK(way_of(0, 1) == model_type::way::gamma);
  CHECK(way_of(0.5, 0.1) == model_type::way::stable);
  CHECK(way_of(0.5, 10) == model_type::way::table);
  CHECK(way_of(0.01, 0.5) == model_type::way::stable);
  CHECK(way_of(1.2, 0.1) == model_type::way::table);
}

TEST_CASE("CGMY: a step whose law cannot be resolved is refused") {
  const simulation plan{cgmy<float>(market(100), {1e-4, 5, 6, 1.1}), time_grid::dates({1e-4})};
  CHECK_THROWS_AS(price(cpu{1}, plan, [](const auto& path) { return path.last(); }), no_answer);
}

}  // namespace
}  // namespace spectralmc
