//===- Elementary.cpp - from ops of the math dialect to functions ---------===//
#include "passes/math/Elementary.h"

#include "passes/math/DoubleFunctions.h"
#include "passes/math/Functions.h"
#include "passes/math/TypeEmulation.h"

using namespace mlir;
using namespace bornc::math;

namespace {
/// Floats of 16 bits are computed as f32 and rounded once.
Num asF32(ImplicitLocOpBuilder &b, Value value) {
  Type element = getElementTypeOrSelf(value.getType());
  Num num(b, value);
  if (element.isF32())
    return num;
  return {b, arith::ExtFOp::create(b, num.typeOf(b.getF32Type()), value)};
}

/// Replaces an op on floats of up to 32 bits by what `expand` makes of its operands.
template <typename OpTy, auto expand>
struct Expand : OpRewritePattern<OpTy> {
  using OpRewritePattern<OpTy>::OpRewritePattern;

  LogicalResult matchAndRewrite(OpTy op, PatternRewriter &rewriter) const override {
    Type element = getElementTypeOrSelf(op.getType());
    if (element.getIntOrFloatBitWidth() > 32)
      return rewriter.notifyMatchFailure(op, "f64 is emulated by a pass of its own");
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    Num result;
    if constexpr (std::is_invocable_v<decltype(expand), Num>)
      result = expand(asF32(b, op->getOperand(0)));
    else
      result = expand(asF32(b, op->getOperand(0)), asF32(b, op->getOperand(1)));
    Value value = result.get();
    if (!element.isF32())
      value = arith::TruncFOp::create(b, op.getType(), value);
    rewriter.replaceOp(op, value);
    return success();
  }
};

/// Calls a function of f64, which is made when it is first called.
template <typename OpTy, auto function>
struct Call : OpRewritePattern<OpTy> {
  Call(MLIRContext *context, StringRef name) : OpRewritePattern<OpTy>(context), name(name) {}

  LogicalResult matchAndRewrite(OpTy op, PatternRewriter &rewriter) const override {
    if (!op.getType().isF64())
      return rewriter.notifyMatchFailure(op, "expected f64");
    auto body = [](ArrayRef<Num> args) {
      if constexpr (std::is_invocable_v<decltype(function), Num>)
        return function(args[0]);
      else
        return function(args[0], args[1]);
    };
    auto type = rewriter.getFunctionType(op->getOperandTypes(), op.getType());
    auto callee = getFunction(op, name, type, body);
    rewriter.replaceOpWithNewOp<func::CallOp>(op, callee, op->getOperands());
    return success();
  }

  StringRef name;
};
} // namespace

void bornc::math::populateElementaryPatterns(RewritePatternSet &patterns) {
  // clang-format off
  patterns.add<
      Expand<mlir::math::AcosOp, acos>,
      Expand<mlir::math::AcoshOp, acosh>,
      Expand<mlir::math::AsinOp, asin>,
      Expand<mlir::math::AsinhOp, asinh>,
      Expand<mlir::math::AtanOp, atan>,
      Expand<mlir::math::Atan2Op, atan2>,
      Expand<mlir::math::AtanhOp, atanh>,
      Expand<mlir::math::CosOp, cos>,
      Expand<mlir::math::CoshOp, cosh>,
      Expand<mlir::math::ErfOp, erf>,
      Expand<mlir::math::ExpOp, exp>,
      Expand<mlir::math::Exp2Op, exp2>,
      Expand<mlir::math::ExpM1Op, expm1>,
      Expand<mlir::math::LogOp, log>,
      Expand<mlir::math::Log10Op, log10>,
      Expand<mlir::math::Log1pOp, log1p>,
      Expand<mlir::math::Log2Op, log2>,
      Expand<mlir::math::PowFOp, pow>,
      Expand<mlir::math::SinOp, sin>,
      Expand<mlir::math::SinhOp, sinh>,
      Expand<mlir::math::TanOp, tan>,
      Expand<mlir::math::TanhOp, tanh>,
      Expand<arith::RemFOp, fmod>>(patterns.getContext());
  // clang-format on
  patterns.add<Call<mlir::math::AcosOp, acosOfDouble>>(patterns.getContext(), "acos_f64");
  patterns.add<Call<mlir::math::AcoshOp, acoshOfDouble>>(patterns.getContext(), "acosh_f64");
  patterns.add<Call<mlir::math::AsinOp, asinOfDouble>>(patterns.getContext(), "asin_f64");
  patterns.add<Call<mlir::math::AsinhOp, asinhOfDouble>>(patterns.getContext(), "asinh_f64");
  patterns.add<Call<mlir::math::AtanOp, atanOfDouble>>(patterns.getContext(), "atan_f64");
  patterns.add<Call<mlir::math::AtanhOp, atanhOfDouble>>(patterns.getContext(), "atanh_f64");
  patterns.add<Call<mlir::math::CosOp, cosOfDouble>>(patterns.getContext(), "cos_f64");
  patterns.add<Call<mlir::math::CoshOp, coshOfDouble>>(patterns.getContext(), "cosh_f64");
  patterns.add<Call<mlir::math::ErfOp, erfOfDouble>>(patterns.getContext(), "erf_f64");
  patterns.add<Call<mlir::math::ExpOp, expOfDouble>>(patterns.getContext(), "exp_f64");
  patterns.add<Call<mlir::math::ExpM1Op, expm1OfDouble>>(patterns.getContext(), "expm1_f64");
  patterns.add<Call<mlir::math::LogOp, logOfDouble>>(patterns.getContext(), "log_f64");
  patterns.add<Call<mlir::math::Log1pOp, log1pOfDouble>>(patterns.getContext(), "log1p_f64");
  patterns.add<Call<mlir::math::PowFOp, powOfDouble>>(patterns.getContext(), "pow_f64");
  patterns.add<Call<mlir::math::SinOp, sinOfDouble>>(patterns.getContext(), "sin_f64");
  patterns.add<Call<mlir::math::SinhOp, sinhOfDouble>>(patterns.getContext(), "sinh_f64");
  patterns.add<Call<mlir::math::TanOp, tanOfDouble>>(patterns.getContext(), "tan_f64");
  patterns.add<Call<mlir::math::TanhOp, tanhOfDouble>>(patterns.getContext(), "tanh_f64");
}
