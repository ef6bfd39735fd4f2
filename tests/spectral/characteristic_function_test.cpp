#include "spectralmc/spectral/characteristic_function.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>

#include "about.hpp"
#include "reference_formulas.hpp"
#include "spectralmc/models/bates.hpp"
#include "spectralmc/models/black_scholes.hpp"
#include "spectralmc/models/heston.hpp"
#include "spectralmc/models/merton.hpp"
#include "spectralmc/spectral/distribution.hpp"

namespace spectralmc {
namespace {

const market asset(100, 0.05, 0.02);

TEST_CASE("the spectrum holds phi of the log-return, drift included") {
  const spectrum found = characteristic_function(black_scholes<double>(asset, {0.2}), 2);
  const reference::number mean = 2 * 0.03L - 0.04L, variance = 0.08L;
  for (std::size_t k = 0; k < found.size(); ++k) {
    const reference::number u = found.grid()[k];
    const reference::complex_number exact = std::exp(reference::complex_number(-0.5L * u * u * variance, u * mean));
    CAPTURE(k);
    CHECK(std::abs(reference::complex_number(found[k].re, found[k].im) - exact) <= 1e-15L);
  }
}

TEST_CASE("the spectrum of a closed form knows what prices need") {
  const spectrum found = characteristic_function(black_scholes<double>(asset, {0.2}), 2);
  CHECK_FALSE(found.simulated());
  CHECK(found.quantity().time == 2);
  CHECK(found.quantity().logarithmic);
  CHECK(found.quantity().scale == 100);
  CHECK(found.quantity().discount == asset.discount(2));
  CHECK(found.quantity().forward == asset.forward(2));
}

TEST_CASE("terms are added until phi has died away") {
  const spectrum found = characteristic_function(heston<double>(asset, {0.04, 1.5, 0.05, 0.6, -0.7}), 0.5);
  for (std::size_t k = found.size() - 64; k < found.size(); ++k) CHECK(norm(found[k]) < 1e-34);
}

TEST_CASE("the interval grows until it holds all but 1e-14 of heavy tails") {
  // Andersen's case: the tail to the left is so long that a span of sixteen deviations is far too small.
  const spectrum found = characteristic_function(heston<double>(market(100), {0.04, 0.5, 0.04, 1, -0.9}), 10);
  // Without fused multiply-add the angles of tens of thousands of terms are that much less accurate.
  CHECK(cosine_expansion(found).edge_mass() < (SPECTRALMC_HAS_FMA ? 1e-14 : 1e-11));
}

TEST_CASE("the number of terms has a limit") {
  expansion_settings few;
  few.largest_terms = 128;
  const spectrum found = characteristic_function(heston<double>(asset, {0.04, 0.5, 0.04, 1, -0.9}), 0.02, few);
  CHECK(found.size() == 128);
}

// The law is a comb: its waves, of |phi| = 0.14 at 16, are beyond the largest number of terms on so wide an interval.
TEST_CASE("a law that takes more terms than there may be, as |phi| comes back, has no spectrum") {
  const bates<double> comb(market(100, 0.035, -0.0135), {{0.005, 0.033, 5.5e-6, 6.83, 0.666}, {3.334, -0.391, 0.0136}});
  CHECK_THROWS_AS(characteristic_function(comb, 25.69), no_answer);
  // Jumps of nearly one size on a narrow one are resolved: the density is that of a sum over their number.
  const merton<double> resolved(market(100), {0.02, {50, -0.3, 0.001}});
  const distribution law(characteristic_function(resolved, 1));
  const double drift = -0.5 * 0.02 * 0.02 - 50 * std::expm1(-0.3 + 0.5e-6);
  for (const double x : {-2.0, -1.9, -1.85}) {
    double density = 0, weight = std::exp(-50.0);
    for (int n = 0; n < 150; ++n) {
      const double deviation = std::sqrt(0.02 * 0.02 + n * 1e-6), z = (x - drift + 0.3 * n) / deviation;
      density += weight * std::exp(-0.5 * z * z) / (deviation * std::sqrt(2 * pi));
      weight *= 50.0 / (n + 1);
    }
    const estimate found = law.density(x);
    CAPTURE(x);
    CHECK(std::fabs(found.value - density) <= found.truncation_error + 1e-12);
  }
}

TEST_CASE("a simulation's interval width can be asked of a closed form") {
  expansion_settings narrow;
  narrow.interval_width = 6;
  narrow.edge_mass = 1;
  const spectrum found = characteristic_function(black_scholes<double>(asset, {0.2}), 1, narrow);
  CHECK(found.support().width() == about(12 * 0.2, 1e-4));
}

}  // namespace
}  // namespace spectralmc
