// Kou's model: published prices, Lewis' integral, paths against the closed form.
#include "spectralmc/models/kou.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "about.hpp"
#include "both_halves.hpp"
#include "reference_formulas.hpp"
#include "spectralmc/spectral/distribution.hpp"

namespace spectralmc {
namespace {

TEST_CASE("Kou: the published prices") {
  const kou<double> first(market(100, 0.05, 0.01), {0.15, 3, 0.2, 25, 10});
  CHECK(distribution(characteristic_function(first, 1)).call_prices({100})[0].value == about(11.924303076, 1e-10));
  const kou<double> of_kou(market(100, 0.05), {0.16, 1, 0.4, 10, 5});
  CHECK(distribution(characteristic_function(of_kou, 0.5)).call_prices({98})[0].value == about(9.1473173, 6e-9));
}

TEST_CASE("Kou: calls are Lewis' integral over the textbook's characteristic function, to 1e-12 of the forward") {
  reference::uniform_source uniform(32);
  for (int i = 0; i < 40; ++i) {
    const kou_parameters p{uniform.between(0.1, 0.5), std::exp(uniform.between(-6, 3)), uniform(),
                           uniform.between(2, 60), uniform.between(1, 60)};
    const double time = uniform.between(0.1, 3), strike = uniform.between(60, 150);
    const market asset(100, 0.03, 0.01);
    const distribution law(characteristic_function(kou<double>(asset, p), time));
    const auto exponent = [&](reference::complex_number u) {
      const reference::complex_number iu(-u.imag(), u.real());
      const reference::number q = 1 - static_cast<reference::number>(p.up_probability), lambda = p.jump_intensity,
                              up = p.up_probability, eta1 = p.up_rate, eta2 = p.down_rate, s = p.volatility(0);
      const auto jumps = [&](reference::complex_number z) { return up * eta1 / (eta1 - z) + q * eta2 / (eta2 + z); };
      const reference::complex_number drift = -s * s / 2 - lambda * (jumps(1) - 1.0L);
      return static_cast<reference::number>(time) * (iu * drift + s * s / 2 * iu * iu + lambda * (jumps(iu) - 1.0L));
    };
    CAPTURE(p.jump_intensity);
    CAPTURE(p.up_rate);
    CAPTURE(p.down_rate);
    CAPTURE(time);
    const double forward = asset.forward(time);
    CHECK(std::fabs(law.call_prices({strike})[0].value / asset.discount(time) -
                    static_cast<double>(reference::lewis_call(exponent, forward, strike, 1.0L / 256))) <
          1e-12 * forward);
  }
}

const std::vector<simulated_set<kou_parameters>>& sets() {
  static const std::vector<simulated_set<kou_parameters>> list{
      {"the published case", {0.15, 3, 0.2, 25, 10}, 0.5},
      {"a jump in a thousand years", {0.2, 0.001, 0.4, 3, 2}},
      {"2000 jumps a year, no diffusion", {0, 2000, 0.4, 100, 80}},
      {"all jumps up", {0.1, 5, 1, 12, 7}, 0.1},
      {"all jumps down, half a unit each", {0.1, 0.5, 0, 12, 2}}};
  return list;
}

// False alarms: 1 in 2100 for each precision.
TEST_CASE_TEMPLATE("Kou: paths have the law of the closed form", Model, kou<float>, kou<double>) {
  check_both_halves<Model>(sets());
}

}  // namespace
}  // namespace spectralmc
