// To compare numbers up to a relative error: CHECK(x == about(y, 1e-12)). doctest::Approx by itself is absolute
// below 1.
#pragma once

#include <doctest/doctest.h>

namespace spectralmc {

inline doctest::Approx about(double value, double relative_error) {
  return doctest::Approx(value).epsilon(relative_error).scale(0);
}

}  // namespace spectralmc
