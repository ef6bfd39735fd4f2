// A model of your own: the one-factor model of commodity prices by Schwartz, E. S. (1997), The stochastic behavior of
// commodity prices: implications for valuation and hedging, J. Finance 52(3). The logarithm of the price returns to its
// mean, so that options on distant dates have less volatility a year than those on near ones:
//
//   S(t) = forward(t) exp(X(t)),   X(t) = Y(t) - Var Y(t) / 2,   dY = -kappa Y dt + sigma dW,   Y(0) = 0.
//
// The futures curve is the market's; E S(t) = forward(t). docs/architecture.md says what a model must have.
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <exception>
#include <utility>
#include <vector>

#include "spectralmc/spectralmc.hpp"

namespace mine {

namespace smc = spectralmc;

struct schwartz_parameters {
  double mean_reversion;  ///< kappa, a year; (0, inf)
  double volatility;      ///< sigma, a square root of a year; [0, inf)
};

/// Simulated exactly: a step of any length has the right law.
template <class Real = double>
class schwartz {
 public:
  using real = Real;
  static constexpr int numbers_per_step = 1;

  /// @throws spectralmc::invalid_parameter for a parameter outside its range
  schwartz(smc::market asset, schwartz_parameters parameters) : asset_(std::move(asset)), parameters_(parameters) {
    smc::require_positive("mean_reversion", parameters_.mean_reversion);
    smc::require_not_negative("volatility", parameters_.volatility);
  }

  const smc::market& asset() const { return asset_; }

  template <class V>
  struct state {
    V log_martingale;  // X, under the name that observers look for
  };

  struct coefficients {
    Real decay, drift, deviation;
  };

  // Steps of one length differ: the variance that X is short of depends on the time at which the step begins.
  bool time_dependent() const { return true; }

  // Called on the host, in double, before any path is made.
  coefficients step_coefficients(double time, double length) const {
    const double decay = smc::exp(-parameters_.mean_reversion * length);
    const double drift = 0.5 * smc::fma(decay, variance(time), -variance(time + length));
    return {static_cast<Real>(decay), static_cast<Real>(drift), static_cast<Real>(smc::sqrt(variance(length)))};
  }

  state<Real> initial_state() const { return {Real(0)}; }

  template <class V>
  SPECTRALMC_HOST_DEVICE static state<V> broadcast(const state<Real>& s) {
    return {V(s.log_martingale)};
  }

  // On every path: V is a number or a pack of them. No branches, no product that is added, no functions but smc's.
  template <class V, class Numbers>
  SPECTRALMC_HOST_DEVICE static SPECTRALMC_FORCE_INLINE void step(const coefficients& c, state<V>& s,
                                                                  const Numbers& numbers) {
    const V noise = smc::fma(V(c.deviation), numbers.normal(0), V(c.drift));
    s.log_martingale = smc::fma(V(c.decay), s.log_martingale, noise);
  }

  // log E exp(i u X(time)); a model without one is only simulated.
  smc::complex<double> log_characteristic_function(smc::complex<double> u, double time) const {
    return (u * u + smc::complex<double>(0, 1) * u) * (-0.5 * variance(time));
  }

 private:
  /// Var Y(time)
  double variance(double time) const {
    const double twice = 2 * parameters_.mean_reversion, sigma = parameters_.volatility;
    return sigma * sigma * -smc::expm1(-twice * time) / twice;
  }

  smc::market asset_;
  schwartz_parameters parameters_;
};

}  // namespace mine

int main() try {
  namespace smc = spectralmc;
  // A commodity at 70 with a falling futures curve: convenience yields, which act as dividends do, above the rate.
  const smc::market commodity(70, 0.04, smc::zero_curve({0.5, 1, 2}, {0.09, 0.08, 0.07}));
  const mine::schwartz<float> model(commodity, {0.8, 0.35});
  const auto plan = smc::simulation{model, smc::time_grid::dates({0.25, 1, 2}, 1.0 / 52)}.paths(1 << 17).seed(1);
  const smc::spectra spectra = smc::characteristic_function(smc::cpu{}, plan, smc::log_return{});

  bool agree = true;
  std::printf("years  strike   simulated  +- s.e.   closed form   s.e. apart\n");
  for (const double years : {0.25, 1.0, 2.0}) {
    const smc::distribution simulated(spectra.at(years)), exact(smc::characteristic_function(model, years));
    const std::vector<double> strikes{50, 60, 70, 80, 90};
    const std::vector<smc::estimate> calls = simulated.call_prices(strikes), closed = exact.call_prices(strikes);
    for (std::size_t i = 0; i < strikes.size(); ++i) {
      const double apart = (calls[i].value - closed[i].value) / calls[i].standard_error;
      agree = agree && std::fabs(apart) <= 4;
      std::printf("%5.2f %7.0f %11.4f %8.4f %13.4f %12.1f\n", years, strikes[i], calls[i].value,
                  calls[i].standard_error, closed[i].value, apart);
    }
  }
  return agree ? 0 : 1;
} catch (const std::exception& e) {
  std::fprintf(stderr, "error: %s\n", e.what());
  return 2;
}
