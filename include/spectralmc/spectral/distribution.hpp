// The law of an observed quantity, and all that can be asked of it.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "spectralmc/configuration.hpp"
#include "spectralmc/errors.hpp"
#include "spectralmc/numeric/estimate.hpp"
#include "spectralmc/spectral/cosine_expansion.hpp"
#include "spectralmc/spectral/cosine_law.hpp"
#include "spectralmc/spectral/expanded_law.hpp"
#include "spectralmc/spectral/law_options.hpp"
#include "spectralmc/spectral/spectrum.hpp"

namespace spectralmc {
SPECTRALMC_LANES_NAMESPACE_BEGIN

/// The law of X from its spectrum, simulated or closed-form: docs/spectral-method.md has the mathematics. Answers are
/// in the unit of the observed quantity (none for log-returns, currency for S); prices are in currency, today. Every
/// answer carries its standard error (0 for a closed form) and the truncation error of the expansion.
///
/// Cost with N terms: O(N) an answer for a closed form, O(N^2) for a simulated spectrum.
class distribution {
 public:
  explicit distribution(const spectrum& source)
      : law_(source),
        density_terms_(choose_density_terms()),
        deviation_(sqrt(std::fmax(0.0, central_moment_values().second))) {}

  interval support() const { return law_.support(); }
  const observed_quantity& quantity() const { return law_.quantity(); }
  const cosine_expansion& expansion() const { return law_.expansion(); }

  /// The density at x; 0 outside the support. For a simulated law the number of terms is density_terms(), and the
  /// standard error does not include the bias of what is left out (truncation_error estimates that). Mass outside the
  /// support is folded back into it, mirrored at its ends; the truncation error has what it can add at x if the density
  /// falls from there on.
  /// @throws no_answer where the terms are far from resolving the law, which may then have a peak of any height
  estimate density(double x) const {
    require_finite("x", x);
    if (law_.certain()) throw no_answer("the quantity is certain and has no density");
    if (!support().contains(x)) {
      estimate nothing = law_.answer();
      nothing.truncation_error = law_.unseen(expansion().edge_mass()) / support().width();
      return nothing;
    }
    if (expansion().last_size() > 0.05) {
      throw no_answer("the terms do not resolve the density: take more terms or a narrower interval");
    }
    const double turns = 0.5 * (x - support().lower) / support().width();
    estimate result = expansion().expectation(
        [&](std::size_t k) {
          double sine, cosine;
          sin_cos_2pi(detail::fraction_of_turn(static_cast<double>(k), turns), sine, cosine);
          return cosine;
        },
        0.0, density_terms_);
    // A density that falls over a distance d beyond an end is at most (mass beyond it) / d there.
    const double below = x - support().lower, above = support().upper - x;
    double folded = 0;
    if (expansion().mass_below() > 0) folded += expansion().mass_below() / below;
    if (expansion().mass_above() > 0) folded += expansion().mass_above() / above;
    result.truncation_error += std::fmin(std::fabs(result.value), folded);
    return result;
  }

  /// The number of terms that the density uses. For a simulated law it minimises the unbiased estimate of the mean
  /// integrated squared error, sum_{k<=N} (2 var A_k - A_k^2) with var A_k the estimated variance of A_k as a mean:
  /// Kronmal, R. and Tarter, M. (1968), The estimation of probability densities and cumulatives by Fourier series
  /// methods, JASA 63(323); the global minimum in place of the first: Hart, J. D. (1985), On the choice of a truncation
  /// point in Fourier series density estimation, J. Stat. Comput. Simul. 21.
  std::size_t density_terms() const { return density_terms_; }

  /// P(X <= x), within [0, 1]. The variance over n paths has 2/n^2 added to it, so that the intervals hold also where
  /// next to no path is (as if two more paths had been there: Agresti, A. and Coull, B. A. (1998), Approximate is
  /// better than "exact" for interval estimation of binomial proportions, American Statistician 52(2)).
  estimate cdf(double x) const {
    require_finite("x", x);
    if (law_.certain()) return law_.certainly(x >= quantity().certain ? 1 : 0, law_.at_the_point(x) ? 1 : 0);
    if (x <= support().lower) return law_.constant(0, law_.unseen(expansion().mass_below()));
    if (x >= support().upper) return law_.constant(1, law_.unseen(expansion().mass_above()));
    return clamped(law_.probability_between(support().lower, x), 0, 1);
  }

  /// The x with P(X <= x) = probability. Where the estimated distribution function crosses that level more than once it
  /// is the middle between the first and the last crossing. The errors are what the distribution function's own become
  /// when carried over to x: half the distance of the quantiles at the levels probability +- standard error (Woodruff,
  /// R. S. (1952), Confidence intervals for medians and other position measures, JASA 47), and the larger of the
  /// distances to those at probability +- truncation error.
  /// @throws invalid_parameter unless 0 < probability < 1
  /// @throws no_answer for a tail that fewer than 10 paths are expected in, or that the truncation error exceeds
  estimate quantile(double probability) const { return locate(probability).value; }

  /// Value at risk at tail probability `tail`: minus the `tail` quantile, the loss exceeded with that probability.
  estimate value_at_risk(double tail) const { return negated(quantile(tail)); }

  /// Expected shortfall at tail probability `tail`: -E[X | X <= q] with q the `tail` quantile. To first order its error
  /// is that of E(q - X)^+ / tail, the quantile's own error cancelling: Rockafellar, R. T. and Uryasev, S. (2000),
  /// Optimization of conditional value-at-risk, J. Risk 2(3). Never below the value at risk.
  /// @throws as quantile
  estimate expected_shortfall(double tail) const {
    require(tail > 0 && tail < 1, "tail", tail, "(0, 1)");
    if (law_.certain()) return negated(quantile(tail));
    const location q = locate(tail);
    const estimate excess = shortfall_below(q.value.value);
    estimate result = excess;
    result.value = fma(-1.0, q.value.value, excess.value / tail);
    result.standard_error /= tail;
    // What the quantile's own truncation error costs is of second order.
    result.truncation_error = fma(q.value.truncation_error, q.level_error, excess.truncation_error) / tail;
    if (excess.value < 0) {
      const double distance = -excess.value / tail;
      if (!detail::explained(distance, result)) {
        throw no_answer("the expected shortfall comes out below the value at risk: take more terms");
      }
      result.value = -q.value.value;
      result.truncation_error += distance;
    }
    return result;
  }

  /// E X. As for cdf, the variance is that with two more paths, a deviation off the mean.
  estimate mean() const {
    if (law_.certain()) return law_.certainly(quantity().certain, law_.rounding_of_certain());
    const double centre = law_.middle_of_support();
    estimate result = powers(centre, [](const double* m) { return m[1]; });
    result.value += centre;
    return detail::with_two_more_paths(result, deviation_);
  }

  /// The n-th cumulant, n = 1 ... 4; standard errors by the influence functions of the central moments. The variance is
  /// the unbiased one, and its own variance that with two more paths, whose squares are off by twice it.
  estimate cumulant(int order) const {
    require(order >= 1 && order <= 4, "order", double(order), "1, 2, 3 or 4");
    if (order == 1) return mean();
    if (law_.certain()) return law_.certainly(0, 0);
    const central_moments c = central();
    estimate result;
    if (order == 2) {
      result = functional(c, [](const double* m) { return m[2]; });
      result.value = c.second;
      // The square of the estimated mean is too large by the variance of that.
      const auto n = static_cast<double>(expansion().paths());
      if (expansion().samples().replicates() != 0) {
        const double error = mean().standard_error;
        result.value = fma(error, error, c.second);
      } else if (n > 1) {
        result.value = c.second * (n / (n - 1));
      }
      result = detail::with_two_more_paths(result, 2 * c.second);
    } else if (order == 3) {
      result = functional(c, [&](const double* m) { return fma(-3 * c.second, m[1], m[3]); });
      result.value = c.third;
    } else {
      result = functional(c, [&](const double* m) { return fma(-6 * c.second, m[2], fma(-4 * c.third, m[1], m[4])); });
      result.value = fma(-3 * c.second, c.second, c.fourth);
    }
    return result;
  }

  estimate variance() const { return cumulant(2); }

  /// Third central moment over variance^(3/2).
  estimate skewness() const {
    const central_moments c = central();
    const double s = sqrt(c.second), skew = c.third / (c.second * s);
    estimate result = functional(c, [&](const double* m) {
      return fma(-1.5 * skew / c.second, m[2], fma(-3 / s, m[1], m[3] / (c.second * s)));
    });
    result.value = skew;
    return result;
  }

  /// Fourth central moment over variance squared, less 3.
  estimate excess_kurtosis() const {
    const central_moments c = central();
    const double s = sqrt(c.second), skew = c.third / (c.second * s), kurtosis = c.fourth / (c.second * c.second);
    estimate result = functional(c, [&](const double* m) {
      return fma(-2 * kurtosis / c.second, m[2], fma(-4 * skew / s, m[1], m[4] / (c.second * c.second)));
    });
    result.value = kurtosis - 3;
    return result;
  }

  /// Calls max(S - K, 0) paid at the observation date, for each strike K. Where the forward is known the other type of
  /// option and parity give a second answer: closed forms give calls through puts. A put's payoff is bounded and its
  /// error bar can be trusted; a call's cannot where the paths miss a heavy tail. So of a simulated law's two answers
  /// the put's is returned, unless the call is out of the money, has the smaller error and is within twice the put's.
  /// To the variance over n paths 2 (d/n)^2 is added, as if two more paths had ended one deviation d of S beyond the
  /// strike, so that no price is certain because no path reached its strike.
  /// @throws invalid_parameter for an empty list or a strike that is not finite or, unless prices may be negative, not
  ///         positive
  /// @throws no_answer if a price violates its arbitrage bounds by more than its errors explain
  std::vector<estimate> call_prices(const std::vector<double>& strikes) const {
    return options().for_strikes(strikes, [](const auto& law, double strike) { return law.option(strike, true); });
  }

  /// Puts max(K - S, 0), as call_prices.
  std::vector<estimate> put_prices(const std::vector<double>& strikes) const {
    return options().for_strikes(strikes, [](const auto& law, double strike) { return law.option(strike, false); });
  }

  /// Pays one unit of currency at the observation date if S > K.
  std::vector<estimate> digital_call_prices(const std::vector<double>& strikes) const {
    return options().for_strikes(strikes, [](const auto& law, double strike) { return law.digital(strike, true); });
  }

  /// Pays one unit of currency at the observation date if S <= K.
  std::vector<estimate> digital_put_prices(const std::vector<double>& strikes) const {
    return options().for_strikes(strikes, [](const auto& law, double strike) { return law.digital(strike, false); });
  }

 private:
  struct central_moments {
    double mean, second, third, fourth;
  };

  struct location {
    estimate value;
    double level_error;  // truncation error of the distribution function there
  };

  static estimate negated(estimate e) {
    e.value = -e.value;
    return e;
  }

  static estimate clamped(estimate e, double lower, double upper) {
    e.value = std::clamp(e.value, lower, upper);
    return e;
  }

  std::size_t choose_density_terms() const {
    if (!expansion().simulated() || expansion().paths() < 2) return expansion().terms();
    double risk = 0, least = 0;
    std::size_t best = 2;
    for (std::size_t k = 1; k < expansion().terms(); ++k) {
      const double a = expansion().coefficient(k);
      risk = fma(-a, a, risk) + 2 * expansion().variance_of_mean(k);
      if (risk < least) {
        least = risk;
        best = k + 1;
      }
    }
    return best;
  }

  /// E(q - X)^+. Samples below the support are taken to be so by its width at most.
  estimate shortfall_below(double q) const {
    cosine_integrals integrals(support(), support().lower, q);
    const double depth = q - support().lower, width = support().width();
    const outside_effect effect(std::fmin(width, depth + 0.5 * width), std::fmax(q - law_.middle_of_support(), 0.0),
                                depth + width, depth);
    return expansion().expectation(
        [&](std::size_t k) {
          integrals.at(k);
          return integrals.of_remainder();
        },
        effect);
  }

  location locate(double probability) const {
    require(probability > 0 && probability < 1, "probability", probability, "(0, 1)");
    if (law_.certain()) return {law_.certainly(quantity().certain, law_.rounding_of_certain()), 0};
    const double tail = std::fmin(probability, 1 - probability), n = static_cast<double>(expansion().paths());
    if (expansion().simulated() && !(n * tail >= 10)) {
      throw no_answer("fewer than 10 of " + value_text(expansion().paths()) +
                      " paths are expected beyond the quantile of " + value_text(probability) +
                      ": more paths are needed");
    }
    const std::size_t points =
        (std::max)(std::size_t{64}, (std::min)(4 * expansion().terms(), (1U << 22) / expansion().terms()));
    const std::vector<double> grid = expansion().distribution_function_on_grid(points);
    const auto middle = [&](double level) {
      const interval crossings = crossings_of(grid, level);
      return fma(0.5, crossings.width(), crossings.lower);
    };
    const interval crossings = crossings_of(grid, probability);
    const double x = fma(0.5, crossings.width(), crossings.lower);
    const estimate level = law_.probability_between(support().lower, x);
    if (!(level.truncation_error < tail)) {
      throw no_answer("the terms do not resolve the law at the quantile of " + value_text(probability) +
                      ": take more terms or a narrower interval");
    }
    location found{level, level.truncation_error};
    found.value.value = x;
    const double s = level.standard_error, t = level.truncation_error;
    // Where the distribution function is not monotone the middles need not be in order.
    found.value.standard_error = s > 0 ? 0.5 * std::fabs(middle(probability + s) - middle(probability - s)) : 0;
    found.value.truncation_error =
        fma(0.5, crossings.width(),
            std::fmax(std::fabs(middle(probability + t) - x), std::fabs(x - middle(probability - t))));
    return found;
  }

  /// The first and the last x at which the distribution function, known at equally spaced points of the support,
  /// crosses a level.
  interval crossings_of(const std::vector<double>& grid, double level) const {
    const auto last_point = grid.size() - 1;
    const double step = support().width() / static_cast<double>(last_point);
    const auto point = [&](std::size_t j) { return fma(step, static_cast<double>(j), support().lower); };
    std::size_t first = 0, last = last_point;  // grid[first] is the first value at the level, grid[last] the last below
    while (first <= last_point && grid[first] < level) ++first;
    while (last > 0 && grid[last] >= level) --last;
    if (first == 0 || level <= 0) return {support().lower, support().lower};
    if (last == last_point)
      return {first > last_point ? support().upper : root(level, point(first - 1), point(first)), support().upper};
    const double right = root(level, point(last), point(last + 1));
    return {first == last + 1 ? right : root(level, point(first - 1), point(first)), right};
  }

  /// Where the distribution function reaches a level between x = lower, where it is below, and upper. Newton's method,
  /// kept in a bracket.
  double root(double level, double lower, double upper) const {
    double x = fma(0.5, upper - lower, lower);
    for (int i = 0; i < 100; ++i) {
      const auto [below, density] = expansion().distribution_function(x);
      const double error = below - level;
      (error < 0 ? lower : upper) = x;
      double next = x - error / density;
      if (!(next > lower && next < upper)) next = fma(0.5, upper - lower, lower);
      if (std::fabs(next - x) <= 0x1p-52 * std::fabs(x) || next <= lower || next >= upper) return next;
      x = next;
    }
    return x;
  }

  /// The integrals of (y - centre)^p cos(u_k (y - a)) over the support, p = 0 ... 4, by parts.
  void moment_integrals(std::size_t k, double centre, double* m) const {
    const double lower = support().lower - centre, upper = support().upper - centre;
    double low = 1, high = 1;  // powers of the ends
    if (k == 0) {
      for (int p = 0; p <= 4; ++p) {
        m[p] = fma(high, upper, -(low * lower)) / (p + 1);
        low *= lower;
        high *= upper;
      }
      return;
    }
    const double frequency = static_cast<double>(k) * (pi / support().width());
    const double sign = k % 2 == 0 ? 1 : -1;
    double cosine = 0, sine = 0;  // integrals with the power before
    for (int p = 0; p <= 4; ++p) {
      const double next_cosine = p == 0 ? 0.0 : -(p * sine) / frequency;
      sine = fma(static_cast<double>(p), cosine, fma(-high, sign, low)) / frequency;
      cosine = next_cosine;
      m[p] = cosine;
      low *= lower;
      high *= upper;
    }
  }

  /// E of a combination of the powers (X - centre)^p.
  template <class Combine>
  estimate powers(double centre, Combine&& combine) const {
    double m[5] = {1, 0, 0, 0, 0};
    double bound = 0;
    // What is outside the support is taken to be so by its width at most; where a closed form has next to nothing
    // there, at its ends.
    const double margin = expansion().simulated() || expansion().edge_mass() > 1e-6 ? support().width() : 0;
    for (double end : {support().lower - margin - centre, support().upper + margin - centre}) {
      double p[5] = {1, end, end * end, end * end * end, end * end * end * end};
      bound = std::fmax(bound, std::fabs(combine(p)));
    }
    return expansion().expectation(
        [&](std::size_t k) {
          moment_integrals(k, centre, m);
          return combine(m);
        },
        bound);
  }

  template <class Combine>
  estimate functional(const central_moments& c, Combine&& combine) const {
    return powers(c.mean, combine);
  }

  /// Central moments of the law, without their errors.
  central_moments central_moment_values() const {
    const double middle = law_.middle_of_support();
    double m[5];
    const auto moment = [&](double centre, int power) {
      return expansion().value_of_expectation([&](std::size_t k) {
        moment_integrals(k, centre, m);
        return m[power];
      });
    };
    central_moments c{middle + moment(middle, 1), 0, 0, 0};
    c.second = moment(c.mean, 2);
    c.third = moment(c.mean, 3);
    c.fourth = moment(c.mean, 4);
    return c;
  }

  central_moments central() const {
    const central_moments c = central_moment_values();
    if (!(c.second > 0)) throw no_answer("the variance estimate is not positive");
    return c;
  }

  distribution_detail::law_options options() const { return {law_, deviation_}; }

  distribution_detail::expanded_law law_;
  std::size_t density_terms_;
  double deviation_;
};

SPECTRALMC_LANES_NAMESPACE_END
}  // namespace spectralmc
