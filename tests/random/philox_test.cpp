#include "spectralmc/random/philox.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <initializer_list>

#include "spectralmc/numeric/lanes.hpp"

namespace spectralmc {
namespace {

using word = std::uint32_t;

struct known_answer {
  four_words<word> counter;
  word key[2];
  four_words<word> expected;
};

// The file kat_vectors of Random123 1.14.0 (D. E. Shaw Research), philox4x32 of 10 rounds.
const known_answer known_answers[] = {
    {{{0, 0, 0, 0}}, {0, 0}, {{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}}},
    {{{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}},
     {0xffffffff, 0xffffffff},
     {{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}}},
    {{{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}},
     {0xa4093822, 0x299f31d0},
     {{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}}},
};

TEST_CASE("Philox gives the known answers of Random123") {
  for (const known_answer& known : known_answers) {
    const four_words<word> drawn = philox4x32(known.counter, known.key[0], known.key[1]);
    for (int i = 0; i < 4; ++i) CHECK(drawn.word[i] == known.expected.word[i]);
  }
}

TEST_CASE_TEMPLATE("... in all lanes of a pack", V, lanes<float>, lanes<double>) {
  constexpr std::size_t W = lane_count<V>;
  for (const known_answer& known : known_answers) {
    four_words<words<W>> counter;
    for (int i = 0; i < 4; ++i) counter.word[i] = words<W>(known.counter.word[i]);
    const four_words<words<W>> drawn = philox4x32(counter, known.key[0], known.key[1]);
    for (int i = 0; i < 4; ++i) {
      for (std::size_t l = 0; l < W; ++l) CHECK(drawn.word[i][l] == known.expected.word[i]);
    }
  }
}

TEST_CASE("... and in both halves of a pair") {
  const known_answer &first = known_answers[0], &second = known_answers[1];
  four_words<word_pair<word>> counter;
  for (int i = 0; i < 4; ++i) counter.word[i] = {first.counter.word[i], second.counter.word[i]};
  const auto drawn = philox4x32(counter, first.key[0], first.key[1]);
  const auto alone = philox4x32(second.counter, first.key[0], first.key[1]);
  for (int i = 0; i < 4; ++i) {
    CHECK(drawn.word[i].high_half == first.expected.word[i]);
    CHECK(drawn.word[i].low_half == alone.word[i]);
  }
}

TEST_CASE_TEMPLATE("a pack of counters is as many counters", V, lanes<float>, lanes<double>) {
  constexpr std::size_t W = lane_count<V>;
  int wrong = 0;
  for (const std::uint64_t first : {std::uint64_t(0), std::uint64_t(0xfffffffd), std::uint64_t(0xfffffffffffffffd)}) {
    words<W> low, high;
    count_up(first, low, high);
    for (word block = 0; block < 100; ++block) {
      const four_words<words<W>> counter{{low, high, words<W>(block), words<W>(3)}};
      const four_words<words<W>> drawn = philox4x32(counter, 0x12345678u, block);
      for (std::size_t l = 0; l < W; ++l) {
        const std::uint64_t path = first + l;
        const four_words<word> one =
            philox4x32<word>({{word(path & 0xffffffffu), word(path >> 32), block, 3}}, 0x12345678u, block);
        for (int i = 0; i < 4; ++i) wrong += drawn.word[i][l] != one.word[i];
      }
    }
  }
  CHECK(wrong == 0);
}

}  // namespace
}  // namespace spectralmc
