// Heston's model against an integral of its characteristic function.
#include "spectralmc/models/heston.hpp"

#include <cmath>

#include "honesty/heston_exponent.hpp"
#include "honesty/law_pairs.hpp"
#include "honesty/option_pairs.hpp"
#include "honesty/pairs.hpp"

namespace spectralmc::honesty {

void examine_heston(examination& all) {
  const auto draw = [](random_source& random, const circumstances& c) {
    parameter_text text;
    const heston_parameters p = draw_heston(random, c.wide, text);
    const exponent_function exponent = heston_exponent(p, c.maturity);
    return subject<heston<double>>{heston<double>(c.asset(), p), text.text(), std::sqrt(heston_variance(p, c.maturity)),
                                   truths_of(exponent)};
  };
  examine_options(all, "heston", draw);
  examine_laws(all, "heston", draw);
}

}  // namespace spectralmc::honesty
