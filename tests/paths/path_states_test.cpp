// Paths that start anywhere: with the numbers of the whole path they go on as it does, to the bit.
#include "spectralmc/paths/path_states.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <tuple>
#include <vector>

#include "block_totals.hpp"
#include "reference_formulas.hpp"
#include "spectralmc/models/black_scholes.hpp"
#include "spectralmc/models/cox_ingersoll_ross.hpp"
#include "spectralmc/models/heston.hpp"
#include "spectralmc/models/logarithmic_model.hpp"
#include "spectralmc/models/sabr.hpp"
#include "spectralmc/models/several_assets.hpp"
#include "spectralmc/models/variance_gamma.hpp"
#include "spectralmc/parallel/cpu.hpp"
#include "spectralmc/paths/asset_observers.hpp"
#include "spectralmc/paths/stored_paths.hpp"
#include "spectralmc/payoffs/asian.hpp"
#include "spectralmc/payoffs/european.hpp"
#include "spectralmc/requests/joint_spectrum_of.hpp"
#include "spectralmc/requests/spectrum_of.hpp"
#include "spectralmc/requests/value_of.hpp"
#include "spectralmc/spectral/distribution.hpp"

namespace spectralmc {
namespace {

const market asset(100, {0.25, 1}, {0.03, 0.04}, 0.01);

/// Of which the first date is reached in 1, 2, 3, ... steps, so that paths start within blocks of numbers.
time_grid grid_with(std::uint32_t first_steps) {
  return time_grid::dates({0.05 * first_steps, 0.05 * first_steps + 0.1, 0.05 * first_steps + 0.35}, 0.05);
}

/// The grid of the first date alone.
time_grid first_of(const time_grid& grid) { return time_grid::uniform(grid.date(0), grid.stretches()[0].steps); }

template <class Model, class Observer>
void check_goes_on(const Model& model, const Observer& observer) {
  using real = typename Model::real;
  constexpr std::uint64_t paths = 1333;
  for (const std::uint32_t first_steps : {1U, 2U, 3U, 4U, 5U}) {
    CAPTURE(first_steps);
    const time_grid grid = grid_with(first_steps);
    const auto whole = simulation{model, grid}.paths(paths).seed(11);
    const auto states = store_states(cpu{}, simulation{model, first_of(grid)}.paths(paths).seed(11));
    CHECK(states.count() == paths);
    CHECK(states.time() == grid.date(0));
    const auto rest = simulation{model, grid.after(0)}.paths(paths).seed(11).starting_from(states);
    std::vector<real> all(stored_size(whole, paths)), later(stored_size(rest, paths));
    store_paths(cpu{}, whole, observer, path_layout::path_major, 0, paths, all.data());
    store_paths(cpu{}, rest, observer, path_layout::path_major, 0, paths, later.data());
    bool same = true;
    for (std::size_t p = 0; p < paths; ++p) {
      same = same && all[3 * p + 1] == later[2 * p] && all[3 * p + 2] == later[2 * p + 1];
    }
    CHECK(same);
  }
}

TEST_CASE_TEMPLATE("paths that start in states of a run go on as its paths do", Real, float, double) {
  check_goes_on(black_scholes<Real>(asset, {step_function({0.2, 1}, {0.2, 0.3})}), log_return{});
  check_goes_on(heston<Real>(asset, {0.04, 1.5, 0.05, 0.6, -0.7}), log_return{});
}

TEST_CASE("paths of all kinds of states go on: of reserves, of short rates, of several assets") {
  check_goes_on(variance_gamma<float>(asset, {0.12, -0.14, 0.2}), log_return{});
  check_goes_on(sabr<float>(asset, {0.3, 0.5, 0.6, -0.5}), spot{});
  check_goes_on(cox_ingersoll_ross<float>({0.03, 0.3, 0.05, 0.2}), discount_factor{});
  check_goes_on(several_assets({{1, 0.6}, {0.6, 1}}, black_scholes<double>(asset, {0.2}),
                               variance_gamma<double>(asset, {0.12, -0.14, 0.2})),
                basket{1.0, -0.5});
}

TEST_CASE("a block of threads starts paths with the bits of the CPU's lanes") {
  const heston<float> model(asset, {0.04, 1.5, 0.05, 0.6, -0.7});
  const time_grid grid = grid_with(3);
  const auto states = store_states(cpu{}, simulation{model, first_of(grid)}.paths(500));
  const auto rest = simulation{model, grid.after(0)}.paths(1500).substream(1).starting_from(states, 3);
  check_same_bits(rest, false, spectrum_of(log_return{}).terms(16), value_of<european_call>(european_call{100}));
}

// The value at a date, given the state there, by 4000 paths from each of eight states. False alarms: 1 in 2000.
TEST_CASE("nested paths have the conditional price") {
  const black_scholes<double> model(asset, {0.25});
  const time_grid grid = time_grid::dates({0.5, 1});
  using state = black_scholes<double>::state<double>;
  for (const double x : {-0.5, -0.3, -0.2, -0.1, 0.0, 0.1, 0.2, 0.4}) {
    CAPTURE(x);
    const auto inner = simulation{model, grid.after(0)}.paths(4000).substream(1).starting_from(
        path_states<black_scholes<double>>(0.5, std::vector<state>{{x}}), 4000);
    const double forward = asset.forward(1) * std::exp(x);
    const double exact = static_cast<double>(reference::black(1, forward, 100, 0.25 * std::sqrt(0.5)));
    const estimate found = price(cpu{}, inner, european_call{100});
    CHECK(std::fabs(found.value - asset.discount(1) * exact) < 4 * found.standard_error);
    // By a spectrum, whose interval a pilot run finds: no forward is known of these paths.
    const spectrum law = characteristic_function(cpu{}, inner, log_return{})[0];
    CHECK(std::isnan(law.quantity().forward));
    const estimate by_law = distribution(law).call_prices({100})[0];
    CHECK(std::fabs(by_law.value - asset.discount(1) * exact) < 4 * by_law.standard_error + by_law.truncation_error);
  }
}

// Random states: the law of what goes on from them is that of whole paths. False alarms: 1 in 16000.
TEST_CASE("a run in two parts with numbers of their own has the law of one") {
  const heston<float> model(asset, {0.04, 1.5, 0.05, 0.6, -0.7});
  const time_grid grid = time_grid::dates({0.5, 1}, 0.05);
  const auto states = store_states(cpu{}, simulation{model, first_of(grid)}.paths(1 << 16));
  const auto rest = simulation{model, grid.after(0)}.paths(1 << 16).substream(1).starting_from(states);
  const estimate found = price(cpu{}, rest, european_call{100});
  const double exact = distribution(characteristic_function(model, 1.0)).call_prices({100})[0].value;
  CHECK(std::fabs(found.value - exact) < 4 * found.standard_error);
}

// A start at exp(50) of the model's forward: all paths share the rounding of that logarithm, and nothing else is left.
TEST_CASE("errors of paths that start far away have the rounding there") {
  const market far_market(100, 0.0324);
  using model_type = black_scholes<float>;
  const time_grid grid = time_grid::dates({0.5, 20});
  for (const double x : {5.0, 20.0, 50.0}) {
    CAPTURE(x);
    const auto plan = simulation{model_type(far_market, {0.0}), grid.after(0)}.paths(1000).starting_from(
        path_states<model_type>(0.5, std::vector<float>{static_cast<float>(x)}), 1000);
    const double at_end = far_market.forward(20) * std::exp(x);
    for (const double strike : {0.5 * at_end, 0.99 * at_end}) {
      const double exact = far_market.discount(20) * (at_end - strike);
      const estimate call = price(cpu{}, plan, european_call{strike});
      CHECK(std::fabs(call.value - exact) <= call.truncation_error + 4 * call.standard_error);
      const auto forward_contract = [&](const auto& path) {
        using V = std::decay_t<decltype(path.last())>;
        return path.last() - V(static_cast<float>(strike));
      };
      const estimate contract = price(cpu{}, plan, forward_contract);
      CHECK(std::fabs(contract.value - exact) <= contract.truncation_error + 4 * contract.standard_error);
    }
  }
}

TEST_CASE("a pilot run sees states from all of them") {
  using model_type = black_scholes<float>;
  std::vector<float> ascending;
  for (int i = 0; i < 65536; ++i) ascending.push_back(static_cast<float>(i - 32768) / 32768);
  const auto plan = simulation{model_type(asset, {0.01}), time_grid::dates({0.5, 1}).after(0)}.starting_from(
      path_states<model_type>(0.5, std::move(ascending)));
  const spectrum law = characteristic_function(cpu{}, plan, log_return{})[0];
  CHECK(law.outside() == 0);
  CHECK(law.support().lower < -0.99);
  CHECK(law.support().upper > 0.99);
}

/// A state that is no row of V's: its paths begin where the model says, and nowhere else.
struct clocked : logarithmic_model<double> {
  clocked() : logarithmic_model<double>(market(100)) {}
  static constexpr int numbers_per_step = 1;
  template <class V>
  struct state {
    V log_martingale;
    double clock;
  };
  struct coefficients {
    double length;
  };
  static state<double> initial_state() { return {0, 0}; }
  template <class V>
  static state<V> broadcast(const state<double>& s) {
    return {V(s.log_martingale), s.clock};
  }
  static coefficients step_coefficients(double /*time*/, double length) { return {length}; }
  template <class V, class Numbers>
  static void step(const coefficients& c, state<V>& s, const Numbers& numbers) {
    s.clock += c.length;
    s.log_martingale = fma(V(0.2 * std::sqrt(c.length)), numbers.normal(0), s.log_martingale - V(0.02 * c.length));
  }
};

TEST_CASE("a model whose state has other members is simulated, from where it says") {
  static_assert(!detail::starts_anywhere<clocked>);
  static_assert(detail::starts_anywhere<heston<float>>);
  const estimate found = price(cpu{}, simulation{clocked(), time_grid::uniform(1, 2)}, european_call{100});
  CHECK(std::fabs(found.value - static_cast<double>(reference::black(1, 100, 100, 0.2))) < 4 * found.standard_error);
}

TEST_CASE("what does not fit together is refused") {
  using model_type = black_scholes<float>;
  const model_type model(asset, {0.2});
  const time_grid grid = time_grid::dates({0.5, 1});
  const path_states<model_type> states(0.5, std::vector<float>(10, 0.1F));
  CHECK(states.count() == 10);
  auto plan = simulation{model, grid.after(0)}.paths(20).starting_from(states, 2);
  CHECK_NOTHROW(price(cpu{}, plan, european_call{100}));
  CHECK_THROWS_AS(price(cpu{}, simulation(plan).paths(21), european_call{100}), invalid_parameter);
  CHECK_THROWS_AS(price(cpu{}, simulation(plan).first_path(1), european_call{100}), invalid_parameter);
  CHECK_THROWS_AS(plan.starting_from(states, 0), invalid_parameter);
  // Not the time of the states; no states at all.
  CHECK_THROWS_AS(price(cpu{}, simulation{model, grid}.paths(10).starting_from(states), european_call{100}),
                  invalid_parameter);
  CHECK_THROWS_AS(price(cpu{}, simulation{model, grid.after(0)}, european_call{100}), invalid_parameter);
  CHECK_THROWS_AS(grid.after(1), invalid_parameter);
  // What observers remembered of the paths before is not known.
  CHECK_THROWS_AS(characteristic_function(cpu{}, plan, running_maximum<>{}), invalid_parameter);
  std::vector<float> buffer(20);
  CHECK_THROWS_AS(store_paths(cpu{}, plan, running_average<>{}, path_layout::path_major, 0, 20, buffer.data()),
                  invalid_parameter);
  CHECK_THROWS_AS(path_states<model_type>(-1, std::vector<float>(1)), invalid_parameter);
  CHECK_THROWS_AS(path_states<model_type>(1, std::vector<float>()), invalid_parameter);
  using two_components = path_states<heston<float>>;
  CHECK_THROWS_AS(two_components(1, std::vector<float>(3)), invalid_parameter);
}

}  // namespace
}  // namespace spectralmc
