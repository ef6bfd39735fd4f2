// The elementary functions, of + - * / sqrt and fma only, so that every machine and compiler computes the same bits:
// exp, log, expm1, log1p (numeric/exponential.hpp); sin_cos_2pi, sin_cos, atan2 (numeric/trigonometric.hpp).
// All are templates without branches over the value type: a number or a pack of them.
#pragma once

#include "spectralmc/numeric/exponential.hpp"
#include "spectralmc/numeric/trigonometric.hpp"
