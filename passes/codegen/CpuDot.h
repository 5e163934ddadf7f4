//===- CpuDot.h - products of bytes on a CPU --------------------*- C++ -*-===//
//
// What quantised operators multiply are bytes less a zero point. Instructions that multiply
// bytes add four products to a lane at a time: four steps of the reduction lie side by side in
// the data, and are brought so for the weights, once per workgroup. Weights are signed there;
// whether data is depends on the instruction (ByteDot), and bytes of the other kind have their
// highest bits turned, which moves their zero point by 128. A zero point of the data is taken
// off with the sums of the columns, sum((d - z) w) = sum(d w) - z sum(w), exactly.
//
//===----------------------------------------------------------------------===//
#ifndef BORNC_PASSES_CODEGEN_CPUDOT_H
#define BORNC_PASSES_CODEGEN_CPUDOT_H

#include "passes/codegen/CpuContraction.h"
#include "passes/codegen/QuantizedBytes.h"

namespace bornc::codegen {

/// Products that an instruction adds to a lane.
inline constexpr int64_t kFour = 4;

class CpuDot : public CpuContraction {
public:
  using CpuContraction::CpuContraction;

protected:
  bool chooseTile() override;
  void stageWeights() override;
  llvm::SmallVector<mlir::Value> reduce(mlir::ValueRange accumulators) override;

  /// Finds the bytes that are multiplied; false if there are none that this scheme takes.
  virtual bool matchOperands();
  /// The current four steps of a row of the tile in every lane, as the instruction takes data; the
  /// `number`-th four of the reduction.
  virtual mlir::Value loadFour(int64_t row, mlir::AffineExpr number);
  /// The zero point of the data as the instruction takes it; null where it is none.
  virtual mlir::Value zeroOfData();
  /// The current four steps of a column group's weights, signed, those of a column side by side.
  virtual mlir::Value interleave(mlir::AffineExpr group);
  /// Whether data, and `weightBytes`, lie as the instructions want them.
  bool takesData();
  bool takesWeights();
  mlir::Value inAllLanes(mlir::Value bytes);

  WidenedBytes weightBytes;

private:
  using Body =
      llvm::function_ref<llvm::SmallVector<mlir::Value>(mlir::AffineExpr, mlir::ValueRange)>;

  llvm::SmallVector<mlir::Value> forEachFour(size_t depth, mlir::AffineExpr number,
                                             mlir::ValueRange carried, Body body);
  bool turnsData() const { return dataBytes.isSigned != device.byteDot->isDataSigned; }
  mlir::Value loadSteps(mlir::AffineExpr group);
  mlir::Value dot(mlir::Value accumulator, mlir::Value data, mlir::Value weight);

  WidenedBytes dataBytes;
  llvm::SmallVector<mlir::Value> corrections; // of each column group's sums
};

} // namespace bornc::codegen

#endif // BORNC_PASSES_CODEGEN_CPUDOT_H
