// What a payoff is shown of a path, and what a function object must be to be a payoff.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <type_traits>
#include <utility>

#include "spectralmc/configuration.hpp"
#include "spectralmc/errors.hpp"
#include "spectralmc/market/market.hpp"
#include "spectralmc/market/time_grid.hpp"
#include "spectralmc/member_names.hpp"
#include "spectralmc/numeric/lanes.hpp"
#include "spectralmc/numeric/strided.hpp"
#include "spectralmc/numeric/value.hpp"
#include "spectralmc/paths/observer.hpp"
#include "spectralmc/paths/partial_sums.hpp"

namespace spectralmc {

namespace detail {

/// How often an observer is in a list.
template <class Observer, class... Observers>
constexpr std::size_t times_in(const observer_list<Observers...>*) {
  return (std::size_t{std::is_same_v<Observer, Observers>} + ... + 0);
}
/// Where it is first.
template <class Observer, class... Observers>
constexpr std::size_t place_in(const observer_list<Observers...>*) {
  std::size_t place = 0;
  static_cast<void>(((std::is_same_v<Observer, Observers> || (++place, false)) || ...));
  return place;
}

struct observed_rows;

}  // namespace detail

/// What a payoff is shown: the observed values of one path (of a pack of paths, in its lanes), by observer and date.
/// For a date that is none, a number from 0 to size() - 1, it throws invalid_parameter; on a GPU, where nothing can be
/// thrown, it shows NaN, which no answer takes in.
template <class V, class Observers = observer_list<spot>>
class observed_path {
 public:
  using real = scalar_of<V>;

  SPECTRALMC_HOST_DEVICE observed_path(const real* values, const real* growth, std::uint32_t dates)
      : values_(values), growth_(growth), dates_(dates) {}

  /// Number of dates.
  SPECTRALMC_HOST_DEVICE std::uint32_t size() const { return dates_; }

  /// What the first observer saw at that date, 0 <= date < size(); S(t) unless the payoff names other observers.
  SPECTRALMC_HOST_DEVICE V operator[](std::uint32_t date) const { return known_row(0, date); }

  /// What the observer of that type in the payoff's list saw at that date; its value does not matter.
  template <class Observer>
  SPECTRALMC_HOST_DEVICE V of(const Observer& /*observer*/, std::uint32_t date) const {
    constexpr const Observers* list = nullptr;
    static_assert(detail::times_in<Observer>(list) != 0,
                  "SpectralMC: the payoff's list, its member type observers, does not name this observer "
                  "(docs/architecture.md, A payoff)");
    static_assert(detail::times_in<Observer>(list) < 2,
                  "SpectralMC: the payoff's list names this observer more than once: say at<place>(date) "
                  "(docs/architecture.md, A payoff)");
    return known_row(detail::place_in<Observer>(list), date);
  }

  /// What the observer at that place of the payoff's list saw at that date.
  template <std::size_t Place>
  SPECTRALMC_HOST_DEVICE V at(std::uint32_t date) const {
    static_assert(Place < Observers::size,
                  "SpectralMC: the payoff's list, its member type observers, has no such place "
                  "(docs/architecture.md, A payoff)");
    return known_row(Place, date);
  }

  /// What the first observer saw at the last date.
  SPECTRALMC_HOST_DEVICE V last() const { return row(0, dates_ - 1); }

  /// What one unit of currency paid at that date has grown to at the last: multiply early payments by it.
  SPECTRALMC_HOST_DEVICE real growth(std::uint32_t date) const { return is_date(date) ? growth_[date] : real(nothing); }

 private:
  friend detail::observed_rows;
  static constexpr real nothing = std::numeric_limits<real>::quiet_NaN();

  /// @throws invalid_parameter on the host
  SPECTRALMC_HOST_DEVICE bool is_date(std::uint32_t date) const {
#if !defined(__CUDA_ARCH__)
    require(date < dates_, "date", std::uint64_t{date}, "one of the path's dates, 0 to size() - 1");
#endif
    return date < dates_;
  }
  SPECTRALMC_HOST_DEVICE V known_row(std::size_t observer, std::uint32_t date) const {
    return is_date(date) ? row(observer, date) : V(real(nothing));
  }
  SPECTRALMC_HOST_DEVICE V row(std::size_t observer, std::uint32_t date) const {
    return load<V>(values_ + (observer * dates_ + date) * chunk_paths);
  }

  const real* values_;
  const real* growth_;
  std::uint32_t dates_;
};

namespace detail {

SPECTRALMC_NAMES_MEMBER(observers)
SPECTRALMC_NAMES_MEMBER(terms)

template <class Payoff, class = void>
struct observers_of {
  using type = observer_list<spot>;
};
template <class Payoff>
struct observers_of<Payoff, std::void_t<typename Payoff::observers>> {
  using type = typename Payoff::observers;
};

template <class Payoff, class = void>
struct has_option_terms : std::false_type {};
template <class Payoff>
struct has_option_terms<Payoff, std::void_t<decltype(std::declval<const Payoff&>().terms(
                                    std::declval<const market&>(), std::declval<const time_grid&>()))>>
    : std::true_type {};

template <class Payoff, class V>
using path_of = observed_path<V, typename observers_of<Payoff>::type>;

/// What a payoff returns.
template <class Payoff, class V>
using amount_of = decltype(std::declval<const Payoff&>()(std::declval<const path_of<Payoff, V>&>()));
template <class Payoff>
using observers_form = observer_list<typename Payoff::observers>;
/// What `observers` is called by mistake.
template <class Payoff>
using singular_form = typename Payoff::observer;
template <class Payoff>
using capital_form = typename Payoff::Observers;
template <class T>
struct is_observer_list : std::false_type {};
template <class... Observers>
struct is_observer_list<observer_list<Observers...>> : std::bool_constant<sizeof...(Observers) != 0> {};

template <class Payoff, class V>
using exercise_form = decltype(V(std::declval<const Payoff&>().exercise(std::declval<const path_of<Payoff, V>&>())));

/// What a function object must be to be a payoff of paths in V, in words.
template <class Payoff, class V>
constexpr bool check_payoff() {
  static_assert(!names_observers<Payoff>::value || valid<observers_form, Payoff>,
                "SpectralMC: a payoff's observers is a type, using observers = observer_list<...> "
                "(docs/architecture.md, A payoff)");
  static_assert(names_observers<Payoff>::value || !(valid<singular_form, Payoff> || valid<capital_form, Payoff>),
                "SpectralMC: a payoff's list of observers is called observers (docs/architecture.md, A payoff)");
  static_assert(is_observer_list<typename observers_of<Payoff>::type>::value,
                "SpectralMC: a payoff's observers is an observer_list of one observer or more "
                "(docs/architecture.md, A payoff)");
  static_assert(!names_terms<Payoff>::value || has_option_terms<Payoff>::value,
                "SpectralMC: a payoff's terms is option_terms terms(const market&, const time_grid&) const "
                "(requests/value_of.hpp, value_of)");
  static_assert(!has_option_terms<Payoff>::value || valid<exercise_form, Payoff, V>,
                "SpectralMC: a payoff with option_terms has exercise(path), what exercise brings, a V "
                "(requests/value_of.hpp, value_of)");
  static_assert(valid<amount_of, Payoff, V>,
                "SpectralMC: a payoff is called with a const observed_path<V, observers>&, best as a template over the "
                "path's type (docs/architecture.md, A payoff)");
  if constexpr (valid<amount_of, Payoff, V>) {
    static_assert(std::is_constructible_v<V, amount_of<Payoff, V>>,
                  "SpectralMC: a payoff returns the amount paid, a V (docs/architecture.md, A payoff)");
  }
  return true;
}

struct observed_rows {
  /// 0, or NaN where anything observed is not finite.
  template <class V, class Observers>
  SPECTRALMC_HOST_DEVICE static V difference_of(const observed_path<V, Observers>& path) {
    V nothing(scalar_of<V>(0));
    for (std::size_t observer = 0; observer < Observers::size; ++observer) {
      for (std::uint32_t date = 0; date < path.size(); ++date) {
        const V x = path.row(observer, date);
        nothing = nothing + (x - x);
      }
    }
    return nothing;
  }
};

/// What a path pays, of an option with known terms what its exercise brings; NaN where anything observed on it is not
/// finite, whatever the payoff makes of that.
template <class V, class Payoff>
SPECTRALMC_HOST_DEVICE V pay(const Payoff& payoff, const path_of<Payoff, V>& path) {
  const V nothing = observed_rows::difference_of(path);
  if constexpr (has_option_terms<Payoff>::value) {
    return V(payoff.exercise(path)) + nothing;
  } else {
    return V(payoff(path)) + nothing;
  }
}

}  // namespace detail

}  // namespace spectralmc
