// Calls as puts: with S as the numeraire, a call on S of strike K is worth what a put on S(0) K / S of strike S(0) is,
// rates and dividend yields changing places. It holds with early exercise and barriers too: McDonald, R. L. and
// Schroder, M. D. (1998), A parity result for American options, J. Computational Finance 1(3).
//
// What a put pays is bounded. A call has the part of its value that high prices bring, which is large where their
// probability is too small to see.
#pragma once

#include <type_traits>
#include <utility>

#include "spectralmc/errors.hpp"
#include "spectralmc/market/market.hpp"
#include "spectralmc/models/affine_structure.hpp"
#include "spectralmc/models/closed_form_concept.hpp"
#include "spectralmc/models/logarithmic_model.hpp"
#include "spectralmc/models/square_root_diffusion.hpp"
#include "spectralmc/numeric/complex.hpp"
#include "spectralmc/numeric/elementary.hpp"

namespace spectralmc {

/// The model of S(0) K / S under the measure with density exp(X): its spot is K, its logarithm -X, whose characteristic
/// function is phi(-u - i).
template <class Model>
class seen_from_strike {
 public:
  using real = typename Model::real;
  template <class V>
  using state = typename Model::template state<V>;
  static constexpr bool independent_increments = detail::has_independent_increments<Model>::value;

  /// @throws invalid_parameter for a strike that is not positive
  seen_from_strike(const Model& model, double strike)
      : model_(model), asset_(checked(strike), model.asset().dividend_yields(), model.asset().rates()) {}

  const market& asset() const { return asset_; }
  const Model& model() const { return model_; }

  /// For the `V` that the model takes.
  template <class V>
  auto log_characteristic_function(complex<V> u, double time) const
      -> decltype(std::declval<const Model&>().log_characteristic_function(u, time)) {
    return model_.log_characteristic_function(reversed(u), time);
  }

  /// The variance is drawn back by kappa - rho sigma, which may be negative, and then its long-run mean is: their
  /// product is what it was. (A pull of exactly 0 has no such mean: one that is too small to matter takes its place.)
  template <class M = Model>
  auto square_root_diffusion() const -> std::decay_t<decltype(std::declval<const M&>().square_root_diffusion())> {
    heston_parameters p = model_.square_root_diffusion();
    const double pull = fma(-p.correlation, p.volatility_of_variance, p.mean_reversion),
                 least = 1e-13 * p.mean_reversion;
    const double product = p.mean_reversion * p.long_run_variance;
    p.mean_reversion = abs(pull) < least ? least : pull;
    p.long_run_variance = product / p.mean_reversion;
    p.correlation = -p.correlation;
    return p;
  }
  template <class V, class M = Model>
  auto log_characteristic_function_of_jumps(complex<V> u, double time) const
      -> decltype(std::declval<const M&>().log_characteristic_function_of_jumps(u, time)) {
    return model_.log_characteristic_function_of_jumps(reversed(u), time);
  }

  /// -u - i
  template <class V>
  static complex<V> reversed(complex<V> u) {
    return {-u.re, -u.im - V(1)};
  }

 private:
  static double checked(double strike) {
    require_positive("strike", strike);
    return strike;
  }

  Model model_;
  market asset_;
};

namespace detail {

template <class Model>
inline constexpr bool closed_form_is_checked<seen_from_strike<Model>> = closed_form_is_checked<Model>;

}  // namespace detail
}  // namespace spectralmc
