// The empirical characteristic function by direct summation, over the samples of one chunk of paths.
//
// Samples become turns t = (x - a) / (2 (b - a)), so that frequency k has the angle 2 pi k t = u_k (x - a). Frequencies
// are taken in blocks of 32. A block starts from cos and sin of 2 pi k0 t, computed afresh (the anchor), and goes on by
// the Chebyshev recurrence z_{k+1} = 2 cos(2 pi t) z_k - z_{k-1}: two fused multiply-adds and two additions a sample
// and frequency. Round-off: what is lost in a step, and the rounding of 2 cos, which every step meets again, grow to at
// most (m + 1) times their size after m more steps. With 32 steps from anchor to anchor a value is within 8e-5 of exact
// in float and 1.5e-13 in double, for any number of frequencies; the worst (t near 0 or 1/2) measured is half of that,
// the root mean square 1.3e-6 in float, and the bias of a mean over samples below 2e-8. (Oliver, J. (1977), An error
// analysis of the modified Clenshaw method, IMA J. Appl. Math. 20.)
//
// Sums are taken in the canonical order (numeric/sums.hpp): slots in `Real`, their halving in double, and so added to
// the totals, chunk by chunk.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "spectralmc/configuration.hpp"
#include "spectralmc/numeric/elementary.hpp"
#include "spectralmc/numeric/lanes.hpp"
#include "spectralmc/numeric/strided.hpp"
#include "spectralmc/numeric/sums.hpp"
#include "spectralmc/numeric/value.hpp"
#include "spectralmc/parallel/block.hpp"
#include "spectralmc/paths/partial_sums.hpp"
#include "spectralmc/spectral/spectrum.hpp"

namespace spectralmc {

/// The samples of one observer at one date over one chunk of paths, made ready for summation. Weights are numbers for
/// packs, which multiply by them, and bytes for threads whose shared memory is scarce.
template <class Real, class Weight>
struct turned_samples {
  Real turns[chunk_paths];
  Real cosine[chunk_paths];  // of 2 pi t
  Real sine[chunk_paths];
  Weight weight[chunk_paths];  // 1, or 0 for a sample that is not finite or beyond the last path
};

namespace empirical_detail {

inline constexpr std::size_t block = 32;  // frequencies from one anchor to the next

/// How many samples are finite, and how many of them are outside the interval: in all, below it, and on either side by
/// more than half its width, where their mirror images are in the other half of the interval. No constructor, for it is
/// kept in the shared memory of GPUs.
struct sample_counts {
  std::uint32_t finite, outside, below, far_below, far_above;
  static constexpr std::size_t size = 5;  // numbers in totals, in this order

  /// Where counting begins. (nvcc calls a variable unused that is set by an initialiser and then used by members
  /// alone.)
  SPECTRALMC_HOST_DEVICE void clear() { finite = outside = below = far_below = far_above = 0; }

  template <class Real>
  SPECTRALMC_HOST_DEVICE SPECTRALMC_FORCE_INLINE void count(Real turns, bool is_finite) {
    finite += is_finite;
    outside += is_finite && (turns < 0 || turns > Real(0.5));
    below += is_finite && turns < 0;
    far_below += is_finite && turns < Real(-0.25);
    far_above += is_finite && turns > Real(0.75);
  }

  /// Adds these to counts that a block of threads has in common.
  template <class Block>
  SPECTRALMC_HOST_DEVICE void add_to(const Block& threads, sample_counts& common) const {
    threads.add(common.finite, finite);
    threads.add(common.outside, outside);
    threads.add(common.below, below);
    threads.add(common.far_below, far_below);
    threads.add(common.far_above, far_above);
  }

  SPECTRALMC_HOST_DEVICE void add_to(double* totals) const {
    totals[0] += finite;
    totals[1] += outside;
    totals[2] += below;
    totals[3] += far_below;
    totals[4] += far_above;
  }
};

/// The same of totals, by side.
inline outside_samples outside_of(const double* counts) {
  const auto number = [](double n) { return static_cast<std::uint64_t>(n); };
  return {number(counts[1]), number(counts[2]), number(counts[1] - counts[2]), number(counts[3]), number(counts[4])};
}

/// Fills element i (and, for packs, the lanes after it).
template <class V, class Weight>
SPECTRALMC_HOST_DEVICE SPECTRALMC_FORCE_INLINE void turn(V sample, scalar_of<V> scale, scalar_of<V> offset,
                                                         turned_samples<scalar_of<V>, Weight>& out, std::size_t i) {
  using real = scalar_of<V>;
  const V zero(real(0));
  const V raw = fma(sample, V(scale), V(offset));
  const auto finite = is_finite(raw);
  // A clamp far outside [0, 1/2] keeps the reduction exact; such samples are counted as outside the interval.
  const V turns = select(finite, minimum(maximum(raw, V(real(-64))), V(real(64))), zero);
  V sine, cosine;
  sin_cos_2pi(turns, sine, cosine);
  spectralmc::store(turns, out.turns + i);
  spectralmc::store(cosine, out.cosine + i);
  spectralmc::store(sine, out.sine + i);
  if constexpr (std::is_same_v<Weight, real>) {
    spectralmc::store(select(finite, V(real(1)), zero), out.weight + i);
  } else {
    out.weight[i] = finite ? 1 : 0;
  }
}

/// cos and sin of 2 pi k0 t, computed afresh, and of the frequency after it. `c` and `s` are those of 2 pi t.
template <class V>
SPECTRALMC_HOST_DEVICE SPECTRALMC_FORCE_INLINE void anchor(V turns, V c, V s, V k0, V& cosine, V& sine, V& next_cosine,
                                                           V& next_sine) {
  using real = scalar_of<V>;
  const V magic(real(sizeof(real) == 4 ? 12582912.0 : 6755399441055744.0));
  // k0 t less its nearest integer, with one rounding.
  const V whole = fma(turns, k0, magic) - magic;
  sin_cos_2pi(fma(turns, k0, -whole), sine, cosine);
  next_cosine = fma(cosine, c, -(sine * s));
  next_sine = fma(sine, c, cosine * s);
}

/// The weight of element i (and, for packs, of the lanes after it).
template <class V, class Weight>
SPECTRALMC_HOST_DEVICE SPECTRALMC_FORCE_INLINE V weight_of(const turned_samples<scalar_of<V>, Weight>& samples,
                                                           std::size_t i) {
  if constexpr (std::is_same_v<Weight, scalar_of<V>>) {
    return load<V>(samples.weight + i);
  } else {
    return static_cast<V>(samples.weight[i]);
  }
}

/// Adds rows [begin, end) of 16 samples, `Together` rows at a time, to the sums of one block of frequencies; the packs
/// begin at slot `slot`. With Weighted, each sample is multiplied by its weight, which changes no bit where that is 1.
template <std::size_t Together, bool Weighted, class V, class Samples>
SPECTRALMC_HOST_DEVICE SPECTRALMC_FORCE_INLINE void add_rows(const Samples& samples, std::size_t slot,
                                                             std::size_t begin, std::size_t end,
                                                             scalar_of<V> first_frequency, V* cosine_sums,
                                                             V* sine_sums) {
  const V k0(first_frequency);
  for (std::size_t row = begin; row < end; row += Together) {
    V cosine[Together], sine[Together], next_cosine[Together], next_sine[Together], twice[Together], weight[Together];
    for (std::size_t u = 0; u < Together; ++u) {
      const std::size_t i = (row + u) * canonical_slot_count + slot;
      const V c = load<V>(samples.cosine + i);
      anchor(load<V>(samples.turns + i), c, load<V>(samples.sine + i), k0, cosine[u], sine[u], next_cosine[u],
             next_sine[u]);
      twice[u] = c + c;
      if constexpr (Weighted) weight[u] = weight_of<V>(samples, i);
    }
    for (std::size_t k = 0; k < block; ++k) {
      V c = cosine_sums[k], s = sine_sums[k];
      for (std::size_t u = 0; u < Together; ++u) {
        if constexpr (Weighted) {
          c = fma(weight[u], cosine[u], c);
          s = fma(weight[u], sine[u], s);
        } else {
          c = c + cosine[u];
          s = s + sine[u];
        }
        const V after_cosine = fma(twice[u], next_cosine[u], -cosine[u]);
        const V after_sine = fma(twice[u], next_sine[u], -sine[u]);
        cosine[u] = next_cosine[u];
        sine[u] = next_sine[u];
        next_cosine[u] = after_cosine;
        next_sine[u] = after_sine;
      }
      cosine_sums[k] = c;
      sine_sums[k] = s;
    }
  }
}

/// What add_rows does to slot `slot`, by one of several threads that share a block of frequencies: the sums of cosines,
/// or of sines, of its frequencies begin ... begin + Sums - 1. Each thread makes all the numbers before its own.
template <std::size_t Sums, class Samples, class Real>
SPECTRALMC_HOST_DEVICE SPECTRALMC_FORCE_INLINE void add_slot(const Samples& samples, std::size_t slot, std::size_t rows,
                                                             Real first_frequency, std::size_t begin, bool of_sines,
                                                             Real (&sums)[Sums]) {
  for (std::size_t row = 0; row < rows; ++row) {
    const std::size_t i = row * canonical_slot_count + slot;
    const Real c = samples.cosine[i], twice = c + c, weight = weight_of<Real>(samples, i);
    Real cosine, sine, next_cosine, next_sine;
    anchor(samples.turns[i], c, samples.sine[i], first_frequency, cosine, sine, next_cosine, next_sine);
    // The threads of a warp differ in this, and then do the same.
    Real value = of_sines ? sine : cosine, next = of_sines ? next_sine : next_cosine;
    const auto advance = [&] {
      const Real after = fma(twice, next, -value);
      value = next;
      next = after;
    };
    for (std::size_t k = 0; k < begin; ++k) advance();
    for (std::size_t k = 0; k < Sums; ++k) {
      sums[k] = fma(weight, value, sums[k]);
      advance();
    }
  }
}

SPECTRALMC_LANES_NAMESPACE_BEGIN

/// Rows of samples that packs sum together, so that the recurrences of one row need not wait for themselves: as many as
/// there are registers for. Chosen by measurement (bench/tuning_bench.cpp, docs/performance.md), on an AMD EPYC: 4 with
/// 32 registers, and 2 with 16, where 4 take a sixth to a third more time.
#if defined(SPECTRALMC_LANES_AVX512) || defined(__aarch64__)
inline constexpr std::size_t rows_together = 4;
#else
inline constexpr std::size_t rows_together = 2;
#endif

SPECTRALMC_LANES_NAMESPACE_END

/// Adds all `rows` of 16 samples to the sums of the block of frequencies that begins with `first_frequency`; the packs
/// begin at slot `slot`. `weighted` says that some weight is 0. Only packs ask that.
template <std::size_t Together = rows_together, class V, class Samples>
SPECTRALMC_HOST_DEVICE SPECTRALMC_FORCE_INLINE void add_all_rows(const Samples& samples, std::size_t slot,
                                                                 std::size_t rows, bool weighted,
                                                                 scalar_of<V> first_frequency, V (&cosine_sums)[block],
                                                                 V (&sine_sums)[block]) {
  for (std::size_t k = 0; k < block; ++k) cosine_sums[k] = sine_sums[k] = V(scalar_of<V>(0));
  if (lane_count<V> == 1 || weighted) {
    add_rows<1, true>(samples, slot, 0, rows, first_frequency, cosine_sums, sine_sums);
  } else {
    const std::size_t whole = rows - rows % Together;
    add_rows<Together, false>(samples, slot, 0, whole, first_frequency, cosine_sums, sine_sums);
    add_rows<1, false>(samples, slot, whole, rows, first_frequency, cosine_sums, sine_sums);
  }
}

/// Real numbers of scratch memory that add_samples needs.
constexpr std::size_t slot_sum_size(std::size_t frequencies) {
  return (frequencies + block - 1) / block * block * 2 * canonical_slot_count;
}

/// Makes turned samples of those of a chunk, and counts them: in two phases, of which the first clears the counts.
/// `Shared` has turned_samples `samples` and sample_counts `counts`.
template <class Block, class Real, class Shared>
SPECTRALMC_HOST_DEVICE void turn_samples(const Block& threads, const Real* observed, std::uint32_t paths, Real scale,
                                         Real offset, Shared& shared) {
  using V = typename Block::template number<Real>;
  const std::uint32_t padded = padded_to_slots(paths);
  threads.phase([&](std::uint32_t thread) {
    if (thread == 0) shared.counts.clear();
  });
  threads.phase([&](std::uint32_t thread) {
    for_elements<Real>(threads, thread, padded, [&](std::uint32_t i) {
      turn(load_within<V>(observed, i, paths), scale, offset, shared.samples, i);
      for (std::uint32_t j = i < paths ? paths : i; j < i + lane_count<V>; ++j) shared.samples.weight[j] = 0;
    });
    sample_counts counts;
    counts.clear();
    for (std::uint32_t i = thread; i < padded; i += threads.size()) {
      counts.count(shared.samples.turns[i], shared.samples.weight[i] != 0);
    }
    counts.add_to(threads, shared.counts);
  });
}

/// Adds the sums of one chunk to totals as spectrum_item has them for one date, by a block of threads. `observed` holds
/// `paths` samples. `Shared` has turned_samples `samples` and sample_counts `counts`. A thread keeps 64 sums, those of
/// cosines and sines of 32 frequencies; or 32, 16 or 8, those of cosines or of sines of as many. `slot_sums` is memory
/// of slot_sum_size(frequencies).
template <class Block, class Real, class Shared>
SPECTRALMC_HOST_DEVICE void add_samples(const Block& threads, const Real* observed, std::uint32_t paths, Real scale,
                                        Real offset, std::size_t frequencies, Shared& shared, Real* slot_sums,
                                        double* totals) {
  using V = typename Block::template number<Real>;
  constexpr std::size_t width = lane_count<V>, packs_a_row = canonical_slot_count / width;
  static_assert(canonical_slot_count % width == 0, "a row of slots is a whole number of packs");
  constexpr auto sums_a_thread = static_cast<std::size_t>(Block::sums_a_thread);
  static_assert(sums_a_thread >= 8 && 2 * block % sums_a_thread == 0, "threads share a block of frequencies evenly");
  constexpr std::size_t sharing = 2 * block / sums_a_thread;  // threads a block of frequencies, of each slot
  const std::uint32_t padded = padded_to_slots(paths);
  const auto rows = static_cast<std::uint32_t>(padded / canonical_slot_count);
  const auto tasks = static_cast<std::uint32_t>((frequencies + block - 1) / block * sharing * packs_a_row);
  turn_samples(threads, observed, paths, scale, offset, shared);
  threads.phase([&](std::uint32_t thread) {
    const bool weighted = shared.counts.finite < padded;
    for (std::uint32_t task = thread; task < tasks; task += threads.size()) {
      const std::size_t slot = task % packs_a_row * width, piece = task / packs_a_row;
      const std::size_t first = piece / sharing * block;
      const auto keep = [&](std::size_t k, std::size_t sine, V sum) {
        spectralmc::store(sum, slot_sums + (2 * (first + k) + sine) * canonical_slot_count + slot);
      };
      if constexpr (sharing == 1) {
        V c[block], s[block];
        add_all_rows(shared.samples, slot, rows, weighted, static_cast<Real>(first), c, s);
        for (std::size_t k = 0; k < block; ++k) {
          keep(k, 0, c[k]);
          keep(k, 1, s[k]);
        }
      } else {
        const std::size_t sine = piece % 2, begin = piece % sharing / 2 * sums_a_thread;
        Real sums[sums_a_thread];
        for (Real& sum : sums) sum = 0;
        add_slot(shared.samples, slot, rows, static_cast<Real>(first), begin, sine != 0, sums);
        for (std::size_t k = 0; k < sums_a_thread; ++k) keep(begin + k, sine, sums[k]);
      }
    }
  });
  threads.phase([&](std::uint32_t thread) {
    for (std::size_t j = thread; j < 2 * frequencies; j += threads.size()) {
      totals[j % 2 * frequencies + j / 2] += canonical_sum(slot_sums + j * canonical_slot_count, canonical_slot_count);
    }
    if (thread == 0) shared.counts.add_to(totals + 2 * frequencies);
  });
}

}  // namespace empirical_detail

}  // namespace spectralmc
