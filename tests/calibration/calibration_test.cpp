// Calibration: known parameters are found again, the market's quotes as well as they can be, and nonsense is left out
// or refused.
#include "spectralmc/calibration/calibration.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <limits>
#include <sstream>
#include <string>
#include <vector>

#include "about.hpp"
#include "reference_formulas.hpp"
#include "spectralmc/pricing/lewis_method.hpp"

namespace spectralmc {
namespace {

const market asset(100, {0.5, 2}, {0.02, 0.03}, 0.01);

/// Quotes with the volatilities that a model has.
template <class Model>
std::vector<option_quote> quotes_of(const Model& model) {
  std::vector<option_quote> quotes;
  for (const double maturity : {0.1, 0.5, 1.0, 2.0}) {
    const cosine_method options(model, maturity, {1e-12});
    const double forward = options.forward();
    for (const double k : {-0.3, -0.15, 0.0, 0.1, 0.2}) {
      const double strike = forward * std::exp(k * std::sqrt(maturity));
      const option_type type = strike < forward ? option_type::put : option_type::call;
      quotes.push_back(option_quote::from_price(type, options.price(type, strike), strike, maturity, model.asset()));
    }
  }
  return quotes;
}

TEST_CASE("parameters of Heston's model are found again") {
  for (const heston_parameters& p :
       {heston_parameters{0.04, 1.5, 0.06, 0.7, -0.6}, heston_parameters{0.1, 5, 0.05, 1, 0.2},
        heston_parameters{0.02, 0.5, 0.09, 0.4, -0.9}}) {
    const heston<double> model(asset, p);
    const calibration<heston<double>> found = calibrate<heston<double>>(asset, quotes_of(model));
    const std::array<double, 5> expected = model_parameters<heston<double>>::values(model);
    CHECK(found.converged);
    CHECK(found.error < 1e-7);
    CHECK(found.evaluations < 100);
    for (std::size_t i = 0; i < 5; ++i) {
      CAPTURE(i);
      CHECK(found.parameters[i] == about(expected[i], 1e-4));
    }
    CHECK(found.model.parameters().correlation == found.parameters[4]);
  }
}

/// Volatilities of options out of the money that are worth a hundredth at least.
template <class Model>
std::vector<option_quote> smile_of(const Model& model, double maturity) {
  const std::vector<double> strikes{50, 60, 70, 80, 90, 95, 100, 105, 110, 120, 130};
  const lewis_method options(model, maturity, strikes, 1e-12);
  const std::vector<estimate> puts = options.prices(option_type::put), calls = options.prices(option_type::call);
  std::vector<option_quote> quotes;
  for (std::size_t i = 0; i < strikes.size(); ++i) {
    const bool put = strikes[i] < model.asset().forward(maturity);
    const double price = (put ? puts : calls)[i].value;
    if (price < 1e-2) continue;
    quotes.push_back(option_quote::from_price(put ? option_type::put : option_type::call, price, strikes[i], maturity,
                                              model.asset()));
  }
  return quotes;
}

// Far quotes must keep pulling where the model of the start has no price for them.
TEST_CASE("smiles of one maturity with a large volatility of variance are fitted from the neutral start") {
  const market index(100, 0.02);
  for (const double weeks : {52.0 / 12, 2.0, 13.0}) {
    for (const heston_parameters& p :
         {heston_parameters{0.2, 2, 0.06, 3, -0.9}, heston_parameters{0.3, 1, 0.06, 4, -0.95},
          heston_parameters{0.2, 2, 0.06, 5, -0.3}, heston_parameters{0.4, 2, 0.06, 6, -0.8},
          heston_parameters{0.3, 3, 0.06, 8, -0.6}}) {
      CAPTURE(weeks);
      CAPTURE(p.volatility_of_variance);
      const auto found = calibrate<heston<double>>(index, smile_of(heston<double>(index, p), weeks / 52));
      CHECK(found.error < 1e-4);
      CHECK(found.bounded.empty());
    }
  }
}

TEST_CASE("a model that cannot have the quotes is named with the quotes that it has no price for") {
  const market index(100, 0.02);
  const std::vector<option_quote> quotes = smile_of(heston<double>(index, {0.2, 2, 0.06, 3, -0.9}), 1.0 / 12);
  auto settings = default_calibration<heston<double>>();
  settings.ranges[3] = {"volatility_of_variance", 0.01, 0.02, 0.015};
  settings.ranges[0] = {"initial_variance", 0.01, 0.02, 0.015};
  settings.ranges[2] = {"long_run_variance", 0.01, 0.02, 0.015};
  const auto found = calibrate<heston<double>>(index, quotes, settings);
  CHECK(found.error > 0.1);
  REQUIRE_FALSE(found.bounded.empty());
  CHECK(found.bounded[0] == 0);
  CHECK_FALSE(found.converged);
}

TEST_CASE("a quote that prices to a tolerance say nothing of is left out, and named") {
  const heston<double> model(asset, {0.04, 1.5, 0.06, 0.7, -0.6});
  std::vector<option_quote> quotes = quotes_of(model);
  quotes.push_back({0.1, 60, 0.29});
  const auto found = calibrate<heston<double>>(asset, quotes);
  REQUIRE(found.left_out.size() == 1);
  CHECK(found.left_out[0].find("is below the tolerance of prices") != std::string::npos);
  CHECK(found.error < 1e-7);
}

TEST_CASE("volatilities of Bates' model are found again") {
  const bates<double> model(asset, {{0.03, 2, 0.04, 0.5, -0.7}, {0.4, -0.15, 0.1}});
  const auto found = calibrate<bates<double>>(asset, quotes_of(model));
  CHECK(found.error < 1e-5);
}

struct surface {
  market asset;
  std::vector<option_quote> quotes;
};

/// The 104 quotes of options on the DAX of 5 July 2002.
surface dax() {
  const std::string file = __FILE__, path = file.substr(0, file.rfind("tests")) + "examples/data/dax_2002-07-05.csv";
  std::ifstream in(path);
  REQUIRE_MESSAGE(in, path);
  std::string line;
  std::getline(in, line);
  std::vector<option_quote> quotes;
  std::vector<double> times, rates;
  while (std::getline(in, line)) {
    std::istringstream row(line);
    double days = 0, rate = 0, strike = 0, volatility = 0;
    char comma = ',';
    row >> days >> comma >> rate >> comma >> strike >> comma >> volatility;
    if (times.empty() || times.back() != days / 365) {
      times.push_back(days / 365);
      rates.push_back(rate);
    }
    quotes.push_back({days / 365, strike, volatility});
  }
  REQUIRE(quotes.size() == 104);
  return {market(4468.17, times, rates), quotes};
}

// The best known fits: 1.32 volatility points for Heston's model, 0.64 for Bates'.
TEST_CASE("the DAX surface is fitted as well as it can be, from a neutral start") {
  const surface s = dax();
  const auto of_heston = calibrate<heston<double>>(s.asset, s.quotes);
  CHECK(of_heston.converged);
  CHECK(of_heston.error < 0.01325);
  CHECK(of_heston.parameters[0] == about(0.19122213, 1e-4));
  CHECK(of_heston.parameters[1] == about(15.56192516, 1e-4));
  CHECK(of_heston.left_out.empty());
  CHECK(of_heston.condition > 1);
  double squares = 0;
  for (const double r : of_heston.residuals) squares += r * r;
  CHECK(std::sqrt(squares / 104) == about(of_heston.error, 1e-12));
  CHECK(calibrate<bates<double>>(s.asset, s.quotes).error < 0.0064);
}

template <class Model>
int successes(const surface& s, double error, int starts, reference::uniform_source& uniform) {
  int count = 0;
  for (int i = 0; i < starts; ++i) {
    auto settings = default_calibration<Model>();
    // Within what anybody would try: half of each range, in the middle of it.
    for (parameter_range& range : settings.ranges) {
      const detail::bounded_parameter bounded(range);
      range.start = bounded.value_of(uniform.between(-1.1, 1.1));
    }
    count += calibrate<Model>(s.asset, s.quotes, settings).error < error;
  }
  return count;
}

TEST_CASE("the DAX surface is fitted from random starts") {
  const surface s = dax();
  reference::uniform_source uniform(7);
  CHECK(successes<heston<double>>(s, 0.0133, 10, uniform) >= 9);
  CHECK(successes<bates<double>>(s, 0.0064, 10, uniform) >= 9);
}

TEST_CASE("sensitivities are the derivatives of prices") {
  using parameters = model_parameters<bates<double>>;
  const std::array<double, 8> p{0.03, 2, 0.04, 0.5, -0.7, 0.4, -0.15, 0.1};
  const std::vector<double> strikes{70, 95, 100, 120};
  const double time = 0.7;
  const auto prices_at = [&](const std::array<double, 8>& q) {
    return cosine_method(parameters::model(asset, q), time, {1e-13}).prices(option_type::call, strikes);
  };
  const cosine_method options(parameters::model(asset, p), time, {1e-12});
  const parameter_sensitivities<bates<double>> found(p, time, options);
  for (std::size_t i = 0; i < 8; ++i) {
    const double step = 1e-4 * std::fabs(p[i]);
    std::array<double, 8> up = p, down = p;
    up[i] += step;
    down[i] -= step;
    const std::vector<double> above = prices_at(up), below = prices_at(down), by = found.of(i, strikes);
    for (std::size_t k = 0; k < strikes.size(); ++k) {
      CAPTURE(i);
      CAPTURE(strikes[k]);
      const double slope = (above[k] - below[k]) / (2 * step);
      CHECK(std::fabs(by[k] - slope) < 1e-6 * (std::fabs(slope) + 1e-2));
    }
  }
}

TEST_CASE("quotes that make no sense are left out, and named") {
  const heston<double> model(asset, {0.04, 1.5, 0.06, 0.7, -0.6});
  std::vector<option_quote> quotes = quotes_of(model);
  quotes.insert(quotes.begin() + 3, option_quote::from_price(option_type::call, 0.5, 50, 1, asset));  // below intrinsic
  quotes.push_back({1, -100, 0.2});
  quotes.push_back({1.0 / 365, 125, 0.1});  // worth 1e-700
  quotes.push_back({std::numeric_limits<double>::infinity(), 100, 0.2});
  const auto found = calibrate<heston<double>>(asset, quotes);
  CHECK(found.error < 1e-7);
  REQUIRE(found.left_out.size() == 4);
  CHECK(found.converged);
  CHECK(found.left_out[0] == "quote 3: its volatility is nan");
  CHECK(found.left_out[1] == "quote 21: its strike is -100");
  CHECK(found.left_out[2] == "quote 22: its price hardly depends on the volatility 0.1");
  CHECK(found.left_out[3] == "quote 23: its maturity is inf");
  CHECK(std::isnan(found.residuals[3]));
  CHECK(std::fabs(found.residuals[4]) < 1e-7);
}

TEST_CASE("weights decide between quotes that contradict each other") {
  const heston<double> model(asset, {0.04, 1.5, 0.06, 0.7, -0.6});
  std::vector<option_quote> quotes = quotes_of(model);
  quotes.push_back({0.5, 100, 0.5, 0});  // absurd, and of no weight
  CHECK(calibrate<heston<double>>(asset, quotes).error < 1e-7);
}

TEST_CASE("the callback can stop a calibration, which keeps the best so far") {
  const surface s = dax();
  auto settings = default_calibration<heston<double>>();
  double least = 1;
  settings.on_progress = [&](const calibration_progress& p) {
    least = std::fmin(least, p.error);
    return p.evaluations < 4;
  };
  const auto found = calibrate<heston<double>>(s.asset, s.quotes, settings);
  CHECK(found.evaluations == 4);
  CHECK_FALSE(found.converged);
  CHECK(found.error == least);
}

TEST_CASE("a calibration without enough quotes, or with impossible ranges, is refused") {
  const std::vector<option_quote> quotes = quotes_of(heston<double>(asset, {0.04, 1.5, 0.06, 0.7, -0.6}));
  CHECK_THROWS_AS(calibrate<heston<double>>(asset, {}), invalid_parameter);
  CHECK_THROWS_AS(calibrate<heston<double>>(asset, {quotes[0], quotes[1]}), invalid_parameter);
  auto settings = default_calibration<heston<double>>();
  settings.ranges[1].start = 100;
  CHECK_THROWS_AS(calibrate<heston<double>>(asset, quotes, settings), invalid_parameter);
  settings = default_calibration<heston<double>>();
  settings.largest_evaluations = 0;
  CHECK_THROWS_AS(calibrate<heston<double>>(asset, quotes, settings), invalid_parameter);
  settings = default_calibration<heston<double>>();
  settings.convergence = -1;
  CHECK_THROWS_AS(calibrate<heston<double>>(asset, quotes, settings), invalid_parameter);
  std::vector<option_quote> weightless = quotes;
  for (option_quote& q : weightless) q.weight = 0;
  CHECK_THROWS_AS(calibrate<heston<double>>(asset, weightless), invalid_parameter);
  settings = default_calibration<heston<double>>();
  settings.ranges[4].upper = settings.ranges[4].lower;
  CHECK_THROWS_AS(calibrate<heston<double>>(asset, quotes, settings), invalid_parameter);
}

}  // namespace
}  // namespace spectralmc
