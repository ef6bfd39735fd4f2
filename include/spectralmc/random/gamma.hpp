// Gamma variates: Marsaglia, G. and Tsang, W. W. (2000), A simple method for generating gamma variables, ACM Trans.
// Math. Softw. 26(3).
#pragma once

#include <cstdint>

#include "spectralmc/numeric/elementary.hpp"
#include "spectralmc/numeric/value.hpp"
#include "spectralmc/random/numbers.hpp"

namespace spectralmc {

/// Blocks of random numbers that a gamma variate holds in reserve. Each is good for two attempts of rejection, of which
/// more than 95 in 100 succeed.
inline constexpr int gamma_blocks = 6;

SPECTRALMC_LANES_NAMESPACE_BEGIN

/// A gamma variate of scale 1 and of that shape, at least 1, where `wanted`, elsewhere 0.
/// `numbers.reserve(first_block)` and its successors are the attempts' numbers, so that the variate is a function of
/// (seed, path, dimension) although the number of attempts is random. In 1 of 10^15 cases none of the twelve succeeds
/// and the result is the middle of the law. Exact otherwise.
///
/// With y = c Z, 9 d c^2 = 1 and d = shape - 1/3, the proposal d (1 + y)^3 is accepted with probability exp(d (3 (log(1
/// + y) - y) + y^2 (3/2 - y))): written so, the exponent keeps its digits at large shapes.
template <class V, class Numbers>
SPECTRALMC_HOST_DEVICE SPECTRALMC_FORCE_INLINE V standard_gamma(V shape, mask_of<V> wanted, const Numbers& numbers,
                                                                std::uint32_t first_block) {
  using real = scalar_of<V>;
  const V zero(real(0)), one(real(1)), three(real(3));
  const V d = select(wanted, shape, one) - V(real(1) / real(3));
  const V c = V(real(1) / real(3)) / sqrt(d);
  V result = select(wanted, d, zero);
  auto open = wanted;
  for (std::uint32_t i = 0; i < gamma_blocks && any(open); ++i) {
    const auto block = numbers.reserve(first_block + i);
    for (int j = 0; j < 4; j += 2) {
      const V y = rounded_product(c, block.normal(j)), root = one + y;
      const V curvature = (y * y) * (V(real(1.5)) - y);
      const V exponent = d * fma(three, log1p(y) - y, curvature);
      const auto accepted = both(open, both(root > zero, log(block.uniform(j + 1)) < exponent));
      result = select(accepted, rounded_product(d * root, root * root), result);
      open = both(open, negate(accepted));
    }
  }
  return result;
}

/// A gamma variate of scale 1 and any shape > 0 where `wanted`, elsewhere 0; `uniform` is in (0, 1). Below shape 1 one
/// of shape + 1 is multiplied by uniform^(1 / shape); so it is above, which is as right. It underflows to 0 at tiny
/// shapes, as most of the law is then below the smallest number.
template <class V, class Uniform, class Numbers>
SPECTRALMC_HOST_DEVICE SPECTRALMC_FORCE_INLINE V standard_gamma_of_any_shape(V shape, mask_of<V> wanted,
                                                                             const Uniform& uniform,
                                                                             const Numbers& numbers,
                                                                             std::uint32_t first_block) {
  const V one(scalar_of<V>(1)), a = select(wanted, shape, one);
  const V larger = standard_gamma(a + one, wanted, numbers, first_block);
  return rounded_product(larger, exp(log(uniform) / a));
}

/// The same as a V, with one shape in all lanes.
template <class V, class Uniform, class Numbers>
SPECTRALMC_HOST_DEVICE SPECTRALMC_FORCE_INLINE V standard_gamma_of_any_shape(scalar_of<V> shape, const Uniform& uniform,
                                                                             const Numbers& numbers,
                                                                             std::uint32_t first_block) {
  const V a(shape);
  return standard_gamma_of_any_shape(a, a == a, uniform, numbers, first_block);
}

SPECTRALMC_LANES_NAMESPACE_END

}  // namespace spectralmc
