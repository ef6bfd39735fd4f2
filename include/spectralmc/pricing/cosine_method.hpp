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
#include "spectralmc/pricing/cosine_slice.hpp"
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
    slice_.spot = model.asset().spot();
    slice_.forward = model.asset().forward(maturity);
    slice_.discount = model.asset().discount(maturity);
    detail::require_payable("forward", slice_.forward, slice_.discount);
    const double shift = model.asset().log_forward_return(maturity);
    const detail::model_at<Model> exponent(model, maturity);
    const pack_block threads;
    typename program<Model>::storage shared;
    const program<Model> method(threads, exponent, maturity, shared);
    const detail::rough_moments rough = method.rough_moments();
    slice_.certain = !(rough.deviation > 0) && method.is_certain();
    if (slice_.certain) {
      slice_.support = {shift, shift};
      slice_.error = slice_.digital_error = 0x1p-50;
      return;
    }
    const double mass = 0.25 * tolerance;
    interval range{0, 0};
    if (rough.deviation > 0) range = method.range(mass, rough);
    if (!(range.width() > 0)) range = model_range(model, maturity, rough.deviation > 0 ? 0.5 * mass : mass);
    slice_.support = {range.lower + shift, range.upper + shift};
    const std::size_t most = settings.largest_terms != 0
                                 ? settings.largest_terms
                                 : detail::usual_evaluations<Model>::at_most(std::size_t{1} << 17);
    double frequency = 0;
    switch (method.expand(shift, {tolerance, most, settings.digitals}, *this, slice_, frequency)) {
      case slice_refusal::not_normalised:
        throw no_answer("the logarithm of the characteristic function is not 0 at frequency 0");
      case slice_refusal::not_finite:
        throw no_answer("the model's characteristic function is not finite at frequency " + value_text(frequency));
      default:
        break;
    }
    coefficients_.resize(terms());
    const double reached = settings.digitals ? slice_.digital_error : slice_.error;
    if (settings.strict && !(reached <= tolerance)) {
      throw no_answer("the tolerance " + value_text(tolerance) + " is out of reach: the error of " +
                      (settings.digitals ? "digital " : "") + "prices is up to " + value_text(reached) +
                      " of the strike");
    }
  }

  interval support() const { return slice_.support; }  ///< of log(S / S(0))
  std::size_t terms() const { return slice_.terms; }
  double spot() const { return slice_.spot; }
  double forward() const { return slice_.forward; }
  double discount() const { return slice_.discount; }
  /// The largest error that a price over its discounted strike may have, but for the rounding of the forward.
  double error() const { return slice_.error; }
  /// The largest error of a price, all included: parity rounds numbers of the size of forward and strike.
  double error_of_price(double strike) const { return slice_.error_of_price(strike); }
  /// The largest error of a cash-or-nothing option over its discounted payment, and of an asset-or-nothing one over its
  /// discounted strike: 1 where nothing is known.
  double digital_error() const { return slice_.digital_error; }
  /// The largest error of the price of a digital option, all included.
  double error_of_digital_price(digital_payment payment, double strike) const {
    if (payment == digital_payment::cash) return slice_.error_of(1, digital_error(), 0x1p-50);
    return slice_.error_of(strike, digital_error(), 0x1p-50 * forward());
  }

  /// Today's prices of options with these strikes, > 0. Each within its arbitrage bounds. O(terms) a strike, some 30
  /// nanoseconds on a core with AVX-512 at 150 terms.
  /// @throws invalid_parameter for a strike that is not positive, or beyond the largest number when discounted
  std::vector<double> prices(option_type type, const std::vector<double>& strikes) const {
    for (const double strike : strikes) detail::require_payable("strike", strike, discount());
    const V zero(0.0);
    const auto is_call = type == option_type::call ? zero == zero : zero != zero;
    return for_each_strike(strikes, [&](const auto& strike, auto& price) {
      mask_of<V> calls[sizeof(price) / sizeof(V)];
      for (auto& each : calls) each = is_call;
      cosine_prices(slice_, weights(), calls, strike, price);
    });
  }
  double price(option_type type, double strike) const { return prices(type, {strike})[0]; }

  /// Today's prices of digital options with these strikes, > 0: a call pays if S(T) > strike, a put if not. Each within
  /// its bounds, and an asset-or-nothing call not below a cash-or-nothing one that pays the strike. O(terms) a strike.
  /// @throws invalid_parameter for a strike that is not positive, or beyond the largest number when discounted
  /// @throws no_answer where the asset is certain to end at the strike but for the rounding of the forward
  std::vector<double> digital_prices(digital_payment payment, option_type type,
                                     const std::vector<double>& strikes) const {
    for (const double strike : strikes) {
      detail::require_payable("strike", strike, discount());
      if (slice_.certain && forward() != spot() &&
          abs(strike - forward()) <= 0x1p-50 * forward() * (1 + abs(support().lower))) {
        throw no_answer("the asset is certain to end at the strike " + value_text(strike) + ", up to rounding");
      }
    }
    std::vector<double> weights(terms());
    for (std::size_t n = 1; n < terms(); ++n) weights[n] = coefficients_[n] / static_cast<double>(n);
    std::vector<double> result(strikes.size());
    for_each_pack<V>(strikes.size(), [&](std::size_t k, std::size_t used) {
      const V strike = load_some<V>(strikes.data() + k, used), one(1.0), zero(0.0), forward(this->forward());
      const V below = pack_probability(strike, weights);
      V value = type == option_type::put ? below : one - below;
      if (payment == digital_payment::asset) {
        const V inner[1] = {reached_strike(slice_, strike)};
        V put[1];
        undiscounted_puts(slice_, this->weights(), inner, put);
        const V of_put = minimum(maximum(fma(inner[0], below, -put[0]), zero), forward);
        value = type == option_type::put ? of_put : forward - of_put;
      }
      store_some(rounded_product(value, V(discount())), result.data() + k, used);
    });
    return result;
  }
  double digital_price(digital_payment payment, option_type type, double strike) const {
    return digital_prices(payment, type, {strike})[0];
  }

  /// The derivatives by a parameter of the prices today, given the weights that its derivatives of the coefficients
  /// make, and the sum of those of cosines. Calls and puts have the same.
  std::vector<double> derivatives(const cosine_weights& by_parameter, double constant,
                                  const std::vector<double>& strikes) const {
    return for_each_strike(strikes, [&](const auto& strike, auto& value) {
      const cosine_places<V, sizeof(value) / sizeof(V)> at(slice_, strike);
      cosine_derivatives(slice_, by_parameter, constant, at, strike, value);
    });
  }

  /// Prices with delta and gamma, from the same coefficients: with F and f the distribution function and density of X,
  /// the derivatives of a put by the strike are F and f / K, and prices are homogeneous in spot and strike.
  std::vector<option_greeks> greeks(option_type type, const std::vector<double>& strikes) const {
    const std::vector<double> values = prices(type, strikes);
    std::vector<option_greeks> result;
    for (std::size_t i = 0; i < strikes.size(); ++i) {
      const double strike = strikes[i], kappa = log(strike / spot());
      const law_at at = distribution_at(kappa);
      const double slope = discount() * (type == option_type::put ? at.below : at.below - 1);
      result.push_back(
          {values[i], fma(-strike, slope, values[i]) / spot(), discount() * at.density * (strike / spot()) / spot()});
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
      const law_at at = distribution_at(log(strikes[i] / spot()));
      const double sign = type == option_type::put ? discount() : -discount();
      if (payment == digital_payment::cash) {
        result.push_back({values[i], -sign * at.density / spot(), sign * (at.density + at.slope) / spot() / spot()});
      } else {
        const double scale = sign * strikes[i];
        result.push_back({values[i], fma(-scale, at.density, values[i]) / spot(), scale / spot() * at.slope / spot()});
      }
    }
    return result;
  }

 private:
  using V = lanes<double>;

  template <class Model>
  using program = cosine_slice_program<pack_block, detail::model_at<Model>>;
  template <class, class>
  friend class cosine_slice_program;

  bool reach(std::size_t terms) {
    for (std::vector<double>* each : {&coefficients_, &cosine_weights_, &sine_weights_}) each->resize(terms);
    return true;
  }
  double* coefficients() { return coefficients_.data(); }
  double* cosine_weights() { return cosine_weights_.data(); }
  double* sine_weights() { return sine_weights_.data(); }
  spectralmc::cosine_weights weights() const { return {cosine_weights_.data(), sine_weights_.data(), terms()}; }

  /// A result for each strike: body(packs of strikes, packs of results).
  template <class Body>
  static std::vector<double> for_each_strike(const std::vector<double>& strikes, const Body& body) {
    std::vector<double> results(strikes.size());
    for_strikes(pack_block{}, 0, strikes.data(), strikes.size(), [&](const auto& strike, std::size_t first) {
      V result[sizeof(strike) / sizeof(V)];
      body(strike, result);
      for (const V& each : result) {
        store_within(each, results.data(), first, results.size());
        first += lane_count<V>;
      }
    });
    return results;
  }

  /// P(S(T) <= strike), given A_n / n.
  V pack_probability(V strike, const std::vector<double>& weights) const {
    if (slice_.certain) return select(strike < V(forward()), V(0.0), V(1.0));
    const V of[1] = {strike};
    const cosine_places<V, 1> at(slice_, of);
    const V zero(0.0), one(1.0);
    const V value = fma(V(2 / pi), clenshaw_waves(weights, at.sine[0], at.cosine[0]), at.share[0]);
    const V inside = select(at.share[0] > zero, minimum(maximum(value, zero), one), zero);
    return select(at.share[0] < one, inside, one);
  }

  /// The distribution function of X, its density, and the derivative of that.
  struct law_at {
    double below, density, slope;
  };

  law_at distribution_at(double kappa) const {
    const interval support = slice_.support;
    if (kappa <= support.lower) return {0, 0, 0};
    if (kappa >= support.upper) return {1, 0, 0};
    const double share = (kappa - support.lower) / support.width();
    const cosine_law_sums sums = cosine_law_sums_at(coefficients_.data(), terms(), share);
    const double scale = 2 / support.width();
    return {minimum(maximum(fma(2 / pi, sums.waves, share), 0.0), 1.0), maximum(scale * (0.5 + sums.cosines), 0.0),
            rounded_product(scale * (pi / support.width()), -sums.slopes)};
  }

  cosine_slice slice_;
  std::vector<double> coefficients_;                   // A_n
  std::vector<double> cosine_weights_, sine_weights_;  // cosine_weights
};

SPECTRALMC_LANES_NAMESPACE_END
}  // namespace spectralmc
