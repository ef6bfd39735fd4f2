// The cosine expansion of a law from its spectrum, and expectations under it with their errors.
//
// On [a, b] with u_k = k pi/(b - a) a density f has the expansion 2/(b-a) sum' A_k cos(u_k (x - a)), the first term
// halved, where A_k = E cos(u_k (X - a)) = Re(phi(u_k) exp(-i u_k a)) up to the mass outside [a, b] (Fang and Oosterlee
// 2008). So E g(X) = sum_k W_k A_k with W_k = 2/(b-a) times the cosine integral of g, W_0 halved.
//
// For a simulated spectrum A_k is a mean over the paths, and so is the sum: of g_N(X) = sum_k W_k cos(u_k (X - a)). Its
// variance needs E[cos(u_j y) cos(u_k y)] = (A_{j+k} + A_{|j-k|})/2 and nothing else: a spectrum at 2N frequencies
// holds the error bars of all expectations with N terms.
#pragma once

#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

#include "spectralmc/numeric/elementary.hpp"
#include "spectralmc/numeric/estimate.hpp"
#include "spectralmc/spectral/spectrum.hpp"

namespace spectralmc {

/// Integrals over [c, d] within [a, b] of g(y) cos(u_k (y - a)), g = 1, y - c, and exp(y), for one k at a time.
/// Angles are taken in turns, which keeps their reduction exact.
class cosine_integrals {
 public:
  cosine_integrals(interval support, double c, double d)
      : support_(support),
        c_(c),
        d_(d),
        turns_c_(0.5 * (c - support.lower) / support.width()),
        turns_d_(0.5 * (d - support.lower) / support.width()) {}

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

  /// of exp(y); `exp_c` and `exp_d` are exp(c) and exp(d)
  double of_exponential(double exp_c, double exp_d) const {
    const double at_d = exp_d * fma(frequency_, sine_d_, cosine_d_);
    const double at_c = fma(frequency_, sine_c_, cosine_c_);
    return fma(-exp_c, at_c, at_d) / fma(frequency_, frequency_, 1.0);
  }

 private:
  interval support_;
  double c_, d_, turns_c_, turns_d_;
  double frequency_ = 0, sine_c_ = 0, cosine_c_ = 1, sine_d_ = 0, cosine_d_ = 1;
};

/// The coefficients A_k of a spectrum and sums over them.
class cosine_expansion {
 public:
  explicit cosine_expansion(const spectrum& source)
      : support_(source.support()),
        paths_(source.paths()),
        outside_(source.simulated() ? static_cast<double>(source.outside()) / static_cast<double>(source.paths()) : 0) {
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
    }
    terms_ = source.simulated() ? coefficients_.size() / 2 : coefficients_.size();
    require(terms_ >= 2, "frequency count", std::uint64_t{source.size()},
            "at least 2 terms (4 frequencies for a simulated spectrum)");
  }

  interval support() const { return support_; }
  std::size_t terms() const { return terms_; }                            ///< N: terms that answers use
  std::size_t coefficient_count() const { return coefficients_.size(); }  ///< 2N for a simulated spectrum, else N
  double coefficient(std::size_t k) const { return coefficients_[k]; }
  bool simulated() const { return paths_ != 0; }
  std::uint64_t paths() const { return paths_; }

  /// Variance of cos(u_k (X - a)): (1 + A_2k)/2 - A_k^2.
  double coefficient_variance(std::size_t k) const {
    return fma(-coefficients_[k], coefficients_[k], 0.5 * (1 + coefficients_[2 * k]));
  }

  /// E g(X) where `integral(k)` is the integral over [a, b] of g(y) cos(u_k (y - a)), called with k = 0, 1, ... in
  /// order, and `largest` bounds |g| near the ends of the interval. With `terms` fewer terms can be taken. O(terms) for
  /// a closed form; O(terms^2) for a simulated one, where the standard error is a quadratic form.
  ///
  /// The truncation error reported is the sum of the terms that come next (simulated) or the size of the last eighth
  /// (closed form), and what the mass outside the interval could contribute.
  template <class Integral>
  estimate expectation(Integral&& integral, double largest, std::size_t terms) const {
    std::vector<double> weights(coefficients_.size());
    const double scale = 2 / support_.width();
    for (std::size_t k = 0; k < weights.size(); ++k) weights[k] = scale * integral(k);
    weights[0] *= 0.5;
    estimate result;
    result.paths = paths_;
    for (std::size_t k = terms; k-- > 0;) result.value = fma(weights[k], coefficients_[k], result.value);
    if (simulated()) {
      double left_out = 0;
      for (std::size_t k = terms; k < weights.size(); ++k) left_out = fma(weights[k], coefficients_[k], left_out);
      result.truncation_error = fma(outside_, std::fabs(largest), std::fabs(left_out));
      result.standard_error = standard_error(weights, terms, result.value);
    } else {
      double last = 0;
      for (std::size_t k = terms - terms / 8; k < terms; ++k) {
        last = fma(std::fabs(weights[k]), std::fabs(coefficients_[k]), last);
      }
      result.truncation_error = fma(edge_mass(), std::fabs(largest), last);
    }
    return result;
  }

  template <class Integral>
  estimate expectation(Integral&& integral, double largest) const {
    return expectation(integral, largest, terms_);
  }

  /// The mass that the law may have outside the interval: for a closed form the density at the ends times a tenth of
  /// the interval, for a simulated one the share of samples seen there.
  double edge_mass() const {
    if (simulated()) return outside_;
    double at_lower = 0, at_upper = 0;
    for (std::size_t k = terms_; k-- > 1;) {
      at_lower += coefficients_[k];
      at_upper += k % 2 == 0 ? coefficients_[k] : -coefficients_[k];
    }
    const double half = 0.5 * coefficients_[0];
    return 0.2 * (std::fabs(half + at_lower) + std::fabs(half + at_upper));
  }

 private:
  double standard_error(const std::vector<double>& w, std::size_t terms, double mean) const {
    if (paths_ < 2) return std::numeric_limits<double>::infinity();  // one path says nothing of its own error
    // E g^2 = sum_jk w_j w_k (A_{j+k} + A_{|j-k|})/2
    double second_moment = 0;
    for (std::size_t j = 0; j < terms; ++j) {
      double row = 0;
      for (std::size_t k = 0; k <= j; ++k) row = fma(w[k], coefficients_[j + k] + coefficients_[j - k], row);
      for (std::size_t k = j + 1; k < terms; ++k) row = fma(w[k], coefficients_[j + k] + coefficients_[k - j], row);
      second_moment = fma(w[j], row, second_moment);
    }
    const double variance = fma(-mean, mean, 0.5 * second_moment);
    return sqrt(std::fmax(variance, 0.0) / static_cast<double>(paths_));
  }

  interval support_;
  std::uint64_t paths_;
  double outside_;
  std::vector<double> coefficients_;
  std::size_t terms_ = 0;
};

}  // namespace spectralmc
