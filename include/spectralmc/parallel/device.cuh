// What CUDA code stands on: errors, launches, memory of a device, a block's threads. Needs nvcc.
#pragma once

#include <cuda_runtime.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "spectralmc/configuration.hpp"
#include "spectralmc/errors.hpp"

#if !defined(__CUDACC__)
#error "spectralmc/parallel/device.cuh must be compiled by nvcc"
#endif

namespace spectralmc {

/// A CUDA call that failed: the text names the call, code() is the error.
class cuda_error : public std::runtime_error {
 public:
  cuda_error(cudaError_t code, const char* call)
      : std::runtime_error(std::string(call) + " failed: " + cudaGetErrorName(code) + ", " + cudaGetErrorString(code)),
        code_(code) {}
  cudaError_t code() const noexcept { return code_; }

 private:
  cudaError_t code_;
};

/// Where temporary device memory comes from: two functions and what they are called with. The default takes
/// cudaMallocAsync where the device has memory pools, cudaMalloc elsewhere.
struct device_memory {
  void* context = nullptr;
  cudaError_t (*allocate)(void* context, void** pointer, std::size_t bytes, cudaStream_t stream) = nullptr;
  cudaError_t (*deallocate)(void* context, void* pointer, cudaStream_t stream) = nullptr;
};

/// Execution on the current CUDA device, on the caller's stream. A run synchronises the stream after each batch of
/// paths: 16 million where memory allows it. If the plan reports progress, the first batch is eight chunks, and the
/// next are as long as a quarter of a second holds: a stop waits for the batch under way. Temporary memory is bounded
/// by `memory_limit` bytes where the size of one batch of eight chunks allows it.
struct cuda {
  cudaStream_t stream = nullptr;
  device_memory memory{};
  std::size_t memory_limit = std::size_t{512} << 20;
};

namespace detail {

/// Takes the error that a failed call has left for the thread's next cudaGetLastError: it is told already, or is not to
/// be told, and must not be blamed on a later call.
inline void forget_last_error() noexcept { static_cast<void>(cudaGetLastError()); }

inline void check(cudaError_t code, const char* call) {
  if (code == cudaSuccess) return;
  forget_last_error();
  throw cuda_error(code, call);
}

/// Launches a kernel, and judges the launch by what it returns itself: cudaGetLastError would answer with any earlier
/// error that nobody took, the caller's own among them.
template <class... Parameters, class... Arguments>
void launch(const char* text, void (*kernel)(Parameters...), std::size_t blocks, std::size_t block_threads,
            std::size_t shared_bytes, cudaStream_t stream, const Arguments&... arguments) {
  std::tuple<Parameters...> values(arguments...);
  std::apply(
      [&](auto&... each) {
        void* pointers[] = {&each...};
        check(cudaLaunchKernel(reinterpret_cast<const void*>(kernel), dim3(static_cast<unsigned>(blocks)),
                               dim3(static_cast<unsigned>(block_threads)), pointers, shared_bytes, stream),
              text);
      },
      values);
}

/// Waits for a stream where it goes out of scope, by an exception too: no copy is then under way from or to memory of
/// the host that was declared before it.
class wait_at_end {
 public:
  explicit wait_at_end(cudaStream_t stream) : stream_(stream) {}
  wait_at_end(const wait_at_end&) = delete;
  wait_at_end& operator=(const wait_at_end&) = delete;
  ~wait_at_end() {
    if (cudaStreamSynchronize(stream_) != cudaSuccess) forget_last_error();
  }

 private:
  cudaStream_t stream_;
};

/// How many devices there are. @throws cuda_error when there is none
inline int device_count() {
  int count = 0;
  check(cudaGetDeviceCount(&count), "cudaGetDeviceCount");
  if (count == 0) throw cuda_error(cudaErrorNoDevice, "cudaGetDeviceCount");
  return count;
}

inline int device_attribute(cudaDeviceAttr attribute) {
  int device = 0, value = 0;
  check(cudaGetDevice(&device), "cudaGetDevice");
  check(cudaDeviceGetAttribute(&value, attribute, device), "cudaDeviceGetAttribute");
  return value;
}

inline cudaError_t device_allocate(const cuda& execution, void** pointer, std::size_t bytes) {
  if (execution.memory.allocate) {
    return execution.memory.allocate(execution.memory.context, pointer, bytes, execution.stream);
  }
  if (device_attribute(cudaDevAttrMemoryPoolsSupported) != 0) {
    return cudaMallocAsync(pointer, bytes, execution.stream);
  }
  return cudaMalloc(pointer, bytes);
}

inline void device_deallocate(const cuda& execution, void* pointer) noexcept {
  if (pointer == nullptr) return;
  if (execution.memory.deallocate) {
    if (execution.memory.deallocate(execution.memory.context, pointer, execution.stream) != cudaSuccess) {
      forget_last_error();
    }
    return;
  }
  int device = 0, pools = 0;
  bool good = cudaGetDevice(&device) == cudaSuccess;
  good = cudaDeviceGetAttribute(&pools, cudaDevAttrMemoryPoolsSupported, device) == cudaSuccess && good;
  good = (pools != 0 ? cudaFreeAsync(pointer, execution.stream) : cudaFree(pointer)) == cudaSuccess && good;
  if (!good) forget_last_error();
}

/// Memory on the device for as long as the object lives.
template <class T>
class device_array {
 public:
  device_array(const cuda& execution, std::size_t size, const char* purpose) : execution_(execution) {
    if (size == 0) return;
    void* pointer = nullptr;
    const cudaError_t code = device_allocate(execution_, &pointer, size * sizeof(T));
    if (code == cudaErrorMemoryAllocation) {
      forget_last_error();  // an allocation that failed leaves the device usable
      throw allocation_error(purpose, size * sizeof(T));
    }
    check(code, "device memory allocation");
    pointer_ = static_cast<T*>(pointer);
  }
  device_array(device_array&& other) noexcept
      : execution_(other.execution_), pointer_(std::exchange(other.pointer_, nullptr)) {}
  device_array(const device_array&) = delete;
  device_array& operator=(const device_array&) = delete;
  device_array& operator=(device_array&&) = delete;
  ~device_array() { device_deallocate(execution_, pointer_); }

  T* get() const { return pointer_; }

 private:
  cuda execution_;
  T* pointer_ = nullptr;
};

/// Copies vectors to the device and keeps both copies until the run is over; its end waits for the stream, as a run
/// that ends by an exception may leave a copy under way.
class uploads {
 public:
  explicit uploads(const cuda& execution, const char* purpose = "the tables of a simulation")
      : execution_(execution), purpose_(purpose) {}
  uploads(uploads&&) = default;
  uploads(const uploads&) = delete;
  uploads& operator=(const uploads&) = delete;
  uploads& operator=(uploads&&) = delete;
  ~uploads() {
    if (!host_.empty()) wait_at_end{execution_.stream};
  }

  template <class T>
  const T* operator()(const std::vector<T>& values) {
    const auto* bytes = reinterpret_cast<const unsigned char*>(values.data());
    host_.emplace_back(bytes, bytes + values.size() * sizeof(T));
    device_.emplace_back(execution_, host_.back().size(), purpose_);
    check(cudaMemcpyAsync(device_.back().get(), host_.back().data(), host_.back().size(), cudaMemcpyHostToDevice,
                          execution_.stream),
          "cudaMemcpyAsync");
    return reinterpret_cast<const T*>(device_.back().get());
  }

 private:
  cuda execution_;
  const char* purpose_;
  std::vector<std::vector<unsigned char>> host_;
  std::vector<device_array<unsigned char>> device_;
};

}  // namespace detail

SPECTRALMC_LANES_NAMESPACE_BEGIN

// Hidden, so that two shared libraries in one process each keep their own kernels.
namespace __attribute__((visibility("hidden"))) cuda_kernels {

  /// One thread of a real block.
  template <int SumsAThread = 64>
  struct device_block {
    template <class Real>
    using number = Real;
    template <class Real>
    using flag = unsigned char;
    static constexpr int sums_a_thread = SumsAThread;

    __device__ std::uint32_t size() const { return blockDim.x; }
    template <class Phase>
    __device__ void phase(Phase&& body) const {
      body(threadIdx.x);
      __syncthreads();
    }
    static __device__ void add(std::uint32_t& sum, std::uint32_t value) {
      if (value != 0) atomicAdd(&sum, value);
    }
    static __device__ void add_exactly(double& sum, double value) {
#if !defined(__CUDA_ARCH__) || __CUDA_ARCH__ >= 600
      atomicAdd(&sum, value);
#else
      auto* const address = reinterpret_cast<unsigned long long*>(&sum);
      // A volatile read may meet an atomic of another thread; a plain one would be a race.
      unsigned long long before = *static_cast<volatile unsigned long long*>(address), expected;
      do {
        expected = before;
        const double after = __longlong_as_double(static_cast<long long>(expected)) + value;
        before = atomicCAS(address, expected, static_cast<unsigned long long>(__double_as_longlong(after)));
      } while (before != expected);
#endif
    }
  };

#if defined(__CUDA_ARCH__)
  inline constexpr int capability = __CUDA_ARCH__ / 10;
#else
  inline constexpr int capability = 52;
#endif

  /// The architecture, of those compiled, that the current device runs; 0 if there is none.
  inline int compiled_architecture() {
#if defined(__CUDA_ARCH_LIST__)
    constexpr int compiled[] = {__CUDA_ARCH_LIST__};
#else
    constexpr int compiled[] = {520};
#endif
    const int device = 10 * detail::device_attribute(cudaDevAttrComputeCapabilityMajor) +
                       detail::device_attribute(cudaDevAttrComputeCapabilityMinor);
    int best = 0;
    for (int candidate : compiled) {
      if (candidate / 10 <= device) best = (std::max)(best, candidate / 10);
    }
    return best;
  }

  /// The same. @throws cuda_error where there is no device, or none of those compiled fits
  inline int required_architecture() {
    detail::device_count();
    const int compiled = compiled_architecture();
    if (compiled == 0) throw cuda_error(cudaErrorNoKernelImageForDevice, "the choice of a kernel");
    return compiled;
  }

  /// How many blocks of a kernel the current device runs at once.
  template <class Kernel>
  std::uint64_t resident_blocks(Kernel kernel, int block_threads) {
    int resident = 0;
    detail::check(cudaOccupancyMaxActiveBlocksPerMultiprocessor(&resident, kernel, block_threads, 0),
                  "cudaOccupancyMaxActiveBlocksPerMultiprocessor");
    return static_cast<std::uint64_t>((std::max)(resident, 1)) *
           static_cast<std::uint64_t>(detail::device_attribute(cudaDevAttrMultiProcessorCount));
  }

}  // namespace cuda_kernels

SPECTRALMC_LANES_NAMESPACE_END

}  // namespace spectralmc
