// Random numbers, markets, maturities and options for the cases.
#pragma once

#include <cmath>
#include <cstdint>
#include <string>

#include "honesty/quad.hpp"
#include "spectralmc/market/market.hpp"
#include "spectralmc/pricing/black.hpp"

namespace spectralmc::honesty {

/// Uniform numbers by SplitMix64: Steele, G. L., Lea, D. and Flood, C. H. (2014), Fast splittable pseudorandom number
/// generators, OOPSLA. Each case has its own, so that it can be drawn again alone.
class random_source {
 public:
  random_source(std::uint64_t seed, const std::string& name, std::uint64_t index) : state_(seed) {
    for (const char letter : name) mix_in(static_cast<unsigned char>(letter));
    mix_in(index);
  }

  double between(double lower, double upper) { return lower + (upper - lower) * uniform(); }
  double log_between(double lower, double upper) { return std::exp(between(std::log(lower), std::log(upper))); }
  bool chance(double probability) { return uniform() < probability; }

 private:
  void mix_in(std::uint64_t word) {
    state_ ^= word;
    state_ = next();
  }
  std::uint64_t next() {
    std::uint64_t z = state_ += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }
  double uniform() { return static_cast<double>(next() >> 11) * 0x1p-53; }

  std::uint64_t state_;
};

/// Names and values as a text that tells each number to its last bit.
class parameter_text {
 public:
  parameter_text& add(const char* name, double value);
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

/// What a case has besides its model.
struct circumstances {
  bool wide;  ///< whether parameters are from where nobody trades, too
  double spot, rate, dividend_yield, maturity, tolerance;
  option_type type;
  double strike = 0;  ///< drawn last, as it depends on the law

  market asset() const { return market(spot, rate, dividend_yield); }
  /// As the parameters have them, without rounding on the way.
  number discount() const { return expq(-number(rate) * maturity); }
  number forward() const { return number(spot) * expq((number(rate) - dividend_yield) * maturity); }
  number log_moneyness() const { return logq(number(strike) / forward()); }
  std::string text() const;
};

circumstances draw_circumstances(random_source& random);
/// A strike around the forward, in units of the law's deviation or in none.
double draw_strike(random_source& random, const circumstances& c, double deviation);
/// An annual volatility.
double draw_volatility(random_source& random, bool wide);

}  // namespace spectralmc::honesty
