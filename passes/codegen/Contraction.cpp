//===- Contraction.cpp - register-tiled matrix products -------------------===//
//
// Operands come straight from the bindings. On the software class a subgroup
// shares its rows: lane l loads four steps of row l at once and constant-lane
// shuffles hand the scalars to all lanes, since there a load costs several times
// a multiplication (tileCost has the weights). On other classes each invocation
// loads its own few rows; only what StagedContraction.cpp cannot take comes here.
// With fewer rows than a vec4 (a vector times a matrix) there is nothing to share
// but much to sum, so the reduction is dealt out to the invocations too.
//
//===----------------------------------------------------------------------===//
#include "passes/codegen/ContractionTile.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace bornc;
using namespace bornc::codegen;

namespace {
class DirectContraction : public ContractionTile {
public:
  using ContractionTile::ContractionTile;

protected:
  bool chooseTile() override;
  void mapInvocations() override;
  SmallVector<Value> reduceSteps(int64_t steps, ValueRange accumulators) override;
  Value combineParts(Value sum) override;

private:
  /// Groups of one gate that a tile has.
  int64_t columnsPerTile() const { return columns / gates; }
  void chooseParts();
  Value rowScalar(ArrayRef<Value> loaded, int64_t row, int64_t step);

  bool shared = false;              // rows are shared by a subgroup
  int64_t across = 8;               // invocations side by side along the columns
  SmallVector<AffineExpr> loadRows; // rows that this invocation loads
  AffineExpr self;                  // the invocation's number, part * across + column
};
} // namespace

/// Nanoseconds of four reduction steps on the software class, relative weights
/// of what was measured there: a vec4 load 5, a shuffled scalar 0.5, a vec4
/// multiply-add 1.2.
static double tileCost(int64_t rows, int64_t columns, bool shared) {
  double loads = shared ? llvm::divideCeil(rows, 8) * 5.0 : rows * 5.0;
  return loads + 4 * columns * 5.0 + (shared ? rows * 4 * 0.5 : 0) + rows * columns * 4 * 1.2;
}

/// Invocations of a workgroup that sums parts.
static constexpr int64_t kPartsWorkgroup = 64;

void DirectContraction::chooseParts() {
  across = std::min<int64_t>(8, llvm::PowerOf2Ceil(groups));
  rows = m.size;
  columns = gates;
  while (parts * across < kPartsWorkgroup && innerExtent % (chunk * parts * 2) == 0)
    parts *= 2;
}

bool DirectContraction::chooseTile() {
  shared = device.subgroupSize == 8;
  if (!shared && m.size < kLanes && innerExtent % (2 * chunk) == 0) {
    chooseParts();
    return true;
  }
  double best = 0;
  int64_t mostRows = std::min(device.contractionRows, m.size);
  across = shared ? 8 : std::min<int64_t>(16, llvm::PowerOf2Ceil(groups));
  int64_t mostColumns = gates > 1 ? gates : device.contractionColumns;
  for (int64_t c = gates; c <= mostColumns; ++c)
    for (int64_t r = 1; r <= mostRows; ++r) {
      int64_t tiles =
          batch.size * llvm::divideCeil(m.size, r) * llvm::divideCeil(groups * gates, across * c);
      // Two tiles at a time: an odd one out leaves half of a small machine idle.
      double cost = tileCost(r, c, shared) * llvm::alignTo(tiles, 2);
      if (best == 0 || cost < best) {
        best = cost;
        rows = r;
        columns = c;
      }
    }
  return true;
}

void DirectContraction::mapInvocations() {
  int64_t rowTiles = llvm::divideCeil(m.size, rows);
  int64_t columnTiles = llvm::divideCeil(groups, across * columnsPerTile());
  // Several row tiles per workgroup where a subgroup is not the unit.
  int64_t stacked =
      shared || parts > 1 ? 1 : std::max<int64_t>(1, std::min<int64_t>(rowTiles, 64 / across));
  int64_t rowBlocks = llvm::divideCeil(rowTiles, stacked);
  int64_t workgroups = batch.size * rowBlocks * columnTiles;
  AffineExpr number = workgroupNumber(emitter, shape, workgroups);
  self = invocationNumber(emitter, shape, across * stacked * parts);
  if (shared)
    shape.subgroupSize = across;
  number = emitter.clamp(number, workgroups); // the rounded-up rest does the last one again
  IndexVector tile = space.delinearize(number, {batch.size, rowBlocks, columnTiles});
  AffineExpr side = space.simplify(self % across);
  batchIndex = tile[0];
  part = space.simplify(self.floorDiv(across));
  AffineExpr rowTile = parts > 1 ? tile[1] : space.simplify(tile[1] * stacked + part);
  firstRow = space.simplify(rowTile * rows);

  if (shared) {
    for (int64_t first = 0; first < rows; first += across) {
      AffineExpr row = firstRow + first + side;
      loadRows.push_back(emitter.clamp(space.simplify(row), m.size));
    }
  } else {
    for (int64_t row = 0; row < rows; ++row)
      loadRows.push_back(emitter.clamp(space.simplify(firstRow + row), m.size));
  }
  setColumns(space.simplify(tile[2] * columnsPerTile() * across + side), across);
  if (parts > 1) { // the first of those that have the sum writes it
    Value writes = emitter.lessThan(part, 1);
    for (Value &valid : columnValid)
      valid = valid ? arith::AndIOp::create(emitter.builder, emitter.loc, valid, writes) : writes;
  }
}

Value DirectContraction::combineParts(Value sum) {
  return combineAcross(emitter, shape, sum, self, across * parts, across,
                       [&](Value a, Value b) { return add(a, b); });
}

Value DirectContraction::rowScalar(ArrayRef<Value> loaded, int64_t row, int64_t step) {
  OpBuilder &b = emitter.builder;
  Value value = loaded[shared ? row / across : row];
  if (isa<VectorType>(value.getType()))
    value = vector::ExtractOp::create(b, emitter.loc, value, step);
  if (!shared)
    return value;
  // Halves travel as 32 bits: shuffling them as they are is an optional feature.
  Type type = value.getType();
  bool isHalf = isa<FloatType>(type) && type.getIntOrFloatBitWidth() == 16;
  if (isHalf)
    value = arith::ExtFOp::create(b, emitter.loc, b.getF32Type(), value);
  value = gpu::ShuffleOp::create(b, emitter.loc, value, row % across, across, gpu::ShuffleMode::IDX)
              .getShuffleResult();
  return isHalf ? arith::TruncFOp::create(b, emitter.loc, type, value).getResult() : value;
}

SmallVector<Value> DirectContraction::reduceSteps(int64_t steps, ValueRange accumulators) {
  AffineExpr first = reduction[inner];
  // All loads first.
  SmallVector<Value> loaded;
  for (AffineExpr row : loadRows) {
    IndexVector loops = loopsAt(row, columnsOf(columnGroup.front()));
    if (steps == kLanes)
      loops[inner] = first + space.lane();
    loaded.push_back(load(data, loops));
  }
  SmallVector<SmallVector<Value>> weight(steps);
  for (int64_t step = 0; step < steps; ++step)
    for (AffineExpr group : columnGroup) {
      IndexVector loops = loopsAt(space.constant(0), columnsOf(group));
      loops[inner] = space.simplify(first + step);
      weight[step].push_back(load(weights, loops));
    }
  SmallVector<Value> next(accumulators);
  for (int64_t row = 0; row < rows; ++row)
    for (int64_t step = 0; step < steps; ++step) {
      Value scalar = rowScalar(loaded, row, step);
      for (int64_t column = 0; column < columns; ++column) {
        Value &accumulator = next[row * columns + column];
        accumulator = multiplyAdd(scalar, weight[step][column], accumulator);
      }
    }
  return next;
}

LogicalResult codegen::emitContraction(Emitter &emitter, const DeviceParameters &device,
                                       KernelShape &shape) {
  if (emitter.isCpu()) {
    for (auto make : {makeCpuDot, makeCpuQuantizedDot, makeCpuContraction})
      if (std::unique_ptr<ContractionTile> tile = make(emitter, device, shape); tile->match())
        return tile->emit();
    return failure();
  }
  std::unique_ptr<ContractionTile> staged = makeStagedContraction(emitter, device, shape);
  if (staged->match())
    return staged->emit();
  DirectContraction direct(emitter, device, shape);
  return direct.match() ? direct.emit() : failure();
}
