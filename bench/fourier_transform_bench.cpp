// What a Fourier transform costs on one core, beside FFTW (plans by FFTW_ESTIMATE) where that was found: nanoseconds a
// transform, the least of many, and their ratio. Rows are as many as make 2^17 numbers.
#include <benchmark/benchmark.h>

#include <chrono>
#include <cmath>
#include <complex>
#include <cstddef>
#include <limits>
#include <type_traits>
#include <vector>

#include "spectralmc/spectralmc.hpp"

#if defined(SPECTRALMC_BENCH_FFTW)
#include <fftw3.h>
#endif

namespace {

namespace smc = spectralmc;

/// The least nanoseconds that a call took, of 20 rounds of 5 ms.
template <class Body>
double least_ns(Body&& body) {
  using clock = std::chrono::steady_clock;
  double least = std::numeric_limits<double>::infinity();
  for (int round = 0; round < 20; ++round) {
    std::size_t calls = 1;
    for (double seconds = 0;; calls *= 2) {
      const auto begin = clock::now();
      for (std::size_t i = 0; i < calls; ++i) body();
      seconds = std::chrono::duration<double>(clock::now() - begin).count();
      if (seconds > 0.005) {
        least = std::fmin(least, 1e9 * seconds / static_cast<double>(calls));
        break;
      }
    }
  }
  return least;
}

/// The nanoseconds of FFTW for rows of `size` numbers, complex or real; 0 without FFTW.
template <class Real, bool of_reals>
double fftw_ns(std::size_t size, std::size_t rows, Real* in, std::complex<Real>* out) {
#if defined(SPECTRALMC_BENCH_FFTW)
  const int n = static_cast<int>(size), count = static_cast<int>(rows);
  const auto measure = [](auto plan, auto execute, auto destroy) {
    const double ns = least_ns([&] { execute(plan); });
    destroy(plan);
    return ns;
  };
  if constexpr (std::is_same_v<Real, double>) {
    auto* to = reinterpret_cast<fftw_complex*>(out);
    return measure(
        of_reals ? fftw_plan_many_dft_r2c(1, &n, count, in, nullptr, 1, n, to, nullptr, 1, n / 2 + 1, FFTW_ESTIMATE)
                 : fftw_plan_many_dft(1, &n, count, reinterpret_cast<fftw_complex*>(in), nullptr, 1, n, to, nullptr, 1,
                                      n, FFTW_FORWARD, FFTW_ESTIMATE),
        fftw_execute, fftw_destroy_plan);
  } else {
    auto* to = reinterpret_cast<fftwf_complex*>(out);
    return measure(
        of_reals ? fftwf_plan_many_dft_r2c(1, &n, count, in, nullptr, 1, n, to, nullptr, 1, n / 2 + 1, FFTW_ESTIMATE)
                 : fftwf_plan_many_dft(1, &n, count, reinterpret_cast<fftwf_complex*>(in), nullptr, 1, n, to, nullptr,
                                       1, n, FFTW_FORWARD, FFTW_ESTIMATE),
        fftwf_execute, fftwf_destroy_plan);
  }
#else
  static_cast<void>(size), static_cast<void>(rows), static_cast<void>(in), static_cast<void>(out);
  return 0;
#endif
}

template <class Real, bool of_reals, bool many_rows>
void fourier_transform(benchmark::State& state) {
  const auto size = static_cast<std::size_t>(state.range(0));
  const std::size_t rows = many_rows ? ((std::size_t{1} << 17) + size - 1) / size : 1;
  std::vector<Real> in((of_reals ? 1 : 2) * rows * size);
  for (std::size_t i = 0; i < in.size(); ++i) in[i] = static_cast<Real>(i * 7919 % 1009) / Real(1009);
  std::vector<std::complex<Real>> out(rows * (size + 1));
  const std::conditional_t<of_reals, smc::real_fourier_transform<Real>, smc::fourier_transform<Real>> transform(size);
  auto memory = transform.make_workspace();
  const auto numbers = [&] {
    if constexpr (of_reals) {
      return in.data();
    } else {
      return reinterpret_cast<const std::complex<Real>*>(in.data());
    }
  }();
  const auto run = [&] {
    if (many_rows) {
      transform.forward(smc::cpu{1}, numbers, out.data(), {rows});
    } else {
      transform.forward(numbers, out.data(), memory);
    }
    benchmark::DoNotOptimize(out.data());
  };
  for (auto _ : state) run();
  const double each = static_cast<double>(rows), ours = least_ns(run) / each;
  state.counters["ns"] = ours;
  if (const double theirs = fftw_ns<Real, of_reals>(size, rows, in.data(), out.data()) / each; theirs > 0) {
    state.counters["fftw_ns"] = theirs;
    state.counters["ratio"] = ours / theirs;
  }
}

BENCHMARK_TEMPLATE(fourier_transform, double, false, false)->RangeMultiplier(2)->Range(8, 1 << 20);
BENCHMARK_TEMPLATE(fourier_transform, float, false, false)->RangeMultiplier(2)->Range(8, 1 << 20);
BENCHMARK_TEMPLATE(fourier_transform, double, true, false)->RangeMultiplier(4)->Range(16, 1 << 20);
BENCHMARK_TEMPLATE(fourier_transform, double, false, true)->RangeMultiplier(2)->Range(8, 1 << 10);
BENCHMARK_TEMPLATE(fourier_transform, float, false, true)->RangeMultiplier(2)->Range(8, 1 << 10);

}  // namespace
