// Dupire, B. (1994), Pricing with a smile, Risk 7(1); Derman, E. and Kani, I. (1994), Riding on a smile, Risk 7(2).
//
//   dX = -s(t, X)^2 / 2 dt + s(t, X) dW,   S(t) = forward(t) exp(X(t)).
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "spectralmc/configuration.hpp"
#include "spectralmc/market/curves.hpp"
#include "spectralmc/market/market.hpp"
#include "spectralmc/models/logarithmic_model.hpp"
#include "spectralmc/models/model_table.hpp"
#include "spectralmc/models/parameter_list.hpp"
#include "spectralmc/numeric/elementary.hpp"
#include "spectralmc/numeric/number.hpp"
#include "spectralmc/numeric/value.hpp"

namespace spectralmc {

/// Local volatility by a function of the caller's: `s(x, t)` is called with x = log(S/forward) as a number or a pack of
/// them, and the time t at the middle of the step as a number (scalar_of the type of x), and returns the volatility (a
/// square root of a year) as the type of x. Where `Real` is a dual, so are they, and the function may hold numbers with
/// derivatives. It obeys the rules of step code (docs/architecture.md), and is copied to where the paths are made.
///
/// Euler's scheme for the logarithm, with the volatility of the step's beginning: exp(X) is a martingale, other prices
/// have a bias of first order in the step.
template <class Real, class Function>
class local_volatility : public logarithmic_model<Real> {
 public:
  template <class V>
  using state = typename logarithmic_model<Real>::template state<V>;
  using number = double_of<Real>;
  static constexpr int numbers_per_step = 1;
  static constexpr int driving_normal = 0;

  local_volatility(basic_market<number> asset, Function volatility)
      : logarithmic_model<Real>(std::move(asset)), volatility_(std::move(volatility)) {}

  const Function& volatility() const { return volatility_; }

  struct coefficients {
    Function volatility;
    coefficient<Real> time, root, minus_half_length;
  };

  static constexpr bool time_dependent() { return true; }

  coefficients step_coefficients(double time, double length) const {
    return {volatility_, fma(0.5, length, time), sqrt(length), -0.5 * length};
  }

  template <class V, class Numbers>
  SPECTRALMC_HOST_DEVICE static SPECTRALMC_FORCE_INLINE void step(const coefficients& c, state<V>& s,
                                                                  const Numbers& numbers) {
    const V volatility = c.volatility(s.log_martingale, static_cast<Real>(c.time));
    const V drift = V(c.minus_half_length) * volatility;
    s.log_martingale = s.log_martingale + rounded_product(volatility, fma(V(c.root), numbers.normal(0), drift));
  }

 private:
  Function volatility_;
};

/// The model with paths in `Real` (float, double, or a dual of them) and that function.
template <class Real, class Function>
local_volatility<Real, Function> local_volatility_model(basic_market<double_of<Real>> asset, Function volatility) {
  return local_volatility<Real, Function>(std::move(asset), std::move(volatility));
}

/// Implied volatilities by maturity and log-moneyness k = log(K / forward), interpolated without arbitrage. The total
/// variance w = volatility^2 x maturity is a natural cubic spline in k, and linear in the maturity at fixed k, from 0
/// to the first maturity and between two. Beyond the first and last k its slope goes over smoothly to what it keeps:
/// the largest outward slope, at least 0, of this maturity and those before it. So w is twice continuously
/// differentiable in k everywhere (a corner would be an atom of the density that no pointwise formula sees), its wings
/// are linear, and those of two maturities do not cross. `Number` is double, or a dual of it: what lists are refused
/// and how the wings go over is decided by the volatilities without their derivatives.
template <class Number>
class basic_implied_volatility_surface {
 public:
  /// `volatilities[i][j]` for `maturities[i]` (years, ascending) and `log_moneyness[j]` (ascending).
  /// @throws invalid_parameter for lists that do not fit, volatilities that are not positive, or a surface with
  /// arbitrage:
  ///         the name has the place, the value is how much total variance falls from one maturity to the next
  ///         (calendar) or the density over that of the normal law (butterfly), after Gatheral, J. and Jacquier, A.
  ///         (2014), Arbitrage-free SVI volatility surfaces, Quantitative Finance 14(1). Checked at 400 places of each
  ///         maturity within the list, 200 beyond and 40 up to 64 times its width away; the density also at three times
  ///         between two maturities. A wing that keeps an outward slope above 2 has butterfly arbitrage: Lee, R.
  ///         (2004), The moment formula for implied volatility at extreme strikes, Mathematical Finance 14(3).
  basic_implied_volatility_surface(std::vector<double> maturities, std::vector<double> log_moneyness,
                                   std::vector<std::vector<Number>> volatilities)
      : maturities_(std::move(maturities)),
        log_moneyness_(std::move(log_moneyness)),
        volatilities_(std::move(volatilities)) {
    detail::require_ascending_times(maturities_);
    require(log_moneyness_.size() >= 2, "log_moneyness.size()", std::uint64_t{log_moneyness_.size()}, "at least 2");
    for (std::size_t j = 0; j < log_moneyness_.size(); ++j) {
      require(std::isfinite(log_moneyness_[j]) && (j == 0 || log_moneyness_[j] > log_moneyness_[j - 1]),
              "log_moneyness", log_moneyness_[j], "finite and ascending");
    }
    require(volatilities_.size() == maturities_.size(), "volatilities.size()", std::uint64_t{volatilities_.size()},
            "the number of maturities");
    for (std::size_t i = 0; i < volatilities_.size(); ++i) {
      require(volatilities_[i].size() == log_moneyness_.size(), "volatilities[i].size()",
              std::uint64_t{volatilities_[i].size()}, "the number of log_moneyness");
      std::vector<Number> variance;
      for (const Number& v : volatilities_[i]) {
        require_positive("volatilities", without_derivatives(v));
        variance.push_back(v * v * maturities_[i]);
      }
      curvature_.push_back(spline_curvature(variance));
      variance_.push_back(std::move(variance));
    }
    make_wings();
    if constexpr (std::is_same_v<Number, double>) {
      set_length(low_);
      set_length(high_);
      check();
    } else {
      const auto value = [](const std::string&, const parameter&, const Number& v) { return without_derivatives(v); };
      take_lengths(with_numbers<double>(*this, value));
    }
  }

  /// models/parameter_list.hpp
  template <class Result, class Visit>
  basic_implied_volatility_surface<Result> transformed(const Visit& visit) const {
    return {maturities_, log_moneyness_,
            visit(parameter{"volatility", "1 / sqrt(year)", range::positive}, volatilities_)};
  }

  /// The implied volatility, a square root of a year.
  /// @throws invalid_parameter unless 0 < maturity <= the last of the list
  Number operator()(double maturity, double log_moneyness) const {
    require(maturity > 0 && maturity <= maturities_.back(), "maturity", maturity, "(0, the surface's last]");
    return sqrt(at(maturity, log_moneyness).value / maturity);
  }

  /// The local variance, a year: Dupire's formula in total variance: Gatheral, J. (2006), The Volatility Surface,
  /// (1.10). After the last maturity it stays as it was then. Where next to no density is left, a thousandth of the
  /// normal law's, it is that of a thousandth.
  Number local_variance(double time, Number log_moneyness) const {
    const place p = at((std::min)(time, maturities_.back()), log_moneyness);
    return maximum(p.slope_in_time, 0.0) / maximum(density_ratio(p, log_moneyness), 1e-3);
  }

  const std::vector<double>& maturities() const { return maturities_; }

 private:
  template <class Other>
  friend class basic_implied_volatility_surface;

  struct place {
    Number value, slope, curvature, slope_in_time;  // of the total variance
  };

  /// What lies beyond the end of a list, u outwards from it: w = value + kept u + excess length P(u / length), with
  /// P(v) = v - v^3 + v^4 / 2 up to 1 and 1/2 from there. The slope kept + excess P' has no bend at the end, as the
  /// natural spline has none, and is `kept` from `length` on. As excess <= 0 the wing is convex.
  struct wing {
    Number value, kept, excess;
    double length;

    place at(Number u) const {
      const Number v = minimum(u / length, 1.0), rest = 1 - v;
      const Number way = v * fma(v * v, fma(0.5, v, -1.0), 1.0), share = rest * rest * fma(2.0, v, 1.0);
      return {fma(kept, u, fma(excess * length, way, value)), fma(excess, share, kept), -6 * v * rest * excess / length,
              0};
    }
  };

  /// Second derivatives of the natural spline, by the tridiagonal equations.
  std::vector<Number> spline_curvature(const std::vector<Number>& y) const {
    const std::vector<double>& x = log_moneyness_;
    const std::size_t n = x.size();
    std::vector<double> diagonal(n, 1.0);
    std::vector<Number> second(n), right(n);
    for (std::size_t j = 1; j + 1 < n; ++j) {
      const double left = x[j] - x[j - 1], next = x[j + 1] - x[j];
      const double factor = j == 1 ? 0.0 : left / diagonal[j - 1];
      diagonal[j] = fma(-factor, left, 2 * (left + next));
      right[j] = fma(-factor, right[j - 1], 6 * ((y[j + 1] - y[j]) / next - (y[j] - y[j - 1]) / left));
    }
    for (std::size_t j = n - 1; j-- > 1;) second[j] = fma(-(x[j + 1] - x[j]), second[j + 1], right[j]) / diagonal[j];
    return second;
  }

  /// All but the lengths over which slopes die out.
  void make_wings() {
    const std::size_t n = log_moneyness_.size();
    for (std::size_t i = 0; i < maturities_.size(); ++i) {
      const Number low = -on_slice(i, log_moneyness_[0]).slope, high = on_slice(i, log_moneyness_[n - 1]).slope;
      const auto wing_of = [i](Number value, Number slope, const std::vector<wing>& before) {
        const Number outward = maximum(slope, 0.0), kept = i == 0 ? outward : maximum(outward, before[i - 1].kept);
        return wing{value, kept, slope - kept, 1};
      };
      low_.push_back(wing_of(variance_[i].front(), low, low_));
      high_.push_back(wing_of(variance_[i].back(), high, high_));
    }
  }

  void take_lengths(const basic_implied_volatility_surface<double>& from) {
    for (std::size_t i = 0; i < maturities_.size(); ++i) {
      low_[i].length = from.low_[i].length;
      high_[i].length = from.high_[i].length;
    }
  }

  /// The length over which slopes die out is one for both wings of all maturities on a side, the longest of a width of
  /// the list, a half of it and so on, for which no wing loses more than half its variance and none falls below the one
  /// before. With kept slopes that ascend, short enough ones do.
  void set_length(std::vector<wing>& wings) const {
    double length = log_moneyness_.back() - log_moneyness_.front();
    const auto fits = [&wings](double tried) {
      for (std::size_t i = 0; i < wings.size(); ++i) {
        wings[i].length = tried;
        if (-wings[i].excess * tried > wings[i].value) return false;
        if (i == 0) continue;
        for (int j = 1; j <= 32; ++j) {
          const double u = tried * j / 32;
          if (wings[i].at(u).value < wings[i - 1].at(u).value) return false;
        }
      }
      return true;
    };
    // After 2^-10 there is next to no room: then the surface is refused, or its variance stays from date to date.
    for (int halvings = 0; halvings < 10 && !fits(length); ++halvings) length *= 0.5;
    for (wing& w : wings) w.length = length;
  }

  place on_slice(std::size_t i, Number k) const {
    const std::vector<double>& x = log_moneyness_;
    const std::vector<Number>&y = variance_[i], &c = curvature_[i];
    const std::size_t n = x.size();
    std::size_t j = 0;
    while (j + 2 < n && k > x[j + 1]) ++j;
    const double h = x[j + 1] - x[j];
    const Number chord = (y[j + 1] - y[j]) / h;
    if (k < x[0]) {
      const place p = low_[i].at(x[0] - k);
      return {p.value, -p.slope, p.curvature, 0};
    }
    if (k > x[n - 1]) return high_[i].at(k - x[n - 1]);
    const double sixth = h * h / 6;
    const Number b = (k - x[j]) / h, a = 1 - b;
    const Number cubic_a = fma(a * a, a, -a), cubic_b = fma(b * b, b, -b);
    const Number bend = fma(cubic_a, c[j], cubic_b * c[j + 1]);
    const Number turn = fma(fma(3 * b, b, -1.0), c[j + 1], -(fma(3 * a, a, -1.0) * c[j]));
    return {fma(sixth, bend, fma(a, y[j], b * y[j + 1])), fma(h / 6, turn, chord), fma(a, c[j], b * c[j + 1]), 0};
  }

  place at(double time, Number k) const {
    const std::size_t n = maturities_.size();
    if (n == 1 || time <= maturities_[0]) {
      const place p = on_slice(0, k);
      const double share = time / maturities_[0];
      return {share * p.value, share * p.slope, share * p.curvature, p.value / maturities_[0]};
    }
    std::size_t i = 0;
    while (i + 2 < n && time > maturities_[i + 1]) ++i;
    const place p = on_slice(i, k), q = on_slice(i + 1, k);
    const double length = maturities_[i + 1] - maturities_[i], b = (time - maturities_[i]) / length;
    const auto between = [b](const Number& from, const Number& to) { return fma(b, to - from, from); };
    return {between(p.value, q.value), between(p.slope, q.slope), between(p.curvature, q.curvature),
            (q.value - p.value) / length};
  }

  /// g: the density of the law over the normal one with the same variance.
  static Number density_ratio(const place& p, Number k) {
    const Number lever = fma(-0.5 * k, p.slope / p.value, 1.0);
    return fma(lever, lever, fma(0.5, p.curvature, -0.25 * p.slope * p.slope * (1 / p.value + 0.25)));
  }

  static std::string name_of(const char* what, double time, double k) {
    return std::string(what) + " at maturity " + value_text(time) + " and log-moneyness " + value_text(k);
  }

  void check() const {
    const double first = log_moneyness_.front(), last = log_moneyness_.back(), width = last - first;
    for (std::size_t i = 0; i < maturities_.size(); ++i) {
      for (int j = -200; j <= 600; ++j) {
        if (j % 2 == 0 || (j >= 0 && j <= 400)) check_at(i, fma(width, j / 400.0, first));
      }
      for (double beyond = width; beyond <= 64 * width; beyond *= 1.25) {
        check_at(i, first - beyond);
        check_at(i, last + beyond);
      }
    }
  }

  void check_at(std::size_t i, double k) const {
    const double end = maturities_[i];
    check_density(end, on_slice(i, k), k);
    if (i == 0) return;  // before the first maturity the density is a concave function of time, and positive at 0
    const double growth = on_slice(i, k).value - on_slice(i - 1, k).value;
    // A difference of what rounding leaves of equal variances is none.
    require(growth >= -1e-13 * on_slice(i, k).value, name_of("the growth of total variance", end, k).c_str(), growth,
            "[0, inf), else there is calendar arbitrage");
    for (const double share : {0.25, 0.5, 0.75}) {
      const double time = fma(share, end - maturities_[i - 1], maturities_[i - 1]);
      check_density(time, at(time, k), k);
    }
  }

  static void check_density(double time, const place& p, double k) {
    require(p.value > 0, name_of("the total variance", time, k).c_str(), p.value, "(0, inf)");
    require(density_ratio(p, k) >= 0, name_of("the density", time, k).c_str(), density_ratio(p, k),
            "[0, inf), else there is butterfly arbitrage");
  }

  std::vector<double> maturities_, log_moneyness_;
  std::vector<std::vector<Number>> volatilities_, variance_, curvature_;  // by maturity
  std::vector<wing> low_, high_;                                          // beyond the first and the last place
};

using implied_volatility_surface = basic_implied_volatility_surface<double>;

/// Local volatility from a surface of implied ones. For each step the mean of its local variance (at the middle, or at
/// the middles of the parts into which maturities divide the step) is tabulated at 257 places of x = log(S/forward),
/// eight deviations to either side, and its root is interpolated between them.
///
/// Euler's scheme for the logarithm, with the volatility of the step's beginning: exp(X) is a martingale, other prices
/// have a bias of first order in the step.
template <class Real = double>
class dupire : public logarithmic_model<Real> {
 public:
  template <class V>
  using state = typename logarithmic_model<Real>::template state<V>;
  using number = double_of<Real>;
  using parameter_list = basic_implied_volatility_surface<number>;
  static constexpr int numbers_per_step = 1;
  static constexpr int driving_normal = 0;

  dupire(basic_market<number> asset, parameter_list surface)
      : logarithmic_model<Real>(std::move(asset)), surface_(std::move(surface)) {}

  const parameter_list& surface() const { return surface_; }

  struct coefficients {
    coefficient<Real> scale, offset;  // place in the row = x scale + offset
    coefficient<Real> root, minus_half_length;
    std::uint32_t row;  // where the step's row begins in the model's table
  };

  static constexpr bool time_dependent() { return true; }

  coefficients step_coefficients(double time, double length, model_table<Real>& table) const {
    const double end = time + length;
    std::vector<double> parts{time};  // local variance jumps at maturities
    for (const double maturity : surface_.maturities()) {
      if (maturity > time && maturity < end) parts.push_back(maturity);
    }
    parts.push_back(end);
    const double known = (std::min)(end, surface_.maturities().back());
    const number reach = 8 * surface_(known, 0) * sqrt(end), step = 2 * reach / last_place;
    std::vector<number> row;
    for (int i = 0; i <= last_place; ++i) {
      const number x = fma(step, static_cast<double>(i), -reach);
      number mean = 0;
      for (std::size_t j = 1; j < parts.size(); ++j) {
        const double part = parts[j] - parts[j - 1], middle = fma(0.5, part, parts[j - 1]);
        mean = fma(part / (end - time), surface_.local_variance(middle, x), mean);
      }
      row.push_back(sqrt(mean));
    }
    return {1 / step, 0.5 * last_place, sqrt(length), -0.5 * length, table.append(row)};
  }

  template <class V, class Numbers>
  SPECTRALMC_HOST_DEVICE static SPECTRALMC_FORCE_INLINE void step(const coefficients& c, state<V>& s,
                                                                  const Numbers& numbers, const Real* table) {
    const V zero(Real(0)), one(Real(1)), half(Real(0.5));
    const V place = minimum(maximum(fma(s.log_martingale, V(c.scale), V(c.offset)), zero), V(Real(last_place)));
    const V left = maximum(minimum(round_to_nearest(place - half), V(Real(last_place - 1))), zero);
    const integer_of<V> index = to_integer(left);
    const V low = look_up(table + c.row, index), high = look_up(table + c.row + 1, index);
    const V volatility = fma(minimum(place - left, one), high - low, low);
    const V drift = V(c.minus_half_length) * volatility;
    s.log_martingale = s.log_martingale + rounded_product(volatility, fma(V(c.root), numbers.normal(0), drift));
  }

 private:
  static constexpr int last_place = 256;
  parameter_list surface_;
};

}  // namespace spectralmc
