//===- DoubleEmulation.h - f64 ops as calls ---------------------*- C++ -*-===//
#ifndef BORNC_PASSES_MATH_DOUBLEEMULATION_H
#define BORNC_PASSES_MATH_DOUBLEEMULATION_H

#include "mlir/Transforms/DialectConversion.h"

namespace bornc::math {

/// Patterns that replace ops on f64, which `converter` makes i64, by calls of the
/// functions of Double.h, one function per op and kernel.
void populateDoublePatterns(mlir::TypeConverter &converter, mlir::RewritePatternSet &patterns);

} // namespace bornc::math

#endif // BORNC_PASSES_MATH_DOUBLEEMULATION_H
