// What the fused path loop costs, on one core: its normals alone, a step, and a sample of the empirical characteristic
// function, by direct sums and by way of a grid. Cycles are those of the time-stamp counter (reference cycles, not the
// boosted clock's).
#include <benchmark/benchmark.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "spectralmc/spectralmc.hpp"

#if defined(__x86_64__) || defined(__i386__)
#include <x86intrin.h>
#endif

namespace {

namespace smc = spectralmc;

constexpr std::uint32_t steps = 252;
constexpr std::uint64_t paths = 16 * smc::chunk_paths;

std::uint64_t cycles_now() {
#if defined(__x86_64__) || defined(__i386__)
  return __rdtsc();
#else
  return 0;
#endif
}

/// Reports cycles and nanoseconds for each of `items` a run.
template <class Body>
void measure_each(benchmark::State& state, double items, const char* what, Body&& body) {
  std::uint64_t cycles = 0;
  for (auto _ : state) {
    const std::uint64_t begin = cycles_now();
    body();
    cycles += cycles_now() - begin;
  }
  const double count = items * static_cast<double>(state.iterations());
  state.counters[std::string("cycles/") + what] = static_cast<double>(cycles) / count;
  state.counters[std::string(what) + "s/s"] = benchmark::Counter(count, benchmark::Counter::kIsRate);
}

/// Keeps a pack without storing it.
template <class V>
void keep(V& value) {
#if defined(__GNUC__) && (defined(SPECTRALMC_LANES_AVX512) || defined(SPECTRALMC_LANES_AVX2))
  asm volatile("" : : "x"(value.value));
#else
  benchmark::DoNotOptimize(value);
#endif
}

smc::market market() { return smc::market(100, 0.05, 0.02); }

template <class Real>
smc::simulation<smc::black_scholes<Real>> black_scholes_plan() {
  return smc::simulation{smc::black_scholes<Real>(market(), {0.2}), smc::time_grid::uniform(1, steps)}.paths(paths);
}

template <class Real>
void normals_alone(benchmark::State& state) {
  using V = smc::lanes<Real, smc::native_lane_count<Real>>;
  measure_each(state, static_cast<double>(paths) * steps, "normal", [] {
    for (std::uint64_t path = 0; path < paths; path += smc::lane_count<V>) {
      const smc::numbers<V> source(1, path, 0);
      for (std::uint32_t block = 0; block < steps / 4; ++block) {
        const auto drawn = source.draw(block);
        for (int i = 0; i < 4; ++i) {
          V normal = drawn.normal(i);
          keep(normal);
        }
      }
    }
  });
}

template <class Plan>
void price_call(benchmark::State& state, const Plan& plan) {
  measure_each(state, static_cast<double>(paths) * steps, "step",
               [&] { benchmark::DoNotOptimize(smc::price(smc::cpu{1}, plan, smc::european_call{100})); });
}

template <class Real>
void black_scholes(benchmark::State& state) {
  price_call(state, black_scholes_plan<Real>());
}

template <class Real, class Scheme>
void heston(benchmark::State& state) {
  const smc::heston<Real, Scheme> model(market(), {0.04, 1.5, 0.04, 0.5, -0.6});
  price_call(state, smc::simulation{model, smc::time_grid::uniform(1, steps)}.paths(paths));
}

/// The sums of `frequencies` frequencies over one date's samples, apart from the paths. Spread to a grid, a sample
/// costs the same for any number.
template <class Real, smc::summation method>
void empirical(benchmark::State& state) {
  const auto frequencies = static_cast<std::uint32_t>(state.range(0));
  auto plan = black_scholes_plan<Real>();
  plan.terms(frequencies / 2).summed_by(method);
  const auto item = smc::spectrum_of(smc::log_return{}).prepare(plan);
  const smc::path_tables<smc::black_scholes<Real>> tables(plan, false);
  const smc::chunk_memory<Real> memory(tables.program(), 1);
  smc::observe_chunk(tables.program(), smc::observer_list<smc::log_return>{}, 0, smc::chunk_paths, memory);
  auto workspace = item.make_workspace();
  std::vector<double> totals(item.total_size());
  measure_each(state, static_cast<double>(smc::chunk_paths), "sample", [&] {
    item.add({memory.observed.get(), 1, smc::chunk_paths}, 0, workspace, totals.data());
    benchmark::DoNotOptimize(totals.data());
  });
}

BENCHMARK_TEMPLATE(normals_alone, float);
BENCHMARK_TEMPLATE(normals_alone, double);
BENCHMARK_TEMPLATE(black_scholes, float);
BENCHMARK_TEMPLATE(black_scholes, double);
BENCHMARK_TEMPLATE(heston, float, smc::quadratic_exponential);
BENCHMARK_TEMPLATE(heston, double, smc::quadratic_exponential);
BENCHMARK_TEMPLATE(heston, float, smc::full_truncation_euler);
BENCHMARK_TEMPLATE(heston, float, smc::inverse_gaussian_integral);
BENCHMARK_TEMPLATE(empirical, float, smc::summation::direct)->RangeMultiplier(2)->Range(64, 1024);
BENCHMARK_TEMPLATE(empirical, float, smc::summation::nonuniform)->RangeMultiplier(2)->Range(64, 4096);
BENCHMARK_TEMPLATE(empirical, double, smc::summation::direct)->RangeMultiplier(2)->Range(64, 1024);
BENCHMARK_TEMPLATE(empirical, double, smc::summation::nonuniform)->RangeMultiplier(2)->Range(64, 4096);

}  // namespace

BENCHMARK_MAIN();
