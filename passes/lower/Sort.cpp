//===- Sort.cpp - TopK by counting ----------------------------------------===//
//
// The rank of an element is the number of elements that come before it. With
// static sizes and no order between invocations this is quadratic but
// parallel and deterministic.
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

/// The rank of each element along `axis`; of equal ones the first comes first.
static Value ranks(TensorBuilder &b, Value data, int64_t axis, bool largest) {
  unsigned rank = rankOf(data);
  Type i64 = b.getI64Type();
  SmallVector<AffineExpr> other;
  for (int64_t i = 0; i < rank; ++i)
    other.push_back(b.dim(i == axis ? rank : i));
  SmallVector<AffineMap> maps{b.without(rank + 1, {static_cast<int64_t>(rank)}),
                              b.mapOf(rank + 1, other),
                              b.without(rank + 1, {static_cast<int64_t>(rank)})};
  return b.generic(
      {data, data}, b.filled(shapeOf(data), i64, 0), maps,
      [&](Scalars &s, ValueRange args) {
        Value better = s.compare(largest ? Compare::Gt : Compare::Lt, args[1], args[0]);
        Value equal = s.compare(Compare::Eq, args[1], args[0]);
        Value isEarlier =
            s.make<arith::CmpIOp>(arith::CmpIPredicate::ult, s.loop(rank), s.loop(axis));
        Value before = s.make<arith::OrIOp>(better, s.make<arith::AndIOp>(equal, isEarlier));
        return s.add(args[2], s.make<arith::ExtUIOp>(i64, before));
      },
      b.isUnsigned());
}

static LogicalResult lowerTopK(onnx::TopKOp op, ValueRange operands, TensorBuilder &b) {
  Value data = operands[0];
  int64_t rank = rankOf(data), axis = normalizeAxis(op.getAxis(), rank);
  if (axis < 0)
    return b.fail("the axis is out of range");
  RankedTensorType type = b.resultType();
  Type i64 = b.getI64Type();
  Value order = ranks(b, data, axis, op.getLargest() != 0);
  // Position k of the result has the index of the element whose rank is k.
  SmallVector<AffineExpr> source;
  for (int64_t i = 0; i < rank; ++i)
    source.push_back(b.dim(i == axis ? rank : i));
  SmallVector<AffineMap> maps{b.mapOf(rank + 1, source), b.without(rank + 1, {rank})};
  Value indices =
      b.generic(order, b.filled(type.getShape(), i64, 0), maps, [&](Scalars &s, ValueRange args) {
        Value k = s.loop(axis, i64);
        Value i = s.loop(rank, i64);
        Value hit = s.make<arith::CmpIOp>(arith::CmpIPredicate::eq, args[0], k);
        return s.select(hit, i, args[1]);
      });
  Value values = b.elementwise(
      type.getShape(), type.getElementType(), indices, [&](Scalars &s, ValueRange args) {
        SmallVector<Value> at;
        for (int64_t i = 0; i < rank; ++i)
          at.push_back(i == axis ? s.make<arith::IndexCastOp>(s.builder.getIndexType(), args[0])
                                 : s.loop(i));
        return s.make<tensor::ExtractOp>(data, at);
      });
  return b.replace({values, indices});
}

void bornc::lower::populateSort(LoweringTable &table) {
  addLowering<onnx::TopKOp, lowerTopK>(table);
}
