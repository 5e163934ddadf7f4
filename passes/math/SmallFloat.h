//===- SmallFloat.h - floats of 16 bits and fewer as their bits -*- C++ -*-===//
#ifndef BORNC_PASSES_MATH_SMALLFLOAT_H
#define BORNC_PASSES_MATH_SMALLFLOAT_H

#include "passes/math/Num.h"

namespace bornc::math {

/// Whether `type` is a float of at most 16 bits that decode and encode know: f16, bf16,
/// the 8-bit floats of ONNX (f8E8M0FNU among them) and f4E2M1FN.
bool isSmallFloat(mlir::Type type);

/// The f32 that the low bits of `bits` are, exactly; higher bits are zero.
Num decode(Num bits, mlir::FloatType type);

/// The bits of the nearest number of `type`, to even if there are two, in the low bits.
/// What is too large becomes what the type has for it: infinity, else NaN, else the
/// largest number; NaN becomes a negative zero where there is none. f8E8M0FNU, which has no sign,
/// gets the exponent of the magnitude.
Num encode(Num value, mlir::FloatType type);

} // namespace bornc::math

#endif // BORNC_PASSES_MATH_SMALLFLOAT_H
