//===- LowerOnnxToLinalg.cpp ----------------------------------------------===//
#include "dialects/born/Born.h"
#include "dialects/errors/Errors.h"
#include "dialects/kernel/Kernel.h"
#include "dialects/onnx/Onnx.h"
#include "passes/Passes.h"
#include "passes/lower/Registry.h"
#include "passes/lower/TensorBuilder.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/Transforms/FuncConversions.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Iterators.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Transforms/DialectConversion.h"

namespace bornc {
#define GEN_PASS_DEF_LOWERONNXTOLINALGPASS
#include "passes/Passes.h.inc"
} // namespace bornc

using namespace mlir;
using namespace bornc;
using namespace bornc::lower;

namespace {

/// Why lowerings refused ops.
using Reasons = DenseMap<Operation *, std::string>;

/// A row of the table of lowerings as a pattern.
struct LoweringPattern : ConversionPattern {
  LoweringPattern(TypeConverter &converter, MLIRContext *context, StringRef name, LowerFn lower,
                  Reasons &reasons)
      : ConversionPattern(converter, name, /*benefit=*/1, context), lower(lower), reasons(reasons) {
  }

  LogicalResult matchAndRewrite(Operation *op, ArrayRef<Value> operands,
                                ConversionPatternRewriter &rewriter) const override {
    TensorBuilder builder(op, rewriter);
    LogicalResult result = isStatic(op) ? lower(op, operands, builder)
                                        : builder.fail("expected tensors of static shape");
    if (failed(result))
      reasons[op] = builder.failure();
    return result;
  }

  /// Whether operands and results are tensors of static shape, or absent.
  static bool isStatic(Operation *op) {
    auto isStaticOrNone = [](Type type) {
      auto tensor = dyn_cast<RankedTensorType>(type);
      return isa<NoneType>(type) || (tensor && tensor.hasStaticShape());
    };
    return llvm::all_of(op->getOperandTypes(), isStaticOrNone) &&
           llvm::all_of(op->getResultTypes(), isStaticOrNone);
  }

  LowerFn lower;
  Reasons &reasons;
};

/// The same weight with a signless type. The stored type keeps its signedness,
/// which a cast step needs.
struct SignlessWeight : OpConversionPattern<born::WeightOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult matchAndRewrite(born::WeightOp op, OpAdaptor,
                                ConversionPatternRewriter &rewriter) const override {
    auto stored = cast<RankedTensorType>(signless(op.getStored()));
    rewriter.replaceOpWithNewOp<born::WeightOp>(op, signless(op.getType()), op.getSource(), stored,
                                                op.getSteps());
    return success();
  }
};

/// The same operator of the user's on signless types.
struct SignlessCustom : OpConversionPattern<kernel::CustomOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult matchAndRewrite(kernel::CustomOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    SmallVector<Type> types =
        llvm::map_to_vector(op->getResultTypes(), [](Type type) { return signless(type); });
    rewriter.replaceOpWithNewOp<kernel::CustomOp>(op, types, adaptor.getOperands(), op->getAttrs());
    return success();
  }
};

struct LowerOnnxToLinalgPass : bornc::impl::LowerOnnxToLinalgPassBase<LowerOnnxToLinalgPass> {
  void runOnOperation() override;
};

} // namespace

/// Keeps what ONNX calls the elements of an argument or result, where the type
/// of the linalg level does not say it (ui8).
static void keepElementTypes(func::FuncOp function) {
  auto elementOf = [](Type type) -> TypeAttr {
    auto tensor = dyn_cast<RankedTensorType>(type);
    if (!tensor || signless(type) == type)
      return {};
    return TypeAttr::get(tensor.getElementType());
  };
  for (auto [index, type] : llvm::enumerate(function.getArgumentTypes()))
    if (TypeAttr element = elementOf(type))
      function.setArgAttr(index, "born.type", element);
  for (auto [index, type] : llvm::enumerate(function.getResultTypes()))
    if (TypeAttr element = elementOf(type))
      function.setResultAttr(index, "born.type", element);
}

void LowerOnnxToLinalgPass::runOnOperation() {
  MLIRContext *context = &getContext();
  getOperation().walk(keepElementTypes);
  TypeConverter converter;
  converter.addConversion([](Type type) { return signless(type); });
  // Around ops that stay; the pass fails then, with an error for each of them.
  auto bridge = [](OpBuilder &builder, Type type, ValueRange inputs, Location loc) -> Value {
    return UnrealizedConversionCastOp::create(builder, loc, type, inputs).getResult(0);
  };
  converter.addSourceMaterialization(bridge);
  converter.addTargetMaterialization(bridge);

  Reasons reasons;
  RewritePatternSet patterns(context);
  for (const auto &row : lowerings())
    patterns.add<LoweringPattern>(converter, context, row.getKey(), row.getValue(), reasons);
  patterns.add<SignlessCustom, SignlessWeight>(converter, context);
  populateFunctionOpInterfaceTypeConversionPattern<func::FuncOp>(patterns, converter);
  populateReturnOpTypeConversionPattern(patterns, converter);

  ConversionTarget target(*context);
  target.addDynamicallyLegalOp<func::FuncOp>([&](func::FuncOp op) {
    return converter.isSignatureLegal(op.getFunctionType()) && converter.isLegal(&op.getBody());
  });
  target.addDynamicallyLegalOp<func::ReturnOp, born::WeightOp, kernel::CustomOp>(
      [&](Operation *op) { return converter.isLegal(op); });

  target.addLegalDialect<arith::ArithDialect, linalg::LinalgDialect, math::MathDialect,
                         scf::SCFDialect, tensor::TensorDialect>();

  if (failed(applyPartialConversion(getOperation(), target, std::move(patterns))))
    return signalPassFailure();

  // Constants that became part of payloads or attributes, and onnx.None.
  getOperation().walk<WalkOrder::PostOrder, ReverseIterator>([](Operation *op) {
    if (isOpTriviallyDead(op))
      op->erase();
  });

  bool lowered = true;
  getOperation().walk([&](Operation *op) {
    if (!isa_and_nonnull<onnx::OnnxDialect>(op->getDialect()) || isa<onnx::NoneOp>(op))
      return;
    auto reason = reasons.find(op);
    emitError(op->getLoc(), Code::Unsupported)
        << "cannot lower " << op->getName() << ": "
        << (reason != reasons.end() ? reason->second : "no lowering for this operator");
    lowered = false;
  });
  if (!lowered)
    signalPassFailure();
}
