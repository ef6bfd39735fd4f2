// What short-rate models share.
#pragma once

#include <cmath>

#include "spectralmc/errors.hpp"
#include "spectralmc/numeric/elementary.hpp"
#include "spectralmc/numeric/value.hpp"

namespace spectralmc {

/// a + b r: minus the logarithm of a discount bond's price where the short rate is r, which is of that form in affine
/// models: Duffie, D. and Kan, R. (1996), A yield-factor model of interest rates, Mathematical Finance 6(4).
struct linear_rate_function {
  double a, b;
  double operator()(double rate) const { return fma(b, rate, a); }
};

namespace detail {

/// exp(-exponent), the price of a discount bond. `size` is that of the terms of the exponent, which may cancel.
/// @throws no_answer where it is 0 or infinite, or terms above 2^20, whose rounding is 2^-32 of the price, or a
/// maturity
///         beyond 1e90 years, where squares that underflow would matter, leave it uncertain
inline double bond_price(double exponent, double size, double maturity) {
  const double price = exp(-exponent);
  if (size <= 0x1p20 && maturity <= 1e90 && std::isfinite(price) && price > 0) return price;
  throw no_answer("the bond of maturity " + value_text(maturity) +
                  " has no price in (0, 1.8e308) that rounding leaves");
}

}  // namespace detail

}  // namespace spectralmc
