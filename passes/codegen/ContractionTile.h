//===- ContractionTile.h - what contraction schemes share -------*- C++ -*-===//
//
// MatMul, Gemm and convolution as implicit GEMM: an invocation keeps a tile of
// `rows` output rows by `columns` groups of `width` neighbouring outputs in
// registers and walks the reduction `chunk` steps at a time. Rows run over what
// only the first operand (data) depends on, columns over what only the second
// (weights) depends on. In a recurrent step the columns of a tile are one group
// of each gate, so that the gates meet in one invocation. A scheme says which invocation has which
// tile and how operands come from memory.
//
//===----------------------------------------------------------------------===//
#ifndef BORNC_PASSES_CODEGEN_CONTRACTIONTILE_H
#define BORNC_PASSES_CODEGEN_CONTRACTIONTILE_H

#include "passes/codegen/Strategy.h"

namespace bornc::codegen {

/// Loop dimensions of one role, linearised row-major in loop order.
struct LoopGroup {
  llvm::SmallVector<unsigned> dims;
  llvm::SmallVector<int64_t> extents;
  int64_t size = 1;

  LoopGroup() = default;
  LoopGroup(llvm::ArrayRef<unsigned> dims, llvm::ArrayRef<int64_t> loopRanges);
  void assign(IndexSpace &space, mlir::AffineExpr linear, IndexVector &loops) const;
};

class ContractionTile {
public:
  ContractionTile(Emitter &emitter, const DeviceParameters &device, KernelShape &shape)
      : emitter(emitter), space(emitter.space), device(device), shape(shape) {}
  /// Of the contraction that reads these, where the dispatch has several.
  ContractionTile(Emitter &emitter, const DeviceParameters &device, KernelShape &shape,
                  mlir::OpOperand &data, mlir::OpOperand &weights)
      : emitter(emitter), space(emitter.space), device(device), shape(shape),
        root(mlir::cast<mlir::linalg::LinalgOp>(data.getOwner())), data(&data), weights(&weights) {}
  virtual ~ContractionTile() = default;

  /// Whether the dispatch has a contraction that this scheme takes. Emits nothing.
  bool match();
  virtual mlir::LogicalResult emit();

protected:
  /// Sets the sizes of the tile; false where the scheme does not fit.
  virtual bool chooseTile() = 0;
  /// Sets the tile's place (the members below) from the invocation's number.
  virtual void mapInvocations() {}
  /// The sum over all parts of the reduction.
  virtual mlir::Value combineParts(mlir::Value sum) { return sum; }
  /// The whole reduction, from `accumulators` on.
  virtual llvm::SmallVector<mlir::Value> reduce(mlir::ValueRange accumulators) {
    return reduceFrom(0, accumulators);
  }
  /// Makes a sum the root's element, for what is computed from it, and returns where that is.
  IndexVector keepSum(mlir::AffineExpr row, mlir::AffineExpr column, mlir::Value sum);
  /// Writes what the sums at `row` and `column`, an element or a vector, lead to.
  mlir::LogicalResult storeElements(mlir::AffineExpr row, mlir::AffineExpr column, mlir::Value sum);
  /// Writes what the sums of all gates at `row` and a column of each lead to.
  mlir::LogicalResult storeGates(mlir::AffineExpr row, llvm::ArrayRef<mlir::AffineExpr> gateColumns,
                                 mlir::ValueRange sums);
  /// The same for the tile's sums of a row, one column group of each gate.
  virtual mlir::LogicalResult storeGateGroups(mlir::AffineExpr row, mlir::ValueRange sums);
  /// `storeElements` for the tile's column `column`.
  virtual mlir::LogicalResult storeColumn(mlir::AffineExpr row, int64_t column, mlir::Value sum);
  /// `steps` (1 or `chunk`) steps of the reduction from the current indices on.
  virtual llvm::SmallVector<mlir::Value> reduceSteps(int64_t steps,
                                                     mlir::ValueRange accumulators) = 0;

  /// Output row `row` of the tile, or one inside of the result where there is none, and whether
  /// there is (null: always).
  virtual std::pair<mlir::AffineExpr, mlir::Value> rowAt(int64_t row);
  /// Sets the groups of the tile's columns: where it has one of each gate, to `group`
  /// in all of them; else to every `step`-th from there.
  void setColumns(mlir::AffineExpr group, int64_t step);
  IndexVector loopsAt(mlir::AffineExpr row, mlir::AffineExpr column);
  /// The elements of a column group: its number, or four positions.
  mlir::AffineExpr columnsOf(mlir::AffineExpr group);
  mlir::Value load(mlir::OpOperand *operand, Indices loops);
  mlir::Value multiplyAdd(mlir::Value data, mlir::Value weight, mlir::Value accumulator);
  mlir::Value add(mlir::Value a, mlir::Value b);
  /// Elements between neighbours along loop `dim` in `operand`'s memory.
  std::optional<int64_t> strideAlong(mlir::OpOperand *operand, unsigned dim);
  /// Whether `tensor` is a binding of weights in panels.
  static bool isPanel(Emitter &emitter, mlir::Value tensor);

  Emitter &emitter;
  IndexSpace &space;
  const DeviceParameters &device;
  KernelShape &shape;

  mlir::linalg::LinalgOp root;
  mlir::OpOperand *data = nullptr, *weights = nullptr;
  LoopGroup batch, m, n, k;
  int64_t width = kLanes; // outputs per column group: a vector, or 1 for odd sizes
  int64_t gates = 1;      // a recurrent step's: a tile has the same columns of each
  int64_t groups = 0;     // column groups of a gate

  int64_t rows = 1, columns = 1; // of an invocation's tile
  int64_t parts = 1;             // the innermost loop's chunks are dealt out to this many
  int64_t chunk = kLanes;        // steps of the innermost reduction loop at a time
  unsigned inner = 0;            // the reduction loop along which data lies in memory
  int64_t innerExtent = 1;
  bool unrollAll = false;    // small odd reductions: every step on its own
  bool addsInitLast = false; // what the sum starts from is read where it is written

  mlir::AffineExpr batchIndex, firstRow;           // of the tile
  mlir::AffineExpr part;                           // of the reduction, where it is dealt out
  llvm::SmallVector<mlir::AffineExpr> columnGroup; // clamped group of each column
  llvm::SmallVector<mlir::Value> columnValid;
  IndexVector reduction; // current indices of the reduction loops

private:
  void findRoot();
  mlir::LogicalResult matchRoot();
  void chooseSteps();
  llvm::SmallVector<mlir::Value> reduceAll();
  mlir::Value initialValue(int64_t row, int64_t column);
  llvm::SmallVector<mlir::Value> reduceFrom(size_t depth, mlir::ValueRange accumulators);
  mlir::LogicalResult storeTile(mlir::ValueRange accumulators);
  mlir::LogicalResult storeRow(mlir::AffineExpr row, mlir::ValueRange sums);
  bool storeElement(const StoredResult &result, Indices position);
  mlir::LogicalResult storeColumns(llvm::ArrayRef<IndexVector> positions);

  llvm::SmallVector<unsigned> outer; // reduction loops around the innermost one
};

/// Operands through workgroup memory, for devices of any subgroup size.
std::unique_ptr<ContractionTile>
makeStagedContraction(Emitter &emitter, const DeviceParameters &device, KernelShape &shape);

/// Operands through registers and the caches of a CPU.
std::unique_ptr<ContractionTile>
makeCpuContraction(Emitter &emitter, const DeviceParameters &device, KernelShape &shape);

/// Bytes by instructions that sum up several of their products, where the machine has them.
std::unique_ptr<ContractionTile> makeCpuDot(Emitter &emitter, const DeviceParameters &device,
                                            KernelShape &shape);
/// The same for floats that are multiples of bytes.
std::unique_ptr<ContractionTile>
makeCpuQuantizedDot(Emitter &emitter, const DeviceParameters &device, KernelShape &shape);

} // namespace bornc::codegen

#endif // BORNC_PASSES_CODEGEN_CONTRACTIONTILE_H
