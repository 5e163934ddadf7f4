//===- LoopRoles.h - what the loops of a contraction are --------*- C++ -*-===//
#ifndef BORNC_PASSES_CODEGEN_LOOPROLES_H
#define BORNC_PASSES_CODEGEN_LOOPROLES_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"

namespace bornc::codegen {

/// Whether `op` is a sum of products of its two inputs.
bool isContractionRoot(mlir::linalg::LinalgOp op);

/// Loops of a contraction, each in loop order.
struct LoopRoles {
  llvm::SmallVector<unsigned> batch;     ///< parallel, in both operands
  llvm::SmallVector<unsigned> rows;      ///< parallel, not in the weights
  llvm::SmallVector<unsigned> columns;   ///< parallel, in the weights only
  llvm::SmallVector<unsigned> reduction; ///< summed over
};

LoopRoles getLoopRoles(mlir::linalg::LinalgOp op, mlir::OpOperand &data, mlir::OpOperand &weights);

/// `reduction` with the loops that slide a window of `data` before the others.
llvm::SmallVector<unsigned> windowLoopsFirst(mlir::linalg::LinalgOp op, mlir::OpOperand &data,
                                             llvm::ArrayRef<unsigned> reduction);

} // namespace bornc::codegen

#endif // BORNC_PASSES_CODEGEN_LOOPROLES_H
