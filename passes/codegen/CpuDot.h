//===- CpuDot.h - products of bytes on a CPU --------------------*- C++ -*-===//
//
// What quantised operators multiply are bytes less a zero point. Instructions that multiply
// bytes add four or eight products to a lane at a time, those that multiply 16 bits two (ByteDot):
// so many steps of the reduction are brought side by side, for the weights once per workgroup, for
// the data where it does not lie so in memory, or is padded. Bytes of weights are signed;
// whether those of data are depends on the instruction, and bytes of the other kind have their
// highest bits turned, which moves their zero point by 128. A zero point of the data is taken off
// with the sums of the columns, sum((d - z) w) = sum(d w) - z sum(w), exactly. 16 bits hold what is
// left of bytes without their zero points.
//
//===----------------------------------------------------------------------===//
#ifndef BORNC_PASSES_CODEGEN_CPUDOT_H
#define BORNC_PASSES_CODEGEN_CPUDOT_H

#include "passes/codegen/CpuContraction.h"
#include "passes/codegen/QuantizedBytes.h"

namespace bornc::codegen {

class CpuDot : public CpuContraction {
public:
  using CpuContraction::CpuContraction;
  mlir::LogicalResult emit() override;

protected:
  bool chooseTile() override;
  int64_t mostColumns(int64_t rows) const override;
  void stageWeights() override;
  llvm::SmallVector<mlir::Value> reduce(mlir::ValueRange accumulators) override;

  /// Finds the factors that `instruction` is to multiply; false if it cannot.
  virtual bool matchOperands();
  /// The zero point of the data, i32, as the instruction takes it; null where it is none.
  virtual mlir::Value zeroOfData();
  /// The current steps of a column group's weights as factors, those of a column side by side.
  virtual mlir::Value interleave(mlir::AffineExpr group);
  /// Words whose lowest bits are the factors of a column group at the current step.
  virtual mlir::Value weightWords(mlir::AffineExpr group) { return weightsAlong(group); }
  /// Words whose lowest bits are the factors that `data`, a vector of the operand's, is staged as,
  /// where the zero point of those is `zero`, i32 or null.
  virtual mlir::Value toWords(mlir::Value data, mlir::Value zero);
  /// Called when `count` rows are staged.
  virtual void finishRows(int64_t count) {}

  /// Whether `weightBytes` lie as instructions want them.
  bool takesWeights();
  /// `interleave` by `weightWords`, for weights that lie anyhow.
  mlir::Value pack(mlir::AffineExpr group);
  mlir::Type factorType();
  mlir::VectorType factors(int64_t count);

  /// Elements of a row that are staged at a time.
  static constexpr int64_t kStagedLanes = 16;

  const ByteDot *instruction = nullptr;
  WidenedBytes dataBytes, weightBytes;
  bool stagesRows = false;
  int64_t stagedSteps = 0;     // of a row, those that fill up the instruction's included
  StackBuffer stagedRows;      // one after the other in the order of the reduction
  mlir::AffineExpr rowInBlock; // of those that are staged: the tile's first

private:
  using Body =
      llvm::function_ref<llvm::SmallVector<mlir::Value>(mlir::AffineExpr, mlir::ValueRange)>;
  using Rows = llvm::SmallVector<mlir::Value, 2>;

  bool fits(const ByteDot &dot);
  bool turnsData() const {
    return instruction->bits == 8 && dataBytes.isSigned != instruction->isDataSigned;
  }
  void reserveWeights();
  int64_t mostStagedRows() const;
  int64_t chooseBlocks(int64_t rowTiles, int64_t columnTiles);
  void stageRows(mlir::AffineExpr first, int64_t count);
  llvm::SmallVector<mlir::Value> forEachSteps(size_t depth, mlir::AffineExpr number,
                                              mlir::ValueRange carried, Body body);
  mlir::Value loadData(int64_t row, mlir::AffineExpr number);
  mlir::Value loadRows(int64_t first, mlir::AffineExpr number);
  mlir::Value inAllLanes(mlir::Value word);
  mlir::Value loadSteps(mlir::AffineExpr group);
  Rows exchange(Rows sums);
  Rows dot(Rows sums, mlir::Value data, mlir::Value weight);
  llvm::SmallVector<mlir::Value> exchangeTile(mlir::ValueRange sums);
  Rows sumsAt(mlir::ValueRange sums, int64_t row, int64_t column);
  void setSums(llvm::MutableArrayRef<mlir::Value> sums, int64_t row, int64_t column,
               const Rows &values);

  llvm::SmallVector<mlir::Value> corrections; // of each column group's sums
};

} // namespace bornc::codegen

#endif // BORNC_PASSES_CODEGEN_CPUDOT_H
