// Options that can be exercised, or are knocked out, at some dates, by the COS method backwards from date to date
// (pricing/backward_expansion.hpp). For models of log(S) with independent increments, Heston's and Bates'. Calls are
// taken as puts (pricing/put_call_symmetry.hpp).
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include "spectralmc/errors.hpp"
#include "spectralmc/models/forward_return.hpp"
#include "spectralmc/numeric/elementary.hpp"
#include "spectralmc/numeric/estimate.hpp"
#include "spectralmc/paths/time_grid.hpp"
#include "spectralmc/pricing/backward_expansion.hpp"
#include "spectralmc/pricing/black.hpp"
#include "spectralmc/pricing/put_call_symmetry.hpp"
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

/// What all puts here have in common: checked arguments, an interval for log(S / strike), and what is left out.
struct frame {
  interval support;
  double scale;   ///< the price that errors are relative to: the strike
  double mass;    ///< the probability of being outside at a date
  double beyond;  ///< what that may be worth

  template <class Model>
  frame(const Model& model, double strike, const std::vector<double>& dates, double tolerance) {
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
    scale = strike;
    double dearest = 1;
    for (const double date : dates) dearest = maximum(dearest, model.asset().discount(date));
    beyond = rounded_product(0.1 * tolerance * dearest, strike);
  }
};

/// Doubles the number of terms until the price changes by less than the tolerance. The error is twice the last change,
/// or what is left of a geometric series of changes if that is more, with what the expansion itself knows of, and what
/// the mass outside the interval may be worth. Changes have either sign and come of terms and of nodes: one may be next
/// to nothing by accident. So none counts for less than an eighth of the one before. No option is worth less than
/// nothing.
template <class Price>
estimate refined(const Price& price, double tolerance, const frame& f, std::size_t largest_terms) {
  const double first = price(std::size_t{32}).value;
  double last = price(std::size_t{64}).value, before = abs(last - first);
  estimate result;
  for (std::size_t terms = 128; terms <= largest_terms; terms *= 2) {
    const estimate next = price(terms);
    const double step = abs(next.value - last), ratio = step < 0.9 * before ? step / before : 0.9;
    const double left = maximum(2.0, ratio / (1 - ratio));
    const double change = fma(left, maximum(step, 0.125 * before), next.truncation_error);
    result.value = maximum(next.value, 0.0);
    result.truncation_error = change + fma(1e-13, f.scale, f.beyond);
    if (change <= tolerance * f.scale) return result;
    last = next.value;
    before = step;
  }
  throw no_answer("the tolerance " + value_text(tolerance) + " is out of reach: prices still change by " +
                  value_text(result.truncation_error));
}

/// Where a put may be exercised at date i, in y = log(S / strike): nowhere if the interval has no width. To wait until
/// date j is worth strike D - S Q at least, with the discount factors between the two dates for money and for the
/// asset. Where D > 1, rates being negative, it does not pay to exercise at low prices either, and at none unless Q >
/// D.
inline interval exercise_bounds(const market& asset, const std::vector<double>& dates, std::size_t i,
                                interval support) {
  interval bounds{support.lower, minimum(support.upper, 0.0)};
  const double money = asset.discount(dates[i]), growth = asset.log_forward_return(dates[i]);
  for (std::size_t j = i + 1; j < dates.size(); ++j) {
    const double d = asset.discount(dates[j]) / money;
    if (!(d > 1)) continue;
    const double q = rounded_product(d, exp(asset.log_forward_return(dates[j]) - growth));
    bounds.lower = q > d ? maximum(bounds.lower, log((d - 1) / (q - 1))) : bounds.upper;
  }
  if (!(bounds.lower < bounds.upper)) return {support.lower, support.lower};
  return bounds;
}

/// Where a put is exercised. What it pays less what continuing is worth is concave in S, so that this is an interval
/// too. It begins where `bounds` do if that is the end of the support.
template <class Expansion>
interval exercise_region(const Expansion& values, std::size_t slice, interval support, interval bounds, double strike,
                         double guess) {
  const auto gain = [&](double y) {
    const auto c = values.continuation(slice, y);
    return cosine_functions::value_and_slope{rounded_product(-strike, expm1(y)) - c.value,
                                             fma(-strike, exp(y), -c.slope)};
  };
  // Newton's method for the end of the region between a point in it and one that is not.
  const auto end_of_region = [&](double inside, double outside, double y) {
    if (!(y > minimum(inside, outside) && y < maximum(inside, outside))) y = 0.5 * (inside + outside);
    for (int i = 0; i < 100; ++i) {
      const auto g = gain(y);
      (g.value > 0 ? inside : outside) = y;
      double next = y - g.value / g.slope;
      if (!(next > minimum(inside, outside) && next < maximum(inside, outside))) next = 0.5 * (inside + outside);
      const double moved = abs(next - y);
      y = next;
      if (moved <= 1e-14 * (1 + abs(y)) || abs(outside - inside) <= 1e-14) break;
    }
    return y;
  };
  double from = bounds.lower, to = bounds.upper;
  for (int i = 0; i < 60 && to - from > 1e-12; ++i) {
    const double y = 0.5 * (from + to);
    const auto g = gain(y);
    if (g.value > 0) {
      return {bounds.lower > support.lower ? end_of_region(y, bounds.lower, y) : support.lower,
              end_of_region(y, bounds.upper, guess)};
    }
    (g.slope > 0 ? from : to) = y;
  }
  return {support.lower, support.lower};
}

template <class Model>
estimate bermudan_put(const Model& model, double strike, const std::vector<double>& dates, double tolerance) {
  using expansion = backward_expansion<Model>;
  const frame f(model, strike, dates, tolerance);
  const interval support = f.support;
  const auto price = [&](std::size_t terms) {
    expansion values(model, dates, strike, support, terms, f.mass);
    const std::vector<double> paid = values.functions().payoff(support.lower, support.upper);
    for (std::size_t slice = 0; slice < values.slices(); ++slice) values.set(slice, paid);
    std::vector<double> boundary(values.slices(), 0.0);
    for (std::size_t date = dates.size(); date-- > 1;) {
      values.step_to(date);
      const interval bounds = exercise_bounds(model.asset(), dates, date - 1, support);
      for (std::size_t slice = 0; slice < values.slices(); ++slice) {
        const interval region = exercise_region(values, slice, support, bounds, strike, boundary[slice]);
        boundary[slice] = region.upper;
        std::vector<double> next = values.continued(slice, region.upper, support.upper);
        const auto add = [&](const std::vector<double>& part) {
          for (std::size_t k = 0; k < terms; ++k) next[k] += part[k];
        };
        add(values.functions().payoff(region.lower, region.upper));
        if (region.lower > support.lower) add(values.continued(slice, support.lower, region.lower));
        values.set(slice, std::move(next));
      }
    }
    return values.today();
  };
  return refined(price, tolerance, f, expansion::largest_terms);
}

/// Worth nothing if log(S / strike) is not between `low` and `high` at a date.
template <class Model>
estimate knock_out_put(const Model& model, double strike, double low, double high, const std::vector<double>& dates,
                       double tolerance) {
  using expansion = backward_expansion<Model>;
  const frame f(model, strike, dates, tolerance);
  low = maximum(low, f.support.lower);
  high = minimum(high, f.support.upper);
  if (!(low < high)) {  // but for what is beyond
    estimate nothing;
    nothing.truncation_error = f.beyond;
    return nothing;
  }
  const auto price = [&](std::size_t terms) {
    expansion values(model, dates, strike, f.support, terms, f.mass);
    const std::vector<double> paid = values.functions().payoff(low, high);
    for (std::size_t slice = 0; slice < values.slices(); ++slice) values.set(slice, paid);
    for (std::size_t date = dates.size(); date-- > 1;) {
      values.step_to(date);
      for (std::size_t slice = 0; slice < values.slices(); ++slice) {
        values.set(slice, values.continued(slice, low, high));
      }
    }
    return values.today();
  };
  return refined(price, tolerance, f, expansion::largest_terms);
}

}  // namespace early_exercise_detail

/// A put or call that can be exercised at each of `dates` (years, ascending), the last being its maturity.
/// @param tolerance of the price over the strike, over the spot for a call; [1e-12, 0.1]; 1e-8 unless said otherwise,
///        1e-5 where the variance is random
/// @returns the price, with its error as truncation error. O(dates x N log N) for N terms, which are doubled until the
///          price changes by less than the tolerance; with J nodes for a random variance, which grow in number by a
///          quarter with each doubling, O(J N (J + log N)) a date, and 16 J^2 N bytes at most
/// @throws invalid_parameter for a strike, dates or a tolerance outside their ranges
/// @throws no_answer where the tolerance is out of reach
template <class Model>
estimate bermudan_price(const Model& model, option_type type, double strike, const std::vector<double>& dates,
                        double tolerance = early_exercise_detail::backward_expansion<Model>::usual_tolerance) {
  using early_exercise_detail::bermudan_put;
  if (type == option_type::put) return bermudan_put(model, strike, dates, tolerance);
  return bermudan_put(seen_from_strike<Model>(model, strike), model.asset().spot(), dates, tolerance);
}

/// The same that can be exercised at any time up to `maturity`: Bermudan prices with 2^d, 2^(d+1), 2^(d+2) and 2^(d+3)
/// dates, d = 3, extrapolated to infinitely many (Geske, R. and Johnson, H. E. (1984), The American put option valued
/// analytically, J. Finance 39(5)). The error is the distance from the extrapolation without the first, or of that from
/// the one without the last, if it is larger: where the spot is near the boundary of exercise the prices do not follow
/// a power series in the number of dates.
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
  const double late = fma(8.0, v[3], fma(-6.0, v[2], v[1])) / 3, early = fma(8.0, v[2], fma(-6.0, v[1], v[0])) / 3;
  result.truncation_error = fma(6.0, error, maximum(abs(result.value - late), abs(late - early)));
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
  require(upper > 0, "upper", upper, "positive, or infinity");
  require(lower >= 0 && lower < upper, "lower", lower, "not negative, and below the upper barrier");
  require_positive("strike", strike);
  using early_exercise_detail::knock_out_put;
  const double none = std::numeric_limits<double>::infinity();
  const double low = lower > 0 ? log(lower / strike) : -none, high = upper < none ? log(upper / strike) : none;
  if (type == option_type::put) return knock_out_put(model, strike, low, high, dates, tolerance);
  return knock_out_put(seen_from_strike<Model>(model, strike), model.asset().spot(), -high, -low, dates, tolerance);
}

SPECTRALMC_LANES_NAMESPACE_END
}  // namespace spectralmc
