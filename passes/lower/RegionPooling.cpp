//===- RegionPooling.cpp - RoiAlign and MaxRoiPool ------------------------===//
//
// RoiAlign is a reduction over the sampling points of a bin; the payload places each
// point from its region and reads the four neighbours. Where the run says how many points
// there are, the mean of a bin is one over the cells of the map, rows and columns apart, with
// as much weight as the points give to a cell. MaxRoiPool is one over the whole
// map, because only the run says where its bins end.
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

/// The share of each cell of the map, along one axis, in each bin of each region: [regions, bins,
/// size]. A bin has ceil(extent / bins) points, at most one cell and at least half of one apart,
/// so that few of them are near a cell. `corners` has four columns, `first` and `first` + 2 are
/// the axis' two.
static Value adaptiveShares(TensorBuilder &b, Value corners, int64_t first, int64_t bins,
                            int64_t size, double scale, bool halfPixel) {
  constexpr int nearPoints = 8; // five in two cells, and one more on each side for roundings
  Type f32 = b.getF32Type();
  int64_t regions = shapeOf(corners)[0];
  SmallVector<AffineMap> maps{b.mapOf(3, {b.dim(0), b.getAffineConstantExpr(first)}),
                              b.mapOf(3, {b.dim(0), b.getAffineConstantExpr(first + 2)})};
  return b.parallel(
      {regions, bins, size}, f32, {corners, corners}, maps, [&](Scalars &s, ValueRange args) {
        auto coordinate = [&](Value corner) {
          return s.add(s.mul(s.convert(corner, f32), scale), halfPixel ? -0.5 : 0.0);
        };
        Value start = coordinate(args[0]), extent = s.sub(coordinate(args[1]), start);
        if (!halfPixel)
          extent = s.max(extent, s.constant(f32, 1));
        // Divided: a product with the reciprocal may pass an integer.
        Value bin = s.div(extent, s.constant(f32, static_cast<double>(bins)));
        Value count = s.make<math::CeilOp>(bin);
        Value spacing = s.div(bin, count), cell = s.loop(2, f32);
        start = s.add(start, s.mul(bin, s.loop(1, f32)));
        // The number of the first point that may be within one cell.
        Value number = s.make<math::FloorOp>(s.div(s.sub(s.add(cell, -1.0), start), spacing));
        Value zero = s.constant(f32, 0);
        number = s.max(s.add(number, -1.0), zero);
        Value last = s.constant(f32, static_cast<double>(size - 1));
        Value sum = zero;
        for (int point = 0; point < nearPoints; ++point, number = s.add(number, 1.0)) {
          Value at = s.add(start, s.mul(s.add(number, 0.5), spacing));
          Value inside = s.make<arith::AndIOp>(s.compare(Compare::Ge, at, -1.0),
                                               s.compare(Compare::Le, at, double(size)));
          inside = s.make<arith::AndIOp>(inside, s.compare(Compare::Lt, number, count));
          Value distance = s.abs(s.sub(s.clamp(at, zero, last), cell));
          Value weight = s.max(s.sub(1.0, distance), zero);
          sum = s.add(sum, s.select(inside, weight, zero));
        }
        return s.div(sum, s.max(count, s.constant(f32, 1)));
      });
}

/// The mean of a bin where the regions' sizes say how many points it has.
static LogicalResult lowerAdaptiveRoiAlign(onnx::RoiAlignOp op, ValueRange operands,
                                           TensorBuilder &b) {
  Value data = operands[0];
  RankedTensorType type = b.resultType();
  ArrayRef<int64_t> map = shapeOf(data), shape = type.getShape();
  Type f32 = b.getF32Type();
  double scale = op.getSpatialScale().convertToDouble();
  bool halfPixel = op.getCoordinateTransformationMode() == "half_pixel";
  Value rows = adaptiveShares(b, operands[1], 1, shape[2], map[2], scale, halfPixel);
  Value columns = adaptiveShares(b, operands[1], 0, shape[3], map[3], scale, halfPixel);
  // Loops: region, channel, bin row, column, row.
  SmallVector<int64_t> partial{shape[0], shape[1], shape[2], map[3]};
  SmallVector<AffineMap> maps{b.mapOf(5, {b.dim(0), b.dim(2), b.dim(4)}), b.mapOf(5, {b.dim(0)}),
                              b.mapOf(5, {b.dim(0), b.dim(1), b.dim(2), b.dim(3)})};
  Value sums = b.generic(
      {rows, operands[2]}, b.filled(partial, f32, 0), maps, [&](Scalars &s, ValueRange args) {
        Value batch = s.make<arith::IndexCastOp>(s.builder.getIndexType(), args[1]);
        SmallVector<Value> at{batch, s.loop(1), s.loop(4), s.loop(3)};
        Value read = s.convert(s.make<tensor::ExtractOp>(data, at), f32);
        // What no point is near must not matter, infinities included.
        Value product = s.select(s.compare(Compare::Eq, args[0], 0.0), s.constant(f32, 0),
                                 s.mul(args[0], read));
        return s.add(args.back(), product);
      });
  // Loops: region, channel, bin row, bin column, column.
  Value result = b.contract(sums, columns,
                            {b.mapOf(5, {b.dim(0), b.dim(1), b.dim(2), b.dim(4)}),
                             b.mapOf(5, {b.dim(0), b.dim(3), b.dim(4)}),
                             b.mapOf(5, {b.dim(0), b.dim(1), b.dim(2), b.dim(3)})},
                            shape, f32);
  return b.replace(b.convert(result, type.getElementType()));
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
  if (ratio < 1 && mode != "max")
    return lowerAdaptiveRoiAlign(op, operands, b);
  if (ratio < 1)
    return b.fail("sampling_ratio 0 takes as many points as the regions' sizes at run time say, "
                  "and the maximum of so many is not supported; set the number of points");
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

/// Halves away from zero, as C rounds.
static Value roundAway(Scalars &s, Value value) {
  Value half = s.make<math::CopySignOp>(s.constant(value.getType(), 0.5), value);
  return s.convert(s.convert(s.add(value, half), s.builder.getI32Type()), value.getType());
}

/// Whether the position of loop `at` is in the bin of loop `bin` between two corners of a region.
static Value isInBin(Scalars &s, Value first, Value last, double scale, unsigned bin, int64_t bins,
                     unsigned at) {
  Type type = first.getType();
  Value start = roundAway(s, s.mul(first, scale)), end = roundAway(s, s.mul(last, scale));
  Value extent = s.max(s.add(s.sub(end, start), 1.0), s.constant(type, 1));
  Value step = s.div(extent, s.constant(type, static_cast<double>(bins)));
  Value number = s.loop(bin, type), position = s.loop(at, type);
  Value low = s.add(s.make<math::FloorOp>(s.mul(number, step)), start);
  Value high = s.add(s.make<math::CeilOp>(s.mul(s.add(number, 1.0), step)), start);
  return s.make<arith::AndIOp>(s.compare(Compare::Ge, position, low),
                               s.compare(Compare::Lt, position, high));
}

/// Loops: region, channel, bin row, bin column, row, column.
static LogicalResult lowerMaxRoiPool(onnx::MaxRoiPoolOp op, ValueRange operands, TensorBuilder &b) {
  Value data = operands[0];
  RankedTensorType type = b.resultType();
  Type element = type.getElementType(), f32 = b.getF32Type();
  if (rankOf(data) != 4 || !isa<FloatType>(element) || element.isF64())
    return b.fail("expected a map of rank 4 with floats of at most 32 bits");
  SmallVector<Value> inputs(5, operands[1]);
  SmallVector<AffineMap> maps;
  for (int64_t i = 0; i < 5; ++i)
    maps.push_back(b.mapOf(6, {b.dim(0), b.getAffineConstantExpr(i)}));
  inputs.push_back(b.empty({shapeOf(data)[2], shapeOf(data)[3]}, element));
  maps.push_back(b.mapOf(6, {b.dim(4), b.dim(5)}));
  maps.push_back(b.mapOf(6, {b.dim(0), b.dim(1), b.dim(2), b.dim(3)}));
  double scale = op.getSpatialScale().convertToDouble();
  Value lowest = extremeValue(b, f32, /*lowest=*/true, /*isUnsigned=*/false);
  Value pooled =
      b.generic(inputs, b.filled(type.getShape(), lowest), maps, [&](Scalars &s, ValueRange args) {
        SmallVector<Value> corners = llvm::map_to_vector(
            args.slice(1, 4), [&](Value corner) { return s.convert(corner, f32); });
        Value inRow = isInBin(s, corners[1], corners[3], scale, 2, type.getDimSize(2), 4);
        Value inColumn = isInBin(s, corners[0], corners[2], scale, 3, type.getDimSize(3), 5);
        Value batch = s.make<arith::FPToSIOp>(s.builder.getI32Type(), s.convert(args[0], f32));
        batch = s.make<arith::IndexCastOp>(s.builder.getIndexType(), batch);
        SmallVector<Value> at{batch, s.loop(1), s.loop(4), s.loop(5)};
        Value value = s.convert(s.make<tensor::ExtractOp>(data, at), f32);
        Value inside = s.make<arith::AndIOp>(inRow, inColumn);
        return s.select(inside, s.max(args.back(), value), args.back());
      });
  // A bin outside of the map is zero.
  Value result = b.elementwise(type.getShape(), element, pooled, [&](Scalars &s, ValueRange args) {
    Value isEmpty = s.compare(Compare::Eq, args[0], -std::numeric_limits<double>::infinity());
    return s.convert(s.select(isEmpty, s.constant(f32, 0), args[0]), element);
  });
  return b.replace(result);
}

void bornc::lower::populateRegionPooling(LoweringTable &table) {
  addLowering<onnx::MaxRoiPoolOp, lowerMaxRoiPool>(table);
  addLowering<onnx::RoiAlignOp, lowerRoiAlign>(table);
}
