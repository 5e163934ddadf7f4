//===- Random.cpp - random tensors, by element number ---------------------===//
//
// Philox4x32-10 (Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy
// as 1, 2, 3", SC 2011): a counter and a key to four words. The counter is the
// number of the element, so that every element can be computed where it is
// read; the key is the node's seed. The same program gives the same numbers in
// every run and on every device.
//
//===----------------------------------------------------------------------===//
#include "passes/lower/Registry.h"
#include "passes/lower/TensorBuilder.h"
#include "llvm/ADT/bit.h"
#include "llvm/Support/xxhash.h"

using namespace mlir;
using namespace bornc;
using namespace bornc::lower;

using Compare = Scalars::Compare;

namespace {
struct Key {
  uint32_t low, high;
};
} // namespace

/// Nodes without a seed differ from each other by their names.
static Key keyOfName(Operation *op) {
  auto name = op->getLoc()->findInstanceOf<NameLoc>();
  uint64_t hash = llvm::xxh3_64bits(name ? name.getName().getValue() : StringRef());
  return {static_cast<uint32_t>(hash), static_cast<uint32_t>(hash >> 32)};
}

template <typename Op>
static Key keyOf(Op op) {
  if (std::optional<APFloat> seed = op.getSeed())
    return {llvm::bit_cast<uint32_t>(seed->convertToFloat()), 0};
  return keyOfName(op);
}

static Value word(Scalars &s, uint32_t value) {
  return s.make<arith::ConstantOp>(s.builder.getI32IntegerAttr(static_cast<int32_t>(value)));
}

/// The first two of the four words for `counter`, 0, 0, 0.
static std::pair<Value, Value> philox(Scalars &s, Value counter, Key key) {
  constexpr uint32_t multipliers[] = {0xD2511F53, 0xCD9E8D57}, weyl[] = {0x9E3779B9, 0xBB67AE85};
  Value zero = word(s, 0), c[4] = {counter, zero, zero, zero};
  for (int round = 0; round < 10; ++round) {
    auto multiply = [&](uint32_t factor, Value value) {
      return arith::MulUIExtendedOp::create(s.builder, s.loc, word(s, factor), value);
    };
    auto first = multiply(multipliers[0], c[0]), second = multiply(multipliers[1], c[2]);
    auto mix = [&](Value high, Value other, uint32_t k) {
      return s.make<arith::XOrIOp>(s.make<arith::XOrIOp>(high, other), word(s, k));
    };
    Value mixed = mix(second.getHigh(), c[1], key.low);
    c[2] = mix(first.getHigh(), c[3], key.high);
    c[0] = mixed;
    c[1] = second.getLow();
    c[3] = first.getLow();
    key = {key.low + weyl[0], key.high + weyl[1]};
  }
  return {c[0], c[1]};
}

/// The number of the element that a parallel payload over `shape` computes.
static Value elementNumber(Scalars &s, ArrayRef<int64_t> shape) {
  Type i32 = s.builder.getI32Type();
  Value number = word(s, 0);
  for (auto [dim, extent] : llvm::enumerate(shape)) {
    number = s.make<arith::MulIOp>(number, word(s, extent));
    number = s.make<arith::AddIOp>(number, s.loop(dim, i32));
  }
  return number;
}

/// The upper `bits` of a word as a number.
static Value upperBits(Scalars &s, Value value, unsigned bits, Type type) {
  return s.make<arith::UIToFPOp>(type, s.make<arith::ShRUIOp>(value, word(s, 32 - bits)));
}

/// A multiple of 2^-24 in [0, 1), or one of 2^-53 for f64.
static Value uniform(Scalars &s, ArrayRef<int64_t> shape, Key key, Type type) {
  auto [first, second] = philox(s, elementNumber(s, shape), key);
  if (!type.isF64())
    return s.mul(upperBits(s, first, 24, type), 0x1p-24);
  Value high = s.mul(upperBits(s, first, 27, type), 0x1p26);
  return s.mul(s.add(high, upperBits(s, second, 26, type)), 0x1p-53);
}

/// The type to compute in for elements of `type`.
static Type computeType(Type type) {
  return type.isF64() ? type : Float32Type::get(type.getContext());
}

/// Box and Muller's transform, in f32.
static Value normal(Scalars &s, ArrayRef<int64_t> shape, Key key, Type type) {
  Type f32 = s.builder.getF32Type();
  auto [first, second] = philox(s, elementNumber(s, shape), key);
  // In (0, 1], with all 32 bits: they are the tail of the distribution.
  Value open = s.mul(s.add(s.make<arith::UIToFPOp>(f32, first), 0.5), 0x1p-32);
  Value turn = s.mul(upperBits(s, second, 24, f32), 0x1p-24 * 6.283185307179586);
  Value radius = s.make<math::SqrtOp>(s.mul(s.make<math::LogOp>(open), -2.0));
  return s.convert(s.mul(radius, s.make<math::CosOp>(turn)), type);
}

/// A result of samples, each times `scale` plus `offset`.
static LogicalResult
replaceWithSamples(TensorBuilder &b, Key key, double scale, double offset,
                   function_ref<Value(Scalars &, ArrayRef<int64_t>, Key, Type)> sample) {
  RankedTensorType type = b.resultType();
  Type element = type.getElementType();
  return b.replace(b.parallel(type.getShape(), element, {}, {}, [&](Scalars &s, ValueRange) {
    Value value = sample(s, type.getShape(), key, computeType(element));
    value = s.add(s.mul(value, scale), offset);
    return s.convert(value, element);
  }));
}

template <typename Op>
static LogicalResult lowerRandomUniform(Op op, ValueRange, TensorBuilder &b) {
  double low = op.getLow().convertToDouble(), high = op.getHigh().convertToDouble();
  return replaceWithSamples(b, keyOf(op), high - low, low, uniform);
}

template <typename Op>
static LogicalResult lowerRandomNormal(Op op, ValueRange, TensorBuilder &b) {
  double scale = op.getScale().convertToDouble(), mean = op.getMean().convertToDouble();
  return replaceWithSamples(b, keyOf(op), scale, mean, normal);
}

/// What is kept is scaled by 1 / (1 - ratio); nothing happens outside of training mode.
static LogicalResult lowerDropout(onnx::DropoutOp op, ValueRange operands, TensorBuilder &b) {
  RankedTensorType type = b.resultType();
  ArrayRef<int64_t> shape = type.getShape();
  if (!op.getTrainingMode() || b.constantFloat(2) == 0.0) {
    SmallVector<Value> same{operands[0]};
    if (op->getNumResults() > 1)
      same.push_back(b.filled(shape, b.getI1Type(), 1));
    return b.replace(same);
  }
  Key key = keyOfName(op);
  if (auto seed = op.getSeed())
    key = {static_cast<uint32_t>(*seed), static_cast<uint32_t>(*seed >> 32)};
  Value ratio = op.getRatio() ? operands[1] : b.filled({}, b.getF32Type(), 0.5);
  Value mode = operands[2];
  Value mask = b.elementwise(shape, b.getI1Type(), {ratio, mode}, [&](Scalars &s, ValueRange args) {
    Type compute = computeType(args[0].getType());
    Value random = uniform(s, shape, key, compute);
    Value keep = s.compare(Compare::Ge, random, s.convert(args[0], compute));
    return s.make<arith::OrIOp>(keep, s.logicalNot(args[1]));
  });
  SmallVector<Value> inputs{operands[0], mask, ratio, mode};
  Value result =
      b.elementwise(shape, type.getElementType(), inputs, [&](Scalars &s, ValueRange args) {
        Type compute = computeType(type.getElementType());
        Value value = s.convert(args[0], compute);
        Value scaled = s.div(value, s.sub(1.0, s.convert(args[2], compute)));
        Value trained = s.select(args[1], scaled, s.constant(compute, 0));
        return s.convert(s.select(args[3], trained, value), type.getElementType());
      });
  SmallVector<Value> results{result};
  if (op->getNumResults() > 1)
    results.push_back(mask);
  return b.replace(results);
}

void bornc::lower::populateRandom(LoweringTable &table) {
  addLowering<onnx::DropoutOp, lowerDropout>(table);
  addLowering<onnx::RandomNormalLikeOp, lowerRandomNormal<onnx::RandomNormalLikeOp>>(table);
  addLowering<onnx::RandomNormalOp, lowerRandomNormal<onnx::RandomNormalOp>>(table);
  addLowering<onnx::RandomUniformLikeOp, lowerRandomUniform<onnx::RandomUniformLikeOp>>(table);
  addLowering<onnx::RandomUniformOp, lowerRandomUniform<onnx::RandomUniformOp>>(table);
}
