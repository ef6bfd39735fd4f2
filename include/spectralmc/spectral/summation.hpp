// How the sums of an empirical characteristic function are taken.
#pragma once

#include <cstddef>

namespace spectralmc {

/// The numbers are those in files.
enum class summation {
  none = 0,        ///< a closed form: nothing was summed
  automatic = 1,   ///< asked for: by what costs less
  direct = 2,      ///< each frequency of each sample: requests/empirical.hpp
  nonuniform = 3,  ///< samples are spread to a grid, which is transformed: requests/spread_samples.hpp
};

namespace detail {

/// The method that costs less, by the number of frequencies alone, so that it is the same on every machine. Measured
/// on a core with AVX-512 (bench/spectrum_bench.cpp), nanoseconds a sample, direct and nonuniform, at 128, 256 and
/// 1024 frequencies: float 10 and 4.3, 20 and 4.3, 83 and 5.5; double 20 and 15, 41 and 15, 169 and 15. A GPU has more
/// to spare for direct sums, 4 operations a frequency, than for the atomics of a grid, so not all of it is taken.
constexpr summation chosen_summation(summation asked, std::size_t frequencies) {
  if (asked != summation::automatic) return asked;
  return frequencies >= 256 ? summation::nonuniform : summation::direct;
}

}  // namespace detail
}  // namespace spectralmc
