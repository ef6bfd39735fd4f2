// What a run sums for a joint spectrum: directly, by blocks of threads.
#pragma once

#include <cstddef>
#include <cstdint>

#include "spectralmc/configuration.hpp"
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

  /// What a run needs of the item.
  struct view {
    static constexpr std::size_t observer_count = 2;
    joint_empirical_detail::turns_of<Real> first, second;
    std::size_t first_date, second_date;
    std::size_t frequencies;
    std::size_t size;

    /// What the threads of a block share.
    template <class Block>
    struct storage {
      turned_samples<Real, typename Block::template flag<Real>> samples;
      empirical_detail::sample_counts counts;
      std::uint32_t outside;  // pairs of samples of which one is outside its interval
    };

    template <class Block>
    SPECTRALMC_HOST_DEVICE void add(const Block& threads, const observed_chunk<Real>& chunk, std::size_t first_observer,
                                    storage<Block>& shared, Real* scratch, double* totals) const {
      joint_empirical_detail::add_pairs(threads, chunk.row(first_observer, first_date),
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
