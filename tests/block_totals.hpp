// What a measurement sums, made as the CUDA execution makes it.
#pragma once

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "spectralmc/paths/chunk_program.hpp"
#include "spectralmc/paths/measurement.hpp"

namespace spectralmc {

/// A block for each chunk; chunks summed to nodes of the tree of units. What a block finds in its memory is rubbish.
template <class Block, class Model, class Generator, class Items>
std::vector<double> totals_of_blocks(const simulation<Model, Generator>& plan, const Items& items, bool every_step,
                                     const Block& block) {
  using real = typename Model::real;
  const path_tables tables(plan, every_step);
  kept_tables upload;
  const auto program = make_chunk_program(uploaded_program(tables, upload), items, upload);
  std::vector<real> workspace(program.template workspace_size<Block>(block.size()),
                              std::numeric_limits<real>::quiet_NaN());
  using program_type = std::remove_const_t<decltype(program)>;
  const auto shared = std::make_unique<typename program_type::template storage<Block>>();
  std::memset(shared->bytes, 0xff, sizeof shared->bytes);
  const path_range paths{plan.first_path(), plan.paths()};
  partial_sums sums;
  for (path_range rest = paths; rest.count != 0;) {
    const path_range node = rest.first_node();
    const auto chunks = static_cast<std::uint32_t>(node.pieces(chunk_paths));
    std::vector<double> of_chunks(chunks * program.total_size, 0.0);
    for (std::uint32_t c = 0; c < chunks; ++c) {
      const std::uint32_t followed = program.observe(block, node.piece(chunk_paths, c), workspace.data());
      program.add(block, followed, *shared, workspace.data(), of_chunks.data() + c * program.total_size);
    }
    std::vector<double> of_node;
    for (std::size_t j = 0; j < program.total_size; ++j) {
      of_node.push_back(sum_of_node(of_chunks.data() + j, program.total_size, chunks));
    }
    sums.add({node, std::move(of_node)});
    rest = {rest.first + node.count, rest.count - node.count};
  }
  return sums.totals();
}

/// Checks that blocks of several sizes and the CPU's lanes make the same totals, bit for bit.
template <class Plan, class... Requests>
void check_same_bits(const Plan& plan, bool every_step, const Requests&... requests) {
  const auto items = std::make_tuple(requests.prepare(plan)...);
  const std::vector<double> lanes_totals = run_measurement(cpu{1}, plan, items).totals();
  const auto check = [&](const std::vector<double>& block_totals) {
    REQUIRE(block_totals.size() == lanes_totals.size());
    CHECK(std::memcmp(block_totals.data(), lanes_totals.data(), lanes_totals.size() * sizeof(double)) == 0);
  };
  for (const std::uint32_t threads : {1U, 32U, 96U, 256U}) {
    CAPTURE(threads);
    check(totals_of_blocks(plan, items, every_step, host_block<64>(threads)));
  }
  check(totals_of_blocks(plan, items, every_step, host_block<32>(128)));
  check(totals_of_blocks(plan, items, every_step, host_block<16>(96)));
  check(totals_of_blocks(plan, items, every_step, host_block<8>(256)));
  check(totals_of_blocks(plan, items, every_step, pack_block{}));
}

}  // namespace spectralmc
