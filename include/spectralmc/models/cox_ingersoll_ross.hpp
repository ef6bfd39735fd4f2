// Cox, J. C., Ingersoll, J. E. and Ross, S. A. (1985), A theory of the term structure of interest rates, Econometrica
// 53(2).
//
//   dr = kappa (theta - r) dt + sigma sqrt(r) dW
#pragma once

#include <cmath>
#include <utility>

#include "spectralmc/configuration.hpp"
#include "spectralmc/market/market.hpp"
#include "spectralmc/models/parameter_list.hpp"
#include "spectralmc/models/short_rate.hpp"
#include "spectralmc/numeric/complex.hpp"
#include "spectralmc/numeric/elementary.hpp"
#include "spectralmc/numeric/number.hpp"
#include "spectralmc/numeric/value.hpp"
#include "spectralmc/random/gamma.hpp"
#include "spectralmc/random/inverse_gaussian.hpp"
#include "spectralmc/random/square_root_bridge.hpp"

namespace spectralmc {

template <class Number>
struct basic_cox_ingersoll_ross_parameters {
  Number initial_rate;    ///< r(0), a year; [0, inf)
  Number mean_reversion;  ///< kappa, a year; (0, inf)
  Number long_run_rate;   ///< theta, a year; (0, inf)
  Number volatility;      ///< sigma, a year; [1e-6, inf)

  /// models/parameter_list.hpp
  template <class Result, class Visit>
  basic_cox_ingersoll_ross_parameters<Result> transformed(const Visit& visit) const {
    return {
        visit(parameter{"initial_rate", "1 / year", range::not_negative}, initial_rate),
        visit(parameter{"mean_reversion", "1 / year", range::positive}, mean_reversion),
        visit(parameter{"long_run_rate", "1 / year", range::positive}, long_run_rate),
        visit(parameter{"volatility", "1 / year", {1e-6, range::infinity, true, false, "[1e-6, inf)"}}, volatility)};
  }
};

using cox_ingersoll_ross_parameters = basic_cox_ingersoll_ross_parameters<double>;

/// The square-root short-rate model, right also where the rate reaches zero (2 kappa theta < sigma^2). The rate is
/// simulated exactly: a step of any length has the right law. Its integral over a step is nearly exact: in part drawn,
/// and for the rest an inverse Gaussian variate that has the exact mean and variance, given the rate at both ends
/// (random/square_root_bridge.hpp). Payoffs are worth their product with discount_factor; nothing else discounts them.
template <class Real = double>
class cox_ingersoll_ross {
 public:
  using real = Real;
  using number = double_of<Real>;
  using parameter_list = basic_cox_ingersoll_ross_parameters<number>;
  static constexpr int numbers_per_step = 9;
  static constexpr int reserve_blocks = gamma_blocks;

  /// @throws invalid_parameter for a parameter outside its range
  explicit cox_ingersoll_ross(parameter_list parameters) : parameters_(parameters) { require_valid(parameters_); }

  const basic_market<number>& asset() const { return asset_; }
  const parameter_list& parameters() const { return parameters_; }

  template <class V>
  struct state {
    V short_rate;       ///< r
    V integrated_rate;  ///< the integral of r from now on
  };

  struct coefficients {
    square_root_bridge<Real> rate;
    coefficient<Real> length;
  };

  coefficients step_coefficients(double /*time*/, double length) const {
    const parameter_list& p = parameters_;
    return {square_root_bridge<Real>(p.mean_reversion, p.long_run_rate, p.volatility, length), length};
  }

  state<Real> initial_state() const { return {static_cast<Real>(parameters_.initial_rate), Real(0)}; }

  template <class V>
  SPECTRALMC_HOST_DEVICE static state<V> broadcast(const state<Real>& s) {
    return {V(s.short_rate), V(s.integrated_rate)};
  }

  template <class V, class Numbers>
  SPECTRALMC_HOST_DEVICE static SPECTRALMC_FORCE_INLINE void step(const coefficients& c, state<V>& s,
                                                                  const Numbers& numbers) {
    const square_root_step<V> drawn(c.rate, s.short_rate, numbers);
    const V relative =
        inverse_gaussian(drawn.mean * drawn.mean / drawn.variance, numbers.normal(7), numbers.uniform(8));
    s.integrated_rate = fma(V(c.length), fma(drawn.mean, relative, drawn.jumps), s.integrated_rate);
    s.short_rate = drawn.next;
  }

  /// log E exp(i u r(time)), analytic where E exp(-Im(u) r) is finite and not a number elsewhere.
  complex<double> log_characteristic_function(complex<double> u, double time) const {
    const complex<double> iu = complex<double>(0, 1) * u;
    const double twice_scale = 2 * scale(time);
    const complex<double> room = 1.0 - iu * twice_scale;
    if (!(room.re > 0)) return not_a_number();
    const double from = exp(-parameters_.mean_reversion * time) * parameters_.initial_rate;
    return iu * from / room - log1p(iu * -twice_scale) * shape();
  }

  /// log E exp(i u r(time)) in the measure whose numeraire is the bond that pays at `time`.
  complex<double> log_forward_characteristic_function(complex<double> u, double time) const {
    const complex<double> lambda = complex<double>(0, -1) * u;
    const bond_terms p(parameters_, time);
    // What the rate's transform adds to the bond's, D(lambda) / D(0) - 1 and the difference of the slopes.
    const complex<double> added = lambda * (parameters_.volatility * parameters_.volatility * p.gone / p.denominator);
    if (!(1 + added.re > 0)) return not_a_number();
    const double pull = 2 * p.gamma / p.denominator;
    return log1p(added) * -shape() - lambda * (pull * pull * p.decay * parameters_.initial_rate) / (1.0 + added);
  }

  /// Minus the logarithm of the price at `time` of one unit of currency paid at `maturity`, as a function of the rate
  /// then.
  linear_rate_function bond_exponent(double time, double maturity) const {
    const bond_terms p(parameters_, maturity - time);
    const double kappa_theta = parameters_.mean_reversion * parameters_.long_run_rate;
    const double fall = parameters_.volatility * parameters_.volatility * p.gone / (p.gamma * p.sum);
    return {fma(shape(), log1p(-fall), 2 * kappa_theta / p.sum * (maturity - time)), 2 * p.gone / p.denominator};
  }

  /// Today's price of one unit of currency paid at `maturity` (years).
  /// @throws invalid_parameter for a maturity that is negative or not finite
  /// @throws no_answer where the price is 0 as a number, rounding may be 2^-32 of it, or squares of the mean reversion
  ///         or the volatility overflow
  double discount_bond(double maturity) const {
    require_not_negative("maturity", maturity);
    const cox_ingersoll_ross_parameters& p = parameters_;
    const bond_terms terms(p, maturity);
    if (!std::isfinite(terms.gamma * terms.sum)) {
      throw no_answer("the squares of a mean reversion of " + value_text(p.mean_reversion) + " and a volatility of " +
                      value_text(p.volatility) + " are beyond the largest number");
    }
    const linear_rate_function exponent = bond_exponent(0, maturity);
    // The other term of `a` is no larger.
    const double size = exponent.b * p.initial_rate + 2 * p.mean_reversion * p.long_run_rate / terms.sum * maturity;
    return detail::bond_price(exponent(p.initial_rate), size, maturity);
  }

 private:
  /// E exp(-lambda r(T) - the integral of r) = (2 gamma exp((kappa - gamma) T / 2) / D)^shape exp(-slope r(0)) with
  /// gamma = sqrt(kappa^2 + 2 sigma^2), e = exp(-gamma T), D = sigma^2 lambda (1 - e) + (gamma - kappa) e + gamma +
  /// kappa and slope = (lambda ((gamma + kappa) e + gamma - kappa) + 2 (1 - e)) / D: Lamberton, D. and Lapeyre, B.
  /// (1996), Introduction to Stochastic Calculus Applied to Finance, proposition 6.2.5, with all exponentials decaying.
  /// Differences of what is nearly equal when sigma is small are taken by gamma - kappa = 2 sigma^2 / (gamma + kappa).
  struct bond_terms {
    double gamma, sum, decay, gone, denominator;  // gamma + kappa, e, 1 - e, D for lambda = 0

    bond_terms(const cox_ingersoll_ross_parameters& p, double time)
        : gamma(sqrt(fma(2 * p.volatility, p.volatility, p.mean_reversion * p.mean_reversion))),
          sum(gamma + p.mean_reversion),
          decay(exp(rounded_product(-gamma, time))),
          gone(-expm1(rounded_product(-gamma, time))),
          denominator(fma(2 * p.volatility * p.volatility / sum, decay, sum)) {}
  };

  /// 2 kappa theta / sigma^2
  double shape() const {
    const cox_ingersoll_ross_parameters& p = parameters_;
    return 2 * p.mean_reversion * p.long_run_rate / (p.volatility * p.volatility);
  }
  /// r(time) is this times a noncentral chi-square variate.
  double scale(double time) const {
    const cox_ingersoll_ross_parameters& p = parameters_;
    return p.volatility * p.volatility * -expm1(-p.mean_reversion * time) / (4 * p.mean_reversion);
  }

  basic_market<number> asset_{1.0};
  parameter_list parameters_;
};

}  // namespace spectralmc
