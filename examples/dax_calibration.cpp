#include "dax_calibration.hpp"

#include <vector>

#include "spectralmc/calibration/calibration.hpp"

namespace demo {

namespace smc = spectralmc;

calibrated_models calibrate(const smc::market& asset, const std::vector<quote>& quotes) {
  std::vector<smc::option_quote> list;
  for (const quote& q : quotes) list.push_back({q.maturity, q.strike, q.volatility});
  const auto heston = smc::calibrate<smc::heston<double>>(asset, list);
  const auto bates = smc::calibrate<smc::bates<double>>(asset, list);
  return {heston.model.parameters(),
          {heston.error, heston.seconds, heston.evaluations},
          bates.model.parameters(),
          {bates.error, bates.seconds, bates.evaluations}};
}

}  // namespace demo
