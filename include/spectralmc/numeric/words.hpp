// Packs of unsigned 32-bit words, made for random number generators that multiply: words<W> is to std::uint32_t what
// lanes<float, W> is to float.
#pragma once

#include <cstddef>
#include <cstdint>

#include "spectralmc/numeric/lane_storage.hpp"
#include "spectralmc/numeric/lanes.hpp"
#include "spectralmc/numeric/value.hpp"

namespace spectralmc {
SPECTRALMC_LANES_NAMESPACE_BEGIN

#if defined(SPECTRALMC_LANES_PLAIN)

template <std::size_t W>
struct words {
  lane_storage_detail::vector<std::uint32_t, W> value;

  words() = default;
  SPECTRALMC_PRIMITIVE words(std::uint32_t word) : value(lane_storage_detail::broadcast<std::uint32_t, W>(word)) {}

  SPECTRALMC_PRIMITIVE std::uint32_t operator[](std::size_t i) const { return value[i]; }

  friend SPECTRALMC_PRIMITIVE words operator^(words a, words b) {
    a.value = a.value ^ b.value;
    return a;
  }
  friend SPECTRALMC_PRIMITIVE words multiply_wide(words a, std::uint32_t m, words& high) {
    for (std::size_t i = 0; i < W; ++i) {
      const std::uint64_t product = std::uint64_t(a[i]) * m;
      high.value[i] = static_cast<std::uint32_t>(product >> 32);
      a.value[i] = static_cast<std::uint32_t>(product);
    }
    return a;
  }
  friend SPECTRALMC_PRIMITIVE void count_up(std::uint64_t first, words& low, words& high) {
    for (std::size_t i = 0; i < W; ++i) {
      low.value[i] = static_cast<std::uint32_t>(first + i);
      high.value[i] = static_cast<std::uint32_t>((first + i) >> 32);
    }
  }
  template <class V>
  friend SPECTRALMC_PRIMITIVE integer_of<V> integer_from_word(words a) {
    integer_of<V> result;
    for (std::size_t i = 0; i < W; ++i) {
      result.value[i] = static_cast<lane_storage_detail::signed_of_size<sizeof(scalar_of<V>)>>(a[i]);
    }
    return result;
  }
};

#else

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the SIMD form counts on it: define SPECTRALMC_PLAIN_LANES");

/// Each word is kept in the low half of a 64-bit lane and the high half holds rubbish: the instruction that multiplies
/// reads low halves only and leaves the wide product there, so that a generator never moves a word from lane to lane.
/// A pack for floats is two registers, the even words and the odd ones; a pack for doubles is one.
template <std::size_t W>
struct words {
  static constexpr std::size_t a_register = native_lane_count<std::uint64_t>;
  static constexpr std::size_t registers = W / a_register;
  static_assert(registers * a_register == W && registers <= 2, "as many words as floats or doubles fill a register");
  using storage = lane_storage_detail::wide_words;

  storage part[registers];

  words() = default;
  SPECTRALMC_PRIMITIVE words(std::uint32_t word) {
    for (storage& p : part) p = lane_storage_detail::broadcast<std::uint64_t, a_register>(word);
  }

  /// Word i, slowly.
  SPECTRALMC_PRIMITIVE std::uint32_t operator[](std::size_t i) const {
    return static_cast<std::uint32_t>(part[i % registers][i / registers]);
  }

  friend SPECTRALMC_PRIMITIVE words operator^(words a, words b) {
    for (std::size_t r = 0; r < registers; ++r) a.part[r] ^= b.part[r];
    return a;
  }
  /// The low words of the products with m, and the high ones.
  friend SPECTRALMC_PRIMITIVE words multiply_wide(words a, std::uint32_t m, words& high) {
    const storage factor = lane_storage_detail::broadcast<std::uint64_t, a_register>(m);
    for (std::size_t r = 0; r < registers; ++r) {
      a.part[r] = lane_storage_detail::multiply_halves(a.part[r], factor);
      high.part[r] = a.part[r] >> 32;
    }
    return a;
  }
  /// Lane l gets the two words of first + l.
  friend SPECTRALMC_PRIMITIVE void count_up(std::uint64_t first, words& low, words& high) {
    for (std::size_t r = 0; r < registers; ++r) {
      low.part[r] = lane_storage_detail::broadcast<std::uint64_t, a_register>(first + r);
      for (std::size_t i = 0; i < a_register; ++i) low.part[r][i] += registers * i;
      high.part[r] = low.part[r] >> 32;
    }
  }
  /// As integers of V: in the order of the lanes, each the bits of a word for 32-bit lanes, the word itself for 64-bit.
  template <class V>
  friend SPECTRALMC_PRIMITIVE integer_of<V> integer_from_word(words a) {
    static_assert(lane_count<V> == W, "a word for each lane");
    if constexpr (registers == 1) {
      const storage low_half = lane_storage_detail::broadcast<std::uint64_t, a_register>(0xffffffffu);
      return integer_of<V>((lane_storage_detail::wide_integers)(a.part[0] & low_half));
    } else {
      return integer_of<V>(lane_storage_detail::interleave(a.part[0], a.part[1]));
    }
  }
};

#endif

// One word.
SPECTRALMC_PRIMITIVE std::uint32_t multiply_wide(std::uint32_t a, std::uint32_t m, std::uint32_t& high) {
  const std::uint64_t product = std::uint64_t(a) * m;
  high = static_cast<std::uint32_t>(product >> 32);
  return static_cast<std::uint32_t>(product);
}
SPECTRALMC_PRIMITIVE void count_up(std::uint64_t first, std::uint32_t& low, std::uint32_t& high) {
  low = static_cast<std::uint32_t>(first);
  high = static_cast<std::uint32_t>(first >> 32);
}
template <class V>
SPECTRALMC_PRIMITIVE integer_of<V> integer_from_word(std::uint32_t word) {
  return static_cast<integer_of<V>>(word);
}

/// Two words side by side, the halves of 64 bits: a generator that makes both at a time has twice as many instructions
/// that need not wait for one another.
template <class Word>
struct word_pair {
  Word high_half, low_half;

  word_pair() = default;
  SPECTRALMC_PRIMITIVE word_pair(std::uint32_t both_halves) : high_half(both_halves), low_half(both_halves) {}
  SPECTRALMC_PRIMITIVE word_pair(Word high, Word low) : high_half(high), low_half(low) {}

  friend SPECTRALMC_PRIMITIVE word_pair operator^(const word_pair& a, const word_pair& b) {
    return {a.high_half ^ b.high_half, a.low_half ^ b.low_half};
  }
  friend SPECTRALMC_PRIMITIVE word_pair multiply_wide(const word_pair& a, std::uint32_t m, word_pair& high) {
    const Word first = multiply_wide(a.high_half, m, high.high_half);
    return {first, multiply_wide(a.low_half, m, high.low_half)};
  }
  /// The same in both halves.
  friend SPECTRALMC_PRIMITIVE void count_up(std::uint64_t first, word_pair& low, word_pair& high) {
    count_up(first, low.high_half, high.high_half);
    low.low_half = low.high_half;
    high.low_half = high.high_half;
  }
};

/// The random bits that a number of type V is made of: a word for a float, two for a double; lanes alike.
template <class V, class Real = scalar_of<V>>
struct random_bits {
  using type = words<lane_count<V>>;
};
template <>
struct random_bits<float, float> {
  using type = std::uint32_t;
};
template <class V>
struct random_bits<V, double> {
  using type = word_pair<words<lane_count<V>>>;
};
template <>
struct random_bits<double, double> {
  using type = word_pair<std::uint32_t>;
};
template <class V>
using random_bits_of = typename random_bits<V>::type;

SPECTRALMC_LANES_NAMESPACE_END
}  // namespace spectralmc
