// European options from a closed form by the COS method: Fang, F. and Oosterlee, C. W. (2008), A novel pricing method
// for European options based on Fourier-cosine series expansions, SIAM J. Sci. Comput. 31(2).
//
// On [a, b] a put on S = S(0) exp(X) with strike K and kappa = log(K / S(0)) is worth, undiscounted,
//
//   sum' A_n W_n,   A_n = Re(phi(u_n) exp(-i u_n a)),   u_n = n pi / (b - a),
//   W_n = 2 / (b - a) (K (sin(theta_n) / u_n - cos(theta_n)) + S(0) exp(a)) / (1 + u_n^2),   theta_n = u_n (kappa - a).
//
// So all strikes share two lists of coefficients, and a strike is the value of a trigonometric polynomial, taken in
// packs of strikes by Clenshaw's recurrence. A digital put has W_n = 2 / (n pi) sin(theta_n), which falls more slowly.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "spectralmc/errors.hpp"
#include "spectralmc/models/closed_form_concept.hpp"
#include "spectralmc/numeric/complex.hpp"
#include "spectralmc/numeric/elementary.hpp"
#include "spectralmc/numeric/estimate.hpp"
#include "spectralmc/numeric/lanes.hpp"
#include "spectralmc/numeric/strided.hpp"
#include "spectralmc/pricing/black.hpp"
#include "spectralmc/pricing/cosine_series.hpp"
#include "spectralmc/spectral/characteristic_function.hpp"
#include "spectralmc/spectral/cosine_law.hpp"
#include "spectralmc/spectral/cumulants.hpp"
#include "spectralmc/spectral/exponents.hpp"

namespace spectralmc {

SPECTRALMC_LANES_NAMESPACE_BEGIN

struct cosine_settings {
  double tolerance = 1e-10;       ///< of a price over its discounted strike; [1e-14, 0.1]
  std::size_t largest_terms = 0;  ///< 32 and more; 0 for 2^17, or what a model with a slow formula has as its own
  bool strict = true;  ///< whether to throw where so many terms do not reach the tolerance: else error() says how far
  bool digitals = false;  ///< whether the tolerance is for digital options as well, which takes more terms
};

/// What a digital option pays if it ends in the money: one unit of currency, or the asset.
enum class digital_payment { cash, asset };

/// A price with its derivatives by the spot.
struct option_greeks {
  double price, delta, gamma;
};

/// The European options of one maturity under a model in closed form, all strikes at once, to a tolerance. Where the
/// asset is certain, without volatility, they are worth what the forward says.
///
/// The error of a price, over the discounted strike, is bounded by three terms that are each a part of `error()`:
///  - the interval: with all terms the expansion is that of X folded into [a, b], and a put is worth at most K. So the
///    error is at most the probability that X lies outside, which Chernoff's bound (model_range) gives. It is set to a
///    quarter of the tolerance;
///  - the terms: |W_n| <= 2 K (2 + 1/u_n) / ((b - a) u_n^2), so those beyond N add up to at most 2 (b - a) (2 + 1/u_N)
///    / (pi^2 (N - 1)) times the largest |phi| beyond u_N. That is taken to be the largest of the last 32 and of 144
///    frequencies beyond, up to 32 times as high. Terms are added until it is a quarter of the tolerance;
///  - rounding: angles, and with them the n-th term, have n times the relative error of a number, and so has Clenshaw's
///    recurrence: 2^-52 (sum (n + 8) |A_n W_n| / K + 1 + 4 / (b - a) + |a| + |b|).
///
/// Digital options have the same coefficients, and an error of their own, `digital_error()`. Theirs is a series of
/// terms of at most 2 |phi(u_n)| / (n pi): those beyond N add up to 2 log(2) / pi times the sum of the largest |phi| of
/// all octaves beyond u_N, of which five are looked at and the rest extrapolated by the largest ratio of the last four.
/// That is some N times the bound of the other options, so with terms for a tolerance of 1e-10 digitals have 1e-8 where
/// |phi| falls like an exponential function, and next to nothing where it falls like a power: `digitals` in the
/// settings asks for the terms that they need.
class cosine_method {
 public:
  /// @param maturity years, (0, inf)
  /// @throws invalid_parameter for a maturity or a setting outside its range, or a forward whose discounted value is
  ///         beyond the largest number
  /// @throws no_answer where the model's formula is not finite, phi(0) is not 1, or the terms do not reach the
  ///         tolerance: the law has a peak that is too sharp
  template <class Model>
  cosine_method(const Model& model, double maturity, const cosine_settings& settings = {}) {
    static_assert(detail::closed_form_is_checked<Model>);
    static_assert(detail::models_logarithm<Model>, "the COS method here is for models of log(S)");
    const double tolerance = settings.tolerance;
    require_positive("maturity", maturity);
    require(tolerance >= 1e-14 && tolerance <= 0.1, "tolerance", tolerance, "[1e-14, 0.1]");
    require(settings.largest_terms == 0 || settings.largest_terms >= 32, "largest_terms",
            std::uint64_t{settings.largest_terms}, "at least 32, or 0");
    spot_ = model.asset().spot();
    forward_ = model.asset().forward(maturity);
    discount_ = model.asset().discount(maturity);
    detail::require_payable("forward", forward_, discount_);
    const double shift = model.asset().log_forward_return(maturity);
    const detail::rough_moments rough = detail::rough_moments_of(model, maturity);
    certain_ = !(rough.deviation > 0) && detail::is_certain(model, maturity);
    if (certain_) {
      support_ = {shift, shift};
      error_ = digital_error_ = 0x1p-50;
      return;
    }
    const interval range = chosen_range(model, maturity, 0.25 * tolerance, rough);
    support_ = {range.lower + shift, range.upper + shift};
    expand(model, maturity, shift, 0.25 * tolerance, settings);
    error_ = 0.25 * tolerance + series_error_ + rounding_;
    digital_error_ = minimum(error_ + digital_series_error_ + digital_rounding_, 1.0);
    const double reached = settings.digitals ? digital_error_ : error_;
    if (settings.strict && !(reached <= tolerance)) {
      throw no_answer("the tolerance " + value_text(tolerance) + " is out of reach: the error of " +
                      (settings.digitals ? "digital " : "") + "prices is up to " + value_text(reached) +
                      " of the strike");
    }
  }

  interval support() const { return support_; }  ///< of log(S / S(0))
  std::size_t terms() const { return coefficients_.size(); }
  double spot() const { return spot_; }
  double forward() const { return forward_; }
  double discount() const { return discount_; }
  /// The largest error that a price over its discounted strike may have, but for the rounding of the forward.
  double error() const { return error_; }
  /// The largest error of a price, all included: parity rounds numbers of the size of forward and strike.
  double error_of_price(double strike) const {
    return error_of(strike, error_, fma(0x1p-50, forward_, 0x1p-50 * strike));
  }
  /// The largest error of a cash-or-nothing option over its discounted payment, and of an asset-or-nothing one over its
  /// discounted strike: 1 where nothing is known.
  double digital_error() const { return digital_error_; }
  /// The largest error of the price of a digital option, all included.
  double error_of_digital_price(digital_payment payment, double strike) const {
    if (payment == digital_payment::cash) return error_of(1, digital_error_, 0x1p-50);
    return error_of(strike, digital_error_, 0x1p-50 * forward_);
  }

  /// Today's prices of options with these strikes, > 0. Each within its arbitrage bounds. O(terms) a strike, some 30
  /// nanoseconds on a core with AVX-512 at 150 terms.
  /// @throws invalid_parameter for a strike that is not positive, or beyond the largest number when discounted
  std::vector<double> prices(option_type type, const std::vector<double>& strikes) const {
    for (const double strike : strikes) detail::require_payable("strike", strike, discount_);
    std::vector<double> result(strikes.size());
    for_each_pack<V>(strikes.size(), [&](std::size_t k, std::size_t used) {
      store_some(pack_price(type, load_some<V>(strikes.data() + k, used)), result.data() + k, used);
    });
    return result;
  }
  double price(option_type type, double strike) const { return prices(type, {strike})[0]; }

  /// Today's prices of digital options with these strikes, > 0: a call pays if S(T) > strike, a put if not. Each within
  /// its bounds, and an asset-or-nothing call not below a cash-or-nothing one that pays the strike. O(terms) a strike.
  /// @throws invalid_parameter for a strike that is not positive, or beyond the largest number when discounted
  /// @throws no_answer where the asset is certain to end at the strike but for the rounding of the forward
  std::vector<double> digital_prices(digital_payment payment, option_type type,
                                     const std::vector<double>& strikes) const {
    for (const double strike : strikes) {
      detail::require_payable("strike", strike, discount_);
      if (certain_ && forward_ != spot_ && abs(strike - forward_) <= 0x1p-50 * forward_ * (1 + abs(support_.lower))) {
        throw no_answer("the asset is certain to end at the strike " + value_text(strike) + ", up to rounding");
      }
    }
    std::vector<double> weights(terms());
    for (std::size_t n = 1; n < terms(); ++n) weights[n] = coefficients_[n] / static_cast<double>(n);
    std::vector<double> result(strikes.size());
    for_each_pack<V>(strikes.size(), [&](std::size_t k, std::size_t used) {
      const V strike = load_some<V>(strikes.data() + k, used), one(1.0), zero(0.0), forward(forward_);
      const V below = pack_probability(strike, weights);
      V value = type == option_type::put ? below : one - below;
      if (payment == digital_payment::asset) {
        const V inner = reached(strike);
        const V of_put = minimum(maximum(fma(inner, below, -pack_put(inner)), zero), forward);
        value = type == option_type::put ? of_put : forward - of_put;
      }
      store_some(rounded_product(value, V(discount_)), result.data() + k, used);
    });
    return result;
  }
  double digital_price(digital_payment payment, option_type type, double strike) const {
    return digital_prices(payment, type, {strike})[0];
  }

  /// The derivatives by a parameter of the prices today, given the series of the derivatives of the coefficients. Calls
  /// and puts have the same.
  std::vector<double> derivatives(const cosine_series& by_parameter, const std::vector<double>& strikes) const {
    std::vector<double> result(strikes.size());
    const double lowest = spot_ * exp(support_.lower);
    for_each_pack<V>(strikes.size(), [&](std::size_t k, std::size_t used) {
      const V strike = load_some<V>(strikes.data() + k, used), zero(0.0), one(1.0);
      const place at = place_of(strike);
      const V value = fma(strike, by_parameter.waves(at.sine, at.cosine), V(lowest * by_parameter.constant()));
      const V inside = select(at.share > zero, value, zero);
      store_some(rounded_product(select(at.share < one, inside, zero), V(discount_)), result.data() + k, used);
    });
    return result;
  }

  /// Prices with delta and gamma, from the same coefficients: with F and f the distribution function and density of X,
  /// the derivatives of a put by the strike are F and f / K, and prices are homogeneous in spot and strike.
  std::vector<option_greeks> greeks(option_type type, const std::vector<double>& strikes) const {
    const std::vector<double> values = prices(type, strikes);
    std::vector<option_greeks> result;
    for (std::size_t i = 0; i < strikes.size(); ++i) {
      const double strike = strikes[i], kappa = log(strike / spot_);
      const law_at at = distribution_at(kappa);
      const double slope = discount_ * (type == option_type::put ? at.below : at.below - 1);
      result.push_back(
          {values[i], fma(-strike, slope, values[i]) / spot_, discount_ * at.density * (strike / spot_) / spot_});
    }
    return result;
  }

  /// Prices of digital options with delta and gamma: with f the density of X at kappa, a cash-or-nothing put has
  /// -f / S(0) and (f + f') / S(0)^2, an asset-or-nothing one, which is S(0) times a function of kappa, its price less
  /// K f over S(0), and K f' / S(0)^2; all discounted.
  std::vector<option_greeks> digital_greeks(digital_payment payment, option_type type,
                                            const std::vector<double>& strikes) const {
    const std::vector<double> values = digital_prices(payment, type, strikes);
    std::vector<option_greeks> result;
    for (std::size_t i = 0; i < strikes.size(); ++i) {
      const law_at at = distribution_at(log(strikes[i] / spot_));
      const double sign = type == option_type::put ? discount_ : -discount_;
      if (payment == digital_payment::cash) {
        result.push_back({values[i], -sign * at.density / spot_, sign * (at.density + at.slope) / spot_ / spot_});
      } else {
        const double scale = sign * strikes[i];
        result.push_back({values[i], fma(-scale, at.density, values[i]) / spot_, scale / spot_ * at.slope / spot_});
      }
    }
    return result;
  }

 private:
  using V = lanes<double>;

  double error_of(double unit, double relative, double rounding) const {
    return rounded_product(discount_, fma(unit, relative, rounding));
  }

  /// Where kappa lies in the interval, from 0 to 1, with sine and cosine of pi times that.
  struct place {
    V share, sine, cosine;
  };

  place place_of(V strike) const {
    const V lower(support_.lower), kappa = minimum(maximum(log(strike * V(1 / spot_)), lower), V(support_.upper));
    place at;
    at.share = (kappa - lower) / V(support_.width());
    sin_cos_2pi(V(0.5) * at.share, at.sine, at.cosine);
    return at;
  }

  template <class Model>
  static interval chosen_range(const Model& model, double maturity, double mass, detail::rough_moments rough) {
    const auto [mean, deviation] = rough;
    if (!(deviation > 0)) return model_range(model, maturity, mass);
    // Any exponent gives a bound, and a coarse grid is quick.
    for (const chernoff_grid grid : {chernoff_grid{0.25, 1.25}, chernoff_grid{0x1p-7, 1.125}}) {
      const interval range{-chernoff_distance(model, maturity, 0.5 * mass, -1, mean, deviation, grid),
                           chernoff_distance(model, maturity, 0.5 * mass, 1, mean, deviation, grid)};
      if (range.width() > 0 && range.width() < 50 * deviation) return range;
    }
    return model_range(model, maturity, 0.5 * mass);
  }

  /// Takes terms in blocks until those left out are within `allowed`.
  template <class Model>
  void expand(const Model& model, double maturity, double shift, double allowed, const cosine_settings& settings) {
    constexpr std::size_t block = 32;
    const double width = support_.width(), step = pi / width;
    std::vector<double> re(block), im(block);
    double size = 0, digital_size = 0, largest = 0, last = 0;
    std::size_t wanted = 0, looked_from = 0;
    const std::size_t most = settings.largest_terms != 0
                                 ? settings.largest_terms
                                 : detail::usual_evaluations<Model>::at_most(std::size_t{1} << 17);
    for (std::size_t first = 0; first < most; first += block) {
      for (std::size_t j = 0; j < block; ++j) {
        re[j] = rounded_product(step, static_cast<double>(first + j));
        im[j] = 0;
      }
      detail::replace_by_exponents(model, maturity, re.data(), im.data(), block);
      if (first == 0 && !(abs(complex<double>(re[0], im[0])) < 1e-12)) {
        throw no_answer("the logarithm of the characteristic function is not 0 at frequency 0");
      }
      largest = 0;
      for (std::size_t j = 0; j < block; ++j) {
        const auto n = static_cast<double>(first + j);
        const double u = rounded_product(step, n), modulus = exp(re[j]);
        double sine, cosine;
        sin_cos(fma(u, shift - support_.lower, im[j]), sine, cosine);
        if (!is_finite(modulus) || !is_finite(cosine)) {
          throw no_answer("the model's characteristic function is not finite at frequency " + value_text(u));
        }
        largest = maximum(largest, modulus);
        coefficients_.push_back(rounded_product(modulus, cosine));
        if (first + j == 0) continue;
        const double weight = series_.add(coefficients_.back(), u, width);
        size = fma((n + 8) * (2 + 1 / u), abs(weight), size);
        digital_size = fma((n + 8) / n, abs(coefficients_.back()), digital_size);
      }
      const double count = static_cast<double>(first + block - 1);
      last = step * count;
      const double tail = 2 * width * (2 + 1 / last) / (pi * pi * count);
      series_error_ = rounded_product(largest, tail);
      if (series_error_ > allowed || terms() < wanted) continue;
      if (settings.digitals && largest > allowed) continue;
      const moduli_beyond beyond(model, maturity, last);
      looked_from = terms();
      series_error_ = rounded_product(maximum(largest, beyond.largest()), tail);
      digital_series_error_ = rounded_product(2 / pi, beyond.sum_over_terms(largest));
      if (series_error_ <= allowed && !(settings.digitals && digital_series_error_ > allowed)) break;
      wanted = terms() + terms() / 2;  // it comes back: not to be looked for at every block
    }
    if (looked_from != terms()) {
      digital_series_error_ = rounded_product(2 / pi, moduli_beyond(model, maturity, last).sum_over_terms(largest));
    }
    const double ends = abs(support_.lower) + abs(support_.upper);
    rounding_ = 0x1p-52 * (size + 1 + 4 / width + ends);
    digital_rounding_ = 0x1p-52 * fma(2 / pi * (1 + ends / width), digital_size, 4.0);
  }

  /// Prices kept within their arbitrage bounds: a put is worth the expansion, a call what parity says.
  V pack_price(option_type type, V strike) const {
    if (type == option_type::put) return rounded_product(pack_put(strike), V(discount_));
    const V zero(0.0), forward(forward_), inner = reached(strike);
    return rounded_product(minimum(maximum((pack_put(inner) - inner) + forward, zero), forward), V(discount_));
  }

  /// The strike, or the highest that the interval reaches: from there on calls are worth the same, which parity with a
  /// very high strike would lose.
  V reached(V strike) const { return minimum(strike, V(certain_ ? forward_ : spot_ * exp(support_.upper))); }

  /// P(S(T) <= strike), given A_n / n.
  V pack_probability(V strike, const std::vector<double>& weights) const {
    if (certain_) return select(strike < V(forward_), V(0.0), V(1.0));
    const place at = place_of(strike);
    const V zero(0.0), one(1.0);
    const V value = fma(V(2 / pi), clenshaw_waves(weights, at.sine, at.cosine), at.share);
    const V inside = select(at.share > zero, minimum(maximum(value, zero), one), zero);
    return select(at.share < one, inside, one);
  }

  /// A put, undiscounted.
  V pack_put(V strike) const {
    const V zero(0.0), forward(forward_);
    if (certain_) return maximum(strike - forward, zero);
    const double lowest = spot_ * exp(support_.lower);
    // All of the folded law is below the highest strike: from there on a put grows like its strike.
    const V inner = reached(strike);
    const place at = place_of(inner);
    // The first term: the integral of K - S(0) e^y up to kappa, over the width.
    const V first = at.share + V(lowest / support_.width()) / inner - V(1 / support_.width());
    const V put =
        rounded_product(inner, first + series_.waves(at.sine, at.cosine) + V(lowest * series_.constant()) / inner);
    const V value = select(at.share > zero, put, zero) + (strike - inner);
    return minimum(maximum(value, maximum(strike - forward, zero)), strike);
  }

  /// The distribution function of X, its density, and the derivative of that.
  struct law_at {
    double below, density, slope;
  };

  law_at distribution_at(double kappa) const {
    if (kappa <= support_.lower) return {0, 0, 0};
    if (kappa >= support_.upper) return {1, 0, 0};
    const double share = (kappa - support_.lower) / support_.width();
    const cosine_law_sums sums = cosine_law_sums_at(coefficients_.data(), terms(), share);
    const double scale = 2 / support_.width();
    return {minimum(maximum(fma(2 / pi, sums.waves, share), 0.0), 1.0), maximum(scale * (0.5 + sums.cosines), 0.0),
            rounded_product(scale * (pi / support_.width()), -sums.slopes)};
  }

  double spot_ = 0, forward_ = 0, discount_ = 0;
  interval support_{0, 0};
  bool certain_ = false;              // S(maturity) is the forward
  std::vector<double> coefficients_;  // A_n
  cosine_series series_;
  double series_error_ = 0, rounding_ = 0, error_ = 0;
  double digital_series_error_ = 0, digital_rounding_ = 0, digital_error_ = 0;
};

SPECTRALMC_LANES_NAMESPACE_END
}  // namespace spectralmc
