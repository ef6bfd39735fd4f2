// Hull and White's model: it fits its curve, agrees with Vasicek's where both can, and its paths have the closed form's
// law.
#include "spectralmc/models/hull_white.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "about.hpp"
#include "reference_formulas.hpp"
#include "short_rates.hpp"
#include "spectralmc/pricing/discount_bond.hpp"
#include "spectralmc/spectral/distribution.hpp"

namespace spectralmc {
namespace {

const zero_curve curve({0.25, 1, 5}, {0.02, 0.035, 0.04});

TEST_CASE(
    "Hull and White: bonds seen from now are the curve's, at any time a function of the rate that averages to it") {
  const hull_white<double> model({curve, 0.2, 0.015});
  for (const double maturity : {0.1, 0.7, 3.0, 12.0}) {
    CHECK(model.discount_bond(maturity) == about(std::exp(-curve.integral(maturity)), 1e-15));
    CHECK(std::exp(-model.bond_exponent(0, maturity)(curve.forward_rate(0))) ==
          about(model.discount_bond(maturity), 1e-14));
  }
  // In the measure of the bond that pays at 2 the price of the one that pays at 5 has its forward price as the mean.
  const distribution law(bond_characteristic_function(model, 2, 5));
  CHECK(law.call_prices({1e-3})[0].value + 1e-3 * model.discount_bond(2) == about(model.discount_bond(5), 1e-12));
}

TEST_CASE("Hull and White: on Vasicek's curve the bond's volatility, and so the option, is Vasicek's") {
  const vasicek<double> flat({0.03, 0.3, 0.05, 0.02});
  std::vector<double> times, rates;
  for (const double time : {0.5, 1.0, 2.0, 3.0, 5.0, 7.0}) {
    times.push_back(time);
    rates.push_back(-std::log(flat.discount_bond(time)) / time);
  }
  const hull_white<double> fitted({zero_curve(times, rates), 0.3, 0.02});
  for (const double strike : {0.8, 0.85, 0.9}) {
    const distribution a(bond_characteristic_function(flat, 2, 5)), b(bond_characteristic_function(fitted, 2, 5));
    CHECK(std::fabs(a.put_prices({strike})[0].value - b.put_prices({strike})[0].value) < 1e-12);
  }
}

// False alarms: 1 in 2500 for each precision.
TEST_CASE_TEMPLATE("Hull and White: paths have the law of the closed form, and discount factors the curve's mean",
                   Model, hull_white<float>, hull_white<double>) {
  check_rate_paths<Model>(std::vector<rate_set<hull_white_parameters>>{{"usual", {curve, 0.1, 0.01}, 0.5},
                                                                       {"Ho and Lee", {curve, 0, 0.01}},
                                                                       {"fast reversion", {curve, 20, 0.2}, 2},
                                                                       {"a flat curve", {-0.005, 0.05, 0.02}},
                                                                       {"wild", {curve, 0.01, 0.1}}});
}

TEST_CASE("Hull and White: a bond whose price is 0 or infinite as a number has none") {
  using model = hull_white<double>;
  CHECK(model({-7.0, 0.1, 0.01}).discount_bond(100) == about(std::exp(700), 1e-15));
  CHECK_THROWS_AS(model({-7.1, 0.1, 0.01}).discount_bond(100), no_answer);
  CHECK_THROWS_AS(model({7.5, 0.1, 0.01}).discount_bond(100), no_answer);
}

}  // namespace
}  // namespace spectralmc
