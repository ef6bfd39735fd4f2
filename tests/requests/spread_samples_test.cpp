// Spectra by way of a grid, against the same by direct sums, and against direct sums in extended precision.
#include "spectralmc/requests/spread_samples.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <complex>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <random>
#include <vector>

#include "faulty_model.hpp"
#include "spectralmc/models/black_scholes.hpp"
#include "spectralmc/models/heston.hpp"
#include "spectralmc/requests/spectrum_of.hpp"

namespace spectralmc {
namespace {

template <class Real>
spectra heston_spectra(std::uint32_t terms, summation method) {
  const auto plan =
      simulation{heston<Real>(market(100, 0.03, 0.01), {0.04, 1.5, 0.05, 0.6, -0.7}), time_grid::dates({0.1, 0.5}, 0.1)}
          .paths(50000)
          .seed(3);
  return characteristic_function(cpu{2}, plan, spectrum_of(log_return{}).terms(terms).summed_by(method));
}

TEST_CASE_TEMPLATE("both ways give the same spectrum", Real, float, double) {
  for (const std::uint32_t terms : {8, 64, 200, 1000}) {
    CAPTURE(terms);
    const auto direct = heston_spectra<Real>(terms, summation::direct);
    const auto spread = heston_spectra<Real>(terms, summation::nonuniform);
    for (std::size_t date = 0; date < 2; ++date) {
      CHECK(direct[date].summed_by() == summation::direct);
      CHECK(spread[date].summed_by() == summation::nonuniform);
      CHECK(spread[date].paths() == direct[date].paths());
      CHECK(spread[date].outside() == direct[date].outside());
      CHECK(spread[date].support().lower == direct[date].support().lower);
      double largest = 0;
      for (std::size_t k = 0; k < spread[date].size(); ++k) {
        largest = std::max(largest, abs(spread[date][k] - direct[date][k]));
      }
      // The aliasing error of a spectrum that falls is much below the kernel's 1e-6 (1e-12).
      CHECK(largest < (sizeof(Real) == sizeof(float) ? (SPECTRALMC_HAS_FMA ? 3e-7 : 3e-6) : 1e-12));
    }
  }
}

TEST_CASE("the cheaper way is taken, and said") {
  const auto spectrum_with = [](std::uint32_t terms) { return heston_spectra<float>(terms, summation::automatic)[0]; };
  CHECK(spectrum_with(127).summed_by() == summation::direct);
  CHECK(spectrum_with(128).summed_by() == summation::nonuniform);
  CHECK(characteristic_function(heston<double>(market(100), {0.04, 1.5, 0.05, 0.6, -0.7}), 1.0).summed_by() ==
        summation::none);
}

/// Spreads samples as a run does, in chunks, and returns the sums.
template <class Real>
std::vector<complex<double>> spread_sums(const std::vector<Real>& samples, std::size_t frequencies,
                                         std::vector<double>& totals) {
  std::size_t grid = 16;
  while (grid < 4 * frequencies) grid *= 2;
  const double tolerance = sizeof(Real) == sizeof(float) ? 1e-6 : 1e-12;
  const spreading_kernel<Real> kernel(tolerance, static_cast<double>(grid) / (2.0 * static_cast<double>(frequencies)));
  const std::vector<Real> rows = kernel.coefficient_rows();
  const empirical_detail::spreading<Real> to{kernel.table(rows.data()), static_cast<std::uint32_t>(grid), Real(0.5),
                                             Real(0.125)};
  struct {
    empirical_detail::sample_counts counts;
  } shared;
  totals.assign(empirical_detail::spread_size(grid) + empirical_detail::sample_counts::size, 0.0);
  for (std::size_t first = 0; first < samples.size(); first += chunk_paths) {
    std::vector<Real> chunk(chunk_paths, std::numeric_limits<Real>::quiet_NaN());
    const std::size_t count = std::min<std::size_t>(chunk_paths, samples.size() - first);
    std::copy_n(samples.begin() + static_cast<std::ptrdiff_t>(first), count, chunk.begin());
    empirical_detail::spread_samples(pack_block{}, to, chunk.data(), static_cast<std::uint32_t>(count), shared,
                                     totals.data());
  }
  return empirical_detail::sums_of_grid(kernel, grid, frequencies, totals.data());
}

TEST_CASE_TEMPLATE("sums of any samples, those outside the interval and at grid points too", Real, float, double) {
  std::mt19937_64 engine(5);
  std::uniform_real_distribution<double> number(-0.25, 0.75), wide(-20, 20);
  for (const std::size_t frequencies : {4, 100, 777}) {
    std::vector<Real> samples;
    for (int i = 0; i < 2000; ++i) samples.push_back(static_cast<Real>(i % 10 == 0 ? wide(engine) : number(engine)));
    for (int i = 0; i < 64; ++i) samples.push_back(static_cast<Real>(static_cast<double>(i) / 32 - 1));
    samples.push_back(static_cast<Real>(-0.25));
    samples.push_back(std::nextafter(static_cast<Real>(-0.25), Real(-1)));
    samples.push_back(static_cast<Real>(0.75));
    std::vector<double> totals;
    const auto sums = spread_sums(samples, frequencies, totals);
    CHECK(totals[totals.size() - empirical_detail::sample_counts::size] == static_cast<double>(samples.size()));
    double worst = 0;
    for (std::size_t k = 0; k < frequencies; ++k) {
      std::complex<long double> exact = 0;
      for (const Real x : samples) {
        const Real turns = fma(x, Real(0.5), Real(0.125));  // what both ways start from
        const long double angle =
            2 * 3.141592653589793238462643383279502884L * std::remainder(static_cast<long double>(k) * turns, 1.0L);
        exact += std::complex<long double>(std::cos(angle), std::sin(angle));
      }
      worst = std::max(worst, std::hypot(sums[k].re - static_cast<double>(exact.real()),
                                         sums[k].im - static_cast<double>(exact.imag())));
    }
    CHECK(worst / static_cast<double>(samples.size()) < (sizeof(Real) == sizeof(float) ? 1e-6 : 1e-12));
  }
}

TEST_CASE_TEMPLATE("one sample, and many at the same place, are within the stated bound", Real, float, double) {
  // Turns of -1.5e-8 and -0.005 are below the interval, where a whole turn more would be rounded; 1/2 is its upper end.
  for (const double place : {0.0, 0.1, 0.33333, 0.7499, 0.75, -0.25000003, -0.2601, 0.76, 100.0}) {
    for (const std::size_t count : {1, 8192}) {
      std::vector<double> totals;
      const auto sums = spread_sums(std::vector<Real>(count, static_cast<Real>(place)), 300, totals);
      const Real turns = fma(static_cast<Real>(place), Real(0.5), Real(0.125));
      for (std::size_t k = 0; k < 300; ++k) {
        const double angle = 2 * pi * std::remainder(static_cast<double>(k) * static_cast<double>(turns), 1.0);
        const auto n = static_cast<double>(count);
        CHECK(std::hypot(sums[k].re / n - std::cos(angle), sums[k].im / n - std::sin(angle)) <
              (sizeof(Real) == sizeof(float) ? 4e-6 : 5e-12));
      }
    }
  }
}

TEST_CASE_TEMPLATE("sums on the grid do not depend on the order of the samples", Real, float, double) {
  std::mt19937_64 engine(6);
  std::normal_distribution<double> number(0.25, 0.05);
  std::vector<Real> samples;
  for (int i = 0; i < 8192; ++i) samples.push_back(static_cast<Real>(number(engine)));
  std::vector<double> once, again;
  spread_sums(samples, 150, once);
  std::shuffle(samples.begin(), samples.end(), engine);
  spread_sums(samples, 150, again);
  CHECK(once == again);
}

TEST_CASE_TEMPLATE("samples that are not finite are left out and counted", Real, float, double) {
  const auto plan = simulation{faulty_model<Real>(2.5), time_grid::dates({0.5, 1.0})}.paths(5000);
  auto law = spectrum_of(log_return{}).terms(130).interval_width(8);
  const auto a = characteristic_function(cpu{1}, plan, law.summed_by(summation::direct));
  const auto b = characteristic_function(cpu{1}, plan, law.summed_by(summation::nonuniform));
  for (std::size_t date = 0; date < 2; ++date) {
    CHECK(a[date].non_finite() == b[date].non_finite());
    CHECK(a[date].outside() == b[date].outside());
    for (std::size_t k = 0; k < a[date].size(); ++k) CHECK(abs(a[date][k] - b[date][k]) < 1e-6);
  }
}

}  // namespace
}  // namespace spectralmc
