// Spectra from paths: the request for a characteristic function in a run, and how its interval is found.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "spectralmc/allocation.hpp"
#include "spectralmc/paths/measurement.hpp"
#include "spectralmc/spectral/characteristic_function.hpp"
#include "spectralmc/spectral/cumulants.hpp"
#include "spectralmc/spectral/empirical.hpp"
#include "spectralmc/spectral/spectrum.hpp"
#include "spectralmc/spectral/spread_samples.hpp"
#include "spectralmc/spectral/summation.hpp"

namespace spectralmc {

namespace detail {

template <class Model, class = void>
struct has_closed_form : std::false_type {};
template <class Model>
struct has_closed_form<Model, std::void_t<decltype(std::declval<const Model&>().log_characteristic_function(
                                  std::declval<complex<double>>(), 1.0))>> : std::true_type {};

/// Whether a model's closed form is that of what the observer sees.
template <class Model, class Observer>
constexpr bool sees_closed_form() {
  if constexpr (has_closed_form<Model>::value) {
    using asset_observer = std::conditional_t<models_logarithm<Model>, log_return, spot>;
    return std::is_same_v<Observer, std::conditional_t<models_short_rate<Model>, short_rate, asset_observer>>;
  } else {
    return false;
  }
}

}  // namespace detail

/// The sums of one observer's characteristic function at all dates; made by spectrum_of.
template <class Real, class Observer>
class spectrum_item {
 public:
  using observers = observer_list<Observer>;

  spectrum_item(const Observer& observer, const std::vector<interval>& supports, std::uint32_t terms, summation method)
      : observer_(observer),
        frequencies_(std::size_t{2} * terms),
        method_(detail::chosen_summation(method, frequencies_)) {
    if (method_ == summation::nonuniform) {
      grid_size_ = 16;
      while (grid_size_ < 4 * frequencies_) grid_size_ *= 2;  // for positive and negative frequencies
      const double upsampling = static_cast<double>(grid_size_) / static_cast<double>(2 * frequencies_);
      kernel_.emplace(sizeof(Real) == sizeof(float) ? 1e-6 : 1e-12, upsampling);
    }
    for (const interval& support : supports) {
      // The rounded numbers that the paths' arithmetic uses define the interval, so that no error is left between them.
      const auto scale = static_cast<Real>(0.5 / support.width());
      const auto offset = static_cast<Real>(-support.lower * static_cast<double>(scale));
      const double lower = -static_cast<double>(offset) / static_cast<double>(scale);
      maps_.push_back({scale, offset, {lower, lower + 0.5 / static_cast<double>(scale)}});
    }
  }

  using workspace = std::unique_ptr<turned_samples<Real>[]>;
  static workspace make_workspace() { return allocate<turned_samples<Real>>(1, "the samples of one chunk of paths"); }

  observers observer_values() const { return {observer_, {}}; }

  /// For each date: cosine sums and sine sums, or the grid; finite samples, samples outside the interval.
  std::size_t date_size() const { return sums_size() + 2; }
  std::size_t total_size() const { return maps_.size() * date_size(); }
  std::size_t frequencies() const { return frequencies_; }
  std::size_t dates() const { return maps_.size(); }
  interval support(std::size_t date) const { return maps_[date].support; }
  summation method() const { return method_; }

  /// Of the samples at a date, given its totals.
  double finite(const double* totals) const { return totals[sums_size()]; }
  double outside(const double* totals) const { return totals[sums_size() + 1]; }
  /// The sums of exp(i u_k (x - support.lower)).
  std::vector<complex<double>> sums(const double* totals) const {
    if (method_ == summation::nonuniform) {
      return empirical::sums_of_grid(*kernel_, grid_size_, frequencies_, totals);
    }
    std::vector<complex<double>> result(frequencies_);
    for (std::size_t k = 0; k < frequencies_; ++k) result[k] = {totals[k], totals[frequencies_ + k]};
    return result;
  }

  void add(const observed_chunk<Real>& chunk, std::size_t first_observer, workspace& space, double* totals) const {
    using V = lanes<Real, native_lane_count<Real>>;
    if (method_ == summation::nonuniform) {
      for (std::size_t date = 0; date < maps_.size(); ++date, totals += date_size()) {
        spread<1>(maps_[date], chunk.row(first_observer, date), chunk.paths, totals);
      }
      return;
    }
    turned_samples<Real>& samples = space[0];
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
    empirical::spreading<Real> spreading;  // without coefficients where sums are direct
    std::size_t size;

    template <class Block, class Shared>
    SPECTRALMC_HOST_DEVICE void add(const Block& threads, const observed_chunk<Real>& chunk, std::size_t first_observer,
                                    Shared& shared, Real* scratch, double* totals) const {
      for (std::uint32_t date = 0; date < chunk.dates; ++date) {
        if (spreading.kernel.coefficients != nullptr) {
          empirical::spreading<Real> to = spreading;
          to.scale = scales[date];
          to.offset = offsets[date];
          empirical::spread_in_phases(threads, to, chunk.row(first_observer, date), chunk.paths, shared, totals);
          totals += empirical::spread_size(spreading.grid_size) + 2;
          continue;
        }
        empirical::add_in_phases(threads, chunk.row(first_observer, date), chunk.paths, scales[date], offsets[date],
                                 frequencies, shared, scratch, totals);
        totals += 2 * frequencies + 2;
      }
    }
  };

  std::size_t scratch_size() const {
    return method_ == summation::nonuniform ? 0 : empirical::slot_sum_size(frequencies_);
  }

  /// `upload(vector)` gives a pointer to the vector's values that is good where the view is used.
  template <class Upload>
  view make_view(Upload&& upload) const {
    std::vector<Real> scales, offsets;
    for (const map& m : maps_) {
      scales.push_back(m.scale);
      offsets.push_back(m.offset);
    }
    empirical::spreading<Real> spreading = spreading_of({});
    if (method_ == summation::nonuniform) spreading.kernel.coefficients = upload(kernel_->coefficient_rows());
    return {upload(scales), upload(offsets), frequencies_, spreading, total_size()};
  }

 private:
  struct map {
    Real scale, offset;  // turns = sample x scale + offset
    interval support;
  };

  std::size_t sums_size() const {
    return method_ == summation::nonuniform ? empirical::spread_size(grid_size_) : 2 * frequencies_;
  }

  empirical::spreading<Real> spreading_of(const map& m) const {
    if (method_ != summation::nonuniform) return {};
    return {kernel_->table(nullptr), static_cast<std::uint32_t>(grid_size_), m.scale, m.offset};
  }

  template <std::size_t packs>
  void spread(const map& m, const Real* observed, std::uint32_t paths, double* totals) const {
    constexpr std::size_t reach = packs * lane_count<lanes<Real>>;
    if constexpr (reach < spreading_kernel<Real>::largest_width) {
      if (kernel_->width() > reach) return spread<packs + 1>(m, observed, paths, totals);
    }
    empirical::spread_chunk<packs>(*kernel_, spreading_of(m), observed, paths, totals);
  }

  Observer observer_;
  std::size_t frequencies_;
  summation method_;
  std::size_t grid_size_ = 0;
  std::optional<spreading_kernel<Real>> kernel_;  // where samples are spread
  std::vector<map> maps_;
};

namespace detail {

/// Of ascending numbers of terms the one that the samples' law needs on an interval of that width, or the last. The
/// largest frequency k at which |phi| stands out of the samples' noise is looked for, and as many terms taken as make
/// an exponential decay fall from the noise's level of 8192 samples to 1e-4, 2.4 k.
inline std::uint32_t terms_of_samples(const std::vector<double>& samples, double width,
                                      const std::vector<std::uint32_t>& choices) {
  const auto count = static_cast<double>(samples.size());
  const double turns = 0.5 / width;
  for (const std::uint32_t terms : choices) {
    // The mean of four |phi|^2 of pure noise exceeds four times its expectation in 1 of 10000 cases.
    const std::uint32_t first = terms * 5 / 12;
    double sum = 0;
    for (std::uint32_t k = first; k < first + 4 && terms != choices.back(); ++k) {
      double cosines = 0, sines = 0;
      for (const double x : samples) {
        double sine, cosine;
        sin_cos_2pi(fraction_of_turn(static_cast<double>(k), turns * x), sine, cosine);
        cosines += cosine;
        sines += sine;
      }
      sum = fma(cosines, cosines, fma(sines, sines, sum));
    }
    if (sum <= 16 * count) return terms;
  }
  return choices.back();
}

}  // namespace detail

SPECTRALMC_LANES_NAMESPACE_BEGIN

/// What one observer sees at each date, on 8192 paths with numbers of their own: from it come interval and number of
/// terms where no formula gives them. It runs on the caller's thread whatever the execution, so that they are the same
/// for all.
template <class Model, class Observer>
class pilot_run {
 public:
  /// @throws no_answer when no path is finite at some date
  pilot_run(const simulation<Model>& plan, const Observer& observer) {
    simulation<Model> pilot = plan;
    pilot.first_path(0).paths(paths).substream(0x7fffffffU - plan.substream());
    const path_tables<Model> tables(pilot, Observer::schedule == monitoring::every_step);
    const std::size_t dates = plan.grid().date_count();
    const chunk_memory<typename Model::real> memory(tables.program(), 1);
    samples_.resize(dates);
    for (std::uint32_t first = 0; first < paths; first += chunk_paths) {
      observe_chunk(tables.program(), observer_list<Observer>{observer, {}}, first, chunk_paths, memory);
      for (std::size_t date = 0; date < dates; ++date) {
        const auto* row = memory.observed.get() + date * chunk_paths;
        for (std::uint32_t i = 0; i < chunk_paths; ++i) {
          if (is_finite(row[i])) samples_[date].push_back(static_cast<double>(row[i]));
        }
      }
    }
    for (std::size_t date = 0; date < dates; ++date) {
      if (!samples_[date].empty()) continue;
      throw no_answer("no path of the pilot run is finite at time " + value_text(plan.grid().date(date)));
    }
  }

  /// Mean, variance and fourth cumulant at a date; the third is left 0.
  cumulants moments(std::size_t date) const {
    const std::vector<double>& samples = samples_[date];
    const auto count = static_cast<double>(samples.size());
    double sum = 0, squares = 0, fourth_powers = 0;
    for (const double x : samples) sum += x;
    const double mean = sum / count;
    for (const double x : samples) {
      const double square = (x - mean) * (x - mean);
      squares = fma(x - mean, x - mean, squares);
      fourth_powers = fma(square, square, fourth_powers);
    }
    const double variance = squares / count;
    return {mean, variance, 0, fma(-3 * variance, variance, fourth_powers / count)};
  }

  /// Terms that a law needs on an interval of that width: a power of two from 128 to 512.
  std::uint32_t terms(std::size_t date, double width) const {
    return detail::terms_of_samples(samples_[date], width, {128, 256, 512});
  }

 private:
  static constexpr std::uint32_t paths = 8 * chunk_paths;
  std::vector<std::vector<double>> samples_;  // finite ones, by date
};

/// The request for the characteristic function of what `Observer` sees, at every date.
///
/// Intervals and terms that neither the plan nor this request names are found, by rules that look neither at the
/// execution nor at the paths of the plan, so that spectra of several runs belong together:
/// - for what a model's closed form describes, the log-return or S, the interval leaves 1e-8 of the mass to either side
///   at most (model_range), and the terms are those up to which |phi| has fallen to 1e-4;
/// - otherwise the interval is the mean +- 10 sqrt(c2 + sqrt(c4)) of a pilot run, and the terms are found from it as
///   well (pilot_run).
/// All dates get the largest number of terms that one of them needs: a multiple of 32 from 64 to 2048.
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
    detail::observed_by(observer, plan.model(), plan.grid().date(0));  // an observer that makes no sense throws here
    if (!supports.empty()) {
      require(supports.size() == dates, "supports.size()", std::uint64_t{supports.size()}, "the number of dates");
      for (const interval& support : supports) frequency_grid::for_interval(support, 2);
      if (plan.terms() != 0) return item_for<Model>(observer, supports, plan.terms(), plan.summed_by());
    }
    std::vector<interval> found = supports;
    std::uint32_t terms = plan.terms() != 0 ? plan.terms() : 64;
    if constexpr (detail::sees_closed_form<Model, Observer>()) {
      for (std::size_t date = 0; date < dates; ++date) {
        const double time = plan.grid().date(date);
        if (supports.empty()) found.push_back(find_support(plan, time));
        if (plan.terms() == 0) terms = (std::max)(terms, find_terms(plan.model(), time, found[date].width()));
      }
    } else {
      const pilot_run<Model, Observer> pilot(plan, observer);
      for (std::size_t date = 0; date < dates; ++date) {
        const double width = plan.interval_width() != 0 ? plan.interval_width() : 10;
        if (supports.empty()) found.push_back(pilot.moments(date).span(width));
        if (plan.terms() == 0) terms = (std::max)(terms, pilot.terms(date, found[date].width()));
      }
    }
    return item_for<Model>(observer, found, terms, plan.summed_by());
  }

  /// @throws no_answer when no path is finite, or the run was stopped before any was done
  template <class Model, class Item>
  spectra result(const simulation<Model>& plan, const Item& item, const double* totals, std::uint64_t paths) const {
    std::vector<spectrum> by_date;
    const std::size_t frequencies = item.frequencies();
    for (std::size_t date = 0; date < item.dates(); ++date, totals += item.date_size()) {
      const double finite = item.finite(totals);
      if (finite == 0) throw no_answer("no finite path was simulated");
      const interval support = item.support(date);
      const auto grid = frequency_grid::for_interval(support, frequencies);
      const double start = support.lower / (2 * support.width());
      std::vector<complex<double>> values = item.sums(totals);
      for (std::size_t k = 0; k < frequencies; ++k) {
        double sine, cosine;
        sin_cos_2pi(detail::fraction_of_turn(static_cast<double>(k), start), sine, cosine);
        values[k] = complex<double>(values[k].re / finite, values[k].im / finite) * complex<double>(cosine, sine);
      }
      // All weights of the kernel, which are one for a sample but for rounding and tolerance.
      if (item.method() == summation::nonuniform) values[0] = complex<double>(1, 0);
      const double time = plan.grid().date(date);
      const observed_quantity quantity = detail::observed_by(observer, plan.model(), time);
      const auto kept = static_cast<std::uint64_t>(finite);
      by_date.emplace_back(grid, std::move(values), support, quantity, kept, paths - kept,
                           static_cast<std::uint64_t>(item.outside(totals)),
                           sizeof(typename Model::real) == sizeof(float) ? 0x1p-24 : 0x1p-53, item.method());
    }
    return spectra(std::move(by_date));
  }

 private:
  template <class Model>
  using item_for = spectrum_item<typename Model::real, Observer>;

  template <class Model>
  static interval find_support(const simulation<Model>& plan, double time) {
    if (plan.interval_width() != 0) return observed_cumulants(plan.model(), time).span(plan.interval_width());
    return detail::observed_map(plan.model(), time)(model_range(plan.model(), time, 1e-8));
  }

  /// |phi| falls nearly everywhere, but need not: the last of 8 frequencies in a row must have it small as well.
  template <class Model>
  static std::uint32_t find_terms(const Model& model, double time, double width) {
    const auto is_small = [&](std::uint32_t k) {
      const double u = detail::observed_map(model, time).scale * static_cast<double>(k) * (pi / width);
      return exp(model.log_characteristic_function(complex<double>(u, 0), time).re) < 1e-4;
    };
    std::uint32_t terms = 64;
    while (terms < 2048 && !(is_small(terms) && is_small(terms + 8))) terms += 32;
    return terms;
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
