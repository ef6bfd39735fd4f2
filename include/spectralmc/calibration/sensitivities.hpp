// Derivatives of European prices by every parameter of a model, from the characteristic function's own.
#pragma once

#include <array>
#include <cstddef>
#include <vector>

#include "spectralmc/calibration/model_parameters.hpp"
#include "spectralmc/numeric/complex.hpp"
#include "spectralmc/numeric/dual.hpp"
#include "spectralmc/numeric/elementary.hpp"
#include "spectralmc/numeric/lanes.hpp"
#include "spectralmc/numeric/strided.hpp"
#include "spectralmc/pricing/cosine_method.hpp"

namespace spectralmc {
SPECTRALMC_LANES_NAMESPACE_BEGIN

/// The derivatives of the prices of one maturity by the model's parameters, in the order of model_parameters. Calls and
/// puts have the same: their difference does not depend on the model.
template <class Model>
class parameter_sensitivities {
 public:
  using parameters = model_parameters<Model>;
  static constexpr std::size_t count = parameters::count;

  /// For the prices of `options`, made for the model with these parameters and that maturity (years); they must outlive
  /// this. O(terms x count).
  parameter_sensitivities(const std::array<double, count>& values, double maturity, const cosine_method& options)
      : options_(options) {
    using V = lanes<double>;
    constexpr std::size_t width = lane_count<V>;
    constexpr int n_parameters = static_cast<int>(count);
    using number = dual<V, n_parameters>;
    std::array<number, count> p;
    for (std::size_t i = 0; i < count; ++i) p[i] = number::parameter(V(values[i]), static_cast<int>(i));

    const interval support = options.support();
    const double step = pi / support.width(), shift = log(options.forward() / options.spot()) - support.lower;
    const std::size_t terms = options.terms();
    std::vector<double> frequency(terms);
    for (std::size_t k = 0; k < terms; ++k) frequency[k] = rounded_product(step, static_cast<double>(k));
    for_each_pack<V>(terms, [&](std::size_t k, std::size_t used) {
      const complex<V> u(load_some<V>(frequency.data() + k, used), V(0.0));
      const auto exponent = parameters::exponent(p, u, V(maturity));
      V sine, cosine;
      sin_cos(fma(u.re, V(shift), exponent.value.im), sine, cosine);
      const V modulus = exp(exponent.value.re), re = rounded_product(modulus, cosine), im = modulus * sine;
      for (std::size_t i = 0; i < count; ++i) {
        const complex<V> by = exponent.derivative[i];
        double all[width];
        store(fma(by.re, re, -(by.im * im)), all);
        for (std::size_t j = 0; j < used; ++j) {
          const double u_n = frequency[k + j], weight = 2 * all[j] / (support.width() * fma(u_n, u_n, 1.0));
          series_[i].cosine.push_back(weight);
          series_[i].sine.push_back(u_n > 0 ? weight / u_n : 0);
          if (k + j > 0) series_[i].constant += weight;
        }
      }
    });
  }

  /// By parameter `index`, of the prices today of options with these strikes.
  std::vector<double> of(std::size_t index, const std::vector<double>& strikes) const {
    const series& by = series_[index];
    return options_.derivatives({by.cosine.data(), by.sine.data(), by.cosine.size()}, by.constant, strikes);
  }

 private:
  struct series {
    std::vector<double> cosine, sine;
    double constant = 0;
  };
  const cosine_method& options_;
  std::array<series, count> series_;
};

SPECTRALMC_LANES_NAMESPACE_END
}  // namespace spectralmc
