// What has come of an examination, as a table to read and to keep.
#pragma once

#include <string>

#include "honesty/examination.hpp"

namespace spectralmc::honesty {

std::string table_of(const examination& all);
/// @return whether it could be written
bool write_record(const examination& all, const std::string& file);

}  // namespace spectralmc::honesty
