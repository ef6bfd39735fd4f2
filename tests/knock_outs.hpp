// Barrier options in closed form against simulations.
#pragma once

#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <type_traits>
#include <vector>

#include "spectralmc/market/time_grid.hpp"
#include "spectralmc/parallel/cpu.hpp"
#include "spectralmc/pricing/early_exercise.hpp"
#include "spectralmc/requests/value_of.hpp"

namespace spectralmc {

/// Pays at the last date unless S was outside the barriers at a date.
struct knock_out {
  double strike, lower, upper;
  bool call;

  template <class Path>
  auto operator()(const Path& path) const {
    const auto last = path.last();
    using V = std::remove_const_t<decltype(last)>;
    const V k(strike), zero(0.0);
    V paid = maximum(call ? last - k : k - last, zero);
    for (std::uint32_t date = 0; date < path.size(); ++date) {
      paid = select(path[date] > V(lower), paid, zero);
      paid = select(path[date] < V(upper), paid, zero);
    }
    return paid;
  }
};

/// Three options with monthly barriers over a year, spot 100: within four standard errors of simulations in steps of at
/// most `longest_step`.
template <class Model>
void check_knock_outs(const Model& model, double longest_step, double tolerance) {
  const std::vector<double> dates = equidistant_dates(1, 12);
  const auto plan = simulation{model, time_grid::dates(dates, longest_step)}.paths(1 << 16).seed(3);
  for (const knock_out& option :
       {knock_out{100, 0, 130, true}, knock_out{105, 85, 1e308, false}, knock_out{100, 80, 125, true}}) {
    const estimate simulated = price(cpu{}, plan, option);
    const estimate found = knock_out_price(model, option.call ? option_type::call : option_type::put, option.strike,
                                           option.lower, option.upper, dates, tolerance);
    CAPTURE(option.lower);
    CAPTURE(option.upper);
    CHECK(std::fabs(found.value - simulated.value) < 4 * simulated.standard_error + found.truncation_error);
  }
}

}  // namespace spectralmc
