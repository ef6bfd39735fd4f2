// Do the error bars tell the truth where it is hard: heavy tails, few paths, strikes that no path reaches, intervals
// that are too narrow or far too wide, too few terms?
#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <vector>

#include "about.hpp"
#include "reference_formulas.hpp"
#include "spectralmc/models/black_scholes.hpp"
#include "spectralmc/models/heston.hpp"
#include "spectralmc/requests/spectrum_of.hpp"
#include "spectralmc/requests/value_of.hpp"
#include "spectralmc/spectral/distribution.hpp"
#include "statistics.hpp"

namespace spectralmc {
namespace {

/// Andersen's first case: the log-return has a left tail that falls by a factor e in 4, and a right end at 1.
const heston<double>& heavy() {
  static const heston<double> model(market(100), {0.04, 0.5, 0.04, 1, -0.9});
  return model;
}

simulation<heston<double>> heavy_plan(double time, std::uint64_t paths = 20000) {
  return simulation<heston<double>>(heavy(), time_grid::uniform(time, static_cast<std::uint32_t>(32 * time)))
      .paths(paths)
      .seed(1);
}

const distribution& exact_heavy(double time) {
  static const distribution one(characteristic_function(heavy(), 1)), ten(characteristic_function(heavy(), 10));
  return time == 1 ? one : ten;
}

/// Of a list of answers how far they are from the truth, in the units of the half-width of their interval: 4 standard
/// errors and the truncation error.
double distance(const estimate& found, const estimate& truth) {
  return std::fabs(found.value - truth.value) / (4 * found.standard_error + found.truncation_error);
}

// False alarms: 1 in 16000 for each check, and most of them depend on each other.
TEST_CASE("a law with a heavy tail, simulated with default settings, answers within its errors") {
  for (const double time : {1.0, 10.0}) {
    const distribution law(characteristic_function(cpu{}, heavy_plan(time), log_return{})[0]);
    const distribution& exact = exact_heavy(time);
    CAPTURE(time);
    CHECK(law.expansion().resolved());
    for (const double strike : {50.0, 80.0, 100.0, 120.0, 150.0}) {
      CAPTURE(strike);
      const estimate call = law.call_prices({strike})[0];
      CHECK(distance(call, exact.call_prices({strike})[0]) < 1);
      CHECK(distance(law.put_prices({strike})[0], exact.put_prices({strike})[0]) < 1);
      CHECK(call.standard_error < 0.2);
      CHECK(call.truncation_error < 0.01);
    }
    for (const double p : {0.001, 0.01, 0.1, 0.5, 0.9, 0.99}) {
      CAPTURE(p);
      CHECK(distance(law.quantile(p), exact.quantile(p)) < 1);
      CHECK(law.quantile(p).truncation_error < law.quantile(p).standard_error);
    }
    for (const double p : {0.01, 0.1, 0.5}) {
      CAPTURE(p);
      CHECK(distance(law.expected_shortfall(p), exact.expected_shortfall(p)) < 1);
    }
    for (const double x : {-5.0, -1.0, -0.2, 0.0, 0.1, 0.3}) {
      CAPTURE(x);
      CHECK(distance(law.cdf(x), exact.cdf(x)) < 1);
      CHECK(distance(law.density(x), exact.density(x)) < 1);
    }
  }
}

/// Every answer is within its errors of the truth, or refused.
void check_honest(const distribution& law, const distribution& exact) {
  const auto check = [&](auto&& ask) {
    try {
      const estimate found = ask(law), truth = ask(exact);
      CAPTURE(found.value);
      CAPTURE(found.standard_error);
      CAPTURE(found.truncation_error);
      CAPTURE(truth.value);
      CHECK(distance(found, truth) < 1.5);
    } catch (const no_answer&) {
    }
  };
  for (const double strike : {20.0, 50.0, 100.0, 130.0, 200.0}) {
    CAPTURE(strike);
    check([&](const distribution& d) { return d.call_prices({strike})[0]; });
    check([&](const distribution& d) { return d.put_prices({strike})[0]; });
    check([&](const distribution& d) { return d.digital_put_prices({strike})[0]; });
  }
  for (const double p : {0.001, 0.01, 0.5, 0.99}) {
    CAPTURE(p);
    check([&](const distribution& d) { return d.quantile(p); });
    check([&](const distribution& d) { return d.expected_shortfall(p); });
  }
  for (const double x : {-3.0, -0.5, 0.0, 0.1, 0.3}) {
    CAPTURE(x);
    check([&](const distribution& d) { return d.cdf(x); });
    check([&](const distribution& d) { return d.density(x); });
  }
}

// The truncation error is an estimate, not a bound: half as much again is allowed for.
TEST_CASE("with too few terms or a bad interval answers are within their errors, or refused") {
  for (const double time : {1.0, 10.0}) {
    for (const std::uint32_t terms : {8U, 16U, 64U, 128U}) {
      for (const double width : {0.0, 1.0, 5.0, 10.0, 100.0, 1e6}) {
        auto returns = spectrum_of(log_return{}).terms(terms);
        if (width != 0) returns.interval_width(width);
        CAPTURE(time);
        CAPTURE(terms);
        CAPTURE(width);
        check_honest(distribution(characteristic_function(cpu{}, heavy_plan(time, 4096), returns)[0]),
                     exact_heavy(time));
      }
    }
  }
}

TEST_CASE("an expected shortfall is never below the value at risk, however few the terms") {
  for (const std::uint32_t terms : {8U, 16U, 64U, 256U}) {
    const distribution law(
        characteristic_function(cpu{}, heavy_plan(1, 4096), spectrum_of(log_return{}).terms(terms))[0]);
    for (const double p : {0.01, 0.1, 0.5}) {
      try {
        const double shortfall = law.expected_shortfall(p).value, risk = law.value_at_risk(p).value;
        CAPTURE(terms);
        CAPTURE(p);
        CHECK(shortfall >= risk);
      } catch (const no_answer&) {
      }
    }
  }
}

const market plain(100, 0.03);
const black_scholes<double> normal(plain, {0.2});

distribution few(std::uint64_t paths, std::uint64_t seed = 0) {
  const auto plan = simulation{normal, time_grid::uniform(1, 1)}.paths(paths).seed(seed);
  return distribution(characteristic_function(cpu{1}, plan, log_return{})[0]);
}

TEST_CASE("a quantile needs ten paths in the tail") {
  const distribution law = few(1000);
  CHECK_NOTHROW(law.quantile(0.01));
  CHECK_NOTHROW(law.quantile(0.99));
  CHECK_THROWS_AS(law.quantile(0.0099), no_answer);
  CHECK_THROWS_AS(law.quantile(0.9901), no_answer);
  CHECK_THROWS_AS(law.expected_shortfall(0.005), no_answer);
}

TEST_CASE("no answer is certain because no path has reached it") {
  const distribution law = few(100);
  for (const double x : {-1.1, -0.9, 0.9, 1.1, 5.0}) {
    CAPTURE(x);
    CHECK(law.cdf(x).standard_error >= 0.01);
  }
  for (const double strike : {20.0, 40.0, 300.0, 500.0}) {
    CAPTURE(strike);
    CHECK(law.put_prices({strike})[0].standard_error > 0.01);
    CHECK(law.call_prices({strike})[0].standard_error > 0.01);
    CHECK(law.digital_put_prices({strike})[0].standard_error >= 0.009);
    CHECK(law.digital_call_prices({strike})[0].standard_error >= 0.009);
  }
}

// P(X <= -.5) = .6%: of 100 paths none, mostly. The share of 1000 runs has a deviation of 0.7%.
TEST_CASE("a probability with next to no path in it is covered all the same") {
  int covered = 0;
  const double truth = static_cast<double>(reference::normal_cdf((-0.5 - 0.01) / 0.2));
  for (std::uint64_t seed = 0; seed < 1000; ++seed) {
    covered += few(100, seed).cdf(-0.5).confidence_interval().contains(truth);
  }
  CHECK(covered > 920);
}

TEST_CASE("samples outside a narrow interval are in the error of what is asked at its ends and beyond") {
  const auto plan = simulation{normal, time_grid::uniform(1, 1)}.paths(10000);
  const distribution law(characteristic_function(cpu{}, plan, spectrum_of(log_return{}).interval_width(1.5))[0]);
  REQUIRE(law.expansion().edge_mass() > 0.1);
  const distribution exact(characteristic_function(normal, 1));
  for (const double strike : {50.0, 70.0, 75.0, 100.0, 140.0, 200.0}) {
    CAPTURE(strike);
    CHECK(distance(law.put_prices({strike})[0], exact.put_prices({strike})[0]) < 1);
    CHECK(distance(law.call_prices({strike})[0], exact.call_prices({strike})[0]) < 1);
    CHECK(distance(law.digital_put_prices({strike})[0], exact.digital_put_prices({strike})[0]) < 1);
  }
  for (const double x : {-1.0, -0.29, 0.0, 0.31, 1.0}) {
    CAPTURE(x);
    CHECK(distance(law.cdf(x), exact.cdf(x)) < 1);
  }
  CHECK(distance(law.mean(), exact.mean()) < 1);
  CHECK(distance(law.variance(), exact.variance()) < 1);
}

TEST_CASE("a call is never dearer than the discounted forward, nor cheaper than its intrinsic value") {
  for (const std::uint32_t terms : {16U, 64U, 256U}) {
    const distribution law(
        characteristic_function(cpu{}, heavy_plan(10, 2000), spectrum_of(log_return{}).terms(terms))[0]);
    for (const double strike : {1.0, 50.0, 100.0, 200.0, 1e4}) {
      try {
        const double call = law.call_prices({strike})[0].value, put = law.put_prices({strike})[0].value;
        CAPTURE(terms);
        CAPTURE(strike);
        CHECK(call <= 100);
        CHECK(call >= std::fmax(0.0, 100 - strike));
        CHECK(put <= strike);
        CHECK(put >= std::fmax(0.0, strike - 100));
      } catch (const no_answer&) {
      }
    }
  }
}

TEST_CASE("a call and a put at one strike hold parity to rounding where their error is the same") {
  const distribution law = few(5000);
  for (const double strike : {70.0, 100.0, 103.0, 150.0}) {
    const estimate call = law.call_prices({strike})[0], put = law.put_prices({strike})[0];
    CAPTURE(strike);
    CHECK(call.standard_error == put.standard_error);
    CHECK(std::fabs(call.value - put.value - plain.discount(1) * (plain.forward(1) - strike)) <= 1e-12);
  }
}

TEST_CASE("moments of a narrow law far from zero keep their standard errors") {
  // S = 1e6, deviation 1: the mean's square is 1e12 times the variance.
  const auto plan =
      simulation{black_scholes<double>(market(1e6), {1e-6}), time_grid::uniform(1, 1)}.paths(10000).seed(4);
  const distribution law(characteristic_function(cpu{}, plan, spot{})[0]);
  const estimate mean = law.mean();
  CHECK(std::fabs(mean.value - 1e6) < 4 * mean.standard_error);
  CHECK(mean.standard_error > 0.0098);
  CHECK(mean.standard_error < 0.0102);
}

TEST_CASE("plain Monte Carlo's standard error is never below rounding") {
  const auto plan =
      simulation{black_scholes<double>(market(1e6), {1e-10}), time_grid::uniform(1, 1)}.paths(10000).seed(4);
  const estimate found = price(cpu{}, plan, [](const auto& path) { return path.last(); });
  CHECK(found.standard_error > 0);
  CHECK(std::fabs(found.value - 1e6) < 4 * found.standard_error);
}

// ---- Closed forms
// ---------------------------------------------------------------------------------------------------------

TEST_CASE("closed-form puts of a very narrow law keep 1e-11 of their price at the money") {
  for (const double volatility : {0.001, 0.01, 0.2}) {
    for (const double time : {1.0 / 365, 1.0}) {
      const market asset(100, 0.03, 0.01);
      const distribution law(characteristic_function(black_scholes<double>(asset, {volatility}), time));
      const double deviation = volatility * std::sqrt(time), forward = asset.forward(time);
      for (const double moneyness : {-2.0, 0.0, 1.0}) {
        const double strike = forward * std::exp(moneyness * deviation);
        const double exact =
            static_cast<double>(asset.discount(time) * reference::black(-1, forward, strike, deviation));
        const estimate put = law.put_prices({strike})[0];
        CAPTURE(volatility);
        CAPTURE(time);
        CAPTURE(moneyness);
        // The strike itself is only known to 1e-16, which is 1e-16/deviation of the put.
        CHECK(std::fabs(put.value - exact) <= (1e-11 + 1e-15 / deviation) * exact);
      }
    }
  }
}

TEST_CASE("a law without width in closed form: its answers are within their errors") {
  for (const double time : {0.1, 50.0}) {
    const market asset(100, 0.03);
    const distribution law(characteristic_function(black_scholes<double>(asset, {0}), time));
    for (const double x : {-1.0, 0.03 * time - 1e-3, 0.03 * time + 1e-3, 2.0}) {
      const estimate found = law.cdf(x);
      CAPTURE(time);
      CAPTURE(x);
      CHECK(std::fabs(found.value - (x > 0.03 * time ? 1 : 0)) <= found.truncation_error + 1e-9);
    }
    CHECK(std::fabs(law.mean().value - 0.03 * time) <= law.mean().truncation_error + 1e-12);
    CHECK(std::fabs(law.call_prices({50})[0].value - (100 - 50 * std::exp(-0.03 * time))) <= 1e-9);
  }
}

TEST_CASE("a closed form says where rounding ends its digits: quantiles too far out are refused") {
  const distribution law(characteristic_function(normal, 1));
  CHECK_NOTHROW(law.quantile(1e-10));
  CHECK_THROWS_AS(law.quantile(1e-20), no_answer);
  CHECK_THROWS_AS(law.quantile(1e-300), no_answer);
  CHECK_THROWS_AS(law.expected_shortfall(1e-20), no_answer);
}

// Most of a call's variance is that of paths that hardly ever come; its payoff has 10^5 at the interval's end, so that
// rounding shows in the variance estimate. False alarms: 1 in 400.
TEST_CASE("a heavy right tail leaves the error bars of both kinds of option right") {
  const heston<float> model(market(100), {0.04, 0.5, 0.04, 1, 0.7});
  const distribution exact(characteristic_function(heston<double>(market(100), {0.04, 0.5, 0.04, 1, 0.7}), 2));
  for (const double strike : {100.0, 150.0}) {
    const estimate call = exact.call_prices({strike})[0], put = exact.put_prices({strike})[0];
    int covered = 0;
    for (std::uint64_t seed = 0; seed < 40; ++seed) {
      const auto plan = simulation{model, time_grid::uniform(2, 100)}.paths(5000).seed(seed);
      const distribution law(characteristic_function(cpu{}, plan, log_return{})[0]);
      CAPTURE(strike);
      CAPTURE(seed);
      CHECK(distance(law.call_prices({strike})[0], call) < 1);
      const estimate found = law.put_prices({strike})[0];
      CHECK(distance(found, put) < 1);
      covered += std::fabs(found.value - put.value) <= 1.96 * found.standard_error + found.truncation_error;
    }
    CHECK(covered >= 33);
  }
}

TEST_CASE("answers on S follow its scale, however small") {
  const auto law_of = [](double spot_price) {
    const auto plan = simulation{black_scholes<float>(market(spot_price), {0.2}), time_grid::uniform(1, 1)}.paths(4096);
    return distribution(characteristic_function(cpu{}, plan, spot{})[0]);
  };
  const distribution usual = law_of(1), tiny = law_of(0x1p-40);
  const double scale = 0x1p-40;
  CHECK(tiny.mean().value == about(scale * usual.mean().value, 1e-6));
  CHECK(tiny.variance().value == about(scale * scale * usual.variance().value, 1e-4));
  CHECK(tiny.variance().standard_error == about(scale * scale * usual.variance().standard_error, 1e-3));
  CHECK(tiny.quantile(0.05).value == about(scale * usual.quantile(0.05).value, 1e-4));
  CHECK(tiny.call_prices({scale})[0].value == about(scale * usual.call_prices({1})[0].value, 1e-4));
}

TEST_CASE("the density's truncation error covers what is folded back from outside the interval") {
  for (const double width : {1.0, 2.0, 3.0}) {
    const auto plan = simulation{normal, time_grid::uniform(1, 1)}.paths(1 << 16);
    const distribution law(characteristic_function(cpu{}, plan, spectrum_of(log_return{}).interval_width(width))[0]);
    const double centre = 0.01, reach = 0.2 * width;  // of the log-return, whose deviation is 0.2
    for (const double z : {-0.98, -0.7, 0.0, 0.5, 0.9, 0.98}) {
      const double x = centre + z * reach;
      const auto exact = static_cast<double>(reference::normal_density((x - centre) / 0.2)) / 0.2;
      CAPTURE(width);
      CAPTURE(z);
      const estimate found = law.density(x);
      CHECK(std::fabs(found.value - exact) <= 4 * found.standard_error + found.truncation_error);
    }
  }
}

// The mean of 2000 estimates from 5 paths each has a standard error of 0.04 sqrt(2/4/2000). False alarms: 1 in 16000.
TEST_CASE("the variance estimate is unbiased") {
  double sum = 0;
  for (std::uint64_t seed = 0; seed < 2000; ++seed) sum += few(5, seed).variance().value;
  CHECK(std::fabs(sum / 2000 - 0.04) < 4 * 0.04 * std::sqrt(0.5 / 2000));
}

}  // namespace
}  // namespace spectralmc
