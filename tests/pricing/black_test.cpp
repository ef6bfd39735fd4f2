#include "spectralmc/pricing/black.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "about.hpp"
#include "reference_formulas.hpp"

namespace spectralmc {
namespace {

constexpr option_type types[] = {option_type::call, option_type::put};

int sign_of(option_type type) { return type == option_type::call ? 1 : -1; }

// The reference subtracts two numbers of the size of forward and strike. tests/pricing/implied_volatility_test.cpp has
// what is known of small prices.
TEST_CASE("Black's formula, to 4 roundings of forward and strike") {
  for (const option_type type : types) {
    for (const double strike : {1.0, 50.0, 90.0, 100.0, 110.0, 300.0, 10000.0}) {
      for (const double deviation : {0.001, 0.05, 0.3, 1.0, 3.0}) {
        const auto exact =
            static_cast<double>(reference::black(sign_of(type), 100, strike, 0.5L * reference::number(deviation)));
        CAPTURE(strike);
        CAPTURE(deviation);
        // A quarter of a year: the root is exact.
        CHECK(std::fabs(black_price(type, 100, strike, deviation, 0.25, 0.5) - 0.5 * exact) <=
              4 * 0x1p-53 * (100 + strike));
      }
    }
  }
}

TEST_CASE("without volatility or time an option is worth its intrinsic value") {
  CHECK(black_price(option_type::call, 100, 90, 0, 1, 0.9) == about(9, 1e-15));
  CHECK(black_price(option_type::put, 100, 90, 0, 1, 0.9) == 0);
  CHECK(black_price(option_type::put, 100, 110, 0.3, 0) == 10);
}

TEST_CASE("no price of Black's formula is below zero, however far out of the money") {
  for (const option_type type : types) {
    for (double k = -40; k <= 40; k += 0.25) {
      CHECK(black_price(type, 100, 100 * std::exp(k), 0.3, 1) >= 0);
    }
  }
}

TEST_CASE("the vega is the derivative in the volatility") {
  for (const double strike : {70.0, 100.0, 130.0}) {
    const double h = 1e-5;
    const double slope = (black_price(option_type::call, 100, strike, 0.3 + h, 2, 0.9) -
                          black_price(option_type::call, 100, strike, 0.3 - h, 2, 0.9)) /
                         (2 * h);
    CAPTURE(strike);
    CHECK(black_vega(100, strike, 0.3, 2, 0.9) == about(slope, 1e-7));
  }
}

/// How far a volatility may be off when the price is rounded: some roundings of the price over the vega, and its own.
double uncertainty(double price, double forward, double strike, double volatility, double maturity) {
  const double vega = black_vega(forward, strike, volatility, maturity);
  const double intrinsic_rounding = std::fabs(forward - strike) + price;
  return 8 * 0x1p-53 * (volatility + intrinsic_rounding / vega);
}

TEST_CASE("implied volatility gives back the volatility, as far as the price knows it") {
  for (const option_type type : types) {
    for (const double volatility : {0.01, 0.05, 0.2, 0.5, 1.0, 2.5}) {
      for (const double maturity : {0.02, 0.5, 4.0}) {
        for (double moneyness = -6; moneyness <= 6; moneyness += 0.5) {
          const double strike = 100 * std::exp(moneyness * volatility * std::sqrt(maturity));
          const double price = black_price(type, 100, strike, volatility, maturity);
          if (!(price > 1.001 * std::fmax(0.0, sign_of(type) * (100 - strike)))) continue;
          CAPTURE(volatility);
          CAPTURE(maturity);
          CAPTURE(moneyness);
          CHECK(std::fabs(implied_volatility(type, price, 100, strike, maturity) - volatility) <=
                uncertainty(price + 100 + strike, 100, strike, volatility, maturity));
        }
      }
    }
  }
}

TEST_CASE("options deep out of the money keep their volatility, down to prices of 1e-300") {
  // The exact price in long double, so that nothing of it is lost in the formula's difference.
  for (const double price : {1e-3, 1e-8, 1e-20, 1e-100, 1e-300}) {
    for (const double strike : {50.0, 80.0, 150.0, 400.0}) {
      const option_type type = strike > 100 ? option_type::call : option_type::put;
      const double found = implied_volatility(type, price, 100, strike, 1);
      CAPTURE(price);
      CAPTURE(strike);
      CHECK(found > 0);
      CHECK(black_price(type, 100, strike, found, 1) == about(price, 1e-8));
    }
  }
}

TEST_CASE("volatilities tiny and huge come back at the money") {
  for (const double volatility : {1e-9, 1e-6, 1e-3, 5.0, 10.0}) {
    const double price = black_price(option_type::call, 100, 100, volatility, 1);
    CAPTURE(volatility);
    CHECK(std::fabs(implied_volatility(option_type::call, price, 100, 100, 1) - volatility) <=
          uncertainty(200, 100, 100, volatility, 1));
  }
}

TEST_CASE("calls and puts at one strike have one implied volatility") {
  for (const double strike : {80.0, 100.0, 125.0}) {
    const double call = black_price(option_type::call, 100, strike, 0.25, 1, 0.95);
    CAPTURE(strike);
    CHECK(implied_volatility(option_type::put, call - 0.95 * (100 - strike), 100, strike, 1, 0.95) ==
          about(0.25, 1e-12));
  }
}

// Products of forward, discount and what is left of them in units of theirs leave the range of numbers and come back.
// Right values by mpmath, in 400 digits.
TEST_CASE("Black's formula at the ends of the range of numbers") {
  struct extreme_case {
    double forward, strike, volatility, maturity, discount, call, put, vega;
  };
  const extreme_case cases[] = {
      {1e200, 1.25e200, 0.25, 4, 1e-200, 0.11828707247063213, 0.36828707247063221, 0.78266096944416539},
      {1e-310, 1.25e-310, 0.25, 4, 1e300, 1.1828707247062880e-11, 3.6828707247064040e-11, 7.8266096944416006e-11},
      {1e-200, 1.25e-200, 2.5e-151, 4e300, 1e-100, 1.1828707247063217e-301, 3.6828707247063217e-301,
       7.8266096944416548e-151},
      {1e308, 2e303, 0.25, 1, 1, 9.9998e307, 4.3472625192031733e-106, 3.2622950859703729e-102},
      {1e300, 2e300, 0.015625, 1, 1e-10, 2.0834646091480102e-143, 1e290, 2.6280755188984399e-138},
      {100, 1e300, 1e-3, 1, 1e-10, 0, 1e290, 0},
  };
  for (const extreme_case& c : cases) {
    CAPTURE(c.forward);
    CAPTURE(c.strike);
    const double call = black_price(option_type::call, c.forward, c.strike, c.volatility, c.maturity, c.discount);
    const double put = black_price(option_type::put, c.forward, c.strike, c.volatility, c.maturity, c.discount);
    const double vega = black_vega(c.forward, c.strike, c.volatility, c.maturity, c.discount);
    CHECK(std::fabs(call - c.call) <= 2e-12 * c.call);  // the last digit of a logarithm counts so
    CHECK(std::fabs(put - c.put) <= 2e-12 * c.put);
    CHECK(std::fabs(vega - c.vega) <= 2e-12 * c.vega);
  }
  // Both factors of a price are beyond the range, and of a vega one is.
  CHECK_THROWS_AS(black_price(option_type::call, 1e200, 2e200, 0.25, 1, 1e200), no_answer);
  CHECK_THROWS_AS(black_price(option_type::put, 1e200, 2e200, 0.25, 1, 1e200), no_answer);
  CHECK_THROWS_AS(black_vega(1e200, 2e200, 0.25, 1, 1e200), no_answer);
  CHECK(black_vega(1e200, 1e150, 0.25, 1, 1e200) == 0);  // not a number by 0 times infinity
}

TEST_CASE("the vega at volatility 0 is that of the smallest volatilities") {
  CHECK(black_vega(100, 100, 0, 4, 0.5) == about(39.894228040143268, 1e-15));
  CHECK(black_vega(100, 100, 1e-12, 4, 0.5) == about(39.894228040143268, 1e-15));
  CHECK(black_vega(100, 101, 0, 4, 0.5) == 0);
}

TEST_CASE("an implied volatility has an error where the vega is below all numbers") {
  const double forward = 1e-150, strike = 3e-150, maturity = 1e-4, volatility = 6, discount = 1e-50;
  estimate price;
  price.value = black_price(option_type::call, forward, strike, volatility, maturity, discount);
  REQUIRE(price.value > 0);
  REQUIRE(black_vega(forward, strike, volatility, maturity, discount) > 0);
  const double relative = 0x1p-20;
  price.truncation_error = price.value * relative;
  const estimate wide = implied_volatility(option_type::call, price, forward, strike, maturity, discount);
  CHECK(std::fabs(wide.value - volatility) <= 1e-13 * volatility);

  // A maturity whose root takes the vega below all numbers, and what has no error then has none of its volatility.
  const double instant = 1e-300, high = volatility * 1e148;
  price.value = black_price(option_type::call, 1e-200, 3e-200, high, instant);
  CHECK(black_vega(1e-200, 3e-200, high, instant) == 0);
  price.truncation_error = price.value * relative;
  const estimate without_vega = implied_volatility(option_type::call, price, 1e-200, 3e-200, instant);
  CHECK(without_vega.value == about(high, 1e-12));
  CHECK(without_vega.truncation_error / without_vega.value == about(wide.truncation_error / wide.value, 1e-9));
  CHECK(without_vega.standard_error == 0);
  // Of a subnormal quote few digits are left.
  CHECK_THROWS_AS(implied_volatility(option_type::call, 1e-313, 1e-310, 1e-310, 1), no_answer);
}

TEST_CASE("an estimate's errors are divided by the vega") {
  estimate price;
  price.value = black_price(option_type::call, 100, 110, 0.25, 1, 0.95);
  price.standard_error = 0.02;
  price.truncation_error = 0.001;
  price.paths = 1000;
  const estimate found = implied_volatility(option_type::call, price, 100, 110, 1, 0.95);
  const double vega = black_vega(100, 110, 0.25, 1, 0.95);
  CHECK(found.value == about(0.25, 1e-13));
  CHECK(found.standard_error == about(0.02 / vega, 1e-12));
  CHECK(found.truncation_error == about(0.001 / vega, 1e-12));
  CHECK(found.paths == 1000);
}

TEST_CASE("a forward and a strike whose quotient overflows have a price and a volatility") {
  const double price = black_price(option_type::put, 1e-200, 1e200, 40, 1);
  CHECK(price > 0.9e200);
  const double volatility = implied_volatility(option_type::call, 0.5e-200, 1e-200, 1e200, 1);
  CHECK(black_price(option_type::call, 1e-200, 1e200, volatility, 1) == about(0.5e-200, 1e-11));
}

TEST_CASE("there is no implied volatility of a price outside its bounds") {
  CHECK_THROWS_AS(implied_volatility(option_type::call, 9.9, 100, 90, 1), no_answer);  // below the intrinsic value
  CHECK_THROWS_AS(implied_volatility(option_type::call, 100, 100, 90, 1), no_answer);  // as dear as the asset
  CHECK_THROWS_AS(implied_volatility(option_type::put, 90, 100, 90, 1), no_answer);    // as dear as the strike
  CHECK_THROWS_AS(implied_volatility(option_type::put, 0, 100, 90, 1), no_answer);
  CHECK_THROWS_AS(implied_volatility(option_type::put, -1, 100, 90, 1), no_answer);
  CHECK_THROWS_AS(implied_volatility(option_type::put, std::numeric_limits<double>::quiet_NaN(), 100, 90, 1),
                  no_answer);
}

}  // namespace
}  // namespace spectralmc
