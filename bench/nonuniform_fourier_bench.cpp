// What Fourier sums over any points cost on one core, both types, beside FINUFFT where that library was found: the
// least time of several calls that each sort the points anew, as a user's only call does, as a rate and as nanoseconds
// a point. The limit is the slower of copying memory, 8 bytes of each point and 16 of its number, and of the fused
// operations that the method takes: the kernel's polynomials at the grid points that a point goes to, two for each of
// them, and 5 n log2 n operations for the Fourier transform of the grid. FINUFFT takes its threads from OpenMP: run
// with OMP_NUM_THREADS=1. Errors are those of a tenth of the results against the library's own at a
// tolerance of 1e-14.
#include <benchmark/benchmark.h>

#include <cmath>
#include <complex>
#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "least_time.hpp"
#include "limits.hpp"
#include "measurement.hpp"
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

/// The transform of type 1 or 2 as somebody makes it, the plan included: x has the points.
struct call {
  std::vector<double>& x;
  std::size_t modes;
  double tolerance;
};
struct own {
  template <int type>
  static void run(const call& c, numbers& in, numbers& out) {
    const smc::nonuniform_fourier_transform<double> transform(c.modes, c.tolerance);
    if constexpr (type == 1) {
      transform.type1(smc::cpu{1}, c.x.data(), in.data(), c.x.size(), out.data());
    } else {
      transform.type2(smc::cpu{1}, c.x.data(), c.x.size(), in.data(), out.data());
    }
  }
};
#if defined(SPECTRALMC_BENCH_FINUFFT)
struct finufft {
  template <int type>
  static void run(const call& c, numbers& in, numbers& out) {
    const auto m = static_cast<std::int64_t>(c.x.size()), n = static_cast<std::int64_t>(c.modes);
    if constexpr (type == 1) {
      finufft1d1(m, c.x.data(), in.data(), 1, c.tolerance, n, out.data(), nullptr);
    } else {
      finufft1d2(m, c.x.data(), out.data(), 1, c.tolerance, n, in.data(), nullptr);
    }
  }
};
#endif

/// Operations that this library's method takes for each of so many points.
double operations_a_point(const smc::nonuniform_fourier_transform<double>& transform, double points) {
  const auto width = static_cast<double>(transform.kernel_width()),
             degree = static_cast<double>(transform.kernel().degree()),
             grid = static_cast<double>(transform.grid_size());
  return width * (2 * degree + 4) + 5 * grid * std::log2(grid) / points;
}

template <class Who, int type>
void nonuniform_fourier(benchmark::State& state) {
  const auto points = static_cast<std::size_t>(state.range(0)), modes = static_cast<std::size_t>(state.range(1));
  const double tolerance = std::pow(10.0, -static_cast<double>(state.range(2))), count = static_cast<double>(points);
  std::mt19937_64 engine(1);
  std::uniform_real_distribution<double> number(-smc::pi, smc::pi);
  std::vector<double> x(points);
  for (double& each : x) each = number(engine);
  numbers in(type == 1 ? points : modes), out(type == 1 ? modes : points), exact(out.size());
  for (auto& z : in) z = {number(engine), number(engine)};
  own::run<type>({x, modes, 1e-14}, in, exact);
  double least = 0;
  for (auto _ : state) {
    least = bench::least_ns(0.3, [&] { Who::template run<type>({x, modes, tolerance}, in, out); });
    state.SetIterationTime(1e-9 * least);
  }
  const double operations = operations_a_point(smc::nonuniform_fourier_transform<double>(modes, tolerance), count);
  bench::report(state, count, "point",
                bench::slower(bench::divided(bench::memory_bytes(), 24),
                              bench::divided(bench::fused_operations<double>(), operations)));
  state.counters["ns"] = least / count;
  state.counters["error"] = relative_error(out, exact);
}

/// The usual case first.
void cases(benchmark::internal::Benchmark* bench) {
  bench->Args({1000000, 4096, 6});
  for (int digits = 2; digits <= 13; ++digits) {
    if (digits != 6) bench->Args({1000000, 4096, digits});
  }
  for (const int digits : {3, 6, 9, 12}) {
    bench->Args({1000000, 256, digits});
    bench->Args({100000, 131072, digits});
    bench->Args({1000000, 1000000, digits});
    bench->Args({1000000, 1100000, digits});
  }
  bench->Args({10000000, 4096, 6});
}

template <class Who>
void add(const std::string& who) {
  const auto timed = [&](const std::string& type, void (*body)(benchmark::State&)) {
    benchmark::RegisterBenchmark(("nonuniform/" + type + "/" + who).c_str(), body)
        ->ArgNames({"points", "modes", "digits"})
        ->Apply(cases)
        ->Iterations(1)
        ->UseManualTime()
        ->Unit(benchmark::kMillisecond);
  };
  timed("type_1", nonuniform_fourier<Who, 1>);
  timed("type_2", nonuniform_fourier<Who, 2>);
}

const bool added = [] {
  add<own>("spectralmc");
#if defined(SPECTRALMC_BENCH_FINUFFT)
  add<finufft>("FINUFFT");
#endif
  return true;
}();

}  // namespace
