// Spectra of a model's log-return in closed form: no simulation, the same second half.
#pragma once

#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

#include "spectralmc/errors.hpp"
#include "spectralmc/models/market.hpp"
#include "spectralmc/numeric/complex.hpp"
#include "spectralmc/spectral/cosine_expansion.hpp"
#include "spectralmc/spectral/cumulants.hpp"
#include "spectralmc/spectral/spectrum.hpp"

namespace spectralmc {

/// How a closed form is expanded.
struct expansion_settings {
  /// Half the width of the first interval tried, in units of sqrt(c2 + sqrt(c4)).
  double interval_width = 16;
  /// The interval grows by half until the mass that the expansion sees at its ends is below `edge_mass` or nothing but
  /// rounding, eight times at most: tails that decay like a slow exponential need far more than cumulants suggest.
  double edge_mass = 1e-14;
  /// Terms are added until a block of 64 has |phi| below this throughout.
  double tolerance = 1e-17;
  /// ... or until there are this many.
  std::size_t largest_terms = std::size_t{1} << 17;
};

/// What prices need to know of log(S(time)/S(0)) in that market.
inline observed_quantity log_return_quantity(const market& asset, double time) {
  observed_quantity quantity;
  quantity.time = time;
  quantity.discount = asset.discount(time);
  quantity.logarithmic = true;
  quantity.scale = asset.spot();
  quantity.forward = asset.forward(time);
  return quantity;
}

/// The cumulants of log(S(time)/S(0)) under `model`.
template <class Model>
cumulants log_return_cumulants(const Model& model, double time) {
  cumulants c = log_martingale_cumulants(model, time);
  c.mean += model.asset().log_forward_return(time);
  return c;
}

namespace detail {

template <class Model>
spectrum spectrum_on(const Model& model, double time, interval support, const expansion_settings& settings) {
  const double shift = model.asset().log_forward_return(time);
  const double step = pi / support.width();
  std::vector<complex<double>> values;
  constexpr std::size_t block = 64;
  double largest = 1;
  while (largest >= settings.tolerance && values.size() < settings.largest_terms) {
    largest = 0;
    for (std::size_t j = 0; j < block; ++j) {
      const double u = step * static_cast<double>(values.size());
      const complex<double> exponent = model.log_characteristic_function(complex<double>(u, 0), time);
      values.push_back(exp(complex<double>(exponent.re, fma(u, shift, exponent.im))));
      const double size = exp(exponent.re);
      if (!is_finite(size) || !is_finite(exponent.im)) {
        throw no_answer("the model's characteristic function is not finite at frequency " + value_text(u));
      }
      largest = maximum(largest, size);
    }
  }
  const auto grid = frequency_grid::for_interval(support, values.size());
  return spectrum(grid, std::move(values), support, log_return_quantity(model.asset(), time));
}

}  // namespace detail

/// The characteristic function of log(S(time)/S(0)), on the frequencies that its cosine expansion needs.
/// @throws invalid_parameter unless time > 0 (years) and the settings are positive
/// @throws no_answer where the model's formula is not finite
template <class Model>
spectrum characteristic_function(const Model& model, double time, const expansion_settings& settings = {}) {
  require_positive("time", time);
  require_positive("interval_width", settings.interval_width);
  require_positive("edge_mass", settings.edge_mass);
  require_positive("tolerance", settings.tolerance);
  require(settings.largest_terms >= 64, "largest_terms", std::uint64_t{settings.largest_terms}, "at least 64");
  const cumulants c = log_return_cumulants(model, time);
  double width = settings.interval_width;
  spectrum best = detail::spectrum_on(model, time, c.span(width), settings);
  double least = cosine_expansion(best).edge_mass();
  for (int growth = 0; growth < 8 && least >= settings.edge_mass; ++growth) {
    if (best.size() >= settings.largest_terms) break;
    width *= 1.5;
    spectrum wider = detail::spectrum_on(model, time, c.span(width), settings);
    const double mass = cosine_expansion(wider).edge_mass();
    // What does not fall any more is rounding.
    if (mass < 1e-10 && mass > 0.5 * least) break;
    best = std::move(wider);
    least = mass;
  }
  return best;
}

}  // namespace spectralmc
