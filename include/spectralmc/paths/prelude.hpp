// What a path computes before its first step, for models whose steps depend on all random numbers of the path so far: a
// volatility driven by fractional noise is a convolution of the whole path's numbers.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <vector>

#include "spectralmc/configuration.hpp"
#include "spectralmc/market/time_grid.hpp"
#include "spectralmc/models/model_table.hpp"
#include "spectralmc/random/numbering.hpp"
#include "spectralmc/random/numbers.hpp"

namespace spectralmc {

namespace detail {

template <class Model, class = void>
struct prelude_of {
  struct type {};
  static constexpr bool exists = false;
};
template <class Model>
struct prelude_of<Model, std::void_t<typename Model::prelude>> {
  using type = typename Model::prelude;
  static constexpr bool exists = true;
};

/// The parts of a model's prelude, none for a model without.
template <class Model>
auto preludes(const Model& model, const time_grid& grid, model_table<typename Model::real>& table) {
  if constexpr (prelude_of<Model>::exists) {
    return model.preludes(grid, table);
  } else {
    return std::vector<typename prelude_of<Model>::type>{};
  }
}

/// How many numbers a path keeps in memory for a prelude.
template <class Prelude>
std::size_t prelude_memory(const std::vector<Prelude>& parts) {
  std::size_t memory = 0;
  for (const Prelude& part : parts) {
    if constexpr (!std::is_empty_v<Prelude>) memory = (std::max)(memory, static_cast<std::size_t>(part.memory));
  }
  return memory;
}

}  // namespace detail

SPECTRALMC_LANES_NAMESPACE_BEGIN

/// The random numbers of all steps of a path, or of a pack of paths.
template <class Source, class Model>
class path_numbers {
 public:
  SPECTRALMC_PRIMITIVE explicit path_numbers(const Source& source) : source_(source) {}

  /// Those of one step, which has the same numbers when its turn comes. normal(i) and its kin, as a step sees them.
  SPECTRALMC_PRIMITIVE auto of_step(std::uint32_t step) const {
    using numbering = spectralmc::numbering<Model>;
    if constexpr (numbering::several_steps_a_block) {
      typename Source::block block = source_.draw(step / numbering::steps_a_block);
      if constexpr (numbering::steps_a_block > 1) {
        for (std::uint32_t i = 0; i < step % numbering::steps_a_block; ++i) block.advance(numbering::numbers_per_step);
      }
      return block;
    } else {
      return step_numbers<Source, numbering::numbers_per_step>(source_, step * numbering::blocks_a_step);
    }
  }

 private:
  const Source& source_;
};

SPECTRALMC_LANES_NAMESPACE_END

}  // namespace spectralmc
