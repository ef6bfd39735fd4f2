// The sums behind an empirical characteristic function, against naive sums in long double.
#include "spectralmc/requests/empirical.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "about.hpp"
#include "item_memory.hpp"
#include "reference_formulas.hpp"
#include "spectralmc/paths/observer.hpp"
#include "spectralmc/requests/spectrum_of.hpp"

namespace spectralmc {
namespace {

constexpr interval support{-1.5, 2.25};
constexpr std::uint32_t terms = 50;  // 100 frequencies are no whole number of blocks
constexpr std::size_t frequencies = 100;

template <class Real>
constexpr double rounding = sizeof(Real) == 4 ? 0x1p-24 : 0x1p-53;

/// What the item made of a chunk of samples, and the turns that it took them for.
template <class Real>
struct sums {
  std::vector<double> cosines, sines;
  double finite, outside;
  std::vector<Real> turns;
};

template <class Real>
sums<Real> sums_of(std::vector<Real> samples, int times = 1) {
  const auto count = static_cast<std::uint32_t>(samples.size());
  // What stands behind the last path may be anything.
  samples.resize(chunk_paths, std::numeric_limits<Real>::quiet_NaN());
  const spectrum_item<Real, log_return> item(log_return{}, {support}, terms, summation::direct);
  item_memory<Real, spectrum_item<Real, log_return>> memory(item);
  std::vector<double> totals(item.total_size());
  for (int i = 0; i < times; ++i) memory.add({samples.data(), 1, count}, totals.data());
  sums<Real> result;
  result.cosines.assign(totals.begin(), totals.begin() + frequencies);
  result.sines.assign(totals.begin() + frequencies, totals.begin() + 2 * frequencies);
  result.finite = totals[2 * frequencies];
  result.outside = totals[2 * frequencies + 1];
  result.turns.assign(memory.shared->samples.turns, memory.shared->samples.turns + count);
  return result;
}

template <class Real>
std::vector<Real> random_samples(std::size_t count, std::uint64_t seed, interval range = support) {
  reference::uniform_source uniform(seed);
  std::vector<Real> samples;
  for (std::size_t i = 0; i < count; ++i) {
    samples.push_back(static_cast<Real>(uniform.between(range.lower, range.upper)));
  }
  return samples;
}

/// The largest error over all frequencies, for cosine and sine sums, and its root mean square.
struct errors {
  double largest, typical;
};

template <class Real>
errors errors_of(const sums<Real>& found, const std::vector<Real>& turns) {
  errors result{0, 0};
  for (std::size_t k = 0; k < frequencies; ++k) {
    reference::number cosine = 0, sine = 0;
    for (const Real turn : turns) {
      const reference::number cycles = static_cast<reference::number>(turn) * static_cast<reference::number>(k);
      const reference::number angle = 2 * reference::pi * (cycles - std::round(cycles));
      cosine += std::cos(angle);
      sine += std::sin(angle);
    }
    const double of_cosine = std::fabs(static_cast<double>(found.cosines[k] - cosine));
    const double of_sine = std::fabs(static_cast<double>(found.sines[k] - sine));
    result.largest = std::fmax(result.largest, std::fmax(of_cosine, of_sine));
    result.typical += (of_cosine * of_cosine + of_sine * of_sine) / (2 * frequencies);
  }
  result.typical = std::sqrt(result.typical);
  return result;
}

/// A value may be off by 32^2/2 + 32 roundings, and adding up to 64 of them in a slot costs 32 more each on average.
template <class Real>
constexpr double bound = (32 * 32 / 2 + 32 + 32) * rounding<Real>;

TEST_CASE_TEMPLATE("sums are within the stated bound, for any number of samples", Real, float, double) {
  for (const std::size_t count : {1U, 2U, 15U, 16U, 17U, 63U, 64U, 65U, 500U, 1023U, 1024U}) {
    const sums<Real> found = sums_of(random_samples<Real>(count, count));
    CAPTURE(count);
    CHECK(errors_of(found, found.turns).largest <= static_cast<double>(count) * bound<Real>);
  }
}

TEST_CASE_TEMPLATE("typically sums are far more accurate: 16 roundings a sample", Real, float, double) {
  const sums<Real> found = sums_of(random_samples<Real>(1024, 3));
  CHECK(errors_of(found, found.turns).typical <= 1024 * 16 * rounding<Real>);
}

TEST_CASE_TEMPLATE("sums are within the bound where the recurrence is at its worst, near the ends", Real, float,
                   double) {
  for (const double end : {support.lower, support.upper}) {
    for (const double distance : {1e-6, 1e-3, 0.05}) {
      const sums<Real> found = sums_of(random_samples<Real>(1024, 4, {end - distance, end + distance}));
      CAPTURE(end);
      CAPTURE(distance);
      CHECK(errors_of(found, found.turns).largest <= 1024 * bound<Real>);
    }
  }
}

TEST_CASE_TEMPLATE("samples become turns of twice the interval, to two roundings", Real, float, double) {
  const std::vector<Real> samples = random_samples<Real>(1024, 5);
  const spectrum_item<Real, log_return> item(log_return{}, {support}, terms, summation::direct);
  const interval rounded = item.support(0);
  CHECK(rounded.lower == about(support.lower, 4 * rounding<Real>));
  CHECK(rounded.width() == about(support.width(), 4 * rounding<Real>));
  const sums<Real> found = sums_of(samples);
  double worst = 0;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const double exact = (static_cast<double>(samples[i]) - rounded.lower) / (2 * rounded.width());
    worst = std::fmax(worst, std::fabs(static_cast<double>(found.turns[i]) - exact));
  }
  CHECK(worst <= 2 * rounding<Real>);
}

TEST_CASE_TEMPLATE("the sums at frequency zero are the number of samples and 0", Real, float, double) {
  const sums<Real> found = sums_of(random_samples<Real>(1023, 6));
  CHECK(found.cosines[0] == 1023);
  CHECK(found.sines[0] == 0);
  CHECK(found.finite == 1023);
  CHECK(found.outside == 0);
}

TEST_CASE_TEMPLATE("samples that are not finite are left out and not counted", Real, float, double) {
  using limits = std::numeric_limits<Real>;
  std::vector<Real> samples = random_samples<Real>(777, 7), good;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    if (i % 10 == 3) {
      samples[i] = limits::quiet_NaN();
    } else if (i % 25 == 0) {
      samples[i] = i % 2 == 0 ? limits::infinity() : -limits::infinity();
    }
  }
  const sums<Real> found = sums_of(samples);
  std::vector<Real> turns;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    if (std::isfinite(samples[i])) turns.push_back(found.turns[i]);
  }
  CHECK(found.finite == static_cast<double>(turns.size()));
  CHECK(errors_of(found, turns).largest <= 777 * bound<Real>);
}

TEST_CASE_TEMPLATE("a chunk without a finite sample adds nothing", Real, float, double) {
  const sums<Real> found = sums_of(std::vector<Real>(100, std::numeric_limits<Real>::quiet_NaN()));
  CHECK(found.finite == 0);
  CHECK(found.outside == 0);
  for (std::size_t k = 0; k < frequencies; ++k) {
    CHECK(found.cosines[k] == 0);
    CHECK(found.sines[k] == 0);
  }
}

TEST_CASE_TEMPLATE("samples outside the interval are counted, and summed where they are", Real, float, double) {
  const std::vector<Real> samples = random_samples<Real>(1024, 8, {-4, 4});
  double outside = 0;
  for (const Real x : samples)
    outside += static_cast<double>(x) < support.lower || static_cast<double>(x) > support.upper;
  const sums<Real> found = sums_of(samples);
  CHECK(found.outside == outside);
  CHECK(found.finite == 1024);
  CHECK(errors_of(found, found.turns).largest <= 1024 * bound<Real>);
}

TEST_CASE_TEMPLATE("huge samples are outside, and harm no others", Real, float, double) {
  std::vector<Real> samples = random_samples<Real>(64, 9);
  samples[5] = std::numeric_limits<Real>::max();
  samples[6] = std::numeric_limits<Real>::lowest();
  const sums<Real> found = sums_of(samples);
  CHECK(found.finite == 64);
  CHECK(found.outside == 2);
  CHECK(errors_of(found, found.turns).largest <= 64 * bound<Real>);
}

TEST_CASE_TEMPLATE("the sums of a second chunk are added to those of the first", Real, float, double) {
  const std::vector<Real> samples = random_samples<Real>(1024, 10);
  const sums<Real> once = sums_of(samples), twice = sums_of(samples, 2);
  CHECK(twice.finite == 2 * once.finite);
  for (std::size_t k = 0; k < frequencies; ++k) CHECK(twice.cosines[k] == 2 * once.cosines[k]);
}

}  // namespace
}  // namespace spectralmc
