// Correlation matrices: eigenvalues, factors, refusals, and the nearest matrix of Higham's example.
#include "spectralmc/numeric/correlation.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

#include "reference_formulas.hpp"

namespace spectralmc {
namespace {

/// A correlation matrix of that rank: of sums of `rank` independent factors.
square_matrix random_correlation(std::size_t n, std::size_t rank, reference::uniform_source& uniform) {
  square_matrix loadings(n, std::vector<double>(rank));
  for (auto& row : loadings) {
    double square = 0;
    for (double& x : row) {
      x = uniform.between(-1, 1);
      square += x * x;
    }
    for (double& x : row) x /= std::sqrt(square);
  }
  square_matrix c(n, std::vector<double>(n, 1.0));
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      double sum = 0;
      for (std::size_t k = 0; k < rank; ++k) sum += loadings[i][k] * loadings[j][k];
      c[i][j] = c[j][i] = std::fmax(-1.0, std::fmin(1.0, sum));
    }
  }
  return c;
}

double distance_of_product(const square_matrix& l, const square_matrix& c) {
  double worst = 0;
  for (std::size_t i = 0; i < c.size(); ++i) {
    for (std::size_t j = 0; j < c.size(); ++j) {
      double sum = 0;
      for (std::size_t k = 0; k < c.size(); ++k) sum += l[i][k] * l[j][k];
      worst = std::fmax(worst, std::fabs(sum - c[i][j]));
    }
  }
  return worst;
}

TEST_CASE("eigenvectors are orthonormal and diagonalise the matrix") {
  reference::uniform_source uniform(41);
  for (const std::size_t n : {1U, 2U, 5U, 20U}) {
    const square_matrix c = random_correlation(n, n, uniform);
    const eigen_decomposition e = eigen_decomposition_of(c);
    double worst = 0;
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t j = 0; j < n; ++j) {
        double product = 0, image = 0;
        for (std::size_t k = 0; k < n; ++k) {
          product += e.vectors[k][i] * e.vectors[k][j];
          image += c[i][k] * e.vectors[k][j];
        }
        worst = std::fmax(worst, std::fabs(product - (i == j)));
        worst = std::fmax(worst, std::fabs(image - e.values[j] * e.vectors[i][j]));
      }
    }
    CHECK(worst < 1e-13);
  }
}

TEST_CASE("a factor times its transpose is the matrix, also where the rank is not full") {
  reference::uniform_source uniform(42);
  for (const std::size_t n : {1U, 2U, 5U, 20U}) {
    for (const std::size_t rank : {std::size_t{1}, (n + 1) / 2, n}) {
      const square_matrix c = random_correlation(n, rank, uniform);
      CHECK(distance_of_product(correlation_factor(c), c) < 1e-6);
      if (rank == n) CHECK(distance_of_product(correlation_factor(c), c) < 1e-14);
    }
  }
  CHECK(distance_of_product(correlation_factor({{1, -1}, {-1, 1}}), {{1, -1}, {-1, 1}}) == 0);
}

std::string refusal(const square_matrix& c) {
  try {
    correlation_factor(c);
  } catch (const invalid_parameter& e) {
    return e.what();
  }
  return "";
}

TEST_CASE("what is no correlation matrix is refused, with the entry or the eigenvalue that is wrong") {
  CHECK(refusal({}).find("correlation.size() is 0") == 0);
  CHECK(refusal({{1, 0.5}, {0.5}}).find("correlation[i].size() is 1") == 0);
  CHECK(refusal({{1, 1.5}, {1.5, 1}}).find("correlation[0][1] is 1.5") == 0);
  CHECK(refusal({{1, 0.5}, {0.25, 1}}).find("correlation[1][0] is 0.25") == 0);
  CHECK(refusal({{1, 0}, {0, 0.5}}).find("correlation[1][1] is 0.5") == 0);
  CHECK(refusal({{1, std::nan("")}, {0, 1}}).find("correlation[0][1] is nan") == 0);
  // 1 - 2 x 0.9 on the diagonal of equal negative correlations.
  const std::string text = refusal({{1, -0.9, -0.9}, {-0.9, 1, -0.9}, {-0.9, -0.9, 1}});
  CHECK(text.find("the correlation matrix's smallest eigenvalue is -0.8") == 0);
}

TEST_CASE("the nearest correlation matrix is that of Higham (2002), section 4") {
  const square_matrix c = nearest_correlation_matrix({{1, 1, 0}, {1, 1, 1}, {0, 1, 1}});
  CHECK(std::fabs(c[0][1] - 0.7607) < 5e-5);
  CHECK(std::fabs(c[0][2] - 0.1573) < 5e-5);
  CHECK(std::fabs(c[1][2] - 0.7607) < 5e-5);
  CHECK_NOTHROW(correlation_factor(c));
}

TEST_CASE("a correlation matrix is its own nearest one; any other's is one, and no nearer one is beside it") {
  reference::uniform_source uniform(43);
  const square_matrix good = random_correlation(4, 4, uniform), same = nearest_correlation_matrix(good);
  for (std::size_t i = 0; i < 4; ++i) {
    for (std::size_t j = 0; j < 4; ++j) CHECK(std::fabs(same[i][j] - good[i][j]) < 1e-12);
  }
  const auto distance = [](const square_matrix& a, const square_matrix& b) {
    double sum = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
      for (std::size_t j = 0; j < a.size(); ++j) sum += (a[i][j] - b[i][j]) * (a[i][j] - b[i][j]);
    }
    return std::sqrt(sum);
  };
  square_matrix bad(5, std::vector<double>(5, 1.0));
  for (std::size_t i = 0; i < 5; ++i) {
    for (std::size_t j = 0; j < i; ++j) bad[i][j] = bad[j][i] = uniform.between(-1, 1);
  }
  REQUIRE(refusal(bad) != "");
  const square_matrix nearest = nearest_correlation_matrix(bad);
  CHECK_NOTHROW(correlation_factor(nearest));
  // The set is convex: no mixture with another correlation matrix is nearer.
  for (int i = 0; i < 50; ++i) {
    const square_matrix other = random_correlation(5, 1 + i % 5, uniform);
    square_matrix mixture = nearest;
    for (std::size_t r = 0; r < 5; ++r) {
      for (std::size_t s = 0; s < 5; ++s) mixture[r][s] += 1e-3 * (other[r][s] - nearest[r][s]);
    }
    CHECK(distance(mixture, bad) >= distance(nearest, bad) - 1e-11);
  }
}

}  // namespace
}  // namespace spectralmc
