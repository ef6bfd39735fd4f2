// A number with its error, the form in which every answer of the library comes.
#pragma once

#include <cstdint>

#include "spectralmc/errors.hpp"
#include "spectralmc/numeric/normal.hpp"

namespace spectralmc {

/// A closed interval of the real line.
struct interval {
  double lower = 0;
  double upper = 0;

  double width() const { return upper - lower; }
  bool contains(double x) const { return lower <= x && x <= upper; }
};

/// A value with its errors.
struct estimate {
  double value = 0;
  double standard_error = 0;    ///< of the mean over the paths; 0 where nothing was simulated
  double truncation_error = 0;  ///< estimated size of what a finite expansion leaves out; 0 for plain Monte Carlo
  std::uint64_t paths = 0;      ///< paths behind the value; 0 where nothing was simulated

  /// The interval that covers the truth with probability `level` in (0, 1) by the central limit theorem, widened by the
  /// truncation error.
  interval confidence_interval(double level = 0.95) const {
    require(level > 0 && level < 1, "level", level, "(0, 1)");
    const double deviations = -normal_quantile(0.5 * (1 - level));
    const double half_width = fma(deviations, standard_error, truncation_error);
    return {value - half_width, value + half_width};
  }
};

}  // namespace spectralmc
