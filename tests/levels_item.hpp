// A kind of request that the library does not have.
#pragma once

#include <cstddef>
#include <cstdint>

#include "spectralmc/configuration.hpp"
#include "spectralmc/paths/measurement.hpp"
#include "spectralmc/paths/observer.hpp"

namespace spectralmc {

/// How many samples of the first date are above some levels: a kind of item that the library does not have.
template <class Real>
struct levels_item {
  static constexpr std::size_t count = 3;
  using observers = observer_list<spot>;
  static observers observer_values() { return {}; }
  static std::size_t total_size() { return count; }
  static std::size_t scratch_size() { return 0; }
  SPECTRALMC_HOST_DEVICE static double level(std::size_t i) { return 90 + 10 * static_cast<double>(i); }

  struct view {
    static constexpr std::size_t observer_count = 1;
    std::size_t size;
    template <class Block>
    struct storage {
      double sample[chunk_paths];
    };
    template <class Block>
    SPECTRALMC_HOST_DEVICE void add(const Block& threads, const observed_chunk<Real>& chunk, std::size_t first_observer,
                                    storage<Block>& shared, Real* /*scratch*/, double* totals) const {
      const Real* samples = chunk.row(first_observer, 0);
      threads.phase([&](std::uint32_t thread) {
        for (std::uint32_t i = thread; i < chunk.paths; i += threads.size()) shared.sample[i] = samples[i];
      });
      threads.phase([&](std::uint32_t thread) {
        for (std::size_t l = thread; l < count; l += threads.size()) {
          for (std::uint32_t i = 0; i < chunk.paths; ++i) totals[l] += shared.sample[i] > level(l) ? 1 : 0;
        }
      });
    }
  };
  template <class Upload>
  view make_view(Upload&&) const {
    return {count};
  }
};
struct levels {
  template <class Plan>
  auto prepare(const Plan&) const {
    return levels_item<typename Plan::model_type::real>{};
  }
  template <class Plan, class Item>
  static double result(const Plan&, const Item&, const item_sums& run) {
    return run.totals[1];
  }
};

}  // namespace spectralmc
