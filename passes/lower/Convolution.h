//===- Convolution.h - one contraction over windows -------------*- C++ -*-===//
#ifndef BORNC_PASSES_LOWER_CONVOLUTION_H
#define BORNC_PASSES_LOWER_CONVOLUTION_H

#include "passes/lower/TensorBuilder.h"

namespace bornc::lower {

/// The convolution of `input` with `weight` that gives `type`; window and
/// padding come from the attributes of the op, padding is zero.
mlir::FailureOr<mlir::Value> convolve(TensorBuilder &b, mlir::Value input, mlir::Value weight,
                                      int64_t groups, mlir::RankedTensorType type);

/// Adds a bias per channel (dimension 1).
mlir::Value addBias(TensorBuilder &b, mlir::Value value, mlir::Value bias);

} // namespace bornc::lower

#endif // BORNC_PASSES_LOWER_CONVOLUTION_H
