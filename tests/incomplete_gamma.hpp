// The incomplete gamma function in long double, and what is made of it.
#pragma once

#include <cmath>

namespace spectralmc::reference {

/// The regularised lower incomplete gamma function: its series below the mean, its continued fraction (by Lentz's
/// method) above.
inline long double gamma_cdf(long double shape, long double x) {
  if (x <= 0) return 0;
  const long double front = std::exp(shape * std::log(x) - x - std::lgamma(shape));
  if (x < shape + 1) {
    long double term = 1 / shape, sum = term;
    for (long double n = 1; term > 1e-20L * sum; ++n) sum += term *= x / (shape + n);
    return front * sum;
  }
  long double b = x + 1 - shape, c = 1e300L, d = 1 / b, h = d;
  for (long double n = 1; n < 100000; ++n) {
    const long double a = n * (shape - n);
    b += 2;
    d = 1 / (b + a * d);
    c = b + a / c;
    h *= c * d;
    if (std::fabs(c * d - 1) < 1e-19L) break;
  }
  return 1 - front * h;
}

/// The distribution function of a noncentral chi-square variate: a Poisson mixture of central ones, from the largest
/// shape down by P(a) = P(a + 1) + x^a exp(-x) / Gamma(a + 1).
inline long double noncentral_chi_square_cdf(long double degrees, long double noncentrality, long double x) {
  if (x <= 0) return 0;
  const long double half = noncentrality / 2, shape = degrees / 2, y = x / 2;
  const auto middle = static_cast<int>(half), reach = static_cast<int>(9 * std::sqrt(half) + 60);
  const int first = middle > reach ? middle - reach : 0, last = middle + reach;
  const auto weight = [](long double n, long double mean) {
    return std::exp(n * std::log(mean) - mean - std::lgamma(n + 1));
  };
  long double n = last, cdf = gamma_cdf(shape + n, y), step = weight(shape + n, y), sum = 0;
  long double probability = half > 0 ? weight(n, half) : 0;
  for (int k = last; k >= first; --k, --n) {
    if (half == 0 && k == 0) probability = 1;
    sum += probability * cdf;
    step *= (shape + n) / y;  // now that of shape + n - 1
    cdf += step;
    probability *= n / half;
  }
  return sum;
}

}  // namespace spectralmc::reference
