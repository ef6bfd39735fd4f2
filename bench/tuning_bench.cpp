// What a CPU's policies are chosen from, all candidates measured: how wide packs are, and how many rows of samples are
// summed together. This file is compiled once for each width that the machine has (CMakeLists.txt).
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "heston_case.hpp"
#include "measurement.hpp"
#include "spectralmc/spectralmc.hpp"

namespace {

namespace smc = spectralmc;

constexpr std::uint32_t steps = 252;
constexpr std::uint64_t paths = 4 * smc::chunk_paths;

template <class Real>
std::string lanes_of() {
  return "/lanes:" + std::to_string(smc::native_lane_count<Real>);
}

template <class Model>
void path_steps(benchmark::State& state, const Model& model) {
  const auto plan = smc::simulation{model, smc::time_grid::dates({1.0}, 1.0 / steps)}.paths(paths);
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        smc::characteristic_function(smc::cpu{1}, plan, smc::spectrum_of(smc::log_return{}).terms(8)));
  }
  bench::report(state, static_cast<double>(paths) * steps, "path-step");
}

/// One chunk's direct sums of 64 frequencies.
template <class Real, std::size_t Together>
void sums(benchmark::State& state) {
  constexpr std::size_t frequencies = 64, rows = smc::chunk_paths / smc::canonical_slot_count;
  using V = smc::lanes<Real>;
  const auto samples = std::make_unique<smc::turned_samples<Real, Real>>();
  for (std::size_t i = 0; i < smc::chunk_paths; ++i) {
    const Real sample = static_cast<Real>(i) / static_cast<Real>(2 * smc::chunk_paths);
    smc::empirical_detail::turn(sample, Real(1), Real(0), *samples, i);
  }
  constexpr std::size_t block = smc::empirical_detail::block;
  V cosines[block], sines[block];
  for (auto _ : state) {
    for (std::size_t first = 0; first < frequencies; first += block) {
      for (std::size_t slot = 0; slot < smc::canonical_slot_count; slot += smc::lane_count<V>) {
        smc::empirical_detail::add_all_rows<Together>(*samples, slot, rows, false, static_cast<Real>(first), cosines,
                                                      sines);
        benchmark::DoNotOptimize(cosines);
        benchmark::DoNotOptimize(sines);
      }
    }
  }
  bench::report(state, static_cast<double>(smc::chunk_paths * frequencies), "pair");
}

template <class Real, std::size_t... Together>
void add_sums(std::index_sequence<Together...>) {
  const auto timed = [](std::size_t together, void (*body)(benchmark::State&)) {
    const std::string name = std::string("tuning/sums_") + bench::name_of<Real> + "/spectralmc" + lanes_of<Real>() +
                             "/rows:" + std::to_string(together);
    benchmark::RegisterBenchmark(name.c_str(), body)->UseRealTime()->Unit(benchmark::kMicrosecond);
  };
  (timed(Together, sums<Real, Together>), ...);
}

template <class Model>
void add_paths(const std::string& name, const Model& model) {
  using real = typename Model::real;
  benchmark::RegisterBenchmark(
      ("tuning/" + name + "_" + bench::name_of<real> + "/spectralmc" + lanes_of<real>()).c_str(),
      [=](benchmark::State& state) { path_steps(state, model); })
      ->UseRealTime()
      ->Unit(benchmark::kMillisecond);
}

template <class Real>
void add() {
  add_paths("black_scholes", smc::black_scholes<Real>(bench::heston_market(), {0.2}));
  add_paths("heston_quadratic_exponential", smc::heston<Real>(bench::heston_market(), bench::heston_parameters));
  add_sums<Real>(std::index_sequence<1, 2, 4, 8>{});
}

const bool added = [] {
  add<float>();
  add<double>();
  return true;
}();

}  // namespace
