//===- CpuContraction.cpp -------------------------------------------------===//
#include "passes/codegen/CpuContraction.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace bornc;
using namespace bornc::codegen;

/// Bytes of a buffer on the stack for data: half of a small first-level cache.
static constexpr int64_t kDataBytes = 16384;
/// The same for a piece of feature maps, or for long rows, which stay in the second level.
static constexpr int64_t kWindowBytes = 98304;
/// Bytes of the weights that stay there while the rows pass.
static constexpr int64_t kColumnBytes = 393216;
/// What a core gets from its second-level cache, about.
static constexpr double kSecondLevelBytesPerCycle = 24;
/// Multiply-adds that are unrolled where they are the whole reduction.
static constexpr int64_t kUnrolled = 1024;
/// So many make LLVM keep what it has loaded early on the stack, in code without loops.
static constexpr int64_t kFewRegisters = 16;
/// Rows whose neighbours are a multiple of this apart are in few sets of a first-level cache, which
/// holds so many of them at a time beside the weights.
static constexpr int64_t kAliasingBytes = 2048;
static constexpr int64_t kAliasingRows = 6;
/// Workgroups that are enough to keep all cores of a large machine busy.
static constexpr int64_t kManyWorkgroups = 32;

bool codegen::isPlain(Value tensor) {
  if (isa<BlockArgument>(tensor))
    return true;
  Operation *op = tensor.getDefiningOp();
  if (isa<tensor::ExpandShapeOp, tensor::CollapseShapeOp, tensor::ExtractSliceOp>(op))
    return isPlain(op->getOperand(0));
  auto generic = dyn_cast<linalg::GenericOp>(op);
  if (!generic || generic.getNumDpsInputs() != 1 || generic.getNumReductionLoops() != 0)
    return false;
  Block &payload = generic.getRegion().front();
  return payload.getTerminator()->getOperand(0) == payload.getArgument(0) &&
         isPlain(generic.getDpsInputs().front());
}

/// Vectors are as long as the machine's where columns are one dimension, the last one
/// cut off where it is written; else as long as divides that dimension. Panels of gates end with
/// the gate, so that there is something to read behind its last column.
void CpuContraction::chooseWidth() {
  perGate = n.size / gates;
  bool oneDim = gates == 1 ? llvm::count_if(n.extents, [](int64_t e) { return e != 1; }) <= 1
                           : n.extents.back() == perGate && isPanel(emitter, weights->get());
  int64_t lanes = device.lanes;
  if (oneDim) {
    lanes = std::min<int64_t>(lanes, llvm::PowerOf2Ceil(perGate));
  } else {
    int64_t last = gates > 1 ? perGate : n.extents.back();
    lanes = std::min(lanes, last & -last);
  }
  space.setLanes(lanes);
  width = lanes;
  groups = llvm::divideCeil(perGate, width);
  if (gates > 1 && oneDim) {
    n.extents.back() = groups * width;
    n.size = gates * groups * width;
  }
}

/// As many rows as registers allow, and as the first level holds where they are far apart.
int64_t CpuContraction::mostRows() {
  auto alias = [](int64_t bytes) { return bytes != 0 && bytes % kAliasingBytes == 0; };
  std::optional<int64_t> stride;
  if (!m.dims.empty() && isPlain(data->get()))
    stride = strideAlong(data, m.dims.back());
  bool aliasing = alias(stride.value_or(0) * elementBytes(data->get())) ||
                  (storesRows() && alias(n.size * elementBytes(root->getResult(0))));
  return aliasing ? std::min(device.contractionRows, kAliasingRows) : device.contractionRows;
}

/// Cycles of a reduction step of a tile: two multiply-adds and two loads at a time, at least eight
/// multiply-adds under way, and weights that the first level does not hold come from the second.
double CpuContraction::stepCycles(int64_t r, int64_t c) {
  int64_t weightBytes = c * width * elementBytes(weights->get());
  bool inFirstLevel = k.size * weightBytes <= kDataBytes;
  double fetching = inFirstLevel ? 0 : static_cast<double>(weightBytes) / kSecondLevelBytesPerCycle;
  return std::max({static_cast<double>(std::max<int64_t>({r * c, r + c, 8})) / 2, fetching}) + 0.5;
}

/// The tile with which a reduction step of all takes the fewest cycles. Tiles do not go beyond a
/// run of rows; of their weights those of the first vector may be all that the second level holds.
void CpuContraction::chooseSizes(int64_t run) {
  double best = 0;
  int64_t vectorBytes = k.size * width * elementBytes(weights->get());
  int64_t bestRows = 1, bestColumns = gates;
  int64_t highest = std::min(mostRows(), run);
  for (int64_t r = 1; r <= highest; ++r)
    for (int64_t c = 1; c <= std::max(device.contractionColumns, gates); ++c) {
      // Of gates a tile has one vector each.
      if ((gates > 1 ? c != gates : c > groups) || (r > 1 && c > mostColumns(r)))
        continue;
      if (c > gates && run > device.contractionRows && c * vectorBytes > kColumnBytes)
        continue;
      double tiles = static_cast<double>(m.size / run * llvm::divideCeil(run, r) *
                                         llvm::divideCeil(groups, c / gates));
      double cost = tiles * stepCycles(r, c);
      if (best == 0 || cost < best) {
        best = cost;
        bestRows = r;
        bestColumns = c;
      }
    }
  rows = bestRows;
  columns = bestColumns;
}

void CpuContraction::chooseStaging() {
  stagesData = !isPlain(data->get());
  bool contiguous =
      width == 1 || (isPlain(weights->get()) &&
                     (isPanel(emitter, weights->get()) ||
                      (lastWidth() == width && strideAlong(weights, n.dims.back()) == 1)));
  int64_t columnBytes = k.size * width * elementBytes(weights->get());
  if (!contiguous && gates == 1 && columnBytes <= kWeightBytes && m.size > 1) {
    stagesWeights = true;
    columns = std::min(columns, kWeightBytes / columnBytes);
  }
}

void CpuContraction::orderReduction() {
  for (auto [dim, extent] : llvm::zip_equal(k.dims, k.extents))
    if (dim != inner) {
      order.push_back(dim);
      extents.push_back(extent);
    }
  order.push_back(inner);
  extents.push_back(innerExtent);
}

/// The box that `tiles` tiles along a line and `lines` lines make; false if it is too large.
bool CpuContraction::setBox(int64_t tiles, int64_t lines) {
  box.assign(m.dims.size(), 1);
  box.back() = tiles * rows;
  if (box.size() > 1)
    box[box.size() - 2] = lines;
  SmallVector<int64_t> loops(root.getNumLoops(), 1);
  for (auto [dim, extent] : llvm::zip_equal(order, extents))
    loops[dim] = extent;
  for (auto [dim, extent] : llvm::zip_equal(m.dims, box))
    loops[dim] = extent;
  window->setBox(loops);
  return window->bytes() <= kWindowBytes;
}

/// Boxes of whole lines where they fit, and of so many that at most half as much again is staged
/// as there are elements; false where no box pays.
bool CpuContraction::fitBox() {
  int64_t lines = m.dims.size() > 1 ? m.extents[m.dims.size() - 2] : 1;
  int64_t most = llvm::divideCeil(m.extents.back(), rows), tiles = most;
  while (tiles > 0 && !setBox(tiles, 1))
    --tiles;
  if (tiles == 0)
    return false;
  tiles = llvm::divideCeil(most, llvm::divideCeil(most, tiles));
  int64_t count = 1;
  for (setBox(tiles, 1); count < lines; ++count) {
    int64_t size = window->size();
    if (!setBox(tiles, count + 1) || 2 * size <= 3 * count * (window->size() - size))
      break;
  }
  count = llvm::divideCeil(lines, llvm::divideCeil(lines, count));
  // Windows with holes may leave most of the buffer unread.
  return setBox(tiles, count) && window->size() * 2 <= tiles * rows * count * k.size;
}

/// Whether boxes of outputs are staged. Their tiles do not go beyond a line.
void CpuContraction::chooseWindow() {
  int64_t line = m.extents.empty() ? 0 : m.extents.back();
  if (!stagesData || stagesWeights || gates > 1 || line < kLanes)
    return;
  window = StagedWindow::match(root, *data, inner);
  if (!window)
    return;
  chooseSizes(line);
  if (fitBox())
    return;
  window.reset();
  chooseSizes(m.size);
}

/// As many of the inner loops as the buffer holds. What is read in place is walked one
/// loop at a time, so that addresses need no division.
void CpuContraction::chooseBlock() {
  blockDim = order.size() - 1;
  blockSteps = innerExtent;
  int64_t most = kDataBytes / (rows * elementBytes(data->get()));
  if (window) {
    int64_t stride = window->stride(inner);
    while (blockDim > 0 && window->stride(order[blockDim - 1]) == blockSteps * stride)
      blockSteps *= extents[--blockDim];
    return;
  }
  if (blockSteps > most && !stagesWeights) // rather than each scalar by itself
    most = kWindowBytes / (rows * elementBytes(data->get()));
  stagesData = stagesData && blockSteps <= most;
  if (!stagesData)
    return;
  while (blockDim > 0 && blockSteps * extents[blockDim - 1] <= most)
    blockSteps *= extents[--blockDim];
}

bool CpuContraction::chooseTile() {
  if (k.size == 0)
    return false;
  chooseWidth();
  chooseSizes(m.size);
  chooseStaging();
  orderReduction();
  chooseWindow();
  chooseBlock();
  unrolled = window && k.size * rows * columns <= kUnrolled && device.tileRegisters > kFewRegisters;
  chunk = rows * columns < 16 ? kLanes : 1;
  unrollAll = false;
  addsInitLast = lastWidth() != width && !startsFromConstant();
  return true;
}

/// Whether there is nothing to read behind the last column to start from.
bool CpuContraction::startsFromConstant() {
  Operation *init = root.getDpsInitOperand(0)->get().getDefiningOp();
  return isa_and_nonnull<linalg::FillOp, arith::ConstantOp>(init);
}

//===----------------------------------------------------------------------===//
// The reduction
//===----------------------------------------------------------------------===//

Value CpuContraction::loadWeights(int64_t column) {
  if (stagesWeights)
    return stagedWeights.load((stepNumber(0) * columns + column) * width, width);
  return weightsAlong(columnGroup[column]);
}

/// The accumulators after the current step, whose data `scalar` gives by row.
SmallVector<Value> CpuContraction::multiplyStep(ValueRange accumulators,
                                                function_ref<Value(int64_t)> scalar) {
  SmallVector<Value> vectors, next;
  for (int64_t column = 0; column < columns; ++column)
    vectors.push_back(loadWeights(column));
  SmallVector<Value> scalars = llvm::map_to_vector(llvm::seq(rows), scalar);
  for (int64_t row = 0; row < rows; ++row)
    for (int64_t column = 0; column < columns; ++column)
      next.push_back(
          multiplyAdd(scalars[row], vectors[column], accumulators[row * columns + column]));
  return next;
}

/// Steps of data that is read in place.
SmallVector<Value> CpuContraction::reduceSteps(int64_t steps, ValueRange accumulators) {
  AffineExpr first = reduction[inner];
  SmallVector<Value> next(accumulators);
  for (int64_t step = 0; step < steps; ++step) {
    reduction[inner] = space.simplify(first + step);
    next = multiplyStep(next, [&](int64_t row) {
      AffineExpr at = emitter.clamp(space.simplify(firstRow + row), m.size);
      return load(data, loopsAt(at, space.constant(0)));
    });
  }
  reduction[inner] = first;
  return next;
}

/// Reduction steps, in a loop or one after the other.
SmallVector<Value>
CpuContraction::emitSteps(int64_t count, ValueRange accumulators,
                          function_ref<SmallVector<Value>(AffineExpr, ValueRange)> body) {
  if (!unrolled)
    return emitter.emitLoop(count, accumulators, body);
  SmallVector<Value> next(accumulators);
  for (int64_t step = 0; step < count; ++step)
    next = body(space.constant(step), next);
  return next;
}

/// Where the data of a row is staged at a step of the current block.
AffineExpr CpuContraction::stagedAt(int64_t row, AffineExpr step) {
  if (!window)
    return space.simplify(step + row * blockSteps);
  AffineExpr at = row * window->stride(m.dims.back()) + step * window->stride(inner);
  for (auto [dim, index] : llvm::zip_equal(m.dims, tileInBox))
    at = at + index * window->stride(dim);
  for (unsigned dim : ArrayRef(order).take_front(blockDim))
    at = at + reduction[dim] * window->stride(dim);
  return space.simplify(at);
}

/// Steps of the block that is staged.
SmallVector<Value> CpuContraction::multiplyBlock(ValueRange accumulators) {
  ArrayRef<int64_t> blockExtents = ArrayRef(extents).drop_front(blockDim);
  return emitSteps(blockSteps, accumulators, [&](AffineExpr step, ValueRange carried) {
    IndexVector indices = space.delinearize(step, blockExtents);
    for (auto [dim, index] : llvm::zip_equal(ArrayRef(order).drop_front(blockDim), indices))
      reduction[dim] = index;
    return multiplyStep(carried, [&](int64_t row) { return stagedData.load(stagedAt(row, step)); });
  });
}

SmallVector<Value> CpuContraction::reduceBlocks(size_t depth, ValueRange accumulators) {
  if (depth < blockDim)
    return emitSteps(extents[depth], accumulators, [&](AffineExpr i, ValueRange carried) {
      reduction[order[depth]] = i;
      return reduceBlocks(depth + 1, carried);
    });
  if (!window && (blockDim > 0 || stagesWeights)) // else the workgroup has staged it once
    stageData();
  return multiplyBlock(accumulators);
}

SmallVector<Value> CpuContraction::reduce(ValueRange accumulators) {
  SmallVector<Value> sums =
      stagesData ? reduceBlocks(0, accumulators) : ContractionTile::reduce(accumulators);
  reduction.assign(root.getNumLoops(), space.constant(0));
  return sums;
}

//===----------------------------------------------------------------------===//
// Results
//===----------------------------------------------------------------------===//

std::pair<AffineExpr, Value> CpuContraction::rowAt(int64_t row) {
  if (!window)
    return ContractionTile::rowAt(row);
  IndexVector at(tileAt);
  AffineExpr wanted = space.simplify(at.back() + row);
  Value valid = emitter.lessThan(wanted, m.extents.back());
  at.back() = emitter.clamp(wanted, m.extents.back());
  return {space.linearize(at, m.extents), valid};
}

/// Calls `body` with the columns of a group, whose sums `pick` picks from the group's vector. The
/// last group is cut into pieces that end where the columns do.
void CpuContraction::forEachPiece(AffineExpr group,
                                  function_ref<void(AffineExpr columns, Pick pick)> body) {
  IndexSpace::Range range = space.range(group);
  auto whole = [](Value sum) { return sum; };
  if (lastWidth() == width || range.high < groups - 1)
    return body(columnsOf(group), whole);
  OpBuilder &b = emitter.builder;
  Value isLast; // none: it is
  if (range.low < groups - 1) {
    emitter.emitIf(emitter.lessThan(group, groups - 1),
                   [&] { body(columnsOf(emitter.clamp(group, groups - 1)), whole); });
    isLast = arith::CmpIOp::create(b, emitter.loc, arith::CmpIPredicate::eq,
                                   emitter.materialize(group), emitter.constantIndex(groups - 1));
  }
  emitter.emitIf(isLast, [&] {
    int64_t firstColumn = (groups - 1) * width, done = 0;
    for (int64_t lanes = width / 2; lanes >= 1; lanes /= 2) {
      if (done + lanes > lastWidth())
        continue;
      emitter.withLanes(lanes, [&] {
        SmallVector<int64_t> picked = llvm::to_vector(llvm::seq<int64_t>(done, done + lanes));
        AffineExpr at = space.constant(firstColumn + done);
        body(lanes > 1 ? at + space.lane() : at, [&](Value sum) -> Value {
          if (lanes == 1)
            return vector::ExtractOp::create(b, emitter.loc, sum, done);
          return vector::ShuffleOp::create(b, emitter.loc, sum, sum, picked);
        });
      });
      done += lanes;
    }
  });
}

LogicalResult CpuContraction::storeColumn(AffineExpr row, int64_t column, Value sum) {
  LogicalResult status = success();
  forEachPiece(columnGroup[column], [&](AffineExpr columnsAt, Pick pick) {
    if (failed(storeElements(row, columnsAt, pick(sum))))
      status = failure();
  });
  return status;
}

LogicalResult CpuContraction::storeGateGroups(AffineExpr row, ValueRange sums) {
  LogicalResult status = success();
  forEachPiece(columnGroup.front(), [&](AffineExpr columnsAt, Pick pick) {
    IndexVector gateColumns;
    for (int64_t gate = 0; gate < gates; ++gate)
      gateColumns.push_back(space.simplify(columnsAt + gate * (n.size / gates)));
    if (failed(storeGates(row, gateColumns, llvm::map_to_vector(sums, pick))))
      status = failure();
  });
  return status;
}

//===----------------------------------------------------------------------===//
// Tiles
//===----------------------------------------------------------------------===//

void CpuContraction::selectColumns(AffineExpr columnTile) {
  columnGroup.clear();
  columnValid.clear();
  setColumns(space.simplify(columnTile * columnsPerTile()), 1);
}

/// The tile at the rows that are set.
LogicalResult CpuContraction::emitTile(AffineExpr columnTile) {
  selectColumns(columnTile);
  return ContractionTile::emit();
}

/// Emits `body` for each of `count` tiles in turn.
void CpuContraction::forEachTile(int64_t count, function_ref<LogicalResult(AffineExpr)> body) {
  emitter.emitLoop(count, {}, [&](AffineExpr tile, ValueRange) {
    if (failed(body(tile)))
      status = failure();
    return SmallVector<Value>{};
  });
}

/// A workgroup has all rows of a tile of columns, where these are staged.
void CpuContraction::emitColumns(int64_t rowTiles, int64_t columnTiles) {
  AffineExpr number = workgroupNumber(emitter, shape, batch.size * columnTiles);
  IndexVector at = space.delinearize(number, {batch.size, columnTiles});
  batchIndex = at[0];
  selectColumns(at[1]);
  stageWeights();
  forEachTile(rowTiles, [&](AffineExpr row) {
    firstRow = space.simplify(row * rows);
    return emitTile(at[1]);
  });
}

/// Tiles of columns that a workgroup has, of `others` with the same columns. These follow each
/// other, so that their weights stay in the second level, but for those that are staged anyway.
int64_t CpuContraction::dealColumns(int64_t others, int64_t columnTiles) {
  int64_t weightBytes = k.size * n.size * elementBytes(weights->get());
  bool stay = others > 1 && !stagesWeights;
  int64_t parts = std::max(llvm::divideCeil(kManyWorkgroups, others),
                           llvm::divideCeil(stay ? weightBytes : 0, kColumnBytes));
  return llvm::divideCeil(columnTiles, std::min(parts, columnTiles));
}

void CpuContraction::forEachColumnTile(AffineExpr part, int64_t perPart, int64_t columnTiles,
                                       function_ref<LogicalResult(AffineExpr)> body) {
  forEachTile(perPart, [&](AffineExpr tile) {
    AffineExpr column = space.simplify(part * perPart + tile);
    LogicalResult result = success();
    emitter.emitIf(emitter.lessThan(column, columnTiles),
                   [&] { result = body(emitter.clamp(column, columnTiles)); });
    return result;
  });
}

/// A workgroup has several tiles of columns for the rows that it stages.
void CpuContraction::emitRows(int64_t rowTiles, int64_t columnTiles) {
  int64_t perPart = dealColumns(batch.size * rowTiles, columnTiles);
  int64_t parts = llvm::divideCeil(columnTiles, perPart);
  AffineExpr number = workgroupNumber(emitter, shape, batch.size * parts * rowTiles);
  IndexVector at = space.delinearize(number, {batch.size, parts, rowTiles});
  batchIndex = at[0];
  firstRow = space.simplify(at[2] * rows);
  stageData();
  forEachColumnTile(at[1], perPart, columnTiles,
                    [&](AffineExpr column) { return emitTile(column); });
}

/// The tiles of the box at `first` whose lines are inside of the result.
LogicalResult CpuContraction::emitBox(Indices first, AffineExpr columnTile) {
  size_t dim = tileAt.size();
  if (dim == m.dims.size())
    return emitTile(columnTile);
  bool isLine = dim + 1 == m.dims.size();
  int64_t size = isLine ? rows : 1;
  forEachTile(box[dim] / size, [&](AffineExpr tile) {
    AffineExpr step = space.simplify(tile * size), at = space.simplify(first[dim] + step);
    LogicalResult result = success();
    emitter.emitIf(isLine ? Value() : emitter.lessThan(at, m.extents[dim]), [&] {
      tileAt.push_back(isLine ? at : emitter.clamp(at, m.extents[dim]));
      tileInBox.push_back(step);
      result = emitBox(first, columnTile);
      tileAt.pop_back();
      tileInBox.pop_back();
    });
    return result;
  });
  return success();
}

/// A workgroup has several tiles of columns for the box whose data it stages.
void CpuContraction::emitBoxes(int64_t columnTiles) {
  SmallVector<int64_t> grid{1, batch.size};
  for (auto [extent, size] : llvm::zip_equal(m.extents, box))
    grid.push_back(llvm::divideCeil(extent, size));
  int64_t perPart = dealColumns(product(grid), columnTiles);
  grid.front() = llvm::divideCeil(columnTiles, perPart);
  IndexVector at = space.delinearize(workgroupNumber(emitter, shape, product(grid)), grid);
  batchIndex = at[1];

  IndexVector loops(root.getNumLoops(), space.constant(0)), first;
  batch.assign(space, batchIndex, loops);
  for (auto [dim, index, size] : llvm::zip_equal(m.dims, ArrayRef(at).drop_front(2), box))
    first.push_back(loops[dim] = space.simplify(index * size));
  stagedData = window->stage(emitter, loops);
  forEachColumnTile(at.front(), perPart, columnTiles,
                    [&](AffineExpr columnTile) { return emitBox(first, columnTile); });
}

LogicalResult CpuContraction::emit() {
  int64_t rowTiles = llvm::divideCeil(m.size, rows);
  int64_t columnTiles = llvm::divideCeil(groups, columnsPerTile());
  if (stagesData && !window)
    stagedData = StackBuffer(emitter, rows * blockSteps, data->get());
  if (stagesWeights) {
    emitColumns(rowTiles, columnTiles);
  } else if (window) {
    emitBoxes(columnTiles);
  } else if (stagesData && blockDim == 0) {
    emitRows(rowTiles, columnTiles);
  } else { // rows go first: the columns' weights stay in the cache
    AffineExpr number = workgroupNumber(emitter, shape, batch.size * columnTiles * rowTiles);
    IndexVector at = space.delinearize(number, {batch.size, columnTiles, rowTiles});
    batchIndex = at[0];
    firstRow = space.simplify(at[2] * rows);
    status = emitTile(at[1]);
  }
  return success(succeeded(status) && !emitter.hasFailed());
}

std::unique_ptr<ContractionTile>
codegen::makeCpuContraction(Emitter &emitter, const DeviceParameters &device, KernelShape &shape) {
  return std::make_unique<CpuContraction>(emitter, device, shape);
}
