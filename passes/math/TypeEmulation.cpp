//===- TypeEmulation.cpp --------------------------------------------------===//
#include "passes/math/TypeEmulation.h"

#include "mlir/Dialect/Func/Transforms/FuncConversions.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/Transforms/Patterns.h"
#include "mlir/Dialect/UB/IR/UBOps.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace bornc::math;

void bornc::math::addShapedConversions(TypeConverter &converter) {
  converter.addConversion([&converter](VectorType type) -> std::optional<Type> {
    Type element = converter.convertType(type.getElementType());
    if (!element || isa<VectorType>(element))
      return Type();
    return type.clone(element);
  });
  converter.addConversion([&converter](MemRefType type) -> std::optional<Type> {
    Type element = converter.convertType(type.getElementType());
    if (!element)
      return Type();
    return type.clone(element);
  });
}

/// An op whose meaning does not depend on the type of the values it moves.
static bool onlyMoves(Operation *op) {
  return isa<vector::VectorDialect>(op->getDialect()) ||
         isa<arith::SelectOp, ub::PoisonOp, gpu::ShuffleOp, memref::AllocOp, memref::AllocaOp,
             memref::LoadOp, memref::StoreOp, UnrealizedConversionCastOp>(op);
}

namespace {
struct MovementPattern : ConversionPattern {
  MovementPattern(const TypeConverter &converter, MLIRContext *context)
      : ConversionPattern(converter, MatchAnyOpTypeTag(), /*benefit=*/0, context) {}

  LogicalResult matchAndRewrite(Operation *op, ArrayRef<Value> operands,
                                ConversionPatternRewriter &rewriter) const override {
    if (!onlyMoves(op))
      return rewriter.notifyMatchFailure(op, "computes with the type that is emulated");
    SmallVector<Type> types;
    if (failed(getTypeConverter()->convertTypes(op->getResultTypes(), types)))
      return rewriter.notifyMatchFailure(op, "has a type that cannot be emulated");
    if (isa<UnrealizedConversionCastOp>(op) && operands.front().getType() == types.front()) {
      rewriter.replaceOp(op, operands.front());
      return success();
    }
    rewriter.replaceOp(op, createLike(rewriter, op, operands, types));
    return success();
  }
};

struct ConstantPattern : OpConversionPattern<arith::ConstantOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult matchAndRewrite(arith::ConstantOp op, OpAdaptor,
                                ConversionPatternRewriter &rewriter) const override {
    Type type = getTypeConverter()->convertType(op.getType());
    Type element = getElementTypeOrSelf(type);
    unsigned width = element.getIntOrFloatBitWidth();
    auto extend = [&](const APInt &bits) { return bits.sext(width); };
    TypedAttr value;
    if (auto number = dyn_cast<FloatAttr>(op.getValue()))
      value = rewriter.getIntegerAttr(type, extend(number.getValue().bitcastToAPInt()));
    else if (auto number = dyn_cast<IntegerAttr>(op.getValue()))
      value = rewriter.getIntegerAttr(type, extend(number.getValue()));
    else if (auto numbers = dyn_cast<DenseElementsAttr>(op.getValue())) {
      Type bits = rewriter.getIntegerType(numbers.getElementType().getIntOrFloatBitWidth());
      value = cast<TypedAttr>(
          cast<DenseIntElementsAttr>(numbers.bitcast(bits)).mapValues(element, extend));
    } else {
      return rewriter.notifyMatchFailure(op, "expected a number or a vector of them");
    }
    rewriter.replaceOpWithNewOp<arith::ConstantOp>(op, value);
    return success();
  }
};
} // namespace

bool bornc::math::computesValue(Operation *op) {
  return isa<arith::ArithDialect, mlir::math::MathDialect>(op->getDialect()) &&
         op->getNumResults() == 1 && !isa<arith::ConstantOp, arith::SelectOp>(op);
}

Operation *bornc::math::createLike(OpBuilder &builder, Operation *op, ValueRange operands,
                                   TypeRange types) {
  OperationState state(op->getLoc(), op->getName(), operands, types,
                       op->getDiscardableAttrDictionary().getValue());
  state.propertiesAttr = op->getPropertiesAsAttribute();
  return builder.create(state);
}

void bornc::math::addConstantPattern(TypeConverter &converter, RewritePatternSet &patterns) {
  patterns.add<ConstantPattern>(converter, patterns.getContext());
}

void bornc::math::addMovementPatterns(TypeConverter &converter, RewritePatternSet &patterns,
                                      ConversionTarget &target) {
  patterns.add<MovementPattern>(converter, patterns.getContext());
  target.markUnknownOpDynamicallyLegal([&](Operation *op) { return converter.isLegal(op); });
  scf::populateSCFStructuralTypeConversionsAndLegality(converter, patterns, target);
  populateFunctionOpInterfaceTypeConversionPattern<func::FuncOp>(patterns, converter);
  populateCallOpTypeConversionPattern(patterns, converter);
  populateReturnOpTypeConversionPattern(patterns, converter);
  target.addDynamicallyLegalOp<func::FuncOp>([&](func::FuncOp op) {
    return converter.isSignatureLegal(op.getFunctionType()) && converter.isLegal(&op.getBody());
  });
}

func::FuncOp bornc::math::getFunction(Operation *user, StringRef name, FunctionType type,
                                      function_ref<Num(ArrayRef<Num>)> body) {
  auto module = user->getParentOfType<gpu::GPUModuleOp>();
  if (auto known = module.lookupSymbol<func::FuncOp>(name))
    return known;
  ImplicitLocOpBuilder builder(module.getLoc(), module.getContext());
  builder.setInsertionPointToEnd(module.getBody());
  auto function = func::FuncOp::create(builder, name, type);
  function.setPrivate();
  Block *entry = function.addEntryBlock();
  builder.setInsertionPointToStart(entry);
  SmallVector<Num> arguments;
  for (BlockArgument argument : entry->getArguments())
    arguments.push_back(Num(builder, argument));
  func::ReturnOp::create(builder, body(arguments).get());
  return function;
}
