// Inverse Gaussian variates: Michael, J. R., Schucany, W. R. and Haas, R. W. (1976), Generating random variates using
// transformations with multiple roots, The American Statistician 30(2).
#pragma once

#include "spectralmc/numeric/value.hpp"

namespace spectralmc {
SPECTRALMC_LANES_NAMESPACE_BEGIN

/// An inverse Gaussian variate of mean 1 and variance 1/shape, from a normal and a uniform number. The smaller of the
/// two roots is taken in a form without cancellation; the larger is its inverse. Exact for every shape > 0.
template <class V, class Normal, class Uniform>
SPECTRALMC_HOST_DEVICE SPECTRALMC_FORCE_INLINE V inverse_gaussian(V shape, Normal normal, Uniform uniform) {
  const V one(scalar_of<V>(1));
  const V r = normal * normal / (shape + shape);
  const V smaller = one / (one + r + sqrt(fma(r, r, r + r)));
  return select(uniform * (one + smaller) <= one, smaller, one / smaller);
}

SPECTRALMC_LANES_NAMESPACE_END
}  // namespace spectralmc
