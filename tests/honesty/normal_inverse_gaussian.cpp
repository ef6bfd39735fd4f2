// The normal inverse Gaussian model against an integral of its characteristic function: Barndorff-Nielsen, O. E.
// (1997), Normal inverse Gaussian distributions and stochastic volatility modelling, Scandinavian J. Statistics 24(1),
// in the parameters of a clock with variance nu a year.
#include "spectralmc/models/normal_inverse_gaussian.hpp"

#include <cmath>

#include "honesty/law_pairs.hpp"
#include "honesty/option_pairs.hpp"
#include "honesty/pairs.hpp"

namespace spectralmc::honesty {
namespace {

exponent_function normal_inverse_gaussian_exponent(const normal_inverse_gaussian_parameters& p, double maturity) {
  const number nu = p.clock_variance, theta = p.skew, square = number(p.volatility) * p.volatility;
  const number shape = maturity / nu, drift = (sqrtq(1 - nu * (2 * theta + square)) - 1) * shape;
  return [=](complex_number s) {
    const complex_number clock = complex_number(1) - root(complex_number(1) - s * (s * square + 2 * theta) * nu);
    return s * drift + clock * shape;
  };
}

}  // namespace

void examine_normal_inverse_gaussian(examination& all) {
  const auto draw = [](random_source& random, const circumstances& c) {
    normal_inverse_gaussian_parameters p{};
    p.volatility = draw_volatility(random, c.wide);
    if (c.wide) {
      p.skew = random.chance(0.1) ? 0 : (random.chance(0.7) ? -1 : 1) * random.log_between(1e-6, 2);
      p.clock_variance = random.log_between(1e-5, 10);
    } else {
      p.skew = random.between(-0.4, 0.2);
      p.clock_variance = random.log_between(0.02, 1);
    }
    // E S is to be finite.
    const double growth = 2 * p.skew + p.volatility * p.volatility;
    if (growth > 0) p.clock_variance = std::fmin(p.clock_variance, random.between(0.1, 0.999) / growth);
    parameter_text text;
    text.add("volatility", p.volatility).add("skew", p.skew).add("clock_variance", p.clock_variance);
    const exponent_function exponent = normal_inverse_gaussian_exponent(p, c.maturity);
    return subject<normal_inverse_gaussian<double>>{
        normal_inverse_gaussian<double>(c.asset(), p), text.text(),
        std::sqrt((p.volatility * p.volatility + p.clock_variance * p.skew * p.skew) * c.maturity),
        truths_of(exponent)};
  };
  examine_options(all, "normal_inverse_gaussian", draw);
  examine_laws(all, "normal_inverse_gaussian", draw);
}

}  // namespace spectralmc::honesty
