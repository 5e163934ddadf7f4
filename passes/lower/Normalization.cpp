//===- Normalization.cpp - softmax and normalisations ---------------------===//
//
// Row reductions and elementwise generics. Variances are two-pass (the mean
// first), softmax subtracts the maximum.
//
//===----------------------------------------------------------------------===//
#include "passes/lower/Registry.h"
#include "passes/lower/TensorBuilder.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"

using namespace mlir;
using namespace bornc;
using namespace bornc::lower;

using Compare = Scalars::Compare;
using Dims = ArrayRef<int64_t>;

//===----------------------------------------------------------------------===//
// Rows: values that belong to all dimensions but the reduced ones
//===----------------------------------------------------------------------===//

/// Elementwise over the shape of `data`, with rows that lack `dims`.
static Value withRows(TensorBuilder &b, Value data, ValueRange rows, Dims dims,
                      TensorBuilder::Body1 body) {
  unsigned rank = rankOf(data);
  SmallVector<Value> inputs{data};
  llvm::append_range(inputs, rows);
  SmallVector<AffineMap> maps(inputs.size(), b.without(rank, dims));
  maps.front() = b.identity(rank);
  return b.parallel(shapeOf(data), elementOf(data), inputs, maps, body);
}

static Value rowMax(TensorBuilder &b, Value data, Dims dims) {
  return b.reduce(data, dims, extremeValue(b, elementOf(data), true, false),
                  [](Scalars &s, ValueRange args) { return s.max(args[1], args[0]); });
}

static Value rowSum(TensorBuilder &b, Value data, Dims dims) {
  return b.reduce(data, dims, b.scalar(elementOf(data), 0),
                  [](Scalars &s, ValueRange args) { return s.add(args[1], args[0]); });
}

static int64_t rowLength(Value data, Dims dims) {
  int64_t count = 1;
  for (int64_t dim : dims)
    count *= shapeOf(data)[dim];
  return count;
}

static Value rowMean(TensorBuilder &b, Value data, Dims dims) {
  Value sum = rowSum(b, data, dims);
  double factor = 1.0 / rowLength(data, dims);
  return b.elementwise(shapeOf(sum), elementOf(sum), sum,
                       [&](Scalars &s, ValueRange args) { return s.mul(args[0], factor); });
}

/// 1 / sqrt(sum / count + epsilon), of a row's sum of squares.
static Value inverseDeviation(TensorBuilder &b, Value sum, int64_t count, double epsilon) {
  double factor = 1.0 / count;
  return b.elementwise(shapeOf(sum), elementOf(sum), sum, [&](Scalars &s, ValueRange args) {
    Value variance = s.mul(args[0], factor);
    return s.div(1.0, s.make<math::SqrtOp>(s.add(variance, epsilon)));
  });
}

static Value sumOfSquares(TensorBuilder &b, Value data, Dims dims) {
  return b.reduce(data, dims, b.scalar(elementOf(data), 0), [](Scalars &s, ValueRange args) {
    return s.add(args[1], s.mul(args[0], args[0]));
  });
}

static Value sumOfSquaredDifferences(TensorBuilder &b, Value data, Value mean, Dims dims) {
  return b.reduce({data, mean}, dims, b.scalar(elementOf(data), 0),
                  [](Scalars &s, ValueRange args) {
                    Value difference = s.sub(args[0], args[1]);
                    return s.add(args[2], s.mul(difference, difference));
                  });
}

namespace {
/// A normalised tensor and the statistics of its rows.
struct Normalized {
  Value value, mean, inverseDeviation;
};
} // namespace

static Normalized normalize(TensorBuilder &b, Value data, Dims dims, double epsilon) {
  Value mean = rowMean(b, data, dims);
  Value squares = sumOfSquaredDifferences(b, data, mean, dims);
  Value inverse = inverseDeviation(b, squares, rowLength(data, dims), epsilon);
  Value value = withRows(b, data, {mean, inverse}, dims, [](Scalars &s, ValueRange args) {
    return s.mul(s.sub(args[0], args[1]), args[2]);
  });
  return {value, mean, inverse};
}

/// value * scale (+ bias), both broadcast by `map`.
static Value scaleAndShift(TensorBuilder &b, Value value, Value scale, Value bias, AffineMap map) {
  SmallVector<Value> inputs{value, scale};
  SmallVector<AffineMap> maps{b.identity(rankOf(value)), map};
  if (bias) {
    inputs.push_back(bias);
    maps.push_back(map);
  }
  return b.parallel(shapeOf(value), elementOf(value), inputs, maps,
                    [&](Scalars &s, ValueRange args) {
                      Value scaled = s.mul(args[0], args[1]);
                      return bias ? s.add(scaled, args[2]) : scaled;
                    });
}

//===----------------------------------------------------------------------===//
// Softmax and its relatives
//===----------------------------------------------------------------------===//

template <typename OpTy, bool isLog>
static LogicalResult lowerSoftmax(OpTy op, ValueRange operands, TensorBuilder &b) {
  Value data = operands[0];
  int64_t axis = normalizeAxis(op.getAxis(), rankOf(data));
  if (axis < 0)
    return b.fail("the axis is out of range");
  Value largest = rowMax(b, data, axis);
  auto shifted = [](Scalars &s, ValueRange args) { return s.sub(args[0], args[1]); };
  auto exponential = [](Scalars &s, ValueRange args) {
    return s.make<math::ExpOp>(s.sub(args[0], args[1]));
  };
  if (!isLog) {
    Value e = withRows(b, data, largest, axis, exponential);
    Value sum = rowSum(b, e, axis);
    return b.replace(withRows(b, e, sum, axis,
                              [](Scalars &s, ValueRange args) { return s.div(args[0], args[1]); }));
  }
  Value difference = withRows(b, data, largest, axis, shifted);
  Value sum =
      b.reduce(difference, axis, b.scalar(elementOf(data), 0), [](Scalars &s, ValueRange args) {
        return s.add(args[1], s.make<math::ExpOp>(args[0]));
      });
  return b.replace(withRows(b, difference, sum, axis, [](Scalars &s, ValueRange args) {
    return s.sub(args[0], s.make<math::LogOp>(args[1]));
  }));
}

/// One at the first maximum of each row.
static LogicalResult lowerHardmax(onnx::HardmaxOp op, ValueRange operands, TensorBuilder &b) {
  Value data = operands[0];
  int64_t rank = rankOf(data), axis = normalizeAxis(op.getAxis(), rank);
  if (axis < 0)
    return b.fail("the axis is out of range");
  Value largest = rowMax(b, data, axis);
  // The smallest index that holds the maximum.
  Type i64 = b.getI64Type();
  Value first = b.reduce({data, largest}, axis, extremeValue(b, i64, false, false),
                         [&](Scalars &s, ValueRange args) {
                           Value position = s.loop(axis);
                           Value index = s.make<arith::IndexCastOp>(i64, position);
                           Value isMax = s.compare(Compare::Eq, args[0], args[1]);
                           return s.select(isMax, s.min(args[2], index), args[2]);
                         });
  return b.replace(b.parallel(shapeOf(data), elementOf(data), first, b.without(rank, {axis}),
                              [&](Scalars &s, ValueRange args) {
                                Value position = s.loop(axis);
                                Value index = s.make<arith::IndexCastOp>(i64, position);
                                Value isFirst = s.compare(Compare::Eq, index, args[0]);
                                return s.convert(isFirst, elementOf(data));
                              }));
}

//===----------------------------------------------------------------------===//
// Normalisations over trailing dimensions
//===----------------------------------------------------------------------===//

static SmallVector<int64_t> dimsFrom(int64_t first, int64_t rank) {
  return llvm::to_vector(llvm::seq<int64_t>(first, rank));
}

static LogicalResult lowerLayerNormalization(onnx::LayerNormalizationOp op, ValueRange operands,
                                             TensorBuilder &b) {
  RankedTensorType type = b.resultType();
  int64_t rank = type.getRank(), axis = normalizeAxis(op.getAxis(), rank);
  if (axis < 0)
    return b.fail("the axis is out of range");
  bool computesInF32 = op.getStashType() == 1 && type.getElementTypeBitWidth() < 32;
  Value data = computesInF32 ? b.convert(operands[0], b.getF32Type()) : operands[0];
  Normalized result = normalize(b, data, dimsFrom(axis, rank), op.getEpsilon().convertToDouble());
  Value value = b.convert(result.value, type.getElementType());
  SmallVector<Value> inputs{value, operands[1]};
  if (op.getB())
    inputs.push_back(operands[2]);
  value = b.elementwise(type.getShape(), type.getElementType(), inputs,
                        [&](Scalars &s, ValueRange args) {
                          Value scaled = s.mul(args[0], args[1]);
                          return inputs.size() > 2 ? s.add(scaled, args[2]) : scaled;
                        });
  SmallVector<Value> results{value};
  for (auto [i, row] : llvm::enumerate(SmallVector<Value>{result.mean, result.inverseDeviation}))
    if (op->getNumResults() > i + 1)
      results.push_back(onnx::presentResult(op, i + 1)
                            ? b.convert(b.reshape(row, b.resultType(i + 1).getShape()),
                                        b.resultType(i + 1).getElementType())
                            : Value());
  return b.replace(results);
}

static LogicalResult lowerRMSNormalization(onnx::RMSNormalizationOp op, ValueRange operands,
                                           TensorBuilder &b) {
  RankedTensorType type = b.resultType();
  int64_t rank = type.getRank(), axis = normalizeAxis(op.getAxis(), rank);
  if (axis < 0)
    return b.fail("the axis is out of range");
  SmallVector<int64_t> dims = dimsFrom(axis, rank);
  bool computesInF32 =
      op.getStashType() == 1 && elementOf(operands[0]).getIntOrFloatBitWidth() < 32;
  Value data = computesInF32 ? b.convert(operands[0], b.getF32Type()) : operands[0];
  Value inverse = inverseDeviation(b, sumOfSquares(b, data, dims), rowLength(data, dims),
                                   op.getEpsilon().convertToDouble());
  Value value = withRows(b, data, inverse, dims,
                         [](Scalars &s, ValueRange args) { return s.mul(args[0], args[1]); });
  value = b.convert(value, type.getElementType());
  return b.replace(
      b.elementwise(type.getShape(), type.getElementType(), {value, operands[1]},
                    [](Scalars &s, ValueRange args) { return s.mul(args[0], args[1]); }));
}

//===----------------------------------------------------------------------===//
// Normalisations of channels
//===----------------------------------------------------------------------===//

static LogicalResult lowerInstanceNormalization(onnx::InstanceNormalizationOp op,
                                                ValueRange operands, TensorBuilder &b) {
  int64_t rank = rankOf(operands[0]);
  if (rank < 2)
    return b.fail("expected a channel dimension");
  Normalized result =
      normalize(b, operands[0], dimsFrom(2, rank), op.getEpsilon().convertToDouble());
  return b.replace(
      scaleAndShift(b, result.value, operands[1], operands[2], b.mapOf(rank, {b.dim(1)})));
}

/// Rows are the channels of a group with their positions.
static LogicalResult lowerGroupNormalization(onnx::GroupNormalizationOp op, ValueRange operands,
                                             TensorBuilder &b) {
  RankedTensorType type = b.resultType();
  int64_t groups = op.getNumGroups();
  if (type.getRank() < 2 || groups < 1 || type.getDimSize(1) % groups != 0)
    return b.fail("the groups do not divide the channels");
  SmallVector<int64_t> grouped(type.getShape());
  grouped[1] = groups;
  grouped.insert(grouped.begin() + 2, type.getDimSize(1) / groups);
  bool computesInF32 = op.getStashType() == 1 && type.getElementTypeBitWidth() < 32;
  Value data = computesInF32 ? b.convert(operands[0], b.getF32Type()) : operands[0];
  Normalized result = normalize(b, b.reshape(data, grouped), dimsFrom(2, grouped.size()),
                                op.getEpsilon().convertToDouble());
  Value value = b.convert(b.reshape(result.value, type.getShape()), type.getElementType());
  return b.replace(
      scaleAndShift(b, value, operands[1], operands[2], b.mapOf(type.getRank(), {b.dim(1)})));
}

/// old * momentum + current * (1 - momentum), for running statistics.
static Value runningValue(TensorBuilder &b, Value old, Value current, double momentum) {
  return b.elementwise(shapeOf(old), elementOf(old), {old, current},
                       [&](Scalars &s, ValueRange args) {
                         Value now = s.convert(args[1], args[0].getType());
                         return s.add(s.mul(args[0], momentum), s.mul(now, 1 - momentum));
                       });
}

/// x * factor + shift with factor = scale / sqrt(var + epsilon) per channel.
/// In training mode, mean and variance are those of the batch.
static LogicalResult lowerBatchNormalization(onnx::BatchNormalizationOp op, ValueRange operands,
                                             TensorBuilder &b) {
  Value data = operands[0], scale = operands[1], bias = operands[2];
  Value mean = operands[3], variance = operands[4];
  int64_t rank = rankOf(data);
  if (rank < 2)
    return b.fail("expected a channel dimension");
  SmallVector<Value> results(op->getNumResults());
  if (op.getTrainingMode() != 0) {
    SmallVector<int64_t> dims = dimsFrom(1, rank);
    dims.front() = 0;
    mean = rowMean(b, data, dims);
    Value squares = sumOfSquaredDifferences(b, data, mean, dims);
    double factor = 1.0 / rowLength(data, dims);
    variance = b.elementwise(shapeOf(squares), elementOf(squares), squares,
                             [&](Scalars &s, ValueRange args) { return s.mul(args[0], factor); });
    double momentum = op.getMomentum().convertToDouble();
    if (onnx::presentResult(op, 1))
      results[1] = runningValue(b, operands[3], mean, momentum);
    if (onnx::presentResult(op, 2))
      results[2] = runningValue(b, operands[4], variance, momentum);
  }
  double epsilon = op.getEpsilon().convertToDouble();
  Type element = elementOf(data);
  Value factor =
      b.elementwise(shapeOf(scale), element, {scale, variance}, [&](Scalars &s, ValueRange args) {
        Value shifted = s.add(s.convert(args[1], element), epsilon);
        Value root = s.make<math::SqrtOp>(shifted);
        return s.div(s.convert(args[0], element), root);
      });
  Value shift = b.elementwise(shapeOf(scale), element, {bias, mean, factor},
                              [&](Scalars &s, ValueRange args) {
                                Value moved = s.mul(s.convert(args[1], element), args[2]);
                                return s.sub(s.convert(args[0], element), moved);
                              });
  results[0] = scaleAndShift(b, data, factor, shift, b.mapOf(rank, {b.dim(1)}));
  return b.replace(results);
}

//===----------------------------------------------------------------------===//
// Others
//===----------------------------------------------------------------------===//

static LogicalResult lowerMeanVarianceNormalization(onnx::MeanVarianceNormalizationOp op,
                                                    ValueRange operands, TensorBuilder &b) {
  int64_t rank = rankOf(operands[0]);
  SmallVector<int64_t> dims;
  for (int64_t axis : op.getAxes())
    dims.push_back(normalizeAxis(axis, rank));
  llvm::sort(dims);
  if (dims.empty() || dims.front() < 0)
    return b.fail("an axis is out of range");
  Value mean = rowMean(b, operands[0], dims);
  Value squares = sumOfSquaredDifferences(b, operands[0], mean, dims);
  double factor = 1.0 / rowLength(operands[0], dims);
  Value deviation = b.elementwise(
      shapeOf(squares), elementOf(squares), squares,
      [&](Scalars &s, ValueRange args) { return s.make<math::SqrtOp>(s.mul(args[0], factor)); });
  return b.replace(
      withRows(b, operands[0], {mean, deviation}, dims, [](Scalars &s, ValueRange args) {
        return s.div(s.sub(args[0], args[1]), s.add(args[2], 1e-9));
      }));
}

/// Rows of norm zero stay as they are.
static LogicalResult lowerLpNormalization(onnx::LpNormalizationOp op, ValueRange operands,
                                          TensorBuilder &b) {
  Value data = operands[0];
  int64_t axis = normalizeAxis(op.getAxis(), rankOf(data)), p = op.getP();
  if (axis < 0 || (p != 1 && p != 2))
    return b.fail("expected an axis in range and p of 1 or 2");
  Value norm =
      p == 2 ? sumOfSquares(b, data, axis)
             : b.reduce(data, axis, b.scalar(elementOf(data), 0),
                        [](Scalars &s, ValueRange args) { return s.add(args[1], s.abs(args[0])); });
  return b.replace(withRows(b, data, norm, axis, [&](Scalars &s, ValueRange args) {
    Value divisor = p == 2 ? s.make<math::SqrtOp>(args[1]) : args[1];
    Value isZero = s.compare(Compare::Eq, divisor, 0.0);
    return s.select(isZero, s.constant(divisor.getType(), 0), s.div(args[0], divisor));
  }));
}

/// x / (bias + alpha/size * sum of squares of neighbouring channels)^beta
static LogicalResult lowerLRN(onnx::LRNOp op, ValueRange operands, TensorBuilder &b) {
  Value data = operands[0];
  int64_t rank = rankOf(data), size = op.getSize();
  if (rank < 2 || size < 1)
    return b.fail("expected a channel dimension and a positive size");
  double alpha = op.getAlpha().convertToDouble() / size, beta = op.getBeta().convertToDouble();
  double bias = op.getBias().convertToDouble();
  SmallVector<int64_t> low(rank, 0), high(rank, 0);
  low[1] = (size - 1) / 2;
  high[1] = size - 1 - low[1];
  Type element = elementOf(data);
  Value padded = b.pad(data, low, high, b.scalar(element, 0));
  SmallVector<AffineExpr> source;
  for (int64_t i = 0; i < rank; ++i)
    source.push_back(i == 1 ? b.dim(1) + b.dim(rank) : b.dim(i));
  SmallVector<AffineMap> maps{b.mapOf(rank + 1, source), b.mapOf(rank + 1, {b.dim(rank)}),
                              b.without(rank + 1, {rank})};
  Value squares = b.generic(
      {padded, b.empty({size}, element)}, b.filled(shapeOf(data), element, 0), maps,
      [](Scalars &s, ValueRange args) { return s.add(args[2], s.mul(args[0], args[0])); });
  return b.replace(
      b.elementwise(shapeOf(data), element, {data, squares}, [&](Scalars &s, ValueRange args) {
        Value base = s.add(s.mul(args[1], alpha), bias);
        Value power = s.make<math::PowFOp>(base, s.constant(element, beta));
        return s.div(args[0], power);
      }));
}

void bornc::lower::populateNormalization(LoweringTable &table) {
  addLowering<onnx::BatchNormalizationOp, lowerBatchNormalization>(table);
  addLowering<onnx::GroupNormalizationOp, lowerGroupNormalization>(table);
  addLowering<onnx::HardmaxOp, lowerHardmax>(table);
  addLowering<onnx::InstanceNormalizationOp, lowerInstanceNormalization>(table);
  addLowering<onnx::LRNOp, lowerLRN>(table);
  addLowering<onnx::LayerNormalizationOp, lowerLayerNormalization>(table);
  addLowering<onnx::LogSoftmaxOp, lowerSoftmax<onnx::LogSoftmaxOp, true>>(table);
  addLowering<onnx::LpNormalizationOp, lowerLpNormalization>(table);
  addLowering<onnx::MeanVarianceNormalizationOp, lowerMeanVarianceNormalization>(table);
  addLowering<onnx::RMSNormalizationOp, lowerRMSNormalization>(table);
  addLowering<onnx::SoftmaxOp, lowerSoftmax<onnx::SoftmaxOp, false>>(table);
}
