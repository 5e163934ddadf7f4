//===- Pipelines.cpp ------------------------------------------------------===//
#include "compiler/Pipelines.h"

#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"
#include "passes/Passes.h"

using namespace mlir;
using namespace bornc;

void bornc::buildOnnxPipeline(OpPassManager &pm) {}

void bornc::buildLinalgPipeline(OpPassManager &pm) {}

void bornc::buildKernelPipeline(OpPassManager &pm) {}

void bornc::buildPlanPipeline(OpPassManager &pm) {}

void bornc::buildCodePipeline(OpPassManager &pm) {}

void bornc::buildPipeline(OpPassManager &pm, Level from, Level to) {
  using Builder = void (*)(OpPassManager &);
  static constexpr Builder builders[] = {buildOnnxPipeline, buildLinalgPipeline,
                                         buildKernelPipeline, buildPlanPipeline, buildCodePipeline};
  for (int level = static_cast<int>(from); level <= static_cast<int>(to); ++level)
    builders[level](pm);
}

void bornc::registerPipelines() {}
