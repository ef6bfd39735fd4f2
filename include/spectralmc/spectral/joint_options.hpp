// Options on two assets under a joint law.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "spectralmc/allocation.hpp"
#include "spectralmc/errors.hpp"
#include "spectralmc/numeric/complex.hpp"
#include "spectralmc/numeric/elementary.hpp"
#include "spectralmc/numeric/estimate.hpp"
#include "spectralmc/numeric/gauss_legendre.hpp"
#include "spectralmc/numeric/matrix.hpp"
#include "spectralmc/spectral/cosine_expansion.hpp"
#include "spectralmc/spectral/distribution.hpp"
#include "spectralmc/spectral/joint_expansion.hpp"

namespace spectralmc {
SPECTRALMC_LANES_NAMESPACE_BEGIN

namespace joint_detail {

/// What joint_distribution prices by, which says what each option pays. Refers to the expansion.
class options_on_two {
 public:
  explicit options_on_two(const joint_expansion& expansion) : expansion_(expansion) {}

  estimate basket_call(double first_weight, double second_weight, double strike) const {
    require(std::isfinite(first_weight) && first_weight != 0, "first_weight", first_weight, "finite and not 0");
    require(std::isfinite(second_weight) && second_weight != 0, "second_weight", second_weight, "finite and not 0");
    require_finite("strike", strike);
    const double low = extreme(first_weight, 0, false) + extreme(second_weight, 1, false) - strike,
                 high = extreme(first_weight, 0, true) + extreme(second_weight, 1, true) - strike;
    const double largest = std::fmax(std::fmax(std::fabs(low), std::fabs(high)), 0.0);
    // Kinks as a function of x: where the edge of what is paid leaves the support, and where there is none.
    const auto x_where_paid = [&](double paid) { return level_at(0, (strike - paid) / first_weight); };
    estimate result = expectation_by_panels(
        {x_where_paid(0)}, [&](double y) { return x_where_paid(rounded_product(second_weight, price_at(1, y))); },
        largest,
        [&](double x, double* row, std::size_t count) {
          payoff_row(second_weight, fma(-first_weight, price_at(0, x), strike), row, count);
        });
    result = detail::with_two_more_paths(
        result, fma(std::fabs(first_weight), overshoot(0), rounded_product(std::fabs(second_weight), overshoot(1))));
    const observed_quantity &q1 = expansion_.axis(0).quantity, &q2 = expansion_.axis(1).quantity;
    const double forward = fma(first_weight, q1.forward, rounded_product(second_weight, q2.forward));
    const double lower = std::isfinite(forward) ? std::fmax(0.0, forward - strike) : 0.0;
    const double upper = q1.negative || q2.negative ? std::numeric_limits<double>::infinity()
                                                    : fma(std::fmax(first_weight, 0.0), q1.forward,
                                                          rounded_product(std::fmax(second_weight, 0.0), q2.forward)) +
                                                          std::fmax(-strike, 0.0);
    return discounted(detail::within_bounds(result, lower, upper, strike));
  }

  /// Pays what one of the two, S, is above the strike (sign 1) or below it (sign -1): the one that pays more. That is
  /// max(sign (S1 - strike), 0), and what S2 pays beyond S1 or the strike.
  estimate option_on_either(double sign, double strike) const {
    const observed_quantity &q1 = expansion_.axis(0).quantity, &q2 = expansion_.axis(1).quantity;
    const double least = std::fmax(std::fmax(sign * (q1.forward - strike), sign * (q2.forward - strike)), 0.0);
    return option_on_two(sign, strike, {least, most(sign, q1.forward + q2.forward, strike)},
                         [&](double x, double* row, std::size_t count) {
                           const double price = price_at(0, x);
                           const double from = sign > 0 ? std::fmax(price, strike) : std::fmin(price, strike);
                           payoff_row(sign, sign * from, row, count);
                           row[0] += rounded_product(std::fabs(from - strike), expansion_.axis(1).support.width());
                         });
  }

  /// The one that pays less: if S1 pays, what S2 pays, less what S2 pays beyond S1.
  estimate option_on_both(double sign, double strike) const {
    const observed_quantity &q1 = expansion_.axis(0).quantity, &q2 = expansion_.axis(1).quantity;
    std::vector<double> beyond(expansion_.count(1));
    return option_on_two(sign, strike, {0, most(sign, std::fmin(q1.forward, q2.forward), strike)},
                         [&](double x, double* row, std::size_t count) {
                           const double price = price_at(0, x);
                           if (sign * price <= sign * strike) {
                             std::fill(row, row + count, 0.0);
                             return;
                           }
                           payoff_row(sign, sign * strike, row, count);
                           payoff_row(sign, sign * price, beyond.data(), count);
                           matrix_detail::add_scaled(-1, beyond.data(), row, count);
                         });
  }

  /// Pays max(sign (S2 - second_strike), 0) if sign (S1 - first_strike) > 0.
  estimate correlation_option(double sign, double first_strike, double second_strike) const {
    require_finite("first_strike", first_strike);
    require_finite("second_strike", second_strike);
    constexpr double infinity = std::numeric_limits<double>::infinity();
    const double edge = level_at(0, first_strike);
    std::vector<double> paid(expansion_.count(1));
    payoff_row(sign, sign * second_strike, paid.data(), paid.size());
    const double largest = std::fmax(extreme(sign, 1, true) - sign * second_strike, 0.0);
    estimate result = expansion_.expectation_of_product(
        expansion_.ones(0, sign > 0 ? interval{edge, infinity} : interval{-infinity, edge}), paid, largest,
        expansion_.terms(0), expansion_.terms(1));
    result = detail::with_two_more_paths(
        result, overshoot(1) + std::fmax(sign * (price_at(1, expansion_.central().mean[1]) - second_strike), 0.0));
    return discounted(detail::within_bounds(result, 0, most(sign, expansion_.axis(1).quantity.forward, second_strike),
                                            second_strike));
  }

 private:
  /// The price at a value of the observed quantity.
  double price_at(std::size_t axis, double x) const {
    const observed_quantity& q = expansion_.axis(axis).quantity;
    return rounded_product(q.scale, q.logarithmic ? exp(x) : x);
  }

  /// The observed quantity at a price; -infinity for one that its logarithm never has.
  double level_at(std::size_t axis, double price) const {
    const observed_quantity& q = expansion_.axis(axis).quantity;
    if (!q.logarithmic) return price / q.scale;
    return price > 0 ? log(price / q.scale) : -std::numeric_limits<double>::infinity();
  }

  /// The least or the largest that a weight times the price is on the support, and beyond it by its width.
  double extreme(double weight, std::size_t axis, bool largest) const {
    const interval& support = expansion_.axis(axis).support;
    const double margin = expansion_.simulated() || expansion_.edge_mass() > 1e-6 ? support.width() : 0;
    const double low = rounded_product(weight, price_at(axis, support.lower - margin)),
                 high = rounded_product(weight, price_at(axis, support.upper + margin));
    return largest ? std::fmax(low, high) : std::fmin(low, high);
  }

  /// How far one deviation takes the price beyond its value at the mean.
  double overshoot(std::size_t axis) const {
    const joint_moments m = expansion_.central();
    return std::fabs(price_at(axis, m.mean[axis] + m.deviation[axis]) - price_at(axis, m.mean[axis]));
  }

  /// The integrals over y of max(w2 S2(y) - left, 0) cos(v_k (y - a2)), k < count, into a row.
  void payoff_row(double second_weight, double left, double* row, std::size_t count) const {
    const interval& support = expansion_.axis(1).support;
    const observed_quantity& q = expansion_.axis(1).quantity;
    const bool call = second_weight > 0;
    const double factor = rounded_product(second_weight, q.scale);  // of exp(y) or y
    const double edge = level_at(1, left / second_weight);          // where nothing is paid any more
    const bool everywhere = call ? edge <= support.lower : edge >= support.upper;
    const bool nowhere = call ? edge >= support.upper : edge <= support.lower;
    if (nowhere) {
      std::fill(row, row + count, 0.0);
      return;
    }
    const double lower = everywhere || !call ? support.lower : edge, upper = everywhere || call ? support.upper : edge;
    if (everywhere) {
      // w2 S2 - left, with S2 the scale times (e^y - 1) + 1, or y.
      cosine_integrals integrals(support, lower, upper);
      const double constant = q.logarithmic ? factor - left : fma(factor, support.lower, -left);
      for (std::size_t k = 0; k < count; ++k) {
        integrals.at(k);
        const double varying = q.logarithmic ? integrals.of_growth() : integrals.of_distance();
        row[k] = fma(factor, varying, rounded_product(constant, integrals.of_one()));
      }
      return;
    }
    cosine_integrals integrals(support, lower, upper, q.logarithmic ? edge : 0);
    for (std::size_t k = 0; k < count; ++k) {
      integrals.at(k);
      row[k] = q.logarithmic
                   ? rounded_product(left, integrals.of_growth())
                   : rounded_product(std::fabs(factor), call ? integrals.of_distance() : integrals.of_remainder());
    }
  }

  /// An option on S1 and S2 with kinks at S1 = strike, S2 = strike, and S1 = S2 where both pay.
  template <class Row>
  estimate option_on_two(double sign, double strike, const interval& bounds, const Row& row_at) const {
    require_finite("strike", strike);
    const double largest = std::fmax(std::fmax(extreme(sign, 0, true), extreme(sign, 1, true)) - sign * strike, 0.0);
    const auto x_of_kink = [&](double y) {
      const double price = price_at(1, y);
      return level_at(0, sign > 0 ? std::fmax(price, strike) : std::fmin(price, strike));
    };
    estimate result = expectation_by_panels({level_at(0, strike)}, x_of_kink, largest, row_at);
    result = detail::with_two_more_paths(result, std::fmax(overshoot(0), overshoot(1)));
    return discounted(detail::within_bounds(result, bounds.lower, bounds.upper, strike));
  }

  /// What a call is worth at most that pays on a price with this mean, or on one below it, and what a put is worth.
  double most(double sign, double forward, double strike) const {
    if (expansion_.axis(0).quantity.negative || expansion_.axis(1).quantity.negative)
      return std::numeric_limits<double>::infinity();
    return sign > 0 ? forward + std::fmax(-strike, 0.0) : std::fmax(strike, 0.0);
  }

  /// Worth today, paid at the later of the two dates.
  estimate discounted(estimate result) const {
    const observed_quantity &q1 = expansion_.axis(0).quantity, &q2 = expansion_.axis(1).quantity;
    const double discount = q1.time > q2.time ? q1.discount : q2.discount;
    result.value *= discount;
    result.standard_error *= discount;
    result.truncation_error *= discount;
    return result;
  }

  /// E g(X, Y), g at most `largest` where pairs outside lie: `row_at(x, row, count)` sets a row to the integrals of
  /// g(x, y) cos(v_k (y - a2)), k < count, which as a function of x have kinks at `kinks` and where a kink of g(x, .)
  /// leaves the support of y; `x_of_kink(y)` is the x for which that kink is at y. What panels twice as wide change is
  /// a part of the truncation error.
  template <class Kink, class Row>
  estimate expectation_by_panels(const std::vector<double>& kinks, const Kink& x_of_kink, double largest,
                                 const Row& row_at) const {
    const matrix_detail::matrix fine = panel_weights(kinks, x_of_kink, row_at, 1, expansion_.count(0),
                                                     expansion_.count(1)),
                                coarse = panel_weights(kinks, x_of_kink, row_at, 2, expansion_.terms(0),
                                                       expansion_.terms(1));
    estimate result = expansion_.weighted(fine, largest, expansion_.terms(0), expansion_.terms(1));
    result.truncation_error += std::fabs(result.value - expansion_.sum_of(coarse));
    return result;
  }

  /// `rows` x `columns` of the W, by panels `coarseness` times as wide as they should be.
  template <class Kink, class Row>
  matrix_detail::matrix panel_weights(const std::vector<double>& kinks, const Kink& x_of_kink, const Row& row_at,
                                      std::size_t coarseness, std::size_t rows, std::size_t columns) const {
    static const gauss_legendre_rule<24> rule;
    const interval &x_support = expansion_.axis(0).support, &y_support = expansion_.axis(1).support;
    // A panel of 24 points has at most six half waves of x, and of y at the moving kink, which may cross all of y over
    // a little of x.
    const double x_panels = static_cast<double>(rows) / 6 / static_cast<double>(coarseness);
    const std::size_t crossings = columns / (6 * coarseness) + 1;
    std::vector<double> ends{x_support.lower, x_support.upper};
    const auto end_at = [&](double x) {
      if (x > x_support.lower && x < x_support.upper) ends.push_back(x);
    };
    for (const double x : kinks) end_at(x);
    for (std::size_t i = 0; i <= crossings; ++i) {
      const double share = static_cast<double>(i) / static_cast<double>(crossings);
      end_at(x_of_kink(i == crossings ? y_support.upper : fma(share, y_support.width(), y_support.lower)));
    }
    std::sort(ends.begin(), ends.end());
    matrix_detail::matrix w(rows, columns), in_y(rule.point.size(), columns), in_x(rule.point.size(), rows);
    for (std::size_t piece = 0; piece + 1 < ends.size(); ++piece) {
      const double width = ends[piece + 1] - ends[piece];
      const auto count = static_cast<std::size_t>(std::ceil(x_panels * width / x_support.width()));
      for (std::size_t panel = 0; panel < count; ++panel) {
        const double panel_width = width / static_cast<double>(count);
        const double begin = fma(panel_width, static_cast<double>(panel), ends[piece]);
        for (std::size_t i = 0; i < rule.point.size(); ++i) {
          const double x = fma(panel_width, rule.point[i], begin);
          row_at(x, in_y[i], columns);
          const std::vector<double> wave = expansion_.waves(0, x);
          const double weight = rule.weight[i] * panel_width * 4 / (x_support.width() * y_support.width());
          for (std::size_t j = 0; j < rows; ++j) in_x[i][j] = weight * wave[j] * (j == 0 ? 0.5 : 1.0);
        }
        for (std::size_t j = 0; j < rows; ++j) {
          for (std::size_t i = 0; i < in_y.rows; ++i) matrix_detail::add_scaled(in_x[i][j], in_y[i], w[j], columns);
        }
      }
    }
    for (std::size_t j = 0; j < rows; ++j) w[j][0] *= 0.5;
    return w;
  }

  const joint_expansion& expansion_;
};

}  // namespace joint_detail

SPECTRALMC_LANES_NAMESPACE_END
}  // namespace spectralmc
