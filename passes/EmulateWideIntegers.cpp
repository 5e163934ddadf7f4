//===- EmulateWideIntegers.cpp - 64-bit integers as two words -------------===//
#include "passes/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Transforms/Passes.h"
#include "mlir/Dialect/Arith/Transforms/WideIntEmulationConverter.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/SCF/Transforms/Patterns.h"
#include "mlir/Dialect/UB/IR/UBOps.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Transforms/DialectConversion.h"

namespace bornc {
#define GEN_PASS_DEF_EMULATEWIDEINTEGERSPASS
#include "passes/Passes.h.inc"
} // namespace bornc

using namespace mlir;
using namespace bornc;

namespace {
/// What the emitter puts between two words in memory and an integer: nothing,
/// once the integer is two words as well.
struct CastPattern : OpConversionPattern<UnrealizedConversionCastOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult matchAndRewrite(UnrealizedConversionCastOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    if (op->getNumOperands() != 1 || op->getNumResults() != 1)
      return rewriter.notifyMatchFailure(op, "expected one value");
    Type wanted = getTypeConverter()->convertType(op.getResult(0).getType());
    if (adaptor.getInputs().front().getType() != wanted)
      return rewriter.notifyMatchFailure(op, "expected a cast between an integer and its words");
    rewriter.replaceOp(op, adaptor.getInputs());
    return success();
  }
};

/// Elements past the end of a tensor and the like.
struct PoisonPattern : OpConversionPattern<ub::PoisonOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult matchAndRewrite(ub::PoisonOp op, OpAdaptor,
                                ConversionPatternRewriter &rewriter) const override {
    rewriter.replaceOpWithNewOp<ub::PoisonOp>(op, getTypeConverter()->convertType(op.getType()));
    return success();
  }
};

struct EmulateWideIntegers : bornc::impl::EmulateWideIntegersPassBase<EmulateWideIntegers> {
  void runOnOperation() override {
    MLIRContext *context = &getContext();
    arith::WideIntEmulationConverter converter(32);
    RewritePatternSet patterns(context);
    arith::populateArithWideIntEmulationPatterns(converter, patterns);
    patterns.add<CastPattern, PoisonPattern>(converter, context);
    ConversionTarget target(*context);
    auto isNarrow = [&](Operation *op) { return converter.isLegal(op); };
    target.addDynamicallyLegalDialect<arith::ArithDialect, vector::VectorDialect, ub::UBDialect>(
        isNarrow);
    target.addDynamicallyLegalOp<UnrealizedConversionCastOp>(isNarrow);
    scf::populateSCFStructuralTypeConversionsAndLegality(converter, patterns, target);
    target.markUnknownOpDynamicallyLegal([](Operation *) { return true; });
    if (failed(applyPartialConversion(getOperation(), target, std::move(patterns))))
      signalPassFailure();
  }
};
} // namespace
