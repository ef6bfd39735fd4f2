// What the elementary functions share: polynomials by Horner's rule, and constants in the precision of the value type.
#pragma once

#include <cstdint>
#include <limits>
#include <type_traits>

#include "spectralmc/numeric/value.hpp"

namespace spectralmc {
SPECTRALMC_LANES_NAMESPACE_BEGIN

template <class V>
inline constexpr bool is_single_precision = std::is_same_v<scalar_of<V>, float>;

/// The one of two constants that is meant for the precision of V.
template <class V>
SPECTRALMC_PRIMITIVE V constant(float in_single, double in_double) {
  if constexpr (is_single_precision<V>) {
    return V(in_single);
  } else {
    return V(in_double);
  }
}

/// The one of two integers, meant as the bits of a number, that is as wide as V.
template <class V>
SPECTRALMC_PRIMITIVE integer_of<V> constant_bits(std::int32_t in_single, std::int64_t in_double) {
  if constexpr (is_single_precision<V>) {
    return integer_of<V>(in_single);
  } else {
    return integer_of<V>(in_double);
  }
}

/// c0 + c1 x + c2 x^2 + ..., coefficients in the precision of V.
template <class V>
SPECTRALMC_PRIMITIVE V polynomial(V, scalar_of<V> c0) {
  return V(c0);
}
template <class V, class... Rest>
SPECTRALMC_PRIMITIVE V polynomial(V x, scalar_of<V> c0, scalar_of<V> c1, Rest... rest) {
  return fma(polynomial(x, c1, rest...), x, V(c0));
}

/// The same with one more coefficient, of the highest power: 1.
template <class V>
SPECTRALMC_PRIMITIVE V monic_polynomial(V x, scalar_of<V> c0) {
  return x + V(c0);
}
template <class V, class... Rest>
SPECTRALMC_PRIMITIVE V monic_polynomial(V x, scalar_of<V> c0, scalar_of<V> c1, Rest... rest) {
  return fma(monic_polynomial(x, c1, rest...), x, V(c0));
}

/// The fields of the two formats, and the values at their ends.
template <class V>
struct exponent_format {
  using limits = std::numeric_limits<scalar_of<V>>;
  static constexpr scalar_of<V> infinity = limits::infinity();
  static constexpr scalar_of<V> not_a_number = limits::quiet_NaN();
  static constexpr scalar_of<V> least_normal = (limits::min)();

  using integer = std::conditional_t<is_single_precision<V>, std::int32_t, std::int64_t>;
  static constexpr int mantissa_bits = is_single_precision<V> ? 23 : 52;
  static constexpr integer bias = is_single_precision<V> ? 127 : 1023;
  static constexpr integer mantissa_mask = (integer(1) << mantissa_bits) - 1;
};

SPECTRALMC_LANES_NAMESPACE_END
}  // namespace spectralmc
