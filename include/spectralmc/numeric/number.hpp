// The kinds of numbers that models compute in: float, double, and duals of them (numeric/dual.hpp), which carry
// derivatives by parameters along.
#pragma once

#include <type_traits>

#include "spectralmc/configuration.hpp"

namespace spectralmc {

namespace detail {

template <class Real>
struct in_double {
  using type = double;
};

/// A double that was rounded to a float when it came in.
struct rounded_float {
  float value;
  rounded_float() = default;
  SPECTRALMC_HOST_DEVICE SPECTRALMC_FORCE_INLINE rounded_float(double x) : value(static_cast<float>(x)) {}
  SPECTRALMC_HOST_DEVICE SPECTRALMC_FORCE_INLINE operator float() const { return value; }
};

}  // namespace detail

/// What the parameters and the coefficients of a model with paths in `Real` are computed in: double, and for duals of
/// float or double the duals of double.
template <class Real>
using double_of = typename detail::in_double<Real>::type;

/// A member of a step's coefficients: computed in double_of<Real>, and rounded to `Real` where it is assigned.
template <class Real>
using coefficient = std::conditional_t<std::is_same_v<Real, float>, detail::rounded_float, Real>;

SPECTRALMC_LANES_NAMESPACE_BEGIN

/// A number without its derivatives: what ranges and branches are decided by.
inline double without_derivatives(double x) { return x; }

/// f(x) of a function that has this value and this slope there.
inline double with_slope(double /*x*/, double value, double /*slope*/) { return value; }

SPECTRALMC_LANES_NAMESPACE_END
}  // namespace spectralmc
