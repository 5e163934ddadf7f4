//===- DoubleFunctions.h - elementary functions of f64 ----------*- C++ -*-===//
#ifndef BORNC_PASSES_MATH_DOUBLEFUNCTIONS_H
#define BORNC_PASSES_MATH_DOUBLEFUNCTIONS_H

#include "passes/math/Num.h"

namespace bornc::math {

// Of f64 scalars, within 2 ULP; the special cases as in C.
Num expOfDouble(Num x);
Num logOfDouble(Num x);

} // namespace bornc::math

#endif // BORNC_PASSES_MATH_DOUBLEFUNCTIONS_H
