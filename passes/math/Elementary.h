//===- Elementary.h - elementary functions as arithmetic --------*- C++ -*-===//
#ifndef BORNC_PASSES_MATH_ELEMENTARY_H
#define BORNC_PASSES_MATH_ELEMENTARY_H

#include "mlir/IR/PatternMatch.h"

namespace bornc::math {

/// Patterns that replace elementary functions (exp, log, tanh, erf, sin, ...) on
/// f32 scalars and vectors by upstream's polynomials. sqrt, rsqrt, floor, ceil,
/// abs and fma stay as they are: devices have instructions for them.
void populateElementaryPatterns(mlir::RewritePatternSet &patterns);

} // namespace bornc::math

#endif // BORNC_PASSES_MATH_ELEMENTARY_H
