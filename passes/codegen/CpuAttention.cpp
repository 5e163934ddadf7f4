//===- CpuAttention.cpp - attention on a CPU ------------------------------===//
//
// A workgroup has a block of queries, a tile's columns, and multiplies them with all keys, its
// rows: what is computed of a query then lies in one lane, and the softmax needs nothing across
// lanes. The exponentials stay on the stack, where the product with the values reads them as its
// data; the sums of that product are divided in the end.
//
//===----------------------------------------------------------------------===//
#include "passes/codegen/Attention.h"
#include "passes/codegen/CpuContraction.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace bornc;
using namespace bornc::codegen;

/// Bytes of a buffer on the stack for the logits of a block of queries, at least a vector of them.
static constexpr int64_t kLogitBytes = kMostKeys * 64;
/// A long row is combined in blocks: this many results side by side, of this many keys each.
static constexpr int64_t kPartials = 4, kBlockTrips = 8;

namespace {
/// Exponentials of the logits of a block of queries, side by side for each key.
class Exponentials : public CpuContraction {
public:
  Exponentials(Emitter &emitter, const DeviceParameters &device, KernelShape &shape,
               const Attention &attention)
      : CpuContraction(emitter, device, shape, *attention.keys, *attention.queries),
        attention(attention) {}
  LogicalResult emit() override;

  int64_t blockSize() const { return columns * width; }
  int64_t blockCount() const { return llvm::divideCeil(groups, columns); }
  int64_t batchSize() const { return batch.size; }
  void setBlock(AffineExpr batchAt, AffineExpr block) {
    batchIndex = batchAt;
    columnTile = block;
  }
  /// The exponential of a key and a query of the block; the sum of the query's.
  Value load(AffineExpr key, AffineExpr query) { return logits.load(key * blockSize() + query); }
  Value loadSum(AffineExpr query) { return sums.load(query); }

protected:
  bool chooseTile() override;
  bool storesRows() const override { return false; }
  LogicalResult storeColumn(AffineExpr row, int64_t column, Value sum) override;

private:
  using Body = function_ref<Value(AffineExpr key, Value carried)>;

  AffineExpr place(AffineExpr key, int64_t column) {
    return space.simplify(key * blockSize() + column * width);
  }
  Value overKeys(linalg::LinalgOp combiner, Value start, Body body);
  void exponentiate(int64_t column);

  Attention attention;
  AffineExpr columnTile;
  StackBuffer logits, sums;
};

/// The product of a block's probabilities with the values.
class WeightedValues : public CpuContraction {
public:
  WeightedValues(Emitter &emitter, const DeviceParameters &device, KernelShape &shape,
                 const Attention &attention, Exponentials &exponentials)
      : CpuContraction(emitter, device, shape, *attention.weights, *attention.values),
        exponentials(exponentials) {}
  void setBlock(AffineExpr batchAt, AffineExpr query) {
    batchIndex = batchAt;
    firstQuery = query;
  }
  LogicalResult emit() override;

protected:
  bool chooseTile() override;
  SmallVector<Value> reduce(ValueRange accumulators) override;

private:
  Exponentials &exponentials;
  AffineExpr firstQuery, rowInBlock;
};
} // namespace

//===----------------------------------------------------------------------===//
// Exponentials
//===----------------------------------------------------------------------===//

bool Exponentials::chooseTile() {
  if (!CpuContraction::chooseTile())
    return false;
  columns = std::min<int64_t>(columns, kLogitBytes / (m.size * width * int64_t(sizeof(float))));
  return columns > 0 && !window;
}

LogicalResult Exponentials::storeColumn(AffineExpr row, int64_t column, Value sum) {
  // Behind the last query there are copies of it, whose logits nobody reads.
  if (lastWidth() != width)
    logits.store(place(row, column), sum);
  forEachPiece(columnGroup[column], [&](AffineExpr columnsAt, Pick pick) {
    IndexVector position = keepSum(row, columnsAt, pick(sum));
    AffineExpr inVector = space.simplify(space.atLane(columnsAt, 0) % width);
    logits.store(space.simplify(place(row, column) + inVector),
                 emitter.emit(attention.logits, position));
  });
  return success();
}

/// Combines what `body` makes of each key and a carried value, `start` being neutral: a sum of sums
/// has a smaller error than a single one.
Value Exponentials::overKeys(linalg::LinalgOp combiner, Value start, Body body) {
  constexpr int64_t block = kPartials * kBlockTrips;
  int64_t blocks = m.size / block;
  Value total = start;
  if (blocks > 0)
    total = emitter.emitLoop(blocks, total, [&](AffineExpr number, ValueRange outside) {
      SmallVector<Value> partials(kPartials, start);
      partials = emitter.emitLoop(kBlockTrips, partials, [&](AffineExpr trip, ValueRange carried) {
        SmallVector<Value> next;
        for (auto [i, partial] : llvm::enumerate(carried))
          next.push_back(body(space.simplify(number * block + trip * kPartials + i), partial));
        return next;
      });
      Value result = outside.front();
      for (Value partial : partials)
        result = emitStep(emitter, combiner, partial, result);
      return SmallVector<Value>{result};
    })[0];
  if (int64_t rest = m.size % block)
    total = emitter.emitLoop(rest, total, [&](AffineExpr key, ValueRange carried) {
      return SmallVector<Value>{body(space.simplify(blocks * block + key), carried.front())};
    })[0];
  return total;
}

/// The softmax of a vector of queries, but for the division.
void Exponentials::exponentiate(int64_t column) {
  auto initOf = [&](linalg::LinalgOp op) {
    IndexVector first(op.getNumLoops(), space.constant(0));
    OpOperand *init = op.getDpsInitOperand(0);
    return emitter.toVector(emitter.emit(init->get(), emitter.operandPosition(op, *init, first)));
  };
  Value most =
      overKeys(attention.maximum, initOf(attention.maximum), [&](AffineExpr key, Value so) {
        return emitStep(emitter, attention.maximum, logits.load(place(key, column), width), so);
      });
  // A logit that is NaN, or a largest one that is infinite, makes all probabilities NaN.
  OpBuilder &b = emitter.builder;
  Value zeros = emitter.zero(most.getType()), isFinite;
  if (attention.clearsNans)
    isFinite = arith::CmpFOp::create(b, emitter.loc, arith::CmpFPredicate::OEQ,
                                     arith::SubFOp::create(b, emitter.loc, most, most), zeros);
  Value sum = overKeys(attention.sum, initOf(attention.sum), [&](AffineExpr key, Value so) {
    AffineExpr at = place(key, column);
    Value exponential = emitStep(emitter, attention.exponentials, logits.load(at, width), most);
    if (isFinite)
      exponential = arith::SelectOp::create(b, emitter.loc, isFinite, exponential, zeros);
    logits.store(at, exponential);
    return emitStep(emitter, attention.sum, exponential, so);
  });
  if (isFinite) {
    Value ones = arith::ConstantOp::create(b, emitter.loc, b.getOneAttr(sum.getType()));
    sum = arith::SelectOp::create(b, emitter.loc, isFinite, sum, ones);
  }
  sums.store(space.constant(column * width), sum);
}

LogicalResult Exponentials::emit() {
  logits = StackBuffer(emitter, m.size * blockSize(), attention.logits);
  sums = StackBuffer(emitter, blockSize(), attention.logits);
  if (stagesData)
    stagedData = StackBuffer(emitter, rows * blockSteps, data->get());
  selectColumns(columnTile);
  if (stagesWeights)
    stageWeights();
  forEachTile(llvm::divideCeil(m.size, rows), [&](AffineExpr tile) {
    firstRow = space.simplify(tile * rows);
    if (stagesData && blockDim == 0 && !stagesWeights)
      stageData();
    return emitTile(columnTile);
  });
  for (int64_t column = 0; column < columns; ++column)
    exponentiate(column);
  return status;
}

//===----------------------------------------------------------------------===//
// Values
//===----------------------------------------------------------------------===//

/// Tiles do not go beyond the block of queries.
bool WeightedValues::chooseTile() {
  chooseWidth();
  // At least two columns: each step's scalar serves both.
  rows = 1;
  while (exponentials.blockSize() % (2 * rows) == 0 && mostColumns(2 * rows) >= 2)
    rows *= 2;
  columns = std::min(groups, mostColumns(rows));
  columns = llvm::divideCeil(groups, llvm::divideCeil(groups, columns));
  orderReduction();
  unrollAll = false;
  return true;
}

SmallVector<Value> WeightedValues::reduce(ValueRange accumulators) {
  SmallVector<Value> products =
      emitter.emitLoop(k.size, accumulators, [&](AffineExpr key, ValueRange carried) {
        reduction[inner] = key;
        return multiplyStep(carried, [&](int64_t row) {
          return exponentials.load(key, space.simplify(rowInBlock + row));
        });
      });
  reduction.assign(root.getNumLoops(), space.constant(0));
  for (auto [i, product] : llvm::enumerate(products)) {
    Value sum = exponentials.loadSum(space.simplify(rowInBlock + i / columns));
    product = arith::DivFOp::create(emitter.builder, emitter.loc, product, emitter.toVector(sum));
  }
  return products;
}

LogicalResult WeightedValues::emit() {
  forEachTile(exponentials.blockSize() / rows, [&](AffineExpr tile) {
    rowInBlock = space.simplify(tile * rows);
    firstRow = space.simplify(firstQuery + rowInBlock);
    emitter.emitIf(emitter.lessThan(firstRow, m.size), [&] {
      forEachTile(llvm::divideCeil(groups, columns),
                  [&](AffineExpr columnTile) { return emitTile(columnTile); });
    });
    return success();
  });
  return status;
}

LogicalResult codegen::emitCpuAttention(Emitter &emitter, const DeviceParameters &device,
                                        KernelShape &shape, const Attention &attention) {
  Exponentials exponentials(emitter, device, shape, attention);
  if (!exponentials.match())
    return failure();
  int64_t queryLanes = emitter.space.lanes();
  WeightedValues values(emitter, device, shape, attention, exponentials);
  if (!values.match())
    return failure();
  int64_t valueLanes = emitter.space.lanes();

  IndexSpace &space = emitter.space;
  int64_t blocks = exponentials.blockCount(), batch = exponentials.batchSize();
  AffineExpr number = workgroupNumber(emitter, shape, batch * blocks);
  IndexVector at = space.delinearize(number, {batch, blocks});
  LogicalResult status = success();
  exponentials.setBlock(at[0], at[1]);
  emitter.withLanes(queryLanes, [&] { status = exponentials.emit(); });
  values.setBlock(at[0], space.simplify(at[1] * exponentials.blockSize()));
  emitter.withLanes(valueLanes, [&] {
    if (failed(values.emit()))
      status = failure();
  });
  return success(succeeded(status) && !emitter.hasFailed());
}
