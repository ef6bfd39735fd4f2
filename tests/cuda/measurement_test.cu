// The CUDA execution against the CPU's, bit for bit. Where there is no device the kernels are compiled and linked all
// the same, and what a user is told then is tested.
#include <doctest/doctest.h>

#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

#include "device.hpp"
#include "levels_item.hpp"
#include "spectralmc/execution/cuda.cuh"
#include "spectralmc/execution/cuda_devices.cuh"
#include "spectralmc/spectralmc.hpp"

namespace {

namespace smc = spectralmc;

smc::market market() { return smc::market(100, 0.03, 0.01); }

template <class Real>
auto heston_plan(std::uint64_t paths) {
  return smc::simulation{smc::heston<Real>(market(), {0.04, 1.5, 0.05, 0.6, -0.7}),
                         smc::time_grid::dates({0.1, 0.5}, 0.05)}
      .paths(paths)
      .seed(7);
}

/// A payoff that is not finite on some paths.
struct sometimes_infinite {
  template <class Path>
  SPECTRALMC_HOST_DEVICE auto operator()(const Path& path) const {
    const auto s = path.last();
    using V = std::remove_const_t<decltype(s)>;
    using real = smc::scalar_of<V>;
    return smc::select(s > V(real(120)), V(real(1)) / (s - s), s);
  }
};

}  // namespace

TEST_CASE("without a device the exception names the call and the code") {
  if (missing_device().empty()) return;
  try {
    smc::characteristic_function(smc::cuda{}, heston_plan<float>(1024), smc::log_return{});
    FAIL("no exception");
  } catch (const smc::cuda_error& e) {
    CHECK(std::string(e.what()).find("cudaGetDeviceCount failed: cudaError") == 0);
    CHECK(e.code() != cudaSuccess);
  }
}

TEST_CASE("spectra in float have the CPU's bits") {
  if (skipped()) return;
  // Not a multiple of a chunk, and more than one unit.
  CHECK(same_bits(heston_plan<float>(20001), smc::cuda{}, smc::spectrum_of(smc::log_return{})));
}

TEST_CASE("all devices together have the CPU's bits, and one that is given twice") {
  if (skipped()) return;
  const std::vector<std::vector<int>> choices{{}, {0}, {0, 0}};
  for (const std::vector<int>& numbers : choices) {
    CAPTURE(numbers.size());
    CHECK(same_bits(heston_plan<float>(100001), smc::cuda_devices{numbers}, smc::spectrum_of(smc::log_return{})));
  }
}

TEST_CASE("a device that is not there is refused by its number") {
  if (skipped()) return;
  const auto spectrum_of_device = [](int number) {
    smc::characteristic_function(smc::cuda_devices{{0, number}}, heston_plan<float>(1024), smc::log_return{});
  };
  CHECK_THROWS_WITH_AS(spectrum_of_device(-1),
                       doctest::Contains("numbers is -1, allowed: devices of this machine, 0 to"),
                       smc::invalid_parameter);
  CHECK_THROWS_WITH_AS(spectrum_of_device(1000), doctest::Contains("numbers is 1000"), smc::invalid_parameter);
}

TEST_CASE("spectra in double have the CPU's bits") {
  if (skipped()) return;
  CHECK(same_bits(heston_plan<double>(9001), smc::cuda{}, smc::spectrum_of(smc::log_return{})));
}

TEST_CASE("several observers and payoffs in one run have the CPU's bits") {
  if (skipped()) return;
  CHECK(same_bits(heston_plan<float>(5000), smc::cuda{}, smc::spectrum_of(smc::running_average<>{}),
                  smc::value_of(smc::asian_call{100}), smc::value_of(sometimes_infinite{}), smc::levels{}));
}

TEST_CASE("joint spectra have the CPU's bits") {
  if (skipped()) return;
  CHECK(same_bits(heston_plan<float>(9001), smc::cuda{},
                  smc::joint_spectrum_of(smc::log_return{}, 0.1, smc::log_return{}, 0.5).terms(20)));
  CHECK(same_bits(heston_plan<double>(3001), smc::cuda{}, smc::spectrum_of(smc::log_return{}),
                  smc::joint_spectrum_of(smc::log_return{}, smc::spot{}, 0.5).terms(20)));
}

TEST_CASE("many small batches and the caller's stream give the same bits") {
  if (skipped()) return;
  smc::cuda gpu;
  REQUIRE(cudaStreamCreate(&gpu.stream) == cudaSuccess);
  gpu.memory_limit = 1 << 20;
  CHECK(same_bits(heston_plan<float>(40000), gpu, smc::spectrum_of(smc::log_return{})));
  cudaStreamDestroy(gpu.stream);
}

TEST_CASE("the caller's allocator is used, and its failure is told") {
  if (skipped()) return;
  smc::cuda gpu;
  gpu.memory.allocate = [](void*, void**, std::size_t, cudaStream_t) { return cudaErrorMemoryAllocation; };
  gpu.memory.deallocate = [](void*, void*, cudaStream_t) { return cudaSuccess; };
  CHECK_THROWS_AS(smc::characteristic_function(gpu, heston_plan<float>(1024), smc::log_return{}),
                  smc::allocation_error);
}

TEST_CASE("a run stopped by its progress callback is a shorter run") {
  if (skipped()) return;
  auto plan = heston_plan<float>(1 << 20).on_progress([](const smc::progress&) { return false; });
  smc::cuda gpu;
  gpu.memory_limit = 1 << 22;
  const auto spectra = smc::characteristic_function(gpu, plan, smc::log_return{});
  CHECK(spectra[0].paths() > 0);
  CHECK(spectra[0].paths() <= plan.paths());
}
