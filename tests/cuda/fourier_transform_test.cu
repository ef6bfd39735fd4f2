// The transforms of blocks of threads on the device against the CPU's, bit for bit.
#include <doctest/doctest.h>

#include <cstddef>
#include <cstring>
#include <vector>

#include "device.hpp"
#include "spectralmc/fourier/block_fourier_transform.cuh"
#include "spectralmc/fourier/fourier_transform.hpp"

namespace {

namespace smc = spectralmc;

template <class Real, std::size_t Size>
void check_bits(std::size_t count) {
  if (skipped()) return;
  if (!smc::block_fourier_selector<Real, Size>{}(smc::cuda_kernels::compiled_architecture()).fits) return;
  std::vector<smc::complex<Real>> x(count * Size), on_cpu(x.size()), on_gpu(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) {
    x[i] = {static_cast<Real>(i * 7919 % 1009) / Real(1009), static_cast<Real>(i * 6967 % 997) / Real(-997)};
  }
  const smc::cuda gpu{};
  const std::size_t bytes = x.size() * sizeof x[0];
  const smc::detail::device_array<smc::complex<Real>> values(gpu, x.size(), "a test");
  const smc::cuda_block_transform<Real, Size> by_blocks(gpu);
  const smc::fourier_transform<Real> by_cpu(Size);
  for (const bool inverse : {false, true}) {
    REQUIRE(cudaMemcpy(values.get(), x.data(), bytes, cudaMemcpyHostToDevice) == cudaSuccess);
    if (inverse) {
      by_blocks.inverse(values.get(), values.get(), {count});
      by_cpu.inverse(smc::cpu{}, x.data(), on_cpu.data(), {count});
    } else {
      by_blocks.forward(values.get(), values.get(), {count});
      by_cpu.forward(smc::cpu{}, x.data(), on_cpu.data(), {count});
    }
    REQUIRE(cudaMemcpy(on_gpu.data(), values.get(), bytes, cudaMemcpyDeviceToHost) == cudaSuccess);
    CHECK(std::memcmp(on_cpu.data(), on_gpu.data(), bytes) == 0);
  }
}

}  // namespace

TEST_CASE("rows of a few numbers have the CPU's bits, several to a block") {
  check_bits<float, 8>(1000);
  check_bits<double, 64>(101);
}

TEST_CASE("rows that fill a block have the CPU's bits") {
  check_bits<float, 4096>(7);
  check_bits<double, 1024>(300);
}

TEST_CASE("rows that need more shared memory than 48 KiB have the CPU's bits") { check_bits<double, 8192>(5); }
