// Spectra of a model's log-return in closed form: no simulation, the same second half.
#pragma once

#include <cmath>
#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

#include "spectralmc/errors.hpp"
#include "spectralmc/numeric/complex.hpp"
#include "spectralmc/spectral/cosine_expansion.hpp"
#include "spectralmc/spectral/cumulants.hpp"
#include "spectralmc/spectral/described_quantity.hpp"
#include "spectralmc/spectral/exponents.hpp"
#include "spectralmc/spectral/spectrum.hpp"

namespace spectralmc {

/// How a closed form is expanded.
struct expansion_settings {
  /// Half the width of the first interval tried, in units of sqrt(c2 + sqrt(c4)).
  double interval_width = 16;
  /// The interval grows by half until the mass that the expansion sees at its ends is below `edge_mass` or nothing but
  /// rounding, eight times at most: tails that decay like a slow exponential need far more than cumulants suggest. Then
  /// it takes in what moments say may hold more than `edge_mass` (model_range): jumps that are too rare to be seen.
  double edge_mass = 1e-14;
  /// Terms are added until a block of 64 has |phi| below this throughout, and no peak beyond is seen.
  double tolerance = 1e-17;
  /// ... or until there are this many.
  std::size_t largest_terms = std::size_t{1} << 17;
};

/// What prices need to know of S at that time under the model, or of log(S(time)/S(0)); of a short rate no more than
/// the time.
template <class Model>
observed_quantity asset_quantity(const Model& model, double time, bool logarithmic) {
  observed_quantity quantity;
  quantity.time = time;
  if constexpr (detail::models_short_rate<Model>) {
    quantity.negative = true;
    return quantity;
  }
  const auto& asset = model.asset();
  quantity.negative = !logarithmic && detail::negative_prices<Model>::value;
  quantity.discount = asset.discount(time);
  quantity.logarithmic = logarithmic;
  if (logarithmic) quantity.scale = asset.spot();
  quantity.forward = asset.forward(time);
  return quantity;
}

namespace detail {

/// A linear function: what is observed is shift + scale x (what the model describes).
struct linear_map {
  double shift, scale;
  interval operator()(interval i) const { return {fma(scale, i.lower, shift), fma(scale, i.upper, shift)}; }
  cumulants operator()(const cumulants& c) const {
    const double square = scale * scale;
    return {fma(scale, c.mean, shift), square * c.variance, square * scale * c.third, square * square * c.fourth};
  }
};

template <class Model>
linear_map observed_map(const Model& model, double time) {
  if constexpr (models_logarithm<Model>) {
    return {model.asset().log_forward_return(time), 1};
  } else if constexpr (models_short_rate<Model>) {
    return {0, 1};
  } else {
    return {0, model.asset().forward(time)};
  }
}

template <class Model, class = void>
struct knows_roundoff : std::false_type {};
template <class Model>
struct knows_roundoff<Model, std::void_t<decltype(std::declval<const Model&>().formula_roundoff())>> : std::true_type {
};

/// What the logarithm of a model's formula is off by its rounding, in units of the frequency times the reach of the
/// law: more than a unit in the last place where it is a difference of larger numbers.
template <class Model>
double formula_roundoff(const Model& model) {
  if constexpr (knows_roundoff<Model>::value) {
    return model.formula_roundoff();
  } else {
    return 0x1p-53;
  }
}

template <class Model>
spectrum spectrum_on(const Model& model, double time, interval support, const expansion_settings& settings) {
  const linear_map map = observed_map(model, time);
  const double step = pi / support.width();
  std::vector<complex<double>> values;
  constexpr std::size_t block = 64;
  double largest = 1;
  std::size_t wanted = 0;
  while ((largest >= settings.tolerance || values.size() < wanted) && values.size() < settings.largest_terms) {
    largest = 0;
    for (std::size_t j = 0; j < block; ++j) {
      const double u = step * static_cast<double>(values.size());
      const complex<double> exponent = model.log_characteristic_function(complex<double>(map.scale * u, 0), time);
      values.push_back(exp(complex<double>(exponent.re, fma(u, map.shift, exponent.im))));
      const double size = exp(exponent.re);
      if (!is_finite(size) || !is_finite(exponent.im)) {
        throw no_answer("the model's characteristic function is not finite at frequency " + value_text(u));
      }
      largest = maximum(largest, size);
    }
    if (largest >= settings.tolerance || values.size() < wanted) continue;
    // Jumps of nearly one size bring |phi| back; looked for again when there are half as many terms more.
    const double last = map.scale * step * static_cast<double>(values.size());
    if (largest_modulus_beyond(model, time, last, 0) >= settings.tolerance) wanted = values.size() + values.size() / 2;
  }
  if (largest < settings.tolerance && values.size() < wanted) {
    throw no_answer("the model's characteristic function, which jumps of nearly one size bring back, takes more than " +
                    value_text(std::uint64_t{values.size()}) + " terms on the interval of its law");
  }
  const auto grid = frequency_grid::for_interval(support, values.size());
  return spectrum(grid, std::move(values), support, asset_quantity(model, time, models_logarithm<Model>), 0, 0, 0,
                  formula_roundoff(model));
}

/// The value of log(S(time)/S(0)), S(time) or the short rate where the model leaves nothing to chance up to that time:
/// the deviation of log(S/forward), S/forward or the rate is far below what double tells apart. Otherwise NaN. Given
/// the model's cumulants.
template <class Model>
double certain_value(const Model& model, double time, const cumulants& c) {
  return c.variance > 1e-36 ? observed_quantity().certain : observed_map(model, time)(c).mean;
}
template <class Model>
double certain_value(const Model& model, double time) {
  return certain_value(model, time, model_cumulants(model, time));
}

/// Where all but `mass` of the law is on either side, by its moments; `otherwise` where it has none.
template <class Model>
interval reach_of(const Model& model, double time, double mass, const cumulants& c, interval otherwise) {
  try {
    return observed_map(model, time)(model_range(model, time, minimum(mass, 0.5), c));
  } catch (const no_answer&) {
    return otherwise;
  }
}

/// The interval around a quantity that is certain; nothing depends on its width.
inline interval support_of_certain(double value) {
  const double half = maximum(1e-4 * abs(value), 1e-6);
  return {value - half, value + half};
}

}  // namespace detail

/// The cumulants of log(S(time)/S(0)) under `model`, or of S(time) or the short rate if that is what it describes.
template <class Model>
cumulants observed_cumulants(const Model& model, double time) {
  return detail::observed_map(model, time)(model_cumulants(model, time));
}

/// The characteristic function of log(S(time)/S(0)), or of S(time) or the short rate for a model that describes that,
/// on the frequencies that its cosine expansion needs. Where the model leaves nothing to chance, as with a volatility
/// of 0, the spectrum is that of a point, of few frequencies, and quantity().certain has its value.
/// @throws invalid_parameter unless time > 0 (years) and the settings are positive
/// @throws no_answer where the model's formula is not finite, and where jumps of nearly one size bring |phi| back
/// beyond
///         the largest number of terms
template <class Model>
spectrum characteristic_function(const Model& model, double time, const expansion_settings& settings = {}) {
  require_positive("time", time);
  require_positive("interval_width", settings.interval_width);
  require_positive("edge_mass", settings.edge_mass);
  require_positive("tolerance", settings.tolerance);
  require(settings.largest_terms >= 64, "largest_terms", std::uint64_t{settings.largest_terms}, "at least 64");
  const cumulants of_model = model_cumulants(model, time);
  const double certain = detail::certain_value(model, time, of_model);
  if (!std::isnan(certain)) {
    expansion_settings few = settings;
    few.largest_terms = 64;
    const spectrum point = detail::spectrum_on(model, time, detail::support_of_certain(certain), few);
    observed_quantity quantity = point.quantity();
    quantity.certain = certain;
    return spectrum(point.grid(), point.values(), point.support(), quantity, 0, 0, 0, point.unit_roundoff());
  }
  const cumulants c = detail::observed_map(model, time)(of_model);
  double width = settings.interval_width;
  spectrum best = detail::spectrum_on(model, time, c.span(width), settings);
  double least = cosine_expansion(best).edge_mass();
  // A wider interval may take more terms than there are; then the one before stays, and what is outside in its errors.
  const auto wider_than_best = [&](interval support) -> std::optional<spectrum> {
    try {
      return detail::spectrum_on(model, time, support, settings);
    } catch (const no_answer&) {
      return std::nullopt;
    }
  };
  for (int growth = 0; growth < 8 && least >= settings.edge_mass; ++growth) {
    if (best.size() >= settings.largest_terms) break;
    width *= 1.5;
    std::optional<spectrum> wider = wider_than_best(c.span(width));
    if (!wider) break;
    const double mass = cosine_expansion(*wider).edge_mass();
    // What does not fall any more is rounding.
    if (mass < 1e-10 && mass > 0.5 * least) break;
    best = *std::move(wider);
    least = mass;
  }
  const interval taken = best.support(), reached = detail::reach_of(model, time, settings.edge_mass, of_model, taken);
  const interval both{minimum(taken.lower, reached.lower), maximum(taken.upper, reached.upper)};
  if (both.width() > taken.width()) {
    if (std::optional<spectrum> wider = wider_than_best(both)) return *std::move(wider);
  }
  return best;
}

}  // namespace spectralmc
