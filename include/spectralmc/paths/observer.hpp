// What is looked at along a path. An observer is a value: it keeps what it must remember of a path in `memory<V>`, is
// shown the path after steps, and says at each date what it saw. Those here know nothing of models; one that reads the
// state of a certain model is as good.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "spectralmc/configuration.hpp"
#include "spectralmc/numeric/elementary.hpp"
#include "spectralmc/numeric/value.hpp"
#include "spectralmc/spectral/described_quantity.hpp"

namespace spectralmc {

/// A path as an observer sees it after a step: the model's state, and what turns it into a price.
template <class V, class State>
struct path_point {
  using real = scalar_of<V>;
  /// Whether the state holds X = log(S(t) / forward(t)), `log_martingale`, or S(t) / forward(t) itself, `martingale`.
  static constexpr bool logarithmic = detail::has_log_martingale<State>::value;

  const State& state;
  real log_forward_return;  ///< log(forward(t) / S(0))
  real initial_spot;        ///< S(0)
  std::uint32_t sightings;  ///< how often this observer has been shown the path, this time included

  /// log(S(t) / S(0)); not finite where S(t) is not positive
  SPECTRALMC_HOST_DEVICE V log_return() const {
    if constexpr (logarithmic) {
      return state.log_martingale + V(log_forward_return);
    } else {
      return log(state.martingale) + V(log_forward_return);
    }
  }
  /// S(t) / S(0)
  SPECTRALMC_HOST_DEVICE V growth() const {
    if constexpr (logarithmic) {
      return exp(log_return());
    } else {
      return rounded_product(state.martingale, V(exp(log_forward_return)));
    }
  }
  /// S(t)
  SPECTRALMC_HOST_DEVICE V spot() const { return rounded_product(growth(), V(initial_spot)); }
};

/// When an observer is shown the path: after every step of the time grid, or at its dates alone.
enum class monitoring { every_step, dates };

namespace detail {

/// What observers share that look at the dates alone and remember nothing.
struct date_observer {
  static constexpr bool logarithmic = false;
  static constexpr monitoring schedule = monitoring::dates;
  template <class V>
  struct memory {};
  template <class V, class State>
  SPECTRALMC_HOST_DEVICE static void look(memory<V>&, const path_point<V, State>&) {}
};

}  // namespace detail

/// The logarithm of S(t)/S(0) at the dates.
struct log_return : detail::date_observer {
  static constexpr bool logarithmic = true;
  template <class V, class State>
  SPECTRALMC_HOST_DEVICE static V value(const memory<V>&, const path_point<V, State>& point) {
    return point.log_return();
  }
};

/// S(t) at the dates.
struct spot : detail::date_observer {
  template <class V, class State>
  SPECTRALMC_HOST_DEVICE static V value(const memory<V>&, const path_point<V, State>& point) {
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
  template <class V, class State>
  SPECTRALMC_HOST_DEVICE static void look(memory<V>& m, const path_point<V, State>& point) {
    // exp(r) S(0) is a product; adding it by fma keeps compilers from choosing whether to contract.
    m.sum = fma(point.growth(), V(point.initial_spot), m.sum);
  }
  template <class V, class State>
  SPECTRALMC_HOST_DEVICE static V value(const memory<V>& m, const path_point<V, State>& point) {
    return m.sum / V(static_cast<scalar_of<V>>(point.sightings));
  }
};

namespace detail {

// Maximum and minimum are taken of the logarithm, or of S(t)/S(0) - 1 where the model has no logarithm: one exponential
// at a date instead of one a step.
template <monitoring Schedule, bool Largest>
struct running_extreme {
  static constexpr bool logarithmic = false;
  static constexpr monitoring schedule = Schedule;
  template <class V>
  struct memory {
    V extreme = V(scalar_of<V>(0));  // time zero counts
  };
  template <class V, class State>
  SPECTRALMC_HOST_DEVICE static void look(memory<V>& m, const path_point<V, State>& point) {
    // What is not finite must survive as a NaN, so that the path is counted as such: a difference x - x is 0 or NaN.
    const V r = change(point);
    const V fault = (r - r) + (m.extreme - m.extreme);
    m.extreme = select(Largest ? m.extreme >= r : m.extreme <= r, m.extreme, r) + fault;
  }
  template <class V, class State>
  SPECTRALMC_HOST_DEVICE static V value(const memory<V>& m, const path_point<V, State>& point) {
    const V growth = path_point<V, State>::logarithmic ? exp(m.extreme) : m.extreme + V(scalar_of<V>(1));
    return rounded_product(growth, V(point.initial_spot));
  }

 private:
  template <class V, class State>
  SPECTRALMC_HOST_DEVICE static V change(const path_point<V, State>& point) {
    if constexpr (path_point<V, State>::logarithmic) {
      return point.log_return();
    } else {
      return point.growth() - V(scalar_of<V>(1));
    }
  }
};

}  // namespace detail

/// The largest S over time zero and all points looked at so far.
template <monitoring Schedule = monitoring::every_step>
struct running_maximum : detail::running_extreme<Schedule, true> {};

/// The smallest S over time zero and all points looked at so far.
template <monitoring Schedule = monitoring::every_step>
struct running_minimum : detail::running_extreme<Schedule, false> {};

/// The short rate of an interest-rate model at the dates, a year.
struct short_rate : detail::date_observer {
  template <class V, class State>
  SPECTRALMC_HOST_DEVICE static V value(const memory<V>&, const path_point<V, State>& point) {
    return point.state.short_rate;
  }
};

/// exp(-the integral of the short rate) at the dates: what a payment there is worth today along the path.
struct discount_factor : detail::date_observer {
  template <class V, class State>
  SPECTRALMC_HOST_DEVICE static V value(const memory<V>&, const path_point<V, State>& point) {
    return exp(-point.state.integrated_rate);
  }
};

/// Several observers of one path.
template <class... Observers>
struct observer_list {
  static constexpr std::size_t size = 0;
  static constexpr bool every_step = false;
};

template <class Head, class... Tail>
struct observer_list<Head, Tail...> {
  static constexpr std::size_t size = 1 + sizeof...(Tail);
  static constexpr bool every_step = Head::schedule == monitoring::every_step || observer_list<Tail...>::every_step;

  Head head;
  observer_list<Tail...> tail;
};

namespace detail {

template <class... Second>
SPECTRALMC_HOST_DEVICE observer_list<Second...> joined(const observer_list<>&, const observer_list<Second...>& second) {
  return second;
}
template <class Head, class... Tail, class... Second>
SPECTRALMC_HOST_DEVICE observer_list<Head, Tail..., Second...> joined(const observer_list<Head, Tail...>& first,
                                                                      const observer_list<Second...>& second) {
  return {first.head, joined(first.tail, second)};
}

}  // namespace detail

/// The observers of several lists in one.
inline observer_list<> concatenate() { return {}; }
template <class First, class... Rest>
auto concatenate(const First& first, const Rest&... rest) {
  return detail::joined(first, concatenate(rest...));
}

/// What the observers of a list remember of a path.
template <class V, class List>
struct observer_memories;

template <class V>
struct observer_memories<V, observer_list<>> {
  template <monitoring Schedule, class Point>
  SPECTRALMC_HOST_DEVICE void look(const observer_list<>&, const Point&) {}
  template <class Point, class Store>
  SPECTRALMC_HOST_DEVICE void report(const observer_list<>&, Point, std::uint32_t, std::uint32_t, const Store&,
                                     std::uint32_t) const {}
};

template <class V, class Head, class... Tail>
struct observer_memories<V, observer_list<Head, Tail...>> {
  typename Head::template memory<V> head;
  observer_memories<V, observer_list<Tail...>> tail;

  /// Shows the path to the observers of that schedule.
  template <monitoring Schedule, class Point>
  SPECTRALMC_HOST_DEVICE void look(const observer_list<Head, Tail...>& observers, const Point& point) {
    if constexpr (Head::schedule == Schedule) observers.head.look(head, point);
    tail.template look<Schedule>(observers.tail, point);
  }

  /// Calls store(index, value) for each observer in order; the observer's number of sightings follows from its
  /// schedule.
  template <class Point, class Store>
  SPECTRALMC_HOST_DEVICE void report(const observer_list<Head, Tail...>& observers, Point point, std::uint32_t steps,
                                     std::uint32_t dates, const Store& store, std::uint32_t index) const {
    point.sightings = Head::schedule == monitoring::every_step ? steps : dates;
    store(index, observers.head.value(head, point));
    tail.report(observers.tail, point, steps, dates, store, index + 1);
  }
};

}  // namespace spectralmc
