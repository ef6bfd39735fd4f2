// Steps of models with jumps, differentiated by their parameters.
#include <doctest/doctest.h>

#include <string>

#include "models/differentiated_steps.hpp"
#include "spectralmc/models/cgmy.hpp"
#include "spectralmc/models/kou.hpp"
#include "spectralmc/models/normal_inverse_gaussian.hpp"
#include "spectralmc/models/variance_gamma.hpp"
#include "spectralmc/numeric/complex.hpp"
#include "spectralmc/numeric/dual.hpp"

namespace spectralmc {
namespace {

using differentiated_steps::check;

const market asset(100, 0.03, 0.01);

TEST_CASE("Kou: steps have their derivatives") {
  check<9, kou>("Kou", asset, kou_parameters{step_function({0.4, 1}, {0.15, 0.2}), 3, 0.2, 25, 10});
  check<8, kou>("jumps both ways", asset, kou_parameters{0.15, 40, 0.5, 12, 7});
}

TEST_CASE("variance gamma: steps have their derivatives") {
  check<6, variance_gamma>("shapes above 1", asset, variance_gamma_parameters{0.12, -0.14, 0.2});
  check<6, variance_gamma>("shapes below 1", asset, variance_gamma_parameters{0.2, 0.1, 0.85});
}

TEST_CASE("normal inverse Gaussian: steps have their derivatives") {
  check<6, normal_inverse_gaussian>("an equity index", asset, normal_inverse_gaussian_parameters{0.2, -0.1, 0.3});
  check<6, normal_inverse_gaussian>("a clock that mostly stands still", asset,
                                    normal_inverse_gaussian_parameters{0.2, 0.1, 2});
}

TEST_CASE("CGMY: steps have their derivatives, whatever their way") {
  for (const double stability : {-2.0, -0.5, 0.3, 0.7}) {
    CAPTURE(stability);
    check<7, cgmy>("exact variates", asset, cgmy_parameters{1, 5, 6, stability});
  }
  check<7, cgmy>("several pieces", asset, cgmy_parameters{5, 5, 6, 0.5});
  for (const double stability : {1.0, 1.2, 1.7}) {
    CAPTURE(stability);
    check<7, cgmy>("a table", asset, cgmy_parameters{0.3, 5, 6, stability});
  }
}

TEST_CASE("CGMY: the exponent has its derivatives, at Y = 0 and Y = 1 too") {
  using number = dual<double, 4>;
  const auto value = [](cgmy_parameters p, complex<double> u) {
    return cgmy<double>(asset, p).log_characteristic_function(u, 0.7);
  };
  for (const double stability : {-1.5, 0.0, 0.6, 1.0, 1.3}) {
    const cgmy_parameters p{0.4, 4, 9, stability};
    int index = 0;
    const auto seeded = with_numbers<number>(
        p, [&](const std::string&, const parameter&, double x) { return number::parameter(x, index++); });
    const cgmy<number> model(basic_market<number>(100.0), seeded);
    for (const complex<double> u : {complex<double>(0.3, 0), complex<double>(20, 0.5)}) {
      const auto found = model.log_characteristic_function(u, 0.7);
      CHECK(abs(found.value - value(p, u)) <= 1e-14 * abs(found.value));
      for (int k = 0; k < 4; ++k) {
        const auto shifted = [&](double shift) {
          int i = 0;
          return value(with_numbers<double>(
                           p, [&](const std::string&, const parameter&, double x) { return i++ == k ? x + shift : x; }),
                       u);
        };
        constexpr double h = 1e-4;
        const complex<double> wide = (shifted(h) - shifted(-h)) / (2 * h),
                              close = (shifted(h / 2) - shifted(-h / 2)) / h, expected = close + (close - wide) / 3.0;
        CAPTURE(stability);
        CAPTURE(k);
        CHECK(abs(found.derivative[k] - expected) < 1e-10 * (1 + abs(expected) + abs(found.value)));
      }
    }
  }
}

}  // namespace
}  // namespace spectralmc
