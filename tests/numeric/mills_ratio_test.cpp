// The Mills ratio against erfc and a continued fraction in long double; its difference between two points against its
// derivatives and against the values.
#include "spectralmc/numeric/mills_ratio.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "accuracy.hpp"

namespace {

namespace smc = spectralmc;
using accuracy::bound;

/// By erfc near zero, by Laplace's continued fraction above.
long double mills(long double x) {
  if (x < 4) {
    const long double square = x * x, error = std::fma(x, x, -square);
    return 1.25331413731550025120788264240552263L * std::erfc(x * 0.707106781186547524400844362104849039L) *
           std::exp(square / 2) * (1 + error / 2);
  }
  long double tail = x;
  for (int i = 150; i > 0; --i) tail = x + static_cast<long double>(i) / tail;
  return 1 / tail;
}

TEST_CASE("mills_ratio: 4 ulp from -1/2 on" * doctest::skip(!accuracy::long_double_is_longer)) {
  accuracy::patterns random(3);
  std::vector<double> arguments = {0, -0.5, 4, 1e16, 0x1p56, 1e17, 1e18, 1e300};
  for (int i = 0; i < 20000; ++i) {
    arguments.push_back(random.between(-0.5, 8));
    arguments.push_back(std::exp(random.between(-40, 40)));
  }
  const auto found = accuracy::apply<accuracy::pack<double>>(arguments, [](auto x) { return smc::mills_ratio(x); });
  accuracy::worst worst;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    worst.take(accuracy::error_in_ulp(found[i], mills(arguments[i])), arguments[i]);
  }
  INFO("at " << worst.argument);
  CHECK(worst.error <= bound(4));
  CHECK(smc::mills_ratio(std::numeric_limits<double>::infinity()) == 0);
  CHECK(std::isnan(smc::mills_ratio(std::numeric_limits<double>::quiet_NaN())));
}

/// (M(a) - M(b)) / (b - a) without cancellation: by Taylor's series about the middle where b - a is small. M' = x M - 1
/// and M^(n+1) = x M^(n) + n M^(n-1); that loses digits for large x, so x <= 3 there.
long double difference(long double a, long double gap) {
  if (gap > 0.25L) return (mills(a) - mills(a + gap)) / gap;
  const long double x = a + gap / 2, half = gap / 2;
  long double before = mills(x), now = x * before - 1, sum = 0, weight = 1;
  for (int n = 1; n < 20; ++n) {
    if (n % 2 == 1) sum -= now * weight;
    weight *= half / static_cast<long double>(n + 1);
    const long double next = x * now + static_cast<long double>(n) * before;
    before = now;
    now = next;
  }
  return sum;
}

TEST_CASE("mills_ratios: the difference keeps 8 ulp however small the gap" *
          doctest::skip(!accuracy::long_double_is_longer)) {
  accuracy::patterns random(4);
  accuracy::worst of_difference, of_sum, of_rough;
  for (int i = 0; i < 10000; ++i) {
    const double gap = std::exp(random.between(-60, i % 2 == 0 ? -2 : 4));
    const double a = random.between(-0.5, gap > 0.3 ? 8 : 3);
    const auto m = smc::mills_ratios(a, gap), rough = smc::rough_mills_ratios(a, gap);
    const long double exact = difference(a, gap), sum = mills(a) + mills(static_cast<long double>(a) + gap);
    of_difference.take(accuracy::error_in_ulp(m.difference / m.denominator, exact), a);
    of_sum.take(accuracy::error_in_ulp(m.sum / m.denominator, sum), a);
    of_rough.take(std::fabs(rough.difference / rough.denominator / static_cast<double>(exact) - 1), a);
  }
  INFO("at a = " << of_difference.argument << ", " << of_sum.argument << ", " << of_rough.argument);
  CHECK(of_difference.error <= bound(8));
  CHECK(of_sum.error <= bound(5));
  CHECK(of_rough.error <= 1e-4);
}

}  // namespace
