//===- Resize.cpp - interpolation -----------------------------------------===//
//
// Sizes are static, so where a result position reads, and with which weights,
// is computed here: per resized axis a table of positions and one of weights,
// [output, taps]. Axes are resized one after another, each by one generic that
// sums over the taps. All coordinate modes differ only in the tables.
//
//===----------------------------------------------------------------------===//
#include "passes/lower/Registry.h"
#include "passes/lower/TensorBuilder.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include <cmath>

using namespace mlir;
using namespace bornc;
using namespace bornc::lower;

namespace {

/// How one axis is resized.
struct Axis {
  int64_t input, output;
  double scale;
  double roiStart = 0, roiEnd = 1;
};

/// What result positions of one axis read; row-major [output, taps].
struct Taps {
  int64_t count = 0;
  SmallVector<int64_t> positions;
  SmallVector<float> weights;
};

} // namespace

/// The position in the input, a real number, that result position x stands for.
static double sourcePosition(StringRef mode, double x, const Axis &axis) {
  double length =
      axis.output == std::floor(axis.scale * axis.input) ? axis.scale * axis.input : axis.output;
  if (mode == "align_corners")
    return length == 1 ? 0 : x * (axis.input - 1) / (length - 1);
  if (mode == "asymmetric")
    return x / axis.scale;
  if (mode == "pytorch_half_pixel")
    return length == 1 ? -0.5 : (x + 0.5) / axis.scale - 0.5;
  if (mode == "tf_crop_and_resize") {
    if (length == 1)
      return 0.5 * (axis.roiStart + axis.roiEnd) * (axis.input - 1);
    double step = (axis.roiEnd - axis.roiStart) * (axis.input - 1) / (length - 1);
    return axis.roiStart * (axis.input - 1) + x * step;
  }
  if (mode == "half_pixel_symmetric") {
    double adjustment = axis.output / (axis.scale * axis.input);
    double center = axis.input / 2.0;
    return center * (1 - adjustment) + (x + 0.5) / axis.scale - 0.5;
  }
  return (x + 0.5) / axis.scale - 0.5; // half_pixel
}

static int64_t nearestPosition(StringRef mode, double x) {
  if (mode == "floor")
    return std::floor(x);
  if (mode == "ceil")
    return std::ceil(x);
  if (mode == "round_prefer_ceil")
    return std::floor(x + 0.5);
  return std::ceil(x - 0.5); // round_prefer_floor
}

static double cubicWeight(double distance, double a) {
  double d = std::abs(distance);
  if (d <= 1)
    return ((a + 2) * d - (a + 3)) * d * d + 1;
  if (d < 2)
    return ((a * d - 5 * a) * d + 8 * a) * d - 4 * a;
  return 0;
}

/// The kernel's weight at a distance, and its reach, in input positions.
static double kernelWeight(StringRef mode, double distance, double a) {
  if (mode == "cubic")
    return cubicWeight(distance, a);
  return std::max(0.0, 1 - std::abs(distance));
}

static Taps interpolationTaps(onnx::ResizeOp op, const Axis &axis) {
  StringRef mode = op.getMode(), coordinates = op.getCoordinateTransformationMode();
  Taps taps;
  if (mode == "nearest") {
    taps.count = 1;
    for (int64_t i = 0; i < axis.output; ++i) {
      int64_t position = nearestPosition(op.getNearestMode(), sourcePosition(coordinates, i, axis));
      taps.positions.push_back(std::clamp<int64_t>(position, 0, axis.input - 1));
      taps.weights.push_back(1);
    }
    return taps;
  }
  double a = op.getCubicCoeffA().convertToDouble();
  // Antialiasing stretches the kernel when the axis shrinks.
  double stretch = op.getAntialias() ? std::max(1.0, 1 / axis.scale) : 1.0;
  int64_t reach = std::ceil((mode == "cubic" ? 2 : 1) * stretch);
  taps.count = 2 * reach;
  for (int64_t i = 0; i < axis.output; ++i) {
    double x = sourcePosition(coordinates, i, axis);
    int64_t first = static_cast<int64_t>(std::floor(x)) - reach + 1;
    SmallVector<double> weights;
    double sum = 0;
    for (int64_t t = 0; t < taps.count; ++t) {
      int64_t position = first + t;
      bool excluded = op.getExcludeOutside() && (position < 0 || position >= axis.input);
      weights.push_back(excluded ? 0 : kernelWeight(mode, (position - x) / stretch, a));
      sum += weights.back();
      taps.positions.push_back(std::clamp<int64_t>(position, 0, axis.input - 1));
    }
    for (double weight : weights)
      taps.weights.push_back(sum == 0 ? 0 : weight / sum);
  }
  return taps;
}

/// Reads `data` along `axis` at the table's positions.
static Value resizeAxis(TensorBuilder &b, Value data, int64_t axis, const Taps &taps,
                        int64_t output) {
  unsigned rank = rankOf(data);
  SmallVector<int64_t> shape(shapeOf(data));
  shape[axis] = output;
  Type element = elementOf(data);
  auto at = [&](Scalars &s, Value position) {
    SmallVector<Value> indices;
    for (unsigned i = 0; i < rank; ++i)
      indices.push_back(i == axis ? s.make<arith::IndexCastOp>(s.builder.getIndexType(), position)
                                  : s.loop(i));
    return s.make<tensor::ExtractOp>(data, indices);
  };
  auto i32 = RankedTensorType::get({output, taps.count}, b.getI32Type());
  SmallVector<int32_t> positions32(taps.positions.begin(), taps.positions.end());
  Value positions = b.create<arith::ConstantOp>(DenseElementsAttr::get(i32, ArrayRef(positions32)));
  if (taps.count == 1)
    return b.parallel(shape, element, positions,
                      b.mapOf(rank, {b.dim(axis), b.getAffineConstantExpr(0)}),
                      [&](Scalars &s, ValueRange args) { return at(s, args[0]); });
  AffineMap table = b.mapOf(rank + 1, {b.dim(axis), b.dim(rank)});
  SmallVector<AffineMap> maps{table, table, b.without(rank + 1, {rank})};
  Value weights = b.constantF32(taps.weights, {output, taps.count});
  return b.generic({positions, weights}, b.filled(shape, element, 0), maps,
                   [&](Scalars &s, ValueRange args) {
                     Value weight = s.convert(args[1], element);
                     return s.add(args[2], s.mul(at(s, args[0]), weight));
                   });
}

/// Whether a result position lies outside of the input, per axis; only
/// tf_crop_and_resize then takes the extrapolation value.
static Value extrapolate(TensorBuilder &b, onnx::ResizeOp op, Value value, ArrayRef<Axis> axes) {
  unsigned rank = rankOf(value);
  SmallVector<Value> inputs{value};
  SmallVector<AffineMap> maps{b.identity(rank)};
  for (auto [i, axis] : llvm::enumerate(axes)) {
    SmallVector<bool> inside;
    for (int64_t o = 0; o < axis.output; ++o) {
      double x = sourcePosition(op.getCoordinateTransformationMode(), o, axis);
      inside.push_back(x >= 0 && x <= axis.input - 1);
    }
    if (llvm::all_of(inside, [](bool in) { return in; }))
      continue;
    auto type = RankedTensorType::get({axis.output}, b.getI1Type());
    inputs.push_back(b.create<arith::ConstantOp>(DenseElementsAttr::get(type, ArrayRef(inside))));
    maps.push_back(b.mapOf(rank, {b.dim(i)}));
  }
  if (inputs.size() == 1)
    return value;
  double outside = op.getExtrapolationValue().convertToDouble();
  return b.parallel(shapeOf(value), elementOf(value), inputs, maps,
                    [&](Scalars &s, ValueRange args) {
                      Value result = args[0];
                      for (Value inside : args.drop_front().drop_back())
                        result = s.select(inside, result, s.constant(result.getType(), outside));
                      return result;
                    });
}

/// Scales and regions of all axes.
static FailureOr<SmallVector<Axis>> resizeAxes(onnx::ResizeOp op, ArrayRef<int64_t> input,
                                               TensorBuilder &b) {
  RankedTensorType type = b.resultType();
  int64_t rank = type.getRank();
  SmallVector<int64_t> order = llvm::to_vector(llvm::seq<int64_t>(0, rank));
  if (auto attr = op.getAxes()) {
    order.clear();
    for (int64_t axis : *attr)
      order.push_back(normalizeAxis(axis, rank));
  }
  if (llvm::any_of(order, [](int64_t axis) { return axis < 0; }))
    return b.fail("an axis is out of range");
  SmallVector<Axis> axes;
  for (int64_t i = 0; i < rank; ++i)
    axes.push_back(
        {input[i], type.getDimSize(i), static_cast<double>(type.getDimSize(i)) / input[i]});

  auto floats = [&](unsigned index) {
    SmallVector<double> values;
    if (DenseElementsAttr attr = b.constantOperand(index))
      if (isa<FloatType>(attr.getElementType()))
        for (const FloatAttr &value : attr.getValues<FloatAttr>())
          values.push_back(value.getValueAsDouble());
    return values;
  };
  SmallVector<double> roi = floats(1), scales = floats(2);
  auto sizes = b.constantInts(3);
  if (onnx::presentOperand(op, 2) && !b.constantOperand(2))
    return b.fail("the scales are not constant");
  if (!scales.empty() && scales.size() != order.size())
    return b.fail("expected one scale for each axis");
  for (auto [i, axis] : llvm::enumerate(order)) {
    if (!scales.empty())
      axes[axis].scale = scales[i];
    if (roi.size() == 2 * order.size()) {
      axes[axis].roiStart = roi[i];
      axes[axis].roiEnd = roi[i + order.size()];
    }
  }
  // The aspect ratio policies scale all axes by the same factor, which the
  // rounded sizes of the result no longer tell.
  StringRef policy = op.getKeepAspectRatioPolicy();
  if (sizes && policy != "stretch" && sizes->size() == order.size()) {
    double factor = policy == "not_larger" ? 1e30 : 0;
    for (auto [i, axis] : llvm::enumerate(order)) {
      double ratio = static_cast<double>((*sizes)[i]) / input[axis];
      factor = policy == "not_larger" ? std::min(factor, ratio) : std::max(factor, ratio);
    }
    for (int64_t axis : order)
      axes[axis].scale = factor;
  }
  return axes;
}

static LogicalResult lowerResize(onnx::ResizeOp op, ValueRange operands, TensorBuilder &b) {
  Value value = operands[0];
  if (cast<RankedTensorType>(value.getType()).getNumElements() == 0)
    return b.fail("the input is empty");
  FailureOr<SmallVector<Axis>> axes = resizeAxes(op, shapeOf(value), b);
  if (failed(axes))
    return failure();
  Type element = elementOf(value);
  bool isFloat = isa<FloatType>(element), isNearest = op.getMode() == "nearest";
  bool isCrop = op.getCoordinateTransformationMode() == "tf_crop_and_resize";
  if (!isFloat && !isNearest)
    return b.fail("interpolation of integers is not supported");
  for (auto [i, axis] : llvm::enumerate(*axes)) {
    if (axis.input == axis.output && axis.scale == 1 && !isCrop)
      continue;
    value = resizeAxis(b, value, i, interpolationTaps(op, axis), axis.output);
  }
  if (isCrop)
    value = extrapolate(b, op, value, *axes);
  return b.replace(value);
}

void bornc::lower::populateResize(LoweringTable &table) {
  addLowering<onnx::ResizeOp, lowerResize>(table);
}
