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
  FloatConverter() {
    addConversion([](Type type) { return type; });
    addConversion([](FloatType type) -> Type {
      if (!isSmallFloat(type) && !type.isF64())
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
    if (!isa<arith::ArithDialect, mlir::math::MathDialect>(op->getDialect()) ||
        op->getNumResults() != 1 || isa<arith::ConstantOp, arith::BitcastOp, arith::SelectOp>(op))
      return rewriter.notifyMatchFailure(op, "moves values only");
    ImplicitLocOpBuilder b(op->getLoc(), rewriter);
    SmallVector<Value> values;
    for (auto [original, operand] : llvm::zip_equal(op->getOperands(), operands)) {
      FloatType type = smallFloat(original.getType());
      values.push_back(type ? decoded(b, operand, type) : operand);
    }
    FloatType type =
        op->getNumResults() == 1 ? smallFloat(op->getResult(0).getType()) : FloatType();
    Type resultType = op->getResult(0).getType();
    if (type)
      resultType = Num(b, op->getResult(0)).typeOf(b.getF32Type());
    Value result;
    if (isa<arith::ExtFOp, arith::TruncFOp>(op) && values.front().getType() == resultType) {
      result = values.front();
    } else {
      OperationState state(op->getLoc(), op->getName(), values, resultType,
                           op->getDiscardableAttrDictionary().getValue());
      state.propertiesAttr = op->getPropertiesAsAttribute();
      result = rewriter.create(state)->getResult(0);
    }
    rewriter.replaceOp(op, type ? encoded(b, result, type) : result);
    return success();
  }
};

struct ConstantPattern : OpConversionPattern<arith::ConstantOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult matchAndRewrite(arith::ConstantOp op, OpAdaptor,
                                ConversionPatternRewriter &rewriter) const override {
    Type type = getTypeConverter()->convertType(op.getType());
    TypedAttr value;
    if (auto number = dyn_cast<FloatAttr>(op.getValue()))
      value = rewriter.getIntegerAttr(type, number.getValue().bitcastToAPInt());
    else if (auto numbers = dyn_cast<DenseElementsAttr>(op.getValue()))
      value = numbers.bitcast(getElementTypeOrSelf(type));
    else
      return rewriter.notifyMatchFailure(op, "expected a number or a vector of them");
    rewriter.replaceOpWithNewOp<arith::ConstantOp>(op, value);
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
    FloatConverter converter;
    RewritePatternSet patterns(context);
    ConversionTarget target(*context);
    addMovementPatterns(converter, patterns, target);
    populateDoublePatterns(converter, patterns);
    patterns.add<ComputePattern, ConstantPattern, BitcastPattern>(converter, context);
    if (failed(applyPartialConversion(getOperation(), target, std::move(patterns))))
      signalPassFailure();
  }
};
} // namespace
