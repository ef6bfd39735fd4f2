// Bates' model against an integral of its characteristic function: Bates, D. S. (1996), Jumps and stochastic
// volatility: exchange rate processes implicit in Deutsche mark options, Review of Financial Studies 9(1).
#include "spectralmc/models/bates.hpp"

#include <cmath>

#include "honesty/heston_exponent.hpp"
#include "honesty/law_pairs.hpp"
#include "honesty/option_pairs.hpp"
#include "honesty/pairs.hpp"

namespace spectralmc::honesty {
namespace {

exponent_function bates_exponent(const heston_parameters& diffusion, const lognormal_jumps& jumps, double maturity) {
  const number mean = jumps.mean, half_variance = number(jumps.deviation) * jumps.deviation / 2;
  const number expected = number(jumps.intensity) * maturity, growth = expm1q(mean + half_variance);
  const exponent_function of_diffusion = heston_exponent(diffusion, maturity);
  return [=](complex_number s) {
    const complex_number jump = exponential(s * (s * half_variance + mean)) - 1;
    return of_diffusion(s) + (jump - s * growth) * expected;
  };
}

/// By the number of jumps, where a contour cannot bend: jumps of nearly one size make exp(the exponent) large beside
/// it.
truth minimum_by_jumps(const heston_parameters& diffusion, const lognormal_jumps& jumps, double maturity, number k) {
  const number mean = jumps.mean, half_variance = number(jumps.deviation) * jumps.deviation / 2;
  const number expected = number(jumps.intensity) * maturity, drift = -expected * expm1q(mean + half_variance);
  const exponent_function of_diffusion = heston_exponent(diffusion, maturity);
  truth sum{0, 0};
  number weight = -expected;  // the logarithm of the probability of n jumps
  for (int n = 0; n <= expected || weight > -70; ++n) {
    // Given n jumps X is normal beside the diffusion; with its mean taken out, of mean 1.
    const number growth = n * (mean + half_variance) + drift;
    const exponent_function exponent = [&](complex_number s) {
      return of_diffusion(s) + s * (s - 1) * (n * half_variance);
    };
    const truth of_n = expected_minimum(exponent, k - growth);
    const number size = expq(weight + growth);
    sum.value += size * of_n.value;
    sum.error += size * of_n.error;
    weight += logq(expected / (n + 1));
  }
  return {sum.value, sum.error + expq(k - 70)};
}

truth bates_minimum(const exponent_function& exponent, const heston_parameters& diffusion, const lognormal_jumps& jumps,
                    double maturity, number k) {
  const truth found = expected_minimum(exponent, k);
  if (found.error < 1e-22 * (1 + expq(k)) || jumps.intensity * maturity > 20) return found;
  return minimum_by_jumps(diffusion, jumps, maturity, k);
}

}  // namespace

void examine_bates(examination& all) {
  const auto draw = [](random_source& random, const circumstances& c) {
    parameter_text text;
    const heston_parameters p = draw_heston(random, c.wide, text);
    const lognormal_jumps jumps =
        c.wide ? lognormal_jumps{random.log_between(1e-4, 100), random.between(-1, 0.5), random.log_between(1e-2, 1)}
               : lognormal_jumps{random.log_between(0.05, 5), random.between(-0.3, 0.2), random.log_between(0.02, 0.3)};
    text.add("intensity", jumps.intensity).add("mean", jumps.mean).add("deviation", jumps.deviation);
    const double variance =
        heston_variance(p, c.maturity) +
        jumps.intensity * c.maturity * (jumps.mean * jumps.mean + jumps.deviation * jumps.deviation);
    const double maturity = c.maturity;
    const exponent_function exponent = bates_exponent(p, jumps, maturity);
    law_truths known = truths_of(exponent);
    known.minimum = [=](number k) { return bates_minimum(exponent, p, jumps, maturity, k); };
    return subject<bates<double>>{bates<double>(c.asset(), {p, jumps}), text.text(), std::sqrt(variance), known};
  };
  examine_options(all, "bates", draw);
  examine_laws(all, "bates", draw);
}

}  // namespace spectralmc::honesty
