// What an implied volatility costs on one core: quote after quote, and a surface's quotes in one call.
#include <benchmark/benchmark.h>

#include <cmath>
#include <cstddef>
#include <random>
#include <vector>

#include "spectralmc/pricing/black.hpp"

namespace {

namespace smc = spectralmc;

constexpr double forward = 100, maturity = 0.5, discount = 0.98;

/// Options out of the money, up to `deviations` standard deviations, with volatilities between 0.1 and 0.6.
struct quotes {
  std::vector<smc::option_type> types;
  std::vector<double> prices, strikes, volatilities;

  quotes(std::size_t count, double deviations) : volatilities(count) {
    std::mt19937_64 engine(1);
    std::uniform_real_distribution<double> place(-deviations, deviations), level(0.1, 0.6);
    for (std::size_t i = 0; i < count; ++i) {
      const double volatility = level(engine);
      strikes.push_back(forward * std::exp(place(engine) * volatility * std::sqrt(maturity)));
      types.push_back(strikes.back() > forward ? smc::option_type::call : smc::option_type::put);
      prices.push_back(smc::black_price(types.back(), forward, strikes.back(), volatility, maturity, discount));
    }
  }
};

template <class Body>
void measure_quotes(benchmark::State& state, Body&& body) {
  quotes q(4096, static_cast<double>(state.range(0)));
  for (auto _ : state) {
    body(q);
    benchmark::DoNotOptimize(q.volatilities.data());
    benchmark::ClobberMemory();
  }
  const double count = 4096 * static_cast<double>(state.iterations());
  state.counters["s/quote"] = benchmark::Counter(count, benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

void implied_volatility_each(benchmark::State& state) {
  measure_quotes(state, [](quotes& q) {
    for (std::size_t i = 0; i < q.prices.size(); ++i) {
      q.volatilities[i] = smc::implied_volatility(q.types[i], q.prices[i], forward, q.strikes[i], maturity, discount);
    }
  });
}

void implied_volatilities_together(benchmark::State& state) {
  measure_quotes(state, [](quotes& q) {
    smc::implied_volatilities(q.types.data(), q.prices.data(), forward, q.strikes.data(), q.prices.size(), maturity,
                              discount, q.volatilities.data());
  });
}

void black_price_each(benchmark::State& state) {
  measure_quotes(state, [](quotes& q) {
    for (std::size_t i = 0; i < q.prices.size(); ++i) {
      q.volatilities[i] = smc::black_price(q.types[i], forward, q.strikes[i], 0.3, maturity, discount);
    }
  });
}

BENCHMARK(implied_volatility_each)->Arg(2)->Arg(8);
BENCHMARK(implied_volatilities_together)->Arg(2)->Arg(8);
BENCHMARK(black_price_each)->Arg(2);

}  // namespace
