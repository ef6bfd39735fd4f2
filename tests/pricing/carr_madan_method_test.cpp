// Carr and Madan's transform against published prices, against the COS method and Lewis' integral over random models,
// and its error reports against its errors.
#include "spectralmc/pricing/carr_madan_method.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <limits>
#include <string>
#include <vector>

#include "reference_formulas.hpp"
#include "reference_values.hpp"
#include "spectralmc/models/bates.hpp"
#include "spectralmc/models/black_scholes.hpp"
#include "spectralmc/models/cgmy.hpp"
#include "spectralmc/models/heston.hpp"
#include "spectralmc/models/kou.hpp"
#include "spectralmc/models/merton.hpp"
#include "spectralmc/models/normal_inverse_gaussian.hpp"
#include "spectralmc/models/rough_heston.hpp"
#include "spectralmc/models/variance_gamma.hpp"
#include "spectralmc/pricing/cosine_method.hpp"
#include "spectralmc/pricing/lewis_method.hpp"

namespace spectralmc {
namespace {

constexpr option_type call = option_type::call, put = option_type::put;
constexpr strike_transform transforms[] = {strike_transform::fast, strike_transform::fractional};

TEST_CASE("Carr and Madan: published prices of Heston's model, and the error is within the report") {
  for (const reference::heston_set& set : reference::heston_sets()) {
    const heston<double> model(set.asset, set.parameters);
    for (const strike_transform transform : transforms) {
      for (const double tolerance : {1e-3, 1e-6, 1e-9, 1e-12}) {
        const carr_madan_method options(model, set.time, {tolerance, transform});
        CHECK(options.error() <= tolerance);
        for (const reference::quote& q : set.quotes) {
          CAPTURE(set.name);
          CAPTURE(q.strike);
          CAPTURE(tolerance);
          const estimate price = options.price(q.type, q.strike);
          CHECK(std::fabs(price.value - q.price) <= price.truncation_error + 0.51 * q.last_digit);
          CHECK(price.truncation_error <=
                1.01 * tolerance * options.discount() * std::fmin(q.strike, options.forward()));
        }
      }
    }
  }
}

// Fang and Oosterlee (2008) and others: reference values of jump and Levy models.
TEST_CASE("Carr and Madan: published prices of models with jumps") {
  const auto check = [](const auto& model, double time, double strike, double expected, double last_digit) {
    for (const strike_transform transform : transforms) {
      const estimate price = carr_madan_method(model, time, {1e-9, transform}).price(call, strike);
      CAPTURE(expected);
      CHECK(std::fabs(price.value - expected) <= price.truncation_error + 0.51 * last_digit);
    }
  };
  const market ten(100, 0.1), five(100, 0.05, 0.01);
  check(variance_gamma<double>(ten, {0.12, -0.14, 0.2}), 1, 90, 19.099354724, 1e-9);
  check(variance_gamma<double>(five, {0.2, 0.1, 0.85}), 1, 100, 10.1393506263865, 1e-13);
  check(cgmy<double>(ten, {1, 5, 5, 0.5}), 1, 100, 19.812948843, 1e-9);
  check(cgmy<double>(ten, {1, 5, 5, 1.5}), 1, 100, 49.790905469, 1e-9);
  check(cgmy<double>(ten, {1, 5, 5, 1.98}), 1, 100, 99.999905510, 1e-9);
  check(merton<double>(five, {0.12, {0.4, -0.12, 0.18}}), 1, 100, 8.675684635426, 1e-12);
  check(kou<double>(five, {0.15, 3, 0.2, 25, 10}), 1, 100, 11.924303076, 1e-9);
}

/// Compares all three methods at one maturity. @return whether all of them had an answer
template <class Model>
bool agree(const Model& model, double time, strike_transform transform, double tolerance) {
  const carr_madan_method options(model, time, {tolerance, transform});
  std::vector<double> strikes;
  const double deviation = detail::rough_moments_of(model, time).deviation;
  for (const double k : {-8.0, -3.0, -1.0, -0.1, 0.0, 0.3, 1.5, 6.0}) {
    strikes.push_back(options.forward() * std::exp(k * deviation));
  }
  const lewis_method second(model, time, strikes, tolerance);
  for (const option_type type : {call, put}) {
    const std::vector<estimate> found = options.prices(type, strikes), others = second.prices(type);
    for (std::size_t i = 0; i < strikes.size(); ++i) {
      CAPTURE(strikes[i]);
      CHECK(std::fabs(found[i].value - others[i].value) <= found[i].truncation_error + others[i].truncation_error);
    }
  }
  try {
    const cosine_method third(model, time, {tolerance, std::size_t{1} << 14});
    for (const option_type type : {call, put}) {
      const std::vector<estimate> found = options.prices(type, strikes);
      const std::vector<double> others = third.prices(type, strikes);
      for (std::size_t i = 0; i < strikes.size(); ++i) {
        CAPTURE(strikes[i]);
        const double error = third.error() * strikes[i] * third.discount() + 1e-14 * options.forward();
        CHECK(std::fabs(found[i].value - others[i]) <= found[i].truncation_error + error);
      }
    }
    return true;
  } catch (const no_answer&) {
    return false;
  }
}

// The bounds are bounds: no false alarm is expected.
TEST_CASE("Carr and Madan, COS and Lewis agree within their errors, for 1400 random models") {
  reference::uniform_source uniform(71);
  const auto between = [&](double low, double high) { return uniform.between(low, high); };
  const auto log_between = [&](double low, double high) { return std::exp(between(std::log(low), std::log(high))); };
  const market asset(100, 0.03, 0.01);
  int answered = 0, by_all = 0, refused = 0;
  const auto check = [&](const auto& model, double shortest, double longest) {
    const double time = log_between(shortest, longest);
    CAPTURE(time);
    const strike_transform transform = transforms[answered % 2];
    try {
      by_all += agree(model, time, transform, log_between(1e-11, 1e-3)) ? 1 : 0;
      ++answered;
    } catch (const no_answer&) {
      ++refused;  // for want of terms or of moments
    }
  };
  for (int i = 0; i < 200; ++i) {
    CAPTURE(i);
    const heston_parameters p{log_between(1e-4, 1), log_between(0.02, 20), log_between(1e-3, 1), log_between(0.01, 4),
                              between(-0.999, 0.9)};
    const lognormal_jumps jumps{log_between(0.01, 50), between(-0.5, 0.3), log_between(1e-3, 0.4)};
    check(heston<double>(asset, p), 1.0 / 365, 10);
    check(bates<double>(asset, {p, jumps}), 1.0 / 365, 10);
    check(merton<double>(asset, {log_between(0.02, 1), jumps}), 1.0 / 365, 10);
    check(variance_gamma<double>(asset, {between(0.05, 0.4), between(-0.3, 0.1), between(0.05, 0.5)}), 0.3, 10);
    check(kou<double>(asset, {log_between(0.02, 0.6), log_between(0.01, 50), between(0, 1), 1 + log_between(0.05, 50),
                              log_between(0.5, 50)}),
          1.0 / 365, 10);
    check(normal_inverse_gaussian<double>(asset, {between(0.05, 0.4), between(-0.3, 0.1), between(0.05, 0.5)}),
          1.0 / 365, 10);
    check(
        cgmy<double>(asset, {log_between(0.05, 5), log_between(0.3, 30), 1 + log_between(0.1, 30), between(0.2, 1.8)}),
        0.05, 5);
  }
  MESSAGE(answered << " models answered by two methods or more, " << by_all << " by all, " << refused << " refused");
  CHECK(answered >= 1380);  // of models as wild as these some are refused
  CHECK(by_all >= 1300);
}

TEST_CASE("Carr and Madan: the lognormal model has Black's prices, far out of the money too") {
  for (const double time : {1.0 / 365, 0.5, 10.0, 200.0}) {
    const double deviation = 0.3 * std::sqrt(time);
    for (const strike_transform transform : transforms) {
      const carr_madan_method options(black_scholes<double>(market(100), {0.3}), time, {1e-12, transform});
      for (const double moneyness : {-40.0, -9.0, -3.0, -1.0, 0.0, 0.5, 2.0, 7.0, 9.0, 40.0}) {
        const double strike = 100 * std::exp(moneyness * deviation);
        for (const option_type type : {call, put}) {
          CAPTURE(time);
          CAPTURE(moneyness);
          const estimate price = options.price(type, strike);
          const double expected = static_cast<double>(reference::black(type == call ? 1 : -1, 100, strike, deviation));
          CHECK(std::fabs(price.value - expected) <= price.truncation_error + 1e-15 * expected);
          CHECK(price.value >= 0);
        }
      }
      // Beyond the moments' reach nothing but their bound is left.
      const estimate nothing = options.price(call, 100 * std::exp(30 * deviation));
      CHECK(nothing.value == 0);
      CHECK(nothing.truncation_error < 1e-23);
    }
  }
}

TEST_CASE("Carr and Madan: parity, bounds, monotony and convexity in the strike") {
  reference::uniform_source uniform(72);
  for (int i = 0; i < 60; ++i) {
    const heston_parameters p{uniform.between(0.005, 0.3), uniform.between(0.1, 8), uniform.between(0.01, 0.3),
                              uniform.between(0.05, 1.5), uniform.between(-0.98, 0.5)};
    const bates<double> model(market(100, 0.03, 0.01), {p, {uniform.between(0, 2), uniform.between(-0.2, 0.1), 0.1}});
    const carr_madan_method options(model, uniform.between(0.05, 3), {1e-9, transforms[i % 2]});
    std::vector<double> strikes;
    for (double strike = 20; strike <= 300; strike += 4) strikes.push_back(strike);
    const std::vector<estimate> puts = options.prices(put, strikes), calls = options.prices(call, strikes);
    const double discount = options.discount(), forward = options.forward();
    for (std::size_t k = 0; k < strikes.size(); ++k) {
      CAPTURE(i);
      CAPTURE(strikes[k]);
      const double error = 4 * puts[k].truncation_error + 1e-12;
      CHECK(std::fabs(calls[k].value - puts[k].value - discount * (forward - strikes[k])) < 1e-12);
      CHECK(puts[k].value >= 0);
      CHECK(calls[k].value >= 0);
      CHECK(puts[k].value >= discount * (strikes[k] - forward) * (1 - 1e-15));
      CHECK(calls[k].value <= discount * forward);
      if (k == 0) continue;
      const double growth = puts[k].value - puts[k - 1].value;
      CHECK(growth > -error);
      CHECK(growth < 4 * discount + error);
      if (k + 1 < strikes.size()) CHECK(puts[k + 1].value - 2 * puts[k].value + puts[k - 1].value > -error);
    }
  }
}

// Many jumps of nearly one size: |phi| falls, and comes back. Rare ones reach much further than the deviation.
TEST_CASE("Carr and Madan: prices of 1000 random models of Merton's kind are within the reported error") {
  reference::uniform_source uniform(73);
  const auto log_between = [&](double low, double high) {
    return std::exp(uniform.between(std::log(low), std::log(high)));
  };
  for (int i = 0; i < 1000; ++i) {
    const lognormal_jumps jumps{log_between(0.01, 50), uniform.between(-0.5, 0.3),
                                i % 10 == 0 ? 0.0 : log_between(1e-3, 0.4)};
    const double volatility = log_between(0.02, 1), time = log_between(1.0 / 365, 5);
    const merton<double> model(market(100), {volatility, jumps});
    const carr_madan_method options(model, time, {log_between(1e-11, 1e-2), transforms[i % 2]});
    for (const double k : {-6.0, -1.0, -0.1, 0.5, 4.0}) {
      const double strike = 100 * std::exp(k * std::sqrt(time) * std::hypot(volatility, jumps.deviation));
      for (const option_type type : {call, put}) {
        CAPTURE(i);
        CAPTURE(strike);
        const estimate found = options.price(type, strike);
        const auto expected = static_cast<double>(reference::merton_option(
            type == call ? 1 : -1, 100, strike, volatility, jumps.intensity, jumps.mean, jumps.deviation, time));
        CHECK(std::fabs(found.value - expected) <= found.truncation_error + 1e-15 * (100 + strike));
      }
    }
  }
}

TEST_CASE("Carr and Madan: an option has a price within the errors in any list") {
  const heston<double> model(market(100), {0.04, 1.5, 0.05, 0.5, -0.7});
  const std::vector<double> strikes{140, 70, 80, 90, 100, 100, 95, 105, 1e-5, 110, 1e9, 120, 130, 150};
  for (const strike_transform transform : transforms) {
    const carr_madan_method options(model, 1, {1e-9, transform});
    const std::vector<estimate> prices = options.prices(call, strikes);
    for (std::size_t i = 0; i < strikes.size(); ++i) {
      const estimate alone = options.price(call, strikes[i]);
      if (transform == strike_transform::fast) CHECK(alone.value == prices[i].value);
      CHECK(std::fabs(alone.value - prices[i].value) <= alone.truncation_error);
    }
    CHECK(options.prices(call, {}).empty());
  }
}

TEST_CASE("Carr and Madan: a model whose formula is slow and takes one frequency at a time") {
  CHECK(agree(rough_heston(market(100, 0.03), {0.04, 0.3, 0.05, 0.3, -0.7, 0.1}), 0.5, strike_transform::fractional,
              1e-7));
}

/// A model whose formula is wrong, or whose law has nothing to damp with.
struct wrong_model {
  using real = double;
  template <class V>
  struct state {
    V log_martingale;
  };
  double size, above;
  market asset() const { return market(100); }
  complex<double> log_characteristic_function(complex<double> u, double /*time*/) const {
    if (u.im < -1) return complex<double>(above, 0) * u * u;
    return (u * u + complex<double>(0, 1) * u) * (-0.02 * size);
  }
};

TEST_CASE("Carr and Madan: damping stays below the explosion of moments") {
  // Heston's formula is finite beyond it. The price is Lewis' integral in 30 digits.
  const heston<double> model(
      market(1.5899525007100985, 0.058102996226257995, 0.020394821618904237),
      {0.012228568912089961, 0.0067105270069409383, 0.00014252296249393903, 3.5838062354682751, -0.1460533796395565});
  for (const double tolerance : {1e-4, 1e-8}) {
    const estimate p =
        carr_madan_method(model, 0.53070834762816599, {tolerance}).price(option_type::put, 1.2894144134329599);
    CHECK(std::fabs(p.value - 0.00256258149) <= p.truncation_error + 1e-11);
  }
}

TEST_CASE("Carr and Madan: what is out of range or out of reach is refused") {
  const heston<double> model(market(100), {0.04, 1.5, 0.05, 0.5, -0.7});
  CHECK_THROWS_AS(carr_madan_method(model, 0), invalid_parameter);
  CHECK_THROWS_AS(carr_madan_method(model, 1, {1e-15}), invalid_parameter);
  CHECK_THROWS_AS(carr_madan_method(model, 1, {std::numeric_limits<double>::quiet_NaN()}), invalid_parameter);
  CHECK_THROWS_AS(carr_madan_method(model, 1, {1e-10, strike_transform::fast, 16}), invalid_parameter);
  CHECK_THROWS_AS(carr_madan_method(model, 1).price(call, 0), invalid_parameter);
  CHECK_THROWS_AS(carr_madan_method(model, 1).price(call, std::numeric_limits<double>::infinity()), invalid_parameter);
  const double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK_THROWS_AS(carr_madan_method(wrong_model{nan, nan}, 1), no_answer);
  try {
    const carr_madan_method options(wrong_model{1, nan}, 1);
    FAIL("no exception");
  } catch (const no_answer& e) {
    CHECK(std::string(e.what()).find("calls cannot be damped") == 0);
  }
  try {
    const carr_madan_method options(model, 1, {1e-10, strike_transform::fast, 32});
    FAIL("no exception");
  } catch (const no_answer& e) {
    CHECK(std::string(e.what()).find("falls too slowly: 32 terms leave an error of ") != std::string::npos);
  }
  CHECK_THROWS_AS(carr_madan_method(variance_gamma<double>(market(100), {0.12, -0.14, 0.2}), 0.01, {1e-12}), no_answer);
}

}  // namespace
}  // namespace spectralmc
