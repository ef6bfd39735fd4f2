// Runs on several devices: the bits of one, and what is left when devices fail.
#include <doctest/doctest.h>

#include <atomic>
#include <cstdint>
#include <cstring>
#include <exception>
#include <string>
#include <vector>

#include "spectralmc/execution/cuda_devices.cuh"
#include "spectralmc/spectralmc.hpp"

namespace {

namespace smc = spectralmc;
using software_device::device;

constexpr std::uint64_t paths = 100001;

auto plan_of(std::uint64_t count) {
  return smc::simulation{smc::black_scholes<float>(smc::market(100), {0.2}), smc::time_grid::dates({0.5, 1}, 0.5)}
      .paths(count)
      .first_path(12345)
      .seed(3);
}

const auto request = smc::value_of(smc::european_call{100});

template <class Execution, class Plan>
smc::partial_sums run(const Execution& execution, const Plan& plan) {
  return smc::measure_part(execution, plan, {plan.first_path(), plan.paths()}, request);
}

bool same(const smc::partial_sums& a, const smc::partial_sums& b) {
  const std::vector<double> x = a.totals(), y = b.totals();
  return a.paths() == b.paths() && x.size() == y.size() &&
         std::memcmp(x.data(), y.data(), x.size() * sizeof(double)) == 0;
}

const smc::partial_sums& expected() {
  static const smc::partial_sums sums = run(smc::cpu{1}, plan_of(paths));
  return sums;
}

TEST_CASE("each of several devices takes a part, and the bits are the CPU's") {
  std::vector<std::uint64_t> launches;
  for (int i = 0; i < device::count; ++i) launches.push_back(device::at(i).launches);
  CHECK(same(run(smc::cuda_devices{}, plan_of(paths)), expected()));
  for (int i = 0; i < device::count; ++i) CHECK(device::at(i).launches > launches[static_cast<std::size_t>(i)]);
  CHECK(same(run(smc::cuda_devices{{1}}, plan_of(paths)), expected()));
  CHECK(same(run(smc::cuda_devices{{1, 0, 1}}, plan_of(paths)), expected()));
  CHECK(same(run(smc::cuda_devices{{}, 1}, plan_of(paths)), expected()));
  for (const std::uint64_t few : {1ULL, 1023ULL, 8192ULL, 8193ULL}) {
    CAPTURE(few);
    CHECK(same(run(smc::cuda_devices{}, plan_of(few)), run(smc::cpu{1}, plan_of(few))));
  }
  CHECK(device::nothing_is_left());
}

TEST_CASE("the caller's thread stays with its device") {
  REQUIRE(cudaSetDevice(1) == cudaSuccess);
  run(smc::cuda_devices{{0}}, plan_of(1000));
  int current = 0;
  REQUIRE(cudaGetDevice(&current) == cudaSuccess);
  CHECK(current == 1);
  REQUIRE(cudaSetDevice(0) == cudaSuccess);
}

TEST_CASE("a device without memory is told by its number, and the others do its paths") {
  const std::size_t memory = device::at(1).memory;
  device::at(1).memory = 1000;
  try {
    run(smc::cuda_devices{}, plan_of(paths));
    FAIL("no exception");
  } catch (const smc::device_failure& failure) {
    CHECK(failure.device() == 1);
    CHECK(std::string(failure.what()).find("CUDA device 1: allocation of ") == 0);
    CHECK_THROWS_AS(std::rethrow_exception(failure.cause()), smc::allocation_error);
    CHECK(same(failure.sums(), expected()));
    const auto answers = smc::finish(plan_of(paths), failure.sums(), request);
    CHECK(std::get<0>(answers).value == std::get<0>(smc::measure(smc::cpu{1}, plan_of(paths), request)).value);
  }
  device::at(1).memory = memory;
  CHECK(device::nothing_is_left());
  CHECK(same(run(smc::cuda_devices{}, plan_of(paths)), expected()));
}

TEST_CASE("a run that is stopped keeps the first paths, and says how many") {
  std::atomic<int> inside{0};
  std::uint64_t told = 0;
  bool ordered = true, alone = true;
  auto plan = plan_of(paths);
  plan.on_progress([&](const smc::progress& run) {
    alone = alone && ++inside == 1;
    ordered = ordered && run.paths_done >= told;
    told = run.paths_done;
    --inside;
    return run.paths_done < paths / 3;
  });
  const smc::partial_sums sums =
      smc::run_measurement(smc::cuda_devices{}, plan, std::make_tuple(request.prepare(plan)));
  CHECK(alone);
  CHECK(ordered);
  CHECK(sums.paths() >= paths / 3);
  REQUIRE(sums.paths() < paths);
  CHECK(same(sums, run(smc::cpu{1}, plan_of(sums.paths()))));
  CHECK(device::nothing_is_left());
}

TEST_CASE("what the callback throws ends the run and comes out") {
  auto plan = plan_of(paths);
  plan.on_progress([](const smc::progress& run) -> bool {
    if (run.paths_done > paths / 4) throw std::domain_error("enough");
    return true;
  });
  CHECK_THROWS_AS(smc::run_measurement(smc::cuda_devices{}, plan, std::make_tuple(request.prepare(plan))),
                  std::domain_error);
  CHECK(device::nothing_is_left());
}

// These leave memory taken where it is the giving back that fails.

TEST_CASE("whichever call fails, nothing is lost: all paths are there, or it was the only device") {
  const std::uint64_t before = device::calls;
  run(smc::cuda_devices{}, plan_of(paths));
  const std::uint64_t calls = device::calls - before;
  CHECK(calls > 80);
  int failures = 0;
  // Calls after the first few dozen repeat themselves.
  for (std::uint64_t n = 1; n <= calls; n += n < 120 ? 1 : 23) {
    CAPTURE(n);
    device::failing_call = device::calls + n;
    try {
      const smc::partial_sums sums = run(smc::cuda_devices{}, plan_of(paths));
      CHECK(same(sums, expected()));
    } catch (const smc::device_failure& failure) {
      ++failures;
      CHECK((failure.device() == 0 || failure.device() == 1));
      CHECK(same(failure.sums(), expected()));
    } catch (const smc::cuda_error&) {
      CHECK(n == 1);  // the count of devices
    }
    device::failing_call = 0;
    device::finish_all();
  }
  CHECK(failures > 50);
  CHECK(same(run(smc::cuda_devices{}, plan_of(paths)), expected()));
}

TEST_CASE("where the only device fails, what it has done is there") {
  std::uint64_t calls = device::calls;
  run(smc::cuda_devices{{0}}, plan_of(paths));
  calls = device::calls - calls;
  // Some calls tell nobody that they fail.
  smc::partial_sums sums;
  for (std::uint64_t n = calls / 2; sums.paths() == 0 && n < calls; ++n) {
    device::failing_call = device::calls + n;
    try {
      run(smc::cuda_devices{{0}}, plan_of(paths));
    } catch (const smc::device_failure& failure) {
      sums = failure.sums();
    }
    device::failing_call = 0;
    device::finish_all();
  }
  REQUIRE(sums.paths() > 0);
  REQUIRE(sums.paths() < paths);
  const std::uint64_t first = plan_of(paths).first_path();
  sums.merge(smc::measure_part(smc::cpu{1}, plan_of(paths), {first + sums.paths(), paths - sums.paths()}, request));
  CHECK(same(sums, expected()));
}

}  // namespace
