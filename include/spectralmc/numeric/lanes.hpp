// Packs of numbers that one instruction works on. lanes<T, W> behaves as a T does: the same operators and the functions
// of numeric/value.hpp, lane by lane, with the same bits as for one number. Branches are masks and `select`.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include "spectralmc/numeric/lane_storage.hpp"
#include "spectralmc/numeric/value.hpp"

namespace spectralmc {
SPECTRALMC_LANES_NAMESPACE_BEGIN

/// What a comparison of W lanes of that many bytes yields.
template <std::size_t Bytes, std::size_t W>
struct sized_lane_mask {
  using storage = lane_storage_detail::mask<Bytes, W>;

  storage value;

  sized_lane_mask() = default;
  SPECTRALMC_PRIMITIVE sized_lane_mask(bool m) : value(lane_storage_detail::broadcast_mask<Bytes, W>(m)) {}
  SPECTRALMC_PRIMITIVE explicit sized_lane_mask(storage m) : value(m) {}

  /// Lane i, slowly.
  SPECTRALMC_PRIMITIVE bool operator[](std::size_t i) const {
    return (lane_storage_detail::mask_bits(value) >> i & 1) != 0;
  }

  friend SPECTRALMC_PRIMITIVE sized_lane_mask operator&(sized_lane_mask m, sized_lane_mask n) {
    return sized_lane_mask(static_cast<storage>(m.value & n.value));
  }
  friend SPECTRALMC_PRIMITIVE sized_lane_mask operator|(sized_lane_mask m, sized_lane_mask n) {
    return sized_lane_mask(static_cast<storage>(m.value | n.value));
  }
  friend SPECTRALMC_PRIMITIVE sized_lane_mask operator!(sized_lane_mask m) {
    return sized_lane_mask(static_cast<storage>(~m.value));
  }
};

template <class T, std::size_t W>
using lane_mask = sized_lane_mask<sizeof(T), W>;

/// W numbers: T is float, double, std::int32_t or std::int64_t. W is native_lane_count<T>; the plain form of this
/// library takes any W up to 64. Integers must not overflow; >> repeats the sign.
template <class T, std::size_t W = native_lane_count<T>>
struct lanes {
  static_assert(std::is_same_v<T, float> || std::is_same_v<T, double> || std::is_same_v<T, std::int32_t> ||
                    std::is_same_v<T, std::int64_t>,
                "lanes are of float, double, std::int32_t or std::int64_t");
  using storage = lane_storage_detail::vector<T, W>;
  using mask = lane_mask<T, W>;

  storage value;

  lanes() = default;
  SPECTRALMC_PRIMITIVE lanes(T x) : value(lane_storage_detail::broadcast<T, W>(x)) {}
  SPECTRALMC_PRIMITIVE explicit lanes(storage v) : value(v) {}

  /// From and to W numbers in a row, aligned or not.
  static SPECTRALMC_PRIMITIVE lanes load(const T* from) {
    lanes result;
    std::memcpy(&result.value, from, sizeof(storage));
    return result;
  }
  SPECTRALMC_PRIMITIVE void store(T* to) const { std::memcpy(to, &value, sizeof(storage)); }

  /// Lane i, slowly.
  SPECTRALMC_PRIMITIVE T operator[](std::size_t i) const { return value[i]; }

#define SPECTRALMC_LANES_OPERATOR(op)                                                                            \
  friend SPECTRALMC_PRIMITIVE lanes operator op(lanes a, lanes b) { return lanes(storage(a.value op b.value)); } \
  SPECTRALMC_PRIMITIVE lanes& operator op##=(lanes b) { return *this = *this op b; }
  SPECTRALMC_LANES_OPERATOR(+)
  SPECTRALMC_LANES_OPERATOR(-)
  SPECTRALMC_LANES_OPERATOR(*)
  SPECTRALMC_LANES_OPERATOR(/)
  SPECTRALMC_LANES_OPERATOR(&)
  SPECTRALMC_LANES_OPERATOR(|)
  SPECTRALMC_LANES_OPERATOR(^)
  SPECTRALMC_LANES_OPERATOR(<<)
  SPECTRALMC_LANES_OPERATOR(>>)
#undef SPECTRALMC_LANES_OPERATOR
  friend SPECTRALMC_PRIMITIVE lanes operator-(lanes a) { return lanes(storage(-a.value)); }
  friend SPECTRALMC_PRIMITIVE lanes operator~(lanes a) { return lanes(storage(~a.value)); }

#define SPECTRALMC_LANES_COMPARISON(op, how, left, right)                                                     \
  friend SPECTRALMC_PRIMITIVE mask operator op(lanes a, lanes b) {                                            \
    return mask(lane_storage_detail::compare<lane_storage_detail::comparison::how>(left.value, right.value)); \
  }
  SPECTRALMC_LANES_COMPARISON(==, equal, a, b)
  SPECTRALMC_LANES_COMPARISON(!=, unequal, a, b)
  SPECTRALMC_LANES_COMPARISON(<, less, a, b)
  SPECTRALMC_LANES_COMPARISON(<=, less_or_equal, a, b)
  SPECTRALMC_LANES_COMPARISON(>, less, b, a)
  SPECTRALMC_LANES_COMPARISON(>=, less_or_equal, b, a)
#undef SPECTRALMC_LANES_COMPARISON
};

/// The functions that go with packs of real numbers only.
template <class T, std::size_t W>
struct value_traits<lanes<T, W>> {
  using scalar = T;
  using integer = lanes<lane_storage_detail::signed_of_size<sizeof(T)>, W>;
  using mask = lane_mask<T, W>;
  static constexpr std::size_t lane_count = W;
  static SPECTRALMC_PRIMITIVE lanes<T, W> to_real(integer n) {
    return lanes<T, W>(lane_storage_detail::to_reals(n.value));
  }
  static SPECTRALMC_PRIMITIVE lanes<T, W> from_bits(integer n) { return value_detail::reinterpret<lanes<T, W>>(n); }
};

template <class T, std::size_t W>
SPECTRALMC_PRIMITIVE integer_of<lanes<T, W>> bits(lanes<T, W> x) {
  return value_detail::reinterpret<integer_of<lanes<T, W>>>(x);
}
template <class T, std::size_t W>
SPECTRALMC_PRIMITIVE integer_of<lanes<T, W>> to_integer(lanes<T, W> x) {
  return integer_of<lanes<T, W>>(lane_storage_detail::to_integers(x.value));
}
template <class T, class Integer, std::size_t W>
SPECTRALMC_PRIMITIVE lanes<T, W> look_up(const T* table, lanes<Integer, W> index) {
  T values[W];
  for (std::size_t i = 0; i < W; ++i) values[i] = table[index[i]];
  return lanes<T, W>::load(values);
}
template <class T, std::size_t W>
SPECTRALMC_PRIMITIVE lanes<T, W> abs(lanes<T, W> x) {
  return from_bits<lanes<T, W>>(bits(x) & integer_of<lanes<T, W>>(~format<T>::sign_bit));
}

// The functions below take packs and, next to a pack, also what it can be made of by broadcast: a number, a bool.

namespace lanes_detail {

/// The first of the types that is a pack; nothing where none is.
template <class... Types>
struct first_pack {};
template <class First, class... Rest>
struct first_pack<First, Rest...> : first_pack<Rest...> {};
template <class T, std::size_t W, class... Rest>
struct first_pack<lanes<T, W>, Rest...> {
  using type = lanes<T, W>;
};
template <std::size_t Bytes, std::size_t W, class... Rest>
struct first_pack<sized_lane_mask<Bytes, W>, Rest...> {
  using type = sized_lane_mask<Bytes, W>;
};
/// The pack that all of the types are or can be made.
template <class Pack, class... Types>
using if_all_become = std::enable_if_t<(std::is_convertible_v<Types, Pack> && ...), Pack>;
template <class... Types>
using pack_of = if_all_become<typename first_pack<Types...>::type, Types...>;

template <class Pack, class T>
SPECTRALMC_PRIMITIVE typename Pack::storage stored(const T& x) {
  if constexpr (std::is_arithmetic_v<T>) {
    return Pack(static_cast<scalar_of<Pack>>(x)).value;
  } else {
    return Pack(x).value;
  }
}

}  // namespace lanes_detail

template <class A, class B, class C, class V = lanes_detail::pack_of<A, B, C>>
SPECTRALMC_PRIMITIVE V fma(const A& a, const B& b, const C& c) {
  using lanes_detail::stored;
  return V(lane_storage_detail::fma(stored<V>(a), stored<V>(b), stored<V>(c)));
}
template <class T, std::size_t W>
SPECTRALMC_PRIMITIVE lanes<T, W> sqrt(lanes<T, W> x) {
  return lanes<T, W>(lane_storage_detail::square_root(x.value));
}
template <class A, class B, class V = lanes_detail::pack_of<A, B>>
SPECTRALMC_PRIMITIVE V minimum(const A& a, const B& b) {
  return V(lane_storage_detail::minimum(lanes_detail::stored<V>(a), lanes_detail::stored<V>(b)));
}
template <class A, class B, class V = lanes_detail::pack_of<A, B>>
SPECTRALMC_PRIMITIVE V maximum(const A& a, const B& b) {
  return V(lane_storage_detail::maximum(lanes_detail::stored<V>(a), lanes_detail::stored<V>(b)));
}
template <class A, class B, class V = lanes_detail::pack_of<A, B>>
SPECTRALMC_PRIMITIVE V select(typename V::mask m, const A& if_true, const B& if_false) {
  return V(lane_storage_detail::select(m.value, lanes_detail::stored<V>(if_true), lanes_detail::stored<V>(if_false)));
}

template <class A, class B, class Mask = lanes_detail::pack_of<A, B>>
SPECTRALMC_PRIMITIVE Mask both(const A& m, const B& n) {
  return Mask(m) & Mask(n);
}
template <class A, class B, class Mask = lanes_detail::pack_of<A, B>>
SPECTRALMC_PRIMITIVE Mask either(const A& m, const B& n) {
  return Mask(m) | Mask(n);
}
template <std::size_t Bytes, std::size_t W>
SPECTRALMC_PRIMITIVE sized_lane_mask<Bytes, W> negate(sized_lane_mask<Bytes, W> m) {
  return !m;
}
template <std::size_t Bytes, std::size_t W>
SPECTRALMC_PRIMITIVE bool any(sized_lane_mask<Bytes, W> m) {
  return lane_storage_detail::mask_bits(m.value) != 0;
}
template <std::size_t Bytes, std::size_t W>
SPECTRALMC_PRIMITIVE bool all(sized_lane_mask<Bytes, W> m) {
  return lane_storage_detail::mask_bits(m.value) == ~std::uint64_t(0) >> (64 - W);
}
template <std::size_t Bytes, std::size_t W>
SPECTRALMC_PRIMITIVE int count(sized_lane_mask<Bytes, W> m) {
  int result = 0;
  for (std::uint64_t left = lane_storage_detail::mask_bits(m.value); left != 0; left &= left - 1) ++result;
  return result;
}

SPECTRALMC_LANES_NAMESPACE_END
}  // namespace spectralmc
