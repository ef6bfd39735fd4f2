#include <spectralmc/spectralmc.hpp>

#include <spectralmc/execution/cuda.cuh>

#include <cstdio>

double price_on_gpu();
double price_on_gpu() {
  namespace smc = spectralmc;
  try {
    auto plan = smc::simulation{smc::black_scholes<float>(smc::market(100), {0.2}), smc::time_grid::uniform(1, 4)};
    const double price = smc::price(smc::cuda{}, plan, smc::european_call{100}).value;
    std::printf("GPU: %.4f\n", price);
    return price;
  } catch (const smc::cuda_error& error) {
    std::printf("GPU: %s\n", error.what());  // built and linked, which is what is tested here
    return 0;
  }
}
