// Sums whose result is fixed: one that carries its own rounding errors along, and one in an order that every executor
// keeps, however many lanes or threads it has.
//
// Both are additions only. To what they add +0 is added first: should it be a product, and be contracted with that
// addition, it has been rounded all the same.
#pragma once

#include <cstddef>
#include <cstdint>

#include "spectralmc/numeric/value.hpp"

namespace spectralmc {

/// A sum with the rounding error of every addition caught (Knuth's two-sum, which gives the error that Neumaier's
/// comparison gives) and added at the end: Neumaier, ZAMM 54 (1974) 39. For n terms its error is one rounding of the
/// sum plus about n^2 2^-106 (double; 2^-48 for float) times the sum of the absolute values. T is a number, a pack of
/// them, or complex.
template <class T>
class compensated_sum {
 public:
  compensated_sum() = default;
  SPECTRALMC_PRIMITIVE explicit compensated_sum(T start) : sum_(start) {}

  SPECTRALMC_PRIMITIVE compensated_sum& operator+=(T x) {
    x = x + T(0);
    const T total = sum_ + x;
    const T from_x = total - sum_;
    errors_ = errors_ + ((sum_ - (total - from_x)) + (x - from_x));
    sum_ = total;
    return *this;
  }

  /// Adds what another sum has gathered: as exact as one sum over both, though not bit for bit the same.
  SPECTRALMC_PRIMITIVE compensated_sum& operator+=(const compensated_sum& other) {
    *this += other.sum_;
    errors_ = errors_ + other.errors_;
    return *this;
  }

  /// The sum with its errors; where it is not finite (and its errors mean nothing), the plain sum.
  SPECTRALMC_PRIMITIVE T value() const {
    const T corrected = sum_ + errors_;
    return select(is_finite(corrected), corrected, sum_);
  }

 private:
  T sum_ = T(0);
  T errors_ = T(0);
};

/// The order of the canonical sum. Element i goes to slot i mod 16; each slot adds its elements in the order of i, in
/// double, starting from +0; then the slots are added by halves:
///   for h = 8, 4, 2, 1: slot[s] = slot[s] + slot[s + h] for every s < h; slot[0] is the sum.
/// 16 slots are two AVX-512 registers of doubles, and half a warp: each executor keeps this order at its full width.
inline constexpr std::size_t canonical_slot_count = 16;

/// So many elements with what fills the last row of slots.
SPECTRALMC_HOST_DEVICE constexpr std::uint32_t padded_to_slots(std::uint32_t count) {
  constexpr std::uint32_t row = canonical_slot_count;
  return (count + (row - 1)) / row * row;
}

struct canonical_slots {
  double slot[canonical_slot_count] = {};

  /// Adds x as element `index` of the array that is summed.
  SPECTRALMC_PRIMITIVE void add(std::size_t index, double x) {
    slot[index % canonical_slot_count] = slot[index % canonical_slot_count] + (x + 0.0);
  }

  /// Adds 16 elements in a row, of which the first has an index that is a multiple of 16.
  template <class Real>
  SPECTRALMC_PRIMITIVE void add_row(const Real* elements) {
    for (std::size_t s = 0; s < canonical_slot_count; ++s) slot[s] = slot[s] + (static_cast<double>(elements[s]) + 0.0);
  }

  SPECTRALMC_HOST_DEVICE inline double total() const {
    double left[canonical_slot_count / 2];
    for (std::size_t s = 0; s < 8; ++s) left[s] = slot[s] + slot[s + 8];
    for (std::size_t s = 0; s < 4; ++s) left[s] = left[s] + left[s + 4];
    for (std::size_t s = 0; s < 2; ++s) left[s] = left[s] + left[s + 2];
    return left[0] + left[1];
  }
};

/// The sum of `count` floats or doubles in canonical order.
template <class Real>
SPECTRALMC_HOST_DEVICE inline double canonical_sum(const Real* elements, std::size_t count) {
  canonical_slots gathered;
  const std::size_t rows = count / canonical_slot_count;
  for (std::size_t row = 0; row < rows; ++row) gathered.add_row(elements + row * canonical_slot_count);
  for (std::size_t i = rows * canonical_slot_count; i < count; ++i) gathered.add(i, static_cast<double>(elements[i]));
  return gathered.total();
}

/// The sum of term(0), ..., term(count - 1) in canonical order.
template <class Term>
SPECTRALMC_HOST_DEVICE inline double canonical_sum_of(std::size_t count, Term&& term) {
  canonical_slots gathered;
  const std::size_t in_rows = count - count % canonical_slot_count;
  for (std::size_t first = 0; first < in_rows; first += canonical_slot_count) {
    for (std::size_t s = 0; s < canonical_slot_count; ++s) gathered.add(s, static_cast<double>(term(first + s)));
  }
  for (std::size_t i = in_rows; i < count; ++i) gathered.add(i, static_cast<double>(term(i)));
  return gathered.total();
}

}  // namespace spectralmc
