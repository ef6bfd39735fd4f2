// Options on discount bonds under short-rate models, through the same second half as options on assets.
#pragma once

#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

#include "spectralmc/errors.hpp"
#include "spectralmc/market/market.hpp"
#include "spectralmc/models/short_rate.hpp"
#include "spectralmc/numeric/complex.hpp"
#include "spectralmc/spectral/characteristic_function.hpp"
#include "spectralmc/spectral/spectrum.hpp"

namespace spectralmc {

namespace detail {

/// log P(expiry, maturity) = -a - b r as a model of its own: X of an asset whose forward is P(0, maturity) / P(0,
/// expiry), in the measure of the bond that pays at `expiry`.
template <class Model>
class bond_as_asset {
 public:
  using real = double;
  template <class V>
  struct state {
    V log_martingale;
  };

  bond_as_asset(const Model& model, double expiry, double maturity)
      : model_(model),
        exponent_(model.bond_exponent(expiry, maturity)),
        asset_(model.discount_bond(maturity), -log(model.discount_bond(expiry)) / expiry),
        log_forward_(log(model.discount_bond(maturity) / model.discount_bond(expiry))) {}

  const market& asset() const { return asset_; }

  /// The quantity is a difference of logarithms of bond prices, of today and of then, which may be far larger.
  double formula_roundoff() const {
    return 0x1p-53 * (1 + 2 * (std::fabs(exponent_.a) + std::fabs(log_forward_) + std::fabs(log(asset_.spot()))));
  }

  complex<double> log_characteristic_function(complex<double> u, double time) const {
    return model_.log_forward_characteristic_function(-u * exponent_.b, time) -
           complex<double>(0, 1) * u * (exponent_.a + log_forward_);
  }

 private:
  const Model& model_;
  linear_rate_function exponent_;
  market asset_;
  double log_forward_;
};

}  // namespace detail

/// The characteristic function of log(P(expiry, maturity) / P(0, maturity)), P(t, T) the price at t of one unit of
/// currency paid at T, in the measure whose numeraire is the bond that pays at `expiry`. The call and put prices of a
/// distribution made from it are those of options on the bond, and their strikes are bond prices.
/// @throws invalid_parameter unless 0 < expiry < maturity (years)
template <class Model>
spectrum bond_characteristic_function(const Model& model, double expiry, double maturity,
                                      const expansion_settings& settings = {}) {
  require_positive("expiry", expiry);
  require(std::isfinite(maturity) && maturity > expiry, "maturity", maturity, "finite and above the expiry");
  return characteristic_function(detail::bond_as_asset<Model>(model, expiry, maturity), expiry, settings);
}

}  // namespace spectralmc
