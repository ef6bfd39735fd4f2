// Hagan, P. S., Kumar, D., Lesniewski, A. S. and Woodward, D. E. (2002), Managing smile risk, Wilmott Magazine.
//
//   dM = v M^beta dB,   dv = alpha v dW,   dB dW = rho dt,   S(t) = forward(t) M(t),
//
// stopped at M = 0, which it reaches for beta < 1: otherwise it would be no martingale.
#pragma once

#include <utility>

#include "spectralmc/configuration.hpp"
#include "spectralmc/market/market.hpp"
#include "spectralmc/models/parameter_list.hpp"
#include "spectralmc/numeric/elementary.hpp"
#include "spectralmc/numeric/number.hpp"
#include "spectralmc/numeric/value.hpp"
#include "spectralmc/random/gamma.hpp"
#include "spectralmc/random/squared_bessel.hpp"

namespace spectralmc {

template <class Number>
struct basic_sabr_parameters {
  Number initial_volatility;  ///< v(0), a square root of a year; (0, inf). In dF = a F^beta dB it is a F(0)^(beta - 1).
  Number beta;                ///< elasticity; [0, 0.99], or 1, where derivatives by it are taken for 0
  Number volatility_of_volatility;  ///< alpha, a square root of a year; [0, inf)
  Number correlation;               ///< rho; (-1, 1)

  /// models/parameter_list.hpp
  template <class Result, class Visit>
  basic_sabr_parameters<Result> transformed(const Visit& visit) const {
    return {
        visit(parameter{"initial_volatility", "1 / sqrt(year)", range::positive}, initial_volatility),
        visit(parameter{"beta", "", {0, 1, true, true, allowed_beta}}, beta),
        visit(parameter{"volatility_of_volatility", "1 / sqrt(year)", range::not_negative}, volatility_of_volatility),
        visit(parameter{"correlation", "", {-1, 1, false, false, "(-1, 1)"}}, correlation)};
  }

  static constexpr const char* allowed_beta = "[0, 0.99], or 1";
};

using sabr_parameters = basic_sabr_parameters<double>;

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
  using number = double_of<Real>;
  using parameter_list = basic_sabr_parameters<number>;
  static constexpr int numbers_per_step = 4;
  static constexpr int reserve_blocks = gamma_blocks;

  /// @throws invalid_parameter for a parameter outside its range
  sabr(basic_market<number> asset, parameter_list parameters) : asset_(std::move(asset)), parameters_(parameters) {
    require_valid(parameters_);
    const double beta = without_derivatives(parameters_.beta);
    require(beta <= 0.99 || beta == 1, "beta", beta, parameter_list::allowed_beta);
  }

  const basic_market<number>& asset() const { return asset_; }
  const parameter_list& parameters() const { return parameters_; }

  template <class V>
  struct state {
    V martingale;  ///< M = S(t) / forward(t)
    V volatility;  ///< v
  };

  struct coefficients {
    coefficient<Real> volatility_drift, volatility_deviation;  // of log v
    coefficient<Real> correlated;                              // rho sqrt(length)
    coefficient<Real> elasticity;                              // beta - 1
    coefficient<Real> twice_rest;                              // 2 (1 - beta), and its inverse
    coefficient<Real> power;
    coefficient<Real> time;  // (1 - rho^2) (1 - beta)^2 length / 2, or without (1 - beta)^2 if beta is 1
  };

  coefficients step_coefficients(double /*time*/, double length) const {
    const parameter_list& p = parameters_;
    const number rest = 1 - p.beta, alpha = p.volatility_of_volatility;
    const number independent = (1 - p.correlation) * (1 + p.correlation);
    coefficients c;
    c.volatility_drift = -0.5 * alpha * alpha * length;
    c.volatility_deviation = alpha * sqrt(length);
    c.correlated = p.correlation * sqrt(length);
    c.elasticity = -rest;
    c.twice_rest = 2 * rest;
    c.power = rest > 0 ? 0.5 / rest : number(0);
    c.time = 0.5 * independent * length * (rest > 0 ? rest * rest : number(1));
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
    const V one(Real(1)), half(Real(0.5)), v = s.volatility;
    const auto z = numbers.normal(3);
    s.volatility = v * exp(fma(V(c.volatility_deviation), z, V(c.volatility_drift)));
    const V time = rounded_product(V(c.time), fma(v, v, s.volatility * s.volatility));

    const V logarithm = log(s.martingale);
    const V local = c.twice_rest > 0 ? exp(V(c.elasticity) * logarithm) : one;  // M^(beta - 1)
    const V deviation = maximum(minimum(V(c.correlated) * v * local, one), -one);
    const V moved = fma(deviation, fma(-half, deviation, z), logarithm);
    if (c.twice_rest > 0) {
      const V squared_bessel = stopped_squared_bessel(c.power, exp(V(c.twice_rest) * moved), time, numbers);
      s.martingale = power(squared_bessel, V(c.power));
    } else {
      s.martingale = exp(moved + fma(sqrt(time), numbers.normal(1), -half * time));
    }
  }

 private:
  basic_market<number> asset_;
  parameter_list parameters_;
};

}  // namespace spectralmc
