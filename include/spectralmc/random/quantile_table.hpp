// Variates by inversion of a characteristic function: Chen, Z., Feng, L. and Lin, X. (2012), Simulating Levy processes
// from their characteristic functions and financial applications, ACM Trans. Model. Comput. Simul. 22(3).
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "spectralmc/errors.hpp"
#include "spectralmc/numeric/complex.hpp"
#include "spectralmc/numeric/elementary.hpp"
#include "spectralmc/numeric/estimate.hpp"
#include "spectralmc/numeric/normal.hpp"
#include "spectralmc/numeric/value.hpp"
#include "spectralmc/spectral/spectrum.hpp"

namespace spectralmc {

/// Places of a quantile table: normal numbers from -6.5 to 6.5. What is further out, 8e-11 of the law, has the quantile
/// at the table's end.
inline constexpr int quantile_places = 521;
inline constexpr double quantile_reach = 6.5;

/// The distribution function of a law on an interval by the cosine expansion of its characteristic function.
class inverted_law {
 public:
  /// `exponent(u)` is log E exp(i u X) for real u. Terms are taken until its modulus stays below 1e-15.
  /// @throws no_answer where `largest_terms` terms are not enough: the law has too sharp a peak
  template <class Exponent>
  inverted_law(interval support, const Exponent& exponent, std::size_t largest_terms) : support_(support) {
    const double step = pi / support.width();
    int below = 0;
    for (std::size_t k = 0; below < 8; ++k) {
      if (k == largest_terms) {
        throw no_answer("the law of a step has too sharp a peak for its inversion: take longer steps");
      }
      const double u = step * static_cast<double>(k);
      const complex<double> phi = exp(exponent(u) - complex<double>(0, u * support.lower));
      coefficients_.push_back(phi.re);
      below = abs(phi) < 1e-15 ? below + 1 : 0;
    }
  }

  struct point {
    double below, above, density;  // P(X <= x), P(X > x), and the derivative
  };

  /// O(number of terms).
  point at(double x) const {
    const double share = (x - support_.lower) / support_.width();
    // cos and sin of k pi share by rotation, computed afresh every 64 terms.
    double one_sine, one_cosine;
    sin_cos_2pi(0.5 * share, one_sine, one_cosine);
    double sum = 0, slope = 0.5, sine = 0, cosine = 1;
    for (std::size_t k = 1; k < coefficients_.size(); ++k) {
      const auto number = static_cast<double>(k);
      if (k % 64 == 0) {
        sin_cos_2pi(detail::fraction_of_turn(number, 0.5 * share), sine, cosine);
      } else {
        const double next = fma(cosine, one_cosine, -(sine * one_sine));
        sine = fma(sine, one_cosine, cosine * one_sine);
        cosine = next;
      }
      sum = fma(coefficients_[k], sine / number, sum);
      slope = fma(coefficients_[k], cosine, slope);
    }
    const double wave = rounded_product(2 / pi, sum);
    return {share + wave, (1 - share) - wave, 2 / support_.width() * slope};
  }

  /// The x of that normal number: P(X <= x) = Phi(z). By Newton's method within a bracket, from `start`.
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

 private:
  interval support_;
  std::vector<double> coefficients_;
};

/// The quantiles of a law at equidistant normal numbers, for tabulated_variate. Some 3000 evaluations of the
/// distribution function, each O(number of terms).
inline std::vector<double> quantile_table(const inverted_law& law, double mean) {
  constexpr int middle = quantile_places / 2;
  std::vector<double> table(quantile_places);
  const auto normal = [](int i) { return quantile_reach * (i - middle) / middle; };
  table[middle] = law.quantile(0, mean);
  for (int i = middle + 1; i < quantile_places; ++i) table[i] = law.quantile(normal(i), table[i - 1]);
  for (int i = middle - 1; i >= 0; --i) table[i] = law.quantile(normal(i), table[i + 1]);
  return table;
}

SPECTRALMC_LANES_NAMESPACE_BEGIN

/// The quantile at a normal number: a variate of the law if that is random. Cubic interpolation between four places.
template <class V>
SPECTRALMC_HOST_DEVICE SPECTRALMC_FORCE_INLINE V tabulated_variate(const scalar_of<V>* table, V normal) {
  using real = scalar_of<V>;
  constexpr int middle = quantile_places / 2;
  const V zero(real(0)), one(real(1)), half(real(0.5)), sixth(real(1) / real(6)), last(real(quantile_places - 1));
  const V scale(static_cast<real>(middle / quantile_reach));
  const V place = minimum(maximum(fma(normal, scale, V(real(middle))), zero), last);
  const V left = maximum(minimum(round_to_nearest(place - half), V(real(quantile_places - 3))), one);
  const integer_of<V> index = to_integer(left);
  const V t = place - left;
  const V a = look_up(table - 1, index), b = look_up(table, index), c = look_up(table + 1, index),
          d = look_up(table + 2, index);
  // Newton's form of the cubic through the places -1, 0, 1, 2.
  const V first = b - a, second = (c - b) - first, third = ((d - c) - (c - b)) - second;
  const V curve = fma(fma(t - one, third * sixth, second * half), t, first);
  return fma(t + one, curve, a);
}

SPECTRALMC_LANES_NAMESPACE_END
}  // namespace spectralmc
