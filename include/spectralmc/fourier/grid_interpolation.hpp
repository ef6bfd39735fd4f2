// Interpolation of numbers on a grid at points: a point's value is the sum over the kernel's grid points, by halves. So
// it depends neither on other points nor on the number of threads.
#pragma once

#include <algorithm>
#include <cstddef>

#include "spectralmc/allocation.hpp"
#include "spectralmc/configuration.hpp"
#include "spectralmc/fourier/fourier_transform.hpp"
#include "spectralmc/fourier/grid_tiles.hpp"
#include "spectralmc/fourier/sorted_points.hpp"
#include "spectralmc/fourier/spreading_grid.hpp"
#include "spectralmc/fourier/spreading_kernel.hpp"
#include "spectralmc/numeric/complex.hpp"
#include "spectralmc/numeric/lane_shuffles.hpp"
#include "spectralmc/numeric/lanes.hpp"
#include "spectralmc/parallel/cpu.hpp"

namespace spectralmc {
SPECTRALMC_LANES_NAMESPACE_BEGIN

namespace fourier_detail {

/// Interpolates with a kernel in a grid, both of which are to outlive it. Values are complex numbers in pairs, in the
/// order in which the points were given.
template <class Real>
class grid_interpolation {
  using V = lanes<Real>;
  using point = located_point<Real>;

 public:
  grid_interpolation(const spreading_grid& grid, const spreading_kernel<Real>& kernel)
      : grid_(grid), kernel_(kernel.table(kernel.coefficients(0))) {}

  /// At points that were sorted for this grid and kernel.
  void at_sorted(const cpu& execution, const points_by_cell<Real>& points, const complex<Real>* numbers,
                 Real* values) const {
    with_packs_for<Real>(kernel_.width, [&](auto packs) {
      constexpr std::size_t count = decltype(packs)::value;
      if (!grid_.in_blocks()) return interpolate_tiles<count>(execution, points, numbers, values);
      interpolate_ranges<count>(execution, points.count, numbers, values,
                                [&](std::size_t begin, std::size_t, point*) { return points.points.get() + begin; });
    });
  }

  /// The points x[0] ... x[count - 1], at least one, as they are: for grids that points are taken to in blocks.
  void at_points(const cpu& execution, const Real* x, std::size_t count, const complex<Real>* numbers,
                 Real* values) const {
    with_packs_for<Real>(kernel_.width, [&](auto packs) {
      interpolate_ranges<decltype(packs)::value>(execution, count, numbers, values,
                                                 [&](std::size_t begin, std::size_t used, point* located) {
                                                   locate(grid_, kernel_.width, x, begin, used, located);
                                                   return located;
                                                 });
    });
  }

 private:
  template <std::size_t packs>
  void interpolate_tiles(const cpu& execution, const points_by_cell<Real>& points, const complex<Real>* numbers,
                         Real* values) const {
    for_each_tile<Real>(execution, grid_.size, [&](std::size_t begin, std::size_t end, Real* re, Real* im) {
      const point_range<Real> here = points.all().in_cells(begin, end);
      if (here.empty()) return;
      for (std::size_t i = 0; i < end - begin + kernel_points; ++i) {
        re[i] = numbers[grid_.around(begin + i)].re;
        im[i] = numbers[grid_.around(begin + i)].im;
      }
      interpolate<packs>(here, begin, re, im, values);
    });
  }

  /// located(begin, count, memory) is where the points begin ... begin + count - 1 are.
  template <std::size_t packs, class Located>
  void interpolate_ranges(const cpu& execution, std::size_t count, const complex<Real>* numbers, Real* values,
                          const Located& located) const {
    const std::size_t room = grid_.size + 3 * kernel_points;
    const auto parts = allocate_unset<Real>(2 * room, grid_purpose);
    Real *re = parts.get(), *im = re + room;
    for (std::size_t i = 0; i < grid_.size + kernel_points; ++i) {
      re[i] = numbers[grid_.around(i)].re;
      im[i] = numbers[grid_.around(i)].im;
    }
    constexpr std::size_t unit_points = 16 * located_together;
    for_each_unit(
        execution, (count - 1) / unit_points + 1, [] { return 0; },
        [&](std::size_t unit, int) {
          point memory[located_together];
          const std::size_t end = (std::min)((unit + 1) * unit_points, count);
          for (std::size_t first = unit * unit_points; first < end; first += located_together) {
            const std::size_t used = (std::min)(located_together, end - first);
            const point* x = located(first, used, memory);
            interpolate<packs>({x, x + used}, 0, re, im, values);
          }
        });
  }

  /// re and im begin at grid point first_cell.
  template <std::size_t packs>
  void interpolate(point_range<Real> points, std::size_t first_cell, const Real* re, const Real* im,
                   Real* values) const {
    // As many points as a pack has lanes; at the end the last one several times.
    constexpr std::size_t together = lane_count<V>;
    const kernel_table<Real> kernel = kernel_;  // a copy stays in registers
    for (const point* x = points.begin; x < points.end; x += together) {
      const std::size_t used = (std::min)(together, static_cast<std::size_t>(points.end - x));
      V products_im[together];
      const V sums_re = lane_shuffles_detail::lane_sums<together>([&](std::size_t i) {
        const point& here = x[(std::min)(i, used - 1)];
        V weights[packs];
        kernel.template evaluate<packs>(here.place, weights);
        products_im[i] = slot_sum<packs>(weights, im + (here.cell - first_cell));
        return slot_sum<packs>(weights, re + (here.cell - first_cell));
      });
      const V sums_im = lane_shuffles_detail::lane_sums<together>([&](std::size_t i) { return products_im[i]; });
      Real all_re[together], all_im[together];
      // + 0: how many zeros of either sign are among the products depends on the lanes.
      store(sums_re + V(Real(0)), all_re);
      store(sums_im + V(Real(0)), all_im);
      for (std::size_t i = 0; i < used; ++i) {
        values[2 * std::size_t{x[i].index}] = all_re[i];
        values[2 * std::size_t{x[i].index} + 1] = all_im[i];
      }
    }
  }

  /// The sum over the kernel's grid points is that over 16 places by halves: down to one pack.
  template <std::size_t packs>
  static SPECTRALMC_FORCE_INLINE V slot_sum(const V* weights, const Real* numbers) {
    V products[packs];
    for (std::size_t p = 0; p < packs; ++p) {
      products[p] = rounded_product(weights[p], load<V>(numbers + p * lane_count<V>));
    }
    for (std::size_t h = all_packs<Real> / 2; h >= 1; h /= 2) {
      for (std::size_t p = 0; p < h && p + h < packs; ++p) products[p] = products[p] + products[p + h];
    }
    return products[0];
  }

  const spreading_grid& grid_;
  kernel_table<Real> kernel_;
};

}  // namespace fourier_detail

SPECTRALMC_LANES_NAMESPACE_END
}  // namespace spectralmc
