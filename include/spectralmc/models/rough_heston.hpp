// El Euch, O. and Rosenbaum, M. (2019), The characteristic function of rough Heston models, Mathematical Finance 29(1).
//
//   dX = -v/2 dt + sqrt(v) dB,   dB dW = rho dt,   S(t) = forward(t) exp(X(t)),
//   v(t) = v0 + 1/Gamma(alpha) int_0^t (t - s)^(alpha - 1) (kappa (theta - v(s)) ds + sigma sqrt(v(s)) dW(s)),
//
// alpha = H + 1/2. With H = 1/2 it is Heston's model (models/heston.hpp) with the same parameters. The paper writes
// lambda for kappa and lambda nu for sigma.
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "spectralmc/configuration.hpp"
#include "spectralmc/errors.hpp"
#include "spectralmc/market/market.hpp"
#include "spectralmc/models/parameter_list.hpp"
#include "spectralmc/numeric/complex.hpp"
#include "spectralmc/numeric/elementary.hpp"
#include "spectralmc/numeric/fractional_riccati.hpp"
#include "spectralmc/numeric/value.hpp"

namespace spectralmc {

template <class Number>
struct basic_rough_heston_parameters {
  Number initial_variance;        ///< v0, a year; [0, inf)
  Number mean_reversion;          ///< kappa, a year to the power H + 1/2; [0, inf)
  Number long_run_variance;       ///< theta, a year; [0, inf)
  Number volatility_of_variance;  ///< sigma, a year to the power H + 1/2; [0, inf)
  Number correlation;             ///< rho; [-1, 1]
  Number hurst;                   ///< H; (0, 1/2]

  /// models/parameter_list.hpp
  template <class Result, class Visit>
  basic_rough_heston_parameters<Result> transformed(const Visit& visit) const {
    return {
        visit(parameter{"initial_variance", "1 / year", range::not_negative}, initial_variance),
        visit(parameter{"mean_reversion", "1 / year^(H + 1/2)", range::not_negative}, mean_reversion),
        visit(parameter{"long_run_variance", "1 / year", range::not_negative}, long_run_variance),
        visit(parameter{"volatility_of_variance", "1 / year^(H + 1/2)", range::not_negative}, volatility_of_variance),
        visit(parameter{"correlation", "", range::correlation}, correlation),
        visit(parameter{"hurst", "", {0, 0.5, false, true, "(0, 1/2]"}}, hurst)};
  }
};

using rough_heston_parameters = basic_rough_heston_parameters<double>;

/// The stochastic-volatility model whose variance is as rough as a fractional Brownian motion of Hurst exponent H <=
/// 1/2. Closed form only: it has no paths.
///
/// The fractional Riccati equation of the characteristic function is solved in doublings of time. Up to 2 t0 the
/// solution is its power series in t^alpha, t0 being chosen for the frequency. Each doubling from there on is divided
/// into `steps` panels, in each of which D^alpha h is a polynomial of degree 7, found by collocation at Radau's points:
/// the weights of the equation's memory are exact for such polynomials, and a panel's 8 quadratic equations are solved
/// by Newton's method. This is product integration on a geometric mesh (Brunner, H. (2004), Collocation Methods for
/// Volterra Integral and Related Functional Differential Equations, Cambridge University Press, chapter 6). The initial
/// layer is resolved at all frequencies, the stationary root is approached without blow-up, and the number of panels
/// grows like the logarithm of frequency and time.
///
/// Relative error of the exponent, for sigma <= 1.2 and |rho| <= 0.99, from a day to ten years: 1e-8 with one step in a
/// doubling of time, 2e-11 with two (the default; prices: 1e-12 of the forward), 1e-12 with four. Cost: 10, 20 and 40
/// microseconds for a frequency on one core with AVX-512, on average. Where the solution comes near a pole, which takes
/// rho near 1 with sigma well above kappa, more steps are needed; the solver sees that, and gives no number where the
/// relative error may exceed 2e-7.
class rough_heston {
 public:
  using real = double;
  using number = double;
  using parameter_list = rough_heston_parameters;
  /// What a method that prices takes of the characteristic function unless asked for more: 3 seconds.
  static constexpr std::size_t largest_evaluations = std::size_t{1} << 14;

  /// The weights are computed here: some milliseconds, and 0.1 MB for each step. Copies share them.
  /// @param steps panels in a doubling of time
  /// @throws invalid_parameter for a parameter outside the range given at rough_heston_parameters, or steps outside 1
  /// to 8
  rough_heston(market asset, rough_heston_parameters parameters, std::size_t steps = 2)
      : asset_(std::move(asset)), parameters_(parameters) {
    require_valid(parameters_);
    require(steps >= 1 && steps <= 8, "steps", std::uint64_t{steps}, "1 to 8");
    table_ = std::make_shared<const fractional_riccati_detail::table>(parameters_.hurst + 0.5, steps);
  }

  const market& asset() const { return asset_; }
  const rough_heston_parameters& parameters() const { return parameters_; }

  template <class V>
  struct state {
    V log_martingale;  ///< X
  };

  /// log E exp(i u X(time)), analytic in the strip where E exp(-Im(u) X) is finite. Not a number outside it; nor near
  /// its edges, where time is above 0.7 to 0.95 of that at which the moment explodes; nor where `steps` are too few;
  /// nor for sigma |u| time^(H + 1/2) above 1e7, where rounding takes over.
  complex<double> log_characteristic_function(complex<double> u, double time) const {
    const rough_heston_parameters& p = parameters_;
    const double time_power = power(time, table_->alpha);
    const double pull = rounded_product(p.mean_reversion, time_power);
    const double variance = fma(p.long_run_variance, pull, p.initial_variance) / (1 + pull) * time;
    const fractional_riccati_detail::riccati equation = equation_of(u);
    if (variance == 0 || equation.c0 == complex<double>(0, 0)) return {0, 0};
    // Around 0 the mesh does not depend on u: what differentiates there is to see one analytic function.
    const double largest = fractional_riccati_detail::series_reach * table_->growth.back() / time_power;
    const double least = minimum(rate(1 / sqrt(variance)), largest), needed = rate(abs(u));
    if (!(needed <= largest)) return not_a_number();
    const double reach = maximum(needed, least) * time_power / fractional_riccati_detail::series_reach;
    std::size_t doublings = 0;
    if (reach > 1) {
      while (doublings + 1 < table_->growth.size() && table_->growth[doublings] < reach) ++doublings;
      ++doublings;
    }
    // |E exp(i u X)| <= E exp(s X), which is finite for 0 <= s <= 1.
    const double s = -u.im;
    if (u.re != 0 && (s < 0 || s > 1)) {
      const complex<double> bound(0, u.im);
      if (!fractional_riccati_detail::solve(*table_, equation_of(bound), time, doublings).rises) return not_a_number();
    }
    const fractional_riccati_detail::integrals i = fractional_riccati_detail::solve(*table_, equation, time, doublings);
    if (u.re == 0 && (s < 0 || s > 1) && !i.rises) return not_a_number();
    return i.of_h * (p.mean_reversion * p.long_run_variance) + i.of_derivative * p.initial_variance;
  }

 private:
  fractional_riccati_detail::riccati equation_of(complex<double> u) const {
    const rough_heston_parameters& p = parameters_;
    const complex<double> i(0, 1);
    const complex<double> slope = i * u * (p.correlation * p.volatility_of_variance) - p.mean_reversion;
    return {u * (u + i) * -0.5, slope, 0.5 * p.volatility_of_variance * p.volatility_of_variance};
  }
  /// A bound of |c1| + 2 sqrt(|c0| c2): h changes over times of its power -1/alpha.
  double rate(double size) const {
    return fma(parameters_.volatility_of_variance, size + sqrt(size * (size + 1)), parameters_.mean_reversion);
  }

  market asset_;
  rough_heston_parameters parameters_;
  std::shared_ptr<const fractional_riccati_detail::table> table_;
};

}  // namespace spectralmc
