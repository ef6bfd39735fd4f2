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
// The parts: fourier/spreading_grid.hpp chooses the grid, fourier/sorted_points.hpp sorts, fourier/grid_spreading.hpp
// and fourier/grid_interpolation.hpp go from points to the grid and back.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "spectralmc/allocation.hpp"
#include "spectralmc/configuration.hpp"
#include "spectralmc/errors.hpp"
#include "spectralmc/fourier/fourier_transform.hpp"
#include "spectralmc/fourier/grid_interpolation.hpp"
#include "spectralmc/fourier/grid_spreading.hpp"
#include "spectralmc/fourier/sorted_points.hpp"
#include "spectralmc/fourier/spreading_grid.hpp"
#include "spectralmc/fourier/spreading_kernel.hpp"
#include "spectralmc/numeric/complex.hpp"
#include "spectralmc/numeric/value.hpp"
#include "spectralmc/parallel/cpu.hpp"

namespace spectralmc {

/// The sign of i in the exponent of a Fourier sum.
enum class exponent_sign { minus = -1, plus = 1 };

SPECTRALMC_LANES_NAMESPACE_BEGIN

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
      : grid_(grid_for(modes, tolerance)), transform_(grid_.size), kernel_(tolerance, grid_.upsampling()) {
    const std::vector<double> corrections = kernel_.corrections(modes / 2 + 1, grid_size());
    correction_.resize(corrections.size());
    std::transform(corrections.begin(), corrections.end(), correction_.begin(),
                   [](double c) { return static_cast<Real>(c); });
  }

  std::size_t modes() const { return grid_.modes; }
  std::size_t grid_size() const { return grid_.size; }
  std::size_t kernel_width() const { return kernel_.width(); }
  const spreading_kernel<Real>& kernel() const { return kernel_; }

  /// Sorts the points x[0] ... x[count - 1], radians, |x| <= 2^40, fewer than 2^32.
  /// @throws invalid_parameter for a point that is not such a number
  /// @throws allocation_error
  sorted_points<Real> sort(const cpu& execution, const Real* x, std::size_t count) const {
    fourier_detail::require_points(x, count);
    return sorted_points<Real>(fourier_detail::sort_by_cell(execution, grid_, kernel_.width(), x, count));
  }

  /// F[k] = sum_j strengths[j] exp(+-i k x[j]) to modes[0] ... modes[modes() - 1].
  template <class From, class To>
  void type1(const cpu& execution, const sorted_points<Real>& points, const From* strengths, To* modes,
             exponent_sign sign = exponent_sign::plus) const {
    check(points);
    if (points.size() != 0) fourier_detail::require_array(strengths, "strengths");
    fourier_detail::require_array(modes, "modes");
    Real* to = fourier_detail::parts<Real>(modes);
    if (points.size() == 0) return static_cast<void>(std::fill(to, to + 2 * grid_.modes, Real(0)));
    const auto on_grid = allocate_unset<complex<Real>>(grid_size(), fourier_detail::grid_purpose);
    fourier_detail::grid_spreading<Real>(grid_, kernel_)
        .spread(execution, points.by_cell(), fourier_detail::parts<Real>(strengths), on_grid.get());
    transform_grid(execution, on_grid.get(), sign);
    for (std::size_t i = 0; i < grid_.modes; ++i) {
      const Real factor = correction(i, sign);
      const complex<Real> z = on_grid[grid_.place_of_mode(i)];
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
    const auto on_grid = grid_of_modes(execution, modes, sign);
    fourier_detail::grid_interpolation<Real>(grid_, kernel_)
        .at_sorted(execution, points.by_cell(), on_grid.get(), fourier_detail::parts<Real>(values));
  }
  template <class From, class To>
  void type2(const cpu& execution, const Real* x, std::size_t count, const From* modes, To* values,
             exponent_sign sign = exponent_sign::plus) const {
    if (!grid_.in_blocks()) return type2(execution, sort(execution, x, count), modes, values, sign);
    fourier_detail::require_points(x, count);
    if (count == 0) return;
    fourier_detail::require_array(values, "values");
    const auto on_grid = grid_of_modes(execution, modes, sign);
    fourier_detail::grid_interpolation<Real>(grid_, kernel_)
        .at_points(execution, x, count, on_grid.get(), fourier_detail::parts<Real>(values));
  }

 private:
  static fourier_detail::spreading_grid grid_for(std::size_t modes, double tolerance) {
    require(modes >= 1 && modes <= largest_modes, "modes", std::uint64_t{modes}, "[1, 2^25]");
    const bool single = sizeof(Real) == sizeof(float);
    require(tolerance >= (single ? 1e-6 : 1e-14) && tolerance <= 0.1, "tolerance", tolerance,
            single ? "[1e-6, 0.1] in float" : "[1e-14, 0.1]");
    return fourier_detail::spreading_grid_for<Real>(modes, tolerance);
  }
  void check(const sorted_points<Real>& points) const {
    const fourier_detail::points_by_cell<Real>& sorted = points.by_cell();
    if (sorted.count == 0) return;
    require(sorted.grid_size == grid_size(), "the grid size of sorted points", std::uint64_t{sorted.grid_size},
            "that of the transform");
    require(sorted.width == kernel_.width(), "the kernel width of sorted points", std::uint64_t{sorted.width},
            "that of the transform");
  }

  void transform_grid(const cpu& execution, complex<Real>* on_grid, exponent_sign sign) const {
    if (sign == exponent_sign::plus) {
      transform_.inverse(execution, on_grid, on_grid);
    } else {
      transform_.forward(execution, on_grid, on_grid);
    }
  }

  /// What mode number i is multiplied by: the kernel's share, and the size by which an inverse transform divides.
  Real correction(std::size_t i, exponent_sign sign) const {
    const std::size_t half = grid_.modes / 2;
    const Real share = correction_[i < half ? half - i : i - half];
    return sign == exponent_sign::plus ? share * static_cast<Real>(grid_size()) : share;
  }

  template <class From>
  std::unique_ptr<complex<Real>[]> grid_of_modes(const cpu& execution, const From* modes, exponent_sign sign) const {
    fourier_detail::require_array(modes, "modes");
    auto on_grid = allocate_unset<complex<Real>>(grid_size(), fourier_detail::grid_purpose);
    const Real* from = fourier_detail::parts<Real>(modes);
    const std::size_t half = grid_.modes / 2;
    std::fill(on_grid.get() + (grid_.modes - half), on_grid.get() + (grid_size() - half), complex<Real>(0, 0));
    for (std::size_t i = 0; i < grid_.modes; ++i) {
      const Real factor = correction(i, sign);
      on_grid[grid_.place_of_mode(i)] = {rounded_product(from[2 * i], factor),
                                         rounded_product(from[2 * i + 1], factor)};
    }
    transform_grid(execution, on_grid.get(), sign);
    return on_grid;
  }

  fourier_detail::spreading_grid grid_;
  fourier_transform<Real> transform_;
  spreading_kernel<Real> kernel_;
  std::vector<Real> correction_;
};

SPECTRALMC_LANES_NAMESPACE_END
}  // namespace spectralmc
