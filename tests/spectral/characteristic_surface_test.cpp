// Characteristic functions between dates and frequencies, against closed forms; and surfaces in files.
#include "spectralmc/spectral/characteristic_surface.hpp"
#include "spectralmc/spectral/surface_file.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "about.hpp"
#include "reference_formulas.hpp"
#include "spectralmc/models/bachelier.hpp"
#include "spectralmc/models/black_scholes.hpp"
#include "spectralmc/models/heston.hpp"
#include "spectralmc/models/kou.hpp"
#include "spectralmc/models/variance_gamma.hpp"
#include "spectralmc/parallel/cpu.hpp"
#include "spectralmc/requests/spectrum_of.hpp"
#include "spectralmc/spectral/distribution.hpp"
#include "statistics.hpp"
#include "temporary_folder.hpp"

namespace spectralmc {
namespace {

const market asset(100, {0.25, 3}, {0.03, 0.03}, 0.01);
const heston_parameters feller_violated{0.04, 1.5, 0.05, 0.9, -0.7};

template <class Model>
complex<double> exact(const Model& model, double time, double u) {
  const detail::linear_map map = detail::observed_map(model, time);
  const complex<double> exponent = model.log_characteristic_function(complex<double>(map.scale * u, 0), time);
  return exp(complex<double>(exponent.re, fma(u, map.shift, exponent.im)));
}

bool same_bits(double a, double b) { return std::memcmp(&a, &b, sizeof a) == 0; }

void check_same(const spectrum& a, const spectrum& b) {
  REQUIRE(a.size() == b.size());
  CHECK(std::memcmp(a.values().data(), b.values().data(), a.size() * sizeof(complex<double>)) == 0);
  CHECK(same_bits(a.grid().step(), b.grid().step()));
  CHECK(same_bits(a.support().lower, b.support().lower));
  CHECK(same_bits(a.support().upper, b.support().upper));
  CHECK(a.paths() == b.paths());
  CHECK(a.non_finite() == b.non_finite());
  CHECK(a.outside() == b.outside());
  CHECK(a.summed_by() == b.summed_by());
  CHECK(same_bits(a.unit_roundoff(), b.unit_roundoff()));
  const observed_quantity &p = a.quantity(), &q = b.quantity();
  CHECK(same_bits(p.time, q.time));
  CHECK(same_bits(p.discount, q.discount));
  CHECK(same_bits(p.scale, q.scale));
  CHECK((same_bits(p.forward, q.forward) || (std::isnan(p.forward) && std::isnan(q.forward))));
  CHECK(p.logarithmic == q.logarithmic);
  CHECK(p.negative == q.negative);
}

/// The largest error over the frequencies of the surface, halves of steps among them.
template <class Model>
double largest_error(const characteristic_surface& surface, const Model& model, double time) {
  double error = 0;
  const frequency_grid grid = surface.row(0).grid();
  for (std::size_t k = 0; k + 1 < grid.size(); ++k) {
    for (const double share : {0.0, 0.37, 0.5}) {
      const double u = grid[k] + share * grid.step();
      error = std::fmax(error, abs(surface(time, u) - exact(model, time, u)));
    }
  }
  return error;
}

TEST_CASE("between dates the surface of a process with independent increments is exact") {
  const kou<double> jumps(asset, {0.15, 3, 0.2, 25, 10});
  const variance_gamma<double> gamma(asset, {0.12, -0.14, 0.2});
  const characteristic_surface of_kou = surface_of(jumps, {0.3, 0.8, 2.5}),
                               of_gamma = surface_of(gamma, {0.5, 1, 2}, {16, 1e-14, 1e-12, 4096});
  for (const double time : {0.3, 0.31, 0.55, 0.8, 1.3, 2.4, 2.5}) {
    CAPTURE(time);
    CHECK(largest_error(of_kou, jumps, time) < 1e-12);
  }
  for (const double time : {0.5, 0.7, 1.9}) {
    CAPTURE(time);
    CHECK(largest_error(of_gamma, gamma, time) < 1e-9);
  }
}

TEST_CASE("between dates the surface of Heston's model is right to second order in their distance") {
  const heston<double> model(asset, feller_violated);
  std::vector<double> errors;
  for (const int pieces : {8, 16, 32, 64}) {
    std::vector<double> dates;
    for (int i = 0; i <= pieces; ++i) dates.push_back(0.5 + 1.0 * i / pieces);
    const characteristic_surface surface = surface_of(model, dates);
    double worst = 0;
    for (int i = 0; i < pieces; ++i) {
      worst = std::fmax(worst, largest_error(surface, model, 0.5 * (dates[i] + dates[i + 1])));
    }
    errors.push_back(worst);
  }
  CAPTURE(errors[0]);
  CAPTURE(errors[3]);
  CHECK(errors[0] < 6e-4);
  CHECK(errors[3] < 1.2e-5);
  CHECK(errors[2] / errors[3] > 3.6);
  CHECK(errors[2] / errors[3] < 4.2);
}

TEST_CASE("rows at and between dates are spectra to be inverted: prices of options at all maturities") {
  const kou<double> model(asset, {0.15, 3, 0.2, 25, 10});
  const characteristic_surface surface = surface_of(model, {0.3, 0.8, 2.5});
  for (const double time : {0.3, 0.5, 1.7, 2.5}) {
    CAPTURE(time);
    const distribution law(surface.at(time)), truth(characteristic_function(model, time));
    const std::vector<double> strikes{60, 100, 150};
    const auto found = law.call_prices(strikes), expected = truth.call_prices(strikes);
    for (std::size_t i = 0; i < strikes.size(); ++i) {
      CHECK(found[i].value == about(expected[i].value, 1e-8));
      CHECK(std::fabs(found[i].value - expected[i].value) <= 1e-10 + 2 * found[i].truncation_error);
    }
    CHECK(law.quantity().forward == about(asset.forward(time), 1e-14));
    CHECK(law.quantity().discount == about(asset.discount(time), 1e-14));
  }
}

TEST_CASE("rows on grids of their own are interpolated in frequency too, to 1e-12") {
  const kou<double> model(asset, {0.15, 3, 0.2, 25, 10});
  // The same number of frequencies on supports that grow.
  std::vector<spectrum> rows;
  for (const double time : {0.4, 1.0, 2.0}) {
    const interval support = characteristic_function(model, time).support();
    const auto grid = frequency_grid::for_interval(support, 256);
    std::vector<complex<double>> values;
    for (std::size_t k = 0; k < grid.size(); ++k) values.push_back(exact(model, time, grid[k]));
    rows.emplace_back(grid, values, support, asset_quantity(model, time, true));
  }
  const characteristic_surface surface(rows);
  for (const double time : {0.4, 0.6, 1.0, 1.9}) {
    double error = 0;
    for (int i = 0; i < 200; ++i) {
      const double u = 0.131 * i;
      error = std::fmax(error, abs(surface(time, u) - exact(model, time, u)));
    }
    CAPTURE(time);
    CHECK(error < 1e-12);
  }
  CHECK(surface(0.6, -3).im == -surface(0.6, 3).im);
  const estimate price = distribution(surface.at(0.6)).call_prices({105})[0];
  CHECK(price.value == about(distribution(characteristic_function(model, 0.6)).call_prices({105})[0].value, 1e-7));
}

// The later phi is below what the sampling series resolves where that between the dates is not: its logarithm is
// needed.
TEST_CASE("between frequencies of dates that are far apart the logarithm is right to the least phi") {
  const black_scholes<double> wide(asset, {0.3});
  const kou<double> jumps(asset, {0.15, 3, 0.2, 25, 10});
  for (const double time : {1.1, 1.35, 2.0, 7.0}) {
    CAPTURE(time);
    CHECK(largest_error(surface_of(wide, {1, 20}), wide, time) < 2e-12);
    CHECK(largest_error(surface_of(jumps, {1, 20}), jumps, time) < 2e-12);
  }
}

TEST_CASE("the surface of a model of S itself is that of S") {
  const bachelier<double> model(asset, {20});
  const characteristic_surface surface = surface_of(model, {0.5, 1});
  CHECK(!surface.row(0).quantity().logarithmic);
  // The mean of S grows exponentially, which is not linear, and so does its variance under this model.
  CHECK(largest_error(surface, model, 0.5) < 1e-12);
  CHECK(largest_error(surface, model, 0.75) < 2e-2);
}

// A seed for each of 8 prices of 4 runs, to 4.5 standard errors: false alarms 1 in 4000.
TEST_CASE("between the dates of a simulation prices are right within their errors") {
  const double volatility = 0.3;
  const heston<float> paths_of(asset, {volatility * volatility, 1, volatility * volatility, 1e-5, 0});  // Black-Scholes
  for (const std::uint64_t seed : {1U, 2U, 3U, 4U}) {
    const auto plan = simulation{paths_of, time_grid::dates({0.5, 0.75, 1.0}, 0.25)}.paths(1 << 16).seed(seed);
    const characteristic_surface surface(characteristic_function(cpu{}, plan, log_return{}));
    for (const double time : {0.6, 0.9}) {
      CAPTURE(time);
      const distribution law(surface.at(time));
      for (const double strike : {90.0, 110.0}) {
        const double deviation = volatility * std::sqrt(time), forward = asset.forward(time);
        const double truth =
            asset.discount(time) * static_cast<double>(reference::black(1, forward, strike, deviation));
        CHECK(errors_apart(law.call_prices({strike})[0], truth) < 4.5);
      }
      CHECK(errors_apart(law.mean(), std::log(asset.forward(time) / 100) - 0.5 * volatility * volatility * time) < 4.5);
    }
    CHECK(surface.at(0.75).paths() == 1 << 16);
    check_same(surface.at(0.75), surface.row(1));
  }
}

TEST_CASE("surfaces of closed forms and of simulations come back from a file, bit for bit") {
  const temporary_folder folder;
  const std::string file = folder.file("surface.npy");
  const heston<float> model(asset, feller_violated);
  const auto plan = simulation{model, time_grid::dates({0.25, 1})}.paths(3000).seed(5);
  for (const characteristic_surface& surface :
       {surface_of(heston<double>(asset, feller_violated), {0.1, 0.5, 2}),
        characteristic_surface(characteristic_function(cpu{}, plan, spectrum_of(log_return{}).terms(40))),
        characteristic_surface(characteristic_function(cpu{}, plan, spectrum_of(running_average<>{}).terms(40))),
        surface_of(bachelier<double>(asset, {20}), {0.5, 1})}) {
    save_surface(file, surface);
    const characteristic_surface found = load_surface(file);
    REQUIRE(found.dates() == surface.dates());
    for (std::size_t date = 0; date < found.dates(); ++date) check_same(found.row(date), surface.row(date));
    const double time = 0.5 * (surface.times().front() + surface.times().back());
    check_same(found.at(time), surface.at(time));
  }
  CHECK(folder.count() == 1);
}

template <class Call>
void check_fault(file_fault fault, const std::string& part, Call&& call) {
  try {
    call();
    FAIL_CHECK("nothing was thrown");
  } catch (const file_error& e) {
    const std::string text = e.what();
    CAPTURE(text);
    CHECK(e.fault() == fault);
    CHECK(text.find(part) != std::string::npos);
  }
}

TEST_CASE("files that hold no surface are refused, with what is wrong") {
  const temporary_folder folder;
  const std::string file = folder.file("surface.npy");
  check_fault(file_fault::not_found, "no such file", [&] { load_surface(file); });
  write_npy(file, {{{"", "<c16", {}}}, {1}, std::vector<unsigned char>(16)});
  check_fault(file_fault::wrong_dtype, "<c16", [&] { load_surface(file); });
  save_surface(file, surface_of(bachelier<double>(asset, {20}), {0.5, 1}));
  const npy_array good = read_npy(file);
  npy_array bad = good;
  bad.shape = {0};
  bad.bytes.clear();
  write_npy(file, bad);
  check_fault(file_fault::wrong_shape, "(0,)", [&] { load_surface(file); });
  bad = good;
  bad.shape = {2, 1};
  write_npy(file, bad);
  check_fault(file_fault::wrong_shape, "(2, 1)", [&] { load_surface(file); });
  bad = good;
  bad.fields[0].name = "date";
  write_npy(file, bad);
  check_fault(file_fault::wrong_dtype, "'date'", [&] { load_surface(file); });
  const auto spoil = [&](std::size_t word, std::uint64_t bits, const std::string& part) {
    CAPTURE(word);
    bad = good;
    std::memcpy(bad.bytes.data() + 8 * word, &bits, 8);
    write_npy(file, bad);
    check_fault(file_fault::wrong_content, part, [&] { load_surface(file); });
  };
  const std::uint64_t nan = 0x7ff8000000000000;
  spoil(0, nan, "time");
  spoil(0, 0x4000000000000000, "time");  // 2, after the second date
  spoil(1, 0, "frequency step");
  spoil(2, nan, "support");
  spoil(4, 0, "discount");
  spoil(7, 0x7ff0000000000000, "certain");
  spoil(8, 0, "unit_roundoff");
  spoil(16, 2, "logarithmic");
  spoil(17, 2, "negative");
  spoil(18, 4, "summed_by");
  spoil(19, 0x4000000000000000, "values[0]");
  spoil(22, nan, "values[k]");
}

TEST_CASE("surfaces of next to certain laws that are apart take no more frequencies than they may") {
  const characteristic_surface surface =
      surface_of(black_scholes<double>(asset, {0.0}), {0.5, 1}, {16, 1e-14, 1e-17, 1024});
  CHECK(surface.frequencies() == 1024);
  CHECK(distribution(surface.at(0.7)).mean().value == about(asset.log_forward_return(0.7), 1e-2));
  const auto plan = simulation{black_scholes<double>(asset, {1e-7}), time_grid::dates({0.5, 1})}.paths(100);
  const characteristic_surface simulated(characteristic_function(cpu{}, plan, spectrum_of(log_return{}).terms(8)));
  CHECK(simulated.at(0.7).size() <= 64 * 16 + 1);
}

TEST_CASE("surfaces: what does not fit together is refused") {
  const heston<double> model(asset, feller_violated);
  CHECK_THROWS_AS(characteristic_surface(std::vector<spectrum>{}), invalid_parameter);
  CHECK_THROWS_AS(characteristic_surface(spectra({})), invalid_parameter);
  CHECK_THROWS_AS(surface_of(model, {}), invalid_parameter);
  CHECK_THROWS_AS(surface_of(model, {1, 0.5}), invalid_parameter);
  CHECK_THROWS_AS(surface_of(model, {0, 0.5}), invalid_parameter);
  CHECK_THROWS_AS(surface_of(model, {0.5, std::numeric_limits<double>::quiet_NaN()}), invalid_parameter);
  const spectrum early = characteristic_function(model, 0.5), late = characteristic_function(model, 1);
  CHECK_THROWS_AS(characteristic_surface({late, late}), invalid_parameter);
  REQUIRE(early.size() != late.size());
  CHECK_THROWS_AS(characteristic_surface({early, late}), invalid_parameter);
  const spectrum of_log(frequency_grid(1, 2), {1.0, 0.5}, {-1, 1}, asset_quantity(model, 0.5, true)),
      of_spot(frequency_grid(1, 2), {1.0, 0.5}, {-1, 1}, asset_quantity(model, 1, false));
  CHECK_THROWS_AS(characteristic_surface({of_log, of_spot}), invalid_parameter);
  const characteristic_surface surface = surface_of(model, {0.5, 1});
  CHECK_THROWS_AS(surface.at(0.4), invalid_parameter);
  CHECK_THROWS_AS(surface.at(1.1), invalid_parameter);
  CHECK_THROWS_AS(surface.at(std::numeric_limits<double>::quiet_NaN()), invalid_parameter);
  CHECK_THROWS_AS(surface.row(2), invalid_parameter);
  CHECK_THROWS_AS(surface(0.7, 1e9), invalid_parameter);
  CHECK_THROWS_AS(surface(0.7, std::numeric_limits<double>::quiet_NaN()), invalid_parameter);
}

}  // namespace
}  // namespace spectralmc
