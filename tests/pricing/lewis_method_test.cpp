// Lewis' integral against published prices and against the COS method: two methods that share nothing but the model.
#include "spectralmc/pricing/lewis_method.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

#include "reference_formulas.hpp"
#include "reference_values.hpp"
#include "spectralmc/models/bates.hpp"
#include "spectralmc/models/black_scholes.hpp"
#include "spectralmc/models/heston.hpp"
#include "spectralmc/models/kou.hpp"
#include "spectralmc/models/merton.hpp"
#include "spectralmc/models/rough_heston.hpp"
#include "spectralmc/models/variance_gamma.hpp"
#include "spectralmc/pricing/cosine_method.hpp"

namespace spectralmc {
namespace {

constexpr option_type call = option_type::call, put = option_type::put;

TEST_CASE("Lewis: published prices of Heston's model, and the error is within the report") {
  for (const reference::heston_set& set : reference::heston_sets()) {
    const heston<double> model(set.asset, set.parameters);
    for (const reference::quote& q : set.quotes) {
      CAPTURE(set.name);
      CAPTURE(q.strike);
      for (const double tolerance : {1e-5, 1e-9, 1e-12}) {
        CAPTURE(tolerance);
        const estimate price = lewis_method(model, set.time, {q.strike}, tolerance).prices(q.type)[0];
        CHECK(std::fabs(price.value - q.price) <= price.truncation_error + 0.51 * q.last_digit);
        CHECK(price.truncation_error < tolerance * 200);
      }
    }
  }
}

// The two methods agree within what they report, over laws of all kinds.
TEST_CASE("Lewis and COS agree within their errors") {
  reference::uniform_source uniform(51);
  const auto check = [&](const auto& model, double time) {
    const cosine_method options(model, time, {1e-10});
    std::vector<double> strikes;
    for (const double k : {-3.0, -1.0, -0.2, 0.0, 0.5, 2.0}) {
      strikes.push_back(options.forward() * std::exp(0.25 * k * std::sqrt(time)));
    }
    const lewis_method second(model, time, strikes, 1e-10);
    for (const option_type type : {call, put}) {
      const std::vector<double> prices = options.prices(type, strikes);
      const std::vector<estimate> others = second.prices(type);
      for (std::size_t i = 0; i < strikes.size(); ++i) {
        CAPTURE(time);
        CAPTURE(strikes[i]);
        const double error = options.error() * strikes[i] * options.discount() + others[i].truncation_error;
        CHECK(std::fabs(prices[i] - others[i].value) <= error);
      }
    }
  };
  const market asset(100, 0.03, 0.01);
  for (int i = 0; i < 200; ++i) {
    const heston_parameters p{uniform.between(0.005, 0.3), uniform.between(0.1, 8), uniform.between(0.01, 0.3),
                              uniform.between(0.05, 1.5), uniform.between(-0.98, 0.5)};
    const double time = std::exp(uniform.between(std::log(0.02), std::log(10)));
    CAPTURE(i);
    check(heston<double>(asset, p), time);
    check(bates<double>(asset, {p, {uniform.between(0, 2), uniform.between(-0.3, 0.1), uniform.between(0.01, 0.3)}}),
          time);
  }
  check(black_scholes<double>(asset, {0.3}), 2.0);
  check(kou<double>(asset, {0.16, 1, 0.4, 10, 5}), 0.5);
  check(variance_gamma<double>(asset, {0.12, -0.14, 0.2}), 1.0);
  check(rough_heston(asset, {0.04, 0.3, 0.05, 0.3, -0.7, 0.1}), 0.5);
}

// Many jumps of nearly one size: |psi| falls, and comes back in narrow peaks.
TEST_CASE("Lewis: prices of 1000 random models of Merton's kind are within the reported error") {
  reference::uniform_source uniform(52);
  const auto log_between = [&](double low, double high) {
    return std::exp(uniform.between(std::log(low), std::log(high)));
  };
  for (int i = 0; i < 1000; ++i) {
    const lognormal_jumps jumps{log_between(0.01, 50), uniform.between(-0.5, 0.3), log_between(1e-3, 0.4)};
    const double volatility = log_between(0.02, 1), time = log_between(1.0 / 365, 5),
                 tolerance = log_between(1e-11, 1e-2);
    const merton<double> model(market(100), {volatility, jumps});
    std::vector<double> strikes;
    for (const double k : {-6.0, -1.0, -0.1, 0.5, 4.0}) {
      strikes.push_back(100 * std::exp(k * std::sqrt(time) * std::hypot(volatility, jumps.deviation)));
    }
    const std::vector<estimate> found = lewis_method(model, time, strikes, tolerance).prices(call);
    for (std::size_t k = 0; k < strikes.size(); ++k) {
      CAPTURE(i);
      CAPTURE(strikes[k]);
      const auto expected = static_cast<double>(
          reference::merton_option(1, 100, strikes[k], volatility, jumps.intensity, jumps.mean, jumps.deviation, time));
      CHECK(std::fabs(found[k].value - expected) <= found[k].truncation_error + 1e-11);
    }
  }
}

// The first panel is as long as 1 / sqrt(time), and the integrand all at its beginning. Right values by mpmath.
TEST_CASE("Lewis: high volatilities over very short times") {
  const std::vector<double> strikes{90, 100, 120};
  const double expected[] = {11.7724511004687962, 5.63719777970166233, 0.720412517855724547};
  for (const double tolerance : {1e-12, 1e-10, 1e-4, 0.1}) {
    CAPTURE(tolerance);
    const std::vector<estimate> found =
        lewis_method(black_scholes<double>(market(100), {1e5}), 2e-12, strikes, tolerance).prices(call);
    for (std::size_t i = 0; i < strikes.size(); ++i) {
      CAPTURE(strikes[i]);
      CHECK(std::fabs(found[i].value - expected[i]) <= found[i].truncation_error);
    }
  }
  const estimate wide = lewis_method(black_scholes<double>(market(100), {1e7}), 1e-14, {120}).prices(call)[0];
  CHECK(std::fabs(wide.value - 32.7614180638969888) <= wide.truncation_error);
}

TEST_CASE("Lewis: what is out of range or out of reach is refused") {
  const heston<double> model(market(100), {0.04, 1.5, 0.05, 0.5, -0.7});
  CHECK_THROWS_AS(lewis_method(model, 0, {100}), invalid_parameter);
  CHECK_THROWS_AS(lewis_method(model, 1, {100}, 0), invalid_parameter);
  CHECK_THROWS_AS(lewis_method(model, 1, {-100}), invalid_parameter);
  CHECK_THROWS_AS(lewis_method(model, 1, {std::numeric_limits<double>::quiet_NaN()}), invalid_parameter);
  CHECK(lewis_method(model, 1, {}).prices(call).empty());
}

}  // namespace
}  // namespace spectralmc
