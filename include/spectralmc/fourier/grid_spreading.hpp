// Spreading of numbers at sorted points to a grid: a grid point's value is the sum over the cells that reach it, in
// ascending order, of the sums over the points of a cell, in the order in which they were given (in float by 64, which
// are added in double). Where points are in blocks each has a sum of its own, and these are added in order.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <type_traits>
#include <vector>

#include "spectralmc/allocation.hpp"
#include "spectralmc/configuration.hpp"
#include "spectralmc/fourier/grid_tiles.hpp"
#include "spectralmc/fourier/sorted_points.hpp"
#include "spectralmc/fourier/spreading_grid.hpp"
#include "spectralmc/fourier/spreading_kernel.hpp"
#include "spectralmc/numeric/complex.hpp"
#include "spectralmc/numeric/lane_shuffles.hpp"
#include "spectralmc/numeric/lanes.hpp"
#include "spectralmc/parallel/cpu.hpp"
#include "spectralmc/parallel/function_view.hpp"

namespace spectralmc {
SPECTRALMC_LANES_NAMESPACE_BEGIN

namespace fourier_detail {

inline void prefetch(const void* address) {
#if defined(__GNUC__)
  __builtin_prefetch(address);
#else
  static_cast<void>(address);
#endif
}

/// Sums in double over cells, which overlap, in memory from the present cell's place on. Where they are one pack it
/// stays in a register and moves down as the cell advances, and memory is only written to: a pack loaded from where
/// another one was just stored, some lanes away, would have to wait until that has reached the cache. Where there are
/// more, what the kernel takes hides this.
template <class Real, std::size_t packs>
class sliding_sums {
  using V = lanes<Real>;
  using D = lanes<double>;

 public:
  /// From what is there, which beyond one cell's numbers is zeros.
  explicit sliding_sums(double* at) : at_(at), sum_(load<D>(at)) {}

  SPECTRALMC_FORCE_INLINE void add(const V (&numbers)[packs]) {
    if constexpr (in_register) {
      sum_ = sum_ + numbers[0];
      store(sum_, at_);
    } else {
      for (std::size_t p = 0; p < packs; ++p) add_pack(numbers[p], at_ + p * lane_count<V>);
    }
  }
  SPECTRALMC_FORCE_INLINE void advance(std::size_t cells) {
    at_ += cells;
    if constexpr (in_register) {
      if (cells >= lane_count<V>) {
        sum_ = D(0.0);
      } else {
        for (; cells != 0; --cells) sum_ = lane_shuffles_detail::move_down(sum_);
      }
    }
  }

 private:
  static constexpr bool in_register = std::is_same_v<V, D> && packs == 1;

  /// Adds to numbers in double.
  static SPECTRALMC_FORCE_INLINE void add_pack(const V& numbers, double* sums) {
    if constexpr (std::is_same_v<V, D>) {
      store(load<V>(sums) + numbers, sums);
    } else {
      Real each[lane_count<V>];
      store(numbers, each);
      for (std::size_t i = 0; i < lane_count<V>; ++i) sums[i] += static_cast<double>(each[i]);
    }
  }

  double* at_;
  D sum_;
};

/// Spreads with a kernel to a grid, both of which are to outlive it.
template <class Real>
class grid_spreading {
 public:
  grid_spreading(const spreading_grid& grid, const spreading_kernel<Real>& kernel) : grid_(grid), kernel_(kernel) {}

  /// The sums at all grid points. The strengths are complex numbers in pairs, as the points were given.
  void spread(const cpu& execution, const points_by_cell<Real>& points, const Real* strengths,
              complex<Real>* sums) const {
    with_packs_for<Real>(kernel_.width(), [&](auto packs) {
      constexpr std::size_t count = decltype(packs)::value;
      grid_.in_blocks() ? spread_blocks<count>(execution, points, strengths, sums)
                        : spread_tiles<count>(execution, points, strengths, sums);
    });
  }

 private:
  using V = lanes<Real>;

  std::size_t reach() const { return kernel_.width() - 1; }

  template <std::size_t packs>
  void spread_tiles(const cpu& execution, const points_by_cell<Real>& points, const Real* strengths,
                    complex<Real>* sums) const {
    for_each_tile<double>(execution, grid_.size, [&](std::size_t begin, std::size_t end, double* re, double* im) {
      spread_range<packs>(points.all(), strengths, begin, end, re, im);
      for (std::size_t i = 0; i < end - begin; ++i) {
        sums[begin + i] = {static_cast<Real>(re[reach() + i]), static_cast<Real>(im[reach() + i])};
      }
    });
  }

  template <std::size_t packs>
  void spread_blocks(const cpu& execution, const points_by_cell<Real>& points, const Real* strengths,
                     complex<Real>* sums) const {
    struct work {
      const grid_spreading& to;
      const points_by_cell<Real>& points;
      const Real* strengths;
      std::size_t size = to.grid_.size, room = size + 3 * kernel_points;

      std::uint64_t unit_count() const { return points.block_count(); }
      std::size_t total_size() const { return 2 * size; }
      std::unique_ptr<double[]> make_workspace() const { return allocate_unset<double>(2 * room, grid_purpose); }
      std::uint64_t run_unit(std::uint64_t unit, std::unique_ptr<double[]>& memory, double* totals,
                             detail::function_view<bool()>) const {
        double *re = memory.get(), *im = re + room;
        const point_range<Real> block = points.whole_block(static_cast<std::size_t>(unit));
        to.template spread_range<packs>(block, strengths, 0, size, re, im);
        std::copy_n(re + to.reach(), size, totals);
        std::copy_n(im + to.reach(), size, totals + size);
        return 1;
      }
    };
    std::vector<double> totals;
    assign_zeros(totals, 2 * grid_.size, grid_purpose);
    const auto add = [&](std::uint64_t, const std::vector<double>& more, std::uint64_t) {
      for (std::size_t i = 0; i < totals.size(); ++i) totals[i] += more[i];
    };
    detail::reduce_in_order(execution, work{*this, points, strengths}, add, [](std::uint64_t) { return true; });
    for (std::size_t i = 0; i < grid_.size; ++i) {
      sums[i] = {static_cast<Real>(totals[i]), static_cast<Real>(totals[grid_.size + i])};
    }
  }

  /// The sums at the grid points [begin, end), of which number i is left at place reach() + i of re and im, which have
  /// room for 2 x 16 more numbers.
  template <std::size_t packs>
  void spread_range(point_range<Real> points, const Real* strengths, std::size_t begin, std::size_t end, double* re,
                    double* im) const {
    std::fill(re, re + (end - begin + reach()), 0.0);
    std::fill(im, im + (end - begin + reach()), 0.0);
    const auto add = [&](std::size_t first, std::size_t last, std::size_t place) {
      add_cells<packs>(points.in_cells(first, last), first, strengths, re + place, im + place);
    };
    if (begin >= reach()) return add(begin - reach(), end, 0);
    add(grid_.size + begin - reach(), grid_.size, 0);
    add(0, end, reach() - begin);
  }

  /// Adds the points to places (cell - first_cell) on. In float no more than 64 points of a cell are added before the
  /// sum goes to double: as many points as a cell may have would leave no digit.
  template <std::size_t packs>
  void add_cells(point_range<Real> points, std::size_t first_cell, const Real* strengths, double* re,
                 double* im) const {
    if (points.empty()) return;
    constexpr std::size_t together = packs <= 2 ? 4 : packs <= 4 ? 2 : 1, ahead = 32;
    constexpr bool in_float = sizeof(Real) == sizeof(float);
    V sum_re[packs], sum_im[packs];
    for (std::size_t p = 0; p < packs; ++p) sum_re[p] = sum_im[p] = V(Real(0));
    std::uint32_t cell = points.begin->cell, added = 0;
    sliding_sums<Real, packs> to_re(re + (cell - first_cell)), to_im(im + (cell - first_cell));
    const auto flush = [&] {
      to_re.add(sum_re);
      to_im.add(sum_im);
      for (std::size_t p = 0; p < packs; ++p) sum_re[p] = sum_im[p] = V(Real(0));
      added = 0;
    };
    const auto add = [&](const located_point<Real>& x, const V* values) {
      if (x.cell != cell) {
        flush();
        to_re.advance(x.cell - cell);
        to_im.advance(x.cell - cell);
        cell = x.cell;
      } else if (in_float && added == 64) {
        flush();
      }
      ++added;
      const V c_re(strengths[2 * std::size_t{x.index}]), c_im(strengths[2 * std::size_t{x.index} + 1]);
      for (std::size_t p = 0; p < packs; ++p) {
        sum_re[p] = fma(values[p], c_re, sum_re[p]);
        sum_im[p] = fma(values[p], c_im, sum_im[p]);
      }
    };
    const located_point<Real>* x = points.begin;
    for (; x + together <= points.end; x += together) {
      V values[together][packs];
      for (std::size_t i = 0; i < together; ++i) {
        if (x + i + ahead < points.end) prefetch(strengths + 2 * std::size_t{x[i + ahead].index});
      }
      Real places[together];
      for (std::size_t i = 0; i < together; ++i) places[i] = x[i].place;
      kernel_.template evaluate_several<packs>(places, values);
      for (std::size_t i = 0; i < together; ++i) add(x[i], values[i]);
    }
    for (; x != points.end; ++x) {
      V values[packs];
      kernel_.template evaluate<packs>(x->place, values);
      add(*x, values);
    }
    flush();
  }

  const spreading_grid& grid_;
  const spreading_kernel<Real>& kernel_;
};

}  // namespace fourier_detail

SPECTRALMC_LANES_NAMESPACE_END
}  // namespace spectralmc
