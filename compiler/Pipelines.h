//===- Pipelines.h - the passes of each level -------------------*- C++ -*-===//
#ifndef BORNC_COMPILER_PIPELINES_H
#define BORNC_COMPILER_PIPELINES_H

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
  Code           ///< executables hold their SPIR-V
};

/// Folds and checks what the importer made.
void buildOnnxPipeline(mlir::OpPassManager &pm);
/// onnx to linalg on tensors.
void buildLinalgPipeline(mlir::OpPassManager &pm);
/// linalg to fused dispatches, laid out and outlined.
/// With `recordReasons` why neighbouring dispatches are not one is kept for the report.
void buildKernelPipeline(mlir::OpPassManager &pm, bool recordReasons = false);
/// Dispatches to one scheduled submission per program.
void buildPlanPipeline(mlir::OpPassManager &pm);
/// Executables to SPIR-V.
void buildCodePipeline(mlir::OpPassManager &pm);

/// Everything between a module at level `from` and one at level `to`.
void buildPipeline(mlir::OpPassManager &pm, Level from, Level to, bool recordReasons = false);

/// born-onnx-pipeline, ...: the pipelines above for born-opt.
void registerPipelines();

} // namespace bornc

#endif // BORNC_COMPILER_PIPELINES_H
