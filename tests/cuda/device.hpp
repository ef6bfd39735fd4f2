// Whether there is a device to run on, and the comparison of a run there with the CPU's.
#pragma once

#include <doctest/doctest.h>

#include <cstdio>
#include <cstring>
#include <string>
#include <tuple>
#include <vector>

#include "spectralmc/execution/cuda.cuh"
#include "spectralmc/spectralmc.hpp"

/// Why there is no device to run on; empty if there is one.
inline std::string missing_device() {
  int devices = 0;
  const cudaError_t code = cudaGetDeviceCount(&devices);
  if (code != cudaSuccess) return cudaGetErrorString(code);
  return devices == 0 ? "no device" : "";
}

inline bool skipped() {
  const std::string reason = missing_device();
  if (!reason.empty()) std::printf("SKIPPED: no CUDA device to run on (%s)\n", reason.c_str());
  return !reason.empty();
}

template <class Plan, class Execution, class... Requests>
bool same_bits(const Plan& plan, const Execution& gpu, const Requests&... requests) {
  const auto items = std::make_tuple(requests.prepare(plan)...);
  const auto on_cpu = spectralmc::run_measurement(spectralmc::cpu{}, plan, items);
  const auto on_gpu = run_measurement(gpu, plan, items);
  const std::vector<double> cpu_totals = on_cpu.totals(), gpu_totals = on_gpu.totals();
  REQUIRE(cpu_totals.size() == gpu_totals.size());
  return on_cpu.paths() == on_gpu.paths() &&
         std::memcmp(cpu_totals.data(), gpu_totals.data(), cpu_totals.size() * sizeof(double)) == 0;
}
