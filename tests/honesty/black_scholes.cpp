// The lognormal model against Black's formula.
#include "spectralmc/models/black_scholes.hpp"

#include "honesty/law_pairs.hpp"
#include "honesty/option_pairs.hpp"
#include "honesty/pairs.hpp"

namespace spectralmc::honesty {

void examine_black_scholes(examination& all) {
  const auto draw = [](random_source& random, const circumstances& c) {
    const double volatility = draw_volatility(random, c.wide);
    const number deviation = volatility * sqrtq(c.maturity);
    return subject<black_scholes<double>>{black_scholes<double>(c.asset(), {volatility}),
                                          parameter_text().add("volatility", volatility).text(),
                                          static_cast<double>(deviation), black_truths(deviation)};
  };
  examine_options(all, "black_scholes", draw);
  examine_laws(all, "black_scholes", draw);
}

}  // namespace spectralmc::honesty
