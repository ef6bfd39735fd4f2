// Host memory whose size the caller's parameters decide: where it cannot be had, the error says for what and how much.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <stdexcept>
#include <vector>

#if defined(__linux__)
#include <sys/mman.h>
#endif

#include "spectralmc/errors.hpp"

namespace spectralmc {

namespace detail {

/// Asks Linux to back memory that was not yet touched by pages of 2 MiB instead of 4 KiB, where that much of it is
/// aligned: to have a page costs more time than to write it, and work space as large as the caches is written once or
/// twice. A wish: whether it is granted changes nothing else.
inline void prefer_large_pages(void* memory, std::size_t bytes) {
#if defined(MADV_HUGEPAGE)
  constexpr std::uintptr_t page = std::uintptr_t{1} << 21;
  const auto address = reinterpret_cast<std::uintptr_t>(memory);
  const std::uintptr_t begin = (address + page - 1) / page * page, end = (address + bytes) / page * page;
  if (begin < end)
    static_cast<void>(madvise(static_cast<char*>(memory) + (begin - address), end - begin, MADV_HUGEPAGE));
#else
  static_cast<void>(memory);
  static_cast<void>(bytes);
#endif
}

}  // namespace detail

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
  detail::prefer_large_pages(memory.get(), count * sizeof(T));
  return memory;
}

namespace detail {

/// Does what takes `bytes` of memory.
/// @throws allocation_error with `purpose` in its text
template <class Body>
void with_memory_for(const char* purpose, std::size_t bytes, const Body& body) {
  try {
    body();
  } catch (const std::bad_alloc&) {
    throw allocation_error(purpose, bytes);
  } catch (const std::length_error&) {
    throw allocation_error(purpose, bytes);
  }
}

}  // namespace detail

/// Makes the vector `count` zeros.
/// @throws allocation_error with `purpose` in its text
template <class T>
void assign_zeros(std::vector<T>& values, std::size_t count, const char* purpose) {
  detail::with_memory_for(purpose, count * sizeof(T), [&] { values.assign(count, T{}); });
}

/// Room in the vector for `count` elements in all.
/// @throws allocation_error with `purpose` in its text
template <class T>
void reserve_room(std::vector<T>& values, std::size_t count, const char* purpose) {
  detail::with_memory_for(purpose, count * sizeof(T), [&] { values.reserve(count); });
}

}  // namespace spectralmc
