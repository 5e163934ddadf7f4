//===- Roles.h - what the loops of a contraction are ------------*- C++ -*-===//
#ifndef BORNC_PASSES_FUSION_ROLES_H
#define BORNC_PASSES_FUSION_ROLES_H

#include "dialects/kernel/Kernel.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"

namespace bornc::fusion {

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

/// Sets the strategy of a dispatch from its ops and the layouts it reads.
void chooseStrategy(kernel::DispatchOp dispatch);

} // namespace bornc::fusion

#endif // BORNC_PASSES_FUSION_ROLES_H
