// Simulation of Black and Scholes' model against its closed form. Seeds are fixed; the false-alarm rates say how often
// a right library would fail with another seed.
#include <doctest/doctest.h>

#include <cmath>
#include <tuple>
#include <vector>

#include "about.hpp"
#include "reference_formulas.hpp"
#include "reference_values.hpp"
#include "spectralmc/models/black_scholes.hpp"
#include "spectralmc/parallel/cpu.hpp"
#include "spectralmc/payoffs/european.hpp"
#include "spectralmc/requests/spectrum_of.hpp"
#include "spectralmc/requests/value_of.hpp"
#include "spectralmc/spectral/distribution.hpp"
#include "statistics.hpp"

namespace spectralmc {
namespace {

constexpr double time = 1.5, volatility = 0.3, strike = 110;

market asset() { return market(100, {0.5, 2}, {0.03, 0.05}, 0.01); }

template <class Real>
auto plan_of(const time_grid& grid) {
  return simulation{black_scholes<Real>(asset(), {volatility}), grid}.paths(1 << 17).seed(11);
}

struct results {
  spectra by_date;
  estimate call, put, asset_price;
};

/// One run for all the tests of a kind.
template <class Real>
const results& simulated() {
  static const results all = [] {
    auto [spectra_found, call, put, last] =
        measure(cpu{}, plan_of<Real>(time_grid::uniform(time, 1)), spectrum_of<log_return>(log_return{}),
                value_of<european_call>(european_call{strike}), value_of<european_put>(european_put{strike}),
                value_of([](const auto& path) { return path.last(); }));
    return results{spectra_found, call, put, last};
  }();
  return all;
}

double black(int sign) {
  return asset().discount(time) *
         static_cast<double>(reference::black(sign, asset().forward(time), strike, volatility * std::sqrt(time)));
}

/// Standard deviation of the discounted payoff.
double deviation_of_payoff(int sign) {
  const double deviation = volatility * std::sqrt(time), forward = asset().forward(time);
  const reference::number mean = reference::black(sign, forward, strike, deviation);
  return asset().discount(time) *
         static_cast<double>(std::sqrt(reference::black_second_moment(sign, forward, strike, deviation) - mean * mean));
}

// False alarms: 1 in 16000 each.
TEST_CASE_TEMPLATE("a simulated call is Black's within four standard errors", Real, float, double) {
  CHECK(errors_apart(simulated<Real>().call, black(1)) < 4);
}

TEST_CASE_TEMPLATE("a simulated put is Black's within four standard errors", Real, float, double) {
  CHECK(errors_apart(simulated<Real>().put, black(-1)) < 4);
}

TEST_CASE_TEMPLATE("a call from the simulated spectrum is Black's within four standard errors", Real, float, double) {
  const distribution law(simulated<Real>().by_date.at(time));
  CHECK(errors_apart(law.call_prices({strike})[0], black(1)) < 4);
}

TEST_CASE_TEMPLATE("the simulated asset is worth its forward within four standard errors", Real, float, double) {
  CHECK(errors_apart(simulated<Real>().asset_price, asset().forward(time) * asset().discount(time)) < 4);
}

// The sample's deviation is off by some 1% here, so that 10% is never reached by chance.
TEST_CASE_TEMPLATE("the standard error is the payoff's deviation over the root of the paths", Real, float, double) {
  const results& found = simulated<Real>();
  const double root = std::sqrt(static_cast<double>(found.call.paths));
  CHECK(found.call.standard_error == about(deviation_of_payoff(1) / root, 0.1));
  CHECK(found.put.standard_error == about(deviation_of_payoff(-1) / root, 0.1));
}

// The put has the smaller deviation, and the call is had from it by parity.
TEST_CASE_TEMPLATE("of prices from the spectrum it is the smaller of call's and put's", Real, float, double) {
  const distribution law(simulated<Real>().by_date.at(time));
  const double root = std::sqrt(static_cast<double>(law.expansion().paths()));
  CHECK(law.call_prices({strike})[0].standard_error == about(deviation_of_payoff(-1) / root, 0.1));
  CHECK(law.put_prices({strike})[0].standard_error == about(deviation_of_payoff(-1) / root, 0.1));
}

// False alarms: 1 in 100000.
TEST_CASE_TEMPLATE("the empirical characteristic function is the closed form at all frequencies", Real, float, double) {
  const spectrum& found = simulated<Real>().by_date.at(time);
  const joint_test test = joint_error(found, exact_values(black_scholes<Real>(asset(), {volatility}), found));
  CAPTURE(test.independent);
  CHECK(test.statistic < test.bound);
}

// False alarms: 1 in 100000 a date.
TEST_CASE_TEMPLATE("many steps to several dates give the same law as one", Real, float, double) {
  const auto plan = plan_of<Real>(time_grid::dates({0.25, 1, time}, 0.05));
  for (const spectrum& found : characteristic_function(cpu{}, plan, log_return{})) {
    const joint_test test = joint_error(found, exact_values(plan.model(), found));
    CAPTURE(found.quantity().time);
    CHECK(test.statistic < test.bound);
  }
}

}  // namespace
}  // namespace spectralmc
