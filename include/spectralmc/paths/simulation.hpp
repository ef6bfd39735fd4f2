// The plan of a simulation: model, time grid, number of paths, seed. A plain value; nothing runs until it is handed to
// characteristic_function, price or store_paths together with an execution.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <type_traits>
#include <utility>

#include "spectralmc/errors.hpp"
#include "spectralmc/market/time_grid.hpp"
#include "spectralmc/paths/model_concept.hpp"
#include "spectralmc/paths/path_states.hpp"
#include "spectralmc/paths/prelude.hpp"
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
  static_assert(!std::is_const_v<Model> && !std::is_reference_v<Model>,
                "SpectralMC: a plan has a model of its own: simulation<Model>, without const and reference");
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

  /// Lets path number p begin in state p / paths_a_state of these instead of the model's, where the grid begins:
  /// time_grid::after. Its steps take the numbers that they have in the whole grid: states that paths of another grid
  /// led to, with other steps, ask for a substream of their own, lest numbers are used twice. Discounts remain those to
  /// time 0. Not for models with a prelude, whose steps depend on all numbers before, nor for observers that remember.
  /// @throws invalid_parameter for no paths a state
  simulation& starting_from(path_states<Model> states, std::uint64_t paths_a_state = 1) {
    static_assert(detail::check_starts<Model>());
    require(paths_a_state > 0, "paths_a_state", paths_a_state, "at least 1");
    states_ = std::make_shared<const path_states<Model>>(std::move(states));
    paths_a_state_ = paths_a_state;
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
  /// @throws invalid_parameter when first_path + paths passes 2^64, the steps need more numbers than a path has, the
  /// market has no finite forward at some date, or the grid does not begin where paths start, or there are more of them
  /// than states to start in; and what the generator's check throws
  void check() const {
    require(paths_ - 1 <= ~first_path_, "paths", paths_, "first_path + paths up to 2^64, the end of the path counter");
    const std::uint64_t steps = std::uint64_t{grid_.first_step()} + grid_.step_count();
    require(steps <= numbering<Model>::largest_step_count, "steps", steps,
            "2^32 / (blocks of random numbers that a step of this model takes) at most");
    generator_.check(first_path_, paths_, numbering<Model>::blocks(steps));
    if (states_ == nullptr) {
      require(grid_.begin() == 0, "grid.begin()", grid_.begin(), "0, unless paths start in given states");
    } else if constexpr (detail::starts_anywhere<Model>) {
      require(grid_.begin() == states_->time(), "grid.begin()", grid_.begin(), "the time of the states to start in");
      require((first_path_ + (paths_ - 1)) / paths_a_state_ < states_->count(), "paths", paths_,
              "no more than there are states to start in, times paths_a_state");
    }
    for (const time_grid::stretch& s : grid_.stretches()) {
      model_.asset().discount(s.end);
      model_.asset().forward(s.end);
    }
  }

  const Model& model() const { return model_; }
  const time_grid& grid() const { return grid_; }
  std::uint64_t paths() const { return paths_; }
  std::uint64_t first_path() const { return first_path_; }
  /// Null where paths begin as the model does.
  const std::shared_ptr<const path_states<Model>>& states() const { return states_; }
  std::uint64_t paths_a_state() const { return paths_a_state_; }
  const Generator& generator() const { return generator_; }
  std::uint64_t seed() const { return generator_.seed; }
  std::uint32_t substream() const { return generator_.substream; }
  const std::function<bool(const progress&)>& on_progress() const { return on_progress_; }

 private:
  Model model_;
  time_grid grid_;
  Generator generator_;
  std::uint64_t paths_ = 65536, first_path_ = 0;
  std::shared_ptr<const path_states<Model>> states_;
  std::uint64_t paths_a_state_ = 1;
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
