// Execution on several CUDA GPUs of one process. Needs nvcc.
#pragma once

#include <cuda_runtime.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

#include "spectralmc/configuration.hpp"
#include "spectralmc/errors.hpp"
#include "spectralmc/execution/cuda.cuh"
#include "spectralmc/execution/device_run.cuh"
#include "spectralmc/parallel/architecture.hpp"
#include "spectralmc/parallel/device.cuh"
#include "spectralmc/parallel/function_view.hpp"
#include "spectralmc/paths/measurement.hpp"
#include "spectralmc/paths/partial_sums.hpp"

namespace spectralmc {

/// Execution on several CUDA devices, with the bits that one has, and the CPU. Each device is given batches of paths
/// that it does in about a quarter of a second, the next before it has ended the last, so that fast and slow devices
/// are busy to the end; its temporary memory is bounded as in `cuda`.
struct cuda_devices {
  std::vector<int> numbers = {};                      ///< as cudaSetDevice takes them; none: all that there are
  std::size_t memory_limit = std::size_t{512} << 20;  ///< bytes on each device
};

/// A device that failed in a run on several. The others have taken its paths over, so that nothing is lost: sums() are
/// over all paths of the plan unless every device failed, or the run was stopped, and `finish(plan, sums(), requests)`
/// has the answers. The text names the device, and says what its failure does.
class device_failure : public std::runtime_error {
 public:
  device_failure(int device, std::exception_ptr cause, const std::string& text, partial_sums sums)
      : std::runtime_error("CUDA device " + std::to_string(device) + ": " + text),
        device_(device),
        cause_(std::move(cause)),
        sums_(std::make_shared<const partial_sums>(std::move(sums))) {}

  int device() const noexcept { return device_; }
  /// What it threw, a cuda_error or an allocation_error.
  const std::exception_ptr& cause() const noexcept { return cause_; }
  const partial_sums& sums() const noexcept { return *sums_; }

 private:
  int device_;
  std::exception_ptr cause_;
  std::shared_ptr<const partial_sums> sums_;
};

namespace detail {
SPECTRALMC_LANES_NAMESPACE_BEGIN

/// The paths of a run, handed out to devices in batches, and the sums that come back: for any number of threads.
class shared_paths {
 public:
  /// `report(paths_done)` is called by one thread at a time; the run stops when it returns false or throws.
  shared_paths(path_range paths, std::size_t devices, function_view<bool(std::uint64_t)> report)
      : left_(paths), devices_(devices), report_(report) {}

  /// The next paths for a device that would take so many units: less towards the end, so that all end together, and
  /// first those that another device has failed to do. While there are none it waits for those that others have, which
  /// may fail; or not, if the device itself has some under way.
  /// @return no paths where there is nothing left to do
  path_range next(std::uint64_t units, bool has_others) {
    std::unique_lock<std::mutex> lock(guard_);
    const auto are_there = [&] { return left_.count != 0 || !given_back_.empty(); };
    if (!has_others) changed_.wait(lock, [&] { return are_there() || stopped_ || under_way_ == 0; });
    if (stopped_ || !are_there()) return {};
    path_range batch{};
    if (!given_back_.empty()) {
      batch = first_units(given_back_.back(), units);
      cut(given_back_.back(), batch);
      if (given_back_.back().count == 0) given_back_.pop_back();
    } else {
      // Two batches a device are under way at the end.
      const std::uint64_t share = left_.pieces(unit_paths) / (4 * devices_);
      batch = first_units(left_, (std::min)(units, (std::max<std::uint64_t>)(share, 1)));
      cut(left_, batch);
    }
    ++under_way_;
    return batch;
  }

  /// Takes what a device has summed over a batch.
  void take(path_range batch, std::vector<partial_sums::part> sums) {
    const std::lock_guard<std::mutex> lock(guard_);
    --under_way_;
    or_stop([&] {
      for (partial_sums::part& one : sums) result_.add(std::move(one));
      done_ += batch.count;
      if (!stopped_ && !report_(done_)) stopped_ = true;
    });
    changed_.notify_all();
  }

  /// For a device that has failed: others do what it had.
  void give_back(path_range batch) {
    const std::lock_guard<std::mutex> lock(guard_);
    --under_way_;
    or_stop([&] { given_back_.push_back(batch); });
    changed_.notify_all();
  }

  /// Reports while a device is at work.
  void look() {
    const std::unique_lock<std::mutex> if_free(guard_, std::try_to_lock);
    if (!if_free || stopped_) return;
    or_stop([&] {
      if (!report_(done_)) stopped_ = true;
    });
  }

  /// The sums, when all devices have ended. @throws what report threw, and std::bad_alloc
  partial_sums result() {
    if (failure_) std::rethrow_exception(failure_);
    return std::move(result_);
  }

 private:
  static void cut(path_range& paths, path_range batch) {
    paths = {paths.first + batch.count, paths.count - batch.count};
  }

  template <class Body>
  void or_stop(const Body& body) {
    try {
      body();
    } catch (...) {
      if (!failure_) failure_ = std::current_exception();
      stopped_ = true;
    }
  }

  std::mutex guard_;
  std::condition_variable changed_;
  path_range left_;
  std::vector<path_range> given_back_;
  std::uint64_t devices_, under_way_ = 0, done_ = 0;
  bool stopped_ = false;
  partial_sums result_;
  std::exception_ptr failure_;
  function_view<bool(std::uint64_t)> report_;
};

/// A stream of the current device that does not wait for others.
class own_stream {
 public:
  own_stream() { check(cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking), "cudaStreamCreateWithFlags"); }
  own_stream(const own_stream&) = delete;
  own_stream& operator=(const own_stream&) = delete;
  ~own_stream() {
    if (cudaStreamDestroy(stream_) != cudaSuccess) forget_last_error();
  }
  cudaStream_t get() const { return stream_; }

 private:
  cudaStream_t stream_ = nullptr;
};

/// One of the two batches that a device has under way.
template <class Run>
struct device_lane {
  template <class Tables, class Items>
  device_lane(std::size_t memory_limit, const Tables& tables, const Items& items, path_range paths)
      : run(cuda{stream.get(), {}, memory_limit}, tables, items, paths) {}

  own_stream stream;
  Run run;
  path_range batch{};
};

/// Does paths of a run on a device until none is left. @throws what the device's failure throws
template <class Run, class Tables, class Items>
void work_on_device(int device, std::size_t memory_limit, const Tables& tables, const Items& items, path_range all,
                    shared_paths& paths) {
  check(cudaSetDevice(device), "cudaSetDevice");
  using clock = std::chrono::steady_clock;
  device_lane<Run> lanes[2] = {{memory_limit / 2, tables, items, all}, {memory_limit / 2, tables, items, all}};
  batch_length length(lanes[0].run.most_units());
  clock::time_point last = clock::now();
  try {
    for (bool first = true;; first = !first) {
      device_lane<Run>&lane = lanes[first ? 0 : 1], &other = lanes[first ? 1 : 0];
      if (lane.batch.count != 0) {
        wait_for(lane.stream.get(), [&] { paths.look(); });
        std::vector<partial_sums::part> sums = lane.run.collect();
        paths.take(std::exchange(lane.batch, path_range{}), std::move(sums));
        const clock::time_point now = clock::now();
        length.took(std::chrono::duration<double>(now - std::exchange(last, now)).count());
      }
      lane.batch = paths.next(length.units(), other.batch.count != 0);
      if (lane.batch.count != 0) {
        lane.run.enqueue(lane.batch);
      } else if (other.batch.count == 0) {
        return;
      }
    }
  } catch (...) {
    for (const device_lane<Run>& lane : lanes) {
      if (lane.batch.count != 0) paths.give_back(lane.batch);
    }
    throw;
  }
}

/// The devices of an execution.
/// @throws cuda_error when there is none, invalid_parameter for one that is not there
inline std::vector<int> device_numbers(const cuda_devices& execution) {
  const int count = device_count();
  std::vector<int> numbers = execution.numbers;
  for (const int number : numbers) {
    require(number >= 0 && number < count, "numbers", static_cast<double>(number),
            ("devices of this machine, 0 to " + std::to_string(count - 1)).c_str());
  }
  for (int number = 0; execution.numbers.empty() && number < count; ++number) numbers.push_back(number);
  return numbers;
}

inline std::string text_of(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const std::exception& e) {
    return e.what();
  } catch (...) {
    return "a failure of no known kind";
  }
}

SPECTRALMC_LANES_NAMESPACE_END
}  // namespace detail

SPECTRALMC_LANES_NAMESPACE_BEGIN

/// Runs a measurement on several CUDA devices, with the bits that it has on one and on the CPU. The plan's callback is
/// told by one thread at a time.
/// @throws cuda_error when there is no device; invalid_parameter for one that is not there; device_failure, when the
///         run is over, if a device failed in it
template <class Model, class Generator, class... Items>
partial_sums run_measurement(const cuda_devices& execution, const simulation<Model, Generator>& plan,
                             const std::tuple<Items...>& items) {
  using tables = path_tables<Model, Generator>;
  using run = detail::device_run<chunk_kernel_selector<typename Model::real>, tables, Items...>;
  const std::vector<int> devices = detail::device_numbers(execution);
  const tables on_host(plan, (Items::observers::every_step || ...));
  const path_range all{plan.first_path(), plan.paths()};
  const auto report = [&](std::uint64_t paths_done) { return detail::report_progress(plan, paths_done); };
  detail::shared_paths paths(all, devices.size(), report);

  std::vector<std::exception_ptr> failures(devices.size());
  std::vector<std::thread> threads;
  const auto work_on = [&](std::size_t i) {
    try {
      detail::work_on_device<run>(devices[i], execution.memory_limit, on_host, items, all, paths);
    } catch (...) {
      failures[i] = std::current_exception();
    }
  };
  // Each device has a thread of its own: the caller's stays with its current device.
  try {
    for (std::size_t i = 0; i < devices.size(); ++i) threads.emplace_back(work_on, i);
  } catch (...) {
    failures[threads.size()] = std::current_exception();
  }
  for (std::thread& thread : threads) thread.join();

  partial_sums sums = paths.result();
  for (std::size_t i = 0; i < devices.size(); ++i) {
    if (failures[i]) {
      throw device_failure(devices[i], failures[i], detail::text_of(failures[i]), std::move(sums));
    }
  }
  return sums;
}

SPECTRALMC_LANES_NAMESPACE_END

}  // namespace spectralmc
