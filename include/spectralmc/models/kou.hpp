// Kou, S. G. (2002), A jump-diffusion model for option pricing, Management Science 48(8).
//
//   X(t) = sigma W(t) + J(1) + ... + J(N(t)) + omega t,   S(t) = forward(t) exp(X(t)),
//
// N a Poisson process; a jump J is up with probability p and then exponential of rate eta1, else down and exponential
// of rate eta2; omega makes exp(X) a martingale.
#pragma once

#include <cstdint>
#include <utility>

#include "spectralmc/configuration.hpp"
#include "spectralmc/market/curves.hpp"
#include "spectralmc/market/market.hpp"
#include "spectralmc/models/logarithmic_model.hpp"
#include "spectralmc/models/model_table.hpp"
#include "spectralmc/models/parameter_list.hpp"
#include "spectralmc/numeric/complex.hpp"
#include "spectralmc/numeric/number.hpp"
#include "spectralmc/numeric/polynomial.hpp"
#include "spectralmc/numeric/value.hpp"
#include "spectralmc/random/gamma.hpp"
#include "spectralmc/random/poisson.hpp"

namespace spectralmc {

template <class Number>
struct basic_kou_parameters {
  basic_step_function<Number> volatility;  ///< sigma, a square root of a year, constant or by time; [0, inf)
  Number jump_intensity;                   ///< lambda, a year; [0, 1e6]
  Number up_probability;                   ///< p; [0, 1]
  Number up_rate;                          ///< eta1, the inverse of the mean jump up of log S; (1, inf)
  Number down_rate;                        ///< eta2, the inverse of the mean jump down of log S; (0, inf)

  /// models/parameter_list.hpp
  template <class Result, class Visit>
  basic_kou_parameters<Result> transformed(const Visit& visit) const {
    return {
        visit(parameter{"volatility", "1 / sqrt(year)", range::not_negative}, volatility),
        visit(parameter{"jump_intensity", "1 / year", {0, 1e6, true, true, "[0, 1e6]"}}, jump_intensity),
        visit(parameter{"up_probability", "", range::probability}, up_probability),
        visit(parameter{"up_rate", "", {1, range::infinity, false, false, "(1, inf), else E S is infinite"}}, up_rate),
        visit(parameter{"down_rate", "", range::positive}, down_rate)};
  }
};

using kou_parameters = basic_kou_parameters<double>;

/// log E exp(i u X(time)) of Kou's model at one time, as a function of u.
struct kou_exponent_at {
  double half_variance;  ///< of the diffusion, a year
  double jump_intensity, up_probability, up_rate, down_rate;
  double jump_growth;  ///< E exp(J) - 1
  double time;

  template <class V>
  SPECTRALMC_HOST_DEVICE complex<V> operator()(complex<V> u) const {
    const V nan(exponent_format<V>::not_a_number);
    const complex<V> iu = complex<V>(V(0), V(1)) * u;
    const complex<V> per_jump = V(up_probability) / (V(up_rate) - iu) - V(1 - up_probability) / (V(down_rate) + iu);
    const complex<V> diffusion = (iu - V(1)) * V(half_variance);
    const complex<V> jumps = (per_jump - V(jump_growth)) * V(jump_intensity);
    return select(both(u.im > V(-up_rate), u.im < V(down_rate)), iu * (diffusion + jumps) * V(time),
                  complex<V>(nan, nan));
  }
};

/// Diffusion with double-exponential jumps. A step of any length has the right law: jumps up and down are two
/// independent Poisson processes, and the sum of n exponentials is a gamma variate of shape n. Steps of up to 1e6 jumps
/// on average.
template <class Real = double>
class kou : public logarithmic_model<Real> {
 public:
  template <class V>
  using state = typename logarithmic_model<Real>::template state<V>;
  using number = double_of<Real>;
  using parameter_list = basic_kou_parameters<number>;
  static constexpr bool independent_increments = true;
  static constexpr int numbers_per_step = 3;
  static constexpr int driving_normal = 2;  ///< the number that is the Brownian motion's
  static constexpr int reserve_blocks = 2 * gamma_blocks;

  /// @throws invalid_parameter for a parameter outside its range
  kou(basic_market<number> asset, parameter_list parameters)
      : logarithmic_model<Real>(std::move(asset)), parameters_(std::move(parameters)) {
    require_valid(parameters_);
  }

  const parameter_list& parameters() const { return parameters_; }

  struct coefficients {
    coefficient<Real> drift, deviation, mean_up, mean_down;
    std::uint32_t counts_up, counts_down;  // where the laws of the numbers of jumps begin in the model's table
  };

  bool time_dependent() const { return !parameters_.volatility.constant(); }

  coefficients step_coefficients(double time, double length, model_table<Real>& table) const {
    const parameter_list& p = parameters_;
    const number sigma = p.volatility.root_mean_square(time, time + length);
    const number jumps = p.jump_intensity * length;
    coefficients c;
    c.drift = fma(-0.5 * sigma, sigma, -p.jump_intensity * jump_growth()) * length;
    c.deviation = sigma * sqrt(length);
    c.mean_up = 1 / p.up_rate;
    c.mean_down = 1 / p.down_rate;
    c.counts_up = table.append(poisson_tails(without_derivatives(jumps * p.up_probability)));
    c.counts_down = table.append(poisson_tails(without_derivatives(jumps * (1 - p.up_probability))));
    return c;
  }

  template <class V, class Numbers>
  SPECTRALMC_HOST_DEVICE static SPECTRALMC_FORCE_INLINE void step(const coefficients& c, state<V>& s,
                                                                  const Numbers& numbers, const Real* table) {
    const V zero(Real(0));
    const V ups = poisson_count<V>(table + c.counts_up, numbers.uniform_tail(0));
    const V downs = poisson_count<V>(table + c.counts_down, numbers.uniform_tail(1));
    const V up = standard_gamma(ups, ups > zero, numbers, 0);
    const V down = standard_gamma(downs, downs > zero, numbers, gamma_blocks);
    const V diffusion = fma(V(c.deviation), numbers.normal(2), V(c.drift));
    s.log_martingale = s.log_martingale + fma(up, V(c.mean_up), fma(-down, V(c.mean_down), diffusion));
  }

  /// log E exp(i u X(time)) at this time, as a function of u: plain numbers that a device can be handed.
  kou_exponent_at exponent_at(double time) const {
    const parameter_list& p = parameters_;
    const double sigma = p.volatility.root_mean_square(0, time);
    return {0.5 * sigma * sigma, p.jump_intensity, p.up_probability, p.up_rate, p.down_rate, jump_growth(), time};
  }

  /// log E exp(i u X(time)), analytic in the strip -eta1 < Im u < eta2 and not a number outside it.
  template <class V = double>
  complex<V> log_characteristic_function(complex<V> u, double time) const {
    return exponent_at(time)(u);
  }

 private:
  /// E exp(J) - 1
  number jump_growth() const {
    const parameter_list& p = parameters_;
    return p.up_probability / (p.up_rate - 1) - (1 - p.up_probability) / (p.down_rate + 1);
  }

  parameter_list parameters_;
};

}  // namespace spectralmc
