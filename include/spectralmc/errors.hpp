// What the host side throws. Every text names the parameter, its value and what is allowed.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <utility>

#include "spectralmc/configuration.hpp"

namespace spectralmc {

/// A parameter outside its valid range: parameter(), value() and allowed() are the parts of what().
class invalid_parameter : public std::invalid_argument {
 public:
  invalid_parameter(std::string parameter, std::string value, std::string allowed)
      : std::invalid_argument(parameter + " is " + value + ", allowed: " + allowed),
        parameter_(std::move(parameter)),
        value_(std::move(value)),
        allowed_(std::move(allowed)) {}

  const std::string& parameter() const noexcept { return parameter_; }
  const std::string& value() const noexcept { return value_; }
  const std::string& allowed() const noexcept { return allowed_; }

 private:
  std::string parameter_, value_, allowed_;
};

/// Memory that could not be had: says for what and how many bytes.
class allocation_error : public std::runtime_error {
 public:
  allocation_error(const std::string& purpose, std::size_t bytes)
      : std::runtime_error("allocation of " + std::to_string(bytes) + " bytes failed for " + purpose), bytes_(bytes) {}
  std::size_t bytes() const noexcept { return bytes_; }

 private:
  std::size_t bytes_;
};

/// A question that the data cannot answer: no finite path, an option price outside its arbitrage bounds, and the like.
class no_answer : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// What can be wrong with a file.
enum class file_fault {
  not_found,     ///< there is no such file
  not_readable,  ///< it is there, and reading it failed
  not_writable,  ///< it could not be written; what was there before is as it was
  not_npy,       ///< it is no file of NumPy's format
  truncated,     ///< it ends before its header says
  wrong_dtype,   ///< its elements are of another type
  wrong_shape,   ///< its array has another shape, or more follows than its shape says
  wrong_content  ///< what it holds makes no sense
};

/// A file that could not be read or written: file() and fault() say which and why, what() in words.
class file_error : public std::runtime_error {
 public:
  file_error(std::string file, file_fault fault, const std::string& what_is_wrong)
      : std::runtime_error(file + ": " + what_is_wrong), file_(std::move(file)), fault_(fault) {}

  const std::string& file() const noexcept { return file_; }
  file_fault fault() const noexcept { return fault_; }

 private:
  std::string file_;
  file_fault fault_;
};

/// The text of a parameter's value, with as many digits as tell neighbouring doubles apart: 0.6, not
/// 0.59999999999999998.
inline std::string value_text(double value) {
  char text[40];
  for (int digits = 15; digits <= 17; ++digits) {
    std::snprintf(text, sizeof text, "%.*g", digits, value);
    if (std::strtod(text, nullptr) == value) break;
  }
  return text;
}

inline std::string value_text(std::uint64_t value) { return std::to_string(value); }

namespace detail {

/// Apart from the question, so that callers hold no more of it than a call.
template <class Value>
[[noreturn]] SPECTRALMC_NEVER_INLINE void refuse(const char* parameter, Value value, const char* allowed) {
  throw invalid_parameter(parameter, value_text(value), allowed);
}

}  // namespace detail

/// Throws invalid_parameter unless `valid`.
template <class Value>
SPECTRALMC_FORCE_INLINE void require(bool valid, const char* parameter, Value value, const char* allowed) {
  if (!valid) detail::refuse(parameter, value, allowed);
}

inline void require_finite(const char* parameter, double value) {
  require(std::isfinite(value), parameter, value, "a finite number");
}

inline void require_positive(const char* parameter, double value) {
  require(std::isfinite(value) && value > 0, parameter, value, "(0, inf)");
}

inline void require_not_negative(const char* parameter, double value) {
  require(std::isfinite(value) && value >= 0, parameter, value, "[0, inf)");
}

}  // namespace spectralmc
