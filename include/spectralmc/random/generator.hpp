// Where the random numbers of a plan come from.
#pragma once

#include <cstdint>
#include <type_traits>
#include <utility>
#include <vector>

#include "spectralmc/configuration.hpp"
#include "spectralmc/errors.hpp"
#include "spectralmc/member_names.hpp"
#include "spectralmc/random/numbers.hpp"

namespace spectralmc {

/// Independent numbers of Philox4x32-10 (random/numbers.hpp): what a plan has unless it is given another generator.
struct philox {
  std::uint64_t seed = 0;       ///< number = f(seed, path, dimension)
  std::uint32_t substream = 0;  ///< an independent set of numbers under the same seed, below 2^31

  /// What the path loop reads, where it runs.
  using view = philox;
  template <class Upload>
  view make_view(Upload&&) const {
    return *this;
  }

  /// Any path has any number of blocks.
  /// @throws invalid_parameter for a substream of 2^31 or more
  void check(std::uint64_t /*first_path*/, std::uint64_t /*paths*/, std::uint64_t /*blocks*/) const {
    require(substream < (std::uint32_t{1} << 31), "substream", std::uint64_t{substream}, "[0, 2^31)");
  }

  /// The generator of pilot runs, whose numbers are none of the plan's: substreams from the other end.
  philox pilot() const { return {seed, 0x7fffffffU - substream}; }

  /// The numbers of path `first_path`, and for packs of its successors.
  template <class V>
  SPECTRALMC_PRIMITIVE philox_numbers<V> numbers(std::uint64_t first_path) const {
    return {seed, first_path, substream};
  }
};

namespace detail {

/// Stands for what uploads the tables of a generator.
struct upload_nothing {
  template <class T>
  const T* operator()(const std::vector<T>& values) const {
    return values.data();
  }
};

namespace form {
template <class Generator>
using view = typename Generator::view;
template <class Generator>
using make_view = decltype(view<Generator>(std::declval<const Generator&>().make_view(upload_nothing{})));
template <class Generator>
using check_paths =
    decltype(std::declval<const Generator&>().check(std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{1}));
template <class Generator>
using pilot = decltype(std::declval<const Generator&>().pilot());
template <class Generator, class V>
using numbers_of = decltype(std::declval<const view<Generator>&>().template numbers<V>(std::uint64_t{0}));
template <class Source>
using drawn = decltype(typename Source::block(std::declval<const Source&>().draw(std::uint32_t{0})));
template <class Source>
using numbers_of_block =
    decltype(typename Source::block{}, typename Source::value(std::declval<const typename Source::block&>().normal(0)),
             typename Source::value(std::declval<const typename Source::block&>().uniform(0)),
             tail<typename Source::value>(std::declval<const typename Source::block&>().uniform_tail(0)),
             std::declval<typename Source::block&>().advance(1));
}  // namespace form

/// What a generator must be, in words (docs/architecture.md, "A generator").
template <class Generator>
constexpr bool check_generator() {
  static_assert(valid<form::view, Generator> && valid<form::make_view, Generator>,
                "SpectralMC: a generator has a type view, what the path loop reads, and template <class Upload> view "
                "make_view(Upload&&) const (docs/architecture.md, A generator)");
  static_assert(valid<form::check_paths, Generator>,
                "SpectralMC: a generator has void check(std::uint64_t first_path, std::uint64_t paths, std::uint64_t "
                "blocks) const, which throws where it has no numbers (docs/architecture.md, A generator)");
  if constexpr (valid<form::check_paths, Generator>) {
    static_assert(std::is_void_v<form::check_paths<Generator>>,
                  "SpectralMC: a generator's check returns nothing: it throws where it has no numbers "
                  "(docs/architecture.md, A generator)");
  }
  static_assert(valid<form::pilot, Generator>,
                "SpectralMC: a generator has pilot() const, the generator of pilot runs (docs/architecture.md, A "
                "generator)");
  if constexpr (valid<form::view, Generator>) {
    static_assert(valid<form::numbers_of, Generator, double>,
                  "SpectralMC: a generator's view has template <class V> numbers(std::uint64_t first_path) const, the "
                  "numbers of a path or a pack of them (docs/architecture.md, A generator)");
    if constexpr (valid<form::numbers_of, Generator, double>) {
      using source = form::numbers_of<Generator, double>;
      static_assert(valid<form::drawn, source>,
                    "SpectralMC: the numbers of a path have types value and block, and block draw(std::uint32_t index) "
                    "const (docs/architecture.md, A generator)");
      if constexpr (valid<form::drawn, source>) {
        static_assert(
            valid<form::numbers_of_block, source>,
            "SpectralMC: a block of numbers has uniform(i), normal(i) and uniform_tail(i), i from 0 to 3, and "
            "advance(used), and can be made empty (docs/architecture.md, A generator)");
        using packs = form::numbers_of<Generator, lanes<double>>;
        static_assert(
            std::is_same_v<typename source::value, double> && std::is_same_v<typename packs::value, lanes<double>>,
            "SpectralMC: the numbers that a generator's view gives by numbers<V> are of value V, a number or "
            "a pack of them (docs/architecture.md, A generator)");
      }
    }
  }
  return true;
}

}  // namespace detail

}  // namespace spectralmc
