// Bayer, C., Friz, P. and Gatheral, J. (2016), Pricing under rough volatility, Quantitative Finance 16(6).
//
//   dX = -v/2 dt + sqrt(v) dB,   v(t) = xi(t) exp(eta Y(t) - eta^2 t^(2H) / 2),   S(t) = forward(t) exp(X(t)),
//   Y(t) = sqrt(2H) int_0^t (t - s)^(H - 1/2) dW(s),   dB dW = rho dt.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <new>
#include <type_traits>
#include <utility>
#include <vector>

#include "spectralmc/configuration.hpp"
#include "spectralmc/errors.hpp"
#include "spectralmc/fourier/causal_convolution.hpp"
#include "spectralmc/market/curves.hpp"
#include "spectralmc/market/market.hpp"
#include "spectralmc/market/time_grid.hpp"
#include "spectralmc/models/model_table.hpp"
#include "spectralmc/models/parameter_list.hpp"
#include "spectralmc/numeric/elementary.hpp"
#include "spectralmc/numeric/number.hpp"
#include "spectralmc/numeric/strided.hpp"
#include "spectralmc/numeric/value.hpp"

namespace spectralmc {

template <class Number>
struct basic_rough_bergomi_parameters {
  basic_step_function<Number> forward_variance;  ///< xi(t) = E v(t), a year; (0, inf)
  Number hurst;                                  ///< H; (0, 1/2]
  Number volatility_of_variance;                 ///< eta, a year to the power -H; [0, inf)
  Number correlation;                            ///< rho; [-1, 1]

  /// models/parameter_list.hpp
  template <class Result, class Visit>
  basic_rough_bergomi_parameters<Result> transformed(const Visit& visit) const {
    return {visit(parameter{"forward_variance", "1 / year", range::positive}, forward_variance),
            visit(parameter{"hurst", "", {0, 0.5, false, true, "(0, 1/2]"}}, hurst),
            visit(parameter{"volatility_of_variance", "1 / year^H", range::not_negative}, volatility_of_variance),
            visit(parameter{"correlation", "", range::correlation}, correlation)};
  }
};

using rough_bergomi_parameters = basic_rough_bergomi_parameters<double>;

/// The stochastic-volatility model whose logarithm of variance is a fractional process of Hurst exponent H.
///
/// The hybrid scheme: Bennedsen, M., Lunde, A. and Pakkanen, M. S. (2017), Hybrid scheme for Brownian semistationary
/// processes, Finance and Stochastics 21(4), with kappa = 1. Over the step just before t the integral for Y(t) is
/// exact, jointly with W; over every earlier step it is its best prediction from the increment of W, which is the
/// paper's optimal discretisation. The predictions of all steps together are a convolution with the increments, taken
/// by a transform in O(n log n) for n equal steps; between groups of steps of unequal length they are summed one by
/// one. The variance of Y that the scheme has takes the place of t^(2H), so E v(t) = xi(t) exactly, and exp(X) is a
/// martingale. The asset takes Euler steps with the variance of the step's beginning, xi averaged over the step.
template <class Real = double>
class rough_bergomi {
 public:
  using real = Real;
  using number = double_of<Real>;
  using parameter_list = basic_rough_bergomi_parameters<number>;
  static constexpr int numbers_per_step = 3;

  /// @throws invalid_parameter for a parameter outside its range
  rough_bergomi(basic_market<number> asset, parameter_list parameters)
      : asset_(std::move(asset)), parameters_(std::move(parameters)) {
    require_valid(parameters_);
  }

  const basic_market<number>& asset() const { return asset_; }
  const parameter_list& parameters() const { return parameters_; }

  template <class V>
  struct state {
    V log_martingale;  ///< X
    V variance;        ///< v at the beginning of the step that was last
    V recent_noise;    ///< what that step adds to eta Y at its end
  };

  struct coefficients {
    coefficient<Real> root_length, minus_half_length, correlation, independent, recent_common, recent_own;
  };

  coefficients step_coefficients(double /*time*/, double length) const {
    // The integral over a step has variance length^(2H) and correlation sqrt(2H)/(H + 1/2) with the increment of W.
    const number deviation = parameters_.volatility_of_variance * power(length, parameters_.hurst);
    const number h = parameters_.hurst, rho = parameters_.correlation;
    coefficients c;
    c.root_length = sqrt(length);
    c.minus_half_length = -0.5 * length;
    c.correlation = rho;
    c.independent = sqrt(maximum(fma(-rho, rho, 1.0), 0.0));
    c.recent_common = deviation * sqrt(2 * h) / (0.5 + h);
    c.recent_own = deviation * (0.5 - h) / (0.5 + h);
    return c;
  }

  state<Real> initial_state() const { return {Real(0), static_cast<Real>(parameters_.forward_variance(0)), Real(0)}; }

  template <class V>
  SPECTRALMC_HOST_DEVICE static state<V> broadcast(const state<Real>& s) {
    return {V(s.log_martingale), V(s.variance), V(s.recent_noise)};
  }

  /// The prelude: `log_variance` is the logarithm of v at the step's beginning without the noise of the step before.
  template <class V, class Numbers>
  SPECTRALMC_HOST_DEVICE static SPECTRALMC_FORCE_INLINE void step(const coefficients& c, state<V>& s,
                                                                  const Numbers& numbers, V log_variance) {
    const auto common = numbers.normal(0);
    const V noise = fma(V(c.correlation), common, V(c.independent) * numbers.normal(2));
    s.variance = exp(log_variance + s.recent_noise);
    s.log_martingale =
        s.log_martingale + fma(sqrt(s.variance) * V(c.root_length), noise, V(c.minus_half_length) * s.variance);
    s.recent_noise = fma(V(c.recent_common), common, V(c.recent_own) * numbers.normal(1));
  }

  /// What steps of equal length have in common.
  struct prelude {
    std::uint32_t first, steps;        // of these steps
    std::uint32_t all_steps;           // of the whole path
    std::uint32_t transform;           // size of the convolution
    std::uint32_t convolution;         // where in the table the convolution begins,
    std::uint32_t constants, earlier;  // the means of log v, and the weights of the steps before `first`
    std::uint32_t memory;              // log v; if there are earlier steps, increments; work space
  };

  /// One part for each group of steps of equal length.
  /// @throws invalid_parameter for 2^29 steps and more, or more weights between groups than a table holds;
  /// allocation_error for more than fit into memory
  std::vector<prelude> preludes(const time_grid& grid, model_table<Real>& table) const {
    const std::vector<group> groups = groups_of(grid);
    const std::uint32_t all_steps = grid.step_count();
    require(all_steps < (std::uint32_t{1} << 29), "steps", std::uint64_t{all_steps}, "fewer than 2^29");
    std::vector<prelude> parts;
    for (std::size_t g = 0; g < groups.size(); ++g) {
      const group& own = groups[g];
      prelude part{own.first, own.steps, all_steps, convolution_size(own.steps), 0, 0, 0, 0};
      try {
        const weighting w = weights(groups, g);
        part.convolution = table.append(convolution_table(w.own));
        part.constants = table.append(w.means);
        part.earlier = table.append(w.earlier);
      } catch (const std::bad_alloc&) {
        throw allocation_error("the weights between groups of steps of unequal length",
                               (std::size_t{own.steps} * own.first + 4 * std::size_t{part.transform}) * sizeof(number));
      }
      part.memory = (groups.size() > 1 ? 2 : 1) * all_steps + 2 * part.transform;
      parts.push_back(part);
    }
    return parts;
  }

  template <class V, class Numbers>
  SPECTRALMC_HOST_DEVICE static void prepare(const prelude& p, const Numbers& numbers, strided<V> memory,
                                             const Real* table) {
    using plain = std::decay_t<decltype(numbers.of_step(0).normal(0))>;  // the increments have no derivatives
    const bool grouped = p.steps != p.all_steps;
    const strided<V> after = memory.from(p.all_steps), work = grouped ? after.from(p.all_steps) : after;
    const strided<plain> increments = part_of<plain>(after, 0), input = part_of<plain>(work, 0);
    for (std::uint32_t k = 0; k < p.steps; ++k) {
      const plain increment = numbers.of_step(p.first + k).normal(0);
      input.store(k, increment);
      if (grouped) increments.store(p.first + k, increment);
    }
    for (std::uint32_t k = p.steps; k < p.transform; ++k) input.store(k, plain(scalar_of<plain>(0)));
    causal_convolution<V, plain>(table + p.convolution, p.transform, work);
    const Real* weight = table + p.earlier;
    for (std::uint32_t k = 0; k < p.steps; ++k) {
      V sum = of_parts<plain>(work, k) + V(table[p.constants + k]);
      for (std::uint32_t j = 0; j < p.first; ++j) sum = fma(V(*weight++), increments.load(j), sum);
      memory.store(p.first + k, sum);
    }
  }

 private:
  /// Steps of equal length, one after the other.
  struct group {
    double begin, end;
    std::uint32_t first, steps;
    double length() const { return (end - begin) / steps; }
    double time(std::uint32_t k) const { return fma(length(), static_cast<double>(k), begin); }
  };

  /// Steps of two stretches that differ by less than this are equal: dates are rounded.
  static constexpr double length_tolerance = 1e-9;

  static std::vector<group> groups_of(const time_grid& grid) {
    std::vector<group> groups;
    std::uint32_t first = 0;
    for (const time_grid::stretch& s : grid.stretches()) {
      const double length = s.step_length();
      if (!groups.empty() && abs(length - groups.back().length()) <= length_tolerance * length) {
        groups.back().end = s.end;
        groups.back().steps += s.steps;
      } else {
        groups.push_back({s.begin, s.end, first, s.steps});
      }
      first += s.steps;
    }
    return groups;
  }

  struct weighting {
    std::vector<number> own;      // by lag, for steps of the same group
    std::vector<number> earlier;  // [step of the group][earlier step]
    std::vector<number> means;    // of log v, by step of the group
  };

  weighting weights(const std::vector<group>& groups, std::size_t index) const {
    const group& own = groups[index];
    const double length = own.length();
    weighting w;
    number known = 0;  // the variance of eta Y from the group's own steps but the last
    for (std::uint32_t k = 0; k < own.steps; ++k) {
      w.own.push_back(k < 2 ? number(0.0) : weight(rounded_product(static_cast<double>(k), length), length));
      known = fma(w.own.back(), w.own.back(), known);
      number variance = known;
      for (std::size_t g = 0; g < index; ++g) {
        const double before = groups[g].length();
        for (std::uint32_t j = 0; j < groups[g].steps; ++j) {
          const bool recent = k == 0 && groups[g].first + j + 1 == own.first;
          w.earlier.push_back(recent ? number(0.0) : weight(own.time(k) - groups[g].time(j), before));
          variance = fma(w.earlier.back(), w.earlier.back(), variance);
        }
      }
      if (own.first + k > 0) {
        const number eta = parameters_.volatility_of_variance;
        const double last = k > 0 ? length : groups[index - 1].length();
        const number recent = eta * power(last, parameters_.hurst);
        variance = fma(recent, recent, variance);
      }
      w.means.push_back(fma(-0.5, variance, log(mean_forward_variance(own.time(k), own.time(k + 1)))));
    }
    return w;
  }

  /// The weight in eta Y(t) of the normal number of a step of that length which begins `age` > length before t: eta
  /// sqrt(2H) times the mean of (t - s)^(H - 1/2) over the step, times the root of its length.
  number weight(double age, double length) const {
    const number h = parameters_.hurst, p = h + 0.5;
    const number mean = power(age, p) * -expm1(rounded_product(p, log1p(-length / age))) / (p * length);
    return parameters_.volatility_of_variance * sqrt(2 * h) * mean * sqrt(length);
  }

  number mean_forward_variance(double begin, double end) const {
    number sum = 0;
    parameters_.forward_variance.for_each_piece(
        begin, end, [&](double from, double to, number xi) { sum = fma(xi, to - from, sum); });
    return sum / (end - begin);
  }

  basic_market<number> asset_;
  parameter_list parameters_;
};

}  // namespace spectralmc
