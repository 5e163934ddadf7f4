//===- Quantization.cpp - integer contractions and conversions ------------===//
#include "passes/lower/Convolution.h"
#include "passes/lower/Registry.h"
#include "passes/lower/TensorBuilder.h"
#include <cmath>

using namespace mlir;
using namespace bornc;
using namespace bornc::lower;

//===----------------------------------------------------------------------===//
// Parameters: scales and zero points per tensor, per axis or per block
//===----------------------------------------------------------------------===//

/// How a loop nest over `shape` reads a scale or zero point.
static FailureOr<AffineMap> parameterMap(TensorBuilder &b, Value parameter, ArrayRef<int64_t> shape,
                                         int64_t axis, int64_t block) {
  unsigned rank = shape.size();
  ArrayRef<int64_t> own = shapeOf(parameter);
  if (own.empty() || (own.size() == 1 && own[0] == 1))
    return b.mapOf(rank, SmallVector<AffineExpr>(own.size(), b.getAffineConstantExpr(0)));
  if (axis < 0)
    return b.fail("the axis is out of range");
  if (own.size() == 1 && own[0] == shape[axis])
    return b.mapOf(rank, {b.dim(axis)});
  if (own.size() != rank)
    return b.fail("expected parameters per tensor, axis or block");
  SmallVector<AffineExpr> exprs;
  for (unsigned i = 0; i < rank; ++i)
    exprs.push_back(own[i] == 1          ? b.getAffineConstantExpr(0)
                    : own[i] == shape[i] ? b.dim(i)
                                         : b.dim(i).floorDiv(std::max<int64_t>(block, 1)));
  return b.mapOf(rank, exprs);
}

// TensorProto.DataType, in onnx.proto.
static constexpr int64_t kFloat16 = 10, kBFloat16 = 16;

static bool isByteOrMore(Type type) {
  auto integer = dyn_cast<IntegerType>(type);
  return integer && integer.getWidth() >= 8;
}

/// round(value) + zero point in the ONNX type `to`; integers always saturate.
static Value quantize(Scalars &s, Value value, Value zeroPoint, Type to, bool saturates = true) {
  unsigned bits = to.getIntOrFloatBitWidth();
  bool isUnsigned = to.isUnsignedInteger();
  Type element = value.getType();
  if (isa<FloatType>(to)) {
    if (zeroPoint)
      value = s.add(value, s.convert(zeroPoint, element));
    return s.convert(saturates ? s.saturate(value, to) : value, to);
  }
  value = s.make<math::RoundEvenOp>(value);
  if (zeroPoint)
    value = s.add(value, Scalars(s.builder, s.loc, isUnsigned).convert(zeroPoint, element));
  double low = isUnsigned ? 0 : -std::ldexp(1.0, bits - 1);
  double high = std::ldexp(1.0, isUnsigned ? bits : bits - 1) - 1;
  value = s.clamp(value, s.constant(element, low), s.constant(element, high));
  return s.convert(value, signless(to), isUnsigned);
}

static LogicalResult lowerQuantizeLinear(onnx::QuantizeLinearOp op, ValueRange operands,
                                         TensorBuilder &b) {
  Type to = getElementTypeOrSelf(op->getResult(0).getType());
  Value data = operands[0];
  bool isSmall = isa<FloatType>(to) && to.getIntOrFloatBitWidth() <= 8;
  if ((!isa<IntegerType>(to) && !isSmall) || !isa<FloatType>(elementOf(data)))
    return b.fail("expected floats, quantised to integers or floats of 8 bits or fewer");
  // The quotient has the precision of its operands, or the one that is asked for.
  Type precision = elementOf(data);
  if (op.getPrecision() == kFloat16)
    precision = b.getF16Type();
  else if (op.getPrecision() == kBFloat16)
    precision = b.getBF16Type();
  else if (op.getPrecision() != 0 || precision != elementOf(operands[1]))
    precision = b.getF32Type();
  int64_t axis = normalizeAxis(op.getAxis(), rankOf(data));
  SmallVector<Value> inputs{data, operands[1]};
  if (op.getYZeroPoint())
    inputs.push_back(operands[2]);
  SmallVector<AffineMap> maps{b.identity(rankOf(data))};
  for (Value parameter : ArrayRef(inputs).drop_front()) {
    auto map = parameterMap(b, parameter, shapeOf(data), axis, op.getBlockSize());
    if (failed(map))
      return failure();
    maps.push_back(*map);
  }
  return b.replace(
      b.parallel(shapeOf(data), signless(to), inputs, maps, [&](Scalars &s, ValueRange args) {
        Type f32 = b.getF32Type();
        Value scaled = s.div(s.convert(args[0], f32), s.convert(args[1], f32));
        if (precision.getIntOrFloatBitWidth() < 32)
          scaled = s.convert(s.convert(scaled, precision), f32);
        return quantize(s, scaled, inputs.size() > 2 ? args[2] : Value(), to,
                        op.getSaturate() != 0);
      }));
}

static LogicalResult lowerDequantizeLinear(onnx::DequantizeLinearOp op, ValueRange operands,
                                           TensorBuilder &b) {
  Value data = operands[0];
  RankedTensorType type = b.resultType();
  if (!isa<IntegerType, FloatType>(elementOf(data)))
    return b.fail("expected integers or floats of 8 bits or fewer");
  int64_t axis = normalizeAxis(op.getAxis(), rankOf(data));
  SmallVector<Value> inputs{data, operands[1]};
  if (op.getXZeroPoint())
    inputs.push_back(operands[2]);
  SmallVector<AffineMap> maps{b.identity(rankOf(data))};
  for (Value parameter : ArrayRef(inputs).drop_front()) {
    auto map = parameterMap(b, parameter, shapeOf(data), axis, op.getBlockSize());
    if (failed(map))
      return failure();
    maps.push_back(*map);
  }
  auto body = [&](Scalars &s, ValueRange args) {
    Type f32 = b.getF32Type();
    Value value = s.convert(args[0], f32);
    if (inputs.size() > 2)
      value = s.sub(value, s.convert(args[2], f32));
    return s.convert(s.mul(value, s.convert(args[1], f32)), type.getElementType());
  };
  return b.replace(
      b.parallel(type.getShape(), type.getElementType(), inputs, maps, body, b.isUnsigned()));
}

//===----------------------------------------------------------------------===//
// Integer contractions
//===----------------------------------------------------------------------===//

/// A tensor as i32 minus its zero point (null, a scalar, or one per `axis`).
static FailureOr<Value> withoutZeroPoint(TensorBuilder &b, Value value, Value zeroPoint,
                                         bool isUnsigned, int64_t axis) {
  SmallVector<Value> inputs{value};
  SmallVector<AffineMap> maps{b.identity(rankOf(value))};
  if (zeroPoint) {
    auto map = parameterMap(b, zeroPoint, shapeOf(value), axis, 1);
    if (failed(map))
      return failure();
    inputs.push_back(zeroPoint);
    maps.push_back(*map);
  }
  auto body = [&](Scalars &s, ValueRange args) {
    Value wide = s.convert(args[0], b.getI32Type());
    return zeroPoint ? s.sub(wide, s.convert(args[1], b.getI32Type())) : wide;
  };
  return b.parallel(shapeOf(value), b.getI32Type(), inputs, maps, body, isUnsigned);
}

/// The product of two i32 tensors as i32, with broadcast batch dimensions.
static FailureOr<Value> integerMatMul(TensorBuilder &b, Value lhs, Value rhs) {
  int64_t rank = b.resultType().getRank();
  if (rank < 2 || rankOf(lhs) > rank || rankOf(rhs) > rank || rankOf(lhs) < 2 || rankOf(rhs) < 2)
    return b.fail("expected matrices, not vectors");
  auto operandMap = [&](Value value, AffineExpr first, AffineExpr second) {
    SmallVector<AffineExpr> exprs;
    int64_t count = rankOf(value) - 2;
    for (int64_t i = 0; i < count; ++i)
      exprs.push_back(shapeOf(value)[i] == 1 ? b.getAffineConstantExpr(0)
                                             : b.dim(rank - 2 - count + i));
    exprs.append({first, second});
    return b.mapOf(rank + 1, exprs);
  };
  SmallVector<AffineMap> maps{operandMap(lhs, b.dim(rank - 2), b.dim(rank)),
                              operandMap(rhs, b.dim(rank), b.dim(rank - 1)),
                              b.without(rank + 1, {rank})};
  return b.contract(lhs, rhs, maps, b.resultType().getShape(), b.getI32Type());
}

/// acc * scaleA * scaleB / scaleY, rounded and saturated. `axis` is that of
/// scales per channel.
static LogicalResult requantize(TensorBuilder &b, Value sum, ArrayRef<Value> scales,
                                Value zeroPoint, int64_t axis) {
  Type to = getElementTypeOrSelf(b.op->getResult(0).getType());
  if (!isByteOrMore(to))
    return b.fail("expected integers of 8 bits or more");
  SmallVector<Value> inputs{sum};
  llvm::append_range(inputs, scales);
  inputs.push_back(zeroPoint);
  SmallVector<AffineMap> maps{b.identity(rankOf(sum))};
  for (Value parameter : ArrayRef(inputs).drop_front()) {
    auto map = parameterMap(b, parameter, shapeOf(sum), axis, 1);
    if (failed(map))
      return failure();
    maps.push_back(*map);
  }
  return b.replace(
      b.parallel(shapeOf(sum), signless(to), inputs, maps, [&](Scalars &s, ValueRange args) {
        Type f32 = b.getF32Type();
        Value factor = s.mul(s.convert(args[1], f32), s.convert(args[2], f32));
        factor = s.div(factor, s.convert(args[3], f32));
        return quantize(s, s.mul(s.convert(args[0], f32), factor), args[4], to);
      }));
}

static LogicalResult lowerMatMulInteger(onnx::MatMulIntegerOp op, ValueRange operands,
                                        TensorBuilder &b) {
  auto lhs = withoutZeroPoint(b, operands[0], op.getAZeroPoint() ? operands[2] : Value(),
                              b.isUnsigned(0), rankOf(operands[0]) - 2);
  auto rhs = withoutZeroPoint(b, operands[1], op.getBZeroPoint() ? operands[3] : Value(),
                              b.isUnsigned(1), rankOf(operands[1]) - 1);
  if (failed(lhs) || failed(rhs))
    return failure();
  FailureOr<Value> product = integerMatMul(b, *lhs, *rhs);
  return failed(product) ? failure() : b.replace(*product);
}

static LogicalResult lowerQLinearMatMul(onnx::QLinearMatMulOp op, ValueRange operands,
                                        TensorBuilder &b) {
  auto lhs =
      withoutZeroPoint(b, operands[0], operands[2], b.isUnsigned(0), rankOf(operands[0]) - 2);
  auto rhs =
      withoutZeroPoint(b, operands[3], operands[5], b.isUnsigned(3), rankOf(operands[3]) - 1);
  if (failed(lhs) || failed(rhs))
    return failure();
  FailureOr<Value> product = integerMatMul(b, *lhs, *rhs);
  if (failed(product))
    return failure();
  return requantize(b, *product, {operands[1], operands[4], operands[6]}, operands[7],
                    rankOf(*product) - 1);
}

static LogicalResult lowerConvInteger(onnx::ConvIntegerOp op, ValueRange operands,
                                      TensorBuilder &b) {
  auto input = withoutZeroPoint(b, operands[0], op.getXZeroPoint() ? operands[2] : Value(),
                                b.isUnsigned(0), 1);
  auto weight = withoutZeroPoint(b, operands[1], op.getWZeroPoint() ? operands[3] : Value(),
                                 b.isUnsigned(1), 0);
  if (failed(input) || failed(weight))
    return failure();
  FailureOr<Value> result = convolve(b, *input, *weight, op.getGroup(), b.resultType());
  return failed(result) ? failure() : b.replace(*result);
}

static LogicalResult lowerQLinearConv(onnx::QLinearConvOp op, ValueRange operands,
                                      TensorBuilder &b) {
  auto input = withoutZeroPoint(b, operands[0], operands[2], b.isUnsigned(0), 1);
  auto weight = withoutZeroPoint(b, operands[3], operands[5], b.isUnsigned(3), 0);
  if (failed(input) || failed(weight))
    return failure();
  auto type = RankedTensorType::get(b.resultType().getShape(), b.getI32Type());
  FailureOr<Value> sum = convolve(b, *input, *weight, op.getGroup(), type);
  if (failed(sum))
    return failure();
  Value biased = op.getB() ? addBias(b, *sum, operands[8]) : *sum;
  return requantize(b, biased, {operands[1], operands[4], operands[6]}, operands[7], 1);
}

void bornc::lower::populateQuantization(LoweringTable &table) {
  addLowering<onnx::ConvIntegerOp, lowerConvInteger>(table);
  addLowering<onnx::DequantizeLinearOp, lowerDequantizeLinear>(table);
  addLowering<onnx::MatMulIntegerOp, lowerMatMulInteger>(table);
  addLowering<onnx::QLinearConvOp, lowerQLinearConv>(table);
  addLowering<onnx::QLinearMatMulOp, lowerQLinearMatMul>(table);
  addLowering<onnx::QuantizeLinearOp, lowerQuantizeLinear>(table);
}
