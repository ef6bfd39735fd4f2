// A number with its error, the form in which every answer of the library comes.
#pragma once

#include <cstdint>

#include "spectralmc/errors.hpp"
#include "spectralmc/numeric/normal.hpp"
#include "spectralmc/numeric/student.hpp"

namespace spectralmc {

/// A closed interval of the real line.
struct interval {
  double lower = 0;
  double upper = 0;

  SPECTRALMC_HOST_DEVICE double width() const { return upper - lower; }
  SPECTRALMC_HOST_DEVICE bool contains(double x) const { return lower <= x && x <= upper; }
};

/// A value with its errors.
struct estimate {
  double value = 0;
  double standard_error = 0;    ///< of the mean over the paths; 0 where nothing was simulated
  double truncation_error = 0;  ///< what the standard error does not know of: estimated size of what a finite expansion
                                ///< leaves out; for plain Monte Carlo the rounding of paths
  std::uint64_t paths = 0;      ///< paths behind the value; 0 where nothing was simulated
  std::uint32_t replicates = 0;  ///< means that the standard error is made of; 0 where paths are independent

  /// The interval that covers the truth with probability `level` in (0, 1), widened by the truncation error: by the
  /// central limit theorem, and by Student's law where the standard error is that of replicates.
  interval confidence_interval(double level = 0.95) const {
    require(level > 0 && level < 1, "level", level, "(0, 1)");
    const double tail = 0.5 * (1 - level);
    const double deviations = replicates > 1 ? student_upper_quantile(tail, replicates - 1) : -normal_quantile(tail);
    const double half_width = fma(deviations, standard_error, truncation_error);
    return {value - half_width, value + half_width};
  }
};

namespace detail {

/// As many standard errors as the value is off in 1 of 16000 cases: four, or more where replicates are few.
inline double many_errors(const estimate& e) {
  return e.replicates > 1 ? student_upper_quantile(3.1671e-5, e.replicates - 1) : 4.0;
}

}  // namespace detail

}  // namespace spectralmc
