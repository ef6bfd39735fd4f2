// Plain Monte Carlo for any payoff of a path.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "spectralmc/market/market.hpp"
#include "spectralmc/market/time_grid.hpp"
#include "spectralmc/numeric/estimate.hpp"
#include "spectralmc/numeric/lanes.hpp"
#include "spectralmc/paths/measurement.hpp"
#include "spectralmc/paths/observer_concept.hpp"
#include "spectralmc/requests/mean_over_paths.hpp"
#include "spectralmc/requests/value_item.hpp"
#include "spectralmc/spectral/described_quantity.hpp"
#include "spectralmc/spectral/sampling.hpp"

namespace spectralmc {

namespace detail {

/// The mean of S / forward where paths start; 1 where it is not known of the model's states.
template <class Model, class Generator>
double mean_start(const simulation<Model, Generator>& plan) {
  using state = typename Model::template state<typename Model::real>;
  double sum = 0;
  if constexpr (starts_anywhere<Model> && has_log_martingale<state>::value) {
    if (plan.states() == nullptr) return 1;
    state s = plan.model().initial_state();
    for (std::uint64_t i = 0; i < plan.states()->count(); ++i) {
      plan.states()->read(i, s);
      sum += exp(static_cast<double>(s.log_martingale));
    }
    return sum / static_cast<double>(plan.states()->count());
  }
  return 1;
}

/// A bound on the relative error that rounding gives S on a path, and so to a mean over paths: errors that differ from
/// path to path mostly cancel there, so what counts is what all paths share. That is the rounding of log(forward /
/// S(0)) and of the sum of it and the path's logarithm, the exponential, the products, and `operations` of the payoff;
/// of the steps the root of their number, or where the state is S(t) / forward(t) itself, to which steps may add less
/// than half a unit in its last place, their number.
template <class Model, class Generator>
double relative_rounding(const simulation<Model, Generator>& plan, double operations) {
  using real = typename Model::real;
  constexpr bool logarithmic = has_log_martingale<typename Model::template state<real>>::value;
  const double steps = static_cast<double>(plan.grid().step_count());
  double logarithm = 0;
  for (const time_grid::stretch& s : plan.grid().stretches()) {
    logarithm = std::fmax(logarithm, std::fabs(plan.model().asset().log_forward_return(s.end)));
  }
  if constexpr (logarithmic && starts_anywhere<Model>) {
    double largest = 0;
    if (plan.states() != nullptr) {
      for (const real value : plan.states()->values()) largest = std::fmax(largest, std::fabs(double{value}));
    }
    logarithm += largest;
  }
  const double rounding = 0.5 * static_cast<double>(std::numeric_limits<real>::epsilon());
  return rounding * (8 + 4 * logarithm + operations + (logarithmic ? sqrt(steps) : steps));
}

}  // namespace detail

/// The request for the price of a payoff: a function object that is called with an observed_path<V, observers> for V a
/// float, a double or a pack of them and returns the amount paid at the last date, as a V. Branches in it are
/// select(mask, a, b). If it has a member type `observers`, an observer_list, the path holds what those see; otherwise
/// S at the dates.
///
/// An option on an amount whose expectation is known may say so, as those of payoffs/ do, and gets the errors that
/// follow: exercise(path) is what exercise brings, be it a loss, and terms(market, grid) the option_terms.
template <class Payoff>
struct value_of {
  Payoff payoff;

  explicit value_of(Payoff what) : payoff(std::move(what)) {}

  template <class Model, class Generator>
  auto prepare(const simulation<Model, Generator>& plan) const {
    using real = typename Model::real;
    static_assert(detail::check_payoff<Payoff, lanes<real, native_lane_count<real>>>() &&
                  detail::check_observers<Model>(static_cast<typename detail::observers_of<Payoff>::type*>(nullptr)));
    const market& asset = plan.model().asset();
    const time_grid& grid = plan.grid();
    const double last = asset.discount(grid.date(grid.date_count() - 1));
    std::vector<real> growth;
    for (std::size_t i = 0; i < grid.date_count(); ++i) {
      growth.push_back(static_cast<real>(asset.discount(grid.date(i)) / last));
    }
    return value_item<real, Payoff>(payoff, std::move(growth), std::ldexp(1.0, -std::ilogb(asset.spot())));
  }

  /// @throws no_answer when no payoff was finite, their sum is not, or the run was stopped before any path was done
  template <class Model, class Generator, class Item>
  estimate result(const simulation<Model, Generator>& plan, const Item& item, const item_sums& run) const {
    const double *const totals = run.totals, n = totals[2];
    if (n == 0) throw no_answer("no path has a finite payoff");
    for (const double* replicate : run.replicates) {
      if (replicate[2] == 0) throw no_answer("no path of a replicate has a finite payoff");
    }
    const sampling samples(static_cast<std::uint64_t>(n), run.replicates.size());
    // Of the mean of what the totals have the sum of at that place.
    const auto error_of_mean = [&](std::size_t place, double of_independent_paths) {
      if (run.replicates.empty()) return of_independent_paths;
      return sqrt(samples.variance_of_mean(
          [] { return 0.0; }, [&](std::size_t r) { return run.replicates[r][place] / run.replicates[r][2]; }));
    };
    const market_of<Model>& asset = plan.model().asset();
    const double discount = asset.discount(plan.grid().date(plan.grid().date_count() - 1));
    using sums = detail::value_sums;
    const double freedom = totals[3], unit = 1 / item.scale();
    const double mean = totals[0] / n, square = totals[1] / n, difference = fma(-mean, mean, square);
    const detail::sample_moments own(n, freedom, mean, totals + sums::central, unit);
    estimate e;  // undiscounted
    e.value = mean;
    // Where little is left of the difference, the deviations have more digits.
    e.standard_error = error_of_mean(
        0, difference > 0x1p-20 * square ? sqrt(difference * (n / std::fmax(n - 1, 1.0)) / n) : own.standard_error());
    e.paths = static_cast<std::uint64_t>(n);
    e.replicates = static_cast<std::uint32_t>(run.replicates.size());
    double units = sqrt(square);  // what relative errors of S are errors of
    double operations = 0;        // of the payoff
    if constexpr (Item::option) {
      const option_terms terms = payoff.terms(asset, plan.grid());
      const double* other = totals + sums::counterpart_sum;
      const detail::sample_moments counterpart(n, freedom, other[0] / n, other + 1, unit);
      constexpr bool positive = !detail::negative_prices<Model>::value;
      const double both = std::fmin(terms.forward, terms.strike);
      units = both + (terms.call && positive ? terms.forward : std::fmax(terms.forward, terms.strike));
      if (plan.states() == nullptr) {
        e = detail::with_parity(e, terms, own, e.paths == run.paths, counterpart,
                                error_of_mean(sums::counterpart_sum, counterpart.standard_error()), positive);
      } else {
        // The forward of paths from given states is not known, but a put's bound is.
        if (!terms.call && positive) {
          e.standard_error = detail::bounded_error(n, own, e.standard_error, terms.strike);
        } else {
          e = detail::with_unseen_paths(e, own);
        }
        units = terms.strike + mean + other[0] / n;
      }
      operations = terms.relative_error;
    } else {
      e = detail::with_unseen_paths(e, own);
      const double start = detail::mean_start(plan);
      for (const time_grid::stretch& s : plan.grid().stretches()) {
        units = std::fmax(units, start * asset.forward(s.end));
      }
      operations = static_cast<double>(plan.grid().date_count());
    }
    e.truncation_error = fma(detail::relative_rounding(plan, operations), units, e.truncation_error);
    e.truncation_error += rounded_product(0x1p-53 * detail::addition_depth(n), sqrt(square));
    // One path says nothing of its own error.
    e.standard_error = n < 2 ? std::numeric_limits<double>::infinity() : discount * e.standard_error;
    e.value = discount * e.value;
    e.truncation_error = discount * e.truncation_error;
    if (!std::isfinite(e.value)) {
      throw no_answer("the price, or the sum of the payoffs that it is the mean of, is beyond the largest number");
    }
    return e;
  }

 private:
  template <class Model>
  using market_of = std::decay_t<decltype(std::declval<const Model&>().asset())>;
};

SPECTRALMC_LANES_NAMESPACE_BEGIN

/// Today's price of a payoff by plain Monte Carlo over the plan's paths, with its errors; with several payoffs a tuple
/// of them, all from the same paths. See value_of for what a payoff is. `paths` in the result counts the finite ones;
/// if it is less than the plan's, the rest were not finite or the run was stopped.
///
/// The standard error is that of the sample where it can be trusted, and wider where few paths decide it
/// (requests/mean_over_paths.hpp). A call or put, European or Asian, has a finite one always: where too few paths pay,
/// it is compared with what its counterpart says by parity, and takes that value if the two are more than four errors
/// apart. Another payoff, or a call where paths start in given states, has an infinite one where fewer than three paths
/// decide, or none pays. The truncation error is
/// a bound on the rounding of paths, for a payoff that moves no faster than S; for others by as much more.
/// @throws no_answer when no payoff was finite, their sum is not, or the run was stopped before any path was done
template <class Execution, class Model, class Generator, class Payoff, class... More>
auto price(const Execution& execution, const simulation<Model, Generator>& plan, Payoff payoff, More... more) {
  auto results = measure(execution, plan, value_of<Payoff>(std::move(payoff)), value_of<More>(std::move(more))...);
  if constexpr (sizeof...(More) == 0) {
    return std::get<0>(std::move(results));
  } else {
    return results;
  }
}

SPECTRALMC_LANES_NAMESPACE_END

}  // namespace spectralmc
