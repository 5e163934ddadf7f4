//===- ShaderAttention.cpp - attention in shaders -------------------------===//
//
// An invocation has one or two queries and walks over all keys, some at a time. It keeps the
// query, the largest logit so far and the sums of exponentials and of values relative to it, in
// registers; whenever there is a larger logit the sums are scaled (Milakov and Gimelshein, "Online
// normalizer calculation for softmax", 2018). The invocations of a workgroup read the same keys at
// the same time: on the software class each reads a part and shuffles hand it around, on others
// the caches do. Needs no workgroup memory.
//
//===----------------------------------------------------------------------===//
#include "passes/codegen/Attention.h"
#include "passes/codegen/ContractionTile.h"
#include "passes/codegen/LoopRoles.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace bornc;
using namespace bornc::codegen;

namespace {
/// Keys between two scalings of the sums.
constexpr int64_t kBlockKeys = 4;
/// Elements of a value up to which that many are read before they are added.
constexpr int64_t kNarrowValue = 64;
/// Elements of queries and of their sums up to which an invocation of a GPU has several.
constexpr int64_t kRegisters = 128;
/// Queries of an invocation, which share what is read of a key.
constexpr int64_t kMostQueries = 2;

class ShaderAttention : public ContractionTile {
public:
  ShaderAttention(Emitter &emitter, const DeviceParameters &device, KernelShape &shape,
                  const Attention &attention)
      : ContractionTile(emitter, device, shape, *attention.weights, *attention.values),
        attention(attention) {}

protected:
  bool chooseTile() override;
  void mapInvocations() override;
  SmallVector<Value> reduce(ValueRange accumulators) override;
  SmallVector<Value> reduceSteps(int64_t steps, ValueRange state) override;

private:
  /// Values of a query that the walk over the keys carries along.
  int64_t perRow() const { return 2 + columns; }
  IndexVector scoreLoops(int64_t row, AffineExpr key);
  SmallVector<Value> loadFours(linalg::LinalgOp op, OpOperand *operand, IndexVector loops,
                               unsigned loop);
  SmallVector<Value> shareFours(linalg::LinalgOp op, OpOperand *operand, IndexVector loops,
                                unsigned loop);
  Value logit(int64_t row, AffineExpr key, ArrayRef<Value> keys);
  SmallVector<Value> addKeys(ArrayRef<Value> logits, ArrayRef<SmallVector<Value>> values,
                             ValueRange state);
  SmallVector<Value> divide(ArrayRef<Value> state);

  Attention attention;
  AffineExpr self; // the invocation's number
  LoopGroup scoresBatch;
  unsigned queryLoop = 0, keyLoop = 0, depthLoop = 0; // of Q K
  SmallVector<SmallVector<Value>> queries;            // of each row, in fours
};
} // namespace

bool ShaderAttention::chooseTile() {
  LoopRoles roles = getLoopRoles(attention.scores, *attention.queries, *attention.keys);
  scoresBatch = LoopGroup(roles.batch, attention.scores.getStaticLoopRanges());
  queryLoop = roles.rows.front();
  keyLoop = roles.columns.front();
  depthLoop = roles.reduction.front();
  columns = groups;
  chunk = attention.valueSize <= kNarrowValue ? kBlockKeys : 1;
  unrollAll = false;
  bool fits = kMostQueries * (attention.headSize + attention.valueSize) <= kRegisters;
  rows = fits || device.subgroupSize != 0 ? kMostQueries : 1;
  return width == kLanes;
}

void ShaderAttention::mapInvocations() {
  int64_t size = device.subgroupSize ? device.subgroupSize : device.elementwiseWorkgroup;
  int64_t blocks = llvm::divideCeil(m.size, size * rows);
  int64_t workgroups = batch.size * blocks;
  AffineExpr number = emitter.clamp(workgroupNumber(emitter, shape, workgroups), workgroups);
  self = invocationNumber(emitter, shape, size);
  shape.subgroupSize = device.subgroupSize;
  IndexVector at = space.delinearize(number, {batch.size, blocks});
  batchIndex = at[0];
  firstRow = space.simplify((at[1] * size + self) * rows);
  setColumns(space.constant(0), 1);
}

/// The loops of Q K at a query of the invocation and `key`.
IndexVector ShaderAttention::scoreLoops(int64_t row, AffineExpr key) {
  IndexVector loops(attention.scores.getNumLoops(), space.constant(0));
  scoresBatch.assign(space, batchIndex, loops);
  loops[queryLoop] = rowAt(row).first;
  loops[keyLoop] = key;
  return loops;
}

/// What `op` reads of `operand` along `loop`, in fours.
SmallVector<Value> ShaderAttention::loadFours(linalg::LinalgOp op, OpOperand *operand,
                                              IndexVector loops, unsigned loop) {
  SmallVector<Value> fours;
  for (int64_t first = 0; first < op.getStaticLoopRanges()[loop]; first += kLanes) {
    loops[loop] = first + space.lane();
    fours.push_back(emitter.toVector(
        emitter.emit(operand->get(), emitter.operandPosition(op, *operand, loops))));
  }
  return fours;
}

/// The same where it is the same for all invocations of a subgroup: if those are known, each loads
/// one of the fours, and shuffles hand them to all.
SmallVector<Value> ShaderAttention::shareFours(linalg::LinalgOp op, OpOperand *operand,
                                               IndexVector loops, unsigned loop) {
  if (device.subgroupSize == 0)
    return loadFours(op, operand, loops, loop);
  OpBuilder &b = emitter.builder;
  int64_t count = op.getStaticLoopRanges()[loop] / kLanes;
  SmallVector<Value> fours;
  for (int64_t first = 0; first < count; first += device.subgroupSize) {
    loops[loop] = space.simplify(emitter.clamp(first + self, count) * kLanes) + space.lane();
    Value own = emitter.toVector(
        emitter.emit(operand->get(), emitter.operandPosition(op, *operand, loops)));
    for (int64_t i = 0; i < std::min(device.subgroupSize, count - first); ++i) {
      SmallVector<Value> lanes;
      for (int64_t lane = 0; lane < kLanes; ++lane) {
        Value element = vector::ExtractOp::create(b, emitter.loc, own, lane);
        lanes.push_back(gpu::ShuffleOp::create(b, emitter.loc, element, i, device.subgroupSize,
                                               gpu::ShuffleMode::IDX)
                            .getShuffleResult());
      }
      fours.push_back(vector::FromElementsOp::create(b, emitter.loc, own.getType(), lanes));
    }
  }
  return fours;
}

/// The logit of a query of the invocation and `key`, whose elements are `elements`.
Value ShaderAttention::logit(int64_t row, AffineExpr key, ArrayRef<Value> elements) {
  OpBuilder &b = emitter.builder;
  Value products = emitter.zero(elements.front().getType());
  for (auto [ofQuery, ofKey] : llvm::zip_equal(queries[row], elements))
    products = math::FmaOp::create(b, emitter.loc, ofQuery, ofKey, products);
  Value score;
  for (int64_t lane = 0; lane < kLanes; ++lane) {
    Value term = vector::ExtractOp::create(b, emitter.loc, products, lane);
    score = score ? add(score, term) : term;
  }
  IndexVector position = emitter.operandPosition(
      attention.scores, *attention.scores.getDpsInitOperand(0), scoreLoops(row, key));
  emitter.remember(attention.scores->getResult(0), position, score);
  return emitter.emit(attention.logits, position);
}

/// A query's largest logit, sum of exponentials and sums of values, with some keys more.
SmallVector<Value> ShaderAttention::addKeys(ArrayRef<Value> logits,
                                            ArrayRef<SmallVector<Value>> values, ValueRange state) {
  OpBuilder &b = emitter.builder;
  Value most = state[0];
  for (Value logit : logits)
    most = emitStep(emitter, attention.maximum, logit, most);
  Value scale = emitStep(emitter, attention.exponentials, state[0], most);
  SmallVector<Value> next{most};
  for (Value sum : state.drop_front())
    next.push_back(arith::MulFOp::create(
        b, emitter.loc, sum, isa<VectorType>(sum.getType()) ? emitter.toVector(scale) : scale));
  for (auto [logit, ofKey] : llvm::zip_equal(logits, values)) {
    Value exponential = emitStep(emitter, attention.exponentials, logit, most);
    next[1] = add(next[1], exponential);
    for (int64_t column = 0; column < columns; ++column)
      next[2 + column] = multiplyAdd(exponential, ofKey[column], next[2 + column]);
  }
  return next;
}

/// The state of all queries with some keys more.
SmallVector<Value> ShaderAttention::reduceSteps(int64_t steps, ValueRange state) {
  AffineExpr first = reduction[inner];
  SmallVector<SmallVector<Value>> logits(rows), values;
  for (int64_t i = 0; i < steps; ++i) {
    AffineExpr key = space.simplify(first + i);
    SmallVector<Value> elements =
        shareFours(attention.scores, attention.keys, scoreLoops(0, key), depthLoop);
    for (int64_t row = 0; row < rows; ++row)
      logits[row].push_back(logit(row, key, elements));
    reduction[inner] = key;
    IndexVector loops = loopsAt(space.constant(0), space.constant(0));
    values.push_back(shareFours(root, weights, loops, n.dims.front()));
  }
  reduction[inner] = first;
  SmallVector<Value> next;
  for (int64_t row = 0; row < rows; ++row)
    llvm::append_range(next, addKeys(logits[row], values, state.slice(row * perRow(), perRow())));
  return next;
}

SmallVector<Value> ShaderAttention::reduce(ValueRange accumulators) {
  OpBuilder &b = emitter.builder;
  // The lowest finite number: minus infinity, of a key that is masked, less that is no NaN.
  auto lowest = APFloat::getLargest(APFloat::IEEEsingle(), /*Negative=*/true);
  Value most =
      arith::ConstantOp::create(b, emitter.loc, b.getF32FloatAttr(lowest.convertToFloat()));
  SmallVector<Value> state;
  for (int64_t row = 0; row < rows; ++row) {
    llvm::append_values(state, most, emitter.zero(most.getType()));
    llvm::append_range(state, accumulators.slice(row * columns, columns));
    queries.push_back(loadFours(attention.scores, attention.queries,
                                scoreLoops(row, space.constant(0)), depthLoop));
  }
  state = ContractionTile::reduce(state);
  reduction.assign(root.getNumLoops(), space.constant(0));
  SmallVector<Value> results;
  for (int64_t row = 0; row < rows; ++row)
    llvm::append_range(results, divide(ArrayRef(state).slice(row * perRow(), perRow())));
  return results;
}

/// A query's sums of values by that of its exponentials, which is 0 where all keys are masked.
SmallVector<Value> ShaderAttention::divide(ArrayRef<Value> state) {
  OpBuilder &b = emitter.builder;
  Value sum = state[1], zero = emitter.zero(sum.getType()), isNan;
  auto is = [&](arith::CmpFPredicate predicate) {
    return arith::CmpFOp::create(b, emitter.loc, predicate, state[1], zero).getResult();
  };
  if (attention.clearsNans) {
    Value one = arith::ConstantOp::create(b, emitter.loc, b.getOneAttr(sum.getType()));
    sum = arith::SelectOp::create(b, emitter.loc, is(arith::CmpFPredicate::OEQ), one, sum);
    isNan = emitter.toVector(is(arith::CmpFPredicate::UNO));
  }
  SmallVector<Value> results;
  for (Value value : state.drop_front(2)) {
    results.push_back(
        arith::DivFOp::create(b, emitter.loc, value, emitter.toVector(sum)).getResult());
    if (isNan)
      results.back() = arith::SelectOp::create(b, emitter.loc, isNan, emitter.zero(value.getType()),
                                               results.back());
  }
  return results;
}

LogicalResult codegen::emitAttention(Emitter &emitter, const DeviceParameters &device,
                                     KernelShape &shape) {
  std::optional<Attention> attention = findAttention(emitter.getBody());
  if (!attention)
    return failure();
  if (emitter.isCpu())
    return emitCpuAttention(emitter, device, shape, *attention);
  ShaderAttention tile(emitter, device, shape, *attention);
  return tile.match() ? tile.emit() : failure();
}
