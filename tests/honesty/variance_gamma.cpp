// The variance gamma model against an integral of its characteristic function: Madan, D. B., Carr, P. P. and Chang, E.
// C. (1998), The variance gamma process and option pricing, European Finance Review 2(1), (7).
#include "spectralmc/models/variance_gamma.hpp"

#include <cmath>

#include "honesty/law_pairs.hpp"
#include "honesty/option_pairs.hpp"
#include "honesty/pairs.hpp"

namespace spectralmc::honesty {
namespace {

exponent_function variance_gamma_exponent(const variance_gamma_parameters& p, double maturity) {
  const number nu = p.clock_variance, theta = p.skew, half_variance = number(p.volatility) * p.volatility / 2;
  const number shape = maturity / nu, drift = logq(1 - nu * (theta + half_variance)) * shape;
  return [=](complex_number s) {
    return s * drift - logarithm(complex_number(1) - s * (s * half_variance + theta) * nu) * shape;
  };
}

}  // namespace

void examine_variance_gamma(examination& all) {
  const auto draw = [](random_source& random, const circumstances& c) {
    variance_gamma_parameters p{};
    p.volatility = draw_volatility(random, c.wide);
    if (c.wide) {
      p.skew = random.chance(0.1) ? 0 : (random.chance(0.7) ? -1 : 1) * random.log_between(1e-6, 2);
      p.clock_variance = random.log_between(1e-5, 10);
    } else {
      p.skew = random.between(-0.4, 0.2);
      p.clock_variance = random.log_between(0.02, 1);
    }
    // E S is to be finite.
    const double growth = p.skew + 0.5 * p.volatility * p.volatility;
    if (growth > 0) p.clock_variance = std::fmin(p.clock_variance, random.between(0.1, 0.99) / growth);
    parameter_text text;
    text.add("volatility", p.volatility).add("skew", p.skew).add("clock_variance", p.clock_variance);
    const exponent_function exponent = variance_gamma_exponent(p, c.maturity);
    return subject<variance_gamma<double>>{
        variance_gamma<double>(c.asset(), p), text.text(),
        std::sqrt((p.volatility * p.volatility + p.clock_variance * p.skew * p.skew) * c.maturity),
        truths_of(exponent)};
  };
  examine_options(all, "variance_gamma", draw);
  examine_laws(all, "variance_gamma", draw);
}

}  // namespace spectralmc::honesty
