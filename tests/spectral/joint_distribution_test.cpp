// The joint law of two quantities: closed forms against formulas for two normals, Margrabe's, Stulz's and Zhang's,
// integrals of Black's formula and forward-start options; simulated ones against these within their errors, and their
// errors against their spread.
#include "spectralmc/spectral/joint_distribution.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <random>
#include <utility>
#include <vector>

#include "about.hpp"
#include "reference_formulas.hpp"
#include "spectralmc/models/black_scholes.hpp"
#include "spectralmc/models/heston.hpp"
#include "spectralmc/models/joint_characteristic_function.hpp"
#include "spectralmc/models/kou.hpp"
#include "spectralmc/models/several_assets.hpp"
#include "spectralmc/paths/asset_observers.hpp"
#include "spectralmc/requests/joint_spectrum_of.hpp"
#include "statistics.hpp"

namespace spectralmc {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

/// Two assets of Black and Scholes' over a year and a half, and what is known of them.
struct two_normals {
  double rho, deviation[2] = {0.2 * std::sqrt(1.5), 0.3 * std::sqrt(1.5)};
  market first{100, 0.03, 0.01}, second{90, 0.03, 0.02};
  static constexpr double time = 1.5;

  explicit two_normals(double correlation) : rho(correlation) {}

  template <class Real>
  auto model() const {
    return several_assets({{1, rho}, {rho, 1}}, black_scholes<Real>(first, {0.2}), black_scholes<Real>(second, {0.3}));
  }
  double mean(int i) const {
    return (i == 0 ? first : second).log_forward_return(time) - 0.5 * deviation[i] * deviation[i];
  }
  double density(double x, double y) const {
    const double a = (x - mean(0)) / deviation[0], b = (y - mean(1)) / deviation[1], rest = 1 - rho * rho;
    return std::exp(-0.5 * (a * a - 2 * rho * a * b + b * b) / rest) /
           (2 * pi * deviation[0] * deviation[1] * std::sqrt(rest));
  }
  /// Given the first, the second is lognormal: an integral of Black's formula, by the trapezoidal rule, or its parts
  /// where no formula has a strike that is not positive.
  double option(double w1, double w2, double strike) const {
    const double left = std::sqrt(1 - rho * rho) * deviation[1];
    reference::number sum = 0;
    constexpr double step = 1.0 / 256;
    for (int i = -9 * 256; i <= 9 * 256; ++i) {
      const double z = i * step;
      const double s1 = 100 * std::exp(mean(0) + deviation[0] * z);
      const double forward = 90 * std::exp(mean(1) + rho * deviation[1] * z + 0.5 * left * left);
      const double k = (strike - w1 * s1) / w2;
      const reference::number paid = w2 > 0 ? (k > 0 ? w2 * reference::black(1, forward, k, left) : w2 * (forward - k))
                                            : (k > 0 ? -w2 * reference::black(-1, forward, k, left) : 0);
      sum += paid * reference::normal_density(z) * step;
    }
    return first.discount(time) * static_cast<double>(sum);
  }
};

TEST_CASE("the joint law of two normals in closed form: density, probabilities, moments") {
  for (const double rho : {0.0, 0.6, -0.9}) {
    const two_normals truth(rho);
    const joint_distribution law(joint_characteristic_function<0, 1>(truth.model<double>(), truth.time));
    CAPTURE(rho);
    CHECK(law.resolved());
    CHECK(law.edge_mass() < 1e-10);
    for (const auto& [x, y] : {std::pair<double, double>{0, 0}, {0.1, -0.3}, {-0.5, 0.2}, {0.3, 0.5}}) {
      const estimate found = law.density(x, y);
      CHECK(std::fabs(found.value - truth.density(x, y)) <= 1e-7);
      CHECK(std::fabs(found.value - truth.density(x, y)) <= found.truncation_error + 1e-12);
      CHECK(found.standard_error == 0);
      CHECK(std::fabs(law.density_values({x}, {0.4, y})[0][1] - found.value) < 1e-12);
    }
    // Sheppard's formula for a quadrant.
    const estimate quadrant = law.cdf(truth.mean(0), truth.mean(1));
    CHECK(quadrant.value == about(0.25 + std::asin(rho) / (2 * pi), 1e-9));
    CHECK(law.probability({-infinity, infinity}, {-infinity, infinity}).value == about(1, 1e-12));
    const auto cdf = [&](int i, double x) {
      return static_cast<double>(reference::normal_cdf((x - truth.mean(i)) / truth.deviation[i]));
    };
    CHECK(law.cdf(0.1, infinity).value == about(cdf(0, 0.1), 1e-9));
    CHECK(law.cdf(infinity, -0.2).value == about(cdf(1, -0.2), 1e-9));
    if (rho == 0) {
      CHECK(law.probability({-0.1, 0.2}, {0.1, 0.5}).value ==
            about((cdf(0, 0.2) - cdf(0, -0.1)) * (cdf(1, 0.5) - cdf(1, 0.1)), 1e-9));
    }
    CHECK(std::fabs(law.covariance().value - rho * truth.deviation[0] * truth.deviation[1]) < 1e-10);
    CHECK(std::fabs(law.correlation().value - rho) < 1e-9);
    CHECK(std::fabs(law.first().mean().value - truth.mean(0)) < 1e-10);
    CHECK(std::sqrt(law.second().variance().value) == about(truth.deviation[1], 1e-9));
    CHECK(law.density(50, 0).value == 0);
  }
}

TEST_CASE("options on two assets in closed form: Margrabe's, spreads and baskets of all signs") {
  for (const double rho : {0.5, 0.95, -0.7}) {
    const two_normals truth(rho);
    const joint_distribution law(joint_characteristic_function<0, 1>(truth.model<double>(), truth.time));
    CAPTURE(rho);
    const auto check = [&](const estimate& found, double w1, double w2, double strike) {
      const double expected = truth.option(w1, w2, strike);
      CAPTURE(w1);
      CAPTURE(w2);
      CAPTURE(strike);
      CHECK(std::fabs(found.value - expected) < 2e-8);
      CHECK(std::fabs(found.value - expected) <= found.truncation_error + 1e-10);
    };
    check(law.exchange_option(), 1, -1, 0);
    check(law.spread_call(8), 1, -1, 8);
    check(law.spread_call(-40), 1, -1, -40);
    check(law.basket_call(-1, 1, 0), -1, 1, 0);
    check(law.basket_call(-0.5, 2, 100), -0.5, 2, 100);
    check(law.basket_call(0.5, 0.5, 95), 0.5, 0.5, 95);
    check(law.basket_call(1, 2, -10), 1, 2, -10);
    check(law.basket_call(-1, -1, -180), -1, -1, -180);
    CHECK(law.basket_call(-1, -1, 5).value < 1e-7);
    const double variance = truth.deviation[0] * truth.deviation[0] + truth.deviation[1] * truth.deviation[1] -
                            2 * rho * truth.deviation[0] * truth.deviation[1];
    const double margrabe =
        truth.first.discount(1.5) * static_cast<double>(reference::black(
                                        1, truth.first.forward(1.5), truth.second.forward(1.5), std::sqrt(variance)));
    CHECK(law.exchange_option().value == about(margrabe, 1e-9));
  }
}

/// P(A <= a, B <= b) for two standard normals, by Plackett's (1954) integral over the correlation's angle and the rule
/// of tanh and sinh: dP/drho is their density.
double two_normals_cdf(double a, double b, double rho) {
  const reference::number angle = std::asin(static_cast<reference::number>(rho)), step = 1.0L / 64;
  reference::number sum = 0;
  for (int i = -4 * 64; i <= 4 * 64; ++i) {
    const reference::number t = step * i, s = 0.5L * reference::pi * std::sinh(t);
    const reference::number left = 1 / (1 + std::exp(2 * s));  // of the angle, from its end
    const reference::number theta = angle * (1 - left), cosine = std::cos(theta);
    const reference::number weight = reference::pi * std::cosh(t) * left * (1 - left) * step;
    sum += weight * std::exp(-0.5L * (a * a - 2 * a * b * std::sin(theta) + b * b) / (cosine * cosine));
  }
  const reference::number apart = reference::normal_cdf(a) * reference::normal_cdf(b);
  return static_cast<double>(apart + angle * sum / (2 * reference::pi));
}

enum kind { better_call, worse_call, better_put, worse_put };

/// Two assets of Black and Scholes', and what is known of options on both.
struct two_assets {
  double spot[2], yield[2], time, volatility[2], rho, rate = 0.05;

  template <class Real>
  auto model() const {
    return several_assets({{1, rho}, {rho, 1}}, black_scholes<Real>(market(spot[0], rate, yield[0]), {volatility[0]}),
                          black_scholes<Real>(market(spot[1], rate, yield[1]), {volatility[1]}));
  }
  joint_distribution law() const {
    return joint_distribution(joint_characteristic_function<0, 1>(model<double>(), time));
  }

  /// Stulz's formulas: a call on the worse, and from it the others by what a call on both is worth, and by parity.
  double option(kind which, double strike) const {
    const double discount = std::exp(-rate * time), root = std::sqrt(time);
    double worth[2], calls[2], above[2], deviation[2];  // `above`: by how many deviations log(strike) is exceeded
    for (int i = 0; i < 2; ++i) {
      worth[i] = spot[i] * std::exp(-yield[i] * time);
      deviation[i] = volatility[i] * root;
      above[i] = std::log(worth[i] / (strike * discount)) / deviation[i] - 0.5 * deviation[i];
      calls[i] = static_cast<double>(reference::black(1, worth[i], strike * discount, deviation[i]));
    }
    const double apart =
        std::sqrt(deviation[0] * deviation[0] + deviation[1] * deviation[1] - 2 * rho * deviation[0] * deviation[1]);
    const double better = static_cast<double>(reference::black(1, worth[0], worth[1], apart)) + worth[1];
    double call = -strike * discount * two_normals_cdf(above[0], above[1], rho);
    for (int i = 0; i < 2; ++i) {
      const double cheaper = std::log(worth[1 - i] / worth[i]) / apart - 0.5 * apart;
      call +=
          worth[i] * two_normals_cdf(above[i] + deviation[i], cheaper, (rho * deviation[1 - i] - deviation[i]) / apart);
    }
    if (which == worse_call) return call;
    if (which == worse_put) return call - (worth[0] + worth[1] - better) + strike * discount;
    const double on_better = calls[0] + calls[1] - call;
    return which == better_call ? on_better : on_better - better + strike * discount;
  }

  /// Zhang's formula; sign is 1 for a call and -1 for a put.
  double correlation_option(int sign, double first_strike, double second_strike) const {
    const double root = std::sqrt(time), drift[2] = {rate - yield[0], rate - yield[1]};
    const auto above = [&](int i, double strike) {
      return (std::log(spot[i] / strike) + drift[i] * time) / (volatility[i] * root) - 0.5 * volatility[i] * root;
    };
    const double first = above(0, first_strike), second = above(1, second_strike), deviation = volatility[1] * root;
    return sign * (spot[1] * std::exp(-yield[1] * time) *
                       two_normals_cdf(sign * (second + deviation), sign * (first + rho * deviation), rho) -
                   second_strike * std::exp(-rate * time) * two_normals_cdf(sign * second, sign * first, rho));
  }
};

estimate option_on(const joint_distribution& law, kind which, double strike) {
  switch (which) {
    case better_call:
      return law.better_of_call(strike);
    case worse_call:
      return law.worse_of_call(strike);
    case better_put:
      return law.better_of_put(strike);
    default:
      return law.worse_of_put(strike);
  }
}

/// Right to 2e-8 of the price of an asset, and within its error.
void check_option(const estimate& found, double expected) {
  CAPTURE(found.value);
  CAPTURE(expected);
  CHECK(std::fabs(found.value - expected) <= 2e-6);
  CHECK(std::fabs(found.value - expected) <= found.truncation_error + 1e-12);
  CHECK(found.truncation_error < 1e-4);
  CHECK(found.standard_error == 0);
}

// Of N. Firth's spreadsheet, and pages 56 to 58 of Haug, E. G. (1998), The complete guide to option pricing formulas,
// McGraw-Hill, as QuantLib's tests have them. Both print what is within one or two units of the last digit.
TEST_CASE("options on the better or the worse of two assets: published values") {
  struct published {
    kind which;
    double strike, spot[2], yield[2], time, volatility[2], rho, value;
  };
  const published values[] = {
      {worse_call, 100, {100, 100}, {0, 0}, 1, {0.3, 0.3}, 0.9, 10.898},
      {worse_call, 100, {100, 100}, {0, 0}, 1, {0.3, 0.3}, 0.7, 8.483},
      {worse_call, 100, {100, 100}, {0, 0}, 1, {0.3, 0.3}, 0.5, 6.844},
      {worse_call, 100, {100, 100}, {0, 0}, 1, {0.3, 0.3}, 0.3, 5.531},
      {worse_call, 100, {100, 100}, {0, 0}, 1, {0.3, 0.3}, 0.1, 4.413},
      {worse_call, 100, {100, 100}, {0, 0}, 1, {0.5, 0.7}, 0, 4.981},
      {worse_call, 100, {100, 100}, {0, 0}, 1, {0.5, 0.3}, 0, 4.159},
      {worse_call, 100, {100, 100}, {0, 0}, 1, {0.5, 0.1}, 0, 2.597},
      {worse_call, 100, {100, 100}, {0, 0}, 1, {0.5, 0.1}, 0.5, 4.030},
      {better_call, 100, {100, 100}, {0, 0}, 1, {0.3, 0.3}, 0.9, 17.565},
      {better_call, 100, {100, 100}, {0, 0}, 1, {0.3, 0.3}, 0.7, 19.980},
      {better_call, 100, {100, 100}, {0, 0}, 1, {0.3, 0.3}, 0.5, 21.619},
      {better_call, 100, {100, 100}, {0, 0}, 1, {0.3, 0.3}, 0.3, 22.932},
      {better_call, 100, {100, 100}, {0, 0}, 1, {0.3, 0.3}, 0.1, 24.049},
      {better_call, 100, {80, 100}, {0, 0}, 1, {0.3, 0.3}, 0.3, 16.508},
      {better_call, 100, {80, 80}, {0, 0}, 1, {0.3, 0.3}, 0.3, 8.049},
      {better_call, 100, {80, 120}, {0, 0}, 1, {0.3, 0.3}, 0.3, 30.141},
      {better_call, 100, {120, 120}, {0, 0}, 1, {0.3, 0.3}, 0.3, 42.889},
      {worse_put, 100, {100, 100}, {0, 0}, 1, {0.3, 0.3}, 0.9, 11.369},
      {worse_put, 100, {100, 100}, {0, 0}, 1, {0.3, 0.3}, 0.7, 12.856},
      {worse_put, 100, {100, 100}, {0, 0}, 1, {0.3, 0.3}, 0.5, 13.890},
      {worse_put, 100, {100, 100}, {0, 0}, 1, {0.3, 0.3}, 0.3, 14.741},
      {worse_put, 100, {100, 100}, {0, 0}, 1, {0.3, 0.3}, 0.1, 15.485},
      {worse_put, 100, {100, 100}, {0, 0}, 0.5, {0.3, 0.3}, 0.1, 11.893},
      {worse_put, 100, {100, 100}, {0, 0}, 0.25, {0.3, 0.3}, 0.1, 8.881},
      {worse_put, 100, {100, 100}, {0, 0}, 2, {0.3, 0.3}, 0.1, 19.268},
      {better_put, 100, {100, 100}, {0, 0}, 1, {0.3, 0.3}, 0.9, 7.339},
      {better_put, 100, {100, 100}, {0, 0}, 1, {0.3, 0.3}, 0.7, 5.853},
      {better_put, 100, {100, 100}, {0, 0}, 1, {0.3, 0.3}, 0.5, 4.818},
      {better_put, 100, {100, 100}, {0, 0}, 1, {0.3, 0.3}, 0.3, 3.967},
      {better_put, 100, {100, 100}, {0, 0}, 1, {0.3, 0.3}, 0.1, 3.223},
      {worse_call, 98, {100, 105}, {0, 0}, 0.5, {0.11, 0.16}, 0.63, 4.8177},
      {better_call, 98, {100, 105}, {0, 0}, 0.5, {0.11, 0.16}, 0.63, 11.6323},
      {worse_put, 98, {100, 105}, {0, 0}, 0.5, {0.11, 0.16}, 0.63, 2.0376},
      {better_put, 98, {100, 105}, {0, 0}, 0.5, {0.11, 0.16}, 0.63, 0.5731},
      {worse_call, 98, {100, 105}, {0.06, 0.09}, 0.5, {0.11, 0.16}, 0.63, 2.9340},
      {worse_put, 98, {100, 105}, {0.06, 0.09}, 0.5, {0.11, 0.16}, 0.63, 3.5224},
      {better_call, 98, {100, 105}, {0.06, 0.09}, 0.5, {0.11, 0.16}, 0.63, 8.0701},
      {better_put, 98, {100, 105}, {0.06, 0.09}, 0.5, {0.11, 0.16}, 0.63, 1.2181},
  };
  for (const published& p : values) {
    const two_assets assets{
        {p.spot[0], p.spot[1]}, {p.yield[0], p.yield[1]}, p.time, {p.volatility[0], p.volatility[1]}, p.rho};
    CAPTURE(p.which);
    CAPTURE(p.value);
    const estimate found = option_on(assets.law(), p.which, p.strike);
    CHECK(std::fabs(found.value - p.value) < (p.strike == 98 ? 1e-4 : 1.1e-3));
    check_option(found, assets.option(p.which, p.strike));
    // The same payoff as any function of both.
    const bool better = p.which == better_call || p.which == better_put;
    const bool call = p.which == better_call || p.which == worse_call;
    const estimate as_any = assets.law().expectation([&](double x, double y) {
      const double s1 = p.spot[0] * std::exp(x), s2 = p.spot[1] * std::exp(y);
      const double s = better ? std::fmax(s1, s2) : std::fmin(s1, s2);
      return std::fmax(call ? s - p.strike : p.strike - s, 0.0);
    });
    const double expected = assets.option(p.which, p.strike) * std::exp(assets.rate * p.time);
    CHECK(std::fabs(as_any.value - expected) < 1e-6);
    CHECK(std::fabs(as_any.value - expected) < as_any.truncation_error);
    CHECK(as_any.truncation_error < 2e-4);
  }
}

TEST_CASE("correlation options: Haug's value, and Zhang's formula") {
  const two_assets printed{{52, 65}, {0, 0}, 0.5, {0.2, 0.3}, 0.75, 0.1};
  CHECK(std::fabs(printed.law().correlation_call(50, 70).value - 4.7073) < 1e-4);
  for (const double rho : {-0.9, -0.3, 0.0, 0.75, 0.97}) {
    const two_assets assets{{52, 65}, {0.01, -0.02}, 0.5, {0.2, 0.3}, rho};
    const joint_distribution law = assets.law();
    for (const auto& strikes : {std::pair<double, double>{50, 70}, {60, 50}, {45, 100}, {52, 65}}) {
      const double first = strikes.first, second = strikes.second;
      CAPTURE(rho);
      CAPTURE(first);
      CAPTURE(second);
      check_option(law.correlation_call(first, second), assets.correlation_option(1, first, second));
      check_option(law.correlation_put(first, second), assets.correlation_option(-1, first, second));
      const auto pays = [&](double x, double y) {
        return 52 * std::exp(x) > first ? std::fmax(65 * std::exp(y) - second, 0.0) : 0.0;
      };
      const estimate as_any = law.expectation(pays);
      const double expected = assets.correlation_option(1, first, second) * std::exp(assets.rate * assets.time);
      CHECK(std::fabs(as_any.value - expected) < 1e-5);
      CHECK(std::fabs(as_any.value - expected) <= as_any.truncation_error);
      CHECK(as_any.truncation_error < 1e-4);
    }
  }
}

// Volatilities from 5% to 80%, correlations to 0.95, a month to three years; a strike at which the option may be worth
// nothing, or be exercised for certain, and one below 0.
TEST_CASE("options on the better or the worse of two assets: Stulz's formulas at random") {
  std::mt19937_64 random(7);
  const auto between = [&](double a, double b) { return a + (b - a) * static_cast<double>(random() >> 11) * 0x1p-53; };
  for (int i = 0; i < 40; ++i) {
    two_assets assets{{between(50, 150), between(50, 150)},
                      {between(0, 0.1), between(-0.02, 0.05)},
                      between(0.1, 3),
                      {between(0.05, 0.8), between(0.05, 0.8)},
                      between(-0.95, 0.95)};
    const joint_distribution law = assets.law();
    CAPTURE(i);
    for (const kind which : {better_call, worse_call, better_put, worse_put}) {
      CAPTURE(which);
      for (const double strike : {between(60, 140), 20.0, 400.0}) {
        CAPTURE(strike);
        check_option(option_on(law, which, strike), assets.option(which, strike));
      }
    }
    const double both = assets.option(worse_call, 1e-14), either = assets.option(better_call, 1e-14);
    check_option(law.worse_of_call(-10), both + 10 * std::exp(-assets.rate * assets.time));
    check_option(law.better_of_call(0), either);
    check_option(law.better_of_put(-1), 0);
  }
}

// Prices at two dates are two lognormals again: over one unit of time, discounted from the later date.
TEST_CASE("options on the better or the worse of an asset's prices at two dates") {
  const double first = 0.5, second = 1.25, rate = 0.03, yield = 0.01, volatility = 0.25;
  const black_scholes<double> model(market(100, rate, yield), {volatility});
  const joint_distribution law(joint_characteristic_function(model, first, second));
  const two_assets assets{{100, 100},
                          {rate * second - (rate - yield) * first, yield * second},
                          1,
                          {volatility * std::sqrt(first), volatility * std::sqrt(second)},
                          std::sqrt(first / second),
                          rate * second};
  for (const double strike : {80.0, 100.0, 125.0}) {
    CAPTURE(strike);
    for (const kind which : {better_call, worse_call, better_put, worse_put}) {
      CAPTURE(which);
      check_option(option_on(law, which, strike), assets.option(which, strike));
    }
    check_option(law.correlation_call(95, strike), assets.correlation_option(1, 95, strike));
    check_option(law.correlation_put(95, strike), assets.correlation_option(-1, 95, strike));
  }
}

// The errors of 40 runs over what they are said to be, as below: false alarms 1 in 1000 for the 6 answers of each.
TEST_CASE("simulated options on the better or the worse of two assets, and correlation options") {
  const two_assets assets{{100, 90}, {0.01, 0.02}, 1.5, {0.2, 0.3}, -0.4, 0.03};
  constexpr int runs = 40;
  constexpr std::size_t answers = 6;
  const double expected[answers] = {assets.option(better_call, 105),       assets.option(worse_call, 85),
                                    assets.option(better_put, 100),        assets.option(worse_put, 80),
                                    assets.correlation_option(1, 95, 100), assets.correlation_option(-1, 105, 85)};
  double squares[2][answers] = {};
  for (int run = 0; run < runs; ++run) {
    const auto plan = simulation{assets.model<float>(), time_grid::dates({1.5})}.paths(4096).seed(run);
    const auto check = [&](const joint_distribution& law, double* to) {
      const estimate found[answers] = {law.better_of_call(105),       law.worse_of_call(85),
                                       law.better_of_put(100),        law.worse_of_put(80),
                                       law.correlation_call(95, 100), law.correlation_put(105, 85)};
      for (std::size_t i = 0; i < answers; ++i) {
        const double z = (found[i].value - expected[i]) / found[i].standard_error;
        to[i] += z * z / runs;
        CHECK(found[i].truncation_error < found[i].standard_error);
      }
    };
    const auto returns = joint_spectrum_of(of_asset<0, log_return>{}, of_asset<1, log_return>{}, 1.5).terms(48);
    const auto prices = joint_spectrum_of(of_asset<0>{}, of_asset<1>{}, 1.5).terms(48);
    check(joint_distribution(joint_characteristic_function(cpu{}, plan, returns)), squares[0]);
    check(joint_distribution(joint_characteristic_function(cpu{}, plan, prices)), squares[1]);
  }
  for (const auto& of_observer : squares) {
    for (std::size_t i = 0; i < answers; ++i) {
      CAPTURE(i);
      CHECK(of_observer[i] > 0.3);
      CHECK(of_observer[i] < 1.9);
    }
  }
}

// Over a little of the wide asset's law the narrow one's is crossed as a whole: the panels must see that.
TEST_CASE("options on two assets of which one varies a hundred times as much") {
  const market first(100, 0.03, 0.01), second(90, 0.03);
  for (const double rho : {0.99, -0.97}) {
    for (const double time : {1.0 / 365, 1.0}) {
      const several_assets pair({{1, rho}, {rho, 1}}, black_scholes<double>(first, {1}),
                                black_scholes<double>(second, {0.01}));
      const estimate found = joint_distribution(joint_characteristic_function<0, 1>(pair, time)).exchange_option();
      const double deviation = std::sqrt(time * (1 + 0.0001 - 2 * rho * 0.01));
      const double margrabe = first.discount(time) * static_cast<double>(reference::black(
                                                         1, first.forward(time), second.forward(time), deviation));
      CAPTURE(rho);
      CAPTURE(time);
      CHECK(std::fabs(found.value - margrabe) <= found.truncation_error);
      CHECK(found.truncation_error < 1e-6);
    }
  }
}

TEST_CASE("expectations of any function of both") {
  const two_normals truth(0.6);
  const joint_distribution law(joint_characteristic_function<0, 1>(truth.model<double>(), truth.time));
  const auto check = [](const estimate& found, double expected, double least_error) {
    CHECK(std::fabs(found.value - expected) <= found.truncation_error + 1e-12);
    CHECK(found.truncation_error < least_error);
  };
  const double covariance = 0.6 * truth.deviation[0] * truth.deviation[1];
  check(law.expectation([](double x, double y) { return x * y; }), covariance + truth.mean(0) * truth.mean(1), 1e-9);
  const auto exchange = [](double x, double y) { return std::fmax(100 * std::exp(x) - 90 * std::exp(y), 0.0); };
  check(law.expectation(exchange), truth.option(1, -1, 0) / truth.first.discount(1.5), 1e-4);
  const auto plan = simulation{truth.model<float>(), time_grid::dates({1.5})}.paths(1 << 14).seed(3);
  const joint_distribution simulated(
      joint_characteristic_function(cpu{}, plan, of_asset<0, log_return>{}, of_asset<1, log_return>{}, 1.5));
  const estimate by_sum = simulated.expectation(exchange), closed = simulated.exchange_option();
  CHECK(by_sum.value * truth.first.discount(1.5) == about(closed.value, 1e-6));
  CHECK(by_sum.standard_error * truth.first.discount(1.5) == about(closed.standard_error, 1e-2));
  CHECK_THROWS_AS(law.expectation([](double x, double) { return 1 / (x - x); }), no_answer);
}

TEST_CASE("expectations of functions with jumps and kinks are within their errors, wherever these lie") {
  const two_normals truth(0.6);
  const joint_distribution law(joint_characteristic_function<0, 1>(truth.model<double>(), truth.time));
  for (const double slope : {0.0, 0.001, 1.0, -1.0, 0.6, -2.3, 40.0}) {
    for (int i = -6; i <= 6; ++i) {
      // Of X - slope Y - edge, a normal variable again.
      const double edge = 0.07 * i * (1 + std::fabs(slope)), mean = truth.mean(0) - slope * truth.mean(1) - edge;
      const double deviation = std::sqrt(std::pow(truth.deviation[0], 2) + std::pow(slope * truth.deviation[1], 2) -
                                         2 * slope * truth.rho * truth.deviation[0] * truth.deviation[1]);
      const double above = static_cast<double>(reference::normal_cdf(mean / deviation));
      const double call = mean * above + deviation * static_cast<double>(reference::normal_density(mean / deviation));
      const estimate jump = law.expectation([&](double x, double y) { return x > slope * y + edge ? 1.0 : 0.0; });
      const estimate kink = law.expectation([&](double x, double y) { return std::fmax(x - slope * y - edge, 0.0); });
      CAPTURE(slope);
      CAPTURE(edge);
      CHECK(std::fabs(jump.value - above) <= jump.truncation_error);
      CHECK(std::fabs(kink.value - call) <= kink.truncation_error);
      CHECK(jump.truncation_error < 5e-3);
      CHECK(kink.truncation_error < 5e-5);
    }
  }
}

TEST_CASE("forward-start options of a process with independent increments are options on one of them") {
  const market asset(100, 0.03, 0.01);
  const kou<double> jumps(asset, {0.15, 3, 0.2, 25, 10});
  const joint_distribution law(joint_characteristic_function(jumps, 0.5, 1.25));
  const distribution increment(characteristic_function(jumps, 0.75));
  for (const double ratio : {0.8, 1.0, 1.2}) {
    const double expected =
        increment.call_prices({100 * ratio})[0].value / 100 * asset.discount(0.5) * asset.forward(0.5);
    const estimate found = law.forward_start_call(ratio);
    CAPTURE(ratio);
    CHECK(std::fabs(found.value - expected) < 1e-7);
    CHECK(std::fabs(found.value - expected) <= found.truncation_error + 1e-9);
  }
  CHECK(law.correlation().value == about(std::sqrt(0.5 / 1.25), 1e-8));
}

// 6 answers of 2 models on 3 seeds, to 4.3 of their errors: false alarms 1 in 1600.
TEST_CASE_TEMPLATE("simulated joint laws are right within their errors", Real, float, double) {
  const two_normals truth(0.6);
  using log_of_first = of_asset<0, log_return>;
  using log_of_second = of_asset<1, log_return>;
  for (const std::uint64_t seed : {11U, 12U, 13U}) {
    const auto plan = simulation{truth.model<Real>(), time_grid::dates({1.5})}.paths(1 << 15).seed(seed);
    const joint_distribution law(joint_characteristic_function(cpu{}, plan, log_of_first{}, log_of_second{}, 1.5));
    CAPTURE(seed);
    CHECK(law.resolved());
    CHECK(errors_apart(law.correlation(), 0.6) < 4.3);
    CHECK(errors_apart(law.covariance(), 0.6 * truth.deviation[0] * truth.deviation[1]) < 4.3);
    CHECK(errors_apart(law.cdf(truth.mean(0), truth.mean(1)), 0.25 + std::asin(0.6) / (2 * pi)) < 4.3);
    CHECK(errors_apart(law.exchange_option(), truth.option(1, -1, 0)) < 4.3);
    CHECK(errors_apart(law.spread_call(20), truth.option(1, -1, 20)) < 4.3);
    CHECK(errors_apart(law.basket_call(1, 1, 250), truth.option(1, 1, 250)) < 4.3);
  }
}

// The errors of 40 runs over what they are said to be: their mean square is 1 +- 0.22, and 4 deviations are allowed on
// either side: false alarms 1 in 1000 for the 8 answers.
TEST_CASE("standard errors of simulated joint laws are those that the answers have") {
  const two_normals truth(-0.4);
  constexpr int runs = 40;
  constexpr std::size_t answers = 8;
  double squares[answers] = {};
  for (int run = 0; run < runs; ++run) {
    const auto plan = simulation{truth.model<float>(), time_grid::dates({1.5})}.paths(4096).seed(run);
    const auto returns = joint_spectrum_of(of_asset<0, log_return>{}, of_asset<1, log_return>{}, 1.5).terms(48);
    const joint_distribution law(joint_characteristic_function(cpu{}, plan, returns));
    const std::pair<estimate, double> found[answers] = {
        {law.correlation(), -0.4},
        {law.covariance(), -0.4 * truth.deviation[0] * truth.deviation[1]},
        {law.cdf(truth.mean(0), truth.mean(1)), 0.25 - std::asin(0.4) / (2 * pi)},
        {law.exchange_option(), truth.option(1, -1, 0)},
        {law.spread_call(30), truth.option(1, -1, 30)},
        {law.basket_call(0.5, 0.5, 100), truth.option(0.5, 0.5, 100)},
        {law.basket_call(-1, -1, -150), truth.option(-1, -1, -150)},
        {law.density(0.1, 0.2), truth.density(0.1, 0.2)}};
    for (std::size_t i = 0; i < answers; ++i) {
      const double z = (found[i].first.value - found[i].second) / found[i].first.standard_error;
      squares[i] += z * z / runs;
    }
  }
  for (std::size_t i = 0; i < answers; ++i) {
    CAPTURE(i);
    CHECK(squares[i] > 0.3);
    CHECK(squares[i] < (i == 7 ? 4.0 : 1.9));  // the density's leaves out its bias
  }
}

// To 4.3 of their errors: false alarms 1 in 8000.
TEST_CASE("prices observed as such, and one asset at two dates") {
  const two_normals truth(0.3);
  const auto plan = simulation{truth.model<double>(), time_grid::dates({1.5})}.paths(1 << 15).seed(5);
  const joint_distribution prices(joint_characteristic_function(cpu{}, plan, of_asset<0>{}, of_asset<1>{}, 1.5));
  CHECK(errors_apart(prices.exchange_option(), truth.option(1, -1, 0)) < 4.3);
  CHECK(errors_apart(prices.basket_call(-1, 1, 10), truth.option(-1, 1, 10)) < 4.3);
  CHECK(errors_apart(prices.basket_call(1, 1, 180), truth.option(1, 1, 180)) < 4.3);

  const market asset(100, 0.03, 0.01);
  const heston_parameters parameters{0.04, 1.5, 0.05, 0.3, -0.7};
  const joint_distribution exact(joint_characteristic_function(heston<double>(asset, parameters), 0.5, 1.5));
  const auto two_dates =
      simulation{heston<float>(asset, parameters), time_grid::dates({0.5, 1.5}, 0.05)}.paths(1 << 15).seed(6);
  const joint_distribution found(joint_characteristic_function(
      cpu{}, two_dates, joint_spectrum_of(log_return{}, 0.5, log_return{}, 1.5).terms(64)));
  for (const double ratio : {0.9, 1.0, 1.15}) {
    CAPTURE(ratio);
    const estimate closed = exact.forward_start_call(ratio);
    CHECK(closed.truncation_error < 1e-3);
    CHECK(errors_apart(found.forward_start_call(ratio), closed.value) < 4.3);
  }
  CHECK(errors_apart(found.correlation(), exact.correlation().value) < 4.3);
  CHECK(errors_apart(found.cdf(-0.1, -0.1), exact.cdf(-0.1, -0.1).value) < 4.3);
}

TEST_CASE("too few terms are told: errors are large and cover, densities far from it are refused") {
  const two_normals truth(0.9);
  const joint_distribution law(
      joint_characteristic_function<0, 1>(truth.model<double>(), truth.time, {1e-12, 1e-10, 24}));
  CHECK(!law.resolved());
  const estimate spread = law.spread_call(5);
  CHECK(std::fabs(spread.value - truth.option(1, -1, 5)) <= spread.truncation_error);
  CHECK(law.cdf(0, 0).truncation_error > 1e-6);
  const two_normals closer(0.9999);
  const joint_distribution peak(
      joint_characteristic_function<0, 1>(closer.model<double>(), closer.time, {1e-12, 1e-10, 24}));
  CHECK_THROWS_AS(peak.density(0, 0), no_answer);
  CHECK_THROWS_AS(peak.density_values({0}, {0}), no_answer);
}

TEST_CASE("an option on both that is not resolved is worth no more than what it may pay") {
  const market asset(100, 0.03, 0.01);
  const kou<double> heavy(asset, {0.15, 1, 0.5, 1.2, 2});
  const joint_distribution law(joint_characteristic_function(heavy, 0.5, 1, {1e-12, 1e-10, 96}));
  CHECK(!law.resolved());
  for (const double ratio : {0.5, 1.0, 2.0}) {
    const double most = asset.discount(1) * asset.forward(1);
    const estimate found = law.forward_start_call(ratio);
    CHECK(found.value >= 0);
    CHECK(found.value <= most * (1 + 1e-15));
    CHECK(found.truncation_error > most);
  }
}

TEST_CASE("joint laws: what makes no sense is refused") {
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  const two_normals truth(0.5);
  const joint_distribution law(joint_characteristic_function<0, 1>(truth.model<double>(), truth.time));
  CHECK_THROWS_AS(law.density(nan, 0), invalid_parameter);
  CHECK_THROWS_AS(law.density(0, infinity), invalid_parameter);
  CHECK_THROWS_AS(law.density_values({nan}, {0}), invalid_parameter);
  CHECK_THROWS_AS(law.probability({1, 0}, {0, 1}), invalid_parameter);
  CHECK_THROWS_AS(law.probability({0, 1}, {nan, 1}), invalid_parameter);
  CHECK_THROWS_AS(law.cdf(nan, 0), invalid_parameter);
  CHECK_THROWS_AS(law.basket_call(0, 1, 1), invalid_parameter);
  CHECK_THROWS_AS(law.basket_call(1, nan, 1), invalid_parameter);
  CHECK_THROWS_AS(law.spread_call(infinity), invalid_parameter);
  CHECK_THROWS_AS(law.better_of_call(nan), invalid_parameter);
  CHECK_THROWS_AS(law.worse_of_put(infinity), invalid_parameter);
  CHECK_THROWS_AS(law.correlation_call(nan, 1), invalid_parameter);
  CHECK_THROWS_AS(law.correlation_put(1, infinity), invalid_parameter);
  CHECK_THROWS_AS(law.forward_start_call(1), invalid_parameter);  // two assets at one date
  const joint_distribution dates(joint_characteristic_function(kou<double>(market(100), {0.15, 3, 0.2, 25, 10}), 1, 2));
  CHECK_THROWS_AS(dates.forward_start_call(0), invalid_parameter);
  const joint_spectrum::axis finer{frequency_grid(1, 4), {-1, 1}, {}, 0};
  std::vector<complex<double>> values(4 * 7, complex<double>(0, 0));
  values[3] = 1.0;
  CHECK_THROWS_AS(joint_distribution(joint_spectrum(finer, finer, values)), invalid_parameter);
}

}  // namespace
}  // namespace spectralmc
