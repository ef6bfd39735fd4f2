// Carr, P., Geman, H., Madan, D. B. and Yor, M. (2002), The fine structure of asset returns: an empirical
// investigation, J. Business 75(2); Koponen, I. (1995), Analytic approach to the problem of convergence of truncated
// Levy flights, Phys. Rev. E 52.
//
// X is a Levy process with the density of jumps C exp(-M x) / x^(1 + Y) for x > 0 and C exp(-G |x|) / |x|^(1 + Y) for x
// < 0, and the drift that makes exp(X) a martingale; S(t) = forward(t) exp(X(t)).
#pragma once

#include <cmath>
#include <cstdint>
#include <utility>

#include "spectralmc/configuration.hpp"
#include "spectralmc/market/market.hpp"
#include "spectralmc/models/logarithmic_model.hpp"
#include "spectralmc/models/model_table.hpp"
#include "spectralmc/numeric/complex.hpp"
#include "spectralmc/numeric/elementary.hpp"
#include "spectralmc/numeric/gamma_function.hpp"
#include "spectralmc/numeric/value.hpp"
#include "spectralmc/random/gamma.hpp"
#include "spectralmc/random/poisson.hpp"
#include "spectralmc/random/quantile_table.hpp"
#include "spectralmc/random/stable.hpp"
#include "spectralmc/spectral/cumulants.hpp"

namespace spectralmc {

struct cgmy_parameters {
  double activity;   ///< C, a year; (0, inf)
  double down_rate;  ///< G, of the jumps down of log S; (0, inf)
  double up_rate;    ///< M, of the jumps up of log S; (1, inf)
  double stability;  ///< Y; [-10, 1.999]
};

/// The tempered stable model. A step has the right law by one of four ways:
/// - Y < 0: jumps are finite in number. Poisson counts, and a gamma variate of shape -Y n for n jumps. Exact.
/// - Y = 0, to 1e-18: the variance gamma model. Two gamma variates. Exact.
/// - 0 < Y < 1: two tempered stable variates by rejection, in pieces that keep the acceptance above 3 in 4. Exact.
/// - 1 <= Y, and below where more than 64 pieces would be needed: the quantile function of the step's law, tabulated
///   from its characteristic function (random/quantile_table.hpp). Its relative error is some 1e-7 in the middle and
///   1e-3 where 1 of 10^10 paths gets to; what is beyond is cut off.
template <class Real = double>
class cgmy : public logarithmic_model<Real> {
 public:
  template <class V>
  using state = typename logarithmic_model<Real>::template state<V>;
  static constexpr bool independent_increments = true;
  static constexpr int numbers_per_step = 4;
  static constexpr int largest_pieces = 2048;
  static constexpr int reserve_blocks = 2 * largest_pieces * tempered_stable_blocks;

  /// @throws invalid_parameter for a parameter outside its range
  cgmy(market asset, cgmy_parameters parameters) : logarithmic_model<Real>(std::move(asset)), parameters_(parameters) {
    const cgmy_parameters& p = parameters_;
    require_positive("activity", p.activity);
    require_positive("down_rate", p.down_rate);
    require(std::isfinite(p.up_rate) && p.up_rate > 1, "up_rate", p.up_rate, "(1, inf), else E S is infinite");
    require(p.stability >= -10 && p.stability <= 1.999, "stability", p.stability, "[-10, 1.999]");
    const double y = stability();
    gamma_ = abs(y) < 0.5 ? -gamma_function(1 - y) : gamma_function(2 - y) / y;
    growth_ =
        (side(p.up_rate, complex<double>(1 / p.up_rate, 0)) + side(p.down_rate, complex<double>(-1 / p.down_rate, 0)))
            .re;
  }

  const cgmy_parameters& parameters() const { return parameters_; }

  enum class way : std::uint32_t { table, stable, gamma, counts };

  struct coefficients {
    way sampling;
    std::uint32_t pieces[2];              // up, down
    std::uint32_t rows[2];                // where the counts' laws begin in the model's table, or the quantiles
    tempered_stable_law<Real> stable[2];  // of one piece
    Real shape, mean[2];                  // of gamma variates: shape (for each jump), and the inverse of the rate
    Real drift;
  };

  static constexpr bool time_dependent() { return false; }

  coefficients step_coefficients(double /*time*/, double length, model_table<Real>& table) const {
    const cgmy_parameters& p = parameters_;
    const double y = stability(), rates[2] = {p.up_rate, p.down_rate};
    coefficients c{};
    c.drift = static_cast<Real>(drift() * length);
    for (int i = 0; i < 2; ++i) c.mean[i] = static_cast<Real>(1 / rates[i]);
    if (y < 0) {
      c.sampling = way::counts;
      c.shape = static_cast<Real>(-y);
      // Jumps a year: C Gamma(-Y) rate^Y.
      for (int i = 0; i < 2; ++i)
        c.rows[i] = table.append(poisson_tails(gamma_of_minus_y() * activity(rates[i]) * length));
      return c;
    }
    if (y == 0) {
      c.sampling = way::gamma;
      c.shape = static_cast<Real>(p.activity * length);
      return c;
    }
    if (y < 1) {
      c.sampling = way::stable;
      double most = 0;
      for (int i = 0; i < 2; ++i) {
        const double exponent = -gamma_of_minus_y() * activity(rates[i]) * length;
        const double pieces = std::fmax(1.0, std::ceil(4 * exponent)),
                     scale = -gamma_of_minus_y() * p.activity * length / pieces;
        most = std::fmax(most, pieces);
        c.pieces[i] = pieces <= largest_pieces ? static_cast<std::uint32_t>(pieces) : 0;
        c.stable[i] = {static_cast<Real>(y), static_cast<Real>(log(scale) / y), static_cast<Real>(rates[i])};
      }
      if (most <= 64) return c;
      const bool exact_is_possible = most <= largest_pieces;
      try {
        return tabulated(length, table);
      } catch (const no_answer&) {
        if (exact_is_possible) return c;
        throw no_answer("the steps of CGMY with a stability of " + value_text(y) +
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

  /// log E exp(i u X(time)), analytic in the strip -M < Im u < G and not a number outside it.
  complex<double> log_characteristic_function(complex<double> u, double time) const {
    const cgmy_parameters& p = parameters_;
    if (!(-u.im < p.up_rate && u.im < p.down_rate)) return not_a_number();
    const complex<double> iu = complex<double>(0, 1) * u;
    return (side(p.up_rate, iu / p.up_rate) + side(p.down_rate, -iu / p.down_rate) - iu * growth_) * time;
  }

 private:
  /// Y, or 0 where it makes no difference beyond rounding but quotients by it have no digits or overflow.
  double stability() const { return abs(parameters_.stability) < 1e-18 ? 0.0 : parameters_.stability; }

  /// C rate^Y Gamma(-Y) ((1 - z)^Y - 1 + Y z): the jumps of one side, less their mean, in a form that is smooth through
  /// Y = 0 and Y = 1.
  complex<double> side(double rate, complex<double> z) const {
    const double y = stability(), excess = y - 1;
    const complex<double> logarithm = log1p(-z);
    const complex<double> bracket =
        abs(y) < 0.5 ? (y == 0 ? logarithm : expm1(logarithm * y) / y) + z
                     : (1.0 - z) * (excess == 0 ? logarithm : expm1(logarithm * excess) / excess) + z;
    return bracket * (gamma_ * activity(rate));
  }

  /// C rate^Y
  double activity(double rate) const { return parameters_.activity * power(rate, stability()); }
  double gamma_of_minus_y() const {
    const double y = stability();
    return abs(y) < 0.5 ? gamma_ / y : gamma_ / (y - 1);
  }

  /// What exp(the jumps) grow by, negated, a year; Y < 1.
  double drift() const {
    const cgmy_parameters& p = parameters_;
    const double y = stability(), up = log1p(-1 / p.up_rate), down = log1p(1 / p.down_rate);
    if (y >= 1) return 0;
    if (y == 0) return p.activity * (up + down);
    return -gamma_of_minus_y() * fma(activity(p.up_rate), expm1(y * up), activity(p.down_rate) * expm1(y * down));
  }

  coefficients tabulated(double length, model_table<Real>& table) const {
    coefficients c{};
    c.sampling = way::table;
    const auto exponent = [&](double u) { return log_characteristic_function(complex<double>(u, 0), length); };
    const inverted_law law(model_range(*this, length, 1e-13), exponent, std::size_t{1} << 18);
    c.rows[0] = table.append(quantile_table(law, model_cumulants(*this, length).mean));
    return c;
  }

  cgmy_parameters parameters_;
  double gamma_ = 0, growth_ = 0;  // Gamma(-Y) without its poles at 0 and 1; log E exp(X(1)) without the drift
};

}  // namespace spectralmc
