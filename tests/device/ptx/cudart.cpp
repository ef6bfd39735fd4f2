// A stand-in for the CUDA runtime library: what nvcc's host code calls, of toolkits from 11 to 13, by the device in
// software. Kernels are those that were translated from PTX, found by the names that the host code registers.
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "software.hpp"

// The device in software has C++ functions of the same names, so that these are given theirs by the assembler.
#define EXPORTED(name, ...)                               \
  extern "C" int exported_##name(__VA_ARGS__) asm(#name); \
  int exported_##name(__VA_ARGS__)

namespace {

using software_device::device;
using software_device::fatal;
namespace ptx = software_device::ptx;

/// Names of kernels by the addresses that stand for them on the host.
std::map<const void*, std::string>& names() {
  static auto* const all = new std::map<const void*, std::string>;
  return *all;
}

struct configuration {
  dim3 blocks, block_threads;
  std::size_t shared;
  cudaStream_t stream;
};
thread_local std::vector<configuration> pushed;

/// Lets each device be of the newest target that there are kernels for, if it is not to be another.
void adopt_targets() {
  static std::once_flag once;
  std::call_once(once, [] {
    for (int i = 0; i < device::count; ++i) {
      if (device::at(i).capability == 0) device::at(i).capability = ptx::newest_target();
    }
  });
}

const ptx::kernel* kernel_at(const device& on, const void* host) {
  adopt_targets();
  const auto found = names().find(host);
  return found != names().end() ? ptx::find_kernel(found->second, on.capability) : nullptr;
}

cudaError_t launch(const void* host, dim3 blocks, dim3 block_threads, void** arguments, std::size_t dynamic_shared,
                   cudaStream_t stream) {
  return software_device::call([&](device& on) {
    const ptx::kernel* const kernel = kernel_at(on, host);
    if (kernel == nullptr) return cudaErrorNoKernelImageForDevice;
    const std::uint64_t threads = std::uint64_t{block_threads.x} * block_threads.y * block_threads.z;
    const bool fits =
        software_device::fits(blocks, block_threads) && (kernel->most_threads == 0 || threads <= kernel->most_threads);
    const auto asked = on.shared_bytes_allowed.find(host);
    const bool has_asked = asked != on.shared_bytes_allowed.end();
    const std::size_t shared = kernel->static_shared + dynamic_shared;
    if (!fits || shared > static_cast<std::size_t>(has_asked ? on.most_shared_bytes() : 48 * 1024) ||
        (has_asked && dynamic_shared > static_cast<std::size_t>(asked->second))) {
      return cudaErrorInvalidConfiguration;
    }
    if (kernel->parameter_bytes > 4096) return cudaErrorInvalidValue;
    if (&device::of(stream) != &on) return cudaErrorInvalidResourceHandle;
    std::vector<unsigned char> parameters(kernel->parameter_bytes, 0xee);
    for (std::size_t i = 0; i < kernel->parameters.size(); ++i) {
      std::memcpy(parameters.data() + kernel->parameters[i].offset, arguments[i], kernel->parameters[i].size);
    }
    on.enqueue(stream, [=, &on] { ptx::run_grid(on, *kernel, blocks, block_threads, dynamic_shared, parameters); });
    return cudaSuccess;
  });
}

/// What is done to memory, and what is known of it, is one for other threads of the host.
using alone = std::lock_guard<std::recursive_mutex>;

/// Has a piece of work done after what the stream has to do.
template <class Work>
void later(cudaStream_t stream, const Work& work) {
  device::of(stream).enqueue(stream, work);
}

bool to_device(int kind) { return kind == cudaMemcpyHostToDevice || kind == cudaMemcpyDeviceToDevice; }
bool from_device(int kind) { return kind == cudaMemcpyDeviceToHost || kind == cudaMemcpyDeviceToDevice; }

cudaMemcpyKind checked(int kind) {
  if (kind < cudaMemcpyHostToHost || kind > cudaMemcpyDeviceToDevice) fatal("a copy of a kind that is not known here");
  return static_cast<cudaMemcpyKind>(kind);
}

using any_kernel = void (*)();

}  // namespace

// What nvcc writes into the host's code.

extern "C" void** __cudaRegisterFatBinary(void*) {
  static void* handle = nullptr;
  return &handle;
}
extern "C" void __cudaRegisterFatBinaryEnd(void**) {}
extern "C" void __cudaUnregisterFatBinary(void**) {}
extern "C" char __cudaInitModule(void**) { return 1; }
extern "C" void __cudaRegisterFunction(void**, const char* host, char*, const char* name, int, void*, void*, void*,
                                       void*, int*) {
  names()[host] = name;
}
extern "C" void __cudaRegisterVar(void**, char*, char*, const char*, int, std::size_t, int, int) {}
extern "C" unsigned __cudaPushCallConfiguration(dim3 blocks, dim3 block_threads, std::size_t shared,
                                                cudaStream_t stream) {
  pushed.push_back({blocks, block_threads, shared, stream});
  return 0;
}
extern "C" int __cudaPopCallConfiguration(dim3* blocks, dim3* block_threads, std::size_t* shared, void* stream) {
  if (pushed.empty()) return cudaErrorInvalidConfiguration;
  const configuration last = pushed.back();
  pushed.pop_back();
  *blocks = last.blocks;
  *block_threads = last.block_threads;
  *shared = last.shared;
  *static_cast<cudaStream_t*>(stream) = last.stream;
  return cudaSuccess;
}
EXPORTED(cudaLaunchKernel, const void* host, dim3 blocks, dim3 block_threads, void** arguments, std::size_t shared,
         cudaStream_t stream) {
  return launch(host, blocks, block_threads, arguments, shared, stream);
}
// CUDA 13 launches by a handle of the kernel; here that is its address on the host.
EXPORTED(__cudaGetKernel, const void** handle, const void* host) {
  *handle = host;
  return cudaSuccess;
}
EXPORTED(__cudaLaunchKernel, const void* handle, dim3 blocks, dim3 block_threads, void** arguments, std::size_t shared,
         cudaStream_t stream) {
  return launch(handle, blocks, block_threads, arguments, shared, stream);
}

// What programs call.

extern "C" const char* exported_cudaGetErrorName(cudaError_t code) asm("cudaGetErrorName");
const char* exported_cudaGetErrorName(cudaError_t code) { return cudaGetErrorName(code); }
extern "C" const char* exported_cudaGetErrorString(cudaError_t code) asm("cudaGetErrorString");
const char* exported_cudaGetErrorString(cudaError_t code) { return cudaGetErrorString(code); }
EXPORTED(cudaGetLastError) { return cudaGetLastError(); }
EXPORTED(cudaGetDeviceCount, int* count) { return cudaGetDeviceCount(count); }
EXPORTED(cudaGetDevice, int* number) { return cudaGetDevice(number); }
EXPORTED(cudaSetDevice, int number) { return cudaSetDevice(number); }
EXPORTED(cudaDeviceGetAttribute, int* value, int attribute, int number) {
  // By the numbers that CUDA gives them.
  static const std::map<int, cudaDeviceAttr> known{{16, cudaDevAttrMultiProcessorCount},
                                                   {75, cudaDevAttrComputeCapabilityMajor},
                                                   {76, cudaDevAttrComputeCapabilityMinor},
                                                   {97, cudaDevAttrMaxSharedMemoryPerBlockOptin},
                                                   {115, cudaDevAttrMemoryPoolsSupported}};
  const auto found = known.find(attribute);
  if (found == known.end()) fatal("an attribute of a device that is not known here: " + std::to_string(attribute));
  adopt_targets();
  return cudaDeviceGetAttribute(value, found->second, number);
}

EXPORTED(cudaMalloc, void** pointer, std::size_t bytes) {
  const alone lock(device::guard());
  const cudaError_t code = cudaMalloc(pointer, bytes);
  if (code == cudaSuccess) ptx::remember(device::get(), *pointer, bytes);
  return code;
}
EXPORTED(cudaMallocAsync, void** pointer, std::size_t bytes, cudaStream_t stream) {
  const alone lock(device::guard());
  const cudaError_t code = cudaMallocAsync(pointer, bytes, stream);
  if (code == cudaSuccess) ptx::remember(device::of(stream), *pointer, bytes);
  return code;
}
EXPORTED(cudaFree, void* pointer) {
  const alone lock(device::guard());
  const cudaError_t code = cudaFree(pointer);
  if (code == cudaSuccess) ptx::forget(pointer);
  return code;
}
EXPORTED(cudaFreeAsync, void* pointer, cudaStream_t stream) {
  const alone lock(device::guard());
  const cudaError_t code = cudaFreeAsync(pointer, stream);
  if (code == cudaSuccess) later(stream, [=] { ptx::forget(pointer); });
  return code;
}
EXPORTED(cudaMemcpyAsync, void* to, const void* from, std::size_t bytes, int kind, cudaStream_t stream) {
  const alone lock(device::guard());
  if (from_device(kind)) later(stream, [=] { ptx::require_known(from, bytes); });
  const cudaError_t code = cudaMemcpyAsync(to, from, bytes, checked(kind), stream);
  if (code == cudaSuccess && to_device(kind)) later(stream, [=] { ptx::set_known(to, bytes); });
  return code;
}
EXPORTED(cudaMemcpy, void* to, const void* from, std::size_t bytes, int kind) {
  const alone lock(device::guard());
  if (from_device(kind)) later(nullptr, [=] { ptx::require_known(from, bytes); });
  const cudaError_t code = cudaMemcpy(to, from, bytes, checked(kind));
  if (code == cudaSuccess && to_device(kind)) ptx::set_known(to, bytes);
  return code;
}
EXPORTED(cudaMemsetAsync, void* to, int value, std::size_t bytes, cudaStream_t stream) {
  const alone lock(device::guard());
  const cudaError_t code = cudaMemsetAsync(to, value, bytes, stream);
  if (code == cudaSuccess) later(stream, [=] { ptx::set_known(to, bytes); });
  return code;
}
EXPORTED(cudaMemset, void* to, int value, std::size_t bytes) {
  const alone lock(device::guard());
  const cudaError_t code = cudaMemset(to, value, bytes);
  if (code == cudaSuccess) later(nullptr, [=] { ptx::set_known(to, bytes); });
  return code;
}

EXPORTED(cudaStreamCreate, cudaStream_t* stream) { return cudaStreamCreate(stream); }
EXPORTED(cudaStreamCreateWithFlags, cudaStream_t* stream, unsigned flags) {
  return cudaStreamCreateWithFlags(stream, flags);
}
EXPORTED(cudaStreamDestroy, cudaStream_t stream) { return cudaStreamDestroy(stream); }
EXPORTED(cudaStreamSynchronize, cudaStream_t stream) { return cudaStreamSynchronize(stream); }
EXPORTED(cudaStreamQuery, cudaStream_t stream) { return cudaStreamQuery(stream); }
EXPORTED(cudaDeviceSynchronize) { return cudaDeviceSynchronize(); }

EXPORTED(cudaEventCreate, cudaEvent_t* event) { return cudaEventCreate(event); }
EXPORTED(cudaEventCreateWithFlags, cudaEvent_t* event, unsigned flags) {
  return cudaEventCreateWithFlags(event, flags);
}
EXPORTED(cudaEventDestroy, cudaEvent_t event) { return cudaEventDestroy(event); }
EXPORTED(cudaEventRecord, cudaEvent_t event, cudaStream_t stream) { return cudaEventRecord(event, stream); }
EXPORTED(cudaEventSynchronize, cudaEvent_t event) { return cudaEventSynchronize(event); }
EXPORTED(cudaEventQuery, cudaEvent_t event) { return cudaEventQuery(event); }
EXPORTED(cudaStreamWaitEvent, cudaStream_t stream, cudaEvent_t event, unsigned flags) {
  return cudaStreamWaitEvent(stream, event, flags);
}

EXPORTED(cudaFuncSetAttribute, const void* host, int attribute, int value) {
  const alone lock(device::guard());
  constexpr int most_dynamic_shared = 8;  // the number that CUDA gives it
  if (attribute != most_dynamic_shared) fatal("an attribute of a kernel that is not known here");
  const ptx::kernel* const kernel = kernel_at(device::get(), host);
  if (kernel == nullptr) return cudaErrorNoKernelImageForDevice;
  if (value + static_cast<int>(kernel->static_shared) > device::get().most_shared_bytes()) {
    return software_device::call([](device&) { return cudaErrorInvalidValue; });
  }
  return cudaFuncSetAttribute(reinterpret_cast<any_kernel>(const_cast<void*>(host)),
                              cudaFuncAttributeMaxDynamicSharedMemorySize, value);
}
EXPORTED(cudaOccupancyMaxActiveBlocksPerMultiprocessorWithFlags, int* blocks, const void* host, int block_threads,
         std::size_t shared, unsigned) {
  const alone lock(device::guard());
  if (kernel_at(device::get(), host) == nullptr) return cudaErrorNoKernelImageForDevice;
  return cudaOccupancyMaxActiveBlocksPerMultiprocessor(blocks, host, block_threads, shared);
}
EXPORTED(cudaOccupancyMaxActiveBlocksPerMultiprocessor, int* blocks, const void* host, int block_threads,
         std::size_t shared) {
  return exported_cudaOccupancyMaxActiveBlocksPerMultiprocessorWithFlags(blocks, host, block_threads, shared, 0);
}
