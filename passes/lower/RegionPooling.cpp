//===- RegionPooling.cpp - RoiAlign ---------------------------------------===//
//
// A reduction over the sampling points of a bin; the payload places each point
// from its region and reads the four neighbours.
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

namespace {
/// One spatial dimension: the map's size, the bins, and the points per bin.
struct RegionAxis {
  int64_t size, bins, points;
  unsigned binLoop, pointLoop;
};

/// The two positions around a point, their weights, and whether the point is
/// near enough to the map to count.
struct Neighbours {
  Value index[2], weight[2], inside;
};
} // namespace

static Neighbours place(Scalars &s, const RegionAxis &axis, Value start, Value end,
                        bool halfPixel) {
  Type type = start.getType(), indexType = s.builder.getIndexType();
  Value extent = s.sub(end, start);
  if (!halfPixel)
    extent = s.max(extent, s.constant(type, 1)); // malformed regions become one cell
  Value bin = s.mul(extent, 1.0 / axis.bins);
  Value point = s.mul(s.add(s.loop(axis.pointLoop, type), 0.5), 1.0 / axis.points);
  Value at = s.add(start, s.mul(bin, s.add(s.loop(axis.binLoop, type), point)));
  Neighbours result;
  double last = static_cast<double>(axis.size - 1);
  result.inside = s.make<arith::AndIOp>(s.compare(Compare::Ge, at, -1.0),
                                        s.compare(Compare::Le, at, double(axis.size)));
  at = s.clamp(at, s.constant(type, 0), s.constant(type, last));
  Value low = s.make<math::FloorOp>(at);
  Value high = s.min(s.add(low, 1.0), s.constant(type, last));
  result.weight[1] = s.sub(at, low);
  result.weight[0] = s.sub(1.0, result.weight[1]);
  for (auto [index, value] : {std::pair(0, low), std::pair(1, high)})
    result.index[index] = s.make<arith::IndexCastOp>(
        indexType, s.make<arith::FPToSIOp>(s.builder.getI32Type(), value));
  return result;
}

/// Loops: region, channel, row, column, point row, point column.
static LogicalResult lowerRoiAlign(onnx::RoiAlignOp op, ValueRange operands, TensorBuilder &b) {
  Value data = operands[0];
  RankedTensorType type = b.resultType();
  Type element = type.getElementType();
  int64_t ratio = op.getSamplingRatio();
  StringRef mode = op.getMode();
  bool halfPixel = op.getCoordinateTransformationMode() == "half_pixel";
  if (rankOf(data) != 4 || !isa<FloatType>(element) || element.isF64())
    return b.fail("expected a map of rank 4 with floats of at most 32 bits");
  if (ratio < 1)
    return b.fail("sampling_ratio 0 takes as many points as the regions' sizes at run time say; "
                  "set the number of points");
  RegionAxis rows{shapeOf(data)[2], type.getDimSize(2), ratio, 2, 4};
  RegionAxis columns{shapeOf(data)[3], type.getDimSize(3), ratio, 3, 5};
  SmallVector<Value> inputs(4, operands[1]);
  SmallVector<AffineMap> maps;
  for (int64_t i = 0; i < 4; ++i)
    maps.push_back(b.mapOf(6, {b.dim(0), b.getAffineConstantExpr(i)}));
  inputs.push_back(operands[2]);
  maps.push_back(b.mapOf(6, {b.dim(0)}));
  inputs.push_back(b.empty({ratio, ratio}, element));
  maps.push_back(b.mapOf(6, {b.dim(4), b.dim(5)}));
  maps.push_back(b.mapOf(6, {b.dim(0), b.dim(1), b.dim(2), b.dim(3)}));
  bool isMax = mode == "max";
  Type f32 = b.getF32Type();
  Value init = isMax ? b.filled(type.getShape(), extremeValue(b, f32, true, false))
                     : b.filled(type.getShape(), f32, 0);
  double scale = op.getSpatialScale().convertToDouble(), share = 1.0 / (ratio * ratio);
  Value result = b.generic(inputs, init, maps, [&](Scalars &s, ValueRange args) {
    auto coordinate = [&](unsigned i) {
      return s.add(s.mul(s.convert(args[i], f32), scale), halfPixel ? -0.5 : 0.0);
    };
    Neighbours y = place(s, rows, coordinate(1), coordinate(3), halfPixel);
    Neighbours x = place(s, columns, coordinate(0), coordinate(2), halfPixel);
    Value batch = s.make<arith::IndexCastOp>(s.builder.getIndexType(), args[4]);
    Value channel = s.loop(1);
    Value value;
    for (int i : {0, 1})
      for (int j : {0, 1}) {
        SmallVector<Value> at{batch, channel, y.index[i], x.index[j]};
        Value read = s.convert(s.make<tensor::ExtractOp>(data, at), f32);
        read = s.mul(read, s.mul(y.weight[i], x.weight[j]));
        value = !value ? read : isMax ? s.max(value, read) : s.add(value, read);
      }
    value = s.select(s.make<arith::AndIOp>(y.inside, x.inside), value, s.constant(f32, 0));
    return isMax ? s.max(args.back(), value) : s.add(args.back(), s.mul(value, share));
  });
  return b.replace(b.convert(result, element));
}

void bornc::lower::populateRegionPooling(LoweringTable &table) {
  addLowering<onnx::RoiAlignOp, lowerRoiAlign>(table);
}
