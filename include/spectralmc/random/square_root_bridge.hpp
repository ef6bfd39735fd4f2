// Square-root processes, dv = kappa (theta - v) dt + sigma sqrt(v) dW, over steps of any length: the end exactly, and
// the average on the way nearly so.
//
// Glasserman, P. and Kim, K.-K. (2011), Gamma expansion of the Heston stochastic volatility model, Finance and
// Stochastics 15(2); Tse, S. T. and Wan, J. W. L. (2013), Low-bias simulation scheme for the Heston model by inverse
// Gaussian approximation, Quantitative Finance 13(6).
#pragma once

#include "spectralmc/configuration.hpp"
#include "spectralmc/numeric/elementary.hpp"
#include "spectralmc/numeric/number.hpp"
#include "spectralmc/numeric/value.hpp"
#include "spectralmc/random/bessel_count.hpp"
#include "spectralmc/random/squared_bessel.hpp"

namespace spectralmc {

namespace square_root_detail {

inline constexpr double pi_squared = 9.869604401089358;

/// H(q) = log(sinh(x) / x) and G(q) = x coth(x) - 2 q / (q + pi^2), x = sqrt(q), with derivatives by q, for q >= 0: the
/// cumulants of the integral over a square-root bridge are made of them. Relative errors of some 1e-11.
template <class Number>
struct bridge_exponents {
  Number h, h1, h2;  ///< H, H', H''
  Number g, g1, g2;  ///< G, G', G''
};

template <class Number>
bridge_exponents<Number> bridge_exponents_at(Number q) {
  bridge_exponents<Number> e;
  if (q < 0.0625) {
    // H' is the sum of (-q)^k zeta(2 k + 2) / pi^(2 k + 2); what is left out of H''' is below 1e-14.
    constexpr double zeta[] = {1.0 / 6,     1.0 / 90,          1.0 / 945,      1.0 / 9450,
                               1.0 / 93555, 691.0 / 638512875, 2.0 / 18243225, 3617.0 / 325641566250};
    Number h = 0, h1 = 0, h2 = 0, h3 = 0;
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
    const Number x = sqrt(q), decay = exp(-2 * x), gone = -expm1(-2 * x);
    const Number coth = (1 + decay) / gone, csch_squared = 4 * decay / (gone * gone);
    e.h = x + log(gone / (2 * x));
    e.g = rounded_product(x, coth);
    e.g1 = 0.5 * (coth / x - csch_squared);
    e.g2 = (fma(2 * coth, csch_squared, -(csch_squared / x)) - coth / q) / (4 * x);
    e.h1 = (e.g - 1) / (2 * q);
    e.h2 = fma(-2.0, e.h1, e.g1) / (2 * q);
  }
  const Number pole = q + pi_squared;
  e.g = e.g - 2 * q / pole;
  e.g1 = e.g1 - 2 * pi_squared / (pole * pole);
  e.g2 = e.g2 + 4 * pi_squared / (pole * pole * pole);
  return e;
}

}  // namespace square_root_detail

/// One step of the process: its end is exact, and the average A over the step is a sum of exponential variates, drawn,
/// and a rest of which the conditional mean and variance are known.
///
/// A is conditioned on v, v' and how v' was drawn. v' is 2 time x gamma(shape + N) with a Poisson count N, and given v,
/// v' and N, A has the transform of Glasserman and Kim's theorem 2.2, where their Bessel count is N:
///
///   log E exp(b A) = 2 (v + v') (g(p) - g(q)) / (sigma^2 h) + (shape + 2 N) (H(p) - H(q)),
///   g(q) = sqrt(q) coth(sqrt(q)),   p = (kappa h / 2)^2,   q = p - sigma^2 h b / 2,   shape = 2 kappa theta / sigma^2.
///
/// The term 2 q / (q + pi^2) of g is the sum of exponential variates: the rest alone is too skewed for an inverse
/// Gaussian variate where v is small against sigma^2 h. N is not drawn: where it is not 0, N - 1 given the draw has a
/// Bessel law of index 0, so that no function of `shape` is needed.
template <class Real>
struct square_root_bridge {
  using number = double_of<Real>;

  coefficient<Real> shape, decay, time;           // of the squared Bessel process
  coefficient<Real> bessel_scale;                 // z^2 = bessel_scale x left over x survived
  coefficient<Real> jumps_of_ends, half_jump;     // of the exponential variates: mean count over v + v', half the mean
  coefficient<Real> half_shape;                   // counts as many as N
  coefficient<Real> mean_of_ends, mean_of_count;  // of the rest: mean_of_ends (v + v') + mean_of_count (half_shape + N)
  coefficient<Real> variance_of_ends, variance_of_count;  // the same for its variance

  square_root_bridge() = default;
  square_root_bridge(number mean_reversion, number long_run_value, number volatility, double length) {
    const number variance_rate = volatility * volatility * length;
    const number process_shape = 2 * mean_reversion * long_run_value / (volatility * volatility);
    const number gone = -expm1(rounded_product(-mean_reversion, length));
    const number process_time = volatility * volatility * gone / (4 * mean_reversion);
    const number x = 0.5 * mean_reversion * length, from = rounded_product(x, x);
    const number pole = from + square_root_detail::pi_squared;
    const square_root_detail::bridge_exponents<number> at = square_root_detail::bridge_exponents_at(from);
    shape = process_shape;
    decay = exp(rounded_product(-mean_reversion, length));
    time = process_time;
    bessel_scale = 2 / process_time;
    jumps_of_ends = 4 * square_root_detail::pi_squared / (variance_rate * pole);
    half_jump = 0.25 * variance_rate / pole;
    half_shape = 0.5 * process_shape;
    mean_of_ends = at.g1;
    mean_of_count = variance_rate * at.h1;
    variance_of_ends = -0.5 * variance_rate * at.g2;
    variance_of_count = -0.5 * variance_rate * variance_rate * at.h2;
  }
};

SPECTRALMC_LANES_NAMESPACE_BEGIN

/// What is drawn of a step from v.
template <class V>
struct square_root_step {
  V next;                  ///< v', exact
  V jumps;                 ///< the part of A that is drawn
  V mean, variance;        ///< of the rest of A
  V first;                 ///< 1 where N > 0, else 0
  bessel_count<V> others;  ///< N - 1

  /// Numbers 0 to 6 of the step and a gamma variate's from its reserve are used.
  template <class Numbers>
  SPECTRALMC_HOST_DEVICE SPECTRALMC_FORCE_INLINE square_root_step(const square_root_bridge<scalar_of<V>>& c, V v,
                                                                  const Numbers& numbers)
      : square_root_step(c, v, squared_bessel_in_parts(c.shape, V(c.decay) * v, V(c.time), numbers), numbers) {}

 private:
  template <class Numbers>
  SPECTRALMC_HOST_DEVICE SPECTRALMC_FORCE_INLINE square_root_step(const square_root_bridge<scalar_of<V>>& c, V v,
                                                                  const squared_bessel_parts<V>& drawn,
                                                                  const Numbers& numbers)
      : next(drawn.from_zero + drawn.survived.sum), others(count_of(c, drawn.survived)) {
    using real = scalar_of<V>;
    first = select(drawn.survived.left_over > V(real(0)), V(real(1)), V(real(0)));
    const V ends = v + next;
    jumps = make_exponential_sum(rounded_product(V(c.jumps_of_ends), ends), V(c.half_jump), numbers.uniform(4),
                                 numbers.normal(5), numbers.normal(6))
                .sum;
    const V counts = V(c.half_shape) + (first + others.mean), of_count(c.mean_of_count);
    mean = fma(V(c.mean_of_ends), ends, of_count * counts);
    variance =
        fma(V(c.variance_of_ends), ends, fma(V(c.variance_of_count), counts, of_count * of_count * others.variance));
  }

  static SPECTRALMC_HOST_DEVICE SPECTRALMC_FORCE_INLINE V count_of(const square_root_bridge<scalar_of<V>>& c,
                                                                   const exponential_sum<V>& survived) {
    const V zero(scalar_of<V>(0));
    const V z_squared = rounded_product(V(c.bessel_scale) * survived.sum, survived.left_over);
    return select(survived.left_over > zero, z_squared, zero);
  }
};

SPECTRALMC_LANES_NAMESPACE_END
}  // namespace spectralmc
