// The fractional Fourier transform against the sum that defines it, in long double.
#include "spectralmc/fourier/fractional_fourier_transform.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <cstring>
#include <limits>
#include <random>
#include <vector>

namespace spectralmc {
namespace {

template <class Real>
using numbers_of = std::vector<complex<Real>>;

template <class Real>
numbers_of<Real> normals(std::size_t count, unsigned seed) {
  std::mt19937_64 engine(seed);
  std::normal_distribution<double> normal;
  numbers_of<Real> x(count);
  for (complex<Real>& z : x) {
    z.re = static_cast<Real>(normal(engine));
    z.im = static_cast<Real>(normal(engine));
  }
  return x;
}

template <class Real>
numbers_of<Real> transformed(const numbers_of<Real>& x, std::size_t outputs, double step) {
  const fractional_fourier_transform<Real> transform(x.size(), outputs, step);
  numbers_of<Real> y(outputs);
  auto work = transform.make_workspace();
  transform.forward(x.data(), y.data(), work);
  return y;
}

/// The largest distance of a result from the definition, over the error that is stated. Where there are many results,
/// some of them.
template <class Real>
double share_of_stated_error(const numbers_of<Real>& x, std::size_t outputs, double step) {
  const numbers_of<Real> y = transformed(x, outputs, step);
  long double worst = 0, size = 0;
  for (const complex<Real>& z : x) size += std::hypot(static_cast<long double>(z.re), static_cast<long double>(z.im));
  for (std::size_t k = 0; k < outputs; k += 1 + outputs / 16) {
    long double re = 0, im = 0;
    for (std::size_t j = 0; j < x.size(); ++j) {
      // j k < 2^22 and the step in parts of 24 and 29 bits: products are exact.
      const auto product = static_cast<long double>(j * k), upper = product * static_cast<float>(step);
      const long double lower = product * (step - static_cast<double>(static_cast<float>(step)));
      const long double angle = 6.283185307179586476925286766559L * (upper - std::round(upper) + lower);
      const long double cosine = std::cos(angle), sine = -std::sin(angle);
      re += cosine * x[j].re - sine * x[j].im;
      im += cosine * x[j].im + sine * x[j].re;
    }
    worst = std::fmax(worst, std::hypot(re - y[k].re, im - y[k].im));
  }
  const std::size_t padded = fractional_fourier_transform<Real>(x.size(), outputs, step).padded_size();
  const double stated = 2 * std::numeric_limits<Real>::epsilon() * std::log2(static_cast<double>(padded));
  return static_cast<double>(worst / size) / stated;
}

TEST_CASE_TEMPLATE("the fractional transform is the sum that defines it, within the stated error", Real, float,
                   double) {
  double worst = 0;
  for (const std::size_t inputs : {1U, 2U, 7U, 64U, 100U, 1000U, 4097U}) {
    for (const std::size_t outputs : {1U, 3U, 17U, 64U, 999U}) {
      for (const double step : {0.0, 1e-9, -1e-4, 0.013, 1.0 / 3, -0.5, 0.5, 1.0 / 64}) {
        CAPTURE(inputs);
        CAPTURE(outputs);
        CAPTURE(step);
        numbers_of<Real> x = normals<Real>(inputs, 1);
        const double of_noise = share_of_stated_error(x, outputs, step);
        CHECK(of_noise < 1);
        // As a characteristic function falls.
        for (std::size_t j = 0; j < inputs; ++j) {
          x[j] = x[j] * static_cast<Real>(std::exp(-20 * static_cast<double>(j) / static_cast<double>(inputs)));
        }
        const double of_decay = share_of_stated_error(x, outputs, step);
        CHECK(of_decay < 1);
        worst = std::fmax(worst, std::fmax(of_noise, of_decay));
      }
    }
  }
  MESSAGE("largest share of the stated error: " << worst);
}

TEST_CASE_TEMPLATE("with a step of 1/n it is the Fourier transform, and with -1/n its inverse", Real, float, double) {
  const std::size_t n = 256;
  const numbers_of<Real> x = normals<Real>(n, 2), y = transformed(x, n, 1.0 / n);
  numbers_of<Real> expected(n);
  fourier_transform<Real>(n).forward(cpu{1}, x.data(), expected.data());
  const numbers_of<Real> back = transformed(y, n, -1.0 / n);
  const double allowed = 2 * std::numeric_limits<Real>::epsilon() * 9 * 2 * n;
  for (std::size_t k = 0; k < n; ++k) {
    CHECK(abs(y[k] - expected[k]) < allowed);
    CHECK(abs(back[k] / Real(n) - x[k]) < allowed);
  }
}

TEST_CASE("any number of points: the transform of 1000 numbers has their energy") {
  const numbers_of<double> x = normals<double>(1000, 3), y = transformed(x, 1000, 0.001);
  double before = 0, after = 0;
  for (std::size_t j = 0; j < 1000; ++j) {
    before += norm(x[j]);
    after += norm(y[j]);
  }
  CHECK(std::fabs(after / (1000 * before) - 1) < 1e-13);
}

TEST_CASE("in place, and a work space used again, give the same bits") {
  const fractional_fourier_transform<double> transform(100, 100, 0.0123);
  const numbers_of<double> x = normals<double>(100, 4);
  numbers_of<double> first(100), second(x);
  auto work = transform.make_workspace();
  transform.forward(x.data(), first.data(), work);
  transform.forward(second.data(), second.data(), work);
  CHECK(std::memcmp(first.data(), second.data(), first.size() * sizeof first[0]) == 0);
  CHECK(transform.input_size() == 100);
  CHECK(transform.output_size() == 100);
  CHECK(transform.padded_size() == 256);
}

TEST_CASE("fractional transforms that are not allowed are refused") {
  using plan = fractional_fourier_transform<double>;
  CHECK_THROWS_AS(plan(0, 5, 0.1), invalid_parameter);
  CHECK_THROWS_AS(plan(5, 0, 0.1), invalid_parameter);
  CHECK_THROWS_AS(plan(5, std::size_t{1} << 26, 0.1), invalid_parameter);
  CHECK_THROWS_AS(plan(std::numeric_limits<std::size_t>::max(), 2, 0.1), invalid_parameter);
  CHECK_THROWS_AS(plan(5, 5, 0.51), invalid_parameter);
  CHECK_THROWS_AS(plan(5, 5, std::numeric_limits<double>::quiet_NaN()), invalid_parameter);
  const plan transform(5, 5, 0.1);
  auto work = transform.make_workspace();
  complex<double> some[5];
  const complex<double>* nothing = nullptr;
  CHECK_THROWS_AS(transform.forward(nothing, some, work), invalid_parameter);
}

}  // namespace
}  // namespace spectralmc
