// Numbers from random words: uniforms from their definition, normals by the residual of the distribution function in
// long double and by the law itself.
#include "spectralmc/random/words_to_numbers.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <type_traits>
#include <utility>
#include <vector>

#include "numeric/accuracy.hpp"
#include "spectralmc/numeric/lanes.hpp"

namespace spectralmc {
namespace {

template <class Real>
random_bits_of<Real> bits_of(std::uint64_t first_bits) {
  const auto high = static_cast<std::uint32_t>(first_bits >> 32);
  if constexpr (std::is_same_v<Real, float>) {
    return high;
  } else {
    return {high, static_cast<std::uint32_t>(first_bits)};
  }
}

/// (w + 1/2) / 2^n from its definition. `upper` gives 1 minus it.
template <class Real>
Real probability(std::uint64_t w, bool upper = false) {
  if (upper) w = ~w;
  if constexpr (std::is_same_v<Real, float>) {
    return static_cast<float>((static_cast<double>(w >> 32) + 0.5) * 0x1p-32);  // the sum of 33 bits is exact
  } else {
    if (w >> 63 == 0) return static_cast<double>(2 * w + 1) * 0x1p-65;
    return static_cast<double>(w | 1) * 0x1p-64;  // far below the last place: any bit there does for the half
  }
}

std::vector<std::uint64_t> awkward_bits() {
  std::vector<std::uint64_t> values{0, 1, 0x8000000000000000, 0x7fffffffffffffff};
  for (int shift = 0; shift < 64; ++shift) {
    values.push_back(std::uint64_t(1) << shift);
    values.push_back((std::uint64_t(1) << shift) - 1);
  }
  std::mt19937_64 engine(7);
  for (int i = 0; i < 2000; ++i) values.push_back(engine() >> (i % 60));
  for (std::size_t i = 0, n = values.size(); i < n; ++i) values.push_back(~values[i]);
  return values;
}

TEST_CASE_TEMPLATE("a uniform number is the bits' fraction, rounded once and inside (0, 1)", Real, float, double) {
  const Real last = format<Real>::below_one;
  int wrong = 0;
  for (const std::uint64_t w : awkward_bits()) {
    const Real u = uniform_from_word<Real>(bits_of<Real>(w)), exact = probability<Real>(w);
    wrong += u != (exact < 1 ? exact : last);
    wrong += !(u > 0 && u < 1);
  }
  CHECK(wrong == 0);
  CHECK(uniform_from_word<Real>(bits_of<Real>(0)) == (sizeof(Real) == 4 ? Real(0x1p-33) : Real(0x1p-65)));
  CHECK(uniform_from_word<Real>(bits_of<Real>(~std::uint64_t(0))) == last);
}

TEST_CASE_TEMPLATE("a normal number is the quantile, as exact in the upper tail as in the lower", Real, float, double) {
  // The distribution function of n is to be the probability again. An error of e in n is one of about (1 + |n|) e in
  // it, relative to the nearer tail; n has a few units in its last place.
  const double unit = std::numeric_limits<Real>::epsilon();
  int wrong = 0;
  for (const std::uint64_t w : awkward_bits()) {
    const Real n = normal_from_word<Real>(bits_of<Real>(w));
    const Real mirrored = normal_from_word<Real>(bits_of<Real>(~w));
    wrong += bits(mirrored) != bits(-n);
    const bool upper = w >> 63 != 0;
    wrong += upper ? n < 0 : n > 0;
    const double distance = std::fabs(static_cast<double>(n));
    const double tail = 0.5 * std::erfc(distance * 0.70710678118654752440);
    const double expected = static_cast<double>(probability<Real>(w, upper));
    wrong += !(std::fabs(tail / expected - 1) < 8 * unit * (1 + distance) * (1 + distance));
  }
  CHECK(wrong == 0);
}

// ---- How exact normals are ------------------------------------------------------------------------------------------

constexpr long double root_half = 0.707106781186547524400844362104849039L;
constexpr long double root_of_2_pi = 2.50662827463100050241576528481104525L;

long double density(long double x) {
  const long double square = x * x;
  return std::exp(-square / 2) * (1 - std::fma(x, x, -square) / 2) / root_of_2_pi;
}

/// The normal quantile of u = (w + 1/2) / 2^64 in the lower half, from a result that is nearly right.
long double quantile(std::uint64_t w, double nearly) {
  const long double u = (static_cast<long double>(w) + 0.5L) * 0x1p-64L;
  const long double beyond_half = -(static_cast<long double>(~(w | std::uint64_t(1) << 63)) + 0.5L) * 0x1p-64L;
  const auto x = static_cast<long double>(nearly);
  const long double t = -x * root_half, lost = std::fma(-x, root_half, -t);
  const long double residual =
      x > -0.5L ? std::erf(x * root_half) / 2 - beyond_half : std::erfc(t) / 2 - lost * density(x) / root_half - u;
  const long double step = residual / density(x);
  return x - step / (1 + x * step / 2);  // Halley
}

/// Words of the lower half: random ones, those near 1/2, those far out, and those around the end of the centre, where
/// u = 2^-end.
std::vector<std::uint64_t> lower_words(std::size_t count, int end) {
  std::vector<std::uint64_t> words;
  accuracy::patterns random(11);
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint64_t half = ~std::uint64_t(0) / 2, edge = std::uint64_t(1) << (64 - end);
    words.push_back(random() >> 1);
    words.push_back(half - (random() >> (2 + i % 62)));
    words.push_back(random() >> (1 + i % 63));
    words.push_back(edge - edge / 64 + (random() >> (end + 5)));
  }
  for (std::uint64_t i = 0; i < 64; ++i) {
    words.push_back((std::uint64_t(1) << (64 - end)) + i - 32);
    words.push_back(i);
    words.push_back(~std::uint64_t(0) / 2 - i);
  }
  return words;
}

TEST_CASE("a normal double is the exact word's quantile to 4 ulp" * doctest::skip(!accuracy::long_double_is_longer)) {
  accuracy::worst worst;
  double sum = 0, sum_of_squares = 0;
  const std::size_t count = 50000;
  const std::vector<std::uint64_t> words = lower_words(count, 10);
  for (std::size_t i = 0; i < words.size(); ++i) {
    const double normal = normal_from_word<double>(bits_of<double>(words[i]));
    const long double exact = quantile(words[i], normal);
    int exponent = 0;
    std::frexp(exact, &exponent);
    const auto error = static_cast<double>(std::ldexp(static_cast<long double>(normal) - exact, 53 - exponent));
    worst.take(std::fabs(error), normal);
    if (i < 4 * count && i % 4 == 0) {
      sum += error;
      sum_of_squares += error * error;
    }
  }
  INFO("at " << worst.argument);
  CHECK(worst.error <= accuracy::bound(4));
  CHECK(std::sqrt(sum_of_squares / static_cast<double>(count)) <= accuracy::bound(0.55));
  CHECK(std::fabs(sum / static_cast<double>(count)) <= accuracy::bound(0.03));
}

TEST_CASE("a normal float has the stated absolute and relative errors and no bias") {
  double relative = 0, absolute[4] = {}, sum = 0, sum_of_squares = 0, step_back = 0, previous = -10;
  std::size_t count = 0;
  const auto look = [&](std::uint32_t word) {
    const double normal = static_cast<double>(normal_from_word<float>(word));
    const double exact = normal_quantile((static_cast<double>(word) + 0.5) * 0x1p-32);
    const double size = std::fabs(exact), error = std::fabs(normal - exact);
    double& largest = absolute[size <= 1 ? 0 : size <= 2 ? 1 : size <= 4 ? 2 : 3];
    largest = std::max(largest, error);
    if (size > 0x1p-8) relative = std::max(relative, error / size);
    return std::pair<double, double>(normal, normal - exact);
  };
  for (std::uint64_t word = 0; word < std::uint64_t(1) << 31; word += 1021) {
    const auto [normal, error] = look(static_cast<std::uint32_t>(word));
    sum += error;
    sum_of_squares += error * error;
    ++count;
    step_back = std::max(step_back, previous - normal);
    previous = normal;
  }
  for (const std::uint64_t word : lower_words(50000, 11)) look(static_cast<std::uint32_t>(word >> 32));
  CHECK(relative <= accuracy::bound(4.4e-7));
  CHECK(absolute[0] <= accuracy::bound(2.5e-7));
  CHECK(absolute[1] <= accuracy::bound(6e-7));
  CHECK(absolute[2] <= accuracy::bound(1.5e-6));
  CHECK(absolute[3] <= accuracy::bound(1.9e-6));
  CHECK(std::sqrt(sum_of_squares / static_cast<double>(count)) <= accuracy::bound(1.1e-7));
  CHECK(std::fabs(sum / static_cast<double>(count)) <= accuracy::bound(1e-8));
  CHECK(step_back <= accuracy::bound(3e-6));  // monotone but for rounding
}

}  // namespace
}  // namespace spectralmc
