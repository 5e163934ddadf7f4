//===- Functions.h - elementary functions of 32-bit floats ------*- C++ -*-===//
//
// Each within 2 ULP of the exact value for every argument, subnormal, infinite and
// NaN ones included, where the device adds, multiplies, divides and takes roots
// with correct rounding and keeps subnormal numbers; test/math measures it. Vulkan
// promises the first two only: a division may be 2.5 ULP off and a square root 3,
// which adds that much to functions that divide or take a root, and subnormal results
// may become zero. No branches and no tables, so that vectors cost what scalars do.
//
// The polynomials are minimax fits (Remez exchange, coefficients rounded to f32 one
// after the other, lowest first).
//
//===----------------------------------------------------------------------===//
#ifndef BORNC_PASSES_MATH_FUNCTIONS_H
#define BORNC_PASSES_MATH_FUNCTIONS_H

#include "passes/math/Num.h"

namespace bornc::math {

// ExpLog.cpp
Num exp(Num x);
Num exp2(Num x);
Num expm1(Num x);
Num log(Num x);
Num log2(Num x);
Num log10(Num x);
Num log1p(Num x);
Num sinh(Num x);
Num cosh(Num x);
Num tanh(Num x);
Num asinh(Num x);
Num acosh(Num x);
Num atanh(Num x);
Num erf(Num x);

// Trigonometry.cpp: any argument, reduced with as many digits of 2/pi as it takes.
Num sin(Num x);
Num cos(Num x);
Num tan(Num x);
Num asin(Num x);
Num acos(Num x);
Num atan(Num x);
Num atan2(Num y, Num x);

// Power.cpp: special cases as C's pow and fmod; fmod is exact.
Num pow(Num x, Num y);
/// Operands of a power, their magnitudes a and b, whether x has its sign bit set and
/// either is NaN, and the number from which on all of the type are even.
struct PowOperands {
  Num x, y, a, b, isNegative, isAnyNan;
  double firstEven;
};
/// `result`, which is |x|^y for a finite power of a positive number, or what it is instead.
Num withPowLimits(const PowOperands &operands, Num result);
Num fmod(Num x, Num y);

} // namespace bornc::math

#endif // BORNC_PASSES_MATH_FUNCTIONS_H
