// The fused loop: numbers, step, observers, and nothing kept but what was observed at the dates.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

#include "spectralmc/allocation.hpp"
#include "spectralmc/configuration.hpp"
#include "spectralmc/errors.hpp"
#include "spectralmc/market/market.hpp"
#include "spectralmc/models/model_table.hpp"
#include "spectralmc/numeric/strided.hpp"
#include "spectralmc/parallel/function_view.hpp"
#include "spectralmc/paths/observer.hpp"
#include "spectralmc/paths/partial_sums.hpp"
#include "spectralmc/paths/path_states.hpp"
#include "spectralmc/paths/prelude.hpp"
#include "spectralmc/paths/simulation.hpp"
#include "spectralmc/random/generator.hpp"
#include "spectralmc/random/numbering.hpp"
#include "spectralmc/random/numbers.hpp"

namespace spectralmc {

namespace detail {

template <class Model, class = void>
struct is_time_dependent : std::false_type {};
template <class Model>
struct is_time_dependent<Model, std::void_t<decltype(std::declval<const Model&>().time_dependent())>> : std::true_type {
};

/// Whether the coefficients change within a stretch between two dates.
template <class Model>
bool time_dependent(const Model& model) {
  if constexpr (is_time_dependent<Model>::value) {
    return model.time_dependent();
  } else {
    return false;
  }
}

}  // namespace detail

/// A watched path is looked after once in so many steps.
inline constexpr std::uint32_t steps_between_looks = 2048;

/// All that the path loop reads, in plain pointers and values, for the host's threads and the device's alike.
template <class Model, class Generator = philox>
struct path_program {
  using model = Model;
  using real = typename Model::real;
  /// Steps with the same coefficients, steps_between_looks at most; a date may end them.
  struct stretch {
    typename Model::coefficients coefficients;
    real log_forward_return;  // at the end of the stretch
    std::uint32_t steps;
    bool ends_at_date;
  };

  using prelude = typename detail::prelude_of<Model>::type;

  const stretch* stretches = nullptr;
  const real* table = nullptr;                    // of the model
  const prelude* preludes = nullptr;              // what paths compute before they step, part by part
  std::uint32_t prelude_parts = 0;                //
  std::size_t path_memory = 0;                    // numbers that a path keeps for it
  const real* step_log_forward_return = nullptr;  // after each step; null unless an observer looks after every step
  std::uint32_t dates = 0;
  typename Model::template state<real> initial{};
  real initial_spot{};
  typename Generator::view generator{};
  path_starts<real> starts;
  std::uint32_t first_step = 0;
};

/// Owns on the host what a path_program points to.
template <class Model, class Generator = philox>
class path_tables {
 public:
  using real = typename Model::real;
  using program_type = path_program<Model, Generator>;
  using stretch = typename program_type::stretch;
  using prelude = typename program_type::prelude;

  /// @throws no_answer when the plan's progress callback stops the run
  path_tables(const simulation<Model, Generator>& plan, bool every_step)
      : initial_(plan.model().initial_state()), generator_(plan.generator()) {
    const Model& model = plan.model();
    const market& asset = model.asset();
    const bool one_by_one = detail::time_dependent(model);
    reserve_room(stretches_,
                 one_by_one ? plan.grid().step_count()
                            : plan.grid().date_count() + plan.grid().step_count() / steps_between_looks,
                 "the coefficients of the steps");
    double last_length = 0;
    for (const time_grid::stretch& s : plan.grid().stretches()) {
      const auto forward = static_cast<real>(asset.log_forward_return(s.end));
      const double length = s.step_length();
      for (std::uint32_t i = 0; one_by_one && i + 1 < s.steps; ++i) {
        const double time = fma(length, static_cast<double>(i), s.begin);
        stretches_.push_back({detail::step_coefficients(model, time, length, table_), forward, 1, false});
        keep_on(plan);
      }
      std::uint32_t left = one_by_one ? 1 : s.steps;
      const double time = fma(length, static_cast<double>(s.steps - left), s.begin);
      // A table can be long in the making: where the model says that time does not matter, steps as long as those
      // before, up to the rounding of dates, share theirs.
      const bool shared = detail::has_table<Model>::value && detail::is_time_dependent<Model>::value && !one_by_one &&
                          !stretches_.empty() && abs(length - last_length) <= 1e-12 * length;
      const auto coefficients =
          shared ? stretches_.back().coefficients : detail::step_coefficients(model, time, length, table_);
      last_length = shared ? last_length : length;
      for (; left > steps_between_looks; left -= steps_between_looks) {
        stretches_.push_back({coefficients, forward, steps_between_looks, false});
      }
      stretches_.push_back({coefficients, forward, left, true});
      keep_on(plan);
    }
    preludes_ = detail::preludes(model, plan.grid(), table_);
    dates_ = static_cast<std::uint32_t>(plan.grid().date_count());
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
    states_ = plan.states();
    paths_a_state_ = plan.paths_a_state();
    first_step_ = plan.grid().first_step();
  }

  const std::vector<stretch>& stretches() const { return stretches_; }
  const std::vector<real>& step_log_forward_return() const { return step_log_forward_return_; }
  const std::vector<real>& table() const { return table_.values(); }
  const std::vector<prelude>& preludes() const { return preludes_; }

  const std::shared_ptr<const path_states<Model>>& states() const { return states_; }
  const Generator& generator() const { return generator_; }

  /// The program that reads these tables.
  program_type program() const {
    program_type p;
    p.stretches = stretches_.data();
    p.table = table().data();
    p.preludes = preludes_.data();
    p.prelude_parts = static_cast<std::uint32_t>(preludes_.size());
    p.path_memory = detail::prelude_memory(preludes_);
    p.step_log_forward_return = step_log_forward_return_.empty() ? nullptr : step_log_forward_return_.data();
    p.dates = dates_;
    p.initial = initial_;
    p.initial_spot = initial_spot_;
    if constexpr (detail::starts_anywhere<Model>) {
      if (states_ != nullptr) p.starts = {states_->values().data(), states_->count(), paths_a_state_};
    }
    p.first_step = first_step_;
    p.generator = generator_.make_view(detail::upload_nothing{});
    return p;
  }

 private:
  static void keep_on(const simulation<Model, Generator>& plan) {
    if (!detail::report_progress(plan, 0)) throw no_answer(detail::stopped_at_once);
  }

  std::vector<stretch> stretches_;
  model_table<real> table_;
  std::vector<prelude> preludes_;
  std::uint32_t dates_;
  std::vector<real> step_log_forward_return_;
  typename Model::template state<real> initial_;
  real initial_spot_;
  std::shared_ptr<const path_states<Model>> states_;
  std::uint64_t paths_a_state_;
  std::uint32_t first_step_;
  Generator generator_;
};

namespace detail {

/// A block's numbers from number `Offset` on.
template <class Block, int Offset>
struct shifted_numbers {
  const Block& block;
  SPECTRALMC_HOST_DEVICE SPECTRALMC_FORCE_INLINE auto uniform(int i) const { return block.uniform(Offset + i); }
  SPECTRALMC_HOST_DEVICE SPECTRALMC_FORCE_INLINE auto normal(int i) const { return block.normal(Offset + i); }
  SPECTRALMC_HOST_DEVICE SPECTRALMC_FORCE_INLINE auto uniform_tail(int i) const {
    return block.uniform_tail(Offset + i);
  }
};

/// body(0), ..., body(Count - 1), with the number as a constant of the type.
template <int Count, int First = 0, class Body>
SPECTRALMC_HOST_DEVICE SPECTRALMC_FORCE_INLINE void repeat(const Body& body) {
  body(std::integral_constant<int, First>{});
  if constexpr (First + 1 < Count) repeat<Count, First + 1>(body);
}

}  // namespace detail

/// Lets every path be followed to its end.
struct unwatched {
  SPECTRALMC_HOST_DEVICE static constexpr bool passed(std::uint32_t) { return true; }
};

/// Asks `keep_on()` whether to follow paths any further, however many steps a path has.
class path_watch {
 public:
  explicit path_watch(detail::function_view<bool()> keep_on) : keep_on_(keep_on) {}

  /// @return false where the path is to be left
  SPECTRALMC_HOST_DEVICE bool passed(std::uint32_t steps) {
    passed_ += steps;
    if (passed_ < steps_between_looks) return true;
    passed_ = 0;
#if defined(__CUDA_ARCH__)
    return true;  // for the compiler alone: no kernel has such a watch
#else
    return keep_on_();
#endif
  }

 private:
  detail::function_view<bool()> keep_on_;
  std::uint32_t passed_ = 0;
};

/// Follows path `first_path` (and, for packs, its successors in the other lanes) through all dates and writes what
/// observer o saw at date d to observed[(o * dates + d) * stride]. `memory` has program.path_memory places.
/// @return false where the watch ended it before
template <class V, class Model, class Generator, class Observers, class Watch = unwatched>
SPECTRALMC_HOST_DEVICE SPECTRALMC_FORCE_INLINE bool follow_path(const path_program<Model, Generator>& program,
                                                                const Observers& observers, std::uint64_t first_path,
                                                                scalar_of<V>* observed, std::uint32_t stride,
                                                                strided<V> memory, Watch&& watch = Watch{}) {
  using numbering = spectralmc::numbering<Model>;
  constexpr int per_step = numbering::numbers_per_step;
  constexpr int steps_a_block = numbering::steps_a_block;

  auto state = Model::template broadcast<V>(program.initial);
  using point_type = path_point<V, decltype(state)>;
  observer_memories<V, Observers> memories{};
  const auto source = program.generator.template numbers<V>(first_path);
  using numbers = std::remove_const_t<decltype(source)>;
  typename numbers::block block{};
  std::uint32_t step = program.first_step;
  if constexpr (detail::starts_anywhere<Model>) {
    if (program.starts.values != nullptr) {
      start<V>(program.starts, first_path, state);
      if constexpr (numbering::several_steps_a_block) {
        const std::uint32_t used = step % steps_a_block;
        if (used != 0) block = source.draw(step / steps_a_block);
        for (std::uint32_t i = 1; i < used; ++i) block.advance(per_step);
      }
    }
  }

  if constexpr (detail::prelude_of<Model>::exists) {
    const path_numbers<numbers, Model> all(source);
    for (std::uint32_t i = 0; i < program.prelude_parts; ++i) {
      Model::prepare(program.preludes[i], all, memory, program.table);
      if (!watch.passed(steps_between_looks)) return false;
    }
  }
  const auto look = [&] {
    ++step;
    if constexpr (Observers::every_step) {
      const point_type point{state, program.step_log_forward_return[step - 1 - program.first_step],
                             program.initial_spot, step - program.first_step};
      memories.template look<monitoring::every_step>(observers, point);
    }
  };
  const auto take_step = [&](const auto& coefficients, const auto& step_numbers) {
    if constexpr (detail::prelude_of<Model>::exists) {
      Model::step(coefficients, state, step_numbers, memory.load(step));
    } else {
      detail::take_step<Model>(coefficients, state, step_numbers, program.table);
    }
    look();
  };
  using stretch_type = typename path_program<Model, Generator>::stretch;
  // Whom a watch asks may change any memory, for all that a compiler knows: few coefficients are kept aside.
  constexpr bool kept = std::is_same_v<std::decay_t<Watch>, path_watch> && sizeof(stretch_type) <= 64;
  const stretch_type* next = program.stretches;
  for (std::uint32_t date = 0; date < program.dates;) {
    const std::conditional_t<kept, stretch_type, const stretch_type&> stretch = *next++;
    const std::uint32_t end = step + stretch.steps;
    while (step < end) {
      if constexpr (!numbering::several_steps_a_block) {
        take_step(stretch.coefficients, step_numbers<numbers, per_step>(source, step * numbering::blocks_a_step));
      } else {
        const std::uint32_t used = step % steps_a_block;
        if (used == 0) block = source.draw(step / steps_a_block);
        if (used == 0 && end - step >= steps_a_block) {
          detail::repeat<steps_a_block>([&](auto j) {
            take_step(stretch.coefficients,
                      detail::shifted_numbers<typename numbers::block, decltype(j)::value * per_step>{block});
          });
        } else {
          if (used != 0) block.advance(per_step);
          take_step(stretch.coefficients, block);
        }
      }
    }
    if (!watch.passed(stretch.steps)) return false;
    if (!stretch.ends_at_date) continue;
    const point_type point{state, stretch.log_forward_return, program.initial_spot, date + 1};
    memories.template look<monitoring::dates>(observers, point);
    const auto store = [&](std::uint32_t observer, V value) {
      spectralmc::store(value, observed + (static_cast<std::size_t>(observer) * program.dates + date) * stride);
    };
    memories.report(observers, point, step - program.first_step, date + 1, store, 0);
    ++date;
  }
  return true;
}

}  // namespace spectralmc
