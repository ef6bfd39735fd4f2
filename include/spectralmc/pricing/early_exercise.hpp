// Options that can be exercised, or are knocked out, at some dates, by the COS method backwards from date to date
// (pricing/backward_expansion.hpp). For models of log(S) with independent increments, Heston's and Bates'.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "spectralmc/errors.hpp"
#include "spectralmc/models/forward_return.hpp"
#include "spectralmc/numeric/elementary.hpp"
#include "spectralmc/numeric/estimate.hpp"
#include "spectralmc/paths/time_grid.hpp"
#include "spectralmc/pricing/backward_expansion.hpp"
#include "spectralmc/pricing/black.hpp"
#include "spectralmc/spectral/cumulants.hpp"

namespace spectralmc {

SPECTRALMC_LANES_NAMESPACE_BEGIN

namespace early_exercise_detail {

template <class Model>
interval support_of(const Model& model, const std::vector<double>& dates, double strike, double mass) {
  const double start = log(model.asset().spot() / strike);
  interval all{start, start};
  double longest = 0;
  for (std::size_t i = 0; i < dates.size(); ++i) {
    const interval range = model_range(model, dates[i], mass);
    const double centre = start + model.asset().log_forward_return(dates[i]);
    all = {minimum(all.lower, centre + range.lower), maximum(all.upper, centre + range.upper)};
    longest = maximum(longest, dates[i] - (i == 0 ? 0 : dates[i - 1]));
  }
  // What is a step from there must lie within as well.
  const interval step = model_range(model, longest, mass);
  return {all.lower + minimum(step.lower, 0.0), all.upper + maximum(step.upper, 0.0)};
}

/// What all options here have in common: checked arguments, an interval for log(S / strike), and what is left out.
struct frame {
  interval support;
  double scale;   ///< the price that errors are relative to
  double mass;    ///< the probability of being outside at a date
  double beyond;  ///< what that may be worth

  template <class Model>
  frame(const Model& model, option_type type, double strike, const std::vector<double>& dates, double tolerance) {
    static_assert(detail::has_independent_increments<Model>::value || detail::square_root_variance<Model>::value,
                  "these options are for models of log(S) with independent increments, Heston's and Bates'");
    require_positive("strike", strike);
    require(!dates.empty(), "dates.size()", std::uint64_t{dates.size()}, "at least 1");
    double before = 0;
    for (const double date : dates) {
      require(std::isfinite(date) && date > before, "dates", date, "positive and ascending");
      before = date;
    }
    require(tolerance >= 1e-12 && tolerance <= 0.1, "tolerance", tolerance, "[1e-12, 0.1]");
    const double sides = detail::square_root_variance<Model>::value ? 4 : 2;
    mass = 0.1 * tolerance / (sides * static_cast<double>(dates.size()));
    support = support_of(model, dates, strike, mass);
    scale = type == option_type::call ? maximum(strike, model.asset().spot()) : strike;
    beyond = rounded_product(0.1 * tolerance, scale);
  }
};

/// Doubles the number of terms until the price changes by less than the tolerance. The error is the last change, with
/// what the expansion itself knows of, and what the mass outside the interval may be worth. No option is worth less
/// than nothing.
template <class Price>
estimate refined(const Price& price, double tolerance, const frame& f, std::size_t largest_terms) {
  double last = price(std::size_t{64}).value;
  estimate result;
  for (std::size_t terms = 128; terms <= largest_terms; terms *= 2) {
    const estimate next = price(terms);
    const double change = abs(next.value - last) + next.truncation_error;
    result.value = maximum(next.value, 0.0);
    result.truncation_error = change + fma(1e-13, f.scale, f.beyond);
    if (change <= tolerance * f.scale) return result;
    last = next.value;
  }
  throw no_answer("the tolerance " + value_text(tolerance) + " is out of reach: prices still change by " +
                  value_text(result.truncation_error));
}

}  // namespace early_exercise_detail

/// A put or call that can be exercised at each of `dates` (years, ascending), the last being its maturity.
/// @param tolerance of the price over the strike, [1e-12, 0.1]; 1e-8 unless said otherwise, 1e-5 where the variance is
///        random
/// @returns the price, with its error as truncation error. O(dates x N log N) for N terms, which are doubled until the
///          price changes by less than the tolerance; with J nodes for a random variance, which grow in number by a
///          quarter with each doubling, O(J N (J + log N)) a date, and 16 J^2 N bytes at most
/// @throws invalid_parameter for a strike, dates or a tolerance outside their ranges
/// @throws no_answer where the tolerance is out of reach
template <class Model>
estimate bermudan_price(const Model& model, option_type type, double strike, const std::vector<double>& dates,
                        double tolerance = early_exercise_detail::backward_expansion<Model>::usual_tolerance) {
  using expansion = early_exercise_detail::backward_expansion<Model>;
  const early_exercise_detail::frame f(model, type, strike, dates, tolerance);
  const interval support = f.support;
  const bool call = type == option_type::call;
  const auto intrinsic = [&](double y) { return maximum(rounded_product(call ? strike : -strike, expm1(y)), 0.0); };
  // Exercise is worth more beyond the boundary: below it for a put, above it for a call. Newton's method within a
  // bracket between the money and the end of the interval, from the boundary at the date before.
  const auto boundary_of = [&](const expansion& values, std::size_t slice, double before) {
    double inner = 0, outer = call ? support.upper : support.lower;
    if (intrinsic(outer) - values.continuation(slice, outer).value <= 0) return outer;  // never
    double y = minimum(maximum(before, support.lower), support.upper);
    if (!(call ? y > inner && y < outer : y < inner && y > outer)) y = 0.5 * (inner + outer);
    for (int i = 0; i < 100; ++i) {
      const auto c = values.continuation(slice, y);
      const double difference = intrinsic(y) - c.value;
      (difference > 0 ? outer : inner) = y;
      const double slope = fma(call ? strike : -strike, exp(y), -c.slope);
      double next = y - difference / slope;
      if (!(next > minimum(inner, outer) && next < maximum(inner, outer))) next = 0.5 * (inner + outer);
      const double moved = abs(next - y);
      y = next;
      if (moved <= 1e-14 * (1 + abs(y)) || abs(outer - inner) <= 1e-14) break;
    }
    return y;
  };
  const auto price = [&](std::size_t terms) {
    expansion values(model, dates, strike, support, terms, f.mass);
    const std::vector<double> paid = values.functions().payoff(type, support.lower, support.upper);
    for (std::size_t slice = 0; slice < values.slices(); ++slice) values.set(slice, paid);
    std::vector<double> boundary(values.slices(), 0.0);
    for (std::size_t date = dates.size(); date-- > 1;) {
      values.step_to(date);
      for (std::size_t slice = 0; slice < values.slices(); ++slice) {
        const double y = boundary[slice] = boundary_of(values, slice, boundary[slice]);
        std::vector<double> next =
            call ? values.continued(slice, support.lower, y) : values.continued(slice, y, support.upper);
        const std::vector<double> exercised = call ? values.functions().payoff(type, y, support.upper)
                                                   : values.functions().payoff(type, support.lower, y);
        for (std::size_t k = 0; k < terms; ++k) next[k] += exercised[k];
        values.set(slice, std::move(next));
      }
    }
    return values.today();
  };
  return early_exercise_detail::refined(price, tolerance, f, expansion::largest_terms);
}

/// The same that can be exercised at any time up to `maturity`: Bermudan prices with 2^d, 2^(d+1), 2^(d+2) and 2^(d+3)
/// dates, d = 3, extrapolated to infinitely many (Geske, R. and Johnson, H. E. (1984), The American put option valued
/// analytically, J. Finance 39(5)). The error is the distance from the extrapolation without the first.
/// @throws invalid_parameter for a maturity that is not positive, and as bermudan_price
template <class Model>
estimate american_price(const Model& model, option_type type, double strike, double maturity,
                        double tolerance = early_exercise_detail::backward_expansion<Model>::usual_tolerance) {
  require_positive("maturity", maturity);
  double v[4], error = 0;
  for (std::uint32_t i = 0; i < 4; ++i) {
    const estimate price = bermudan_price(model, type, strike, equidistant_dates(maturity, 8U << i), tolerance);
    v[i] = price.value;
    error = maximum(error, price.truncation_error);
  }
  estimate result;
  result.value = fma(64.0, v[3], fma(-56.0, v[2], fma(14.0, v[1], -v[0]))) / 21;
  const double shorter = fma(8.0, v[3], fma(-6.0, v[2], v[1])) / 3;
  result.truncation_error = fma(6.0, error, abs(result.value - shorter));
  const double sign = type == option_type::call ? 1 : -1;
  result.value = maximum(result.value, sign * (model.asset().spot() - strike));  // may be exercised at once
  return result;
}

/// A put or call that is worth nothing if S is not above `lower` and below `upper` at each of `dates` (years,
/// ascending), the last being its maturity. A barrier of 0 or infinity is none.
/// @throws invalid_parameter also for barriers that are negative or not ascending
template <class Model>
estimate knock_out_price(const Model& model, option_type type, double strike, double lower, double upper,
                         const std::vector<double>& dates,
                         double tolerance = early_exercise_detail::backward_expansion<Model>::usual_tolerance) {
  require(lower >= 0 && lower < upper, "lower", lower, "not negative, and below the upper barrier");
  const early_exercise_detail::frame f(model, type, strike, dates, tolerance);
  const interval support = f.support;
  const double low = lower > 0 ? maximum(log(lower / strike), support.lower) : support.lower;
  const double high = upper < 1e300 ? minimum(log(upper / strike), support.upper) : support.upper;
  if (!(low < high)) return estimate{};
  using expansion = early_exercise_detail::backward_expansion<Model>;
  const auto price = [&](std::size_t terms) {
    expansion values(model, dates, strike, support, terms, f.mass);
    const std::vector<double> paid = values.functions().payoff(type, low, high);
    for (std::size_t slice = 0; slice < values.slices(); ++slice) values.set(slice, paid);
    for (std::size_t date = dates.size(); date-- > 1;) {
      values.step_to(date);
      for (std::size_t slice = 0; slice < values.slices(); ++slice) {
        values.set(slice, values.continued(slice, low, high));
      }
    }
    return values.today();
  };
  return early_exercise_detail::refined(price, tolerance, f, expansion::largest_terms);
}

SPECTRALMC_LANES_NAMESPACE_END
}  // namespace spectralmc
