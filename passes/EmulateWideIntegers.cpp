//===- EmulateWideIntegers.cpp - 64-bit integers as two words -------------===//
#include "passes/Passes.h"
#include "passes/math/TypeEmulation.h"
#include "passes/math/WideInteger.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Transforms/Passes.h"
#include "mlir/Dialect/Arith/Transforms/WideIntEmulationConverter.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/UB/IR/UBOps.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Transforms/DialectConversion.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace bornc {
#define GEN_PASS_DEF_EMULATEWIDEINTEGERSPASS
#include "passes/Passes.h.inc"
} // namespace bornc

using namespace mlir;
using namespace bornc;
using bornc::math::Num;

namespace {
/// Shifts by any count below 64. Upstream's shift a word by 32 for a count of zero,
/// which SPIR-V leaves undefined.
template <typename OpTy>
struct ShiftPattern : OpConversionPattern<OpTy> {
  using OpConversionPattern<OpTy>::OpConversionPattern;

  LogicalResult matchAndRewrite(OpTy op, typename OpTy::Adaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    Type type = this->getTypeConverter()->convertType(op.getType());
    if (!op.getType().isInteger(64))
      return rewriter.notifyMatchFailure(op, "expected an i64");
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    auto word = [&](Value pair, int64_t index) {
      return Num(b, vector::ExtractOp::create(b, pair, index));
    };
    Num low = word(adaptor.getLhs(), 0), high = word(adaptor.getLhs(), 1);
    Num count = word(adaptor.getRhs(), 0);
    Num by = count & 31, rest = by ^ 31, isLarge = (count & 32) != 0.0;
    Num newLow, newHigh;
    if (std::is_same_v<OpTy, arith::ShLIOp>) {
      Num shifted = shiftLeft(low, by);
      Num joined = shiftLeft(high, by) | shiftRight(shiftRight(low, 1), rest);
      newLow = select(isLarge, low.same(0), shifted);
      newHigh = select(isLarge, shifted, joined);
    } else {
      bool isSigned = std::is_same_v<OpTy, arith::ShRSIOp>;
      Num shifted = isSigned ? shiftRightSigned(high, by) : shiftRight(high, by);
      Num joined = shiftRight(low, by) | shiftLeft(shiftLeft(high, 1), rest);
      newLow = select(isLarge, shifted, joined);
      newHigh = select(isLarge, isSigned ? shiftRightSigned(high, 31) : low.same(0), shifted);
    }
    rewriter.replaceOp(op, vector::FromElementsOp::create(b, cast<VectorType>(type),
                                                          ValueRange{newLow.get(), newHigh.get()}));
    return success();
  }
};

struct EmulateWideIntegers : bornc::impl::EmulateWideIntegersPassBase<EmulateWideIntegers> {
  void runOnOperation() override {
    if (kernel::isCpu(getOperation().getDeviceClass()))
      return; // has such integers
    MLIRContext *context = &getContext();
    RewritePatternSet expansions(context);
    bornc::math::populateWideIntegerPatterns(expansions);
    if (failed(applyPatternsGreedily(getOperation(), std::move(expansions))))
      return signalPassFailure();
    arith::WideIntEmulationConverter converter(32);
    RewritePatternSet patterns(context);
    arith::populateArithWideIntEmulationPatterns(converter, patterns);
    patterns.add<ShiftPattern<arith::ShLIOp>, ShiftPattern<arith::ShRSIOp>,
                 ShiftPattern<arith::ShRUIOp>>(converter, context, /*benefit=*/2);
    ConversionTarget target(*context);
    bornc::math::addMovementPatterns(converter, patterns, target);
    if (failed(applyPartialConversion(getOperation(), target, std::move(patterns))))
      signalPassFailure();
  }
};
} // namespace
