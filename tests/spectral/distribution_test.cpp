// The law in closed form, against the formulas for the normal law.
#include "spectralmc/spectral/distribution.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <vector>

#include "about.hpp"
#include "reference_formulas.hpp"
#include "spectralmc/models/black_scholes.hpp"
#include "spectralmc/models/heston.hpp"
#include "spectralmc/spectral/characteristic_function.hpp"

namespace spectralmc {
namespace {

const market asset(100, 0.05, 0.02);
constexpr double maturity = 2, volatility = 0.3;
const double mean = 0.03 * maturity - 0.5 * volatility * volatility * maturity;
const double deviation = volatility * std::sqrt(maturity);

const distribution& normal_law() {
  static const distribution law(characteristic_function(black_scholes<double>(asset, {volatility}), maturity));
  return law;
}

const distribution& heston_law() {
  static const distribution law(characteristic_function(heston<double>(asset, {0.04, 1.5, 0.05, 0.6, -0.7}), maturity));
  return law;
}

/// From 8 deviations below the mean to 8 above.
std::vector<double> points() {
  std::vector<double> list;
  for (int j = -64; j <= 64; ++j) list.push_back(mean + 0.125 * j * deviation);
  return list;
}

TEST_CASE("the density of a normal law, to 1e-13") {
  for (const double x : points()) {
    const auto z = static_cast<reference::number>((x - mean) / deviation);
    CAPTURE(x);
    CHECK(std::fabs(normal_law().density(x).value - static_cast<double>(reference::normal_density(z)) / deviation) <=
          1e-13);
  }
}

TEST_CASE("the distribution function of a normal law, to 1e-13") {
  for (const double x : points()) {
    const auto z = static_cast<reference::number>((x - mean) / deviation);
    CAPTURE(x);
    CHECK(std::fabs(normal_law().cdf(x).value - static_cast<double>(reference::normal_cdf(z))) <= 1e-13);
  }
}

TEST_CASE("the distribution function is 0 below the support and 1 above, the density 0") {
  const interval support = normal_law().support();
  CHECK(normal_law().cdf(support.lower - 1).value == 0);
  CHECK(normal_law().cdf(support.upper + 1).value == 1);
  CHECK(normal_law().density(support.lower - 1).value == 0);
  CHECK(normal_law().density(support.upper + 1).value == 0);
}

/// Probabilities from 1e-7 to 1 - 1e-7.
std::vector<double> probabilities() { return {1e-7, 1e-4, 0.01, 0.05, 0.3, 0.5, 0.8, 0.99, 1 - 1e-4, 1 - 1e-7}; }

// The distribution function's error of 1e-15 over a density of 5e-7 in the tail.
TEST_CASE("quantiles of a normal law, to 1e-8 of the deviation in the tails and 1e-12 within") {
  for (const double p : probabilities()) {
    const double exact = mean + deviation * static_cast<double>(reference::normal_quantile(p));
    CAPTURE(p);
    CHECK(std::fabs(normal_law().quantile(p).value - exact) <= (p < 0.005 || p > 0.995 ? 1e-8 : 1e-12));
  }
}

TEST_CASE("the quantile inverts the distribution function of a skewed law") {
  for (const double p : probabilities()) {
    CAPTURE(p);
    CHECK(std::fabs(heston_law().cdf(heston_law().quantile(p).value).value - p) <= 1e-14);
  }
}

TEST_CASE("value at risk is minus the quantile") {
  for (const double p : probabilities()) {
    CHECK(heston_law().value_at_risk(p).value == -heston_law().quantile(p).value);
  }
}

TEST_CASE("expected shortfall of a normal law is deviation n(z)/p - mean, to 1e-10") {
  for (const double p : {1e-4, 0.001, 0.01, 0.05, 0.5, 0.9}) {
    const reference::number z = reference::normal_quantile(p);
    CAPTURE(p);
    CHECK(std::fabs(normal_law().expected_shortfall(p).value -
                    (deviation * static_cast<double>(reference::normal_density(z)) / p - mean)) <= 1e-10);
  }
}

TEST_CASE("tail x shortfall grows with the tail by the value at risk") {
  // d(p ES)/dp = VaR. Central differences of order 2 with an error of some h^2.
  const double h = 1e-4;
  for (const double p : {0.01, 0.05, 0.4}) {
    const double slope = ((p + h) * heston_law().expected_shortfall(p + h).value -
                          (p - h) * heston_law().expected_shortfall(p - h).value) /
                         (2 * h);
    CAPTURE(p);
    CHECK(std::fabs(slope - heston_law().value_at_risk(p).value) <= 1e-4);
  }
}

TEST_CASE("mean and variance of a normal law, no skewness, no excess kurtosis") {
  CHECK(normal_law().mean().value == about(mean, 1e-12));
  CHECK(normal_law().variance().value == about(deviation * deviation, 1e-12));
  CHECK(std::fabs(normal_law().skewness().value) <= 1e-11);
  CHECK(std::fabs(normal_law().excess_kurtosis().value) <= 1e-10);
}

TEST_CASE("cumulants of a skewed law are those of the characteristic function") {
  const cumulants exact = observed_cumulants(heston<double>(asset, {0.04, 1.5, 0.05, 0.6, -0.7}), maturity);
  const double scale = std::sqrt(exact.variance);
  CHECK(std::fabs(heston_law().cumulant(1).value - exact.mean) <= 1e-11 * scale);
  CHECK(std::fabs(heston_law().cumulant(2).value - exact.variance) <= 1e-10 * scale * scale);
  CHECK(std::fabs(heston_law().cumulant(3).value - exact.third) <= 1e-8 * scale * scale * scale);
  CHECK(std::fabs(heston_law().cumulant(4).value - exact.fourth) <= 1e-7 * exact.variance * exact.variance);
}

TEST_CASE("skewness and kurtosis are cumulants over powers of the deviation") {
  const double variance = heston_law().variance().value;
  CHECK(heston_law().skewness().value == about(heston_law().cumulant(3).value / std::pow(variance, 1.5), 1e-12));
  CHECK(heston_law().excess_kurtosis().value == about(heston_law().cumulant(4).value / (variance * variance), 1e-12));
}

TEST_CASE("digital options of a lognormal law") {
  const double forward = asset.forward(maturity), discount = asset.discount(maturity);
  for (const double strike : {50.0, 90.0, 106.0, 250.0}) {
    const double d2 = std::log(forward / strike) / deviation - 0.5 * deviation;
    CAPTURE(strike);
    CHECK(std::fabs(normal_law().digital_call_prices({strike})[0].value -
                    discount * static_cast<double>(reference::normal_cdf(d2))) <= 1e-12);
    CHECK(std::fabs(normal_law().digital_put_prices({strike})[0].value -
                    discount * static_cast<double>(reference::normal_cdf(-d2))) <= 1e-12);
  }
}

TEST_CASE("a call less a put digital at one strike cost the discount factor together") {
  for (const double strike : {50.0, 100.0, 300.0}) {
    CAPTURE(strike);
    CHECK(heston_law().digital_call_prices({strike})[0].value + heston_law().digital_put_prices({strike})[0].value ==
          about(asset.discount(maturity), 1e-13));
  }
}

TEST_CASE("the digital put is the derivative of the put in its strike") {
  // Central differences: the second derivative of the density times h^2 / 6 is below 1e-8 here.
  const double h = 0.01;
  for (const double strike : {80.0, 100.0, 130.0}) {
    const std::vector<estimate> puts = heston_law().put_prices({strike - h, strike + h});
    CAPTURE(strike);
    CHECK(std::fabs((puts[1].value - puts[0].value) / (2 * h) - heston_law().digital_put_prices({strike})[0].value) <=
          1e-8);
  }
}

TEST_CASE("a list of strikes gives the bits of each strike alone") {
  const std::vector<double> strikes{60, 99.5, 100, 210};
  const std::vector<estimate> calls = heston_law().call_prices(strikes);
  REQUIRE(calls.size() == strikes.size());
  for (std::size_t j = 0; j < strikes.size(); ++j) {
    CHECK(calls[j].value == heston_law().call_prices({strikes[j]})[0].value);
  }
}

TEST_CASE("strikes beyond the interval have intrinsic prices") {
  const double forward = asset.forward(maturity), discount = asset.discount(maturity);
  CHECK(normal_law().call_prices({1e6})[0].value <= 1e-9);
  CHECK(normal_law().put_prices({1e6})[0].value == about(discount * (1e6 - forward), 1e-12));
  CHECK(normal_law().put_prices({1e-3})[0].value == 0);
  CHECK(normal_law().call_prices({1e-3})[0].value == about(discount * (forward - 1e-3), 1e-12));
}

TEST_CASE("an interval far wider than an exponential can hold still gives puts and calls, within their errors") {
  expansion_settings wide;
  wide.interval_width = 2000;
  const distribution law(characteristic_function(black_scholes<double>(asset, {volatility}), maturity, wide));
  REQUIRE(law.support().upper > 800);
  const estimate put = law.put_prices({100})[0], call = law.call_prices({100})[0];
  const double exact =
      asset.discount(maturity) * static_cast<double>(reference::black(-1, asset.forward(maturity), 100, deviation));
  CHECK(std::fabs(put.value - exact) <= put.truncation_error + 1e-10);
  CHECK(put.truncation_error < 1e-6);
  CHECK(std::fabs(call.value - put.value - asset.discount(maturity) * (asset.forward(maturity) - 100)) < 1e-12);
}

TEST_CASE("no price is negative, however far out of the money") {
  std::vector<double> strikes;
  for (int j = -40; j <= 40; ++j) strikes.push_back(asset.forward(maturity) * std::exp(0.25 * j * deviation));
  for (const distribution* law : {&normal_law(), &heston_law()}) {
    for (const estimate& price : law->call_prices(strikes)) CHECK(price.value >= 0);
    for (const estimate& price : law->put_prices(strikes)) CHECK(price.value >= 0);
  }
}

TEST_CASE("a closed form has no standard errors, and no paths") {
  const estimate price = heston_law().call_prices({100})[0];
  CHECK(price.standard_error == 0);
  CHECK(price.paths == 0);
  CHECK(heston_law().quantile(0.1).standard_error == 0);
}

TEST_CASE("the truncation error of a closed form is near rounding") {
  CHECK(heston_law().put_prices({100})[0].truncation_error < 1e-10);
  CHECK(heston_law().cdf(0).truncation_error < 1e-12);
}

TEST_CASE("a price that no law can have is refused, not returned") {
  // An asset that stays near 100, with a forward of 50: the put struck at 120 would cost 20, less than 120 - 50.
  observed_quantity quantity;
  quantity.time = 1;
  quantity.logarithmic = true;
  quantity.scale = 100;
  quantity.forward = 50;
  const interval support{-1, 1};
  const auto grid = frequency_grid::for_interval(support, 64);
  std::vector<complex<double>> values;
  for (std::size_t k = 0; k < 64; ++k) values.emplace_back(std::exp(-0.5 * 0.01 * grid[k] * grid[k]), 0);
  const distribution law(spectrum(grid, values, support, quantity));
  CHECK_THROWS_AS(law.put_prices({120}), no_answer);
  CHECK_THROWS_AS(law.call_prices({120}), no_answer);
}

}  // namespace
}  // namespace spectralmc
