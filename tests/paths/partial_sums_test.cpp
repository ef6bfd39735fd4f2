// Sums over parts of the paths: merged in any order they are those of the whole, bit for bit.
#include "spectralmc/paths/partial_sums.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <random>
#include <utility>
#include <vector>

#include "spectralmc/errors.hpp"
#include "spectralmc/models/heston.hpp"
#include "spectralmc/payoffs/european.hpp"
#include "spectralmc/requests/joint_spectrum_of.hpp"
#include "spectralmc/requests/spectrum_of.hpp"
#include "spectralmc/requests/value_of.hpp"

namespace spectralmc {
namespace {

/// Sums over a unit or a part of it, of very different size, so that their sum depends on the order of additions.
std::vector<double> sums_over(path_range paths) {
  const auto unit = static_cast<double>(paths.first / unit_paths % 4099), part = static_cast<double>(paths.count);
  return {std::sin(7 * unit) * std::exp(std::fmod(13 * unit, 41)), part, std::cos(unit) / (1 + part)};
}

/// The sums over the paths from `first` to before `end` (the last path's number being below 2^63) that are in the node
/// of 2^height units which begins with path `node`, by the definition of the tree.
std::vector<double> by_definition(std::uint64_t first, std::uint64_t end, std::uint64_t node, int height) {
  const std::uint64_t size = unit_paths << height, begin = (std::max)(first, node), stop = (std::min)(end, node + size);
  if (begin >= stop) return {};
  if (height == 0) return sums_over({begin, stop - begin});
  std::vector<double> sums = by_definition(first, end, node, height - 1);
  const std::vector<double> more = by_definition(first, end, node + size / 2, height - 1);
  if (sums.empty()) return more;
  for (std::size_t j = 0; j < more.size(); ++j) sums[j] += more[j];
  return sums;
}

/// Those over a range of paths, as a run takes them: unit by unit.
partial_sums run(path_range paths) {
  partial_sums sums;
  for (std::uint64_t k = 0; k < paths.pieces(unit_paths); ++k) {
    const path_range unit = paths.piece(unit_paths, k);
    sums.add({unit, sums_over(unit)});
  }
  return sums;
}

bool same_bits(const std::vector<double>& a, const std::vector<double>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(double)) == 0;
}

TEST_CASE("ranges of paths fall into the pieces that their numbers say") {
  const std::uint64_t most = ~std::uint64_t{0};
  for (const std::uint64_t first : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{1023}, std::uint64_t{1024},
                                    std::uint64_t{5000}, most - 5000, most - 1023, most - 1022}) {
    for (const std::uint64_t count : {1U, 2U, 500U, 1023U}) {
      const path_range range{first, count};
      std::uint64_t next = first, pieces = 0;
      for (std::uint64_t k = 0; k < range.pieces(chunk_paths); ++k, ++pieces) {
        const path_range piece = range.piece(chunk_paths, k);
        CAPTURE(first);
        CAPTURE(count);
        CHECK(piece.first == next);
        CHECK(piece.count >= 1);
        CHECK(piece.first / chunk_paths == (piece.first + (piece.count - 1)) / chunk_paths);
        next += piece.count;
      }
      CHECK(next == first + count);
      CHECK(pieces == (first + (count - 1)) / chunk_paths - first / chunk_paths + 1);
    }
  }
  CHECK(path_range{5, 0}.pieces(chunk_paths) == 0);
  CHECK(path_range{0, most}.pieces(chunk_paths) == std::uint64_t{1} << 54);
}

TEST_CASE("the first node of a range begins with it and is within it") {
  const auto node = [](std::uint64_t first, std::uint64_t count) {
    return path_range{first, count}.first_node().count;
  };
  CHECK(node(0, 5 * unit_paths) == 4 * unit_paths);
  CHECK(node(4 * unit_paths, 5 * unit_paths) == 4 * unit_paths);
  CHECK(node(6 * unit_paths, 5 * unit_paths) == 2 * unit_paths);
  CHECK(node(3 * unit_paths, 5 * unit_paths) == unit_paths);
  CHECK(node(3 * unit_paths, 10) == 10);
  CHECK(node(3 * unit_paths - 3, 10) == 3);
  CHECK(node(unit_paths << 50, unit_paths << 50) == unit_paths << 50);
}

TEST_CASE("sums over any parts that meet between units, in any order, are those of the whole") {
  std::mt19937 random(20);
  for (int trial = 0; trial < 300; ++trial) {
    const std::uint64_t units = 1 + random() % 70;
    const std::uint64_t first = trial % 3 == 0 ? 0 : random() % 300000,
                        end = first + units * unit_paths - random() % 8000;
    if (end <= first) continue;
    std::vector<partial_sums> parts;
    for (std::uint64_t begin = first; begin < end;) {
      const std::uint64_t stop = (std::min)((begin / unit_paths + 1 + random() % 20) * unit_paths, end);
      parts.push_back(run({begin, stop - begin}));
      begin = stop;
    }
    std::shuffle(parts.begin(), parts.end(), random);
    partial_sums merged;
    for (partial_sums& part : parts) merged.merge(std::move(part));
    CAPTURE(trial);
    CHECK(merged.paths() == end - first);
    CHECK(same_bits(merged.totals(), by_definition(first, end, 0, 7)));
    CHECK(merged.parts().size() <= 2 * 7 + 2);
  }
}

TEST_CASE("sums that were stored are as good") {
  const path_range whole{3, 41 * unit_paths};
  const partial_sums sums = run(whole);
  const partial_sums again(sums.parts());
  CHECK(same_bits(again.totals(), sums.totals()));
  CHECK(again.parts().size() == sums.parts().size());
}

TEST_CASE("where paths are missing the totals are those of the others, in whatever order they come") {
  std::mt19937 random(21);
  for (int trial = 0; trial < 50; ++trial) {
    std::vector<path_range> units;
    for (std::uint64_t unit = 0; unit < 40; ++unit) {
      if (random() % 3 != 0) units.push_back({unit * unit_paths, unit_paths});
    }
    std::vector<double> totals;
    for (int order = 0; order < 3; ++order) {
      partial_sums sums;
      for (const path_range& unit : units) sums.add({unit, sums_over(unit)});
      CHECK(sums.paths() == units.size() * unit_paths);
      if (order == 0) totals = sums.totals();
      CHECK(same_bits(sums.totals(), totals));
      std::shuffle(units.begin(), units.end(), random);
    }
  }
}

TEST_CASE("parts of a unit are put together") {
  partial_sums sums;
  sums.add({{100, 20}, {1, 2}});
  sums.add({{0, 100}, {3, 4}});
  sums.add({{500, 1}, {5, 6}});
  CHECK(sums.parts().size() == 2);
  CHECK(sums.paths() == 121);
  CHECK(sums.totals() == std::vector<double>{9, 12});
  CHECK(sums.whole_units().paths() == 0);
  sums.add({{2 * unit_paths, 2 * unit_paths}, {1, 1}});
  CHECK(sums.whole_units().paths() == 2 * unit_paths);
  sums.add({{unit_paths - 10, 10}, {1, 1}});  // a run that begins within a unit keeps its beginning
  CHECK(sums.whole_units().paths() == 2 * unit_paths + 10);
}

TEST_CASE("nothing is nothing") {
  partial_sums sums;
  sums.add({{7, 0}, {}});
  sums.merge({});
  CHECK(sums.paths() == 0);
  CHECK(sums.parts().empty());
  CHECK(sums.totals().empty());
}

TEST_CASE("sums that cannot be of the same run are refused") {
  partial_sums sums = run({2 * unit_paths, 3 * unit_paths});
  const auto add = [&](std::uint64_t first, std::uint64_t count, std::size_t totals) {
    sums.add({{first, count}, std::vector<double>(totals, 1.0)});
  };
  CHECK_THROWS_AS(add(2 * unit_paths, unit_paths, 3), invalid_parameter);  // here already
  CHECK_THROWS_AS(add(3 * unit_paths + 5, 1, 3), invalid_parameter);       // within what is here
  CHECK_THROWS_AS(add(0, 4 * unit_paths, 3), invalid_parameter);           // reaches into it
  CHECK_THROWS_AS(add(0, unit_paths, 2), invalid_parameter);               // other totals
  CHECK_THROWS_AS(add(0, unit_paths + 1, 3), invalid_parameter);           // not a node
  CHECK_THROWS_AS(add(unit_paths, 2 * unit_paths, 3), invalid_parameter);  // not a node either
  CHECK_THROWS_AS(add(~std::uint64_t{0} - 1, 3, 3), invalid_parameter);    // beyond the last path
  CHECK(sums.paths() == 3 * unit_paths);
  add(0, 2 * unit_paths, 3);
  CHECK(sums.paths() == 5 * unit_paths);
}

TEST_CASE_TEMPLATE("a run in parts has the bits of a run over all paths", Real, float, double) {
  const auto plan = simulation{heston<Real>(market(100, 0.03, 0.01), {0.04, 1.5, 0.05, 0.6, -0.7}),
                               time_grid::dates({0.25, 0.5}, 0.25)}
                        .paths(11 * unit_paths + 77)
                        .first_path(unit_paths - 5)
                        .seed(7);
  const value_of<european_put> put(european_put{90});
  const spectrum_of<log_return> law(log_return{});
  const auto whole = measure(cpu{1}, plan, put, law);
  const std::uint64_t end = plan.first_path() + plan.paths();
  const std::uint64_t meets[] = {plan.first_path(), unit_paths, 4 * unit_paths, 9 * unit_paths, end};
  partial_sums sums;
  for (const int part : {2, 0, 3, 1}) {
    sums.merge(
        measure_part(cpu{part % 2 == 0 ? 1U : 3U}, plan, {meets[part], meets[part + 1] - meets[part]}, put, law));
  }
  const auto merged = finish(plan, sums, put, law);
  CHECK(std::get<0>(merged).value == std::get<0>(whole).value);
  CHECK(std::get<0>(merged).standard_error == std::get<0>(whole).standard_error);
  CHECK(std::get<0>(merged).paths == plan.paths());
  for (const std::size_t date : {0U, 1U}) {
    const spectrum &a = std::get<1>(merged)[date], &b = std::get<1>(whole)[date];
    CHECK(a.values() == b.values());
    CHECK(a.support().lower == b.support().lower);
  }
}

TEST_CASE("a part is asked for paths of the plan, and finished by the requests that it was taken for") {
  const auto plan = simulation{heston<float>(market(100), {0.04, 1.5, 0.05, 0.6, -0.7}), time_grid::dates({0.5})}
                        .paths(1000)
                        .first_path(50);
  const value_of<european_put> put(european_put{90});
  for (const path_range& part : {path_range{49, 10}, path_range{1050, 1}, path_range{60, 991}, path_range{60, 0},
                                 path_range{60, ~std::uint64_t{0}}}) {
    CAPTURE(part.first);
    CAPTURE(part.count);
    CHECK_THROWS_AS(measure_part(cpu{1}, plan, part, put), invalid_parameter);
  }
  const partial_sums sums = measure_part(cpu{1}, plan, {60, 100}, put);
  CHECK(std::get<0>(finish(plan, sums, put)).paths == 100);
  CHECK_THROWS_AS(finish(plan, sums, put, put), invalid_parameter);
  CHECK_THROWS_AS(finish(plan, partial_sums(), put), no_answer);
  const auto other_plan = simulation(plan).paths(100);
  CHECK_THROWS_AS(finish(other_plan, sums, put), invalid_parameter);  // paths 60 to 159 are not 50 to 149
  CHECK_THROWS_AS(finish(simulation(plan).first_path(61), sums, put), invalid_parameter);
}

}  // namespace
}  // namespace spectralmc
