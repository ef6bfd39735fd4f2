// Rows in a device's memory, transformed by blocks of threads. Needs nvcc.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "spectralmc/errors.hpp"
#include "spectralmc/fourier/block_fourier_transform.hpp"
#include "spectralmc/fourier/fourier_transform.hpp"
#include "spectralmc/parallel/device.cuh"

namespace spectralmc {
SPECTRALMC_LANES_NAMESPACE_BEGIN

namespace __attribute__((visibility("hidden"))) cuda_kernels {

  template <class Real, std::size_t Size>
  inline constexpr std::size_t tile_rows = block_fourier_selector<Real, Size>{}(capability).rows;

  /// Each block takes as many rows at a time as its policy says, those from blockIdx.x on first.
  template <class Real, std::size_t Size, bool inverse>
  __global__ void __launch_bounds__(block_fourier_selector<Real, Size>{}(capability).block_threads,
                                    block_fourier_selector<Real, Size>{}(capability).resident_blocks)
      transform_rows(const complex<Real>* in, complex<Real>* out, const complex<Real>* roots, fourier_rows rows) {
    constexpr std::size_t tile = tile_rows<Real, Size>;
    using transform = block_fourier_transform<Real, Size, inverse, tile>;
    extern __shared__ __align__(16) unsigned char shared[];
    for (std::size_t first = blockIdx.x * tile; first < rows.count; first += gridDim.x * tile) {
      const auto load = [&](std::uint32_t row, std::uint32_t i) {
        return first + row < rows.count ? in[(first + row) * rows.input_distance + i] : complex<Real>(0);
      };
      const auto store = [&](std::uint32_t row, std::uint32_t k, complex<Real> value) {
        if (first + row < rows.count) out[(first + row) * rows.output_distance + k] = value;
      };
      transform(roots).run(device_block<>{}, *reinterpret_cast<typename transform::storage*>(shared), load, store);
    }
  }

}  // namespace cuda_kernels

/// The transform of rows of `Size` numbers in the memory of the current device, with the bits of fourier_transform.
/// Size is a power of two from 8 to 8192 whose numbers fit into the shared memory of a block; for others there is
/// cufft_transform. Runs on the execution's stream and does not wait for it.
template <class Real, std::size_t Size>
class cuda_block_transform {
 public:
  /// @throws cuda_error, allocation_error; invalid_parameter where the size does not fit
  explicit cuda_block_transform(const cuda& execution)
      : execution_(execution), roots_(execution, Size, "the roots of a Fourier transform") {
    architecture_ = cuda_kernels::compiled_architecture();
    if (architecture_ == 0) throw cuda_error(cudaErrorNoKernelImageForDevice, "the choice of a kernel");
    require(policy().fits, "Size", std::uint64_t{Size}, "what fits into the shared memory of a block");
    const std::vector<complex<Real>> roots = block_fourier_roots<Real>(Size);
    detail::check(
        cudaMemcpyAsync(roots_.get(), roots.data(), Size * sizeof roots[0], cudaMemcpyHostToDevice, execution.stream),
        "cudaMemcpyAsync");
    detail::check(cudaStreamSynchronize(execution.stream), "cudaStreamSynchronize");
  }

  /// `in` and `out` are on the device; they may be the same, with the same distances.
  void forward(const complex<Real>* in, complex<Real>* out, fourier_rows rows = {}) const {
    launch(cuda_kernels::transform_rows<Real, Size, false>, in, out, rows);
  }
  void inverse(const complex<Real>* in, complex<Real>* out, fourier_rows rows = {}) const {
    launch(cuda_kernels::transform_rows<Real, Size, true>, in, out, rows);
  }

 private:
  block_fourier_policy policy() const { return block_fourier_selector<Real, Size>{}(architecture_); }

  template <class Kernel>
  void launch(Kernel kernel, const complex<Real>* in, complex<Real>* out, fourier_rows rows) const {
    if (rows.count == 0) return;
    fourier_detail::require_array(in, "in");
    fourier_detail::require_array(out, "out");
    if (rows.input_distance == 0) rows.input_distance = Size;
    if (rows.output_distance == 0) rows.output_distance = Size;
    const int bytes = policy().shared_memory;
    if (bytes > 48 * 1024) {
      detail::check(cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, bytes),
                    "cudaFuncSetAttribute");
    }
    detail::launch("launch of transform_rows", kernel,
                   (std::min<std::size_t>)((rows.count - 1) / policy().rows + 1, 0x7fffffff),
                   static_cast<std::size_t>(policy().block_threads), static_cast<std::size_t>(bytes), execution_.stream,
                   in, out, roots_.get(), rows);
  }

  cuda execution_;
  int architecture_ = 0;
  detail::device_array<complex<Real>> roots_;
};

SPECTRALMC_LANES_NAMESPACE_END
}  // namespace spectralmc
