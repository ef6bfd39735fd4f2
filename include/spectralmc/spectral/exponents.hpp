// Closed forms at many frequencies at once, in packs where the model's formula takes them: with the same bits.
#pragma once

#include <cstddef>
#include <type_traits>
#include <utility>

#include "spectralmc/configuration.hpp"
#include "spectralmc/numeric/complex.hpp"
#include "spectralmc/numeric/lanes.hpp"
#include "spectralmc/numeric/strided.hpp"

namespace spectralmc {
namespace detail {
SPECTRALMC_LANES_NAMESPACE_BEGIN

template <class Model, class = void>
struct takes_packs : std::false_type {};
template <class Model>
struct takes_packs<Model, std::void_t<decltype(std::declval<const Model&>().log_characteristic_function(
                              std::declval<complex<lanes<double>>>(), 1.0))>> : std::true_type {};

/// log E exp(i u X(time)) at u = re[k] + i im[k], k = 0 ... count - 1, into re and im.
template <class Model>
void replace_by_exponents(const Model& model, double time, double* re, double* im, std::size_t count) {
  using V = std::conditional_t<takes_packs<Model>::value, lanes<double>, double>;
  for_each_pack<V>(count, [&](std::size_t k, std::size_t used) {
    const complex<V> u(load_some<V>(re + k, used), load_some<V>(im + k, used));
    const complex<V> exponent = model.log_characteristic_function(u, time);
    store_some(exponent.re, re + k, used);
    store_some(exponent.im, im + k, used);
  });
}

SPECTRALMC_LANES_NAMESPACE_END
}  // namespace detail
}  // namespace spectralmc
