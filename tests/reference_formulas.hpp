// Independent formulas in long double that the library's results are compared with: none of its own code is used.
#pragma once

#include <cmath>
#include <complex>
#include <cstdint>
#include <random>

#include "spectralmc/models/heston.hpp"

namespace spectralmc::reference {

using number = long double;
using complex_number = std::complex<long double>;

inline constexpr number pi = 3.14159265358979323846264338327950288L;

inline number normal_density(number x) { return std::exp(-0.5L * x * x) / std::sqrt(2 * pi); }

inline number normal_cdf(number x) { return 0.5L * std::erfc(-x / std::sqrt(2.0L)); }

/// By bisection, from the tail that is not near 1.
inline number normal_quantile(number probability) {
  if (probability > 0.5L) return -normal_quantile(1 - probability);
  number lower = -40, upper = 0;
  for (int i = 0; i < 80; ++i) {
    const number middle = 0.5L * (lower + upper);
    (normal_cdf(middle) < probability ? lower : upper) = middle;
  }
  return upper;
}

/// E max(sign (F exp(s Z - s^2/2) - K), 0), Z normal; sign is 1 for a call and -1 for a put.
inline number black(int sign, number forward, number strike, number deviation) {
  if (deviation == 0) return std::fmax(0.0L, static_cast<number>(sign) * (forward - strike));
  const number d1 = std::log(forward / strike) / deviation + 0.5L * deviation, d2 = d1 - deviation;
  const auto s = static_cast<number>(sign);
  return s * (forward * normal_cdf(s * d1) - strike * normal_cdf(s * d2));
}

/// The second moment of the payoff above.
inline number black_second_moment(int sign, number forward, number strike, number deviation) {
  const number d2 = std::log(forward / strike) / deviation - 0.5L * deviation;
  const auto s = static_cast<number>(sign);
  return forward * forward * std::exp(deviation * deviation) * normal_cdf(s * (d2 + 2 * deviation)) -
         2 * forward * strike * normal_cdf(s * (d2 + deviation)) + strike * strike * normal_cdf(s * d2);
}

/// An undiscounted option under Merton's model: Merton, R. C. (1976), Option pricing when underlying stock returns are
/// discontinuous, J. Financial Economics 3, (16): Black's prices, by the number of jumps.
inline number merton_option(int sign, number forward, number strike, number volatility, number intensity, number mean,
                            number deviation, number time) {
  const number jump = mean + 0.5L * deviation * deviation, expected = intensity * time;
  const number most = expected * std::fmax(1.0L, std::exp(jump));  // where the weight of a number times the asset peaks
  number sum = 0, weight = -expected;                              // its logarithm
  for (int n = 0;; ++n) {
    const auto jumps = static_cast<number>(n);
    const number growth = jumps * jump - expected * std::expm1(jump);
    if (jumps > most && weight + std::fmax(growth, 0.0L) < -80) return sum;
    sum += std::exp(weight) * black(sign, forward * std::exp(growth), strike,
                                    std::sqrt(volatility * volatility * time + jumps * deviation * deviation));
    weight += std::log(expected / (jumps + 1));
  }
}

/// log E exp(i u X(T)) of Heston's model in the textbook form of the little trap, with its quotient g.
inline complex_number heston_exponent(const heston_parameters& p, complex_number u, number time) {
  const complex_number i(0, 1);
  const number kappa = p.mean_reversion, theta = p.long_run_variance, sigma = p.volatility_of_variance,
               rho = p.correlation, v0 = p.initial_variance;
  const complex_number beta = kappa - rho * sigma * i * u;
  const complex_number d = std::sqrt(beta * beta + sigma * sigma * (i * u + u * u));
  const complex_number g = (beta - d) / (beta + d), decay = std::exp(-d * time);
  const complex_number constant = (beta - d) * time - 2.0L * std::log((1.0L - g * decay) / (1.0L - g));
  const complex_number slope = (beta - d) * (1.0L - decay) / (1.0L - g * decay);
  return (kappa * theta * constant + v0 * slope) / (sigma * sigma);
}

/// An undiscounted call: Lewis, A. (2000), Option Valuation under Stochastic Volatility, (2.10), with the integral over
/// u in (0, inf) by the trapezoidal rule of `step` in t, u = exp(t - exp(-t)). `exponent(u)` is log E exp(i u X).
template <class Exponent>
number lewis_call(const Exponent& exponent, number forward, number strike, number step) {
  const complex_number i(0, 1);
  const number k = std::log(forward / strike);
  number sum = 0;
  for (int j = static_cast<int>(-4.3L / step);; ++j) {
    const number t = step * static_cast<number>(j), u = std::exp(t - std::exp(-t));
    const complex_number phi = std::exp(exponent(complex_number(u, -0.5L)));
    const number weight = u * (1 + std::exp(-t)) / (u * u + 0.25L);
    sum += weight * (std::exp(i * u * k) * phi).real();
    if (t > 2 && weight * std::abs(phi) < 1e-22L) break;
  }
  return forward - std::sqrt(forward * strike) / pi * sum * step;
}

/// An undiscounted call under Heston's model.
inline number heston_call(const heston_parameters& p, number forward, number strike, number time, number step) {
  return lewis_call([&](complex_number u) { return heston_exponent(p, u, time); }, forward, strike, step);
}

/// Numbers in [0, 1) that are the same with every standard library.
class uniform_source {
 public:
  explicit uniform_source(std::uint64_t seed) : engine_(seed) {}
  double operator()() { return static_cast<double>(engine_() >> 11) * 0x1p-53; }
  double between(double lower, double upper) { return lower + (upper - lower) * (*this)(); }

 private:
  std::mt19937_64 engine_;
};

}  // namespace spectralmc::reference
