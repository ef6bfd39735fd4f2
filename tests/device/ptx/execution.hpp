// What kernels translated from PTX call: memory that is checked, barriers, and PTX's arithmetic where it is not C++'s.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <type_traits>
#include <vector>

#include "footprints.hpp"

namespace software_device::ptx {

struct place3 {
  unsigned x, y, z;
};

/// What all threads of a launch share.
struct grid {
  place3 grid_size, block_size;
  std::uint32_t dynamic_shared;  // where it begins
  const unsigned char* parameters;
  std::size_t parameter_bytes;
};

/// One thread of a block.
struct thread {
  const ptx::grid* grid;
  place3 place, block_place;
  std::uint16_t index;
  std::uint32_t rounds = 0;                    // barriers that it has passed
  const class local_memory* locals = nullptr;  // of the functions that it is in
};

enum class memory_space { generic, global, shared, local, param, constant };

/// Generic addresses of shared memory begin here, where no process has memory.
constexpr std::uint64_t shared_window = std::uint64_t{1} << 56, shared_window_bytes = std::uint64_t{1} << 24;

/// Where those bytes are. Ends the program if the thread may not touch them.
unsigned char* touch(thread& self, memory_space space, std::uint64_t address, std::size_t bytes, access kind);
void barrier(thread& self, int number);
[[noreturn]] void stop(const thread& self, const char* instruction);

/// An array of a function that is running.
class local_memory {
 public:
  local_memory(thread& self, unsigned char* begin, std::size_t bytes)
      : self_(self), before_(self.locals), begin_(begin), bytes_(bytes) {
    std::memset(begin, 0xcd, bytes);
    self.locals = this;
  }
  local_memory(const local_memory&) = delete;
  local_memory& operator=(const local_memory&) = delete;
  ~local_memory() { self_.locals = before_; }

  bool holds(std::uint64_t address, std::size_t bytes) const {
    const auto first = reinterpret_cast<std::uint64_t>(begin_);
    return address >= first && address + bytes <= first + bytes_;
  }
  const local_memory* before() const { return before_; }

 private:
  thread& self_;
  const local_memory* before_;
  unsigned char* begin_;
  std::size_t bytes_;
};

struct parameter {
  unsigned offset, size;
};

/// A kernel, known by its name from before main() on.
class kernel {
 public:
  using function = void (*)(thread&, const unsigned char* parameters);

  /// @param most_threads of a block; 0 if that is the device's affair
  kernel(const char* kernel_name, int for_target, function kernel_body, std::vector<parameter> kernel_parameters,
         unsigned bytes_of_parameters, unsigned bytes_of_shared, unsigned threads_at_most);

  const char* name;
  int target;
  function run;
  std::vector<parameter> parameters;
  unsigned parameter_bytes, static_shared, most_threads;
};

/// A variable of a module: memory that kernels may read, and write unless it is constant.
class variable {
 public:
  variable(const void* begin, std::size_t bytes, bool writable);
};

// Numbers.

template <class To, class From>
To bits_as(From from) {
  static_assert(sizeof(To) == sizeof(From));
  To to;
  std::memcpy(&to, &from, sizeof to);
  return to;
}
template <class T>
T value_at(const unsigned char* at) {
  T value;
  std::memcpy(&value, at, sizeof value);
  return value;
}
template <class T>
void put_at(unsigned char* at, T value) {
  std::memcpy(at, &value, sizeof value);
}
template <class T>
std::uint64_t address_of(const T* at) {
  return reinterpret_cast<std::uint64_t>(at);
}

/// What is in a register that nothing was written to.
template <class T>
T rubbish() {
  if constexpr (std::is_same_v<T, float>) return bits_as<float>(0x7fbadbadu);
  if constexpr (std::is_same_v<T, double>) return bits_as<double>(0x7ff4badbadbadbadull);
  return static_cast<T>(0xbadbadbadbadbadbull);
}

inline bool is_unordered(float a, float b) { return __builtin_isunordered(a, b); }
inline bool is_unordered(double a, double b) { return __builtin_isunordered(a, b); }

/// The NaN that a GPU makes of any other.
inline float canonical(float a) { return is_unordered(a, a) ? bits_as<float>(0x7fffffffu) : a; }
inline double canonical(double a) { return is_unordered(a, a) ? bits_as<double>(0x7fffffffffffffffull) : a; }

/// The other number where one is a NaN; -0 is less than +0.
template <class T>
T minimum(T a, T b) {
  if constexpr (std::is_floating_point_v<T>) {
    if (is_unordered(a, a)) return canonical(b);
    if (is_unordered(b, b)) return a;
    if (a == b) return std::signbit(a) ? a : b;
  }
  return b < a ? b : a;
}
template <class T>
T maximum(T a, T b) {
  if constexpr (std::is_floating_point_v<T>) {
    if (is_unordered(a, a)) return canonical(b);
    if (is_unordered(b, b)) return a;
    if (a == b) return std::signbit(a) ? b : a;
  }
  return a < b ? b : a;
}

/// PTX leaves division by zero open; GPUs set all bits.
template <class T>
T quotient(T a, T b) {
  if (b == 0) return static_cast<T>(-1);
  if constexpr (std::is_signed_v<T>) {
    if (b == -1) return static_cast<T>(0 - static_cast<std::uint64_t>(a));
  }
  return static_cast<T>(a / b);
}
template <class T>
T remainder(T a, T b) {
  if (b == 0) return a;
  if constexpr (std::is_signed_v<T>) {
    if (b == -1) return 0;
  }
  return static_cast<T>(a % b);
}

/// Shifts by as many bits as there are, and by more.
template <class T>
T shifted_left(T a, std::uint32_t count) {
  return count < 8 * sizeof(T) ? static_cast<T>(static_cast<std::uint64_t>(a) << count) : T{0};
}
template <class T>
T shifted_right(T a, std::uint32_t count) {
  return static_cast<T>(a >> (std::min<std::uint32_t>)(count, 8 * sizeof(T) - 1) >> (count < 8 * sizeof(T) ? 0 : 1));
}
inline std::uint32_t funnel_count(std::uint32_t count, bool clamped) {
  return clamped ? (std::min)(count, std::uint32_t{32}) : count & 31;
}
inline std::uint32_t funnel_left(std::uint32_t low, std::uint32_t high, std::uint32_t count, bool clamped) {
  return static_cast<std::uint32_t>((std::uint64_t{high} << 32 | low) << funnel_count(count, clamped) >> 32);
}
inline std::uint32_t funnel_right(std::uint32_t low, std::uint32_t high, std::uint32_t count, bool clamped) {
  return static_cast<std::uint32_t>((std::uint64_t{high} << 32 | low) >> funnel_count(count, clamped));
}

/// lop3: bit i of the table answers where a, b and c have the bits of i, from the highest.
inline std::uint32_t by_table(std::uint32_t a, std::uint32_t b, std::uint32_t c, std::uint32_t table) {
  std::uint32_t result = 0;
  for (unsigned i = 0; i < 8; ++i) {
    if ((table >> i & 1) != 0) result |= (i & 4 ? a : ~a) & (i & 2 ? b : ~b) & (i & 1 ? c : ~c);
  }
  return result;
}
/// prmt: four of eight bytes, or their signs.
inline std::uint32_t permuted(std::uint32_t a, std::uint32_t b, std::uint32_t choice) {
  const std::uint64_t bytes = std::uint64_t{b} << 32 | a;
  std::uint32_t result = 0;
  for (unsigned i = 0; i < 4; ++i) {
    const std::uint32_t chosen = choice >> (4 * i) & 15;
    std::uint32_t byte = static_cast<std::uint32_t>(bytes >> (8 * (chosen & 7)) & 255);
    if (chosen >= 8) byte = byte >= 128 ? 255 : 0;
    result |= byte << (8 * i);
  }
  return result;
}
/// bfe: so many bits from a position on, with copies of their sign, or of zero, above them.
template <class T>
T extracted(T a, std::uint32_t position, std::uint32_t count) {
  constexpr unsigned bits = 8 * sizeof(T);
  position &= 255;
  count &= 255;
  const auto bit = [&](unsigned at) { return static_cast<std::make_unsigned_t<T>>(a) >> at & 1; };
  const bool sign = std::is_signed_v<T> && count != 0 && bit((std::min)(position + count - 1, bits - 1)) != 0;
  std::make_unsigned_t<T> result = 0;
  for (unsigned i = 0; i < bits; ++i) {
    const bool one = i < count && position + i < bits ? bit(position + i) != 0 : sign;
    if (one) result |= std::make_unsigned_t<T>{1} << i;
  }
  return static_cast<T>(result);
}
/// bfi: b, with so many bits of a from a position on.
template <class T>
T inserted(T a, T b, std::uint32_t position, std::uint32_t count) {
  position &= 255;
  count &= 255;
  for (unsigned i = 0; i < count && position + i < 8 * sizeof(T); ++i) {
    b = static_cast<T>((b & ~(T{1} << (position + i))) | ((a >> i & 1) << (position + i)));
  }
  return b;
}
template <class T>
std::uint32_t count_of_ones(T a) {
  return static_cast<std::uint32_t>(__builtin_popcountll(static_cast<std::make_unsigned_t<T>>(a)));
}
template <class T>
std::uint32_t leading_zeros(T a) {
  const auto bits = static_cast<std::uint64_t>(static_cast<std::make_unsigned_t<T>>(a));
  return static_cast<std::uint32_t>(bits == 0 ? 8 * sizeof(T) : __builtin_clzll(bits) - (64 - 8 * sizeof(T)));
}
template <class T>
T reversed(T a) {
  T result = 0;
  for (unsigned i = 0; i < 8 * sizeof(T); ++i) result = static_cast<T>(result << 1 | (a >> i & 1));
  return result;
}

/// Of a number without a fraction: the nearest integer of the type. NaNs are 0, but have only the highest bit set where
/// either type has 64 bits.
template <class Integer, class Real>
Integer to_integer(Real a) {
  using limits = std::numeric_limits<Integer>;
  if (is_unordered(a, a)) {
    if (sizeof(Integer) < 8 && sizeof(Real) < 8) return 0;
    return static_cast<Integer>(std::uint64_t{1} << (8 * sizeof(Integer) - 1));
  }
  if (a >= std::ldexp(Real(1), limits::digits)) return (limits::max)();
  if (a < Real((limits::min)())) return (limits::min)();
  return static_cast<Integer>(a);
}

}  // namespace software_device::ptx
