// What a model describes, by the members of its state: log(S/forward), S/forward, or a short rate.
#pragma once

#include <type_traits>
#include <utility>

namespace spectralmc {

namespace detail {

template <class State, class = void>
struct has_log_martingale : std::false_type {};
template <class State>
struct has_log_martingale<State, std::void_t<decltype(std::declval<const State&>().log_martingale)>> : std::true_type {
};

template <class State, class = void>
struct has_short_rate : std::false_type {};
template <class State>
struct has_short_rate<State, std::void_t<decltype(std::declval<const State&>().short_rate)>> : std::true_type {};

/// Whether a model describes X = log(S/forward). Otherwise it describes M = S/forward, or a short rate.
template <class Model>
inline constexpr bool models_logarithm =
    has_log_martingale<typename Model::template state<typename Model::real>>::value;

template <class Model>
inline constexpr bool models_short_rate = has_short_rate<typename Model::template state<typename Model::real>>::value;

/// Whether S may be below zero.
template <class Model, class = void>
struct negative_prices : std::false_type {};
template <class Model>
struct negative_prices<Model, std::void_t<decltype(Model::negative_prices)>>
    : std::bool_constant<Model::negative_prices> {};

}  // namespace detail

}  // namespace spectralmc
