// The joint empirical characteristic function by direct summation, over the samples of one chunk of paths.
//
// With turns s and t of the two samples (requests/empirical.hpp) a path adds the products of cos and sin of 2 pi j s, j
// < n1, with cos and sin of 2 pi k t, k < n2. The functions of a chunk are made into two tables of rows, one row a
// function and one column a path, by the anchors and recurrences of the sums of one quantity, with their bits; the sums
// of products are the product of one table with the other transposed, 4 n1 n2 fused multiply-adds a path. It is taken
// in tiles of rows that stay in registers.
//
// Sums are in the canonical order (numeric/sums.hpp): slots in `Real`, their halving in double, and so added to the
// totals, chunk by chunk. Where k = 0 they have the bits of the sums of the first quantity alone, and where j = 0 of
// the second's.
#pragma once

#include <cstddef>
#include <cstdint>

#include "spectralmc/configuration.hpp"
#include "spectralmc/numeric/elementary.hpp"
#include "spectralmc/numeric/lanes.hpp"
#include "spectralmc/numeric/strided.hpp"
#include "spectralmc/numeric/sums.hpp"
#include "spectralmc/numeric/value.hpp"
#include "spectralmc/parallel/block.hpp"
#include "spectralmc/paths/partial_sums.hpp"
#include "spectralmc/requests/empirical.hpp"

// nvcc hands GCC a pragma that it does not know.
#if defined(__CUDA_ARCH__) || defined(__clang__)
#define SPECTRALMC_UNROLL_TILE _Pragma("unroll")
#elif defined(__GNUC__) && !defined(__CUDACC__)
#define SPECTRALMC_UNROLL_TILE _Pragma("GCC unroll 4")
#else
#define SPECTRALMC_UNROLL_TILE
#endif

namespace spectralmc {

namespace joint_empirical_detail {

/// Frequencies come in even numbers, so that rows, cosine and sine of each, come in fours.
inline constexpr std::size_t tile = 4;

/// How one quantity becomes turns.
template <class Real>
struct turns_of {
  Real scale, offset;
};

/// Where element i of a row of a table is: tiles of four rows, in which 16 elements of each of them lie side by side.
/// (Rows of 1024 numbers, one after the other, would share the sets of a cache.)
SPECTRALMC_HOST_DEVICE constexpr std::size_t place(std::size_t row, std::size_t i) {
  return row / tile * tile * chunk_paths + (i / canonical_slot_count * tile + row % tile) * canonical_slot_count +
         i % canonical_slot_count;
}

/// Writes cos(2 pi k t) and sin(2 pi k t), k < frequencies, of element i (and, for packs, the lanes after it) into rows
/// 2 k and 2 k + 1 of the table, each times the element's weight.
template <class V, class Samples>
SPECTRALMC_HOST_DEVICE SPECTRALMC_FORCE_INLINE void fill_rows(const Samples& samples, std::size_t i, V weight,
                                                              std::size_t frequencies, scalar_of<V>* table) {
  using real = scalar_of<V>;
  const V turns = spectralmc::load<V>(samples.turns + i);
  const V c = spectralmc::load<V>(samples.cosine + i), s = spectralmc::load<V>(samples.sine + i);
  const V twice = c + c;
  for (std::size_t first = 0; first < frequencies; first += empirical_detail::block) {
    V cosine, sine, next_cosine, next_sine;
    empirical_detail::anchor(turns, c, s, V(static_cast<real>(first)), cosine, sine, next_cosine, next_sine);
    const std::size_t end =
        first + empirical_detail::block < frequencies ? first + empirical_detail::block : frequencies;
    for (std::size_t k = first; k < end; ++k) {
      spectralmc::store(rounded_product(weight, cosine), table + place(2 * k, i));
      spectralmc::store(rounded_product(weight, sine), table + place(2 * k + 1, i));
      const V after_cosine = fma(twice, next_cosine, -cosine), after_sine = fma(twice, next_sine, -sine);
      cosine = next_cosine;
      sine = next_sine;
      next_cosine = after_cosine;
      next_sine = after_sine;
    }
  }
}

/// The sums over elements slot, slot + 16, ... of `rows` rows of 16 of the products of the first `Rows` rows of a tile
/// with `Columns` of another.
template <std::size_t Rows, std::size_t Columns, class V>
SPECTRALMC_HOST_DEVICE SPECTRALMC_FORCE_INLINE void multiply_tile(const scalar_of<V>* first, const scalar_of<V>* second,
                                                                  std::size_t slot, std::size_t rows,
                                                                  V (&sums)[Rows][Columns]) {
  // The loops over a tile must be unrolled for its sums to stay in registers.
  for (std::size_t r = 0; r < Rows; ++r) {
    for (std::size_t q = 0; q < Columns; ++q) sums[r][q] = V(scalar_of<V>(0));
  }
  for (std::size_t row = 0; row < rows; ++row) {
    const std::size_t i = row * tile * canonical_slot_count + slot;
    V b[Columns];
    SPECTRALMC_UNROLL_TILE
    for (std::size_t q = 0; q < Columns; ++q) b[q] = spectralmc::load<V>(second + i + q * canonical_slot_count);
    SPECTRALMC_UNROLL_TILE
    for (std::size_t r = 0; r < Rows; ++r) {
      const V a = spectralmc::load<V>(first + i + r * canonical_slot_count);
      SPECTRALMC_UNROLL_TILE
      for (std::size_t q = 0; q < Columns; ++q) sums[r][q] = fma(a, b[q], sums[r][q]);
    }
  }
}

/// Whether one of a pair is outside its interval, given the turns.
template <class Real>
SPECTRALMC_HOST_DEVICE constexpr bool is_outside(Real turns) {
  return turns < 0 || turns > Real(0.5);
}

/// Tiles that a block of threads takes between two barriers, whatever its size.
inline constexpr std::uint32_t tiles_at_once = 64;

/// Real numbers of scratch memory that add_pairs needs.
constexpr std::size_t scratch_size(std::size_t frequencies) {
  return (4 * frequencies + 2) * chunk_paths + tiles_at_once * tile * tile * canonical_slot_count;
}

/// Columns of a tile whose sums fit into registers together with those of its rows.
template <class V>
inline constexpr std::size_t columns_together = lane_count<V> == 1 || sizeof(V) == 64 ? tile : tile / 2;

/// Adds the sums of one chunk to totals as joint_spectrum_item has them, by a block of threads. `Shared` has
/// turned_samples `samples`, empirical_detail::sample_counts `counts` and the integer `outside`.
template <class Block, class Real, class Shared>
SPECTRALMC_HOST_DEVICE void add_pairs(const Block& threads, const Real* first, const Real* second, std::uint32_t paths,
                                      turns_of<Real> first_turns, turns_of<Real> second_turns, std::size_t frequencies,
                                      Shared& shared, Real* scratch, double* totals) {
  using V = typename Block::template number<Real>;
  constexpr std::size_t width = lane_count<V>, packs_a_row = canonical_slot_count / width;
  const std::size_t height = 2 * frequencies;
  const std::uint32_t padded = padded_to_slots(paths);
  const auto rows = static_cast<std::uint32_t>(padded / canonical_slot_count);
  Real* const first_table = scratch;
  Real* const second_table = first_table + height * chunk_paths;
  Real* const weights = second_table + height * chunk_paths;
  Real* const other_turns = weights + chunk_paths;
  Real* const slot_sums = other_turns + chunk_paths;
  double* const counts = totals + height * height;

  empirical_detail::turn_samples(threads, second, paths, second_turns.scale, second_turns.offset, shared);
  threads.phase([&](std::uint32_t thread) {
    for_elements<Real>(threads, thread, padded, [&](std::uint32_t i) {
      fill_rows(shared.samples, i, V(Real(1)), frequencies, second_table);
      spectralmc::store(empirical_detail::weight_of<V>(shared.samples, i), weights + i);
      spectralmc::store(spectralmc::load<V>(shared.samples.turns + i), other_turns + i);
    });
    if (thread == 0) shared.outside = 0;
  });
  empirical_detail::turn_samples(threads, first, paths, first_turns.scale, first_turns.offset, shared);
  threads.phase([&](std::uint32_t thread) {
    if (thread == 0) shared.counts.clear();
    for_elements<Real>(threads, thread, padded, [&](std::uint32_t i) {
      const V weight = spectralmc::load<V>(weights + i) * empirical_detail::weight_of<V>(shared.samples, i);
      spectralmc::store(weight, weights + i);
      fill_rows(shared.samples, i, weight, frequencies, first_table);
    });
  });
  threads.phase([&](std::uint32_t thread) {
    empirical_detail::sample_counts of_first;
    of_first.clear();
    std::uint32_t outside = 0;
    for (std::uint32_t i = thread; i < padded; i += threads.size()) {
      of_first.count(shared.samples.turns[i], weights[i] != 0);
      outside += weights[i] != 0 && (is_outside(shared.samples.turns[i]) || is_outside(other_turns[i]));
    }
    of_first.add_to(threads, shared.counts);
    threads.add(shared.outside, outside);
  });
  threads.phase([&](std::uint32_t thread) {
    if (thread != 0) return;
    shared.counts.add_to(counts);
    counts[2 * empirical_detail::sample_counts::size] += shared.outside;
    shared.counts.clear();
  });
  threads.phase([&](std::uint32_t thread) {
    empirical_detail::sample_counts of_second;
    of_second.clear();
    for (std::uint32_t i = thread; i < padded; i += threads.size()) of_second.count(other_turns[i], weights[i] != 0);
    of_second.add_to(threads, shared.counts);
  });
  const auto across = static_cast<std::uint32_t>(height / tile);
  for (std::uint32_t begin = 0; begin < across * across; begin += tiles_at_once) {
    const std::uint32_t end = begin + tiles_at_once < across * across ? begin + tiles_at_once : across * across;
    threads.phase([&](std::uint32_t thread) {
      if (begin == 0 && thread == 0) shared.counts.add_to(counts + empirical_detail::sample_counts::size);
      const auto tasks = static_cast<std::uint32_t>((end - begin) * packs_a_row);
      for (std::uint32_t task = thread; task < tasks; task += threads.size()) {
        const std::uint32_t number = begin + static_cast<std::uint32_t>(task / packs_a_row);
        const std::size_t slot = task % packs_a_row * width;
        Real* to = slot_sums + static_cast<std::size_t>(number - begin) * tile * tile * canonical_slot_count + slot;
        constexpr std::size_t columns = columns_together<V>;
        for (std::size_t column = 0; column < tile; column += columns) {
          V sums[tile][columns];
          multiply_tile<tile, columns>(
              first_table + number / across * tile * chunk_paths,
              second_table + number % across * tile * chunk_paths + column * canonical_slot_count, slot, rows, sums);
          for (std::size_t r = 0; r < tile; ++r) {
            for (std::size_t q = 0; q < columns; ++q) {
              spectralmc::store(sums[r][q], to + (r * tile + column + q) * canonical_slot_count);
            }
          }
        }
      }
    });
    threads.phase([&](std::uint32_t thread) {
      const auto tasks = static_cast<std::uint32_t>((end - begin) * tile * tile);
      for (std::uint32_t task = thread; task < tasks; task += threads.size()) {
        const auto number = static_cast<std::uint32_t>(begin + task / (tile * tile));
        const std::size_t r = number / across * tile + task % (tile * tile) / tile,
                          q = number % across * tile + task % tile;
        totals[r * height + q] += canonical_sum(slot_sums + task * canonical_slot_count, canonical_slot_count);
      }
    });
  }
}

}  // namespace joint_empirical_detail

}  // namespace spectralmc

#undef SPECTRALMC_UNROLL_TILE
