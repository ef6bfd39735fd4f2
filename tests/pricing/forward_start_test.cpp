// Options on returns that begin later, and cliquets, against Black's formula, quadrature over the variance in between,
// and simulations.
#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <limits>
#include <type_traits>
#include <vector>

#include "about.hpp"
#include "reference_formulas.hpp"
#include "spectralmc/market/time_grid.hpp"
#include "spectralmc/models/bates.hpp"
#include "spectralmc/models/black_scholes.hpp"
#include "spectralmc/models/forward_return.hpp"
#include "spectralmc/models/heston.hpp"
#include "spectralmc/models/kou.hpp"
#include "spectralmc/models/merton.hpp"
#include "spectralmc/models/variance_gamma.hpp"
#include "spectralmc/parallel/cpu.hpp"
#include "spectralmc/pricing/black.hpp"
#include "spectralmc/pricing/cliquet.hpp"
#include "spectralmc/pricing/cosine_method.hpp"
#include "spectralmc/pricing/lewis_method.hpp"
#include "spectralmc/requests/value_of.hpp"
#include "spectralmc/spectral/characteristic_function.hpp"
#include "spectralmc/spectral/distribution.hpp"
#include "statistics.hpp"

namespace spectralmc {
namespace {

constexpr option_type call = option_type::call, put = option_type::put;
constexpr forward_start of_return = forward_start::of_return, of_asset = forward_start::of_asset;
const market asset(100, {0.5, 2}, {0.02, 0.04}, 0.01);

TEST_CASE("forward start: Black's formula, by the volatility of the period") {
  const step_function volatility({0.5, 2}, {0.3, 0.2});
  const black_scholes<double> model(asset, {volatility});
  const double start = 0.3, length = 0.9, sigma = std::sqrt((0.2 * 0.09 + 0.7 * 0.04) / length);
  const double forward = asset.forward(1.2) / asset.forward(0.3);
  const cosine_method of_returns(forward_return(model, start), length, {1e-12}),
      of_assets(forward_return(model, start, of_asset), length, {1e-12});
  for (const double strike : {0.7, 1.0, 1.1}) {
    for (const option_type type : {call, put}) {
      const double black = black_price(type, forward, strike, sigma, length, asset.discount(1.2));
      CHECK(std::fabs(of_returns.price(type, strike) - black) < 2e-12);
      CHECK(std::fabs(of_assets.price(type, strike) - asset.forward(0.3) * black) < 2e-10);
    }
  }
}

TEST_CASE("forward start: one that starts today is a European option") {
  const auto check = [](const auto& model) {
    const cosine_method european(model, 0.7, {1e-10});
    for (const forward_start kind : {of_return, of_asset}) {
      const cosine_method options(forward_return(model, 0.0, kind), 0.7, {1e-10});
      const double scale = kind == of_return ? 0.01 : 1;
      for (const double strike : {80.0, 100.0, 125.0}) {
        CHECK(std::fabs(options.price(put, strike / 100) - scale * european.price(put, strike)) <
              2e-10 * scale * strike);
      }
    }
  };
  check(black_scholes<double>(asset, {0.2}));
  check(variance_gamma<double>(asset, {0.12, -0.14, 0.2}));
  check(heston<double>(asset, {0.04, 1.5, 0.05, 0.6, -0.7}));
  check(bates<double>(asset, {{0.04, 1.5, 0.05, 0.6, -0.7}, {0.5, -0.2, 0.1}}));
}

/// E g(v(time)) by the double exponential rule, v being scale times a Poisson mixture of gamma variates; `pull` takes
/// the place of kappa.
template <class Function>
double mean_over_variance(const heston_parameters& p, double pull, double time, const Function& g) {
  const double sigma2 = p.volatility_of_variance * p.volatility_of_variance;
  const double decay = std::exp(-pull * time), scale = 0.5 * sigma2 * (pull == 0 ? time : (1 - decay) / pull);
  const double shape = 2 * p.mean_reversion * p.long_run_variance / sigma2, lambda = decay * p.initial_variance / scale;
  double sum = 0, mass = 0;
  const double step = 0.06;
  for (int i = -100; i <= 120; ++i) {
    const double a = step * i, y = std::exp(a - std::exp(-a)), weight = step * y * (1 + std::exp(-a));
    if (!(y > 1e-200)) continue;
    double density = 0;
    const int centre = static_cast<int>(std::sqrt(lambda * y));
    for (int n = std::max(0, centre - 200); n <= centre + 200; ++n) {
      density += std::exp(n * std::log(lambda) - lambda - std::lgamma(n + 1.0) + (shape + n - 1) * std::log(y) - y -
                          std::lgamma(shape + n));
    }
    if (density * weight < 1e-16) continue;
    mass += weight * density;
    sum += weight * density * g(scale * y);
  }
  REQUIRE(std::fabs(mass - 1) < 1e-9);
  return sum;
}

TEST_CASE("forward start: Heston's and Bates' models are means over the variance at the start") {
  for (const heston_parameters& p :
       {heston_parameters{0.04, 1.5, 0.05, 0.3, -0.7}, heston_parameters{0.04, 1.5, 0.05, 0.9, -0.7},
        heston_parameters{0.09, 0.3, 0.05, 0.5, 0.8}, heston_parameters{0.09, 0.4, 0.05, 0.8, 0.5}}) {
    const lognormal_jumps jumps{0.5, -0.2, 0.1};
    const heston<double> model(asset, p);
    const bates<double> with_jumps(asset, {p, jumps});
    for (const double start : {0.25, 2.0}) {
      const double length = 0.5, end = start + length;
      const double growth = asset.forward(end) / asset.forward(start);
      const market period(1, std::log(growth) / length);  // its discounts do not count
      CAPTURE(p.correlation);
      CAPTURE(p.volatility_of_variance);
      CAPTURE(start);
      for (const double strike : {0.8, 1.0, 1.15}) {
        CAPTURE(strike);
        for (const forward_start kind : {of_return, of_asset}) {
          const double pull = p.mean_reversion - (kind == of_asset ? p.correlation * p.volatility_of_variance : 0.0);
          const auto conditional = [&](auto make) {
            return mean_over_variance(p, pull, start, [&](double v) {
              heston_parameters from = p;
              from.initial_variance = v;
              const cosine_method options(make(from), length, {1e-9});
              return options.price(put, strike) / options.discount();
            });
          };
          const double scale = asset.discount(end) * (kind == of_asset ? asset.forward(start) : 1);
          const double truth =
              scale * conditional([&](const heston_parameters& from) { return heston<double>(period, from); });
          const cosine_method options(forward_return(model, start, kind), length, {1e-9});
          CHECK(std::fabs(options.price(put, strike) - truth) < 2e-9 * scale * strike);
          const double with = scale * conditional([&](const heston_parameters& from) {
                                return bates<double>(period, {from, jumps});
                              });
          const cosine_method jumping(forward_return(with_jumps, start, kind), length, {1e-9});
          CHECK(std::fabs(jumping.price(put, strike) - with) < 2e-9 * scale * strike);
        }
      }
    }
  }
}

TEST_CASE("forward start: the COS method, Lewis' integral and a distribution agree") {
  const auto check = [](const auto& model) {
    for (const forward_start kind : {of_return, of_asset}) {
      const forward_return later(model, 0.7, kind);
      const std::vector<double> strikes{0.8, 1.0, 1.2};
      const cosine_method options(later, 0.5, {1e-10});
      const auto prices = options.prices(call, strikes);
      const auto second = lewis_method(later, 0.5, strikes, 1e-10).prices(call);
      const auto third = distribution(characteristic_function(later, 0.5)).call_prices(strikes);
      for (std::size_t i = 0; i < strikes.size(); ++i) {
        const double allowed = options.error() * options.discount() * strikes[i];
        CHECK(std::fabs(prices[i] - second[i].value) < allowed + second[i].truncation_error);
        CHECK(std::fabs(prices[i] - third[i].value) < allowed + third[i].truncation_error);
      }
    }
  };
  check(heston<float>(asset, {0.04, 1.5, 0.05, 0.6, -0.7}));
  check(bates<double>(asset, {{0.04, 1.5, 0.05, 0.6, -0.7}, {0.5, -0.2, 0.1}}));
  check(kou<double>(asset, {0.16, 1, 0.4, 10, 5}));
  check(merton<double>(asset, {step_function({0.5, 2}, {0.3, 0.2}), {0.5, -0.2, 0.1}}));
}

TEST_CASE("forward start: a volatility of variance that is next to nothing leaves Black's formula") {
  const heston<double> model(asset, {0.04, 1.5, 0.09, 1e-7, -0.7});
  const double start = 0.6, length = 0.4;
  const double mean = 0.09 * length - 0.05 * (std::exp(-1.5 * start) - std::exp(-1.5 * (start + length))) / 1.5;
  const double forward = asset.forward(1) / asset.forward(start);
  for (const forward_start kind : {of_return, of_asset}) {
    const cosine_method options(forward_return(model, start, kind), length, {1e-9});
    const double scale = kind == of_asset ? asset.forward(start) : 1;
    CHECK(std::fabs(options.price(call, 1.02) / scale -
                    black_price(call, forward, 1.02, std::sqrt(mean / length), length, asset.discount(1))) < 1e-8);
  }
}

/// A call at the last date, on the return since the first or on as many assets.
struct later_call {
  double strike;
  bool on_asset;
  template <class Path>
  auto operator()(const Path& path) const {
    const auto first = path[0], last = path[1];
    using V = std::remove_const_t<decltype(last)>;
    const V zero(0.0), k(strike);
    return on_asset ? maximum(fma(-k, first, last), zero) : maximum(last / first - k, zero);
  }
};

// False alarms: 1 in 1300.
TEST_CASE("forward start: what simulations say") {
  const auto check = [](const auto& model) {
    const auto plan = simulation{model, time_grid::dates({0.5, 1.25}, 1.0 / 32)}.paths(1 << 18).seed(7);
    for (const bool on_asset : {false, true}) {
      const cosine_method options(forward_return(model, 0.5, on_asset ? of_asset : of_return), 0.75);
      for (const double strike : {0.9, 1.0, 1.1}) {
        CAPTURE(strike);
        const estimate simulated = price(cpu{}, plan, later_call{strike, on_asset});
        CHECK(errors_apart(simulated, options.price(call, strike)) < 4);
      }
    }
  };
  check(heston<double>(asset, {0.04, 1.5, 0.05, 0.5, -0.7}));
  check(bates<double>(asset, {{0.04, 1.5, 0.05, 0.5, -0.7}, {0.5, -0.2, 0.1}}));
}

/// The sum of capped and floored returns, at the last date.
struct capped_returns {
  double floor, cap;
  template <class Path>
  auto operator()(const Path& path) const {
    const auto last = path.last();
    using V = std::remove_const_t<decltype(last)>;
    V sum(0.0), before(100.0);
    for (std::uint32_t i = 0; i < path.size(); ++i) {
      sum = sum + minimum(maximum(path[i] / before - V(1.0), V(floor)), V(cap));
      before = path[i];
    }
    return sum;
  }
};

// False alarms: 1 in 5000.
TEST_CASE("cliquets: what simulations say") {
  const auto check = [](const auto& model, double step) {
    const std::vector<double> dates = equidistant_dates(1, 4);
    const auto plan = simulation{model, time_grid::dates(dates, step)}.paths(1 << 18).seed(11);
    cliquet contract{{0, 0.25, 0.5, 0.75, 1}, -0.03, 0.05, true};
    const estimate found = cliquet_price(model, contract);
    CHECK(found.truncation_error < 1e-9);
    CHECK(errors_apart(price(cpu{}, plan, capped_returns{-0.03, 0.05}), found.value) < 4);
    contract.paid_at_the_end = false;
    const std::vector<estimate> legs = cliquet_legs(model, contract);
    CHECK(legs.size() == 4);
    double sum = 0;
    for (std::size_t i = 0; i < 4; ++i) sum += legs[i].value * asset.discount(1) / asset.discount(dates[i]);
    CHECK(sum == about(found.value, 1e-12));
  };
  check(heston<double>(asset, {0.04, 1.5, 0.05, 0.5, -0.7}), 1.0 / 32);
  check(kou<double>(asset, {0.16, 1, 0.4, 10, 5}), 1.0);
}

TEST_CASE("cliquets: without a cap and a floor a leg is a forward return; with narrow ones it is what it pays") {
  const heston<double> model(asset, {0.04, 1.5, 0.05, 0.6, -0.7});
  const std::vector<estimate> plain = cliquet_legs(model, {{0.5, 1, 2}});
  CHECK(plain[0].value == about(asset.discount(1) * (asset.forward(1) / asset.forward(0.5) - 1), 1e-12));
  CHECK(plain[1].value == about(asset.discount(2) * (asset.forward(2) / asset.forward(1) - 1), 1e-12));
  const estimate narrow = cliquet_price(model, {{0, 1}, 0.02, 0.020001});
  CHECK(narrow.value >= 0.02 * asset.discount(1));
  CHECK(narrow.value <= 0.020001 * asset.discount(1));
}

TEST_CASE("forward start and cliquets: bad input") {
  const heston<double> model(asset, {0.04, 1.5, 0.05, 0.6, -0.7});
  CHECK_THROWS_AS(forward_return(model, -0.1), invalid_parameter);
  CHECK_THROWS_AS(forward_return(model, std::numeric_limits<double>::quiet_NaN()), invalid_parameter);
  CHECK_THROWS_AS(cliquet_legs(model, {{1}}), invalid_parameter);
  CHECK_THROWS_AS(cliquet_legs(model, {{1, 1}}), invalid_parameter);
  CHECK_THROWS_AS(cliquet_legs(model, {{-1, 1}}), invalid_parameter);
  CHECK_THROWS_AS(cliquet_legs(model, {{0, 1}, -1.5}), invalid_parameter);
  CHECK_THROWS_AS(cliquet_legs(model, {{0, 1}, 0.1, 0.1}), invalid_parameter);
  CHECK_THROWS_AS(cliquet_legs(model, {{0, 1}, 0, 0.1}, 0), invalid_parameter);
}

}  // namespace
}  // namespace spectralmc
