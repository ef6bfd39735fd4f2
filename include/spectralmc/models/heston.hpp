// Heston, S. L. (1993), A closed-form solution for options with stochastic volatility, Review of Financial Studies
// 6(2).
//
//   dX = -v/2 dt + sqrt(v) dB,   dv = kappa (theta - v) dt + sigma sqrt(v) dW,   dB dW = rho dt,
//   S(t) = forward(t) exp(X(t)).
#pragma once

#include <cmath>
#include <type_traits>
#include <utility>

#include "spectralmc/configuration.hpp"
#include "spectralmc/market/market.hpp"
#include "spectralmc/models/parameter_list.hpp"
#include "spectralmc/models/square_root_diffusion.hpp"
#include "spectralmc/numeric/complex.hpp"
#include "spectralmc/numeric/elementary.hpp"
#include "spectralmc/numeric/number.hpp"
#include "spectralmc/numeric/value.hpp"

namespace spectralmc {

/// The least volatility of variance that a scheme is made for: below it rounding shows in X.
struct least_volatility {
  double in_float, in_double;
  const char* allowed;  ///< the same in words
};

/// The quadratic-exponential scheme with martingale correction: Andersen, L. (2008), Simple and efficient simulation of
/// the Heston stochastic volatility model, J. Computational Finance 11(3), sections 3.2 and 4. The variance is drawn
/// from a law that matches its first two conditional moments: a squared normal where it is far from zero, a mass at
/// zero with an exponential tail where it is near. Right also where Feller's condition 2 kappa theta >= sigma^2 fails
/// badly. exp(X) is a martingale to rounding, except where E exp(A v) is infinite (only for rho > 0 and long steps):
/// there the uncorrected drift is used. The integral of v over a step is taken by the trapezoidal rule, as in the
/// paper: steps are to be short against 1/kappa, or the asset's variance is biased (its deviation is a third too large
/// at kappa x step = 10).
///
/// The step is written in the variance's deviation from its conditional mean, w = v' - m(v): with the correction the
/// drift is K2 w - log E exp(A w | v) - (K3 v + K4 m)/2, where nothing large cancels when sigma is small and rho/sigma,
/// in K2 and A, large. In float that matters from sigma = 0.01 down.
struct quadratic_exponential {
  static constexpr int numbers_per_step = 2, reserve_blocks = 0;
  static constexpr least_volatility least{1e-6, 1e-12, "[1e-6, inf) in float, [1e-12, inf) in double"};

  template <class Real>
  struct coefficients {
    coefficient<Real> decay;                         // m(v) = E[v' | v] = mean_constant + decay v
    coefficient<Real> mean_constant;                 //
    coefficient<Real> variance_constant;             // Var[v' | v] = variance_constant + variance_slope v
    coefficient<Real> variance_slope;                //
    coefficient<Real> variance_in_drift;             // K2: weight of v' in X'
    coefficient<Real> exponent;                      // A = K2 + K4/2: the correction is -log E exp(A w)
    coefficient<Real> past_variance, next_variance;  // K3 and K4: Var[X' | v, v'] = K3 v + K4 v'
    coefficient<Real> plain_constant, plain_slope;   // takes the place of log E exp(A w) where that is infinite
  };

  template <class Real, class Number>
  static coefficients<Real> step_coefficients(const basic_heston_parameters<Number>& p, double length) {
    const Number kappa = p.mean_reversion, theta = p.long_run_variance, sigma = p.volatility_of_variance,
                 rho = p.correlation;
    const Number decay = exp(-kappa * length), gone = -expm1(-kappa * length);
    const double half = 0.5 * length;  // central weights gamma1 = gamma2 = 1/2
    const Number drift_slope = fma(kappa * rho, 1 / sigma, -0.5), ratio = rho / sigma;
    const Number k1 = fma(half, drift_slope, -ratio), k2 = fma(half, drift_slope, ratio);
    const Number k3 = half * fma(-rho, rho, 1.0), k4 = k3, exponent = fma(0.5, k4, k2);
    coefficients<Real> c;
    c.decay = decay;
    c.mean_constant = theta * gone;
    c.variance_slope = sigma * sigma * decay * gone / kappa;
    c.variance_constant = theta * sigma * sigma * gone * gone / (2 * kappa);
    c.variance_in_drift = k2;
    c.exponent = exponent;
    c.past_variance = k3;
    c.next_variance = k4;
    // Without correction the drift is K0 + K1 v + K2 v' with K0 = -rho kappa theta length / sigma.
    const Number k0 = -(ratio * kappa) * (theta * length);
    c.plain_constant = -fma(exponent, theta * gone, k0);
    c.plain_slope = -fma(exponent, decay, fma(0.5, k3, k1));
    return c;
  }

  template <class Real, class State, class Numbers>
  SPECTRALMC_HOST_DEVICE static SPECTRALMC_FORCE_INLINE void step(const coefficients<Real>& c, State& s,
                                                                  const Numbers& numbers) {
    using V = decltype(s.variance);
    const V one(Real(1)), zero(Real(0)), half(Real(0.5)), v = s.variance, a = V(c.exponent);
    const V mean = fma(V(c.decay), v, V(c.mean_constant));
    const V variance = fma(V(c.variance_slope), v, V(c.variance_constant));
    const V inverse_psi = mean * mean / variance;
    const auto quadratic = inverse_psi > V(Real(1 / 1.5));

    // Squared normal: v' = scale (b + Z)^2 with b^2 = 2/psi - 1 + sqrt(2/psi (2/psi - 1)) and mean scale (1 + b^2).
    const V t = maximum(inverse_psi + inverse_psi, one), t_minus_one = t - one;
    const V b_squared = t_minus_one + sqrt(t * t_minus_one);
    const V scale = mean / (one + b_squared);
    const V b = sqrt(b_squared), z = -numbers.normal(0);
    const V from_normal = scale * fma(z + z, b, fma(z, z, -one));  // v' - mean

    // Zero with probability p = (psi - 1)/(psi + 1), else exponential with mean beta^-1 = mean (psi + 1)/2.
    const V alive = minimum((inverse_psi + inverse_psi) / (one + inverse_psi), one);
    const V inverse_beta = mean / alive;
    const V from_uniform = fma(maximum(log(alive / numbers.uniform(0)), zero), inverse_beta, -mean);

    const V deviation_from_mean = select(quadratic, from_normal, from_uniform);
    const V next = maximum(mean + deviation_from_mean, zero);

    // log E exp(A w | v): a noncentral chi-square, or the mixture.
    const V doubled = rounded_product(a + a, scale);
    const V chi_square_room = one - doubled;
    const V exponential_room = fma(-a, inverse_beta, one);
    const V mixture = (one - alive) + alive / exponential_room;
    const auto finite = select(quadratic, chi_square_room, exponential_room) > zero;
    const V logarithm = log(select(quadratic, chi_square_room, mixture));
    const V corrected =
        select(quadratic, half * fma(doubled * b_squared, doubled / chi_square_room, -(logarithm + doubled)),
               fma(-a, mean, logarithm));
    const V correction = select(finite, corrected, fma(V(c.plain_slope), v, V(c.plain_constant)));

    const V conditional_variance = fma(V(c.past_variance), v, V(c.next_variance) * next);
    const V conditional_mean = fma(V(c.past_variance), v, V(c.next_variance) * mean);
    const V drift = fma(V(c.variance_in_drift), deviation_from_mean, -correction);
    s.log_martingale = s.log_martingale +
                       fma(sqrt(conditional_variance), numbers.normal(1), fma(V(Real(-0.5)), conditional_mean, drift));
    s.variance = next;
  }
};

/// Euler's scheme with full truncation: Lord, R., Koekkoek, R. and van Dijk, D. (2010), A comparison of biased
/// simulation schemes for stochastic volatility models, Quantitative Finance 10(2). The variance may go below zero and
/// enters drift and diffusion by its positive part. exp(X) is a martingale; the bias in option prices is of first order
/// in the step and large where Feller's condition fails.
struct full_truncation_euler {
  static constexpr int numbers_per_step = 2, reserve_blocks = 0;
  static constexpr least_volatility least{1e-6, 1e-12, "[1e-6, inf) in float, [1e-12, inf) in double"};

  template <class Real>
  struct coefficients {
    coefficient<Real> length, root_length, pull_constant, pull_slope, noise, correlation, independent;
  };

  template <class Real, class Number>
  static coefficients<Real> step_coefficients(const basic_heston_parameters<Number>& p, double length) {
    const double root = sqrt(length);
    coefficients<Real> c;
    c.length = length;
    c.root_length = root;
    c.pull_constant = p.mean_reversion * p.long_run_variance * length;
    c.pull_slope = -p.mean_reversion * length;
    c.noise = p.volatility_of_variance * root;
    c.correlation = p.correlation;
    c.independent = sqrt(maximum(fma(-p.correlation, p.correlation, 1.0), 0.0));
    return c;
  }

  template <class Real, class State, class Numbers>
  SPECTRALMC_HOST_DEVICE static SPECTRALMC_FORCE_INLINE void step(const coefficients<Real>& c, State& s,
                                                                  const Numbers& numbers) {
    using V = decltype(s.variance);
    const V positive = maximum(s.variance, V(Real(0)));
    const V root = sqrt(positive), z = numbers.normal(0);
    const V asset_noise = fma(V(c.correlation), z, V(c.independent) * numbers.normal(1));
    s.log_martingale =
        s.log_martingale + fma(root * V(c.root_length), asset_noise, V(Real(-0.5) * c.length) * positive);
    s.variance = s.variance + fma(root * V(c.noise), z, fma(V(c.pull_slope), positive, V(c.pull_constant)));
  }
};

/// The stochastic-volatility model. `Real` (float, double, or a dual of them) is the arithmetic of the
/// paths, `Scheme` the discretisation: quadratic_exponential, full_truncation_euler, or inverse_gaussian_integral
/// (models/heston_large_steps.hpp).
template <class Real = double, class Scheme = quadratic_exponential>
class heston {
 public:
  using real = Real;
  using number = double_of<Real>;
  using parameter_list = basic_heston_parameters<number>;
  using coefficients = typename Scheme::template coefficients<Real>;
  static constexpr int numbers_per_step = Scheme::numbers_per_step;
  static constexpr int reserve_blocks = Scheme::reserve_blocks;

  /// @throws invalid_parameter for a parameter outside the range given at heston_parameters
  heston(basic_market<number> asset, parameter_list parameters) : asset_(std::move(asset)), parameters_(parameters) {
    const double sigma = without_derivatives(parameters_.volatility_of_variance),
                 least = std::is_same_v<Real, double_of<Real>> ? Scheme::least.in_double : Scheme::least.in_float;
    require(std::isfinite(sigma) && sigma >= least, "volatility_of_variance", sigma, Scheme::least.allowed);
    require_valid(parameters_);
  }

  const basic_market<number>& asset() const { return asset_; }
  const parameter_list& parameters() const { return parameters_; }

  template <class V>
  struct state {
    V log_martingale;  ///< X
    V variance;        ///< v
  };

  coefficients step_coefficients(double /*time*/, double length) const {
    return Scheme::template step_coefficients<Real>(parameters_, length);
  }

  state<Real> initial_state() const { return {Real(0), static_cast<Real>(parameters_.initial_variance)}; }

  template <class V>
  SPECTRALMC_HOST_DEVICE static state<V> broadcast(const state<Real>& s) {
    return {V(s.log_martingale), V(s.variance)};
  }

  template <class V, class Numbers>
  SPECTRALMC_HOST_DEVICE static SPECTRALMC_FORCE_INLINE void step(const coefficients& c, state<V>& s,
                                                                  const Numbers& numbers) {
    Scheme::step(c, s, numbers);
  }

  /// log E exp(i u X(time)) for parameters that are numbers, packs, or duals of them.
  template <class P, class V>
  SPECTRALMC_HOST_DEVICE static auto exponent(const basic_heston_parameters<P>& p, complex<V> u, V time) {
    return heston_exponent(p, u, time);
  }

  /// X is Heston's process: models/affine_structure.hpp.
  const parameter_list& square_root_diffusion() const { return parameters_; }

  /// log E exp(i u X(time)) at this time, as a function of u: plain numbers that a device can be handed.
  heston_exponent_at exponent_at(double time) const { return {parameters_, time}; }

  /// log E exp(i u X(time)); see heston_exponent. Not a number where E exp(-Im(u) X(time)) is infinite.
  template <class V = double>
  complex<V> log_characteristic_function(complex<V> u, double time) const {
    return exponent_at(time)(u);
  }

  /// log|E exp(i u X(time))|, which for real u falls as |u| grows.
  template <class V = double>
  V log_modulus_bound(complex<V> u, double time) const {
    return exponent_at(time).log_modulus_bound(u);
  }

 private:
  basic_market<number> asset_;
  parameter_list parameters_;
};

}  // namespace spectralmc
