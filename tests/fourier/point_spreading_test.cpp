// The bodies of the GPU's kernels for Fourier sums over any points, one after the other on the CPU, against the CPU's
// own transforms: with their bits where the CPU sorts all points together and the transform in between is the same.
#include "spectralmc/fourier/point_spreading.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <random>
#include <vector>

#include "spectralmc/fourier/nonuniform_fourier_transform.hpp"

namespace spectralmc {
namespace {

TEST_CASE_TEMPLATE("threads gather and interpolate with the bits of lanes", Real, float, double) {
  constexpr std::size_t modes = 33000, points = 5000;  // more than 2^16 grid points: sorted all together
  for (const double tolerance : {1e-2, 1e-5, sizeof(Real) == sizeof(float) ? 1e-6 : 1e-12}) {
    const nonuniform_fourier_transform<Real> host(modes, tolerance);
    std::mt19937_64 engine(1);
    std::uniform_real_distribution<double> number(-4, 4);
    std::vector<Real> x(points);
    std::vector<complex<Real>> strengths(points), at_modes(modes), expected_modes(modes), values(points);
    for (Real& each : x) each = static_cast<Real>(number(engine));
    for (auto* numbers : {&strengths, &at_modes}) {
      for (auto& z : *numbers) z = {static_cast<Real>(number(engine)), static_cast<Real>(number(engine))};
    }
    std::fill(x.begin() + 100, x.begin() + 300, x[9]);  // many in one cell
    const std::vector<Real> rows = host.kernel().coefficient_rows();
    const auto size = static_cast<std::uint32_t>(host.grid_size());
    CHECK((size & (size - 1)) != 0);  // not a power of two
    const auto place_of_mode = [&](std::size_t i) { return (i + size - modes / 2) % size; };
    const point_spreading<Real> spreading{host.kernel().table(rows.data()), size};
    // What the kernels before do: cells, a stable sort, where each cell begins.
    std::vector<std::uint32_t> cells(points), order(points), sorted_cells, starts;
    std::vector<Real> places(points), sorted_places;
    std::vector<complex<Real>> sorted_strengths;
    for (std::size_t j = 0; j < points; ++j) spreading.locate(static_cast<double>(x[j]), cells[j], places[j]);
    std::iota(order.begin(), order.end(), 0U);
    std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return cells[a] < cells[b]; });
    for (const std::uint32_t j : order) {
      sorted_cells.push_back(cells[j]);
      sorted_places.push_back(places[j]);
      sorted_strengths.push_back(strengths[j]);
    }
    for (std::uint32_t cell = 0; cell <= size; ++cell) {
      starts.push_back(points_before(cell, sorted_cells.data(), static_cast<std::uint32_t>(points)));
    }
    CHECK(starts.back() == points);

    const std::vector<double> corrections = host.kernel().corrections(modes / 2 + 1, size);
    const auto correction = [&](std::size_t i) {
      return static_cast<Real>(corrections[i < modes / 2 ? modes / 2 - i : i - modes / 2]);
    };
    std::vector<complex<Real>> grid(size);
    for (std::uint32_t g = 0; g < size; ++g) {
      grid[g] = spreading.gather(g, starts.data(), sorted_places.data(), sorted_strengths.data());
    }
    const fourier_transform<Real> transform(size);
    transform.forward(cpu{1}, grid.data(), grid.data());
    host.type1(cpu{1}, x.data(), strengths.data(), points, expected_modes.data(), exponent_sign::minus);
    std::size_t wrong = 0;
    for (std::size_t i = 0; i < modes; ++i) {
      const complex<Real> z = grid[place_of_mode(i)];
      wrong += expected_modes[i].re != z.re * correction(i) || expected_modes[i].im != z.im * correction(i);
    }
    CHECK(wrong == 0);

    std::fill(grid.begin(), grid.end(), complex<Real>(0, 0));
    for (std::size_t i = 0; i < modes; ++i) {
      grid[place_of_mode(i)] = {at_modes[i].re * correction(i), at_modes[i].im * correction(i)};
    }
    transform.forward(cpu{1}, grid.data(), grid.data());
    host.type2(cpu{1}, x.data(), points, at_modes.data(), values.data(), exponent_sign::minus);
    wrong = 0;
    for (std::size_t j = 0; j < points; ++j) {
      const complex<Real> z = spreading.interpolate(cells[j], places[j], grid.data());
      wrong += values[j].re != z.re || values[j].im != z.im;
    }
    CHECK(wrong == 0);
  }
}

}  // namespace
}  // namespace spectralmc
