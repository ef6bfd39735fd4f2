// Several assets, each under a model of its own with one Brownian motion, and these correlated.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "spectralmc/configuration.hpp"
#include "spectralmc/market/curves.hpp"
#include "spectralmc/market/market.hpp"
#include "spectralmc/models/black_scholes.hpp"
#include "spectralmc/models/model_table.hpp"
#include "spectralmc/models/parameter_list.hpp"
#include "spectralmc/models/state_components.hpp"
#include "spectralmc/numeric/complex.hpp"
#include "spectralmc/numeric/correlation.hpp"
#include "spectralmc/numeric/number.hpp"
#include "spectralmc/numeric/value.hpp"
#include "spectralmc/random/numbering.hpp"

namespace spectralmc {

/// A correlation matrix as a member of a list of parameters: for the list's `transformed` (models/parameter_list.hpp).
/// Each number below the diagonal, correlation[1][0], correlation[2][0], ..., is a parameter, and the one above it the
/// same. On the diagonal are ones.
template <class Result, class Number, class Visit>
basic_square_matrix<Result> transformed_correlation(const basic_square_matrix<Number>& correlation,
                                                    const Visit& visit) {
  basic_square_matrix<Number> below;
  for (const std::vector<Number>& row : correlation) {
    require(row.size() == correlation.size(), "correlation[i].size()", std::uint64_t{row.size()}, "the number of rows");
    below.emplace_back(row.begin(), row.begin() + static_cast<std::ptrdiff_t>(below.size()));
  }
  const basic_square_matrix<Result> moved = visit(parameter{"correlation", "", range::correlation}, below);
  basic_square_matrix<Result> result(moved.size(), std::vector<Result>(moved.size(), Result(1)));
  for (std::size_t i = 0; i < moved.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) result[i][j] = result[j][i] = moved[i][j];
  }
  return result;
}

/// The correlation matrix over numbers of another kind: f(name, parameter, number) for each number below the diagonal.
template <class Number, class From, class Visit>
basic_square_matrix<Number> with_numbers(const basic_square_matrix<From>& correlation, const Visit& f) {
  return transformed_correlation<Number>(correlation, detail::member_transform<Number, Visit>{f});
}

/// The states of several assets, with what makes prices of them.
template <class V, class... Models>
struct asset_states {};
template <class V, class Head, class... Tail>
struct asset_states<V, Head, Tail...> {
  typename Head::template state<V> head;
  scalar_of<V> log_forward_return, initial_spot;
  asset_states<V, Tail...> tail;
};

/// Those of each asset in turn; the scalars are all paths' own.
template <class V, class Head, class... Tail>
struct state_components<V, asset_states<V, Head, Tail...>> {
  using state = asset_states<V, Head, Tail...>;
  using of_head = state_components<V, typename Head::template state<V>>;
  using of_tail = state_components<V, asset_states<V, Tail...>>;
  static constexpr std::size_t count = of_head::count + of_tail::count;
  static constexpr bool all = of_head::all && of_tail::all;

  SPECTRALMC_HOST_DEVICE static V get(const state& s, std::size_t i) {
    return i < of_head::count ? of_head::get(s.head, i) : of_tail::get(s.tail, i - of_head::count);
  }
  SPECTRALMC_HOST_DEVICE static void set(state& s, std::size_t i, V value) {
    if (i < of_head::count) {
      of_head::set(s.head, i, value);
    } else {
      of_tail::set(s.tail, i - of_head::count, value);
    }
  }
};
template <class V>
struct state_components<V, asset_states<V>> {
  static constexpr std::size_t count = 0;
  static constexpr bool all = true;
  SPECTRALMC_HOST_DEVICE static V get(const asset_states<V>&, std::size_t) { return V(scalar_of<V>(0)); }
  SPECTRALMC_HOST_DEVICE static void set(asset_states<V>&, std::size_t, V) {}
};

namespace detail {

template <class... Models>
struct asset_coefficients {};
template <class Head, class... Tail>
struct asset_coefficients<Head, Tail...> {
  typename Head::coefficients head;
  coefficient<typename Head::real> log_forward_return;  // after the step
  asset_coefficients<Tail...> tail;
};

/// The numbers of one asset's step among those of all: its Brownian motion's is replaced by the correlated one.
template <class Model, class V, class Numbers>
struct asset_numbers {
  const Numbers& all;
  V correlated;
  int first;
  std::uint32_t first_reserve;

  SPECTRALMC_HOST_DEVICE SPECTRALMC_FORCE_INLINE V normal(int i) const {
    return i == Model::driving_normal ? correlated : all.normal(first + i);
  }
  SPECTRALMC_HOST_DEVICE SPECTRALMC_FORCE_INLINE auto uniform(int i) const { return all.uniform(first + i); }
  SPECTRALMC_HOST_DEVICE SPECTRALMC_FORCE_INLINE auto uniform_tail(int i) const { return all.uniform_tail(first + i); }
  SPECTRALMC_HOST_DEVICE SPECTRALMC_FORCE_INLINE auto reserve(std::uint32_t index) const {
    return all.reserve(first_reserve + index);
  }
};

}  // namespace detail

/// Assets under models with one Brownian motion each (those with a `driving_normal`: Black-Scholes, Bachelier,
/// displaced diffusion, local volatility, Merton, Kou, variance gamma, normal inverse Gaussian), whose increments have
/// the correlations given; jumps and clocks are independent. All markets have the same interest rates. Looked at by the
/// observers in paths/asset_observers.hpp. Exact if the models are.
template <class... Models>
class several_assets {
 public:
  static constexpr int count = sizeof...(Models);
  using real = typename std::tuple_element_t<0, std::tuple<Models...>>::real;
  static_assert((std::is_same_v<real, typename Models::real> && ...), "all models have the same arithmetic");
  using number = double_of<real>;
  static constexpr int numbers_per_step = (Models::numbers_per_step + ...);
  static constexpr int reserve_blocks = (detail::reserve_blocks_of<Models>::value + ...);
  using coefficients = detail::asset_coefficients<Models...>;
  template <class V>
  using state = asset_states<V, Models...>;

  /// @throws invalid_parameter for a matrix that is no correlation matrix of so many assets (correlation_factor), or
  ///         interest rates that differ
  several_assets(const basic_square_matrix<number>& correlation, Models... models) : models_(std::move(models)...) {
    require(correlation.size() == sizeof...(Models), "correlation.size()", std::uint64_t{correlation.size()},
            "the number of assets");
    const basic_square_matrix<number> factor = correlation_factor(correlation);
    for (std::size_t i = 0; i < factor.size(); ++i) {
      for (std::size_t j = 0; j <= i; ++j) factor_.push_back(factor[i][j]);
    }
    correlation_ = correlation;
    std::apply([this](const auto&... model) { (require_same_rates(model.asset()), ...); }, models_);
  }

  /// The market of the first asset, whose interest rates are those of all.
  const basic_market<number>& asset() const { return std::get<0>(models_).asset(); }
  template <int Asset>
  const auto& model() const {
    return std::get<Asset>(models_);
  }
  const basic_square_matrix<number>& correlation() const { return correlation_; }

  /// Forwards change with time, so every step has its coefficients.
  static constexpr bool time_dependent() { return true; }

  coefficients step_coefficients(double time, double length, model_table<real>& table) const {
    if (table.values().empty()) table.append(factor_);  // at the table's beginning
    coefficients c;
    fill<0>(c, time, length, table);
    return c;
  }

  state<real> initial_state() const {
    state<real> s;
    fill_state<0>(s);
    return s;
  }

  template <class V>
  SPECTRALMC_HOST_DEVICE static state<V> broadcast(const state<real>& s) {
    return broadcast_states<V>(s);
  }

  template <class V, class Numbers>
  SPECTRALMC_HOST_DEVICE static SPECTRALMC_FORCE_INLINE void step(const coefficients& c, state<V>& s,
                                                                  const Numbers& numbers, const real* table) {
    std::decay_t<decltype(numbers.normal(0))> independent[count];
    take_steps<0, 0, 0>(c, s, numbers, table, independent);
  }

  /// log E exp(i (u[0] X0 + u[1] X1 + ...)) at that time, X the logarithm of an asset over its forward. For assets that
  /// are all Black and Scholes', with any volatilities: their covariance is summed over the pieces on which all are
  /// constant.
  /// @throws invalid_parameter unless there is a frequency for each asset
  complex<double> log_joint_characteristic_function(const std::vector<complex<double>>& u, double time) const {
    static_assert((std::is_same_v<Models, black_scholes<real>> && ...), "known for Black and Scholes' model alone");
    require(u.size() == sizeof...(Models), "u.size()", std::uint64_t{u.size()}, "the number of assets");
    std::vector<const step_function*> volatility;
    std::apply([&](const auto&... m) { (volatility.push_back(&m.parameters().volatility), ...); }, models_);
    complex<double> sum(0, 0);
    for (std::size_t i = 0; i < u.size(); ++i) {
      sum += u[i] * complex<double>(0, 1) * covariance(*volatility[i], *volatility[i], time);
      for (std::size_t j = 0; j < u.size(); ++j) {
        sum += u[i] * u[j] * (correlation_[i][j] * covariance(*volatility[i], *volatility[j], time));
      }
    }
    return sum * -0.5;
  }

 private:
  void require_same_rates(const basic_market<number>& other) const {
    const basic_zero_curve<number>&a = asset().rates(), &b = other.rates();
    require(a.times() == b.times() && a.zero_rates() == b.zero_rates(), "rate", without_derivatives(b.zero_rates()[0]),
            "the same curve for all assets");
  }

  /// The integral of f g over [0, time].
  static double covariance(const step_function& f, const step_function& g, double time) {
    double sum = 0;
    f.for_each_piece(0, time, [&](double from, double to, double value) {
      g.for_each_piece(from, to,
                       [&](double begin, double end, double other) { sum = fma(value * other, end - begin, sum); });
    });
    return sum;
  }

  template <int Asset, class Coefficients>
  void fill(Coefficients& c, double time, double length, model_table<real>& table) const {
    const auto& m = model<Asset>();
    c.head = detail::step_coefficients(m, time, length, table);
    c.log_forward_return = m.asset().log_forward_return(time + length);
    if constexpr (Asset + 1 < count) fill<Asset + 1>(c.tail, time, length, table);
  }

  template <int Asset, class States>
  void fill_state(States& s) const {
    const auto& m = model<Asset>();
    s.head = m.initial_state();
    s.log_forward_return = real(0);
    s.initial_spot = static_cast<real>(m.asset().spot());
    if constexpr (Asset + 1 < count) fill_state<Asset + 1>(s.tail);
  }

  template <class V>
  SPECTRALMC_HOST_DEVICE static asset_states<V> broadcast_states(const asset_states<real>&) {
    return {};
  }
  template <class V, class Head, class... Tail>
  SPECTRALMC_HOST_DEVICE static asset_states<V, Head, Tail...> broadcast_states(
      const asset_states<real, Head, Tail...>& s) {
    return {Head::template broadcast<V>(s.head), s.log_forward_return, s.initial_spot, broadcast_states<V>(s.tail)};
  }

  template <int Asset, int First, int FirstReserve, class V, class Numbers, class Normal, class Head, class... Tail>
  SPECTRALMC_HOST_DEVICE static SPECTRALMC_FORCE_INLINE void take_steps(
      const detail::asset_coefficients<Head, Tail...>& c, asset_states<V, Head, Tail...>& s, const Numbers& numbers,
      const real* table, Normal (&independent)[count]) {
    independent[Asset] = numbers.normal(First + Head::driving_normal);
    const real* row = table + Asset * (Asset + 1) / 2;  // of the correlation matrix's factor
    V correlated = rounded_product(V(row[0]), independent[0]);
    for (int k = 1; k <= Asset; ++k) correlated = fma(V(row[k]), independent[k], correlated);
    detail::take_step<Head>(c.head, s.head,
                            detail::asset_numbers<Head, V, Numbers>{numbers, correlated, First, FirstReserve}, table);
    s.log_forward_return = c.log_forward_return;
    if constexpr (sizeof...(Tail) > 0) {
      take_steps<Asset + 1, First + Head::numbers_per_step, FirstReserve + detail::reserve_blocks_of<Head>::value>(
          c.tail, s.tail, numbers, table, independent);
    }
  }

  std::tuple<Models...> models_;
  basic_square_matrix<number> correlation_;
  std::vector<number> factor_;  // lower triangle by rows
};

}  // namespace spectralmc
