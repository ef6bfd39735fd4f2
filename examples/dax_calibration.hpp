// Heston's and Bates' models calibrated to quoted volatilities. Apart from the demo, so that a compiler of CUDA does
// not meet Eigen.
#pragma once

#include <cstddef>
#include <vector>

#include "spectralmc/market/market.hpp"
#include "spectralmc/models/bates.hpp"
#include "spectralmc/models/heston.hpp"

namespace demo {

struct quote {
  double maturity, strike, volatility;
};

struct fit {
  double error, seconds;  // root mean square of the volatilities' differences
  std::size_t evaluations;
};

struct calibrated_models {
  spectralmc::heston_parameters heston;
  fit heston_fit;
  spectralmc::bates_parameters bates;
  fit bates_fit;
};

/// From the library's neutral start.
calibrated_models calibrate(const spectralmc::market& asset, const std::vector<quote>& quotes);

}  // namespace demo
