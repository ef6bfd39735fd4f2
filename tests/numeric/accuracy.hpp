// What the tests of the numeric functions share: errors in units in the last place, arguments from all over the domain,
// the same function applied to numbers and to packs, and a hash of the bits of many results.
#pragma once

#include <algorithm>
#include <cfloat>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <vector>

#include "spectralmc/configuration.hpp"
#include "spectralmc/numeric/lanes.hpp"

namespace accuracy {

/// References for double are computed in long double, where that has at least the 64 bits of the x87.
inline constexpr bool long_double_is_longer = LDBL_MANT_DIG >= 64;

/// The stated bounds hold with hardware fma; without it errors are up to twice as large.
inline double bound(double with_fma) { return SPECTRALMC_HAS_FMA ? with_fma : 2 * with_fma; }

template <class Real>
struct wider;
template <>
struct wider<float> {
  using type = double;
};
template <>
struct wider<double> {
  using type = long double;
};
template <class Real>
using wide = typename wider<Real>::type;

template <class Real>
Real from_pattern(std::uint64_t pattern) {
  if constexpr (sizeof(Real) == 4) {
    return spectralmc::from_bits<float>(static_cast<std::int32_t>(static_cast<std::uint32_t>(pattern)));
  } else {
    return spectralmc::from_bits<double>(static_cast<std::int64_t>(pattern));
  }
}
inline std::uint64_t pattern_of(float x) { return static_cast<std::uint32_t>(spectralmc::bits(x)); }
inline std::uint64_t pattern_of(double x) { return static_cast<std::uint64_t>(spectralmc::bits(x)); }

/// |result - reference| in units in the last place that `Real` has at the reference, subnormal numbers included. An
/// infinite result counts as the power of two that follows the largest number; NaN must meet NaN.
template <class Real>
double error_in_ulp(Real result, wide<Real> reference) {
  using limits = std::numeric_limits<Real>;
  using Wide = wide<Real>;
  if (std::isnan(reference) || std::isnan(result)) {
    return std::isnan(reference) && std::isnan(result) ? 0 : std::numeric_limits<double>::infinity();
  }
  if (std::isinf(reference))
    return result == static_cast<Real>(reference) ? 0 : std::numeric_limits<double>::infinity();
  int exponent = limits::min_exponent;
  if (reference != 0) std::frexp(reference, &exponent);
  exponent = std::min(std::max(exponent, limits::min_exponent), limits::max_exponent);
  const Wide value =
      std::isinf(result) ? std::copysign(std::ldexp(Wide(1), limits::max_exponent), Wide(result)) : result;
  const Wide error = std::abs(value - reference);
  if (std::isinf(result) && std::abs(reference) > Wide(limits::max())) return 0;
  return static_cast<double>(std::ldexp(error, limits::digits - exponent));
}

/// The largest error seen and where.
struct worst {
  double error = 0;
  double argument = 0;

  void take(double e, double x) {
    if (!(e <= error)) {
      error = e;
      argument = x;
    }
  }
};

/// splitmix64, for arguments.
class patterns {
 public:
  explicit patterns(std::uint64_t seed) : state_(seed) {}
  std::uint64_t operator()() {
    std::uint64_t z = state_ += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }
  /// Uniform in (low, high).
  double between(double low, double high) {
    return low + (high - low) * (static_cast<double>((*this)() >> 12) + 0.5) * 0x1p-52;
  }

 private:
  std::uint64_t state_;
};

/// x and the numbers next to it, `each_side` of them.
template <class Real>
void add_neighbours(std::vector<Real>& arguments, Real x, int each_side) {
  Real below = x, above = x;
  arguments.push_back(x);
  for (int i = 0; i < each_side; ++i) {
    below = std::nextafter(below, -std::numeric_limits<Real>::infinity());
    above = std::nextafter(above, std::numeric_limits<Real>::infinity());
    arguments.push_back(below);
    arguments.push_back(above);
  }
}

/// The ends of the format: zeros, the subnormal ones, one, the largest, infinities, NaN.
template <class Real>
std::vector<Real> special_arguments() {
  using limits = std::numeric_limits<Real>;
  std::vector<Real> result = {
      Real(0), -Real(0), limits::infinity(), -limits::infinity(), limits::quiet_NaN(), limits::max(), -limits::max()};
  for (const Real x : {limits::denorm_min(), limits::min(), Real(0.5), Real(1), Real(2)}) {
    add_neighbours(result, x, 8);
    add_neighbours(result, -x, 8);
  }
  return result;
}

/// Floats of all exponents: every `step`-th bit pattern, and the special ones.
inline std::vector<float> floats(std::uint64_t step) {
  std::vector<float> result = special_arguments<float>();
  for (std::uint64_t pattern = 0; pattern < (std::uint64_t(1) << 32); pattern += step) {
    result.push_back(from_pattern<float>(pattern));
  }
  return result;
}

/// Doubles: random bit patterns, so of all exponents; as many again of magnitudes between 2^-30 and 2^10; special ones.
inline std::vector<double> doubles(std::size_t count, std::uint64_t seed) {
  std::vector<double> result = special_arguments<double>();
  patterns random(seed);
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint64_t pattern = random();
    result.push_back(from_pattern<double>(pattern));
    const std::uint64_t exponent = 1023 - 30 + (pattern >> 52) % 41;
    result.push_back(from_pattern<double>((random() & 0x800fffffffffffffu) | exponent << 52));
  }
  return result;
}

/// f on every argument, W = lane_count<V> at a time: V is a number or a pack.
template <class V, class F>
std::vector<spectralmc::scalar_of<V>> apply(const std::vector<spectralmc::scalar_of<V>>& arguments, F&& f) {
  using Real = spectralmc::scalar_of<V>;
  constexpr std::size_t width = spectralmc::lane_count<V>;
  std::vector<Real> results(arguments.size());
  for (std::size_t i = 0; i < arguments.size(); i += width) {
    if constexpr (width == 1) {
      results[i] = f(arguments[i]);
    } else {
      Real buffer[width] = {};
      const std::size_t n = std::min(width, arguments.size() - i);
      std::copy_n(arguments.begin() + static_cast<std::ptrdiff_t>(i), n, buffer);
      f(V::load(buffer)).store(buffer);
      std::copy_n(buffer, n, results.begin() + static_cast<std::ptrdiff_t>(i));
    }
  }
  return results;
}

/// FNV-1a over the bits; all NaN count as one, for their bits are outside the promise.
template <class Real>
std::uint64_t hash(const std::vector<Real>& results) {
  std::uint64_t h = 0xcbf29ce484222325u;
  for (const Real x : results) {
    const std::uint64_t pattern = x == x ? pattern_of(x) : 0x7ff8u;
    for (std::size_t byte = 0; byte < sizeof(Real); ++byte) {
      h = (h ^ (pattern >> (8 * byte) & 0xff)) * 0x100000001b3u;
    }
  }
  return h;
}

/// The arguments of the golden hashes: 1024 bit patterns of all exponents, 2048 numbers in (-20, 20), 1024 in (0, 1).
template <class Real>
std::vector<Real> golden_arguments() {
  std::vector<Real> result;
  patterns random(2024);
  for (int i = 0; i < 1024; ++i) result.push_back(from_pattern<Real>(random() >> (sizeof(Real) == 4 ? 32 : 0)));
  // Multiples of 2^-40: exact in double however it is computed, rounded once to float.
  for (int i = 0; i < 3072; ++i) {
    const double unit = static_cast<double>(random() >> 24) * 0x1p-40;
    result.push_back(static_cast<Real>(i < 2048 ? (unit - 0.5) * 40 : unit));
  }
  return result;
}

template <class Real>
using pack = spectralmc::lanes<Real, spectralmc::native_lane_count<Real>>;

/// The hash of f on the golden arguments, computed with numbers; 0 where packs give other bits.
template <class Real, class F>
std::uint64_t golden_hash(F&& f) {
  const std::vector<Real> arguments = golden_arguments<Real>();
  const std::uint64_t of_numbers = hash(apply<Real>(arguments, f));
  return hash(apply<pack<Real>>(arguments, f)) == of_numbers ? of_numbers : 0;
}

}  // namespace accuracy
