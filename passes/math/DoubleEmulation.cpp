//===- DoubleEmulation.cpp - f64 ops as calls -----------------------------===//
#include "passes/math/DoubleEmulation.h"

#include "dialects/errors/Errors.h"
#include "passes/math/Double.h"
#include "passes/math/SmallFloat.h"
#include "passes/math/TypeEmulation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace bornc::math;

namespace {
/// Builds what replaces one op.
class Calls {
public:
  Calls(ImplicitLocOpBuilder &b, Operation *op) : b(b), op(op) {}

  Num call(StringRef name, Type result, ArrayRef<Num> args, function_ref<Num(ArrayRef<Num>)> body) {
    SmallVector<Value> values = llvm::map_to_vector(args, [](Num num) { return num.get(); });
    FunctionType type = b.getFunctionType(ValueRange(values).getTypes(), result);
    func::FuncOp function = getFunction(op, name, type, body);
    return {b, func::CallOp::create(b, function, values).getResult(0)};
  }

  Num unary(StringRef name, Num a, Num (*function)(Num)) {
    return call(name, b.getI64Type(), a, [&](ArrayRef<Num> args) { return function(args[0]); });
  }
  Num binary(StringRef name, Num x, Num y, Num (*function)(Num, Num)) {
    return call(name, b.getI64Type(), {x, y},
                [&](ArrayRef<Num> args) { return function(args[0], args[1]); });
  }

  Num add(Num x, Num y) { return binary("add_f64", x, y, addDouble); }
  Num multiply(Num x, Num y) { return binary("multiply_f64", x, y, multiplyDouble); }
  Num divide(Num x, Num y) { return binary("divide_f64", x, y, divideDouble); }
  Num negate(Num x) { return x ^ (uint64_t(1) << 63); }
  Num max(Num x, Num y, bool number) {
    return call(number ? "maxnum_f64" : "maximum_f64", b.getI64Type(), {x, y},
                [&](ArrayRef<Num> args) { return maxDouble(args[0], args[1], number); });
  }
  Num compare(arith::CmpFPredicate predicate, Num x, Num y);
  Num narrowed(Num x, FloatType to);
  Num fromInteger(Num x, bool isSigned);
  Num toInteger(Num x, Type to);
  /// Nothing for an op that has no emulation.
  Num emulate(ArrayRef<Num> args);

private:
  ImplicitLocOpBuilder &b;
  Operation *op;
};
} // namespace

Num Calls::compare(arith::CmpFPredicate predicate, Num x, Num y) {
  using P = arith::CmpFPredicate;
  auto truth = [&](bool value) {
    return Num(b, arith::ConstantOp::create(b, b.getBoolAttr(value)));
  };
  Num unordered = isNanDouble(x) | isNanDouble(y);
  switch (predicate) {
  case P::AlwaysFalse:
    return truth(false);
  case P::AlwaysTrue:
    return truth(true);
  case P::OEQ:
    return equalDouble(x, y);
  case P::UEQ:
    return equalDouble(x, y) | unordered;
  case P::OGT:
    return lessDouble(y, x);
  case P::UGT:
    return lessDouble(y, x) | unordered;
  case P::OGE:
    return lessDouble(y, x) | equalDouble(x, y);
  case P::UGE:
    return !lessDouble(x, y);
  case P::OLT:
    return lessDouble(x, y);
  case P::ULT:
    return lessDouble(x, y) | unordered;
  case P::OLE:
    return lessDouble(x, y) | equalDouble(x, y);
  case P::ULE:
    return !lessDouble(y, x);
  case P::ONE:
    return lessDouble(x, y) | lessDouble(y, x);
  case P::UNE:
    return !equalDouble(x, y);
  case P::ORD:
    return !unordered;
  case P::UNO:
    return unordered;
  }
  llvm_unreachable("all predicates are handled");
}

Num Calls::narrowed(Num x, FloatType to) {
  bool toOdd = !to.isF32();
  Num f32 = call(toOdd ? "odd_float_of_double" : "float_of_double", b.getF32Type(), x,
                 [&](ArrayRef<Num> args) { return floatOfDouble(args[0], toOdd); });
  if (!toOdd)
    return f32;
  Type bits = b.getIntegerType(to.getWidth());
  return {b, arith::TruncIOp::create(b, bits, encode(f32, to).get())};
}

Num Calls::fromInteger(Num x, bool isSigned) {
  Type i64 = b.getI64Type();
  Num wide = x;
  if (x.get().getType() != i64)
    wide = isSigned ? Num(b, arith::ExtSIOp::create(b, i64, x.get()))
                    : Num(b, arith::ExtUIOp::create(b, i64, x.get()));
  return call(isSigned ? "double_of_integer" : "double_of_unsigned", i64, wide,
              [&](ArrayRef<Num> args) { return doubleOfInteger(args[0], isSigned); });
}

Num Calls::toInteger(Num x, Type to) {
  Num wide = unary("integer_of_double", x, integerOfDouble);
  if (to == b.getI64Type())
    return wide;
  return {b, arith::TruncIOp::create(b, to, wide.get())};
}

Num Calls::emulate(ArrayRef<Num> args) {
  namespace m = mlir::math;
  Num x = args.front(), y = args.size() > 1 ? args[1] : Num();
  Type to = op->getResult(0).getType();
  return TypeSwitch<Operation *, Num>(op)
      .Case<arith::AddFOp>([&](auto) { return add(x, y); })
      .Case<arith::SubFOp>([&](auto) { return add(x, negate(y)); })
      .Case<arith::MulFOp>([&](auto) { return multiply(x, y); })
      .Case<arith::DivFOp>([&](auto) { return divide(x, y); })
      .Case<arith::RemFOp>([&](auto) { return binary("remainder_f64", x, y, remainderDouble); })
      .Case<arith::NegFOp>([&](auto) { return negate(x); })
      .Case<arith::MaximumFOp>([&](auto) { return max(x, y, false); })
      .Case<arith::MaxNumFOp>([&](auto) { return max(x, y, true); })
      .Case<arith::MinimumFOp>([&](auto) { return negate(max(negate(x), negate(y), false)); })
      .Case<arith::MinNumFOp>([&](auto) { return negate(max(negate(x), negate(y), true)); })
      .Case<arith::CmpFOp>([&](auto compareOp) { return compare(compareOp.getPredicate(), x, y); })
      .Case<arith::ExtFOp>([&](auto) {
        return call("double_of_float", b.getI64Type(), x,
                    [](ArrayRef<Num> args) { return doubleOfFloat(args[0]); });
      })
      .Case<arith::TruncFOp>([&](auto) { return narrowed(x, cast<FloatType>(to)); })
      .Case<arith::SIToFPOp>([&](auto) { return fromInteger(x, true); })
      .Case<arith::UIToFPOp>([&](auto) { return fromInteger(x, false); })
      .Case<arith::FPToSIOp, arith::FPToUIOp>([&](auto) { return toInteger(x, to); })
      .Case<m::CopySignOp>([&](auto) {
        uint64_t sign = uint64_t(1) << 63;
        return (x & ~sign) | (y & sign);
      })
      .Case<m::AbsFOp>([&](auto) { return x & ~(uint64_t(1) << 63); })
      .Case<m::SqrtOp>([&](auto) { return unary("sqrt_f64", x, sqrtDouble); })
      .Case<m::RsqrtOp>([&](auto) {
        return divide(x.same(uint64_t(0x3ff) << 52), unary("sqrt_f64", x, sqrtDouble));
      })
      .Case<m::TruncOp>([&](auto) { return unary("trunc_f64", x, truncDouble); })
      .Case<m::FloorOp>([&](auto) { return unary("floor_f64", x, floorDouble); })
      .Case<m::CeilOp>([&](auto) { return negate(unary("floor_f64", negate(x), floorDouble)); })
      .Case<m::RoundEvenOp>([&](auto) { return unary("round_even_f64", x, roundEvenDouble); })
      .Case<m::FmaOp>([&](auto) { return add(multiply(x, y), args[2]); })
      .Default([](Operation *) { return Num(); });
}

namespace {
struct DoublePattern : ConversionPattern {
  DoublePattern(const TypeConverter &converter, MLIRContext *context)
      : ConversionPattern(converter, MatchAnyOpTypeTag(), /*benefit=*/2, context) {}

  LogicalResult matchAndRewrite(Operation *op, ArrayRef<Value> operands,
                                ConversionPatternRewriter &rewriter) const override {
    auto isF64 = [](Type type) { return type.isF64(); };
    bool reads = llvm::any_of(op->getOperandTypes(), isF64);
    bool makes = llvm::any_of(op->getResultTypes(), isF64);
    if ((!reads && !makes) || !computesValue(op) || isa<arith::BitcastOp>(op))
      return rewriter.notifyMatchFailure(op, "does not compute in f64");
    if (isa<arith::ExtFOp>(op) && !op->getOperand(0).getType().isF32())
      return rewriter.notifyMatchFailure(op, "is extended to f32 first");
    ImplicitLocOpBuilder b(op->getLoc(), rewriter);
    SmallVector<Num> args =
        llvm::map_to_vector(operands, [&](Value value) { return Num(b, value); });
    Num result = Calls(b, op).emulate(args);
    if (!result.get())
      return bornc::emitError(op->getLoc(), bornc::Code::Unsupported)
             << "f64 is not supported by " << op->getName();
    rewriter.replaceOp(op, result.get());
    return success();
  }
};
} // namespace

void bornc::math::populateDoublePatterns(TypeConverter &converter, RewritePatternSet &patterns) {
  patterns.add<DoublePattern>(converter, patterns.getContext());
}
