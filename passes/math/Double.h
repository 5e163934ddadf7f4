//===- Double.h - f64 in integer arithmetic ---------------------*- C++ -*-===//
//
// IEEE 754 double precision on the bits, as values of i64: correctly rounded to the
// nearest, to even, with subnormal numbers; NaN results are quiet, without payload.
// Bodies of functions, of a few hundred words of arithmetic each.
//
//===----------------------------------------------------------------------===//
#ifndef BORNC_PASSES_MATH_DOUBLE_H
#define BORNC_PASSES_MATH_DOUBLE_H

#include "passes/math/Num.h"

namespace bornc::math {

Num addDouble(Num a, Num b);
Num multiplyDouble(Num a, Num b);
Num divideDouble(Num a, Num b);
Num sqrtDouble(Num a);
Num remainderDouble(Num a, Num b); // as C's fmod

Num isNanDouble(Num a);
Num lessDouble(Num a, Num b);  // false for NaN
Num equalDouble(Num a, Num b); // false for NaN
/// The larger; NaN if either is, or, if `number`, only if both are. -0 < +0.
Num maxDouble(Num a, Num b, bool number);

Num truncDouble(Num a);
Num floorDouble(Num a);
Num roundEvenDouble(Num a);

Num doubleOfFloat(Num f32);
/// To the nearest f32, or, `toOdd`, with the last bit set where any after it was: what
/// is rounded again to fewer bits then is as if it had been rounded once.
Num floatOfDouble(Num a, bool toOdd);
Num doubleOfInteger(Num i64, bool isSigned);
Num integerOfDouble(Num a); // toward zero, modulo 2^64

} // namespace bornc::math

#endif // BORNC_PASSES_MATH_DOUBLE_H
