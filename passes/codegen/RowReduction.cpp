//===- RowReduction.cpp - rows shared by the invocations of a workgroup ---===//
//
// Softmax, normalisations and reductions along memory: one workgroup per row,
// each invocation keeps its part of the row in registers, a tree of shuffles
// (software class) or workgroup memory (any subgroup size) makes the row's sum.
// The order of combination is fixed by the code, so results are reproducible.
//
//===----------------------------------------------------------------------===//
#include "passes/codegen/Strategy.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SPIRV/IR/SPIRVAttributes.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace bornc;
using namespace bornc::codegen;

namespace {
/// How a reduction combines: the op of its payload that takes the accumulator.
struct Combiner {
  Operation *op = nullptr;
  bool idempotent = false; // x op x = x: the initial value may be used often
  TypedAttr neutral;       // where it is not
};

class RowReduction {
public:
  RowReduction(Emitter &emitter, const DeviceParameters &device, KernelShape &shape)
      : emitter(emitter), space(emitter.space), device(device), shape(shape) {}
  LogicalResult run();

private:
  LogicalResult plan();
  void reduce(linalg::LinalgOp op);
  Value combine(const Combiner &combiner, Value a, Value b);
  Value reduceLanes(const Combiner &combiner, Value value);
  Value acrossInvocations(const Combiner &combiner, Value value);
  /// Calls `body(position in the row, valid)` for each part of this invocation,
  /// unrolled; `valid` is null where all of it is inside the row.
  void forEachPart(function_ref<void(AffineExpr, Value)> body);
  Value reducePart(linalg::LinalgOp op, const Combiner &combiner, AffineExpr part, Value valid,
                   Value accumulator);
  AffineExpr partPosition(AffineExpr part, Value &valid);
  LogicalResult storeResults();

  Emitter &emitter;
  IndexSpace &space;
  const DeviceParameters &device;
  KernelShape &shape;
  SmallVector<linalg::LinalgOp> reductions;
  int64_t rows = 0, length = 0, width = 1, workgroup = 1, parts = 0;
  AffineExpr row, invocation;
  bool unrolled = true;
};
} // namespace

/// The combiner of a reduction with one output, if its payload is
/// `accumulator op f(inputs)`.
static FailureOr<Combiner> matchCombiner(linalg::LinalgOp op) {
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

LogicalResult RowReduction::plan() {
  for (auto op : emitter.getBody().getOps<linalg::LinalgOp>())
    if (op.getNumReductionLoops() != 0 && succeeded(matchCombiner(op)) &&
        !computesOnScalarsOnly(op))
      reductions.push_back(op);
  if (reductions.empty())
    return failure();
  linalg::LinalgOp first = reductions.front();
  rows = length = 1;
  for (auto [extent, kind] :
       llvm::zip_equal(first.getStaticLoopRanges(), first.getIteratorTypesArray()))
    (kind == utils::IteratorType::parallel ? rows : length) *= extent;
  for (const StoredResult &result : storedResults(emitter)) {
    int64_t count = cast<RankedTensorType>(result.tensor.getType()).getNumElements();
    if (result.tensor != result.yielded || (count != rows && count != rows * length))
      return failure();
    int64_t bits = cast<RankedTensorType>(result.tensor.getType()).getElementTypeBitWidth();
    if (bits != 32)
      return failure();
  }
  width = length % kLanes == 0 ? kLanes : 1;
  workgroup = device.rowWorkgroup;
  parts = llvm::divideCeil(length / width, workgroup);
  unrolled = parts <= device.rowRegisters;
  return success();
}

Value RowReduction::combine(const Combiner &combiner, Value a, Value b) {
  OperationState state(emitter.loc, combiner.op->getName(), {a, b}, {a.getType()},
                       combiner.op->getDiscardableAttrDictionary().getValue());
  state.propertiesAttr = combiner.op->getPropertiesAsAttribute();
  return emitter.builder.create(state)->getResult(0);
}

Value RowReduction::reduceLanes(const Combiner &combiner, Value value) {
  if (!isa<VectorType>(value.getType()))
    return value;
  Value lanes[kLanes];
  for (int64_t lane = 0; lane < kLanes; ++lane)
    lanes[lane] = vector::ExtractOp::create(emitter.builder, emitter.loc, value, lane);
  return combine(combiner, combine(combiner, lanes[0], lanes[1]),
                 combine(combiner, lanes[2], lanes[3]));
}

Value RowReduction::acrossInvocations(const Combiner &combiner, Value value) {
  if (device.subgroupSize == workgroup) {
    shape.subgroupSize = workgroup;
    for (int64_t distance = 1; distance < workgroup; distance *= 2) {
      auto shuffle = gpu::ShuffleOp::create(emitter.builder, emitter.loc, value, distance,
                                            workgroup, gpu::ShuffleMode::XOR);
      value = combine(combiner, value, shuffle.getShuffleResult());
    }
    return value;
  }
  return combineAcross(emitter, shape, value, invocation, workgroup, 1,
                       [&](Value a, Value b) { return combine(combiner, a, b); });
}

AffineExpr RowReduction::partPosition(AffineExpr part, Value &valid) {
  int64_t count = length / width;
  AffineExpr index = space.simplify(part * workgroup + invocation);
  valid = emitter.lessThan(index, count);
  index = emitter.clamp(index, count);
  return width == 1 ? index : index * kLanes + space.lane();
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

Value RowReduction::reducePart(linalg::LinalgOp op, const Combiner &combiner, AffineExpr part,
                               Value valid, Value accumulator) {
  IndexVector loops = loopsAt(space, op, row, part);
  SmallVector<Value> values;
  for (OpOperand *operand : op.getDpsInputOperands())
    values.push_back(emitter.emit(operand->get(), emitter.operandPosition(op, *operand, loops)));
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

void RowReduction::reduce(linalg::LinalgOp op) {
  Combiner combiner = *matchCombiner(op);
  IndexVector zeroLoops = loopsAt(space, op, row, space.constant(0));
  OpOperand *init = op.getDpsInitOperand(0);
  Value initial = emitter.emit(init->get(), emitter.operandPosition(op, *init, zeroLoops));
  Value start =
      combiner.idempotent
          ? initial
          : arith::ConstantOp::create(emitter.builder, emitter.loc, combiner.neutral).getResult();
  if (width > 1)
    start = emitter.toVector(start);

  Value accumulator = start;
  if (unrolled) {
    for (int64_t i = 0; i < parts; ++i) {
      Value valid;
      AffineExpr position = partPosition(space.constant(i), valid);
      accumulator = reducePart(op, combiner, position, valid, accumulator);
    }
  } else {
    accumulator = emitter.emitLoop(parts, accumulator, [&](AffineExpr part, ValueRange carried) {
      Value valid;
      AffineExpr position = partPosition(part, valid);
      return SmallVector<Value>{reducePart(op, combiner, position, valid, carried.front())};
    })[0];
  }
  Value result = acrossInvocations(combiner, reduceLanes(combiner, accumulator));
  if (!combiner.idempotent)
    result = combine(combiner, result, initial);
  emitter.remember(op->getResult(0), emitter.operandPosition(op, *init, zeroLoops), result);
}

LogicalResult RowReduction::storeResults() {
  SmallVector<StoredResult> full;
  for (const StoredResult &result : storedResults(emitter)) {
    auto type = cast<RankedTensorType>(result.tensor.getType());
    if (type.getNumElements() == rows * length && length != 1) {
      full.push_back(result);
      continue;
    }
    IndexVector position = space.delinearize(row, type.getShape());
    Value value = emitter.emit(result.tensor, position);
    emitter.emitIf(emitter.lessThan(invocation, 1),
                   [&] { emitter.store(result.number, position, value); });
  }
  auto storePart = [&](AffineExpr part) {
    Value valid;
    AffineExpr position = partPosition(part, valid);
    for (const StoredResult &result : full) {
      auto type = cast<RankedTensorType>(result.tensor.getType());
      IndexVector at = space.delinearize(row * length + position, type.getShape());
      Value value = emitter.emit(result.tensor, at);
      emitter.emitIf(valid, [&] { emitter.store(result.number, at, value); });
    }
  };
  if (full.empty())
    return success();
  if (unrolled) {
    for (int64_t i = 0; i < parts; ++i)
      storePart(space.constant(i));
    return success();
  }
  emitter.emitLoop(parts, {}, [&](AffineExpr part, ValueRange) {
    storePart(part);
    return SmallVector<Value>{};
  });
  return success();
}

LogicalResult RowReduction::run() {
  if (failed(plan()))
    return failure();
  AffineExpr group = workgroupNumber(emitter, shape, rows);
  invocation = invocationNumber(emitter, shape, workgroup);
  // Workgroups past the last row, where the grid is rounded up, do it again.
  row = emitter.clamp(group, rows);
  for (linalg::LinalgOp op : reductions)
    reduce(op);
  return storeResults();
}

LogicalResult codegen::emitRowReduction(Emitter &emitter, const DeviceParameters &device,
                                        KernelShape &shape) {
  RowReduction strategy(emitter, device, shape);
  if (succeeded(strategy.run()))
    return success(!emitter.hasFailed());
  return failure();
}
