// What closed forms cost: options of one maturity, a book of many models and its derivatives, a calibration to the
// DAX's quotes; an option on two assets and how right it is, a calibration and how well it fits. The limit of the first
// three is the model's formula at every term that the method has come to, alone, and of the sum that a price is two
// fused operations a term.
#include <benchmark/benchmark.h>

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "book_case.hpp"
#include "dax_quotes.hpp"
#include "heston_case.hpp"
#include "least_time.hpp"
#include "limits.hpp"
#include "measurement.hpp"
#include "spectralmc/spectralmc.hpp"
#if defined(SPECTRALMC_HAS_EIGEN)
#include "spectralmc/calibration/calibration.hpp"
#endif

namespace {

namespace smc = spectralmc;

/// The frequencies of a maturity's terms.
std::vector<double> frequencies_of(const smc::cosine_method& options) {
  std::vector<double> u;
  for (std::size_t n = 0; n < options.terms(); ++n) {
    u.push_back(smc::pi / options.support().width() * static_cast<double>(n));
  }
  return u;
}

/// Options a second if the formula at all terms, and the sums of `count` options, were all that there is to do.
bench::limit formula_and_sums(const smc::heston<double>& model, const smc::cosine_method& options, double count) {
  const bench::limit formula = bench::once("Heston's formula at every term", 1, [&] {
    const std::vector<double> u = frequencies_of(options);
    std::vector<double> re(u.size()), im(u.size());
    return 1e9 / bench::least_ns(0.1, [&] {
             re = u;
             im.assign(u.size(), 0);
             smc::detail::replace_by_exponents(model, 1, re.data(), im.data(), u.size());
             benchmark::DoNotOptimize(re.data());
             benchmark::ClobberMemory();
           });
  });
  return bench::in_turn(bench::divided(formula, 1 / count),
                        bench::divided(bench::fused_operations<double>(), 4.0 * static_cast<double>(options.terms())));
}

/// A maturity of one year with `strikes` options, to 1e-8 of the strike: the coefficients and all prices.
void vanillas(benchmark::State& state) {
  const auto count = static_cast<std::size_t>(state.range(0));
  const smc::heston<double> model(bench::heston_market(), bench::heston_parameters);
  const std::vector<double> strikes = bench::vanilla_strikes(count);
  std::vector<double> prices;
  for (auto _ : state) {
    const smc::cosine_method options(model, 1, {1e-8});
    prices = options.prices(smc::option_type::call, strikes);
    benchmark::DoNotOptimize(prices.data());
  }
  state.counters["error"] = bench::vanilla_error(prices);
  const auto options = static_cast<double>(count);
  bench::report(state, options, "option", formula_and_sums(model, smc::cosine_method(model, 1, {1e-8}), options));
}
BENCHMARK(vanillas)
    ->Name("vanillas/heston/spectralmc")
    ->ArgName("strikes")
    ->RangeMultiplier(10)
    ->Range(1, 10000)
    ->UseRealTime()
    ->Unit(benchmark::kMicrosecond);

/// Options a second of the book if the formula at all terms, with its derivatives by the parameters where these are
/// asked for, and the sums of prices and derivatives were all that there is to do.
bench::limit formulas_and_sums_of_book(const std::vector<smc::heston<double>>& models, std::int64_t digits,
                                       bool derivatives, unsigned threads) {
  using V = smc::lanes<double>;
  struct slice {
    const smc::heston<double>* model;
    double maturity, step;
    std::size_t terms;
  };
  std::vector<slice> slices;
  double terms = 0;
  for (const smc::heston<double>& model : models) {
    for (const int days : bench::book_days) {
      const smc::cosine_method options(model, days / 365.0, {std::pow(10.0, -static_cast<double>(digits))});
      slices.push_back({&model, days / 365.0, smc::pi / options.support().width(), options.terms()});
      terms += static_cast<double>(options.terms());
    }
  }
  const auto at_all_terms = [](const slice& each, const auto& exponent) {
    for (std::size_t k = 0; k < each.terms; k += smc::lane_count<V>) {
      double numbers[smc::lane_count<V>];
      for (std::size_t i = 0; i < smc::lane_count<V>; ++i) numbers[i] = static_cast<double>(k + i);
      auto value = exponent(smc::complex<V>(V(each.step) * smc::load<V>(numbers), V(0.0)));
      benchmark::DoNotOptimize(value);
    }
  };
  const std::string name = std::string("Heston's formula") + (derivatives ? " with derivatives" : "") +
                           " at every term for " + std::to_string(digits) + " digits";
  const bench::limit formula = bench::once(name, threads, [&] {
    return bench::most_per_second(threads, [&](unsigned thread) {
      double options = 0;
      for (std::size_t i = thread; i < slices.size(); i += threads) {
        const slice& each = slices[i];
        if (derivatives) {
          at_all_terms(each, smc::detail::differentiated_exponent_of<V>(*each.model, each.maturity));
        } else {
          at_all_terms(each, smc::detail::exponent_of(*each.model, each.maturity));
        }
        options += bench::book_strikes;
      }
      return options;
    });
  });
  // For the price, for delta and gamma, and for the derivative by each parameter.
  const int sums = derivatives ? 2 + smc::detail::differentiated_parameters<smc::heston<double>>::count : 1;
  return bench::in_turn(formula, bench::divided(bench::fused_operations<double>(threads),
                                                4 * sums * terms / static_cast<double>(slices.size())));
}

/// The book of book_case.hpp, prices alone or with delta, gamma and the derivatives by all parameters, to a tolerance
/// in digits.
void book(benchmark::State& state) {
  const auto threads = static_cast<unsigned>(state.range(0));
  const bool derivatives = state.range(2) != 0;
  const std::vector<smc::heston<double>> models = bench::book_models();
  const std::vector<smc::book_option> options = bench::book_options();
  const smc::book_settings settings{std::pow(10.0, -static_cast<double>(state.range(1))), derivatives};
  smc::book_prices found;
  for (auto _ : state) {
    found = smc::price_book(smc::cpu{threads}, models, options, settings);
    benchmark::DoNotOptimize(found.prices.data());
  }
  double reported = 0;
  std::vector<double> prices;
  for (const smc::estimate& price : found.prices) {
    prices.push_back(price.value);
    reported = std::fmax(reported, price.truncation_error);
  }
  state.counters["error"] = bench::book_error(prices, 331);
  state.counters["reported"] = reported;
  bench::report(state, static_cast<double>(options.size()), "option",
                formulas_and_sums_of_book(models, state.range(1), derivatives, threads));
}
void book_sizes(benchmark::internal::Benchmark* book) {
  std::vector<std::int64_t> threads{1, 2};
  if (smc::cpu{}.thread_count() > 2) threads.push_back(smc::cpu{}.thread_count());
  book->ArgsProduct({threads, {6, 8}, {0, 1}});
}
BENCHMARK(book)
    ->Name("book/heston/spectralmc")
    ->ArgNames({"threads", "digits", "derivatives"})
    ->Apply(book_sizes)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

/// The right to exchange two assets with a correlation in hundredths, by their joint law to a tolerance in digits, and
/// its error against Margrabe, W. (1978), The value of an option to exchange one asset for another, J. Finance 33(1).
void exchange_option(benchmark::State& state) {
  const double correlation = 0.01 * static_cast<double>(state.range(0)),
               tolerance = std::pow(10.0, -static_cast<double>(state.range(1)));
  const smc::several_assets pair({{1, correlation}, {correlation, 1}},
                                 smc::black_scholes<double>(smc::market(100), {0.3}),
                                 smc::black_scholes<double>(smc::market(90), {0.2}));
  smc::estimate found;
  double least = 0;
  for (auto _ : state) {
    least = bench::least_ns(0.1, [&] {
      const smc::joint_expansion_settings settings{0.01 * tolerance, tolerance};
      found = smc::joint_distribution(smc::joint_characteristic_function<0, 1>(pair, 1.0, settings)).exchange_option();
    });
  }
  const double exact =
      smc::black_price(smc::option_type::call, 100, 90, std::sqrt(0.13 - 0.12 * correlation), 1.0, 1.0);
  state.counters["ms"] = 1e-6 * least;
  state.counters["error"] = std::fabs(found.value - exact);
  state.counters["reported"] = found.truncation_error;
}
BENCHMARK(exchange_option)->ArgsProduct({{0, 50, 90, 99}, {2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}})->Iterations(1);

#if defined(SPECTRALMC_HAS_EIGEN)
/// A model from a neutral start to 104 volatilities at eight maturities that Bates' model has, in so many evaluations.
template <class Model>
void calibration(benchmark::State& state) {
  const smc::market asset(4468, 0.036);
  const smc::bates<double> truth(asset, {{0.15, 4, 0.09, 0.9, -0.7}, {1.5, -0.08, 0.06}});
  std::vector<smc::option_quote> quotes;
  for (const double days : {13, 41, 75, 165, 256, 345, 524, 703}) {
    const smc::cosine_method options(truth, days / 365);
    for (double strike = 3400; strike <= 5800; strike += 200) {
      const smc::option_type type = strike < options.forward() ? smc::option_type::put : smc::option_type::call;
      quotes.push_back(smc::option_quote::from_price(type, options.price(type, strike), strike, days / 365, asset));
    }
  }
  auto settings = smc::default_calibration<Model>();
  settings.largest_evaluations = static_cast<std::size_t>(state.range(0));
  double error = 0, least = 0;
  for (auto _ : state) {
    least = bench::least_ns(0.1, [&] { error = smc::calibrate<Model>(asset, quotes, settings).error; });
  }
  state.counters["ms"] = 1e-6 * least;
  state.counters["error"] = error;
}
BENCHMARK_TEMPLATE(calibration, smc::heston<double>)->DenseRange(1, 8)->Iterations(1);
BENCHMARK_TEMPLATE(calibration, smc::bates<double>)->DenseRange(1, 8)->Iterations(1);

/// Calibrations a second if all that it took were, in each of its evaluations, the formula with its derivatives by the
/// parameters at every term of each maturity, and the sums of the quotes' prices and derivatives: as many terms as what
/// was found takes.
template <class Model>
bench::limit formulas_and_sums(const smc::calibration<Model>& found, const std::vector<double>& times, double quotes) {
  using traits = smc::model_parameters<Model>;
  using V = smc::lanes<double>;
  using number = smc::dual<V, static_cast<int>(traits::count)>;
  std::vector<std::vector<double>> frequencies;
  double terms = 0;
  for (const double time : times) {
    const double tolerance = smc::default_calibration<Model>().tolerance;
    frequencies.push_back(frequencies_of(smc::cosine_method(found.model, time, {tolerance})));
    terms += static_cast<double>(frequencies.back().size());
  }
  std::array<number, traits::count> p;
  for (std::size_t i = 0; i < p.size(); ++i) p[i] = number::parameter(V(found.parameters[i]), static_cast<int>(i));
  const std::string name = std::to_string(traits::count) + " parameters' formula with derivatives at every term";
  const bench::limit formula = bench::once(name, 1, [&] {
    return 1e9 / bench::least_ns(0.1, [&] {
             for (std::size_t i = 0; i < times.size(); ++i) {
               smc::for_each_pack<V>(frequencies[i].size(), [&](std::size_t k, std::size_t used) {
                 const smc::complex<V> u(smc::load_some<V>(frequencies[i].data() + k, used), V(0.0));
                 auto exponent = traits::exponent(p, u, V(times[i]));
                 benchmark::DoNotOptimize(exponent);
               });
             }
           });
  });
  const auto evaluations = static_cast<double>(found.evaluations);
  const double sums = quotes * terms / static_cast<double>(times.size()) * static_cast<double>(1 + traits::count);
  return bench::in_turn(bench::divided(formula, evaluations),
                        bench::divided(bench::fused_operations<double>(), 4 * sums * evaluations));
}

/// To the DAX's quotes from the neutral start.
template <class Model>
void dax_calibration(benchmark::State& state) {
  std::vector<double> times, zero_rates;
  std::vector<smc::option_quote> quotes;
  for (const bench::dax_quote& quote : bench::dax_quotes()) {
    const double time = quote.days / 365.0;
    if (times.empty() || time > times.back()) {
      times.push_back(time);
      zero_rates.push_back(quote.rate);
    }
    quotes.push_back({time, quote.strike, quote.volatility});
  }
  const smc::market asset(bench::dax_spot, times, zero_rates);
  for (auto _ : state) benchmark::DoNotOptimize(smc::calibrate<Model>(asset, quotes).error);
  const smc::calibration<Model> found = smc::calibrate<Model>(asset, quotes);
  bench::report(state, 1, "calibration", formulas_and_sums(found, times, static_cast<double>(quotes.size())));
  state.counters["error_in_volatility_points"] = 100 * found.error;
}
BENCHMARK_TEMPLATE(dax_calibration, smc::heston<double>)
    ->Name("calibration/heston_dax/spectralmc")
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK_TEMPLATE(dax_calibration, smc::bates<double>)
    ->Name("calibration/bates_dax/spectralmc")
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);
#endif

}  // namespace
