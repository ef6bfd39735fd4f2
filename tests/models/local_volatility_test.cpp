// Local volatility: a function against the exact law of constant elasticity; a surface that is flat, one that is
// Heston's, and surfaces with arbitrage.
#include "spectralmc/models/local_volatility.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <random>
#include <string>
#include <vector>

#include "about.hpp"
#include "schroder.hpp"
#include "spectralmc/models/black_scholes.hpp"
#include "spectralmc/models/heston.hpp"
#include "spectralmc/parallel/cpu.hpp"
#include "spectralmc/pricing/black.hpp"
#include "spectralmc/requests/spectrum_of.hpp"
#include "spectralmc/requests/value_of.hpp"
#include "spectralmc/spectral/distribution.hpp"
#include "statistics.hpp"

namespace spectralmc {
namespace {

const market asset(100, {0.25, 1}, {0.03, 0.04}, 0.01);

/// 0.3 M^(beta - 1)
struct power_volatility {
  double exponent;
  template <class V>
  SPECTRALMC_HOST_DEVICE V operator()(V x, scalar_of<V> /*time*/) const {
    using real = scalar_of<V>;
    return rounded_product(V(real(0.3)), exp(x * V(static_cast<real>(exponent))));
  }
};

// False alarms: 1 in 2600 for each precision.
TEST_CASE_TEMPLATE("local volatility that is a power of S has the prices of constant elasticity", Real, float, double) {
  const auto model = local_volatility_model<Real>(asset, power_volatility{-0.3});
  const auto plan = simulation{model, time_grid::dates({1}, 1.0 / 100)}.paths(1 << 16).seed(24);
  const distribution law(characteristic_function(cpu{}, plan, log_return{})[0]);
  const reference::constant_elasticity_law exact{0.7L, 0.09L};
  const double forward = asset.forward(1), discount = asset.discount(1);
  for (const double k : {0.7, 0.9, 1.0, 1.2, 1.5}) {
    CAPTURE(k);
    CHECK(errors_apart(law.call_prices({k * forward})[0],
                       discount * forward * static_cast<double>(exact.call(static_cast<long double>(k)))) < 4);
  }
  CHECK(errors_apart(price(cpu{}, plan, [](const auto& path) { return path.last(); }), discount * forward) < 4);
}

std::vector<std::vector<double>> flat(std::size_t maturities, std::size_t places, double volatility) {
  return std::vector<std::vector<double>>(maturities, std::vector<double>(places, volatility));
}

TEST_CASE("a flat surface has its volatility everywhere, implied and local") {
  const implied_volatility_surface surface({0.5, 1, 2}, {-0.5, 0, 0.5}, flat(3, 3, 0.25));
  for (const double time : {0.01, 0.5, 0.8, 3.0}) {
    for (const double k : {-2.0, -0.4, 0.0, 0.3, 1.0}) {
      if (time <= 2) CHECK(surface(time, k) == about(0.25, 1e-14));
      CHECK(surface.local_variance(time, k) == about(0.0625, 1e-13));
    }
  }
}

// False alarms: 1 in 100000 for each precision.
TEST_CASE_TEMPLATE("paths of a flat surface are those of Black and Scholes", Real, float, double) {
  const dupire<Real> model(asset, implied_volatility_surface({0.5, 1, 2}, {-0.5, 0, 0.5}, flat(3, 3, 0.25)));
  const auto plan = simulation{model, time_grid::dates({1.5}, 0.1)}.paths(1 << 14).seed(25);
  const spectrum found = characteristic_function(cpu{}, plan, spectrum_of(log_return{}).terms(48))[0];
  const joint_test test = joint_error(found, exact_values(black_scholes<Real>(asset, {0.25}), found));
  CHECK(test.statistic < test.bound);
}

const heston_parameters smile{0.04, 2, 0.06, 0.5, -0.6};

implied_volatility_surface smile_surface() {
  const heston<double> model(market(1), smile);
  std::vector<double> maturities{0.1, 0.2, 0.35, 0.5, 0.75, 1, 1.5}, places;
  std::vector<std::vector<double>> volatilities;
  for (int j = -10; j <= 5; ++j) places.push_back(0.05 * j);
  for (const double time : maturities) {
    const distribution law(characteristic_function(model, time));
    std::vector<double> row;
    for (const double k : places) {
      const option_type type = k < 0 ? option_type::put : option_type::call;
      const estimate option = (k < 0 ? law.put_prices({std::exp(k)}) : law.call_prices({std::exp(k)}))[0];
      row.push_back(implied_volatility(type, option.value, 1, std::exp(k), time));
    }
    volatilities.push_back(row);
  }
  return implied_volatility_surface(maturities, places, volatilities);
}

// With interpolation in maturity and 100 steps a year there is a bias of about a twentieth of a volatility point; 0.15
// are allowed. False alarms: 1 in 1800 for each precision.
TEST_CASE("paths of a Heston surface have Heston's prices") {
  const dupire<float> model(asset, smile_surface());
  const auto plan = simulation{model, time_grid::dates({0.25, 1}, 0.01)}.paths(1 << 16).seed(26);
  const spectra found = characteristic_function(cpu{}, plan, log_return{});
  const heston<double> exact(asset, smile);
  for (const double time : {0.25, 1.0}) {
    const distribution law(found.at(time)), truth(characteristic_function(exact, time));
    for (const double k : {-0.2, -0.1, 0.0, 0.1}) {
      const double forward = asset.forward(time), discount = asset.discount(time), strike = forward * std::exp(k);
      const estimate put = law.put_prices({strike})[0];
      const double vega = black_vega(forward, strike, 0.22, time, discount);
      CAPTURE(time);
      CAPTURE(k);
      CHECK(std::fabs(put.value - truth.put_prices({strike})[0].value) < 4 * put.standard_error + 0.0015 * vega);
    }
  }
}

/// Undiscounted calls on exp(X) by Dupire's forward equation, dc/dT = s^2 (c'' - c') / 2 in k, by Crank and Nicolson's
/// scheme after four implicit steps: the prices under a local variance, apart from paths.
class forward_equation {
 public:
  forward_equation(double reach, int places) : step_(2 * reach / (places - 1)) {
    for (int i = 0; i < places; ++i) {
      place_.push_back(-reach + step_ * i);
      call_.push_back(std::fmax(1 - std::exp(place_.back()), 0.0));
    }
  }

  template <class Variance>
  void advance(double from, double to, int steps, const Variance& variance) {
    const std::size_t n = place_.size();
    std::vector<double> factor(n), next(n);
    for (int j = 0; j < steps; ++j) {
      // Times are squares: the first steps are short, where the law is narrow.
      const auto time = [&](int i) {
        const double root = std::sqrt(from) + (std::sqrt(to) - std::sqrt(from)) * i / steps;
        return root * root;
      };
      const double begin = time(j), length = time(j + 1) - begin, implicit = from == 0 && j < 4 ? 1.0 : 0.5;
      next = call_;
      double below = 0;
      for (std::size_t i = 1; i + 1 < n; ++i) {
        const double half = 0.5 * length * variance(begin + 0.5 * length, place_[i]);
        const double down = half * (1 / (step_ * step_) + 0.5 / step_), up = half * (1 / (step_ * step_) - 0.5 / step_);
        const double change = down * (call_[i - 1] - call_[i]) + up * (call_[i + 1] - call_[i]);
        const double a = -implicit * down, c = -implicit * up, b = 1 - a - c;
        const double left = i == 1 ? call_[0] : 0.0, right = i + 2 == n ? call_[n - 1] : 0.0;
        const double d = call_[i] + (1 - implicit) * change - a * left - c * right;
        const double pivot = b - (i == 1 ? 0.0 : a * factor[i - 1]);
        factor[i] = c / pivot;
        below = (d - (i == 1 ? 0.0 : a * below)) / pivot;
        next[i] = below;
      }
      for (std::size_t i = n - 2; i-- > 1;) next[i] -= factor[i] * next[i + 1];
      call_ = next;
    }
  }

  /// At log-moneyness k, by a cubic through four places.
  double call(double k) const {
    const double at = (k - place_[0]) / step_;
    const std::size_t j = static_cast<std::size_t>(at);
    const double v = at - static_cast<double>(j);
    return (-v * (v - 1) * (v - 2) * call_[j - 1] + 3 * (v + 1) * (v - 1) * (v - 2) * call_[j] -
            3 * (v + 1) * v * (v - 2) * call_[j + 1] + (v + 1) * v * (v - 1) * call_[j + 2]) /
           6;
  }

 private:
  double step_;
  std::vector<double> place_, call_;
};

struct quotes {
  std::vector<double> maturities, places;
  std::vector<std::vector<double>> volatilities;
};

/// Few quotes of a surface without arbitrage, whose slope at the ends falls or rises: the first family of Gatheral and
/// Jacquier (2014), with total variance theta(T) at the money and phi = eta / sqrt(theta), eta (1 + |rho|) <= 2 and
/// eta^2 (1 + |rho|) <= 4.
quotes random_quotes(std::mt19937_64& words) {
  const auto between = [&words](double from, double to) {
    return from + (to - from) * static_cast<double>(words() >> 11) * 0x1p-53;
  };
  quotes q;
  const int maturities = static_cast<int>(between(1, 5)), places = static_cast<int>(between(4, 11));
  double time = between(0.1, 0.5);
  for (int i = 0; i < maturities; ++i, time *= between(1.4, 2.5)) q.maturities.push_back(time);
  const double volatility = between(0.1, 0.45), rho = between(-0.9, 0.6), drift = between(-0.2, 0.3);
  const double eta = between(0.2, 1) * std::fmin(2 / (1 + std::fabs(rho)), 2 / std::sqrt(1 + std::fabs(rho)));
  const double deviation = volatility * std::sqrt(q.maturities.back());
  const double first = -between(0.8, 2.2) * deviation, last = between(0.5, 2) * deviation;
  for (int j = 0; j < places; ++j) q.places.push_back(first + (last - first) * j / (places - 1));
  for (const double maturity : q.maturities) {
    const double theta = volatility * volatility * std::pow(maturity, 1 + drift), phi = eta / std::sqrt(theta);
    std::vector<double> row;
    for (const double k : q.places) {
      const double root = std::sqrt((phi * k + rho) * (phi * k + rho) + 1 - rho * rho);
      row.push_back(std::sqrt(theta / 2 * (1 + rho * phi * k + root) / maturity));
    }
    q.volatilities.push_back(row);
  }
  return q;
}

// No random paths: what is left is the equation's discretisation. Farther than three deviations out vega says nothing.
TEST_CASE("a hundred surfaces without arbitrage are accepted, and their local variance returns every quote") {
  std::mt19937_64 words(5);
  for (int n = 0; n < 100; ++n) {
    CAPTURE(n);
    const quotes q = random_quotes(words);
    const implied_volatility_surface surface(q.maturities, q.places, q.volatilities);
    double deviation = 0, from = 0;
    for (const double v : q.volatilities.back()) deviation = std::fmax(deviation, v * std::sqrt(q.maturities.back()));
    forward_equation equation(6 * deviation, 601);
    for (std::size_t i = 0; i < q.maturities.size(); ++i) {
      const double to = q.maturities[i];
      equation.advance(from, to, 60, [&surface](double t, double k) { return surface.local_variance(t, k); });
      from = to;
      for (std::size_t j = 0; j < q.places.size(); ++j) {
        const double v = q.volatilities[i][j], k = q.places[j], strike = std::exp(k);
        if (std::fabs(k) > 3 * v * std::sqrt(to)) continue;
        CAPTURE(to);
        CAPTURE(k);
        const double error = equation.call(k) - black_price(option_type::call, 1, strike, v, to, 1);
        CHECK(std::fabs(error) < 0.002 * black_vega(1, strike, v, to, 1));
      }
    }
  }
}

// Slopes that fall at the last quote, where a corner was: once 1.3 volatility points off. The bias allowed is 0.1
// points. False alarms: 1 in 2000.
TEST_CASE("paths return the quotes of surfaces whose slopes fall at their ends") {
  const implied_volatility_surface one({1}, {-0.3, -0.2, -0.1, 0, 0.1}, {{0.30, 0.27, 0.24, 0.21, 0.185}});
  const implied_volatility_surface two({0.5, 1}, {-0.4, -0.2, 0, 0.2},
                                       {{0.30, 0.255, 0.22, 0.20}, {0.29, 0.25, 0.22, 0.205}});
  for (const implied_volatility_surface& surface : {one, two}) {
    const auto plan = simulation{dupire<float>(market(100), surface), time_grid::dates({1}, 0.01)}.paths(1 << 16);
    const distribution law(characteristic_function(cpu{}, plan, log_return{})[0]);
    for (const double k : {-0.2, -0.1, 0.0, 0.1}) {
      const double strike = 100 * std::exp(k);
      const estimate found = k < 0 ? law.put_prices({strike})[0] : law.call_prices({strike})[0];
      const double quoted = surface(1, k), vega = black_vega(100, strike, quoted, 1, 1);
      const double exact = black_price(k < 0 ? option_type::put : option_type::call, 100, strike, quoted, 1, 1);
      CAPTURE(k);
      CHECK(std::fabs(found.value - exact) < 4 * found.standard_error + 0.001 * vega);
    }
  }
}

TEST_CASE("where the smile falls at the table's end its wing becomes flat, and all volatilities are finite") {
  const implied_volatility_surface surface({0.5, 10}, {-0.5, 0, 0.5}, {{0.3, 0.26, 0.21}, {0.28, 0.24, 0.19}});
  for (const double time : {0.1, 0.5, 3.0, 10.0, 20.0}) {
    for (const double k : {-30.0, -3.0, -0.5, 0.0, 0.5, 3.0, 30.0}) {
      CAPTURE(time);
      CAPTURE(k);
      if (time <= 10) CHECK(surface(time, k) > 0);
      CHECK(is_finite(surface.local_variance(time, k)));
    }
  }
  CHECK(surface(10, 3) < 0.19);
  CHECK(surface(10, 3) == surface(10, 30));
}

// An extrapolation of this surface's total variance would have arbitrage. False alarms: 1 in 16000.
TEST_CASE("after the last maturity the local volatility stays, and the asset is worth its forward") {
  const implied_volatility_surface surface(
      {0.25, 1}, {-0.4, -0.2, 0, 0.2, 0.4},
      {{0.2272, 0.1950, 0.1920, 0.2209, 0.2736}, {0.4160, 0.3434, 0.2969, 0.2690, 0.2678}});
  CHECK(surface.local_variance(5, -0.1) == surface.local_variance(1, -0.1));
  CHECK_THROWS_AS(surface(1.5, 0), invalid_parameter);
  const auto plan = simulation{dupire<float>(asset, surface), time_grid::dates({5}, 1.0 / 64)}.paths(1 << 14).seed(2);
  const estimate worth = price(cpu{}, plan, [](const auto& path) { return path.last(); });
  CHECK(worth.paths == 1 << 14);
  CHECK(errors_apart(worth, asset.discount(5) * asset.forward(5)) < 4);
}

std::string refusal(const std::vector<double>& maturities, const std::vector<double>& places,
                    const std::vector<std::vector<double>>& volatilities) {
  try {
    const implied_volatility_surface surface(maturities, places, volatilities);
  } catch (const invalid_parameter& e) {
    return e.what();
  }
  return "";
}

TEST_CASE("surfaces with arbitrage or lists that do not fit are refused, with the place") {
  CHECK(refusal({1, 2}, {-0.5, 0, 0.5}, flat(2, 3, 0.2)).empty());
  // Total variance falls from 0.09 to 0.08.
  CHECK(refusal({1, 2}, {-0.5, 0, 0.5}, {{0.3, 0.3, 0.3}, {0.2, 0.2, 0.2}})
            .find("the growth of total variance at maturity 2 and log-moneyness") == 0);
  // A peak of the smile is a hole in the density.
  CHECK(refusal({1}, {-0.2, -0.1, 0, 0.1, 0.2}, {{0.2, 0.2, 0.3, 0.2, 0.2}}).find("the density at maturity 1 and") ==
        0);
  CHECK(refusal({}, {0, 1}, {}).find("times.size() is 0") == 0);
  CHECK(refusal({1}, {0}, {{0.2}}).find("log_moneyness.size() is 1") == 0);
  CHECK(refusal({1}, {1, 0}, {{0.2, 0.2}}).find("log_moneyness is 0") == 0);
  CHECK(refusal({1, 2}, {0, 1}, {{0.2, 0.2}}).find("volatilities.size() is 1") == 0);
  CHECK(refusal({1}, {0, 1}, {{0.2}}).find("volatilities[i].size() is 1") == 0);
  CHECK(refusal({1}, {0, 1}, {{0.2, -0.5}}).find("volatilities is -0.5") == 0);
}

}  // namespace
}  // namespace spectralmc
