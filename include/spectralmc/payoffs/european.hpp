// European options on the value at the last date.
#pragma once

#include <type_traits>

#include "spectralmc/configuration.hpp"
#include "spectralmc/errors.hpp"
#include "spectralmc/numeric/value.hpp"

namespace spectralmc {

/// Pays max(S - strike, 0) at the last date.
struct european_call {
  double strike;
  /// @throws invalid_parameter unless strike >= 0
  explicit european_call(double strike_price) : strike(strike_price) { require_not_negative("strike", strike); }

  template <class Path>
  SPECTRALMC_HOST_DEVICE auto operator()(const Path& path) const {
    const auto s = path.last();
    using V = std::remove_const_t<decltype(s)>;
    return maximum(V(scalar_of<V>(0)), s - V(static_cast<scalar_of<V>>(strike)));
  }
};

/// Pays max(strike - S, 0) at the last date.
struct european_put {
  double strike;
  /// @throws invalid_parameter unless strike >= 0
  explicit european_put(double strike_price) : strike(strike_price) { require_not_negative("strike", strike); }

  template <class Path>
  SPECTRALMC_HOST_DEVICE auto operator()(const Path& path) const {
    const auto s = path.last();
    using V = std::remove_const_t<decltype(s)>;
    return maximum(V(scalar_of<V>(0)), V(static_cast<scalar_of<V>>(strike)) - s);
  }
};

}  // namespace spectralmc
