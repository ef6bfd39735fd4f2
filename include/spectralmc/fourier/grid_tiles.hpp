// How spreading to a grid and interpolation from it divide their work: a kernel's grid points into packs, and the grid
// into tiles, which threads take one after the other.
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <type_traits>

#include "spectralmc/configuration.hpp"
#include "spectralmc/fourier/fourier_transform.hpp"
#include "spectralmc/fourier/spreading_grid.hpp"
#include "spectralmc/numeric/lanes.hpp"
#include "spectralmc/parallel/cpu.hpp"

namespace spectralmc {
SPECTRALMC_LANES_NAMESPACE_BEGIN

namespace fourier_detail {

/// The most packs that a kernel's grid points fill.
template <class Real>
inline constexpr std::size_t all_packs = (kernel_points - 1) / lane_count<lanes<Real>> + 1;

/// Calls body(constant) with the number of packs that the grid points of a kernel of `width` fill.
template <class Real, std::size_t packs = 1, class Body>
void with_packs_for(std::size_t width, const Body& body) {
  if constexpr (packs < all_packs<Real>) {
    if (width > packs * lane_count<lanes<Real>>) return with_packs_for<Real, packs + 1>(width, body);
  }
  body(std::integral_constant<std::size_t, packs>{});
}

/// Calls body(first grid point, one beyond the last, two arrays of `Number`) for tiles of a grid of that size. The
/// arrays are the thread's own, with room for 3 x 16 more numbers than a tile has points.
template <class Number, class Body>
void for_each_tile(const cpu& execution, std::size_t grid_size, const Body& body) {
  constexpr std::size_t largest_tile = 4096;
  std::size_t tile = largest_tile;
  while (tile > 256 && tile * 8 * execution.thread_count() > grid_size) tile /= 2;
  tile = (std::min)(tile, grid_size);
  struct memory {
    alignas(64) Number re[largest_tile + 3 * kernel_points];
    alignas(64) Number im[largest_tile + 3 * kernel_points];
  };
  for_each_unit(
      execution, grid_size / tile, [] { return std::make_unique<memory>(); },
      [&](std::size_t unit, const std::unique_ptr<memory>& local) {
        body(unit * tile, (unit + 1) * tile, local->re, local->im);
      });
}

}  // namespace fourier_detail

SPECTRALMC_LANES_NAMESPACE_END
}  // namespace spectralmc
