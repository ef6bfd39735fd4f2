// Cumulants of laws that are known; Heston's are tested in models/heston_test.cpp.
#include "spectralmc/spectral/cumulants.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <utility>

#include "about.hpp"
#include "reference_formulas.hpp"
#include "spectralmc/models/black_scholes.hpp"
#include "spectralmc/models/heston.hpp"
#include "spectralmc/models/kou.hpp"
#include "spectralmc/models/merton.hpp"
#include "spectralmc/spectral/characteristic_function.hpp"
#include "spectralmc/spectral/distribution.hpp"

namespace spectralmc {
namespace {

TEST_CASE("Black-Scholes: mean -s^2/2, variance s^2, nothing beyond") {
  for (const double volatility : {1e-4, 0.05, 0.2, 1.0, 3.0}) {
    for (const double time : {0.001, 0.5, 10.0}) {
      const cumulants c = model_cumulants(black_scholes<double>(market(100), {volatility}), time);
      const double variance = volatility * volatility * time, deviation = std::sqrt(variance);
      CAPTURE(volatility);
      CAPTURE(time);
      CHECK(std::fabs(c.mean + variance / 2) <= 1e-14 * (deviation + variance));
      CHECK(c.variance == about(variance, 1e-12));
      // In units of the deviation; rounding is amplified by the radius' powers, 16^3 and 16^4, and the factorials.
      CHECK(std::fabs(c.third) <= 1e-10 * (1 + deviation) * variance * deviation);
      CHECK(std::fabs(c.fourth) <= 1e-9 * (1 + deviation) * variance * variance);
    }
  }
}

TEST_CASE("the log-return has the forward's drift on top") {
  const market asset(100, 0.05, 0.02);
  const cumulants c = observed_cumulants(black_scholes<double>(asset, {0.2}), 2);
  CHECK(c.mean == about(2 * 0.03 - 0.04, 1e-13));
  CHECK(c.variance == about(0.08, 1e-12));
}

/// X the sum of `rate` x time standard exponentials over `scale`, less its mean: all cumulants are known.
struct gamma_model {
  double rate, scale;
  complex<double> log_characteristic_function(complex<double> u, double time) const {
    const complex<double> iu(-u.im, u.re);
    return log1p(iu * (-1 / scale)) * (-rate * time) - iu * (rate * time / scale);
  }
};

TEST_CASE("a gamma law: the n-th cumulant is (n - 1)! times shape over scale^n") {
  const cumulants c = model_cumulants(gamma_model{1.5, 2}, 3);
  CHECK(std::fabs(c.mean) <= 1e-13);
  CHECK(c.variance == about(4.5 / 4, 1e-12));
  CHECK(c.third == about(2 * 4.5 / 8, 1e-10));
  CHECK(c.fourth == about(6 * 4.5 / 16, 1e-9));
}

TEST_CASE("a gamma law of shape 0.02: the circle stays clear of the singularity seven deviations' inverses away") {
  const cumulants c = model_cumulants(gamma_model{0.02, 1}, 1);
  CHECK(c.variance == about(0.02, 1e-12));
  CHECK(c.fourth == about(0.12, 1e-9));
}

/// The mean of log(S/forward) is -E int v / 2, whatever the volatility of variance.
double heston_mean(const heston_parameters& p, double time) {
  const double gone = -std::expm1(-p.mean_reversion * time) / p.mean_reversion;
  return -0.5 * (p.long_run_variance * time + (p.initial_variance - p.long_run_variance) * gone);
}

TEST_CASE("Heston's mean where moments explode early: variance next to nothing, or its volatility huge") {
  using set = std::pair<heston_parameters, double>;
  for (const set& item : {set{{0.0458, 0.6146, 0.00337, 4.693, 0.813}, 5.746},
                          {{1e-8, 2, 1e-8, 0.5, 0}, 1},
                          {{0.04, 0.5, 0.04, 5, 0.95}, 10},
                          {{0.04, 0.03, 0.04, 5, 0.9}, 30}}) {
    const heston_parameters& p = item.first;
    const double time = item.second;
    const cumulants c = model_cumulants(heston<double>(market(100), p), time);
    CAPTURE(p.volatility_of_variance);
    CHECK(c.mean == about(heston_mean(p, time), 1e-6));
    CHECK(c.variance >= -2 * c.mean * 0.1);
  }
}

TEST_CASE("Heston's mean for 200 sets of parameters over five orders of magnitude") {
  reference::uniform_source uniform(11);
  for (int i = 0; i < 200; ++i) {
    const auto scaled = [&](double from, double to) { return std::exp(uniform.between(std::log(from), std::log(to))); };
    const heston_parameters p{scaled(1e-4, 1), scaled(0.01, 20), scaled(1e-4, 1), scaled(0.01, 8),
                              uniform.between(-0.999, 0.999)};
    const double time = scaled(0.003, 30);
    const cumulants c = model_cumulants(heston<double>(market(100), p), time);
    CAPTURE(i);
    CHECK(c.mean == about(heston_mean(p, time), 1e-6));
  }
}

// ---- Chernoff's interval
// ---------------------------------------------------------------------------------------------

TEST_CASE("Chernoff's interval of a normal law is its mean +- deviation sqrt(2 log(1/mass))") {
  const double deviation = 0.2 * std::sqrt(2.0), mean = -0.5 * deviation * deviation;
  for (const double mass : {1e-2, 1e-8, 1e-15}) {
    const interval range = model_range(black_scholes<double>(market(100), {0.2}), 2, mass);
    const double reach = deviation * std::sqrt(-2 * std::log(mass));
    CAPTURE(mass);
    CHECK(range.lower <= mean - reach * (1 - 1e-12));
    CHECK(range.lower >= mean - reach * 1.01);
    CHECK(range.upper >= mean + reach * (1 - 1e-12));
    CHECK(range.upper <= mean + reach * 1.01);
  }
}

TEST_CASE("Chernoff's interval of an exponential law: its end below, its tail above") {
  // X = E - 1 with E standard exponential: P(X > x) = exp(-1 - x); Chernoff's bound there is e x' exp(-x'), x' = 1 + x.
  const interval range = model_range(gamma_model{1, 1}, 1, 1e-8);
  CHECK(std::exp(-1 - range.upper) <= 1e-8);
  CHECK(range.upper < 24);
  CHECK(range.lower <= -1);
  CHECK(range.lower > -1.1);
}

TEST_CASE("beyond Chernoff's interval of Heston's law there is less than the mass allowed") {
  for (const heston_parameters& p : {heston_parameters{0.04, 1.5, 0.05, 0.6, -0.7},
                                     {0.04, 0.5, 0.04, 1, -0.9},
                                     {0.09, 1, 0.09, 1, 0.3},
                                     {0.01, 6, 0.02, 2, 0.99}}) {
    for (const double time : {0.02, 1.0, 10.0}) {
      const heston<double> model(market(100), p);
      const distribution law(characteristic_function(model, time));
      const double mass = 1e-6;
      const interval range = model_range(model, time, mass);
      CAPTURE(p.volatility_of_variance);
      CAPTURE(time);
      CHECK(law.cdf(range.lower).value <= mass);
      CHECK(1 - law.cdf(range.upper).value <= mass);
      // and not too little: Chernoff's bound gives away less than three orders of magnitude
      CHECK(law.cdf(range.lower).value >= 1e-3 * mass);
    }
  }
}

TEST_CASE("an interval holds laws whose moments explode early, or whose jumps reach far beyond the deviation") {
  // A jump down comes with probability 7e-6 and is exponential with mean 1/2; one up with 3e-6 and mean 1/10.
  const interval jumps = model_range(kou<double>(market(100), {0.2, 1, 0.3, 10, 2}), 1e-5, 1e-10);
  CHECK(jumps.lower <= -0.5 * std::log(7e-6 / 1e-10));
  CHECK(jumps.lower >= -20);
  CHECK(jumps.upper >= 0.1 * std::log(3e-6 / 1e-10));
  CHECK(jumps.upper <= 4);
  // Normal jumps of 0.057 +- 0.2, one with probability 8.7e-7.
  const interval normal = model_range(merton<double>(market(100), {0.109, {0.872, 0.0568, 0.2007}}), 1e-6, 1e-10);
  CHECK(normal.upper >= 0.8);
  CHECK(normal.upper <= 1.6);
}

struct without_moments {
  complex<double> log_characteristic_function(complex<double> u, double time) const {
    if (u.im < 0) return not_a_number();
    return u * u * (-0.5 * time);
  }
};

TEST_CASE("a law without exponential moments on a side has no interval") {
  CHECK_THROWS_AS(model_range(without_moments{}, 1, 1e-8), no_answer);
}

TEST_CASE("a point has no variance") {
  const cumulants c = model_cumulants(black_scholes<double>(market(100), {0}), 1);
  CHECK(c.mean == 0);
  CHECK(c.variance == 0);
}

TEST_CASE("the span is mean +- width sqrt(variance + sqrt(fourth))") {
  const interval span = cumulants{0.5, 0.04, 0, 0.0016}.span(3);
  CHECK(span.lower == about(0.5 - 3 * std::sqrt(0.08), 1e-15));
  CHECK(span.upper == about(0.5 + 3 * std::sqrt(0.08), 1e-15));
}

TEST_CASE("a negative fourth cumulant does not narrow the span") {
  CHECK(cumulants{0, 0.04, 0, -1}.span(3).upper == about(0.6, 1e-15));
}

TEST_CASE("the span of a point is a small interval around it") {
  const interval span = cumulants{0.5, 0, 0, 0}.span(10);
  CHECK(span.contains(0.5));
  CHECK(span.width() > 0);
  CHECK(span.width() < 1e-3);
}

}  // namespace
}  // namespace spectralmc
