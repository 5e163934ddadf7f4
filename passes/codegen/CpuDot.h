//===- CpuDot.h - products of bytes on a CPU --------------------*- C++ -*-===//
//
// What quantised operators multiply are bytes less a zero point. Instructions that multiply
// unsigned bytes with signed ones add four products to a lane at a time: four steps of the
// reduction lie side by side in the data, and are brought so for the weights, once per
// workgroup. A zero point of the data is taken off with the sums of the columns,
// sum((d - z) w) = sum(d w) - z sum(w), exactly.
//
//===----------------------------------------------------------------------===//
#ifndef BORNC_PASSES_CODEGEN_CPUDOT_H
#define BORNC_PASSES_CODEGEN_CPUDOT_H

#include "passes/codegen/CpuContraction.h"

namespace bornc::codegen {

/// Bytes that an elementwise op widens to i32, less their zero points.
struct WidenedBytes {
  mlir::Value bytes;
  mlir::Value zero; ///< a tensor of bytes; null for none
  bool isSigned = false;
};

/// The bytes that `tensor` is made of, if it is.
std::optional<WidenedBytes> matchWidenedBytes(mlir::Value tensor);
/// Whether both operands of a contraction are bytes, less one zero point each.
bool multipliesBytes(mlir::linalg::LinalgOp root);

class CpuDot : public CpuContraction {
public:
  using CpuContraction::CpuContraction;

protected:
  bool chooseTile() override;
  void stageWeights() override;
  llvm::SmallVector<mlir::Value> reduce(mlir::ValueRange accumulators) override;

private:
  using Body =
      llvm::function_ref<llvm::SmallVector<mlir::Value>(mlir::AffineExpr, mlir::ValueRange)>;

  bool matchOperands();
  llvm::SmallVector<mlir::Value> forEachFour(size_t depth, mlir::AffineExpr number,
                                             mlir::ValueRange carried, Body body);
  mlir::Value loadFour(int64_t row, mlir::AffineExpr step);
  mlir::Value interleave(mlir::AffineExpr group, mlir::AffineExpr step);
  mlir::Value dot(mlir::Value accumulator, mlir::Value data, mlir::Value weight);
  mlir::Value zeroOfData();

  WidenedBytes dataBytes, weightBytes;
  llvm::SmallVector<mlir::Value> corrections; // of each column group's sums
};

} // namespace bornc::codegen

#endif // BORNC_PASSES_CODEGEN_CPUDOT_H
