//===- Fourier.cpp - DFT and STFT -----------------------------------------===//
//
// The transform as it is defined: a contraction with roots of unity, which a
// table of one turn gives. Complex numbers are the last dimension.
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
/// A transform whose result has frequency dimension `axis`; the loop over
/// samples is the last one.
struct Transform {
  Value signal;
  SmallVector<AffineExpr>
      position; // of sample n in the signal, without its component, if it has one
  Value window; // factor per sample, or null
  int64_t length, axis;
  bool inverse;
};
} // namespace

static Value turnTable(TensorBuilder &b, Type element, int64_t length, double (*function)(double)) {
  SmallVector<Attribute> values;
  for (int64_t i = 0; i < length; ++i)
    values.push_back(b.getFloatAttr(element, function(2 * M_PI * i / length)));
  auto type = RankedTensorType::get({length}, element);
  return b.create<arith::ConstantOp>(DenseElementsAttr::get(type, values));
}

static Value buildTransform(TensorBuilder &b, const Transform &t) {
  RankedTensorType type = b.resultType();
  Type element = type.getElementType();
  int64_t rank = type.getRank(), samples = rank;
  bool hasComponents = rankOf(t.signal) > static_cast<int64_t>(t.position.size());
  bool isComplex = hasComponents && shapeOf(t.signal).back() == 2;
  SmallVector<Value> inputs;
  SmallVector<AffineMap> maps;
  for (int64_t component = 0; component < (isComplex ? 2 : 1); ++component) {
    SmallVector<AffineExpr> exprs(t.position);
    if (hasComponents)
      exprs.push_back(b.getAffineConstantExpr(component));
    inputs.push_back(t.signal);
    maps.push_back(b.mapOf(rank + 1, exprs));
  }
  if (t.window) {
    inputs.push_back(t.window);
    maps.push_back(b.mapOf(rank + 1, {b.dim(samples)}));
  }
  maps.push_back(b.without(rank + 1, {samples}));
  Value cosines = turnTable(b, element, t.length, std::cos);
  Value sines = turnTable(b, element, t.length, std::sin);
  double scale = t.inverse ? 1.0 / t.length : 1.0;
  auto body = [&](Scalars &s, ValueRange args) {
    Value turn = s.make<arith::MulIOp>(s.loop(t.axis), s.loop(samples));
    turn = s.make<arith::RemUIOp>(turn, s.index(t.length));
    Value cosine = s.make<tensor::ExtractOp>(cosines, turn);
    Value sine = s.make<tensor::ExtractOp>(sines, turn);
    if (t.inverse)
      sine = s.neg(sine);
    Value re = args[0], real = s.mul(re, cosine), imaginary = s.neg(s.mul(re, sine));
    if (isComplex) {
      real = s.add(real, s.mul(args[1], sine));
      imaginary = s.add(imaginary, s.mul(args[1], cosine));
    }
    Value isReal = s.make<arith::CmpIOp>(arith::CmpIPredicate::eq, s.loop(rank - 1), s.index(0));
    Value value = s.select(isReal, real, imaginary);
    if (t.window)
      value = s.mul(value, args[isComplex ? 2 : 1]);
    return s.add(args.back(), scale == 1 ? value : s.mul(value, scale));
  };
  return b.generic(inputs, b.filled(type.getShape(), element, 0), maps, body);
}

static LogicalResult lowerDFT(onnx::DFTOp op, ValueRange operands, TensorBuilder &b) {
  Value signal = operands[0];
  RankedTensorType type = b.resultType();
  int64_t rank = type.getRank();
  auto length = b.constantInts(1), axisOperand = b.constantInts(2);
  if ((op.getDftLength() && !length) || (op.getAxis() && !axisOperand))
    return b.fail("the length or the axis is not constant");
  int64_t axis = normalizeAxis(axisOperand ? axisOperand->front() : -2, rank);
  if (rank < 2 || axis < 0 || axis == rank - 1)
    return b.fail("the axis is out of range");
  bool inverse = op.getInverse() != 0, isHalf = inverse && op.getOnesided();
  int64_t available = shapeOf(signal)[axis];
  Transform t{signal, {}, {}, length ? length->front() : available, axis, inverse};
  if (isHalf && !length)
    t.length = 2 * (available - 1);
  if (t.length < 1)
    return b.fail("the length is not positive");
  int64_t used = std::min(available, isHalf ? t.length / 2 + 1 : t.length);
  t.signal = b.sliceDim(signal, axis, 0, used);
  for (int64_t i = 0; i < rank - 1; ++i)
    t.position.push_back(b.dim(i == axis ? rank : i));
  if (isHalf) {
    // Frequencies that stand for their mirror image as well count twice.
    SmallVector<float> factors;
    for (int64_t k = 0; k < used; ++k)
      factors.push_back(k == 0 || 2 * k == t.length ? 1 : 2);
    t.window = b.convert(b.constantF32(factors, {used}), type.getElementType());
  }
  return b.replace(buildTransform(b, t));
}

static LogicalResult lowerSTFT(onnx::STFTOp op, ValueRange operands, TensorBuilder &b) {
  Value signal = operands[0];
  auto step = b.constantInts(1), length = b.constantInts(3);
  if (!step || (op.getFrameLength() && !length))
    return b.fail("the step or the length is not constant");
  // Exporters leave out the dimension of one component, and ONNX Runtime takes that.
  if ((rankOf(signal) != 2 && rankOf(signal) != 3) || b.resultType().getRank() != 4)
    return b.fail("expected a signal of batch, samples and components");
  Value window = op.getWindow() ? operands[2] : Value();
  int64_t samples = length ? length->front() : window ? shapeOf(window)[0] : shapeOf(signal)[1];
  if (samples < 1)
    return b.fail("the length is not positive");
  if (!window)
    window = b.filled({samples}, elementOf(signal), 1);
  Transform t{signal, {b.dim(0), b.dim(1) * step->front() + b.dim(4)}, window, samples, 2, false};
  return b.replace(buildTransform(b, t));
}

void bornc::lower::populateFourier(LoweringTable &table) {
  addLowering<onnx::DFTOp, lowerDFT>(table);
  addLowering<onnx::STFTOp, lowerSTFT>(table);
}
