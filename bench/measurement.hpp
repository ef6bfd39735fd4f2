// How a benchmark reports: work a second, beside it the limit that the machine sets to such work, measured in the same
// run, and the share of it. A benchmark is named GROUP/CASE/WHO/ARGUMENTS: `spectralmc` and its peers do the same work
// under the same group and case.
#pragma once

#include <benchmark/benchmark.h>

#include <string>

namespace bench {

/// What work of a kind could be done in a second if nothing else stood in its way.
struct limit {
  std::string name;
  double per_second;
};

/// `most` for units of work of which each takes `parts` of what it counts.
inline limit divided(const limit& most, double parts) { return {most.name, most.per_second / parts}; }

/// As names of benchmarks have it.
template <class Real>
constexpr const char* name_of = sizeof(Real) == sizeof(float) ? "float" : "double";

/// `items` units of work were done in each iteration. Rates are by the wall clock: register with UseRealTime().
inline void report(benchmark::State& state, double items, const std::string& unit) {
  const double total = items * static_cast<double>(state.iterations());
  state.counters["per_second"] = benchmark::Counter(total, benchmark::Counter::kIsRate);
  state.SetLabel(unit + "s");
}
inline void report(benchmark::State& state, double items, const std::string& unit, const limit& most) {
  report(state, items, unit);
  const double total = items * static_cast<double>(state.iterations());
  state.counters["limit"] = most.per_second;
  state.counters["share"] = benchmark::Counter(total / most.per_second, benchmark::Counter::kIsRate);
  state.SetLabel(unit + "s; limit: " + most.name);
}

}  // namespace bench
