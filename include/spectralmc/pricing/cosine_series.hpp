// The series of the COS method (pricing/cosine_method.hpp), and what is left out of them.
#pragma once

#include <cmath>
#include <cstddef>
#include <vector>

#include "spectralmc/numeric/elementary.hpp"
#include "spectralmc/numeric/lanes.hpp"
#include "spectralmc/spectral/exponents.hpp"

namespace spectralmc {

SPECTRALMC_LANES_NAMESPACE_BEGIN

/// The trigonometric polynomial of puts in closed form: with coefficients A_n, or their derivatives by a parameter, a
/// put of strike K is, undiscounted,
///
///   A_0 (K share - (K - lowest) / width) + K waves(angle) + lowest constant,   angle = pi share,
///
/// share = (kappa - a) / (b - a), lowest = S(0) exp(a).
class cosine_series {
 public:
  /// Adds the next coefficient, n >= 1, u = n pi / width. @return its weight in the sums
  double add(double coefficient, double u, double width) {
    const double weight = 2 * coefficient / (width * fma(u, u, 1.0));
    cosine_weights_.push_back(weight);
    sine_weights_.push_back(weight / u);
    constant_ += weight;
    return weight;
  }

  double constant() const { return constant_; }

  /// The sum of weight_n (sin(n angle) / u_n - cos(n angle)), given sine and cosine of the angle, by Clenshaw's
  /// recurrence.
  template <class V>
  V waves(V sine, V cosine) const {
    const V twice = cosine + cosine, zero(0.0);
    V s1 = zero, s2 = zero, c1 = zero, c2 = zero;
    for (std::size_t n = sine_weights_.size(); n-- > 0;) {
      const V s = fma(twice, s1, V(sine_weights_[n]) - s2), c = fma(twice, c1, V(cosine_weights_[n]) - c2);
      s2 = s1;
      s1 = s;
      c2 = c1;
      c1 = c;
    }
    return fma(sine, s1, c2 - rounded_product(cosine, c1));
  }

 private:
  std::vector<double> sine_weights_, cosine_weights_;  // n = 1, 2, ...
  double constant_ = 0;
};

/// The largest moduli of the characteristic function in the five octaves from a frequency on: jumps of nearly one
/// size bring it back.
struct moduli_beyond {
  double of_octave[5] = {0, 0, 0, 0, 0};

  template <class Model>
  moduli_beyond(const Model& model, double maturity, double last) {
    constexpr std::size_t near_by = 96, all = 144;
    double re[all], im[all], multiple[all];
    for (std::size_t j = 0; j < all; ++j) {
      const double golden = rounded_product(0.6180339887498949, static_cast<double>(j + 1)),
                   share = golden - std::floor(golden);
      multiple[j] = j < near_by ? fma(3.0, share, 1.0) : fma(28.0, share, 4.0);
      re[j] = last * multiple[j];
      im[j] = 0;
    }
    detail::replace_by_log_moduli(model, maturity, re, im, all);
    for (std::size_t j = 0; j < all; ++j) {
      std::size_t octave = 0;
      while (octave < 4 && multiple[j] >= static_cast<double>(std::size_t{2} << octave)) ++octave;
      of_octave[octave] = maximum(of_octave[octave], exp(re[j]));
    }
  }

  double largest() const {
    double result = 0;
    for (const double modulus : of_octave) result = maximum(result, modulus);
    return result;
  }

  /// A bound on the sum of |phi(u_n)| / n beyond, given the modulus at its begin: over an octave the sum of 1 / n is
  /// log(2) at most.
  double sum_over_terms(double at_begin) const {
    double sum = maximum(at_begin, of_octave[0]);
    for (std::size_t i = 1; i < 5; ++i) sum += of_octave[i];
    if (of_octave[4] > 0) {
      double ratio = 0;
      for (std::size_t i = 2; i < 5; ++i) ratio = maximum(ratio, of_octave[i] / of_octave[i - 1]);
      if (!(ratio < 0.99)) return 2;  // it does not fall: nothing is known
      sum += of_octave[4] * ratio / (1 - ratio);
    }
    return 0.6931471805599453 * sum;
  }
};

SPECTRALMC_LANES_NAMESPACE_END
}  // namespace spectralmc
