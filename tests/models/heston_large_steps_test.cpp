// Heston's model by the exact variance and an inverse Gaussian integral: the step's coefficients against the transform
// of Broadie and Kaya, and paths with one step from date to date against the closed form.
#include "spectralmc/models/heston_large_steps.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "about.hpp"
#include "both_halves.hpp"
#include "reference_formulas.hpp"
#include "spectralmc/models/bates.hpp"
#include "spectralmc/paths/stored_paths.hpp"
#include "spectralmc/payoffs/european.hpp"
#include "spectralmc/spectral/distribution.hpp"

namespace spectralmc {
namespace {

using number = reference::number;
using scheme = inverse_gaussian_integral;
using coefficients = scheme::coefficients<double>;

/// The law of a Bessel count of any index: P(N = k) in the ratio of (z/2)^(2k) / (k! Gamma(k + index + 1)).
struct bessel_law {
  number log_total;  ///< log of the sum: log(I_index(z) (z/2)^-index)
  number mean, variance;

  bessel_law(number index, number z) {
    const auto log_term = [&](number k) {
      return 2 * k * std::log(0.5L * z) - std::lgamma(k + 1) - std::lgamma(k + index + 1);
    };
    const number mode = std::floor(0.5L * z * z / (index + 1 + std::hypot(index + 1, z))),
                 width = 40 + 8 * std::sqrt(z);
    number total = 0, first = 0, second = 0;
    for (number k = std::fmax(0.0L, mode - width); k < mode + width; k += 1) {
      const number term = std::exp(log_term(k) - log_term(mode));
      total += term;
      first += (k - mode) * term;
      second += (k - mode) * (k - mode) * term;
    }
    log_total = std::log(total) + log_term(mode);
    mean = mode + first / total;
    variance = second / total - (first / total) * (first / total);
  }
};

struct bridge {
  heston_parameters parameters;
  number length, v, next;

  number index() const {
    const heston_parameters& p = parameters;
    return 2 * static_cast<number>(p.mean_reversion) * p.long_run_variance /
               (static_cast<number>(p.volatility_of_variance) * p.volatility_of_variance) -
           1;
  }
  number z(number gamma) const {
    const number sigma = parameters.volatility_of_variance;
    return std::sqrt(v * next) * 2 * gamma / (sigma * sigma * std::sinh(gamma * length / 2));
  }

  /// log E(exp(b A) | v, v'), A the average variance: Broadie, M. and Kaya, O. (2006), Exact simulation of stochastic
  /// volatility and other affine jump diffusion processes, Operations Research 54(2), equation (13).
  number log_transform(number b) const {
    const number kappa = parameters.mean_reversion, sigma = parameters.volatility_of_variance;
    const number gamma = std::sqrt(kappa * kappa - 2 * sigma * sigma * b / length);
    const auto half_tanh = [&](number rate) { return rate / std::tanh(rate * length / 2); };
    const auto sinch = [&](number rate) { return rate / std::sinh(rate * length / 2); };
    const bessel_law tilted(index(), z(gamma)), plain(index(), z(kappa));
    return std::log(sinch(gamma) / sinch(kappa)) +
           (v + next) / (sigma * sigma) * (half_tanh(kappa) - half_tanh(gamma)) + tilted.log_total - plain.log_total +
           index() * std::log(z(gamma) / z(kappa));
  }
};

std::vector<bridge> bridges() {
  std::vector<bridge> list;
  for (const heston_parameters& p :
       {heston_parameters{0.04, 0.5, 0.04, 1, -0.9}, heston_parameters{0.04, 1.5, 0.05, 0.4, 0.6},
        heston_parameters{0.02, 4, 0.06, 0.5, -0.5}, heston_parameters{0.19, 15.56, 0.0746, 3.295, -0.512}}) {
    for (const number length : {0.1L, 1.0L, 5.0L}) {
      for (const number v : {0.001L, 0.05L, 0.3L}) {
        for (const number next : {0.002L, 0.1L}) list.push_back({p, length, v, next});
      }
    }
  }
  return list;
}

#define CAPTURE_BRIDGE(b)                         \
  CAPTURE((b).parameters.volatility_of_variance); \
  CAPTURE(static_cast<double>((b).length));       \
  CAPTURE(static_cast<double>((b).v));            \
  CAPTURE(static_cast<double>((b).next))

coefficients of(const bridge& b) {
  return scheme::step_coefficients<double>(b.parameters, static_cast<double>(b.length));
}

TEST_CASE("inverse Gaussian integral: its mean and variance are the derivatives of Broadie and Kaya's transform") {
  for (const bridge& b : bridges()) {
    const coefficients c = of(b);
    const bessel_law count(b.index(), b.z(b.parameters.mean_reversion));
    const number ends = b.v + b.next, counts = c.variance.half_shape + count.mean, of_count = c.variance.mean_of_count;
    const number jumps = c.variance.jumps_of_ends * ends, jump = 2 * static_cast<number>(c.variance.half_jump);
    const number mean = jumps * jump + c.variance.mean_of_ends * ends + of_count * counts;
    const number variance = 2 * jumps * jump * jump + c.variance.variance_of_ends * ends +
                            c.variance.variance_of_count * counts + of_count * of_count * count.variance;
    // Five-point differences at a step that is small against 1 / A, and for which gamma is real.
    const number kappa = b.parameters.mean_reversion, sigma = b.parameters.volatility_of_variance;
    const number step =
        std::fmin(0.002L / (mean + std::sqrt(variance)), kappa * kappa * b.length / (16 * sigma * sigma));
    const number up = b.log_transform(step), down = b.log_transform(-step), two_up = b.log_transform(2 * step),
                 two_down = b.log_transform(-2 * step);
    const number first = (8 * (up - down) - (two_up - two_down)) / (12 * step);
    const number second = (16 * (up + down) - (two_up + two_down)) / (12 * step * step);
    CAPTURE_BRIDGE(b);
    CHECK(std::fabs(static_cast<double>(mean / first - 1)) < 1e-6);
    CHECK(std::fabs(static_cast<double>(variance / second - 1)) < 1e-5);
  }
}

TEST_CASE("inverse Gaussian integral: the transform that makes exp(X) a martingale is Broadie and Kaya's") {
  for (const bridge& b : bridges()) {
    const coefficients c = of(b);
    const number exact = b.log_transform(c.tilt);
    const number z = b.z(b.parameters.mean_reversion), ratio = 1 + static_cast<number>(c.tilted_excess);
    const number ends = b.v + b.next, gain = c.tilt * 2 * static_cast<number>(c.variance.half_jump);
    const number found = c.variance.jumps_of_ends * ends * gain / (1 - gain) + c.tilted_ends * ends +
                         static_cast<number>(c.tilted_count) * c.variance.half_shape +
                         bessel_law(b.index(), std::sqrt(ratio) * z).log_total - bessel_law(b.index(), z).log_total;
    CAPTURE_BRIDGE(b);
    CHECK(std::fabs(static_cast<double>(found - exact)) < 1e-9 * (1 + std::fabs(static_cast<double>(exact))));
  }
}

TEST_CASE("inverse Gaussian integral: coefficients go over into each other where their formulas change") {
  // Near x = 1/4, and where the divided differences become derivatives.
  const auto agree = [](const heston_parameters& p, const heston_parameters& q, double length) {
    const coefficients a = scheme::step_coefficients<double>(p, length),
                       b = scheme::step_coefficients<double>(q, length);
    CHECK(a.variance.mean_of_ends == about(b.variance.mean_of_ends, 1e-8));
    CHECK(a.variance.mean_of_count == about(b.variance.mean_of_count, 1e-8));
    CHECK(a.variance.variance_of_ends == about(b.variance.variance_of_ends, 1e-8));
    CHECK(a.variance.variance_of_count == about(b.variance.variance_of_count, 1e-8));
    CHECK(a.tilted_ends == about(b.tilted_ends, 1e-8));
    CHECK(a.tilted_count == about(b.tilted_count, 1e-8));
  };
  agree({0.04, 0.5 - 1e-10, 0.04, 0.3, -0.5}, {0.04, 0.5 + 1e-10, 0.04, 0.3, -0.5}, 1);
  for (const double kappa : {0.1, 1.0, 20.0}) {
    // |p - q| = 1e-5 (10 + p) at about this sigma
    const double sigma = 1e-5 * (10 + kappa * kappa / 4) * 4 / kappa;
    for (const double above : {0.999, 1.0, 1.001}) {
      const double s = sigma * above;
      agree({0.04, kappa, 0.04, s, -0.5}, {0.04, kappa, 0.04, s * (1 + 1e-10), -0.5}, 1);
    }
  }
}

constexpr double day = 1.0 / 365;

/// One step to each date.
const std::vector<simulated_set<heston_parameters>>& sets() {
  constexpr double once = std::numeric_limits<double>::infinity();
  static const std::vector<simulated_set<heston_parameters>> list{
      {"Feller's condition holds", {0.04, 4, 0.06, 0.5, -0.5}},
      {"Feller's condition fails badly", {0.04, 0.5, 0.04, 1, -0.9}, once, {day, 1, 5}},
      {"a calibration to the DAX", {0.191, 15.56, 0.0746, 3.295, -0.512}, once, {day, 0.5, 3}},
      {"nearly all correlated", {0.04, 2, 0.04, 0.4, 0.99}, once, {day, 0.5, 2}},
      {"nearly all correlated, downwards", {0.02, 2, 0.02, 0.3, -0.99}},
      {"all correlated", {0.04, 2, 0.04, 0.4, -1}, once, {0.25, 1, 3}},
      {"not correlated", {0.09, 1, 0.09, 0.6, 0}},
      {"small volatility of variance", {0.04, 1.5, 0.06, 0.01, -0.7}},
      {"from zero", {0, 1, 0.04, 0.3, -0.6}, once, {0.1, 1, 10}}};
  return list;
}

using single_precision = heston<float, scheme>;
using double_precision = heston<double, scheme>;

// False alarms: 1 in 1200 for each precision.
TEST_CASE_TEMPLATE("inverse Gaussian integral: one step to each date has the law of the closed form", Model,
                   single_precision, double_precision) {
  check_both_halves<Model>(sets());
}

// False alarms: 1 in 10000.
TEST_CASE("inverse Gaussian integral: Bates' model in one step to each date") {
  check_both_halves<bates<float, scheme>>(
      std::vector<simulated_set<bates_parameters>>{{"jumps",
                                                    {{0.04, 1.5, 0.05, 0.6, -0.7}, {1, -0.05, 0.1}},
                                                    std::numeric_limits<double>::infinity(),
                                                    {0.1, 1, 5}}});
}

/// E exp(X) after one step of each length, less 1, over its standard error.
template <class Real>
double martingale_errors(const heston_parameters& p, double length) {
  const heston<Real, scheme> model(market(100), p);
  const auto plan = simulation{model, time_grid::uniform(length, 1)}.paths(1 << 16).seed(11);
  return errors_apart(price(cpu{}, plan, [](const auto& path) { return path.last(); }), 100);
}

// False alarms: 1 in 530.
TEST_CASE("inverse Gaussian integral: exp(X) is a martingale over a step of any length") {
  for (const double length : {1e-6, 1.0, 2.0, 5.0, 10.0}) {
    CAPTURE(length);
    CHECK(martingale_errors<float>({0.04, 1.5, 0.05, 0.4, -0.6}, length) < 4);
    CHECK(martingale_errors<float>({0.04, 0.5, 0.04, 1, -0.9}, length) < 4);
    CHECK(martingale_errors<float>({0.04, 0.5, 0.04, 1, -1}, length) < 4);
    CHECK(martingale_errors<float>({0, 0.1, 0.01, 3, -0.5}, length) < 4);  // nearly always at zero
    CHECK(martingale_errors<double>({0.04, 1.5, 0.04, 1e-10, -0.9}, length) < 4);
    CHECK(martingale_errors<float>({0.04, 1.5, 0.04, 0.01, 0.9}, length) < 4);
  }
}

// Some bias is left where Feller's condition fails badly and steps are long. False alarms: 1 in 2000.
TEST_CASE("inverse Gaussian integral: the bias of one step is below 0.01 after a year and 0.1 after five") {
  const market asset(100);
  for (const double correlation : {-0.9, 0.0}) {
    for (const double length : {1.0, 5.0}) {
      const heston<float, scheme> model(asset, {0.04, 0.5, 0.04, 1, correlation});
      const distribution law(characteristic_function(model, length));
      const auto plan = simulation{model, time_grid::uniform(length, 1)}.paths(1 << 20).seed(5);
      const auto [low, middle] =
          measure(cpu{}, plan, value_of<european_put>(european_put{80}), value_of<european_put>(european_put{100}));
      const auto exact = law.put_prices({80, 100});
      const double bias = length == 1 ? 0.01 : 0.1;
      CAPTURE(correlation);
      CAPTURE(length);
      CHECK(std::fabs(low.value - exact[0].value) < 4 * low.standard_error + bias);
      CHECK(std::fabs(middle.value - exact[1].value) < 4 * middle.standard_error + bias);
    }
  }
}

TEST_CASE("inverse Gaussian integral: extreme parameters and lengths leave numbers") {
  for (const double sigma : {0.01, 1.0, 10.0}) {
    for (const double kappa : {1e-4, 1.0, 50.0}) {
      for (const double length : {1e-6, 1.0, 50.0}) {
        for (const double correlation : {-1.0, 0.0, 1.0}) {
          const heston<float, scheme> model(market(100), {0.04, kappa, 0.04, sigma, correlation});
          const auto plan = simulation{model, time_grid::uniform(length, 2)}.paths(256).seed(3);
          std::vector<float> returns(256);
          store_paths(cpu{1}, plan, log_return{}, path_layout::path_major, 0, 256, returns.data());
          CAPTURE(sigma);
          CAPTURE(kappa);
          CAPTURE(length);
          CAPTURE(correlation);
          CHECK(std::all_of(returns.begin(), returns.end(), [](float x) { return std::isfinite(x); }));
        }
      }
    }
  }
}

TEST_CASE("inverse Gaussian integral: what it cannot do it refuses") {
  CHECK_THROWS_AS(single_precision(market(100), {0.04, 1, 0.04, 0.009, 0}), invalid_parameter);
  CHECK_THROWS_AS(double_precision(market(100), {0.04, 1, 0.04, 0.9e-10, 0}), invalid_parameter);
  CHECK_THROWS_AS(double_precision(market(100), {0.04, 0, 0.04, 0.5, 0}), invalid_parameter);
  CHECK_THROWS_AS(double_precision(market(100), {-0.04, 1, 0.04, 0.5, 0}), invalid_parameter);
  CHECK_THROWS_AS(double_precision(market(100), {0.04, 1, 0, 0.5, 0}), invalid_parameter);
  CHECK_THROWS_AS(double_precision(market(100), {0.04, 1, 0.04, 0.5, -1.01}), invalid_parameter);
  try {
    single_precision(market(100), {0.04, 1, 0.04, 1e-3, 0});
    FAIL("accepted");
  } catch (const invalid_parameter& e) {
    CHECK(e.parameter() == "volatility_of_variance");
    CHECK(e.allowed() == "[1e-2, inf) in float, [1e-10, inf) in double");
  }
}

}  // namespace
}  // namespace spectralmc
