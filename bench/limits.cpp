#include "limits.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "spectralmc/spectralmc.hpp"

namespace bench {
namespace {

namespace smc = spectralmc;

/// Keeps a pack without storing it.
template <class V>
void keep(V& value) {
#if defined(__GNUC__) && (defined(SPECTRALMC_LANES_AVX512) || defined(SPECTRALMC_LANES_AVX2))
  asm volatile("" : : "x"(value.value));
#else
  benchmark::DoNotOptimize(value);
#endif
}

constexpr std::uint32_t made_paths = 1 << 16, made_blocks = 64;

}  // namespace

limit once(const std::string& name, unsigned threads, const std::function<double()>& measure) {
  static std::map<std::string, double> found;
  const std::string key = name + " on " + std::to_string(threads);
  const auto known = found.find(key);
  if (known != found.end()) return {name, known->second};
  return {name, found[key] = measure()};
}

double most_per_second(unsigned threads, const std::function<double(unsigned)>& body) {
  using clock = std::chrono::steady_clock;
  double most = 0;
  for (int attempt = 0; attempt < 5; ++attempt) {
    std::vector<double> done(threads);
    std::vector<std::thread> others;
    const auto begin = clock::now();
    for (unsigned t = 1; t < threads; ++t) others.emplace_back([&, t] { done[t] = body(t); });
    done[0] = body(0);
    for (std::thread& other : others) other.join();
    const double seconds = std::chrono::duration<double>(clock::now() - begin).count();
    double total = 0;
    for (const double each : done) total += each;
    most = std::max(most, total / seconds);
  }
  return most;
}

double make_words(std::uint64_t seed) {
  using word = smc::words<smc::native_lane_count<float>>;
  const auto key_0 = static_cast<std::uint32_t>(seed), key_1 = static_cast<std::uint32_t>(seed >> 32);
  smc::four_words<word> last{};
  for (std::uint32_t path = 0; path < made_paths; path += smc::native_lane_count<float>) {
    for (std::uint32_t block = 0; block < made_blocks; ++block) {
      const auto made = smc::philox4x32<word>({{word(path), word(0), word(block), word(0)}}, key_0, key_1);
      for (int i = 0; i < 4; ++i) last.word[i] = last.word[i] ^ made.word[i];
    }
  }
  benchmark::DoNotOptimize(last);
  return 4.0 * made_blocks * made_paths;
}

template <class Real>
double make_normals(std::uint64_t seed) {
  using V = smc::lanes<Real, smc::native_lane_count<Real>>;
  for (std::uint64_t path = 0; path < made_paths; path += smc::lane_count<V>) {
    const smc::philox_numbers<V> source(seed, path, 0);
    for (std::uint32_t block = 0; block < made_blocks; ++block) {
      const auto drawn = source.draw(block);
      for (int i = 0; i < 4; ++i) {
        V normal = drawn.normal(i);
        keep(normal);
      }
    }
  }
  return 4.0 * made_blocks * made_paths;
}

limit words(unsigned threads) {
  return once("random words alone", threads,
              [&] { return most_per_second(threads, [](unsigned thread) { return make_words(1 + thread); }); });
}

template <class Real>
limit normals(unsigned threads) {
  return once(std::string("normals alone, ") + name_of<Real>, threads,
              [&] { return most_per_second(threads, [](unsigned thread) { return make_normals<Real>(1 + thread); }); });
}

template <class Real>
limit fused_operations(unsigned threads) {
  return once(std::string("fused operations, ") + name_of<Real>, threads, [&] {
    return most_per_second(threads, [](unsigned thread) {
      using V = smc::lanes<Real, smc::native_lane_count<Real>>;
      constexpr int chains = 12, rounds = 1 << 21;
      V sums[chains];
      for (int i = 0; i < chains; ++i) sums[i] = V(static_cast<Real>(i + static_cast<int>(thread)));
      V factor(Real(0.5)), term(Real(1));
      for (int round = 0; round < rounds; ++round) {
        keep(factor);
        for (int i = 0; i < chains; ++i) sums[i] = fma(sums[i], factor, term);
      }
      for (V& sum : sums) keep(sum);
      return 2.0 * chains * rounds * smc::lane_count<V>;
    });
  });
}

limit memory_bytes(unsigned threads) {
  return once("copying memory", threads, [&] {
    constexpr std::size_t size = std::size_t{64} << 20;
    std::vector<std::unique_ptr<char[]>> from, to;
    for (unsigned t = 0; t < threads; ++t) {
      from.emplace_back(new char[size]());
      to.emplace_back(new char[size]());
    }
    return most_per_second(threads, [&](unsigned thread) {
      for (int round = 0; round < 4; ++round) {
        std::memcpy(to[thread].get(), from[thread].get(), size);
        benchmark::ClobberMemory();
      }
      return 8.0 * static_cast<double>(size);
    });
  });
}

template double make_normals<float>(std::uint64_t);
template double make_normals<double>(std::uint64_t);
template limit normals<float>(unsigned);
template limit normals<double>(unsigned);
template limit fused_operations<float>(unsigned);
template limit fused_operations<double>(unsigned);

}  // namespace bench
