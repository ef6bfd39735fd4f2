// What threads of a GPU do in Fourier sums over any points, for one grid point or one point each: the bodies of the
// kernels of fourier/nonuniform_fourier_transform.cuh, with the arithmetic of
// fourier/nonuniform_fourier_transform.hpp and, for points that are sorted all together, its bits.
#pragma once

#include <cstddef>
#include <cstdint>

#include "spectralmc/configuration.hpp"
#include "spectralmc/fourier/spreading_kernel.hpp"
#include "spectralmc/numeric/complex.hpp"
#include "spectralmc/numeric/value.hpp"

namespace spectralmc {
SPECTRALMC_LANES_NAMESPACE_BEGIN

/// Kernel and grid.
template <class Real>
struct point_spreading {
  kernel_table<Real> kernel;
  std::uint32_t grid_size;

  /// Cell and place of a point.
  SPECTRALMC_HOST_DEVICE void locate(double radians, std::uint32_t& cell, Real& place) const {
    const grid_place<double> found = place_in_grid(radians, static_cast<double>(grid_size), kernel.width);
    const auto place_of_cell = static_cast<std::int32_t>(found.cell);
    cell = static_cast<std::uint32_t>(place_of_cell) + (place_of_cell < 0 ? grid_size : 0);
    place = static_cast<Real>(found.place);
  }

  /// The sum at a grid point: cells that reach it in ascending order, and the sums over the points of each, in float by
  /// 64, added in double. The points of cell c are numbers starts[c] ... starts[c + 1] - 1.
  SPECTRALMC_HOST_DEVICE complex<Real> gather(std::uint32_t grid_point, const std::uint32_t* starts, const Real* places,
                                              const complex<Real>* strengths) const {
    constexpr std::uint32_t together = sizeof(Real) == sizeof(float) ? 64 : 0xffffffff;
    double re = 0, im = 0;
    for (std::uint32_t slot = kernel.width; slot-- > 0;) {
      const std::uint32_t cell = grid_point - slot + (grid_point < slot ? grid_size : 0), end = starts[cell + 1];
      for (std::uint32_t j = starts[cell]; j < end;) {
        complex<Real> part(Real(0), Real(0));
        const std::uint32_t stop = end - j < together ? end : j + together;
        for (; j < stop; ++j) {
          const Real weight = kernel.value(slot, places[j]);
          part.re = fma(weight, strengths[j].re, part.re);
          part.im = fma(weight, strengths[j].im, part.im);
        }
        re += static_cast<double>(part.re);
        im += static_cast<double>(part.im);
      }
    }
    return {static_cast<Real>(re), static_cast<Real>(im)};
  }

  /// The kernel's sum over the grid, at a point: 16 products, added by halves.
  SPECTRALMC_HOST_DEVICE complex<Real> interpolate(std::uint32_t cell, Real place, const complex<Real>* grid) const {
    constexpr std::uint32_t row = kernel_table<Real>::row;
    Real re[row], im[row];
    for (std::uint32_t slot = 0; slot < row; ++slot) {
      re[slot] = im[slot] = Real(0);
      if (slot >= kernel.width) continue;
      const Real weight = kernel.value(slot, place);
      const std::uint32_t grid_point = cell + slot;
      const complex<Real> z = grid[grid_point < grid_size ? grid_point : grid_point - grid_size];
      re[slot] = rounded_product(weight, z.re);
      im[slot] = rounded_product(weight, z.im);
    }
    for (std::uint32_t half = row / 2; half > 0; half /= 2) {
      for (std::uint32_t slot = 0; slot < half; ++slot) {
        re[slot] = re[slot] + re[slot + half];
        im[slot] = im[slot] + im[slot + half];
      }
    }
    return {re[0] + Real(0), im[0] + Real(0)};
  }
};

/// The number of points, in ascending order of their cells, that are before a cell.
SPECTRALMC_HOST_DEVICE inline std::uint32_t points_before(std::uint32_t cell, const std::uint32_t* cells,
                                                          std::uint32_t count) {
  std::uint32_t begin = 0, end = count;
  while (begin < end) {
    const std::uint32_t middle = begin + (end - begin) / 2;
    if (cells[middle] < cell) {
      begin = middle + 1;
    } else {
      end = middle;
    }
  }
  return begin;
}

SPECTRALMC_LANES_NAMESPACE_END
}  // namespace spectralmc
