// What prices need to know of what an observer sees.
#pragma once

#include <type_traits>
#include <utility>

#include "spectralmc/paths/observer.hpp"
#include "spectralmc/spectral/characteristic_function.hpp"
#include "spectralmc/spectral/spectrum.hpp"

namespace spectralmc {

namespace detail {

template <class Observer, class Model, class = void>
struct knows_quantity : std::false_type {};
template <class Observer, class Model>
struct knows_quantity<
    Observer, Model, std::void_t<decltype(std::declval<const Observer&>().quantity(std::declval<const Model&>(), 1.0))>>
    : std::true_type {};

/// What an observer sees of paths of the model: what it says itself, else the asset or an unknown function of it.
template <class Observer, class Model>
observed_quantity observed_by(const Observer& observer, const Model& model, double time) {
  if constexpr (knows_quantity<Observer, Model>::value) {
    return observer.quantity(model, time);
  } else {
    observed_quantity quantity = asset_quantity(model, time, Observer::logarithmic);
    if (!Observer::logarithmic && !std::is_same_v<Observer, spot>) quantity.forward = observed_quantity().forward;
    return quantity;
  }
}

/// The same of the paths of a plan: where they start in given states no forward is known of it.
template <class Observer, class Plan>
observed_quantity observed_in(const Observer& observer, const Plan& plan, double time) {
  observed_quantity quantity = observed_by(observer, plan.model(), time);
  if (plan.states() != nullptr) quantity.forward = observed_quantity().forward;
  return quantity;
}

}  // namespace detail

}  // namespace spectralmc
