//===- KernelCode.h - SPIR-V words of executables ---------------*- C++ -*-===//
#ifndef BORNC_COMPILER_EMIT_KERNELCODE_H
#define BORNC_COMPILER_EMIT_KERNELCODE_H

#include "dialects/kernel/Kernel.h"
#include "mlir/IR/BuiltinOps.h"

#include <string>
#include <vector>

namespace bornc {

/// The code of one variant.
struct KernelCode {
  kernel::VariantOp variant;
  std::string symbol; ///< an identifier: "code_0_conv_generic"
  llvm::SmallVector<uint32_t, 0> words;
};

/// Serialises and validates the variants of all executables that a program
/// runs, in the order of the module. Every invalid module is reported.
mlir::FailureOr<std::vector<KernelCode>> serializeKernels(mlir::ModuleOp module);

/// `name` with every byte that an identifier cannot have as '_'.
std::string identifier(llvm::StringRef name);

} // namespace bornc

#endif // BORNC_COMPILER_EMIT_KERNELCODE_H
