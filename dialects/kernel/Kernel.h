//===- Kernel.h - dispatches and executables --------------------*- C++ -*-===//
#ifndef BORNC_DIALECTS_KERNEL_KERNEL_H
#define BORNC_DIALECTS_KERNEL_KERNEL_H

#include "dialects/born/Born.h"
#include "mlir/Dialect/Quant/IR/Quant.h"
#include "mlir/Dialect/Quant/IR/QuantTypes.h"
#include "mlir/IR/RegionKindInterface.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/ControlFlowInterfaces.h"

#include "dialects/kernel/KernelDialect.h.inc"
#include "dialects/kernel/KernelEnums.h.inc"

#define GET_ATTRDEF_CLASSES
#include "dialects/kernel/KernelAttrs.h.inc"

#define GET_OP_CLASSES
#include "dialects/kernel/KernelOps.h.inc"

namespace bornc::kernel {

/// Whether the code for a class is a CPU's own rather than SPIR-V.
constexpr bool isCpu(DeviceClass deviceClass) { return deviceClass >= DeviceClass::Sse4; }

/// The class beside which single kernels have this one; none where all kernels have it.
constexpr std::optional<DeviceClass> generalClass(DeviceClass deviceClass) {
  switch (deviceClass) {
  case DeviceClass::Software:
    return DeviceClass::Generic;
  case DeviceClass::Avx512Vnni:
    return DeviceClass::Avx512;
  case DeviceClass::NeonDotprod:
  case DeviceClass::NeonI8mm:
    return DeviceClass::Neon;
  case DeviceClass::Generic:
  case DeviceClass::Sse4:
  case DeviceClass::Avx2:
  case DeviceClass::Avx512:
  case DeviceClass::Neon:
    return std::nullopt;
  }
  llvm_unreachable("all classes are handled");
}

/// The operator of the user's that a dispatch or executable with this body is; null: none.
CustomOp customOp(mlir::Block &body);

} // namespace bornc::kernel

#endif // BORNC_DIALECTS_KERNEL_KERNEL_H
