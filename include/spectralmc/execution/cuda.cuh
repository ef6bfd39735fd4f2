// Execution on a CUDA GPU. Needs nvcc.
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
#include "spectralmc/execution/architecture.hpp"
#include "spectralmc/execution/block.hpp"
#include "spectralmc/paths/chunk_program.hpp"
#include "spectralmc/paths/measurement.hpp"

#if !defined(__CUDACC__)
#error "spectralmc/execution/cuda.cuh must be compiled by nvcc"
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

/// Execution on the current CUDA device, on the caller's stream. A run synchronises the stream once, where its result
/// is returned, and between batches if the plan reports progress. Temporary memory is bounded by `memory_limit` bytes
/// where the size of one batch of eight chunks allows it.
struct cuda {
  cudaStream_t stream = nullptr;
  device_memory memory{};
  std::size_t memory_limit = std::size_t{512} << 20;
};

namespace detail {

inline void check(cudaError_t code, const char* call) {
  if (code != cudaSuccess) throw cuda_error(code, call);
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
    execution.memory.deallocate(execution.memory.context, pointer, execution.stream);
    return;
  }
  int device = 0, pools = 0;
  cudaGetDevice(&device);
  cudaDeviceGetAttribute(&pools, cudaDevAttrMemoryPoolsSupported, device);
  if (pools != 0) {
    cudaFreeAsync(pointer, execution.stream);
  } else {
    cudaFree(pointer);
  }
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
      cudaGetLastError();  // an allocation that failed leaves the device usable
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

/// Copies vectors to the device and keeps both copies until the run is over.
class uploads {
 public:
  explicit uploads(const cuda& execution) : execution_(execution) {}

  template <class T>
  const T* operator()(const std::vector<T>& values) {
    const auto* bytes = reinterpret_cast<const unsigned char*>(values.data());
    host_.emplace_back(bytes, bytes + values.size() * sizeof(T));
    device_.emplace_back(execution_, host_.back().size(), "the tables of a simulation");
    check(cudaMemcpyAsync(device_.back().get(), host_.back().data(), host_.back().size(), cudaMemcpyHostToDevice,
                          execution_.stream),
          "cudaMemcpyAsync");
    return reinterpret_cast<const T*>(device_.back().get());
  }

 private:
  cuda execution_;
  std::vector<std::vector<unsigned char>> host_;
  std::vector<device_array<unsigned char>> device_;
};

}  // namespace detail

SPECTRALMC_LANES_NAMESPACE_BEGIN

// Hidden, so that two shared libraries in one process each keep their own kernels.
namespace __attribute__((visibility("hidden"))) cuda_kernels {

  /// One thread of a real block.
  struct device_block {
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
      unsigned long long before = *address, expected;
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

  /// What a selector selects for the architecture that is compiled.
  template <class Selector>
  struct selected {
    static constexpr chunk_kernel_policy policy = Selector{}(capability);
  };

  /// Each block takes chunks first_chunk + blockIdx.x, + gridDim.x, ... and leaves their sums in totals, chunk by
  /// chunk.
  template <class Selector, class Program>
  __global__ void __launch_bounds__(selected<Selector>::policy.block_threads,
                                    selected<Selector>::policy.resident_blocks)
      run_chunks(const Program program, std::uint64_t first_chunk, std::uint32_t chunks,
                 typename Program::real* workspaces, double* totals) {
    using storage = chunk_storage<typename Program::real, selected<Selector>::policy.sums_a_thread>;
    __shared__ alignas(16) unsigned char shared[sizeof(storage)];
    typename Program::real* workspace = workspaces + blockIdx.x * program.workspace_size(blockDim.x);
    for (std::uint32_t chunk = blockIdx.x; chunk < chunks; chunk += gridDim.x) {
      program.run(device_block{}, first_chunk + chunk, *reinterpret_cast<storage*>(shared), workspace,
                  totals + chunk * program.total_size);
    }
  }

  /// Adds the chunks' sums to `sums` in the order of measurement::run_unit and reduce_in_order.
  static __global__ void merge_chunks(const double* totals, std::uint32_t chunks, std::size_t size, double* sums) {
    for (std::size_t j = blockIdx.x * static_cast<std::size_t>(blockDim.x) + threadIdx.x; j < size;
         j += static_cast<std::size_t>(gridDim.x) * blockDim.x) {
      double sum = sums[j];
      for (std::uint32_t first = 0; first < chunks; first += unit_chunks) {
        const std::uint32_t end = chunks - first < unit_chunks ? chunks : first + unit_chunks;
        double unit = 0;
        for (std::uint32_t chunk = first; chunk < end; ++chunk) unit += totals[chunk * size + j];
        sum += unit;
      }
      sums[j] = sum;
    }
  }

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

}  // namespace cuda_kernels

SPECTRALMC_LANES_NAMESPACE_END

namespace detail {
SPECTRALMC_LANES_NAMESPACE_BEGIN

/// run_measurement by the kernel whose policy `Selector` selects. No bit depends on it.
template <class Selector, class Model, class... Items>
std::pair<std::vector<double>, std::uint64_t> run_measurement_by(const cuda& execution, const simulation<Model>& plan,
                                                                 const std::tuple<Items...>& items) {
  using real = typename Model::real;
  int devices = 0;
  check(cudaGetDeviceCount(&devices), "cudaGetDeviceCount");
  if (devices == 0) throw cuda_error(cudaErrorNoDevice, "cudaGetDeviceCount");
  const int architecture = cuda_kernels::compiled_architecture();
  if (architecture == 0) throw cuda_error(cudaErrorNoKernelImageForDevice, "the choice of a kernel");
  const chunk_kernel_policy policy = Selector{}(architecture);

  constexpr bool every_step = (Items::observers::every_step || ...);
  const path_tables<Model> tables(plan, every_step);
  uploads upload(execution);
  const auto program = make_chunk_program(plan, tables, items, upload);
  const auto kernel = cuda_kernels::run_chunks<Selector, std::remove_const_t<decltype(program)>>;

  int resident = 0;
  check(cudaOccupancyMaxActiveBlocksPerMultiprocessor(&resident, kernel, policy.block_threads, 0),
        "cudaOccupancyMaxActiveBlocksPerMultiprocessor");
  const std::uint64_t chunk_count = program.chunk_count();
  std::uint64_t blocks =
      (std::min<std::uint64_t>)(chunk_count,
                                static_cast<std::uint64_t>((std::max)(resident, 1)) *
                                    static_cast<std::uint64_t>(device_attribute(cudaDevAttrMultiProcessorCount)));

  // A batch is a whole number of units, so that its sums can be merged in the canonical order.
  const std::size_t workspace_size = program.workspace_size(static_cast<std::uint32_t>(policy.block_threads));
  const std::size_t workspace_bytes = (std::max<std::size_t>)(workspace_size * sizeof(real), 1);
  const std::size_t chunk_bytes = (std::max<std::size_t>)(program.total_size * sizeof(double), 1);
  blocks =
      (std::max<std::uint64_t>)(1, (std::min<std::uint64_t>)(blocks, execution.memory_limit / 2 / workspace_bytes));
  std::uint64_t batch = (std::min<std::uint64_t>)(execution.memory_limit / 2 / chunk_bytes, 16384);
  batch =
      (std::min)((std::max<std::uint64_t>)(batch / unit_chunks, 1), (chunk_count - 1) / unit_chunks + 1) * unit_chunks;

  const device_array<real> workspaces(execution, blocks * workspace_size, "the observations of chunks of paths");
  const device_array<double> totals(execution, batch * program.total_size, "the sums of chunks of paths");
  const device_array<double> sums(execution, program.total_size, "the sums of a run");
  check(cudaMemsetAsync(sums.get(), 0, program.total_size * sizeof(double), execution.stream), "cudaMemsetAsync");

  progress_reporter<Model> report(plan);
  std::uint64_t paths_done = 0;
  for (std::uint64_t first = 0; first < chunk_count; first += batch) {
    const auto chunks = static_cast<std::uint32_t>((std::min)(batch, chunk_count - first));
    const auto grid = static_cast<unsigned>((std::min<std::uint64_t>)(blocks, chunks));
    kernel<<<grid, static_cast<unsigned>(policy.block_threads), 0, execution.stream>>>(program, first, chunks,
                                                                                       workspaces.get(), totals.get());
    check(cudaGetLastError(), "launch of run_chunks");
    const auto merge_blocks = static_cast<unsigned>((std::min<std::size_t>)((program.total_size + 127) / 128, 4096));
    cuda_kernels::merge_chunks<<<merge_blocks, 128, 0, execution.stream>>>(totals.get(), chunks, program.total_size,
                                                                           sums.get());
    check(cudaGetLastError(), "launch of merge_chunks");
    paths_done = (std::min)(plan.paths(), (first + chunks) * std::uint64_t{chunk_paths});
    if (plan.on_progress()) {
      check(cudaStreamSynchronize(execution.stream), "cudaStreamSynchronize");
      if (!report(paths_done)) break;
    }
  }
  std::vector<double> result(program.total_size);
  check(cudaMemcpyAsync(result.data(), sums.get(), result.size() * sizeof(double), cudaMemcpyDeviceToHost,
                        execution.stream),
        "cudaMemcpyAsync");
  check(cudaStreamSynchronize(execution.stream), "cudaStreamSynchronize");
  return {std::move(result), paths_done};
}

SPECTRALMC_LANES_NAMESPACE_END
}  // namespace detail

SPECTRALMC_LANES_NAMESPACE_BEGIN

/// Runs a measurement on a CUDA device, with the bits that it has on the CPU.
/// @throws cuda_error when a CUDA call fails (no device among the reasons), allocation_error when memory is short
template <class Model, class... Items>
std::pair<std::vector<double>, std::uint64_t> run_measurement(const cuda& execution, const simulation<Model>& plan,
                                                              const std::tuple<Items...>& items) {
  return detail::run_measurement_by<chunk_kernel_selector<typename Model::real>>(execution, plan, items);
}

SPECTRALMC_LANES_NAMESPACE_END

}  // namespace spectralmc
