// What is known of each GPU architecture, and the tuning values chosen from it at compile time.
//
// A policy selector is an empty functor from compute capability (10 x major + minor) to a plain aggregate of values. A
// kernel calls it with the architecture that it is being compiled for, in __launch_bounds__; the host calls it with the
// architecture, among those compiled, that the device will run: cuda_kernels::compiled_architecture. Both see the same
// value.
#pragma once

#include <cstddef>

namespace spectralmc {

/// Limits of one streaming multiprocessor. 65536 registers each, at most 255 a thread, 48 KiB of static shared memory a
/// block on all. Sources of limits: CUDA C++ Programming Guide 13.0, "Compute Capabilities", table 27, from 7.5 on;
/// NVIDIA's CCCL, cuda/__device/arch_traits.h, from 6.0 on; for 5.2 the guide's 20.4.1 (shared memory),
/// cuda_occupancy.h (blocks) and what deviceQuery prints (threads, memory of a block, without opting in). Of rates:
/// CUDA C++ Best Practices Guide 13.0, 12.1.1, table 5, from 7.5 on; CUDA C++ Programming Guide before 13, "Arithmetic
/// Instructions", for 5.2 to 7.x.
struct gpu_architecture {
  int capability;     ///< 10 x major + minor
  int shared_memory;  ///< KiB a multiprocessor
  int block_memory;   ///< KiB a block may have by opting in
  int threads;        ///< resident threads a multiprocessor
  int blocks;         ///< resident blocks a multiprocessor
  int single_rate;    ///< FP32 fused multiply-adds a clock
  int double_rate;    ///< FP64 fused multiply-adds a clock
};

inline constexpr gpu_architecture gpu_architectures[] = {
    {52, 96, 48, 2048, 32, 128, 4},     {60, 64, 48, 2048, 32, 64, 32},   {61, 96, 48, 2048, 32, 128, 4},
    {70, 96, 96, 2048, 32, 64, 32},     {75, 64, 64, 1024, 16, 64, 2},    {80, 164, 163, 2048, 32, 64, 32},
    {86, 100, 99, 1536, 16, 128, 2},    {89, 100, 99, 1536, 24, 128, 2},  {90, 228, 227, 2048, 32, 128, 64},
    {100, 228, 227, 2048, 32, 128, 64}, {120, 100, 99, 1536, 24, 128, 2},
};

/// The facts of the newest architecture that is not newer than `capability`; those of the oldest for anything older.
constexpr gpu_architecture facts_of(int capability) {
  gpu_architecture found = gpu_architectures[0];
  for (const gpu_architecture& a : gpu_architectures) {
    if (a.capability <= capability) found = a;
  }
  return found;
}

/// How the kernel that follows paths and sums them is launched.
struct chunk_kernel_policy {
  int block_threads;    ///< threads a block; a chunk of 1024 paths is worked on by one block
  int resident_blocks;  ///< blocks a multiprocessor that registers must leave room for
  int sums_a_thread;    ///< of a spectrum, in registers: see empirical_detail::add_samples
};

/// Chosen by estimates from machine code, not yet by measurement: tools/gpu_tuning.py searched the space, all
/// candidates are in bench/results/gpu_tuning.json, the best of each architecture in docs/performance.md.
///
/// 128 threads divide the 1024 paths of a chunk evenly. A block keeps 13 KiB (float) or 25 KiB (double) of samples in
/// shared memory, so that on sm_60, where that leaves room for two in double, blocks are larger: else they wait half as
/// long again. Threads that keep 32 sums in place of 64 take fewer registers, and more threads of a block have sums to
/// keep; they begin the recurrences twice as often. In float that is the best, or within 5% of it. In double, 64 sums
/// take up to 254 registers, which leave room for two blocks: half the speed on sm_90 and sm_100. Where units of double
/// precision are few, they are busy under all policies, and 64 sums ask the least of them.
template <class Real>
struct chunk_kernel_selector {
  constexpr chunk_kernel_policy operator()(int capability) const {
    const gpu_architecture facts = facts_of(capability);
    if (sizeof(Real) == 4) return {128, facts.shared_memory < 96 ? 4 : 6, 32};
    if (facts.double_rate < 32) return {128, 2, 64};
    return facts.shared_memory < 96 ? chunk_kernel_policy{256, 2, 32} : chunk_kernel_policy{128, 4, 32};
  }
};

}  // namespace spectralmc
