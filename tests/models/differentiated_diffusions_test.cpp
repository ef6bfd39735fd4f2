// Derivatives of steps by parameters: Black and Scholes' model, Heston's, and both with Merton's jumps.
#include <doctest/doctest.h>

#include "differentiated_steps.hpp"
#include "spectralmc/models/bates.hpp"
#include "spectralmc/models/black_scholes.hpp"
#include "spectralmc/models/heston.hpp"
#include "spectralmc/models/merton.hpp"

namespace spectralmc {
namespace {

using differentiated_steps::check;

const market asset(100, 0.03, 0.01);

template <class Real>
using heston_by_euler = heston<Real, full_truncation_euler>;
template <class Real>
using heston_by_quadratics = heston<Real>;
template <class Real>
using bates_by_quadratics = bates<Real>;

TEST_CASE("steps of Black and Scholes' model have the derivatives by its pillars") {
  check<5, black_scholes>("volatility by time", asset, black_scholes_parameters{step_function({0.4, 1}, {0.2, 0.3})});
}

TEST_CASE("steps of Heston's model have the derivatives by its parameters") {
  for (const heston_parameters& p :
       {heston_parameters{0.04, 1.5, 0.05, 0.5, -0.7}, heston_parameters{0.01, 0.5, 0.04, 1, -0.9}}) {
    check<8, heston_by_quadratics>("quadratic-exponential", asset, p);
    check<8, heston_by_euler>("full truncation", asset, p);
  }
}

TEST_CASE("steps of models with Merton's jumps have the derivatives at the jumps that there are") {
  check<7, merton>("Merton", asset, merton_parameters{0.2, {0.7, -0.1, 0.15}});
  check<11, bates_by_quadratics>("Bates", asset, bates_parameters{{0.04, 1.5, 0.05, 0.5, -0.7}, {0.7, -0.1, 0.15}});
}

}  // namespace
}  // namespace spectralmc
