// Poisson counts by inversion: one uniform number a count, whatever its mean.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "spectralmc/errors.hpp"
#include "spectralmc/numeric/value.hpp"
#include "spectralmc/random/numbers.hpp"

namespace spectralmc {

/// The largest mean for which counts are made.
inline constexpr double largest_poisson_mean = 1e6;

/// The law of a Poisson count as poisson_count reads it: the median m, then pairs P(N < m - k), P(N > m + k) for k = 0,
/// 1, ..., and a pair of zeros at the end. Both tails are there down to 2^-66, which no uniform number falls short of.
/// Made of + - * / alone, from the ratios of neighbouring probabilities, smallest terms first. Relative error about
/// 1e-16 sqrt(mean). O(sqrt(mean)) values.
/// @throws invalid_parameter unless 0 <= mean <= 1e6, the mean being that of the jumps in a step
inline std::vector<double> poisson_tails(double mean) {
  require(mean >= 0 && mean <= largest_poisson_mean, "jumps a step, on average", mean, "[0, 1e6]");
  // Probabilities over that of the mode, downwards and upwards from it.
  constexpr double least = 0x1p-120;
  const double mode = std::floor(mean);
  std::vector<double> below, above;
  double ratio = 1;
  for (double n = mode; n > 0 && ratio > least; n -= 1) below.push_back(ratio *= n / mean);
  ratio = 1;
  for (double n = mode + 1; ratio > least; n += 1) above.push_back(ratio *= mean / n);

  // All of them in one row, and sums from either end.
  std::vector<double> probability(below.rbegin(), below.rend());
  probability.push_back(1);
  probability.insert(probability.end(), above.begin(), above.end());
  const std::size_t size = probability.size();
  std::vector<double> up_to(size + 1), from(size + 1);
  for (std::size_t i = 0; i < size; ++i) up_to[i + 1] = up_to[i] + probability[i];
  for (std::size_t i = size; i-- > 0;) from[i] = from[i + 1] + probability[i];

  const double total = up_to[below.size()] + from[below.size()];
  std::size_t median = 0;
  while (2 * up_to[median + 1] < total) ++median;
  std::vector<double> table{mode + (static_cast<double>(median) - static_cast<double>(below.size()))};
  for (std::size_t k = 0;; ++k) {
    const double lower = k <= median ? up_to[median - k] / total : 0;
    const double upper = median + k + 1 <= size ? from[median + k + 1] / total : 0;
    const bool end = lower < 0x1p-66 && upper < 0x1p-66;
    table.push_back(end ? 0 : lower);
    table.push_back(end ? 0 : upper);
    if (end) return table;
  }
}

SPECTRALMC_LANES_NAMESPACE_BEGIN

/// The quantile of that law, exact in both tails. Takes |count - median| + 1 comparisons.
template <class V, class Tail>
SPECTRALMC_HOST_DEVICE SPECTRALMC_FORCE_INLINE V poisson_count(const scalar_of<V>* table, const Tail& uniform) {
  const auto upper = uniform.upper != integer_of<V>(0);
  const V zero(scalar_of<V>(0)), one(scalar_of<V>(1));
  V distance = zero;
  for (std::uint32_t k = 0;; ++k) {
    const auto further = uniform.probability <= select(upper, V(table[2 * k + 2]), V(table[2 * k + 1]));
    if (!any(further)) break;
    distance = distance + select(further, one, zero);
  }
  return V(table[0]) + select(upper, distance, -distance);
}

SPECTRALMC_LANES_NAMESPACE_END

}  // namespace spectralmc
