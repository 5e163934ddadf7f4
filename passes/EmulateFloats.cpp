//===- EmulateFloats.cpp - floats that devices need not have --------------===//
#include "passes/Passes.h"
#include "passes/math/DoubleEmulation.h"
#include "passes/math/SmallFloat.h"
#include "passes/math/TypeEmulation.h"

#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/UB/IR/UBOps.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace bornc {
#define GEN_PASS_DEF_EMULATEFLOATSPASS
#include "passes/Passes.h.inc"
} // namespace bornc

using namespace mlir;
using namespace bornc;
using namespace bornc::math;

/// The small float among the elements of `type`, or null.
static FloatType smallFloat(Type type) {
  auto element = dyn_cast<FloatType>(getElementTypeOrSelf(type));
  return element && isSmallFloat(element) ? element : FloatType();
}

namespace {
class FloatConverter : public TypeConverter {
public:
  explicit FloatConverter(bool hasDouble) {
    addConversion([](Type type) { return type; });
    addConversion([=](FloatType type) -> Type {
      if (!isSmallFloat(type) && (hasDouble || !type.isF64()))
        return type;
      return IntegerType::get(type.getContext(), type.getWidth());
    });
    addShapedConversions(*this);
  }
};

/// Computes in f32 what is asked of small floats, and rounds once.
struct ComputePattern : ConversionPattern {
  ComputePattern(const TypeConverter &converter, MLIRContext *context)
      : ConversionPattern(converter, MatchAnyOpTypeTag(), /*benefit=*/1, context) {}

  static Value decoded(ImplicitLocOpBuilder &b, Value bits, FloatType type) {
    Num num(b, bits);
    Value word = arith::ExtUIOp::create(b, num.typeOf(b.getI32Type()), bits);
    return decode({b, word}, type).get();
  }

  static Value encoded(ImplicitLocOpBuilder &b, Value value, FloatType type) {
    Num bits = encode({b, value}, type);
    return arith::TruncIOp::create(b, bits.typeOf(b.getIntegerType(type.getWidth())), bits.get());
  }

  LogicalResult matchAndRewrite(Operation *op, ArrayRef<Value> operands,
                                ConversionPatternRewriter &rewriter) const override {
    if (!computesValue(op) || isa<arith::BitcastOp>(op))
      return rewriter.notifyMatchFailure(op, "moves values only");
    ImplicitLocOpBuilder b(op->getLoc(), rewriter);
    SmallVector<Value> values;
    for (auto [original, operand] : llvm::zip_equal(op->getOperands(), operands)) {
      FloatType type = smallFloat(original.getType());
      values.push_back(type ? decoded(b, operand, type) : operand);
    }
    FloatType type = smallFloat(op->getResult(0).getType());
    Type resultType = op->getResult(0).getType();
    if (type)
      resultType = Num(b, op->getResult(0)).typeOf(b.getF32Type());
    bool isDone = isa<arith::ExtFOp, arith::TruncFOp>(op) && values.front().getType() == resultType;
    Value result =
        isDone ? values.front() : createLike(rewriter, op, values, resultType)->getResult(0);
    rewriter.replaceOp(op, type ? encoded(b, result, type) : result);
    return success();
  }
};

struct BitcastPattern : OpConversionPattern<arith::BitcastOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult matchAndRewrite(arith::BitcastOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    Type type = getTypeConverter()->convertType(op.getType());
    if (adaptor.getIn().getType() == type)
      rewriter.replaceOp(op, adaptor.getIn());
    else
      rewriter.replaceOpWithNewOp<arith::BitcastOp>(op, type, adaptor.getIn());
    return success();
  }
};

struct EmulateFloats : bornc::impl::EmulateFloatsPassBase<EmulateFloats> {
  void runOnOperation() override {
    MLIRContext *context = &getContext();
    bool hasDouble = kernel::isCpu(getOperation().getDeviceClass());
    FloatConverter converter(hasDouble);
    RewritePatternSet patterns(context);
    ConversionTarget target(*context);
    addMovementPatterns(converter, patterns, target);
    addConstantPattern(converter, patterns);
    if (!hasDouble)
      populateDoublePatterns(converter, patterns);
    patterns.add<ComputePattern, BitcastPattern>(converter, context);
    if (failed(applyPartialConversion(getOperation(), target, std::move(patterns))))
      signalPassFailure();
  }
};
} // namespace
