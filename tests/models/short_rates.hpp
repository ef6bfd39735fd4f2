// Short-rate models: the two halves, and bonds by ordinary differential equations.
#pragma once

#include <doctest/doctest.h>

#include <cstddef>
#include <limits>
#include <tuple>
#include <vector>

#include "spectralmc/models/short_rate.hpp"
#include "spectralmc/parallel/cpu.hpp"
#include "spectralmc/requests/spectrum_of.hpp"
#include "spectralmc/requests/value_of.hpp"
#include "statistics.hpp"

namespace spectralmc {

/// Pays one unit of currency.
struct one_unit {
  using observers = observer_list<discount_factor>;
  template <class Path>
  auto operator()(const Path& path) const {
    return path.last();
  }
};

template <class Parameters>
struct rate_set {
  const char* name;
  Parameters parameters;
  double step = std::numeric_limits<double>::infinity();
  std::vector<double> dates = {1.0 / 365, 0.5, 10};
};

/// For each set and date the simulated characteristic function of the short rate is the closed form at all frequencies
/// at once (false alarms: 1 in 100000), and the mean discount factor is the bond's price within four standard errors (1
/// in 16000).
template <class Model, class Parameters>
void check_rate_paths(const std::vector<rate_set<Parameters>>& sets) {
  for (const rate_set<Parameters>& set : sets) {
    CAPTURE(set.name);
    const Model model(set.parameters);
    const auto plan = simulation{model, time_grid::dates(set.dates, set.step)}.paths(1 << 15).seed(2024);
    const auto results = measure(cpu{}, plan, spectrum_of(short_rate{}).terms(48), value_of<one_unit>(one_unit{}));
    for (std::size_t date = 0; date < set.dates.size(); ++date) {
      CAPTURE(set.dates[date]);
      const spectrum& found = std::get<0>(results)[date];
      CHECK(found.non_finite() == 0);
      const joint_test test = joint_error(found, exact_values(model, found));
      CAPTURE(test.independent);
      CHECK(test.statistic < test.bound);
    }
    CHECK(errors_apart(std::get<1>(results), model.discount_bond(set.dates.back())) < 4);
  }
}

/// The bond of an affine model dr = kappa (theta - r) dt + sqrt(alpha + beta r) dW: B' = 1 - kappa B - beta B^2 / 2, A'
/// = kappa theta B - alpha B^2 / 2, by Runge and Kutta's method of order 4.
inline linear_rate_function bond_by_equations(long double kappa, long double theta, long double alpha, long double beta,
                                              long double length) {
  constexpr int steps = 4000;
  const long double h = length / steps;
  long double a = 0, b = 0;
  const auto slope_b = [&](long double y) { return 1 - kappa * y - beta * y * y / 2; };
  const auto slope_a = [&](long double y) { return kappa * theta * y - alpha * y * y / 2; };
  for (int i = 0; i < steps; ++i) {
    const long double k1 = slope_b(b), k2 = slope_b(b + h / 2 * k1), k3 = slope_b(b + h / 2 * k2),
                      k4 = slope_b(b + h * k3);
    a += h / 6 * (slope_a(b) + 2 * slope_a(b + h / 2 * k1) + 2 * slope_a(b + h / 2 * k2) + slope_a(b + h * k3));
    b += h / 6 * (k1 + 2 * k2 + 2 * k3 + k4);
  }
  return {static_cast<double>(a), static_cast<double>(b)};
}

}  // namespace spectralmc
