// Every model of the library at parameters as they are found in the literature: some paths, and the density of the
// price or rate at the last date, simulated and in closed form. Writes CSV files that plot_models.py draws.
//
// usage: model_pictures [FOLDER]     (out/model_pictures unless said otherwise)
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <functional>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <vector>

#include "spectralmc/spectralmc.hpp"

namespace {

namespace smc = spectralmc;

constexpr std::uint64_t drawn_paths = 12;
constexpr std::uint32_t drawn_dates = 250;
constexpr int density_points = 200;

/// A density in closed form; empty where there is none.
using density = std::function<double(double)>;

std::ofstream open_csv(const std::string& folder, const std::string& name) {
  std::ofstream out(std::filesystem::path(folder) / (name + ".csv"));
  if (!out) throw std::runtime_error("cannot write " + folder + "/" + name + ".csv");
  out.precision(8);
  return out;
}

/// What an observer of the price or of its logarithm sees, as a density of the price.
template <class Observer>
smc::estimate density_at(const smc::distribution& law, double value, double spot) {
  if (!Observer::logarithmic) return law.density(value);
  smc::estimate f = law.density(std::log(value / spot));
  f.value /= value;
  f.standard_error /= value;
  return f;
}

/// Some paths of the model to `maturity`, and the law at that date in steps of at most `step` years, of what the
/// observer sees.
template <class Model, class Observer>
void write(const std::string& folder, const std::string& name, const Model& model, Observer observer, double maturity,
           double step, const density& closed_form) {
  constexpr bool rates = std::is_same_v<Observer, smc::short_rate>;
  using shown = std::conditional_t<rates, smc::short_rate, smc::spot>;
  using real = typename Model::real;

  const std::vector<double> dates = smc::equidistant_dates(maturity, drawn_dates);
  const auto drawing = smc::simulation{model, smc::time_grid::dates(dates)}.paths(drawn_paths).seed(7);
  std::vector<real> values(smc::stored_size(drawing, drawn_paths));
  smc::store_paths(smc::cpu{}, drawing, shown{}, smc::path_layout::time_major, 0, drawn_paths, values.data());
  double first = model.asset().spot();
  if constexpr (rates) first = static_cast<double>(model.initial_state().short_rate);
  std::ofstream paths = open_csv(folder, name + "_paths");
  paths << "time";
  for (std::uint64_t path = 1; path <= drawn_paths; ++path) paths << ",path_" << path;
  paths << "\n0";
  for (std::uint64_t path = 0; path < drawn_paths; ++path) paths << ',' << first;
  paths << '\n';
  for (std::size_t date = 0; date < dates.size(); ++date) {
    paths << dates[date];
    for (std::uint64_t path = 0; path < drawn_paths; ++path) paths << ',' << values[date * drawn_paths + path];
    paths << '\n';
  }

  const auto plan = smc::simulation{model, smc::time_grid::dates({maturity}, step)}.paths(1 << 17).seed(42);
  const smc::distribution law(smc::characteristic_function(smc::cpu{}, plan, observer)[0]);
  const double spot = model.asset().spot();
  const auto value_of = [&](double x) { return Observer::logarithmic ? spot * std::exp(x) : x; };
  const double lower = value_of(law.quantile(0.001).value), upper = value_of(law.quantile(0.999).value);
  std::ofstream densities = open_csv(folder, name + "_density");
  densities << "value,simulated,standard_error,closed_form\n";
  double apart = 0;
  for (int i = 0; i <= density_points; ++i) {
    const double value = lower + (upper - lower) * i / density_points;
    const smc::estimate f = density_at<Observer>(law, value, spot);
    densities << value << ',' << f.value << ',' << f.standard_error << ',';
    if (closed_form) {
      const double exact = closed_form(value);
      densities << exact;
      apart = std::max(apart, std::fabs(f.value - exact) / f.standard_error);
    }
    densities << '\n';
  }
  std::printf("%-24s %g years: %.4g to %.4g", name.c_str(), maturity, lower, upper);
  if (closed_form) std::printf(", densities at most %.1f standard errors apart", apart);
  std::printf("\n");
}

/// The same with the density that the model's characteristic function gives.
template <class Model, class Observer>
void write(const std::string& folder, const std::string& name, const Model& model, Observer observer, double maturity,
           double step) {
  const smc::distribution exact(smc::characteristic_function(model, maturity));
  const double spot = model.asset().spot();
  write(folder, name, model, observer, maturity, step,
        [&](double value) { return density_at<Observer>(exact, value, spot).value; });
}

void write_all(const std::string& folder) {
  constexpr double whole = 100;  // years: no step is longer than the time to the date
  const smc::market asset(100, 0.03);
  const smc::log_return logarithm;
  const smc::spot price;
  const smc::short_rate rate;

  write(folder, "black_scholes", smc::black_scholes<float>(asset, {0.2}), logarithm, 1, whole);
  // A price of futures, all of whose forwards are the spot.
  write(folder, "bachelier", smc::bachelier<float>(smc::market(20, 0.03, 0.03), {12}), price, 1, whole);

  const double volatility = 0.25, beta = 0.4;
  const double forward = asset.forward(1);
  const smc::displaced_diffusion<float> displaced(asset, {volatility, beta});
  write(folder, "displaced_diffusion", displaced, price, 1, whole, [&](double value) {
    // beta M + 1 - beta is lognormal, of mean 1 and deviation beta sigma.
    const double lognormal = beta * value / forward + 1 - beta, deviation = beta * volatility;
    const double d = std::log(lognormal) / deviation + 0.5 * deviation;
    return smc::normal_density(d) * beta / (forward * deviation * lognormal);
  });

  write(folder, "constant_elasticity", smc::constant_elasticity<float>(asset, {0.25, 0.5}), price, 1, whole, {});
  write(folder, "merton", smc::merton<float>(asset, {0.12, {0.8, -0.12, 0.1}}), logarithm, 1, whole);
  // The example of Kou (2002).
  write(folder, "kou", smc::kou<float>(asset, {0.16, 1, 0.4, 10, 5}), logarithm, 1, whole);
  // Duffie, D., Pan, J. and Singleton, K. (2000), Transform analysis and asset pricing for affine jump-diffusions,
  // Econometrica 68(6).
  const smc::heston_parameters diffusion{0.008836, 3.99, 0.014, 0.27, -0.79};
  write(folder, "bates", smc::bates<float>(asset, {diffusion, {0.11, -0.139, 0.15}}), logarithm, 1, 0.02);
  // Broadie, M. and Kaya, O. (2006), Exact simulation of stochastic volatility and other affine jump diffusion
  // processes, Operations Research 54(2).
  const smc::heston_parameters heston{0.010201, 6.21, 0.019, 0.61, -0.7};
  write(folder, "heston", smc::heston<float>(asset, heston), logarithm, 1, 0.01);
  // As Madan, Carr and Chang (1998) estimate them for index options.
  write(folder, "variance_gamma", smc::variance_gamma<float>(asset, {0.1213, -0.1436, 0.1686}), logarithm, 1, whole);
  write(folder, "normal_inverse_gaussian", smc::normal_inverse_gaussian<float>(asset, {0.19, -0.18, 0.14}), logarithm,
        1, whole);
  write(folder, "cgmy", smc::cgmy<float>(asset, {0.1, 4, 20, 1.2}), logarithm, 1, whole);
  const smc::implied_volatility_surface surface(
      {0.25, 0.5, 1}, {-0.6, -0.4, -0.2, 0, 0.2, 0.4},
      {{0.38, 0.32, 0.265, 0.22, 0.2, 0.2}, {0.35, 0.3, 0.255, 0.22, 0.2, 0.195}, {0.33, 0.29, 0.25, 0.22, 0.2, 0.19}});
  write(folder, "local_volatility", smc::dupire<float>(asset, surface), logarithm, 1, 0.01, {});
  write(folder, "rough_bergomi", smc::rough_bergomi<float>(asset, {0.04, 0.1, 1.9, -0.8}), logarithm, 1, 0.004, {});
  write(folder, "sabr", smc::sabr<float>(asset, {0.2, 0.5, 0.6, -0.4}), price, 1, 0.02, {});

  write(folder, "vasicek", smc::vasicek<float>({0.01, 0.25, 0.04, 0.012}), rate, 10, whole);
  const smc::zero_curve curve({1, 3, 5, 10, 20}, {0.010, 0.017, 0.023, 0.030, 0.034});
  write(folder, "hull_white", smc::hull_white<float>({curve, 0.1, 0.01}), rate, 10, whole);
  write(folder, "cox_ingersoll_ross", smc::cox_ingersoll_ross<float>({0.02, 0.25, 0.05, 0.08}), rate, 10, whole);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const std::string folder = argc > 1 ? argv[1] : "out/model_pictures";
    std::filesystem::create_directories(folder);
    write_all(folder);
    std::printf("CSV files: %s\n", folder.c_str());
    return 0;
  } catch (const std::exception& e) {
    std::fprintf(stderr, "error: %s\n", e.what());
    return 1;
  }
}
