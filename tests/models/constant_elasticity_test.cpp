// The constant-elasticity-of-variance model: paths against Schroder's formula and the law that it comes from.
#include "spectralmc/models/constant_elasticity.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <vector>

#include "about.hpp"
#include "reference_formulas.hpp"
#include "schroder.hpp"
#include "spectralmc/parallel/cpu.hpp"
#include "spectralmc/paths/stored_paths.hpp"
#include "spectralmc/payoffs/european.hpp"
#include "spectralmc/requests/value_of.hpp"
#include "statistics.hpp"

namespace spectralmc {
namespace {

const market asset(100, {0.25, 1}, {0.03, 0.04}, 0.01);

reference::constant_elasticity_law law(const constant_elasticity_parameters& p, double time) {
  const double deviation = p.volatility.root_mean_square(0, time);
  return {p.beta, static_cast<reference::number>(deviation) * deviation * time};
}

struct set {
  const char* name;
  constant_elasticity_parameters parameters;
  double time, step;
};

const std::vector<set>& sets() {
  static const std::vector<set> list{{"square root", {0.3, 0.5}, 2, 0.25},
                                     {"normal, stopped at zero", {0.4, 0}, 4, 1},
                                     {"nearly lognormal", {0.3, 0.9}, 1, 0.5},
                                     {"most paths end at zero", {1, 0.3}, 10, 2.5},
                                     {"a day", {0.4, 0.25}, 1.0 / 365, 1},
                                     {"volatility by time", {step_function({0.1, 2}, {0.6, 0.2}), 0.6}, 3, 1}};
  return list;
}

template <class Real>
auto plan_of(const set& s, std::uint64_t paths) {
  return simulation{constant_elasticity<Real>(asset, s.parameters), time_grid::dates({s.time}, s.step)}
      .paths(paths)
      .seed(14);
}

TEST_CASE("the formulas agree: the call's slope in its strike is the law, and its value at 0 the mean") {
  for (const set& s : sets()) {
    CAPTURE(s.name);
    const reference::constant_elasticity_law exact = law(s.parameters, s.time);
    const reference::number k = 1.05L, h = 1e-4L;
    CHECK(static_cast<double>((exact.call(k + h) - exact.call(k - h)) / (2 * h)) ==
          about(static_cast<double>(exact.cdf(k) - 1), 1e-4));
    CHECK(static_cast<double>(exact.call(1e-12L)) == about(1, 1e-9));
  }
}

// The law's mass at zero is a test of its own. False alarms: 1 in 62000 for each precision.
TEST_CASE_TEMPLATE("constant elasticity: living paths have the law of the formula", Real, float, double) {
  for (const set& s : sets()) {
    CAPTURE(s.name);
    constexpr std::uint64_t paths = 5000;
    std::vector<Real> samples(paths), alive;
    store_paths(cpu{}, plan_of<Real>(s, paths), spot{}, path_layout::path_major, 0, paths, samples.data());
    for (const Real x : samples) {
      if (x > 0) alive.push_back(x);
    }
    const reference::constant_elasticity_law exact = law(s.parameters, s.time);
    const reference::number forward = asset.forward(s.time), dead = exact.at_zero();
    CHECK(kolmogorov(alive, [&](long double x) { return (exact.cdf(x / forward) - dead) / (1 - dead); }) < 2.6);
    const auto n = static_cast<double>(paths), p = static_cast<double>(dead);
    CHECK(std::fabs(n - static_cast<double>(alive.size()) - n * p) <= 4.5 * std::sqrt(n * p * (1 - p)) + 1);
  }
}

// False alarms: 1 in 1300 for each precision.
TEST_CASE_TEMPLATE("constant elasticity: a call is worth Schroder's formula, and the asset its forward", Real, float,
                   double) {
  for (const set& s : sets()) {
    CAPTURE(s.name);
    const double forward = asset.forward(s.time), discount = asset.discount(s.time);
    const auto results = price(cpu{}, plan_of<Real>(s, 1 << 17), european_call{1.05 * forward},
                               [](const auto& path) { return path.last(); });
    const double call = discount * forward * static_cast<double>(law(s.parameters, s.time).call(1.05L));
    CHECK(errors_apart(std::get<0>(results), call) < 4);
    CHECK(errors_apart(std::get<1>(results), discount * forward) < 4);
  }
}

TEST_CASE("constant elasticity: a path at zero stays there") {
  const auto plan = simulation{constant_elasticity<float>(asset, {1, 0.3}), time_grid::dates(equidistant_dates(10, 10))}
                        .paths(2000)
                        .seed(15);
  std::vector<float> values(2000 * 10);
  store_paths(cpu{}, plan, spot{}, path_layout::path_major, 0, 2000, values.data());
  int risen = 0, dead = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i % 10 == 9 || values[i] != 0) continue;
    ++dead;
    risen += values[i + 1] != 0;
  }
  CHECK(dead > 1000);
  CHECK(risen == 0);
}

}  // namespace
}  // namespace spectralmc
