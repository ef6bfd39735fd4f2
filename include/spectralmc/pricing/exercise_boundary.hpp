// American puts under Black and Scholes' model by their boundary of exercise: collocation at Chebyshev points as in
// Andersen, L., Lake, M. and Offengenden, D. (2016), High-performance American option pricing, J. Computational Finance
// 20(1), with Newton's method on all points at once in place of their iteration.
//
// In units of the strike, with time to maturity t = sigma^2 tau, rate = r / sigma^2 and yield = q / sigma^2, let B(t)
// be the price below which the put is exercised. That the value's slope is -1 there (smooth pasting) reads
//
//   exp(-yield t) Phi(d+(t, B(t))) + int_0^t yield exp(-yield s) Phi(d+(s, B(t) / B(u)))
//       - exp(-rate s) phi(d-(s, B(t) / B(u))) (rate - yield B(u)) / (B(t) sqrt(s)) du = 0,    s = t - u,
//   d+-(s, z) = (log z + (rate - yield) s) / sqrt(s) +- sqrt(s) / 2,
//
// a Volterra equation of the second kind. With u = t sin^2 x the integrand is smooth at both ends. The unknown is
// log(B(t) / B(0))^2, a polynomial in sqrt(t) (Andersen, Lake and Offengenden 2016, section 5.1).
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <type_traits>
#include <utility>
#include <vector>

#include "spectralmc/numeric/elementary.hpp"
#include "spectralmc/numeric/gauss_legendre.hpp"
#include "spectralmc/numeric/lanes.hpp"
#include "spectralmc/numeric/normal.hpp"
#include "spectralmc/numeric/strided.hpp"

namespace spectralmc {

SPECTRALMC_LANES_NAMESPACE_BEGIN

namespace early_exercise_detail {

/// A rule for integrals over u = t sin^2 x, 0 < u < t: Gauss' in x.
struct sine_rule {
  std::vector<double> sine, cosine, weight;  ///< the last for du / t

  template <std::size_t size>
  explicit sine_rule(const gauss_legendre_rule<size>& rule) : sine(size), cosine(size), weight(size) {
    for (std::size_t k = 0; k < size; ++k) {
      sin_cos_2pi(0.25 * rule.point[k], sine[k], cosine[k]);
      weight[k] = rounded_product(pi * rule.weight[k], sine[k] * cosine[k]);
    }
  }

  std::size_t size() const { return sine.size(); }
};

/// Where the equation is solved, and by which rules: Chebyshev points of sqrt(t / horizon) but 0, and what takes values
/// there to those at the points of the rules. For the equation three quarters as many points as of the boundary suffice
/// (four times as many change no digit that the interpolation leaves right). For prices there are four times as many,
/// as their integrand is steep where the price is close to the boundary.
struct collocation_grid {
  std::vector<double> points, weights;  ///< parts of sqrt(horizon); weights of barycentric interpolation
  sine_rule rule, price_rule;
  std::vector<double> factors;        ///< those of interpolation(points[i] rule.sine[k]), for i and k
  std::vector<double> price_factors;  ///< those of interpolation(price_rule.sine[k])

  template <std::size_t count>
  explicit collocation_grid(std::integral_constant<std::size_t, count> /*count*/)
      : rule(gauss_legendre_rule<(count < 32 ? count : count / 4 * 3)>{}),
        price_rule(gauss_legendre_rule<4 * count>{}),
        factors(count * rule.size() * count),
        price_factors(4 * count * count) {
    static_assert(count % 8 == 0, "sums are taken eight at a time");
    for (std::size_t j = 1; j <= count; ++j) {
      double sin, cos;
      sin_cos_2pi(0.25 * static_cast<double>(j) / static_cast<double>(count), sin, cos);
      points.push_back(rounded_product(sin, sin));
      weights.push_back((j % 2 == 0 ? 1.0 : -1.0) * (j == count ? 0.5 : 1.0));
    }
    for (std::size_t i = 0; i < count; ++i) {
      for (std::size_t k = 0; k < rule.size(); ++k) {
        interpolation(points[i] * rule.sine[k], &factors[(i * rule.size() + k) * count]);
      }
    }
    for (std::size_t k = 0; k < price_rule.size(); ++k) interpolation(price_rule.sine[k], &price_factors[k * count]);
  }

  /// The grid with as many points besides 0.
  template <std::size_t count>
  static const collocation_grid& with() {
    static const collocation_grid grid(std::integral_constant<std::size_t, count>{});
    return grid;
  }

  std::size_t size() const { return points.size(); }

  /// The factors of the squares of depths at the points in the interpolation at a part of sqrt(horizon): of their
  /// quotients by t, so that they vanish as t does.
  void interpolation(double part, double* result) const {
    for (std::size_t j = 0; j < size(); ++j) result[j] = part == points[j] ? 1 : 0;
    for (std::size_t j = 0; j < size(); ++j) {
      if (result[j] == 1) return;
    }
    double sum = 0;
    for (std::size_t j = 0; j < size(); ++j) {
      result[j] = weights[j] * points[j] / (part - points[j]);
      sum += result[j];
    }
    for (std::size_t j = 0; j < size(); ++j) {
      const double relative = part / points[j];
      result[j] *= relative * relative / sum;
    }
  }

  /// The sum of such factors times the squares, in an order that is the same for packs of any width.
  double sum(const double* factor, const std::vector<double>& squares) const {
    using V = lanes<double>;
    constexpr std::size_t width = lane_count<V>, packs = 8 / width;
    static_assert(8 % width == 0, "eight sums in packs");
    V all[packs];
    for (V& pack : all) pack = V(0);
    for (std::size_t j = 0; j < size(); j += 8) {
      for (std::size_t p = 0; p < packs; ++p) {
        all[p] = fma(load<V>(factor + j + p * width), load<V>(&squares[j + p * width]), all[p]);
      }
    }
    double sums[8];
    for (std::size_t p = 0; p < packs; ++p) store(all[p], sums + p * width);
    return ((sums[0] + sums[4]) + (sums[2] + sums[6])) + ((sums[1] + sums[5]) + (sums[3] + sums[7]));
  }
};

constexpr double least_square = 1e-300;

/// Next to nothing where the interpolated square is negative.
template <class T>
T depth_of(T square) {
  return sqrt(maximum(square, T(least_square)));
}

/// Gauss' elimination with pivots; `right` becomes the solution.
inline bool solve(std::vector<double>& matrix, std::vector<double>& right) {
  const std::size_t n = right.size();
  for (std::size_t c = 0; c < n; ++c) {
    std::size_t pivot = c;
    for (std::size_t i = c + 1; i < n; ++i) {
      if (abs(matrix[i * n + c]) > abs(matrix[pivot * n + c])) pivot = i;
    }
    if (!(abs(matrix[pivot * n + c]) > 0)) return false;
    if (pivot != c) {
      for (std::size_t j = c; j < n; ++j) std::swap(matrix[c * n + j], matrix[pivot * n + j]);
      std::swap(right[c], right[pivot]);
    }
    for (std::size_t i = c + 1; i < n; ++i) {
      const double factor = matrix[i * n + c] / matrix[c * n + c];
      for (std::size_t j = c + 1; j < n; ++j) matrix[i * n + j] = fma(-factor, matrix[c * n + j], matrix[i * n + j]);
      right[i] = fma(-factor, right[c], right[i]);
    }
  }
  for (std::size_t i = n; i-- > 0;) {
    for (std::size_t j = i + 1; j < n; ++j) right[i] = fma(-matrix[i * n + j], right[j], right[i]);
    right[i] /= matrix[i * n + i];
  }
  return true;
}

/// When Newton's method has converged, from one grid to the next.
class newton_steps {
 public:
  /// Each step is about the square of the one before times a factor, which is that of the grid before until it is seen.
  /// Once steps are of the size of rounding there is nothing to gain. With few points there are solutions that cross
  /// B(0) between the points, where a boundary never is: they are none.
  /// @param step takes one, says how large it is, and whether the boundary crosses B(0) where it begins
  template <class Step>
  bool converge(double accuracy, const Step& step) {
    double before = 0;
    bool done = false;
    for (int i = 0; i < 30; ++i) {
      bool crosses = false;
      const double moved = step(crosses);
      if (!is_finite(moved)) return false;
      if (i > 0 && moved > 1e-13) factor_ = moved / (before * before);
      left_ = minimum(moved, 4 * factor_ * moved * moved);
      const bool again = done;
      done = left_ <= accuracy || (moved < 1e-8 && moved > 0.25 * before);
      if (done && (again || !crosses)) return !crosses;
      before = moved;
    }
    return false;
  }

  /// About what they have left.
  double left() const { return left_; }

 private:
  double factor_ = format<double>::largest, left_ = 0;
};

/// The boundary of an American put with strike 1, rate > 0 or rate = 0 > yield, over times up to the horizon.
class exercise_boundary {
 public:
  exercise_boundary(double rate, double yield, double horizon)
      : rate_(rate), yield_(yield), root_horizon_(sqrt(horizon)), start_(yield > rate ? log(rate / yield) : 0.0) {}

  /// Solves on a grid, beginning at the boundary known so far, until what Newton's method leaves is below `accuracy`.
  /// @returns whether it has converged; where it has not, the boundary is unknown
  bool refine(const collocation_grid& grid, double accuracy) {
    std::vector<double> depth(grid.size()), factor(grid_ == nullptr ? 0 : grid_->size());
    const std::vector<double> known = squares();
    for (std::size_t j = 0; j < depth.size(); ++j) {
      if (grid_ != nullptr) grid_->interpolation(grid.points[j], factor.data());
      depth[j] = grid_ == nullptr ? guess(grid.points[j]) : depth_of(grid_->sum(factor.data(), known));
    }
    depth_ = std::move(depth);
    grid_ = &grid;
    prepare();
    if (steps_.converge(accuracy, [&](bool& crosses) { return newton_step(crosses); })) return true;
    grid_ = nullptr;
    return false;
  }

  /// The logarithms of the boundaries at the horizon.
  std::vector<double> ends() const { return {start_ - depth_.back()}; }
  /// Whether the put is exercised at log S = x.
  bool exercised(double x) const { return x <= start_ - depth_.back(); }
  /// About what Newton's method has left of log B.
  double left() const { return steps_.left(); }

  /// What the right to exercise early is worth at log S = x, above the boundary at the horizon, over the strike.
  double premium(double x) const {
    const sine_rule& rule = grid_->price_rule;
    const std::size_t size = rule.size();
    const std::vector<double> known = squares();
    std::vector<double> sums(size), terms(size);
    for (std::size_t k = 0; k < size; ++k) sums[k] = grid_->sum(&grid_->price_factors[k * grid_->size()], known);
    for_each_pack<V>(size, [&](std::size_t first, std::size_t used) {
      const V root = V(root_horizon_) * load_some<V>(&rule.cosine[first], used), s = root * root;
      const V boundary = V(start_) - depth_of(load_some<V>(&sums[first], used));
      const V minus = fma(V(x) - boundary, V(1) / root, V(rate_ - yield_ - 0.5) * root);
      const V gain = V(rate_) * exp(V(-rate_) * s) * normal_cdf(-minus);
      const V value = fma(V(-yield_) * exp(fma(V(-yield_), s, V(x))), normal_cdf(-(minus + root)), gain);
      store_some(value, &terms[first], used);
    });
    double sum = 0;
    for (std::size_t k = 0; k < size; ++k) sum = fma(rule.weight[k], terms[k], sum);
    return rounded_product(root_horizon_ * root_horizon_, sum);
  }

 private:
  using V = lanes<double>;

  std::vector<double> squares() const {
    std::vector<double> result(depth_.size());
    for (std::size_t j = 0; j < result.size(); ++j) result[j] = rounded_product(depth_[j], depth_[j]);
    return result;
  }

  /// A first guess of log(B(0) / B(t)) at a part of sqrt(horizon): what Ju, N. and Zhong, R. (1999), An approximate
  /// formula for pricing American options, J. Derivatives 7(2), and others draw from B(0) to the perpetual boundary.
  double guess(double part) const {
    const double carry = rate_ - yield_, t = rounded_product(root_horizon_ * part, root_horizon_ * part);
    const double half = carry - 0.5;
    const double power = -(half + sqrt(fma(half, half, 2 * rate_)));
    const double last = power < 0 ? power / (power - 1) : 0.0, first = exp(start_);
    const double gap = maximum(first - last, 1e-12);
    const double reach = carry > 0 ? fma(carry, t, 2 * root_horizon_ * part) / gap
                                   : rounded_product(0.64 * root_horizon_ * part, first) / gap;
    return maximum(start_ - log(fma(gap, exp(-maximum(reach, 0.0)), last)), 1e-9 * part);
  }

  /// What does not change from one step of Newton's method to the next: for all points and all s of the rule, sqrt(s),
  /// and the weights of both integrals.
  void prepare() {
    const std::size_t n = grid_->size(), size = grid_->rule.size();
    for (std::vector<double>* all : {&root_, &per_root_, &gains_, &shares_}) all->resize(n * size);
    for (std::size_t i = 0; i < n; ++i) {
      const double root_t = root_horizon_ * grid_->points[i];
      for_each_pack<V>(size, [&](std::size_t first, std::size_t used) {
        const V root = V(root_t) * load_some<V>(&grid_->rule.cosine[first], used), s = root * root;
        const V weight = V(root_t * root_t) * load_some<V>(&grid_->rule.weight[first], used), inverse = V(1) / root;
        const std::size_t at = i * size + first;
        store_some(root, &root_[at], used);
        store_some(inverse, &per_root_[at], used);
        store_some(weight * inverse * exp(V(-rate_) * s), &gains_[at], used);
        store_some(weight * V(yield_) * exp(V(-yield_) * s), &shares_[at], used);
      });
    }
  }

  /// One step of Newton's method for all points. Returns the largest move of log B, each times sqrt(t / horizon): what
  /// the boundary is before t has even less weight in prices.
  double newton_step(bool& crosses) {
    const collocation_grid& grid = *grid_;
    const std::size_t n = grid.size(), size = grid.rule.size();
    const std::vector<double> known = squares();
    double least = 1;
    std::vector<double> matrix(n * n, 0.0), right(n);
    std::vector<double> sums(size), per_depth(size), share(size), gain(size), dividend(size), turn(size), pull(size);
    for (std::size_t i = 0; i < n; ++i) {
      const double root_t = root_horizon_ * grid.points[i], here = start_ - depth_[i], per_price = exp(-here);
      const double* all = &grid.factors[i * size * n];
      for (std::size_t k = 0; k < size; ++k) {
        sums[k] = grid.sum(&all[k * n], known);
        least = minimum(least, sums[k]);
      }
      for_each_pack<V>(size, [&](std::size_t first, std::size_t used) {
        const std::size_t at = i * size + first;
        const V root = load_some<V>(&root_[at], used), inverse = load_some<V>(&per_root_[at], used);
        const V depth = depth_of(load_some<V>(&sums[first], used)), there = V(start_) - depth;
        const V minus = fma(V(here) - there, inverse, V(rate_ - yield_ - 0.5) * root);
        const V kernel = load_some<V>(&gains_[at], used) * (V(per_price) * normal_density(minus));
        const V price = exp(there), gained = kernel * fma(V(-yield_), price, V(rate_));
        store_some(V(1) / depth, &per_depth[first], used);
        store_some(load_some<V>(&shares_[at], used) * normal_cdf(minus + root), &share[first], used);
        store_some(gained, &gain[first], used);
        store_some(kernel * (V(yield_) * price), &dividend[first], used);
        store_some(gained * minus * inverse, &turn[first], used);
      });
      double gains = 0, shares = 0, dividends = 0, turns = 0;
      for (std::size_t k = 0; k < size; ++k) {
        gains += gain[k];
        shares += share[k];
        dividends += dividend[k];
        turns += turn[k];
      }
      // The equation is log(more) = log(less), where both are positive.
      const double plus = fma(rate_ - yield_ + 0.5, root_t, here / root_t), decay = exp(-yield_ * root_t * root_t);
      const bool positive = yield_ >= 0;
      const double alone = rounded_product(decay, normal_cdf(plus));
      const double more = positive ? alone + shares : alone, less = positive ? gains : gains - shares;
      const double per_more = 1 / more, per_less = 1 / less, per_share = positive ? per_more : per_less;
      const double direct =
          fma(gains + turns, per_less,
              fma(dividends, per_share, rounded_product(decay, normal_density(plus)) / root_t * per_more));
      for (std::size_t k = 0; k < size; ++k) {
        pull[k] = fma(turn[k], per_less, dividend[k] * (per_share - per_less)) * per_depth[k];
      }
      double* row = &matrix[i * n];
      for (std::size_t k = 0; k < size; k += 4) {
        const double *f = &all[k * n], a = pull[k], b = pull[k + 1], c = pull[k + 2], d = pull[k + 3];
        for (std::size_t j = 0; j < n; ++j) {
          row[j] = fma(a, f[j], fma(b, f[n + j], fma(c, f[2 * n + j], fma(d, f[3 * n + j], row[j]))));
        }
      }
      for (std::size_t j = 0; j < n; ++j) row[j] *= depth_[j];
      row[i] -= direct;
      right[i] = log(less) - log(more);
    }
    if (!solve(matrix, right)) return format<double>::largest * 2;
    crosses = least < least_square;
    double moved = 0;
    for (std::size_t j = 0; j < n; ++j) {
      const double to = minimum(maximum(depth_[j] + right[j], 0.25 * depth_[j]), 2 * depth_[j] + 0.5);
      if (!is_finite(to)) return to;
      moved = maximum(moved, rounded_product(grid.points[j], abs(to - depth_[j])));
      depth_[j] = to;
    }
    return moved;
  }

  double rate_, yield_, root_horizon_, start_;
  const collocation_grid* grid_ = nullptr;
  std::vector<double> depth_;                             // log(B(0) / B) at its points
  std::vector<double> root_, per_root_, gains_, shares_;  // see prepare()
  newton_steps steps_;
};

/// The two boundaries of an American put with strike 1, yield < rate < 0, between which it is exercised: Andersen, L.
/// and Lake, M. (2021), Fast American option pricing: the double-boundary case, Wilmott 2021(116). The upper one, B,
/// falls from the strike, the lower one, Y, rises from rate / yield, until they meet or come to those of the perpetual
/// put. Smooth pasting, as above with the premium over what is between them, reads the same for both,
///
///   exp(-yield t) Phi(d+(t, x)) + G(Y) = G(B) + H(B) + H(Y),    x = B(t) or Y(t),
///   G(C) = int_0^t exp(-rate s) phi(d-(s, x / C(u))) (rate - yield C(u)) / (x sqrt(s)) du,
///   H(C) = int_0^t -yield exp(-yield s) Phi(+-d+(s, x / C(u))) du, with + for B and - for Y,
///
/// where all terms are positive. The unknowns are log(B(0) / B(t))^2 and log(Y(t) / Y(0))^2.
class exercise_boundaries {
 public:
  exercise_boundaries(double rate, double yield, double horizon)
      : rate_(rate), yield_(yield), root_horizon_(sqrt(horizon)), start_{0, log(rate / yield)} {}

  /// As exercise_boundary::refine().
  bool refine(const collocation_grid& grid, double accuracy) {
    const std::size_t n = grid.size();
    std::vector<double> depth(2 * n), factor(grid_ == nullptr ? 0 : grid_->size());
    for (std::size_t c = 0; c < 2; ++c) {
      const std::vector<double> known = grid_ == nullptr ? std::vector<double>() : squares(c);
      for (std::size_t j = 0; j < n; ++j) {
        if (grid_ != nullptr) grid_->interpolation(grid.points[j], factor.data());
        depth[c * n + j] = grid_ == nullptr ? guess(c, grid.points[j]) : depth_of(grid_->sum(factor.data(), known));
      }
    }
    depth_ = std::move(depth);
    grid_ = &grid;
    const bool found = steps_.converge(accuracy, [&](bool& crosses) { return newton_step(crosses); });
    if (found && ends()[0] > ends()[1]) return true;
    grid_ = nullptr;
    return false;
  }

  std::vector<double> ends() const {
    const std::size_t n = grid_->size();
    return {start_[0] - depth_[n - 1], start_[1] + depth_[2 * n - 1]};
  }
  bool exercised(double x) const { return x <= ends()[0] && x >= ends()[1]; }
  double left() const { return steps_.left(); }

  /// As exercise_boundary::premium(), at all prices where the put is not exercised.
  double premium(double x) const {
    const sine_rule& rule = grid_->price_rule;
    const std::size_t size = rule.size(), n = grid_->size();
    std::vector<double> sums(size), terms(size);
    double result = 0;
    for (std::size_t c = 0; c < 2; ++c) {
      const double sign = c == 0 ? 1 : -1;
      const std::vector<double> known = squares(c);
      for (std::size_t k = 0; k < size; ++k) sums[k] = grid_->sum(&grid_->price_factors[k * n], known);
      for_each_pack<V>(size, [&](std::size_t first, std::size_t used) {
        const V root = V(root_horizon_) * load_some<V>(&rule.cosine[first], used), s = root * root;
        const V boundary = V(start_[c]) - V(sign) * depth_of(load_some<V>(&sums[first], used));
        const V minus = fma(V(x) - boundary, V(1) / root, V(rate_ - yield_ - 0.5) * root);
        const V gain = V(rate_) * exp(V(-rate_) * s) * normal_cdf(-minus);
        store_some(fma(V(-yield_) * exp(fma(V(-yield_), s, V(x))), normal_cdf(-(minus + root)), gain), &terms[first],
                   used);
      });
      for (std::size_t k = 0; k < size; ++k) result = fma(sign * rule.weight[k], terms[k], result);
    }
    return rounded_product(root_horizon_ * root_horizon_, result);
  }

 private:
  using V = lanes<double>;

  std::vector<double> squares(std::size_t c) const {
    std::vector<double> result(grid_->size());
    for (std::size_t j = 0; j < result.size(); ++j) {
      const double depth = depth_[c * result.size() + j];
      result[j] = rounded_product(depth, depth);
    }
    return result;
  }

  /// From the start to the perpetual boundary; halfway to the other start where there is none.
  double guess(std::size_t c, double part) const {
    const double carry = rate_ - yield_, half = carry - 0.5, square = fma(half, half, 2 * rate_);
    const double root = root_horizon_ * part, first = exp(start_[c]);
    double last = exp(0.5 * start_[1]);
    if (square > 0 && half > 0) {
      const double power = -half - (c == 0 ? 1 : -1) * sqrt(square);
      last = power / (power - 1);
    }
    const double gap = maximum(abs(first - last), 1e-12);
    const double reach = (c == 0 ? fma(carry, root * root, 2 * root) : 0.64 * root * first) / gap;
    const double sign = c == 0 ? 1 : -1;
    return maximum(sign * (start_[c] - log(fma(sign * gap, exp(-reach), last))), 1e-9 * part);
  }

  double newton_step(bool& crosses) {
    const collocation_grid& grid = *grid_;
    const std::size_t n = grid.size(), size = grid.rule.size();
    const std::vector<double> known[2] = {squares(0), squares(1)};
    std::vector<double> matrix(4 * n * n, 0.0), right(2 * n);
    std::vector<double> sums(size), per_depth(size), share(size), gain(size), dividend(size), turn(size);
    double least = 1;
    for (std::size_t row = 0; row < 2 * n; ++row) {
      const std::size_t i = row % n;
      const double sign = row < n ? 1 : -1, here = start_[row / n] - sign * depth_[row], per_price = exp(-here);
      const double root_t = root_horizon_ * grid.points[i], t = root_t * root_t;
      const double* all = &grid.factors[i * size * n];
      const double plus = fma(rate_ - yield_ + 0.5, root_t, here / root_t), decay = exp(-yield_ * t);
      double more = rounded_product(decay, normal_cdf(plus)), less = 0;
      double of_more = rounded_product(decay, normal_density(plus)) / root_t, of_less = 0;  // derivatives by `here`
      std::vector<double> pull_more[2], pull_less[2];                                       // by the boundaries
      for (std::size_t c = 0; c < 2; ++c) {
        const double side = c == 0 ? 1 : -1;
        for (std::size_t k = 0; k < size; ++k) {
          sums[k] = grid.sum(&all[k * n], known[c]);
          least = minimum(least, sums[k]);
        }
        for_each_pack<V>(size, [&](std::size_t first, std::size_t used) {
          const V root = V(root_t) * load_some<V>(&grid.rule.cosine[first], used), s = root * root;
          const V weight = V(t) * load_some<V>(&grid.rule.weight[first], used), inverse = V(1) / root;
          const V depth = depth_of(load_some<V>(&sums[first], used)), there = V(start_[c]) - V(side) * depth;
          const V minus = fma(V(here) - there, inverse, V(rate_ - yield_ - 0.5) * root);
          const V kernel = weight * inverse * exp(V(-rate_) * s) * (V(per_price) * normal_density(minus));
          const V price = exp(there), gained = kernel * fma(V(-yield_), price, V(rate_));
          const V missed = V(-yield_) * exp(V(-yield_) * s) * normal_cdf(V(side) * (minus + root));
          store_some(V(-side) / depth, &per_depth[first], used);
          store_some(weight * missed, &share[first], used);
          store_some(gained, &gain[first], used);
          store_some(kernel * (V(-yield_) * price), &dividend[first], used);
          store_some(gained * minus * inverse, &turn[first], used);
        });
        pull_more[c].assign(size, 0.0);
        pull_less[c].assign(size, 0.0);
        for (std::size_t k = 0; k < size; ++k) {
          less += share[k];
          if (c == 0) {
            less += gain[k];
            of_less += dividend[k] - gain[k] - turn[k];
            pull_less[c][k] = turn[k] * per_depth[k];
          } else {
            more += gain[k];
            of_more -= gain[k] + turn[k];
            of_less -= dividend[k];
            pull_more[c][k] = (turn[k] + dividend[k]) * per_depth[k];
            pull_less[c][k] = dividend[k] * per_depth[k];
          }
        }
      }
      double* line = &matrix[row * 2 * n];
      for (std::size_t c = 0; c < 2; ++c) {
        for (std::size_t k = 0; k < size; ++k) {
          const double pull = pull_less[c][k] / less - pull_more[c][k] / more;
          const double* factor = &all[k * n];
          for (std::size_t j = 0; j < n; ++j) line[c * n + j] = fma(pull, factor[j], line[c * n + j]);
        }
        for (std::size_t j = 0; j < n; ++j) line[c * n + j] *= depth_[c * n + j];
      }
      line[row] -= sign * (of_less / less - of_more / more);
      right[row] = log(more) - log(less);
    }
    crosses = least < least_square;
    if (!solve(matrix, right)) return format<double>::largest * 2;
    double moved = 0;
    for (std::size_t j = 0; j < 2 * n; ++j) {
      const double to = minimum(maximum(depth_[j] + right[j], 0.25 * depth_[j]), 2 * depth_[j] + 0.5);
      if (!is_finite(to)) return to;
      moved = maximum(moved, rounded_product(grid.points[j % n], abs(to - depth_[j])));
      depth_[j] = to;
    }
    return moved;
  }

  double rate_, yield_, root_horizon_;
  double start_[2];  // log B(0), log Y(0)
  const collocation_grid* grid_ = nullptr;
  std::vector<double> depth_;  // log(B(0) / B), then log(Y / Y(0)), at its points
  newton_steps steps_;
};

}  // namespace early_exercise_detail

SPECTRALMC_LANES_NAMESPACE_END
}  // namespace spectralmc
