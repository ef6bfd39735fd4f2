// Bermudan, American and barrier options against published values, simulations, and the laws that they obey.
#include "spectralmc/pricing/early_exercise.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "about.hpp"
#include "knock_outs.hpp"
#include "spectralmc/models/black_scholes.hpp"
#include "spectralmc/models/cgmy.hpp"
#include "spectralmc/models/kou.hpp"
#include "spectralmc/models/merton.hpp"
#include "spectralmc/models/normal_inverse_gaussian.hpp"
#include "spectralmc/models/variance_gamma.hpp"
#include "spectralmc/paths/time_grid.hpp"
#include "spectralmc/pricing/cosine_method.hpp"
#include "statistics.hpp"

namespace spectralmc {
namespace {

constexpr option_type call = option_type::call, put = option_type::put;

// Fang and Oosterlee (2009), table 2, ten dates in a year.
TEST_CASE("Bermudan puts: Fang and Oosterlee's values") {
  const estimate lognormal =
      bermudan_price(black_scholes<double>(market(100, 0.1), {0.2}), put, 110, equidistant_dates(1, 10), 1e-10);
  CHECK(std::fabs(lognormal.value - 10.479520123) < 2e-9);
  const estimate jumps =
      bermudan_price(cgmy<double>(market(100, 0.1), {1, 5, 5, 1.5}), put, 80, equidistant_dates(1, 10), 1e-10);
  CHECK(std::fabs(jumps.value - 28.829781986) < 1e-8);
}

// Longstaff, F. A. and Schwartz, E. S. (2001), Valuing American options by simulation, Review of Financial Studies
// 14(1), table 1, by finite differences with 50 dates a year: to the last digit or two that they give.
TEST_CASE("Bermudan puts: Longstaff and Schwartz' table") {
  struct row {
    double spot, volatility, time, value;
  };
  for (const row& r :
       {row{36, 0.2, 1, 4.478}, row{36, 0.2, 2, 4.840}, row{36, 0.4, 1, 7.101}, row{36, 0.4, 2, 8.508},
        row{40, 0.2, 1, 2.314}, row{40, 0.2, 2, 2.885}, row{40, 0.4, 1, 5.312}, row{40, 0.4, 2, 6.920}}) {
    const black_scholes<double> model(market(r.spot, 0.06), {r.volatility});
    const auto dates = equidistant_dates(r.time, static_cast<std::uint32_t>(50 * r.time));
    CAPTURE(r.value);
    CHECK(std::fabs(bermudan_price(model, put, 40, dates, 1e-7).value - r.value) < 0.0035);
  }
}

TEST_CASE("with one date an option is European") {
  const market asset(100, {0.5, 2}, {0.02, 0.05}, 0.01);
  const auto check = [&](const auto& model) {
    const cosine_method options(model, 1.5, {1e-11});
    for (const double strike : {70.0, 100.0, 130.0}) {
      for (const option_type type : {call, put}) {
        const estimate found = bermudan_price(model, type, strike, {1.5}, 1e-9);
        CAPTURE(strike);
        CHECK(std::fabs(found.value - options.price(type, strike)) < found.truncation_error);
        CHECK(found.truncation_error < 1e-6);
        CHECK(std::fabs(knock_out_price(model, type, strike, 0, 1e308, {1.5}, 1e-9).value - found.value) < 1e-6);
      }
    }
  };
  check(black_scholes<double>(asset, {step_function({1, 2}, {0.3, 0.2})}));
  check(merton<double>(asset, {0.15, {0.8, -0.12, 0.1}}));
  check(kou<double>(asset, {0.16, 1, 0.4, 10, 5}));
  check(normal_inverse_gaussian<double>(asset, {0.2, -0.1, 0.3}));
}

TEST_CASE(
    "more dates are worth more; a call without dividends is never exercised; puts are calls seen from the strike") {
  const kou<double> model(market(100, 0.05, 0.02), {0.16, 1, 0.4, 10, 5});
  double before = cosine_method(model, 1).price(put, 105);
  for (const std::uint32_t dates : {2U, 4U, 8U}) {
    const estimate price = bermudan_price(model, put, 105, equidistant_dates(1, dates));
    CHECK(price.value > before);
    before = price.value;
  }
  const estimate american = american_price(model, put, 105, 1);
  CHECK(american.value > before);
  CHECK(american.value >= 5);

  const black_scholes<double> no_dividends(market(100, 0.1), {0.2});
  const estimate never = bermudan_price(no_dividends, call, 100, equidistant_dates(1, 10), 1e-9);
  CHECK(std::fabs(never.value - cosine_method(no_dividends, 1).price(call, 100)) < never.truncation_error);

  // McDonald, R. L. and Schroder, M. D. (1998), A parity result for American options, J. Computational Finance 1(3).
  const estimate of_put =
      bermudan_price(black_scholes<double>(market(90, 0.06, 0.02), {0.25}), put, 100, equidistant_dates(1, 12), 1e-9);
  const estimate of_call =
      bermudan_price(black_scholes<double>(market(100, 0.02, 0.06), {0.25}), call, 90, equidistant_dates(1, 12), 1e-9);
  CHECK(std::fabs(of_put.value - of_call.value) < of_put.truncation_error + of_call.truncation_error);
}

TEST_CASE("American puts: the value of a fine lattice") {
  const estimate price = american_price(black_scholes<double>(market(36, 0.06), {0.2}), put, 40, 1);
  CHECK(std::fabs(price.value - 4.48667) < 3e-4);  // of a binomial tree with 20000 steps
  CHECK(price.truncation_error < 1e-3);
}

// Most of these calls is worth what prices bring whose probability is below any tolerance.
TEST_CASE("calls over long times at high volatilities") {
  for (const double volatility : {0.5, 1.0, 2.0}) {
    for (const double time : {10.0, 30.0}) {
      const black_scholes<double> model(market(100, 0.01, 0.02), {volatility});
      for (const double strike : {1.0, 100.0, 1000.0}) {
        const double exact = cosine_method(model, time, {1e-12}).price(call, strike);
        for (const double tolerance : {1e-4, 1e-8}) {
          const estimate found = knock_out_price(model, call, strike, 0, 1e308, equidistant_dates(time, 3), tolerance);
          CAPTURE(volatility);
          CAPTURE(strike);
          CHECK(std::fabs(found.value - exact) < found.truncation_error + 1e-9);
          CHECK(found.truncation_error < 3 * tolerance * 100);
        }
      }
    }
  }
}

// Where dividend yields are below negative rates, it pays to wait at low prices as well as at high ones. The values are
// those of a binomial tree with 4000 steps, which is off by up to 4e-4 where there is a closed form.
TEST_CASE("negative rates: exercise between two boundaries") {
  const black_scholes<double> model(market(100, -0.04, -0.08), {0.1}), seen(market(90, -0.08, -0.04), {0.1});
  const auto dates = equidistant_dates(5, 10);
  CHECK(std::fabs(bermudan_price(model, put, 90, dates).value - 1.45630) < 5e-4);
  CHECK(std::fabs(bermudan_price(model, put, 100, dates).value - 4.27261) < 5e-4);
  CHECK(std::fabs(bermudan_price(model, put, 115, dates).value - 14.01399) < 5e-4);
  CHECK(std::fabs(bermudan_price(seen, call, 100, dates).value - 1.45630) < 5e-4);
  CHECK(std::fabs(american_price(model, put, 90, 5).value - 1.51354) < 5e-4);
  const black_scholes<double> narrow(market(100, -0.081, -0.107), {0.222});
  CHECK(std::fabs(bermudan_price(narrow, put, 86.8, equidistant_dates(0.583, 8)).value - 1.60065) < 2e-4);
  // Dividends that are not: never exercised.
  const black_scholes<double> plain(market(100, -0.04), {0.1});
  const estimate never = bermudan_price(plain, put, 100, dates);
  CHECK(std::fabs(never.value - cosine_method(plain, 5).price(put, 100)) < never.truncation_error);
}

TEST_CASE("prices that settle slowly have the error that this leaves") {
  const early_exercise_detail::frame f(black_scholes<double>(market(100), {0.2}), 100, {1.0}, 1e-4);
  for (const double ratio : {0.2, 0.5, 0.8}) {
    const auto price = [&](std::size_t terms) {
      estimate result;
      result.value = 1 + std::pow(ratio, std::log2(static_cast<double>(terms) / 64));
      return result;
    };
    const estimate found = early_exercise_detail::refined(price, 1e-4, f, std::size_t{1} << 60);
    CHECK(found.value - 1 < found.truncation_error - f.beyond);
  }
}

TEST_CASE("prices that agree by accident have the error of those before") {
  const early_exercise_detail::frame f(black_scholes<double>(market(100), {0.2}), 100, {1.0}, 1e-4);
  for (const double accident : {64.0, 128.0, 256.0}) {
    // Twice as many terms as `accident` are off by as much; else an eighth of it is left by doubling.
    const auto price = [&](std::size_t terms) {
      estimate result;
      const double number = static_cast<double>(terms);
      result.value = 1 + 1e5 / std::pow(number == 2 * accident ? accident : number, 3);
      return result;
    };
    const estimate found = early_exercise_detail::refined(price, 1e-4, f, std::size_t{1} << 60);
    CHECK(found.value - 1 < found.truncation_error - f.beyond);
  }
}

// False alarms: 1 in 2600.
TEST_CASE("barrier options are what simulations say") {
  const market asset(100, 0.04, 0.01);
  check_knock_outs(black_scholes<double>(asset, {0.2}), 1, 1e-6);
  check_knock_outs(kou<double>(asset, {0.12, 1, 0.4, 10, 8}), 1, 1e-6);
}

TEST_CASE("barriers at or beyond the spot leave nothing") {
  const black_scholes<double> model(market(100), {0.2});
  CHECK(knock_out_price(model, call, 100, 0, 1e-3, equidistant_dates(1, 4)).value < 1e-8);
  const estimate nothing = knock_out_price(model, put, 100, 1e5, 2e5, equidistant_dates(1, 4));
  CHECK(nothing.value < 1e-8);
  CHECK(nothing.truncation_error > 0);
  CHECK(nothing.truncation_error < 1e-6);
}

TEST_CASE("early exercise: what is out of range or out of reach is refused") {
  const black_scholes<double> model(market(100), {0.2});
  CHECK_THROWS_AS(bermudan_price(model, put, -1, {1}), invalid_parameter);
  CHECK_THROWS_AS(bermudan_price(model, put, 100, {}), invalid_parameter);
  CHECK_THROWS_AS(bermudan_price(model, put, 100, {1, 1}), invalid_parameter);
  CHECK_THROWS_AS(bermudan_price(model, put, 100, {1}, 1e-13), invalid_parameter);
  CHECK_THROWS_AS(american_price(model, put, 100, 0), invalid_parameter);
  CHECK_THROWS_AS(knock_out_price(model, put, 100, 90, 80, {1}), invalid_parameter);
  CHECK_THROWS_AS(knock_out_price(model, put, 100, -1, 80, {1}), invalid_parameter);
  CHECK_THROWS_WITH_AS(knock_out_price(model, put, 100, 0, std::nan(""), {1}),
                       "upper is nan, allowed: positive, or infinity", invalid_parameter);
  // Over a day variance gamma's density is infinite at a point.
  CHECK_THROWS_AS(
      bermudan_price(variance_gamma<double>(market(100), {0.12, -0.14, 0.2}), put, 100, {1.0 / 365, 2.0 / 365}, 1e-10),
      no_answer);
}

}  // namespace
}  // namespace spectralmc
