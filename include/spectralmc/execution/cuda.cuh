// Execution on a CUDA GPU. Needs nvcc.
#pragma once

#include <cuda_runtime.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <thread>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "spectralmc/allocation.hpp"
#include "spectralmc/configuration.hpp"
#include "spectralmc/errors.hpp"
#include "spectralmc/parallel/architecture.hpp"
#include "spectralmc/parallel/block.hpp"
#include "spectralmc/parallel/device.cuh"
#include "spectralmc/paths/chunk_program.hpp"
#include "spectralmc/paths/measurement.hpp"

#if !defined(__CUDACC__)
#error "spectralmc/execution/cuda.cuh must be compiled by nvcc"
#endif

namespace spectralmc {

SPECTRALMC_LANES_NAMESPACE_BEGIN

// Hidden, so that two shared libraries in one process each keep their own kernels.
namespace __attribute__((visibility("hidden"))) cuda_kernels {

  /// What a selector selects for the architecture that is compiled.
  template <class Selector>
  struct selected {
    static constexpr chunk_kernel_policy policy = Selector{}(capability);
  };

  /// Each block takes chunks number blockIdx.x, + gridDim.x, ... of the paths and leaves their sums in totals, chunk by
  /// chunk.
  template <class Selector, class Program>
  __global__ void __launch_bounds__(selected<Selector>::policy.block_threads,
                                    selected<Selector>::policy.resident_blocks)
      run_chunks(const Program program, const path_range paths, typename Program::real* workspaces, double* totals) {
    using block = device_block<selected<Selector>::policy.sums_a_thread>;
    using storage = typename Program::template storage<block>;
    __shared__ alignas(alignof(storage)) unsigned char shared[sizeof(storage)];
    typename Program::real* workspace = workspaces + blockIdx.x * program.template workspace_size<block>(blockDim.x);
    const auto chunks = static_cast<std::uint32_t>(paths.pieces(chunk_paths));
    for (std::uint32_t chunk = blockIdx.x; chunk < chunks; chunk += gridDim.x) {
      const path_range piece = paths.piece(chunk_paths, chunk);
      for (std::size_t j = threadIdx.x; j < program.total_size; j += blockDim.x) {
        totals[chunk * program.total_size + j] = 0;
      }
      program.observe(block{}, piece, workspace);  // ends at a barrier
      program.add(block{}, static_cast<std::uint32_t>(piece.count), *reinterpret_cast<storage*>(shared), workspace,
                  totals + chunk * program.total_size);
    }
  }

  /// Sets the totals of the first chunk to the sums over all chunks of a node of the tree of units
  /// (paths/partial_sums.hpp), or of a part of a unit; the others are lost.
  static __global__ void merge_chunks(double* totals, std::uint32_t chunks, std::size_t size) {
    for (std::size_t j = blockIdx.x * static_cast<std::size_t>(blockDim.x) + threadIdx.x; j < size;
         j += static_cast<std::size_t>(gridDim.x) * blockDim.x) {
      sum_of_node(totals + j, size, chunks);
    }
  }

}  // namespace cuda_kernels

SPECTRALMC_LANES_NAMESPACE_END

namespace detail {
SPECTRALMC_LANES_NAMESPACE_BEGIN

/// Waits for the stream, and reports now and then that so many paths are done.
/// @return false when the run is to be stopped
template <class Plan>
bool wait_and_report(cudaStream_t stream, const Plan& plan, std::uint64_t paths_done) {
  bool keep_on = true;
  for (;;) {
    const cudaError_t code = cudaStreamQuery(stream);
    if (code != cudaErrorNotReady) {
      check(code, "cudaStreamQuery");
      return keep_on;
    }
    forget_last_error();
    std::this_thread::sleep_for(std::chrono::microseconds(200));
    keep_on = keep_on && report_progress(plan, paths_done);
  }
}

/// run_measurement by the kernel whose policy `Selector` selects. No bit depends on it.
template <class Selector, class Model, class Generator, class... Items>
partial_sums run_measurement_by(const cuda& execution, const simulation<Model, Generator>& plan,
                                const std::tuple<Items...>& items) {
  using real = typename Model::real;
  int devices = 0;
  check(cudaGetDeviceCount(&devices), "cudaGetDeviceCount");
  if (devices == 0) throw cuda_error(cudaErrorNoDevice, "cudaGetDeviceCount");
  const int architecture = cuda_kernels::compiled_architecture();
  if (architecture == 0) throw cuda_error(cudaErrorNoKernelImageForDevice, "the choice of a kernel");
  const chunk_kernel_policy policy = Selector{}(architecture);

  constexpr bool every_step = (Items::observers::every_step || ...);
  const path_tables<Model, Generator> tables(plan, every_step);
  uploads upload(execution);
  const auto program = make_chunk_program(uploaded_program(tables, upload), items, upload);
  const auto kernel = cuda_kernels::run_chunks<Selector, std::remove_const_t<decltype(program)>>;

  int resident = 0;
  check(cudaOccupancyMaxActiveBlocksPerMultiprocessor(&resident, kernel, policy.block_threads, 0),
        "cudaOccupancyMaxActiveBlocksPerMultiprocessor");
  const std::uint64_t most_blocks = static_cast<std::uint64_t>((std::max)(resident, 1)) *
                                    static_cast<std::uint64_t>(device_attribute(cudaDevAttrMultiProcessorCount));
  path_range left{plan.first_path(), plan.paths()};

  // A batch ends where a unit does, so that its sums can be merged in the canonical order.
  const std::size_t workspace_size =
      program.template workspace_size<cuda_kernels::device_block<>>(static_cast<std::uint32_t>(policy.block_threads));
  const std::size_t workspace_bytes = (std::max<std::size_t>)(workspace_size * sizeof(real), 1);
  const std::size_t chunk_bytes = (std::max<std::size_t>)(program.total_size * sizeof(double), 1);
  const auto within_memory = [&](std::uint64_t wanted, std::size_t bytes) {
    return (std::max<std::uint64_t>)((std::min<std::uint64_t>)(wanted, execution.memory_limit / 2 / bytes), 1);
  };
  const std::uint64_t blocks = within_memory((std::min)(left.pieces(chunk_paths), most_blocks), workspace_bytes);
  const std::uint64_t most_units = (std::min)(within_memory(2048, unit_chunks * chunk_bytes), left.pieces(unit_paths));

  const device_array<real> workspaces(execution, blocks * workspace_size, "the observations of chunks of paths");
  const device_array<double> totals(execution, most_units * unit_chunks * program.total_size,
                                    "the sums of chunks of paths");

  partial_sums result;
  const bool watched = static_cast<bool>(plan.on_progress());
  std::uint64_t units = watched ? 1 : most_units, paths_done = 0;
  while (left.count != 0) {
    path_range batch{left.first, (std::min)(units * unit_paths - left.first % unit_paths, left.count)};
    const auto begin = std::chrono::steady_clock::now();
    launch("launch of run_chunks", kernel, (std::min)(blocks, batch.pieces(chunk_paths)),
           static_cast<std::size_t>(policy.block_threads), 0, execution.stream, program, batch, workspaces.get(),
           totals.get());
    std::vector<partial_sums::part> nodes;
    std::vector<const double*> sums_of_nodes;
    double* chunk_totals = totals.get();
    for (path_range rest = batch; rest.count != 0;) {
      const path_range node = rest.first_node();
      const auto chunks = static_cast<std::uint32_t>(node.pieces(chunk_paths));
      launch("launch of merge_chunks", cuda_kernels::merge_chunks,
             (std::min<std::size_t>)((program.total_size + 127) / 128, 4096), 128, 0, execution.stream, chunk_totals,
             chunks, program.total_size);
      nodes.push_back({node, {}});
      assign_zeros(nodes.back().totals, program.total_size, "the sums of a run");
      sums_of_nodes.push_back(chunk_totals);
      chunk_totals += chunks * program.total_size;
      rest = {rest.first + node.count, rest.count - node.count};
    }
    const bool stopped = watched && !wait_and_report(execution.stream, plan, paths_done);
    {
      const wait_at_end sums_are_there(execution.stream);
      for (std::size_t i = 0; i < nodes.size(); ++i) {
        check(cudaMemcpyAsync(nodes[i].totals.data(), sums_of_nodes[i], program.total_size * sizeof(double),
                              cudaMemcpyDeviceToHost, execution.stream),
              "cudaMemcpyAsync");
      }
      check(cudaStreamSynchronize(execution.stream), "cudaStreamSynchronize");
    }
    for (partial_sums::part& node : nodes) result.add(std::move(node));
    left = {left.first + batch.count, left.count - batch.count};
    paths_done += batch.count;
    if (!watched) continue;
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
    if (seconds.count() < 0.125) units = (std::min)(2 * units, most_units);
    if (seconds.count() > 0.25) units = (std::max<std::uint64_t>)(units / 2, 1);
    if (stopped || !report_progress(plan, paths_done)) break;
  }
  return result;
}

SPECTRALMC_LANES_NAMESPACE_END
}  // namespace detail

SPECTRALMC_LANES_NAMESPACE_BEGIN

/// Runs a measurement on a CUDA device, with the bits that it has on the CPU.
/// @throws cuda_error when a CUDA call fails (no device among the reasons), allocation_error when memory is short
template <class Model, class Generator, class... Items>
partial_sums run_measurement(const cuda& execution, const simulation<Model, Generator>& plan,
                             const std::tuple<Items...>& items) {
  return detail::run_measurement_by<chunk_kernel_selector<typename Model::real>>(execution, plan, items);
}

SPECTRALMC_LANES_NAMESPACE_END

}  // namespace spectralmc
