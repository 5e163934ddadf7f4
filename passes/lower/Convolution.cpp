//===- Convolution.cpp ----------------------------------------------------===//
//
// A convolution is one contraction whose maps read windows of the padded
// input. Loops are [batch, (group,) channel, position..., (input channel,)
// window...]; window dimensions of size one have no loop, so that a pointwise
// convolution is a matrix product.
//
//===----------------------------------------------------------------------===//
#include "passes/lower/Convolution.h"

#include "passes/lower/Window.h"

using namespace mlir;
using namespace bornc;
using namespace bornc::lower;

namespace {

/// Builds the maps of one contraction, loop by loop.
struct ConvMaps {
  ConvMaps(TensorBuilder &b) : b(b) {}
  AffineExpr loop() { return b.dim(numDims++); }
  SmallVector<AffineMap> get() {
    return {b.mapOf(numDims, input), b.mapOf(numDims, weight), b.mapOf(numDims, output)};
  }
  TensorBuilder &b;
  unsigned numDims = 0;
  SmallVector<AffineExpr> input, weight, output;
};

/// Operands and geometry that Conv and ConvTranspose end up with: `weight` is
/// [groups * channels, input channels of a group, window...].
struct Convolution {
  Value input, weight;
  int64_t groups;
  Window window;
  RankedTensorType type;
};

} // namespace

/// out[n, m, o] = sum of in[n, c, o*s + k*d] * w[m, c, k] for c of m's group.
static Value buildConvolution(TensorBuilder &b, const Convolution &conv) {
  const Window &window = conv.window;
  Value input = conv.input, weight = conv.weight;
  ArrayRef<int64_t> shape = conv.type.getShape();
  int64_t channels = shape[1] / conv.groups, inputChannels = shapeOf(weight)[1];
  bool isDepthwise = inputChannels == 1 && channels == 1 && conv.groups > 1;
  bool isGrouped = conv.groups > 1 && !isDepthwise;
  SmallVector<int64_t> outShape(shape);

  ConvMaps maps(b);
  AffineExpr batch = maps.loop(), group, zero = b.getAffineConstantExpr(0);
  if (isGrouped) {
    auto split = [&](Value value, unsigned dim, int64_t inner) {
      SmallVector<int64_t> parts(shapeOf(value));
      parts[dim] = conv.groups;
      parts.insert(parts.begin() + dim + 1, inner);
      return b.reshape(value, parts);
    };
    input = split(input, 1, inputChannels);
    weight = split(weight, 0, channels);
    outShape[1] = conv.groups;
    outShape.insert(outShape.begin() + 2, channels);
    group = maps.loop();
    maps.weight.push_back(group);
  }
  AffineExpr channel = maps.loop();
  SmallVector<AffineExpr> positions, inside;
  for (unsigned i = 0; i < window.rank(); ++i)
    positions.push_back(maps.loop());
  AffineExpr inputChannel = isDepthwise ? channel : maps.loop();
  for (int64_t size : window.kernel)
    inside.push_back(size == 1 ? zero : maps.loop());

  maps.input.push_back(batch);
  maps.output.push_back(batch);
  if (isGrouped) {
    maps.input.push_back(group);
    maps.output.push_back(group);
  }
  maps.input.push_back(inputChannel);
  maps.output.push_back(channel);
  maps.weight.append({channel, isDepthwise ? zero : inputChannel});
  for (unsigned i = 0; i < window.rank(); ++i) {
    maps.input.push_back(window.position(i, positions[i], inside[i]));
    maps.output.push_back(positions[i]);
    maps.weight.push_back(inside[i]);
  }
  Value result = b.contract(input, weight, maps.get(), outShape, conv.type.getElementType());
  return b.reshape(result, shape);
}

Value bornc::lower::addBias(TensorBuilder &b, Value value, Value bias) {
  unsigned rank = rankOf(value);
  SmallVector<AffineMap> maps{b.identity(rank), b.mapOf(rank, {b.dim(1)})};
  return b.parallel(shapeOf(value), elementOf(value), {value, bias}, maps,
                    [](Scalars &s, ValueRange args) { return s.add(args[0], args[1]); });
}

/// A pointwise window reads all positions only if none is left over.
static Value dropUnread(TensorBuilder &b, Value input, const Window &window,
                        ArrayRef<int64_t> output) {
  SmallVector<int64_t> offsets(rankOf(input), 0), sizes(shapeOf(input));
  for (unsigned i = 0; i < window.rank(); ++i)
    if (window.kernel[i] == 1 && window.strides[i] == 1)
      sizes[i + 2] = output[i];
  return b.slice(input, offsets, sizes);
}

FailureOr<Value> bornc::lower::convolve(TensorBuilder &b, Value input, Value weight, int64_t groups,
                                        RankedTensorType type) {
  if (type.getRank() < 3)
    return b.fail("expected at least one spatial dimension");
  ArrayRef<int64_t> output = type.getShape().drop_front(2);
  FailureOr<Window> window =
      windowOf(b, shapeOf(weight).drop_front(2), shapeOf(input).drop_front(2), output);
  if (failed(window))
    return failure();
  if (groups < 1 || type.getDimSize(1) % groups != 0 ||
      shapeOf(weight)[1] * groups != shapeOf(input)[1])
    return b.fail("the group does not divide the channels");
  input = padWindow(b, input, *window, b.scalar(type.getElementType(), 0));
  input = dropUnread(b, input, *window, output);
  return buildConvolution(b, {input, weight, groups, *window, type});
}

static LogicalResult lowerConv(onnx::ConvOp op, ValueRange operands, TensorBuilder &b) {
  FailureOr<Value> result = convolve(b, operands[0], operands[1], op.getGroup(), b.resultType());
  if (failed(result))
    return failure();
  return b.replace(op.getB() ? addBias(b, *result, operands[2]) : *result);
}

//===----------------------------------------------------------------------===//
// ConvTranspose
//===----------------------------------------------------------------------===//

/// `value` with stride - 1 zeros between its elements.
static Value spread(TensorBuilder &b, Value value, ArrayRef<int64_t> strides) {
  SmallVector<int64_t> shape(shapeOf(value)), steps{1, 1};
  for (unsigned i = 0; i < strides.size(); ++i)
    shape[i + 2] = (shape[i + 2] - 1) * strides[i] + 1;
  llvm::append_range(steps, strides);
  if (shape == SmallVector<int64_t>(shapeOf(value)))
    return value;
  Value zeros = b.filled(shape, elementOf(value), 0);
  return b.insert(value, zeros, SmallVector<int64_t>(shape.size(), 0), steps);
}

/// Zeros added (or, where negative, elements dropped) so that the first output
/// reads the right window and the last one ends the input.
static Value fitInput(TensorBuilder &b, Value value, ArrayRef<int64_t> low,
                      ArrayRef<int64_t> high) {
  SmallVector<int64_t> offsets{0, 0}, sizes(shapeOf(value)), padLow{0, 0}, padHigh{0, 0};
  for (unsigned i = 0; i < low.size(); ++i) {
    offsets.push_back(std::max<int64_t>(-low[i], 0));
    sizes[i + 2] -= offsets.back() + std::max<int64_t>(-high[i], 0);
    padLow.push_back(std::max<int64_t>(low[i], 0));
    padHigh.push_back(std::max<int64_t>(high[i], 0));
  }
  return b.pad(b.slice(value, offsets, sizes), padLow, padHigh, b.scalar(elementOf(value), 0));
}

/// The weight [C, M/group, k...] as [M, C/group, reversed k...].
static Value transposedWeight(TensorBuilder &b, Value weight, int64_t groups) {
  ArrayRef<int64_t> shape = shapeOf(weight);
  unsigned rank = shape.size();
  int64_t inner = shape[0] / groups;
  SmallVector<int64_t> split{groups, inner};
  llvm::append_range(split, shape.drop_front());
  Value source = b.reshape(weight, split);
  SmallVector<int64_t> result{groups, shape[1], inner};
  llvm::append_range(result, shape.drop_front(2));
  SmallVector<AffineExpr> exprs{b.dim(0), b.dim(2), b.dim(1)};
  for (unsigned i = 2; i < rank; ++i)
    exprs.push_back(b.getAffineConstantExpr(shape[i] - 1) - b.dim(i + 1));
  Value reversed = b.parallel(result, elementOf(weight), source, b.mapOf(rank + 1, exprs),
                              [](Scalars &, ValueRange args) { return args[0]; });
  SmallVector<int64_t> merged{groups * shape[1], inner};
  llvm::append_range(merged, shape.drop_front(2));
  return b.reshape(reversed, merged);
}

/// A convolution of the spread and padded input with the reversed weight.
static LogicalResult lowerConvTranspose(onnx::ConvTransposeOp op, ValueRange operands,
                                        TensorBuilder &b) {
  RankedTensorType type = b.resultType();
  ArrayRef<int64_t> input = shapeOf(operands[0]).drop_front(2);
  ArrayRef<int64_t> kernel = shapeOf(operands[1]).drop_front(2);
  ArrayRef<int64_t> output = type.getShape().drop_front(2);
  unsigned rank = kernel.size();
  int64_t groups = op.getGroup();
  if (rank < 1 || groups < 1 || shapeOf(operands[0])[1] % groups != 0)
    return b.fail("the group does not divide the channels");
  auto ints = [&](std::optional<ArrayRef<int64_t>> attr, unsigned count, int64_t value) {
    return attr ? SmallVector<int64_t>(*attr) : SmallVector<int64_t>(count, value);
  };
  SmallVector<int64_t> strides = ints(op.getStrides(), rank, 1);
  SmallVector<int64_t> dilations = ints(op.getDilations(), rank, 1);
  SmallVector<int64_t> pads = ints(op.getPads(), 2 * rank, 0);
  SmallVector<int64_t> outputPadding = ints(op.getOutputPadding(), rank, 0);
  if (strides.size() != rank || dilations.size() != rank || pads.size() != 2 * rank ||
      outputPadding.size() != rank)
    return b.fail("strides, dilations or pads do not fit the kernel's rank");

  SmallVector<int64_t> low, high;
  for (unsigned i = 0; i < rank; ++i) {
    int64_t reach = (kernel[i] - 1) * dilations[i];
    int64_t spreadSize = (input[i] - 1) * strides[i] + 1;
    if (op.getOutputShape() || op.getAutoPad().starts_with("SAME")) {
      // The output's size is given; what is too much is cut off at both ends.
      int64_t total = std::max<int64_t>(spreadSize + reach + outputPadding[i] - output[i], 0);
      pads[i] = op.getAutoPad() == "SAME_UPPER" ? total / 2 : total - total / 2;
    }
    low.push_back(reach - pads[i]);
    high.push_back(output[i] + reach - spreadSize - low.back());
  }
  Window window{SmallVector<int64_t>(kernel), SmallVector<int64_t>(rank, 1), dilations,
                SmallVector<int64_t>(rank, 0), SmallVector<int64_t>(rank, 0)};
  Value data = fitInput(b, spread(b, operands[0], strides), low, high);
  Value weight = transposedWeight(b, operands[1], groups);
  Value result = buildConvolution(b, {data, weight, groups, window, type});
  if (op.getB())
    result = addBias(b, result, operands[2]);
  return b.replace(result);
}

void bornc::lower::populateConvolution(LoweringTable &table) {
  addLowering<onnx::ConvOp, lowerConv>(table);
  addLowering<onnx::ConvTransposeOp, lowerConvTranspose>(table);
}
