// Causal convolution of a sequence with a fixed one, y[i] = sum_j w[i - j] x[j] over j <= i, in O(n log n) operations.
//
// A sequence is a polynomial. The product of two with N real coefficients each, taken modulo z^N - i, has what belongs
// to z^0, ..., z^(N-1) in its real part and what lies above in its imaginary part: one complex transform of N points,
// with no padding (the right-angle convolution of Crandall, R. and Fagin, B. (1994), Discrete weighted transforms and
// large-integer arithmetic, Mathematics of Computation 62(205)). The transform divides z^N - i into z^(N/2) - r and
// z^(N/2) + r with r^2 = i, and so on down to points: Bernstein, D. J. (2001), Multidigit multiplication for
// mathematicians, sections 4 to 6. Node 1 of that tree is the whole, nodes 2h and 2h + 1 are the halves of node h. A
// node has one root, whatever N; the forward transform leaves its points in the order of the tree's leaves, which is
// where the inverse begins, so nothing is permuted.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "spectralmc/configuration.hpp"
#include "spectralmc/numeric/complex.hpp"
#include "spectralmc/numeric/strided.hpp"
#include "spectralmc/numeric/trigonometric.hpp"
#include "spectralmc/numeric/value.hpp"

namespace spectralmc {
SPECTRALMC_LANES_NAMESPACE_BEGIN

namespace convolution_detail {

template <class V>
SPECTRALMC_PRIMITIVE complex<V> times_i(complex<V> a) {
  return {-a.im, a.re};
}

/// Complex number k of an array of pairs, the same in all lanes. The numbers are `Parts` places apart.
template <class V, std::size_t Parts>
SPECTRALMC_PRIMITIVE complex<V> pair(const scalar_of<V>* pairs, std::size_t k) {
  return {V(pairs[2 * k * Parts]), V(pairs[(2 * k + 1) * Parts])};
}

/// The numbers in transformation, the real parts first.
template <class V>
struct points {
  strided<V> re, im;
  SPECTRALMC_PRIMITIVE complex<V> load(std::size_t i) const { return {re.load(i), im.load(i)}; }
  SPECTRALMC_PRIMITIVE void store(std::size_t i, complex<V> p) const {
    re.store(i, p.re);
    im.store(i, p.im);
  }
};

template <class Plain, class V>
SPECTRALMC_PRIMITIVE points<Plain> points_of(strided<V> re, strided<V> im, std::size_t part) {
  return {part_of<Plain>(re, part), part_of<Plain>(im, part)};
}

/// From coefficients to values. Two levels of the tree at a time, the last alone if their number is odd.
template <std::size_t Parts, class V>
SPECTRALMC_HOST_DEVICE void forward(points<V> x, std::uint32_t size, const scalar_of<V>* roots) {
  std::uint32_t nodes = 1, length = size;
  for (; length >= 4; nodes *= 4, length /= 4) {
    const std::uint32_t quarter = length / 4;
    for (std::uint32_t node = nodes; node < 2 * nodes; ++node) {
      // The roots of the halves are s and i s, as theirs squared are r and -r.
      const complex<V> r = pair<V, Parts>(roots, node), s = pair<V, Parts>(roots, 2 * std::size_t{node});
      const std::size_t begin = std::size_t{node - nodes} * length;
      for (std::size_t i = begin; i < begin + quarter; ++i) {
        const complex<V> distant = r * x.load(i + 2 * quarter), last = r * x.load(i + 3 * quarter);
        const complex<V> a = x.load(i), b = x.load(i + quarter);
        const complex<V> low = a + distant, high = a - distant;
        const complex<V> from_low = s * (b + last), from_high = times_i(s * (b - last));
        x.store(i, low + from_low);
        x.store(i + quarter, low - from_low);
        x.store(i + 2 * quarter, high + from_high);
        x.store(i + 3 * quarter, high - from_high);
      }
    }
  }
  if (length == 2) {
    for (std::uint32_t node = nodes; node < 2 * nodes; ++node) {
      const std::size_t i = 2 * std::size_t{node - nodes};
      const complex<V> a = x.load(i), b = pair<V, Parts>(roots, node) * x.load(i + 1);
      x.store(i, a + b);
      x.store(i + 1, a - b);
    }
  }
}

/// From values to `size` times the coefficients.
template <std::size_t Parts, class V>
SPECTRALMC_HOST_DEVICE void inverse(points<V> x, std::uint32_t size, const scalar_of<V>* roots) {
  std::uint32_t nodes = size, length = 1;
  bool odd = false;
  for (std::uint32_t n = size; n > 1; n /= 2) odd = !odd;
  if (odd) {
    nodes /= 2;
    length = 2;
    for (std::uint32_t node = nodes; node < 2 * nodes; ++node) {
      const std::size_t i = 2 * std::size_t{node - nodes};
      const complex<V> a = x.load(i), b = x.load(i + 1);
      x.store(i, a + b);
      x.store(i + 1, conj(pair<V, Parts>(roots, node)) * (a - b));
    }
  }
  while (nodes > 1) {
    nodes /= 4;
    length *= 4;
    const std::uint32_t quarter = length / 4;
    for (std::uint32_t node = nodes; node < 2 * nodes; ++node) {
      const complex<V> r = conj(pair<V, Parts>(roots, node)), s = conj(pair<V, Parts>(roots, 2 * std::size_t{node}));
      const std::size_t begin = std::size_t{node - nodes} * length;
      for (std::size_t i = begin; i < begin + quarter; ++i) {
        const complex<V> a = x.load(i), b = x.load(i + quarter), c = x.load(i + 2 * quarter),
                         d = x.load(i + 3 * quarter);
        const complex<V> low = a + b, high = c + d;
        const complex<V> from_low = s * (a - b), from_high = times_i(s * (d - c));  // 1/i = -i
        x.store(i, low + high);
        x.store(i + quarter, from_low + from_high);
        x.store(i + 2 * quarter, r * (low - high));
        x.store(i + 3 * quarter, r * (from_low - from_high));
      }
    }
  }
}

}  // namespace convolution_detail

/// The size of the transform for sequences of `count` numbers: the next power of two.
inline std::uint32_t convolution_size(std::uint32_t count) {
  std::uint32_t size = 1;
  while (size < count) size *= 2;
  return size;
}

/// What causal_convolution needs to know of the fixed sequence `weights`: the roots of the tree and the transform, 4 x
/// convolution_size(weights.size()) numbers. At most 2^30 weights, doubles or duals of them (numeric/dual.hpp).
template <class Number>
std::vector<Number> convolution_table(const std::vector<Number>& weights) {
  const std::uint32_t size = convolution_size(static_cast<std::uint32_t>(weights.size()));
  std::vector<double> roots(2 * std::size_t{size}), turns(size, 0.125);
  std::vector<Number> re(weights), im(size, Number(0.0));
  for (std::uint32_t node = 1; node < size; ++node) {
    // The argument of the root, in turns; exact.
    if (node > 1) turns[node] = 0.5 * turns[node / 2] + (node % 2 == 0 ? 0.0 : 0.25);
    sin_cos_2pi(turns[node], roots[2 * std::size_t{node} + 1], roots[2 * std::size_t{node}]);
  }
  re.resize(size, Number(0.0));
  for (std::size_t part = 0; part < part_count<double, Number>; ++part) {
    const auto points = convolution_detail::points_of<double>(strided<Number>{re.data(), 1}, {im.data(), 1}, part);
    convolution_detail::forward<1>(points, size, roots.data());
  }
  std::vector<Number> table(roots.begin(), roots.end());
  for (std::uint32_t k = 0; k < size; ++k) {
    table.push_back(re[k] / size);
    table.push_back(im[k] / size);
  }
  return table;
}

/// Replaces x[0], ..., x[size - 1] by y[i] = sum_j w[i - j] x[j] over j <= i, where `table` is convolution_table(w), in
/// the arithmetic of V, and `size` is that of the transform. The `size` places from x[size] on are used for the work.
/// Sequences that are shorter end in zeros. Where the weights are duals and V is a dual of `Plain`, the numbers x are
/// plain ones, in part 0 of their places (part_of in numeric/strided.hpp): each derivative of y is their convolution
/// with that of the weights.
///
/// Error of y, as a root mean square over the sequence: below 0.8 (1 + log2(size)) units of roundoff times |w| |x| over
/// the root of the size, with Euclidean norms (measured up to 4096).
template <class V, class Plain = V>
SPECTRALMC_HOST_DEVICE void causal_convolution(const scalar_of<V>* table, std::uint32_t size, strided<V> x) {
  constexpr std::size_t parts = part_count<Plain, V>;
  const auto work = [&](std::size_t part) { return convolution_detail::points_of<Plain>(x, x.from(size), part); };
  const convolution_detail::points<Plain> input = work(0);
  for (std::uint32_t i = 0; i < size; ++i) input.im.store(i, Plain(scalar_of<Plain>(0)));
  const scalar_of<Plain>* const roots = reinterpret_cast<const scalar_of<Plain>*>(table);
  convolution_detail::forward<parts>(input, size, roots);
  const scalar_of<Plain>* const transform = roots + 2 * std::size_t{size} * parts;
  for (std::uint32_t i = 0; i < size; ++i) {
    const complex<Plain> value = input.load(i);
    for (std::size_t part = 0; part < parts; ++part) {
      work(part).store(i, value * convolution_detail::pair<Plain, parts>(transform + part, i));
    }
  }
  for (std::size_t part = 0; part < parts; ++part) convolution_detail::inverse<parts>(work(part), size, roots);
}

SPECTRALMC_LANES_NAMESPACE_END
}  // namespace spectralmc
