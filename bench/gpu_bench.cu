// The same work on a GPU, timed by events on its stream: random numbers alone, paths of the models, spectra of several
// dates, Fourier transforms of rows and of any points, candidates for the kernel's policy. Peers: cuRAND, to memory and
// in a kernel; cuFFT; Thrust's transform_reduce of the simplest price. Limits: a kernel of the library's random numbers
// alone, and copies within the device's memory.
#include <cuda_runtime.h>
#include <curand.h>
#include <curand_kernel.h>
#include <thrust/execution_policy.h>
#include <thrust/iterator/counting_iterator.h>
#include <thrust/transform_reduce.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <map>
#include <stdexcept>
#include <string>
#include <tuple>
#include <type_traits>
#include <vector>

#include "heston_case.hpp"
#include "measurement.hpp"
#include "spectralmc/execution/cuda.cuh"
#include "spectralmc/fourier/block_fourier_transform.cuh"
#include "spectralmc/fourier/cufft.cuh"
#include "spectralmc/fourier/nonuniform_fourier_transform.cuh"
#include "spectralmc/spectralmc.hpp"

namespace bench {

/// What a reader of results must know of the device; called by main.
std::map<std::string, std::string> gpu_context() {
  int device = 0, driver = 0, runtime = 0;
  cudaDeviceProp facts{};
  if (cudaGetDevice(&device) != cudaSuccess || cudaGetDeviceProperties(&facts, device) != cudaSuccess) {
    return {{"gpu", "none"}};
  }
  cudaDriverGetVersion(&driver);
  cudaRuntimeGetVersion(&runtime);
  const auto version = [](int v) { return std::to_string(v / 1000) + "." + std::to_string(v % 1000 / 10); };
  const int architecture = spectralmc::cuda_kernels::compiled_architecture();
  const auto policy = [&](spectralmc::chunk_kernel_policy p) {
    return std::to_string(p.block_threads) + " threads a block, " + std::to_string(p.resident_blocks) + " blocks, " +
           std::to_string(p.sums_a_thread) + " sums a thread";
  };
  return {{"gpu", facts.name},
          {"compute_capability", std::to_string(facts.major) + "." + std::to_string(facts.minor)},
          {"multiprocessors", std::to_string(facts.multiProcessorCount)},
          {"cuda_driver", version(driver)},
          {"cuda_toolkit", version(runtime)},
          {"compiled_for_gpu", "sm_" + std::to_string(architecture)},
          {"policy_float", policy(spectralmc::chunk_kernel_selector<float>{}(architecture))},
          {"policy_double", policy(spectralmc::chunk_kernel_selector<double>{}(architecture))}};
}

}  // namespace bench

namespace {

namespace smc = spectralmc;

void check(cudaError_t code, const char* call) { smc::detail::check(code, call); }

/// Two events on the default stream.
class stopwatch {
 public:
  stopwatch() {
    check(cudaEventCreate(&begin_), "cudaEventCreate");
    check(cudaEventCreate(&end_), "cudaEventCreate");
  }
  stopwatch(const stopwatch&) = delete;
  stopwatch& operator=(const stopwatch&) = delete;
  ~stopwatch() {
    cudaEventDestroy(begin_);
    cudaEventDestroy(end_);
  }

  template <class Body>
  double seconds(const Body& body) {
    check(cudaEventRecord(begin_), "cudaEventRecord");
    body();
    check(cudaGetLastError(), "a launch");
    check(cudaEventRecord(end_), "cudaEventRecord");
    check(cudaEventSynchronize(end_), "cudaEventSynchronize");
    float milliseconds = 0;
    check(cudaEventElapsedTime(&milliseconds, begin_, end_), "cudaEventElapsedTime");
    return 1e-3 * static_cast<double>(milliseconds);
  }

 private:
  cudaEvent_t begin_{}, end_{};
};

template <class Body>
void measure(benchmark::State& state, const Body& body) {
  stopwatch watch;
  watch.seconds(body);  // what is done once
  for (auto _ : state) state.SetIterationTime(watch.seconds(body));
}

/// The most that body does of `items` in a second, of five tries.
template <class Body>
double most_per_second(double items, const Body& body) {
  stopwatch watch;
  double least = INFINITY;
  for (int attempt = 0; attempt < 6; ++attempt) least = std::fmin(least, watch.seconds(body));
  return items / least;
}

constexpr std::uint32_t generator_blocks = 4096, generator_threads = 256, drawn_blocks = 64;
constexpr double generated = 4.0 * generator_blocks * generator_threads * drawn_blocks;

/// Each thread combines the words of a path of its own, and keeps them to itself.
__global__ void combine_words(std::uint32_t* never) {
  smc::four_words<std::uint32_t> last{};
  const std::uint32_t path = blockIdx.x * generator_threads + threadIdx.x;
  for (std::uint32_t block = 0; block < drawn_blocks; ++block) {
    const auto made = smc::philox4x32<std::uint32_t>({{path, 0, block, 0}}, 1, 0);
    for (int i = 0; i < 4; ++i) last.word[i] ^= made.word[i];
  }
  if ((last.word[0] ^ last.word[1] ^ last.word[2] ^ last.word[3]) == 12345) *never = last.word[0];
}

/// cuRAND's Philox likewise.
__global__ void combine_curand_words(std::uint32_t* never) {
  curandStatePhilox4_32_10_t state;
  curand_init(1, blockIdx.x * std::uint64_t{generator_threads} + threadIdx.x, 0, &state);
  std::uint32_t last = 0;
  for (std::uint32_t block = 0; block < drawn_blocks; ++block) {
    const uint4 made = curand4(&state);
    last ^= made.x ^ made.y ^ made.z ^ made.w;
  }
  if (last == 12345) *never = last;
}

/// Each thread adds the normals of a path of its own, and keeps the sum to itself.
template <class Real>
__global__ void add_normals(Real* never) {
  const smc::philox_numbers<Real> source(1, blockIdx.x * std::uint64_t{generator_threads} + threadIdx.x, 0);
  Real sum = 0;
  for (std::uint32_t block = 0; block < drawn_blocks; ++block) {
    const auto drawn = source.draw(block);
    for (int i = 0; i < 4; ++i) sum += drawn.normal(i);
  }
  if (sum == Real(12345)) *never = sum;
}

/// cuRAND's Philox likewise.
template <class Real>
__global__ void add_curand_normals(Real* never) {
  curandStatePhilox4_32_10_t state;
  curand_init(1, blockIdx.x * std::uint64_t{generator_threads} + threadIdx.x, 0, &state);
  Real sum = 0;
  for (std::uint32_t block = 0; block < drawn_blocks; ++block) {
    if constexpr (sizeof(Real) == sizeof(float)) {
      const float4 drawn = curand_normal4(&state);
      sum += drawn.x + drawn.y + drawn.z + drawn.w;
    } else {
      for (int half = 0; half < 2; ++half) {
        const double2 drawn = curand_normal2_double(&state);
        sum += drawn.x + drawn.y;
      }
    }
  }
  if (sum == Real(12345)) *never = sum;
}

template <class Real>
bench::limit normals() {
  static const double most = most_per_second(
      generated, [] { add_normals<Real><<<generator_blocks, generator_threads>>>(static_cast<Real*>(nullptr)); });
  return {std::string("normals alone, ") + bench::name_of<Real>, most};
}

bench::limit words() {
  static const double most = most_per_second(
      generated, [] { combine_words<<<generator_blocks, generator_threads>>>(static_cast<std::uint32_t*>(nullptr)); });
  return {"random words alone", most};
}

/// Bytes read and bytes written.
bench::limit memory_bytes() {
  static const double most = [] {
    constexpr std::size_t size = std::size_t{1} << 29;
    const smc::detail::device_array<char> from(smc::cuda{}, size, "a copy"), to(smc::cuda{}, size, "a copy");
    return most_per_second(2.0 * static_cast<double>(size),
                           [&] { cudaMemcpyAsync(to.get(), from.get(), size, cudaMemcpyDeviceToDevice); });
  }();
  return {"copying memory", most};
}

void generation_of_words(benchmark::State& state) {
  measure(state, [] { combine_words<<<generator_blocks, generator_threads>>>(static_cast<std::uint32_t*>(nullptr)); });
  bench::report(state, generated, "word");
}
void curand_words_in_a_kernel(benchmark::State& state) {
  measure(state,
          [] { combine_curand_words<<<generator_blocks, generator_threads>>>(static_cast<std::uint32_t*>(nullptr)); });
  bench::report(state, generated, "word");
}

/// One word makes a float, two a double.
template <class Real>
void generation(benchmark::State& state) {
  measure(state, [] { add_normals<Real><<<generator_blocks, generator_threads>>>(static_cast<Real*>(nullptr)); });
  bench::report(state, generated, "normal", bench::divided(words(), sizeof(Real) / sizeof(float)));
}
template <class Real>
void curand_in_a_kernel(benchmark::State& state) {
  measure(state,
          [] { add_curand_normals<Real><<<generator_blocks, generator_threads>>>(static_cast<Real*>(nullptr)); });
  bench::report(state, generated, "normal");
}
/// Written to memory, which is its limit.
template <class Real>
void curand_to_memory(benchmark::State& state) {
  constexpr std::size_t count = std::size_t{1} << 27;
  const smc::detail::device_array<Real> to(smc::cuda{}, count, "normals");
  const auto done = [](curandStatus_t status) {
    if (status != CURAND_STATUS_SUCCESS) throw std::runtime_error("cuRAND failed with " + std::to_string(status));
  };
  curandGenerator_t generator = nullptr;
  measure(state, [&] {
    if (generator == nullptr) done(curandCreateGenerator(&generator, CURAND_RNG_PSEUDO_PHILOX4_32_10));
    if constexpr (sizeof(Real) == sizeof(float)) {
      done(curandGenerateNormal(generator, to.get(), count, 0, 1));
    } else {
      done(curandGenerateNormalDouble(generator, to.get(), count, 0, 1));
    }
  });
  curandDestroyGenerator(generator);
  bench::report(state, static_cast<double>(count), "normal", bench::divided(memory_bytes(), sizeof(Real)));
}

/// A whole simulation, from the plan to the spectrum on the host.
template <class Model, class Observer>
void path_steps(benchmark::State& state, const Model& model, Observer observer, std::uint32_t steps,
                std::uint64_t paths) {
  using real = typename Model::real;
  const auto plan = smc::simulation{model, smc::time_grid::dates({1.0}, 1.0 / steps)}.paths(paths).seed(1);
  const auto law = smc::spectrum_of(observer).terms(8);
  measure(state, [&] { benchmark::DoNotOptimize(smc::characteristic_function(smc::cuda{}, plan, law)); });
  bench::report(state, static_cast<double>(paths) * steps, "path-step",
                bench::divided(normals<real>(), Model::numbers_per_step));
}

/// Heston's paths in daily steps, and spectra of several dates.
template <class Real>
void fused_spectrum(benchmark::State& state) {
  const auto dates = static_cast<std::uint32_t>(state.range(0)), terms = static_cast<std::uint32_t>(state.range(1));
  constexpr std::uint32_t steps = 252;
  constexpr std::uint64_t paths = std::uint64_t{1} << 20;
  const smc::heston<Real> model(bench::heston_market(), bench::heston_parameters);
  const auto plan =
      smc::simulation{model, smc::time_grid::dates(smc::equidistant_dates(1.0, dates), 1.0 / steps)}.paths(paths);
  const auto law = smc::spectrum_of(smc::log_return{}).terms(terms);
  measure(state, [&] { benchmark::DoNotOptimize(smc::characteristic_function(smc::cuda{}, plan, law)); });
  bench::report(state, static_cast<double>(paths) * steps, "path-step",
                bench::divided(normals<Real>(), decltype(model)::numbers_per_step));
}

/// A candidate for the policy of the kernel: those that are selected on some architecture, and the best of others that
/// tools/gpu_tuning.py found.
template <int BlockThreads, int ResidentBlocks, int SumsAThread>
struct candidate {
  constexpr smc::chunk_kernel_policy operator()(int) const { return {BlockThreads, ResidentBlocks, SumsAThread}; }
};

/// What the search over policies estimates: Heston's paths, twelve dates, 64 frequencies.
template <class Real, class Selector>
void tuning(benchmark::State& state) {
  constexpr std::uint32_t steps = 252;
  constexpr std::uint64_t paths = std::uint64_t{1} << 20;
  const smc::heston<Real> model(bench::heston_market(), bench::heston_parameters);
  const auto plan =
      smc::simulation{model, smc::time_grid::dates(smc::equidistant_dates(1.0, 12), 1.0 / steps)}.paths(paths);
  const auto items = std::make_tuple(smc::spectrum_of(smc::log_return{}).terms(32).prepare(plan));
  measure(state, [&] {
    benchmark::DoNotOptimize(smc::detail::run_measurement_by<Selector>(smc::cuda{}, plan, items).paths());
  });
  bench::report(state, static_cast<double>(paths) * steps, "path-step");
}

/// The price of a call by one step a path: what a line of Thrust does, with cuRAND's numbers.
struct payoff_of_path {
  __device__ float operator()(std::uint64_t path) const {
    curandStatePhilox4_32_10_t state;
    curand_init(1, path, 0, &state);
    float sum = 0;
    for (int i = 0; i < 63; ++i) {
      const float4 drawn = curand_normal4(&state);
      sum += drawn.x + drawn.y + drawn.z + drawn.w;
    }
    const float end = 100 * expf(0.0f + 0.2f * sum / sqrtf(252.0f));
    return end > 100 ? end - 100 : 0.0f;
  }
};
void thrust_price(benchmark::State& state) {
  constexpr std::uint64_t paths = std::uint64_t{1} << 20;
  measure(state, [] {
    const thrust::counting_iterator<std::uint64_t> first(0);
    benchmark::DoNotOptimize(thrust::transform_reduce(thrust::device, first, first + static_cast<std::ptrdiff_t>(paths),
                                                      payoff_of_path{}, 0.0f, thrust::plus<float>{}));
  });
  bench::report(state, 252.0 * static_cast<double>(paths), "path-step");
}

/// Rows of `Size` numbers, as many as fill the device, by either library: read once and written once at least.
template <class Real, std::size_t Size, bool by_cufft>
void fourier(benchmark::State& state) {
  constexpr std::size_t count = std::size_t{1} << 24;
  const smc::detail::device_array<smc::complex<Real>> in(smc::cuda{}, count, "rows"), out(smc::cuda{}, count, "rows");
  check(cudaMemset(in.get(), 0, count * sizeof(smc::complex<Real>)), "cudaMemset");
  const smc::fourier_rows rows{count / Size};
  if constexpr (by_cufft) {
    const smc::cufft_transform<Real> transform(smc::cuda{}, Size, rows);
    measure(state, [&] { transform.forward(in.get(), out.get()); });
  } else {
    const smc::cuda_block_transform<Real, Size> transform(smc::cuda{});
    measure(state, [&] { transform.forward(in.get(), out.get(), rows); });
  }
  bench::report(state, static_cast<double>(count), "number",
                bench::divided(memory_bytes(), 2 * sizeof(smc::complex<Real>)));
}

template <class Real>
void nonuniform(benchmark::State& state) {
  const auto points = static_cast<std::size_t>(state.range(0)), modes = static_cast<std::size_t>(state.range(1));
  std::vector<Real> x(points);
  for (std::size_t j = 0; j < points; ++j) x[j] = static_cast<Real>(std::fmod(0.618034 * static_cast<double>(j), 6.28));
  const smc::detail::device_array<Real> on_device(smc::cuda{}, points, "points");
  const smc::detail::device_array<smc::complex<Real>> strengths(smc::cuda{}, points, "strengths"),
      sums(smc::cuda{}, modes, "sums");
  check(cudaMemcpy(on_device.get(), x.data(), points * sizeof(Real), cudaMemcpyHostToDevice), "cudaMemcpy");
  check(cudaMemset(strengths.get(), 0, points * sizeof(smc::complex<Real>)), "cudaMemset");
  smc::cuda_nonuniform_transform<Real> transform(smc::cuda{}, modes, sizeof(Real) == sizeof(float) ? 1e-5 : 1e-9);
  measure(state, [&] {
    transform.set_points(on_device.get(), points);
    transform.type1(strengths.get(), sums.get());
  });
  // At least, points and strengths are read and modes written.
  const double bytes = static_cast<double>(points) * 3 * sizeof(Real) + static_cast<double>(modes) * 2 * sizeof(Real);
  bench::report(state, static_cast<double>(points), "point",
                bench::divided(memory_bytes(), bytes / static_cast<double>(points)));
}

/// Where a benchmark fails, for want of memory say, the others go on.
template <class Body>
benchmark::internal::Benchmark* timed(const std::string& name, const Body& body) {
  const auto guarded = [=](benchmark::State& state) {
    try {
      body(state);
    } catch (const std::exception& error) {
      state.SkipWithError(error.what());
    }
  };
  return benchmark::RegisterBenchmark(name.c_str(), guarded)->UseManualTime()->Unit(benchmark::kMillisecond);
}

template <class Model, class Observer>
void add_path_steps(const std::string& name, const Model& model, Observer observer, std::uint32_t steps = 252,
                    std::uint64_t paths = std::uint64_t{1} << 20) {
  timed("gpu_path_steps/" + name + "_" + bench::name_of<typename Model::real> +
            "/spectralmc/steps:" + std::to_string(steps) + "/paths:" + std::to_string(paths),
        [=](benchmark::State& state) { path_steps(state, model, observer, steps, paths); });
}

template <class Real>
void add() {
  const std::string real = bench::name_of<Real>;
  timed("gpu_generation/normals_" + real + "/spectralmc", generation<Real>);
  timed("gpu_generation/normals_" + real + "/cuRAND-device", curand_in_a_kernel<Real>);
  timed("gpu_generation/normals_" + real + "/cuRAND-host", curand_to_memory<Real>);

  const smc::market asset = bench::heston_market();
  const smc::heston_parameters heston = bench::heston_parameters;
  const smc::black_scholes<Real> black_scholes(asset, {0.2});
  const smc::heston<Real> quadratic_exponential(asset, heston);
  for (const std::uint64_t paths :
       {std::uint64_t{1} << 14, std::uint64_t{1} << 17, std::uint64_t{1} << 20, std::uint64_t{1} << 22}) {
    add_path_steps("black_scholes", black_scholes, smc::log_return{}, 252, paths);
    add_path_steps("heston_quadratic_exponential", quadratic_exponential, smc::log_return{}, 252, paths);
  }
  for (const std::uint32_t steps : {1u, 16u, 1024u}) {
    add_path_steps("black_scholes", black_scholes, smc::log_return{}, steps);
    add_path_steps("heston_quadratic_exponential", quadratic_exponential, smc::log_return{}, steps);
  }
  add_path_steps("merton", smc::merton<Real>(asset, {0.2, {2, -0.05, 0.1}}), smc::log_return{});
  add_path_steps("variance_gamma", smc::variance_gamma<Real>(asset, {0.12, -0.14, 0.2}), smc::log_return{});
  add_path_steps("bates", smc::bates<Real>(asset, {heston, {2, -0.05, 0.1}}), smc::log_return{});
  add_path_steps("sabr", smc::sabr<Real>(asset, {0.3, 0.5, 0.6, -0.5}), smc::spot{});

  timed("gpu_fused_spectrum/heston_" + real + "/spectralmc", fused_spectrum<Real>)
      ->ArgNames({"dates", "terms"})
      ->ArgsProduct({{1, 12, 252}, {32, 160}});
  const auto add_fourier = [&](auto size) {
    constexpr std::size_t n = decltype(size)::value;
    const std::string case_name = "gpu_fourier/rows_" + real, arguments = "/n:" + std::to_string(n);
    timed(case_name + "/spectralmc" + arguments, fourier<Real, n, false>);
    timed(case_name + "/cuFFT" + arguments, fourier<Real, n, true>);
  };
  add_fourier(std::integral_constant<std::size_t, 64>{});
  add_fourier(std::integral_constant<std::size_t, 512>{});
  add_fourier(std::integral_constant<std::size_t, 2048>{});
  timed("gpu_nonuniform/type_1_" + real + "/spectralmc", nonuniform<Real>)
      ->ArgNames({"points", "modes"})
      ->Args({1 << 20, 4096})
      ->Args({1 << 20, 1 << 20})
      ->Args({1 << 24, 4096});
}

template <class Real, int BlockThreads, int ResidentBlocks, int SumsAThread>
void add_candidate() {
  timed("gpu_tuning/heston_quadratic_exponential_" + std::string(bench::name_of<Real>) +
            "/spectralmc/threads:" + std::to_string(BlockThreads) + "/blocks:" + std::to_string(ResidentBlocks) +
            "/sums:" + std::to_string(SumsAThread),
        tuning<Real, candidate<BlockThreads, ResidentBlocks, SumsAThread>>);
}

const bool added = [] {
  timed("gpu_generation/words/spectralmc", generation_of_words);
  timed("gpu_generation/words/cuRAND-device", curand_words_in_a_kernel);
  add<float>();
  add<double>();
  add_candidate<float, 64, 8, 64>();
  add_candidate<float, 64, 8, 32>();
  add_candidate<float, 64, 12, 64>();
  add_candidate<float, 128, 4, 64>();
  add_candidate<float, 128, 4, 32>();
  add_candidate<float, 128, 6, 64>();
  add_candidate<float, 128, 6, 32>();
  add_candidate<float, 128, 4, 16>();
  add_candidate<float, 256, 3, 32>();
  add_candidate<double, 64, 4, 64>();
  add_candidate<double, 64, 8, 32>();
  add_candidate<double, 128, 2, 64>();
  add_candidate<double, 128, 3, 64>();
  add_candidate<double, 128, 2, 32>();
  add_candidate<double, 128, 4, 32>();
  add_candidate<double, 128, 4, 16>();
  add_candidate<double, 256, 2, 32>();
  timed("gpu_path_steps/black_scholes_float/Thrust/steps:252/paths:1048576", thrust_price);
  return true;
}();

}  // namespace
