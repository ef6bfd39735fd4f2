// Work on the threads of this machine, reduced in one order whatever the number of threads.
#pragma once

#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <map>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "spectralmc/allocation.hpp"

namespace spectralmc {

/// Execution on the CPU. `threads` = 0 takes as many as the hardware has; the caller's thread works too, so
/// `cpu{1}` starts none.
struct cpu {
  unsigned threads = 0;

  unsigned thread_count() const { return threads != 0 ? threads : (std::max)(1U, std::thread::hardware_concurrency()); }
};

namespace detail {

/// Sums the vectors that work units produce: total[j] += unit[j], in ascending order of units.
///
/// Work is anything with `std::uint64_t unit_count()`, `std::size_t total_size()`, `workspace make_workspace()` (one a
/// thread) and `void run_unit(std::uint64_t unit, workspace&, double* zeroed_totals)`. Units are handed out in order
/// and merged in order, so the totals have the same bits for any number of threads. Memory: a thread may run ahead of
/// the merge by a few units at most, so it is O(threads x total_size).
///
/// `merged(units_done)` is called in order, one call at a time; once it returns false it is not called again, no unit
/// is handed out any more, and those begun are finished: what has been merged is always the first units. The first
/// exception thrown by a unit ends the run likewise and is rethrown to the caller.
/// @return how many units were merged
template <class Work, class Merged>
std::uint64_t reduce_in_order(const cpu& execution, const Work& work, std::vector<double>& totals, Merged&& merged) {
  const std::uint64_t units = work.unit_count();
  const auto threads =
      static_cast<unsigned>((std::min<std::uint64_t>)(execution.thread_count(), (std::max<std::uint64_t>)(units, 1)));
  const std::uint64_t lead = std::uint64_t{4} * threads;

  std::mutex guard;
  std::condition_variable merged_one;
  std::uint64_t next_unit = 0, merged_units = 0;
  bool stopped = false;
  std::exception_ptr failure;
  std::map<std::uint64_t, std::vector<double>> waiting;
  std::vector<std::vector<double>> free_vectors;
  const char* const purpose = "the sums of a run";
  assign_zeros(totals, work.total_size(), purpose);

  auto worker = [&] {
    try {
      auto workspace = work.make_workspace();
      std::vector<double> mine;
      assign_zeros(mine, totals.size(), purpose);
      std::unique_lock<std::mutex> lock(guard);
      for (;;) {
        merged_one.wait(lock, [&] { return stopped || next_unit == units || next_unit < merged_units + lead; });
        if (stopped || next_unit == units) return;
        const std::uint64_t unit = next_unit++;
        lock.unlock();
        std::fill(mine.begin(), mine.end(), 0.0);
        work.run_unit(unit, workspace, mine.data());
        lock.lock();
        if (failure) return;
        waiting.emplace(unit, std::move(mine));
        while (!waiting.empty() && waiting.begin()->first == merged_units) {
          std::vector<double>& part = waiting.begin()->second;
          for (std::size_t j = 0; j < totals.size(); ++j) totals[j] += part[j];
          free_vectors.push_back(std::move(part));
          waiting.erase(waiting.begin());
          ++merged_units;
          if (!stopped && !merged(merged_units)) stopped = true;
        }
        if (free_vectors.empty()) {
          assign_zeros(mine, totals.size(), purpose);
        } else {
          mine = std::move(free_vectors.back());
          free_vectors.pop_back();
        }
        merged_one.notify_all();
      }
    } catch (...) {
      const std::lock_guard<std::mutex> lock(guard);
      if (!failure) failure = std::current_exception();
      stopped = true;
      merged_one.notify_all();
    }
  };

  std::vector<std::thread> helpers;
  try {
    for (unsigned i = 1; i < threads; ++i) helpers.emplace_back(worker);
  } catch (...) {
    // Fewer threads than asked for could be started: those that run, and this one, do the work with the same bits.
  }
  worker();
  for (std::thread& helper : helpers) helper.join();
  if (failure) std::rethrow_exception(failure);
  return merged_units;
}

}  // namespace detail

}  // namespace spectralmc
