// A folder for the files of one test, gone when the test is over.
#pragma once

#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <iterator>
#include <random>
#include <string>
#include <system_error>

namespace spectralmc {

class temporary_folder {
 public:
  temporary_folder() {
    std::random_device random;
    char name[40];
    std::snprintf(name, sizeof name, "spectralmc_%08x%08x", random(), random());
    path_ = std::filesystem::temp_directory_path() / name;
    std::filesystem::create_directory(path_);
  }
  ~temporary_folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  temporary_folder(const temporary_folder&) = delete;
  temporary_folder& operator=(const temporary_folder&) = delete;

  std::string name() const { return path_.string(); }
  std::string file(const std::string& name) const { return (path_ / name).string(); }
  /// How many files and folders it holds.
  std::ptrdiff_t count() const {
    return std::distance(std::filesystem::directory_iterator(path_), std::filesystem::directory_iterator());
  }

 private:
  std::filesystem::path path_;
};

}  // namespace spectralmc
