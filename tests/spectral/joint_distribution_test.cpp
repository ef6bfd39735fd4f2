// The joint law of two quantities: closed forms against formulas for two normals, Margrabe's, integrals of Black's
// formula and forward-start options; simulated ones against these within their errors, and their errors against their
// spread.
#include "spectralmc/spectral/joint_distribution.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include "about.hpp"
#include "reference_formulas.hpp"
#include "spectralmc/models/black_scholes.hpp"
#include "spectralmc/models/heston.hpp"
#include "spectralmc/models/kou.hpp"
#include "spectralmc/models/several_assets.hpp"
#include "spectralmc/paths/asset_observers.hpp"
#include "spectralmc/spectral/joint_characteristic_function.hpp"
#include "spectralmc/spectral/simulated_joint_spectrum.hpp"
#include "statistics.hpp"

namespace spectralmc {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

/// Two assets of Black and Scholes' over a year and a half, and what is known of them.
struct two_normals {
  double rho, deviation[2] = {0.2 * std::sqrt(1.5), 0.3 * std::sqrt(1.5)};
  market first{100, 0.03, 0.01}, second{90, 0.03, 0.02};
  static constexpr double time = 1.5;

  explicit two_normals(double correlation) : rho(correlation) {}

  template <class Real>
  auto model() const {
    return several_assets({{1, rho}, {rho, 1}}, black_scholes<Real>(first, {0.2}), black_scholes<Real>(second, {0.3}));
  }
  double mean(int i) const {
    return (i == 0 ? first : second).log_forward_return(time) - 0.5 * deviation[i] * deviation[i];
  }
  double density(double x, double y) const {
    const double a = (x - mean(0)) / deviation[0], b = (y - mean(1)) / deviation[1], rest = 1 - rho * rho;
    return std::exp(-0.5 * (a * a - 2 * rho * a * b + b * b) / rest) /
           (2 * pi * deviation[0] * deviation[1] * std::sqrt(rest));
  }
  /// Given the first, the second is lognormal: an integral of Black's formula, by the trapezoidal rule, or its parts
  /// where no formula has a strike that is not positive.
  double option(double w1, double w2, double strike) const {
    const double left = std::sqrt(1 - rho * rho) * deviation[1];
    reference::number sum = 0;
    constexpr double step = 1.0 / 256;
    for (int i = -9 * 256; i <= 9 * 256; ++i) {
      const double z = i * step;
      const double s1 = 100 * std::exp(mean(0) + deviation[0] * z);
      const double forward = 90 * std::exp(mean(1) + rho * deviation[1] * z + 0.5 * left * left);
      const double k = (strike - w1 * s1) / w2;
      const reference::number paid = w2 > 0 ? (k > 0 ? w2 * reference::black(1, forward, k, left) : w2 * (forward - k))
                                            : (k > 0 ? -w2 * reference::black(-1, forward, k, left) : 0);
      sum += paid * reference::normal_density(z) * step;
    }
    return first.discount(time) * static_cast<double>(sum);
  }
};

TEST_CASE("the joint law of two normals in closed form: density, probabilities, moments") {
  for (const double rho : {0.0, 0.6, -0.9}) {
    const two_normals truth(rho);
    const joint_distribution law(joint_characteristic_function<0, 1>(truth.model<double>(), truth.time));
    CAPTURE(rho);
    CHECK(law.resolved());
    CHECK(law.edge_mass() < 1e-10);
    for (const auto& [x, y] : {std::pair<double, double>{0, 0}, {0.1, -0.3}, {-0.5, 0.2}, {0.3, 0.5}}) {
      const estimate found = law.density(x, y);
      CHECK(std::fabs(found.value - truth.density(x, y)) <= 1e-7);
      CHECK(std::fabs(found.value - truth.density(x, y)) <= found.truncation_error + 1e-12);
      CHECK(found.standard_error == 0);
      CHECK(std::fabs(law.density_values({x}, {0.4, y})[0][1] - found.value) < 1e-12);
    }
    // Sheppard's formula for a quadrant.
    const estimate quadrant = law.cdf(truth.mean(0), truth.mean(1));
    CHECK(quadrant.value == about(0.25 + std::asin(rho) / (2 * pi), 1e-9));
    CHECK(law.probability({-infinity, infinity}, {-infinity, infinity}).value == about(1, 1e-12));
    const auto cdf = [&](int i, double x) {
      return static_cast<double>(reference::normal_cdf((x - truth.mean(i)) / truth.deviation[i]));
    };
    CHECK(law.cdf(0.1, infinity).value == about(cdf(0, 0.1), 1e-9));
    CHECK(law.cdf(infinity, -0.2).value == about(cdf(1, -0.2), 1e-9));
    if (rho == 0) {
      CHECK(law.probability({-0.1, 0.2}, {0.1, 0.5}).value ==
            about((cdf(0, 0.2) - cdf(0, -0.1)) * (cdf(1, 0.5) - cdf(1, 0.1)), 1e-9));
    }
    CHECK(std::fabs(law.covariance().value - rho * truth.deviation[0] * truth.deviation[1]) < 1e-10);
    CHECK(std::fabs(law.correlation().value - rho) < 1e-9);
    CHECK(std::fabs(law.first().mean().value - truth.mean(0)) < 1e-10);
    CHECK(std::sqrt(law.second().variance().value) == about(truth.deviation[1], 1e-9));
    CHECK(law.density(50, 0).value == 0);
  }
}

TEST_CASE("options on two assets in closed form: Margrabe's, spreads and baskets of all signs") {
  for (const double rho : {0.5, 0.95, -0.7}) {
    const two_normals truth(rho);
    const joint_distribution law(joint_characteristic_function<0, 1>(truth.model<double>(), truth.time));
    CAPTURE(rho);
    const auto check = [&](const estimate& found, double w1, double w2, double strike) {
      const double expected = truth.option(w1, w2, strike);
      CAPTURE(w1);
      CAPTURE(w2);
      CAPTURE(strike);
      CHECK(std::fabs(found.value - expected) < 2e-8);
      CHECK(std::fabs(found.value - expected) <= found.truncation_error + 1e-10);
    };
    check(law.exchange_option(), 1, -1, 0);
    check(law.spread_call(8), 1, -1, 8);
    check(law.spread_call(-40), 1, -1, -40);
    check(law.basket_call(-1, 1, 0), -1, 1, 0);
    check(law.basket_call(-0.5, 2, 100), -0.5, 2, 100);
    check(law.basket_call(0.5, 0.5, 95), 0.5, 0.5, 95);
    check(law.basket_call(1, 2, -10), 1, 2, -10);
    check(law.basket_call(-1, -1, -180), -1, -1, -180);
    CHECK(law.basket_call(-1, -1, 5).value < 1e-7);
    const double variance = truth.deviation[0] * truth.deviation[0] + truth.deviation[1] * truth.deviation[1] -
                            2 * rho * truth.deviation[0] * truth.deviation[1];
    const double margrabe =
        truth.first.discount(1.5) * static_cast<double>(reference::black(
                                        1, truth.first.forward(1.5), truth.second.forward(1.5), std::sqrt(variance)));
    CHECK(law.exchange_option().value == about(margrabe, 1e-9));
  }
}

// Over a little of the wide asset's law the narrow one's is crossed as a whole: the panels must see that.
TEST_CASE("options on two assets of which one varies a hundred times as much") {
  const market first(100, 0.03, 0.01), second(90, 0.03);
  for (const double rho : {0.99, -0.97}) {
    for (const double time : {1.0 / 365, 1.0}) {
      const several_assets pair({{1, rho}, {rho, 1}}, black_scholes<double>(first, {1}),
                                black_scholes<double>(second, {0.01}));
      const estimate found = joint_distribution(joint_characteristic_function<0, 1>(pair, time)).exchange_option();
      const double deviation = std::sqrt(time * (1 + 0.0001 - 2 * rho * 0.01));
      const double margrabe = first.discount(time) * static_cast<double>(reference::black(
                                                         1, first.forward(time), second.forward(time), deviation));
      CAPTURE(rho);
      CAPTURE(time);
      CHECK(std::fabs(found.value - margrabe) <= found.truncation_error);
      CHECK(found.truncation_error < 1e-6);
    }
  }
}

TEST_CASE("expectations of any function of both, by the midpoint rule") {
  const two_normals truth(0.6);
  const joint_distribution law(joint_characteristic_function<0, 1>(truth.model<double>(), truth.time));
  const auto check = [](const estimate& found, double expected, double least_error) {
    CHECK(std::fabs(found.value - expected) <= found.truncation_error + 1e-12);
    CHECK(found.truncation_error < least_error);
  };
  const double covariance = 0.6 * truth.deviation[0] * truth.deviation[1];
  check(law.expectation([](double x, double y) { return x * y; }), covariance + truth.mean(0) * truth.mean(1), 1e-3);
  // A payoff with a kink: the midpoint rule is of second order there.
  const auto exchange = [](double x, double y) { return std::fmax(100 * std::exp(x) - 90 * std::exp(y), 0.0); };
  check(law.expectation(exchange), truth.option(1, -1, 0) / truth.first.discount(1.5), 0.05);
  const auto plan = simulation{truth.model<float>(), time_grid::dates({1.5})}.paths(1 << 14).seed(3);
  const joint_distribution simulated(
      joint_characteristic_function(cpu{}, plan, of_asset<0, log_return>{}, of_asset<1, log_return>{}, 1.5));
  const estimate by_sum = simulated.expectation(exchange), closed = simulated.exchange_option();
  CHECK(by_sum.value * truth.first.discount(1.5) == about(closed.value, 1e-3));
  CHECK(by_sum.standard_error * truth.first.discount(1.5) == about(closed.standard_error, 1e-2));
  CHECK_THROWS_AS(law.expectation([](double x, double) { return 1 / (x - x); }), no_answer);
}

TEST_CASE("expectations of functions with jumps and kinks are within their errors, wherever these lie") {
  const two_normals truth(0.6);
  const joint_distribution law(joint_characteristic_function<0, 1>(truth.model<double>(), truth.time));
  for (const double slope : {0.0, 1.0, -1.0, 0.6, -2.3}) {
    for (int i = -6; i <= 6; ++i) {
      // Of X - slope Y - edge, a normal variable again.
      const double edge = 0.07 * i, mean = truth.mean(0) - slope * truth.mean(1) - edge;
      const double deviation = std::sqrt(std::pow(truth.deviation[0], 2) + std::pow(slope * truth.deviation[1], 2) -
                                         2 * slope * truth.rho * truth.deviation[0] * truth.deviation[1]);
      const double above = static_cast<double>(reference::normal_cdf(mean / deviation));
      const double call = mean * above + deviation * static_cast<double>(reference::normal_density(mean / deviation));
      const estimate jump = law.expectation([&](double x, double y) { return x > slope * y + edge ? 1.0 : 0.0; });
      const estimate kink = law.expectation([&](double x, double y) { return std::fmax(x - slope * y - edge, 0.0); });
      CAPTURE(slope);
      CAPTURE(edge);
      CHECK(std::fabs(jump.value - above) <= jump.truncation_error);
      CHECK(std::fabs(kink.value - call) <= kink.truncation_error);
      CHECK(jump.truncation_error < 0.2);
      CHECK(kink.truncation_error < 0.01);
    }
  }
}

TEST_CASE("forward-start options of a process with independent increments are options on one of them") {
  const market asset(100, 0.03, 0.01);
  const kou<double> jumps(asset, {0.15, 3, 0.2, 25, 10});
  const joint_distribution law(joint_characteristic_function(jumps, 0.5, 1.25));
  const distribution increment(characteristic_function(jumps, 0.75));
  for (const double ratio : {0.8, 1.0, 1.2}) {
    const double expected =
        increment.call_prices({100 * ratio})[0].value / 100 * asset.discount(0.5) * asset.forward(0.5);
    const estimate found = law.forward_start_call(ratio);
    CAPTURE(ratio);
    CHECK(std::fabs(found.value - expected) < 1e-7);
    CHECK(std::fabs(found.value - expected) <= found.truncation_error + 1e-9);
  }
  CHECK(law.correlation().value == about(std::sqrt(0.5 / 1.25), 1e-8));
}

// 6 answers of 2 models on 3 seeds, to 4.3 of their errors: false alarms 1 in 1600.
TEST_CASE_TEMPLATE("simulated joint laws are right within their errors", Real, float, double) {
  const two_normals truth(0.6);
  using log_of_first = of_asset<0, log_return>;
  using log_of_second = of_asset<1, log_return>;
  for (const std::uint64_t seed : {11U, 12U, 13U}) {
    const auto plan = simulation{truth.model<Real>(), time_grid::dates({1.5})}.paths(1 << 15).seed(seed);
    const joint_distribution law(joint_characteristic_function(cpu{}, plan, log_of_first{}, log_of_second{}, 1.5));
    CAPTURE(seed);
    CHECK(law.resolved());
    CHECK(errors_apart(law.correlation(), 0.6) < 4.3);
    CHECK(errors_apart(law.covariance(), 0.6 * truth.deviation[0] * truth.deviation[1]) < 4.3);
    CHECK(errors_apart(law.cdf(truth.mean(0), truth.mean(1)), 0.25 + std::asin(0.6) / (2 * pi)) < 4.3);
    CHECK(errors_apart(law.exchange_option(), truth.option(1, -1, 0)) < 4.3);
    CHECK(errors_apart(law.spread_call(20), truth.option(1, -1, 20)) < 4.3);
    CHECK(errors_apart(law.basket_call(1, 1, 250), truth.option(1, 1, 250)) < 4.3);
  }
}

// The errors of 40 runs over what they are said to be: their mean square is 1 +- 0.22, and 4 deviations are allowed on
// either side: false alarms 1 in 1000 for the 8 answers.
TEST_CASE("standard errors of simulated joint laws are those that the answers have") {
  const two_normals truth(-0.4);
  constexpr int runs = 40;
  constexpr std::size_t answers = 8;
  double squares[answers] = {};
  for (int run = 0; run < runs; ++run) {
    const auto plan = simulation{truth.model<float>(), time_grid::dates({1.5})}.paths(4096).seed(run).terms(48);
    const joint_distribution law(
        joint_characteristic_function(cpu{}, plan, of_asset<0, log_return>{}, of_asset<1, log_return>{}, 1.5));
    const std::pair<estimate, double> found[answers] = {
        {law.correlation(), -0.4},
        {law.covariance(), -0.4 * truth.deviation[0] * truth.deviation[1]},
        {law.cdf(truth.mean(0), truth.mean(1)), 0.25 - std::asin(0.4) / (2 * pi)},
        {law.exchange_option(), truth.option(1, -1, 0)},
        {law.spread_call(30), truth.option(1, -1, 30)},
        {law.basket_call(0.5, 0.5, 100), truth.option(0.5, 0.5, 100)},
        {law.basket_call(-1, -1, -150), truth.option(-1, -1, -150)},
        {law.density(0.1, 0.2), truth.density(0.1, 0.2)}};
    for (std::size_t i = 0; i < answers; ++i) {
      const double z = (found[i].first.value - found[i].second) / found[i].first.standard_error;
      squares[i] += z * z / runs;
    }
  }
  for (std::size_t i = 0; i < answers; ++i) {
    CAPTURE(i);
    CHECK(squares[i] > 0.3);
    CHECK(squares[i] < (i == 7 ? 4.0 : 1.9));  // the density's leaves out its bias
  }
}

// To 4.3 of their errors: false alarms 1 in 8000.
TEST_CASE("prices observed as such, and one asset at two dates") {
  const two_normals truth(0.3);
  const auto plan = simulation{truth.model<double>(), time_grid::dates({1.5})}.paths(1 << 15).seed(5);
  const joint_distribution prices(joint_characteristic_function(cpu{}, plan, of_asset<0>{}, of_asset<1>{}, 1.5));
  CHECK(errors_apart(prices.exchange_option(), truth.option(1, -1, 0)) < 4.3);
  CHECK(errors_apart(prices.basket_call(-1, 1, 10), truth.option(-1, 1, 10)) < 4.3);
  CHECK(errors_apart(prices.basket_call(1, 1, 180), truth.option(1, 1, 180)) < 4.3);

  const market asset(100, 0.03, 0.01);
  const heston_parameters parameters{0.04, 1.5, 0.05, 0.3, -0.7};
  const joint_distribution exact(joint_characteristic_function(heston<double>(asset, parameters), 0.5, 1.5));
  const auto two_dates =
      simulation{heston<float>(asset, parameters), time_grid::dates({0.5, 1.5}, 0.05)}.paths(1 << 15).seed(6).terms(64);
  const joint_distribution found(joint_characteristic_function(cpu{}, two_dates, log_return{}, 0.5, 1.5));
  for (const double ratio : {0.9, 1.0, 1.15}) {
    CAPTURE(ratio);
    const estimate closed = exact.forward_start_call(ratio);
    CHECK(closed.truncation_error < 1e-3);
    CHECK(errors_apart(found.forward_start_call(ratio), closed.value) < 4.3);
  }
  CHECK(errors_apart(found.correlation(), exact.correlation().value) < 4.3);
  CHECK(errors_apart(found.cdf(-0.1, -0.1), exact.cdf(-0.1, -0.1).value) < 4.3);
}

TEST_CASE("too few terms are told: errors are large and cover, densities far from it are refused") {
  const two_normals truth(0.9);
  const joint_distribution law(
      joint_characteristic_function<0, 1>(truth.model<double>(), truth.time, {1e-12, 1e-10, 24}));
  CHECK(!law.resolved());
  const estimate spread = law.spread_call(5);
  CHECK(std::fabs(spread.value - truth.option(1, -1, 5)) <= spread.truncation_error);
  CHECK(law.cdf(0, 0).truncation_error > 1e-6);
  const two_normals closer(0.9999);
  const joint_distribution peak(
      joint_characteristic_function<0, 1>(closer.model<double>(), closer.time, {1e-12, 1e-10, 24}));
  CHECK_THROWS_AS(peak.density(0, 0), no_answer);
  CHECK_THROWS_AS(peak.density_values({0}, {0}), no_answer);
}

TEST_CASE("an option on both that is not resolved is worth no more than what it may pay") {
  const market asset(100, 0.03, 0.01);
  const kou<double> heavy(asset, {0.15, 1, 0.5, 1.2, 2});
  const joint_distribution law(joint_characteristic_function(heavy, 0.5, 1, {1e-12, 1e-10, 96}));
  CHECK(!law.resolved());
  for (const double ratio : {0.5, 1.0, 2.0}) {
    const double most = asset.discount(1) * asset.forward(1);
    const estimate found = law.forward_start_call(ratio);
    CHECK(found.value >= 0);
    CHECK(found.value <= most * (1 + 1e-15));
    CHECK(found.truncation_error > most);
  }
}

TEST_CASE("joint laws: what makes no sense is refused") {
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  const two_normals truth(0.5);
  const joint_distribution law(joint_characteristic_function<0, 1>(truth.model<double>(), truth.time));
  CHECK_THROWS_AS(law.density(nan, 0), invalid_parameter);
  CHECK_THROWS_AS(law.density(0, infinity), invalid_parameter);
  CHECK_THROWS_AS(law.density_values({nan}, {0}), invalid_parameter);
  CHECK_THROWS_AS(law.probability({1, 0}, {0, 1}), invalid_parameter);
  CHECK_THROWS_AS(law.probability({0, 1}, {nan, 1}), invalid_parameter);
  CHECK_THROWS_AS(law.cdf(nan, 0), invalid_parameter);
  CHECK_THROWS_AS(law.basket_call(0, 1, 1), invalid_parameter);
  CHECK_THROWS_AS(law.basket_call(1, nan, 1), invalid_parameter);
  CHECK_THROWS_AS(law.spread_call(infinity), invalid_parameter);
  CHECK_THROWS_AS(law.forward_start_call(1), invalid_parameter);  // two assets at one date
  const joint_distribution dates(joint_characteristic_function(kou<double>(market(100), {0.15, 3, 0.2, 25, 10}), 1, 2));
  CHECK_THROWS_AS(dates.forward_start_call(0), invalid_parameter);
  const joint_spectrum::axis finer{frequency_grid(1, 4), {-1, 1}, {}, 0};
  std::vector<complex<double>> values(4 * 7, complex<double>(0, 0));
  values[3] = 1.0;
  CHECK_THROWS_AS(joint_distribution(joint_spectrum(finer, finer, values)), invalid_parameter);
}

}  // namespace
}  // namespace spectralmc
