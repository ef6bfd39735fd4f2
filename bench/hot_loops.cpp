// The loops that a user's time goes to, each a small fixed amount of work in a function of its own, whose instructions
// tools/bench_check.py has counted by callgrind: they are the same however busy the machine is. usage: hot_loops NAME
#include <complex>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <vector>

#include "spectralmc/spectralmc.hpp"

namespace smc = spectralmc;

namespace {

/// What a loop comes to, so that nothing of it can be left out.
double result = 0;

constexpr std::uint64_t paths = smc::chunk_paths;
constexpr std::uint32_t steps = 64;

smc::market asset() { return smc::market(100, 0.03, 0.01); }

template <class Model>
auto plan_of(const Model& model) {
  return smc::simulation{model, smc::time_grid::dates({1.0}, 1.0 / steps)}.paths(paths);
}
template <class Real>
auto black_scholes() {
  return plan_of(smc::black_scholes<Real>(asset(), {0.2}));
}
template <class Real>
auto heston() {
  return plan_of(smc::heston<Real>(asset(), {0.04, 1.5, 0.05, 0.6, -0.7}));
}
const auto spectrum = smc::spectrum_of(smc::log_return{}).terms(32);
template <class Plan>
void simulate(const Plan& plan) {
  result += smc::price(smc::cpu{1}, plan, smc::asian_call{100}).value;
}

}  // namespace

// Names that callgrind is told to count in. What they are called with is made before.
extern "C" {
[[gnu::noinline]] void count_black_scholes_float(const void* plan) {
  simulate(*static_cast<const decltype(black_scholes<float>())*>(plan));
}
[[gnu::noinline]] void count_black_scholes_double(const void* plan) {
  simulate(*static_cast<const decltype(black_scholes<double>())*>(plan));
}
[[gnu::noinline]] void count_heston_float(const void* plan) {
  simulate(*static_cast<const decltype(heston<float>())*>(plan));
}
[[gnu::noinline]] void count_heston_double(const void* plan) {
  simulate(*static_cast<const decltype(heston<double>())*>(plan));
}
[[gnu::noinline]] void count_spectrum_float(const void* plan) {
  const auto& given = *static_cast<const decltype(black_scholes<float>())*>(plan);
  result += smc::characteristic_function(smc::cpu{1}, given, spectrum)[0].values()[1].re;
}
[[gnu::noinline]] void count_spectrum_double(const void* plan) {
  const auto& given = *static_cast<const decltype(black_scholes<double>())*>(plan);
  result += smc::characteristic_function(smc::cpu{1}, given, spectrum)[0].values()[1].re;
}
[[gnu::noinline]] void count_vanillas(const void* strikes) {
  const smc::heston<double> model(asset(), {0.04, 1.5, 0.05, 0.6, -0.7});
  const smc::cosine_method options(model, 1, {1e-8});
  result += options.prices(smc::option_type::call, *static_cast<const std::vector<double>*>(strikes))[0];
}
[[gnu::noinline]] void count_fourier_transform(const void* plan) {
  const auto& transform = *static_cast<const smc::fourier_transform<double>*>(plan);
  std::vector<std::complex<double>> numbers(transform.size(), {1, -1});
  transform.forward(smc::cpu{1}, numbers.data(), numbers.data());
  result += numbers[0].real();
}
[[gnu::noinline]] void count_nonuniform_transform(const void* points) {
  const auto& x = *static_cast<const std::vector<double>*>(points);
  const std::vector<std::complex<double>> strengths(x.size(), {1, 0});
  std::vector<std::complex<double>> sums(1024);
  const smc::nonuniform_fourier_transform<double> transform(sums.size(), 1e-9);
  transform.type1(smc::cpu{1}, x.data(), strengths.data(), x.size(), sums.data());
  result += sums[1].real();
}
}

int main(int count, char** arguments) {
  const auto black_scholes_float = black_scholes<float>();
  const auto black_scholes_double = black_scholes<double>();
  const auto heston_float = heston<float>();
  const auto heston_double = heston<double>();
  std::vector<double> strikes, points;
  for (int i = 0; i < 1000; ++i) strikes.push_back(60 + 0.08 * i);
  for (int i = 0; i < 1 << 14; ++i) points.push_back(0.001 * i * i);
  const smc::fourier_transform<double> transform(4096);

  const struct {
    const char* name;
    void (*body)(const void*);
    const void* with;
  } loops[] = {
      {"black_scholes_float", count_black_scholes_float, &black_scholes_float},
      {"black_scholes_double", count_black_scholes_double, &black_scholes_double},
      {"heston_float", count_heston_float, &heston_float},
      {"heston_double", count_heston_double, &heston_double},
      {"spectrum_float", count_spectrum_float, &black_scholes_float},
      {"spectrum_double", count_spectrum_double, &black_scholes_double},
      {"vanillas", count_vanillas, &strikes},
      {"fourier_transform", count_fourier_transform, &transform},
      {"nonuniform_transform", count_nonuniform_transform, &points},
  };
  if (count == 2 && std::strcmp(arguments[1], "--list") == 0) {
    for (const auto& loop : loops) std::printf("%s\n", loop.name);
    return 0;
  }
  for (const auto& loop : loops) {
    if (count == 2 && std::strcmp(arguments[1], loop.name) == 0) {
      loop.body(loop.with);
      std::printf("%s: %.17g\n", loop.name, result);
      return 0;
    }
  }
  std::fprintf(stderr, "usage: hot_loops NAME, or --list for the names\n");
  return 2;
}
