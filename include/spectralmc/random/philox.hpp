// Philox4x32-10: Salmon, Moraes, Dror and Shaw (2011), Parallel random numbers: as easy as 1, 2, 3, SC '11.
// A keyed bijection of 128-bit counters; that counting through it gives random numbers is a matter of tests (it passes
// BigCrush), and the reason that no state is kept anywhere.
#pragma once

#include <cstdint>

#include "spectralmc/configuration.hpp"
#include "spectralmc/numeric/words.hpp"

namespace spectralmc {
SPECTRALMC_LANES_NAMESPACE_BEGIN

template <class Word>
struct four_words {
  Word word[4];
};

/// Word is std::uint32_t or words<W>, one counter in each lane. The key is the same for all.
template <class Word>
SPECTRALMC_PRIMITIVE four_words<Word> philox4x32(four_words<Word> counter, std::uint32_t key_0, std::uint32_t key_1) {
  constexpr int rounds = 10;
  constexpr std::uint32_t multiplier_0 = 0xD2511F53u, multiplier_1 = 0xCD9E8D57u;
  constexpr std::uint32_t weyl_0 = 0x9E3779B9u, weyl_1 = 0xBB67AE85u;  // golden ratio, sqrt(3) - 1

  Word(&c)[4] = counter.word;
#if defined(__CUDA_ARCH__) || defined(__clang__)
#pragma unroll
#elif defined(__GNUC__) && !defined(__CUDACC__)  // nvcc hands GCC a pragma that it does not know
#pragma GCC unroll 10
#endif
  for (int round = 0; round < rounds; ++round) {
    Word high_0, high_1;
    const Word low_0 = multiply_wide(c[0], multiplier_0, high_0);
    const Word low_1 = multiply_wide(c[2], multiplier_1, high_1);
    c[0] = high_1 ^ c[1] ^ key_0;
    c[1] = low_1;
    c[2] = high_0 ^ c[3] ^ key_1;
    c[3] = low_0;
    key_0 += weyl_0;
    key_1 += weyl_1;
  }
  return counter;
}

SPECTRALMC_LANES_NAMESPACE_END
}  // namespace spectralmc
