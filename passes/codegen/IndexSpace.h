//===- IndexSpace.h - index variables with bounds ---------------*- C++ -*-===//
//
// Positions in tensors are affine expressions over the index variables of one
// kernel: workgroup and invocation ids, loop counters, and indices loaded from
// memory. Every variable has a static bound, so that floordiv and mod that come
// from reshapes and delinearisation cancel where the shapes allow it. Two
// positions that are equal become equal expressions, which is what lets the
// emitter share loads.
//
// The symbol s0 stands for the lane of a vector: with four lanes, `4 * d0 + s0`
// names four neighbouring positions at once.
//
//===----------------------------------------------------------------------===//
#ifndef BORNC_PASSES_CODEGEN_INDEXSPACE_H
#define BORNC_PASSES_CODEGEN_INDEXSPACE_H

#include "mlir/IR/AffineExpr.h"
#include "mlir/IR/AffineMap.h"
#include "mlir/IR/Builders.h"

namespace bornc::codegen {

class IndexSpace {
public:
  explicit IndexSpace(mlir::MLIRContext *context) : context(context) {}

  /// A new variable with 0 <= value < bound.
  mlir::AffineExpr add(mlir::Value value, int64_t bound);

  mlir::AffineExpr constant(int64_t value) const;
  /// The lane of a vector, 0 <= s0 < lanes().
  mlir::AffineExpr lane() const;
  /// Elements of the vectors that are being emitted. An expression with the lane in it
  /// belongs to the number of lanes that it was made under.
  int64_t lanes() const { return laneCount; }
  void setLanes(int64_t count) { laneCount = count; }

  /// The canonical form of `expr` under the bounds of its variables.
  mlir::AffineExpr simplify(mlir::AffineExpr expr) const;

  struct Range {
    int64_t low, high; // both inclusive
  };
  Range range(mlir::AffineExpr expr) const;

  /// `expr` with the lane replaced by a constant, simplified.
  mlir::AffineExpr atLane(mlir::AffineExpr expr, int64_t lane) const;
  static bool variesByLane(mlir::AffineExpr expr);

  /// Splits a row-major position into indices of `shape`, simplified.
  llvm::SmallVector<mlir::AffineExpr> delinearize(mlir::AffineExpr linear,
                                                  llvm::ArrayRef<int64_t> shape) const;
  /// The row-major position of `indices` in `shape`, simplified.
  mlir::AffineExpr linearize(llvm::ArrayRef<mlir::AffineExpr> indices,
                             llvm::ArrayRef<int64_t> shape) const;

  /// Index arithmetic that computes `expr`, which has no lane in it.
  mlir::Value materialize(mlir::OpBuilder &builder, mlir::Location loc,
                          mlir::AffineExpr expr) const;

  unsigned size() const { return variables.size(); }

private:
  struct Variable {
    mlir::Value value;
    int64_t bound;
  };
  /// A sum of coefficient * atom, plus a constant; atoms are dims, the lane,
  /// floordivs and mods. Sorted, no zero coefficient.
  struct Linear {
    llvm::SmallVector<std::pair<mlir::AffineExpr, int64_t>> terms;
    int64_t constant = 0;
  };

  Linear toLinear(mlir::AffineExpr expr) const;
  mlir::AffineExpr toExpr(const Linear &linear) const;
  void addTerm(Linear &linear, mlir::AffineExpr atom, int64_t coefficient) const;
  void addScaled(Linear &linear, const Linear &other, int64_t factor) const;
  void mergeDivisions(Linear &linear) const;
  Linear divide(const Linear &numerator, int64_t divisor) const;
  Linear remainder(const Linear &numerator, int64_t divisor) const;
  int64_t splitFine(const Linear &sum, int64_t divisor, Linear &coarse, Linear &fine) const;
  Range range(const Linear &linear) const;

  mlir::MLIRContext *context;
  llvm::SmallVector<Variable> variables;
  int64_t laneCount = 4;
};

} // namespace bornc::codegen

#endif // BORNC_PASSES_CODEGEN_INDEXSPACE_H
