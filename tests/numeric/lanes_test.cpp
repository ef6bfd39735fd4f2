#include "spectralmc/numeric/lanes.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cstdint>
#include <limits>
#include <random>
#include <type_traits>
#include <utility>
#include <vector>

namespace spectralmc {
namespace {

template <class T>
std::vector<T> awkward_numbers() {
  using limits = std::numeric_limits<T>;
  std::vector<T> values{T(0),
                        T(0.5),
                        T(1),
                        T(1.5),
                        T(2.5),
                        T(3),
                        T(1e-3),
                        T(0.1),
                        T(12345.678),
                        T(1e6),
                        T(1e30),
                        T(1e-30),
                        limits::max(),
                        limits::min(),
                        limits::denorm_min(),
                        limits::min() - limits::denorm_min(),
                        limits::epsilon(),
                        1 + limits::epsilon(),
                        1 - limits::epsilon() / 2,
                        limits::infinity(),
                        limits::quiet_NaN()};
  for (std::size_t i = 0, n = values.size(); i < n; ++i) values.push_back(-values[i]);
  return values;
}

/// Every NaN is the same NaN: its bits are outside the library's promise.
template <class T>
bool same_bits(T a, T b) {
  if constexpr (std::is_floating_point_v<T>) {
    return bits(a) == bits(b) || (is_nan(a) && is_nan(b));
  } else {
    return a == b;
  }
}

/// Counts the lanes in which `function` of packs is not what it is of one number, over all pairs of `values`, with a
/// third operand that runs through them in another order.
template <std::size_t W, class T, class Function>
int lanes_that_differ(const std::vector<T>& values, Function function) {
  std::vector<T> a, b, c;
  for (std::size_t i = 0; i < values.size(); ++i) {
    for (std::size_t j = 0; j < values.size(); ++j) {
      a.push_back(values[i]);
      b.push_back(values[j]);
      c.push_back(values[(7 * i + 11 * j) % values.size()]);
    }
  }
  while (a.size() % W != 0) {
    a.push_back(values[0]);
    b.push_back(values[1]);
    c.push_back(values[2]);
  }
  int different = 0;
  for (std::size_t i = 0; i < a.size(); i += W) {
    using V = lanes<T, W>;
    const auto packed = function(V::load(&a[i]), V::load(&b[i]), V::load(&c[i]));
    for (std::size_t l = 0; l < W; ++l) {
      const auto one = function(a[i + l], b[i + l], c[i + l]);
      if (!same_bits<std::decay_t<decltype(one)>>(packed[l], one)) ++different;
    }
  }
  return different;
}

template <class T, std::size_t Lanes>
struct pack {
  using scalar = T;
  static constexpr std::size_t width = Lanes;
};

#if defined(SPECTRALMC_LANES_PLAIN)
#define PACKS_OF_REALS                                                                                            \
  pack<float, native_lane_count<float>>, pack<double, native_lane_count<double>>, pack<float, 1>, pack<float, 7>, \
      pack<double, 3>, pack<double, 64>
#else
#define PACKS_OF_REALS pack<float, native_lane_count<float>>, pack<double, native_lane_count<double>>
#endif

#define SAME_IN_ALL_LANES(expression)                                       \
  CHECK(lanes_that_differ<W>(values, [](auto a, auto b, auto c) {           \
          static_cast<void>(a), static_cast<void>(b), static_cast<void>(c); \
          return expression;                                                \
        }) == 0)

TEST_CASE_TEMPLATE("packs of reals do what one number does, bit for bit", P, PACKS_OF_REALS) {
  using T = typename P::scalar;
  constexpr std::size_t W = P::width;
  const std::vector<T> values = awkward_numbers<T>();

  SAME_IN_ALL_LANES(a + b);
  SAME_IN_ALL_LANES(a - b);
  SAME_IN_ALL_LANES(a * b);
  SAME_IN_ALL_LANES(a / b);
  SAME_IN_ALL_LANES(-a);
  SAME_IN_ALL_LANES(fma(a, b, c));
  SAME_IN_ALL_LANES(sqrt(a));
  SAME_IN_ALL_LANES(minimum(a, b));
  SAME_IN_ALL_LANES(maximum(a, b));
  SAME_IN_ALL_LANES(a == b);
  SAME_IN_ALL_LANES(a != b);
  SAME_IN_ALL_LANES(a < b);
  SAME_IN_ALL_LANES(a <= b);
  SAME_IN_ALL_LANES(a > b);
  SAME_IN_ALL_LANES(a >= b);
  SAME_IN_ALL_LANES(is_nan(a));
  SAME_IN_ALL_LANES(is_finite(a));
  SAME_IN_ALL_LANES(select(a < b, b, c));
  SAME_IN_ALL_LANES(select(both(a < b, negate(b < c)), a, b));
  SAME_IN_ALL_LANES(select(either(a < b, b < c), b, a));
  SAME_IN_ALL_LANES(round_to_nearest(a));  // also beyond its domain it is the same two sums

  // Bits are bits: here a NaN has to keep its own.
  SAME_IN_ALL_LANES(bits(a));
  SAME_IN_ALL_LANES(bits(-a));
  SAME_IN_ALL_LANES(bits(abs(a)));
  SAME_IN_ALL_LANES(bits(copy_sign(a, b)));
  SAME_IN_ALL_LANES(bits(select(b < c, a, b)));
  SAME_IN_ALL_LANES(bits(from_bits<std::decay_t<decltype(a)>>(bits(a))));
}

TEST_CASE_TEMPLATE("packs of integers", P, PACKS_OF_REALS) {
  using T = integer_of<typename P::scalar>;
  constexpr std::size_t W = P::width;
  const T large = static_cast<T>((T(1) << (4 * sizeof(T) - 2)) + 12345);
  const std::vector<T> values{0, 1, -1, 2, 77, -77, 1000, large, -large};

  SAME_IN_ALL_LANES(a + b);
  SAME_IN_ALL_LANES(a - b);
  SAME_IN_ALL_LANES(a * c);
  SAME_IN_ALL_LANES(-a);
  SAME_IN_ALL_LANES(~a);
  SAME_IN_ALL_LANES(a & b);
  SAME_IN_ALL_LANES(a | b);
  SAME_IN_ALL_LANES(a ^ b);
  SAME_IN_ALL_LANES(a >> 3);
  SAME_IN_ALL_LANES((a & 1023) << 5);
  SAME_IN_ALL_LANES(a == b);
  SAME_IN_ALL_LANES(a != b);
  SAME_IN_ALL_LANES(a < b);
  SAME_IN_ALL_LANES(a <= b);
  SAME_IN_ALL_LANES(a > b);
  SAME_IN_ALL_LANES(a >= b);
  SAME_IN_ALL_LANES(select(a < b, b, c));
}

TEST_CASE_TEMPLATE("conversions between reals and integers", P, PACKS_OF_REALS) {
  using T = typename P::scalar;
  constexpr std::size_t W = P::width;
  constexpr bool narrow = sizeof(T) == 4;
  std::vector<T> values{T(0), T(1), T(-1), T(4194304), T(-4194304), T(123456)};
  if (!narrow) values.insert(values.end(), {T(2251799813685248.0), T(-2251799813685248.0), T(2251799813685247.0)});
  if (narrow) values.insert(values.end(), {T(2147483520.0), T(-2147483520.0)});
  SAME_IN_ALL_LANES(to_integer(a));

  std::vector<integer_of<T>> whole;
  whole.reserve(values.size());
  for (const T x : values) whole.push_back(to_integer(x));
  if (narrow) whole.insert(whole.end(), {16777217, 2147483647, -2147483647, 33554433});  // these have to be rounded
  int different = 0;
  for (const integer_of<T> n : whole) {
    const auto packed = to_real<lanes<T, W>>(integer_of<lanes<T, W>>(n));
    for (std::size_t l = 0; l < W; ++l) different += !same_bits(packed[l], to_real<T>(n));
  }
  CHECK(different == 0);
}

TEST_CASE_TEMPLATE("loading, storing, broadcasting, compound assignment", P, PACKS_OF_REALS) {
  using T = typename P::scalar;
  constexpr std::size_t W = P::width;
  using V = lanes<T, W>;
  CHECK(lane_count<V> == W);
  CHECK(std::is_same_v<scalar_of<V>, T>);
  CHECK(std::is_same_v<integer_of<V>, lanes<integer_of<T>, W>>);
  CHECK(std::is_same_v<mask_of<V>, lane_mask<T, W>>);
  CHECK(std::is_same_v<lane_mask<T, W>, lane_mask<integer_of<T>, W>>);

  std::array<T, W + 2> from{}, to{};
  for (std::size_t i = 0; i < from.size(); ++i) from[i] = static_cast<T>(i + 1);
  V::load(from.data() + 1).store(to.data() + 1);  // not aligned
  CHECK(to.front() == 0);
  CHECK(to.back() == 0);
  int different = 0;
  for (std::size_t l = 0; l < W; ++l) different += to[l + 1] != from[l + 1];

  V x = V::load(from.data());
  x += T(1);
  x *= T(2);
  x -= V(T(3));
  x /= T(4);
  const V zero(-T(0));
  for (std::size_t l = 0; l < W; ++l) {
    different += x[l] != ((from[l] + 1) * 2 - 3) / 4;
    different += !same_bits(zero[l], -T(0));
  }
  CHECK(different == 0);
  // Called as a payoff outside the namespace would, with numbers next to packs.
  const V first = V::load(from.data());
  const V mixed = spectralmc::select(first < T(2), T(5), V(T(6)));
  CHECK(mixed[0] == 5);
  if (W > 1) CHECK(mixed[W - 1] == 6);
  CHECK(spectralmc::maximum(first, 2)[0] == 2);
  CHECK(spectralmc::minimum(T(0.5), first)[0] == T(0.5));
  CHECK(spectralmc::fma(first, 2, T(1))[0] == 3);
  CHECK(spectralmc::sqrt(first)[0] == 1);
  CHECK(spectralmc::any(spectralmc::both(first == T(1), true)));
  CHECK(spectralmc::all(spectralmc::either(true, first == T(1))));
  CHECK(spectralmc::count(spectralmc::negate(first == T(1))) == static_cast<int>(W) - 1);
}

TEST_CASE_TEMPLATE("masks count their lanes", P, PACKS_OF_REALS) {
  using T = typename P::scalar;
  constexpr std::size_t W = P::width;
  using V = lanes<T, W>;
  std::mt19937 engine(1);
  int wrong = 0;
  for (int trial = 0; trial < 300; ++trial) {
    std::array<T, W> a{}, b{};
    std::array<bool, W> m{}, n{};
    int ms = 0, both_count = 0, either_count = 0;
    for (std::size_t l = 0; l < W; ++l) {
      m[l] = trial == 0 || (trial > 2 && engine() % 2 == 0);
      n[l] = trial == 1 || (trial > 2 && engine() % 2 == 0);
      a[l] = m[l] ? T(1) : T(-1);
      b[l] = n[l] ? T(1) : T(-1);
      ms += m[l];
      both_count += m[l] && n[l];
      either_count += m[l] || n[l];
    }
    const mask_of<V> p = V::load(a.data()) > T(0), q = V::load(b.data()) > T(0);
    wrong += count(p) != ms;
    wrong += any(p) != (ms > 0);
    wrong += all(p) != (ms == static_cast<int>(W));
    wrong += count(both(p, q)) != both_count || count(p & q) != both_count;
    wrong += count(either(p, q)) != either_count || count(p | q) != either_count;
    wrong += count(negate(p)) != static_cast<int>(W) - ms || count(!p) != static_cast<int>(W) - ms;
    for (std::size_t l = 0; l < W; ++l) wrong += p[l] != m[l];
  }
  CHECK(wrong == 0);
  CHECK(all(mask_of<V>(true)));
  CHECK_FALSE(any(mask_of<V>(false)));
}

}  // namespace
}  // namespace spectralmc
