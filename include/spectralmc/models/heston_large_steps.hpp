// Heston's model in steps of any length: the variance exactly, its integral nearly so.
#pragma once

#include "spectralmc/configuration.hpp"
#include "spectralmc/models/heston.hpp"
#include "spectralmc/numeric/elementary.hpp"
#include "spectralmc/numeric/number.hpp"
#include "spectralmc/numeric/value.hpp"
#include "spectralmc/random/gamma.hpp"
#include "spectralmc/random/inverse_gaussian.hpp"
#include "spectralmc/random/square_root_bridge.hpp"

namespace spectralmc {

/// The scheme for few, large steps: the variance v' after a step is exact (random/squared_bessel.hpp), and so is a
/// part of the average of v over the step, A; the rest of A is an inverse Gaussian variate with the exact conditional
/// mean and variance. exp(X) is a martingale to 1e-5. Good for steps of years, and for any shorter. What bias there is
/// comes from the third and higher conditional cumulants of that rest; docs/models/discretisation.md has it measured.
///
/// At b = (rho kappa / sigma - rho^2 / 2) h the conditional transform of A (random/square_root_bridge.hpp), in which
/// sqrt(q) is |kappa - rho sigma| h / 2 there, is what makes exp(X) a martingale; the inverse Gaussian's own is put in
/// its place.
struct inverse_gaussian_integral {
  static constexpr int numbers_per_step = 10, reserve_blocks = gamma_blocks;
  static constexpr least_volatility least{1e-2, 1e-10, "[1e-2, inf) in float, [1e-10, inf) in double"};

  template <class Real>
  struct coefficients {
    square_root_bridge<Real> variance;
    coefficient<Real> tilt;                  // b
    coefficient<Real> tilted_ends;           // the logarithm of the rest's transform at b, by v + v'
    coefficient<Real> tilted_count;          // and by half_shape + N
    coefficient<Real> tilted_excess;         // exp(tilted_count) - 1
    coefficient<Real> change, drift;         // rho / sigma; what X gains besides
    coefficient<Real> independent_variance;  // (1 - rho^2) h
  };

  template <class Real, class Number>
  static coefficients<Real> step_coefficients(const basic_heston_parameters<Number>& p, double length) {
    using exponents = square_root_detail::bridge_exponents<Number>;
    const Number kappa = p.mean_reversion, theta = p.long_run_variance, sigma = p.volatility_of_variance,
                 rho = p.correlation, variance_rate = sigma * sigma * length;
    const Number x = 0.5 * kappa * length, y = 0.5 * length * fma(-rho, sigma, kappa);
    const Number from = rounded_product(x, x), to = rounded_product(y, y);
    const Number tilt = length * rho * fma(-0.5, rho, kappa / sigma);
    const exponents at = square_root_detail::bridge_exponents_at(from);
    // Divided differences of G and H, which small sigma does not spoil.
    const exponents tilted = square_root_detail::bridge_exponents_at(to);
    const exponents between = square_root_detail::bridge_exponents_at<Number>(0.5 * (from + to));
    const Number difference = 0.5 * tilt * variance_rate;  // from - to
    const bool close = abs(difference) < 1e-5 * (10 + from);
    const Number g_slope = close ? between.g1 : (at.g - tilted.g) / difference;
    const Number h_slope = close ? between.h1 : (at.h - tilted.h) / difference;
    const Number tilted_count = tilt * variance_rate * h_slope;  // 2 (H(p) - H(q))
    coefficients<Real> c;
    c.variance = square_root_bridge<Real>(kappa, theta, sigma, length);
    c.tilt = tilt;
    c.tilted_ends = tilt * g_slope;
    c.tilted_count = tilted_count;
    c.tilted_excess = minimum(expm1(tilted_count), 1e30);  // larger ones meet no count
    c.change = rho / sigma;
    c.drift = kappa * theta * length * fma(tilt, h_slope, -(rho / sigma));
    c.independent_variance = fma(-rho, rho, 1.0) * length;
    return c;
  }

  template <class Real, class State, class Numbers>
  SPECTRALMC_HOST_DEVICE static SPECTRALMC_FORCE_INLINE void step(const coefficients<Real>& c, State& s,
                                                                  const Numbers& numbers) {
    using V = decltype(s.variance);
    const V half(Real(0.5)), one(Real(1)), two(Real(2)), v = s.variance;
    const square_root_step<V> drawn(c.variance, v, numbers);
    // Where its E exp(b A) would be infinite the inverse Gaussian is made narrower. That takes a positive correlation,
    // and states that hardly occur.
    const V tilt(c.tilt), tilted_mean = tilt * drawn.mean;
    const V shape = maximum(drawn.mean * drawn.mean / drawn.variance, V(Real(2.02)) * tilted_mean);
    const V relative = inverse_gaussian(shape, numbers.normal(7), numbers.uniform(8));
    const V own_transform = two / (one + sqrt(fma(-two, tilted_mean / shape, one)));  // its logarithm over tilted_mean

    const V count_transform =
        fma(V(c.tilted_count), drawn.first, drawn.others.log_expectation_of_power(c.tilted_excess));
    const V drift =
        fma(V(c.change), drawn.next - v, fma(V(c.tilted_ends), v + drawn.next, V(c.drift) + count_transform));
    const V correlated = fma(tilted_mean, relative - own_transform, fma(tilt, drawn.jumps, drift));
    const V independent = V(c.independent_variance) * fma(drawn.mean, relative, drawn.jumps);
    s.log_martingale =
        s.log_martingale + fma(sqrt(independent), numbers.normal(9), fma(-half, independent, correlated));
    s.variance = drawn.next;
  }
};

}  // namespace spectralmc
