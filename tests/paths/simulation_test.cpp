#include "spectralmc/paths/simulation.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>

#include "about.hpp"
#include "spectralmc/models/black_scholes.hpp"
#include "spectralmc/payoffs/european.hpp"
#include "spectralmc/requests/spectrum_of.hpp"
#include "spectralmc/requests/value_of.hpp"

namespace spectralmc {
namespace {

auto plan() { return simulation{black_scholes<float>(market(100, 0.03), {0.3}), time_grid::dates({0.5, 1})}.seed(9); }

TEST_CASE("a plan has defaults") {
  const simulation fresh{black_scholes<float>(market(100, 0.03), {0.3}), time_grid::dates({0.5, 1})};
  CHECK(fresh.paths() == 65536);
  CHECK(fresh.first_path() == 0);
  CHECK(fresh.seed() == 0);
  CHECK(fresh.substream() == 0);
  CHECK_FALSE(fresh.on_progress());
}

TEST_CASE("a plan remembers what it is told") {
  const auto told = plan().paths(77).first_path(5).seed(6).substream(7);
  CHECK(told.paths() == 77);
  CHECK(told.first_path() == 5);
  CHECK(told.seed() == 6);
  CHECK(told.substream() == 7);
  CHECK(told.model().parameters().volatility(0) == 0.3);
  CHECK(told.grid().date_count() == 2);
}

TEST_CASE("the same plan gives the same bits") {
  CHECK(characteristic_function(cpu{}, plan().paths(3000), log_return{})[1].values() ==
        characteristic_function(cpu{}, plan().paths(3000), log_return{})[1].values());
}

// Sums of 2n numbers in another order; double rounding of 8192-term sums of numbers up to 1.
TEST_CASE("the spectra of the first n paths and of the next n average to that of all") {
  for (const std::uint64_t n : {1U, 1000U, 8192U, 20000U}) {
    const spectrum first = characteristic_function(cpu{}, plan().paths(n), log_return{})[1];
    const spectrum second = characteristic_function(cpu{}, plan().paths(n).first_path(n), log_return{})[1];
    const spectrum all = characteristic_function(cpu{}, plan().paths(2 * n), log_return{})[1];
    CAPTURE(n);
    for (std::size_t k = 0; k < all.size(); ++k) {
      const complex<double> average = (first[k] + second[k]) * 0.5;
      // In float a slot's 64 values are summed in another order when n is no multiple of 1024.
      CHECK(norm(average - all[k]) <= (n % 1024 == 0 ? 1e-28 : 1e-12));
    }
  }
}

TEST_CASE("the prices of the first n paths and of the next n average to that of all") {
  for (const std::uint64_t n : {1U, 1000U, 8192U, 20000U}) {
    const european_call call(100);
    const double first = price(cpu{}, plan().paths(n), call).value;
    const double second = price(cpu{}, plan().paths(n).first_path(n), call).value;
    CAPTURE(n);
    CHECK(price(cpu{}, plan().paths(2 * n), call).value == about(0.5 * (first + second), 1e-14));
  }
}

TEST_CASE("paths are addressed by 64-bit numbers") {
  const std::uint64_t end = ~std::uint64_t{0};
  const european_call call(100);
  // The last 100 paths of the counter, in one run and in two.
  const double all = price(cpu{}, plan().paths(100).first_path(end - 99), call).value;
  const double first = price(cpu{}, plan().paths(50).first_path(end - 99), call).value;
  const double second = price(cpu{}, plan().paths(50).first_path(end - 49), call).value;
  CHECK(all == about(0.5 * (first + second), 1e-14));
  CHECK(all != price(cpu{}, plan().paths(100).first_path(0xffffffffU - 99), call).value);
}

TEST_CASE("another seed, or another substream, gives other paths") {
  const european_call call(100);
  const double value = price(cpu{}, plan().paths(1000), call).value;
  CHECK(value != price(cpu{}, plan().paths(1000).seed(10), call).value);
  CHECK(value != price(cpu{}, plan().paths(1000).seed(9 + (std::uint64_t{1} << 32)), call).value);
  CHECK(value != price(cpu{}, plan().paths(1000).substream(1), call).value);
}

}  // namespace
}  // namespace spectralmc
