// What a block of threads does with one chunk of paths: simulate, observe, sum. The body of the CUDA kernel, in phases
// (parallel/block.hpp); the CPU's lanes have their own loop, paths/measurement.hpp, with the same bits.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <tuple>
#include <type_traits>

#include "spectralmc/configuration.hpp"
#include "spectralmc/parallel/block.hpp"
#include "spectralmc/paths/measurement.hpp"
#include "spectralmc/paths/partial_sums.hpp"
#include "spectralmc/paths/path_loop.hpp"

namespace spectralmc {

namespace detail {

constexpr std::size_t largest_of(std::initializer_list<std::size_t> sizes) {
  std::size_t largest = 1;
  for (const std::size_t size : sizes) largest = largest < size ? size : largest;
  return largest;
}

}  // namespace detail

template <class Program, class Observers, class... Views>
struct chunk_program {
  using real = typename Program::real;

  Program program;
  Observers observers;
  value_pack<Views...> views;
  std::size_t total_size;
  std::size_t scratch_size;

  /// What the threads of a block share, each of whom keeps so many sums of a spectrum
  /// (empirical_detail::add_in_phases). Items use it one after the other.
  template <int SumsAThread>
  struct storage {
    alignas(16) unsigned char bytes[detail::largest_of({sizeof(typename Views::template storage<SumsAThread>)...})];
  };

  /// Real numbers of memory for what is observed on a chunk.
  SPECTRALMC_HOST_DEVICE std::size_t observed_size() const {
    return Observers::size * static_cast<std::size_t>(program.dates) * chunk_paths;
  }
  /// Real numbers of memory that a block of so many threads needs. Where paths remember, items sum later.
  SPECTRALMC_HOST_DEVICE std::size_t workspace_size(std::uint32_t threads) const {
    const std::size_t path_memory = program.path_memory * threads;
    return observed_size() + (path_memory < scratch_size ? scratch_size : path_memory);
  }

  /// Sets totals[0 ... total_size - 1] to the sums over the paths of a chunk, or a part of one.
  template <class Block, int SumsAThread>
  SPECTRALMC_HOST_DEVICE void run(const Block& threads, path_range chunk, storage<SumsAThread>& shared, real* workspace,
                                  double* totals) const {
    const auto count = static_cast<std::uint32_t>(chunk.count);
    threads.phase([&](std::uint32_t thread) {
      for (std::uint32_t i = thread; i < count; i += threads.size()) {
        follow_path<real>(program, observers, chunk.first + i, workspace + i, chunk_paths,
                          {workspace + observed_size() + thread, threads.size()});
      }
    });
    const observed_chunk<real> observed{workspace, program.dates, count};
    add_views(views, threads, observed, shared, workspace + observed_size(), totals);
  }

 private:
  template <class Block, int SumsAThread, class Head, class... Tail>
  SPECTRALMC_HOST_DEVICE static void add_views(const value_pack<Head, Tail...>& pack, const Block& threads,
                                               const observed_chunk<real>& observed, storage<SumsAThread>& shared,
                                               real* scratch, double* totals, std::size_t first_observer = 0) {
    auto& own = *reinterpret_cast<typename Head::template storage<SumsAThread>*>(shared.bytes);
    pack.head.add(threads, observed, first_observer, own, scratch, totals);
    if constexpr (sizeof...(Tail) > 0) {
      add_views(pack.tail, threads, observed, shared, scratch, totals + pack.head.size,
                first_observer + Head::observer_count);
    }
  }
};

SPECTRALMC_LANES_NAMESPACE_BEGIN

/// The chunk program of a plan's tables and items. `upload(vector)` gives a pointer to the vector's values that is good
/// where the program runs.
template <class Tables, class Upload, class... Items>
auto make_chunk_program(const Tables& tables, const std::tuple<Items...>& items, Upload&& upload) {
  return std::apply(
      [&](const auto&... item) {
        const auto observers = concatenate(item.observer_values()...);
        auto views = make_value_pack(item.make_view(upload)...);
        chunk_program<typename Tables::program_type, std::remove_const_t<decltype(observers)>,
                      decltype(item.make_view(upload))...>
            result{tables.program(), observers, views, 0, 0};
        result.program.stretches = upload(tables.stretches());
        result.program.generator = tables.generator().make_view(upload);
        if constexpr (detail::starts_anywhere<typename Tables::program_type::model>) {
          if (tables.states() != nullptr) result.program.starts.values = upload(tables.states()->values());
        }
        if (!tables.table().empty()) result.program.table = upload(tables.table());
        if (!tables.preludes().empty()) result.program.preludes = upload(tables.preludes());
        if (!tables.step_log_forward_return().empty()) {
          result.program.step_log_forward_return = upload(tables.step_log_forward_return());
        }
        ((result.total_size += item.total_size()), ...);
        ((result.scratch_size = (std::max)(result.scratch_size, item.scratch_size())), ...);
        return result;
      },
      items);
}

SPECTRALMC_LANES_NAMESPACE_END

}  // namespace spectralmc
