// The joint law of two quantities, and what can be asked of it.
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
#include "spectralmc/numeric/complex.hpp"
#include "spectralmc/numeric/elementary.hpp"
#include "spectralmc/numeric/estimate.hpp"
#include "spectralmc/numeric/matrix.hpp"
#include "spectralmc/spectral/adaptive_tiles.hpp"
#include "spectralmc/spectral/distribution.hpp"
#include "spectralmc/spectral/joint_expansion.hpp"
#include "spectralmc/spectral/joint_options.hpp"
#include "spectralmc/spectral/joint_spectrum.hpp"

namespace spectralmc {
SPECTRALMC_LANES_NAMESPACE_BEGIN

/// The joint law of X and Y from its joint spectrum, simulated or closed-form. Prices are in currency, today; every
/// answer carries its standard error (0 for a closed form) and the truncation error of the expansion.
///
/// Cost with N terms of each: O(N^2) an answer for a closed form, O(N^3) for a simulated spectrum; options O(N^3).
class joint_distribution {
 public:
  /// @throws as joint_expansion
  explicit joint_distribution(const joint_spectrum& source)
      : first_(source.first_marginal()),
        second_(source.second_marginal()),
        expansion_(source, first_.expansion().edge_mass() + second_.expansion().edge_mass()) {}

  const distribution& first() const { return first_; }    ///< the law of X
  const distribution& second() const { return second_; }  ///< the law of Y
  const joint_expansion& expansion() const { return expansion_; }
  bool simulated() const { return expansion_.simulated(); }
  std::uint64_t paths() const { return expansion_.paths(); }
  std::size_t first_terms() const { return expansion_.terms(0); }
  std::size_t second_terms() const { return expansion_.terms(1); }
  /// A_jk.
  double coefficient(std::size_t j, std::size_t k) const { return expansion_.coefficients()[j][k]; }
  bool resolved() const { return expansion_.resolved(); }      ///< see joint_expansion
  double edge_mass() const { return expansion_.edge_mass(); }  ///< see joint_expansion

  /// The density at (x, y); 0 outside the rectangle. Of a simulated law it takes the share of the terms with the least
  /// estimated mean integrated squared error (see distribution::density_terms); its standard error leaves out the bias.
  /// @throws no_answer where the terms are far from resolving the law
  estimate density(double x, double y) const {
    require_finite("x", x);
    require_finite("y", y);
    if (!expansion_.axis(0).support.contains(x) || !expansion_.axis(1).support.contains(y)) {
      estimate nothing;
      nothing.paths = expansion_.paths();
      nothing.replicates = static_cast<std::uint32_t>(expansion_.samples().replicates());
      nothing.truncation_error =
          expansion_.edge_mass() / expansion_.axis(0).support.width() / expansion_.axis(1).support.width();
      return nothing;
    }
    if (expansion_.last_size() > 0.05) throw no_answer("the terms do not resolve the joint density: take more terms");
    return expansion_.expectation_of_product(expansion_.waves(0, x), expansion_.waves(1, y), 0,
                                             expansion_.density_terms(0), expansion_.density_terms(1));
  }

  /// The densities at each x of a list (rows) and each y of another, values alone. O(terms^2 x points).
  /// @throws as density
  std::vector<std::vector<double>> density_values(const std::vector<double>& xs, const std::vector<double>& ys) const {
    if (expansion_.last_size() > 0.05) throw no_answer("the terms do not resolve the joint density: take more terms");
    matrix_detail::matrix at_y(ys.size(), expansion_.density_terms(1));
    for (std::size_t i = 0; i < ys.size(); ++i) {
      require_finite("y", ys[i]);
      const std::vector<double> wave = expansion_.scaled(1, expansion_.waves(1, ys[i]));
      std::copy(wave.begin(), wave.begin() + static_cast<std::ptrdiff_t>(expansion_.density_terms(1)), at_y[i]);
    }
    std::vector<std::vector<double>> result;
    for (const double x : xs) {
      require_finite("x", x);
      const std::vector<double> wave = expansion_.scaled(0, expansion_.waves(0, x));
      std::vector<double> row(expansion_.density_terms(1), 0.0), values(ys.size(), 0.0);
      for (std::size_t j = 0; j < expansion_.density_terms(0); ++j) {
        matrix_detail::add_scaled(wave[j], expansion_.coefficients()[j], row.data(), row.size());
      }
      for (std::size_t i = 0; i < ys.size(); ++i) {
        if (!expansion_.axis(0).support.contains(x) || !expansion_.axis(1).support.contains(ys[i])) continue;
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
    estimate result = expansion_.expectation_of_product(expansion_.ones(0, xs), expansion_.ones(1, ys), 1,
                                                        expansion_.terms(0), expansion_.terms(1));
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
    const joint_moments m = expansion_.central();
    estimate result = expansion_.expectation_of_product(
        expansion_.powers(0, m.mean[0], 1), expansion_.powers(1, m.mean[1], 1),
        expansion_.reach(0, m.mean[0]) * expansion_.reach(1, m.mean[1]), expansion_.terms(0), expansion_.terms(1));
    result.value = m.covariance;
    const auto n = static_cast<double>(expansion_.paths());
    if (expansion_.samples().replicates() != 0) {
      result.value += expansion_.covariance_of_means();
    } else if (n > 1) {
      result.value *= n / (n - 1);
    }
    return detail::with_two_more_paths(result, m.deviation[0] * m.deviation[1]);
  }

  /// The correlation of X and Y; its standard error by its influence function.
  /// @throws no_answer where a variance is not positive
  estimate correlation() const {
    const joint_moments m = expansion_.central();
    if (!(m.deviation[0] > 0 && m.deviation[1] > 0)) throw no_answer("the variance estimate is not positive");
    const double rho = m.covariance / (m.deviation[0] * m.deviation[1]);
    matrix_detail::matrix w(expansion_.count(0), expansion_.count(1));
    const auto part = [&](int first_power, int second_power, double factor) {
      const std::vector<double> x = expansion_.scaled(0, expansion_.powers(0, m.mean[0], first_power));
      const std::vector<double> y = expansion_.scaled(1, expansion_.powers(1, m.mean[1], second_power));
      for (std::size_t j = 0; j < w.rows; ++j) {
        matrix_detail::add_scaled(factor * x[j], y.data(), w[j], w.columns);
      }
    };
    part(1, 1, 1 / (m.deviation[0] * m.deviation[1]));
    part(2, 0, -0.5 * rho / (m.deviation[0] * m.deviation[0]));
    part(0, 2, -0.5 * rho / (m.deviation[1] * m.deviation[1]));
    const double first = expansion_.reach(0, m.mean[0]) / m.deviation[0],
                 second = expansion_.reach(1, m.mean[1]) / m.deviation[1];
    estimate result = expansion_.weighted(w, 0.5 * fma(first + second, first + second, 0.0), expansion_.terms(0),
                                          expansion_.terms(1));
    result.value = std::clamp(rho, -1.0, 1.0);
    return detail::with_two_more_paths(result, 1);
  }

  /// E g(X, Y) for any function of two doubles, not discounted: its cosine coefficients by Gauss' rule of 12 x 12
  /// points on tiles three half waves wide, which are halved where g has kinks or jumps, until these are estimated to
  /// matter no more than 1e-6 of E |g| or there are 32 more parts a term of either (adaptive_tiles.hpp). That estimate
  /// is a part of the truncation error: for one jump of 1 along a curve it is some 1e-3, and probability() has none of
  /// it. What lies between all the points is not seen. Pairs outside the rectangle are taken to be worth at most what a
  /// pair within is. O(terms^3), and 21 terms^2 calls to g, or up to 25,000 a term more; not bit for bit the same on
  /// all machines unless g is.
  /// @throws no_answer where g is not finite
  /// @throws allocation_error
  template <class Function>
  estimate expectation(const Function& g) const {
    const std::size_t rows = (expansion_.terms(0) + 2) / 3, columns = (expansion_.terms(1) + 2) / 3;
    const interval &x_support = expansion_.axis(0).support, &y_support = expansion_.axis(1).support;
    joint_detail::tiled_function<Function> function(g, x_support, y_support, rows, columns);
    const matrix_detail::matrix likely = probabilities_of_tiles(rows, columns);
    const std::size_t most = rows * columns + 32 * (expansion_.terms(0) + expansion_.terms(1));
    detail::with_memory_for("the tiles of an expectation", most * sizeof(joint_detail::tile), [&] {
      function.refine([&](std::size_t r, std::size_t c) { return likely[r][c]; }, 1e-6, most);
    });
    const std::vector<double> xs = function.x_points(), ys = function.y_points();
    matrix_detail::matrix integrals(xs.size(), ys.size());
    function.add_integrals([&](std::size_t r, std::size_t c) -> double& { return integrals[r][c]; });
    const matrix_detail::matrix in_x = expansion_.waves_at(0, xs, expansion_.count(0)),
                                in_y = expansion_.waves_at(1, ys, expansion_.count(1));
    const matrix_detail::matrix w = matrix_detail::product(
        matrix_detail::transposed(in_x), matrix_detail::product(integrals, in_y, ys.size()), xs.size());
    estimate result = expansion_.weighted(w, function.largest(), expansion_.terms(0), expansion_.terms(1));
    result.truncation_error += function.error();
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
    return options().basket_call(first_weight, second_weight, strike);
  }

  /// Pays max(S1 - S2 - strike, 0).
  estimate spread_call(double strike) const { return basket_call(1, -1, strike); }

  /// Pays max(S1 - S2, 0): the right to give S2 for S1.
  estimate exchange_option() const { return basket_call(1, -1, 0); }

  /// Pays max(S(t2) - ratio S(t1), 0) at t2, for the law of one asset at two dates, the earlier one first.
  /// @throws invalid_parameter unless ratio > 0 and the first date is before the second
  estimate forward_start_call(double ratio) const {
    require_positive("ratio", ratio);
    require(expansion_.axis(0).quantity.time < expansion_.axis(1).quantity.time, "first().quantity().time",
            expansion_.axis(0).quantity.time, "before the second date");
    return basket_call(-ratio, 1, 0);
  }

  /// Pays max(max(S1, S2) - strike, 0) at the later of the two dates: a call on the better of two. It, the one on the
  /// worse and the puts are Stulz's (1982) for two assets of Black and Scholes'. Currency, today; prices, cost, errors
  /// and what is thrown are as those of basket_call: the payoff's kinks, S2 = strike, S2 = S1 and S1 = strike, all lie
  /// at ends of intervals of integration. Stulz, R. M. (1982), Options on the minimum or the maximum of two risky
  /// assets, J. Financial Economics 10(2).
  /// @throws invalid_parameter unless the strike is finite
  /// @throws no_answer if the price violates its arbitrage bounds by more than its errors explain
  estimate better_of_call(double strike) const { return options().option_on_either(1, strike); }

  /// Pays max(min(S1, S2) - strike, 0): a call on the worse of two. As better_of_call.
  estimate worse_of_call(double strike) const { return options().option_on_both(1, strike); }

  /// Pays max(strike - max(S1, S2), 0): a put on the better of two. As better_of_call.
  estimate better_of_put(double strike) const { return options().option_on_both(-1, strike); }

  /// Pays max(strike - min(S1, S2), 0): a put on the worse of two. As better_of_call.
  estimate worse_of_put(double strike) const { return options().option_on_either(-1, strike); }

  /// Pays max(S2 - second_strike, 0) at the later of the two dates if S1 > first_strike. The expansion's coefficients
  /// are in closed form: O(N^2) for a closed form, O(N^3) for a simulated spectrum. Pairs outside the rectangle are
  /// taken to be so by its width at most. Two more paths are added as in distribution::call_prices. Zhang, P. G.
  /// (1995), Correlation digital options, J. Financial Engineering 4(1).
  /// @throws invalid_parameter unless the strikes are finite
  /// @throws no_answer if the price violates its arbitrage bounds by more than its errors explain
  estimate correlation_call(double first_strike, double second_strike) const {
    return options().correlation_option(1, first_strike, second_strike);
  }

  /// Pays max(second_strike - S2, 0) if S1 < first_strike. As correlation_call.
  estimate correlation_put(double first_strike, double second_strike) const {
    return options().correlation_option(-1, first_strike, second_strike);
  }

 private:
  joint_detail::options_on_two options() const { return joint_detail::options_on_two(expansion_); }

  /// The size of the density at the corners of rows x columns tiles, the largest of the four, times a tile's area.
  matrix_detail::matrix probabilities_of_tiles(std::size_t rows, std::size_t columns) const {
    const auto corners = [&](std::size_t axis, std::size_t count) {
      const interval& support = expansion_.axis(axis).support;
      std::vector<double> result;
      for (std::size_t i = 0; i <= count; ++i) {
        result.push_back(fma(static_cast<double>(i) / static_cast<double>(count), support.width(), support.lower));
      }
      return expansion_.waves_at(axis, result, expansion_.terms(axis));
    };
    const matrix_detail::matrix densities =
        matrix_detail::product(matrix_detail::product(corners(0, rows), expansion_.coefficients(), expansion_.terms(0)),
                               matrix_detail::transposed(corners(1, columns)), expansion_.terms(1));
    matrix_detail::matrix result(rows, columns);
    const double area =
        expansion_.axis(0).support.width() * expansion_.axis(1).support.width() / static_cast<double>(rows * columns);
    for (std::size_t r = 0; r < rows; ++r) {
      for (std::size_t c = 0; c < columns; ++c) {
        for (const double density :
             {densities[r][c], densities[r + 1][c], densities[r][c + 1], densities[r + 1][c + 1]}) {
          result[r][c] = std::fmax(result[r][c], area * std::fabs(density));
        }
      }
    }
    return result;
  }

  distribution first_, second_;
  joint_expansion expansion_;
};

SPECTRALMC_LANES_NAMESPACE_END
}  // namespace spectralmc
