//===- Elementary.h - elementary functions as arithmetic --------*- C++ -*-===//
#ifndef BORNC_PASSES_MATH_ELEMENTARY_H
#define BORNC_PASSES_MATH_ELEMENTARY_H

#include "mlir/IR/PatternMatch.h"

namespace bornc::math {

/// Patterns that replace every op of the math dialect but those that are exact
/// in Vulkan (sqrt, floor, ceil, absf, absi, fma, ...), on f32 scalars and vectors.
void populateElementaryPatterns(mlir::RewritePatternSet &patterns);

} // namespace bornc::math

#endif // BORNC_PASSES_MATH_ELEMENTARY_H
