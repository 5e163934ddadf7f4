//===- ConvertKernelToLlvm.cpp - kernels of CPUs as LLVM functions --------===//
#include "passes/Passes.h"
#include "passes/codegen/Emitter.h"
#include "passes/math/Num.h"

#include "mlir/Conversion/ArithToLLVM/ArithToLLVM.h"
#include "mlir/Conversion/ControlFlowToLLVM/ControlFlowToLLVM.h"
#include "mlir/Conversion/FuncToLLVM/ConvertFuncToLLVM.h"
#include "mlir/Conversion/LLVMCommon/ConversionTarget.h"
#include "mlir/Conversion/LLVMCommon/MemRefBuilder.h"
#include "mlir/Conversion/LLVMCommon/TypeConverter.h"
#include "mlir/Conversion/MathToLLVM/MathToLLVM.h"
#include "mlir/Conversion/MathToLibm/MathToLibm.h"
#include "mlir/Conversion/MemRefToLLVM/MemRefToLLVM.h"
#include "mlir/Conversion/SCFToControlFlow/SCFToControlFlow.h"
#include "mlir/Conversion/UBToLLVM/UBToLLVM.h"
#include "mlir/Conversion/VectorToLLVM/ConvertVectorToLLVM.h"
#include "mlir/Dialect/Arith/Transforms/Passes.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlowOps.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Transforms/DialectConversion.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "llvm/ADT/StringExtras.h"

namespace bornc {
#define GEN_PASS_DEF_CONVERTKERNELTOLLVMPASS
#include "passes/Passes.h.inc"
} // namespace bornc

using namespace mlir;
using namespace bornc;
using bornc::math::Num;

/// The address of element `number` of an array of pointers or words.
static Value elementAddress(OpBuilder &builder, Location loc, Value array, Type element,
                            int64_t number) {
  return LLVM::GEPOp::create(builder, loc, array.getType(), element, array,
                             ArrayRef<LLVM::GEPArg>{static_cast<int32_t>(number)});
}

/// A view of a binding: the pointer in the caller's table, as a memref.
static Value makeView(OpBuilder &builder, Location loc, const LLVMTypeConverter &converter,
                      MemRefType type, Value bindings, int64_t number) {
  Type pointer = bindings.getType();
  Value address = elementAddress(builder, loc, bindings, pointer, number);
  Value memory = LLVM::LoadOp::create(builder, loc, pointer, address);
  Value descriptor = MemRefDescriptor::fromStaticShape(builder, loc, converter, type, memory);
  return UnrealizedConversionCastOp::create(builder, loc, type, descriptor).getResult(0);
}

/// A division by zero, or of the least number by -1, stops a CPU. ONNX gives it no
/// result, so any will do.
static void guardDivisions(Operation *root) {
  root->walk([](Operation *op) {
    if (!isa<arith::DivSIOp, arith::DivUIOp, arith::RemSIOp, arith::RemUIOp>(op))
      return;
    Value dividend = op->getOperand(0), divisor = op->getOperand(1);
    if (getElementTypeOrSelf(divisor.getType()).isIndex())
      return; // positions, by their extents
    APInt known;
    if (matchPattern(divisor, m_ConstantInt(&known)) && !known.isZero() && !known.isAllOnes())
      return;
    ImplicitLocOpBuilder builder(op->getLoc(), op);
    Num a(builder, dividend), b(builder, divisor);
    Num bad = b == b.same(0);
    if (isa<arith::DivSIOp, arith::RemSIOp>(op)) {
      unsigned width = getElementTypeOrSelf(divisor.getType()).getIntOrFloatBitWidth();
      bad = bad | ((a == a.same(uint64_t(1) << (width - 1))) & (b == b.same(~uint64_t(0))));
    }
    op->setOperand(1, select(bad, b.same(1), b).get());
  });
}

/// A float that a narrow integer cannot hold wraps around, as it does on devices that compute
/// narrow integers in words; LLVM's conversion would make anything of it.
static void widenConversions(Operation *root) {
  root->walk([](Operation *op) {
    if (!isa<arith::FPToSIOp, arith::FPToUIOp>(op))
      return;
    Type type = op->getResult(0).getType();
    auto integer = dyn_cast<IntegerType>(getElementTypeOrSelf(type));
    if (!integer || integer.getWidth() >= 32)
      return;
    ImplicitLocOpBuilder builder(op->getLoc(), op);
    Num wide = Num(builder, op->getOperand(0)).toInt();
    Value narrow = arith::TruncIOp::create(builder, type, wide.get());
    op->getResult(0).replaceAllUsesWith(narrow);
    op->erase();
  });
}

namespace {
/// The function that a CPU's tasks call, from the gpu.func of one workgroup.
class FunctionBuilder {
public:
  FunctionBuilder(gpu::GPUFuncOp source, ModuleOp target, const LLVMTypeConverter &converter)
      : source(source), target(target), converter(converter), builder(target.getContext()),
        loc(source.getLoc()) {}

  LogicalResult build(StringRef name);

private:
  void makeViews(Value bindings);
  void moveBody(Value first, Value last);
  LogicalResult replaceOps(Value workgroup, Value immediates);

  gpu::GPUFuncOp source;
  ModuleOp target;
  const LLVMTypeConverter &converter;
  OpBuilder builder;
  Location loc;
  func::FuncOp function;
  scf::ForOp loop;
};
} // namespace

void FunctionBuilder::makeViews(Value bindings) {
  for (BlockArgument argument : source.getArguments()) {
    auto number =
        source.getArgAttrOfType<IntegerAttr>(argument.getArgNumber(), codegen::kBindingAttr);
    Value view = makeView(builder, loc, converter, cast<MemRefType>(argument.getType()), bindings,
                          number.getInt());
    argument.replaceAllUsesWith(view);
  }
}

/// The body becomes that of a loop over the workgroups; what it allocates on the stack
/// is allocated once.
void FunctionBuilder::moveBody(Value first, Value last) {
  source.walk([&](memref::AllocaOp alloca) {
    alloca->moveBefore(builder.getInsertionBlock(), builder.getInsertionPoint());
  });
  Type index = builder.getIndexType();
  Value from = arith::IndexCastUIOp::create(builder, loc, index, first);
  Value to = arith::IndexCastUIOp::create(builder, loc, index, last);
  Value step = arith::ConstantIndexOp::create(builder, loc, 1);
  loop = scf::ForOp::create(builder, loc, from, to, step);
  Block &body = source.getBody().front();
  body.getTerminator()->erase();
  loop.getBody()->getOperations().splice(loop.getBody()->begin(), body.getOperations());
}

LogicalResult FunctionBuilder::replaceOps(Value workgroup, Value immediates) {
  WalkResult result = function.walk([&](Operation *op) {
    OpBuilder b(op);
    Value value;
    if (auto id = dyn_cast<gpu::BlockIdOp>(op)) {
      if (id.getDimension() != gpu::Dimension::x)
        return WalkResult(op->emitError("workgroups of a CPU have one dimension"));
      value = workgroup;
    } else if (auto immediate = dyn_cast<kernel::ImmediateOp>(op)) {
      Value address = elementAddress(b, loc, immediates, b.getI32Type(), immediate.getNumber());
      Value word = LLVM::LoadOp::create(b, loc, b.getI32Type(), address);
      value = arith::IndexCastUIOp::create(b, loc, b.getIndexType(), word);
    } else if (isa<gpu::GPUDialect>(op->getDialect())) {
      return WalkResult(op->emitError("has no meaning on a CPU"));
    }
    if (value) {
      op->getResult(0).replaceAllUsesWith(value);
      op->erase();
    }
    return WalkResult::advance();
  });
  return failure(result.wasInterrupted());
}

LogicalResult FunctionBuilder::build(StringRef name) {
  builder.setInsertionPointToEnd(target.getBody());
  Type pointer = LLVM::LLVMPointerType::get(builder.getContext()), word = builder.getI32Type();
  function = func::FuncOp::create(builder, loc, name,
                                  builder.getFunctionType({pointer, pointer, word, word}, {}));
  Block *entry = function.addEntryBlock();
  builder.setInsertionPointToStart(entry);
  func::ReturnOp end = func::ReturnOp::create(builder, loc);
  builder.setInsertionPoint(end);
  makeViews(entry->getArgument(0));
  moveBody(entry->getArgument(2), entry->getArgument(3));
  return replaceOps(loop.getInductionVar(), entry->getArgument(1));
}

static LogicalResult lowerControlFlow(ModuleOp module) {
  RewritePatternSet patterns(module.getContext());
  arith::populateCeilFloorDivExpandOpsPatterns(patterns);
  if (failed(applyPatternsGreedily(module, std::move(patterns))))
    return failure();
  guardDivisions(module);
  widenConversions(module);
  RewritePatternSet control(module.getContext());
  populateSCFToControlFlowConversionPatterns(control);
  ConversionTarget target(*module.getContext());
  target.addIllegalDialect<scf::SCFDialect>();
  target.markUnknownOpDynamicallyLegal([](Operation *) { return true; });
  return applyPartialConversion(module, target, std::move(control));
}

static LogicalResult lowerToLlvm(ModuleOp module, const LLVMTypeConverter &converter) {
  RewritePatternSet patterns(module.getContext());
  arith::populateArithToLLVMConversionPatterns(converter, patterns);
  cf::populateControlFlowToLLVMConversionPatterns(converter, patterns);
  populateFuncToLLVMConversionPatterns(converter, patterns);
  populateMathToLLVMConversionPatterns(converter, patterns, /*approximateLog1p=*/false);
  // Functions of f64, where the machine and the patterns above have none.
  populateMathToLibmConversionPatterns(patterns, /*benefit=*/0);
  populateFinalizeMemRefToLLVMConversionPatterns(converter, patterns);
  populateVectorToLLVMConversionPatterns(converter, patterns);
  ub::populateUBToLLVMConversionPatterns(converter, patterns);
  LLVMConversionTarget target(*module.getContext());
  target.addLegalOp<ModuleOp, UnrealizedConversionCastOp>();
  if (failed(applyFullConversion(module, target, std::move(patterns))))
    return failure();
  SmallVector<UnrealizedConversionCastOp> casts; // of the views
  module.walk([&](UnrealizedConversionCastOp cast) { casts.push_back(cast); });
  reconcileUnrealizedCasts(casts);
  return success();
}

/// "kernel_3_conv_avx2": an identifier; the number in front of a name makes it unique.
static std::string functionName(StringRef executable, kernel::DeviceClass deviceClass) {
  std::string name =
      ("kernel_" + executable + "_" + kernel::stringifyDeviceClass(deviceClass)).str();
  for (char &c : name)
    if (!llvm::isAlnum(c))
      c = '_';
  return name;
}

namespace {
struct ConvertKernelToLlvm : bornc::impl::ConvertKernelToLlvmPassBase<ConvertKernelToLlvm> {
  void runOnOperation() override {
    kernel::VariantOp variant = getOperation();
    if (!kernel::isCpu(variant.getDeviceClass()))
      return;
    for (auto source : llvm::make_early_inc_range(variant.getBody().getOps<gpu::GPUModuleOp>()))
      if (failed(convert(variant, source)))
        return signalPassFailure();
  }

  LogicalResult convert(kernel::VariantOp variant, gpu::GPUModuleOp source) {
    LLVMTypeConverter converter(&getContext());
    OpBuilder builder(source);
    auto module = ModuleOp::create(builder, source.getLoc());
    for (auto helper : llvm::make_early_inc_range(source.getOps<func::FuncOp>())) {
      helper.setPrivate();
      helper->moveBefore(module.getBody(), module.getBody()->end());
    }
    auto executable = cast<kernel::ExecutableOp>(variant->getParentOp());
    std::string name = functionName(executable.getSymName(), variant.getDeviceClass());
    for (auto kernel : source.getOps<gpu::GPUFuncOp>())
      if (failed(FunctionBuilder(kernel, module, converter).build(name)))
        return failure();
    source.erase();
    if (failed(lowerControlFlow(module)) || failed(lowerToLlvm(module, converter)))
      return failure();
    for (auto function : module.getOps<LLVM::LLVMFuncOp>())
      if (function.getSymName() != name && !function.isExternal())
        function.setLinkage(LLVM::Linkage::Internal);
    return success();
  }
};
} // namespace
