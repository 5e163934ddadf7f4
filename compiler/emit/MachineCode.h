//===- MachineCode.h - CPU variants as object files -------------*- C++ -*-===//
#ifndef BORNC_COMPILER_EMIT_MACHINECODE_H
#define BORNC_COMPILER_EMIT_MACHINECODE_H

#include "compiler/emit/KernelCode.h"
#include "llvm/TargetParser/Triple.h"

namespace bornc {

/// The classes of CPU that an artifact for `triple` has code for unless told
/// otherwise: AVX2 and AVX-512 on x86-64, NEON on aarch64; none on others.
llvm::ArrayRef<kernel::DeviceClass> defaultCpuClasses(const llvm::Triple &triple);

/// The highest class whose code this machine runs; none if no class is of its architecture, or
/// the machine is below all of them.
std::optional<kernel::DeviceClass> nativeCpuClass();

/// Whether code of a class runs on machines of `triple`.
bool isClassOf(kernel::DeviceClass deviceClass, const llvm::Triple &triple);

/// Compiles the CPU variants of all executables for `triple`, in this process
/// with LLVM: position-independent objects, each with some kernels of a class,
/// which are made at the same time. Their functions are marked so that tools like perf name them.
/// With `isSanitized` every access is checked, by calls of AddressSanitizer's run-time library.
mlir::FailureOr<std::vector<CpuObject>>
compileCpuKernels(mlir::ModuleOp module, const llvm::Triple &triple, bool isSanitized);

} // namespace bornc

#endif // BORNC_COMPILER_EMIT_MACHINECODE_H
