// Closed forms at many frequencies at once, in packs where the model's formula takes them: with the same bits. What the
// methods that price from them ask of a closed form before they trust it.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

#include "spectralmc/configuration.hpp"
#include "spectralmc/errors.hpp"
#include "spectralmc/numeric/complex.hpp"
#include "spectralmc/numeric/elementary.hpp"
#include "spectralmc/numeric/lanes.hpp"
#include "spectralmc/numeric/strided.hpp"
#include "spectralmc/parallel/block.hpp"

namespace spectralmc {
namespace detail {
SPECTRALMC_LANES_NAMESPACE_BEGIN

template <class Model, class = void>
struct takes_packs : std::false_type {};
template <class Model>
struct takes_packs<Model, std::void_t<decltype(std::declval<const Model&>().log_characteristic_function(
                              std::declval<complex<lanes<double>>>(), 1.0))>> : std::true_type {};

/// How many values of the closed form a method takes at most, unless said otherwise: `usual`, or fewer where the model
/// has a formula so slow that it says a number, for a refusal within seconds.
template <class Model, class = void>
struct usual_evaluations {
  static constexpr std::size_t at_most(std::size_t usual) { return usual; }
};
template <class Model>
struct usual_evaluations<Model, std::void_t<decltype(Model::largest_evaluations)>> {
  static constexpr std::size_t at_most(std::size_t usual) {
    return usual < Model::largest_evaluations ? usual : Model::largest_evaluations;
  }
};

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

template <class Model, class = void>
struct bounds_modulus : std::false_type {};
template <class Model>
struct bounds_modulus<Model, std::void_t<decltype(std::declval<const Model&>().log_modulus_bound(
                                 std::declval<complex<lanes<double>>>(), 1.0))>> : std::true_type {};

/// log|E exp(i u X(time))| at these frequencies, or where the model knows a bound on it without narrow peaks that one,
/// into re; im is lost.
template <class Model>
void replace_by_log_moduli(const Model& model, double time, double* re, double* im, std::size_t count) {
  if constexpr (bounds_modulus<Model>::value) {
    using V = lanes<double>;
    for_each_pack<V>(count, [&](std::size_t k, std::size_t used) {
      const complex<V> u(load_some<V>(re + k, used), load_some<V>(im + k, used));
      store_some(model.log_modulus_bound(u, time), re + k, used);
    });
  } else {
    replace_by_exponents(model, time, re, im, count);
  }
}

template <class Model>
class counted_model;

/// A model at one time, as a function of u.
template <class Model>
class model_at {
 public:
  static constexpr bool takes_packs = detail::takes_packs<Model>::value;
  static constexpr bool bounds_modulus = detail::bounds_modulus<Model>::value;

  /// The model is referred to.
  model_at(const Model& model, double time) : model_(&model), time_(time) {}

  SPECTRALMC_CALLS_AS_INSTANTIATED template <class V>
  SPECTRALMC_HOST_DEVICE complex<V> operator()(complex<V> u) const {
    return model_->log_characteristic_function(u, time_);
  }
  SPECTRALMC_CALLS_AS_INSTANTIATED template <class V>
  SPECTRALMC_HOST_DEVICE V log_modulus_bound(complex<V> u) const {
    return model_->log_modulus_bound(u, time_);
  }
  /// Called where values are asked for, of which there are then so many.
  SPECTRALMC_HOST_DEVICE void asked_for(std::uint32_t /*count*/) const {}

 private:
  const Model* model_;
  double time_;
};
template <class Model>
class model_at<counted_model<Model>> : public model_at<Model> {
 public:
  model_at(const counted_model<Model>& model, double time)
      : model_at<Model>(model.uncounted(), time), count_(&model.count()) {}
  SPECTRALMC_HOST_DEVICE void asked_for(std::uint32_t count) const { *count_ += count; }

 private:
  std::size_t* count_;
};

template <class Exponent, class = void>
struct has_log_modulus_bound : std::false_type {};
template <class Exponent>
struct has_log_modulus_bound<
    Exponent, std::void_t<decltype(std::declval<const Exponent&>().log_modulus_bound(std::declval<complex<double>>()))>>
    : std::true_type {};

/// The same for what a model's exponent_at returns: it holds all that it needs.
template <class Exponent>
struct plain_exponent : Exponent {
  static constexpr bool takes_packs = true;
  static constexpr bool bounds_modulus = has_log_modulus_bound<Exponent>::value;

  SPECTRALMC_HOST_DEVICE void asked_for(std::uint32_t /*count*/) const {}
};

/// A block's view of a closed form at one time, log E exp(i u X): its threads compute the values at several frequencies
/// together, and each of them has all that come out. Whoever uses it does the same on every thread of the block.
template <class Block, class Exponent>
class block_exponents {
 public:
  static constexpr bool bounds_modulus = Exponent::bounds_modulus;
  static constexpr std::uint32_t most = 144;  ///< frequencies at once

  /// What the threads share.
  struct storage {
    double re[most], im[most];
  };

  SPECTRALMC_HOST_DEVICE block_exponents(const Block& threads, const Exponent& exponent, storage& shared)
      : threads_(threads), exponent_(exponent), shared_(shared) {}

  SPECTRALMC_HOST_DEVICE const Block& threads() const { return threads_; }

  /// Takes the values at frequency(j), j = 0 ... count - 1, for as long as no others are taken.
  template <class Frequency>
  SPECTRALMC_HOST_DEVICE void take(std::uint32_t count, const Frequency& frequency) const {
    set(count, frequency);
    replace(count);
  }
  /// The same, but of log|E exp(i u X)|, or where it is known a bound on that without narrow peaks, as real parts.
  template <class Frequency>
  SPECTRALMC_HOST_DEVICE void take_log_moduli(std::uint32_t count, const Frequency& frequency) const {
    set(count, frequency);
    if constexpr (bounds_modulus) {
      replace_by_bounds(count);
    } else {
      replace(count);
    }
  }
  SPECTRALMC_HOST_DEVICE complex<double> operator[](std::uint32_t j) const { return {shared_.re[j], shared_.im[j]}; }
  /// Values j, j + 1, ..., as many as a V has.
  template <class V>
  SPECTRALMC_HOST_DEVICE complex<V> pack(std::uint32_t j) const {
    return {load<V>(shared_.re + j), load<V>(shared_.im + j)};
  }
  SPECTRALMC_HOST_DEVICE complex<double> at(complex<double> u) const {
    take(1, [&](std::uint32_t) { return u; });
    return (*this)[0];
  }

 private:
  using number = std::conditional_t<Exponent::takes_packs, typename Block::template number<double>, double>;

  template <class Frequency>
  SPECTRALMC_HOST_DEVICE void set(std::uint32_t count, const Frequency& frequency) const {
    exponent_.asked_for(count);
    threads_.phase([](std::uint32_t) {});  // none reads the last values any more
    threads_.phase([&](std::uint32_t thread) {
      for_all<double>(thread, count, [&](std::uint32_t j) {
        const complex<double> u = frequency(j);
        shared_.re[j] = u.re;
        shared_.im[j] = u.im;
      });
    });
  }

  SPECTRALMC_NEVER_INLINE SPECTRALMC_HOST_DEVICE void replace(std::uint32_t count) const {
    threads_.phase([&](std::uint32_t thread) {
      for_all<number>(thread, count, [&](std::uint32_t j) {
        const complex<number> value = exponent_(
            complex<number>(load_within<number>(shared_.re, j, count), load_within<number>(shared_.im, j, count)));
        store(value.re, shared_.re + j);
        store(value.im, shared_.im + j);
      });
    });
  }

  SPECTRALMC_NEVER_INLINE SPECTRALMC_HOST_DEVICE void replace_by_bounds(std::uint32_t count) const {
    threads_.phase([&](std::uint32_t thread) {
      for_all<number>(thread, count, [&](std::uint32_t j) {
        store(exponent_.log_modulus_bound(complex<number>(load_within<number>(shared_.re, j, count),
                                                          load_within<number>(shared_.im, j, count))),
              shared_.re + j);
      });
    });
  }

  /// body(j) for the thread's own of 0 ... count - 1: j is the first of as many as a V has.
  template <class V, class Body>
  SPECTRALMC_HOST_DEVICE void for_all(std::uint32_t thread, std::uint32_t count, const Body& body) const {
    constexpr auto width = static_cast<std::uint32_t>(lane_count<V>);
    for (std::uint32_t j = thread * width; j < count; j += threads_.size() * width) body(j);
  }

  const Block& threads_;
  const Exponent& exponent_;
  storage& shared_;
};

/// The same for a model, on the caller's thread.
template <class Model>
class model_exponents {
 public:
  model_exponents(const Model& model, double time) : exponent_(model, time) {}
  model_exponents(const model_exponents&) = delete;
  model_exponents& operator=(const model_exponents&) = delete;

  const block_exponents<pack_block, model_at<Model>>& get() const { return exponents_; }

 private:
  using exponents = block_exponents<pack_block, model_at<Model>>;
  model_at<Model> exponent_;
  typename exponents::storage shared_;
  pack_block threads_;
  exponents exponents_{threads_, exponent_, shared_};
};

inline constexpr std::size_t frequencies_beyond = 176;

/// The largest |phi| that is seen at frequencies from `last` to 32 times as high, with that imaginary part: jumps of
/// nearly one size bring it back after it has fallen, in peaks that can be narrow, unless the model bounds it. So 144
/// frequencies are followed by 16 around each of the two that are largest.
template <class Model>
double largest_modulus_beyond(const Model& model, double time, double last, double imaginary) {
  constexpr std::size_t around = 96, spread = 144, closer = 16;
  double u[spread], re[spread], im[spread];
  for (std::size_t j = 0; j < spread; ++j) {
    const double golden = rounded_product(0.6180339887498949, static_cast<double>(j + 1)),
                 share = golden - std::floor(golden);
    u[j] = last * (j < around ? fma(3.0, share, 1.0) : fma(28.0, share, 4.0));
    re[j] = u[j];
    im[j] = imaginary;
  }
  replace_by_log_moduli(model, time, re, im, spread);
  std::size_t first = 0, second = 1;
  for (std::size_t j = 1; j < spread; ++j) {
    if (re[j] > re[first]) {
      second = first;
      first = j;
    } else if (j == 1 || re[j] > re[second]) {
      second = j;
    }
  }
  double largest = re[first];
  for (const std::size_t j : {first, second}) {
    const double gap = last * (j < around ? 3.0 / around : 28.0 / (spread - around));
    double close_re[closer], close_im[closer];
    for (std::size_t i = 0; i < closer; ++i) {
      close_re[i] = maximum(fma(gap / 8, static_cast<double>(i) - 7.5, u[j]), last);
      close_im[i] = imaginary;
    }
    replace_by_log_moduli(model, time, close_re, close_im, closer);
    for (const double exponent : close_re) largest = maximum(largest, exponent);
  }
  return exp(largest);
}

/// Mean and standard deviation of a law, within a few tenths of the deviation.
struct rough_moments {
  double mean, deviation;
};

/// From a frequency at which |phi| is between exp(-1/4) and exp(-2^-10): there -2 log|phi| / u^2 is about the variance.
/// A few values of the formula. The deviation is 0 where none is found.
template <class Block, class Exponent>
SPECTRALMC_HOST_DEVICE rough_moments rough_moments_of(const block_exponents<Block, Exponent>& exponents, double time) {
  double u = 1 / sqrt(time), variance = 0, mean = 0;
  for (int i = 0; i < 60; ++i) {
    const complex<double> exponent = exponents.at(complex<double>(u, 0));
    if (!is_finite(exponent)) break;
    variance = -2 * exponent.re / (u * u);
    mean = exponent.im / u;
    if (exponent.re < -0.25) {
      u *= 0.5;
    } else if (exponent.re > -0x1p-10 && u < 1e12) {
      u *= 4;
    } else {
      break;
    }
  }
  return {mean, variance > 0 ? sqrt(variance) : 0.0};
}
template <class Model>
rough_moments rough_moments_of(const Model& model, double time) {
  return rough_moments_of(model_exponents<Model>(model, time).get(), time);
}

/// Whether X(time) is 0 for certain, as without volatility and without jumps: the exponent is 0 at a frequency at which
/// that of any law with a width that doubles can tell would not be.
template <class Block, class Exponent>
SPECTRALMC_HOST_DEVICE bool is_certain(const block_exponents<Block, Exponent>& exponents, double time) {
  const complex<double> exponent = exponents.at(complex<double>(1e12 / sqrt(minimum(time, 1.0)), 0));
  return exponent.re == 0 && exponent.im == 0;
}
template <class Model>
bool is_certain(const Model& model, double time) {
  return is_certain(model_exponents<Model>(model, time).get(), time);
}

/// @throws no_answer unless E exp(X) is 1 to 1e-6. Beside -i, where some formulas are 0 / 0; closer where the law
/// reaches so high that this is no longer -i.
template <class Model>
void require_martingale(const Model& model, double time) {
  complex<double> mean;
  for (const double beside : {1e-8, 1e-11}) {
    mean = model.log_characteristic_function(complex<double>(beside, -1), time);
    if (abs(mean) < 1e-6) return;
  }
  throw no_answer("the model's E exp(X) is not 1: its logarithm is " + value_text(mean.re));
}

/// A model whose characteristic function counts the values that are asked of it, by one thread. For arrays whose
/// lengths are multiples of 16 the count is the same with any width of packs.
template <class Model>
class counted_model {
 public:
  using real = typename Model::real;
  template <class V>
  using state = typename Model::template state<V>;

  /// Both are referred to.
  counted_model(const Model& model, std::size_t& count) : model_(&model), count_(&count) {}

  decltype(auto) asset() const { return model_->asset(); }
  const Model& uncounted() const { return *model_; }
  std::size_t& count() const { return *count_; }

  template <class V>
  auto log_characteristic_function(complex<V> u, double time) const
      -> decltype(std::declval<const Model&>().log_characteristic_function(u, time)) {
    *count_ += lane_count<V>;
    return model_->log_characteristic_function(u, time);
  }

  template <class V, class M = Model>
  auto log_modulus_bound(complex<V> u, double time) const
      -> decltype(std::declval<const M&>().log_modulus_bound(u, time)) {
    *count_ += lane_count<V>;
    return model_->log_modulus_bound(u, time);
  }

 private:
  const Model* model_;
  std::size_t* count_;
};

template <class Model>
struct usual_evaluations<counted_model<Model>> : usual_evaluations<Model> {};

SPECTRALMC_LANES_NAMESPACE_END
}  // namespace detail
}  // namespace spectralmc
