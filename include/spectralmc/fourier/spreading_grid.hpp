// The periodic grid that points are spread to in non-uniform Fourier transforms: how many grid points are taken for so
// many modes and a tolerance, whether points go to them in blocks, and where cells and modes are.
//
// Up to 2^16 grid points they are a power of two and at least twice the modes. Above, where Fourier transform and
// memory cost as much as the points, they may be three or five times a power of two, and 1.25 times the modes.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>

#include "spectralmc/configuration.hpp"
#include "spectralmc/fourier/spreading_kernel.hpp"
#include "spectralmc/numeric/value.hpp"

namespace spectralmc {
SPECTRALMC_LANES_NAMESPACE_BEGIN

namespace fourier_detail {

/// The most grid points that a point is spread to.
inline constexpr std::size_t kernel_points = spreading_kernel<double>::largest_width;
/// The most points of a grid that points are taken to in blocks.
inline constexpr std::size_t largest_in_blocks = std::size_t{1} << 16;
inline constexpr const char* grid_purpose = "the grid of a non-uniform Fourier transform";

/// A grid of `size` points for `modes` modes.
struct spreading_grid {
  std::size_t modes, size;

  /// Grid points by modes, of which the kernel makes use of no more than 4.
  double upsampling() const { return minimum(static_cast<double>(size) / static_cast<double>(modes), 4.0); }

  /// Whether points are taken in blocks that each go to the whole grid, of which a thread then has one for itself.
  bool in_blocks() const { return size <= largest_in_blocks; }
  std::size_t block_size() const { return (std::max)(std::size_t{1} << 14, 4 * size); }

  /// The grid is periodic: for a cell from -size to size - 1, for a grid point from 0 to 2 size - 1.
  std::uint32_t cell_around(std::int64_t cell) const {
    return static_cast<std::uint32_t>(cell < 0 ? cell + static_cast<std::int64_t>(size) : cell);
  }
  std::size_t around(std::size_t i) const { return i < size ? i : i - size; }
  /// The grid point of mode number i.
  std::size_t place_of_mode(std::size_t i) const { return around(i + (size - modes / 2)); }
};

/// Nanoseconds, as measured with packs of 64 bytes: for the grid points, mostly in memory and Fourier transform, and
/// for a point, which takes a second pack beyond a kernel of eight points.
inline double cost_of_mode(double upsampling, double width) {
  return fma(18.0, upsampling, fma(0.5, width, width > 8 ? 8.0 : 0.0));
}

/// Of all sizes above 2^16 that leave the kernel no more than 16 points, and keep what the corrections make of
/// rounding below the tolerance, as `largest` does, the one that costs the least for as many points as modes.
template <class Real>
std::size_t cheapest_grid(std::size_t modes, double tolerance, std::size_t largest) {
  std::size_t best = largest;
  double least = std::numeric_limits<double>::infinity();
  for (const std::size_t odd : {1, 3, 5}) {
    for (std::size_t size = odd; size <= largest; size *= 2) {
      const double upsampling = static_cast<double>(size) / static_cast<double>(modes);
      if (size <= largest_in_blocks || upsampling < spreading_kernel<Real>::least_upsampling) continue;
      const std::size_t width = spreading_kernel<Real>::width_for(tolerance, upsampling);
      const double cost = cost_of_mode(upsampling, static_cast<double>(width));
      if (width > kernel_points || cost >= least) continue;
      const auto rounding = static_cast<double>(std::numeric_limits<Real>::epsilon());
      if (rounding * spreading_kernel<Real>::magnification(width, upsampling) > tolerance) continue;
      least = cost;
      best = size;
    }
  }
  return best;
}

/// The grid for 1 to 2^25 modes in the arithmetic of Real. Up to 2^16 its size is the power of two from twice the
/// modes on.
template <class Real>
spreading_grid spreading_grid_for(std::size_t modes, double tolerance) {
  std::size_t size = 2 * kernel_points;
  while (size < 2 * modes) size *= 2;
  return {modes, size <= largest_in_blocks ? size : cheapest_grid<Real>(modes, tolerance, size)};
}

}  // namespace fourier_detail

SPECTRALMC_LANES_NAMESPACE_END
}  // namespace spectralmc
