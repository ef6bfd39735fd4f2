// Vasicek's model: bonds by differential equations, Jamshidian's options, paths against the closed form.
#include "spectralmc/models/vasicek.hpp"

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

TEST_CASE("Vasicek: bonds solve their differential equations") {
  for (const double kappa : {0.0, 1e-6, 0.05, 0.49, 0.8, 3.0}) {
    for (const double length : {0.01, 1.0, 12.0}) {
      const vasicek<double> model({0.03, kappa, 0.05, 0.015});
      const linear_rate_function exact = bond_by_equations(kappa, 0.05L, 0.015L * 0.015L, 0, length);
      const linear_rate_function found = model.bond_exponent(2, 2 + length);
      CAPTURE(kappa);
      CAPTURE(length);
      CHECK(found.b == about(exact.b, 1e-13));
      CHECK(std::fabs(found.a - exact.a) < 1e-15 + 1e-11 * std::fabs(exact.a));
      CHECK(model.discount_bond(length) == about(std::exp(-exact(0.03)), 1e-13));
    }
  }
}

// Jamshidian, F. (1989), An exact bond option formula, J. Finance 44(1): Black's formula for the bond's forward.
TEST_CASE("Vasicek: options on bonds are Jamshidian's, to 1e-12") {
  const double kappa = 0.3, sigma = 0.02;
  const vasicek<double> model({0.03, kappa, 0.05, sigma});
  for (const double expiry : {0.1, 2.0}) {
    const double maturity = expiry + 5;
    const distribution law(bond_characteristic_function(model, expiry, maturity));
    const double near_bond = model.discount_bond(expiry), far_bond = model.discount_bond(maturity);
    const double deviation =
        sigma * (1 - std::exp(-5 * kappa)) / kappa * std::sqrt((1 - std::exp(-2 * kappa * expiry)) / (2 * kappa));
    for (const double moneyness : {0.95, 1.0, 1.04}) {
      const double strike = moneyness * far_bond / near_bond;
      CAPTURE(expiry);
      CAPTURE(moneyness);
      const auto call = static_cast<double>(near_bond * reference::black(1, far_bond / near_bond, strike, deviation));
      CHECK(std::fabs(law.call_prices({strike})[0].value - call) < 1e-12);
    }
  }
}

// False alarms: 1 in 2500 for each precision.
TEST_CASE_TEMPLATE("Vasicek: paths have the law of the closed form, and their discount factors the bond's mean", Model,
                   vasicek<float>, vasicek<double>) {
  check_rate_paths<Model>(std::vector<rate_set<vasicek_parameters>>{{"usual", {0.03, 0.3, 0.05, 0.015}, 0.5},
                                                                    {"negative rates", {-0.01, 0.1, 0.005, 0.01}},
                                                                    {"no reversion", {0.03, 0, 0.05, 0.02}},
                                                                    {"fast reversion", {0.1, 40, 0.02, 0.3}, 2},
                                                                    {"wild", {0.05, 0.01, 0.05, 0.1}}});
}

// The logarithms of the bonds' prices are a thousand times the deviation of what is between them. In 113 bits.
TEST_CASE("Vasicek: the law of a bond next to its expiry has the rounding of its price in its errors") {
  const vasicek<double> model({0.11674664098726549, 0.076897765711792743, 0.10023395545743279, 0.13272133842993292});
  const distribution law(bond_characteristic_function(model, 7.111465518001507e-05, 11.132407950243776));
  const estimate found = law.cdf(0.00097457976634802567);
  CHECK(std::fabs(found.value - 0.5476047410846281174) <= found.truncation_error);
  CHECK(found.truncation_error < 1e-12);
}

TEST_CASE("Vasicek: a bond has its price at extreme parameters too, or none") {
  using model = vasicek<double>;
  CHECK(model({0.05, 1e200, 0.02, 1e-3}).discount_bond(3) == about(std::exp(-0.06), 1e-15));
  // Without a rate the price is exp(volatility^2 maturity / (2 kappa^2)); the cube of kappa x maturity overflows.
  CHECK(model({0, 1e105, 0, 1e104}).discount_bond(100) == about(std::exp(0.5), 1e-15));
  CHECK(model({1e-300, 0, 1e300, 0}).discount_bond(1) == 1);  // the mean does not count without reversion
  // The price is infinite, 0, not a number or all rounding.
  CHECK_THROWS_AS(model({0.05, 0, 0, 1}).discount_bond(100), no_answer);
  CHECK_THROWS_AS(model({1e10, 0.1, 0.05, 0.01}).discount_bond(1), no_answer);
  CHECK_THROWS_AS(model({0.05, 1e200, 1e200, 1e160}).discount_bond(1e200), no_answer);
  CHECK_THROWS_AS(model({0.05, 1e-20, 1e25, 0.01}).discount_bond(1), no_answer);
  CHECK_THROWS_AS(bond_characteristic_function(model({0.05, 0, 0, 1}), 1, 100), no_answer);
}

}  // namespace
}  // namespace spectralmc
