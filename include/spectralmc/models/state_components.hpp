// A model's state as a row of numbers, for whoever keeps states of many paths side by side.
#pragma once

#include <cstddef>
#include <cstring>
#include <type_traits>

#include "spectralmc/configuration.hpp"
#include "spectralmc/numeric/value.hpp"

namespace spectralmc {

/// State is the state<V> of a model, all of whose members are V's, in the order in which they are declared. A model
/// whose state has other members specialises it.
template <class V, class State>
struct state_components {
  static_assert(std::is_trivially_copyable_v<State> && sizeof(State) % sizeof(V) == 0,
                "SpectralMC: the members of a model's state<V> are all V's, where paths start in given states "
                "(docs/architecture.md, Paths that start anywhere)");
  static constexpr std::size_t count = sizeof(State) / sizeof(V);

  SPECTRALMC_HOST_DEVICE static V get(const State& state, std::size_t i) {
    V value;
    std::memcpy(&value, reinterpret_cast<const unsigned char*>(&state) + i * sizeof(V), sizeof(V));
    return value;
  }
  SPECTRALMC_HOST_DEVICE static void set(State& state, std::size_t i, V value) {
    std::memcpy(reinterpret_cast<unsigned char*>(&state) + i * sizeof(V), &value, sizeof(V));
  }
};

}  // namespace spectralmc
