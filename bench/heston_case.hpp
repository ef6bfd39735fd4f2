// The market and Heston's model that the library and its peers are measured with.
#pragma once

#include <cmath>
#include <cstddef>
#include <vector>

#include "spectralmc/market/market.hpp"
#include "spectralmc/models/heston.hpp"
#include "spectralmc/pricing/cosine_method.hpp"

namespace bench {

inline constexpr double spot = 100, interest_rate = 0.03, dividend_yield = 0.01;
inline constexpr spectralmc::heston_parameters heston_parameters{0.04, 1.5, 0.05, 0.6, -0.7};

inline spectralmc::market heston_market() { return spectralmc::market(spot, interest_rate, dividend_yield); }

/// Calls of a year, as closed forms are measured with: strikes from 60 to 140.
inline std::vector<double> vanilla_strikes(std::size_t count) {
  std::vector<double> strikes;
  for (std::size_t i = 0; i < count; ++i) {
    strikes.push_back(60 + 80 * static_cast<double>(i) / static_cast<double>(count));
  }
  return strikes;
}

/// The largest error of their prices.
inline double vanilla_error(const std::vector<double>& prices) {
  const spectralmc::heston<double> model(heston_market(), heston_parameters);
  const std::vector<double> exact = spectralmc::cosine_method(model, 1, {1e-13})
                                        .prices(spectralmc::option_type::call, vanilla_strikes(prices.size()));
  double error = 0;
  for (std::size_t i = 0; i < prices.size(); ++i) error = std::fmax(error, std::fabs(prices[i] - exact[i]));
  return error;
}

}  // namespace bench
