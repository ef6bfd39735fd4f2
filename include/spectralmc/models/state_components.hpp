// A model's state as a row of numbers, for whoever keeps states of many paths side by side.
#pragma once

#include <cstddef>
#include <cstring>
#include <type_traits>
#include <utility>

#include "spectralmc/configuration.hpp"
#include "spectralmc/numeric/value.hpp"

namespace spectralmc {

namespace detail {

template <class Void, class State, class... V>
struct is_made_of : std::false_type {};
template <class State, class... V>
struct is_made_of<std::void_t<decltype(State{std::declval<V>()...})>, State, V...> : std::true_type {};

/// How many V's a State takes between braces, at most; 0 for more than 16.
template <class V, class State, class... Some>
constexpr std::size_t members_made_of() {
  if constexpr (sizeof...(Some) > 16) {
    return 0;
  } else if constexpr (is_made_of<void, State, Some..., V>::value) {
    return members_made_of<V, State, Some..., V>();
  } else {
    return sizeof...(Some);
  }
}

}  // namespace detail

/// State is the state<V> of a model: a row of V's, in the order in which they are declared. A model whose state has
/// other members specialises it.
template <class V, class State>
struct state_components {
  static constexpr std::size_t count = detail::members_made_of<V, State>();
  /// Whether the state is nothing but these.
  static constexpr bool all = count > 0 && sizeof(State) == count * sizeof(V) && std::is_trivially_copyable_v<State>;

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
