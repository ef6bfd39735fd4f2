// Whether classes have members of a name or of a form, for the checks of what users add to the library: a member that
// is there in a form that nobody looks for is an error, and not to be ignored.
#pragma once

#include <type_traits>

namespace spectralmc {
namespace detail {

template <class T, class Named>
struct both_of : T, Named {};

/// Whether Form<T...> is a valid expression.
template <class Void, template <class...> class Form, class... T>
struct is_valid : std::false_type {};
template <template <class...> class Form, class... T>
struct is_valid<std::void_t<Form<T...>>, Form, T...> : std::true_type {};
template <template <class...> class Form, class... T>
inline constexpr bool valid = is_valid<void, Form, T...>::value;

}  // namespace detail
}  // namespace spectralmc

/// Defines names_<member><T>: whether the class T has a member of that name, be it a function, a template, a constant
/// or a type. Of a class that inherits the name from two bases it is ambiguous, of a final one it cannot be seen.
#define SPECTRALMC_NAMES_MEMBER(member)                                                                          \
  struct named_##member {                                                                                        \
    int member;                                                                                                  \
  };                                                                                                             \
  template <class T, bool Open = std::is_class_v<T> && !std::is_final_v<T>, class = void>                        \
  struct names_##member : std::bool_constant<Open> {                                                             \
    static_assert(Open || !std::is_class_v<T>,                                                                   \
                  "SpectralMC: a class that is given to the library is not final: "                              \
                  "whether it has a member " #member " could not be seen (docs/architecture.md, Adding to it)"); \
  };                                                                                                             \
  template <class T>                                                                                             \
  struct names_##member<T, true, std::void_t<decltype(&both_of<T, named_##member>::member)>> : std::false_type {};
