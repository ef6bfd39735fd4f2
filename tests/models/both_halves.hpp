// The two halves of a model prove each other: simulated paths against the closed form.
#pragma once

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <limits>
#include <tuple>
#include <type_traits>
#include <vector>

#include "spectralmc/market/market.hpp"
#include "spectralmc/parallel/cpu.hpp"
#include "spectralmc/requests/spectrum_of.hpp"
#include "spectralmc/requests/value_of.hpp"
#include "statistics.hpp"

namespace spectralmc {

/// A model's parameters, and how it is simulated with them.
template <class Parameters>
struct simulated_set {
  const char* name;
  Parameters parameters;
  double step = std::numeric_limits<double>::infinity();  ///< largest step, in years
  std::vector<double> dates = {1.0 / 365, 0.5, 10};       ///< a day, half a year, ten years
};

/// For each set and date: the simulated characteristic function is the closed form, at all frequencies at once
/// (joint_error: false alarms in 1 of 100000), and the asset is worth its forward within four standard errors (1 in
/// 16000).
template <class Model, class Parameters>
void check_both_halves(const std::vector<simulated_set<Parameters>>& sets) {
  const market asset(100, {0.25, 1}, {0.03, 0.04}, 0.01);
  for (const simulated_set<Parameters>& set : sets) {
    CAPTURE(set.name);
    const Model model(asset, set.parameters);
    const auto plan = simulation{model, time_grid::dates(set.dates, set.step)}.paths(1 << 15).seed(2024);
    using observer = std::conditional_t<detail::models_logarithm<Model>, log_return, spot>;
    const auto results =
        measure(cpu{}, plan, spectrum_of(observer{}).terms(48), value_of([](const auto& path) { return path.last(); }));
    const spectra& simulated = std::get<0>(results);
    const estimate& worth = std::get<1>(results);
    for (std::size_t date = 0; date < set.dates.size(); ++date) {
      CAPTURE(set.dates[date]);
      CHECK(simulated[date].non_finite() == 0);
      const joint_test test = joint_error(simulated[date], exact_values(model, simulated[date]));
      CAPTURE(test.independent);
      CHECK(test.statistic < test.bound);
    }
    const double last = set.dates.back();
    CAPTURE(worth.standard_error);
    CHECK(errors_apart(worth, asset.discount(last) * asset.forward(last)) < 4);
  }
}

}  // namespace spectralmc
