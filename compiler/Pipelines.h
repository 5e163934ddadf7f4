//===- Pipelines.h - the passes of each level -------------------*- C++ -*-===//
#ifndef BORNC_COMPILER_PIPELINES_H
#define BORNC_COMPILER_PIPELINES_H

#include "llvm/ADT/SmallVector.h"
#include <string>

namespace mlir {
class OpPassManager;
}

namespace bornc {

/// The levels that a module can be at, in the order of compilation.
enum class Level {
  Imported = -1, ///< onnx ops as the importer made them
  Onnx,          ///< the same, folded and checked
  Linalg,        ///< what is computed
  Kernel,        ///< dispatches, outlined into executables
  Plan,          ///< buffers and the order of commands
  Code           ///< executables hold their code
};

/// What a compilation asks of its passes.
struct PipelineOptions {
  /// Why neighbouring dispatches are not one is kept for the report.
  bool recordReasons = false;
  /// The program reports indices that are out of range.
  bool checkIndices = false;
  /// Names of kernel::DeviceClass to generate code for; Vulkan's if there are none.
  llvm::SmallVector<std::string> deviceClasses;
};

/// Folds and checks what the importer made.
void buildOnnxPipeline(mlir::OpPassManager &pm, const PipelineOptions &options = {});
/// onnx to linalg on tensors.
void buildLinalgPipeline(mlir::OpPassManager &pm);
/// linalg to fused dispatches, laid out and outlined.
void buildKernelPipeline(mlir::OpPassManager &pm, const PipelineOptions &options = {});
/// Dispatches to one scheduled submission per program.
void buildPlanPipeline(mlir::OpPassManager &pm);
/// Executables to SPIR-V and, for CPUs, to the llvm dialect.
void buildCodePipeline(mlir::OpPassManager &pm, const PipelineOptions &options = {});

/// Everything between a module at level `from` and one at level `to`.
void buildPipeline(mlir::OpPassManager &pm, Level from, Level to,
                   const PipelineOptions &options = {});

/// born-onnx-pipeline, ...: the pipelines above for born-opt.
void registerPipelines();

} // namespace bornc

#endif // BORNC_COMPILER_PIPELINES_H
