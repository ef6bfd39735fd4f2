// The members of a model that methods without paths ask for (docs/architecture.md, "A model"), checked in words where a
// model enters one of them, or a plan: one of another form than these does not compile, and is never ignored.
#pragma once

#include <cstddef>
#include <type_traits>
#include <utility>

#include "spectralmc/configuration.hpp"
#include "spectralmc/member_names.hpp"
#include "spectralmc/models/affine_structure.hpp"
#include "spectralmc/numeric/complex.hpp"
#include "spectralmc/numeric/lanes.hpp"

namespace spectralmc {
namespace detail {

SPECTRALMC_NAMES_MEMBER(log_characteristic_function)
SPECTRALMC_NAMES_MEMBER(exponent_at)
SPECTRALMC_NAMES_MEMBER(independent_increments)
SPECTRALMC_NAMES_MEMBER(negative_prices)
SPECTRALMC_NAMES_MEMBER(square_root_diffusion)
SPECTRALMC_NAMES_MEMBER(log_characteristic_function_of_jumps)
SPECTRALMC_NAMES_MEMBER(affine_exponents)
SPECTRALMC_NAMES_MEMBER(initial_variance)
SPECTRALMC_NAMES_MEMBER(log_modulus_bound)
SPECTRALMC_NAMES_MEMBER(largest_evaluations)

namespace form {
template <class Model>
using state_in_double = typename Model::template state<double>;
template <class Model>
using log_characteristic_function = decltype(complex<double>(
    std::declval<const Model&>().log_characteristic_function(std::declval<complex<double>>(), 1.0)));
template <class Model>
using exponent_at =
    decltype(complex<double>(std::declval<const Model&>().exponent_at(1.0)(std::declval<complex<double>>())));
template <class Model>
using independent_increments = std::bool_constant<Model::independent_increments>;
template <class Model>
using negative_prices = std::bool_constant<Model::negative_prices>;
template <class Model>
using square_root_diffusion = decltype(std::declval<const Model&>().square_root_diffusion().volatility_of_variance);
template <class Model>
using log_characteristic_function_of_jumps = decltype(complex<double>(
    std::declval<const Model&>().log_characteristic_function_of_jumps(std::declval<complex<double>>(), 1.0)));
template <class Model>
using affine_exponents = decltype(affine_terms(std::declval<const Model&>().affine_exponents(
    std::declval<complex<double>>(), std::declval<complex<double>>(), 1.0)));
template <class Model>
using initial_variance = decltype(double(std::declval<const Model&>().initial_variance()));
template <class Model>
using log_modulus_bound = decltype(lanes<double>(
    std::declval<const Model&>().log_modulus_bound(std::declval<complex<lanes<double>>>(), 1.0)));
template <class Model>
using largest_evaluations = std::integral_constant<std::size_t, Model::largest_evaluations>;
}  // namespace form

template <class Model>
constexpr bool check_closed_form() {
  static_assert(valid<form::state_in_double, Model>,
                "SpectralMC: a model has a template state<V>, whose members' names say what it describes, as "
                "log_martingale does (docs/architecture.md, A model)");
  static_assert(!names_log_characteristic_function<Model>::value || valid<form::log_characteristic_function, Model>,
                "SpectralMC: a model's log_characteristic_function is complex<double> log_characteristic_function("
                "complex<double> u, double time) const, or the same as a template over V in complex<V> "
                "(docs/architecture.md, A model)");
  static_assert(
      !names_exponent_at<Model>::value || valid<form::exponent_at, Model>,
      "SpectralMC: a model's exponent_at is a function, auto exponent_at(double time) const, and what it "
      "returns is one of u: template <class V> SPECTRALMC_HOST_DEVICE complex<V> operator()(complex<V> u) const "
      "(docs/architecture.md, A model)");
  static_assert(!names_log_modulus_bound<Model>::value || valid<form::log_modulus_bound, Model>,
                "SpectralMC: a model's log_modulus_bound is V log_modulus_bound(complex<V> u, double time) const, a "
                "template over V (docs/architecture.md, A model)");
  static_assert(!names_largest_evaluations<Model>::value || valid<form::largest_evaluations, Model>,
                "SpectralMC: a model's largest_evaluations is a constant, static constexpr std::size_t "
                "largest_evaluations (docs/architecture.md, A model)");
  static_assert(!names_independent_increments<Model>::value || valid<form::independent_increments, Model>,
                "SpectralMC: a model's independent_increments is a constant, static constexpr bool "
                "independent_increments (docs/architecture.md, A model)");
  static_assert(!names_negative_prices<Model>::value || valid<form::negative_prices, Model>,
                "SpectralMC: a model's negative_prices is a constant, static constexpr bool negative_prices "
                "(docs/architecture.md, A model)");
  static_assert(!names_square_root_diffusion<Model>::value || valid<form::square_root_diffusion, Model>,
                "SpectralMC: a model's square_root_diffusion is a function, const heston_parameters& "
                "square_root_diffusion() const (docs/architecture.md, A model)");
  static_assert(
      !names_log_characteristic_function_of_jumps<Model>::value ||
          (names_square_root_diffusion<Model>::value && valid<form::log_characteristic_function_of_jumps, Model>),
      "SpectralMC: a model's log_characteristic_function_of_jumps goes with square_root_diffusion(), and is "
      "complex<double> log_characteristic_function_of_jumps(complex<double> u, double time) const, or the "
      "same as a template over V in complex<V> (docs/architecture.md, A model)");
  static_assert(!names_affine_exponents<Model>::value ||
                    (valid<form::affine_exponents, Model> && valid<form::initial_variance, Model>),
                "SpectralMC: a model's affine_exponents is affine_terms affine_exponents(complex<double> u, "
                "complex<double> w, double time) const, and goes with double initial_variance() const "
                "(docs/architecture.md, A model)");
  return true;
}

/// The same as a constant: true of the library's own models of a model.
template <class Model>
inline constexpr bool closed_form_is_checked = check_closed_form<Model>();
SPECTRALMC_LANES_NAMESPACE_BEGIN
template <class Model>
class counted_model;
SPECTRALMC_LANES_NAMESPACE_END
template <class Model>
inline constexpr bool closed_form_is_checked<counted_model<Model>> = closed_form_is_checked<Model>;

}  // namespace detail
}  // namespace spectralmc
