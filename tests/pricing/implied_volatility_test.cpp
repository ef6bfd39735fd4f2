// The normalised formula and its inverse against integrals in long double, over prices from 1e-305 to 1 - 1e-16.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

#include "about.hpp"
#include "numeric/accuracy.hpp"
#include "reference_formulas.hpp"
#include "spectralmc/errors.hpp"
#include "spectralmc/pricing/black.hpp"

namespace spectralmc {
namespace {

using reference::number;

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();

/// Gauss and Legendre's rule on [-1, 1].
struct gauss_legendre {
  static constexpr int points = 20;
  number place[points], weight[points];

  gauss_legendre() {
    for (int i = 0; i < points; ++i) {
      number x = std::cos(reference::pi * (static_cast<number>(i) + 0.75L) / (points + 0.5L)), slope = 1;
      for (int k = 0; k < 10; ++k) {
        number before = 1, now = x;
        for (int j = 2; j <= points; ++j) {
          const auto n = static_cast<number>(j);
          const number next = ((2 * n - 1) * x * now - (n - 1) * before) / n;
          before = now;
          now = next;
        }
        slope = points * (x * now - before) / (x * x - 1);
        x -= now / slope;
      }
      place[i] = x;
      weight[i] = 2 / ((1 - x * x) * slope * slope);
    }
  }
};

/// exp(-z^2/2) / sqrt(2 pi), z = s/2 - y/s, with the errors of the quotient and of the square put right.
number density_at(number y, number s) {
  const number h = y / s, z = s / 2 - h, square = z * z;
  const number lost = std::fma(z, z, -square) / 2 - z * std::fma(-h, s, y) / s;
  return std::exp(-square / 2) * (1 - lost) / std::sqrt(2 * reference::pi);
}

/// The price of the option out of the money (sign 1), or one minus it (sign -1): the integral of the vega over all
/// smaller deviations s exp(-w), or larger ones. All terms are positive, panels are as wide as the integrand is slow.
number integral_of_vega(number y, number s, int sign) {
  static const gauss_legendre rule;
  const auto direction = static_cast<number>(-sign);
  const number h = y / s, t = s / 2, z = t - h;
  number sum = 0, begin = 0;
  for (;;) {
    const number above = h * std::exp(-direction * begin), below = t * std::exp(direction * begin);
    const number width = 1.5L / (1 + (std::fabs(below - above) + 1) * (above + below));
    number part = 0;
    for (int i = 0; i < gauss_legendre::points; ++i) {
      const number w = begin + width * (1 + rule.place[i]) / 2;
      const number shift = h * std::expm1(-direction * w) - t * std::expm1(direction * w);
      part += rule.weight[i] * std::exp(shift * (2 * z - shift) / 2 + direction * w);
    }
    part *= width / 2;
    sum += part;
    begin += width;
    if (part < 1e-21L * sum) return density_at(y, s) * s * sum;
  }
}

struct problem {
  double y, s;
};

/// Log-moneyness from 0 and 1e-300 to 1400; prices of all sizes, most of them below 1e-3.
std::vector<problem> problems(int count) {
  accuracy::patterns random(11);
  std::vector<problem> result;
  for (int i = 0; i < count; ++i) {
    const double y = i % 11 == 0  ? 0
                     : i % 7 == 0 ? std::pow(10.0, random.between(-300, 0))
                                  : std::pow(10.0, random.between(-10, 3.15));
    const double z = random.between(i % 2 == 0 ? -37.2 : -3.0, 7.5), b = std::sqrt(z * z + 2 * y);
    double s = z > 0 ? z + b : 2 * y / (b - z);
    if (y == 0) s = std::pow(10.0, random.between(i % 2 == 0 ? -300 : -3, 1));
    if (y < 1 && i % 3 == 0) s = std::pow(10.0, random.between(-8, 0.5));
    const double h = y / s;
    if (s / 2 - h > -37.2 && s / 2 - h < 7.5) result.push_back({y, s});
  }
  return result;
}

TEST_CASE("normalised_black_price: 8 ulp of prices of all sizes" * doctest::skip(!accuracy::long_double_is_longer)) {
  accuracy::worst worst;
  for (const auto& [y, s] : problems(4000)) {
    const bool lower = s / 2 - y / s < 0.5;
    const number integral = integral_of_vega(y, s, lower ? 1 : -1);
    worst.take(accuracy::error_in_ulp(normalised_black_price(y, s), lower ? integral : 1 - integral), s);
  }
  INFO("at the deviation " << worst.argument);
  CHECK(worst.error <= accuracy::bound(8));
}

TEST_CASE("normalised_black_price at its ends") {
  CHECK(normalised_black_price(0.0, 0.0) == 0);
  CHECK(normalised_black_price(1.0, 0.0) == 0);
  CHECK(normalised_black_price(1.0, 1e-300) == 0);
  CHECK(normalised_black_price(1e-300, 1e-300) > 0);
  CHECK(normalised_black_price(0.0, 1e300) == 1);
  CHECK(normalised_black_price(1000.0, 1e300) == 1);
  CHECK(std::isnan(normalised_black_price(nan, 1.0)));
  CHECK(std::isnan(normalised_black_price(1.0, nan)));
}

TEST_CASE("implied_deviation: 1.5e-15 wherever p or 1 - p is known" * doctest::skip(!accuracy::long_double_is_longer)) {
  accuracy::worst worst, of_guess, of_first;
  for (const auto& [y, s] : problems(4000)) {
    const double p = normalised_black_price(y, s);
    const bool lower = p < 0.375;
    const double value = lower ? p : 1 - p;
    if (!(p > 1e-305) || value < 0x1p-53) continue;
    const double found = implied_deviation(y, lower, value);
    // What the price is off, over its derivative in the logarithm of the deviation.
    const number residual = integral_of_vega(y, found, lower ? 1 : -1) - value;
    worst.take(static_cast<double>(std::fabs(residual / (found * density_at(y, found)))), s);
    const black_detail::target<double> x{y, lower, value};
    const double guess = black_detail::guess_deviation(x);
    if (y + s > 1e-150) of_guess.take(std::fabs(guess / found - 1), s);  // squares do not underflow
    of_first.take(std::fabs(black_detail::improve_deviation<true>(x, guess) / found - 1), s);
  }
  INFO("at deviations " << worst.argument << ", guess " << of_guess.argument << ", step " << of_first.argument);
  CHECK(worst.error <= accuracy::bound(1.5e-15));
  CHECK(of_guess.error <= 0.05);
  CHECK(of_first.error <= 1e-4);
}

/// Quotes of both types around the money and far from it, with their volatilities.
struct quotes {
  double forward = 100, maturity = 0.7, discount = 0.95;
  std::vector<option_type> types;
  std::vector<double> prices, strikes, volatilities;

  explicit quotes(int count) {
    accuracy::patterns random(5);
    for (int i = 0; i < count; ++i) {
      volatilities.push_back(std::exp(random.between(-4, 1)));
      const double k = random.between(-7, 7) * volatilities.back();
      strikes.push_back(forward * std::exp(k));
      types.push_back(k > 0 ? option_type::call : option_type::put);
      prices.push_back(black_price(types.back(), forward, strikes.back(), volatilities.back(), maturity, discount));
    }
  }
};

TEST_CASE("round trip: an option out of the money gives its volatility back to 4e-15") {
  const quotes q(3000);
  const std::vector<double> found =
      implied_volatilities(q.types, q.prices, q.forward, q.strikes, q.maturity, q.discount);
  double error = 0;
  for (std::size_t i = 0; i < found.size(); ++i) {
    // Where the price is near its upper bound, it does not know more.
    const double vega = black_vega(q.forward, q.strikes[i], q.volatilities[i], q.maturity, q.discount);
    const double rounding = 0x1p-52 * q.prices[i] / (vega * q.volatilities[i]);
    error = std::max(error, std::fabs(found[i] / q.volatilities[i] - 1) / (1 + rounding / 4e-15));
  }
  CHECK(error <= accuracy::bound(4e-15));
}

TEST_CASE("prices of options out of the money: a few ulp and the last digit of volatility and log-moneyness" *
          doctest::skip(!accuracy::long_double_is_longer)) {
  double error = 0;
  for (const double strike : {1e-3, 20.0, 90.0, 99.999, 100.0, 100.001, 115.0, 400.0, 1e6}) {
    for (const double volatility : {1e-6, 0.01, 0.05, 0.2, 0.7, 3.0}) {
      const number y = std::fabs(std::log1p((static_cast<number>(strike) - 100) / 100));
      const number price = std::min(strike, 100.0) * integral_of_vega(y, volatility, 1);
      if (!(price > 1e-300L) || price > 10) continue;
      const option_type type = strike > 100 ? option_type::call : option_type::put;
      const double found = black_price(type, 100, strike, volatility, 1), h = static_cast<double>(y) / volatility;
      error = std::max(error, static_cast<double>(std::fabs(found / price - 1)) / (10 + 4 * h * h));
    }
  }
  CHECK(error <= accuracy::bound(0x1p-53));
}

TEST_CASE("a vector of quotes has the bits of its quotes one by one, whatever its length") {
  for (const int count : {1, 7, 8, 63, 64, 65, 1000}) {
    const quotes q(count);
    const std::vector<double> found =
        implied_volatilities(q.types, q.prices, q.forward, q.strikes, q.maturity, q.discount);
    int different = 0;
    for (std::size_t i = 0; i < found.size(); ++i) {
      const double one = implied_volatility(q.types[i], q.prices[i], q.forward, q.strikes[i], q.maturity, q.discount);
      different += found[i] == one ? 0 : 1;
    }
    CAPTURE(count);
    CHECK(different == 0);
  }
  CHECK(implied_volatilities(option_type::call, {}, 100, {}, 1).empty());
}

TEST_CASE("quotes without a volatility are NaN and counted, and the others are not disturbed") {
  std::vector<double> prices = {5, nan, 5, 0, -1, 100, infinity, 5, 5, 5, 5, 1e-320, 5};
  const std::vector<double> strikes = {100, 100, 90, 110, 110, 110, 100, 0, nan, -100, infinity, 110, 101};
  const std::vector<double> found = implied_volatilities(option_type::call, prices, 100, strikes, 1);
  for (std::size_t i = 0; i < found.size(); ++i) {
    CAPTURE(i);
    CHECK(std::isnan(found[i]) == (i > 0 && i + 1 < found.size()));
  }
  CHECK(found.front() == implied_volatility(option_type::call, 5, 100, 100, 1));
  CHECK(found.back() == implied_volatility(option_type::call, 5, 100, 101, 1));
  // In place.
  CHECK(implied_volatilities(option_type::call, prices.data(), 100, strikes.data(), prices.size(), 1, 1,
                             prices.data()) == prices.size() - 2);
  CHECK(prices.front() == found.front());
}

TEST_CASE("parameters of all quotes together are checked") {
  const std::vector<double> two = {5, 6};
  CHECK_THROWS_AS(implied_volatilities(option_type::call, two, 0, two, 1), invalid_parameter);
  CHECK_THROWS_AS(implied_volatilities(option_type::call, two, 100, two, nan), invalid_parameter);
  CHECK_THROWS_AS(implied_volatilities(option_type::call, two, 100, two, 1, -1), invalid_parameter);
  CHECK_THROWS_AS(implied_volatilities(option_type::call, two, 100, {100}, 1), invalid_parameter);
  CHECK_THROWS_AS(implied_volatilities(std::vector<option_type>{option_type::put}, two, 100, two, 1),
                  invalid_parameter);
}

TEST_CASE("calls and puts are mirror images, and units do not matter: to the bit") {
  accuracy::patterns random(6);
  int different = 0;
  for (int i = 0; i < 1000; ++i) {
    const double strike = 100 * std::exp(random.between(-3, 3)), least = std::min(100.0, strike);
    const double price = least * std::exp(-std::exp(random.between(-4, 5)));
    const option_type type = strike > 100 ? option_type::call : option_type::put;
    const option_type other = strike > 100 ? option_type::put : option_type::call;
    const double found = implied_volatility(type, price, 100, strike, 1);
    different += found == implied_volatility(other, price, strike, 100, 1) ? 0 : 1;
    different += found == implied_volatility(type, price * 0x1p70, 100 * 0x1p70, strike * 0x1p70, 1) ? 0 : 1;
  }
  CHECK(different == 0);
}

TEST_CASE("the volatility grows with the price") {
  for (const double strike : {60.0, 99.0, 100.0, 130.0, 1e5}) {
    const option_type type = strike > 100 ? option_type::call : option_type::put;
    const double upper = std::min(100.0, strike);
    std::vector<double> prices;
    for (double exponent = -290; exponent < 0; exponent += 0.25) prices.push_back(upper * std::pow(10.0, exponent));
    for (double fraction = 0.015; fraction < 0.995; fraction += 0.01) prices.push_back(upper * fraction);
    for (double exponent = -1; exponent > -15; exponent -= 0.25) {
      prices.push_back(upper * (1 - std::pow(10.0, exponent)));
    }
    std::sort(prices.begin(), prices.end());
    const std::vector<double> found =
        implied_volatilities(type, prices, 100, std::vector<double>(prices.size(), strike), 1);
    CAPTURE(strike);
    CHECK(std::is_sorted(found.begin(), found.end()));
    CHECK(found.front() > 0);
  }
}

}  // namespace
}  // namespace spectralmc
