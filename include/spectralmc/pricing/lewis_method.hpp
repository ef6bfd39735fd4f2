// European options from a closed form by one integral each, adaptively: a second opinion beside the COS method. Lewis,
// A. L. (2001), A simple option formula for general jump-diffusion and other exponential Levy processes, Envision
// Financial Systems; Lipton, A. (2002), The vol smile problem, Risk 15(2).
//
//   call / discount = F - sqrt(F K) / pi int_0^inf Re(exp(i u k) psi(u)) / (u^2 + 1/4) du,   k = log(F / K),
//   psi(u) = E exp((1/2 + i u) X),   S(T) = F exp(X).
//
// The path of integration runs half way between the poles for the forward and the strike, so no damping is to be
// chosen.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <utility>
#include <vector>

#include "spectralmc/errors.hpp"
#include "spectralmc/models/closed_form_concept.hpp"
#include "spectralmc/numeric/complex.hpp"
#include "spectralmc/numeric/elementary.hpp"
#include "spectralmc/numeric/estimate.hpp"
#include "spectralmc/pricing/black.hpp"
#include "spectralmc/spectral/characteristic_function.hpp"
#include "spectralmc/spectral/exponents.hpp"

namespace spectralmc {

namespace lewis_detail {

/// The rule of Gauss and Kronrod with 7 and 15 points on [-1, 1], the points from the middle outwards: Piessens, R. and
/// others (1983), QUADPACK, Springer.
inline constexpr std::size_t outer_points = 8;
inline constexpr double points[outer_points] = {0,
                                                0.207784955007898467600689403773245,
                                                0.405845151377397166906606412076961,
                                                0.586087235467691130294144838258730,
                                                0.741531185599394439863864773280788,
                                                0.864864423359769072789712788640926,
                                                0.949107912342758524526189684047851,
                                                0.991455371120812639206854697526329};
inline constexpr double kronrod_weights[outer_points] = {
    0.209482141084727828012999174891714, 0.204432940075298892414161999234649, 0.190350578064785409913256402421014,
    0.169004726639267902826583426598550, 0.140653259715525918745189590510238, 0.104790010322250183839876322541518,
    0.063092092629978553290700663189204, 0.022935322010529224963732008058970};
inline constexpr double gauss_weights[outer_points] = {
    0.417959183673469387755102040816327, 0, 0.381830050505118944950369775488975, 0,
    0.279705391489276667901467771423780, 0, 0.129484966168869693270611432679082, 0};

}  // namespace lewis_detail

SPECTRALMC_LANES_NAMESPACE_BEGIN

/// The options of one maturity. The integrals of all strikes are taken together, over panels that are halved until the
/// rules of 7 and of 15 points agree for each strike, and points are so close that no wave can pass between them
/// unseen. The error reported is the sum of what the rules differ by, of what is beyond the last panel and of an eighth
/// of the tolerance, as rules can be close by chance.
class lewis_method {
 public:
  /// @param maturity years, (0, inf)
  /// @param tolerance of a price over discount x sqrt(forward strike), [1e-14, 0.1]
  /// @throws invalid_parameter for a maturity or tolerance outside its range, a strike that is not positive, or a
  ///         strike or forward whose discounted value is beyond the largest number
  /// @throws no_answer where the model's formula is not finite, E exp(X) is not 1, or the integrand does not decay, or
  ///         turns too often, within the evaluations allowed
  template <class Model>
  lewis_method(const Model& model, double maturity, std::vector<double> strikes, double tolerance = 1e-10)
      : strikes_(std::move(strikes)) {
    static_assert(detail::closed_form_is_checked<Model>);
    static_assert(detail::models_logarithm<Model>, "Lewis' method is for models of log(S)");
    require_positive("maturity", maturity);
    require(tolerance >= 1e-14 && tolerance <= 0.1, "tolerance", tolerance, "[1e-14, 0.1]");
    forward_ = model.asset().forward(maturity);
    discount_ = model.asset().discount(maturity);
    detail::require_payable("forward", forward_, discount_);
    for (const double strike : strikes_) detail::require_payable("strike", strike, discount_);
    detail::require_martingale(model, maturity);
    for (const double strike : strikes_) moneyness_.push_back(log(forward_ / strike));
    integrals_.assign(strikes_.size(), 0.0);
    errors_.assign(strikes_.size(), 0.0);
    if (detail::is_certain(model, maturity)) {
      // A call is worth max(F - K, 0).
      for (std::size_t i = 0; i < strikes_.size(); ++i) integrals_[i] = pi * exp(-0.5 * abs(moneyness_[i]));
      return;
    }
    integrate(model, maturity, tolerance);
  }

  /// Today's prices, each within its arbitrage bounds, with their errors.
  std::vector<estimate> prices(option_type type) const {
    std::vector<estimate> result;
    for (std::size_t i = 0; i < strikes_.size(); ++i) {
      const double scale = sqrt(forward_) * sqrt(strikes_[i]) / pi;  // their product may leave the range
      const double intrinsic = type == option_type::call ? forward_ - strikes_[i] : strikes_[i] - forward_;
      const double other = type == option_type::call ? forward_ : strikes_[i];
      const double value = fma(-scale, integrals_[i], other);
      estimate e;
      e.value = discount_ * minimum(maximum(value, maximum(intrinsic, 0.0)), other);
      e.truncation_error = discount_ * fma(scale, errors_[i], fma(0x1p-50, forward_, 0x1p-50 * strikes_[i]));
      result.push_back(e);
    }
    return result;
  }

  /// Values of the characteristic function that it took.
  std::size_t evaluations() const { return evaluations_; }

 private:
  struct panel {
    double begin, end;
    int depth;
  };

  template <class Model>
  void integrate(const Model& model, double maturity, double tolerance) {
    const double allowed = 0.25 * pi * tolerance;
    most_ = detail::usual_evaluations<Model>::at_most(std::size_t{1} << 20);
    // The rules can be close by chance: no error is reported below half the tolerance.
    for (double& error : errors_) error = 2 * allowed;
    // Panels grow until what is left beyond them is small: the largest |psi| there over u. It is taken to be the
    // largest in the second half of the last panel, and at many frequencies beyond: jumps of nearly one size bring
    // |psi| back after it has fallen.
    double begin = 0, length = 1 / sqrt(maturity);
    at_zero_ = model.log_characteristic_function(complex<double>(0, -0.5), maturity);
    while (true) {
      const double end = begin + length;
      const complex<double> exponent = model.log_characteristic_function(complex<double>(end, -0.5), maturity);
      ++evaluations_;
      if (!is_finite(exponent)) {
        throw no_answer("the model's characteristic function is not finite at frequency " + value_text(end));
      }
      double beyond = add_panel(model, maturity, {begin, end, 0}, allowed) / end;
      if (beyond <= allowed) {
        beyond = maximum(beyond, detail::largest_modulus_beyond(model, maturity, end, -0.5) / end);
        evaluations_ += detail::frequencies_beyond;
        if (beyond <= allowed) {
          for (double& error : errors_) error += beyond;
          if (!errors_.empty() && !is_finite(errors_[0])) {
            throw no_answer("the integrand turns too often for the tolerance " + value_text(tolerance));
          }
          return;
        }
      }
      begin = end;
      length *= 2;
      if (evaluations_ > most_) {
        throw no_answer("the characteristic function falls too slowly for the tolerance " + value_text(tolerance));
      }
    }
  }

  /// @return the largest |psi| that it saw in the second half
  template <class Model>
  double add_panel(const Model& model, double maturity, panel whole, double allowed) {
    constexpr std::size_t rule = 2 * lewis_detail::outer_points - 1;
    std::vector<panel> left{whole};
    double largest = 0;
    std::vector<double> fine(strikes_.size()), coarse(strikes_.size());
    while (!left.empty()) {
      const panel p = left.back();
      left.pop_back();
      const double middle = 0.5 * (p.begin + p.end), half = 0.5 * (p.end - p.begin);
      double u[rule], re[rule], im[rule];
      for (std::size_t j = 0; j < rule; ++j) {
        const double point = lewis_detail::points[j / 2 + j % 2];  // 0, +1, -1, +2, -2, ...
        u[j] = fma(half, j % 2 == 1 ? point : -point, middle);
        re[j] = u[j];
        im[j] = -0.5;
      }
      detail::replace_by_exponents(model, maturity, re, im, rule);
      evaluations_ += rule;
      std::fill(fine.begin(), fine.end(), 0.0);
      std::fill(coarse.begin(), coarse.end(), 0.0);
      for (std::size_t j = 0; j < rule; ++j) {
        const std::size_t outer = j / 2 + j % 2;
        const double modulus = exp(re[j]), size = modulus / fma(u[j], u[j], 0.25);
        if (u[j] >= 0.5 * (whole.begin + whole.end)) largest = maximum(largest, modulus);
        for (std::size_t i = 0; i < strikes_.size(); ++i) {
          double sine, cosine;
          sin_cos(fma(u[j], moneyness_[i], im[j]), sine, cosine);
          const double value = rounded_product(size, cosine);
          fine[i] = fma(lewis_detail::kronrod_weights[outer], value, fine[i]);
          coarse[i] = fma(lewis_detail::gauss_weights[outer], value, coarse[i]);
        }
      }
      double worst = 0;
      for (std::size_t i = 0; i < strikes_.size(); ++i) {
        const double difference = abs(fine[i] - coarse[i]);
        worst = difference <= worst ? worst : difference;  // a NaN stays
      }
      const double missed = unseen(u, re, im) + (p.begin == 0 ? unseen_beside_zero(u, re, im) : 0.0);
      worst = fma(half, worst, 64 * missed);  // panels that miss something are many
      if (!(worst <= allowed / 64) && p.depth < 24 && evaluations_ <= most_) {
        left.push_back({middle, p.end, p.depth + 1});
        left.push_back({p.begin, middle, p.depth + 1});
        continue;
      }
      for (std::size_t i = 0; i < strikes_.size(); ++i) {
        integrals_[i] = fma(half, fine[i], integrals_[i]);
        errors_[i] += fma(half, abs(fine[i] - coarse[i]), missed);
      }
    }
    return largest;
  }

  /// How much of the integral may pass between the points unseen, as both rules could miss a wave and agree: the
  /// integrand's size there, unless from a point to its neighbour the angle of every strike and the logarithm of the
  /// modulus change by 3 at most. Infinite where the angle of psi alone turns by more: it may have a peak in between.
  double unseen(const double* u, const double* re, const double* im) const {
    double furthest = 0, sum = 0;
    for (const double k : moneyness_) furthest = maximum(furthest, abs(k));
    for (std::size_t j = 1; j < 2 * lewis_detail::outer_points - 1; ++j) {
      const std::size_t inner = j < 3 ? 0 : j - 2;
      const double turn = abs(im[j] - im[inner]), length = abs(u[j] - u[inner]), lower = minimum(u[j], u[inner]);
      if (!(turn <= 3)) return std::numeric_limits<double>::infinity();
      if (fma(length, furthest, turn) <= 3 && abs(re[j] - re[inner]) <= 3) continue;
      sum = fma(length, exp(maximum(re[j], re[inner])) / fma(lower, lower, 0.25), sum);
    }
    return sum;
  }

  /// The same from 0 to the lowest point, where |psi| <= psi(0) and the integrand falls with 1 / (u^2 + 1/4) as well:
  /// all of it can be below the lowest point of a long panel, as where times are short and volatilities high.
  double unseen_beside_zero(const double* u, const double* re, const double* im) const {
    constexpr std::size_t lowest = 2 * lewis_detail::outer_points - 2;
    const double turn = abs(im[lowest] - at_zero_.im), fall = abs(re[lowest] - at_zero_.re);
    if (!(turn <= 3)) return std::numeric_limits<double>::infinity();
    if (fall <= 3 && u[lowest] <= 2) return 0;
    return 4 * u[lowest] * exp(at_zero_.re);
  }

  std::vector<double> strikes_, moneyness_, integrals_, errors_;
  double forward_ = 0, discount_ = 0;
  complex<double> at_zero_;                 // log psi(0)
  std::size_t evaluations_ = 0, most_ = 0;  // values taken, and how many may be
};

SPECTRALMC_LANES_NAMESPACE_END
}  // namespace spectralmc
