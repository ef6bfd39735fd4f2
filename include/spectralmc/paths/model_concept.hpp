// What a class must be to be a model (docs/architecture.md, "A model"), checked where a model enters a plan, in words:
// a member that is missing, misspelt in its form or of another type does not compile, and is never ignored. What
// methods without paths ask of it is checked by models/closed_form_concept.hpp.
#pragma once

#include <type_traits>
#include <utility>
#include <vector>

#include "spectralmc/configuration.hpp"
#include "spectralmc/market/market.hpp"
#include "spectralmc/market/time_grid.hpp"
#include "spectralmc/member_names.hpp"
#include "spectralmc/models/closed_form_concept.hpp"
#include "spectralmc/models/model_table.hpp"
#include "spectralmc/numeric/complex.hpp"
#include "spectralmc/numeric/lanes.hpp"
#include "spectralmc/numeric/strided.hpp"
#include "spectralmc/paths/observer.hpp"
#include "spectralmc/paths/prelude.hpp"
#include "spectralmc/random/numbering.hpp"
#include "spectralmc/random/numbers.hpp"

namespace spectralmc {
namespace detail {

SPECTRALMC_NAMES_MEMBER(time_dependent)
SPECTRALMC_NAMES_MEMBER(reserve_blocks)
SPECTRALMC_NAMES_MEMBER(driving_normal)
SPECTRALMC_NAMES_MEMBER(prelude)
SPECTRALMC_NAMES_MEMBER(preludes)
SPECTRALMC_NAMES_MEMBER(prepare)

/// The forms that members have.
namespace form {
template <class Model>
using real = typename Model::real;
template <class Model>
using numbers_per_step = std::integral_constant<int, Model::numbers_per_step>;
template <class Model>
using asset = decltype(static_cast<const market&>(std::declval<const Model&>().asset()));
template <class Model>
using state = typename Model::template state<typename Model::real>;
template <class Model>
using initial_state = decltype(state<Model>(std::declval<const Model&>().initial_state()));
template <class Model>
using broadcast =
    decltype(state<Model>(Model::template broadcast<typename Model::real>(std::declval<const state<Model>&>())));
template <class Model>
using coefficients = typename Model::coefficients;
template <class Model>
using step_coefficients = decltype(coefficients<Model>(std::declval<const Model&>().step_coefficients(0.0, 1.0)));
template <class Model>
using step_coefficients_with_table = decltype(coefficients<Model>(
    std::declval<const Model&>().step_coefficients(0.0, 1.0, std::declval<model_table<real<Model>>&>())));
template <class Model>
using other_real = std::conditional_t<std::is_same_v<real<Model>, float>, double, float>;
template <class Model>
using step_coefficients_with_other_table =
    decltype(std::declval<const Model&>().step_coefficients(0.0, 1.0, std::declval<model_table<other_real<Model>>&>()));
/// Of paths of numbers V, and of packs of them.
template <class Model, class V>
using numbers_of_step = step_numbers<philox_numbers<V>, Model::numbers_per_step>;
template <class Model, class V, class... More>
using step =
    decltype(Model::step(std::declval<const coefficients<Model>&>(), std::declval<typename Model::template state<V>&>(),
                         std::declval<const numbers_of_step<Model, V>&>(), std::declval<More>()...));
/// That which changes a copy.
template <class Model>
using step_coefficients_with_a_copy =
    decltype(std::declval<const Model&>().step_coefficients(0.0, 1.0, std::declval<model_table<real<Model>>>()));
template <class Model, class... More>
using step_of_a_copy =
    decltype(Model::step(std::declval<const coefficients<Model>&>(), std::declval<state<Model>>(),
                         std::declval<const numbers_of_step<Model, real<Model>>&>(), std::declval<More>()...));
template <class Model>
using time_dependent = decltype(static_cast<bool>(std::declval<const Model&>().time_dependent()));
template <class Model>
using reserve_blocks = std::integral_constant<int, Model::reserve_blocks>;
template <class Model>
using driving_normal = std::integral_constant<int, Model::driving_normal>;
template <class Model>
using prelude = decltype(std::declval<const typename Model::prelude&>().memory);
template <class Model>
using preludes = decltype(std::vector<typename Model::prelude>(std::declval<const Model&>().preludes(
    std::declval<const time_grid&>(), std::declval<model_table<real<Model>>&>())));
template <class Model, class V>
using prepare = decltype(Model::prepare(std::declval<const typename Model::prelude&>(),
                                        std::declval<const path_numbers<philox_numbers<V>, Model>&>(),
                                        std::declval<strided<V>>(), std::declval<const real<Model>*>()));
}  // namespace form

/// Members that a model need not have, but that mean something if it has them.
template <class Model>
constexpr bool check_optional_members() {
  static_assert(!names_time_dependent<Model>::value || valid<form::time_dependent, Model>,
                "SpectralMC: a model's time_dependent is a function, bool time_dependent() const "
                "(docs/architecture.md, A model)");
  static_assert(!names_reserve_blocks<Model>::value || valid<form::reserve_blocks, Model>,
                "SpectralMC: a model's reserve_blocks is a constant, static constexpr int reserve_blocks "
                "(docs/architecture.md, A model)");
  static_assert(!names_driving_normal<Model>::value || valid<form::driving_normal, Model>,
                "SpectralMC: a model's driving_normal is a constant, static constexpr int driving_normal "
                "(docs/architecture.md, A model)");
  constexpr bool all_of_a_prelude =
      names_prelude<Model>::value && names_preludes<Model>::value && names_prepare<Model>::value;
  constexpr bool any_of_a_prelude =
      names_prelude<Model>::value || names_preludes<Model>::value || names_prepare<Model>::value;
  static_assert(all_of_a_prelude || !any_of_a_prelude,
                "SpectralMC: a model with a prelude has all three, the type prelude and the functions preludes and "
                "prepare (docs/architecture.md, A prelude)");
  static_assert(!all_of_a_prelude || valid<form::prelude, Model>,
                "SpectralMC: a model's prelude is a type with a field memory (docs/architecture.md, A prelude)");
  if constexpr (all_of_a_prelude) {
    static_assert(valid<form::preludes, Model>,
                  "SpectralMC: a model's preludes is std::vector<prelude> preludes(const time_grid&, "
                  "model_table<real>&) const (docs/architecture.md, A prelude)");
    using V = form::real<Model>;
    static_assert(valid<form::prepare, Model, V> && valid<form::prepare, Model, lanes<V>>,
                  "SpectralMC: a model's prepare is static void prepare(const prelude&, const Numbers&, strided<V> "
                  "memory, const real* table), a template over V and Numbers (docs/architecture.md, A prelude)");
  }
  return check_closed_form<Model>();
}

/// That a step changes the state that it is given.
template <class Model, class... More>
constexpr bool changes_state() {
  using V = form::real<Model>;
  if constexpr (valid<form::step, Model, V, More...>) {
    return std::is_void_v<form::step<Model, V, More...>> && !valid<form::step_of_a_copy, Model, More...>;
  } else {
    return true;  // is told already
  }
}

/// How a model steps.
template <class Model>
constexpr bool check_step() {
  constexpr bool with_table = valid<form::step_coefficients_with_table, Model>;
  static_assert(with_table || !valid<form::step_coefficients_with_other_table, Model>,
                "SpectralMC: a model's step_coefficients(double time, double length, model_table<real>& table) takes "
                "the table of its own real (docs/architecture.md, A model)");
  static_assert(with_table || valid<form::step_coefficients, Model>,
                "SpectralMC: a model has coefficients step_coefficients(double time, double length) const, or the "
                "same with a model_table<real>& (docs/architecture.md, A model)");
  static_assert(!valid<form::step_coefficients_with_a_copy, Model>,
                "SpectralMC: a model's step_coefficients takes the table that it fills by reference, "
                "model_table<real>& (docs/architecture.md, A model)");
  using V = form::real<Model>;
  using pack = lanes<V>;
  if constexpr (names_prelude<Model>::value) {
    static_assert(!with_table,
                  "SpectralMC: the step_coefficients of a model with a prelude take no table, which is its prelude's "
                  "(docs/architecture.md, A prelude)");
    static_assert(valid<form::step, Model, V, V> && valid<form::step, Model, pack, pack>,
                  "SpectralMC: a model with a prelude has static void step(const coefficients&, state<V>&, const "
                  "Numbers&, V prepared), a template over V and Numbers (docs/architecture.md, A prelude)");
    static_assert(changes_state<Model, V>(),
                  "SpectralMC: a model's step changes the state that it is given, a state<V>&, and returns nothing "
                  "(docs/architecture.md, A model)");
  } else if constexpr (with_table) {
    static_assert(valid<form::step, Model, V, const V*> && valid<form::step, Model, pack, const V*>,
                  "SpectralMC: a model whose coefficients take a table has static void step(const coefficients&, "
                  "state<V>&, const Numbers&, const real* table), a template over V and Numbers "
                  "(docs/architecture.md, A model)");
    static_assert(changes_state<Model, const V*>(),
                  "SpectralMC: a model's step changes the state that it is given, a state<V>&, and returns nothing "
                  "(docs/architecture.md, A model)");
  } else {
    static_assert(valid<form::step, Model, V> && valid<form::step, Model, pack>,
                  "SpectralMC: a model has static void step(const coefficients&, state<V>&, const Numbers&), a "
                  "template over V and Numbers (docs/architecture.md, A model)");
    static_assert(changes_state<Model>(),
                  "SpectralMC: a model's step changes the state that it is given, a state<V>&, and returns nothing "
                  "(docs/architecture.md, A model)");
  }
  return true;
}

/// What paths need of a model. Members are checked one after the other, so that the first message is about the first
/// that is wrong.
template <class Model>
constexpr bool check_model() {
  static_assert(valid<form::real, Model>,
                "SpectralMC: a model has a type real, float or double (docs/architecture.md, A model)");
  if constexpr (valid<form::real, Model>) {
    static_assert(std::is_same_v<form::real<Model>, float> || std::is_same_v<form::real<Model>, double>,
                  "SpectralMC: a model's real is float or double (docs/architecture.md, A model)");
    static_assert(valid<form::asset, Model>,
                  "SpectralMC: a model has const market& asset() const (docs/architecture.md, A model)");
    static_assert(valid<form::numbers_per_step, Model>,
                  "SpectralMC: a model has static constexpr int numbers_per_step, 1 or more "
                  "(docs/architecture.md, A model)");
    static_assert(valid<form::state, Model>,
                  "SpectralMC: a model has a template state<V>, what a path remembers (docs/architecture.md, A model)");
    if constexpr (valid<form::state, Model> && valid<form::numbers_per_step, Model>) {
      static_assert(valid<form::initial_state, Model>,
                    "SpectralMC: a model has state<real> initial_state() const, where paths begin "
                    "(docs/architecture.md, A model)");
      static_assert(valid<form::broadcast, Model>,
                    "SpectralMC: a model has template <class V> static state<V> broadcast(const state<real>&) "
                    "(docs/architecture.md, A model)");
      static_assert(valid<form::coefficients, Model>,
                    "SpectralMC: a model has a type coefficients, what steps have in common "
                    "(docs/architecture.md, A model)");
      if constexpr (valid<form::coefficients, Model>) return check_step<Model>() && check_optional_members<Model>();
    }
  }
  return true;
}

}  // namespace detail
}  // namespace spectralmc
