// What a class must be to be an observer (docs/architecture.md, "An observer"), checked in words where one enters a
// run.
#pragma once

#include <type_traits>
#include <utility>

#include "spectralmc/errors.hpp"
#include "spectralmc/member_names.hpp"
#include "spectralmc/paths/observer.hpp"
#include "spectralmc/paths/seen_quantity.hpp"

namespace spectralmc {
namespace detail {

SPECTRALMC_NAMES_MEMBER(quantity)

/// The forms that members have.
namespace form {
template <class Observer>
using logarithmic = std::bool_constant<Observer::logarithmic>;
template <class Observer>
using schedule = std::integral_constant<monitoring, Observer::schedule>;
template <class Observer, class V>
using memory = decltype(typename Observer::template memory<V>{});
template <class Observer, class V, class State>
using look = decltype(std::declval<const Observer&>().look(std::declval<memory<Observer, V>&>(),
                                                           std::declval<const path_point<V, State>&>()));
/// That which changes a copy.
template <class Observer, class V, class State>
using look_of_a_copy = decltype(std::declval<const Observer&>().look(std::declval<memory<Observer, V>>(),
                                                                     std::declval<const path_point<V, State>&>()));
template <class Observer, class V, class State>
using value = decltype(std::declval<const Observer&>().value(std::declval<const memory<Observer, V>&>(),
                                                             std::declval<const path_point<V, State>&>()));
}  // namespace form

/// What an observer must be for paths of the model. Members are checked one after the other, so that the first message
/// is about the first that is wrong.
template <class Observer, class Model>
constexpr bool check_observer() {
  using V = typename Model::real;
  using state = typename Model::template state<V>;
  static_assert(valid<form::logarithmic, Observer>,
                "SpectralMC: an observer has a constant, static constexpr bool logarithmic "
                "(docs/architecture.md, An observer)");
  static_assert(valid<form::schedule, Observer>,
                "SpectralMC: an observer has a constant, static constexpr monitoring schedule "
                "(docs/architecture.md, An observer)");
  static_assert(valid<form::memory, Observer, V>,
                "SpectralMC: an observer has a template memory<V>, what it remembers of a path, empty at first "
                "(docs/architecture.md, An observer)");
  if constexpr (valid<form::memory, Observer, V>) {
    static_assert(valid<form::look, Observer, V, state>,
                  "SpectralMC: an observer has void look(memory<V>&, const path_point<V, State>&) const, a template "
                  "over V and State that takes this model's state (docs/architecture.md, An observer)");
    static_assert(std::is_empty_v<form::memory<Observer, V>> || !valid<form::look_of_a_copy, Observer, V, state>,
                  "SpectralMC: an observer's look changes the memory that it is given, a memory<V>& "
                  "(docs/architecture.md, An observer)");
    static_assert(
        valid<form::value, Observer, V, state>,
        "SpectralMC: an observer has V value(const memory<V>&, const path_point<V, State>&) const, a template "
        "over V and State that takes this model's state (docs/architecture.md, An observer)");
    if constexpr (valid<form::value, Observer, V, state>) {
      static_assert(std::is_convertible_v<form::value<Observer, V, state>, V>,
                    "SpectralMC: an observer's value is what it saw, a V (docs/architecture.md, An observer)");
    }
  }
  static_assert(!names_quantity<Observer>::value || knows_quantity<Observer, Model>::value,
                "SpectralMC: an observer's quantity is observed_quantity quantity(const Model&, double time) const "
                "(docs/architecture.md, An observer)");
  return true;
}

/// The same of all observers of a list; of what is none, which is refused elsewhere, nothing.
template <class Model, class... Observers>
constexpr bool check_observers(const observer_list<Observers...>*) {
  return (check_observer<Observers, Model>() && ...);
}
template <class Model>
constexpr bool check_observers(const void*) {
  return true;
}

/// Paths that start in given states have nothing that observers remembered of them before.
/// @throws invalid_parameter where one would have to
template <class Plan, class... Observers>
void check_memories(const Plan& plan, const observer_list<Observers...>*) {
  using V = typename Plan::model_type::real;
  constexpr bool remember = !(std::is_empty_v<typename Observers::template memory<V>> && ...);
  if (remember && plan.states() != nullptr) {
    throw invalid_parameter("observer", "one that remembers",
                            "one that remembers nothing of a path, where paths start in given states");
  }
}

}  // namespace detail
}  // namespace spectralmc
