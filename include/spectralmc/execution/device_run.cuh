// The paths of a plan on one CUDA device: kernels, tables and memory there, and batches of paths. Needs nvcc.
#pragma once

#include <cuda_runtime.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "spectralmc/allocation.hpp"
#include "spectralmc/configuration.hpp"
#include "spectralmc/parallel/architecture.hpp"
#include "spectralmc/parallel/block.hpp"
#include "spectralmc/parallel/device.cuh"
#include "spectralmc/paths/chunk_program.hpp"
#include "spectralmc/paths/partial_sums.hpp"
#include "spectralmc/paths/path_loop.hpp"

#if !defined(__CUDACC__)
#error "spectralmc/execution/device_run.cuh must be compiled by nvcc"
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

/// How many units of paths the next batch has, where somebody waits for it: as a quarter of a second holds.
class batch_length {
 public:
  explicit batch_length(std::uint64_t most) : most_(most) {}

  std::uint64_t units() const { return units_; }
  void took(double seconds) {
    if (seconds < 0.125) units_ = (std::min)(2 * units_, most_);
    if (seconds > 0.25) units_ = (std::max<std::uint64_t>)(units_ / 2, 1);
  }

 private:
  std::uint64_t units_ = 1, most_;
};

/// The first of some paths, as many as so many units hold: it ends where a unit does, so that its sums can be merged in
/// the canonical order.
inline path_range first_units(path_range paths, std::uint64_t units) {
  return {paths.first, (std::min)(units * unit_paths - paths.first % unit_paths, paths.count)};
}

/// One batch of paths at a time on the current device and the execution's stream, by the kernel whose policy `Selector`
/// selects; no bit depends on that.
template <class Selector, class Tables, class... Items>
class device_run {
 public:
  /// @throws cuda_error when a CUDA call fails (no device among the reasons), allocation_error when memory is short
  device_run(const cuda& execution, const Tables& tables, const std::tuple<Items...>& items, path_range paths)
      : stream_(execution.stream),
        policy_(Selector{}(cuda_kernels::required_architecture())),
        upload_(execution),
        program_(make_chunk_program(uploaded_program(tables, upload_), items, upload_)),
        blocks_(
            within(execution,
                   (std::min)(paths.pieces(chunk_paths), cuda_kernels::resident_blocks(kernel, policy_.block_threads)),
                   workspace_size() * sizeof(real))),
        most_units_((std::min)(within(execution, 2048, unit_chunks * program_.total_size * sizeof(double)),
                               paths.pieces(unit_paths))),
        workspaces_(execution, blocks_ * workspace_size(), "the observations of chunks of paths"),
        totals_(execution, most_units_ * unit_chunks * program_.total_size, "the sums of chunks of paths") {}

  /// Units of the largest batch that memory allows.
  std::uint64_t most_units() const { return most_units_; }

  /// Has the device follow the paths of a batch and take their sums, when the stream comes to it.
  void enqueue(path_range batch) {
    launch("launch of run_chunks", kernel, (std::min)(blocks_, batch.pieces(chunk_paths)),
           static_cast<std::size_t>(policy_.block_threads), 0, stream_, program_, batch, workspaces_.get(),
           totals_.get());
    nodes_.clear();
    double* chunk_totals = totals_.get();
    for (path_range rest = batch; rest.count != 0;) {
      const path_range paths = rest.first_node();
      const auto chunks = static_cast<std::uint32_t>(paths.pieces(chunk_paths));
      launch("launch of merge_chunks", cuda_kernels::merge_chunks,
             (std::min<std::size_t>)((program_.total_size + 127) / 128, 4096), 128, 0, stream_, chunk_totals, chunks,
             program_.total_size);
      nodes_.push_back({paths, chunk_totals});
      chunk_totals += chunks * program_.total_size;
      rest = {rest.first + paths.count, rest.count - paths.count};
    }
  }

  /// Waits for the batch. @return the sums over its nodes
  std::vector<partial_sums::part> collect() {
    std::vector<partial_sums::part> sums;
    const wait_at_end sums_are_there(stream_);
    for (const node& one : nodes_) {
      sums.push_back({one.paths, {}});
      assign_zeros(sums.back().totals, program_.total_size, "the sums of a run");
      check(cudaMemcpyAsync(sums.back().totals.data(), one.totals, program_.total_size * sizeof(double),
                            cudaMemcpyDeviceToHost, stream_),
            "cudaMemcpyAsync");
    }
    check(cudaStreamSynchronize(stream_), "cudaStreamSynchronize");
    return sums;
  }

 private:
  using real = typename Tables::real;
  using program_type = std::remove_const_t<decltype(make_chunk_program(
      uploaded_program(std::declval<const Tables&>(), std::declval<uploads&>()),
      std::declval<const std::tuple<Items...>&>(), std::declval<uploads&>()))>;
  static constexpr auto kernel = cuda_kernels::run_chunks<Selector, program_type>;

  struct node {
    path_range paths;
    const double* totals;
  };

  std::size_t workspace_size() const {
    return program_.template workspace_size<cuda_kernels::device_block<>>(
        static_cast<std::uint32_t>(policy_.block_threads));
  }

  /// As many as are wanted, of so many bytes each, or as half of the memory holds, one at least.
  static std::uint64_t within(const cuda& execution, std::uint64_t wanted, std::size_t bytes) {
    const std::uint64_t held = execution.memory_limit / 2 / (std::max<std::size_t>)(bytes, 1);
    return (std::max<std::uint64_t>)((std::min)(wanted, held), 1);
  }

  cudaStream_t stream_;
  chunk_kernel_policy policy_;
  uploads upload_;
  program_type program_;
  std::uint64_t blocks_, most_units_;
  device_array<real> workspaces_;
  device_array<double> totals_;
  std::vector<node> nodes_;
};

SPECTRALMC_LANES_NAMESPACE_END
}  // namespace detail

}  // namespace spectralmc
