// The transition of the variance against the characteristic function that its parts add up to, and the rule for the
// variance against what it is exact for.
#include "spectralmc/pricing/variance_transition.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <complex>
#include <cstddef>
#include <vector>

#include "about.hpp"
#include "incomplete_gamma.hpp"
#include "spectralmc/models/merton.hpp"

namespace spectralmc {
namespace {

TEST_CASE("variance nodes: Gauss rules are exact for polynomials of degree 2n - 1") {
  for (const double power : {0.0, -0.98, -0.3, 0.5}) {
    for (const std::size_t count : {1U, 2U, 7U, 40U}) {
      const variance_nodes nodes({0, 3}, power, count);
      for (std::size_t degree = 0; degree < 2 * count && degree < 60; ++degree) {
        double sum = 0;
        for (std::size_t j = 0; j < count; ++j) {
          sum += std::exp(nodes.log_weights[j]) * std::pow(nodes.at[j] / 3, static_cast<double>(degree));
        }
        CAPTURE(power);
        CAPTURE(count);
        CAPTURE(degree);
        const double n = static_cast<double>(degree) + power + 1;
        CHECK(sum == about(std::pow(3.0, power + 1) / n, 2e-12));
      }
    }
  }
  const variance_nodes shifted({0.5, 0.75}, 0, 5);
  double sum = 0;
  for (std::size_t j = 0; j < 5; ++j) sum += std::exp(shifted.log_weights[j]) * std::pow(shifted.at[j], 9);
  CHECK(sum == about((std::pow(0.75, 10) - std::pow(0.5, 10)) / 10, 1e-14));
}

// With v0 = 0 the variance is a gamma variate.
TEST_CASE("variance range: what it says is left out is more than what is") {
  for (const double sigma : {0.05, 0.4, 1.5}) {
    const heston_parameters p{0, 2, 0.06, sigma, 0};
    const square_root_law law(p, 2, 0.7);
    for (const double mass : {1e-3, 1e-9}) {
      const interval range = variance_range(p, 0.7, mass);
      const auto cdf = [&](double v) { return static_cast<double>(reference::gamma_cdf(law.shape, v / law.scale)); };
      CAPTURE(sigma);
      CHECK(cdf(range.lower) <= mass);
      CHECK(1 - cdf(range.upper) <= mass + 1e-15);
      CHECK(1 - cdf(0.8 * range.upper) > 0.01 * mass);  // and not far too wide
    }
  }
}

TEST_CASE("variance transition: the joint transform of log-price and variance") {
  const lognormal_jumps jumps{0.5, -0.1, 0.2};
  struct row {
    heston_parameters p;
    double length, power, begin, end;
  };
  for (const row& r :
       {row{{0.0625, 5, 0.16, 0.9, 0.1}, 0.02, -1.0 + 1.6 / 0.81 - 1, 0, 1.7},
        row{{0.04, 1.5, 0.05, 0.9, -0.7}, 0.25, 0.15 / 0.81 - 1, 0, 4},
        row{{0.04, 0.5, 0.04, 1, -0.9}, 0.5, 0.04 - 1, 0, 8}, row{{0.04, 2, 0.05, 0.05, 0.6}, 0.25, 0, 0.01, 0.12}}) {
    const variance_nodes nodes({r.begin, r.end}, r.power, 90);
    const std::vector<double> rows{r.begin, 0.03, 0.04, 0.05, 0.06}, frequencies{0, 0.5, 3, 15, 40};
    const variance_transition transition(r.p, r.length, nodes, r.power, rows, frequencies, [&](complex<double> u) {
      return jumps.log_characteristic_function(u, r.length);
    });
    const double tilt = -1.3;
    std::vector<double> ones(nodes.size(), 1.0), tilted;
    for (const double v : nodes.at) tilted.push_back(std::exp(tilt * v));
    for (std::size_t k = 0; k < frequencies.size(); ++k) {
      const complex<double> u(frequencies[k], 0);
      transition.apply(k, ones.data(), [&](std::size_t i, complex<double> mean) {
        if (i == 0 && r.begin > 0) return;  // half of what comes from there goes below
        heston_parameters from = r.p;
        from.initial_variance = rows[i];
        const complex<double> exact =
            exp(heston_exponent(from, u, r.length) + jumps.log_characteristic_function(u, r.length));
        CAPTURE(r.p.volatility_of_variance);
        CAPTURE(k);
        CAPTURE(i);
        CHECK(abs(mean - exact) < 1e-10);
      });
      // At frequency 0 the transform of the variance is known by itself.
      if (k > 0) continue;
      transition.apply(k, tilted.data(), [&](std::size_t i, complex<double> mean) {
        if (i == 0 && r.begin > 0) return;
        heston_parameters from = r.p;
        from.initial_variance = rows[i];
        const square_root_law law(from, from.mean_reversion, r.length);
        CHECK(abs(mean - exp(law.exponent(complex<double>(tilt, 0)))) < 1e-10);
      });
    }
  }
}

}  // namespace
}  // namespace spectralmc
