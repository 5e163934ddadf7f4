//===- ConvertKernelToSpirv.cpp - upstream conversions in one pass --------===//
#include "passes/Passes.h"

#include "mlir/Conversion/ArithToSPIRV/ArithToSPIRV.h"
#include "mlir/Conversion/FuncToSPIRV/FuncToSPIRV.h"
#include "mlir/Conversion/GPUToSPIRV/GPUToSPIRV.h"
#include "mlir/Conversion/IndexToSPIRV/IndexToSPIRV.h"
#include "mlir/Conversion/MathToSPIRV/MathToSPIRV.h"
#include "mlir/Conversion/MemRefToSPIRV/MemRefToSPIRV.h"
#include "mlir/Conversion/SCFToSPIRV/SCFToSPIRV.h"
#include "mlir/Conversion/UBToSPIRV/UBToSPIRV.h"
#include "mlir/Conversion/VectorToSPIRV/VectorToSPIRV.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/SPIRV/IR/SPIRVDialect.h"
#include "mlir/Dialect/SPIRV/IR/SPIRVOps.h"
#include "mlir/Dialect/SPIRV/IR/TargetAndABI.h"
#include "mlir/Dialect/SPIRV/Transforms/SPIRVConversion.h"
#include "mlir/Transforms/DialectConversion.h"

namespace bornc {
#define GEN_PASS_DEF_CONVERTKERNELTOSPIRVPASS
#include "passes/Passes.h.inc"
} // namespace bornc

using namespace mlir;
using namespace bornc;

namespace {
/// An immediate is a word of the push constant block.
struct ImmediatePattern : OpConversionPattern<kernel::ImmediateOp> {
  ImmediatePattern(const TypeConverter &converter, MLIRContext *context, unsigned count)
      : OpConversionPattern(converter, context), count(count) {}

  LogicalResult matchAndRewrite(kernel::ImmediateOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    Value value =
        spirv::getPushConstantValue(op, count, op.getNumber(), rewriter.getI32Type(), rewriter);
    if (!value)
      return rewriter.notifyMatchFailure(op, "cannot make a push constant");
    rewriter.replaceOp(op, value);
    return success();
  }

  unsigned count;
};
} // namespace

static spirv::TargetEnvAttr targetEnvironment(MLIRContext *context, int64_t subgroupSize) {
  using spirv::Capability;
  auto triple = spirv::VerCapExtAttr::get(
      spirv::Version::V_1_3,
      {Capability::Shader, Capability::GroupNonUniform, Capability::GroupNonUniformShuffle,
       Capability::GroupNonUniformArithmetic, Capability::Int8, Capability::Int16,
       Capability::Float16, Capability::Int64, Capability::Float64},
      {spirv::Extension::SPV_KHR_storage_buffer_storage_class}, context);
  spirv::ResourceLimitsAttr limits = spirv::getDefaultResourceLimits(context);
  if (subgroupSize != 0)
    limits = spirv::ResourceLimitsAttr::get(
        context, limits.getMaxComputeSharedMemorySize(), limits.getMaxComputeWorkgroupInvocations(),
        limits.getMaxComputeWorkgroupSize(), subgroupSize, std::nullopt, std::nullopt,
        limits.getCooperativeMatrixPropertiesKhr(), limits.getCooperativeMatrixPropertiesNv());
  return spirv::TargetEnvAttr::get(triple, limits, spirv::ClientAPI::Vulkan);
}

static LogicalResult convert(gpu::GPUModuleOp module, spirv::TargetEnvAttr environment,
                             unsigned immediates) {
  MLIRContext *context = module.getContext();
  SPIRVConversionOptions options;
  options.use64bitIndex = false;
  options.emulateLT32BitScalarTypes = false;    // would store i8 as i32, silently
  options.emulateUnsupportedFloatTypes = false; // would store bf16 as f32, silently
  SPIRVTypeConverter converter(environment, options);
  RewritePatternSet patterns(context);
  ScfToSPIRVContext scfContext;
  populateGPUToSPIRVPatterns(converter, patterns);
  populateFuncToSPIRVPatterns(converter, patterns);
  populateBuiltinFuncToSPIRVPatterns(converter, patterns);
  populateSCFToSPIRVPatterns(converter, scfContext, patterns);
  arith::populateArithToSPIRVPatterns(converter, patterns);
  populateMathToSPIRVPatterns(converter, patterns);
  populateMemRefToSPIRVPatterns(converter, patterns);
  populateVectorToSPIRVPatterns(converter, patterns);
  ub::populateUBToSPIRVConversionPatterns(converter, patterns);
  index::populateIndexToSPIRVPatterns(converter, patterns);
  patterns.add<ImmediatePattern>(converter, context, immediates);
  std::unique_ptr<ConversionTarget> target = SPIRVConversionTarget::get(environment);
  return applyFullConversion(module, *target, std::move(patterns));
}

namespace {
struct ConvertKernelToSpirv : bornc::impl::ConvertKernelToSpirvPassBase<ConvertKernelToSpirv> {
  void runOnOperation() override {
    kernel::VariantOp variant = getOperation();
    if (kernel::isCpu(variant.getDeviceClass()))
      return;
    auto executable = cast<kernel::ExecutableOp>(variant->getParentOp());
    spirv::TargetEnvAttr environment = targetEnvironment(&getContext(), variant.getSubgroupSize());
    for (auto module : llvm::make_early_inc_range(variant.getBody().getOps<gpu::GPUModuleOp>())) {
      module->setAttr(spirv::getTargetEnvAttrName(), environment);
      if (failed(convert(module, environment, executable.numImmediates())))
        return signalPassFailure();
    }
  }
};
} // namespace
