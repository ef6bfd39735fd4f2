// European options from a closed form by Carr and Madan's transform: Carr, P. and Madan, D. B. (1999), Option valuation
// using the fast Fourier transform, J. Computational Finance 2(4).
//
// With S(T) = F exp(X) and k = log(K / F), a call over the forward is c(k) = E max(exp(X) - exp(k), 0). Damped, it has
// a Fourier transform, and is its inverse:
//
//   c(k) = exp(-alpha k) / pi Re int_0^inf exp(-i v k) psi(v) dv,
//   psi(v) = phi(v - (alpha + 1) i) / ((alpha + i v) (alpha + 1 + i v)),   alpha > 0.
//
// This is used for strikes from the forward up. A put of a lower strike over that strike is a call with k = log(F / K)
// of 1/S(T) under the measure of the asset, whose characteristic function is phi(-u - i): the same with alpha i in the
// place of -(alpha + 1) i and the conjugate of phi. So each price is computed out of the money, where damping makes it
// relative to the smaller of forward and strike.
//
// The integral is a sum with spacing eta, which by Poisson's formula has exactly c(k) + sum_{m != 0} exp(alpha m L) c(k
// + m L), L = 2 pi / eta, in place of c(k): its error is bounded by moments (Lee, R. W. (2004), Option pricing by
// transform methods: extensions, unification and error control, J. Computational Finance 7(3)). It is taken on a grid
// of strikes, by a Fourier transform whose spacing of strikes is tied to that of frequencies, or a fractional one where
// it is not (Chourdakis, K. (2004), Option pricing using the fractional FFT, J. Computational Finance 8(2)), and
// between these by polynomials.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include "spectralmc/errors.hpp"
#include "spectralmc/fourier/fourier_transform.hpp"
#include "spectralmc/fourier/fractional_fourier_transform.hpp"
#include "spectralmc/models/closed_form_concept.hpp"
#include "spectralmc/numeric/complex.hpp"
#include "spectralmc/numeric/elementary.hpp"
#include "spectralmc/numeric/estimate.hpp"
#include "spectralmc/pricing/black.hpp"
#include "spectralmc/spectral/characteristic_function.hpp"
#include "spectralmc/spectral/cumulants.hpp"
#include "spectralmc/spectral/exponents.hpp"

namespace spectralmc {

/// How the damped prices come from their transform to the grid of strikes.
enum class strike_transform {
  fast,       ///< a Fourier transform: all strikes that matter, on the grid that the frequencies have
  fractional  ///< a fractional one: the strikes that are asked for, as close as interpolation wants them
};

struct carr_madan_settings {
  double tolerance = 1e-10;  ///< of a price over its discount and the smaller of forward and strike; [1e-14, 0.1]
  strike_transform transform = strike_transform::fractional;
  std::size_t largest_terms = 0;  ///< a side; [32, 2^20], or 0 for 2^17 or what a model with a slow formula says
};

SPECTRALMC_LANES_NAMESPACE_BEGIN

namespace carr_madan_detail {

/// A model's law under the measure that has the asset for numeraire, dP' = exp(X) dP.
template <class Model>
struct share_measure {
  const Model& model;

  template <class V>
  auto log_characteristic_function(complex<V> u, double time) const
      -> decltype(std::declval<const Model&>().log_characteristic_function(u, time)) {
    return model.log_characteristic_function(complex<V>(u.re, u.im - V(1)), time);
  }
};

/// Interpolation of equidistant values by the polynomial through the 16 around a point.
struct interpolation {
  static constexpr std::size_t points = 16, before = 7;  // 7 values before the interval, 7 after it

  /// Bounds the error for a wave exp(-i v k): (v h)^16 / 16! times the largest product of the distances from the points
  /// in units of the spacing h, (15!! / 2^8)^2, together binomial(16, 8) / 16^8 (v h)^16; and 1 + Lebesgue's
  /// constant, 1.72.
  static double error_of_wave(double v, double spacing) {
    const double x = v * spacing, x2 = x * x, x4 = x2 * x2, x8 = x4 * x4;
    return minimum(12870 * 0x1p-32 * (x8 * x8), 2.75);
  }

  /// The value `share` of the way, in [0, 1), from values[7] to values[8]: in barycentric form.
  static double between(const double* values, double share) {
    if (share == 0) return values[before];
    double weighted = 0, weights = 0, binomial = 1;  // of 15 over i, with alternating signs
    for (std::size_t i = 0; i < points; ++i) {
      const auto place = static_cast<double>(i);
      const double weight = binomial / (share + (static_cast<double>(before) - place));
      weighted = fma(weight, values[i], weighted);
      weights += weight;
      binomial = -(binomial * (15 - place) / (place + 1));
    }
    return weighted / weights;
  }
};

/// Equidistant values of a function, with enough of them around for interpolation from `origin` on.
struct strike_grid {
  double origin = 0, spacing = 1;
  std::vector<double> values;  // the first is at origin - 7 spacing
  double rounding = 0;         // of the transform that made them, a bound

  double at(double k) const {
    const double place = (k - origin) / spacing, whole = std::floor(place);
    return interpolation::between(values.data() + static_cast<std::size_t>(whole), place - whole);
  }
};

/// Calls from the forward up, k >= 0, over the forward; or puts from the forward down, in the same way.
class damped_side {
 public:
  damped_side() = default;

  template <class Model>
  damped_side(const Model& model, double maturity, bool puts, const carr_madan_settings& settings) {
    // From `reach` on, c(k) <= exp(-p k + K) <= exp(-2 decay): Chernoff's bound with the best exponent p, K being the
    // logarithm of E exp(p X) under the share measure (for puts of E exp(-p X) under the model's). With a period from
    // there on and damping = decay / period, the terms of Poisson's sum above k are below exp(-m (p - damping) period +
    // K)
    // <= exp(-m decay), and those below it, as c <= 1, too. What is damped most of a skewed or wide law can be large,
    // and so can its rounding: then a longer period, with less damping.
    const double decay = log(8 / settings.tolerance);
    beyond_ = exp(-2 * decay);
    aliasing_ = 2 / expm1(decay);
    period_ = reach(model, maturity, puts, beyond_);
    for (int longer = 0;; ++longer) {
      damping_ = decay / period_;
      expand(model, maturity, puts, settings);
      if (error() <= settings.tolerance || longer == 5) return;
      period_ *= 2;
    }
  }

  double damping() const { return damping_; }
  std::size_t terms() const { return terms_.size(); }
  /// The largest error that a value can have.
  double error() const {
    if (!all_.values.empty()) return error_at(0, all_.rounding);
    return error_at(0, rounding_of_size(2 * (terms_.size() + static_cast<std::size_t>(period_ / spacing_) + 17)));
  }

  /// c(k) with its error, for k >= 0.
  std::vector<estimate> values(const std::vector<double>& k) const {
    const strike_grid made = all_.values.empty() ? grid_for(k) : strike_grid{};
    const strike_grid& grid = all_.values.empty() ? made : all_;
    std::vector<estimate> result;
    for (const double x : k) {
      estimate e;
      e.truncation_error = beyond_;
      if (x < period_) {
        e.value = minimum(maximum(exp(rounded_product(-damping_, x)) * grid.at(x), 0.0), 1.0);
        e.truncation_error = error_at(x, grid.rounding);
      }
      result.push_back(e);
    }
    return result;
  }

 private:
  double frequency(std::size_t n) const { return rounded_product(2 * pi / period_, static_cast<double>(n)); }

  /// Rounding of angles v k, and of k with the forward in it, by a few units of 2^-53 is worth as much as a step of k.
  double error_at(double k, double rounding) const {
    return fma(exp(rounded_product(-damping_, k)), fma(0x1p-50 * slope_, 1 + k, common_ + rounding), aliasing_);
  }

  /// Of the terms themselves and of a transform of that size: fourier/fractional_fourier_transform.hpp.
  double rounding_of_size(std::size_t size) const {
    return 0x1p-53 * fma(6 * log(static_cast<double>(size)), size_, error_of_terms_);  // 4 log2 <= 6 log
  }

  template <class Model>
  static double reach(const Model& model, double maturity, bool puts, double mass) {
    const double deviation = detail::rough_moments_of(model, maturity).deviation;
    if (!(deviation > 0)) throw no_answer("the model's law has no width, or its formula is not finite");
    // Any exponent gives a bound: a coarse grid is quick.
    double least = std::numeric_limits<double>::infinity();
    for (const chernoff_grid grid : {chernoff_grid{0.25, 1.25}, chernoff_grid{0x1p-7, 1.125}}) {
      // E X is not positive, and not negative under the share measure: slopes are from 0 up.
      const double found = puts ? chernoff_distance(model, maturity, mass, -1, 0, deviation, grid)
                                : chernoff_distance(share_measure<Model>{model}, maturity, mass, 1, 0, deviation, grid);
      if (found > 0) least = minimum(least, found);
      if (least < 25 * deviation) break;
    }
    if (is_finite(least)) return least;
    throw no_answer(puts ? "puts cannot be damped: the model's E exp(-p X) is not finite for any p > 0"
                         : "calls cannot be damped: the model's E exp(p X) is not finite for any p > 1");
  }

  /// Takes terms in blocks until those left out are within a quarter of the tolerance, as |psi| <= |phi| / (damping^2 +
  /// v^2); then the spacing of strikes.
  template <class Model>
  void expand(const Model& model, double maturity, bool puts, const carr_madan_settings& settings) {
    const double allowed = 0.25 * settings.tolerance;
    terms_.clear();
    sizes_.clear();
    size_ = slope_ = error_of_terms_ = 0;
    take_terms(model, maturity, puts, allowed,
               settings.largest_terms != 0 ? settings.largest_terms
                                           : detail::usual_evaluations<Model>::at_most(std::size_t{1} << 17));
    spacing_ = period_ / static_cast<double>(terms_.size());
    while (interpolation_error(spacing_) > allowed) spacing_ *= 0.75;
    if (settings.transform == strike_transform::fast) transform_all();
    common_ = truncation_ + interpolation_error(spacing_);
  }

  template <class Model>
  void take_terms(const Model& model, double maturity, bool puts, double allowed, std::size_t most) {
    constexpr std::size_t block = 16;
    const double imaginary = puts ? damping_ : -(damping_ + 1), weight = 2 / period_;
    double re[block], im[block];
    std::size_t wanted = 0;
    while (true) {
      const std::size_t first = terms_.size();
      if (first >= most) {
        throw no_answer("the characteristic function falls too slowly: " + value_text(std::uint64_t{first}) +
                        " terms leave an error of " + value_text(truncation_));
      }
      for (std::size_t j = 0; j < block; ++j) {
        re[j] = frequency(first + j);
        im[j] = imaginary;
      }
      detail::replace_by_exponents(model, maturity, re, im, block);
      double largest = 0;
      for (std::size_t j = 0; j < block; ++j) {
        const double v = frequency(first + j);
        const complex<double> phi = exp(complex<double>(re[j], puts ? -im[j] : im[j]));
        if (!is_finite(phi)) {
          throw no_answer("the model's characteristic function is not finite at frequency " + value_text(v));
        }
        const complex<double> product = complex<double>(damping_, v) * complex<double>(damping_ + 1, v);
        terms_.push_back(phi / product * (first + j == 0 ? 0.5 * weight : weight));
        const double size = abs(terms_.back());
        sizes_.push_back(size);
        size_ += size;
        slope_ = fma(size, v, slope_);
        error_of_terms_ = fma(size, 16 + abs(re[j]) + abs(im[j]), error_of_terms_);
        largest = maximum(largest, exp(re[j]));
      }
      const double last = frequency(first + block - 1), tail = atan2(damping_, last) / (pi * damping_);
      truncation_ = rounded_product(largest, tail);
      if (truncation_ > allowed || terms_.size() < wanted) continue;
      const double beyond = detail::largest_modulus_beyond(model, maturity, last, imaginary);
      truncation_ = rounded_product(maximum(largest, beyond), tail);
      if (truncation_ <= allowed) return;
      wanted = terms_.size() + terms_.size() / 2;  // it comes back: not to be looked for at every block
    }
  }

  double interpolation_error(double spacing) const {
    double sum = 0;
    for (std::size_t n = 0; n < sizes_.size(); ++n) {
      sum = fma(sizes_[n], interpolation::error_of_wave(frequency(n), spacing), sum);
    }
    return sum;
  }

  /// Damped values over the whole period, which they repeat with.
  void transform_all() {
    std::size_t size = fourier_detail::least_size;
    while (static_cast<double>(size) * spacing_ < period_) size *= 2;
    spacing_ = period_ / static_cast<double>(size);
    const fourier_transform<double> transform(size);
    std::vector<complex<double>> x(terms_);
    x.resize(size, complex<double>(0));
    auto memory = transform.make_workspace();
    transform.forward(x.data(), x.data(), memory);
    all_ = {0, spacing_, {}, rounding_of_size(size)};
    for (std::size_t i = 0; i < size + interpolation::points; ++i) {
      all_.values.push_back(x[(i + 2 * size - interpolation::before) % size].re);
    }
  }

  /// Damped values from the lowest to the highest of the strikes that matter.
  strike_grid grid_for(const std::vector<double>& k) const {
    if (terms_.empty()) return {};
    double lowest = period_, highest = 0;
    for (const double x : k) {
      if (x >= period_) continue;
      lowest = minimum(lowest, x);
      highest = maximum(highest, x);
    }
    if (lowest > highest) return {};
    const double first = fma(-static_cast<double>(interpolation::before), spacing_, lowest);
    const auto count = static_cast<std::size_t>((highest - lowest) / spacing_) + interpolation::points + 1;
    const fractional_fourier_transform<double> transform(terms_.size(), count, spacing_ / period_);
    std::vector<complex<double>> x(terms_), values(count);
    for (std::size_t n = 0; n < x.size(); ++n) {
      double sine, cosine;
      sin_cos(frequency(n) * first, sine, cosine);
      x[n] = x[n] * complex<double>(cosine, -sine);
    }
    auto work = transform.make_workspace();
    transform.forward(x.data(), values.data(), work);
    strike_grid grid{lowest, spacing_, {}, rounding_of_size(transform.padded_size())};
    for (const complex<double>& z : values) grid.values.push_back(z.re);
    return grid;
  }

  double period_ = 0, damping_ = 0, spacing_ = 1;
  double beyond_ = 0, aliasing_ = 0, truncation_ = 0, common_ = 0;
  double size_ = 0, slope_ = 0, error_of_terms_ = 0;  // sums over the terms: of |a|, of v |a|, of their rounding
  std::vector<complex<double>> terms_;
  std::vector<double> sizes_;
  strike_grid all_;
};

}  // namespace carr_madan_detail

/// The European options of one maturity under a model in closed form, to a tolerance, by Carr and Madan's transform.
///
/// The error of a price, over the discount and the smaller of forward and strike, is bounded by parts of `error()`:
///  - sampling: a quarter of the tolerance. The spacing of the frequencies and the damping follow from it, by moments;
///  - truncation: |phi| beyond the last term is taken to be the largest of the last 16 and of those that are seen up to
///  32
///    times as high. Terms are added until what it leaves is a quarter of the tolerance;
///  - interpolation: bounded wave by wave. The strikes' spacing is chosen to keep it to a quarter of the tolerance;
///  - rounding: of the exponents, the transform and the angles.
/// Beyond the strike at which a moment bounds the price by the tolerance squared over 64, the price is 0 within that.
class carr_madan_method {
 public:
  /// Some hundred values of the characteristic function for the damping, and those of the terms.
  /// @param maturity years, (0, inf)
  /// @throws invalid_parameter for a maturity or a setting outside its range, or a forward whose discounted value is
  ///         beyond the largest number
  /// @throws no_answer where the model's formula is not finite, E exp(X) is not 1, no moment above the first or none
  /// below
  ///         0 is finite, the terms do not reach the tolerance, or rounding does not let them
  template <class Model>
  carr_madan_method(const Model& model, double maturity, const carr_madan_settings& settings = {}) {
    static_assert(detail::closed_form_is_checked<Model>);
    static_assert(detail::models_logarithm<Model>, "Carr and Madan's method is for models of log(S)");
    require_positive("maturity", maturity);
    require(settings.tolerance >= 1e-14 && settings.tolerance <= 0.1, "tolerance", settings.tolerance, "[1e-14, 0.1]");
    require(
        settings.largest_terms == 0 || (settings.largest_terms >= 32 && settings.largest_terms <= std::size_t{1} << 20),
        "largest_terms", std::uint64_t{settings.largest_terms}, "[32, 2^20], or 0");
    forward_ = model.asset().forward(maturity);
    discount_ = model.asset().discount(maturity);
    detail::require_payable("forward", forward_, discount_);
    const detail::counted_model<Model> counted(model, evaluations_);
    detail::require_martingale(counted, maturity);
    certain_ = detail::is_certain(counted, maturity);
    if (certain_) return;  // what is out of the money is worth nothing
    calls_ = carr_madan_detail::damped_side(counted, maturity, false, settings);
    puts_ = carr_madan_detail::damped_side(counted, maturity, true, settings);
    if (!(error() <= settings.tolerance)) {
      throw no_answer("the tolerance " + value_text(settings.tolerance) +
                      " is out of reach: the error of prices is up to " + value_text(error()) +
                      " of forward or strike");
    }
  }

  double forward() const { return forward_; }
  double discount() const { return discount_; }
  double call_damping() const { return calls_.damping(); }  ///< alpha
  double put_damping() const { return puts_.damping(); }    ///< -alpha - 1
  std::size_t terms() const { return calls_.terms() + puts_.terms(); }
  /// Values of the characteristic function that it took, those for the damping and the bounds among them.
  std::size_t evaluations() const { return evaluations_; }
  /// The largest error that a price out of the money may have, over its discount and the smaller of forward and strike.
  double error() const { return maximum(calls_.error(), puts_.error()); }

  /// Today's prices, each within its arbitrage bounds, with their errors. One transform a side at most, and some 30
  /// nanoseconds a strike.
  /// @throws invalid_parameter for a strike that is not positive, or beyond the largest number when discounted
  std::vector<estimate> prices(option_type type, const std::vector<double>& strikes) const {
    std::vector<double> above, below;
    for (const double strike : strikes) {
      detail::require_payable("strike", strike, discount_);
      if (strike >= forward_) {
        above.push_back(log(strike / forward_));
      } else {
        below.push_back(log(forward_ / strike));
      }
    }
    const std::vector<estimate> calls = calls_.values(above), puts = puts_.values(below);
    std::vector<estimate> result;
    std::size_t next_call = 0, next_put = 0;
    for (const double strike : strikes) {
      const bool call = strike >= forward_, in_the_money = call != (type == option_type::call);
      estimate e = call ? calls[next_call++] : puts[next_put++];
      const double unit = minimum(strike, forward_), intrinsic = in_the_money ? abs(forward_ - strike) : 0.0;
      const double value = rounded_product(unit, e.value) + intrinsic;
      e.value = rounded_product(discount_, value);
      // Where nothing else is uncertain, or forward and strike are subtracted, their rounding counts.
      const double rounded = in_the_money || certain_ ? unit + value : value;
      e.truncation_error = rounded_product(discount_, fma(unit, e.truncation_error, 0x1p-50 * rounded));
      result.push_back(e);
    }
    return result;
  }
  estimate price(option_type type, double strike) const { return prices(type, {strike})[0]; }

 private:
  double forward_ = 0, discount_ = 0;
  bool certain_ = false;
  std::size_t evaluations_ = 0;
  carr_madan_detail::damped_side calls_, puts_;
};

SPECTRALMC_LANES_NAMESPACE_END
}  // namespace spectralmc
