// What a measurement sums, made as the CUDA execution makes it.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>
#include <tuple>
#include <vector>

#include "spectralmc/paths/chunk_program.hpp"
#include "spectralmc/paths/measurement.hpp"

namespace spectralmc {

/// Owns what a program points to.
class program_memory {
 public:
  template <class T>
  const T* operator()(const std::vector<T>& values) {
    auto copy = std::make_shared<std::vector<T>>(values);
    kept_.push_back(copy);
    return copy->data();
  }

 private:
  std::vector<std::shared_ptr<void>> kept_;
};

/// A block of `threads` for each chunk, chunks summed in units, units summed in order.
template <int SumsAThread, class Model, class Items>
std::vector<double> totals_of_blocks(const simulation<Model>& plan, const Items& items, bool every_step,
                                     std::uint32_t threads) {
  using real = typename Model::real;
  const path_tables<Model> tables(plan, every_step);
  program_memory upload;
  const auto program = make_chunk_program(plan, tables, items, upload);
  // What a block finds in its memory is rubbish.
  std::vector<real> workspace(program.workspace_size(threads), std::numeric_limits<real>::quiet_NaN());
  const auto shared = std::make_unique<chunk_storage<real, SumsAThread>>();
  std::memset(static_cast<void*>(shared.get()), 0xff, sizeof(*shared));
  std::vector<double> chunk(program.total_size, std::numeric_limits<double>::quiet_NaN()), unit(chunk.size()),
      all(chunk.size());
  for (std::uint64_t c = 0; c < program.chunk_count(); ++c) {
    if (c % unit_chunks == 0) std::fill(unit.begin(), unit.end(), 0.0);
    program.run(host_block(threads), c, *shared, workspace.data(), chunk.data());
    for (std::size_t j = 0; j < chunk.size(); ++j) unit[j] += chunk[j];
    if (c % unit_chunks == unit_chunks - 1 || c + 1 == program.chunk_count()) {
      for (std::size_t j = 0; j < chunk.size(); ++j) all[j] += unit[j];
    }
  }
  return all;
}

/// Checks that blocks of several sizes and the CPU's lanes make the same totals, bit for bit.
template <class Model, class... Requests>
void check_same_bits(const simulation<Model>& plan, bool every_step, const Requests&... requests) {
  const auto items = std::make_tuple(requests.prepare(plan)...);
  const std::vector<double> lanes_totals = run_measurement(cpu{1}, plan, items).first;
  const auto check = [&](const std::vector<double>& block_totals) {
    REQUIRE(block_totals.size() == lanes_totals.size());
    CHECK(std::memcmp(block_totals.data(), lanes_totals.data(), lanes_totals.size() * sizeof(double)) == 0);
  };
  for (const std::uint32_t threads : {1U, 32U, 96U, 256U}) {
    CAPTURE(threads);
    check(totals_of_blocks<64>(plan, items, every_step, threads));
  }
  check(totals_of_blocks<32>(plan, items, every_step, 128));
  check(totals_of_blocks<16>(plan, items, every_step, 96));
  check(totals_of_blocks<8>(plan, items, every_step, 256));
}

}  // namespace spectralmc
