// exp, expm1, log, log1p, sin_cos_2pi, sin_cos and atan2 against the C library in a wider type, on the whole domain,
// and the bits that they have to have on every machine with fma.
#include "spectralmc/numeric/elementary.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "accuracy.hpp"
#include "spectralmc/numeric/lanes.hpp"

namespace {

namespace smc = spectralmc;
using accuracy::bound;
using accuracy::wide;

constexpr long double pi = 3.14159265358979323846264338327950288L;

/// sin or cos of 2 pi x in the wider type, reduced exactly.
template <class Wide>
Wide sine_of_turns(Wide x, int quarters_ahead) {
  if (!std::isfinite(x)) return std::numeric_limits<Wide>::quiet_NaN();
  x = x - std::rint(x);  // exact
  const Wide quarters = std::rint(4 * x);
  const Wide angle = static_cast<Wide>(2 * pi * static_cast<long double>(x - quarters / 4));
  switch ((static_cast<int>(quarters) + quarters_ahead) & 3) {
    case 0:
      return std::sin(angle);
    case 1:
      return std::cos(angle);
    case 2:
      return -std::sin(angle);
    default:
      return -std::cos(angle);
  }
}

template <class Real>
Real sine_2pi(Real x) {
  Real s, c;
  smc::sin_cos_2pi(x, s, c);
  return s;
}
template <class V>
V cosine_2pi(V x) {
  V s, c;
  smc::sin_cos_2pi(x, s, c);
  return c;
}
template <class V>
V sine(V x) {
  V s, c;
  smc::sin_cos(x, s, c);
  return s;
}
template <class V>
V cosine(V x) {
  V s, c;
  smc::sin_cos(x, s, c);
  return c;
}

/// Packs of numbers must give what numbers give (checked with the hashes below); accuracy is checked on packs, for
/// speed.
template <class Real, class F, class Reference>
void check(const char* name, double largest_error, const std::vector<Real>& arguments, F&& f, Reference&& reference) {
  const std::vector<Real> results = accuracy::apply<accuracy::pack<Real>>(arguments, f);
  accuracy::worst worst;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    worst.take(accuracy::error_in_ulp(results[i], reference(static_cast<wide<Real>>(arguments[i]))),
               static_cast<double>(arguments[i]));
  }
  INFO(name << ": at " << worst.argument << " bound " << largest_error << " ulp");
  CHECK(worst.error <= largest_error);
}

template <class Real>
void check_all(const std::vector<Real>& arguments) {
  using Wide = wide<Real>;
  check<Real>(
      "exp", bound(1), arguments, [](auto x) { return smc::exp(x); }, [](Wide x) { return std::exp(x); });
  check<Real>(
      "log", bound(1), arguments, [](auto x) { return smc::log(x); }, [](Wide x) { return std::log(x); });
  check<Real>(
      "expm1", bound(2), arguments, [](auto x) { return smc::expm1(x); }, [](Wide x) { return std::expm1(x); });
  check<Real>(
      "log1p", bound(1), arguments, [](auto x) { return smc::log1p(x); }, [](Wide x) { return std::log1p(x); });
  check<Real>(
      "sin 2 pi x", bound(1), arguments, [](auto x) { return sine_2pi(x); },
      [](Wide x) { return sine_of_turns(x, 0); });
  check<Real>(
      "cos 2 pi x", bound(1), arguments, [](auto x) { return cosine_2pi(x); },
      [](Wide x) { return sine_of_turns(x, 1); });
}

/// Where the bound of sin_cos holds.
template <class Real>
std::vector<Real> angles(std::vector<Real> arguments) {
  const Real largest = SPECTRALMC_HAS_FMA ? smc::largest_angle<Real> : sizeof(Real) == 4 ? Real(0x1p9) : Real(0x1p19);
  for (int k = 1; k < 2000; k += 7) accuracy::add_neighbours(arguments, static_cast<Real>(k * (pi / 2)), 2);
  arguments.erase(std::remove_if(arguments.begin(), arguments.end(), [&](Real x) { return !(std::abs(x) <= largest); }),
                  arguments.end());
  return arguments;
}

TEST_CASE("float: the elementary functions, every 2003rd number of all there are") {
  const std::vector<float> arguments = accuracy::floats(2003);
  check_all(arguments);
  const std::vector<float> within = angles(arguments);
  check<float>(
      "sin", bound(2), within, [](auto x) { return sine(x); }, [](double x) { return std::sin(x); });
  check<float>(
      "cos", bound(2), within, [](auto x) { return cosine(x); }, [](double x) { return std::cos(x); });
}

TEST_CASE("double: the elementary functions, random numbers of all exponents and where something changes" *
          doctest::skip(!accuracy::long_double_is_longer)) {
  std::vector<double> arguments = accuracy::doubles(20000, 1);
  accuracy::patterns random(2);
  for (int i = 0; i < 20000; ++i) {
    arguments.push_back(random.between(-750, 750));
    arguments.push_back(random.between(-1, 1));
  }
  // Ends of the ranges of exp, expm1 and log1p; halves of ln 2, where k changes; sqrt(1/2) and sqrt(2); eighths of
  // turns.
  for (const double x : {709.782712893384, -708.39641853226408, -744.44007192138122, -745.13321910194122, -37.0, -1.0,
                         0.70710678118654752, 1.4142135623730951, -0.29289321881345248, 0.41421356237309503, 0x1p51,
                         0x1p52, 0x1p53, 0x1p-54, 0x1p-27}) {
    accuracy::add_neighbours(arguments, x, 20);
  }
  for (int k = -40; k <= 40; ++k) {
    accuracy::add_neighbours(arguments, k * 0.34657359027997264, 5);
    accuracy::add_neighbours(arguments, k * 0.125, 5);
  }
  check_all(arguments);
  const std::vector<double> within = angles(arguments);
  check<double>(
      "sin", bound(2), within, [](auto x) { return sine(x); }, [](long double x) { return std::sin(x); });
  check<double>(
      "cos", bound(2), within, [](auto x) { return cosine(x); }, [](long double x) { return std::cos(x); });
}

template <class Real>
void check_atan2(std::size_t count) {
  std::vector<Real> ys = accuracy::special_arguments<Real>();
  std::vector<Real> xs = ys;
  const std::size_t special = ys.size();
  ys.clear();
  xs.clear();
  for (const Real y : accuracy::special_arguments<Real>()) {
    for (const Real x : accuracy::special_arguments<Real>()) {
      ys.push_back(y);
      xs.push_back(x);
    }
  }
  CHECK(ys.size() == special * special);
  accuracy::patterns random(3);
  const int shift = sizeof(Real) == 4 ? 32 : 0;
  for (std::size_t i = 0; i < count; ++i) {
    const Real y = accuracy::from_pattern<Real>(random() >> shift);
    ys.push_back(y);
    xs.push_back(accuracy::from_pattern<Real>(random() >> shift));
    ys.push_back(y);
    xs.push_back(y * static_cast<Real>(random.between(-4, 4)));
  }
  accuracy::worst worst;
  for (std::size_t i = 0; i < ys.size(); ++i) {
    const Real result = smc::atan2(ys[i], xs[i]);
    const auto reference = std::atan2(static_cast<wide<Real>>(ys[i]), static_cast<wide<Real>>(xs[i]));
    worst.take(accuracy::error_in_ulp(result, reference), static_cast<double>(ys[i]));
    if (result == 0 && reference == 0 && std::signbit(result) != std::signbit(reference)) worst.take(1e9, 0);
  }
  INFO("bound 2 ulp, at y = " << worst.argument);
  CHECK(worst.error <= bound(2));
}

TEST_CASE("atan2: all pairs of special numbers, random ones, and pairs of like size") {
  check_atan2<float>(100000);
  if (accuracy::long_double_is_longer) check_atan2<double>(50000);
}

template <class Real>
void check_ends() {
  const Real infinity = std::numeric_limits<Real>::infinity();
  const Real nan = std::numeric_limits<Real>::quiet_NaN();
  CHECK(smc::exp(Real(0)) == 1);
  CHECK(smc::exp(-infinity) == 0);
  CHECK(smc::exp(infinity) == infinity);
  CHECK(std::isnan(smc::exp(nan)));
  CHECK(smc::log(Real(1)) == 0);
  CHECK(!std::signbit(smc::log(Real(1))));
  CHECK(smc::log(Real(0)) == -infinity);
  CHECK(smc::log(-Real(0)) == -infinity);
  CHECK(std::isnan(smc::log(-std::numeric_limits<Real>::denorm_min())));
  CHECK(smc::log(infinity) == infinity);
  CHECK(smc::expm1(-infinity) == -1);
  CHECK(smc::expm1(infinity) == infinity);
  CHECK(std::signbit(smc::expm1(-Real(0))));
  CHECK(std::signbit(smc::log1p(-Real(0))));
  CHECK(smc::log1p(Real(-1)) == -infinity);
  CHECK(smc::log1p(infinity) == infinity);
  CHECK(std::isnan(smc::log1p(Real(-1.5))));
  CHECK(std::signbit(sine_2pi(-Real(0))));
  CHECK(std::signbit(sine(-Real(0))));
  CHECK(!std::signbit(sine_2pi(Real(0))));
  CHECK(sine_2pi(Real(0.25)) == 1);
  CHECK(cosine_2pi(Real(0.5)) == -1);
  CHECK(cosine_2pi(Real(0.25)) == 0);
  CHECK(cosine_2pi(std::numeric_limits<Real>::max()) == 1);
  for (const Real x : {infinity, -infinity, nan}) {
    CHECK(std::isnan(sine_2pi(x)));
    CHECK(std::isnan(cosine_2pi(x)));
    CHECK(std::isnan(sine(x)));
    CHECK(std::isnan(cosine(x)));
  }
  // Beyond its range sin_cos gives no number rather than a wrong one.
  CHECK(std::isnan(sine(2 * smc::largest_angle<Real>)));
  CHECK(std::isnan(cosine(-2 * smc::largest_angle<Real>)));
}

TEST_CASE("the elementary functions at the ends of their domains") {
  check_ends<float>();
  check_ends<double>();
}

// What follows must give the same bits also where a compiler contracts: arguments that are products, and sums of
// results.
template <class Real>
std::uint64_t hash_of_exponentials() {
  return accuracy::golden_hash<Real>([](auto x) {
    using V = decltype(x);
    const V product = x * V(Real(0.7));
    return (smc::exp(x) + smc::exp(product)) - (smc::expm1(product) + smc::expm1(x));
  });
}
template <class Real>
std::uint64_t hash_of_logarithms() {
  return accuracy::golden_hash<Real>([](auto x) {
    using V = decltype(x);
    const V product = x * V(Real(0.7));
    return (smc::log(smc::abs(x)) + smc::log(smc::abs(product))) - (smc::log1p(product) + smc::log1p(smc::abs(x)));
  });
}
template <class Real>
std::uint64_t hash_of_angles() {
  return accuracy::golden_hash<Real>([](auto x) {
    using V = decltype(x);
    const V product = x * V(Real(0.7));
    return smc::atan2(x, product) + smc::atan2(product, V(1));
  });
}
template <class Real>
std::uint64_t hash_of_turns() {
  return accuracy::golden_hash<Real>([](auto x) {
    using V = decltype(x);
    V s, c, t, d;
    smc::sin_cos_2pi(x, s, c);
    smc::sin_cos_2pi(x * V(Real(0.7)), t, d);
    return (s - c) + (t + V(3) - d);
  });
}
template <class Real>
std::uint64_t hash_of_radians() {
  return accuracy::golden_hash<Real>([](auto x) {
    using V = decltype(x);
    V s, c, t, d;
    smc::sin_cos(x, s, c);
    smc::sin_cos(x * V(Real(0.7)), t, d);
    return (s - c) + (t + V(3) - d);
  });
}

TEST_CASE("the bits of the elementary functions" * doctest::skip(!SPECTRALMC_HAS_FMA)) {
  CHECK(hash_of_exponentials<float>() == 0x91685f942dad5d0du);
  CHECK(hash_of_exponentials<double>() == 0x04058eebc086eeb4u);
  CHECK(hash_of_logarithms<float>() == 0x369158de8308ee84u);
  CHECK(hash_of_logarithms<double>() == 0x35350b6553d30a61u);
  CHECK(hash_of_angles<float>() == 0x9f701f3e80347fdbu);
  CHECK(hash_of_angles<double>() == 0x13d43402a3180696u);
  CHECK(hash_of_turns<float>() == 0xe0d2463eb6b38970u);
  CHECK(hash_of_turns<double>() == 0x267ba4c4bb2a51ccu);
  CHECK(hash_of_radians<float>() == 0xd8a8dfc410566643u);
  CHECK(hash_of_radians<double>() == 0x4f6d1a28c42684c9u);
}

}  // namespace
