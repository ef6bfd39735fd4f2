// Models as functions of a list of parameters: to calibrate them, and to differentiate prices by each parameter.
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <vector>

#include "spectralmc/market/market.hpp"
#include "spectralmc/models/bates.hpp"
#include "spectralmc/models/heston.hpp"
#include "spectralmc/models/merton.hpp"
#include "spectralmc/numeric/complex.hpp"
#include "spectralmc/numeric/elementary.hpp"

namespace spectralmc {

/// Where a calibration looks for a parameter, and where it begins.
struct parameter_range {
  const char* name;
  double lower, upper;
  double start;
};

/// What starts of a calibration are made of.
struct smile_outline {
  double early_variance, late_variance;  ///< at the money, of the first and of the last maturity
  double slope;                          ///< of the first maturity's volatilities by log(strike)
};

/// What a calibration needs to know of a model with `count` parameters. Specialise it for a model of your own:
///   static constexpr std::size_t count;
///   static std::array<parameter_range, count> ranges();
///   static Model model(const market&, const std::array<double, count>&);
///   static std::array<double, count> values(const Model&);
///   static std::vector<std::array<double, count>> starts(const smile_outline&);  // if there are better ones than one
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
  /// Near the money and for short times the smile has the slope rho sigma / (4 sqrt(v0)): Lewis, A. L. (2000), Option
  /// Valuation under Stochastic Volatility, Finance Press, chapter 3. Far from it sigma is what lets tails grow, and
  /// takes variance from the middle, so both are tried over their scales, with more variance than at the money.
  static std::vector<std::array<double, count>> starts(const smile_outline& smile) {
    std::vector<std::array<double, count>> result;
    for (const double more : {1.0, 2.0}) {
      const double early = more * smile.early_variance, late = more * smile.late_variance;
      const double skew = 4 * smile.slope * sqrt(smile.early_variance);  // rho sigma
      for (const double sigma : {0.3, 0.7, 1.5, 3.0, 6.0, 12.0}) {
        const double from_skew = std::fmin(std::fmax(skew / sigma, -0.95), 0.95);
        for (const double rho : {from_skew, skew < 0 ? -0.9 : 0.9, skew < 0 ? -0.4 : 0.4}) {
          for (const double reversion : {1.0, 8.0}) result.push_back({early, reversion, late, sigma, rho});
        }
      }
    }
    return result;
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
  /// Heston's, with few jumps.
  static std::vector<std::array<double, count>> starts(const smile_outline& smile) {
    std::vector<std::array<double, count>> result;
    for (const auto& p : model_parameters<heston<Real, Scheme>>::starts(smile)) {
      result.push_back({p[0], p[1], p[2], p[3], p[4], 0.3, smile.slope < 0 ? -0.15 : 0.1, 0.15});
    }
    return result;
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
