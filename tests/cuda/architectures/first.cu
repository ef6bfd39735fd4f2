// Compiled for one list of architectures; second.cu for another. Both run the same plan: neither may use the other's
// kernels, so the names that they see must differ.
#include "spectralmc/execution/cuda.cuh"
#include "spectralmc/spectralmc.hpp"

#define SPECTRALMC_TEXT_OF(x) #x
#define SPECTRALMC_TEXT(x) SPECTRALMC_TEXT_OF(x)

const char* first_name() { return SPECTRALMC_TEXT(SPECTRALMC_INSTRUCTION_SET); }

double first_run() {
  namespace smc = spectralmc;
  auto plan = smc::simulation{smc::black_scholes<float>(smc::market(100), {0.2}), smc::time_grid::uniform(1, 4)};
  return smc::price(smc::cuda{}, plan, smc::european_call{100}).value;
}
