// Whole paths, for those who want them: written into the caller's memory, in either layout.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "spectralmc/allocation.hpp"
#include "spectralmc/errors.hpp"
#include "spectralmc/models/state_components.hpp"
#include "spectralmc/parallel/cpu.hpp"
#include "spectralmc/parallel/function_view.hpp"
#include "spectralmc/paths/measurement.hpp"
#include "spectralmc/paths/observer_concept.hpp"
#include "spectralmc/paths/path_states.hpp"

namespace spectralmc {

/// How values of paths lie in memory: time_major has all paths of a date together, [date][path]; path_major all dates
/// of a path, [path][date].
enum class path_layout { time_major, path_major };

/// Values needed for `paths` paths of the plan: paths x dates.
template <class Model, class Generator>
std::size_t stored_size(const simulation<Model, Generator>& plan, std::uint64_t paths) {
  const std::uint64_t dates = plan.grid().date_count();
  require(paths <= SIZE_MAX / sizeof(typename Model::real) / dates, "paths", paths, "few enough to address in memory");
  return static_cast<std::size_t>(paths * dates);
}

namespace detail {
SPECTRALMC_LANES_NAMESPACE_BEGIN

/// Follows paths first_path, first_path + 1, ... in chunks, sums nothing, and hands the rows of what was observed on
/// each chunk to keep(rows, begin, count), with the number of its first path among these.
template <class Program, class Observers, class Keep>
struct observing_work {
  using workspace = chunk_memory<typename Program::real>;
  Program program;
  Observers observers;
  std::uint64_t first_path, paths;
  Keep keep;

  std::uint64_t unit_count() const { return (paths - 1) / chunk_paths + 1; }
  std::size_t total_size() const { return 0; }
  workspace make_workspace() const { return {program, Observers::size}; }

  std::uint64_t run_unit(std::uint64_t unit, workspace& memory, double*, detail::function_view<bool()> keep_on) const {
    const std::uint64_t begin = unit * chunk_paths;
    path_watch watch(keep_on);
    const std::uint32_t count =
        observe_chunk(pack_block{}, program, observers, first_path + begin,
                      static_cast<std::uint32_t>((std::min<std::uint64_t>)(chunk_paths, paths - begin)),
                      memory.observed.get(), memory.paths.get(), watch);
    keep(memory.observed.get(), begin, count);
    return count;
  }
};

/// @return how many paths were observed; `report(paths_done)` says whether to go on
template <class Program, class Observers, class Keep, class Report>
std::uint64_t observe_paths(const cpu& execution, const Program& program, const Observers& observers,
                            std::uint64_t first_path, std::uint64_t paths, const Keep& keep, Report&& report) {
  const observing_work<Program, Observers, Keep> work{program, observers, first_path, paths, keep};
  return reduce_in_order(execution, work, take_nothing{}, report);
}

/// Copies rows of `count` values, one a date, to paths begin, begin + 1, ... of a buffer for `paths`.
template <class Real>
void store_rows(const Real* rows, std::size_t dates, path_layout layout, std::uint64_t begin, std::uint32_t count,
                std::uint64_t paths, Real* buffer) {
  if (layout == path_layout::time_major) {
    for (std::size_t date = 0; date < dates; ++date) {
      std::copy_n(rows + date * chunk_paths, count, buffer + date * paths + begin);
    }
    return;
  }
  // A few dates at a time, so that what they write of a path is together. The rows' places are a power of two apart, of
  // which a cache keeps no more than a few.
  constexpr std::size_t together = 4;
  for (std::size_t first = 0; first < dates; first += together) {
    const std::size_t last = (std::min<std::size_t>)(dates, first + together);
    for (std::size_t i = 0; i < count; ++i) {
      Real* path = buffer + (begin + i) * dates;
      for (std::size_t date = first; date < last; ++date) path[date] = rows[date * chunk_paths + i];
    }
  }
}

/// Sees one component of the state.
template <std::size_t Component>
struct component_of_state : date_observer {
  template <class V, class State>
  SPECTRALMC_HOST_DEVICE static V value(const memory<V>&, const path_point<V, State>& point) {
    return state_components<V, State>::get(point.state, Component);
  }
};

template <std::size_t... Component>
auto components_of_state(std::index_sequence<Component...>) {
  return concatenate(observer_list<component_of_state<Component>>{}...);
}

/// Stores one piece; `report(paths_done)` says whether to go on.
template <class Model, class Generator, class Observer, class Report>
std::uint64_t store_piece(const cpu& execution, const simulation<Model, Generator>& plan,
                          const path_tables<Model, Generator>& tables, const Observer& observer, path_layout layout,
                          std::uint64_t first, std::uint64_t count, typename Model::real* buffer, Report&& report) {
  const auto program = tables.program();
  const auto keep = [&](const auto* rows, std::uint64_t begin, std::uint32_t used) {
    store_rows(rows, program.dates, layout, begin, used, count, buffer);
  };
  return observe_paths(execution, program, observer_list<Observer>{observer, {}}, plan.first_path() + first, count,
                       keep, report);
}

SPECTRALMC_LANES_NAMESPACE_END
}  // namespace detail

SPECTRALMC_LANES_NAMESPACE_BEGIN

/// The states of all paths of the plan at its last date, for others to start in. 4 or 8 bytes a component and path, and
/// 1024 times that a date for each thread while it runs.
/// @throws invalid_parameter as measure; allocation_error; no_answer when the plan's progress callback stops the run
template <class Model, class Generator>
path_states<Model> store_states(const cpu& execution, const simulation<Model, Generator>& plan) {
  static_assert(detail::check_starts<Model>());
  using real = typename Model::real;
  using components = typename path_states<Model>::components;
  plan.check();
  const auto run = detail::begun(plan);
  const path_tables<Model, Generator> tables(run, false);
  std::vector<real> values;
  require(plan.paths() <= SIZE_MAX / sizeof(real) / components::count, "paths", plan.paths(),
          "few enough to address in memory");
  assign_zeros(values, static_cast<std::size_t>(plan.paths()) * components::count, "states of paths");
  const auto program = tables.program();
  const auto observers = detail::components_of_state(std::make_index_sequence<components::count>{});
  // Component c of path i goes to values[c * paths + i].
  const auto keep = [&](const real* rows, std::uint64_t begin, std::uint32_t count) {
    for (std::size_t c = 0; c < components::count; ++c) {
      const real* last = rows + (c * program.dates + program.dates - 1) * chunk_paths;
      std::copy_n(last, count, values.data() + c * plan.paths() + begin);
    }
  };
  const std::uint64_t done =
      detail::observe_paths(execution, program, observers, plan.first_path(), plan.paths(), keep,
                            [&](std::uint64_t paths) { return detail::report_progress(run, paths); });
  if (done < plan.paths()) throw no_answer("the run was stopped before all states were there");
  return path_states<Model>(plan.grid().date(plan.grid().date_count() - 1), std::move(values));
}

/// Writes what the observer sees at every date on the paths [first, first + count) of the plan to `buffer`, which holds
/// stored_size(plan, count) values. A grid with a date at every step, time_grid::dates(equidistant_dates(T, n)), stores
/// every step. The plan's progress callback is told of these `count` paths.
/// @return how many paths were written: fewer than `count` only if the callback stopped the run
/// @throws invalid_parameter for a null buffer, no paths, or paths beyond the plan's
template <class Model, class Generator, class Observer>
std::uint64_t store_paths(const cpu& execution, const simulation<Model, Generator>& plan, Observer observer,
                          path_layout layout, std::uint64_t first, std::uint64_t count, typename Model::real* buffer) {
  static_assert(detail::check_observer<Observer, Model>());
  plan.check();
  require(buffer != nullptr, "buffer", std::uint64_t{0}, "a pointer to stored_size(plan, count) values");
  require(first < plan.paths(), "first", first, "below the plan's number of paths");
  require(count > 0 && count <= plan.paths() - first, "count", count, "1 up to the plan's paths after the first");
  stored_size(plan, count);
  detail::check_memories(plan, static_cast<observer_list<Observer>*>(nullptr));
  auto part = plan;
  const auto run = detail::begun(part.paths(count));
  const path_tables<Model, Generator> tables(run, Observer::schedule == monitoring::every_step);
  return detail::store_piece(execution, plan, tables, observer, layout, first, count, buffer,
                             [&](std::uint64_t done) { return detail::report_progress(run, done); });
}

/// All paths of the plan, in pieces that fit into `capacity` values at `buffer`: after each piece
/// `visit(first, count, buffer)` is called with `count` paths from number `first` on, laid out for `count` paths.
/// Progress is that of the whole plan. When its callback stops the run, what is finished of the piece in hand is
/// visited as well.
/// @return how many paths were visited
/// @throws invalid_parameter for a null buffer, or if not even one path fits
template <class Model, class Generator, class Observer, class Visit>
std::uint64_t store_paths_in_pieces(const cpu& execution, const simulation<Model, Generator>& plan, Observer observer,
                                    path_layout layout, typename Model::real* buffer, std::size_t capacity,
                                    Visit&& visit) {
  using real = typename Model::real;
  static_assert(detail::check_observer<Observer, Model>());
  plan.check();
  const std::size_t dates = plan.grid().date_count();
  const std::uint64_t piece = capacity / dates;
  require(buffer != nullptr, "buffer", std::uint64_t{0}, "a pointer to `capacity` values");
  require(piece > 0, "capacity", std::uint64_t{capacity}, "at least the number of dates");
  detail::check_memories(plan, static_cast<observer_list<Observer>*>(nullptr));
  const auto run = detail::begun(plan);
  const path_tables<Model, Generator> tables(run, Observer::schedule == monitoring::every_step);
  for (std::uint64_t first = 0; first < plan.paths();) {
    const std::uint64_t count = (std::min)(piece, plan.paths() - first);
    bool stopped = false;
    const std::uint64_t done = detail::store_piece(
        execution, plan, tables, observer, layout, first, count, buffer,
        [&](std::uint64_t paths) { return !(stopped = !detail::report_progress(run, first + paths)); });
    if (done < count && layout == path_layout::time_major) {
      // The rows move together, to be as long as what they hold.
      for (std::size_t date = 1; date < dates; ++date) std::copy_n(buffer + date * count, done, buffer + date * done);
    }
    if (done > 0) visit(first, done, static_cast<const real*>(buffer));
    first += done;
    if (stopped) return first;
  }
  return plan.paths();
}

SPECTRALMC_LANES_NAMESPACE_END

}  // namespace spectralmc
