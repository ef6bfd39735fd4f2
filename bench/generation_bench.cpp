// Random numbers alone, kept and not stored: words of 32 bits by Philox, and normals, whose limit are the words that
// they are made of, one for a float and two for a double. Beside them oneMKL's, where that was found.
#include "limits.hpp"
#include "measurement.hpp"
#include "onemkl.hpp"

namespace {

void words(benchmark::State& state) {
  double made = 0;
  for (auto _ : state) made = bench::make_words(1);
  bench::report(state, made, "word");
}
BENCHMARK(words)->Name("generation/words/spectralmc")->UseRealTime()->Unit(benchmark::kMillisecond);

template <class Real>
void normals(benchmark::State& state) {
  double made = 0;
  for (auto _ : state) made = bench::make_normals<Real>(1);
  bench::report(state, made, "normal", bench::divided(bench::words(), sizeof(Real) / sizeof(float)));
}
BENCHMARK_TEMPLATE(normals, float)
    ->Name("generation/normals_float/spectralmc")
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK_TEMPLATE(normals, double)
    ->Name("generation/normals_double/spectralmc")
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

#if defined(SPECTRALMC_BENCH_ONEMKL)
template <class Real>
void normals_of_onemkl(benchmark::State& state) {
  bench::onemkl_normals<Real> normals(1);
  for (auto _ : state) benchmark::DoNotOptimize(normals());
  bench::report(state, static_cast<double>(normals.count), "normal");
}
BENCHMARK_TEMPLATE(normals_of_onemkl, float)->Name("generation/normals_float/oneMKL")->UseRealTime();
BENCHMARK_TEMPLATE(normals_of_onemkl, double)->Name("generation/normals_double/oneMKL")->UseRealTime();
#endif

}  // namespace
