// The model of Cox, Ingersoll and Ross: bonds by differential equations, their own option formula, the exact law of
// paths.
#include "spectralmc/models/cox_ingersoll_ross.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <vector>

#include "about.hpp"
#include "incomplete_gamma.hpp"
#include "short_rates.hpp"
#include "spectralmc/paths/stored_paths.hpp"
#include "spectralmc/pricing/discount_bond.hpp"
#include "spectralmc/spectral/distribution.hpp"

namespace spectralmc {
namespace {

using parameters = cox_ingersoll_ross_parameters;

TEST_CASE("Cox, Ingersoll and Ross: bonds solve their differential equations") {
  for (const parameters& p :
       {parameters{0.03, 0.3, 0.05, 0.1}, parameters{0.01, 0.05, 0.1, 0.4}, parameters{0.1, 5, 0.02, 1}}) {
    for (const double length : {0.01, 1.0, 12.0}) {
      const cox_ingersoll_ross<double> model(p);
      const linear_rate_function exact = bond_by_equations(
          p.mean_reversion, p.long_run_rate, 0, static_cast<long double>(p.volatility) * p.volatility, length);
      const linear_rate_function found = model.bond_exponent(1, 1 + length);
      CAPTURE(p.volatility);
      CAPTURE(length);
      CHECK(found.b == about(exact.b, 1e-11));
      CHECK(std::fabs(found.a - exact.a) < 1e-14 + 1e-10 * exact.a);
    }
  }
}

/// Cox, Ingersoll and Ross (1985), equation (32).
double bond_call(const parameters& p, double expiry, double maturity, double strike) {
  const cox_ingersoll_ross<double> model(p);
  const long double kappa = p.mean_reversion, sigma2 = static_cast<long double>(p.volatility) * p.volatility,
                    gamma = std::sqrt(kappa * kappa + 2 * sigma2), r = p.initial_rate,
                    rho = 2 * gamma / (sigma2 * std::expm1(gamma * expiry)), psi = (kappa + gamma) / sigma2;
  const linear_rate_function bond = model.bond_exponent(expiry, maturity);
  const long double critical = (-bond.a - std::log(static_cast<long double>(strike))) / bond.b;
  const long double degrees = 4 * kappa * p.long_run_rate / sigma2;
  const auto part = [&](long double sum) {
    return reference::noncentral_chi_square_cdf(degrees, 2 * rho * rho * r * std::exp(gamma * expiry) / sum,
                                                2 * critical * sum);
  };
  return static_cast<double>(model.discount_bond(maturity) * part(rho + psi + bond.b) -
                             strike * model.discount_bond(expiry) * part(rho + psi));
}

TEST_CASE("Cox, Ingersoll and Ross: options on bonds are those of their formula, to 1e-11") {
  for (const parameters& p : {parameters{0.03, 0.3, 0.05, 0.1}, parameters{0.05, 0.2, 0.08, 0.15},
                              parameters{0.02, 0.25, 0.05, 0.01}, parameters{0.02, 0.25, 0.05, 0.001}}) {
    for (const double expiry : {0.25, 2.0}) {
      const cox_ingersoll_ross<double> model(p);
      const double maturity = expiry + 4, forward = model.discount_bond(maturity) / model.discount_bond(expiry);
      const distribution law(bond_characteristic_function(model, expiry, maturity));
      for (const double moneyness : {0.97, 0.9999, 1.0, 1.0001, 1.03}) {
        CAPTURE(p.volatility);
        CAPTURE(expiry);
        CAPTURE(moneyness);
        const double strike = moneyness * forward;
        const estimate call = law.call_prices({strike})[0];
        CHECK(std::fabs(call.value - bond_call(p, expiry, maturity, strike)) < 1e-11);
        if (p.volatility <= 0.1) CHECK(call.truncation_error < 1e-11);
      }
    }
  }
}

// False alarms: 1 in 62000 for each precision.
TEST_CASE_TEMPLATE("Cox, Ingersoll and Ross: rates have the noncentral chi-square law", Real, float, double) {
  for (const parameters& p : {parameters{0.03, 0.3, 0.05, 0.1}, parameters{0.02, 0.5, 0.02, 0.5},
                              parameters{0, 1, 0.04, 0.2}, parameters{0.05, 0.1, 0.05, 0.02}}) {
    constexpr std::uint64_t paths = 5000;
    const auto plan = simulation{cox_ingersoll_ross<Real>(p), time_grid::dates({1.5}, 0.5)}.paths(paths).seed(17);
    std::vector<Real> samples(paths);
    store_paths(cpu{}, plan, short_rate{}, path_layout::path_major, 0, paths, samples.data());
    const long double sigma2 = static_cast<long double>(p.volatility) * p.volatility, kappa = p.mean_reversion,
                      scale = sigma2 * -std::expm1(-1.5L * kappa) / (4 * kappa);
    CAPTURE(p.volatility);
    CHECK(kolmogorov(samples, [&](long double x) {
            return reference::noncentral_chi_square_cdf(4 * kappa * p.long_run_rate / sigma2,
                                                        p.initial_rate * std::exp(-1.5L * kappa) / scale, x / scale);
          }) < 2.6);
  }
}

// Steps go from date to date. False alarms: 1 in 2500 for each precision.
TEST_CASE_TEMPLATE(
    "Cox, Ingersoll and Ross: paths have the law of the closed form, and discount factors the bond's mean", Model,
    cox_ingersoll_ross<float>, cox_ingersoll_ross<double>) {
  check_rate_paths<Model>(std::vector<rate_set<parameters>>{{"usual", {0.03, 0.3, 0.05, 0.1}},
                                                            {"at zero often", {0.02, 0.5, 0.02, 0.5}},
                                                            {"from zero", {0, 1, 0.04, 0.2}},
                                                            {"fast reversion", {0.1, 20, 0.03, 0.5}},
                                                            {"nearly normal", {0.05, 0.1, 0.05, 0.02}},
                                                            {"nearly certain", {0.05, 0.1, 0.03, 1e-5}}});
}

TEST_CASE("Cox, Ingersoll and Ross: a bond has its price at extreme parameters too, or none") {
  using model = cox_ingersoll_ross<double>;
  CHECK(model({0.01, 1e150, 0.02, 1}).discount_bond(3) == about(std::exp(-0.06), 1e-15));
  // Squares of mean reversion or volatility overflow; the price is 0, or all rounding.
  CHECK_THROWS_AS(model({0.01, 1e200, 0.02, 1}).discount_bond(3), no_answer);
  CHECK_THROWS_AS(model({0.01, 0.3, 0.02, 1e200}).discount_bond(3), no_answer);
  CHECK_THROWS_AS(model({1e10, 0.3, 0.02, 0.1}).discount_bond(3), no_answer);
  CHECK_THROWS_AS(model({1e-8, 0.3, 1e160, 1e-2}).discount_bond(1e-100), no_answer);
}

}  // namespace
}  // namespace spectralmc
