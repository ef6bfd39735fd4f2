// Models as functions of a list of parameters: to calibrate them, and to differentiate prices by each parameter.
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "spectralmc/errors.hpp"
#include "spectralmc/market/market.hpp"
#include "spectralmc/models/bates.hpp"
#include "spectralmc/models/heston.hpp"
#include "spectralmc/models/parameter_list.hpp"
#include "spectralmc/numeric/complex.hpp"
#include "spectralmc/numeric/elementary.hpp"

namespace spectralmc {

/// Where a calibration looks for a parameter, and where it begins.
struct parameter_range {
  const char* name;
  double lower, upper;
  double start;
};

/// The same without the name.
struct search_range {
  double lower, upper;
  double start;
};

/// What starts of a calibration are made of.
struct smile_outline {
  double early_variance, late_variance;  ///< at the money, of the first and of the last maturity
  double slope;                          ///< of the first maturity's volatilities by log(strike)
};

/// Where a calibration looks for the parameters of a model. Specialise it for a model of your own:
///   static constexpr std::array<search_range, N> ranges;  // in the order of the model's list of N numbers
///   static std::vector<std::array<double, N>> starts(const smile_outline&);  // if there are better ones than one
/// The model has a type parameter_list (models/parameter_list.hpp) of numbers without functions of time, is made of a
/// market and one of these, returns it by parameters(), and has
///   template <class P, class V> static auto exponent(const basic_list<P>&, complex<V> u, V time);
/// which is log E exp(i u X(time)) for parameters that are numbers or duals (numeric/dual.hpp).
template <class Model>
struct calibration_search;

/// A model as a function of a row of numbers, those of its list of parameters in turn.
template <class Model>
struct model_parameters {
  using parameter_list = typename Model::parameter_list;
  static constexpr std::size_t count = calibration_search<Model>::ranges.size();

  static std::array<parameter_range, count> ranges() {
    std::array<parameter_range, count> result;
    std::size_t i = 0;
    list_of<double>({}, [&](const parameter& p) {
      const search_range& r = calibration_search<Model>::ranges[i];
      result[i++] = {p.name, r.lower, r.upper, r.start};
    });
    return result;
  }
  static Model model(const market& asset, const std::array<double, count>& p) { return {asset, list_of(p)}; }
  static std::array<double, count> values(const Model& model) {
    std::array<double, count> result;
    std::size_t i = 0;
    const parameter_list p = model.parameters();
    p.template transformed<double>([&](const parameter&, double value) { return result[i++] = value; });
    return result;
  }
  /// log E exp(i u X(time))
  template <class P, class V>
  static auto exponent(const std::array<P, count>& p, complex<V> u, V time) {
    return Model::exponent(list_of(p), u, time);
  }

 private:
  struct nothing {
    void operator()(const parameter&) const {}
  };
  /// The list of these numbers; calls visit(parameter) for each.
  template <class P, class Visit = nothing>
  static auto list_of(const std::array<P, count>& p, const Visit& visit = {}) {
    require(numbers_of_list() == count, "calibration_search<Model>::ranges.size()", std::uint64_t{count},
            "the number of the list's parameters");
    std::size_t i = 0;
    return parameter_list{}.template transformed<P>([&](const parameter& described, double) {
      visit(described);
      return p[i++];
    });
  }
  static std::size_t numbers_of_list() {
    static const std::size_t result = [] {
      std::size_t numbers = 0;
      parameter_list{}.template transformed<double>([&](const parameter&, double value) {
        ++numbers;
        return value;
      });
      return numbers;
    }();
    return result;
  }
};

template <class Real, class Scheme>
struct calibration_search<heston<Real, Scheme>> {
  static constexpr std::array<search_range, 5> ranges{
      {{1e-4, 4, 0.04}, {0.01, 60, 2}, {1e-4, 4, 0.04}, {0.01, 20, 0.5}, {-0.999, 0.999, -0.5}}};

  /// Near the money and for short times the smile has the slope rho sigma / (4 sqrt(v0)): Lewis, A. L. (2000), Option
  /// Valuation under Stochastic Volatility, Finance Press, chapter 3. Far from it sigma is what lets tails grow, and
  /// takes variance from the middle, so both are tried over their scales, with more variance than at the money.
  static std::vector<std::array<double, 5>> starts(const smile_outline& smile) {
    std::vector<std::array<double, 5>> result;
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
};

template <class Real, class Scheme>
struct calibration_search<bates<Real, Scheme>> {
  using diffusion = calibration_search<heston<Real, Scheme>>;
  static constexpr std::array<search_range, 8> ranges{{diffusion::ranges[0],
                                                       diffusion::ranges[1],
                                                       diffusion::ranges[2],
                                                       diffusion::ranges[3],
                                                       diffusion::ranges[4],
                                                       {1e-3, 20, 0.5},
                                                       {-1, 0.5, -0.1},
                                                       {1e-3, 1, 0.1}}};

  /// Heston's, with few jumps.
  static std::vector<std::array<double, 8>> starts(const smile_outline& smile) {
    std::vector<std::array<double, 8>> result;
    for (const auto& p : diffusion::starts(smile)) {
      result.push_back({p[0], p[1], p[2], p[3], p[4], 0.3, smile.slope < 0 ? -0.15 : 0.1, 0.15});
    }
    return result;
  }
};

}  // namespace spectralmc
