// The DAX option surface of 5 July 2002, the whole road: Heston's and Bates' models are calibrated to its quotes; under
// the first, one simulation to all expiries, and from its spectra every strike's price, the quantiles and the risk
// figures, beside the same from the closed form; and a structured product on the index.
#pragma once

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

#include "dax_calibration.hpp"
#include "spectralmc/spectralmc.hpp"

namespace demo {

namespace smc = spectralmc;

constexpr double dax_spot = 4468.17;
constexpr double days_a_year = 365;

struct options {
  std::string data = "examples/data/dax_2002-07-05.csv";
  std::string output = "out/dax_heston";
  std::uint64_t paths = std::uint64_t{1} << 20;
  std::uint64_t seed = 42;
  unsigned threads = 0;
};

struct expiry_quotes {
  int days;
  double zero_rate;
  std::vector<double> strikes, volatilities;
};

/// Reads rows days_to_expiry,zero_rate,strike,implied_vol, sorted by expiry.
inline std::vector<expiry_quotes> read_quotes(const std::string& file) {
  std::ifstream in(file);
  if (!in) throw std::runtime_error("cannot read " + file);
  std::vector<expiry_quotes> surface;
  std::string line;
  std::getline(in, line);
  for (int number = 2; std::getline(in, line); ++number) {
    if (line.empty()) continue;
    int days = 0;
    double rate = 0, strike = 0, volatility = 0;
    if (std::sscanf(line.c_str(), "%d,%lf,%lf,%lf", &days, &rate, &strike, &volatility) != 4) {
      throw std::runtime_error(file + ", line " + std::to_string(number) +
                               ": not days,rate,strike,volatility: " + line);
    }
    if (surface.empty() || surface.back().days != days) surface.push_back({days, rate, {}, {}});
    surface.back().strikes.push_back(strike);
    surface.back().volatilities.push_back(volatility);
  }
  if (surface.empty()) throw std::runtime_error(file + " holds no quotes");
  return surface;
}

/// A bar on a terminal, nothing elsewhere.
class progress_bar {
 public:
  void operator()(const smc::progress& p) const {
    if (!terminal_) return;
    constexpr int width = 40;
    const int full = static_cast<int>(p.fraction() * width);
    std::fprintf(stderr, "\r[%.*s%*s] %3.0f%%  %.1f s", full, "########################################", width - full,
                 "", 100 * p.fraction(), p.seconds);
    if (p.paths_done == p.paths_total) std::fprintf(stderr, "\r%70s\r", "");
    std::fflush(stderr);
  }

 private:
  bool terminal_ = isatty(STDERR_FILENO) != 0;
};

/// The implied volatility of the option that is out of the money at this strike.
inline smc::estimate smile_point(const smc::distribution& law, double strike) {
  const smc::observed_quantity& q = law.quantity();
  const bool call = strike >= q.forward;
  const smc::estimate price = call ? law.call_prices({strike})[0] : law.put_prices({strike})[0];
  return smc::implied_volatility(call ? smc::option_type::call : smc::option_type::put, price, q.forward, strike,
                                 q.time, q.discount);
}

inline std::ofstream open_csv(const options& o, const char* name, const char* header) {
  std::ofstream out(std::filesystem::path(o.output) / name);
  if (!out) throw std::runtime_error("cannot write " + o.output + "/" + name);
  out.precision(10);
  out << header << '\n';
  return out;
}

/// An autocallable note on the index, of 100: at the first date at which the index is not below where it began it pays
/// 100 and a coupon for each date so far, and is over. If that never happens it pays 100 at the last date, unless the
/// index is below the barrier then: in that case 100 x index / its beginning.
struct autocallable {
  double beginning, coupon, barrier;  // barrier as a share of the beginning

  template <class Path>
  SPECTRALMC_HOST_DEVICE auto operator()(const Path& path) const {
    const auto last = path.last();
    using V = std::remove_const_t<decltype(last)>;
    using real = smc::scalar_of<V>;
    const V level(static_cast<real>(beginning)), safe(static_cast<real>(barrier * beginning)), hundred(real(100));
    V paid = smc::select(last >= safe, hundred, smc::rounded_product(hundred, last / level));
    for (std::uint32_t date = path.size(); date-- > 0;) {
      const auto amount = static_cast<real>(100 * (1 + coupon * (date + 1)));
      paid = smc::select(path[date] >= level, V(amount * path.growth(date)), paid);
    }
    return paid;
  }
};

/// Pays 1 at the last date if the index was ever at or above where it began at a date.
struct called {
  double beginning;

  template <class Path>
  SPECTRALMC_HOST_DEVICE auto operator()(const Path& path) const {
    const auto last = path.last();
    using V = std::remove_const_t<decltype(last)>;
    using real = smc::scalar_of<V>;
    V found(real(0));
    for (std::uint32_t date = 0; date < path.size(); ++date) {
      found = smc::select(path[date] >= V(static_cast<real>(beginning)), V(real(1)), found);
    }
    return found;
  }
};

inline void print_fit(const char* name, const fit& f) {
  std::printf("%-6s root-mean-square error %.3f volatility points after %zu evaluations in %.1f ms\n", name,
              100 * f.error, f.evaluations, 1e3 * f.seconds);
}

/// Runs the whole job. @return the number of strikes at which simulation and closed form are further apart than four
/// standard errors
template <class Execution>
int run(const Execution& execution, const options& o) {
  const std::vector<expiry_quotes> surface = read_quotes(o.data);
  std::vector<double> expiries, rates;
  for (const expiry_quotes& e : surface) {
    expiries.push_back(e.days / days_a_year);
    rates.push_back(e.zero_rate);
  }
  std::filesystem::create_directories(o.output);

  const smc::market dax(dax_spot, expiries, rates);
  std::vector<quote> quotes;
  for (const expiry_quotes& e : surface) {
    for (std::size_t j = 0; j < e.strikes.size(); ++j) {
      quotes.push_back({e.days / days_a_year, e.strikes[j], e.volatilities[j]});
    }
  }
  const calibrated_models found = calibrate(dax, quotes);
  std::printf("DAX, 5 July 2002, spot %.2f, %zu quotes. Calibration from a neutral start:\n", dax_spot, quotes.size());
  print_fit("Heston", found.heston_fit);
  const smc::heston_parameters& p = found.heston;
  std::printf("       v0 %.4f, kappa %.4f, theta %.4f, sigma %.4f, rho %.4f\n", p.initial_variance, p.mean_reversion,
              p.long_run_variance, p.volatility_of_variance, p.correlation);
  print_fit("Bates", found.bates_fit);
  const smc::bates_parameters& b = found.bates;
  std::printf("       v0 %.4f, kappa %.4f, theta %.4f, sigma %.4f, rho %.4f; jumps %.4f a year, of %.4f +- %.4f\n",
              b.diffusion.initial_variance, b.diffusion.mean_reversion, b.diffusion.long_run_variance,
              b.diffusion.volatility_of_variance, b.diffusion.correlation, b.jumps.intensity, b.jumps.mean,
              b.jumps.deviation);

  const smc::heston<float> model(dax, found.heston);
  auto plan =
      smc::simulation{model, smc::time_grid::daily(expiries, days_a_year)}.paths(o.paths).seed(o.seed).on_progress(
          progress_bar{});

  const auto begin = std::chrono::steady_clock::now();
  const smc::spectra simulated = smc::characteristic_function(execution, plan, smc::log_return{});
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();

  std::ofstream smiles = open_csv(o, "smiles.csv", "days,strike,market,simulated,standard_error,closed_form");
  std::ofstream risk = open_csv(o, "risk.csv", "days,figure,simulated,standard_error,closed_form");
  std::ofstream densities = open_csv(o, "densities.csv", "days,log_return,simulated,standard_error,closed_form");

  std::printf(
      "\nHeston's model, simulated. Implied volatilities in %%; the last column is (simulated - closed form) in "
      "standard errors.\n");
  int disagreements = 0;
  double worst = 0;
  for (std::size_t i = 0; i < surface.size(); ++i) {
    const smc::distribution law(simulated[i]);
    const smc::distribution exact(smc::characteristic_function(model, expiries[i]));
    std::printf("\n%4d days   strike   market   simulated  +- s.e.   closed form   s.e. apart\n", surface[i].days);
    for (std::size_t j = 0; j < surface[i].strikes.size(); ++j) {
      const double strike = surface[i].strikes[j], market_volatility = surface[i].volatilities[j];
      const smc::estimate volatility = smile_point(law, strike);
      const double closed = smile_point(exact, strike).value;
      const double apart = (volatility.value - closed) / volatility.standard_error;
      worst = std::max(worst, std::abs(apart));
      disagreements += std::abs(apart) > 4;
      std::printf("%18.0f %8.2f %10.3f %9.3f %12.3f %12.1f\n", strike, 100 * market_volatility, 100 * volatility.value,
                  100 * volatility.standard_error, 100 * closed, apart);
      smiles << surface[i].days << ',' << strike << ',' << market_volatility << ',' << volatility.value << ','
             << volatility.standard_error << ',' << closed << '\n';
    }
    const smc::interval shown{exact.quantile(0.0005).value, exact.quantile(0.9995).value};
    for (int k = 0; k <= 300; ++k) {
      const double x = shown.lower + shown.width() * k / 300;
      const smc::estimate f = law.density(x);
      densities << surface[i].days << ',' << x << ',' << f.value << ',' << f.standard_error << ','
                << exact.density(x).value << '\n';
    }
  }

  std::printf(
      "\nRisk of the log-return (value at risk and expected shortfall at 1%%), simulated +- s.e. | closed form\n");
  std::printf("%4s  %26s  %26s  %26s  %26s\n", "days", "1% quantile", "99% quantile", "value at risk",
              "expected shortfall");
  for (std::size_t i = 0; i < surface.size(); ++i) {
    const smc::distribution law(simulated[i]);
    const smc::distribution exact(smc::characteristic_function(model, expiries[i]));
    std::printf("%4d", surface[i].days);
    const auto print = [&](const char* figure, const smc::estimate& e, double closed) {
      std::printf("  %8.4f +- %.4f | %7.4f", e.value, e.standard_error, closed);
      risk << surface[i].days << ',' << figure << ',' << e.value << ',' << e.standard_error << ',' << closed << '\n';
    };
    print("quantile_1", law.quantile(0.01), exact.quantile(0.01).value);
    print("quantile_99", law.quantile(0.99), exact.quantile(0.99).value);
    print("value_at_risk_1", law.value_at_risk(0.01), exact.value_at_risk(0.01).value);
    print("expected_shortfall_1", law.expected_shortfall(0.01), exact.expected_shortfall(0.01).value);
    std::printf("\n");
  }

  const std::size_t terms = simulated[0].size() / 2;
  const double path_steps = static_cast<double>(o.paths) * plan.grid().step_count();
  std::printf("\n%llu paths, %u daily steps to %zu expiries, %zu terms: %.2f s, %.3g path-steps a second\n",
              static_cast<unsigned long long>(o.paths), plan.grid().step_count(), surface.size(), terms, seconds,
              path_steps / seconds);
  std::printf("Simulation against closed form: %.1f standard errors apart at most, %d of %zu strikes beyond 4\n", worst,
              disagreements, quotes.size());

  const std::vector<double> observations = smc::equidistant_dates(1.5, 6);
  const auto note_plan =
      smc::simulation{model, smc::time_grid::daily(observations, days_a_year)}.paths(o.paths / 4).seed(o.seed + 1);
  const autocallable note{dax_spot, 0.03, 0.7};
  const auto [value, early] = smc::price(execution, note_plan, note, called{dax_spot});
  const double discount = dax.discount(1.5);
  std::printf("\nAutocallable note of 100 on the index, a year and a half, quarterly, 3%% a quarter, barrier 70%%:\n");
  std::printf("worth %.3f +- %.3f, redeemed early or at a gain with probability %.4f +- %.4f\n\n", value.value,
              value.standard_error, early.value / discount, early.standard_error / discount);
  open_csv(o, "run.csv", "paths,steps,expiries,terms,seconds,path_steps_a_second")
      << o.paths << ',' << plan.grid().step_count() << ',' << surface.size() << ',' << terms << ',' << seconds << ','
      << path_steps / seconds << '\n';
  std::printf("All figures: %s/{smiles,risk,densities,run}.csv\n", o.output.c_str());
  return disagreements;
}

/// Reads the command line and calls run(options).
template <class Run>
int main(int argc, char** argv, Run&& run_with) {
  options o;
  CLI::App app{"The DAX smile by simulation and in closed form"};
  app.add_option("--data", o.data, "quotes: days_to_expiry,zero_rate,strike,implied_vol")->capture_default_str();
  app.add_option("--output", o.output, "folder for the CSV files")->capture_default_str();
  app.add_option("--paths", o.paths, "paths to simulate")->capture_default_str();
  app.add_option("--seed", o.seed, "key of the random numbers")->capture_default_str();
  app.add_option("--threads", o.threads, "threads on the CPU, 0 for all")->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  try {
    return run_with(o) == 0 ? 0 : 1;
  } catch (const std::exception& e) {
    std::fprintf(stderr, "error: %s\n", e.what());
    return 2;
  }
}

}  // namespace demo
