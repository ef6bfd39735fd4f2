// Heston, S. L. (1993), A closed-form solution for options with stochastic volatility, Review of Financial Studies
// 6(2).
//
//   dX = -v/2 dt + sqrt(v) dB,   dv = kappa (theta - v) dt + sigma sqrt(v) dW,   dB dW = rho dt,
//   S(t) = forward(t) exp(X(t)).
#pragma once

#include <cmath>
#include <cstddef>
#include <limits>
#include <type_traits>
#include <utility>

#include "spectralmc/configuration.hpp"
#include "spectralmc/market/market.hpp"
#include "spectralmc/numeric/complex.hpp"
#include "spectralmc/numeric/elementary.hpp"
#include "spectralmc/numeric/strided.hpp"
#include "spectralmc/numeric/value.hpp"

namespace spectralmc {

struct heston_parameters {
  double initial_variance;        ///< v0, a year; [0, inf)
  double mean_reversion;          ///< kappa, a year; (0, inf)
  double long_run_variance;       ///< theta, a year; (0, inf)
  double volatility_of_variance;  ///< sigma, a year; (0, inf), and not below what the scheme can do with
  double correlation;             ///< rho; [-1, 1]
};

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
    Real decay;                         // m(v) = E[v' | v] = mean_constant + decay v
    Real mean_constant;                 //
    Real variance_constant;             // Var[v' | v] = variance_constant + variance_slope v
    Real variance_slope;                //
    Real variance_in_drift;             // K2: weight of v' in X'
    Real exponent;                      // A = K2 + K4/2: the correction is -log E exp(A w)
    Real past_variance, next_variance;  // K3 and K4: Var[X' | v, v'] = K3 v + K4 v'
    Real plain_constant, plain_slope;   // takes the place of log E exp(A w) where that is infinite
  };

  template <class Real>
  static coefficients<Real> step_coefficients(const heston_parameters& p, double length) {
    const double kappa = p.mean_reversion, theta = p.long_run_variance, sigma = p.volatility_of_variance,
                 rho = p.correlation;
    const double decay = exp(-kappa * length), gone = -expm1(-kappa * length);
    const double half = 0.5 * length;  // central weights gamma1 = gamma2 = 1/2
    const double drift_slope = fma(kappa * rho, 1 / sigma, -0.5), ratio = rho / sigma;
    const double k1 = fma(half, drift_slope, -ratio), k2 = fma(half, drift_slope, ratio);
    const double k3 = half * fma(-rho, rho, 1.0), k4 = k3, exponent = fma(0.5, k4, k2);
    coefficients<Real> c;
    c.decay = static_cast<Real>(decay);
    c.mean_constant = static_cast<Real>(theta * gone);
    c.variance_slope = static_cast<Real>(sigma * sigma * decay * gone / kappa);
    c.variance_constant = static_cast<Real>(theta * sigma * sigma * gone * gone / (2 * kappa));
    c.variance_in_drift = static_cast<Real>(k2);
    c.exponent = static_cast<Real>(exponent);
    c.past_variance = static_cast<Real>(k3);
    c.next_variance = static_cast<Real>(k4);
    // Without correction the drift is K0 + K1 v + K2 v' with K0 = -rho kappa theta length / sigma.
    const double k0 = -(ratio * kappa) * (theta * length);
    c.plain_constant = static_cast<Real>(-fma(exponent, theta * gone, k0));
    c.plain_slope = static_cast<Real>(-fma(exponent, decay, fma(0.5, k3, k1)));
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
    Real length, root_length, pull_constant, pull_slope, noise, correlation, independent;
  };

  template <class Real>
  static coefficients<Real> step_coefficients(const heston_parameters& p, double length) {
    const double root = sqrt(length);
    coefficients<Real> c;
    c.length = static_cast<Real>(length);
    c.root_length = static_cast<Real>(root);
    c.pull_constant = static_cast<Real>(p.mean_reversion * p.long_run_variance * length);
    c.pull_slope = static_cast<Real>(-p.mean_reversion * length);
    c.noise = static_cast<Real>(p.volatility_of_variance * root);
    c.correlation = static_cast<Real>(p.correlation);
    c.independent = static_cast<Real>(sqrt(maximum(fma(-p.correlation, p.correlation, 1.0), 0.0)));
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

/// The parameters of heston_parameters, in their order, as numbers of any kind.
template <class P>
struct heston_numbers {
  P initial_variance, mean_reversion, long_run_variance, volatility_of_variance, correlation;
};

template <class V>
heston_numbers<V> numbers_of(const heston_parameters& p) {
  return {V(p.initial_variance), V(p.mean_reversion), V(p.long_run_variance), V(p.volatility_of_variance),
          V(p.correlation)};
}

/// What the logarithm of a characteristic function is linear in: log E exp(i u X) = long_run kappa theta + variance v0.
template <class L, class V>
struct heston_terms {
  L long_run;
  V variance;
};

/// The terms of log E exp(i u X(time)) for parameters that are numbers, packs, or duals (numeric/dual.hpp) of them, in
/// the form whose logarithm stays on its principal branch at all maturities: Albrecher, H., Mayer, P., Schoutens, W.
/// and Tistaert, J. (2007), The little Heston trap, Wilmott Magazine. The difference beta - d is taken from its product
/// with beta + d, which keeps small u and small sigma accurate.
template <class P, class V>
SPECTRALMC_HOST_DEVICE auto terms_of_heston_exponent(const heston_numbers<P>& p, complex<V> u, V time) {
  const complex<V> i(V(0), V(1));
  const complex<V> q = u * (u + i);  // u^2 + i u
  const P sigma_squared = p.volatility_of_variance * p.volatility_of_variance;
  const auto beta = p.mean_reversion - (i * u) * (p.correlation * p.volatility_of_variance);
  const auto q_sigma = q * sigma_squared;
  const auto d = sqrt(beta * beta + q_sigma);
  const auto sum = beta + d;                 // Re > 0
  const auto difference = -(q_sigma / sum);  // beta - d
  const auto gone = -expm1(-(d * time));
  const auto decay = V(1) - gone;
  const auto variance_term = -((q * gone) / (sum - difference * decay));
  const auto logarithm = log1p(difference * gone / (d + d));
  const auto long_run_term = -((q * time) / sum) - logarithm * (V(2) / sigma_squared);
  return heston_terms<std::decay_t<decltype(long_run_term)>, std::decay_t<decltype(variance_term)>>{long_run_term,
                                                                                                    variance_term};
}

/// log E exp(i u X(time)).
template <class P, class V>
SPECTRALMC_HOST_DEVICE auto heston_exponent(const heston_numbers<P>& p, complex<V> u, V time) {
  const auto terms = terms_of_heston_exponent(p, u, time);
  return terms.long_run * (p.mean_reversion * p.long_run_variance) + terms.variance * p.initial_variance;
}

/// The law of v(time) by its transform: v is a multiple of a noncentral chi-square variate, Cox, J. C., Ingersoll, J.
/// E. and Ross, S. A. (1985), A theory of the term structure of interest rates, Econometrica 53(2),
///
///   log E exp(c v) = c decay v0 / (1 - c scale) - shape log(1 - c scale),   shape = 2 kappa theta / sigma^2.
struct square_root_law {
  double decay, scale, shape, initial;

  /// `pull` takes the place of kappa in the drift kappa theta - pull v, of either sign or 0.
  square_root_law(const heston_parameters& p, double pull, double time)
      : decay(exp(-pull * time)),
        scale(0.5 * p.volatility_of_variance * p.volatility_of_variance *
              (pull == 0 ? time : -expm1(-pull * time) / pull)),
        shape(2 * p.mean_reversion * p.long_run_variance / (p.volatility_of_variance * p.volatility_of_variance)),
        initial(p.initial_variance) {}

  /// log E exp(c v) for c scale with real parts below 1: elsewhere the expectation is infinite.
  template <class V>
  complex<V> exponent(complex<V> c) const {
    const complex<V> scaled = c * V(scale);
    return c * V(decay * initial) / (V(1) - scaled) - log1p(-scaled) * V(shape);
  }
};

/// Whether E exp(s X(time)) is finite: Andersen, L. B. G. and Piterbarg, V. V. (2007), Moment explosions in stochastic
/// volatility models, Finance and Stochastics 11(1), proposition 3.1. The closed form stays finite beyond, where it is
/// not that expectation.
inline bool heston_moment_is_finite(const heston_parameters& p, double s, double time) {
  if (s >= 0 && s <= 1) return true;
  const double pull = fma(-rounded_product(p.correlation, p.volatility_of_variance), s, p.mean_reversion);
  const double push = rounded_product(p.volatility_of_variance * p.volatility_of_variance, s * (s - 1));
  const double square = fma(pull, pull, -push);
  if (square >= 0 && pull > 0) return true;
  const double root = sqrt(abs(square));
  double explosion = -2 / pull;  // the limit at root 0
  if (square < 0) {
    if (pull >= 0 && root * time < pi) return true;  // as it mostly is: the angle is pi / 2 at least
    explosion = 2 * atan2(root, -pull) / root;
  } else if (root > -1e-8 * pull) {
    explosion = log((root - pull) * (root - pull) / push) / root;
  }
  return time < explosion;
}

namespace detail {

/// The exponent at u, log E exp(i u X), but not a number where finite(s) denies E exp(s X), s = -Im u. From 0 to 1 that
/// is not asked: E exp(X) is 1.
template <class V, class Finite>
complex<V> where_moments_are_finite(complex<V> u, complex<V> exponent, const Finite& finite) {
  if (all(both(u.im <= V(0.0), u.im >= V(-1.0)))) return exponent;
  constexpr std::size_t width = lane_count<V>;
  double imaginary[width], rest[width];
  store(u.im, imaginary);
  for (std::size_t i = 0; i < width; ++i) {
    if (i > 0 && imaginary[i] == imaginary[i - 1]) {
      rest[i] = rest[i - 1];
    } else {
      const bool inside = imaginary[i] <= 0 && imaginary[i] >= -1;
      rest[i] = inside || finite(-imaginary[i]) ? 0 : std::numeric_limits<double>::quiet_NaN();
    }
  }
  return exponent + complex<V>(load<V>(rest), V(0.0));
}

}  // namespace detail

/// The stochastic-volatility model. `Real` (float or double) is the arithmetic of the paths, `Scheme` the
/// discretisation: quadratic_exponential, full_truncation_euler, or inverse_gaussian_integral
/// (models/heston_large_steps.hpp).
template <class Real = double, class Scheme = quadratic_exponential>
class heston {
 public:
  using real = Real;
  using coefficients = typename Scheme::template coefficients<Real>;
  static constexpr int numbers_per_step = Scheme::numbers_per_step;
  static constexpr int reserve_blocks = Scheme::reserve_blocks;

  /// @throws invalid_parameter for a parameter outside the range given at heston_parameters
  heston(market asset, heston_parameters parameters) : asset_(std::move(asset)), parameters_(parameters) {
    require_not_negative("initial_variance", parameters_.initial_variance);
    require_positive("mean_reversion", parameters_.mean_reversion);
    require_positive("long_run_variance", parameters_.long_run_variance);
    const double least = sizeof(Real) == 4 ? Scheme::least.in_float : Scheme::least.in_double;
    require(std::isfinite(parameters_.volatility_of_variance) && parameters_.volatility_of_variance >= least,
            "volatility_of_variance", parameters_.volatility_of_variance, Scheme::least.allowed);
    require(parameters_.correlation >= -1 && parameters_.correlation <= 1, "correlation", parameters_.correlation,
            "[-1, 1]");
  }

  const market& asset() const { return asset_; }
  const heston_parameters& parameters() const { return parameters_; }

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

  /// log E exp(i u X(time)); see heston_exponent. Not a number where E exp(-Im(u) X(time)) is infinite.
  template <class V>
  complex<V> log_characteristic_function(complex<V> u, double time) const {
    return detail::where_moments_are_finite(u, heston_exponent(numbers_of<V>(parameters_), u, V(time)),
                                            [&](double s) { return heston_moment_is_finite(parameters_, s, time); });
  }

 private:
  market asset_;
  heston_parameters parameters_;
};

}  // namespace spectralmc
