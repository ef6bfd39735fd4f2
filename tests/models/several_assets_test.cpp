// Correlated assets: Margrabe's formula, the joint characteristic function, each asset's own law.
#include "spectralmc/models/several_assets.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "about.hpp"
#include "reference_formulas.hpp"
#include "spectralmc/models/bachelier.hpp"
#include "spectralmc/models/black_scholes.hpp"
#include "spectralmc/models/displaced_diffusion.hpp"
#include "spectralmc/models/kou.hpp"
#include "spectralmc/models/merton.hpp"
#include "spectralmc/models/normal_inverse_gaussian.hpp"
#include "spectralmc/models/variance_gamma.hpp"
#include "spectralmc/parallel/cpu.hpp"
#include "spectralmc/paths/asset_observers.hpp"
#include "spectralmc/paths/stored_paths.hpp"
#include "spectralmc/requests/spectrum_of.hpp"
#include "spectralmc/requests/value_of.hpp"
#include "spectralmc/spectral/distribution.hpp"
#include "statistics.hpp"

namespace spectralmc {
namespace {

/// Margrabe, W. (1978), The value of an option to exchange one asset for another, J. Finance 33(1).
double exchange(double s1, double s2, double deviation1, double deviation2, double rho) {
  const double deviation =
      std::sqrt(deviation1 * deviation1 + deviation2 * deviation2 - 2 * rho * deviation1 * deviation2);
  return static_cast<double>(reference::black(1, s1, s2, deviation));
}

struct exchange_payoff {
  using observers = observer_list<of_asset<0>, of_asset<1>>;
  template <class Path>
  auto operator()(const Path& path) const {
    const auto difference = path[0] - path.of(of_asset<1>{}, 0);
    using V = std::remove_const_t<decltype(difference)>;
    return maximum(V(scalar_of<V>(0)), difference);
  }
};

// False alarms: 1 in 2700 for each precision.
TEST_CASE_TEMPLATE("options to exchange two assets have the published prices, from the spread's spectrum and by paths",
                   Real, float, double) {
  for (const auto& [other, published] :
       {std::pair<double, double>{90, 12.021727425648}, {100, 5.978528810579}, {110, 2.500244806693}}) {
    const several_assets model({{1, 0.5}, {0.5, 1}}, black_scholes<Real>(market(100), {0.15}),
                               black_scholes<Real>(market(other), {0.15}));
    CHECK(exchange(100, other, 0.15, 0.15, 0.5) == about(published, 1e-12));
    const auto plan = simulation{model, time_grid::dates({1})}.paths(1 << 16).seed(18);
    const basket spread{1.0, -1.0};
    const distribution law(characteristic_function(cpu{}, plan, spread)[0]);
    CHECK(errors_apart(law.call_prices({0})[0], published) < 4);
    CHECK(law.quantity().forward == 100 - other);
    CHECK(errors_apart(price(cpu{}, plan, exchange_payoff{}), published) < 4);
  }
}

const market asset(100, {0.25, 1}, {0.03, 0.04}, 0.01);

// False alarms: 1 in 30000.
TEST_CASE("the joint law of Black and Scholes' assets is its characteristic function, along several directions") {
  using model_type = black_scholes<float>;
  const square_matrix correlation{{1, 0.6, -0.3}, {0.6, 1, 0.2}, {-0.3, 0.2, 1}};
  const several_assets model(correlation, model_type(asset, {0.2}),
                             model_type(asset, {step_function({0.3, 1}, {0.4, 0.2})}), model_type(asset, {0.3}));
  const auto plan = simulation{model, time_grid::dates({0.5, 2}, 0.1)}.paths(1 << 15).seed(19);
  const auto check = [&](double a, double b, double c) {
    const spectra found = characteristic_function(cpu{}, plan, spectrum_of(log_basket{a, b, c}).terms(48));
    for (const spectrum& s : found) {
      const double time = s.quantity().time;
      std::vector<complex<double>> exact;
      for (std::size_t j = 0; j <= 2 * (s.size() - 1); ++j) {
        const double u = s.grid().step() * static_cast<double>(j);
        const complex<double> exponent = model.log_joint_characteristic_function({u * a, u * b, u * c}, time);
        exact.push_back(exp(exponent + complex<double>(0, u * (a + b + c) * asset.log_forward_return(time))));
      }
      const joint_test test = joint_error(s, exact);
      CAPTURE(time);
      CHECK(test.statistic < test.bound);
    }
  };
  check(1, 0, 0);
  check(1, 1, 1);
  check(1, -2, 0.5);
}

template <class Model, class Plan, int Asset>
void check_own_law(const Plan& plan) {
  const Model& model = plan.model().template model<Asset>();
  const spectrum found = characteristic_function(cpu{}, plan, of_asset<Asset, log_return>{})[0];
  const joint_test test = joint_error(found, exact_values(model, found));
  CAPTURE(Asset);
  CHECK(test.statistic < test.bound);
}

// False alarms: 1 in 20000.
TEST_CASE("among others each asset has the law of its own model, whatever its kind") {
  using jump_model = merton<float>;
  using gamma_model = variance_gamma<float>;
  using double_exponential = kou<float>;
  using inverse_gaussian_model = normal_inverse_gaussian<float>;
  const square_matrix correlation{{1, 0.9, 0.5, -0.4}, {0.9, 1, 0.5, -0.4}, {0.5, 0.5, 1, -0.4}, {-0.4, -0.4, -0.4, 1}};
  const several_assets model(correlation, jump_model(asset, {0.2, {2, -0.1, 0.1}}),
                             gamma_model(asset, {0.12, -0.14, 0.2}), double_exponential(asset, {0.15, 3, 0.2, 25, 10}),
                             inverse_gaussian_model(asset, {0.2, -0.1, 0.3}));
  const auto plan = simulation{model, time_grid::dates({1}, 0.25)}.paths(1 << 15).seed(20);
  using plan_type = decltype(plan);
  check_own_law<jump_model, plan_type, 0>(plan);
  check_own_law<gamma_model, plan_type, 1>(plan);
  check_own_law<double_exponential, plan_type, 2>(plan);
  check_own_law<inverse_gaussian_model, plan_type, 3>(plan);
}

// The covariance of two assets' S of Bachelier's and of displaced diffusion with beta = 1, to 4 of its errors. False
// alarms: 1 in 8000.
TEST_CASE("assets of models without logarithms are correlated too") {
  const double rho = -0.8;
  const several_assets model({{1, rho}, {rho, 1}}, bachelier<double>(market(100), {20}),
                             displaced_diffusion<double>(market(50), {0.3, 1}));
  const auto plan = simulation{model, time_grid::dates({1}, 0.5)}.paths(1 << 16).seed(21);
  struct product {
    using observers = observer_list<of_asset<0>, of_asset<1>>;
    auto operator()(const observed_path<lanes<double>, observers>& path) const {
      return (path[0] - lanes<double>(100.0)) * path.of(of_asset<1>{}, 0);
    }
  };
  // E W1 exp(s W2 - s^2/2) = rho s.
  CHECK(errors_apart(price(cpu{}, plan, product{}), 20 * 50 * rho * 0.3) < 4);
  const distribution sum(characteristic_function(cpu{}, plan, basket{1.0, 2.0})[0]);
  CHECK(sum.quantity().forward == 200);
  CHECK(errors_apart(sum.mean(), 200) < 4);
}

// False alarms: 1 in 8000.
TEST_CASE("the worst and the best of two are what Margrabe's formula says") {
  using model_type = black_scholes<double>;
  const several_assets model({{1, 0.3}, {0.3, 1}}, model_type(market(100), {0.2}), model_type(market(7), {0.4}));
  const auto plan = simulation{model, time_grid::dates({1.5})}.paths(1 << 16).seed(22);
  const auto results = characteristic_function(cpu{}, plan, worst_of{}, best_of{});
  const double option = exchange(1, 1, 0.2 * std::sqrt(1.5), 0.4 * std::sqrt(1.5), 0.3);
  CHECK(errors_apart(distribution(std::get<0>(results)[0]).mean(), 1 - option) < 4);
  CHECK(errors_apart(distribution(std::get<1>(results)[0]).mean(), 1 + option) < 4);
}

TEST_CASE("perfectly correlated assets move together, bit for bit") {
  using model_type = black_scholes<float>;
  const several_assets model({{1, 1}, {1, 1}}, model_type(asset, {0.2}), model_type(asset, {0.2}));
  const auto plan = simulation{model, time_grid::dates({1}, 0.1)}.paths(1000).seed(23);
  std::vector<float> difference(1000);
  store_paths(cpu{}, plan, basket{1.0, -1.0}, path_layout::path_major, 0, 1000, difference.data());
  CHECK(difference == std::vector<float>(1000, 0.0F));
}

TEST_CASE("several assets: what does not fit together is refused") {
  using model_type = black_scholes<double>;
  const model_type one(market(100, 0.03), {0.2}), other(market(100, 0.02), {0.2});
  using pair = several_assets<model_type, model_type>;
  CHECK_THROWS_WITH_AS(pair({{1, 0}, {0, 1}}, one, other), "rate is 0.02, allowed: the same curve for all assets",
                       invalid_parameter);
  CHECK_THROWS_AS(pair({{1}}, one, one), invalid_parameter);
  CHECK_THROWS_AS(pair({{1, 2}, {2, 1}}, one, one), invalid_parameter);
  const pair good({{1, 0.5}, {0.5, 1}}, one, one);
  CHECK_THROWS_AS(good.log_joint_characteristic_function({1.0}, 1), invalid_parameter);
}

}  // namespace
}  // namespace spectralmc
