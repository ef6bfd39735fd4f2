// Sums of a cosine expansion against the same in long double.
#include "spectralmc/spectral/cosine_law.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <vector>

#include "reference_formulas.hpp"

namespace spectralmc {
namespace {

TEST_CASE("the fraction of a turn is exact but for one rounding") {
  // The product of 11 and 53 bits is exact in long double.
  for (const double number : {1.0, 7.0, 1235.0, 1048576.0}) {
    for (const double turns : {0.3, -0.125, 0.4999999, 63.7}) {
      const long double exact = static_cast<long double>(number) * turns;
      const double found = detail::fraction_of_turn(number, turns);
      CAPTURE(number);
      CAPTURE(turns);
      CHECK(std::fabs(found) <= 0.5);
      // Without fused multiply-add the product is rounded too.
      const double bound = 0x1p-54 + (SPECTRALMC_HAS_FMA ? 0 : number * std::fabs(turns) * 0x1p-53);
      CHECK(std::fabs(static_cast<double>(exact - std::round(exact) - found)) <= bound);
    }
  }
}

/// Coefficients of a law that is narrow in its interval, which fall slowly.
std::vector<double> coefficients_of(std::size_t count) {
  std::vector<double> result;
  for (std::size_t k = 0; k < count; ++k) {
    const auto number = static_cast<double>(k);
    result.push_back(std::exp(-0.002 * number) * std::cos(1.3 * number));
  }
  return result;
}

TEST_CASE("sums have the digits of their coefficients at every place") {
  constexpr long double pi_exact = 3.141592653589793238462643383279502884L;
  for (const std::size_t count : {1U, 2U, 16U, 17U, 100U, 1023U}) {
    const std::vector<double> a = coefficients_of(count);
    for (const double share : {0.0, 1e-12, 0.1, 0.413801, 0.5, 0.99, 1.0}) {
      CAPTURE(count);
      CAPTURE(share);
      long double waves = 0, cosines = 0, slopes = 0, size = 1;
      for (std::size_t k = 1; k < count; ++k) {
        const auto number = static_cast<long double>(k);
        const long double angle = pi_exact * std::remainder(number * static_cast<long double>(share), 2.0L);
        waves += a[k] * std::sin(angle) / number;
        cosines += a[k] * std::cos(angle);
        slopes += a[k] * number * std::sin(angle);
        size += std::fabs(static_cast<long double>(a[k]));
      }
      const cosine_law_sums found = cosine_law_sums_at(a.data(), count, share);
      const auto error = [](double x, long double exact) { return std::fabs(static_cast<double>(x - exact)); };
      const auto scale = static_cast<double>(size);
      CHECK(error(found.waves, waves) < 1e-15 * scale);
      CHECK(error(found.cosines, cosines) < 2e-15 * scale);
      CHECK(error(found.slopes, slopes) < 2e-15 * scale * static_cast<double>(count));
    }
  }
}

TEST_CASE("Clenshaw's recurrence has the same sum") {
  constexpr std::size_t count = 300;
  const std::vector<double> a = coefficients_of(count);
  std::vector<double> weights(count);
  for (std::size_t k = 1; k < count; ++k) weights[k] = a[k] / static_cast<double>(k);
  for (const double share : {0.01, 0.3, 0.77, 0.999}) {
    double sine, cosine;
    sin_cos_2pi(0.5 * share, sine, cosine);
    const double expected = cosine_law_sums_at(a.data(), count, share).waves;
    CHECK(std::fabs(clenshaw_waves(weights, sine, cosine) - expected) < 1e-12);
  }
}

}  // namespace
}  // namespace spectralmc
