//===- StagedWindow.h - a piece of feature maps in a buffer -----*- C++ -*-===//
//
// What a box of a convolution's outputs reads is a box of its input. Brought into a
// buffer once, with its padding, every tap finds its element at a fixed distance from the
// output's, without a bound to check.
//
//===----------------------------------------------------------------------===//
#ifndef BORNC_PASSES_CODEGEN_STAGEDWINDOW_H
#define BORNC_PASSES_CODEGEN_STAGEDWINDOW_H

#include "passes/codegen/StackBuffer.h"

namespace bornc::codegen {

class StagedWindow {
public:
  /// Of operand `data`, whose elements along loop `inner` are neighbours in the buffer.
  /// Nothing where no index of `data` is a sum of several loops.
  static std::optional<StagedWindow> match(mlir::linalg::LinalgOp root, mlir::OpOperand &data,
                                           unsigned inner);

  /// Sets how many indices of each loop the buffer serves.
  void setBox(llvm::ArrayRef<int64_t> loopExtents);
  /// Elements and bytes of the buffer.
  int64_t size() const;
  int64_t bytes() const { return size() * elementBytes(data->get()); }
  /// Elements between neighbours along a loop.
  int64_t stride(unsigned loop) const;
  /// Of the buffer, by dimension of the data.
  llvm::ArrayRef<int64_t> getExtents() const { return extents; }
  llvm::ArrayRef<int64_t> getStrides() const { return strides; }
  /// Where the box whose first output is at `loops` begins in the data.
  IndexVector begin(const IndexSpace &space, Indices loops) const;

  /// A buffer with the box whose first output is at `loops`. Positions that no output inside of
  /// the result reads hold any of its elements.
  StackBuffer stage(Emitter &emitter, Indices loops) const;

private:
  llvm::SmallVector<std::pair<int64_t, int64_t>> pieces(unsigned dim, int64_t begin) const;
  void stageFrom(size_t depth, Emitter &emitter, IndexVector &position, mlir::AffineExpr where,
                 StackBuffer &buffer) const;

  mlir::OpOperand *data = nullptr;
  mlir::AffineMap map;
  llvm::SmallVector<llvm::SmallVector<int64_t>> coefficients; // of each dimension, by loop
  llvm::SmallVector<unsigned> order;                          // dimensions, the innermost last
  llvm::SmallVector<int64_t> extents, strides;                // of the buffer, by dimension
};

} // namespace bornc::codegen

#endif // BORNC_PASSES_CODEGEN_STAGEDWINDOW_H
