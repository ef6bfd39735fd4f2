// Number = f(seed, path, dimension): uniform and normal numbers without a state.
//
// The seed is Philox's key. Its counter is path (64 bits), dimension / 4, and a domain; dimension d of a path is word d
// % 4 of what comes out. Substream s owns the domains 2 s and 2 s + 1. A float is made of a word of the first; a double
// takes the same word for its upper 32 bits and that of the second domain for its lower 32, so that a run in float sees
// the numbers of the run in double, rounded.
#pragma once

#include <cstdint>
#include <type_traits>

#include "spectralmc/numeric/value.hpp"
#include "spectralmc/numeric/words.hpp"
#include "spectralmc/random/philox.hpp"
#include "spectralmc/random/words_to_numbers.hpp"

namespace spectralmc {
SPECTRALMC_LANES_NAMESPACE_BEGIN

/// Philox's numbers of path `first_path`; for packs, lane l is path first_path + l. V is float, double, or lanes of
/// them.
template <class V>
class philox_numbers {
 public:
  using value = V;

  /// Four dimensions of the paths. Holds bits: a number costs when it is asked for, and one that is not, nothing.
  class block {
   public:
    /// Number i of the block, 0 to 3. uniform(i), normal(i) and uniform_tail(i) are made of the same bits: use one.
    SPECTRALMC_PRIMITIVE V uniform(int i) const { return uniform_from_word<V>(bits_.word[i]); }
    SPECTRALMC_PRIMITIVE V normal(int i) const { return normal_from_word<V>(bits_.word[i]); }
    SPECTRALMC_PRIMITIVE tail<V> uniform_tail(int i) const { return tail_from_word<V>(bits_.word[i]); }

    /// Drops the first `used` numbers: number i is then what number i + used was.
    SPECTRALMC_PRIMITIVE void advance(int used) {
      for (int i = 0; i + used < 4; ++i) bits_.word[i] = bits_.word[i + used];
    }

   private:
    friend class philox_numbers;
    four_words<random_bits_of<V>> bits_;
  };

  SPECTRALMC_PRIMITIVE philox_numbers(std::uint64_t seed, std::uint64_t first_path, std::uint32_t substream = 0)
      : key_0_(static_cast<std::uint32_t>(seed)), key_1_(static_cast<std::uint32_t>(seed >> 32)) {
    count_up(first_path, path_low_, path_high_);
    domain_ = 2 * substream;
    if constexpr (std::is_same_v<scalar_of<V>, double>) domain_.low_half = 2 * substream + 1;
  }

  /// Dimensions 4 index to 4 index + 3.
  SPECTRALMC_PRIMITIVE block draw(std::uint32_t index) const {
    block drawn;
    drawn.bits_ = philox4x32<random_bits_of<V>>({{path_low_, path_high_, index, domain_}}, key_0_, key_1_);
    return drawn;
  }

 private:
  random_bits_of<V> path_low_, path_high_, domain_;
  std::uint32_t key_0_, key_1_;
};

/// The numbers of one step, for steps that take more than a block of them: `Count` numbers in blocks of their own, and
/// after those blocks in reserve, for variates that are made by rejection (random/gamma.hpp).
///
/// `Source` has the numbers of a path, or of a pack of paths, as philox_numbers has them.
template <class Source, int Count>
class step_numbers {
 public:
  using V = typename Source::value;
  static constexpr int blocks = (Count + 3) / 4;

  /// `first` is the index of the step's first block.
  SPECTRALMC_PRIMITIVE step_numbers(const Source& source, std::uint32_t first)
      : source_(source), reserve_(first + blocks) {
    for (int i = 0; i < blocks; ++i) blocks_[i] = source.draw(first + static_cast<std::uint32_t>(i));
  }

  /// Number i of the step, 0 <= i < Count. uniform(i), normal(i) and uniform_tail(i) are made of the same bits: use
  /// one.
  SPECTRALMC_PRIMITIVE V uniform(int i) const { return blocks_[i / 4].uniform(i % 4); }
  SPECTRALMC_PRIMITIVE V normal(int i) const { return blocks_[i / 4].normal(i % 4); }
  SPECTRALMC_PRIMITIVE tail<V> uniform_tail(int i) const { return blocks_[i / 4].uniform_tail(i % 4); }

  /// Block `index` of those in reserve.
  SPECTRALMC_PRIMITIVE typename Source::block reserve(std::uint32_t index) const {
    return source_.draw(reserve_ + index);
  }

 private:
  const Source& source_;
  std::uint32_t reserve_;
  typename Source::block blocks_[blocks];
};

SPECTRALMC_LANES_NAMESPACE_END
}  // namespace spectralmc
