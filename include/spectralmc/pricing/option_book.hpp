// European options of many models in closed form at once, by the COS method: a book's revaluation, a calibration's
// population, a surface in its scenarios.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <numeric>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "spectralmc/allocation.hpp"
#include "spectralmc/errors.hpp"
#include "spectralmc/models/closed_form_concept.hpp"
#include "spectralmc/models/parameter_list.hpp"
#include "spectralmc/numeric/dual.hpp"
#include "spectralmc/numeric/elementary.hpp"
#include "spectralmc/numeric/estimate.hpp"
#include "spectralmc/numeric/lanes.hpp"
#include "spectralmc/parallel/block.hpp"
#include "spectralmc/parallel/cpu.hpp"
#include "spectralmc/pricing/black.hpp"
#include "spectralmc/pricing/book_slice.hpp"
#include "spectralmc/pricing/cosine_slice.hpp"
#include "spectralmc/pricing/european_options.hpp"
#include "spectralmc/spectral/exponents.hpp"

namespace spectralmc {

/// An option of a book.
struct book_option {
  std::size_t model = 0;  ///< which of the list
  double maturity = 0;    ///< years, (0, inf)
  option_type type = option_type::call;
  double strike = 0;  ///< (0, inf)
};

/// How far the pricing of a book has come.
struct book_progress {
  std::size_t options_done, options_total;
};

struct book_settings {
  double tolerance = 1e-8;   ///< of a price over its discount and the larger of forward and strike; [1e-14, 0.1]
  bool derivatives = false;  ///< whether prices are differentiated as well
  /// Called now and then, from one thread at a time. Once it returns false the work ends; what is priced is kept.
  std::function<bool(const book_progress&)> on_progress = nullptr;
};

/// Options of a book that have no price, or no derivatives, and why.
struct book_refusal {
  std::vector<std::size_t> options;
  std::string reason;
};

/// What a book is worth, by option in the order of the book.
struct book_prices {
  std::vector<estimate> prices;        ///< with their errors; not a number with an infinite error where there is none
  std::vector<double> deltas, gammas;  ///< by the spot; empty unless asked for
  std::vector<std::vector<double>> by_parameter;  ///< [parameter][option], in the order of the model's list
  std::vector<book_refusal> refusals;
  bool complete = true;  ///< whether it was not stopped
};

namespace detail {

/// The options of a book sorted by model and maturity, each pair of which is a slice.
struct sorted_book {
  std::vector<book_slice> slices;
  std::vector<std::size_t> order;  ///< of the sorted options in the book; empty where it was sorted before
  std::vector<double> strikes;
  std::vector<unsigned char> calls;

  std::size_t option(std::size_t sorted) const { return order.empty() ? sorted : order[sorted]; }
};

inline std::string option_member(std::size_t option, const char* member) {
  return "options[" + std::to_string(option) + "]." + member;
}

inline void require_positive_member(std::size_t option, const char* member, double value) {
  if (!(value > 0 && is_finite(value))) {
    throw invalid_parameter(option_member(option, member), value_text(value), "(0, inf)");
  }
}

/// @throws invalid_parameter for an option that cannot be one
template <class Model>
sorted_book sort_book(const std::vector<Model>& models, const std::vector<book_option>& options) {
  sorted_book book;
  const auto before = [&](const book_option& a, const book_option& b) {
    return a.model != b.model ? a.model < b.model : a.maturity < b.maturity;
  };
  for (std::size_t i = 0; i < options.size(); ++i) {
    if (options[i].model >= models.size()) {
      throw invalid_parameter(option_member(i, "model"), value_text(std::uint64_t{options[i].model}),
                              "below the number of models, " + std::to_string(models.size()));
    }
    require_positive_member(i, "maturity", options[i].maturity);
    require_positive_member(i, "strike", options[i].strike);
  }
  if (!std::is_sorted(options.begin(), options.end(), before)) {
    book.order.resize(options.size());
    std::iota(book.order.begin(), book.order.end(), std::size_t{0});
    std::stable_sort(book.order.begin(), book.order.end(),
                     [&](std::size_t i, std::size_t j) { return before(options[i], options[j]); });
  }
  book.strikes.resize(options.size());
  book.calls.resize(options.size());
  for (std::size_t i = 0; i < options.size(); ++i) {
    const book_option& option = options[book.option(i)];
    book.strikes[i] = option.strike;
    book.calls[i] = option.type == option_type::call ? 1 : 0;
    if (book.slices.empty() || book.slices.back().model != option.model ||
        book.slices.back().maturity != option.maturity) {
      const auto& asset = models[option.model].asset();
      book.slices.push_back({option.model, option.maturity, asset.spot(), asset.forward(option.maturity),
                             asset.discount(option.maturity), asset.log_forward_return(option.maturity), i, 0});
      require_payable("forward", book.slices.back().forward, book.slices.back().discount);
    }
    if (!is_finite(option.strike * book.slices.back().discount)) {
      throw invalid_parameter(option_member(book.option(i), "strike"), value_text(option.strike),
                              "one whose discounted value is in (0, 1.8e308)");
    }
    ++book.slices.back().count;
  }
  return book;
}

template <class Model, class = void>
struct has_exponent_at : std::false_type {};
template <class Model>
struct has_exponent_at<Model, std::void_t<decltype(std::declval<const Model&>().exponent_at(1.0))>> : std::true_type {};

/// The model at that time, as a function of u that takes nothing but what it holds; or if it has no such thing, one
/// that refers to the model.
template <class Model>
auto exponent_of(const Model& model, double time) {
  if constexpr (has_exponent_at<Model>::value) {
    return plain_exponent<std::decay_t<decltype(model.exponent_at(time))>>{model.exponent_at(time)};
  } else {
    return model_at<Model>(model, time);
  }
}

/// The same with derivatives, in numbers V.
template <class V, class Model>
auto differentiated_exponent_of(const Model& model, double time) {
  if constexpr (differentiated_parameters<Model>::count > 0) {
    using number = dual<V, differentiated_parameters<Model>::count>;
    int i = 0;
    return differentiated_exponent<Model, V>{
        model.parameters().template transformed<number>(
            [&](const parameter&, double value) { return number::parameter(V(value), i++); }),
        time};
  } else {
    return not_differentiated{};
  }
}

inline constexpr std::size_t slice_terms = 4096;  ///< there is room for at first

/// Why prices by other methods have no derivatives.
inline std::string no_derivatives(slice_refusal refusal) {
  const std::string text = "priced without derivatives: ";
  if (refusal == slice_refusal::certain) return text + "the law has no width";
  if (refusal == slice_refusal::no_interval) return text + "the COS method finds no interval that holds the law";
  return text + "the COS method does not reach the tolerance";
}

/// Where the work on a book leaves what it finds, in sorted order.
struct book_results {
  std::vector<double> prices, errors, derivatives;
  std::vector<std::vector<book_refusal>> refusals;  ///< by slice
  std::vector<unsigned char> done;                  ///< by slice

  book_results(const sorted_book& book, std::size_t rows_of_derivatives) {
    const std::size_t options = book.strikes.size();
    constexpr double nothing = std::numeric_limits<double>::quiet_NaN();
    assign(prices, options, nothing, "the prices of a book");
    assign(errors, options, std::numeric_limits<double>::infinity(), "the errors of a book's prices");
    assign(derivatives, rows_of_derivatives * options, nothing, "the derivatives of a book's prices");
    refusals.resize(book.slices.size());
    done.resize(book.slices.size());
  }

 private:
  static void assign(std::vector<double>& row, std::size_t size, double value, const char* purpose) {
    assign_zeros(row, size, purpose);
    std::fill(row.begin(), row.end(), value);
  }
};

inline book_rows rows_of(const sorted_book& book, book_results& results) {
  return {book.strikes.data(), book.calls.data(), results.prices.data(),
          results.derivatives.empty() ? nullptr : results.derivatives.data(), book.strikes.size()};
}

/// Takes the errors of a slice that has its prices.
inline void take_errors(const sorted_book& book, const book_slice& slice, double error, book_results& results) {
  cosine_slice law;
  law.forward = slice.forward;
  law.discount = slice.discount;
  law.error = error;
  for (std::size_t i = slice.first; i < slice.first + slice.count; ++i) {
    results.errors[i] = law.error_of_price(book.strikes[i]);
  }
}

SPECTRALMC_LANES_NAMESPACE_BEGIN

/// Prices a slice that the COS method refuses by another method.
template <class Model>
void price_otherwise(const Model& model, const sorted_book& book, std::size_t number, slice_refusal refusal,
                     const book_settings& settings, book_results& results) {
  const book_slice& slice = book.slices[number];
  for (const option_type type : {option_type::call, option_type::put}) {
    std::vector<std::size_t> places, options;
    std::vector<double> strikes;
    for (std::size_t i = slice.first; i < slice.first + slice.count; ++i) {
      if ((book.calls[i] != 0) != (type == option_type::call)) continue;
      places.push_back(i);
      options.push_back(book.option(i));
      strikes.push_back(book.strikes[i]);
    }
    if (places.empty()) continue;
    const auto refuse = [&](const std::string& reason) { results.refusals[number].push_back({options, reason}); };
    try {
      const maturity_prices found =
          option_prices(model, slice.maturity, type, strikes, pricing_method::automatic, settings.tolerance);
      for (std::size_t i = 0; i < places.size(); ++i) {
        results.prices[places[i]] = found.prices[i].value;
        results.errors[places[i]] = found.prices[i].truncation_error;
      }
    } catch (const no_answer& e) {
      refuse(e.what());
      continue;
    }
    if (settings.derivatives) refuse(no_derivatives(refusal));
  }
}

template <class Model>
class book_work {
  using block = pack_block;
  using exponent = decltype(exponent_of(std::declval<const Model&>(), 1.0));
  using differentiated = decltype(differentiated_exponent_of<lanes<double>>(std::declval<const Model&>(), 1.0));
  using program = book_slice_program<block, exponent, differentiated>;

 public:
  static constexpr std::size_t slices_of_unit = 4;

  struct workspace {
    typename program::storage shared;
    std::vector<double> rows;
  };

  book_work(const std::vector<Model>& models, const sorted_book& book, const book_settings& settings,
            book_results& results)
      : models_(models), book_(book), settings_(settings), results_(results) {}

  std::uint64_t unit_count() const { return (book_.slices.size() + slices_of_unit - 1) / slices_of_unit; }
  static std::size_t total_size() { return 0; }
  workspace make_workspace() const {
    workspace result;
    make_room(result, slice_terms);
    return result;
  }
  std::uint64_t run_unit(std::uint64_t unit, workspace& mine, double*, function_view<bool()> keep_on) const {
    std::uint64_t options = 0;
    const std::size_t first = unit * slices_of_unit;
    for (std::size_t i = first; i < (std::min)(first + slices_of_unit, book_.slices.size()); ++i) {
      if (i > first && !keep_on()) break;
      if (results_.done[i] == 0) price(i, mine);
      options += book_.slices[i].count;
    }
    return options;
  }

 private:
  void make_room(workspace& mine, std::size_t terms) const {
    assign_zeros(mine.rows, slice_memory::row_count(settings_.derivatives ? differentiated::count : -1) * terms,
                 "the terms of a slice of a book");
  }

  void price(std::size_t number, workspace& mine) const {
    const book_slice& slice = book_.slices[number];
    const Model& model = models_[slice.model];
    book_slice_result result = run(model, slice, {settings_.tolerance, slice_terms}, slice_terms, mine);
    if (result.refusal == slice_refusal::no_interval || result.refusal == slice_refusal::many_terms) {
      result = run_at_leisure(model, slice, result.refusal, mine);
    }
    if (result.refusal == slice_refusal::none) {
      take_errors(book_, slice, result.error, results_);
    } else {
      price_otherwise(model, book_, number, result.refusal, settings_, results_);
    }
    results_.done[number] = 1;
  }

  book_slice_result run(const Model& model, const book_slice& slice, const book_limits& limits, std::size_t room,
                        workspace& mine) const {
    return program::run(block{}, exponent_of(model, slice.maturity), differentiated_if_asked(model, slice.maturity),
                        slice, limits, rows_of(book_, results_), mine.shared, {mine.rows.data(), room});
  }

  /// What the first attempt has no time for: an interval by cumulants, or more terms.
  book_slice_result run_at_leisure(const Model& model, const book_slice& slice, slice_refusal refusal,
                                   workspace& mine) const {
    const std::size_t most = usual_evaluations<Model>::at_most(std::size_t{1} << 17);
    book_limits limits{settings_.tolerance, slice_terms};
    if (refusal == slice_refusal::no_interval) {
      try {
        limits.known = model_range(model, slice.maturity, 0.125 * settings_.tolerance);
      } catch (const no_answer&) {
        return {refusal, 0};
      }
      const book_slice_result result = run(model, slice, limits, slice_terms, mine);
      if (result.refusal != slice_refusal::many_terms) return result;
    }
    make_room(mine, most);
    limits.largest_terms = most;
    const book_slice_result result = run(model, slice, limits, most, mine);
    make_room(mine, slice_terms);
    return result;
  }

  differentiated differentiated_if_asked(const Model& model, double time) const {
    return settings_.derivatives ? differentiated_exponent_of<lanes<double>>(model, time) : differentiated{};
  }

  const std::vector<Model>& models_;
  const sorted_book& book_;
  const book_settings& settings_;
  book_results& results_;
};

/// Prices what is not done of a book, of which `options_done` are.
template <class Model>
void price_rest(const cpu& execution, const std::vector<Model>& models, const sorted_book& book,
                const book_settings& settings, std::size_t options_done, book_results& results) {
  reduce_in_order(
      execution, book_work<Model>(models, book, settings, results), take_nothing{}, [&](std::uint64_t options) {
        return !settings.on_progress ||
               settings.on_progress({(std::max)(static_cast<std::size_t>(options), options_done), book.strikes.size()});
      });
}

SPECTRALMC_LANES_NAMESPACE_END

template <class Model>
std::size_t rows_of_derivatives(const book_settings& settings) {
  return settings.derivatives ? 2 + static_cast<std::size_t>(differentiated_parameters<Model>::count) : 0;
}

/// The results in the order of the book.
template <class Model>
book_prices in_order_of_book(const sorted_book& book, const book_settings& settings, book_results& results) {
  const std::size_t options = book.strikes.size();
  book_prices found;
  found.prices.resize(options);
  const auto row_in_order = [&](std::size_t row) {
    std::vector<double> result(options);
    for (std::size_t i = 0; i < options; ++i) result[book.option(i)] = results.derivatives[row * options + i];
    return result;
  };
  for (std::size_t i = 0; i < options; ++i) {
    estimate& price = found.prices[book.option(i)];
    price.value = results.prices[i];
    price.truncation_error = results.errors[i];
  }
  const std::size_t rows = rows_of_derivatives<Model>(settings);
  if (rows > 0) {
    found.deltas = row_in_order(0);
    found.gammas = row_in_order(1);
    for (std::size_t row = 2; row < rows; ++row) found.by_parameter.push_back(row_in_order(row));
  }
  book_refusal stopped{{}, "stopped before"};
  for (std::size_t i = 0; i < book.slices.size(); ++i) {
    for (book_refusal& refusal : results.refusals[i]) found.refusals.push_back(std::move(refusal));
    if (results.done[i] != 0) continue;
    const book_slice& slice = book.slices[i];
    for (std::size_t k = slice.first; k < slice.first + slice.count; ++k) stopped.options.push_back(book.option(k));
  }
  if (!stopped.options.empty()) {
    found.complete = false;
    found.refusals.push_back(std::move(stopped));
  }
  return found;
}

/// A book from its options to its prices: work(sorted book, results) does what is between.
template <class Model, class Work>
book_prices priced_book(const std::vector<Model>& models, const std::vector<book_option>& options,
                        const book_settings& settings, const Work& work) {
  static_assert(closed_form_is_checked<Model>);
  static_assert(models_logarithm<Model>, "SpectralMC: books of options are for models of log(S)");
  require(settings.tolerance >= 1e-14 && settings.tolerance <= 0.1, "tolerance", settings.tolerance, "[1e-14, 0.1]");
  book_prices found;
  with_memory_for("the options of a book", options.size() * (sizeof(book_option) + sizeof(estimate)), [&] {
    const sorted_book book = sort_book(models, options);
    book_results results(book, rows_of_derivatives<Model>(settings));
    work(book, results);
    found = in_order_of_book<Model>(book, settings, results);
  });
  return found;
}

}  // namespace detail

/// Today's prices of many European options, each under one of the models, with its error: as `option_prices` has them,
/// but many models and maturities at once, on the execution's threads. The options of one model and maturity share
/// interval and terms, which are the model's own and the maturity's; they need not stand beside each other. What the
/// COS method has no answer for is priced by `option_prices`; what that has none for is refused
/// with its reason, and the rest is priced. The same bits with any number of threads, and on a device
/// (option_book.cuh).
///
/// With settings.derivatives also delta and gamma, and for models with a static `exponent` over their list of
/// parameters (heston, bates) the derivatives by each of these. They have no error of their own: the series are those
/// of the prices, differentiated term by term.
///
/// Cost: on a core with AVX-512 some 10 to 20 microseconds a model and maturity, and 40 to 80 nanoseconds an option.
/// @throws invalid_parameter for an option or a tolerance outside its range, before any work
/// @throws allocation_error where memory is short
template <class Model>
book_prices price_book(const cpu& execution, const std::vector<Model>& models, const std::vector<book_option>& options,
                       const book_settings& settings = {}) {
  return detail::priced_book(models, options, settings,
                             [&](const detail::sorted_book& book, detail::book_results& results) {
                               detail::price_rest(execution, models, book, settings, 0, results);
                             });
}

}  // namespace spectralmc
