// The test of the test: kernels translated from PTX in which faults are planted (planted_faults.py). Each is told as
// what it is, and what is right beside them passes.
#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstddef>
#include <cstdio>
#include <numeric>
#include <string>
#include <vector>

#include "calls.hpp"
#include "software.hpp"

namespace {

constexpr unsigned threads = 64, blocks = 3, count = blocks * threads;

/// What the program says at its end, run in a process of its own: empty if `body` found its result right.
template <class Body>
std::string words_of(const Body& body) {
  std::fflush(nullptr);
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    dup2(ends[1], STDERR_FILENO);
    std::signal(SIGABRT, SIG_DFL);
    const bool right = body();
    if (!right) std::fputs("a wrong result", stderr);
    _exit(0);
  }
  close(ends[1]);
  std::string words;
  char part[256];
  for (ssize_t got; (got = read(ends[0], part, sizeof part)) > 0;) words.append(part, static_cast<std::size_t>(got));
  close(ends[0]);
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  return words;
}

struct array {
  explicit array(std::size_t size) { REQUIRE(runtime_malloc(&memory, size * 4) == 0); }
  array(const array&) = delete;
  array& operator=(const array&) = delete;
  ~array() { runtime_free(memory); }
  void* memory = nullptr;
};

int launch(const std::string& name, void* to, const void* from, void* counter, std::size_t dynamic_shared = 0,
           unsigned block_threads = threads) {
  void* arguments[] = {&to, &from, &counter};
  return runtime_launch(kernel_named(name), dim3(blocks), dim3(block_threads), arguments, dynamic_shared, nullptr);
}

/// Whether the kernel reverses blocks and counts threads.
bool reverses(const std::string& name, std::size_t dynamic_shared = 0) {
  std::vector<float> numbers(count), back(count);
  std::iota(numbers.begin(), numbers.end(), 1.0f);
  unsigned counted = 0;
  const array to(count), from(count), counter(1);
  runtime_memcpy(from.memory, numbers.data(), count * 4, to_device);
  runtime_memcpy(counter.memory, &counted, 4, to_device);
  if (launch(name, to.memory, from.memory, counter.memory, dynamic_shared) != 0) return false;
  runtime_memcpy(back.data(), to.memory, count * 4, to_host);
  runtime_memcpy(&counted, counter.memory, 4, to_host);
  for (unsigned i = 0; i < count; ++i) {
    if (back[i] != numbers[i / threads * threads + (threads - 1 - i % threads)]) return false;
  }
  return counted == count;
}

bool tells(const std::string& words, const std::string& expected) {
  const bool found = words.find(expected) != std::string::npos;
  if (!found) MESSAGE("'" << words << "' is not '" << expected << "'");
  return found;
}

}  // namespace

TEST_CASE("what is right passes, in whatever way and order it is done") {
  using software_device::turn_order;
  for (const turn_order order : {turn_order::ascending, turn_order::descending, turn_order::shuffled}) {
    software_device::device::order = order;
    for (const char* name : {"unchanged", "by_generic_addresses", "by_bytes", "by_local_memory", "peeks_at_counter"}) {
      CAPTURE(name);
      CHECK(words_of([&] { return reverses(std::string("reverse_") + name); }) == "");
    }
  }
  software_device::device::order = turn_order::ascending;
}

TEST_CASE("faults of kernels are told") {
  const std::vector<std::pair<const char*, const char*>> faults{
      {"no_barrier", "a read of what was never written in shared memory: 4 bytes at 0xfc, by thread 0 of block 0"},
      {"no_shared_store", "a read of what was never written in shared memory"},
      {"one_place_in_shared", "a write of what another thread writes in shared memory"},
      {"barrier_too_early", "a write of what another thread reads in shared memory"},
      {"neighbour_without_barrier", "a read of what another thread writes in shared memory"},
      {"one_place_of_blocks", "a write of what another thread writes in global memory"},
      {"reads_other_blocks", "a read of what another thread writes in global memory"},
      {"counts_without_atomic", "a read of what another thread writes in global memory"},
      {"reads_counter", "a write of what another thread reads in global memory"},
      {"one_mebibyte_on", "an access out of bounds in global memory"},
      {"one_number_on", "an access out of bounds in global memory"},
      {"one_number_before", "an access out of bounds in global memory"},
      {"beyond_shared", "an access out of bounds in shared memory: 4 bytes at 0x100, by thread 0 of block 0"},
      {"beyond_dynamic_shared", "an access out of bounds in shared memory"},
      {"beyond_local", "an access out of bounds in local memory"},
      {"misaligned", "a misaligned access in global memory"},
      {"misaligned_in_shared", "a misaligned access in shared memory"},
      {"misaligned_vector", "a misaligned access in global memory: 8 bytes"},
      {"barrier_of_some", "some threads of a block wait at a barrier that the others do not reach"},
      {"two_barriers", "a barrier, while others of the block wait at another one"},
      {"writes_constant", "a write in constant memory"},
      {"traps", "the instruction trap"}};
  for (const auto& [name, expected] : faults) {
    CAPTURE(name);
    CHECK(tells(words_of([&, fault = name] { return reverses(std::string("reverse_") + fault); }), expected));
  }
}

TEST_CASE("faults of what calls a kernel are told") {
  const std::string kernel = "reverse_unchanged";
  CHECK(tells(words_of([&] {  // memory of the host
                const array to(count), counter(1);
                const std::vector<float> mine(count, 1);
                launch(kernel, to.memory, mine.data(), counter.memory);
                return cudaDeviceSynchronize() == cudaSuccess;
              }),
              "an access out of bounds in global memory"));
  CHECK(tells(words_of([&] {  // memory of another device
                const array from(count), counter(1);
                cudaSetDevice(1);
                const array to(count);
                cudaSetDevice(0);
                const std::vector<float> mine(count, 1);
                runtime_memcpy(from.memory, mine.data(), count * 4, to_device);
                launch(kernel, to.memory, from.memory, counter.memory);
                return cudaDeviceSynchronize() == cudaSuccess;
              }),
              "an access to what another device has in global memory"));
  CHECK(tells(words_of([&] {  // memory that nobody has written
                const array to(count), from(count), counter(1);
                launch(kernel, to.memory, from.memory, counter.memory);
                return cudaDeviceSynchronize() == cudaSuccess;
              }),
              "a read of what was never written in global memory"));
  CHECK(tells(words_of([&] {  // memory that was given back
                const array to(count), counter(1);
                const void* gone = nullptr;
                {
                  const array from(count);
                  const std::vector<float> mine(count, 1);
                  runtime_memcpy(from.memory, mine.data(), count * 4, to_device);
                  gone = from.memory;
                }
                launch(kernel, to.memory, gone, counter.memory);
                return cudaDeviceSynchronize() == cudaSuccess;
              }),
              "an access out of bounds in global memory"));
  CHECK(tells(words_of([&] {  // a result that no kernel has written
                const array to(count);
                std::vector<float> back(count);
                return runtime_memcpy(back.data(), to.memory, count * 4, to_host) == 0;
              }),
              "memory is copied from the device that was never written"));
}

TEST_CASE("launches that no device takes are refused") {
  const auto code = [](const char* name, std::size_t shared, unsigned block_threads) {
    return launch(name, nullptr, nullptr, nullptr, shared, block_threads);
  };
  CHECK(code("reverse_unchanged", 0, 0) == cudaErrorInvalidConfiguration);
  CHECK(code("reverse_unchanged", 0, threads + 1) == cudaErrorInvalidConfiguration);  // .maxntid
  CHECK(code("reverse_unchanged", 48 * 1024 - 255, threads) == cudaErrorInvalidConfiguration);
  CHECK(code("a kernel that there is not", 0, threads) == cudaErrorNoKernelImageForDevice);
  CHECK(words_of([] { return reverses("reverse_unchanged", 48 * 1024 - 256); }) == "");
}
