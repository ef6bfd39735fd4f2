// Bermudan, American and barrier options under Heston's and Bates' models against published values, simulations, models
// with independent increments, and the laws that they obey.
#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "about.hpp"
#include "knock_outs.hpp"
#include "reference_formulas.hpp"
#include "spectralmc/market/time_grid.hpp"
#include "spectralmc/models/bates.hpp"
#include "spectralmc/models/black_scholes.hpp"
#include "spectralmc/models/heston.hpp"
#include "spectralmc/models/merton.hpp"
#include "spectralmc/pricing/cosine_method.hpp"
#include "spectralmc/pricing/early_exercise.hpp"
#include "statistics.hpp"

namespace spectralmc {
namespace {

constexpr option_type call = option_type::call, put = option_type::put;

// Clarke, N. and Parrott, K. (1999), Multigrid for American option pricing with stochastic volatility, Applied
// Mathematical Finance 6(3), stated the problem; the values, by finite differences, are those of Ito, K. and Toivanen,
// J. (2009), Lagrange multiplier approach with optimized finite difference stencils for pricing American options under
// stochastic volatility, SIAM J. Sci. Comput. 31(4), to the digits that several authors agree on.
TEST_CASE("Heston: published American puts") {
  struct row {
    double variance, spot, value;
  };
  for (const row& r : {row{0.0625, 8, 2.0000}, row{0.0625, 10, 0.5200}, row{0.0625, 12, 0.0820}, row{0.25, 8, 2.0784},
                       row{0.25, 9, 1.3336}, row{0.25, 11, 0.4483}}) {
    const heston<double> model(market(r.spot, 0.1), {r.variance, 5, 0.16, 0.9, 0.1});
    const estimate found = american_price(model, put, 10, 0.25, 1e-4);
    CAPTURE(r.variance);
    CAPTURE(r.spot);
    CHECK(std::fabs(found.value - r.value) < 1e-4);
    CHECK(found.truncation_error < 1e-2);
  }
}

TEST_CASE("Heston: without barriers, and with one date, an option is European") {
  reference::uniform_source uniform(3);
  for (int i = 0; i < 12; ++i) {
    const heston_parameters p{uniform.between(0.005, 0.3), uniform.between(0.1, 8), uniform.between(0.01, 0.3),
                              uniform.between(0.05, 1.5), uniform.between(-0.98, 0.5)};
    const market asset(100, uniform.between(0, 0.08), uniform.between(0, 0.05));
    const double time = uniform.between(0.1, 2), strike = uniform.between(80, 120);
    const lognormal_jumps jumps{uniform(), uniform.between(-0.3, 0.1), 0.1};
    const auto dates = equidistant_dates(time, 1 + static_cast<std::uint32_t>(8 * uniform()));
    const auto check = [&](const auto& model) {
      const cosine_method options(model, time, {1e-10});
      CAPTURE(p.initial_variance);
      CAPTURE(p.mean_reversion);
      CAPTURE(p.long_run_variance);
      CAPTURE(p.volatility_of_variance);
      CAPTURE(p.correlation);
      CAPTURE(time);
      for (const option_type type : {call, put}) {
        const double tolerance = i % 2 == 0 ? 1e-4 : 1e-6;
        const estimate none = knock_out_price(model, type, strike, 0, 1e308, dates, tolerance);
        CHECK(std::fabs(none.value - options.price(type, strike)) < none.truncation_error);
        CHECK(none.truncation_error <= 1.2 * tolerance * std::fmax(strike, 100));
        const estimate once = bermudan_price(model, type, strike, {time}, tolerance);
        CHECK(std::fabs(once.value - options.price(type, strike)) < once.truncation_error);
      }
    };
    check(heston<double>(asset, p));
    check(bates<double>(asset, {p, jumps}));
  }
}

TEST_CASE(
    "Heston: with next to no volatility of variance an option is worth what it is under Black and Scholes' model") {
  // The variance stays at its level.
  const auto dates = equidistant_dates(1, 6);
  const market asset(100, 0.05, 0.01);
  const estimate simple = bermudan_price(black_scholes<double>(asset, {0.2}), put, 105, dates, 1e-8);
  const estimate found = bermudan_price(heston<double>(asset, {0.04, 1.5, 0.04, 0.01, 0}), put, 105, dates, 1e-6);
  CHECK(std::fabs(found.value - simple.value) < 2e-3);
  const lognormal_jumps jumps{0.8, -0.12, 0.1};
  const estimate jumping = bermudan_price(merton<double>(asset, {0.2, jumps}), put, 105, dates, 1e-8);
  const estimate both =
      bermudan_price(bates<double>(asset, {{0.04, 1.5, 0.04, 0.01, 0}, jumps}), put, 105, dates, 1e-6);
  CHECK(std::fabs(both.value - jumping.value) < 2e-3);
}

// McDonald, R. L. and Schroder, M. D. (1998), A parity result for American options, J. Computational Finance 1(3); with
// the asset as the numeraire the variance is drawn back by kappa - rho sigma.
TEST_CASE("Heston: puts are calls seen from the strike") {
  for (const double rho : {-0.7, 0.5}) {
    const double kappa = 1.5, theta = 0.06, sigma = 0.6, seen = kappa - rho * sigma;
    const std::vector<double> dates{0.25, 0.5, 1};
    const estimate of_put =
        bermudan_price(heston<double>(market(90, 0.06, 0.02), {0.05, kappa, theta, sigma, rho}), put, 100, dates, 1e-5);
    const estimate of_call =
        bermudan_price(heston<double>(market(100, 0.02, 0.06), {0.05, seen, kappa * theta / seen, sigma, -rho}), call,
                       90, dates, 1e-5);
    CHECK(std::fabs(of_put.value - of_call.value) < of_put.truncation_error + of_call.truncation_error);
  }
}

// As puts they are under a variance that is drawn back by kappa - rho sigma: here 0.1, 0 and -0.45.
TEST_CASE("Heston: calls over long times, whatever the pull of the variance is") {
  struct row {
    double correlation, time;
  };
  for (const row& r : {row{0.4, 4}, row{0.5, 4}, row{0.95, 1}}) {
    const heston<double> model(market(100, 0.01, 0.02), {0.6, 0.5, 0.5, 1, r.correlation});
    const estimate found = knock_out_price(model, call, 100, 0, 1e308, equidistant_dates(r.time, 3), 1e-4);
    CAPTURE(r.correlation);
    CHECK(std::fabs(found.value - cosine_method(model, r.time, {1e-9}).price(call, 100)) < found.truncation_error);
  }
}

TEST_CASE("Heston: more dates are worth more; a call without dividends is never exercised") {
  const heston<double> model(market(100, 0.05, 0.02), {0.04, 1.5, 0.05, 0.6, -0.7});
  double before = cosine_method(model, 1).price(put, 105);
  for (const std::uint32_t dates : {2U, 4U, 8U}) {
    const estimate price = bermudan_price(model, put, 105, equidistant_dates(1, dates));
    CHECK(price.value > before);
    before = price.value;
  }
  const estimate coarse = bermudan_price(model, put, 105, equidistant_dates(1, 8), 1e-3);
  CHECK(std::fabs(coarse.value - before) < coarse.truncation_error);

  const heston<double> no_dividends(market(100, 0.1), {0.04, 1.5, 0.05, 0.6, -0.7});
  const estimate never = bermudan_price(no_dividends, call, 100, equidistant_dates(1, 10));
  CHECK(std::fabs(never.value - cosine_method(no_dividends, 1).price(call, 100)) < never.truncation_error);

  // Rates by a curve, and a variance that begins at zero.
  const heston<double> later(market(100, {0.5, 1}, {0.02, 0.06}), {0, 1.5, 0.05, 0.4, -0.7});
  const estimate from_zero = bermudan_price(later, put, 100, {0.2, 0.5, 1}, 1e-4);
  CHECK(from_zero.value > cosine_method(later, 1).price(put, 100));
}

// False alarms: 1 in 2600.
TEST_CASE("Heston: barrier options are what simulations say") {
  const market asset(100, 0.04, 0.01);
  check_knock_outs(heston<double>(asset, {0.04, 1.5, 0.05, 0.5, -0.7}), 1.0 / 96, 1e-5);
  check_knock_outs(bates<double>(asset, {{0.04, 1.5, 0.05, 0.5, -0.7}, {0.5, -0.2, 0.1}}), 1.0 / 96, 1e-5);
}

TEST_CASE("Heston: bad input, and what is out of reach") {
  const heston<double> model(market(100, 0.05), {0.04, 1.5, 0.05, 0.6, -0.7});
  CHECK_THROWS_AS(bermudan_price(model, put, 0, {1}), invalid_parameter);
  CHECK_THROWS_AS(bermudan_price(model, put, 100, {}), invalid_parameter);
  CHECK_THROWS_AS(bermudan_price(model, put, 100, {1, 1}), invalid_parameter);
  CHECK_THROWS_AS(bermudan_price(model, put, 100, {1}, 0), invalid_parameter);
  CHECK_THROWS_AS(american_price(model, put, 100, -1), invalid_parameter);
  CHECK_THROWS_AS(knock_out_price(model, put, 100, 120, 110, {1}), invalid_parameter);
  CHECK_THROWS_AS(
      bermudan_price(heston<double>(market(100, 0.05), {0.04, 1.5, 0.05, 0.02, 0}), put, 100, {0.5, 0.5 + 1e-9}),
      no_answer);
}

}  // namespace
}  // namespace spectralmc
