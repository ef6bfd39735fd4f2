// Each call of the runtime fails once: an exception tells it, no memory stays taken, and the next run is as if nothing
// had been.
#include <doctest/doctest.h>

#include <cstdint>
#include <exception>
#include <vector>

#include "spectralmc/execution/cuda.cuh"
#include "spectralmc/fourier/block_fourier_transform.cuh"
#include "spectralmc/fourier/nonuniform_fourier_transform.cuh"
#include "spectralmc/pricing/option_book.cuh"
#include "spectralmc/spectralmc.hpp"

namespace {

namespace smc = spectralmc;

/// `least` calls at least, so that the test is known to have looked.
template <class Run>
void check_failures(std::uint64_t least, const Run& run) {
  auto& on = software_device::device::get();
  on.failing_call = 0;
  const std::uint64_t before = on.calls;
  run();
  const std::uint64_t calls = on.calls - before;
  CHECK(calls >= least);
  for (std::uint64_t n = 1; n <= calls; ++n) {
    CAPTURE(n);
    on.failing_call = on.calls + n;
    bool told = false;
    try {
      run();
    } catch (const std::exception&) {
      told = true;
    }
    on.failing_call = 0;
    on.finish(nullptr);
    // What fails where memory is given back cannot be told, and leaves it taken.
    if (told) CHECK(software_device::last_error == cudaSuccess);
    CHECK_NOTHROW(run());
    on.finish(nullptr);
  }
  CHECK(on.work_left() == 0);
}

TEST_CASE("a run whose calls fail says so, and the next is as if nothing had been") {
  const auto plan =
      smc::simulation{smc::black_scholes<float>(smc::market(100), {0.2}), smc::time_grid::dates({0.5, 1}, 0.25)}.paths(
          9001);
  smc::cuda gpu;
  gpu.memory_limit = 1;
  check_failures(20, [&] {
    smc::measure(gpu, plan, smc::spectrum_of(smc::log_return{}).terms(20), smc::value_of(smc::european_call{100}));
  });
}

TEST_CASE("a book of options whose calls fail says so") {
  const std::vector<smc::black_scholes<double>> models{{smc::market(100), {0.2}}, {smc::market(90), {0.3}}};
  const std::vector<smc::book_option> options{{0, 1, smc::option_type::put, 95}, {1, 2, smc::option_type::call, 105}};
  smc::cuda gpu;
  gpu.memory_limit = 1;
  check_failures(20, [&] { price_book(gpu, models, options); });
}

TEST_CASE("transforms whose calls fail say so") {
  check_failures(5, [] {
    const smc::cuda gpu;
    const smc::detail::device_array<smc::complex<float>> values(gpu, 8 * 64, "a test");
    smc::detail::check(cudaMemset(values.get(), 0, 8 * 64 * sizeof(smc::complex<float>)), "cudaMemset");
    const smc::cuda_block_transform<float, 64> transform(gpu);
    transform.forward(values.get(), values.get(), {8});
    smc::detail::check(cudaStreamSynchronize(nullptr), "cudaStreamSynchronize");
  });
}

TEST_CASE("non-uniform transforms whose calls fail say so") {
  check_failures(20, [] {
    const smc::cuda gpu;
    const smc::detail::device_array<float> points(gpu, 100, "a test");
    const smc::detail::device_array<smc::complex<float>> strengths(gpu, 100, "a test"), modes(gpu, 16, "a test");
    smc::detail::check(cudaMemset(points.get(), 0, 100 * sizeof(float)), "cudaMemset");
    smc::detail::check(cudaMemset(strengths.get(), 0, 100 * sizeof(smc::complex<float>)), "cudaMemset");
    smc::cuda_nonuniform_transform<float> transform(gpu, 16, 1e-4);
    transform.set_points(points.get(), 100);
    transform.type1(strengths.get(), modes.get());
    transform.type2(modes.get(), strengths.get());
    smc::detail::check(cudaStreamSynchronize(nullptr), "cudaStreamSynchronize");
  });
}

}  // namespace
