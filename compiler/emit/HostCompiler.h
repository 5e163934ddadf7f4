//===- HostCompiler.h - the C++ compiler of host programs -------*- C++ -*-===//
#ifndef BORNC_COMPILER_EMIT_HOSTCOMPILER_H
#define BORNC_COMPILER_EMIT_HOSTCOMPILER_H

#include "compiler/emit/Artifact.h"

#include <vector>

namespace bornc {

/// A C++ compiler, the machine that it makes code for, and the runtime for that
/// machine: the archives beside bornc for this one, sources for any other.
class HostCompiler {
public:
  explicit HostCompiler(mlir::Location loc) : loc(loc) {}

  /// Finds the compiler that `options` ask for, and with it the machine; an error says what is
  /// missing.
  mlir::LogicalResult findCompiler(const ArtifactOptions &options);
  /// The same, and the runtime.
  mlir::LogicalResult find(const ArtifactOptions &options);

  const llvm::Triple &target() const { return triple; }
  bool isWindows() const { return triple.isOSWindows(); }
  /// Whether programs for that machine do not run on this one.
  bool isCrossCompiler() const { return isCross; }

  /// What to compile or link for the runtime, with the program's main function
  /// or without.
  std::vector<std::string> runtime(bool isProgram) const;

  /// Runs the compiler inside `folder`, on relative names, so that no path of
  /// this machine gets into the artifact.
  mlir::LogicalResult run(llvm::StringRef folder, llvm::ArrayRef<std::string> arguments) const;

private:
  mlir::LogicalResult findProgram(const ArtifactOptions &options);
  mlir::LogicalResult findTarget(const ArtifactOptions &options);
  mlir::LogicalResult findRuntime(const ArtifactOptions &options);

  mlir::Location loc;
  std::vector<std::string> command; ///< the program and the flags that choose the target
  llvm::Triple triple;
  bool isCross = false;
  std::vector<std::string> library, program; ///< archives or sources
};

} // namespace bornc

#endif // BORNC_COMPILER_EMIT_HOSTCOMPILER_H
