// Numbers that the steps of a model look up: the tails of a jump count's law, a surface of volatilities.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "spectralmc/errors.hpp"

namespace spectralmc {

/// One array for all steps of a run. A model that needs one has `step_coefficients(time, length, table)` append to it
/// and keeps the offset in the coefficients, and its step is handed the array as a fourth argument.
template <class Real>
class model_table {
 public:
  /// Appends the values, rounded to the arithmetic of the paths.
  /// @return the index of the first in the array
  /// @throws invalid_parameter when the table would pass 2^32 values
  std::uint32_t append(const std::vector<double>& values) {
    const std::size_t offset = values_.size(), size = offset + values.size();
    require(size <= UINT32_MAX, "the model's table", std::uint64_t{size}, "fewer than 2^32 values");
    for (const double value : values) values_.push_back(static_cast<Real>(value));
    return static_cast<std::uint32_t>(offset);
  }

  const std::vector<Real>& values() const { return values_; }

 private:
  std::vector<Real> values_;
};

}  // namespace spectralmc
