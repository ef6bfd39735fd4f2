// The models, one source file each or a few together.
#pragma once

#include "honesty/examination.hpp"

namespace spectralmc::honesty {

void examine_black_scholes(examination& all);
void examine_merton(examination& all);
void examine_kou(examination& all);
void examine_variance_gamma(examination& all);
void examine_heston(examination& all);
void examine_bates(examination& all);
void examine_normal_inverse_gaussian(examination& all);
void examine_cgmy(examination& all);
void examine_bachelier(examination& all);
void examine_vasicek(examination& all);

}  // namespace spectralmc::honesty
