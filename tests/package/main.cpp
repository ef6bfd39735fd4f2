#include <spectralmc/spectralmc.hpp>

#include <cstdio>

#if defined(USE_CUDA)
double price_on_gpu();
#endif

// The project asks for C++14; the library for C++17.
static_assert(__cplusplus >= 201703L);

int main() {
  namespace smc = spectralmc;
  auto plan = smc::simulation{smc::black_scholes<float>(smc::market(100), {0.2}), smc::time_grid::uniform(1, 4)};
  const double price = smc::price(smc::cpu{}, plan, smc::european_call{100}).value;
  std::printf("CPU: %.4f\n", price);
  bool right = price > 7 && price < 9;
#if defined(USE_CUDA)
  right = right && price_on_gpu() >= 0;
#endif
  return right ? 0 : 1;
}
