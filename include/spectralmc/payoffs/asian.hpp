// Options on the arithmetic mean over the dates.
#pragma once

#include <cstdint>
#include <type_traits>

#include "spectralmc/configuration.hpp"
#include "spectralmc/errors.hpp"
#include "spectralmc/numeric/value.hpp"

namespace spectralmc {

namespace detail {

template <class Path>
SPECTRALMC_HOST_DEVICE auto mean_over_dates(const Path& path) {
  auto sum = path[0];
  using V = decltype(sum);
  for (std::uint32_t date = 1; date < path.size(); ++date) sum = sum + path[date];
  return sum / V(static_cast<scalar_of<V>>(path.size()));
}

}  // namespace detail

/// Pays max(A - strike, 0) at the last date, A the arithmetic mean of S over all dates of the grid.
struct asian_call {
  double strike;
  /// @throws invalid_parameter unless strike >= 0
  explicit asian_call(double strike_price) : strike(strike_price) { require_not_negative("strike", strike); }

  template <class Path>
  SPECTRALMC_HOST_DEVICE auto operator()(const Path& path) const {
    const auto mean = detail::mean_over_dates(path);
    using V = std::remove_const_t<decltype(mean)>;
    return maximum(V(scalar_of<V>(0)), mean - V(static_cast<scalar_of<V>>(strike)));
  }
};

/// Pays max(strike - A, 0) at the last date, A the arithmetic mean of S over all dates of the grid.
struct asian_put {
  double strike;
  /// @throws invalid_parameter unless strike >= 0
  explicit asian_put(double strike_price) : strike(strike_price) { require_not_negative("strike", strike); }

  template <class Path>
  SPECTRALMC_HOST_DEVICE auto operator()(const Path& path) const {
    const auto mean = detail::mean_over_dates(path);
    using V = std::remove_const_t<decltype(mean)>;
    return maximum(V(scalar_of<V>(0)), V(static_cast<scalar_of<V>>(strike)) - mean);
  }
};

}  // namespace spectralmc
