// Variates made from numbers of their own paths, in packs and singly.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "spectralmc/numeric/lanes.hpp"
#include "spectralmc/random/numbers.hpp"

namespace spectralmc {

/// make(step_numbers) of paths 0 ... count - 1, in packs as wide as the machine's.
template <class Real, int Count, class Make>
std::vector<Real> variates(std::size_t count, const Make& make) {
  using V = lanes<Real>;
  constexpr std::size_t width = lane_count<V>;
  std::vector<Real> result((count + width - 1) / width * width);
  for (std::size_t i = 0; i < result.size(); i += width) {
    const philox_numbers<V> source(77, i);
    make(step_numbers<philox_numbers<V>, Count>(source, 0)).store(result.data() + i);
  }
  result.resize(count);
  return result;
}

/// The same one by one.
template <class Real, int Count, class Make>
std::vector<Real> variates_singly(std::size_t count, const Make& make) {
  std::vector<Real> result(count);
  for (std::size_t i = 0; i < count; ++i) {
    const philox_numbers<Real> source(77, i);
    result[i] = make(step_numbers<philox_numbers<Real>, Count>(source, 0));
  }
  return result;
}

}  // namespace spectralmc
