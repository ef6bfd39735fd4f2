// The return of an asset over a period that begins later, log(S(start + time) / S(start)), as a model of its own: what
// prices European options from a closed form prices options on it.
//
// Under Heston's model E exp(i u (X(start + time) - X(start)) | v(start)) = exp(C + D v(start)), and v(start) has a
// noncentral chi-square law: Kruse, S. and Noegel, U. (2005), On the pricing of forward starting options in Heston's
// model on stochastic volatility, Finance and Stochastics 9(2); Hong, G. (2004), Forward smile and derivative pricing,
// University Finance Seminar, Cambridge.
#pragma once

#include <utility>

#include "spectralmc/errors.hpp"
#include "spectralmc/market/market.hpp"
#include "spectralmc/models/affine_structure.hpp"
#include "spectralmc/models/closed_form_concept.hpp"
#include "spectralmc/models/logarithmic_model.hpp"
#include "spectralmc/models/parameter_list.hpp"
#include "spectralmc/models/square_root_diffusion.hpp"
#include "spectralmc/numeric/complex.hpp"
#include "spectralmc/numeric/elementary.hpp"

namespace spectralmc {

/// What an option on a forward return R = S(start + time) / S(start) is on.
enum class forward_start {
  of_return,  ///< one unit of currency times R: a call pays (R - k)^+
  of_asset    ///< S(start) times R: a call pays (S(start + time) - k S(start))^+
};

/// The market of a return: its spot is 1, and time runs from `start` on.
class forward_market {
 public:
  forward_market(market asset, double start, forward_start kind) : asset_(std::move(asset)), start_(start) {
    growth_ = asset_.log_forward_return(start);
    scale_ = kind == forward_start::of_asset ? asset_.forward(start) : 1;
  }

  double spot() const { return 1; }
  /// Today's price of one unit of currency, or of S(start) units, paid at start + time.
  double discount(double time) const { return rounded_product(scale_, asset_.discount(start_ + time)); }
  double log_forward_return(double time) const { return asset_.log_forward_return(start_ + time) - growth_; }
  double forward(double time) const { return exp(log_forward_return(time)); }

 private:
  market asset_;
  double start_, growth_ = 0, scale_ = 1;
};

/// A model of log R. What prices options under a model of log S takes it, `cosine_method`, `lewis_method` and
/// `characteristic_function` with `distribution`: maturities are then the lengths of the period, strikes are those of
/// R, and prices those of today.
///
/// An option of S(start) R is priced with S as the numeraire until `start`: S(start) / forward(start) is the density of
/// a measure under which v is drawn back by kappa - rho sigma in place of kappa, and R has the law that this model then
/// has. With independent increments both laws are the same.
///
/// For models with independent increments, and affine ones (models/affine_structure.hpp).
template <class Model>
class forward_return {
  static_assert(detail::check_closed_form<Model>());

 public:
  using real = typename Model::real;
  template <class V>
  using state = typename Model::template state<V>;
  static constexpr bool independent_increments = detail::has_independent_increments<Model>::value;
  static_assert(
      independent_increments || detail::is_affine<Model>,
      "SpectralMC: forward returns are known in closed form for models of log(S) with independent_increments, "
      "with a square_root_diffusion() or with affine_exponents() (docs/architecture.md, A model)");

  /// @param start years from now, [0, inf)
  /// @throws invalid_parameter for a start outside its range
  explicit forward_return(Model model, double start, forward_start kind = forward_start::of_return)
      : model_(std::move(model)), start_(checked(start)), kind_(kind), asset_(model_.asset(), start, kind) {}

  const forward_market& asset() const { return asset_; }
  const Model& model() const { return model_; }
  double start() const { return start_; }
  forward_start kind() const { return kind_; }

  /// log E exp(i u Y), Y = X(start + time) - X(start), under the measure of the kind; not a number where E exp(-Im(u)
  /// Y) is infinite. For the `V` that the model takes.
  template <class V = double>
  auto log_characteristic_function(complex<V> u, double time) const
      -> decltype(std::declval<const Model&>().log_characteristic_function(u, time)) {
    if constexpr (independent_increments) {
      const complex<V> whole = model_.log_characteristic_function(u, start_ + time);
      return start_ > 0 ? whole - model_.log_characteristic_function(u, start_) : whole;
    } else if constexpr (!detail::has_square_root_diffusion<Model>::value) {
      const complex<double> weight(0, kind_ == forward_start::of_asset ? -1 : 0);
      return detail::lane_by_lane(u, [&](complex<double> one) {
        const affine_terms later = model_.affine_exponents(one, complex<double>(0, 0), time),
                           earlier = model_.affine_exponents(weight, later.of_variance, start_);
        return later.constant + earlier.constant + earlier.of_variance * model_.initial_variance();
      });
    } else {
      const heston_parameters& p = model_.square_root_diffusion();
      const auto terms = terms_of_heston_exponent(parameters_in<V>(p), u, V(time));
      const double pull = kind_ == forward_start::of_asset
                              ? fma(-p.correlation, p.volatility_of_variance, p.mean_reversion)
                              : p.mean_reversion;
      const square_root_law at_start(p, pull, start_);
      const complex<V> exponent = terms.long_run * V(p.mean_reversion * p.long_run_variance) +
                                  at_start.exponent(terms.variance) + detail::exponent_of_jumps(model_, u, time);
      return detail::where_moments_are_finite(u, exponent, [&](double s) {
        if (!heston_moment_is_finite(p, s, time)) return false;
        const auto of_variance = terms_of_heston_exponent(p, complex<double>(0, -s), time).variance;
        return rounded_product(of_variance.re, at_start.scale) < 1;
      });
    }
  }

 private:
  static double checked(double start) {
    require_not_negative("start", start);
    return start;
  }

  Model model_;
  double start_;
  forward_start kind_;
  forward_market asset_;
};

}  // namespace spectralmc
