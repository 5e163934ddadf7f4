//===- Reduction.cpp ------------------------------------------------------===//
#include "passes/lower/Registry.h"
#include "passes/lower/TensorBuilder.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"

using namespace mlir;
using namespace bornc;
using namespace bornc::lower;

using Compare = Scalars::Compare;

//===----------------------------------------------------------------------===//
// Reduce*
//===----------------------------------------------------------------------===//

namespace {
/// What a reduction does with an element, with the accumulator, and at the end.
/// `count` is the number of elements reduced into one.
struct Reduction {
  llvm::StringLiteral op;
  enum Start { Zero, One, Lowest, Highest } start;
  Value (*element)(Scalars &, Value);
  Value (Scalars::*combine)(Value, Value);
  Value (*finish)(Scalars &, Value, int64_t count);
};
} // namespace

static Value square(Scalars &s, Value a) { return s.mul(a, a); }
static Value absolute(Scalars &s, Value a) { return s.abs(a); }
static Value mean(Scalars &s, Value a, int64_t count) {
  return Scalars::isFloat(a) ? s.mul(a, 1.0 / count) : s.div(a, s.constant(a.getType(), count));
}
static Value squareRoot(Scalars &s, Value a, int64_t) {
  if (Scalars::isFloat(a))
    return s.make<math::SqrtOp>(a);
  Type f64 = s.builder.getF64Type();
  return s.convert(s.make<math::SqrtOp>(s.convert(a, f64)), a.getType(), s.isUnsigned);
}
static Value logarithm(Scalars &s, Value a, int64_t) {
  if (Scalars::isFloat(a))
    return s.make<math::LogOp>(a);
  Type f64 = s.builder.getF64Type();
  return s.convert(s.make<math::LogOp>(s.convert(a, f64)), a.getType(), s.isUnsigned);
}

static constexpr auto add = static_cast<Value (Scalars::*)(Value, Value)>(&Scalars::add);
static constexpr auto mul = static_cast<Value (Scalars::*)(Value, Value)>(&Scalars::mul);

static constexpr Reduction reductions[] = {
    {"onnx.ReduceL1", Reduction::Zero, absolute, add, nullptr},
    {"onnx.ReduceL2", Reduction::Zero, square, add, squareRoot},
    {"onnx.ReduceLogSum", Reduction::Zero, nullptr, add, logarithm},
    {"onnx.ReduceMax", Reduction::Lowest, nullptr, &Scalars::max, nullptr},
    {"onnx.ReduceMean", Reduction::Zero, nullptr, add, mean},
    {"onnx.ReduceMin", Reduction::Highest, nullptr, &Scalars::min, nullptr},
    {"onnx.ReduceProd", Reduction::One, nullptr, mul, nullptr},
    {"onnx.ReduceSum", Reduction::Zero, nullptr, add, nullptr},
    {"onnx.ReduceSumSquare", Reduction::Zero, square, add, nullptr},
};

Value bornc::lower::extremeValue(TensorBuilder &b, Type type, bool lowest, bool isUnsigned) {
  if (isa<FloatType>(type))
    return b.scalar(type, lowest ? -std::numeric_limits<double>::infinity()
                                 : std::numeric_limits<double>::infinity());
  unsigned bits = type.getIntOrFloatBitWidth();
  APInt value = isUnsigned || bits == 1
                    ? (lowest ? APInt::getMinValue(bits) : APInt::getMaxValue(bits))
                    : (lowest ? APInt::getSignedMinValue(bits) : APInt::getSignedMaxValue(bits));
  return b.create<arith::ConstantOp>(b.getIntegerAttr(type, value));
}

static Value startValue(TensorBuilder &b, const Reduction &reduction, Type type) {
  switch (reduction.start) {
  case Reduction::Zero:
    return b.scalar(type, 0);
  case Reduction::One:
    return b.scalar(type, 1);
  case Reduction::Lowest:
    return extremeValue(b, type, true, b.isUnsigned());
  case Reduction::Highest:
    return extremeValue(b, type, false, b.isUnsigned());
  }
  llvm_unreachable("all starts handled");
}

/// The reduced dimensions, sorted, or nothing with a reason.
static FailureOr<SmallVector<int64_t>> reducedDims(TensorBuilder &b, int64_t rank) {
  SmallVector<int64_t> dims;
  if (onnx::presentOperand(b.op, 1)) {
    auto axes = b.constantInts(1);
    if (!axes)
      return b.fail("the axes are not constant");
    for (int64_t axis : *axes)
      dims.push_back(normalizeAxis(axis, rank));
  }
  llvm::sort(dims);
  if (!dims.empty() && (dims.front() < 0 || std::unique(dims.begin(), dims.end()) != dims.end()))
    return b.fail("an axis is out of range or occurs twice");
  auto noop = b.op->getAttrOfType<IntegerAttr>("noop_with_empty_axes");
  if (dims.empty() && !(noop && noop.getInt() != 0))
    dims = llvm::to_vector(llvm::seq<int64_t>(0, rank));
  return dims;
}

static LogicalResult lowerReduce(Operation *op, ValueRange operands, TensorBuilder &b) {
  const Reduction *reduction = llvm::find_if(
      reductions, [&](const Reduction &row) { return row.op == op->getName().getStringRef(); });
  Value data = operands[0];
  FailureOr<SmallVector<int64_t>> dims = reducedDims(b, rankOf(data));
  if (failed(dims))
    return failure();
  RankedTensorType type = b.resultType();
  Type element = type.getElementType();
  int64_t count = 1;
  for (int64_t dim : *dims)
    count *= shapeOf(data)[dim];
  auto body = [&](Scalars &s, ValueRange args) {
    Value value = reduction->element ? reduction->element(s, args[0]) : args[0];
    return (s.*reduction->combine)(args[1], value);
  };
  Value result = b.reduce(data, *dims, startValue(b, *reduction, element), body, b.isUnsigned());
  if (reduction->finish)
    result = b.elementwise(
        shapeOf(result), element, result,
        [&](Scalars &s, ValueRange args) { return reduction->finish(s, args[0], count); },
        b.isUnsigned());
  return b.replace(b.reshape(result, type.getShape()));
}

/// max + log(sum(exp(x - max))), where an infinite max is left out.
static LogicalResult lowerReduceLogSumExp(Operation *op, ValueRange operands, TensorBuilder &b) {
  Value data = operands[0];
  FailureOr<SmallVector<int64_t>> dims = reducedDims(b, rankOf(data));
  if (failed(dims))
    return failure();
  RankedTensorType type = b.resultType();
  Type element = type.getElementType();
  if (!isa<FloatType>(element))
    return b.fail("expected floating-point elements");
  Value largest = b.reduce(data, *dims, extremeValue(b, element, true, false),
                           [](Scalars &s, ValueRange args) { return s.max(args[1], args[0]); });
  largest = b.elementwise(shapeOf(largest), element, largest, [](Scalars &s, ValueRange args) {
    Value isFinite =
        s.compare(Compare::Lt, s.abs(args[0]), std::numeric_limits<double>::infinity());
    return s.select(isFinite, args[0], s.constant(args[0].getType(), 0));
  });
  Value sum =
      b.reduce({data, largest}, *dims, b.scalar(element, 0), [](Scalars &s, ValueRange args) {
        return s.add(args[2], s.make<math::ExpOp>(s.sub(args[0], args[1])));
      });
  Value result =
      b.elementwise(shapeOf(sum), element, {sum, largest}, [](Scalars &s, ValueRange args) {
        return s.add(s.make<math::LogOp>(args[0]), args[1]);
      });
  return b.replace(b.reshape(result, type.getShape()));
}

//===----------------------------------------------------------------------===//
// ArgMax, ArgMin
//===----------------------------------------------------------------------===//

/// Reduces value and index together.
template <typename OpTy, Compare Better, Compare BetterOrEqual>
static LogicalResult lowerArg(OpTy op, ValueRange operands, TensorBuilder &b) {
  Value data = operands[0];
  int64_t rank = rankOf(data), axis = normalizeAxis(op.getAxis(), rank);
  if (axis < 0)
    return b.fail("the axis is out of range");
  RankedTensorType type = b.resultType();
  Type element = elementOf(data);
  SmallVector<int64_t> shape(shapeOf(data));
  shape.erase(shape.begin() + axis);
  bool isUnsigned = b.isUnsigned();
  Value best = b.filled(shape, extremeValue(b, element, Better == Compare::Gt, isUnsigned));
  Value first = b.filled(shape, b.getI64Type(), 0);
  SmallVector<AffineMap> maps(3, b.without(rank, {axis}));
  maps[0] = b.identity(rank);
  bool selectLast = op.getSelectLastIndex() != 0;
  auto body = [&](Scalars &s, ValueRange args) {
    Value better = s.compare(selectLast ? BetterOrEqual : Better, args[0], args[1]);
    Value position = s.loop(axis);
    Value index = s.make<arith::IndexCastOp>(s.builder.getI64Type(), position);
    return SmallVector<Value>{s.select(better, args[0], args[1]), s.select(better, index, args[2])};
  };
  SmallVector<Value> results = b.generic(data, {best, first}, maps, body, isUnsigned);
  return b.replace(b.reshape(results[1], type.getShape()));
}

//===----------------------------------------------------------------------===//
// CumSum, CumProd
//===----------------------------------------------------------------------===//

/// Every element combines all elements up to its position: quadratic in the
/// length, but parallel and in a fixed order.
static LogicalResult cumulate(TensorBuilder &b, Value data, double start, bool exclusive,
                              bool reverse, Value (Scalars::*combine)(Value, Value)) {
  auto axisValue = b.constantInts(1);
  if (!axisValue || axisValue->size() != 1)
    return b.fail("the axis is not constant");
  int64_t rank = rankOf(data), axis = normalizeAxis(axisValue->front(), rank);
  if (axis < 0)
    return b.fail("the axis is out of range");
  SmallVector<AffineExpr> source;
  for (int64_t i = 0; i < rank; ++i)
    source.push_back(b.dim(i == axis ? rank : i));
  SmallVector<AffineMap> maps{b.mapOf(rank + 1, source), b.without(rank + 1, {rank})};
  auto predicate = reverse ? (exclusive ? arith::CmpIPredicate::ugt : arith::CmpIPredicate::uge)
                           : (exclusive ? arith::CmpIPredicate::ult : arith::CmpIPredicate::ule);
  Value init = b.filled(shapeOf(data), elementOf(data), start);
  return b.replace(b.generic(data, init, maps, [&](Scalars &s, ValueRange args) {
    Value here = s.loop(axis), there = s.loop(rank);
    Value counts = s.make<arith::CmpIOp>(predicate, there, here);
    return s.select(counts, (s.*combine)(args[1], args[0]), args[1]);
  }));
}

static LogicalResult lowerCumSum(onnx::CumSumOp op, ValueRange operands, TensorBuilder &b) {
  return cumulate(b, operands[0], 0, op.getExclusive() != 0, op.getReverse() != 0, add);
}

static LogicalResult lowerCumProd(onnx::CumProdOp op, ValueRange operands, TensorBuilder &b) {
  return cumulate(b, operands[0], 1, op.getExclusive() != 0, op.getReverse() != 0, mul);
}

void bornc::lower::populateReduction(LoweringTable &table) {
  for (const Reduction &row : reductions)
    table[row.op] = lowerReduce;
  table["onnx.ReduceLogSumExp"] = lowerReduceLogSumExp;
  addLowering<onnx::ArgMaxOp, lowerArg<onnx::ArgMaxOp, Compare::Gt, Compare::Ge>>(table);
  addLowering<onnx::ArgMinOp, lowerArg<onnx::ArgMinOp, Compare::Lt, Compare::Le>>(table);
  addLowering<onnx::CumProdOp, lowerCumProd>(table);
  addLowering<onnx::CumSumOp, lowerCumSum>(table);
}
