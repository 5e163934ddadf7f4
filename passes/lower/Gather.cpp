//===- Gather.cpp - reads and writes at computed positions ----------------===//
//
// A gather is a parallel generic whose payload reads the index with an input,
// brings it into range and extracts from the data. A scatter is turned round:
// each element of the result looks through the updates for its own, so that
// the order of updates is fixed and no two invocations write the same place.
//
//===----------------------------------------------------------------------===//
#include "passes/lower/Registry.h"
#include "passes/lower/TensorBuilder.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace bornc;
using namespace bornc::lower;

using Compare = Scalars::Compare;

/// An ONNX index within [low, high], counted from the front if it is not negative, else from the
/// end of a dimension of `size`. Clamped in its own type: the device's index has 32 bits.
static Value position(Scalars &s, Value index, int64_t size, int64_t low, int64_t high) {
  Type type = index.getType();
  index = s.make<arith::MaxSIOp>(index, s.constant(type, static_cast<double>(low)));
  index = s.make<arith::MinSIOp>(index, s.constant(type, static_cast<double>(high)));
  Value i = s.make<arith::IndexCastOp>(s.builder.getIndexType(), index);
  Value isNegative = s.make<arith::CmpIOp>(arith::CmpIPredicate::slt, i, s.index(0));
  return s.select(isNegative, s.make<arith::AddIOp>(i, s.index(size)), i);
}

/// The same in [0, size), clamped.
static Value position(Scalars &s, Value index, int64_t size) {
  return position(s, index, size, -size, size - 1);
}

static LogicalResult lowerGather(onnx::GatherOp op, ValueRange operands, TensorBuilder &b) {
  Value data = operands[0], indices = operands[1];
  RankedTensorType type = b.resultType();
  int64_t axis = normalizeAxis(op.getAxis(), rankOf(data)), numIndexDims = rankOf(indices);
  if (axis < 0)
    return b.fail("the axis is out of range");
  unsigned rank = type.getRank();
  if (rank != rankOf(data) - 1 + numIndexDims)
    return b.fail("the result has another rank");
  SmallVector<AffineExpr> exprs;
  for (int64_t i = 0; i < numIndexDims; ++i)
    exprs.push_back(b.dim(axis + i));
  return b.replace(b.parallel(type.getShape(), type.getElementType(), indices, b.mapOf(rank, exprs),
                              [&](Scalars &s, ValueRange args) {
                                SmallVector<Value> at;
                                for (int64_t i = 0; i < rankOf(data); ++i)
                                  at.push_back(i == axis
                                                   ? position(s, args[0], shapeOf(data)[axis])
                                                   : s.loop(i < axis ? i : i + numIndexDims - 1));
                                return s.make<tensor::ExtractOp>(data, at);
                              }));
}

static LogicalResult lowerGatherElements(onnx::GatherElementsOp op, ValueRange operands,
                                         TensorBuilder &b) {
  Value data = operands[0];
  RankedTensorType type = b.resultType();
  int64_t rank = type.getRank(), axis = normalizeAxis(op.getAxis(), rank);
  if (axis < 0)
    return b.fail("the axis is out of range");
  return b.replace(b.elementwise(
      type.getShape(), type.getElementType(), operands[1], [&](Scalars &s, ValueRange args) {
        SmallVector<Value> at;
        for (int64_t i = 0; i < rank; ++i)
          at.push_back(i == axis ? position(s, args[0], shapeOf(data)[axis]) : s.loop(i));
        return s.make<tensor::ExtractOp>(data, at);
      }));
}

/// Component c of the index tuples is an input of its own, read at [..., c].
static LogicalResult lowerGatherND(onnx::GatherNDOp op, ValueRange operands, TensorBuilder &b) {
  Value data = operands[0], indices = operands[1];
  RankedTensorType type = b.resultType();
  int64_t rank = type.getRank(), batch = op.getBatchDims(), tuples = rankOf(indices) - 1;
  int64_t depth = shapeOf(indices).empty() ? 0 : shapeOf(indices).back();
  if (tuples < batch || batch + depth > rankOf(data))
    return b.fail("the indices do not fit the data");
  SmallVector<Value> inputs(depth, indices);
  SmallVector<AffineMap> maps;
  for (int64_t c = 0; c < depth; ++c) {
    SmallVector<AffineExpr> exprs;
    for (int64_t i = 0; i < tuples; ++i)
      exprs.push_back(b.dim(i));
    exprs.push_back(b.getAffineConstantExpr(c));
    maps.push_back(b.mapOf(rank, exprs));
  }
  return b.replace(b.parallel(type.getShape(), type.getElementType(), inputs, maps,
                              [&](Scalars &s, ValueRange args) {
                                SmallVector<Value> at;
                                for (int64_t i = 0; i < batch; ++i)
                                  at.push_back(s.loop(i));
                                for (int64_t c = 0; c < depth; ++c)
                                  at.push_back(position(s, args[c], shapeOf(data)[batch + c]));
                                for (int64_t i = tuples; i < rank; ++i)
                                  at.push_back(s.loop(i));
                                return s.make<tensor::ExtractOp>(data, at);
                              }));
}

static LogicalResult lowerOneHot(onnx::OneHotOp op, ValueRange operands, TensorBuilder &b) {
  Value indices = operands[0];
  RankedTensorType type = b.resultType();
  int64_t rank = type.getRank(), axis = normalizeAxis(op.getAxis(), rank);
  if (axis < 0)
    return b.fail("the axis is out of range");
  int64_t depth = type.getDimSize(axis);
  Type i64 = b.getI64Type();
  SmallVector<AffineMap> maps{b.without(rank, {axis}), b.mapOf(rank, {b.getAffineConstantExpr(0)}),
                              b.mapOf(rank, {b.getAffineConstantExpr(1)})};
  return b.replace(
      b.parallel(type.getShape(), type.getElementType(), {indices, operands[2], operands[2]}, maps,
                 [&](Scalars &s, ValueRange args) {
                   Value index = s.convert(args[0], i64);
                   Value wrapped = s.add(index, static_cast<double>(depth));
                   index = s.select(s.compare(Compare::Lt, index, 0.0), wrapped, index);
                   Value here = s.loop(axis, i64);
                   return s.select(s.compare(Compare::Eq, index, here), args[2], args[1]);
                 }));
}

/// The first len[i] elements along the time axis backwards, per batch entry i.
static LogicalResult lowerReverseSequence(onnx::ReverseSequenceOp op, ValueRange operands,
                                          TensorBuilder &b) {
  Value data = operands[0];
  RankedTensorType type = b.resultType();
  int64_t rank = type.getRank(), time = op.getTimeAxis(), batch = op.getBatchAxis();
  if (time < 0 || batch < 0 || time >= rank || batch >= rank)
    return b.fail("an axis is out of range");
  return b.replace(
      b.parallel(type.getShape(), type.getElementType(), operands[1], b.mapOf(rank, {b.dim(batch)}),
                 [&](Scalars &s, ValueRange args) {
                   Value length = s.make<arith::IndexCastOp>(s.builder.getIndexType(), args[0]);
                   Value here = s.loop(time);
                   Value last = s.make<arith::SubIOp>(length, s.index(1));
                   Value mirrored = s.make<arith::SubIOp>(last, here);
                   Value inside = s.make<arith::CmpIOp>(arith::CmpIPredicate::slt, here, length);
                   SmallVector<Value> at;
                   for (int64_t i = 0; i < rank; ++i)
                     at.push_back(i == time ? s.select(inside, mirrored, here) : s.loop(i));
                   return s.make<tensor::ExtractOp>(data, at);
                 }));
}

//===----------------------------------------------------------------------===//
// Scatter
//===----------------------------------------------------------------------===//

/// How an update joins what is there; null for an unknown reduction.
static Value combineUpdate(Scalars &s, StringRef reduction, Value old, Value update) {
  if (reduction == "add")
    return s.add(old, update);
  if (reduction == "mul")
    return s.mul(old, update);
  if (reduction == "max")
    return s.max(old, update);
  if (reduction == "min")
    return s.min(old, update);
  return update;
}

/// Whether the ONNX index `index` of a dimension of `size` means position `at`.
static Value refersTo(Scalars &s, Value index, Value at, int64_t size) {
  Value i = position(s, index, size, -size - 1, size);
  return s.make<arith::CmpIOp>(arith::CmpIPredicate::eq, i, at);
}

/// Loops over the result and, per element, over the updates of its line. The
/// result outside the updates' extent in other dimensions is the data.
static LogicalResult lowerScatterElements(onnx::ScatterElementsOp op, ValueRange operands,
                                          TensorBuilder &b) {
  Value data = operands[0], indices = operands[1], updates = operands[2];
  int64_t rank = rankOf(data), axis = normalizeAxis(op.getAxis(), rank);
  if (axis < 0)
    return b.fail("the axis is out of range");
  // The part of the data that updates can reach.
  SmallVector<int64_t> offsets(rank, 0), reach(shapeOf(indices));
  reach[axis] = shapeOf(data)[axis];
  Value part = b.slice(data, offsets, reach);
  SmallVector<AffineExpr> exprs;
  for (int64_t i = 0; i < rank; ++i)
    exprs.push_back(b.dim(i == axis ? rank : i));
  AffineMap source = b.mapOf(rank + 1, exprs);
  SmallVector<AffineMap> maps{source, source, b.without(rank + 1, {rank})};
  Value scattered = b.generic(
      {indices, updates}, part, maps,
      [&](Scalars &s, ValueRange args) {
        Value hit = refersTo(s, args[0], s.loop(axis), shapeOf(data)[axis]);
        return s.select(hit, combineUpdate(s, op.getReduction(), args[2], args[1]), args[2]);
      },
      b.isUnsigned());
  if (shapeOf(part) != shapeOf(data))
    scattered = b.insert(scattered, data, offsets);
  return b.replace(scattered);
}

/// Loops over the result and, per element, over all index tuples.
static LogicalResult lowerScatterND(onnx::ScatterNDOp op, ValueRange operands, TensorBuilder &b) {
  Value data = operands[0], indices = operands[1], updates = operands[2];
  int64_t rank = rankOf(data), tuples = rankOf(indices) - 1;
  int64_t depth = shapeOf(indices).empty() ? 0 : shapeOf(indices).back();
  if (tuples < 0 || depth > rank)
    return b.fail("the indices do not fit the data");
  unsigned numDims = rank + tuples;
  SmallVector<Value> inputs(depth, indices);
  SmallVector<AffineMap> maps;
  SmallVector<AffineExpr> tuple;
  for (int64_t i = 0; i < tuples; ++i)
    tuple.push_back(b.dim(rank + i));
  for (int64_t c = 0; c < depth; ++c) {
    SmallVector<AffineExpr> exprs(tuple);
    exprs.push_back(b.getAffineConstantExpr(c));
    maps.push_back(b.mapOf(numDims, exprs));
  }
  SmallVector<AffineExpr> update(tuple), result;
  for (int64_t i = 0; i < rank; ++i)
    result.push_back(b.dim(i));
  for (int64_t i = depth; i < rank; ++i)
    update.push_back(b.dim(i));
  inputs.push_back(updates);
  maps.push_back(b.mapOf(numDims, update));
  maps.push_back(b.mapOf(numDims, result));
  return b.replace(b.generic(
      inputs, data, maps,
      [&](Scalars &s, ValueRange args) {
        Value hit = s.constant(s.builder.getI1Type(), 1);
        for (int64_t c = 0; c < depth; ++c)
          hit = s.make<arith::AndIOp>(hit, refersTo(s, args[c], s.loop(c), shapeOf(data)[c]));
        Value old = args[depth + 1];
        return s.select(hit, combineUpdate(s, op.getReduction(), old, args[depth]), old);
      },
      b.isUnsigned()));
}

/// A cache with new entries from write_indices[batch] on. Each element of the
/// result is the entry at its distance from there, or what it was.
static LogicalResult lowerTensorScatter(onnx::TensorScatterOp op, ValueRange operands,
                                        TensorBuilder &b) {
  Value past = operands[0], update = operands[1];
  int64_t rank = rankOf(past), axis = normalizeAxis(op.getAxis(), rank);
  if (axis < 1)
    return b.fail("the axis is out of range");
  int64_t length = shapeOf(update)[axis], capacity = shapeOf(past)[axis];
  if (length == 0)
    return b.replace(past);
  SmallVector<Value> inputs{past};
  SmallVector<AffineMap> maps{b.identity(rank)};
  if (op.getWriteIndices()) {
    inputs.push_back(operands[2]);
    maps.push_back(b.mapOf(rank, {b.dim(0)}));
  }
  bool isCircular = op.getMode() == "circular";
  return b.replace(
      b.parallel(shapeOf(past), elementOf(past), inputs, maps, [&](Scalars &s, ValueRange args) {
        Value distance = s.loop(axis);
        if (inputs.size() > 1) {
          Value start = s.make<arith::IndexCastOp>(s.builder.getIndexType(), args[1]);
          distance = s.make<arith::SubIOp>(distance, start);
        }
        if (isCircular) {
          distance = s.make<arith::RemSIOp>(distance, s.index(capacity));
          distance = s.make<arith::AddIOp>(distance, s.index(capacity));
          distance = s.make<arith::RemUIOp>(distance, s.index(capacity));
        }
        Value isNew = s.make<arith::CmpIOp>(arith::CmpIPredicate::ult, distance, s.index(length));
        SmallVector<Value> at;
        for (int64_t i = 0; i < rank; ++i)
          at.push_back(i == axis ? s.select(isNew, distance, s.index(0)) : s.loop(i));
        return s.select(isNew, s.make<tensor::ExtractOp>(update, at), args[0]);
      }));
}

void bornc::lower::populateGather(LoweringTable &table) {
  addLowering<onnx::GatherElementsOp, lowerGatherElements>(table);
  addLowering<onnx::GatherNDOp, lowerGatherND>(table);
  addLowering<onnx::GatherOp, lowerGather>(table);
  addLowering<onnx::OneHotOp, lowerOneHot>(table);
  addLowering<onnx::ReverseSequenceOp, lowerReverseSequence>(table);
  addLowering<onnx::ScatterElementsOp, lowerScatterElements>(table);
  addLowering<onnx::ScatterNDOp, lowerScatterND>(table);
  addLowering<onnx::TensorScatterOp, lowerTensorScatter>(table);
}
