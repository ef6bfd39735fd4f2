#include "spectralmc/parallel/block.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <vector>

namespace spectralmc {
namespace {

TEST_CASE("in a phase each thread of the block runs once, with its index") {
  std::vector<int> runs(96, 0);
  host_block(96).phase([&](std::uint32_t thread) { ++runs[thread]; });
  CHECK(runs == std::vector<int>(96, 1));
}

TEST_CASE("a phase ends before the next begins") {
  // Each thread reads what its neighbour wrote: a sum over the block by halving.
  std::vector<int> values(64, 1);
  const host_block block(64);
  for (std::uint32_t width = 32; width > 0; width /= 2) {
    block.phase([&](std::uint32_t thread) {
      if (thread < width) values[thread] += values[thread + width];
    });
  }
  CHECK(values[0] == 64);
}

TEST_CASE("a block adds to a shared integer") {
  std::uint32_t sum = 0;
  const host_block block(10);
  block.phase([&](std::uint32_t thread) { block.add(sum, thread); });
  CHECK(sum == 45);
  CHECK(block.size() == 10);
}

TEST_CASE("a pack keeps values of different types, in order") {
  const auto pack = make_value_pack(1, 2.5, 'c');
  CHECK(pack.head == 1);
  CHECK(pack.tail.head == 2.5);
  CHECK(pack.tail.tail.head == 'c');
}

}  // namespace
}  // namespace spectralmc
