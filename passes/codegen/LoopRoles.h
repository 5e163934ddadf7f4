//===- LoopRoles.h - what the loops of a contraction are --------*- C++ -*-===//
#ifndef BORNC_PASSES_CODEGEN_LOOPROLES_H
#define BORNC_PASSES_CODEGEN_LOOPROLES_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"

namespace bornc::codegen {

/// Whether `op` is a sum of products of its two inputs.
bool isContractionRoot(mlir::linalg::LinalgOp op);

/// Whether the sums of a contraction start from zero.
bool startsFromZero(mlir::linalg::LinalgOp op);

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

/// Columns of a contraction that its readers take apart: the gates of a
/// recurrent step, from one product with all their weights.
struct Gates {
  unsigned loop; ///< of the root, over the gates
  int64_t count; ///< of the gates; the dimension's extent is a multiple
};

/// The gates that all readers of `root` in its block read one by one: each reader takes a
/// constant place (or slice) of one dimension and the others as they are, and
/// that dimension is the outermost of the columns if `weights` are the weights.
/// Nothing where it is not so.
std::optional<Gates> getGates(mlir::linalg::LinalgOp root, mlir::OpOperand &weights);

} // namespace bornc::codegen

#endif // BORNC_PASSES_CODEGEN_LOOPROLES_H
