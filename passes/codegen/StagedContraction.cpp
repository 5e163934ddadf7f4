//===- StagedContraction.cpp - matrix products through workgroup memory ---===//
//
// The invocations of a workgroup compute a block of `down * rows` output rows
// by `across * columns` groups of four outputs. For every chunk of the reduction
// they first bring the block's part of both operands into workgroup memory, each
// element once, then each reads what its own tile needs from there. What the
// operands are computed from (padding, activations, dequantisation) is therefore
// computed once per block. Relies on no subgroup size. The scheme is Volkov and
// Demmel's, "Benchmarking GPUs to Tune Dense Linear Algebra" (SC 2008).
//
//===----------------------------------------------------------------------===//
#include "passes/codegen/ContractionTile.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SPIRV/IR/SPIRVEnums.h"
#include "mlir/Dialect/SPIRV/IR/TargetAndABI.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace bornc;
using namespace bornc::codegen;

namespace {
class StagedContraction : public ContractionTile {
public:
  using ContractionTile::ContractionTile;

protected:
  bool chooseTile() override;
  void mapInvocations() override;
  SmallVector<Value> reduceSteps(int64_t steps, ValueRange accumulators) override;

private:
  int64_t invocations() const { return across * down; }
  int64_t blockRows() const { return down * rows; }
  int64_t blockGroups() const { return across * columns; }
  /// Vec4 between rows of the staged data: one more than it has, so that rows
  /// of neighbouring invocations lie in different memory banks.
  int64_t dataStride() const { return chunk / kLanes + 1; }
  int64_t memoryBytes() const {
    return (blockRows() * dataStride() + chunk * blockGroups()) * kLanes * 4;
  }
  Value allocate(int64_t vectors, Type element);
  void forEachUnit(int64_t units, llvm::function_ref<void(AffineExpr)> emitUnit);
  void put(Value memory, AffineExpr where, Value value);
  Value get(Value memory, AffineExpr where);
  void stageData(AffineExpr first);
  void stageWeights(AffineExpr first);
  void stageTransposed(AffineExpr first);
  SmallVector<Value> multiplyChunk(ValueRange accumulators);

  int64_t across = 8, down = 8; // invocations of a block along columns and rows
  bool transposed = false;      // weights lie in memory along the reduction
  AffineExpr self, side, below; // the invocation's number and place in its block
  AffineExpr blockRow, blockGroup;
  Value stagedData, stagedWeights;
};
} // namespace

/// Workgroups of 64 invocations that a GPU runs at the same time, an integrated
/// one's number: more blocks than that cost rounds, fewer leave it idle.
static constexpr int64_t kResident = 64;

/// Relative cost of one reduction step of all blocks. A vec4 multiply-add is the
/// unit; reading a vec4 of workgroup memory costs as much, one of a binding four
/// times that, a barrier sixteen.
static double blockCost(int64_t rows, int64_t columns, int64_t across, int64_t down, int64_t chunk,
                        int64_t blocks) {
  int64_t invocations = across * down;
  double multiply = rows * columns;
  double read = rows / 4.0 + columns;
  double stage = 5.0 * (down * rows / 4.0 + across * columns) / invocations;
  double barriers = 2 * 16.0 / chunk;
  int64_t resident = blocks * (invocations / 64);
  // Of two that take the same time, the one that computes less beyond the edges.
  double rounds = llvm::divideCeil(resident, kResident) + 0.01 * resident;
  return rounds * (multiply + read + stage + barriers);
}

bool StagedContraction::chooseTile() {
  auto bits = [](OpOperand *operand) {
    return cast<RankedTensorType>(operand->get().getType()).getElementTypeBitWidth();
  };
  if (device.contractionMemory == 0 || gates > 1 || width != kLanes || innerExtent % kLanes != 0 ||
      m.size < kLanes || bits(data) != 32 || bits(weights) != 32)
    return false;
  for (int64_t steps : {16, 12, 8, 4})
    if (innerExtent % steps == 0) {
      chunk = steps;
      break;
    }
  transposed = strideAlong(weights, n.dims.back()) != 1 && strideAlong(weights, inner) == 1;
  struct {
    double cost = 0;
    int64_t rows, columns, across, down;
  } best;
  for (int64_t size : {64, 128})
    for (int64_t wide : {4, 8, 16})
      for (int64_t r : {1, 2, 4, 8})
        for (int64_t c : {1, 2}) {
          rows = r, columns = c, across = wide, down = size / wide;
          if (memoryBytes() > device.contractionMemory)
            continue;
          int64_t blocks = batch.size * llvm::divideCeil(m.size, blockRows()) *
                           llvm::divideCeil(groups, blockGroups());
          double cost = blockCost(r, c, across, down, chunk, blocks);
          if (best.cost == 0 || cost < best.cost)
            best = {cost, r, c, across, down};
        }
  rows = best.rows, columns = best.columns, across = best.across, down = best.down;
  return true;
}

Value StagedContraction::allocate(int64_t vectors, Type element) {
  OpBuilder &b = emitter.builder;
  auto space = spirv::StorageClassAttr::get(b.getContext(), spirv::StorageClass::Workgroup);
  auto type = MemRefType::get({vectors}, VectorType::get({kLanes}, element),
                              MemRefLayoutAttrInterface(), space);
  return memref::AllocOp::create(b, emitter.loc, type);
}

void StagedContraction::mapInvocations() {
  int64_t rowBlocks = llvm::divideCeil(m.size, blockRows());
  int64_t columnBlocks = llvm::divideCeil(groups, blockGroups());
  int64_t blocks = batch.size * rowBlocks * columnBlocks;
  AffineExpr number = emitter.clamp(workgroupNumber(emitter, shape, blocks), blocks);
  self = invocationNumber(emitter, shape, invocations());
  side = space.simplify(self % across);
  below = space.simplify(self.floorDiv(across));
  IndexVector block = space.delinearize(number, {batch.size, rowBlocks, columnBlocks});
  batchIndex = block[0];
  blockRow = space.simplify(block[1] * blockRows());
  blockGroup = space.simplify(block[2] * blockGroups());
  firstRow = space.simplify(blockRow + below * rows);
  setColumns(space.simplify(blockGroup + side), across);
  auto elementOf = [](OpOperand *operand) {
    return cast<RankedTensorType>(operand->get().getType()).getElementType();
  };
  stagedData = allocate(blockRows() * dataStride(), elementOf(data));
  stagedWeights = allocate(chunk * blockGroups(), elementOf(weights));
  shape.workgroupMemory = memoryBytes();
}

/// Deals `units` out to the invocations, neighbours to neighbours.
void StagedContraction::forEachUnit(int64_t units, llvm::function_ref<void(AffineExpr)> emitUnit) {
  for (int64_t first = 0; first < units; first += invocations()) {
    AffineExpr unit = space.simplify(self + first);
    emitter.emitIf(emitter.lessThan(unit, units), [&] { emitUnit(emitter.clamp(unit, units)); });
  }
}

void StagedContraction::put(Value memory, AffineExpr where, Value value) {
  memref::StoreOp::create(emitter.builder, emitter.loc, emitter.toVector(value), memory,
                          emitter.materialize(space.simplify(where)));
}

Value StagedContraction::get(Value memory, AffineExpr where) {
  return memref::LoadOp::create(emitter.builder, emitter.loc, memory,
                                emitter.materialize(space.simplify(where)));
}

/// Data: per row, its steps side by side.
void StagedContraction::stageData(AffineExpr first) {
  int64_t perRow = chunk / kLanes;
  forEachUnit(blockRows() * perRow, [&](AffineExpr unit) {
    AffineExpr row = space.simplify(unit.floorDiv(perRow)), steps = space.simplify(unit % perRow);
    AffineExpr known = emitter.clamp(space.simplify(blockRow + row), m.size);
    IndexVector loops = loopsAt(known, columnsOf(columnGroup.front()));
    loops[inner] = space.simplify(first + steps * kLanes) + space.lane();
    put(stagedData, row * dataStride() + steps, load(data, loops));
  });
}

/// Weights: per step, the block's column groups side by side.
void StagedContraction::stageWeights(AffineExpr first) {
  // Panels hold the steps of four groups next to each other; anything else is
  // read along the columns.
  constexpr int64_t kPanelGroups = 4;
  bool panel = isPanel(emitter, weights->get());
  forEachUnit(chunk * blockGroups(), [&](AffineExpr unit) {
    int64_t inPanel = panel ? kPanelGroups : blockGroups();
    AffineExpr step = space.simplify(unit.floorDiv(inPanel) % chunk);
    AffineExpr group = space.simplify(unit.floorDiv(inPanel * chunk) * inPanel + unit % inPanel);
    AffineExpr known = emitter.clamp(space.simplify(blockGroup + group), groups);
    IndexVector loops = loopsAt(space.constant(0), columnsOf(known));
    loops[inner] = space.simplify(first + step);
    put(stagedWeights, step * blockGroups() + group, load(weights, loops));
  });
}

/// The same where memory runs along the reduction: four steps of four columns
/// are read as vectors and turned in registers.
void StagedContraction::stageTransposed(AffineExpr first) {
  int64_t perColumn = chunk / kLanes;
  OpBuilder &b = emitter.builder;
  forEachUnit(perColumn * blockGroups(), [&](AffineExpr unit) {
    AffineExpr steps = space.simplify(unit % perColumn);
    AffineExpr group = space.simplify(unit.floorDiv(perColumn));
    AffineExpr known = emitter.clamp(space.simplify(blockGroup + group), groups);
    Value byColumn[kLanes];
    for (int64_t column = 0; column < kLanes; ++column) {
      IndexVector loops = loopsAt(space.constant(0), space.simplify(known * kLanes + column));
      loops[inner] = space.simplify(first + steps * kLanes) + space.lane();
      byColumn[column] = emitter.toVector(load(weights, loops));
    }
    for (int64_t step = 0; step < kLanes; ++step) {
      SmallVector<Value> lanes;
      for (Value column : byColumn)
        lanes.push_back(vector::ExtractOp::create(b, emitter.loc, column, step));
      Value row = vector::FromElementsOp::create(b, emitter.loc, byColumn[0].getType(), lanes);
      put(stagedWeights, (steps * kLanes + step) * blockGroups() + group, row);
    }
  });
}

SmallVector<Value> StagedContraction::multiplyChunk(ValueRange accumulators) {
  OpBuilder &b = emitter.builder;
  return emitter.emitLoop(chunk / kLanes, accumulators, [&](AffineExpr four, ValueRange carried) {
    SmallVector<Value> next(carried);
    SmallVector<Value> left;
    for (int64_t row = 0; row < rows; ++row)
      left.push_back(get(stagedData, (below * rows + row) * dataStride() + four));
    for (int64_t step = 0; step < kLanes; ++step)
      for (int64_t column = 0; column < columns; ++column) {
        Value right =
            get(stagedWeights, (four * kLanes + step) * blockGroups() + column * across + side);
        for (int64_t row = 0; row < rows; ++row) {
          Value scalar = vector::ExtractOp::create(b, emitter.loc, left[row], step);
          Value &accumulator = next[row * columns + column];
          accumulator = multiplyAdd(scalar, right, accumulator);
        }
      }
    return next;
  });
}

SmallVector<Value> StagedContraction::reduceSteps(int64_t steps, ValueRange accumulators) {
  AffineExpr first = reduction[inner];
  gpu::BarrierOp::create(emitter.builder, emitter.loc); // the last chunk has been read
  stageData(first);
  if (transposed)
    stageTransposed(first);
  else
    stageWeights(first);
  gpu::BarrierOp::create(emitter.builder, emitter.loc);
  return multiplyChunk(accumulators);
}

std::unique_ptr<ContractionTile> codegen::makeStagedContraction(Emitter &emitter,
                                                                const DeviceParameters &device,
                                                                KernelShape &shape) {
  return std::make_unique<StagedContraction>(emitter, device, shape);
}
