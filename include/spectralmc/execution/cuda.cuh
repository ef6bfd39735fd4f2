// Execution on a CUDA GPU. Needs nvcc.
#pragma once

#include <cuda_runtime.h>

#include <chrono>
#include <cstdint>
#include <thread>
#include <tuple>

#include "spectralmc/configuration.hpp"
#include "spectralmc/execution/device_run.cuh"
#include "spectralmc/parallel/architecture.hpp"
#include "spectralmc/parallel/device.cuh"
#include "spectralmc/paths/measurement.hpp"

namespace spectralmc {

namespace detail {
SPECTRALMC_LANES_NAMESPACE_BEGIN

/// Waits for the stream, and calls `look()` now and then.
template <class Look>
void wait_for(cudaStream_t stream, Look&& look) {
  for (;;) {
    const cudaError_t code = cudaStreamQuery(stream);
    if (code != cudaErrorNotReady) return check(code, "cudaStreamQuery");
    forget_last_error();
    std::this_thread::sleep_for(std::chrono::microseconds(200));
    look();
  }
}

/// run_measurement by the kernel whose policy `Selector` selects. No bit depends on it.
template <class Selector, class Model, class Generator, class... Items>
partial_sums run_measurement_by(const cuda& execution, const simulation<Model, Generator>& plan,
                                const std::tuple<Items...>& items) {
  using tables = path_tables<Model, Generator>;
  const tables on_host(plan, (Items::observers::every_step || ...));
  path_range left{plan.first_path(), plan.paths()};
  device_run<Selector, tables, Items...> run(execution, on_host, items, left);
  batch_length length(run.most_units());
  partial_sums result;
  const bool watched = static_cast<bool>(plan.on_progress());
  std::uint64_t paths_done = 0;
  for (bool keep_on = true; keep_on && left.count != 0;) {
    const path_range batch = first_units(left, watched ? length.units() : run.most_units());
    const auto begin = std::chrono::steady_clock::now();
    run.enqueue(batch);
    if (watched) {
      wait_for(execution.stream, [&] { keep_on = keep_on && report_progress(plan, paths_done); });
    }
    for (partial_sums::part& node : run.collect()) result.add(std::move(node));
    left = {left.first + batch.count, left.count - batch.count};
    paths_done += batch.count;
    length.took(std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
    keep_on = keep_on && report_progress(plan, paths_done);
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
