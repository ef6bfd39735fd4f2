// What tests call as nvcc's host code does: the stand-in for the runtime library, by the names that it exports.
#pragma once

#include <cstddef>
#include <map>
#include <string>

#include "software.hpp"

extern "C" {
void __cudaRegisterFunction(void**, const char*, char*, const char*, int, void*, void*, void*, void*, int*);
int runtime_malloc(void**, std::size_t) asm("cudaMalloc");
int runtime_free(void*) asm("cudaFree");
int runtime_memcpy(void*, const void*, std::size_t, int) asm("cudaMemcpy");
int runtime_launch(const void*, dim3, dim3, void**, std::size_t, cudaStream_t) asm("cudaLaunchKernel");
}

constexpr int to_device = 1, to_host = 2;

/// What stands for a kernel on the host.
inline const void* kernel_named(const std::string& name) {
  static std::map<std::string, char> keys;
  const auto [key, is_new] = keys.emplace(name, 0);
  if (is_new) {
    __cudaRegisterFunction(nullptr, &key->second, nullptr, key->first.c_str(), -1, nullptr, nullptr, nullptr, nullptr,
                           nullptr);
  }
  return &key->second;
}
