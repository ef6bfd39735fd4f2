// Merton's model against his series of normal laws by the number of jumps: Merton, R. C. (1976), Option pricing when
// underlying stock returns are discontinuous, J. Financial Economics 3, (16).
#include "spectralmc/models/merton.hpp"

#include <cmath>

#include "honesty/law_pairs.hpp"
#include "honesty/option_pairs.hpp"
#include "honesty/pairs.hpp"

namespace spectralmc::honesty {
namespace {

/// The normal law of X given the number of jumps: its deviation, and the logarithm of E exp(X).
struct given_jumps {
  number deviation, growth;
};

class merton_series {
 public:
  merton_series(double volatility, const lognormal_jumps& jumps, double maturity)
      : variance_(number(volatility) * volatility * maturity),
        jump_variance_(number(jumps.deviation) * jumps.deviation),
        jump_(jumps.mean + jump_variance_ / 2),
        expected_(number(jumps.intensity) * maturity) {}

  /// The sum over the number of jumps of its probability times `of_law`, which is at most exp(exponent growth) if the
  /// law has the growth g.
  template <class OfLaw>
  truth sum(number exponent, const OfLaw& of_law) const {
    truth total{0, 1e-36};
    number weight = -expected_;  // the logarithm of the probability of n jumps
    for (int n = 0; n <= expected_ * (1 + expq(exponent * jump_)) || weight + exponent * n * jump_ > -90; ++n) {
      const given_jumps law{sqrtq(variance_ + n * jump_variance_), n * jump_ - expected_ * expm1q(jump_)};
      const truth of_n = of_law(law);
      const number size = expq(weight);
      total.value += size * of_n.value;
      total.error += size * (of_n.error + fabsq(of_n.value) * (10 + fabsq(weight) + fabsq(law.growth)) * 1e-33);
      weight += logq(expected_ / (n + 1));
    }
    return total;
  }

 private:
  number variance_, jump_variance_, jump_, expected_;
};

law_truths merton_truths(const merton_series& series) {
  const auto times = [](number factor, truth t) { return truth{factor * t.value, factor * t.error}; };
  law_truths known;
  known.minimum = [=](number k) {
    return series.sum(0, [&](const given_jumps& law) {
      return times(expq(law.growth), black_minimum(law.deviation, k - law.growth));
    });
  };
  known.above = [=](number k) {
    return series.sum(0, [&](const given_jumps& law) { return black_above(law.deviation, k - law.growth); });
  };
  known.asset_below = [=](number k) {
    return series.sum(1, [&](const given_jumps& law) {
      return times(expq(law.growth), black_asset_below(law.deviation, k - law.growth));
    });
  };
  known.density = [=](number k) {
    return series.sum(0, [&](const given_jumps& law) { return black_density(law.deviation, k - law.growth); });
  };
  return known;
}

}  // namespace

void examine_merton(examination& all) {
  const auto draw = [](random_source& random, const circumstances& c) {
    const double volatility = draw_volatility(random, c.wide);
    // At most 300 jumps on average, as the series has some more terms than that.
    const double most = 300 / c.maturity;
    const lognormal_jumps jumps =
        c.wide ? lognormal_jumps{std::fmin(random.log_between(1e-4, 1e3), most), random.between(-2, 1),
                                 random.chance(0.1) ? 0 : random.log_between(1e-6, 1)}
               : lognormal_jumps{random.log_between(0.05, 5), random.between(-0.3, 0.2), random.log_between(0.02, 0.3)};
    const double variance =
        volatility * volatility + jumps.intensity * (jumps.mean * jumps.mean + jumps.deviation * jumps.deviation);
    parameter_text text;
    text.add("volatility", volatility).add("intensity", jumps.intensity);
    text.add("mean", jumps.mean).add("deviation", jumps.deviation);
    return subject<merton<double>>{merton<double>(c.asset(), {volatility, jumps}), text.text(),
                                   std::sqrt(variance * c.maturity),
                                   merton_truths(merton_series(volatility, jumps, c.maturity))};
  };
  examine_options(all, "merton", draw);
  examine_laws(all, "merton", draw);
}

}  // namespace spectralmc::honesty
