//===- Unroll.h - an entry function as a flat list of steps -----*- C++ -*-===//
#ifndef BORNC_PASSES_PLAN_UNROLL_H
#define BORNC_PASSES_PLAN_UNROLL_H

#include "dialects/kernel/Kernel.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

#include <vector>

namespace bornc {

/// A tensor of the unrolled function. A loop-carried value is one per
/// iteration.
struct TensorValue {
  enum Kind { Input, Constant, Computed } kind;
  unsigned index; ///< of the argument, the constant, or the step
  mlir::RankedTensorType type;
};

/// One run of an executable.
struct Step {
  kernel::CallOp call;
  kernel::ExecutableOp executable;
  llvm::SmallVector<unsigned> inputs;  ///< values
  llvm::SmallVector<unsigned> outputs; ///< values
  llvm::SmallVector<int32_t> immediates;
};

struct Unrolled {
  std::vector<TensorValue> values;
  std::vector<mlir::Operation *> constants; ///< born.weight, born.constant or arith.constant
  std::vector<Step> steps;                  ///< without those nobody needs
  llvm::SmallVector<unsigned> results;      ///< values, in the order of the return
};

/// Unrolls the loops of `entry` and computes the immediates of its calls.
/// Reports every op that has no place in a plan.
mlir::FailureOr<Unrolled> unroll(mlir::func::FuncOp entry, const mlir::SymbolTable &symbols);

} // namespace bornc

#endif // BORNC_PASSES_PLAN_UNROLL_H
