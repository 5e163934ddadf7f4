//===- ContractionTile.cpp ------------------------------------------------===//
#include "passes/codegen/ContractionTile.h"

#include "passes/codegen/LoopRoles.h"
#include "passes/codegen/QuantizedBytes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;
using namespace bornc;
using namespace bornc::codegen;

LoopGroup::LoopGroup(ArrayRef<unsigned> loops, ArrayRef<int64_t> loopRanges) : dims(loops) {
  for (unsigned dim : dims) {
    extents.push_back(loopRanges[dim]);
    size *= loopRanges[dim];
  }
}

void LoopGroup::assign(IndexSpace &space, AffineExpr linear, IndexVector &loops) const {
  for (auto [dim, index] : llvm::zip_equal(dims, space.delinearize(linear, extents)))
    loops[dim] = index;
}

bool ContractionTile::isPanel(Emitter &emitter, Value tensor) {
  auto argument = dyn_cast<BlockArgument>(tensor);
  if (!argument)
    return false;
  RankedTensorType type = emitter.getSource().inputTypes()[argument.getArgNumber()];
  return type.getEncoding() && born::physicalShape(type).size() > size_t(type.getRank());
}

/// Whether a result of the dispatch is computed from several gates.
static bool gatesMeet(Emitter &emitter, linalg::LinalgOp root) {
  int64_t count = cast<RankedTensorType>(root->getResult(0).getType()).getNumElements();
  return llvm::any_of(storedResults(emitter), [&](const StoredResult &result) {
    return cast<RankedTensorType>(result.tensor.getType()).getNumElements() < count;
  });
}

/// The dispatch's contraction and its operands.
void ContractionTile::findRoot() {
  for (auto op : emitter.getBody().getOps<linalg::LinalgOp>())
    if (isContractionRoot(op)) {
      root = op;
      break;
    }
  if (!root)
    return;
  data = root.getDpsInputOperand(0);
  weights = root.getDpsInputOperand(1);
  if (isPanel(emitter, data->get()) && !isPanel(emitter, weights->get()))
    std::swap(data, weights);
}

LogicalResult ContractionTile::matchRoot() {
  if (!root)
    findRoot();
  if (!root)
    return failure();
  LoopRoles roles = getLoopRoles(root, *data, *weights);
  SmallVector<int64_t> ranges = root.getStaticLoopRanges();
  batch = LoopGroup(roles.batch, ranges);
  m = LoopGroup(roles.rows, ranges);
  n = LoopGroup(roles.columns, ranges);
  k = LoopGroup(roles.reduction, ranges);
  if (std::optional<Gates> found = getGates(root, *weights); found && gatesMeet(emitter, root))
    gates = found->count;
  width = n.size % (gates * space.lanes()) == 0 ? space.lanes() : 1;
  groups = n.size / (gates * width);
  return success(!k.dims.empty());
}

std::optional<int64_t> ContractionTile::strideAlong(OpOperand *operand, unsigned dim) {
  IndexVector probe(root.getNumLoops(), space.constant(0));
  probe[dim] = space.lane();
  // How bytes lie does not depend on their zero point, which may be a constant and lie nowhere.
  std::optional<WidenedBytes> wide = matchWidenedBytes(operand->get());
  return laneStride(emitter, wide ? wide->bytes : operand->get(),
                    emitter.operandPosition(root, *operand, probe));
}

void ContractionTile::chooseSteps() {
  // The loop along which the data lies contiguous in memory goes innermost, in
  // vec4 loads.
  inner = k.dims.back();
  for (auto [dim, extent] : llvm::zip_equal(k.dims, k.extents))
    if ((emitter.isCpu() || extent % kLanes == 0) && strideAlong(data, dim) == 1) {
      inner = dim;
      break;
    }
  for (auto [dim, extent] : llvm::zip_equal(k.dims, k.extents))
    if (dim == inner)
      innerExtent = extent;
    else
      outer.push_back(dim);
  unrollAll = k.size <= 64 && innerExtent % kLanes != 0;
  reduction.assign(root.getNumLoops(), space.constant(0));
}

AffineExpr ContractionTile::columnsOf(AffineExpr group) {
  return width == 1 ? group : group * width + space.lane();
}

IndexVector ContractionTile::loopsAt(AffineExpr row, AffineExpr column) {
  IndexVector loops(reduction);
  batch.assign(space, batchIndex, loops);
  m.assign(space, row, loops);
  n.assign(space, column, loops);
  return loops;
}

Value ContractionTile::load(OpOperand *operand, Indices loops) {
  return emitter.emit(operand->get(), emitter.operandPosition(root, *operand, loops));
}

Value ContractionTile::multiplyAdd(Value a, Value b, Value accumulator) {
  // Drivers may not contract what is written as two operations, and a GPU's
  // multiply-add takes the time of one.
  if (getElementTypeOrSelf(accumulator.getType()).isF32() &&
      getElementTypeOrSelf(a.getType()).isF32() && getElementTypeOrSelf(b.getType()).isF32()) {
    if (isa<VectorType>(accumulator.getType())) {
      a = emitter.toVector(a);
      b = emitter.toVector(b);
    }
    return math::FmaOp::create(emitter.builder, emitter.loc, a, b, accumulator);
  }
  SmallVector<Value> values(3);
  values[data->getOperandNumber()] = a;
  values[weights->getOperandNumber()] = b;
  values[2] = accumulator;
  Value result = emitter.emitPayload(root, reduction, values).front();
  return isa<VectorType>(accumulator.getType()) ? emitter.toVector(result) : result;
}

Value ContractionTile::add(Value a, Value b) {
  if (isa<FloatType>(getElementTypeOrSelf(a.getType())))
    return arith::AddFOp::create(emitter.builder, emitter.loc, a, b);
  return arith::AddIOp::create(emitter.builder, emitter.loc, a, b);
}

SmallVector<Value> ContractionTile::reduceFrom(size_t depth, ValueRange accumulators) {
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
  int64_t chunks = unrollAll ? 0 : innerExtent / (chunk * parts);
  if (chunks > 0)
    next = emitter.emitLoop(chunks, next, [&](AffineExpr i, ValueRange carried) {
      reduction[inner] = space.simplify((parts == 1 ? i : i * parts + part) * chunk);
      return reduceSteps(chunk, carried);
    });
  for (int64_t i = chunks * chunk * parts; i < innerExtent; ++i) {
    reduction[inner] = space.constant(i);
    next = reduceSteps(1, next);
  }
  return next;
}

std::pair<AffineExpr, Value> ContractionTile::rowAt(int64_t row) {
  AffineExpr wanted = space.simplify(firstRow + row);
  Value valid = emitter.lessThan(wanted, m.size);
  return {emitter.clamp(wanted, m.size), valid};
}

void ContractionTile::setColumns(AffineExpr group, int64_t step) {
  for (int64_t column = 0; column < columns; ++column) {
    AffineExpr wanted = gates > 1 ? group : space.simplify(group + column * step);
    columnValid.push_back(emitter.lessThan(wanted, groups));
    AffineExpr known = emitter.clamp(wanted, groups);
    columnGroup.push_back(gates > 1 ? space.simplify(known + column * groups) : known);
  }
}

/// Writes the element of `result` that comes from the root's at `position`, if one does.
bool ContractionTile::storeElement(const StoredResult &result, Indices position) {
  auto at = forwardPosition(emitter, root->getResult(0), result.tensor, position);
  auto target = forwardPosition(emitter, root->getResult(0), result.yielded, position);
  if (failed(at) || failed(target))
    return false;
  emitter.store(result.number, *target, emitter.emit(result.tensor, *at));
  return true;
}

/// Writes what comes from the root's elements at `positions`: of a result that
/// has as many elements as the root, one for each; of another, one for all.
LogicalResult ContractionTile::storeColumns(ArrayRef<IndexVector> positions) {
  auto count = [](Value tensor) {
    return cast<RankedTensorType>(tensor.getType()).getNumElements();
  };
  for (const StoredResult &result : storedResults(emitter)) {
    size_t missing = count(result.tensor) == count(root->getResult(0)) ? positions.size() : 1;
    for (ArrayRef<AffineExpr> position : positions) {
      if (missing != 0 && storeElement(result, position))
        --missing;
    }
    if (missing != 0)
      return failure();
  }
  return success();
}

IndexVector ContractionTile::keepSum(AffineExpr row, AffineExpr column, Value sum) {
  OpOperand *init = root.getDpsInitOperand(0);
  IndexVector loops = loopsAt(row, column);
  if (addsInitLast)
    sum = add(emitter.toVector(load(init, loops)), sum);
  IndexVector position = emitter.operandPosition(root, *init, loops);
  emitter.remember(root->getResult(0), position, sum);
  return position;
}

LogicalResult ContractionTile::storeElements(AffineExpr row, AffineExpr column, Value sum) {
  return storeColumns(keepSum(row, column, sum));
}

LogicalResult ContractionTile::storeGates(AffineExpr row, ArrayRef<AffineExpr> gateColumns,
                                          ValueRange sums) {
  SmallVector<IndexVector> positions;
  for (auto [column, sum] : llvm::zip_equal(gateColumns, sums))
    positions.push_back(keepSum(row, column, sum));
  return storeColumns(positions);
}

LogicalResult ContractionTile::storeGateGroups(AffineExpr row, ValueRange sums) {
  return storeGates(
      row, llvm::map_to_vector(columnGroup, [&](AffineExpr group) { return columnsOf(group); }),
      sums);
}

LogicalResult ContractionTile::storeColumn(AffineExpr row, int64_t column, Value sum) {
  return storeElements(row, columnsOf(columnGroup[column]), sum);
}

/// Writes what the tile's sums of one row lead to: each column's by itself, or
/// once where they are the gates of one.
LogicalResult ContractionTile::storeRow(AffineExpr row, ValueRange sums) {
  LogicalResult status = success();
  if (gates > 1) {
    emitter.emitIf(columnValid.front(), [&] { status = storeGateGroups(row, sums); });
    return status;
  }
  for (int64_t column = 0; column < columns; ++column)
    emitter.emitIf(columnValid[column], [&] {
      if (failed(storeColumn(row, column, sums[column])))
        status = failure();
    });
  return status;
}

LogicalResult ContractionTile::storeTile(ValueRange accumulators) {
  LogicalResult status = success();
  for (int64_t row = 0; row < rows; ++row) {
    auto [known, valid] = rowAt(row);
    AffineExpr inside = known;
    emitter.emitIf(valid, [&] {
      if (failed(storeRow(inside, accumulators.slice(row * columns, columns))))
        status = failure();
    });
  }
  return status;
}

bool ContractionTile::match() {
  if (failed(matchRoot()) || batch.size * m.size * n.size == 0)
    return false;
  chooseSteps();
  return chooseTile();
}

Value ContractionTile::initialValue(int64_t row, int64_t column) {
  if (addsInitLast) {
    Type element = cast<RankedTensorType>(root->getResult(0).getType()).getElementType();
    return emitter.zero(width == 1 ? element : VectorType::get({width}, element));
  }
  AffineExpr at = rowAt(row).first;
  Value start = load(root.getDpsInitOperand(0), loopsAt(at, columnsOf(columnGroup[column])));
  return width == 1 ? start : emitter.toVector(start);
}

/// The tile's finished sums, row by row.
SmallVector<Value> ContractionTile::reduceAll() {
  SmallVector<Value> initial;
  for (int64_t row = 0; row < rows; ++row)
    for (int64_t column = 0; column < columns; ++column)
      initial.push_back(initialValue(row, column));
  if (parts == 1)
    return reduce(initial);
  // Each part sums from zero; what the sum starts from is added once.
  SmallVector<Value> zeros;
  for (Value value : initial)
    zeros.push_back(emitter.zero(value.getType()));
  SmallVector<Value> sums = reduce(zeros);
  for (auto [sum, start] : llvm::zip_equal(sums, initial))
    sum = add(start, combineParts(sum));
  return sums;
}

LogicalResult ContractionTile::emit() {
  mapInvocations();
  LogicalResult stored = storeTile(reduceAll());
  return success(succeeded(stored) && !emitter.hasFailed());
}
