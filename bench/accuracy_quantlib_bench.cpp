// Accuracy against time: QuantLib on the problems of accuracy.hpp, with one thread and in double precision, which is
// what it has. Its engine of Heston's model takes one option at a time, so that a smile costs it a run for each strike;
// `QuantLib-paths` prices all strikes on the same paths of its generator, which is what a user can make of its parts.
#include "accuracy.hpp"
#include "quantlib_case.hpp"

#include <algorithm>

#include <ql/exercise.hpp>
#include <ql/instruments/asianoption.hpp>
#include <ql/instruments/vanillaoption.hpp>
#include <ql/math/randomnumbers/rngtraits.hpp>
#include <ql/methods/montecarlo/multipathgenerator.hpp>
#include <ql/pricingengines/asian/mc_discr_arith_av_price.hpp>
#include <ql/pricingengines/vanilla/mceuropeanhestonengine.hpp>
#include <ql/processes/blackscholesprocess.hpp>
#include <ql/processes/hestonprocess.hpp>
#include <ql/termstructures/volatility/equityfx/blackconstantvol.hpp>
#include <ql/time/calendars/nullcalendar.hpp>
#include <ql/time/daycounters/actual365fixed.hpp>

namespace {

namespace ql = QuantLib;

bench::answer answer_of(const ql::Instrument& option) { return {option.NPV(), option.errorEstimate()}; }

/// A run for each strike.
std::vector<bench::answer> smile_by_engine(std::uint64_t seed, std::uint64_t paths) {
  const auto engine =
      ql::ext::shared_ptr<ql::PricingEngine>(ql::MakeMCEuropeanHestonEngine<ql::PseudoRandom>(bench::heston_process())
                                                 .withSteps(bench::heston_steps)
                                                 .withSamples(paths)
                                                 .withSeed(seed));
  const auto expiry = ql::ext::make_shared<ql::EuropeanExercise>(bench::today() + 365);
  std::vector<bench::answer> found;
  for (std::size_t i = 0; i < bench::smile_strikes().size(); ++i) {
    const auto type = bench::smile_calls()[i] ? ql::Option::Call : ql::Option::Put;
    ql::VanillaOption option(ql::ext::make_shared<ql::PlainVanillaPayoff>(type, bench::smile_strikes()[i]), expiry);
    option.setPricingEngine(engine);
    found.push_back(answer_of(option));
  }
  return found;
}

/// use(S at one year) for each path.
template <class Use>
void for_each_end(std::uint64_t seed, std::uint64_t paths, const Use& use) {
  const auto process = bench::heston_process();
  const ql::TimeGrid times(1.0, bench::heston_steps);
  const ql::MultiPathGenerator<ql::PseudoRandom::rsg_type> generator(
      process, times, ql::PseudoRandom::make_sequence_generator(process->factors() * bench::heston_steps, seed));
  for (std::uint64_t i = 0; i < paths; ++i) use(generator.next().value[0].back());
}

std::vector<bench::answer> smile_by_paths(std::uint64_t seed, std::uint64_t paths) {
  const std::vector<double>& strikes = bench::smile_strikes();
  std::vector<double> sums(strikes.size()), squares(strikes.size());
  for_each_end(seed, paths, [&](double s) {
    for (std::size_t i = 0; i < strikes.size(); ++i) {
      const double paid = std::max(0.0, bench::smile_calls()[i] ? s - strikes[i] : strikes[i] - s);
      sums[i] += paid;
      squares[i] += paid * paid;
    }
  });
  const double discount = std::exp(-0.03), n = static_cast<double>(paths);
  std::vector<bench::answer> found;
  for (std::size_t i = 0; i < strikes.size(); ++i) {
    const double mean = sums[i] / n;
    found.push_back({discount * mean, discount * std::sqrt((squares[i] / n - mean * mean) / (n - 1))});
  }
  return found;
}

std::vector<bench::answer> quantile_by_paths(std::uint64_t seed, std::uint64_t paths) {
  std::vector<double> ends;
  ends.reserve(paths);
  for_each_end(seed, paths, [&](double s) { ends.push_back(s); });
  const auto rank = ends.begin() + static_cast<std::ptrdiff_t>(bench::tail * static_cast<double>(paths));
  std::nth_element(ends.begin(), rank, ends.end());
  return {{std::log(*rank / 100)}};
}

template <bool control>
std::vector<bench::answer> asian(std::uint64_t seed, std::uint64_t paths) {
  const auto process = ql::ext::make_shared<ql::BlackScholesMertonProcess>(
      bench::quote(bench::spot), bench::flat_rate(bench::dividend_yield), bench::flat_rate(bench::interest_rate),
      ql::Handle<ql::BlackVolTermStructure>(
          ql::ext::make_shared<ql::BlackConstantVol>(bench::today(), ql::NullCalendar(), 0.2, ql::Actual365Fixed())));
  std::vector<ql::Date> dates;
  for (int i = 1; i <= bench::asian_dates; ++i) dates.push_back(bench::today() + i * bench::asian_days);
  ql::DiscreteAveragingAsianOption option(
      ql::Average::Arithmetic, 0, 0, dates,
      ql::ext::make_shared<ql::PlainVanillaPayoff>(ql::Option::Call, bench::asian_strike),
      ql::ext::make_shared<ql::EuropeanExercise>(dates.back()));
  option.setPricingEngine(ql::MakeMCDiscreteArithmeticAPEngine<ql::PseudoRandom>(process)
                              .withSamples(paths)
                              .withSeed(seed)
                              .withControlVariate(control));
  return {answer_of(option)};
}

const bool added = [] {
  bench::add_accuracy("smile/QuantLib", bench::smile, 1 << 8, 1 << 10, smile_by_engine);
  bench::add_accuracy("smile/QuantLib-paths", bench::smile, 1 << 10, 1 << 14, smile_by_paths);
  bench::add_accuracy("quantile/QuantLib-ordered", bench::quantile, 1 << 10, 1 << 14, quantile_by_paths);
  bench::add_accuracy("asian/QuantLib", bench::asian, 1 << 10, 1 << 14, asian<false>);
  bench::add_accuracy("asian_control/QuantLib", bench::asian, 1 << 10, 1 << 14, asian<true>);
  return true;
}();

}  // namespace
