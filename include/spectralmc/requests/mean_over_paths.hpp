// The error of a mean over paths, where many of them decide it and where few or none do.
//
// A mean over n paths has the standard error s / sqrt(n), with s the deviation of the sample, as long as s itself is
// known. The relative variance of s^2 is (kurtosis - 1) / n, so n / kurtosis is the number of paths that s rests on: k
// where k of the paths pay one and the same amount, n / 3 for a normal law. Below 16 of them, unless the kurtosis is 5
// or less, the interval of the central limit theorem covers too little (Brown, L. D., Cai, T. T. and DasGupta, A.
// (2001), Interval estimation for a binomial proportion, Statistical Science 16(2), for such payoffs), and paths that
// were not seen may weigh more than those that were. What is done then depends on what is known of the payoff:
//
// - It is within an interval of length b. Unseen values have a probability of 3.7 / n at most (97.5%; the "rule of
//   three" is 3 / n with 95%: Hanley, J. A. and Lippman-Hand, A. (1983), If nothing goes wrong, is everything all
//   right?, JAMA 249(13)), so 2 b / n is added to the standard error in quadrature: two pseudo-paths at the bound, as
//   Agresti, A. and Coull, B. A. (1998), Approximate is better than "exact" for interval estimation of binomial
//   proportions, The American Statistician 52(2), have for proportions.
// - It is an option whose parity is known: its counterpart, the put for a call, is priced from the same paths too.
// - Nothing: four times the largest deviation that was seen, over n, is added in quadrature. Below 3 paths, and where
//   nothing was paid on any, the error is infinite: such a sample says nothing of what it does not hold. Where all
//   paths paid the same, 4.6 / n of it (99%) is a part of the truncation error.
#pragma once

#include <cmath>
#include <cstddef>
#include <limits>

#include "spectralmc/configuration.hpp"
#include "spectralmc/numeric/estimate.hpp"
#include "spectralmc/numeric/lanes.hpp"
#include "spectralmc/numeric/strided.hpp"
#include "spectralmc/numeric/sums.hpp"
#include "spectralmc/numeric/value.hpp"
#include "spectralmc/payoffs/option_terms.hpp"

namespace spectralmc {

namespace detail {

/// The second and fourth moments of values about the mean of their chunk, in canonical order: sums of them over chunks
/// estimate those of the law without the cancellation of a difference of sums, and may be added like any others.
struct central_sums {
  static constexpr std::size_t count = 2;
  canonical_slots second, fourth;

  template <class V>
  SPECTRALMC_PRIMITIVE void clear(std::size_t slot) {
    store(V(0.0), second.slot + slot);
    store(V(0.0), fourth.slot + slot);
  }
  /// Adds the powers of a deviation, or of a pack of them in a row.
  template <class V>
  SPECTRALMC_PRIMITIVE void add(std::size_t index, V deviation) {
    const std::size_t slot = index % canonical_slot_count;
    const V square = deviation * deviation;
    store(fma(deviation, deviation, load<V>(second.slot + slot)), second.slot + slot);
    store(fma(square, square, load<V>(fourth.slot + slot)), fourth.slot + slot);
  }
  SPECTRALMC_HOST_DEVICE void totals(double* to) const {
    to[0] = second.total();
    to[1] = fourth.total();
  }
};

inline constexpr double least_paths = 3, enough_paths = 16;

/// Additions on the way of a value into a canonical sum over n paths.
inline double addition_depth(double n) { return std::fmin(n, 1024.0) / 16 + 12 + n / 8192; }

/// What the sums over n values tell of them. The central sums are of deviations in that unit from the means of chunks,
/// with so many degrees of freedom in all.
class sample_moments {
 public:
  sample_moments(double n, double freedom, double mean, const double* central, double unit)
      : count_(n), mean_(mean), unit_(unit) {
    const double floor = rounded_product(0x1p-50 / unit, mean);  // what rounding leaves of equal values
    second_ = std::fmax(central[0] / std::fmax(freedom, 1.0), floor * floor);
    fourth_ = central[1] / n;
    constant_ = !(central[0] > 4 * n * floor * floor);
  }

  double mean() const { return mean_; }
  /// The values differ by no more than rounding.
  bool constant() const { return constant_; }
  /// Paths that the variance rests on.
  double effective_paths() const { return constant_ || !(fourth_ > 0) ? 0 : count_ * second_ * (second_ / fourth_); }
  /// Whether these are enough, be it for want of tails: a kurtosis of 5 is little more than a normal law's.
  bool decided() const {
    return effective_paths() >= enough_paths || (effective_paths() >= least_paths && count_ <= 5 * effective_paths());
  }
  double standard_error() const { return unit_ * sqrt(second_ / count_); }
  /// The largest deviation or somewhat more.
  double largest() const { return unit_ * sqrt(sqrt(count_ * fourth_)); }

 private:
  double count_, mean_, unit_, second_ = 0, fourth_ = 0;
  bool constant_ = true;
};

/// sqrt(a^2 + b^2), where one may be infinite.
inline double in_quadrature(double a, double b) {
  const double greater = std::fmax(a, b), lesser = std::fmin(a, b);
  if (!(greater > 0) || !is_finite(greater)) return greater;
  return greater * sqrt(fma(lesser / greater, lesser / greater, 1.0));
}

/// The standard error of a mean of values within an interval of that length, which may be infinite.
inline double bounded_error(double n, const sample_moments& sample, double plain, double length) {
  return sample.decided() ? plain : in_quadrature(plain, 2 * length / n);
}

/// An option from its own payoffs, whose standard error is e.standard_error if enough paths pay, and from its
/// counterpart's, whose standard error is given too; undiscounted.
inline estimate with_parity(estimate e, const option_terms& terms, const sample_moments& own, bool all_finite,
                            const sample_moments& counterpart, double counterpart_error, bool positive) {
  if (own.decided()) return e;
  const auto n = static_cast<double>(e.paths);
  const double infinity = std::numeric_limits<double>::infinity();
  const double of_call = infinity, of_put = positive ? terms.strike : infinity;
  const double gain = terms.call ? terms.forward - terms.strike : terms.strike - terms.forward;
  e.standard_error = bounded_error(n, own, e.standard_error, terms.call ? of_call : of_put);
  if (!all_finite) return e;
  const double lower = positive ? std::fmax(gain, 0.0) : 0.0;
  const double upper = positive ? (terms.call ? terms.forward : terms.strike) : infinity;
  // Four standard errors, or more of few replicates', tell which of the two is wrong; less is left in the error.
  const double other = std::fmin(std::fmax(counterpart.mean() + gain, lower), upper);
  const double error = bounded_error(n, counterpart, counterpart_error, terms.call ? of_put : of_call);
  const double distance = std::fabs(e.value - other);
  if (distance > many_errors(e) * error && error < e.standard_error) {
    e.value = other;
    e.standard_error = error;
  } else {
    e.standard_error = std::fmin(e.standard_error, in_quadrature(error, distance));
  }
  // No error is larger than the distance from the farther bound.
  e.standard_error = std::fmin(e.standard_error, std::fmax(e.value - lower, upper - e.value));
  return e;
}

/// A payoff of which nothing is known.
inline estimate with_unseen_paths(estimate e, const sample_moments& sample) {
  const auto n = static_cast<double>(e.paths);
  if (sample.constant() && e.value != 0) {
    e.truncation_error += 4.6 * std::fabs(e.value) / n;
  } else if (sample.effective_paths() < least_paths) {
    e.standard_error = std::numeric_limits<double>::infinity();
  } else if (!sample.decided()) {
    e.standard_error = in_quadrature(e.standard_error, 4 * sample.largest() / n);
  }
  return e;
}

}  // namespace detail

}  // namespace spectralmc
