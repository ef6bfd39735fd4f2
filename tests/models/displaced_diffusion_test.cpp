// Displaced diffusion: paths against the lognormal law of beta M + 1 - beta.
#include "spectralmc/models/displaced_diffusion.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "reference_formulas.hpp"
#include "spectralmc/parallel/cpu.hpp"
#include "spectralmc/paths/stored_paths.hpp"
#include "spectralmc/payoffs/european.hpp"
#include "spectralmc/requests/spectrum_of.hpp"
#include "spectralmc/requests/value_of.hpp"
#include "spectralmc/spectral/distribution.hpp"
#include "statistics.hpp"

namespace spectralmc {
namespace {

const market asset(100, {0.25, 1}, {0.03, 0.04}, 0.01);

struct set {
  const char* name;
  displaced_diffusion_parameters parameters;
  double time, step;
};

const std::vector<set>& sets() {
  static const std::vector<set> list{
      {"half way", {0.2, 0.5}, 1, 0.1},
      {"nearly normal", {0.3, 0.001}, 2, 0.5},
      {"lognormal", {0.3, 1}, 1, 1},
      {"a day", {0.4, 0.3}, 1.0 / 365, 1},
      {"ten years, volatility by time", {step_function({1, 4}, {0.4, 0.2}), 0.6}, 10, 1}};
  return list;
}

double deviation(const set& s) { return s.parameters.volatility.root_mean_square(0, s.time) * std::sqrt(s.time); }

// False alarms: 1 in 74000 for each precision.
TEST_CASE_TEMPLATE("displaced diffusion: paths have the displaced lognormal law", Real, float, double) {
  for (const set& s : sets()) {
    CAPTURE(s.name);
    constexpr std::uint64_t paths = 50000;
    const auto plan = simulation{displaced_diffusion<Real>(asset, s.parameters), time_grid::dates({s.time}, s.step)}
                          .paths(paths)
                          .seed(12);
    std::vector<Real> samples(paths);
    store_paths(cpu{}, plan, spot{}, path_layout::path_major, 0, paths, samples.data());
    const reference::number beta = s.parameters.beta, width = beta * deviation(s), forward = asset.forward(s.time);
    CHECK(kolmogorov(samples, [&](long double x) {
            const reference::number inside = 1 + beta * (x / forward - 1);
            return inside <= 0 ? 0 : reference::normal_cdf(std::log(inside) / width + width / 2);
          }) < 2.6);
  }
}

// False alarms: 1 in 540 for each precision.
TEST_CASE_TEMPLATE("displaced diffusion: options are Black's with forward and strike displaced", Real, float, double) {
  for (const set& s : sets()) {
    CAPTURE(s.name);
    const auto plan = simulation{displaced_diffusion<Real>(asset, s.parameters), time_grid::dates({s.time}, s.step)}
                          .paths(1 << 16)
                          .seed(13);
    const double beta = s.parameters.beta, forward = asset.forward(s.time), strike = 0.95 * forward;
    const auto results = measure(cpu{}, plan, spectrum_of<spot>(spot{}), value_of<european_put>(european_put{strike}),
                                 value_of([](const auto& path) { return path.last(); }));
    const double put =
        asset.discount(s.time) *
        static_cast<double>(reference::black(-1, forward, forward + beta * (strike - forward), beta * deviation(s))) /
        beta;
    CHECK(errors_apart(distribution(std::get<0>(results)[0]).put_prices({strike})[0], put) < 4);
    CHECK(errors_apart(std::get<1>(results), put) < 4);
    CHECK(errors_apart(std::get<2>(results), asset.discount(s.time) * forward) < 4);
  }
}

}  // namespace
}  // namespace spectralmc
