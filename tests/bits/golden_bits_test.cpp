// Small runs, and all that is asked of them, with the bits that they have everywhere: this file is compiled in many
// ways (compilers, optimisation, contraction, instruction sets), and each program compares with the same constants.
// Where a change of the library is meant to change bits, the failing check prints the new one.
#include <doctest/doctest.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string>
#include <tuple>
#include <type_traits>
#include <vector>

#include "spectralmc/calibration/sensitivities.hpp"
#include "spectralmc/fourier/fractional_fourier_transform.hpp"
#include "spectralmc/fourier/nonuniform_fourier_transform.hpp"
#include "spectralmc/fourier/real_fourier_transform.hpp"
#include "spectralmc/models/bachelier.hpp"
#include "spectralmc/models/bates.hpp"
#include "spectralmc/models/black_scholes.hpp"
#include "spectralmc/models/cgmy.hpp"
#include "spectralmc/models/constant_elasticity.hpp"
#include "spectralmc/models/cox_ingersoll_ross.hpp"
#include "spectralmc/models/displaced_diffusion.hpp"
#include "spectralmc/models/forward_return.hpp"
#include "spectralmc/models/heston.hpp"
#include "spectralmc/models/heston_large_steps.hpp"
#include "spectralmc/models/hull_white.hpp"
#include "spectralmc/models/joint_characteristic_function.hpp"
#include "spectralmc/models/kou.hpp"
#include "spectralmc/models/local_volatility.hpp"
#include "spectralmc/models/merton.hpp"
#include "spectralmc/models/normal_inverse_gaussian.hpp"
#include "spectralmc/models/rough_bergomi.hpp"
#include "spectralmc/models/rough_heston.hpp"
#include "spectralmc/models/sabr.hpp"
#include "spectralmc/models/several_assets.hpp"
#include "spectralmc/models/variance_gamma.hpp"
#include "spectralmc/parallel/cpu.hpp"
#include "spectralmc/paths/asset_observers.hpp"
#include "spectralmc/paths/stored_paths.hpp"
#include "spectralmc/payoffs/asian.hpp"
#include "spectralmc/payoffs/european.hpp"
#include "spectralmc/pricing/black.hpp"
#include "spectralmc/pricing/cliquet.hpp"
#include "spectralmc/pricing/cosine_method.hpp"
#include "spectralmc/pricing/early_exercise.hpp"
#include "spectralmc/pricing/european_options.hpp"
#include "spectralmc/pricing/lewis_method.hpp"
#include "spectralmc/requests/joint_spectrum_of.hpp"
#include "spectralmc/requests/spectrum_of.hpp"
#include "spectralmc/requests/value_of.hpp"
#include "spectralmc/spectral/characteristic_surface.hpp"
#include "spectralmc/spectral/distribution.hpp"
#include "spectralmc/spectral/joint_distribution.hpp"

namespace spectralmc {
namespace {

/// FNV-1a over the bits of numbers, low byte first.
class hash {
 public:
  hash& operator<<(std::uint64_t bits) {
    for (int i = 0; i < 8; ++i) state_ = (state_ ^ (bits >> (8 * i) & 0xff)) * 0x100000001b3;
    return *this;
  }
  hash& operator<<(double x) {
    std::uint64_t bits;
    std::memcpy(&bits, &x, sizeof bits);
    return *this << bits;
  }
  hash& operator<<(const estimate& e) { return *this << e.value << e.standard_error << e.truncation_error << e.paths; }
  template <class T>
  hash& operator<<(const std::vector<T>& list) {
    for (const T& x : list) *this << x;
    return *this;
  }
  hash& operator<<(float x) { return *this << static_cast<double>(x); }
  hash& operator<<(complex<double> z) { return *this << z.re << z.im; }
  hash& operator<<(const spectrum& s) { return *this << s.support().lower << s.support().upper << s.values(); }

  std::string text() const {
    char digits[20];
    std::snprintf(digits, sizeof digits, "%016llx", static_cast<unsigned long long>(state_));
    return digits;
  }

 private:
  std::uint64_t state_ = 0xcbf29ce484222325;
};

/// Compares where equal bits are promised: on machines with a fused multiply-add.
void check_bits(const hash& found, const char* expected) {
  if (!SPECTRALMC_HAS_FMA) {
    MESSAGE("not compared: compiled without fused multiply-add");
    return;
  }
  CHECK(found.text() == expected);
}

const market asset(100, {0.25, 1}, {0.03, 0.04}, 0.01);
constexpr heston_parameters feller_violated{0.04, 1.5, 0.05, 0.9, -0.7};
const time_grid& grid() {
  static const time_grid dates = time_grid::dates({0.25, 1}, 1.0 / 12);
  return dates;
}

/// Not a multiple of anything. Intervals and terms are found, so that their finding is tested too.
template <class Model>
simulation<Model> plan_of(const Model& model) {
  return simulation<Model>(model, grid()).paths(10007).first_path(5).seed(0x0123456789abcdef);
}

/// Spectra and two prices of one run. Few kinds of run for each model: this file is compiled many times.
template <class Model>
auto run_of(const Model& model) {
  return measure(cpu{2}, plan_of(model), spectrum_of<log_return>(log_return{}),
                 value_of<european_call>(european_call{100}), value_of<asian_call>(asian_call{100}));
}

/// S at both dates of a few paths.
template <class Model>
hash paths_of(const Model& model) {
  const auto plan = plan_of(model).paths(100);
  std::vector<typename Model::real> values(200);
  store_paths(cpu{1}, plan, spot{}, path_layout::time_major, 0, 100, values.data());
  return hash() << values;
}

template <class Model>
hash bits_of(const Model& model) {
  const auto [by_date, call, asian] = run_of(model);
  return hash() << by_date[0] << by_date[1] << call << asian;
}

TEST_CASE("bits: Black-Scholes in float") {
  check_bits(bits_of(black_scholes<float>(asset, {0.3})), "5526bf8f3249a181");
}

TEST_CASE("bits: Black-Scholes in double") {
  check_bits(bits_of(black_scholes<double>(asset, {0.3})), "190daf38e0255f6c");
}

TEST_CASE("bits: Heston by the quadratic-exponential scheme in float") {
  check_bits(bits_of(heston<float>(asset, feller_violated)), "b726e153ce8d04e0");
}

TEST_CASE("bits: Heston by the quadratic-exponential scheme in double") {
  check_bits(bits_of(heston<double>(asset, feller_violated)), "a999cc5949ebb119");
}

TEST_CASE("bits: Heston by Euler's scheme in float") {
  check_bits(bits_of(heston<float, full_truncation_euler>(asset, feller_violated)), "6e10168e4d5fece3");
}

TEST_CASE("bits: Heston by an inverse Gaussian integral, and Bates") {
  using scheme = inverse_gaussian_integral;
  check_bits(bits_of(heston<float, scheme>(asset, feller_violated)), "cc263908cd3ff027");
  check_bits(paths_of(heston<double, scheme>(asset, feller_violated)), "bc11d5d6226b5085");
  check_bits(paths_of(heston<double, scheme>(asset, {0.04, 1.5, 0.05, 1e-4, 0.5})), "8aad0333b72d03fe");
  check_bits(paths_of(bates<float, scheme>(asset, {feller_violated, {2, -0.05, 0.1}})), "dcc2c81f81a5e8ef");
}

TEST_CASE("bits: Kou's model in float: counts, gamma variates and a table") {
  check_bits(bits_of(kou<float>(asset, {0.15, 3, 0.2, 25, 10})), "f159b0e8b3b81d0a");
}

TEST_CASE("bits: the variance gamma model in double") {
  check_bits(bits_of(variance_gamma<double>(asset, {0.12, -0.14, 0.2})), "58f08660faee86a1");
}

TEST_CASE("bits: paths of the other models") {
  const lognormal_jumps jumps{2, -0.05, 0.1};
  check_bits(paths_of(merton<float>(asset, {step_function({0.1, 0.3}, {0.3, 0.2}), jumps})), "9a6e4cec34bd0cc2");
  check_bits(paths_of(bates<double>(asset, {feller_violated, jumps})), "2a0bb6cbaf64d79e");
  check_bits(paths_of(normal_inverse_gaussian<float>(asset, {0.2, -0.1, 0.3})), "d6246540dbaa244c");
  check_bits(paths_of(bachelier<float>(asset, {20})), "243534ca733a31f6");
  check_bits(paths_of(displaced_diffusion<float>(asset, {0.3, 0.5})), "02fdd88e1aff837b");
  check_bits(paths_of(constant_elasticity<double>(asset, {0.5, 0.3})), "6845cde09065009a");
  check_bits(paths_of(sabr<double>(asset, {0.3, 1, 0.6, -0.5})), "5ea755ee15be65d0");
}

TEST_CASE("bits: the four ways of CGMY") {
  check_bits(paths_of(cgmy<float>(asset, {1, 5, 6, -0.5})), "f69b8dc1cb647cc5");
  check_bits(paths_of(cgmy<float>(asset, {1, 5, 6, 0})), "522f982ca655f56d");
  check_bits(paths_of(cgmy<float>(asset, {1, 5, 6, 0.3})), "ded5580cbfeac770");
  check_bits(paths_of(cgmy<float>(asset, {1, 5, 6, 0.5})), "a4d8bd25cbbab704");
  check_bits(paths_of(cgmy<float>(asset, {1, 5, 6, 0.7})), "93a55aa9c0104306");
  check_bits(paths_of(cgmy<float>(asset, {1, 5, 6, 1.2})), "e816379453175a9d");
}

TEST_CASE("bits: rough Bergomi, with steps of two lengths") {
  const rough_bergomi_parameters p{step_function({0.5, 2}, {0.06, 0.05}), 0.07, 1.9, -0.9};
  const auto in_groups = [&](const auto& model) {
    using real = typename std::decay_t<decltype(model)>::real;
    const auto plan = simulation{model, time_grid::dates({0.3, 1}, 1.0 / 12)}.paths(100).seed(1);
    std::vector<real> values(200);
    store_paths(cpu{1}, plan, spot{}, path_layout::time_major, 0, 100, values.data());
    return hash() << values;
  };
  check_bits(in_groups(rough_bergomi<float>(asset, p)), "509e1873a2665f21");
  check_bits(in_groups(rough_bergomi<double>(asset, p)), "27967f1a5617c327");
}

TEST_CASE("bits: the characteristic function of rough Heston") {
  const rough_heston model(asset, {0.04, 0.3, 0.05, 0.3, -0.7, 0.1});
  hash h;
  for (const double u : {0.5, 10.0, 200.0}) h << model.log_characteristic_function(complex<double>(u, 0), 0.7);
  check_bits(h, "65f459002b247edd");
}

TEST_CASE("bits: short rates") {
  const auto rates_of = [](const auto& model) {
    const auto plan = plan_of(model).paths(100);
    using real = typename std::decay_t<decltype(model)>::real;
    std::vector<real> rates(200), discounts(200);
    store_paths(cpu{1}, plan, short_rate{}, path_layout::time_major, 0, 100, rates.data());
    store_paths(cpu{1}, plan, discount_factor{}, path_layout::time_major, 0, 100, discounts.data());
    return hash() << rates << discounts;
  };
  check_bits(rates_of(hull_white<double>({zero_curve({0.3, 2}, {0.02, 0.04}), 0.2, 0.01})), "b0fd3bb4811c7184");
  check_bits(rates_of(cox_ingersoll_ross<float>({0.03, 0.3, 0.05, 0.2})), "7f04d15dd1354c49");
}

TEST_CASE("bits: local volatility from a surface") {
  const implied_volatility_surface surface({0.5, 1.5}, {-0.5, 0, 0.5}, {{0.3, 0.25, 0.24}, {0.28, 0.25, 0.24}});
  check_bits(paths_of(dupire<float>(asset, surface)), "8dfdaee1f0480c82");
}

TEST_CASE("bits: several assets") {
  const several_assets model({{1, 0.5}, {0.5, 1}}, kou<float>(asset, {0.15, 3, 0.2, 25, 10}),
                             displaced_diffusion<float>(asset, {0.3, 0.5}));
  const auto plan = plan_of(model).paths(100);
  std::vector<float> values(200);
  store_paths(cpu{1}, plan, basket{1.0, 0.5}, path_layout::time_major, 0, 100, values.data());
  check_bits(hash() << values, "2462a912f9318777");
}

TEST_CASE("bits: SABR in float: squared Bessel processes, and a state that is not a logarithm") {
  const auto plan = plan_of(sabr<float>(asset, {0.3, 0.5, 0.6, -0.5}));
  check_bits(hash() << characteristic_function(cpu{2}, plan, spectrum_of(spot{}).terms(32))[1], "37b672ba12b8f4da");
}

/// Pays the difference of two running observations.
struct high_over_average {
  using observers = observer_list<running_maximum<monitoring::dates>, running_average<>>;
  template <class Path>
  auto operator()(const Path& path) const {
    return path.last() - path.of(running_average<>{}, path.size() - 1);
  }
};

TEST_CASE("bits: running observers") {
  check_bits(hash() << price(cpu{2}, plan_of(heston<float>(asset, feller_violated)), high_over_average{}),
             "93dcc57694145113");
}

// The pilot run that finds the interval is part of this.
TEST_CASE("bits: the spectrum of S") {
  check_bits(hash() << characteristic_function(cpu{2}, plan_of(heston<float>(asset, feller_violated)), spot{})[1],
             "cb56defab176c732");
}

/// Everything that can be asked of a law.
hash answers(const distribution& law) {
  hash h;
  h << law.density(0.1) << law.cdf(-0.2) << law.quantile(0.01) << law.quantile(0.5) << law.value_at_risk(0.05)
    << law.expected_shortfall(0.05) << law.mean() << law.variance() << law.skewness() << law.excess_kurtosis();
  const std::vector<double> strikes{70, 100, 140};
  return h << law.call_prices(strikes) << law.put_prices(strikes) << law.digital_call_prices(strikes)
           << law.digital_put_prices(strikes);
}

TEST_CASE("bits: answers from a simulated law") {
  const auto [by_date, call, asian] = run_of(heston<float>(asset, feller_violated));
  check_bits(answers(distribution(by_date.at(1))), "972a29f37cad2346");
}

TEST_CASE("bits: answers from Heston's law in closed form") {
  check_bits(answers(distribution(characteristic_function(heston<double>(asset, feller_violated), 1))),
             "03840d5621e0c5f7");
}

TEST_CASE("bits: answers from Black and Scholes' law in closed form") {
  check_bits(answers(distribution(characteristic_function(black_scholes<double>(asset, {0.3}), 1))),
             "65d2ae77166e38ff");
}

TEST_CASE("bits: prices by the COS method, and their derivatives by the parameters") {
  const std::array<double, 8> p{0.04, 1.5, 0.05, 0.9, -0.7, 0.4, -0.1, 0.15};
  using parameters = model_parameters<bates<double>>;
  const cosine_method options(parameters::model(asset, p), 0.7, {1e-9});
  const std::vector<double> strikes{60, 80, 90, 100, 110, 130};
  hash h;
  h << options.prices(option_type::call, strikes) << options.prices(option_type::put, strikes);
  for (const option_greeks& g : options.greeks(option_type::put, strikes)) h << g.price << g.delta << g.gamma;
  const parameter_sensitivities<bates<double>> by(p, 0.7, options);
  for (std::size_t i = 0; i < p.size(); ++i) h << by.of(i, strikes);
  check_bits(h << options.error(), "94b80475b4283176");
}

TEST_CASE("bits: digital options, forward starts and cliquets") {
  const heston<double> model(asset, feller_violated);
  const cosine_method options(forward_return(model, 0.4, forward_start::of_asset), 0.6, {1e-9, 4096, false, true});
  const std::vector<double> strikes{0.7, 0.95, 1, 1.3};
  hash h;
  h << options.error() << options.digital_error() << options.prices(option_type::put, strikes);
  for (const digital_payment payment : {digital_payment::cash, digital_payment::asset}) {
    h << options.digital_prices(payment, option_type::call, strikes);
    for (const option_greeks& g : options.digital_greeks(payment, option_type::put, strikes)) h << g.delta << g.gamma;
  }
  check_bits(h << cliquet_price(model, {{0, 0.5, 1}, -0.02, 0.05}, 1e-7), "82c61a9b2f4b0805");
}

TEST_CASE("bits: early exercise under Heston's model, and Bates'") {
  const auto dates = equidistant_dates(1, 3);
  hash h;
  h << bermudan_price(heston<double>(asset, {0.04, 1.5, 0.05, 0.5, -0.7}), option_type::put, 105, dates, 1e-4)
    << knock_out_price(bates<double>(asset, {feller_violated, {2, -0.05, 0.1}}), option_type::call, 100, 80, 130, dates,
                       1e-3);
  check_bits(h, "c11ee01b79bf6d6a");
}

TEST_CASE("bits: early exercise and Lewis' integral") {
  const kou<double> model(asset, {0.15, 3, 0.2, 25, 10});
  const auto dates = equidistant_dates(1, 3);
  hash h;
  h << bermudan_price(model, option_type::put, 105, dates, 1e-6)
    << knock_out_price(model, option_type::call, 100, 80, 130, dates, 1e-6);
  h << lewis_method(model, 0.7, {90, 105}, 1e-8).prices(option_type::call);
  check_bits(h, "ff5a1887f9cd22ea");
}

TEST_CASE("bits: Carr and Madan's transform, and the methods that prices in closed form are by") {
  const std::vector<double> strikes{30, 90, 101, 105, 200, 1e4};
  const heston<double> model(asset, feller_violated);
  hash h;
  for (const strike_transform transform : {strike_transform::fast, strike_transform::fractional}) {
    const carr_madan_method options(model, 0.7, {1e-9, transform});
    h << options.prices(option_type::call, strikes) << options.prices(option_type::put, strikes);
    h << options.error() << options.call_damping() << options.put_damping() << std::uint64_t{options.evaluations()};
  }
  const variance_gamma<double> days(asset, {0.12, -0.14, 0.2});
  for (const maturity_prices& found : option_prices(days, std::vector<double>{0.05, 1}, option_type::put,
                                                    {95, 100, 105}, pricing_method::automatic, 3e-8)) {
    h << found.prices << std::uint64_t{found.evaluations} << static_cast<std::uint64_t>(found.method);
  }
  check_bits(h, "a2467477bf2850b9");
}

TEST_CASE("bits: surfaces between their dates, of a closed form and of a simulation") {
  const characteristic_surface exact = surface_of(heston<double>(asset, feller_violated), {0.25, 1});
  const characteristic_surface simulated(std::get<0>(run_of(heston<float>(asset, feller_violated))));
  hash h;
  h << exact.at(0.4) << simulated.at(0.4);
  for (const double u : {0.3, 7.1, 30.3}) h << exact(0.7, u) << simulated(0.7, u);
  check_bits(h, "ac5e78817e900435");
}

TEST_CASE("bits: joint laws, simulated and in closed form, and options on both") {
  const auto answers_of = [](const joint_spectrum& joint) {
    const joint_distribution law(joint);
    hash h;
    h << joint.first().support.lower << joint.second().support.upper;
    for (std::ptrdiff_t j = -30; j < 30; j += 7) {
      for (std::ptrdiff_t k = -30; k < 30; k += 5) h << joint(j, k);
    }
    return h << law.density(0.1, -0.05) << law.cdf(0.05, 0.1) << law.covariance() << law.correlation()
             << law.basket_call(-1.1, 1, 3) << law.basket_call(0.7, 0.6, 120);
  };
  const auto plan = plan_of(heston<float>(asset, feller_violated));
  check_bits(answers_of(joint_characteristic_function(cpu{2}, plan, log_return{}, 0.25, 1)), "024420309cc20705");
  check_bits(answers_of(joint_characteristic_function(cpu{2}, plan_of(black_scholes<double>(asset, {0.3})), spot{},
                                                      log_return{}, 1)),
             "64b7375d0ceca743");
  check_bits(answers_of(joint_characteristic_function(heston<double>(asset, {0.04, 1.5, 0.05, 0.3, -0.7}), 0.25, 1,
                                                      {1e-8, 1e-6, 96})),
             "6090876b8f2cb0c2");
  const several_assets pair({{1, 0.5}, {0.5, 1}}, black_scholes<double>(asset, {0.15}),
                            black_scholes<double>(asset, {0.3}));
  check_bits(answers_of(joint_characteristic_function<0, 1>(pair, 1)), "4fa28dd0439b6685");
}

TEST_CASE("bits: cumulants") {
  hash h;
  for (const double time : {0.02, 1.0, 10.0}) {
    const cumulants c = observed_cumulants(heston<double>(asset, feller_violated), time);
    h << c.mean << c.variance << c.third << c.fourth;
  }
  check_bits(h, "c820092d66f20b5c");
}

TEST_CASE("bits: Black's formula and implied volatilities") {
  hash h;
  for (const double strike : {40.0, 90.0, 100.0, 110.0, 250.0}) {
    const double price = black_price(option_type::call, 100, strike, 0.3, 0.7, 0.97);
    h << price << black_vega(100, strike, 0.3, 0.7, 0.97)
      << implied_volatility(option_type::call, price, 100, strike, 0.7, 0.97);
  }
  check_bits(h, "1388694deb60f492");
}

TEST_CASE("bits: implied volatilities of many quotes, from far out of the money to almost all that can be paid") {
  std::vector<option_type> types;
  std::vector<double> prices, strikes;
  for (int i = 0; i < 203; ++i) {
    types.push_back(i % 3 == 0 ? option_type::put : option_type::call);
    strikes.push_back(0.5 * (i % 29 * i + 40));
    const double bound = types.back() == option_type::call ? 100 : strikes.back();
    const double part = i % 2 == 0 ? exp(-0.125 * (i * i % 1000)) : 0.005 * i;
    prices.push_back(bound * part);
  }
  std::vector<double> found = implied_volatilities(types, prices, 100, strikes, 0.7);
  hash h;
  for (std::size_t i = 0; i < found.size(); ++i) {
    if (is_nan(found[i])) continue;  // in the money, and below the intrinsic value
    h << static_cast<std::uint64_t>(i) << found[i];
    h << black_price(types[i], 100, strikes[i], found[i], 0.7) << black_vega(100, strikes[i], found[i], 0.7);
  }
  check_bits(h, "781a3738cd396167");
}

TEST_CASE("bits: confidence intervals and the market's curve") {
  estimate e;
  e.value = 3;
  e.standard_error = 0.7;
  e.truncation_error = 0.01;
  hash h;
  for (const double level : {0.5, 0.95, 0.9999}) {
    h << e.confidence_interval(level).lower << e.confidence_interval(level).upper;
  }
  for (const double time : {0.1, 0.6, 3.0}) h << asset.discount(time) << asset.forward(time);
  check_bits(h, "af40b409dfa2944a");
}

/// Transforms of all kinds of sizes: in lanes, alone, in two passes.
template <class Real>
hash transforms() {
  hash h;
  for (const std::size_t n : {8U, 16U, 32U, 64U, 128U, 512U, 1024U, 1U << 14, 1U << 15}) {
    std::vector<complex<Real>> x(n), y(n);
    for (std::size_t i = 0; i < n; ++i) {
      x[i] = {static_cast<Real>(i * 7919 % 1009) / Real(1009), static_cast<Real>(i * 6967 % 997) / Real(997)};
    }
    fourier_transform<Real>(n).forward(cpu{2}, x.data(), y.data());
    for (const complex<Real> z : y) h << z.re << z.im;
    fourier_transform<Real>(n).inverse(cpu{2}, x.data(), y.data());
    for (const complex<Real> z : y) h << z.re << z.im;
    std::vector<Real> numbers(n);
    real_fourier_transform<Real>(n).inverse(cpu{2}, x.data(), numbers.data());
    real_fourier_transform<Real>(n).forward(cpu{2}, numbers.data(), x.data());
    for (const complex<Real> z : x) h << z.re << z.im;
  }
  return h;
}

/// A fractional transform of an odd number of numbers, to more of them.
template <class Real>
hash fractional_transform() {
  std::vector<complex<Real>> x(301), y(407);
  for (std::size_t i = 0; i < x.size(); ++i)
    x[i] = {static_cast<Real>(i * 7919 % 1009) / Real(1009), Real(1) / Real(3)};
  const fractional_fourier_transform<Real> transform(x.size(), y.size(), -0.00123);
  auto work = transform.make_workspace();
  transform.forward(x.data(), y.data(), work);
  hash h;
  for (const complex<Real> z : y) h << z.re << z.im;
  return h;
}

TEST_CASE("bits: fractional Fourier transforms") {
  check_bits(fractional_transform<float>(), "a7b4e016aa3670d1");
  check_bits(fractional_transform<double>(), "c5633b177f7b2946");
}

TEST_CASE("bits: Fourier transforms") {
  check_bits(transforms<float>(), "7ad7a11ad7ede198");
  check_bits(transforms<double>(), "994fb79e32fefab1");
}

/// Fourier sums over any points, of widths of the kernel from 3 to 15: points in blocks, and all together.
template <class Real>
hash nonuniform_transforms() {
  hash h;
  for (const double tolerance : {1e-2, 1e-5, sizeof(Real) == sizeof(float) ? 1e-6 : 1e-13}) {
    for (const std::size_t modes : {std::size_t{37}, std::size_t{40000}}) {
      constexpr std::size_t points = 20000;
      std::vector<Real> x(points);
      std::vector<complex<Real>> at_points(points), at_modes(modes);
      for (std::size_t j = 0; j < points; ++j) {
        x[j] = static_cast<Real>(static_cast<int>(j * 7919 % 10007) - 5003) / Real(797);
        at_points[j] = {static_cast<Real>(j * 6967 % 997) / Real(997), Real(1) - x[j]};
      }
      const nonuniform_fourier_transform<Real> transform(modes, tolerance);
      transform.type1(cpu{2}, x.data(), at_points.data(), points, at_modes.data());
      for (const complex<Real> z : at_modes) h << z.re << z.im;
      transform.type2(cpu{2}, x.data(), points, at_modes.data(), at_points.data(), exponent_sign::minus);
      for (const complex<Real> z : at_points) h << z.re << z.im;
    }
  }
  return h;
}

TEST_CASE("bits: Fourier sums over any points") {
  check_bits(nonuniform_transforms<float>(), "6f179688d8e921d9");
  check_bits(nonuniform_transforms<double>(), "befaebe69afc9f0d");
}

}  // namespace
}  // namespace spectralmc
