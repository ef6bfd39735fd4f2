// What a Fourier transform costs on one core, beside FFTW (plans by FFTW_ESTIMATE) and oneMKL where they were found:
// the least time of many, as a rate and as nanoseconds a transform. The limit is that of fused operations, of which 5 n
// log2 n are counted, as everybody does, half as many where the input is real. Rows are as many as make 2^17 numbers.
// Of one row of a power of two also the error in the Euclidean norm against a transform in long double: the largest of
// as many draws of normal numbers as make 4096 numbers, one at least.
#include <benchmark/benchmark.h>

#include <cmath>
#include <complex>
#include <cstddef>
#include <random>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "least_time.hpp"
#include "limits.hpp"
#include "measurement.hpp"
#include "onemkl.hpp"
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

/// This library's transform of rows.
template <class Real, bool of_reals>
class own_rows {
 public:
  own_rows(std::size_t size, std::size_t rows, const Real* in, std::complex<Real>* out)
      : transform_(size), memory_(transform_.make_workspace()), rows_(rows), in_(in), out_(out) {}

  void operator()() {
    if (rows_ > 1) {
      transform_.forward(smc::cpu{1}, numbers(), out_, {rows_});
    } else {
      transform_.forward(numbers(), out_, memory_);
    }
    benchmark::DoNotOptimize(out_);
  }

 private:
  using transform = std::conditional_t<of_reals, smc::real_fourier_transform<Real>, smc::fourier_transform<Real>>;

  auto numbers() const {
    if constexpr (of_reals) {
      return in_;
    } else {
      return reinterpret_cast<const std::complex<Real>*>(in_);
    }
  }

  transform transform_;
  decltype(std::declval<const transform&>().make_workspace()) memory_;
  std::size_t rows_;
  const Real* in_;
  std::complex<Real>* out_;
};

template <class Real, bool of_reals, bool many_rows, template <class, bool> class Rows>
void fourier_transform(benchmark::State& state) {
  const auto size = static_cast<std::size_t>(state.range(0));
  const std::size_t rows = many_rows ? ((std::size_t{1} << 17) + size - 1) / size : 1;
  const auto each = static_cast<double>(rows);
  std::mt19937_64 engine(1);
  std::normal_distribution<Real> normal;
  std::vector<Real> in((of_reals ? 1 : 2) * rows * size);
  for (Real& x : in) x = normal(engine);
  std::vector<std::complex<Real>> out(rows * (size + 1));
  Rows<Real, of_reals> run(size, rows, in.data(), out.data());
  double least = 0;
  for (auto _ : state) {
    least = bench::least_ns(0.1, run);
    state.SetIterationTime(1e-9 * least);
  }
  bench::report(
      state, each * static_cast<double>(size), "number",
      bench::divided(bench::fused_operations<Real>(), (of_reals ? 2.5 : 5) * std::log2(static_cast<double>(size))));
  state.counters["ns"] = least / each;
  // The transform in long double is by halves.
  if (many_rows || (size & (size - 1)) != 0) return;
  double error = 0;
  std::vector<exact_number> roots(size), x(size);
  for (std::size_t k = 0; k < size; ++k) {
    const long double angle = -2 * std::acos(-1.0L) * static_cast<long double>(k) / static_cast<long double>(size);
    roots[k] = {std::cos(angle), std::sin(angle)};
  }
  for (std::size_t draw = 0; draw * size < 4096; ++draw) {
    for (Real& each_number : in) each_number = normal(engine);
    for (std::size_t j = 0; j < size; ++j) x[j] = of_reals ? in[j] : exact_number(in[2 * j], in[2 * j + 1]);
    run();
    error = std::fmax(error, relative_error(out, exact_transform(x, roots), of_reals ? size / 2 + 1 : size));
  }
  state.counters["error"] = error;
}

/// Sizes that are powers of two, the usual one first.
void powers(benchmark::internal::Benchmark* bench, int first, int last, int factor) {
  bench->Arg(4096);
  for (int size = first; size <= last; size *= factor) {
    if (size != 4096) bench->Arg(size);
  }
}

template <template <class, bool> class Rows>
void add(const std::string& who) {
  const auto timed = [&](const std::string& name, void (*body)(benchmark::State&)) {
    return benchmark::RegisterBenchmark(("fourier/" + name + "/" + who).c_str(), body)
        ->ArgName("n")
        ->Iterations(1)
        ->UseManualTime()
        ->Unit(benchmark::kMicrosecond);
  };
  auto* in_double = timed("double", fourier_transform<double, false, false, Rows>);
  powers(in_double, 8, 1 << 20, 2);
  for (const int twos : {12, 14, 15, 18}) in_double->Arg(5 << twos)->Arg(3 << (twos + 1));
  powers(timed("float", fourier_transform<float, false, false, Rows>), 8, 1 << 20, 2);
  powers(timed("real_double", fourier_transform<double, true, false, Rows>), 16, 1 << 20, 4);
  powers(timed("rows_double", fourier_transform<double, false, true, Rows>), 8, 1 << 12, 2);
  powers(timed("rows_float", fourier_transform<float, false, true, Rows>), 8, 1 << 12, 2);
}

const bool added = [] {
  add<own_rows>("spectralmc");
#if defined(SPECTRALMC_BENCH_FFTW)
  add<fftw_rows>("FFTW");
#endif
#if defined(SPECTRALMC_BENCH_ONEMKL)
  add<bench::onemkl_rows>("oneMKL");
#endif
  return true;
}();

}  // namespace
