// What observers see, against the same computed by hand from paths that are stored at every step.
#include "spectralmc/paths/observer.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <vector>

#include "faulty_model.hpp"
#include "spectralmc/models/black_scholes.hpp"
#include "spectralmc/paths/stored_paths.hpp"

namespace spectralmc {
namespace {

constexpr std::size_t paths = 300;
const market asset(100, 0.04, 0.01);

// Two dates, 8 and 8 steps of 1/16: the same steps, hence the same paths, as a grid with a date at each.
template <class Real>
auto coarse() {
  return simulation{black_scholes<Real>(asset, {0.3}), time_grid::dates({0.5, 1}, 1.0 / 16)}.paths(paths).seed(4);
}
template <class Real>
auto fine() {
  return simulation{black_scholes<Real>(asset, {0.3}), time_grid::dates(equidistant_dates(1, 16))}.paths(paths).seed(4);
}

template <class Real, class Observer>
std::vector<Real> seen(const simulation<black_scholes<Real>>& plan, Observer observer) {
  std::vector<Real> values(stored_size(plan, paths));
  store_paths(cpu{}, plan, observer, path_layout::path_major, 0, paths, values.data());
  return values;
}

/// S at the sixteen steps of each path.
template <class Real>
std::vector<Real> steps() {
  return seen(fine<Real>(), spot{});
}

/// Roundings of a few operations, of exp and of the sums.
template <class Real>
constexpr double tolerance = sizeof(Real) == 4 ? 2e-6 : 1e-14;

/// `by_hand(first, last)` is given the values of S after the steps up to a date of the coarse grid.
template <class Real, class Observer, class ByHand>
void check_every_step(Observer observer, ByHand by_hand) {
  const std::vector<Real> found = seen(coarse<Real>(), observer), all = steps<Real>();
  double worst = 0;
  for (std::size_t path = 0; path < paths; ++path) {
    for (std::size_t date = 0; date < 2; ++date) {
      const Real* first = all.data() + 16 * path;
      const double exact = by_hand(first, first + 8 * (date + 1));
      worst = std::fmax(worst, std::fabs(static_cast<double>(found[2 * path + date]) / exact - 1));
    }
  }
  CHECK(worst <= tolerance<Real>);
}

template <class Real>
double mean(const Real* first, const Real* last) {
  double sum = 0;
  for (const Real* s = first; s != last; ++s) sum += static_cast<double>(*s);
  return sum / static_cast<double>(last - first);
}
template <class Real>
double largest(const Real* first, const Real* last) {
  return std::fmax(100.0, static_cast<double>(*std::max_element(first, last)));
}
template <class Real>
double smallest(const Real* first, const Real* last) {
  return std::fmin(100.0, static_cast<double>(*std::min_element(first, last)));
}

TEST_CASE_TEMPLATE("the spot at a date is the forward times the martingale: log-return and spot agree", Real, float,
                   double) {
  const std::vector<Real> s = seen(coarse<Real>(), spot{}), r = seen(coarse<Real>(), log_return{});
  double worst = 0;
  for (std::size_t i = 0; i < s.size(); ++i) {
    worst = std::fmax(worst, std::fabs(static_cast<double>(s[i]) / (100 * std::exp(static_cast<double>(r[i]))) - 1));
  }
  CHECK(worst <= tolerance<Real>);
}

TEST_CASE_TEMPLATE("running average over all steps", Real, float, double) {
  check_every_step<Real>(running_average<>{}, mean<Real>);
}

TEST_CASE_TEMPLATE("running maximum over all steps and time zero", Real, float, double) {
  check_every_step<Real>(running_maximum<>{}, largest<Real>);
}

TEST_CASE_TEMPLATE("running minimum over all steps and time zero", Real, float, double) {
  check_every_step<Real>(running_minimum<>{}, smallest<Real>);
}

/// The same for monitoring at the dates alone, over the grid with sixteen dates.
template <class Real, class Observer, class ByHand>
void check_dates(Observer observer, ByHand by_hand) {
  const std::vector<Real> found = seen(fine<Real>(), observer), all = steps<Real>();
  double worst = 0;
  for (std::size_t path = 0; path < paths; ++path) {
    for (std::size_t date = 0; date < 16; ++date) {
      const Real* first = all.data() + 16 * path;
      const double exact = by_hand(first, first + date + 1);
      worst = std::fmax(worst, std::fabs(static_cast<double>(found[16 * path + date]) / exact - 1));
    }
  }
  CHECK(worst <= tolerance<Real>);
}

TEST_CASE_TEMPLATE("running average over dates", Real, float, double) {
  check_dates<Real>(running_average<monitoring::dates>{}, mean<Real>);
}

TEST_CASE_TEMPLATE("running maximum over dates and time zero", Real, float, double) {
  check_dates<Real>(running_maximum<monitoring::dates>{}, largest<Real>);
}

TEST_CASE_TEMPLATE("running minimum over dates and time zero", Real, float, double) {
  check_dates<Real>(running_minimum<monitoring::dates>{}, smallest<Real>);
}

TEST_CASE("where every step is a date both schedules see the same, bit for bit") {
  CHECK(seen(fine<double>(), running_average<monitoring::every_step>{}) ==
        seen(fine<double>(), running_average<monitoring::dates>{}));
}

TEST_CASE("with fewer dates than steps the schedules differ") {
  CHECK(seen(coarse<double>(), running_maximum<monitoring::every_step>{}) !=
        seen(coarse<double>(), running_maximum<monitoring::dates>{}));
}

/// A path that becomes NaN or infinite at its first date, by its number of steps; later steps are the faulty model's.
template <class Observer>
std::size_t hidden_faults(Observer observer) {
  const auto plan =
      simulation{faulty_model<double>(1.2), time_grid::dates(equidistant_dates(1, 6))}.paths(paths).seed(4);
  std::vector<double> r(stored_size(plan, paths)), values(r.size());
  store_paths(cpu{}, plan, log_return{}, path_layout::path_major, 0, paths, r.data());
  store_paths(cpu{}, plan, observer, path_layout::path_major, 0, paths, values.data());
  std::size_t hidden = 0, faults = 0;
  for (std::size_t path = 0; path < paths; ++path) {
    bool fault = false;
    for (std::size_t date = 0; date < 6; ++date) {
      fault = fault || !std::isfinite(r[6 * path + date]);
      faults += fault;
      hidden += fault && std::isfinite(values[6 * path + date]);
    }
  }
  REQUIRE(faults > 100);
  return hidden;
}

// A running minimum must not forget that the path once was infinite, nor a maximum that it was NaN.
TEST_CASE("no running observer hides that a path is not finite, or once was not") {
  CHECK(hidden_faults(running_average<monitoring::dates>{}) == 0);
  CHECK(hidden_faults(running_maximum<monitoring::dates>{}) == 0);
  CHECK(hidden_faults(running_minimum<monitoring::dates>{}) == 0);
}

}  // namespace
}  // namespace spectralmc
