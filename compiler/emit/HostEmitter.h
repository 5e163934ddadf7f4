//===- HostEmitter.h - the tables of a model as C++ -------------*- C++ -*-===//
#ifndef BORNC_COMPILER_EMIT_HOSTEMITTER_H
#define BORNC_COMPILER_EMIT_HOSTEMITTER_H

#include "compiler/emit/Artifact.h"
#include "compiler/emit/KernelCode.h"

namespace bornc {

/// What the host program says about weights.
struct WeightSection {
  uint64_t size = 0;
  uint64_t hash = 0;
  WeightsPlace place = WeightsPlace::Embedded;
  std::string file; ///< base name of the side file, for WeightsPlace::File
};

struct HostOptions {
  std::string prefix;    ///< of the C functions, an identifier
  bool isProgram = true; ///< has a main function
  Targets targets;       ///< of a model without kernels; others run where they have code
  bool isSanitized = false;
};

/// The C++ of the host program (tables of runtime/program.h). Code and weights
/// are symbols that the assembler file defines.
std::string emitHost(mlir::ModuleOp module, llvm::ArrayRef<KernelCode> codes,
                     const WeightSection &weights, const HostOptions &options);

/// The assembler file: takes in code from `codeFile`, where the words of all
/// kernels follow each other, and weights from `weightFile` (unless ""). For ELF,
/// else for COFF.
std::string emitData(llvm::ArrayRef<KernelCode> codes, llvm::StringRef codeFile,
                     llvm::StringRef weightFile, bool isElf);

/// Lines of a C comment that list the programs with their inputs and outputs.
std::string describePrograms(mlir::ModuleOp module);

/// The model's name ("model" if it has none).
std::string modelName(mlir::ModuleOp module);

} // namespace bornc

#endif // BORNC_COMPILER_EMIT_HOSTEMITTER_H
