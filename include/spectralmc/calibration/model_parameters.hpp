// Models as functions of a list of parameters: to calibrate them, and to differentiate prices by each parameter.
#pragma once

#include <array>
#include <cstddef>

#include "spectralmc/models/bates.hpp"
#include "spectralmc/models/heston.hpp"
#include "spectralmc/models/market.hpp"
#include "spectralmc/models/merton.hpp"
#include "spectralmc/numeric/complex.hpp"

namespace spectralmc {

/// Where a calibration looks for a parameter, and where it begins.
struct parameter_range {
  const char* name;
  double lower, upper;
  double start;
};

/// What a calibration needs to know of a model with `count` parameters. Specialise it for a model of your own:
///   static constexpr std::size_t count;
///   static std::array<parameter_range, count> ranges();
///   static Model model(const market&, const std::array<double, count>&);
///   static std::array<double, count> values(const Model&);
///   template <class P, class V> static auto exponent(const std::array<P, count>&, complex<V> u, V time);
/// the last being log E exp(i u X(time)) for parameters that are numbers or duals (numeric/dual.hpp).
template <class Model>
struct model_parameters;

template <class Real, class Scheme>
struct model_parameters<heston<Real, Scheme>> {
  static constexpr std::size_t count = 5;

  static std::array<parameter_range, count> ranges() {
    return {{{"initial_variance", 1e-4, 4, 0.04},
             {"mean_reversion", 0.01, 60, 2},
             {"long_run_variance", 1e-4, 4, 0.04},
             {"volatility_of_variance", 0.01, 20, 0.5},
             {"correlation", -0.999, 0.999, -0.5}}};
  }
  static heston<Real, Scheme> model(const market& asset, const std::array<double, count>& p) {
    return {asset, {p[0], p[1], p[2], p[3], p[4]}};
  }
  static std::array<double, count> values(const heston<Real, Scheme>& model) {
    const heston_parameters& p = model.parameters();
    return {p.initial_variance, p.mean_reversion, p.long_run_variance, p.volatility_of_variance, p.correlation};
  }
  template <class P, class V>
  static auto exponent(const std::array<P, count>& p, complex<V> u, V time) {
    return heston_exponent(heston_numbers<P>{p[0], p[1], p[2], p[3], p[4]}, u, time);
  }
};

template <class Real, class Scheme>
struct model_parameters<bates<Real, Scheme>> {
  static constexpr std::size_t count = 8;

  static std::array<parameter_range, count> ranges() {
    const auto diffusion = model_parameters<heston<Real, Scheme>>::ranges();
    return {{diffusion[0],
             diffusion[1],
             diffusion[2],
             diffusion[3],
             diffusion[4],
             {"jump_intensity", 1e-3, 20, 0.5},
             {"jump_mean", -1, 0.5, -0.1},
             {"jump_deviation", 1e-3, 1, 0.1}}};
  }
  static bates<Real, Scheme> model(const market& asset, const std::array<double, count>& p) {
    return {asset, {{p[0], p[1], p[2], p[3], p[4]}, {p[5], p[6], p[7]}}};
  }
  static std::array<double, count> values(const bates<Real, Scheme>& model) {
    const bates_parameters p = model.parameters();
    return {p.diffusion.initial_variance,
            p.diffusion.mean_reversion,
            p.diffusion.long_run_variance,
            p.diffusion.volatility_of_variance,
            p.diffusion.correlation,
            p.jumps.intensity,
            p.jumps.mean,
            p.jumps.deviation};
  }
  template <class P, class V>
  static auto exponent(const std::array<P, count>& p, complex<V> u, V time) {
    return heston_exponent(heston_numbers<P>{p[0], p[1], p[2], p[3], p[4]}, u, time) +
           lognormal_jump_exponent(lognormal_jump_numbers<P>{p[5], p[6], p[7]}, u, time);
  }
};

}  // namespace spectralmc
