// The normal inverse Gaussian model: integration over the clock, the law's own parameters, paths against the closed
// form.
#include "spectralmc/models/normal_inverse_gaussian.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <complex>
#include <vector>

#include "both_halves.hpp"
#include "clocked_call.hpp"
#include "reference_formulas.hpp"
#include "spectralmc/spectral/distribution.hpp"

namespace spectralmc {
namespace {

TEST_CASE("normal inverse Gaussian: calls are the integral over the clock, to 1e-12 of the forward") {
  reference::uniform_source uniform(35);
  for (int i = 0; i < 20; ++i) {
    const normal_inverse_gaussian_parameters p{uniform.between(0.1, 0.5), uniform.between(-0.4, 0.1),
                                               uniform.between(0.05, 1)};
    const double time = uniform.between(0.25, 3), strike = uniform.between(60, 150);
    const market asset(100, 0.03, 0.01);
    const double forward = asset.forward(time);
    const reference::number nu = p.clock_variance, s = p.volatility, theta = p.skew, t = time, shape = t * t / nu;
    // Inverse Gaussian of mean t and shape t^2 / nu.
    const auto log_density = [&](reference::number g) {
      return 0.5L * std::log(shape / (2 * reference::pi * g * g * g)) - shape * (g - t) * (g - t) / (2 * t * t * g);
    };
    const reference::number omega = -(1 - std::sqrt(1 - nu * (2 * theta + s * s))) / nu;
    const distribution law(characteristic_function(normal_inverse_gaussian<double>(asset, p), time));
    CAPTURE(p.volatility);
    CAPTURE(p.skew);
    CAPTURE(p.clock_variance);
    CAPTURE(time);
    CHECK(std::fabs(law.call_prices({strike})[0].value / asset.discount(time) -
                    static_cast<double>(reference::call_over_clock(theta, s, omega, log_density, forward, strike, t))) <
          1e-12 * forward);
  }
}

TEST_CASE("normal inverse Gaussian: the exponent is the paper's in its own parameters, to 1e-13") {
  const reference::number alpha = 15, beta = -5, delta = 0.5, g = std::sqrt(alpha * alpha - beta * beta);
  const normal_inverse_gaussian<double> model(
      market(100), {static_cast<double>(std::sqrt(delta / g)), static_cast<double>(beta * delta / g),
                    static_cast<double>(1 / (delta * g))});
  const reference::number t = 0.7L, omega = -delta * (g - std::sqrt(alpha * alpha - (beta + 1) * (beta + 1)));
  for (int j = 1; j < 60; ++j) {
    const reference::complex_number iu(0, static_cast<reference::number>(j));
    const reference::complex_number exact =
        t * (iu * omega + delta * (g - std::sqrt(alpha * alpha - (beta + iu) * (beta + iu))));
    const complex<double> found = model.log_characteristic_function(complex<double>(j, 0), 0.7);
    const auto size = static_cast<double>(std::abs(exact));
    CHECK(std::fabs(found.re - static_cast<double>(exact.real())) < 1e-13 * size);
    CHECK(std::fabs(found.im - static_cast<double>(exact.imag())) < 1e-13 * size);
  }
}

const std::vector<simulated_set<normal_inverse_gaussian_parameters>>& sets() {
  static const std::vector<simulated_set<normal_inverse_gaussian_parameters>> list{
      {"an equity index", {0.2, -0.1, 0.3}, 0.1},
      {"a clock that stands still for months", {0.2, 0.1, 2}},
      {"a clock that runs nearly evenly", {0.3, -0.2, 0.0005}},
      {"no volatility", {0, -0.3, 0.5}},
      {"a heavy right tail", {0.3, 0.1, 1.17}}};
  return list;
}

// False alarms: 1 in 2100 for each precision.
TEST_CASE_TEMPLATE("normal inverse Gaussian: paths have the law of the closed form", Model,
                   normal_inverse_gaussian<float>, normal_inverse_gaussian<double>) {
  check_both_halves<Model>(sets());
}

}  // namespace
}  // namespace spectralmc
