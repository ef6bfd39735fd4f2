// Complex arithmetic and functions against std::complex in a wider type, the extremes where naive formulas overflow,
// the cuts, and the bits.
#include "spectralmc/numeric/complex.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <complex>

#include "accuracy.hpp"
#include "spectralmc/numeric/lanes.hpp"

namespace {

namespace smc = spectralmc;
using accuracy::bound;
using accuracy::wide;

template <class Real>
using reference = std::complex<wide<Real>>;

/// |result - expected| / |expected| in units of half an epsilon; 0 where `expected` is near the ends of the format.
template <class Real>
double relative_error(smc::complex<Real> result, reference<Real> expected) {
  using limits = std::numeric_limits<Real>;
  const wide<Real> size = std::abs(expected);
  if (!(size <= wide<Real>(limits::max()) / 2) || size < 8 * wide<Real>(limits::min())) return 0;
  return static_cast<double>(std::abs(reference<Real>(result.re, result.im) - expected) / size /
                             (wide<Real>(limits::epsilon()) / 2));
}

/// Both parts random, with exponents within +-range.
template <class Real>
smc::complex<Real> random_number(accuracy::patterns& random, int range) {
  const auto part = [&] {
    const double significand = random.between(-1, 1);
    return static_cast<Real>(std::ldexp(significand, static_cast<int>(random() % (2u * unsigned(range) + 1)) - range));
  };
  const Real re = part();
  return {re, part()};
}

/// log |z| where |z| is near 1, and log elsewhere; z + shift is meant.
template <class Wide>
std::complex<Wide> log_near_one(std::complex<Wide> z, Wide shift) {
  const Wide re = z.real() + shift;
  std::complex<Wide> result = std::log(std::complex<Wide>(re, z.imag()));
  if (std::abs(result.real()) < Wide(0.5)) {
    const Wide difference = shift == 0 ? (std::abs(re) - 1) * (std::abs(re) + 1) : z.real() * (2 + z.real());
    result.real(std::log1p(std::fma(z.imag(), z.imag(), difference)) / 2);
  }
  return result;
}

template <class Real>
void check_accuracy(int count) {
  using complex = smc::complex<Real>;
  using Wide = wide<Real>;
  const int widest = sizeof(Real) == 4 ? 120 : 1000;
  accuracy::worst product, quotient, absolute, root, logarithm, logarithm_1p, exponential, exponential_m1;
  accuracy::patterns random(5);
  for (int i = 0; i < count; ++i) {
    const int range = i % 3 == 0 ? widest : i % 3 == 1 ? 3 : 30;
    complex a = random_number<Real>(random, range);
    const complex b = random_number<Real>(random, range);
    if (i % 5 == 0) {  // near the unit circle
      const double angle = random.between(-3.15, 3.15);
      a = {static_cast<Real>(std::cos(angle)), static_cast<Real>(std::sin(angle))};
    }
    if (i % 11 == 0) a.im = 0;
    if (i % 13 == 0) a.re = 0;
    const reference<Real> x(a.re, a.im), y(b.re, b.im);
    const auto at = static_cast<double>(a.re);
    if (range < widest) product.take(relative_error(a * b, x * y), at);
    // Halves of the exponents first: the reference must not overflow either.
    const Wide scale = std::ldexp(Wide(1), -std::ilogb(std::max(std::abs(y.real()), std::abs(y.imag()))));
    quotient.take(relative_error(a / b, (x * std::conj(y * scale)) / std::norm(y * scale) * scale), at);
    absolute.take(relative_error(complex(abs(a)), reference<Real>(std::abs(x))), at);
    root.take(relative_error(sqrt(a), std::sqrt(x)), at);
    logarithm.take(relative_error(log(a), log_near_one(x, Wide(0))), at);
    logarithm_1p.take(relative_error(log1p(a), log_near_one(x, Wide(1))), at);
    if (std::abs(a.re) < (sizeof(Real) == 4 ? 80 : 700) && std::abs(a.im) < 400) {
      exponential.take(relative_error(exp(a), std::exp(x)), at);
      const Wide half = std::sin(x.imag() / 2), growth = std::exp(x.real());
      const reference<Real> less_one(std::expm1(x.real()) - 2 * growth * half * half, growth * std::sin(x.imag()));
      exponential_m1.take(relative_error(expm1(a), less_one), at);
    }
  }
  INFO("products 3, quotients 5, abs 2, sqrt 3, log and log1p 4, exp 3, expm1 5");
  CHECK(product.error <= bound(3));
  CHECK(quotient.error <= bound(5));
  CHECK(absolute.error <= bound(2));
  CHECK(root.error <= bound(3));
  CHECK(logarithm.error <= bound(4));
  CHECK(logarithm_1p.error <= bound(4));
  CHECK(exponential.error <= bound(3));
  CHECK(exponential_m1.error <= bound(5));
}

TEST_CASE("complex: errors relative to the absolute value of the result") {
  check_accuracy<float>(100000);
  if (accuracy::long_double_is_longer) check_accuracy<double>(50000);
}

template <class Real>
void check_extremes() {
  using complex = smc::complex<Real>;
  using limits = std::numeric_limits<Real>;
  const Real large = limits::max() / 4, small = limits::min(), tiny = limits::denorm_min();
  const complex ones(1, 1);
  CHECK(abs(complex(3 * small, 4 * small)) == 5 * small);
  CHECK(abs(complex(3 * tiny, -4 * tiny)) == 5 * tiny);
  CHECK(abs(complex(large, large)) == doctest::Approx(double(large) * std::sqrt(2.0)).epsilon(1e-6));
  CHECK(abs(complex(limits::infinity(), limits::quiet_NaN())) == limits::infinity());
  CHECK(std::isnan(abs(complex(1, limits::quiet_NaN()))));
  CHECK(abs(complex(0)) == 0);
  for (const Real x : {large, small, 4 * tiny}) {
    CHECK(relative_error(complex(x, -x) / complex(x, x), reference<Real>(0, -1)) <= 5);
    const complex root = sqrt(complex(x, x));
    CHECK(relative_error(root, std::sqrt(reference<Real>(x, x))) <= 3);
    CHECK(log(complex(0, x)).re == smc::log(x));
    CHECK(relative_error(log(complex(x, x)), std::log(reference<Real>(x, x))) <= 4);
  }
  CHECK((complex(large, 0) / complex(small, 0)).re == limits::infinity());
  CHECK(complex(small, small) / complex(large, large) == complex(0));
  CHECK(complex(large, large) / complex(0, Real(0.5) * large) == complex(2, -2));
  CHECK(ones / Real(2) == complex(Real(0.5), Real(0.5)));
}

TEST_CASE("complex: no overflow or underflow on the way") {
  check_extremes<float>();
  check_extremes<double>();
}

template <class Real>
void check_branches() {
  using complex = smc::complex<Real>;
  const Real pi = smc::atan2(Real(0), Real(-1));
  const Real infinity = std::numeric_limits<Real>::infinity();
  CHECK(arg(complex(-1, 0)) == pi);
  CHECK(arg(complex(-1, -Real(0))) == -pi);
  CHECK(log(complex(-1, 0)) == complex(0, pi));
  CHECK(log(complex(-1, -Real(0))) == complex(0, -pi));
  CHECK(log(complex(0)) == complex(-infinity, 0));
  CHECK(log1p(complex(-1)) == complex(-infinity, 0));
  CHECK(log1p(complex(-2)) == complex(0, pi));
  CHECK(sqrt(complex(-4, 0)) == complex(0, 2));
  CHECK(sqrt(complex(-4, -Real(0))) == complex(0, -2));
  CHECK(sqrt(complex(4, -Real(0))) == complex(2, 0));
  CHECK(std::signbit(sqrt(complex(4, -Real(0))).im));
  CHECK(sqrt(complex(0)) == complex(0));
  CHECK(exp(complex(1)) == complex(smc::exp(Real(1))));
  CHECK(exp(complex(1000)) == complex(infinity, 0));
  CHECK(exp(complex(-infinity, 1)) == complex(0));
  CHECK(conj(complex(1, 2)) == complex(1, -2));
  CHECK(norm(complex(3, 4)) == 25);
  // With real operands, and the usual identities where they are exact.
  complex z(1, 2);
  z += Real(1);
  z -= complex(0, 1);
  z *= Real(2);
  z /= Real(4);
  CHECK(z == complex(1, Real(0.5)));
  CHECK(Real(1) - z == complex(0, Real(-0.5)));
  CHECK(Real(2) * z + Real(1) == complex(3, 1));
  CHECK(z != complex(1));
  CHECK(complex(0, 1) * complex(0, 1) == complex(-1));
  CHECK(select(true, z, -z) == z);
  CHECK(is_finite(z));
  CHECK(!is_finite(complex(0, infinity)));
}

TEST_CASE("complex: principal branches and ends") {
  check_branches<float>();
  check_branches<double>();
}

template <class Real>
std::uint64_t hash_of_complex() {
  return accuracy::golden_hash<Real>([](auto x) {
    using V = decltype(x);
    using complex = smc::complex<V>;
    const complex z(x * V(Real(0.7)), V(1) - smc::abs(x));
    // Sums of results that a compiler would contract if they were products.
    const complex sum = (z * z - exp(z) * V(Real(0.3))) + (log(z) - sqrt(z)) + (log1p(z) - z / complex(x, V(3)));
    return sum.re + sum.im + (abs(z) - norm(z)) + arg(z);
  });
}

TEST_CASE("the bits of complex numbers" * doctest::skip(!SPECTRALMC_HAS_FMA)) {
  CHECK(hash_of_complex<float>() == 0xf9c23c2450c97aacu);
  CHECK(hash_of_complex<double>() == 0x168592e9c8e2ba39u);
}

}  // namespace
