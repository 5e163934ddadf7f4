//===- DoubleFunctions.h - elementary functions of f64 ----------*- C++ -*-===//
//
// Of scalars, each within 2 ULP of the exact value for every argument; the special
// cases as in C. The polynomials are Chebyshev fits, near the best ones.
//
//===----------------------------------------------------------------------===//
#ifndef BORNC_PASSES_MATH_DOUBLEFUNCTIONS_H
#define BORNC_PASSES_MATH_DOUBLEFUNCTIONS_H

#include "passes/math/Num.h"

namespace bornc::math {

// DoubleFunctions.cpp
Num expOfDouble(Num x);
Num expm1OfDouble(Num x);
Num sinhOfDouble(Num x);
Num coshOfDouble(Num x);
Num tanhOfDouble(Num x);
Num erfOfDouble(Num x);
Num logOfDouble(Num x);
Num log1pOfDouble(Num x);
Num asinhOfDouble(Num x);
Num acoshOfDouble(Num x);
Num atanhOfDouble(Num x);

// DoubleTrigonometry.cpp: any argument, reduced with as many digits of 2/pi as it takes.
Num sinOfDouble(Num x);
Num cosOfDouble(Num x);
Num tanOfDouble(Num x);
Num asinOfDouble(Num x);
Num acosOfDouble(Num x);
Num atanOfDouble(Num x);

// DoublePower.cpp
Num powOfDouble(Num x, Num y);

// What the files share: the same bits as the other type, a number from an i32, |x|, and
// |a| with the sign of x.
Num asDouble(Num i64);
Num asLong(Num f64);
Num doubleOfWord(Num i32);
Num magnitude(Num x);
Num withSignOf(Num a, Num x);
/// Horner's scheme, lowest coefficient first.
Num horner(Num x, llvm::ArrayRef<double> coefficients);
/// e^(r + low) - 1 for |r| <= ln 2 / 2, `low` being below the last digit of r.
Num expm1OfReduced(Num r, Num low);
/// x * 2^n, n an i32, in two steps, to reach infinity and the subnormal numbers.
Num scaleDouble(Num x, Num n);
/// x = 2^k (1 + f) for a positive number, a subnormal one too; 1 + f is from sqrt(1/2) to
/// sqrt(2), k an i32.
struct SplitDouble {
  Num k, f;
};
SplitDouble splitLog(Num x);

} // namespace bornc::math

#endif // BORNC_PASSES_MATH_DOUBLEFUNCTIONS_H
