#include "spectralmc/parallel/cpu.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <new>
#include <stdexcept>
#include <string>
#include <thread>
#include <type_traits>
#include <vector>

#include "spectralmc/models/black_scholes.hpp"
#include "spectralmc/payoffs/european.hpp"
#include "spectralmc/requests/spectrum_of.hpp"
#include "spectralmc/requests/value_of.hpp"

namespace spectralmc {
namespace {

/// Units of numbers of very different size, whose sum depends on the order of additions.
struct uneven_work {
  std::uint64_t units;
  std::uint64_t failing_unit = ~std::uint64_t{0};

  using workspace = int;
  std::uint64_t unit_count() const { return units; }
  std::size_t total_size() const { return 5; }
  workspace make_workspace() const { return 0; }
  std::uint64_t run_unit(std::uint64_t unit, workspace&, double* totals, detail::function_view<bool()>) const {
    if (unit == failing_unit) throw std::domain_error("unit " + std::to_string(unit));
    for (std::size_t j = 0; j < 5; ++j) {
      totals[j] += std::sin(static_cast<double>(unit * 7 + j)) * std::exp(static_cast<double>(unit * 13 % 41));
    }
    return 1;
  }
};

const auto no_report = [](std::uint64_t) { return true; };

/// Adds up what units sum, in the order in which it is handed over.
template <class Work, class Report>
std::uint64_t add_units(const cpu& execution, const Work& work, std::vector<double>& totals, Report&& report) {
  totals.assign(work.total_size(), 0.0);
  std::uint64_t next = 0;
  return detail::reduce_in_order(
      execution, work,
      [&](std::uint64_t unit, const std::vector<double>& more, std::uint64_t) {
        CHECK(unit == next++);
        for (std::size_t j = 0; j < totals.size(); ++j) totals[j] += more[j];
      },
      report);
}

std::vector<double> reduced(unsigned threads, const uneven_work& work) {
  std::vector<double> totals;
  CHECK(add_units(cpu{threads}, work, totals, no_report) == work.units);
  return totals;
}

TEST_CASE("a view of a function calls it: with references, and where a call changes it") {
  std::string text = "a";
  const auto append = [](std::string& to, const char* what) -> std::string& { return to += what; };
  const detail::function_view<std::string&(std::string&, const char*)> view(append);
  CHECK(&view(text, "b") == &text);
  CHECK(text == "ab");
  auto counter = [calls = 0]() mutable { return ++calls; };
  const detail::function_view<int()> counting(counter), again = counting;
  CHECK(counting() == 1);
  CHECK(again() == 2);
  CHECK(counter() == 3);
}

TEST_CASE("units are handed over in order: the same bits for any number of threads") {
  const uneven_work work{500};
  std::vector<double> expected(5, 0.0);
  for (std::uint64_t unit = 0; unit < work.units; ++unit) {
    double part[5] = {0, 0, 0, 0, 0};
    int nothing = 0;
    work.run_unit(unit, nothing, part, [] { return true; });
    for (std::size_t j = 0; j < 5; ++j) expected[j] += part[j];
  }
  for (const unsigned threads : {1U, 2U, 3U, 7U, 16U}) {
    CAPTURE(threads);
    CHECK(reduced(threads, work) == expected);
  }
}

TEST_CASE("there may be more threads than units") {
  for (const std::uint64_t units : {1U, 2U, 3U}) {
    CAPTURE(units);
    CHECK(reduced(16, {units}) == reduced(1, {units}));
  }
}

TEST_CASE("by default all of the hardware's threads work, and one at least") {
  CHECK(cpu{}.thread_count() >= 1);
  CHECK(cpu{3}.thread_count() == 3);
}

TEST_CASE("merges are reported one by one, in order") {
  std::vector<std::uint64_t> reports;
  std::vector<double> totals;
  add_units(cpu{3}, uneven_work{100}, totals, [&](std::uint64_t done) {
    reports.push_back(done);
    return true;
  });
  REQUIRE(reports.size() == 100);
  for (std::size_t i = 0; i < 100; ++i) CHECK(reports[i] == i + 1);
}

TEST_CASE("a run that is stopped holds the sums of the units that it says") {
  for (const unsigned threads : {1U, 3U}) {
    std::vector<double> totals;
    const std::uint64_t done =
        add_units(cpu{threads}, uneven_work{1000}, totals, [](std::uint64_t units) { return units < 20; });
    CAPTURE(threads);
    CHECK(done >= 20);
    CHECK(done < 1000);
    CHECK(totals == reduced(1, {done}));
  }
}

/// Units of 100 additions, that ask before each of them.
struct long_work : uneven_work {
  std::uint64_t run_unit(std::uint64_t unit, workspace&, double* totals, detail::function_view<bool()> keep_on) const {
    for (std::uint64_t i = 0; i < 100; ++i) {
      if (!keep_on()) return i;
      totals[0] += std::sin(static_cast<double>(100 * unit + i));
    }
    return 100;
  }
};

TEST_CASE("a unit that is stopped before its end counts with what it has") {
  long_work work{};
  work.units = 50;
  for (const unsigned threads : {1U, 4U}) {
    std::vector<double> totals;
    int asked = 0;
    const std::uint64_t done = add_units(cpu{threads}, work, totals, [&](std::uint64_t) { return ++asked < 75; });
    CAPTURE(threads);
    CHECK(asked == 75);
    CHECK(done < 5000);
    double expected = 0;
    for (std::uint64_t first = 0; first < done; first += 100) {
      double unit = 0;
      for (std::uint64_t i = first; i < first + 100 && i < done; ++i) unit += std::sin(static_cast<double>(i));
      expected += unit;
    }
    CHECK(totals[0] == expected);
  }
}

TEST_CASE("an exception thrown by a unit reaches the caller, whichever thread it is on") {
  for (const unsigned threads : {1U, 2U, 7U}) {
    for (const std::uint64_t unit : {0U, 3U, 99U}) {
      std::vector<double> totals;
      CAPTURE(threads);
      CHECK_THROWS_WITH_AS(add_units(cpu{threads}, uneven_work{100, unit}, totals, no_report),
                           ("unit " + std::to_string(unit)).c_str(), std::domain_error);
    }
  }
}

/// A workspace that cannot be had.
struct homeless_work : uneven_work {
  workspace make_workspace() const { throw std::length_error("no room"); }
};

TEST_CASE("an exception thrown where a thread's workspace is made reaches the caller") {
  std::vector<double> totals;
  homeless_work work{};
  work.units = 100;
  CHECK_THROWS_AS(add_units(cpu{3}, work, totals, no_report), std::length_error);
}

/// Of which a few threads alone get a workspace.
struct crowded_work : uneven_work {
  std::atomic<int>* places = nullptr;
  workspace make_workspace() const {
    if ((*places)-- <= 0) throw std::bad_alloc();
    return {};
  }
};

TEST_CASE("a thread that gets no memory leaves the work to the others") {
  std::vector<double> expected;
  add_units(cpu{1}, uneven_work{100}, expected, no_report);
  for (const int places : {1, 2, 5}) {
    std::atomic<int> left{places};
    crowded_work work{};
    work.units = 100;
    work.places = &left;
    std::vector<double> totals;
    CHECK(add_units(cpu{6}, work, totals, no_report) == 100);
    CHECK(totals == expected);
  }
  std::atomic<int> none{0};
  crowded_work work{};
  work.units = 100;
  work.places = &none;
  std::vector<double> totals;
  CHECK_THROWS_AS(add_units(cpu{3}, work, totals, no_report), allocation_error);
}

TEST_CASE("an exception thrown by the report reaches the caller") {
  for (const unsigned threads : {1U, 3U}) {
    std::vector<double> totals;
    CHECK_THROWS_AS(add_units(cpu{threads}, uneven_work{100}, totals,
                              [](std::uint64_t done) -> bool {
                                if (done == 10) throw std::range_error("enough");
                                return true;
                              }),
                    std::range_error);
  }
}

auto plan_of(std::uint64_t paths) {
  return simulation{black_scholes<float>(market(100, 0.03), {0.3}), time_grid::dates({0.5, 1})}.paths(paths).seed(5);
}

TEST_CASE("spectra have the same bits for any number of threads") {
  const spectra one = characteristic_function(cpu{1}, plan_of(100000), log_return{});
  for (const unsigned threads : {2U, 3U, 7U}) {
    CAPTURE(threads);
    CHECK(characteristic_function(cpu{threads}, plan_of(100000), log_return{})[1].values() == one[1].values());
  }
}

TEST_CASE("prices have the same bits for any number of threads") {
  const estimate one = price(cpu{1}, plan_of(100000), european_call{100});
  for (const unsigned threads : {2U, 3U, 7U}) {
    const estimate many = price(cpu{threads}, plan_of(100000), european_call{100});
    CAPTURE(threads);
    CHECK(many.value == one.value);
    CHECK(many.standard_error == one.standard_error);
  }
}

TEST_CASE("an exception thrown by a payoff reaches the caller of price") {
  std::atomic<int> calls{0};
  const auto payoff = [&](const auto& path) {
    if (++calls == 300) throw std::domain_error("a payoff that cannot be");
    return path.last();
  };
  CHECK_THROWS_AS(price(cpu{2}, plan_of(100000), payoff), std::domain_error);
}

}  // namespace
}  // namespace spectralmc
