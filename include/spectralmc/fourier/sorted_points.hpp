// Where points stand in a grid (fourier/spreading_grid.hpp), and their sort by the cells that they stand in: in blocks,
// each for itself, where the grid takes them so, else all together. The points of a cell stay in the order in which
// they were given, so what comes out does not depend on the number of threads.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "spectralmc/allocation.hpp"
#include "spectralmc/configuration.hpp"
#include "spectralmc/errors.hpp"
#include "spectralmc/fourier/fourier_transform.hpp"
#include "spectralmc/fourier/spreading_grid.hpp"
#include "spectralmc/fourier/spreading_kernel.hpp"
#include "spectralmc/numeric/lanes.hpp"
#include "spectralmc/numeric/strided.hpp"
#include "spectralmc/parallel/cpu.hpp"

namespace spectralmc {
SPECTRALMC_LANES_NAMESPACE_BEGIN

namespace fourier_detail {

/// A point in a grid: its place in its cell (that of grid_place), the cell, and its number among those given.
template <class Real>
struct located_point {
  Real place;
  std::uint32_t cell, index;
};

/// Points in ascending order of their cells.
template <class Real>
struct point_range {
  const located_point<Real>*begin, *end;

  bool empty() const { return begin == end; }
  /// Those whose cells are in [first, last).
  point_range in_cells(std::size_t first, std::size_t last) const {
    const auto before = [](const located_point<Real>& p, std::size_t cell) { return p.cell < cell; };
    const located_point<Real>* const from = std::lower_bound(begin, end, first, before);
    return {from, std::lower_bound(from, end, last, before)};
  }
};

/// Points sorted for a grid of `grid_size` points and a kernel of `width`: each `block` of them for itself.
template <class Real>
struct points_by_cell {
  std::unique_ptr<located_point<Real>[]> points;
  std::size_t count = 0, block = 0;
  std::size_t grid_size = 0, width = 0;

  std::size_t block_count() const { return (count + block - 1) / block; }
  point_range<Real> whole_block(std::size_t number) const {
    const std::size_t begin = number * block;
    return {points.get() + begin, points.get() + (begin + (std::min)(block, count - begin))};
  }
  point_range<Real> all() const { return {points.get(), points.get() + count}; }
};

inline constexpr std::size_t largest_bins = 1024, located_together = 256;
inline constexpr const char* sort_purpose = "the points of a non-uniform Fourier transform";

template <class Real>
void require_points(const Real* x, std::size_t count) {
  if (count != 0) require_array(x, "x");
  require(count <= (std::numeric_limits<std::uint32_t>::max)(), "count", std::uint64_t{count}, "below 2^32");
}

/// Where the points begin ... begin + count - 1 of x stand in the grid, for a kernel of `width`.
template <class Real>
void locate(const spreading_grid& grid, std::size_t width, const Real* x, std::size_t begin, std::size_t count,
            located_point<Real>* located) {
  using D = lanes<double>;
  for_each_pack<D>(count, [&](std::size_t first, std::size_t used) {
    double values[lane_count<D>];
    for (std::size_t i = 0; i < lane_count<D>; ++i) {
      values[i] = static_cast<double>(x[begin + first + (std::min)(i, used - 1)]);
    }
    const D radians = load<D>(values);
    if (!all(abs(radians) <= D(0x1p40))) {
      for (std::size_t i = 0; i < used; ++i) {
        const std::string name = "x[" + std::to_string(begin + first + i) + "]";
        require(abs(values[i]) <= 0x1p40, name.c_str(), values[i], "[-2^40, 2^40]");
      }
    }
    const grid_place<D> found = place_in_grid(radians, static_cast<double>(grid.size), width);
    store(found.place, values);
    const auto cells = to_integer(found.cell);
    for (std::size_t i = 0; i < used; ++i) {
      located[first + i] = {static_cast<Real>(values[i]), grid.cell_around(cells[i]),
                            static_cast<std::uint32_t>(begin + first + i)};
    }
  });
}

/// Counting sort by key(point), which is below places.size() - 1.
template <class Real, class Key>
void sort_by(const located_point<Real>* from, std::size_t count, located_point<Real>* to,
             std::vector<std::uint32_t>& places, const Key& key) {
  std::fill(places.begin(), places.end(), 0);
  for (std::size_t i = 0; i < count; ++i) ++places[key(from[i]) + 1];
  for (std::size_t k = 1; k < places.size(); ++k) places[k] += places[k - 1];
  for (std::size_t i = 0; i < count; ++i) to[places[key(from[i])]++] = from[i];
}

/// Each block by cells.
template <class Real>
void sort_blocks(const cpu& execution, const spreading_grid& grid, const Real* x, points_by_cell<Real>& to) {
  using point = located_point<Real>;
  struct memory {
    std::vector<std::uint32_t> places;
    std::unique_ptr<point[]> located;
  };
  const auto make = [&] {
    return std::make_unique<memory>(memory{std::vector<std::uint32_t>(grid.size + 1),
                                           allocate_unset<point>((std::min)(to.block, to.count), sort_purpose)});
  };
  for_each_unit(execution, to.block_count(), make, [&](std::size_t unit, const std::unique_ptr<memory>& local) {
    const std::size_t begin = unit * to.block, count = (std::min)(to.block, to.count - begin);
    point* const located = local->located.get();
    locate(grid, to.width, x, begin, count, located);
    sort_by(located, count, to.points.get() + begin, local->places, [](const point& p) { return p.cell; });
  });
}

/// By bins of cells first, in parts that threads share; then each bin by cells.
template <class Real>
void sort_whole(const cpu& execution, const spreading_grid& grid, const Real* x, points_by_cell<Real>& to) {
  using point = located_point<Real>;
  unsigned shift = 0;
  while ((grid.size >> shift) > largest_bins) ++shift;
  constexpr std::size_t part_points = std::size_t{1} << 16;
  const std::size_t bins = grid.size >> shift, parts = (to.count - 1) / part_points + 1;
  std::vector<std::uint32_t> starts;
  assign_zeros(starts, parts * bins, sort_purpose);
  const auto nothing = [] { return 0; };
  const auto for_each_point = [&](std::size_t part, const auto& visit) {
    const std::size_t begin = part * part_points, end = (std::min)(begin + part_points, to.count);
    point located[located_together];
    for (std::size_t first = begin; first < end; first += located_together) {
      const std::size_t used = (std::min)(located_together, end - first);
      locate(grid, to.width, x, first, used, located);
      for (std::size_t i = 0; i < used; ++i) visit(located[i]);
    }
  };
  for_each_unit(execution, parts, nothing, [&](std::size_t part, int) {
    std::uint32_t* counts = starts.data() + part * bins;
    for_each_point(part, [&](const point& p) { ++counts[p.cell >> shift]; });
  });
  std::vector<std::uint32_t> bin_starts(bins + 1);
  std::uint32_t next = 0;
  for (std::size_t bin = 0; bin < bins; ++bin) {
    bin_starts[bin] = next;
    for (std::size_t part = 0; part < parts; ++part) {
      next += std::exchange(starts[part * bins + bin], next);
    }
  }
  bin_starts[bins] = next;
  const auto by_bin = allocate_unset<point>(to.count, sort_purpose);
  for_each_unit(execution, parts, nothing, [&](std::size_t part, int) {
    std::uint32_t* places = starts.data() + part * bins;
    for_each_point(part, [&](const point& p) { by_bin[places[p.cell >> shift]++] = p; });
  });
  const std::uint32_t bin_cells = std::uint32_t{1} << shift;
  constexpr std::size_t bins_together = 16;
  for_each_unit(
      execution, bins / bins_together, [&] { return std::vector<std::uint32_t>(bin_cells + 1); },
      [&](std::size_t unit, std::vector<std::uint32_t>& places) {
        for (std::size_t bin = unit * bins_together; bin < (unit + 1) * bins_together; ++bin) {
          const std::uint32_t begin = bin_starts[bin], count = bin_starts[bin + 1] - begin;
          if (count == 0) continue;
          sort_by(by_bin.get() + begin, count, to.points.get() + begin, places,
                  [&](const point& p) { return p.cell & (bin_cells - 1); });
        }
      });
}

/// The points x[0] ... x[count - 1], which require_points has let pass, in the grid, for a kernel of `width`.
template <class Real>
points_by_cell<Real> sort_by_cell(const cpu& execution, const spreading_grid& grid, std::size_t width, const Real* x,
                                  std::size_t count) {
  points_by_cell<Real> result;
  result.count = count;
  result.block = grid.in_blocks() ? grid.block_size() : count;
  result.grid_size = grid.size;
  result.width = width;
  if (count == 0) return result;
  result.points = allocate_unset<located_point<Real>>(count, sort_purpose);
  grid.in_blocks() ? sort_blocks(execution, grid, x, result) : sort_whole(execution, grid, x, result);
  return result;
}

}  // namespace fourier_detail

/// Points x[0], x[1], ..., sorted for a transform, to be used with it any number of times.
template <class Real>
class sorted_points {
 public:
  sorted_points() = default;
  /// As nonuniform_fourier_transform::sort makes them.
  explicit sorted_points(fourier_detail::points_by_cell<Real> by_cell) : by_cell_(std::move(by_cell)) {}

  std::size_t size() const { return by_cell_.count; }
  const fourier_detail::points_by_cell<Real>& by_cell() const { return by_cell_; }

 private:
  fourier_detail::points_by_cell<Real> by_cell_;
};

SPECTRALMC_LANES_NAMESPACE_END
}  // namespace spectralmc
