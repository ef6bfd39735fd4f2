// What the closed-form methods take for what they give: the true error of the prices of 21 strikes against the values
// of the characteristic function that were needed, and against the time, as the tolerance goes from 1e-1 to 1e-13.
// Writes a CSV file that plot_error_against_cost.py draws.
//
// usage: error_against_cost [FOLDER]      writes FOLDER/error_against_cost.csv (out/error_against_cost unless given)
#include <spectralmc/spectralmc.hpp>

#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

namespace smc = spectralmc;

constexpr smc::option_type call = smc::option_type::call;

/// Prices of all strikes by one method.
struct answer {
  std::vector<smc::estimate> prices;
  std::size_t evaluations;
};

template <class Model>
answer by_method(const std::string& method, const Model& model, double maturity, const std::vector<double>& strikes,
                 double tolerance) {
  if (method == "COS") {
    smc::maturity_prices found =
        smc::option_prices(model, maturity, call, strikes, smc::pricing_method::cosine, tolerance);
    return {found.prices, found.evaluations};
  }
  if (method == "Lewis") {
    const smc::lewis_method options(model, maturity, strikes, tolerance);
    return {options.prices(call), options.evaluations()};
  }
  const auto transform = method == "Carr-Madan, FFT" ? smc::strike_transform::fast : smc::strike_transform::fractional;
  const smc::carr_madan_method options(model, maturity, {tolerance, transform});
  return {options.prices(call, strikes), options.evaluations()};
}

/// The least of the times that `work` takes, in microseconds, in a twentieth of a second.
template <class Work>
double microseconds(const Work& work) {
  using clock = std::chrono::steady_clock;
  double least = 1e99;
  const auto begin = clock::now();
  for (int i = 0; i < 3 || clock::now() - begin < std::chrono::milliseconds(50); ++i) {
    const auto from = clock::now();
    work();
    least = std::fmin(least, std::chrono::duration<double, std::micro>(clock::now() - from).count());
  }
  return least;
}

/// Forward prices under variance gamma are Black's, by the time that the gamma clock shows: the integral over its
/// logarithm by the trapezoidal rule.
std::vector<double> gamma_mixture(const smc::market& asset, const smc::variance_gamma_parameters& p, double maturity,
                                  const std::vector<double>& strikes) {
  const double shape = maturity / p.clock_variance, forward = asset.forward(maturity);
  const double drift =
      std::log1p(-p.clock_variance * (p.skew + 0.5 * p.volatility * p.volatility)) * maturity / p.clock_variance;
  std::vector<double> prices(strikes.size());
  constexpr double step = 1.0 / 64;
  for (double t = -40 / shape; t < 5; t += step) {
    const double gamma = std::exp(t), clock = p.clock_variance * gamma;
    const double weight = step * std::exp(shape * t - gamma - std::lgamma(shape));
    const double moved = forward * std::exp(drift + clock * (p.skew + 0.5 * p.volatility * p.volatility));
    for (std::size_t i = 0; i < strikes.size(); ++i) {
      prices[i] += weight * smc::black_price(call, moved, strikes[i], p.volatility, clock, asset.discount(maturity));
    }
  }
  return prices;
}

template <class Model>
std::vector<double> reference_of(const Model& model, double maturity, const std::vector<double>& strikes) {
  std::vector<double> prices;
  for (const smc::estimate& e : smc::lewis_method(model, maturity, strikes, 1e-14).prices(call)) {
    prices.push_back(e.value);
  }
  return prices;
}
std::vector<double> reference_of(const smc::variance_gamma<double>& model, double maturity,
                                 const std::vector<double>& strikes) {
  return gamma_mixture(model.asset(), model.parameters(), maturity, strikes);
}

/// `deviation` is about that of log S at maturity; strikes are up to three of them from the forward.
template <class Model>
void study(const std::string& name, const Model& model, double maturity, double deviation, std::ofstream& csv) {
  const double forward = model.asset().forward(maturity), unit = model.asset().discount(maturity) * forward;
  std::vector<double> strikes;
  for (int i = -10; i <= 10; ++i) strikes.push_back(forward * std::exp(0.3 * i * deviation));
  const std::vector<double> exact = reference_of(model, maturity, strikes);
  for (const char* method : {"COS", "Lewis", "Carr-Madan, FFT", "Carr-Madan, fractional FFT"}) {
    std::printf("\n%s, %s\n tolerance  evaluations  microseconds  error      reported\n", name.c_str(), method);
    for (int exponent = -2; exponent >= -26; --exponent) {
      const double tolerance = std::pow(10, 0.5 * exponent);
      try {
        const answer found = by_method(method, model, maturity, strikes, tolerance);
        double error = 0, reported = 0;
        for (std::size_t i = 0; i < strikes.size(); ++i) {
          error = std::fmax(error, std::fabs(found.prices[i].value - exact[i]) / unit);
          reported = std::fmax(reported, found.prices[i].truncation_error / unit);
        }
        const double time = microseconds([&] { by_method(method, model, maturity, strikes, tolerance); });
        std::printf(" %9.1e  %11zu  %12.1f  %.2e   %.2e\n", tolerance, found.evaluations, time, error, reported);
        csv << '"' << name << "\",\"" << method << "\"," << tolerance << ',' << found.evaluations << ',' << time << ','
            << error << ',' << reported << '\n';
      } catch (const smc::no_answer& e) {
        std::printf(" %9.1e  %s\n", tolerance, e.what());
        break;
      }
    }
  }
}

void run(const std::string& folder) {
  std::filesystem::create_directories(folder);
  std::ofstream csv(folder + "/error_against_cost.csv");
  csv << "case,method,tolerance,evaluations,microseconds,error,reported\n";
  const smc::market asset(100, 0.03, 0.01);
  const smc::heston_parameters heston{0.04, 1.5, 0.05, 0.5, -0.7};
  study("Heston, 1 year", smc::heston<double>(asset, heston), 1, 0.2, csv);
  study("Bates, 1 day", smc::bates<double>(asset, {heston, {0.5, -0.1, 0.15}}), 1.0 / 365, 0.01, csv);
  study("Variance gamma, 36 days", smc::variance_gamma<double>(asset, {0.12, -0.14, 0.2}), 0.1, 0.04, csv);
  if (!csv.flush()) throw std::runtime_error("cannot write " + folder + "/error_against_cost.csv");
}

}  // namespace

int main(int count, char** arguments) {
  if (count > 2) {
    std::fprintf(stderr, "usage: error_against_cost [FOLDER]\n");
    return 1;
  }
  try {
    run(count == 2 ? arguments[1] : "out/error_against_cost");
  } catch (const std::exception& e) {
    std::fprintf(stderr, "error: %s\n", e.what());
    return 1;
  }
}
