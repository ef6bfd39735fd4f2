// What is looked at along the paths of several assets (models/several_assets.hpp).
#pragma once

#include <cstddef>
#include <cstdint>

#include "spectralmc/configuration.hpp"
#include "spectralmc/errors.hpp"
#include "spectralmc/models/several_assets.hpp"
#include "spectralmc/numeric/value.hpp"
#include "spectralmc/paths/observer.hpp"
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

/// The sum of weights[i] S_i at the dates: a basket, or with weights of both signs a spread. Its mean is known.
template <int Count>
struct basket {
  static constexpr bool logarithmic = false;
  static constexpr monitoring schedule = monitoring::dates;
  template <class V>
  struct memory {};

  double weights[Count];

  template <class V, class State>
  SPECTRALMC_HOST_DEVICE static void look(memory<V>&, const path_point<V, State>&) {}
  template <class V, class State>
  SPECTRALMC_HOST_DEVICE V value(const memory<V>&, const path_point<V, State>& point) const {
    using real = scalar_of<V>;
    V sum(real(0));
    detail::for_each_asset(
        point.state, [&](const auto& asset, int i) { sum = fma(V(static_cast<real>(weights[i])), asset.spot(), sum); });
    return sum;
  }

  template <class Model>
  observed_quantity quantity(const Model& model, double time) const {
    static_assert(Model::count == Count, "a weight for each asset");
    observed_quantity result = asset_quantity(model, time, false);
    result.forward = 0;
    add_forward<0>(model, time, result);
    return result;
  }

 private:
  template <int Asset, class Model>
  void add_forward(const Model& model, double time, observed_quantity& result) const {
    require_finite("weights", weights[Asset]);
    const auto& one = model.template model<Asset>();
    result.forward = fma(weights[Asset], one.asset().forward(time), result.forward);
    result.negative =
        result.negative || weights[Asset] < 0 || detail::negative_prices<std::decay_t<decltype(one)>>::value;
    if constexpr (Asset + 1 < Count) add_forward<Asset + 1>(model, time, result);
  }
};

template <class... Weights>
basket(Weights...) -> basket<sizeof...(Weights)>;

/// The sum of weights[i] log(S_i(t) / S_i(0)) at the dates: a geometric basket's log-return, where all models have
/// logarithms.
template <int Count>
struct log_basket {
  static constexpr bool logarithmic = false;
  static constexpr monitoring schedule = monitoring::dates;
  template <class V>
  struct memory {};

  double weights[Count];

  template <class V, class State>
  SPECTRALMC_HOST_DEVICE static void look(memory<V>&, const path_point<V, State>&) {}
  template <class V, class State>
  SPECTRALMC_HOST_DEVICE V value(const memory<V>&, const path_point<V, State>& point) const {
    using real = scalar_of<V>;
    V sum(real(0));
    detail::for_each_asset(point.state, [&](const auto& asset, int i) {
      sum = fma(V(static_cast<real>(weights[i])), asset.log_return(), sum);
    });
    return sum;
  }

  template <class Model>
  observed_quantity quantity(const Model& model, double time) const {
    static_assert(Model::count == Count, "a weight for each asset");
    observed_quantity result = asset_quantity(model, time, false);
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
