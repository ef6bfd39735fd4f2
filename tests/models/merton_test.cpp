// Merton's model: published price, the series of Black-Scholes prices, paths against the closed form.
#include "spectralmc/models/merton.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "about.hpp"
#include "both_halves.hpp"
#include "reference_formulas.hpp"
#include "spectralmc/spectral/distribution.hpp"

namespace spectralmc {
namespace {

TEST_CASE("Merton: the published price") {
  const merton<double> model(market(100, 0.05, 0.01), {0.12, {0.4, -0.12, 0.18}});
  const distribution law(characteristic_function(model, 1));
  CHECK(law.call_prices({100})[0].value == about(8.675684635426, 1e-12));
}

TEST_CASE("Merton: calls are the series of Black-Scholes prices, to 1e-12 of the forward") {
  reference::uniform_source uniform(31);
  for (int i = 0; i < 40; ++i) {
    const merton_parameters p{uniform.between(0.05, 0.5),
                              {std::exp(uniform.between(-7, 3)), uniform.between(-0.4, 0.2), uniform.between(0, 0.4)}};
    const double time = std::exp(uniform.between(-4, 1.5)), strike = uniform.between(60, 150);
    const market asset(100, 0.03, 0.01);
    const distribution law(characteristic_function(merton<double>(asset, p), time));
    const double forward = asset.forward(time);
    CAPTURE(p.volatility(0));
    CAPTURE(p.jumps.intensity);
    CAPTURE(time);
    CHECK(std::fabs(law.call_prices({strike})[0].value / asset.discount(time) -
                    static_cast<double>(reference::merton_option(1, forward, strike, p.volatility(0), p.jumps.intensity,
                                                                 p.jumps.mean, p.jumps.deviation, time))) <
          1e-12 * forward);
  }
}

const std::vector<simulated_set<merton_parameters>>& sets() {
  static const std::vector<simulated_set<merton_parameters>> list{
      {"the published case", {0.12, {0.4, -0.12, 0.18}}, 0.5},
      {"a jump in a thousand years, a crash", {0.1, {0.001, -1, 0.2}}},
      {"a thousand jumps a year, no diffusion", {0, {1000, -0.01, 0.01}}},
      {"jumps of one size", {0.2, {5, 0.05, 0}}, 0.1},
      {"no jumps", {0.3, {0, -0.1, 0.1}}},
      {"volatility by time", {step_function({0.001, 0.3, 2}, {0.6, 0.1, 0.3}), {2, -0.05, 0.1}}, 0.07},
      {"100000 jumps a year", {0.1, {1e5, 0.0001, 0.0005}}}};
  return list;
}

// False alarms: 1 in 1500 for each precision.
TEST_CASE_TEMPLATE("Merton: paths have the law of the closed form", Model, merton<float>, merton<double>) {
  check_both_halves<Model>(sets());
}

}  // namespace
}  // namespace spectralmc
