// European options from a closed form, by whichever method has an answer: the COS method, Lewis' integral, Carr and
// Madan's transform.
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "spectralmc/errors.hpp"
#include "spectralmc/numeric/elementary.hpp"
#include "spectralmc/numeric/estimate.hpp"
#include "spectralmc/payoffs/european.hpp"
#include "spectralmc/pricing/black.hpp"
#include "spectralmc/pricing/carr_madan_method.hpp"
#include "spectralmc/pricing/cosine_method.hpp"
#include "spectralmc/pricing/lewis_method.hpp"
#include "spectralmc/spectral/exponents.hpp"

namespace spectralmc {

enum class pricing_method {
  automatic,  ///< the first of the others, in this order, that reaches the tolerance
  cosine,     ///< cosine_method
  lewis,      ///< lewis_method
  carr_madan  ///< carr_madan_method, by a fractional transform
};

/// "cosine", and so on.
inline const char* name_of(pricing_method method) {
  switch (method) {
    case pricing_method::automatic:
      return "automatic";
    case pricing_method::cosine:
      return "cosine";
    case pricing_method::lewis:
      return "lewis";
    case pricing_method::carr_madan:
      return "carr_madan";
  }
  return "";
}

/// The prices of one maturity, and how they came about.
struct maturity_prices {
  double maturity = 0;
  std::vector<estimate> prices;                       ///< by strike, with their errors
  pricing_method method = pricing_method::automatic;  ///< that has priced them: never `automatic`
  std::size_t evaluations = 0;                        ///< of the characteristic function, by that method
  std::string refusals;                               ///< why others had no answer; empty where the first one had
};

SPECTRALMC_LANES_NAMESPACE_BEGIN

namespace european_detail {

/// Over the discount and the larger of forward and strike.
inline double largest_error(const std::vector<estimate>& prices, const std::vector<double>& strikes, double forward,
                            double discount) {
  double largest = 0;
  for (std::size_t i = 0; i < strikes.size(); ++i) {
    largest = maximum(largest, prices[i].truncation_error / (discount * maximum(forward, strikes[i])));
  }
  return largest;
}

template <class Model>
std::vector<estimate> prices_by(pricing_method method, const Model& model, double maturity, option_type type,
                                const std::vector<double>& strikes, double tolerance, std::size_t& evaluations) {
  evaluations = 0;
  if (method == pricing_method::lewis) {
    // The errors of many panels can add up to more than it aims for: then it aims lower.
    for (double aim = tolerance;; aim *= 0.25) {
      const lewis_method options(model, maturity, strikes, aim);
      evaluations += options.evaluations();
      std::vector<estimate> result = options.prices(type);
      const double error =
          largest_error(result, strikes, model.asset().forward(maturity), model.asset().discount(maturity));
      if (error <= tolerance || aim < 4e-14) return result;
    }
  }
  if (method == pricing_method::carr_madan) {
    const carr_madan_method options(model, maturity, {tolerance});
    evaluations = options.evaluations();
    return options.prices(type, strikes);
  }
  const cosine_method options(detail::counted_model<Model>(model, evaluations), maturity, {tolerance});
  const std::vector<double> values = options.prices(type, strikes);
  std::vector<estimate> result(strikes.size());
  for (std::size_t i = 0; i < strikes.size(); ++i) {
    result[i].value = values[i];
    result[i].truncation_error = options.error_of_price(strikes[i]);
  }
  return result;
}

}  // namespace european_detail

/// Today's prices of the options of one type and maturity with these strikes, > 0, under a model of log(S) in closed
/// form. Each is within its arbitrage bounds, and has an error of at most
///
///   tolerance x discount x max(forward, strike).
///
/// The characteristic function is evaluated for all strikes together. `automatic` takes the COS method, which is the
/// fastest; where it has no answer, as for variance gamma over days, Lewis' integral, which adapts its panels; then
/// Carr and Madan's transform. The result says which it was, and what the others said.
/// @param maturity years, (0, inf)
/// @param tolerance [1e-14, 0.1]
/// @throws invalid_parameter for a maturity, strike or tolerance outside its range, or a strike or forward whose
///         discounted value is beyond the largest number
/// @throws no_answer where the method, or with `automatic` none of them, reaches the tolerance
template <class Model>
maturity_prices option_prices(const Model& model, double maturity, option_type type, const std::vector<double>& strikes,
                              pricing_method method = pricing_method::automatic, double tolerance = 1e-10) {
  require_positive("maturity", maturity);
  for (const double strike : strikes) require_positive("strike", strike);
  require(tolerance >= 1e-14 && tolerance <= 0.1, "tolerance", tolerance, "[1e-14, 0.1]");
  maturity_prices result;
  result.maturity = maturity;
  for (const pricing_method tried : {pricing_method::cosine, pricing_method::lewis, pricing_method::carr_madan}) {
    if (method != pricing_method::automatic && method != tried) continue;
    result.method = tried;
    std::string refusal;
    try {
      result.prices = european_detail::prices_by(tried, model, maturity, type, strikes, tolerance, result.evaluations);
      const double error = european_detail::largest_error(result.prices, strikes, model.asset().forward(maturity),
                                                          model.asset().discount(maturity));
      if (error <= tolerance) return result;
      refusal = "the error of prices is up to " + value_text(error);
    } catch (const no_answer& e) {
      refusal = e.what();
    }
    if (!result.refusals.empty()) result.refusals += "; ";
    result.refusals += std::string(name_of(tried)) + ": " + refusal;
  }
  throw no_answer(result.refusals);
}

/// The same at several maturities, each with all strikes.
template <class Model>
std::vector<maturity_prices> option_prices(const Model& model, const std::vector<double>& maturities, option_type type,
                                           const std::vector<double>& strikes,
                                           pricing_method method = pricing_method::automatic,
                                           double tolerance = 1e-10) {
  for (const double maturity : maturities) require_positive("maturity", maturity);
  std::vector<maturity_prices> result;
  for (const double maturity : maturities) {
    result.push_back(option_prices(model, maturity, type, strikes, method, tolerance));
  }
  return result;
}

/// Today's price of one option with its error, as above: from the closed form what price(execution, plan, payoff) is by
/// simulation.
template <class Model>
estimate price(const Model& model, double maturity, european_call option,
               pricing_method method = pricing_method::automatic, double tolerance = 1e-10) {
  return option_prices(model, maturity, option_type::call, {option.strike}, method, tolerance).prices[0];
}
template <class Model>
estimate price(const Model& model, double maturity, european_put option,
               pricing_method method = pricing_method::automatic, double tolerance = 1e-10) {
  return option_prices(model, maturity, option_type::put, {option.strike}, method, tolerance).prices[0];
}

SPECTRALMC_LANES_NAMESPACE_END
}  // namespace spectralmc
