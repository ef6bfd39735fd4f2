// The test of the test: faults of the kinds that GPUs punish, planted in small kernels and in what calls them, each of
// which the device in software must find. What is right beside each must pass.
#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstddef>
#include <cstdio>
#include <vector>

#include "spectralmc/parallel/device.cuh"

namespace {

using software_device::device;
using software_device::turn_order;

enum class outcome { right, wrong, stopped };

/// What becomes of a program, run in a process of its own that may be stopped: whether `body` found its result right.
template <class Body>
outcome outcome_of(const Body& body) {
  std::fflush(nullptr);
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    // What it says of its end is expected, and not to be read.
    static_cast<void>(!std::freopen("/dev/null", "w", stderr));
    std::signal(SIGABRT, SIG_DFL);
    std::signal(SIGSEGV, SIG_DFL);
    _exit(body() ? 0 : 1);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  return !WIFEXITED(status) || WEXITSTATUS(status) > 1 ? outcome::stopped
         : WEXITSTATUS(status) == 0                    ? outcome::right
                                                       : outcome::wrong;
}

constexpr unsigned threads = 64;

struct job {
  int fault = 0;
  float* to = nullptr;
  const float* from = nullptr;
  unsigned count = 0;  // of numbers, in whole blocks
};

enum fault : int {
  none,
  no_barrier,
  barrier_of_some,
  shared_before_written,
  one_block_too_far,
  before_the_first,
  global_before_written,
  parameter_of_one_thread,
  first_block_only,
  stale_shared_size
};

/// to[i] = from[count - 1 - i] in each block, by way of shared memory.
__global__ void reverse_blocks(job j) {
  unsigned char* const bytes = software_device::block_engine::get().dynamic_shared();
  auto* const shared = reinterpret_cast<float*>(bytes);
  const unsigned i = blockIdx.x * blockDim.x + threadIdx.x;
  if (j.fault == parameter_of_one_thread && threadIdx.x == 0) j.count = 0;  // as if all threads saw it
  if (j.fault != shared_before_written) shared[threadIdx.x] = j.from[j.fault == one_block_too_far ? i + j.count : i];
  if (j.fault == barrier_of_some) {
    if (threadIdx.x < 32) __syncthreads();
  } else if (j.fault != no_barrier) {
    __syncthreads();
  }
  const unsigned last = j.fault == stale_shared_size ? 2 * blockDim.x - 1 : blockDim.x - 1;
  const float value = shared[last - threadIdx.x];
  if (j.fault == parameter_of_one_thread && j.count != 0) return;
  if (j.fault == first_block_only && blockIdx.x != 0) return;
  if (j.fault == before_the_first) {
    j.to[static_cast<std::ptrdiff_t>(i) - 1] = value;
  } else {
    j.to[i] = value;
  }
}

/// Adds to each number what was there, which nobody wrote.
__global__ void add_to_what_is_there(job j) {
  const unsigned i = blockIdx.x * blockDim.x + threadIdx.x;
  j.to[i] = j.to[i] * 0 + j.from[i];
}

template <class T>
T* allocated(std::size_t count) {
  void* memory = nullptr;
  spectralmc::detail::check(cudaMalloc(&memory, count * sizeof(T)), "cudaMalloc");
  return static_cast<T*>(memory);
}

void launch(void (*kernel)(job), const job& j, std::size_t shared = threads * sizeof(float), unsigned block = threads) {
  spectralmc::detail::launch("launch of a test's kernel", kernel, j.count / threads, block, shared, nullptr, j);
}

/// Whether blocks come out reversed with that fault and that order of threads.
bool reversed(fault planted, turn_order order = turn_order::descending, unsigned blocks = 3) {
  device::get().order = order;
  const unsigned count = blocks * threads;
  std::vector<float> numbers(count), back(count, -1);
  for (unsigned i = 0; i < count; ++i) numbers[i] = static_cast<float>(i + 1);
  job j{planted, allocated<float>(count), nullptr, count};
  auto* const from = allocated<float>(count);
  j.from = from;
  cudaMemcpy(from, numbers.data(), count * sizeof(float), cudaMemcpyHostToDevice);
  launch(reverse_blocks, j);
  cudaMemcpy(back.data(), j.to, count * sizeof(float), cudaMemcpyDeviceToHost);
  cudaFree(j.to);
  cudaFree(from);
  for (unsigned i = 0; i < count; ++i) {
    if (back[i] != numbers[i / threads * threads + (threads - 1 - i % threads)]) return false;
  }
  return device::get().space.allocation_count() == 0;
}

TEST_CASE("what is right passes, in every order") {
  for (const turn_order order : {turn_order::ascending, turn_order::descending, turn_order::shuffled}) {
    CHECK(outcome_of([&] { return reversed(none, order); }) == outcome::right);
  }
}

TEST_CASE("faults of kernels are found") {
  CHECK(outcome_of([] { return reversed(no_barrier); }) == outcome::wrong);
  CHECK(outcome_of([] { return reversed(no_barrier, turn_order::shuffled); }) == outcome::wrong);
  CHECK(outcome_of([] { return reversed(barrier_of_some); }) == outcome::stopped);
  CHECK(outcome_of([] { return reversed(shared_before_written); }) == outcome::wrong);
  CHECK(outcome_of([] { return reversed(one_block_too_far); }) != outcome::right);
  CHECK(outcome_of([] { return reversed(before_the_first); }) != outcome::right);
  CHECK(outcome_of([] { return reversed(parameter_of_one_thread); }) == outcome::wrong);
  CHECK(outcome_of([] { return reversed(first_block_only); }) == outcome::wrong);
  CHECK(outcome_of([] { return reversed(stale_shared_size); }) != outcome::right);
}

TEST_CASE("a kernel that reads what nobody wrote has no zeros to find") {
  CHECK(outcome_of([] {
          const job j{global_before_written, allocated<float>(threads), allocated<float>(threads), threads};
          cudaMemset(const_cast<float*>(j.from), 0, threads * sizeof(float));
          launch(add_to_what_is_there, j);
          float first = 0;
          cudaMemcpy(&first, j.to, sizeof first, cudaMemcpyDeviceToHost);
          return first == 0;
        }) == outcome::wrong);
}

TEST_CASE("memory of the wrong side is found") {
  CHECK(outcome_of([] {  // the host reads the device's
          const float* const memory = allocated<float>(threads);
          return *static_cast<const volatile float*>(memory) == 0;
        }) == outcome::stopped);
  CHECK(outcome_of([] {  // a kernel is handed the host's
          std::vector<float> mine(threads, 1);
          const job j{none, allocated<float>(threads), mine.data(), threads};
          launch(reverse_blocks, j);
          cudaDeviceSynchronize();
          return true;
        }) == outcome::stopped);
  CHECK(outcome_of([] {  // a copy the wrong way round
          float* const memory = allocated<float>(threads);
          std::vector<float> mine(threads, 1);
          cudaMemcpy(memory, mine.data(), threads * sizeof(float), cudaMemcpyDeviceToHost);
          return true;
        }) == outcome::stopped);
  CHECK(outcome_of([] {  // a copy of more than there is
          float* const memory = allocated<float>(threads);
          std::vector<float> mine(2 * threads, 1);
          cudaMemcpy(memory, mine.data(), 2 * threads * sizeof(float), cudaMemcpyHostToDevice);
          return true;
        }) == outcome::stopped);
  CHECK(outcome_of([] {  // memory that was given back
          const job j{none, allocated<float>(threads), allocated<float>(threads), threads};
          cudaFree(const_cast<float*>(j.from));
          std::vector<float> back(threads);
          launch(reverse_blocks, j);
          cudaMemcpy(back.data(), j.to, threads * sizeof(float), cudaMemcpyDeviceToHost);
          return back[0] == back[0];
        }) != outcome::right);
  CHECK(outcome_of([] {  // and is given back again
          float* const memory = allocated<float>(threads);
          cudaFree(memory);
          cudaFree(memory);
          return true;
        }) == outcome::stopped);
}

TEST_CASE("work that was not waited for has not been done") {
  CHECK(outcome_of([] {
          device::get().staged_copies = false;  // as from and to pinned memory
          cudaStream_t stream = nullptr;
          cudaStreamCreate(&stream);
          float* const memory = allocated<float>(1);
          const float sent = 3;
          float back = 0;
          cudaMemcpyAsync(memory, &sent, sizeof sent, cudaMemcpyHostToDevice, stream);
          cudaMemcpyAsync(&back, memory, sizeof back, cudaMemcpyDeviceToHost, stream);
          return back == 3;
        }) == outcome::wrong);
  CHECK(outcome_of([] {  // waited for in another stream
          cudaStream_t one = nullptr, other = nullptr;
          cudaStreamCreate(&one);
          cudaStreamCreate(&other);
          device::get().staged_copies = false;
          float* const memory = allocated<float>(1);
          const float sent = 3;
          float back = 0;
          cudaMemcpyAsync(memory, &sent, sizeof sent, cudaMemcpyHostToDevice, one);
          cudaMemcpyAsync(&back, memory, sizeof back, cudaMemcpyDeviceToHost, one);
          cudaStreamSynchronize(other);
          return back == 3;
        }) == outcome::wrong);
  CHECK(outcome_of([] {  // a stream that is gone
          cudaStream_t stream = nullptr;
          cudaStreamCreate(&stream);
          cudaStreamDestroy(stream);
          cudaStreamSynchronize(stream);
          return true;
        }) == outcome::stopped);
}

TEST_CASE("what no architecture has is refused") {
  const auto refused = [](std::size_t shared, unsigned block) {
    return outcome_of([=] {
      const job j{none, allocated<float>(threads), allocated<float>(threads), threads};
      try {
        launch(reverse_blocks, j, shared, block);
      } catch (const spectralmc::cuda_error& e) {
        return e.code() != cudaErrorInvalidConfiguration;
      }
      return true;
    });
  };
  CHECK(refused(0, 1025) == outcome::wrong);
  CHECK(refused(49 * 1024, threads) == outcome::wrong);  // without having asked for it
  CHECK(refused(48 * 1024, threads) == outcome::right);
  CHECK(outcome_of([] {
          device::get().memory_pools = false;
          void* memory = nullptr;
          return cudaMallocAsync(&memory, 1, nullptr) == cudaSuccess;
        }) == outcome::stopped);
  CHECK(cudaFuncSetAttribute(reverse_blocks, cudaFuncAttributeMaxDynamicSharedMemorySize, 1 << 20) ==
        cudaErrorInvalidValue);
  CHECK(cudaGetLastError() == cudaErrorInvalidValue);
  CHECK(cudaGetLastError() == cudaSuccess);
}

}  // namespace
