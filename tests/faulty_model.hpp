// A model some of whose paths are not finite, and none of whose laws is known in closed form.
#pragma once

#include <limits>
#include <utility>

#include "spectralmc/configuration.hpp"
#include "spectralmc/errors.hpp"
#include "spectralmc/market/market.hpp"
#include "spectralmc/numeric/value.hpp"

namespace spectralmc {

/// Black and Scholes' model with volatility 0.2, but for a path that draws a normal number above `limit` the logarithm
/// becomes NaN, and for one below -`limit` infinite.
template <class Real>
class faulty_model {
 public:
  using real = Real;
  static constexpr int numbers_per_step = 1;

  explicit faulty_model(double limit, market asset = market(100)) : asset_(std::move(asset)), limit_(limit) {}

  const market& asset() const { return asset_; }

  template <class V>
  struct state {
    V log_martingale;
  };
  struct coefficients {
    Real drift, deviation, limit;
  };

  coefficients step_coefficients(double /*time*/, double length) const {
    return {static_cast<Real>(-0.02 * length), static_cast<Real>(0.2 * sqrt(length)), static_cast<Real>(limit_)};
  }
  state<Real> initial_state() const { return {Real(0)}; }

  template <class V>
  SPECTRALMC_HOST_DEVICE static state<V> broadcast(const state<Real>& s) {
    return {V(s.log_martingale)};
  }

  template <class V, class Numbers>
  SPECTRALMC_HOST_DEVICE static void step(const coefficients& c, state<V>& s, const Numbers& numbers) {
    using limits = std::numeric_limits<Real>;
    const V normal = numbers.normal(0);
    const V next = s.log_martingale + fma(V(c.deviation), normal, V(c.drift));
    s.log_martingale =
        select(normal > V(c.limit), V(limits::quiet_NaN()), select(normal < V(-c.limit), V(limits::infinity()), next));
  }

 private:
  market asset_;
  double limit_;
};

}  // namespace spectralmc
