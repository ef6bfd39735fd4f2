// What a block of threads does with one chunk of paths: simulate, observe, sum. One body for the CPU's packs and for
// the threads of a GPU, in phases (parallel/block.hpp).
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <tuple>
#include <type_traits>

#include "spectralmc/configuration.hpp"
#include "spectralmc/errors.hpp"
#include "spectralmc/parallel/block.hpp"
#include "spectralmc/paths/partial_sums.hpp"
#include "spectralmc/paths/path_loop.hpp"

namespace spectralmc {

/// What observers saw on one chunk of paths: row (observer, date) holds one value a path.
template <class Real>
struct observed_chunk {
  const Real* values;
  std::uint32_t dates;
  std::uint32_t paths;  // at most chunk_paths; values of a row beyond them are rubbish, but may be read

  SPECTRALMC_HOST_DEVICE const Real* row(std::size_t observer, std::size_t date) const {
    return values + (observer * dates + date) * chunk_paths;
  }
};

namespace detail {

constexpr std::size_t largest_of(std::initializer_list<std::size_t> sizes) {
  std::size_t largest = 1;
  for (const std::size_t size : sizes) largest = largest < size ? size : largest;
  return largest;
}

/// Real numbers that the paths which a block of so many threads follows at once remember.
template <class Block, class Program>
SPECTRALMC_HOST_DEVICE std::size_t path_memory_size(const Program& program, std::uint32_t threads) {
  return program.path_memory * threads * lane_count<typename Block::template number<typename Program::real>>;
}

}  // namespace detail

/// Follows the paths of one chunk and leaves what was observed in rows of `observed`. `memory` is for what paths
/// remember.
/// @return how many were followed: all, unless the watch ended it before
template <class Block, class Program, class Observers, class Watch = unwatched>
SPECTRALMC_HOST_DEVICE SPECTRALMC_FORCE_INLINE std::uint32_t observe_chunk(
    const Block& threads, const Program& program, const Observers& observers, std::uint64_t first_path,
    std::uint32_t paths, typename Program::real* observed, typename Program::real* memory, Watch&& watch = Watch{}) {
  using V = typename Block::template number<typename Program::real>;
  constexpr auto width = static_cast<std::uint32_t>(lane_count<V>);
  std::uint32_t followed = paths;
  threads.phase([&](std::uint32_t thread) {
    for (std::uint32_t i = thread * width; i < followed; i += threads.size() * width) {
      if (!follow_path<V>(program, observers, first_path + i, observed + i, chunk_paths,
                          {memory + thread * width, threads.size() * width}, watch)) {
        followed = i;
      }
    }
  });
  return followed;
}

template <class Program, class Observers, class... Views>
struct chunk_program {
  using real = typename Program::real;

  Program program;
  Observers observers;
  value_pack<Views...> views;
  std::size_t total_size;
  std::size_t scratch_size;

  /// What the threads of a block share. Items use it one after the other; nothing is constructed in it.
  template <class Block>
  struct storage {
    static_assert((std::is_trivially_copyable_v<typename Views::template storage<Block>> && ...),
                  "SpectralMC: what the threads of a block share is plain data (docs/architecture.md, A request)");
    alignas(16) alignas(typename Views::template storage<Block>...) unsigned char bytes[detail::largest_of(
        {sizeof(typename Views::template storage<Block>)...})];
  };

  /// Real numbers of memory for what is observed on a chunk.
  SPECTRALMC_HOST_DEVICE std::size_t observed_size() const {
    return Observers::size * static_cast<std::size_t>(program.dates) * chunk_paths;
  }
  /// Real numbers of memory that a block of so many threads needs. Where paths remember, items sum later.
  template <class Block>
  SPECTRALMC_HOST_DEVICE std::size_t workspace_size(std::uint32_t threads) const {
    const std::size_t path_memory = detail::path_memory_size<Block>(program, threads);
    return observed_size() + (path_memory < scratch_size ? scratch_size : path_memory);
  }

  /// Follows the paths of a chunk, or a part of one, and keeps what was observed.
  /// @return how many were followed: all, unless the watch ended it before
  template <class Block, class Watch = unwatched>
  SPECTRALMC_HOST_DEVICE SPECTRALMC_FORCE_INLINE std::uint32_t observe(const Block& threads, path_range chunk,
                                                                       real* workspace, Watch&& watch = Watch{}) const {
    return observe_chunk(threads, program, observers, chunk.first, static_cast<std::uint32_t>(chunk.count), workspace,
                         workspace + observed_size(), watch);
  }

  /// Adds to totals[0 ... total_size - 1] the sums over the paths that were followed, one or more.
  template <class Block>
  SPECTRALMC_HOST_DEVICE void add(const Block& threads, std::uint32_t followed, storage<Block>& shared, real* workspace,
                                  double* totals) const {
    add_views(views, threads, observed_chunk<real>{workspace, program.dates, followed}, shared,
              workspace + observed_size(), totals);
  }

 private:
  template <class Block, class Head, class... Tail>
  SPECTRALMC_HOST_DEVICE static void add_views(const value_pack<Head, Tail...>& pack, const Block& threads,
                                               const observed_chunk<real>& observed, storage<Block>& shared,
                                               real* scratch, double* totals, std::size_t first_observer = 0) {
    auto& own = *reinterpret_cast<typename Head::template storage<Block>*>(shared.bytes);
    pack.head.add(threads, observed, first_observer, own, scratch, totals);
    if constexpr (sizeof...(Tail) > 0) {
      add_views(pack.tail, threads, observed, shared, scratch, totals + pack.head.size,
                first_observer + Head::observer_count);
    }
  }
};

SPECTRALMC_LANES_NAMESPACE_BEGIN

/// The program of a plan's tables where `upload(vector)` gives a pointer to the vector's values that is good where the
/// program runs.
template <class Tables, class Upload>
typename Tables::program_type uploaded_program(const Tables& tables, Upload&& upload) {
  typename Tables::program_type program = tables.program();
  program.stretches = upload(tables.stretches());
  program.generator = tables.generator().make_view(upload);
  if constexpr (detail::starts_anywhere<typename Tables::program_type::model>) {
    if (tables.states() != nullptr) program.starts.values = upload(tables.states()->values());
  }
  if (!tables.table().empty()) program.table = upload(tables.table());
  if (!tables.preludes().empty()) program.preludes = upload(tables.preludes());
  if (!tables.step_log_forward_return().empty()) {
    program.step_log_forward_return = upload(tables.step_log_forward_return());
  }
  return program;
}

/// Views sum as many totals as their items say, or would do so into each other's.
template <class View, class... Views, class Item, class... Items>
void check_sizes(const value_pack<View, Views...>& views, const Item& item, const Items&... items) {
  require(views.head.size == item.total_size(), "total_size()", std::uint64_t{item.total_size()},
          "the size of the item's view");
  if constexpr (sizeof...(Items) > 0) check_sizes(views.tail, items...);
}

/// The chunk program of a path program and items, whose own tables are uploaded.
/// @throws invalid_parameter where an item and its view differ in size
template <class Program, class Upload, class... Items>
auto make_chunk_program(const Program& program, const std::tuple<Items...>& items, Upload&& upload) {
  return std::apply(
      [&](const auto&... item) {
        const auto observers = concatenate(item.observer_values()...);
        chunk_program<Program, std::remove_const_t<decltype(observers)>, decltype(item.make_view(upload))...> result{
            program, observers, make_value_pack(item.make_view(upload)...), 0, 0};
        check_sizes(result.views, item...);
        ((result.total_size += item.total_size()), ...);
        ((result.scratch_size = (std::max)(result.scratch_size, item.scratch_size())), ...);
        return result;
      },
      items);
}

SPECTRALMC_LANES_NAMESPACE_END

}  // namespace spectralmc
