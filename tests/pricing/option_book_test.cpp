#include "spectralmc/pricing/option_book.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "reference_formulas.hpp"
#include "spectralmc/calibration/model_parameters.hpp"
#include "spectralmc/models/bates.hpp"
#include "spectralmc/models/black_scholes.hpp"
#include "spectralmc/models/cgmy.hpp"
#include "spectralmc/models/heston.hpp"
#include "spectralmc/models/kou.hpp"
#include "spectralmc/models/merton.hpp"
#include "spectralmc/models/normal_inverse_gaussian.hpp"
#include "spectralmc/models/rough_heston.hpp"
#include "spectralmc/models/variance_gamma.hpp"
#include "spectralmc/pricing/black.hpp"
#include "spectralmc/pricing/cosine_method.hpp"
#include "spectralmc/pricing/lewis_method.hpp"

using namespace spectralmc;

namespace {

struct random_numbers {
  std::mt19937_64 engine;
  double between(double lower, double upper) {
    return lower + (upper - lower) * 0x1p-53 * static_cast<double>(engine() >> 11);
  }
  double over(double lower, double upper) { return std::exp(between(std::log(lower), std::log(upper))); }
  market asset() { return market(over(0.01, 1e4), between(-0.05, 0.15), between(-0.02, 0.08)); }
  heston_parameters heston() {
    return {over(1e-4, 1), over(0.05, 20), over(1e-3, 1), over(0.02, 4), between(-0.99, 0.99)};
  }
  lognormal_jumps jumps() { return {between(0, 4), between(-0.4, 0.3), over(0.01, 0.5)}; }
};

/// Options on models of one type at a few maturities from a week to 20 years, in any order.
template <class Model>
std::vector<book_option> random_book(random_numbers& random, const std::vector<Model>& models, std::size_t count) {
  const double maturities[] = {random.over(0.02, 0.2), random.over(0.2, 2), random.over(2, 20)};
  std::vector<book_option> options;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t model = random.engine() % models.size();
    const double maturity = maturities[random.engine() % 3];
    const double strike = models[model].asset().forward(maturity) * std::exp(random.between(-1.5, 1.5));
    options.push_back({model, maturity, random.engine() % 2 == 0 ? option_type::call : option_type::put, strike});
  }
  return options;
}

/// That errors cover the distance from Lewis' integral, which knows nothing of intervals and cosines.
template <class MakeModel>
void check_errors(std::uint64_t seed, double tolerance, const MakeModel& make_model) {
  random_numbers random{std::mt19937_64(seed)};
  std::vector<decltype(make_model(random))> models;
  for (int i = 0; i < 12; ++i) models.push_back(make_model(random));
  const std::vector<book_option> options = random_book(random, models, 100);
  const book_prices found = price_book(cpu{2}, models, options, {tolerance});
  REQUIRE(found.prices.size() == options.size());
  CHECK(found.complete);
  std::size_t known = 0;
  for (std::size_t i = 0; i < options.size(); ++i) {
    if (std::isnan(found.prices[i].value)) {
      CHECK(std::isinf(found.prices[i].truncation_error));
      const auto names_it = [&](const book_refusal& refusal) {
        return std::count(refusal.options.begin(), refusal.options.end(), i) == 1;
      };
      CHECK(std::any_of(found.refusals.begin(), found.refusals.end(), names_it));
      continue;
    }
    const book_option& o = options[i];
    try {
      const estimate truth = lewis_method(models[o.model], o.maturity, {o.strike}, 1e-3 * tolerance).prices(o.type)[0];
      ++known;
      CAPTURE(i);
      CHECK(std::fabs(found.prices[i].value - truth.value) <=
            found.prices[i].truncation_error + truth.truncation_error);
      const double scale = models[o.model].asset().discount(o.maturity) *
                           std::fmax(models[o.model].asset().forward(o.maturity), o.strike);
      CHECK(found.prices[i].truncation_error <= tolerance * scale);
    } catch (const no_answer&) {
      // Lewis' integral has none.
    }
  }
  CHECK(known > 60);
}

std::vector<heston<double>> a_few() {
  std::vector<heston<double>> models;
  for (int i = 0; i < 5; ++i) {
    models.emplace_back(market(100, 0.03, 0.01), heston_parameters{0.02 + 0.01 * i, 1.5, 0.05, 0.6, -0.7});
  }
  return models;
}

std::vector<double> values_of(const book_prices& found) {
  std::vector<double> result;
  for (const estimate& price : found.prices) {
    result.push_back(price.value);
    result.push_back(price.truncation_error);
  }
  for (const auto* row : {&found.deltas, &found.gammas}) result.insert(result.end(), row->begin(), row->end());
  for (const auto& row : found.by_parameter) result.insert(result.end(), row.begin(), row.end());
  return result;
}

bool same_bits(const std::vector<double>& a, const std::vector<double>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(double)) == 0;
}

}  // namespace

TEST_CASE("errors of a book's prices cover the truth where jumps of nearly one size bring waves back") {
  random_numbers random{std::mt19937_64(3)};
  for (const double tolerance : {1e-3, 1e-6, 1e-9}) {
    std::vector<merton<double>> models;
    std::vector<book_option> options;
    for (std::size_t i = 0; i < 300; ++i) {
      const double deviation = i % 2 == 0 ? 0 : random.over(1e-6, 1e-2);
      models.push_back(
          {market(100), {random.over(1e-3, 0.1), {random.over(3, 200), random.between(-0.5, 0.3), deviation}}});
      options.push_back({i, random.over(0.1, 10), option_type::put, 100 * random.over(0.4, 2.5)});
    }
    const book_prices found = price_book(cpu{2}, models, options, {tolerance});
    int beyond = 0, priced = 0;
    for (std::size_t i = 0; i < options.size(); ++i) {
      if (std::isnan(found.prices[i].value)) continue;
      ++priced;
      const merton_parameters& p = models[i].parameters();
      const double exact = static_cast<double>(
          reference::merton_option(-1, 100, options[i].strike, p.volatility.root_mean_square(0, 1), p.jumps.intensity,
                                   p.jumps.mean, p.jumps.deviation, options[i].maturity));
      beyond += !(std::fabs(found.prices[i].value - exact) <= found.prices[i].truncation_error);
    }
    CAPTURE(tolerance);
    CHECK(beyond == 0);
    CHECK(priced > 250);
  }
}

TEST_CASE("errors of a book's prices cover Lewis' integral") {
  for (const double tolerance : {1e-5, 1e-8}) {
    check_errors(1, tolerance, [](random_numbers& r) { return heston<double>(r.asset(), r.heston()); });
    check_errors(2, tolerance, [](random_numbers& r) { return bates<double>(r.asset(), {r.heston(), r.jumps()}); });
    check_errors(3, tolerance, [](random_numbers& r) { return black_scholes<double>(r.asset(), {r.over(0.01, 2)}); });
    check_errors(4, tolerance, [](random_numbers& r) {
      return merton<double>(r.asset(), {r.over(0.02, 1), r.jumps()});
    });
    check_errors(5, tolerance, [](random_numbers& r) {
      return kou<double>(r.asset(),
                         {r.over(0.02, 1), r.between(0, 5), r.between(0, 1), r.over(1.2, 50), r.over(1, 50)});
    });
    check_errors(6, tolerance, [](random_numbers& r) {
      return variance_gamma<double>(r.asset(), {r.over(0.05, 0.6), r.between(-0.3, 0.1), r.over(0.02, 1)});
    });
    check_errors(7, tolerance, [](random_numbers& r) {
      return normal_inverse_gaussian<double>(r.asset(), {r.over(0.05, 0.6), r.between(-0.3, 0.1), r.over(0.02, 1)});
    });
    check_errors(8, tolerance, [](random_numbers& r) {
      return cgmy<double>(r.asset(), {r.over(0.1, 2), r.over(2, 20), r.over(2, 20), r.between(0.2, 1.6)});
    });
  }
}

TEST_CASE("a book's prices are those of the COS method, to the bit, in whatever order and on however many threads") {
  const std::vector<heston<double>> models = a_few();
  random_numbers random{std::mt19937_64(11)};
  std::vector<book_option> options = random_book(random, models, 300);
  const book_prices found = price_book(cpu{1}, models, options, {1e-7, true});
  for (std::size_t i = 0; i < options.size(); i += 7) {
    const book_option& o = options[i];
    const cosine_method method(models[o.model], o.maturity, {1e-7});
    CHECK(found.prices[i].value == method.price(o.type, o.strike));
    CHECK(found.prices[i].truncation_error == method.error_of_price(o.strike));
    const option_greeks greeks = method.greeks(o.type, {o.strike})[0];
    CHECK(std::fabs(found.deltas[i] - greeks.delta) < 1e-12);
    CHECK(std::fabs(found.gammas[i] - greeks.gamma) < 1e-12);
  }
  CHECK(same_bits(values_of(found), values_of(price_book(cpu{3}, models, options, {1e-7, true}))));
  std::vector<double> prices;
  for (const estimate& price : found.prices) prices.push_back(price.value);
  std::reverse(options.begin(), options.end());
  std::reverse(prices.begin(), prices.end());
  const book_prices reversed = price_book(cpu{2}, models, options, {1e-7});
  for (std::size_t i = 0; i < options.size(); ++i) CHECK(reversed.prices[i].value == prices[i]);
}

TEST_CASE("laws that reach far and those that take many terms have the COS method's bits too, and derivatives") {
  // More than 50 rough deviations wide; 7840 terms.
  const std::vector<heston<double>> models{{market(100, 0.03, 0.01), {0.031, 1.5, 0.034, 0.78, -0.58}},
                                           {market(100), {0.04, 0.5, 0.04, 3, -0.999}}};
  const std::vector<book_option> options{{0, 2, option_type::put, 95}, {1, 0.02, option_type::call, 104}};
  const double tolerance = 1e-10;
  const book_prices found = price_book(cpu{1}, models, options, {tolerance, true});
  CHECK(found.refusals.empty());
  for (std::size_t i = 0; i < options.size(); ++i) {
    const book_option& o = options[i];
    const cosine_method method(models[o.model], o.maturity, {tolerance});
    CHECK(found.prices[i].value == method.price(o.type, o.strike));
    CHECK(found.deltas[i] == doctest::Approx(method.greeks(o.type, {o.strike})[0].delta).epsilon(1e-11));
    CHECK(std::isfinite(found.by_parameter[4][i]));
  }
}

TEST_CASE("derivatives of a book's prices are differences of prices") {
  random_numbers random{std::mt19937_64(5)};
  const market asset(100, 0.03, 0.01);
  const double tolerance = 1e-13;
  for (int trial = 0; trial < 6; ++trial) {
    const std::array<double, 8> p{random.between(0.02, 0.2), random.between(0.5, 4),    random.between(0.02, 0.2),
                                  random.between(0.3, 1),    random.between(-0.8, 0.5), random.between(0.1, 2),
                                  random.between(-0.2, 0.1), random.between(0.05, 0.3)};
    using parameters = model_parameters<bates<double>>;
    std::vector<book_option> options;
    for (const double strike : {70.0, 95.0, 104.0, 140.0}) {
      options.push_back({0, 0.8, option_type::call, strike});
      options.push_back({0, 0.8, option_type::put, strike});
    }
    const book_prices found = price_book(cpu{1}, std::vector{parameters::model(asset, p)}, options, {1e-10, true});
    REQUIRE(found.by_parameter.size() == parameters::count);
    const auto prices_of = [&](const bates<double>& model) {
      std::vector<double> prices;
      for (const estimate& e : price_book(cpu{1}, std::vector{model}, options, {tolerance}).prices) {
        prices.push_back(e.value);
      }
      return prices;
    };
    /// Central differences, extrapolated once.
    const auto difference = [&](const auto& model_at, double step, std::size_t option) {
      const auto central = [&](double h) {
        return (prices_of(model_at(h))[option] - prices_of(model_at(-h))[option]) / (2 * h);
      };
      return (4 * central(step) - central(2 * step)) / 3;
    };
    for (std::size_t option = 0; option < options.size(); option += 3) {
      CAPTURE(option);
      for (std::size_t i = 0; i < parameters::count; ++i) {
        CAPTURE(i);
        const auto model_at = [&](double h) {
          std::array<double, 8> moved = p;
          moved[i] += h;
          return parameters::model(asset, moved);
        };
        CHECK(found.by_parameter[i][option] == doctest::Approx(difference(model_at, 2e-3, option)).epsilon(1e-5));
      }
      const auto spot_at = [&](double h) { return parameters::model(market(100 + h, 0.03, 0.01), p); };
      CHECK(found.deltas[option] == doctest::Approx(difference(spot_at, 0.1, option)).epsilon(1e-7));
      const double h = 0.2, up = prices_of(spot_at(h))[option], down = prices_of(spot_at(-h))[option],
                   here = prices_of(spot_at(0))[option];
      CHECK(found.gammas[option] == doctest::Approx((up - 2 * here + down) / (h * h)).epsilon(1e-4));
    }
  }
}

TEST_CASE("a book has what only other methods price, and says what none does") {
  // Days of variance gamma, whose law has a peak without bound, and an asset that is certain.
  const std::vector<variance_gamma<double>> peaked{{market(100), {0.2, -0.1, 0.3}}};
  const book_prices found = price_book(cpu{1}, peaked, {{0, 0.01, option_type::call, 101}}, {1e-7});
  const estimate truth = lewis_method(peaked[0], 0.01, {101}, 1e-8).prices(option_type::call)[0];
  CHECK(std::fabs(found.prices[0].value - truth.value) <= found.prices[0].truncation_error + truth.truncation_error);
  CHECK(found.refusals.empty());

  const std::vector<black_scholes<double>> certain{{market(100, 0.05), {0}}, {market(100, 0.05), {0.2}}};
  const book_prices others =
      price_book(cpu{1}, certain, {{0, 1, option_type::call, 100}, {1, 1, option_type::call, 100}}, {1e-8});
  CHECK(others.prices[0].value == doctest::Approx(100 - 100 * std::exp(-0.05)).epsilon(1e-14));
  CHECK(others.prices[1].value ==
        doctest::Approx(black_price(option_type::call, certain[1].asset().forward(1), 100, 0.2, 1, std::exp(-0.05))));

  // Infinite volatility of variance: no method gets through a day of it to 14 digits.
  const std::vector<heston<double>> wild{{market(100), {1e-8, 1e-3, 1e-8, 50, -0.99}}};
  const book_prices refused =
      price_book(cpu{1}, wild, {{0, 1e-4, option_type::put, 100}, {0, 1e-4, option_type::call, 101}}, {1e-14});
  CHECK(refused.complete);
  for (const book_refusal& refusal : refused.refusals) {
    CHECK_FALSE(refusal.reason.empty());
    for (const std::size_t option : refusal.options) CHECK(std::isnan(refused.prices[option].value));
  }
}

TEST_CASE("a book of models whose formula takes numbers alone is priced as well") {
  const std::vector<rough_heston> models{{market(100), {0.04, 0.3, 0.04, 0.3, -0.7, 0.1}}};
  const book_prices found = price_book(cpu{1}, models, {{0, 0.5, option_type::put, 95}}, {1e-5});
  const cosine_method method(models[0], 0.5, {1e-5});
  CHECK(found.prices[0].value == method.price(option_type::put, 95));
}

TEST_CASE("a book that is stopped keeps what it has and says what is missing") {
  const std::vector<heston<double>> models = a_few();
  std::vector<book_option> options;
  for (std::size_t model = 0; model < models.size(); ++model) {
    for (int i = 1; i <= 6; ++i) options.push_back({model, 0.5 * i, option_type::call, 100});
  }
  book_settings settings;
  std::size_t last = 0;
  settings.on_progress = [&](const book_progress& p) {
    CHECK(p.options_total == options.size());
    CHECK(p.options_done >= last);
    last = p.options_done;
    return p.options_done < 8;
  };
  const book_prices found = price_book(cpu{1}, models, options, settings);
  CHECK_FALSE(found.complete);
  REQUIRE(found.refusals.size() == 1);
  CHECK(found.refusals[0].reason == "stopped before");
  std::size_t priced = 0;
  for (const estimate& price : found.prices) priced += std::isnan(price.value) ? 0 : 1;
  CHECK(priced + found.refusals[0].options.size() == options.size());
  CHECK(priced >= 8);
  CHECK(priced < options.size());

  last = 0;
  settings.on_progress = [&](const book_progress& p) { return last = p.options_done, true; };
  CHECK(price_book(cpu{2}, models, options, settings).complete);
  CHECK(last == options.size());
}

TEST_CASE("what cannot be a book is refused before any work") {
  const std::vector<heston<double>> models = a_few();
  const auto refusal_of = [&](const book_option& option, double tolerance) -> std::string {
    try {
      price_book(cpu{1}, models, {{0, 1, option_type::call, 100}, option}, {tolerance});
    } catch (const invalid_parameter& e) {
      return e.what();
    }
    return "";
  };
  CHECK(refusal_of({5, 1, option_type::call, 100}, 1e-8) ==
        "options[1].model is 5, allowed: below the number of models, 5");
  CHECK(refusal_of({1, 0, option_type::call, 100}, 1e-8) == "options[1].maturity is 0, allowed: (0, inf)");
  CHECK(refusal_of({1, NAN, option_type::call, 100}, 1e-8) == "options[1].maturity is nan, allowed: (0, inf)");
  CHECK(refusal_of({1, 1, option_type::call, -1}, 1e-8) == "options[1].strike is -1, allowed: (0, inf)");
  CHECK(refusal_of({1, 1, option_type::call, INFINITY}, 1e-8) == "options[1].strike is inf, allowed: (0, inf)");
  CHECK(refusal_of({1, 1, option_type::call, 1}, 1) == "tolerance is 1, allowed: [1e-14, 0.1]");
  CHECK(price_book(cpu{1}, models, {}).prices.empty());
}
