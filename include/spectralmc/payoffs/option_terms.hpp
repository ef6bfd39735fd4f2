// What options on one amount have in common.
#pragma once

#include "spectralmc/configuration.hpp"
#include "spectralmc/numeric/value.hpp"

namespace spectralmc {

/// What is known of an option on an amount A without any path: a call pays max(A - strike, 0), a put max(strike - A,
/// 0).
struct option_terms {
  bool call = true;
  double strike = 0;
  double forward = 0;         ///< E A
  double relative_error = 0;  ///< of A beyond that of S, in units of the rounding of one operation
};

namespace detail {

/// What an option pays whose exercise brings that gain, be it a loss.
template <class V>
SPECTRALMC_HOST_DEVICE V paid(V gain) {
  return maximum(V(scalar_of<V>(0)), gain);
}

}  // namespace detail

}  // namespace spectralmc
