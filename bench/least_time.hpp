// The least time that something takes: what else a machine does can only add to it.
#pragma once

#include <chrono>
#include <cmath>
#include <cstddef>
#include <limits>

namespace bench {

/// The least nanoseconds that a call took on average, of rounds of a millisecond or one call: short ones, some of which
/// nothing interrupts. Three of them, and as many more as `seconds` have room for.
template <class Body>
double least_ns(double seconds, Body&& body) {
  using clock = std::chrono::steady_clock;
  const auto since = [](clock::time_point begin) {
    return std::chrono::duration<double>(clock::now() - begin).count();
  };
  double least = std::numeric_limits<double>::infinity();
  const auto start = clock::now();
  for (std::size_t round = 0, calls = 1; round < 3 || since(start) < seconds; ++round) {
    const auto begin = clock::now();
    for (std::size_t i = 0; i < calls; ++i) body();
    const double took = since(begin);
    least = std::fmin(least, 1e9 * took / static_cast<double>(calls));
    if (took < 0.0005) calls *= 2;
  }
  return least;
}

}  // namespace bench
