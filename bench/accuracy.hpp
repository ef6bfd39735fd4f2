// What accuracy against time is measured on: problems with exact answers.
//
//   smile          options out of the money of one year at 21 strikes, Heston's model; errors in volatility
//   quantile       the 1% quantile of a year's log-return, Heston's model
//   asian          a call on the arithmetic mean of twelve dates, Black and Scholes' model; errors in currency
//   asian_control  the same with the call on the geometric mean for a control variate
//
// Each answer is computed with 32 seeds. A benchmark is named accuracy/CASE/WHO/paths:N; its time is that of one answer
// on one core, all that has to be set up included, `rmse` is the root mean square of the errors, and `reported` that of
// the standard errors that came with the answers, where some did.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "measurement.hpp"

namespace bench {

/// Heston's model as everybody simulates it: by the quadratic-exponential scheme with so many equal steps.
constexpr std::uint32_t heston_steps = 32;
constexpr double tail = 0.01;
constexpr int asian_dates = 12, asian_days = 30;  // from date to date
constexpr double asian_strike = 100;
/// E max(G - strike, 0) discounted, G the geometric mean, whose law is lognormal.
double geometric_asian_call();

/// The exact numbers, and in units of what their errors are taken.
struct problem {
  std::vector<double> exact, units;
};
const std::vector<double>& smile_strikes();
const std::vector<bool>& smile_calls();  // by strike: a call or a put
const problem& smile();
const problem& quantile();
const problem& asian();

struct answer {
  double value;
  double standard_error = 0;
};

/// `solve(seed, paths)` answers the problem.
template <class Solve>
void measure_accuracy(benchmark::State& state, const problem& truth, const Solve& solve) {
  const auto paths = static_cast<std::uint64_t>(state.range(0));
  double errors = 0, reported = 0, answers = 0;
  std::uint64_t seed = 0;
  for (auto _ : state) {
    const std::vector<answer> found = solve(++seed, paths);
    for (std::size_t i = 0; i < found.size(); ++i) {
      const double error = (found[i].value - truth.exact[i]) / truth.units[i],
                   stated = found[i].standard_error / truth.units[i];
      errors += error * error;
      reported += stated * stated;
      ++answers;
    }
  }
  report(state, 1, "answer");
  state.counters["rmse"] = std::sqrt(errors / answers);
  if (reported > 0) state.counters["reported"] = std::sqrt(reported / answers);
}

template <class Solve>
void add_accuracy(const std::string& who, const problem& (*truth)(), std::int64_t fewest, std::int64_t most,
                  const Solve& solve) {
  benchmark::RegisterBenchmark(("accuracy/" + who).c_str(),
                               [=](benchmark::State& state) { measure_accuracy(state, truth(), solve); })
      ->ArgName("paths")
      ->RangeMultiplier(4)
      ->Range(fewest, most)
      ->Iterations(32)
      ->UseRealTime()
      ->Unit(benchmark::kMillisecond);
}

}  // namespace bench
