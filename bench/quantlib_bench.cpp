// QuantLib on the same work: paths of Black and Scholes' and of Heston's model by its Monte Carlo engines (quadratic
// exponential with martingale correction, pseudo-random numbers, one date at the end of equal steps, all else as those
// engines come), prices of one maturity, and of a book, by its COS engine and its integrals, implied volatilities,
// calibrations to the DAX's quotes (Heston's model by the COS engine, Bates' by that of Gauss and Laguerre), American
// puts by the boundary of exercise. QuantLib has double precision alone and one thread.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include <ql/exercise.hpp>
#include <ql/instruments/vanillaoption.hpp>
#include <ql/math/optimization/levenbergmarquardt.hpp>
#include <ql/models/equity/batesmodel.hpp>
#include <ql/models/equity/hestonmodel.hpp>
#include <ql/models/equity/hestonmodelhelper.hpp>
#include <ql/pricingengines/blackformula.hpp>
#include <ql/pricingengines/vanilla/analytichestonengine.hpp>
#include <ql/pricingengines/vanilla/batesengine.hpp>
#include <ql/pricingengines/vanilla/coshestonengine.hpp>
#include <ql/pricingengines/vanilla/exponentialfittinghestonengine.hpp>
#include <ql/pricingengines/vanilla/mceuropeanengine.hpp>
#include <ql/pricingengines/vanilla/mceuropeanhestonengine.hpp>
#include <ql/pricingengines/vanilla/qdfpamericanengine.hpp>
#include <ql/processes/batesprocess.hpp>
#include <ql/processes/hestonprocess.hpp>
#include <ql/termstructures/volatility/equityfx/blackconstantvol.hpp>
#include <ql/termstructures/yield/zerocurve.hpp>
#include <ql/time/calendars/nullcalendar.hpp>
#include <ql/time/daycounters/actual365fixed.hpp>

#include "american_case.hpp"
#include "book_case.hpp"
#include "dax_quotes.hpp"
#include "measurement.hpp"
#include "quantlib_case.hpp"

namespace {

namespace ql = QuantLib;

constexpr std::size_t steps = 252, paths = 2048;

const ql::Actual365Fixed day_counter;

ql::VanillaOption call(double strike, ql::Date expiry) {
  return {ql::ext::make_shared<ql::PlainVanillaPayoff>(ql::Option::Call, strike),
          ql::ext::make_shared<ql::EuropeanExercise>(expiry)};
}

void price(benchmark::State& state, ql::VanillaOption option, const ql::ext::shared_ptr<ql::PricingEngine>& engine) {
  for (auto _ : state) {
    option.setPricingEngine(engine);
    option.recalculate();
    benchmark::DoNotOptimize(option.NPV());
  }
  bench::report(state, static_cast<double>(steps * paths), "path-step");
}

void black_scholes(benchmark::State& state) {
  const auto process = ql::ext::make_shared<ql::BlackScholesMertonProcess>(
      bench::quote(bench::spot), bench::flat_rate(bench::dividend_yield), bench::flat_rate(bench::interest_rate),
      ql::Handle<ql::BlackVolTermStructure>(
          ql::ext::make_shared<ql::BlackConstantVol>(bench::today(), ql::NullCalendar(), 0.2, day_counter)));
  price(state, call(100, bench::today() + 365),
        ql::MakeMCEuropeanEngine<ql::PseudoRandom>(process).withSteps(steps).withSamples(paths).withSeed(1));
}
BENCHMARK(black_scholes)
    ->Name("path_steps/black_scholes_double/QuantLib/steps:252/paths:2048/threads:1")
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

void heston(benchmark::State& state) {
  price(state, call(100, bench::today() + 365),
        ql::MakeMCEuropeanHestonEngine<ql::PseudoRandom>(bench::heston_process())
            .withSteps(steps)
            .withSamples(paths)
            .withSeed(1));
}
BENCHMARK(heston)
    ->Name("path_steps/heston_quadratic_exponential_double/QuantLib/steps:252/paths:2048/threads:1")
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

/// All strikes of a year, one option after the other, as QuantLib has it.
template <class MakeEngine>
void vanillas(benchmark::State& state, const MakeEngine& make) {
  const auto engine = make(ql::ext::make_shared<ql::HestonModel>(bench::heston_process()));
  std::vector<ql::VanillaOption> options;
  for (const double strike : bench::vanilla_strikes(static_cast<std::size_t>(state.range(0)))) {
    options.push_back(call(strike, bench::today() + 365));
    options.back().setPricingEngine(engine);
  }
  std::vector<double> prices(options.size());
  for (auto _ : state) {
    for (std::size_t i = 0; i < options.size(); ++i) {
      options[i].recalculate();
      prices[i] = options[i].NPV();
    }
    benchmark::DoNotOptimize(prices.data());
  }
  bench::report(state, static_cast<double>(options.size()), "option");
  state.counters["error"] = bench::vanilla_error(prices);
}

/// COS as QuantLib has it; its integrals, without and with a control variate, by as few nodes as their errors need to
/// be about those of the library at its tolerance.
void add_vanillas() {
  using model_pointer = ql::ext::shared_ptr<ql::HestonModel>;
  const auto add = [](const std::string& who, auto make) {
    benchmark::RegisterBenchmark(("vanillas/heston/" + who).c_str(),
                                 [=](benchmark::State& state) { vanillas(state, make); })
        ->ArgName("strikes")
        ->Arg(1)
        ->Arg(100)
        ->Arg(1000)
        ->UseRealTime()
        ->Unit(benchmark::kMicrosecond);
  };
  const auto laguerre = [](ql::AnalyticHestonEngine::ComplexLogFormula formula, ql::Size nodes) {
    return [=](const model_pointer& model) {
      return ql::ext::make_shared<ql::AnalyticHestonEngine>(
          model, formula, ql::AnalyticHestonEngine::Integration::gaussLaguerre(nodes));
    };
  };
  add("QuantLib-COS", [](const model_pointer& model) { return ql::ext::make_shared<ql::COSHestonEngine>(model); });
  add("QuantLib-analytic", laguerre(ql::AnalyticHestonEngine::Gatheral, 64));
  add("QuantLib-control", laguerre(ql::AnalyticHestonEngine::OptimalCV, 48));
}
const bool vanillas_added = [] {
  add_vanillas();
  return true;
}();

/// The options on the first models of the book, each model with a process and an engine of its own.
template <class MakeEngine>
void book(benchmark::State& state, const MakeEngine& make) {
  constexpr std::size_t models = 20;
  const std::vector<spectralmc::book_option> book = bench::book_options(models);
  std::vector<ql::ext::shared_ptr<ql::PricingEngine>> engines;
  for (std::size_t i = 0; i < models; ++i) {
    engines.push_back(make(ql::ext::make_shared<ql::HestonModel>(bench::heston_process(bench::book_parameters(i)))));
  }
  std::vector<ql::VanillaOption> options;
  for (const spectralmc::book_option& each : book) {
    const ql::Option::Type type = each.type == spectralmc::option_type::call ? ql::Option::Call : ql::Option::Put;
    options.emplace_back(ql::ext::make_shared<ql::PlainVanillaPayoff>(type, each.strike),
                         ql::ext::make_shared<ql::EuropeanExercise>(bench::today() + std::lround(365 * each.maturity)));
    options.back().setPricingEngine(engines[each.model]);
  }
  std::vector<double> prices(options.size());
  for (auto _ : state) {
    for (std::size_t i = 0; i < options.size(); ++i) {
      options[i].recalculate();
      prices[i] = options[i].NPV();
    }
    benchmark::DoNotOptimize(prices.data());
  }
  bench::report(state, static_cast<double>(options.size()), "option");
  state.counters["error"] = bench::book_error(prices, 1);
}

/// The engines as they come, and the integral with the best control variate: by the nodes that suffice for the options
/// of a year, and by as many as those of a month need for errors about the library's at its tolerance of 1e-6.
void add_books() {
  using model_pointer = ql::ext::shared_ptr<ql::HestonModel>;
  const auto add = [](const std::string& who, auto make) {
    benchmark::RegisterBenchmark(("book/heston/" + who + "/threads:1/derivatives:0").c_str(),
                                 [=](benchmark::State& state) { book(state, make); })
        ->UseRealTime()
        ->Unit(benchmark::kMillisecond);
  };
  const auto control = [](ql::Size nodes) {
    return [=](const model_pointer& model) {
      return ql::ext::make_shared<ql::AnalyticHestonEngine>(
          model, ql::AnalyticHestonEngine::OptimalCV, ql::AnalyticHestonEngine::Integration::gaussLaguerre(nodes));
    };
  };
  add("QuantLib-COS", [](const model_pointer& model) { return ql::ext::make_shared<ql::COSHestonEngine>(model); });
  add("QuantLib-analytic",
      [](const model_pointer& model) { return ql::ext::make_shared<ql::AnalyticHestonEngine>(model); });
  add("QuantLib-fitted",
      [](const model_pointer& model) { return ql::ext::make_shared<ql::ExponentialFittingHestonEngine>(model); });
  add("QuantLib-control", control(48));
  add("QuantLib-control-160", control(160));
}
const bool books_added = [] {
  add_books();
  return true;
}();

/// One after the other, by its safeguarded Newton method from its own guess, of quotes as implied_volatility_bench.cpp
/// has them: options out of the money up to so many standard deviations.
void implied_volatilities(benchmark::State& state) {
  constexpr double forward = 100, discount = 0.98;
  constexpr std::size_t count = 1024;
  std::mt19937_64 engine(1);
  std::uniform_real_distribution<double> place(-1, 1), level(0.1, 0.6);
  std::vector<ql::Option::Type> types;
  std::vector<double> strikes, prices, exact, found(count);
  for (std::size_t i = 0; i < count; ++i) {
    exact.push_back(level(engine) * std::sqrt(0.5));
    strikes.push_back(forward * std::exp(static_cast<double>(state.range(0)) * place(engine) * exact.back()));
    types.push_back(strikes.back() > forward ? ql::Option::Call : ql::Option::Put);
    prices.push_back(ql::blackFormula(types.back(), strikes.back(), forward, exact.back(), discount));
  }
  for (auto _ : state) {
    for (std::size_t i = 0; i < count; ++i) {
      found[i] = ql::blackFormulaImpliedStdDev(types[i], strikes[i], forward, prices[i], discount, 0,
                                               ql::Null<double>(), 1e-14, 1000);
    }
  }
  double error = 0;
  for (std::size_t i = 0; i < count; ++i) error = std::fmax(error, std::fabs(found[i] / exact[i] - 1));
  bench::report(state, static_cast<double>(count), "quote");
  state.counters["error"] = error;
}
BENCHMARK(implied_volatilities)
    ->Name("implied_volatility/quotes/QuantLib")
    ->ArgName("deviations")
    ->Arg(2)
    ->Arg(8)
    ->UseRealTime()
    ->Unit(benchmark::kMicrosecond);

using curve = ql::Handle<ql::YieldTermStructure>;

struct model_and_engine {
  ql::ext::shared_ptr<ql::CalibratedModel> model;
  ql::ext::shared_ptr<ql::PricingEngine> engine;
};

model_and_engine heston_model(const curve& rates) {
  const auto model = ql::ext::make_shared<ql::HestonModel>(ql::ext::make_shared<ql::HestonProcess>(
      rates, bench::flat_rate(0), bench::quote(bench::dax_spot), 0.04, 2, 0.04, 0.5, -0.5));
  return {model, ql::ext::make_shared<ql::COSHestonEngine>(model)};
}
model_and_engine bates_model(const curve& rates) {
  const auto model = ql::ext::make_shared<ql::BatesModel>(ql::ext::make_shared<ql::BatesProcess>(
      rates, bench::flat_rate(0), bench::quote(bench::dax_spot), 0.04, 2, 0.04, 0.5, -0.5, 0.5, -0.1, 0.1));
  return {model, ql::ext::make_shared<ql::BatesEngine>(model)};
}

/// In volatility, from the neutral start of this library's calibration.
template <model_and_engine (*make)(const curve&)>
void calibration(benchmark::State& state) {
  double error = 0;
  for (auto _ : state) {
    std::vector<ql::Date> dates{bench::today()};
    std::vector<ql::Rate> rates{bench::dax_quotes().front().rate};
    for (const bench::dax_quote& quote : bench::dax_quotes()) {
      const ql::Date date = bench::today() + quote.days;
      if (date != dates.back()) {
        dates.push_back(date);
        rates.push_back(quote.rate);
      }
    }
    const curve zero_rates(ql::ext::make_shared<ql::ZeroCurve>(dates, rates, day_counter));
    const auto [model, engine] = make(zero_rates);
    std::vector<ql::ext::shared_ptr<ql::CalibrationHelper>> helpers;
    for (const bench::dax_quote& quote : bench::dax_quotes()) {
      const auto helper = ql::ext::make_shared<ql::HestonModelHelper>(
          ql::Period(quote.days, ql::Days), ql::NullCalendar(), bench::dax_spot, quote.strike,
          bench::quote(quote.volatility), zero_rates, bench::flat_rate(0), ql::BlackCalibrationHelper::ImpliedVolError);
      helper->setPricingEngine(engine);
      helpers.push_back(helper);
    }
    ql::LevenbergMarquardt method(1e-8, 1e-8, 1e-8);
    model->calibrate(helpers, method, ql::EndCriteria(400, 40, 1e-8, 1e-8, 1e-8));
    error = 0;
    for (const auto& helper : helpers) {
      const double each = helper->calibrationError();
      error += each * each;
    }
    error = 100 * std::sqrt(error / static_cast<double>(helpers.size()));
  }
  bench::report(state, 1, "calibration");
  state.counters["error_in_volatility_points"] = error;
}
BENCHMARK_TEMPLATE(calibration, heston_model)
    ->Name("calibration/heston_dax/QuantLib")
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK_TEMPLATE(calibration, bates_model)
    ->Name("calibration/bates_dax/QuantLib")
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

/// The engine without what surrounds it: terms, dates, handles.
class american_engine : public ql::QdFpAmericanEngine {
 public:
  explicit american_engine(const ql::ext::shared_ptr<ql::QdFpIterationScheme>& scheme)
      : QdFpAmericanEngine(nullptr, scheme) {}
  double operator()(const bench::american_put& put) const {
    return calculatePut(put.spot, put.strike, put.rate, put.yield, put.volatility, put.maturity);
  }
};

/// By the scheme that comes closest to the digits asked for: its fast, accurate and high-precision ones, and one with
/// more points for 10 digits.
void american(benchmark::State& state) {
  const auto digits = state.range(0);
  const american_engine engine(digits <= 4   ? american_engine::fastScheme()
                               : digits <= 6 ? american_engine::accurateScheme()
                               : digits <= 8 ? american_engine::highPrecisionScheme()
                                             : ql::ext::make_shared<ql::QdFpTanhSinhIterationScheme>(20, 40, 1e-12));
  std::vector<double> prices;
  for (auto _ : state) prices = bench::american_prices(engine);
  bench::report(state, static_cast<double>(prices.size()), "option");
  state.counters["error"] = bench::american_error(prices);
}
BENCHMARK(american)
    ->Name("american/puts/QuantLib")
    ->ArgName("digits")
    ->Arg(3)
    ->Arg(4)
    ->Arg(6)
    ->Arg(8)
    ->Arg(10)
    ->UseRealTime()
    ->Unit(benchmark::kMicrosecond);

}  // namespace
