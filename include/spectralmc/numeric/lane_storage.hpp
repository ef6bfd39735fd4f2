// What lanes (numeric/lanes.hpp) are kept in, and the instructions that C++ operators do not reach: one section for
// each kind of machine. Everything else of the lanes is written once, in terms of this.
//
//   vector<T, W>          W numbers with the operators of T, lane by lane
//   mask<Bytes, W>        for W lanes of so many bytes: as many bits for AVX-512, elsewhere integers that are 0 or -1
//   compare<how>(a, b)    a mask
//   select, fma, square_root, minimum, maximum, to_integers, to_reals, multiply_halves, mask_bits, broadcast
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "spectralmc/numeric/value.hpp"

#if !defined(SPECTRALMC_LANES_PLAIN)
#if defined(__AVX__)
#include <immintrin.h>
#elif defined(__SSE2__)
#include <emmintrin.h>  // the other would take half a second to compile
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif
#endif

namespace spectralmc {
SPECTRALMC_LANES_NAMESPACE_BEGIN

/// How many T fill the registers that this translation unit is compiled for.
template <class T>
inline constexpr std::size_t native_lane_count = SPECTRALMC_LANE_BYTES / sizeof(T);

namespace lane_storage_detail {

/// The values are those of the predicate operand of x86 instructions.
enum class comparison : int { equal = 0, less = 1, less_or_equal = 2, unequal = 4 };

template <std::size_t Bytes>
using signed_of_size = std::conditional_t<Bytes == 4, std::int32_t, std::int64_t>;

// ---- What holds the lanes -------------------------------------------------------------------------------------------
#if defined(SPECTRALMC_LANES_PLAIN)

template <class T, std::size_t W>
struct vector {
  T element[W];

  SPECTRALMC_PRIMITIVE T& operator[](std::size_t i) { return element[i]; }
  SPECTRALMC_PRIMITIVE const T& operator[](std::size_t i) const { return element[i]; }

#define SPECTRALMC_LANE_BY_LANE(op)                                    \
  friend SPECTRALMC_PRIMITIVE vector operator op(vector a, vector b) { \
    vector result;                                                     \
    for (std::size_t i = 0; i < W; ++i) result[i] = T(a[i] op b[i]);   \
    return result;                                                     \
  }
  SPECTRALMC_LANE_BY_LANE(+)
  SPECTRALMC_LANE_BY_LANE(-)
  SPECTRALMC_LANE_BY_LANE(*)
  SPECTRALMC_LANE_BY_LANE(/)
  SPECTRALMC_LANE_BY_LANE(&)
  SPECTRALMC_LANE_BY_LANE(|)
  SPECTRALMC_LANE_BY_LANE(^)
  SPECTRALMC_LANE_BY_LANE(>>)
#undef SPECTRALMC_LANE_BY_LANE

  friend SPECTRALMC_PRIMITIVE vector operator<<(vector a, vector b) {  // C++17 leaves that of a negative undefined
    for (std::size_t i = 0; i < W; ++i) a[i] = T(std::make_unsigned_t<T>(a[i]) << b[i]);
    return a;
  }
  friend SPECTRALMC_PRIMITIVE vector operator-(vector a) {
    for (std::size_t i = 0; i < W; ++i) a[i] = -a[i];
    return a;
  }
  friend SPECTRALMC_PRIMITIVE vector operator~(vector a) {
    for (std::size_t i = 0; i < W; ++i) a[i] = ~a[i];
    return a;
  }
};

template <class T, std::size_t W>
SPECTRALMC_PRIMITIVE vector<T, W> broadcast(T x) {
  vector<T, W> result;
  for (std::size_t i = 0; i < W; ++i) result[i] = x;
  return result;
}

#else

// The vector types of GCC and Clang: they have the operators of C, for lanes of any type that is as wide as a register.
template <class T, std::size_t W>
struct vector_of {
  static_assert(sizeof(T) * W == SPECTRALMC_LANE_BYTES, "lanes fill one register: use native_lane_count");
  typedef T type __attribute__((vector_size(SPECTRALMC_LANE_BYTES)));
};
template <class T, std::size_t W>
using vector = typename vector_of<T, W>::type;

template <class T, std::size_t W>
SPECTRALMC_PRIMITIVE vector<T, W> broadcast(T x) {
  return x - vector<T, W>{};  // x - 0 is x for every x, -0 included (0 + x is not)
}

using floats = vector<float, native_lane_count<float>>;
using doubles = vector<double, native_lane_count<double>>;
using narrow_integers = vector<std::int32_t, native_lane_count<float>>;
using wide_integers = vector<std::int64_t, native_lane_count<double>>;
using wide_words = vector<std::uint64_t, native_lane_count<double>>;

#endif

// ---- Masks ----------------------------------------------------------------------------------------------------------
#if defined(SPECTRALMC_LANES_AVX512)

template <std::size_t Bytes, std::size_t W>
using mask = std::conditional_t<Bytes == 4, __mmask16, __mmask8>;

template <std::size_t Bytes, std::size_t W>
SPECTRALMC_PRIMITIVE mask<Bytes, W> broadcast_mask(bool m) {
  return static_cast<mask<Bytes, W>>(m ? -1 : 0);
}
SPECTRALMC_PRIMITIVE std::uint64_t mask_bits(__mmask16 m) { return m; }
SPECTRALMC_PRIMITIVE std::uint64_t mask_bits(__mmask8 m) { return m; }

template <comparison how, class Vector>
SPECTRALMC_PRIMITIVE auto compare(Vector a, Vector b) {
  using element = std::decay_t<decltype(a[0])>;
  constexpr int predicate = static_cast<int>(how);
  if constexpr (std::is_same_v<element, float>) {
    return _mm512_cmp_ps_mask(a, b, predicate);
  } else if constexpr (std::is_same_v<element, double>) {
    return _mm512_cmp_pd_mask(a, b, predicate);
  } else if constexpr (sizeof(element) == 4) {
    return _mm512_cmp_epi32_mask((__m512i)a, (__m512i)b, predicate);
  } else {
    return _mm512_cmp_epi64_mask((__m512i)a, (__m512i)b, predicate);
  }
}
template <class Vector>
SPECTRALMC_PRIMITIVE Vector select(__mmask16 m, Vector if_true, Vector if_false) {
  return (Vector)_mm512_mask_blend_ps(m, (__m512)if_false, (__m512)if_true);
}
template <class Vector>
SPECTRALMC_PRIMITIVE Vector select(__mmask8 m, Vector if_true, Vector if_false) {
  return (Vector)_mm512_mask_blend_pd(m, (__m512d)if_false, (__m512d)if_true);
}

#else

template <std::size_t Bytes, std::size_t W>
using mask = vector<signed_of_size<Bytes>, W>;

template <std::size_t Bytes, std::size_t W>
SPECTRALMC_PRIMITIVE mask<Bytes, W> broadcast_mask(bool m) {
  return broadcast<signed_of_size<Bytes>, W>(m ? -1 : 0);
}

#if defined(SPECTRALMC_LANES_PLAIN)

template <comparison how, class T, std::size_t W>
SPECTRALMC_PRIMITIVE auto compare(vector<T, W> a, vector<T, W> b) {
  mask<sizeof(T), W> result;
  for (std::size_t i = 0; i < W; ++i) {
    bool holds = false;
    if constexpr (how == comparison::equal) holds = a[i] == b[i];
    if constexpr (how == comparison::less) holds = a[i] < b[i];
    if constexpr (how == comparison::less_or_equal) holds = a[i] <= b[i];
    if constexpr (how == comparison::unequal) holds = a[i] != b[i];
    result[i] = holds ? -1 : 0;
  }
  return result;
}
template <class M, class T, std::size_t W>
SPECTRALMC_PRIMITIVE vector<T, W> select(vector<M, W> m, vector<T, W> if_true, vector<T, W> if_false) {
  for (std::size_t i = 0; i < W; ++i) if_false[i] = m[i] != 0 ? if_true[i] : if_false[i];
  return if_false;
}
template <class M, std::size_t W>
SPECTRALMC_PRIMITIVE std::uint64_t mask_bits(vector<M, W> m) {
  static_assert(W <= 64, "a mask's bits are read as one integer");
  std::uint64_t result = 0;
  for (std::size_t i = 0; i < W; ++i) result |= std::uint64_t(m[i] != 0) << i;
  return result;
}

#else

template <comparison how, class Vector>
SPECTRALMC_PRIMITIVE auto compare(Vector a, Vector b) {
  using element = std::decay_t<decltype(a[0])>;
  using result = mask<sizeof(element), sizeof(Vector) / sizeof(element)>;
  if constexpr (how == comparison::equal) return (result)(a == b);
  if constexpr (how == comparison::less) return (result)(a < b);
  if constexpr (how == comparison::less_or_equal) return (result)(a <= b);
  if constexpr (how == comparison::unequal) return (result)(a != b);
}

#if defined(SPECTRALMC_LANES_AVX2)
template <class Vector>
SPECTRALMC_PRIMITIVE Vector select(narrow_integers m, Vector if_true, Vector if_false) {
  return (Vector)_mm256_blendv_ps((__m256)if_false, (__m256)if_true, (__m256)m);
}
template <class Vector>
SPECTRALMC_PRIMITIVE Vector select(wide_integers m, Vector if_true, Vector if_false) {
  return (Vector)_mm256_blendv_pd((__m256d)if_false, (__m256d)if_true, (__m256d)m);
}
#else
template <class Mask, class Vector>
SPECTRALMC_PRIMITIVE Vector select(Mask m, Vector if_true, Vector if_false) {
  return (Vector)((m & (Mask)if_true) | (~m & (Mask)if_false));
}
#endif

template <class Mask>
SPECTRALMC_PRIMITIVE std::uint64_t mask_bits(Mask m) {
  constexpr bool narrow = sizeof(m[0]) == 4;
  int result = 0;
#if defined(SPECTRALMC_LANES_AVX2)
  if constexpr (narrow) {
    result = _mm256_movemask_ps((__m256)m);
  } else {
    result = _mm256_movemask_pd((__m256d)m);
  }
#elif defined(__SSE2__)
  if constexpr (narrow) {
    result = _mm_movemask_ps((__m128)m);
  } else {
    result = _mm_movemask_pd((__m128d)m);
  }
#else
  for (int i = 0; i < (narrow ? 4 : 2); ++i) result |= (m[i] != 0) << i;
#endif
  return static_cast<std::uint64_t>(result);
}

#endif
#endif

// ---- Arithmetic -----------------------------------------------------------------------------------------------------
#if defined(SPECTRALMC_LANES_PLAIN)

template <class T, std::size_t W>
SPECTRALMC_PRIMITIVE vector<T, W> fma(vector<T, W> a, vector<T, W> b, vector<T, W> c) {
  for (std::size_t i = 0; i < W; ++i) c[i] = spectralmc::fma(a[i], b[i], c[i]);
  return c;
}
template <class T, std::size_t W>
SPECTRALMC_PRIMITIVE vector<T, W> square_root(vector<T, W> a) {
  for (std::size_t i = 0; i < W; ++i) a[i] = spectralmc::sqrt(a[i]);
  return a;
}
template <class T, std::size_t W>
SPECTRALMC_PRIMITIVE vector<T, W> minimum(vector<T, W> a, vector<T, W> b) {
  return select(compare<comparison::less>(a, b), a, b);
}
template <class T, std::size_t W>
SPECTRALMC_PRIMITIVE vector<T, W> maximum(vector<T, W> a, vector<T, W> b) {
  return select(compare<comparison::less>(b, a), a, b);
}
template <class T, std::size_t W>
SPECTRALMC_PRIMITIVE auto to_integers(vector<T, W> x) {
  vector<signed_of_size<sizeof(T)>, W> result;
  for (std::size_t i = 0; i < W; ++i) result[i] = static_cast<signed_of_size<sizeof(T)>>(x[i]);
  return result;
}
template <class T, std::size_t W>
SPECTRALMC_PRIMITIVE auto to_reals(vector<T, W> n) {
  using real = std::conditional_t<sizeof(T) == 4, float, double>;
  vector<real, W> result;
  for (std::size_t i = 0; i < W; ++i) result[i] = static_cast<real>(n[i]);
  return result;
}

#else

#if defined(__SSE2__)
// The three widths of x86 have the same instructions under three prefixes. With a full mask given, GCC 12 does not warn
// about its own undefined operand (its bug 105593) and emits the same instruction.
#if defined(SPECTRALMC_LANES_AVX512)
#define SPECTRALMC_X86(mask, name, ...) _mm512_maskz_##name(static_cast<mask>(-1), __VA_ARGS__)
#elif defined(SPECTRALMC_LANES_AVX2)
#define SPECTRALMC_X86(mask, name, ...) _mm256_##name(__VA_ARGS__)
#else
#define SPECTRALMC_X86(mask, name, ...) _mm_##name(__VA_ARGS__)
#endif
#if SPECTRALMC_HAS_FMA
SPECTRALMC_PRIMITIVE floats fma(floats a, floats b, floats c) { return SPECTRALMC_X86(__mmask16, fmadd_ps, a, b, c); }
SPECTRALMC_PRIMITIVE doubles fma(doubles a, doubles b, doubles c) {
  return SPECTRALMC_X86(__mmask8, fmadd_pd, a, b, c);
}
#endif
SPECTRALMC_PRIMITIVE floats square_root(floats x) { return SPECTRALMC_X86(__mmask16, sqrt_ps, x); }
SPECTRALMC_PRIMITIVE doubles square_root(doubles x) { return SPECTRALMC_X86(__mmask8, sqrt_pd, x); }
SPECTRALMC_PRIMITIVE floats minimum(floats a, floats b) { return SPECTRALMC_X86(__mmask16, min_ps, a, b); }
SPECTRALMC_PRIMITIVE doubles minimum(doubles a, doubles b) { return SPECTRALMC_X86(__mmask8, min_pd, a, b); }
SPECTRALMC_PRIMITIVE floats maximum(floats a, floats b) { return SPECTRALMC_X86(__mmask16, max_ps, a, b); }
SPECTRALMC_PRIMITIVE doubles maximum(doubles a, doubles b) { return SPECTRALMC_X86(__mmask8, max_pd, a, b); }
SPECTRALMC_PRIMITIVE wide_words multiply_halves(wide_words a, wide_words b) {
  using integers = vector<long long, native_lane_count<long long>>;  // what __m128i and its like are
  return (wide_words)SPECTRALMC_X86(__mmask8, mul_epu32, (integers)a, (integers)b);
}
#undef SPECTRALMC_X86

#else

#if defined(__aarch64__)
SPECTRALMC_PRIMITIVE floats fma(floats a, floats b, floats c) {
  return (floats)vfmaq_f32((float32x4_t)c, (float32x4_t)a, (float32x4_t)b);
}
SPECTRALMC_PRIMITIVE doubles fma(doubles a, doubles b, doubles c) {
  return (doubles)vfmaq_f64((float64x2_t)c, (float64x2_t)a, (float64x2_t)b);
}
SPECTRALMC_PRIMITIVE floats square_root(floats x) { return (floats)vsqrtq_f32((float32x4_t)x); }
SPECTRALMC_PRIMITIVE doubles square_root(doubles x) { return (doubles)vsqrtq_f64((float64x2_t)x); }
SPECTRALMC_PRIMITIVE wide_words multiply_halves(wide_words a, wide_words b) {
  return (wide_words)vmull_u32(vmovn_u64((uint64x2_t)a), vmovn_u64((uint64x2_t)b));
}
#else
template <class Vector>
SPECTRALMC_PRIMITIVE Vector square_root(Vector x) {
  for (std::size_t i = 0; i < sizeof(x) / sizeof(x[0]); ++i) x[i] = spectralmc::sqrt(x[i]);
  return x;
}
SPECTRALMC_PRIMITIVE wide_words multiply_halves(wide_words a, wide_words b) {
  return (a & 0xffffffffu) * (b & 0xffffffffu);
}
#endif
template <class Vector>
SPECTRALMC_PRIMITIVE Vector minimum(Vector a, Vector b) {
  return select(compare<comparison::less>(a, b), a, b);
}
template <class Vector>
SPECTRALMC_PRIMITIVE Vector maximum(Vector a, Vector b) {
  return select(compare<comparison::less>(b, a), a, b);
}
#endif

#if !SPECTRALMC_HAS_FMA
template <class Vector>
SPECTRALMC_PRIMITIVE Vector fma(Vector a, Vector b, Vector c) {
  return a * b + c;
}
#endif

/// The low halves of the words: one of `even`, one of `odd`, and so on.
SPECTRALMC_PRIMITIVE narrow_integers interleave(wide_words even, wide_words odd) {
#if defined(SPECTRALMC_LANES_AVX512)
  return (narrow_integers)_mm512_mask_shuffle_epi32((__m512i)even, 0xaaaa, (__m512i)odd, _MM_PERM_CCAA);
#elif defined(SPECTRALMC_LANES_AVX2)
  return (narrow_integers)_mm256_blend_epi32((__m256i)even, (__m256i)(odd << 32), 0xaa);
#elif defined(__aarch64__)
  return (narrow_integers)vtrn1q_u32((uint32x4_t)even, (uint32x4_t)odd);
#else
  return (narrow_integers)((even & 0xffffffffu) | (odd << 32));
#endif
}

SPECTRALMC_PRIMITIVE narrow_integers to_integers(floats x) { return __builtin_convertvector(x, narrow_integers); }
SPECTRALMC_PRIMITIVE floats to_reals(narrow_integers n) { return __builtin_convertvector(n, floats); }
#if defined(SPECTRALMC_LANES_AVX512) || defined(__aarch64__)
SPECTRALMC_PRIMITIVE wide_integers to_integers(doubles x) { return __builtin_convertvector(x, wide_integers); }
SPECTRALMC_PRIMITIVE doubles to_reals(wide_integers n) { return __builtin_convertvector(n, doubles); }
#else
// No instruction for these: where 1.5 2^52 is added, the last bits of the sum are the integer.
SPECTRALMC_PRIMITIVE wide_integers to_integers(doubles x) {
  const doubles shift = broadcast<double, native_lane_count<double>>(format<double>::integer_shift);
  return (wide_integers)(x + shift) - (wide_integers)shift;
}
SPECTRALMC_PRIMITIVE doubles to_reals(wide_integers n) {
  const doubles shift = broadcast<double, native_lane_count<double>>(format<double>::integer_shift);
  return (doubles)(n + (wide_integers)shift) - shift;
}
#endif

#endif

}  // namespace lane_storage_detail

SPECTRALMC_LANES_NAMESPACE_END
}  // namespace spectralmc
