// Statistical tests with stated false-alarm rates.
#pragma once

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
  return std::fmax(0.0, std::fabs(e.value - truth) - e.truncation_error) / e.standard_error;
}

struct joint_test {
  double statistic;
  double bound;
};

/// The squared errors of a simulated spectrum at all its frequencies but zero, each over its variance, summed; and what
/// that sum exceeds with a probability of 1e-5 at most.
///
/// `exact` holds phi(j step), j = 0 ... 2 (frequencies - 1). The errors z_k are normal with covariances E z_j conj(z_k) =
/// phi(j - k) - phi(j) conj(phi(k)) and E z_j z_k = phi(j + k) - phi(j) phi(k) over the deviations. So the sum is one of
/// squares of independent normals with the eigenvalues a of the covariance matrix as weights, of mean sum a, and exceeds
/// sum a + 2 |a|_2 sqrt(x) + 2 |a|_inf x with a probability of exp(-x) at most: Laurent, B. and Massart, P. (2000),
/// Adaptive estimation of a quadratic functional by model selection, Ann. Statist. 28(5), lemma 1. Both norms follow
/// from traces of powers, |a|_inf from above: |a|_inf <= |a|_4.
inline joint_test joint_error(const spectrum& simulated, const std::vector<complex<double>>& exact) {
  const std::size_t count = simulated.size() - 1;
  const auto phi = [&](std::ptrdiff_t j) {
    const complex<double> value = exact[static_cast<std::size_t>(j < 0 ? -j : j)];
    return j < 0 ? complex<double>(value.re, -value.im) : value;
  };
  joint_test result{0, 0};
  std::vector<double> deviation(count);
  for (std::size_t k = 0; k < count; ++k) {
    const complex<double> value = exact[k + 1];
    const double variance = 1 - value.re * value.re - value.im * value.im;
    deviation[k] = std::sqrt(variance);
    const double re = simulated[k + 1].re - value.re, im = simulated[k + 1].im - value.im;
    result.statistic += (re * re + im * im) / variance * static_cast<double>(simulated.paths());
  }
  const std::size_t size = 2 * count;  // real parts, then imaginary parts
  std::vector<double> covariance(size * size), squared(size * size);
  for (std::size_t j = 0; j < count; ++j) {
    for (std::size_t k = 0; k < count; ++k) {
      const auto a = static_cast<std::ptrdiff_t>(j + 1), b = static_cast<std::ptrdiff_t>(k + 1);
      const double scale = 0.5 / (deviation[j] * deviation[k]);
      const complex<double> with_conjugate = phi(a - b) - phi(a) * phi(-b), without = phi(a + b) - phi(a) * phi(b);
      covariance[j * size + k] = scale * (with_conjugate.re + without.re);
      covariance[(count + j) * size + count + k] = scale * (with_conjugate.re - without.re);
      covariance[j * size + count + k] = scale * (without.im - with_conjugate.im);
      covariance[(count + k) * size + j] = scale * (without.im - with_conjugate.im);
    }
  }
  double trace = 0, trace_2 = 0, trace_4 = 0;
  for (std::size_t j = 0; j < size; ++j) {
    trace += covariance[j * size + j];
    double* row = squared.data() + j * size;
    for (std::size_t l = 0; l < size; ++l) {
      const double factor = covariance[j * size + l];
      const double* other = covariance.data() + l * size;
      for (std::size_t k = 0; k < size; ++k) row[k] += factor * other[k];
    }
    trace_2 += row[j];
    for (std::size_t k = 0; k < size; ++k) trace_4 += row[k] * row[k];
  }
  const double x = -std::log(1e-5);
  result.bound = trace + 2 * std::sqrt(trace_2 * x) + 2 * std::sqrt(std::sqrt(trace_4)) * x;
  return result;
}

/// The exact values that joint_error asks for.
template <class Model>
std::vector<complex<double>> exact_values(const Model& model, const spectrum& simulated) {
  const double time = simulated.quantity().time, shift = model.asset().log_forward_return(time);
  std::vector<complex<double>> values;
  for (std::size_t j = 0; j <= 2 * (simulated.size() - 1); ++j) {
    const double u = simulated.grid().step() * static_cast<double>(j);
    const complex<double> exponent = model.log_characteristic_function(complex<double>(u, 0), time);
    values.push_back(exp(complex<double>(exponent.re, exponent.im + u * shift)));
  }
  return values;
}

}  // namespace spectralmc
