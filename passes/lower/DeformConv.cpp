//===- DeformConv.cpp - convolution at learned positions ------------------===//
//
// Two steps: every window position of every output is sampled where its offset
// says, by linear interpolation with zeros outside; then the samples meet the
// weights in one contraction.
//
//===----------------------------------------------------------------------===//
#include "passes/lower/Convolution.h"
#include "passes/lower/Registry.h"
#include "passes/lower/Window.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace bornc;
using namespace bornc::lower;

using Compare = Scalars::Compare;

/// The value of `data` at `leading` indices and fractional positions behind.
static Value interpolate(Scalars &s, Value data, ArrayRef<Value> leading,
                         ArrayRef<Value> positions) {
  unsigned rank = positions.size();
  Type type = positions[0].getType(), i32 = s.builder.getI32Type();
  ArrayRef<int64_t> sizes = shapeOf(data).take_back(rank);
  Value sum;
  for (unsigned corner = 0; corner < 1u << rank; ++corner) {
    SmallVector<Value> at(leading);
    Value weight = s.constant(type, 1), inside;
    for (unsigned i = 0; i < rank; ++i) {
      Value low = s.make<math::FloorOp>(positions[i]);
      Value above = s.sub(positions[i], low);
      bool isHigh = corner >> i & 1;
      weight = s.mul(weight, isHigh ? above : s.sub(1.0, above));
      Value place = isHigh ? s.add(low, 1.0) : low;
      Value fits =
          s.make<arith::AndIOp>(s.compare(Compare::Ge, place, 0.0),
                                s.compare(Compare::Le, place, static_cast<double>(sizes[i] - 1)));
      inside = inside ? s.make<arith::AndIOp>(inside, fits) : fits;
      Value known = s.clamp(place, s.constant(type, 0), s.constant(type, sizes[i] - 1));
      at.push_back(s.make<arith::IndexCastOp>(s.builder.getIndexType(),
                                              s.make<arith::FPToSIOp>(i32, known)));
    }
    Value value = s.convert(s.make<tensor::ExtractOp>(data, at), type);
    value = s.select(inside, s.mul(value, weight), s.constant(type, 0));
    sum = sum ? s.add(sum, value) : value;
  }
  return sum;
}

namespace {
struct DeformConv {
  Value data, offset, mask; // mask may be null
  int64_t groups, offsetGroups;
  Window window;
  SmallVector<int64_t> output; // spatial
};
} // namespace

/// Samples as batch x offset group x channel x window... x output...
static Value sample(TensorBuilder &b, const DeformConv &conv) {
  int64_t batch = shapeOf(conv.data)[0], channels = shapeOf(conv.data)[1];
  unsigned spatial = conv.window.rank(), rank = 3 + 2 * spatial;
  int64_t perGroup = channels / conv.offsetGroups;
  SmallVector<int64_t> shape{batch, conv.offsetGroups, perGroup};
  llvm::append_range(shape, conv.window.kernel);
  llvm::append_range(shape, conv.output);

  SmallVector<int64_t> offsetShape{batch, conv.offsetGroups}, maskShape;
  llvm::append_range(offsetShape, conv.window.kernel);
  maskShape = offsetShape;
  offsetShape.push_back(spatial);
  llvm::append_range(offsetShape, conv.output);
  llvm::append_range(maskShape, conv.output);
  SmallVector<AffineExpr> outer{b.dim(0), b.dim(1)}, positions;
  for (unsigned i = 0; i < spatial; ++i) {
    outer.push_back(b.dim(3 + i));
    positions.push_back(b.dim(3 + spatial + i));
  }
  Value offsets = b.reshape(conv.offset, offsetShape);
  SmallVector<Value> inputs(spatial, offsets);
  SmallVector<AffineMap> maps;
  for (unsigned i = 0; i < spatial; ++i) {
    SmallVector<AffineExpr> exprs(outer);
    exprs.push_back(b.getAffineConstantExpr(i));
    llvm::append_range(exprs, positions);
    maps.push_back(b.mapOf(rank, exprs));
  }
  if (conv.mask) {
    SmallVector<AffineExpr> exprs(outer);
    llvm::append_range(exprs, positions);
    inputs.push_back(b.reshape(conv.mask, maskShape));
    maps.push_back(b.mapOf(rank, exprs));
  }
  SmallVector<int64_t> split{batch, conv.offsetGroups, perGroup};
  llvm::append_range(split, shapeOf(conv.data).drop_front(2));
  Value data = b.reshape(conv.data, split);
  Type wide = b.getF32Type();
  return b.parallel(shape, elementOf(data), inputs, maps, [&](Scalars &s, ValueRange args) {
    SmallVector<Value> leading, at;
    for (unsigned loop = 0; loop < 3; ++loop)
      leading.push_back(s.loop(loop));
    for (unsigned i = 0; i < spatial; ++i) {
      Value start = s.add(s.mul(s.loop(3 + spatial + i, wide), conv.window.strides[i]),
                          -static_cast<double>(conv.window.padLow[i]));
      Value regular = s.add(start, s.mul(s.loop(3 + i, wide), conv.window.dilations[i]));
      at.push_back(s.add(regular, s.convert(args[i], wide)));
    }
    Value value = interpolate(s, data, leading, at);
    if (conv.mask)
      value = s.mul(value, s.convert(args[spatial], wide));
    return s.convert(value, elementOf(data));
  });
}

static LogicalResult lowerDeformConv(onnx::DeformConvOp op, ValueRange operands, TensorBuilder &b) {
  Value data = operands[0], weight = operands[1];
  RankedTensorType type = b.resultType();
  if (type.getRank() < 3 || !isa<FloatType>(type.getElementType()) || type.getElementType().isF64())
    return b.fail("expected floats of at most 32 bits and a spatial dimension");
  ArrayRef<int64_t> output = type.getShape().drop_front(2);
  FailureOr<Window> window =
      windowOf(b, shapeOf(weight).drop_front(2), shapeOf(data).drop_front(2), output);
  if (failed(window))
    return failure();
  int64_t groups = op.getGroup(), offsetGroups = op.getOffsetGroup();
  int64_t batch = shapeOf(data)[0], channels = shapeOf(data)[1], count = type.getDimSize(1);
  if (groups < 1 || offsetGroups < 1 || channels % groups != 0 || channels % offsetGroups != 0 ||
      count % groups != 0 || shapeOf(weight)[1] * groups != channels)
    return b.fail("the groups do not divide the channels");
  int64_t taps = 1, places = 1;
  for (int64_t size : window->kernel)
    taps *= size;
  for (int64_t size : output)
    places *= size;
  if (cast<RankedTensorType>(operands[2].getType()).getNumElements() !=
      batch * offsetGroups * taps * window->rank() * places)
    return b.fail("the offsets do not fit the window and the output");
  Value mask = op.getMask() ? operands[4] : Value();
  Value samples = sample(
      b, {data, operands[2], mask, groups, offsetGroups, *window, SmallVector<int64_t>(output)});

  // Loops: batch, group, channel, place, input channel, tap.
  samples = b.reshape(samples, {batch, groups, channels / groups, taps, places});
  weight = b.reshape(weight, {groups, count / groups, channels / groups, taps});
  AffineExpr n = b.dim(0), g = b.dim(1), m = b.dim(2), p = b.dim(3), c = b.dim(4), k = b.dim(5);
  SmallVector<AffineMap> maps{b.mapOf(6, {n, g, c, k, p}), b.mapOf(6, {g, m, c, k}),
                              b.mapOf(6, {n, g, m, p})};
  Value result = b.contract(samples, weight, maps, {batch, groups, count / groups, places},
                            type.getElementType());
  result = b.reshape(result, type.getShape());
  return b.replace(op.getB() ? addBias(b, result, operands[3]) : result);
}

void bornc::lower::populateDeformConv(LoweringTable &table) {
  addLowering<onnx::DeformConvOp, lowerDeformConv>(table);
}
