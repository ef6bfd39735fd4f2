// Numbers that carry their derivatives: forward differentiation of formulas by their parameters. (Griewank, A. and
// Walther, A. (2008), Evaluating Derivatives, second edition, SIAM, chapter 3.)
#pragma once

#include <cstddef>
#include <type_traits>

#include "spectralmc/configuration.hpp"
#include "spectralmc/numeric/complex.hpp"
#include "spectralmc/numeric/elementary.hpp"
#include "spectralmc/numeric/lanes.hpp"
#include "spectralmc/numeric/normal.hpp"
#include "spectralmc/numeric/number.hpp"
#include "spectralmc/numeric/value.hpp"

namespace spectralmc {

template <class T, int N>
struct dual;

namespace detail {

template <class T>
struct is_dual : std::false_type {};
template <class T, int N>
struct is_dual<dual<T, N>> : std::true_type {};

}  // namespace detail

/// A value and its derivatives by N parameters, where T is a number, a pack of numbers, or a complex number of either;
/// functions of complex numbers are differentiated as analytic ones. Formulas may mix duals over V and over complex<V>,
/// and plain numbers of both. Comparisons are those of the values; minimum, maximum, abs and select have the
/// derivatives of what they choose, round_to_nearest has none.
template <class T, int N>
struct dual {
  T value;
  T derivative[N];

  dual() = default;
  /// A constant.
  template <class Plain, class = std::enable_if_t<std::is_convertible_v<Plain, T>>>
  SPECTRALMC_PRIMITIVE dual(Plain constant) : value(static_cast<T>(constant)) {
    for (T& d : derivative) d = T(0);
  }
  /// The same in other numbers: rounded, in all lanes of a pack, or complex.
  template <class Other>
  SPECTRALMC_PRIMITIVE dual(const dual<Other, N>& other) : value(static_cast<T>(other.value)) {
    for (int i = 0; i < N; ++i) derivative[i] = static_cast<T>(other.derivative[i]);
  }

  /// Parameter number `index`, whose derivative by itself is 1.
  static dual parameter(T value, int index) {
    dual result(value);
    result.derivative[index] = T(1);
    return result;
  }
  static dual constant(T value) { return dual(value); }

  SPECTRALMC_PRIMITIVE dual& operator+=(const dual& other) { return *this = *this + other; }
  SPECTRALMC_PRIMITIVE dual& operator-=(const dual& other) { return *this = *this - other; }
  SPECTRALMC_PRIMITIVE dual& operator*=(const dual& other) { return *this = *this * other; }
  SPECTRALMC_PRIMITIVE dual& operator/=(const dual& other) { return *this = *this / other; }

  /// N + 1 rows in a row: dual number i of `from` is lane i.
  template <class Scalar>
  static SPECTRALMC_PRIMITIVE dual load(const dual<Scalar, N>* from) {
    constexpr std::size_t width = value_traits<T>::lane_count;
    Scalar lane[width];
    dual result;
    for (std::size_t i = 0; i < width; ++i) lane[i] = from[i].value;
    result.value = T::load(lane);
    for (int k = 0; k < N; ++k) {
      for (std::size_t i = 0; i < width; ++i) lane[i] = from[i].derivative[k];
      result.derivative[k] = T::load(lane);
    }
    return result;
  }
  template <class Scalar>
  SPECTRALMC_PRIMITIVE void store(dual<Scalar, N>* to) const {
    constexpr std::size_t width = value_traits<T>::lane_count;
    Scalar lane[width];
    value.store(lane);
    for (std::size_t i = 0; i < width; ++i) to[i].value = lane[i];
    for (int k = 0; k < N; ++k) {
      derivative[k].store(lane);
      for (std::size_t i = 0; i < width; ++i) to[i].derivative[k] = lane[i];
    }
  }
};

namespace detail {

template <class Real, int N>
struct in_double<dual<Real, N>> {
  using type = dual<double, N>;
};

}  // namespace detail

template <class T, int N>
auto without_derivatives(const dual<T, N>& x) {
  return x.value;
}

template <class T, int N>
dual<T, N> with_slope(const dual<T, N>& x, T value, T slope) {
  dual<T, N> result(value);
  for (int i = 0; i < N; ++i) result.derivative[i] = rounded_product(slope, x.derivative[i]);
  return result;
}

SPECTRALMC_LANES_NAMESPACE_BEGIN

/// A dual is a value type like the one that it is over, with a dual of its scalar.
template <class T, int N>
struct value_traits<dual<T, N>> {
  using scalar = dual<typename value_traits<T>::scalar, N>;
  using integer = typename value_traits<T>::integer;
  using mask = typename value_traits<T>::mask;
  static constexpr std::size_t lane_count = value_traits<T>::lane_count;
  static SPECTRALMC_PRIMITIVE dual<T, N> to_real(integer n) { return dual<T, N>(value_traits<T>::to_real(n)); }
};

namespace dual_detail {

using detail::is_dual;
template <class T>
using if_plain = std::enable_if_t<!is_dual<T>::value>;

template <class T>
struct is_complex : std::false_type {};
template <class V>
struct is_complex<complex<V>> : std::true_type {};

/// a b + c, rounded in one way: complex products are rounded by themselves.
template <class A, class B, class C>
SPECTRALMC_PRIMITIVE auto multiply_add(A a, B b, C c) {
  if constexpr (is_complex<A>::value || is_complex<B>::value) {
    return a * b + c;
  } else {
    return fma(a, b, c);
  }
}

/// a b, to be added to something.
template <class A, class B>
SPECTRALMC_PRIMITIVE auto product(A a, B b) {
  if constexpr (is_complex<A>::value || is_complex<B>::value) {
    return a * b;
  } else {
    return rounded_product(a, b);
  }
}

/// 1 / a, but 0 where a is.
template <class T>
SPECTRALMC_PRIMITIVE T inverse_or_zero(T a) {
  return select(a == T(0), T(0), T(1) / a);
}

/// The dual of that value with derivative(i) for the derivative by parameter i.
template <int N, class T, class Derivative>
SPECTRALMC_PRIMITIVE dual<T, N> make(T value, const Derivative& derivative) {
  dual<T, N> result;
  result.value = value;
  for (int i = 0; i < N; ++i) result.derivative[i] = derivative(i);
  return result;
}

template <class T>
struct real_part {
  using type = T;
};
template <class V>
struct real_part<complex<V>> {
  using type = V;
};

/// A plain operand of a dual over T as a T, or as the real number that goes with it; complex ones as they are.
template <class T, class B>
SPECTRALMC_PRIMITIVE auto operand(const B& b) {
  if constexpr (is_complex<B>::value || std::is_same_v<T, B>) {
    return b;
  } else if constexpr (std::is_arithmetic_v<B>) {
    using V = typename real_part<T>::type;
    return V(static_cast<scalar_of<V>>(b));
  } else {
    return static_cast<typename real_part<T>::type>(b);
  }
}

/// What is to be known of the operands of a function: how many derivatives, and of which type.
template <class... Operands>
struct common {};
template <class First, class... Rest>
struct common<First, Rest...> : common<Rest...> {};
template <class T, int N, class... Rest>
struct common<dual<T, N>, Rest...> {
  using value = T;
  static constexpr int size = N;
};
template <class... Operands>
using if_any_dual = typename common<Operands...>::value;

template <class T, class A>
SPECTRALMC_PRIMITIVE auto value_in(const A& a) {
  if constexpr (is_dual<A>::value) {
    return a.value;
  } else {
    return operand<T>(a);
  }
}

}  // namespace dual_detail

template <class A, class B, int N>
SPECTRALMC_PRIMITIVE auto operator+(const dual<A, N>& a, const dual<B, N>& b) {
  return dual_detail::make<N>(a.value + b.value, [&](int i) { return a.derivative[i] + b.derivative[i]; });
}
template <class A, class B, int N>
SPECTRALMC_PRIMITIVE auto operator-(const dual<A, N>& a, const dual<B, N>& b) {
  return dual_detail::make<N>(a.value - b.value, [&](int i) { return a.derivative[i] - b.derivative[i]; });
}
template <class A, class B, int N>
SPECTRALMC_PRIMITIVE auto operator*(const dual<A, N>& a, const dual<B, N>& b) {
  return dual_detail::make<N>(dual_detail::product(a.value, b.value), [&](int i) {
    return dual_detail::multiply_add(a.derivative[i], b.value, dual_detail::product(a.value, b.derivative[i]));
  });
}
template <class A, class B, int N>
SPECTRALMC_PRIMITIVE auto operator/(const dual<A, N>& a, const dual<B, N>& b) {
  const auto inverse = B(1) / b.value;
  const auto quotient = a.value / b.value;
  return dual_detail::make<N>(quotient, [&](int i) {
    return dual_detail::product(dual_detail::multiply_add(-quotient, b.derivative[i], a.derivative[i]), inverse);
  });
}
template <class T, int N>
SPECTRALMC_PRIMITIVE dual<T, N> operator-(const dual<T, N>& a) {
  return dual_detail::make<N>(-a.value, [&](int i) { return -a.derivative[i]; });
}

// With a plain number.
template <class A, class B, int N, class = dual_detail::if_plain<B>>
SPECTRALMC_PRIMITIVE auto operator+(const dual<A, N>& a, const B& plain) {
  const auto b = dual_detail::operand<A>(plain);
  return dual_detail::make<N>(a.value + b, [&](int i) { return decltype(a.value + b)(a.derivative[i]); });
}
template <class A, class B, int N, class = dual_detail::if_plain<A>>
SPECTRALMC_PRIMITIVE auto operator+(const A& a, const dual<B, N>& b) {
  return b + a;
}
template <class A, class B, int N, class = dual_detail::if_plain<B>>
SPECTRALMC_PRIMITIVE auto operator-(const dual<A, N>& a, const B& plain) {
  return a + (-dual_detail::operand<A>(plain));
}
template <class A, class B, int N, class = dual_detail::if_plain<A>>
SPECTRALMC_PRIMITIVE auto operator-(const A& plain, const dual<B, N>& b) {
  const auto a = dual_detail::operand<B>(plain);
  return dual_detail::make<N>(a - b.value, [&](int i) { return decltype(a - b.value)(-b.derivative[i]); });
}
template <class A, class B, int N, class = dual_detail::if_plain<B>>
SPECTRALMC_PRIMITIVE auto operator*(const dual<A, N>& a, const B& plain) {
  const auto b = dual_detail::operand<A>(plain);
  return dual_detail::make<N>(dual_detail::product(a.value, b),
                              [&](int i) { return dual_detail::product(a.derivative[i], b); });
}
template <class A, class B, int N, class = dual_detail::if_plain<A>>
SPECTRALMC_PRIMITIVE auto operator*(const A& a, const dual<B, N>& b) {
  return b * a;
}
template <class A, class B, int N, class = dual_detail::if_plain<B>>
SPECTRALMC_PRIMITIVE auto operator/(const dual<A, N>& a, const B& plain) {
  const auto b = dual_detail::operand<A>(plain);
  const auto inverse = decltype(b)(1) / b;
  return dual_detail::make<N>(a.value / b, [&](int i) { return dual_detail::product(a.derivative[i], inverse); });
}
template <class A, class B, int N, class = dual_detail::if_plain<A>>
SPECTRALMC_PRIMITIVE auto operator/(const A& plain, const dual<B, N>& b) {
  const auto a = dual_detail::operand<B>(plain);
  const auto quotient = a / b.value, slope = -(quotient / b.value);
  return dual_detail::make<N>(quotient, [&](int i) { return dual_detail::product(slope, b.derivative[i]); });
}

#define SPECTRALMC_DUAL_COMPARISON(op)                                              \
  template <class A, class B, int N>                                                \
  SPECTRALMC_PRIMITIVE auto operator op(const dual<A, N>& a, const dual<B, N>& b) { \
    return a.value op b.value;                                                      \
  }                                                                                 \
  template <class A, class B, int N, class = dual_detail::if_plain<B>>              \
  SPECTRALMC_PRIMITIVE auto operator op(const dual<A, N>& a, const B& b) {          \
    return a.value op dual_detail::operand<A>(b);                                   \
  }                                                                                 \
  template <class A, class B, int N, class = dual_detail::if_plain<A>>              \
  SPECTRALMC_PRIMITIVE auto operator op(const A& a, const dual<B, N>& b) {          \
    return dual_detail::operand<B>(a) op b.value;                                   \
  }
SPECTRALMC_DUAL_COMPARISON(==)
SPECTRALMC_DUAL_COMPARISON(!=)
SPECTRALMC_DUAL_COMPARISON(<)
SPECTRALMC_DUAL_COMPARISON(<=)
SPECTRALMC_DUAL_COMPARISON(>)
SPECTRALMC_DUAL_COMPARISON(>=)
#undef SPECTRALMC_DUAL_COMPARISON

/// Of real numbers; each operand is a dual or a plain number, one at least a dual.
template <class A, class B, class C, class T = dual_detail::if_any_dual<A, B, C>>
SPECTRALMC_PRIMITIVE auto fma(const A& a, const B& b, const C& c) {
  using dual_detail::is_dual;
  const auto x = dual_detail::value_in<T>(a), y = dual_detail::value_in<T>(b), z = dual_detail::value_in<T>(c);
  return dual_detail::make<dual_detail::common<A, B, C>::size>(fma(x, y, z), [&](int i) {
    if constexpr (!is_dual<A>::value && !is_dual<B>::value) {
      (void)y;
      return c.derivative[i];
    } else if constexpr (!is_dual<B>::value) {
      if constexpr (is_dual<C>::value) {
        return fma(a.derivative[i], y, c.derivative[i]);
      } else {
        return rounded_product(a.derivative[i], y);
      }
    } else if constexpr (!is_dual<A>::value) {
      if constexpr (is_dual<C>::value) {
        return fma(x, b.derivative[i], c.derivative[i]);
      } else {
        return rounded_product(x, b.derivative[i]);
      }
    } else if constexpr (is_dual<C>::value) {
      return fma(a.derivative[i], y, fma(x, b.derivative[i], c.derivative[i]));
    } else {
      return fma(a.derivative[i], y, rounded_product(x, b.derivative[i]));
    }
  });
}
template <class A, class B, class T = dual_detail::if_any_dual<A, B>>
SPECTRALMC_PRIMITIVE auto rounded_product(const A& a, const B& b) {
  return a * b;
}
template <class T, int N>
SPECTRALMC_PRIMITIVE dual<T, N> rounded_product(const dual<T, N>& a, const dual<T, N>& b) {
  return a * b;
}

/// A dual where both are duals over the same; plain operands become constants.
template <class Mask, class A, class B, class T = dual_detail::if_any_dual<A, B>>
SPECTRALMC_PRIMITIVE auto select(const Mask& mask, const A& if_true, const B& if_false) {
  constexpr int size = dual_detail::common<A, B>::size;
  const dual<T, size> a(if_true), b(if_false);
  return dual_detail::make<size>(select(mask, a.value, b.value),
                                 [&](int i) { return select(mask, a.derivative[i], b.derivative[i]); });
}
template <class A, class B, class T = dual_detail::if_any_dual<A, B>>
SPECTRALMC_PRIMITIVE auto minimum(const A& a, const B& b) {
  return select(a < b, a, b);
}
template <class A, class B, class T = dual_detail::if_any_dual<A, B>>
SPECTRALMC_PRIMITIVE auto maximum(const A& a, const B& b) {
  return select(b < a, a, b);
}
template <class T, int N>
SPECTRALMC_PRIMITIVE dual<T, N> abs(const dual<T, N>& a) {
  return select(a.value < T(0), -a, a);
}

template <class T, int N>
SPECTRALMC_PRIMITIVE dual<T, N> round_to_nearest(const dual<T, N>& a) {
  return dual<T, N>(round_to_nearest(a.value));
}
template <class T, int N>
SPECTRALMC_PRIMITIVE auto to_integer(const dual<T, N>& a) {
  return to_integer(a.value);
}
template <class T, int N>
SPECTRALMC_PRIMITIVE auto is_nan(const dual<T, N>& a) {
  return is_nan(a.value);
}
/// Of the value.
template <class T, int N>
SPECTRALMC_PRIMITIVE auto is_finite(const dual<T, N>& a) {
  return is_finite(a.value);
}
/// table[index].
template <class T, int N>
SPECTRALMC_PRIMITIVE dual<T, N> look_up(const dual<T, N>* table, integer_of<T> index) {
  return table[index];
}
template <class T, int N, class Integer, std::size_t W>
SPECTRALMC_PRIMITIVE dual<lanes<T, W>, N> look_up(const dual<T, N>* table, lanes<Integer, W> index) {
  dual<T, N> all[W];
  for (std::size_t i = 0; i < W; ++i) all[i] = table[index[i]];
  return dual<lanes<T, W>, N>::load(all);
}

template <class V, int N>
SPECTRALMC_PRIMITIVE dual<V, N> real_part(const dual<complex<V>, N>& z) {
  return dual_detail::make<N>(z.value.re, [&](int i) { return z.derivative[i].re; });
}

/// Where the value is 0 so are the derivatives, also those that a power of 0 has no finite ones for.
template <class T, int N>
SPECTRALMC_PRIMITIVE dual<T, N> exp(const dual<T, N>& a) {
  const T e = exp(a.value), zero(0);
  const auto gone = e == zero;
  return dual_detail::make<N>(e, [&](int i) { return select(gone, zero, dual_detail::product(e, a.derivative[i])); });
}
template <class T, int N>
SPECTRALMC_PRIMITIVE dual<T, N> expm1(const dual<T, N>& a) {
  const T e = exp(a.value);
  return dual_detail::make<N>(expm1(a.value), [&](int i) { return dual_detail::product(e, a.derivative[i]); });
}
/// Where the value is 0 so are the derivatives, as those of sqrt: of a process that stays at zero.
template <class T, int N>
SPECTRALMC_PRIMITIVE dual<T, N> log(const dual<T, N>& a) {
  const T slope = dual_detail::inverse_or_zero(a.value);
  return dual_detail::make<N>(log(a.value), [&](int i) { return dual_detail::product(a.derivative[i], slope); });
}
template <class T, int N>
SPECTRALMC_PRIMITIVE dual<T, N> log1p(const dual<T, N>& a) {
  const T slope = T(1) / (a.value + T(1));
  return dual_detail::make<N>(log1p(a.value), [&](int i) { return dual_detail::product(a.derivative[i], slope); });
}
template <class T, int N>
SPECTRALMC_PRIMITIVE dual<T, N> sqrt(const dual<T, N>& a) {
  const T root = sqrt(a.value), slope = dual_detail::inverse_or_zero(root + root);
  return dual_detail::make<N>(root, [&](int i) { return dual_detail::product(a.derivative[i], slope); });
}
/// x^a.
template <class A, class B, class T = dual_detail::if_any_dual<A, B>>
SPECTRALMC_PRIMITIVE auto power(const A& x, const B& a) {
  return exp(a * log(x));
}

template <class T, int N>
SPECTRALMC_PRIMITIVE void sin_cos_2pi(const dual<T, N>& x, dual<T, N>& sine, dual<T, N>& cosine) {
  T s, c;
  sin_cos_2pi(x.value, s, c);
  const T two_pi(static_cast<scalar_of<T>>(2 * pi)), by_sine = two_pi * c, by_cosine = -(two_pi * s);
  sine = dual_detail::make<N>(s, [&](int i) { return dual_detail::product(by_sine, x.derivative[i]); });
  cosine = dual_detail::make<N>(c, [&](int i) { return dual_detail::product(by_cosine, x.derivative[i]); });
}
template <class T, int N>
SPECTRALMC_PRIMITIVE void sin_cos(const dual<T, N>& x, dual<T, N>& sine, dual<T, N>& cosine) {
  T s, c;
  sin_cos(x.value, s, c);
  sine = dual_detail::make<N>(s, [&](int i) { return dual_detail::product(c, x.derivative[i]); });
  cosine = dual_detail::make<N>(c, [&](int i) { return dual_detail::product(-s, x.derivative[i]); });
}
/// NaN derivatives at the origin, where it has none.
template <class T, int N>
SPECTRALMC_PRIMITIVE dual<T, N> atan2(const dual<T, N>& y, const dual<T, N>& x) {
  const T square = fma(x.value, x.value, dual_detail::product(y.value, y.value));
  const T by_y = x.value / square, by_x = -y.value / square;
  return dual_detail::make<N>(atan2(y.value, x.value), [&](int i) {
    return dual_detail::multiply_add(by_y, y.derivative[i], dual_detail::product(by_x, x.derivative[i]));
  });
}
/// That of `sign` has no derivative.
template <class T, int N>
SPECTRALMC_PRIMITIVE dual<T, N> copy_sign(const dual<T, N>& magnitude, const dual<T, N>& sign) {
  const T value = copy_sign(magnitude.value, sign.value), one(1);
  const auto turned = copy_sign(one, magnitude.value) != copy_sign(one, sign.value);
  return dual_detail::make<N>(value,
                              [&](int i) { return select(turned, -magnitude.derivative[i], magnitude.derivative[i]); });
}

template <class T, int N>
SPECTRALMC_PRIMITIVE dual<T, N> normal_density(const dual<T, N>& x) {
  const T density = normal_density(x.value), slope = dual_detail::product(-x.value, density);
  return dual_detail::make<N>(density, [&](int i) { return dual_detail::product(slope, x.derivative[i]); });
}
template <class T, int N>
SPECTRALMC_PRIMITIVE dual<T, N> normal_cdf(const dual<T, N>& x) {
  const T density = normal_density(x.value);
  return dual_detail::make<N>(normal_cdf(x.value),
                              [&](int i) { return dual_detail::product(density, x.derivative[i]); });
}
template <class T, int N>
SPECTRALMC_PRIMITIVE dual<T, N> normal_quantile(const dual<T, N>& p) {
  const T quantile = normal_quantile(p.value), slope = T(1) / normal_density(quantile);
  return dual_detail::make<N>(quantile, [&](int i) { return dual_detail::product(slope, p.derivative[i]); });
}

SPECTRALMC_LANES_NAMESPACE_END
}  // namespace spectralmc
