// Reading and writing numbers, or packs of neighbouring ones, in arrays of numbers.
#pragma once

#include <cstddef>

#include "spectralmc/configuration.hpp"
#include "spectralmc/numeric/value.hpp"

namespace spectralmc {
SPECTRALMC_LANES_NAMESPACE_BEGIN

/// The number at `from`, or the pack that begins there.
template <class V>
SPECTRALMC_PRIMITIVE V load(const scalar_of<V>* from) {
  if constexpr (lane_count<V> == 1) {
    return *from;
  } else {
    return V::load(from);
  }
}

template <class V>
SPECTRALMC_PRIMITIVE void store(V value, scalar_of<V>* to) {
  if constexpr (lane_count<V> == 1) {
    *to = value;
  } else {
    value.store(to);
  }
}

/// Numbers or packs at every `stride`-th place of an array.
template <class V>
struct strided {
  scalar_of<V>* first;
  std::size_t stride;

  SPECTRALMC_PRIMITIVE V load(std::size_t i) const { return spectralmc::load<V>(first + i * stride); }
  SPECTRALMC_PRIMITIVE void store(std::size_t i, V value) const { spectralmc::store(value, first + i * stride); }
  /// The same from place i on.
  SPECTRALMC_PRIMITIVE strided from(std::size_t i) const { return {first + i * stride, stride}; }
};

SPECTRALMC_LANES_NAMESPACE_END
}  // namespace spectralmc
