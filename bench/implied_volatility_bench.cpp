// What an implied volatility costs on one core, and how right it is: quote after quote, and a surface's quotes in one
// call, beside so many steps of Newton's method and of bisection with Black's formula as textbooks have it. The limit
// is this library's Black formula once: quote after quote, or in packs where all quotes are taken together.
#include <benchmark/benchmark.h>

#include <cmath>
#include <cstddef>
#include <random>
#include <string>
#include <vector>

#include "least_time.hpp"
#include "limits.hpp"
#include "measurement.hpp"
#include "spectralmc/spectralmc.hpp"

namespace {

namespace smc = spectralmc;

constexpr double forward = 100, maturity = 0.5, discount = 0.98;

/// Options out of the money, up to `deviations` standard deviations, with volatilities between 0.1 and 0.6.
struct quotes {
  std::vector<smc::option_type> types;
  std::vector<double> prices, strikes, volatilities;

  quotes(std::size_t count, double deviations) {
    std::mt19937_64 engine(1);
    std::uniform_real_distribution<double> place(-deviations, deviations), level(0.1, 0.6);
    for (std::size_t i = 0; i < count; ++i) {
      const double volatility = level(engine);
      volatilities.push_back(volatility);
      strikes.push_back(forward * std::exp(place(engine) * volatility * std::sqrt(maturity)));
      types.push_back(strikes.back() > forward ? smc::option_type::call : smc::option_type::put);
      prices.push_back(smc::black_price(types.back(), forward, strikes.back(), volatility, maturity, discount));
    }
  }
};

/// The least nanoseconds that body takes with the quotes.
template <class Body>
double least_ns(quotes& q, const Body& body) {
  return bench::least_ns(0.1, [&] {
    body(q);
    benchmark::DoNotOptimize(q.volatilities.data());
    benchmark::ClobberMemory();
  });
}

void black_price_each(quotes& q) {
  for (std::size_t i = 0; i < q.prices.size(); ++i) {
    q.volatilities[i] = smc::black_price(q.types[i], forward, q.strikes[i], 0.3, maturity, discount);
  }
}

/// What is left of black_price where packs of quotes are known to be sound.
void black_price_in_packs(quotes& q) {
  using V = smc::lanes<double>;
  const V s(smc::rounded_product(0.3, smc::sqrt(maturity))), top(forward);
  smc::for_each_pack<V>(q.prices.size(), [&](std::size_t i, std::size_t used) {
    const V strike = smc::load_some<V>(q.strikes.data() + i, used);
    const V price = normalised_black_price(abs(log(top / strike)), s);
    smc::store_some(V(discount) * (minimum(top, strike) * price), q.volatilities.data() + i, used);
  });
}

bench::limit one_price(const std::string& how, void (*prices)(quotes&)) {
  return bench::once("one price by Black's formula" + how, 1, [&] {
    quotes q(1024, 2);
    return 1e9 * static_cast<double>(q.prices.size()) / least_ns(q, prices);
  });
}

/// Nanoseconds a quote, and the largest relative error of a volatility, which body finds for the quotes. Returns how
/// many those are.
template <class Body>
double measure_quotes(benchmark::State& state, const Body& body) {
  quotes q(1024, static_cast<double>(state.range(0)));
  const std::vector<double> exact = q.volatilities;
  double least = 0, error = 0;
  for (auto _ : state) {
    least = least_ns(q, body);
    state.SetIterationTime(1e-9 * least);
  }
  const auto count = static_cast<double>(exact.size());
  for (std::size_t i = 0; i < exact.size(); ++i) error = std::fmax(error, std::fabs(q.volatilities[i] / exact[i] - 1));
  state.counters["ns"] = least / count;
  state.counters["error"] = error;
  return count;
}

void implied_volatility_each(benchmark::State& state) {
  const double count = measure_quotes(state, [](quotes& q) {
    for (std::size_t i = 0; i < q.prices.size(); ++i) {
      q.volatilities[i] = smc::implied_volatility(q.types[i], q.prices[i], forward, q.strikes[i], maturity, discount);
    }
  });
  bench::report(state, count, "quote", one_price("", black_price_each));
}

void implied_volatilities_together(benchmark::State& state) {
  const double count = measure_quotes(state, [](quotes& q) {
    smc::implied_volatilities(q.types.data(), q.prices.data(), forward, q.strikes.data(), q.prices.size(), maturity,
                              discount, q.volatilities.data());
  });
  bench::report(state, count, "quote", one_price(", in packs", black_price_in_packs));
}

double normal_below(double x) { return 0.5 * std::erfc(-x * std::sqrt(0.5)); }

struct price_and_vega {
  double price, vega;
};

/// Black's formula as textbooks have it.
price_and_vega textbook_price(smc::option_type type, double strike, double volatility) {
  const double sign = type == smc::option_type::call ? 1 : -1, deviation = volatility * std::sqrt(maturity);
  const double above = std::log(forward / strike) / deviation + 0.5 * deviation, below = above - deviation;
  const double density = std::exp(-0.5 * above * above) / std::sqrt(2 * smc::pi);
  return {discount * sign * (forward * normal_below(sign * above) - strike * normal_below(sign * below)),
          discount * forward * std::sqrt(maturity) * density};
}

/// Newton's method from where the vega is largest, from which it does not overshoot: Manaster, S. and Koehler, G.
/// (1982), The calculation of implied variances from the Black-Scholes model: a note, J. Finance 37(1).
void newton(benchmark::State& state) {
  const double count = measure_quotes(state, [&](quotes& q) {
    for (std::size_t i = 0; i < q.prices.size(); ++i) {
      double volatility = std::sqrt(2 * std::fabs(std::log(forward / q.strikes[i])) / maturity);
      for (long step = 0; step < state.range(1); ++step) {
        const price_and_vega at = textbook_price(q.types[i], q.strikes[i], volatility);
        volatility -= (at.price - q.prices[i]) / at.vega;
      }
      q.volatilities[i] = volatility;
    }
  });
  bench::report(state, count, "quote");
}

void bisection(benchmark::State& state) {
  const double count = measure_quotes(state, [&](quotes& q) {
    for (std::size_t i = 0; i < q.prices.size(); ++i) {
      double lower = 0, upper = 2;
      for (long step = 0; step < state.range(1); ++step) {
        const double middle = 0.5 * (lower + upper);
        (textbook_price(q.types[i], q.strikes[i], middle).price < q.prices[i] ? lower : upper) = middle;
      }
      q.volatilities[i] = 0.5 * (lower + upper);
    }
  });
  bench::report(state, count, "quote");
}

benchmark::internal::Benchmark* timed(const std::string& name, void (*body)(benchmark::State&)) {
  return benchmark::RegisterBenchmark(name.c_str(), body)
      ->Iterations(1)
      ->UseManualTime()
      ->Unit(benchmark::kMicrosecond);
}

const bool added = [] {
  timed("implied_volatility/quotes/spectralmc-each", implied_volatility_each)->ArgName("deviations")->Arg(2)->Arg(8);
  timed("implied_volatility/quotes/spectralmc-together", implied_volatilities_together)
      ->ArgName("deviations")
      ->Arg(2)
      ->Arg(8);
  timed("implied_volatility_steps/quotes/Newton", newton)
      ->ArgNames({"deviations", "steps"})
      ->ArgsProduct({{2, 8}, {1, 2, 3, 4, 5, 6, 7, 8, 12, 16, 24, 32}});
  timed("implied_volatility_steps/quotes/bisection", bisection)
      ->ArgNames({"deviations", "steps"})
      ->ArgsProduct({{2, 8}, {4, 8, 16, 24, 32, 40, 48, 56}});
  return true;
}();

}  // namespace
