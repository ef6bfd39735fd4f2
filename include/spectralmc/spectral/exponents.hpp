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

/// Calls function(u, k) for packs (or numbers) u of the frequencies re[k] + i im[k] and so on, until `count` are done.
/// A last pack that is not full repeats the last frequency.
template <class V, class Function>
void for_each_pack(const double* re, const double* im, std::size_t count, const Function& function) {
  constexpr std::size_t width = lane_count<V>;
  std::size_t k = 0;
  for (; k + width <= count; k += width) function(complex<V>(load<V>(re + k), load<V>(im + k)), k, width);
  if (k < count) {
    double last_re[width], last_im[width];
    for (std::size_t i = 0; i < width; ++i) {
      const std::size_t j = k + i < count ? k + i : count - 1;
      last_re[i] = re[j];
      last_im[i] = im[j];
    }
    function(complex<V>(load<V>(last_re), load<V>(last_im)), k, count - k);
  }
}

/// log E exp(i u X(time)) at u = re[k] + i im[k], k = 0 ... count - 1, into re and im.
template <class Model>
void replace_by_exponents(const Model& model, double time, double* re, double* im, std::size_t count) {
  using V = std::conditional_t<takes_packs<Model>::value, lanes<double>, double>;
  for_each_pack<V>(re, im, count, [&](complex<V> u, std::size_t k, std::size_t used) {
    const complex<V> exponent = model.log_characteristic_function(u, time);
    if (used == lane_count<V>) {
      store(exponent.re, re + k);
      store(exponent.im, im + k);
    } else {
      double last_re[lane_count<V>], last_im[lane_count<V>];
      store(exponent.re, last_re);
      store(exponent.im, last_im);
      for (std::size_t i = 0; i < used; ++i) {
        re[k + i] = last_re[i];
        im[k + i] = last_im[i];
      }
    }
  });
}

SPECTRALMC_LANES_NAMESPACE_END
}  // namespace detail
}  // namespace spectralmc
