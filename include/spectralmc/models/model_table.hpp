// Numbers that the steps of a model look up: the tails of a jump count's law, a surface of volatilities.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>
#include <vector>

#include "spectralmc/allocation.hpp"
#include "spectralmc/configuration.hpp"
#include "spectralmc/errors.hpp"
#include "spectralmc/numeric/number.hpp"

namespace spectralmc {

/// One array for all steps of a run. A model that needs one has `step_coefficients(time, length, table)` append to it
/// and keeps the offset in the coefficients, and its step is handed the array as a fourth argument.
template <class Real>
class model_table {
 public:
  /// Appends the values, rounded to the arithmetic of the paths.
  /// @return the index of the first in the array
  /// @throws invalid_parameter when the table would pass 2^32 values; allocation_error
  template <class Number = double_of<Real>>
  std::uint32_t append(const std::vector<Number>& values) {
    const std::size_t offset = values_.size(), size = offset + values.size();
    require(size <= UINT32_MAX, "the model's table", std::uint64_t{size}, "fewer than 2^32 values");
    detail::with_memory_for("the model's table", size * sizeof(Real), [&] {
      for (const Number& value : values) values_.push_back(static_cast<Real>(value));
    });
    return static_cast<std::uint32_t>(offset);
  }

  const std::vector<Real>& values() const { return values_; }

 private:
  std::vector<Real> values_;
};

namespace detail {

template <class Model, class = void>
struct has_table : std::false_type {};
template <class Model>
struct has_table<Model, std::void_t<decltype(std::declval<const Model&>().step_coefficients(
                            0.0, 1.0, std::declval<model_table<typename Model::real>&>()))>> : std::true_type {};

template <class Model>
auto step_coefficients(const Model& model, double time, double length, model_table<typename Model::real>& table) {
  if constexpr (has_table<Model>::value) {
    return model.step_coefficients(time, length, table);
  } else {
    return model.step_coefficients(time, length);
  }
}

template <class Model, class State, class Numbers>
SPECTRALMC_HOST_DEVICE SPECTRALMC_FORCE_INLINE void take_step(const typename Model::coefficients& coefficients,
                                                              State& state, const Numbers& numbers,
                                                              const typename Model::real* table) {
  if constexpr (has_table<Model>::value) {
    Model::step(coefficients, state, numbers, table);
  } else {
    Model::step(coefficients, state, numbers);
  }
}

}  // namespace detail

}  // namespace spectralmc
