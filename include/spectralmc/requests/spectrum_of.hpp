// Spectra from paths: the request for a characteristic function in a run, and how its interval is found.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "spectralmc/errors.hpp"
#include "spectralmc/paths/measurement.hpp"
#include "spectralmc/paths/observer_concept.hpp"
#include "spectralmc/paths/seen_quantity.hpp"
#include "spectralmc/requests/pilot_run.hpp"
#include "spectralmc/requests/spectrum_item.hpp"
#include "spectralmc/spectral/characteristic_function.hpp"
#include "spectralmc/spectral/cosine_law.hpp"
#include "spectralmc/spectral/cumulants.hpp"
#include "spectralmc/spectral/exponents.hpp"
#include "spectralmc/spectral/spectrum.hpp"
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

/// The value that the observer sees for certain, by the model's closed form; NaN where it is random or none is known.
template <class Observer, class Plan>
double certainly_seen(const Plan& plan, double time) {
  if constexpr (sees_closed_form<typename Plan::model_type, Observer>()) {
    if (plan.states() == nullptr) return certain_value(plan.model(), time);
  }
  return observed_quantity().certain;
}

inline std::uint32_t checked_terms(std::uint32_t count, std::uint32_t largest, const char* range) {
  require(count >= 8 && count <= largest, "terms", std::uint64_t{count}, range);
  return count;
}

inline double checked_interval_width(double deviations) {
  require(std::isfinite(deviations) && deviations > 0, "interval_width", deviations, "(0, inf)");
  return deviations;
}

}  // namespace detail

SPECTRALMC_LANES_NAMESPACE_BEGIN

/// The request for the characteristic function of what `Observer` sees, at every date.
///
/// Intervals and terms that are not named are found, by rules that look neither at the execution nor at the paths of
/// the plan, so that spectra of several runs belong together:
/// - for what a model's closed form describes, the log-return or S, the interval leaves 1e-8 of the mass to either side
///   at most (model_range), and the terms are those up to which |phi| has fallen to 1e-4;
/// - otherwise, and where paths start in given states, the interval is the mean +- 10 sqrt(c2 + sqrt(c4)) of a pilot
///   run, and the terms are found from it as well (pilot_run).
/// All dates get the largest number of terms that one of them needs: a multiple of 32 from 64 to 2048.
template <class Observer>
class spectrum_of {
 public:
  /// @param intervals one for each date; none to have them found
  explicit spectrum_of(Observer what, std::vector<interval> intervals = {})
      : observer_(what), supports_(std::move(intervals)) {}

  /// Terms of the cosine expansion that the spectra are made for. They are taken at twice as many frequencies, which
  /// the error bars need.
  /// @throws invalid_parameter outside [8, 2^20]
  spectrum_of& terms(std::uint32_t count) {
    terms_ = detail::checked_terms(count, std::uint32_t{1} << 20, "[8, 2^20]");
    return *this;
  }

  /// Half the width of intervals that are found, in units of sqrt(c2 + sqrt(c4)) with c2 and c4 the cumulants of the
  /// observed quantity.
  /// @throws invalid_parameter unless it is positive and finite
  spectrum_of& interval_width(double deviations) {
    interval_width_ = detail::checked_interval_width(deviations);
    return *this;
  }

  /// How the sums are taken; unless said otherwise by what costs less.
  /// @throws invalid_parameter for summation::none
  spectrum_of& summed_by(summation method) {
    if (method == summation::none) throw invalid_parameter("summation", "none", "automatic, direct or nonuniform");
    summation_ = method;
    return *this;
  }

  /// @throws invalid_parameter when intervals are given, but not one for each date, or one is not finite and ascending
  template <class Model, class Generator>
  auto prepare(const simulation<Model, Generator>& plan) const {
    static_assert(detail::check_observer<Observer, Model>());
    const std::size_t dates = plan.grid().date_count();
    detail::observed_by(observer_, plan.model(), plan.grid().date(0));  // an observer that makes no sense throws here
    if (!supports_.empty()) {
      require(supports_.size() == dates, "supports.size()", std::uint64_t{supports_.size()}, "the number of dates");
      for (const interval& support : supports_) frequency_grid::for_interval(support, 2);
    }
    std::vector<interval> found = supports_;
    std::vector<double> certain;
    std::uint32_t terms = terms_ != 0 ? terms_ : 64;
    bool by_formula = false;
    if constexpr (detail::sees_closed_form<Model, Observer>()) {
      by_formula = plan.states() == nullptr;
      for (std::size_t date = 0; by_formula && date < dates; ++date) {
        const double time = plan.grid().date(date);
        const cumulants c = model_cumulants(plan.model(), time);
        certain.push_back(detail::certain_value(plan.model(), time, c));
        if (!std::isnan(certain[date])) {
          if (supports_.empty()) found.push_back(detail::support_of_certain(certain[date]));
          continue;
        }
        if (supports_.empty()) found.push_back(find_support(plan.model(), time, c));
        if (terms_ == 0) terms = (std::max)(terms, find_terms(plan.model(), time, found[date].width()));
      }
    }
    if (!by_formula && (supports_.empty() || terms_ == 0)) {
      const pilot_run<Model, Observer> pilot(plan, observer_);
      for (std::size_t date = 0; date < dates; ++date) {
        const double width = interval_width_ != 0 ? interval_width_ : 10;
        if (supports_.empty()) found.push_back(pilot.moments(date).span(width));
        if (terms_ == 0) terms = (std::max)(terms, pilot.terms(date, found[date].width()));
      }
    }
    return item_for<Model>(observer_, found, terms, summation_, std::move(certain));
  }

  /// @throws no_answer when no path is finite, or the run was stopped before any was done
  template <class Model, class Generator, class Item>
  spectra result(const simulation<Model, Generator>& plan, const Item& item, const item_sums& run) const {
    std::vector<spectrum> by_date;
    const std::size_t frequencies = item.frequencies();
    for (std::size_t date = 0; date < item.dates(); ++date) {
      const item_sums sums = run.from(date * item.date_size());
      const interval support = item.support(date);
      const auto grid = frequency_grid::for_interval(support, frequencies);
      const double start = support.lower / (2 * support.width());
      const auto mean_over = [&](const double* totals) {
        const double finite = item.finite(totals);
        if (finite == 0) throw no_answer("no finite path was simulated");
        std::vector<complex<double>> values = item.sums(totals);
        for (std::size_t k = 0; k < frequencies; ++k) {
          double sine, cosine;
          sin_cos_2pi(detail::fraction_of_turn(static_cast<double>(k), start), sine, cosine);
          values[k] = complex<double>(values[k].re / finite, values[k].im / finite) * complex<double>(cosine, sine);
        }
        // All weights of the kernel, which are one for a sample but for rounding and tolerance.
        if (item.method() == summation::nonuniform) values[0] = complex<double>(1, 0);
        return values;
      };
      std::vector<std::vector<complex<double>>> replicates;
      for (const double* totals : sums.replicates) replicates.push_back(mean_over(totals));
      const double time = plan.grid().date(date);
      observed_quantity quantity = detail::observed_in(observer_, plan, time);
      quantity.certain = item.certain(date);
      std::vector<complex<double>> values = mean_over(sums.totals);
      const auto kept = static_cast<std::uint64_t>(item.finite(sums.totals));
      by_date.emplace_back(grid, std::move(values), support, quantity, kept, run.paths - kept,
                           item.outside(sums.totals), sizeof(typename Model::real) == sizeof(float) ? 0x1p-24 : 0x1p-53,
                           item.method(), std::move(replicates));
    }
    return spectra(std::move(by_date));
  }

 private:
  template <class Model>
  using item_for = spectrum_item<typename Model::real, Observer>;

  template <class Model>
  interval find_support(const Model& model, double time, const cumulants& c) const {
    const detail::linear_map map = detail::observed_map(model, time);
    return interval_width_ != 0 ? map(c).span(interval_width_) : map(model_range(model, time, 1e-8, c));
  }

  /// |phi| falls nearly everywhere, but need not: the last of 8 frequencies in a row must have it small as well, and
  /// jumps of nearly one size may bring it back.
  template <class Model>
  static std::uint32_t find_terms(const Model& model, double time, double width) {
    const double scale = detail::observed_map(model, time).scale;
    const auto frequency = [&](std::uint32_t k) { return scale * static_cast<double>(k) * (pi / width); };
    const auto is_small = [&](std::uint32_t k) {
      return exp(model.log_characteristic_function(complex<double>(frequency(k), 0), time).re) < 1e-4;
    };
    const auto comes_back = [&](std::uint32_t k) {
      return detail::largest_modulus_beyond(model, time, frequency(k), 0) >= 1e-4;
    };
    std::uint32_t terms = 64;
    while (terms < 2048 && !(is_small(terms) && is_small(terms + 8) && !comes_back(terms))) terms += 32;
    return terms;
  }

  Observer observer_;
  std::vector<interval> supports_;
  std::uint32_t terms_ = 0;    // 0: found for the law
  double interval_width_ = 0;  // 0: found for the law
  summation summation_ = summation::automatic;
};

/// The empirical characteristic function of what an observer sees, at every date of the plan; with several observers a
/// tuple of them, all from the same paths. For terms, an interval or a method of one's own, spectrum_of(observer) with
/// them takes the observer's place.
template <class Execution, class Model, class Generator, class Observer, class... More>
auto characteristic_function(const Execution& execution, const simulation<Model, Generator>& plan,
                             const Observer& observer, const More&... more) {
  auto results = measure(execution, plan, spectrum_of(observer), spectrum_of(more)...);
  if constexpr (sizeof...(More) == 0) {
    return std::get<0>(std::move(results));
  } else {
    return results;
  }
}

SPECTRALMC_LANES_NAMESPACE_END

}  // namespace spectralmc
