// The COS method against published prices, Black's formula and the laws that prices obey; its error reports against its
// errors.
#include "spectralmc/pricing/cosine_method.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

#include "about.hpp"
#include "reference_formulas.hpp"
#include "reference_values.hpp"
#include "spectralmc/models/bates.hpp"
#include "spectralmc/models/black_scholes.hpp"
#include "spectralmc/models/heston.hpp"
#include "spectralmc/models/kou.hpp"
#include "spectralmc/models/merton.hpp"
#include "spectralmc/models/normal_inverse_gaussian.hpp"
#include "spectralmc/models/variance_gamma.hpp"
#include "spectralmc/pricing/carr_madan_method.hpp"
#include "spectralmc/pricing/lewis_method.hpp"

namespace spectralmc {
namespace {

constexpr option_type call = option_type::call, put = option_type::put;

TEST_CASE("COS: published prices of Heston's model, and the error is within the report") {
  for (const reference::heston_set& set : reference::heston_sets()) {
    const heston<double> model(set.asset, set.parameters);
    for (const double tolerance : {1e-6, 1e-9, 1e-11}) {
      const cosine_method options(model, set.time, {tolerance});
      CHECK(options.error() <= tolerance);
      for (const reference::quote& q : set.quotes) {
        CAPTURE(set.name);
        CAPTURE(q.strike);
        CAPTURE(tolerance);
        CHECK(std::fabs(options.price(q.type, q.strike) - q.price) <
              options.error() * q.strike * options.discount() + 0.51 * q.last_digit);
        if (tolerance == 1e-11) CHECK(std::fabs(options.price(q.type, q.strike) - q.price) < reference::tolerance(q));
      }
    }
  }
}

TEST_CASE("COS: the lognormal model has Black's prices and Greeks") {
  const market asset(100, 0.05, 0.02);
  for (const double time : {1.0 / 365, 0.5, 10.0}) {
    const cosine_method options(black_scholes<double>(asset, {0.3}), time, {1e-12});
    for (const double moneyness : {-3.0, -1.0, 0.0, 0.5, 2.0}) {
      const double forward = asset.forward(time), discount = asset.discount(time), deviation = 0.3 * std::sqrt(time),
                   strike = forward * std::exp(moneyness * deviation), d1 = -moneyness + 0.5 * deviation;
      CAPTURE(time);
      CAPTURE(moneyness);
      CHECK(std::fabs(options.price(call, strike) - black_price(call, forward, strike, 0.3, time, discount)) <
            1e-12 * strike);
      const option_greeks greeks = options.greeks(call, {strike})[0], of_put = options.greeks(put, {strike})[0];
      const double carry = std::exp(-0.02 * time);
      CHECK(std::fabs(greeks.delta - carry * normal_cdf(d1)) < 1e-10);
      CHECK(std::fabs(of_put.delta - carry * (normal_cdf(d1) - 1)) < 1e-10);
      CHECK(std::fabs(greeks.gamma - carry * normal_density(d1) / (100 * deviation)) < 1e-9 / deviation);
      CHECK(of_put.gamma == greeks.gamma);
    }
  }
}

heston_parameters random_parameters(reference::uniform_source& uniform) {
  return {uniform.between(0.005, 0.3), uniform.between(0.1, 8), uniform.between(0.01, 0.3), uniform.between(0.05, 1.5),
          uniform.between(-0.98, 0.5)};
}

// An interval and terms that are enough for 1e-13 stand for the truth.
TEST_CASE("COS: prices of a thousand random models are within the reported error") {
  reference::uniform_source uniform(41);
  for (int i = 0; i < 1000; ++i) {
    const heston_parameters p = random_parameters(uniform);
    const double time = std::exp(uniform.between(std::log(0.02), std::log(5))), tolerance = 1e-8;
    const market asset(100, uniform.between(-0.01, 0.08), uniform.between(0, 0.05));
    const heston<double> model(asset, p);
    const cosine_method options(model, time, {tolerance}), exact(model, time, {2e-12});
    const double strike = 100 * std::exp(uniform.between(-3, 3) * std::sqrt(p.initial_variance * time));
    CAPTURE(p.initial_variance);
    CAPTURE(p.mean_reversion);
    CAPTURE(p.long_run_variance);
    CAPTURE(p.volatility_of_variance);
    CAPTURE(p.correlation);
    CAPTURE(time);
    CAPTURE(strike);
    const double unit = strike * options.discount();
    CHECK(std::fabs(options.price(put, strike) - exact.price(put, strike)) < (options.error() + exact.error()) * unit);
  }
}

TEST_CASE("COS: parity, bounds, monotony and convexity in the strike, for 300 random models") {
  reference::uniform_source uniform(42);
  for (int i = 0; i < 300; ++i) {
    const bates<double> model(market(100, 0.03, 0.01),
                              {random_parameters(uniform), {uniform.between(0, 2), uniform.between(-0.2, 0.1), 0.1}});
    const double time = uniform.between(0.05, 3);
    const cosine_method options(model, time, {1e-11});
    std::vector<double> strikes;
    for (double strike = 20; strike <= 300; strike += 4) strikes.push_back(strike);
    const std::vector<double> puts = options.prices(put, strikes), calls = options.prices(call, strikes);
    const double discount = options.discount(), forward = options.forward();
    for (std::size_t k = 0; k < strikes.size(); ++k) {
      CAPTURE(i);
      CAPTURE(strikes[k]);
      const double error = 4 * options.error() * strikes[k];
      CHECK(std::fabs(calls[k] - puts[k] - discount * (forward - strikes[k])) < error);
      CHECK(puts[k] >= 0);
      CHECK(calls[k] >= 0);
      CHECK(puts[k] >= discount * (strikes[k] - forward));
      CHECK(calls[k] <= discount * forward);
      if (k == 0) continue;
      const double growth = puts[k] - puts[k - 1];
      CHECK(growth > -error);
      CHECK(growth < 4 * discount + error);
      if (k + 1 < strikes.size()) CHECK(puts[k + 1] - 2 * puts[k] + puts[k - 1] > -error);
    }
  }
}

TEST_CASE("COS: far strikes, short maturities and heavy tails keep their errors") {
  const market asset(100, 0.03);
  const auto check = [&](const auto& model, double time) {
    const cosine_method options(model, time, {1e-7}), exact(model, time, {1e-11});
    for (const double strike : {1e-3, 1.0, 50.0, 90.0, 99.0, 100.0, 101.0, 130.0, 300.0, 1e5}) {
      CAPTURE(time);
      CAPTURE(strike);
      for (const option_type type : {call, put}) {
        const double found = options.price(type, strike);
        CHECK(std::fabs(found - exact.price(type, strike)) < 1e-7 * strike);
        CHECK(found >= 0);
      }
    }
  };
  check(heston<double>(asset, {0.04, 0.5, 0.04, 1, -0.9}), 1.0 / 365);
  check(bates<double>(asset, {{0.01, 2, 0.02, 0.3, -0.6}, {0.1, -0.3, 0.2}}), 2.0 / 365);
  check(kou<double>(asset, {0.16, 1, 0.4, 10, 5}), 0.02);
  check(normal_inverse_gaussian<double>(asset, {0.2, -0.1, 0.3}), 0.05);
  check(variance_gamma<double>(asset, {0.12, -0.14, 0.2}), 1.0);
}

// With a large deviation the interval ends below the forward: what is above is unlikely, but worth much.
TEST_CASE("COS: strikes beyond the interval") {
  const black_scholes<double> wild(market(100), {1.0});
  const cosine_method options(wild, 200, {1e-10});
  for (const double strike : {1e-30, 1.0, 128.4, 1e4}) {
    CAPTURE(strike);
    CHECK(std::fabs(options.price(call, strike) - black_price(call, 100, strike, 1, 200)) < 1e-9 * strike + 1e-9);
  }
}

// |phi| falls and comes back: the jumps are nearly all of one size.
TEST_CASE("COS: the error holds where jumps bring the characteristic function back") {
  for (const lognormal_jumps& jumps : {lognormal_jumps{30, -0.05, 5e-4}, lognormal_jumps{10, -0.3, 0}}) {
    const merton<double> model(market(100), {0.02, jumps});
    const cosine_method options(model, 1, {1e-6}), exact(model, 1, {1e-10});
    for (const double strike : {80.0, 95.0, 100.0, 105.0}) {
      CAPTURE(strike);
      CHECK(std::fabs(options.price(put, strike) - exact.price(put, strike)) < options.error() * strike);
    }
  }
}

// The terms may run out in a trough of |phi| while it is known to come back.
TEST_CASE("COS: the error holds where the terms end before the waves of jumps of nearly one size") {
  reference::uniform_source uniform(43);
  const auto over = [&](double a, double b) { return std::exp(uniform.between(std::log(a), std::log(b))); };
  int beyond = 0, priced = 0;
  for (int i = 0; i < 600; ++i) {
    const double time = over(0.1, 10), volatility = over(1e-3, 0.1), strike = 100 * over(0.4, 2.5);
    const lognormal_jumps jumps{over(3, 200), uniform.between(-0.5, 0.3), i % 2 == 0 ? 0 : over(1e-6, 1e-2)};
    const double exact = static_cast<double>(
        reference::merton_option(-1, 100, strike, volatility, jumps.intensity, jumps.mean, jumps.deviation, time));
    const merton<double> model(market(100), {volatility, jumps});
    for (const std::size_t most : {std::size_t(1024), std::size_t(4096)}) {
      const cosine_method options(model, time, {over(1e-9, 1e-2), most, false});
      ++priced;
      beyond += !(std::fabs(options.price(put, strike) - exact) <= options.error_of_price(strike));
    }
  }
  CHECK(priced == 1200);
  CHECK(beyond == 0);
}

TEST_CASE("COS: an option has the same bits in any list") {
  const cosine_method options(heston<double>(market(100), {0.04, 1.5, 0.05, 0.5, -0.7}), 1);
  const std::vector<double> strikes{70, 80, 90, 95, 100, 105, 110, 120, 130, 140, 150};
  const std::vector<double> prices = options.prices(call, strikes);
  for (std::size_t i = 0; i < strikes.size(); ++i) CHECK(options.price(call, strikes[i]) == prices[i]);
  CHECK(options.prices(call, {}).empty());
}

/// A model whose formula is wrong in one way or other.
struct wrong_model {
  using real = double;
  template <class V>
  struct state {
    V log_martingale;
  };
  double at_zero, size;
  market asset() const { return market(100); }
  complex<double> log_characteristic_function(complex<double> u, double /*time*/) const {
    return (u * u + complex<double>(0, 1) * u) * (-0.02 * size) + at_zero;
  }
};

TEST_CASE("COS: what is out of range or out of reach is refused") {
  const heston<double> model(market(100), {0.04, 1.5, 0.05, 0.5, -0.7});
  CHECK_THROWS_AS(cosine_method(model, 0), invalid_parameter);
  CHECK_THROWS_AS(cosine_method(model, 1, {1e-15}), invalid_parameter);
  CHECK_THROWS_AS(cosine_method(model, 1, {std::numeric_limits<double>::quiet_NaN()}), invalid_parameter);
  CHECK_THROWS_AS(cosine_method(model, 1).price(call, 0), invalid_parameter);
  CHECK_NOTHROW(cosine_method(wrong_model{0, 1}, 1));
  CHECK_THROWS_AS(cosine_method(wrong_model{0.1, 1}, 1), no_answer);
  CHECK_THROWS_AS(cosine_method(wrong_model{0, std::numeric_limits<double>::quiet_NaN()}, 1), no_answer);
  // The density is infinite at a point: too sharp a peak.
  CHECK_THROWS_AS(cosine_method(variance_gamma<double>(market(100), {0.12, -0.14, 0.2}), 0.01, {1e-12}), no_answer);
  CHECK_THROWS_AS(cosine_method(model, 1, {1e-10, 16}), invalid_parameter);
  const cosine_method rough(model, 1, {1e-10, 32, false});
  CHECK(rough.terms() == 32);
  CHECK(std::fabs(rough.price(call, 100) - cosine_method(model, 1).price(call, 100)) < rough.error() * 100);
}

/// A law that is too peaked for any number of terms, by a formula that says that it is slow.
struct slow_model : variance_gamma<double> {
  using variance_gamma<double>::variance_gamma;
  static constexpr std::size_t largest_evaluations = 2048;
};

TEST_CASE("a model with a slow formula has fewer terms unless more are asked for") {
  const slow_model model(market(100), {0.12, -0.14, 0.2});
  const double day = 1.0 / 365;
  CHECK_THROWS_AS(cosine_method(model, day), no_answer);
  cosine_settings settings;
  settings.strict = false;
  CHECK(cosine_method(model, day, settings).terms() == 2048);
  std::size_t count = 0;
  CHECK(cosine_method(detail::counted_model<slow_model>(model, count), day, settings).terms() == 2048);
  settings.largest_terms = 4096;
  CHECK(cosine_method(model, day, settings).terms() == 4096);
  CHECK_THROWS_AS(lewis_method(model, day, {100}, 1e-14), no_answer);
  CHECK_THROWS_AS(carr_madan_method(model, day), no_answer);
}

}  // namespace
}  // namespace spectralmc
