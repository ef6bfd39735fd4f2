// One maturity under one model, of a book of options (pricing/option_book.hpp): what a block of threads of the CPU or
// of a device does with it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <type_traits>
#include <utility>

#include "spectralmc/configuration.hpp"
#include "spectralmc/models/parameter_list.hpp"
#include "spectralmc/numeric/complex.hpp"
#include "spectralmc/numeric/dual.hpp"
#include "spectralmc/numeric/elementary.hpp"
#include "spectralmc/numeric/estimate.hpp"
#include "spectralmc/numeric/lanes.hpp"
#include "spectralmc/numeric/strided.hpp"
#include "spectralmc/parallel/block.hpp"
#include "spectralmc/pricing/cosine_series.hpp"
#include "spectralmc/pricing/cosine_slice.hpp"
#include "spectralmc/spectral/exponents.hpp"

namespace spectralmc {

namespace detail {

/// How many parameters a model's prices are differentiated by: those of its list where it has
///   template <class P, class V> static auto exponent(const basic_list<P>&, complex<V> u, V time),
/// log E exp(i u X(time)) for parameters that are numbers or duals; else none.
template <class Model, class = void>
struct differentiated_parameters {
  static constexpr int count = 0;
};
template <class Model>
struct differentiated_parameters<
    Model, std::void_t<decltype(Model::exponent(std::declval<const typename Model::parameter_list&>(),
                                                std::declval<complex<double>>(), 1.0))>> {
  static constexpr int count = numbers_in_list<typename Model::parameter_list>;
};

/// The list of a model's parameters, in numbers that carry their derivatives by each.
template <class Model, class V>
using differentiated_list = list_over<typename Model::parameter_list, dual<V, differentiated_parameters<Model>::count>>;

/// log E exp(i u X) at one time, with its derivatives by the parameters.
template <class Model, class V>
struct differentiated_exponent {
  static constexpr int count = differentiated_parameters<Model>::count;
  differentiated_list<Model, V> parameters;
  double time;

  SPECTRALMC_HOST_DEVICE auto operator()(complex<V> u) const { return Model::exponent(parameters, u, V(time)); }
};

/// Of no parameters.
struct not_differentiated {
  static constexpr int count = 0;
};

}  // namespace detail

/// What a slice of a book is made of, but for its model's exponent: the options of one model and maturity.
struct book_slice {
  std::size_t model;
  double maturity;
  double spot, forward, discount;
  double shift;              ///< log(forward / spot)
  std::size_t first, count;  ///< of its options
};

/// What came of it: a price has the error cosine_slice::error_of_price says.
struct book_slice_result {
  slice_refusal refusal = slice_refusal::none;
  double error = 0;
};

/// Where the options of a book are, and what is to become of them: rows of numbers by option.
struct book_rows {
  const double* strikes;
  const unsigned char* calls;  ///< 1 for a call, 0 for a put
  double* prices;
  double* derivatives;  ///< deltas, then gammas, then the derivatives by each parameter; or none
  std::size_t options;  ///< the length of a row
};

/// What prices of a book are held to, and the interval of X if it is known: if it has a width.
struct book_limits {
  double tolerance;
  std::size_t largest_terms;
  interval known{0, 0};
};

SPECTRALMC_LANES_NAMESPACE_BEGIN

/// Room for the terms of one slice: rows of numbers.
struct slice_memory {
  double* rows;
  std::size_t length;

  static SPECTRALMC_HOST_DEVICE constexpr std::size_t row_count(int parameters) {
    return parameters < 0 ? 3 : 4 + 2 * static_cast<std::size_t>(parameters);
  }

  SPECTRALMC_HOST_DEVICE bool reach(std::size_t terms) const { return terms <= length; }
  SPECTRALMC_HOST_DEVICE double* row(std::size_t i) const { return rows + i * length; }
  SPECTRALMC_HOST_DEVICE double* coefficients() const { return row(0); }
  SPECTRALMC_HOST_DEVICE double* cosine_weights() const { return row(1); }
  SPECTRALMC_HOST_DEVICE double* sine_weights() const { return row(2); }
  SPECTRALMC_HOST_DEVICE double* coefficients_over_number() const { return row(3); }
  SPECTRALMC_HOST_DEVICE spectralmc::cosine_weights weights(std::size_t terms) const { return {row(1), row(2), terms}; }
  SPECTRALMC_HOST_DEVICE spectralmc::cosine_weights weights_by(int parameter, std::size_t terms) const {
    const std::size_t i = 4 + 2 * static_cast<std::size_t>(parameter);
    return {row(i), row(i + 1), terms};
  }
};

/// Prices the options of a slice, and their derivatives if there is somewhere to put them.
template <class Block, class Exponent, class Differentiated>
class book_slice_program {
  using method = cosine_slice_program<Block, Exponent>;
  using V = typename Block::template number<double>;
  static constexpr int parameters = Differentiated::count;
  static constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

 public:
  struct storage {
    typename method::storage terms;
    double constants[parameters + 1];  // the sums of the weights of cosines, by parameter
  };

  static SPECTRALMC_HOST_DEVICE book_slice_result run(const Block& threads, const Exponent& exponent,
                                                      const Differentiated& differentiated, const book_slice& slice,
                                                      const book_limits& limits, const book_rows& rows, storage& shared,
                                                      slice_memory memory) {
    const method terms(threads, exponent, slice.maturity, shared.terms);
    cosine_slice law;
    law.spot = slice.spot;
    law.forward = slice.forward;
    law.discount = slice.discount;
    const slice_refusal refusal =
        terms.prepare(slice.shift, {limits.tolerance, limits.largest_terms, false}, limits.known, memory, law);
    const bool derivatives = rows.derivatives != nullptr;
    if (refusal != slice_refusal::none) {
      threads.phase([&](std::uint32_t thread) {
        for (std::size_t i = slice.first + thread; i < slice.first + slice.count; i += threads.size()) {
          rows.prices[i] = not_a_number;
          for (int row = 0; derivatives && row < 2 + parameters; ++row) {
            rows.derivatives[static_cast<std::size_t>(row) * rows.options + i] = not_a_number;
          }
        }
      });
      return {refusal, 0};
    }
    if (derivatives) differentiate(threads, differentiated, slice, law, shared, memory);
    threads.phase([&](std::uint32_t thread) {
      for_strikes(threads, thread, rows.strikes + slice.first, slice.count, [&](const auto& strike, std::size_t first) {
        constexpr int packs = sizeof(strike) / sizeof(V);
        V prices[packs];
        mask_of<V> calls[packs];
        for (int i = 0; i < packs; ++i) calls[i] = of_calls(rows, slice, first + i * lane_count<V>);
        cosine_prices(law, memory.weights(law.terms), calls, strike, prices);
        store_row(prices, rows.prices, slice, first);
        if (derivatives) {
          take_derivatives(law, memory, shared, rows, slice, first, calls, strike, prices);
        }
      });
    });
    return {refusal, law.error};
  }

 private:
  static SPECTRALMC_HOST_DEVICE mask_of<V> of_calls(const book_rows& rows, const book_slice& slice, std::size_t first) {
    double is_call[lane_count<V>];
    for (std::size_t i = 0; i < lane_count<V>; ++i) {
      is_call[i] = first + i < slice.count ? rows.calls[slice.first + first + i] : 0;
    }
    return load<V>(is_call) > V(0.0);
  }

  template <int Packs>
  static SPECTRALMC_HOST_DEVICE void store_row(const V (&values)[Packs], double* row, const book_slice& slice,
                                               std::size_t first) {
    for (int i = 0; i < Packs; ++i) {
      store_within(values[i], row + slice.first, first + i * lane_count<V>, slice.count);
    }
  }

  /// The weights of the derivatives, with the sums of those of cosines.
  static SPECTRALMC_HOST_DEVICE void differentiate(const Block& threads, const Differentiated& differentiated,
                                                   const book_slice& slice, const cosine_slice& law, storage& shared,
                                                   slice_memory memory) {
    const double width = law.support.width(), step = pi / width;
    const auto terms = static_cast<std::uint32_t>(law.terms);
    threads.phase([&](std::uint32_t thread) {
      for_elements<double>(threads, thread, terms, [&](std::uint32_t k) {
        double numbers[lane_count<V>];
        for (std::size_t i = 0; i < lane_count<V>; ++i) numbers[i] = static_cast<double>(k + i);
        const V n = load<V>(numbers), zero(0.0);
        store(load<V>(memory.coefficients() + k) / maximum(n, V(1.0)), memory.coefficients_over_number() + k);
        if constexpr (parameters > 0) {
          const V u = rounded_product(V(step), n);
          const auto value = differentiated(complex<V>(u, zero));
          V sine, cosine;
          sin_cos(fma(u, V(slice.shift - law.support.lower), value.value.im), sine, cosine);
          const V modulus = exp(value.value.re), re = rounded_product(modulus, cosine), im = modulus * sine;
          for (int i = 0; i < parameters; ++i) {
            const complex<V> by = value.derivative[i];
            const V weight = V(2.0) * fma(by.re, re, -(by.im * im)) / (V(width) * fma(u, u, V(1.0)));
            const std::size_t row = 4 + 2 * static_cast<std::size_t>(i);
            store(weight, memory.row(row) + k);
            store(select(n > zero, weight / u, zero), memory.row(row + 1) + k);
          }
        }
      });
    });
    if constexpr (parameters > 0) {
      threads.phase([&](std::uint32_t thread) {
        for (std::uint32_t i = thread; i < static_cast<std::uint32_t>(parameters); i += threads.size()) {
          const double* const weights = memory.row(4 + 2 * i);
          double sum = 0;
          for (std::uint32_t n = 1; n < terms; ++n) sum += weights[n];
          shared.constants[i] = sum;
        }
      });
    }
  }

  template <int Packs>
  static SPECTRALMC_HOST_DEVICE void take_derivatives(const cosine_slice& law, slice_memory memory,
                                                      const storage& shared, const book_rows& rows,
                                                      const book_slice& slice, std::size_t first,
                                                      const mask_of<V> (&calls)[Packs], const V (&strike)[Packs],
                                                      const V (&prices)[Packs]) {
    const V zero(0.0), one(1.0), spot(law.spot), discount(law.discount);
    const double width = law.support.width();
    const cosine_places<V, Packs> at(law, strike);
    const wave_sums<V, Packs> sums(memory.coefficients_over_number(), memory.coefficients(), law.terms, at.cosine);
    V delta[Packs], gamma[Packs];
    for (int i = 0; i < Packs; ++i) {
      const auto inside = both(at.share[i] > zero, at.share[i] < one);
      const V law_below = minimum(
          maximum(fma(V(2 / pi), rounded_product(at.sine[i], sums.sines_over_sine[i]), at.share[i]), zero), one);
      const V below = select(inside, law_below, select(at.share[i] > zero, one, zero));
      const V density = select(inside, maximum(V(2 / width) * (V(0.5) + sums.cosines[i]), zero), zero);
      const V slope = rounded_product(discount, select(calls[i], below - one, below));
      delta[i] = fma(-strike[i], slope, prices[i]) / spot;
      gamma[i] = discount * density * (strike[i] / spot) / spot;
    }
    store_row(delta, rows.derivatives, slice, first);
    store_row(gamma, rows.derivatives + rows.options, slice, first);
    for (int i = 0; i < parameters; ++i) {
      V by_parameter[Packs];
      cosine_derivatives(law, memory.weights_by(i, law.terms), shared.constants[i], at, strike, by_parameter);
      store_row(by_parameter, rows.derivatives + (2 + static_cast<std::size_t>(i)) * rows.options, slice, first);
    }
  }
};

SPECTRALMC_LANES_NAMESPACE_END
}  // namespace spectralmc
