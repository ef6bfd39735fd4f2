// Fourier sums over any points on a CUDA GPU: types 1 and 2 of fourier/nonuniform_fourier_transform.hpp, on arrays in
// the device's memory. By cuFFT: what includes this links CUDA::cufft. Needs nvcc.
//
// Points are sorted by their cell with CUB's radix sort, which keeps the order of points in a cell; a thread then
// gathers the sum of one grid point, without atomics. So a result has the same bits each time, for one device and
// version of cuFFT; before the transform they are the CPU's where that sorts all points together (more than 2^16 grid
// points).
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cub/device/device_radix_sort.cuh>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "spectralmc/errors.hpp"
#include "spectralmc/parallel/device.cuh"
#include "spectralmc/fourier/cufft.cuh"
#include "spectralmc/fourier/nonuniform_fourier_transform.hpp"
#include "spectralmc/fourier/point_spreading.hpp"
#include "spectralmc/numeric/complex.hpp"

namespace spectralmc {
SPECTRALMC_LANES_NAMESPACE_BEGIN

namespace __attribute__((visibility("hidden"))) cuda_kernels {

  inline __device__ std::uint32_t first_index() { return blockIdx.x * blockDim.x + threadIdx.x; }
  inline __device__ std::uint32_t index_step() { return gridDim.x * blockDim.x; }

  /// The least number of a point that is none goes to `bad`.
  template <class Real>
  __global__ void locate_points(point_spreading<Real> to, const Real* x, std::uint32_t count, std::uint32_t* cells,
                                std::uint32_t* indices, std::uint32_t* bad) {
    for (std::uint64_t j = first_index(); j < count; j += index_step()) {
      const auto i = static_cast<std::uint32_t>(j);
      const auto radians = static_cast<double>(x[i]);
      std::uint32_t cell = 0;
      Real place = 0;
      if (abs(radians) <= 0x1p40) {
        to.locate(radians, cell, place);
      } else {
        atomicMin(bad, i);
      }
      cells[i] = cell;
      indices[i] = i;
    }
  }

  template <class Real>
  __global__ void place_points(point_spreading<Real> to, const Real* x, std::uint32_t count,
                               const std::uint32_t* indices, Real* places) {
    for (std::uint64_t j = first_index(); j < count; j += index_step()) {
      std::uint32_t cell;
      to.locate(static_cast<double>(x[indices[j]]), cell, places[j]);
    }
  }

  template <class Index>
  __global__ void find_cells(const Index* cells, Index count, Index grid_size, Index* starts) {
    for (std::uint32_t cell = first_index(); cell <= grid_size; cell += index_step()) {
      starts[cell] = points_before(cell, cells, count);
    }
  }

  template <class Real>
  __global__ void sort_strengths(const complex<Real>* strengths, const std::uint32_t* indices, std::uint32_t count,
                                 complex<Real>* sorted) {
    for (std::uint64_t j = first_index(); j < count; j += index_step()) sorted[j] = strengths[indices[j]];
  }

  template <class Real>
  __global__ void gather_points(point_spreading<Real> to, const std::uint32_t* starts, const Real* places,
                                const complex<Real>* strengths, complex<Real>* grid) {
    for (std::uint32_t g = first_index(); g < to.grid_size; g += index_step()) {
      grid[g] = to.gather(g, starts, places, strengths);
    }
  }

  template <class Real>
  __global__ void interpolate_points(point_spreading<Real> to, const std::uint32_t* cells, const std::uint32_t* indices,
                                     const Real* places, std::uint32_t count, const complex<Real>* grid,
                                     complex<Real>* values) {
    for (std::uint64_t j = first_index(); j < count; j += index_step()) {
      values[indices[j]] = to.interpolate(cells[j], places[j], grid);
    }
  }

  /// Modes from the grid that was transformed, or the grid from modes; corrections are those of modes 0, 1, ...
  template <class Real>
  __global__ void modes_of_grid(const complex<Real>* grid, std::uint32_t grid_size, const Real* corrections, Real scale,
                                std::uint32_t modes, complex<Real>* out) {
    for (std::uint32_t i = first_index(); i < modes; i += index_step()) {
      const std::uint32_t half = modes / 2;
      const complex<Real> z = grid[i < half ? grid_size - half + i : i - half];
      const Real factor = corrections[i < half ? half - i : i - half] * scale;
      out[i] = {z.re * factor, z.im * factor};
    }
  }
  template <class Real>
  __global__ void grid_of_modes(const complex<Real>* in, std::uint32_t modes, const Real* corrections, Real scale,
                                std::uint32_t grid_size, complex<Real>* grid) {
    for (std::uint32_t g = first_index(); g < grid_size; g += index_step()) {
      const std::uint32_t half = modes / 2, i = g < grid_size - half ? g + half : g - (grid_size - half);
      complex<Real> z(Real(0), Real(0));
      if (i < modes) {
        const Real factor = corrections[i < half ? half - i : i - half] * scale;
        z = {in[i].re * factor, in[i].im * factor};
      }
      grid[g] = z;
    }
  }

}  // namespace cuda_kernels

/// Fourier sums over points in the memory of the device that was current when this was made, on the execution's stream.
/// The points are a part of it, and are replaced by set_points. For one thread and stream at a time.
template <class Real>
class cuda_nonuniform_transform {
 public:
  /// @param modes, tolerance as nonuniform_fourier_transform takes them
  /// @throws invalid_parameter, cuda_error, cufft_error, allocation_error
  cuda_nonuniform_transform(const cuda& execution, std::size_t modes, double tolerance)
      : execution_(execution),
        modes_(modes),
        host_(modes, tolerance),
        transform_(execution, host_.grid_size()),
        tables_(execution),
        grid_(execution, host_.grid_size(), purpose) {
    const std::vector<double> exact = host_.kernel().corrections(modes / 2 + 1, host_.grid_size());
    std::vector<Real> corrections;
    for (const double c : exact) corrections.push_back(static_cast<Real>(c));
    corrections_ = tables_(corrections);
    spreading_ = {host_.kernel().table(tables_(host_.kernel().coefficient_rows())),
                  static_cast<std::uint32_t>(host_.grid_size())};
  }

  std::size_t modes() const { return modes_; }
  std::size_t points() const { return count_; }

  /// Sorts the points x[0] ... x[count - 1], on the device, radians, |x| <= 2^40, fewer than 2^31. Waits for the
  /// device.
  /// @throws invalid_parameter for a point that is not such a number, with its index; cuda_error, allocation_error
  void set_points(const Real* x, std::size_t count) {
    require(count < (std::size_t{1} << 31), "count", std::uint64_t{count}, "below 2^31");
    points_.reset();
    count_ = 0;
    if (count == 0) return;
    fourier_detail::require_array(x, "x");
    const auto number = static_cast<std::uint32_t>(count);
    sorted points(execution_, count, host_.grid_size());
    const detail::device_array<std::uint32_t> cells(execution_, count, purpose), indices(execution_, count, purpose);
    const detail::device_array<std::uint32_t> bad(execution_, 1, purpose);
    std::uint32_t first_bad = (std::numeric_limits<std::uint32_t>::max)();
    const detail::wait_at_end first_bad_is_there(execution_.stream);
    detail::check(cudaMemcpyAsync(bad.get(), &first_bad, sizeof first_bad, cudaMemcpyHostToDevice, execution_.stream),
                  "cudaMemcpyAsync");
    launch(cuda_kernels::locate_points<Real>, count, spreading_, x, number, cells.get(), indices.get(), bad.get());
    detail::check(cudaMemcpyAsync(&first_bad, bad.get(), sizeof first_bad, cudaMemcpyDeviceToHost, execution_.stream),
                  "cudaMemcpyAsync");
    detail::check(cudaStreamSynchronize(execution_.stream), "cudaStreamSynchronize");
    if (first_bad < count) {
      throw invalid_parameter(("x[" + std::to_string(first_bad) + "]").c_str(), "not such a number", "[-2^40, 2^40]");
    }
    int bits = 0;
    while ((std::size_t{1} << bits) < host_.grid_size()) ++bits;
    std::size_t bytes = 0;
    const auto sort = [&](void* memory) {
      detail::check(
          cub::DeviceRadixSort::SortPairs(memory, bytes, cells.get(), points.cells.get(), indices.get(),
                                          points.indices.get(), static_cast<int>(number), 0, bits, execution_.stream),
          "cub::DeviceRadixSort::SortPairs");
    };
    sort(nullptr);
    const detail::device_array<unsigned char> memory(execution_, bytes, purpose);
    sort(memory.get());
    launch(cuda_kernels::place_points<Real>, count, spreading_, x, number, points.indices.get(), points.places.get());
    launch(cuda_kernels::find_cells<std::uint32_t>, host_.grid_size() + 1, points.cells.get(), number,
           spreading_.grid_size, points.starts.get());
    detail::check(cudaStreamSynchronize(execution_.stream), "cudaStreamSynchronize");
    points_.emplace(std::move(points));
    count_ = count;
  }

  /// modes[k] = sum_j strengths[j] exp(+-i k x[j]), both on the device. Does not wait.
  void type1(const complex<Real>* strengths, complex<Real>* modes, exponent_sign sign = exponent_sign::plus) const {
    fourier_detail::require_array(modes, "modes");
    if (count_ == 0) {
      detail::check(cudaMemsetAsync(modes, 0, modes_ * sizeof *modes, execution_.stream), "cudaMemsetAsync");
      return;
    }
    fourier_detail::require_array(strengths, "strengths");
    launch(cuda_kernels::sort_strengths<Real>, count_, strengths, points_->indices.get(),
           static_cast<std::uint32_t>(count_), points_->strengths.get());
    launch(cuda_kernels::gather_points<Real>, host_.grid_size(), spreading_, points_->starts.get(),
           points_->places.get(), points_->strengths.get(), grid_.get());
    transform_grid(sign);
    launch(cuda_kernels::modes_of_grid<Real>, modes_, grid_.get(), spreading_.grid_size, corrections_, scale(sign),
           static_cast<std::uint32_t>(modes_), modes);
  }

  /// values[j] = sum_k modes[k] exp(+-i k x[j]), both on the device. Does not wait.
  void type2(const complex<Real>* modes, complex<Real>* values, exponent_sign sign = exponent_sign::plus) const {
    if (count_ == 0) return;
    fourier_detail::require_array(modes, "modes");
    fourier_detail::require_array(values, "values");
    launch(cuda_kernels::grid_of_modes<Real>, host_.grid_size(), modes, static_cast<std::uint32_t>(modes_),
           corrections_, scale(sign), spreading_.grid_size, grid_.get());
    transform_grid(sign);
    launch(cuda_kernels::interpolate_points<Real>, count_, spreading_, points_->cells.get(), points_->indices.get(),
           points_->places.get(), static_cast<std::uint32_t>(count_), grid_.get(), values);
  }

 private:
  static constexpr const char* purpose = "a non-uniform Fourier transform";

  /// The points by cells.
  struct sorted {
    detail::device_array<std::uint32_t> cells, indices, starts;
    detail::device_array<Real> places;
    detail::device_array<complex<Real>> strengths;

    sorted(const cuda& execution, std::size_t count, std::size_t grid_size)
        : cells(execution, count, purpose),
          indices(execution, count, purpose),
          starts(execution, grid_size + 1, purpose),
          places(execution, count, purpose),
          strengths(execution, count, purpose) {}
  };

  template <class Kernel, class... Arguments>
  void launch(Kernel kernel, std::size_t threads, Arguments... arguments) const {
    constexpr std::size_t block = 256;
    detail::launch("launch of a kernel of a non-uniform Fourier transform", kernel,
                   (std::min<std::size_t>)((threads - 1) / block + 1, 65535), block, 0, execution_.stream,
                   arguments...);
  }

  void transform_grid(exponent_sign sign) const {
    if (sign == exponent_sign::plus) {
      transform_.inverse(grid_.get(), grid_.get());
    } else {
      transform_.forward(grid_.get(), grid_.get());
    }
  }

  /// The size by which an inverse transform divides.
  Real scale(exponent_sign sign) const {
    return sign == exponent_sign::plus ? static_cast<Real>(host_.grid_size()) : Real(1);
  }

  cuda execution_;
  std::size_t modes_, count_ = 0;
  nonuniform_fourier_transform<Real> host_;
  cufft_transform<Real> transform_;
  detail::uploads tables_;
  detail::device_array<complex<Real>> grid_;
  const Real* corrections_ = nullptr;
  point_spreading<Real> spreading_{};
  std::optional<sorted> points_;
};

SPECTRALMC_LANES_NAMESPACE_END
}  // namespace spectralmc
