//===- RowReduction.cpp - rows shared by the invocations of a workgroup ---===//
//
// Softmax, normalisations and other reductions: one workgroup per row, each
// invocation keeps its part of the row in registers, a tree of shuffles (software
// class) or workgroup memory (any subgroup size) makes the row's sum. Rows that lie
// across memory (the pixels of a channel, where channels are the innermost
// dimension) are taken four neighbours at a time. Native code takes a row in vectors, and
// its end in shorter ones. The order of combination is fixed by the code, so results are
// reproducible.
//
//===----------------------------------------------------------------------===//
#include "passes/codegen/StackBuffer.h"
#include "passes/codegen/Strategy.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SPIRV/IR/SPIRVAttributes.h"
#include "mlir/Dialect/Utils/IndexingUtils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace bornc;
using namespace bornc::codegen;

namespace {
/// A long row is summed in blocks: this many sums side by side, of this many terms each or a
/// multiple of it.
constexpr int64_t kPartialSums = 4, kBlockTrips = 8;
/// Bytes on the stack for elements of a row that are computed once: two first-level caches.
constexpr int64_t kKeptBytes = 65536;

class RowReduction {
public:
  RowReduction(Emitter &emitter, const DeviceParameters &device, KernelShape &shape)
      : emitter(emitter), space(emitter.space), device(device), shape(shape) {}
  LogicalResult run();

private:
  LogicalResult plan();
  void chooseKept();
  void readKept();
  void reduce(linalg::LinalgOp op);
  void setPiece(int64_t offset, int64_t lanes, int64_t count);
  void forEachPiece(function_ref<void()> body);
  Value reducePiece(linalg::LinalgOp op, const Combiner &combiner, Value initial);
  void storePieces(ArrayRef<StoredResult> results);
  Value combine(const Combiner &combiner, Value a, Value b);
  void chooseLanes(linalg::LinalgOp op, bool mayLieAcross);
  Value reduceLanes(const Combiner &combiner, Value value);
  Value acrossInvocations(const Combiner &combiner, Value value);
  Value reducePart(linalg::LinalgOp op, const Combiner &combiner, AffineExpr part, Value valid,
                   Value accumulator);
  Value reduceLongRow(linalg::LinalgOp op, const Combiner &combiner, Value start);
  AffineExpr partPosition(AffineExpr part, Value &valid);
  void storeRowResult(const StoredResult &result);
  LogicalResult storeResults();

  Emitter &emitter;
  IndexSpace &space;
  const DeviceParameters &device;
  KernelShape &shape;
  SmallVector<linalg::LinalgOp> reductions;
  int64_t rows = 0, length = 0, workgroup = 1;
  int64_t longest = 1; // elements of a vector along the row
  // The piece of the row that is being emitted: elements in front of it, those of a vector, and
  // vectors, dealt out to the invocations.
  int64_t offset = 0, width = 1, vectors = 0, parts = 0;
  AffineExpr row, invocation;
  bool unrolled = true;
  bool lanesAcross = false; // the elements of a vector are of as many rows
  // Elements of a long row that `keeper` computes and that are read again after it.
  Value kept;
  linalg::LinalgOp keeper;
  StackBuffer buffer;
};
} // namespace

FailureOr<Combiner> codegen::matchCombiner(linalg::LinalgOp op) {
  if (op.getNumDpsInits() != 1)
    return failure();
  Block &payload = op->getRegion(0).front();
  BlockArgument accumulator = payload.getArguments().back();
  Operation *last = payload.getTerminator()->getOperand(0).getDefiningOp();
  if (!last || last->getNumOperands() != 2 ||
      !llvm::is_contained(last->getOperands(), accumulator) || !accumulator.hasOneUse())
    return failure();
  Combiner combiner{last, false, {}};
  Type type = accumulator.getType();
  Builder builder(op.getContext());
  if (isa<arith::MaximumFOp, arith::MinimumFOp, arith::MaxNumFOp, arith::MinNumFOp, arith::MaxSIOp,
          arith::MinSIOp, arith::MaxUIOp, arith::MinUIOp, arith::AndIOp, arith::OrIOp>(last))
    combiner.idempotent = true;
  else if (isa<arith::AddFOp, arith::AddIOp>(last))
    combiner.neutral = builder.getZeroAttr(type);
  else if (isa<arith::MulFOp, arith::MulIOp>(last))
    combiner.neutral = builder.getOneAttr(type);
  else
    return failure();
  return combiner;
}

/// Loop indices of `op` for a row and a position in it.
static IndexVector loopsAt(IndexSpace &space, linalg::LinalgOp op, AffineExpr row,
                           AffineExpr position) {
  SmallVector<int64_t> extents = op.getStaticLoopRanges(), outer, inner;
  auto kinds = op.getIteratorTypesArray();
  for (auto [extent, kind] : llvm::zip_equal(extents, kinds))
    (kind == utils::IteratorType::parallel ? outer : inner).push_back(extent);
  IndexVector outerIndices = space.delinearize(row, outer);
  IndexVector innerIndices = space.delinearize(position, inner), loops;
  size_t nextOuter = 0, nextInner = 0;
  for (auto kind : kinds)
    loops.push_back(kind == utils::IteratorType::parallel ? outerIndices[nextOuter++]
                                                          : innerIndices[nextInner++]);
  return loops;
}

/// Vectors run along the row, or across rows where only those are neighbours in memory.
void RowReduction::chooseLanes(linalg::LinalgOp op, bool mayLieAcross) {
  width = emitter.isCpu() || length % space.lanes() == 0 ? space.lanes() : 1;
  int64_t across = std::min(space.lanes(), rows & -rows); // the largest that divides the rows
  if (across < kLanes || (across < space.lanes() && !emitter.isCpu()) || !mayLieAcross)
    return;
  OpOperand &data = *op.getDpsInputOperand(0);
  auto strideOf = [&](AffineExpr row, AffineExpr position) {
    IndexVector loops = loopsAt(space, op, row, position);
    return laneStride(emitter, data.get(), emitter.operandPosition(op, data, loops));
  };
  bool along = width != 1 && strideOf(space.constant(0), space.lane()) == 1;
  lanesAcross = !along && strideOf(space.lane(), space.constant(0)) == 1;
  if (!lanesAcross)
    return;
  width = 1;
  space.setLanes(across);
}

bool codegen::rowOwnsWords(RankedTensorType type, int64_t rows, int64_t length) {
  if (type.getElementTypeBitWidth() >= 32)
    return true;
  return type.getNumElements() == rows ? rows == 1 : length % kLanes == 0 && !type.getEncoding();
}

LogicalResult RowReduction::plan() {
  linalg::LinalgOp first;
  for (auto op : emitter.getBody().getOps<linalg::LinalgOp>()) {
    if (op.getNumReductionLoops() == 0)
      continue;
    first = first ? first : op;
    if (succeeded(matchCombiner(op)) && (emitter.isCpu() || !computesOnScalarsOnly(op)))
      reductions.push_back(op); // others are computed by whoever reads them
  }
  if (!first)
    return failure();
  rows = length = 1;
  for (auto [extent, kind] :
       llvm::zip_equal(first.getStaticLoopRanges(), first.getIteratorTypesArray()))
    (kind == utils::IteratorType::parallel ? rows : length) *= extent;
  auto hasAddresses = [&](RankedTensorType type) { // each element can be written by itself
    return emitter.isCpu() && born::storageBits(type.getElementType()) >= 8;
  };
  bool isWide = false, isPacked = false, isMixed = false;
  SmallVector<StoredResult> results = storedResults(emitter);
  int64_t firstCount = cast<RankedTensorType>(results.front().tensor.getType()).getNumElements();
  for (const StoredResult &result : results) {
    auto type = cast<RankedTensorType>(result.tensor.getType());
    int64_t count = type.getNumElements();
    if (result.tensor != result.yielded || (count != rows && count != rows * length) ||
        !(hasAddresses(type) ||
          rowOwnsWords(emitter.getSource().resultTypes()[result.number], rows, length)))
      return failure();
    isWide |= type.getElementTypeBitWidth() == 64 && !hasAddresses(type);
    isPacked |= type.getElementTypeBitWidth() < 32 && !hasAddresses(type);
    isMixed |= count != firstCount;
  }
  if (reductions.empty() && !isMixed)
    return failure(); // nothing to share
  if (!isWide)
    chooseLanes(first, /*mayLieAcross=*/!isPacked);
  workgroup = device.rowWorkgroup;
  longest = width;
  setPiece(0, width, length / width);
  return success();
}

/// Whether an elementwise op costs far more than to read its results again.
static bool isCostly(linalg::LinalgOp op) {
  return llvm::any_of(op->getRegion(0).front(), [](Operation &inner) {
    return isa<math::MathDialect>(inner.getDialect()) && !isa<math::AbsFOp, math::FmaOp>(inner);
  });
}

/// A long row does not stay in registers: on a CPU what the first pass that needs it computes at
/// some cost is kept on the stack, such as the exponentials of a softmax.
void RowReduction::chooseKept() {
  if (!emitter.isCpu() || lanesAcross || length / longest <= device.rowRegisters)
    return;
  for (linalg::LinalgOp op : reductions)
    for (OpOperand *operand : op.getDpsInputOperands()) {
      auto maker = operand->get().getDefiningOp<linalg::LinalgOp>();
      if (!maker || maker->getNumResults() != 1 || maker.getNumReductionLoops() != 0 ||
          operand->get().hasOneUse() || !isCostly(maker))
        continue;
      ArrayRef<int64_t> extents = cast<RankedTensorType>(operand->get().getType()).getShape();
      while (!extents.empty() && product(extents) > length)
        extents = extents.drop_front();
      if (product(extents) != length || length * elementBytes(operand->get()) > kKeptBytes)
        continue; // rows are not the inner dimensions
      kept = operand->get();
      keeper = op;
      buffer = StackBuffer(emitter, length, kept);
      return;
    }
}

/// From now on elements of the row come from the buffer.
void RowReduction::readKept() {
  SmallVector<int64_t> extents(cast<RankedTensorType>(kept.getType()).getShape());
  IndexVector base = space.delinearize(row * length, extents);
  SmallVector<int64_t> strides = computeStrides(extents);
  for (auto [extent, stride] : llvm::zip_equal(extents, strides))
    extent = stride < length ? extent : 1; // one row
  emitter.setStaged(kept, buffer.getMemory(), base, extents, strides);
}

void RowReduction::setPiece(int64_t first, int64_t lanes, int64_t count) {
  offset = first;
  width = lanes;
  vectors = count;
  parts = llvm::divideCeil(count, workgroup);
  unrolled = parts <= device.rowRegisters;
}

/// The row is one piece where it is a multiple of the vector's length; on a CPU its end
/// is in others, of shorter vectors.
void RowReduction::forEachPiece(function_ref<void()> body) {
  int64_t done = 0;
  for (int64_t lanes = longest; done < length;) {
    int64_t count = (length - done) / lanes;
    if (count == 0) {
      lanes /= 2;
      continue;
    }
    if (emitter.isCpu() && count > device.rowRegisters)
      count -= count % (kPartialSums * kBlockTrips); // the others in a piece of their own
    auto emitPiece = [&] {
      setPiece(done, lanes, count);
      body();
    };
    if (lanesAcross || lanes == longest)
      emitPiece();
    else
      emitter.withLanes(lanes, emitPiece);
    done += count * lanes;
  }
}

Value RowReduction::combine(const Combiner &combiner, Value a, Value b) {
  OperationState state(emitter.loc, combiner.op->getName(), {a, b}, {a.getType()},
                       combiner.op->getDiscardableAttrDictionary().getValue());
  state.propertiesAttr = combiner.op->getPropertiesAsAttribute();
  return emitter.builder.create(state)->getResult(0);
}

Value RowReduction::reduceLanes(const Combiner &combiner, Value value) {
  if (!isa<VectorType>(value.getType()) || lanesAcross)
    return value;
  SmallVector<Value> lanes;
  for (int64_t lane = 0; lane < space.lanes(); ++lane)
    lanes.push_back(vector::ExtractOp::create(emitter.builder, emitter.loc, value, lane));
  for (; lanes.size() > 1; lanes.truncate(lanes.size() / 2))
    for (size_t pair = 0; pair < lanes.size() / 2; ++pair)
      lanes[pair] = combine(combiner, lanes[2 * pair], lanes[2 * pair + 1]);
  return lanes.front();
}

Value RowReduction::acrossInvocations(const Combiner &combiner, Value value) {
  OpBuilder &b = emitter.builder;
  Location loc = emitter.loc;
  auto both = [&](Value x, Value y) { return combine(combiner, x, y); };
  if (workgroup == 1)
    return value;
  if (device.subgroupSize != workgroup)
    return combineAcross(emitter, shape, value, invocation, workgroup, 1, both);
  // Shuffles take scalars.
  shape.subgroupSize = workgroup;
  SmallVector<Value> lanes{value};
  if (isa<VectorType>(value.getType())) {
    lanes.clear();
    for (int64_t lane = 0; lane < space.lanes(); ++lane)
      lanes.push_back(vector::ExtractOp::create(b, loc, value, lane));
  }
  for (Value &lane : lanes)
    for (int64_t distance = 1; distance < workgroup; distance *= 2) {
      auto shuffle =
          gpu::ShuffleOp::create(b, loc, lane, distance, workgroup, gpu::ShuffleMode::XOR);
      lane = both(lane, shuffle.getShuffleResult());
    }
  if (lanes.size() == 1)
    return lanes.front();
  return vector::FromElementsOp::create(b, loc, value.getType(), lanes);
}

AffineExpr RowReduction::partPosition(AffineExpr part, Value &valid) {
  AffineExpr index = space.simplify(part * workgroup + invocation);
  valid = emitter.lessThan(index, vectors);
  index = emitter.clamp(index, vectors);
  return width == 1 ? index + offset : index * width + offset + space.lane();
}

Value RowReduction::reducePart(linalg::LinalgOp op, const Combiner &combiner, AffineExpr part,
                               Value valid, Value accumulator) {
  IndexVector loops = loopsAt(space, op, row, part);
  SmallVector<Value> values;
  for (OpOperand *operand : op.getDpsInputOperands()) {
    values.push_back(emitter.emit(operand->get(), emitter.operandPosition(op, *operand, loops)));
    if (op == keeper && operand->get() == kept)
      buffer.store(part, values.back());
  }
  values.push_back(accumulator);
  Value next = emitter.emitPayload(op, loops, values).front();
  if (isa<VectorType>(accumulator.getType()))
    next = emitter.toVector(next);
  if (!valid)
    return next;
  if (isa<VectorType>(next.getType()))
    valid = emitter.toVector(valid);
  return arith::SelectOp::create(emitter.builder, emitter.loc, valid, next, accumulator);
}

/// The terms of a sum in a block: about as many as there are blocks, if that divides them.
static int64_t blockTrips(int64_t parts) {
  int64_t blocks = parts / (kPartialSums * kBlockTrips), factor = 1;
  if (parts % (kPartialSums * kBlockTrips) == 0)
    for (int64_t f = 2; kBlockTrips * f * f <= blocks; ++f)
      factor = blocks % f == 0 ? f : factor;
  return kBlockTrips * factor;
}

/// A sum of sums: a single one of n terms has an error that grows with n.
Value RowReduction::reduceLongRow(linalg::LinalgOp op, const Combiner &combiner, Value start) {
  int64_t trips = blockTrips(parts), block = kPartialSums * trips;
  int64_t blocks = llvm::divideCeil(parts, block);
  return emitter.emitLoop(blocks, start, [&](AffineExpr number, ValueRange total) {
    SmallVector<Value> sums(kPartialSums, start);
    sums = emitter.emitLoop(trips, sums, [&](AffineExpr trip, ValueRange carried) {
      SmallVector<Value> next;
      for (auto [i, sum] : llvm::enumerate(carried)) {
        Value valid;
        AffineExpr position = partPosition(number * block + trip * kPartialSums + i, valid);
        next.push_back(reducePart(op, combiner, position, valid, sum));
      }
      return next;
    });
    for (; sums.size() > 1; sums.truncate(sums.size() / 2))
      for (size_t pair = 0; pair < sums.size() / 2; ++pair)
        sums[pair] = combine(combiner, sums[2 * pair], sums[2 * pair + 1]);
    return SmallVector<Value>{combine(combiner, total.front(), sums.front())};
  })[0];
}

void RowReduction::reduce(linalg::LinalgOp op) {
  Combiner combiner = *matchCombiner(op);
  IndexVector zeroLoops = loopsAt(space, op, row, space.constant(0));
  OpOperand *init = op.getDpsInitOperand(0);
  Value initial = emitter.emit(init->get(), emitter.operandPosition(op, *init, zeroLoops));
  if (lanesAcross)
    initial = emitter.toVector(initial);
  Value result;
  forEachPiece([&] {
    Value piece = reducePiece(op, combiner, initial);
    result = result ? combine(combiner, result, piece) : piece;
  });
  if (!combiner.idempotent)
    result = combine(combiner, result, initial);
  emitter.remember(op->getResult(0), emitter.operandPosition(op, *init, zeroLoops), result);
}

Value RowReduction::reducePiece(linalg::LinalgOp op, const Combiner &combiner, Value initial) {
  Value start =
      combiner.idempotent
          ? initial
          : arith::ConstantOp::create(emitter.builder, emitter.loc, combiner.neutral).getResult();
  if (width > 1 || lanesAcross)
    start = emitter.toVector(start);

  Value accumulator = start;
  if (unrolled) {
    for (int64_t i = 0; i < parts; ++i) {
      Value valid;
      AffineExpr position = partPosition(space.constant(i), valid);
      accumulator = reducePart(op, combiner, position, valid, accumulator);
    }
  } else {
    accumulator = reduceLongRow(op, combiner, start);
  }
  return acrossInvocations(combiner, reduceLanes(combiner, accumulator));
}

void RowReduction::storeRowResult(const StoredResult &result) {
  auto type = cast<RankedTensorType>(result.tensor.getType());
  IndexVector position = space.delinearize(row, type.getShape());
  Value value = emitter.emit(result.tensor, position);
  emitter.emitIf(emitter.lessThan(invocation, 1), [&] {
    if (type.getElementTypeBitWidth() >= 32 || lanesAcross || emitter.isCpu())
      emitter.store(result.number, position, value);
    else // the only row: its word has nothing else in it
      emitter.storeGroup(result.number, space.constant(0), emitter.toVector(value));
  });
}

LogicalResult RowReduction::storeResults() {
  SmallVector<StoredResult> full;
  for (const StoredResult &result : storedResults(emitter)) {
    auto type = cast<RankedTensorType>(result.tensor.getType());
    if (type.getNumElements() == rows * length && length != 1)
      full.push_back(result);
    else
      storeRowResult(result);
  }
  if (!full.empty())
    forEachPiece([&] { storePieces(full); });
  return success();
}

/// Writes this invocation's parts of the piece.
void RowReduction::storePieces(ArrayRef<StoredResult> results) {
  auto storePart = [&](AffineExpr part) {
    Value valid;
    AffineExpr position = partPosition(part, valid);
    for (const StoredResult &result : results) {
      auto type = cast<RankedTensorType>(result.tensor.getType());
      IndexVector at = space.delinearize(row * length + position, type.getShape());
      Value value = emitter.emit(result.tensor, at);
      emitter.emitIf(valid, [&] { emitter.store(result.number, at, value); });
    }
  };
  if (unrolled) {
    for (int64_t i = 0; i < parts; ++i)
      storePart(space.constant(i));
    return;
  }
  emitter.emitLoop(parts, {}, [&](AffineExpr part, ValueRange) {
    storePart(part);
    return SmallVector<Value>{};
  });
}

LogicalResult RowReduction::run() {
  if (failed(plan()))
    return failure();
  int64_t groups = lanesAcross ? rows / space.lanes() : rows;
  AffineExpr group = workgroupNumber(emitter, shape, groups);
  invocation = invocationNumber(emitter, shape, workgroup);
  // Workgroups past the last row, where the grid is rounded up, do it again.
  row = emitter.clamp(group, groups);
  if (lanesAcross)
    row = row * space.lanes() + space.lane();
  chooseKept();
  for (linalg::LinalgOp op : reductions) {
    reduce(op);
    if (op == keeper)
      readKept();
  }
  LogicalResult status = storeResults();
  emitter.dropStaged();
  return status;
}

LogicalResult codegen::emitRowReduction(Emitter &emitter, const DeviceParameters &device,
                                        KernelShape &shape) {
  RowReduction strategy(emitter, device, shape);
  if (succeeded(strategy.run()))
    return success(!emitter.hasFailed());
  return failure();
}
