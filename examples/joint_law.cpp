// The joint law of an asset's price at two dates under Heston's model, from paths and in closed form, written for
// NumPy: plot_joint_law.py draws it.
//
// usage: joint_law [FOLDER]     (out/joint_law unless said otherwise)
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <string>
#include <vector>

#include "spectralmc/spectralmc.hpp"

namespace {

namespace smc = spectralmc;

/// The density at each pair of points, row by row.
std::vector<double> density(const smc::joint_distribution& law, const std::vector<double>& x,
                            const std::vector<double>& y) {
  std::vector<double> all;
  for (const std::vector<double>& row : law.density_values(x, y)) all.insert(all.end(), row.begin(), row.end());
  return all;
}

void write(const std::string& folder) {
  const smc::market asset(100, 0.03);
  const smc::heston_parameters parameters{0.04, 1.5, 0.05, 0.3, -0.7};
  const double early = 0.5, late = 1.5;

  const auto plan = smc::simulation{smc::heston<float>(asset, parameters), smc::time_grid::dates({early, late}, 0.02)}
                        .paths(1 << 18)
                        .seed(42);
  const auto law = smc::joint_spectrum_of(smc::log_return{}, early, smc::log_return{}, late).terms(96);
  const smc::joint_distribution simulated(smc::joint_characteristic_function(smc::cpu{}, plan, law));
  const smc::joint_distribution exact(
      smc::joint_characteristic_function(smc::heston<double>(asset, parameters), early, late));

  std::vector<double> x, y;
  for (int i = 0; i <= 160; ++i) {
    x.push_back(-0.6 + 1.0 * i / 160);
    y.push_back(-0.9 + 1.6 * i / 160);
  }
  const auto save = [&](const char* name, const std::vector<double>& values, std::vector<std::size_t> shape) {
    smc::write_npy((std::filesystem::path(folder) / name).string(), smc::npy_array_of(values, std::move(shape)));
  };
  save("x.npy", x, {x.size()});
  save("y.npy", y, {y.size()});
  save("simulated.npy", density(simulated, x, y), {x.size(), y.size()});
  save("exact.npy", density(exact, x, y), {x.size(), y.size()});

  const auto print = [](const char* name, const smc::estimate& found, const smc::estimate& truth) {
    std::printf("%-34s %9.5f +- %.5f, in closed form %9.5f +- %.0e\n", name, found.value, found.standard_error,
                truth.value, truth.truncation_error);
  };
  print("correlation", simulated.correlation(), exact.correlation());
  print("probability of falling twice", simulated.cdf(0, 0), exact.cdf(0, 0));
  print("forward-start call at the money", simulated.forward_start_call(1), exact.forward_start_call(1));
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const std::string folder = argc > 1 ? argv[1] : "out/joint_law";
    std::filesystem::create_directories(folder);
    write(folder);
    return 0;
  } catch (const std::exception& e) {
    std::fprintf(stderr, "error: %s\n", e.what());
    return 1;
  }
}
