// The translation of forms that few kernels have (forms.ptx, with products fused as ptxas may), and PTX's arithmetic.
#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "calls.hpp"
#include "software.hpp"

namespace {

namespace ptx = software_device::ptx;

/// What the only thread of a kernel stores: two numbers of 32 bits.
template <class T>
std::vector<T> results_of(const std::string& name) {
  std::vector<T> result(2);
  void* memory = nullptr;
  REQUIRE(runtime_malloc(&memory, 2 * sizeof(T)) == 0);
  void* arguments[] = {&memory};
  REQUIRE(runtime_launch(kernel_named(name), dim3(1), dim3(1), arguments, 0, nullptr) == 0);
  REQUIRE(runtime_memcpy(result.data(), memory, 2 * sizeof(T), to_host) == 0);
  runtime_free(memory);
  return result;
}

}  // namespace

TEST_CASE("products are fused with the sums that are all their uses") {
  const float rest = std::ldexp(1.0f, -24);
  CHECK(results_of<float>("free_product") == std::vector<float>{rest, -rest});
  CHECK(results_of<float>("pinned_product") == std::vector<float>{0, 0});
  CHECK(results_of<float>("product_with_another_use")[0] == 0);
}

TEST_CASE("functions are called, branches are chosen by an index, and tables are read") {
  CHECK(results_of<int>("calls_a_function") == std::vector<int>{42, 14});
  CHECK(results_of<int>("branches_by_index") == std::vector<int>{1, 6});
  CHECK(results_of<int>("reads_tables") == std::vector<int>{-1, 19});
}

TEST_CASE("operations on bits are PTX's") {
  CHECK(ptx::by_table(0xf0, 0xcc, 0xaa, 0x96) == (0xf0 ^ 0xcc ^ 0xaa));
  CHECK(ptx::by_table(0xf0, 0xcc, 0xaa, 0xca) == ((0xf0 & 0xcc) | (0x0f & 0xaa)));
  CHECK(ptx::permuted(0x33221100, 0x77665544, 0x7604) == 0x77660044);
  CHECK(ptx::permuted(0x00000080, 0, 0x8888) == 0xffffffff);
  CHECK(ptx::extracted<std::uint32_t>(0xabcd1234, 8, 8) == 0x12);
  CHECK(ptx::extracted<std::int32_t>(0x0000f000, 12, 4) == -1);
  CHECK(ptx::extracted<std::int32_t>(-5, 0, 0) == 0);
  CHECK(ptx::inserted<std::uint32_t>(0xff, 0x12345678, 4, 8) == 0x12345ff8);
  CHECK(ptx::inserted<std::uint64_t>(1, 0, 63, 4) == std::uint64_t{1} << 63);
  CHECK(ptx::funnel_left(0x80000000, 1, 1, false) == 3);
  CHECK(ptx::funnel_left(0x80000000, 1, 33, false) == 3);
  CHECK(ptx::funnel_left(0x80000000, 1, 33, true) == 0x80000000);
  CHECK(ptx::funnel_right(0x80000000, 1, 4, false) == 0x18000000);
  CHECK(ptx::shifted_left<std::uint32_t>(1, 32) == 0);
  CHECK(ptx::shifted_right<std::int32_t>(-8, 40) == -1);
  CHECK(ptx::shifted_right<std::uint32_t>(0x80000000, 31) == 1);
  CHECK(ptx::shifted_right<std::uint32_t>(0x80000000, 32) == 0);
  CHECK(ptx::shifted_right<std::uint64_t>(std::uint64_t{1} << 63, 64) == 0);
  CHECK(ptx::leading_zeros<std::uint32_t>(1) == 31);
  CHECK(ptx::leading_zeros<std::uint64_t>(0) == 64);
  CHECK(ptx::count_of_ones<std::int32_t>(-1) == 32);
  CHECK(ptx::reversed<std::uint32_t>(1) == 0x80000000);
}

TEST_CASE("numbers are PTX's at their edges") {
  const float nan = std::numeric_limits<float>::quiet_NaN(), infinity = std::numeric_limits<float>::infinity();
  CHECK(ptx::bits_as<std::uint32_t>(ptx::canonical(-nan)) == 0x7fffffff);
  CHECK(ptx::minimum(nan, 1.0f) == 1);
  CHECK(ptx::maximum(1.0f, nan) == 1);
  CHECK(std::signbit(ptx::minimum(0.0f, -0.0f)));
  CHECK(!std::signbit(ptx::maximum(-0.0f, 0.0f)));
  CHECK(ptx::minimum<std::int32_t>(-1, 0) == -1);
  CHECK(ptx::to_integer<std::int32_t>(nan) == 0);
  CHECK(ptx::to_integer<std::int64_t>(nan) == std::numeric_limits<std::int64_t>::min());
  CHECK(ptx::to_integer<std::int32_t>(double(nan)) == std::numeric_limits<std::int32_t>::min());
  CHECK(ptx::to_integer<std::int32_t>(infinity) == std::numeric_limits<std::int32_t>::max());
  CHECK(ptx::to_integer<std::int32_t>(-3e9f) == std::numeric_limits<std::int32_t>::min());
  CHECK(ptx::to_integer<std::uint32_t>(-1.0f) == 0);
  CHECK(ptx::to_integer<std::uint64_t>(2e19) == std::numeric_limits<std::uint64_t>::max());
  CHECK(ptx::quotient<std::uint32_t>(1, 0) == 0xffffffff);
  CHECK(ptx::quotient<std::int32_t>(std::numeric_limits<std::int32_t>::min(), -1) ==
        std::numeric_limits<std::int32_t>::min());
  CHECK(ptx::remainder<std::int32_t>(std::numeric_limits<std::int32_t>::min(), -1) == 0);
}
