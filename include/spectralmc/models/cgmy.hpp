// Carr, P., Geman, H., Madan, D. B. and Yor, M. (2002), The fine structure of asset returns: an empirical
// investigation, J. Business 75(2); Koponen, I. (1995), Analytic approach to the problem of convergence of truncated
// Levy flights, Phys. Rev. E 52.
//
// X is a Levy process with the density of jumps C exp(-M x) / x^(1 + Y) for x > 0 and C exp(-G |x|) / |x|^(1 + Y) for x
// < 0, and the drift that makes exp(X) a martingale; S(t) = forward(t) exp(X(t)).
#pragma once

#include <cmath>
#include <cstdint>
#include <type_traits>
#include <utility>

#include "spectralmc/configuration.hpp"
#include "spectralmc/market/market.hpp"
#include "spectralmc/models/logarithmic_model.hpp"
#include "spectralmc/models/model_table.hpp"
#include "spectralmc/models/parameter_list.hpp"
#include "spectralmc/numeric/complex.hpp"
#include "spectralmc/numeric/elementary.hpp"
#include "spectralmc/numeric/gamma_function.hpp"
#include "spectralmc/numeric/number.hpp"
#include "spectralmc/numeric/polynomial.hpp"
#include "spectralmc/numeric/value.hpp"
#include "spectralmc/random/gamma.hpp"
#include "spectralmc/random/poisson.hpp"
#include "spectralmc/random/quantile_table.hpp"
#include "spectralmc/random/stable.hpp"
#include "spectralmc/spectral/cumulants.hpp"

namespace spectralmc {

template <class Number>
struct basic_cgmy_parameters {
  Number activity;   ///< C, a year; (0, inf)
  Number down_rate;  ///< G, of the jumps down of log S; (0, inf)
  Number up_rate;    ///< M, of the jumps up of log S; (1, inf)
  Number stability;  ///< Y; [-10, 1.999]

  /// models/parameter_list.hpp
  template <class Result, class Visit>
  basic_cgmy_parameters<Result> transformed(const Visit& visit) const {
    return {
        visit(parameter{"activity", "1 / year", range::positive}, activity),
        visit(parameter{"down_rate", "", range::positive}, down_rate),
        visit(parameter{"up_rate", "", {1, range::infinity, false, false, "(1, inf), else E S is infinite"}}, up_rate),
        visit(parameter{"stability", "", {-10, 1.999, true, true, "[-10, 1.999]"}}, stability)};
  }
};

using cgmy_parameters = basic_cgmy_parameters<double>;

SPECTRALMC_LANES_NAMESPACE_BEGIN

/// log E exp(i u X(time)) of the tempered stable model at one time, as a function of u: over double, or over duals
/// (numeric/dual.hpp) for its derivatives by the parameters.
template <class Number>
struct basic_cgmy_exponent_at {
  Number up_rate, down_rate;
  Number stability;           ///< Y, or 0 where it makes no difference
  Number up_size, down_size;  ///< C rate^Y Gamma(-Y), without the poles of Gamma at 0 and 1
  Number growth;              ///< log E exp(X(1)) without the drift
  double time;

  template <class V>
  SPECTRALMC_HOST_DEVICE auto operator()(complex<V> u) const {
    const V nan(exponent_format<V>::not_a_number);
    const complex<V> iu = complex<V>(V(0), V(1)) * u;
    return select(both(-u.im < up_rate, u.im < down_rate), (sides(iu / up_rate, -iu / down_rate) - iu * growth) * time,
                  complex<V>(nan, nan));
  }

  /// What `growth` is to be.
  Number growth_of_jumps() const {
    return real_part(sides(complex<double>(1, 0) / up_rate, complex<double>(-1, 0) / down_rate));
  }

 private:
  /// The jumps of both sides, less their means: at z = i u / M and z = -i u / G.
  template <class Z>
  SPECTRALMC_HOST_DEVICE Z sides(const Z& up, const Z& down) const {
    return side(up) * up_size + side(down) * down_size;
  }

  /// ((1 - z)^Y - 1 + Y z) over Y near Y = 0 and over Y - 1 elsewhere: in a form that is smooth through both.
  template <class Z>
  SPECTRALMC_HOST_DEVICE Z side(const Z& z) const {
    const Z logarithm = log1p(-z);
    return abs(stability) < 0.5 ? growth_over(stability, logarithm) + z
                                : (1.0 - z) * growth_over(stability - 1, logarithm) + z;
  }

  /// (exp(e l) - 1) / e, and its limit at e = 0.
  template <class Z>
  SPECTRALMC_HOST_DEVICE static Z growth_over(const Number& e, const Z& l) {
    if constexpr (!std::is_same_v<Number, double>) {
      // The quotient's derivative by e would lose digits as e shrinks. Taylor's series; the first term left out is
      // below 1e-16 of the sum for |l| < 100.
      if (abs(e) < 1e-4) {
        constexpr double factorials[] = {120, 24, 6, 2, 1};
        const Z x = l * e;
        Z sum = x * (1.0 / 5040) + 1.0 / 720;
        for (const double factorial : factorials) sum = sum * x + 1 / factorial;
        return sum * l;
      }
    }
    return e != 0 ? expm1(l * e) / e : l;
  }
};

using cgmy_exponent_at = basic_cgmy_exponent_at<double>;

/// The tempered stable model. A step has the right law by one of four ways:
/// - Y < 0: jumps are finite in number. Poisson counts, and a gamma variate of shape -Y n for n jumps. Exact.
/// - Y = 0, to 1e-18: the variance gamma model. Two gamma variates. Exact.
/// - 0 < Y < 1: two tempered stable variates by rejection, in pieces that keep the acceptance above 3 in 4. Exact.
/// - 1 <= Y, and below where more than 64 pieces would be needed: the quantile function of the step's law, tabulated
///   from its characteristic function (random/quantile_table.hpp). Its relative error is some 1e-7 in the middle and
///   1e-3 where 1 of 10^10 paths gets to; what is beyond is cut off.
/// Paths at Y = 0 have no derivative by Y.
template <class Real = double>
class cgmy : public logarithmic_model<Real> {
 public:
  template <class V>
  using state = typename logarithmic_model<Real>::template state<V>;
  using number = double_of<Real>;
  using parameter_list = basic_cgmy_parameters<number>;
  static constexpr bool independent_increments = true;
  static constexpr int numbers_per_step = 4;
  static constexpr int largest_pieces = 2048;
  static constexpr int reserve_blocks = 2 * largest_pieces * tempered_stable_blocks;

  /// @throws invalid_parameter for a parameter outside its range
  cgmy(basic_market<number> asset, parameter_list parameters)
      : logarithmic_model<Real>(std::move(asset)), parameters_(parameters) {
    require_valid(parameters_);
    const number y = stability();
    gamma_ = abs(y) < 0.5 ? -gamma_function(1 - y) : gamma_function(2 - y) / y;
    growth_ = exponent_at(1).growth_of_jumps();
  }

  const parameter_list& parameters() const { return parameters_; }

  enum class way : std::uint32_t { table, stable, gamma, counts };

  struct coefficients {
    way sampling;
    std::uint32_t pieces[2];              // up, down
    std::uint32_t rows[2];                // where the counts' laws begin in the model's table, or the quantiles
    tempered_stable_law<Real> stable[2];  // of one piece
    coefficient<Real> shape, mean[2];     // of gamma variates: shape (for each jump), and the inverse of the rate
    coefficient<Real> drift;
  };

  static constexpr bool time_dependent() { return false; }

  coefficients step_coefficients(double /*time*/, double length, model_table<Real>& table) const {
    const parameter_list& p = parameters_;
    const number y = stability(), rates[2] = {p.up_rate, p.down_rate};
    coefficients c{};
    c.drift = drift() * length;
    for (int i = 0; i < 2; ++i) c.mean[i] = 1 / rates[i];
    if (y < 0) {
      c.sampling = way::counts;
      c.shape = -y;
      // Jumps a year: C Gamma(-Y) rate^Y.
      for (int i = 0; i < 2; ++i)
        c.rows[i] = table.append(poisson_tails(without_derivatives(gamma_of_minus_y() * activity(rates[i]) * length)));
      return c;
    }
    if (y == 0) {
      c.sampling = way::gamma;
      c.shape = p.activity * length;
      return c;
    }
    if (y < 1) {
      c.sampling = way::stable;
      double most = 0;
      for (int i = 0; i < 2; ++i) {
        const number exponent = -gamma_of_minus_y() * activity(rates[i]) * length;
        const double pieces = std::fmax(1.0, std::ceil(4 * without_derivatives(exponent)));
        const number scale = -gamma_of_minus_y() * p.activity * length / pieces;
        most = std::fmax(most, pieces);
        c.pieces[i] = pieces <= largest_pieces ? static_cast<std::uint32_t>(pieces) : 0;
        c.stable[i] = {y, log(scale) / y, rates[i]};
      }
      if (most <= 64) return c;
      const bool exact_is_possible = most <= largest_pieces;
      try {
        return tabulated(length, table);
      } catch (const no_answer&) {
        if (exact_is_possible) return c;
        throw no_answer("the steps of CGMY with a stability of " + value_text(without_derivatives(y)) +
                        " are too long for exact variates and too short for a table: take steps of at most " +
                        value_text(length * (largest_pieces / most)) + " years");
      }
    }
    return tabulated(length, table);
  }

  template <class V, class Numbers>
  SPECTRALMC_HOST_DEVICE static SPECTRALMC_FORCE_INLINE void step(const coefficients& c, state<V>& s,
                                                                  const Numbers& numbers, const Real* table) {
    const V zero(Real(0));
    if (c.sampling == way::table) {
      s.log_martingale = s.log_martingale + tabulated_variate<V>(table + c.rows[0], numbers.normal(0));
      return;
    }
    V sides[2] = {zero, zero};
    for (int i = 0; i < 2; ++i) {
      if (c.sampling == way::stable) {
        constexpr std::uint32_t side_blocks = std::uint32_t{largest_pieces} * tempered_stable_blocks;
        for (std::uint32_t piece = 0; piece < c.pieces[i]; ++piece) {
          sides[i] = sides[i] +
                     tempered_stable<V>(c.stable[i], numbers,
                                        static_cast<std::uint32_t>(i) * side_blocks + piece * tempered_stable_blocks);
        }
      } else {
        V shape(c.shape);
        auto wanted = zero == zero;
        if (c.sampling == way::counts) {
          const V count = poisson_count<V>(table + c.rows[i], numbers.uniform_tail(i));
          wanted = count > zero;
          shape = shape * count;
        }
        const V gamma = standard_gamma_of_any_shape(shape, wanted, numbers.uniform(2 + i), numbers,
                                                    static_cast<std::uint32_t>(i) * gamma_blocks);
        sides[i] = rounded_product(gamma, V(c.mean[i]));
      }
    }
    s.log_martingale = s.log_martingale + ((sides[0] - sides[1]) + V(c.drift));
  }

  /// log E exp(i u X(time)) at this time, as a function of u: plain numbers that a device can be handed.
  basic_cgmy_exponent_at<number> exponent_at(double time) const {
    const parameter_list& p = parameters_;
    const number up_size = gamma_ * activity(p.up_rate), down_size = gamma_ * activity(p.down_rate);
    return {p.up_rate, p.down_rate, stability(), up_size, down_size, growth_, time};
  }

  /// log E exp(i u X(time)), analytic in the strip -M < Im u < G and not a number outside it.
  template <class V = double>
  decltype(complex<V>() * number()) log_characteristic_function(complex<V> u, double time) const {
    return exponent_at(time)(u);
  }

 private:
  /// Y, or 0 where it makes no difference beyond rounding but quotients by it have no digits or overflow.
  number stability() const {
    const number& y = parameters_.stability;
    return abs(y) < 1e-18 ? y - without_derivatives(y) : y;
  }

  /// C rate^Y
  number activity(const number& rate) const { return parameters_.activity * power(rate, stability()); }
  number gamma_of_minus_y() const {
    const number y = stability();
    return abs(y) < 0.5 ? gamma_ / y : gamma_ / (y - 1);
  }

  /// What exp(the jumps) grow by, negated, a year; Y < 1.
  number drift() const {
    const parameter_list& p = parameters_;
    const number y = stability(), up = log1p(-1 / p.up_rate), down = log1p(1 / p.down_rate);
    if (y >= 1) return 0;
    if (y == 0) return p.activity * (up + down);
    return -gamma_of_minus_y() * fma(activity(p.up_rate), expm1(y * up), activity(p.down_rate) * expm1(y * down));
  }

  coefficients tabulated(double length, model_table<Real>& table) const {
    coefficients c{};
    c.sampling = way::table;
    const auto exponent = [&](double u) { return log_characteristic_function(complex<double>(u, 0), length); };
    const cgmy<double> plain(market(1),
                             with_numbers<double>(parameters_, [](const auto&, const parameter&, const number& x) {
                               return without_derivatives(x);
                             }));
    const basic_inverted_law<number> law(model_range(plain, length, 1e-13), exponent, std::size_t{1} << 18);
    c.rows[0] = table.append(quantile_table(law, model_cumulants(plain, length).mean));
    return c;
  }

  parameter_list parameters_;
  number gamma_ = 0, growth_ = 0;  // Gamma(-Y) without its poles at 0 and 1; log E exp(X(1)) without the drift
};

SPECTRALMC_LANES_NAMESPACE_END
}  // namespace spectralmc
