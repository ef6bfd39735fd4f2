// Plans of all kinds on the device in software, against the CPU bit for bit: how many paths and which, memory that
// forces batches, dates, terms, ways to sum, starts, generators, payoffs and observers.
#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <type_traits>
#include <vector>

#include "cuda/device.hpp"
#include "spectralmc/execution/cuda.cuh"
#include "spectralmc/spectralmc.hpp"

namespace {

namespace smc = spectralmc;

smc::market market() { return smc::market(100, 0.03, 0.01); }

template <class Real>
auto black_scholes_plan(std::uint64_t paths) {
  return smc::simulation{smc::black_scholes<Real>(market(), {0.2}), smc::time_grid::dates({0.1, 0.25, 0.5}, 0.05)}
      .paths(paths)
      .seed(7);
}

/// A user's own: the return where S ends above a level.
struct return_above {
  double level;
  template <class Path>
  SPECTRALMC_HOST_DEVICE auto operator()(const Path& path) const {
    const auto s = path.last();
    using V = std::remove_const_t<decltype(s)>;
    using real = smc::scalar_of<V>;
    return smc::select(s > V(static_cast<real>(level)), s / path[0], V(real(0)));
  }
};

/// One kernel for all plans with the same model and generator.
template <class Plan>
bool same(const Plan& plan, const smc::cuda& gpu = {}, std::uint32_t terms = 16,
          smc::summation method = smc::summation::automatic) {
  return same_bits(plan, gpu, smc::spectrum_of(smc::log_return{}).terms(terms).summed_by(method),
                   smc::value_of(smc::european_call{100}), smc::value_of(return_above{101}));
}

/// Number d of path p is p times multiplier d in units of 2^-32, less whole numbers.
struct multiples {
  std::uint64_t seed = 0;
  std::vector<std::uint32_t> multipliers;

  struct view {
    const std::uint32_t* multipliers;
    template <class V>
    struct path_numbers {
      using value = V;
      using bits = smc::random_bits_of<V>;
      struct block {
        bits word[4];
        SPECTRALMC_PRIMITIVE V uniform(int i) const { return smc::uniform_from_word<V>(word[i]); }
        SPECTRALMC_PRIMITIVE V normal(int i) const { return smc::normal_from_word<V>(word[i]); }
        SPECTRALMC_PRIMITIVE smc::tail<V> uniform_tail(int i) const { return smc::tail_from_word<V>(word[i]); }
        SPECTRALMC_PRIMITIVE void advance(int used) {
          for (int i = 0; i + used < 4; ++i) word[i] = word[i + used];
        }
      };
      bits path;
      const std::uint32_t* multipliers;
      SPECTRALMC_PRIMITIVE block draw(std::uint32_t index) const {
        using smc::multiply_wide;
        block drawn;
        bits whole;
        for (int i = 0; i < 4; ++i) drawn.word[i] = multiply_wide(path, multipliers[4 * index + i], whole);
        return drawn;
      }
    };
    template <class V>
    SPECTRALMC_PRIMITIVE path_numbers<V> numbers(std::uint64_t first_path) const {
      using smc::count_up;
      smc::random_bits_of<V> low, high;
      count_up(first_path, low, high);
      return {low, multipliers};
    }
  };
  template <class Upload>
  view make_view(Upload&& upload) const {
    return {upload(multipliers)};
  }
  void check(std::uint64_t, std::uint64_t, std::uint64_t blocks) const {
    smc::require(4 * blocks <= multipliers.size(), "steps", blocks, "as many as there are numbers for");
  }
  static smc::philox pilot() { return {}; }
};

}  // namespace

TEST_CASE("any number of paths, from any on") {
  for (const std::uint64_t paths : {1, 15, 17, 1023, 1024, 1025, 8191, 8193, 30001}) {
    CAPTURE(paths);
    auto plan = black_scholes_plan<float>(paths);
    CHECK(same(plan));
    CHECK(same(plan.first_path(12345678901234567).substream(5)));
  }
  CHECK(same(black_scholes_plan<float>(2000).first_path((std::numeric_limits<std::uint64_t>::max)() - 1999)));
}

TEST_CASE("any memory limit, in batches of a unit or more") {
  for (const std::size_t limit : {0, 1, 1000, 65536, 1 << 20}) {
    CAPTURE(limit);
    smc::cuda gpu;
    gpu.memory_limit = limit;
    CHECK(same(black_scholes_plan<float>(40001).first_path(5000), gpu));
  }
}

TEST_CASE("any number of terms, summed at each frequency or on a grid") {
  smc::cuda gpu;
  gpu.memory_limit = 1 << 18;
  for (const std::uint32_t terms : {8, 33, 500}) {
    CAPTURE(terms);
    const auto plan = black_scholes_plan<float>(2500);
    CHECK(same(plan, {}, terms, smc::summation::direct));
    CHECK(same(plan, {}, terms, smc::summation::nonuniform));
    CHECK(same(plan, gpu, terms, smc::summation::nonuniform));
  }
}

TEST_CASE("many dates, in a step or in several") {
  std::vector<double> dates;
  for (int i = 1; i <= 70; ++i) dates.push_back(0.02 * i + (i % 3 == 0 ? 0.005 : 0));
  for (const double step : {1.0, 0.006}) {
    CAPTURE(step);
    CHECK(same(
        smc::simulation{smc::black_scholes<float>(market(), {0.2}), smc::time_grid::dates(dates, step)}.paths(1500)));
  }
}

TEST_CASE("paths that start in given states") {
  const smc::black_scholes<float> model(market(), {0.2});
  const smc::time_grid grid = smc::time_grid::dates({0.1, 0.25, 0.5}, 0.05);
  const auto states = smc::store_states(
      smc::cpu{}, smc::simulation{model, smc::time_grid::uniform(0.1, grid.stretches()[0].steps)}.paths(1777));
  CHECK(same(smc::simulation{model, grid.after(0)}.paths(1777).starting_from(states)));
  CHECK(same(smc::simulation{model, grid.after(0)}.paths(5000).first_path(11).substream(1).starting_from(states, 3)));
}

TEST_CASE("numbers of a user's generator, which has a table") {
  multiples generator;
  std::uint32_t word = 1;
  while (generator.multipliers.size() < 16) generator.multipliers.push_back((word = 1664525 * word + 1013904223) | 1);
  const auto plan =
      smc::simulation{smc::black_scholes<float>(market(), {0.2}), smc::time_grid::uniform(1, 9), generator}.paths(9001);
  CHECK(same_bits(plan, smc::cuda{}, smc::value_of(smc::european_call{100})));
}

TEST_CASE("double") {
  for (const std::uint64_t paths : {1, 1025, 17001}) {
    CAPTURE(paths);
    CHECK(same(black_scholes_plan<double>(paths).first_path(1ull << 40)));
  }
  CHECK(same(black_scholes_plan<double>(3000), {}, 33, smc::summation::nonuniform));
}
