// Squared Bessel processes over a step of any length, exactly: Makarov, R. N. and Glew, D. (2010), Exact simulation of
// Bessel diffusions, Monte Carlo Methods and Applications 16(3-4).
#pragma once

#include <cstdint>

#include "spectralmc/numeric/elementary.hpp"
#include "spectralmc/numeric/value.hpp"
#include "spectralmc/random/gamma.hpp"

namespace spectralmc {
SPECTRALMC_LANES_NAMESPACE_BEGIN

namespace squared_bessel_detail {

/// The process after `time` given that its time to zero, in these units, is gamma: over 2 time it is a gamma variate of
/// shape 1 + a Poisson count of mean (left over), in other words half of (Z1 + sqrt(2 left over))^2 + Z2^2.
template <class V, class Number>
SPECTRALMC_HOST_DEVICE SPECTRALMC_FORCE_INLINE V survivor(V time, V left_over, Number first_normal,
                                                          Number second_normal) {
  const V zero(scalar_of<V>(0));
  const V root = first_normal + sqrt(maximum(left_over + left_over, zero));
  return select(left_over > zero, rounded_product(time, fma(root, root, second_normal * second_normal)), zero);
}

}  // namespace squared_bessel_detail

/// dX = 2 sqrt(X) dW + (2 - 2 shape) dt, shape > 0, stopped at zero: X(time) from X(0) = `value`. Numbers 0 to 2 of the
/// step and a gamma variate's from its reserve are used.
///
/// With l = value / (2 time), X dies before `time` if a gamma variate G of that shape is above l; else it is a survivor
/// with l - G left over. For its density is that of 2 time x gamma(1 + k), with weights exp(-l) l^(shape + k) /
/// Gamma(shape
/// + k + 1) for k = 0, 1, ..., which is what a Poisson count of mean l - G has. `time` may be 0, also in some lanes.
template <class V, class Numbers>
SPECTRALMC_HOST_DEVICE SPECTRALMC_FORCE_INLINE V stopped_squared_bessel(scalar_of<V> shape, V value, V time,
                                                                        const Numbers& numbers) {
  const V l = value / (time + time);
  const V g = standard_gamma_of_any_shape<V>(shape, numbers.uniform(0), numbers, 0);
  const V after = squared_bessel_detail::survivor(time, l - g, numbers.normal(1), numbers.normal(2));
  return select(l < V(scalar_of<V>(1e30)), after, value);  // so little time that nothing moves
}

/// A sum of exponential variates, N of them, N a Poisson count.
template <class V>
struct exponential_sum {
  V sum;
  V left_over;  ///< above 0 where N > 0: given it, N - 1 is a Poisson count of this mean
};

/// The same with that mean of N and exponential variates of mean 2 `half`, from a uniform number and two normal ones.
/// It is the squared Bessel process of dimension 0, which dies at zero, `half` after it was at 2 `half` x `mean`.
template <class V, class Number>
SPECTRALMC_HOST_DEVICE SPECTRALMC_FORCE_INLINE exponential_sum<V> make_exponential_sum(V mean, V half, Number uniform,
                                                                                       Number first_normal,
                                                                                       Number second_normal) {
  const Number g = -log(uniform);
  const V left_over = mean - g;
  return {squared_bessel_detail::survivor(half, left_over, first_normal, second_normal), left_over};
}

/// The two independent processes that a reflected one is the sum of, each over the same time.
template <class V>
struct squared_bessel_parts {
  V from_zero;                  ///< one of the same dimension that starts at 0: 2 time x gamma(shape)
  exponential_sum<V> survived;  ///< one of dimension 0, which stays at zero: 2 time x gamma(N)
};

/// dX = 2 sqrt(X) dW + 2 shape dt, shape > 0, reflected at zero where it gets there: X(time) from X(0) = `value`, as a
/// sum: Shiga, T. and Watanabe,
/// S. (1973), Bessel diffusions as a one-parameter family of diffusion processes, Z. Wahrscheinlichkeitstheorie verw.
/// Gebiete 27. Numbers 0 to 3 of the step and a gamma variate's from its reserve are used.
template <class V, class Numbers>
SPECTRALMC_HOST_DEVICE SPECTRALMC_FORCE_INLINE squared_bessel_parts<V> squared_bessel_in_parts(scalar_of<V> shape,
                                                                                               V value, V time,
                                                                                               const Numbers& numbers) {
  const V l = value / (time + time);
  const V from_zero =
      rounded_product(time + time, standard_gamma_of_any_shape<V>(shape, numbers.uniform(0), numbers, 0));
  return {from_zero, make_exponential_sum(l, time, numbers.uniform(3), numbers.normal(1), numbers.normal(2))};
}

SPECTRALMC_LANES_NAMESPACE_END
}  // namespace spectralmc
