// From one date to the next under models whose variance is a square-root process: expectations of exp(i u X) times a
// function of the variance, given the variance before.
//
// The law of v' = v(t + length) given v = v(t), weighted with exp(i u (X(t + length) - X(t))), has the density
//
//   v'^(q) exp(E + a v - b v') h(zeta v v'),   q = 2 kappa theta / sigma^2 - 1,
//
// h being the Bessel function of order q without its power (numeric/bessel_function.hpp), and, with beta = kappa - i
// rho sigma u, d = sqrt(beta^2 + sigma^2 (u^2 + i u)), e = exp(-d length), g = sigma^2 (1 - e) / (2 d),
//
//   a = (beta - d (1 + e) / (1 - e)) / sigma^2,   b = (beta + d (1 + e) / (1 - e)) / sigma^2,   zeta = 4 e / g^2,
//   E = -kappa theta (u^2 + i u) length / (beta + d) - (q + 1) log g - log Gamma(q + 1).
//
// It is what E exp(i u X + c v') (models/affine_structure.hpp) is the transform of. Fang, F. and Oosterlee, C. W.
// (2011), A Fourier-based valuation method for Bermudan and barrier options under Heston's model, SIAM J. Financial
// Math. 2, take the conditional characteristic function of Broadie and Kaya, whose cuts have to be followed, and
// quadrature over log v, whose tail is long where q is near -1. Written as above there are no cuts: 1 - e and d lie in
// the right half plane. And all but the power is an entire function of v', so that the Gauss rule for the weight v'^q,
// or v'^(q - n), is accurate to rounding as soon as the density is resolved; its nodes lie close where the density is
// narrow, near 0.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <new>
#include <vector>

#include "spectralmc/errors.hpp"
#include "spectralmc/models/square_root_diffusion.hpp"
#include "spectralmc/numeric/bessel_function.hpp"
#include "spectralmc/numeric/complex.hpp"
#include "spectralmc/numeric/elementary.hpp"
#include "spectralmc/numeric/estimate.hpp"
#include "spectralmc/numeric/gamma_function.hpp"
#include "spectralmc/numeric/lanes.hpp"
#include "spectralmc/numeric/strided.hpp"

namespace spectralmc {

/// An interval that v(time) leaves with probability `mass` at most on either side, by Chernoff's bound; its lower end
/// is 0 where the law comes near it.
inline interval variance_range(const heston_parameters& p, double time, double mass) {
  const square_root_law law(p, p.mean_reversion, time);
  const double allowed = -log(mass);
  const auto exponent = [&](double c) { return law.exponent(complex<double>(c, 0)).re; };
  double upper = 1e300, lower = 0;
  double x = 1;  // c scale, or what is left of it to 1
  for (int i = 0; i < 100; ++i) {
    x *= 0.75;
    const double towards_one = x > 1e-6 ? 1 - x : x;
    for (const double c : {x / law.scale, towards_one / law.scale}) {
      upper = minimum(upper, (exponent(c) + allowed) / c);
    }
    for (const double c : {x / law.scale, 1 / (x * law.scale)}) lower = maximum(lower, (-allowed - exponent(-c)) / c);
  }
  return {lower, upper};
}

/// The nodes of a Gauss rule for functions of the variance on an interval, whose weight function is v^power.
struct variance_nodes {
  std::vector<double> at;           ///< ascending
  std::vector<double> log_weights;  ///< logarithms of the weights

  /// @param power (-1, inf), 0 unless the interval begins at 0
  variance_nodes(interval range, double power, std::size_t count) : at(count), log_weights(count) {
    // The recurrence of the orthonormal polynomials for the weight y^power on [0, 1]: those of Jacobi.
    std::vector<double> a(count), b(count);
    for (std::size_t i = 0; i < count; ++i) {
      const auto n = static_cast<double>(i);
      const double s = n + n + power;
      a[i] = i == 0 ? (1 + power) / (2 + power) : 0.5 + 0.5 * (power * power / (s * (s + 2)));
      const double m = n * (n + power) / s;
      b[i] = i == 0 ? 0 : m * m / ((s - 1) * (s + 1));
    }
    for (std::size_t j = 0; j < count; ++j) {
      // The number of eigenvalues below y of the Jacobi matrix, by Sturm's sequence.
      double lower = 0, upper = 1;
      for (int i = 0; i < 60; ++i) {
        const double y = 0.5 * (lower + upper);
        std::size_t below = 0;
        double pivot = 1;
        for (std::size_t n = 0; n < count; ++n) {
          pivot = (a[n] - y) - b[n] / pivot;
          if (pivot == 0) pivot = 1e-300;
          if (pivot < 0) ++below;
        }
        (below > j ? upper : lower) = y;
      }
      const double y = 0.5 * (lower + upper);
      double before = 0, now = 1, squares = 1;
      for (std::size_t n = 0; n + 1 < count; ++n) {
        const double next = fma(y - a[n], now, -rounded_product(sqrt(b[n]), before)) / sqrt(b[n + 1]);
        before = now;
        now = next;
        squares = fma(now, now, squares);
      }
      at[j] = fma(range.width(), y, range.lower);
      log_weights[j] = fma(power + 1, log(range.width()), -log((power + 1) * squares));
    }
  }

  std::size_t size() const { return at.size(); }
};

SPECTRALMC_LANES_NAMESPACE_BEGIN

/// The matrices M_k(i, j) for which sum_j M_k(i, j) g(v_j) is E[exp(i u_k X) g(v') | v = row i], v_j being the nodes.
class variance_transition {
 public:
  static constexpr std::size_t block = 8;  ///< rows are kept in blocks of so many

  /// @param power of the rule's weight function
  /// @param jumps  u -> log E exp(i u (the jumps of X)), independent of the rest
  /// @throws no_answer where the formula is not finite
  /// @throws allocation_error where there is no memory for them, 16 bytes an element at most
  template <class Jumps>
  variance_transition(const heston_parameters& p, double length, const variance_nodes& nodes, double power,
                      std::vector<double> rows, const std::vector<double>& frequencies, const Jumps& jumps)
      : rows_(rows.size()), first_(frequencies.size() + 1, 0) {
    while (rows.size() % block != 0) rows.push_back(rows.back());
    const double shape =
        2 * p.mean_reversion * p.long_run_variance / (p.volatility_of_variance * p.volatility_of_variance);
    const bessel_function bessel(shape - 1);
    std::vector<double> log_weights(nodes.size());
    for (std::size_t j = 0; j < nodes.size(); ++j) {
      log_weights[j] = fma(shape - 1 - power, log(nodes.at[j]), nodes.log_weights[j]) - log_gamma(shape);
    }
    double re[block], im[block];
    // At frequency 0 stands a density that none of the others exceeds: over a short step it is a narrow one.
    const weighted_density density(p, shape, length, 0);
    for (std::size_t from = 0; from < rows.size(); from += block) {
      band in{nodes.size(), 0};
      for (std::size_t j = 0; j < nodes.size(); ++j) {
        if (density.store(bessel, &rows[from], nodes.at[j], complex<double>(log_weights[j], 0), re, im) < negligible) {
          continue;
        }
        in = {(std::min)(in.begin, j), j + 1};
      }
      bands_.push_back({(std::min)(in.begin, in.end), in.end});
    }
    for (std::size_t k = 0; k < frequencies.size(); ++k) {
      const double u = frequencies[k];
      const weighted_density weighted(p, shape, length, u);
      const complex<double> of_jumps = jumps(complex<double>(u, 0));
      for (std::size_t b = 0; b < bands_.size(); ++b) {
        const std::size_t begin = parts_.size();
        grow(begin + bands_[b].size() * 2 * block);
        double largest = 0;
        double* part = parts_.data() + begin;
        for (std::size_t j = bands_[b].begin; j < bands_[b].end; ++j, part += 2 * block) {
          const double size =
              weighted.store(bessel, &rows[b * block], nodes.at[j], of_jumps + log_weights[j], part, part + block);
          if (!is_finite(size)) {
            throw no_answer("the transition of the variance is not finite at frequency " + value_text(u));
          }
          largest = maximum(largest, size);
        }
        // Higher variances have a wider law of X, and less of it at this frequency.
        if (largest < negligible) {
          parts_.resize(begin);
          break;
        }
      }
      first_[k + 1] = parts_.size();
    }
  }

  /// Calls take(i, E[exp(i u_k X) g(v') | row i]) for all rows, given the values of g at the nodes.
  template <class Take>
  void apply(std::size_t k, const double* values, const Take& take) const {
    double re[block], im[block];
    std::size_t at = first_[k];
    for (std::size_t b = 0; b < bands_.size(); ++b) {
      const bool there = at < first_[k + 1];
      for_each_pack<V>(block, [&](std::size_t i, std::size_t used) {
        V sum_re(0.0), sum_im(0.0);
        if (there) {
          const double* part = parts_.data() + at + i;
          for (std::size_t j = bands_[b].begin; j < bands_[b].end; ++j, part += 2 * block) {
            const V value(values[j]);
            sum_re = fma(load_some<V>(part, used), value, sum_re);
            sum_im = fma(load_some<V>(part + block, used), value, sum_im);
          }
        }
        store_some(sum_re, re + i, used);
        store_some(sum_im, im + i, used);
      });
      if (there) at += bands_[b].size() * 2 * block;
      for (std::size_t i = 0; i < (std::min)(block, rows_ - b * block); ++i) {
        take(b * block + i, complex<double>(re[i], im[i]));
      }
    }
  }

 private:
  using V = lanes<double>;
  static constexpr double negligible = 1e-17;

  /// The nodes that a block of rows goes to.
  struct band {
    std::size_t begin, end;
    std::size_t size() const { return end - begin; }
  };

  /// The density at one frequency; see above.
  struct weighted_density {
    complex<double> of_past, of_next, of_product, constant;

    weighted_density(const heston_parameters& p, double shape, double length, double u) {
      const double sigma2 = p.volatility_of_variance * p.volatility_of_variance;
      const complex<double> q(u * u, u);
      const complex<double> beta(p.mean_reversion, -(p.correlation * p.volatility_of_variance * u));
      const complex<double> d = sqrt(beta * beta + q * sigma2);
      const complex<double> e = exp(-(d * length)), gone = -expm1(-(d * length));
      const complex<double> steep = d * ((1.0 + e) / gone);
      const complex<double> g = gone / d * (0.5 * sigma2);
      of_past = (beta - steep) / sigma2;
      of_next = (beta + steep) / sigma2;
      of_product = e / (g * g) * 4.0;
      // (d - beta) / sigma^2, by that of two formulas in which nothing cancels
      const complex<double> excess = p.mean_reversion > 0 ? q / (beta + d) : (d - beta) / sigma2;
      constant = excess * (-p.mean_reversion * p.long_run_variance * length) -
                 (log(gone) - log(d) + log(0.5 * sigma2)) * shape;
    }

    /// The elements of a block of rows in one column. @return the largest, |re| + |im|; not a number if one is not
    double store(const bessel_function& bessel, const double* rows, double node, complex<double> log_weight, double* re,
                 double* im) const {
      const complex<double> of_node = constant - of_next * node + log_weight, product = of_product * node;
      double sizes[block], largest = 0;
      for_each_pack<V>(block, [&](std::size_t i, std::size_t used) {
        const V v = load_some<V>(rows + i, used);
        const complex<V> value = bessel(pack(product) * v, pack(of_node) + pack(of_past) * v);
        store_some(value.re, re + i, used);
        store_some(value.im, im + i, used);
        store_some(abs(value.re) + abs(value.im), sizes + i, used);
      });
      for (const double size : sizes) largest = size <= largest ? largest : size;  // a NaN stays
      return largest;
    }
  };

  static complex<V> pack(complex<double> z) { return {V(z.re), V(z.im)}; }

  void grow(std::size_t count) {
    try {
      parts_.resize(count);
    } catch (const std::bad_alloc&) {
      throw allocation_error("the transition of the variance", count * sizeof(double));
    }
  }

  std::size_t rows_;
  std::vector<band> bands_;         // of each block of rows
  std::vector<std::size_t> first_;  // where a frequency begins
  std::vector<double> parts_;  // for each frequency, block and node: the real parts of the rows, the imaginary ones
};

SPECTRALMC_LANES_NAMESPACE_END
}  // namespace spectralmc
