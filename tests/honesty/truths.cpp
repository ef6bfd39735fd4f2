// Integrals along contours that bend to where the integrand falls: Boyarchenko, S. and Levendorskii, S. (2019), Sinh-
// acceleration: efficient evaluation of probability distributions, option pricing, and Monte Carlo simulations, Int. J.
// Theoretical and Applied Finance 22(3). The transform of min(exp(X), exp(k)) and its inverse are in Lewis, A. L.
// (2001), A simple option formula for general jump-diffusion and other exponential Levy processes.
//
// With s(y) = 1/2 + (i sinh(y + i angle) + sin(angle)) / 2, which crosses the real axis at 1/2, half way between the
// poles at 0 and 1, the trapezoidal rule in y converges like exp(-c / step), whatever the scale on which X varies. A
// positive angle bends the contour to the left, where exp(-k s) falls for negative k, a negative one to the right.
#include "honesty/truths.hpp"

#include <cmath>
#include <limits>

namespace spectralmc::honesty {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

struct integrand {
  const exponent_function& exponent;  // of X
  number k;                           // the factor exp(-k s)
  bool pole_at_0, pole_at_1;          // the factors 1 / s and 1 / (1 - s)
};

/// A sum over points of a contour, the sum of its terms' sizes, and what rounding may do to it.
struct sums {
  number value = 0, size = 0, rounding = 0;
};

/// Of the points first, first + stride, first + 2 stride, ... times `step` in y, until nothing comes any more.
sums sum_along(const integrand& f, number angle, number step, int first, int stride) {
  sums sum;
  int quiet = 0;
  // In a row, over 4 in y, a factor of 55 in |s|: n jumps of nearly one size bring back the waves of the law at 2 pi /
  // size, where those of the sum of them had died out sqrt(n) / 2 times as early.
  const int enough = 2 + static_cast<int>(4 / (step * stride));
  for (int j = first; quiet < enough; j += stride) {
    const number y = step * j;
    if (y > 120) {  // powers have fallen by then; what has not will not
      sum.size = infinity;
      break;
    }
    const number sine = sinq(angle), cosine = cosq(angle);
    // sinh(y + i angle) = sinh(y) cos(angle) + i cosh(y) sin(angle), with cosh(y) - 1 = 2 sinh(y/2)^2.
    const number half = sinhq(y / 2);
    const complex_number s(0.5 - half * half * sine, sinhq(y) * cosine / 2);
    const complex_number slope(coshq(y) * cosine / 2, sinhq(y) * sine / 2);  // s'(y) / i
    const complex_number of_law = f.exponent(s), of_level = s * f.k;
    complex_number value = exponential(of_law - of_level) * slope;
    if (f.pole_at_0) value = value / s;
    if (f.pole_at_1) value = value / (complex_number(1) - s);
    const number size = absolute(value) * (j == 0 ? number(0.5) : number(1));
    if (!(size < infinity)) {  // a NaN, too
      sum.size = infinity;
      return sum;
    }
    sum.value += value.re * (j == 0 ? number(0.5) : number(1));
    sum.size += size;
    // Exponents are rounded by some units of 2^-113, about 1e-34.
    sum.rounding += size * (32 + absolute(of_law) + absolute(of_level)) * 1e-33;
    quiet = size < 1e-34 * sum.size ? quiet + 1 : 0;
  }
  return sum;
}

/// The integral along one contour over 2 pi i.
truth along(const integrand& f, number angle) {
  number step = 0.125;
  sums all = sum_along(f, angle, step, 0, 1);
  number before = step * all.value / pi();
  for (int halvings = 0; halvings < 6; ++halvings) {
    step /= 2;
    const sums between = sum_along(f, angle, step, 1, 2);
    all = {all.value + between.value, all.size + between.size, all.rounding + between.rounding};
    const number value = step * all.value / pi(), rounding = step * all.rounding / pi();
    const number change = fabsq(value - before);
    if (!(change < infinity)) break;
    // The error is squared by a halving.
    if (change <= 1e-12 * step * all.size) {
      const number relative = change / (step * all.size);
      const number error = 1000 * relative * relative * step * all.size + rounding;
      if (relative < 1e-15) return {value, error};
    }
    before = value;
  }
  return {before, infinity};
}

/// Along the contour that bends to where the integrand falls and, as a check of what was taken for granted, along one
/// that bends less. The straight one, where waves are only as small as the law makes them, is the last resort.
truth integral(const integrand& f) {
  const auto size_along = [&](number angle) { return sum_along(f, angle, 0.125, 0, 1).size; };
  const number left = size_along(0.5), right = size_along(-0.5), sign = left < right ? 1 : -1;
  const bool bent = fminq(left, right) < 4 * size_along(0);
  const truth first = along(f, bent ? sign / 2 : number(0));
  if (!(first.error < infinity)) return first;
  const truth second = along(f, bent ? sign * 3 / 8 : sign / 8);
  // Either may be the worse one.
  return {first.value, first.error + second.error + 2 * fabsq(first.value - second.value)};
}

/// How many deviations k is above the mean.
number place_of(number deviation, number k) { return k / deviation + deviation / 2; }

/// A value whose logarithm changes with the place no faster than the place: that has a relative error of some 1e-34.
truth rounded(number value, number place) { return {value, value * (100 + place * place) * 1e-33}; }

truth times(number factor, truth t) { return {factor * t.value, factor * t.error}; }

}  // namespace

law_truths truths_of(const exponent_function& exponent) {
  law_truths all;
  all.minimum = [=](number k) { return expected_minimum(exponent, k); };
  all.above = [=](number k) { return integral({exponent, k, true, false}); };
  all.asset_below = [=](number k) { return times(expq(k), integral({exponent, k, false, true})); };
  all.density = [=](number k) { return integral({exponent, k, false, false}); };
  return all;
}

truth expected_minimum(const exponent_function& exponent, number k) {
  return times(expq(k), integral({exponent, k, true, true}));
}

number normal_cdf(number x) { return erfcq(-x * sqrtq(number(0.5))) / 2; }
number normal_density(number x) { return expq(-x * x / 2) / sqrtq(2 * pi()); }

truth black_minimum(number deviation, number k) {
  if (deviation == 0) return {fminq(1, expq(k)), 0};
  // exp(k) may be out of range only where its option is worth nothing beside 1.
  const number asset = normal_cdf(k / deviation - deviation / 2);
  const number cash = normal_cdf(-k / deviation - deviation / 2);
  const number value = asset + (cash > 0 ? expq(k) * cash : number(0));
  // The functions' arguments have a relative error of some 1e-34, and their logarithms' slope is the argument.
  const number sensitivity = 100 + k * k / (deviation * deviation) + deviation * deviation;
  return {value, value * sensitivity * 1e-33};
}

truth black_above(number deviation, number k) {
  if (deviation == 0) return {number(0 > k ? 1 : 0), 0};
  const number place = place_of(deviation, k);
  return rounded(normal_cdf(-place), place);
}

truth black_asset_below(number deviation, number k) {
  if (deviation == 0) return {number(0 <= k ? 1 : 0), 0};
  const number place = place_of(deviation, k) - deviation;
  return rounded(normal_cdf(place), place);
}

truth black_density(number deviation, number k) {
  if (deviation == 0) return {0, 0};
  const number place = place_of(deviation, k);
  return rounded(normal_density(place) / deviation, place);
}

law_truths black_truths(number deviation) {
  return {[=](number k) { return black_minimum(deviation, k); }, [=](number k) { return black_above(deviation, k); },
          [=](number k) { return black_asset_below(deviation, k); },
          [=](number k) { return black_density(deviation, k); }};
}

}  // namespace spectralmc::honesty
