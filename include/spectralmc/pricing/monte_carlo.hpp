// Plain Monte Carlo for any payoff of a path.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "spectralmc/allocation.hpp"
#include "spectralmc/configuration.hpp"
#include "spectralmc/models/market.hpp"
#include "spectralmc/numeric/estimate.hpp"
#include "spectralmc/numeric/sums.hpp"
#include "spectralmc/paths/measurement.hpp"

namespace spectralmc {

/// What a payoff is shown: the observed values of one path (of a pack of paths, in its lanes), by observer and date.
template <class V>
class observed_path {
 public:
  using real = scalar_of<V>;

  SPECTRALMC_HOST_DEVICE observed_path(const real* values, const real* growth, std::uint32_t dates)
      : values_(values), growth_(growth), dates_(dates) {}

  /// Number of dates.
  SPECTRALMC_HOST_DEVICE std::uint32_t size() const { return dates_; }

  /// What the first observer saw at that date, 0 <= date < size(); S(t) unless the payoff names other observers.
  SPECTRALMC_HOST_DEVICE V operator[](std::uint32_t date) const { return at(0, date); }

  /// What an observer saw at that date.
  SPECTRALMC_HOST_DEVICE V at(std::uint32_t observer, std::uint32_t date) const {
    return load<V>(values_ + (static_cast<std::size_t>(observer) * dates_ + date) * chunk_paths);
  }

  /// What the first observer saw at the last date.
  SPECTRALMC_HOST_DEVICE V last() const { return at(0, dates_ - 1); }

  /// What one unit of currency paid at that date has grown to at the last: multiply early payments by it.
  SPECTRALMC_HOST_DEVICE real growth(std::uint32_t date) const { return growth_[date]; }

 private:
  const real* values_;
  const real* growth_;
  std::uint32_t dates_;
};

namespace detail {

template <class Payoff, class = void>
struct observers_of {
  using type = observer_list<spot>;
};
template <class Payoff>
struct observers_of<Payoff, std::void_t<typename Payoff::observers>> {
  using type = typename Payoff::observers;
};

/// The payoff of a path; NaN where anything observed on it is not finite, whatever the payoff makes of that.
template <class V, class Payoff>
SPECTRALMC_HOST_DEVICE V pay(const Payoff& payoff, const observed_path<V>& path) {
  V nothing(scalar_of<V>(0));
  for (std::uint32_t observer = 0; observer < observers_of<Payoff>::type::size; ++observer) {
    for (std::uint32_t date = 0; date < path.size(); ++date) {
      const V x = path.at(observer, date);
      nothing = nothing + (x - x);
    }
  }
  return V(payoff(path)) + nothing;
}

/// Sums of values and of their squares, and their number, in canonical order (numeric/sums.hpp), leaving out values
/// that are not finite.
struct value_sums {
  canonical_slots values, squares, counts;

  SPECTRALMC_HOST_DEVICE void clear(std::size_t slot) {
    values.slot[slot] = squares.slot[slot] = counts.slot[slot] = 0;
  }

  /// Adds x as value number `index`.
  SPECTRALMC_HOST_DEVICE void add(std::size_t index, double x) {
    const bool finite = is_finite(x);
    const double kept = finite ? x : 0.0;
    double& square = squares.slot[index % canonical_slot_count];
    values.add(index, kept);
    square = fma(kept, kept, square);
    counts.add(index, finite ? 1.0 : 0.0);
  }
};

}  // namespace detail

/// The sums of one payoff; made by value_of.
template <class Real, class Payoff>
class value_item {
 public:
  using observers = typename detail::observers_of<Payoff>::type;
  using workspace = std::unique_ptr<Real[]>;

  value_item(Payoff payoff, std::vector<Real> growth) : payoff_(std::move(payoff)), growth_(std::move(growth)) {}

  static constexpr observers observer_values() { return {}; }
  static constexpr std::size_t total_size() { return 3; }

  static workspace make_workspace() { return allocate<Real>(chunk_paths, "the values of one chunk of paths"); }

  void add(const observed_chunk<Real>& chunk, std::size_t first_observer, workspace& values, double* totals) const {
    constexpr std::size_t width = native_lane_count<Real>;
    using V = lanes<Real, width>;
    const Real* observed = chunk.row(first_observer, 0);
    for (std::uint32_t i = 0; i < chunk.paths; i += width) {
      spectralmc::store(detail::pay<V>(payoff_, observed_path<V>(observed + i, growth_.data(), chunk.dates)),
                        values.get() + i);
    }
    detail::value_sums sums;
    for (std::uint32_t i = 0; i < chunk.paths; ++i) sums.add(i, static_cast<double>(values[i]));
    totals[0] += sums.values.total();
    totals[1] += sums.squares.total();
    totals[2] += sums.counts.total();
  }

  /// What a kernel needs of the item: the same sums by a block of threads. totals are set, not added to.
  struct view {
    static constexpr std::size_t observer_count = observers::size;
    Payoff payoff;
    const Real* growth;
    std::size_t size;

    template <class Block, class Shared>
    SPECTRALMC_HOST_DEVICE void add(const Block& threads, const observed_chunk<Real>& chunk, std::size_t first_observer,
                                    Shared& shared, Real* /*scratch*/, double* totals) const {
      const Real* observed = chunk.row(first_observer, 0);
      Real* values = shared.samples.turns;
      threads.phase([&](std::uint32_t thread) {
        for (std::uint32_t i = thread; i < chunk.paths; i += threads.size()) {
          values[i] = detail::pay<Real>(payoff, observed_path<Real>(observed + i, growth, chunk.dates));
        }
      });
      threads.phase([&](std::uint32_t thread) {
        for (std::size_t slot = thread; slot < canonical_slot_count; slot += threads.size()) {
          shared.sums.clear(slot);
          for (std::size_t i = slot; i < chunk.paths; i += canonical_slot_count) {
            shared.sums.add(i, static_cast<double>(values[i]));
          }
        }
      });
      threads.phase([&](std::uint32_t thread) {
        if (thread != 0) return;
        totals[0] = shared.sums.values.total();
        totals[1] = shared.sums.squares.total();
        totals[2] = shared.sums.counts.total();
      });
    }
  };

  static constexpr std::size_t scratch_size() { return 0; }

  /// `upload(vector)` gives a pointer to the vector's values that is good where the view is used.
  template <class Upload>
  view make_view(Upload&& upload) const {
    return {payoff_, upload(growth_), total_size()};
  }

 private:
  Payoff payoff_;
  std::vector<Real> growth_;
};

/// The request for the price of a payoff: a function object that is called with an observed_path<V> for V a float, a
/// double or a pack of them and returns the amount paid at the last date, as a V. Branches in it are select(mask, a,
/// b). If it has a member type `observers`, an observer_list, the path holds what those see; otherwise S at the dates.
template <class Payoff>
struct value_of {
  Payoff payoff;

  explicit value_of(Payoff what) : payoff(std::move(what)) {}

  template <class Model>
  auto prepare(const simulation<Model>& plan) const {
    using real = typename Model::real;
    const market& asset = plan.model().asset();
    const time_grid& grid = plan.grid();
    const double last = asset.discount(grid.date(grid.date_count() - 1));
    std::vector<real> growth;
    for (std::size_t i = 0; i < grid.date_count(); ++i) {
      growth.push_back(static_cast<real>(asset.discount(grid.date(i)) / last));
    }
    return value_item<real, Payoff>(payoff, std::move(growth));
  }

  /// @throws no_answer when no payoff was finite, or the run was stopped before any path was done
  template <class Model, class Item>
  estimate result(const simulation<Model>& plan, const Item&, const double* totals, std::uint64_t /*paths*/) const {
    const double n = totals[2];
    if (n == 0) throw no_answer("no path has a finite payoff");
    const double discount = plan.model().asset().discount(plan.grid().date(plan.grid().date_count() - 1));
    const double mean = totals[0] / n;
    // Never less than what rounding leaves of the difference.
    const double square = totals[1] / n;
    const double difference = std::fmax(fma(-mean, mean, square), rounded_product(0x1p-52, square));
    const double variance = difference * (n / std::fmax(n - 1, 1.0));
    estimate e;
    e.value = discount * mean;
    // One path says nothing of its own error.
    e.standard_error = n < 2 ? std::numeric_limits<double>::infinity() : discount * sqrt(variance / n);
    e.paths = static_cast<std::uint64_t>(n);
    return e;
  }
};

SPECTRALMC_LANES_NAMESPACE_BEGIN

/// Today's price of a payoff by plain Monte Carlo over the plan's paths, with its standard error; with several payoffs
/// a tuple of them, all from the same paths. See value_of for what a payoff is. `paths` in the result counts the finite
/// ones; if it is less than the plan's, the rest were not finite or the run was stopped.
template <class Execution, class Model, class Payoff, class... More>
auto price(const Execution& execution, const simulation<Model>& plan, Payoff payoff, More... more) {
  auto results = measure(execution, plan, value_of<Payoff>(std::move(payoff)), value_of<More>(std::move(more))...);
  if constexpr (sizeof...(More) == 0) {
    return std::get<0>(std::move(results));
  } else {
    return results;
  }
}

SPECTRALMC_LANES_NAMESPACE_END

}  // namespace spectralmc
