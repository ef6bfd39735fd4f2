// What a run sums for a payoff, by blocks of threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include "spectralmc/configuration.hpp"
#include "spectralmc/numeric/lanes.hpp"
#include "spectralmc/numeric/strided.hpp"
#include "spectralmc/numeric/sums.hpp"
#include "spectralmc/numeric/value.hpp"
#include "spectralmc/parallel/block.hpp"
#include "spectralmc/paths/measurement.hpp"
#include "spectralmc/requests/mean_over_paths.hpp"
#include "spectralmc/requests/observed_path.hpp"

namespace spectralmc {

namespace detail {

/// Sums of values, of their squares, their number and their degrees of freedom within chunks, in canonical order
/// (numeric/sums.hpp), leaving out values that are not finite; then, in a second turn, of the powers of their
/// deviations from their mean. Of an option the value is what exercise brings: it pays the positive part, and its
/// counterpart the negative part, which is summed likewise.
struct value_sums {
  canonical_slots values, squares, counts, counterpart;
  central_sums own_central, counterpart_central;
  double mean, counterpart_mean;

  /// Where the totals have the powers of deviations, and of an option the sum over its counterpart, with its powers.
  static constexpr std::size_t central = 4, counterpart_sum = central + central_sums::count;
  static constexpr std::size_t total_size(bool option) {
    return counterpart_sum + (option ? 1 + central_sums::count : 0);
  }

  /// Begins the sums of slot `slot` (and, for packs, those after it).
  template <class V>
  SPECTRALMC_PRIMITIVE void clear(std::size_t slot) {
    const V zero(0.0);
    for (canonical_slots* sum : {&values, &squares, &counts, &counterpart}) store(zero, sum->slot + slot);
    own_central.template clear<V>(slot);
    counterpart_central.template clear<V>(slot);
  }

  /// Adds x as value number `index`, or a pack of values in a row from there on.
  template <bool Option, class V>
  SPECTRALMC_PRIMITIVE void add(std::size_t index, V x) {
    const std::size_t slot = index % canonical_slot_count;
    const V zero(0.0);
    const auto finite = is_finite(x);
    const V kept = select(finite, Option ? maximum(zero, x) : x, zero);
    store(load<V>(values.slot + slot) + kept, values.slot + slot);
    store(fma(kept, kept, load<V>(squares.slot + slot)), squares.slot + slot);
    store(load<V>(counts.slot + slot) + select(finite, V(1.0), zero), counts.slot + slot);
    if constexpr (Option) {
      store(load<V>(counterpart.slot + slot) + select(finite, maximum(zero, -x), zero), counterpart.slot + slot);
    }
  }

  /// Ends the first turn: sets totals to its sums.
  template <bool Option>
  SPECTRALMC_HOST_DEVICE void end_of_values(double* totals) {
    totals[0] = values.total();
    totals[1] = squares.total();
    totals[2] = counts.total();
    const double count = maximum(1.0, totals[2]);
    totals[3] = count - 1;
    mean = totals[0] / count;
    if constexpr (Option) {
      totals[counterpart_sum] = counterpart.total();
      counterpart_mean = totals[counterpart_sum] / count;
    }
  }

  /// Adds the deviations, times a power of two, in the second turn.
  template <bool Option, class V>
  SPECTRALMC_PRIMITIVE void add_deviation(std::size_t index, V x, double scale) {
    const V zero(0.0);
    const auto finite = is_finite(x);
    own_central.add(index, select(finite, ((Option ? maximum(zero, x) : x) - V(mean)) * V(scale), zero));
    if constexpr (Option) {
      counterpart_central.add(index, select(finite, (maximum(zero, -x) - V(counterpart_mean)) * V(scale), zero));
    }
  }

  template <bool Option>
  SPECTRALMC_HOST_DEVICE void end_of_deviations(double* totals) const {
    own_central.totals(totals + central);
    if constexpr (Option) counterpart_central.totals(totals + counterpart_sum + 1);
  }
};

}  // namespace detail

/// The sums of one payoff; made by value_of.
template <class Real, class Payoff>
class value_item {
 public:
  using observers = typename detail::observers_of<Payoff>::type;
  /// Whether the payoff is an option whose terms it tells.
  static constexpr bool option = detail::has_option_terms<Payoff>::value;

  value_item(Payoff payoff, std::vector<Real> growth, double scale)
      : payoff_(std::move(payoff)), growth_(std::move(growth)), scale_(scale) {}

  static constexpr observers observer_values() { return {}; }
  static constexpr std::size_t total_size() { return detail::value_sums::total_size(option); }
  /// What deviations are multiplied by before powers of them are summed.
  double scale() const { return scale_; }

  static constexpr std::size_t scratch_size() { return 0; }

  /// What a run needs of the item.
  struct view {
    static constexpr std::size_t observer_count = observers::size;
    Payoff payoff;
    const Real* growth;
    double scale;
    std::size_t size;

    /// What the threads of a block share.
    template <class Block>
    struct storage {
      Real values[chunk_paths];
      detail::value_sums sums;
      double of_chunk[total_size()];
    };

    template <class Block>
    SPECTRALMC_HOST_DEVICE void add(const Block& threads, const observed_chunk<Real>& chunk, std::size_t first_observer,
                                    storage<Block>& shared, Real* /*scratch*/, double* totals) const {
      using V = typename Block::template number<Real>;
      using D = typename Block::template number<double>;
      const Real* observed = chunk.row(first_observer, 0);
      Real* values = shared.values;
      const std::uint32_t padded = padded_to_slots(chunk.paths);
      threads.phase([&](std::uint32_t thread) {
        for_elements<Real>(threads, thread, chunk.paths, [&](std::uint32_t i) {
          const detail::path_of<Payoff, V> path(observed + i, growth, chunk.dates);
          spectralmc::store(detail::pay<V>(payoff, path), values + i);
        });
        // What is beyond the last path counts as little as what is not finite.
        for (std::uint32_t i = chunk.paths + thread; i < padded; i += threads.size()) values[i] = not_a_number;
      });
      const auto for_slots = [&](std::uint32_t thread, const auto& begin, const auto& add) {
        for_elements<double>(threads, thread, canonical_slot_count, [&](std::uint32_t slot) {
          begin(slot);
          for (std::uint32_t i = slot; i < padded; i += canonical_slot_count) add(i, load_in_double<D>(values + i));
        });
      };
      threads.phase([&](std::uint32_t thread) {
        for_slots(
            thread, [&](std::size_t slot) { shared.sums.template clear<D>(slot); },
            [&](std::size_t i, D x) { shared.sums.template add<option>(i, x); });
      });
      threads.phase([&](std::uint32_t thread) {
        if (thread == 0) shared.sums.template end_of_values<option>(shared.of_chunk);
      });
      threads.phase([&](std::uint32_t thread) {
        for_slots(
            thread, [](std::size_t) {},
            [&](std::size_t i, D x) { shared.sums.template add_deviation<option>(i, x, scale); });
      });
      threads.phase([&](std::uint32_t thread) {
        if (thread != 0) return;
        shared.sums.template end_of_deviations<option>(shared.of_chunk);
        for (std::size_t i = 0; i < size; ++i) totals[i] += shared.of_chunk[i];
      });
    }

   private:
    static constexpr Real not_a_number = std::numeric_limits<Real>::quiet_NaN();
  };

  /// `upload(vector)` gives a pointer to the vector's values that is good where the view is used.
  template <class Upload>
  view make_view(Upload&& upload) const {
    return {payoff_, upload(growth_), scale_, total_size()};
  }

 private:
  Payoff payoff_;
  std::vector<Real> growth_;
  double scale_;
};

}  // namespace spectralmc
