// Joint spectra from paths: the request for the joint characteristic function of two observations in a run.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "spectralmc/allocation.hpp"
#include "spectralmc/errors.hpp"
#include "spectralmc/paths/measurement.hpp"
#include "spectralmc/paths/observer_concept.hpp"
#include "spectralmc/paths/seen_quantity.hpp"
#include "spectralmc/requests/joint_spectrum_item.hpp"
#include "spectralmc/requests/spectrum_of.hpp"
#include "spectralmc/spectral/cosine_law.hpp"
#include "spectralmc/spectral/joint_spectrum.hpp"

namespace spectralmc {

SPECTRALMC_LANES_NAMESPACE_BEGIN

/// Two observations on 8192 paths with numbers of their own (see pilot_run), from which the number of terms is found.
class joint_pilot_run {
 public:
  /// @throws no_answer when no pair is finite, or the plan's progress callback stops the run
  template <class Model, class Generator, class First, class Second>
  joint_pilot_run(const simulation<Model, Generator>& plan, const observation<First>& first,
                  const observation<Second>& second) {
    using observers = observer_list<First, Second>;
    const path_tables tables(detail::pilot_of(plan), observers::every_step);
    const chunk_memory<typename Model::real> memory(tables.program(), 2);
    const auto keep_on = [&] { return detail::report_progress(plan, 0); };
    path_watch watch(keep_on);
    for (std::uint32_t begin = 0; begin < detail::pilot_paths; begin += chunk_paths) {
      detail::follow_pilots(tables.program(), observers{first.observer, {second.observer, {}}}, begin, memory, watch);
      const observed_chunk<typename Model::real> chunk{memory.observed.get(), tables.program().dates, chunk_paths};
      const auto *x = chunk.row(0, first.date), *y = chunk.row(1, second.date);
      for (std::uint32_t i = 0; i < chunk_paths; ++i) {
        if (!is_finite(x[i]) || !is_finite(y[i])) continue;
        x_.push_back(static_cast<double>(x[i]));
        y_.push_back(static_cast<double>(y[i]));
      }
    }
    if (x_.empty()) throw no_answer("no path of the pilot run is finite in both quantities");
  }

  /// Terms that the joint law needs on a rectangle of these widths, 32 to 256. |phi(u, v)| is largest for a given u
  /// near v = -b u with b the slope of Y's regression on X, where it is the characteristic function of what of X is
  /// left, and so for a given v; so these laws count as well as those of X and Y alone.
  std::uint32_t terms(double first_width, double second_width) const {
    const std::vector<std::uint32_t> choices{32, 48, 64, 96, 128, 192, 256};
    const auto needed = [&](const std::vector<double>& samples, double width) {
      return detail::terms_of_samples(samples, width, choices);
    };
    return (std::max)((std::max)(needed(x_, first_width), needed(y_, second_width)),
                      (std::max)(needed(rest(x_, y_), first_width), needed(rest(y_, x_), second_width)));
  }

 private:
  /// What is left of x when its regression on y is taken off.
  static std::vector<double> rest(const std::vector<double>& x, const std::vector<double>& y) {
    const auto count = static_cast<double>(x.size());
    double x_sum = 0, y_sum = 0, product = 0, square = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
      x_sum += x[i];
      y_sum += y[i];
    }
    for (std::size_t i = 0; i < x.size(); ++i) {
      const double from_mean = y[i] - y_sum / count;
      product = fma(x[i] - x_sum / count, from_mean, product);
      square = fma(from_mean, from_mean, square);
    }
    const double slope = square > 0 ? product / square : 0;
    std::vector<double> result(x.size());
    for (std::size_t i = 0; i < x.size(); ++i) result[i] = fma(-slope, y[i], x[i]);
    return result;
  }

  std::vector<double> x_, y_;
};

/// The request for the joint characteristic function of what two observers see, each at a date: two assets at one date,
/// one asset at two.
///
/// Intervals that are not named are those that spectrum_of finds for each quantity alone. Both quantities get the same
/// number of terms N: that named, or else what joint_pilot_run finds. The spectrum is taken at 2 N frequencies of each,
/// which the error bars need. A path costs 16 N^2 fused multiply-adds; a thread takes 32 KiB x N of memory in float,
/// twice that in double, and 128 N^2 bytes for its sums.
template <class First, class Second>
class joint_spectrum_of {
 public:
  static constexpr std::uint32_t largest_terms = 2048;  ///< whose sums are 512 MiB already

  /// @param intervals of the first and the second quantity; none to have them found
  joint_spectrum_of(First one, double one_time, Second other, double other_time, std::vector<interval> intervals = {})
      : first_(one), second_(other), first_time_(one_time), second_time_(other_time), supports_(std::move(intervals)) {}
  joint_spectrum_of(First one, Second other, double time, std::vector<interval> intervals = {})
      : joint_spectrum_of(one, time, other, time, std::move(intervals)) {}

  /// Terms of the joint law's expansion, as many for either quantity.
  /// @throws invalid_parameter outside [8, 2048]
  joint_spectrum_of& terms(std::uint32_t count) {
    terms_ = detail::checked_terms(count, largest_terms, "[8, 2048] for a joint spectrum");
    return *this;
  }

  /// Half the width of intervals that are found, as spectrum_of::interval_width.
  /// @throws invalid_parameter unless it is positive and finite
  joint_spectrum_of& interval_width(double deviations) {
    interval_width_ = detail::checked_interval_width(deviations);
    return *this;
  }

  /// @throws invalid_parameter when a time is no date of the grid (up to a relative 1e-9), or intervals are
  ///         given, but not two that are finite and ascending
  /// @throws no_answer when one of the two quantities is certain, or no path of the pilot run is finite in both
  template <class Model, class Generator>
  auto prepare(const simulation<Model, Generator>& plan) const {
    static_assert(detail::check_observer<First, Model>() && detail::check_observer<Second, Model>());
    const std::size_t first_date = date_of(plan.grid(), first_time_), second_date = date_of(plan.grid(), second_time_);
    detail::observed_by(first_, plan.model(), first_time_);  // an observer that makes no sense throws here
    detail::observed_by(second_, plan.model(), second_time_);
    if (!supports_.empty()) {
      require(supports_.size() == 2, "supports.size()", std::uint64_t{supports_.size()}, "2, or none");
      for (const interval& support : supports_) frequency_grid::for_interval(support, 2);
    }
    observation<First> one{first_, first_date, {}};
    observation<Second> other{second_, second_date, {}};
    if (supports_.empty()) {
      one.support = support_found(first_, plan, first_date);
      other.support = support_found(second_, plan, second_date);
    } else {
      one.support = supports_[0];
      other.support = supports_[1];
    }
    detail::require_random(detail::certainly_seen<First>(plan, plan.grid().date(first_date)));
    detail::require_random(detail::certainly_seen<Second>(plan, plan.grid().date(second_date)));
    const std::uint32_t terms =
        terms_ != 0 ? terms_ : joint_pilot_run(plan, one, other).terms(one.support.width(), other.support.width());
    return joint_spectrum_item<typename Model::real, First, Second>(one, other, terms);
  }

  /// @throws no_answer when no pair is finite, or the run was stopped before any path was done
  template <class Model, class Generator, class Item>
  joint_spectrum result(const simulation<Model, Generator>& plan, const Item& item, const item_sums& run) const {
    const std::size_t n = item.frequencies(), height = 2 * n;
    const interval x = item.first_support(), y = item.second_support();
    const std::vector<complex<double>> first_phase = phases(x, n), second_phase = phases(y, n);
    const auto mean_over = [&](const double* totals) {
      const double finite = totals[height * height];
      if (finite == 0) throw no_answer("no path was simulated of which both quantities are finite");
      std::vector<complex<double>> values;
      assign_zeros(values, n * (2 * n - 1), "a joint spectrum");
      auto next = values.begin();
      for (std::size_t j = 0; j < n; ++j) {
        const double *cosines = totals + 2 * j * height, *sines = cosines + height;
        for (std::size_t column = 0; column < 2 * n - 1; ++column) {
          const bool negative = column < n - 1;
          const std::size_t k = negative ? n - 1 - column : column - (n - 1);
          const double cc = cosines[2 * k], cs = cosines[2 * k + 1], sc = sines[2 * k], ss = sines[2 * k + 1];
          const complex<double> sum = negative ? complex<double>(cc + ss, sc - cs) : complex<double>(cc - ss, sc + cs);
          const complex<double> phase = negative ? conj(second_phase[k]) : second_phase[k];
          *next++ = sum / finite * first_phase[j] * phase;
        }
      }
      return values;
    };
    std::vector<std::vector<complex<double>>> replicates;
    for (const double* totals : run.replicates) replicates.push_back(mean_over(totals));
    std::vector<complex<double>> values = mean_over(run.totals);
    const double* counts = run.totals + height * height;
    const auto kept = static_cast<std::uint64_t>(counts[0]);
    return joint_spectrum({frequency_grid::for_interval(x, n), x, detail::observed_in(first_, plan, first_time_),
                           empirical_detail::outside_of(counts)},
                          {frequency_grid::for_interval(y, n), y, detail::observed_in(second_, plan, second_time_),
                           empirical_detail::outside_of(counts + empirical_detail::sample_counts::size)},
                          std::move(values), kept, run.paths - kept,
                          static_cast<std::uint64_t>(counts[2 * empirical_detail::sample_counts::size]),
                          sizeof(typename Model::real) == sizeof(float) ? 0x1p-24 : 0x1p-53, std::move(replicates));
  }

 private:
  template <class Observer, class Plan>
  interval support_found(const Observer& observer, const Plan& plan, std::size_t date) const {
    spectrum_of<Observer> request(observer);
    request.terms(8);  // they are found otherwise
    if (interval_width_ != 0) request.interval_width(interval_width_);
    return request.prepare(plan).support(date);
  }

  static std::size_t date_of(const time_grid& grid, double time) {
    std::size_t nearest = 0;
    for (std::size_t date = 0; date < grid.date_count(); ++date) {
      if (std::fabs(grid.date(date) - time) < std::fabs(grid.date(nearest) - time)) nearest = date;
    }
    require(std::fabs(grid.date(nearest) - time) <= 1e-9 * grid.date(nearest), "time", time,
            "an observation date of the time grid");
    return nearest;
  }

  /// exp(i u_k lower).
  static std::vector<complex<double>> phases(const interval& support, std::size_t count) {
    const double start = support.lower / (2 * support.width());
    std::vector<complex<double>> result(count);
    for (std::size_t k = 0; k < count; ++k) {
      sin_cos_2pi(detail::fraction_of_turn(static_cast<double>(k), start), result[k].im, result[k].re);
    }
    return result;
  }

  First first_;
  Second second_;
  double first_time_, second_time_;
  std::vector<interval> supports_;
  std::uint32_t terms_ = 0;    // 0: found for the law
  double interval_width_ = 0;  // 0: found for the laws
};

/// The joint characteristic function that the request is for, from the plan's paths.
template <class Execution, class Model, class Generator, class First, class Second>
joint_spectrum joint_characteristic_function(const Execution& execution, const simulation<Model, Generator>& plan,
                                             const joint_spectrum_of<First, Second>& request) {
  return std::get<0>(measure(execution, plan, request));
}

/// That of what two observers see at a date of the plan.
template <class Execution, class Model, class Generator, class First, class Second,
          class = std::enable_if_t<!std::is_arithmetic_v<Second>>>
joint_spectrum joint_characteristic_function(const Execution& execution, const simulation<Model, Generator>& plan,
                                             First first, Second second, double time) {
  return joint_characteristic_function(execution, plan, joint_spectrum_of(first, second, time));
}

/// That of what one observer sees at two dates of the plan.
template <class Execution, class Model, class Generator, class Observer>
joint_spectrum joint_characteristic_function(const Execution& execution, const simulation<Model, Generator>& plan,
                                             Observer observer, double first_time, double second_time) {
  return joint_characteristic_function(execution, plan, joint_spectrum_of(observer, first_time, observer, second_time));
}

SPECTRALMC_LANES_NAMESPACE_END

}  // namespace spectralmc
