// Cliquets whose periods are capped and floored one by one: each is a spread of two options on a forward return.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "spectralmc/errors.hpp"
#include "spectralmc/models/forward_return.hpp"
#include "spectralmc/numeric/elementary.hpp"
#include "spectralmc/numeric/estimate.hpp"
#include "spectralmc/pricing/black.hpp"
#include "spectralmc/pricing/cosine_method.hpp"

namespace spectralmc {

/// Pays min(max(S(t_i) / S(t_(i-1)) - 1, floor), cap) for each period between two dates, per unit of notional.
struct cliquet {
  std::vector<double> dates;                             ///< years, ascending, two or more; the first may be 0
  double floor = -1;                                     ///< [-1, inf); -1 is none
  double cap = std::numeric_limits<double>::infinity();  ///< above the floor; infinity is none
  bool paid_at_the_end = false;                          ///< all at the last date, else each at the end of its period
};

SPECTRALMC_LANES_NAMESPACE_BEGIN

/// Today's value of what each period pays. With R = S(t_i) / S(t_(i-1)) that is floor + (R - 1 - floor)^+ -
/// (R - 1 - cap)^+, whose options are priced by the COS method; its bound is the truncation error.
/// @param tolerance of an option over its strike, [1e-14, 0.1]
/// @throws invalid_parameter for dates, a floor, a cap or a tolerance outside their ranges
/// @throws no_answer as cosine_method
template <class Model>
std::vector<estimate> cliquet_legs(const Model& model, const cliquet& contract, double tolerance = 1e-10) {
  const std::vector<double>& dates = contract.dates;
  const double floor = contract.floor, cap = contract.cap;
  require(dates.size() >= 2, "dates.size()", std::uint64_t{dates.size()}, "at least 2");
  double before = -1;
  for (const double date : dates) {
    require(std::isfinite(date) && date >= 0 && date > before, "dates", date, "not negative, and ascending");
    before = date;
  }
  require(std::isfinite(floor) && floor >= -1, "floor", floor, "[-1, inf)");
  require(cap > floor, "cap", cap, "above the floor");
  std::vector<estimate> legs;
  for (std::size_t i = 1; i < dates.size(); ++i) {
    const double length = dates[i] - dates[i - 1];
    const cosine_method options(forward_return<Model>(model, dates[i - 1]), length, {tolerance});
    // A call of strike 0 is worth the forward.
    const double low =
        floor > -1 ? options.price(option_type::call, 1 + floor) / options.discount() : options.forward();
    const double high = std::isfinite(cap) ? options.price(option_type::call, 1 + cap) / options.discount() : 0;
    const double strikes = (floor > -1 ? 1 + floor : 0) + (std::isfinite(cap) ? 1 + cap : 0);
    const double paid = model.asset().discount(contract.paid_at_the_end ? dates.back() : dates[i]);
    estimate leg;
    leg.value = rounded_product(paid, minimum(maximum(floor + (low - high), floor), cap));
    leg.truncation_error = rounded_product(paid, fma(options.error(), strikes, 0x1p-50 * (1 + options.forward())));
    legs.push_back(leg);
  }
  return legs;
}

/// Their sum, with the sum of their errors.
template <class Model>
estimate cliquet_price(const Model& model, const cliquet& contract, double tolerance = 1e-10) {
  estimate sum;
  for (const estimate& leg : cliquet_legs(model, contract, tolerance)) {
    sum.value += leg.value;
    sum.truncation_error += leg.truncation_error;
  }
  return sum;
}

SPECTRALMC_LANES_NAMESPACE_END
}  // namespace spectralmc
