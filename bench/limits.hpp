// What this machine can do at most, measured once in each run of the benchmarks, on as many threads as what is held
// against it.
#pragma once

#include "measurement.hpp"

namespace bench {

/// Random numbers alone: normals of the library's generator, kept and not stored.
template <class Real>
limit normals(unsigned threads = 1);

/// Multiplications and additions fused, in full packs with nothing to wait for, two operations each.
template <class Real>
limit fused_operations(unsigned threads = 1);

/// Bytes read and bytes written by a copy of more than a cache holds.
limit memory_bytes(unsigned threads = 1);

/// `most` for units of work of which each takes `parts` of what it counts.
inline limit divided(limit most, double parts) { return {most.name, most.per_second / parts}; }

}  // namespace bench
