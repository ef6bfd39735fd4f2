// An item of a run by itself, as a thread of the CPU sums it.
#pragma once

#include <cstring>
#include <limits>
#include <memory>
#include <utility>
#include <vector>

#include "spectralmc/parallel/block.hpp"
#include "spectralmc/paths/measurement.hpp"

namespace spectralmc {

template <class Real, class Item>
struct item_memory {
  using view_type = decltype(std::declval<const Item&>().make_view(std::declval<kept_tables&>()));
  using storage = typename view_type::template storage<pack_block>;

  kept_tables tables;
  view_type view;
  std::unique_ptr<storage> shared = std::make_unique<storage>();
  std::vector<Real> scratch;

  /// Filled with rubbish, as it is for all that an item may know.
  explicit item_memory(const Item& item)
      : view(item.make_view(tables)), scratch(item.scratch_size(), std::numeric_limits<Real>::quiet_NaN()) {
    std::memset(static_cast<void*>(shared.get()), 0xff, sizeof(storage));
  }

  void add(const observed_chunk<Real>& chunk, double* totals) {
    view.add(pack_block{}, chunk, 0, *shared, scratch.data(), totals);
  }
};

}  // namespace spectralmc
