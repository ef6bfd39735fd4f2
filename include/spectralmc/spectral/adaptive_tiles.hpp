// Integrals over a rectangle of g(x, y) times functions that are smooth, g any function, which may have kinks and
// jumps.
//
// The rectangle is cut into tiles in which the smooth functions are polynomials of degree below 12 in each variable, as
// nearly as matters. With the polynomials l_a that are 1 at Gauss' point x_a of a tile and 0 at the others, s(x, y) =
// sum s(x_a, y_b) l_a(x) l_b(y) there, so that integrals of g s are sums of s(x_a, y_b) times those of g l_a l_b. Where
// g is smooth these are g(x_a, y_b) times Gauss' weights. Where it is not, the tile is halved for them, along what g is
// not smooth in, the worst tile first: globally adaptive cubature, as in Genz, A. C. and Malik, A. A. (1980), An
// adaptive algorithm for numerical integration over an N-dimensional rectangular region, J. Comput. Appl. Math. 6(4).
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <queue>
#include <utility>
#include <vector>

#include "spectralmc/errors.hpp"
#include "spectralmc/numeric/elementary.hpp"
#include "spectralmc/numeric/estimate.hpp"
#include "spectralmc/numeric/gauss_legendre.hpp"
#include "spectralmc/numeric/lanes.hpp"

namespace spectralmc {
SPECTRALMC_LANES_NAMESPACE_BEGIN
namespace joint_detail {

/// Gauss' rule of 12 points on (0, 1) and its polynomials.
struct tile_rule {
  static constexpr std::size_t points = 12;
  using row = std::array<double, points>;
  using square = std::array<row, points>;

  gauss_legendre_rule<points> gauss;
  square transform;           ///< Legendre's coefficients are these times values at the points
  std::array<row, 2> to_end;  ///< values at the ends likewise

  tile_rule() : transform(), to_end() {
    for (std::size_t a = 0; a < points; ++a) {
      const auto p = legendre<points>(gauss.point[a]);
      for (std::size_t n = 0; n < points; ++n)
        transform[n][a] = gauss.weight[a] * static_cast<double>(2 * n + 1) * p[n];
    }
    for (std::size_t end = 0; end < 2; ++end) to_end[end] = polynomials(static_cast<double>(end));
  }

  /// l_a(t) for each a.
  row polynomials(double t) const {
    const auto p = legendre<points>(t);
    row result{};
    for (std::size_t n = 0; n < points; ++n) {
      for (std::size_t a = 0; a < points; ++a) result[a] = fma(p[n], transform[n][a], result[a]);
    }
    return result;
  }

  static const tile_rule& get() {
    static const tile_rule rule;
    return rule;
  }
};

inline tile_rule::square transposed(const tile_rule::square& m) {
  tile_rule::square result{};
  for (std::size_t a = 0; a < m.size(); ++a) {
    for (std::size_t b = 0; b < m.size(); ++b) result[b][a] = m[a][b];
  }
  return result;
}

inline tile_rule::square product(const tile_rule::square& left, const tile_rule::square& right) {
  tile_rule::square result{};
  for (std::size_t a = 0; a < left.size(); ++a) {
    for (std::size_t i = 0; i < left.size(); ++i) {
      for (std::size_t b = 0; b < left.size(); ++b) result[a][b] = fma(left[a][i], right[i][b], result[a][b]);
    }
  }
  return result;
}

/// A part of one of the tiles that the rectangle was cut into, in units of that tile, and the values of g at its
/// points.
struct tile {
  std::size_t row, column;  ///< of the tile that it is a part of
  interval x, y;
  tile_rule::square values;
  double mean_size;  ///< of g
  double roughness;  ///< what the mean of g may be off by
  bool along_y;      ///< whether g is rougher as a function of y than as one of x
};

/// The function g on a rectangle, in rows x columns tiles. g is called again as long as it is refined.
template <class Function>
class tiled_function {
 public:
  tiled_function(const Function& g, const interval& xs, const interval& ys, std::size_t rows, std::size_t columns)
      : g_(g), x_(xs), y_(ys), rows_(rows), columns_(columns), rule_(tile_rule::get()) {}

  /// Halves tiles until the integral of g times a function that is at most `weight(row, column)` over the area of the
  /// tile there is estimated to be off by no more than `tolerance` times that of |g|, or there are `most` parts. What
  /// lies between all the points of a tile is not seen.
  /// @throws no_answer where g is not finite
  template <class Weight>
  void refine(const Weight& weight, double tolerance, std::size_t most) {
    std::priority_queue<std::pair<double, std::size_t>> worst;
    double size = 0, squares = 0;
    const auto area = [&](const tile& part) { return part.x.width() * part.y.width() * weight(part.row, part.column); };
    const auto put = [&](const tile& part, std::size_t index) {
      if (index == parts_.size()) {
        parts_.push_back(part);
      } else {
        parts_[index] = part;
      }
      const double error = rounded_product(area(part), part.roughness);
      worst.emplace(error, index);
      squares = fma(error, error, squares);
    };
    for (std::size_t r = 0; r < rows_; ++r) {
      for (std::size_t c = 0; c < columns_; ++c) {
        put(evaluated(r, c, {0, 1}, {0, 1}), parts_.size());
        size = fma(area(parts_.back()), parts_.back().mean_size, size);
      }
    }
    while (parts_.size() < most && together(squares) > tolerance * size) {
      const auto [error, index] = worst.top();
      worst.pop();
      const tile whole = parts_[index];
      const interval& cut = whole.along_y ? whole.y : whole.x;
      const double middle = 0.5 * (cut.lower + cut.upper);
      if (!(middle > cut.lower && middle < cut.upper)) break;  // the worst part has no area left
      squares = fma(-error, error, squares);
      const interval first{cut.lower, middle}, second{middle, cut.upper};
      const auto half = [&](const interval& part) {
        return whole.along_y ? evaluated(whole.row, whole.column, whole.x, part)
                             : evaluated(whole.row, whole.column, part, whole.y);
      };
      put(half(first), index);
      put(half(second), parts_.size());
    }
    double sum = 0;
    squares = 0;
    for (const tile& part : parts_) {
      const double error = rounded_product(area(part), part.roughness);
      sum += error;
      squares = fma(error, error, squares);
    }
    error_ = std::fmin(sum, together(squares));
  }

  /// Gauss' points of a row or column of tiles, all of them.
  std::vector<double> x_points() const { return points(x_, rows_); }
  std::vector<double> y_points() const { return points(y_, columns_); }

  /// Adds the integrals of g l_a l_b to `at(12 row + a, 12 column + b)`.
  template <class At>
  void add_integrals(const At& at) const {
    const double whole = x_.width() * y_.width() / static_cast<double>(rows_ * columns_);
    for (const tile& part : parts_) {
      const tile_rule::square of_part = product(transposed(on_whole(part.x)), product(part.values, on_whole(part.y)));
      for (std::size_t a = 0; a < tile_rule::points; ++a) {
        for (std::size_t b = 0; b < tile_rule::points; ++b) {
          double& sum = at(tile_rule::points * part.row + a, tile_rule::points * part.column + b);
          sum = fma(whole, of_part[a][b], sum);
        }
      }
    }
  }

  double error() const { return error_; }      ///< of the weighted integral
  double largest() const { return largest_; }  ///< |g| at any of the points

 private:
  /// The error of many parts, given the sum of the squares of theirs: as if random along a kink or a jump, but for
  /// those that lie alike in many tiles.
  static double together(double squares) { return 8 * sqrt(std::fmax(squares, 0.0)); }

  static double place(const interval& range, std::size_t count, std::size_t tile_number, double share) {
    return fma((static_cast<double>(tile_number) + share) / static_cast<double>(count), range.width(), range.lower);
  }

  std::vector<double> points(const interval& range, std::size_t count) const {
    std::vector<double> result;
    for (std::size_t i = 0; i < count; ++i) {
      for (const double share : rule_.gauss.point) result.push_back(place(range, count, i, share));
    }
    return result;
  }

  double value(const tile& part, double x_share, double y_share) {
    const double x = place(x_, rows_, part.row, fma(x_share, part.x.width(), part.x.lower));
    const double y = place(y_, columns_, part.column, fma(y_share, part.y.width(), part.y.lower));
    const double found = g_(x, y);
    if (!is_finite(found)) throw no_answer("the payoff is not finite on the rectangle");
    largest_ = std::fmax(largest_, std::fabs(found));
    return found;
  }

  /// Smooth functions have no coefficients of the last three degrees to speak of, and go on to the ends of the tile as
  /// inside; a hundredth of what is missed there is more than what one between the last point and the end can be off
  /// by.
  tile evaluated(std::size_t row, std::size_t column, const interval& x, const interval& y) {
    constexpr std::size_t points = tile_rule::points;
    tile part{row, column, x, y, {}, 0, 0, false};
    double rough_x = 0, rough_y = 0;
    for (std::size_t a = 0; a < points; ++a) {
      for (std::size_t b = 0; b < points; ++b) {
        part.values[a][b] = value(part, rule_.gauss.point[a], rule_.gauss.point[b]);
        part.mean_size += std::fabs(part.values[a][b]) / (points * points);
      }
    }
    const tile_rule::square coefficients = product(rule_.transform, product(part.values, transposed(rule_.transform)));
    for (std::size_t m = points - 3; m < points; ++m) {
      for (std::size_t n = 0; n < points; ++n) {
        rough_x = std::fmax(rough_x, 3 * std::fabs(coefficients[m][n]));
        rough_y = std::fmax(rough_y, 3 * std::fabs(coefficients[n][m]));
      }
    }
    for (std::size_t end = 0; end < 2; ++end) {
      for (std::size_t b = 0; b < points; ++b) {
        double x_end = -value(part, static_cast<double>(end), rule_.gauss.point[b]),
               y_end = -value(part, rule_.gauss.point[b], static_cast<double>(end));
        for (std::size_t a = 0; a < points; ++a) {
          x_end = fma(rule_.to_end[end][a], part.values[a][b], x_end);
          y_end = fma(rule_.to_end[end][a], part.values[b][a], y_end);
        }
        rough_x = std::fmax(rough_x, 0.01 * std::fabs(x_end));
        rough_y = std::fmax(rough_y, 0.01 * std::fabs(y_end));
      }
    }
    part.roughness = rough_x + rough_y;
    part.along_y = rough_y > rough_x;
    return part;
  }

  /// Gauss' weights on a part of a tile times the tile's l_a, in column a.
  tile_rule::square on_whole(const interval& part) const {
    tile_rule::square result{};
    for (std::size_t i = 0; i < tile_rule::points; ++i) {
      result[i] = rule_.polynomials(fma(rule_.gauss.point[i], part.width(), part.lower));
      for (double& x : result[i]) x *= rule_.gauss.weight[i] * part.width();
    }
    return result;
  }

  const Function& g_;
  interval x_, y_;
  std::size_t rows_, columns_;
  const tile_rule& rule_;
  std::vector<tile> parts_;
  double error_ = 0, largest_ = 0;
};

}  // namespace joint_detail
SPECTRALMC_LANES_NAMESPACE_END
}  // namespace spectralmc
