// The book of options that the library and its peers revalue: models around that of heston_case.hpp, options of four
// maturities on each.
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <optional>
#include <vector>

#include "heston_case.hpp"
#include "spectralmc/models/heston.hpp"
#include "spectralmc/pricing/cosine_method.hpp"
#include "spectralmc/pricing/option_book.hpp"

namespace bench {

inline constexpr std::size_t book_size = 1000, book_strikes = 25;
inline constexpr std::array<int, 4> book_days{30, 91, 365, 730};
inline constexpr std::size_t options_of_model = book_days.size() * book_strikes;

/// Those of a model of the book: variances, volatility of variance and correlation spread evenly around those of
/// heston_case.hpp, over the first models as over all. By Roberts, M. (2018), The unreasonable effectiveness of
/// quasirandom sequences, in four dimensions.
inline spectralmc::heston_parameters book_parameters(std::size_t model) {
  constexpr double root = 1.1673039782614187;  // of x^5 = x + 1
  double place = 1;
  const auto around = [&](double middle, double deviation) {
    place /= root;
    const double share = place * (0.5 + static_cast<double>(model));
    return middle + deviation * (2 * (share - std::floor(share)) - 1);
  };
  spectralmc::heston_parameters p = heston_parameters;
  p.initial_variance = around(p.initial_variance, 0.02);
  p.long_run_variance = around(p.long_run_variance, 0.02);
  p.volatility_of_variance = around(p.volatility_of_variance, 0.2);
  p.correlation = around(p.correlation, 0.2);
  return p;
}

/// The first models of the book.
inline std::vector<spectralmc::heston<double>> book_models(std::size_t count = book_size) {
  const spectralmc::market market = heston_market();
  std::vector<spectralmc::heston<double>> models;
  for (std::size_t i = 0; i < count; ++i) models.emplace_back(market, book_parameters(i));
  return models;
}

/// The options on the first models, by model, maturity and strike: puts below the forward, calls from there up, strikes
/// from 60 to 140.
inline std::vector<spectralmc::book_option> book_options(std::size_t models = book_size) {
  const spectralmc::market market = heston_market();
  std::vector<spectralmc::book_option> options;
  for (std::size_t model = 0; model < models; ++model) {
    for (const int days : book_days) {
      const double maturity = days / 365.0;
      for (std::size_t i = 0; i < book_strikes; ++i) {
        const double strike = 60 + 80 * static_cast<double>(i) / static_cast<double>(book_strikes - 1);
        const auto type =
            strike < market.forward(maturity) ? spectralmc::option_type::put : spectralmc::option_type::call;
        options.push_back({model, maturity, type, strike});
      }
    }
  }
  return options;
}

/// The largest error of the prices of the options on the first models, of which every so many are looked at.
inline double book_error(const std::vector<double>& prices, std::size_t every) {
  const std::size_t count = prices.size() / options_of_model;
  const std::vector<spectralmc::heston<double>> models = book_models(count);
  const std::vector<spectralmc::book_option> options = book_options(count);
  std::optional<spectralmc::cosine_method> exact;
  double error = 0;
  for (std::size_t i = 0, slice = 0; i < prices.size(); i += every) {
    const spectralmc::book_option& option = options[i];
    if (!exact || i / book_strikes != slice) {
      exact.emplace(models[option.model], option.maturity, spectralmc::cosine_settings{1e-13});
    }
    slice = i / book_strikes;
    error = std::fmax(error, std::fabs(prices[i] - exact->price(option.type, option.strike)));
  }
  return error;
}

}  // namespace bench
