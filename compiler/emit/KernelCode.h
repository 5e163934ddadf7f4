//===- KernelCode.h - the code of executables -------------------*- C++ -*-===//
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
  /// Of SPIR-V: an identifier, "code_0_conv_generic"; of a CPU's code: the function.
  std::string symbol;
  llvm::SmallVector<uint32_t, 0> words; ///< of SPIR-V

  bool isCpu() const { return kernel::isCpu(kernel::VariantOp(variant).getDeviceClass()); }
};

/// The machine code of some kernels for one class of CPU: a relocatable ELF (or
/// COFF) object that defines the functions which their variants of that class
/// name. It may have other symbols; none of them is seen outside of an artifact.
struct CpuObject {
  kernel::DeviceClass deviceClass;
  unsigned part; ///< of those of the class
  std::string bytes;
};

/// Serialises and validates the SPIR-V of all executables that a program runs,
/// in the order of the module, and finds the functions of CPU variants. Every
/// invalid module is reported. All executables have code for the same targets:
/// Vulkan (at least the generic class), some classes of CPU, or both.
mlir::FailureOr<std::vector<KernelCode>> serializeKernels(mlir::ModuleOp module);

/// `name` with every byte that an identifier cannot have as '_'.
std::string identifier(llvm::StringRef name);

} // namespace bornc

#endif // BORNC_COMPILER_EMIT_KERNELCODE_H
