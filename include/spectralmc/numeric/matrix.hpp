// Dense matrices, as far as joint laws need them.
#pragma once

#include <cstddef>
#include <vector>

#include "spectralmc/allocation.hpp"
#include "spectralmc/numeric/elementary.hpp"
#include "spectralmc/numeric/lanes.hpp"
#include "spectralmc/numeric/strided.hpp"

namespace spectralmc {
SPECTRALMC_LANES_NAMESPACE_BEGIN

namespace matrix_detail {

/// A matrix of numbers, row by row.
struct matrix {
  std::size_t rows, columns;
  std::vector<double> values;

  /// @throws allocation_error
  matrix(std::size_t r, std::size_t c) : rows(r), columns(c) { assign_zeros(values, r * c, "a matrix"); }
  double* operator[](std::size_t r) { return values.data() + r * columns; }
  const double* operator[](std::size_t r) const { return values.data() + r * columns; }
};

/// Adds factor times `from` to `to`.
inline void add_scaled(double factor, const double* from, double* to, std::size_t count) {
  using V = lanes<double>;
  for_each_pack<V>(count, [&](std::size_t i, std::size_t used) {
    store_some(fma(V(factor), load_some<V>(from + i, used), load_some<V>(to + i, used)), to + i, used);
  });
}

/// a b over the first `inner` columns of a and rows of b.
inline matrix product(const matrix& a, const matrix& b, std::size_t inner) {
  matrix result(a.rows, b.columns);
  for (std::size_t r = 0; r < a.rows; ++r) {
    for (std::size_t i = 0; i < inner; ++i) add_scaled(a[r][i], b[i], result[r], b.columns);
  }
  return result;
}

inline matrix transposed(const matrix& a) {
  matrix result(a.columns, a.rows);
  for (std::size_t r = 0; r < a.rows; ++r) {
    for (std::size_t c = 0; c < a.columns; ++c) result[c][r] = a[r][c];
  }
  return result;
}

}  // namespace matrix_detail

SPECTRALMC_LANES_NAMESPACE_END
}  // namespace spectralmc
