//===- Born.h - weights and memory layouts ----------------------*- C++ -*-===//
#ifndef BORNC_DIALECTS_BORN_BORN_H
#define BORNC_DIALECTS_BORN_BORN_H

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "dialects/born/BornDialect.h.inc"

#define GET_ATTRDEF_CLASSES
#include "dialects/born/BornAttrs.h.inc"

#define GET_OP_CLASSES
#include "dialects/born/BornOps.h.inc"

namespace bornc::born {

/// The shape of the memory behind a tensor: that of its layout, or its own.
llvm::ArrayRef<int64_t> physicalShape(mlir::RankedTensorType type);

/// Bits that an element takes in memory: i1 a byte, others below a byte what they
/// have, packed as ONNX packs them.
unsigned storageBits(mlir::Type element);

/// Bytes that a tensor takes in memory, layout padding included.
uint64_t storageSize(mlir::RankedTensorType type);

/// The type without its layout.
mlir::RankedTensorType dropLayout(mlir::RankedTensorType type);

/// `type` stored so that physical dimension i is logical dimension perm[i].
/// The identity gives the type without a layout.
mlir::RankedTensorType withPermutation(mlir::RankedTensorType type, llvm::ArrayRef<int64_t> perm);

/// The type that `steps` make of `stored`, or failure with a message.
llvm::FailureOr<mlir::RankedTensorType>
applySteps(mlir::RankedTensorType stored, mlir::ArrayAttr steps,
           llvm::function_ref<mlir::InFlightDiagnostic()> emitError);

} // namespace bornc::born

#endif // BORNC_DIALECTS_BORN_BORN_H
