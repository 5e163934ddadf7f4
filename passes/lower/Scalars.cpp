//===- Scalars.cpp --------------------------------------------------------===//
#include "passes/lower/Scalars.h"

using namespace mlir;
using namespace bornc::lower;

Type bornc::lower::signless(Type type) {
  if (auto tensor = dyn_cast<RankedTensorType>(type))
    return tensor.clone(signless(tensor.getElementType()));
  if (auto integer = dyn_cast<IntegerType>(type))
    return IntegerType::get(type.getContext(), integer.getWidth());
  return type;
}

Value Scalars::constant(Type type, double value) {
  if (isa<FloatType>(type))
    return make<arith::ConstantOp>(builder.getFloatAttr(type, value));
  return make<arith::ConstantOp>(builder.getIntegerAttr(type, static_cast<int64_t>(value)));
}

Value Scalars::index(int64_t value) { return make<arith::ConstantIndexOp>(value); }

Value Scalars::loop(int64_t dim) { return make<linalg::IndexOp>(dim); }

Value Scalars::loop(int64_t dim, Type type) {
  if (!isa<FloatType>(type))
    return make<arith::IndexCastOp>(type, loop(dim));
  return make<arith::SIToFPOp>(type, loop(dim, builder.getI32Type()));
}

Value Scalars::add(Value a, Value b) {
  return isFloat(a) ? make<arith::AddFOp>(a, b) : make<arith::AddIOp>(a, b);
}
Value Scalars::sub(Value a, Value b) {
  return isFloat(a) ? make<arith::SubFOp>(a, b) : make<arith::SubIOp>(a, b);
}
Value Scalars::mul(Value a, Value b) {
  return isFloat(a) ? make<arith::MulFOp>(a, b) : make<arith::MulIOp>(a, b);
}
Value Scalars::div(Value a, Value b) {
  if (isFloat(a))
    return make<arith::DivFOp>(a, b);
  return isUnsigned ? make<arith::DivUIOp>(a, b) : make<arith::DivSIOp>(a, b);
}
Value Scalars::rem(Value a, Value b) {
  if (isFloat(a))
    return make<arith::RemFOp>(a, b);
  return isUnsigned ? make<arith::RemUIOp>(a, b) : make<arith::RemSIOp>(a, b);
}
// ONNX has no order of the two zeros, and CPUs take twice as long to have one.
static constexpr arith::FastMathFlags kAnyZero = arith::FastMathFlags::nsz;

Value Scalars::max(Value a, Value b) {
  if (isFloat(a))
    return make<arith::MaximumFOp>(a, b, kAnyZero);
  if (a.getType().isInteger(1))
    return make<arith::OrIOp>(a, b);
  return isUnsigned ? make<arith::MaxUIOp>(a, b) : make<arith::MaxSIOp>(a, b);
}
Value Scalars::min(Value a, Value b) {
  if (isFloat(a))
    return make<arith::MinimumFOp>(a, b, kAnyZero);
  if (a.getType().isInteger(1))
    return make<arith::AndIOp>(a, b);
  return isUnsigned ? make<arith::MinUIOp>(a, b) : make<arith::MinSIOp>(a, b);
}
Value Scalars::neg(Value a) {
  return isFloat(a) ? make<arith::NegFOp>(a) : make<arith::SubIOp>(constant(a.getType(), 0), a);
}
Value Scalars::abs(Value a) {
  if (isFloat(a))
    return make<math::AbsFOp>(a);
  return isUnsigned ? a : make<math::AbsIOp>(a);
}
Value Scalars::logicalNot(Value a) { return make<arith::XOrIOp>(a, constant(a.getType(), -1)); }

static arith::CmpFPredicate floatPredicate(Scalars::Compare predicate) {
  switch (predicate) {
  case Scalars::Compare::Eq:
    return arith::CmpFPredicate::OEQ;
  case Scalars::Compare::Ne:
    return arith::CmpFPredicate::UNE;
  case Scalars::Compare::Lt:
    return arith::CmpFPredicate::OLT;
  case Scalars::Compare::Le:
    return arith::CmpFPredicate::OLE;
  case Scalars::Compare::Gt:
    return arith::CmpFPredicate::OGT;
  case Scalars::Compare::Ge:
    return arith::CmpFPredicate::OGE;
  }
  llvm_unreachable("all predicates handled");
}

static arith::CmpIPredicate integerPredicate(Scalars::Compare predicate, bool isUnsigned) {
  switch (predicate) {
  case Scalars::Compare::Eq:
    return arith::CmpIPredicate::eq;
  case Scalars::Compare::Ne:
    return arith::CmpIPredicate::ne;
  case Scalars::Compare::Lt:
    return isUnsigned ? arith::CmpIPredicate::ult : arith::CmpIPredicate::slt;
  case Scalars::Compare::Le:
    return isUnsigned ? arith::CmpIPredicate::ule : arith::CmpIPredicate::sle;
  case Scalars::Compare::Gt:
    return isUnsigned ? arith::CmpIPredicate::ugt : arith::CmpIPredicate::sgt;
  case Scalars::Compare::Ge:
    return isUnsigned ? arith::CmpIPredicate::uge : arith::CmpIPredicate::sge;
  }
  llvm_unreachable("all predicates handled");
}

Value Scalars::compare(Compare predicate, Value a, Value b) {
  if (isFloat(a))
    return make<arith::CmpFOp>(floatPredicate(predicate), a, b);
  return make<arith::CmpIOp>(integerPredicate(predicate, isUnsigned), a, b);
}

Value Scalars::select(Value condition, Value yes, Value no) {
  return make<arith::SelectOp>(condition, yes, no);
}

Value Scalars::clamp(Value a, Value low, Value high) {
  if (low)
    a = select(compare(Compare::Lt, a, low), low, a);
  if (high)
    a = select(compare(Compare::Gt, a, high), high, a);
  return a;
}

/// By the exponential of -|a|, which neither overflows nor is lost where a < 0.
Value Scalars::sigmoid(Value a) {
  Value e = make<math::ExpOp>(neg(abs(a)));
  Value one = constant(a.getType(), 1);
  return div(select(compare(Compare::Lt, a, 0.0), e, one), add(e, one));
}

/// log(1 + exp(a)), written so that exp cannot overflow.
Value Scalars::softplus(Value a) {
  Value positive = max(a, constant(a.getType(), 0));
  return add(positive, make<math::Log1pOp>(make<math::ExpOp>(neg(abs(a)))));
}

Value Scalars::saturate(Value a, Type to) {
  auto type = dyn_cast<FloatType>(to);
  if (!type || type.getWidth() > 8 || isa<Float8E8M0FNUType>(type))
    return a;
  double largest = llvm::APFloat::getLargest(type.getFloatSemantics()).convertToDouble();
  return clamp(a, constant(a.getType(), -largest), constant(a.getType(), largest));
}

Value Scalars::toExponent(Value a, bool saturates, StringRef roundMode) {
  Type i32 = builder.getI32Type();
  Scalars words(builder, loc, /*isUnsigned=*/true);
  auto word = [&](int64_t value) { return words.constant(i32, value); };
  Value magnitude = make<arith::AndIOp>(
      make<arith::BitcastOp>(i32, convert(a, builder.getF32Type())), word(0x7fffffff));
  Value exponent = make<arith::ShRUIOp>(magnitude, word(23));
  Value rounded = magnitude;
  if (roundMode == "up") {
    rounded = words.add(magnitude, word(0x7fffff));
  } else if (roundMode == "nearest") { // ties away from zero, but for 2^-127 itself
    Value isNormal = words.compare(Compare::Ne, exponent, word(0));
    rounded = words.add(magnitude, words.select(isNormal, word(0x400000), word(0x3fffff)));
  }
  rounded = make<arith::ShRUIOp>(rounded, word(23));
  if (saturates)
    rounded = words.min(rounded, word(254));
  Value isNumber = words.compare(Compare::Lt, exponent, word(255));
  Value byte =
      make<arith::TruncIOp>(builder.getI8Type(), words.select(isNumber, rounded, word(255)));
  return make<arith::BitcastOp>(Float8E8M0FNUType::get(builder.getContext()), byte);
}

Value Scalars::convert(Value a, Type to, bool toUnsigned) {
  Type from = a.getType();
  if (from == to)
    return a;
  bool fromFloat = isa<FloatType>(from), toFloat = isa<FloatType>(to);
  if (fromFloat && from.getIntOrFloatBitWidth() < 32 && !to.isF32() && !to.isF64())
    return convert(make<arith::ExtFOp>(builder.getF32Type(), a), to, toUnsigned);
  if (to.isInteger(1))
    return compare(Compare::Ne, a, 0.0);
  unsigned fromBits = from.getIntOrFloatBitWidth(), toBits = to.getIntOrFloatBitWidth();
  if (fromFloat && toFloat)
    return fromBits < toBits ? make<arith::ExtFOp>(to, a) : make<arith::TruncFOp>(to, a);
  if (fromFloat)
    return toUnsigned ? make<arith::FPToUIOp>(to, a) : make<arith::FPToSIOp>(to, a);
  bool zeroExtends = isUnsigned || from.isInteger(1);
  if (toFloat)
    return zeroExtends ? make<arith::UIToFPOp>(to, a) : make<arith::SIToFPOp>(to, a);
  if (fromBits == toBits)
    return a;
  if (fromBits > toBits)
    return make<arith::TruncIOp>(to, a);
  return zeroExtends ? make<arith::ExtUIOp>(to, a) : make<arith::ExtSIOp>(to, a);
}
