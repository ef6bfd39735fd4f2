// Steps of paths a second, for every model: the whole of a simulation of one date's spectrum, in which the paths are
// nearly everything. The limit is the random numbers of a step alone. For two models, cost against steps, paths and
// threads. Beside Black and Scholes' a plain loop around oneMKL's normals, where that was found.
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "heston_case.hpp"
#include "limits.hpp"
#include "measurement.hpp"
#include "onemkl.hpp"
#include "spectralmc/spectralmc.hpp"

namespace {

namespace smc = spectralmc;

struct size {
  std::uint32_t steps = 252;
  std::uint64_t paths = 16 * smc::chunk_paths;
  unsigned threads = 1;
};

template <class Model, class Observer>
void path_steps(benchmark::State& state, const Model& model, Observer observer, size work) {
  using real = typename Model::real;
  const auto plan = smc::simulation{model, smc::time_grid::dates({1.0}, 1.0 / work.steps)}.paths(work.paths).seed(1);
  const auto law = smc::spectrum_of(observer).terms(8);
  const smc::cpu execution{work.threads};
  for (auto _ : state) benchmark::DoNotOptimize(smc::characteristic_function(execution, plan, law));
  bench::report(state, static_cast<double>(work.paths) * work.steps, "path-step",
                bench::divided(bench::normals<real>(work.threads), Model::numbers_per_step));
}

std::string arguments(size work) {
  return "/steps:" + std::to_string(work.steps) + "/paths:" + std::to_string(work.paths) +
         "/threads:" + std::to_string(work.threads);
}

template <class Model, class Observer>
void add(const std::string& name, const Model& model, Observer observer, size work = {}) {
  const std::string real = bench::name_of<typename Model::real>;
  benchmark::RegisterBenchmark(("path_steps/" + name + "_" + real + "/spectralmc" + arguments(work)).c_str(),
                               [=](benchmark::State& state) { path_steps(state, model, observer, work); })
      ->UseRealTime()
      ->Unit(benchmark::kMillisecond);
}

template <class Real>
void add_models() {
  const smc::market asset = bench::heston_market();
  const smc::heston_parameters heston = bench::heston_parameters;
  const smc::lognormal_jumps jumps{2, -0.05, 0.1};
  const smc::implied_volatility_surface surface({0.5, 1.5}, {-0.5, 0, 0.5}, {{0.3, 0.25, 0.24}, {0.28, 0.25, 0.24}});
  const smc::log_return log{};
  add("black_scholes", smc::black_scholes<Real>(asset, {0.2}), log);
  add("bachelier", smc::bachelier<Real>(asset, {20}), smc::spot{});
  add("displaced_diffusion", smc::displaced_diffusion<Real>(asset, {0.2, 0.5}), smc::spot{});
  add("constant_elasticity", smc::constant_elasticity<Real>(asset, {0.3, 0.5}), smc::spot{});
  add("merton", smc::merton<Real>(asset, {0.2, jumps}), log);
  add("kou", smc::kou<Real>(asset, {0.15, 3, 0.2, 25, 10}), log);
  add("variance_gamma", smc::variance_gamma<Real>(asset, {0.12, -0.14, 0.2}), log);
  add("normal_inverse_gaussian", smc::normal_inverse_gaussian<Real>(asset, {0.2, -0.1, 0.3}), log);
  add("cgmy", smc::cgmy<Real>(asset, {1, 5, 6, 0.5}), log);
  add("heston_quadratic_exponential", smc::heston<Real>(asset, heston), log);
  add("heston_euler", smc::heston<Real, smc::full_truncation_euler>(asset, heston), log);
  add("heston_large_steps", smc::heston<Real, smc::inverse_gaussian_integral>(asset, heston), log);
  add("bates", smc::bates<Real>(asset, {heston, jumps}), log);
  add("sabr", smc::sabr<Real>(asset, {0.3, 0.5, 0.6, -0.5}), smc::spot{});
  add("rough_bergomi", smc::rough_bergomi<Real>(asset, {0.06, 0.07, 1.9, -0.9}), log);
  add("local_volatility", smc::dupire<Real>(asset, surface), log);
  add("vasicek", smc::vasicek<Real>({0.03, 0.3, 0.05, 0.01}), smc::short_rate{});
  add("hull_white", smc::hull_white<Real>({0.03, 0.1, 0.01}), smc::short_rate{});
  add("cox_ingersoll_ross", smc::cox_ingersoll_ross<Real>({0.03, 0.3, 0.05, 0.2}), smc::short_rate{});

  // Cost against size.
  const smc::black_scholes<Real> black_scholes(asset, {0.2});
  const smc::heston<Real> quadratic_exponential(asset, heston);
  const auto curve = [&](size work) {
    add("black_scholes", black_scholes, log, work);
    add("heston_quadratic_exponential", quadratic_exponential, log, work);
  };
  for (const std::uint32_t steps : {1u, 4u, 16u, 64u, 1024u}) curve({steps, 16 * smc::chunk_paths, 1});
  for (const std::uint64_t chunks : {1u, 4u, 64u}) curve({252, chunks * smc::chunk_paths, 1});
  curve({252, 64 * smc::chunk_paths, 2});
}

#if defined(SPECTRALMC_BENCH_ONEMKL)
/// As many paths as stay in the first cache go a step at a time, as one would write it in ten lines.
template <class Real>
void black_scholes_of_onemkl(benchmark::State& state) {
  const size work;
  const Real variance = Real(0.04) / static_cast<Real>(work.steps), deviation = std::sqrt(variance);
  bench::onemkl_normals<Real> normals(1);
  std::vector<Real> log_return(normals.count);
  for (auto _ : state) {
    for (std::uint64_t path = 0; path < work.paths; path += normals.count) {
      for (Real& x : log_return) x = 0;
      for (std::uint32_t step = 0; step < work.steps; ++step) {
        const Real* const drawn = normals();
        for (std::size_t i = 0; i < normals.count; ++i) log_return[i] += deviation * drawn[i] - variance / 2;
      }
      benchmark::DoNotOptimize(log_return.data());
      benchmark::ClobberMemory();
    }
  }
  bench::report(state, static_cast<double>(work.paths) * work.steps, "path-step");
}

template <class Real>
void add_onemkl() {
  benchmark::RegisterBenchmark(
      ("path_steps/black_scholes_" + std::string(bench::name_of<Real>) + "/oneMKL" + arguments({})).c_str(),
      black_scholes_of_onemkl<Real>)
      ->UseRealTime()
      ->Unit(benchmark::kMillisecond);
}
#endif

const bool added = [] {
  add_models<float>();
  add_models<double>();
#if defined(SPECTRALMC_BENCH_ONEMKL)
  add_onemkl<float>();
  add_onemkl<double>();
#endif
  return true;
}();

}  // namespace
