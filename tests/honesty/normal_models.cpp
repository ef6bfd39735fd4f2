// Models whose law is normal in other units than the logarithm of a price: Bachelier's, and Vasicek's of the short
// rate, with options on discount bonds: Jamshidian, F. (1989), An exact bond option formula, J. Finance 44(1).
#include <cmath>

#include "honesty/law_pairs.hpp"
#include "honesty/pairs.hpp"
#include "spectralmc/models/bachelier.hpp"
#include "spectralmc/models/vasicek.hpp"
#include "spectralmc/pricing/discount_bond.hpp"

namespace spectralmc::honesty {
namespace {

/// (exp(x) - 1) / x
number mean_of_exponential(number x) { return x == 0 ? number(1) : expm1q(x) / x; }

/// What a normal law is asked, and what is known of it. Places have a relative error of some 1e-33.
void set_normal(law_case& of, number mean, number deviation) {
  const auto place = [=](number x) { return (x - mean) / deviation; };
  of.above = [=](number x) {
    const number value = normal_cdf(-place(x)), slope = 1 + fabsq(x / deviation) + fabsq(mean / deviation);
    return truth{value, (1 + fabsq(place(x))) * slope * (value + normal_density(place(x))) * 1e-32};
  };
  of.density = [=](number x) {
    const number value = normal_density(place(x)) / deviation, slope = fabsq(x / deviation) + fabsq(mean / deviation);
    return truth{value, value * (1 + fabsq(place(x)) * slope) * 1e-32};
  };
}

}  // namespace

void examine_bachelier(examination& all) {
  if (!wants_law(all, "bachelier")) return;
  for (int index = 0; index < all.cases; ++index) {
    if (!all.wants(index)) continue;
    random_source random(all.seed, "bachelier", static_cast<std::uint64_t>(index));
    circumstances c = draw_circumstances(random);
    const double volatility = c.spot * std::fmax(draw_volatility(random, c.wide), 1e-9);
    const number growth = (number(c.rate) - c.dividend_yield) * c.maturity, forward = c.forward();
    const number deviation =
        volatility * sqrtq(number(c.maturity) * mean_of_exponential(2 * growth));  // of S at the maturity
    const double places = random.between(-1, 1) * (random.chance(0.8) ? 4 : 40);
    c.strike = static_cast<double>(forward + places * deviation);

    law_case of;
    of.question = "case " + std::to_string(index) + ": " + parameter_text().add("volatility", volatility).text() +
                  "; " + c.text();
    of.law = [&] { return characteristic_function(bachelier<double>(c.asset(), {volatility}), c.maturity); };
    of.x = c.strike;
    of.probability = draw_probability(random);
    set_normal(of, forward, deviation);
    of.strike = c.strike;
    of.type = c.type;
    of.price = [&] {
      const number sign = c.type == option_type::call ? 1 : -1, above = sign * (forward - c.strike);
      const number place = above / deviation;
      const number value = above * normal_cdf(place) + deviation * normal_density(place);
      return truth{c.discount() * value, c.discount() * (fabsq(above) + deviation + forward) * 1e-31};
    };
    judge_law(all, "bachelier", of);
  }
}

void examine_vasicek(examination& all) {
  if (!wants_law(all, "bond_of_vasicek")) return;
  for (int index = 0; index < all.cases; ++index) {
    if (!all.wants(index)) continue;
    random_source random(all.seed, "bond_of_vasicek", static_cast<std::uint64_t>(index));
    const circumstances c = draw_circumstances(random);
    const double expiry = c.maturity, maturity = expiry + random.log_between(0.01, 30);
    const vasicek_parameters p{
        random.between(-0.05, 0.15), c.wide ? random.log_between(1e-3, 10) : random.between(0.02, 1),
        random.between(-0.05, 0.15), c.wide ? random.log_between(1e-6, 0.2) : random.between(0.002, 0.03)};
    const number kappa = p.mean_reversion, sigma = p.volatility;
    const auto reach = [&](number time) { return -expm1q(-kappa * time) / kappa; };
    const auto log_bond = [&](number time) {
      const number b = reach(time), twice = -expm1q(-2 * kappa * time) / (2 * kappa);
      return -p.long_run_rate * time - (number(p.initial_rate) - p.long_run_rate) * b +
             sigma * sigma / (2 * kappa * kappa) * (time - 2 * b + twice);
    };
    const number log_forward = log_bond(maturity) - log_bond(expiry), bond = expq(log_bond(maturity));
    const number deviation =
        sigma * reach(number(maturity) - expiry) * sqrtq(-expm1q(-2 * kappa * expiry) / (2 * kappa));
    const double places = random.between(-1, 1) * (random.chance(0.8) ? 4 : 30);

    law_case of;
    of.strike = static_cast<double>(expq(log_forward + places * deviation));
    parameter_text text;
    text.add("initial_rate", p.initial_rate).add("mean_reversion", p.mean_reversion);
    text.add("long_run_rate", p.long_run_rate).add("volatility", p.volatility);
    text.add("expiry", expiry).add("maturity", maturity).add("strike", of.strike);
    of.question =
        "case " + std::to_string(index) + ": " + text.text() + (c.type == option_type::call ? ", call" : ", put");
    of.law = [&] { return bond_characteristic_function(vasicek<double>(p), expiry, maturity); };
    // Observed is the logarithm of the bond's price over that of today.
    of.x = static_cast<double>(logq(number(of.strike)) - log_bond(maturity));
    of.probability = draw_probability(random);
    set_normal(of, log_forward - log_bond(maturity) - deviation * deviation / 2, deviation);
    of.type = c.type;
    of.price = [&] {
      const number strike = of.strike, today = expq(log_bond(expiry));
      const truth lesser = black_minimum(deviation, logq(strike) - log_forward);
      const number whole = c.type == option_type::call ? bond : today * strike;
      return truth{whole - bond * lesser.value, bond * lesser.error + (bond + today * strike) * 1e-31};
    };
    judge_law(all, "bond_of_vasicek", of);
  }
}

}  // namespace spectralmc::honesty
