#include "honesty/random_cases.hpp"

#include <cstdio>

namespace spectralmc::honesty {

parameter_text& parameter_text::add(const char* name, double value) {
  char text[80];
  std::snprintf(text, sizeof text, "%s%s %.17g", text_.empty() ? "" : ", ", name, value);
  text_ += text;
  return *this;
}

std::string circumstances::text() const {
  parameter_text all;
  all.add("spot", spot).add("rate", rate).add("dividend_yield", dividend_yield).add("maturity", maturity);
  all.add("strike", strike).add("tolerance", tolerance);
  return all.text() + (type == option_type::call ? ", call" : ", put");
}

circumstances draw_circumstances(random_source& random) {
  circumstances c;
  c.wide = random.chance(0.5);
  c.spot = random.chance(0.5) ? 100 : random.log_between(1e-3, 1e6);
  c.rate = random.chance(0.25) ? 0 : random.between(-0.1, 0.2);
  c.dividend_yield = random.chance(0.5) ? 0 : random.between(-0.05, 0.15);
  constexpr double minute = 1.0 / (365 * 24 * 60);
  c.maturity = c.wide ? random.log_between(minute, 30) : random.log_between(1.0 / 365, 10);
  c.tolerance = random.log_between(1e-10, 1e-4);
  c.type = random.chance(0.5) ? option_type::call : option_type::put;
  return c;
}

double draw_strike(random_source& random, const circumstances& c, double deviation) {
  const auto forward = static_cast<double>(c.forward());
  if (random.chance(0.1)) return forward;
  if (random.chance(0.1)) return c.spot;
  double k;
  if (random.chance(0.6)) {
    k = deviation * random.between(-5, 5);
  } else if (random.chance(0.6)) {
    k = deviation * random.between(-40, 40);
  } else {
    k = random.between(-20, 20);
  }
  return forward * std::exp(std::fmin(std::fmax(k, -300.0), 300.0));
}

double draw_volatility(random_source& random, bool wide) {
  if (!wide) return random.log_between(0.05, 1);
  return random.chance(0.05) ? 0 : random.log_between(1e-8, 5);
}

}  // namespace spectralmc::honesty
