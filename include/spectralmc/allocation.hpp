// Host memory whose size the caller's parameters decide: where it cannot be had, the error says for what and how much.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <stdexcept>
#include <vector>

#include "spectralmc/errors.hpp"

namespace spectralmc {

/// `count` zeros, in memory of their own.
/// @throws allocation_error with `purpose` in its text
template <class T>
std::unique_ptr<T[]> allocate(std::size_t count, const char* purpose) {
  std::unique_ptr<T[]> memory;
  if (count <= PTRDIFF_MAX / sizeof(T)) memory.reset(new (std::nothrow) T[count]());
  if (!memory) throw allocation_error(purpose, count * sizeof(T));
  return memory;
}

/// Room for `count` numbers that are all written before they are read: what they are is not defined until then.
/// @throws allocation_error with `purpose` in its text
template <class T>
std::unique_ptr<T[]> allocate_unset(std::size_t count, const char* purpose) {
  std::unique_ptr<T[]> memory;
  if (count <= PTRDIFF_MAX / sizeof(T)) memory.reset(new (std::nothrow) T[count]);
  if (!memory) throw allocation_error(purpose, count * sizeof(T));
  return memory;
}

/// Makes the vector `count` zeros.
/// @throws allocation_error with `purpose` in its text
template <class T>
void assign_zeros(std::vector<T>& values, std::size_t count, const char* purpose) {
  try {
    values.assign(count, T{});
  } catch (const std::bad_alloc&) {
    throw allocation_error(purpose, count * sizeof(T));
  } catch (const std::length_error&) {
    throw allocation_error(purpose, count * sizeof(T));
  }
}

}  // namespace spectralmc
