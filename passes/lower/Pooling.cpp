//===- Pooling.cpp --------------------------------------------------------===//
//
// Pooling reduces windows of the padded input. The window's size is the shape
// of a second input that the payload does not read, as in linalg.pooling.
//
//===----------------------------------------------------------------------===//
#include "passes/lower/Window.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"

using namespace mlir;
using namespace bornc;
using namespace bornc::lower;

using Compare = Scalars::Compare;

/// Maps of input, window and output; loops are batch, channel, positions, window.
static SmallVector<AffineMap> poolingMaps(TensorBuilder &b, const Window &window) {
  unsigned rank = window.rank(), numDims = 2 + 2 * rank;
  SmallVector<AffineExpr> input{b.dim(0), b.dim(1)}, inside, output{b.dim(0), b.dim(1)};
  for (unsigned i = 0; i < rank; ++i) {
    AffineExpr position = b.dim(2 + i), k = b.dim(2 + rank + i);
    input.push_back(window.position(i, position, k));
    inside.push_back(k);
    output.push_back(position);
  }
  return {b.mapOf(numDims, input), b.mapOf(numDims, inside), b.mapOf(numDims, output)};
}

template <typename OpTy>
static FailureOr<Window> poolingWindow(OpTy op, TensorBuilder &b, Value data) {
  RankedTensorType type = b.resultType();
  if (type.getRank() < 3)
    return b.fail("expected at least one spatial dimension");
  return windowOf(b, op.getKernelShape(), shapeOf(data).drop_front(2),
                  type.getShape().drop_front(2));
}

/// Reduces windows of `data` with `combine(element, accumulator)`.
static Value reduceWindows(TensorBuilder &b, Value data, Window window, Value padding, Value start,
                           ArrayRef<int64_t> shape, TensorBuilder::Body1 combine) {
  window.coverOutput(shapeOf(data).drop_front(2), shape.drop_front(2));
  Value padded = padWindow(b, data, window, padding);
  Value windowShape = b.empty(window.kernel, elementOf(data));
  return b.generic(
      {padded, windowShape}, b.filled(shape, start), poolingMaps(b, window),
      [&](Scalars &s, ValueRange args) { return combine(s, {args[0], args[2]}); }, b.isUnsigned());
}

//===----------------------------------------------------------------------===//
// MaxPool
//===----------------------------------------------------------------------===//

/// The position in the unpadded input that a window element has, row-major over
/// all dimensions (or with the spatial dimensions reversed).
static Value flatPosition(Scalars &s, const Window &window, ArrayRef<int64_t> input,
                          bool columnMajor) {
  unsigned rank = window.rank();
  auto spatial = [&](unsigned i) {
    Value start = s.make<arith::MulIOp>(s.loop(2 + i), s.index(window.strides[i]));
    Value inside = s.make<arith::MulIOp>(s.loop(2 + rank + i), s.index(window.dilations[i]));
    Value padded = s.make<arith::AddIOp>(start, inside);
    return s.make<arith::SubIOp>(padded, s.index(window.padLow[i]));
  };
  Value flat =
      s.make<arith::AddIOp>(s.make<arith::MulIOp>(s.loop(0), s.index(input[1])), s.loop(1));
  for (unsigned n = 0; n < rank; ++n) {
    unsigned i = columnMajor ? rank - 1 - n : n;
    flat = s.make<arith::MulIOp>(flat, s.index(input[2 + i]));
    flat = s.make<arith::AddIOp>(flat, spatial(i));
  }
  return s.make<arith::IndexCastOp>(s.builder.getI64Type(), flat);
}

/// Value and position are reduced together.
static SmallVector<Value> maxPoolWithIndices(onnx::MaxPoolOp op, TensorBuilder &b, Value data,
                                             Window window) {
  RankedTensorType type = b.resultType();
  Type element = type.getElementType();
  window.coverOutput(shapeOf(data).drop_front(2), type.getShape().drop_front(2));
  Value lowest = extremeValue(b, element, true, b.isUnsigned());
  Value padded = padWindow(b, data, window, lowest);
  SmallVector<AffineMap> maps = poolingMaps(b, window);
  maps.push_back(maps.back());
  SmallVector<Value> inits{b.filled(type.getShape(), lowest),
                           b.filled(type.getShape(), b.getI64Type(), 0)};
  SmallVector<int64_t> input(shapeOf(data));
  return b.generic(
      {padded, b.empty(window.kernel, element)}, inits, maps,
      [&](Scalars &s, ValueRange args) {
        Value better = s.compare(Compare::Gt, args[0], args[2]);
        Value position = flatPosition(s, window, input, op.getStorageOrder() != 0);
        return SmallVector<Value>{s.select(better, args[0], args[2]),
                                  s.select(better, position, args[3])};
      },
      b.isUnsigned());
}

/// The maximum of a large window is that of its lines' maxima: far fewer elements to look at.
/// Small windows are not worth a pass of their own.
static bool isWorthSplitting(const Window &window) {
  int64_t together = 1, apart = 0;
  for (int64_t extent : window.kernel) {
    together *= extent;
    apart += extent;
  }
  return together >= 4 * apart;
}

/// The window along spatial dimension `dim` alone.
static Window along(const Window &window, unsigned dim) {
  SmallVector<int64_t> ones(window.rank(), 1), zeros(window.rank(), 0);
  Window one{ones, ones, ones, zeros, zeros};
  one.kernel[dim] = window.kernel[dim];
  one.strides[dim] = window.strides[dim];
  one.dilations[dim] = window.dilations[dim];
  one.padLow[dim] = window.padLow[dim];
  one.padHigh[dim] = window.padHigh[dim];
  return one;
}

static LogicalResult lowerMaxPool(onnx::MaxPoolOp op, ValueRange operands, TensorBuilder &b) {
  FailureOr<Window> window = poolingWindow(op, b, operands[0]);
  if (failed(window))
    return failure();
  if (onnx::presentResult(op, 1))
    return b.replace(maxPoolWithIndices(op, b, operands[0], *window));
  RankedTensorType type = b.resultType();
  Value lowest = extremeValue(b, type.getElementType(), true, b.isUnsigned());
  SmallVector<Value> results(op->getNumResults());
  auto reduce = [&](Value data, const Window &part, ArrayRef<int64_t> shape) {
    return reduceWindows(b, data, part, lowest, lowest, shape,
                         [](Scalars &s, ValueRange args) { return s.max(args[1], args[0]); });
  };
  Value result = operands[0];
  if (isWorthSplitting(*window)) {
    SmallVector<int64_t> shape(shapeOf(result));
    for (unsigned dim : llvm::reverse(llvm::seq(window->rank()))) {
      shape[2 + dim] = type.getDimSize(2 + dim);
      result = reduce(result, along(*window, dim), shape);
    }
  } else {
    result = reduce(result, *window, type.getShape());
  }
  results[0] = result;
  return b.replace(results);
}

//===----------------------------------------------------------------------===//
// AveragePool, LpPool
//===----------------------------------------------------------------------===//

/// How many window elements of output position o count, per position of
/// spatial dimension i: those in the input or, if padding counts, in the padded
/// input without what ceil_mode added.
static SmallVector<float> windowCounts(const Window &window, unsigned i, int64_t input,
                                       int64_t output, bool paddingCounts) {
  SmallVector<float> counts;
  int64_t low = paddingCounts ? 0 : window.padLow[i];
  int64_t high = window.padLow[i] + input + (paddingCounts ? window.padHigh[i] : 0);
  for (int64_t o = 0; o < output; ++o) {
    int64_t count = 0;
    for (int64_t k = 0; k < window.kernel[i]; ++k) {
      int64_t position = o * window.strides[i] + k * window.dilations[i];
      count += position >= low && position < high;
    }
    counts.push_back(std::max<int64_t>(count, 1));
  }
  return counts;
}

static LogicalResult lowerAveragePool(onnx::AveragePoolOp op, ValueRange operands,
                                      TensorBuilder &b) {
  FailureOr<Window> window = poolingWindow(op, b, operands[0]);
  if (failed(window))
    return failure();
  RankedTensorType type = b.resultType();
  Type element = type.getElementType();
  Value zero = b.scalar(element, 0);
  Value sum = reduceWindows(b, operands[0], *window, zero, zero, type.getShape(),
                            [](Scalars &s, ValueRange args) { return s.add(args[1], args[0]); });
  // The count is a product of one factor per dimension; equal ones are a scalar.
  double factor = 1;
  unsigned rank = type.getRank();
  SmallVector<Value> inputs{sum};
  SmallVector<AffineMap> maps{b.identity(rank)};
  for (unsigned i = 0; i < window->rank(); ++i) {
    SmallVector<float> counts = windowCounts(*window, i, shapeOf(operands[0])[2 + i],
                                             type.getDimSize(2 + i), op.getCountIncludePad() != 0);
    if (llvm::all_equal(counts)) {
      factor *= counts.empty() ? 1 : counts.front();
      continue;
    }
    inputs.push_back(b.constantF32(counts, {static_cast<int64_t>(counts.size())}));
    maps.push_back(b.mapOf(rank, {b.dim(2 + i)}));
  }
  return b.replace(
      b.parallel(type.getShape(), element, inputs, maps, [&](Scalars &s, ValueRange args) {
        Value count = s.constant(element, factor);
        for (Value part : args.drop_front().drop_back())
          count = s.mul(count, s.convert(part, element));
        return s.div(args[0], count);
      }));
}

static Value powerOf(Scalars &s, Value a, double exponent) {
  if (exponent == 1)
    return a;
  if (exponent == 2)
    return s.mul(a, a);
  if (exponent == 0.5)
    return s.make<math::SqrtOp>(a);
  return s.make<math::PowFOp>(a, s.constant(a.getType(), exponent));
}

static Value rootOf(TensorBuilder &b, Value value, int64_t p) {
  return b.elementwise(shapeOf(value), elementOf(value), value,
                       [&](Scalars &s, ValueRange args) { return powerOf(s, args[0], 1.0 / p); });
}

static LogicalResult lowerLpPool(onnx::LpPoolOp op, ValueRange operands, TensorBuilder &b) {
  FailureOr<Window> window = poolingWindow(op, b, operands[0]);
  if (failed(window))
    return failure();
  RankedTensorType type = b.resultType();
  Value zero = b.scalar(type.getElementType(), 0);
  Value sum = reduceWindows(b, operands[0], *window, zero, zero, type.getShape(),
                            [&](Scalars &s, ValueRange args) {
                              return s.add(args[1], powerOf(s, s.abs(args[0]), op.getP()));
                            });
  return b.replace(rootOf(b, sum, op.getP()));
}

//===----------------------------------------------------------------------===//
// Global pooling
//===----------------------------------------------------------------------===//

/// Reduces all spatial dimensions, which stay as size one.
static Value reduceSpatial(TensorBuilder &b, Value data, Value start,
                           TensorBuilder::Body1 combine) {
  SmallVector<int64_t> dims = llvm::to_vector(llvm::seq<int64_t>(2, rankOf(data)));
  return b.reduce(data, dims, start, combine);
}

static LogicalResult lowerGlobalAveragePool(onnx::GlobalAveragePoolOp op, ValueRange operands,
                                            TensorBuilder &b) {
  RankedTensorType type = b.resultType();
  if (type.getRank() < 2)
    return b.fail("expected a channel dimension");
  Value sum = reduceSpatial(b, operands[0], b.scalar(type.getElementType(), 0),
                            [](Scalars &s, ValueRange args) { return s.add(args[1], args[0]); });
  int64_t count = 1;
  for (int64_t size : shapeOf(operands[0]).drop_front(2))
    count *= size;
  Value mean = b.elementwise(shapeOf(sum), elementOf(sum), sum, [&](Scalars &s, ValueRange args) {
    return s.mul(args[0], 1.0 / count);
  });
  return b.replace(b.reshape(mean, type.getShape()));
}

static LogicalResult lowerGlobalMaxPool(onnx::GlobalMaxPoolOp op, ValueRange operands,
                                        TensorBuilder &b) {
  RankedTensorType type = b.resultType();
  if (type.getRank() < 2)
    return b.fail("expected a channel dimension");
  Value largest =
      reduceSpatial(b, operands[0], extremeValue(b, type.getElementType(), true, false),
                    [](Scalars &s, ValueRange args) { return s.max(args[1], args[0]); });
  return b.replace(b.reshape(largest, type.getShape()));
}

static LogicalResult lowerGlobalLpPool(onnx::GlobalLpPoolOp op, ValueRange operands,
                                       TensorBuilder &b) {
  RankedTensorType type = b.resultType();
  if (type.getRank() < 2)
    return b.fail("expected a channel dimension");
  Value sum = reduceSpatial(b, operands[0], b.scalar(type.getElementType(), 0),
                            [&](Scalars &s, ValueRange args) {
                              return s.add(args[1], powerOf(s, s.abs(args[0]), op.getP()));
                            });
  return b.replace(b.reshape(rootOf(b, sum, op.getP()), type.getShape()));
}

void bornc::lower::populatePooling(LoweringTable &table) {
  addLowering<onnx::AveragePoolOp, lowerAveragePool>(table);
  addLowering<onnx::GlobalAveragePoolOp, lowerGlobalAveragePool>(table);
  addLowering<onnx::GlobalLpPoolOp, lowerGlobalLpPool>(table);
  addLowering<onnx::GlobalMaxPoolOp, lowerGlobalMaxPool>(table);
  addLowering<onnx::LpPoolOp, lowerLpPool>(table);
  addLowering<onnx::MaxPoolOp, lowerMaxPool>(table);
}
