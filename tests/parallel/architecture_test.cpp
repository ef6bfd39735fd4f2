#include "spectralmc/parallel/architecture.hpp"

#include <doctest/doctest.h>

namespace smc = spectralmc;

namespace {

constexpr int capabilities[] = {50, 52, 53, 60, 61, 62, 70, 72, 75, 80, 86, 87, 89, 90, 100, 103, 120, 121};

template <class Real>
void check_policies() {
  for (int capability : capabilities) {
    CAPTURE(capability);
    const smc::gpu_architecture facts = smc::facts_of(capability);
    const smc::chunk_kernel_policy policy = smc::chunk_kernel_selector<Real>{}(capability);
    CHECK(policy.block_threads % 32 == 0);
    CHECK(policy.block_threads >= 32);
    CHECK(policy.block_threads <= 1024);
    CHECK(policy.resident_blocks >= 1);
    CHECK(policy.resident_blocks <= facts.blocks);
    CHECK(policy.block_threads * policy.resident_blocks <= facts.threads);
    // Three arrays of a chunk's samples a block, and one of bytes: two blocks at least are there.
    CHECK(2 * (3 * static_cast<int>(sizeof(Real)) + 2) <= facts.shared_memory);
    // A block of frequencies is shared evenly.
    CHECK((policy.sums_a_thread == 64 || policy.sums_a_thread == 32 || policy.sums_a_thread == 16));
    // The sums, and room to work with them.
    const int registers = 65536 / (policy.block_threads * policy.resident_blocks);
    CHECK(registers >= policy.sums_a_thread * static_cast<int>(sizeof(Real)) / 4 + 48);
  }
}

}  // namespace

TEST_CASE("an architecture has the facts of its own row, or of the nearest older one") {
  CHECK(smc::facts_of(52).capability == 52);
  CHECK(smc::facts_of(87).capability == 86);
  CHECK(smc::facts_of(121).capability == 120);
  CHECK(smc::facts_of(37).capability == 52);
}

TEST_CASE("the table of architectures ascends") {
  int previous = 0;
  for (const smc::gpu_architecture& a : smc::gpu_architectures) {
    CHECK(a.capability > previous);
    previous = a.capability;
  }
}

TEST_CASE("policies in float fit every architecture") { check_policies<float>(); }
TEST_CASE("policies in double fit every architecture") { check_policies<double>(); }

TEST_CASE("policies are constants of the compiler") {
  constexpr smc::chunk_kernel_policy policy = smc::chunk_kernel_selector<float>{}(75);
  static_assert(policy.block_threads == 128, "a chunk of 1024 paths by 128 threads");
}
