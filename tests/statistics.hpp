// Statistical tests with stated false-alarm rates.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include "spectralmc/numeric/complex.hpp"
#include "spectralmc/numeric/estimate.hpp"
#include "spectralmc/spectral/spectrum.hpp"

namespace spectralmc {

/// How many of its standard errors an estimate is from the truth, beyond its truncation error. Above 4 in 1 of 16000
/// comparisons.
inline double errors_apart(const estimate& e, double truth) {
  const double beyond = std::fabs(e.value - truth) - e.truncation_error;
  return beyond <= 0 ? 0 : beyond / e.standard_error;
}

struct joint_test {
  double statistic;
  double bound;
  std::size_t independent;  ///< degrees of freedom
};

/// The errors of a simulated spectrum at all its frequencies at once: a quadratic form in them whose law is chi-square,
/// and what that exceeds with a probability of 1e-5 at most.
///
/// `exact` holds phi(j step), j = 0 ... 2 (frequencies - 1). The errors z_k are normal with n E z_j conj(z_k) =
/// phi(j - k) - phi(j) conj(phi(k)) and n E z_j z_k = phi(j + k) - phi(j) phi(k). Real and imaginary parts, over their
/// deviations, are decorrelated by a Cholesky factorisation that takes the part with the largest conditional variance
/// next, until what is left is determined by those taken up to a tenth of its deviation; further directions are those
/// of rare paths, along which errors are not normal. The sum of squares of the decorrelated errors is chi-square with
/// as many degrees of freedom as were taken, and exceeds r + 2 sqrt(r x) + 2 x with a probability of exp(-x) at most:
/// Laurent, B. and Massart, P. (2000), Adaptive estimation of a quadratic functional by model selection, Ann. Statist.
/// 28(5), lemma 1.
inline joint_test joint_error(const spectrum& simulated, const std::vector<complex<double>>& exact) {
  const std::size_t count = simulated.size() - 1, size = 2 * count;  // real parts, then imaginary parts
  const auto phi = [&](std::ptrdiff_t j) {
    const complex<double> value = exact[static_cast<std::size_t>(j < 0 ? -j : j)];
    return j < 0 ? complex<double>(value.re, -value.im) : value;
  };
  std::vector<double> covariance(size * size), error(size);
  const double root = std::sqrt(static_cast<double>(simulated.paths()));
  for (std::size_t j = 0; j < count; ++j) {
    error[j] = root * (simulated[j + 1].re - exact[j + 1].re);
    error[count + j] = root * (simulated[j + 1].im - exact[j + 1].im);
    for (std::size_t k = 0; k < count; ++k) {
      const auto a = static_cast<std::ptrdiff_t>(j + 1), b = static_cast<std::ptrdiff_t>(k + 1);
      const complex<double> with_conjugate = phi(a - b) - phi(a) * phi(-b), without = phi(a + b) - phi(a) * phi(b);
      covariance[j * size + k] = 0.5 * (with_conjugate.re + without.re);
      covariance[(count + j) * size + count + k] = 0.5 * (with_conjugate.re - without.re);
      covariance[j * size + count + k] = covariance[(count + k) * size + j] = 0.5 * (without.im - with_conjugate.im);
    }
  }
  std::vector<double> deviation(size);
  for (std::size_t j = 0; j < size; ++j) deviation[j] = std::sqrt(covariance[j * size + j]);
  for (std::size_t j = 0; j < size; ++j) {
    error[j] /= deviation[j];
    for (std::size_t k = 0; k < size; ++k) covariance[j * size + k] /= deviation[j] * deviation[k];
  }
  // After each turn `covariance` and `error` are conditional on the parts taken.
  joint_test result{0, 0, 0};
  for (;;) {
    std::size_t next = 0;
    for (std::size_t j = 1; j < size; ++j) {
      if (covariance[j * size + j] > covariance[next * size + next]) next = j;
    }
    const double variance = covariance[next * size + next];
    if (variance < 1e-2) break;
    const std::vector<double> row(covariance.begin() + static_cast<std::ptrdiff_t>(next * size),
                                  covariance.begin() + static_cast<std::ptrdiff_t>((next + 1) * size));
    const double known = error[next];
    result.statistic += known * known / variance;
    ++result.independent;
    for (std::size_t j = 0; j < size; ++j) {
      const double factor = row[j] / variance;
      error[j] -= factor * known;
      for (std::size_t k = 0; k < size; ++k) covariance[j * size + k] -= factor * row[k];
    }
    covariance[next * size + next] = 0;
  }
  const auto r = static_cast<double>(result.independent);
  const double x = -std::log(1e-5);
  result.bound = r + 2 * std::sqrt(r * x) + 2 * x;
  return result;
}

/// The exact values that joint_error asks for.
template <class Model>
std::vector<complex<double>> exact_values(const Model& model, const spectrum& simulated) {
  const double time = simulated.quantity().time;
  const bool logarithmic = simulated.quantity().logarithmic;
  const double shift = logarithmic ? model.asset().log_forward_return(time) : 0;
  const double scale = logarithmic ? 1 : model.asset().forward(time);  // 1 for a short rate, whose market is empty
  std::vector<complex<double>> values;
  for (std::size_t j = 0; j <= 2 * (simulated.size() - 1); ++j) {
    const double u = simulated.grid().step() * static_cast<double>(j);
    const complex<double> exponent = model.log_characteristic_function(complex<double>(u * scale, 0), time);
    values.push_back(exp(complex<double>(exponent.re, exponent.im + u * shift)));
  }
  return values;
}

/// Kolmogorov's statistic: sqrt(n) times the largest distance of the empirical distribution function from `cdf`.
/// Exceeds 2.6 in 1 of 370000 cases.
template <class Real, class Cdf>
double kolmogorov(std::vector<Real> samples, const Cdf& cdf) {
  std::sort(samples.begin(), samples.end());
  const auto n = static_cast<long double>(samples.size());
  long double largest = 0;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const long double p = cdf(static_cast<long double>(samples[i]));
    largest = std::max({largest, p - static_cast<long double>(i) / n, static_cast<long double>(i + 1) / n - p});
  }
  return static_cast<double>(largest * std::sqrt(n));
}

}  // namespace spectralmc
