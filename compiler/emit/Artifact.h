//===- Artifact.h - executables and objects ---------------------*- C++ -*-===//
#ifndef BORNC_COMPILER_EMIT_ARTIFACT_H
#define BORNC_COMPILER_EMIT_ARTIFACT_H

#include "mlir/IR/BuiltinOps.h"

#include <string>

namespace bornc {

struct ArtifactOptions {
  /// Prefix of the C functions; "": made from the model's name.
  std::string name;
  /// The C++ compiler; "": the environment's CXX, else c++.
  std::string cxx;
  /// The folder with libborn_runtime.a and libborn_main.a.
  std::string libraryDir;
  /// A relocatable object and a C header instead of an executable.
  bool object = false;
  /// Weights in a file beside the artifact instead of inside.
  bool weightsFile = false;
};

/// Compiles and links a module whose executables hold code to `output`.
/// `sourceDir` is where relative sources of weights are. The output appears
/// at once or not at all.
mlir::LogicalResult writeArtifact(mlir::ModuleOp module, llvm::StringRef output,
                                  llvm::StringRef sourceDir, const ArtifactOptions &options);

} // namespace bornc

#endif // BORNC_COMPILER_EMIT_ARTIFACT_H
