// The primitives that all arithmetic of the library is written in, for a number that is a float or a double.
// numeric/lanes.hpp has the same for packs of numbers; a template over its value type works with both.
//
// The rule of equal bits: results must not depend on the compiler, its options, the SIMD width, or host against device.
// So the generic code uses + - * / and sqrt (correctly rounded everywhere) and `fma` below, and never lets a product
// feed an addition: a compiler may contract the two, or not. The bits of a NaN (its sign and payload) are outside the
// promise.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "spectralmc/configuration.hpp"

/// Marks a function of a few instructions: it must be inlined, also because a pack that wide has no portable calling
/// convention.
#define SPECTRALMC_PRIMITIVE SPECTRALMC_HOST_DEVICE SPECTRALMC_FORCE_INLINE

namespace spectralmc {
SPECTRALMC_LANES_NAMESPACE_BEGIN

/// What goes with a value type V: the scalar it is made of, the integer as wide, the mask that its comparisons yield.
/// The functions have the names of, and are called through, the free functions below.
template <class V>
struct value_traits;

namespace value_detail {

template <class To, class From>
SPECTRALMC_PRIMITIVE To reinterpret(const From& from) {
  static_assert(sizeof(To) == sizeof(From), "the bits of one type are read as those of another of the same size");
  To to;
  std::memcpy(&to, &from, sizeof(To));
  return to;
}

template <class Real, class Integer>
struct scalar_traits {
  using scalar = Real;
  using integer = Integer;
  using mask = bool;
  static constexpr std::size_t lane_count = 1;
  static SPECTRALMC_PRIMITIVE Real to_real(Integer n) { return static_cast<Real>(n); }
  static SPECTRALMC_PRIMITIVE Real from_bits(Integer n) { return reinterpret<Real>(n); }
};

}  // namespace value_detail

template <>
struct value_traits<float> : value_detail::scalar_traits<float, std::int32_t> {};
template <>
struct value_traits<double> : value_detail::scalar_traits<double, std::int64_t> {};

template <class V>
using scalar_of = typename value_traits<V>::scalar;
template <class V>
using integer_of = typename value_traits<V>::integer;
template <class V>
using mask_of = typename value_traits<V>::mask;
template <class V>
inline constexpr std::size_t lane_count = value_traits<V>::lane_count;

/// What is to be known of the two formats.
template <class Real>
struct format;
template <>
struct format<float> {
  static constexpr float largest = 3.402823466e+38f;
  static constexpr float below_one = 0x1.fffffep-1f;   ///< the largest number below one
  static constexpr float integer_shift = 0x1.8p23f;    ///< adding it rounds to an integer
  static constexpr std::int32_t sign_bit = INT32_MIN;  ///< as an integer
};
template <>
struct format<double> {
  static constexpr double largest = 1.7976931348623157e+308;
  static constexpr double below_one = 0x1.fffffffffffffp-1;
  static constexpr double integer_shift = 0x1.8p52;
  static constexpr std::int64_t sign_bit = INT64_MIN;
};

/// a b + c with one rounding where the machine has such an instruction; with two, fast, where it has not.
SPECTRALMC_PRIMITIVE float fma(float a, float b, float c) {
#if defined(__CUDA_ARCH__)
  return __fmaf_rn(a, b, c);
#elif SPECTRALMC_HAS_FMA
  return std::fma(a, b, c);
#else
  return a * b + c;
#endif
}
SPECTRALMC_PRIMITIVE double fma(double a, double b, double c) {
#if defined(__CUDA_ARCH__)
  return __fma_rn(a, b, c);
#elif SPECTRALMC_HAS_FMA
  return std::fma(a, b, c);
#else
  return a * b + c;
#endif
}

/// a b, rounded, in a form that no compiler contracts with an addition of the result: for functions that return a
/// product to callers who may add it to something. -0 becomes +0.
template <class V>
SPECTRALMC_PRIMITIVE V rounded_product(V a, V b) {
  return fma(a, b, V(0));
}

SPECTRALMC_PRIMITIVE float sqrt(float x) {
#if defined(__CUDA_ARCH__)
  return __fsqrt_rn(x);
#else
  return std::sqrt(x);
#endif
}
SPECTRALMC_PRIMITIVE double sqrt(double x) {
#if defined(__CUDA_ARCH__)
  return __dsqrt_rn(x);
#else
  return std::sqrt(x);
#endif
}

SPECTRALMC_PRIMITIVE float abs(float x) { return std::fabs(x); }
SPECTRALMC_PRIMITIVE double abs(double x) { return std::fabs(x); }

/// The second operand where one is a NaN, and for zeros of either sign: what the x86 instructions do.
SPECTRALMC_PRIMITIVE float minimum(float a, float b) { return a < b ? a : b; }
SPECTRALMC_PRIMITIVE double minimum(double a, double b) { return a < b ? a : b; }
SPECTRALMC_PRIMITIVE float maximum(float a, float b) { return b < a ? a : b; }
SPECTRALMC_PRIMITIVE double maximum(double a, double b) { return b < a ? a : b; }

SPECTRALMC_PRIMITIVE float select(bool mask, float if_true, float if_false) { return mask ? if_true : if_false; }
SPECTRALMC_PRIMITIVE double select(bool mask, double if_true, double if_false) { return mask ? if_true : if_false; }
SPECTRALMC_PRIMITIVE std::int32_t select(bool mask, std::int32_t if_true, std::int32_t if_false) {
  return mask ? if_true : if_false;
}
SPECTRALMC_PRIMITIVE std::int64_t select(bool mask, std::int64_t if_true, std::int64_t if_false) {
  return mask ? if_true : if_false;
}

SPECTRALMC_PRIMITIVE constexpr bool both(bool m, bool n) { return m && n; }
SPECTRALMC_PRIMITIVE constexpr bool either(bool m, bool n) { return m || n; }
SPECTRALMC_PRIMITIVE constexpr bool negate(bool m) { return !m; }
SPECTRALMC_PRIMITIVE constexpr bool any(bool m) { return m; }
SPECTRALMC_PRIMITIVE constexpr bool all(bool m) { return m; }
SPECTRALMC_PRIMITIVE constexpr int count(bool m) { return m ? 1 : 0; }

/// The bits of a number as an integer, and back.
SPECTRALMC_PRIMITIVE std::int32_t bits(float x) { return value_detail::reinterpret<std::int32_t>(x); }
SPECTRALMC_PRIMITIVE std::int64_t bits(double x) { return value_detail::reinterpret<std::int64_t>(x); }
template <class V>
SPECTRALMC_PRIMITIVE V from_bits(integer_of<V> n) {
  return value_traits<V>::from_bits(n);
}

/// An integral value as an integer. |x| < 2^31 for float, <= 2^51 for double; what is not integral or beyond has no
/// defined result (nor the same one on all machines).
SPECTRALMC_PRIMITIVE std::int32_t to_integer(float x) { return static_cast<std::int32_t>(x); }
SPECTRALMC_PRIMITIVE std::int64_t to_integer(double x) { return static_cast<std::int64_t>(x); }
/// Rounded to nearest for float; exact for double, where |n| <= 2^51.
template <class V>
SPECTRALMC_PRIMITIVE V to_real(integer_of<V> n) {
  return value_traits<V>::to_real(n);
}

/// table[index].
SPECTRALMC_PRIMITIVE float look_up(const float* table, std::int32_t index) { return table[index]; }
SPECTRALMC_PRIMITIVE double look_up(const double* table, std::int64_t index) { return table[index]; }

// From here on the same text serves numbers and packs.

/// The nearest integer, ties to even, for |x| < 2^22 (float) or 2^51 (double). A zero comes out as +0.
template <class V>
SPECTRALMC_PRIMITIVE V round_to_nearest(V x) {
  const V shift(format<scalar_of<V>>::integer_shift);
  return (x + shift) - shift;
}

template <class V>
SPECTRALMC_PRIMITIVE V copy_sign(V magnitude, V sign) {
  const integer_of<V> sign_bit(format<scalar_of<V>>::sign_bit);
  return from_bits<V>((bits(magnitude) & ~sign_bit) | (bits(sign) & sign_bit));
}

template <class V>
SPECTRALMC_PRIMITIVE mask_of<V> is_nan(V x) {
  return x != x;
}

template <class V>
SPECTRALMC_PRIMITIVE mask_of<V> is_finite(V x) {
  return abs(x) <= V(format<scalar_of<V>>::largest);
}

SPECTRALMC_LANES_NAMESPACE_END
}  // namespace spectralmc
