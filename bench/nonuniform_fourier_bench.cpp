// What Fourier sums over any points cost on one core, both types, beside FINUFFT where that library was found:
// nanoseconds a point, the least of several calls that each sort the points anew, as a user's only call does. FINUFFT
// takes its threads from OpenMP: run with OMP_NUM_THREADS=1. Errors are those of a tenth of the results against the
// library's own at a tolerance of 1e-14.
#include <benchmark/benchmark.h>

#include <cmath>
#include <complex>
#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

#include "least_time.hpp"
#include "spectralmc/spectralmc.hpp"

#if defined(SPECTRALMC_BENCH_FINUFFT)
extern "C" {
// The interface of FINUFFT's simple calls; a null pointer stands for its default options.
int finufft1d1(std::int64_t points, double* x, std::complex<double>* strengths, int sign, double tolerance,
               std::int64_t modes, std::complex<double>* out, void* options);
int finufft1d2(std::int64_t points, double* x, std::complex<double>* out, int sign, double tolerance,
               std::int64_t modes, std::complex<double>* in, void* options);
}
#endif

namespace {

namespace smc = spectralmc;
using numbers = std::vector<std::complex<double>>;

double relative_error(const numbers& found, const numbers& exact) {
  double error = 0, size = 0;
  for (std::size_t i = 0; i < found.size(); i += 10) {
    error += std::norm(found[i] - exact[i]);
    size += std::norm(exact[i]);
  }
  return std::sqrt(error / size);
}

void nonuniform_fourier(benchmark::State& state) {
  const auto points = static_cast<std::size_t>(state.range(0)), modes = static_cast<std::size_t>(state.range(1));
  const double tolerance = std::pow(10.0, -static_cast<double>(state.range(2)));
  std::mt19937_64 engine(1);
  std::uniform_real_distribution<double> number(-smc::pi, smc::pi);
  std::vector<double> x(points);
  numbers at_points(points), at_modes(modes), to_points(points), to_modes(modes), exact_points(points),
      exact_modes(modes);
  for (double& each : x) each = number(engine);
  for (auto& z : at_points) z = {number(engine), number(engine)};
  for (auto& z : at_modes) z = {number(engine), number(engine)};
  const smc::nonuniform_fourier_transform<double> exact(modes, 1e-14);
  exact.type1(smc::cpu{1}, x.data(), at_points.data(), points, exact_modes.data());
  exact.type2(smc::cpu{1}, x.data(), points, at_modes.data(), exact_points.data());

  double type1 = 0, type2 = 0, peer1 = 0, peer2 = 0;
  for (auto _ : state) {
    // FINUFFT's plan is in its call, so it is in ours.
    type1 = smc::least_ns(0.3, [&] {
      const smc::nonuniform_fourier_transform<double> transform(modes, tolerance);
      transform.type1(smc::cpu{1}, x.data(), at_points.data(), points, to_modes.data());
    });
    type2 = smc::least_ns(0.3, [&] {
      const smc::nonuniform_fourier_transform<double> transform(modes, tolerance);
      transform.type2(smc::cpu{1}, x.data(), points, at_modes.data(), to_points.data());
    });
    state.counters["error_1"] = relative_error(to_modes, exact_modes);
    state.counters["error_2"] = relative_error(to_points, exact_points);
#if defined(SPECTRALMC_BENCH_FINUFFT)
    const auto m = static_cast<std::int64_t>(points), n = static_cast<std::int64_t>(modes);
    peer1 = smc::least_ns(
        0.3, [&] { finufft1d1(m, x.data(), at_points.data(), 1, tolerance, n, to_modes.data(), nullptr); });
    peer2 = smc::least_ns(
        0.3, [&] { finufft1d2(m, x.data(), to_points.data(), 1, tolerance, n, at_modes.data(), nullptr); });
    state.counters["finufft_error_1"] = relative_error(to_modes, exact_modes);
    state.counters["finufft_error_2"] = relative_error(to_points, exact_points);
#endif
  }
  const auto count = static_cast<double>(points);
  state.counters["type1_ns"] = type1 / count;
  state.counters["type2_ns"] = type2 / count;
  if (peer1 > 0) {
    state.counters["finufft_type1_ns"] = peer1 / count;
    state.counters["finufft_type2_ns"] = peer2 / count;
    state.counters["type1_by_finufft"] = type1 / peer1;
    state.counters["type2_by_finufft"] = type2 / peer2;
  }
}

void cases(benchmark::internal::Benchmark* bench) {
  for (int digits = 2; digits <= 13; ++digits) bench->Args({1000000, 4096, digits});
  for (const int digits : {3, 6, 9, 12}) {
    bench->Args({1000000, 256, digits});
    bench->Args({100000, 131072, digits});
    bench->Args({1000000, 1000000, digits});
    bench->Args({1000000, 1100000, digits});
  }
  bench->Args({10000000, 4096, 6});
}

BENCHMARK(nonuniform_fourier)->Apply(cases)->Iterations(1)->Unit(benchmark::kMillisecond);

}  // namespace
