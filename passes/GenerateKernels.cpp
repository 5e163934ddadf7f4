//===- GenerateKernels.cpp - strategies, once per device class ------------===//
#include "dialects/errors/Errors.h"
#include "passes/Passes.h"
#include "passes/codegen/LoopRoles.h"
#include "passes/codegen/QuantizedBytes.h"
#include "passes/codegen/Strategy.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/SPIRV/IR/SPIRVDialect.h"
#include "mlir/Dialect/SPIRV/IR/TargetAndABI.h"
#include "mlir/Dialect/UB/IR/UBOps.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace bornc {
#define GEN_PASS_DEF_GENERATEKERNELSPASS
#include "passes/Passes.h.inc"
} // namespace bornc

using namespace mlir;
using namespace bornc;
using namespace bornc::codegen;

/// An empty kernel function inside a new variant.
static gpu::GPUFuncOp createFunction(OpBuilder &builder, kernel::VariantOp variant,
                                     StringRef name) {
  Location loc = variant.getLoc();
  OpBuilder::InsertionGuard guard(builder);
  builder.createBlock(&variant.getBody());
  auto module = gpu::GPUModuleOp::create(builder, loc, "code");
  builder.setInsertionPointToStart(module.getBody());
  auto function = gpu::GPUFuncOp::create(builder, loc, name, builder.getFunctionType({}, {}));
  function->setAttr(gpu::GPUDialect::getKernelFuncAttrName(), builder.getUnitAttr());
  builder.setInsertionPointToEnd(&function.getBody().front());
  gpu::ReturnOp::create(builder, loc);
  return function;
}

/// What born.h asks of a caller's stack, less what is no buffer.
static constexpr int64_t kStackBytes = (256 - 16) * 1024;

/// Bytes of the buffers on the stack of a CPU's kernel.
static int64_t stackBytes(gpu::GPUFuncOp function) {
  int64_t bytes = 0;
  function.walk([&](memref::AllocaOp op) {
    bytes += op.getType().getNumElements() * op.getType().getElementTypeBitWidth() / 8;
  });
  return bytes;
}

/// Tries the executable's strategy, then the one that takes everything; but not for attention,
/// where that would compute the softmax anew for each element of the result.
static LogicalResult emitVariant(kernel::ExecutableOp executable, kernel::DeviceClass deviceClass) {
  OpBuilder builder(executable.getContext());
  builder.setInsertionPointToEnd(&executable.getVariants().front());
  const DeviceParameters &device = getDeviceParameters(deviceClass);
  std::string reason;
  for (bool general : {false, true}) {
    if (general && executable.getStrategy() == kernel::Strategy::Attention)
      break;
    auto variant =
        kernel::VariantOp::create(builder, executable.getLoc(), deviceClass, ArrayRef<int32_t>{},
                                  ArrayRef<int32_t>{}, /*subgroup_size=*/0,
                                  /*workgroup_memory=*/0, builder.getArrayAttr({}));
    gpu::GPUFuncOp function = createFunction(builder, variant, executable.getSymName());
    KernelShape shape;
    Emitter emitter(executable, function, device.machine, device.lanes);
    LogicalResult status =
        general ? emitElementwise(emitter, device, shape) : emitKernel(emitter, device, shape);
    bool fitsStack = stackBytes(function) <= kStackBytes;
    if (failed(status) || !fitsStack) {
      if (reason.empty() || emitter.hasFailed())
        reason = fitsStack ? emitter.getReason().str() : "its buffers are too large for a stack";
      variant.erase();
      continue;
    }
    emitter.finish();
    SmallVector<int32_t> size(shape.workgroupSize, shape.workgroupSize + 3);
    SmallVector<int32_t> count(shape.workgroupCount, shape.workgroupCount + 3);
    variant.setWorkgroupSize(size);
    variant.setWorkgroupCount(count);
    variant.setSubgroupSize(shape.subgroupSize);
    variant.setWorkgroupMemory(shape.workgroupMemory);
    if (shape.subgroupSize != 0)
      variant.setFeaturesAttr(builder.getStrArrayAttr({"subgroup_shuffle"}));
    if (!kernel::isCpu(deviceClass))
      function->setAttr(spirv::getEntryPointABIAttrName(),
                        spirv::getEntryPointABIAttr(builder.getContext(), size));
    return success();
  }
  return emitError(executable.getLoc(), Code::Unsupported)
         << "cannot generate code for " << kernel::stringifyDeviceClass(deviceClass)
         << " devices: " << reason;
}

/// Whether a class of CPU has something that the more general one has not, for this kernel.
static bool isWanted(kernel::ExecutableOp executable, kernel::DeviceClass deviceClass) {
  if (!kernel::isCpu(deviceClass) || !kernel::generalClass(deviceClass))
    return true;
  SmallVector<Type> quantized = executable.quantizedInputs();
  return llvm::any_of(executable.getBody().getOps<linalg::LinalgOp>(), [&](linalg::LinalgOp op) {
    return isContractionRoot(op) && (multipliesBytes(op) || multipliesQuantized(op, quantized));
  });
}

/// The one variant of code that the user gave, for all devices.
static void useGivenCode(kernel::ExecutableOp executable, kernel::CustomOp op) {
  OpBuilder builder(executable.getContext());
  builder.setInsertionPointToEnd(&executable.getVariants().front());
  auto variant = kernel::VariantOp::create(
      builder, op.getLoc(), kernel::DeviceClass::Generic, op.getWorkgroupSize(),
      op.getWorkgroupCount(), /*subgroup_size=*/0, op.getWorkgroupMemory(), op.getFeatures());
  builder.createBlock(&variant.getBody());
  kernel::BinaryOp::create(builder, op.getLoc(), op.getEntry(), op.getCode());
}

namespace {
struct GenerateKernels : bornc::impl::GenerateKernelsPassBase<GenerateKernels> {
  using GenerateKernelsPassBase::GenerateKernelsPassBase;

  LogicalResult initialize(MLIRContext *context) override {
    classes.clear();
    for (const std::string &name : deviceClasses) {
      std::optional<kernel::DeviceClass> known = kernel::symbolizeDeviceClass(name);
      if (!known)
        return emitError(UnknownLoc::get(context), "no device class is named '") << name << "'";
      classes.push_back(*known);
    }
    if (classes.empty())
      classes = {kernel::DeviceClass::Generic, kernel::DeviceClass::Software};
    return success();
  }

  void runOnOperation() override {
    kernel::ExecutableOp executable = getOperation();
    if (!executable.getVariants().empty())
      return; // compiled already: the text of a later level was read
    executable.getVariants().emplaceBlock();
    if (kernel::CustomOp op = kernel::customOp(executable.getBody().front()))
      return useGivenCode(executable, op);
    for (kernel::DeviceClass deviceClass : classes)
      if (isWanted(executable, deviceClass) && failed(emitVariant(executable, deviceClass)))
        return signalPassFailure();
  }

  SmallVector<kernel::DeviceClass> classes;
};
} // namespace
