// Spectra from paths, and the laws made of them, against the stored paths themselves and against closed forms.
#include "spectralmc/requests/spectrum_of.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "about.hpp"
#include "faulty_model.hpp"
#include "reference_formulas.hpp"
#include "spectralmc/models/black_scholes.hpp"
#include "spectralmc/models/heston.hpp"
#include "spectralmc/models/joint_characteristic_function.hpp"
#include "spectralmc/models/merton.hpp"
#include "spectralmc/models/rough_bergomi.hpp"
#include "spectralmc/paths/stored_paths.hpp"
#include "spectralmc/payoffs/asian.hpp"
#include "spectralmc/payoffs/european.hpp"
#include "spectralmc/pricing/black.hpp"
#include "spectralmc/requests/value_of.hpp"
#include "spectralmc/spectral/distribution.hpp"
#include "statistics.hpp"

namespace spectralmc {
namespace {

const market asset(100, 0.05, 0.02);
constexpr double volatility = 0.3;

auto plan_to(const std::vector<double>& dates, std::uint64_t paths) {
  return simulation{black_scholes<double>(asset, {volatility}), time_grid::dates(dates)}.paths(paths).seed(77);
}

std::vector<double> stored_log_returns(const simulation<black_scholes<double>>& plan) {
  std::vector<double> values(stored_size(plan, plan.paths()));
  store_paths(cpu{}, plan, log_return{}, path_layout::time_major, 0, plan.paths(), values.data());
  return values;
}

TEST_CASE("the spectrum is the mean of exp(i u X) over the paths") {
  const auto plan = plan_to({0.5, 2}, 3000);
  const std::vector<double> samples = stored_log_returns(plan);
  const spectra found = characteristic_function(cpu{}, plan, log_return{});
  for (std::size_t date = 0; date < 2; ++date) {
    for (std::size_t k = 0; k < found[date].size(); ++k) {
      reference::complex_number sum = 0;
      for (std::size_t i = 0; i < 3000; ++i) {
        sum += std::exp(reference::complex_number(0, static_cast<reference::number>(found[date].grid()[k]) *
                                                         static_cast<reference::number>(samples[date * 3000 + i])));
      }
      CAPTURE(date);
      CAPTURE(k);
      // The sums' own bound is 576 roundings; turns are rounded too, 2 pi k times half a rounding in the angle.
      CHECK(std::abs(sum / 3000.0L - reference::complex_number(found[date][k].re, found[date][k].im)) <=
            (576 + 8 * static_cast<double>(k)) * 0x1p-53);
    }
  }
}

TEST_CASE("a spectrum has twice as many frequencies as the expansion has terms") {
  const spectra found = characteristic_function(cpu{}, plan_to({1}, 100), spectrum_of(log_return{}).terms(20));
  CHECK(found[0].size() == 40);
  CHECK(cosine_expansion(found[0]).terms() == 20);
}

TEST_CASE("a spectrum of log-returns knows what prices need") {
  const observed_quantity q = characteristic_function(cpu{}, plan_to({2}, 100), log_return{})[0].quantity();
  CHECK(q.logarithmic);
  CHECK(q.scale == 100);
  CHECK(q.time == 2);
  CHECK(q.discount == asset.discount(2));
  CHECK(q.forward == asset.forward(2));
}

TEST_CASE("of S the forward is known, of its average not") {
  const auto [of_spot, of_average] =
      characteristic_function(cpu{}, plan_to({2}, 100), spot{}, running_average<monitoring::dates>{});
  CHECK_FALSE(of_spot[0].quantity().logarithmic);
  CHECK(of_spot[0].quantity().scale == 1);
  CHECK(of_spot[0].quantity().forward == asset.forward(2));
  CHECK(std::isnan(of_average[0].quantity().forward));
}

TEST_CASE("the interval width is in units of sqrt(c2 + sqrt(c4))") {
  const spectra found = characteristic_function(cpu{}, plan_to({2}, 100), spectrum_of(log_return{}).interval_width(7));
  CHECK(found[0].support().width() == about(14 * volatility * std::sqrt(2), 1e-4));
}

TEST_CASE("the interval does not depend on which paths are run, also where a pilot run finds it") {
  auto plan = plan_to({2}, 100);
  const interval one = characteristic_function(cpu{}, plan, spot{})[0].support();
  const interval other = characteristic_function(cpu{}, plan.paths(5000).first_path(12345), spot{})[0].support();
  CHECK(one.lower == other.lower);
  CHECK(one.upper == other.upper);
}

// A comb with a tooth for each number of jumps: |phi| is below 1e-4 from frequency 2 on, and again near 1 at 21.
TEST_CASE("terms are found for a law whose |phi| comes back") {
  const merton<double> comb(market(100), {0.02, {50, -0.3, 0.001}});
  const auto plan = simulation{comb, time_grid::dates({1})}.paths(1 << 16).seed(3);
  const distribution law(characteristic_function(cpu{}, plan, log_return{})[0]);
  const double drift = -0.5 * 0.02 * 0.02 - 50 * std::expm1(-0.3 + 0.5e-6);
  const double tooth = drift - 0.3 * 48;
  CHECK(law.expansion().resolved());
  CHECK(law.cdf(tooth + 0.15).value - law.cdf(tooth + 0.07).value < 0.002);
  const double jumps_of_48 = std::exp(48 * std::log(50.0) - 50 - std::lgamma(49.0));
  CHECK(law.cdf(tooth + 0.15).value - law.cdf(tooth - 0.15).value == about(jumps_of_48, 0.08));
}

auto free_plan(double time) { return simulation{black_scholes<double>(asset, {volatility}), time_grid::dates({time})}; }

TEST_CASE("the interval of a log-return with a closed form leaves 1e-8 of the law to either side") {
  const double mean = 2 * 0.03 - 0.09, deviation = volatility * std::sqrt(2);
  const interval support = characteristic_function(cpu{}, free_plan(2).paths(100), log_return{})[0].support();
  CHECK(reference::normal_cdf((support.lower - mean) / deviation) < 1e-8);
  CHECK(reference::normal_cdf((mean - support.upper) / deviation) < 1e-8);
  // Chernoff's bound is exp(-z^2/2), so z is 6.07.
  CHECK(support.width() == about(2 * 6.07 * deviation, 0.01));
}

TEST_CASE("the terms of a log-return with a closed form are those up to which |phi| has fallen to 1e-4, 64 at least") {
  CHECK(characteristic_function(cpu{}, free_plan(2).paths(100), log_return{})[0].size() == 2 * 64);
  const heston<double> heavy(asset, {0.04, 0.5, 0.04, 1, -0.9});
  const auto plan = simulation{heavy, time_grid::dates({0.1, 1}, 0.1)}.paths(100);
  const spectra found = characteristic_function(cpu{}, plan, log_return{});
  const std::size_t terms = found[0].size() / 2;
  CHECK(found[1].size() == 2 * terms);
  const auto size_at = [&](std::size_t date, std::size_t k) {
    const double u = found[date].grid()[k];
    return std::exp(heavy.log_characteristic_function(complex<double>(u, 0), found[date].quantity().time).re);
  };
  CHECK(size_at(0, terms) < 1e-4);
  CHECK(size_at(1, terms) < 1e-4);
  CHECK(std::fmax(size_at(0, terms - 32), size_at(1, terms - 32)) > 1e-4);
}

TEST_CASE("a pilot run finds more terms for a law with a peak or an atom") {
  CHECK(characteristic_function(cpu{}, free_plan(1).paths(100), spot{})[0].size() == 2 * 128);
  // The maximum over the dates is the first value with positive probability.
  const auto plan = simulation{black_scholes<double>(asset, {volatility}), time_grid::dates({0.5, 1}, 0.01)}.paths(100);
  CHECK(characteristic_function(cpu{}, plan, running_minimum<>{})[1].size() == 2 * 512);
}

TEST_CASE("terms and intervals found do not depend on which paths are run") {
  auto plan = free_plan(1);
  const spectrum one = characteristic_function(cpu{}, plan.paths(100), spot{})[0];
  const spectrum other = characteristic_function(cpu{3}, plan.paths(3000).first_path(777), spot{})[0];
  CHECK(one.size() == other.size());
  CHECK(one.support().lower == other.support().lower);
}

TEST_CASE("intervals can be given, one for each date") {
  // Powers of two: exact also as the rounded numbers that paths are mapped by.
  const std::vector<interval> supports{{-2, 2}, {-4, 4}};
  const auto [found] = measure(cpu{}, plan_to({0.5, 2}, 100), spectrum_of<log_return>(log_return{}, supports));
  for (std::size_t date = 0; date < 2; ++date) {
    CHECK(found[date].support().lower == supports[date].lower);
    CHECK(found[date].support().upper == supports[date].upper);
  }
}

TEST_CASE("an interval that is given is as good as one that is found, if it holds the law") {
  const auto plan = plan_to({1}, 5000);
  const auto [wide] = measure(cpu{}, plan, spectrum_of<log_return>(log_return{}, {{-4, 4}}));
  const distribution given(wide[0]), found(characteristic_function(cpu{}, plan, log_return{})[0]);
  const estimate one = given.put_prices({100})[0], other = found.put_prices({100})[0];
  CHECK(std::fabs(one.value - other.value) <= one.truncation_error + other.truncation_error);
}

TEST_CASE("paths that are not finite are left out and counted") {
  // A normal number is beyond 1.5 for 13.4% of the paths.
  const auto plan = simulation{faulty_model<double>(1.5), time_grid::uniform(1, 1)}.paths(5000).seed(5);
  std::vector<double> samples(5000);
  store_paths(cpu{}, plan, log_return{}, path_layout::time_major, 0, 5000, samples.data());
  std::uint64_t finite = 0;
  for (const double x : samples) finite += std::isfinite(x);
  const spectrum found = characteristic_function(cpu{}, plan, log_return{})[0];
  CHECK(finite < 4700);
  CHECK(found.paths() == finite);
  CHECK(found.non_finite() == 5000 - finite);
}

TEST_CASE("a spectrum with bad paths is the mean over the good ones") {
  const auto plan = simulation{faulty_model<double>(1.5), time_grid::uniform(1, 1)}.paths(5000).seed(5);
  std::vector<double> samples(5000);
  store_paths(cpu{}, plan, log_return{}, path_layout::time_major, 0, 5000, samples.data());
  const spectrum found = characteristic_function(cpu{}, plan, log_return{})[0];
  for (std::size_t k = 0; k < found.size(); ++k) {
    reference::complex_number sum = 0;
    for (const double x : samples) {
      if (std::isfinite(x))
        sum += std::exp(reference::complex_number(0, static_cast<reference::number>(found.grid()[k]) * x));
    }
    CAPTURE(k);
    CHECK(std::abs(sum / static_cast<reference::number>(found.paths()) -
                   reference::complex_number(found[k].re, found[k].im)) <=
          (576 + 8 * static_cast<double>(k)) * 0x1p-53);
  }
}

TEST_CASE("samples outside the interval are counted") {
  const auto plan = plan_to({1}, 4000);
  const spectrum found = characteristic_function(cpu{}, plan, spectrum_of(log_return{}).interval_width(2))[0];
  const interval support = found.support();
  std::uint64_t below = 0, above = 0, far_below = 0, far_above = 0;
  for (const double x : stored_log_returns(plan)) {
    below += x < support.lower;
    above += x > support.upper;
    far_below += x < support.lower - 0.5 * support.width();
    far_above += x > support.upper + 0.5 * support.width();
  }
  CHECK(found.outside() == below + above);
  CHECK(found.outside_by_side().below == below);
  CHECK(found.outside_by_side().above == above);
  CHECK(found.outside_by_side().far_below == far_below);
  CHECK(found.outside_by_side().far_above == far_above);
  CHECK(below > 50);
  CHECK(above > 50);
}

TEST_CASE("a sample beyond one end does no harm to what is paid at the other") {
  const std::vector<double> dates{7 / 365.0};
  const auto with_samples = [&](std::uint64_t below, std::uint64_t above) {
    const spectrum found = characteristic_function(cpu{}, plan_to(dates, 1 << 16), log_return{})[0];
    REQUIRE(found.outside() == 0);
    return distribution(spectrum(found.grid(), found.values(), found.support(), found.quantity(), found.paths(), 0,
                                 outside_samples(below + above, below, above, 0, 0), found.unit_roundoff(),
                                 found.summed_by()));
  };
  const distribution all(with_samples(0, 0)), one_below(with_samples(1, 0)), one_above(with_samples(0, 1)),
      anywhere(distribution(
          spectrum(frequency_grid(0.5 * pi, 64), std::vector<complex<double>>(64, 1), {-1, 1}, {}, 100, 0, 1)));
  const double high = 105, low = 95;
  CHECK(one_below.call_prices({high})[0].truncation_error == all.call_prices({high})[0].truncation_error);
  CHECK(one_below.call_prices({high})[0].value == all.call_prices({high})[0].value);
  CHECK(one_below.digital_call_prices({high})[0].truncation_error ==
        all.digital_call_prices({high})[0].truncation_error);
  CHECK(one_below.put_prices({low})[0].truncation_error > all.put_prices({low})[0].truncation_error + 95 * 0.9 / 65536);
  CHECK(one_above.put_prices({low})[0].truncation_error == all.put_prices({low})[0].truncation_error);
  CHECK(one_above.quantile(0.01).truncation_error == all.quantile(0.01).truncation_error);
  CHECK(one_above.expected_shortfall(0.01).truncation_error == all.expected_shortfall(0.01).truncation_error);
  // The call could pay anything for it, and its answer is the put's by parity.
  CHECK(one_above.call_prices({high})[0].truncation_error > 0);
  CHECK(one_above.call_prices({high})[0].standard_error > all.call_prices({high})[0].standard_error);
  CHECK(anywhere.expansion().mass_below() == 0.01);
  CHECK(anywhere.expansion().mass_above() == 0.01);
  CHECK(anywhere.expansion().edge_mass() == 0.01);
}

// The right value is plain Monte Carlo's of the same paths; one of them ends below the interval.
TEST_CASE("a call out of the money has its own error where a sample ends below the interval") {
  const rough_bergomi<float> model(market(1.0), {0.235 * 0.235, 0.07, 1.9, -0.9});
  const auto plan = simulation{model, time_grid::uniform(7 / 365.0, 50)}.paths(1U << 15).seed(7);
  const spectrum found = characteristic_function(cpu{}, plan, spectrum_of(log_return{}).interval_width(4))[0];
  REQUIRE(found.outside_by_side().below > 0);
  REQUIRE(found.outside_by_side().above == 0);
  const double strike = std::exp(0.04);
  const estimate paths = price(cpu{}, plan, european_call{strike}), call = distribution(found).call_prices({strike})[0];
  CHECK(std::fabs(call.value - paths.value) < paths.standard_error);
  CHECK(call.standard_error < 2 * paths.standard_error);
}

TEST_CASE_TEMPLATE("what is certain, always or until a date, has its value for an answer", Real, float, double) {
  const black_scholes<Real> sure(asset, {0.0});
  const merton<Real> without_jumps(asset, {0.0, {0.0, -0.1, 0.2}});
  const auto check = [](const distribution& law, double time) {
    const double forward = 100 * std::exp(0.03 * time), discount = std::exp(-0.05 * time), x = 0.03 * time;
    CHECK(law.quantile(0.3).value == about(x, 1e-15));
    CHECK(law.mean().value == about(x, 1e-15));
    CHECK(law.value_at_risk(0.01).value == about(-x, 1e-15));
    CHECK(law.expected_shortfall(0.01).value == about(-x, 1e-15));
    CHECK(law.variance().value == 0);
    CHECK(law.cdf(x - 1e-6).value == 0);
    CHECK(law.cdf(x + 1e-6).value == 1);
    CHECK(law.cdf(x + 1e-6).truncation_error == 0);
    CHECK_THROWS_AS(law.density(x), no_answer);
    CHECK_THROWS_AS(law.skewness(), no_answer);
    for (const double strike : {50.0, 99.0, 101.0, 200.0}) {
      CAPTURE(strike);
      const estimate call = law.call_prices({strike})[0], put = law.put_prices({strike})[0];
      CHECK(std::fabs(call.value - discount * std::fmax(forward - strike, 0.0)) <= call.truncation_error);
      CHECK(std::fabs(put.value - discount * std::fmax(strike - forward, 0.0)) <= put.truncation_error);
      CHECK(call.truncation_error < 1e-12);
      CHECK(put.truncation_error < 1e-12);
      CHECK(law.digital_call_prices({strike})[0].value == (strike < forward ? discount : 0.0));
    }
  };
  for (const double time : {0.1, 1.0}) {
    check(distribution(characteristic_function(sure, time)), time);
    check(distribution(characteristic_function(without_jumps, time)), time);
    for (const std::uint32_t terms : {0, 200}) {
      const auto plan = simulation{sure, time_grid::dates({time})}.paths(2000);
      spectrum_of returns(log_return{});
      if (terms != 0) returns.terms(terms);
      check(distribution(characteristic_function(cpu{}, plan, returns)[0]), time);
    }
  }
  const black_scholes<Real> later(asset, {step_function({0.5, 1}, {0.0, 0.3})});
  const spectra found =
      characteristic_function(cpu{}, simulation{later, time_grid::dates({0.5, 1})}.paths(1 << 14), log_return{});
  check(distribution(found[0]), 0.5);
  const distribution random(found[1]);
  const estimate call = random.call_prices({100})[0];
  const double exact = black_price(option_type::call, 100 * std::exp(0.03), 100, 0.3, 0.5, std::exp(-0.05));
  CHECK(std::fabs(call.value - exact) < 4 * call.standard_error);
  CHECK_THROWS_AS(joint_characteristic_function(later, 0.5, 1), no_answer);
}

TEST_CASE("several observers in one run give the bits of a run each") {
  const auto plan = plan_to({0.5, 1}, 3000);
  const auto [log_returns, spots, maxima] =
      characteristic_function(cpu{}, plan, log_return{}, spot{}, running_maximum<monitoring::dates>{});
  const spectra alone[] = {characteristic_function(cpu{}, plan, log_return{}),
                           characteristic_function(cpu{}, plan, spot{}),
                           characteristic_function(cpu{}, plan, running_maximum<monitoring::dates>{})};
  const spectra* together[] = {&log_returns, &spots, &maxima};
  for (std::size_t observer = 0; observer < 3; ++observer) {
    for (std::size_t date = 0; date < 2; ++date) {
      CAPTURE(observer);
      CAPTURE(date);
      CHECK((*together[observer])[date].values() == alone[observer][date].values());
    }
  }
}

// ---- Laws
// ---------------------------------------------------------------------------------------------------------------

/// g_N(x) = sum_k W_k cos(u_k (x - a)), the function that an answer with N terms is the mean of.
template <class Integral>
std::vector<double> truncated(const cosine_expansion& expansion, const std::vector<double>& samples,
                              Integral&& integral) {
  const interval support = expansion.support();
  std::vector<double> weights;
  for (std::size_t k = 0; k < expansion.terms(); ++k) {
    weights.push_back((k == 0 ? 1 : 2) / support.width() * integral(k));
  }
  std::vector<double> values;
  for (const double x : samples) {
    double sum = 0;
    for (std::size_t k = 0; k < weights.size(); ++k) {
      sum +=
          weights[k] * std::cos(static_cast<double>(k) * 3.14159265358979324 * (x - support.lower) / support.width());
    }
    values.push_back(sum);
  }
  return values;
}

struct sample_moments {
  double mean, standard_error;
};

sample_moments moments_of(const std::vector<double>& values) {
  const auto n = static_cast<reference::number>(values.size());
  reference::number sum = 0, squares = 0;
  for (const double x : values) sum += x;
  for (const double x : values) squares += (x - sum / n) * (x - sum / n);
  return {static_cast<double>(sum / n), static_cast<double>(std::sqrt(squares / (n * (n - 1))))};
}

TEST_CASE("value and standard error of a put from the spectrum are those of its truncated payoff over the paths") {
  const auto plan = plan_to({1}, 5000);
  const distribution law(characteristic_function(cpu{}, plan, log_return{})[0]);
  const double strike = 95, end = std::log(strike / 100);
  cosine_integrals integrals(law.support(), law.support().lower, end, end);
  const sample_moments found = moments_of(truncated(law.expansion(), stored_log_returns(plan), [&](std::size_t k) {
    integrals.at(k);
    return -strike * integrals.of_growth();
  }));
  // As if two more paths had ended a deviation of S beyond the strike.
  const double deviation = std::sqrt(law.variance().value * 4999 / 5000),
               beyond = strike * -std::expm1(-deviation) / 5000;
  const estimate put = law.put_prices({strike})[0];
  CHECK(put.value == about(asset.discount(1) * found.mean, 1e-11));
  CHECK(put.standard_error ==
        about(asset.discount(1) * std::sqrt(found.standard_error * found.standard_error + 2 * beyond * beyond), 1e-6));
}

TEST_CASE("value and standard error of the distribution function are those of its truncated step over the paths") {
  const auto plan = plan_to({1}, 5000);
  const distribution law(characteristic_function(cpu{}, plan, log_return{})[0]);
  const double x = -0.4;
  cosine_integrals integrals(law.support(), law.support().lower, x);
  const sample_moments found = moments_of(truncated(law.expansion(), stored_log_returns(plan), [&](std::size_t k) {
    integrals.at(k);
    return integrals.of_one();
  }));
  CHECK(law.cdf(x).value == about(found.mean, 1e-11));
  CHECK(law.cdf(x).standard_error ==
        about(std::sqrt(found.standard_error * found.standard_error + 2 / (5000.0 * 5000.0)), 1e-10));
}

TEST_CASE("the mean of the law is that of the paths, with its standard error") {
  // Linear functions have slowly decaying coefficients: what 64 terms leave out is of the order of a hundredth of the
  // interval near its ends, where no path is.
  const auto plan = plan_to({1}, 5000);
  const estimate mean = distribution(characteristic_function(cpu{}, plan, log_return{})[0]).mean();
  const sample_moments found = moments_of(stored_log_returns(plan));
  CHECK(std::fabs(mean.value - found.mean) < 0.02 * found.standard_error);
  CHECK(mean.standard_error == about(found.standard_error, 1e-3));
}

// False alarms: 1 in 1600 for all ten.
TEST_CASE("the law of S by a pilot run's interval gives Black's prices within four standard errors") {
  const distribution law(characteristic_function(cpu{}, plan_to({1}, 1 << 16), spectrum_of(spot{}).terms(128))[0]);
  const double forward = asset.forward(1), discount = asset.discount(1);
  for (const double strike : {60.0, 80.0, 100.0, 120.0, 160.0}) {
    CAPTURE(strike);
    CHECK(errors_apart(law.call_prices({strike})[0],
                       discount * static_cast<double>(reference::black(1, forward, strike, volatility))) < 4);
    CHECK(errors_apart(law.put_prices({strike})[0],
                       discount * static_cast<double>(reference::black(-1, forward, strike, volatility))) < 4);
  }
}

TEST_CASE("calls on the average from its spectrum are those of plain Monte Carlo, up to the truncation error") {
  const auto plan = plan_to(equidistant_dates(1, 12), 1 << 14);
  const spectra found =
      characteristic_function(cpu{}, plan, spectrum_of(running_average<monitoring::dates>{}).terms(128));
  const distribution law(found.at(1));
  for (const double strike : {80.0, 100.0, 125.0}) {
    const estimate from_law = law.call_prices({strike})[0], plain = price(cpu{}, plan, asian_call{strike});
    CAPTURE(strike);
    CAPTURE(from_law.truncation_error);
    CHECK(std::fabs(from_law.value - plain.value) <= 3 * from_law.truncation_error + 1e-9);
    CHECK(from_law.truncation_error < 0.1 * from_law.standard_error);
    CHECK(from_law.standard_error == about(plain.standard_error, 0.01));
  }
}

// The squared error is least where |phi(u_N)|^2 is about 1/paths, for a normal law where u_N deviation =
// sqrt(log(paths)): 13, 18 and 23 of these terms. Chance moves that by a few.
TEST_CASE("the density takes about as many terms as carry more signal than noise") {
  for (const auto& [paths, terms] : {std::pair<std::uint64_t, double>{64, 13}, {4096, 18.4}, {1 << 18, 22.5}}) {
    const distribution law(characteristic_function(cpu{}, plan_to({1}, paths), log_return{})[0]);
    INFO("paths: ", law.expansion().paths());
    CHECK(std::fabs(static_cast<double>(law.density_terms()) - terms) < 9);
  }
}

TEST_CASE("the density of a simulated law is within a few of its standard errors of the truth") {
  const distribution law(characteristic_function(cpu{}, plan_to({1}, 1 << 16), log_return{})[0]);
  const double mean = 0.03 - 0.5 * volatility * volatility;
  double squares = 0;
  int count = 0;
  for (double z = -2.5; z <= 2.5; z += 0.5, ++count) {
    const estimate found = law.density(mean + z * volatility);
    const double error = found.value - static_cast<double>(reference::normal_density(z)) / volatility;
    squares += error * error / (found.standard_error * found.standard_error);
  }
  // The mean of the squared normalised errors is 1 plus what the bias adds.
  CHECK(squares / count < 4);
}

TEST_CASE("a price below zero by chance is put onto zero and its distance into the error") {
  // Far out of the money next to no path pays, and the expansion waves around zero.
  const distribution law(characteristic_function(cpu{}, plan_to({1}, 200), log_return{})[0]);
  for (const double strike : {250.0, 300.0, 350.0, 400.0, 500.0}) {
    const estimate call = law.call_prices({strike})[0];
    CAPTURE(strike);
    CHECK(call.value >= 0);
    CHECK(call.standard_error + call.truncation_error > 0);
  }
}

}  // namespace
}  // namespace spectralmc
