// One run over the paths of a plan with everything that is asked of them: chunks of paths are made, observed and summed
// before the next ones begin, and no path is kept.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "spectralmc/errors.hpp"
#include "spectralmc/member_names.hpp"
#include "spectralmc/parallel/block.hpp"
#include "spectralmc/parallel/cpu.hpp"
#include "spectralmc/parallel/function_view.hpp"
#include "spectralmc/paths/chunk_program.hpp"
#include "spectralmc/paths/observer_concept.hpp"
#include "spectralmc/paths/partial_sums.hpp"
#include "spectralmc/paths/path_loop.hpp"

namespace spectralmc {

SPECTRALMC_LANES_NAMESPACE_BEGIN

/// The memory in which a thread of the CPU makes chunks of paths.
template <class Real>
struct chunk_memory {
  std::unique_ptr<Real[]> observed;  ///< what was observed, row by row
  std::unique_ptr<Real[]> paths;     ///< what the paths of a pack remember

  /// @throws allocation_error
  template <class Program>
  chunk_memory(const Program& program, std::size_t observers)
      : observed(allocate<Real>(observers * program.dates * chunk_paths, "the observations of one chunk of paths")),
        paths(allocate<Real>(detail::path_memory_size<pack_block>(program, 1), "what paths compute before they step")) {
  }
};

/// Keeps copies of vectors where a program of the CPU reads them.
class kept_tables {
 public:
  template <class T>
  const T* operator()(std::vector<T> values) {
    auto copy = std::make_shared<const std::vector<T>>(std::move(values));
    kept_.push_back(copy);
    return copy->data();
  }

 private:
  std::vector<std::shared_ptr<const void>> kept_;
};

/// The work of one run for detail::reduce_in_order. An item says what it needs of the observers that start at its
/// index:
///   observer_list<...> observer_values() const;     its observers
///   std::size_t total_size() const;                 doubles that it sums
///   std::size_t scratch_size() const;               real numbers of memory that a block needs to do so
///   view make_view(upload) const;                   what sums
/// and names the type of the first as `Item::observers`; docs/architecture.md, "A request", says what a view is.
template <class Plan, class... Items>
class measurement {
 public:
  using tables = path_tables<typename Plan::model_type, typename Plan::generator_type>;
  using real = typename tables::real;
  using observers = decltype(concatenate(std::declval<const typename Items::observers&>()...));

  measurement(const Plan& plan, const std::tuple<Items...>& items)
      : tables_(plan, observers::every_step),
        program_(make_chunk_program(tables_.program(), items, kept_)),
        paths_{plan.first_path(), plan.paths()} {}
  measurement(const measurement&) = delete;
  measurement& operator=(const measurement&) = delete;

  using program_type =
      decltype(make_chunk_program(std::declval<const tables&>().program(), std::declval<const std::tuple<Items...>&>(),
                                  std::declval<kept_tables&>()));
  using storage = typename program_type::template storage<pack_block>;
  struct workspace {
    std::unique_ptr<real[]> memory;
    std::unique_ptr<storage[]> shared;
  };

  std::uint64_t unit_count() const { return paths_.pieces(unit_paths); }
  path_range unit(std::uint64_t number) const { return paths_.piece(unit_paths, number); }
  std::size_t total_size() const { return program_.total_size; }

  /// @throws allocation_error
  workspace make_workspace() const {
    return {
        allocate_unset<real>(program_.template workspace_size<pack_block>(1), "what is observed on one chunk of paths"),
        allocate_unset<storage>(1, "the sums over one chunk of paths")};
  }

  /// @return how many of the unit's paths are in the totals: all, unless keep_on() ended it before
  std::uint64_t run_unit(std::uint64_t number, workspace& space, double* totals,
                         detail::function_view<bool()> keep_on) const {
    const path_range paths = unit(number);
    path_watch watch(keep_on);
    for (std::uint64_t k = 0; k < paths.pieces(chunk_paths); ++k) {
      const path_range chunk = paths.piece(chunk_paths, k);
      const std::uint32_t done = program_.observe(pack_block{}, chunk, space.memory.get(), watch);
      if (done > 0) program_.add(pack_block{}, done, space.shared[0], space.memory.get(), totals);
      if (done < chunk.count) return chunk.first - paths.first + done;
    }
    return paths.count;
  }

 private:
  tables tables_;
  kept_tables kept_;
  program_type program_;
  path_range paths_;
};

SPECTRALMC_LANES_NAMESPACE_END

namespace detail {
SPECTRALMC_LANES_NAMESPACE_BEGIN

/// Tells a plan's callback of one run, from its pilots to its end: ten times a second at most, and at the end. Copies
/// speak of the same run.
class progress_reporter {
 public:
  template <class Plan>
  explicit progress_reporter(const Plan& plan)
      : callback_(plan.on_progress()), paths_(plan.paths()), state_(std::make_shared<state>()) {}

  /// @return false when the callback asks to stop, or has done so before
  bool operator()(const progress& run) const {
    if (state_->stopped) return false;
    const clock::time_point now = clock::now();
    if (run.paths_done < paths_ && now - state_->last < std::chrono::milliseconds(100)) return true;
    state_->last = now;
    const double seconds = std::chrono::duration<double>(now - state_->begin).count();
    state_->stopped = !callback_({run.paths_done, paths_, seconds});
    return !state_->stopped;
  }

 private:
  using clock = std::chrono::steady_clock;
  struct state {
    clock::time_point begin = clock::now(), last = begin;
    bool stopped = false;
  };
  std::function<bool(const progress&)> callback_;
  std::uint64_t paths_;
  std::shared_ptr<state> state_;
};

/// The plan of a run that begins now: its callback can be told of every step forward, and by the plans of pilots, too.
template <class Plan>
Plan begun(Plan plan) {
  if (plan.on_progress()) plan.on_progress(progress_reporter(plan));
  return plan;
}

/// Follows the paths of a chunk of a pilot run, without which the run has no answer.
template <class Program, class Observers, class Watch>
void follow_pilots(const Program& program, const Observers& observers, std::uint64_t first_path,
                   const chunk_memory<typename Program::real>& memory, Watch& watch) {
  if (observe_chunk(pack_block{}, program, observers, first_path, chunk_paths, memory.observed.get(),
                    memory.paths.get(), watch) < chunk_paths) {
    throw no_answer(stopped_at_once);
  }
}

SPECTRALMC_LANES_NAMESPACE_END
}  // namespace detail

SPECTRALMC_LANES_NAMESPACE_BEGIN

/// Runs a measurement on the CPU. Each execution has its overload; `measure` finds it by the execution's type.
/// @return totals of all items over the plan's paths, or over the first of them where the plan's callback stops it
template <class Model, class Generator, class... Items>
partial_sums run_measurement(const cpu& execution, const simulation<Model, Generator>& plan,
                             const std::tuple<Items...>& items) {
  const measurement work(plan, items);
  partial_sums sums;
  detail::reduce_in_order(
      execution, work,
      [&](std::uint64_t unit, std::vector<double>& totals, std::uint64_t done) {
        sums.add({{work.unit(unit).first, done}, std::move(totals)});
      },
      [&](std::uint64_t done) { return detail::report_progress(plan, done); });
  return sums;
}

SPECTRALMC_LANES_NAMESPACE_END

/// What an item has summed over a run, of which its request makes the result.
struct item_sums {
  const double* totals;
  std::uint64_t paths;
  std::vector<const double*> replicates = {};  ///< totals over each replicate; none where paths are independent

  /// The same from total number `begin` on.
  item_sums from(std::size_t begin) const {
    item_sums rest = *this;
    rest.totals += begin;
    for (const double*& totals_of_one : rest.replicates) totals_of_one += begin;
    return rest;
  }
};

namespace detail {

/// The forms that members of requests and items have, and a run by an execution.
namespace form {
template <class Request, class Plan>
using item = std::decay_t<decltype(std::declval<const Request&>().prepare(std::declval<const Plan&>()))>;
template <class Request, class Plan>
using result = decltype(std::declval<const Request&>().result(
    std::declval<const Plan&>(), std::declval<const item<Request, Plan>&>(), std::declval<const item_sums&>()));
template <class Item>
using total_size = decltype(std::size_t{std::declval<const Item&>().total_size()});
template <class Item>
using scratch_size = decltype(std::size_t{std::declval<const Item&>().scratch_size()});
template <class Item>
using item_view = std::decay_t<decltype(std::declval<const Item&>().make_view(std::declval<kept_tables&>()))>;
template <class View, class Block>
using storage = typename View::template storage<Block>;
template <class View, class Block, class Real>
using add = decltype(std::declval<const View&>().add(
    std::declval<const Block&>(), std::declval<const observed_chunk<Real>&>(), std::size_t{0},
    std::declval<storage<View, Block>&>(), std::declval<Real*>(), std::declval<double*>()));
template <class View>
using size = decltype(std::size_t{std::declval<const View&>().size});
template <class View>
using observer_count = std::integral_constant<std::size_t, View::observer_count>;
template <class Item>
using observer_values = decltype(typename Item::observers(std::declval<const Item&>().observer_values()));
template <class Execution, class Plan, class Items>
using run = decltype(partial_sums(
    run_measurement(std::declval<const Execution&>(), std::declval<const Plan&>(), std::declval<const Items&>())));
}  // namespace form

/// What a request must be, in words (docs/architecture.md, "A request").
template <class Request, class Plan>
constexpr bool check_request() {
  static_assert(
      valid<form::item, Request, Plan>,
      "SpectralMC: a request has template <class Plan> prepare(const Plan&) const, which makes its item; a payoff is "
      "asked for by value_of(payoff), a law by spectrum_of(observer) (docs/architecture.md, A request)");
  if constexpr (valid<form::item, Request, Plan>) {
    using item = form::item<Request, Plan>;
    static_assert(valid<form::total_size, item>,
                  "SpectralMC: a request's item has std::size_t total_size() const, how many doubles it sums "
                  "(docs/architecture.md, A request)");
    static_assert(valid<form::observer_values, item>,
                  "SpectralMC: a request's item has a type observers, an observer_list, and observers "
                  "observer_values() const (docs/architecture.md, A request)");
    static_assert(
        valid<form::scratch_size, item>,
        "SpectralMC: a request's item has std::size_t scratch_size() const, the numbers of memory that a block "
        "needs to sum (docs/architecture.md, A request)");
    static_assert(valid<form::item_view, item>,
                  "SpectralMC: a request's item has template <class Upload> make_view(Upload&&) const, what sums "
                  "(docs/architecture.md, A request)");
    if constexpr (valid<form::item_view, item>) {
      using view = form::item_view<item>;
      static_assert(valid<form::size, view> && valid<form::observer_count, view>,
                    "SpectralMC: the view of a request's item has a member size, its number of totals, and static "
                    "constexpr std::size_t observer_count (docs/architecture.md, A request)");
      static_assert(valid<form::storage, view, pack_block>,
                    "SpectralMC: the view of a request's item has a type template <class Block> storage, what the "
                    "threads of a block share (docs/architecture.md, A request)");
      static_assert(
          valid<form::add, view, pack_block, typename Plan::model_type::real>,
          "SpectralMC: the view of a request's item has template <class Block> void add(const Block&, const "
          "observed_chunk<real>&, std::size_t first_observer, storage<Block>&, real* scratch, double* totals) "
          "const (docs/architecture.md, A request)");
    }
    if constexpr (valid<form::item_view, item> && valid<form::observer_values, item>) {
      using view = form::item_view<item>;
      if constexpr (valid<form::observer_count, view>) {
        static_assert(view::observer_count == item::observers::size,
                      "SpectralMC: the view of a request's item has an observer_count that is the number of the item's "
                      "observers (docs/architecture.md, A request)");
      }
    }
    static_assert(valid<form::result, Request, Plan>,
                  "SpectralMC: a request has result(const Plan&, const Item&, const item_sums&) const, its "
                  "answer (docs/architecture.md, A request)");
  }
  return true;
}

/// What an execution must be (docs/architecture.md, "An execution").
template <class Execution, class Plan, class... Requests>
constexpr bool check_run() {
  static_assert(sizeof...(Requests) != 0,
                "SpectralMC: a run is asked for something, by spectrum_of(observer) or value_of(payoff) "
                "(docs/architecture.md, One run)");
  if constexpr ((check_request<Requests, Plan>() && ...) && (valid<form::item, Requests, Plan> && ...)) {
    using items = std::tuple<form::item<Requests, Plan>...>;
    static_assert(
        valid<form::run, Execution, Plan, items>,
        "SpectralMC: an execution has partial_sums run_measurement(const Execution&, const "
        "simulation<Model, Generator>&, const std::tuple<Items...>&) in its namespace (docs/architecture.md, An "
        "execution)");
  }
  return true;
}

SPECTRALMC_LANES_NAMESPACE_BEGIN

/// The items of requests for a run of the plan.
template <class Plan, class... Requests>
auto prepared(const Plan& plan, const Requests&... requests) {
  (check_memories(plan, static_cast<typename form::item<Requests, Plan>::observers*>(nullptr)), ...);
  return std::make_tuple(requests.prepare(plan)...);
}

/// @throws invalid_parameter unless the sums are over paths of the plan alone
template <class Plan>
void check_paths(const Plan& plan, const partial_sums& sums) {
  for (const partial_sums::part& part : sums.parts()) {
    const std::uint64_t before = part.paths.first - plan.first_path();
    require(part.paths.first >= plan.first_path() && before < plan.paths() && part.paths.count <= plan.paths() - before,
            "first_path", part.paths.first, "that of paths of the plan alone");
  }
}

/// The plan of a run that has these sums, to be asked without its callback.
template <class Plan>
Plan finished(Plan plan, const partial_sums& sums) {
  plan.check();
  check_paths(plan, sums);
  if (sums.paths() == 0) throw no_answer("the sums are over no path");
  return plan.on_progress(std::function<bool(const progress&)>{});
}

/// The answers to all requests, whose items were prepared for the plan. `replicates` are parts of `sums`, or none.
template <class Plan, class Items, class Requests, std::size_t... Index>
auto answers(const Plan& plan, const partial_sums& sums, const std::vector<partial_sums>& replicates,
             const Items& items, const Requests& requests, std::index_sequence<Index...>) {
  if (sums.paths() == 0) throw no_answer(stopped_at_once);
  const std::size_t size = (std::get<Index>(items).total_size() + ... + std::size_t{0});
  const auto totals_of = [&](const partial_sums& some) {
    std::vector<double> totals = some.totals();
    require(totals.size() == size, "totals.size()", std::uint64_t{totals.size()},
            ("the number of totals of the same requests, " + std::to_string(size)).c_str());
    return totals;
  };
  const std::vector<double> totals = totals_of(sums);
  std::vector<std::vector<double>> replicate_totals;
  item_sums all{totals.data(), sums.paths()};
  for (const partial_sums& replicate : replicates) replicate_totals.push_back(totals_of(replicate));
  for (const std::vector<double>& replicate : replicate_totals) all.replicates.push_back(replicate.data());
  std::array<std::size_t, sizeof...(Index) + 1> starts{0};
  ((starts[Index + 1] = starts[Index] + std::get<Index>(items).total_size()), ...);
  return std::make_tuple(std::get<Index>(requests).result(plan, std::get<Index>(items), all.from(starts[Index]))...);
}

SPECTRALMC_LANES_NAMESPACE_END
}  // namespace detail

SPECTRALMC_LANES_NAMESPACE_BEGIN

/// Runs the plan once and answers all requests from the same paths: spectrum_of(observer) for a characteristic
/// function, value_of(payoff) for a price. Returns a tuple of their results, in order.
/// @throws what the requests throw, and no_answer when the plan's progress callback stops the run before any path is
/// done
///
/// Memory: O(threads x (dates x observers x 1024 samples + totals) + log2(paths / unit_paths) x totals).
template <class Execution, class Model, class Generator, class... Requests>
auto measure(const Execution& execution, const simulation<Model, Generator>& plan, const Requests&... requests) {
  static_assert(detail::check_run<Execution, simulation<Model, Generator>, Requests...>());
  plan.check();
  const auto run = detail::begun(plan);
  const auto items = detail::prepared(run, requests...);
  const partial_sums sums = run_measurement(execution, run, items);
  detail::check_paths(run, sums);
  return detail::answers(run, sums, {}, items, std::make_tuple(requests...), std::index_sequence_for<Requests...>{});
}

/// A part of `measure`: the sums over the paths `part` alone, a plain value. Sums over all parts of a plan, taken
/// anywhere and in any order, are merged by partial_sums::merge and finished by `finish`; the answers are those of
/// `measure` bit for bit where the parts meet at multiples of unit_paths. The plan, but for its callback, and the
/// requests are the same in all calls: what is asked is prepared for the whole plan.
/// @throws as measure, and invalid_parameter unless the paths of the part are the plan's
template <class Execution, class Model, class Generator, class... Requests>
partial_sums measure_part(const Execution& execution, const simulation<Model, Generator>& plan, path_range part,
                          const Requests&... requests) {
  static_assert(detail::check_run<Execution, simulation<Model, Generator>, Requests...>());
  plan.check();
  const std::uint64_t before = part.first - plan.first_path();
  require(part.first >= plan.first_path() && before < plan.paths(), "first_path", part.first, "a path of the plan");
  require(part.count >= 1 && part.count <= plan.paths() - before, "paths", part.count,
          "from 1 to the rest of the plan's paths");
  auto whole = plan, run = plan;
  run = detail::begun(run.first_path(part.first).paths(part.count));
  if (run.on_progress()) whole.on_progress(run.on_progress());
  return run_measurement(execution, run, detail::prepared(whole, requests...));
}

/// What `measure` returns, from sums over the paths of the plan, all or some of them. O(totals) beside what preparing
/// the requests takes, as in `measure`; the plan's callback is not told.
/// @throws as measure; no_answer where there are no paths; invalid_parameter for paths that are not the plan's, and for
///         another number of totals than the requests have
template <class Model, class Generator, class... Requests>
auto finish(const simulation<Model, Generator>& plan, const partial_sums& sums, const Requests&... requests) {
  const auto silent = detail::finished(plan, sums);
  return detail::answers(silent, sums, {}, std::make_tuple(requests.prepare(silent)...), std::make_tuple(requests...),
                         std::index_sequence_for<Requests...>{});
}

/// The same from sums over replicates: parts of as many of the plan's paths, whose means differ by chance alone, each
/// drawn as the others are. Every standard error is what they differ by, whatever paths of one replicate have to do
/// with each other, and every confidence interval Student's. Few replicates leave few degrees of freedom: 16 to 64 are
/// usual. What next to no path has seen is judged by the number of paths alone, as if they were independent.
/// @throws as finish, and invalid_parameter for one replicate, for one with another number of paths than the first or
///         none, and where two have the same
template <class Model, class Generator, class... Requests>
auto finish(const simulation<Model, Generator>& plan, const std::vector<partial_sums>& replicates,
            const Requests&... requests) {
  require(replicates.size() >= 2, "replicates.size()", std::uint64_t{replicates.size()}, "at least 2");
  partial_sums sums;
  for (const partial_sums& replicate : replicates) {
    require(replicate.paths() > 0 && replicate.paths() == replicates[0].paths(), "replicates[r].paths()",
            replicate.paths(), "at least 1, and as many as the first has");
    sums.merge(replicate);
  }
  const auto silent = detail::finished(plan, sums);
  return detail::answers(silent, sums, replicates, std::make_tuple(requests.prepare(silent)...),
                         std::make_tuple(requests...), std::index_sequence_for<Requests...>{});
}

SPECTRALMC_LANES_NAMESPACE_END

}  // namespace spectralmc
