// Bates' model: Lewis' integral, its limits without jumps and without volatility of variance, paths against the closed
// form.
#include "spectralmc/models/bates.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "both_halves.hpp"
#include "reference_formulas.hpp"
#include "spectralmc/spectral/distribution.hpp"

namespace spectralmc {
namespace {

TEST_CASE("Bates: calls are Lewis' integral over the textbook's characteristic function, to 1e-11 of the forward") {
  reference::uniform_source uniform(33);
  for (int i = 0; i < 20; ++i) {
    const bates_parameters p{{uniform.between(0.01, 0.2), uniform.between(0.3, 6), uniform.between(0.02, 0.2),
                              uniform.between(0.1, 1.2), uniform.between(-0.9, 0.5)},
                             {std::exp(uniform.between(-4, 2)), uniform.between(-0.3, 0.1), uniform.between(0, 0.3)}};
    const double time = uniform.between(0.1, 5), strike = uniform.between(60, 150);
    const market asset(100, 0.03, 0.01);
    const distribution law(characteristic_function(bates<double>(asset, p), time));
    const auto exponent = [&](reference::complex_number u) {
      const reference::complex_number iu(-u.imag(), u.real());
      const reference::number lambda = p.jumps.intensity, m = p.jumps.mean, d = p.jumps.deviation, t = time;
      return reference::heston_exponent(p.diffusion, u, t) +
             lambda * t * (std::exp(iu * m + iu * iu * (d * d / 2)) - 1.0L - iu * std::expm1(m + d * d / 2));
    };
    CAPTURE(time);
    CAPTURE(strike);
    const double forward = asset.forward(time);
    CHECK(std::fabs(law.call_prices({strike})[0].value / asset.discount(time) -
                    static_cast<double>(reference::lewis_call(exponent, forward, strike, 1.0L / 256))) <
          1e-11 * forward);
  }
}

constexpr double day = 1.0 / 365;

const std::vector<simulated_set<bates_parameters>>& sets() {
  static const std::vector<simulated_set<bates_parameters>> list{
      {"Feller's condition holds", {{0.04, 4, 0.06, 0.5, -0.5}, {0.4, -0.12, 0.18}}, 0.02},
      {"Feller's condition fails", {{0.04, 0.5, 0.04, 1, -0.9}, {1, -0.05, 0.1}}, 0.02},
      {"a calibration to the DAX, with jumps",
       {{0.191, 15.56, 0.0746, 3.295, -0.512}, {0.5, -0.1, 0.1}},
       day,
       {day, 0.2, 1}},
      {"a jump in a thousand years", {{0.04, 2, 0.04, 0.4, 0.99}, {0.001, -0.5, 0.1}}, 0.01, {day, 0.5, 2}},
      {"a thousand jumps a year", {{0.02, 2, 0.02, 0.3, -0.99}, {1000, -0.001, 0.005}}, 0.02, {day, 0.5, 2}}};
  return list;
}

// False alarms: 1 in 2100 for each precision.
TEST_CASE_TEMPLATE("Bates: paths have the law of the closed form", Model, bates<float>, bates<double>) {
  check_both_halves<Model>(sets());
}

}  // namespace
}  // namespace spectralmc
