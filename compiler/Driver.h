//===- Driver.h - from a model to what was asked for ------------*- C++ -*-===//
#ifndef BORNC_COMPILER_DRIVER_H
#define BORNC_COMPILER_DRIVER_H

#include "compiler/emit/Artifact.h"
#include "compiler/import/Import.h"

namespace bornc {

/// What bornc makes.
enum class Emit { Onnx, Linalg, Kernel, Plan, Spirv, Cpp, Artifact };

/// Input shapes of one of several programs: `--shape-set ids=1x32,mask=1x32`.
struct ShapeSet {
  std::string name; ///< as it was given; names the program
  std::map<std::string, llvm::SmallVector<int64_t>> shapes;
};

struct CompileOptions {
  /// An ONNX model, or MLIR of any level; which one is seen from the content.
  std::string input;
  /// "" and "-": standard output, for text.
  std::string output;
  Emit emit = Emit::Artifact;
  ImportOptions import;
  /// One program for each, after `import.shapes`; empty: one program.
  std::vector<ShapeSet> shapeSets;
  ArtifactOptions artifact; ///< its targets are chosen by `targets` and the model
  /// What to make code for; none: all that there can be code for.
  std::optional<Targets> targets;
  /// Classes of CPU ("avx2") to make code for, which makes CPUs a target; empty: the
  /// usual ones of the artifact's architecture.
  std::vector<std::string> cpuClasses;
  /// Where to write the JSON report; "": nowhere.
  std::string report;
  /// Where relative sources of weights are; "": beside the input.
  std::string weightsDir;
  /// Have the program report indices that are out of range.
  bool checkIndices = false;
  /// Say on standard error how long each part took.
  bool timings = false;
  /// Say on standard error what is going on, on one line.
  bool progress = false;
};

/// Compiles as `options` say. Errors go to the context's diagnostics; after
/// one, nothing is left at the output.
mlir::LogicalResult compile(const CompileOptions &options, mlir::MLIRContext *context);

/// Prints what a model is and needs, without compiling it.
mlir::LogicalResult inspect(const CompileOptions &options, bool json, mlir::MLIRContext *context);

/// Prints which operators are supported, as ONNX's own cases prove it (compiler/operators.json).
mlir::LogicalResult listOperators(const CompileOptions &options, bool json,
                                  mlir::MLIRContext *context);

} // namespace bornc

#endif // BORNC_COMPILER_DRIVER_H
