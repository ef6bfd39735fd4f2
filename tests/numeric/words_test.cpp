#include "spectralmc/numeric/words.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <initializer_list>

#include "spectralmc/numeric/lanes.hpp"

namespace spectralmc {
namespace {

TEST_CASE_TEMPLATE("packs of words do what one word does", V, lanes<float>, lanes<double>) {
  constexpr std::size_t W = lane_count<V>;
  const std::uint64_t starts[] = {0, 1, 0xfffffffe, 0xffffffff, 0x1fffffffe, 0x123456789abcdef0, 0xfffffffffffffffe};
  int wrong = 0;
  for (const std::uint64_t first : starts) {
    words<W> low, high;
    count_up(first, low, high);
    words<W> product_high;
    const words<W> mixed = low ^ high ^ 0x9e3779b9u;
    const words<W> product_low = multiply_wide(mixed, 0xd2511f53u, product_high);
    const integer_of<V> integers = integer_from_word<V>(product_low);
    for (std::size_t l = 0; l < W; ++l) {
      std::uint32_t one_low, one_high, one_product_high;
      count_up(first + l, one_low, one_high);
      const std::uint32_t one_mixed = one_low ^ one_high ^ 0x9e3779b9u;
      const std::uint32_t one_product_low = multiply_wide(one_mixed, 0xd2511f53u, one_product_high);
      wrong += low[l] != one_low || high[l] != one_high || mixed[l] != one_mixed;
      wrong += product_low[l] != one_product_low || product_high[l] != one_product_high;
      wrong += integers[l] != integer_from_word<scalar_of<V>>(one_product_low);
    }
  }
  CHECK(wrong == 0);
  CHECK(words<W>(0x80000001u)[W - 1] == 0x80000001u);
}

TEST_CASE("the wide product") {
  std::uint32_t high = 0;
  CHECK(multiply_wide(0xffffffffu, 0xffffffffu, high) == 1u);
  CHECK(high == 0xfffffffeu);
}

TEST_CASE("a word as an integer: its bits for 32, its value for 64") {
  CHECK(integer_from_word<float>(0xffffffffu) == -1);
  CHECK(integer_from_word<double>(0xffffffffu) == 4294967295);
}

}  // namespace
}  // namespace spectralmc
