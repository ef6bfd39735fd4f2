// Kou's model against an integral of his characteristic function: Kou, S. G. (2002), A jump-diffusion model for option
// pricing, Management Science 48(8).
#include "spectralmc/models/kou.hpp"

#include <cmath>

#include "honesty/law_pairs.hpp"
#include "honesty/option_pairs.hpp"
#include "honesty/pairs.hpp"

namespace spectralmc::honesty {
namespace {

exponent_function kou_exponent(double volatility, double intensity, double up, double up_rate, double down_rate,
                               double maturity) {
  const number half_variance = number(volatility) * volatility / 2, p = up, eta1 = up_rate, eta2 = down_rate;
  const number growth = p * eta1 / (eta1 - 1) + (1 - p) * eta2 / (eta2 + 1) - 1;
  return [=](complex_number s) {
    const complex_number jump = complex_number(p * eta1) / (complex_number(eta1) - s) +
                                complex_number((1 - p) * eta2) / (complex_number(eta2) + s) - 1;
    return (s * (s - 1) * half_variance + (jump - s * growth) * intensity) * maturity;
  };
}

}  // namespace

void examine_kou(examination& all) {
  const auto draw = [](random_source& random, const circumstances& c) {
    const bool wide = c.wide;
    const double volatility = draw_volatility(random, wide);
    const double intensity = wide ? random.log_between(1e-4, 1e3) : random.log_between(0.05, 10);
    const double up = wide && random.chance(0.1) ? 0 : random.between(0, 1);
    const double up_rate = wide ? 1 + random.log_between(1e-2, 1e3) : random.between(5, 50);
    const double down_rate = wide ? random.log_between(0.1, 1e3) : random.between(3, 50);
    const double variance =
        volatility * volatility + 2 * intensity * (up / (up_rate * up_rate) + (1 - up) / (down_rate * down_rate));
    parameter_text text;
    text.add("volatility", volatility).add("intensity", intensity).add("up_probability", up);
    text.add("up_rate", up_rate).add("down_rate", down_rate);
    const exponent_function exponent = kou_exponent(volatility, intensity, up, up_rate, down_rate, c.maturity);
    return subject<kou<double>>{kou<double>(c.asset(), {volatility, intensity, up, up_rate, down_rate}), text.text(),
                                std::sqrt(variance * c.maturity), truths_of(exponent)};
  };
  examine_options(all, "kou", draw);
  examine_laws(all, "kou", draw);
}

}  // namespace spectralmc::honesty
