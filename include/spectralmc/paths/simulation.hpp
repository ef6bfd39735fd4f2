// The plan of a simulation: model, time grid, number of paths, seed. A plain value; nothing runs until it is handed to
// characteristic_function, price or store_paths together with an execution.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <type_traits>
#include <utility>

#include "spectralmc/errors.hpp"
#include "spectralmc/market/time_grid.hpp"
#include "spectralmc/paths/model_concept.hpp"
#include "spectralmc/random/generator.hpp"
#include "spectralmc/random/numbering.hpp"

namespace spectralmc {

/// How far a run has come.
struct progress {
  std::uint64_t paths_done;
  std::uint64_t paths_total;
  double seconds;  ///< since the run began

  double fraction() const { return static_cast<double>(paths_done) / static_cast<double>(paths_total); }
};

/// `Generator` is where the paths' random numbers come from (docs/architecture.md, "A generator").
template <class Model, class Generator = philox>
class simulation {
  static_assert(detail::check_model<Model>() && detail::check_generator<Generator>());

 public:
  using model_type = Model;
  using generator_type = Generator;

  simulation(Model model, time_grid grid, Generator generator = Generator())
      : model_(std::move(model)), grid_(std::move(grid)), generator_(std::move(generator)) {}

  /// How many paths; 65536 unless said otherwise. With the number of the first they must not pass 2^64, the end of the
  /// path counter, which is checked when the run begins.
  /// @throws invalid_parameter for zero
  simulation& paths(std::uint64_t count) {
    require(count > 0, "paths", count, "at least 1");
    paths_ = count;
    return *this;
  }

  /// The number of the first path; path numbers address the random numbers, so a run over [0, 2n) is the runs over [0,
  /// n) and [n, 2n) together.
  simulation& first_path(std::uint64_t number) {
    first_path_ = number;
    return *this;
  }

  /// The generator's seed, of a generator that has one. Number = f(seed, path, dimension).
  simulation& seed(std::uint64_t key) {
    generator_.seed = key;
    return *this;
  }

  /// The generator's substream, of a generator that has them: an independent set of numbers under the same seed.
  /// @throws invalid_parameter unless it is below 2^31
  simulation& substream(std::uint32_t number) {
    require(number < (std::uint32_t{1} << 31), "substream", std::uint64_t{number}, "[0, 2^31)");
    generator_.substream = number;
    return *this;
  }

  /// Calls `callback(const progress&)` about ten times a second, from one thread at a time and in order, and once more
  /// at the end. If it returns false the run stops, within half a second but for what a model does at one go: a table
  /// for a step, the convolution of a rough model's path, eight chunks of paths on a GPU. What comes back is the
  /// result of a run with the paths done so far, with their number in it; no_answer is thrown where there are none.
  template <class Callback>
  simulation& on_progress(Callback callback) {
    if constexpr (std::is_void_v<std::invoke_result_t<Callback&, const progress&>>) {
      on_progress_ = [callback](const progress& p) mutable { return callback(p), true; };
    } else {
      on_progress_ = std::move(callback);
    }
    return *this;
  }

  /// What a run asks of its plan before it begins.
  /// @throws invalid_parameter when first_path + paths passes 2^64, the steps need more numbers than a path has, or the
  /// market has no finite forward at some date; and what the generator's check throws
  void check() const {
    require(paths_ - 1 <= ~first_path_, "paths", paths_, "first_path + paths up to 2^64, the end of the path counter");
    require(grid_.step_count() <= numbering<Model>::largest_step_count, "steps", std::uint64_t{grid_.step_count()},
            "2^32 / (blocks of random numbers that a step of this model takes) at most");
    generator_.check(first_path_, paths_, numbering<Model>::blocks(grid_.step_count()));
    for (const time_grid::stretch& s : grid_.stretches()) {
      model_.asset().discount(s.end);
      model_.asset().forward(s.end);
    }
  }

  const Model& model() const { return model_; }
  const time_grid& grid() const { return grid_; }
  std::uint64_t paths() const { return paths_; }
  std::uint64_t first_path() const { return first_path_; }
  const Generator& generator() const { return generator_; }
  std::uint64_t seed() const { return generator_.seed; }
  std::uint32_t substream() const { return generator_.substream; }
  const std::function<bool(const progress&)>& on_progress() const { return on_progress_; }

 private:
  Model model_;
  time_grid grid_;
  Generator generator_;
  std::uint64_t paths_ = 65536, first_path_ = 0;
  std::function<bool(const progress&)> on_progress_;
};

namespace detail {

inline constexpr const char* stopped_at_once = "the run was stopped before any path was done";

/// @return false when the run is to be stopped
template <class Plan>
bool report_progress(const Plan& plan, std::uint64_t paths_done) {
  return !plan.on_progress() || plan.on_progress()({paths_done, plan.paths(), 0});
}

}  // namespace detail

}  // namespace spectralmc
