// The one entry to prices in closed form: that each method is taken where it should be, and says so.
#include "spectralmc/pricing/european_options.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <limits>
#include <string>
#include <vector>

#include "reference_formulas.hpp"
#include "reference_values.hpp"
#include "spectralmc/models/black_scholes.hpp"
#include "spectralmc/models/cgmy.hpp"
#include "spectralmc/models/heston.hpp"
#include "spectralmc/models/kou.hpp"
#include "spectralmc/models/merton.hpp"
#include "spectralmc/models/variance_gamma.hpp"
#include "spectralmc/parallel/cpu.hpp"
#include "spectralmc/requests/value_of.hpp"

namespace spectralmc {
namespace {

constexpr option_type call = option_type::call, put = option_type::put;
constexpr pricing_method all_methods[] = {pricing_method::automatic, pricing_method::cosine, pricing_method::lewis,
                                          pricing_method::carr_madan};

TEST_CASE("option_prices: without volatility the price is what the forward says, by every method") {
  const double forward = 110 * std::exp(-0.05), discount = std::exp(0.05);
  const auto check = [&](const auto& model) {
    for (const pricing_method method : all_methods) {
      const std::vector<estimate> calls = option_prices(model, 1.0, call, {100.0, 120.0}, method).prices;
      CHECK(std::fabs(calls[0].value - discount * (forward - 100)) <= calls[0].truncation_error);
      CHECK(calls[1].value <= calls[1].truncation_error);
      const std::vector<estimate> puts = option_prices(model, 1.0, put, {100.0, 120.0}, method).prices;
      CHECK(puts[0].value <= puts[0].truncation_error);
      CHECK(std::fabs(puts[1].value - discount * (120 - forward)) <= puts[1].truncation_error);
    }
  };
  check(black_scholes<double>(market(110, -0.05), {0.0}));
  check(black_scholes<double>(market(110, -0.05), {step_function({1.0, 2.0}, {0.0, 0.3})}));
  check(merton<double>(market(110, -0.05), {0.0, {0, 0.1, 0.2}}));
}

TEST_CASE("option_prices: forward x strike may be below the range of double") {
  const double right = option_prices(black_scholes<double>(market(1), {0.3}), 1.0, put, {1.0}).prices[0].value;
  for (const pricing_method method : all_methods) {
    const estimate found =
        option_prices(black_scholes<double>(market(1e-170), {0.3}), 1.0, put, {1e-170}, method).prices[0];
    CHECK(std::fabs(found.value - 1e-170 * right) <= 2 * found.truncation_error);
  }
}

TEST_CASE("option_prices: at the largest numbers puts have a finite price, or are refused") {
  const double most = std::numeric_limits<double>::max();
  for (const pricing_method method : all_methods) {
    CAPTURE(name_of(method));
    const std::vector<double> strikes{1.7e308, most};
    const std::vector<estimate> puts =
        option_prices(black_scholes<double>(market(1e307), {0.2}), 1.0, put, strikes, method).prices;
    for (std::size_t i = 0; i < strikes.size(); ++i) {
      CHECK(std::fabs(puts[i].value - (strikes[i] - 1e307)) <= puts[i].truncation_error);
      CHECK(puts[i].truncation_error <= 1e-10 * strikes[i]);
    }
    // Discounted, these are beyond the largest number.
    const black_scholes<double> growing(market(1e307, -1.0), {0.2});
    CHECK_THROWS_AS(option_prices(growing, 1.0, put, {most}, method), invalid_parameter);
    CHECK_THROWS_AS(option_prices(growing, 1.0, call, {most}, method), invalid_parameter);
    const black_scholes<double> flowing(market(1e308, 0.0, -1.0), {0.2});
    CHECK_THROWS_AS(option_prices(flowing, 1.0, call, {1}, method), invalid_parameter);
  }
}

TEST_CASE("option_prices: where moments explode early and jumps reach far, by every method that answers") {
  struct known {
    double strike, right;
  };
  int answered = 0;
  const auto check = [&](const auto& model, double maturity, const std::vector<known>& values) {
    for (const pricing_method method : all_methods) {
      for (const double tolerance : {1e-4, 1e-6, 1e-8}) {
        for (const known& one : values) {
          try {
            const estimate e = option_prices(model, maturity, put, {one.strike}, method, tolerance).prices[0];
            CHECK(std::fabs(e.value - one.right) <= e.truncation_error + 1e-6 * one.right);
            ++answered;
          } catch (const no_answer&) {
          }
        }
      }
    }
  };
  // One jump, by quadrature; Lewis' integral in 25 digits.
  check(kou<double>(market(100), {0.2, 1, 0.3, 10, 2}), 1e-5, {{50, 2.91667e-5}});
  check(cgmy<double>(market(100), {0.01, 0.2, 10, 1.2}), 0.02, {{39.4, 0.00196261435005}, {100, 0.2287661662}});
  CHECK(answered >= 20);
}

TEST_CASE("option_prices: published prices of Heston's model by every method, within the reported errors") {
  for (const reference::heston_set& set : reference::heston_sets()) {
    const heston<double> model(set.asset, set.parameters);
    for (const pricing_method method : all_methods) {
      for (const double tolerance : {1e-4, 1e-8, 1e-11}) {
        for (const reference::quote& q : set.quotes) {
          CAPTURE(set.name);
          CAPTURE(name_of(method));
          CAPTURE(q.strike);
          CAPTURE(tolerance);
          const maturity_prices found = option_prices(model, set.time, q.type, {q.strike}, method, tolerance);
          const estimate price = found.prices.at(0);
          CHECK(std::fabs(price.value - q.price) <= price.truncation_error + 0.51 * q.last_digit);
          const double largest = std::fmax(set.asset.forward(set.time), q.strike) * set.asset.discount(set.time);
          CHECK(price.truncation_error <= tolerance * largest);
          CHECK(price.standard_error == 0);
          CHECK(price.paths == 0);
          CHECK(found.method == (method == pricing_method::automatic ? pricing_method::cosine : method));
          CHECK(found.refusals.empty());
          CHECK(found.maturity == set.time);
          CHECK(found.evaluations > 15);
        }
      }
    }
  }
}

// Variance gamma over days has a density that is infinite at a point.
TEST_CASE("option_prices: where the COS method has no answer the next one is taken, and the result says so") {
  const variance_gamma<double> model(market(100, 0.1), {0.12, -0.14, 0.2});
  const std::vector<double> strikes{90, 99, 100, 101, 110};
  const maturity_prices found = option_prices(model, 0.02, call, strikes, pricing_method::automatic, 1e-7);
  CHECK(found.method == pricing_method::lewis);
  CHECK(found.refusals.find("cosine: the tolerance 1e-07 is out of reach") == 0);
  // To a tolerance that the others reach they agree with it.
  for (const pricing_method method : {pricing_method::cosine, pricing_method::carr_madan}) {
    const maturity_prices other = option_prices(model, 0.02, call, strikes, method, 1e-5);
    for (std::size_t i = 0; i < strikes.size(); ++i) {
      CHECK(std::fabs(found.prices[i].value - other.prices[i].value) <=
            found.prices[i].truncation_error + other.prices[i].truncation_error);
    }
  }
  CHECK_THROWS_AS(option_prices(model, 0.02, call, strikes, pricing_method::cosine, 1e-7), no_answer);
  try {
    option_prices(model, 0.005, call, strikes, pricing_method::automatic, 1e-9);
    FAIL("no exception");
  } catch (const no_answer& e) {
    const std::string text = e.what();
    CHECK(text.find("cosine: ") == 0);
    CHECK(text.find("; lewis: ") != std::string::npos);
    CHECK(text.find("; carr_madan: ") != std::string::npos);
  }
}

TEST_CASE("option_prices: published prices of variance gamma and Merton's model") {
  const variance_gamma<double> gamma(market(100, 0.1), {0.12, -0.14, 0.2});
  const merton<double> jumps(market(100, 0.05, 0.01), {0.12, {0.4, -0.12, 0.18}});
  const std::vector<maturity_prices> found = option_prices(gamma, std::vector<double>{0.1, 1}, call, {90});
  REQUIRE(found.size() == 2);
  CHECK(found[0].maturity == 0.1);
  CHECK(std::fabs(found[0].prices[0].value - 10.9937031867) <= found[0].prices[0].truncation_error + 1e-10);
  CHECK(std::fabs(found[1].prices[0].value - 19.099354724) <= found[1].prices[0].truncation_error + 1e-9);
  CHECK(std::fabs(price(jumps, 1, european_call(100)).value - 8.675684635426) < 1e-8);
}

TEST_CASE("option_prices: strikes and maturities together have the prices that each has alone") {
  const heston<double> model(market(100, 0.03, 0.01), {0.04, 1.5, 0.05, 0.5, -0.7});
  const std::vector<double> maturities{1.0 / 365, 0.25, 2}, strikes{60, 95, 100, 130};
  for (const pricing_method method : {pricing_method::cosine, pricing_method::lewis}) {
    const std::vector<maturity_prices> found = option_prices(model, maturities, put, strikes, method, 1e-8);
    REQUIRE(found.size() == 3);
    for (std::size_t i = 0; i < maturities.size(); ++i) {
      const maturity_prices alone = option_prices(model, maturities[i], put, strikes, method, 1e-8);
      CHECK(found[i].evaluations == alone.evaluations);
      for (std::size_t k = 0; k < strikes.size(); ++k) CHECK(found[i].prices[k].value == alone.prices[k].value);
    }
  }
  CHECK(option_prices(model, std::vector<double>{}, put, strikes).empty());
  CHECK(option_prices(model, 1, put, {}).prices.empty());
}

TEST_CASE("price: one option from a closed form, by the name that simulated ones have") {
  const black_scholes<double> model(market(100, 0.05), {0.2});
  for (const pricing_method method : all_methods) {
    const estimate of_call = price(model, 1, european_call(100), method, 1e-12);
    const estimate of_put = price(model, 1, european_put(100), method, 1e-12);
    CHECK(std::fabs(of_call.value - 10.450583572186) < of_call.truncation_error + 1e-12);
    CHECK(std::fabs(of_put.value - 5.573526022257) < of_put.truncation_error + 1e-12);
  }
  const auto plan = simulation{model, time_grid::dates({1})}.paths(1 << 14).seed(1);
  const estimate simulated = price(cpu{1}, plan, european_call(100));
  CHECK(std::fabs(simulated.value - 10.450583572186) < 5 * simulated.standard_error);  // false alarms: 1 in 10^6
}

TEST_CASE("option_prices: prices are within their arbitrage bounds far from the money") {
  const heston<double> model(market(100, 0.02, 0.03), {0.04, 0.5, 0.04, 1, -0.9});
  const std::vector<double> strikes{1e-8, 1, 30, 300, 1e4, 1e8};
  for (const pricing_method method : all_methods) {
    for (const double time : {1.0 / 365, 1.0, 10.0}) {
      const double forward = model.asset().forward(time), discount = model.asset().discount(time);
      for (const option_type type : {call, put}) {
        const maturity_prices found = option_prices(model, time, type, strikes, method, 1e-7);
        for (std::size_t i = 0; i < strikes.size(); ++i) {
          CAPTURE(name_of(method));
          CAPTURE(time);
          CAPTURE(strikes[i]);
          const double intrinsic = type == call ? forward - strikes[i] : strikes[i] - forward;
          const double most = type == call ? forward : strikes[i];
          CHECK(found.prices[i].value >= 0);
          CHECK(found.prices[i].value >= discount * intrinsic * (1 - 1e-15));
          CHECK(found.prices[i].value <= discount * most * (1 + 1e-15));
        }
      }
    }
  }
}

TEST_CASE("option_prices: what is out of range is refused before any work") {
  const heston<double> model(market(100), {0.04, 1.5, 0.05, 0.5, -0.7});
  for (const pricing_method method : all_methods) {
    CHECK_THROWS_AS(option_prices(model, 0, call, {100}, method), invalid_parameter);
    CHECK_THROWS_AS(option_prices(model, std::vector<double>{1, -1}, call, {100}, method), invalid_parameter);
    CHECK_THROWS_AS(option_prices(model, 1, call, {100, 0}, method), invalid_parameter);
    CHECK_THROWS_AS(option_prices(model, 1, call, {std::numeric_limits<double>::quiet_NaN()}, method),
                    invalid_parameter);
    CHECK_THROWS_AS(option_prices(model, 1, call, {100}, method, 1e-15), invalid_parameter);
    CHECK_THROWS_AS(price(model, 1, european_call(0), method), invalid_parameter);
  }
}

}  // namespace
}  // namespace spectralmc
