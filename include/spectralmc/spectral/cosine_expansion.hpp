// The cosine expansion of a law from its spectrum, and expectations under it with their errors.
//
// On [a, b] with u_k = k pi/(b - a) a density f has the expansion 2/(b-a) sum' A_k cos(u_k (x - a)), the first term
// halved, where A_k = E cos(u_k (X - a)) = Re(phi(u_k) exp(-i u_k a)) up to the mass outside [a, b] (Fang and Oosterlee
// 2008). So E g(X) = sum_k W_k A_k with W_k = 2/(b-a) times the cosine integral of g, W_0 halved.
//
// For a simulated spectrum A_k is a mean over the paths, and so is the sum: of g_N(X) = sum_k W_k cos(u_k (X - a)). Its
// variance needs E[cos(u_j y) cos(u_k y)] = (A_{j+k} + A_{|j-k|})/2 and nothing else: a spectrum at 2N frequencies
// holds the error bars of all expectations with N terms. Where the paths are replicates' the sum is taken over each,
// and what they differ by is the error.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include "spectralmc/configuration.hpp"
#include "spectralmc/errors.hpp"
#include "spectralmc/numeric/elementary.hpp"
#include "spectralmc/numeric/estimate.hpp"
#include "spectralmc/spectral/cosine_law.hpp"
#include "spectralmc/spectral/sampling.hpp"
#include "spectralmc/spectral/spectrum.hpp"

namespace spectralmc {
SPECTRALMC_LANES_NAMESPACE_BEGIN

/// Integrals over [c, d] within [a, b] of g(y) cos(u_k (y - a)), g = 1, y - c, d - y and exp(y - e) - 1, for one
/// k at a time.
/// Angles are taken in turns, which keeps their reduction exact.
class cosine_integrals {
 public:
  /// `level` is the e of exp(y - e) - 1; it may lie outside [c, d].
  cosine_integrals(interval support, double c, double d, double level = 0)
      : support_(support),
        c_(c),
        d_(d),
        turns_c_(0.5 * (c - support.lower) / support.width()),
        turns_d_(0.5 * (d - support.lower) / support.width()),
        level_c_(c - level),
        level_d_(d - level),
        growth_c_(expm1(level_c_)),
        growth_d_(expm1(level_d_)) {}

  /// Moves to frequency k.
  void at(std::size_t k) {
    const auto number = static_cast<double>(k);
    frequency_ = number * (pi / support_.width());
    sin_cos_2pi(detail::fraction_of_turn(number, turns_c_), sine_c_, cosine_c_);
    sin_cos_2pi(detail::fraction_of_turn(number, turns_d_), sine_d_, cosine_d_);
  }

  double of_one() const { return frequency_ == 0 ? d_ - c_ : (sine_d_ - sine_c_) / frequency_; }

  /// of y - c
  double of_distance() const {
    const double width = d_ - c_;
    if (frequency_ == 0) return 0.5 * width * width;
    return fma(width, sine_d_, (cosine_d_ - cosine_c_) / frequency_) / frequency_;
  }

  /// of d - y
  double of_remainder() const {
    const double width = d_ - c_;
    if (frequency_ == 0) return 0.5 * width * width;
    return fma(-width, sine_c_, (cosine_c_ - cosine_d_) / frequency_) / frequency_;
  }

  /// of exp(y - e) - 1. By parts, so that nothing cancels where the interval is small.
  double of_growth() const {
    if (frequency_ == 0) {
      // Where e is far from the interval, the difference of what exceeds it at either end would lose |c - e| / width
      // units in the last place. Above, the exponentials could overflow before they meet.
      const double width = d_ - c_;
      if (width < 32) return fma(growth_c_, width, exp(level_c_) * growth_excess(width, expm1(width)));
      return growth_excess(level_d_, growth_d_) - growth_excess(level_c_, growth_c_);
    }
    return antiderivative(growth_d_, sine_d_, cosine_d_) - antiderivative(growth_c_, sine_c_, cosine_c_);
  }

 private:
  /// exp(x) - 1 - x, given growth = exp(x) - 1.
  static double growth_excess(double x, double growth) {
    if (!(abs(x) < 0.03125)) return growth - x;
    // Taylor's series; the first term left out is below 2^-53 of the sum.
    double sum = 1.0 / 362880;
    for (const double factorial : {40320.0, 5040.0, 720.0, 120.0, 24.0, 6.0, 2.0}) sum = fma(sum, x, 1 / factorial);
    return rounded_product(x * x, sum);
  }

  /// Of (exp(y - e) - 1) cos(u_k (y - a)), with growth = exp(y - e) - 1 and the sine and cosine of u_k (y - a).
  double antiderivative(double growth, double sine, double cosine) const {
    const double slope = fma(frequency_, growth, -1 / frequency_);
    return fma(sine, slope, (1 + growth) * cosine) / fma(frequency_, frequency_, 1.0);
  }

  interval support_;
  double c_, d_, turns_c_, turns_d_, level_c_, level_d_, growth_c_, growth_d_;
  double frequency_ = 0, sine_c_ = 0, cosine_c_ = 1, sine_d_ = 0, cosine_d_ = 1;
};

/// What a sample outside the interval can do to E g(X), at most: |g(x) - g(its mirror image inside)|, by where x is. A
/// sample is far that is outside by more than half the width of the interval; others have their mirror images in the
/// half next to them.
struct outside_effect {
  double below, above, far_below, far_above;

  outside_effect(double anywhere)  // NOLINT(google-explicit-constructor): a bound on |g| is one on all four
      : outside_effect(anywhere, anywhere, anywhere, anywhere) {}
  outside_effect(double if_below, double if_above, double if_far_below, double if_far_above)
      : below(std::fabs(if_below)),
        above(std::fabs(if_above)),
        far_below(std::fabs(if_far_below)),
        far_above(std::fabs(if_far_above)) {}
};

/// The coefficients A_k of a spectrum and sums over them.
class cosine_expansion {
 public:
  explicit cosine_expansion(const spectrum& source)
      : support_(source.support()),
        samples_(source.samples()),
        unit_roundoff_(source.unit_roundoff()),
        replicates_(source.samples().replicates()) {
    // The grid may be finer than the interval needs; only its own multiples of pi/(b - a) can be used.
    const double ratio = pi / support_.width() / source.grid().step();
    const double stride = std::round(ratio);
    require(std::fabs(ratio - stride) <= 1e-9 * ratio, "frequency step", source.grid().step(),
            "pi / support.width() divided by a whole number");
    const auto step = static_cast<std::size_t>(stride);
    const double start_turns = support_.lower / (2 * support_.width());
    for (std::size_t k = 0; k * step < source.size(); ++k) {
      double sine, cosine;
      sin_cos_2pi(detail::fraction_of_turn(static_cast<double>(k), start_turns), sine, cosine);
      const complex<double> value = source[k * step];
      coefficients_.push_back(fma(value.re, cosine, value.im * sine));
      for (std::size_t r = 0; r < replicates_.size(); ++r) {
        const complex<double> own = source.replicate_values(r)[k * step];
        replicates_[r].push_back(fma(own.re, cosine, own.im * sine));
      }
      roundings_.push_back(source.simulated()
                               ? rounded_product(0x1p-51, std::fabs(coefficients_.back()))
                               : rounding_of_formula(value, source.grid().step() * static_cast<double>(k * step),
                                                     source.quantity().logarithmic));
    }
    terms_ = source.simulated() ? coefficients_.size() / 2 : coefficients_.size();
    require(terms_ >= 2, "frequency count", std::uint64_t{source.size()},
            "at least 2 terms (4 frequencies for a simulated spectrum)");
    judge_last_coefficients();
    if (source.simulated()) {
      const outside_samples& out = source.outside_by_side();
      const auto share = [&](std::uint64_t n) { return static_cast<double>(n) / static_cast<double>(paths()); };
      edge_mass_ = share(out.total);
      outside_ = {share(out.below), share(out.above), share(out.far_below), share(out.far_above)};
    } else {
      // An estimate from the density at both ends, which rounding is a part of: not to be told apart by side.
      edge_mass_ = mass_near_the_ends();
      outside_ = edge_mass_;
    }
  }

  interval support() const { return support_; }
  std::size_t terms() const { return terms_; }                            ///< N: terms that answers use
  std::size_t coefficient_count() const { return coefficients_.size(); }  ///< 2N for a simulated spectrum, else N
  double coefficient(std::size_t k) const { return coefficients_[k]; }
  const sampling& samples() const { return samples_; }
  bool simulated() const { return samples_.simulated(); }
  std::uint64_t paths() const { return samples_.paths(); }

  /// Variance of cos(u_k (X - a)): (1 + A_2k)/2 - A_k^2.
  double coefficient_variance(std::size_t k) const {
    return fma(-coefficients_[k], coefficients_[k], 0.5 * (1 + coefficients_[2 * k]));
  }
  /// Variance of A_k as a mean over the samples, for k below terms().
  double variance_of_mean(std::size_t k) const {
    return samples_.variance_of_mean([&] { return coefficient_variance(k); },
                                     [&](std::size_t r) { return replicates_[r][k]; });
  }

  /// Whether the terms resolve the law: the last coefficients of a simulated spectrum do not stand out of their noise;
  /// those of a closed form have fallen below 1e-6. Where they do not, truncation errors are extrapolated, and large.
  bool resolved() const { return resolved_; }

  /// Root mean square of the last coefficients where the law is not resolved, otherwise 0.
  double last_size() const { return last_size_; }

  /// E g(X) where `integral(k)` is the integral over [a, b] of g(y) cos(u_k (y - a)), called with k = 0, 1, ... in
  /// order, and `effect` says what samples outside the interval can do: a bound on |g|, or one by side. With `terms`
  /// fewer terms can be taken. O(terms) for a closed form; for a simulated one O(terms^2), the standard error being a
  /// quadratic form, or O(terms x replicates).
  ///
  /// The truncation error is the sum of three: the terms left out, what the mass outside the interval could contribute,
  /// and rounding. The terms left out are, for a simulated spectrum, those that it holds beyond `terms`, by the largest
  /// of their partial sums; for a closed form the sizes of the last eighth. Where the law is not resolved they are
  /// bounded octave by octave, and the octaves beyond the spectrum extrapolated as a geometric series.
  /// @throws no_answer where the sum is not finite
  template <class Integral>
  estimate expectation(Integral&& integral, const outside_effect& effect, std::size_t terms) const {
    std::vector<double> integrals(coefficients_.size());
    for (std::size_t k = 0; k < integrals.size(); ++k) integrals[k] = integral(k);
    return expectation_by(std::move(integrals), effect, terms);
  }

  template <class Integral>
  estimate expectation(Integral&& integral, const outside_effect& effect) const {
    return expectation(integral, effect, terms_);
  }

  /// The value of `expectation` alone, in O(terms).
  template <class Integral>
  double value_of_expectation(Integral&& integral) const {
    double sum = rounded_product(0.5, integral(std::size_t{0}));
    for (std::size_t k = 1; k < terms_; ++k) sum = fma(integral(k), coefficients_[k], sum);
    return rounded_product(2 / support_.width(), sum);
  }

  struct value_and_slope {
    double value, slope;
  };

  /// P(X <= x) by the first N terms, as it comes out, and its derivative. O(N).
  value_and_slope distribution_function(double x) const {
    const double share = (x - support_.lower) / support_.width();
    const cosine_law_sums sums = cosine_law_sums_at(coefficients_.data(), terms_, share);
    return {fma(2 / pi, sums.waves, share), 2 / support_.width() * (0.5 + sums.cosines)};
  }

  /// The same at the `count` + 1 points a + j (b - a)/count. O(N count).
  std::vector<double> distribution_function_on_grid(std::size_t count) const {
    std::vector<double> sines(2 * count), values(count + 1);
    for (std::size_t j = 0; j < sines.size(); ++j) {
      double cosine;
      const double turns = static_cast<double>(j) / static_cast<double>(sines.size());
      sin_cos_2pi(j <= count ? turns : turns - 1, sines[j], cosine);
    }
    for (std::size_t j = 0; j <= count; ++j) values[j] = static_cast<double>(j) / static_cast<double>(count);
    for (std::size_t k = 1; k < terms_; ++k) {
      const double weight = coefficients_[k] / (0.5 * pi * static_cast<double>(k));
      const std::size_t stride = k % sines.size();
      for (std::size_t j = 0, angle = 0; j <= count; ++j) {
        values[j] = fma(weight, sines[angle], values[j]);
        angle += stride;
        if (angle >= sines.size()) angle -= sines.size();
      }
    }
    return values;
  }

  /// The mass that the law may have outside the interval: for a closed form the density at the ends times a tenth of
  /// the interval, for a simulated one the share of samples seen there.
  double edge_mass() const { return edge_mass_; }
  /// The most of it that may be on one side.
  double mass_below() const { return outside_.below; }
  double mass_above() const { return outside_.above; }

 private:
  /// `expectation` with the integrals known.
  estimate expectation_by(std::vector<double> weights, const outside_effect& effect, std::size_t terms) const {
    const double scale = 2 / support_.width();
    for (double& weight : weights) weight *= scale;
    weights[0] *= 0.5;
    estimate result;
    result.paths = paths();
    result.replicates = static_cast<std::uint32_t>(replicates_.size());
    double rounding = 0;
    for (std::size_t k = terms; k-- > 0;) {
      result.value = fma(weights[k], coefficients_[k], result.value);
      rounding = fma(std::fabs(weights[k]), roundings_[k], rounding);
    }
    if (!is_finite(result.value))
      throw no_answer("the expectation is not finite: the payoff overflows on the interval");
    const double left_out = terms_left_out(weights, terms);
    result.truncation_error = left_out + effect_of_outside(effect) + rounding;
    if (simulated()) result.standard_error = standard_error(weights, terms, result.value);
    return result;
  }

  /// What the rounding of a closed form's phi, of the angle that turns it and of the weight of its term can be in that
  /// term: a formula's logarithm is off by some units in its last place, whatever its size, and angles by one in
  /// theirs. Logarithms of prices over S(0) have the rounding of that quotient, however small they are.
  double rounding_of_formula(const complex<double>& value, double frequency, bool logarithmic) const {
    const double size = abs(value);
    if (!(size > 0)) return 0;
    const double reach = std::fmax(std::fabs(support_.lower), std::fabs(support_.upper)) + (logarithmic ? 1 : 0);
    return 4 * unit_roundoff_ * size * fma(frequency, reach + support_.width(), 8 * (1 - std::fmin(log(size), 0.0)));
  }

  /// Where the law is not resolved the sums would ring with the peak that is not: an exponential filter (Gottlieb, D.
  /// and Shu, C.-W. (1997), On the Gibbs phenomenon and its resolution, SIAM Review 39(4)) leaves the density at the
  /// ends, which are far from it.
  double mass_near_the_ends() const {
    double at_lower = 0, at_upper = 0;
    for (std::size_t k = terms_; k-- > 1;) {
      const double share = static_cast<double>(k) / static_cast<double>(terms_), square = share * share;
      const double value = resolved_ ? coefficients_[k] : rounded_product(coefficients_[k], exp(-36 * square * square));
      at_lower += value;
      at_upper += k % 2 == 0 ? value : -value;
    }
    const double half = 0.5 * coefficients_[0];
    return 0.2 * (std::fabs(half + at_lower) + std::fabs(half + at_upper));
  }

  double effect_of_outside(const outside_effect& effect) const {
    const auto product = [](double mass, double each) { return mass > 0 ? rounded_product(mass, each) : 0.0; };
    const double by_side = product(outside_.below - outside_.far_below, effect.below) +
                           product(outside_.above - outside_.far_above, effect.above) +
                           product(outside_.far_below, effect.far_below) +
                           product(outside_.far_above, effect.far_above);
    // What may be on either side is on one.
    const double largest =
        std::fmax(std::fmax(effect.below, effect.above), std::fmax(effect.far_below, effect.far_above));
    return std::fmin(by_side, product(edge_mass_, largest));
  }

  /// Takes the last eighth of the coefficients. Over n paths the square of one is 1/(2n) in the mean where there is
  /// nothing but noise, and the mean over m of them has a variance of 2/m times its square, times 1 + 2 sum A_j^2,
  /// since neighbours j apart are correlated by A_j. Like a chi-square of so many degrees of freedom it exceeds 1 + 2
  /// sqrt(x/d) + 2x/d of its mean with probability exp(-x) (Laurent, B. and Massart, P. (2000), Adaptive estimation of
  /// a quadratic functional by model selection, Ann. Statist. 28(5)); x = 12 counts as standing out. Over replicates
  /// the noise is what they have themselves, known from as many of them less one for each degree of freedom: the
  /// quotient exceeds that threshold over the least that the noise's own sum of squares falls to with that probability,
  /// 1 - 2 sqrt(x/d) of its mean (ibid.).
  void judge_last_coefficients() {
    const std::size_t count = coefficients_.size(), last = (std::min)(count, (std::max)(std::size_t{8}, count / 8));
    double squares = 0, correlation = 0.5;
    for (std::size_t k = count - last; k < count; ++k) squares = fma(coefficients_[k], coefficients_[k], squares);
    for (std::size_t k = 1; k < last; ++k) correlation = fma(coefficients_[k], coefficients_[k], correlation);
    const auto m = static_cast<double>(last);
    const double freedom = 0.5 * m / correlation;
    double noise = simulated() ? 0.5 / static_cast<double>(paths()) : 0;
    if (!replicates_.empty()) {
      noise = 0;
      for (std::size_t k = count - last; k < count; ++k) {
        noise += samples_.variance_of_mean([] { return 0.0; }, [&](std::size_t r) { return replicates_[r][k]; }) / m;
      }
      noise /= std::fmax(0.1, 1 - 2 * sqrt(12 / (freedom * static_cast<double>(replicates_.size() - 1))));
    }
    const double threshold = fma(noise, fma(2.0, sqrt(12 / freedom), 24 / freedom + 1), 1e-12);
    resolved_ = squares <= rounded_product(m, threshold);
    last_size_ = resolved_ ? 0 : sqrt(squares / m);
  }

  /// The largest partial sum of |sum W_k A_k| over k = begin ... end - 1.
  double largest_partial_sum(const std::vector<double>& weights, std::size_t begin, std::size_t end) const {
    double sum = 0, largest = 0;
    for (std::size_t k = begin; k < end; ++k) {
      sum = fma(weights[k], coefficients_[k], sum);
      largest = std::fmax(largest, std::fabs(sum));
    }
    return largest;
  }

  double terms_left_out(const std::vector<double>& weights, std::size_t terms) const {
    if (!resolved_ && terms == terms_) {
      const std::size_t count = weights.size();
      return extrapolated(bound_of_sum(weights, count / 2, count), bound_of_sum(weights, count / 4, count / 2));
    }
    if (simulated()) {
      // Where fewer terms are taken than there are, the next ones are signal and those after them noise.
      const std::size_t some = (std::max)(std::size_t{4}, terms / 4);
      return largest_partial_sum(weights, terms, terms < terms_ ? terms + some : weights.size());
    }
    double last = 0;
    for (std::size_t k = terms - terms / 8; k < terms; ++k) {
      last = fma(std::fabs(weights[k]), std::fabs(coefficients_[k]), last);
    }
    return last;
  }

  /// |sum W_k A_k| over k = begin ... end - 1 is at most this, by Cauchy and Schwarz.
  double bound_of_sum(const std::vector<double>& weights, std::size_t begin, std::size_t end) const {
    double weight_squares = 0, squares = 0;
    for (std::size_t k = begin; k < end; ++k) {
      weight_squares = fma(weights[k], weights[k], weight_squares);
      squares = fma(coefficients_[k], coefficients_[k], squares);
    }
    return rounded_product(sqrt(weight_squares), sqrt(squares));
  }

  /// The sum of a geometric series that goes on from `before` to `next`, with a ratio of 0.9 at most.
  static double extrapolated(double next, double before) {
    const double ratio = next < 0.9 * before ? next / before : 0.9;
    return next / (1 - ratio);
  }

  double standard_error(const std::vector<double>& w, std::size_t terms, double mean) const {
    if (!replicates_.empty()) return standard_error_of_replicates(w, terms);
    if (paths() < 2) return std::numeric_limits<double>::infinity();  // one path says nothing of its own error
    // E (g - mean)^2 = sum_jk w_j w_k (A_{j+k} + A_{|j-k|})/2, the mean taken off w_0.
    const double first = w[0] - mean;
    const auto weight = [&](std::size_t k) { return k == 0 ? first : w[k]; };
    double second_moment = 0, size = 0;
    for (std::size_t j = 0; j < terms; ++j) {
      double row = rounded_product(first, coefficients_[j] + coefficients_[j]);
      for (std::size_t k = 1; k <= j; ++k) row = fma(w[k], coefficients_[j + k] + coefficients_[j - k], row);
      for (std::size_t k = j + 1; k < terms; ++k) row = fma(w[k], coefficients_[j + k] + coefficients_[k - j], row);
      second_moment = fma(weight(j), row, second_moment);
      size += std::fabs(weight(j));
    }
    // What the rounding of the coefficients can be in this sum: measured, their errors are some N / sqrt(paths)
    // roundings of the arithmetic of the paths.
    const double accuracy = 2 * unit_roundoff_ * static_cast<double>(terms) / sqrt(static_cast<double>(paths()));
    const double rounding = rounded_product(accuracy, rounded_product(size, size));
    const double variance = std::fmax(0.5 * second_moment, 0.0) + rounding;
    return sqrt(variance / static_cast<double>(paths() - 1));
  }

  double standard_error_of_replicates(const std::vector<double>& w, std::size_t terms) const {
    std::vector<double> means;
    for (const std::vector<double>& coefficients : replicates_) {
      double mean = 0;
      for (std::size_t k = terms; k-- > 0;) mean = fma(w[k], coefficients[k], mean);
      means.push_back(mean);
    }
    return sqrt(samples_.variance_of_mean([] { return 0.0; }, [&](std::size_t r) { return means[r]; }));
  }

  interval support_;
  sampling samples_;
  double unit_roundoff_;
  double edge_mass_ = 0;
  outside_effect outside_ = 0;                    // shares of the samples, the far ones among the others
  std::vector<double> coefficients_, roundings_;  // and what the rounding of each can be
  std::vector<std::vector<double>> replicates_;   // the coefficients over each
  std::size_t terms_ = 0;
  bool resolved_ = false;
  double last_size_ = 0;
};

SPECTRALMC_LANES_NAMESPACE_END
}  // namespace spectralmc
