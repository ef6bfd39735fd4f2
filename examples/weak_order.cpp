// How the bias of a discretisation falls with its steps: prices of one-year options by each scheme with 1 to 64 steps a
// year, against the closed form or, where there is none, an exact simulation or the scheme itself with 512 steps.
// Biases are in points of implied volatility (hundredths), with standard errors. Then the same for single steps of
// years by the one scheme that is made for them.
//
// usage: weak_order [FOLDER]      writes FOLDER/weak_order.csv (out/weak_order unless given) and prints a table
#include <spectralmc/spectralmc.hpp>

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

namespace smc = spectralmc;

constexpr double moneyness[] = {0.8, 1.0, 1.2};
constexpr std::uint32_t step_counts[] = {1, 2, 4, 8, 16, 32, 64};
constexpr std::uint32_t reference_steps = 512;
constexpr std::uint64_t paths = std::uint64_t{1} << 21;

struct answer {
  double volatility, standard_error;  // in points
};

/// Implied volatilities of the option that is out of the money, at each moneyness.
std::vector<answer> volatilities(const smc::distribution& law, double time = 1) {
  std::vector<answer> list;
  for (const double k : moneyness) {
    const bool call = k >= 1;
    const double strike = 100 * k;
    const smc::estimate price = call ? law.call_prices({strike})[0] : law.put_prices({strike})[0];
    const smc::estimate v =
        smc::implied_volatility(call ? smc::option_type::call : smc::option_type::put, price, 100, strike, time);
    list.push_back({100 * v.value, 100 * v.standard_error});
  }
  return list;
}

template <class Observer, class Model>
std::vector<answer> simulated(const Model& model, std::uint32_t steps, std::uint64_t count) {
  const auto plan = smc::simulation{model, smc::time_grid::uniform(1, steps)}.paths(count).seed(steps);
  return volatilities(smc::distribution(smc::characteristic_function(smc::cpu{}, plan, Observer{})[0]));
}

/// Prints the rows of a scheme and writes them to the file.
template <class Observer, class Model>
void study(const std::string& name, const Model& model, const std::vector<answer>& exact, std::ofstream& csv) {
  std::printf("\n| %s | K = 80 | K = 100 | K = 120 |\n|---|---|---|---|\n", name.c_str());
  for (const std::uint32_t steps : step_counts) {
    const std::vector<answer> found = simulated<Observer>(model, steps, paths);
    std::printf("| %u |", steps);
    for (std::size_t i = 0; i < found.size(); ++i) {
      const double bias = found[i].volatility - exact[i].volatility;
      const double error = std::hypot(found[i].standard_error, exact[i].standard_error);
      std::printf(" %+.3f ± %.3f |", bias, error);
      csv << '"' << name << "\"," << steps << ',' << 100 * moneyness[i] << ',' << bias << ',' << error << '\n';
    }
    std::printf("\n");
    std::fflush(stdout);
  }
}

std::vector<answer> closed_form(const smc::heston_parameters& p, double time = 1) {
  const smc::heston<double> model(smc::market(100), p);
  return volatilities(smc::distribution(smc::characteristic_function(model, time)), time);
}

/// Prints the biases of one step of so many years, and that of the asset itself in hundredths of its price.
void study_one_step(const char* name, const smc::heston_parameters& p) {
  std::printf("\n| %s | K = 80 | K = 100 | K = 120 | asset |\n|---|---|---|---|---|\n", name);
  const smc::heston<float, smc::inverse_gaussian_integral> model(smc::market(100), p);
  for (const double years : {1.0, 2.0, 5.0, 10.0, 20.0}) {
    const auto plan = smc::simulation{model, smc::time_grid::uniform(years, 1)}.paths(8 * paths).seed(1);
    const auto [by_date, asset] = smc::measure(smc::cpu{}, plan, smc::spectrum_of(smc::log_return{}),
                                               smc::value_of([](const auto& path) { return path.last(); }));
    const std::vector<answer> found = volatilities(smc::distribution(by_date[0]), years), exact = closed_form(p, years);
    std::printf("| %g years |", years);
    for (std::size_t i = 0; i < found.size(); ++i) {
      std::printf(" %+.3f ± %.3f |", found[i].volatility - exact[i].volatility, found[i].standard_error);
    }
    std::printf(" %+.3f ± %.3f |\n", asset.value - 100, asset.standard_error);
    std::fflush(stdout);
  }
}

/// 0.25 M^-0.4, as constant elasticity has it, whose law is simulated exactly.
struct power_volatility {
  template <class V>
  SPECTRALMC_HOST_DEVICE V operator()(V x, smc::scalar_of<V> /*time*/) const {
    using real = smc::scalar_of<V>;
    return smc::rounded_product(V(real(0.25)), smc::exp(x * V(real(-0.4))));
  }
};

void run(const std::string& folder) {
  std::filesystem::create_directories(folder);
  std::ofstream csv(folder + "/weak_order.csv");
  csv << "scheme,steps,strike,bias,standard_error\n";
  const smc::market asset(100);

  const smc::heston_parameters mild{0.04, 1.5, 0.05, 0.4, -0.6}, hard{0.04, 0.5, 0.04, 1, -0.9};
  using smc::full_truncation_euler;
  using smc::inverse_gaussian_integral;
  using smc::log_return;
  study<log_return>("Heston QE, Feller's condition holds nearly", smc::heston<float>(asset, mild), closed_form(mild),
                    csv);
  study<log_return>("Heston Euler, the same", smc::heston<float, full_truncation_euler>(asset, mild), closed_form(mild),
                    csv);
  study<log_return>("Heston IG integral, the same", smc::heston<float, inverse_gaussian_integral>(asset, mild),
                    closed_form(mild), csv);
  study<log_return>("Heston QE, Feller's condition fails badly", smc::heston<float>(asset, hard), closed_form(hard),
                    csv);
  study<log_return>("Heston Euler, that too", smc::heston<float, full_truncation_euler>(asset, hard), closed_form(hard),
                    csv);
  study<log_return>("Heston IG integral, that too", smc::heston<float, inverse_gaussian_integral>(asset, hard),
                    closed_form(hard), csv);

  const smc::sabr<float> smile(asset, {0.25, 0.5, 0.6, -0.5});
  study<smc::spot>("SABR", smile, simulated<smc::spot>(smile, reference_steps, 4 * paths), csv);

  const smc::rough_bergomi<float> rough(asset, {0.04, 0.1, 1.9, -0.8});
  study<log_return>("rough Bergomi", rough, simulated<log_return>(rough, reference_steps, 4 * paths), csv);

  const smc::constant_elasticity<double> exact(asset, {0.25, 0.6});
  study<log_return>("local volatility", smc::local_volatility_model<float>(asset, power_volatility{}),
                    simulated<smc::spot>(exact, 1, 16 * paths), csv);

  study_one_step("One step, Feller's condition holds nearly", mild);
  study_one_step("One step, it fails badly", hard);
  study_one_step("One step, it fails badly, not correlated", {0.04, 0.5, 0.04, 1, 0});
  study_one_step("One step, nearly all correlated", {0.02, 2, 0.02, 0.3, -0.99});
  if (!csv) throw std::runtime_error("cannot write " + folder + "/weak_order.csv");
}

}  // namespace

int main(int count, char** arguments) {
  try {
    run(count > 1 ? arguments[1] : "out/weak_order");
  } catch (const std::exception& e) {
    std::fprintf(stderr, "error: %s\n", e.what());
    return 1;
  }
}
