// What a run sums for the spectrum of one observer: directly, or by way of a grid, by blocks of threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "spectralmc/configuration.hpp"
#include "spectralmc/fourier/spreading_kernel.hpp"
#include "spectralmc/numeric/complex.hpp"
#include "spectralmc/paths/measurement.hpp"
#include "spectralmc/paths/observer.hpp"
#include "spectralmc/requests/empirical.hpp"
#include "spectralmc/requests/spread_samples.hpp"
#include "spectralmc/spectral/spectrum.hpp"
#include "spectralmc/spectral/summation.hpp"

namespace spectralmc {

/// The sums of one observer's characteristic function at all dates; made by spectrum_of.
template <class Real, class Observer>
class spectrum_item {
 public:
  using observers = observer_list<Observer>;

  /// @param certain what is seen for certain at each date, NaN where it is random; none where nothing is known
  spectrum_item(const Observer& observer, const std::vector<interval>& supports, std::uint32_t terms, summation method,
                std::vector<double> certain = {})
      : observer_(observer),
        certain_(std::move(certain)),
        frequencies_(std::size_t{2} * terms),
        method_(detail::chosen_summation(method, frequencies_)) {
    if (method_ == summation::nonuniform) {
      grid_size_ = 16;
      while (grid_size_ < 4 * frequencies_) grid_size_ *= 2;  // for positive and negative frequencies
      const double upsampling = static_cast<double>(grid_size_) / static_cast<double>(2 * frequencies_);
      kernel_.emplace(sizeof(Real) == sizeof(float) ? 1e-6 : 1e-12, upsampling);
    }
    for (const interval& support : supports) {
      // The rounded numbers that the paths' arithmetic uses define the interval, so that no error is left between them.
      const auto scale = static_cast<Real>(0.5 / support.width());
      const auto offset = static_cast<Real>(-support.lower * static_cast<double>(scale));
      const double lower = -static_cast<double>(offset) / static_cast<double>(scale);
      maps_.push_back({scale, offset, {lower, lower + 0.5 / static_cast<double>(scale)}});
    }
  }

  observers observer_values() const { return {observer_, {}}; }

  /// For each date: cosine sums and sine sums, or the grid; and empirical_detail::sample_counts.
  std::size_t date_size() const { return sums_size() + empirical_detail::sample_counts::size; }
  std::size_t total_size() const { return maps_.size() * date_size(); }
  std::size_t frequencies() const { return frequencies_; }
  std::size_t dates() const { return maps_.size(); }
  interval support(std::size_t date) const { return maps_[date].support; }
  double certain(std::size_t date) const { return certain_.empty() ? observed_quantity().certain : certain_[date]; }
  summation method() const { return method_; }

  /// Of the samples at a date, given its totals.
  double finite(const double* totals) const { return totals[sums_size()]; }
  outside_samples outside(const double* totals) const { return empirical_detail::outside_of(totals + sums_size()); }
  /// The sums of exp(i u_k (x - support.lower)).
  std::vector<complex<double>> sums(const double* totals) const {
    if (method_ == summation::nonuniform) {
      return empirical_detail::sums_of_grid(*kernel_, grid_size_, frequencies_, totals);
    }
    std::vector<complex<double>> result(frequencies_);
    for (std::size_t k = 0; k < frequencies_; ++k) result[k] = {totals[k], totals[frequencies_ + k]};
    return result;
  }

  /// What a run needs of the item.
  struct view {
    static constexpr std::size_t observer_count = 1;
    const Real* scales;
    const Real* offsets;
    std::size_t frequencies;
    empirical_detail::spreading<Real> spreading;  // without coefficients where sums are direct
    std::size_t size;

    /// What the threads of a block share.
    template <class Block>
    struct storage {
      turned_samples<Real, typename Block::template flag<Real>> samples;
      empirical_detail::sample_counts counts;
    };

    template <class Block>
    SPECTRALMC_HOST_DEVICE void add(const Block& threads, const observed_chunk<Real>& chunk, std::size_t first_observer,
                                    storage<Block>& shared, Real* scratch, double* totals) const {
      for (std::uint32_t date = 0; date < chunk.dates; ++date) {
        const Real* observed = chunk.row(first_observer, date);
        if (spreading.kernel.coefficients != nullptr) {
          empirical_detail::spreading<Real> to = spreading;
          to.scale = scales[date];
          to.offset = offsets[date];
          empirical_detail::spread_samples(threads, to, observed, chunk.paths, shared, totals);
          totals += empirical_detail::spread_size(spreading.grid_size) + empirical_detail::sample_counts::size;
          continue;
        }
        empirical_detail::add_samples(threads, observed, chunk.paths, scales[date], offsets[date], frequencies, shared,
                                      scratch, totals);
        totals += 2 * frequencies + empirical_detail::sample_counts::size;
      }
    }
  };

  std::size_t scratch_size() const {
    return method_ == summation::nonuniform ? 0 : empirical_detail::slot_sum_size(frequencies_);
  }

  /// `upload(vector)` gives a pointer to the vector's values that is good where the view is used.
  template <class Upload>
  view make_view(Upload&& upload) const {
    std::vector<Real> scales, offsets;
    for (const map& m : maps_) {
      scales.push_back(m.scale);
      offsets.push_back(m.offset);
    }
    empirical_detail::spreading<Real> spreading{};
    if (method_ == summation::nonuniform) {
      spreading.kernel = kernel_->table(upload(kernel_->coefficient_rows()));
      spreading.grid_size = static_cast<std::uint32_t>(grid_size_);
    }
    return {upload(scales), upload(offsets), frequencies_, spreading, total_size()};
  }

 private:
  struct map {
    Real scale, offset;  // turns = sample x scale + offset
    interval support;
  };

  std::size_t sums_size() const {
    return method_ == summation::nonuniform ? empirical_detail::spread_size(grid_size_) : 2 * frequencies_;
  }

  Observer observer_;
  std::vector<double> certain_;
  std::size_t frequencies_;
  summation method_;
  std::size_t grid_size_ = 0;
  std::optional<spreading_kernel<Real>> kernel_;  // where samples are spread
  std::vector<map> maps_;
};

}  // namespace spectralmc
