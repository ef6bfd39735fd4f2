// Bermudan, American and barrier options against published values, simulations, and the laws that they obey.
#include "spectralmc/pricing/early_exercise.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

#include "about.hpp"
#include "knock_outs.hpp"
#include "spectralmc/market/time_grid.hpp"
#include "spectralmc/models/black_scholes.hpp"
#include "spectralmc/models/cgmy.hpp"
#include "spectralmc/models/kou.hpp"
#include "spectralmc/models/merton.hpp"
#include "spectralmc/models/normal_inverse_gaussian.hpp"
#include "spectralmc/models/variance_gamma.hpp"
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

// The first by QuantLib's spectral collocation at high precision, the last to the digits of a tree.
TEST_CASE("American puts by their boundary: values by other means") {
  struct row {
    double spot, strike, maturity, rate, yield, volatility, value, within;
  };
  for (const row& r : {row{111.865, 100, 1.58986, .030385, .0047475, .59786, 23.43221354, 2e-7},
                       row{82.1044, 100, .871842, .064735, .0097287, .33086, 20.00819466, 2e-7},
                       row{36, 40, 1, .06, 0, .4, 7.10898029, 2e-7}, row{90, 100, 1, .03, 0, .15, 10.72654163, 2e-7},
                       row{100, 100, 1, .05, .01, .1, 2.652686, 1e-6}, row{36, 40, 1, .06, 0, .2, 4.48667, 5e-5}}) {
    CAPTURE(r.value);
    const estimate found = american_price(black_scholes<double>(market(r.spot, r.rate, r.yield), {r.volatility}), put,
                                          r.strike, r.maturity, 1e-9);
    CHECK(std::fabs(found.value - r.value) < r.within);
    CHECK(found.truncation_error < 1.1e-9 * r.strike);
  }
}

// Values with 128 points of the boundary and three times as many nodes, which two spacings of the points agree on or of
// which one converges. In the first two the equation has other solutions as well with few points, which are off by 1e-6
// of the strike; in the others changes from one number of points to the next are less than the error by accident, or
// the price is close to the boundary.
TEST_CASE("American puts by their boundary: the error covers, where the boundary settles slowly") {
  struct row {
    double spot, maturity, rate, yield, volatility, value;
  };
  for (const row& r : {row{114.178, 12.278, .06535, .09653, .54336, 45.332993368297},
                       row{73.783, 1.7709, .08928, .11393, .76242, 44.614620027496},
                       row{60.894, 2.0877, .07737, 0, .38755, 39.134274120496},
                       row{81.786, 1.0031, .07164, .09141, .77455, 36.141239471712},
                       row{68.294, .43879, .07216, 0, .4452, 31.772993979372},
                       row{73.2, 12.0456, .09646, .07455, .20639, 27.208104934849},
                       row{119.567, .5914, .08896, .10876, .39947, 5.835348097004}}) {
    const black_scholes<double> model(market(r.spot, r.rate, r.yield), {r.volatility});
    for (const double tolerance : {1e-4, 1e-5, 1e-6, 1e-7, 1e-8, 1e-9, 1e-10}) {
      CAPTURE(r.value);
      CAPTURE(tolerance);
      const estimate found = american_price(model, put, 100, r.maturity, tolerance);
      CHECK(found.truncation_error <= tolerance * 100 + 1e-11);
      CHECK(std::fabs(found.value - r.value) <= found.truncation_error + 1e-9);
    }
  }
}

TEST_CASE("American options by their boundary: bounds, symmetry, and more for more time, for random ones") {
  std::mt19937_64 engine(7);
  const auto uniform = [&](double from, double to) {
    return from + (to - from) * static_cast<double>(engine() >> 11) * 0x1p-53;
  };
  int answered = 0;
  for (int i = 0; i < 200; ++i) {
    const double rate = uniform(0, 0.1), yield = i % 3 == 0 ? 0.0 : uniform(-0.02, 0.12);
    const double volatility = std::exp(uniform(-3, 0)), maturity = std::exp(uniform(-2.5, 3.4));
    const double spot = 100 * std::exp(uniform(-0.5, 0.5));
    const black_scholes<double> model(market(spot, rate, yield), {volatility}),
        seen(market(100, yield, rate), {volatility});
    CAPTURE(i);
    try {
      const estimate found = american_price(model, put, 100, maturity, 1e-7);
      const estimate mirrored = american_price(seen, call, spot, maturity, 1e-7);
      const estimate sooner = american_price(model, put, 100, 0.5 * maturity, 1e-7);
      const double error = found.truncation_error;
      const double european = black_price(put, model.asset().forward(maturity), 100, volatility, maturity,
                                          model.asset().discount(maturity));
      CHECK(error < 1.1e-5);
      CHECK(std::fabs(found.value - mirrored.value) <= error + mirrored.truncation_error);
      for (const double tolerance : {1e-4, 1e-5}) {
        const estimate coarse = american_price(model, put, 100, maturity, tolerance);
        CHECK(std::fabs(found.value - coarse.value) <= error + coarse.truncation_error);
      }
      CHECK(found.value >= std::fmax(european, 100 - spot) - error);
      CHECK(found.value >= sooner.value - sooner.truncation_error - error);
      CHECK(found.value <= 100);
      ++answered;
    } catch (const no_answer&) {
    }
  }
  CHECK(answered >= 190);
}

TEST_CASE("American options without volatility, with little, and without end") {
  const auto american = [](option_type type, double volatility, double strike, double maturity) {
    return american_price(black_scholes<double>(market(100, 0.05, 0.02), {volatility}), type, strike, maturity);
  };
  CHECK(std::fabs(american(put, 0, 110, 1).value - 10) < 1e-11);
  CHECK(std::fabs(american(call, 0, 90, 1).value - (100 * std::exp(-0.02) - 90 * std::exp(-0.05))) < 1e-11);
  CHECK(std::fabs(american(put, 1e-8, 110, 1).value - 10) < 1e-11);
  CHECK(american(put, 1e-8, 90, 1).value < 1e-11);
  // The perpetual put: Merton (1973).
  const double half = 0.03 / 25 - 0.5, power = -(half + std::sqrt(half * half + 0.1 / 25));
  const double boundary = 100 * power / (power - 1);
  const estimate found = american(put, 5, 100, 30);
  CHECK(std::fabs(found.value - (100 - boundary) * std::pow(100 / boundary, power)) <= found.truncation_error);
  // Certain prices with some dates.
  const black_scholes<double> certain(market(100, 0.05, 0.02), {0.0});
  const auto dates = equidistant_dates(1, 5);
  CHECK(std::fabs(bermudan_price(certain, put, 110, dates).value - (110 * std::exp(-0.01) - 100 * std::exp(-0.004))) <
        1e-11);
  CHECK(std::fabs(knock_out_price(certain, call, 90, 80, 120, dates).value -
                  (100 * std::exp(-0.02) - 90 * std::exp(-0.05))) < 1e-11);
  CHECK(knock_out_price(certain, call, 90, 80, 101, dates).value == 0);
}

// Such prices were outside their bounds, by several of their errors.
TEST_CASE("laws with atoms: within the bounds of the European option, or refused") {
  const cgmy<double> many_small(market(0.16305543, 0.063062083, -0.0042862351),
                                {0.22628109, 20.144135698, 4.4284777484, -0.5947986837});
  CHECK_THROWS_AS(
      knock_out_price(many_small, call, 0.145518819, 0.0731374, 0.21075, equidistant_dates(0.01307, 5), 1e-3),
      no_answer);
  // No dividends: a call is not exercised early.
  const merton<double> rare_jumps(market(100, 0.03), {0.109, {0.872, 0.0568, 0.2007}});
  const estimate bermudan = bermudan_price(rare_jumps, call, 144, equidistant_dates(1e-6, 5), 1e-3);
  CHECK(std::fabs(bermudan.value - 7.40383e-7) <= bermudan.truncation_error);
  CHECK(bermudan.truncation_error < 0.2);
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
  const estimate american = american_price(model, put, 90, 5, 1e-8);
  CHECK(std::fabs(american.value - 1.51354) < 5e-4);
  CHECK(american.truncation_error < 1.1e-8 * 90);
  const estimate mirrored = american_price(seen, call, 100, 5, 1e-8);
  CHECK(std::fabs(american.value - mirrored.value) <= american.truncation_error + mirrored.truncation_error);
  const black_scholes<double> narrow(market(100, -0.081, -0.107), {0.222});
  CHECK(std::fabs(bermudan_price(narrow, put, 86.8, equidistant_dates(0.583, 8)).value - 1.60065) < 2e-4);
  // Dividends that are not: never exercised.
  const black_scholes<double> plain(market(100, -0.04), {0.1});
  const estimate never = bermudan_price(plain, put, 100, dates);
  CHECK(std::fabs(never.value - cosine_method(plain, 5).price(put, 100)) < never.truncation_error);
}

// Against the limit of Bermudan prices, whose distance from it falls as 1 / dates, and prices to more digits.
// Volatilities below and above that from which on the boundaries meet.
TEST_CASE("negative rates: American puts by their two boundaries") {
  std::mt19937_64 engine(5);
  const auto uniform = [&](double from, double to) {
    return from + (to - from) * static_cast<double>(engine() >> 11) * 0x1p-53;
  };
  int settled = 0;
  for (int i = 0; i < 24; ++i) {
    const double rate = -std::exp(uniform(-6.5, -2.7)), yield = rate * std::exp(uniform(0.05, 1.8));
    const double meeting = std::sqrt(-2 * yield) - std::sqrt(-2 * rate);
    const double volatility = std::fmax(0.01, meeting * (i % 4 == 3 ? uniform(1, 4) : uniform(0.1, 1)));
    const double spot = 100 * std::exp(uniform(-0.8, 0.4)), maturity = std::exp(uniform(-2.5, 3));
    const black_scholes<double> model(market(spot, rate, yield), {volatility});
    CAPTURE(i);
    const estimate fine = american_price(model, put, 100, maturity, 1e-9);
    for (const double tolerance : {1e-4, 1e-6}) {
      const estimate found = american_price(model, put, 100, maturity, tolerance);
      CHECK(std::fabs(found.value - fine.value) <= found.truncation_error + fine.truncation_error);
    }
    double bermudan[3];
    for (std::uint32_t k = 0; k < 3; ++k) {
      bermudan[k] = bermudan_price(model, put, 100, equidistant_dates(maturity, 32U << k), 1e-7).value;
    }
    const double limit = 2 * bermudan[2] - bermudan[1], before = 2 * bermudan[1] - bermudan[0];
    CHECK(std::fabs(fine.value - limit) <= 2 * std::fabs(limit - before) + 1e-4 + fine.truncation_error);
    if (fine.truncation_error < 1.1e-7) ++settled;
  }
  CHECK(settled >= 20);
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
                       "upper is nan, allowed: positive, infinity for no barrier", invalid_parameter);
  // Over a day variance gamma's density is infinite at a point.
  CHECK_THROWS_AS(
      bermudan_price(variance_gamma<double>(market(100), {0.12, -0.14, 0.2}), put, 100, {1.0 / 365, 2.0 / 365}, 1e-10),
      no_answer);
}

}  // namespace
}  // namespace spectralmc
