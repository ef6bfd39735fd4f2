// When paths step and when they are looked at.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include "spectralmc/allocation.hpp"
#include "spectralmc/errors.hpp"

namespace spectralmc {

/// Observation dates, with equal steps from each date to the next. Times are in years from now.
class time_grid {
 public:
  /// The steps that lead to one observation date.
  struct stretch {
    double begin;         ///< time of the date before; of a whole grid's first, 0
    double end;           ///< the observation date
    std::uint32_t steps;  ///< equal steps between the two, at least 1
    double step_length() const { return (end - begin) / steps; }
  };

  /// One observation at `maturity`, reached in `steps` equal steps.
  /// @throws invalid_parameter unless maturity > 0 and steps > 0
  static time_grid uniform(double maturity, std::uint32_t steps) {
    require_positive("maturity", maturity);
    require(steps > 0, "steps", std::uint64_t{steps}, "at least 1");
    return time_grid({{0, maturity, steps}});
  }

  /// Observations at `dates`, one step from each to the next.
  /// @throws invalid_parameter unless the dates are positive, finite, ascending, and at least one
  static time_grid dates(const std::vector<double>& dates) {
    return time_grid::dates(dates, std::numeric_limits<double>::infinity());
  }

  /// Observations at `dates`, in steps no longer than `largest_step` (years; up to a relative 1e-9, so that 13 days
  /// take 13 daily steps).
  /// @throws invalid_parameter for dates as above, a step that is not positive, or 2^32 steps and more
  static time_grid dates(const std::vector<double>& dates, double largest_step) {
    require(!dates.empty(), "dates.size()", std::uint64_t{dates.size()}, "at least 1");
    require(largest_step > 0, "largest_step", largest_step, "(0, inf]");
    std::vector<stretch> stretches;
    reserve_room(stretches, dates.size(), "the dates of a time grid");
    double begin = 0, total = 0;
    for (double end : dates) {
      require(std::isfinite(end) && end > begin, "dates", end, "positive and strictly ascending");
      const double steps = std::fmax(1.0, std::ceil((end - begin) / largest_step * (1 - 1e-9)));
      total += steps;
      require(total < 4294967296.0, "steps", total, "fewer than 2^32");
      stretches.push_back({begin, end, static_cast<std::uint32_t>(steps)});
      begin = end;
    }
    return time_grid(std::move(stretches));
  }

  /// Observations at `dates` in steps of a day.
  static time_grid daily(const std::vector<double>& dates, double days_a_year = 365) {
    require_positive("days_a_year", days_a_year);
    return time_grid::dates(dates, 1 / days_a_year);
  }

  /// The dates behind number `date` of these, reached in the same steps: a grid that begins there, for paths that start
  /// at it (simulation::starting_from).
  /// @throws invalid_parameter unless there is a date behind it
  time_grid after(std::size_t date) const {
    require(date + 1 < stretches_.size(), "date", std::uint64_t{date}, "below the number of the last date");
    const auto behind = stretches_.begin() + static_cast<std::ptrdiff_t>(date) + 1;
    time_grid rest({behind, stretches_.end()});
    rest.first_step_ = first_step_ + step_count_ - rest.step_count_;
    return rest;
  }

  const std::vector<stretch>& stretches() const { return stretches_; }
  std::size_t date_count() const { return stretches_.size(); }
  double date(std::size_t index) const { return stretches_.at(index).end; }
  /// When the first step begins: 0 but for a grid made by after().
  double begin() const { return stretches_.front().begin; }
  /// The number of the first step, which has random numbers by it: 0 but for a grid made by after().
  std::uint32_t first_step() const { return first_step_; }
  std::uint32_t step_count() const { return step_count_; }

 private:
  explicit time_grid(std::vector<stretch> stretches) : stretches_(std::move(stretches)) {
    for (const stretch& s : stretches_) step_count_ += s.steps;
  }

  std::vector<stretch> stretches_;
  std::uint32_t step_count_ = 0, first_step_ = 0;
};

/// `count` dates at maturity/count, 2 maturity/count, ..., maturity.
/// @throws invalid_parameter unless maturity > 0 and count > 0; allocation_error
inline std::vector<double> equidistant_dates(double maturity, std::uint32_t count) {
  require_positive("maturity", maturity);
  require(count > 0, "count", std::uint64_t{count}, "at least 1");
  std::vector<double> dates;
  assign_zeros(dates, count, "equidistant dates");
  for (std::uint32_t i = 0; i < count; ++i) dates[i] = maturity * (i + 1) / count;
  return dates;
}

}  // namespace spectralmc
