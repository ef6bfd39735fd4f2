// What the models share whose paths remember the logarithm of the asset over its forward, and nothing else.
#pragma once

#include <utility>

#include "spectralmc/configuration.hpp"
#include "spectralmc/models/market.hpp"

namespace spectralmc {

template <class Real>
class logarithmic_model {
 public:
  using real = Real;

  const market& asset() const { return asset_; }

  template <class V>
  struct state {
    V log_martingale;  ///< X
  };

  static state<Real> initial_state() { return {Real(0)}; }

  template <class V>
  SPECTRALMC_HOST_DEVICE static state<V> broadcast(const state<Real>& s) {
    return {V(s.log_martingale)};
  }

 protected:
  explicit logarithmic_model(market asset) : asset_(std::move(asset)) {}

 private:
  market asset_;
};

}  // namespace spectralmc
