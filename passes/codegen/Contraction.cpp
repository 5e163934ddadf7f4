//===- Contraction.cpp - register-tiled matrix products -------------------===//
//
// MatMul, Gemm and convolution as implicit GEMM: an invocation keeps a tile of
// `rows` output rows by `columns` groups of four neighbouring outputs, and walks
// the reduction four steps at a time. Rows run over what only the first operand
// (data) depends on, columns over what only the second (weights) depends on.
//
// On the software class a subgroup shares its rows: lane l loads four steps of
// row l at once and constant-lane shuffles hand the scalars to all lanes, since
// there a load costs several times a multiplication (tileCost has the weights). On the generic
// class each invocation loads its own few rows.
//
//===----------------------------------------------------------------------===//
#include "passes/codegen/Strategy.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace bornc;
using namespace bornc::codegen;

namespace {
/// Loop dimensions of one role, linearised row-major in loop order.
struct LoopGroup {
  SmallVector<unsigned> dims;
  SmallVector<int64_t> extents;
  int64_t size = 1;

  void add(unsigned dim, int64_t extent) {
    dims.push_back(dim);
    extents.push_back(extent);
    size *= extent;
  }
  void assign(IndexSpace &space, AffineExpr linear, IndexVector &loops) const {
    for (auto [dim, index] : llvm::zip_equal(dims, space.delinearize(linear, extents)))
      loops[dim] = index;
  }
};

class Contraction {
public:
  Contraction(Emitter &emitter, const DeviceParameters &device, KernelShape &shape)
      : emitter(emitter), space(emitter.space), device(device), shape(shape) {}
  LogicalResult run();

private:
  LogicalResult matchRoot();
  void chooseTile();
  void chooseSteps();
  void mapInvocations();
  Value multiplyAdd(Value a, Value b, Value accumulator);
  SmallVector<Value> reduceFrom(size_t depth, ValueRange accumulators);
  SmallVector<Value> reduceSteps(int64_t steps, ValueRange accumulators);
  LogicalResult storeTile(ValueRange accumulators);
  IndexVector loopsAt(AffineExpr row, int64_t column);
  Value rowScalar(ArrayRef<Value> loaded, int64_t row, int64_t step);
  AffineExpr columnExpr(int64_t column);

  Emitter &emitter;
  IndexSpace &space;
  const DeviceParameters &device;
  KernelShape &shape;

  linalg::LinalgOp root;
  OpOperand *data = nullptr, *weights = nullptr;
  LoopGroup batch, m, n, k;

  bool shared = false;           // rows are shared by a subgroup
  int64_t width = kLanes;        // outputs per column group: 4, or 1 for odd sizes
  int64_t groups = 0;            // column groups in all
  int64_t rows = 1, columns = 1; // of an invocation's tile
  int64_t across = 8;            // invocations side by side along the columns

  SmallVector<unsigned> outer; // reduction loops around the innermost one
  unsigned inner = 0;          // the reduction loop that walks four at a time
  int64_t innerExtent = 1;
  bool unrollAll = false; // small odd reductions: every step on its own

  AffineExpr batchIndex, firstRow;     // of the tile
  SmallVector<AffineExpr> loadRows;    // rows that this invocation loads
  SmallVector<AffineExpr> columnGroup; // clamped group of each column
  SmallVector<Value> columnValid;
  IndexVector reduction; // current indices of the reduction loops
};
} // namespace

LogicalResult Contraction::matchRoot() {
  for (auto op : emitter.getBody().getOps<linalg::LinalgOp>())
    if (isContractionRoot(op)) {
      root = op;
      break;
    }
  if (!root)
    return failure();
  data = root.getDpsInputOperand(0);
  weights = root.getDpsInputOperand(1);
  auto isPanel = [&](OpOperand *operand) {
    auto argument = dyn_cast<BlockArgument>(operand->get());
    if (!argument)
      return false;
    RankedTensorType type = emitter.getSource().inputTypes()[argument.getArgNumber()];
    return type.getEncoding() && born::physicalShape(type).size() > size_t(type.getRank());
  };
  if (isPanel(data) && !isPanel(weights))
    std::swap(data, weights);

  AffineMap dataMap = root.getMatchingIndexingMap(data);
  AffineMap weightsMap = root.getMatchingIndexingMap(weights);
  auto kinds = root.getIteratorTypesArray();
  for (auto [dim, extent] : llvm::enumerate(root.getStaticLoopRanges())) {
    bool inData = dataMap.isFunctionOfDim(dim), inWeights = weightsMap.isFunctionOfDim(dim);
    if (kinds[dim] == utils::IteratorType::reduction)
      k.add(dim, extent);
    else if (inData && inWeights)
      batch.add(dim, extent);
    else if (inWeights)
      n.add(dim, extent);
    else
      m.add(dim, extent);
  }
  return success(!k.dims.empty());
}

/// Nanoseconds of four reduction steps on the software class, relative weights
/// of what was measured there: a vec4 load 5, a shuffled scalar 0.5, a vec4
/// multiply-add 1.2.
static double tileCost(int64_t rows, int64_t columns, bool shared) {
  double loads = shared ? llvm::divideCeil(rows, 8) * 5.0 : rows * 5.0;
  return loads + 4 * columns * 5.0 + (shared ? rows * 4 * 0.5 : 0) + rows * columns * 4 * 1.2;
}

void Contraction::chooseTile() {
  shared = device.subgroupSize == 8;
  width = n.size % kLanes == 0 ? kLanes : 1;
  groups = n.size / width;
  double best = 0;
  int64_t mostRows = std::min(device.contractionRows, m.size);
  across = shared ? 8 : std::min<int64_t>(16, llvm::PowerOf2Ceil(groups));
  for (int64_t c = 1; c <= device.contractionColumns; ++c)
    for (int64_t r = 1; r <= mostRows; ++r) {
      int64_t tiles =
          batch.size * llvm::divideCeil(m.size, r) * llvm::divideCeil(groups, across * c);
      // Two tiles at a time: an odd one out leaves half of a small machine idle.
      double cost = tileCost(r, c, shared) * llvm::alignTo(tiles, 2);
      if (best == 0 || cost < best) {
        best = cost;
        rows = r;
        columns = c;
      }
    }
}

void Contraction::chooseSteps() {
  // The loop along which the data lies contiguous in memory goes innermost, in
  // vec4 loads.
  SmallVector<unsigned> order(k.dims);
  inner = order.back();
  IndexVector probe(root.getNumLoops(), space.constant(0));
  for (auto [dim, extent] : llvm::zip_equal(k.dims, k.extents)) {
    if (extent % kLanes != 0)
      continue;
    probe[dim] = space.lane();
    auto stride = laneStride(emitter, data->get(), emitter.operandPosition(root, *data, probe));
    probe[dim] = space.constant(0);
    if (stride == 1) {
      inner = dim;
      break;
    }
  }
  for (auto [dim, extent] : llvm::zip_equal(k.dims, k.extents))
    if (dim == inner)
      innerExtent = extent;
    else
      outer.push_back(dim);
  unrollAll = k.size <= 64 && innerExtent % kLanes != 0;
  reduction.assign(root.getNumLoops(), space.constant(0));
}

void Contraction::mapInvocations() {
  int64_t rowTiles = llvm::divideCeil(m.size, rows);
  int64_t columnTiles = llvm::divideCeil(groups, across * columns);
  // Several row tiles per workgroup where a subgroup is not the unit.
  int64_t stacked = shared ? 1 : std::max<int64_t>(1, std::min<int64_t>(rowTiles, 64 / across));
  int64_t rowBlocks = llvm::divideCeil(rowTiles, stacked);
  int64_t workgroups = batch.size * rowBlocks * columnTiles;
  AffineExpr number = workgroupNumber(emitter, shape, workgroups);
  AffineExpr self = invocationNumber(emitter, shape, across * stacked);
  if (shared)
    shape.subgroupSize = across;
  number = emitter.clamp(number, workgroups); // the rounded-up rest does the last one again
  IndexVector tile = space.delinearize(number, {batch.size, rowBlocks, columnTiles});
  AffineExpr side = space.simplify(self % across);
  batchIndex = tile[0];
  AffineExpr rowTile = space.simplify(tile[1] * stacked + self.floorDiv(across));
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
  for (int64_t column = 0; column < columns; ++column) {
    AffineExpr group = space.simplify((tile[2] * columns + column) * across + side);
    columnValid.push_back(emitter.lessThan(group, groups));
    columnGroup.push_back(emitter.clamp(group, groups));
  }
}

AffineExpr Contraction::columnExpr(int64_t column) {
  return width == 1 ? columnGroup[column] : columnGroup[column] * kLanes + space.lane();
}

IndexVector Contraction::loopsAt(AffineExpr row, int64_t column) {
  IndexVector loops(reduction);
  batch.assign(space, batchIndex, loops);
  m.assign(space, row, loops);
  n.assign(space, columnExpr(column), loops);
  return loops;
}

Value Contraction::multiplyAdd(Value a, Value b, Value accumulator) {
  SmallVector<Value> values(3);
  values[data->getOperandNumber()] = a;
  values[weights->getOperandNumber()] = b;
  values[2] = accumulator;
  Value result = emitter.emitPayload(root, reduction, values).front();
  return isa<VectorType>(accumulator.getType()) ? emitter.toVector(result) : result;
}

Value Contraction::rowScalar(ArrayRef<Value> loaded, int64_t row, int64_t step) {
  OpBuilder &b = emitter.builder;
  Value value = loaded[shared ? row / across : row];
  if (isa<VectorType>(value.getType()))
    value = vector::ExtractOp::create(b, emitter.loc, value, step);
  if (!shared)
    return value;
  return gpu::ShuffleOp::create(b, emitter.loc, value, row % across, across, gpu::ShuffleMode::IDX)
      .getShuffleResult();
}

/// `steps` (1 or 4) steps of the reduction from the current indices on; with 4,
/// the innermost index stands at the first of them.
SmallVector<Value> Contraction::reduceSteps(int64_t steps, ValueRange accumulators) {
  AffineExpr first = reduction[inner];
  // All loads first.
  SmallVector<Value> loaded;
  for (AffineExpr row : loadRows) {
    IndexVector loops = loopsAt(row, 0);
    if (steps == kLanes)
      loops[inner] = first + space.lane();
    loaded.push_back(emitter.emit(data->get(), emitter.operandPosition(root, *data, loops)));
  }
  SmallVector<SmallVector<Value>> weight(steps);
  for (int64_t step = 0; step < steps; ++step)
    for (int64_t column = 0; column < columns; ++column) {
      IndexVector loops = loopsAt(space.constant(0), column);
      loops[inner] = space.simplify(first + step);
      weight[step].push_back(
          emitter.emit(weights->get(), emitter.operandPosition(root, *weights, loops)));
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

SmallVector<Value> Contraction::reduceFrom(size_t depth, ValueRange accumulators) {
  auto extentOf = [&](unsigned dim) { return k.extents[llvm::find(k.dims, dim) - k.dims.begin()]; };
  if (depth < outer.size()) {
    unsigned dim = outer[depth];
    if (unrollAll) {
      SmallVector<Value> next(accumulators);
      for (int64_t i = 0; i < extentOf(dim); ++i) {
        reduction[dim] = space.constant(i);
        next = reduceFrom(depth + 1, next);
      }
      return next;
    }
    return emitter.emitLoop(extentOf(dim), accumulators, [&](AffineExpr i, ValueRange carried) {
      reduction[dim] = i;
      return reduceFrom(depth + 1, carried);
    });
  }
  SmallVector<Value> next(accumulators);
  int64_t chunks = unrollAll ? 0 : innerExtent / kLanes;
  if (chunks > 0)
    next = emitter.emitLoop(chunks, next, [&](AffineExpr chunk, ValueRange carried) {
      reduction[inner] = space.simplify(chunk * kLanes);
      return reduceSteps(kLanes, carried);
    });
  for (int64_t i = chunks * kLanes; i < innerExtent; ++i) {
    reduction[inner] = space.constant(i);
    next = reduceSteps(1, next);
  }
  return next;
}

LogicalResult Contraction::storeTile(ValueRange accumulators) {
  OpOperand *init = root.getDpsInitOperand(0);
  SmallVector<StoredResult> results = storedResults(emitter);
  LogicalResult status = success();
  for (int64_t row = 0; row < rows; ++row) {
    AffineExpr wanted = space.simplify(firstRow + row);
    Value rowValid = emitter.lessThan(wanted, m.size);
    emitter.emitIf(rowValid, [&] {
      AffineExpr known = emitter.clamp(wanted, m.size);
      for (int64_t column = 0; column < columns; ++column)
        emitter.emitIf(columnValid[column], [&] {
          IndexVector position = emitter.operandPosition(root, *init, loopsAt(known, column));
          emitter.remember(root->getResult(0), position, accumulators[row * columns + column]);
          for (const StoredResult &result : results) {
            auto at = forwardPosition(emitter, root->getResult(0), result.tensor, position);
            auto target = forwardPosition(emitter, root->getResult(0), result.yielded, position);
            if (failed(at) || failed(target)) {
              status = failure();
              return;
            }
            emitter.store(result.number, *target, emitter.emit(result.tensor, *at));
          }
        });
    });
  }
  return status;
}

LogicalResult Contraction::run() {
  if (failed(matchRoot()))
    return failure();
  chooseTile();
  chooseSteps();
  mapInvocations();

  OpOperand *init = root.getDpsInitOperand(0);
  SmallVector<Value> accumulators;
  for (int64_t row = 0; row < rows; ++row)
    for (int64_t column = 0; column < columns; ++column) {
      AffineExpr at = emitter.clamp(space.simplify(firstRow + row), m.size);
      Value start =
          emitter.emit(init->get(), emitter.operandPosition(root, *init, loopsAt(at, column)));
      accumulators.push_back(width == 1 ? start : emitter.toVector(start));
    }
  return storeTile(reduceFrom(0, accumulators));
}

bool codegen::isContractionRoot(linalg::LinalgOp op) {
  if (op.getNumReductionLoops() == 0 || op.getNumDpsInputs() != 2 || op.getNumDpsInits() != 1)
    return false;
  if (!op.getMatchingIndexingMap(op.getDpsInitOperand(0)).isProjectedPermutation())
    return false;
  Block &payload = op->getRegion(0).front();
  if (!llvm::hasNItems(payload.begin(), payload.end(), 3))
    return false;
  auto add = payload.getTerminator()->getOperand(0).getDefiningOp();
  if (!isa_and_nonnull<arith::AddFOp, arith::AddIOp>(add))
    return false;
  auto uses = [&](Operation *user, Value value) {
    return llvm::is_contained(user->getOperands(), value);
  };
  Operation *multiply = &payload.front();
  return isa<arith::MulFOp, arith::MulIOp>(multiply) && uses(add, payload.getArgument(2)) &&
         uses(add, multiply->getResult(0)) && uses(multiply, payload.getArgument(0)) &&
         uses(multiply, payload.getArgument(1));
}

LogicalResult codegen::emitContraction(Emitter &emitter, const DeviceParameters &device,
                                       KernelShape &shape) {
  Contraction strategy(emitter, device, shape);
  return success(succeeded(strategy.run()) && !emitter.hasFailed());
}
