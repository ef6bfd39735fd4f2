// The Fourier transforms of complex and of real numbers against their definition, and against themselves.
#include "spectralmc/fourier/fourier_transform.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <complex>
#include <cstddef>
#include <cstring>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "spectralmc/fourier/real_fourier_transform.hpp"

namespace spectralmc {
namespace {

template <class Real>
using numbers_of = std::vector<complex<Real>>;

template <class Real>
std::vector<Real> real_normals(std::size_t count, unsigned seed) {
  std::mt19937_64 engine(seed);
  std::normal_distribution<double> normal;
  std::vector<Real> x(count);
  for (Real& value : x) value = static_cast<Real>(normal(engine));
  return x;
}

template <class Real>
numbers_of<Real> normals(std::size_t count, unsigned seed) {
  const std::vector<Real> parts = real_normals<Real>(2 * count, seed);
  numbers_of<Real> x(count);
  for (std::size_t i = 0; i < count; ++i) x[i] = {parts[2 * i], parts[2 * i + 1]};
  return x;
}

template <class Real>
numbers_of<Real> forward(const numbers_of<Real>& x) {
  const fourier_transform<Real> transform(x.size());
  numbers_of<Real> y(x.size());
  auto memory = transform.make_workspace();
  transform.forward(x.data(), y.data(), memory);
  return y;
}

template <class Real>
numbers_of<Real> inverse(const numbers_of<Real>& x) {
  const fourier_transform<Real> transform(x.size());
  numbers_of<Real> y(x.size());
  auto memory = transform.make_workspace();
  transform.inverse(x.data(), y.data(), memory);
  return y;
}

template <class T>
bool same_bits(const std::vector<T>& a, const std::vector<T>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(T)) == 0;
}

/// The square root of the sum of |a - b|^2 over that of |b|^2.
template <class A, class B>
double distance(const A& a, const B& b) {
  long double errors = 0, norm = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const long double re = static_cast<long double>(a[i].re) - b[i].re,
                      im = static_cast<long double>(a[i].im) - b[i].im;
    errors += re * re + im * im;
    norm += static_cast<long double>(b[i].re) * b[i].re + static_cast<long double>(b[i].im) * b[i].im;
  }
  return static_cast<double>(std::sqrt(errors / norm));
}

struct exact_number {
  long double re, im;
};

/// Every `step`-th number of the transform, by its definition.
template <class Real>
std::vector<exact_number> definition(const numbers_of<Real>& x, std::size_t step = 1) {
  const std::size_t n = x.size();
  std::vector<exact_number> roots(n), y;
  for (std::size_t i = 0; i < n; ++i) {
    const long double angle =
        6.283185307179586476925286766559L * static_cast<long double>(i) / static_cast<long double>(n);
    roots[i] = {std::cos(angle), -std::sin(angle)};
  }
  for (std::size_t k = 0; k < n; k += step) {
    exact_number sum{0, 0};
    for (std::size_t j = 0; j < n; ++j) {
      const exact_number w = roots[j * k % n];
      sum.re += w.re * x[j].re - w.im * x[j].im;
      sum.im += w.re * x[j].im + w.im * x[j].re;
    }
    y.push_back(sum);
  }
  return y;
}

/// The error that docs/fourier-transform.md states, relative in the Euclidean norm.
template <class Real>
double stated_error(std::size_t n) {
  return 0.8 * std::numeric_limits<Real>::epsilon() / 2 * std::log2(static_cast<double>(n));
}

TEST_CASE_TEMPLATE("the transform is the sum that defines it, within the stated error", Real, float, double) {
  for (std::size_t n = 8; n <= 4096; n *= 2) {
    CAPTURE(n);
    const auto x = normals<Real>(n, 1);
    CHECK(distance(forward(x), definition(x)) < stated_error<Real>(n));
  }
}

TEST_CASE_TEMPLATE("long transforms have the stated error at some frequencies", Real, float, double) {
  for (const std::size_t n : {1U << 13, 1U << 14, 5U << 12, 3U << 13, 1U << 15, 5U << 13, 3U << 15, 1U << 17}) {
    CAPTURE(n);
    const auto x = normals<Real>(n, 2), y = forward(x);
    const std::size_t step = n / 16 + 1;
    numbers_of<Real> some;
    for (std::size_t k = 0; k < n; k += step) some.push_back(y[k]);
    CHECK(distance(some, definition(x, step)) < stated_error<Real>(n));
  }
}

// Each term of the definition alone: a wrong place or root would not hide in a norm.
TEST_CASE_TEMPLATE("the transform of an impulse is a wave", Real, float, double) {
  for (const std::size_t n : {8U, 32U, 256U, 2048U, 1U << 14, 5U << 12, 3U << 13, 1U << 15}) {
    for (const std::size_t place : {std::size_t{0}, std::size_t{1}, n / 2 + 3}) {
      CAPTURE(n);
      CAPTURE(place);
      numbers_of<Real> x(n, complex<Real>(0));
      x[place] = complex<Real>(1);
      const auto y = forward(x);
      double worst = 0;
      for (std::size_t k = 0; k < n; ++k) {
        const complex<double> w = fourier_detail::root_of_unity<double>(place * k % n, n);
        worst = std::fmax(worst, std::hypot(y[k].re - w.re, y[k].im - w.im));
      }
      CHECK(worst < 4 * stated_error<Real>(n));
    }
  }
}

TEST_CASE_TEMPLATE("the inverse gives back what was transformed", Real, float, double) {
  for (std::size_t n = 8; n <= 1U << 18; n *= 2) {
    CAPTURE(n);
    const auto x = normals<Real>(n, 3);
    CHECK(distance(inverse(forward(x)), x) < 2 * stated_error<Real>(n));
  }
}

TEST_CASE_TEMPLATE("three and five times powers of two: the inverse, threads, and work in place", Real, float, double) {
  for (const std::size_t n : {5U << 12, 3U << 13, 5U << 14, 3U << 16}) {
    CAPTURE(n);
    const auto x = normals<Real>(n, 3), y = forward(x);
    CHECK(distance(inverse(y), x) < 2 * stated_error<Real>(n));
    auto z = x;
    fourier_transform<Real>(n).forward(cpu{3}, z.data(), z.data());
    CHECK(same_bits(z, y));
  }
}

TEST_CASE_TEMPLATE("the energy of the transform is n times that of the numbers", Real, float, double) {
  const auto x = normals<Real>(1024, 4), y = forward(x);
  long double before = 0, after = 0;
  for (const complex<Real>& z : x)
    before += static_cast<long double>(z.re) * z.re + static_cast<long double>(z.im) * z.im;
  for (const complex<Real>& z : y)
    after += static_cast<long double>(z.re) * z.re + static_cast<long double>(z.im) * z.im;
  CHECK(std::fabs(static_cast<double>(after / (1024 * before) - 1)) < 2 * stated_error<Real>(1024));
}

TEST_CASE_TEMPLATE("the transform is linear, and a shift of its input turns it", Real, float, double) {
  const std::size_t n = 512, shift = 37;
  const auto x = normals<Real>(n, 5), y = normals<Real>(n, 6);
  numbers_of<Real> sum(n), shifted(n);
  for (std::size_t i = 0; i < n; ++i) {
    sum[i] = x[i] + y[i] * Real(3);
    shifted[i] = x[(i + shift) % n];
  }
  const auto fx = forward(x), fy = forward(y);
  numbers_of<Real> expected_sum(n), expected_shift(n);
  for (std::size_t k = 0; k < n; ++k) {
    expected_sum[k] = fx[k] + fy[k] * Real(3);
    expected_shift[k] = fx[k] * conj(fourier_detail::root_of_unity<Real>(shift * k % n, n));
  }
  CHECK(distance(forward(sum), expected_sum) < 4 * stated_error<Real>(n));
  CHECK(distance(forward(shifted), expected_shift) < 4 * stated_error<Real>(n));
}

TEST_CASE_TEMPLATE("the transform of real numbers is half of the complex one", Real, float, double) {
  for (std::size_t n = 8; n <= 1U << 16; n *= 2) {
    CAPTURE(n);
    const std::vector<Real> x = real_normals<Real>(n, 7);
    numbers_of<Real> as_complex(n), y(n / 2 + 1);
    for (std::size_t i = 0; i < n; ++i) as_complex[i] = complex<Real>(x[i]);
    auto expected = forward(as_complex);
    expected.resize(n / 2 + 1);
    const real_fourier_transform<Real> transform(n);
    auto memory = transform.make_workspace();
    transform.forward(x.data(), y.data(), memory);
    CHECK(distance(y, expected) < 2 * stated_error<Real>(n));
    if (n <= 512) CHECK(distance(y, definition(as_complex)) < stated_error<Real>(n));
    CHECK(y.front().im == 0);
    CHECK(y.back().im == 0);

    std::vector<Real> back(n);
    transform.inverse(y.data(), back.data(), memory);
    double errors = 0, norm = 0;
    for (std::size_t i = 0; i < n; ++i) {
      errors += std::pow(static_cast<double>(back[i]) - x[i], 2);
      norm += std::pow(static_cast<double>(x[i]), 2);
    }
    CHECK(std::sqrt(errors / norm) < 2 * stated_error<Real>(n));
  }
}

TEST_CASE_TEMPLATE("rows, with gaps and on any number of threads, have the bits of single transforms", Real, float,
                   double) {
  for (const std::size_t n : {8U, 16U, 64U, 256U, 1U << 14}) {
    CAPTURE(n);
    const std::size_t count = n > 1000 ? 3 : 37, gap = 5;
    const auto x = normals<Real>(count * (n + gap), 8);
    const fourier_transform<Real> transform(n);
    numbers_of<Real> single(count * n), row(n);
    for (std::size_t i = 0; i < count; ++i) {
      const auto begin = x.begin() + static_cast<std::ptrdiff_t>(i * (n + gap));
      const auto y = forward(numbers_of<Real>(begin, begin + static_cast<std::ptrdiff_t>(n)));
      std::copy(y.begin(), y.end(), single.begin() + static_cast<std::ptrdiff_t>(i * n));
    }
    for (const unsigned threads : {1U, 7U}) {
      numbers_of<Real> y(count * n), in_place(x);
      transform.forward(cpu{threads}, x.data(), y.data(), {count, n + gap});
      CHECK(same_bits(y, single));
      transform.forward(cpu{threads}, in_place.data(), in_place.data(), {count, n + gap, n + gap});
      for (std::size_t i = 0; i < count; ++i) {
        CHECK(std::memcmp(&in_place[i * (n + gap)], &single[i * n], n * sizeof(complex<Real>)) == 0);
        CHECK(std::memcmp(&in_place[i * (n + gap) + n], &x[i * (n + gap) + n], gap * sizeof(complex<Real>)) == 0);
      }
    }
    numbers_of<Real> back(count * n), back_in_threads(count * n);
    transform.inverse(cpu{1}, single.data(), back.data(), {count});
    transform.inverse(cpu{7}, single.data(), back_in_threads.data(), {count});
    CHECK(same_bits(back, back_in_threads));
    row.assign(single.begin(), single.begin() + static_cast<std::ptrdiff_t>(n));
    row = inverse(row);
    back.resize(n);
    CHECK(same_bits(back, row));
  }
}

TEST_CASE_TEMPLATE("rows of real numbers have the bits of single transforms", Real, float, double) {
  for (const std::size_t n : {8U, 64U, 512U, 1U << 15}) {
    CAPTURE(n);
    const std::size_t count = n > 1000 ? 2 : 20, half = n / 2 + 1;
    const std::vector<Real> x = real_normals<Real>(count * n, 9);
    const real_fourier_transform<Real> transform(n);
    auto memory = transform.make_workspace();
    numbers_of<Real> single(count * half), y(count * half);
    for (std::size_t i = 0; i < count; ++i) transform.forward(&x[i * n], &single[i * half], memory);
    transform.forward(cpu{5}, x.data(), y.data(), {count});
    CHECK(same_bits(y, single));
    std::vector<Real> back(count * n), back_single(count * n), in_place(count * (n + 2));
    for (std::size_t i = 0; i < count; ++i) transform.inverse(&y[i * half], &back_single[i * n], memory);
    transform.inverse(cpu{5}, y.data(), back.data(), {count});
    CHECK(same_bits(back, back_single));
    std::memcpy(in_place.data(), y.data(), y.size() * sizeof y[0]);
    auto* pairs = reinterpret_cast<complex<Real>*>(in_place.data());
    transform.inverse(cpu{2}, pairs, in_place.data(), {count, half, n + 2});
    for (std::size_t i = 0; i < count; ++i) {
      CHECK(std::memcmp(&in_place[i * (n + 2)], &back[i * n], n * sizeof(Real)) == 0);
    }
  }
}

TEST_CASE("arrays of std::complex are taken too") {
  const fourier_transform<double> transform(8);
  std::vector<std::complex<double>> x(8, 1.0), y(8);
  transform.forward(cpu{1}, x.data(), y.data());
  CHECK(y[0] == 8.0);
  CHECK(y[3] == 0.0);
}

TEST_CASE("sizes and arrays that are not allowed are named") {
  for (const std::size_t size : {std::size_t{0}, std::size_t{4}, std::size_t{12}, std::size_t{1} << 27}) {
    CHECK_THROWS_AS(fourier_transform<float>{size}, invalid_parameter);
    CHECK_THROWS_AS(real_fourier_transform<double>{size}, invalid_parameter);
  }
  try {
    fourier_transform<double>(24);
    FAIL("no exception");
  } catch (const invalid_parameter& e) {
    CHECK(std::string(e.what()) ==
          "size is 24, allowed: a power of two in [8, 2^26], or three or five times one in [2^14, 2^26]");
  }
  const fourier_transform<double> transform(8);
  const real_fourier_transform<double> of_reals(8);
  complex<double> some[8];
  const complex<double>* nothing = nullptr;
  CHECK_THROWS_AS(transform.forward(cpu{1}, nothing, some), invalid_parameter);
  CHECK_THROWS_AS(of_reals.inverse(cpu{1}, some, static_cast<double*>(nullptr)), invalid_parameter);
  transform.forward(cpu{1}, nothing, some, {0});  // no rows, no arrays
}

}  // namespace
}  // namespace spectralmc
