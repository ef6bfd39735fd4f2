// What options and probabilities are worth, computed by other means than the library's, with a bound of the error.
#pragma once

#include <functional>

#include "honesty/quad.hpp"

namespace spectralmc::honesty {

/// A number with its own error: infinite where two ways to it do not agree.
struct truth {
  number value, error;
};

/// log E exp(s X) for complex s, real where s is, and analytic but for cuts on the real axis outside [0, 1].
using exponent_function = std::function<complex_number(complex_number s)>;

/// What is known of X, as functions of a number k.
struct law_truths {
  std::function<truth(number)> minimum;      ///< E min(exp(X), exp(k)): calls are 1, puts exp(k), less that
  std::function<truth(number)> above;        ///< P(X > k)
  std::function<truth(number)> asset_below;  ///< E exp(X) where X <= k, and 0 elsewhere
  std::function<truth(number)> density;
};

/// All of that by integrals.
law_truths truths_of(const exponent_function& exponent);
/// The first of them.
truth expected_minimum(const exponent_function& exponent, number k);

/// P(Z <= x) and the density for a standard normal Z.
number normal_cdf(number x);
number normal_density(number x);

/// The same for a normal X of that deviation, [0, inf), and E exp(X) = 1: Black, F. (1976), The pricing of commodity
/// contracts, J. Financial Economics 3. Without deviation X is 0, and has no density.
truth black_minimum(number deviation, number k);
truth black_above(number deviation, number k);
truth black_asset_below(number deviation, number k);
truth black_density(number deviation, number k);
law_truths black_truths(number deviation);

}  // namespace spectralmc::honesty
