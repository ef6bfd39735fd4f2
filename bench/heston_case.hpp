// The market and Heston's model that the library and its peers are measured with.
#pragma once

#include "spectralmc/models/heston.hpp"
#include "spectralmc/models/market.hpp"

namespace bench {

inline constexpr double spot = 100, interest_rate = 0.03, dividend_yield = 0.01;
inline constexpr spectralmc::heston_parameters heston_parameters{0.04, 1.5, 0.05, 0.6, -0.7};

inline spectralmc::market heston_market() { return spectralmc::market(spot, interest_rate, dividend_yield); }

}  // namespace bench
