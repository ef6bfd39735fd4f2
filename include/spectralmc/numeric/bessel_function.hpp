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
/// which is stable. Accurate to some 1e-12 of |h| for |arg z| up to 0.5, 1e-8 up to 1, and to 1e-12 while |z| is small
/// against 24; worse towards imaginary z, where I becomes J.
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
    double c[terms + 1][terms + 1] = {};
    c[0][0] = 1;
    for (std::size_t k = 0; k + 1 < terms; ++k) {
      for (std::size_t j = 0; j <= k; ++j) {
        const auto power = static_cast<double>(k + 2 * j);
        c[k + 1][j] = fma(c[k][j], 0.5 * power + 0.125 / (power + 1), c[k + 1][j]);
        c[k + 1][j + 1] = fma(-c[k][j], 0.5 * power + 0.625 / (power + 3), c[k + 1][j + 1]);
      }
    }
    const auto series_of = [&](double nu, double* series) {
      double scale = 1;
      for (std::size_t k = 0; k < terms; ++k, scale /= nu) {
        for (std::size_t j = 0; j <= k; ++j) series[k + 2 * j] = fma(c[k][j], scale, series[k + 2 * j]);
      }
      const double at_zero = sum(complex<double>(1, 0), series).re;
      for (std::size_t m = 0; m < coefficients; ++m) series[m] /= at_zero;
    };
    series_of(top_, series_);
    series_of(top_ + 1, next_series_);
  }

  double order() const { return order_; }

  /// exp(exponent) h(z), given z^2.
  template <class V>
  complex<V> operator()(complex<V> square, complex<V> exponent) const {
    complex<V> value = debye(square, exponent, top_, series_);
    if (steps_ == 0) return value;
    complex<V> above = debye(square, exponent, top_ + 1, next_series_);
    double nu = top_;
    for (int i = 0; i < steps_; ++i) {
      const complex<V> product = square * above;
      const V scale(0.25 / (nu * (nu + 1)));
      above = value;
      value = complex<V>(fma(scale, product.re, value.re), fma(scale, product.im, value.im));
      nu -= 1;
    }
    return value;
  }

 private:
  static constexpr double least_order = 24;
  static constexpr std::size_t terms = 10, coefficients = 3 * terms - 2;

  /// exp(exponent) h_nu(z): with r = sqrt(1 + (z / nu)^2) it is
  /// exp(nu (r - 1 - log((1 + r) / 2))) / sqrt(r) (sum U_k(1 / r) / nu^k) / (the same at z = 0).
  template <class V>
  static complex<V> debye(complex<V> square, complex<V> exponent, double nu, const double* series) {
    const complex<V> x = square * V(1 / (nu * nu)), one(V(1), V(0));
    const complex<V> r = sqrt(one + x), t = inverse(r), less_one = x * inverse(one + r);
    const complex<V> growth = (less_one - log1p(less_one * V(0.5))) * V(nu);
    return exp(exponent + growth) * (sum(t, series) * sqrt(t));
  }

  /// 1 / z, neither large nor small.
  template <class V>
  static complex<V> inverse(complex<V> z) {
    const V scale = V(1) / norm(z);
    return {rounded_product(z.re, scale), rounded_product(-z.im, scale)};
  }

  /// The polynomial with these coefficients: even and odd powers side by side.
  template <class V>
  static complex<V> sum(complex<V> t, const double* series) {
    const complex<V> square = t * t;
    complex<V> even(V(series[coefficients - 2]), V(0)), odd(V(series[coefficients - 1]), V(0));
    for (std::size_t m = coefficients - 2; m >= 2; m -= 2) {
      even = even * square + V(series[m - 2]);
      odd = odd * square + V(series[m - 1]);
    }
    return even + odd * t;
  }

  double order_, top_ = 0;
  int steps_ = 0;
  double series_[coefficients] = {}, next_series_[coefficients] = {};
};

}  // namespace spectralmc
