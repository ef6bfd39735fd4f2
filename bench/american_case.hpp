// American puts under Black and Scholes' model on which this library and its peers are measured: random ones, from five
// weeks to three years, half of them without dividends.
#pragma once

#include <cmath>
#include <cstddef>
#include <random>
#include <vector>

#include "spectralmc/spectralmc.hpp"

namespace bench {

struct american_put {
  double spot, strike, maturity, rate, yield, volatility;
};

inline double american_price(const american_put& put, double tolerance) {
  const spectralmc::black_scholes<double> model(spectralmc::market(put.spot, put.rate, put.yield), {put.volatility});
  return spectralmc::american_price(model, spectralmc::option_type::put, put.strike, put.maturity, tolerance).value;
}

inline const std::vector<american_put>& american_puts() {
  static const std::vector<american_put> all = [] {
    std::mt19937_64 engine(3);
    const auto uniform = [&](double from, double to) {
      return from + (to - from) * static_cast<double>(engine() >> 11) * 0x1p-53;
    };
    std::vector<american_put> puts;
    for (std::size_t i = 0; i < 64; ++i) {
      american_put put{};
      put.strike = 100;
      put.spot = 100 * std::exp(uniform(-0.35, 0.35));
      put.maturity = uniform(0.1, 3);
      put.rate = uniform(0.01, 0.1);
      put.yield = i % 2 == 0 ? uniform(0, 0.1) : 0;
      put.volatility = uniform(0.1, 0.6);
      puts.push_back(put);
    }
    return puts;
  }();
  return all;
}

/// The largest distance from the prices at a tolerance of 1e-10, over the strike.
inline double american_error(const std::vector<double>& prices) {
  static const std::vector<double> exact = [] {
    std::vector<double> values;
    for (const american_put& put : american_puts()) values.push_back(american_price(put, 1e-10));
    return values;
  }();
  double error = 0;
  for (std::size_t i = 0; i < prices.size(); ++i) {
    error = std::fmax(error, std::fabs(prices[i] - exact[i]) / american_puts()[i].strike);
  }
  return error;
}

/// The prices of all of them, one after the other.
template <class Price>
std::vector<double> american_prices(const Price& price) {
  std::vector<double> prices;
  for (const american_put& put : american_puts()) prices.push_back(price(put));
  return prices;
}

}  // namespace bench
