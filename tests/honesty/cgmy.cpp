// The CGMY model against an integral of its characteristic function: Carr, P., Geman, H., Madan, D. B. and Yor, M.
// (2002), The fine structure of asset returns: an empirical investigation, J. Business 75(2), theorem 1, and its limits
// at Y = 0 and 1.
#include "spectralmc/models/cgmy.hpp"

#include <cmath>

#include "honesty/law_pairs.hpp"
#include "honesty/option_pairs.hpp"
#include "honesty/pairs.hpp"

namespace spectralmc::honesty {
namespace {

/// log E exp(s X(1)) but for a multiple of s.
complex_number jumps(const cgmy_parameters& p, complex_number s) {
  const number c = p.activity, g = p.down_rate, m = p.up_rate, y = p.stability;
  const complex_number up = complex_number(m) - s, down = complex_number(g) + s;
  const complex_number of_up = logarithm(up) - logq(m), of_down = logarithm(down) - logq(g);
  if (y == 0) return (of_up + of_down) * -c;
  if (y == 1) return (up * of_up + down * of_down) * c;
  return (power(up, y) - powq(m, y) + power(down, y) - powq(g, y)) * (c * tgammaq(-y));
}

exponent_function cgmy_exponent(const cgmy_parameters& p, double maturity) {
  const number growth = jumps(p, 1).re;
  return [=](complex_number s) { return (jumps(p, s) - s * growth) * maturity; };
}

}  // namespace

void examine_cgmy(examination& all) {
  const auto draw = [](random_source& random, const circumstances& c) {
    const bool wide = c.wide;
    cgmy_parameters p{};
    p.activity = wide ? random.log_between(1e-6, 100) : random.log_between(0.05, 5);
    p.down_rate = wide ? random.log_between(0.05, 500) : random.between(2, 30);
    p.up_rate = wide ? 1 + random.log_between(1e-2, 500) : random.between(3, 60);
    if (!wide) {
      p.stability = random.between(-1, 1.6);
    } else if (random.chance(0.2)) {
      p.stability = random.chance(0.5) ? 0 : 1;
    } else {
      p.stability = random.chance(0.2) ? random.between(-10, -1) : random.between(-1, 1.999);
    }
    parameter_text text;
    text.add("activity", p.activity).add("down_rate", p.down_rate);
    text.add("up_rate", p.up_rate).add("stability", p.stability);
    const double y = p.stability;
    const double variance =
        p.activity * std::tgamma(2 - y) * (std::pow(p.up_rate, y - 2) + std::pow(p.down_rate, y - 2));
    const exponent_function exponent = cgmy_exponent(p, c.maturity);
    return subject<cgmy<double>>{cgmy<double>(c.asset(), p), text.text(), std::sqrt(variance * c.maturity),
                                 truths_of(exponent)};
  };
  examine_options(all, "cgmy", draw);
  examine_laws(all, "cgmy", draw);
}

}  // namespace spectralmc::honesty
