// Arrays in files of NumPy's format (.npy, version 1.0), which np.load reads: one array of numbers, or of records with
// named fields. Format: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html. Numbers are
// little-endian, as on every machine that the library is for.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>
#include <random>
#include <string>
#include <system_error>
#include <type_traits>
#include <utility>
#include <vector>

#if defined(__unix__) || defined(__APPLE__)
#include <unistd.h>
#endif

#include "spectralmc/allocation.hpp"
#include "spectralmc/errors.hpp"
#include "spectralmc/numeric/complex.hpp"

namespace spectralmc {

/// One field of a record: `type` is NumPy's, such as "<f8", "<c16", "<u8" or "|b1"; with a shape it is an array of
/// them.
struct npy_field {
  std::string name;  ///< empty for an array of plain numbers, which has one field
  std::string type;
  std::vector<std::size_t> shape;

  friend bool operator==(const npy_field& a, const npy_field& b) {
    return a.name == b.name && a.type == b.type && a.shape == b.shape;
  }
};

/// An array in C order: what its elements are, its shape, and its bytes one after the other.
struct npy_array {
  std::vector<npy_field> fields;
  std::vector<std::size_t> shape;
  std::vector<unsigned char> bytes;
};

namespace npy_detail {

inline std::string text_of(const std::vector<std::size_t>& shape) {
  std::string text = "(";
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (i > 0) text += ", ";
    text += std::to_string(shape[i]);
  }
  return text + (shape.size() == 1 ? ",)" : ")");
}

/// The dtype as Python writes it.
inline std::string text_of(const std::vector<npy_field>& fields) {
  if (fields.size() == 1 && fields[0].name.empty()) return "'" + fields[0].type + "'";
  std::string text = "[";
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (i > 0) text += ", ";
    text += "('" + fields[i].name + "', '" + fields[i].type + "'";
    if (!fields[i].shape.empty()) text += ", " + text_of(fields[i].shape);
    text += ")";
  }
  return text + "]";
}

/// count x the product of the shape; false where that is beyond what memory can be.
inline bool multiply(std::size_t& count, const std::vector<std::size_t>& shape) {
  for (const std::size_t n : shape) {
    if (n != 0 && count > PTRDIFF_MAX / n) return false;
    count *= n;
  }
  return true;
}

/// Bytes of one number of a type: its digits after order and kind; 0 for a type that is none of "<f8", "|b1" and so on.
inline std::size_t size_of_number(const std::string& type) {
  for (const char* numbers : {"f2", "f4", "f8", "f16", "c8", "c16", "i2", "i4", "i8", "u2", "u4", "u8"}) {
    if (type == std::string("<") + numbers) return static_cast<std::size_t>(std::stoi(numbers + 1));
  }
  return type == "|b1" || type == "|i1" || type == "|u1" ? 1 : 0;
}

/// Whether a header can tell them: a field without a name stands alone and is one number, names differ, and are plain.
inline bool are_named(const std::vector<npy_field>& fields) {
  if (fields.size() == 1 && fields[0].name.empty()) return fields[0].shape.empty();
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (fields[i].name.empty()) return false;
    for (const char c : fields[i].name) {
      if (c < ' ' || c > '~' || c == '\'' || c == '\\') return false;
    }
    for (std::size_t j = 0; j < i; ++j) {
      if (fields[j].name == fields[i].name) return false;
    }
  }
  return true;
}

/// Bytes of one element; 0 where it is not known or beyond what memory can be.
inline std::size_t size_of_element(const std::vector<npy_field>& fields) {
  std::size_t sum = 0;
  for (const npy_field& field : fields) {
    std::size_t bytes = size_of_number(field.type);
    if (bytes == 0 || !multiply(bytes, field.shape) || sum > PTRDIFF_MAX - bytes) return 0;
    sum += bytes;
  }
  return sum;
}

/// Reads the Python literal of a header: {'descr': ..., 'fortran_order': False, 'shape': (2, 3), }.
class header_parser {
 public:
  explicit header_parser(const std::string& text) : at_(text.c_str()) {}

  bool read(npy_array& array, bool& fortran_order) {
    bool has_type = false, has_order = false, has_shape = false;
    if (!take('{')) return false;
    while (!take('}')) {
      std::string key;
      if (!read_string(key) || !take(':')) return false;
      if (key == "descr") {
        has_type = read_type(array.fields);
        if (!has_type) return false;
      } else if (key == "fortran_order") {
        has_order = true;
        if (take_word("True")) {
          fortran_order = true;
        } else if (take_word("False")) {
          fortran_order = false;
        } else {
          return false;
        }
      } else if (key == "shape") {
        has_shape = read_shape(array.shape);
        if (!has_shape) return false;
      } else {
        return false;
      }
      if (!take(',')) {
        if (!take('}')) return false;
        break;
      }
    }
    skip();
    return has_type && has_order && has_shape && *at_ == '\0';
  }

 private:
  void skip() {
    while (*at_ == ' ' || *at_ == '\n' || *at_ == '\t') ++at_;
  }
  bool take(char c) {
    skip();
    if (*at_ != c || c == '\0') return false;
    ++at_;
    return true;
  }
  bool take_word(const char* word) {
    skip();
    const std::size_t length = std::strlen(word);
    if (std::strncmp(at_, word, length) != 0) return false;
    at_ += length;
    return true;
  }
  bool read_string(std::string& text) {
    skip();
    const char quote = *at_;
    if (quote != '\'' && quote != '"') return false;
    for (++at_; *at_ != quote; ++at_) {
      if (*at_ == '\0' || *at_ == '\\') return false;
      text += *at_;
    }
    ++at_;
    return true;
  }
  bool read_shape(std::vector<std::size_t>& shape) {
    if (!take('(')) return false;
    while (!take(')')) {
      skip();
      if (*at_ < '0' || *at_ > '9') return false;
      std::size_t n = 0;
      for (; *at_ >= '0' && *at_ <= '9'; ++at_) {
        if (n > (PTRDIFF_MAX - 9) / 10) return false;
        n = 10 * n + static_cast<std::size_t>(*at_ - '0');
      }
      shape.push_back(n);
      if (!take(',')) return take(')');
    }
    return true;
  }
  bool read_type(std::vector<npy_field>& fields) {
    if (!take('[')) {
      fields.resize(1);
      return read_string(fields[0].type);
    }
    while (!take(']')) {
      npy_field field;
      if (!take('(') || !read_string(field.name) || !take(',') || !read_string(field.type)) return false;
      if (take(',')) {
        skip();
        if (*at_ == '(' && !read_shape(field.shape)) return false;
        take(',');
      }
      if (!take(')')) return false;
      fields.push_back(std::move(field));
      if (!take(',')) return take(']');
    }
    return true;
  }

  const char* at_;
};

struct file_closer {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using open_file = std::unique_ptr<std::FILE, file_closer>;

/// Reads `count` bytes.
inline void read_bytes(std::FILE* file, const std::string& name, void* bytes, std::size_t count, const char* what) {
  if (std::fread(bytes, 1, count, file) == count) return;
  if (std::ferror(file) != 0) throw file_error(name, file_fault::not_readable, "reading it failed");
  throw file_error(name, file_fault::truncated, std::string("it ends within ") + what);
}

/// A name beside `file` that no other thread or process takes.
inline std::string temporary_name(const std::string& file) {
  static std::atomic<std::uint32_t> counter{0};
  std::random_device random;
  const auto now = std::chrono::steady_clock::now().time_since_epoch().count();
  char text[64];
  std::snprintf(text, sizeof text, ".%08x%08x%08x.part", static_cast<unsigned>(random()), static_cast<unsigned>(now),
                static_cast<unsigned>(counter++));
  return file + text;
}

}  // namespace npy_detail

/// Writes an array to a file, which np.load reads. The file is whole or not there at all: a temporary one beside it is
/// written, flushed to the device where the system can, and renamed; what was there before is replaced.
/// @throws invalid_parameter unless the bytes are as many as fields and shape say, and the fields are one number
/// without
///         a name or have names that differ, of ASCII without quotes and backslashes
/// @throws file_error (not_writable) where the file cannot be written; what was there before is as it was
inline void write_npy(const std::string& file, const npy_array& array) {
  const std::size_t element = npy_detail::size_of_element(array.fields);
  require(element > 0, "fields", std::uint64_t{array.fields.size()}, "numbers of known little-endian types");
  require(npy_detail::are_named(array.fields), "fields", std::uint64_t{array.fields.size()},
          "one number without a name, or with names that differ and are plain ASCII without quotes and backslashes");
  std::size_t size = element;
  require(npy_detail::multiply(size, array.shape) && size == array.bytes.size(), "bytes.size()",
          std::uint64_t{array.bytes.size()}, "the size of an element times those of the shape");
  std::string header = "{'descr': " + npy_detail::text_of(array.fields) +
                       ", 'fortran_order': False, 'shape': " + npy_detail::text_of(array.shape) + ", }";
  // Magic, version, length and header are a multiple of 64 bytes together, so that the numbers are aligned.
  header.append(63 - (10 + header.size()) % 64, ' ');
  header += '\n';
  require(header.size() < 65536, "fields", std::uint64_t{array.fields.size()}, "a header below 64 KiB");
  const unsigned char start[10] = {0x93,
                                   'N',
                                   'U',
                                   'M',
                                   'P',
                                   'Y',
                                   1,
                                   0,
                                   static_cast<unsigned char>(header.size() & 255),
                                   static_cast<unsigned char>(header.size() >> 8)};

  const std::string temporary = npy_detail::temporary_name(file);
  npy_detail::open_file out(std::fopen(temporary.c_str(), "wbx"));
  if (!out) throw file_error(file, file_fault::not_writable, "no file can be made in its folder");
  bool written = std::fwrite(start, 1, sizeof start, out.get()) == sizeof start &&
                 std::fwrite(header.data(), 1, header.size(), out.get()) == header.size() &&
                 std::fwrite(array.bytes.data(), 1, array.bytes.size(), out.get()) == array.bytes.size() &&
                 std::fflush(out.get()) == 0;
#if defined(__unix__) || defined(__APPLE__)
  written = written && fsync(fileno(out.get())) == 0;
#endif
  written = std::fclose(out.release()) == 0 && written;
  std::error_code failure;
  if (written) std::filesystem::rename(temporary, file, failure);
  if (!written || failure) {
    std::error_code ignored;
    std::filesystem::remove(temporary, ignored);
    throw file_error(file, file_fault::not_writable,
                     written ? "the finished file cannot take its name: " + failure.message()
                             : "writing failed, the device may be full");
  }
}

/// Reads an array from a file that write_npy or np.save has written (versions 1.0 to 3.0 of the format).
/// @throws file_error where there is no such file, it is of another format, ends early, goes on after its array, or is
///         in Fortran order or of a type that is no little-endian number
/// @throws allocation_error
inline npy_array read_npy(const std::string& file) {
  std::error_code failure;
  const auto status = std::filesystem::status(file, failure);
  if (status.type() == std::filesystem::file_type::not_found) {
    throw file_error(file, file_fault::not_found, "there is no such file");
  }
  if (!std::filesystem::is_regular_file(status)) {
    throw file_error(file, file_fault::not_readable, "it is no regular file");
  }
  const npy_detail::open_file in(std::fopen(file.c_str(), "rb"));
  const std::uintmax_t length = std::filesystem::file_size(file, failure);
  if (!in || failure) throw file_error(file, file_fault::not_readable, "it cannot be opened");

  unsigned char start[12] = {};
  const std::size_t found = std::fread(start, 1, 8, in.get());
  constexpr unsigned char magic[6] = {0x93, 'N', 'U', 'M', 'P', 'Y'};
  if (std::memcmp(start, magic, found < 6 ? found : 6) != 0 || found == 0) {
    throw file_error(file, file_fault::not_npy, "it does not begin as NumPy's files do");
  }
  if (found < 8) throw file_error(file, file_fault::truncated, "it ends within its first bytes");
  if (start[6] < 1 || start[6] > 3) {
    throw file_error(file, file_fault::not_npy, "its version is " + std::to_string(start[6]) + ", known are 1 to 3");
  }
  const std::size_t length_bytes = start[6] == 1 ? 2 : 4;
  npy_detail::read_bytes(in.get(), file, start + 8, length_bytes, "the length of its header");
  std::size_t header_size = 0;
  for (std::size_t i = length_bytes; i-- > 0;) header_size = 256 * header_size + start[8 + i];
  const std::size_t begin = 8 + length_bytes;
  if (header_size > length - (begin < length ? begin : length)) {
    throw file_error(file, file_fault::truncated, "it ends within its header");
  }
  std::string header(header_size, ' ');
  npy_detail::read_bytes(in.get(), file, &header[0], header_size, "its header");
  npy_array array;
  bool fortran_order = false;
  if (header.find('\0') != std::string::npos || !npy_detail::header_parser(header).read(array, fortran_order)) {
    throw file_error(file, file_fault::not_npy, "its header is not understood: " + header.substr(0, 200));
  }
  const std::size_t element = npy_detail::size_of_element(array.fields);
  if (element == 0) {
    throw file_error(file, file_fault::wrong_dtype,
                     "its dtype is " + npy_detail::text_of(array.fields) + ", allowed: little-endian numbers");
  }
  if (fortran_order && array.shape.size() > 1) {
    throw file_error(file, file_fault::wrong_shape, "it is in Fortran order, allowed: C order");
  }
  std::size_t size = element;
  const std::uintmax_t left = length - begin - header_size;
  if (!npy_detail::multiply(size, array.shape) || size > left) {
    throw file_error(file, file_fault::truncated,
                     "it ends within its array of shape " + npy_detail::text_of(array.shape));
  }
  if (size < left) {
    throw file_error(file, file_fault::wrong_shape,
                     "more follows its array of shape " + npy_detail::text_of(array.shape));
  }
  assign_zeros(array.bytes, size, "the array of an .npy file");
  npy_detail::read_bytes(in.get(), file, array.bytes.data(), size, "its array");
  return array;
}

/// Numbers as an array of that shape, to be written: float, double, complex<double> or std::uint64_t.
/// @throws invalid_parameter unless there are as many values as the shape says
template <class T>
npy_array npy_array_of(const std::vector<T>& values, std::vector<std::size_t> shape) {
  constexpr bool is_complex = std::is_same_v<T, complex<double>>, is_whole = std::is_same_v<T, std::uint64_t>;
  static_assert(is_complex || is_whole || std::is_same_v<T, float> || std::is_same_v<T, double>,
                "float, double, complex<double> or std::uint64_t");
  std::size_t count = 1;
  require(npy_detail::multiply(count, shape) && count == values.size(), "values.size()", std::uint64_t{values.size()},
          "the product of the shape");
  npy_array array{{{"",
                    (is_complex ? "<c"
                     : is_whole ? "<u"
                                : "<f") +
                        std::to_string(sizeof(T)),
                    {}}},
                  std::move(shape),
                  std::vector<unsigned char>(values.size() * sizeof(T))};
  if (!values.empty()) std::memcpy(array.bytes.data(), values.data(), array.bytes.size());
  return array;
}

}  // namespace spectralmc
