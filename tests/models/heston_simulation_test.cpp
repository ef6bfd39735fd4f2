// Simulation of Heston's model against its closed form and published prices. Seeds are fixed; the false-alarm rates say
// how often a right library would fail with another seed.
#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <tuple>
#include <vector>

#include "about.hpp"
#include "reference_values.hpp"
#include "spectralmc/models/heston.hpp"
#include "spectralmc/parallel/cpu.hpp"
#include "spectralmc/payoffs/european.hpp"
#include "spectralmc/requests/spectrum_of.hpp"
#include "spectralmc/requests/value_of.hpp"
#include "spectralmc/spectral/distribution.hpp"
#include "statistics.hpp"

namespace spectralmc {
namespace {

using single_precision = heston<float>;
using double_precision = heston<double>;
using euler = heston<float, full_truncation_euler>;

constexpr std::size_t lewis = 0, short_lewis = 1, andersen = 4;

const reference::heston_set& set(std::size_t number) {
  static const std::vector<reference::heston_set> sets = reference::heston_sets();
  return sets.at(number);
}
const std::size_t set_count = reference::heston_sets().size();

struct results {
  spectrum log_returns;
  estimate asset_price, put;
};

/// One run of each set in its usual steps for all the tests of a scheme.
template <class Model>
const results& simulated(std::size_t number) {
  static std::vector<results> all = [] {
    std::vector<results> list;
    for (std::size_t i = 0; i < set_count; ++i) {
      const auto plan = simulation{Model(set(i).asset, set(i).parameters), time_grid::dates({set(i).time}, set(i).step)}
                            .paths(1 << 16)
                            .seed(2008);
      auto [by_date, last, put] = measure(cpu{}, plan, spectrum_of(log_return{}).terms(128).interval_width(10),
                                          value_of([](const auto& path) { return path.last(); }),
                                          value_of<european_put>(european_put{set(i).asset.forward(set(i).time)}));
      list.push_back({by_date[0], last, put});
    }
    return list;
  }();
  return all.at(number);
}

// False alarms: 1 in 2600 for each scheme. The case of Lewis, of 10 years, of Andersen (Feller's condition badly
// violated) and of the DAX, in steps of a day (for 10 years, of ten days).
TEST_CASE_TEMPLATE("the simulated asset is worth its forward within four standard errors", Model, single_precision,
                   double_precision, euler) {
  for (std::size_t i = 0; i < set_count; ++i) {
    CAPTURE(set(i).name);
    CHECK(errors_apart(simulated<Model>(i).asset_price,
                       set(i).asset.forward(set(i).time) * set(i).asset.discount(set(i).time)) < 4);
  }
}

// False alarms: 1 in 17000 for each precision.
TEST_CASE_TEMPLATE("the empirical characteristic function is the closed form at all frequencies", Model,
                   single_precision, double_precision) {
  for (std::size_t i = 0; i < set_count; ++i) {
    const spectrum& found = simulated<Model>(i).log_returns;
    const joint_test test = joint_error(found, exact_values(Model(set(i).asset, set(i).parameters), found));
    CAPTURE(set(i).name);
    CAPTURE(test.independent);
    CHECK(test.statistic < test.bound);
  }
}

// False alarms: 1 in 100000. Feller's condition holds in this case: where it does not Euler's bias shows.
TEST_CASE("with daily steps Euler's bias is hidden in the noise where Feller's condition holds") {
  const spectrum& found = simulated<euler>(lewis).log_returns;
  const joint_test test = joint_error(found, exact_values(euler(set(lewis).asset, set(lewis).parameters), found));
  CAPTURE(test.independent);
  CHECK(test.statistic < test.bound);
}

// Not by chance: the error is some 6 standard errors.
TEST_CASE("the same test sees Euler's bias where Feller's condition is badly violated") {
  const spectrum& found = simulated<euler>(short_lewis).log_returns;
  const joint_test test =
      joint_error(found, exact_values(euler(set(short_lewis).asset, set(short_lewis).parameters), found));
  CHECK(test.statistic > test.bound);
}

// False alarms: 1 in 850 for each precision if quotes were independent.
TEST_CASE_TEMPLATE("prices from the simulated spectrum are the published ones within four standard errors", Model,
                   single_precision, double_precision) {
  for (std::size_t i = 0; i < set_count; ++i) {
    const distribution law(simulated<Model>(i).log_returns);
    for (const reference::quote& q : set(i).quotes) {
      const estimate price =
          (q.type == option_type::call ? law.call_prices({q.strike}) : law.put_prices({q.strike}))[0];
      CAPTURE(set(i).name);
      CAPTURE(q.strike);
      CAPTURE(price.value);
      CAPTURE(price.standard_error);
      CHECK(std::fabs(price.value - q.price) < 4 * price.standard_error + price.truncation_error);
    }
  }
}

// False alarms: 1 in 16000 for each scheme.
TEST_CASE_TEMPLATE("a put by plain Monte Carlo is the closed form's within four standard errors", Model,
                   single_precision, double_precision, euler) {
  const distribution law(characteristic_function(Model(set(lewis).asset, set(lewis).parameters), set(lewis).time));
  const double strike = set(lewis).asset.forward(set(lewis).time);
  CHECK(errors_apart(simulated<Model>(lewis).put, law.put_prices({strike})[0].value) < 4);
}

/// The standard deviation of a discounted put with the forward as its strike: the second moment of max(K - S, 0) is
/// twice the integral of put prices over strikes up to K.
double deviation_of_put(std::size_t number) {
  const market& asset = set(number).asset;
  const distribution law(characteristic_function(double_precision(asset, set(number).parameters), set(number).time));
  constexpr int intervals = 64;  // Simpson's rule
  const double strike = asset.forward(set(number).time), width = strike / intervals;
  std::vector<double> strikes;
  for (int j = 1; j <= intervals; ++j) strikes.push_back(width * j);
  const std::vector<estimate> puts = law.put_prices(strikes);
  double integral = 0;
  for (int j = 1; j <= intervals; ++j) {
    integral += width / 3 * (j == intervals ? 1 : j % 2 == 0 ? 2 : 4) * puts[static_cast<std::size_t>(j - 1)].value;
  }
  return std::sqrt(2 * integral * asset.discount(set(number).time) - puts.back().value * puts.back().value);
}

// The sample's deviation is off by some 1% here, so that 10% is never reached by chance.
TEST_CASE_TEMPLATE("the standard error is the payoff's deviation over the root of the paths", Model, single_precision,
                   double_precision, euler) {
  static const double lewis_deviation = deviation_of_put(lewis), andersen_deviation = deviation_of_put(andersen);
  const estimate &first = simulated<Model>(lewis).put, &second = simulated<Model>(andersen).put;
  CHECK(first.standard_error * std::sqrt(static_cast<double>(first.paths)) == about(lewis_deviation, 0.1));
  CHECK(second.standard_error * std::sqrt(static_cast<double>(second.paths)) == about(andersen_deviation, 0.1));
}

/// The prices of Andersen's case with 2^20 paths and so many steps in ten years.
std::vector<estimate> prices_in_steps(std::uint32_t steps) {
  const auto plan =
      simulation{single_precision(set(andersen).asset, set(andersen).parameters), time_grid::uniform(10, steps)}
          .paths(1 << 20)
          .seed(8);
  const distribution law(characteristic_function(cpu{}, plan, log_return{})[0]);
  std::vector<double> strikes;
  for (const reference::quote& q : set(andersen).quotes) strikes.push_back(q.strike);
  return law.call_prices(strikes);
}

// A price is around 0.015 uncertain here. False alarms: 1 in 4000 a case.
// Where rho / sigma is large, float keeps the martingale. 2^17 paths; false alarms: 1 in 16000 each.
TEST_CASE("quadratic-exponential in float: a martingale also with next to no volatility of variance") {
  for (const double sigma : {0.01, 1e-4, 1e-6}) {
    for (const double correlation : {-0.9, 0.9}) {
      for (const std::uint32_t steps : {4U, 100U}) {
        const heston<float> model(market(100), {0.04, 1.5, 0.04, sigma, correlation});
        const auto plan = simulation{model, time_grid::uniform(1, steps)}.paths(1 << 17).seed(steps);
        const estimate asset = price(cpu{}, plan, [](const auto& path) { return path.last(); });
        CAPTURE(sigma);
        CAPTURE(correlation);
        CAPTURE(steps);
        CHECK(errors_apart(asset, 100) < 4);
        CHECK(asset.standard_error == about(100 * std::sqrt(std::expm1(0.04) / (1 << 17)), 0.02));
      }
    }
  }
}

TEST_CASE("quadratic-exponential, Andersen's case: at 4 steps a year the bias is below 0.02") {
  const std::vector<estimate> prices = prices_in_steps(40);
  for (std::size_t j = 0; j < prices.size(); ++j) {
    CAPTURE(set(andersen).quotes[j].strike);
    CAPTURE(prices[j].value - set(andersen).quotes[j].price);
    CHECK(std::fabs(prices[j].value - set(andersen).quotes[j].price) <
          4 * prices[j].standard_error + prices[j].truncation_error + 0.02);
  }
}

TEST_CASE("quadratic-exponential, Andersen's case: at 1 step a year the bias is below 0.25") {
  const std::vector<estimate> prices = prices_in_steps(10);
  for (std::size_t j = 0; j < prices.size(); ++j) {
    CAPTURE(set(andersen).quotes[j].strike);
    CAPTURE(prices[j].value - set(andersen).quotes[j].price);
    CHECK(std::fabs(prices[j].value - set(andersen).quotes[j].price) <
          4 * prices[j].standard_error + prices[j].truncation_error + 0.25);
  }
}

}  // namespace
}  // namespace spectralmc
