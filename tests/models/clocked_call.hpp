// Prices under models that are a Brownian motion run by a random clock.
#pragma once

#include <cmath>

#include "reference_formulas.hpp"

namespace spectralmc::reference {

/// A call of a Brownian motion with drift run by a clock: given the clock the asset is lognormal. The integral over the
/// clock's law by the trapezoidal rule in its logarithm.
template <class LogDensity>
number call_over_clock(number theta, number sigma, number omega, const LogDensity& log_density, number forward,
                       number strike, number time) {
  constexpr number step = 1.0L / 64;
  number sum = 0;
  for (int j = -64 * 400; j <= 64 * 12; ++j) {
    const number y = step * static_cast<number>(j), clock = std::exp(y);
    const number log_weight = log_density(clock) + y;
    if (log_weight < -60) continue;
    const number f = forward * std::exp(omega * time + (theta + sigma * sigma / 2) * clock);
    sum += std::exp(log_weight) * black(1, f, strike, sigma * std::sqrt(clock));
  }
  return sum * step;
}

}  // namespace spectralmc::reference
