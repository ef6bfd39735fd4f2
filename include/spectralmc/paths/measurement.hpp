// One run over the paths of a plan with everything that is asked of them: chunks of paths are made, observed and summed
// before the next ones begin, and no path is kept.
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <tuple>
#include <utility>
#include <vector>

#include "spectralmc/errors.hpp"
#include "spectralmc/execution/cpu.hpp"
#include "spectralmc/numeric/lanes.hpp"
#include "spectralmc/paths/path_loop.hpp"

namespace spectralmc {

/// What observers saw on one chunk of paths: row (observer, date) holds one value a path.
template <class Real>
struct observed_chunk {
  const Real* values;
  std::uint32_t dates;
  std::uint32_t paths;  // at most chunk_paths; values of a row beyond them are rubbish, but may be read

  SPECTRALMC_HOST_DEVICE const Real* row(std::size_t observer, std::size_t date) const {
    return values + (observer * dates + date) * chunk_paths;
  }
};

/// Chunks that a worker sums before its sums are merged; like chunk_paths a part of every result's definition.
inline constexpr std::uint32_t unit_chunks = 8;

SPECTRALMC_LANES_NAMESPACE_BEGIN

/// The memory in which a thread makes chunks of paths.
template <class Real>
struct chunk_memory {
  std::unique_ptr<Real[]> observed;  ///< what was observed, row by row
  std::unique_ptr<Real[]> paths;     ///< what the paths of a pack remember

  /// @throws allocation_error
  template <class Model>
  chunk_memory(const path_program<Model>& program, std::size_t observers)
      : observed(allocate<Real>(observers * program.dates * chunk_paths, "the observations of one chunk of paths")),
        paths(allocate<Real>(program.path_memory * native_lane_count<Real>, "what paths compute before they step")) {}
};

/// Follows the paths of one chunk, in packs, and leaves what was observed in `memory`.
template <class Model, class Observers>
void observe_chunk(const path_program<Model>& program, const Observers& observers, std::uint64_t first_path,
                   std::uint32_t paths, const chunk_memory<typename Model::real>& memory) {
  using real = typename Model::real;
  constexpr std::size_t width = native_lane_count<real>;
  using V = lanes<real, width>;
  for (std::uint32_t i = 0; i < paths; i += width) {
    follow_path<V>(program, observers, first_path + i, memory.observed.get() + i, chunk_paths,
                   {memory.paths.get(), width});
  }
}

/// The work of one run for detail::reduce_in_order. An item says what it needs of the observers that start at its
/// index:
///   std::size_t total_size() const;                 doubles that it sums
///   workspace make_workspace() const;               what a thread needs to do so
///   void add(const observed_chunk<real>&, std::size_t first_observer, workspace&, double* totals) const;
///   observer_list<...> observer_values() const;     its observers
/// and names the type of the last as `Item::observers`.
template <class Model, class... Items>
class measurement {
 public:
  using real = typename Model::real;
  using observers = decltype(concatenate(std::declval<const typename Items::observers&>()...));

  measurement(const simulation<Model>& plan, const std::tuple<Items...>& items)
      : tables_(plan, observers::every_step),
        program_(tables_.program()),
        first_path_(plan.first_path()),
        paths_(plan.paths()),
        items_(items),
        observers_(std::apply([](const auto&... item) { return concatenate(item.observer_values()...); }, items_)) {}

  struct workspace {
    chunk_memory<real> chunk;
    std::tuple<decltype(std::declval<const Items&>().make_workspace())...> items;
  };

  static constexpr std::uint64_t unit_paths = std::uint64_t{unit_chunks} * chunk_paths;

  std::uint64_t unit_count() const { return (paths_ - 1) / unit_paths + 1; }

  /// Paths in the first `units` units.
  std::uint64_t paths_in(std::uint64_t units) const { return units >= unit_count() ? paths_ : units * unit_paths; }

  std::size_t total_size() const {
    return std::apply([](const auto&... item) { return (item.total_size() + ... + std::size_t{0}); }, items_);
  }

  workspace make_workspace() const {
    return {chunk_memory<real>(program_, observers::size),
            std::apply([](const auto&... item) { return std::make_tuple(item.make_workspace()...); }, items_)};
  }

  void run_unit(std::uint64_t unit, workspace& space, double* totals) const {
    const std::uint64_t begin = unit * unit_paths, end = begin + (std::min)(unit_paths, paths_ - begin);
    for (std::uint64_t first = begin; first < end; first += chunk_paths) {
      const auto count = static_cast<std::uint32_t>((std::min<std::uint64_t>)(chunk_paths, end - first));
      observe_chunk(program_, observers_, first_path_ + first, count, space.chunk);
      const observed_chunk<real> chunk{space.chunk.observed.get(), program_.dates, count};
      add_items(chunk, space, totals, std::index_sequence_for<Items...>{});
    }
  }

  const path_program<Model>& program() const { return program_; }
  const std::tuple<Items...>& items() const { return items_; }

 private:
  template <std::size_t... Index>
  void add_items(const observed_chunk<real>& chunk, workspace& space, double* totals,
                 std::index_sequence<Index...>) const {
    std::size_t observer = 0;
    ((std::get<Index>(items_).add(chunk, observer, std::get<Index>(space.items), totals),
      observer += Items::observers::size, totals += std::get<Index>(items_).total_size()),
     ...);
  }

  path_tables<Model> tables_;
  path_program<Model> program_;
  std::uint64_t first_path_, paths_;
  std::tuple<Items...> items_;
  observers observers_;
};

SPECTRALMC_LANES_NAMESPACE_END

namespace detail {
SPECTRALMC_LANES_NAMESPACE_BEGIN

/// Calls the plan's progress callback as units are merged, ten times a second at most and at the end.
template <class Model>
class progress_reporter {
 public:
  explicit progress_reporter(const simulation<Model>& plan) : plan_(plan), begin_(clock::now()), last_(begin_) {}

  /// @return false when the callback asks to stop
  bool operator()(std::uint64_t paths_done) {
    if (!plan_.on_progress()) return true;
    const clock::time_point now = clock::now();
    if (paths_done < plan_.paths() && now - last_ < std::chrono::milliseconds(100)) return true;
    last_ = now;
    return plan_.on_progress()({paths_done, plan_.paths(), std::chrono::duration<double>(now - begin_).count()});
  }

 private:
  using clock = std::chrono::steady_clock;
  const simulation<Model>& plan_;
  clock::time_point begin_, last_;
};

SPECTRALMC_LANES_NAMESPACE_END
}  // namespace detail

SPECTRALMC_LANES_NAMESPACE_BEGIN

/// Runs a measurement on the CPU. Each execution has its overload; `measure` finds it by the execution's type.
/// @return totals of all items, and the number of paths they hold
template <class Model, class... Items>
std::pair<std::vector<double>, std::uint64_t> run_measurement(const cpu& execution, const simulation<Model>& plan,
                                                              const std::tuple<Items...>& items) {
  const measurement<Model, Items...> work(plan, items);
  detail::progress_reporter<Model> report(plan);
  std::vector<double> totals;
  const std::uint64_t units =
      detail::reduce_in_order(execution, work, totals, [&](std::uint64_t done) { return report(work.paths_in(done)); });
  return {std::move(totals), work.paths_in(units)};
}

SPECTRALMC_LANES_NAMESPACE_END

namespace detail {
SPECTRALMC_LANES_NAMESPACE_BEGIN

template <class Execution, class Model, class Items, class Requests, std::size_t... Index>
auto measure(const Execution& execution, const simulation<Model>& plan, const Items& items, const Requests& requests,
             std::index_sequence<Index...>) {
  const auto run = run_measurement(execution, plan, items);
  const std::vector<double>& totals = run.first;
  std::array<const double*, sizeof...(Index) + 1> starts{totals.data()};
  ((starts[Index + 1] = starts[Index] + std::get<Index>(items).total_size()), ...);
  return std::make_tuple(std::get<Index>(requests).result(plan, std::get<Index>(items), starts[Index], run.second)...);
}

SPECTRALMC_LANES_NAMESPACE_END
}  // namespace detail

SPECTRALMC_LANES_NAMESPACE_BEGIN

/// Runs the plan once and answers all requests from the same paths: spectrum_of(observer) for a characteristic
/// function, value_of(payoff) for a price. Returns a tuple of their results, in order.
///
/// Memory: O(threads x (dates x observers x 1024 samples + totals)), whatever the number of paths.
template <class Execution, class Model, class... Requests>
auto measure(const Execution& execution, const simulation<Model>& plan, const Requests&... requests) {
  plan.check();
  const auto items = std::make_tuple(requests.prepare(plan)...);
  return detail::measure(execution, plan, items, std::make_tuple(requests...), std::index_sequence_for<Requests...>{});
}

SPECTRALMC_LANES_NAMESPACE_END

}  // namespace spectralmc
