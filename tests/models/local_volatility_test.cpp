// Local volatility: a function against the exact law of constant elasticity; a surface that is flat, one that is
// Heston's, and surfaces with arbitrage.
#include "spectralmc/models/local_volatility.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

#include "about.hpp"
#include "schroder.hpp"
#include "spectralmc/execution/cpu.hpp"
#include "spectralmc/models/black_scholes.hpp"
#include "spectralmc/models/heston.hpp"
#include "spectralmc/pricing/black.hpp"
#include "spectralmc/pricing/monte_carlo.hpp"
#include "spectralmc/spectral/distribution.hpp"
#include "spectralmc/spectral/simulated_spectrum.hpp"
#include "statistics.hpp"

namespace spectralmc {
namespace {

const market asset(100, {0.25, 1}, {0.03, 0.04}, 0.01);

/// 0.3 M^(beta - 1)
struct power_volatility {
  double exponent;
  template <class V>
  SPECTRALMC_HOST_DEVICE V operator()(V x, scalar_of<V> /*time*/) const {
    using real = scalar_of<V>;
    return rounded_product(V(real(0.3)), exp(x * V(static_cast<real>(exponent))));
  }
};

// False alarms: 1 in 2600 for each precision.
TEST_CASE_TEMPLATE("local volatility that is a power of S has the prices of constant elasticity", Real, float, double) {
  const auto model = local_volatility_model<Real>(asset, power_volatility{-0.3});
  const auto plan = simulation{model, time_grid::dates({1}, 1.0 / 100)}.paths(1 << 16).seed(24);
  const distribution law(characteristic_function(cpu{}, plan, log_return{})[0]);
  const reference::constant_elasticity_law exact{0.7L, 0.09L};
  const double forward = asset.forward(1), discount = asset.discount(1);
  for (const double k : {0.7, 0.9, 1.0, 1.2, 1.5}) {
    CAPTURE(k);
    CHECK(errors_apart(law.call_prices({k * forward})[0],
                       discount * forward * static_cast<double>(exact.call(static_cast<long double>(k)))) < 4);
  }
  CHECK(errors_apart(price(cpu{}, plan, [](const auto& path) { return path.last(); }), discount * forward) < 4);
}

std::vector<std::vector<double>> flat(std::size_t maturities, std::size_t places, double volatility) {
  return std::vector<std::vector<double>>(maturities, std::vector<double>(places, volatility));
}

TEST_CASE("a flat surface has its volatility everywhere, implied and local") {
  const implied_volatility_surface surface({0.5, 1, 2}, {-0.5, 0, 0.5}, flat(3, 3, 0.25));
  for (const double time : {0.01, 0.5, 0.8, 3.0}) {
    for (const double k : {-2.0, -0.4, 0.0, 0.3, 1.0}) {
      if (time <= 2) CHECK(surface(time, k) == about(0.25, 1e-14));
      CHECK(surface.local_variance(time, k) == about(0.0625, 1e-13));
    }
  }
}

// False alarms: 1 in 100000 for each precision.
TEST_CASE_TEMPLATE("paths of a flat surface are those of Black and Scholes", Real, float, double) {
  const dupire<Real> model(asset, implied_volatility_surface({0.5, 1, 2}, {-0.5, 0, 0.5}, flat(3, 3, 0.25)));
  const auto plan = simulation{model, time_grid::dates({1.5}, 0.1)}.paths(1 << 14).seed(25).terms(48);
  const spectrum found = characteristic_function(cpu{}, plan, log_return{})[0];
  const joint_test test = joint_error(found, exact_values(black_scholes<Real>(asset, {0.25}), found));
  CHECK(test.statistic < test.bound);
}

const heston_parameters smile{0.04, 2, 0.06, 0.5, -0.6};

implied_volatility_surface smile_surface() {
  const heston<double> model(market(1), smile);
  std::vector<double> maturities{0.1, 0.2, 0.35, 0.5, 0.75, 1, 1.5}, places;
  std::vector<std::vector<double>> volatilities;
  for (int j = -10; j <= 5; ++j) places.push_back(0.05 * j);
  for (const double time : maturities) {
    const distribution law(characteristic_function(model, time));
    std::vector<double> row;
    for (const double k : places) {
      const option_type type = k < 0 ? option_type::put : option_type::call;
      const estimate option = (k < 0 ? law.put_prices({std::exp(k)}) : law.call_prices({std::exp(k)}))[0];
      row.push_back(implied_volatility(type, option.value, 1, std::exp(k), time));
    }
    volatilities.push_back(row);
  }
  return implied_volatility_surface(maturities, places, volatilities);
}

// With interpolation in maturity and 100 steps a year there is a bias of about a twentieth of a volatility point; 0.15
// are allowed. False alarms: 1 in 1800 for each precision.
TEST_CASE("paths of a Heston surface have Heston's prices") {
  const dupire<float> model(asset, smile_surface());
  const auto plan = simulation{model, time_grid::dates({0.25, 1}, 0.01)}.paths(1 << 16).seed(26);
  const spectra found = characteristic_function(cpu{}, plan, log_return{});
  const heston<double> exact(asset, smile);
  for (const double time : {0.25, 1.0}) {
    const distribution law(found.at(time)), truth(characteristic_function(exact, time));
    for (const double k : {-0.2, -0.1, 0.0, 0.1}) {
      const double forward = asset.forward(time), discount = asset.discount(time), strike = forward * std::exp(k);
      const estimate put = law.put_prices({strike})[0];
      const double vega = black_vega(forward, strike, 0.22, time, discount);
      CAPTURE(time);
      CAPTURE(k);
      CHECK(std::fabs(put.value - truth.put_prices({strike})[0].value) < 4 * put.standard_error + 0.0015 * vega);
    }
  }
}

TEST_CASE("where the smile falls at the table's end its wing is flat, and all volatilities are finite") {
  const implied_volatility_surface surface({0.5, 10}, {-0.5, 0, 0.5}, {{0.3, 0.26, 0.21}, {0.28, 0.24, 0.19}});
  for (const double time : {0.1, 0.5, 3.0, 10.0, 20.0}) {
    for (const double k : {-30.0, -3.0, -0.5, 0.0, 0.5, 3.0, 30.0}) {
      CAPTURE(time);
      CAPTURE(k);
      if (time <= 10) CHECK(surface(time, k) > 0);
      CHECK(is_finite(surface.local_variance(time, k)));
    }
  }
  CHECK(surface(10, 3) == doctest::Approx(0.19));
}

// An extrapolation of this surface's total variance would have arbitrage. False alarms: 1 in 16000.
TEST_CASE("after the last maturity the local volatility stays, and the asset is worth its forward") {
  const implied_volatility_surface surface(
      {0.25, 1}, {-0.4, -0.2, 0, 0.2, 0.4},
      {{0.2272, 0.1950, 0.1920, 0.2209, 0.2736}, {0.4160, 0.3434, 0.2969, 0.2690, 0.2678}});
  CHECK(surface.local_variance(5, -0.1) == surface.local_variance(1, -0.1));
  CHECK_THROWS_AS(surface(1.5, 0), invalid_parameter);
  const auto plan = simulation{dupire<float>(asset, surface), time_grid::dates({5}, 1.0 / 64)}.paths(1 << 14).seed(2);
  const estimate worth = price(cpu{}, plan, [](const auto& path) { return path.last(); });
  CHECK(worth.paths == 1 << 14);
  CHECK(errors_apart(worth, asset.discount(5) * asset.forward(5)) < 4);
}

std::string refusal(const std::vector<double>& maturities, const std::vector<double>& places,
                    const std::vector<std::vector<double>>& volatilities) {
  try {
    const implied_volatility_surface surface(maturities, places, volatilities);
  } catch (const invalid_parameter& e) {
    return e.what();
  }
  return "";
}

TEST_CASE("surfaces with arbitrage or lists that do not fit are refused, with the place") {
  CHECK(refusal({1, 2}, {-0.5, 0, 0.5}, flat(2, 3, 0.2)).empty());
  // Total variance falls from 0.09 to 0.08.
  CHECK(refusal({1, 2}, {-0.5, 0, 0.5}, {{0.3, 0.3, 0.3}, {0.2, 0.2, 0.2}})
            .find("the growth of total variance at maturity 2 and log-moneyness") == 0);
  // A peak of the smile is a hole in the density.
  CHECK(refusal({1}, {-0.2, -0.1, 0, 0.1, 0.2}, {{0.2, 0.2, 0.3, 0.2, 0.2}}).find("the density at maturity 1 and") ==
        0);
  CHECK(refusal({}, {0, 1}, {}).find("times.size() is 0") == 0);
  CHECK(refusal({1}, {0}, {{0.2}}).find("log_moneyness.size() is 1") == 0);
  CHECK(refusal({1}, {1, 0}, {{0.2, 0.2}}).find("log_moneyness is 0") == 0);
  CHECK(refusal({1, 2}, {0, 1}, {{0.2, 0.2}}).find("volatilities.size() is 1") == 0);
  CHECK(refusal({1}, {0, 1}, {{0.2}}).find("volatilities[i].size() is 1") == 0);
  CHECK(refusal({1}, {0, 1}, {{0.2, -0.5}}).find("volatilities is -0.5") == 0);
}

}  // namespace
}  // namespace spectralmc
