// What closed forms cost on one core: options of one maturity, a calibration to the DAX's quotes; an option on two
// assets and how right it is, a calibration and how well it fits.
#include <benchmark/benchmark.h>

#include <cmath>
#include <cstddef>
#include <vector>

#include "dax_quotes.hpp"
#include "heston_case.hpp"
#include "least_time.hpp"
#include "measurement.hpp"
#include "spectralmc/spectralmc.hpp"
#if defined(SPECTRALMC_HAS_EIGEN)
#include "spectralmc/calibration/calibration.hpp"
#endif

namespace {

namespace smc = spectralmc;

/// A maturity of one year with `strikes` options, to 1e-8 of the strike: the coefficients and all prices.
void vanillas(benchmark::State& state) {
  const auto count = static_cast<std::size_t>(state.range(0));
  const smc::heston<double> model(bench::heston_market(), bench::heston_parameters);
  std::vector<double> strikes;
  for (std::size_t i = 0; i < count; ++i) {
    strikes.push_back(60 + 80 * static_cast<double>(i) / static_cast<double>(count));
  }
  for (auto _ : state) {
    const smc::cosine_method options(model, 1, {1e-8});
    benchmark::DoNotOptimize(options.prices(smc::option_type::call, strikes).data());
  }
  bench::report(state, static_cast<double>(count), "option");
}
BENCHMARK(vanillas)
    ->Name("vanillas/heston/spectralmc")
    ->ArgName("strikes")
    ->RangeMultiplier(10)
    ->Range(1, 10000)
    ->UseRealTime()
    ->Unit(benchmark::kMicrosecond);

/// The right to exchange two assets with a correlation in hundredths, by their joint law to a tolerance in digits, and
/// its error against Margrabe, W. (1978), The value of an option to exchange one asset for another, J. Finance 33(1).
void exchange_option(benchmark::State& state) {
  const double correlation = 0.01 * static_cast<double>(state.range(0)),
               tolerance = std::pow(10.0, -static_cast<double>(state.range(1)));
  const smc::several_assets pair({{1, correlation}, {correlation, 1}},
                                 smc::black_scholes<double>(smc::market(100), {0.3}),
                                 smc::black_scholes<double>(smc::market(90), {0.2}));
  smc::estimate found;
  double least = 0;
  for (auto _ : state) {
    least = bench::least_ns(0.1, [&] {
      const smc::joint_expansion_settings settings{0.01 * tolerance, tolerance};
      found = smc::joint_distribution(smc::joint_characteristic_function<0, 1>(pair, 1.0, settings)).exchange_option();
    });
  }
  const double exact =
      smc::black_price(smc::option_type::call, 100, 90, std::sqrt(0.13 - 0.12 * correlation), 1.0, 1.0);
  state.counters["ms"] = 1e-6 * least;
  state.counters["error"] = std::fabs(found.value - exact);
  state.counters["reported"] = found.truncation_error;
}
BENCHMARK(exchange_option)->ArgsProduct({{0, 50, 90, 99}, {2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}})->Iterations(1);

#if defined(SPECTRALMC_HAS_EIGEN)
/// A model from a neutral start to 104 volatilities at eight maturities that Bates' model has, in so many evaluations.
template <class Model>
void calibration(benchmark::State& state) {
  const smc::market asset(4468, 0.036);
  const smc::bates<double> truth(asset, {{0.15, 4, 0.09, 0.9, -0.7}, {1.5, -0.08, 0.06}});
  std::vector<smc::option_quote> quotes;
  for (const double days : {13, 41, 75, 165, 256, 345, 524, 703}) {
    const smc::cosine_method options(truth, days / 365);
    for (double strike = 3400; strike <= 5800; strike += 200) {
      const smc::option_type type = strike < options.forward() ? smc::option_type::put : smc::option_type::call;
      quotes.push_back(smc::option_quote::from_price(type, options.price(type, strike), strike, days / 365, asset));
    }
  }
  auto settings = smc::default_calibration<Model>();
  settings.largest_evaluations = static_cast<std::size_t>(state.range(0));
  double error = 0, least = 0;
  for (auto _ : state) {
    least = bench::least_ns(0.1, [&] { error = smc::calibrate<Model>(asset, quotes, settings).error; });
  }
  state.counters["ms"] = 1e-6 * least;
  state.counters["error"] = error;
}
BENCHMARK_TEMPLATE(calibration, smc::heston<double>)->DenseRange(1, 8)->Iterations(1);
BENCHMARK_TEMPLATE(calibration, smc::bates<double>)->DenseRange(1, 8)->Iterations(1);

/// To the DAX's quotes from the neutral start.
template <class Model>
void dax_calibration(benchmark::State& state) {
  std::vector<double> times, zero_rates;
  std::vector<smc::option_quote> quotes;
  for (const bench::dax_quote& quote : bench::dax_quotes()) {
    const double time = quote.days / 365.0;
    if (times.empty() || time > times.back()) {
      times.push_back(time);
      zero_rates.push_back(quote.rate);
    }
    quotes.push_back({time, quote.strike, quote.volatility});
  }
  const smc::market asset(bench::dax_spot, times, zero_rates);
  double error = 0;
  for (auto _ : state) error = smc::calibrate<Model>(asset, quotes).error;
  bench::report(state, 1, "calibration");
  state.counters["error_in_volatility_points"] = 100 * error;
}
BENCHMARK_TEMPLATE(dax_calibration, smc::heston<double>)
    ->Name("calibration/heston_dax/spectralmc")
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK_TEMPLATE(dax_calibration, smc::bates<double>)
    ->Name("calibration/bates_dax/spectralmc")
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);
#endif

}  // namespace
