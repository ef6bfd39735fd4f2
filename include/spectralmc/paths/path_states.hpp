// Where paths begin that do not begin where their model does.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "spectralmc/allocation.hpp"
#include "spectralmc/configuration.hpp"
#include "spectralmc/errors.hpp"
#include "spectralmc/models/state_components.hpp"
#include "spectralmc/numeric/lanes.hpp"
#include "spectralmc/numeric/strided.hpp"
#include "spectralmc/paths/prelude.hpp"

namespace spectralmc {

namespace detail {

template <class Model>
struct can_start {
  using real = typename Model::real;
  using pack = lanes<real, native_lane_count<real>>;
  using of_numbers = state_components<real, typename Model::template state<real>>;
  using of_packs = state_components<pack, typename Model::template state<pack>>;
  static constexpr bool value =
      !prelude_of<Model>::exists && of_numbers::all && of_packs::all && of_numbers::count == of_packs::count;
};

/// Whether paths of the model can start in given states: all that they remember is a row of numbers.
template <class Model>
inline constexpr bool starts_anywhere = can_start<Model>::value;

template <class Model>
constexpr bool check_starts() {
  static_assert(!prelude_of<Model>::exists,
                "SpectralMC: paths of a model with a prelude do not start in given states, as their steps depend on "
                "all numbers before (docs/architecture.md, Paths that start anywhere)");
  static_assert(prelude_of<Model>::exists || starts_anywhere<Model>,
                "SpectralMC: the members of a model's state<V> are all V's, where paths start in given states "
                "(docs/architecture.md, Paths that start anywhere)");
  return true;
}

}  // namespace detail

/// States of a model at a time, in which paths can begin: simulation::starting_from. What store_states returns, or of
/// one's own. Components that say the same twice, such as S and its logarithm, must agree.
template <class Model>
class path_states {
 public:
  using real = typename Model::real;
  using state = typename Model::template state<real>;
  using components = state_components<real, state>;

  /// @param values component c of state number i at values[c * count + i]
  /// @throws invalid_parameter for a time that is not finite or negative, and unless there are values for at least one
  ///         state, as many for each component
  path_states(double time, std::vector<real> values) : time_(time), values_(std::move(values)) {
    static_assert(detail::check_starts<Model>());
    require_not_negative("time", time);
    require(!values_.empty() && values_.size() % components::count == 0, "values.size()", std::uint64_t{values_.size()},
            "a multiple of the components of a state, and not 0");
  }

  /// @throws invalid_parameter as above, allocation_error
  path_states(double time, const std::vector<state>& states) : path_states(time, by_component(states)) {}

  double time() const { return time_; }
  std::uint64_t count() const { return values_.size() / components::count; }
  const std::vector<real>& values() const { return values_; }

  /// State number i < count(), written over the components of `s`.
  void read(std::uint64_t i, state& s) const {
    for (std::size_t c = 0; c < components::count; ++c) components::set(s, c, values_[c * count() + i]);
  }

  /// At most so many of them, taken evenly.
  path_states some(std::uint64_t most) const {
    const std::uint64_t all = count(), taken = all < most ? all : most;
    std::vector<real> values;
    assign_zeros(values, static_cast<std::size_t>(taken) * components::count, "states of paths");
    for (std::size_t c = 0; c < components::count; ++c) {
      for (std::uint64_t i = 0; i < taken; ++i) values[c * taken + i] = values_[c * all + i * (all / taken)];
    }
    return path_states(time_, std::move(values));
  }

 private:
  static std::vector<real> by_component(const std::vector<state>& states) {
    std::vector<real> values;
    assign_zeros(values, components::count * states.size(), "states of paths");
    for (std::size_t c = 0; c < components::count; ++c) {
      for (std::size_t i = 0; i < states.size(); ++i) values[c * states.size() + i] = components::get(states[i], c);
    }
    return values;
  }

  double time_;
  std::vector<real> values_;
};

/// The same as the path loop reads it; without values where paths begin as the model does.
template <class Real>
struct path_starts {
  const Real* values = nullptr;
  std::uint64_t count = 1, paths_a_state = 1;
};

SPECTRALMC_LANES_NAMESPACE_BEGIN

/// Puts paths `first_path`, first_path + 1, ..., one a lane, into the states that they begin in.
template <class V, class State>
SPECTRALMC_HOST_DEVICE void start(const path_starts<scalar_of<V>>& from, std::uint64_t first_path, State& state) {
  using components = state_components<V, State>;
  for (std::size_t c = 0; c < components::count; ++c) {
    scalar_of<V> of_lanes[lane_count<V>];
    for (std::size_t lane = 0; lane < lane_count<V>; ++lane) {
      of_lanes[lane] = from.values[c * from.count + (first_path + lane) / from.paths_a_state % from.count];
    }
    components::set(state, c, load<V>(of_lanes));
  }
}

SPECTRALMC_LANES_NAMESPACE_END

}  // namespace spectralmc
