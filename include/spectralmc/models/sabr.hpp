// Hagan, P. S., Kumar, D., Lesniewski, A. S. and Woodward, D. E. (2002), Managing smile risk, Wilmott Magazine.
//
//   dM = v M^beta dB,   dv = alpha v dW,   dB dW = rho dt,   S(t) = forward(t) M(t),
//
// stopped at M = 0, which it reaches for beta < 1: otherwise it would be no martingale.
#pragma once

#include <cmath>
#include <utility>

#include "spectralmc/configuration.hpp"
#include "spectralmc/market/market.hpp"
#include "spectralmc/numeric/elementary.hpp"
#include "spectralmc/numeric/value.hpp"
#include "spectralmc/random/gamma.hpp"
#include "spectralmc/random/squared_bessel.hpp"

namespace spectralmc {

struct sabr_parameters {
  double initial_volatility;  ///< v(0), a square root of a year; (0, inf). In dF = a F^beta dB it is a F(0)^(beta - 1).
  double beta;                ///< elasticity; [0, 0.99], or 1
  double volatility_of_volatility;  ///< alpha, a square root of a year; [0, inf)
  double correlation;               ///< rho; (-1, 1)
};

/// The stochastic alpha-beta-rho model. The volatility is exact. A step first moves M by the part of its noise that is
/// the volatility's, as a geometric Brownian motion of volatility rho v M^(beta - 1), then by the independent part, as
/// the exact process of constant elasticity with the variance (1 - rho^2) x (integral of v^2), by the trapezoidal rule,
/// stopped at zero (random/squared_bessel.hpp). After Choi, J., Hu, L. and Kwok, Y. K. (2024), Efficient and accurate
/// simulation of the stochastic-alpha-beta-rho model, arXiv:2408.01898; and Chen, B., Oosterlee, C. W. and van der
/// Weide, H. (2012), A low-bias simulation scheme for the SABR stochastic volatility model, Int. J. Theor. Appl.
/// Finance 15(2).
///
/// Both moves are martingales whatever the step, so S is one exactly, and zero is where it should be. Without
/// volatility of volatility and correlation a step of any length is exact; otherwise the bias is of first order in the
/// step. The deviation of the first move is kept to 1, which matters where M is within a step of zero.
template <class Real = double>
class sabr {
 public:
  using real = Real;
  static constexpr int numbers_per_step = 4;
  static constexpr int reserve_blocks = gamma_blocks;

  /// @throws invalid_parameter for a parameter outside its range
  sabr(market asset, sabr_parameters parameters) : asset_(std::move(asset)), parameters_(parameters) {
    require_positive("initial_volatility", parameters_.initial_volatility);
    const double beta = parameters_.beta;
    require((beta >= 0 && beta <= 0.99) || beta == 1, "beta", beta, "[0, 0.99], or 1");
    require_not_negative("volatility_of_volatility", parameters_.volatility_of_volatility);
    require(parameters_.correlation > -1 && parameters_.correlation < 1, "correlation", parameters_.correlation,
            "(-1, 1)");
  }

  const market& asset() const { return asset_; }
  const sabr_parameters& parameters() const { return parameters_; }

  template <class V>
  struct state {
    V martingale;  ///< M = S(t) / forward(t)
    V volatility;  ///< v
  };

  struct coefficients {
    Real volatility_drift, volatility_deviation;  // of log v
    Real correlated;                              // rho sqrt(length)
    Real elasticity;                              // beta - 1
    Real twice_rest;                              // 2 (1 - beta), and its inverse
    Real power;
    Real time;  // (1 - rho^2) (1 - beta)^2 length / 2, or without (1 - beta)^2 if beta is 1
  };

  coefficients step_coefficients(double /*time*/, double length) const {
    const sabr_parameters& p = parameters_;
    const double rest = 1 - p.beta, alpha = p.volatility_of_volatility;
    const double independent = (1 - p.correlation) * (1 + p.correlation);
    coefficients c;
    c.volatility_drift = static_cast<Real>(-0.5 * alpha * alpha * length);
    c.volatility_deviation = static_cast<Real>(alpha * sqrt(length));
    c.correlated = static_cast<Real>(p.correlation * sqrt(length));
    c.elasticity = static_cast<Real>(-rest);
    c.twice_rest = static_cast<Real>(2 * rest);
    c.power = static_cast<Real>(rest > 0 ? 0.5 / rest : 0.0);
    c.time = static_cast<Real>(0.5 * independent * length * (rest > 0 ? rest * rest : 1.0));
    return c;
  }

  state<Real> initial_state() const { return {Real(1), static_cast<Real>(parameters_.initial_volatility)}; }

  template <class V>
  SPECTRALMC_HOST_DEVICE static state<V> broadcast(const state<Real>& s) {
    return {V(s.martingale), V(s.volatility)};
  }

  template <class V, class Numbers>
  SPECTRALMC_HOST_DEVICE static SPECTRALMC_FORCE_INLINE void step(const coefficients& c, state<V>& s,
                                                                  const Numbers& numbers) {
    const V one(Real(1)), half(Real(0.5)), z = numbers.normal(3), v = s.volatility;
    s.volatility = v * exp(fma(V(c.volatility_deviation), z, V(c.volatility_drift)));
    const V time = rounded_product(V(c.time), fma(v, v, s.volatility * s.volatility));

    const V logarithm = log(s.martingale);
    const V local = c.twice_rest > 0 ? exp(V(c.elasticity) * logarithm) : one;  // M^(beta - 1)
    const V deviation = maximum(minimum(V(c.correlated) * v * local, one), -one);
    const V moved = fma(deviation, fma(-half, deviation, z), logarithm);
    if (c.twice_rest > 0) {
      const V squared_bessel = stopped_squared_bessel(c.power, exp(V(c.twice_rest) * moved), time, numbers);
      s.martingale = exp(log(squared_bessel) * V(c.power));
    } else {
      s.martingale = exp(moved + fma(sqrt(time), numbers.normal(1), -half * time));
    }
  }

 private:
  market asset_;
  sabr_parameters parameters_;
};

}  // namespace spectralmc
