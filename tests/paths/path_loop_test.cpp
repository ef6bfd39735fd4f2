// The path loop against the same steps taken one by one: number i of step s is dimension s x (numbers a step) + i.
#include "spectralmc/paths/path_loop.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "spectralmc/models/black_scholes.hpp"
#include "spectralmc/models/heston.hpp"
#include "spectralmc/models/kou.hpp"
#include "spectralmc/models/logarithmic_model.hpp"
#include "spectralmc/models/model_table.hpp"
#include "spectralmc/paths/stored_paths.hpp"

namespace spectralmc {
namespace {

const market asset(100, {0.3, 2}, {0.01, 0.05}, 0.02);

template <class Model>
Model model_of();
template <>
black_scholes<float> model_of() {
  return {asset, {0.3}};
}
template <>
black_scholes<double> model_of() {
  return {asset, {0.3}};
}
template <>
heston<float> model_of() {
  return {asset, {0.04, 1.5, 0.05, 0.9, -0.7}};
}
template <>
heston<double> model_of() {
  return {asset, {0.04, 1.5, 0.05, 0.9, -0.7}};
}

/// Stretches of 1, 3, 2, 5, 4, 1 and 9 steps: dates at every place of a block of numbers.
const time_grid& grid() {
  static const time_grid irregular = time_grid::dates({0.1, 0.4, 0.6, 1.1, 1.5, 1.6, 2.5}, 0.1);
  return irregular;
}

template <class Model>
void check_paths_by_hand(const time_grid& dates, std::uint64_t paths) {
  using real = typename Model::real;
  const auto model = model_of<Model>();
  const auto plan = simulation{model, dates}.paths(paths).seed(99).substream(3);
  std::vector<real> stored(stored_size(plan, paths));
  store_paths(cpu{1}, plan, log_return{}, path_layout::path_major, 0, paths, stored.data());
  std::size_t different = 0, value = 0;
  for (std::uint64_t path = 0; path < paths; ++path) {
    const philox_numbers<real> source(99, path, 3);
    auto state = model.initial_state();
    int dimension = 0;
    for (const time_grid::stretch& s : dates.stretches()) {
      const auto coefficients = model.step_coefficients(s.begin, s.step_length());
      for (std::uint32_t i = 0; i < s.steps; ++i, dimension += Model::numbers_per_step) {
        auto block = source.draw(static_cast<std::uint32_t>(dimension / 4));
        block.advance(dimension % 4);
        Model::step(coefficients, state, block);
      }
      const real by_hand = state.log_martingale + static_cast<real>(asset.log_forward_return(s.end));
      different += by_hand != stored[value++];
    }
  }
  CHECK(value == stored.size());
  CHECK(different == 0);
}

TEST_CASE_TEMPLATE("a path is its steps, each with its own numbers, bit for bit", Model, black_scholes<float>,
                   black_scholes<double>, heston<float>, heston<double>) {
  check_paths_by_hand<Model>(grid(), 20);
}

TEST_CASE_TEMPLATE("stretches so long that they are cut go on where they were cut", Model, black_scholes<float>,
                   heston<double>) {
  const std::uint32_t most = steps_between_looks;
  for (const std::uint32_t steps : {most, most + 1, 2 * most + 3}) {
    check_paths_by_hand<Model>(time_grid::dates({0.3, 0.3 + 0.1 * steps}, 0.1), 3);
  }
}

TEST_CASE("steps that keep numbers in reserve have blocks of their own, and a model's table is handed to its steps") {
  using model_type = kou<double>;
  const model_type model(asset, {0.15, 3, 0.2, 25, 10});
  constexpr std::uint64_t paths = 20;
  const auto plan = simulation{model, grid()}.paths(paths).seed(99).substream(3);
  std::vector<double> stored(stored_size(plan, paths));
  store_paths(cpu{1}, plan, log_return{}, path_layout::path_major, 0, paths, stored.data());
  CHECK(numbering<model_type>::blocks_a_step == 1 + 2 * gamma_blocks);
  std::size_t different = 0, value = 0;
  for (std::uint64_t path = 0; path < paths; ++path) {
    const philox_numbers<double> source(99, path, 3);
    auto state = model.initial_state();
    std::uint32_t block = 0;
    double length = 0;  // steps as long as those before, up to rounding, share their coefficients
    for (const time_grid::stretch& s : grid().stretches()) {
      if (std::fabs(s.step_length() - length) > 1e-12) length = s.step_length();
      for (std::uint32_t i = 0; i < s.steps; ++i, block += numbering<model_type>::blocks_a_step) {
        model_table<double> table;
        const auto coefficients = model.step_coefficients(s.begin, length, table);
        model_type::step(coefficients, state, step_numbers<philox_numbers<double>, 3>(source, block),
                         table.values().data());
      }
      different += state.log_martingale + asset.log_forward_return(s.end) != stored[value++];
    }
  }
  CHECK(different == 0);
}

/// A model with a volatility of 0.1 before t = 1 and 0.3 after, from a table; it does not say whether
/// its coefficients depend on the time.
struct silent_model : logarithmic_model<double> {
  silent_model() : logarithmic_model(market(100)) {}
  static constexpr int numbers_per_step = 1;
  template <class V>
  using state = logarithmic_model<double>::state<V>;
  struct coefficients {
    std::uint32_t row;
  };
  static coefficients step_coefficients(double time, double length, model_table<double>& table) {
    const double deviation = (time < 1 ? 0.1 : 0.3) * std::sqrt(length);
    return {table.append({-0.5 * deviation * deviation, deviation})};
  }
  template <class V, class Numbers>
  SPECTRALMC_HOST_DEVICE static void step(const coefficients& c, state<V>& s, const Numbers& numbers,
                                          const double* table) {
    s.log_martingale = s.log_martingale + fma(V(table[c.row + 1]), numbers.normal(0), V(table[c.row]));
  }
};

TEST_CASE("a model that does not say that time does not matter has coefficients of its own in every stretch") {
  constexpr std::uint64_t paths = 4096;
  const auto plan = simulation{silent_model(), time_grid::dates({1, 2})}.paths(paths).seed(2);
  std::vector<double> stored(stored_size(plan, paths));
  store_paths(cpu{1}, plan, log_return{}, path_layout::path_major, 0, paths, stored.data());
  double variance = 0;
  for (std::uint64_t path = 0; path < paths; ++path) {
    const double second = stored[2 * path + 1] - stored[2 * path] + 0.5 * 0.09;
    variance += second * second / paths;
  }
  CHECK(variance == doctest::Approx(0.09).epsilon(0.1));  // 4.5 standard errors: false alarm 1 in 100,000
}

TEST_CASE("the steps of the irregular grid are as meant") {
  std::vector<std::uint32_t> steps;
  for (const time_grid::stretch& s : grid().stretches()) steps.push_back(s.steps);
  CHECK(steps == std::vector<std::uint32_t>{1, 3, 2, 5, 4, 1, 9});
}

TEST_CASE("an observer of every step is shown the curve's own forward after each step") {
  // Without volatility S is the forward, so the average over steps is that of forwards, also inside a stretch.
  const auto plan = simulation{black_scholes<double>(asset, {0}), time_grid::dates({0.3, 2}, 0.1)}.paths(1);
  std::vector<double> stored(2);
  store_paths(cpu{1}, plan, running_average<>{}, path_layout::path_major, 0, 1, stored.data());
  double sum = 0;
  for (int step = 1; step <= 20; ++step) sum += asset.forward(0.1 * step);
  CHECK(stored[1] / (sum / 20) - 1 < 1e-14);
  CHECK(stored[1] / (sum / 20) - 1 > -1e-14);
}

}  // namespace
}  // namespace spectralmc
