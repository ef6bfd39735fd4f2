// Steps of a model over packs of duals against differences of steps of the plain model.
#pragma once

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <type_traits>
#include <vector>

#include "spectralmc/market/market.hpp"
#include "spectralmc/market/time_grid.hpp"
#include "spectralmc/models/model_table.hpp"
#include "spectralmc/models/parameter_list.hpp"
#include "spectralmc/models/state_components.hpp"
#include "spectralmc/numeric/dual.hpp"
#include "spectralmc/numeric/lanes.hpp"
#include "spectralmc/numeric/strided.hpp"
#include "spectralmc/paths/prelude.hpp"
#include "spectralmc/random/numbering.hpp"
#include "spectralmc/random/numbers.hpp"

namespace spectralmc {
namespace differentiated_steps {

/// The numbers of the states of a model over `Real`, where those drawn are V's: V, or duals over it.
template <class Real, class V>
struct number_of_states {
  using type = V;
};
template <class Real, int N, class V>
struct number_of_states<dual<Real, N>, V> {
  using type = dual<V, N>;
};

/// The paths 0, 1, ... that are made.
constexpr std::uint64_t path_count = 64;

/// The states of a pack of paths, below those of the paths before, one row a component.
template <class V, class State, class Real>
void append(const State& state, std::vector<std::vector<Real>>& rows) {
  using components = state_components<V, State>;
  rows.resize(components::count);
  for (std::size_t c = 0; c < components::count; ++c) {
    Real lanes_of_component[lane_count<V>];
    store(components::get(state, c), lanes_of_component);
    rows[c].insert(rows[c].end(), lanes_of_component, lanes_of_component + lane_count<V>);
  }
}

/// All numbers of the states of models with a prelude, after four steps of one length and four of another.
template <class V, class Model>
auto states_after_prelude(const Model& model) {
  using real = typename Model::real;
  using number = typename number_of_states<real, V>::type;
  const time_grid grid = time_grid::dates({1.2, 2.2}, 0.3);
  model_table<real> table;
  const auto parts = detail::preludes(model, grid, table);
  std::vector<real> memory(detail::prelude_memory(parts) * lane_count<V>);
  const strided<number> places{memory.data(), lane_count<V>};
  std::vector<std::vector<real>> rows;
  for (std::uint64_t path = 0; path < path_count; path += lane_count<V>) {
    const philox_numbers<V> source(7, path);
    const path_numbers<philox_numbers<V>, Model> numbers(source);
    for (const auto& part : parts) Model::prepare(part, numbers, places, table.values().data());
    auto state = Model::template broadcast<number>(model.initial_state());
    std::uint32_t step = 0;
    for (const time_grid::stretch& s : grid.stretches()) {
      const typename Model::coefficients c = model.step_coefficients(s.begin, s.step_length());
      for (std::uint32_t i = 0; i < s.steps; ++i, ++step) {
        Model::step(c, state, numbers.of_step(step), places.load(step));
      }
    }
    append<number>(state, rows);
  }
  return rows;
}

/// All numbers of the states of the paths after three steps, one row a component, by numbers drawn as V's.
template <class V, class Model>
auto states_after_steps(const Model& model) {
  using real = typename Model::real;
  using number = typename number_of_states<real, V>::type;
  constexpr std::uint32_t steps = 3;
  constexpr double length = 0.3;

  model_table<real> table;
  std::vector<typename Model::coefficients> coefficients;
  for (std::uint32_t i = 0; i < steps; ++i) {
    coefficients.push_back(detail::step_coefficients(model, i * length, length, table));
  }
  std::vector<std::vector<real>> rows;
  for (std::uint64_t path = 0; path < path_count; path += lane_count<V>) {
    const philox_numbers<V> source(7, path);
    auto state = Model::template broadcast<number>(model.initial_state());
    for (std::uint32_t i = 0; i < steps; ++i) {
      const step_numbers<philox_numbers<V>, Model::numbers_per_step> numbers(
          source, i * static_cast<std::uint32_t>(numbering<Model>::blocks_a_step));
      detail::take_step<Model>(coefficients[i], state, numbers, table.values().data());
    }
    append<number>(state, rows);
  }
  return rows;
}

template <class V, class Model>
auto states_of(const Model& model) {
  if constexpr (detail::prelude_of<Model>::exists) {
    return states_after_prelude<V>(model);
  } else {
    return states_after_steps<V>(model);
  }
}

/// The model from a list of parameters, with a market where it takes one.
template <class Model, class Number, class List>
Model make_model(const basic_market<Number>& asset, const List& list) {
  if constexpr (std::is_constructible_v<Model, basic_market<Number>, List>) {
    return Model(asset, list);
  } else {
    return Model(list);
  }
}

/// The same with `shift` added to number `index` of parameters and market.
template <class Model, class List>
Model shifted_model(const market& asset, const List& list, int index, double shift) {
  int i = 0;
  const auto shifted = [&](const std::string&, const parameter&, double x) { return i++ == index ? x + shift : x; };
  const auto parameters = with_numbers<double>(list, shifted);
  const market moved = with_numbers<double>(asset, shifted);
  return make_model<Model>(moved, parameters);
}

/// The derivatives by every number of the parameters and of the market, N of them, in double against central
/// differences extrapolated once, and in float against those in double.
template <int N, template <class> class Model, class List>
void check(const std::string& name, const market& asset, const List& list) {
  CAPTURE(name);
  const auto with_derivatives = [&](auto number) {
    using derived = decltype(number);
    int i = 0;
    const auto seeded = [&i](const std::string&, const parameter&, double x) { return derived::parameter(x, i++); };
    const auto parameters = with_numbers<derived>(list, seeded);
    const auto moved = with_numbers<derived>(asset, seeded);
    CHECK(i == N);
    return std::make_pair(moved, parameters);
  };
  const auto exact = with_derivatives(dual<double, N>{});
  const auto found = states_of<lanes<double>>(make_model<Model<dual<double, N>>>(exact.first, exact.second));
  const auto rough = states_of<lanes<float>>(make_model<Model<dual<float, N>>>(exact.first, exact.second));
  const auto plain = states_of<lanes<double>>(make_model<Model<double>>(asset, list));

  std::vector<double> values;
  std::vector<std::string> names;
  const auto note = [&](const std::string& n, const parameter&, double x) {
    names.push_back(n);
    values.push_back(x);
    return x;
  };
  with_numbers<double>(list, note);
  with_numbers<double>(asset, note);
  for (std::size_t c = 0; c < plain.size(); ++c) {
    for (std::size_t j = 0; j < plain[c].size(); ++j) {
      if (!(std::fabs(found[c][j].value - plain[c][j]) <= 1e-13 * (1 + std::fabs(plain[c][j])))) {
        CHECK(found[c][j].value == plain[c][j]);
      }
    }
  }
  for (int k = 0; k < N; ++k) {
    const std::string& parameter_name = names[static_cast<std::size_t>(k)];
    CAPTURE(parameter_name);
    const double h = 1e-4 * std::fmax(std::fabs(values[static_cast<std::size_t>(k)]), 0.01);
    const auto states = [&](double shift) {
      return states_of<lanes<double>>(shifted_model<Model<double>>(asset, list, k, shift));
    };
    const auto up = states(h), down = states(-h), half_up = states(0.5 * h), half_down = states(-0.5 * h);
    for (std::size_t c = 0; c < plain.size(); ++c) {
      CAPTURE(c);
      for (std::size_t j = 0; j < plain[c].size(); ++j) {
        const double wide = (up[c][j] - down[c][j]) / (2 * h), close = (half_up[c][j] - half_down[c][j]) / h,
                     expected = close + (close - wide) / 3;
        const double derivative = found[c][j].derivative[k], scale = 1 + std::fabs(expected) + std::fabs(plain[c][j]);
        // Where a path is next to a kink, differences are as wrong as they differ.
        if (!(std::fabs(derivative - expected) <= 1e-7 * scale + 3 * std::fabs(close - wide))) {
          CAPTURE(j);
          CHECK(derivative == expected);
        }
        if (!(std::fabs(static_cast<double>(rough[c][j].derivative[k]) - derivative) <= 2e-3 * scale)) {
          CAPTURE(j);
          CHECK(static_cast<double>(rough[c][j].derivative[k]) == derivative);
        }
      }
    }
  }
}

}  // namespace differentiated_steps
}  // namespace spectralmc
