// The stages of a Fourier transform on packs of numbers, and the memory that they work in.
//
// The stages are Stockham's: each reads its transforms interleaved and writes them interleaved more finely, so that the
// results end in natural order (Swarztrauber, P. N. (1984), FFT algorithms for vector computers, Parallel Computing 1).
// Stage (radix r, n points, stride s): transform q of n points, q < s, has its point j at place j s + q; the results
// are r s transforms of n / r points. A pack holds neighbouring q; where there are fewer of them than lanes, it holds
// some of each of several neighbouring p, and what comes out is transposed in registers. Neither changes any operation.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "spectralmc/allocation.hpp"
#include "spectralmc/configuration.hpp"
#include "spectralmc/fourier/fourier_butterflies.hpp"
#include "spectralmc/numeric/lane_shuffles.hpp"
#include "spectralmc/numeric/strided.hpp"

namespace spectralmc {
SPECTRALMC_LANES_NAMESPACE_BEGIN

namespace fourier_detail {

/// Complex numbers in two arrays.
template <class V>
struct split_numbers {
  scalar_of<V>*re, *im;

  SPECTRALMC_PRIMITIVE complex<V> load(std::size_t i) const {
    return {spectralmc::load<V>(re + i), spectralmc::load<V>(im + i)};
  }
  SPECTRALMC_PRIMITIVE void store(std::size_t i, complex<V> z) const {
    spectralmc::store(z.re, re + i);
    spectralmc::store(z.im, im + i);
  }
  split_numbers from(std::size_t i) const { return {re + i, im + i}; }
};

/// Complex numbers in pairs. Number i is at place (i / columns) distance + i % columns: some columns of a matrix. For
/// the inverse, real and imaginary parts change places, when read and when written, and what is written is scaled.
template <class V, bool inverse>
struct paired_numbers {
  scalar_of<V>* first;
  unsigned log_columns;
  std::size_t distance;
  scalar_of<V> scale;

  SPECTRALMC_PRIMITIVE scalar_of<V>* address(std::size_t i) const {
    return first + 2 * ((i >> log_columns) * distance + (i & ((std::size_t{1} << log_columns) - 1)));
  }
  SPECTRALMC_PRIMITIVE complex<V> load(std::size_t i) const {
    const scalar_of<V>* from = address(i);
    V re = spectralmc::load<V>(from), im = spectralmc::load<V>(from + lane_count<V>);
    if constexpr (lane_count < V >> 1) lane_shuffles_detail::unzip(re, im);
    return inverse ? complex<V>(im, re) : complex<V>(re, im);
  }
  SPECTRALMC_PRIMITIVE void store(std::size_t i, complex<V> z) const {
    V a = inverse ? z.im * V(scale) : z.re, b = inverse ? z.re * V(scale) : z.im;
    scalar_of<V>* to = address(i);
    if constexpr (lane_count < V >> 1) lane_shuffles_detail::zip(a, b);
    spectralmc::store(a, to);
    spectralmc::store(b, to + lane_count<V>);
  }
};

/// One stage where `stride` is a multiple of the lanes: a pack sees one p and its roots w^p, ..., w^((r-1) p), which
/// are pairs of numbers. The last stage has but p = 0 and takes no roots.
template <std::size_t radix, bool last, class V, class From, class To>
void broad_stage(const From& from, const To& to, std::size_t points, std::size_t stride, const scalar_of<V>* roots) {
  const std::size_t count = last ? 1 : points / radix;
  for (std::size_t p = 0; p < count; ++p) {
    for (std::size_t q = 0; q < stride; q += lane_count<V>) {
      complex<V> x[radix];
      for (std::size_t k = 0; k < radix; ++k) x[k] = from.load((p + k * count) * stride + q);
      butterfly(x);
      to.store(radix * p * stride + q, x[0]);
      for (std::size_t k = 1; k < radix; ++k) {
        if (!last) {
          const scalar_of<V>* w = roots + 2 * ((radix - 1) * p + k - 1);
          x[k] = x[k] * complex<V>(V(w[0]), V(w[1]));
        }
        to.store((radix * p + k) * stride + q, x[k]);
      }
    }
  }
}

/// One stage where `stride` is less than the lanes: a pack sees several p, and the roots are packs.
template <std::size_t radix, std::size_t stride, class V, class From, class To>
void narrow_stage(const From& from, const To& to, std::size_t points, const scalar_of<V>* roots) {
  const std::size_t count = points / radix * stride;
  for (std::size_t i = 0; i < count; i += lane_count<V>, roots += 2 * (radix - 1) * lane_count<V>) {
    complex<V> x[radix];
    for (std::size_t k = 0; k < radix; ++k) x[k] = from.load(i + k * count);
    butterfly(x);
    V re[radix] = {x[0].re}, im[radix] = {x[0].im};
    for (std::size_t k = 1; k < radix; ++k) {
      const scalar_of<V>* w = roots + 2 * (k - 1) * lane_count<V>;
      const complex<V> y = x[k] * complex<V>(load<V>(w), load<V>(w + lane_count<V>));
      re[k] = y.re;
      im[k] = y.im;
    }
    lane_shuffles_detail::transpose<stride>(re);
    lane_shuffles_detail::transpose<stride>(im);
    for (std::size_t k = 0; k < radix; ++k) to.store(radix * i + k * lane_count<V>, {re[k], im[k]});
  }
}

/// The stages for one number of points, with the roots that they need in the order in which they need them.
template <class Real>
class stages {
 public:
  using V = lanes<Real>;

  /// The least number of points of a single transform: there its last stage has a full pack, and its first radix is 8.
  static constexpr std::size_t least_single = 8 * lane_count<V> < 32 ? 32 : 8 * lane_count<V>;

  stages() = default;
  /// For single transforms, of a power of two, or for interleaved ones, a multiple of the lanes of them.
  stages(std::size_t points, bool single) : points_(points), single_(single) {
    for (std::size_t left = points, stride = 1; radix_of(left) != left;) {
      const std::size_t radix = radix_of(left), narrow = single && stride < lane_count<V> ? lane_count<V> : 1;
      for (std::size_t i = 0; i < left / radix * (narrow == 1 ? 1 : stride); i += narrow) {
        for (std::size_t k = 1; k < radix; ++k) {
          for (const bool imaginary : {false, true}) {
            for (std::size_t lane = i; lane < i + narrow; ++lane) {
              const complex<Real> w = root_of_unity<Real>(lane / (narrow == 1 ? 1 : stride) * k, left);
              roots_.push_back(imaginary ? w.im : w.re);
            }
          }
        }
      }
      left /= radix;
      stride *= radix;
    }
  }

  std::size_t points() const { return points_; }

  /// Transforms `count` interleaved sequences, or a single one, from `in` to `out` by way of two work spaces of as many
  /// numbers. `in` may be b, and `out` any of the others: the last stage writes where it reads. In the arithmetic of W,
  /// which may be a number, so that any number of sequences has full packs, where this was not made for single ones.
  template <class W, class In, class Out>
  void run(std::size_t count, const In& in, const Out& out, split_numbers<W> a, split_numbers<W> b) const {
    const Real* roots = roots_.data();
    std::size_t left = points_, stride = count;
    if (radix_of(left) == left) return last<W>(in, out, left, stride);
    roots = next(in, a, left, stride, roots);
    for (; radix_of(left) != left; std::swap(a, b)) roots = next(a, b, left, stride, roots);
    last<W>(a, out, left, stride);
  }

 private:
  template <class W, class In>
  const Real* next(const In& in, split_numbers<W> to, std::size_t& left, std::size_t& stride, const Real* roots) const {
    const std::size_t radix = radix_of(left), points = left, before = stride;
    left /= radix;
    stride *= radix;
    if constexpr (lane_count < W >> 1) {
      if (single_ && before < lane_count<W>) {  // the roots are packs
        if (before == 1) {
          narrow_stage<8, 1, W>(in, to, points, roots);
        } else if constexpr (lane_count<W> > 8) {
          if (radix == 4) narrow_stage<4, 8, W>(in, to, points, roots);
          if (radix == 8) narrow_stage<8, 8, W>(in, to, points, roots);
        }
        return roots + 2 * (radix - 1) * left * before;
      }
    }
    if constexpr (lane_count<W> == lane_count<V>) {  // the short transforms that take numbers are of powers of two
      if (radix == 3) broad_stage<3, false, W>(in, to, points, before, roots);
      if (radix == 5) broad_stage<5, false, W>(in, to, points, before, roots);
    }
    if (radix == 4) broad_stage<4, false, W>(in, to, points, before, roots);
    if (radix == 8) broad_stage<8, false, W>(in, to, points, before, roots);
    return roots + 2 * (radix - 1) * left;
  }

  template <class W, class In, class Out>
  static void last(const In& in, const Out& out, std::size_t radix, std::size_t stride) {
    if (radix == 4) broad_stage<4, true, W>(in, out, radix, stride, static_cast<const Real*>(nullptr));
    if (radix == 8) broad_stage<8, true, W>(in, out, radix, stride, static_cast<const Real*>(nullptr));
  }

  std::size_t points_ = 0;
  bool single_ = false;
  std::vector<Real> roots_;
};

/// Memory for complex numbers in two arrays, aligned to cache lines. The arrays do not begin at the same place modulo
/// 4096 bytes, where addresses would compete for the same lines of a cache.
template <class Real>
class split_memory {
 public:
  split_memory() = default;
  split_memory(std::size_t count, const char* purpose)
      : memory_(allocate_unset<Real>(2 * (count + 3 * line), purpose)), count_(count) {}

  split_numbers<lanes<Real>> numbers() const {
    const auto address = reinterpret_cast<std::uintptr_t>(memory_.get());
    Real* first = memory_.get() + (64 - address % 64) % 64 / sizeof(Real);
    return {first, first + (count_ + line - 1) / line * line + 2 * line};
  }

 private:
  static constexpr std::size_t line = 64 / sizeof(Real);
  std::unique_ptr<Real[]> memory_;
  std::size_t count_ = 0;
};

}  // namespace fourier_detail

SPECTRALMC_LANES_NAMESPACE_END
}  // namespace spectralmc
