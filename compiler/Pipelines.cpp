//===- Pipelines.cpp ------------------------------------------------------===//
#include "compiler/Pipelines.h"

#include "dialects/kernel/Kernel.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/SPIRV/IR/SPIRVOps.h"
#include "mlir/Dialect/SPIRV/Transforms/Passes.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"
#include "passes/Passes.h"

using namespace mlir;
using namespace bornc;

void bornc::buildOnnxPipeline(OpPassManager &pm, const PipelineOptions &options) {
  OpPassManager &function = pm.nest<func::FuncOp>();
  if (options.checkIndices)
    function.addPass(createCheckIndicesPass());
  function.addPass(createCanonicalizerPass());
  function.addPass(createCSEPass());
  function.addPass(createFoldWeightsPass());
  function.addPass(createFoldBatchNormPass());
  function.addPass(createCanonicalizerPass());
  pm.addPass(createVerifyOnnxPass());
}

void bornc::buildLinalgPipeline(OpPassManager &pm) {
  pm.addPass(createLowerOnnxToLinalgPass());
  OpPassManager &function = pm.nest<func::FuncOp>();
  function.addPass(createCanonicalizerPass());
  function.addPass(createCSEPass());
  pm.addPass(createVerifyOnnxLoweredPass());
}

void bornc::buildKernelPipeline(OpPassManager &pm, const PipelineOptions &options) {
  OpPassManager &function = pm.nest<func::FuncOp>();
  function.addPass(createSplitReductionsPass());
  function.addPass(createFormDispatchesPass({options.recordReasons}));
  function.addPass(createAssignLayoutsPass());
  pm.addPass(createOutlineExecutablesPass());
}

void bornc::buildPlanPipeline(OpPassManager &pm) {
  pm.addPass(createBuildPlanPass());
  pm.addPass(createVerifyPlanPass());
}

void bornc::buildCodePipeline(OpPassManager &pm, const PipelineOptions &options) {
  OpPassManager &executable = pm.nest<kernel::ExecutableOp>();
  executable.addPass(createGenerateKernelsPass({options.deviceClasses}));
  OpPassManager &variant = executable.nest<kernel::VariantOp>();
  variant.addPass(createCSEPass());
  variant.addPass(createExpandMathPass());
  variant.addPass(createEmulateFloatsPass());
  variant.addPass(createEmulateNarrowIntegersPass());
  variant.addPass(createEmulateWideIntegersPass());
  variant.addPass(createCanonicalizerPass());
  variant.addPass(createCSEPass());
  variant.addPass(createLoopInvariantCodeMotionPass());
  variant.addPass(createConvertKernelToSpirvPass());
  variant.addPass(createConvertKernelToLlvmPass());
  OpPassManager &module = variant.nest<spirv::ModuleOp>();
  module.addPass(createCanonicalizerPass());
  module.addPass(createCSEPass());
  module.addPass(spirv::createSPIRVLowerABIAttributesPass());
  module.addPass(createCanonicalizerPass());
  module.addPass(createCSEPass());
  module.addPass(spirv::createSPIRVUpdateVCEPass());
  module.addPass(createFinishSpirvPass());
  pm.addPass(createVerifyPlanPass());
}

void bornc::buildPipeline(OpPassManager &pm, Level from, Level to, const PipelineOptions &options) {
  auto build = [&](Level level) {
    switch (level) {
    case Level::Imported:
      return;
    case Level::Onnx:
      return buildOnnxPipeline(pm, options);
    case Level::Linalg:
      return buildLinalgPipeline(pm);
    case Level::Kernel:
      return buildKernelPipeline(pm, options);
    case Level::Plan:
      return buildPlanPipeline(pm);
    case Level::Code:
      return buildCodePipeline(pm, options);
    }
  };
  for (int level = static_cast<int>(from) + 1; level <= static_cast<int>(to); ++level)
    build(static_cast<Level>(level));
}

void bornc::registerPipelines() {
  PassPipelineRegistration<>("born-onnx-pipeline", "folds and checks the onnx level",
                             [](OpPassManager &pm) { buildOnnxPipeline(pm); });
  PassPipelineRegistration<>("born-linalg-pipeline", "onnx to linalg on tensors",
                             buildLinalgPipeline);
  PassPipelineRegistration<>("born-kernel-pipeline", "linalg to executables",
                             [](OpPassManager &pm) { buildKernelPipeline(pm); });
  PassPipelineRegistration<>("born-plan-pipeline", "executables to one submission per program",
                             buildPlanPipeline);
  PassPipelineRegistration<>("born-code-pipeline", "executables to code",
                             [](OpPassManager &pm) { buildCodePipeline(pm); });
}
