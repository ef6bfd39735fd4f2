// Work on the threads of this machine, reduced in one order whatever the number of threads.
#pragma once

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <new>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "spectralmc/allocation.hpp"
#include "spectralmc/configuration.hpp"
#include "spectralmc/errors.hpp"
#include "spectralmc/parallel/function_view.hpp"

namespace spectralmc {

/// Execution on the CPU. `threads` = 0 takes as many as the hardware has; the caller's thread works too, so
/// `cpu{1}` starts none.
struct cpu {
  unsigned threads = 0;

  unsigned thread_count() const { return threads != 0 ? threads : (std::max)(1U, std::thread::hardware_concurrency()); }
};

namespace detail {

SPECTRALMC_LANES_NAMESPACE_BEGIN

/// What one thread does units of a work with.
class unit_runner {
 public:
  unit_runner() = default;
  unit_runner(const unit_runner&) = delete;
  unit_runner& operator=(const unit_runner&) = delete;
  virtual ~unit_runner() = default;
  virtual std::uint64_t run_unit(std::uint64_t unit, double* zeroed_totals, function_view<bool()> keep_on) = 0;
};

/// What reduce_in_order does, for any work: one function for all, so that a program compiles threads and queue once.
inline std::uint64_t reduce_units(const cpu& execution, std::uint64_t units, std::size_t size,
                                  function_view<std::unique_ptr<unit_runner>()> make_runner,
                                  function_view<void(std::uint64_t, std::vector<double>&, std::uint64_t)> take,
                                  function_view<bool(std::uint64_t)> report) {
  const auto threads =
      static_cast<unsigned>((std::min<std::uint64_t>)(execution.thread_count(), (std::max<std::uint64_t>)(units, 1)));
  const std::uint64_t lead = std::uint64_t{4} * threads;

  std::mutex guard;
  std::condition_variable took_one;
  struct unit_result {
    std::uint64_t unit;
    std::vector<double> totals;
    std::uint64_t done;
    bool cut;
  };
  std::uint64_t next_unit = 0, taken_units = 0, done = 0;
  std::atomic<bool> stopped{false};
  bool cut = false;  // whether the last unit that was taken is not whole
  std::exception_ptr failure, no_memory;
  std::vector<unit_result> waiting;  // for units before them: few, since no thread runs far ahead
  const auto next_to_take = [&] {
    return std::find_if(waiting.begin(), waiting.end(), [&](const unit_result& r) { return r.unit == taken_units; });
  };
  std::vector<std::vector<double>> free_vectors;
  const char* const purpose = "the sums of a run";
  const auto work_on = [&] {
    const std::unique_ptr<unit_runner> runner = make_runner();
    std::vector<double> mine;
    assign_zeros(mine, size, purpose);
    bool cut_here = false;
    const auto keep_on = [&] {
      if (!stopped) {
        const std::unique_lock<std::mutex> if_free(guard, std::try_to_lock);
        if (if_free && !stopped && !report(done)) stopped = true;
      }
      cut_here = stopped;
      return !cut_here;
    };
    std::unique_lock<std::mutex> lock(guard);
    for (;;) {
      took_one.wait(lock, [&] { return stopped || next_unit == units || next_unit < taken_units + lead; });
      if (stopped || next_unit == units) return;
      const std::uint64_t unit = next_unit++;
      lock.unlock();
      std::fill(mine.begin(), mine.end(), 0.0);
      cut_here = false;
      try {
        const std::uint64_t done_here = runner->run_unit(unit, mine.data(), keep_on);
        lock.lock();
        if (failure) return;
        waiting.push_back({unit, std::move(mine), done_here, cut_here});
        for (auto part = next_to_take(); !cut && part != waiting.end(); part = next_to_take()) {
          take(taken_units, part->totals, part->done);
          if (part->totals.size() == size) free_vectors.push_back(std::move(part->totals));
          done += part->done;
          cut = part->cut;
          std::swap(*part, waiting.back());
          waiting.pop_back();
          ++taken_units;
          if (!stopped && !report(done)) stopped = true;
        }
      } catch (...) {
        if (!lock.owns_lock()) lock.lock();
        if (!failure) failure = std::current_exception();
        stopped = true;
        took_one.notify_all();
        return;
      }
      took_one.notify_all();
      if (free_vectors.empty()) {
        assign_zeros(mine, size, purpose);
      } else {
        mine = std::move(free_vectors.back());
        free_vectors.pop_back();
      }
    }
  };
  const auto worker = [&] {
    std::exception_ptr why, others;
    try {
      return work_on();
    } catch (const allocation_error&) {
      why = std::current_exception();
    } catch (const std::bad_alloc&) {
      why = std::current_exception();
    } catch (...) {
      others = std::current_exception();
    }
    const std::lock_guard<std::mutex> lock(guard);
    if (others) {
      if (!failure) failure = others;
      stopped = true;
    } else {
      no_memory = why;  // if no other thread has any either, the work is not done, and this is why
    }
    took_one.notify_all();
  };

  std::vector<std::thread> helpers;
  try {
    for (unsigned i = 1; i < threads; ++i) helpers.emplace_back(worker);
  } catch (...) {
    // Fewer threads than asked for could be started: those that run, and this one, do the work with the same bits.
  }
  worker();
  for (std::thread& helper : helpers) helper.join();
  if (!failure && !stopped && taken_units < units) failure = no_memory;
  if (!failure) return done;
  try {
    std::rethrow_exception(failure);
  } catch (const std::bad_alloc&) {
    throw allocation_error("the memory of a thread", size * sizeof(double));
  }
}

/// Does the units of a work on the threads and hands what each sums to `take`, in ascending order of units.
///
/// Work is anything with `std::uint64_t unit_count()`, `std::size_t total_size()`, `workspace make_workspace()` (one a
/// thread) and `std::uint64_t run_unit(std::uint64_t unit, workspace&, double* zeroed_totals,
/// function_view<bool()> keep_on)`, which returns how much it did, in what the work is counted by. Units are handed
/// out in order, and `take(unit, totals, done)` is called in order, one call at a time, so what it makes of them is the
/// same for any number of threads; the vector it is given may be moved from. Memory: a thread may run ahead of what is
/// taken by a few units at most, so it is O(threads x total_size).
///
/// `report(done)` is told how much has been taken, one call at a time and in order: after each unit, and whenever a
/// unit that takes long calls `keep_on()`. Once it returns false it is not called again, no unit is handed out any
/// more, and keep_on() returns false, upon which a unit should return with what it has: what is taken is always the
/// first units and the beginning of the next. The first exception thrown by a unit or by `report` ends the run as well
/// and is rethrown to the caller. A thread that gets no memory of its own leaves the work to the others.
/// @return how much was taken
/// @throws allocation_error where no thread gets memory
template <class Work, class Take, class Report>
std::uint64_t reduce_in_order(const cpu& execution, const Work& work, Take&& take, Report&& report) {
  class runner final : public unit_runner {
   public:
    explicit runner(const Work& work) : work_(work), workspace_(work.make_workspace()) {}
    std::uint64_t run_unit(std::uint64_t unit, double* totals, function_view<bool()> keep_on) override {
      return work_.run_unit(unit, workspace_, totals, keep_on);
    }

   private:
    const Work& work_;
    std::decay_t<decltype(std::declval<const Work&>().make_workspace())> workspace_;
  };
  const auto make_runner = [&work]() -> std::unique_ptr<unit_runner> { return std::make_unique<runner>(work); };
  return reduce_units(execution, work.unit_count(), work.total_size(), make_runner, take, report);
}

SPECTRALMC_LANES_NAMESPACE_END

/// The take of a work that sums nothing.
struct take_nothing {
  void operator()(std::uint64_t, const std::vector<double>&, std::uint64_t) const {}
};

}  // namespace detail

}  // namespace spectralmc
