// Reading and writing numbers, or packs of neighbouring ones, in arrays of numbers; going through such an array.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>

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

/// How many numbers of the kind `Plain` a V consists of: 1, and N + 1 where it is a dual with N derivatives
/// (numeric/dual.hpp).
template <class Plain, class V>
inline constexpr std::size_t part_count = sizeof(V) / sizeof(Plain);

/// The same places for plain numbers: each has room for the value of a V, part 0, and for each derivative of it.
template <class Plain, class V>
SPECTRALMC_PRIMITIVE strided<Plain> part_of(strided<V> places, std::size_t part) {
  return {reinterpret_cast<scalar_of<Plain>*>(places.first) + part * lane_count<Plain>,
          places.stride * part_count<Plain, V>};
}

/// The V whose parts are at place i.
template <class Plain, class V>
SPECTRALMC_PRIMITIVE V of_parts(strided<V> places, std::size_t i) {
  V result;
  for (std::size_t part = 0; part < part_count<Plain, V>; ++part) {
    const Plain number = part_of<Plain>(places, part).load(i);
    std::memcpy(reinterpret_cast<unsigned char*>(&result) + part * sizeof(Plain), &number, sizeof(Plain));
  }
  return result;
}

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

/// The pack of the numbers i, i + 1, ... of `count`, zeros beyond them.
template <class V>
SPECTRALMC_PRIMITIVE V load_within(const scalar_of<V>* from, std::size_t i, std::size_t count) {
  constexpr std::size_t width = lane_count<V>;
  if (i + width <= count) return load<V>(from + i);
  scalar_of<V> all[width];
  for (std::size_t j = 0; j < width; ++j) all[j] = i + j < count ? from[i + j] : scalar_of<V>(0);
  return load<V>(all);
}

/// Stores those of a pack's numbers i, i + 1, ... that are among the first `count`.
template <class V>
SPECTRALMC_PRIMITIVE void store_within(V value, scalar_of<V>* to, std::size_t i, std::size_t count) {
  constexpr std::size_t width = lane_count<V>;
  if (i + width <= count) return store(value, to + i);
  scalar_of<V> all[width];
  store(value, all);
  for (std::size_t j = 0; i + j < count; ++j) to[i + j] = all[j];
}

/// The pack of these numbers in double.
template <class D, class Real>
SPECTRALMC_PRIMITIVE D load_in_double(const Real* from) {
  double all[lane_count<D>];
  for (std::size_t j = 0; j < lane_count<D>; ++j) all[j] = static_cast<double>(from[j]);
  return load<D>(all);
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
