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

namespace {
/// Attributes of a ConvTranspose, one entry per spatial dimension.
struct Transposed {
  SmallVector<int64_t> input, kernel, output, strides, dilations, padLow;
};
} // namespace

/// Where the stride is s, output position i*s + a reads the taps u*s + a alone: as many small
/// convolutions of the input as there are phases a, which are one contraction over (i, a):
///   out[n, m, i*s + a] = sum of in[n, c, i - u] * w[c, m, u*s + a]
/// Nothing is multiplied with the zeros that spreading the input would put between its elements.
/// The kernel's size must be a multiple of the stride.
static Value convolveByPhases(TensorBuilder &b, Value input, Value weight, Value bias,
                              const Transposed &t, int64_t groups, RankedTensorType type) {
  unsigned rank = t.kernel.size();
  int64_t inputChannels = shapeOf(weight)[0] / groups, channels = shapeOf(weight)[1];
  SmallVector<int64_t> low, high, taps, count, shape{type.getDimSize(0)};
  SmallVector<int64_t> weightShape{inputChannels, channels}, merged(type.getShape().take_front(2));
  SmallVector<int64_t> offsets{0, 0};
  for (unsigned i = 0; i < rank; ++i) {
    taps.push_back(t.kernel[i] / t.strides[i]);
    count.push_back(llvm::divideCeil(t.padLow[i] + t.output[i], t.strides[i]));
    low.push_back(taps[i] - 1);
    high.push_back(count[i] - t.input[i]);
    weightShape.append({taps[i], t.strides[i]});
    merged.push_back(count[i] * t.strides[i]);
    offsets.push_back(t.padLow[i]);
  }
  SmallVector<int64_t> dataShape(shapeOf(input));
  Value data = fitInput(b, input, low, high);
  dataShape.assign(shapeOf(data).begin(), shapeOf(data).end());

  ConvMaps maps(b);
  AffineExpr zero = b.getAffineConstantExpr(0), batch = maps.loop(), group;
  maps.input.push_back(batch);
  maps.output.push_back(batch);
  if (groups > 1) {
    group = maps.loop();
    dataShape.insert(dataShape.begin() + 1, groups);
    dataShape[2] = inputChannels;
    weightShape.insert(weightShape.begin(), groups);
    shape.push_back(groups);
    maps.input.push_back(group);
    maps.weight.push_back(group);
    maps.output.push_back(group);
  }
  // Channels are the innermost columns, as they are in memory.
  SmallVector<AffineExpr> positions, phases, inside;
  for (unsigned i = 0; i < rank; ++i)
    positions.push_back(maps.loop());
  for (unsigned i = 0; i < rank; ++i)
    phases.push_back(t.strides[i] == 1 ? zero : maps.loop());
  AffineExpr channel = maps.loop(), inputChannel = maps.loop();
  for (unsigned i = 0; i < rank; ++i)
    inside.push_back(taps[i] == 1 ? zero : maps.loop());
  maps.input.push_back(inputChannel);
  maps.weight.append({inputChannel, channel});
  maps.output.push_back(channel);
  shape.push_back(channels);
  for (unsigned i = 0; i < rank; ++i) {
    maps.input.push_back(positions[i] - inside[i] + low[i]);
    maps.weight.append({inside[i], phases[i]});
    maps.output.push_back(positions[i]);
    shape.push_back(count[i]);
    if (t.strides[i] != 1) {
      maps.output.push_back(phases[i]);
      shape.push_back(t.strides[i]);
    }
  }
  Value result = b.contract(b.reshape(data, dataShape), b.reshape(weight, weightShape), maps.get(),
                            shape, type.getElementType());
  result = b.reshape(result, merged);
  if (bias) // before the cut, where it belongs to the same kernel
    result = addBias(b, result, bias);
  return b.slice(result, offsets, type.getShape());
}

/// A convolution of the spread and padded input with the reversed weight.
static Value convolveSpread(TensorBuilder &b, Value input, Value weight, Value bias,
                            const Transposed &t, int64_t groups, RankedTensorType type) {
  unsigned rank = t.kernel.size();
  SmallVector<int64_t> low, high;
  for (unsigned i = 0; i < rank; ++i) {
    int64_t reach = (t.kernel[i] - 1) * t.dilations[i];
    low.push_back(reach - t.padLow[i]);
    high.push_back(t.output[i] + t.padLow[i] - ((t.input[i] - 1) * t.strides[i] + 1));
  }
  Window window{t.kernel, SmallVector<int64_t>(rank, 1), t.dilations, SmallVector<int64_t>(rank, 0),
                SmallVector<int64_t>(rank, 0)};
  Value data = fitInput(b, spread(b, input, t.strides), low, high);
  Value result =
      buildConvolution(b, {data, transposedWeight(b, weight, groups), groups, window, type});
  return bias ? addBias(b, result, bias) : result;
}

static LogicalResult lowerConvTranspose(onnx::ConvTransposeOp op, ValueRange operands,
                                        TensorBuilder &b) {
  RankedTensorType type = b.resultType();
  unsigned rank = rankOf(operands[1]) - 2;
  int64_t groups = op.getGroup();
  if (rankOf(operands[1]) < 3 || groups < 1 || shapeOf(operands[0])[1] % groups != 0)
    return b.fail("the group does not divide the channels");
  auto ints = [&](std::optional<ArrayRef<int64_t>> attr, unsigned count, int64_t value) {
    return attr ? SmallVector<int64_t>(*attr) : SmallVector<int64_t>(count, value);
  };
  Transposed t{SmallVector<int64_t>(shapeOf(operands[0]).drop_front(2)),
               SmallVector<int64_t>(shapeOf(operands[1]).drop_front(2)),
               SmallVector<int64_t>(type.getShape().drop_front(2)),
               ints(op.getStrides(), rank, 1),
               ints(op.getDilations(), rank, 1),
               {}};
  SmallVector<int64_t> pads = ints(op.getPads(), 2 * rank, 0);
  SmallVector<int64_t> outputPadding = ints(op.getOutputPadding(), rank, 0);
  if (t.strides.size() != rank || t.dilations.size() != rank || pads.size() != 2 * rank ||
      outputPadding.size() != rank)
    return b.fail("strides, dilations or pads do not fit the kernel's rank");

  bool byPhases = llvm::any_of(t.strides, [](int64_t stride) { return stride != 1; });
  for (unsigned i = 0; i < rank; ++i) {
    int64_t whole = (t.input[i] - 1) * t.strides[i] + 1 + (t.kernel[i] - 1) * t.dilations[i];
    if (op.getOutputShape() || op.getAutoPad().starts_with("SAME")) {
      // The output's size is given; what is too much is cut off at both ends.
      int64_t total = std::max<int64_t>(whole + outputPadding[i] - t.output[i], 0);
      pads[i] = op.getAutoPad() == "SAME_UPPER" ? total / 2 : total - total / 2;
    }
    t.padLow.push_back(pads[i]);
    byPhases &= pads[i] >= 0 && t.dilations[i] == 1 && t.kernel[i] % t.strides[i] == 0;
  }
  Value bias = op.getB() ? operands[2] : Value();
  auto convolve = byPhases ? convolveByPhases : convolveSpread;
  return b.replace(convolve(b, operands[0], operands[1], bias, t, groups, type));
}

void bornc::lower::populateConvolution(LoweringTable &table) {
  addLowering<onnx::ConvOp, lowerConv>(table);
  addLowering<onnx::ConvTransposeOp, lowerConvTranspose>(table);
}
