//===- ElementwisePayload.cpp ---------------------------------------------===//
#include "passes/lower/ElementwisePayload.h"

#include "dialects/onnx/Onnx.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSwitch.h"

using namespace mlir;
using namespace bornc;
using namespace bornc::lower;

using Compare = Scalars::Compare;

std::optional<double> Payload::constantArg(unsigned i) const {
  if (i >= constants.size() || !constants[i])
    return std::nullopt;
  if (auto integer = dyn_cast<IntegerAttr>(constants[i]))
    return static_cast<double>(integer.getValue().getSExtValue());
  return cast<FloatAttr>(constants[i]).getValueAsDouble();
}

/// A float attribute of the op as a constant of the first operand's type.
template <typename OpTy>
static Value attr(Payload &p, llvm::APFloat (OpTy::*get)()) {
  return p.constant((cast<OpTy>(p.op).*get)().convertToDouble());
}

//===----------------------------------------------------------------------===//
// Payloads that are more than a line
//===----------------------------------------------------------------------===//

/// Floats as C's fmod, or with the sign of the divisor as Python's %. What is
/// left of a finite number after an infinite one is the number.
static Value floatMod(Payload &p, bool isFmod) {
  Value a = p[0], b = p[1];
  double inf = std::numeric_limits<double>::infinity();
  Value isWhole = p.make<arith::AndIOp>(p.compare(Compare::Eq, p.abs(b), inf),
                                        p.compare(Compare::Lt, p.abs(a), inf));
  Value r = p.select(isWhole, a, p.rem(a, b));
  if (isFmod)
    return p.make<math::CopySignOp>(r, a);
  Value signsDiffer =
      p.make<arith::XOrIOp>(p.compare(Compare::Lt, r, 0.0), p.compare(Compare::Lt, b, 0.0));
  Value isZero = p.compare(Compare::Eq, r, 0.0);
  return p.select(isZero, p.make<math::CopySignOp>(r, b), p.select(signsDiffer, p.add(r, b), r));
}

/// Integers as Python's %, or with the sign of the dividend if fmod is set.
static Value modPayload(Payload &p) {
  bool isFmod = cast<onnx::ModOp>(p.op).getFmod() != 0;
  if (Scalars::isFloat(p[0]))
    return floatMod(p, isFmod);
  Value r = p.rem(p[0], p[1]);
  if (isFmod || p.isUnsigned)
    return r;
  Value isNegative = p.compare(Compare::Lt, r, 0.0);
  Value divisorIsNegative = p.compare(Compare::Lt, p[1], 0.0);
  Value signsDiffer = p.make<arith::XOrIOp>(isNegative, divisorIsNegative);
  Value inexact = p.compare(Compare::Ne, r, 0.0);
  return p.select(p.make<arith::AndIOp>(signsDiffer, inexact), p.add(r, p[1]), r);
}

/// By squaring: six steps reach every power that can fit 64 bits. Larger
/// exponents keep their parity, which is all that matters to 0, 1 and -1.
static Value integerPower(Payload &p, Value base, Value exponent) {
  Type type = exponent.getType();
  Value one = p.constant(type, 1);
  Value parity = p.make<arith::AndIOp>(exponent, one);
  Value large = p.make<arith::CmpIOp>(arith::CmpIPredicate::sgt, exponent, p.constant(type, 63));
  exponent = p.select(large, p.add(parity, p.constant(type, 62)), exponent);
  Value result = p.constant(base.getType(), 1);
  for (int64_t bit = 0; bit < 6; ++bit) {
    Value mask = p.constant(type, 1 << bit);
    Value isSet = p.compare(Compare::Ne, p.make<arith::AndIOp>(exponent, mask), 0.0);
    result = p.select(isSet, p.mul(result, base), result);
    base = p.mul(base, base);
  }
  return result;
}

/// The result has the type of the base.
static Value powPayload(Payload &p) {
  Value base = p[0];
  if (std::optional<double> exponent = p.constantArg(1)) {
    if (*exponent == 1)
      return base;
    if (*exponent == 2)
      return p.mul(base, base);
    if (*exponent == 3)
      return p.mul(p.mul(base, base), base);
    if (Scalars::isFloat(base) && *exponent == 0.5)
      return p.make<math::SqrtOp>(base);
    if (Scalars::isFloat(base) && *exponent == -1)
      return p.div(1.0, base);
  }
  Value exponent = p[1];
  if (!Scalars::isFloat(base) && !Scalars::isFloat(exponent))
    return integerPower(p, base, exponent);
  Type type = Scalars::isFloat(base) ? base.getType() : exponent.getType();
  Value power = p.make<math::PowFOp>(p.convert(base, type), p.convert(exponent, type));
  return p.convert(power, base.getType(), p.resultType().isUnsignedInteger());
}

static Value signPayload(Payload &p) {
  Value zero = p.constant(0), one = p.constant(1);
  Value positive =
      p.select(p.compare(Compare::Gt, p[0], zero), one, Scalars::isFloat(p[0]) ? p[0] : zero);
  if (p.isUnsigned)
    return positive;
  return p.select(p.compare(Compare::Lt, p[0], zero), p.constant(-1), positive);
}

static Value isInfPayload(Payload &p) {
  auto op = cast<onnx::IsInfOp>(p.op);
  double infinity = std::numeric_limits<double>::infinity();
  Value result = p.constant(p.builder.getI1Type(), 0);
  if (op.getDetectPositive())
    result = p.make<arith::OrIOp>(result, p.compare(Compare::Eq, p[0], infinity));
  if (op.getDetectNegative())
    result = p.make<arith::OrIOp>(result, p.compare(Compare::Eq, p[0], -infinity));
  return result;
}

static Value geluPayload(Payload &p) {
  Value half = p.mul(p[0], 0.5);
  if (cast<onnx::GeluOp>(p.op).getApproximate() == "tanh") {
    Value cube = p.mul(p.mul(p[0], p[0]), p[0]);
    Value inner = p.mul(p.add(p[0], p.mul(cube, 0.044715)), 0.79788456080286535588);
    return p.mul(half, p.add(p.make<math::TanhOp>(inner), 1.0));
  }
  Value erf = p.make<math::ErfOp>(p.mul(p[0], 0.70710678118654752440));
  return p.mul(half, p.add(erf, 1.0));
}

/// y = x > 0 ? scale * x : negative(x)
static Value positiveOr(Payload &p, Value positive, Value negative) {
  return p.select(p.compare(Compare::Gt, p[0], 0.0), positive, negative);
}

static Value expMinusOne(Payload &p, Value x) { return p.make<math::ExpM1Op>(x); }

static Value eluPayload(Payload &p) {
  Value scaled = p.mul(attr(p, &onnx::EluOp::getAlpha), expMinusOne(p, p[0]));
  return positiveOr(p, p[0], scaled);
}

static Value seluPayload(Payload &p) {
  Value gamma = attr(p, &onnx::SeluOp::getGamma);
  Value scaled = p.mul(attr(p, &onnx::SeluOp::getAlpha), expMinusOne(p, p[0]));
  return p.mul(gamma, positiveOr(p, p[0], scaled));
}

static Value celuPayload(Payload &p) {
  Value alpha = attr(p, &onnx::CeluOp::getAlpha);
  return positiveOr(p, p[0], p.mul(alpha, expMinusOne(p, p.div(p[0], alpha))));
}

static Value shrinkPayload(Payload &p) {
  auto op = cast<onnx::ShrinkOp>(p.op);
  double lambd = op.getLambd().convertToDouble(), bias = op.getBias().convertToDouble();
  Value high = p.select(p.compare(Compare::Gt, p[0], lambd), p.add(p[0], -bias), p.constant(0));
  return p.select(p.compare(Compare::Lt, p[0], -lambd), p.add(p[0], bias), high);
}

static Value hardSigmoid(Payload &p, double alpha, double beta) {
  return p.clamp(p.add(p.mul(p[0], alpha), beta), p.constant(0), p.constant(1));
}

static Value hardSigmoidPayload(Payload &p) {
  auto op = cast<onnx::HardSigmoidOp>(p.op);
  return hardSigmoid(p, op.getAlpha().convertToDouble(), op.getBeta().convertToDouble());
}

/// Shifting all bits out leaves the sign's extension in ONNX, and nothing
/// defined in arith.
static Value bitShiftPayload(Payload &p) {
  unsigned bits = p[0].getType().getIntOrFloatBitWidth();
  Value inRange = p.make<arith::CmpIOp>(arith::CmpIPredicate::ult, p[1], p.constant(bits));
  if (cast<onnx::BitShiftOp>(p.op).getDirection() == "LEFT")
    return p.select(inRange, p.make<arith::ShLIOp>(p[0], p[1]), p.constant(0));
  if (p.isUnsigned)
    return p.select(inRange, p.make<arith::ShRUIOp>(p[0], p[1]), p.constant(0));
  Value amount = p.select(inRange, p[1], p.constant(bits - 1));
  return p.make<arith::ShRSIOp>(p[0], amount);
}

template <typename OpTy>
static Value castPayload(Payload &p) {
  auto op = cast<OpTy>(p.op);
  Type to = signless(p.resultType());
  Value value = p[0];
  if (value.getType() == to)
    return value;
  if (isa<Float8E8M0FNUType>(to))
    return p.toExponent(value, op.getSaturate() != 0, op.getRoundMode());
  if (isa<FloatType>(to) && to.getIntOrFloatBitWidth() <= 8 && op.getSaturate() != 0) {
    if (!value.getType().isF64())
      value = p.convert(value, p.builder.getF32Type());
    value = p.saturate(value, to);
  }
  return p.convert(value, to, p.resultType().isUnsignedInteger());
}

static Value bitCastPayload(Payload &p) {
  Type type = signless(p.resultType());
  if (type == p[0].getType())
    return p[0];
  if (type.isInteger(1) || p[0].getType().isInteger(1)) // a bool is a byte
    return p.convert(p[0], type, /*toUnsigned=*/true);
  return p.make<arith::BitcastOp>(type, p[0]);
}

static Value addTwo(Payload &p, Value a, Value b) { return p.add(a, b); }
static Value maxOfTwo(Payload &p, Value a, Value b) { return p.max(a, b); }
static Value minOfTwo(Payload &p, Value a, Value b) { return p.min(a, b); }

template <Value (*combine)(Payload &, Value, Value)>
static Value fold(Payload &p) {
  Value result = p[0];
  for (unsigned i = 1; i < p.args.size(); ++i)
    result = combine(p, result, p[i]);
  return result;
}

static Value meanPayload(Payload &p) {
  Value sum = fold<addTwo>(p);
  return p.div(sum, p.constant(p.args.size()));
}

template <Compare predicate>
static Value comparePayload(Payload &p) {
  return p.compare(predicate, p[0], p[1]);
}

template <typename OpTy>
static Value unaryPayload(Payload &p) {
  return p.make<OpTy>(p[0]);
}

template <typename OpTy>
static Value binaryPayload(Payload &p) {
  return p.make<OpTy>(p[0], p[1]);
}

//===----------------------------------------------------------------------===//
// The table
//===----------------------------------------------------------------------===//

namespace {
struct Row {
  llvm::StringLiteral op;
  PayloadFn payload;
};
} // namespace

static constexpr Row rows[] = {
    // Math of one operand
    {"onnx.Acos", unaryPayload<math::AcosOp>},
    {"onnx.Acosh", unaryPayload<math::AcoshOp>},
    {"onnx.Asin", unaryPayload<math::AsinOp>},
    {"onnx.Asinh", unaryPayload<math::AsinhOp>},
    {"onnx.Atan", unaryPayload<math::AtanOp>},
    {"onnx.Atanh", unaryPayload<math::AtanhOp>},
    {"onnx.Ceil", unaryPayload<math::CeilOp>},
    {"onnx.Cos", unaryPayload<math::CosOp>},
    {"onnx.Cosh", unaryPayload<math::CoshOp>},
    {"onnx.Erf", unaryPayload<math::ErfOp>},
    {"onnx.Exp", unaryPayload<math::ExpOp>},
    {"onnx.Floor", unaryPayload<math::FloorOp>},
    {"onnx.Log", unaryPayload<math::LogOp>},
    {"onnx.Round", unaryPayload<math::RoundEvenOp>},
    {"onnx.Sin", unaryPayload<math::SinOp>},
    {"onnx.Sinh", unaryPayload<math::SinhOp>},
    {"onnx.Sqrt", unaryPayload<math::SqrtOp>},
    {"onnx.Tan", unaryPayload<math::TanOp>},
    {"onnx.Tanh", unaryPayload<math::TanhOp>},
    {"onnx.Abs", [](Payload &p) { return p.abs(p[0]); }},
    {"onnx.Neg", [](Payload &p) { return p.neg(p[0]); }},
    {"onnx.Reciprocal", [](Payload &p) { return p.div(1.0, p[0]); }},
    {"onnx.Sign", signPayload},
    {"onnx.IsInf", isInfPayload},
    {"onnx.IsNaN",
     [](Payload &p) { return p.make<arith::CmpFOp>(arith::CmpFPredicate::UNO, p[0], p[0]); }},

    // Activations
    {"onnx.Celu", celuPayload},
    {"onnx.Elu", eluPayload},
    {"onnx.Gelu", geluPayload},
    {"onnx.HardSigmoid", hardSigmoidPayload},
    {"onnx.HardSwish", [](Payload &p) { return p.mul(p[0], hardSigmoid(p, 1.0 / 6.0, 0.5)); }},
    {"onnx.LeakyRelu",
     [](Payload &p) {
       return p.select(p.compare(Compare::Lt, p[0], 0.0),
                       p.mul(attr(p, &onnx::LeakyReluOp::getAlpha), p[0]), p[0]);
     }},
    {"onnx.Mish", [](Payload &p) { return p.mul(p[0], p.make<math::TanhOp>(p.softplus(p[0]))); }},
    {"onnx.PRelu",
     [](Payload &p) {
       return p.select(p.compare(Compare::Lt, p[0], 0.0), p.mul(p[1], p[0]), p[0]);
     }},
    {"onnx.Relu", [](Payload &p) { return p.clamp(p[0], p.constant(0), {}); }},
    {"onnx.Selu", seluPayload},
    {"onnx.Shrink", shrinkPayload},
    {"onnx.Sigmoid", [](Payload &p) { return p.sigmoid(p[0]); }},
    {"onnx.Softplus", [](Payload &p) { return p.softplus(p[0]); }},
    {"onnx.Softsign", [](Payload &p) { return p.div(p[0], p.add(p.abs(p[0]), 1.0)); }},
    {"onnx.Swish",
     [](Payload &p) {
       return p.mul(p[0], p.sigmoid(p.mul(attr(p, &onnx::SwishOp::getAlpha), p[0])));
     }},
    {"onnx.ThresholdedRelu",
     [](Payload &p) {
       Value alpha = attr(p, &onnx::ThresholdedReluOp::getAlpha);
       return p.select(p.compare(Compare::Gt, p[0], alpha), p[0], p.constant(0));
     }},

    // Arithmetic of several operands
    {"onnx.Add", [](Payload &p) { return p.add(p[0], p[1]); }},
    {"onnx.Sub", [](Payload &p) { return p.sub(p[0], p[1]); }},
    {"onnx.Mul", [](Payload &p) { return p.mul(p[0], p[1]); }},
    {"onnx.Div", [](Payload &p) { return p.div(p[0], p[1]); }},
    {"onnx.Mod", modPayload},
    {"onnx.Pow", powPayload},
    {"onnx.Max", fold<maxOfTwo>},
    {"onnx.Mean", meanPayload},
    {"onnx.Min", fold<minOfTwo>},
    {"onnx.Sum", fold<addTwo>},
    {"onnx.Clip", [](Payload &p) { return p.clamp(p[0], p[1], p[2]); }},
    {"onnx.Where", [](Payload &p) { return p.select(p[0], p[1], p[2]); }},

    // Bits and truth values
    {"onnx.And", binaryPayload<arith::AndIOp>},
    {"onnx.BitShift", bitShiftPayload},
    {"onnx.BitwiseAnd", binaryPayload<arith::AndIOp>},
    {"onnx.BitwiseNot", [](Payload &p) { return p.logicalNot(p[0]); }},
    {"onnx.BitwiseOr", binaryPayload<arith::OrIOp>},
    {"onnx.BitwiseXor", binaryPayload<arith::XOrIOp>},
    {"onnx.Not", [](Payload &p) { return p.logicalNot(p[0]); }},
    {"onnx.Or", binaryPayload<arith::OrIOp>},
    {"onnx.Xor", binaryPayload<arith::XOrIOp>},

    // Comparisons
    {"onnx.Equal", comparePayload<Compare::Eq>},
    {"onnx.Greater", comparePayload<Compare::Gt>},
    {"onnx.GreaterOrEqual", comparePayload<Compare::Ge>},
    {"onnx.Less", comparePayload<Compare::Lt>},
    {"onnx.LessOrEqual", comparePayload<Compare::Le>},

    // Types
    {"onnx.BitCast", bitCastPayload},
    {"onnx.Cast", castPayload<onnx::CastOp>},
    {"onnx.CastLike", castPayload<onnx::CastLikeOp>},
};

PayloadFn bornc::lower::elementwisePayload(StringRef name) {
  static const llvm::StringMap<PayloadFn> table = [] {
    llvm::StringMap<PayloadFn> table;
    for (const Row &row : rows)
      table[row.op] = row.payload;
    return table;
  }();
  return table.lookup(name);
}

SmallVector<StringRef> bornc::lower::elementwiseOps() {
  SmallVector<StringRef> names;
  for (const Row &row : rows)
    names.push_back(row.op);
  return names;
}

bool bornc::lower::acceptsElementwise(Operation *op, std::string &reason) {
  auto isNumber = [](Type type) {
    return isa<NoneType, IntegerType, FloatType>(getElementTypeOrSelf(type));
  };
  for (Type type : llvm::concat<const Type>(SmallVector<Type>(op->getOperandTypes()),
                                            SmallVector<Type>(op->getResultTypes()))) {
    if (isNumber(type))
      continue;
    llvm::raw_string_ostream(reason)
        << "elements of " << getElementTypeOrSelf(type) << " are not supported";
    return false;
  }
  auto storedBits = [](Type type) { return born::storageBits(getElementTypeOrSelf(type)); };
  if (isa<onnx::BitCastOp>(op) &&
      storedBits(op->getOperand(0).getType()) != storedBits(op->getResult(0).getType())) {
    reason = "bit casts between sizes are not supported";
    return false;
  }
  return true;
}
