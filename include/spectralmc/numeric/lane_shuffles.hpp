// Moving numbers from lane to lane: packs are interleaved, taken apart, reversed and transposed.
#pragma once

#include <cstddef>
#include <type_traits>
#include <utility>

#include "spectralmc/configuration.hpp"
#include "spectralmc/numeric/lanes.hpp"

namespace spectralmc {
SPECTRALMC_LANES_NAMESPACE_BEGIN

namespace lane_shuffles_detail {

/// The pack whose lane i is place Order::place(i) of a and b, one after the other.
template <class Order, class V, std::size_t... i>
SPECTRALMC_PRIMITIVE V picked(V a, V b, std::index_sequence<i...>) {
#if defined(SPECTRALMC_LANES_PLAIN)
  constexpr std::size_t width = sizeof...(i);
  V result;
  ((result.value[i] = Order::place(i) < width ? a.value[Order::place(i) % width] : b.value[Order::place(i) % width]),
   ...);
  return result;
#elif defined(__clang__)
  return V(__builtin_shufflevector(a.value, b.value, static_cast<int>(Order::place(i))...));
#else
  using index = std::decay_t<decltype(bits(a))>;
  const typename index::storage order = {static_cast<scalar_of<index>>(Order::place(i))...};
  return V(__builtin_shuffle(a.value, b.value, order));
#endif
}
template <class Order, class V>
SPECTRALMC_PRIMITIVE V picked(V a, V b) {
  return picked<Order>(a, b, std::make_index_sequence<lane_count<V>>{});
}

/// Lane i of half `half` of a and b interleaved by chunks.
template <std::size_t width, std::size_t chunk, std::size_t half>
struct zip_order {
  static SPECTRALMC_HOST_DEVICE constexpr std::size_t place(std::size_t i) {
    const std::size_t whole = half * width + i, pair = whole / (2 * chunk);
    return whole / chunk % 2 * width + pair * chunk + whole % chunk;
  }
};

/// Lane i of the even (odd) chunks of a and b.
template <std::size_t width, std::size_t chunk, std::size_t odd>
struct unzip_order {
  static SPECTRALMC_HOST_DEVICE constexpr std::size_t place(std::size_t i) {
    return (2 * (i / chunk) + odd) * chunk + i % chunk;
  }
};

/// Lane i + 1, counted through a and b.
struct next_order {
  static SPECTRALMC_HOST_DEVICE constexpr std::size_t place(std::size_t i) { return i + 1; }
};

template <std::size_t width>
struct reverse_order {
  static SPECTRALMC_HOST_DEVICE constexpr std::size_t place(std::size_t i) { return width - 1 - i; }
};

/// a and b become the two halves of a0 b0 a1 b1 a2 ..., where each is a chunk of so many lanes.
template <std::size_t chunk = 1, class V>
SPECTRALMC_PRIMITIVE void zip(V& a, V& b) {
  const V first = picked<zip_order<lane_count<V>, chunk, 0>>(a, b);
  b = picked<zip_order<lane_count<V>, chunk, 1>>(a, b);
  a = first;
}

/// The inverse: a gets the even chunks of both, b the odd ones.
template <std::size_t chunk = 1, class V>
SPECTRALMC_PRIMITIVE void unzip(V& a, V& b) {
  const V even = picked<unzip_order<lane_count<V>, chunk, 0>>(a, b);
  b = picked<unzip_order<lane_count<V>, chunk, 1>>(a, b);
  a = even;
}

template <class V>
SPECTRALMC_PRIMITIVE V reverse(V a) {
  return picked<reverse_order<lane_count<V>>>(a, a);
}

/// All lanes move down by one; the last becomes 0.
template <class V>
SPECTRALMC_PRIMITIVE V move_down(V a) {
  return picked<next_order>(a, V(scalar_of<V>(0)));
}

/// Transposes `rows` packs of chunks: what was chunk p of row k becomes number p rows + k of all chunks, counted
/// through the packs. A place's number has the bits of k above those of p; zips turn them to the left, unzips to the
/// right.
template <std::size_t chunk, std::size_t rows, class V>
SPECTRALMC_PRIMITIVE void transpose(V (&x)[rows]) {
  constexpr std::size_t columns = lane_count<V> / chunk;
  V y[rows];
  for (std::size_t done = 1; done < (rows <= columns ? rows : columns); done *= 2) {
    for (std::size_t i = 0; i < rows / 2; ++i) {
      if constexpr (rows <= columns) {
        y[2 * i] = x[i];
        y[2 * i + 1] = x[i + rows / 2];
        zip<chunk>(y[2 * i], y[2 * i + 1]);
      } else {
        y[i] = x[2 * i];
        y[i + rows / 2] = x[2 * i + 1];
        unzip<chunk>(y[i], y[i + rows / 2]);
      }
    }
    for (std::size_t i = 0; i < rows; ++i) x[i] = y[i];
  }
}

/// For `count` packs, row(first) ... row(first + count - 1), a pack with lane_count / count partial sums of each, in
/// turn: lanes are added by halves. With as many packs as lanes they are the sums over all lanes. `Row` may give
/// complex packs, or whatever `unzip` and + take.
template <std::size_t count, class Row>
SPECTRALMC_FORCE_INLINE auto lane_sums(const Row& row, std::size_t first = 0) {
  if constexpr (count == 1) {
    return row(first);
  } else {
    auto a = lane_sums<count / 2>(row, first), b = lane_sums<count / 2>(row, first + count / 2);
    unzip<lane_count<decltype(a)> / count>(a, b);
    return a + b;
  }
}

}  // namespace lane_shuffles_detail

SPECTRALMC_LANES_NAMESPACE_END
}  // namespace spectralmc
