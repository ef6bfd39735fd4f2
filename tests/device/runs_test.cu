// Runs on the device in software: watched, stopped, ended by an exception, two at a time, on two devices, and whatever
// a device is like.
#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <thread>
#include <tuple>
#include <vector>

#include "spectralmc/execution/cuda.cuh"
#include "spectralmc/spectralmc.hpp"

namespace {

namespace smc = spectralmc;
using software_device::device;

using plan_type = smc::simulation<smc::black_scholes<float>>;

plan_type plan_of(std::uint64_t paths) {
  return smc::simulation{smc::black_scholes<float>(smc::market(100, 0.03, 0.01), {0.2}),
                         smc::time_grid::dates({0.1, 0.5}, 0.25)}
      .paths(paths)
      .seed(7);
}

/// Of items that are prepared without the plan's callback, which then hears of the run alone.
template <class Execution>
smc::partial_sums run(const Execution& execution, const plan_type& plan) {
  static const auto items = std::make_tuple(smc::spectrum_of(smc::log_return{}).terms(8).prepare(plan_of(1)),
                                            smc::value_of(smc::european_call{100}).prepare(plan_of(1)));
  return smc::run_measurement(execution, plan, items);
}

bool same(const smc::partial_sums& one, const smc::partial_sums& other) {
  const auto &a = one.parts(), &b = other.parts();
  bool result = a.size() == b.size();
  for (std::size_t i = 0; result && i < a.size(); ++i) {
    result = a[i].paths.first == b[i].paths.first && a[i].paths.count == b[i].paths.count &&
             a[i].totals.size() == b[i].totals.size() &&
             std::memcmp(a[i].totals.data(), b[i].totals.data(), a[i].totals.size() * sizeof(double)) == 0;
  }
  return result;
}

/// A unit at a time.
smc::cuda in_little_memory() {
  smc::cuda gpu;
  gpu.memory_limit = 1;
  return gpu;
}

/// Puts back what a test changes.
template <class T>
class changed {
 public:
  changed(T& what, T to) : what_(what), before_(what) { what = to; }
  changed(const changed&) = delete;
  changed& operator=(const changed&) = delete;
  ~changed() { what_ = before_; }

 private:
  T& what_;
  T before_;
};

constexpr std::uint64_t units = 5, paths = units * smc::unit_paths - 1000;

}  // namespace

TEST_CASE("a run that is watched says how far it is, and has the same bits") {
  std::vector<std::uint64_t> done;
  auto plan = plan_of(paths).on_progress([&](const smc::progress& p) { done.push_back(p.paths_done); });
  CHECK(same(run(in_little_memory(), plan), run(smc::cpu{1}, plan_of(paths))));
  CHECK(same(run(smc::cuda{}, plan), run(smc::cpu{1}, plan_of(paths))));
  CHECK(done.front() == 0);
  CHECK(done.back() == paths);
  CHECK(done.size() >= 2 * units);
  CHECK(device::nothing_is_left());
}

TEST_CASE("a run that is stopped is a shorter run, which another goes on with") {
  auto stopped = plan_of(paths).on_progress([](const smc::progress&) { return false; });
  CHECK_THROWS_AS(run(smc::cuda{}, stopped), smc::no_answer);
  const auto whole = run(smc::cpu{1}, plan_of(paths));
  for (std::uint64_t stop = 1; stop < units; ++stop) {
    CAPTURE(stop);
    auto plan =
        plan_of(paths).on_progress([&](const smc::progress& p) { return p.paths_done < stop * smc::unit_paths; });
    auto sums = run(in_little_memory(), plan);
    CHECK(sums.paths() >= stop * smc::unit_paths);
    CHECK(sums.paths() < paths);
    CHECK(same(sums, run(smc::cpu{1}, plan_of(sums.paths()))));
    sums.merge(run(smc::cuda{}, plan_of(paths - sums.paths()).first_path(sums.paths())));
    CHECK(same(sums, whole));
  }
  CHECK(device::nothing_is_left());
}

TEST_CASE("an exception of a callback ends the run, and leaves nothing") {
  const auto expected = run(smc::cpu{1}, plan_of(paths));
  for (const bool staged : {true, false}) {
    const changed copies(device::staged_copies, staged);
    for (int calls = 1; calls <= 4; ++calls) {
      CAPTURE(calls);
      int left = calls;
      auto plan = plan_of(paths).on_progress([&](const smc::progress&) {
        if (--left == 0) throw std::domain_error("enough");
      });
      CHECK_THROWS_AS(run(in_little_memory(), plan), std::domain_error);
      CHECK(device::nothing_is_left());
      CHECK(same(run(smc::cuda{}, plan_of(paths)), expected));
    }
  }
}

TEST_CASE("two threads run at once, each on a stream of its own") {
  const auto plan = plan_of(paths);
  std::vector<smc::partial_sums> sums(2);
  std::vector<std::thread> threads;
  for (auto& each : sums) {
    threads.emplace_back([&] {
      smc::cuda gpu = in_little_memory();
      if (cudaStreamCreate(&gpu.stream) != cudaSuccess) return;
      each = run(gpu, plan);
      cudaStreamDestroy(gpu.stream);
    });
  }
  for (std::thread& each : threads) each.join();
  const auto expected = run(smc::cpu{1}, plan);
  CHECK(same(sums[0], expected));
  CHECK(same(sums[1], expected));
  CHECK(device::nothing_is_left());
}

TEST_CASE("two devices take each a part of the paths") {
  const std::uint64_t first = 3 * smc::unit_paths;
  std::vector<smc::partial_sums> sums(2);
  std::vector<std::uint64_t> launches(2);
  std::vector<std::thread> threads;
  for (int i = 0; i < 2; ++i) {
    launches[i] = device::at(i).launches;
    threads.emplace_back([&, i] {
      if (cudaSetDevice(i) != cudaSuccess) return;
      sums[i] = run(smc::cuda{}, i == 0 ? plan_of(first) : plan_of(paths - first).first_path(first));
    });
  }
  for (std::thread& each : threads) each.join();
  for (int i = 0; i < 2; ++i) CHECK(device::at(i).launches > launches[i]);
  sums[0].merge(sums[1]);
  CHECK(same(sums[0], run(smc::cpu{1}, plan_of(paths))));
  CHECK(device::nothing_is_left());
}

TEST_CASE("a stream of another device than the current one is refused") {
  smc::cuda gpu;
  REQUIRE(cudaSetDevice(1) == cudaSuccess);
  REQUIRE(cudaStreamCreate(&gpu.stream) == cudaSuccess);
  CHECK(same(run(gpu, plan_of(3000)), run(smc::cpu{1}, plan_of(3000))));
  REQUIRE(cudaSetDevice(0) == cudaSuccess);
  CHECK_THROWS_AS(run(gpu, plan_of(3000)), smc::cuda_error);
  cudaStreamDestroy(gpu.stream);
  CHECK(device::nothing_is_left());
}

TEST_CASE("no bit depends on what the device is like") {
  const auto expected = run(smc::cpu{1}, plan_of(paths));
  device& on = device::get();
  const auto check = [&] { CHECK(same(run(smc::cuda{}, plan_of(paths)), expected)); };
  SUBCASE("memory pools") {
    const changed pools(on.memory_pools, false);
    check();
  }
  SUBCASE("copies as late as may be") {
    const changed copies(device::staged_copies, false);
    check();
  }
  SUBCASE("many multiprocessors") {
    const changed many(on.multiprocessors, 63L);
    check();
  }
  SUBCASE("one block at a time") {
    const changed one(on.multiprocessors, 1L), block(on.resident_blocks, 1L);
    check();
  }
  SUBCASE("what is in fresh memory") {
    for (const int rubbish : {0, 0x7f, 0x3f}) {
      const changed fresh(device::rubbish, rubbish);
      check();
    }
  }
  SUBCASE("a newer architecture than was compiled for") {
    const changed newer(on.capability, 129);
    check();
  }
  CHECK(device::nothing_is_left());
}

TEST_CASE("what a device lacks is told") {
  const auto code_of = [] {
    try {
      run(smc::cuda{}, plan_of(1000));
    } catch (const smc::cuda_error& e) {
      return e.code();
    }
    return cudaSuccess;
  };
  {
    const changed older(device::get().capability, 50);
    CHECK(code_of() == cudaErrorNoKernelImageForDevice);
  }
  {
    const changed none(device::count, 0);
    CHECK(code_of() == cudaErrorNoDevice);
  }
  for (std::size_t bytes = 1; bytes <= std::size_t{1} << 20; bytes *= 2) {
    const changed little(device::get().memory, bytes);
    try {
      run(smc::cuda{}, plan_of(paths));
    } catch (const smc::allocation_error&) {
    }
    CHECK(device::nothing_is_left());
    CHECK(cudaGetLastError() == cudaSuccess);
  }
  CHECK(code_of() == cudaSuccess);
}
