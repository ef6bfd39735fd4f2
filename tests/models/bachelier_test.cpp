// Bachelier's model: the normal formula, also for negative strikes, and paths against the closed form.
#include "spectralmc/models/bachelier.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "about.hpp"
#include "both_halves.hpp"
#include "reference_formulas.hpp"
#include "spectralmc/spectral/distribution.hpp"

namespace spectralmc {
namespace {

/// E max(F + s Z - K, 0)
double normal_call(double forward, double strike, double deviation) {
  const reference::number d = static_cast<reference::number>(forward - strike) / deviation;
  return static_cast<double>((forward - strike) * reference::normal_cdf(d) + deviation * reference::normal_density(d));
}

TEST_CASE("Bachelier: calls and puts are those of the normal law, for strikes of both signs") {
  const market asset(10, 0.03, 0.01);
  const bachelier<double> model(asset, {8});
  const double time = 1.5;
  // dS = c S dt + s dW has variance s^2 (exp(2 c t) - 1) / (2 c).
  const double deviation = 8 * std::sqrt(std::expm1(0.04 * time) / 0.04);
  const distribution law(characteristic_function(model, time));
  const double forward = asset.forward(time), discount = asset.discount(time);
  for (const double strike : {-40.0, -10.0, -0.5, 0.0, 3.0, 10.0, 25.0, 50.0}) {
    CAPTURE(strike);
    const double exact = discount * normal_call(forward, strike, deviation);
    CHECK(std::fabs(law.call_prices({strike})[0].value - exact) < 1e-12 * 50);
    CHECK(std::fabs(law.put_prices({strike})[0].value - exact + discount * (forward - strike)) < 1e-12 * 50);
    CHECK(std::fabs(law.digital_call_prices({strike})[0].value -
                    discount * static_cast<double>(reference::normal_cdf((forward - strike) / deviation))) < 1e-12);
  }
}

TEST_CASE("Bachelier: variance under curves of rates, dividends and volatility is the integral's") {
  const market asset(100, zero_curve({0.5, 2}, {0.02, 0.06}), zero_curve({0.7, 1.1}, {0.01, 0.03}));
  const step_function volatility({0.3, 1}, {10, 30});
  const double begin = 0.1, end = 2.5;
  constexpr int count = 2400000;
  reference::number sum = 0;
  for (int i = 0; i < count; ++i) {
    const double time = begin + (end - begin) * (i + 0.5) / count;
    const reference::number ratio = volatility(time) / std::exp(asset.log_forward_return(time));
    sum += ratio * ratio;
  }
  CHECK(asset.relative_variance(volatility, begin, end) ==
        about(static_cast<double>(sum * (end - begin) / count), 1e-9));
}

// False alarms: 1 in 2100 for each precision.
TEST_CASE_TEMPLATE("Bachelier: paths have the law of the closed form", Model, bachelier<float>, bachelier<double>) {
  check_both_halves<Model>(std::vector<simulated_set<bachelier_parameters>>{
      {"an index", {20}, 0.5},
      {"little volatility", {1}},
      {"prices of both signs", {300}, 1},
      {"volatility by time", {step_function({0.002, 0.3, 2}, {60, 5, 30})}, 0.07},
      {"volatility that ends", {step_function({0.2, 0.4}, {30, 0})}}});
}

}  // namespace
}  // namespace spectralmc
