//===- OpKinds.h - what fusion asks of single ops ---------------*- C++ -*-===//
#ifndef BORNC_PASSES_FUSION_OPKINDS_H
#define BORNC_PASSES_FUSION_OPKINDS_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace bornc::fusion {

/// Whether `op` is a constant with one value for all elements.
bool isSplatConstant(mlir::Operation *op);
/// An insert_slice into a loop-carried tensor that nobody else reads.
bool isInPlaceInsert(mlir::tensor::InsertSliceOp op);
/// A generic that yields one of its inputs unchanged: transpose, broadcast.
bool onlyMoves(mlir::linalg::LinalgOp op);
/// A generic that widens bytes to integers, less a zero point: what quantised operators do to
/// their operands first. Its readers do it themselves, and memory holds the bytes.
bool onlyWidensBytes(mlir::linalg::LinalgOp op);
/// Whether `op` reduces the last dimensions of its first input: along memory, unless that is
/// stored in another order.
bool reducesRows(mlir::linalg::LinalgOp op);

struct RowShape {
  int64_t rows = 1, length = 1;
};
/// The extents of the parallel loops, and of the reduction, as one number each.
RowShape rowShape(mlir::linalg::LinalgOp op);

} // namespace bornc::fusion

#endif // BORNC_PASSES_FUSION_OPKINDS_H
