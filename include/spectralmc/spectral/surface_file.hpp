// Surfaces in files that NumPy reads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "spectralmc/errors.hpp"
#include "spectralmc/files/npy_file.hpp"
#include "spectralmc/numeric/complex.hpp"
#include "spectralmc/numeric/estimate.hpp"
#include "spectralmc/spectral/characteristic_surface.hpp"
#include "spectralmc/spectral/spectrum.hpp"

namespace spectralmc {

namespace surface_detail {

/// What the file holds of a date, in this order; phi over each replicate where there are any.
inline std::vector<npy_field> record_of(std::size_t frequencies, std::size_t replicates) {
  std::vector<npy_field> fields{
      {"time", "<f8", {}},           {"frequency_step", "<f8", {}}, {"support_lower", "<f8", {}},
      {"support_upper", "<f8", {}},  {"discount", "<f8", {}},       {"scale", "<f8", {}},
      {"forward", "<f8", {}},        {"certain", "<f8", {}},        {"unit_roundoff", "<f8", {}},
      {"paths", "<u8", {}},          {"non_finite", "<u8", {}},     {"outside", "<u8", {5}},
      {"logarithmic", "<u8", {}},    {"negative", "<u8", {}},       {"summed_by", "<u8", {}},
      {"phi", "<c16", {frequencies}}};
  if (replicates != 0) fields.push_back({"replicates", "<c16", {replicates, frequencies}});
  return fields;
}

template <class T>
void put(std::vector<unsigned char>& bytes, T value) {
  static_assert(sizeof(T) == 8, "a number of eight bytes");
  unsigned char raw[8];
  std::memcpy(raw, &value, 8);
  bytes.insert(bytes.end(), raw, raw + 8);
}

inline void put(std::vector<unsigned char>& bytes, const std::vector<complex<double>>& values) {
  for (const complex<double> value : values) {
    put(bytes, value.re);
    put(bytes, value.im);
  }
}

template <class T>
T take(const unsigned char*& bytes) {
  static_assert(sizeof(T) == 8, "a number of eight bytes");
  T value;
  std::memcpy(&value, bytes, 8);
  bytes += 8;
  return value;
}

}  // namespace surface_detail

/// Writes a surface to a file that Python reads: a = np.load(file) is an array of one record a date, a['time'] are the
/// dates, a['phi'] the complex matrix dates x frequencies, and a['frequency_step'] times 0, 1, ... the frequencies. The
/// file is whole or not there at all; see write_npy.
/// @throws file_error where it cannot be written
inline void save_surface(const std::string& file, const characteristic_surface& surface) {
  npy_array array{surface_detail::record_of(surface.frequencies(), surface.replicates()), {surface.dates()}, {}};
  for (std::size_t date = 0; date < surface.dates(); ++date) {
    const spectrum& row = surface.row(date);
    const observed_quantity& quantity = row.quantity();
    for (const double x :
         {quantity.time, row.grid().step(), row.support().lower, row.support().upper, quantity.discount, quantity.scale,
          quantity.forward, quantity.certain, row.unit_roundoff()}) {
      surface_detail::put(array.bytes, x);
    }
    const outside_samples& outside = row.outside_by_side();
    for (const std::uint64_t n : {row.paths(), row.non_finite(), outside.total, outside.below, outside.above,
                                  outside.far_below, outside.far_above, std::uint64_t{quantity.logarithmic},
                                  std::uint64_t{quantity.negative}, static_cast<std::uint64_t>(row.summed_by())}) {
      surface_detail::put(array.bytes, n);
    }
    surface_detail::put(array.bytes, row.values());
    for (std::size_t r = 0; r < surface.replicates(); ++r) surface_detail::put(array.bytes, row.replicate_values(r));
  }
  write_npy(file, array);
}

/// Reads what save_surface has written: the same surface, bit for bit.
/// @throws file_error where the file is not there, truncated, or not of that kind
inline characteristic_surface load_surface(const std::string& file) {
  const npy_array array = read_npy(file);
  const std::vector<std::size_t> last = array.fields.empty() ? std::vector<std::size_t>{} : array.fields.back().shape;
  const std::size_t frequencies = last.empty() ? 0 : last.back(), replicates = last.size() == 2 ? last.front() : 0;
  const std::vector<npy_field> expected = surface_detail::record_of(frequencies, replicates);
  if (!(array.fields == expected)) {
    throw file_error(file, file_fault::wrong_dtype,
                     "its dtype is " + npy_detail::text_of(array.fields) + ", that of a surface is " +
                         npy_detail::text_of(expected));
  }
  if (array.shape.size() != 1 || array.shape[0] == 0 || frequencies < 2) {
    throw file_error(file, file_fault::wrong_shape,
                     "its shape is " + npy_detail::text_of(array.shape) + " with " + std::to_string(frequencies) +
                         " frequencies, allowed: one record a date, at least 1, with at least 2 frequencies");
  }
  const unsigned char* at = array.bytes.data();
  const auto number = [&at] { return surface_detail::take<double>(at); };
  const auto count = [&at] { return surface_detail::take<std::uint64_t>(at); };
  try {
    std::vector<spectrum> rows;
    for (std::size_t date = 0; date < array.shape[0]; ++date) {
      observed_quantity quantity;
      quantity.time = number();
      const double step = number();
      interval support;
      support.lower = number();
      support.upper = number();
      quantity.discount = number();
      quantity.scale = number();
      quantity.forward = number();
      quantity.certain = number();
      const double unit_roundoff = number();
      const std::uint64_t paths = count(), non_finite = count();
      outside_samples outside;
      for (std::uint64_t* n :
           {&outside.total, &outside.below, &outside.above, &outside.far_below, &outside.far_above}) {
        *n = count();
      }
      const std::uint64_t logarithmic = count(), negative = count(), summed_by = count();
      require(logarithmic <= 1, "logarithmic", logarithmic, "0 or 1");
      require(negative <= 1, "negative", negative, "0 or 1");
      require(summed_by <= 3, "summed_by", summed_by, "0 to 3");
      require(unit_roundoff > 0 && unit_roundoff < 1, "unit_roundoff", unit_roundoff, "(0, 1)");
      quantity.logarithmic = logarithmic == 1;
      quantity.negative = negative == 1;
      const auto numbers = [&] {
        std::vector<complex<double>> values(frequencies);
        for (complex<double>& value : values) {
          value.re = number();
          value.im = number();
        }
        return values;
      };
      std::vector<complex<double>> values = numbers();
      std::vector<std::vector<complex<double>>> of_replicates;
      for (std::size_t r = 0; r < replicates; ++r) of_replicates.push_back(numbers());
      rows.emplace_back(frequency_grid(step, frequencies), std::move(values), support, quantity, paths, non_finite,
                        outside, unit_roundoff, static_cast<summation>(summed_by), std::move(of_replicates));
    }
    return characteristic_surface(std::move(rows));
  } catch (const invalid_parameter& e) {
    throw file_error(file, file_fault::wrong_content, std::string("what it holds is no surface: ") + e.what());
  }
}

}  // namespace spectralmc
