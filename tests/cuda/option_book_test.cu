// Books of options on a device: the bits of the CPU, whatever memory there is, with what the device leaves to the CPU.
#include <doctest/doctest.h>

#include <cmath>
#include <cstddef>
#include <cstring>
#include <vector>

#include "device.hpp"
#include "spectralmc/pricing/option_book.cuh"

namespace {

namespace smc = spectralmc;

/// Five strikes at each of four maturities, those of a day with more terms than a device has room for.
std::vector<smc::book_option> book_on(std::size_t models) {
  std::vector<smc::book_option> options;
  for (std::size_t model = 0; model < models; ++model) {
    for (const double maturity : {1.0, 0.003, 0.25, 4.0}) {
      for (int i = 0; i < 5; ++i) {
        const smc::option_type type = i % 2 == 0 ? smc::option_type::put : smc::option_type::call;
        options.push_back({model, maturity, type, 100 + (i - 2) * 15 * std::sqrt(maturity)});
      }
    }
  }
  return options;
}

void check_same(const std::vector<double>& a, const std::vector<double>& b) {
  REQUIRE(a.size() == b.size());
  CHECK(std::memcmp(a.data(), b.data(), a.size() * sizeof(double)) == 0);
}

template <class Model>
void check_bits(const std::vector<Model>& models, const smc::book_settings& settings, const smc::cuda& gpu) {
  const std::vector<smc::book_option> options = book_on(models.size());
  const smc::book_prices on_cpu = price_book(smc::cpu{2}, models, options, settings),
                         on_gpu = price_book(gpu, models, options, settings);
  std::vector<double> cpu_values, gpu_values;
  for (std::size_t i = 0; i < options.size(); ++i) {
    for (const double x : {on_cpu.prices[i].value, on_cpu.prices[i].truncation_error}) cpu_values.push_back(x);
    for (const double x : {on_gpu.prices[i].value, on_gpu.prices[i].truncation_error}) gpu_values.push_back(x);
  }
  check_same(cpu_values, gpu_values);
  check_same(on_cpu.deltas, on_gpu.deltas);
  check_same(on_cpu.gammas, on_gpu.gammas);
  REQUIRE(on_cpu.by_parameter.size() == on_gpu.by_parameter.size());
  for (std::size_t i = 0; i < on_cpu.by_parameter.size(); ++i) {
    check_same(on_cpu.by_parameter[i], on_gpu.by_parameter[i]);
  }
  CHECK(on_gpu.complete);
  CHECK(on_cpu.refusals.size() == on_gpu.refusals.size());
}

std::vector<smc::heston<double>> heston_models(std::size_t count) {
  std::vector<smc::heston<double>> models;
  for (std::size_t i = 0; i < count; ++i) {
    models.emplace_back(smc::market(100, 0.03, 0.01),
                        smc::heston_parameters{0.02 + 0.01 * static_cast<double>(i), 1.5, 0.05, 0.6, -0.7});
  }
  return models;
}

}  // namespace

TEST_CASE("a book under Heston's model and its derivatives have the CPU's bits") {
  if (skipped()) return;
  check_bits(heston_models(3), {1e-8, true}, smc::cuda{});
}

TEST_CASE("a book that does not fit into the memory is priced in parts") {
  if (skipped()) return;
  smc::cuda gpu;
  gpu.memory_limit = 1;
  check_bits(heston_models(2), {1e-6, false}, gpu);
}

TEST_CASE(
    "a book under variance gamma's model, for which the device has too little room at times, has the CPU's bits") {
  if (skipped()) return;
  const std::vector<smc::variance_gamma<double>> models{{smc::market(100), {0.2, -0.1, 0.3}},
                                                        {smc::market(100), {0.3, -0.2, 0.05}}};
  check_bits(models, {1e-6, false}, smc::cuda{});
}

TEST_CASE("a book under Merton's model has the CPU's bits") {
  if (skipped()) return;
  const std::vector<smc::merton<double>> models{{smc::market(100), {0.2, {0.5, -0.1, 0.2}}},
                                                {smc::market(100), {0.1, {3.0, 0.05, 0.01}}}};
  check_bits(models, {1e-8, false}, smc::cuda{});
}

TEST_CASE("a book that is stopped keeps what it has") {
  if (skipped()) return;
  smc::cuda gpu;
  gpu.memory_limit = 1;
  smc::book_settings settings;
  settings.on_progress = [](const smc::book_progress& p) { return p.options_done < 10; };
  const std::vector<smc::book_option> options = book_on(2);
  const smc::book_prices found = price_book(gpu, heston_models(2), options, settings);
  CHECK_FALSE(found.complete);
  REQUIRE(found.refusals.size() == 1);
  std::size_t missing = 0;
  for (const smc::estimate& price : found.prices) missing += std::isnan(price.value) ? 1 : 0;
  CHECK(missing == found.refusals[0].options.size());
  CHECK(missing < options.size());
  CHECK(missing >= options.size() - 15);
}
