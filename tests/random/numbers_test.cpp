#include "spectralmc/random/numbers.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <cstdint>
#include <initializer_list>
#include <vector>

#include "spectralmc/numeric/lanes.hpp"

namespace spectralmc {
namespace {

constexpr std::uint64_t seed = 0x0123456789abcdef;

TEST_CASE("number = f(seed, path, dimension): the layout of the counter") {
  const std::uint64_t path = 0x500000007;
  const std::uint32_t substream = 9;
  const philox_numbers<double> in_double(seed, path, substream);
  const philox_numbers<float> in_float(seed, path, substream);
  for (const std::uint32_t dimension : {0u, 1u, 2u, 3u, 4u, 5u, 1000003u}) {
    const std::uint32_t index = dimension / 4;
    const int i = static_cast<int>(dimension % 4);
    const auto high = philox4x32<std::uint32_t>({{7, 5, index, 2 * substream}}, 0x89abcdef, 0x01234567);
    const auto low = philox4x32<std::uint32_t>({{7, 5, index, 2 * substream + 1}}, 0x89abcdef, 0x01234567);
    CHECK(in_float.draw(index).uniform(i) == uniform_from_word<float>(high.word[i]));
    CHECK(in_float.draw(index).normal(i) == normal_from_word<float>(high.word[i]));
    CHECK(in_double.draw(index).uniform(i) == uniform_from_word<double>({high.word[i], low.word[i]}));
    CHECK(in_double.draw(index).normal(i) == normal_from_word<double>({high.word[i], low.word[i]}));
  }
}

TEST_CASE("a run in float sees the numbers of the run in double, rounded") {
  int wrong = 0;
  for (std::uint64_t path = 0; path < 1000; ++path) {
    const auto single = philox_numbers<float>(seed, path).draw(3);
    const auto twice = philox_numbers<double>(seed, path).draw(3);
    for (int i = 0; i < 4; ++i) {
      const double u = twice.uniform(i), n = twice.normal(i);
      wrong += !(std::fabs(single.uniform(i) - u) <= 0x1p-32 + 0x1p-23 * u);
      wrong += !(std::fabs(single.normal(i) - n) <= 1e-6 * (1 + std::fabs(n)));
    }
  }
  CHECK(wrong == 0);
}

TEST_CASE_TEMPLATE("a pack draws what its paths draw one by one, bit for bit", V, lanes<float>, lanes<double>) {
  using Real = scalar_of<V>;
  constexpr std::size_t W = lane_count<V>;
  const std::uint64_t starts[] = {
      0, 1, 1u << 20, 0xffffffff, 0xfffffffe, 0x700000000 - W / 2, ~std::uint64_t(0) - W + 1};
  int wrong = 0;
  for (const std::uint64_t first : starts) {
    const philox_numbers<V> pack(seed, first, 2);
    for (std::uint32_t index = 0; index < 200; ++index) {
      const auto drawn = pack.draw(index);
      std::array<V, 4> u, n;
      for (int i = 0; i < 4; ++i) {
        u[static_cast<std::size_t>(i)] = drawn.uniform(i);
        n[static_cast<std::size_t>(i)] = drawn.normal(i);
      }
      for (std::size_t l = 0; l < W; ++l) {
        const auto one = philox_numbers<Real>(seed, first + l, 2).draw(index);
        for (int i = 0; i < 4; ++i) {
          wrong += bits(u[static_cast<std::size_t>(i)][l]) != bits(one.uniform(i));
          wrong += bits(n[static_cast<std::size_t>(i)][l]) != bits(one.normal(i));
        }
      }
    }
  }
  CHECK(wrong == 0);
}

/// Fowler, Noll and Vo's hash 1a of the bits, low byte first.
template <class Real>
void hash(std::uint64_t& digest, Real x) {
  for (std::size_t byte = 0; byte < sizeof(Real); ++byte) {
    digest = (digest ^ (static_cast<std::uint64_t>(bits(x) >> (8 * byte)) & 0xff)) * 0x100000001b3;
  }
}

TEST_CASE_TEMPLATE("these numbers have these bits, on every machine", Real, float, double) {
  std::uint64_t uniforms = 0xcbf29ce484222325, normals = uniforms;
  for (std::uint64_t path = 0; path < 1000; ++path) {
    for (std::uint32_t index = 0; index < 10; ++index) {
      const auto drawn = philox_numbers<Real>(seed, path, 1).draw(index);
      for (int i = 0; i < 4; ++i) {
        hash(uniforms, drawn.uniform(i));
        hash(normals, drawn.normal(i));
      }
    }
  }
  constexpr bool single = sizeof(Real) == 4;
  CHECK(uniforms == (single ? 0x7648211875f5f914u : 0xd327a7d5d796990au));
#if SPECTRALMC_HAS_FMA
  CHECK(normals == (single ? 0x6ca6d1a9d57849a6u : 0x154aed3f8cae7c5fu));
#endif
}

TEST_CASE("advancing drops numbers from the front") {
  auto drawn = philox_numbers<double>(seed, 1).draw(0);
  const auto whole = drawn;
  drawn.advance(1);
  for (int i = 0; i < 3; ++i) CHECK(drawn.uniform(i) == whole.uniform(i + 1));
  drawn.advance(2);
  CHECK(drawn.normal(0) == whole.normal(3));
}

TEST_CASE("seeds, substreams, paths and blocks do not share numbers") {
  std::vector<double> seen;
  for (const std::uint64_t s : {seed, seed + 1, seed ^ (std::uint64_t(1) << 63)}) {
    for (const std::uint32_t substream : {0u, 1u, 2u, 0x7fffffffu}) {
      for (const std::uint64_t path : {std::uint64_t(0), std::uint64_t(1), std::uint64_t(1) << 32}) {
        for (const std::uint32_t index : {0u, 1u, 0xffffffffu}) {
          seen.push_back(philox_numbers<double>(s, path, substream).draw(index).uniform(0));
        }
      }
    }
  }
  int shared = 0;
  for (std::size_t i = 0; i < seen.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) shared += seen[i] == seen[j];
  }
  CHECK(shared == 0);
}

// ---- Do they look random? -------------------------------------------------------------------------------------------
// Every statistic below is brought to a standard normal one and has to stay within 5: were the numbers truly random and
// the seeds drawn anew, one in 1.7 million would not. There are fewer than 100 in this file, so a false alarm would
// come once in 17000 seeds; those used here are fixed.
constexpr double bound = 5;

constexpr std::size_t paths = 1 << 16, dimensions = 8;

struct sample {
  std::vector<double> uniform, normal;  // [dimension * paths + path]
};

template <class V>
sample draw_sample(std::uint64_t with_seed, std::uint32_t substream) {
  using Real = scalar_of<V>;
  constexpr std::size_t W = lane_count<V>;
  sample s;
  s.uniform.resize(paths * dimensions);
  s.normal.resize(paths * dimensions);
  for (std::size_t path = 0; path < paths; path += W) {
    const philox_numbers<V> source(with_seed, path, substream);
    for (std::size_t d = 0; d < dimensions; ++d) {
      const auto drawn = source.draw(static_cast<std::uint32_t>(d / 4));
      std::array<Real, W> u, n;
      drawn.uniform(static_cast<int>(d % 4)).store(u.data());
      drawn.normal(static_cast<int>(d % 4)).store(n.data());
      for (std::size_t l = 0; l < W; ++l) {
        s.uniform[d * paths + path + l] = static_cast<double>(u[l]);
        s.normal[d * paths + path + l] = static_cast<double>(n[l]);
      }
    }
  }
  return s;
}

/// How many standard deviations the mean of function(x) is away from `mean`.
template <class Function>
double deviations(const std::vector<double>& values, double mean, double variance, Function function) {
  double sum = 0;
  for (const double x : values) sum += function(x) - mean;
  return sum / std::sqrt(variance * static_cast<double>(values.size()));
}

/// Pearson's statistic, made normal by Wilson and Hilferty's cube root.
double chi_square_deviations(const std::vector<double>& observed, const std::vector<double>& expected) {
  double statistic = 0;
  for (std::size_t i = 0; i < observed.size(); ++i) {
    const double difference = observed[i] - expected[i];
    statistic += difference * difference / expected[i];
  }
  const double spread = 2 / (9 * static_cast<double>(observed.size() - 1));
  return (std::cbrt(statistic / static_cast<double>(observed.size() - 1)) - (1 - spread)) / std::sqrt(spread);
}

/// Of normal numbers, `lag` apart; sqrt(count) times their correlation.
double correlation_deviations(const std::vector<double>& a, const std::vector<double>& b, std::size_t lag) {
  double sum = 0;
  for (std::size_t i = 0; i + lag < a.size(); ++i) sum += a[i] * b[i + lag];
  return sum / std::sqrt(static_cast<double>(a.size() - lag));
}

/// Pairs of uniform numbers `lag` apart, counted in a square of 16 by 16 cells. Each number is in one pair only.
double pair_deviations(const std::vector<double>& uniform, std::size_t lag) {
  constexpr int cells = 16;
  std::vector<double> observed(cells * cells), expected(cells * cells);
  double pairs = 0;
  for (std::size_t i = 0; i + lag < uniform.size(); i += (i + 1) % lag == 0 ? lag + 1 : 1, pairs += 1) {
    const int row = static_cast<int>(uniform[i] * cells), column = static_cast<int>(uniform[i + lag] * cells);
    observed[static_cast<std::size_t>(row * cells + column)] += 1;
  }
  for (double& e : expected) e = pairs / (cells * cells);
  return chi_square_deviations(observed, expected);
}

TEST_CASE_TEMPLATE("uniform numbers look uniform and independent", V, lanes<float>, lanes<double>) {
  const sample s = draw_sample<V>(seed, 0);
  CHECK(std::fabs(deviations(s.uniform, 0.5, 1.0 / 12, [](double u) { return u; })) < bound);
  CHECK(std::fabs(deviations(s.uniform, 1.0 / 12, 1.0 / 180, [](double u) { return (u - 0.5) * (u - 0.5); })) < bound);

  constexpr std::size_t bins = 1024;
  std::vector<double> observed(bins), expected(bins, static_cast<double>(s.uniform.size()) / bins);
  for (const double u : s.uniform) observed[static_cast<std::size_t>(u * bins)] += 1;
  CHECK(std::fabs(chi_square_deviations(observed, expected)) < bound);

  CHECK(std::fabs(pair_deviations(s.uniform, 1)) < bound);          // neighbouring paths
  CHECK(std::fabs(pair_deviations(s.uniform, paths)) < bound);      // neighbouring dimensions
  CHECK(std::fabs(pair_deviations(s.uniform, 4 * paths)) < bound);  // neighbouring blocks
}

TEST_CASE_TEMPLATE("normal numbers look normal and independent", V, lanes<float>, lanes<double>) {
  const sample s = draw_sample<V>(seed + 1, 0);
  CHECK(std::fabs(deviations(s.normal, 0, 1, [](double n) { return n; })) < bound);
  CHECK(std::fabs(deviations(s.normal, 1, 2, [](double n) { return n * n; })) < bound);
  CHECK(std::fabs(deviations(s.normal, 0, 15, [](double n) { return n * n * n; })) < bound);
  CHECK(std::fabs(deviations(s.normal, 3, 96, [](double n) { return n * n * n * n; })) < bound);

  // Bins of a quarter from -4 to 4, and the two tails.
  constexpr int bins = 34;
  const auto distribution = [](double x) { return 0.5 * std::erfc(-x * 0.70710678118654752440); };
  const auto edge = [](int i) { return (i - 17) * 0.25; };
  std::vector<double> observed(bins), expected(bins);
  for (const double n : s.normal) {
    const double bin = std::floor(n * 4) + 17;
    observed[static_cast<std::size_t>(bin < 0 ? 0 : bin > bins - 1 ? bins - 1 : bin)] += 1;
  }
  for (int i = 0; i < bins; ++i) {
    const double from = i == 0 ? 0 : distribution(edge(i)), to = i == bins - 1 ? 1 : distribution(edge(i + 1));
    expected[static_cast<std::size_t>(i)] = (to - from) * static_cast<double>(s.normal.size());
  }
  CHECK(std::fabs(chi_square_deviations(observed, expected)) < bound);

  for (const std::size_t lag : {std::size_t(1), std::size_t(2), std::size_t(16), paths, 2 * paths, 4 * paths}) {
    CHECK(std::fabs(correlation_deviations(s.normal, s.normal, lag)) < bound);
  }
  const sample next_seed = draw_sample<V>(seed + 2, 0), next_substream = draw_sample<V>(seed + 1, 1);
  CHECK(std::fabs(correlation_deviations(s.normal, next_seed.normal, 0)) < bound);
  CHECK(std::fabs(correlation_deviations(s.normal, next_substream.normal, 0)) < bound);
}

}  // namespace
}  // namespace spectralmc
