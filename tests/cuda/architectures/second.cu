// The counterpart of first.cu, compiled for a longer list of architectures.
#include "spectralmc/execution/cuda.cuh"
#include "spectralmc/spectralmc.hpp"

#define SPECTRALMC_TEXT_OF(x) #x
#define SPECTRALMC_TEXT(x) SPECTRALMC_TEXT_OF(x)

const char* second_name() { return SPECTRALMC_TEXT(SPECTRALMC_INSTRUCTION_SET); }

double second_run() {
  namespace smc = spectralmc;
  auto plan = smc::simulation{smc::black_scholes<float>(smc::market(100), {0.2}), smc::time_grid::uniform(1, 4)};
  return smc::price(smc::cuda{}, plan, smc::european_call{100}).value;
}
