#include "spectralmc/spectral/characteristic_function.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>

#include "about.hpp"
#include "reference_formulas.hpp"
#include "spectralmc/models/black_scholes.hpp"
#include "spectralmc/models/heston.hpp"
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

TEST_CASE("a simulation's interval width can be asked of a closed form") {
  expansion_settings narrow;
  narrow.interval_width = 6;
  narrow.edge_mass = 1;
  const spectrum found = characteristic_function(black_scholes<double>(asset, {0.2}), 1, narrow);
  CHECK(found.support().width() == about(12 * 0.2, 1e-4));
}

}  // namespace
}  // namespace spectralmc
