// What the models share whose paths remember the logarithm of the asset over its forward, and nothing else.
#pragma once

#include <type_traits>
#include <utility>

#include "spectralmc/configuration.hpp"
#include "spectralmc/market/market.hpp"
#include "spectralmc/numeric/number.hpp"

namespace spectralmc {

template <class Real>
class logarithmic_model {
 public:
  using real = Real;
  using number = double_of<Real>;

  const basic_market<number>& asset() const { return asset_; }

  template <class V>
  struct state {
    V log_martingale;  ///< X
  };

  static state<Real> initial_state() { return {Real(0)}; }

  template <class V>
  SPECTRALMC_HOST_DEVICE static state<V> broadcast(const state<Real>& s) {
    return {V(s.log_martingale)};
  }

 protected:
  explicit logarithmic_model(basic_market<number> asset) : asset_(std::move(asset)) {}

 private:
  basic_market<number> asset_;
};

namespace detail {

/// Whether a model says that the increments of X are independent, each with the law of its length.
template <class Model, class = void>
struct has_independent_increments : std::false_type {};
template <class Model>
struct has_independent_increments<Model, std::void_t<decltype(Model::independent_increments)>>
    : std::bool_constant<Model::independent_increments> {};

}  // namespace detail
}  // namespace spectralmc
