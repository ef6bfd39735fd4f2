// Reading and writing numbers, or packs of neighbouring ones, in arrays of numbers; going through such an array.
#pragma once

#include <algorithm>
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

/// Calls visit(first, used) for the packs that `count` numbers fill, from number `first` on. In the last one `used` may
/// be fewer than there are lanes.
template <class V, class Visit>
void for_each_pack(std::size_t count, const Visit& visit) {
  constexpr std::size_t width = lane_count<V>;
  for (std::size_t first = 0; first < count; first += width) visit(first, (std::min)(width, count - first));
}

/// The pack of `used` numbers, 1 or more, from `from` on. Further lanes repeat the last.
template <class V>
V load_some(const scalar_of<V>* from, std::size_t used) {
  constexpr std::size_t width = lane_count<V>;
  if (used == width) return load<V>(from);
  scalar_of<V> all[width];
  for (std::size_t i = 0; i < width; ++i) all[i] = from[(std::min)(i, used - 1)];
  return load<V>(all);
}

/// Stores the first `used` numbers of a pack.
template <class V>
void store_some(V value, scalar_of<V>* to, std::size_t used) {
  constexpr std::size_t width = lane_count<V>;
  if (used == width) return store(value, to);
  scalar_of<V> all[width];
  store(value, all);
  std::copy(all, all + used, to);
}

SPECTRALMC_LANES_NAMESPACE_END
}  // namespace spectralmc
