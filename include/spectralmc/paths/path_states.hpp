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
#include "spectralmc/numeric/strided.hpp"

namespace spectralmc {

/// States of a model at a time, in which paths can begin: simulation::starting_from. What store_states returns, or of
/// one's own.
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
    require_not_negative("time", time);
    require(!values_.empty() && values_.size() % components::count == 0, "values.size()", std::uint64_t{values_.size()},
            "a multiple of the components of a state, and not 0");
  }

  /// @throws invalid_parameter as above, allocation_error
  path_states(double time, const std::vector<state>& states) : path_states(time, by_component(states)) {}

  double time() const { return time_; }
  std::uint64_t count() const { return values_.size() / components::count; }
  const std::vector<real>& values() const { return values_; }

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
