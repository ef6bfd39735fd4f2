// One step of Heston's schemes, integrated over the numbers that it draws: no simulation, no noise.
#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "reference_formulas.hpp"
#include "spectralmc/models/heston.hpp"

namespace spectralmc {
namespace {

/// Numbers of our choice: the first, as a normal number and as a uniform one, and the second.
struct given_numbers {
  double first_normal, first_uniform, second_normal;
  double normal(int i) const { return i == 0 ? first_normal : second_normal; }
  double uniform(int) const { return first_uniform; }
};

const market asset(100);

/// Parameters, length of a step, and the variance before it; `squared_normal` tells which branch of the
/// quadratic-exponential scheme is taken.
struct step_case {
  heston_parameters parameters;
  double length, variance;
};

std::vector<step_case> step_cases() {
  std::vector<step_case> cases;
  for (const heston_parameters& p :
       {heston_parameters{0.04, 4, 0.25, 1, -0.5}, heston_parameters{0.04, 0.5, 0.04, 1, -0.9},
        heston_parameters{0.09, 2, 0.09, 0.3, 0.4}, heston_parameters{0.19, 15.56, 0.0746, 3.295, -0.512}}) {
    for (const double length : {1.0 / 365, 1.0 / 12, 0.5}) {
      for (const double variance : {0.0, 0.001, 0.04, 0.4}) cases.push_back({p, length, variance});
    }
  }
  return cases;
}

/// What one step does in the mean.
struct step_moments {
  double mean, variance;  ///< of v'
  double martingale;      ///< E exp(X')
};

/// By the trapezoidal rule in the first number; in the second X' is linear, so E exp is known.
step_moments moments_of(const step_case& c) {
  using model = heston<double>;
  const model::coefficients coefficients = model(asset, c.parameters).step_coefficients(0, c.length);
  const auto step = [&](const given_numbers& numbers) {
    model::state<double> state{0, c.variance};
    model::step(coefficients, state, numbers);
    return state;
  };
  const double width = 1.0 / 4096;
  double first = 0, second = 0, martingale = 0;
  for (double z = -9; z <= 9; z += width) {
    const double weight = width * static_cast<double>(reference::normal_density(z));
    const auto uniform = static_cast<double>(reference::normal_cdf(z));
    const auto at_zero = step({z, uniform, 0}), at_one = step({z, uniform, 1});
    const double deviation = at_one.log_martingale - at_zero.log_martingale;
    first += weight * at_zero.variance;
    second += weight * at_zero.variance * at_zero.variance;
    martingale += weight * std::exp(at_zero.log_martingale + 0.5 * deviation * deviation);
  }
  return {first, second - first * first, martingale};
}

#define CAPTURE_CASE(c)                           \
  CAPTURE((c).parameters.mean_reversion);         \
  CAPTURE((c).parameters.volatility_of_variance); \
  CAPTURE((c).length);                            \
  CAPTURE((c).variance)

// 1e-6: the trapezoidal rule at the kink of the mass at zero.
TEST_CASE("quadratic-exponential: the variance after a step has its exact conditional mean and variance") {
  for (const step_case& c : step_cases()) {
    const heston_parameters& p = c.parameters;
    const double decay = std::exp(-p.mean_reversion * c.length), gone = 1 - decay;
    const double s2 = p.volatility_of_variance * p.volatility_of_variance / p.mean_reversion;
    const double mean = p.long_run_variance * gone + c.variance * decay;
    const double variance = c.variance * s2 * decay * gone + 0.5 * p.long_run_variance * s2 * gone * gone;
    const step_moments found = moments_of(c);
    CAPTURE_CASE(c);
    CHECK(std::fabs(found.mean / mean - 1) < 1e-6);
    CHECK(std::fabs(found.variance / variance - 1) < 1e-6);
  }
}

TEST_CASE("quadratic-exponential: exp(X) is a martingale over a step of any length") {
  for (const step_case& c : step_cases()) {
    CAPTURE_CASE(c);
    CHECK(std::fabs(moments_of(c).martingale - 1) < 1e-6);
  }
}

TEST_CASE("quadratic-exponential: the log-return's mean over a step is -E v dt / 2, to first order in the step") {
  // X' - (-(v + v') dt / 4) vanishes in the mean up to the scheme's bias, of second order.
  for (const double length : {1e-3, 1e-4}) {
    const heston_parameters p{0.04, 1.5, 0.05, 0.6, -0.7};
    using model = heston<double>;
    const model::coefficients coefficients = model(asset, p).step_coefficients(0, length);
    double mean = 0;
    const double width = 1.0 / 1024;
    for (double z = -9; z <= 9; z += width) {
      model::state<double> state{0, p.initial_variance};
      model::step(coefficients, state, given_numbers{z, static_cast<double>(reference::normal_cdf(z)), 0});
      mean += width * static_cast<double>(reference::normal_density(z)) * state.log_martingale;
    }
    CAPTURE(length);
    CHECK(std::fabs(mean + 0.5 * p.initial_variance * length) < 0.1 * length * length);
  }
}

TEST_CASE("Euler: a step is the formula of full truncation") {
  const heston_parameters p{0.04, 1.5, 0.05, 0.6, -0.7};
  using model = heston<double, full_truncation_euler>;
  const double length = 0.01;
  const model::coefficients coefficients = model(asset, p).step_coefficients(0, length);
  for (const double variance : {-0.02, 0.0, 0.04, 0.3}) {
    for (const given_numbers& numbers : {given_numbers{0, 0.5, 0}, given_numbers{1.3, 0.5, 0},
                                         given_numbers{0, 0.5, -0.8}, given_numbers{-2, 0.5, 1}}) {
      model::state<double> state{0.25, variance};
      model::step(coefficients, state, numbers);
      const double positive = std::fmax(variance, 0.0), root = std::sqrt(positive * length);
      const double asset_noise = -0.7 * numbers.normal(0) + std::sqrt(1 - 0.49) * numbers.normal(1);
      CAPTURE(variance);
      CAPTURE(numbers.first_normal);
      CAPTURE(numbers.second_normal);
      CHECK(std::fabs(state.log_martingale - (0.25 - 0.5 * positive * length + root * asset_noise)) < 1e-15);
      CHECK(std::fabs(state.variance - (variance + 1.5 * (0.05 - positive) * length + 0.6 * root * numbers.normal(0))) <
            1e-15);
    }
  }
}

}  // namespace
}  // namespace spectralmc
