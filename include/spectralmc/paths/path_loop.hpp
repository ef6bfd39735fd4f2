// The fused loop: numbers, step, observers, and nothing kept but what was observed at the dates.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <vector>

#include "spectralmc/allocation.hpp"
#include "spectralmc/configuration.hpp"
#include "spectralmc/models/market.hpp"
#include "spectralmc/paths/observer.hpp"
#include "spectralmc/paths/simulation.hpp"
#include "spectralmc/random/numbers.hpp"

namespace spectralmc {

/// Paths are made in chunks of this many; sums over paths are taken chunk by chunk in the order of path numbers, and
/// within a chunk in the fixed order of numeric/sums.hpp. It is a part of every result's definition: another size would
/// give other bits.
inline constexpr std::uint32_t chunk_paths = 1024;

/// All that the path loop reads, in plain pointers and values, for the host's threads and the device's alike.
template <class Model>
struct path_program {
  using real = typename Model::real;
  struct stretch {
    typename Model::coefficients coefficients;  // of every step of the stretch
    real log_forward_return;                    // at the end of the stretch
    std::uint32_t steps;
  };

  const stretch* stretches = nullptr;
  const real* step_log_forward_return = nullptr;  // after each step; null unless an observer looks after every step
  std::uint32_t dates = 0;
  typename Model::template state<real> initial{};
  real initial_spot{};
  std::uint64_t seed = 0;
  std::uint32_t substream = 0;
};

/// Owns on the host what a path_program points to.
template <class Model>
class path_tables {
 public:
  using real = typename Model::real;
  using stretch = typename path_program<Model>::stretch;

  path_tables(const simulation<Model>& plan, bool every_step) : initial_(plan.model().initial_state()) {
    const market& asset = plan.model().asset();
    for (const time_grid::stretch& s : plan.grid().stretches()) {
      stretches_.push_back({plan.model().step_coefficients(s.begin, s.step_length()),
                            static_cast<real>(asset.log_forward_return(s.end)), s.steps});
    }
    if (every_step) {
      assign_zeros(step_log_forward_return_, plan.grid().step_count(), "a forward for every step");
      auto after = step_log_forward_return_.begin();
      for (const time_grid::stretch& s : plan.grid().stretches()) {
        for (std::uint32_t i = 1; i <= s.steps; ++i) {
          const double time = fma(s.step_length(), static_cast<double>(i), s.begin);
          *after++ = static_cast<real>(asset.log_forward_return(time));
        }
      }
    }
    initial_spot_ = static_cast<real>(asset.spot());
    seed_ = plan.seed();
    substream_ = plan.substream();
  }

  const std::vector<stretch>& stretches() const { return stretches_; }
  const std::vector<real>& step_log_forward_return() const { return step_log_forward_return_; }

  path_program<Model> program() const {
    path_program<Model> p;
    p.stretches = stretches_.data();
    p.step_log_forward_return = step_log_forward_return_.empty() ? nullptr : step_log_forward_return_.data();
    p.dates = static_cast<std::uint32_t>(stretches_.size());
    p.initial = initial_;
    p.initial_spot = initial_spot_;
    p.seed = seed_;
    p.substream = substream_;
    return p;
  }

 private:
  std::vector<stretch> stretches_;
  std::vector<real> step_log_forward_return_;
  typename Model::template state<real> initial_;
  real initial_spot_;
  std::uint64_t seed_;
  std::uint32_t substream_;
};

namespace detail {

template <class V>
SPECTRALMC_HOST_DEVICE SPECTRALMC_FORCE_INLINE void store(V value, scalar_of<V>* to) {
  if constexpr (lane_count<V> == 1) {
    *to = value;
  } else {
    value.store(to);
  }
}

template <class V>
SPECTRALMC_HOST_DEVICE SPECTRALMC_FORCE_INLINE V load(const scalar_of<V>* from) {
  if constexpr (lane_count<V> == 1) {
    return *from;
  } else {
    return V::load(from);
  }
}

/// A block's numbers from number `Offset` on.
template <class Block, int Offset>
struct shifted_numbers {
  const Block& block;
  SPECTRALMC_HOST_DEVICE SPECTRALMC_FORCE_INLINE auto uniform(int i) const { return block.uniform(Offset + i); }
  SPECTRALMC_HOST_DEVICE SPECTRALMC_FORCE_INLINE auto normal(int i) const { return block.normal(Offset + i); }
};

/// body(0), ..., body(Count - 1), with the number as a constant of the type.
template <int Count, int First = 0, class Body>
SPECTRALMC_HOST_DEVICE SPECTRALMC_FORCE_INLINE void repeat(const Body& body) {
  body(std::integral_constant<int, First>{});
  if constexpr (First + 1 < Count) repeat<Count, First + 1>(body);
}

}  // namespace detail

/// Follows path `first_path` (and, for packs, its successors in the other lanes) through all dates and writes what
/// observer o saw at date d to observed[(o * dates + d) * stride].
template <class V, class Model, class Observers>
SPECTRALMC_HOST_DEVICE SPECTRALMC_FORCE_INLINE void follow_path(const path_program<Model>& program, Observers,
                                                                std::uint64_t first_path, scalar_of<V>* observed,
                                                                std::uint32_t stride) {
  constexpr int per_step = Model::numbers_per_step;
  constexpr int numbers_a_block = 4;
  static_assert(per_step >= 1 && per_step <= numbers_a_block, "a step takes one to four numbers");
  constexpr int steps_a_block = numbers_a_block / per_step;

  auto state = Model::template broadcast<V>(program.initial);
  observer_memories<V, Observers> memories{};
  const numbers<V> source(program.seed, first_path, program.substream);
  typename numbers<V>::block block{};
  std::uint32_t step = 0;

  const auto look = [&] {
    ++step;
    if constexpr (Observers::every_step) {
      const path_point<V> point{state.log_martingale, program.step_log_forward_return[step - 1], program.initial_spot,
                                step};
      memories.template look<monitoring::every_step>(point);
    }
  };
  for (std::uint32_t date = 0; date < program.dates; ++date) {
    const typename path_program<Model>::stretch& stretch = program.stretches[date];
    const std::uint32_t end = step + stretch.steps;
    while (step < end) {
      const std::uint32_t used = step % steps_a_block;
      if (used == 0) block = source.draw(step / steps_a_block);
      if (used == 0 && end - step >= steps_a_block) {
        detail::repeat<steps_a_block>([&](auto j) {
          Model::step(stretch.coefficients, state,
                      detail::shifted_numbers<typename numbers<V>::block, decltype(j)::value * per_step>{block});
          look();
        });
      } else {
        if (used != 0) block.advance(per_step);
        Model::step(stretch.coefficients, state, block);
        look();
      }
    }
    const path_point<V> point{state.log_martingale, stretch.log_forward_return, program.initial_spot, date + 1};
    memories.template look<monitoring::dates>(point);
    memories.report(point, step, date + 1, [&](std::uint32_t observer, V value) {
      detail::store(value, observed + (static_cast<std::size_t>(observer) * program.dates + date) * stride);
    });
  }
}

}  // namespace spectralmc
