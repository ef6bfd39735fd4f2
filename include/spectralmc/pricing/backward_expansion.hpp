// Values of an option at dates, from the last one backwards, by their cosine coefficients: Fang, F. and Oosterlee, C.
// W. (2009), Pricing early-exercise and discrete barrier options by Fourier-cosine series expansions, Numerische
// Mathematik 114(1), for models of log(S) with independent increments, and (2011), A Fourier-based valuation method for
// Bermudan and barrier options under Heston's model, SIAM J. Financial Math. 2.
//
// With y = log(S / K) on [a, b] and u_k = k pi / (b - a), the value at a date is known by its cosine coefficients V_k.
// A step back in time multiplies them by the characteristic function of the increment. What continues, on [x1, x2], has
// the coefficients
//
//   C_k = discount Re(-i / pi sum'_j (m_(j+k) + m_(j-k)) phi(u_j) V_j),
//   m_n = (exp(i n beta2) - exp(i n beta1)) / n,   m_0 = i (beta2 - beta1),   beta = pi (x - a) / (b - a):
//
// a Hankel and a Toeplitz matrix, whose products are taken by Fourier transforms in O(N log N). Where the variance is
// random there are such coefficients for each node of a Gauss rule for the variance, and a step mixes them, frequency
// by frequency (pricing/variance_transition.hpp).
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include "spectralmc/errors.hpp"
#include "spectralmc/fourier/fourier_transform.hpp"
#include "spectralmc/market/market.hpp"
#include "spectralmc/models/affine_structure.hpp"
#include "spectralmc/models/square_root_diffusion.hpp"
#include "spectralmc/numeric/complex.hpp"
#include "spectralmc/numeric/elementary.hpp"
#include "spectralmc/numeric/estimate.hpp"
#include "spectralmc/numeric/lanes.hpp"
#include "spectralmc/numeric/strided.hpp"
#include "spectralmc/pricing/variance_transition.hpp"
#include "spectralmc/spectral/cosine_expansion.hpp"
#include "spectralmc/spectral/cosine_law.hpp"
#include "spectralmc/spectral/exponents.hpp"

namespace spectralmc {

SPECTRALMC_LANES_NAMESPACE_BEGIN

namespace early_exercise_detail {

/// Functions of y by their coefficients, for one number of terms.
class cosine_functions {
 public:
  /// N, a power of two, terms.
  cosine_functions(double strike, interval support, std::size_t terms)
      : strike_(strike),
        support_(support),
        terms_(terms),
        transform_(2 * terms),
        workspace_(transform_.make_workspace()) {
    for (std::size_t n = 0; n < 2 * terms; ++n) numbers_.push_back(static_cast<double>(n));
  }

  std::size_t terms() const { return terms_; }
  double strike() const { return strike_; }
  double frequency(std::size_t k) const { return rounded_product(pi / support_.width(), static_cast<double>(k)); }

  /// Coefficients of what a put pays on [x1, x2].
  std::vector<double> payoff(double x1, double x2) const {
    std::vector<double> result(terms_, 0.0);
    const double to = minimum(x2, 0.0);
    if (!(to > x1)) return result;
    cosine_integrals integrals(support_, x1, to);
    for (std::size_t k = 0; k < terms_; ++k) {
      if (k > 0) integrals.at(k);
      result[k] = rounded_product(-2 * strike_ / support_.width(), integrals.of_growth());
    }
    return result;
  }

  struct value_and_slope {
    double value, slope;
  };

  /// What continuing is worth at y, and its derivative, given N times phi V, the first halved.
  value_and_slope continuation(const complex<double>* weighted, double discount, double y) const {
    const double share = (y - support_.lower) / support_.width();
    double value = 0, slope = 0;
    double sines[block], cosines[block];
    for (std::size_t first = 0; first < terms_; first += block) {
      const std::size_t count = (std::min)(block, terms_ - first);
      multiples(first, count, 0.5 * share, sines, cosines);
      for (std::size_t i = 0; i < count; ++i) {
        const complex<double> w = weighted[first + i];
        value = fma(w.re, cosines[i], fma(-w.im, sines[i], value));
        const double turn = fma(w.re, sines[i], w.im * cosines[i]);
        slope = fma(-frequency(first + i), turn, slope);
      }
    }
    return {rounded_product(discount, value), rounded_product(discount, slope)};
  }

  /// The coefficients of what continues on [x1, x2].
  std::vector<double> continued(const complex<double>* weighted, double discount, double x1, double x2) {
    const std::size_t size = 2 * terms_;
    std::vector<complex<double>> u(size), toeplitz(size), hankel(size);
    std::copy(weighted, weighted + terms_, u.begin());
    const double turns1 = 0.5 * (x1 - support_.lower) / support_.width(),
                 turns2 = 0.5 * (x2 - support_.lower) / support_.width();
    double sines1[block], cosines1[block], sines2[block], cosines2[block];
    for (std::size_t n = 0; n < size; ++n) {
      const std::size_t i = n % block;
      if (i == 0) {
        const std::size_t count = (std::min)(block, size - n);
        multiples(n, count, turns1, sines1, cosines1);
        multiples(n, count, turns2, sines2, cosines2);
      }
      complex<double> m(0, rounded_product(2 * pi, turns2 - turns1));
      if (n > 0) m = complex<double>((cosines2[i] - cosines1[i]) / numbers_[n], (sines2[i] - sines1[i]) / numbers_[n]);
      hankel[n] = m;
      if (n == 0) toeplitz[0] = m;
      if (n > 0 && n < terms_) {
        toeplitz[size - n] = m;
        toeplitz[n] = complex<double>(-m.re, m.im);  // m_(-n)
      }
    }
    transform_.forward(u.data(), u.data(), workspace_);
    transform_.forward(toeplitz.data(), toeplitz.data(), workspace_);
    transform_.forward(hankel.data(), hankel.data(), workspace_);
    // The Hankel product is a convolution with u backwards, whose transform is u's backwards.
    std::vector<complex<double>> sum(size);
    for (std::size_t q = 0; q < size; ++q) sum[q] = toeplitz[q] * u[q] + hankel[q] * u[q == 0 ? 0 : size - q];
    transform_.inverse(sum.data(), sum.data(), workspace_);
    std::vector<double> result(terms_);
    for (std::size_t k = 0; k < terms_; ++k) result[k] = rounded_product(discount / pi, sum[k].im);  // Re(-i z) = Im z
    return result;
  }

 private:
  using V = lanes<double>;
  static constexpr std::size_t block = 64;

  /// Sines and cosines of first, first + 1, ... times an angle, which is given as a part of a turn.
  void multiples(std::size_t first, std::size_t count, double turns, double* sines, double* cosines) const {
    for_each_pack<V>(count, [&](std::size_t i, std::size_t used) {
      V sine, cosine;
      sin_cos_2pi(detail::fraction_of_turn(load_some<V>(&numbers_[first + i], used), V(turns)), sine, cosine);
      store_some(sine, sines + i, used);
      store_some(cosine, cosines + i, used);
    });
  }

  double strike_;
  interval support_;
  std::size_t terms_;
  std::vector<double> numbers_;  // 0, 1, ...
  fourier_transform<double> transform_;
  decltype(std::declval<fourier_transform<double>>().make_workspace()) workspace_;
};

/// A step in time as far as the market goes: what log(S) grows by, and the discount factor.
struct market_step {
  double drift, discount;

  market_step(const market& asset, const std::vector<double>& dates, std::size_t index) {
    const double end = dates[index], begin = index == 0 ? 0 : dates[index - 1];
    drift = asset.log_forward_return(end) - asset.log_forward_return(begin);
    discount = asset.discount(end) / asset.discount(begin);
  }
};

/// The values at the dates, one slice of them for each variance of a model that has one. `step_to(i)` makes ready what
/// a step from date i to the one before needs, for the dates in turn from the last one on; index 0 goes to today.
template <class Model, bool has_variance = detail::has_square_root_diffusion<Model>::value>
class backward_expansion {
 public:
  static constexpr std::size_t largest_terms = std::size_t{1} << 15;
  static constexpr double usual_tolerance = 1e-8;

  /// `dates` are ascending, in years; N, a power of two, terms.
  backward_expansion(const Model& model, const std::vector<double>& dates, double strike, interval support,
                     std::size_t terms, double /*mass*/)
      : model_(model),
        dates_(dates),
        functions_(strike, support, terms),
        values_(terms, 0.0),
        exponents_(exponents_at(dates.back())),
        weighted_(terms) {}

  const cosine_functions& functions() const { return functions_; }
  std::size_t slices() const { return 1; }

  void set(std::size_t /*slice*/, std::vector<double> values) { values_ = std::move(values); }

  void step_to(std::size_t index) {
    const std::size_t terms = functions_.terms();
    const std::vector<complex<double>> until =
        index == 0 ? std::vector<complex<double>>(terms) : exponents_at(dates_[index - 1]);  // of all increments before
    const market_step step(model_.asset(), dates_, index);
    discount_ = step.discount;
    double tail = 0;
    for (std::size_t k = 0; k < terms; ++k) {
      const double u = functions_.frequency(k);
      const complex<double> whole = exponents_[k];
      const complex<double> phi = exp(complex<double>(whole.re, fma(u, step.drift, whole.im)) - until[k]);
      if (!is_finite(phi)) {
        throw no_answer("the model's characteristic function is not finite at frequency " + value_text(u));
      }
      weighted_[k] = phi * (k == 0 ? 0.5 * values_[k] : values_[k]);
      if (k >= terms - terms / 4) tail = maximum(tail, abs(phi));
    }
    unseen_ += tail;
    exponents_ = until;
  }

  /// What continuing is worth at y, and its derivative.
  cosine_functions::value_and_slope continuation(std::size_t /*slice*/, double y) const {
    return functions_.continuation(weighted_.data(), discount_, y);
  }

  /// The coefficients of what continues on [x1, x2].
  std::vector<double> continued(std::size_t /*slice*/, double x1, double x2) {
    return functions_.continued(weighted_.data(), discount_, x1, x2);
  }

  /// The largest |phi| among the last frequencies, summed over the steps so far: the size of what is left out beyond
  /// them, which falls to 0 unless the law has an atom, a jump or a peak.
  double unseen() const { return unseen_; }

  /// What the option is worth today, where all of it continues.
  estimate today() {
    step_to(0);
    estimate result;
    result.value = continuation(0, log(model_.asset().spot() / functions_.strike())).value;
    return result;
  }

 private:
  /// log E exp(i u_k X(time)).
  std::vector<complex<double>> exponents_at(double time) const {
    const std::size_t terms = functions_.terms();
    std::vector<double> re(terms), im(terms, 0.0);
    for (std::size_t k = 0; k < terms; ++k) re[k] = functions_.frequency(k);
    detail::replace_by_exponents(model_, time, re.data(), im.data(), terms);
    std::vector<complex<double>> result(terms);
    for (std::size_t k = 0; k < terms; ++k) result[k] = {re[k], im[k]};
    return result;
  }

  const Model& model_;
  const std::vector<double>& dates_;
  cosine_functions functions_;
  std::vector<double> values_;
  std::vector<complex<double>> exponents_;  // at the date to step from
  std::vector<complex<double>> weighted_;   // phi V, the first halved
  double discount_ = 1;
  double unseen_ = 0;
};

/// The same under Heston's and Bates' models.
///
/// The error of the rule for the variance shows where the answer is known: at the frequencies 0, 1, 2, 4, ... times the
/// lowest the steps are taken with the function 1 in place of the option, whose mean is the characteristic function.
/// Each difference stands for those of its octave, with the weights that an option of one date gives them
/// (pricing/cosine_method.hpp), in the error that comes with the price.
template <class Model>
class backward_expansion<Model, true> {
 public:
  static constexpr std::size_t largest_terms = std::size_t{1} << 12;
  static constexpr double largest_bytes = 0x1p30;
  static constexpr double usual_tolerance = 1e-5;

  /// The variances are those that the process reaches by the dates, but for `mass` at each. Their nodes lie closer with
  /// more terms.
  backward_expansion(const Model& model, const std::vector<double>& dates, double strike, interval support,
                     std::size_t terms, double mass)
      : model_(model),
        dates_(dates),
        parameters_(model.square_root_diffusion()),
        functions_(strike, support, terms),
        range_(reached(parameters_, dates, mass)),
        power_(weight_power(parameters_, range_)),
        nodes_(range_, power_, count_of_nodes(parameters_, range_, dates, terms)),
        values_(terms * nodes_.size(), 0.0),
        weighted_(terms * nodes_.size()) {
    for (std::size_t k = 0; k < terms; ++k) frequencies_.push_back(functions_.frequency(k));
    for (std::size_t k = 0; k < terms; k = k == 0 ? 1 : 2 * k) {
      checks_.push_back({k, std::vector<double>(slices(), 1.0), std::vector<double>(slices(), 0.0)});
    }
  }

  const cosine_functions& functions() const { return functions_; }
  std::size_t slices() const { return nodes_.size(); }

  void set(std::size_t slice, const std::vector<double>& values) {
    for (std::size_t k = 0; k < values.size(); ++k) values_[k * slices() + slice] = values[k];
  }

  void step_to(std::size_t index) {
    const double length = dates_[index] - dates_[index - 1];
    if (transition_ == nullptr || !(abs(length - length_) <= 1e-10 * length)) {
      transition_.reset();  // one at a time in memory
      transition_ = std::make_unique<variance_transition>(transition_over(length, nodes_.at));
      length_ = length;
    }
    step(*transition_, index);
  }

  cosine_functions::value_and_slope continuation(std::size_t slice, double y) const {
    return functions_.continuation(&weighted_[slice * functions_.terms()], discount_, y);
  }

  /// Steps of such models are smooth; what the rule for the variance leaves out is in the error of `today`.
  static double unseen() { return 0; }

  std::vector<double> continued(std::size_t slice, double x1, double x2) {
    return functions_.continued(&weighted_[slice * functions_.terms()], discount_, x1, x2);
  }

  estimate today() {
    step(transition_over(dates_[0], {parameters_.initial_variance}), 0);
    estimate result;
    result.value = continuation(0, log(model_.asset().spot() / functions_.strike())).value;
    double error = 0;
    for (const check& c : checks_) {
      const double u = frequencies_[c.k], width = pi / frequencies_[1];
      const complex<double> exact = c.k == 0
                                        ? complex<double>(1, 0)
                                        : exp(model_.log_characteristic_function(complex<double>(u, 0), dates_.back()));
      const double weight = c.k == 0 ? 1.0 : minimum(2 * static_cast<double>(c.k) * (2 + 1 / u) / (width * u * u), 1.0);
      error = fma(abs(exact - complex<double>(c.re[0], c.im[0])), weight, error);
    }
    result.truncation_error = rounded_product(functions_.strike(), error);
    return result;
  }

 private:
  static interval reached(const heston_parameters& p, const std::vector<double>& dates, double mass) {
    interval all{p.initial_variance, p.initial_variance};
    for (const double date : dates) {
      const interval range = variance_range(p, date, mass);
      all = {minimum(all.lower, range.lower), maximum(all.upper, range.upper)};
    }
    if (all.lower < 0.02 * all.upper) all.lower = 0;
    return all;
  }

  /// The power of v in the weight function: what is left of the density's is a whole power, or none.
  static double weight_power(const heston_parameters& p, interval range) {
    if (range.lower > 0) return 0;
    const double power =
        2 * p.mean_reversion * p.long_run_variance / (p.volatility_of_variance * p.volatility_of_variance) - 1;
    return power > -0.5 ? power - std::floor(power + 0.5) : power;
  }

  /// Over a short step sqrt(v) is normal with deviation sigma sqrt(length) / 2, and a normal density is resolved to
  /// exp(-2 (pi deviation / spacing)^2) by a rule of that spacing. The nodes are the cosines of equidistant angles. An
  /// option that can be exercised has a kink at a place of y that moves with v, which nodes resolve slowly: so that the
  /// changes show what is left they lie closer by a fifth with twice the terms.
  static std::size_t count_of_nodes(const heston_parameters& p, interval range, const std::vector<double>& dates,
                                    std::size_t terms) {
    double shortest = dates[0];
    for (std::size_t i = 1; i < dates.size(); ++i) shortest = minimum(shortest, dates[i] - dates[i - 1]);
    const double deviation = sqrt(0.5 * square_root_law(p, p.mean_reversion, shortest).scale);
    double widest = 0;  // spacing of sqrt(v) times the number of nodes
    for (int i = 1; i < 64; ++i) {
      double sine, cosine;
      sin_cos_2pi(static_cast<double>(i) / 128, sine, cosine);
      const double v = fma(0.5 * range.width(), cosine, 0.5 * (range.lower + range.upper));
      widest = maximum(widest, 0.25 * pi * range.width() * sine / sqrt(v));
    }
    double spacing = 1.2;
    for (std::size_t n = 64; n < terms; n *= 2) spacing *= 0.8;
    const double count = widest / (spacing * deviation);
    if (!(16 * (count + 8) * (count + 8) * static_cast<double>(terms) <= largest_bytes)) {
      throw no_answer("the tolerance is out of reach: it would take " + value_text(std::floor(count) + 8) +
                      " nodes for the variance, and more than a gibibyte");
    }
    return static_cast<std::size_t>(count) + 8;
  }

  variance_transition transition_over(double length, const std::vector<double>& rows) const {
    return variance_transition(parameters_, length, nodes_, power_, rows, frequencies_,
                               [&](complex<double> u) { return detail::exponent_of_jumps(model_, u, length); });
  }

  void step(const variance_transition& transition, std::size_t index) {
    const market_step of_market(model_.asset(), dates_, index);
    discount_ = of_market.discount;
    const std::size_t terms = functions_.terms();
    for (std::size_t k = 0; k < terms; ++k) {
      const complex<double> turn = exp(complex<double>(0, rounded_product(frequencies_[k], of_market.drift)));
      transition.apply(k, &values_[k * slices()], [&](std::size_t i, complex<double> mean) {
        weighted_[i * terms + k] = turn * mean * (k == 0 ? 0.5 : 1.0);
      });
    }
    for (check& c : checks_) {
      std::vector<double> re(slices()), im(slices());
      transition.apply(c.k, c.re.data(), [&](std::size_t i, complex<double> mean) {
        re[i] = mean.re;
        im[i] = mean.im;
      });
      transition.apply(c.k, c.im.data(), [&](std::size_t i, complex<double> mean) {
        re[i] -= mean.im;
        im[i] += mean.re;
      });
      c.re = std::move(re);
      c.im = std::move(im);
    }
  }

  /// E exp(i u_k (X(last date) - X(date))) given each node.
  struct check {
    std::size_t k;
    std::vector<double> re, im;
  };

  const Model& model_;
  const std::vector<double>& dates_;
  heston_parameters parameters_;
  cosine_functions functions_;
  interval range_;
  double power_;
  variance_nodes nodes_;
  std::vector<double> frequencies_;
  std::vector<check> checks_;
  std::vector<double> values_;             // for each frequency those of the nodes
  std::vector<complex<double>> weighted_;  // for each node phi V of the frequencies, the first halved
  std::unique_ptr<variance_transition> transition_;
  double length_ = 0, discount_ = 1;
};

}  // namespace early_exercise_detail

SPECTRALMC_LANES_NAMESPACE_END
}  // namespace spectralmc
