// Sums whose bits do not depend on who computes them.
#pragma once

#include <cstddef>

#include "spectralmc/configuration.hpp"
#include "spectralmc/numeric/value.hpp"

namespace spectralmc {

/// A sum that carries its rounding errors along: Neumaier, A. (1974), Rundungsfehleranalyse einiger Verfahren zur
/// Summation endlicher Summen, ZAMM 54. The error of value() is one rounding plus n^2 eps^2 sum |x|, to first order
/// independent of n. The order of additions still matters in the last bits.
template <class T>
class compensated_sum {
 public:
  SPECTRALMC_HOST_DEVICE void add(T x) {
    const T next = sum_ + x;
    const bool sum_is_larger = abs(sum_) >= abs(x);
    const T larger = sum_is_larger ? sum_ : x, smaller = sum_is_larger ? x : sum_;
    lost_ = lost_ + ((larger - next) + smaller);
    sum_ = next;
  }

  /// Adds what another sum holds.
  SPECTRALMC_HOST_DEVICE void add(const compensated_sum& other) {
    add(other.sum_);
    lost_ = lost_ + other.lost_;
  }

  SPECTRALMC_HOST_DEVICE T value() const { return sum_ + lost_; }

 private:
  T sum_ = T(0), lost_ = T(0);
};

/// The canonical order of summation over samples: sample i goes to slot i mod 16, each slot is summed in ascending order
/// of i, and the slots are combined by halving: s[j] += s[j + 8] for j < 8, then + 4, + 2, + 1. SIMD packs, threads of a
/// CUDA block and plain loops can all follow it, and so give the same bits.
inline constexpr std::size_t summation_slots = 16;

/// Combines the slots by halving and returns the sum; the array is overwritten. T has operator+=.
template <class T>
SPECTRALMC_HOST_DEVICE T halve_slots(T* slots) {
  for (std::size_t width = summation_slots / 2; width > 0; width /= 2) {
    for (std::size_t j = 0; j < width; ++j) slots[j] += slots[j + width];
  }
  return slots[0];
}

/// The sum of `count` values in the canonical order, each converted to double first.
template <class Real>
SPECTRALMC_HOST_DEVICE double canonical_sum(const Real* values, std::size_t count) {
  double slots[summation_slots] = {};
  for (std::size_t i = 0; i < count; ++i) slots[i % summation_slots] += static_cast<double>(values[i]);
  return halve_slots(slots);
}

}  // namespace spectralmc
