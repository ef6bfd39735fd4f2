// What a Fourier transform costs on one core, beside FFTW (plans by FFTW_ESTIMATE) where that was found: nanoseconds a
// transform, the least of many, and their ratio. Rows are as many as make 2^17 numbers. Of one row also the error in
// the Euclidean norm against a transform in long double: the largest of as many draws of normal numbers as make 4096
// numbers, one at least.
#include <benchmark/benchmark.h>

#include <cmath>
#include <complex>
#include <cstddef>
#include <random>
#include <type_traits>
#include <vector>

#include "least_time.hpp"
#include "spectralmc/spectralmc.hpp"

#if defined(SPECTRALMC_BENCH_FFTW)
#include <fftw3.h>
#endif

namespace {

namespace smc = spectralmc;

#if defined(SPECTRALMC_BENCH_FFTW)
/// FFTW's plan for rows of `size` numbers, complex or real.
template <class Real, bool of_reals>
class fftw_rows {
  static constexpr bool in_double = std::is_same_v<Real, double>;

 public:
  fftw_rows(std::size_t size, std::size_t rows, Real* in, std::complex<Real>* out) {
    const int n = static_cast<int>(size), count = static_cast<int>(rows);
    if constexpr (in_double) {
      auto* to = reinterpret_cast<fftw_complex*>(out);
      plan_ = of_reals
                  ? fftw_plan_many_dft_r2c(1, &n, count, in, nullptr, 1, n, to, nullptr, 1, n / 2 + 1, FFTW_ESTIMATE)
                  : fftw_plan_many_dft(1, &n, count, reinterpret_cast<fftw_complex*>(in), nullptr, 1, n, to, nullptr, 1,
                                       n, FFTW_FORWARD, FFTW_ESTIMATE);
    } else {
      auto* to = reinterpret_cast<fftwf_complex*>(out);
      plan_ = of_reals
                  ? fftwf_plan_many_dft_r2c(1, &n, count, in, nullptr, 1, n, to, nullptr, 1, n / 2 + 1, FFTW_ESTIMATE)
                  : fftwf_plan_many_dft(1, &n, count, reinterpret_cast<fftwf_complex*>(in), nullptr, 1, n, to, nullptr,
                                        1, n, FFTW_FORWARD, FFTW_ESTIMATE);
    }
  }
  fftw_rows(const fftw_rows&) = delete;
  fftw_rows& operator=(const fftw_rows&) = delete;
  ~fftw_rows() {
    if constexpr (in_double) {
      fftw_destroy_plan(plan_);
    } else {
      fftwf_destroy_plan(plan_);
    }
  }

  void operator()() const {
    if constexpr (in_double) {
      fftw_execute(plan_);
    } else {
      fftwf_execute(plan_);
    }
  }

 private:
  std::conditional_t<in_double, fftw_plan, fftwf_plan> plan_;
};
#endif

using exact_number = std::complex<long double>;

/// The transform in long double, by halves; as many roots of unity as the first call has numbers.
std::vector<exact_number> exact_transform(const std::vector<exact_number>& x, const std::vector<exact_number>& roots) {
  const std::size_t n = x.size();
  if (n == 1) return x;
  std::vector<exact_number> even(n / 2), odd(n / 2), result(n);
  for (std::size_t j = 0; j < n / 2; ++j) even[j] = x[2 * j], odd[j] = x[2 * j + 1];
  even = exact_transform(even, roots);
  odd = exact_transform(odd, roots);
  for (std::size_t k = 0; k < n / 2; ++k) {
    const exact_number turned = roots[k * (roots.size() / n)] * odd[k];
    result[k] = even[k] + turned;
    result[k + n / 2] = even[k] - turned;
  }
  return result;
}

/// The error of the first `count` results in the Euclidean norm, relative to theirs.
template <class Real>
double relative_error(const std::vector<std::complex<Real>>& found, const std::vector<exact_number>& exact,
                      std::size_t count) {
  long double error = 0, size = 0;
  for (std::size_t k = 0; k < count; ++k) {
    error += std::norm(exact_number(found[k]) - exact[k]);
    size += std::norm(exact[k]);
  }
  return static_cast<double>(std::sqrt(error / size));
}

template <class Real, bool of_reals, bool many_rows>
void fourier_transform(benchmark::State& state) {
  const auto size = static_cast<std::size_t>(state.range(0));
  const std::size_t rows = many_rows ? ((std::size_t{1} << 17) + size - 1) / size : 1;
  std::mt19937_64 engine(1);
  std::normal_distribution<Real> normal;
  std::vector<Real> in((of_reals ? 1 : 2) * rows * size);
  for (Real& x : in) x = normal(engine);
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
  const double each = static_cast<double>(rows), ours = smc::least_ns(0.1, run) / each;
  state.counters["ns"] = ours;
#if defined(SPECTRALMC_BENCH_FFTW)
  const fftw_rows<Real, of_reals> fftw(size, rows, in.data(), out.data());
  const double theirs = smc::least_ns(0.1, fftw) / each;
  state.counters["fftw_ns"] = theirs;
  state.counters["ratio"] = ours / theirs;
#endif
  if (many_rows) return;
  double error = 0, fftw_error = 0;
  std::vector<exact_number> roots(size), x(size);
  for (std::size_t k = 0; k < size; ++k) {
    const long double angle = -2 * std::acos(-1.0L) * static_cast<long double>(k) / static_cast<long double>(size);
    roots[k] = {std::cos(angle), std::sin(angle)};
  }
  for (std::size_t draw = 0; draw * size < 4096; ++draw) {
    for (Real& each_number : in) each_number = normal(engine);
    for (std::size_t j = 0; j < size; ++j) x[j] = of_reals ? in[j] : exact_number(in[2 * j], in[2 * j + 1]);
    const std::vector<exact_number> exact = exact_transform(x, roots);
    const std::size_t count = of_reals ? size / 2 + 1 : size;
    run();
    error = std::fmax(error, relative_error(out, exact, count));
#if defined(SPECTRALMC_BENCH_FFTW)
    fftw();
    fftw_error = std::fmax(fftw_error, relative_error(out, exact, count));
#endif
  }
  state.counters["error"] = error;
  if (fftw_error > 0) state.counters["fftw_error"] = fftw_error;
}

BENCHMARK_TEMPLATE(fourier_transform, double, false, false)->RangeMultiplier(2)->Range(8, 1 << 20);
void other_sizes(benchmark::internal::Benchmark* bench) {
  for (const int twos : {12, 14, 15, 18}) bench->Arg(5 << twos)->Arg(3 << (twos + 1));
}
BENCHMARK_TEMPLATE(fourier_transform, double, false, false)->Apply(other_sizes);
BENCHMARK_TEMPLATE(fourier_transform, float, false, false)->RangeMultiplier(2)->Range(8, 1 << 20);
BENCHMARK_TEMPLATE(fourier_transform, double, true, false)->RangeMultiplier(4)->Range(16, 1 << 20);
BENCHMARK_TEMPLATE(fourier_transform, double, false, true)->RangeMultiplier(2)->Range(8, 1 << 10);
BENCHMARK_TEMPLATE(fourier_transform, float, false, true)->RangeMultiplier(2)->Range(8, 1 << 10);

}  // namespace
