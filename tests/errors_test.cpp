// Each bad input has its exception, whose text names the parameter and its value.
#include "spectralmc/errors.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <new>
#include <string>
#include <tuple>
#include <vector>

#include "faulty_model.hpp"
#include "spectralmc/spectralmc.hpp"

// Allocation functions are replaced to fail when told so; the thread sanitizer has its own, which cannot be replaced.
#if defined(__SANITIZE_THREAD__)
#define TEST_FAILING_ALLOCATIONS 0
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define TEST_FAILING_ALLOCATIONS 0
#endif
#endif
#if !defined(TEST_FAILING_ALLOCATIONS)
#define TEST_FAILING_ALLOCATIONS 1
#endif

#if TEST_FAILING_ALLOCATIONS

namespace {

/// While set, allocations that may fail do: those of the library's workspaces.
std::atomic<bool> memory_is_short{false};

}  // namespace

void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  if (memory_is_short) return nullptr;
  try {
    return ::operator new(size);
  } catch (...) {
    return nullptr;
  }
}

void* operator new[](std::size_t size, const std::nothrow_t&) noexcept {
  if (memory_is_short) return nullptr;
  try {
    return ::operator new[](size);
  } catch (...) {
    return nullptr;
  }
}

#endif

namespace spectralmc {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();

/// `call` must throw invalid_parameter for `parameter`, of which the text has the name and the value.
template <class Call>
void check_invalid(const std::string& parameter, const std::string& value, Call&& call) {
  CAPTURE(parameter);
  CAPTURE(value);
  try {
    call();
    FAIL_CHECK("nothing was thrown");
  } catch (const invalid_parameter& e) {
    const std::string text = e.what();
    CAPTURE(text);
    CHECK(e.parameter() == parameter);
    CHECK(e.value() == value);
    CHECK(!e.allowed().empty());
    CHECK(text.find(parameter) != std::string::npos);
    CHECK(text.find(value) != std::string::npos);
    CHECK(text.find(e.allowed()) != std::string::npos);
  }
}

template <class Call>
void check_no_answer(const std::string& part, Call&& call) {
  try {
    call();
    FAIL_CHECK("nothing was thrown");
  } catch (const no_answer& e) {
    const std::string text = e.what();
    CAPTURE(text);
    CHECK(text.find(part) != std::string::npos);
  }
}

const market asset(100);

TEST_CASE("the exceptions are of the standard's families") {
  CHECK_THROWS_AS(market(-1), std::invalid_argument);
  CHECK_THROWS_AS(throw allocation_error("a test", 1), std::runtime_error);
  CHECK_THROWS_AS(throw no_answer("a test"), std::runtime_error);
  CHECK_THROWS_AS(throw file_error("a file", file_fault::truncated, "a test"), std::runtime_error);
}

TEST_CASE("values are written with all their digits") {
  CHECK(value_text(0.1) == "0.1");
  CHECK(value_text(std::nextafter(0.1, 1)) == "0.10000000000000002");
  CHECK(value_text(-2.5) == "-2.5");
  CHECK(value_text(~std::uint64_t{0}) == "18446744073709551615");
}

TEST_CASE("market: the spot is positive, rates and dividend yield finite") {
  check_invalid("spot", "0", [] { market(0); });
  check_invalid("spot", "-100", [] { market(-100); });
  check_invalid("spot", "nan", [] { market{nan}; });
  check_invalid("spot", "inf", [] { market{infinity}; });
  check_invalid("rate", "nan", [] { market(100, nan); });
  check_invalid("rate", "inf", [] { market(100, {0.5, 1}, {0.01, infinity}); });
  check_invalid("dividend_yield", "-inf", [] { market(100, 0.01, -infinity); });
}

TEST_CASE("market: a curve has as many rates as times, and these ascend") {
  check_invalid("times.size()", "0", [] { market(100, std::vector<double>{}, std::vector<double>{}); });
  check_invalid("zero_rates.size()", "1", [] { market(100, {0.5, 1}, std::vector<double>{0.01}); });
  check_invalid("times", "0.5", [] { market(100, {1, 0.5}, {0.01, 0.01}); });
  check_invalid("times", "0", [] { market(100, {0, 1}, {0.01, 0.01}); });
  check_invalid("times", "nan", [] { market(100, {0.5, nan}, {0.01, 0.01}); });
}

TEST_CASE("market: there is no discount to the past") {
  check_invalid("time", "-1", [] { asset.discount(-1); });
  check_invalid("time", "nan", [] { asset.forward(nan); });
}

TEST_CASE("Black-Scholes: the volatility is not negative and finite") {
  check_invalid("volatility", "-0.25", [] { black_scholes<double>(asset, {-0.25}); });
  check_invalid("volatility", "nan", [] { black_scholes<float>(asset, {nan}); });
  check_invalid("volatility", "inf", [] { black_scholes<float>(asset, {infinity}); });
}

TEST_CASE("Heston: each parameter has its range") {
  const auto with = [](double heston_parameters::*parameter, double value) {
    heston_parameters p{0.04, 1.5, 0.05, 0.6, -0.7};
    p.*parameter = value;
    return [p] { heston<double>(asset, p); };
  };
  check_invalid("initial_variance", "-0.5", with(&heston_parameters::initial_variance, -0.5));
  check_invalid("initial_variance", "nan", with(&heston_parameters::initial_variance, nan));
  check_invalid("mean_reversion", "0", with(&heston_parameters::mean_reversion, 0));
  check_invalid("mean_reversion", "inf", with(&heston_parameters::mean_reversion, infinity));
  check_invalid("long_run_variance", "-1", with(&heston_parameters::long_run_variance, -1));
  check_invalid("long_run_variance", "nan", with(&heston_parameters::long_run_variance, nan));
  check_invalid("volatility_of_variance", "0", with(&heston_parameters::volatility_of_variance, 0));
  check_invalid("volatility_of_variance", "nan", with(&heston_parameters::volatility_of_variance, nan));
  check_invalid("volatility_of_variance", "9.5367431640625e-07", [] {
    heston<float>(asset, {0.04, 1.5, 0.05, 0x1p-20, -0.7});
  });
  check_invalid("correlation", "1.5", with(&heston_parameters::correlation, 1.5));
  check_invalid("correlation", "-1.25", with(&heston_parameters::correlation, -1.25));
  check_invalid("correlation", "nan", with(&heston_parameters::correlation, nan));
}

TEST_CASE("Merton and Bates: each parameter has its range") {
  const auto with = [](double lognormal_jumps::*parameter, double value) {
    lognormal_jumps jumps{0.4, -0.12, 0.18};
    jumps.*parameter = value;
    return [jumps] { merton<float>(asset, {0.2, jumps}); };
  };
  check_invalid("volatility", "-0.25", [] { merton<double>(asset, {-0.25, {0.4, -0.12, 0.18}}); });
  check_invalid("jump_intensity", "-1", with(&lognormal_jumps::intensity, -1));
  check_invalid("jump_intensity", "10000000", with(&lognormal_jumps::intensity, 1e7));
  check_invalid("jump_intensity", "nan", with(&lognormal_jumps::intensity, nan));
  check_invalid("jump_mean", "inf", with(&lognormal_jumps::mean, infinity));
  check_invalid("jump_deviation", "-0.5", with(&lognormal_jumps::deviation, -0.5));
  check_invalid("jump_mean + jump_deviation^2 / 2", "800", [] { merton<float>(asset, {0.2, {0.4, 800, 0}}); });
  check_invalid("jump_intensity", "-1", [] { bates<float>(asset, {{0.04, 1.5, 0.05, 0.6, -0.7}, {-1, 0, 0.1}}); });
  check_invalid("correlation", "2", [] { bates<double>(asset, {{0.04, 1.5, 0.05, 0.6, 2}, {1, 0, 0.1}}); });
}

TEST_CASE("Kou: each parameter has its range") {
  const auto with = [](double kou_parameters::*parameter, double value) {
    kou_parameters p{0.15, 3, 0.2, 25, 10};
    p.*parameter = value;
    return [p] { kou<double>(asset, p); };
  };
  check_invalid("volatility", "-1", [] { kou<float>(asset, {-1, 3, 0.2, 25, 10}); });
  check_invalid("jump_intensity", "-1", with(&kou_parameters::jump_intensity, -1));
  check_invalid("up_probability", "1.5", with(&kou_parameters::up_probability, 1.5));
  check_invalid("up_probability", "nan", with(&kou_parameters::up_probability, nan));
  check_invalid("up_rate", "1", with(&kou_parameters::up_rate, 1));
  check_invalid("down_rate", "0", with(&kou_parameters::down_rate, 0));
}

TEST_CASE("models with jumps: no step has more than a million of them on average") {
  const simulation plan{merton<float>(asset, {0.2, {1e6, 0, 0.001}}), time_grid::dates({2.5})};
  check_invalid("jumps a step, on average", "2500000", [&] { price(cpu{1}, plan, european_call{100}); });
}

TEST_CASE("Bachelier, displaced diffusion, constant elasticity and SABR: each parameter has its range") {
  check_invalid("volatility", "-1", [] { bachelier<double>(asset, {-1}); });
  check_invalid("volatility", "nan", [] { bachelier<double>(asset, {step_function({1, 2}, {0.1, nan})}); });
  check_invalid("volatility", "-2", [] { displaced_diffusion<float>(asset, {-2, 0.5}); });
  check_invalid("beta", "0", [] { displaced_diffusion<float>(asset, {0.2, 0}); });
  check_invalid("beta", "1.5", [] { displaced_diffusion<float>(asset, {0.2, 1.5}); });
  check_invalid("volatility", "0", [] { constant_elasticity<float>(asset, {0, 0.5}); });
  check_invalid("beta", "1", [] { constant_elasticity<float>(asset, {0.2, 1}); });
  check_invalid("beta", "-0.5", [] { constant_elasticity<double>(asset, {0.2, -0.5}); });
  const auto with = [](double sabr_parameters::*parameter, double value) {
    sabr_parameters p{0.2, 0.5, 0.4, -0.3};
    p.*parameter = value;
    return [p] { sabr<double>(asset, p); };
  };
  check_invalid("initial_volatility", "0", with(&sabr_parameters::initial_volatility, 0));
  check_invalid("beta", "0.995", with(&sabr_parameters::beta, 0.995));
  check_invalid("beta", "nan", with(&sabr_parameters::beta, nan));
  check_invalid("volatility_of_volatility", "-1", with(&sabr_parameters::volatility_of_volatility, -1));
  check_invalid("correlation", "1", with(&sabr_parameters::correlation, 1));
  check_invalid("correlation", "-1", with(&sabr_parameters::correlation, -1));
}

TEST_CASE("baskets: weights are finite, which is checked before any path is made") {
  const several_assets model({{1, 0.5}, {0.5, 1}}, black_scholes<double>(asset, {0.2}),
                             black_scholes<double>(asset, {0.3}));
  const auto plan = simulation{model, time_grid::uniform(1, 1)};
  check_invalid("weights", "nan", [&] { characteristic_function(cpu{}, plan, basket{1.0, nan}); });
  check_invalid("weights", "inf", [&] { characteristic_function(cpu{}, plan, log_basket{infinity, 1.0}); });
}

TEST_CASE("rough Bergomi: each parameter has its range") {
  check_invalid("forward_variance", "0", [] { rough_bergomi<double>(asset, {0, 0.1, 1, -0.5}); });
  check_invalid("forward_variance", "nan", [] {
    rough_bergomi<double>(asset, {step_function({1, 2}, {0.04, nan}), 0.1, 1, -0.5});
  });
  check_invalid("hurst", "0", [] { rough_bergomi<double>(asset, {0.04, 0, 1, -0.5}); });
  check_invalid("hurst", "0.6", [] { rough_bergomi<double>(asset, {0.04, 0.6, 1, -0.5}); });
  check_invalid("volatility_of_variance", "-1", [] { rough_bergomi<double>(asset, {0.04, 0.1, -1, -0.5}); });
  check_invalid("correlation", "-1.5", [] { rough_bergomi<double>(asset, {0.04, 0.1, 1, -1.5}); });
}

TEST_CASE("short-rate models: each parameter has its range") {
  check_invalid("initial_rate", "nan", [] { vasicek<double>({nan, 1, 0.05, 0.01}); });
  check_invalid("mean_reversion", "-1", [] { vasicek<double>({0.03, -1, 0.05, 0.01}); });
  check_invalid("long_run_rate", "inf", [] { vasicek<double>({0.03, 1, infinity, 0.01}); });
  check_invalid("volatility", "-0.5", [] { vasicek<double>({0.03, 1, 0.05, -0.5}); });
  check_invalid("rate", "nan", [] { hull_white<float>({zero_curve({1, 2}, {0.02, nan}), 0.1, 0.01}); });
  check_invalid("mean_reversion", "-1", [] { hull_white<float>({0.02, -1, 0.01}); });
  check_invalid("volatility", "inf", [] { hull_white<float>({0.02, 1, infinity}); });
  check_invalid("initial_rate", "-0.5", [] { cox_ingersoll_ross<double>({-0.5, 1, 0.05, 0.1}); });
  check_invalid("mean_reversion", "0", [] { cox_ingersoll_ross<double>({0.03, 0, 0.05, 0.1}); });
  check_invalid("long_run_rate", "0", [] { cox_ingersoll_ross<double>({0.03, 1, 0, 0.1}); });
  check_invalid("volatility", "0", [] { cox_ingersoll_ross<double>({0.03, 1, 0.05, 0}); });
  const vasicek<double> model({0.03, 1, 0.05, 0.01});
  check_invalid("maturity", "-1", [&] { model.discount_bond(-1); });
  check_invalid("expiry", "0", [&] { bond_characteristic_function(model, 0, 1); });
  check_invalid("maturity", "1", [&] { bond_characteristic_function(model, 1, 1); });
}

TEST_CASE("step functions: times ascend, with a value each") {
  check_invalid("times.size()", "0", [] { step_function({}, {}); });
  check_invalid("times", "1", [] { step_function({2, 1}, {0.1, 0.2}); });
  check_invalid("times", "0", [] { step_function({0, 1}, {0.1, 0.2}); });
  check_invalid("values.size()", "1", [] { step_function({1, 2}, std::vector<double>{0.1}); });
}

TEST_CASE("options on prices that may be negative: strikes are finite") {
  const distribution normal(characteristic_function(bachelier<double>(asset, {10}), 1));
  check_invalid("strike", "nan", [&] { normal.call_prices({nan}); });
  check_invalid("strike", "-inf", [&] { normal.put_prices({-infinity}); });
  CHECK_NOTHROW(normal.digital_call_prices({-5}));
}

TEST_CASE("CGMY: each parameter has its range") {
  const auto with = [](double cgmy_parameters::*parameter, double value) {
    cgmy_parameters p{1, 5, 6, 0.5};
    p.*parameter = value;
    return [p] { cgmy<float>(asset, p); };
  };
  check_invalid("activity", "0", with(&cgmy_parameters::activity, 0));
  check_invalid("down_rate", "-1", with(&cgmy_parameters::down_rate, -1));
  check_invalid("up_rate", "1", with(&cgmy_parameters::up_rate, 1));
  check_invalid("stability", "2", with(&cgmy_parameters::stability, 2));
  check_invalid("stability", "nan", with(&cgmy_parameters::stability, nan));
}

TEST_CASE("variance gamma and normal inverse Gaussian: each parameter has its range") {
  check_invalid("volatility", "-1", [] { variance_gamma<double>(asset, {-1, 0, 1}); });
  check_invalid("skew", "nan", [] { variance_gamma<double>(asset, {0.2, nan, 1}); });
  check_invalid("clock_variance", "0", [] { variance_gamma<double>(asset, {0.2, 0, 0}); });
  check_invalid("clock_variance", "4", [] { variance_gamma<double>(asset, {0.5, 0.125, 4}); });
  check_invalid("volatility", "inf", [] { normal_inverse_gaussian<float>(asset, {infinity, 0, 1}); });
  check_invalid("skew", "inf", [] { normal_inverse_gaussian<float>(asset, {0.2, infinity, 1}); });
  check_invalid("clock_variance", "-1", [] { normal_inverse_gaussian<float>(asset, {0.2, 0, -1}); });
  check_invalid("clock_variance", "2.25", [] { normal_inverse_gaussian<float>(asset, {0.5, 0.125, 2.25}); });
}

TEST_CASE("time grid: dates are positive and ascend") {
  check_invalid("dates.size()", "0", [] { time_grid::dates({}); });
  check_invalid("dates", "0.5", [] { time_grid::dates({1, 0.5}); });
  check_invalid("dates", "1", [] { time_grid::dates({1, 1}); });
  check_invalid("dates", "0", [] { time_grid::dates({0, 1}); });
  check_invalid("dates", "-1", [] { time_grid::dates({-1, 1}); });
  check_invalid("dates", "nan", [] { time_grid::dates({0.5, nan}); });
  check_invalid("dates", "inf", [] { time_grid::dates({0.5, infinity}, 0.1); });
}

TEST_CASE("time grid: maturities, steps and days are positive") {
  check_invalid("maturity", "0", [] { time_grid::uniform(0, 1); });
  check_invalid("maturity", "nan", [] { time_grid::uniform(nan, 1); });
  check_invalid("steps", "0", [] { time_grid::uniform(1, 0); });
  check_invalid("largest_step", "0", [] { time_grid::dates({1}, 0); });
  check_invalid("largest_step", "nan", [] { time_grid::dates({1}, nan); });
  check_invalid("days_a_year", "0", [] { time_grid::daily({1}, 0); });
  check_invalid("maturity", "-1", [] { equidistant_dates(-1, 5); });
  check_invalid("count", "0", [] { equidistant_dates(1, 0); });
}

TEST_CASE("time grid: the steps can be counted in 32 bits") {
  // A billionth of the number is forgiven.
  check_invalid("steps", "8589934584", [] { time_grid::dates({1}, 0x1p-33); });
}

auto plan() { return simulation{black_scholes<float>(asset, {0.2}), time_grid::dates({0.5, 1})}; }

TEST_CASE("simulation: at least one path, and none beyond the counter") {
  const std::uint64_t most = ~std::uint64_t{0};
  check_invalid("paths", "0", [] { plan().paths(0); });
  const auto run = [&](std::uint64_t first, std::uint64_t paths) {
    return [=] { characteristic_function(cpu{1}, plan().first_path(first).paths(paths), log_return{}); };
  };
  check_invalid("paths", "3", run(most - 1, 3));
  CHECK_NOTHROW(run(most - 1, 2)());
  std::vector<float> buffer(100);
  check_invalid("paths", "3", [&] {
    store_paths(cpu{1}, plan().first_path(most - 1).paths(3), log_return{}, path_layout::path_major, 0, 1,
                buffer.data());
  });
}

TEST_CASE("simulation: a path has numbers for all its steps") {
  // A step of Kou's model has 13 blocks of numbers, of the 2^32 of a path.
  const simulation plan{kou<float>(asset, {0.15, 3, 0.2, 25, 10}), time_grid::uniform(1, 1U << 29)};
  check_invalid("steps", "536870912", [&] { price(cpu{1}, plan, european_call{100}); });
}

TEST_CASE("market: rates that leave no finite discount factor or forward are refused before a run, by name") {
  const auto run = [](const market& absurd) {
    return [=] {
      const simulation plan{black_scholes<float>(absurd, {0.2}), time_grid::dates({1, 2})};
      price(cpu{1}, plan, european_call{100});
    };
  };
  check_invalid("rate", "1000", run(market(100, 1000)));
  check_invalid("rate", "-1000", run(market(100, -1000)));
  check_invalid("rate - dividend_yield", "1000", run(market(100, 0, -1000)));
  check_invalid("rate", "1000", [] { characteristic_function(black_scholes<double>(market(100, 1000), {0.2}), 1); });
}

TEST_CASE("simulation: a substream is below 2^31") {
  check_invalid("substream", "2147483648", [] { plan().substream(std::uint32_t{1} << 31); });
  check_invalid("substream", "2147483648", [] {
    simulation(plan().model(), plan().grid(), philox{1, std::uint32_t{1} << 31}).check();
  });
}

TEST_CASE("spectrum_of: terms, interval width and method have their ranges") {
  spectrum_of law(log_return{});
  check_invalid("terms", "7", [&] { law.terms(7); });
  check_invalid("terms", "1048577", [&] { law.terms((1U << 20) + 1); });
  check_invalid("interval_width", "0", [&] { law.interval_width(0); });
  check_invalid("interval_width", "nan", [&] { law.interval_width(nan); });
  check_invalid("summation", "none", [&] { law.summed_by(summation::none); });
}

TEST_CASE("joint_spectrum_of: terms and interval width have their ranges") {
  joint_spectrum_of law(spot{}, log_return{}, 1);
  check_invalid("terms", "7", [&] { law.terms(7); });
  check_invalid("terms", "2049", [&] { law.terms(2049); });
  check_invalid("interval_width", "-1", [&] { law.interval_width(-1); });
}

TEST_CASE("payoffs: strikes are not negative") {
  check_invalid("strike", "-1", [] { european_call{-1}; });
  check_invalid("strike", "nan", [] { european_put{nan}; });
  check_invalid("strike", "inf", [] { asian_call{infinity}; });
  check_invalid("strike", "-0.5", [] { asian_put{-0.5}; });
}

TEST_CASE("frequency grid: a positive step, two frequencies at least, an interval with a width") {
  check_invalid("frequency step", "0", [] { frequency_grid(0, 10); });
  check_invalid("frequency step", "nan", [] { frequency_grid(nan, 10); });
  check_invalid("frequency count", "1", [] { frequency_grid(1, 1); });
  check_invalid("support.lower", "-inf", [] { frequency_grid::for_interval({-infinity, 1}, 10); });
  check_invalid("support.upper", "1", [] { frequency_grid::for_interval({1, 1}, 10); });
  check_invalid("support.upper", "0", [] { frequency_grid::for_interval({1, 0}, 10); });
  check_invalid("support.upper", "nan", [] { frequency_grid::for_interval({1, nan}, 10); });
}

spectrum spectrum_with(frequency_grid grid, interval support) {
  return spectrum(grid, std::vector<complex<double>>(grid.size(), complex<double>(1, 0)), support, {});
}

TEST_CASE("spectrum: a value for each frequency, and a grid fine enough for the interval") {
  check_invalid("values.size()", "9", [] {
    spectrum(frequency_grid(1, 10), std::vector<complex<double>>(9), {-1, 1}, {});
  });
  check_invalid("frequency step", "4", [] { spectrum_with(frequency_grid(4, 10), {-1, 1}); });
  check_invalid("support.upper", "-1", [] { spectrum_with(frequency_grid(1, 10), {1, -1}); });
  check_invalid("support.upper", "nan", [] { spectrum_with(frequency_grid(1, 10), {1, nan}); });
}

TEST_CASE("spectrum: the values are those of a law") {
  const auto with = [](std::size_t k, complex<double> value, std::uint64_t paths = 0, std::uint64_t outside = 0) {
    return [=] {
      std::vector<complex<double>> values(10, complex<double>(1, 0));
      values[k] = value;
      spectrum(frequency_grid(1, 10), values, {-1, 1}, {}, paths, 0, outside);
    };
  };
  check_invalid("values[0]", "5", with(0, {5, 0}));
  check_invalid("values[0]", "nan", with(0, {nan, 0}));
  check_invalid("abs(values[k])", "nan", with(3, {0, nan}));
  check_invalid("abs(values[k])", "1.5", with(9, {0, 1.5}));
  check_invalid("outside", "11", with(1, {0, 0}, 10, 11));
}

TEST_CASE("spectrum: what was observed can have been") {
  const auto with = [](double observed_quantity::*member, double value) {
    observed_quantity quantity;
    quantity.*member = value;
    return [quantity] { spectrum(frequency_grid(1, 2), {1.0, 0.5}, {-1, 1}, quantity); };
  };
  check_invalid("quantity.time", "-1", with(&observed_quantity::time, -1));
  check_invalid("quantity.discount", "nan", with(&observed_quantity::discount, nan));
  check_invalid("quantity.discount", "-1", with(&observed_quantity::discount, -1));
  check_invalid("quantity.scale", "0", with(&observed_quantity::scale, 0));
  check_invalid("quantity.forward", "-5", with(&observed_quantity::forward, -5));
  check_invalid("quantity.forward", "inf", with(&observed_quantity::forward, infinity));
  CHECK_NOTHROW(with(&observed_quantity::forward, nan)());
}

TEST_CASE("spectra and spectrum: an index is below the size") {
  const spectrum values(frequency_grid(1, 2), {1.0, 0.5}, {-1, 1}, {}, 10);
  check_invalid("index of a frequency", "2", [&] { values[2]; });
  check_invalid("index of a frequency", "2", [&] { values.standard_error(2); });
  check_invalid("index of a date", "1", [&] { spectra({values})[1]; });
}

TEST_CASE("cosine expansion: the grid's step divides that of the interval, and terms remain") {
  check_invalid("frequency step", "1", [] { cosine_expansion(spectrum_with(frequency_grid(1, 10), {-1, 1})); });
  check_invalid("frequency count", "3", [] {
    cosine_expansion(spectrum(frequency_grid::for_interval({-1, 1}, 3),
                              std::vector<complex<double>>(3, complex<double>(1, 0)), {-1, 1}, {}, 100));
  });
}

TEST_CASE("spectra: only a date of the run has a spectrum") {
  const spectra all = characteristic_function(cpu{1}, plan().paths(10), log_return{});
  check_invalid("time", "0.75", [&] { all.at(0.75); });
  check_invalid("time", "nan", [&] { all.at(nan); });
}

TEST_CASE("spectra: intervals that are given are one for each date, finite and ascending") {
  const auto prepare = [](const std::vector<interval>& supports) {
    return [supports] { spectrum_of<log_return>(log_return{}, supports).prepare(plan()); };
  };
  check_invalid("supports.size()", "1", prepare({{-1, 1}}));
  check_invalid("support.lower", "-inf", prepare({{-1, 1}, {-infinity, 1}}));
  check_invalid("support.upper", "-2", prepare({{-1, 1}, {-1, -2}}));
}

TEST_CASE("closed form: a positive time, and settings that make sense") {
  const black_scholes<double> model(asset, {0.2});
  check_invalid("time", "0", [&] { characteristic_function(model, 0); });
  check_invalid("time", "nan", [&] { characteristic_function(model, nan); });
  const auto with = [&](double expansion_settings::*setting, double value) {
    expansion_settings settings;
    settings.*setting = value;
    return [&model, settings] { characteristic_function(model, 1, settings); };
  };
  check_invalid("interval_width", "-1", with(&expansion_settings::interval_width, -1));
  check_invalid("edge_mass", "0", with(&expansion_settings::edge_mass, 0));
  check_invalid("tolerance", "nan", with(&expansion_settings::tolerance, nan));
  expansion_settings few;
  few.largest_terms = 63;
  check_invalid("largest_terms", "63", [&] { characteristic_function(model, 1, few); });
}

const distribution& law() {
  static const distribution normal(characteristic_function(black_scholes<double>(asset, {0.2}), 1));
  return normal;
}

TEST_CASE("distribution: probabilities are within (0, 1)") {
  for (const auto& [value, text] :
       {std::pair<double, const char*>{0, "0"}, {1, "1"}, {-0.5, "-0.5"}, {1.5, "1.5"}, {nan, "nan"}}) {
    check_invalid("probability", text, [p = value] { law().quantile(p); });
    check_invalid("probability", text, [p = value] { law().value_at_risk(p); });
    check_invalid("tail", text, [p = value] { law().expected_shortfall(p); });
    check_invalid("level", text, [p = value] { estimate().confidence_interval(p); });
  }
}

TEST_CASE("distribution: points are finite") {
  check_invalid("x", "nan", [] { law().cdf(nan); });
  check_invalid("x", "inf", [] { law().cdf(infinity); });
  check_invalid("x", "nan", [] { law().density(nan); });
}

TEST_CASE("distribution: cumulants are of order 1 to 4") {
  check_invalid("order", "0", [] { law().cumulant(0); });
  check_invalid("order", "5", [] { law().cumulant(5); });
  check_invalid("order", "-1", [] { law().cumulant(-1); });
}

TEST_CASE("distribution: at least one strike, all positive") {
  check_invalid("strikes.size()", "0", [] { law().call_prices({}); });
  check_invalid("strike", "-1", [] { law().call_prices({100, -1}); });
  check_invalid("strike", "0", [] { law().put_prices({0}); });
  check_invalid("strike", "nan", [] { law().digital_call_prices({nan}); });
  check_invalid("strike", "inf", [] { law().digital_put_prices({infinity}); });
}

TEST_CASE("stored paths: a buffer, and paths of the plan") {
  std::vector<float> buffer(200);
  const auto store = [&](std::uint64_t first, std::uint64_t count, float* values) {
    store_paths(cpu{1}, plan().paths(100), spot{}, path_layout::path_major, first, count, values);
  };
  check_invalid("buffer", "0", [&] { store(0, 10, nullptr); });
  check_invalid("first", "100", [&] { store(100, 1, buffer.data()); });
  check_invalid("count", "0", [&] { store(0, 0, buffer.data()); });
  check_invalid("count", "51", [&] { store(50, 51, buffer.data()); });
  check_invalid("count", "18446744073709551615", [&] { store(50, ~std::uint64_t{0}, buffer.data()); });
}

TEST_CASE("stored paths: a piece has room for one path, and the whole can be addressed") {
  std::vector<float> buffer(1);
  check_invalid("capacity", "1", [&] {
    store_paths_in_pieces(cpu{1}, plan(), spot{}, path_layout::path_major, buffer.data(), 1,
                          [](std::uint64_t, std::uint64_t, const float*) {});
  });
  check_invalid("paths", "9223372036854775808", [] { stored_size(plan(), std::uint64_t{1} << 63); });
}

TEST_CASE("Black's formula: positive forward, strike and discount, volatility and maturity not negative") {
  constexpr option_type call = option_type::call;
  check_invalid("forward", "0", [] { black_price(call, 0, 100, 0.2, 1); });
  check_invalid("strike", "-1", [] { black_price(call, 100, -1, 0.2, 1); });
  check_invalid("volatility", "nan", [] { black_price(call, 100, 100, nan, 1); });
  check_invalid("maturity", "-1", [] { black_price(call, 100, 100, 0.2, -1); });
  check_invalid("volatility x sqrt(maturity)", "inf", [] { black_price(call, 100, 100, 1e200, 1e300); });
  check_invalid("discount", "0", [] { black_price(call, 100, 100, 0.2, 1, 0); });
  check_invalid("forward", "nan", [] { implied_volatility(call, 10, nan, 100, 1); });
  check_invalid("strike", "0", [] { implied_volatility(call, 10, 100, 0, 1); });
  check_invalid("maturity", "0", [] { implied_volatility(call, 10, 100, 100, 0); });
  check_invalid("discount", "-1", [] { implied_volatility(call, 10, 100, 100, 1, -1); });
}

// ---- Questions without an answer
// ----------------------------------------------------------------------------------------

TEST_CASE("Black's vega: as the price") {
  check_invalid("forward", "0", [] { black_vega(0, 100, 0.2, 1); });
  check_invalid("maturity", "nan", [] { black_vega(100, 100, 0.2, nan); });
}

TEST_CASE("without a finite path there is no price") {
  const auto plan = simulation{faulty_model<double>(0), time_grid::uniform(1, 1)}.paths(2000);
  check_no_answer("no path has a finite payoff", [&] { price(cpu{}, plan, european_call{100}); });
}

TEST_CASE("without a finite path there is no spectrum: the pilot run sees it") {
  const auto plan = simulation{faulty_model<double>(0), time_grid::uniform(0.75, 1)}.paths(2000);
  check_no_answer("0.75", [&] { characteristic_function(cpu{}, plan, log_return{}); });
}

TEST_CASE("a run that was stopped before its first path has neither price nor spectrum") {
  const auto request = value_of<european_call>(european_call{100});
  const auto item = request.prepare(plan());
  const std::vector<double> totals(item.total_size(), 0.0);
  check_no_answer("no path", [&] { request.result(plan(), item, {totals.data(), 0}); });
  const spectrum_of<log_return> other(log_return{});
  const auto other_item = other.prepare(plan());
  const std::vector<double> other_totals(other_item.total_size(), 0.0);
  check_no_answer("no finite path", [&] { other.result(plan(), other_item, {other_totals.data(), 0}); });
}

TEST_CASE("a quantile where the density cannot be told from zero is refused, with its probability") {
  // 50 paths know nothing of the 0.01% quantile: about every fourth run has no positive density there.
  int refused = 0;
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    const auto few = simulation{black_scholes<double>(asset, {0.2}), time_grid::uniform(1, 1)}.paths(50);
    const distribution unsure(characteristic_function(cpu{1}, simulation(few).seed(seed), log_return{})[0]);
    try {
      const estimate found = unsure.quantile(1e-4);
      CHECK(found.standard_error > 0);
    } catch (const no_answer& e) {
      CHECK(std::string(e.what()).find(value_text(1e-4)) != std::string::npos);
      ++refused;
    }
  }
  CHECK(refused > 0);
}

TEST_CASE("of a law whose variance estimate is not positive there is no skewness") {
  const interval support{0, 1};
  std::vector<complex<double>> values(8, complex<double>(0, 0));
  values[0] = complex<double>(1, 0);
  values[2] = complex<double>(-1, 0);
  const distribution strange(spectrum(frequency_grid::for_interval(support, 8), values, support, {}));
  check_no_answer("variance", [&] { strange.skewness(); });
  check_no_answer("variance", [&] { strange.variance(); });
}

// ---- Memory that cannot be had
// ------------------------------------------------------------------------------------------

#if TEST_FAILING_ALLOCATIONS

struct short_memory {
  short_memory() { memory_is_short = true; }
  ~short_memory() { memory_is_short = false; }
};

template <class Call>
void check_allocation_error(std::size_t bytes, Call&& call) {
  try {
    const short_memory now;
    call();
    FAIL_CHECK("nothing was thrown");
  } catch (const allocation_error& e) {
    const std::string text = e.what();
    CAPTURE(text);
    CHECK(e.bytes() == bytes);
    CHECK(text.find(std::to_string(bytes)) != std::string::npos);
  }
}

TEST_CASE("a run whose workspace cannot be had says so, with its size") {
  for (const unsigned threads : {1U, 3U}) {
    CAPTURE(threads);
    check_allocation_error(2 * chunk_paths * sizeof(float),
                           [&] { price(cpu{threads}, plan().paths(100000), european_call{100}); });
    const auto law = spectrum_of(log_return{}).terms(32);
    check_allocation_error((2 * chunk_paths + empirical_detail::slot_sum_size(64)) * sizeof(float),
                           [&] { characteristic_function(cpu{threads}, plan().paths(100000), law); });
  }
}

#endif

}  // namespace
}  // namespace spectralmc
