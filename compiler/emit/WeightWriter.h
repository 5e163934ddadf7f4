//===- WeightWriter.h - the weight section of an artifact -------*- C++ -*-===//
#ifndef BORNC_COMPILER_EMIT_WEIGHTWRITER_H
#define BORNC_COMPILER_EMIT_WEIGHTWRITER_H

#include "compiler/emit/HostEmitter.h"

namespace bornc {

/// Writes the weights of a module to the file `path` and returns the size and
/// the hash of the section. Relative sources are in `sourceDir`. At any time
/// only the weights at work are in memory.
mlir::FailureOr<WeightSection> writeWeights(mlir::ModuleOp module, llvm::StringRef sourceDir,
                                            llvm::StringRef path);

/// The size alone, without reading anything.
uint64_t weightSectionSize(mlir::ModuleOp module);

} // namespace bornc

#endif // BORNC_COMPILER_EMIT_WEIGHTWRITER_H
