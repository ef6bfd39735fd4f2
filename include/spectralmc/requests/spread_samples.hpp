// The empirical characteristic function by way of a grid: the samples of a chunk of paths are spread over the points of
// a periodic grid (fourier/spreading_kernel.hpp), whose Fourier transform, taken once a run, has all frequencies. A
// sample costs the same for any number of them.
//
// Turns are those of requests/empirical.hpp: frequency k has the angle 2 pi k t. The kernel's values are rounded to
// multiples of 2^-40 (of 2^-23 in float), so that up to 2^13 of them are added in double without rounding: in any
// order, by lanes, by threads and by atomics, with the same bits. What rounding and kernel lose is below 5e-12 (4e-6 in
// float) for each frequency, and less in a mean over samples.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "spectralmc/configuration.hpp"
#include "spectralmc/fourier/real_fourier_transform.hpp"
#include "spectralmc/fourier/spreading_kernel.hpp"
#include "spectralmc/numeric/complex.hpp"
#include "spectralmc/numeric/elementary.hpp"
#include "spectralmc/numeric/lanes.hpp"
#include "spectralmc/numeric/strided.hpp"
#include "spectralmc/parallel/block.hpp"
#include "spectralmc/requests/empirical.hpp"

namespace spectralmc {
namespace empirical_detail {

/// What spreading needs of kernel and grid, in a kernel of a GPU too.
template <class Real>
struct spreading {
  kernel_table<Real> kernel;
  std::uint32_t grid_size;
  Real scale, offset;  // turns = sample x scale + offset
};

/// Where samples stand.
template <class V>
struct sample_places {
  V turns;   // 0 where the sample is not finite
  V place;   // in the cell, from -1 to 1
  V cell;    // the first of the grid points that it is spread to, from -grid_size / 2 - 8 on
  V weight;  // 1, or 0 where the sample is not finite
};

template <class V>
SPECTRALMC_HOST_DEVICE SPECTRALMC_FORCE_INLINE sample_places<V> locate(const spreading<scalar_of<V>>& to, V sample) {
  using real = scalar_of<V>;
  const V raw = fma(sample, V(to.scale), V(to.offset));
  const auto finite = is_finite(raw);
  sample_places<V> result;
  result.weight = select(finite, V(real(1)), V(real(0)));
  // As in turn(): a clamp far outside [0, 1/2], where samples are counted as outside the interval.
  result.turns = select(finite, minimum(maximum(raw, V(real(-64))), V(real(64))), V(real(0)));
  // All of this is exact but the last difference: half a turn to either side, as a whole turn on top of a small
  // negative number would round that.
  const V scaled = rounded_product(result.turns - round_to_nearest(result.turns), V(static_cast<real>(to.grid_size)));
  const V nearest = round_to_nearest(scaled);
  const V rest = (scaled - nearest) - V(real(0.5) * static_cast<real>(to.kernel.width));
  const grid_place<V> found = place_after(rest);
  result.place = found.place;
  result.cell = nearest + found.cell;
  return result;
}

/// A value of the kernel as a multiple of 2^-40, or 2^-23 in float.
template <class V>
SPECTRALMC_HOST_DEVICE SPECTRALMC_FORCE_INLINE V fixed_point(V x) {
  const V shift(scalar_of<V>(sizeof(scalar_of<V>) == sizeof(float) ? 1.5 : 6144.0));
  return (x + shift) - shift;
}

/// Cells begin so many grid points before half a turn below 0.
inline constexpr std::uint32_t grid_margin = 8;
/// The place for cell 0.
SPECTRALMC_HOST_DEVICE constexpr std::uint32_t grid_origin(std::size_t grid_size) {
  return static_cast<std::uint32_t>(grid_size / 2) + grid_margin;
}
/// Numbers that the sums on a grid take: its points, and those that are the same as points at the other end.
SPECTRALMC_HOST_DEVICE constexpr std::size_t spread_size(std::size_t grid_size) {
  return grid_size + 2 * grid_margin + 16;
}

/// Adds the kernel at `place` to the grid points from `grid` on: on the CPU in so many packs, on a GPU one by one.
template <std::size_t packs, class Block, class Real>
SPECTRALMC_HOST_DEVICE SPECTRALMC_FORCE_INLINE void spread_sample(const Block& threads,
                                                                  const kernel_table<Real>& kernel, Real place,
                                                                  double* grid) {
  using V = typename Block::template number<Real>;
  constexpr std::size_t room = packs * lane_count<V>;
  if constexpr (lane_count<V> == 1) {
    for (std::uint32_t l = 0; l < kernel.width; ++l) {
      threads.add_exactly(grid[l], static_cast<double>(fixed_point(kernel.value(l, place))));
    }
  } else {
    constexpr std::size_t upper = room < 16 ? room : 16, lower = room < 8 ? room : 8;
    V values[packs];
    kernel.template evaluate<packs>(place, values);
    Real each[room];
    for (std::size_t p = 0; p < packs; ++p) spectralmc::store(fixed_point(values[p]), each + p * lane_count<V>);
    for (std::size_t l = 0; l < lower; ++l) grid[l] += static_cast<double>(each[l]);
    if (kernel.width <= lower) return;
    for (std::size_t l = lower; l < upper; ++l) grid[l] += static_cast<double>(each[l]);
  }
}

/// Spreads the samples of one date: adds to totals, of spread_size(grid) and sample_counts::size more, by a block of
/// threads. `observed` holds `paths` samples. `Shared` has sample_counts `counts`.
template <std::size_t packs = 1, class Block, class Real, class Shared>
SPECTRALMC_HOST_DEVICE void spread_samples(const Block& threads, const spreading<Real>& to, const Real* observed,
                                           std::uint32_t paths, Shared& shared, double* totals) {
  using V = typename Block::template number<Real>;
  constexpr std::size_t width = lane_count<V>;
  if constexpr (width > 1 && packs * width < kernel_table<Real>::row) {
    if (to.kernel.width > packs * width) {
      return spread_samples<packs + 1>(threads, to, observed, paths, shared, totals);
    }
  }
  const auto origin = static_cast<std::int32_t>(grid_origin(to.grid_size));
  threads.phase([&](std::uint32_t thread) {
    if (thread == 0) shared.counts.clear();
  });
  threads.phase([&](std::uint32_t thread) {
    sample_counts counts;
    counts.clear();
    for_elements<Real>(threads, thread, paths, [&](std::uint32_t first) {
      const sample_places<V> x = locate(to, load_within<V>(observed, first, paths));
      Real turns[width], places[width], cells[width], weights[width];
      spectralmc::store(x.turns, turns);
      spectralmc::store(x.place, places);
      spectralmc::store(x.cell, cells);
      spectralmc::store(x.weight, weights);
      for (std::size_t i = 0; i < width && first + i < paths; ++i) {
        if (weights[i] == 0) continue;
        counts.count(turns[i], true);
        spread_sample<packs>(threads, to.kernel, places[i], totals + (static_cast<std::int32_t>(cells[i]) + origin));
      }
    });
    counts.add_to(threads, shared.counts);
  });
  threads.phase([&](std::uint32_t thread) {
    if (thread == 0) shared.counts.add_to(totals + spread_size(to.grid_size));
  });
}

SPECTRALMC_LANES_NAMESPACE_BEGIN

/// The sums over the samples of exp(2 pi i k t) for k = 0 ... frequencies - 1, from what they were spread to.
template <class Real>
std::vector<complex<double>> sums_of_grid(const spreading_kernel<Real>& kernel, std::size_t grid_size,
                                          std::size_t frequencies, const double* totals) {
  std::vector<double> grid(grid_size);
  for (std::size_t i = 0; i < spread_size(grid_size); ++i) {
    grid[(i + 2 * grid_size - grid_origin(grid_size)) % grid_size] += totals[i];
  }
  std::vector<complex<double>> modes(grid_size / 2 + 1);
  const real_fourier_transform<double> transform(grid_size);
  auto workspace = transform.make_workspace();
  transform.forward(grid.data(), modes.data(), workspace);
  const std::vector<double> corrections = kernel.corrections(frequencies, grid_size);
  modes.resize(frequencies);
  for (std::size_t k = 0; k < frequencies; ++k) {
    modes[k] = {rounded_product(modes[k].re, corrections[k]), -rounded_product(modes[k].im, corrections[k])};
  }
  return modes;
}

SPECTRALMC_LANES_NAMESPACE_END

}  // namespace empirical_detail
}  // namespace spectralmc
