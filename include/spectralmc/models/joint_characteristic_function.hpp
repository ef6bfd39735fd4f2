// Joint spectra in closed form: log-returns of one asset at two dates, and of two assets of Black and Scholes'.
//
// With phi_t(u) = E exp(i u X(t)), a process with independent increments has E exp(i (u X(s) + v X(t))) = phi_s(u + v)
// phi_t(v) / phi_s(v), s < t. Under an affine model (models/affine_structure.hpp) E[exp(i v (X(t) - X(s))) | s] = exp(c
// + d V(s)), and E exp(i (u + v) X(s) + d V(s)) is known as well.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

#include "spectralmc/allocation.hpp"
#include "spectralmc/errors.hpp"
#include "spectralmc/models/affine_structure.hpp"
#include "spectralmc/models/closed_form_concept.hpp"
#include "spectralmc/models/logarithmic_model.hpp"
#include "spectralmc/models/several_assets.hpp"
#include "spectralmc/numeric/complex.hpp"
#include "spectralmc/spectral/characteristic_function.hpp"
#include "spectralmc/spectral/cumulants.hpp"
#include "spectralmc/spectral/joint_spectrum.hpp"

namespace spectralmc {

/// How a joint closed form is expanded.
struct joint_expansion_settings {
  double mass = 1e-12;              ///< that the interval of each quantity leaves out on either side, at most
  double tolerance = 1e-10;         ///< terms are added until |phi| is below this along the last of them
  std::size_t largest_terms = 512;  ///< of each quantity, or until there are this many
};

/// log E exp(i (u X(first_time) + v X(second_time))), X what the model describes, 0 < first_time <= second_time: for
/// models of the logarithm with independent increments, and affine ones (models/affine_structure.hpp).
template <class Model>
complex<double> log_joint_characteristic_function(const Model& model, complex<double> u, complex<double> v,
                                                  double first_time, double second_time) {
  static_assert(detail::check_closed_form<Model>());
  static_assert(
      detail::has_independent_increments<Model>::value || detail::is_affine<Model>,
      "SpectralMC: joint laws are known in closed form for models of log(S) with independent_increments, with "
      "a square_root_diffusion() or with affine_exponents() (docs/architecture.md, A model)");
  if constexpr (detail::is_affine<Model>) {
    const affine_terms later = detail::affine_exponents_of(model, v, complex<double>(0, 0), second_time - first_time);
    const affine_terms earlier = detail::affine_exponents_of(model, u + v, later.of_variance, first_time);
    return later.constant + earlier.constant + earlier.of_variance * detail::initial_variance_of(model);
  } else {
    return model.log_characteristic_function(u + v, first_time) +
           (model.log_characteristic_function(v, second_time) - model.log_characteristic_function(v, first_time));
  }
}

namespace detail {

inline void require_valid(const joint_expansion_settings& settings) {
  require(settings.mass > 0 && settings.mass < 0.5, "mass", settings.mass, "(0, 0.5)");
  require_positive("tolerance", settings.tolerance);
  require(settings.largest_terms >= 16 && settings.largest_terms <= 8192, "largest_terms",
          std::uint64_t{settings.largest_terms}, "[16, 8192]");
}

/// The joint spectrum on two supports, of exp(exponent(u, v)).
template <class Exponent>
joint_spectrum joint_spectrum_on(const interval& x, const observed_quantity& first, const interval& y,
                                 const observed_quantity& second, const joint_expansion_settings& settings,
                                 const Exponent& exponent) {
  const double steps[2] = {pi / x.width(), pi / y.width()};
  const auto value = [&](std::size_t j, std::ptrdiff_t k) {
    const double u = steps[0] * static_cast<double>(j), v = steps[1] * static_cast<double>(k);
    const complex<double> phi = exp(exponent(u, v));
    if (!is_finite(phi)) {
      throw no_answer("the joint characteristic function is not finite at frequencies " + value_text(u) + " and " +
                      value_text(v));
    }
    return phi;
  };
  std::size_t terms[2] = {32, 32};
  for (auto& n : terms) n = (std::min)(n, settings.largest_terms);
  // The largest |phi| of the last frequency of each quantity, at every third of the other's.
  const auto largest = [&](std::size_t axis) {
    double size = 0;
    const auto last = static_cast<std::ptrdiff_t>(terms[axis]) - 1,
               other = static_cast<std::ptrdiff_t>(terms[1 - axis]);
    for (std::ptrdiff_t k = 1 - other; k < other; k += 3) {
      const bool turned = axis == 1 && k < 0;  // phi(-u, v) has the size of phi(u, -v)
      const complex<double> phi = axis == 0 ? value(static_cast<std::size_t>(last), k)
                                            : value(static_cast<std::size_t>(turned ? -k : k), turned ? -last : last);
      size = maximum(size, abs(phi));
    }
    return size;
  };
  for (bool grows = true; grows;) {
    grows = false;
    for (std::size_t axis = 0; axis < 2; ++axis) {
      if (terms[axis] == settings.largest_terms || !(largest(axis) > settings.tolerance)) continue;
      terms[axis] = (std::min)(terms[axis] * 5 / 4, settings.largest_terms);
      grows = true;
    }
  }
  std::vector<complex<double>> values;
  assign_zeros(values, terms[0] * (2 * terms[1] - 1), "a joint spectrum");
  auto next = values.begin();
  const auto half = static_cast<std::ptrdiff_t>(terms[1]);
  for (std::size_t j = 0; j < terms[0]; ++j) {
    for (std::ptrdiff_t k = 1 - half; k < half; ++k) *next++ = value(j, k);
  }
  return joint_spectrum({frequency_grid::for_interval(x, terms[0]), x, first, 0},
                        {frequency_grid::for_interval(y, terms[1]), y, second, 0}, std::move(values));
}

}  // namespace detail

/// The joint characteristic function of log(S/S(0)) at two dates: for models of the logarithm with independent
/// increments, and Heston's. Intervals are Chernoff's (model_range). O(terms^2).
/// @throws invalid_parameter unless 0 < first_time < second_time, or for settings that make no sense
/// @throws no_answer where the model's formula is not finite
template <class Model>
joint_spectrum joint_characteristic_function(const Model& model, double first_time, double second_time,
                                             const joint_expansion_settings& settings = {}) {
  require_positive("first_time", first_time);
  require(std::isfinite(second_time) && second_time > first_time, "second_time", second_time, "above first_time");
  detail::require_valid(settings);
  detail::require_random(detail::certain_value(model, first_time));
  detail::require_random(detail::certain_value(model, second_time));
  const detail::linear_map first = detail::observed_map(model, first_time),
                           second = detail::observed_map(model, second_time);
  return detail::joint_spectrum_on(
      first(model_range(model, first_time, settings.mass)), asset_quantity(model, first_time, true),
      second(model_range(model, second_time, settings.mass)), asset_quantity(model, second_time, true), settings,
      [&](double u, double v) {
        const complex<double> exponent = log_joint_characteristic_function(
            model, complex<double>(u, 0), complex<double>(v, 0), first_time, second_time);
        return complex<double>(exponent.re, fma(u, first.shift, fma(v, second.shift, exponent.im)));
      });
}

/// The joint characteristic function of log(S/S(0)) of two of several assets at a date, where that is known: for Black
/// and Scholes' (several_assets::log_joint_characteristic_function).
/// @throws invalid_parameter unless time > 0, or for settings that make no sense
template <int First, int Second, class... Models>
joint_spectrum joint_characteristic_function(const several_assets<Models...>& model, double time,
                                             const joint_expansion_settings& settings = {}) {
  static_assert(First != Second, "two assets");
  require_positive("time", time);
  detail::require_valid(settings);
  const auto &one = model.template model<First>(), &other = model.template model<Second>();
  detail::require_random(detail::certain_value(one, time));
  detail::require_random(detail::certain_value(other, time));
  const detail::linear_map first = detail::observed_map(one, time), second = detail::observed_map(other, time);
  std::vector<complex<double>> frequencies(sizeof...(Models), complex<double>(0, 0));
  return detail::joint_spectrum_on(
      first(model_range(one, time, settings.mass)), asset_quantity(one, time, true),
      second(model_range(other, time, settings.mass)), asset_quantity(other, time, true), settings,
      [&](double u, double v) {
        frequencies[First] = complex<double>(u, 0);
        frequencies[Second] = complex<double>(v, 0);
        const complex<double> exponent = model.log_joint_characteristic_function(frequencies, time);
        return complex<double>(exponent.re, fma(u, first.shift, fma(v, second.shift, exponent.im)));
      });
}

}  // namespace spectralmc
