// A few paths before a run, which tell what it needs to know of laws that no formula describes.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "spectralmc/errors.hpp"
#include "spectralmc/numeric/elementary.hpp"
#include "spectralmc/paths/measurement.hpp"
#include "spectralmc/paths/observer.hpp"
#include "spectralmc/paths/path_states.hpp"
#include "spectralmc/random/numbering.hpp"
#include "spectralmc/spectral/cosine_law.hpp"
#include "spectralmc/spectral/cumulants.hpp"
#include "spectralmc/spectral/spectrum.hpp"

namespace spectralmc {

namespace detail {

/// Paths of a pilot run.
inline constexpr std::uint32_t pilot_paths = 8 * chunk_paths;

/// The plan of a run before another, whose numbers are its own; progress is reported as of the other. Where paths start
/// in given states it sees some of them all, evenly.
template <class Model, class Generator>
auto pilot_of(const simulation<Model, Generator>& plan) {
  simulation pilot(plan.model(), plan.grid(), plan.generator().pilot());
  if constexpr (starts_anywhere<Model>) {
    if (plan.states() != nullptr) pilot.starting_from(plan.states()->some(pilot_paths));
  }
  pilot.generator().check(0, pilot_paths,
                          numbering<Model>::blocks(plan.grid().first_step() + plan.grid().step_count()));
  if (plan.on_progress()) pilot.on_progress(plan.on_progress());
  return pilot;
}

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
  /// @throws no_answer when no path is finite at some date, or the plan's progress callback stops the run
  template <class Generator>
  pilot_run(const simulation<Model, Generator>& plan, const Observer& observer) {
    const path_tables tables(detail::pilot_of(plan), Observer::schedule == monitoring::every_step);
    const std::size_t dates = plan.grid().date_count();
    const chunk_memory<typename Model::real> memory(tables.program(), 1);
    samples_.resize(dates);
    const auto keep_on = [&] { return detail::report_progress(plan, 0); };
    path_watch watch(keep_on);
    for (std::uint32_t first = 0; first < detail::pilot_paths; first += chunk_paths) {
      detail::follow_pilots(tables.program(), observer_list<Observer>{observer, {}}, first, memory, watch);
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
  std::vector<std::vector<double>> samples_;  // finite ones, by date
};

SPECTRALMC_LANES_NAMESPACE_END

}  // namespace spectralmc
