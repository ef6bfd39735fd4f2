// The law of an observed quantity, and all that can be asked of it.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <string>
#include <vector>

#include "spectralmc/errors.hpp"
#include "spectralmc/numeric/estimate.hpp"
#include "spectralmc/spectral/cosine_expansion.hpp"
#include "spectralmc/spectral/spectrum.hpp"

namespace spectralmc {

/// The law of X from its spectrum, simulated or closed-form: docs/spectral-method.md has the mathematics. Answers are
/// in the unit of the observed quantity (none for log-returns, currency for S); prices are in currency, today. Every
/// answer carries its standard error (0 for a closed form) and the truncation error of the expansion.
///
/// Cost with N terms: O(N) an answer for a closed form, O(N^2) for a simulated spectrum.
class distribution {
 public:
  explicit distribution(const spectrum& source)
      : expansion_(source), quantity_(source.quantity()), density_terms_(choose_density_terms()) {}

  interval support() const { return expansion_.support(); }
  const observed_quantity& quantity() const { return quantity_; }
  const cosine_expansion& expansion() const { return expansion_; }

  /// The density at x; 0 outside the support. For a simulated law the number of terms is density_terms(), and the
  /// standard error does not include the bias of what is left out (truncation_error estimates that).
  estimate density(double x) const {
    require_finite("x", x);
    if (!support().contains(x)) return zero();
    const double turns = 0.5 * (x - support().lower) / support().width();
    return expansion_.expectation(
        [&](std::size_t k) {
          double sine, cosine;
          sin_cos_2pi(detail::fraction_of_turn(static_cast<double>(k), turns), sine, cosine);
          return cosine;
        },
        0.0, density_terms_);
  }

  /// The number of terms that the density uses. For a simulated law it minimises the unbiased estimate of the mean
  /// integrated squared error, sum_{k<=N} (2 var_k/(n - 1) - A_k^2) with var_k the sample variance of cos(u_k (X - a)):
  /// Kronmal, R. and Tarter, M. (1968), The estimation of probability densities and cumulatives by Fourier series
  /// methods, JASA 63(323); the global minimum in place of the first: Hart, J. D. (1985), On the choice of a truncation
  /// point in Fourier series density estimation, J. Stat. Comput. Simul. 21.
  std::size_t density_terms() const { return density_terms_; }

  /// P(X <= x), within [0, 1].
  estimate cdf(double x) const {
    require_finite("x", x);
    if (x <= support().lower) return zero();
    if (x >= support().upper) return constant(1);
    return clamped(expectation_of_one(support().lower, x), 0, 1);
  }

  /// The smallest x found with P(X <= x) = probability, by bisection to the last bit. Standard error by the delta
  /// method: that of the distribution function at x over the density at x.
  /// @throws invalid_parameter unless 0 < probability < 1
  /// @throws no_answer where the density estimate is not positive at the quantile (too few paths for so small a tail)
  estimate quantile(double probability) const {
    require(probability > 0 && probability < 1, "probability", probability, "(0, 1)");
    estimate result = constant(locate(probability));
    const double slope = density(result.value).value;
    if (!(slope > 0)) {
      throw no_answer("the density at the quantile of " + value_text(probability) +
                      " cannot be told from zero: more paths are needed");
    }
    const estimate level = expectation_of_one(support().lower, result.value);
    result.standard_error = level.standard_error / slope;
    result.truncation_error = level.truncation_error / slope;
    return result;
  }

  /// Value at risk at tail probability `tail`: minus the `tail` quantile, the loss exceeded with that probability.
  estimate value_at_risk(double tail) const { return negated(quantile(tail)); }

  /// Expected shortfall at tail probability `tail`: -E[X | X <= q] with q the `tail` quantile. To first order its error
  /// is that of E(q - X)^+ / tail, the quantile's own error cancelling: Rockafellar, R. T. and Uryasev, S. (2000),
  /// Optimization of conditional value-at-risk, J. Risk 2(3).
  estimate expected_shortfall(double tail) const {
    require(tail > 0 && tail < 1, "tail", tail, "(0, 1)");
    const double q = locate(tail);
    estimate result = shortfall_below(q);
    result.value = fma(-1.0, q, result.value / tail);
    result.standard_error /= tail;
    result.truncation_error /= tail;
    return result;
  }

  /// E X.
  estimate mean() const {
    return moment_functional([](const double* m) { return m[1]; });
  }

  /// The n-th cumulant, n = 1 ... 4; standard errors by the influence functions of the central moments.
  estimate cumulant(int order) const {
    require(order >= 1 && order <= 4, "order", std::uint64_t(order < 0 ? 0 : order), "1, 2, 3 or 4");
    if (order == 1) return mean();
    const central_moments c = central();
    estimate result;
    if (order == 2) {
      result = functional(c, [](const double* m) { return m[2]; });
      result.value = c.second;
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

  /// Calls max(S - K, 0) paid at the observation date, for each strike K. Closed forms go through the put and parity;
  /// simulated laws are asked for the call itself.
  /// @throws invalid_parameter for an empty list or a strike that is not positive and finite
  /// @throws no_answer if a price violates its arbitrage bounds by more than its errors explain
  std::vector<estimate> call_prices(const std::vector<double>& strikes) const {
    return for_strikes(strikes, [this](double strike) {
      if (expansion_.simulated() || !std::isfinite(quantity_.forward)) return option(strike, true);
      estimate result = option(strike, false);
      result.value = fma(quantity_.discount, quantity_.forward - strike, result.value);
      const double floor = std::fmax(0.0, quantity_.discount * (quantity_.forward - strike));
      return within_bounds(result, floor, quantity_.discount * quantity_.forward, strike);
    });
  }

  /// Puts max(K - S, 0), as call_prices.
  std::vector<estimate> put_prices(const std::vector<double>& strikes) const {
    return for_strikes(strikes, [this](double strike) { return option(strike, false); });
  }

  /// Pays one unit of currency at the observation date if S > K.
  std::vector<estimate> digital_call_prices(const std::vector<double>& strikes) const {
    return for_strikes(strikes, [this](double strike) { return digital(strike, true); });
  }

  /// Pays one unit of currency at the observation date if S <= K.
  std::vector<estimate> digital_put_prices(const std::vector<double>& strikes) const {
    return for_strikes(strikes, [this](double strike) { return digital(strike, false); });
  }

 private:
  struct central_moments {
    double mean, second, third, fourth;
  };

  estimate constant(double value) const {
    estimate result;
    result.value = value;
    result.paths = expansion_.paths();
    result.truncation_error = value == 0 || value == 1 ? expansion_.edge_mass() : 0;
    return result;
  }
  estimate zero() const { return constant(0); }

  static estimate negated(estimate e) {
    e.value = -e.value;
    return e;
  }

  static estimate scaled(estimate e, double factor) {
    e.value *= factor;
    e.standard_error *= factor;
    e.truncation_error *= factor;
    return e;
  }

  static estimate clamped(estimate e, double lower, double upper) {
    e.value = std::clamp(e.value, lower, upper);
    return e;
  }

  std::size_t choose_density_terms() const {
    if (!expansion_.simulated()) return expansion_.terms();
    const double n = static_cast<double>(expansion_.paths());
    double risk = 0, least = 0;
    std::size_t best = 2;
    for (std::size_t k = 1; k < expansion_.terms(); ++k) {
      const double a = expansion_.coefficient(k);
      risk = fma(-a, a, risk) + 2 * expansion_.coefficient_variance(k) / std::fmax(n - 1, 1.0);
      if (risk < least) {
        least = risk;
        best = k + 1;
      }
    }
    return best;
  }

  estimate expectation_of_one(double c, double d) const {
    cosine_integrals integrals(support(), c, d);
    return expansion_.expectation(
        [&](std::size_t k) {
          integrals.at(k);
          return integrals.of_one();
        },
        1.0);
  }

  /// E(q - X)^+
  estimate shortfall_below(double q) const {
    cosine_integrals integrals(support(), support().lower, q);
    const double width = q - support().lower;
    return expansion_.expectation(
        [&](std::size_t k) {
          integrals.at(k);
          return fma(width, integrals.of_one(), -integrals.of_distance());
        },
        width);
  }

  /// The x at which the distribution function reaches `probability`.
  double locate(double probability) const {
    // Values of the antiderivative of the expansion; weights are formed once a call, which makes a step O(N).
    const double scale = 2 / support().width();
    const auto below = [&](double x) {
      cosine_integrals integrals(support(), support().lower, x);
      double sum = 0;
      for (std::size_t k = 0; k < expansion_.terms(); ++k) {
        integrals.at(k);
        sum = fma(integrals.of_one(), (k == 0 ? 0.5 : 1.0) * expansion_.coefficient(k), sum);
      }
      return scale * sum;
    };
    double lower = support().lower, upper = support().upper;
    for (int i = 0; i < 200; ++i) {
      const double middle = lower + 0.5 * (upper - lower);
      if (middle <= lower || middle >= upper) break;
      (below(middle) < probability ? lower : upper) = middle;
    }
    return upper;
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
    for (double end : {support().lower - centre, support().upper - centre}) {
      double p[5] = {1, end, end * end, end * end * end, end * end * end * end};
      bound = std::fmax(bound, std::fabs(combine(p)));
    }
    return expansion_.expectation(
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

  template <class Combine>
  estimate moment_functional(Combine&& combine) const {
    return powers(0, combine);
  }

  central_moments central() const {
    central_moments c{mean().value, 0, 0, 0};
    c.second = powers(c.mean, [](const double* m) { return m[2]; }).value;
    c.third = powers(c.mean, [](const double* m) { return m[3]; }).value;
    c.fourth = powers(c.mean, [](const double* m) { return m[4]; }).value;
    if (!(c.second > 0)) throw no_answer("the variance estimate is not positive");
    return c;
  }

  template <class Price>
  static std::vector<estimate> for_strikes(const std::vector<double>& strikes, Price&& price) {
    require(!strikes.empty(), "strikes.size()", std::uint64_t{strikes.size()}, "at least 1");
    for (double strike : strikes) require_positive("strike", strike);
    std::vector<estimate> prices;
    prices.reserve(strikes.size());
    for (double strike : strikes) prices.push_back(price(strike));
    return prices;
  }

  /// The strike as a value of the observed quantity, within the support.
  double barrier(double strike) const {
    const double x = quantity_.logarithmic ? log(strike / quantity_.scale) : strike / quantity_.scale;
    return std::clamp(x, support().lower, support().upper);
  }

  estimate option(double strike, bool call) const {
    const double edge = barrier(strike);
    const double c = call ? edge : support().lower, d = call ? support().upper : edge;
    const double sign = call ? 1 : -1, scale = quantity_.scale;
    cosine_integrals integrals(support(), c, d);
    estimate result;
    if (quantity_.logarithmic) {
      const double exp_c = exp(c), exp_d = exp(d);
      const double largest = call ? fma(scale, exp_d, -strike) : fma(-scale, exp_c, strike);
      result = expansion_.expectation(
          [&](std::size_t k) {
            integrals.at(k);
            return sign * fma(scale, integrals.of_exponential(exp_c, exp_d), -(strike * integrals.of_one()));
          },
          largest);
    } else {
      // scale (y - c) + (scale c - strike)
      const double offset = fma(scale, c, -strike);
      result = expansion_.expectation(
          [&](std::size_t k) {
            integrals.at(k);
            return sign * fma(scale, integrals.of_distance(), offset * integrals.of_one());
          },
          scale * (d - c));
    }
    result = scaled(result, quantity_.discount);
    const double forward = expansion_.simulated() ? std::numeric_limits<double>::quiet_NaN() : quantity_.forward;
    const double intrinsic = quantity_.discount * sign * (forward - strike);
    return within_bounds(result, std::fmax(0.0, intrinsic),
                         call ? quantity_.discount * forward : quantity_.discount * strike, strike);
  }

  estimate digital(double strike, bool call) const {
    const double edge = barrier(strike);
    estimate result = call ? expectation_of_one(edge, support().upper) : expectation_of_one(support().lower, edge);
    result = scaled(result, quantity_.discount);
    return within_bounds(result, 0.0, quantity_.discount, strike);
  }

  /// A price beyond its arbitrage bounds (a NaN bound is none) by no more than its errors is put onto the bound and the
  /// distance added to its truncation error; beyond that there is no answer. Four standard errors count as explained.
  estimate within_bounds(estimate price, double lower, double upper, double strike) const {
    const double nearest = std::fmin(std::fmax(price.value, lower), upper);
    const double distance = std::fabs(price.value - nearest);
    const double rounding = 1e-12 * quantity_.discount * (strike + std::fabs(quantity_.scale));
    if (!(distance <= fma(4.0, price.standard_error, fma(10.0, price.truncation_error, rounding)))) {
      throw no_answer("the price " + value_text(price.value) + " at strike " + value_text(strike) +
                      " is outside its arbitrage bounds by more than its error: take more terms or a wider interval");
    }
    price.value = nearest;
    price.truncation_error += distance;
    return price;
  }

  cosine_expansion expansion_;
  observed_quantity quantity_;
  std::size_t density_terms_;
};

}  // namespace spectralmc
