// The device in software of kernels without nvcc (../runtime), for kernels that are translated from PTX.
#pragma once

// There the architecture comes from nvcc's macro. Here it is that of the kernels, which the first call looks up.
#define __CUDA_ARCH__ 0
#include "../runtime/cuda_runtime.h"
#undef __CUDA_ARCH__

#include "execution.hpp"

namespace software_device::ptx {

/// The kernel of that name for the newest target that a device runs; null if there is none.
const kernel* find_kernel(const std::string& name, int capability);
/// The newest target that there is a kernel for; 0 if there is none.
int newest_target();

/// Memory that kernels may touch from now on: an allocation of a device, which nothing was written to.
void remember(device& on, const void* begin, std::size_t bytes);
void forget(const void* begin);
/// The host has written there.
void set_known(const void* begin, std::size_t bytes);
/// Ends the program if the host reads there what nobody has written.
void require_known(const void* begin, std::size_t bytes);

/// Runs a kernel by all threads of a grid.
void run_grid(device& on, const kernel& of, dim3 blocks, dim3 block_threads, std::size_t dynamic_shared,
              const std::vector<unsigned char>& parameters);

}  // namespace software_device::ptx
