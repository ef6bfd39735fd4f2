#include "spectralmc/paths/stored_paths.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <thread>
#include <vector>

#include "about.hpp"
#include "reference_formulas.hpp"
#include "spectralmc/models/black_scholes.hpp"
#include "spectralmc/random/numbers.hpp"

namespace spectralmc {
namespace {

constexpr std::size_t dates = 3;

template <class Real>
auto plan_of(std::uint64_t paths) {
  return simulation{black_scholes<Real>(market(100, 0.03, 0.01), {0.3}), time_grid::dates({0.25, 0.5, 2})}
      .paths(paths)
      .seed(123);
}

template <class Real>
std::vector<Real> stored(const simulation<black_scholes<Real>>& plan, path_layout layout, std::uint64_t first,
                         std::uint64_t count) {
  std::vector<Real> buffer(stored_size(plan, count), Real(-1));
  REQUIRE(store_paths(cpu{}, plan, spot{}, layout, first, count, buffer.data()) == count);
  return buffer;
}

TEST_CASE("the size is paths times dates") { CHECK(stored_size(plan_of<double>(10), 5000) == 15000); }

// A path of Black and Scholes' model by hand from the numbers of that path.
TEST_CASE_TEMPLATE("a stored path is the model's formula applied to the path's own numbers", Real, float, double) {
  const std::vector<Real> found = stored(plan_of<Real>(1100), path_layout::path_major, 0, 1100);
  const double times[] = {0, 0.25, 0.5, 2};
  for (const std::size_t path : {0U, 1U, 17U, 1023U, 1024U, 1099U}) {
    const auto numbers_of_path = philox_numbers<Real>(123, path).draw(0);
    double x = 0;
    for (std::size_t date = 0; date < dates; ++date) {
      const double length = times[date + 1] - times[date];
      x += -0.045 * length +
           0.3 * std::sqrt(length) * static_cast<double>(numbers_of_path.normal(static_cast<int>(date)));
      CAPTURE(path);
      CAPTURE(date);
      CHECK(static_cast<double>(found[path * dates + date]) ==
            about(100 * std::exp(0.02 * times[date + 1] + x), sizeof(Real) == 4 ? 1e-6 : 1e-14));
    }
  }
}

TEST_CASE_TEMPLATE("both layouts hold the same values", Real, float, double) {
  constexpr std::size_t paths = 2500;
  const std::vector<Real> by_time = stored(plan_of<Real>(paths), path_layout::time_major, 0, paths);
  const std::vector<Real> by_path = stored(plan_of<Real>(paths), path_layout::path_major, 0, paths);
  std::size_t different = 0;
  for (std::size_t path = 0; path < paths; ++path) {
    for (std::size_t date = 0; date < dates; ++date) {
      different += by_time[date * paths + path] != by_path[path * dates + date];
    }
  }
  CHECK(different == 0);
}

TEST_CASE_TEMPLATE("any part of the paths is that part of the whole, bit for bit", Real, float, double) {
  constexpr std::size_t paths = 3000;
  const auto plan = plan_of<Real>(paths);
  const std::vector<Real> whole = stored(plan, path_layout::path_major, 0, paths);
  for (const std::size_t first : {0U, 1U, 5U, 1000U, 1024U, 2999U}) {
    for (const std::size_t count : {1U, 15U, 16U, 17U, 1024U, 2000U}) {
      if (first + count > paths) continue;
      const std::vector<Real> part = stored(plan, path_layout::path_major, first, count);
      CAPTURE(first);
      CAPTURE(count);
      CHECK(std::equal(part.begin(), part.end(), whole.begin() + static_cast<std::ptrdiff_t>(first * dates)));
    }
  }
}

TEST_CASE("nothing is written beyond the paths asked for") {
  const auto plan = plan_of<double>(1000);
  std::vector<double> buffer(stored_size(plan, 21) + 5, -1);
  store_paths(cpu{}, plan, spot{}, path_layout::time_major, 7, 21, buffer.data());
  CHECK(std::all_of(buffer.end() - 5, buffer.end(), [](double x) { return x == -1; }));
  CHECK(std::all_of(buffer.begin(), buffer.end() - 5, [](double x) { return x > 0; }));
}

TEST_CASE("stored paths have the same bits for any number of threads") {
  const auto plan = plan_of<float>(5000);
  std::vector<float> one(stored_size(plan, 5000)), three(one.size());
  store_paths(cpu{1}, plan, spot{}, path_layout::time_major, 0, 5000, one.data());
  store_paths(cpu{3}, plan, spot{}, path_layout::time_major, 0, 5000, three.data());
  CHECK(one == three);
}

TEST_CASE("pieces that fit into a small buffer make up the whole") {
  const auto plan = plan_of<double>(3000);
  const std::vector<double> whole = stored(plan, path_layout::path_major, 0, 3000);
  for (const std::size_t capacity : {dates, dates + 1, 100 * dates, 1024 * dates, 5000 * dates}) {
    std::vector<double> buffer(capacity), joined;
    const std::uint64_t visited =
        store_paths_in_pieces(cpu{}, plan, spot{}, path_layout::path_major, buffer.data(), capacity,
                              [&](std::uint64_t first, std::uint64_t count, const double* values) {
                                CHECK(first * dates == joined.size());
                                joined.insert(joined.end(), values, values + count * dates);
                              });
    CAPTURE(capacity);
    CHECK(visited == 3000);
    CHECK(joined == whole);
  }
}

TEST_CASE("pieces report the progress of the whole plan") {
  auto plan = plan_of<double>(20000);
  std::vector<std::uint64_t> done;
  std::vector<double> buffer(3000 * dates);
  plan.on_progress([&](const progress& p) {
    CHECK(p.paths_total == 20000);
    done.push_back(p.paths_done);
  });
  store_paths_in_pieces(cpu{2}, plan, spot{}, path_layout::path_major, buffer.data(), buffer.size(),
                        [](std::uint64_t, std::uint64_t, const double*) {});
  CHECK(std::is_sorted(done.begin(), done.end()));
  REQUIRE_FALSE(done.empty());
  CHECK(done.back() == 20000);
}

TEST_CASE("a run in pieces that is stopped visits all that is finished, in either layout") {
  for (const path_layout layout : {path_layout::path_major, path_layout::time_major}) {
    auto plan = plan_of<double>(20000);
    plan.on_progress([](const progress&) { return false; });
    std::vector<double> buffer(5000 * dates);
    std::uint64_t seen = 0;
    const std::uint64_t visited = store_paths_in_pieces(
        cpu{2}, plan, spot{}, layout, buffer.data(), buffer.size(),
        [&](std::uint64_t first, std::uint64_t count, const double* values) {
          CHECK(first == seen);
          const std::vector<double> expected = stored(plan_of<double>(20000), layout, first, count);
          CHECK(std::equal(expected.begin(), expected.end(), values));
          // Progress is reported after a tenth of a second: within the second piece.
          if (seen == 0) std::this_thread::sleep_for(std::chrono::milliseconds(150));
          seen += count;
        });
    CHECK(visited == seen);
    CHECK(visited > 5000);
    CHECK(visited < 10000);
  }
}

TEST_CASE("a path that starts at number n of the counter is path n") {
  const std::vector<double> far = stored(plan_of<double>(10).first_path(1000), path_layout::path_major, 0, 10);
  const std::vector<double> whole = stored(plan_of<double>(1010), path_layout::path_major, 1000, 10);
  CHECK(far == whole);
}

TEST_CASE("every step can be stored: a grid with a date at each") {
  const auto plan =
      simulation{black_scholes<double>(market(100), {0.3}), time_grid::dates(equidistant_dates(1, 50))}.paths(20).seed(
          123);
  std::vector<double> values(stored_size(plan, 20));
  store_paths(cpu{}, plan, log_return{}, path_layout::path_major, 0, 20, values.data());
  // Steps of one path are independent with variance 0.09/50 each; none is 6 deviations long.
  for (std::size_t i = 1; i < values.size(); ++i) {
    if (i % 50 != 0) CHECK(std::fabs(values[i] - values[i - 1]) < 6 * 0.3 / std::sqrt(50));
  }
}

}  // namespace
}  // namespace spectralmc
