// The modified Bessel function of the first kind, of real order and complex argument.
#pragma once

#include <cmath>
#include <cstddef>

#include "spectralmc/errors.hpp"
#include "spectralmc/numeric/complex.hpp"
#include "spectralmc/numeric/elementary.hpp"

namespace spectralmc {

/// h(z) = Gamma(order + 1) (z / 2)^(-order) I_order(z), which is 1 at 0 and an entire function of z^2: no cut is to be
/// kept track of. By Debye's expansion for large orders, uniform in z (Olver, F. W. J. (1954), The asymptotic expansion
/// of Bessel functions of large order, Phil. Trans. R. Soc. A 247), and from there downwards by
///
///   h_(nu - 1) = h_nu + (z^2 / 4) / (nu (nu + 1)) h_(nu + 1),
///
/// which is stable. Accurate to some 1e-13 of |h| for |arg z| up to 1, and while |z| is small against 30; worse towards
/// imaginary z, where I becomes J.
class bessel_function {
 public:
  /// @throws invalid_parameter unless order > -1
  explicit bessel_function(double order) : order_(order) {
    require(std::isfinite(order) && order > -1, "order", order, "(-1, inf)");
    top_ = order;
    while (top_ < least_order) {
      top_ += 1;
      ++steps_;
    }
    // U_k(t) = sum c_kj t^(k + 2 j).
    coefficients_[0][0] = 1;
    for (std::size_t k = 0; k + 1 < terms; ++k) {
      for (std::size_t j = 0; j <= k; ++j) {
        const double c = coefficients_[k][j];
        const auto power = static_cast<double>(k + 2 * j);
        coefficients_[k + 1][j] = fma(c, 0.5 * power + 0.125 / (power + 1), coefficients_[k + 1][j]);
        coefficients_[k + 1][j + 1] = fma(-c, 0.5 * power + 0.625 / (power + 3), coefficients_[k + 1][j + 1]);
      }
    }
    at_zero_ = sum(complex<double>(1, 0), top_).re;
    next_at_zero_ = sum(complex<double>(1, 0), top_ + 1).re;
  }

  double order() const { return order_; }

  /// exp(exponent) h(z), given z^2.
  template <class V>
  complex<V> operator()(complex<V> square, complex<V> exponent) const {
    complex<V> value = debye(square, exponent, top_, at_zero_);
    if (steps_ == 0) return value;
    const complex<V> quarter = square * V(0.25);
    complex<V> above = debye(square, exponent, top_ + 1, next_at_zero_);
    double nu = top_;
    for (int i = 0; i < steps_; ++i) {
      const complex<V> below = value + quarter * above * V(1 / (nu * (nu + 1)));
      above = value;
      value = below;
      nu -= 1;
    }
    return value;
  }

 private:
  static constexpr double least_order = 30;
  static constexpr std::size_t terms = 10;

  /// exp(exponent) h_nu(z): with r = sqrt(1 + (z / nu)^2) it is
  /// exp(nu (r - 1 - log((1 + r) / 2))) / sqrt(r) (sum U_k(1 / r) / nu^k) / (the same at z = 0).
  template <class V>
  complex<V> debye(complex<V> square, complex<V> exponent, double nu, double at_zero) const {
    const complex<V> x = square * V(1 / (nu * nu)), one(V(1), V(0));
    const complex<V> r = sqrt(one + x), less_one = x / (one + r);
    const complex<V> growth = (less_one - log1p(less_one * V(0.5))) * V(nu);
    return exp(exponent + growth) * (sum(one / r, nu) / (sqrt(r) * V(at_zero)));
  }

  /// sum of U_k(t) / nu^k
  template <class V>
  complex<V> sum(complex<V> t, double nu) const {
    const complex<V> square = t * t, ratio = t * V(1 / nu);
    complex<V> result(V(0), V(0));
    for (std::size_t k = terms; k-- > 0;) {
      complex<V> polynomial(V(coefficients_[k][k]), V(0));
      for (std::size_t j = k; j-- > 0;) polynomial = polynomial * square + V(coefficients_[k][j]);
      result = result * ratio + polynomial;
    }
    return result;
  }

  double order_, top_ = 0;
  int steps_ = 0;
  double coefficients_[terms][terms] = {};
  double at_zero_ = 1, next_at_zero_ = 1;
};

}  // namespace spectralmc
