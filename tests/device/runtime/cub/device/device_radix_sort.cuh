// CUB's sort of pairs, as far as the library calls it.
#pragma once

#include <cuda_runtime.h>

namespace cub {

struct DeviceRadixSort {
  template <class Key, class Value>
  static cudaError_t SortPairs(void* memory, std::size_t& bytes, const Key* keys, Key* sorted_keys, const Value* values,
                               Value* sorted_values, int count, int begin_bit, int end_bit, cudaStream_t stream) {
    return software_device::call([&](software_device::device& on) {
      const std::size_t needed = static_cast<std::size_t>(count) * (sizeof(Key) + sizeof(Value)) + 1;
      if (memory == nullptr) {
        bytes = needed;
        return cudaSuccess;
      }
      if (bytes < needed) return cudaErrorInvalidValue;
      if (&software_device::device::of(stream) != &on) return cudaErrorInvalidResourceHandle;
      on.enqueue(stream, [=, &on] {
        const auto n = static_cast<std::size_t>(count);
        if (!on.space.holds(memory, needed) || !on.space.holds(keys, n * sizeof(Key)) ||
            !on.space.holds(values, n * sizeof(Value)) || !on.space.holds(sorted_keys, n * sizeof(Key)) ||
            !on.space.holds(sorted_values, n * sizeof(Value))) {
          software_device::fatal("a sort is given memory that is not the device's");
        }
        std::memset(memory, on.rubbish, needed);
        const int bits = end_bit - begin_bit;
        const Key all = bits >= static_cast<int>(8 * sizeof(Key)) ? ~Key(0) : (Key(1) << bits) - 1;
        std::vector<std::size_t> order(n);
        std::iota(order.begin(), order.end(), std::size_t{0});
        std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
          return (keys[a] >> begin_bit & all) < (keys[b] >> begin_bit & all);
        });
        for (std::size_t i = 0; i < n; ++i) {
          sorted_keys[i] = keys[order[i]];
          sorted_values[i] = values[order[i]];
        }
      });
      return cudaSuccess;
    });
  }
};

}  // namespace cub
