// Cooperative work of a block of threads, written in phases so that it runs with and without a GPU, on numbers and on
// packs of them.
//
// A block algorithm is a sequence of phases over shared storage. In a phase every thread of the block runs the same
// function of its index; between two phases stands a barrier. Nothing else passes from thread to thread, and nothing
// but the shared storage, and other memory that all threads see, passes from phase to phase. On the GPU
// (parallel/device.cuh) a phase is the thread's own call and a __syncthreads(). On the CPU a block is one thread that
// works on packs: pack_block. A block says besides
//   number<Real>       what a thread works on at once: a Real, or a pack of them
//   flag<Real>         what it keeps a 0 or 1 as in the shared storage
//   sums_a_thread      how many sums a thread keeps in registers, where threads share the work by it
//   add, add_exactly   additions to what all threads share
#pragma once

#include <cstddef>
#include <cstdint>

#include "spectralmc/configuration.hpp"
#include "spectralmc/numeric/lanes.hpp"
#include "spectralmc/numeric/value.hpp"

namespace spectralmc {

/// A block of threads played by one: the tests run the kernels' bodies with it, under the sanitizers.
template <int SumsAThread = 64>
class host_block {
 public:
  template <class Real>
  using number = Real;
  template <class Real>
  using flag = unsigned char;
  static constexpr int sums_a_thread = SumsAThread;

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

SPECTRALMC_LANES_NAMESPACE_BEGIN

/// A thread of the CPU, whose numbers are packs.
struct pack_block {
  template <class Real>
  using number = lanes<Real>;
  template <class Real>
  using flag = Real;
  static constexpr int sums_a_thread = 64;

  static SPECTRALMC_PRIMITIVE constexpr std::uint32_t size() { return 1; }
  template <class Phase>
  static SPECTRALMC_PRIMITIVE void phase(Phase&& body) {
    body(0);
  }
  static SPECTRALMC_PRIMITIVE void add(std::uint32_t& sum, std::uint32_t value) { sum += value; }
  static SPECTRALMC_PRIMITIVE void add_exactly(double& sum, double value) { sum += value; }
};

/// Calls body(i) for those of the elements 0 ... count - 1 that are the thread's: i is the first of as many as it works
/// on at once, which in the end may reach beyond `count`.
template <class Real, class Block, class Body>
SPECTRALMC_PRIMITIVE void for_elements(const Block& threads, std::uint32_t thread, std::uint32_t count,
                                       const Body& body) {
  constexpr auto width = static_cast<std::uint32_t>(lane_count<typename Block::template number<Real>>);
  for (std::uint32_t i = thread * width; i < count; i += threads.size() * width) body(i);
}

SPECTRALMC_LANES_NAMESPACE_END

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
