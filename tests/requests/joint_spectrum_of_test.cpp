// Joint spectra from paths: against naive sums, spectra of one quantity, closed forms, and the body of the CUDA kernel.
#include "spectralmc/requests/joint_spectrum_of.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <tuple>
#include <vector>

#include "block_totals.hpp"
#include "faulty_model.hpp"
#include "item_memory.hpp"
#include "reference_formulas.hpp"
#include "spectralmc/models/black_scholes.hpp"
#include "spectralmc/models/heston.hpp"
#include "spectralmc/models/several_assets.hpp"
#include "spectralmc/paths/asset_observers.hpp"

namespace spectralmc {
namespace {

constexpr interval first_support{-1.5, 2.25}, second_support{3, 5};
constexpr std::uint32_t terms = 20;
constexpr std::size_t frequencies = 40;

template <class Real>
constexpr double rounding = sizeof(Real) == 4 ? 0x1p-24 : 0x1p-53;

template <class Real>
using item_type = joint_spectrum_item<Real, log_return, spot>;

/// What the item makes of a chunk of samples; those behind the last path are rubbish.
template <class Real>
std::vector<double> totals_of(std::vector<Real> first, std::vector<Real> second) {
  const auto count = static_cast<std::uint32_t>(first.size());
  first.resize(chunk_paths, std::numeric_limits<Real>::quiet_NaN());
  first.insert(first.end(), second.begin(), second.end());
  first.resize(2 * chunk_paths, std::numeric_limits<Real>::quiet_NaN());
  const item_type<Real> item({{}, 0, first_support}, {{}, 0, second_support}, terms);
  std::vector<double> totals(item.total_size());
  item_memory<Real, item_type<Real>>(item).add({first.data(), 1, count}, totals.data());
  return totals;
}

template <class Real>
std::vector<Real> random_samples(std::size_t count, std::uint64_t seed, interval range) {
  reference::uniform_source uniform(seed);
  std::vector<Real> samples;
  for (std::size_t i = 0; i < count; ++i) {
    samples.push_back(static_cast<Real>(uniform.between(range.lower, range.upper)));
  }
  return samples;
}

// The bound of requests/empirical.hpp for each factor, the rounding of sample to turns (up to 4 roundings at 40 pi
// times as much angle), and the sum's.
TEST_CASE_TEMPLATE("sums of products are right for any number of samples", Real, float, double) {
  const item_type<Real> item({{}, 0, first_support}, {{}, 0, second_support}, terms);
  const interval x = item.first_support(), y = item.second_support();
  for (const std::size_t count : {1U, 15U, 17U, 100U, 1024U}) {
    const auto first = random_samples<Real>(count, count, {-2, 2.5}),
               second = random_samples<Real>(count, 99, {3, 5.5});
    const std::vector<double> found = totals_of(first, second);
    double worst = 0, outside[3] = {0, 0, 0};
    for (std::size_t j = 0; j < frequencies; j += 3) {
      for (std::size_t k = 0; k < frequencies; ++k) {
        double sums[4] = {0, 0, 0, 0};
        for (std::size_t i = 0; i < count; ++i) {
          const double a = pi * static_cast<double>(j) * (static_cast<double>(first[i]) - x.lower) / x.width();
          const double b = pi * static_cast<double>(k) * (static_cast<double>(second[i]) - y.lower) / y.width();
          sums[0] += std::cos(a) * std::cos(b);
          sums[1] += std::cos(a) * std::sin(b);
          sums[2] += std::sin(a) * std::cos(b);
          sums[3] += std::sin(a) * std::sin(b);
        }
        for (std::size_t e = 0; e < 4; ++e) {
          worst = std::fmax(worst, std::fabs(found[(2 * j + e / 2) * 2 * frequencies + 2 * k + e % 2] - sums[e]));
        }
      }
    }
    for (std::size_t i = 0; i < count; ++i) {
      const bool a = !x.contains(static_cast<double>(first[i])), b = !y.contains(static_cast<double>(second[i]));
      outside[0] += a;
      outside[1] += b;
      outside[2] += a || b;
    }
    CAPTURE(count);
    CHECK(worst <= static_cast<double>(count) * (2 * (32 * 32 / 2 + 32) + 2 * 8 * 126) * rounding<Real>);
    const double* counts = found.data() + 4 * frequencies * frequencies;
    CHECK(counts[0] == static_cast<double>(count));
    const std::size_t places[3] = {1, empirical_detail::sample_counts::size + 1,
                                   2 * empirical_detail::sample_counts::size};
    for (std::size_t e = 0; e < 3; ++e) CHECK(counts[places[e]] == outside[e]);
  }
}

TEST_CASE_TEMPLATE("a pair is left out where one of the two is not finite", Real, float, double) {
  using limits = std::numeric_limits<Real>;
  auto first = random_samples<Real>(500, 1, first_support), second = random_samples<Real>(500, 2, second_support);
  std::vector<Real> good_first, good_second;
  for (std::size_t i = 0; i < 500; ++i) {
    if (i % 7 == 0) first[i] = limits::quiet_NaN();
    if (i % 11 == 0) second[i] = limits::infinity();
    if (i % 7 == 0 || i % 11 == 0) continue;
    good_first.push_back(first[i]);
    good_second.push_back(second[i]);
  }
  const auto found = totals_of(first, second), expected = totals_of(good_first, good_second);
  double worst = 0;
  for (std::size_t i = 0; i + 4 < found.size(); ++i) worst = std::fmax(worst, std::fabs(found[i] - expected[i]));
  CHECK(worst <= 500 * 32 * rounding<Real>);
  for (std::size_t i = found.size() - 4; i < found.size(); ++i) CHECK(found[i] == expected[i]);
}

const market asset(100, 0.03, 0.01);

template <class Real>
auto heston_plan() {
  return simulation{heston<Real>(asset, {0.04, 1.5, 0.05, 0.6, -0.7}), time_grid::dates({0.1, 0.5}, 0.05)}
      .paths(2 * unit_chunks * chunk_paths + 2 * chunk_paths + 333)
      .first_path(999)
      .seed(7);
}

bool same_values(const spectrum& a, const spectrum& b) {
  return a.size() == b.size() && std::memcmp(a.values().data(), b.values().data(), a.size() * sizeof(a[0])) == 0;
}

TEST_CASE_TEMPLATE("marginals are the spectra of one quantity, bit for bit", Real, float, double) {
  const auto plan = heston_plan<Real>();
  const interval early{-0.6, 0.5}, late{-1.4, 0.9}, price{40, 170};
  const auto [one, two, three, alone, prices] =
      measure(cpu{2}, plan, joint_spectrum_of(log_return{}, 0.1, log_return{}, 0.5, {early, late}).terms(20),
              joint_spectrum_of(log_return{}, 0.5, log_return{}, 0.1, {late, early}).terms(20),
              joint_spectrum_of(log_return{}, spot{}, 0.5, {late, price}).terms(20),
              spectrum_of(log_return{}, {early, late}).terms(20), spectrum_of(spot{}, {price, price}).terms(20));
  CHECK(same_values(one.first_marginal(), alone[0]));
  CHECK(same_values(one.second_marginal(), alone[1]));
  CHECK(same_values(two.second_marginal(), alone[0]));
  CHECK(same_values(three.first_marginal(), alone[1]));
  CHECK(same_values(three.second_marginal(), prices[1]));
  CHECK(one.first_marginal().outside() == alone[0].outside());
  CHECK(one.second_marginal().outside() == alone[1].outside());
  CHECK(one.second().quantity.time == 0.5);
  CHECK(one.first().quantity.logarithmic);
  CHECK(!three.second().quantity.logarithmic);
  CHECK(three.second().quantity.forward == asset.forward(0.5));
  CHECK(one.paths() == plan.paths());
  CHECK(one.first_marginal().summed_by() == summation::direct);
  // The same pairs the other way round: phi(u, v) = phi(v, u), up to the rounding of sums.
  double worst = 0;
  for (std::ptrdiff_t j = -39; j < 40; ++j) {
    for (std::ptrdiff_t k = -39; k < 40; ++k) worst = std::fmax(worst, abs(one(j, k) - two(k, j)));
  }
  CHECK(worst <= 8 * rounding<Real>);
}

TEST_CASE("joint spectra do not depend on the number of threads") {
  const auto request = joint_spectrum_of(log_return{}, 0.1, log_return{}, 0.5).terms(20);
  const auto one = std::get<0>(measure(cpu{1}, heston_plan<float>(), request));
  const auto three = std::get<0>(measure(cpu{3}, heston_plan<float>(), request));
  for (std::ptrdiff_t j = 0; j < 40; ++j) {
    for (std::ptrdiff_t k = -39; k < 40; ++k) REQUIRE(one(j, k) == three(j, k));
  }
}

TEST_CASE_TEMPLATE("a block sums joint spectra with the bits of the CPU's lanes", Real, float, double) {
  const auto plan = heston_plan<Real>().paths(unit_chunks * chunk_paths + 1333);
  check_same_bits(plan, false, spectrum_of(log_return{}).terms(9),
                  joint_spectrum_of(log_return{}, 0.1, log_return{}, 0.5, {{-0.3, 0.3}, {-1, 0.8}}).terms(9),
                  joint_spectrum_of(spot{}, log_return{}, 0.5).terms(9));
}

TEST_CASE("a block leaves out pairs that are not finite with the bits of the CPU's lanes") {
  const auto plan = simulation{faulty_model<float>(1.7), time_grid::dates({0.5, 1})}.paths(3333).seed(7);
  check_same_bits(plan, false, joint_spectrum_of(log_return{}, 0.5, log_return{}, 1).terms(9).interval_width(2));
}

// Each of 400 values to 5.2 of its errors (Hoeffding's bound would ask for more, the central limit theorem for less):
// false alarms 1 in 2000.
TEST_CASE("the joint spectrum of two assets is that of their law") {
  using model_type = black_scholes<float>;
  const several_assets model({{1, 0.6}, {0.6, 1}}, model_type(asset, {0.2}), model_type(asset, {0.4}));
  const auto plan = simulation{model, time_grid::dates({0.5, 1.5})}.paths(1 << 16).seed(3);
  const joint_spectrum found =
      joint_characteristic_function(cpu{}, plan, of_asset<0, log_return>{}, of_asset<1, log_return>{}, 1.5);
  CHECK(found.first().grid.size() == 2 * 64);
  const double drift = asset.log_forward_return(1.5);
  double worst = 0;
  for (std::ptrdiff_t j = 1; j <= 20; ++j) {
    for (std::ptrdiff_t k = -10; k < 10; ++k) {
      const double u = found.first().grid.step() * static_cast<double>(j),
                   v = found.second().grid.step() * static_cast<double>(k);
      const complex<double> exponent = model.log_joint_characteristic_function({u, v}, 1.5);
      const complex<double> exact = exp(exponent + complex<double>(0, (u + v) * drift));
      worst = std::fmax(worst, abs(found(j, k) - exact) / found.standard_error(j, k));
    }
  }
  CHECK(worst < 4);  // |z|^2 of a complex normal is exponential: P(|z| > 4) = e^-16
}

TEST_CASE("terms grow with the correlation of the two quantities") {
  const black_scholes<float> model(asset, {0.3});
  const auto plan = simulation{model, time_grid::dates({1, 1.05, 2})}.paths(1024);
  const auto apart = joint_characteristic_function(cpu{}, plan, log_return{}, 1, 2),
             close = joint_characteristic_function(cpu{}, plan, log_return{}, 1, 1.05);
  CHECK(apart.first().grid.size() == 2 * 48);
  CHECK(close.first().grid.size() == 2 * 128);
}

TEST_CASE("joint spectra: what does not fit together is refused") {
  const auto plan = heston_plan<float>();
  CHECK_THROWS_AS(joint_characteristic_function(cpu{}, plan, log_return{}, 0.1, 0.4), invalid_parameter);
  CHECK_THROWS_AS(joint_characteristic_function(cpu{}, plan, log_return{}, spot{}, -1), invalid_parameter);
  using request = joint_spectrum_of<log_return, log_return>;
  CHECK_THROWS_AS(measure(cpu{}, plan, request({}, 0.1, {}, 0.5, {{0, 1}})), invalid_parameter);
  CHECK_THROWS_AS(measure(cpu{}, plan, request({}, 0.1, {}, 0.5, {{0, 1}, {1, 1}})), invalid_parameter);
  const auto certain = simulation{black_scholes<double>(asset, {0.0}), time_grid::dates({0.5, 1})}.paths(100);
  CHECK_THROWS_AS(joint_characteristic_function(cpu{}, certain, log_return{}, 0.5, 1), no_answer);
  const joint_spectrum::axis one{frequency_grid(1, 2), {-1, 1}, {}, 0};
  const std::vector<complex<double>> values{{0.3, -0.1}, 1.0, {0.3, 0.1}, 0.1, 0.5, 0.2};
  const joint_spectrum good(one, one, values);
  CHECK(good(-1, 1) == conj(good(1, -1)));
  CHECK(good.first_marginal()[1].re == 0.5);
  CHECK(good.second_marginal()[1].im == 0.1);
  CHECK(good.standard_error(1, 1) == 0);
  CHECK_THROWS_AS(good(2, 0), invalid_parameter);
  CHECK_THROWS_AS(good(0, -2), invalid_parameter);
  const auto with = [&](std::size_t i, complex<double> value) {
    auto changed = values;
    changed[i] = value;
    return joint_spectrum(one, one, changed);
  };
  CHECK_THROWS_AS(with(1, 0.9), invalid_parameter);
  CHECK_THROWS_AS(with(0, 0.5), invalid_parameter);
  CHECK_THROWS_AS(with(3, 1.5), invalid_parameter);
  CHECK_THROWS_AS(with(3, std::numeric_limits<double>::quiet_NaN()), invalid_parameter);
  CHECK_THROWS_AS(joint_spectrum(one, one, {1.0}), invalid_parameter);
  CHECK_THROWS_AS(joint_spectrum(one, one, values, 10, 0, 11), invalid_parameter);
  const joint_spectrum::axis some_outside{frequency_grid(1, 2), {-1, 1}, {}, 3},
      too_wide{frequency_grid(1, 2), {-2, 2}, {}, 0};
  CHECK_THROWS_AS(joint_spectrum(some_outside, one, values, 10, 0, 2), invalid_parameter);
  CHECK_THROWS_AS(joint_spectrum(one, too_wide, values), invalid_parameter);
}

}  // namespace
}  // namespace spectralmc
