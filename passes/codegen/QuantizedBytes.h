//===- QuantizedBytes.h - what quantised operators multiply -----*- C++ -*-===//
//
// Quantised models say with ordinary ops that an operand is made of bytes: they widen them to
// integers, or dequantise them, (byte - zero point) * scale. These functions find the bytes.
//
//===----------------------------------------------------------------------===//
#ifndef BORNC_PASSES_CODEGEN_QUANTIZEDBYTES_H
#define BORNC_PASSES_CODEGEN_QUANTIZEDBYTES_H

#include "dialects/kernel/Kernel.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"

namespace bornc::codegen {

/// Bytes that an elementwise op widens to i32, less their zero points.
struct WidenedBytes {
  mlir::Value bytes;
  mlir::Value zero; ///< a tensor of bytes; null for none
  bool isSigned = false;
};

/// What `tensor` has its elements from, in any order, but for zeros: looks through what only moves
/// elements or pads with 0, and into dispatches.
mlir::Value lookThroughMoves(mlir::Value tensor);
/// The bytes that `tensor` is made of, if it is.
std::optional<WidenedBytes> matchWidenedBytes(mlir::Value tensor);
/// Whether both operands of a contraction are bytes less zero points, or 0 where it pads.
bool multipliesBytes(mlir::linalg::LinalgOp root);

/// Bytes that an elementwise op dequantises to f32.
struct DequantizedBytes {
  WidenedBytes wide;
  mlir::linalg::LinalgOp op;
  mlir::OpOperand *scale = nullptr; ///< of `op`, f32
};

/// The bytes that `tensor` is made of, if it is.
std::optional<DequantizedBytes> matchDequantizedBytes(mlir::Value tensor);
/// How `tensor` is quantised: as a whole, by a constant; null where it is not, or where bytes
/// could not be told from their multiples of the scale. Looks through moves; `inputs` says what is
/// known of the block's arguments.
mlir::quant::UniformQuantizedType quantizationOf(mlir::Value tensor, mlir::TypeRange inputs = {});
/// Whether a contraction multiplies quantised data with such data, or with bytes that it
/// dequantises.
bool multipliesQuantized(mlir::linalg::LinalgOp root, mlir::TypeRange inputs);

} // namespace bornc::codegen

#endif // BORNC_PASSES_CODEGEN_QUANTIZEDBYTES_H
