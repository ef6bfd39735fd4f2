// The kernel that takes numbers at any points to a regular grid and back, in non-uniform Fourier transforms: the
// exponential of a semicircle, exp(beta (sqrt(1 - z^2) - 1)) on |z| <= 1, as polynomials. Barnett, A. H., Magland, J.
// and af Klinteberg, L. (2019), A parallel nonuniform fast Fourier transform library based on an "exponential of
// semicircle" kernel, SIAM J. Sci. Comput. 41(5); Barnett, A. H. (2021), Aliasing error of the exp(beta sqrt(1 - z^2))
// kernel in the nonuniform fast Fourier transform, Appl. Comput. Harmon. Anal. 51.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "spectralmc/configuration.hpp"
#include "spectralmc/errors.hpp"
#include "spectralmc/numeric/elementary.hpp"
#include "spectralmc/numeric/lanes.hpp"
#include "spectralmc/numeric/strided.hpp"

namespace spectralmc {

/// A spreading_kernel's polynomials where threads, of a GPU too, can read them.
template <class Real>
struct kernel_table {
  static constexpr std::uint32_t row = 16;  // polynomials that the table has for each power

  const Real* coefficients;  // by power, from 0 to degree
  std::uint32_t width, degree;

  /// The kernel at the grid point number `slot` of those that a point at `place` is spread to.
  SPECTRALMC_HOST_DEVICE Real value(std::uint32_t slot, Real place) const {
    Real sum = coefficients[degree * row + slot];
    for (std::uint32_t power = degree; power-- > 0;) sum = fma(sum, place, coefficients[power * row + slot]);
    return sum;
  }

  /// The same at the grid points of `packs` packs.
  template <std::size_t packs, class V>
  SPECTRALMC_PRIMITIVE void evaluate(Real place, V* values) const {
    const V x(place);
    const Real* of_power = coefficients + std::size_t{degree} * row;
    for (std::size_t p = 0; p < packs; ++p) values[p] = load<V>(of_power + p * lane_count<V>);
    while (of_power != coefficients) {
      of_power -= row;
      for (std::size_t p = 0; p < packs; ++p) values[p] = fma(values[p], x, load<V>(of_power + p * lane_count<V>));
    }
  }
};

SPECTRALMC_LANES_NAMESPACE_BEGIN

/// Where a point stands in a periodic grid: the first grid point that it is spread to, from -8 to the size, and how
/// much of a cell it is before that, from 0 to 1, as 2 share - 1.
template <class D>
struct grid_place {
  D place, cell;
};

/// Of a point that is `rest` grid points beyond the first that it could be spread to: the next grid point, and the
/// place.
template <class D>
SPECTRALMC_HOST_DEVICE SPECTRALMC_FORCE_INLINE grid_place<D> place_after(D rest) {
  using real = scalar_of<D>;
  const D rounded = round_to_nearest(rest);
  const D cell = rounded + select(rounded < rest, D(real(1)), D(real(0)));
  return {fma(D(real(2)), cell - rest, D(real(-1))), cell};
}

/// The place of a point, in radians, up to 2^40, in a grid of so many points for a kernel of that width.
template <class D>
SPECTRALMC_HOST_DEVICE SPECTRALMC_FORCE_INLINE grid_place<D> place_in_grid(D radians, double grid_size,
                                                                           std::size_t width) {
  // x / (2 pi) in three parts, the nearest integer taken off the first and the nearest grid point off that: what is
  // left has the accuracy of a small number.
  const D turns = rounded_product(radians, D(0x1.45f306dc9c883p-3));
  const D part = turns - round_to_nearest(turns), scaled = rounded_product(part, D(grid_size));
  const D nearest = round_to_nearest(scaled);
  const D rounding = fma(part, D(grid_size), -scaled);  // 0 for a power of two
  D rest = fma(fma(radians, D(0x1.45f306dc9c883p-3), -turns), D(grid_size), scaled - nearest) + rounding;
  rest = fma(radians, D(grid_size * -0x1.6b01ec5417056p-57), rest) - D(0.5 * static_cast<double>(width));
  const grid_place<D> found = place_after(rest);
  return {found.place, nearest + found.cell};
}

/// The Chebyshev series c[0] / 2 + c[1] T_1(x) + ... of f on [-1, 1] that agrees with it at as many points.
template <std::size_t terms>
struct chebyshev_series {
  double c[terms] = {};

  template <class Function>
  explicit chebyshev_series(const Function& f) {
    for (std::size_t j = 0; j < terms; ++j) {
      const double value = 2 * f(wave(2 * j + 1)) / terms;
      for (std::size_t k = 0; k < terms; ++k) c[k] = fma(value, wave(k * (2 * j + 1)), c[k]);
    }
  }

  /// By Clenshaw's recurrence.
  template <class V>
  V operator()(V x) const {
    const V twice = x + x;
    V now(0.0), before(0.0);
    for (std::size_t k = terms; k-- > 1;) {
      const V next = fma(twice, now, V(c[k]) - before);
      before = now;
      now = next;
    }
    return fma(x, now, V(0.5 * c[0]) - before);
  }

 private:
  /// cos(pi angle / (2 terms))
  static double wave(std::size_t angle) {
    double sine, cosine;
    sin_cos_2pi(static_cast<double>(angle % (4 * terms)) / (4 * terms), sine, cosine);
    return cosine;
  }
};

/// The kernel for a grid of a given upsampling, and a tolerance: the width w in grid points, 2 to 16, the polynomials
/// that are the kernel at each of the w grid points as functions of the place in a cell, and its Fourier transform.
///
/// The kernel's aliasing error falls like exp(-pi w sqrt(1 - 1/upsampling)). The polynomials, in Horner's form, are the
/// Chebyshev series of the kernel, up to the degree where what is left out is a twentieth of the tolerance.
template <class Real>
class spreading_kernel {
 public:
  static constexpr std::size_t largest_width = 16, largest_degree = 22;
  static constexpr double least_upsampling = 1.25;

  /// @param tolerance of a transform relative to the norm of what it transforms, [1e-14, 0.1]
  /// @param upsampling grid points by modes, [1.25, 4], for which width_for(tolerance, upsampling) is not above 16
  spreading_kernel(double tolerance, double upsampling) {
    width_ = (std::min)(width_for(tolerance, upsampling), largest_width);
    beta_ = beta_for(width_, upsampling);
    fit(maximum(0.05 * tolerance, 1e-15));
  }

  /// The width that a tolerance takes, which may be above 16: from errors measured for all ratios.
  static std::size_t width_for(double tolerance, double upsampling) {
    const double decay = pi * sqrt(1 - 1 / upsampling), digits = -log(tolerance);
    const double slope = fma(0.05, maximum(2 - upsampling, 0.0), 1.012), extra = fma(0.06, upsampling - 2, 0.64);
    return static_cast<std::size_t>(maximum(std::ceil(fma(slope, digits / decay, extra)), 2.0));
  }

  /// By how much the outermost mode's correction magnifies rounding in comparison with that of mode 0: the kernel's
  /// Fourier transform falls like exp(sqrt(beta^2 - x^2) - beta) to x = pi width / (2 upsampling).
  static double magnification(std::size_t width, double upsampling) {
    const double beta = beta_for(width, upsampling), x = 0.5 * pi * static_cast<double>(width) / upsampling;
    return exp(beta - sqrt(maximum(fma(beta, beta, -(x * x)), 0.0)));
  }

  std::size_t width() const { return width_; }
  std::size_t degree() const { return degree_; }
  /// Coefficient `power` of the polynomials of all 16 grid points, zeros from the width on; the highest is degree().
  SPECTRALMC_HOST_DEVICE const Real* coefficients(std::size_t power) const { return coefficients_[power]; }

  /// All of them, 16 a power.
  std::vector<Real> coefficient_rows() const {
    std::vector<Real> rows;
    for (std::size_t power = 0; power <= degree_; ++power) {
      rows.insert(rows.end(), coefficients_[power], coefficients_[power] + largest_width);
    }
    return rows;
  }

  /// The table for memory that holds coefficient_rows().
  SPECTRALMC_PRIMITIVE kernel_table<Real> table(const Real* rows) const {
    return {rows, static_cast<std::uint32_t>(width_), static_cast<std::uint32_t>(degree_)};
  }

  /// exp(beta (sqrt(1 - z^2) - 1)), 0 beyond |z| = 1.
  double operator()(double z) const {
    const double rest = fma(-z, z, 1.0);
    return rest < 0 ? 0 : exp(beta_ * (sqrt(rest) - 1));
  }

  /// The integral of kernel(z) cos(x z) over [-1, 1]: with z = sin(theta) that of a smooth function whose trapezoidal
  /// rule is off by no more than the kernel's jump at its ends, exp(-beta).
  double transform(double x) const {
    constexpr int points = 80;
    double sum = 0.5;  // theta = 0
    for (int j = 1; j < points; ++j) {
      double sine, cosine, unused, wave;
      sin_cos_2pi(0.25 * static_cast<double>(j) / points, sine, cosine);
      sin_cos(x * sine, unused, wave);
      sum = fma(exp(beta_ * (cosine - 1)) * cosine, wave, sum);
    }
    return sum * (pi / points);
  }

  /// By what the modes 0 ... count - 1 of a grid of so many points are to be multiplied: one over the kernel's Fourier
  /// transform, which as a function of the squared mode is a short series.
  std::vector<double> corrections(std::size_t count, std::size_t grid_size) const {
    using V = lanes<double>;
    const auto largest = static_cast<double>(count), width = static_cast<double>(width_);
    const double step = pi * width / static_cast<double>(grid_size);
    const chebyshev_series<28> series(
        [&](double x) { return 0.5 * width * transform(step * largest * sqrt(fma(0.5, x, 0.5))); });
    std::vector<double> result(count);
    for (std::size_t k = 0; k < count; ++k) result[k] = static_cast<double>(k) / largest;
    for_each_pack<V>(count, [&](std::size_t k, std::size_t used) {
      const V share = load_some<V>(result.data() + k, used);
      store_some(V(1.0) / series(fma(V(2.0) * share, share, V(-1.0))), result.data() + k, used);
    });
    return result;
  }

  /// The kernel at the grid points of `packs` packs, for a point at `place`.
  template <std::size_t packs, class V>
  SPECTRALMC_PRIMITIVE void evaluate(Real place, V* values) const {
    table(coefficients_[0]).template evaluate<packs>(place, values);
  }
  /// The same for several points, so that their sums, each of which waits for what it adds to, are under way together.
  template <std::size_t packs, std::size_t count, class V>
  SPECTRALMC_PRIMITIVE void evaluate_several(const Real (&places)[count], V (&values)[count][packs]) const {
    for (std::size_t i = 0; i < count; ++i) {
      for (std::size_t p = 0; p < packs; ++p) values[i][p] = load<V>(coefficients_[degree_] + p * lane_count<V>);
    }
    for (std::size_t power = degree_; power-- > 0;) {
      for (std::size_t p = 0; p < packs; ++p) {
        const V next = load<V>(coefficients_[power] + p * lane_count<V>);
        for (std::size_t i = 0; i < count; ++i) values[i][p] = fma(values[i][p], V(places[i]), next);
      }
    }
  }

 private:
  static double beta_for(std::size_t width, double upsampling) {
    return pi * (static_cast<double>(width) - 0.18) * (1 - 0.5 / upsampling);
  }

  void fit(double allowed) {
    constexpr std::size_t nodes = 32;
    std::vector<chebyshev_series<nodes>> series;
    const double half = 0.5 * static_cast<double>(width_);
    for (std::size_t slot = 0; slot < width_; ++slot) {
      series.emplace_back(
          [&](double x) { return (*this)((fma(0.5, x, 0.5) + (static_cast<double>(slot) - half)) / half); });
    }
    double left_out[largest_width] = {};
    const auto is_needed = [&](std::size_t power) {
      for (std::size_t slot = 0; slot < width_; ++slot) {
        left_out[slot] += abs(series[slot].c[power]);
        if (left_out[slot] > allowed) return true;
      }
      return false;
    };
    degree_ = nodes - 1;
    while (degree_ > 2 && !is_needed(degree_)) --degree_;
    degree_ = (std::min)(degree_, largest_degree);
    // T_0, T_1, ... as sums of powers.
    for (std::size_t slot = 0; slot < width_; ++slot) {
      double sum[nodes] = {}, before[nodes] = {}, now[nodes] = {};
      before[0] = 1;
      now[1] = 1;
      sum[0] = 0.5 * series[slot].c[0];
      for (std::size_t k = 1; k <= degree_; ++k) {
        for (std::size_t m = 0; m <= k; ++m) sum[m] = fma(series[slot].c[k], now[m], sum[m]);
        double next[nodes] = {};
        for (std::size_t m = 0; m <= k && m + 1 < nodes; ++m) next[m + 1] = 2 * now[m];
        for (std::size_t m = 0; m < k; ++m) next[m] -= before[m];
        for (std::size_t m = 0; m < nodes; ++m) before[m] = now[m], now[m] = next[m];
      }
      for (std::size_t m = 0; m <= degree_; ++m) coefficients_[m][slot] = static_cast<Real>(sum[m]);
    }
  }

  alignas(64) Real coefficients_[largest_degree + 1][largest_width] = {};
  std::size_t width_ = 0, degree_ = 0;
  double beta_ = 0;
};

SPECTRALMC_LANES_NAMESPACE_END
}  // namespace spectralmc
