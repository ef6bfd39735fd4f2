// The variance gamma model: published prices, integration over the clock, paths against the closed form.
#include "spectralmc/models/variance_gamma.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "about.hpp"
#include "both_halves.hpp"
#include "clocked_call.hpp"
#include "reference_formulas.hpp"
#include "spectralmc/spectral/distribution.hpp"

namespace spectralmc {
namespace {

double call(const variance_gamma_parameters& p, const market& asset, double time, double strike) {
  const variance_gamma<double> model(asset, p);
  return distribution(characteristic_function(model, time)).call_prices({strike})[0].value;
}

TEST_CASE("variance gamma: the published prices") {
  CHECK(call({0.12, -0.14, 0.2}, market(100, 0.1), 0.1, 90) == about(10.9937031867, 6e-12));
  CHECK(call({0.12, -0.14, 0.2}, market(100, 0.1), 1, 90) == about(19.099354724, 3e-11));
  CHECK(call({0.2, 0.1, 0.85}, market(100, 0.05, 0.01), 1, 100) == about(10.1393506263865, 1e-10));
}

/// The call's forward price by an integral over the gamma clock.
double call_over_clock(const variance_gamma_parameters& p, double forward, double strike, double time) {
  const reference::number nu = p.clock_variance, shape = time / nu, s = p.volatility, theta = p.skew;
  const auto log_density = [&](reference::number g) {
    return (shape - 1) * std::log(g / nu) - g / nu - std::lgamma(shape) - std::log(nu);
  };
  const reference::number omega = std::log(1 - theta * nu - s * s * nu / 2) / nu;
  return static_cast<double>(reference::call_over_clock(theta, s, omega, log_density, forward, strike, time));
}

TEST_CASE("variance gamma: calls are the integral over the clock, to 1e-10 of the forward") {
  reference::uniform_source uniform(34);
  for (int i = 0; i < 20; ++i) {
    const variance_gamma_parameters p{uniform.between(0.1, 0.5), uniform.between(-0.4, 0.1), uniform.between(0.05, 1)};
    const double time = uniform.between(1, 3), strike = uniform.between(60, 150);
    const market asset(100, 0.03, 0.01);
    const double forward = asset.forward(time);
    CAPTURE(p.volatility);
    CAPTURE(p.skew);
    CAPTURE(p.clock_variance);
    CAPTURE(time);
    CHECK(std::fabs(call(p, asset, time, strike) / asset.discount(time) - call_over_clock(p, forward, strike, time)) <
          1e-10 * forward);
  }
}

TEST_CASE("variance gamma: over days, when its density is infinite, calls are within a small truncation error") {
  const market asset(100, 0.03, 0.01);
  const variance_gamma_parameters p{0.12, -0.14, 0.2};
  for (const double days : {5, 10, 20}) {
    const double time = days / 365, forward = asset.forward(time), discount = asset.discount(time);
    const distribution law(characteristic_function(variance_gamma<double>(asset, p), time));
    CHECK_FALSE(law.expansion().resolved());
    for (const double moneyness : {0.9, 0.99, 1.0, 1.001, 1.05}) {
      CAPTURE(days);
      CAPTURE(moneyness);
      const double strike = moneyness * forward;
      const estimate found = law.call_prices({strike})[0];
      CHECK(std::fabs(found.value - discount * call_over_clock(p, forward, strike, time)) < found.truncation_error);
      CHECK(found.truncation_error < 2e-4);
    }
  }
}

const std::vector<simulated_set<variance_gamma_parameters>>& sets() {
  static const std::vector<simulated_set<variance_gamma_parameters>> list{
      {"Madan, Carr and Chang's", {0.12, -0.14, 0.2}, 0.1},
      {"a clock that stands still for months", {0.2, 0.1, 0.85}},
      {"a clock that runs nearly evenly", {0.3, -0.2, 0.0005}},
      {"no volatility", {0, -0.3, 0.5}},
      {"a heavy right tail", {0.3, 0.1, 2}}};
  return list;
}

// False alarms: 1 in 2100 for each precision.
TEST_CASE_TEMPLATE("variance gamma: paths have the law of the closed form", Model, variance_gamma<float>,
                   variance_gamma<double>) {
  check_both_halves<Model>(sets());
}

}  // namespace
}  // namespace spectralmc
