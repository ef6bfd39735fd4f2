// Numbers that carry their derivatives: forward differentiation of formulas by their parameters. (Griewank, A. and
// Walther, A. (2008), Evaluating Derivatives, second edition, SIAM, chapter 3.)
#pragma once

#include <cstddef>
#include <type_traits>

#include "spectralmc/configuration.hpp"
#include "spectralmc/numeric/complex.hpp"
#include "spectralmc/numeric/elementary.hpp"
#include "spectralmc/numeric/value.hpp"

namespace spectralmc {

/// A value and its derivatives by N parameters, where T is a number, a pack of numbers, or a complex number of either;
/// functions of complex numbers are differentiated as analytic ones. Formulas may mix duals over V and over complex<V>,
/// and plain numbers of both.
template <class T, int N>
struct dual {
  T value;
  T derivative[N];

  /// Parameter number `index`, whose derivative by itself is 1.
  static dual parameter(T value, int index) {
    dual result = constant(value);
    result.derivative[index] = T(1);
    return result;
  }
  static dual constant(T value) {
    dual result;
    result.value = value;
    for (T& d : result.derivative) d = T(0);
    return result;
  }
};

SPECTRALMC_LANES_NAMESPACE_BEGIN

namespace dual_detail {

template <class T>
struct is_dual : std::false_type {};
template <class T, int N>
struct is_dual<dual<T, N>> : std::true_type {};
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

/// The dual of that value with derivative(i) for the derivative by parameter i.
template <int N, class T, class Derivative>
SPECTRALMC_PRIMITIVE dual<T, N> make(T value, const Derivative& derivative) {
  dual<T, N> result;
  result.value = value;
  for (int i = 0; i < N; ++i) result.derivative[i] = derivative(i);
  return result;
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
SPECTRALMC_PRIMITIVE auto operator+(const dual<A, N>& a, B b) {
  return dual_detail::make<N>(a.value + b, [&](int i) { return decltype(a.value + b)(a.derivative[i]); });
}
template <class A, class B, int N, class = dual_detail::if_plain<A>>
SPECTRALMC_PRIMITIVE auto operator+(A a, const dual<B, N>& b) {
  return b + a;
}
template <class A, class B, int N, class = dual_detail::if_plain<B>>
SPECTRALMC_PRIMITIVE auto operator-(const dual<A, N>& a, B b) {
  return a + (-b);
}
template <class A, class B, int N, class = dual_detail::if_plain<A>>
SPECTRALMC_PRIMITIVE auto operator-(A a, const dual<B, N>& b) {
  return dual_detail::make<N>(a - b.value, [&](int i) { return decltype(a - b.value)(-b.derivative[i]); });
}
template <class A, class B, int N, class = dual_detail::if_plain<B>>
SPECTRALMC_PRIMITIVE auto operator*(const dual<A, N>& a, B b) {
  return dual_detail::make<N>(dual_detail::product(a.value, b),
                              [&](int i) { return dual_detail::product(a.derivative[i], b); });
}
template <class A, class B, int N, class = dual_detail::if_plain<A>>
SPECTRALMC_PRIMITIVE auto operator*(A a, const dual<B, N>& b) {
  return b * a;
}
template <class A, class B, int N, class = dual_detail::if_plain<B>>
SPECTRALMC_PRIMITIVE auto operator/(const dual<A, N>& a, B b) {
  const B inverse = B(1) / b;
  return dual_detail::make<N>(a.value / b, [&](int i) { return dual_detail::product(a.derivative[i], inverse); });
}
template <class A, class B, int N, class = dual_detail::if_plain<A>>
SPECTRALMC_PRIMITIVE auto operator/(A a, const dual<B, N>& b) {
  const auto quotient = a / b.value, slope = -(quotient / b.value);
  return dual_detail::make<N>(quotient, [&](int i) { return dual_detail::product(slope, b.derivative[i]); });
}

/// Of real numbers.
template <class V, int N>
SPECTRALMC_PRIMITIVE dual<V, N> fma(const dual<V, N>& a, const dual<V, N>& b, const dual<V, N>& c) {
  return dual_detail::make<N>(fma(a.value, b.value, c.value), [&](int i) {
    return fma(a.derivative[i], b.value, fma(a.value, b.derivative[i], c.derivative[i]));
  });
}

template <class T, int N>
SPECTRALMC_PRIMITIVE dual<T, N> exp(const dual<T, N>& a) {
  const T e = exp(a.value);
  return dual_detail::make<N>(e, [&](int i) { return dual_detail::product(e, a.derivative[i]); });
}
template <class T, int N>
SPECTRALMC_PRIMITIVE dual<T, N> expm1(const dual<T, N>& a) {
  const T e = exp(a.value);
  return dual_detail::make<N>(expm1(a.value), [&](int i) { return dual_detail::product(e, a.derivative[i]); });
}
template <class T, int N>
SPECTRALMC_PRIMITIVE dual<T, N> log(const dual<T, N>& a) {
  const T slope = T(1) / a.value;
  return dual_detail::make<N>(log(a.value), [&](int i) { return dual_detail::product(a.derivative[i], slope); });
}
template <class T, int N>
SPECTRALMC_PRIMITIVE dual<T, N> log1p(const dual<T, N>& a) {
  const T slope = T(1) / (a.value + T(1));
  return dual_detail::make<N>(log1p(a.value), [&](int i) { return dual_detail::product(a.derivative[i], slope); });
}
template <class T, int N>
SPECTRALMC_PRIMITIVE dual<T, N> sqrt(const dual<T, N>& a) {
  const T root = sqrt(a.value), slope = T(1) / (root + root);
  return dual_detail::make<N>(root, [&](int i) { return dual_detail::product(a.derivative[i], slope); });
}

SPECTRALMC_LANES_NAMESPACE_END
}  // namespace spectralmc
