//===- Num.cpp ------------------------------------------------------------===//
#include "passes/math/Num.h"

using namespace mlir;
using namespace bornc::math;

static Num splat(Num like, Type type, TypedAttr scalar) {
  ImplicitLocOpBuilder &b = like.getBuilder();
  if (auto vector = dyn_cast<VectorType>(type))
    return {b, arith::ConstantOp::create(b, vector, DenseElementsAttr::get(vector, scalar))};
  return {b, arith::ConstantOp::create(b, scalar)};
}

Num Num::ofFloat(double number) const {
  Type f32 = builder->getF32Type();
  return splat(*this, typeOf(f32), builder->getFloatAttr(f32, number));
}

Num Num::ofInt(uint32_t number) const {
  Type i32 = builder->getI32Type();
  return splat(*this, typeOf(i32), builder->getIntegerAttr(i32, static_cast<int32_t>(number)));
}

Num Num::constant(double number) const {
  if (!isFloat())
    return same(static_cast<uint64_t>(static_cast<int64_t>(number)));
  Type element = getElementTypeOrSelf(value.getType());
  return splat(*this, value.getType(), builder->getFloatAttr(element, number));
}

Num Num::same(uint64_t number) const {
  Type element = getElementTypeOrSelf(value.getType());
  llvm::APInt bits(element.getIntOrFloatBitWidth(), number, /*isSigned=*/false,
                   /*implicitTrunc=*/true);
  return splat(*this, value.getType(), builder->getIntegerAttr(element, bits));
}

template <typename OpTy>
static Num convert(Num a, Type type) {
  return {a.getBuilder(), OpTy::create(a.getBuilder(), type, a.get()).getResult()};
}

Num Num::bits() const { return convert<arith::BitcastOp>(*this, typeOf(builder->getI32Type())); }
Num Num::asFloat() const { return convert<arith::BitcastOp>(*this, typeOf(builder->getF32Type())); }
Num Num::toInt() const { return convert<arith::FPToSIOp>(*this, typeOf(builder->getI32Type())); }
Num Num::toFloat() const { return convert<arith::SIToFPOp>(*this, typeOf(builder->getF32Type())); }
Num Num::toFloatUnsigned() const {
  return convert<arith::UIToFPOp>(*this, typeOf(builder->getF32Type()));
}

namespace bornc::math {

Num operator+(Num a, Num b) {
  return a.isFloat() ? a.make<arith::AddFOp>(b) : a.make<arith::AddIOp>(b);
}
Num operator-(Num a, Num b) {
  return a.isFloat() ? a.make<arith::SubFOp>(b) : a.make<arith::SubIOp>(b);
}
Num operator*(Num a, Num b) {
  return a.isFloat() ? a.make<arith::MulFOp>(b) : a.make<arith::MulIOp>(b);
}
Num operator/(Num a, Num b) { return a.make<arith::DivFOp>(b); }
Num operator-(Num a) { return a.isFloat() ? a.make<arith::NegFOp>() : a.same(0) - a; }

Num operator&(Num a, Num b) { return a.make<arith::AndIOp>(b); }
Num operator|(Num a, Num b) { return a.make<arith::OrIOp>(b); }
Num operator^(Num a, Num b) { return a.make<arith::XOrIOp>(b); }
Num operator!(Num a) {
  Type type = a.typeOf(a.getBuilder().getI1Type());
  return a ^ splat(a, type, a.getBuilder().getBoolAttr(true));
}
Num shiftLeft(Num a, Num count) { return a.make<arith::ShLIOp>(count); }
Num shiftRight(Num a, Num count) { return a.make<arith::ShRUIOp>(count); }
Num shiftRightSigned(Num a, Num count) { return a.make<arith::ShRSIOp>(count); }
Num divideUnsigned(Num a, Num b) { return a.make<arith::DivUIOp>(b); }
Num remainderUnsigned(Num a, Num b) { return a.make<arith::RemUIOp>(b); }

std::pair<Num, Num> multiplyWide(Num a, Num b) {
  auto op = arith::MulUIExtendedOp::create(a.getBuilder(), a.get(), b.get());
  return {Num(a.getBuilder(), op.getLow()), Num(a.getBuilder(), op.getHigh())};
}

Num leadingZeros(Num a) { return a.make<mlir::math::CountLeadingZerosOp>(); }

Num lowWord(Num a) { return convert<arith::TruncIOp>(a, a.typeOf(a.getBuilder().getI32Type())); }
Num highWord(Num a) { return lowWord(shiftRight(a, 32)); }
Num joinWords(Num low, Num high) {
  Type i64 = low.typeOf(low.getBuilder().getI64Type());
  return convert<arith::ExtUIOp>(low, i64) | shiftLeft(convert<arith::ExtUIOp>(high, i64), 32);
}

static Num compare(Num a, Num b, arith::CmpFPredicate floats, arith::CmpIPredicate integers) {
  ImplicitLocOpBuilder &builder = a.getBuilder();
  if (a.isFloat())
    return {builder, arith::CmpFOp::create(builder, floats, a.get(), b.get())};
  return {builder, arith::CmpIOp::create(builder, integers, a.get(), b.get())};
}

Num operator<(Num a, Num b) {
  return compare(a, b, arith::CmpFPredicate::OLT, arith::CmpIPredicate::slt);
}
Num operator==(Num a, Num b) {
  return compare(a, b, arith::CmpFPredicate::OEQ, arith::CmpIPredicate::eq);
}
Num operator!=(Num a, Num b) {
  return compare(a, b, arith::CmpFPredicate::UNE, arith::CmpIPredicate::ne);
}
Num below(Num a, Num b) {
  return compare(a, b, arith::CmpFPredicate::OLT, arith::CmpIPredicate::ult);
}

Num select(Num condition, Num yes, Num no) {
  ImplicitLocOpBuilder &builder = yes.getBuilder();
  return {builder, arith::SelectOp::create(builder, condition.get(), yes.get(), no.get())};
}

Num fma(Num a, Num b, Num c) {
  ImplicitLocOpBuilder &builder = a.getBuilder();
  return {builder, mlir::math::FmaOp::create(builder, a.get(), b.get(), c.get())};
}

Num polynomial(Num x, std::initializer_list<double> coefficients) {
  const double *next = coefficients.end() - 1;
  Num sum = x.constant(*next);
  while (next-- != coefficients.begin())
    sum = fma(sum, x, *next);
  return sum;
}

Num abs(Num a) { return (a.bits() & 0x7fffffffu).asFloat(); }
Num sqrt(Num a) { return a.make<mlir::math::SqrtOp>(); }
Num isNan(Num a) { return below(a.ofInt(0x7f800000), a.bits() & 0x7fffffffu); }
Num withSign(Num a, Num b) { return (a.bits() | (b.bits() & 0x80000000u)).asFloat(); }
Num nan(Num like) { return like.ofFloat(std::numeric_limits<double>::quiet_NaN()); }
Num infinity(Num like) { return like.ofFloat(std::numeric_limits<double>::infinity()); }

Pair sumOf(Num a, Num b) {
  Num sum = a + b;
  return {sum, (a - sum) + b};
}

/// The first half of the digits: 12 of f32, 26 of f64.
static Num firstHalf(Num a) {
  ImplicitLocOpBuilder &builder = a.getBuilder();
  Type type = a.get().getType();
  bool isDouble = getElementTypeOrSelf(type).isF64();
  Num bits(builder, arith::BitcastOp::create(
                        builder, a.typeOf(builder.getIntegerType(isDouble ? 64 : 32)), a.get()));
  bits = bits & (isDouble ? ~uint64_t(0x7ffffff) : uint64_t(0xfffff000));
  return {builder, arith::BitcastOp::create(builder, type, bits.get())};
}

Pair productOf(Num a, Num b) {
  Num product = a * b;
  Num a1 = firstHalf(a), b1 = firstHalf(b);
  Num a2 = a - a1, b2 = b - b1;
  Num low = ((a1 * b1 - product) + a1 * b2 + a2 * b1) + a2 * b2;
  return {product, low};
}

Pair productOf(Pair a, Pair b) {
  auto [high, low] = productOf(a.high, b.high);
  return sumOf(high, low + fma(a.high, b.low, a.low * b.high));
}

} // namespace bornc::math
