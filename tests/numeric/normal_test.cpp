// The normal law against erfc in long double, in both tails down to the last subnormal number; its quantile by the
// residual; and the bits.
#include "spectralmc/numeric/normal.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "accuracy.hpp"
#include "spectralmc/numeric/lanes.hpp"

namespace {

namespace smc = spectralmc;
using accuracy::bound;

constexpr long double root_half = 0.707106781186547524400844362104849039L;
constexpr long double root_of_2_pi = 2.50662827463100050241576528481104525L;

/// exp(-x^2/2) / sqrt(2 pi). The rounding error of the square is put right: it is hundreds of units in the tail.
long double density(long double x) {
  const long double square = x * x;
  const long double error = std::fma(x, x, -square);
  return std::exp(-square / 2) * (1 - error / 2) / root_of_2_pi;
}

/// The lower tail; likewise with the rounding error of x / sqrt(2).
long double distribution(long double x) {
  const long double t = -x * root_half;
  const long double error = std::fma(-x, root_half, -t);
  return std::erfc(t) / 2 - error * density(x) / root_half;
}

/// How far the quantile z of p <= 1/2 is off, from distribution(z) - p, in ulp of z.
template <class Real>
double error_of_quantile(Real z, Real p) {
  if (p == Real(0.5)) return z == 0 ? 0 : std::numeric_limits<double>::infinity();
  const auto x = static_cast<long double>(z);
  const long double residual = x > -0.5L ? std::erf(x * root_half) / 2 - (static_cast<long double>(p) - 0.5L)
                                         : distribution(x) - static_cast<long double>(p);
  const long double step = residual / density(x);
  const long double exact = x - step / (1 + x * step / 2);  // Halley
  return accuracy::error_in_ulp(z, static_cast<accuracy::wide<Real>>(exact));
}

template <class Real>
std::vector<Real> abscissae(std::size_t count) {
  accuracy::patterns random(7);
  std::vector<Real> result = accuracy::special_arguments<Real>();
  const double end = sizeof(Real) == 4 ? 14.6 : 38.9;
  for (std::size_t i = 0; i < count; ++i) {
    result.push_back(static_cast<Real>(random.between(-end, end)));
    result.push_back(static_cast<Real>(random.between(-3, 3)));
    result.push_back(static_cast<Real>(std::ldexp(random.between(-1, 1), -static_cast<int>(random() % 60))));
  }
  for (const double x : {-14.1, -13.0, -14.5, -37.5, -38.4, -38.6, -38.7, -1.0, -2.0}) {
    accuracy::add_neighbours(result, static_cast<Real>(x), 20);
  }
  return result;
}

template <class Real>
void check_law(std::size_t count) {
  using accuracy::wide;
  const std::vector<Real> arguments = abscissae<Real>(count);
  const auto cdf = accuracy::apply<accuracy::pack<Real>>(arguments, [](auto x) { return smc::normal_cdf(x); });
  const auto pdf = accuracy::apply<accuracy::pack<Real>>(arguments, [](auto x) { return smc::normal_density(x); });
  accuracy::worst of_cdf, of_pdf;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const Real x = arguments[i];
    const bool ends = !(std::abs(x) < Real(100));
    const long double expected_cdf = ends ? (x > 0 ? 1 : x < 0 ? 0 : static_cast<long double>(x)) : distribution(x);
    const long double expected_pdf = ends ? (x == x ? 0 : static_cast<long double>(x)) : density(x);
    of_cdf.take(accuracy::error_in_ulp(cdf[i], static_cast<wide<Real>>(expected_cdf)), static_cast<double>(x));
    of_pdf.take(accuracy::error_in_ulp(pdf[i], static_cast<wide<Real>>(expected_pdf)), static_cast<double>(x));
  }
  INFO("distribution, bound 4 ulp, at " << of_cdf.argument << "; density, 2 ulp, at " << of_pdf.argument);
  CHECK(of_cdf.error <= bound(4));
  CHECK(of_pdf.error <= bound(2));
}

TEST_CASE("normal_cdf and normal_density: relative accuracy, lower tail down to subnormal numbers") {
  check_law<float>(50000);
  if (accuracy::long_double_is_longer) check_law<double>(30000);
}

/// Probabilities in (0, 1/2] of all exponents down to `least`, and close to 1/2.
template <class Real>
std::vector<Real> probabilities(std::size_t count, int least_exponent) {
  accuracy::patterns random(8);
  std::vector<Real> result;
  for (std::size_t i = 0; i < count; ++i) {
    const auto shift = static_cast<int>(random() % static_cast<unsigned>(-least_exponent));
    result.push_back(static_cast<Real>(std::ldexp(random.between(0.5, 1), -shift - 1)));
    result.push_back(static_cast<Real>(random.between(0, 0.5)));
    result.push_back(static_cast<Real>(0.5 - std::ldexp(random.between(0.5, 1), -2 - static_cast<int>(random() % 50))));
  }
  result.push_back(Real(0.5));
  const auto outside = [&](Real p) { return p < std::ldexp(Real(1), least_exponent); };
  result.erase(std::remove_if(result.begin(), result.end(), outside), result.end());
  return result;
}

template <class Real>
void check_quantile(std::size_t count) {
  using limits = std::numeric_limits<Real>;
  const std::vector<Real> arguments = probabilities<Real>(count, limits::min_exponent - limits::digits);
  const auto z = accuracy::apply<accuracy::pack<Real>>(arguments, [](auto p) { return smc::normal_quantile(p); });
  accuracy::worst worst;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const Real p = arguments[i];
    worst.take(error_of_quantile(z[i], p), static_cast<double>(p));
    // The upper half is the mirror image wherever 1 - p is a number.
    const Real mirrored = 1 - p;
    if (1 - mirrored == p && -smc::normal_quantile(mirrored) != z[i]) worst.take(1e9, static_cast<double>(p));
  }
  INFO("bound 4 ulp, at p = " << worst.argument);
  CHECK(worst.error <= bound(4));
  CHECK(smc::normal_quantile(Real(0)) == -limits::infinity());
  CHECK(smc::normal_quantile(Real(1)) == limits::infinity());
  CHECK(smc::normal_quantile(Real(0.5)) == 0);
  CHECK(std::isnan(smc::normal_quantile(-limits::denorm_min())));
  CHECK(std::isnan(smc::normal_quantile(1 + limits::epsilon())));
  CHECK(std::isnan(smc::normal_quantile(limits::quiet_NaN())));
  CHECK(std::isnan(smc::normal_quantile(limits::infinity())));
}

TEST_CASE("normal_quantile: the whole of [0, 1], by the residual" * doctest::skip(!accuracy::long_double_is_longer)) {
  check_quantile<float>(30000);
  check_quantile<double>(30000);
}

TEST_CASE("lower_half_normal_quantile of double: 4 ulp for p >= 2^-65" *
          doctest::skip(!accuracy::long_double_is_longer)) {
  const std::vector<double> arguments = probabilities<double>(20000, -65);
  const auto z =
      accuracy::apply<accuracy::pack<double>>(arguments, [](auto p) { return smc::lower_half_normal_quantile(p); });
  accuracy::worst worst;
  for (std::size_t i = 0; i < arguments.size(); ++i) worst.take(error_of_quantile(z[i], arguments[i]), arguments[i]);
  INFO("at p = " << worst.argument);
  CHECK(worst.error <= bound(4));
}

TEST_CASE("lower_half_normal_quantile of float: 5.1e-7 relative, stated absolute bounds, no bias, p >= 2^-33") {
  std::vector<float> arguments;
  for (std::uint64_t pattern = 0x2f000000; pattern <= 0x3f000000; pattern += 509) {
    arguments.push_back(accuracy::from_pattern<float>(pattern));
  }
  const auto z =
      accuracy::apply<accuracy::pack<float>>(arguments, [](auto p) { return smc::lower_half_normal_quantile(p); });
  const std::vector<double> exact = accuracy::apply<accuracy::pack<double>>(
      std::vector<double>(arguments.begin(), arguments.end()), [](auto p) { return smc::normal_quantile(p); });
  double relative = 0, absolute[4] = {}, mass = 0, sum = 0, sum_of_squares = 0, step_back = 0;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const double error = static_cast<double>(z[i]) - exact[i];
    if (exact[i] != 0) relative = std::max(relative, std::abs(error / exact[i]));
    const double size = std::abs(exact[i]);
    double& largest = absolute[size <= 1 ? 0 : size <= 2 ? 1 : size <= 4 ? 2 : 3];
    largest = std::max(largest, std::abs(error));
    if (i > 0) {
      const double weight = static_cast<double>(arguments[i]) - static_cast<double>(arguments[i - 1]);
      mass += weight;
      sum += weight * error;
      sum_of_squares += weight * error * error;
      step_back = std::max(step_back, static_cast<double>(z[i - 1]) - static_cast<double>(z[i]));
    }
  }
  CHECK(relative <= bound(5.1e-7));
  CHECK(absolute[0] <= bound(3.3e-7));
  CHECK(absolute[1] <= bound(7.3e-7));
  CHECK(absolute[2] <= bound(1.7e-6));
  CHECK(absolute[3] <= bound(3.1e-6));
  CHECK(std::sqrt(sum_of_squares / mass) <= bound(1.2e-7));
  CHECK(std::abs(sum / mass) <= bound(1e-8));
  CHECK(step_back <= bound(3e-6));  // monotone but for rounding
  CHECK(smc::lower_half_normal_quantile(0.5f) == 0);
}

template <class Real>
std::uint64_t hash_of_law() {
  return accuracy::golden_hash<Real>([](auto x) {
    using V = decltype(x);
    const V product = x * V(Real(0.7));
    return (smc::normal_cdf(x) + smc::normal_cdf(product)) - (smc::normal_density(x) + smc::normal_density(product));
  });
}
template <class Real>
std::uint64_t hash_of_quantiles() {
  return accuracy::golden_hash<Real>([](auto x) {
    using V = decltype(x);
    const V p = smc::normal_cdf(V(Real(0.25)) * x);
    const V product = p * V(Real(0.7));
    const V half = smc::minimum(smc::maximum(product, V(Real(0x1p-33))), V(Real(0.5)));
    return (smc::normal_quantile(p) + smc::normal_quantile(product)) +
           (smc::lower_half_normal_quantile(half) - smc::lower_half_normal_quantile(half * V(Real(0.7))));
  });
}

TEST_CASE("the bits of the normal law" * doctest::skip(!SPECTRALMC_HAS_FMA)) {
  CHECK(hash_of_law<float>() == 0x75d10f2cd50c0260u);
  CHECK(hash_of_law<double>() == 0xff351efb97f3a199u);
  CHECK(hash_of_quantiles<float>() == 0xec906fc2b5de421du);
  CHECK(hash_of_quantiles<double>() == 0x02a8fe4a13d19bebu);
}

}  // namespace
