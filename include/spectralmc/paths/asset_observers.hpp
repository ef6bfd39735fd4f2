// What is looked at along the paths of several assets (models/several_assets.hpp).
#pragma once

#include <cstddef>
#include <cstdint>

#include "spectralmc/configuration.hpp"
#include "spectralmc/errors.hpp"
#include "spectralmc/models/several_assets.hpp"
#include "spectralmc/numeric/value.hpp"
#include "spectralmc/paths/observer.hpp"
#include "spectralmc/paths/seen_quantity.hpp"
#include "spectralmc/spectral/characteristic_function.hpp"
#include "spectralmc/spectral/spectrum.hpp"

namespace spectralmc {

namespace detail {

/// The path of asset number Asset, as an observer of that asset alone sees it.
template <int Asset, class V, class Head, class... Tail>
SPECTRALMC_HOST_DEVICE SPECTRALMC_FORCE_INLINE auto asset_point(const asset_states<V, Head, Tail...>& states,
                                                                std::uint32_t sightings) {
  if constexpr (Asset == 0) {
    return path_point<V, typename Head::template state<V>>{states.head, states.log_forward_return, states.initial_spot,
                                                           sightings};
  } else {
    return asset_point<Asset - 1>(states.tail, sightings);
  }
}

/// visit(point of each asset, its number), in order.
template <int Asset = 0, class V, class Head, class... Tail, class Visit>
SPECTRALMC_HOST_DEVICE SPECTRALMC_FORCE_INLINE void for_each_asset(const asset_states<V, Head, Tail...>& states,
                                                                   const Visit& visit) {
  visit(asset_point<0>(states, 0), Asset);
  if constexpr (sizeof...(Tail) > 0) for_each_asset<Asset + 1>(states.tail, visit);
}

}  // namespace detail

/// What `Observer` sees of asset number Asset, 0 for the first: of_asset<1>, of_asset<0, running_average<>>.
template <int Asset, class Observer = spot>
struct of_asset {
  static constexpr bool logarithmic = Observer::logarithmic;
  static constexpr monitoring schedule = Observer::schedule;
  template <class V>
  using memory = typename Observer::template memory<V>;

  Observer observer{};

  template <class V, class State>
  SPECTRALMC_HOST_DEVICE void look(memory<V>& m, const path_point<V, State>& point) const {
    observer.look(m, detail::asset_point<Asset>(point.state, point.sightings));
  }
  template <class V, class State>
  SPECTRALMC_HOST_DEVICE V value(const memory<V>& m, const path_point<V, State>& point) const {
    return observer.value(m, detail::asset_point<Asset>(point.state, point.sightings));
  }

  template <class Model>
  observed_quantity quantity(const Model& model, double time) const {
    return detail::observed_by(observer, model.template model<Asset>(), time);
  }
};

namespace detail {

/// What baskets share: they look at the dates alone and remember nothing.
template <int Count>
struct asset_weights {
  static constexpr bool logarithmic = false;
  static constexpr monitoring schedule = monitoring::dates;
  template <class V>
  struct memory {};

  double weights[Count];

  template <class V, class State>
  SPECTRALMC_HOST_DEVICE static void look(memory<V>&, const path_point<V, State>&) {}

  /// The sum of weights[i] seen(asset i).
  template <class V, class State, class Seen>
  SPECTRALMC_HOST_DEVICE V sum(const path_point<V, State>& point, const Seen& seen) const {
    using real = scalar_of<V>;
    V total(real(0));
    for_each_asset(point.state, [&](const auto& asset, int i) {
      total = fma(V(static_cast<real>(weights[i])), seen(asset), total);
    });
    return total;
  }

 protected:
  /// Calls visit(asset i's model, weights[i]) for each.
  template <int Asset = 0, class Model, class Visit>
  void for_each_model(const Model& model, const Visit& visit) const {
    static_assert(Model::count == Count, "a weight for each asset");
    require_finite("weights", weights[Asset]);
    visit(model.template model<Asset>(), weights[Asset]);
    if constexpr (Asset + 1 < Count) for_each_model<Asset + 1>(model, visit);
  }
};

}  // namespace detail

/// The sum of weights[i] S_i at the dates: a basket, or with weights of both signs a spread. Its mean is known.
template <int Count>
struct basket : detail::asset_weights<Count> {
  template <class Memory, class V, class State>
  SPECTRALMC_HOST_DEVICE V value(const Memory&, const path_point<V, State>& point) const {
    return this->sum(point, [](const auto& asset) { return asset.spot(); });
  }

  template <class Model>
  observed_quantity quantity(const Model& model, double time) const {
    observed_quantity result = asset_quantity(model, time, false);
    result.forward = 0;
    this->for_each_model(model, [&](const auto& one, double weight) {
      result.forward = fma(weight, one.asset().forward(time), result.forward);
      result.negative = result.negative || weight < 0 || detail::negative_prices<std::decay_t<decltype(one)>>::value;
    });
    return result;
  }
};

template <class... Weights>
basket(Weights...) -> basket<sizeof...(Weights)>;

/// The sum of weights[i] log(S_i(t) / S_i(0)) at the dates: a geometric basket's log-return, where all models have
/// logarithms.
template <int Count>
struct log_basket : detail::asset_weights<Count> {
  template <class Memory, class V, class State>
  SPECTRALMC_HOST_DEVICE V value(const Memory&, const path_point<V, State>& point) const {
    return this->sum(point, [](const auto& asset) { return asset.log_return(); });
  }

  template <class Model>
  observed_quantity quantity(const Model& model, double time) const {
    observed_quantity result = asset_quantity(model, time, false);
    this->for_each_model(model, [](const auto&, double) {});
    result.forward = observed_quantity().forward;
    result.negative = true;
    return result;
  }
};

template <class... Weights>
log_basket(Weights...) -> log_basket<sizeof...(Weights)>;

namespace detail {

template <bool Largest>
struct extreme_of : date_observer {
  template <class V, class State>
  SPECTRALMC_HOST_DEVICE static V value(const memory<V>&, const path_point<V, State>& point) {
    V extreme(scalar_of<V>(0)), fault(scalar_of<V>(0));
    for_each_asset(point.state, [&](const auto& asset, int i) {
      const V growth = asset.growth();
      fault = fault + (growth - growth);  // what is not finite must not be overlooked
      extreme = i == 0 ? growth : Largest ? maximum(extreme, growth) : minimum(extreme, growth);
    });
    return extreme + fault;
  }
};

}  // namespace detail

/// The smallest S_i(t) / S_i(0) at the dates.
struct worst_of : detail::extreme_of<false> {};

/// The largest S_i(t) / S_i(0) at the dates.
struct best_of : detail::extreme_of<true> {};

}  // namespace spectralmc
