// What this machine can do at most, measured once in each run of the benchmarks, on as many threads as what is held
// against it.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "measurement.hpp"

namespace bench {

/// What `measure` said when it was first called for that name and number of threads.
limit once(const std::string& name, unsigned threads, const std::function<double()>& measure);

/// The most that `threads` calls of body(thread) at a time do in a second, of five tries; each call says how much it
/// did.
double most_per_second(unsigned threads, const std::function<double(unsigned)>& body);

/// Random words of 32 bits, and normals, of many paths with this seed, kept and not stored; how many were made.
double make_words(std::uint64_t seed);
template <class Real>
double make_normals(std::uint64_t seed);

/// Random words alone: the library's Philox.
limit words(unsigned threads = 1);

/// Random numbers alone: normals of the library's generator.
template <class Real>
limit normals(unsigned threads = 1);

/// Multiplications and additions fused, in full packs with nothing to wait for, two operations each.
template <class Real>
limit fused_operations(unsigned threads = 1);

/// Bytes read and bytes written by a copy of more than a cache holds.
limit memory_bytes(unsigned threads = 1);

/// For work of which each unit takes the one and the other: the times add up.
inline limit in_turn(const limit& first, const limit& second) {
  return {first.name + ", then " + second.name, 1 / (1 / first.per_second + 1 / second.per_second)};
}

/// For work that takes the one and the other at the same time.
inline limit slower(const limit& one, const limit& other) {
  return {one.name + " or, if slower, " + other.name,
          one.per_second < other.per_second ? one.per_second : other.per_second};
}

}  // namespace bench
