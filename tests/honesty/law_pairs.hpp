// What is asked of a distribution in closed form: probabilities, densities, quantiles and options.
#pragma once

#include <cmath>
#include <functional>
#include <string>

#include "honesty/examination.hpp"
#include "honesty/option_pairs.hpp"
#include "honesty/random_cases.hpp"
#include "honesty/truths.hpp"
#include "spectralmc/spectral/characteristic_function.hpp"
#include "spectralmc/spectral/spectrum.hpp"

namespace spectralmc::honesty {

/// What one law is asked, and what is known of it.
struct law_case {
  std::string question;
  std::function<spectrum()> law;
  double x = 0;            ///< where probability and density are asked for, in units of what is observed
  double probability = 0;  ///< of the quantile
  std::function<truth(number)> above, density;
  double strike = 0;
  option_type type = option_type::call;
  std::function<truth()> price;
};

/// Of a quantile: from 1e-8 to 1 - 1e-8.
double draw_probability(random_source& random);
bool wants_law(const examination& all, const std::string& model_name);
void judge_law(examination& all, const std::string& model_name, const law_case& of);

/// The law of log(S / S(0)).
/// @param draw makes a subject of a source of random numbers and the circumstances
template <class Draw>
void examine_laws(examination& all, const std::string& model_name, const Draw& draw) {
  if (!wants_law(all, model_name)) return;
  for (int index = 0; index < all.cases; ++index) {
    if (!all.wants(index)) continue;
    random_source random(all.seed, model_name, static_cast<std::uint64_t>(index));
    circumstances c = draw_circumstances(random);
    const auto drawn = draw(random, c);
    c.strike = draw_strike(random, c, drawn.deviation);
    const number shift = (number(c.rate) - c.dividend_yield) * c.maturity;
    law_case of;
    of.question = "case " + std::to_string(index) + ": " + drawn.parameters + "; " + c.text();
    of.law = [&] { return characteristic_function(drawn.model, c.maturity); };
    of.x = std::log(c.strike / c.spot);
    of.probability = draw_probability(random);
    of.above = [&](number x) { return drawn.known.above(x - shift); };
    of.density = [&](number x) { return drawn.known.density(x - shift); };
    of.strike = c.strike;
    of.type = c.type;
    of.price = [&] { return price_of(c, drawn.known); };
    judge_law(all, model_name, of);
  }
}

}  // namespace spectralmc::honesty
