// The joint law of two quantities, and what can be asked of it.
//
// On the rectangle [a1, b1] x [a2, b2] with u_j = j pi/(b1 - a1), v_k = k pi/(b2 - a2) a density has the expansion 4 /
// ((b1 - a1)(b2 - a2)) sum' A_jk cos(u_j (x - a1)) cos(v_k (y - a2)), terms with j = 0 halved and those with k = 0 too,
// where A_jk = E cos(u_j (X - a1)) cos(v_k (Y - a2)) = Re(phi(u_j, v_k) e^(-i(u_j a1 + v_k a2)) + phi(u_j, -v_k)
// e^(-i(u_j a1 - v_k a2)))/2 up to the mass outside: Ruijter, M. J. and Oosterlee, C. W. (2012), Two-dimensional
// Fourier cosine series expansion method for pricing financial options, SIAM J. Sci. Comput. 34(5). So E g(X, Y) = sum
// W_jk A_jk.
//
// For a simulated spectrum that is a mean over the paths of g_N(X, Y) = sum W_jk cos cos, j, k < N, and the mean of
// g_N^2 needs A at 2 N frequencies of each and nothing else. g_N^2 is a cosine polynomial of degree 2 N - 2, so its
// mean is the sum of its values at the 2N x 2N midpoints times weights that the A make once for all answers.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include "spectralmc/allocation.hpp"
#include "spectralmc/errors.hpp"
#include "spectralmc/numeric/elementary.hpp"
#include "spectralmc/numeric/estimate.hpp"
#include "spectralmc/numeric/gauss_legendre.hpp"
#include "spectralmc/numeric/lanes.hpp"
#include "spectralmc/numeric/strided.hpp"
#include "spectralmc/spectral/cosine_expansion.hpp"
#include "spectralmc/spectral/distribution.hpp"
#include "spectralmc/spectral/joint_spectrum.hpp"

namespace spectralmc {
SPECTRALMC_LANES_NAMESPACE_BEGIN

namespace joint_detail {

/// A matrix of numbers, row by row.
struct matrix {
  std::size_t rows, columns;
  std::vector<double> values;

  /// @throws allocation_error
  matrix(std::size_t r, std::size_t c) : rows(r), columns(c) { assign_zeros(values, r * c, "a matrix of a joint law"); }
  double* operator[](std::size_t r) { return values.data() + r * columns; }
  const double* operator[](std::size_t r) const { return values.data() + r * columns; }
};

/// Adds factor times `from` to `to`.
inline void add_scaled(double factor, const double* from, double* to, std::size_t count) {
  using V = lanes<double>;
  for_each_pack<V>(count, [&](std::size_t i, std::size_t used) {
    store_some(fma(V(factor), load_some<V>(from + i, used), load_some<V>(to + i, used)), to + i, used);
  });
}

/// a b over the first `inner` columns of a and rows of b.
inline matrix product(const matrix& a, const matrix& b, std::size_t inner) {
  matrix result(a.rows, b.columns);
  for (std::size_t r = 0; r < a.rows; ++r) {
    for (std::size_t i = 0; i < inner; ++i) add_scaled(a[r][i], b[i], result[r], b.columns);
  }
  return result;
}

inline matrix transposed(const matrix& a) {
  matrix result(a.columns, a.rows);
  for (std::size_t r = 0; r < a.rows; ++r) {
    for (std::size_t c = 0; c < a.columns; ++c) result[c][r] = a[r][c];
  }
  return result;
}

/// cos(pi k (m + 1/2) / points) in row m < points and column k < count.
inline matrix midpoint_cosines(std::size_t points, std::size_t count) {
  matrix result(points, count);
  for (std::size_t m = 0; m < points; ++m) {
    const double turns = (static_cast<double>(m) + 0.5) / static_cast<double>(2 * points);
    for (std::size_t k = 0; k < count; ++k) {
      double sine;
      sin_cos_2pi(detail::fraction_of_turn(static_cast<double>(k), turns), sine, result[m][k]);
    }
  }
  return result;
}

/// The integrals over the support of (x - centre)^power cos(u_k (x - lower)), k < count, power 0, 1 or 2.
inline std::vector<double> power_integrals(const interval& support, double centre, int power, std::size_t count) {
  const double low = support.lower - centre, high = support.upper - centre;
  std::vector<double> result(count, 0.0);
  result[0] = power == 0   ? support.width()
              : power == 1 ? 0.5 * fma(high, high, -rounded_product(low, low))
                           : fma(high * high, high, -rounded_product(low * low, low)) / 3;
  for (std::size_t k = 1; k < count && power > 0; ++k) {
    const double frequency = static_cast<double>(k) * (pi / support.width());
    const double sign = k % 2 == 0 ? 1 : -1;
    result[k] = (power == 1 ? sign - 1 : 2 * fma(sign, high, -low)) / (frequency * frequency);
  }
  return result;
}

}  // namespace joint_detail

/// The joint law of X and Y from its joint spectrum, simulated or closed-form. Prices are in currency, today; every
/// answer carries its standard error (0 for a closed form) and the truncation error of the expansion.
///
/// Cost with N terms of each: O(N^2) an answer for a closed form, O(N^3) for a simulated spectrum; options O(N^3).
class joint_distribution {
 public:
  /// @throws invalid_parameter unless the grids are those of the supports' cosine expansions, with at least 2 terms (4
  ///         frequencies of each for a simulated spectrum)
  explicit joint_distribution(const joint_spectrum& source)
      : axes_{source.first(), source.second()},
        paths_(source.paths()),
        unit_roundoff_(source.unit_roundoff()),
        first_(source.first_marginal()),
        second_(source.second_marginal()),
        coefficients_(coefficients_of(source)),
        weights_(0, 0),
        cosines_{joint_detail::matrix(0, 0), joint_detail::matrix(0, 0)} {
    for (std::size_t i = 0; i < 2; ++i) {
      const std::size_t count = axes_[i].grid.size();
      terms_[i] = simulated() ? count / 2 : count;
      require(terms_[i] >= 2, "frequency count", std::uint64_t{count},
              "at least 2 terms (4 frequencies for a simulated spectrum)");
    }
    edge_mass_ = simulated() ? static_cast<double>(source.outside()) / static_cast<double>(paths_)
                             : first_.expansion().edge_mass() + second_.expansion().edge_mass();
    judge_last_coefficients();
    if (simulated()) {
      for (std::size_t i = 0; i < 2; ++i)
        cosines_[i] = joint_detail::midpoint_cosines(axes_[i].grid.size(), axes_[i].grid.size());
      make_midpoint_weights();
    }
    choose_density_terms();
  }

  const distribution& first() const { return first_; }    ///< the law of X
  const distribution& second() const { return second_; }  ///< the law of Y
  bool simulated() const { return paths_ != 0; }
  std::uint64_t paths() const { return paths_; }
  std::size_t first_terms() const { return terms_[0]; }
  std::size_t second_terms() const { return terms_[1]; }
  /// A_jk.
  double coefficient(std::size_t j, std::size_t k) const { return coefficients_[j][k]; }
  /// Whether the terms resolve the law: the last coefficients do not stand out of their noise, or have fallen below
  /// 1e-6 for a closed form. Where they do not, truncation errors are extrapolated, and large.
  bool resolved() const { return resolved_; }
  /// The mass that the law may have outside the rectangle.
  double edge_mass() const { return edge_mass_; }

  /// The density at (x, y); 0 outside the rectangle. Of a simulated law it takes the share of the terms with the least
  /// estimated mean integrated squared error (see distribution::density_terms); its standard error leaves out the bias.
  /// @throws no_answer where the terms are far from resolving the law
  estimate density(double x, double y) const {
    require_finite("x", x);
    require_finite("y", y);
    if (!axes_[0].support.contains(x) || !axes_[1].support.contains(y)) {
      estimate nothing;
      nothing.paths = paths_;
      nothing.truncation_error = edge_mass_ / axes_[0].support.width() / axes_[1].support.width();
      return nothing;
    }
    if (last_size_ > 0.05) throw no_answer("the terms do not resolve the joint density: take more terms");
    return expectation_of_product(waves(0, x), waves(1, y), 0, density_terms_[0], density_terms_[1]);
  }

  /// The densities at each x of a list (rows) and each y of another, values alone. O(terms^2 x points).
  /// @throws as density
  std::vector<std::vector<double>> density_values(const std::vector<double>& xs, const std::vector<double>& ys) const {
    if (last_size_ > 0.05) throw no_answer("the terms do not resolve the joint density: take more terms");
    joint_detail::matrix at_y(ys.size(), density_terms_[1]);
    for (std::size_t i = 0; i < ys.size(); ++i) {
      require_finite("y", ys[i]);
      const std::vector<double> wave = scaled(1, waves(1, ys[i]));
      std::copy(wave.begin(), wave.begin() + static_cast<std::ptrdiff_t>(density_terms_[1]), at_y[i]);
    }
    std::vector<std::vector<double>> result;
    for (const double x : xs) {
      require_finite("x", x);
      const std::vector<double> wave = scaled(0, waves(0, x));
      std::vector<double> row(density_terms_[1], 0.0), values(ys.size(), 0.0);
      for (std::size_t j = 0; j < density_terms_[0]; ++j) {
        joint_detail::add_scaled(wave[j], coefficients_[j], row.data(), row.size());
      }
      for (std::size_t i = 0; i < ys.size(); ++i) {
        if (!axes_[0].support.contains(x) || !axes_[1].support.contains(ys[i])) continue;
        for (std::size_t k = 0; k < row.size(); ++k) values[i] = fma(at_y[i][k], row[k], values[i]);
      }
      result.push_back(std::move(values));
    }
    return result;
  }

  /// P(X in xs, Y in ys), within [0, 1]; ends may be infinite. Two more paths are added as in distribution::cdf.
  /// @throws invalid_parameter for an interval that is not ascending
  estimate probability(const interval& xs, const interval& ys) const {
    require(xs.lower <= xs.upper, "xs.lower", xs.lower, "at most xs.upper");
    require(ys.lower <= ys.upper, "ys.lower", ys.lower, "at most ys.upper");
    estimate result = expectation_of_product(ones(0, xs), ones(1, ys), 1, terms_[0], terms_[1]);
    result.value = std::clamp(result.value, 0.0, 1.0);
    return detail::with_two_more_paths(result, 1);
  }

  /// P(X <= x, Y <= y).
  estimate cdf(double x, double y) const {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    return probability({-infinity, x}, {-infinity, y});
  }

  /// E (X - E X)(Y - E Y), the unbiased one.
  estimate covariance() const {
    const moments m = central();
    estimate result = expectation_of_product(powers(0, m.mean[0], 1), powers(1, m.mean[1], 1),
                                             reach(0, m.mean[0]) * reach(1, m.mean[1]), terms_[0], terms_[1]);
    result.value = m.covariance;
    const auto n = static_cast<double>(paths_);
    if (n > 1) result.value *= n / (n - 1);
    return detail::with_two_more_paths(result, m.deviation[0] * m.deviation[1]);
  }

  /// The correlation of X and Y; its standard error by its influence function.
  /// @throws no_answer where a variance is not positive
  estimate correlation() const {
    const moments m = central();
    if (!(m.deviation[0] > 0 && m.deviation[1] > 0)) throw no_answer("the variance estimate is not positive");
    const double rho = m.covariance / (m.deviation[0] * m.deviation[1]);
    joint_detail::matrix w(axes_[0].grid.size(), axes_[1].grid.size());
    const auto part = [&](int first_power, int second_power, double factor) {
      const std::vector<double> x = scaled(0, powers(0, m.mean[0], first_power));
      const std::vector<double> y = scaled(1, powers(1, m.mean[1], second_power));
      for (std::size_t j = 0; j < w.rows; ++j) {
        joint_detail::add_scaled(factor * x[j], y.data(), w[j], w.columns);
      }
    };
    part(1, 1, 1 / (m.deviation[0] * m.deviation[1]));
    part(2, 0, -0.5 * rho / (m.deviation[0] * m.deviation[0]));
    part(0, 2, -0.5 * rho / (m.deviation[1] * m.deviation[1]));
    const double first = reach(0, m.mean[0]) / m.deviation[0], second = reach(1, m.mean[1]) / m.deviation[1];
    estimate result = weighted(w, 0.5 * fma(first + second, first + second, 0.0), terms_[0], terms_[1]);
    result.value = std::clamp(rho, -1.0, 1.0);
    return detail::with_two_more_paths(result, 1);
  }

  /// E g(X, Y) for any function of two doubles, not discounted: its cosine coefficients by the midpoint rule on 4 x 4
  /// points a term, exact to rounding for cosine polynomials, of second order for a payoff with kinks and of first for
  /// one with jumps (probability() has none of that error). Four times what rules with some 3 x 3 and 2 x 2 points
  /// differ by is a part of the truncation error. Pairs outside the rectangle are taken to be worth at most what a pair
  /// within is. O(terms^3), and 29 terms^2 calls; not bit for bit the same on all machines unless g is.
  /// @throws no_answer where g is not finite
  template <class Function>
  estimate expectation(const Function& g) const {
    double largest = 0;
    const auto weights_of = [&](std::size_t points_a_term, std::size_t more) {
      const std::size_t rows = axes_[0].grid.size(), columns = axes_[1].grid.size();
      const std::size_t height = points_a_term * terms_[0] + more, width = points_a_term * terms_[1] + more;
      const interval &x_support = axes_[0].support, &y_support = axes_[1].support;
      const joint_detail::matrix in_x = joint_detail::midpoint_cosines(height, rows),
                                 in_y = joint_detail::midpoint_cosines(width, columns);
      joint_detail::matrix values(height, width);
      const double scale = 4 / (static_cast<double>(height) * static_cast<double>(width));
      for (std::size_t m = 0; m < height; ++m) {
        const double x_share = (static_cast<double>(m) + 0.5) / static_cast<double>(height);
        for (std::size_t l = 0; l < width; ++l) {
          const double y_share = (static_cast<double>(l) + 0.5) / static_cast<double>(width);
          const double value =
              g(fma(x_share, x_support.width(), x_support.lower), fma(y_share, y_support.width(), y_support.lower));
          if (!is_finite(value)) throw no_answer("the payoff is not finite on the rectangle");
          largest = std::fmax(largest, std::fabs(value));
          values[m][l] = rounded_product(scale, value);
        }
      }
      joint_detail::matrix w =
          joint_detail::product(joint_detail::transposed(in_x), joint_detail::product(values, in_y, width), height);
      for (std::size_t j = 0; j < rows; ++j) w[j][0] *= 0.5;
      for (std::size_t k = 0; k < columns; ++k) w[0][k] *= 0.5;
      return w;
    };
    const joint_detail::matrix fine = weights_of(4, 0);
    // The errors along a kink or a jump are as if random, and those of two rules can be close by chance: less often of
    // three, and with edges of cells that are not those of the others.
    const double third = sum_of(weights_of(3, 1)), second = sum_of(weights_of(2, 1));
    estimate result = weighted(fine, largest, terms_[0], terms_[1]);
    result.truncation_error += 4 * std::fmax(std::fabs(result.value - third), std::fabs(result.value - second));
    return result;
  }

  /// Pays max(w1 S1 + w2 S2 - strike, 0) at the later of the two dates, S1 and S2 the prices that X and Y are of. With
  /// weights of two signs a spread option. The expansion's coefficients are integrals in closed form over Y, and by
  /// Gauss' rule over X, in panels that end where the payoff has kinks; what twice as few points change is a part of
  /// the truncation error. Pairs outside the rectangle are taken to be so by its width at most. Two more paths are
  /// added as in distribution::call_prices.
  /// @throws invalid_parameter unless the weights are finite and not 0, and the strike is finite
  /// @throws no_answer if the price violates its arbitrage bounds by more than its errors explain
  estimate basket_call(double first_weight, double second_weight, double strike) const {
    require(std::isfinite(first_weight) && first_weight != 0, "first_weight", first_weight, "finite and not 0");
    require(std::isfinite(second_weight) && second_weight != 0, "second_weight", second_weight, "finite and not 0");
    require_finite("strike", strike);
    const payoff pays{first_weight, second_weight, strike};
    const joint_detail::matrix fine = payoff_weights(pays, 1, axes_[0].grid.size(), axes_[1].grid.size()),
                               coarse = payoff_weights(pays, 2, terms_[0], terms_[1]);
    const double low = extreme(pays, 0, false) + extreme(pays, 1, false) - strike,
                 high = extreme(pays, 0, true) + extreme(pays, 1, true) - strike;
    estimate result = weighted(fine, std::fmax(std::fmax(std::fabs(low), std::fabs(high)), 0.0), terms_[0], terms_[1]);
    result.truncation_error += std::fabs(result.value - sum_of(coarse));
    result = detail::with_two_more_paths(
        result, fma(std::fabs(first_weight), overshoot(0), rounded_product(std::fabs(second_weight), overshoot(1))));
    const observed_quantity &q1 = axes_[0].quantity, &q2 = axes_[1].quantity;
    const double forward = fma(first_weight, q1.forward, rounded_product(second_weight, q2.forward));
    const double lower = std::isfinite(forward) ? std::fmax(0.0, forward - strike) : 0.0;
    const double upper = q1.negative || q2.negative ? std::numeric_limits<double>::infinity()
                                                    : fma(std::fmax(first_weight, 0.0), q1.forward,
                                                          rounded_product(std::fmax(second_weight, 0.0), q2.forward)) +
                                                          std::fmax(-strike, 0.0);
    result = detail::within_bounds(result, lower, upper, strike);
    const double discount = q1.time > q2.time ? q1.discount : q2.discount;
    result.value *= discount;
    result.standard_error *= discount;
    result.truncation_error *= discount;
    return result;
  }

  /// Pays max(S1 - S2 - strike, 0).
  estimate spread_call(double strike) const { return basket_call(1, -1, strike); }

  /// Pays max(S1 - S2, 0): the right to give S2 for S1.
  estimate exchange_option() const { return basket_call(1, -1, 0); }

  /// Pays max(S(t2) - ratio S(t1), 0) at t2, for the law of one asset at two dates, the earlier one first.
  /// @throws invalid_parameter unless ratio > 0 and the first date is before the second
  estimate forward_start_call(double ratio) const {
    require_positive("ratio", ratio);
    require(axes_[0].quantity.time < axes_[1].quantity.time, "first().quantity().time", axes_[0].quantity.time,
            "before the second date");
    return basket_call(-ratio, 1, 0);
  }

 private:
  struct moments {
    double mean[2], deviation[2], covariance;
  };

  struct payoff {
    double first_weight, second_weight, strike;
  };

  static joint_detail::matrix coefficients_of(const joint_spectrum& source) {
    const joint_spectrum::axis &x = source.first(), &y = source.second();
    for (const joint_spectrum::axis* axis : {&x, &y}) {
      const double ratio = pi / axis->support.width() / axis->grid.step();
      require(std::fabs(ratio - 1) <= 1e-9, "frequency step", axis->grid.step(), "pi / support.width()");
    }
    joint_detail::matrix result(x.grid.size(), y.grid.size());
    const auto turned = [](double number, const interval& support) {
      complex<double> phase(1, 0);
      sin_cos_2pi(detail::fraction_of_turn(number, support.lower / (2 * support.width())), phase.im, phase.re);
      return conj(phase);
    };
    for (std::size_t j = 0; j < result.rows; ++j) {
      const complex<double> first = turned(static_cast<double>(j), x.support);
      for (std::size_t k = 0; k < result.columns; ++k) {
        const complex<double> second = turned(static_cast<double>(k), y.support);
        const auto row = static_cast<std::ptrdiff_t>(j), column = static_cast<std::ptrdiff_t>(k);
        result[j][k] =
            0.5 * ((source(row, column) * first * second).re + (source(row, -column) * first * conj(second)).re);
      }
    }
    return result;
  }

  /// cos(u_k (x - lower)) of one axis.
  std::vector<double> waves(std::size_t axis, double x) const {
    const interval& support = axes_[axis].support;
    std::vector<double> result(axes_[axis].grid.size());
    const double turns = 0.5 * (x - support.lower) / support.width();
    for (std::size_t k = 0; k < result.size(); ++k) {
      double sine;
      sin_cos_2pi(detail::fraction_of_turn(static_cast<double>(k), turns), sine, result[k]);
    }
    return result;
  }

  /// Integrals of the waves over a part of the support.
  std::vector<double> ones(std::size_t axis, const interval& part) const {
    const interval& support = axes_[axis].support;
    cosine_integrals integrals(support, std::clamp(part.lower, support.lower, support.upper),
                               std::clamp(part.upper, support.lower, support.upper));
    std::vector<double> result(axes_[axis].grid.size());
    for (std::size_t k = 0; k < result.size(); ++k) {
      integrals.at(k);
      result[k] = integrals.of_one();
    }
    return result;
  }

  std::vector<double> powers(std::size_t axis, double centre, int power) const {
    return joint_detail::power_integrals(axes_[axis].support, centre, power, axes_[axis].grid.size());
  }

  /// 2 / width times the integrals, the first halved.
  std::vector<double> scaled(std::size_t axis, std::vector<double> integrals) const {
    for (double& x : integrals) x *= 2 / axes_[axis].support.width();
    integrals[0] *= 0.5;
    return integrals;
  }

  /// How far from a point a sample may be that is outside the support by its width at most.
  double reach(std::size_t axis, double centre) const {
    const interval& support = axes_[axis].support;
    const double margin = simulated() || edge_mass_ > 1e-6 ? support.width() : 0;
    return std::fmax(support.upper + margin - centre, centre - support.lower + margin);
  }

  estimate expectation_of_product(const std::vector<double>& first, const std::vector<double>& second, double largest,
                                  std::size_t first_terms, std::size_t second_terms) const {
    const std::vector<double> x = scaled(0, first), y = scaled(1, second);
    joint_detail::matrix w(x.size(), y.size());
    for (std::size_t j = 0; j < x.size(); ++j) {
      for (std::size_t k = 0; k < y.size(); ++k) w[j][k] = rounded_product(x[j], y[k]);
    }
    return weighted(w, largest, first_terms, second_terms);
  }

  /// sum W_jk A_jk over so many terms, with its errors. `largest` bounds the payoff where pairs outside lie.
  estimate weighted(const joint_detail::matrix& w, double largest, std::size_t first_terms,
                    std::size_t second_terms) const {
    estimate result;
    result.paths = paths_;
    double size = 0, weight_size = 0;
    for (std::size_t j = first_terms; j-- > 0;) {
      double sum = 0;
      for (std::size_t k = second_terms; k-- > 0;) {
        sum = fma(w[j][k], coefficients_[j][k], sum);
        size = fma(std::fabs(w[j][k]), std::fabs(coefficients_[j][k]), size);
        weight_size += std::fabs(w[j][k]);
      }
      result.value += sum;
    }
    if (!is_finite(result.value))
      throw no_answer("the expectation is not finite: the payoff overflows on the rectangle");
    result.truncation_error = terms_left_out(w, first_terms, second_terms) + rounded_product(0x1p-51, size) +
                              rounded_product(edge_mass_, largest);
    if (simulated()) result.standard_error = standard_error(w, first_terms, second_terms, result.value, weight_size);
    return result;
  }

  /// sum W_jk A_jk over the terms, alone.
  double sum_of(const joint_detail::matrix& w) const {
    double sum = 0;
    for (std::size_t j = 0; j < terms_[0]; ++j) {
      for (std::size_t k = 0; k < terms_[1]; ++k) sum = fma(w[j][k], coefficients_[j][k], sum);
    }
    return sum;
  }

  double terms_left_out(const joint_detail::matrix& w, std::size_t first_terms, std::size_t second_terms) const {
    const auto share = [&](std::size_t j, std::size_t k) {
      return std::fmax(static_cast<double>(j) / static_cast<double>(first_terms),
                       static_cast<double>(k) / static_cast<double>(second_terms));
    };
    if (!resolved_) {
      // Cauchy's inequality for the last octave and the one before, and a geometric series on from there.
      double weights[2] = {0, 0}, squares[2] = {0, 0};
      const double whole = static_cast<double>(w.rows) / static_cast<double>(first_terms);
      for (std::size_t j = 0; j < w.rows; ++j) {
        for (std::size_t k = 0; k < w.columns; ++k) {
          const double part = share(j, k) / whole;
          if (part < 0.25) continue;
          const std::size_t octave = part < 0.5 ? 0 : 1;
          weights[octave] = fma(w[j][k], w[j][k], weights[octave]);
          squares[octave] = fma(coefficients_[j][k], coefficients_[j][k], squares[octave]);
        }
      }
      const double before = sqrt(weights[0]) * sqrt(squares[0]), next = sqrt(weights[1]) * sqrt(squares[1]);
      return next / (next < 0.9 * before ? 1 - next / before : 0.1);
    }
    // Frames around the terms taken, an eighth of them wide each; for a closed form the last one within.
    constexpr std::size_t frames = 8;
    double sums[frames] = {}, last = 0;
    for (std::size_t j = 0; j < w.rows; ++j) {
      for (std::size_t k = 0; k < w.columns; ++k) {
        const double part = share(j, k);
        if (!simulated() && part >= 0.875) last = fma(std::fabs(w[j][k]), std::fabs(coefficients_[j][k]), last);
        if (part < 1 || part >= 2) continue;
        const auto frame = static_cast<std::size_t>((part - 1) * frames);
        sums[frame] = fma(w[j][k], coefficients_[j][k], sums[frame]);
      }
    }
    if (!simulated()) return last;
    double sum = 0, largest = 0;
    for (const double frame : sums) {
      sum += frame;
      largest = std::fmax(largest, std::fabs(sum));
    }
    return largest;
  }

  double standard_error(const joint_detail::matrix& w, std::size_t first_terms, std::size_t second_terms, double mean,
                        double weight_size) const {
    if (paths_ < 2) return std::numeric_limits<double>::infinity();
    joint_detail::matrix taken(first_terms, second_terms);
    for (std::size_t j = 0; j < first_terms; ++j) std::copy(w[j], w[j] + second_terms, taken[j]);
    taken[0][0] -= mean;
    // g_N less its mean at the midpoints.
    const joint_detail::matrix in_x = joint_detail::product(cosines_[0], taken, first_terms);
    const joint_detail::matrix values =
        joint_detail::product(in_x, joint_detail::transposed(cosines_[1]), second_terms);
    double second_moment = 0;
    for (std::size_t i = 0; i < values.values.size(); ++i) {
      second_moment = fma(rounded_product(values.values[i], values.values[i]), weights_.values[i], second_moment);
    }
    const auto count = static_cast<double>(first_terms + second_terms);
    const double accuracy = 2 * unit_roundoff_ * count / sqrt(static_cast<double>(paths_));
    const double variance =
        std::fmax(second_moment, 0.0) + rounded_product(accuracy, rounded_product(weight_size, weight_size));
    return sqrt(variance / static_cast<double>(paths_ - 1));
  }

  /// What the value of a cosine polynomial of degree below 2 N at each midpoint counts in its mean.
  void make_midpoint_weights() {
    joint_detail::matrix scaled_coefficients = coefficients_;
    const double scale = 4 / (static_cast<double>(coefficients_.rows) * static_cast<double>(coefficients_.columns));
    for (std::size_t j = 0; j < coefficients_.rows; ++j) {
      for (std::size_t k = 0; k < coefficients_.columns; ++k) {
        scaled_coefficients[j][k] *= scale * (j == 0 ? 0.5 : 1.0) * (k == 0 ? 0.5 : 1.0);
      }
    }
    weights_ = joint_detail::product(joint_detail::product(cosines_[0], scaled_coefficients, coefficients_.rows),
                                     joint_detail::transposed(cosines_[1]), coefficients_.columns);
  }

  /// As cosine_expansion judges them; the variance of a coefficient is 1/(4n) where there is nothing but noise.
  void judge_last_coefficients() {
    const joint_detail::matrix& a = coefficients_;
    double squares = 0, correlation = 0, count = 0, largest = 0;
    for (std::size_t j = 0; j < a.rows; ++j) {
      for (std::size_t k = 0; k < a.columns; ++k) {
        const double square = rounded_product(a[j][k], a[j][k]);
        correlation += square;
        if (8 * j < 7 * a.rows && 8 * k < 7 * a.columns) continue;
        squares += square;
        count += 1;
        largest = std::fmax(largest, std::fabs(a[j][k]));
      }
    }
    const double freedom = std::fmax(count / (4 * correlation), 1.0);
    const double noise = simulated() ? 0.25 / static_cast<double>(paths_) : 0;
    const double threshold = fma(noise, fma(2.0, sqrt(12 / freedom), 24 / freedom + 1), 1e-12);
    resolved_ = simulated() ? squares <= rounded_product(count, threshold) : largest <= 1e-6;
    last_size_ = resolved_ ? 0 : simulated() ? sqrt(squares / count) : largest;
  }

  /// The share of the terms with the least estimated mean integrated squared error, in 64ths.
  void choose_density_terms() {
    density_terms_[0] = terms_[0];
    density_terms_[1] = terms_[1];
    if (!simulated()) return;
    const double n = static_cast<double>(paths_);
    double least = 0, risk = 0;
    std::size_t before[2] = {0, 0};
    for (std::size_t part = 1; part <= 64; ++part) {
      const std::size_t end[2] = {(std::max)(std::size_t{2}, terms_[0] * part / 64),
                                  (std::max)(std::size_t{2}, terms_[1] * part / 64)};
      for (std::size_t j = 0; j < end[0]; ++j) {
        for (std::size_t k = 0; k < end[1]; ++k) {
          if ((j < before[0] && k < before[1]) || j + k == 0) continue;
          const double a = coefficients_[j][k];
          const double variance =
              fma(-a, a, 0.25 * (1 + coefficients_[2 * j][0] + coefficients_[0][2 * k] + coefficients_[2 * j][2 * k]));
          const double share = (j == 0 ? 0.5 : 1.0) * (k == 0 ? 0.5 : 1.0);
          risk = fma(share, fma(-a, a, 2 * variance / std::fmax(n - 1, 1.0)), risk);
        }
      }
      before[0] = end[0];
      before[1] = end[1];
      if (risk < least) {
        least = risk;
        density_terms_[0] = end[0];
        density_terms_[1] = end[1];
      }
    }
  }

  /// Moments without their errors.
  moments central() const {
    const auto value = [&](const std::vector<double>& first, const std::vector<double>& second) {
      const std::vector<double> x = scaled(0, first), y = scaled(1, second);
      double sum = 0;
      for (std::size_t j = 0; j < terms_[0]; ++j) {
        double row = 0;
        for (std::size_t k = 0; k < terms_[1]; ++k) row = fma(y[k], coefficients_[j][k], row);
        sum = fma(x[j], row, sum);
      }
      return sum;
    };
    moments m{};
    for (std::size_t axis = 0; axis < 2; ++axis) {
      const interval& support = axes_[axis].support;
      const double middle = fma(0.5, support.width(), support.lower);
      const auto of = [&](double centre, int power) {
        return axis == 0 ? value(powers(0, centre, power), powers(1, 0, 0))
                         : value(powers(0, 0, 0), powers(1, centre, power));
      };
      m.mean[axis] = middle + of(middle, 1);
      m.deviation[axis] = sqrt(std::fmax(of(m.mean[axis], 2), 0.0));
    }
    m.covariance = value(powers(0, m.mean[0], 1), powers(1, m.mean[1], 1));
    return m;
  }

  /// The price at a value of the observed quantity.
  double price_at(std::size_t axis, double x) const {
    const observed_quantity& q = axes_[axis].quantity;
    return rounded_product(q.scale, q.logarithmic ? exp(x) : x);
  }

  /// The observed quantity at a price; -infinity for one that its logarithm never has.
  double level_at(std::size_t axis, double price) const {
    const observed_quantity& q = axes_[axis].quantity;
    if (!q.logarithmic) return price / q.scale;
    return price > 0 ? log(price / q.scale) : -std::numeric_limits<double>::infinity();
  }

  /// The least or the largest that a weight times the price is on the support, and beyond it by its width.
  double extreme(const payoff& pays, std::size_t axis, bool largest) const {
    const double weight = axis == 0 ? pays.first_weight : pays.second_weight;
    const interval& support = axes_[axis].support;
    const double margin = simulated() || edge_mass_ > 1e-6 ? support.width() : 0;
    const double low = rounded_product(weight, price_at(axis, support.lower - margin)),
                 high = rounded_product(weight, price_at(axis, support.upper + margin));
    return largest ? std::fmax(low, high) : std::fmin(low, high);
  }

  /// How far one deviation takes the price beyond its value at the mean.
  double overshoot(std::size_t axis) const {
    const moments m = central();
    return std::fabs(price_at(axis, m.mean[axis] + m.deviation[axis]) - price_at(axis, m.mean[axis]));
  }

  /// The integrals over y of max(w2 S2(y) - left, 0) cos(v_k (y - a2)), k < count, into a row.
  void payoff_row(double second_weight, double left, double* row, std::size_t count) const {
    const interval& support = axes_[1].support;
    const observed_quantity& q = axes_[1].quantity;
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

  /// `rows` x `columns` of the W of an option, by panels `coarseness` times as wide as they should be.
  joint_detail::matrix payoff_weights(const payoff& pays, std::size_t coarseness, std::size_t rows,
                                      std::size_t columns) const {
    static const gauss_legendre_rule<24> rule;
    const interval &x_support = axes_[0].support, &y_support = axes_[1].support;
    // A panel of 24 points has at most six half waves of x, and of y at the edge of what is paid, which may cross all
    // of y over a little of x. Kinks as a function of x: where the edge leaves the support, and where there is none.
    const double x_panels = static_cast<double>(rows) / 6 / static_cast<double>(coarseness);
    const std::size_t crossings = columns / (6 * coarseness) + 1;
    std::vector<double> ends{x_support.lower, x_support.upper};
    const auto end_where_paid = [&](double paid) {
      const double x = level_at(0, (pays.strike - paid) / pays.first_weight);
      if (x > x_support.lower && x < x_support.upper) ends.push_back(x);
    };
    end_where_paid(0);
    for (std::size_t i = 0; i <= crossings; ++i) {
      const double share = static_cast<double>(i) / static_cast<double>(crossings);
      const double y = i == crossings ? y_support.upper : fma(share, y_support.width(), y_support.lower);
      end_where_paid(rounded_product(pays.second_weight, price_at(1, y)));
    }
    std::sort(ends.begin(), ends.end());
    joint_detail::matrix w(rows, columns), in_y(rule.point.size(), columns), in_x(rule.point.size(), rows);
    for (std::size_t piece = 0; piece + 1 < ends.size(); ++piece) {
      const double width = ends[piece + 1] - ends[piece];
      const auto count = static_cast<std::size_t>(std::ceil(x_panels * width / x_support.width()));
      for (std::size_t panel = 0; panel < count; ++panel) {
        const double panel_width = width / static_cast<double>(count);
        const double begin = fma(panel_width, static_cast<double>(panel), ends[piece]);
        for (std::size_t i = 0; i < rule.point.size(); ++i) {
          const double x = fma(panel_width, rule.point[i], begin);
          const double left = fma(-pays.first_weight, price_at(0, x), pays.strike);
          payoff_row(pays.second_weight, left, in_y[i], columns);
          const std::vector<double> wave = waves(0, x);
          const double weight = rule.weight[i] * panel_width * 4 / (x_support.width() * y_support.width());
          for (std::size_t j = 0; j < rows; ++j) in_x[i][j] = weight * wave[j] * (j == 0 ? 0.5 : 1.0);
        }
        for (std::size_t j = 0; j < rows; ++j) {
          for (std::size_t i = 0; i < in_y.rows; ++i) joint_detail::add_scaled(in_x[i][j], in_y[i], w[j], columns);
        }
      }
    }
    for (std::size_t j = 0; j < rows; ++j) w[j][0] *= 0.5;
    return w;
  }

  joint_spectrum::axis axes_[2];
  std::uint64_t paths_;
  double unit_roundoff_;
  distribution first_, second_;
  joint_detail::matrix coefficients_;
  joint_detail::matrix weights_;     // of the midpoints, for a simulated law
  joint_detail::matrix cosines_[2];  // at the midpoints, for a simulated law
  std::size_t terms_[2] = {0, 0}, density_terms_[2] = {0, 0};
  double edge_mass_ = 0, last_size_ = 0;
  bool resolved_ = false;
};

SPECTRALMC_LANES_NAMESPACE_END
}  // namespace spectralmc
