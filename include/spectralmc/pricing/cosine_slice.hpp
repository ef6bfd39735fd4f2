// One maturity under one model by the COS method (pricing/cosine_method.hpp), as a block of threads computes it: its
// interval, its terms with their errors, and prices in packs of strikes.
#pragma once

#include <cstddef>
#include <cstdint>

#include "spectralmc/configuration.hpp"
#include "spectralmc/numeric/complex.hpp"
#include "spectralmc/numeric/elementary.hpp"
#include "spectralmc/numeric/estimate.hpp"
#include "spectralmc/numeric/lanes.hpp"
#include "spectralmc/numeric/strided.hpp"
#include "spectralmc/numeric/value.hpp"
#include "spectralmc/parallel/block.hpp"
#include "spectralmc/pricing/cosine_series.hpp"
#include "spectralmc/spectral/cumulants.hpp"
#include "spectralmc/spectral/exponents.hpp"

namespace spectralmc {

/// Why a maturity has no terms. (As wide as a double: what stands beside one is copied from devices without gaps.)
enum class slice_refusal : std::int64_t {
  none,
  certain,         ///< the law has no width, as without volatility
  no_interval,     ///< Chernoff's bound finds none at once
  not_normalised,  ///< phi(0) is not 1
  not_finite,      ///< the model's formula, at a frequency
  many_terms       ///< more than there is room for, or the tolerance is out of reach
};

/// What prices of one maturity stand on, but for the coefficients.
struct cosine_slice {
  double spot = 0, forward = 0, discount = 0;
  interval support{0, 0};  ///< of log(S / S(0))
  bool certain = false;    ///< S(maturity) is the forward
  std::size_t terms = 0;
  double constant = 0;  ///< the sum of the weights of cosines
  double series_error = 0, rounding = 0, error = 0;
  double digital_series_error = 0, digital_rounding = 0, digital_error = 0;

  /// The largest error of a price of `unit` with that relative error, both undiscounted.
  SPECTRALMC_HOST_DEVICE double error_of(double unit, double relative, double rounded) const {
    return rounded_product(discount, fma(unit, relative, rounded));
  }
  /// The largest error of a price.
  SPECTRALMC_HOST_DEVICE double error_of_price(double strike) const {
    return error_of(strike, error, fma(0x1p-50, forward, 0x1p-50 * strike));
  }
};

SPECTRALMC_LANES_NAMESPACE_BEGIN

/// Where logarithms of strikes lie in the interval, from 0 to 1, with sine and cosine of pi times that.
template <class V, int Strikes>
struct cosine_places {
  V share[Strikes], sine[Strikes], cosine[Strikes];

  SPECTRALMC_HOST_DEVICE cosine_places(const cosine_slice& slice, const V (&strike)[Strikes]) {
    const V lower(slice.support.lower), upper(slice.support.upper);
    for (int i = 0; i < Strikes; ++i) {
      const V kappa = minimum(maximum(log(strike[i] * V(1 / slice.spot)), lower), upper);
      share[i] = (kappa - lower) / V(slice.support.width());
      sin_cos_2pi(V(0.5) * share[i], sine[i], cosine[i]);
    }
  }
};

/// The strike, or the highest that the interval reaches: from there on calls are worth the same, which parity with a
/// very high strike would lose.
template <class V>
SPECTRALMC_HOST_DEVICE V reached_strike(const cosine_slice& slice, V strike) {
  return minimum(strike, V(slice.certain ? slice.forward : slice.spot * exp(slice.support.upper)));
}

/// Puts, undiscounted, within their bounds.
template <class V, int Strikes>
SPECTRALMC_HOST_DEVICE void undiscounted_puts(const cosine_slice& slice, const cosine_weights& weights,
                                              const V (&strike)[Strikes], V (&puts)[Strikes]) {
  const V zero(0.0), forward(slice.forward);
  if (slice.certain) {
    for (int i = 0; i < Strikes; ++i) puts[i] = maximum(strike[i] - forward, zero);
    return;
  }
  const double lowest = slice.spot * exp(slice.support.lower);
  // All of the folded law is below the highest strike: from there on a put grows like its strike.
  V inner[Strikes], waves[Strikes];
  for (int i = 0; i < Strikes; ++i) inner[i] = reached_strike(slice, strike[i]);
  const cosine_places<V, Strikes> at(slice, inner);
  cosine_waves(weights, at.sine, at.cosine, waves);
  for (int i = 0; i < Strikes; ++i) {
    // The first term: the integral of K - S(0) e^y up to kappa, over the width.
    const V first = at.share[i] + V(lowest / slice.support.width()) / inner[i] - V(1 / slice.support.width());
    const V put = rounded_product(inner[i], first + waves[i] + V(lowest * slice.constant) / inner[i]);
    const V value = select(at.share[i] > zero, put, zero) + (strike[i] - inner[i]);
    puts[i] = minimum(maximum(value, maximum(strike[i] - forward, zero)), strike[i]);
  }
}

/// Prices kept within their arbitrage bounds: a put is worth the expansion, a call what parity says.
template <class V, int Strikes>
SPECTRALMC_HOST_DEVICE void cosine_prices(const cosine_slice& slice, const cosine_weights& weights,
                                          const mask_of<V> (&is_call)[Strikes], const V (&strike)[Strikes],
                                          V (&prices)[Strikes]) {
  const V zero(0.0), forward(slice.forward);
  V inner[Strikes];
  for (int i = 0; i < Strikes; ++i) inner[i] = select(is_call[i], reached_strike(slice, strike[i]), strike[i]);
  V puts[Strikes];
  undiscounted_puts(slice, weights, inner, puts);
  for (int i = 0; i < Strikes; ++i) {
    const V call = minimum(maximum((puts[i] - inner[i]) + forward, zero), forward);
    prices[i] = rounded_product(select(is_call[i], call, puts[i]), V(slice.discount));
  }
}

/// The derivatives by a parameter of prices, of calls and puts alike, given the weights that are made of the
/// derivatives of the coefficients, and the sum of those of cosines.
template <class V, int Strikes>
SPECTRALMC_HOST_DEVICE void cosine_derivatives(const cosine_slice& slice, const cosine_weights& weights,
                                               double constant, const cosine_places<V, Strikes>& at,
                                               const V (&strike)[Strikes], V (&derivatives)[Strikes]) {
  const double lowest = slice.spot * exp(slice.support.lower);
  const V zero(0.0), one(1.0);
  V waves[Strikes];
  cosine_waves(weights, at.sine, at.cosine, waves);
  for (int i = 0; i < Strikes; ++i) {
    const V value = fma(strike[i], waves[i], V(lowest * constant));
    const V inside = select(at.share[i] > zero, value, zero);
    derivatives[i] = rounded_product(select(at.share[i] < one, inside, zero), V(slice.discount));
  }
}

/// How many packs of strikes go together where there are as many: what the processor's registers hold.
inline constexpr int strike_packs = lane_count<lanes<double>> >= 8 ? 4 : 2;

/// Calls body(strikes, i) with packs of the thread's own of these strikes, of which the first is number i.
template <class Block, class Body>
SPECTRALMC_HOST_DEVICE void for_strikes(const Block& threads, std::uint32_t thread, const double* strikes,
                                        std::size_t count, const Body& body) {
  using V = typename Block::template number<double>;
  constexpr std::size_t width = lane_count<V>;
  constexpr int packs = width > 1 ? strike_packs : 1;
  for (std::size_t k = thread * width * packs; k < count; k += threads.size() * width * packs) {
    if (k + width * packs / 2 < count) {
      V strike[packs];
      for (int i = 0; i < packs; ++i) strike[i] = load_within<V>(strikes, k + i * width, count);
      body(strike, k);
    } else {
      for (std::size_t i = k; i < count; i += width) {
        const V strike[1] = {load_within<V>(strikes, i, count)};
        body(strike, i);
      }
    }
  }
}

/// What a block computes of one maturity, with what its threads share.
///
/// `Memory` has room for coefficients: bool reach(std::size_t terms), which may move them, and double*
/// coefficients(), cosine_weights() and sine_weights().
template <class Block, class Exponent>
class cosine_slice_program {
 public:
  using exponents = detail::block_exponents<Block, Exponent>;
  static constexpr std::uint32_t terms_at_once = 32;

  struct storage {
    typename exponents::storage values;
    double modulus[terms_at_once], coefficient[terms_at_once], weight[terms_at_once];
    double rounding[terms_at_once], digital_rounding[terms_at_once];
  };

  struct limits {
    double tolerance;           ///< [1e-14, 0.1]
    std::size_t largest_terms;  ///< 32 and more
    bool digitals;              ///< whether terms are taken for digital options as well
  };

  SPECTRALMC_HOST_DEVICE cosine_slice_program(const Block& threads, const Exponent& exponent, double maturity,
                                              storage& shared)
      : exponents_(threads, exponent, shared.values), maturity_(maturity), shared_(shared) {}

  SPECTRALMC_HOST_DEVICE detail::rough_moments rough_moments() const {
    return detail::rough_moments_of(exponents_, maturity_);
  }

  SPECTRALMC_HOST_DEVICE bool is_certain() const { return detail::is_certain(exponents_, maturity_); }

  /// An interval that X leaves with that probability at most, or one without width. Any exponent gives a bound, and a
  /// coarse grid is quick.
  SPECTRALMC_HOST_DEVICE interval range(double mass, detail::rough_moments rough) const {
    for (int fine = 0; fine < 2; ++fine) {
      const chernoff_grid grid = fine == 0 ? chernoff_grid{0.25, 1.25} : chernoff_grid{0x1p-7, 1.125};
      const interval found{-chernoff_distance(exponents_, 0.5 * mass, -1, rough.mean, rough.deviation, grid),
                           chernoff_distance(exponents_, 0.5 * mass, 1, rough.mean, rough.deviation, grid)};
      if (found.width() > 0 && found.width() < 50 * rough.deviation) return found;
    }
    return {0, 0};
  }

  /// Sets the slice's terms and errors, given all before them: takes terms in blocks until those left out are within a
  /// quarter of the tolerance. `shift` is log(forward / spot). Of a formula that is not finite `frequency` says where.
  SPECTRALMC_CALLS_AS_INSTANTIATED template <class Memory>
  SPECTRALMC_HOST_DEVICE slice_refusal expand(double shift, const limits& limit, Memory& memory, cosine_slice& slice,
                                              double& frequency) const {
    const double allowed = 0.25 * limit.tolerance, width = slice.support.width(), step = pi / width;
    double size = 0, digital_size = 0, largest = 0, last = 0, tail = 0;
    std::size_t wanted = 0, looked_from = 0;
    // At waves that come back beyond the last term.
    const auto look_beyond = [&] {
      const moduli_beyond beyond(exponents_, last);
      looked_from = slice.terms;
      slice.series_error = rounded_product(maximum(largest, beyond.largest()), tail);
      slice.digital_series_error = rounded_product(2 / pi, beyond.sum_over_terms(largest));
    };
    for (std::size_t first = 0; first < limit.largest_terms; first += terms_at_once) {
      if (!memory.reach(first + terms_at_once)) return slice_refusal::many_terms;
      const auto frequency_of = [&](std::uint32_t j) { return rounded_product(step, static_cast<double>(first + j)); };
      exponents_.take(terms_at_once, [&](std::uint32_t j) { return complex<double>(frequency_of(j), 0); });
      if (first == 0 && !(abs(exponents_[0]) < 1e-12)) return slice_refusal::not_normalised;
      take_terms(first, step, shift, width, slice.support.lower, memory.coefficients() + first,
                 memory.cosine_weights() + first, memory.sine_weights() + first);
      largest = 0;
      for (std::uint32_t j = 0; j < terms_at_once; ++j) {
        if (!is_finite(shared_.modulus[j]) || !is_finite(shared_.coefficient[j])) {
          frequency = frequency_of(j);
          return slice_refusal::not_finite;
        }
        largest = maximum(largest, shared_.modulus[j]);
        if (first + j == 0) continue;
        slice.constant += shared_.weight[j];
        size = fma(shared_.rounding[j], abs(shared_.weight[j]), size);
        digital_size = fma(shared_.digital_rounding[j], abs(shared_.coefficient[j]), digital_size);
      }
      slice.terms = first + terms_at_once;
      const double count = static_cast<double>(slice.terms - 1);
      last = step * count;
      tail = 2 * width * (2 + 1 / last) / (pi * pi * count);
      slice.series_error = rounded_product(largest, tail);
      if (slice.series_error > allowed || slice.terms < wanted) continue;
      if (limit.digitals && largest > allowed) continue;
      look_beyond();
      if (slice.series_error <= allowed && !(limit.digitals && slice.digital_series_error > allowed)) break;
      wanted = slice.terms + slice.terms / 2;  // it comes back: not to be looked for at every block
    }
    if (looked_from != slice.terms) look_beyond();
    const double ends = abs(slice.support.lower) + abs(slice.support.upper);
    slice.rounding = 0x1p-52 * (size + 1 + 4 / width + ends);
    slice.digital_rounding = 0x1p-52 * fma(2 / pi * (1 + ends / width), digital_size, 4.0);
    slice.error = allowed + slice.series_error + slice.rounding;
    slice.digital_error = minimum(slice.error + slice.digital_series_error + slice.digital_rounding, 1.0);
    return slice_refusal::none;
  }

  /// All of that for options alone, given spot, forward and discount, and the interval of X if it is known: if it has a
  /// width.
  template <class Memory>
  SPECTRALMC_HOST_DEVICE slice_refusal prepare(double shift, const limits& limit, interval known, Memory& memory,
                                               cosine_slice& slice) const {
    if (!(known.width() > 0)) {
      const detail::rough_moments rough = rough_moments();
      if (!(rough.deviation > 0)) return slice_refusal::certain;
      known = range(0.25 * limit.tolerance, rough);
      if (!(known.width() > 0)) return slice_refusal::no_interval;
    }
    slice.support = {known.lower + shift, known.upper + shift};
    double frequency;
    const slice_refusal refusal = expand(shift, limit, memory, slice, frequency);
    if (refusal != slice_refusal::none) return refusal;
    return slice.error <= limit.tolerance ? slice_refusal::none : slice_refusal::many_terms;
  }

 private:
  /// Coefficients and weights of the terms whose exponents the block has.
  SPECTRALMC_HOST_DEVICE void take_terms(std::size_t first, double step, double shift, double width, double lower,
                                         double* coefficients, double* cosine_weights, double* sine_weights) const {
    using V = typename Block::template number<double>;
    exponents_.threads().phase([&](std::uint32_t thread) {
      for_elements<double>(exponents_.threads(), thread, terms_at_once, [&](std::uint32_t j) {
        double numbers[lane_count<V>];
        for (std::size_t i = 0; i < lane_count<V>; ++i) numbers[i] = static_cast<double>(first + j + i);
        const V n = load<V>(numbers), u = rounded_product(V(step), n), zero(0.0), one(1.0), two(2.0);
        const complex<V> exponent = exponents_.template pack<V>(j);
        V sine, cosine;
        sin_cos(fma(u, V(shift - lower), exponent.im), sine, cosine);
        const V modulus = exp(exponent.re), coefficient = rounded_product(modulus, cosine);
        const V weight = two * coefficient / (V(width) * fma(u, u, one));
        store(coefficient, coefficients + j);
        store(weight, cosine_weights + j);
        store(select(n > zero, weight / u, zero), sine_weights + j);
        store(modulus, shared_.modulus + j);
        store(coefficient, shared_.coefficient + j);
        store(weight, shared_.weight + j);
        store((n + V(8.0)) * (two + one / u), shared_.rounding + j);
        store((n + V(8.0)) / n, shared_.digital_rounding + j);
      });
    });
  }

  exponents exponents_;
  double maturity_;
  storage& shared_;
};

SPECTRALMC_LANES_NAMESPACE_END
}  // namespace spectralmc
