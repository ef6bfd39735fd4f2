// What is looked at along a path. An observer keeps what it must remember in `memory<V>`, is shown the path after
// steps, and says at each date what it saw. It knows nothing of models.
#pragma once

#include <cstddef>
#include <cstdint>

#include "spectralmc/configuration.hpp"
#include "spectralmc/numeric/elementary.hpp"
#include "spectralmc/numeric/value.hpp"

namespace spectralmc {

/// A path as an observer sees it after a step.
template <class V>
struct path_point {
  using real = scalar_of<V>;

  V log_martingale;         ///< X: the asset is forward(t) exp(X)
  real log_forward_return;  ///< log(forward(t) / spot)
  real initial_spot;        ///< S(0)
  std::uint32_t sightings;  ///< how often this observer has been shown the path, this time included

  /// log(S(t) / S(0))
  SPECTRALMC_HOST_DEVICE V log_return() const { return log_martingale + V(log_forward_return); }
  /// S(t)
  SPECTRALMC_HOST_DEVICE V spot() const { return rounded_product(exp(log_return()), V(initial_spot)); }
};

/// When an observer is shown the path: after every step of the time grid, or at its dates alone.
enum class monitoring { every_step, dates };

/// The logarithm of S(t)/S(0) at the dates.
struct log_return {
  static constexpr bool logarithmic = true;
  static constexpr monitoring schedule = monitoring::dates;
  template <class V>
  struct memory {};
  template <class V>
  SPECTRALMC_HOST_DEVICE static void look(memory<V>&, const path_point<V>&) {}
  template <class V>
  SPECTRALMC_HOST_DEVICE static V value(const memory<V>&, const path_point<V>& point) {
    return point.log_return();
  }
};

/// S(t) at the dates.
struct spot {
  static constexpr bool logarithmic = false;
  static constexpr monitoring schedule = monitoring::dates;
  template <class V>
  struct memory {};
  template <class V>
  SPECTRALMC_HOST_DEVICE static void look(memory<V>&, const path_point<V>&) {}
  template <class V>
  SPECTRALMC_HOST_DEVICE static V value(const memory<V>&, const path_point<V>& point) {
    return point.spot();
  }
};

/// The arithmetic mean of S over all points looked at so far; time zero does not count.
template <monitoring Schedule = monitoring::every_step>
struct running_average {
  static constexpr bool logarithmic = false;
  static constexpr monitoring schedule = Schedule;
  template <class V>
  struct memory {
    V sum = V(scalar_of<V>(0));
  };
  template <class V>
  SPECTRALMC_HOST_DEVICE static void look(memory<V>& m, const path_point<V>& point) {
    // exp(r) S(0) is a product; adding it by fma keeps compilers from choosing whether to contract.
    m.sum = fma(exp(point.log_return()), V(point.initial_spot), m.sum);
  }
  template <class V>
  SPECTRALMC_HOST_DEVICE static V value(const memory<V>& m, const path_point<V>& point) {
    return m.sum / V(static_cast<scalar_of<V>>(point.sightings));
  }
};

namespace detail {

// Maximum and minimum are taken of the logarithm: one exponential at a date instead of one a step.
template <monitoring Schedule, bool Largest>
struct running_extreme {
  static constexpr bool logarithmic = false;
  static constexpr monitoring schedule = Schedule;
  template <class V>
  struct memory {
    V extreme = V(scalar_of<V>(0));  // time zero counts: log(S(0)/S(0))
  };
  template <class V>
  SPECTRALMC_HOST_DEVICE static void look(memory<V>& m, const path_point<V>& point) {
    // What is not finite must survive as a NaN, so that the path is counted as such: a difference x - x is 0 or NaN.
    const V r = point.log_return();
    const V fault = (r - r) + (m.extreme - m.extreme);
    m.extreme = select(Largest ? m.extreme >= r : m.extreme <= r, m.extreme, r) + fault;
  }
  template <class V>
  SPECTRALMC_HOST_DEVICE static V value(const memory<V>& m, const path_point<V>& point) {
    return rounded_product(exp(m.extreme), V(point.initial_spot));
  }
};

}  // namespace detail

/// The largest S over time zero and all points looked at so far.
template <monitoring Schedule = monitoring::every_step>
struct running_maximum : detail::running_extreme<Schedule, true> {};

/// The smallest S over time zero and all points looked at so far.
template <monitoring Schedule = monitoring::every_step>
struct running_minimum : detail::running_extreme<Schedule, false> {};

/// Several observers of one path. `observer_memories<V, Observers...>` holds what they remember.
template <class... Observers>
struct observer_list {
  static constexpr std::size_t size = sizeof...(Observers);
  static constexpr bool every_step = ((Observers::schedule == monitoring::every_step) || ...);
};

/// The observers of several lists in one.
template <class... Lists>
struct concatenated;
template <class... First>
struct concatenated<observer_list<First...>> {
  using type = observer_list<First...>;
};
template <class... First, class... Second, class... Rest>
struct concatenated<observer_list<First...>, observer_list<Second...>, Rest...> {
  using type = typename concatenated<observer_list<First..., Second...>, Rest...>::type;
};

template <class V, class List>
struct observer_memories;

template <class V>
struct observer_memories<V, observer_list<>> {};

template <class V, class Head, class... Tail>
struct observer_memories<V, observer_list<Head, Tail...>> {
  typename Head::template memory<V> head;
  observer_memories<V, observer_list<Tail...>> tail;

  /// Shows the path to the observers of that schedule.
  template <monitoring Schedule>
  SPECTRALMC_HOST_DEVICE void look(const path_point<V>& point) {
    if constexpr (Head::schedule == Schedule) Head::look(head, point);
    if constexpr (sizeof...(Tail) > 0) tail.template look<Schedule>(point);
  }

  /// Calls store(index, value) for each observer in order; the observer's number of sightings follows from its
  /// schedule.
  template <class Store>
  SPECTRALMC_HOST_DEVICE void report(path_point<V> point, std::uint32_t steps, std::uint32_t dates, const Store& store,
                                     std::uint32_t index = 0) const {
    point.sightings = Head::schedule == monitoring::every_step ? steps : dates;
    store(index, Head::value(head, point));
    if constexpr (sizeof...(Tail) > 0) tail.report(point, steps, dates, store, index + 1);
  }
};

}  // namespace spectralmc
