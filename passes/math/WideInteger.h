//===- WideInteger.h - division of 64-bit integers --------------*- C++ -*-===//
#ifndef BORNC_PASSES_MATH_WIDEINTEGER_H
#define BORNC_PASSES_MATH_WIDEINTEGER_H

#include "passes/math/Num.h"

namespace bornc::math {

/// a / b of unsigned i64, without branches and with 32-bit divisions only. Division by
/// zero gives some number.
Num divideWide(Num a, Num b);

/// Replaces divisions and remainders of i64, signed or not, by calls of one function,
/// and conversions to f32 by arithmetic that rounds once.
void populateWideIntegerPatterns(mlir::RewritePatternSet &patterns);

} // namespace bornc::math

#endif // BORNC_PASSES_MATH_WIDEINTEGER_H
