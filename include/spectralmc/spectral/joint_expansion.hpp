// The expansion of a joint law in products of cosines, from its joint spectrum, and expectations under it with their
// errors.
//
// On the rectangle [a1, b1] x [a2, b2] with u_j = j pi/(b1 - a1), v_k = k pi/(b2 - a2) a density has the expansion 4 /
// ((b1 - a1)(b2 - a2)) sum' A_jk cos(u_j (x - a1)) cos(v_k (y - a2)), terms with j = 0 halved and those with k = 0 too,
// where A_jk = E cos(u_j (X - a1)) cos(v_k (Y - a2)) = Re(phi(u_j, v_k) e^(-i(u_j a1 + v_k a2)) + phi(u_j, -v_k)
// e^(-i(u_j a1 - v_k a2)))/2 up to the mass outside: Ruijter, M. J. and Oosterlee, C. W. (2012), Two-dimensional
// Fourier cosine series expansion method for pricing financial options, SIAM J. Sci. Comput. 34(5). So E g(X, Y) = sum
// W_jk A_jk.
//
// For a simulated spectrum that is a mean over the paths of g_N(X, Y) = sum W_jk cos cos, j, k < N, and the mean of
// g_N^2 needs A at 2 N frequencies of each and nothing else. g_N^2 is a cosine polynomial of degree 2 N - 2, so its
// mean is the sum of its values at the 2N x 2N midpoints times weights that the A make once for all answers.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "spectralmc/allocation.hpp"
#include "spectralmc/errors.hpp"
#include "spectralmc/numeric/complex.hpp"
#include "spectralmc/numeric/elementary.hpp"
#include "spectralmc/numeric/estimate.hpp"
#include "spectralmc/numeric/matrix.hpp"
#include "spectralmc/spectral/cosine_expansion.hpp"
#include "spectralmc/spectral/cosine_law.hpp"
#include "spectralmc/spectral/joint_spectrum.hpp"
#include "spectralmc/spectral/sampling.hpp"

namespace spectralmc {
SPECTRALMC_LANES_NAMESPACE_BEGIN

namespace joint_detail {

/// cos(pi k (m + 1/2) / points) in row m < points and column k < count.
inline matrix_detail::matrix midpoint_cosines(std::size_t points, std::size_t count) {
  matrix_detail::matrix result(points, count);
  for (std::size_t m = 0; m < points; ++m) {
    const double turns = (static_cast<double>(m) + 0.5) / static_cast<double>(2 * points);
    for (std::size_t k = 0; k < count; ++k) {
      double sine;
      sin_cos_2pi(detail::fraction_of_turn(static_cast<double>(k), turns), sine, result[m][k]);
    }
  }
  return result;
}

/// The integrals over the support of (x - centre)^power cos(u_k (x - lower)), k < count, power 0, 1 or 2.
inline std::vector<double> power_integrals(const interval& support, double centre, int power, std::size_t count) {
  const double low = support.lower - centre, high = support.upper - centre;
  std::vector<double> result(count, 0.0);
  result[0] = power == 0   ? support.width()
              : power == 1 ? 0.5 * fma(high, high, -rounded_product(low, low))
                           : fma(high * high, high, -rounded_product(low * low, low)) / 3;
  for (std::size_t k = 1; k < count && power > 0; ++k) {
    const double frequency = static_cast<double>(k) * (pi / support.width());
    const double sign = k % 2 == 0 ? 1 : -1;
    result[k] = (power == 1 ? sign - 1 : 2 * fma(sign, high, -low)) / (frequency * frequency);
  }
  return result;
}

}  // namespace joint_detail

/// Means, deviations and covariance of two quantities.
struct joint_moments {
  double mean[2], deviation[2], covariance;
};

/// The coefficients A_jk of a joint spectrum and sums over them. Axis 0 is that of X, axis 1 that of Y.
class joint_expansion {
 public:
  /// `edge_mass` is what a closed form may have outside the rectangle.
  /// @throws invalid_parameter unless the grids are those of the supports' cosine expansions, with at least 2 terms (4
  ///         frequencies of each for a simulated spectrum)
  joint_expansion(const joint_spectrum& source, double edge_mass)
      : axes_{source.first(), source.second()},
        samples_(source.samples()),
        unit_roundoff_(source.unit_roundoff()),
        coefficients_(coefficients_of(source, source.values())),
        weights_(0, 0),
        cosines_{matrix_detail::matrix(0, 0), matrix_detail::matrix(0, 0)},
        edge_mass_(simulated() ? static_cast<double>(source.outside()) / static_cast<double>(paths()) : edge_mass) {
    for (std::size_t i = 0; i < 2; ++i) {
      const std::size_t count = axes_[i].grid.size();
      terms_[i] = simulated() ? count / 2 : count;
      require(terms_[i] >= 2, "frequency count", std::uint64_t{count},
              "at least 2 terms (4 frequencies for a simulated spectrum)");
    }
    for (std::size_t r = 0; r < samples_.replicates(); ++r) {
      replicates_.push_back(coefficients_of(source, source.replicate_values(r)));
    }
    judge_last_coefficients();
    if (simulated() && replicates_.empty()) {
      for (std::size_t i = 0; i < 2; ++i)
        cosines_[i] = joint_detail::midpoint_cosines(axes_[i].grid.size(), axes_[i].grid.size());
      make_midpoint_weights();
    }
    choose_density_terms();
  }

  const joint_spectrum::axis& axis(std::size_t i) const { return axes_[i]; }
  const sampling& samples() const { return samples_; }
  bool simulated() const { return samples_.simulated(); }
  std::uint64_t paths() const { return samples_.paths(); }
  std::size_t count(std::size_t axis) const { return axes_[axis].grid.size(); }       ///< of coefficients
  std::size_t terms(std::size_t axis) const { return terms_[axis]; }                  ///< that answers use
  std::size_t density_terms(std::size_t axis) const { return density_terms_[axis]; }  ///< that the density uses
  const matrix_detail::matrix& coefficients() const { return coefficients_; }
  /// Whether the terms resolve the law: the last coefficients do not stand out of their noise, or have fallen below
  /// 1e-6 for a closed form. Where they do not, truncation errors are extrapolated, and large.
  bool resolved() const { return resolved_; }
  /// Size of the last coefficients where the law is not resolved, otherwise 0.
  double last_size() const { return last_size_; }
  /// The mass that the law may have outside the rectangle.
  double edge_mass() const { return edge_mass_; }

  /// cos(u_k (x - lower)) of one axis.
  std::vector<double> waves(std::size_t axis, double x) const {
    const interval& support = axes_[axis].support;
    std::vector<double> result(axes_[axis].grid.size());
    const double turns = 0.5 * (x - support.lower) / support.width();
    for (std::size_t k = 0; k < result.size(); ++k) {
      double sine;
      sin_cos_2pi(detail::fraction_of_turn(static_cast<double>(k), turns), sine, result[k]);
    }
    return result;
  }

  /// 2 / width times the first waves at each of a list of points, in rows; those of frequency 0 halved.
  matrix_detail::matrix waves_at(std::size_t axis, const std::vector<double>& points, std::size_t count) const {
    matrix_detail::matrix result(points.size(), count);
    for (std::size_t i = 0; i < points.size(); ++i) {
      const std::vector<double> wave = scaled(axis, waves(axis, points[i]));
      std::copy(wave.begin(), wave.begin() + static_cast<std::ptrdiff_t>(count), result[i]);
    }
    return result;
  }

  /// Integrals of the waves over a part of the support.
  std::vector<double> ones(std::size_t axis, const interval& part) const {
    const interval& support = axes_[axis].support;
    cosine_integrals integrals(support, std::clamp(part.lower, support.lower, support.upper),
                               std::clamp(part.upper, support.lower, support.upper));
    std::vector<double> result(axes_[axis].grid.size());
    for (std::size_t k = 0; k < result.size(); ++k) {
      integrals.at(k);
      result[k] = integrals.of_one();
    }
    return result;
  }

  /// Integrals of (x - centre)^power times the waves over the support, power 0, 1 or 2.
  std::vector<double> powers(std::size_t axis, double centre, int power) const {
    return joint_detail::power_integrals(axes_[axis].support, centre, power, axes_[axis].grid.size());
  }

  /// 2 / width times the integrals, the first halved.
  std::vector<double> scaled(std::size_t axis, std::vector<double> integrals) const {
    for (double& x : integrals) x *= 2 / axes_[axis].support.width();
    integrals[0] *= 0.5;
    return integrals;
  }

  /// How far from a point a sample may be that is outside the support by its width at most.
  double reach(std::size_t axis, double centre) const {
    const interval& support = axes_[axis].support;
    const double margin = simulated() || edge_mass_ > 1e-6 ? support.width() : 0;
    return std::fmax(support.upper + margin - centre, centre - support.lower + margin);
  }

  /// E g(X) h(Y) by so many terms, from the integrals of g and h times the waves, with its errors. `largest` bounds |g
  /// h| where pairs outside lie.
  estimate expectation_of_product(const std::vector<double>& first, const std::vector<double>& second, double largest,
                                  std::size_t first_terms, std::size_t second_terms) const {
    const std::vector<double> x = scaled(0, first), y = scaled(1, second);
    matrix_detail::matrix w(x.size(), y.size());
    for (std::size_t j = 0; j < x.size(); ++j) {
      for (std::size_t k = 0; k < y.size(); ++k) w[j][k] = rounded_product(x[j], y[k]);
    }
    return weighted(w, largest, first_terms, second_terms);
  }

  /// sum W_jk A_jk over so many terms, with its errors. `largest` bounds the payoff where pairs outside lie.
  estimate weighted(const matrix_detail::matrix& w, double largest, std::size_t first_terms,
                    std::size_t second_terms) const {
    estimate result;
    result.paths = paths();
    result.replicates = static_cast<std::uint32_t>(replicates_.size());
    double size = 0, weight_size = 0;
    for (std::size_t j = first_terms; j-- > 0;) {
      double sum = 0;
      for (std::size_t k = second_terms; k-- > 0;) {
        sum = fma(w[j][k], coefficients_[j][k], sum);
        size = fma(std::fabs(w[j][k]), std::fabs(coefficients_[j][k]), size);
        weight_size += std::fabs(w[j][k]);
      }
      result.value += sum;
    }
    if (!is_finite(result.value))
      throw no_answer("the expectation is not finite: the payoff overflows on the rectangle");
    result.truncation_error = terms_left_out(w, first_terms, second_terms) + rounded_product(0x1p-51, size) +
                              rounded_product(edge_mass_, largest);
    if (simulated()) result.standard_error = standard_error(w, first_terms, second_terms, result.value, weight_size);
    return result;
  }

  /// sum W_jk A_jk over the terms, alone.
  double sum_of(const matrix_detail::matrix& w) const {
    double sum = 0;
    for (std::size_t j = 0; j < terms_[0]; ++j) {
      for (std::size_t k = 0; k < terms_[1]; ++k) sum = fma(w[j][k], coefficients_[j][k], sum);
    }
    return sum;
  }

  /// The moments, without their errors.
  joint_moments central() const {
    const auto value = [&](const std::vector<double>& first, const std::vector<double>& second) {
      const std::vector<double> x = scaled(0, first), y = scaled(1, second);
      double sum = 0;
      for (std::size_t j = 0; j < terms_[0]; ++j) {
        double row = 0;
        for (std::size_t k = 0; k < terms_[1]; ++k) row = fma(y[k], coefficients_[j][k], row);
        sum = fma(x[j], row, sum);
      }
      return sum;
    };
    joint_moments m{};
    for (std::size_t axis = 0; axis < 2; ++axis) {
      const interval& support = axes_[axis].support;
      const double middle = fma(0.5, support.width(), support.lower);
      const auto of = [&](double centre, int power) {
        return axis == 0 ? value(powers(0, centre, power), powers(1, 0, 0))
                         : value(powers(0, 0, 0), powers(1, centre, power));
      };
      m.mean[axis] = middle + of(middle, 1);
      m.deviation[axis] = sqrt(std::fmax(of(m.mean[axis], 2), 0.0));
    }
    m.covariance = value(powers(0, m.mean[0], 1), powers(1, m.mean[1], 1));
    return m;
  }

  /// The estimated covariance of the means of X and Y over the samples, by those over replicates: the covariance of a
  /// sum is what its variance has beyond those of its parts.
  double covariance_of_means() const {
    const auto mean = [&](std::size_t r, std::size_t axis) {
      const std::vector<double> weights = scaled(axis, powers(axis, 0, 1));
      const matrix_detail::matrix& a = replicates_[r];
      double sum = 0;
      for (std::size_t k = 0; k < terms_[axis]; ++k) {
        sum = fma(weights[k], axis == 0 ? a[k][0] : a[0][k], sum);
      }
      return sum;
    };
    const auto variance = [&](double first, double second) {
      return samples_.variance_of_mean([] { return 0.0; },
                                       [&](std::size_t r) { return fma(first, mean(r, 0), second * mean(r, 1)); });
    };
    return 0.25 * (variance(1, 1) - variance(1, -1));
  }

 private:
  static matrix_detail::matrix coefficients_of(const joint_spectrum& source,
                                               const std::vector<complex<double>>& values) {
    const joint_spectrum::axis &x = source.first(), &y = source.second();
    for (const joint_spectrum::axis* axis : {&x, &y}) {
      const double ratio = pi / axis->support.width() / axis->grid.step();
      require(std::fabs(ratio - 1) <= 1e-9, "frequency step", axis->grid.step(), "pi / support.width()");
    }
    matrix_detail::matrix result(x.grid.size(), y.grid.size());
    const auto turned = [](double number, const interval& support) {
      complex<double> phase(1, 0);
      sin_cos_2pi(detail::fraction_of_turn(number, support.lower / (2 * support.width())), phase.im, phase.re);
      return conj(phase);
    };
    for (std::size_t j = 0; j < result.rows; ++j) {
      const complex<double> first = turned(static_cast<double>(j), x.support);
      const complex<double>* const row = values.data() + j * (2 * result.columns - 1) + (result.columns - 1);
      for (std::size_t k = 0; k < result.columns; ++k) {
        const complex<double> second = turned(static_cast<double>(k), y.support);
        const complex<double> with = row[k], against = *(row - k);
        result[j][k] = 0.5 * ((with * first * second).re + (against * first * conj(second)).re);
      }
    }
    return result;
  }

  double terms_left_out(const matrix_detail::matrix& w, std::size_t first_terms, std::size_t second_terms) const {
    const auto share = [&](std::size_t j, std::size_t k) {
      return std::fmax(static_cast<double>(j) / static_cast<double>(first_terms),
                       static_cast<double>(k) / static_cast<double>(second_terms));
    };
    if (!resolved_) {
      // Cauchy's inequality for the last octave and the one before, and a geometric series on from there.
      double weights[2] = {0, 0}, squares[2] = {0, 0};
      const double whole = static_cast<double>(w.rows) / static_cast<double>(first_terms);
      for (std::size_t j = 0; j < w.rows; ++j) {
        for (std::size_t k = 0; k < w.columns; ++k) {
          const double part = share(j, k) / whole;
          if (part < 0.25) continue;
          const std::size_t octave = part < 0.5 ? 0 : 1;
          weights[octave] = fma(w[j][k], w[j][k], weights[octave]);
          squares[octave] = fma(coefficients_[j][k], coefficients_[j][k], squares[octave]);
        }
      }
      const double before = sqrt(weights[0]) * sqrt(squares[0]), next = sqrt(weights[1]) * sqrt(squares[1]);
      return next / (next < 0.9 * before ? 1 - next / before : 0.1);
    }
    // Frames around the terms taken, an eighth of them wide each; for a closed form the last one within.
    constexpr std::size_t frames = 8;
    double sums[frames] = {}, last = 0;
    for (std::size_t j = 0; j < w.rows; ++j) {
      for (std::size_t k = 0; k < w.columns; ++k) {
        const double part = share(j, k);
        if (!simulated() && part >= 0.875) last = fma(std::fabs(w[j][k]), std::fabs(coefficients_[j][k]), last);
        if (part < 1 || part >= 2) continue;
        const auto frame = static_cast<std::size_t>((part - 1) * frames);
        sums[frame] = fma(w[j][k], coefficients_[j][k], sums[frame]);
      }
    }
    if (!simulated()) return last;
    double sum = 0, largest = 0;
    for (const double frame : sums) {
      sum += frame;
      largest = std::fmax(largest, std::fabs(sum));
    }
    return largest;
  }

  double standard_error(const matrix_detail::matrix& w, std::size_t first_terms, std::size_t second_terms, double mean,
                        double weight_size) const {
    if (!replicates_.empty()) return standard_error_of_replicates(w, first_terms, second_terms);
    if (paths() < 2) return std::numeric_limits<double>::infinity();
    matrix_detail::matrix taken(first_terms, second_terms);
    for (std::size_t j = 0; j < first_terms; ++j) std::copy(w[j], w[j] + second_terms, taken[j]);
    taken[0][0] -= mean;
    // g_N less its mean at the midpoints.
    const matrix_detail::matrix in_x = matrix_detail::product(cosines_[0], taken, first_terms);
    const matrix_detail::matrix values =
        matrix_detail::product(in_x, matrix_detail::transposed(cosines_[1]), second_terms);
    double second_moment = 0;
    for (std::size_t i = 0; i < values.values.size(); ++i) {
      second_moment = fma(rounded_product(values.values[i], values.values[i]), weights_.values[i], second_moment);
    }
    const auto count = static_cast<double>(first_terms + second_terms);
    const double accuracy = 2 * unit_roundoff_ * count / sqrt(static_cast<double>(paths()));
    const double variance =
        std::fmax(second_moment, 0.0) + rounded_product(accuracy, rounded_product(weight_size, weight_size));
    return sqrt(variance / static_cast<double>(paths() - 1));
  }

  double standard_error_of_replicates(const matrix_detail::matrix& w, std::size_t first_terms,
                                      std::size_t second_terms) const {
    std::vector<double> means;
    for (const matrix_detail::matrix& a : replicates_) {
      double mean = 0;
      for (std::size_t j = 0; j < first_terms; ++j) {
        for (std::size_t k = 0; k < second_terms; ++k) mean = fma(w[j][k], a[j][k], mean);
      }
      means.push_back(mean);
    }
    return sqrt(samples_.variance_of_mean([] { return 0.0; }, [&](std::size_t r) { return means[r]; }));
  }

  /// What the value of a cosine polynomial of degree below 2 N at each midpoint counts in its mean.
  void make_midpoint_weights() {
    matrix_detail::matrix scaled_coefficients = coefficients_;
    const double scale = 4 / (static_cast<double>(coefficients_.rows) * static_cast<double>(coefficients_.columns));
    for (std::size_t j = 0; j < coefficients_.rows; ++j) {
      for (std::size_t k = 0; k < coefficients_.columns; ++k) {
        scaled_coefficients[j][k] *= scale * (j == 0 ? 0.5 : 1.0) * (k == 0 ? 0.5 : 1.0);
      }
    }
    weights_ = matrix_detail::product(matrix_detail::product(cosines_[0], scaled_coefficients, coefficients_.rows),
                                      matrix_detail::transposed(cosines_[1]), coefficients_.columns);
  }

  /// As cosine_expansion judges them; the variance of a coefficient is 1/(4n) where there is nothing but noise.
  void judge_last_coefficients() {
    const matrix_detail::matrix& a = coefficients_;
    double squares = 0, correlation = 0, count = 0, largest = 0;
    for (std::size_t j = 0; j < a.rows; ++j) {
      for (std::size_t k = 0; k < a.columns; ++k) {
        const double square = rounded_product(a[j][k], a[j][k]);
        correlation += square;
        if (8 * j < 7 * a.rows && 8 * k < 7 * a.columns) continue;
        squares += square;
        count += 1;
        largest = std::fmax(largest, std::fabs(a[j][k]));
      }
    }
    const double freedom = std::fmax(count / (4 * correlation), 1.0);
    double noise = simulated() ? 0.25 / static_cast<double>(paths()) : 0;
    if (!replicates_.empty()) {
      noise = 0;
      for (std::size_t j = 0; j < a.rows; ++j) {
        for (std::size_t k = 8 * j < 7 * a.rows ? (7 * a.columns + 7) / 8 : 0; k < a.columns; ++k) {
          noise += variance_of_mean(j, k, 0) / count;
        }
      }
      noise /= std::fmax(0.1, 1 - 2 * sqrt(12 / (freedom * static_cast<double>(replicates_.size() - 1))));
    }
    const double threshold = fma(noise, fma(2.0, sqrt(12 / freedom), 24 / freedom + 1), 1e-12);
    resolved_ = simulated() ? squares <= rounded_product(count, threshold) : largest <= 1e-6;
    last_size_ = resolved_ ? 0 : simulated() ? sqrt(squares / count) : largest;
  }

  /// Of A_jk as a mean over the samples, given the variance of one where they are independent.
  double variance_of_mean(std::size_t j, std::size_t k, double of_one) const {
    return samples_.variance_of_mean([&] { return of_one; }, [&](std::size_t r) { return replicates_[r][j][k]; });
  }

  /// The share of the terms with the least estimated mean integrated squared error, in 64ths.
  void choose_density_terms() {
    density_terms_[0] = terms_[0];
    density_terms_[1] = terms_[1];
    if (!simulated()) return;
    double least = 0, risk = 0;
    std::size_t before[2] = {0, 0};
    for (std::size_t part = 1; part <= 64; ++part) {
      const std::size_t end[2] = {(std::max)(std::size_t{2}, terms_[0] * part / 64),
                                  (std::max)(std::size_t{2}, terms_[1] * part / 64)};
      for (std::size_t j = 0; j < end[0]; ++j) {
        for (std::size_t k = 0; k < end[1]; ++k) {
          if ((j < before[0] && k < before[1]) || j + k == 0) continue;
          const double a = coefficients_[j][k];
          const double variance =
              fma(-a, a, 0.25 * (1 + coefficients_[2 * j][0] + coefficients_[0][2 * k] + coefficients_[2 * j][2 * k]));
          const double share = (j == 0 ? 0.5 : 1.0) * (k == 0 ? 0.5 : 1.0);
          risk = fma(share, fma(-a, a, 2 * variance_of_mean(j, k, variance)), risk);
        }
      }
      before[0] = end[0];
      before[1] = end[1];
      if (risk < least) {
        least = risk;
        density_terms_[0] = end[0];
        density_terms_[1] = end[1];
      }
    }
  }

  joint_spectrum::axis axes_[2];
  sampling samples_;
  double unit_roundoff_;
  matrix_detail::matrix coefficients_;
  std::vector<matrix_detail::matrix> replicates_;  // the coefficients over each
  matrix_detail::matrix weights_;                  // of the midpoints, for a simulated law of independent paths
  matrix_detail::matrix cosines_[2];               // at the midpoints, likewise
  std::size_t terms_[2] = {0, 0}, density_terms_[2] = {0, 0};
  double edge_mass_, last_size_ = 0;
  bool resolved_ = false;
};

SPECTRALMC_LANES_NAMESPACE_END
}  // namespace spectralmc
