// Lists of parameters: what goes into a model, each with its name, unit and valid range, over numbers of any kind.
//
// A list is a template over its numbers, an aggregate basic_x_parameters<Number> with a member
//
//   template <class Result, class Visit>
//   basic_x_parameters<Result> transformed(const Visit& visit) const;
//
// that returns the list over the numbers Result, {visit(parameter, member), ...} of every member in turn; for a member
// that is a list itself, what its own `transformed` returns (docs/architecture.md, "Parameters"). All that is done with
// parameters is done by it: checks here, derivatives, calibration.
#pragma once

#include <limits>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "spectralmc/errors.hpp"
#include "spectralmc/market/curves.hpp"
#include "spectralmc/market/market.hpp"
#include "spectralmc/numeric/number.hpp"

namespace spectralmc {

/// An interval of numbers, and the same in words, which may leave out more: what a model refuses besides is in its
/// words alone. An infinite end never belongs to it.
struct valid_range {
  double lower, upper;
  bool with_lower, with_upper;  ///< whether the ends belong to it
  const char* text;

  bool contains(double x) const {
    return (with_lower ? x >= lower : x > lower) && (with_upper ? x <= upper : x < upper);
  }
};

/// The ranges that many parameters have.
namespace range {
inline constexpr double infinity = std::numeric_limits<double>::infinity();
inline constexpr valid_range finite{-infinity, infinity, false, false, "a finite number"};
inline constexpr valid_range positive{0, infinity, false, false, "(0, inf)"};
inline constexpr valid_range not_negative{0, infinity, true, false, "[0, inf)"};
inline constexpr valid_range correlation{-1, 1, true, true, "[-1, 1]"};
inline constexpr valid_range probability{0, 1, true, true, "[0, 1]"};
}  // namespace range

/// What is to be known of a parameter besides its value.
struct parameter {
  const char* name;
  const char* unit;  ///< "" where it has none
  valid_range range;
};

namespace detail {

/// f(name, parameter, number) of the numbers of a member of a list, with their results in their places: a number, a
/// function of time or a curve (whose numbers are called volatility[0], volatility[1], ...), a table (volatility[0][0],
/// ...).
template <class Number, class Visit>
struct member_transform {
  const Visit& visit;

  template <class From>
  auto operator()(const parameter& p, const From& number) const {
    return static_cast<Number>(visit(std::string(p.name), p, number));
  }
  template <class From>
  auto operator()(const parameter& p, const basic_step_function<From>& f) const {
    return basic_step_function<Number>(f.times(), numbers(p, p.name, f.values(), f.values().size() > 1));
  }
  template <class From>
  auto operator()(const parameter& p, const basic_zero_curve<From>& f) const {
    return basic_zero_curve<Number>(f.times(), numbers(p, p.name, f.zero_rates(), f.zero_rates().size() > 1));
  }
  template <class From>
  auto operator()(const parameter& p, const std::vector<std::vector<From>>& rows) const {
    std::vector<std::vector<Number>> result;
    for (const std::vector<From>& row : rows) {
      result.push_back(numbers(p, std::string(p.name) + "[" + std::to_string(result.size()) + "]", row, true));
    }
    return result;
  }

 private:
  template <class From>
  std::vector<Number> numbers(const parameter& p, const std::string& all, const std::vector<From>& values,
                              bool several) const {
    std::vector<Number> result;
    for (std::size_t i = 0; i < values.size(); ++i) {
      const std::string name = several ? all + "[" + std::to_string(i) + "]" : all;
      result.push_back(static_cast<Number>(visit(name, p, values[i])));
    }
    return result;
  }
};

}  // namespace detail

/// The list over numbers of another kind: f(name, parameter, number) for each number, in the list's order. The numbers
/// of a function of time with several values are called volatility[0], volatility[1], ...
template <class Number, template <class> class List, class From, class Visit>
List<Number> with_numbers(const List<From>& list, const Visit& f) {
  return list.template transformed<Number>(detail::member_transform<Number, Visit>{f});
}

namespace detail {

template <class List, class Number>
struct rebound_list;
template <template <class> class List, class From, class Number>
struct rebound_list<List<From>, Number> {
  using type = List<Number>;
};

}  // namespace detail

/// The type of a list over numbers of another kind.
template <class List, class Number>
using list_over = typename detail::rebound_list<List, Number>::type;

/// How many numbers a list without functions of time has.
template <class List>
inline constexpr int numbers_in_list = static_cast<int>(sizeof(list_over<List, unsigned char>));

/// The list in numbers V, as packs with one number in all lanes. For lists without functions of time.
template <class V, template <class> class List, class Number>
List<V> parameters_in(const List<Number>& list) {
  return list.template transformed<V>([](const parameter&, const Number& number) { return V(number); });
}

/// Calls f(name, parameter, number) for each number, in the list's order.
template <template <class> class List, class Number, class Visit>
void for_each_number(const List<Number>& list, const Visit& f) {
  with_numbers<Number>(list, [&](const std::string& name, const parameter& p, const Number& number) {
    f(name, p, number);
    return number;
  });
}

/// @throws invalid_parameter for the first number outside its range
template <class List>
void require_valid(const List& list) {
  for_each_number(list, [](const std::string&, const parameter& p, const auto& number) {
    const double value = without_derivatives(number);
    require(p.range.contains(value), p.name, value, p.range.text);
  });
}

/// The market over numbers of another kind: f(name, parameter, number) for the spot, the rates and the dividend yields.
template <class Number, class From, class Visit>
basic_market<Number> with_numbers(const basic_market<From>& asset, const Visit& f) {
  const detail::member_transform<Number, Visit> transform{f};
  const Number spot = transform(parameter{"spot", "currency", range::positive}, asset.spot());
  auto rates = transform(parameter{"rate", "1 / year", range::finite}, asset.rates());
  auto yields = transform(parameter{"dividend_yield", "1 / year", range::finite}, asset.dividend_yields());
  return basic_market<Number>(spot, std::move(rates), std::move(yields));
}

}  // namespace spectralmc
