// Steps of models of the forward, of surfaces, of several assets and of rough volatility, differentiated by their
// parameters.
#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

#include "models/differentiated_steps.hpp"
#include "spectralmc/models/bachelier.hpp"
#include "spectralmc/models/displaced_diffusion.hpp"
#include "spectralmc/models/local_volatility.hpp"
#include "spectralmc/models/normal_inverse_gaussian.hpp"
#include "spectralmc/models/rough_bergomi.hpp"
#include "spectralmc/models/rough_heston.hpp"
#include "spectralmc/models/several_assets.hpp"
#include "spectralmc/models/variance_gamma.hpp"
#include "spectralmc/numeric/dual.hpp"

namespace spectralmc {
namespace {

using differentiated_steps::check;

const market asset(100, 0.03, 0.01);

TEST_CASE("Bachelier: steps have their derivatives") {
  check<4, bachelier>("constant", asset, bachelier_parameters{20});
  check<6, bachelier>("curves", market(100, {0.25, 1}, {0.03, 0.04}, 0.01),
                      bachelier_parameters{step_function({0.4, 1}, {20, 30})});
}

TEST_CASE("displaced diffusion: steps have their derivatives") {
  check<6, displaced_diffusion>("two volatilities", asset,
                                displaced_diffusion_parameters{step_function({0.4, 1}, {0.2, 0.3}), 0.5});
}

/// level exp(-slope x) + decay time.
template <class Number>
struct bent_volatility {
  Number level, slope, decay;

  bent_volatility(Number l, Number s, Number d) : level(l), slope(s), decay(d) {}
  template <class Other>
  bent_volatility(const bent_volatility<Other>& other)
      : level(static_cast<Number>(other.level)),
        slope(static_cast<Number>(other.slope)),
        decay(static_cast<Number>(other.decay)) {}

  template <class Result, class Visit>
  bent_volatility<Result> transformed(const Visit& visit) const {
    return {visit(parameter{"level", "1 / sqrt(year)", range::positive}, level),
            visit(parameter{"slope", "", range::finite}, slope),
            visit(parameter{"decay", "year^(-3/2)", range::finite}, decay)};
  }

  template <class V>
  SPECTRALMC_HOST_DEVICE V operator()(V x, scalar_of<V> time) const {
    return fma(V(decay), V(time), rounded_product(V(level), exp(-(V(slope) * x))));
  }
};
template <class Real>
using bent = local_volatility<Real, bent_volatility<Real>>;

TEST_CASE("local volatility by a function that holds numbers with derivatives: steps have theirs") {
  check<6, bent>("a function", asset, bent_volatility<double>(0.25, 0.4, -0.02));
}

TEST_CASE("local volatility by a surface: steps have derivatives by each quote") {
  const implied_volatility_surface smile({0.5, 1.5}, {-0.5, 0, 0.5}, {{0.3, 0.25, 0.24}, {0.28, 0.25, 0.24}});
  check<9, dupire>("two maturities", asset, smile);
  const implied_volatility_surface narrow({0.7}, {-0.1, -0.05, 0.1}, {{0.32, 0.3, 0.28}});
  check<6, dupire>("wings", asset, narrow);
}

TEST_CASE("a surface has its numbers' names, in their order, and derivatives of both volatilities") {
  const std::vector<std::vector<double>> quotes{{0.3, 0.25, 0.24}, {0.28, 0.25, 0.24}};
  const implied_volatility_surface surface({0.5, 1.5}, {-0.5, 0, 0.5}, quotes);
  std::vector<std::string> names;
  using number = dual<double, 6>;
  const auto seeded = with_numbers<number>(surface, [&](const std::string& name, const parameter&, double x) {
    names.push_back(name);
    return number::parameter(x, static_cast<int>(names.size()) - 1);
  });
  CHECK(names == std::vector<std::string>{"volatility[0][0]", "volatility[0][1]", "volatility[0][2]",
                                          "volatility[1][0]", "volatility[1][1]", "volatility[1][2]"});
  for (const double time : {0.2, 0.8, 1.4}) {
    for (const double k : {-3.0, -0.6, -0.3, 0.1, 0.55, 2.0}) {
      CAPTURE(time);
      CAPTURE(k);
      const number implied = seeded(time, k), local = seeded.local_variance(time, k);
      CHECK(implied.value == surface(time, k));
      CHECK(local.value == surface.local_variance(time, k));
      for (std::size_t i = 0; i < 6; ++i) {
        CAPTURE(i);
        const auto moved = [&](double shift) {
          auto volatilities = quotes;
          volatilities[i / 3][i % 3] += shift;
          return implied_volatility_surface({0.5, 1.5}, {-0.5, 0, 0.5}, volatilities);
        };
        constexpr double h = 1e-5;
        const auto up = moved(h), down = moved(-h);
        const double of_implied = (up(time, k) - down(time, k)) / (2 * h),
                     of_local = (up.local_variance(time, k) - down.local_variance(time, k)) / (2 * h);
        CHECK(std::fabs(implied.derivative[i] - of_implied) < 1e-7 * (1 + std::fabs(of_implied)));
        CHECK(std::fabs(local.derivative[i] - of_local) < 1e-7 * (1 + std::fabs(of_local)));
      }
    }
  }
}

template <class Number>
struct three_assets {
  basic_square_matrix<Number> correlation;
  basic_displaced_diffusion_parameters<Number> first;
  basic_variance_gamma_parameters<Number> second;
  basic_normal_inverse_gaussian_parameters<Number> third;

  template <class Result, class Visit>
  three_assets<Result> transformed(const Visit& visit) const {
    return {transformed_correlation<Result>(correlation, visit), first.template transformed<Result>(visit),
            second.template transformed<Result>(visit), third.template transformed<Result>(visit)};
  }
};

template <class Real>
struct three_models : several_assets<displaced_diffusion<Real>, variance_gamma<Real>, normal_inverse_gaussian<Real>> {
  using number = double_of<Real>;
  three_models(const basic_market<number>& m, const three_assets<number>& list)
      : three_models::several_assets(list.correlation, {m, list.first}, {m, list.second}, {m, list.third}) {}
};

const square_matrix correlation{{1, 0.6, -0.3}, {0.6, 1, 0.2}, {-0.3, 0.2, 1}};

TEST_CASE("several assets: steps have derivatives by the correlations and by all models' parameters") {
  check<14, three_models>("three", asset,
                          three_assets<double>{correlation, {0.2, 0.5}, {0.12, -0.14, 0.2}, {0.2, -0.1, 0.3}});
}

TEST_CASE(
    "several assets: correlations are named, and both sides of the diagonal are moved; forwards have derivatives") {
  using number = dual<double, 6>;
  std::vector<std::string> names;
  const auto seeded = [&](const std::string& name, const parameter&, double x) {
    names.push_back(name);
    return number::parameter(x, static_cast<int>(names.size()) - 1);
  };
  const auto moved = with_numbers<number>(correlation, seeded);
  const auto seen = with_numbers<number>(asset, seeded);
  CHECK(names == std::vector<std::string>{"correlation[1][0]", "correlation[2][0]", "correlation[2][1]", "spot", "rate",
                                          "dividend_yield"});
  for (std::size_t i = 0; i < 3; ++i) {
    for (std::size_t j = 0; j < 3; ++j) {
      CHECK(moved[i][j].value == correlation[i][j]);
      for (std::size_t k = 0; k < 3; ++k) CHECK(moved[i][j].derivative[k] == (i + j == k + 1 && i != j ? 1 : 0));
    }
  }
  using of_asset = black_scholes<dual<double, 6>>;
  const several_assets model(moved, of_asset(seen, {0.2}), of_asset(seen, {0.3}), of_asset(seen, {0.4}));
  auto state = model.initial_state();
  CHECK(state.tail.initial_spot.derivative[3] == 1);
  model_table<number> table;
  const auto c = model.step_coefficients(0.5, 0.25, table);
  const number growth = c.tail.tail.log_forward_return;
  CHECK(growth.derivative[4] == 0.75);
  CHECK(growth.derivative[5] == -0.75);
  const number last = table.values().back();
  const double root = std::sqrt(1 - 0.36), below = (0.2 + 0.18) / root;  // of the factor
  CHECK(last.value == doctest::Approx(std::sqrt(1 - 0.09 - below * below)));
  CHECK(last.derivative[2] == doctest::Approx(-below / root / last.value));
}

TEST_CASE("rough Bergomi: steps and what is before them have their derivatives") {
  check<8, rough_bergomi>("steps of two lengths", asset,
                          rough_bergomi_parameters{step_function({0.5, 2}, {0.06, 0.05}), 0.1, 1.2, -0.7});
  check<7, rough_bergomi>("smooth", asset, rough_bergomi_parameters{0.04, 0.4, 0.8, 0.3});
}

TEST_CASE("rough Heston: its parameters are a list") {
  const rough_heston model(asset, {0.04, 0.3, 0.05, 0.3, -0.7, 0.1});
  std::vector<std::string> names;
  for_each_number(model.parameters(), [&](const std::string& name, const parameter& p, double x) {
    CHECK(p.range.contains(x));
    names.push_back(name);
  });
  CHECK(names == std::vector<std::string>{"initial_variance", "mean_reversion", "long_run_variance",
                                          "volatility_of_variance", "correlation", "hurst"});
}

}  // namespace
}  // namespace spectralmc
