// Rough Bergomi against its exact covariances, against published prices, against mixtures of Black's formula, and in
// its limits.
#include "spectralmc/models/rough_bergomi.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

#include "reference_formulas.hpp"
#include "spectralmc/models/black_scholes.hpp"
#include "spectralmc/parallel/cpu.hpp"
#include "spectralmc/paths/stored_paths.hpp"
#include "spectralmc/payoffs/european.hpp"
#include "spectralmc/requests/spectrum_of.hpp"
#include "spectralmc/requests/value_of.hpp"
#include "statistics.hpp"

namespace spectralmc {
namespace {

const market asset(100, {0.25, 1}, {0.03, 0.04}, 0.01);

/// log v at the beginning of the last step.
struct log_variance : detail::date_observer {
  template <class V, class State>
  SPECTRALMC_HOST_DEVICE static V value(const memory<V>&, const path_point<V, State>& point) {
    return log(point.state.variance);
  }
};

/// Cov(Y(s), Y(t)) = 2H int_0^s ((s - u) (t - u))^(H - 1/2) du by Simpson's rule in y = ((s - u)/s)^(H + 1/2).
double covariance(double hurst, double s, double t) {
  if (s > t) return covariance(hurst, t, s);
  if (s == t) return std::pow(t, 2 * hurst);
  const double p = hurst + 0.5;
  const auto f = [&](double y) { return std::pow(t - s + s * std::pow(y, 1 / p), hurst - 0.5); };
  constexpr int panels = 2000;
  double sum = 0;
  for (int i = 0; i < panels; ++i) {
    const double a = static_cast<double>(i) / panels, b = static_cast<double>(i + 1) / panels;
    sum += (f(a) + 4 * f(0.5 * (a + b)) + f(b)) / (6 * panels);
  }
  return 2 * hurst * std::pow(s, p) / p * sum;
}

// The scheme's own error is below 1% of a deviation's square. False alarms: 1 in 1000.
TEST_CASE_TEMPLATE("rough Bergomi: the volatility has the covariances of the fractional process", Real, float, double) {
  constexpr std::uint64_t paths = 1 << 16;
  // Equal steps, and steps of two lengths.
  for (const std::vector<double>& dates :
       {equidistant_dates(1, 9), std::vector<double>{0.05, 0.1, 0.15, 0.2, 0.45, 0.7, 0.95}}) {
    for (const double hurst : {0.05, 0.2, 0.45}) {
      CAPTURE(dates.size());
      CAPTURE(hurst);
      const double eta = 0.8;
      const rough_bergomi<Real> model(asset, {0.09, hurst, eta, -0.7});
      const auto plan = simulation{model, time_grid::dates(dates)}.paths(paths).seed(11);
      std::vector<Real> values(paths * dates.size());
      store_paths(cpu{}, plan, log_variance{}, path_layout::time_major, 0, paths, values.data());
      for (std::size_t i = 1; i < dates.size(); ++i) {
        for (std::size_t j = 1; j <= i; ++j) {
          const Real *x = &values[i * paths], *y = &values[j * paths];
          double sum_x = 0, sum_y = 0, products = 0;
          for (std::size_t k = 0; k < paths; ++k) {
            sum_x += static_cast<double>(x[k]);
            sum_y += static_cast<double>(y[k]);
            products += static_cast<double>(x[k]) * static_cast<double>(y[k]);
          }
          const double found = products / paths - sum_x / paths * (sum_y / paths);
          const double own = std::pow(dates[i - 1] * dates[j - 1], hurst);
          const double exact = covariance(hurst, dates[j - 1], dates[i - 1]);
          const double deviation = std::sqrt((own * own + exact * exact) / paths);
          CAPTURE(i);
          CAPTURE(j);
          CHECK(std::fabs(found / (eta * eta) - exact) < 4.5 * deviation + 0.01 * own);
        }
      }
    }
  }
}

// Bayer, C., Ben Hammouda, C. and Tempone, R. (2020), Hierarchical adaptive sparse grids and quasi-Monte Carlo for
// option pricing under the rough Bergomi model, Quantitative Finance 20(9), table 4.1, to about 1e-4. The bias of 64
// steps adds less than 2e-4. False alarms: 1 in 4000.
TEST_CASE("rough Bergomi: calls have published prices") {
  struct published {
    double hurst, strike, correlation, eta, forward_variance, call;
  };
  for (const published& p :
       {published{0.07, 1, -0.9, 1.9, 0.235 * 0.235, 0.0791}, published{0.02, 1, -0.7, 0.4, 0.1, 0.1246},
        published{0.02, 0.8, -0.7, 0.4, 0.1, 0.2412}, published{0.02, 1.2, -0.7, 0.4, 0.1, 0.0570}}) {
    const rough_bergomi<float> model(market(1), {p.forward_variance, p.hurst, p.eta, p.correlation});
    const auto plan = simulation{model, time_grid::uniform(1, 64)}.paths(1 << 16).seed(5);
    const estimate call = price(cpu{}, plan, european_call{p.strike});
    CAPTURE(p.call);
    CAPTURE(call.value);
    CHECK(std::fabs(call.value - p.call) < 4 * std::hypot(call.standard_error, 1e-4) + 2e-4);
  }
}

/// E max(M - k, 0) for H = 1/2 by averaging Black's formula over paths of the lognormal variance, made with the
/// generator of the standard library.
estimate mixture(double xi, double eta, double rho, double time, double k, std::uint32_t steps, int paths) {
  std::mt19937_64 engine(5);
  std::normal_distribution<double> normal;
  double sum = 0, squares = 0;
  const double h = time / steps;
  for (int i = 0; i < paths; ++i) {
    double w = 0, variance = 0, with_noise = 0;
    for (std::uint32_t step = 0; step < steps; ++step) {
      const double v = xi * std::exp(eta * w - 0.5 * eta * eta * h * step), dw = std::sqrt(h) * normal(engine);
      variance += v * h;
      with_noise += std::sqrt(v) * dw;
      w += dw;
    }
    const double forward = std::exp(rho * with_noise - 0.5 * rho * rho * variance);
    const auto value = static_cast<double>(reference::black(1, forward, k, std::sqrt((1 - rho * rho) * variance)));
    sum += value;
    squares += value * value;
  }
  const double mean = sum / paths;
  estimate e;
  e.value = mean;
  e.standard_error = std::sqrt((squares / paths - mean * mean) / paths);
  return e;
}

// False alarms: 1 in 5000.
TEST_CASE_TEMPLATE("rough Bergomi: for H = 1/2 calls are mixtures over a lognormal variance", Real, float, double) {
  for (const double rho : {-0.9, 0.0, 0.5}) {
    CAPTURE(rho);
    const rough_bergomi<Real> model(market(1), {0.09, 0.5, 1.2, rho});
    const auto plan = simulation{model, time_grid::uniform(1.5, 12)}.paths(1 << 16).seed(9);
    const estimate call = price(cpu{}, plan, european_call{1.1}), exact = mixture(0.09, 1.2, rho, 1.5, 1.1, 12, 20000);
    CHECK(std::fabs(call.value - exact.value) < 4 * std::hypot(call.standard_error, exact.standard_error));
  }
}

// Also in steps that are far too long. A variance of ten years with H = 0.05 and eta = 2 is lognormal with deviation
// 2.2. False alarms: 1 in 800 for each precision.
TEST_CASE_TEMPLATE("rough Bergomi: the asset is worth its forward and the variance has its mean, whatever the step",
                   Real, float, double) {
  const step_function xi({0.4, 1, 2}, {0.04, 0.09, 0.06});
  struct extreme {
    double hurst, eta, rho, time;
    std::uint32_t steps;
  };
  for (const extreme& e : {extreme{0.05, 2, -0.99, 1, 20}, extreme{0.05, 1, 0.5, 10, 10}, extreme{0.5, 1, -1, 1, 3},
                           extreme{0.3, 1.5, -0.7, 1.0 / 365, 8}, extreme{1e-3, 1, -0.7, 0.8, 2}}) {
    CAPTURE(e.hurst);
    CAPTURE(e.steps);
    const rough_bergomi<Real> model(asset, {xi, e.hurst, e.eta, e.rho});
    const auto plan = simulation{model, time_grid::uniform(e.time, e.steps)}.paths(1 << 16).seed(3);
    const estimate worth = price(cpu{}, plan, [](const auto& path) { return path.last(); });
    CHECK(worth.paths == 1 << 16);
    CHECK(errors_apart(worth, asset.discount(e.time) * asset.forward(e.time)) < 4);

    std::vector<Real> logarithms(1 << 16);
    store_paths(cpu{}, plan, log_variance{}, path_layout::path_major, 0, 1 << 16, logarithms.data());
    double sum = 0, squares = 0;
    for (const Real x : logarithms) {
      const double v = std::exp(static_cast<double>(x));
      sum += v / (1 << 16);
      squares += v * v / (1 << 16);
    }
    const double last = e.time - e.time / e.steps;  // where the last step begins; xi is constant over it
    CHECK(std::fabs(sum - xi(last + 1e-9)) < 4 * std::sqrt((squares - sum * sum) / (1 << 16)) + 1e-6 * sum);
  }
}

TEST_CASE("rough Bergomi: groups of steps of nearly equal length make nearly the paths of equal ones") {
  const rough_bergomi<double> model(asset, {0.09, 0.1, 1.5, -0.7});
  constexpr std::uint64_t paths = 500;
  const auto last_of = [&](const time_grid& grid) {
    const auto plan = simulation{model, grid}.paths(paths).seed(4);
    std::vector<double> values(paths * grid.date_count());
    store_paths(cpu{}, plan, log_return{}, path_layout::time_major, 0, paths, values.data());
    return std::vector<double>(values.end() - paths, values.end());
  };
  const auto largest_difference = [](const std::vector<double>& a, const std::vector<double>& b) {
    double largest = 0;
    for (std::size_t i = 0; i < a.size(); ++i) largest = std::fmax(largest, std::fabs(a[i] - b[i]));
    return largest;
  };
  const std::vector<double> whole = last_of(time_grid::uniform(1, 50));
  CHECK(largest_difference(whole, last_of(time_grid::dates({0.1, 0.3, 1}, 0.02))) < 1e-13);
  CHECK(largest_difference(whole, last_of(time_grid::dates(equidistant_dates(1, 50)))) < 1e-13);
  std::vector<double> dates = equidistant_dates(1, 50);
  dates[14] += 2e-9;  // 1e-7 of a step: three groups
  const double moved = largest_difference(whole, last_of(time_grid::dates(dates)));
  CHECK(moved > 0);
  CHECK(moved < 1e-5);
}

TEST_CASE("rough Bergomi: a run in float has the paths of the run in double, rounded") {
  constexpr std::uint64_t paths = 1000;
  const auto last_of = [&](auto model) {
    using real = typename decltype(model)::real;
    const auto plan = simulation{model, time_grid::uniform(1, 250)}.paths(paths).seed(4);
    std::vector<real> values(paths);
    store_paths(cpu{}, plan, log_return{}, path_layout::time_major, 0, paths, values.data());
    return values;
  };
  const rough_bergomi_parameters p{0.06, 0.07, 1.9, -0.9};
  const std::vector<float> rounded = last_of(rough_bergomi<float>(asset, p));
  const std::vector<double> precise = last_of(rough_bergomi<double>(asset, p));
  double largest = 0;
  for (std::size_t i = 0; i < paths; ++i) {
    largest = std::fmax(largest, std::fabs(static_cast<double>(rounded[i]) - precise[i]));
  }
  CHECK(largest < 1e-4);
}

// False alarms: 1 in 16000.
TEST_CASE("rough Bergomi: without volatility of volatility it is Black and Scholes' model") {
  const step_function xi({0.4, 1, 2}, {0.04, 0.09, 0.06}), volatility({0.4, 1, 2}, {0.2, 0.3, std::sqrt(0.06)});
  const rough_bergomi<double> model(asset, {xi, 0.1, 0, -0.7});
  const double time = 1.5, forward = asset.forward(time);
  const auto plan = simulation{model, time_grid::uniform(time, 4)}.paths(1 << 16).seed(8);
  const estimate call = price(cpu{}, plan, european_call{105});
  const double deviation = volatility.root_mean_square(0, time) * std::sqrt(time);
  CHECK(errors_apart(call, asset.discount(time) * static_cast<double>(reference::black(1, forward, 105, deviation))) <
        4);
}

}  // namespace
}  // namespace spectralmc
