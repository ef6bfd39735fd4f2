// Fourier transforms by a block of threads in shared memory, to be used inside a kernel, in phases
// (parallel/block.hpp). The bits are those of fourier_transform on the CPU: fourier/fourier_butterflies.hpp is their
// common arithmetic.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "spectralmc/configuration.hpp"
#include "spectralmc/fourier/fourier_butterflies.hpp"
#include "spectralmc/numeric/complex.hpp"
#include "spectralmc/parallel/architecture.hpp"
#include "spectralmc/parallel/block.hpp"

namespace spectralmc {
SPECTRALMC_LANES_NAMESPACE_BEGIN

/// What a block transform of `size` points looks up: exp(-2 pi i j / size).
template <class Real>
std::vector<complex<Real>> block_fourier_roots(std::size_t size) {
  std::vector<complex<Real>> roots;
  for (std::size_t j = 0; j < size; ++j) roots.push_back(fourier_detail::root_of_unity<Real>(j, size));
  return roots;
}

/// Transforms `Rows` rows of `Size` complex numbers at a time, a power of two from 8 to 8192, by any number of threads;
/// Rows Size / 8 of them have the same work. The inverse is divided by Size.
///
/// Shared memory holds each number once, 2 sizeof(Real) bytes: a stage leaves its results where it found its arguments,
/// and the last stage, whose results are in the order of reversed digits, hands them out in natural order.
template <class Real, std::size_t Size, bool Inverse = false, std::size_t Rows = 1>
class block_fourier_transform {
  static_assert(fourier_detail::is_power_of_two(Size) && Size >= 8 && Size <= 8192,
                "a block transforms a power of two from 8 to 8192 of numbers");

 public:
  /// The real and imaginary parts apart, and neighbours in different banks. Of the threads of a warp that read at once,
  /// at most two meet in a bank at sizes up to 2048, and four in the last stage of larger ones.
  class storage {
   public:
    static SPECTRALMC_HOST_DEVICE constexpr std::uint32_t place(std::uint32_t i) {
      // The banks' bits get bits from above added to them, modulo 2: so this is a permutation, and powers of two as
      // distances fall into different banks. Found by a search of all pairs of shifts and masks.
      return sizeof(Real) == 4 ? i ^ (i >> 3 & 28) ^ (i >> 6 & 31) : i ^ (i >> 3 & 14) ^ (i >> 7 & 15);
    }
    SPECTRALMC_HOST_DEVICE complex<Real> load(std::uint32_t i) const { return {re_[place(i)], im_[place(i)]}; }
    SPECTRALMC_HOST_DEVICE void store(std::uint32_t i, complex<Real> z) {
      re_[place(i)] = z.re;
      im_[place(i)] = z.im;
    }

   private:
    Real re_[Rows * Size], im_[Rows * Size];
  };

  /// `roots` is block_fourier_roots<Real>(Size), where the block can read it.
  SPECTRALMC_HOST_DEVICE explicit block_fourier_transform(const complex<Real>* roots) : roots_(roots) {}

  /// load(row, i) is called once for each number of the input, in the first phase; store(row, k, value) once for each
  /// of the output, in the last, and may not write to `shared`. Neighbouring threads have neighbouring i, and k. Input
  /// and output may be the same memory: no row is written before all of it is read.
  template <class Block, class Load, class Store>
  SPECTRALMC_HOST_DEVICE void run(const Block& threads, storage& shared, const Load& load, const Store& store) const {
    stage<Size>(threads, shared, load, store);
  }

 private:
  static SPECTRALMC_HOST_DEVICE complex<Real> oriented(complex<Real> z) {
    return Inverse ? complex<Real>(z.im, z.re) : z;
  }
  static SPECTRALMC_HOST_DEVICE complex<Real> scaled(complex<Real> z) {
    constexpr Real scale = Real(1) / static_cast<Real>(Size);  // exact
    return Inverse ? complex<Real>(z.re * scale, z.im * scale) : z;
  }

  /// Where the numbers of the last stage stand that become results q, q + Size / radix, ...: q's digits reversed.
  template <std::size_t points = Size>
  static SPECTRALMC_HOST_DEVICE std::uint32_t reversed(std::uint32_t q) {
    constexpr std::uint32_t radix = fourier_detail::radix_of(points), rest = points / radix;
    if constexpr (rest == 1) {
      return 0;
    } else {
      return q % radix * rest + reversed<rest>(q / radix);
    }
  }

  /// The stage for transforms of `points` points that stand one after the other, and those after it.
  template <std::size_t points, class Block, class Load, class Store>
  SPECTRALMC_HOST_DEVICE void stage(const Block& threads, storage& shared, const Load& load, const Store& store) const {
    threads.phase([&](std::uint32_t thread) {
      constexpr bool first = points == Size, last = points == fourier_detail::radix_of(points);
      constexpr std::uint32_t radix = fourier_detail::radix_of(points), rest = points / radix, count = Size / radix;
      constexpr std::uint32_t size = Size, butterflies = Rows * count, turns = Size / points;
      for (std::uint32_t i = thread; i < butterflies; i += threads.size()) {
        const std::uint32_t row = i / count, q = i % count, p = q % rest;
        const std::uint32_t begin = row * size + (last ? reversed(q) : (q - p) * radix + p);
        complex<Real> x[radix];
        for (std::uint32_t k = 0; k < radix; ++k) {
          if constexpr (first) {
            x[k] = oriented(load(row, p + k * rest));
          } else {
            x[k] = shared.load(begin + k * rest);
          }
        }
        fourier_detail::butterfly(x);
        for (std::uint32_t k = 0; k < radix; ++k) {
          if constexpr (last) {
            store(row, q + k * count, scaled(oriented(x[k])));
          } else {
            shared.store(begin + k * rest, k == 0 ? x[0] : x[k] * roots_[p * k * turns]);
          }
        }
      }
    });
    if constexpr (points != fourier_detail::radix_of(points)) {
      stage<points / fourier_detail::radix_of(points)>(threads, shared, load, store);
    }
  }

  const complex<Real>* roots_;
};

SPECTRALMC_LANES_NAMESPACE_END

/// How a kernel that only transforms rows is launched.
struct block_fourier_policy {
  int block_threads;    ///< threads a block
  int rows;             ///< rows that a block transforms at once
  int resident_blocks;  ///< blocks a multiprocessor that registers must leave room for
  int shared_memory;    ///< bytes a block
  bool fits;            ///< whether a block may have so much
};

/// Chosen by static reasoning, not yet by measurement. A block has 512 numbers or one row, a thread one butterfly of
/// eight in each stage, up to 512 threads in float and 256 in double; a butterfly with its roots takes about 60 and 120
/// registers.
template <class Real, std::size_t Size>
struct block_fourier_selector {
  constexpr block_fourier_policy operator()(int capability) const {
    const gpu_architecture facts = facts_of(capability);
    const int size = static_cast<int>(Size), rows = size < 512 ? 512 / size : 1;
    const int most = sizeof(Real) == 4 ? 512 : 256, wanted = rows * size / 8;
    const int threads = wanted < most ? wanted : most;
    const int bytes = rows * size * 2 * static_cast<int>(sizeof(Real));
    int blocks = facts.shared_memory * 1024 / (bytes + 1024);
    const int by_registers = 65536 / (threads * (sizeof(Real) == 4 ? 64 : 128));
    if (blocks > by_registers) blocks = by_registers;
    if (blocks > facts.threads / threads) blocks = facts.threads / threads;
    if (blocks > facts.blocks) blocks = facts.blocks;
    return {threads, rows, blocks < 1 ? 1 : blocks, bytes, bytes <= facts.block_memory * 1024};
  }
};

}  // namespace spectralmc
