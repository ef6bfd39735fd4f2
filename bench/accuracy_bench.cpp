// Accuracy against time: this library on the problems of accuracy.hpp, and what is exact about them. Of the quantile
// there is a competitor here as well, the samples put in order: those of this library's own paths, stored, so that the
// spectrum has no advantage from them.
#include "accuracy.hpp"
#include "heston_case.hpp"

#include <algorithm>
#include <type_traits>

#include "spectralmc/spectralmc.hpp"

namespace {

namespace smc = spectralmc;

const smc::market asset = bench::heston_market();
constexpr double maturity = 1, volatility = 0.2;

template <class Real>
smc::heston<Real> heston() {
  return smc::heston<Real>(asset, bench::heston_parameters);
}
template <class Real>
auto heston_plan(std::uint64_t seed, std::uint64_t paths) {
  return smc::simulation{heston<Real>(), smc::time_grid::dates({maturity}, maturity / bench::heston_steps)}
      .paths(paths)
      .seed(seed);
}
template <class Real>
smc::distribution heston_law(std::uint64_t seed, std::uint64_t paths) {
  return smc::distribution(
      smc::characteristic_function(smc::cpu{1}, heston_plan<Real>(seed, paths), smc::log_return{})[0]);
}

std::vector<double> asian_times() {
  std::vector<double> times;
  for (int i = 1; i <= bench::asian_dates; ++i) times.push_back(i * bench::asian_days / 365.0);
  return times;
}

/// The call on the arithmetic mean. What the last n dates add is S at the first of them times exp(B_n) with B_1 = 0 and
/// B_{n+1} = log(1 + exp(R_n + B_n)), where R is a return between two dates; Y_n = R + B_n has the density
///
///   f_{n+1}(y) = int f_n(x) g(y - log(1 + exp(x))) dx,   f_1 = g, the normal density of R,
///
/// and given Y_{dates-1} = x the mean is lognormal: Carverhill, A. and Clewlow, L. (1990), Flexible convolution, Risk
/// 3(4). The trapezoidal rule sums such smooth densities exactly up to what is beyond the ends.
double exact_asian_call() {
  const double step = bench::asian_days / 365.0, deviation = volatility * std::sqrt(step),
               drift = std::log(asset.forward(step) / asset.spot()) - 0.5 * deviation * deviation;
  constexpr int points = 2000;
  const double lowest = -2, width = 6.0 / points;
  const auto at = [&](int i) { return lowest + width * i; };
  const auto density = [&](double x) {
    const double z = (x - drift) / deviation;
    return std::exp(-0.5 * z * z) / (deviation * std::sqrt(2 * smc::pi));
  };
  std::vector<double> law(points), next(points);
  for (int i = 0; i < points; ++i) law[i] = density(at(i));
  for (int n = 2; n < bench::asian_dates; ++n) {
    for (int i = 0; i < points; ++i) {
      next[i] = 0;
      for (int j = 0; j < points; ++j) next[i] += law[j] * density(at(i) - std::log1p(std::exp(at(j))));
      next[i] *= width;
    }
    law.swap(next);
  }
  double price = 0;
  for (int i = 0; i < points; ++i) {
    const double forward = asset.forward(step) * (1 + std::exp(at(i))) / bench::asian_dates;
    price += width * law[i] *
             smc::black_price(smc::option_type::call, forward, bench::asian_strike, volatility, step,
                              asset.discount(asian_times().back()));
  }
  return price;
}

template <class Real>
auto asian_plan(std::uint64_t seed, std::uint64_t paths) {
  return smc::simulation{smc::black_scholes<Real>(asset, {volatility}), smc::time_grid::dates(asian_times())}
      .paths(paths)
      .seed(seed);
}

/// By how much the call on the arithmetic mean pays more than that on the geometric one, whose price is known: Kemna,
/// A. G. Z. and Vorst, A. C. F. (1990), A pricing method for options based on average asset values, J. Bank. Finance
/// 14(1).
struct arithmetic_less_geometric {
  using observers = smc::observer_list<smc::log_return>;

  template <class Path>
  SPECTRALMC_HOST_DEVICE auto operator()(const Path& path) const {
    using V = std::remove_const_t<decltype(path[0])>;
    using real = typename Path::real;
    const V spot(static_cast<real>(100)), strike(static_cast<real>(bench::asian_strike)), nothing(real(0)),
        share(real(1) / static_cast<real>(path.size()));
    V sum = nothing, logarithms = nothing;
    for (std::uint32_t date = 0; date < path.size(); ++date) {
      sum = sum + exp(path[date]);
      logarithms = logarithms + path[date];
    }
    return maximum(nothing, spot * (sum * share) - strike) - maximum(nothing, spot * exp(logarithms * share) - strike);
  }
};

std::vector<bench::answer> answers(const std::vector<smc::estimate>& estimates) {
  std::vector<bench::answer> found;
  for (const smc::estimate& each : estimates) found.push_back({each.value, each.standard_error});
  return found;
}

template <class Real>
void add(const std::string& who) {
  bench::add_accuracy("smile/" + who, bench::smile, 1 << 12, 1 << 18, [](std::uint64_t seed, std::uint64_t paths) {
    const smc::distribution law = heston_law<Real>(seed, paths);
    const std::vector<double>& strikes = bench::smile_strikes();
    const auto first_call =
        strikes.begin() + std::count(bench::smile_calls().begin(), bench::smile_calls().end(), false);
    auto found = answers(law.put_prices({strikes.begin(), first_call}));
    for (const auto& call : answers(law.call_prices({first_call, strikes.end()}))) found.push_back(call);
    return found;
  });
  bench::add_accuracy("quantile/" + who, bench::quantile, 1 << 12, 1 << 18,
                      [](std::uint64_t seed, std::uint64_t paths) {
                        return answers({heston_law<Real>(seed, paths).quantile(bench::tail)});
                      });
  bench::add_accuracy("asian/" + who, bench::asian, 1 << 12, 1 << 20, [](std::uint64_t seed, std::uint64_t paths) {
    return answers({smc::price(smc::cpu{1}, asian_plan<Real>(seed, paths), smc::asian_call(bench::asian_strike))});
  });
  bench::add_accuracy("asian_control/" + who, bench::asian, 1 << 12, 1 << 20,
                      [](std::uint64_t seed, std::uint64_t paths) {
                        auto more = smc::price(smc::cpu{1}, asian_plan<Real>(seed, paths), arithmetic_less_geometric{});
                        more.value += bench::geometric_asian_call();
                        return answers({more});
                      });
}

const bool added = [] {
  add<float>("spectralmc-float");
  add<double>("spectralmc-double");
  bench::add_accuracy(
      "quantile/ordered-samples", bench::quantile, 1 << 12, 1 << 18, [](std::uint64_t seed, std::uint64_t paths) {
        std::vector<float> samples(paths);
        smc::store_paths(smc::cpu{1}, heston_plan<float>(seed, paths), smc::log_return{}, smc::path_layout::time_major,
                         0, paths, samples.data());
        const auto rank = samples.begin() + static_cast<std::ptrdiff_t>(bench::tail * static_cast<double>(paths));
        std::nth_element(samples.begin(), rank, samples.end());
        return std::vector<bench::answer>{{*rank}};
      });
  return true;
}();

}  // namespace

namespace bench {

const std::vector<double>& smile_strikes() {
  static const std::vector<double> strikes = [] {
    std::vector<double> found;
    for (int i = 0; i <= 20; ++i) found.push_back(70 + 3 * i);
    return found;
  }();
  return strikes;
}

const std::vector<bool>& smile_calls() {
  static const std::vector<bool> calls = [] {
    std::vector<bool> found;
    for (const double strike : smile_strikes()) found.push_back(strike > asset.forward(maturity));
    return found;
  }();
  return calls;
}

const problem& smile() {
  static const problem exact = [] {
    problem found;
    const smc::cosine_method options(heston<double>(), maturity, {1e-12});
    const double forward = asset.forward(maturity), discount = asset.discount(maturity);
    for (std::size_t i = 0; i < smile_strikes().size(); ++i) {
      const double strike = smile_strikes()[i];
      const smc::option_type type = smile_calls()[i] ? smc::option_type::call : smc::option_type::put;
      found.exact.push_back(options.price(type, strike));
      const double implied = smc::implied_volatility(type, found.exact.back(), forward, strike, maturity, discount);
      found.units.push_back(smc::black_vega(forward, strike, implied, maturity, discount));
    }
    return found;
  }();
  return exact;
}

const problem& quantile() {
  static const problem exact{
      {smc::distribution(smc::characteristic_function(heston<double>(), maturity)).quantile(tail).value}, {1}};
  return exact;
}

const problem& asian() {
  static const problem exact{{exact_asian_call()}, {1}};
  return exact;
}

double geometric_asian_call() {
  const std::vector<double> times = asian_times();
  const double n = asian_dates, last = times.back();
  double mean = std::log(asset.spot()), variance = 0;
  for (const double time : times) {
    mean += (std::log(asset.forward(time) / asset.spot()) - 0.5 * volatility * volatility * time) / n;
    for (const double other : times) variance += volatility * volatility * std::min(time, other) / (n * n);
  }
  return smc::black_price(smc::option_type::call, std::exp(mean + 0.5 * variance), asian_strike, std::sqrt(variance), 1,
                          asset.discount(last));
}

}  // namespace bench
