// What closed forms cost on one core: the coefficients of one maturity, a strike, a calibration.
#include <benchmark/benchmark.h>

#include <cstddef>
#include <vector>

#include "spectralmc/spectralmc.hpp"
#if defined(SPECTRALMC_HAS_EIGEN)
#include "spectralmc/calibration/calibration.hpp"
#endif

namespace {

namespace smc = spectralmc;

const smc::heston_parameters heston{0.04, 1.5, 0.05, 0.5, -0.7};

/// A maturity of one year with `strikes` options, to 1e-8 of the strike: the coefficients and all prices.
void vanillas(benchmark::State& state) {
  const auto count = static_cast<std::size_t>(state.range(0));
  const smc::heston<double> model(smc::market(100, 0.03, 0.01), heston);
  std::vector<double> strikes;
  for (std::size_t i = 0; i < count; ++i) {
    strikes.push_back(60 + 80 * static_cast<double>(i) / static_cast<double>(count));
  }
  for (auto _ : state) {
    const smc::cosine_method options(model, 1, {1e-8});
    benchmark::DoNotOptimize(options.prices(smc::option_type::call, strikes).data());
  }
  state.counters["options/s"] =
      benchmark::Counter(static_cast<double>(count * state.iterations()), benchmark::Counter::kIsRate);
}
BENCHMARK(vanillas)->Arg(1)->Arg(10)->Arg(100)->Arg(1000)->Arg(10000);

#if defined(SPECTRALMC_HAS_EIGEN)
/// Heston's model to 104 volatilities at eight maturities that Heston's model has, from a neutral start.
void calibration(benchmark::State& state) {
  const smc::market asset(4468, 0.036);
  const smc::heston<double> truth(asset, {0.19, 15.6, 0.075, 3.3, -0.51});
  std::vector<smc::option_quote> quotes;
  for (const double days : {13, 41, 75, 165, 256, 345, 524, 703}) {
    const smc::cosine_method options(truth, days / 365);
    for (double strike = 3400; strike <= 5800; strike += 200) {
      const smc::option_type type = strike < options.forward() ? smc::option_type::put : smc::option_type::call;
      quotes.push_back(smc::option_quote::from_price(type, options.price(type, strike), strike, days / 365, asset));
    }
  }
  for (auto _ : state) benchmark::DoNotOptimize(smc::calibrate<smc::heston<double>>(asset, quotes).error);
  state.counters["evaluations"] = static_cast<double>(smc::calibrate<smc::heston<double>>(asset, quotes).evaluations);
}
BENCHMARK(calibration)->Unit(benchmark::kMillisecond);
#endif

}  // namespace
