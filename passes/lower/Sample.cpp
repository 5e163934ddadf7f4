//===- Sample.cpp - reads and writes at fractional or stored positions ----===//
#include "passes/lower/Registry.h"
#include "passes/lower/TensorBuilder.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace bornc;
using namespace bornc::lower;

using Compare = Scalars::Compare;

//===----------------------------------------------------------------------===//
// GridSample
//===----------------------------------------------------------------------===//

namespace {
/// One spatial dimension of a GridSample.
struct GridAxis {
  int64_t size;
  bool alignCorners;
  StringRef padding;
};
} // namespace

/// A grid value in [-1, 1] as a position in the input.
static Value unnormalize(Scalars &s, Value x, const GridAxis &axis) {
  if (axis.alignCorners)
    return s.mul(s.add(x, 1.0), (axis.size - 1) / 2.0);
  return s.add(s.mul(s.add(x, 1.0), axis.size / 2.0), -0.5);
}

/// Mirrors a position at the borders until it lies inside.
static Value reflect(Scalars &s, Value x, const GridAxis &axis) {
  double low = axis.alignCorners ? 0 : -0.5;
  double range = axis.alignCorners ? axis.size - 1 : axis.size;
  if (range == 0)
    return s.constant(x.getType(), 0);
  // Distance from the lower border, modulo a period of twice the range.
  Value distance = s.abs(s.add(x, -low));
  Value phase = s.rem(distance, s.constant(x.getType(), 2 * range));
  Value mirrored = s.sub(2 * range, phase);
  return s.add(s.select(s.compare(Compare::Gt, phase, range), mirrored, phase), low);
}

/// A position after the padding mode has moved it; `zeros` leaves it outside.
static Value applyPadding(Scalars &s, Value x, const GridAxis &axis) {
  if (axis.padding == "reflection")
    x = reflect(s, x, axis);
  if (axis.padding == "zeros")
    return x;
  return s.clamp(x, s.constant(x.getType(), 0), s.constant(x.getType(), axis.size - 1));
}

static Value cubicWeight(Scalars &s, Value distance) {
  constexpr double a = -0.75;
  Value d = s.abs(distance);
  auto poly = [&](double c3, double c2, double c1, double c0) {
    Value result = s.add(s.mul(d, c3), c2);
    result = s.add(s.mul(result, d), c1);
    return s.add(s.mul(result, d), c0);
  };
  Value near = poly(a + 2, -(a + 3), 0, 1), far = poly(a, -5 * a, 8 * a, -4 * a);
  Value inner = s.compare(Compare::Le, d, 1.0);
  Value outer = s.compare(Compare::Lt, d, 2.0);
  return s.select(inner, near, s.select(outer, far, s.constant(d.getType(), 0)));
}

/// Reads the data at tap positions (floats, one per axis), or zero outside.
static Value readTap(Scalars &s, Value data, ArrayRef<Value> positions, ArrayRef<GridAxis> axes) {
  SmallVector<Value> at{s.loop(0), s.loop(1)};
  Value inside = s.constant(s.builder.getI1Type(), 1);
  for (auto [position, axis] : llvm::zip(positions, axes)) {
    Value x = position;
    if (axis.padding == "zeros") {
      Value low = s.compare(Compare::Ge, x, 0.0);
      Value high = s.compare(Compare::Le, x, static_cast<double>(axis.size - 1));
      inside = s.make<arith::AndIOp>(inside, s.make<arith::AndIOp>(low, high));
      x = s.clamp(x, s.constant(x.getType(), 0), s.constant(x.getType(), axis.size - 1));
    } else {
      x = applyPadding(s, x, axis);
    }
    Value index = s.make<arith::FPToSIOp>(s.builder.getI64Type(), x);
    at.push_back(s.make<arith::IndexCastOp>(s.builder.getIndexType(), index));
  }
  Value value = s.make<tensor::ExtractOp>(data, at);
  return s.select(inside, value, s.constant(value.getType(), 0));
}

/// A sum over taps: 1, 2 or 4 per axis, with weights from the distance to the
/// grid's position.
static LogicalResult lowerGridSample(onnx::GridSampleOp op, ValueRange operands, TensorBuilder &b) {
  Value data = operands[0];
  RankedTensorType type = b.resultType();
  Type element = type.getElementType(), coordinate = elementOf(operands[1]);
  if (!isa<FloatType>(element))
    return b.fail("expected floating-point elements");
  int64_t rank = type.getRank(), spatial = rank - 2;
  StringRef mode = op.getMode();
  int64_t taps = mode == "nearest" ? 1 : mode == "cubic" ? 4 : 2;
  SmallVector<GridAxis> axes;
  for (int64_t i = 0; i < spatial; ++i)
    axes.push_back({shapeOf(data)[2 + i], op.getAlignCorners() != 0, op.getPaddingMode()});

  unsigned numDims = rank + spatial;
  SmallVector<Value> inputs;
  SmallVector<AffineMap> maps;
  SmallVector<AffineExpr> result, window;
  for (int64_t i = 0; i < rank; ++i)
    result.push_back(b.dim(i));
  for (int64_t i = 0; i < spatial; ++i) {
    // The grid's last dimension names axes from the innermost outwards.
    SmallVector<AffineExpr> exprs{b.dim(0)};
    for (int64_t j = 0; j < spatial; ++j)
      exprs.push_back(b.dim(2 + j));
    exprs.push_back(b.getAffineConstantExpr(spatial - 1 - i));
    inputs.push_back(operands[1]);
    maps.push_back(b.mapOf(numDims, exprs));
    window.push_back(b.dim(rank + i));
  }
  inputs.push_back(b.empty(SmallVector<int64_t>(spatial, taps), element));
  maps.push_back(b.mapOf(numDims, window));
  maps.push_back(b.mapOf(numDims, result));

  auto body = [&](Scalars &s, ValueRange args) {
    SmallVector<Value> positions;
    Value weight = s.constant(coordinate, 1);
    for (int64_t i = 0; i < spatial; ++i) {
      Value x = unnormalize(s, args[i], axes[i]);
      if (taps == 1) {
        positions.push_back(s.make<math::RoundEvenOp>(x));
        continue;
      }
      if (taps == 2)
        x = applyPadding(s, x, axes[i]);
      Value tap = s.loop(rank + i, s.builder.getI32Type());
      Value offset = s.add(s.convert(tap, coordinate), 1.0 - taps / 2);
      Value position = s.add(s.make<math::FloorOp>(x), offset);
      Value distance = s.sub(x, position);
      Value factor = taps == 4 ? cubicWeight(s, distance) : s.sub(1.0, s.abs(distance));
      weight = s.mul(weight, factor);
      positions.push_back(position);
    }
    // Beside the last element a linear tap has weight zero but is read.
    Value value = readTap(s, data, positions, axes);
    return s.add(args.back(), s.mul(value, s.convert(weight, element)));
  };
  return b.replace(b.generic(inputs, b.filled(type.getShape(), element, 0), maps, body));
}

//===----------------------------------------------------------------------===//
// MaxUnpool
//===----------------------------------------------------------------------===//

/// Indices are flat positions in the tensor that was pooled. Each element of
/// the result looks through the pooled elements of its channel.
static LogicalResult lowerMaxUnpool(onnx::MaxUnpoolOp op, ValueRange operands, TensorBuilder &b) {
  RankedTensorType type = b.resultType();
  ArrayRef<int64_t> pooled = shapeOf(operands[0]);
  int64_t rank = type.getRank(), spatial = rank - 2, outputs = 1, inputs = 1;
  SmallVector<int64_t> shape(pooled.take_front(2));
  for (int64_t i = 0; i < spatial; ++i) {
    int64_t stride = op.getStrides() ? (*op.getStrides())[i] : 1, pads = 0;
    if (auto attr = op.getPads())
      pads = (*attr)[i] + (*attr)[i + spatial];
    shape.push_back((pooled[2 + i] - 1) * stride + op.getKernelShape()[i] - pads);
    outputs *= shape.back();
    inputs *= pooled[2 + i];
  }
  int64_t channels = pooled[0] * pooled[1];
  Value values = b.reshape(operands[0], {channels, inputs});
  Value indices = b.reshape(operands[1], {channels, inputs});
  AffineMap source = b.mapOf(3, {b.dim(0), b.dim(2)});
  SmallVector<AffineMap> maps{source, source, b.mapOf(3, {b.dim(0), b.dim(1)})};
  Value init = b.filled({channels, outputs}, type.getElementType(), 0);
  Value result = b.generic({values, indices}, init, maps, [&](Scalars &s, ValueRange args) {
    Value channel = s.make<arith::MulIOp>(s.loop(0), s.index(outputs));
    Value here = s.make<arith::AddIOp>(channel, s.loop(1));
    Value index = s.make<arith::IndexCastOp>(s.builder.getIndexType(), args[1]);
    Value hit = s.make<arith::CmpIOp>(arith::CmpIPredicate::eq, index, here);
    return s.select(hit, args[0], args[2]);
  });
  result = b.reshape(result, shape);
  if (ArrayRef<int64_t>(shape) != type.getShape()) {
    for (int64_t i = 0; i < rank; ++i)
      if (shape[i] > type.getDimSize(i))
        return b.fail("the output shape is smaller than what was pooled");
    Value zeros = b.filled(type.getShape(), type.getElementType(), 0);
    result = b.insert(result, zeros, SmallVector<int64_t>(rank, 0));
  }
  return b.replace(result);
}

//===----------------------------------------------------------------------===//
// Col2Im
//===----------------------------------------------------------------------===//

/// Each pixel sums the column elements that lie on it: per position in the
/// block, the column whose block starts at the right distance, if there is one.
static LogicalResult lowerCol2Im(onnx::Col2ImOp op, ValueRange operands, TensorBuilder &b) {
  RankedTensorType type = b.resultType();
  auto block = b.constantInts(2);
  if (!block)
    return b.fail("the block shape is not constant");
  int64_t rank = type.getRank(), spatial = rank - 2;
  auto ints = [&](std::optional<ArrayRef<int64_t>> attr, int64_t count, int64_t value) {
    return attr ? SmallVector<int64_t>(*attr) : SmallVector<int64_t>(count, value);
  };
  SmallVector<int64_t> strides = ints(op.getStrides(), spatial, 1);
  SmallVector<int64_t> dilations = ints(op.getDilations(), spatial, 1);
  SmallVector<int64_t> pads = ints(op.getPads(), 2 * spatial, 0);
  if (static_cast<int64_t>(block->size()) != spatial ||
      static_cast<int64_t>(strides.size()) != spatial ||
      static_cast<int64_t>(dilations.size()) != spatial ||
      static_cast<int64_t>(pads.size()) != 2 * spatial)
    return b.fail("block, strides, dilations or pads do not fit the image");
  // Input as batch, channel, block..., columns...
  SmallVector<int64_t> split{type.getDimSize(0), type.getDimSize(1)}, columns;
  for (int64_t size : *block)
    split.push_back(size);
  for (int64_t i = 0; i < spatial; ++i) {
    int64_t reach = dilations[i] * ((*block)[i] - 1) + 1;
    int64_t padded = type.getDimSize(2 + i) + pads[i] + pads[i + spatial];
    columns.push_back((padded - reach) / strides[i] + 1);
    split.push_back(columns.back());
  }
  int64_t count = 1;
  for (int64_t size : split)
    count *= size;
  if (count != cast<RankedTensorType>(operands[0].getType()).getNumElements())
    return b.fail("the input does not have one column for each block");
  Value data = b.reshape(operands[0], split);

  unsigned numDims = rank + spatial;
  SmallVector<AffineExpr> window, result;
  for (int64_t i = 0; i < rank; ++i)
    result.push_back(b.dim(i));
  for (int64_t i = 0; i < spatial; ++i)
    window.push_back(b.dim(rank + i));
  SmallVector<AffineMap> maps{b.mapOf(numDims, window), b.mapOf(numDims, result)};
  Type element = type.getElementType();
  auto body = [&](Scalars &s, ValueRange args) {
    SmallVector<Value> at{s.loop(0), s.loop(1)}, column;
    Value valid = s.constant(s.builder.getI1Type(), 1);
    auto require = [&](arith::CmpIPredicate predicate, Value left, Value right) {
      valid = s.make<arith::AndIOp>(valid, s.make<arith::CmpIOp>(predicate, left, right));
    };
    for (int64_t i = 0; i < spatial; ++i) {
      Value inside = s.loop(rank + i);
      at.push_back(inside);
      Value padded = s.make<arith::AddIOp>(s.loop(2 + i), s.index(pads[i]));
      Value start =
          s.make<arith::SubIOp>(padded, s.make<arith::MulIOp>(inside, s.index(dilations[i])));
      require(arith::CmpIPredicate::sge, start, s.index(0));
      start = s.make<arith::MaxSIOp>(start, s.index(0));
      Value stride = s.index(strides[i]);
      require(arith::CmpIPredicate::eq, s.make<arith::RemUIOp>(start, stride), s.index(0));
      Value position = s.make<arith::DivUIOp>(start, stride);
      require(arith::CmpIPredicate::ult, position, s.index(columns[i]));
      column.push_back(s.make<arith::MinUIOp>(position, s.index(columns[i] - 1)));
    }
    llvm::append_range(at, column);
    Value value = s.make<tensor::ExtractOp>(data, at);
    return s.add(args[1], s.select(valid, value, s.constant(element, 0)));
  };
  Value windowShape = b.empty(*block, element);
  return b.replace(b.generic(windowShape, b.filled(type.getShape(), element, 0), maps, body));
}

void bornc::lower::populateSampling(LoweringTable &table) {
  addLowering<onnx::Col2ImOp, lowerCol2Im>(table);
  addLowering<onnx::GridSampleOp, lowerGridSample>(table);
  addLowering<onnx::MaxUnpoolOp, lowerMaxUnpool>(table);
}
