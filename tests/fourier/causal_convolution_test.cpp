// The causal convolution against its definition.
#include "spectralmc/fourier/causal_convolution.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <random>
#include <vector>

#include "spectralmc/numeric/lanes.hpp"

namespace spectralmc {
namespace {

template <class Real>
struct convolution {
  std::uint32_t size;
  std::vector<Real> table;

  explicit convolution(const std::vector<double>& weights)
      : size(convolution_size(static_cast<std::uint32_t>(weights.size()))) {
    for (const double x : convolution_table(weights)) table.push_back(static_cast<Real>(x));
  }

  std::vector<Real> operator()(std::vector<Real> x) const {
    const std::size_t count = x.size();
    x.resize(2 * size, Real(0));
    // What the work space holds before is of no consequence.
    for (std::size_t i = size; i < x.size(); ++i) x[i] = std::numeric_limits<Real>::quiet_NaN();
    causal_convolution<Real>(table.data(), size, {x.data(), 1});
    x.resize(count);
    return x;
  }
};

std::vector<double> normals(std::size_t count, unsigned seed) {
  std::mt19937_64 engine(seed);
  std::normal_distribution<double> normal;
  std::vector<double> x(count);
  for (double& value : x) value = normal(engine);
  return x;
}

template <class Real>
std::vector<Real> rounded(const std::vector<double>& x) {
  return std::vector<Real>(x.begin(), x.end());
}

TEST_CASE_TEMPLATE("the causal convolution is the sum that defines it, within the stated error", Real, float, double) {
  for (const std::size_t count : {1U, 2U, 3U, 4U, 5U, 8U, 15U, 16U, 100U, 128U, 1000U, 2048U}) {
    CAPTURE(count);
    const std::vector<double> weights = normals(count, 1);
    const std::vector<Real> x = rounded<Real>(normals(count, 2));
    const convolution<Real> convolve(weights);
    const std::vector<Real> found = convolve(x);
    long double errors = 0, norm_w = 0, norm_x = 0;
    for (std::size_t i = 0; i < count; ++i) {
      long double exact = 0;
      for (std::size_t j = 0; j <= i; ++j) exact += static_cast<long double>(weights[i - j]) * x[j];
      errors += (exact - found[i]) * (exact - found[i]);
      norm_w += weights[i] * weights[i];
      norm_x += static_cast<long double>(x[i]) * x[i];
    }
    const long double roundoff = std::numeric_limits<Real>::epsilon() / 2, size = convolve.size;
    const long double bound = 0.8L * (1 + std::log2(size)) * roundoff * std::sqrt(norm_w * norm_x / size);
    CHECK(std::sqrt(errors / static_cast<long double>(count)) < bound);
  }
}

TEST_CASE("the causal convolution of whole numbers is exact after rounding") {
  const std::vector<double> weights{3, -1, 4, 1, -5};
  const std::vector<double> found = convolution<double>(weights)({2, 7, 1, -8, 2});
  const std::vector<double> exact{6, 19, 4, 5, 15};
  for (std::size_t i = 0; i < exact.size(); ++i) CHECK(std::fabs(found[i] - exact[i]) < 1e-13);
}

TEST_CASE("what comes later has no influence") {
  const convolution<double> convolve(normals(16, 3));
  std::vector<double> x = normals(16, 4);
  const std::vector<double> before = convolve(x);
  x[9] += 1;
  const std::vector<double> after = convolve(x);
  for (std::size_t i = 0; i < 9; ++i) CHECK(std::fabs(after[i] - before[i]) < 1e-14);
}

TEST_CASE_TEMPLATE("packs have the bits of numbers", Real, float, double) {
  constexpr std::size_t width = native_lane_count<Real>, count = 37;
  const convolution<Real> convolve(normals(count, 5));
  std::vector<Real> all(2 * convolve.size * width, Real(0));
  std::vector<std::vector<Real>> single;
  for (std::size_t lane = 0; lane < width; ++lane) {
    const std::vector<Real> x = rounded<Real>(normals(count, static_cast<unsigned>(6 + lane)));
    for (std::size_t i = 0; i < count; ++i) all[i * width + lane] = x[i];
    single.push_back(convolve(x));
  }
  causal_convolution<lanes<Real>>(convolve.table.data(), convolve.size, {all.data(), width});
  for (std::size_t lane = 0; lane < width; ++lane) {
    for (std::size_t i = 0; i < count; ++i) CHECK(all[i * width + lane] == single[lane][i]);
  }
}

}  // namespace
}  // namespace spectralmc
