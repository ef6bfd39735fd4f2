// The SABR model against mixtures of exact prices over its volatility, against Euler's scheme in tiny steps, and in its
// limits.
#include "spectralmc/models/sabr.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

#include "reference_formulas.hpp"
#include "schroder.hpp"
#include "spectralmc/parallel/cpu.hpp"
#include "spectralmc/paths/stored_paths.hpp"
#include "spectralmc/payoffs/european.hpp"
#include "spectralmc/requests/value_of.hpp"
#include "statistics.hpp"

namespace spectralmc {
namespace {

const market asset(100, {0.25, 1}, {0.03, 0.04}, 0.01);

struct sample_mean {
  double sum = 0, squares = 0;
  int count = 0;
  void add(double x) {
    sum += x;
    squares += x * x;
    ++count;
  }
  double mean() const { return sum / count; }
  double standard_error() const { return std::sqrt((squares / count - mean() * mean()) / count); }
};

/// One path of v at the ends of `steps` steps, with the integral of its square by the trapezoidal rule.
struct volatility_path {
  double last, variance;

  volatility_path(const sabr_parameters& p, double time, int steps, std::mt19937_64& engine) : variance(0) {
    std::normal_distribution<double> normal;
    const double h = time / steps, alpha = p.volatility_of_volatility;
    double v = p.initial_volatility;
    for (int i = 0; i < steps; ++i) {
      const double next = v * std::exp(alpha * std::sqrt(h) * normal(engine) - 0.5 * alpha * alpha * h);
      variance += 0.5 * h * (v * v + next * next);
      v = next;
    }
    last = v;
  }
};

/// E max(M - k, 0) by averaging exact prices over paths of the volatility: without correlation constant elasticity, for
/// beta = 1 the lognormal law of the asset given that of its volatility.
sample_mean mixture(const sabr_parameters& p, double time, double k, int paths) {
  std::mt19937_64 engine(5);
  sample_mean result;
  const double rho = p.correlation;
  for (int i = 0; i < paths; ++i) {
    const volatility_path v(p, time, 100, engine);
    if (p.beta == 1) {
      const double forward =
          std::exp(rho * (v.last - p.initial_volatility) / p.volatility_of_volatility - 0.5 * rho * rho * v.variance);
      result.add(static_cast<double>(reference::black(1, forward, k, std::sqrt((1 - rho * rho) * v.variance))));
    } else {
      result.add(static_cast<double>(reference::constant_elasticity_law{p.beta, v.variance}.call(k)));
    }
  }
  return result;
}

/// The same by Euler's scheme for M, stopped at zero.
sample_mean by_euler(const sabr_parameters& p, double time, double k, int steps, int paths) {
  std::mt19937_64 engine(6);
  std::normal_distribution<double> normal;
  sample_mean result;
  const double h = time / steps, alpha = p.volatility_of_volatility, rho = p.correlation;
  for (int i = 0; i < paths; ++i) {
    double v = p.initial_volatility, m = 1;
    for (int j = 0; j < steps && m > 0; ++j) {
      const double z = normal(engine), other = normal(engine);
      m = std::fmax(0.0, m + v * std::pow(m, p.beta) * std::sqrt(h) * (rho * z + std::sqrt(1 - rho * rho) * other));
      v *= std::exp(alpha * std::sqrt(h) * z - 0.5 * alpha * alpha * h);
    }
    result.add(std::fmax(0.0, m - k));
  }
  return result;
}

template <class Real>
auto plan_of(const sabr_parameters& p, double time, double step, std::uint64_t paths) {
  return simulation{sabr<Real>(asset, p), time_grid::dates({time}, step)}.paths(paths).seed(16);
}

template <class Real>
void check_call(const sabr_parameters& p, double time, double step, double k, const sample_mean& exact) {
  const double forward = asset.forward(time), discount = asset.discount(time);
  const estimate call = price(cpu{}, plan_of<Real>(p, time, step, 1 << 16), european_call{k * forward});
  const double found = call.value / (discount * forward), error = call.standard_error / (discount * forward);
  CAPTURE(found);
  CAPTURE(exact.mean());
  CHECK(std::fabs(found - exact.mean()) < 4 * std::hypot(error, exact.standard_error()));
}

// False alarms: 1 in 2600 for each precision. In steps so short that the bias is a small part of the error.
TEST_CASE_TEMPLATE("SABR: calls are mixtures of exact prices, without correlation or for beta = 1", Real, float,
                   double) {
  for (const sabr_parameters& p :
       {sabr_parameters{0.3, 0.5, 0.6, 0}, sabr_parameters{0.4, 0, 0.4, 0}, sabr_parameters{0.2, 0.9, 1, 0},
        sabr_parameters{0.25, 1, 0.5, -0.7}, sabr_parameters{0.25, 1, 0.5, 0.99}, sabr_parameters{0.2, 1, 1, -0.99}}) {
    CAPTURE(p.beta);
    CAPTURE(p.correlation);
    check_call<Real>(p, 1.5, 1.0 / 64, 1.1, mixture(p, 1.5, 1.1, 2000));
  }
}

// False alarms: 1 in 5200.
TEST_CASE("SABR: calls are those of Euler's scheme in tiny steps, with correlation and any beta") {
  for (const sabr_parameters& p : {sabr_parameters{0.3, 0.5, 0.6, -0.6}, sabr_parameters{0.2, 0, 0.5, 0.5},
                                   sabr_parameters{0.3, 0.8, 0.8, -0.9}}) {
    CAPTURE(p.beta);
    check_call<float>(p, 1, 1.0 / 64, 1.05, by_euler(p, 1, 1.05, 250, 40000));
  }
}

// Also with steps that are far too long, and where most paths end at zero. False alarms: 1 in 1600 for each precision.
TEST_CASE_TEMPLATE("SABR: the asset is worth its forward whatever the step", Real, float, double) {
  for (const sabr_parameters& p :
       {sabr_parameters{0.3, 0.5, 0.6, -0.6}, sabr_parameters{1, 0, 0.5, 0.5}, sabr_parameters{0.5, 0.3, 2, -0.99},
        sabr_parameters{0.3, 0.99, 0.5, -0.9}, sabr_parameters{0.3, 1, 0.5, -0.5}}) {
    for (const double step : {2.0, 0.25}) {
      CAPTURE(p.beta);
      CAPTURE(step);
      const estimate worth =
          price(cpu{}, plan_of<Real>(p, 2, step, 1 << 16), [](const auto& path) { return path.last(); });
      CHECK(worth.paths == 1 << 16);
      CHECK(errors_apart(worth, asset.discount(2) * asset.forward(2)) < 4);
    }
  }
}

// False alarms: 1 in 74000 for each precision.
TEST_CASE_TEMPLATE("SABR: without volatility of volatility and correlation a single step has the exact law", Real,
                   float, double) {
  for (const double beta : {0.0, 0.4, 0.9}) {
    CAPTURE(beta);
    constexpr std::uint64_t paths = 5000;
    std::vector<Real> samples(paths), alive;
    store_paths(cpu{}, plan_of<Real>({0.4, beta, 0, 0}, 4, 4, paths), spot{}, path_layout::path_major, 0, paths,
                samples.data());
    for (const Real x : samples) {
      if (x > 0) alive.push_back(x);
    }
    const reference::constant_elasticity_law exact{beta, 0.64L};
    const reference::number forward = asset.forward(4), dead = exact.at_zero();
    CHECK(kolmogorov(alive, [&](long double x) { return (exact.cdf(x / forward) - dead) / (1 - dead); }) < 2.6);
    const double n = paths, p = static_cast<double>(dead);
    CHECK(std::fabs(n - static_cast<double>(alive.size()) - n * p) <= 4.5 * std::sqrt(n * p * (1 - p)) + 1);
  }
}

TEST_CASE("SABR: ten years of a wild volatility leave every path finite") {
  const estimate put = price(cpu{}, plan_of<float>({0.5, 0.3, 4, -0.99}, 10, 0.1, 1 << 14), european_put{100});
  CHECK(put.paths == 1 << 14);
}

}  // namespace
}  // namespace spectralmc
