// Cooperative work of a block of threads, written in phases so that it runs with and without a GPU.
//
// A block algorithm is a sequence of phases over shared storage. In a phase every thread of the block runs the same
// function of its index; between two phases stands a barrier. Nothing else passes from thread to thread, and nothing
// but the shared storage passes from phase to phase. On the GPU (parallel/device.cuh) a phase is the thread's own call
// and a __syncthreads(); here it is a loop.
#pragma once

#include <cstddef>
#include <cstdint>

#include "spectralmc/configuration.hpp"

namespace spectralmc {

/// A block of threads played by one: the tests run the kernels' bodies with it, under the sanitizers.
class host_block {
 public:
  explicit host_block(std::uint32_t threads) : threads_(threads) {}

  std::uint32_t size() const { return threads_; }

  template <class Phase>
  void phase(Phase&& body) const {
    for (std::uint32_t thread = 0; thread < threads_; ++thread) body(thread);
  }

  /// Adds to a shared integer (of all threads at once, in any order).
  static void add(std::uint32_t& sum, std::uint32_t value) { sum += value; }
  /// The same for numbers whose sums need no rounding, so that their order has no influence.
  static void add_exactly(double& sum, double value) { sum += value; }

 private:
  std::uint32_t threads_;
};

/// Several values of different types in one object that a kernel takes by value.
template <class... Values>
struct value_pack {};

template <class Head, class... Tail>
struct value_pack<Head, Tail...> {
  Head head;
  value_pack<Tail...> tail;
};

SPECTRALMC_HOST_DEVICE inline value_pack<> make_value_pack() { return {}; }

template <class Head, class... Tail>
SPECTRALMC_HOST_DEVICE value_pack<Head, Tail...> make_value_pack(Head head, Tail... tail) {
  return {head, make_value_pack(tail...)};
}

}  // namespace spectralmc
