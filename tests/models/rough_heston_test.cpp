// The closed form of the rough Heston model against Heston's, against an independent solver of the fractional Riccati
// equation in long double, and against what is known of the model: its mean, its moments, its skew at short maturities.
#include "spectralmc/models/rough_heston.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <complex>
#include <cstddef>
#include <limits>
#include <string>
#include <vector>

#include "reference_formulas.hpp"
#include "spectralmc/models/heston.hpp"
#include "spectralmc/spectral/characteristic_function.hpp"
#include "spectralmc/spectral/cumulants.hpp"
#include "spectralmc/spectral/distribution.hpp"

namespace spectralmc {
namespace {

constexpr double day = 1.0 / 365;

double distance(complex<double> a, complex<double> b) { return std::hypot(a.re - b.re, a.im - b.im); }
double size(complex<double> a) { return std::hypot(a.re, a.im); }
bool is_number(complex<double> a) { return std::isfinite(a.re) && std::isfinite(a.im); }

heston_parameters without_roughness(const rough_heston_parameters& p) {
  return {p.initial_variance, p.mean_reversion, p.long_run_variance, p.volatility_of_variance, p.correlation};
}

/// Every fourth correlation is 0.99 or -0.99.
rough_heston_parameters random_parameters(reference::uniform_source& uniform, int i) {
  rough_heston_parameters p{};
  p.initial_variance = uniform.between(0.01, 0.2);
  p.mean_reversion = uniform.between(0.1, 3);
  p.long_run_variance = uniform.between(0.02, 0.2);
  p.volatility_of_variance = uniform.between(0.1, 1.2);
  p.correlation = i % 4 == 0 ? (i % 8 == 0 ? -0.99 : 0.99) : uniform.between(-0.9, 0.5);
  p.hurst = i % 3 == 0 ? 0.05 : uniform.between(0.05, 0.5);
  return p;
}

double random_time(reference::uniform_source& uniform) {
  return std::exp(uniform.between(std::log(day), std::log(10.0)));
}

#define CAPTURE_PARAMETERS(p)          \
  CAPTURE((p).initial_variance);       \
  CAPTURE((p).mean_reversion);         \
  CAPTURE((p).long_run_variance);      \
  CAPTURE((p).volatility_of_variance); \
  CAPTURE((p).correlation);            \
  CAPTURE((p).hurst)

/// log E exp(i u X(T)) for several u by the fractional Adams-Moulton method (the product trapezoidal rule: Diethelm,
/// K., Ford, N. J. and Freed, A. D. (2004), Detailed error analysis for a fractional Adams method, Numerical Algorithms
/// 36(1)), implicit, on the mesh T (j/n)^4, n = count.
std::vector<reference::complex_number> adams(const rough_heston_parameters& p,
                                             const std::vector<reference::complex_number>& u, reference::number time,
                                             int count) {
  using reference::complex_number;
  using reference::number;
  const complex_number i(0, 1);
  const number alpha = static_cast<number>(p.hurst) + 0.5L, sigma = p.volatility_of_variance, kappa = p.mean_reversion,
               inverse_gamma = 1 / std::tgamma(alpha), c2 = sigma * sigma / 2;
  std::vector<number> t;
  for (int j = 0; j <= count; ++j) t.push_back(time * std::pow(static_cast<number>(j) / count, 4.0L));
  const std::size_t m = u.size();
  std::vector<complex_number> c0(m), c1(m), h(m), of_h(m), of_g(m);
  std::vector<std::vector<complex_number>> g(m);
  for (std::size_t k = 0; k < m; ++k) {
    c0[k] = -(u[k] * u[k] + i * u[k]) / 2.0L;
    c1[k] = i * u[k] * (sigma * static_cast<number>(p.correlation)) - kappa;
    g[k].push_back(c0[k]);
  }
  std::vector<number> weight(t.size());
  for (std::size_t n = 1; n < t.size(); ++n) {
    std::fill(weight.begin(), weight.end(), 0.0L);
    for (std::size_t j = 0; j < n; ++j) {
      // int_b^a x^(alpha - 1) times 1 and times (a - x) / (a - b); Gauss' rule of three points where it is exact
      // enough.
      const number a = t[n] - t[j], b = t[n] - t[j + 1], width = t[j + 1] - t[j];
      number whole = 0, slope = 0;
      if (width < 2e-3L * a) {
        const number root = std::sqrt(0.6L);
        for (int q = -1; q <= 1; ++q) {
          const number y = 0.5L * (1 + static_cast<number>(q) * root), w = q == 0 ? 4.0L / 9 : 5.0L / 18;
          const number value = w * width * std::pow(a - y * width, alpha - 1);
          whole += value;
          slope += y * value;
        }
      } else {
        const number pa = std::pow(a, alpha), pb = j + 1 == n ? 0.0L : std::pow(b, alpha);
        whole = (pa - pb) / alpha;
        slope = (a * whole - (pa * a - pb * b) / (alpha + 1)) / width;
      }
      weight[j] += inverse_gamma * (whole - slope);
      weight[j + 1] += inverse_gamma * slope;
    }
    const number w = weight[n], half = 0.5L * (t[n] - t[n - 1]);
    for (std::size_t k = 0; k < m; ++k) {
      complex_number history = w * c0[k];
      for (std::size_t j = 0; j < n; ++j) history += weight[j] * g[k][j];
      // The root of h = history + w (c1 h + c2 h^2) that goes to history with w.
      const complex_number slope = 1.0L - w * c1[k];
      const complex_number next = 2.0L * history / (slope + std::sqrt(slope * slope - 4 * w * c2 * history));
      g[k].push_back(c0[k] + next * (c1[k] + c2 * next));
      of_h[k] += half * (h[k] + next);
      of_g[k] += half * (g[k][n - 1] + g[k][n]);
      h[k] = next;
    }
  }
  std::vector<complex_number> exponent;
  for (std::size_t k = 0; k < m; ++k) {
    exponent.push_back(kappa * static_cast<number>(p.long_run_variance) * of_h[k] +
                       static_cast<number>(p.initial_variance) * of_g[k]);
  }
  return exponent;
}

TEST_CASE("rough Heston: Adams' method in long double gives the same exponent, to 1e-9") {
  struct example {
    rough_heston_parameters parameters;
    double time;
  };
  // The second is like the calibration in El Euch and Rosenbaum.
  const std::vector<example> examples{{{0.04, 1, 0.05, 0.5, -0.7, 0.05}, 1},
                                      {{0.0392, 0.1, 0.3156, 0.0331, -0.681, 0.12}, 1},
                                      {{0.04, 1, 0.05, 0.5, 0.99, 0.05}, day},
                                      {{0.09, 2, 0.04, 1, -0.99, 0.25}, 10}};
  const std::vector<reference::complex_number> u{{0.3L, 0}, {5, -0.5L}, {25, 0}, {0, -0.5L}, {60, 0}};
  for (const example& e : examples) {
    std::vector<std::vector<reference::complex_number>> level;
    for (const int count : {60, 120, 240, 480}) level.push_back(adams(e.parameters, u, e.time, count));
    // Its error has the powers 2 and 2 + alpha of 1/n.
    for (const reference::number order : {2.0L, 2.5L + static_cast<reference::number>(e.parameters.hurst)}) {
      const reference::number factor = std::pow(2.0L, order);
      for (std::size_t n = 0; n + 1 < level.size(); ++n) {
        for (std::size_t k = 0; k < u.size(); ++k)
          level[n][k] = (factor * level[n + 1][k] - level[n][k]) / (factor - 1);
      }
      level.pop_back();
    }
    const rough_heston model(market(100), e.parameters);
    for (std::size_t k = 0; k < u.size(); ++k) {
      const complex<double> found = model.log_characteristic_function(
          {static_cast<double>(u[k].real()), static_cast<double>(u[k].imag())}, e.time);
      const complex<double> known(static_cast<double>(level[1][k].real()), static_cast<double>(level[1][k].imag()));
      CAPTURE_PARAMETERS(e.parameters);
      CAPTURE(e.time);
      CAPTURE(static_cast<double>(u[k].real()));
      // The reference checks itself: with half the points it must be nearly the same.
      REQUIRE(static_cast<double>(std::abs(level[1][k] - level[0][k])) <= 5e-9 * size(known));
      CHECK(distance(found, known) <= 1e-9 * size(known));
    }
  }
}

TEST_CASE(
    "rough Heston with H = 1/2 is Heston's model: the exponent to a relative 2e-11, prices to 1e-12 of the forward") {
  reference::uniform_source uniform(401);
  for (int i = 0; i < 60; ++i) {
    rough_heston_parameters p = random_parameters(uniform, i);
    p.hurst = 0.5;
    const double time = i == 0 ? day : i == 1 ? 10 : random_time(uniform);
    const rough_heston rough(market(100), p);
    const heston<double> smooth(market(100), without_roughness(p));
    for (int j = 0; j < 20; ++j) {
      const complex<double> u{std::exp(uniform.between(-5, 8)), j % 4 == 0 ? uniform.between(-1, 0) : 0.0};
      const complex<double> known = smooth.log_characteristic_function(u, time);
      CAPTURE_PARAMETERS(p);
      CAPTURE(time);
      CAPTURE(u.re);
      CHECK(distance(rough.log_characteristic_function(u, time), known) <= 2e-11 * size(known));
    }
  }
  for (const double time : {day, 1.0, 10.0}) {
    const rough_heston_parameters p{0.04, 1.5, 0.06, 0.6, -0.8, 0.5};
    const market asset(100, 0.03, 0.01);
    const distribution rough(characteristic_function(rough_heston(asset, p), time));
    const distribution smooth(characteristic_function(heston<double>(asset, without_roughness(p)), time));
    const double forward = asset.forward(time);
    for (const double d : {-2.0, -1.0, 0.0, 1.0, 2.0}) {
      const double strike = forward * std::exp(0.2 * d * std::sqrt(time));
      CAPTURE(time);
      CAPTURE(d);
      CHECK(std::fabs(rough.call_prices({strike})[0].value - smooth.call_prices({strike})[0].value) <= 1e-12 * forward);
    }
  }
}

TEST_CASE("rough Heston: the error is 1e-8 with one step in a doubling, 2e-11 with two, 1e-12 with four") {
  reference::uniform_source uniform(402);
  double total[2]{};
  for (int i = 0; i < 12; ++i) {
    const rough_heston_parameters p = random_parameters(uniform, i);
    const double time = i == 0 ? day : i == 1 ? 10 : random_time(uniform);
    const rough_heston finest(market(100), p, 8);
    const std::vector<complex<double>> u{{0.1, 0},
                                         {uniform.between(1, 20), 0},
                                         {uniform.between(20, 200), -0.5},
                                         {uniform.between(200, 5000), 0},
                                         {1e-3, 1e-3},
                                         {0, -0.5}};
    for (const complex<double> v : u) {
      const complex<double> known = finest.log_characteristic_function(v, time);
      CAPTURE_PARAMETERS(p);
      CAPTURE(time);
      CAPTURE(v.re);
      const auto error = [&](std::size_t steps) {
        return distance(rough_heston(market(100), p, steps).log_characteristic_function(v, time), known) / size(known);
      };
      const double one = error(1), two = error(2);
      CHECK(one <= 1e-8);
      CHECK(two <= 2e-11);
      if (i < 4) CHECK(error(4) <= 1e-12);
      total[0] += one;
      total[1] += two;
    }
  }
  CHECK(total[0] > 100 * total[1]);
}

TEST_CASE("rough Heston: prices are those of a finer solution, to 1e-12 of the forward") {
  expansion_settings once;
  once.edge_mass = 1;
  const market asset(100, 0.03, 0.01);
  for (const double hurst : {0.05, 0.2}) {
    for (const double time : {day, 10.0}) {
      const rough_heston_parameters p{0.04, 1, 0.05, 0.5, -0.7, hurst};
      const distribution usual(characteristic_function(rough_heston(asset, p), time, once));
      const distribution finer(characteristic_function(rough_heston(asset, p, 4), time, once));
      const double forward = asset.forward(time);
      for (const double d : {-3.0, -1.0, 0.0, 1.0, 3.0}) {
        const double strike = forward * std::exp(0.2 * d * std::sqrt(time));
        CAPTURE(hurst);
        CAPTURE(time);
        CAPTURE(d);
        CHECK(std::fabs(usual.call_prices({strike})[0].value - finer.call_prices({strike})[0].value) <=
              1e-12 * forward);
      }
    }
  }
}

/// E_(alpha, 2)(-x) = sum over n of (-x)^n / Gamma(alpha n + 2), x moderate.
reference::number mittag_leffler(reference::number alpha, reference::number x) {
  reference::number sum = 0, sign = 1;
  for (int n = 0; n < 150; ++n) {
    const auto m = static_cast<reference::number>(n);
    const reference::number term = n == 0 ? 1 : std::exp(m * std::log(x) - std::lgamma(m * alpha + 2));
    sum += sign * term;
    sign = -sign;
    if (m > 2 * x && term < 1e-24L) break;
  }
  return sum;
}

/// The integral of E v over (0, time).
double expected_variance(const rough_heston_parameters& p, double time) {
  const reference::number alpha = static_cast<reference::number>(p.hurst) + 0.5L, theta = p.long_run_variance;
  const reference::number x = p.mean_reversion * std::pow(static_cast<reference::number>(time), alpha);
  return static_cast<double>(time * (theta + (p.initial_variance - theta) * mittag_leffler(alpha, x)));
}

/// A solution that comes near a pole: correlation 1, strong noise, little mean reversion.
TEST_CASE("rough Heston: what the steps do not resolve is not a number, and a finer solution finds it") {
  const rough_heston_parameters p{0.1, 0.002, 0.0004, 2.3, 1, 0.0013};
  const rough_heston fine(market(100), p, 6), finest(market(100), p, 8);
  int unresolved = 0;
  for (double u = 10; u < 2000; u *= 1.25) {
    const complex<double> known = finest.log_characteristic_function({u, 0}, 2.4);
    CAPTURE(u);
    CHECK(distance(fine.log_characteristic_function({u, 0}, 2.4), known) <= 1e-8 * size(known));
    const complex<double> value = rough_heston(market(100), p).log_characteristic_function({u, 0}, 2.4);
    if (is_number(value)) {
      CHECK(distance(value, known) <= 2e-7 * size(known));
    } else {
      ++unresolved;
    }
  }
  CHECK(unresolved > 0);
  CHECK(unresolved < 20);
}

TEST_CASE("rough Heston: the mean of the log-return is minus half the expected variance, to 1e-11") {
  reference::uniform_source uniform(403);
  for (int i = 0; i < 24; ++i) {
    rough_heston_parameters p = random_parameters(uniform, i);
    p.mean_reversion = uniform.between(0, 1.5);
    p.correlation = uniform.between(-0.99, 0.5);
    const double time = random_time(uniform), known = -0.5 * expected_variance(p, time);
    CAPTURE_PARAMETERS(p);
    CAPTURE(time);
    const cumulants found = model_cumulants(rough_heston(market(100), p), time);
    CHECK(std::fabs(found.mean - known) <= 1e-11 * std::fabs(known));
    CHECK(found.variance > 0);
    CHECK(found.fourth > 0);
  }
}

TEST_CASE("rough Heston: a variance without noise gives a normal law") {
  for (const double hurst : {0.05, 0.2, 0.5}) {
    for (const double time : {day, 1.0, 10.0}) {
      for (const double kappa : {0.0, 1.0}) {
        const rough_heston_parameters p{0.04, kappa, 0.09, 0, -0.7, hurst};
        const complex<double> found = rough_heston(market(100), p).log_characteristic_function({7, 0.5}, time);
        const complex<double> u(7, 0.5), known = u * (u + complex<double>(0, 1)) * (-0.5 * expected_variance(p, time));
        CAPTURE(hurst);
        CAPTURE(time);
        CAPTURE(kappa);
        CHECK(distance(found, known) <= 1e-11 * size(known));
      }
    }
  }
  CHECK(rough_heston(market(100), {0, 0, 0.09, 1, 0, 0.1}).log_characteristic_function({7, 0}, 1) ==
        complex<double>(0, 0));
}

TEST_CASE("rough Heston: the total mass is one and the asset a martingale, exactly") {
  reference::uniform_source uniform(404);
  for (int i = 0; i < 20; ++i) {
    const rough_heston_parameters p = random_parameters(uniform, i);
    const rough_heston model(market(100), p);
    const double time = random_time(uniform);
    CHECK(model.log_characteristic_function({0, 0}, time) == complex<double>(0, 0));
    CHECK(model.log_characteristic_function({0, -1}, time) == complex<double>(0, 0));
    // Near u = -i it is of the order of its derivative, E X exp(X), times the distance.
    const complex<double> near = model.log_characteristic_function({1e-9, -1}, time);
    CHECK(size(near) <= 1e-9 * 10 * (p.initial_variance + p.long_run_variance) * time);
    CHECK(size(near) > 0);
    // phi(-conj(u)) = conj(phi(u))
    const complex<double> right = model.log_characteristic_function({3, -0.25}, time),
                          left = model.log_characteristic_function({-3, -0.25}, time);
    CHECK(right.re == left.re);
    CHECK(right.im == -left.im);
  }
}

TEST_CASE("rough Heston: |phi| falls with the frequency up to large ones, also where |rho| is near 1") {
  for (const double rho : {-0.99, 0.99, -1.0, 1.0, -0.7}) {
    for (const double hurst : {0.05, 0.2, 0.5}) {
      for (const double time : {day, 1.0, 10.0}) {
        const rough_heston model(market(100), {0.04, 1, 0.05, 0.5, rho, hurst});
        double last = 0;
        for (double u = 0.25; u < 1e6; u *= u < 500 ? 1.2 : 3.0) {
          const complex<double> value = model.log_characteristic_function({u, 0}, time);
          CAPTURE(rho);
          CAPTURE(hurst);
          CAPTURE(time);
          CAPTURE(u);
          REQUIRE(is_number(value));
          CHECK(value.re < last);
          last = value.re;
        }
      }
    }
  }
  CHECK(!is_number(rough_heston(market(100), {0.04, 1, 0.05, 0.5, 0, 0.1}).log_characteristic_function({1e30, 0}, 1)));
}

/// When E exp(s X) becomes infinite under Heston's model: Andersen, L. and Piterbarg, V. (2007), Moment explosions in
/// stochastic volatility models, Finance and Stochastics 11(1).
double explosion_time(const heston_parameters& p, double s) {
  const double beta = p.mean_reversion - p.correlation * p.volatility_of_variance * s;
  const double square = beta * beta - p.volatility_of_variance * p.volatility_of_variance * (s * s - s);
  if (square >= 0 && beta > 0) return std::numeric_limits<double>::infinity();
  if (square >= 0) return std::log((beta - std::sqrt(square)) / (beta + std::sqrt(square))) / std::sqrt(square);
  const double root = std::sqrt(-square);
  return 2 / root * std::atan2(root, -beta);
}

TEST_CASE(
    "rough Heston with H = 1/2: moments are Heston's up to 0.7 of the time they explode at, and not a number beyond "
    "it") {
  reference::uniform_source uniform(405);
  int exploded = 0, finite = 0;
  for (int i = 0; i < 60; ++i) {
    rough_heston_parameters p = random_parameters(uniform, i);
    p.hurst = 0.5;
    const rough_heston rough(market(100), p);
    const heston<double> smooth(market(100), without_roughness(p));
    for (int j = 0; j < 20; ++j) {
      const double s = j % 2 == 0 ? uniform.between(1, 20) : -uniform.between(0, 15), time = random_time(uniform);
      const double limit = explosion_time(without_roughness(p), s);
      const complex<double> u(j % 4 < 2 ? 0 : uniform.between(-5, 5), -s),
          value = rough.log_characteristic_function(u, time);
      CAPTURE_PARAMETERS(p);
      CAPTURE(time);
      CAPTURE(s);
      CAPTURE(limit);
      if (time > limit) {
        CHECK(!is_number(value));
        ++exploded;
      } else if (time < 0.7 * limit) {
        const complex<double> known = smooth.log_characteristic_function(u, time);
        CHECK(distance(value, known) <= 1e-7 * size(known));
        ++finite;
      }
    }
  }
  CHECK(exploded > 100);
  CHECK(finite > 100);
}

TEST_CASE("rough Heston: moments are finite on an interval, where their logarithm is convex") {
  for (const double hurst : {0.05, 0.12, 0.3}) {
    for (const double rho : {-0.9, -0.5, 0.5}) {
      for (const double time : {day, 1.0, 5.0}) {
        const rough_heston model(market(100), {0.04, 0.3, 0.05, 1, rho, hurst});
        for (const double sign : {1.0, -1.0}) {
          bool finite = true;
          double past_s = 0, past = 0, past_slope = -std::numeric_limits<double>::infinity();
          for (double s = 0.0625; s < 2000; s *= 1.06) {
            const complex<double> value = model.log_characteristic_function({0, -sign * s}, time);
            CAPTURE(hurst);
            CAPTURE(rho);
            CAPTURE(time);
            CAPTURE(sign * s);
            if (!is_number(value)) finite = false;
            CHECK(is_number(value) == finite);
            if (!finite) continue;
            CHECK(value.im == 0);
            const double slope = (value.re - past) / (s - past_s);
            CHECK(slope > past_slope);
            past_slope = slope;
            past = value.re;
            past_s = s;
          }
          CHECK(!finite);
        }
      }
    }
  }
}

TEST_CASE("rough Heston: calls and puts obey parity and their bounds, puts are convex in the strike") {
  reference::uniform_source uniform(406);
  expansion_settings quick;
  quick.edge_mass = 1e-9;
  for (int i = 0; i < 6; ++i) {
    rough_heston_parameters p = random_parameters(uniform, i + 1);
    p.hurst = uniform.between(0.05, 0.4);
    const market asset{100, uniform.between(-0.01, 0.06), uniform.between(0, 0.04)};
    const double time = uniform.between(0.1, 5), forward = asset.forward(time), discount = asset.discount(time);
    const distribution law(characteristic_function(rough_heston(asset, p), time, quick));
    std::vector<double> strikes;
    for (int j = -8; j <= 8; ++j) {
      strikes.push_back(forward * std::exp(0.25 * j * std::sqrt(p.initial_variance * time)));
    }
    const std::vector<estimate> calls = law.call_prices(strikes), puts = law.put_prices(strikes);
    double last_slope = 0;
    for (std::size_t j = 0; j < strikes.size(); ++j) {
      CAPTURE_PARAMETERS(p);
      CAPTURE(time);
      CAPTURE(strikes[j]);
      const double call = calls[j].value, put = puts[j].value, rounding = 1e-8 * forward;
      CHECK(std::fabs(call - put - discount * (forward - strikes[j])) <= 1e-12 * (forward + strikes[j]));
      CHECK(call >= discount * std::fmax(forward - strikes[j], 0.0) - rounding);
      CHECK(put >= discount * std::fmax(strikes[j] - forward, 0.0) - rounding);
      CHECK(call <= discount * forward + rounding);
      CHECK(put <= discount * strikes[j] + rounding);
      if (j == 0) continue;
      const double width = strikes[j] - strikes[j - 1], slope = (put - puts[j - 1].value) / width;
      CHECK(slope >= last_slope - 2 * rounding / width);
      last_slope = slope;
    }
    CHECK(last_slope <= discount);
  }
}

/// The slope of the implied volatility in log(strike), at the forward.
double skew(const rough_heston_parameters& p, double time) {
  expansion_settings quick;
  quick.edge_mass = 1e-9;
  const distribution law(characteristic_function(rough_heston(market(1), p), time, quick));
  const double call = law.call_prices({1})[0].value, digital = law.digital_call_prices({1})[0].value;
  const auto half = -reference::normal_quantile(static_cast<reference::number>(0.5 - 0.5 * call));  // half a deviation
  return static_cast<double>((reference::normal_cdf(-half) - static_cast<reference::number>(digital)) /
                             (reference::normal_density(half) * std::sqrt(static_cast<reference::number>(time))));
}

// The first order in sigma: Bergomi, L. and Guyon, J. (2012), Stochastic volatility's orderly smiles, Risk 25(5), with
// the covariance rho sigma v0 T^(alpha + 1) / Gamma(alpha + 2) of spot and integrated variance.
TEST_CASE("rough Heston: at short maturities the skew is rho sigma T^(H - 1/2) / (2 sqrt(v0) Gamma(H + 5/2))") {
  for (const double hurst : {0.1, 0.3, 0.5}) {
    const rough_heston_parameters p{0.04, 1, 0.04, 0.02, -0.7, hurst};
    const double constant =
        p.correlation * p.volatility_of_variance / (2 * std::sqrt(p.initial_variance) * std::tgamma(hurst + 2.5));
    const double shorter = skew(p, 1e-4), longer = skew(p, 1e-2);
    CAPTURE(hurst);
    CHECK(std::fabs(shorter / (constant * std::pow(1e-4, hurst - 0.5)) - 1) < 0.01);
    CHECK(std::fabs(std::log(longer / shorter) / std::log(100.0) - (hurst - 0.5)) < 0.02);
  }
}

void check_refused(const rough_heston_parameters& p, std::size_t steps, const std::string& parameter,
                   const std::string& value, const std::string& allowed) {
  CAPTURE(parameter);
  CAPTURE(value);
  try {
    rough_heston(market(100), p, steps);
    FAIL_CHECK("accepted");
  } catch (const invalid_parameter& e) {
    CHECK(e.parameter() == parameter);
    CHECK(e.value() == value);
    CHECK(e.allowed() == allowed);
  }
}

TEST_CASE("rough Heston refuses parameters out of range, and says which, their value and the range") {
  const rough_heston_parameters good{0.04, 1, 0.05, 0.5, -0.7, 0.1};
  const double nan = std::numeric_limits<double>::quiet_NaN(), infinity = std::numeric_limits<double>::infinity();
  for (const double bad : {-0.5, nan, infinity}) {
    const std::string value = value_text(bad);
    rough_heston_parameters p = good;
    p.initial_variance = bad;
    check_refused(p, 2, "initial_variance", value, "[0, inf)");
    p = good;
    p.mean_reversion = bad;
    check_refused(p, 2, "mean_reversion", value, "[0, inf)");
    p = good;
    p.long_run_variance = bad;
    check_refused(p, 2, "long_run_variance", value, "[0, inf)");
    p = good;
    p.volatility_of_variance = bad;
    check_refused(p, 2, "volatility_of_variance", value, "[0, inf)");
    p = good;
    p.hurst = bad;
    check_refused(p, 2, "hurst", value, "(0, 1/2]");
  }
  for (const double bad : {-1.0625, 1.5, nan}) {
    rough_heston_parameters p = good;
    p.correlation = bad;
    check_refused(p, 2, "correlation", value_text(bad), "[-1, 1]");
  }
  for (const double bad : {0.0, 0.5625}) {
    rough_heston_parameters p = good;
    p.hurst = bad;
    check_refused(p, 2, "hurst", value_text(bad), "(0, 1/2]");
  }
  check_refused(good, 0, "steps", "0", "1 to 8");
  check_refused(good, 9, "steps", "9", "1 to 8");
}

}  // namespace
}  // namespace spectralmc
