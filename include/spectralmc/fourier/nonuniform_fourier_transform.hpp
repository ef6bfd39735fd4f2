// Fourier sums over points that stand anywhere, to a tolerance, on the CPU:
//   type 1   F[k] = sum_j c[j] exp(+-i k x[j])      from strengths at the points to modes
//   type 2   c[j] = sum_k F[k] exp(+-i k x[j])      from modes to values at the points
// for the modes k = -modes/2 ... , in O(points log(1/tolerance) + modes log(modes)) operations: Dutt, A. and Rokhlin,
// V. (1993), Fast Fourier transforms for nonequispaced data, SIAM J. Sci. Comput. 14(6). docs/nonuniform-fourier.md has
// conventions, errors and speed.
//
// Points are sorted by their cell in a grid, in blocks where the grid is no more than 2^16 points, else all together.
// Within a block a grid point's value is the sum over the cells that reach it, in ascending order, of the sums over the
// points of a cell, in the order in which they were given (in float by 64, which are added in double); blocks are added
// in order. So the number of threads has no influence on a bit, and no two threads write the same number.
//
// Up to 2^16 grid points they are a power of two and at least twice the modes. Above, where Fourier transform and
// memory cost as much as the points, they may be three or five times a power of two, and 1.25 times the modes.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "spectralmc/allocation.hpp"
#include "spectralmc/configuration.hpp"
#include "spectralmc/errors.hpp"
#include "spectralmc/fourier/fourier_transform.hpp"
#include "spectralmc/fourier/spreading_kernel.hpp"
#include "spectralmc/numeric/complex.hpp"
#include "spectralmc/numeric/elementary.hpp"
#include "spectralmc/numeric/lane_shuffles.hpp"
#include "spectralmc/numeric/strided.hpp"
#include "spectralmc/parallel/cpu.hpp"

namespace spectralmc {

/// The sign of i in the exponent of a Fourier sum.
enum class exponent_sign { minus = -1, plus = 1 };

SPECTRALMC_LANES_NAMESPACE_BEGIN

/// Points x[0], x[1], ..., sorted for a transform, to be used with it any number of times.
template <class Real>
class sorted_points {
 public:
  std::size_t size() const { return count_; }

 private:
  template <class>
  friend class nonuniform_fourier_transform;

  struct point {
    Real place;
    std::uint32_t cell, index;
  };

  std::unique_ptr<point[]> points_;
  std::size_t count_ = 0, block_ = 0;  // blocks of so many points are sorted each for itself
  std::size_t grid_size_ = 0, width_ = 0;
};

/// Fourier sums of `modes` modes, k = -(modes / 2) ... (modes - 1) / 2, in ascending order, to a tolerance. A value
/// that any number of threads may use at once.
template <class Real>
class nonuniform_fourier_transform {
 public:
  using real = Real;
  static constexpr std::size_t largest_modes = fourier_detail::largest_size / 2;

  /// @param modes [1, 2^25]
  /// @param tolerance of the results, relative, in the Euclidean norm: [1e-14, 0.1], in float [1e-6, 0.1]
  /// @throws invalid_parameter for others
  nonuniform_fourier_transform(std::size_t modes, double tolerance)
      : modes_(checked(modes, tolerance)),
        transform_(grid_size_for(modes, tolerance)),
        kernel_(tolerance,
                minimum(static_cast<double>(transform_.size()) / static_cast<double>((std::max<std::size_t>)(modes, 1)),
                        4.0)) {
    const std::vector<double> corrections = kernel_.corrections(modes / 2 + 1, grid_size());
    correction_.resize(corrections.size());
    std::transform(corrections.begin(), corrections.end(), correction_.begin(),
                   [](double c) { return static_cast<Real>(c); });
  }

  std::size_t modes() const { return modes_; }
  std::size_t grid_size() const { return transform_.size(); }
  std::size_t kernel_width() const { return kernel_.width(); }
  const spreading_kernel<Real>& kernel() const { return kernel_; }

  /// Sorts the points x[0] ... x[count - 1], radians, |x| <= 2^40, fewer than 2^32.
  /// @throws invalid_parameter for a point that is not such a number
  /// @throws allocation_error
  sorted_points<Real> sort(const cpu& execution, const Real* x, std::size_t count) const {
    check_points(x, count);
    sorted_points<Real> result;
    result.count_ = count;
    result.block_ = in_blocks() ? block_size() : count;
    result.grid_size_ = grid_size();
    result.width_ = kernel_.width();
    if (count == 0) return result;
    result.points_ = allocate_unset<point>(count, sort_purpose);
    in_blocks() ? sort_blocks(execution, x, result) : sort_whole(execution, x, result);
    return result;
  }

  /// F[k] = sum_j strengths[j] exp(+-i k x[j]) to modes[0] ... modes[modes() - 1].
  template <class From, class To>
  void type1(const cpu& execution, const sorted_points<Real>& points, const From* strengths, To* modes,
             exponent_sign sign = exponent_sign::plus) const {
    check(points);
    if (points.size() != 0) fourier_detail::require_array(strengths, "strengths");
    fourier_detail::require_array(modes, "modes");
    Real* to = fourier_detail::parts<Real>(modes);
    if (points.size() == 0) return static_cast<void>(std::fill(to, to + 2 * modes_, Real(0)));
    const auto grid = allocate_unset<complex<Real>>(grid_size(), grid_purpose);
    dispatch<1>([&](auto packs) {
      constexpr std::size_t count = decltype(packs)::value;
      const Real* from = fourier_detail::parts<Real>(strengths);
      in_blocks() ? spread_blocks<count>(execution, points, from, grid.get())
                  : spread_tiles<count>(execution, points, from, grid.get());
    });
    transform_grid(execution, grid.get(), sign);
    for (std::size_t i = 0; i < modes_; ++i) {
      const Real factor = correction(i, sign);
      const complex<Real> z = grid[place_of_mode(i)];
      to[2 * i] = rounded_product(z.re, factor);
      to[2 * i + 1] = rounded_product(z.im, factor);
    }
  }
  template <class From, class To>
  void type1(const cpu& execution, const Real* x, const From* strengths, std::size_t count, To* modes,
             exponent_sign sign = exponent_sign::plus) const {
    type1(execution, sort(execution, x, count), strengths, modes, sign);
  }

  /// values[j] = sum_k modes[k] exp(+-i k x[j]).
  template <class From, class To>
  void type2(const cpu& execution, const sorted_points<Real>& points, const From* modes, To* values,
             exponent_sign sign = exponent_sign::plus) const {
    check(points);
    if (points.size() == 0) return;
    fourier_detail::require_array(values, "values");
    const auto grid = grid_of_modes(execution, modes, sign);
    dispatch<1>([&](auto packs) {
      constexpr std::size_t count = decltype(packs)::value;
      Real* to = fourier_detail::parts<Real>(values);
      if (!in_blocks()) return interpolate_tiles<count>(execution, points, grid.get(), to);
      interpolate_ranges<count>(execution, points.size(), grid.get(), to,
                                [&](std::size_t begin, std::size_t, point*) { return points.points_.get() + begin; });
    });
  }
  template <class From, class To>
  void type2(const cpu& execution, const Real* x, std::size_t count, const From* modes, To* values,
             exponent_sign sign = exponent_sign::plus) const {
    if (!in_blocks()) return type2(execution, sort(execution, x, count), modes, values, sign);
    check_points(x, count);
    if (count == 0) return;
    fourier_detail::require_array(values, "values");
    const auto grid = grid_of_modes(execution, modes, sign);
    dispatch<1>([&](auto packs) {
      interpolate_ranges<decltype(packs)::value>(execution, count, grid.get(), fourier_detail::parts<Real>(values),
                                                 [&](std::size_t begin, std::size_t used, point* located) {
                                                   locate(x, begin, used, located);
                                                   return located;
                                                 });
    });
  }

 private:
  using V = lanes<Real>;
  using D = lanes<double>;
  using point = typename sorted_points<Real>::point;
  static constexpr std::size_t width_of_pack = lane_count<V>;
  static constexpr std::size_t kernel_points = spreading_kernel<Real>::largest_width;
  static constexpr std::size_t all_packs = (kernel_points - 1) / width_of_pack + 1;
  static constexpr std::size_t largest_bins = 1024, located_together = 256, largest_in_blocks = std::size_t{1} << 16;
  static constexpr const char* sort_purpose = "the points of a non-uniform Fourier transform";
  static constexpr const char* grid_purpose = "the grid of a non-uniform Fourier transform";

  static void prefetch(const Real* address) {
#if defined(__GNUC__)
    __builtin_prefetch(address);
#else
    static_cast<void>(address);
#endif
  }

  static std::size_t checked(std::size_t modes, double tolerance) {
    require(modes >= 1 && modes <= largest_modes, "modes", std::uint64_t{modes}, "[1, 2^25]");
    const bool single = sizeof(Real) == sizeof(float);
    require(tolerance >= (single ? 1e-6 : 1e-14) && tolerance <= 0.1, "tolerance", tolerance,
            single ? "[1e-6, 0.1] in float" : "[1e-14, 0.1]");
    return modes;
  }
  /// Up to 2^16 the power of two from twice the modes on.
  static std::size_t grid_size_for(std::size_t modes, double tolerance) {
    std::size_t size = 2 * kernel_points;
    while (size < 2 * modes) size *= 2;
    return size <= largest_in_blocks ? size : cheapest_grid(modes, tolerance, size);
  }
  /// Of all sizes above 2^16 that leave the kernel no more than 16 points, and keep what the corrections make of
  /// rounding below the tolerance, as `largest` does, the one that costs the least for as many points as modes.
  static std::size_t cheapest_grid(std::size_t modes, double tolerance, std::size_t largest) {
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
  /// Nanoseconds, as measured with packs of 64 bytes: for the grid points, mostly in memory and Fourier transform, and
  /// for a point, which takes a second pack beyond a kernel of eight points.
  static double cost_of_mode(double upsampling, double width) {
    return fma(18.0, upsampling, fma(0.5, width, width > 8 ? 8.0 : 0.0));
  }
  static void check_points(const Real* x, std::size_t count) {
    if (count != 0) fourier_detail::require_array(x, "x");
    require(count <= (std::numeric_limits<std::uint32_t>::max)(), "count", std::uint64_t{count}, "below 2^32");
  }
  void check(const sorted_points<Real>& points) const {
    if (points.count_ == 0) return;
    require(points.grid_size_ == grid_size(), "the grid size of sorted points", std::uint64_t{points.grid_size_},
            "that of the transform");
    require(points.width_ == kernel_.width(), "the kernel width of sorted points", std::uint64_t{points.width_},
            "that of the transform");
  }

  /// Calls body(constant) with the number of packs that the kernel's grid points fill.
  template <std::size_t packs, class Body>
  void dispatch(const Body& body) const {
    if constexpr (packs < all_packs) {
      if (kernel_.width() > packs * width_of_pack) return dispatch<packs + 1>(body);
    }
    body(std::integral_constant<std::size_t, packs>{});
  }

  /// Whether points are taken in blocks that each go to the whole grid, of which a thread then has one for itself.
  bool in_blocks() const { return grid_size() <= largest_in_blocks; }
  std::size_t block_size() const { return (std::max)(std::size_t{1} << 14, 4 * grid_size()); }

  /// The grid is periodic: for a cell from -size to size - 1, for a grid point from 0 to 2 size - 1.
  std::uint32_t cell_around(std::int64_t cell) const {
    return static_cast<std::uint32_t>(cell < 0 ? cell + static_cast<std::int64_t>(grid_size()) : cell);
  }
  std::size_t around(std::size_t i) const { return i < grid_size() ? i : i - grid_size(); }
  /// The grid point of mode number i.
  std::size_t place_of_mode(std::size_t i) const { return around(i + (grid_size() - modes_ / 2)); }

  /// The grid places of points begin ... begin + count - 1.
  void locate(const Real* x, std::size_t begin, std::size_t count, point* located) const {
    for_each_pack<D>(count, [&](std::size_t first, std::size_t used) {
      constexpr std::size_t width = lane_count<D>;
      double values[width];
      for (std::size_t i = 0; i < width; ++i) {
        values[i] = static_cast<double>(x[begin + first + (std::min)(i, used - 1)]);
      }
      const D radians = load<D>(values);
      if (!all(abs(radians) <= D(0x1p40))) {
        for (std::size_t i = 0; i < used; ++i) {
          const std::string name = "x[" + std::to_string(begin + first + i) + "]";
          require(abs(values[i]) <= 0x1p40, name.c_str(), values[i], "[-2^40, 2^40]");
        }
      }
      const grid_place<D> found = place_in_grid(radians, static_cast<double>(grid_size()), kernel_.width());
      store(found.place, values);
      const auto cells = to_integer(found.cell);
      for (std::size_t i = 0; i < used; ++i) {
        located[first + i] = {static_cast<Real>(values[i]), cell_around(cells[i]),
                              static_cast<std::uint32_t>(begin + first + i)};
      }
    });
  }

  /// Each block by cells.
  void sort_blocks(const cpu& execution, const Real* x, sorted_points<Real>& to) const {
    const std::size_t block = to.block_, cells = grid_size();
    struct memory {
      std::vector<std::uint32_t> places;
      std::unique_ptr<point[]> located;
    };
    const auto make = [&] {
      return std::make_unique<memory>(memory{std::vector<std::uint32_t>(cells + 1),
                                             allocate_unset<point>((std::min)(block, to.count_), sort_purpose)});
    };
    fourier_detail::for_each_unit(
        execution, (to.count_ - 1) / block + 1, make, [&](std::size_t unit, const std::unique_ptr<memory>& local) {
          const std::size_t begin = unit * block, count = (std::min)(block, to.count_ - begin);
          point* const located = local->located.get();
          locate(x, begin, count, located);
          sort_by(located, count, to.points_.get() + begin, local->places, [](const point& p) { return p.cell; });
        });
  }

  /// Counting sort by key(point), which is below places.size() - 1.
  template <class Key>
  static void sort_by(const point* from, std::size_t count, point* to, std::vector<std::uint32_t>& places,
                      const Key& key) {
    std::fill(places.begin(), places.end(), 0);
    for (std::size_t i = 0; i < count; ++i) ++places[key(from[i]) + 1];
    for (std::size_t k = 1; k < places.size(); ++k) places[k] += places[k - 1];
    for (std::size_t i = 0; i < count; ++i) to[places[key(from[i])]++] = from[i];
  }

  /// By bins of cells first, in parts that threads share; then each bin by cells.
  void sort_whole(const cpu& execution, const Real* x, sorted_points<Real>& to) const {
    unsigned shift = 0;
    while ((grid_size() >> shift) > largest_bins) ++shift;
    constexpr std::size_t part_points = std::size_t{1} << 16;
    const std::size_t bins = grid_size() >> shift, parts = (to.count_ - 1) / part_points + 1;
    std::vector<std::uint32_t> starts;
    assign_zeros(starts, parts * bins, sort_purpose);
    const auto nothing = [] { return 0; };
    const auto for_each_point = [&](std::size_t part, const auto& visit) {
      const std::size_t begin = part * part_points, end = (std::min)(begin + part_points, to.count_);
      point located[located_together];
      for (std::size_t first = begin; first < end; first += located_together) {
        const std::size_t used = (std::min)(located_together, end - first);
        locate(x, first, used, located);
        for (std::size_t i = 0; i < used; ++i) visit(located[i]);
      }
    };
    fourier_detail::for_each_unit(execution, parts, nothing, [&](std::size_t part, int) {
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
    const auto by_bin = allocate_unset<point>(to.count_, sort_purpose);
    fourier_detail::for_each_unit(execution, parts, nothing, [&](std::size_t part, int) {
      std::uint32_t* places = starts.data() + part * bins;
      for_each_point(part, [&](const point& p) { by_bin[places[p.cell >> shift]++] = p; });
    });
    const std::uint32_t bin_cells = std::uint32_t{1} << shift;
    constexpr std::size_t bins_together = 16;
    fourier_detail::for_each_unit(
        execution, bins / bins_together, [&] { return std::vector<std::uint32_t>(bin_cells + 1); },
        [&](std::size_t unit, std::vector<std::uint32_t>& places) {
          for (std::size_t bin = unit * bins_together; bin < (unit + 1) * bins_together; ++bin) {
            const std::uint32_t begin = bin_starts[bin], count = bin_starts[bin + 1] - begin;
            if (count == 0) continue;
            sort_by(by_bin.get() + begin, count, to.points_.get() + begin, places,
                    [&](const point& p) { return p.cell & (bin_cells - 1); });
          }
        });
  }

  /// Calls body(first grid point, one beyond the last, local memory) for tiles of the grid.
  template <class Number, class Body>
  void for_each_tile(const cpu& execution, const Body& body) const {
    std::size_t tile = largest_tile;
    while (tile > 256 && tile * 8 * execution.thread_count() > grid_size()) tile /= 2;
    tile = (std::min)(tile, grid_size());
    struct memory {
      alignas(64) Number re[largest_tile + 3 * kernel_points];
      alignas(64) Number im[largest_tile + 3 * kernel_points];
    };
    fourier_detail::for_each_unit(
        execution, grid_size() / tile, [] { return std::make_unique<memory>(); },
        [&](std::size_t unit, const std::unique_ptr<memory>& local) {
          body(unit * tile, (unit + 1) * tile, local->re, local->im);
        });
  }

  using range = std::pair<const point*, const point*>;

  /// Those of the sorted points whose cells are in [begin, end).
  static range points_in(range points, std::size_t begin, std::size_t end) {
    const auto before = [](const point& p, std::size_t cell) { return p.cell < cell; };
    const point* const first = std::lower_bound(points.first, points.second, begin, before);
    return {first, std::lower_bound(first, points.second, end, before)};
  }
  static range all_of(const sorted_points<Real>& points, std::size_t begin, std::size_t count) {
    return {points.points_.get() + begin, points.points_.get() + (begin + count)};
  }

  std::size_t reach() const { return kernel_.width() - 1; }

  /// The sums at the grid points [begin, end), of which number i is left at place reach() + i of re and im, which have
  /// room for 2 x 16 more numbers.
  template <std::size_t packs>
  void spread(range points, const Real* strengths, std::size_t begin, std::size_t end, double* re, double* im) const {
    std::fill(re, re + (end - begin + reach()), 0.0);
    std::fill(im, im + (end - begin + reach()), 0.0);
    const auto add = [&](std::size_t first, std::size_t last, std::size_t place) {
      add_cells<packs>(points_in(points, first, last), first, strengths, re + place, im + place);
    };
    if (begin >= reach()) return add(begin - reach(), end, 0);
    add(grid_size() + begin - reach(), grid_size(), 0);
    add(0, end, reach() - begin);
  }

  template <std::size_t packs>
  void spread_tiles(const cpu& execution, const sorted_points<Real>& points, const Real* strengths,
                    complex<Real>* grid) const {
    for_each_tile<double>(execution, [&](std::size_t begin, std::size_t end, double* re, double* im) {
      spread<packs>(all_of(points, 0, points.size()), strengths, begin, end, re, im);
      for (std::size_t i = 0; i < end - begin; ++i) {
        grid[begin + i] = {static_cast<Real>(re[reach() + i]), static_cast<Real>(im[reach() + i])};
      }
    });
  }

  template <std::size_t packs>
  void spread_blocks(const cpu& execution, const sorted_points<Real>& points, const Real* strengths,
                     complex<Real>* grid) const {
    struct work {
      const nonuniform_fourier_transform& transform;
      const sorted_points<Real>& points;
      const Real* strengths;
      std::size_t size = transform.grid_size(), room = size + 3 * kernel_points;

      std::uint64_t unit_count() const { return (points.count_ + points.block_ - 1) / points.block_; }
      std::size_t total_size() const { return 2 * size; }
      std::unique_ptr<double[]> make_workspace() const { return allocate_unset<double>(2 * room, grid_purpose); }
      std::uint64_t run_unit(std::uint64_t unit, std::unique_ptr<double[]>& memory, double* totals,
                             const std::function<bool()>&) const {
        double *re = memory.get(), *im = re + room;
        const std::size_t begin = static_cast<std::size_t>(unit) * points.block_;
        const range block = all_of(points, begin, (std::min)(points.block_, points.count_ - begin));
        transform.template spread<packs>(block, strengths, 0, size, re, im);
        std::copy_n(re + transform.reach(), size, totals);
        std::copy_n(im + transform.reach(), size, totals + size);
        return 1;
      }
    };
    std::vector<double> totals;
    assign_zeros(totals, 2 * grid_size(), grid_purpose);
    const auto add = [&](std::uint64_t, const std::vector<double>& more, std::uint64_t) {
      for (std::size_t i = 0; i < totals.size(); ++i) totals[i] += more[i];
    };
    detail::reduce_in_order(execution, work{*this, points, strengths}, add, [](std::uint64_t) { return true; });
    for (std::size_t i = 0; i < grid_size(); ++i) {
      grid[i] = {static_cast<Real>(totals[i]), static_cast<Real>(totals[grid_size() + i])};
    }
  }

  /// Adds to numbers in double.
  static SPECTRALMC_FORCE_INLINE void add_pack(const V& numbers, double* sums) {
    if constexpr (std::is_same_v<V, D>) {
      store(load<V>(sums) + numbers, sums);
    } else {
      Real each[width_of_pack];
      store(numbers, each);
      for (std::size_t i = 0; i < width_of_pack; ++i) sums[i] += static_cast<double>(each[i]);
    }
  }

  /// Sums in double over cells, which overlap, in memory from the present cell's place on. Where they are one pack it
  /// stays in a register and moves down as the cell advances, and memory is only written to: a pack loaded from where
  /// another one was just stored, some lanes away, would have to wait until that has reached the cache. Where there are
  /// more, what the kernel takes hides this.
  template <std::size_t packs>
  class sliding_sums {
   public:
    /// From what is there, which beyond one cell's numbers is zeros.
    explicit sliding_sums(double* at) : at_(at), sum_(load<D>(at)) {}

    SPECTRALMC_FORCE_INLINE void add(const V (&numbers)[packs]) {
      if constexpr (in_register) {
        sum_ = sum_ + numbers[0];
        store(sum_, at_);
      } else {
        for (std::size_t p = 0; p < packs; ++p) add_pack(numbers[p], at_ + p * width_of_pack);
      }
    }
    SPECTRALMC_FORCE_INLINE void advance(std::size_t cells) {
      at_ += cells;
      if constexpr (in_register) {
        if (cells >= width_of_pack) {
          sum_ = D(0.0);
        } else {
          for (; cells != 0; --cells) sum_ = lane_shuffles_detail::move_down(sum_);
        }
      }
    }

   private:
    static constexpr bool in_register = std::is_same_v<V, D> && packs == 1;
    double* at_;
    D sum_;
  };

  /// Adds the points to places (cell - first_cell) on. In float no more than 64 points of a cell are added before the
  /// sum goes to double: as many points as a cell may have would leave no digit.
  template <std::size_t packs>
  void add_cells(range points, std::size_t first_cell, const Real* strengths, double* re, double* im) const {
    if (points.first == points.second) return;
    constexpr std::size_t together = packs <= 2 ? 4 : packs <= 4 ? 2 : 1, ahead = 32;
    constexpr bool in_float = sizeof(Real) == sizeof(float);
    V sum_re[packs], sum_im[packs];
    for (std::size_t p = 0; p < packs; ++p) sum_re[p] = sum_im[p] = V(Real(0));
    std::uint32_t cell = points.first->cell, added = 0;
    sliding_sums<packs> to_re(re + (cell - first_cell)), to_im(im + (cell - first_cell));
    const auto flush = [&] {
      to_re.add(sum_re);
      to_im.add(sum_im);
      for (std::size_t p = 0; p < packs; ++p) sum_re[p] = sum_im[p] = V(Real(0));
      added = 0;
    };
    const auto add = [&](const point& x, const V* values) {
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
    const point* x = points.first;
    for (; x + together <= points.second; x += together) {
      V values[together][packs];
      for (std::size_t i = 0; i < together; ++i) {
        if (x + i + ahead < points.second) prefetch(strengths + 2 * std::size_t{x[i + ahead].index});
      }
      Real places[together];
      for (std::size_t i = 0; i < together; ++i) places[i] = x[i].place;
      kernel_.template evaluate_several<packs>(places, values);
      for (std::size_t i = 0; i < together; ++i) add(x[i], values[i]);
    }
    for (; x != points.second; ++x) {
      V values[packs];
      kernel_.template evaluate<packs>(x->place, values);
      add(*x, values);
    }
    flush();
  }

  void transform_grid(const cpu& execution, complex<Real>* grid, exponent_sign sign) const {
    if (sign == exponent_sign::plus) {
      transform_.inverse(execution, grid, grid);
    } else {
      transform_.forward(execution, grid, grid);
    }
  }

  /// What mode number i is multiplied by: the kernel's share, and the size by which an inverse transform divides.
  Real correction(std::size_t i, exponent_sign sign) const {
    const std::size_t half = modes_ / 2;
    const Real share = correction_[i < half ? half - i : i - half];
    return sign == exponent_sign::plus ? share * static_cast<Real>(grid_size()) : share;
  }

  template <class From>
  std::unique_ptr<complex<Real>[]> grid_of_modes(const cpu& execution, const From* modes, exponent_sign sign) const {
    fourier_detail::require_array(modes, "modes");
    auto grid = allocate_unset<complex<Real>>(grid_size(), grid_purpose);
    const Real* from = fourier_detail::parts<Real>(modes);
    const std::size_t half = modes_ / 2;
    std::fill(grid.get() + (modes_ - half), grid.get() + (grid_size() - half), complex<Real>(0, 0));
    for (std::size_t i = 0; i < modes_; ++i) {
      const Real factor = correction(i, sign);
      grid[place_of_mode(i)] = {rounded_product(from[2 * i], factor), rounded_product(from[2 * i + 1], factor)};
    }
    transform_grid(execution, grid.get(), sign);
    return grid;
  }

  template <std::size_t packs>
  void interpolate_tiles(const cpu& execution, const sorted_points<Real>& points, const complex<Real>* grid,
                         Real* values) const {
    for_each_tile<Real>(execution, [&](std::size_t begin, std::size_t end, Real* re, Real* im) {
      const range here = points_in(all_of(points, 0, points.size()), begin, end);
      if (here.first == here.second) return;
      for (std::size_t i = 0; i < end - begin + kernel_points; ++i) {
        re[i] = grid[around(begin + i)].re;
        im[i] = grid[around(begin + i)].im;
      }
      interpolate<packs>(here, begin, re, im, values);
    });
  }

  /// located(begin, count, memory) is where the points begin ... begin + count - 1 are.
  template <std::size_t packs, class Located>
  void interpolate_ranges(const cpu& execution, std::size_t count, const complex<Real>* grid, Real* values,
                          const Located& located) const {
    const std::size_t room = grid_size() + 3 * kernel_points;
    const auto parts = allocate_unset<Real>(2 * room, grid_purpose);
    Real *re = parts.get(), *im = re + room;
    for (std::size_t i = 0; i < grid_size() + kernel_points; ++i) {
      re[i] = grid[around(i)].re;
      im[i] = grid[around(i)].im;
    }
    constexpr std::size_t unit_points = 16 * located_together;
    fourier_detail::for_each_unit(
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
  void interpolate(range points, std::size_t first_cell, const Real* re, const Real* im, Real* values) const {
    // As many points as a pack has lanes; at the end the last one several times.
    for (const point* x = points.first; x < points.second; x += width_of_pack) {
      const std::size_t used = (std::min)(width_of_pack, static_cast<std::size_t>(points.second - x));
      V products_im[width_of_pack];
      const V sums_re = lane_shuffles_detail::lane_sums<width_of_pack>([&](std::size_t i) {
        const point& here = x[(std::min)(i, used - 1)];
        V kernel[packs];
        kernel_.template evaluate<packs>(here.place, kernel);
        products_im[i] = slot_sum<packs>(kernel, im + (here.cell - first_cell));
        return slot_sum<packs>(kernel, re + (here.cell - first_cell));
      });
      const V sums_im = lane_shuffles_detail::lane_sums<width_of_pack>([&](std::size_t i) { return products_im[i]; });
      Real all_re[width_of_pack], all_im[width_of_pack];
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
  static SPECTRALMC_FORCE_INLINE V slot_sum(const V* kernel, const Real* numbers) {
    V products[packs];
    for (std::size_t p = 0; p < packs; ++p) {
      products[p] = rounded_product(kernel[p], load<V>(numbers + p * width_of_pack));
    }
    for (std::size_t h = all_packs / 2; h >= 1; h /= 2) {
      for (std::size_t p = 0; p < h && p + h < packs; ++p) products[p] = products[p] + products[p + h];
    }
    return products[0];
  }

  static constexpr std::size_t largest_tile = 4096;

  std::size_t modes_;
  fourier_transform<Real> transform_;
  spreading_kernel<Real> kernel_;
  std::vector<Real> correction_;
};

SPECTRALMC_LANES_NAMESPACE_END
}  // namespace spectralmc
