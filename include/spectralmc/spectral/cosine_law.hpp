// The sums of a law's cosine expansion on an interval [a, b], of which distribution function and density are made:
// with A_k = E cos(k pi (X - a) / (b - a)) and a share s of the interval,
//
//   P(X <= a + s (b - a)) = s + 2 / pi sum_k A_k sin(k pi s) / k,   density = 2 / (b - a) (1/2 + sum_k A_k cos(k pi
//   s)).
#pragma once

#include <cstddef>
#include <vector>

#include "spectralmc/configuration.hpp"
#include "spectralmc/numeric/elementary.hpp"
#include "spectralmc/numeric/lanes.hpp"
#include "spectralmc/numeric/strided.hpp"
#include "spectralmc/numeric/sums.hpp"
#include "spectralmc/numeric/value.hpp"

namespace spectralmc {

namespace detail {

/// number x turns less its nearest integer, with a single rounding; for |number x turns| < 2^51.
template <class V>
V fraction_of_turn(V number, V turns) {
  const V magic(6755399441055744.0);  // 1.5 x 2^52
  return fma(number, turns, -(fma(number, turns, magic) - magic));
}

}  // namespace detail

/// Over k = 1, 2, ...
struct cosine_law_sums {
  double waves;    ///< sum of A_k sin(k pi s) / k
  double cosines;  ///< sum of A_k cos(k pi s)
  double slopes;   ///< sum of A_k k sin(k pi s)
};

SPECTRALMC_LANES_NAMESPACE_BEGIN

/// The sums over the first `count` coefficients A_0, A_1, ..., every angle reduced exactly, in canonical order
/// (numeric/sums.hpp). O(count).
inline cosine_law_sums cosine_law_sums_at(const double* coefficients, std::size_t count, double share) {
  using V = lanes<double>;
  constexpr std::size_t width = lane_count<V>;
  double first[width];
  for (std::size_t i = 0; i < width; ++i) first[i] = static_cast<double>(i);
  const V lane = load<V>(first), turns(0.5 * share), zero(0.0), one(1.0);
  canonical_slots waves, cosines, slopes;
  for (std::size_t slot = 0; slot < canonical_slot_count; slot += width) {
    V of_waves = zero, of_cosines = zero, of_slopes = zero;
    for (std::size_t k = slot; k < count; k += canonical_slot_count) {
      const V number = lane + V(static_cast<double>(k));
      const V weight = select(number > zero, load_within<V>(coefficients, k, count), zero);
      V sine, cosine;
      sin_cos_2pi(detail::fraction_of_turn(number, turns), sine, cosine);
      of_waves = fma(weight, sine / maximum(number, one), of_waves);
      of_cosines = fma(weight, cosine, of_cosines);
      of_slopes = fma(rounded_product(weight, number), sine, of_slopes);
    }
    store(of_waves, waves.slot + slot);
    store(of_cosines, cosines.slot + slot);
    store(of_slopes, slopes.slot + slot);
  }
  return {waves.total(), cosines.total(), slopes.total()};
}

/// The first of them over coefficients that are numbers of any kind, such as duals (numeric/dual.hpp). O(their number).
template <class Number>
Number cosine_law_waves(const std::vector<Number>& coefficients, double share) {
  Number sum = 0;
  for (std::size_t k = 1; k < coefficients.size(); ++k) {
    const auto number = static_cast<double>(k);
    double sine, cosine;
    sin_cos_2pi(detail::fraction_of_turn(number, 0.5 * share), sine, cosine);
    sum = fma(coefficients[k], sine / number, sum);
  }
  return sum;
}

/// The first of them at a pack of shares of the interval at once, by Clenshaw's recurrence: from weights A_k / k, k =
/// 0, 1, ..., of which the first is left out, and sine and cosine of pi times the shares. O(number of weights), two
/// operations a weight; rounding grows with the number towards the ends of the interval.
template <class V, class Weights>
V clenshaw_waves(const Weights& weights, V sine, V cosine) {
  const V twice = cosine + cosine, zero(0.0);
  V now = zero, before = zero;
  for (std::size_t k = weights.size(); k-- > 1;) {
    const V next = fma(twice, now, V(weights[k]) - before);
    before = now;
    now = next;
  }
  return rounded_product(sine, now);
}

SPECTRALMC_LANES_NAMESPACE_END
}  // namespace spectralmc
