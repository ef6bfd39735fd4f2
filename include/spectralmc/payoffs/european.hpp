// European options on the value at the last date.
#pragma once

#include <type_traits>

#include "spectralmc/configuration.hpp"
#include "spectralmc/errors.hpp"
#include "spectralmc/market/time_grid.hpp"
#include "spectralmc/numeric/value.hpp"
#include "spectralmc/payoffs/option_terms.hpp"

namespace spectralmc {

/// Pays max(S - strike, 0) at the last date.
struct european_call {
  double strike;
  /// @throws invalid_parameter unless strike >= 0
  explicit european_call(double strike_price) : strike(strike_price) { require_not_negative("strike", strike); }

  /// What exercise brings, be it a loss.
  template <class Path>
  SPECTRALMC_HOST_DEVICE auto exercise(const Path& path) const {
    const auto amount = path.last();
    using V = std::remove_const_t<decltype(amount)>;
    return amount - V(static_cast<scalar_of<V>>(strike));
  }

  template <class Path>
  SPECTRALMC_HOST_DEVICE auto operator()(const Path& path) const {
    return detail::paid(exercise(path));
  }

  /// What is known of the option without any path.
  template <class Market>
  option_terms terms(const Market& asset, const time_grid& grid) const {
    return {true, strike, asset.forward(grid.date(grid.date_count() - 1)), 0};
  }
};

/// Pays max(strike - S, 0) at the last date.
struct european_put {
  double strike;
  /// @throws invalid_parameter unless strike >= 0
  explicit european_put(double strike_price) : strike(strike_price) { require_not_negative("strike", strike); }

  /// What exercise brings, be it a loss.
  template <class Path>
  SPECTRALMC_HOST_DEVICE auto exercise(const Path& path) const {
    const auto amount = path.last();
    using V = std::remove_const_t<decltype(amount)>;
    return V(static_cast<scalar_of<V>>(strike)) - amount;
  }

  template <class Path>
  SPECTRALMC_HOST_DEVICE auto operator()(const Path& path) const {
    return detail::paid(exercise(path));
  }

  /// What is known of the option without any path.
  template <class Market>
  option_terms terms(const Market& asset, const time_grid& grid) const {
    return {false, strike, asset.forward(grid.date(grid.date_count() - 1)), 0};
  }
};

}  // namespace spectralmc
