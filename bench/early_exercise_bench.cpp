// What early exercise from a closed form costs on one core, and how right it is: milliseconds an option, the least of
// several, the error against the same option at a far smaller tolerance, and the error reported.
#include <benchmark/benchmark.h>

#include <cmath>
#include <vector>

#include "american_case.hpp"
#include "least_time.hpp"
#include "measurement.hpp"
#include "spectralmc/spectralmc.hpp"

namespace {

namespace smc = spectralmc;

template <class Price>
void early_exercise(benchmark::State& state, double least_tolerance, const Price& price) {
  static const double exact = price(least_tolerance).value;
  const double tolerance = std::pow(10.0, -static_cast<double>(state.range(0)));
  smc::estimate found;
  double least = 0;
  for (auto _ : state) least = bench::least_ns(0.3, [&] { found = price(tolerance); });
  state.counters["ms"] = 1e-6 * least;
  state.counters["error"] = std::fabs(found.value - exact);
  state.counters["reported"] = found.truncation_error;
}

const smc::black_scholes<double>& black_scholes() {
  static const smc::black_scholes<double> model(smc::market(100, 0.1), {0.2});
  return model;
}
const smc::heston<double>& heston() {
  static const smc::heston<double> model(smc::market(100, 0.1), {0.0625, 5, 0.16, 0.9, 0.1});
  return model;
}

void black_scholes_ten_dates(benchmark::State& state) {
  early_exercise(state, 1e-12, [](double tolerance) {
    return smc::bermudan_price(black_scholes(), smc::option_type::put, 110, smc::equidistant_dates(1, 10), tolerance);
  });
}
void heston_twelve_dates(benchmark::State& state) {
  early_exercise(state, 1e-10, [](double tolerance) {
    return smc::bermudan_price(heston(), smc::option_type::put, 100, smc::equidistant_dates(0.25, 12), tolerance);
  });
}

BENCHMARK(black_scholes_ten_dates)->DenseRange(2, 10)->Iterations(1);
BENCHMARK(heston_twelve_dates)->DenseRange(2, 8)->Iterations(1);

/// To as many digits of the strike: with 10 these are the prices that errors are taken from.
void american(benchmark::State& state) {
  const double tolerance = std::pow(10.0, -static_cast<double>(state.range(0)));
  std::vector<double> prices;
  for (auto _ : state) {
    prices = bench::american_prices([&](const auto& put) { return bench::american_price(put, tolerance); });
  }
  bench::report(state, static_cast<double>(prices.size()), "option");
  state.counters["error"] = bench::american_error(prices);
}
BENCHMARK(american)
    ->Name("american/puts/spectralmc")
    ->ArgName("digits")
    ->Arg(3)
    ->Arg(4)
    ->Arg(6)
    ->Arg(8)
    ->Arg(10)
    ->UseRealTime()
    ->Unit(benchmark::kMicrosecond);

}  // namespace
