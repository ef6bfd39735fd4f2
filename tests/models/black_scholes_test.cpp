// The closed form of Black and Scholes' model through the cosine expansion.
#include "spectralmc/models/black_scholes.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <complex>
#include <cstddef>
#include <vector>

#include "about.hpp"
#include "reference_formulas.hpp"
#include "reference_values.hpp"
#include "spectralmc/spectral/characteristic_function.hpp"
#include "spectralmc/spectral/distribution.hpp"

namespace spectralmc {
namespace {

distribution law_of(const market& asset, double volatility, double time) {
  return distribution(characteristic_function(black_scholes<double>(asset, {volatility}), time));
}

TEST_CASE("the published Black-Scholes prices") {
  for (const reference::black_scholes_set& set : reference::black_scholes_sets()) {
    const distribution law = law_of(set.asset, set.volatility, set.time);
    for (const reference::quote& q : set.quotes) {
      CAPTURE(set.name);
      CAPTURE(q.strike);
      const double price =
          (q.type == option_type::call ? law.call_prices({q.strike}) : law.put_prices({q.strike}))[0].value;
      CHECK(std::fabs(price - q.price) <= reference::tolerance(q));
    }
  }
}

TEST_CASE("the published price of an option that pays its strike if the asset ends above it") {
  const distribution law = law_of(market(100, 0.05), 0.2, 0.1);
  CHECK(std::fabs(120 * law.digital_call_prices({120})[0].value - 0.273306496) <= 0.51e-9);
}

struct random_set {
  market asset;
  double volatility, time;
  std::vector<double> strikes;
};

/// Two hundred sets, from a week to thirty years and from 3% to 150% of volatility, with strikes within three
/// deviations.
std::vector<random_set> random_sets() {
  reference::uniform_source uniform(20240611);
  std::vector<random_set> sets;
  for (int i = 0; i < 200; ++i) {
    const double time = std::exp(uniform.between(std::log(0.02), std::log(30)));
    const double volatility = std::exp(uniform.between(std::log(0.03), std::log(1.5)));
    const market asset(std::exp(uniform.between(0, 8)), uniform.between(-0.03, 0.1), uniform.between(-0.02, 0.08));
    const double deviation = volatility * std::sqrt(time);
    std::vector<double> strikes;
    for (int j = -12; j <= 12; ++j) strikes.push_back(asset.forward(time) * std::exp(0.25 * j * deviation));
    sets.push_back({asset, volatility, time, strikes});
  }
  return sets;
}

TEST_CASE("puts of random parameters are Black's formula, to 1e-13 of the strike") {
  for (const random_set& set : random_sets()) {
    const std::vector<estimate> puts = law_of(set.asset, set.volatility, set.time).put_prices(set.strikes);
    for (std::size_t j = 0; j < puts.size(); ++j) {
      CAPTURE(set.volatility);
      CAPTURE(set.time);
      CAPTURE(set.strikes[j] / set.asset.forward(set.time));
      const reference::number exact =
          set.asset.discount(set.time) *
          reference::black(-1, set.asset.forward(set.time), set.strikes[j], set.volatility * std::sqrt(set.time));
      CHECK(std::fabs(puts[j].value - static_cast<double>(exact)) <= 1e-13 * set.strikes[j]);
    }
  }
}

TEST_CASE("put-call parity holds for random parameters, to 1e-13 of forward and strike") {
  for (const random_set& set : random_sets()) {
    const distribution law = law_of(set.asset, set.volatility, set.time);
    const std::vector<estimate> calls = law.call_prices(set.strikes), puts = law.put_prices(set.strikes);
    const double forward = set.asset.forward(set.time), discount = set.asset.discount(set.time);
    for (std::size_t j = 0; j < puts.size(); ++j) {
      CAPTURE(set.volatility);
      CAPTURE(set.time);
      CHECK(std::fabs(calls[j].value - puts[j].value - discount * (forward - set.strikes[j])) <=
            1e-13 * (forward + set.strikes[j]));
    }
  }
}

TEST_CASE("put prices of random parameters rise with the strike, and are convex in it") {
  for (const random_set& set : random_sets()) {
    const std::vector<estimate> puts = law_of(set.asset, set.volatility, set.time).put_prices(set.strikes);
    double last_slope = 0;
    for (std::size_t j = 1; j < puts.size(); ++j) {
      CAPTURE(set.volatility);
      CAPTURE(set.time);
      const double width = set.strikes[j] - set.strikes[j - 1];
      const double slope = (puts[j].value - puts[j - 1].value) / width;
      CHECK(slope >= last_slope - 4e-13 * set.strikes[j] / width);  // the prices' error, four times
      last_slope = slope;
    }
    CHECK(last_slope <= set.asset.discount(set.time) * (1 + 1e-12));
  }
}

TEST_CASE("the characteristic function is exp(-s^2 (u^2 + i u) / 2), to 4 roundings of the exponent") {
  reference::uniform_source uniform(5);
  for (int i = 0; i < 1000; ++i) {
    const double volatility = uniform.between(0, 2), time = uniform.between(0.01, 20);
    const complex<double> u(uniform.between(-50, 50), uniform.between(-3, 3));
    const complex<double> found = black_scholes<double>(market(100), {volatility}).log_characteristic_function(u, time);
    const reference::complex_number z(u.re, u.im);
    const reference::complex_number exact =
        -0.5L * volatility * volatility * time * (z * z + reference::complex_number(0, 1) * z);
    CAPTURE(u.re);
    CAPTURE(u.im);
    const reference::number error = std::abs(reference::complex_number(found.re, found.im) - exact) /
                                    (0.5L * volatility * volatility * time * (std::norm(z) + std::abs(z)));
    CHECK(error <= 4 * 0x1p-53L);
  }
}

TEST_CASE("without volatility the law is a point: options are worth their intrinsic value") {
  const distribution law = law_of(market(100, 0.05), 0, 1);
  const double forward = market(100, 0.05).forward(1), discount = market(100, 0.05).discount(1);
  // The law is expanded on an interval of relative half-width 1e-8 around its point.
  CHECK(law.call_prices({90})[0].value == about(discount * (forward - 90), 1e-7));
  CHECK(law.put_prices({90})[0].value <= 1e-6);
  CHECK(law.mean().value == about(0.05, 1e-7));
}

}  // namespace
}  // namespace spectralmc
