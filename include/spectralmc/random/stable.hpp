// Positive stable variates and tempered ones: Kanter, M. (1975), Stable densities under change of scale and total
// variation inequalities, Ann. Probab. 3(4); Baeumer, B. and Meerschaert, M. M. (2010), Tempered stable Levy motion and
// transient super-diffusion, J. Comput. Appl. Math. 233(10).
#pragma once

#include <cstdint>

#include "spectralmc/numeric/elementary.hpp"
#include "spectralmc/numeric/number.hpp"
#include "spectralmc/numeric/value.hpp"
#include "spectralmc/random/numbers.hpp"

namespace spectralmc {

/// Blocks of random numbers that a tempered stable variate holds in reserve, one for each attempt of rejection. Of
/// attempts at least 77 in 100 succeed.
inline constexpr int tempered_stable_blocks = 24;

/// The variate has E exp(-s X) = exp(-((rate + s)^index - rate^index) scale).
template <class Real>
struct tempered_stable_law {
  coefficient<Real> index;      // (0, 1)
  coefficient<Real> log_scale;  // log(scale) / index
  coefficient<Real> rate;       // of the tempering; scale rate^index <= 1/4
};

SPECTRALMC_LANES_NAMESPACE_BEGIN

/// The logarithm of a positive stable variate with E exp(-s X) = exp(-s^index), from a uniform number as a tail and
/// another, as a V: Kanter's representation, with all powers as sums of logarithms, so that small indices do not
/// overflow.
template <class V, class Plain>
SPECTRALMC_HOST_DEVICE SPECTRALMC_FORCE_INLINE V log_positive_stable(scalar_of<V> index, const tail<Plain>& angle,
                                                                     Plain uniform) {
  using real = scalar_of<Plain>;
  const Plain half(real(0.5)), one(real(1));
  const V alpha(index);
  const auto upper = angle.upper != integer_of<V>(0);
  const Plain u = select(upper, one - angle.probability, angle.probability);
  Plain sine, cosine;
  V sine_of_share, sine_of_rest, other_cosine;
  sin_cos_2pi(half * angle.probability, sine, cosine);  // the same in both halves
  sin_cos_2pi(half * alpha * u, sine_of_share, other_cosine);
  sin_cos_2pi(half * (one - alpha) * u, sine_of_rest, other_cosine);
  const Plain exponential = -log(uniform);
  const V rest = rounded_product(one - alpha, log(sine_of_rest) - log(exponential));
  return log(sine_of_share) + (rest - log(sine)) / alpha;
}

/// A tempered stable variate: a stable one is accepted with probability exp(-rate x). Numbers of blocks first_block and
/// on of the reserve. In 1 of 10^15 cases no attempt succeeds and the result is 0.
template <class V, class Numbers>
SPECTRALMC_HOST_DEVICE SPECTRALMC_FORCE_INLINE V tempered_stable(const tempered_stable_law<scalar_of<V>>& law,
                                                                 const Numbers& numbers, std::uint32_t first_block) {
  const V zero(scalar_of<V>(0));
  V result = zero;
  auto open = zero == zero;
  for (std::uint32_t i = 0; i < tempered_stable_blocks && any(open); ++i) {
    const auto block = numbers.reserve(first_block + i);
    const V x = exp(log_positive_stable<V>(law.index, block.uniform_tail(0), block.uniform(1)) + V(law.log_scale));
    const auto accepted = both(open, log(block.uniform(2)) < -(V(law.rate) * x));
    result = select(accepted, x, result);
    open = both(open, negate(accepted));
  }
  return result;
}

SPECTRALMC_LANES_NAMESPACE_END
}  // namespace spectralmc
