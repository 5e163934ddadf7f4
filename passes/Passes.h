//===- Passes.h - every pass ------------------------------------*- C++ -*-===//
#ifndef BORNC_PASSES_PASSES_H
#define BORNC_PASSES_PASSES_H

#include "dialects/kernel/Kernel.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/SPIRV/IR/SPIRVOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace bornc {

/// Declares create<Name>Pass() and <Name>PassOptions of every row of Passes.td.
#define GEN_PASS_DECL
#include "passes/Passes.h.inc"

/// Declares registerBornPasses(), which registers all of them.
#define GEN_PASS_REGISTRATION
#include "passes/Passes.h.inc"

} // namespace bornc

#endif // BORNC_PASSES_PASSES_H
