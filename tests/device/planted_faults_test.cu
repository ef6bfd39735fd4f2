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
  stale_shared_size,
  declares_more,
  memory_of_another_block
};

/// to[i] = from[count - 1 - i] in each block, by way of shared memory.
__global__ void reverse_blocks(job j) {
  unsigned char* const bytes = software_device::block_engine::get().dynamic_shared();
  auto* const shared = reinterpret_cast<float*>(bytes);
  const unsigned i = blockIdx.x * blockDim.x + threadIdx.x;
  static const char declared = 0;
  if (j.fault == declares_more) software_device::block_engine::get().static_shared(&declared, 16);
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

/// to[i] = from[i] by way of memory that each block has for itself, at the end of `to`.
__global__ void copy_by_way_of_memory(job j) {
  float* const mine = j.to + j.count + (j.fault == memory_of_another_block ? 0 : blockIdx.x * blockDim.x);
  const unsigned i = blockIdx.x * blockDim.x + threadIdx.x;
  mine[threadIdx.x] = j.from[i];
  __syncthreads();
  j.to[i] = mine[threadIdx.x];
}

/// `from` begins with a pointer.
__global__ void copy_what_is_pointed_at(job j) {
  const unsigned i = blockIdx.x * blockDim.x + threadIdx.x;
  j.to[i] = (*reinterpret_cast<const float* const*>(j.from))[i];
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
#if defined(__SANITIZE_THREAD__)
  // In whatever order threads come, as a race.
  for (const turn_order order : {turn_order::ascending, turn_order::descending, turn_order::shuffled}) {
    CHECK(outcome_of([&] { return reversed(no_barrier, order); }) == outcome::stopped);
  }
#else
  CHECK(outcome_of([] { return reversed(no_barrier); }) == outcome::wrong);
  CHECK(outcome_of([] { return reversed(no_barrier, turn_order::shuffled); }) == outcome::wrong);
#endif
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

TEST_CASE("blocks that share memory are found") {
  const auto copied = [](fault planted) {
    return outcome_of([=] {
      device::order = turn_order::shuffled;
      const job j{planted, allocated<float>(32 * threads), allocated<float>(16 * threads), 16 * threads};
      std::vector<float> numbers(j.count), back(j.count);
      for (unsigned i = 0; i < j.count; ++i) numbers[i] = static_cast<float>(i);
      cudaMemcpy(const_cast<float*>(j.from), numbers.data(), j.count * sizeof(float), cudaMemcpyHostToDevice);
      launch(copy_by_way_of_memory, j);
      cudaMemcpy(back.data(), j.to, j.count * sizeof(float), cudaMemcpyDeviceToHost);
      return back == numbers;
    });
  };
  CHECK(copied(none) == outcome::right);
  CHECK(copied(memory_of_another_block) != outcome::right);
}

TEST_CASE("memory of the wrong side is found") {
  CHECK(outcome_of([] {  // the host reads the device's
          const float* const memory = allocated<float>(threads);
          return *static_cast<const volatile float*>(memory) == 0;
        }) == outcome::stopped);
#if defined(SOFTWARE_DEVICE_CHECKS_POINTERS)
  CHECK(outcome_of([] {  // a kernel is handed the host's
          std::vector<float> mine(threads, 1);
          const job j{none, allocated<float>(threads), mine.data(), threads};
          launch(reverse_blocks, j);
          cudaDeviceSynchronize();
          return true;
        }) == outcome::stopped);
#endif
  CHECK(outcome_of([] {  // a copy the wrong way round
          auto* const memory = allocated<float>(threads);
          std::vector<float> mine(threads, 1);
          cudaMemcpy(memory, mine.data(), threads * sizeof(float), cudaMemcpyDeviceToHost);
          return true;
        }) == outcome::stopped);
  CHECK(outcome_of([] {  // a copy of more than there is
          auto* const memory = allocated<float>(threads);
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
          auto* const memory = allocated<float>(threads);
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
          auto* const memory = allocated<float>(1);
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
          auto* const memory = allocated<float>(1);
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

/// Whether what one stream sends is what another reads, with as much between them as `planted` says.
enum class between { nothing, event, event_too_early };
outcome sent_from_stream_to_stream(between planted, int other_device) {
  return outcome_of([=] {
    device::staged_copies = false;
    cudaStream_t one = nullptr, other = nullptr;
    cudaEvent_t sent = nullptr;
    cudaEventCreate(&sent);
    cudaStreamCreate(&one);
    auto* const memory = allocated<float>(1);
    const float number = 3;
    float back = 0;
    if (planted == between::event_too_early) cudaEventRecord(sent, one);
    cudaMemcpyAsync(memory, &number, sizeof number, cudaMemcpyHostToDevice, one);
    if (planted == between::event) cudaEventRecord(sent, one);
    cudaSetDevice(other_device);
    cudaStreamCreate(&other);
    if (planted != between::nothing) cudaStreamWaitEvent(other, sent);
    cudaMemcpyAsync(&back, memory, sizeof back, cudaMemcpyDeviceToHost, other);
    cudaStreamSynchronize(other);
    return back == 3;
  });
}

TEST_CASE("streams wait for each other by events, and not else") {
  for (const int other_device : {0, 1}) {
    CHECK(sent_from_stream_to_stream(between::event, other_device) == outcome::right);
    CHECK(sent_from_stream_to_stream(between::nothing, other_device) == outcome::wrong);
    CHECK(sent_from_stream_to_stream(between::event_too_early, other_device) == outcome::wrong);
  }
  CHECK(outcome_of([] {  // the host waits for an event, and looks at what comes after it
          device::staged_copies = false;
          cudaStream_t stream = nullptr;
          cudaEvent_t sent = nullptr;
          cudaEventCreate(&sent);
          cudaStreamCreate(&stream);
          auto* const memory = allocated<float>(1);
          const float number = 3;
          float back = 0;
          cudaMemcpyAsync(memory, &number, sizeof number, cudaMemcpyHostToDevice, stream);
          cudaEventRecord(sent, stream);
          cudaMemcpyAsync(&back, memory, sizeof back, cudaMemcpyDeviceToHost, stream);
          if (cudaEventQuery(sent) != cudaErrorNotReady || cudaEventSynchronize(sent) != cudaSuccess) return true;
          return back == 3;
        }) == outcome::wrong);
}

TEST_CASE("what is another device's is found") {
  CHECK(outcome_of([] {  // each by itself
          if (!reversed(none)) return false;
          cudaSetDevice(1);
          return reversed(none) && device::at(0).launches == 1 && device::at(1).launches == 1;
        }) == outcome::right);
  CHECK(outcome_of([] {  // memory, as a kernel is handed it
          const job j{none, allocated<float>(threads), allocated<float>(threads), threads};
          cudaSetDevice(1);
          launch(reverse_blocks, j);
          cudaDeviceSynchronize();
          return true;
        }) == outcome::stopped);
  const auto pointed = [](int other_device) {  // and as one finds it in memory of its own
    return outcome_of([=] {
      const job j{none, allocated<float>(threads), allocated<float>(threads), threads};
      cudaSetDevice(other_device);
      const float* const there = allocated<float>(threads);
      cudaMemset(const_cast<float*>(there), 0, threads * sizeof(float));
      cudaDeviceSynchronize();
      cudaSetDevice(0);
      cudaMemcpy(const_cast<float*>(j.from), &there, sizeof there, cudaMemcpyHostToDevice);
      launch(copy_what_is_pointed_at, j);
      float first = 1;
      cudaMemcpy(&first, j.to, sizeof first, cudaMemcpyDeviceToHost);
      return first == 0;
    });
  };
  CHECK(pointed(0) == outcome::right);
  CHECK(pointed(1) == outcome::stopped);
  CHECK(outcome_of([] {  // a stream
          cudaStream_t stream = nullptr;
          cudaStreamCreate(&stream);
          cudaSetDevice(1);
          const job j{none, allocated<float>(threads), allocated<float>(threads), threads};
          try {
            spectralmc::detail::launch("launch of a test's kernel", reverse_blocks, 1, threads, threads * sizeof(float),
                                       stream, j);
          } catch (const spectralmc::cuda_error& e) {
            return e.code() != cudaErrorInvalidResourceHandle;
          }
          return true;
        }) == outcome::wrong);
  CHECK(outcome_of([] {  // an event
          cudaEvent_t event = nullptr;
          cudaEventCreate(&event);
          cudaSetDevice(1);
          return cudaEventRecord(event) != cudaErrorInvalidResourceHandle;
        }) == outcome::wrong);
  CHECK(outcome_of([] { return cudaSetDevice(device::count) == cudaErrorInvalidDevice; }) == outcome::right);
}

TEST_CASE("what no architecture has is refused") {
  const auto refused = [](std::size_t shared, unsigned block, fault planted = none) {
    return outcome_of([=] {
      const job j{planted, allocated<float>(threads), allocated<float>(threads), threads};
      try {
        launch(reverse_blocks, j, shared, block);
        cudaDeviceSynchronize();
      } catch (const spectralmc::cuda_error& e) {
        return e.code() != cudaErrorInvalidConfiguration;
      }
      return true;
    });
  };
  CHECK(refused(0, 1025) == outcome::wrong);
  CHECK(refused(49 * 1024, threads) == outcome::wrong);  // without having asked for it
  CHECK(refused(48 * 1024, threads) == outcome::right);
  CHECK(refused(48 * 1024 - 15, threads, declares_more) == outcome::stopped);  // with what the kernel declares
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
