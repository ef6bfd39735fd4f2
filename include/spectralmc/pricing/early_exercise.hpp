// Options that can be exercised, or are knocked out, at some dates, by the COS method backwards from date to date
// (pricing/backward_expansion.hpp). For models of log(S) with independent increments, Heston's and Bates'. American
// options under Black and Scholes' model by their boundary (pricing/exercise_boundary.hpp). Calls are taken as puts
// (pricing/put_call_symmetry.hpp).
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <type_traits>
#include <utility>
#include <vector>

#include "spectralmc/errors.hpp"
#include "spectralmc/market/time_grid.hpp"
#include "spectralmc/models/affine_structure.hpp"
#include "spectralmc/models/black_scholes.hpp"
#include "spectralmc/models/closed_form_concept.hpp"
#include "spectralmc/numeric/elementary.hpp"
#include "spectralmc/numeric/estimate.hpp"
#include "spectralmc/pricing/backward_expansion.hpp"
#include "spectralmc/pricing/black.hpp"
#include "spectralmc/pricing/european_options.hpp"
#include "spectralmc/pricing/exercise_boundary.hpp"
#include "spectralmc/pricing/put_call_symmetry.hpp"
#include "spectralmc/spectral/cumulants.hpp"
#include "spectralmc/spectral/exponents.hpp"

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
    static_assert(
        detail::has_independent_increments<Model>::value || detail::has_square_root_diffusion<Model>::value,
        "SpectralMC: early exercise and barriers are for models of log(S) with independent_increments or with "
        "a square_root_diffusion() (docs/architecture.md, A model)");
    require_positive("strike", strike);
    require(!dates.empty(), "dates.size()", std::uint64_t{dates.size()}, "at least 1");
    double before = 0;
    for (const double date : dates) {
      require(std::isfinite(date) && date > before, "dates", date, "positive and ascending");
      before = date;
    }
    require(tolerance >= 1e-12 && tolerance <= 0.1, "tolerance", tolerance, "[1e-12, 0.1]");
    const double sides = detail::has_square_root_diffusion<Model>::value ? 4 : 2;
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

/// Bounds of a put from the European one of the last date.
struct bounds {
  interval values;
  double error;  ///< of the European price: what the bounds may be off by

  /// The estimate within the bounds. What is outside by more than the errors is no answer.
  estimate applied_to(estimate result) const {
    const double allowed = result.truncation_error + error;
    if (!(result.value >= values.lower - allowed && result.value <= values.upper + allowed)) {
      throw no_answer("the price " + value_text(result.value) + " is not within its bounds, [" +
                      value_text(values.lower) + ", " + value_text(values.upper) + "], by more than its error " +
                      value_text(result.truncation_error));
    }
    const double within = minimum(maximum(result.value, values.lower), values.upper);
    if (within != result.value) result.truncation_error = maximum(result.truncation_error, error);
    result.value = within;
    return result;
  }
};

/// The European put, as accurate as the tolerance of the strike asks.
template <class Model>
estimate european_put(const Model& model, double strike, double maturity, double tolerance) {
  const double scale = model.asset().discount(maturity) * maximum(model.asset().forward(maturity), strike);
  const double relative = minimum(maximum(0.1 * tolerance * strike / scale, 1e-14), 0.1);
  return option_prices(model, maturity, option_type::put, {strike}, pricing_method::automatic, relative).prices[0];
}

/// What the right to exercise a put at any time from `begin` on, rather than at `end`, adds at most: to exercise at t
/// and not to hold the European put, which is worth K D(t, end) - S Q(t, end) at least, brings K (1 - D) - S (1 - Q),
/// and it is done at S < K.
inline double largest_premium(const market& asset, double strike, double begin, double end) {
  std::vector<double> times{begin};
  for (const zero_curve* curve : {&asset.rates(), &asset.dividend_yields()}) {
    for (const double time : curve->times()) {
      if (time > begin && time < end) times.push_back(time);
    }
  }
  // Between those times rates are constant, and all of this is monotone.
  const double last = asset.discount(end), last_yield = asset.dividend_yields().integral(end);
  double of_money = 0, of_asset = 0, dearest = last;
  for (const double time : times) {
    const double discount = asset.discount(time);
    of_money = maximum(of_money, discount - last);
    of_asset = maximum(of_asset, expm1(asset.dividend_yields().integral(time) - last_yield));
    dearest = maximum(dearest, discount);
  }
  return rounded_product(strike, fma(dearest, of_asset, of_money));
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
  const market& asset = model.asset();
  if (detail::is_certain(model, dates.back())) {
    estimate result;
    for (const double date : dates) {
      const double paid = maximum(strike - asset.forward(date), 0.0);
      result.value = maximum(result.value, rounded_product(asset.discount(date), paid));
      result.truncation_error =
          maximum(result.truncation_error, 0x1p-48 * asset.discount(date) * (strike + asset.forward(date)));
    }
    return result;
  }
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
    // A kink's coefficients are 2 K / (width u^2) at most, and their sum beyond N is by 1 / N.
    estimate result = values.today();
    const double kink = 0.4 * f.support.width() / static_cast<double>(terms);
    result.truncation_error = fma(rounded_product(values.unseen(), kink), strike, result.truncation_error);
    return result;
  };
  const estimate european = european_put(model, strike, dates.back(), tolerance);
  const double premium = largest_premium(model.asset(), strike, 0, dates.back());
  return bounds{{european.value, european.value + premium}, european.truncation_error}.applied_to(
      refined(price, tolerance, f, expansion::largest_terms));
}

/// Worth nothing if log(S / strike) is not between `low` and `high` at a date.
template <class Model>
estimate knock_out_put(const Model& model, double strike, double low, double high, const std::vector<double>& dates,
                       double tolerance) {
  using expansion = backward_expansion<Model>;
  const frame f(model, strike, dates, tolerance);
  const market& asset = model.asset();
  if (detail::is_certain(model, dates.back())) {
    estimate result;
    const double forward = asset.forward(dates.back()), discount = asset.discount(dates.back());
    result.value = rounded_product(discount, maximum(strike - forward, 0.0));
    result.truncation_error = 0x1p-48 * discount * (strike + forward);
    for (const double date : dates) {
      const double y = log(asset.forward(date) / strike), edge = 0x1p-48 * (1 + abs(y));
      if (abs(y - low) <= edge || abs(y - high) <= edge) {
        throw no_answer("the price is certain, and on a barrier at the date " + value_text(date));
      }
      if (!(y > low && y < high)) return estimate{};
    }
    return result;
  }
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
    // A barrier's jump has coefficients that fall as 1 / N alone, and their sum is of its size at the barrier.
    estimate result = values.today();
    const double jump = maximum(-expm1(low), 0.0);
    result.truncation_error = fma(rounded_product(values.unseen(), jump), strike, result.truncation_error);
    return result;
  };
  const estimate european = european_put(model, strike, dates.back(), tolerance);
  return bounds{{0.0, european.value}, european.truncation_error}.applied_to(
      refined(price, tolerance, f, expansion::largest_terms));
}

/// An American put from Bermudan ones of 8, 16, 32 and 64 dates.
template <class Model>
estimate extrapolated_put(const Model& model, double strike, double maturity, double tolerance) {
  double v[4], error = 0, step = 0;
  std::vector<double> dates;
  for (std::uint32_t i = 0; i < 4; ++i) {
    dates = equidistant_dates(maturity, 8U << i);
    const estimate price = bermudan_put(model, strike, dates, tolerance);
    v[i] = price.value;
    error = maximum(error, price.truncation_error);
  }
  for (std::size_t i = 0; i < dates.size(); ++i) {
    step = maximum(step, largest_premium(model.asset(), strike, i == 0 ? 0 : dates[i - 1], dates[i]));
  }
  const double lower = maximum(v[3], strike - model.asset().spot()), upper = maximum(lower, v[3] + step);
  const double late = fma(8.0, v[3], fma(-6.0, v[2], v[1])) / 3, early = fma(8.0, v[2], fma(-6.0, v[1], v[0])) / 3;
  const double value = fma(64.0, v[3], fma(-56.0, v[2], fma(14.0, v[1], -v[0]))) / 21;
  estimate result;
  result.value = minimum(maximum(value, lower), upper);
  const double estimated = maximum(3 * maximum(abs(value - late), abs(late - early)), 0.25 * abs(value - v[3]));
  const double proven = maximum(result.value - lower, upper - result.value);
  result.truncation_error = minimum(fma(6.0, error, estimated), proven + error);
  return result;
}

/// The numbers of Black and Scholes' model where it has constant ones, as a put sees it.
struct lognormal_put {
  double spot, strike, maturity, rate, yield, volatility;

  double discount(double time) const { return exp(-rate * time); }
  double growth(double time) const { return exp(-yield * time); }

  /// With the certain price S(t) = forward(t): the best time to exercise is the first, the last, or where the gain is
  /// stationary.
  double certain_value() const {
    const auto gain = [&](double t) {
      return maximum(fma(strike, discount(t), -rounded_product(spot, growth(t))), 0.0);
    };
    double best = maximum(gain(0), gain(maturity));
    const double quotient = rate * strike / (yield * spot), t = log(quotient) / (rate - yield);
    if (quotient > 0 && t > 0 && t < maturity) best = maximum(best, gain(t));
    return best;
  }

  /// What a volatility adds to that at most: the mean of the largest |S(t) / forward(t) - 1|, by Doob's inequality,
  /// times the largest growth factor.
  double of_volatility() const {
    const double variance = rounded_product(volatility * volatility, maturity);
    return rounded_product(2 * spot * maximum(1.0, growth(maturity)), sqrt(expm1(variance)));
  }

  /// An upper bound: the put without a maturity; the strike where there is none.
  double perpetual() const {
    if (!(rate > 0 && volatility > 0)) return format<double>::largest;
    const double variance = volatility * volatility, half = (rate - yield) / variance - 0.5;
    const double power = -(half + sqrt(fma(half, half, 2 * rate / variance)));
    const double boundary = strike * power / (power - 1);
    if (!(boundary > 0)) return format<double>::largest;
    if (spot <= boundary) return strike - spot;
    return rounded_product(strike - boundary, exp(rounded_product(power, log(spot / boundary))));
  }
};

/// Where `rates` are one number.
inline bool is_constant(const zero_curve& rates) { return rates.times().size() == 1; }

/// The numbers of a put under such a model, or of one that takes a call's place; none under other models.
template <class Model>
bool is_lognormal(const Model& /*model*/, option_type /*type*/, double /*strike*/, double /*maturity*/,
                  lognormal_put& /*result*/) {
  return false;
}
template <class Real>
bool is_lognormal(const black_scholes<Real>& model, option_type type, double strike, double maturity,
                  lognormal_put& result) {
  const market& asset = model.asset();
  const double volatility = model.parameters().volatility.root_mean_square(0, maturity);
  if (!is_constant(asset.rates()) || !is_constant(asset.dividend_yields())) return false;
  if (!model.parameters().volatility.constant() && volatility > 0) return false;
  const double rate = asset.rates().zero_rates()[0], yield = asset.dividend_yields().zero_rates()[0];
  result = {asset.spot(), strike, maturity, rate, yield, volatility};
  if (type == option_type::call) result = {strike, asset.spot(), maturity, yield, rate, volatility};
  return true;
}

/// Whether the boundary of such a put is a single one, or there is none: else there are two.
inline bool is_simple(const lognormal_put& put) { return put.rate >= 0 || put.yield >= put.rate; }

/// What is left of values that were found with more and more points of the boundary. With n points they are off by
/// about n^-5 at worst, where the boundary is not smooth at maturity, and with either sign, so that two may agree by
/// accident. So each of the last three changes counts as if it were one of values that are off by n^-3, and twice; the
/// first, as long as it is alone, twice in full.
struct settling_values {
  std::vector<double> cubes, values;  ///< n^3, and the value

  void add(std::size_t count, double value) {
    const auto n = static_cast<double>(count);
    cubes.push_back(n * n * n);
    values.push_back(value);
  }

  double left() const {
    const std::size_t n = values.size();
    if (n == 2) return 2 * abs(values[1] - values[0]);
    double result = 0;
    for (std::size_t i = n < 4 ? 1 : n - 3; i < n; ++i) {
      const double coefficient = abs(values[i] - values[i - 1]) / (1 / cubes[i - 1] - 1 / cubes[i]);
      result = maximum(result, 2 * coefficient / cubes[n - 1]);
    }
    return result;
  }
};

/// By the boundary alone, no closer than to within `bounds`: with more points until the error is within the tolerance
/// of the strike. That is what is left of the changes of the price, of Newton's method, and of the value at the
/// boundary, which is known.
template <class Boundary>
estimate collocated_put(const lognormal_put& put, double european, interval within, double rounding, double tolerance) {
  const double discount = put.discount(put.maturity), intrinsic = maximum(put.strike - put.spot, 0.0);
  const double variance = put.volatility * put.volatility, x = log(put.spot / put.strike);
  Boundary boundary(put.rate / variance, put.yield / variance, variance * put.maturity);
  settling_values settling;
  std::vector<double> last_ends;
  double reached = format<double>::largest;
  for (const collocation_grid* (*grid)() :
       {+[] { return &collocation_grid::with<8>(); }, +[] { return &collocation_grid::with<16>(); },
        +[] { return &collocation_grid::with<24>(); }, +[] { return &collocation_grid::with<32>(); },
        +[] { return &collocation_grid::with<48>(); }, +[] { return &collocation_grid::with<64>(); },
        +[] { return &collocation_grid::with<96>(); }, +[] { return &collocation_grid::with<128>(); }}) {
    if (!boundary.refine(*grid(), 1e-3 * tolerance)) {
      settling = {};
      // Two boundaries that have met have no solution with any number of points.
      if (std::is_same<Boundary, exercise_boundaries>::value && grid()->size() == 32) break;
      continue;
    }
    settling.add(grid()->size(),
                 boundary.exercised(x) ? intrinsic : european + rounded_product(put.strike, boundary.premium(x)));
    if (settling.values.size() > 1) {
      double late = 0, defect = 0;
      for (std::size_t i = 0; i < last_ends.size(); ++i) {
        // Where the option is exercised at once, the boundary may be off by what it has moved, and the value by half
        // its second derivative times the square of that.
        const double end = boundary.ends()[i], moved = end - last_ends[i],
                     price = rounded_product(put.strike, exp(end));
        const double curvature = (put.rate - rounded_product(put.yield, exp(end))) / variance;
        if (abs(x - end) <= 2 * abs(moved)) late = maximum(late, 4 * moved * moved * abs(curvature));
        // The equation is that of the slope: the value at the boundary is a check of it.
        const double held = black_price(option_type::put, rounded_product(price, put.growth(put.maturity)) / discount,
                                        put.strike, put.volatility, put.maturity, discount);
        const double paid = put.strike - price;
        defect = maximum(defect, abs(held + rounded_product(put.strike, boundary.premium(end)) - paid));
      }
      const double left = maximum(settling.left(), 4 * defect);
      const double error = fma(put.strike, fma(2.0, late, boundary.left()), left) + rounding;
      reached = minimum(reached, error);
      if (error <= tolerance * put.strike + 2 * rounding) {
        estimate result;
        result.value = settling.values.back();
        result.truncation_error = error;
        return bounds{within, rounding}.applied_to(result);
      }
    }
    last_ends = boundary.ends();
  }
  throw no_answer("the tolerance " + value_text(tolerance) +
                  " is out of reach: the price by the boundary of exercise " +
                  (reached < format<double>::largest ? "still changes by " + value_text(reached) : "does not settle"));
}

/// An American put to the tolerance of its strike: by what is certain where that suffices, and else by its boundary. It
/// is worth no less than one of a shorter maturity and no more than a perpetual one: where these are as near to each
/// other as the tolerance asks, the boundary of that serves in place of one that the points do not resolve.
inline estimate boundary_put(const lognormal_put& put, double tolerance) {
  const double largest =
      put.strike * maximum(1.0, put.discount(put.maturity)) + put.spot * maximum(1.0, put.growth(put.maturity));
  require(is_finite(largest), "rate", put.rate, "one with discount factors in (0, inf)");
  const double rounding = rounded_product(0x1p-47, largest), allowed = rounded_product(tolerance, put.strike);
  const auto between = [](double lower, double upper, double error) {
    estimate result;
    result.value = lower + 0.5 * (upper - lower);
    result.truncation_error = 0.5 * (upper - lower) + error;
    return result;
  };
  const double certain = put.certain_value(), added = put.of_volatility();
  if (added <= allowed) return between(certain, certain + added, rounding);
  const auto european_of = [](const lognormal_put& p) {
    const double forward = rounded_product(p.spot, exp((p.rate - p.yield) * p.maturity));
    return black_price(option_type::put, forward, p.strike, p.volatility, p.maturity, p.discount(p.maturity));
  };
  const double european = european_of(put);
  if (is_simple(put) && put.rate <= 0 && (put.rate < 0 || put.yield >= 0)) {
    return between(european, european, rounding);  // never exercised
  }
  const double lower = maximum(european, maximum(certain, put.strike - put.spot));
  const double upper = maximum(lower, minimum(put.perpetual(), certain + added));
  if (upper - lower <= allowed) return between(lower, upper, rounding);
  if (!is_simple(put)) return collocated_put<exercise_boundaries>(put, european, {lower, upper}, rounding, tolerance);
  try {
    return collocated_put<exercise_boundary>(put, european, {lower, upper}, rounding, tolerance);
  } catch (const no_answer&) {
    lognormal_put shorter = put;
    for (int i = 0; i < 8; ++i) {
      shorter.maturity *= 0.25;
      if (!(put.perpetual() < format<double>::largest)) break;
      const double shorter_european = european_of(shorter);
      const double least = maximum(shorter_european, put.strike - put.spot);
      try {
        const estimate found =
            collocated_put<exercise_boundary>(shorter, shorter_european, {least, upper}, rounding, 0.25 * tolerance);
        if (upper - found.value > allowed) break;
        return between(minimum(found.value, upper), upper, found.truncation_error);
      } catch (const no_answer&) {
      }
    }
    throw;
  }
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
  static_assert(detail::check_closed_form<Model>());
  using early_exercise_detail::bermudan_put;
  if (type == option_type::put) return bermudan_put(model, strike, dates, tolerance);
  return bermudan_put(seen_from_strike<Model>(model, strike), model.asset().spot(), dates, tolerance);
}

/// The same that can be exercised at any time up to `maturity`.
///
/// Under Black and Scholes' model with constant parameters, by the boundary of exercise, to the tolerance
/// (pricing/exercise_boundary.hpp). Where a put's rate is negative and its yield is below that, there are two
/// boundaries, as long as they do not meet; where they do before the maturity, or the tolerance is out of reach of
/// theirs, it is priced as under the other models. A call is a put with rate and yield exchanged.
///
/// Under these, Bermudan prices with 2^d, 2^(d+1), 2^(d+2) and 2^(d+3) dates, d = 3, extrapolated to infinitely many
/// (Geske, R. and Johnson, H. E. (1984), The American put option valued analytically, J. Finance 39(5)). The error is
/// three times the distance from the extrapolation without the first, or of that from the one without the last, and a
/// quarter of the distance from 64 dates at least: where the spot is near the boundary of exercise the prices do not
/// follow a power series in the number of dates. It is not more than what is known for certain: an American option is
/// worth no less than one with 64 dates, and no more than that and the interest for the time between two dates. The
/// tolerance is that of the Bermudan prices.
/// @throws invalid_parameter for a maturity that is not positive, and as bermudan_price
/// @throws no_answer where the tolerance is out of reach
template <class Model>
estimate american_price(const Model& model, option_type type, double strike, double maturity,
                        double tolerance = early_exercise_detail::backward_expansion<Model>::usual_tolerance) {
  static_assert(detail::check_closed_form<Model>());
  require_positive("maturity", maturity);
  require_positive("strike", strike);
  require(tolerance >= 1e-12 && tolerance <= 0.1, "tolerance", tolerance, "[1e-12, 0.1]");
  early_exercise_detail::lognormal_put put{};
  if (early_exercise_detail::is_lognormal(model, type, strike, maturity, put)) {
    try {
      return early_exercise_detail::boundary_put(put, tolerance);
    } catch (const no_answer&) {
      if (early_exercise_detail::is_simple(put)) throw;
    }
  }
  using early_exercise_detail::extrapolated_put;
  if (type == option_type::put) return extrapolated_put(model, strike, maturity, tolerance);
  return extrapolated_put(seen_from_strike<Model>(model, strike), model.asset().spot(), maturity, tolerance);
}
/// A put or call that is worth nothing if S is not above `lower` and below `upper` at each of `dates` (years,
/// ascending), the last being its maturity. `lower` = 0 and `upper` = infinity are no barriers.
/// @throws invalid_parameter also for barriers that are negative or not ascending
template <class Model>
estimate knock_out_price(const Model& model, option_type type, double strike, double lower, double upper,
                         const std::vector<double>& dates,
                         double tolerance = early_exercise_detail::backward_expansion<Model>::usual_tolerance) {
  static_assert(detail::check_closed_form<Model>());
  require(upper > 0, "upper", upper, "positive, infinity for no barrier");
  require(lower >= 0 && lower < upper, "lower", lower, "0 for no barrier, or positive and below the upper one");
  require_positive("strike", strike);
  using early_exercise_detail::knock_out_put;
  const double none = std::numeric_limits<double>::infinity();
  const double low = lower > 0 ? log(lower / strike) : -none, high = upper < none ? log(upper / strike) : none;
  if (type == option_type::put) return knock_out_put(model, strike, low, high, dates, tolerance);
  return knock_out_put(seen_from_strike<Model>(model, strike), model.asset().spot(), -high, -low, dates, tolerance);
}

SPECTRALMC_LANES_NAMESPACE_END
}  // namespace spectralmc
