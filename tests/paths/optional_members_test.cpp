// Members that a model need not have, with and without each other: paths are those that the members say.
//
// A table or none or a prelude; time_dependent() missing, false and true; blocks in reserve or none; and constants that
// paths do not look at. The volatility is 0.1 + 0.2 t, and what is to be seen is worked out number by number.
#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "spectralmc/market/market.hpp"
#include "spectralmc/market/time_grid.hpp"
#include "spectralmc/models/logarithmic_model.hpp"
#include "spectralmc/models/model_table.hpp"
#include "spectralmc/paths/simulation.hpp"
#include "spectralmc/paths/stored_paths.hpp"
#include "spectralmc/random/numbers.hpp"
#include "spectralmc/requests/spectrum_of.hpp"

namespace spectralmc {
namespace {

enum class stepping { plain, table, prelude };
enum class says { nothing, no, yes };

double volatility(double time) { return 0.1 + 0.2 * time; }

/// How the model steps, with what that needs.
template <stepping>
struct steps {
  struct coefficients {
    double deviation;
  };
  static coefficients step_coefficients(double time, double length) { return {volatility(time) * std::sqrt(length)}; }
  template <class State, class Numbers>
  static void step(const coefficients& c, State& s, const Numbers& numbers) {
    s.log_martingale = fma(decltype(s.log_martingale)(c.deviation), numbers.normal(0), s.log_martingale);
  }
};
template <>
struct steps<stepping::table> {
  struct coefficients {
    std::uint32_t place;
  };
  static coefficients step_coefficients(double time, double length, model_table<double>& table) {
    return {table.append({volatility(time) * std::sqrt(length)})};
  }
  template <class State, class Numbers>
  static void step(const coefficients& c, State& s, const Numbers& numbers, const double* table) {
    s.log_martingale = fma(decltype(s.log_martingale)(table[c.place]), numbers.normal(0), s.log_martingale);
  }
};
template <>
struct steps<stepping::prelude> : steps<stepping::plain> {
  struct prelude {
    std::uint32_t memory;
  };
  static std::vector<prelude> preludes(const time_grid& grid, model_table<double>&) { return {{grid.step_count()}}; }
  template <class Numbers, class V>
  static void prepare(const prelude& part, const Numbers& numbers, strided<V> memory, const double*) {
    for (std::uint32_t i = 0; i < part.memory; ++i) memory.store(i, numbers.of_step(i).normal(0));
  }
  template <class State, class Numbers, class V>
  static void step(const coefficients& c, State& s, const Numbers&, V prepared) {
    s.log_martingale = fma(V(c.deviation), prepared, s.log_martingale);
  }
};

template <says>
struct speaks {};
template <>
struct speaks<says::no> {
  static bool time_dependent() { return false; }
};
template <>
struct speaks<says::yes> {
  static bool time_dependent() { return true; }
};

template <int Blocks>
struct reserve {
  static constexpr int reserve_blocks = Blocks;
};
template <>
struct reserve<0> {};

template <bool Has>
struct constants {};
template <>
struct constants<true> {
  static constexpr bool independent_increments = true, negative_prices = false;
  static constexpr int driving_normal = 0;
};

template <stepping Stepping, says Says, int Reserve>
struct variant : logarithmic_model<double>,
                 steps<Stepping>,
                 speaks<Says>,
                 reserve<Reserve>,
                 constants<(Says == says::no) != (Reserve == 0)> {
  static constexpr int numbers_per_step = 1;
  variant() : logarithmic_model<double>(market(100)) {}
};

/// Log-returns at years 1 and 2, two steps a year, against the sum of the numbers times what they count.
template <stepping Stepping, says Says, int Reserve>
void check_paths() {
  constexpr std::uint64_t paths = 40, seed = 9;
  const auto plan =
      simulation{variant<Stepping, Says, Reserve>(), time_grid::dates({1, 2}, 0.5)}.paths(paths).seed(seed);
  std::vector<double> seen(2 * paths);
  store_paths(cpu{1}, plan, log_return{}, path_layout::path_major, 0, paths, seen.data());
  CAPTURE(static_cast<int>(Stepping));
  CAPTURE(static_cast<int>(Says));
  CAPTURE(Reserve);
  for (std::uint64_t path = 0; path < paths; ++path) {
    const philox_numbers<double> source(seed, path);
    double sum = 0;
    for (std::uint32_t step = 0; step < 4; ++step) {
      const double normal =
          Reserve == 0 ? source.draw(0).normal(static_cast<int>(step)) : source.draw((1 + Reserve) * step).normal(0);
      // Unless it says that time matters, a stretch has the coefficients of its beginning; with a table, and if it says
      // that time does not matter, all have those of the first.
      const bool shared = Stepping == stepping::table && Says == says::no;
      const double time = Says == says::yes ? 0.5 * step : shared ? 0 : step / 2;
      sum += volatility(time) * std::sqrt(0.5) * normal;
      if (step % 2 == 1) CHECK(seen[2 * path + step / 2] == doctest::Approx(sum).epsilon(1e-12));
    }
  }
}

template <stepping Stepping>
void check_all_that_it_says() {
  check_paths<Stepping, says::nothing, 0>();
  check_paths<Stepping, says::no, 0>();
  check_paths<Stepping, says::yes, 0>();
  check_paths<Stepping, says::nothing, 2>();
  check_paths<Stepping, says::no, 2>();
  check_paths<Stepping, says::yes, 2>();
}

TEST_CASE("a model without a table steps by what it says") { check_all_that_it_says<stepping::plain>(); }
TEST_CASE("a model with a table steps by what it says") { check_all_that_it_says<stepping::table>(); }
TEST_CASE("a model with a prelude steps by what it says") { check_all_that_it_says<stepping::prelude>(); }

/// The same model with its characteristic function, of the volatilities that two steps a year take.
struct with_closed_form : variant<stepping::table, says::yes, 0> {
  static double variance(double time) {
    double sum = 0;
    for (double t = 0; t < time; t += 0.5) sum += 0.5 * volatility(t) * volatility(t);
    return sum;
  }
  template <class V>
  complex<V> log_characteristic_function(complex<V> u, double time) const {
    return V(-0.5 * variance(time)) * (u * u);
  }
};

TEST_CASE("a closed form changes where a law is looked for, and nothing that is found") {
  const auto law_of = [](const auto& model) {
    const auto plan = simulation{model, time_grid::dates({1, 2}, 0.5)}.paths(1 << 15).seed(3);
    return characteristic_function(cpu{2}, plan, log_return{})[1];
  };
  const spectrum with = law_of(with_closed_form()), without = law_of(variant<stepping::table, says::yes, 0>());
  CHECK(with.support().lower != without.support().lower);
  for (const spectrum* law : {&with, &without}) {
    for (std::size_t k = 1; k < 12; ++k) {
      const double u = law->grid()[k];
      const double exact = std::exp(-0.5 * with_closed_form::variance(2) * u * u);
      CHECK(abs((*law)[k] - complex<double>(exact, 0)) < 5 * law->standard_error(k));
    }
  }
}

}  // namespace
}  // namespace spectralmc
