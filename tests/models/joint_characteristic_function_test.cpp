// Joint closed forms against what they must reduce to, and Heston's against a solution of its differential equations.
#include "spectralmc/models/joint_characteristic_function.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <complex>
#include <cstddef>
#include <limits>
#include <vector>

#include "about.hpp"
#include "reference_formulas.hpp"
#include "spectralmc/models/bates.hpp"
#include "spectralmc/models/black_scholes.hpp"
#include "spectralmc/models/forward_return.hpp"
#include "spectralmc/models/heston.hpp"
#include "spectralmc/models/kou.hpp"
#include "spectralmc/models/several_assets.hpp"
#include "spectralmc/numeric/lanes.hpp"
#include "spectralmc/pricing/cosine_method.hpp"
#include "spectralmc/pricing/early_exercise.hpp"
#include "spectralmc/spectral/joint_distribution.hpp"

namespace spectralmc {
namespace {

const market asset(100, 0.03, 0.01);
const heston_parameters feller_violated{0.04, 1.5, 0.05, 0.9, -0.7};

complex<double> at(double re) { return {re, 0}; }

/// Duffie, Pan and Singleton's model: Heston's, whose variance also jumps up by exponential amounts of mean m, lambda
/// times a year. Jumps add lambda int_0^time (1 / (1 - m D(s)) - 1) ds to the constant: here by Simpson's rule, to
/// 1e-9.
struct heston_with_variance_jumps {
  using real = double;
  template <class V>
  struct state {
    V log_martingale;
  };
  static constexpr double lambda = 1.3, m = 0.05;

  const market& asset() const { return spot; }
  double initial_variance() const { return feller_violated.initial_variance; }
  affine_terms affine_exponents(complex<double> u, complex<double> w, double time) const {
    affine_terms result = heston_affine_exponents(feller_violated, u, w, time);
    // By s = time x^2, as D changes fast near 0.
    constexpr int panels = 600;
    constexpr double h = 1.0 / panels;
    complex<double> sum(0, 0);
    for (int i = 1; i <= panels; ++i) {
      const double x = h * i, weight = i == panels ? 1 : i % 2 == 1 ? 4 : 2;
      const complex<double> d = heston_affine_exponents(feller_violated, u, w, time * x * x).of_variance;
      sum += (1.0 / (1.0 - d * m) - 1.0) * (weight * 2 * x * time);
    }
    result.constant += sum * (lambda * h / 3);
    return result;
  }
  complex<double> log_characteristic_function(complex<double> u, double time) const {
    const auto exponents = affine_exponents(u, {0, 0}, time);
    return exponents.constant + exponents.of_variance * initial_variance();
  }

 private:
  market spot{100, 0.03, 0.01};
};

template <class Model>
void check_reductions(const Model& model, double tolerance = 1e-12) {
  for (const double u : {-30.0, -2.5, 0.0, 0.7, 11.0, 80.0}) {
    CAPTURE(u);
    const complex<double> early = model.log_characteristic_function(at(u), 0.4),
                          late = model.log_characteristic_function(at(u), 1.5);
    CHECK(abs(log_joint_characteristic_function(model, at(u), at(0), 0.4, 1.5) - early) <=
          tolerance * (1 + abs(early)));
    CHECK(abs(log_joint_characteristic_function(model, at(0), at(u), 0.4, 1.5) - late) <= tolerance * (1 + abs(late)));
    // Two dates that are one; and the sign of all.
    const complex<double> both = model.log_characteristic_function(at(u - 3), 0.4);
    CHECK(abs(log_joint_characteristic_function(model, at(u), at(-3), 0.4, 0.4) - both) <= tolerance * (1 + abs(both)));
    const complex<double> plus = log_joint_characteristic_function(model, at(u), at(2), 0.4, 1.5),
                          minus = log_joint_characteristic_function(model, at(-u), at(-2), 0.4, 1.5);
    CHECK(abs(plus - conj(minus)) <= 1e-12 * (1 + abs(plus)));
  }
}

TEST_CASE("the joint characteristic function at two dates reduces to those at one") {
  check_reductions(black_scholes<double>(asset, {0.2}));
  check_reductions(kou<double>(asset, {0.15, 3, 0.2, 25, 10}));
  check_reductions(heston<double>(asset, feller_violated));
  check_reductions(heston<float>(asset, {0.04, 1.5, 0.05, 0.3, 0.4}));
  check_reductions(bates<double>(asset, {feller_violated, {0.7, -0.1, 0.15}}));
  check_reductions(heston_with_variance_jumps{}, 1e-9);
}

TEST_CASE("Bates' joint law is Heston's times that of jumps with independent increments") {
  const lognormal_jumps jumps{0.7, -0.1, 0.15};
  const bates<double> model(asset, {feller_violated, jumps});
  const heston<double> diffusion(asset, feller_violated);
  for (const double u : {-12.0, 0.5, 30.0}) {
    for (const double v : {-40.0, 1.0, 7.0}) {
      const complex<double> of_jumps =
          jumps.log_characteristic_function(at(u + v), 0.4) + jumps.log_characteristic_function(at(v), 1.5 - 0.4);
      const complex<double> expected = log_joint_characteristic_function(diffusion, at(u), at(v), 0.4, 1.5) + of_jumps;
      const complex<double> found = log_joint_characteristic_function(model, at(u), at(v), 0.4, 1.5);
      CHECK(abs(found - expected) <= 1e-13 * (1 + abs(expected)));
    }
  }
}

TEST_CASE("an affine model of one's own has a joint law, and forward returns") {
  const heston_with_variance_jumps model;
  const auto exponent = [&](double u, double v) {
    return log_joint_characteristic_function(model, at(u), at(v), 0.5, 1.0).re;
  };
  constexpr double h = 1e-3;
  const double mixed = (exponent(h, h) - exponent(h, -h) - exponent(-h, h) + exponent(-h, -h)) / (4 * h * h);
  const joint_distribution law(joint_characteristic_function(model, 0.5, 1.0));
  CHECK(law.covariance().value == about(-mixed, 1e-5));
  const forward_return<heston_with_variance_jumps> later(model, 0.5);
  for (const double u : {0.3, 5.0, 40.0}) {
    // E exp(i u (X(1) - X(1/2))) is the joint law's at (-u, u).
    const complex<double> expected = log_joint_characteristic_function(model, at(-u), at(u), 0.5, 1.0);
    const complex<double> found = later.log_characteristic_function(at(u), 0.5);
    CHECK(abs(found - expected) <= 1e-12 * (1 + abs(expected)));
  }
}

/// log E exp(i u X(time) + w V(time)): the Riccati equation by Runge and Kutta's method of fourth order.
reference::complex_number by_runge_kutta(const heston_parameters& p, reference::complex_number u,
                                         reference::complex_number w, double time) {
  using number = reference::complex_number;
  const number i(0, 1);
  const reference::number kappa = p.mean_reversion, sigma = p.volatility_of_variance, rho = p.correlation;
  const auto slope = [&](number d) {
    return 0.5L * sigma * sigma * d * d + (i * rho * sigma * u - kappa) * d - 0.5L * (u * u + i * u);
  };
  constexpr int steps = 4000;
  const reference::number h = static_cast<reference::number>(time) / steps;
  number d = w, integral = 0;
  for (int n = 0; n < steps; ++n) {
    const number k1 = slope(d), k2 = slope(d + 0.5L * h * k1), k3 = slope(d + 0.5L * h * k2), k4 = slope(d + h * k3);
    // The integral of d is a fifth state, whose slopes are the values of d.
    integral += h / 6.0L * (d + 2.0L * (d + 0.5L * h * k1) + 2.0L * (d + 0.5L * h * k2) + (d + h * k3));
    d += h / 6.0L * (k1 + 2.0L * k2 + 2.0L * k3 + k4);
  }
  return kappa * static_cast<reference::number>(p.long_run_variance) * integral +
         static_cast<reference::number>(p.initial_variance) * d;
}

TEST_CASE("Heston's exponent from another beginning solves the Riccati equation") {
  for (const heston_parameters& p : {feller_violated, heston_parameters{0.04, 1.5, 0.05, 0.3, 0.6}}) {
    for (const double u : {-25.0, -1.0, 0.0, 3.0, 25.0}) {
      for (const complex<double> w : {complex<double>(0, 0), complex<double>(-2, 5), complex<double>(-15, -40)}) {
        for (const double time : {0.1, 3.0}) {
          const affine_terms exponents = heston_affine_exponents(p, at(u), w, time);
          const complex<double> found = exponents.constant + exponents.of_variance * p.initial_variance;
          const reference::complex_number exact = by_runge_kutta(p, u, {w.re, w.im}, time);
          CAPTURE(u);
          CAPTURE(w.im);
          CAPTURE(time);
          const double error = static_cast<double>(std::abs(reference::complex_number(found.re, found.im) - exact) /
                                                   (1 + std::abs(exact)));
          CHECK(error < 1e-8);
        }
      }
    }
  }
}

TEST_CASE("terms of joint spectra suffice along both axes, and supports are those of the marginals") {
  const kou<double> model(asset, {0.15, 3, 0.2, 25, 10});
  const joint_spectrum s = joint_characteristic_function(model, 0.5, 0.6);
  const auto rows = static_cast<std::ptrdiff_t>(s.first().grid.size()),
             columns = static_cast<std::ptrdiff_t>(s.second().grid.size());
  CHECK(rows > 64);
  CHECK(rows < 512);
  for (std::ptrdiff_t k = 1 - columns; k < columns; ++k) CHECK(abs(s(rows - 1, k)) < 1e-9);
  for (std::ptrdiff_t j = 1 - rows; j < rows; ++j) CHECK(abs(s(j, columns - 1)) < 1e-9);
  CHECK(s.first().support.width() < s.second().support.width());
  CHECK(s.second().quantity.time == 0.6);
  CHECK(!s.simulated());
  const joint_spectrum few = joint_characteristic_function(model, 0.5, 0.6, {1e-8, 1e-10, 48});
  CHECK(few.first().grid.size() == 48);
  CHECK(few.first().support.width() < s.first().support.width());
}

/// Heston's process and Kou's jumps, whose exponent is for single numbers while the model's own takes packs.
struct heston_with_kou_jumps {
  using real = double;
  template <class V>
  struct state {
    V log_martingale;
  };

  const market& asset() const { return diffusion.asset(); }
  const heston_parameters& square_root_diffusion() const { return diffusion.parameters(); }
  complex<double> log_characteristic_function_of_jumps(complex<double> u, double time) const {
    return jumps.log_characteristic_function(u, time);
  }
  template <class V>
  complex<V> log_characteristic_function(complex<V> u, double time) const {
    return diffusion.log_characteristic_function(u, time) + detail::exponent_of_jumps(*this, u, time);
  }

  heston<double> diffusion{asset_of_test(), feller_violated};
  kou<double> jumps{asset_of_test(), {0.0, 3, 0.2, 25, 10}};

 private:
  static market asset_of_test() { return market(100, 0.03, 0.01); }
};

TEST_CASE("jumps that take no packs are not lost where the model takes them") {
  const heston_with_kou_jumps model;
  check_reductions(model);
  for (const forward_start kind : {forward_start::of_return, forward_start::of_asset}) {
    const forward_return<heston_with_kou_jumps> later(model, 0.7, kind);
    const forward_return<heston<double>> diffusion(model.diffusion, 0.7, kind);
    for (const double u : {0.4, 9.0}) {
      const complex<double> expected =
          diffusion.log_characteristic_function(at(u), 0.5) + model.jumps.log_characteristic_function(at(u), 0.5);
      CHECK(abs(later.log_characteristic_function(at(u), 0.5) - expected) <= 1e-13 * (1 + abs(expected)));
      using V = lanes<double>;
      const complex<V> packed = later.log_characteristic_function(complex<V>(V(u), V(0.0)), 0.5);
      CHECK(packed.re[0] == later.log_characteristic_function(at(u), 0.5).re);
      CHECK(packed.im[lane_count<V> - 1] == later.log_characteristic_function(at(u), 0.5).im);
    }
  }
}

TEST_CASE("a model with a square-root diffusion and jumps of its own can be exercised early") {
  const heston_with_kou_jumps model;
  const estimate bermudan = bermudan_price(model, option_type::put, 105, {0.25, 0.5}, 1e-5),
                 at_end = bermudan_price(model, option_type::put, 105, {0.5}, 1e-5);
  const double european = cosine_method(model, 0.5, {1e-9}).prices(option_type::put, {105})[0];
  CHECK(std::fabs(at_end.value - european) <= at_end.truncation_error + 1e-6);
  CHECK(bermudan.value > european + 0.01);
  const heston_with_kou_jumps same;
  const estimate knocked_out = knock_out_price(same, option_type::put, 105, 80, 1e9, {0.25, 0.5}, 1e-5);
  CHECK(knocked_out.value < european);
}

/// An affine model whose own exponent takes packs.
struct packed_heston {
  using real = double;
  template <class V>
  struct state {
    V log_martingale;
  };
  const market& asset() const { return diffusion.asset(); }
  double initial_variance() const { return feller_violated.initial_variance; }
  affine_terms affine_exponents(complex<double> u, complex<double> w, double time) const {
    return heston_affine_exponents(feller_violated, u, w, time);
  }
  template <class V>
  complex<V> log_characteristic_function(complex<V> u, double time) const {
    return diffusion.log_characteristic_function(u, time);
  }
  heston<double> diffusion{market(100, 0.03, 0.01), feller_violated};
};

TEST_CASE("forward returns of an affine model are those of the same one by its own formula") {
  const packed_heston model;
  for (const double start : {0.0, 0.6}) {
    for (const forward_start kind : {forward_start::of_return, forward_start::of_asset}) {
      const forward_return<packed_heston> by_terms(model, start, kind);
      const forward_return<heston<double>> by_formula(model.diffusion, start, kind);
      const std::vector<double> strikes{0.8, 1, 1.2};
      const std::vector<double> found = cosine_method(by_terms, 0.5, {1e-8}).prices(option_type::put, strikes),
                                expected = cosine_method(by_formula, 0.5, {1e-8}).prices(option_type::put, strikes);
      for (std::size_t i = 0; i < strikes.size(); ++i) CHECK(std::fabs(found[i] - expected[i]) < 2e-7);
    }
  }
}

TEST_CASE("Heston's terms at -i have no pole where the variance is pushed away under the asset's measure") {
  const heston_parameters pushed{0.04, 0.3, 0.05, 1.0, 0.8};  // kappa < rho sigma
  const complex<double> at_asset(0, -1);
  const affine_terms mean = heston_affine_exponents(pushed, at_asset, {0, 0}, 2.0);
  CHECK(abs(mean.constant) < 1e-14);
  CHECK(abs(mean.of_variance) < 1e-14);
  for (const complex<double> w : {complex<double>(-0.5, 0), complex<double>(-2, 7)}) {
    const affine_terms exact = heston_affine_exponents(pushed, at_asset, w, 0.7),
                       beside = heston_affine_exponents(pushed, complex<double>(1e-7, -1), w, 0.7);
    CHECK(abs(exact.constant - beside.constant) < 1e-6);
    CHECK(abs(exact.of_variance - beside.of_variance) < 1e-5);
  }
}

TEST_CASE("two of several assets, in either order") {
  using model_type = black_scholes<double>;
  const several_assets model({{1, 0.6, -0.3}, {0.6, 1, 0.2}, {-0.3, 0.2, 1}}, model_type(asset, {0.2}),
                             model_type(asset, {0.4}), model_type(asset, {0.3}));
  const joint_spectrum one = joint_characteristic_function<0, 2>(model, 1),
                       other = joint_characteristic_function<2, 0>(model, 1);
  CHECK(abs(one(3, -5) - other(-5, 3)) < 1e-14);
  const complex<double> exact = exp(
      model.log_joint_characteristic_function({3 * one.first().grid.step(), 0.0, -5 * one.second().grid.step()}, 1));
  CHECK(std::fabs(abs(one(3, -5)) - abs(exact)) < 1e-14);
}

TEST_CASE("joint closed forms: what makes no sense is refused") {
  const heston<double> model(asset, feller_violated);
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK_THROWS_AS(joint_characteristic_function(model, 0, 1), invalid_parameter);
  CHECK_THROWS_AS(joint_characteristic_function(model, 1, 1), invalid_parameter);
  CHECK_THROWS_AS(joint_characteristic_function(model, 1, nan), invalid_parameter);
  CHECK_THROWS_AS(joint_characteristic_function(model, 0.5, 1, {0, 1e-10, 64}), invalid_parameter);
  CHECK_THROWS_AS(joint_characteristic_function(model, 0.5, 1, {1e-8, 0, 64}), invalid_parameter);
  CHECK_THROWS_AS(joint_characteristic_function(model, 0.5, 1, {1e-8, 1e-8, 8}), invalid_parameter);
  CHECK_THROWS_AS(joint_characteristic_function(model, 0.5, 1, {1e-8, 1e-8, 10000}), invalid_parameter);
  CHECK_THROWS_AS(joint_characteristic_function(black_scholes<double>(asset, {0.0}), 0.5, 1), no_answer);
  using model_type = black_scholes<double>;
  const several_assets pair({{1, 0.6}, {0.6, 1}}, model_type(asset, {0.2}), model_type(asset, {0.4}));
  CHECK_THROWS_AS((joint_characteristic_function<0, 1>(pair, -1)), invalid_parameter);
}

}  // namespace
}  // namespace spectralmc
