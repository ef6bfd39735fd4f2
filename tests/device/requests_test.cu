// Requests of all kinds in one run on the device in software, against the CPU bit for bit.
#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>

#include "cuda/device.hpp"
#include "levels_item.hpp"
#include "spectralmc/execution/cuda.cuh"
#include "spectralmc/spectralmc.hpp"

namespace {

namespace smc = spectralmc;

auto plan_of(std::uint64_t paths) {
  const smc::market market(100, {0.25, 1}, {0.03, 0.04}, 0.01);
  return smc::simulation{smc::black_scholes<float>(market, {smc::step_function({0.2, 1}, {0.2, 0.3})}),
                         smc::time_grid::dates({0.1, 0.5}, 0.05)}
      .paths(paths)
      .seed(7);
}

struct shown_too_late {
  template <class Path>
  SPECTRALMC_HOST_DEVICE auto operator()(const Path& path) const {
    return path[path.size()];
  }
};

}  // namespace

TEST_CASE("a date that the path has not is no number on a device, which cannot throw") {
  CHECK_THROWS_AS(smc::price(smc::cuda{}, plan_of(3000), shown_too_late{}), smc::no_answer);
}

TEST_CASE("joint spectra of two quantities at two dates") {
  smc::cuda little_memory;
  little_memory.memory_limit = 1 << 18;
  for (const std::uint64_t paths : {1, 1025, 17001}) {
    for (const std::uint32_t terms : {8, 33}) {
      CAPTURE(paths);
      CAPTURE(terms);
      const auto law = smc::joint_spectrum_of(smc::log_return{}, 0.1, smc::running_average<>{}, 0.5).terms(terms);
      CHECK(same_bits(plan_of(paths), smc::cuda{}, law));
      CHECK(same_bits(plan_of(paths).first_path(4000), little_memory, law));
    }
  }
}

TEST_CASE("observers of every step, payoffs and what else looks at paths, in one run") {
  const auto check = [](const auto& plan, const smc::cuda& gpu) {
    return same_bits(plan, gpu, smc::spectrum_of(smc::running_average<>{}).terms(40),
                     smc::spectrum_of(smc::running_maximum<>{}).terms(9).summed_by(smc::summation::nonuniform),
                     smc::value_of(smc::asian_call{100}), smc::levels{}, smc::value_of(smc::european_call{90}));
  };
  for (const std::uint64_t paths : {1, 1023, 20001}) {
    for (const std::size_t limit : {std::size_t{1} << 16, std::size_t{1} << 29}) {
      CAPTURE(paths);
      CAPTURE(limit);
      smc::cuda gpu;
      gpu.memory_limit = limit;
      CHECK(check(plan_of(paths), gpu));
      CHECK(check(plan_of(paths).first_path(123456789123).substream(3), gpu));
    }
  }
}
