// Options that can be exercised, or are knocked out, at some dates: Fang, F. and Oosterlee, C. W. (2009), Pricing
// early-exercise and discrete barrier options by Fourier-cosine series expansions, Numerische Mathematik 114(1). For
// models of log(S) with independent increments.
//
// With y = log(S / K) on [a, b] and u_k = k pi / (b - a), the value at a date is known by its cosine coefficients V_k.
// A step back in time multiplies them by the characteristic function of the increment. What continues, on [x1, x2], has
// the coefficients
//
//   C_k = discount Re(-i / pi sum'_j (m_(j+k) + m_(j-k)) phi(u_j) V_j),
//   m_n = (exp(i n beta2) - exp(i n beta1)) / n,   m_0 = i (beta2 - beta1),   beta = pi (x - a) / (b - a):
//
// a Hankel and a Toeplitz matrix, whose products are taken by Fourier transforms in O(N log N).
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "spectralmc/errors.hpp"
#include "spectralmc/models/market.hpp"
#include "spectralmc/numeric/complex.hpp"
#include "spectralmc/numeric/elementary.hpp"
#include "spectralmc/numeric/estimate.hpp"
#include "spectralmc/numeric/fourier_transform.hpp"
#include "spectralmc/paths/time_grid.hpp"
#include "spectralmc/pricing/black.hpp"
#include "spectralmc/spectral/cosine_expansion.hpp"
#include "spectralmc/spectral/cumulants.hpp"
#include "spectralmc/spectral/exponents.hpp"

namespace spectralmc {

SPECTRALMC_LANES_NAMESPACE_BEGIN

namespace early_exercise_detail {

/// Values at dates, from the last one backwards, for one number of terms.
template <class Model>
class backward_expansion {
 public:
  /// `dates` are ascending, in years; N, a power of two, terms.
  backward_expansion(const Model& model, const std::vector<double>& dates, double strike, interval support,
                     std::size_t terms)
      : model_(model),
        dates_(dates),
        strike_(strike),
        support_(support),
        terms_(terms),
        transform_(2 * terms),
        workspace_(transform_.make_workspace()),
        values_(terms, 0.0),
        exponents_(exponents_at(dates.back())),
        weighted_(terms) {}

  /// Payoff coefficients of the option on [x1, x2], where it pays.
  std::vector<double> payoff(option_type type, double x1, double x2) const {
    std::vector<double> result(terms_, 0.0);
    const double from = type == option_type::call ? maximum(x1, 0.0) : x1,
                 to = type == option_type::call ? x2 : minimum(x2, 0.0);
    if (!(to > from)) return result;
    cosine_integrals integrals(support_, from, to);
    const double scale = (type == option_type::call ? 2 : -2) * strike_ / support_.width();
    for (std::size_t k = 0; k < terms_; ++k) {
      if (k > 0) integrals.at(k);
      result[k] = rounded_product(scale, integrals.of_growth());
    }
    return result;
  }

  void set(std::vector<double> values) { values_ = std::move(values); }

  /// Makes ready what a step from date `index` to the one before needs, for the dates in turn from the last one on;
  /// index 0 goes to today.
  void step_to(std::size_t index) {
    const double end = dates_[index], begin = index == 0 ? 0 : dates_[index - 1];
    const std::vector<complex<double>> until =
        index == 0 ? std::vector<complex<double>>(terms_) : exponents_at(begin);  // of all increments before this one
    const market& asset = model_.asset();
    const double drift = asset.log_forward_return(end) - asset.log_forward_return(begin);
    discount_ = asset.discount(end) / asset.discount(begin);
    for (std::size_t k = 0; k < terms_; ++k) {
      const complex<double> whole = exponents_[k];
      const complex<double> phi = exp(complex<double>(whole.re, fma(frequency(k), drift, whole.im)) - until[k]);
      if (!is_finite(phi)) {
        throw no_answer("the model's characteristic function is not finite at frequency " + value_text(frequency(k)));
      }
      weighted_[k] = phi * (k == 0 ? 0.5 * values_[k] : values_[k]);
    }
    exponents_ = until;
  }

  struct value_and_slope {
    double value, slope;
  };

  /// What continuing is worth at y, and its derivative.
  value_and_slope continuation(double y) const {
    const double share = (y - support_.lower) / support_.width();
    double value = 0, slope = 0;
    for (std::size_t k = 0; k < terms_; ++k) {
      double sine, cosine;
      sin_cos_2pi(detail::fraction_of_turn(static_cast<double>(k), 0.5 * share), sine, cosine);
      value = fma(weighted_[k].re, cosine, fma(-weighted_[k].im, sine, value));
      const double turn = fma(weighted_[k].re, sine, weighted_[k].im * cosine);
      slope = fma(-frequency(k), turn, slope);
    }
    return {rounded_product(discount_, value), rounded_product(discount_, slope)};
  }

  /// What the option is worth today, where all of it continues.
  double today() {
    step_to(0);
    return continuation(log(model_.asset().spot() / strike_)).value;
  }

  /// The coefficients of what continues on [x1, x2].
  std::vector<double> continued(double x1, double x2) {
    const std::size_t size = 2 * terms_;
    std::vector<complex<double>> u(size), toeplitz(size), hankel(size);
    std::copy(weighted_.begin(), weighted_.end(), u.begin());
    const double turns1 = 0.5 * (x1 - support_.lower) / support_.width(),
                 turns2 = 0.5 * (x2 - support_.lower) / support_.width();
    for (std::size_t n = 0; n < size; ++n) {
      complex<double> m(0, rounded_product(2 * pi, turns2 - turns1));
      if (n > 0) {
        const auto number = static_cast<double>(n);
        double sine1, cosine1, sine2, cosine2;
        sin_cos_2pi(detail::fraction_of_turn(number, turns1), sine1, cosine1);
        sin_cos_2pi(detail::fraction_of_turn(number, turns2), sine2, cosine2);
        m = complex<double>((cosine2 - cosine1) / number, (sine2 - sine1) / number);
      }
      hankel[n] = m;
      if (n == 0) toeplitz[0] = m;
      if (n > 0 && n < terms_) {
        toeplitz[size - n] = m;
        toeplitz[n] = complex<double>(-m.re, m.im);  // m_(-n)
      }
    }
    transform_.forward(u.data(), u.data(), workspace_);
    transform_.forward(toeplitz.data(), toeplitz.data(), workspace_);
    transform_.forward(hankel.data(), hankel.data(), workspace_);
    // The Hankel product is a convolution with u backwards, whose transform is u's backwards.
    std::vector<complex<double>> sum(size);
    for (std::size_t q = 0; q < size; ++q) sum[q] = toeplitz[q] * u[q] + hankel[q] * u[q == 0 ? 0 : size - q];
    transform_.inverse(sum.data(), sum.data(), workspace_);
    std::vector<double> result(terms_);
    for (std::size_t k = 0; k < terms_; ++k) result[k] = rounded_product(discount_ / pi, sum[k].im);  // Re(-i z) = Im z
    return result;
  }

 private:
  double frequency(std::size_t k) const { return rounded_product(pi / support_.width(), static_cast<double>(k)); }

  /// log E exp(i u_k X(time)).
  std::vector<complex<double>> exponents_at(double time) const {
    std::vector<double> re(terms_), im(terms_, 0.0);
    for (std::size_t k = 0; k < terms_; ++k) re[k] = frequency(k);
    detail::replace_by_exponents(model_, time, re.data(), im.data(), terms_);
    std::vector<complex<double>> result(terms_);
    for (std::size_t k = 0; k < terms_; ++k) result[k] = {re[k], im[k]};
    return result;
  }

  const Model& model_;
  const std::vector<double>& dates_;
  double strike_;
  interval support_;
  std::size_t terms_;
  fourier_transform<double> transform_;
  decltype(std::declval<fourier_transform<double>>().make_workspace()) workspace_;
  std::vector<double> values_;
  std::vector<complex<double>> exponents_;  // at the date to step from
  std::vector<complex<double>> weighted_;   // phi V, the first halved
  double discount_ = 1;
};

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
  double beyond;  ///< what the mass outside the interval may be worth

  template <class Model>
  frame(const Model& model, option_type type, double strike, const std::vector<double>& dates, double tolerance) {
    static_assert(Model::independent_increments, "these options are for models of log(S) with independent increments");
    require_positive("strike", strike);
    require(!dates.empty(), "dates.size()", std::uint64_t{dates.size()}, "at least 1");
    double before = 0;
    for (const double date : dates) {
      require(std::isfinite(date) && date > before, "dates", date, "positive and ascending");
      before = date;
    }
    require(tolerance >= 1e-12 && tolerance <= 0.1, "tolerance", tolerance, "[1e-12, 0.1]");
    const double mass = 1e-2 * tolerance;
    support = support_of(model, dates, strike, mass);
    scale = type == option_type::call ? maximum(strike, model.asset().spot()) : strike;
    beyond = rounded_product(2 * static_cast<double>(dates.size()) * mass, scale);
  }
};

/// Doubles the number of terms until the price changes by less than the tolerance. The error is the last change, and
/// what the mass outside the interval may be worth. No option is worth less than nothing.
template <class Price>
estimate refined(const Price& price, double tolerance, const frame& f) {
  double last = price(std::size_t{64});
  estimate result;
  for (std::size_t terms = 128; terms <= (std::size_t{1} << 15); terms *= 2) {
    const double next = price(terms), change = abs(next - last);
    result.value = maximum(next, 0.0);
    result.truncation_error = change + fma(1e-13, f.scale, f.beyond);
    if (change <= tolerance * f.scale) return result;
    last = next;
  }
  throw no_answer("the tolerance " + value_text(tolerance) + " is out of reach: prices still change by " +
                  value_text(result.truncation_error));
}

}  // namespace early_exercise_detail

/// A put or call that can be exercised at each of `dates` (years, ascending), the last being its maturity.
/// @param tolerance of the price over the strike, [1e-12, 0.1]
/// @returns the price, with its error as truncation error. O(dates x N log N) for N terms, which are doubled until the
///          price changes by less than the tolerance
/// @throws invalid_parameter for a strike, dates or a tolerance outside their ranges
/// @throws no_answer where the tolerance is out of reach
template <class Model>
estimate bermudan_price(const Model& model, option_type type, double strike, const std::vector<double>& dates,
                        double tolerance = 1e-8) {
  const early_exercise_detail::frame f(model, type, strike, dates, tolerance);
  const interval support = f.support;
  const bool call = type == option_type::call;
  const auto intrinsic = [&](double y) { return maximum(rounded_product(call ? strike : -strike, expm1(y)), 0.0); };
  const auto price = [&](std::size_t terms) {
    early_exercise_detail::backward_expansion<Model> values(model, dates, strike, support, terms);
    values.set(values.payoff(type, support.lower, support.upper));
    double boundary = 0;
    for (std::size_t date = dates.size(); date-- > 1;) {
      values.step_to(date);
      // Exercise is worth more beyond the boundary: below it for a put, above it for a call. Newton's method within a
      // bracket between the money and the end of the interval.
      double inner = 0, outer = call ? support.upper : support.lower;
      const auto excess = [&](double y) { return intrinsic(y) - values.continuation(y).value; };
      if (excess(outer) <= 0) {
        boundary = outer;  // never
      } else {
        double y = minimum(maximum(boundary, support.lower), support.upper);
        if (!(call ? y > inner && y < outer : y < inner && y > outer)) y = 0.5 * (inner + outer);
        for (int i = 0; i < 100; ++i) {
          const auto c = values.continuation(y);
          const double difference = intrinsic(y) - c.value;
          (difference > 0 ? outer : inner) = y;
          const double slope = fma(call ? strike : -strike, exp(y), -c.slope);
          double next = y - difference / slope;
          if (!(next > minimum(inner, outer) && next < maximum(inner, outer))) next = 0.5 * (inner + outer);
          const double moved = abs(next - y);
          y = next;
          if (moved <= 1e-14 * (1 + abs(y)) || abs(outer - inner) <= 1e-14) break;
        }
        boundary = y;
      }
      std::vector<double> next =
          call ? values.continued(support.lower, boundary) : values.continued(boundary, support.upper);
      const std::vector<double> exercised =
          call ? values.payoff(type, boundary, support.upper) : values.payoff(type, support.lower, boundary);
      for (std::size_t k = 0; k < terms; ++k) next[k] += exercised[k];
      values.set(std::move(next));
    }
    return values.today();
  };
  return early_exercise_detail::refined(price, tolerance, f);
}

/// The same that can be exercised at any time up to `maturity`: Bermudan prices with 2^d, 2^(d+1), 2^(d+2) and 2^(d+3)
/// dates, d = 3, extrapolated to infinitely many (Geske, R. and Johnson, H. E. (1984), The American put option valued
/// analytically, J. Finance 39(5)). The error is the distance from the extrapolation without the first.
/// @throws invalid_parameter for a maturity that is not positive, and as bermudan_price
template <class Model>
estimate american_price(const Model& model, option_type type, double strike, double maturity, double tolerance = 1e-8) {
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
                         const std::vector<double>& dates, double tolerance = 1e-8) {
  require(lower >= 0 && lower < upper, "lower", lower, "not negative, and below the upper barrier");
  const early_exercise_detail::frame f(model, type, strike, dates, tolerance);
  const interval support = f.support;
  const double low = lower > 0 ? maximum(log(lower / strike), support.lower) : support.lower;
  const double high = upper < 1e300 ? minimum(log(upper / strike), support.upper) : support.upper;
  if (!(low < high)) return estimate{};
  const auto price = [&](std::size_t terms) {
    early_exercise_detail::backward_expansion<Model> values(model, dates, strike, support, terms);
    values.set(values.payoff(type, low, high));
    for (std::size_t date = dates.size(); date-- > 1;) {
      values.step_to(date);
      values.set(values.continued(low, high));
    }
    return values.today();
  };
  return early_exercise_detail::refined(price, tolerance, f);
}

SPECTRALMC_LANES_NAMESPACE_END
}  // namespace spectralmc
