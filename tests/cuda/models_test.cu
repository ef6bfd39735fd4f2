// Each model on the device against the CPU, bit for bit.
#include <doctest/doctest.h>

#include <cstdint>
#include <type_traits>

#include "device.hpp"
#include "spectralmc/execution/cuda.cuh"
#include "spectralmc/spectralmc.hpp"

namespace {

namespace smc = spectralmc;

// The format of all models but one, and the paths of each; a build may take others.
#if !defined(SPECTRALMC_TEST_REAL)
#define SPECTRALMC_TEST_REAL float
#endif
#if !defined(SPECTRALMC_TEST_PATHS)
#define SPECTRALMC_TEST_PATHS 9001
#endif
using real = SPECTRALMC_TEST_REAL;
constexpr std::uint64_t paths = SPECTRALMC_TEST_PATHS;

template <class Model>
void check_bits(const Model& model) {
  if (skipped()) return;
  const auto plan = smc::simulation{model, smc::time_grid::dates({0.1, 0.5}, 0.05)}.paths(paths).seed(7);
  using asset_observer = std::conditional_t<smc::detail::models_logarithm<Model>, smc::log_return, smc::spot>;
  using observer = std::conditional_t<smc::detail::models_short_rate<Model>, smc::short_rate, asset_observer>;
  CHECK(same_bits(plan, smc::cuda{}, smc::spectrum_of(observer{}).terms(32)));
}

smc::market market() { return smc::market(100, 0.03, 0.01); }
constexpr smc::lognormal_jumps jumps{2, -0.05, 0.1};

}  // namespace

TEST_CASE("Merton's model has the CPU's bits") { check_bits(smc::merton<real>(market(), {0.2, jumps})); }

TEST_CASE("Kou's model has the CPU's bits") { check_bits(smc::kou<real>(market(), {0.15, 3, 0.2, 25, 10})); }

TEST_CASE("Bates' model has the CPU's bits") {
  check_bits(smc::bates<real>(market(), {{0.04, 1.5, 0.05, 0.6, -0.7}, jumps}));
}

TEST_CASE("Heston's and Bates' models have the CPU's bits in large steps") {
  using scheme = smc::inverse_gaussian_integral;
  check_bits(smc::heston<real, scheme>(market(), {0.04, 1.5, 0.05, 0.9, -0.7}));
  check_bits(smc::bates<real, scheme>(market(), {{0.04, 1.5, 0.05, 0.6, 0.5}, jumps}));
}

TEST_CASE("the variance gamma model has the CPU's bits") {
  check_bits(smc::variance_gamma<double>(market(), {0.12, -0.14, 0.2}));
}

TEST_CASE("the normal inverse Gaussian model has the CPU's bits") {
  check_bits(smc::normal_inverse_gaussian<real>(market(), {0.2, -0.1, 0.3}));
}

TEST_CASE("Bachelier's model has the CPU's bits") { check_bits(smc::bachelier<real>(market(), {20})); }

TEST_CASE("displaced diffusion has the CPU's bits") {
  check_bits(smc::displaced_diffusion<real>(market(), {smc::step_function({0.2, 1}, {0.2, 0.3}), 0.5}));
}

TEST_CASE("constant elasticity has the CPU's bits") {
  check_bits(smc::constant_elasticity<real>(market(), {0.5, 0.3}));
}

TEST_CASE("rough Bergomi has the CPU's bits, whatever the groups of its steps") {
  if (skipped()) return;
  const smc::rough_bergomi<real> model(market(), {0.06, 0.07, 1.9, -0.9});
  for (const smc::time_grid& grid : {smc::time_grid::uniform(1, 50), smc::time_grid::dates({0.1, 0.37, 0.5}, 0.05)}) {
    const auto plan = smc::simulation{model, grid}.paths(paths).seed(7);
    CHECK(same_bits(plan, smc::cuda{}, smc::spectrum_of(smc::log_return{}).terms(32)));
  }
}

TEST_CASE("SABR has the CPU's bits") { check_bits(smc::sabr<real>(market(), {0.3, 0.5, 0.6, -0.5})); }

TEST_CASE("Hull and White's model has the CPU's bits") { check_bits(smc::hull_white<real>({0.03, 0.1, 0.01})); }

TEST_CASE("Cox, Ingersoll and Ross' model has the CPU's bits") {
  check_bits(smc::cox_ingersoll_ross<real>({0.03, 0.3, 0.05, 0.2}));
}

TEST_CASE("CGMY has the CPU's bits, whatever the way of its steps") {
  for (const double stability : {-0.5, 0.0, 0.3, 0.5, 0.7, 1.2})
    check_bits(smc::cgmy<real>(market(), {1, 5, 6, stability}));
}

TEST_CASE("local volatility has the CPU's bits") {
  const smc::implied_volatility_surface surface({0.5, 1.5}, {-0.5, 0, 0.5}, {{0.3, 0.25, 0.24}, {0.28, 0.25, 0.24}});
  check_bits(smc::dupire<real>(market(), surface));
}

TEST_CASE("several assets have the CPU's bits") {
  if (skipped()) return;
  const smc::several_assets model({{1, 0.5}, {0.5, 1}}, smc::merton<real>(market(), {0.2, jumps}),
                                  smc::variance_gamma<real>(market(), {0.12, -0.14, 0.2}));
  const auto plan = smc::simulation{model, smc::time_grid::dates({0.1, 0.5}, 0.05)}.paths(paths).seed(7);
  CHECK(same_bits(plan, smc::cuda{}, smc::spectrum_of(smc::basket{1.0, -0.5}).terms(32)));
}
