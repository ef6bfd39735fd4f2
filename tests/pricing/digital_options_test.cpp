// Digital options by the COS method against Black's formula, a published price, the other options of the same law, and
// the laws that prices obey; its error reports against its errors.
#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <vector>

#include "about.hpp"
#include "reference_formulas.hpp"
#include "spectralmc/models/bates.hpp"
#include "spectralmc/models/black_scholes.hpp"
#include "spectralmc/models/heston.hpp"
#include "spectralmc/models/kou.hpp"
#include "spectralmc/models/merton.hpp"
#include "spectralmc/models/normal_inverse_gaussian.hpp"
#include "spectralmc/models/variance_gamma.hpp"
#include "spectralmc/pricing/cosine_method.hpp"

namespace spectralmc {
namespace {

constexpr option_type call = option_type::call, put = option_type::put;
constexpr digital_payment cash = digital_payment::cash, share = digital_payment::asset;
constexpr std::size_t most = std::size_t{1} << 17;

TEST_CASE("digitals: a published price") {
  // Fang and Oosterlee (2008), section 5.1: cash or nothing, which pays the strike.
  const cosine_method options(black_scholes<double>(market(100, 0.05), {0.2}), 0.1, {1e-10, most, true, true});
  CHECK(std::fabs(120 * options.digital_price(cash, call, 120) - 0.273306496) < 1e-9);
}

TEST_CASE("digitals: the lognormal model has Black's prices and Greeks") {
  const market asset(100, 0.05, 0.02);
  for (const double time : {1.0 / 365, 0.5, 10.0}) {
    const cosine_method options(black_scholes<double>(asset, {0.3}), time, {1e-12, most, true, true});
    CHECK(options.digital_error() <= 1e-12);
    for (const double moneyness : {-6.0, -3.0, -1.0, 0.0, 0.5, 2.0, 6.0}) {
      const double forward = asset.forward(time), discount = asset.discount(time), deviation = 0.3 * std::sqrt(time),
                   strike = forward * std::exp(moneyness * deviation);
      const double d1 = -moneyness + 0.5 * deviation, d2 = d1 - deviation;
      CAPTURE(time);
      CAPTURE(moneyness);
      const double allowed = options.digital_error() * discount;
      const auto cdf = [](double x) { return static_cast<double>(reference::normal_cdf(x)); };
      CHECK(std::fabs(options.digital_price(cash, call, strike) - discount * cdf(d2)) < allowed);
      CHECK(std::fabs(options.digital_price(cash, put, strike) - discount * cdf(-d2)) < allowed);
      CHECK(std::fabs(options.digital_price(share, call, strike) - discount * forward * cdf(d1)) < allowed * strike);
      CHECK(std::fabs(options.digital_price(share, put, strike) - discount * forward * cdf(-d1)) < allowed * strike);
      const double n1 = static_cast<double>(reference::normal_density(d1)),
                   n2 = static_cast<double>(reference::normal_density(d2));
      const option_greeks of_cash = options.digital_greeks(cash, call, {strike})[0],
                          of_share = options.digital_greeks(share, call, {strike})[0],
                          of_put = options.digital_greeks(share, put, {strike})[0];
      const double unit = 1 / deviation, scale = 1e-9 * unit * unit;
      CHECK(std::fabs(of_cash.delta - discount * n2 / (100 * deviation)) < scale);
      CHECK(std::fabs(of_cash.gamma + discount * n2 * d1 / (1e4 * deviation * deviation)) < scale);
      const double growth = forward / 100 * discount;
      CHECK(std::fabs(of_share.delta - growth * (cdf(d1) + n1 / deviation)) < scale);
      CHECK(std::fabs(of_share.gamma - growth * n1 / (100 * deviation) * (1 - d1 / deviation)) < scale);
      CHECK(std::fabs(of_share.delta + of_put.delta - growth) < 1e-12 / deviation);
    }
  }
}

/// What holds for all digitals of one maturity, and an independent truth: at a tolerance far smaller.
template <class Model>
void check_laws(const Model& model, double time, double tolerance, const cosine_method& exact) {
  const cosine_method options(model, time, {tolerance, most, true, true});
  CHECK(options.digital_error() <= tolerance);
  CHECK(options.error() <= options.digital_error());
  const double forward = options.forward(), discount = options.discount(), allowed = options.digital_error();
  std::vector<double> strikes;
  for (int i = -60; i <= 60; ++i) strikes.push_back(forward * std::exp(0.04 * i));
  const auto cash_puts = options.digital_prices(cash, put, strikes),
             cash_calls = options.digital_prices(cash, call, strikes),
             share_puts = options.digital_prices(share, put, strikes),
             share_calls = options.digital_prices(share, call, strikes), calls = options.prices(call, strikes),
             truth = exact.digital_prices(cash, put, strikes), share_truth = exact.digital_prices(share, put, strikes);
  for (std::size_t i = 0; i < strikes.size(); ++i) {
    CAPTURE(strikes[i]);
    CHECK(cash_puts[i] >= 0);
    CHECK(cash_calls[i] >= 0);
    CHECK(share_puts[i] >= 0);
    CHECK(share_calls[i] >= 0);
    CHECK(cash_puts[i] + cash_calls[i] == about(discount, 1e-14));
    CHECK(share_puts[i] + share_calls[i] == about(discount * forward, 1e-14));
    CHECK(share_calls[i] >= strikes[i] * cash_calls[i] - 1e-13 * (strikes[i] + forward));
    CHECK(std::fabs(share_calls[i] - strikes[i] * cash_calls[i] - calls[i]) < 2e-14 * (strikes[i] + forward));
    if (i > 0) CHECK(cash_puts[i] >= cash_puts[i - 1] - 2 * allowed * discount);
    CHECK(std::fabs(cash_puts[i] - truth[i]) <= (allowed + exact.digital_error()) * discount);
    CHECK(std::fabs(share_puts[i] - share_truth[i]) <= (allowed + exact.digital_error()) * discount * strikes[i]);
  }
}

TEST_CASE("digitals: errors are within the report, and prices within their bounds, for all kinds of laws") {
  const market asset(100, 0.03, 0.01);
  const auto check = [](const auto& model, double time, double tolerance, double fine) {
    check_laws(model, time, tolerance, cosine_method(model, time, {fine, most, true, true}));
  };
  for (const double time : {0.02, 1.0}) {
    CAPTURE(time);
    for (const double tolerance : {1e-3, 1e-6, 1e-9}) {
      CAPTURE(tolerance);
      check(heston<double>(asset, {0.04, 1.5, 0.05, 0.6, -0.7}), time, tolerance, 1e-12);
      check(bates<double>(asset, {{0.04, 1.5, 0.05, 0.6, -0.7}, {0.5, -0.2, 0.1}}), time, tolerance, 1e-12);
      check(merton<double>(asset, {0.1, {0.8, -0.12, 0.1}}), time, tolerance, 1e-12);
      check(kou<double>(asset, {0.16, 1, 0.4, 10, 5}), time, tolerance, 1e-12);
      check(normal_inverse_gaussian<double>(asset, {0.2, -0.1, 0.3}), time, tolerance, 1e-12);
    }
  }
}

// |phi(u)| falls like u^(-2 time / nu) here: a density with a pole at some weeks, and a kink at nu.
TEST_CASE("digitals: where the characteristic function falls like a power the report says so") {
  const variance_gamma<double> model(market(100, 0.1), {0.12, -0.14, 0.2});
  const cosine_method fine(model, 0.5, {1e-9, std::size_t{1} << 20, false, true});
  CHECK(fine.digital_error() < 1e-8);
  check_laws(model, 0.5, 1e-5, fine);
  const cosine_method coarse(model, 0.1, {1e-6, most, false, true}), vanilla(model, 0.1, {1e-6});
  CHECK(vanilla.error() < 1e-6);
  CHECK(vanilla.digital_error() > 1e-4);
  CHECK(coarse.digital_error() > 1e-6);
  CHECK(coarse.digital_error() < vanilla.digital_error());
  const cosine_method finer(model, 0.1, {1e-6, std::size_t{1} << 20, false, true});
  for (double strike = 90; strike < 110; strike += 0.37) {
    CHECK(std::fabs(vanilla.digital_price(cash, put, strike) - finer.digital_price(cash, put, strike)) <
          vanilla.digital_error() + finer.digital_error());
  }
  CHECK_THROWS_AS(cosine_method(model, 0.1, {1e-6, most, true, true}), no_answer);
}

TEST_CASE("digitals: of a law with an atom nothing is known, and prices are probabilities all the same") {
  const merton<double> model(market(100), {0, {1, -0.1, 0}});  // a lattice
  const cosine_method options(model, 1, {1e-3, 4096, false});
  CHECK(options.digital_error() == 1);
  for (double strike = 50; strike < 150; strike += 1) {
    const double price = options.digital_price(cash, put, strike);
    CHECK(price >= 0);
    CHECK(price <= 1);
  }
}

TEST_CASE("digitals: prices of other options and the terms for them are what they were") {
  const heston<double> model(market(100, 0.03), {0.04, 1.5, 0.05, 0.6, -0.7});
  const cosine_method vanilla(model, 1, {1e-8}), both(model, 1, {1e-8, most, true, true});
  CHECK(vanilla.terms() < both.terms());
  CHECK(vanilla.digital_error() > vanilla.error());
  CHECK(vanilla.digital_error() < 1e-5);
  CHECK_THROWS_AS(vanilla.digital_price(cash, call, 0), invalid_parameter);
  CHECK(vanilla.digital_price(cash, put, 1e-8) == 0);
  CHECK(vanilla.digital_price(share, put, 1e-8) == 0);
  CHECK(vanilla.digital_price(cash, call, 1e8) == 0);
  CHECK(vanilla.digital_price(share, call, 1e8) < 1e-8);
}

TEST_CASE("strikes beyond all prices") {
  const cosine_method options(black_scholes<double>(market(100), {0.2}), 1);
  for (const double strike : {1e4, 1e12, 1e18, 1e300}) {
    CAPTURE(strike);
    CHECK(options.price(option_type::call, strike) < 1e-7);
    CHECK(options.digital_price(digital_payment::cash, option_type::call, strike) < 1e-8);
    CHECK(options.digital_price(digital_payment::asset, option_type::put, strike) == about(100, 1e-7));
  }
}

}  // namespace
}  // namespace spectralmc
