// What the library and its tests use of the CUDA runtime and of CUDA's C++, for programs that a C++ compiler makes of
// them: kernels run on the software device (device.hpp). Included before everything else, with __CUDACC__,
// __CUDA_ARCH__ and __CUDA_ARCH_LIST__ defined. One architecture a program: host and device are one compilation.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <memory>
#include <mutex>
#include <numeric>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "device.hpp"

#define __host__
#define __device__
#define __global__
#define __launch_bounds__(...)
#define __align__(n) alignas(n)

struct uint3 {
  unsigned x, y, z;
};
struct dim3 {
  unsigned x, y, z;
  constexpr dim3(unsigned x_ = 1, unsigned y_ = 1, unsigned z_ = 1) : x(x_), y(y_), z(z_) {}
};
inline uint3 threadIdx{}, blockIdx{};
inline dim3 blockDim, gridDim;

#define SOFTWARE_DEVICE_ERRORS(error)                                                                          \
  error(cudaSuccess, 0) error(cudaErrorInvalidValue, 1) error(cudaErrorMemoryAllocation, 2)                    \
      error(cudaErrorInvalidConfiguration, 9) error(cudaErrorNoDevice, 100) error(cudaErrorInvalidDevice, 101) \
          error(cudaErrorNoKernelImageForDevice, 209) error(cudaErrorInvalidResourceHandle, 400)               \
              error(cudaErrorNotReady, 600) error(cudaErrorLaunchFailure, 719) error(cudaErrorUnknown, 999)

enum cudaError_t {
#define SOFTWARE_DEVICE_ERROR(name, number) name = number,
  SOFTWARE_DEVICE_ERRORS(SOFTWARE_DEVICE_ERROR)
#undef SOFTWARE_DEVICE_ERROR
};
inline const char* cudaGetErrorName(cudaError_t code) {
  switch (code) {
#define SOFTWARE_DEVICE_ERROR(name, number) \
  case name:                                \
    return #name;
    SOFTWARE_DEVICE_ERRORS(SOFTWARE_DEVICE_ERROR)
#undef SOFTWARE_DEVICE_ERROR
  }
  return "an error without a name";
}
inline const char* cudaGetErrorString(cudaError_t code) { return cudaGetErrorName(code); }

enum cudaDeviceAttr {
  cudaDevAttrMultiProcessorCount,
  cudaDevAttrComputeCapabilityMajor,
  cudaDevAttrComputeCapabilityMinor,
  cudaDevAttrMaxSharedMemoryPerBlockOptin,
  cudaDevAttrMemoryPoolsSupported
};
enum cudaFuncAttribute { cudaFuncAttributeMaxDynamicSharedMemorySize };
enum cudaMemcpyKind { cudaMemcpyHostToHost, cudaMemcpyHostToDevice, cudaMemcpyDeviceToHost, cudaMemcpyDeviceToDevice };

using cudaStream_t = software_device::stream*;

namespace software_device {
struct event {
  device* of;
  std::shared_ptr<mark> recorded;
};
}  // namespace software_device
using cudaEvent_t = software_device::event*;
enum { cudaStreamDefault = 0, cudaStreamNonBlocking = 1, cudaEventDefault = 0, cudaEventDisableTiming = 2 };

namespace software_device {

/// The error that cudaGetLastError tells.
inline thread_local cudaError_t last_error = cudaSuccess;

/// One call of the API: the only one at its time, and one of them may be told to fail.
class api_call {
 public:
  api_call() : lock_(device::get().guard()), fails_(device::get().fails()) {}
  template <class Body>
  cudaError_t result(const Body& body) const {
    const cudaError_t code = fails_ ? cudaErrorUnknown : body(device::get());
    if (code != cudaSuccess) last_error = code;
    return code;
  }

 private:
  std::lock_guard<std::recursive_mutex> lock_;
  bool fails_;
};
template <class Body>
cudaError_t call(const Body& body) {
  return api_call().result(body);
}

template <class... Parameters, std::size_t... Index>
std::tuple<Parameters...> values_at(void** pointers, std::index_sequence<Index...>) {
  return {*static_cast<Parameters*>(pointers[Index])...};
}

/// A kernel's parameter may hold pointers to memory of its device, and no others. Not told by compilers that cannot say
/// which of its bytes are padding, where anything may have been left.
#if defined(__has_builtin)
#if __has_builtin(__builtin_clear_padding)
#define SOFTWARE_DEVICE_CHECKS_POINTERS
#endif
#endif
template <class Parameter>
void check_pointers([[maybe_unused]] const device& on, [[maybe_unused]] Parameter value) {
#if defined(SOFTWARE_DEVICE_CHECKS_POINTERS)
  __builtin_clear_padding(&value);
  const device::target found = on.points_to(&value, sizeof value);
  if (found == device::target::host) fatal("a kernel is handed a pointer to memory of the host");
  if (found == device::target::other_device) fatal("a kernel is handed a pointer to memory of another device");
#endif
}

/// Whether grid and block are within what all architectures allow.
inline bool fits(dim3 grid, dim3 block) {
  const std::uint64_t threads = std::uint64_t{block.x} * block.y * block.z;
  return grid.x >= 1 && grid.x <= 0x7fffffff && grid.y >= 1 && grid.y <= 65535 && grid.z >= 1 && grid.z <= 65535 &&
         threads >= 1 && threads <= 1024 && block.z <= 64;
}

/// Runs kernel(arguments...) by all threads of a grid.
template <class... Parameters>
void run_grid(device& on, void (*kernel)(Parameters...), dim3 grid, dim3 block, shared_sizes shared,
              const std::tuple<Parameters...>& arguments) {
  gridDim = grid;
  blockDim = block;
  ++on.launches;
  block_engine& engine = block_engine::get();
  // Unseen by the thread sanitizer, for whom threads of a block are threads: each of them reads its own.
  engine.on_switch = [](std::uint64_t number, unsigned i) SOFTWARE_DEVICE_UNSEEN {
    blockIdx = {static_cast<unsigned>(number % gridDim.x), static_cast<unsigned>(number / gridDim.x % gridDim.y),
                static_cast<unsigned>(number / gridDim.x / gridDim.y)};
    threadIdx = {i % blockDim.x, i / blockDim.x % blockDim.y, i / blockDim.x / blockDim.y};
  };
  // What a kernel does to its parameters stays in one thread.
  const std::function<void()> body = [&] { std::apply([&](auto... values) { kernel(values...); }, arguments); };
  const auto numbers = on.turns(std::uint64_t{grid.x} * grid.y * grid.z);
  on.blocks += numbers.size();
  engine.run(body, numbers, block.x * block.y * block.z, shared, device::rubbish, device::order, on.random);
}

}  // namespace software_device

#define __syncthreads() ::software_device::block_engine::get().barrier()

// What kernels call.

inline float __fmaf_rn(float a, float b, float c) { return std::fma(a, b, c); }
inline double __fma_rn(double a, double b, double c) { return std::fma(a, b, c); }
inline float __fsqrt_rn(float a) { return std::sqrt(a); }
inline double __dsqrt_rn(double a) { return std::sqrt(a); }
inline double __longlong_as_double(long long a) {
  double result;
  std::memcpy(&result, &a, sizeof a);
  return result;
}
inline long long __double_as_longlong(double a) {
  long long result;
  std::memcpy(&result, &a, sizeof a);
  return result;
}
inline unsigned atomicAdd(unsigned* to, unsigned value) { return __atomic_fetch_add(to, value, __ATOMIC_RELAXED); }
inline unsigned long long atomicCAS(unsigned long long* to, unsigned long long expected, unsigned long long value) {
  __atomic_compare_exchange_n(to, &expected, value, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED);
  return expected;
}
inline double atomicAdd(double* to, double value) {
  auto* const bits = reinterpret_cast<unsigned long long*>(to);
  unsigned long long before = __atomic_load_n(bits, __ATOMIC_RELAXED), expected;
  do {
    expected = before;
    const double sum = __longlong_as_double(static_cast<long long>(expected)) + value;
    before = atomicCAS(bits, expected, static_cast<unsigned long long>(__double_as_longlong(sum)));
  } while (before != expected);
  return __longlong_as_double(static_cast<long long>(before));
}
inline unsigned atomicMin(unsigned* to, unsigned value) {
  unsigned before = __atomic_load_n(to, __ATOMIC_RELAXED);
  while (value < before &&
         !__atomic_compare_exchange_n(to, &before, value, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
  }
  return before;
}

// What the host calls.

inline cudaError_t cudaGetLastError() { return std::exchange(software_device::last_error, cudaSuccess); }
inline cudaError_t cudaGetDeviceCount(int* count) {
  return software_device::call([&](auto&) {
    *count = software_device::device::count;
    return *count > 0 ? cudaSuccess : cudaErrorNoDevice;
  });
}
inline cudaError_t cudaGetDevice(int* number) {
  return software_device::call([&](auto&) {
    *number = software_device::device::current;
    return cudaSuccess;
  });
}
inline cudaError_t cudaSetDevice(int number) {
  return software_device::call([&](auto&) {
    if (number < 0 || number >= software_device::device::count) return cudaErrorInvalidDevice;
    software_device::device::current = number;
    return cudaSuccess;
  });
}
inline cudaError_t cudaDeviceGetAttribute(int* value, cudaDeviceAttr attribute, int number) {
  return software_device::call([&](auto&) {
    if (number < 0 || number >= software_device::device::count) return cudaErrorInvalidDevice;
    const software_device::device& on = software_device::device::at(number);
    switch (attribute) {
      case cudaDevAttrMultiProcessorCount:
        *value = static_cast<int>(on.multiprocessors);
        break;
      case cudaDevAttrComputeCapabilityMajor:
        *value = on.capability / 10;
        break;
      case cudaDevAttrComputeCapabilityMinor:
        *value = on.capability % 10;
        break;
      case cudaDevAttrMaxSharedMemoryPerBlockOptin:
        *value = on.most_shared_bytes();
        break;
      case cudaDevAttrMemoryPoolsSupported:
        *value = on.memory_pools ? 1 : 0;
        break;
    }
    return cudaSuccess;
  });
}

namespace software_device {
inline cudaError_t allocate(device& on, void** pointer, std::size_t bytes) {
  *pointer = on.space.allocate(bytes, on.memory, device::rubbish);
  return *pointer != nullptr ? cudaSuccess : cudaErrorMemoryAllocation;
}
inline void release(void* pointer) {
  device* const owning = device::owner(pointer);
  if (owning == nullptr) fatal("memory is freed that no device has");
  owning->space.release(pointer, device::rubbish);
}
inline bool has_pools(const device& on) {
  if (!on.memory_pools) fatal("memory is taken from the pools of a device that has none");
  return true;
}
}  // namespace software_device

inline cudaError_t cudaMalloc(void** pointer, std::size_t bytes) {
  return software_device::call(
      [&](software_device::device& on) { return software_device::allocate(on, pointer, bytes); });
}
inline cudaError_t cudaMallocAsync(void** pointer, std::size_t bytes, cudaStream_t stream) {
  return software_device::call([&](auto&) {
    software_device::device& on = software_device::device::of(stream);
    software_device::has_pools(on);
    return software_device::allocate(on, pointer, bytes);
  });
}
inline cudaError_t cudaFree(void* pointer) {
  return software_device::call([&](auto&) {
    if (pointer == nullptr) return cudaSuccess;
    if (auto* const owning = software_device::device::owner(pointer)) owning->finish(nullptr);
    software_device::release(pointer);
    return cudaSuccess;
  });
}
inline cudaError_t cudaFreeAsync(void* pointer, cudaStream_t stream) {
  return software_device::call([&](auto&) {
    software_device::device& on = software_device::device::of(stream);
    software_device::has_pools(on);
    on.enqueue(stream, [pointer] { software_device::release(pointer); });
    return cudaSuccess;
  });
}
inline cudaError_t cudaMemcpyAsync(void* to, const void* from, std::size_t bytes, cudaMemcpyKind kind,
                                   cudaStream_t stream = nullptr) {
  return software_device::call([&](auto&) {
    using software_device::device;
    device& on = device::of(stream);
    const bool to_device = kind == cudaMemcpyHostToDevice || kind == cudaMemcpyDeviceToDevice,
               from_device = kind == cudaMemcpyDeviceToHost || kind == cudaMemcpyDeviceToDevice;
    if (device::staged_copies && kind == cudaMemcpyHostToDevice) {
      const auto* const first = static_cast<const char*>(from);
      const std::vector<char> now(first, first + bytes);
      on.enqueue(stream, [to, now] { device::copy(to, now.data(), now.size(), true, false); });
      return cudaSuccess;
    }
    on.enqueue(stream, [=] { device::copy(to, from, bytes, to_device, from_device); });
    if (device::staged_copies && kind == cudaMemcpyDeviceToHost) on.finish(stream);
    return cudaSuccess;
  });
}
inline cudaError_t cudaMemcpy(void* to, const void* from, std::size_t bytes, cudaMemcpyKind kind) {
  return software_device::call([&](software_device::device& on) {
    on.enqueue(nullptr, [=] {
      software_device::device::copy(to, from, bytes, kind == cudaMemcpyHostToDevice || kind == cudaMemcpyDeviceToDevice,
                                    kind == cudaMemcpyDeviceToHost || kind == cudaMemcpyDeviceToDevice);
    });
    on.finish(nullptr);
    return cudaSuccess;
  });
}
inline cudaError_t cudaMemsetAsync(void* to, int value, std::size_t bytes, cudaStream_t stream = nullptr) {
  return software_device::call([&](auto&) {
    software_device::device::of(stream).enqueue(stream, [=] { software_device::device::set(to, value, bytes); });
    return cudaSuccess;
  });
}
inline cudaError_t cudaMemset(void* to, int value, std::size_t bytes) { return cudaMemsetAsync(to, value, bytes); }

inline cudaError_t cudaStreamCreate(cudaStream_t* stream) {
  return software_device::call([&](software_device::device& on) {
    *stream = on.make_stream();
    return cudaSuccess;
  });
}
/// Nothing of the library has work in the null stream beside one that does not wait for it: the two kinds are one here.
inline cudaError_t cudaStreamCreateWithFlags(cudaStream_t* stream, unsigned) { return cudaStreamCreate(stream); }
inline cudaError_t cudaStreamDestroy(cudaStream_t stream) {
  return software_device::call([&](auto&) {
    software_device::device::of(stream).destroy_stream(stream);
    return cudaSuccess;
  });
}
inline cudaError_t cudaStreamSynchronize(cudaStream_t stream) {
  return software_device::call([&](auto&) {
    software_device::device::of(stream).finish(stream);
    return cudaSuccess;
  });
}
/// Says once that the work is not done, and does it.
inline cudaError_t cudaStreamQuery(cudaStream_t stream) {
  return software_device::call([&](auto&) {
    software_device::device& on = software_device::device::of(stream);
    if (!on.busy(stream)) return cudaSuccess;
    on.finish(stream);
    return cudaErrorNotReady;
  });
}
inline cudaError_t cudaDeviceSynchronize() { return cudaStreamSynchronize(nullptr); }

// An event that was never recorded has nothing to wait for.

inline cudaError_t cudaEventCreateWithFlags(cudaEvent_t* event, unsigned) {
  return software_device::call([&](software_device::device& on) {
    *event = new software_device::event{&on, nullptr};
    return cudaSuccess;
  });
}
inline cudaError_t cudaEventCreate(cudaEvent_t* event) { return cudaEventCreateWithFlags(event, cudaEventDefault); }
inline cudaError_t cudaEventDestroy(cudaEvent_t event) {
  return software_device::call([&](auto&) {
    delete event;
    return cudaSuccess;
  });
}
inline cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t stream = nullptr) {
  return software_device::call([&](auto&) {
    if (&software_device::device::of(stream) != event->of) return cudaErrorInvalidResourceHandle;
    event->recorded = event->of->enqueue_mark(stream);
    return cudaSuccess;
  });
}
inline cudaError_t cudaEventSynchronize(cudaEvent_t event) {
  return software_device::call([&](auto&) {
    if (event->recorded != nullptr) event->of->finish(event->recorded);
    return cudaSuccess;
  });
}
/// As cudaStreamQuery.
inline cudaError_t cudaEventQuery(cudaEvent_t event) {
  return software_device::call([&](auto&) {
    if (event->recorded == nullptr || event->recorded->reached) return cudaSuccess;
    event->of->finish(event->recorded);
    return cudaErrorNotReady;
  });
}
inline cudaError_t cudaStreamWaitEvent(cudaStream_t stream, cudaEvent_t event, unsigned = 0) {
  return software_device::call([&](auto&) {
    if (event->recorded == nullptr) return cudaSuccess;
    software_device::device::of(stream).enqueue(stream,
                                                [of = event->of, recorded = event->recorded] { of->finish(recorded); });
    return cudaSuccess;
  });
}

template <class... Parameters>
cudaError_t cudaFuncSetAttribute(void (*kernel)(Parameters...), cudaFuncAttribute, int value) {
  return software_device::call([&](software_device::device& on) {
    if (value > on.most_shared_bytes()) return cudaErrorInvalidValue;
    on.shared_bytes_allowed[reinterpret_cast<const void*>(kernel)] = value;
    return cudaSuccess;
  });
}
template <class Kernel>
cudaError_t cudaOccupancyMaxActiveBlocksPerMultiprocessor(int* blocks, Kernel, int block_threads, std::size_t) {
  return software_device::call([&](software_device::device& on) {
    if (block_threads < 1 || block_threads > 1024) return cudaErrorInvalidValue;
    *blocks = static_cast<int>(on.resident_blocks);
    return cudaSuccess;
  });
}

/// Takes copies of the arguments, as a launch does.
template <class... Parameters>
cudaError_t cudaLaunchKernel(void (*kernel)(Parameters...), dim3 grid, dim3 block, void** arguments,
                             std::size_t dynamic_shared = 0, cudaStream_t stream = nullptr) {
  static_assert((std::is_trivially_copyable_v<Parameters> && ...), "a kernel's arguments are copied as bytes");
  static_assert((sizeof(Parameters) + ... + 0) <= 4096 - 8 * sizeof...(Parameters),
                "a kernel's arguments take 4096 bytes at most");
  return software_device::call([&](software_device::device& on) {
    const bool fits = software_device::fits(grid, block);
    const auto allowed = on.shared_bytes_allowed.find(reinterpret_cast<const void*>(kernel));
    const bool asked = allowed != on.shared_bytes_allowed.end();
    if (!fits || dynamic_shared > static_cast<std::size_t>(asked ? allowed->second : 48 * 1024)) {
      return cudaErrorInvalidConfiguration;
    }
    if (&software_device::device::of(stream) != &on) return cudaErrorInvalidResourceHandle;
    const auto values = software_device::values_at<Parameters...>(arguments, std::index_sequence_for<Parameters...>{});
    std::apply([&](const auto&... each) { (software_device::check_pointers(on, each), ...); }, values);
    const auto most_shared = static_cast<std::size_t>(asked ? on.most_shared_bytes() : 48 * 1024);
    on.enqueue(stream, [=, &on] {
      software_device::run_grid(on, kernel, grid, block, {dynamic_shared, most_shared}, values);
    });
    return cudaSuccess;
  });
}
