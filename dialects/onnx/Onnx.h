//===- Onnx.h - one op per ONNX operator ------------------------*- C++ -*-===//
#ifndef BORNC_DIALECTS_ONNX_ONNX_H
#define BORNC_DIALECTS_ONNX_ONNX_H

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/Interfaces/ControlFlowInterfaces.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

namespace bornc::onnx {

/// Operand `index` of `op`, or null if it is dropped or made by onnx.None.
mlir::Value presentOperand(mlir::Operation *op, unsigned index);

/// Result `index` of `op`, or null if it is dropped or of `none` type.
mlir::Value presentResult(mlir::Operation *op, unsigned index);

} // namespace bornc::onnx

#include "dialects/onnx/OnnxDialect.h.inc"

#define GET_OP_CLASSES
#include "dialects/onnx/OnnxOpShards.h.inc"

#endif // BORNC_DIALECTS_ONNX_ONNX_H
