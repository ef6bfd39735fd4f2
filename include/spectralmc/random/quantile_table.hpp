// Variates by inversion of a characteristic function: Chen, Z., Feng, L. and Lin, X. (2012), Simulating Levy processes
// from their characteristic functions and financial applications, ACM Trans. Model. Comput. Simul. 22(3).
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <vector>

#include "spectralmc/errors.hpp"
#include "spectralmc/numeric/complex.hpp"
#include "spectralmc/numeric/elementary.hpp"
#include "spectralmc/numeric/estimate.hpp"
#include "spectralmc/numeric/normal.hpp"
#include "spectralmc/numeric/number.hpp"
#include "spectralmc/numeric/value.hpp"
#include "spectralmc/spectral/cosine_law.hpp"

namespace spectralmc {

/// Places of a quantile table: normal numbers from -6.5 to 6.5. What is further out, 8e-11 of the law, has the quantile
/// at the table's end.
inline constexpr int quantile_places = 521;
inline constexpr double quantile_reach = 6.5;

SPECTRALMC_LANES_NAMESPACE_BEGIN

/// The distribution function of a law on an interval by the cosine expansion of its characteristic function. `Number`
/// is double, or a dual of it (numeric/dual.hpp) for a law that depends on parameters.
template <class Number>
class basic_inverted_law {
 public:
  /// `exponent(u)` is log E exp(i u X) for real u, a complex `Number`. Terms are taken until its modulus stays below
  /// 1e-15.
  /// @throws no_answer where `largest_terms` terms are not enough: the law has too sharp a peak
  template <class Exponent>
  basic_inverted_law(interval support, const Exponent& exponent, std::size_t largest_terms) : support_(support) {
    const double step = pi / support.width();
    int below = 0;
    for (std::size_t k = 0; below < 8; ++k) {
      if (k == largest_terms) {
        throw no_answer("the law of a step has too sharp a peak for its inversion: take longer steps");
      }
      const double u = step * static_cast<double>(k);
      const auto phi = exp(exponent(u) - complex<double>(0, u * support.lower));
      weights_.push_back(real_part(phi));
      values_.push_back(without_derivatives(weights_.back()));
      below = abs(without_derivatives(phi)) < 1e-15 ? below + 1 : 0;
    }
  }

  struct point {
    double below, above, density;  // P(X <= x), P(X > x), and the derivative
  };

  /// O(number of terms).
  point at(double x) const {
    const double share = (x - support_.lower) / support_.width();
    const cosine_law_sums sums = cosine_law_sums_at(values_.data(), values_.size(), share);
    const double wave = rounded_product(2 / pi, sums.waves);
    return {share + wave, (1 - share) - wave, 2 / support_.width() * (0.5 + sums.cosines)};
  }

  /// The x of that normal number, without derivatives: P(X <= x) = Phi(z). By Newton's method within a bracket, from
  /// `start`.
  double quantile(double z, double start) const {
    const bool upper = z > 0;
    const double target = normal_cdf(-abs(z));
    double low = support_.lower, high = support_.upper, x = start;
    for (int iteration = 0; iteration < 100; ++iteration) {
      const point p = at(x);
      const double excess = upper ? target - p.above : p.below - target;  // grows with x
      (excess > 0 ? high : low) = x;
      const double newton = x - excess / p.density;
      const bool inside = p.density > 0 && newton > low && newton < high;
      const double next = inside ? newton : 0.5 * (low + high);
      if (abs(next - x) <= 1e-13 * support_.width() || next == x) return next;
      x = next;
    }
    return x;
  }

  /// The quantile `x` with its derivatives, those of F(x) = constant: dx = -dF(x) / density(x).
  Number with_derivatives(double x) const {
    if constexpr (std::is_same_v<Number, double>) {
      return x;
    } else {
      const Number sum = cosine_law_waves(weights_, (x - support_.lower) / support_.width());
      const double density = at(x).density;
      if (!(density > 0)) return x;  // by rounding, where the law has all but ended
      const Number wave = 2 / pi * sum;
      return x - (wave - without_derivatives(wave)) / density;
    }
  }

 private:
  interval support_;
  std::vector<Number> weights_;
  std::vector<double> values_;  // of the weights
};

using inverted_law = basic_inverted_law<double>;

/// The quantiles of a law at equidistant normal numbers, for tabulated_variate. Some 3000 evaluations of the
/// distribution function, each O(number of terms).
template <class Number>
std::vector<Number> quantile_table(const basic_inverted_law<Number>& law, double mean) {
  constexpr int middle = quantile_places / 2;
  std::vector<double> table(quantile_places);
  const auto normal = [](int i) { return quantile_reach * (i - middle) / middle; };
  table[middle] = law.quantile(0, mean);
  for (int i = middle + 1; i < quantile_places; ++i) table[i] = law.quantile(normal(i), table[i - 1]);
  for (int i = middle - 1; i >= 0; --i) table[i] = law.quantile(normal(i), table[i + 1]);
  std::vector<Number> result;
  result.reserve(table.size());
  for (const double x : table) result.push_back(law.with_derivatives(x));
  return result;
}

/// The quantile at a normal number, as a V: a variate of the law if that is random. Cubic interpolation between four
/// places.
template <class V, class Plain>
SPECTRALMC_HOST_DEVICE SPECTRALMC_FORCE_INLINE V tabulated_variate(const scalar_of<V>* table, Plain normal) {
  using real = scalar_of<Plain>;
  constexpr int middle = quantile_places / 2;
  const Plain zero(real(0)), one(real(1)), half(real(0.5)), sixth(real(1) / real(6)), last(real(quantile_places - 1));
  const Plain scale(static_cast<real>(middle / quantile_reach));
  const Plain place = minimum(maximum(fma(normal, scale, Plain(real(middle))), zero), last);
  const Plain left = maximum(minimum(round_to_nearest(place - half), Plain(real(quantile_places - 3))), one);
  const integer_of<Plain> index = to_integer(left);
  const Plain t = place - left;
  const V a = look_up(table - 1, index), b = look_up(table, index), c = look_up(table + 1, index),
          d = look_up(table + 2, index);
  // Newton's form of the cubic through the places -1, 0, 1, 2.
  const V first = b - a, second = (c - b) - first, third = ((d - c) - (c - b)) - second;
  const V curve = fma(fma(t - one, third * sixth, second * half), t, first);
  return fma(t + one, curve, a);
}

SPECTRALMC_LANES_NAMESPACE_END
}  // namespace spectralmc
