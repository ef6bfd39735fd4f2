// One run with everything that is asked of it: parts and wholes, odd numbers of paths, progress and cancellation.
#include "spectralmc/paths/measurement.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <thread>
#include <tuple>
#include <type_traits>
#include <vector>

#include "about.hpp"
#include "levels_item.hpp"
#include "reference_formulas.hpp"
#include "spectralmc/models/black_scholes.hpp"
#include "spectralmc/paths/stored_paths.hpp"
#include "spectralmc/payoffs/asian.hpp"
#include "spectralmc/payoffs/european.hpp"
#include "spectralmc/requests/spectrum_of.hpp"
#include "spectralmc/requests/value_of.hpp"

namespace spectralmc {
namespace {

auto plan_of(std::uint64_t paths) {
  return simulation{black_scholes<double>(market(100, 0.03), {0.3}), time_grid::dates({0.5, 1})}.paths(paths).seed(31);
}

bool same(const estimate& a, const estimate& b) {
  return a.value == b.value && a.standard_error == b.standard_error && a.paths == b.paths;
}

const std::uint64_t odd_numbers[] = {1, 15, 16, 17, 1023, 1024, 1025, 8191, 8193};

// 1e-14: rounding of sums of some thousand numbers, in another order.
TEST_CASE("a price is the mean of the payoff over the paths, for any number of them") {
  const double discount = std::exp(-0.03);
  for (const std::uint64_t paths : odd_numbers) {
    std::vector<double> s(stored_size(plan_of(paths), paths));
    store_paths(cpu{}, plan_of(paths), spot{}, path_layout::path_major, 0, paths, s.data());
    reference::number sum = 0, squares = 0;
    for (std::size_t i = 0; i < paths; ++i) {
      const reference::number payoff = std::fmax(0.0, s[2 * i + 1] - 95);
      sum += payoff;
      squares += payoff * payoff;
    }
    const auto n = static_cast<reference::number>(paths);
    const estimate found = price(cpu{}, plan_of(paths), european_call{95});
    CAPTURE(paths);
    CHECK(found.paths == paths);
    CHECK(found.value == about(discount * static_cast<double>(sum / n), 1e-14));
    if (paths == 1) continue;  // one path has no deviation
    const reference::number variance = (squares - sum * sum / n) / (n - 1);
    CHECK(found.standard_error == about(discount * static_cast<double>(std::sqrt(variance / n)), 1e-12));
  }
}

TEST_CASE("a spectrum is the mean over the paths, for any number of them") {
  for (const std::uint64_t paths : odd_numbers) {
    std::vector<double> x(stored_size(plan_of(paths), paths));
    store_paths(cpu{}, plan_of(paths), log_return{}, path_layout::path_major, 0, paths, x.data());
    const spectrum found = characteristic_function(cpu{}, plan_of(paths), log_return{})[1];
    CAPTURE(paths);
    CHECK(found.paths() == paths);
    for (const std::size_t k : {0U, 1U, 7U, 31U, 47U}) {
      reference::complex_number sum = 0;
      for (std::size_t i = 0; i < paths; ++i) {
        sum += std::exp(reference::complex_number(0, static_cast<reference::number>(found.grid()[k]) * x[2 * i + 1]));
      }
      CAPTURE(k);
      CHECK(std::abs(sum / static_cast<reference::number>(paths) -
                     reference::complex_number(found[k].re, found[k].im)) <= 1000 * 0x1p-53);
    }
  }
}

TEST_CASE("requests in one run give the bits of a run each") {
  const auto plan = plan_of(20000);
  const auto [call, put, asian, law] =
      measure(cpu{}, plan, value_of<european_call>(european_call{95}), value_of<european_put>(european_put{95}),
              value_of<asian_call>(asian_call{100}), spectrum_of<log_return>(log_return{}));
  CHECK(same(call, price(cpu{}, plan, european_call{95})));
  CHECK(same(put, price(cpu{}, plan, european_put{95})));
  CHECK(same(asian, price(cpu{}, plan, asian_call{100})));
  CHECK(law[1].values() == characteristic_function(cpu{}, plan, log_return{})[1].values());
}

TEST_CASE("the order of requests changes no bit") {
  const auto plan = plan_of(5000);
  const auto [first, second] = price(cpu{}, plan, european_call{95}, asian_call{100});
  const auto [second_first, first_second] = price(cpu{}, plan, asian_call{100}, european_call{95});
  CHECK(same(first, first_second));
  CHECK(same(second, second_first));
}

/// max(S - 95, 0) that waits, so that a run lasts longer than the tenth of a second between two reports: each time that
/// another `every` paths have been paid.
struct slow_call {
  std::shared_ptr<std::atomic<std::uint64_t>> paid;
  std::uint64_t every;

  template <class Path>
  auto operator()(const Path& path) const {
    using V = std::remove_const_t<decltype(path.last())>;
    const std::uint64_t before = paid->fetch_add(lane_count<V>);
    if (before / every != (before + lane_count<V>) / every) std::this_thread::sleep_for(std::chrono::milliseconds(110));
    return maximum(V(0.0), path.last() - V(95.0));
  }
};

slow_call slow(std::uint64_t every) { return {std::make_shared<std::atomic<std::uint64_t>>(0), every}; }

/// An item that says more or less than its view sums.
struct other_size : levels {
  std::size_t said;
  struct item : levels_item<double> {
    std::size_t said;
    std::size_t total_size() const { return said; }
  };
  template <class Plan>
  item prepare(const Plan&) const {
    return {{}, said};
  }
};

TEST_CASE("an item whose view sums another number of totals is refused") {
  const other_size less{{}, 2}, more{{}, 4}, right{{}, 3};
  CHECK_THROWS_WITH_AS(measure(cpu{1}, plan_of(1000), right, less),
                       doctest::Contains("total_size() is 2, allowed: the size of the item's view"), invalid_parameter);
  CHECK_THROWS_AS(measure(cpu{1}, plan_of(1000), more, right), invalid_parameter);
  CHECK_NOTHROW(measure(cpu{1}, plan_of(1000), right));
}

TEST_CASE("progress is reported in order and ends with all paths") {
  for (const unsigned threads : {1U, 2U}) {
    std::vector<progress> reports;
    price(cpu{threads}, plan_of(5 * unit_paths + 100).on_progress([&](const progress& p) { reports.push_back(p); }),
          slow(unit_paths));
    CAPTURE(threads);
    REQUIRE(reports.size() >= 2);
    CHECK(reports.back().paths_done == 5 * unit_paths + 100);
    CHECK(reports.back().fraction() == 1);
    for (std::size_t i = 0; i < reports.size(); ++i) {
      CHECK(reports[i].paths_total == 5 * unit_paths + 100);
      if (i > 0) CHECK(reports[i].paths_done >= reports[i - 1].paths_done);
      if (i > 0) CHECK(reports[i].seconds >= reports[i - 1].seconds);
    }
  }
}

TEST_CASE("a short run reports its end all the same") {
  std::vector<progress> reports;
  price(cpu{}, plan_of(100).on_progress([&](const progress& p) { reports.push_back(p); }), european_call{95});
  REQUIRE(reports.size() == 1);
  CHECK(reports[0].paths_done == 100);
}

TEST_CASE("a callback changes no bit") {
  CHECK(same(price(cpu{}, plan_of(20000), european_call{95}),
             price(cpu{}, plan_of(20000).on_progress([](const progress&) {}), european_call{95})));
}

TEST_CASE("a price of a run that the callback stopped is that of a run with the paths done") {
  for (const unsigned threads : {1U, 2U, 3U}) {
    const auto plan = plan_of(30 * unit_paths).on_progress([](const progress&) { return false; });
    const estimate stopped = price(cpu{threads}, plan, slow(2 * unit_paths));
    CAPTURE(threads);
    CAPTURE(stopped.paths);
    CHECK(stopped.paths < 30 * unit_paths);
    CHECK(same(stopped, price(cpu{threads}, plan_of(stopped.paths), european_call{95})));
  }
}

TEST_CASE("a spectrum of a run that the callback stopped is that of a run with the paths done") {
  const auto plan = plan_of(30 * unit_paths).on_progress([](const progress&) { return false; });
  const auto [law, call] =
      measure(cpu{2}, plan, spectrum_of<log_return>(log_return{}), value_of<slow_call>(slow(2 * unit_paths)));
  const spectrum& stopped = law[1];
  CHECK(stopped.paths() == call.paths);
  CHECK(stopped.paths() < 30 * unit_paths);
  CHECK(stopped.values() == characteristic_function(cpu{2}, plan_of(stopped.paths()), log_return{})[1].values());
}

TEST_CASE("a run that was stopped goes on from its last whole unit with the bits of one that was not") {
  const auto plan = plan_of(30 * unit_paths);
  auto watched = plan;
  watched.on_progress([](const progress&) { return false; });
  const value_of<slow_call> call(slow(2 * unit_paths));
  const value_of<slow_call> never_slow(slow(2 * plan.paths()));
  const path_range all{0, plan.paths()};
  for (const unsigned threads : {1U, 2U}) {
    partial_sums sums = measure_part(cpu{threads}, watched, all, call).whole_units();
    const std::uint64_t done = sums.paths();
    CAPTURE(threads);
    CHECK(done % unit_paths == 0);
    CHECK(done > 0);
    CHECK(done < plan.paths());
    sums.merge(measure_part(cpu{threads}, plan, {done, plan.paths() - done}, never_slow));
    CHECK(same(std::get<0>(finish(plan, sums, call)), price(cpu{threads}, plan, european_call{95})));
  }
}

TEST_CASE("a run that was stopped is finished without its callback") {
  auto plan = plan_of(4 * unit_paths);
  const spectrum_of<running_average<>> average(running_average<>{});
  const partial_sums sums = measure_part(cpu{1}, plan, {0, unit_paths}, average);
  plan.on_progress([](const progress&) {
    FAIL("there is nothing to report");
    return false;
  });
  CHECK(std::get<0>(finish(plan, sums, average))[1].paths() == unit_paths);
}

TEST_CASE("on one thread a run stops at once") {
  const auto plan = plan_of(30 * unit_paths).on_progress([](const progress&) { return false; });
  // The wait comes in the third unit, so the report after it is the first.
  const std::uint64_t paths = price(cpu{1}, plan, slow(2 * unit_paths + 1)).paths;
  CHECK(paths > 2 * unit_paths);
  CHECK(paths <= 3 * unit_paths);
}

/// Paths that are slow themselves: a whole unit of them takes ten seconds or so.
auto long_plan() {
  return simulation{black_scholes<double>(market(100, 0.03), {0.3}), time_grid::uniform(1, 1 << 18)}
      .paths(2 * unit_paths)
      .seed(5);
}

TEST_CASE("a run of long paths is stopped within its first unit, and keeps the paths that are done") {
  for (const unsigned threads : {1U, 2U}) {
    std::vector<progress> reports;
    const auto plan = long_plan().on_progress([&](const progress& p) {
      reports.push_back(p);
      return reports.size() < 3;
    });
    const estimate stopped = price(cpu{threads}, plan, european_call{95});
    CAPTURE(threads);
    CHECK(reports.size() == 3);
    CHECK(stopped.paths > 0);
    CHECK(stopped.paths < unit_paths / 2);
    CHECK(same(stopped, price(cpu{}, long_plan().paths(stopped.paths), european_call{95})));
  }
}

TEST_CASE("a run that is stopped in its pilot has no answer, and says so") {
  const auto plan = long_plan().on_progress([](const progress& p) {
    CHECK(p.paths_done == 0);
    CHECK(p.paths_total == 2 * unit_paths);
    return false;
  });
  CHECK_THROWS_WITH_AS(characteristic_function(cpu{2}, plan, spot{}), "the run was stopped before any path was done",
                       no_answer);
}

TEST_CASE("storing paths reports and stops chunk by chunk") {
  std::vector<std::uint64_t> reports;
  const auto plan =
      plan_of(3 * chunk_paths + 7).on_progress([&](const progress& p) { reports.push_back(p.paths_done); });
  std::vector<double> buffer(stored_size(plan, plan.paths()));
  CHECK(store_paths(cpu{1}, plan, spot{}, path_layout::path_major, 0, plan.paths(), buffer.data()) == plan.paths());
  REQUIRE(!reports.empty());
  CHECK(reports.back() == plan.paths());
}

}  // namespace
}  // namespace spectralmc
