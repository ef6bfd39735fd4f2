// What short-rate models share.
#pragma once

#include "spectralmc/numeric/value.hpp"

namespace spectralmc {

/// a + b r: minus the logarithm of a discount bond's price where the short rate is r, which is of that form in affine
/// models: Duffie, D. and Kan, R. (1996), A yield-factor model of interest rates, Mathematical Finance 6(4).
struct linear_rate_function {
  double a, b;
  double operator()(double rate) const { return fma(b, rate, a); }
};

}  // namespace spectralmc
