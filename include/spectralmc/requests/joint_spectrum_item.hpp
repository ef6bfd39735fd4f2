// What a run sums for a joint spectrum: directly, on threads and by blocks of them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "spectralmc/allocation.hpp"
#include "spectralmc/configuration.hpp"
#include "spectralmc/numeric/lanes.hpp"
#include "spectralmc/numeric/sums.hpp"
#include "spectralmc/paths/measurement.hpp"
#include "spectralmc/paths/observer.hpp"
#include "spectralmc/requests/empirical.hpp"
#include "spectralmc/requests/joint_empirical.hpp"
#include "spectralmc/spectral/spectrum.hpp"

namespace spectralmc {

/// One of the two observations of a joint spectrum: what is looked at, and at which date.
template <class Observer>
struct observation {
  Observer observer;
  std::size_t date;  ///< of the time grid
  interval support;
};

/// The sums of the joint characteristic function of two observations; made by joint_spectrum_of.
template <class Real, class First, class Second>
class joint_spectrum_item {
 public:
  using observers = observer_list<First, Second>;

  joint_spectrum_item(const observation<First>& first, const observation<Second>& second, std::uint32_t terms)
      : observers_{first.observer, {second.observer, {}}},
        frequencies_(std::size_t{2} * terms),
        first_(first.date, first.support),
        second_(second.date, second.support) {}

  struct memory {
    std::unique_ptr<turned_samples<Real>[]> samples;  // of the first quantity, and of the second
    std::unique_ptr<Real[]> first_table, second_table;
  };
  using workspace = memory;
  workspace make_workspace() const {
    const std::size_t size = 2 * frequencies_ * chunk_paths;
    return {allocate<turned_samples<Real>>(2, "the samples of one chunk of paths"),
            allocate<Real>(size, "the waves of one chunk of paths"),
            allocate<Real>(size, "the waves of one chunk of paths")};
  }

  observers observer_values() const { return observers_; }

  /// A matrix of products, rows and columns cosine and sine of each frequency; of the finite pairs
  /// empirical_detail::sample_counts of the first quantity, those of the second, and how many have one of the two
  /// outside.
  std::size_t total_size() const {
    return 4 * frequencies_ * frequencies_ + 2 * empirical_detail::sample_counts::size + 1;
  }
  std::size_t frequencies() const { return frequencies_; }
  interval first_support() const { return first_.support; }
  interval second_support() const { return second_.support; }

  void add(const observed_chunk<Real>& chunk, std::size_t first_observer, workspace& space, double* totals) const {
    using V = lanes<Real, native_lane_count<Real>>;
    turned_samples<Real>&x = space.samples[0], &y = space.samples[1];
    const std::size_t rows = (chunk.paths + canonical_slot_count - 1) / canonical_slot_count;
    const std::size_t padded = rows * canonical_slot_count;
    const Real *first = chunk.row(first_observer, first_.date), *second = chunk.row(first_observer + 1, second_.date);
    for (std::size_t i = 0; i < padded; i += native_lane_count<Real>) {
      empirical_detail::turn(V::load(first + i), first_.turns.scale, first_.turns.offset, x, i);
      empirical_detail::turn(V::load(second + i), second_.turns.scale, second_.turns.offset, y, i);
    }
    empirical_detail::sample_counts of_first, of_second;
    of_first.clear();
    of_second.clear();
    std::uint32_t outside = 0;
    for (std::size_t i = 0; i < padded; ++i) {
      if (i >= chunk.paths || y.weight[i] == 0) x.weight[i] = 0;
      if (x.weight[i] == 0) continue;
      of_first.count(x.turns[i], true);
      of_second.count(y.turns[i], true);
      outside += joint_empirical_detail::is_outside(x.turns[i]) || joint_empirical_detail::is_outside(y.turns[i]);
    }
    for (std::size_t i = 0; i < padded; i += native_lane_count<Real>) {
      joint_empirical_detail::fill_rows(x, i, V::load(x.weight + i), frequencies_, space.first_table.get());
      joint_empirical_detail::fill_rows(y, i, V(Real(1)), frequencies_, space.second_table.get());
    }
    joint_empirical_detail::add_products(space.first_table.get(), space.second_table.get(), 2 * frequencies_, rows,
                                         totals);
    double* counts = totals + 4 * frequencies_ * frequencies_;
    of_first.add_to(counts);
    of_second.add_to(counts + empirical_detail::sample_counts::size);
    counts[2 * empirical_detail::sample_counts::size] += outside;
  }

  /// What a kernel needs of the item: the same sums by a block of threads. totals are set, not added to.
  struct view {
    static constexpr std::size_t observer_count = 2;
    joint_empirical_detail::turns_of<Real> first, second;
    std::size_t first_date, second_date;
    std::size_t frequencies;
    std::size_t size;

    /// What the threads of a block share.
    template <int /*sums of a spectrum that a thread keeps*/>
    struct storage {
      turned_samples<Real, unsigned char> samples;
      empirical_detail::sample_counts counts;
      std::uint32_t outside;  // pairs of samples of which one is outside its interval
    };

    template <class Block, int SumsAThread>
    SPECTRALMC_HOST_DEVICE void add(const Block& threads, const observed_chunk<Real>& chunk, std::size_t first_observer,
                                    storage<SumsAThread>& shared, Real* scratch, double* totals) const {
      joint_empirical_detail::add_in_phases(threads, chunk.row(first_observer, first_date),
                                            chunk.row(first_observer + 1, second_date), chunk.paths, first, second,
                                            frequencies, shared, scratch, totals);
    }
  };

  std::size_t scratch_size() const { return joint_empirical_detail::scratch_size(frequencies_); }

  template <class Upload>
  view make_view(Upload&&) const {
    return {first_.turns, second_.turns, first_.date, second_.date, frequencies_, total_size()};
  }

 private:
  struct map {
    std::size_t date;
    joint_empirical_detail::turns_of<Real> turns;
    interval support;

    // As spectrum_item: the rounded numbers define the interval.
    map(std::size_t at, const interval& wanted) : date(at), turns(), support() {
      turns.scale = static_cast<Real>(0.5 / wanted.width());
      turns.offset = static_cast<Real>(-wanted.lower * static_cast<double>(turns.scale));
      const double lower = -static_cast<double>(turns.offset) / static_cast<double>(turns.scale);
      support = {lower, lower + 0.5 / static_cast<double>(turns.scale)};
    }
  };

  observers observers_;
  std::size_t frequencies_;
  map first_, second_;
};

}  // namespace spectralmc
