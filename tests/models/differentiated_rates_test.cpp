// Steps over duals, of models that draw square-root and squared Bessel processes, and of Gaussian short rates.
#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

#include "models/differentiated_steps.hpp"
#include "spectralmc/models/constant_elasticity.hpp"
#include "spectralmc/models/cox_ingersoll_ross.hpp"
#include "spectralmc/models/heston_large_steps.hpp"
#include "spectralmc/models/hull_white.hpp"
#include "spectralmc/models/sabr.hpp"
#include "spectralmc/models/vasicek.hpp"

namespace spectralmc {
namespace {

using differentiated_steps::check;
using differentiated_steps::states_after_steps;

const market asset(100, 0.03, 0.01);

template <class Real>
using large_steps = heston<Real, inverse_gaussian_integral>;

/// SABR's parameters without the elasticity, which is 1 and next to nothing.
template <class Number>
struct lognormal_parameters {
  Number initial_volatility, volatility_of_volatility, correlation;

  template <class Result, class Visit>
  lognormal_parameters<Result> transformed(const Visit& visit) const {
    return {visit(parameter{"initial_volatility", "", range::positive}, initial_volatility),
            visit(parameter{"volatility_of_volatility", "", range::not_negative}, volatility_of_volatility),
            visit(parameter{"correlation", "", range::correlation}, correlation)};
  }
};

template <class Real>
struct lognormal_sabr : sabr<Real> {
  using number = double_of<Real>;
  lognormal_sabr(basic_market<number> market, lognormal_parameters<number> p)
      : sabr<Real>(std::move(market), {p.initial_volatility, 1.0, p.volatility_of_volatility, p.correlation}) {}
};

TEST_CASE("steps of square-root rates have the derivatives of differences, whether Feller's condition holds or not") {
  check<7, cox_ingersoll_ross>("Feller", asset, cox_ingersoll_ross_parameters{0.03, 0.3, 0.05, 0.1});
  check<7, cox_ingersoll_ross>("not Feller", asset, cox_ingersoll_ross_parameters{0.03, 0.3, 0.05, 0.3});
  check<7, cox_ingersoll_ross>("from zero", asset, cox_ingersoll_ross_parameters{0.001, 0.8, 0.04, 0.5});
  check<7, cox_ingersoll_ross>("fast", asset, cox_ingersoll_ross_parameters{0.03, 5, 0.05, 0.4});
}

TEST_CASE("steps of Gaussian rates have the derivatives of differences") {
  check<7, vasicek>("Vasicek", asset, vasicek_parameters{0.03, 0.3, 0.05, 0.015});
  check<7, vasicek>("fast", asset, vasicek_parameters{-0.01, 4, 0.05, 0.015});
  check<8, hull_white>("Hull and White", asset,
                       hull_white_parameters{zero_curve({0.25, 0.5, 1.5}, {0.02, 0.03, 0.025}), 0.1, 0.01});
  check<6, hull_white>("one rate", asset, hull_white_parameters{0.03, 2, 0.01});
}

/// The derivative by the mean reversion of all numbers of the states after steps.
std::vector<double> by_mean_reversion(double kappa) {
  using number = dual<double, 1>;
  const vasicek<number> model({0.03, number::parameter(kappa, 0), 0.05, 0.015});
  std::vector<double> result;
  for (const auto& row : states_after_steps<lanes<double>>(model)) {
    for (const number& x : row) result.push_back(x.derivative[0]);
  }
  return result;
}

TEST_CASE("the derivative by a mean reversion is right also where that is none, or next to none") {
  // Without one there are no differences to both sides; what is expected is extrapolated from the derivatives beyond.
  const std::vector<double> near = by_mean_reversion(1e-3), far = by_mean_reversion(2e-3);
  for (const double kappa : {0.0, 1e-300, 1e-18, 1e-13, 1e-10, 1e-7}) {
    CAPTURE(kappa);
    const std::vector<double> found = by_mean_reversion(kappa);
    for (std::size_t i = 0; i < found.size(); ++i) {
      const double expected = near[i] - (far[i] - near[i]) * (1e-3 - kappa) / 1e-3;
      CAPTURE(i);
      CHECK(std::fabs(found[i] - expected) < 1e-7);
    }
  }
}

TEST_CASE("large steps of Heston's model have the derivatives of differences") {
  check<8, large_steps>("Feller", asset, heston_parameters{0.04, 1.5, 0.05, 0.3, -0.7});
  check<8, large_steps>("not Feller", asset, heston_parameters{0.04, 0.5, 0.05, 1, -0.9});
  check<8, large_steps>("positive correlation", asset, heston_parameters{0.04, 1.5, 0.05, 0.6, 0.6});
  check<8, large_steps>("no correlation", asset, heston_parameters{0.04, 6, 0.05, 0.5, 0});
}

TEST_CASE("steps of constant elasticity have the derivatives of differences, also where paths reach zero") {
  const constant_elasticity_parameters usual{step_function({0.4, 1}, {0.2, 0.3}), 0.5}, zero{1.2, 0.3};
  check<6, constant_elasticity>("usual", asset, usual);
  check<5, constant_elasticity>("zero", asset, zero);
  check<5, constant_elasticity>("nearly lognormal", asset, constant_elasticity_parameters{0.2, 0.9});

  // Paths at zero stay there whatever the parameters.
  using number = dual<float, 2>;
  using exact = double_of<number>;
  const constant_elasticity<number> model(basic_market<exact>(100.0),
                                          {exact::parameter(1.2, 0), exact::parameter(0.3, 1)});
  int at_zero = 0;
  for (const auto& row : states_after_steps<lanes<float>>(model)) {
    for (const number& x : row) {
      CHECK(std::isfinite(x.derivative[0]));
      CHECK(std::isfinite(x.derivative[1]));
      if (x.value > 0) continue;
      ++at_zero;
      CHECK(x.derivative[0] == 0);
      CHECK(x.derivative[1] == 0);
    }
  }
  CHECK(at_zero > 10);
}

TEST_CASE("steps of SABR have the derivatives of differences") {
  check<7, sabr>("usual", asset, sabr_parameters{0.3, 0.5, 0.6, -0.6});
  check<7, sabr>("zero", asset, sabr_parameters{1, 0.2, 0.5, 0.5});
  check<7, sabr>("nearly lognormal", asset, sabr_parameters{0.3, 0.9, 0.8, -0.9});
  check<6, lognormal_sabr>("lognormal", asset, lognormal_parameters<double>{0.3, 0.8, -0.9});
}

}  // namespace
}  // namespace spectralmc
