// Options on the arithmetic mean over the dates.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "spectralmc/configuration.hpp"
#include "spectralmc/errors.hpp"
#include "spectralmc/market/time_grid.hpp"
#include "spectralmc/numeric/value.hpp"
#include "spectralmc/payoffs/option_terms.hpp"

namespace spectralmc {

namespace detail {

template <class Path>
SPECTRALMC_HOST_DEVICE auto mean_over_dates(const Path& path) {
  auto sum = path[0];
  using V = decltype(sum);
  for (std::uint32_t date = 1; date < path.size(); ++date) sum = sum + path[date];
  return sum / V(static_cast<scalar_of<V>>(path.size()));
}

template <class Market>
double mean_forward(const Market& asset, const time_grid& grid) {
  const std::size_t dates = grid.date_count();
  double sum = 0;
  for (std::size_t date = 0; date < dates; ++date) sum += asset.forward(grid.date(date));
  return sum / static_cast<double>(dates);
}

}  // namespace detail

/// Pays max(A - strike, 0) at the last date, A the arithmetic mean of S over all dates of the grid.
struct asian_call {
  double strike;
  /// @throws invalid_parameter unless strike >= 0
  explicit asian_call(double strike_price) : strike(strike_price) { require_not_negative("strike", strike); }

  /// What exercise brings, be it a loss.
  template <class Path>
  SPECTRALMC_HOST_DEVICE auto exercise(const Path& path) const {
    const auto amount = detail::mean_over_dates(path);
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
    return {true, strike, detail::mean_forward(asset, grid), static_cast<double>(grid.date_count())};
  }
};

/// Pays max(strike - A, 0) at the last date, A the arithmetic mean of S over all dates of the grid.
struct asian_put {
  double strike;
  /// @throws invalid_parameter unless strike >= 0
  explicit asian_put(double strike_price) : strike(strike_price) { require_not_negative("strike", strike); }

  /// What exercise brings, be it a loss.
  template <class Path>
  SPECTRALMC_HOST_DEVICE auto exercise(const Path& path) const {
    const auto amount = detail::mean_over_dates(path);
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
    return {false, strike, detail::mean_forward(asset, grid), static_cast<double>(grid.date_count())};
  }
};

}  // namespace spectralmc
