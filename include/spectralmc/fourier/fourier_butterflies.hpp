// What the Fourier transforms of the CPU and of a block of GPU threads have in common: how a size is split into stages,
// the transforms of few numbers that a stage is made of, and the roots of unity. Both do the same operations
// on the same numbers, so their results have the same bits.
//
// A transform of n = r m points by decimation in frequency: with w = exp(-2 pi i / n), the transforms of r points each,
// over x[p], x[p + m], ..., x[p + (r-1) m], have as their k-th results, times w^(p k), the points of the transform
// number k of m points, whose results are those of the whole at k, k + r, k + 2 r, ... (Cooley, J. W. and Tukey, J. W.
// (1965), An algorithm for the machine calculation of complex Fourier series, Mathematics of Computation 19(90)).
#pragma once

#include <cstddef>

#include "spectralmc/configuration.hpp"
#include "spectralmc/numeric/complex.hpp"
#include "spectralmc/numeric/trigonometric.hpp"

namespace spectralmc {
SPECTRALMC_LANES_NAMESPACE_BEGIN

namespace fourier_detail {

/// The radix of the first stage of a transform of so many points, a power of two from 4 on or three or five times one:
/// first three or five, then eights as long as twos or fours will not be left, then fours.
SPECTRALMC_HOST_DEVICE constexpr std::size_t radix_of(std::size_t points) {
  if (points % 3 == 0) return 3;
  if (points % 5 == 0) return 5;
  return points == 4 || points == 16 ? 4 : 8;
}

SPECTRALMC_HOST_DEVICE constexpr bool is_power_of_two(std::size_t n) { return n != 0 && (n & (n - 1)) == 0; }

template <class V>
SPECTRALMC_PRIMITIVE complex<V> times_minus_i(complex<V> a) {
  return {a.im, -a.re};
}

/// a + c b and a - c b, c real.
template <class V>
SPECTRALMC_PRIMITIVE void add_and_subtract(complex<V> a, V c, complex<V> b, complex<V>& sum, complex<V>& difference) {
  sum = {fma(c, b.re, a.re), fma(c, b.im, a.im)};
  difference = {fma(-c, b.re, a.re), fma(-c, b.im, a.im)};
}

/// The transform of three, four, five or eight numbers: y[k] = sum_j x[j] exp(-2 pi i j k / r).
template <class V>
SPECTRALMC_PRIMITIVE void butterfly(complex<V> (&x)[3]) {
  const complex<V> a = x[1] + x[2], b = times_minus_i(x[1] - x[2]);
  const V half(scalar_of<V>(-0.5)), sine = constant<V>(0x1.bb67aep-1f, 0x1.bb67ae8584caap-1);
  const complex<V> p(fma(half, a.re, x[0].re), fma(half, a.im, x[0].im));
  x[0] = x[0] + a;
  add_and_subtract(p, sine, b, x[1], x[2]);
}
template <class V>
SPECTRALMC_PRIMITIVE void butterfly(complex<V> (&x)[5]) {
  const complex<V> a = x[1] + x[4], b = times_minus_i(x[1] - x[4]), c = x[2] + x[3], d = times_minus_i(x[2] - x[3]);
  // cos(2 pi / 5), cos(4 pi / 5), sin(2 pi / 5), and sin(4 pi / 5) over that
  const V cos_1 = constant<V>(0x1.3c6ef4p-2f, 0x1.3c6ef372fe95p-2);
  const V cos_2 = constant<V>(-0x1.9e377ap-1f, -0x1.9e3779b97f4a8p-1);
  const V sine = constant<V>(0x1.e6f0e2p-1f, 0x1.e6f0e134454ffp-1);
  const V ratio = constant<V>(0x1.3c6ef4p-1f, 0x1.3c6ef372fe95p-1);
  const complex<V> p(fma(cos_1, a.re, fma(cos_2, c.re, x[0].re)), fma(cos_1, a.im, fma(cos_2, c.im, x[0].im)));
  const complex<V> q(fma(cos_2, a.re, fma(cos_1, c.re, x[0].re)), fma(cos_2, a.im, fma(cos_1, c.im, x[0].im)));
  x[0] = x[0] + (a + c);
  add_and_subtract(p, sine, {fma(ratio, d.re, b.re), fma(ratio, d.im, b.im)}, x[1], x[4]);
  add_and_subtract(q, sine, {fma(ratio, b.re, -d.re), fma(ratio, b.im, -d.im)}, x[2], x[3]);
}
template <class V>
SPECTRALMC_PRIMITIVE void butterfly(complex<V> (&x)[4]) {
  const complex<V> a = x[0] + x[2], b = x[0] - x[2], c = x[1] + x[3], d = times_minus_i(x[1] - x[3]);
  x[0] = a + c;
  x[1] = b + d;
  x[2] = a - c;
  x[3] = b - d;
}
template <class V>
SPECTRALMC_PRIMITIVE void butterfly(complex<V> (&x)[8]) {
  complex<V> even[4] = {x[0], x[2], x[4], x[6]}, odd[4] = {x[1], x[3], x[5], x[7]};
  butterfly(even);
  butterfly(odd);
  const V root_half = constant<V>(0x1.6a09e6p-1f, 0x1.6a09e667f3bcdp-1);
  x[0] = even[0] + odd[0];
  x[4] = even[0] - odd[0];
  // exp(-2 pi i / 8) = (1 - i) / sqrt(2), and its cube -(1 + i) / sqrt(2)
  add_and_subtract(even[1], root_half, {odd[1].re + odd[1].im, odd[1].im - odd[1].re}, x[1], x[5]);
  x[2] = even[2] + times_minus_i(odd[2]);
  x[6] = even[2] - times_minus_i(odd[2]);
  add_and_subtract(even[3], root_half, {odd[3].im - odd[3].re, -(odd[3].re + odd[3].im)}, x[3], x[7]);
}

/// exp(-2 pi i j / n), rounded once; j < n. Whole quarters of a turn are taken off first, exactly: what is left is then
/// an eighth at most, and where n is no power of two the rounding of that is harmless.
template <class Real>
complex<Real> root_of_unity(std::size_t j, std::size_t n) {
  const std::size_t quarters = (4 * j + n / 2) / n;
  const double rest = static_cast<double>(4 * j) - static_cast<double>(quarters * n);
  double sine, cosine;
  sin_cos_2pi(rest / static_cast<double>(4 * n), sine, cosine);
  complex<double> root(cosine, -sine);
  for (std::size_t i = 0; i < quarters; ++i) root = times_minus_i(root);
  return {static_cast<Real>(root.re), static_cast<Real>(root.im)};
}

}  // namespace fourier_detail

SPECTRALMC_LANES_NAMESPACE_END
}  // namespace spectralmc
