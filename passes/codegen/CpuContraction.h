//===- CpuContraction.h - matrix products on a CPU --------------*- C++ -*-===//
//
// Tiles of `rows` by `columns` vectors stay in registers over the whole reduction: each
// step loads `columns` vectors of the weights' panels and multiplies them with one scalar
// per row. Data that is computed (padding, activations) or that does not lie along the
// reduction is first brought into a buffer on the stack, in vectors, a block of the
// reduction at a time; weights that do not lie along the columns, as a whole. A
// workgroup shares what it has staged: the data of its rows with several tiles of
// columns, the weights of its columns with all rows. Of a convolution's data it stages what a
// box of outputs reads, each element once (StagedWindow.h). The scheme is Goto and van de Geijn's,
// "Anatomy of High-Performance Matrix Multiplication" (ACM TOMS 34, 2008), with operands
// read in place where they allow it.
//
//===----------------------------------------------------------------------===//
#ifndef BORNC_PASSES_CODEGEN_CPUCONTRACTION_H
#define BORNC_PASSES_CODEGEN_CPUCONTRACTION_H

#include "passes/codegen/ContractionTile.h"
#include "passes/codegen/StagedWindow.h"

namespace bornc::codegen {

/// Bytes of a buffer on the stack for weights, which stay in the second-level cache.
inline constexpr int64_t kWeightBytes = 131072;

class CpuContraction : public ContractionTile {
public:
  using ContractionTile::ContractionTile;
  mlir::LogicalResult emit() override;

protected:
  bool chooseTile() override;
  llvm::SmallVector<mlir::Value> reduce(mlir::ValueRange accumulators) override;
  llvm::SmallVector<mlir::Value> reduceSteps(int64_t steps, mlir::ValueRange accumulators) override;
  mlir::LogicalResult storeColumn(mlir::AffineExpr row, int64_t column, mlir::Value sum) override;
  mlir::LogicalResult storeGateGroups(mlir::AffineExpr row, mlir::ValueRange sums) override;
  std::pair<mlir::AffineExpr, mlir::Value> rowAt(int64_t row) override;

  /// Whether the rows of the result lie in memory one after the other.
  virtual bool storesRows() const { return true; }
  /// Columns of a tile of `rows` whose sums, and what is added to them, have registers.
  virtual int64_t mostColumns(int64_t rows) const { return device.tileRegisters / (rows + 1); }
  /// Weights that do not lie as they are multiplied, of the tile's columns.
  virtual void stageWeights();

  int64_t columnsPerTile() const { return columns / gates; }
  /// Outputs of the last column group.
  int64_t lastWidth() const { return perGate - (groups - 1) * width; }
  using Pick = llvm::function_ref<mlir::Value(mlir::Value)>;
  void forEachPiece(mlir::AffineExpr group,
                    llvm::function_ref<void(mlir::AffineExpr columns, Pick pick)> body);
  bool startsFromConstant();
  void chooseWidth();
  int64_t mostRows();
  double stepCycles(int64_t r, int64_t c);
  void chooseSizes(int64_t run);
  void chooseStaging();
  void chooseBlock();
  void orderReduction();
  void chooseWindow();
  bool fitBox();
  bool setBox(int64_t tiles, int64_t lines);
  /// Sets the tile's column groups.
  void selectColumns(mlir::AffineExpr columnTile);
  mlir::LogicalResult emitTile(mlir::AffineExpr columnTile);
  void forEachTile(int64_t count, llvm::function_ref<mlir::LogicalResult(mlir::AffineExpr)> body);
  void emitColumns(int64_t rowTiles, int64_t columnTiles);
  void emitRows(int64_t rowTiles, int64_t columnTiles);
  void emitBoxes(int64_t columnTiles);
  mlir::LogicalResult emitBox(Indices first, mlir::AffineExpr columnTile);
  int64_t dealColumns(int64_t others, int64_t columnTiles);
  void forEachColumnTile(mlir::AffineExpr part, int64_t perPart, int64_t columnTiles,
                         llvm::function_ref<mlir::LogicalResult(mlir::AffineExpr)> body);

  llvm::SmallVector<mlir::Value> reduceBlocks(size_t depth, mlir::ValueRange accumulators);
  llvm::SmallVector<mlir::Value> multiplyBlock(mlir::ValueRange accumulators);
  llvm::SmallVector<mlir::Value> multiplyStep(mlir::ValueRange accumulators,
                                              llvm::function_ref<mlir::Value(int64_t)> scalar);
  llvm::SmallVector<mlir::Value> emitSteps(
      int64_t count, mlir::ValueRange accumulators,
      llvm::function_ref<llvm::SmallVector<mlir::Value>(mlir::AffineExpr, mlir::ValueRange)> body);
  mlir::AffineExpr stagedAt(int64_t row, mlir::AffineExpr step);
  mlir::Value loadWeights(int64_t column);
  mlir::Value weightsAlong(mlir::AffineExpr group);
  void stageData();
  void forEachStaged(mlir::AffineExpr first, int64_t count, size_t depth, int64_t lanes,
                     llvm::function_ref<void(mlir::AffineExpr row, mlir::Value element)> body);
  void forEachStep(size_t first, size_t last, llvm::function_ref<void()> body);
  mlir::AffineExpr stepNumber(size_t first);

  int64_t perGate = 0;                // columns
  llvm::SmallVector<unsigned> order;  // reduction loops, the innermost one last
  llvm::SmallVector<int64_t> extents; // of these
  size_t blockDim = 0;                // loops from here on are of a block
  int64_t blockSteps = 1;
  bool stagesData = false, stagesWeights = false, unrolled = false;
  StackBuffer stagedData, stagedWeights;
  mlir::LogicalResult status = mlir::success();

  // A box of outputs: tiles along a line (the last loop of `m`) by lines.
  std::optional<StagedWindow> window;
  llvm::SmallVector<int64_t> box; // its extents, by loops of `m`
  IndexVector tileAt, tileInBox;  // of the tile's first output, in all and in the box
};

/// Whether elements of `tensor` are read from a binding as they are.
bool isPlain(mlir::Value tensor);

} // namespace bornc::codegen

#endif // BORNC_PASSES_CODEGEN_CPUCONTRACTION_H
