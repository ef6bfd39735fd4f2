// Heston's model in steps of any length: the variance exactly, its integral nearly so.
//
// Glasserman, P. and Kim, K.-K. (2011), Gamma expansion of the Heston stochastic volatility model, Finance and
// Stochastics 15(2); Tse, S. T. and Wan, J. W. L. (2013), Low-bias simulation scheme for the Heston model by inverse
// Gaussian approximation, Quantitative Finance 13(6).
#pragma once

#include "spectralmc/configuration.hpp"
#include "spectralmc/models/heston.hpp"
#include "spectralmc/numeric/elementary.hpp"
#include "spectralmc/numeric/value.hpp"
#include "spectralmc/random/bessel_count.hpp"
#include "spectralmc/random/gamma.hpp"
#include "spectralmc/random/inverse_gaussian.hpp"
#include "spectralmc/random/squared_bessel.hpp"

namespace spectralmc {

namespace heston_detail {

inline constexpr double pi_squared = 9.869604401089358;

/// H(q) = log(sinh(x) / x) and G(q) = x coth(x) - 2 q / (q + pi^2), x = sqrt(q), with derivatives by q, for q >= 0: the
/// cumulants of the integral over a square-root bridge are made of them. Relative errors of some 1e-11.
struct bridge_exponents {
  double h, h1, h2;  ///< H, H', H''
  double g, g1, g2;  ///< G, G', G''
};

inline bridge_exponents bridge_exponents_at(double q) {
  bridge_exponents e;
  if (q < 0.0625) {
    // H' is the sum of (-q)^k zeta(2 k + 2) / pi^(2 k + 2); what is left out of H''' is below 1e-14.
    constexpr double zeta[] = {1.0 / 6,     1.0 / 90,          1.0 / 945,      1.0 / 9450,
                               1.0 / 93555, 691.0 / 638512875, 2.0 / 18243225, 3617.0 / 325641566250};
    double h = 0, h1 = 0, h2 = 0, h3 = 0;
    for (int k = 7; k >= 0; --k) {
      const double sign = k % 2 == 0 ? 1 : -1, term = sign * zeta[k];
      h = fma(h, q, term / (k + 1));
      h1 = fma(h1, q, term);
      if (k >= 1) h2 = fma(h2, q, k * term);
      if (k >= 2) h3 = fma(h3, q, k * (k - 1) * term);
    }
    e.h = rounded_product(h, q);
    e.h1 = h1;
    e.h2 = h2;
    e.g = fma(2 * q, h1, 1.0);
    e.g1 = 2 * fma(q, h2, h1);
    e.g2 = fma(2 * q, h3, 4 * h2);
  } else {
    const double x = sqrt(q), decay = exp(-2 * x), gone = -expm1(-2 * x);
    const double coth = (1 + decay) / gone, csch_squared = 4 * decay / (gone * gone);
    e.h = x + log(gone / (2 * x));
    e.g = rounded_product(x, coth);
    e.g1 = 0.5 * (coth / x - csch_squared);
    e.g2 = (fma(2 * coth, csch_squared, -(csch_squared / x)) - coth / q) / (4 * x);
    e.h1 = (e.g - 1) / (2 * q);
    e.h2 = fma(-2.0, e.h1, e.g1) / (2 * q);
  }
  const double pole = q + pi_squared;
  e.g = e.g - 2 * q / pole;
  e.g1 = e.g1 - 2 * pi_squared / (pole * pole);
  e.g2 = e.g2 + 4 * pi_squared / (pole * pole * pole);
  return e;
}

}  // namespace heston_detail

/// The scheme for few, large steps: the variance v' after a step is exact (random/squared_bessel.hpp), and so is a
/// part of the average of v over the step, A; the rest of A is an inverse Gaussian variate with the exact conditional
/// mean and variance. exp(X) is a martingale to 1e-5. Good for steps of years, and for any shorter. What bias there is
/// comes from the third and higher conditional cumulants of that rest; docs/models/discretisation.md has it measured.
///
/// A is conditioned on v, v' and how v' was drawn. v' is 2 time x gamma(shape + N) with a Poisson count N, and given v,
/// v' and N, A has the transform of Glasserman and Kim's theorem 2.2, where their Bessel count is N:
///
///   log E exp(b A) = 2 (v + v') (g(p) - g(q)) / (sigma^2 h) + (shape + 2 N) (H(p) - H(q)),
///   g(q) = sqrt(q) coth(sqrt(q)),   p = (kappa h / 2)^2,   q = p - sigma^2 h b / 2,   shape = 2 kappa theta / sigma^2.
///
/// The term 2 q / (q + pi^2) of g is a sum of exponential variates, and drawn: the rest alone is too skewed for an
/// inverse Gaussian variate where v is small against sigma^2 h. N is not drawn: where it is not 0, N - 1 given the draw
/// has a Bessel law of index 0, so that no function of `shape` is needed. At b = (rho kappa / sigma - rho^2 / 2) h,
/// where sqrt(q) = |kappa - rho sigma| h / 2, the transform is what makes exp(X) a martingale; the inverse Gaussian's
/// own is put in its place.
struct inverse_gaussian_integral {
  static constexpr int numbers_per_step = 10, reserve_blocks = gamma_blocks;
  static constexpr least_volatility least{1e-2, 1e-10, "[1e-2, inf) in float, [1e-10, inf) in double"};

  template <class Real>
  struct coefficients {
    Real shape, decay, time;           // of the squared Bessel process
    Real bessel_scale;                 // z^2 = bessel_scale x left over x survived
    Real jumps_of_ends, half_jump;     // of the sum of exponential variates: mean count over v + v'; half the mean
    Real half_shape;                   // counts as many as N
    Real mean_of_ends, mean_of_count;  // of the rest: mean_of_ends (v + v') + mean_of_count (half_shape + N)
    Real variance_of_ends, variance_of_count;  // the same for its variance
    Real tilt;                                 // b
    Real tilted_ends, tilted_count;            // the same for the logarithm of its transform at b
    Real tilted_excess;                        // exp(tilted_count) - 1
    Real change, drift;                        // rho / sigma; what X gains besides
    Real independent_variance;                 // (1 - rho^2) h
  };

  template <class Real>
  static coefficients<Real> step_coefficients(const heston_parameters& p, double length) {
    const double kappa = p.mean_reversion, theta = p.long_run_variance, sigma = p.volatility_of_variance,
                 rho = p.correlation, variance_rate = sigma * sigma * length;
    const double shape = 2 * kappa * theta / (sigma * sigma), gone = -expm1(-kappa * length);
    const double time = sigma * sigma * gone / (4 * kappa);
    const double x = 0.5 * kappa * length, y = 0.5 * length * fma(-rho, sigma, kappa);
    const double from = rounded_product(x, x), to = rounded_product(y, y);
    const double tilt = length * rho * fma(-0.5, rho, kappa / sigma);
    const heston_detail::bridge_exponents at = heston_detail::bridge_exponents_at(from);
    // Divided differences of G and H, which small sigma does not spoil.
    const heston_detail::bridge_exponents tilted = heston_detail::bridge_exponents_at(to),
                                          between = heston_detail::bridge_exponents_at(0.5 * (from + to));
    const double difference = 0.5 * tilt * variance_rate;  // from - to
    const bool close = abs(difference) < 1e-5 * (10 + from);
    const double g_slope = close ? between.g1 : (at.g - tilted.g) / difference;
    const double h_slope = close ? between.h1 : (at.h - tilted.h) / difference;
    const double tilted_count = tilt * variance_rate * h_slope;  // 2 (H(p) - H(q))
    coefficients<Real> c;
    c.shape = static_cast<Real>(shape);
    c.decay = static_cast<Real>(exp(-kappa * length));
    c.time = static_cast<Real>(time);
    c.bessel_scale = static_cast<Real>(2 / time);
    const double pole = from + heston_detail::pi_squared;
    c.jumps_of_ends = static_cast<Real>(4 * heston_detail::pi_squared / (variance_rate * pole));
    c.half_jump = static_cast<Real>(0.25 * variance_rate / pole);
    c.half_shape = static_cast<Real>(0.5 * shape);
    c.mean_of_ends = static_cast<Real>(at.g1);
    c.mean_of_count = static_cast<Real>(variance_rate * at.h1);
    c.variance_of_ends = static_cast<Real>(-0.5 * variance_rate * at.g2);
    c.variance_of_count = static_cast<Real>(-0.5 * variance_rate * variance_rate * at.h2);
    c.tilt = static_cast<Real>(tilt);
    c.tilted_ends = static_cast<Real>(tilt * g_slope);
    c.tilted_count = static_cast<Real>(tilted_count);
    c.tilted_excess = static_cast<Real>(minimum(expm1(tilted_count), 1e30));  // larger ones meet no count
    c.change = static_cast<Real>(rho / sigma);
    c.drift = static_cast<Real>(kappa * theta * length * fma(tilt, h_slope, -(rho / sigma)));
    c.independent_variance = static_cast<Real>(fma(-rho, rho, 1.0) * length);
    return c;
  }

  template <class Real, class State, class Numbers>
  SPECTRALMC_HOST_DEVICE static SPECTRALMC_FORCE_INLINE void step(const coefficients<Real>& c, State& s,
                                                                  const Numbers& numbers) {
    using V = decltype(s.variance);
    const V zero(Real(0)), half(Real(0.5)), one(Real(1)), two(Real(2)), v = s.variance;
    const auto drawn = squared_bessel_in_parts(c.shape, V(c.decay) * v, V(c.time), numbers);
    const V next = drawn.from_zero + drawn.survived.sum, ends = v + next;
    const auto counted = drawn.survived.left_over > zero;
    const V z_squared = rounded_product(V(c.bessel_scale) * drawn.survived.sum, drawn.survived.left_over);
    const bessel_count<V> others(select(counted, z_squared, zero));  // N - 1
    const V first = select(counted, one, zero);

    const V jumps = make_exponential_sum(rounded_product(V(c.jumps_of_ends), ends), V(c.half_jump), numbers.uniform(4),
                                         numbers.normal(5), numbers.normal(6))
                        .sum;
    const V counts = V(c.half_shape) + (first + others.mean), of_count(c.mean_of_count);
    const V mean = fma(V(c.mean_of_ends), ends, of_count * counts);
    const V variance =
        fma(V(c.variance_of_ends), ends, fma(V(c.variance_of_count), counts, of_count * of_count * others.variance));
    // Where its E exp(b A) would be infinite the inverse Gaussian is made narrower. That takes a positive correlation,
    // and states that hardly occur.
    const V tilt(c.tilt), tilted_mean = tilt * mean;
    const V shape = maximum(mean * mean / variance, V(Real(2.02)) * tilted_mean);
    const V relative = inverse_gaussian(shape, numbers.normal(7), numbers.uniform(8));
    const V own_transform = two / (one + sqrt(fma(-two, tilted_mean / shape, one)));  // its logarithm over tilted_mean

    const V count_transform = fma(V(c.tilted_count), first, others.log_expectation_of_power(c.tilted_excess));
    const V drift = fma(V(c.change), next - v, fma(V(c.tilted_ends), ends, V(c.drift) + count_transform));
    const V correlated = fma(tilted_mean, relative - own_transform, fma(tilt, jumps, drift));
    const V independent = V(c.independent_variance) * fma(mean, relative, jumps);
    s.log_martingale =
        s.log_martingale + fma(sqrt(independent), numbers.normal(9), fma(-half, independent, correlated));
    s.variance = next;
  }
};

}  // namespace spectralmc
