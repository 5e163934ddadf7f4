//===- WeightSteps.h - bytes of a file to elements of a weight --*- C++ -*-===//
#ifndef BORNC_COMPILER_EMIT_WEIGHTSTEPS_H
#define BORNC_COMPILER_EMIT_WEIGHTSTEPS_H

#include "dialects/born/Born.h"

#include <memory>

namespace bornc {

/// Elements of a tensor somewhere in memory: element (i0, i1, ...) is at
/// `data + elementSize * sum(i_d * strides[d])`.
struct StridedTensor {
  const uint8_t *data = nullptr;
  mlir::RankedTensorType type;
  llvm::SmallVector<int64_t> strides; ///< in elements
  std::unique_ptr<uint8_t[]> owned;   ///< set where `data` is not the caller's

  unsigned elementSize() const;
  bool isContiguous() const;
};

/// The tensor that lies row-major at `data`. Elements take whole bytes.
StridedTensor rowMajor(const uint8_t *data, mlir::RankedTensorType type);

/// Finds the bytes of a source.
using SourceReader = llvm::function_ref<mlir::FailureOr<llvm::ArrayRef<uint8_t>>(born::SourceAttr)>;

/// Applies steps of a `born.weight`. Transposes, slices and most reshapes only change
/// the strides; the others make a new tensor in memory. Fails on conversions
/// that ONNX Cast does not have here, and where a source of another part cannot be read.
mlir::LogicalResult applyStepsTo(StridedTensor &tensor, mlir::ArrayAttr steps, SourceReader read,
                                 mlir::Location loc);

/// Writes the tensor to zeroed memory at `target`, ordered as the layout of
/// `type` says.
void store(const StridedTensor &tensor, mlir::RankedTensorType type, uint8_t *target);

} // namespace bornc

#endif // BORNC_COMPILER_EMIT_WEIGHTSTEPS_H
