// Whole paths, for those who want them: written into the caller's memory, in either layout.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <new>
#include <utility>
#include <vector>

#include "spectralmc/errors.hpp"
#include "spectralmc/execution/cpu.hpp"
#include "spectralmc/paths/measurement.hpp"

namespace spectralmc {

/// How values of paths lie in memory: time_major has all paths of a date together, [date][path]; path_major all dates
/// of a path, [path][date].
enum class path_layout { time_major, path_major };

/// Values needed for `paths` paths of the plan: paths x dates.
template <class Model>
std::size_t stored_size(const simulation<Model>& plan, std::uint64_t paths) {
  const std::uint64_t dates = plan.grid().date_count();
  require(paths <= SIZE_MAX / sizeof(typename Model::real) / dates, "paths", paths, "few enough to address in memory");
  return static_cast<std::size_t>(paths * dates);
}

namespace detail {
SPECTRALMC_LANES_NAMESPACE_BEGIN

template <class Model, class Observer>
struct storing_work {
  using real = typename Model::real;
  path_program<Model> program;
  std::uint64_t first_path;  // number of the first path written
  std::uint64_t paths;
  path_layout layout;
  real* buffer;

  using workspace = std::vector<real>;
  std::uint64_t unit_count() const { return (paths - 1) / chunk_paths + 1; }
  std::size_t total_size() const { return 0; }
  workspace make_workspace() const { return workspace(std::size_t{program.dates} * chunk_paths); }

  void run_unit(std::uint64_t unit, workspace& observed, double*) const {
    const std::uint64_t begin = unit * chunk_paths;
    const auto count = static_cast<std::uint32_t>((std::min<std::uint64_t>)(chunk_paths, paths - begin));
    observe_chunk(program, observer_list<Observer>{}, first_path + begin, count, observed.data());
    for (std::uint32_t date = 0; date < program.dates; ++date) {
      const real* row = observed.data() + std::size_t{date} * chunk_paths;
      if (layout == path_layout::time_major) {
        std::copy(row, row + count, buffer + date * paths + begin);
      } else {
        for (std::uint32_t i = 0; i < count; ++i) buffer[(begin + i) * program.dates + date] = row[i];
      }
    }
  }
};

SPECTRALMC_LANES_NAMESPACE_END
}  // namespace detail

SPECTRALMC_LANES_NAMESPACE_BEGIN

/// Writes what the observer sees at every date on the paths [first, first + count) of the plan to `buffer`, which holds
/// stored_size(plan, count) values. A grid with a date at every step, time_grid::dates(equidistant_dates(T, n)), stores
/// every step. The plan's progress callback is told of each chunk of 1024 paths.
/// @return how many paths were written: fewer than `count` only if the callback stopped the run
/// @throws invalid_parameter for a null buffer, no paths, or paths beyond the plan's
template <class Model, class Observer>
std::uint64_t store_paths(const cpu& execution, const simulation<Model>& plan, Observer, path_layout layout,
                          std::uint64_t first, std::uint64_t count, typename Model::real* buffer) {
  require(buffer != nullptr, "buffer", std::uint64_t{0}, "a pointer to stored_size(plan, count) values");
  require(first < plan.paths(), "first", first, "below the plan's number of paths");
  require(count > 0 && count <= plan.paths() - first, "count", count, "1 up to the plan's paths after the first");
  stored_size(plan, count);
  const path_tables<Model> tables(plan, Observer::schedule == monitoring::every_step);
  const detail::storing_work<Model, Observer> work{tables.program(), plan.first_path() + first, count, layout, buffer};
  simulation<Model> part = plan;
  part.first_path(0).paths(count);
  detail::progress_reporter<Model> report(part);
  std::vector<double> nothing;
  const auto paths_in = [&](std::uint64_t units) { return (std::min<std::uint64_t>)(count, units * chunk_paths); };
  return paths_in(
      detail::reduce_in_order(execution, work, nothing, [&](std::uint64_t units) { return report(paths_in(units)); }));
}

/// All paths of the plan, in pieces that fit into `capacity` values at `buffer`: after each piece
/// `visit(first, count, buffer)` is called with `count` paths from number `first` on, laid out for `count` paths.
/// @return how many paths were visited
/// @throws invalid_parameter if not even one path fits
template <class Model, class Observer, class Visit>
std::uint64_t store_paths_in_pieces(const cpu& execution, const simulation<Model>& plan, Observer observer,
                                    path_layout layout, typename Model::real* buffer, std::size_t capacity,
                                    Visit&& visit) {
  const std::uint64_t piece = capacity / plan.grid().date_count();
  require(piece > 0, "capacity", std::uint64_t{capacity}, "at least the number of dates");
  for (std::uint64_t first = 0; first < plan.paths();) {
    const std::uint64_t count = (std::min)(piece, plan.paths() - first);
    const std::uint64_t done = store_paths(execution, plan, observer, layout, first, count, buffer);
    if (done < count) return first;
    visit(first, count, static_cast<const typename Model::real*>(buffer));
    first += count;
  }
  return plan.paths();
}

SPECTRALMC_LANES_NAMESPACE_END

}  // namespace spectralmc
