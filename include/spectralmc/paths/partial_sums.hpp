// The order in which sums over paths are taken, and sums over a part of the paths: what threads, devices, processes and
// runs that were interrupted hand to each other.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <utility>
#include <vector>

#include "spectralmc/allocation.hpp"
#include "spectralmc/configuration.hpp"
#include "spectralmc/errors.hpp"

namespace spectralmc {

/// Paths are made in chunks of this many, from number 0 on: chunk c has the paths 1024 c to 1024 c + 1023. Sums over a
/// chunk are taken in the fixed order of numeric/sums.hpp. It is a part of every result's definition: another size
/// would give other bits.
inline constexpr std::uint32_t chunk_paths = 1024;
/// Chunks of a unit, whose sums are added in order; like chunk_paths a part of every result's definition.
inline constexpr std::uint32_t unit_chunks = 8;
/// Paths of a unit. Units are the leaves of a binary tree: its nodes have 1, 2, 4, ... of them, the first of which is a
/// multiple of their number, and the sum over a node is that over its first half plus that over its second.
inline constexpr std::uint64_t unit_paths = std::uint64_t{unit_chunks} * chunk_paths;

/// The paths first, first + 1, ..., first + count - 1.
struct path_range {
  std::uint64_t first, count;

  /// How many pieces they fall into where path numbers are divided by `size`: chunk_paths or unit_paths.
  SPECTRALMC_HOST_DEVICE std::uint64_t pieces(std::uint64_t size) const {
    return count == 0 ? 0 : (first % size + (count - 1)) / size + 1;
  }
  /// Piece number k of these: the first and the last may be less than whole.
  SPECTRALMC_HOST_DEVICE path_range piece(std::uint64_t size, std::uint64_t k) const {
    const std::uint64_t begin = k == 0 ? first : (first / size + k) * size;
    const std::uint64_t left = count - (begin - first), room = size - begin % size;
    return {begin, left < room ? left : room};
  }
  /// The largest node of the tree of units that begins with the first path and has no others than these; a part of a
  /// unit where there is none.
  path_range first_node() const {
    if (first % unit_paths != 0 || count < unit_paths) return piece(unit_paths, 0);
    std::uint64_t units = 1;
    while (first / unit_paths % (2 * units) == 0 && count / unit_paths >= 2 * units) units *= 2;
    return {first, units * unit_paths};
  }
};

/// The sum over a node of the tree of units, or over a part of a unit, from those over its chunks, which are `stride`
/// apart and are lost.
SPECTRALMC_HOST_DEVICE inline double sum_of_node(double* sums, std::size_t stride, std::uint32_t chunks) {
  const std::uint32_t units = (chunks + unit_chunks - 1) / unit_chunks;
  const std::size_t unit_stride = unit_chunks * stride;
  for (std::uint32_t unit = 0; unit < units; ++unit) {
    double sum = 0;
    for (std::uint32_t chunk = unit * unit_chunks; chunk < chunks && chunk < (unit + 1) * unit_chunks; ++chunk) {
      sum += sums[chunk * stride];
    }
    sums[unit * unit_stride] = sum;
  }
  for (std::uint32_t half = 1; half < units; half *= 2) {
    for (std::uint32_t unit = 0; unit < units; unit += 2 * half) {
      sums[unit * unit_stride] += sums[(unit + half) * unit_stride];
    }
  }
  return sums[0];
}

/// Sums over ranges of paths of one run. It keeps the nodes of the tree of units that are whole, so that whoever took
/// the sums, and in whatever order they arrive, the totals are the same, bit for bit: those of a run over all of the
/// paths, where the ranges meet at multiples of unit_paths. (Ranges that meet within a unit may be merged as well; then
/// the last bits depend on where.)
///
/// Memory: O(log2(paths / unit_paths) x totals) where there is no gap between the ranges.
class partial_sums {
 public:
  /// Sums over a range of paths: a plain value, to be kept or sent.
  struct part {
    path_range paths;
    std::vector<double> totals;
  };

  partial_sums() = default;
  /// From parts(), which may have been stored in between.
  /// @throws as add
  explicit partial_sums(std::vector<part> parts) {
    for (part& one : parts) add(std::move(one));
  }

  /// @throws invalid_parameter for paths that are here already, for another number of totals, and for paths that are
  ///         neither a node of the tree nor within one unit
  void add(part sums) {
    if (sums.paths.count == 0) return;
    require(sums.paths.count - 1 <= ~sums.paths.first, "paths", sums.paths.count, "first + count up to 2^64");
    require(sums.paths.count == sums.paths.first_node().count, "paths", sums.paths.count,
            "those of a node of the tree of units (path_range::first_node), or of a part of a unit");
    auto next = std::upper_bound(parts_.begin(), parts_.end(), sums.paths.first,
                                 [](std::uint64_t path, const part& other) { return path < other.paths.first; });
    const bool free = (next == parts_.end() || last_of(sums) < next->paths.first) &&
                      (next == parts_.begin() || last_of(*std::prev(next)) < sums.paths.first);
    require(free, "first_path", sums.paths.first, "the first of paths whose sums are not here yet");
    require(parts_.empty() || sums.totals.size() == parts_[0].totals.size(), "totals.size()",
            std::uint64_t{sums.totals.size()}, "the number of totals of the sums that are here");
    auto here = parts_.end();
    detail::with_memory_for("the sums of a run", sums.totals.size() * sizeof(double),
                            [&] { here = parts_.insert(next, std::move(sums)); });
    for (bool merged = true; merged;) {
      merged = false;
      if (here != parts_.begin() && make_a_node(*std::prev(here), *here)) {
        here = std::prev(parts_.erase(here));
        merged = true;
      }
      if (std::next(here) != parts_.end() && make_a_node(*here, *std::next(here))) {
        here = std::prev(parts_.erase(std::next(here)));
        merged = true;
      }
    }
  }

  /// Takes in other sums of the same run.
  /// @throws as add; what was taken in before it throws stays
  void merge(partial_sums other) {
    for (part& one : other.parts_) add(std::move(one));
  }

  /// The nodes, by ascending numbers of paths.
  const std::vector<part>& parts() const { return parts_; }

  /// How many paths are here.
  std::uint64_t paths() const {
    std::uint64_t sum = 0;
    for (const part& one : parts_) sum += one.paths.count;
    return sum;
  }

  /// Those over parts that end with a unit: a run that was stopped within a unit goes on after them with the bits of
  /// one that was not.
  partial_sums whole_units() const {
    partial_sums whole;
    for (const part& one : parts_) {
      if ((one.paths.first + one.paths.count) % unit_paths == 0) whole.parts_.push_back(one);
    }
    return whole;
  }

  /// The sums over all paths that are here, as the tree has them whose nodes lack the other paths. Empty where there
  /// are none.
  std::vector<double> totals() const {
    return parts_.empty() ? std::vector<double>{} : totals_of(parts_.begin(), parts_.end());
  }

 private:
  using iterator = std::vector<part>::const_iterator;

  static std::uint64_t last_of(const part& one) { return one.paths.first + (one.paths.count - 1); }

  /// The height of the lowest node that has the last path of one part and the first of a later one.
  static int height_between(const part& one, const part& later) {
    std::uint64_t different = last_of(one) / unit_paths ^ later.paths.first / unit_paths;
    int height = 0;
    for (; different != 0; different /= 2) ++height;
    return height;
  }

  static void add_totals(std::vector<double>& sums, const std::vector<double>& more) {
    for (std::size_t j = 0; j < sums.size(); ++j) sums[j] += more[j];
  }

  /// Adds `later` to `one` where they are the halves of a node, or neighbours within a unit.
  static bool make_a_node(part& one, const part& later) {
    if (last_of(one) + 1 != later.paths.first) return false;
    const int height = height_between(one, later);
    if (height > 0) {
      const std::uint64_t half = unit_paths << (height - 1);
      if (one.paths.count != half || later.paths.count != half) return false;
    }
    add_totals(one.totals, later.totals);
    one.paths.count += later.paths.count;
    return true;
  }

  static std::vector<double> totals_of(iterator begin, iterator end) {
    if (end - begin == 1) return begin->totals;
    iterator middle = begin + 1;  // where the halves of the node meet that has all of them
    int height = -1;
    for (iterator later = begin + 1; later != end; ++later) {
      const int here = height_between(*std::prev(later), *later);
      if (here >= height) {
        height = here;
        middle = later;
      }
    }
    // Of two numbers it makes no difference which is added to which: so that no more is copied than need be.
    const bool first_alone = middle - begin == 1;
    std::vector<double> sums = first_alone ? totals_of(middle, end) : totals_of(begin, middle);
    if (first_alone || end - middle == 1) {
      add_totals(sums, (first_alone ? begin : middle)->totals);
    } else {
      add_totals(sums, totals_of(middle, end));
    }
    return sums;
  }

  std::vector<part> parts_;
};

}  // namespace spectralmc
