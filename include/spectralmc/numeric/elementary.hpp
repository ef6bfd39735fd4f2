// The elementary functions, of + - * / sqrt and fma only, so that every machine and compiler computes the same bits:
// exp, log, expm1, log1p (numeric/exponential.hpp); sin_cos_2pi, sin_cos, atan2 (numeric/trigonometric.hpp).
// All are templates without branches over the value type: a number or a pack of them. The stated errors hold where
// the machine has fma; where it has not they are up to twice as large.
//
// An argument may be a product (`exp(rate * time)`), and a result may be added to something: neither leaves a compiler
// anything to contract. Arguments enter by fma or are compared only, and no function returns a product that was
// rounded.
#pragma once

#include "spectralmc/numeric/exponential.hpp"
#include "spectralmc/numeric/trigonometric.hpp"
