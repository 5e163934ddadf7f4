//===- Elementary.h - elementary functions as arithmetic --------*- C++ -*-===//
#ifndef BORNC_PASSES_MATH_ELEMENTARY_H
#define BORNC_PASSES_MATH_ELEMENTARY_H

#include "mlir/IR/PatternMatch.h"

namespace bornc::math {

/// Patterns that replace elementary functions (exp, log, tanh, erf, sin, ...) and
/// arith.remf on floats of up to 32 bits, scalar or vector, by the functions of
/// Functions.h. sqrt, rsqrt, floor, ceil, abs and fma stay as they are: devices have
/// instructions for them.
void populateElementaryPatterns(mlir::RewritePatternSet &patterns);

} // namespace bornc::math

#endif // BORNC_PASSES_MATH_ELEMENTARY_H
