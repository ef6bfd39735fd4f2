// Correlation matrices: whether they are such, a factor, and the nearest one.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "spectralmc/errors.hpp"
#include "spectralmc/numeric/number.hpp"
#include "spectralmc/numeric/value.hpp"

namespace spectralmc {

/// A square matrix by rows. `Number` is double, or a dual of it (numeric/dual.hpp).
template <class Number>
using basic_square_matrix = std::vector<std::vector<Number>>;
using square_matrix = basic_square_matrix<double>;

/// Eigenvalues and, in the columns of `vectors`, eigenvectors of a symmetric matrix.
struct eigen_decomposition {
  std::vector<double> values;
  square_matrix vectors;
};

/// By Jacobi's cyclic rotations, to the last digits of the largest eigenvalue: Golub, G. H. and Van Loan, C. F. (2013),
/// Matrix Computations, section 8.5. O(n^3) a sweep, some eight sweeps.
inline eigen_decomposition eigen_decomposition_of(square_matrix a) {
  const std::size_t n = a.size();
  square_matrix v(n, std::vector<double>(n));
  for (std::size_t i = 0; i < n; ++i) v[i][i] = 1;
  for (int sweep = 0; sweep < 60; ++sweep) {
    double off = 0, size = 0;
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t j = 0; j < n; ++j) (i == j ? size : off) += a[i][j] * a[i][j];
    }
    if (off <= 1e-34 * size) break;
    for (std::size_t p = 0; p < n; ++p) {
      for (std::size_t q = p + 1; q < n; ++q) {
        if (a[p][q] == 0) continue;
        const double tau = (a[q][q] - a[p][p]) / (2 * a[p][q]);
        const double t = (tau >= 0 ? 1 : -1) / (std::fabs(tau) + sqrt(fma(tau, tau, 1.0)));
        const double c = 1 / sqrt(fma(t, t, 1.0)), s = t * c;
        const auto rotate = [c, s](double& x, double& y) {
          const double old = x;
          x = fma(c, old, -(s * y));
          y = fma(s, old, c * y);
        };
        for (std::size_t k = 0; k < n; ++k) rotate(a[k][p], a[k][q]);
        for (std::size_t k = 0; k < n; ++k) rotate(a[p][k], a[q][k]);
        for (std::size_t k = 0; k < n; ++k) rotate(v[k][p], v[k][q]);
      }
    }
  }
  eigen_decomposition result{{}, std::move(v)};
  for (std::size_t i = 0; i < n; ++i) result.values.push_back(a[i][i]);
  return result;
}

namespace detail {

inline void require_correlation_entries(const square_matrix& c) {
  require(!c.empty(), "correlation.size()", std::uint64_t{c.size()}, "at least 1");
  for (std::size_t i = 0; i < c.size(); ++i) {
    require(c[i].size() == c.size(), "correlation[i].size()", std::uint64_t{c[i].size()}, "the number of rows");
    for (std::size_t j = 0; j < c.size(); ++j) {
      const std::string name = "correlation[" + std::to_string(i) + "][" + std::to_string(j) + "]";
      require(std::isfinite(c[i][j]) && std::fabs(c[i][j]) <= 1, name.c_str(), c[i][j], "[-1, 1]");
      require(i != j || c[i][j] == 1, name.c_str(), c[i][j], "1, on the diagonal");
    }
  }
  for (std::size_t i = 0; i < c.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      const std::string name = "correlation[" + std::to_string(i) + "][" + std::to_string(j) + "]";
      require(c[i][j] == c[j][i], name.c_str(), c[i][j], "equal to its transpose");
    }
  }
}

}  // namespace detail

/// The lower triangular L with L L' = c. A matrix without full rank is as good: a pivot that rounding leaves of zero
/// gives a column of zeros.
/// @throws invalid_parameter for a matrix that is not square, symmetric, with ones on the diagonal and entries in [-1,
/// 1],
///         or has a negative eigenvalue: the text has the smallest. nearest_correlation_matrix mends it.
template <class Number>
basic_square_matrix<Number> correlation_factor(const basic_square_matrix<Number>& c) {
  const std::size_t n = c.size();
  square_matrix values(n);
  for (std::size_t i = 0; i < n; ++i) {
    for (const Number& entry : c[i]) values[i].push_back(without_derivatives(entry));
  }
  detail::require_correlation_entries(values);
  const std::vector<double> eigenvalues = eigen_decomposition_of(std::move(values)).values;
  double smallest = eigenvalues[0];
  for (const double value : eigenvalues) smallest = std::fmin(smallest, value);
  const double rounding = 1e-13 * static_cast<double>(n);
  require(smallest >= -rounding, "the correlation matrix's smallest eigenvalue", smallest,
          "[0, inf); nearest_correlation_matrix finds the nearest one that has it");
  basic_square_matrix<Number> l(n, std::vector<Number>(n));
  for (std::size_t j = 0; j < n; ++j) {
    Number pivot = c[j][j];
    for (std::size_t k = 0; k < j; ++k) pivot = fma(-l[j][k], l[j][k], pivot);
    // What is left after a zero pivot is zero as well, in a matrix without negative eigenvalues.
    if (pivot <= rounding) continue;
    l[j][j] = sqrt(pivot);
    for (std::size_t i = j + 1; i < n; ++i) {
      Number entry = c[i][j];
      for (std::size_t k = 0; k < j; ++k) entry = fma(-l[i][k], l[j][k], entry);
      l[i][j] = entry / l[j][j];
    }
  }
  return l;
}
inline square_matrix correlation_factor(const square_matrix& c) { return correlation_factor<double>(c); }

/// The correlation matrix nearest to a symmetric matrix in the Frobenius norm, by alternating projections with
/// Dykstra's correction: Higham, N. J. (2002), Computing the nearest correlation matrix, a problem from finance, IMA J.
/// Numerical Analysis 22(3). Its smallest eigenvalue is zero or more, to 1e-14. Linear convergence; some 100
/// decompositions.
/// @throws invalid_parameter as correlation_factor, but for the eigenvalues
/// @throws no_answer if 10000 iterations do not suffice
inline square_matrix nearest_correlation_matrix(const square_matrix& c) {
  detail::require_correlation_entries(c);
  const std::size_t n = c.size();
  square_matrix y = c, correction(n, std::vector<double>(n));
  for (int iteration = 0; iteration < 10000; ++iteration) {
    square_matrix r = y;
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t j = 0; j < n; ++j) r[i][j] -= correction[i][j];
    }
    const eigen_decomposition e = eigen_decomposition_of(r);
    double change = 0;
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t j = 0; j < n; ++j) {
        double x = 0;  // the projection onto matrices without negative eigenvalues
        for (std::size_t k = 0; k < n; ++k) {
          if (e.values[k] > 0) x = fma(e.vectors[i][k] * e.values[k], e.vectors[j][k], x);
        }
        correction[i][j] = x - r[i][j];
        const double next = i == j ? 1.0 : x;  // and onto those with ones on the diagonal
        change = std::fmax(change, std::fabs(next - y[i][j]));
        r[i][j] = next;
      }
    }
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t j = 0; j < n; ++j) y[i][j] = 0.5 * (r[i][j] + r[j][i]);
    }
    if (change > 1e-13) continue;
    // What is left below zero is taken off by a step towards the identity.
    double smallest = 0;
    for (const double value : eigen_decomposition_of(y).values) smallest = std::fmin(smallest, value);
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t j = 0; j < n; ++j) {
        if (i != j) y[i][j] = std::fmax(-1.0, std::fmin(1.0, y[i][j] / (1 - smallest)));
      }
    }
    return y;
  }
  throw no_answer("the nearest correlation matrix was not found in 10000 iterations");
}

}  // namespace spectralmc
