// Empirical characteristic functions: the sums over samples that are there, by direct summation and by way of a grid;
// and fused with the paths, for several dates and frequencies. Paths that are stored instead, against the memory.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "heston_case.hpp"
#include "limits.hpp"
#include "measurement.hpp"
#include "spectralmc/spectralmc.hpp"

namespace {

namespace smc = spectralmc;

constexpr std::uint32_t steps = 252;

template <class Real>
auto black_scholes_plan(std::uint32_t dates, std::uint64_t paths) {
  const smc::black_scholes<Real> model(bench::heston_market(), {0.2});
  return smc::simulation{model, smc::time_grid::dates(smc::equidistant_dates(1.0, dates))}.paths(paths);
}

/// Operations that a sample takes for its sums. Directly four fused ones a frequency: two go to the sums and two make
/// the next frequency's sine and cosine. By way of a grid, for any number of frequencies, the polynomials of the kernel
/// at the grid points that the sample goes to, and an addition to each.
template <class Real>
double operations_a_sample(smc::summation method, std::uint32_t frequencies) {
  if (method == smc::summation::direct) return 8.0 * frequencies;
  const double grid = std::exp2(std::ceil(std::log2(4.0 * frequencies)));
  const smc::spreading_kernel<Real> kernel(sizeof(Real) == sizeof(float) ? 1e-6 : 1e-12, grid / (2.0 * frequencies));
  return static_cast<double>(kernel.width()) * (2.0 * static_cast<double>(kernel.degree()) + 1);
}

/// Operations of the transform that makes sums of a grid, once a run.
double operations_a_run(smc::summation method, std::uint32_t frequencies) {
  if (method == smc::summation::direct) return 0;
  const double grid = std::exp2(std::ceil(std::log2(4.0 * frequencies)));
  return 2.5 * grid * std::log2(grid);
}

/// The sums of one date's samples, apart from the paths: of 64 chunks, and what makes sums of them.
template <class Real, smc::summation method>
void sums(benchmark::State& state) {
  const auto frequencies = static_cast<std::uint32_t>(state.range(0));
  const auto plan = black_scholes_plan<Real>(1, smc::chunk_paths);
  const auto item = smc::spectrum_of(smc::log_return{}).terms(frequencies / 2).summed_by(method).prepare(plan);
  const smc::path_tables<smc::black_scholes<Real>> tables(plan, false);
  const smc::chunk_memory<Real> memory(tables.program(), 1);
  smc::observe_chunk(smc::pack_block{}, tables.program(), smc::observer_list<smc::log_return>{}, 0, smc::chunk_paths,
                     memory.observed.get(), memory.paths.get());
  smc::kept_tables kept;
  const auto view = item.make_view(kept);
  const auto shared = std::make_unique<typename std::decay_t<decltype(view)>::template storage<smc::pack_block>>();
  std::vector<Real> scratch(item.scratch_size());
  std::vector<double> totals(item.total_size());
  constexpr int chunks = 64;
  for (auto _ : state) {
    for (int chunk = 0; chunk < chunks; ++chunk) {
      view.add(smc::pack_block{}, {memory.observed.get(), 1, smc::chunk_paths}, 0, *shared, scratch.data(),
               totals.data());
    }
    benchmark::DoNotOptimize(item.sums(totals.data()).data());
  }
  const double samples = static_cast<double>(chunks * smc::chunk_paths),
               operations =
                   operations_a_sample<Real>(method, frequencies) + operations_a_run(method, frequencies) / samples;
  bench::report(state, samples * frequencies, "pair",
                bench::divided(bench::fused_operations<Real>(), operations / frequencies));
}

/// Heston's paths and the spectra of `dates` dates with `terms` terms of an expansion each, which are two frequencies.
/// The numbers of the steps and the sums at the dates take the same parts of a core, one after the other.
template <class Real>
void fused(benchmark::State& state) {
  const auto dates = static_cast<std::uint32_t>(state.range(0)), terms = static_cast<std::uint32_t>(state.range(1));
  const auto paths = static_cast<std::uint64_t>(state.range(2));
  const unsigned threads = static_cast<unsigned>(state.range(3));
  const smc::heston<Real> model(bench::heston_market(), bench::heston_parameters);
  const auto plan =
      smc::simulation{model, smc::time_grid::dates(smc::equidistant_dates(1.0, dates), 1.0 / steps)}.paths(paths);
  const auto law = smc::spectrum_of(smc::log_return{}).terms(terms);
  const double operations_a_step =
      operations_a_sample<Real>(smc::detail::chosen_summation(smc::summation::automatic, 2 * terms), 2 * terms) *
      dates / steps;
  for (auto _ : state) {
    benchmark::DoNotOptimize(smc::characteristic_function(smc::cpu{threads}, plan, law));
  }
  bench::report(state, static_cast<double>(paths) * steps, "path-step",
                bench::in_turn(bench::divided(bench::normals<Real>(threads), decltype(model)::numbers_per_step),
                               bench::divided(bench::fused_operations<Real>(threads), operations_a_step)));
}

/// Paths written to memory, read by nobody: a number a value, and its bytes.
template <class Real>
void stored(benchmark::State& state) {
  const unsigned threads = static_cast<unsigned>(state.range(0));
  constexpr std::uint64_t paths = 16 * smc::chunk_paths;
  const auto plan = black_scholes_plan<Real>(steps, paths);
  std::vector<Real> values(smc::stored_size(plan, paths));
  for (auto _ : state) {
    smc::store_paths(smc::cpu{threads}, plan, smc::log_return{}, smc::path_layout::time_major, 0, paths, values.data());
    benchmark::ClobberMemory();
  }
  bench::report(
      state, static_cast<double>(values.size() * sizeof(Real)), "byte",
      bench::slower(bench::divided(bench::normals<Real>(threads), 1.0 / sizeof(Real)), bench::memory_bytes(threads)));
}

template <class Real>
void add() {
  const std::string real = bench::name_of<Real>;
  const auto timed = [](const std::string& name, void (*body)(benchmark::State&)) {
    return benchmark::RegisterBenchmark(name.c_str(), body)->UseRealTime()->Unit(benchmark::kMicrosecond);
  };
  timed("sums/" + real + "/spectralmc-direct", sums<Real, smc::summation::direct>)
      ->ArgName("frequencies")
      ->RangeMultiplier(4)
      ->Range(64, 1024);
  timed("sums/" + real + "/spectralmc-grid", sums<Real, smc::summation::nonuniform>)
      ->ArgName("frequencies")
      ->RangeMultiplier(4)
      ->Range(64, 4096);
  timed("fused_spectrum/heston_" + real + "/spectralmc", fused<Real>)
      ->ArgNames({"dates", "terms", "paths", "threads"})
      ->ArgsProduct({{1, 12, 252}, {32, 160}, {16 * smc::chunk_paths}, {1}})
      ->ArgsProduct({{12}, {160}, {64 * smc::chunk_paths}, {1, 2}});  // a thread has eight chunks at a time
  timed("stored_paths/black_scholes_" + real + "/spectralmc", stored<Real>)->ArgName("threads")->Arg(1)->Arg(2);
}

const bool added = [] {
  add<float>();
  add<double>();
  return true;
}();

}  // namespace
