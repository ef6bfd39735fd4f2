// Which dimensions of the random numbers belong to which step of a path.
#pragma once

#include <cstdint>
#include <type_traits>

namespace spectralmc {

namespace detail {

template <class Model, class = void>
struct reserve_blocks_of : std::integral_constant<int, 0> {};
template <class Model>
struct reserve_blocks_of<Model, std::void_t<decltype(Model::reserve_blocks)>>
    : std::integral_constant<int, Model::reserve_blocks> {};

}  // namespace detail

/// How the random numbers of a path are shared out among its steps. A step of up to four numbers that needs no reserve
/// takes a part of a block; any other has blocks to itself.
template <class Model>
struct numbering {
  static constexpr int numbers_a_block = 4;
  static constexpr int numbers_per_step = Model::numbers_per_step;
  static constexpr int reserve_blocks = detail::reserve_blocks_of<Model>::value;
  static_assert(numbers_per_step >= 1,
                "SpectralMC: a model's numbers_per_step is 1 or more (docs/architecture.md, A model)");
  static_assert(reserve_blocks >= 0,
                "SpectralMC: a model's reserve_blocks is 0 or more (docs/architecture.md, A model)");

  static constexpr bool several_steps_a_block = numbers_per_step <= numbers_a_block && reserve_blocks == 0;
  static constexpr int steps_a_block = several_steps_a_block ? numbers_a_block / numbers_per_step : 1;
  static constexpr int blocks_a_step =
      several_steps_a_block ? 1 : (numbers_per_step + numbers_a_block - 1) / numbers_a_block + reserve_blocks;
  /// How many blocks a path of so many steps has.
  static constexpr std::uint64_t blocks(std::uint64_t steps) {
    return several_steps_a_block ? (steps + steps_a_block - 1) / steps_a_block : steps * blocks_a_step;
  }
  /// Dimensions are counted in 32 bits.
  static constexpr std::uint64_t largest_step_count = (std::uint64_t{1} << 32) / blocks_a_step;
};

}  // namespace spectralmc
