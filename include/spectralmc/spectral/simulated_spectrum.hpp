// Spectra from paths: the request for a characteristic function in a run, and how its interval is found.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "spectralmc/paths/measurement.hpp"
#include "spectralmc/spectral/characteristic_function.hpp"
#include "spectralmc/spectral/cumulants.hpp"
#include "spectralmc/spectral/empirical.hpp"
#include "spectralmc/spectral/spectrum.hpp"

namespace spectralmc {

namespace detail {

template <class Model, class = void>
struct has_closed_form : std::false_type {};
template <class Model>
struct has_closed_form<Model, std::void_t<decltype(std::declval<const Model&>().log_characteristic_function(
                                  std::declval<complex<double>>(), 1.0))>> : std::true_type {};

}  // namespace detail

/// The sums of one observer's characteristic function at all dates; made by spectrum_of.
template <class Real, class Observer>
class spectrum_item {
 public:
  using observers = observer_list<Observer>;

  spectrum_item(const std::vector<interval>& supports, std::uint32_t terms) : frequencies_(std::size_t{2} * terms) {
    for (const interval& support : supports) {
      // The rounded numbers that the paths' arithmetic uses define the interval, so that no error is left between them.
      const auto scale = static_cast<Real>(0.5 / support.width());
      const auto offset = static_cast<Real>(-support.lower * static_cast<double>(scale));
      const double lower = -static_cast<double>(offset) / static_cast<double>(scale);
      maps_.push_back({scale, offset, {lower, lower + 0.5 / static_cast<double>(scale)}});
    }
  }

  using workspace = std::unique_ptr<turned_samples<Real>>;
  static workspace make_workspace() {
    workspace space(new (std::nothrow) turned_samples<Real>);
    if (!space) throw allocation_error("the samples of one chunk of paths", sizeof(turned_samples<Real>));
    return space;
  }

  /// For each date: cosine sums, sine sums, finite samples, samples outside the interval.
  std::size_t date_size() const { return 2 * frequencies_ + 2; }
  std::size_t total_size() const { return maps_.size() * date_size(); }
  std::size_t frequencies() const { return frequencies_; }
  std::size_t dates() const { return maps_.size(); }
  interval support(std::size_t date) const { return maps_[date].support; }

  void add(const observed_chunk<Real>& chunk, std::size_t first_observer, workspace& space, double* totals) const {
    using V = lanes<Real, native_lane_count<Real>>;
    turned_samples<Real>& samples = *space;
    const std::size_t rows = (chunk.paths + canonical_slot_count - 1) / canonical_slot_count;
    const std::size_t padded = rows * canonical_slot_count;
    for (std::size_t date = 0; date < maps_.size(); ++date, totals += date_size()) {
      const Real* observed = chunk.row(first_observer, date);
      for (std::size_t i = 0; i < padded; i += native_lane_count<Real>) {
        empirical::turn(V::load(observed + i), maps_[date].scale, maps_[date].offset, samples, i);
      }
      for (std::size_t i = chunk.paths; i < padded; ++i) samples.weight[i] = 0;
      std::uint32_t finite = 0, outside = 0;
      for (std::size_t i = 0; i < padded; ++i) {
        const bool counts = samples.weight[i] != 0;
        finite += counts;
        outside += counts && (samples.turns[i] < 0 || samples.turns[i] > Real(0.5));
      }
      empirical::add_chunk(samples, finite < padded, rows, frequencies_, totals, totals + frequencies_);
      totals[2 * frequencies_] += finite;
      totals[2 * frequencies_ + 1] += outside;
    }
  }

  /// What a kernel needs of the item: the same sums by a block of threads. totals are set, not added to.
  struct view {
    static constexpr std::size_t observer_count = 1;
    const Real* scales;
    const Real* offsets;
    std::size_t frequencies;
    std::size_t size;

    template <class Block, class Shared>
    SPECTRALMC_HOST_DEVICE void add(const Block& threads, const observed_chunk<Real>& chunk, std::size_t first_observer,
                                    Shared& shared, Real* scratch, double* totals) const {
      for (std::uint32_t date = 0; date < chunk.dates; ++date, totals += 2 * frequencies + 2) {
        empirical::add_in_phases(threads, chunk.row(first_observer, date), chunk.paths, scales[date], offsets[date],
                                 frequencies, shared, scratch, totals);
      }
    }
  };

  std::size_t scratch_size() const { return empirical::slot_sum_size(frequencies_); }

  /// `upload(vector)` gives a pointer to the vector's values that is good where the view is used.
  template <class Upload>
  view make_view(Upload&& upload) const {
    std::vector<Real> scales, offsets;
    for (const map& m : maps_) {
      scales.push_back(m.scale);
      offsets.push_back(m.offset);
    }
    return {upload(scales), upload(offsets), frequencies_, total_size()};
  }

 private:
  struct map {
    Real scale, offset;  // turns = sample x scale + offset
    interval support;
  };
  std::size_t frequencies_;
  std::vector<map> maps_;
};

SPECTRALMC_LANES_NAMESPACE_BEGIN

/// Cumulants of what one observer sees at each date, from a pilot run of 8192 paths with numbers of their own. It runs
/// on the caller's thread whatever the execution, so that the interval is the same for all.
template <class Model, class Observer>
std::vector<cumulants> pilot_cumulants(const simulation<Model>& plan, Observer) {
  using real = typename Model::real;
  constexpr std::uint32_t chunks = 8;
  simulation<Model> pilot = plan;
  pilot.first_path(0).paths(chunks * chunk_paths).substream(0x7fffffffU - plan.substream());
  const path_tables<Model> tables(pilot, Observer::schedule == monitoring::every_step);
  const std::size_t dates = plan.grid().date_count(), chunk_size = dates * chunk_paths;
  std::vector<real> observed(chunks * chunk_size);
  for (std::uint32_t chunk = 0; chunk < chunks; ++chunk) {
    observe_chunk(tables.program(), observer_list<Observer>{}, std::uint64_t{chunk} * chunk_paths, chunk_paths,
                  observed.data() + chunk * chunk_size);
  }
  std::vector<cumulants> result(dates);
  for (std::size_t date = 0; date < dates; ++date) {
    const real* row = observed.data() + date * chunk_paths;
    const auto for_each_sample = [&](auto&& visit) {
      for (std::uint32_t i = 0; i < chunks * chunk_paths; ++i) {
        const auto x = static_cast<double>(row[i / chunk_paths * chunk_size + i % chunk_paths]);
        if (is_finite(x)) visit(x);
      }
    };
    double count = 0, sum = 0, squares = 0, fourth_powers = 0;
    for_each_sample([&](double x) { count += 1, sum += x; });
    if (count == 0) throw no_answer("no path of the pilot run is finite at time " + value_text(plan.grid().date(date)));
    const double mean = sum / count;
    for_each_sample([&](double x) {
      const double square = (x - mean) * (x - mean);
      squares = fma(x - mean, x - mean, squares);
      fourth_powers = fma(square, square, fourth_powers);
    });
    const double variance = squares / count;
    result[date] = {mean, variance, 0, fma(-3 * variance, variance, fourth_powers / count)};
  }
  return result;
}

/// The request for the characteristic function of what `Observer` sees, at every date. Its intervals, unless given,
/// come from the model's own cumulants for log-returns and from a pilot run otherwise.
template <class Observer>
struct spectrum_of {
  Observer observer;
  std::vector<interval> supports;  ///< one for each date; empty to have them found

  explicit spectrum_of(Observer what, std::vector<interval> intervals = {})
      : observer(what), supports(std::move(intervals)) {}

  /// @throws invalid_parameter when intervals are given, but not one for each date, or one is not finite and ascending
  template <class Model>
  auto prepare(const simulation<Model>& plan) const {
    const std::size_t dates = plan.grid().date_count();
    if (supports.empty()) return item_for<Model>(find_supports(plan), plan.terms());
    require(supports.size() == dates, "supports.size()", std::uint64_t{supports.size()}, "the number of dates");
    for (const interval& support : supports) frequency_grid::for_interval(support, 2);
    return item_for<Model>(supports, plan.terms());
  }

  /// @throws no_answer when no path is finite, or the run was stopped before any was done
  template <class Model, class Item>
  spectra result(const simulation<Model>& plan, const Item& item, const double* totals, std::uint64_t paths) const {
    std::vector<spectrum> by_date;
    const std::size_t frequencies = item.frequencies();
    for (std::size_t date = 0; date < item.dates(); ++date, totals += item.date_size()) {
      const double finite = totals[2 * frequencies];
      if (finite == 0) throw no_answer("no finite path was simulated");
      const interval support = item.support(date);
      const auto grid = frequency_grid::for_interval(support, frequencies);
      const double start = support.lower / (2 * support.width());
      std::vector<complex<double>> values(frequencies);
      for (std::size_t k = 0; k < frequencies; ++k) {
        double sine, cosine;
        sin_cos_2pi(detail::fraction_of_turn(static_cast<double>(k), start), sine, cosine);
        values[k] =
            complex<double>(totals[k] / finite, totals[frequencies + k] / finite) * complex<double>(cosine, sine);
      }
      const double time = plan.grid().date(date);
      observed_quantity quantity;
      if (Observer::logarithmic) {
        quantity = log_return_quantity(plan.model().asset(), time);
      } else {
        quantity.time = time;
        quantity.discount = plan.model().asset().discount(time);
        if (std::is_same_v<Observer, spot>) quantity.forward = plan.model().asset().forward(time);
      }
      const auto kept = static_cast<std::uint64_t>(finite);
      by_date.emplace_back(grid, std::move(values), support, quantity, kept, paths - kept,
                           static_cast<std::uint64_t>(totals[2 * frequencies + 1]));
    }
    return spectra(std::move(by_date));
  }

 private:
  template <class Model>
  using item_for = spectrum_item<typename Model::real, Observer>;

  template <class Model>
  std::vector<interval> find_supports(const simulation<Model>& plan) const {
    std::vector<cumulants> by_date;
    if constexpr (std::is_same_v<Observer, log_return> && detail::has_closed_form<Model>::value) {
      for (const time_grid::stretch& s : plan.grid().stretches()) {
        by_date.push_back(log_return_cumulants(plan.model(), s.end));
      }
    } else {
      by_date = pilot_cumulants(plan, observer);
    }
    std::vector<interval> found;
    found.reserve(by_date.size());
    for (const cumulants& c : by_date) found.push_back(c.span(plan.interval_width()));
    return found;
  }
};

/// The empirical characteristic function of what the observer sees, at every date of the plan; with several observers
/// a tuple of them, all from the same paths. See spectrum_of.
template <class Execution, class Model, class Observer, class... More>
auto characteristic_function(const Execution& execution, const simulation<Model>& plan, Observer observer,
                             More... more) {
  auto results = measure(execution, plan, spectrum_of<Observer>(observer), spectrum_of<More>(more)...);
  if constexpr (sizeof...(More) == 0) {
    return std::get<0>(std::move(results));
  } else {
    return results;
  }
}

SPECTRALMC_LANES_NAMESPACE_END

}  // namespace spectralmc
