// Published prices, and the parameter sets that several tests use.
//
// Sources: Fang, F. and Oosterlee, C. W. (2008), A novel pricing method for European options based on Fourier-cosine
// series expansions, SIAM J. Sci. Comput. 31(2); Lewis, A. (2019), Heston model reference prices, wilmott.com;
// Andersen, L. (2008), Simple and efficient simulation of the Heston stochastic volatility model, J. Computational
// Finance 11(3). All were recomputed with 30 digits. Two printed values of Fang and Oosterlee are off and stand here as
// recomputed: Heston with T = 1 (by 1.6e-8) and with T = 10 (by 3e-10).
#pragma once

#include <algorithm>
#include <vector>

#include "spectralmc/market/market.hpp"
#include "spectralmc/models/heston.hpp"
#include "spectralmc/pricing/black.hpp"

namespace spectralmc::reference {

struct quote {
  option_type type;
  double strike, price;
  double last_digit;  ///< of the published number
};

/// How far a computed price may be from a published one: 1e-10 of it, or 1e-9 for prices under 1e-3, or what the
/// published digits allow.
inline double tolerance(const quote& q) {
  return std::max(q.price < 1e-3 ? 1e-9 : 1e-10 * q.price, 0.51 * q.last_digit);
}

struct black_scholes_set {
  const char* name;
  market asset;
  double volatility, time;
  std::vector<quote> quotes;
};

inline std::vector<black_scholes_set> black_scholes_sets() {
  constexpr option_type call = option_type::call, put = option_type::put;
  return {
      {"textbook", market(100, 0.05), 0.2, 1, {{call, 100, 10.450583572186, 1e-12}, {put, 100, 5.573526022257, 1e-12}}},
      {"Fang and Oosterlee",
       market(100, 0.1),
       0.25,
       0.1,
       {{call, 80, 20.799226309, 1e-9}, {call, 100, 3.659968453, 1e-9}, {call, 120, 0.044577814, 1e-9}}}};
}

struct heston_set {
  const char* name;
  market asset;
  heston_parameters parameters;
  double time;
  double step;  ///< a usual one for simulations, in years
  std::vector<quote> quotes;
};

inline std::vector<heston_set> heston_sets() {
  constexpr option_type call = option_type::call, put = option_type::put;
  constexpr double day = 1.0 / 365;
  return {
      {"Lewis",
       market(100, 0.01, 0.02),
       {0.04, 4, 0.25, 1, -0.5},
       1,
       day,
       {{put, 80, 7.958878113256768285, 0},
        {call, 80, 26.774758743998854221, 0},
        {put, 90, 12.017966707346304987, 0},
        {call, 90, 20.933349000596710388, 0},
        {put, 100, 17.055270961270109413, 0},
        {call, 100, 16.070154917028834278, 0},
        {put, 110, 23.017825898442800538, 0},
        {call, 110, 12.132211516709844867, 0},
        {put, 120, 29.811026202682471843, 0},
        {call, 120, 9.024913483457835636, 0}}},
      {"Lewis, short",
       market(100, 0.01, 0.02),
       {0.01, 4, 0.25, 1, -0.5},
       0.01,
       day,
       {{call, 100, 0.46778267151284397, 0}, {call, 105, 2.5274478231947e-6, 0}}},
      {"Fang and Oosterlee, 1 year",
       market(100),
       {0.0175, 1.5768, 0.0398, 0.5751, -0.5711},
       1,
       day,
       {{call, 100, 5.785155434376, 1e-12}}},
      {"Fang and Oosterlee, 10 years",
       market(100),
       {0.0175, 1.5768, 0.0398, 0.5751, -0.5711},
       10,
       10 * day,
       {{call, 100, 22.31894579115449, 0}}},
      {"Andersen",
       market(100),
       {0.04, 0.5, 0.04, 1, -0.9},
       10,
       10 * day,
       {{call, 60, 44.32997507, 1e-8},
        {call, 70, 35.8497697, 1e-7},
        {call, 100, 13.08467014, 1e-8},
        {call, 140, 0.29577444, 1e-8}}},
      // Calibrated to the DAX options of 5 July 2002; no published price.
      {"DAX", market(4468.17, 0.0357), {0.19122213, 15.56192516, 0.07458675, 3.29522954, -0.51201711}, 0.5, day, {}}};
}

}  // namespace spectralmc::reference
