// Heston's exponent, which Bates' model has a part in.
#pragma once

#include <cmath>

#include "honesty/random_cases.hpp"
#include "honesty/truths.hpp"
#include "spectralmc/models/heston.hpp"

namespace spectralmc::honesty {

/// log E exp(s X) in the textbook form of Albrecher, H., Mayer, P., Schoutens, W. and Tistaert, J. (2007), The little
/// Heston trap, Wilmott Magazine, with its quotient g.
inline exponent_function heston_exponent(const heston_parameters& p, double maturity) {
  const number kappa = p.mean_reversion, theta = p.long_run_variance, sigma = p.volatility_of_variance,
               rho = p.correlation, v0 = p.initial_variance, time = maturity, square = sigma * sigma;
  return [=](complex_number s) {
    const complex_number one(1), beta = complex_number(kappa) - s * (rho * sigma);
    const complex_number d = root(beta * beta - s * (s - 1) * square);
    const complex_number g = (beta - d) / (beta + d), decay = exponential(-d * time);
    const complex_number constant = (beta - d) * time - logarithm((one - g * decay) / (one - g)) * 2;
    const complex_number slope = (beta - d) * (one - decay) / (one - g * decay);
    return (constant * (kappa * theta) + slope * v0) / complex_number(square);
  };
}

inline heston_parameters draw_heston(random_source& random, bool wide, parameter_text& text) {
  heston_parameters p{};
  if (wide) {
    p.initial_variance = random.chance(0.1) ? 0 : random.log_between(1e-8, 4);
    p.mean_reversion = random.log_between(1e-3, 50);
    p.long_run_variance = random.log_between(1e-8, 4);
    p.volatility_of_variance = random.log_between(1e-5, 10);
    p.correlation = random.chance(0.1) ? (random.chance(0.5) ? -1 : 1) : random.between(-1, 1);
  } else {
    p.initial_variance = random.log_between(0.005, 0.3);
    p.mean_reversion = random.between(0.1, 8);
    p.long_run_variance = random.log_between(0.01, 0.3);
    p.volatility_of_variance = random.between(0.05, 1.5);
    p.correlation = random.between(-0.95, 0.5);
  }
  text.add("initial_variance", p.initial_variance).add("mean_reversion", p.mean_reversion);
  text.add("long_run_variance", p.long_run_variance).add("volatility_of_variance", p.volatility_of_variance);
  text.add("correlation", p.correlation);
  return p;
}

/// The expected variance of log(S), without what the variance's own correlation adds.
inline double heston_variance(const heston_parameters& p, double maturity) {
  const double x = p.mean_reversion * maturity, share = -std::expm1(-x) / x;
  return (p.long_run_variance * (1 - share) + p.initial_variance * share) * maturity;
}

}  // namespace spectralmc::honesty
