// Files of NumPy's format: written and read again bit for bit, and each fault with its error. tests/python has NumPy's
// own opinion.
#include "spectralmc/files/npy_file.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "temporary_folder.hpp"

namespace spectralmc {
namespace {

std::string contents(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

void write_text(const std::string& file, const std::string& text) { std::ofstream(file, std::ios::binary) << text; }

template <class Call>
void check_fault(file_fault fault, const std::string& file, const std::string& part, Call&& call) {
  try {
    call();
    FAIL_CHECK("nothing was thrown");
  } catch (const file_error& e) {
    const std::string text = e.what();
    CAPTURE(text);
    CHECK(e.fault() == fault);
    CHECK(e.file() == file);
    CHECK(text.find(file) != std::string::npos);
    CHECK(text.find(part) != std::string::npos);
  }
}

npy_array numbers() { return {{{"", "<f8", {}}}, {2, 3}, std::vector<unsigned char>(48, 7)}; }

/// The file of a header and a body, whatever they are.
std::string file_of(const std::string& header, const std::string& body) {
  std::string text("\x93NUMPY\x01\x00", 8);
  text += static_cast<char>(header.size() & 255);
  text += static_cast<char>(header.size() >> 8);
  return text + header + body;
}

TEST_CASE("an array of numbers has the bytes that the format asks for") {
  const temporary_folder folder;
  write_npy(folder.file("a.npy"), numbers());
  const std::string header = "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3), }";
  const std::string padding(128 - 10 - 1 - header.size(), ' ');
  const std::string length("\x76\x00", 2);
  CHECK(contents(folder.file("a.npy")) ==
        std::string("\x93NUMPY\x01\x00", 8) + length + header + padding + '\n' + std::string(48, 7));
}

TEST_CASE("arrays of numbers, of records and without elements are read as they were written") {
  const temporary_folder folder;
  const std::string file = folder.file("a.npy");
  npy_array records{{{"x", "<f4", {}}, {"flag", "|b1", {}}, {"z", "<c16", {2, 2}}}, {3}, {}};
  for (std::size_t i = 0; i < 3 * (4 + 1 + 64); ++i) records.bytes.push_back(static_cast<unsigned char>(i * 31));
  for (const npy_array& array :
       {numbers(), records, npy_array{{{"", "<u8", {}}}, {0, 4}, {}}, npy_array{{{"", "<i4", {}}}, {}, {1, 2, 3, 4}}}) {
    write_npy(file, array);
    const npy_array found = read_npy(file);
    CHECK(found.fields == array.fields);
    CHECK(found.shape == array.shape);
    CHECK(found.bytes == array.bytes);
  }
}

TEST_CASE("numbers become arrays of their type") {
  const temporary_folder folder;
  const std::string file = folder.file("a.npy");
  const auto type_of = [&](const npy_array& array) {
    write_npy(file, array);
    CHECK(read_npy(file).bytes == array.bytes);
    return read_npy(file).fields[0].type;
  };
  CHECK(type_of(npy_array_of(std::vector<double>{1, 2}, {2, 1})) == "<f8");
  CHECK(type_of(npy_array_of(std::vector<float>{1, 2}, {2})) == "<f4");
  CHECK(type_of(npy_array_of(std::vector<complex<double>>{1.0}, {1, 1, 1})) == "<c16");
  CHECK(type_of(npy_array_of(std::vector<std::uint64_t>{}, {0})) == "<u8");
  CHECK_THROWS_AS(npy_array_of(std::vector<double>{1, 2}, {3}), invalid_parameter);
}

TEST_CASE("a file takes the place of the one before, and nothing else is left in the folder") {
  const temporary_folder folder;
  const std::string file = folder.file("a.npy");
  write_text(file, "something else");
  write_npy(file, numbers());
  CHECK(read_npy(file).bytes == numbers().bytes);
  CHECK(folder.count() == 1);
}

TEST_CASE("what cannot be written leaves everything as it was") {
  const temporary_folder folder;
  const std::string nowhere = folder.file("none/a.npy");
  check_fault(file_fault::not_writable, nowhere, "no file can be made", [&] { write_npy(nowhere, numbers()); });
  const std::string occupied = folder.file("b.npy");
  std::filesystem::create_directories(occupied + "/within");
  check_fault(file_fault::not_writable, occupied, "cannot take its name", [&] { write_npy(occupied, numbers()); });
  CHECK(folder.count() == 1);
}

TEST_CASE("an array whose parts do not fit together is refused") {
  const temporary_folder folder;
  const std::string file = folder.file("a.npy");
  npy_array array = numbers();
  array.bytes.pop_back();
  CHECK_THROWS_AS(write_npy(file, array), invalid_parameter);
  array = numbers();
  array.fields[0].type = "float";
  CHECK_THROWS_AS(write_npy(file, array), invalid_parameter);
  array.fields[0].type = ">f8";
  CHECK_THROWS_AS(write_npy(file, array), invalid_parameter);
  for (const char* type : {"<f7", "<b4", "<u16", "<c2"}) {
    array = npy_array{{{"", type, {}}}, {0}, {}};
    CHECK_THROWS_AS(write_npy(file, array), invalid_parameter);
  }
  for (const char* name : {"it's", "a\nb", "a\\", "", "x"}) {  // the last is there twice
    array = npy_array{{{"x", "<f8", {}}, {name, "<f8", {}}}, {0}, {}};
    CHECK_THROWS_AS(write_npy(file, array), invalid_parameter);
  }
  array = npy_array{{{"", "<f8", {2}}}, {0}, {}};  // a header has no place for this shape
  CHECK_THROWS_AS(write_npy(file, array), invalid_parameter);
  array = numbers();
  array.shape = {~std::size_t{0}, ~std::size_t{0}};
  CHECK_THROWS_AS(write_npy(file, array), invalid_parameter);
  CHECK(folder.count() == 0);
}

TEST_CASE("a file cut at any byte is truncated, and one with more says so") {
  const temporary_folder folder;
  const std::string file = folder.file("a.npy");
  write_npy(file, numbers());
  const std::string whole = contents(file);
  for (std::size_t length = 1; length < whole.size(); ++length) {
    CAPTURE(length);
    write_text(file, whole.substr(0, length));
    check_fault(file_fault::truncated, file, "ends within", [&] { read_npy(file); });
  }
  write_text(file, whole + "x");
  check_fault(file_fault::wrong_shape, file, "more follows", [&] { read_npy(file); });
}

TEST_CASE("what is no such file is told apart") {
  const temporary_folder folder;
  const std::string file = folder.file("a.npy");
  check_fault(file_fault::not_found, file, "no such file", [&] { read_npy(file); });
  check_fault(file_fault::not_readable, folder.name(), "no regular file", [&] { read_npy(folder.name()); });
  write_text(file, "");
  check_fault(file_fault::not_npy, file, "does not begin", [&] { read_npy(file); });
  write_text(file, "time,phi\n0,1\n");
  check_fault(file_fault::not_npy, file, "does not begin", [&] { read_npy(file); });
  write_text(file, std::string("\x93NUMPY\x09\x00", 8) + "rest");
  check_fault(file_fault::not_npy, file, "its version is 9", [&] { read_npy(file); });
  for (const char* header : {"", "{}", "{'descr': '<f8'}", "{'descr': '<f8', 'fortran_order': 0, 'shape': (1,)}",
                             "{'descr': '<f8', 'fortran_order': False, 'shape': (-1,)}",
                             "{'descr': '<f8', 'fortran_order': False, 'shape': (1,)",
                             "{'descr': '<f8', 'fortran_order': False, 'shape': (1,)} x",
                             "{'descr': [('a', '<f8'], 'fortran_order': False, 'shape': (1,)}",
                             "{'descr': '<f8', 'fortran_order': False, 'shape': (99999999999999999999,)}"}) {
    CAPTURE(header);
    write_text(file, file_of(header, std::string(8, 0)));
    check_fault(file_fault::not_npy, file, "header is not understood", [&] { read_npy(file); });
  }
  for (const char* type : {"'>f8'", "'|O'", "'<U3'", "[]", "[('a', '<f8'), ('', '|V8')]"}) {
    CAPTURE(type);
    write_text(file,
               file_of(std::string("{'descr': ") + type + ", 'fortran_order': False, 'shape': (1,)}", "12345678"));
    check_fault(file_fault::wrong_dtype, file, "its dtype is", [&] { read_npy(file); });
  }
  write_text(file, file_of("{'descr': '<f8', 'fortran_order': True, 'shape': (1, 1)}", "12345678"));
  check_fault(file_fault::wrong_shape, file, "Fortran", [&] { read_npy(file); });
  // A shape beyond all memory is not asked for: the file is shorter.
  write_text(file, file_of("{'descr': '<f8', 'fortran_order': False, 'shape': (4000000000, 4000000000)}", "12345678"));
  check_fault(file_fault::truncated, file, "ends within its array", [&] { read_npy(file); });
}

TEST_CASE("headers are read as NumPy writes them, in any version and order") {
  const temporary_folder folder;
  const std::string file = folder.file("a.npy");
  const std::string header = "{\"shape\": (1,), 'fortran_order': False, 'descr': [('a', '<i2', (3,)), ('b', '<u2')]}\n";
  write_text(file, file_of(header, "12345678"));
  CHECK(read_npy(file).fields.size() == 2);
  const std::string length = std::string(1, static_cast<char>(header.size())) + std::string(3, 0);
  write_text(file, std::string("\x93NUMPY\x02\x00", 8) + length + header + "12345678");
  const npy_array found = read_npy(file);
  CHECK(found.fields[0] == npy_field{"a", "<i2", {3}});
  CHECK(found.bytes == std::vector<unsigned char>{'1', '2', '3', '4', '5', '6', '7', '8'});
}

}  // namespace
}  // namespace spectralmc
