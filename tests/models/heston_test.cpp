// The closed form of Heston's model through the cosine expansion, against published prices and independent integration.
#include "spectralmc/models/heston.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <complex>
#include <cstddef>
#include <random>
#include <vector>

#include "reference_formulas.hpp"
#include "reference_values.hpp"
#include "spectralmc/spectral/characteristic_function.hpp"
#include "spectralmc/spectral/cumulants.hpp"
#include "spectralmc/spectral/distribution.hpp"

namespace spectralmc {
namespace {

distribution law_of(const market& asset, const heston_parameters& parameters, double time) {
  return distribution(characteristic_function(heston<double>(asset, parameters), time));
}

TEST_CASE("the published Heston prices") {
  for (const reference::heston_set& set : reference::heston_sets()) {
    const distribution law = law_of(set.asset, set.parameters, set.time);
    for (const reference::quote& q : set.quotes) {
      CAPTURE(set.name);
      CAPTURE(q.strike);
      const double price =
          (q.type == option_type::call ? law.call_prices({q.strike}) : law.put_prices({q.strike}))[0].value;
      CHECK(std::fabs(price - q.price) <= reference::tolerance(q));
    }
  }
}

struct random_set {
  market asset;
  heston_parameters parameters;
  double time;
  std::vector<double> strikes;
};

/// Parameters as calibrations find them, and worse: Feller's condition holds for few, every fourth correlation is 0.99
/// or -0.99. Strikes within two deviations of the forward.
std::vector<random_set> random_sets(int count, std::uint64_t seed) {
  reference::uniform_source uniform(seed);
  std::vector<random_set> sets;
  for (int i = 0; i < count; ++i) {
    const double time = i == 0 ? 0.02 : i == 1 ? 10 : std::exp(uniform.between(std::log(0.02), std::log(10)));
    const market asset(100, uniform.between(-0.01, 0.06), uniform.between(0, 0.04));
    heston_parameters p{};
    p.initial_variance = uniform.between(0.01, 0.2);
    p.mean_reversion = uniform.between(0.3, 6);
    p.long_run_variance = uniform.between(0.02, 0.2);
    p.volatility_of_variance = uniform.between(0.1, 1.2);
    p.correlation = i % 4 == 0 ? (i % 8 == 0 ? -0.99 : 0.99) : uniform.between(-0.9, 0.5);
    const double deviation = std::sqrt(p.initial_variance * time);
    std::vector<double> strikes;
    for (int j = -8; j <= 8; ++j) strikes.push_back(asset.forward(time) * std::exp(0.25 * j * deviation));
    sets.push_back({asset, p, time, strikes});
  }
  return sets;
}

#define CAPTURE_SET(set)                            \
  CAPTURE((set).time);                              \
  CAPTURE((set).parameters.initial_variance);       \
  CAPTURE((set).parameters.mean_reversion);         \
  CAPTURE((set).parameters.long_run_variance);      \
  CAPTURE((set).parameters.volatility_of_variance); \
  CAPTURE((set).parameters.correlation)

TEST_CASE("Heston puts are what Lewis' integral in long double gives, to 1e-11 of the strike") {
  for (const random_set& set : random_sets(16, 101)) {
    const distribution law = law_of(set.asset, set.parameters, set.time);
    const double forward = set.asset.forward(set.time);
    for (std::size_t j = 0; j < set.strikes.size(); j += 4) {
      CAPTURE_SET(set);
      CAPTURE(set.strikes[j] / forward);
      const reference::number call =
          reference::heston_call(set.parameters, forward, set.strikes[j], set.time, 1.0L / 256);
      // The integral checks itself: at twice the step it must be the same.
      REQUIRE(std::fabs(static_cast<double>(
                  call - reference::heston_call(set.parameters, forward, set.strikes[j], set.time, 1.0L / 128))) <=
              1e-13 * set.strikes[j]);
      const double put = set.asset.discount(set.time) * static_cast<double>(call - forward + set.strikes[j]);
      CHECK(std::fabs(law.put_prices({set.strikes[j]})[0].value - put) <= 1e-11 * set.strikes[j]);
    }
  }
}

TEST_CASE("put-call parity holds for random Heston parameters, to 1e-13 of forward and strike") {
  for (const random_set& set : random_sets(100, 102)) {
    const distribution law = law_of(set.asset, set.parameters, set.time);
    const std::vector<estimate> calls = law.call_prices(set.strikes), puts = law.put_prices(set.strikes);
    const double forward = set.asset.forward(set.time), discount = set.asset.discount(set.time);
    for (std::size_t j = 0; j < puts.size(); ++j) {
      CAPTURE_SET(set);
      CHECK(std::fabs(calls[j].value - puts[j].value - discount * (forward - set.strikes[j])) <=
            1e-13 * (forward + set.strikes[j]));
    }
  }
}

TEST_CASE("Heston puts of random parameters rise with the strike, and are convex in it") {
  for (const random_set& set : random_sets(100, 103)) {
    const std::vector<estimate> puts = law_of(set.asset, set.parameters, set.time).put_prices(set.strikes);
    double last_slope = 0;
    for (std::size_t j = 1; j < puts.size(); ++j) {
      CAPTURE_SET(set);
      const double width = set.strikes[j] - set.strikes[j - 1];
      const double slope = (puts[j].value - puts[j - 1].value) / width;
      CHECK(slope >= last_slope - 4e-11 * set.strikes[j] / width);  // the prices' error, four times
      last_slope = slope;
    }
    CHECK(last_slope <= set.asset.discount(set.time) * (1 + 1e-10));
  }
}

TEST_CASE("the truncation error reported covers the distance from the truth, once rounding is off") {
  for (const random_set& set : random_sets(16, 101)) {
    // Too narrow an interval on purpose.
    expansion_settings narrow;
    narrow.interval_width = 5;
    narrow.edge_mass = 1;
    const distribution law(characteristic_function(heston<double>(set.asset, set.parameters), set.time, narrow));
    const distribution exact = law_of(set.asset, set.parameters, set.time);
    const estimate put = law.put_prices({set.strikes[8]})[0];
    CAPTURE_SET(set);
    CHECK(std::fabs(put.value - exact.put_prices({set.strikes[8]})[0].value) <=
          put.truncation_error + 1e-13 * set.strikes[8]);
  }
}

/// X is -I/2 + M with I the integral of v and M that of sqrt(v) dB: E X = -E I / 2, Var X = Var I / 4 + E I - Cov(I,
/// M). All three follow from E v, Cov(v(s), v(t)) = exp(-kappa (t - s)) Var v(s) and E v(t) M(t), which are elementary.
cumulants known_cumulants(const heston_parameters& p, reference::number time) {
  const reference::number k = p.mean_reversion, theta = p.long_run_variance, s = p.volatility_of_variance,
                          rho = p.correlation, v0 = p.initial_variance, e = std::exp(-k * time),
                          gone = -std::expm1(-k * time);
  const reference::number mean = theta * time + (v0 - theta) * gone / k;
  const reference::number of_v0 = gone / k - time * e - (1 - e * e) / (2 * k) + e * gone / k;
  const reference::number of_theta = time - 3 * gone / k + (1 - e * e) / (2 * k) + 2 * e * time - e * gone / k;
  const reference::number variance = 2 * s * s / (k * k) * (v0 * of_v0 + theta * of_theta / 2);
  const reference::number covariance =
      rho * s * (theta * (time / k - gone / (k * k)) + (v0 - theta) * (gone / (k * k) - time * e / k));
  cumulants c;
  c.mean = static_cast<double>(-mean / 2);
  c.variance = static_cast<double>(variance / 4 + mean - covariance);
  return c;
}

TEST_CASE("the mean and variance of the log-return are Heston's, to a relative 1e-12") {
  for (const random_set& set : random_sets(100, 104)) {
    const cumulants found = model_cumulants(heston<double>(set.asset, set.parameters), set.time);
    const cumulants known = known_cumulants(set.parameters, set.time);
    CAPTURE_SET(set);
    CHECK(std::fabs(found.mean - known.mean) <= 1e-12 * std::fabs(known.mean));
    CHECK(std::fabs(found.variance - known.variance) <= 1e-12 * known.variance);
  }
}

TEST_CASE("the first four cumulants are the derivatives of the independent characteristic function") {
  for (const random_set& set : random_sets(50, 105)) {
    const cumulants found = model_cumulants(heston<double>(set.asset, set.parameters), set.time);
    // Cauchy's integral over a circle of a twentieth of a deviation's inverse, which 48 points sum to all digits.
    const double deviation = std::sqrt(found.variance);
    const reference::number radius = 0.05L / deviation;
    constexpr int points = 48;
    reference::number derivative[5]{};
    for (int j = 0; j < points; ++j) {
      const reference::complex_number z = std::polar(radius, 2 * reference::pi * j / points);
      const reference::complex_number value =
          reference::heston_exponent(set.parameters, z * reference::complex_number(0, -1), set.time);
      reference::complex_number power = 1.0L / points;
      for (int n = 1; n <= 4; ++n) {
        power *= static_cast<reference::number>(n) / z;
        derivative[n] += (value * power).real();
      }
    }
    const double s2 = found.variance;
    CAPTURE_SET(set);
    CHECK(std::fabs(found.mean - static_cast<double>(derivative[1])) <= 1e-12 * deviation);
    CHECK(std::fabs(found.variance - static_cast<double>(derivative[2])) <= 1e-12 * s2);
    CHECK(std::fabs(found.third - static_cast<double>(derivative[3])) <= 1e-9 * s2 * deviation);
    CHECK(std::fabs(found.fourth - static_cast<double>(derivative[4])) <= 1e-9 * s2 * s2);
  }
}

TEST_CASE("the characteristic function is that of the independent formula, to 1e-12 of its exponent") {
  for (const random_set& set : random_sets(50, 106)) {
    const heston<double> model(set.asset, set.parameters);
    const double unit = 1 / std::sqrt(set.parameters.long_run_variance * set.time);
    for (int j = 1; j <= 40; ++j) {
      const double u = 0.5 * j * unit;
      const complex<double> found = model.log_characteristic_function(complex<double>(u, 0), set.time);
      const reference::complex_number exact =
          reference::heston_exponent(set.parameters, reference::complex_number(u, 0), set.time);
      CAPTURE_SET(set);
      CAPTURE(u);
      CHECK(std::abs(reference::complex_number(found.re, found.im) - exact) <= 1e-12L * (1 + std::abs(exact)));
    }
  }
}

TEST_CASE("moments end where the solution of Heston's Riccati equation does") {
  // B' = (s^2 - s) / 2 - (kappa - rho sigma s) B + sigma^2 B^2 / 2 from 0, by Runge and Kutta's rule; beyond 10^4 /
  // sigma^2 the square is all that counts.
  std::mt19937_64 engine(3);
  std::uniform_real_distribution<double> uniform(0, 1);
  int explosions = 0;
  for (int i = 0; i < 200; ++i) {
    const double sigma = 0.1 * std::exp(4 * uniform(engine)), kappa = 0.05 * std::exp(5 * uniform(engine));
    const double rho = 2 * uniform(engine) - 1, size = 0.1 * std::exp(5 * uniform(engine));
    const double s = i % 2 == 0 ? 1 + size : -size;
    const auto slope = [&](double b) {
      return 0.5 * (s * s - s) + b * (0.5 * sigma * sigma * b - (kappa - rho * sigma * s));
    };
    double b = 0, time = 0;
    while (b < 1e4 / (sigma * sigma) && time < 100) {
      const double step = 0.01 / (1 + std::fabs(slope(b)) / (0.1 + b) + kappa);
      const double k1 = slope(b), k2 = slope(b + 0.5 * step * k1), k3 = slope(b + 0.5 * step * k2),
                   k4 = slope(b + step * k3);
      b += step * (k1 + 2 * k2 + 2 * k3 + k4) / 6;
      time += step;
      if (std::fabs(slope(b)) < 1e-9 * (1 + b)) time = 100;  // it has come to rest
    }
    CAPTURE(i);
    const heston_parameters p{0.04, kappa, 0.05, sigma, rho};
    const heston<double> model(market(100), p);
    if (time >= 100) {
      CHECK(heston_moment_is_finite(p, s, 99));
      continue;
    }
    ++explosions;
    CHECK(heston_moment_is_finite(p, s, 0.99 * time));
    CHECK_FALSE(heston_moment_is_finite(p, s, 1.01 * time));
    CHECK(std::isfinite(model.log_characteristic_function(complex<double>(0, -s), 0.99 * time).re));
    CHECK(std::isnan(model.log_characteristic_function(complex<double>(1, -s), 1.01 * time).re));
  }
  CHECK(explosions > 100);
}

TEST_CASE("with hardly any volatility of variance Heston's prices are Black's") {
  // v stays at theta; the correction is of the order of sigma. 1e-8 in sigma leaves 1e-9 of the strike.
  const market asset(100, 0.03);
  const distribution law = law_of(asset, {0.09, 2, 0.09, 1e-8, -0.5}, 2);
  for (const double strike : {60.0, 100.0, 150.0}) {
    CAPTURE(strike);
    const double exact =
        static_cast<double>(asset.discount(2) * reference::black(-1, asset.forward(2), strike, 0.3 * std::sqrt(2.0)));
    CHECK(std::fabs(law.put_prices({strike})[0].value - exact) <= 1e-9 * strike);
  }
}

TEST_CASE("Heston's model starts from zero variance too") {
  const market asset(100, 0.03);
  const heston_parameters parameters{0, 2, 0.09, 0.4, -0.5};
  const distribution law = law_of(asset, parameters, 1);
  const reference::number call = reference::heston_call(parameters, asset.forward(1), 100, 1, 1.0L / 256);
  CHECK(std::fabs(law.call_prices({100})[0].value - asset.discount(1) * static_cast<double>(call)) <= 1e-9);
}

}  // namespace
}  // namespace spectralmc
